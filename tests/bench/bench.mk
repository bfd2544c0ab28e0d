# The benchmarks' programs: `make bench` builds them, tests/bench/run runs them.

BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,load broker_load floor)
BENCH_COMMON := $(addprefix $(BUILD)/tests/bench/,bench.o latency.o message.o)
BENCH_LOAD := $(addprefix $(BUILD)/tests/bench/,load.o fanout.o rooms.o \
	posting.o crowd.o flood.o slow.o reading.o people.o delivery.o http_client.o event_stream.o)

bench: $(BENCH_PROGRAMS) deps-bench

# To compare with; without it there are no lines on it.
.PHONY: deps-bench
deps-bench: deps-run
	-$(call install,libnginx-mod-nchan)

$(BUILD)/bench/load: $(BENCH_LOAD) $(BENCH_COMMON) $(BUILD)/libcommon.a
$(BUILD)/bench/broker_load: $(BUILD)/tests/bench/broker_load.o \
	$(BENCH_COMMON) $(BUILD)/libcommon.a
$(BUILD)/bench/floor: $(addprefix $(BUILD)/tests/bench/,floor.o \
	floor_record.o)

$(BUILD)/bench/%:
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(COMMON_LIBS)
