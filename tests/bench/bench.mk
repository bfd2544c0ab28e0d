# The benchmarks' programs: `make bench` builds them, tests/bench/run runs them.

BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,load broker_load floor)
BENCH_COMMON := $(addprefix $(BUILD)/tests/bench/,bench.o latency.o message.o)
BENCH_LOAD := $(addprefix $(BUILD)/tests/bench/,load.o fanout.o posting.o \
	people.o delivery.o http_client.o)

bench: $(BENCH_PROGRAMS)

$(BUILD)/bench/load: $(BENCH_LOAD) $(BENCH_COMMON) $(BUILD)/libcommon.a
$(BUILD)/bench/broker_load: $(BUILD)/tests/bench/broker_load.o \
	$(BENCH_COMMON) $(BUILD)/libcommon.a
$(BUILD)/bench/floor: $(BUILD)/tests/bench/floor.o

$(BUILD)/bench/%:
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(COMMON_LIBS)
