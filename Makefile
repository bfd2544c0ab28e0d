# ajaxchat: `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

BUILD ?= build
CC := gcc
PREFIX ?= /usr/local

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wcast-qual -Wconversion -Wformat=2 -Wundef -Werror
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
	-fstack-clash-protection
CPPFLAGS := -I. -D_GNU_SOURCE -MMD -MP
ifdef SANITIZE
CFLAGS ?= -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
LDFLAGS ?= -fsanitize=address,undefined
else
CFLAGS ?= -O2 -g $(HARDENING)
LDFLAGS ?= -pie -Wl,-z,relro,-z,now
endif
ALL_CFLAGS := -std=c17 $(WARNINGS) $(CFLAGS)

COMMON_LIBS := -lnng -ljansson -lsodium -lunistring -linih
BROKER_LIBS := -lsqlite3 -lsystemd
FRONT_LIBS := -lfcgi -lsystemd

sources = $(filter-out %/main.c,$(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

COMMON_OBJECTS := $(call objects,$(call sources,common))
BROKER_OBJECTS := $(call objects,$(call sources,broker))
FRONT_OBJECTS := $(call objects,$(call sources,fcgi))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all
all: $(BUILD)/ajaxchatd $(BUILD)/ajaxchat.fcgi ## build the programs

$(BUILD)/ajaxchatd: $(BUILD)/broker/main.o $(BROKER_OBJECTS) $(COMMON_OBJECTS)
	$(CC) $(LDFLAGS) -o $@ $^ $(BROKER_LIBS) $(COMMON_LIBS)

$(BUILD)/ajaxchat.fcgi: $(BUILD)/fcgi/main.o $(FRONT_OBJECTS) $(COMMON_OBJECTS)
	$(CC) $(LDFLAGS) -o $@ $^ $(FRONT_LIBS) $(COMMON_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/libcommon.a: $(COMMON_OBJECTS)
$(BUILD)/libbroker.a: $(BROKER_OBJECTS)
$(BUILD)/libfront.a: $(FRONT_OBJECTS)
$(BUILD)/lib%.a:
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libbroker.a \
		$(BUILD)/libfront.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(FRONT_LIBS) $(BROKER_LIBS) $(COMMON_LIBS) -lcmocka

.PHONY: unit
unit: $(UNIT_TESTS) ## run the unit tests
	@failed=0; for test in $(UNIT_TESTS); do \
		timeout 120 $$test || { failed=1; echo "FAILED: $$test"; }; \
	done; exit $$failed

# Each fuzz target with a driver that replays files; the fuzzing itself is in
# tests/fuzz/README.md.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o \
		$(BUILD)/libbroker.a $(BUILD)/libfront.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(FRONT_LIBS) $(BROKER_LIBS) $(COMMON_LIBS)

.PHONY: format
format: ## format the C sources
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD)-*

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' Makefile

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
