# ajaxchat. `make help` lists the targets; `make run` is the one to try first.
#
# The set-up is part of each target: what Debian packages it needs and does not
# find, it installs (NO_DEPS=1: it does not).

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-print-directory

BUILD ?= build
CC := gcc
JOBS ?= $(shell nproc)

DESTDIR ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system

# For run, start and stop: see nginx/run.sh.
RUN_DIR ?= run
PORT ?= 8080
FCGI_PROCESSES ?= 1
CONF ?=
LISTEN ?=
export BUILD RUN_DIR PORT FCGI_PROCESSES CONF LISTEN

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
# V=1 shows the commands.
V ?=
quiet = $(if $(V),,@echo '  $(1)  $@';)
ALL_CFLAGS := -std=c17 $(WARNINGS) $(CFLAGS)

COMMON_LIBS := -lnng -ljansson -lsodium -lunistring -linih -lsystemd
BROKER_LIBS := -lsqlite3 -lcurl
FRONT_LIBS := -lfcgi
ALL_LIBS := $(FRONT_LIBS) $(BROKER_LIBS) $(COMMON_LIBS)

sources = $(filter-out %/main.c,$(wildcard $(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

PROGRAMS := $(BUILD)/ajaxchatd $(BUILD)/ajaxchat.fcgi
COMMON_OBJECTS := $(call objects,$(call sources,common))
BROKER_OBJECTS := $(call objects,$(call sources,broker))
FRONT_OBJECTS := $(call objects,$(call sources,fcgi))
LIBRARIES := $(addprefix $(BUILD)/,libbroker.a libfront.a libcommon.a)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,\
	$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,\
	$(wildcard tests/fuzz/fuzz_*.c))

# ---- programs ----

.PHONY: all
all: $(PROGRAMS) ## build the programs

$(BUILD)/ajaxchatd: $(BUILD)/broker/main.o $(BUILD)/libbroker.a \
		$(BUILD)/libcommon.a
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(BROKER_LIBS) $(COMMON_LIBS)

$(BUILD)/ajaxchat.fcgi: $(BUILD)/fcgi/main.o $(BUILD)/libfront.a \
		$(BUILD)/libcommon.a
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(FRONT_LIBS) $(COMMON_LIBS)

$(BUILD)/%.o: %.c | deps-build
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/libcommon.a: $(COMMON_OBJECTS)
$(BUILD)/libbroker.a: $(BROKER_OBJECTS)
$(BUILD)/libfront.a: $(FRONT_OBJECTS)
$(BUILD)/lib%.a:
	@rm -f $@
	$(call quiet,AR)ar rcs $@ $^

# ---- running ----

.PHONY: run start stop
run: deps-run all ## run it in the foreground: PORT, RUN_DIR, FCGI_PROCESSES, CONF
	@exec nginx/run.sh run

start: deps-run all ## the same in the background; returns when it is ready
	@nginx/run.sh start

stop: ## end what start began; returns when it is gone
	@nginx/run.sh stop

# ---- tests ----

SANITIZED := SANITIZE=1 BUILD=$(BUILD)-sanitize

# A scenario that fails is tried again once, which its output tells: CI's
# machines can be very busy.
.PHONY: test
test: export TRIES = 2
test: deps-test ## everything that must pass, in about the order of its speed
	+$(MAKE) -j$(JOBS) lint
	+$(MAKE) -j$(JOBS) unit
	+$(MAKE) -j$(JOBS) page-unit
	+$(MAKE) -j$(JOBS) sanitize
	+$(MAKE) -j$(JOBS) $(SANITIZED) system
	+$(MAKE) -j$(JOBS) browser

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(ALL_LIBS) -lcmocka

$(BUILD)/tests/%.o: | deps-test

.PHONY: unit
# A test whose time is up has one more try: very rarely, nng 1.5.2 waits for
# ever in nng_close(). (124 and 137 are what timeout says.)
unit: $(UNIT_TESTS) ## run the unit tests
	@failed=0; for test in $(UNIT_TESTS); do \
		timeout -k 5 90 $$test; status=$$?; \
		case $$status in 124|137) \
			echo "TIME IS UP, once more: $$test"; \
			timeout -k 5 90 $$test; status=$$?;; \
		esac; \
		((status == 0)) || { failed=1; echo "FAILED: $$test"; }; \
	done; exit $$failed

RANDOM_COMMANDS ?= 2000000

.PHONY: random
random: $(BUILD)/unit/test_state_random ## random schedules, RANDOM_COMMANDS (2 million) long
	RANDOM_SEED=0 RANDOM_COMMANDS=$(RANDOM_COMMANDS) $<

# Each fuzz target with a driver that replays files, or (FUZZER=1) with
# libFuzzer.
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o \
		$(if $(FUZZER),,$(BUILD)/tests/fuzz/replay.o) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

.PHONY: fuzz-replay
fuzz-replay: $(FUZZERS) ## give the fuzz targets their corpus
	@failed=0; for fuzzer in $(FUZZERS); do \
		timeout 120 $$fuzzer tests/fuzz/corpus/$${fuzzer##*/fuzz_} || \
		{ failed=1; echo "FAILED: $$fuzzer"; }; \
	done; exit $$failed

.PHONY: sanitize
sanitize: ## unit tests and corpus under the address and undefined sanitizers
	+$(MAKE) $(SANITIZED) unit fuzz-replay

FUZZ_SECONDS ?= 60
FUZZ_SANITIZERS := address,undefined

.PHONY: fuzz fuzz-run
fuzz: deps-fuzz ## look for new inputs, FUZZ_SECONDS (60) for each target
	+$(MAKE) -j$(JOBS) CC=clang FUZZER=1 BUILD=$(BUILD)-fuzz \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZERS)' \
		LDFLAGS='-fsanitize=fuzzer,$(FUZZ_SANITIZERS)' fuzz-run

fuzz-run: $(FUZZERS)
	@for fuzzer in $(FUZZERS); do \
		name=$${fuzzer##*/fuzz_}; mkdir -p $(BUILD)/found/$$name; \
		echo "== $$name"; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
			-artifact_prefix=$(BUILD)/found/$$name- -verbosity=0 \
			$(BUILD)/found/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

# Two files at a time: each starts instances of its own.
SYSTEM_TESTS ?= $(wildcard tests/system/*.test.mjs)

.PHONY: system
system: deps-test all ## scenarios on real nginx, front ends and broker
	node tests/run.mjs --concurrency=2 $(SYSTEM_TESTS)

.PHONY: browser
browser: deps-test all $(BUILD)/node-packages ## the page in a real browser
	node tests/run.mjs --concurrency=1 $(wildcard tests/browser/*.test.mjs)

.PHONY: page-unit
page-unit: deps-test ## unit tests of the page's modules
	$(if $(wildcard tests/page/*.test.mjs),\
		node tests/run.mjs --concurrency=2 $(wildcard tests/page/*.test.mjs))

$(BUILD)/node-packages: tests/package-lock.json | deps-test
	@mkdir -p $(@D)
	cd tests && npm ci --no-audit --no-fund
	@touch $@

.PHONY: bench
bench: deps-test all ## measure (prints numbers, judges nothing)
	$(if $(wildcard tests/bench/run),tests/bench/run,\
		@echo "there are no benchmarks yet")

-include tests/bench/bench.mk

# ---- lint and format ----

C_FILES := $(wildcard common/*.[ch] broker/*.[ch] fcgi/*.[ch] \
	tests/*.h tests/*/*.[ch])
TIDY_FILES := $(wildcard common/*.c broker/*.c fcgi/*.c)
SHELL_FILES := nginx/run.sh .ci/run tests/bot.sh $(wildcard tests/bench/run)
JS_FOLDERS := nginx/html tests

LINTERS := format-check direction-check page-check readme-check shellcheck \
	eslint cppcheck unit-files tidy

.PHONY: lint $(LINTERS)
lint: $(LINTERS) ## format, includes, clang-tidy, cppcheck, eslint, shellcheck

format-check: deps-test
	$(call quiet,FORMAT)clang-format --dry-run -Werror $(C_FILES)

# fcgi/ and broker/ may include common/, never each other; and each library
# has one door.
direction-check:
	@! grep -n '#include "\(broker\|fcgi\)/' common/*.[ch]
	@! grep -n '#include "fcgi/' broker/*.[ch]
	@! grep -n '#include "broker/' fcgi/*.[ch]
	@! grep -ln '#include <nng/' common/*.[ch] broker/*.[ch] fcgi/*.[ch] | \
		grep -v '^common/link'
	@! grep -ln '#include <sqlite3' common/*.[ch] broker/*.[ch] fcgi/*.[ch] | \
		grep -v '^broker/store'
	@! grep -ln '#include <curl' common/*.[ch] broker/*.[ch] fcgi/*.[ch] | \
		grep -v '^broker/webhook_sender'
	@! grep -ln '#include <fcgi\|#include <fastcgi' common/*.[ch] \
		broker/*.[ch] fcgi/*.[ch] | grep -v '^fcgi/\(http\|reply\)'

# The page makes text nodes, never markup.
page-check:
	@! grep -rnE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function' \
		nginx/html
	@! grep -rnE '<script>|<style|\bon[a-z]+="|style="|javascript:' \
		--include='*.html' nginx/html

# The README's table of settings is what --help prints.
readme-check: $(BUILD)/ajaxchatd
	@diff <(sed -n '/<!-- settings/,/settings -->/p' README.md | grep '^|') \
		<($< --help | grep '^|') || \
		{ echo "README.md: run make readme"; exit 1; }

.PHONY: readme
readme: $(BUILD)/ajaxchatd ## put the settings into the README
	@$< --help | grep '^|' >$(BUILD)/settings.md
	sed -i -e '/^| \(section\|`\[\)/d' -e '/^|---|---|---|---|---|$$/d' \
		-e '/<!-- settings/r $(BUILD)/settings.md' README.md

shellcheck: deps-test
	$(call quiet,CHECK)shellcheck $(SHELL_FILES)

eslint: $(BUILD)/node-packages
	$(call quiet,LINT)tests/node_modules/.bin/eslint --config tests/eslint.config.mjs \
		--max-warnings 0 $(JS_FOLDERS)

# Of the system's headers it needs to see the list macros only. What is not
# initialised clang-tidy tells better.
cppcheck: deps-test
	@mkdir -p $(BUILD)/cppcheck/include
	@ln -sf /usr/include/uthash.h /usr/include/utlist.h \
		$(BUILD)/cppcheck/include
	$(call quiet,CHECK)cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem --suppress=uninitvar \
		--suppress=legacyUninitvar \
		--error-exitcode=1 --cppcheck-build-dir=$(BUILD)/cppcheck \
		-D_GNU_SOURCE -I. -I$(BUILD)/cppcheck/include common broker fcgi

# The systemd units.
unit-files: deps-test
	@mkdir -p $(BUILD)/units
	@for unit in broker/ajaxchatd.service fcgi/ajaxchat-fcgi@.service; do \
		sed 's|@PREFIX@/bin/[a-z.]*|/bin/true|' $$unit \
			>$(BUILD)/units/$${unit##*/} || exit 1; \
	done
	$(call quiet,VERIFY)systemd-analyze verify --man=no $(BUILD)/units/ajaxchatd.service \
		$(BUILD)/units/ajaxchat-fcgi@.service

tidy: $(patsubst %.c,$(BUILD)/tidy/%,$(TIDY_FILES))

$(BUILD)/tidy/%: %.c .clang-tidy $(wildcard common/*.h broker/*.h fcgi/*.h) \
		| deps-test
	@mkdir -p $(@D)
	$(call quiet,TIDY)clang-tidy --quiet $< -- -std=c17 -I. -D_GNU_SOURCE 2>&1 | \
		{ ! grep -E 'warning:|error:' -A 6; }
	@touch $@

.PHONY: format
format: deps-test ## format the C sources
	clang-format -i $(C_FILES)

# ---- packages ----

BUILD_PACKAGES := gcc libc6-dev make pkg-config uthash-dev \
	libcurl4-openssl-dev libfcgi-dev libinih-dev libjansson-dev libnng-dev libsodium-dev libsqlite3-dev \
	libsystemd-dev libunistring-dev
TEST_PACKAGES := curl libcmocka-dev clang-format clang-tidy cppcheck shellcheck \
	openssl procps
FUZZ_PACKAGES := clang libclang-rt-14-dev

# $(call unless_command,COMMAND,PACKAGE): for what other sources than Debian
# provide as well (their nodejs conflicts with Debian's npm).
unless_command = $$(PATH=$$PATH:/usr/sbin command -v $(1) >/dev/null || \
	echo $(2))

# $(call install,PACKAGES): those that are missing.
define install
@[[ -z "$(NO_DEPS)" ]] && command -v dpkg-query >/dev/null || exit 0; \
missing=; for package in $(1); do \
	[[ $$(dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null) \
		== installed ]] || missing+=" $$package"; \
done; \
[[ -n $$missing ]] || exit 0; \
echo "Installing Debian packages:$$missing"; \
sudo=; [[ $$EUID == 0 ]] || sudo=sudo; \
apt="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get"; \
$$apt -q update && $$apt -qy install --no-install-recommends $$missing
endef

# Debian's nginx starts a server on port 80 when it is installed. We want the
# program only: its service is masked meanwhile, and left disabled. (Without
# systemd, in a container, nothing is started.)
define install_nginx
@[[ -z "$(NO_DEPS)" ]] && command -v dpkg-query >/dev/null || exit 0; \
! PATH=$$PATH:/usr/sbin command -v nginx >/dev/null || exit 0; \
sudo=; [[ $$EUID == 0 ]] || sudo=sudo; \
systemd=; [[ ! -d /run/systemd/system ]] || systemd=yes; \
echo "Installing the Debian package nginx-light (its service: disabled)"; \
[[ -z $$systemd ]] || $$sudo systemctl mask nginx.service; \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q update && \
$$sudo env DEBIAN_FRONTEND=noninteractive \
	apt-get -qy install --no-install-recommends nginx-light; status=$$?; \
[[ -z $$systemd ]] || { $$sudo systemctl unmask nginx.service; \
	$$sudo systemctl disable nginx.service; }; \
exit $$status
endef

.PHONY: deps deps-build deps-run deps-test deps-fuzz
deps: deps-test ## install the Debian packages for all of this

deps-build:
	$(call install,$(BUILD_PACKAGES))

deps-run: deps-build
	$(install_nginx)

deps-test: deps-run
	$(call install,$(TEST_PACKAGES) $(call unless_command,node,nodejs) \
		$(call unless_command,npm,npm) \
		$(call unless_command,systemd-analyze,systemd) \
		$(call unless_command,chromium,chromium fonts-dejavu-core))

deps-fuzz: deps-build
	$(call install,$(FUZZ_PACKAGES))

# ---- installing ----

SHARE := $(DESTDIR)$(PREFIX)/share/ajaxchat

.PHONY: install
install: all ## programs, page, nginx and systemd files: DESTDIR, PREFIX
	install -D -t $(DESTDIR)$(PREFIX)/bin $(PROGRAMS)
	cd nginx/html && find . -type f -exec install -D -m 644 {} $(SHARE)/html/{} \;
	for file in nginx/ajaxchat-*.conf; do \
		sed 's|/usr/local/|$(PREFIX)/|' $$file | \
		install -D -m 644 /dev/stdin $(SHARE)/nginx/$${file##*/}; \
	done
	for unit in broker/ajaxchatd.service fcgi/ajaxchat-fcgi@.service; do \
		sed 's|@PREFIX@|$(PREFIX)|;s|@SYSCONFDIR@|$(SYSCONFDIR)|' $$unit | \
		install -D -m 644 /dev/stdin $(DESTDIR)$(UNITDIR)/$${unit##*/}; \
	done
	install -D -m 644 broker/ajaxchat.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/ajaxchat.conf
	$(BUILD)/ajaxchatd --help | awk -f broker/settings_to_ini.awk \
		>$(BUILD)/ajaxchat.conf
	install -D -m 644 $(BUILD)/ajaxchat.conf $(SHARE)/ajaxchat.conf
	[[ -e $(DESTDIR)$(SYSCONFDIR)/ajaxchat/ajaxchat.conf ]] || \
		install -D -m 644 $(BUILD)/ajaxchat.conf \
			$(DESTDIR)$(SYSCONFDIR)/ajaxchat/ajaxchat.conf

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD)-*

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' \
		Makefile

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
