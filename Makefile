# hotbridge. `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC ?= cc
PYTHON ?= $(shell tests/python)
T ?=
SAN ?=
V ?=

PACKAGES := libwebsockets libuv json-c libgit2 libpcre2-8 libcrypto zlib
HAVE_SYSTEMD := $(shell pkg-config --exists libsystemd 2>/dev/null && echo 1)
ifeq ($(HAVE_SYSTEMD),1)
PACKAGES += libsystemd
SYSTEMD_FLAG := -DHB_HAVE_SYSTEMD
endif

HAVE_LIBRARIES := $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && echo 1)

# A sanitized build has a folder of its own, so that both can stay warm.
comma := ,
OUT := $(BUILD)$(if $(SAN),/$(subst $(comma),-,$(SAN)))

CFLAGS ?= -O2 -g
HB_CFLAGS = -std=gnu11 -Ibridge -D_GNU_SOURCE -DHB_VERSION='"$(VERSION)"' \
	$(SYSTEMD_FLAG) -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -fno-omit-frame-pointer \
	-D_FILE_OFFSET_BITS=64 -fstack-protector-strong \
	$(if $(CI)$(WERROR),-Werror) $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDLIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread
ifneq ($(SAN),)
HB_CFLAGS += -fsanitize=$(SAN)
HB_LDFLAGS += -fsanitize=$(SAN)
ifneq ($(findstring undefined,$(SAN)),)
HB_CFLAGS += -fno-sanitize-recover=undefined
endif
endif

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-7s %s\n' $(1) $(2))

SOURCES := $(sort $(shell find bridge -name '*.c'))
LIB_OBJECTS := $(patsubst bridge/%.c,$(OUT)/bridge/%.o,$(filter-out bridge/main.c,$(SOURCES)))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(UNIT_SOURCES))

.DEFAULT_GOAL := all
.SUFFIXES:

.PHONY: missing
missing:
	@echo 'Libraries are missing (any of: $(PACKAGES)). Run: make deps' >&2; exit 1

.SECONDARY:
.DELETE_ON_ERROR:

.PHONY: all
all: $(if $(HAVE_LIBRARIES),,missing) $(OUT)/hotbridge ## build the program at build/hotbridge

$(OUT)/hotbridge: $(OUT)/bridge/main.o $(OUT)/libhotbridge.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(HB_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/libhotbridge.a: $(LIB_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/bridge/%.o: bridge/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HB_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/unit/%: tests/unit/%.c $(OUT)/libhotbridge.a
	$(call say,TEST,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HB_CFLAGS) -Itests/unit -DTESTS_DIR='"tests"' $(CFLAGS) -MMD -MP \
		$(HB_LDFLAGS) $(LDFLAGS) -o $@ $< $(OUT)/libhotbridge.a $(LDLIBS) -lcmocka

# Programs that the bench runs.
$(OUT)/bench/%: tests/bench/%.c $(OUT)/libhotbridge.a
	$(call say,BENCH,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HB_CFLAGS) $(CFLAGS) -MMD -MP $(HB_LDFLAGS) $(LDFLAGS) -o $@ $< \
		$(OUT)/libhotbridge.a $(LDLIBS)

# Programs that the suites on faults run.
$(OUT)/faults/%: tests/faults/%.c $(OUT)/libhotbridge.a
	$(call say,FAULTS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HB_CFLAGS) $(CFLAGS) -MMD -MP $(HB_LDFLAGS) $(LDFLAGS) -o $@ $< \
		$(OUT)/libhotbridge.a $(LDLIBS)

-include $(wildcard $(OUT)/bridge/*.d $(OUT)/bridge/*/*.d $(OUT)/unit/*/*.d \
	$(OUT)/bench/*.d $(OUT)/faults/*.d)

.PHONY: unit
unit: $(UNIT_PROGRAMS) ## the C unit tests (T=name runs those whose path holds it)
	$(Q)tests/run-unit "$(T)" $(UNIT_PROGRAMS)

.PHONY: deps
deps: ## install what building and testing need (apt), or list it
	$(Q)packaging/deps test

# What is missing is installed before make reads what is there.
.PHONY: built
built:
	$(Q)packaging/deps demo
	$(Q)$(MAKE) --no-print-directory all

.PHONY: demo
demo: built ## two stand-in servers, the bridge, three deploys, the history
	$(Q)examples/demo $(OUT)/hotbridge

# These wait in real time for nudges and settling: not for every commit.
SLOW_UNITS := confirm/test_watch confirm/test_never

.PHONY: check
check: all quick-unit lint ## builds, quick unit tests and lint: seconds

.PHONY: quick-unit
quick-unit: $(filter-out $(addprefix $(OUT)/unit/,$(SLOW_UNITS)),$(UNIT_PROGRAMS))
	$(Q)tests/run-unit "$(T)" $^

.PHONY: lint
lint: ## layout of the C code, where clang-format is there
	$(Q)if command -v clang-format >/dev/null; then \
		clang-format --dry-run -Werror $$(git ls-files 'bridge/*.[ch]' 'tests/unit/*.[ch]'); \
	else echo 'lint: no clang-format here, the layout is not checked'; fi

.PHONY: test
test: ## everything: installs what is missing, runs every suite
	$(Q)packaging/deps test
	$(Q)tests/run-all

# What failed last is kept: PYTEST_OPTIONS=--lf runs that alone.
PYTEST_OPTIONS ?=
PYTEST = $(PYTHON) -m pytest -q -o cache_dir=$(abspath $(OUT))/pytest-

.PHONY: daemon-tests
daemon-tests: all ## the program as a whole against stand-in servers (T=name)
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(PYTEST)daemon $(PYTEST_OPTIONS) \
		$(if $(T),-k '$(T)') tests/daemon

.PHONY: demo-tests
demo-tests: ## the stand-in servers against the logs of real ones (T=name)
	$(Q)$(PYTEST)demo $(PYTEST_OPTIONS) $(if $(T),-k '$(T)') tests/demo

.PHONY: vscode
vscode: ## the VS Code extension: plugins/vscode/hotbridge.vsix
	$(Q)packaging/deps vscode
	$(Q)$(MAKE) --no-print-directory -C plugins/vscode all

.PHONY: vscode-tests
vscode-tests: all ## types, lint and tests of the extension without an editor
	$(Q)packaging/deps vscode
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(MAKE) --no-print-directory \
		-C plugins/vscode check test $(if $(T),T='$(T)')

.PHONY: pycharm
pycharm: ## the PyCharm plug-in: plugins/pycharm/hotbridge-pycharm.zip
	$(Q)packaging/deps pycharm
	$(Q)$(MAKE) --no-print-directory -C plugins/pycharm all

.PHONY: pycharm-tests
pycharm-tests: all ## the plug-in without an IDE, and JetBrains' verifier (T=Class)
	$(Q)packaging/deps pycharm
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(MAKE) --no-print-directory \
		-C plugins/pycharm test $(if $(T),T='$(T)')

.PHONY: editors
editors: all ## the extension in a real editor (builds one the first time)
	$(Q)packaging/deps editors
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) tests/editors/run $(T)

# Most of these wait: in short form several run at once. One that is looked at,
# or that failed, runs alone.
FAULTS_AT_ONCE ?= $(if $(T)$(FULL)$(findstring --lf,$(PYTEST_OPTIONS)),0,4)

.PHONY: faults
faults: all ## kills, disks, clocks, strangers, hostile logs (T=name, FULL=1)
	$(Q)packaging/deps faults
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(PYTEST)faults -n $(FAULTS_AT_ONCE) \
		$(PYTEST_OPTIONS) $(if $(T),-k '$(T)') tests/faults

# The fuzzer instruments the whole bridge: a build of its own, with clang.
FUZZ_SAN := fuzzer-no-link,address,undefined
FUZZ_PROGRAMS := $(patsubst tests/fuzz/targets/%.c,$(OUT)/fuzz/%,$(filter-out \
	%/file.c,$(sort $(wildcard tests/fuzz/targets/*.c))))

.PHONY: fuzz
fuzz: ## bytes of every kind for every reader, under sanitizers (T=name, FULL=1)
	$(Q)packaging/deps fuzz
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=$(FUZZ_SAN) fuzz-programs
	$(Q)tests/fuzz/run $(BUILD)/$(subst $(comma),-,$(FUZZ_SAN))/fuzz "$(T)"

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)

$(OUT)/fuzz/%: tests/fuzz/targets/%.c tests/fuzz/targets/file.c \
		$(wildcard tests/fuzz/targets/*.h) $(OUT)/libhotbridge.a
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HB_CFLAGS) $(CFLAGS) -o $@ $< tests/fuzz/targets/file.c \
		-fsanitize=fuzzer,address,undefined $(OUT)/libhotbridge.a $(LDLIBS)

.PHONY: bench
bench: all ## figures, each against its rival in the same run (T=name, FULL=1)
	$(Q)packaging/deps bench
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(PYTHON) tests/bench/bench.py $(T)

.PHONY: bench-short
bench-short: all ## the same in short: only what no busy machine explains fails
	$(Q)packaging/deps bench
	$(Q)HOTBRIDGE=$(abspath $(OUT)/hotbridge) $(PYTHON) tests/bench/bench.py --short $(T)

.PHONY: install
install: all ## into DESTDIR/PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/systemd/user
	install -m 755 $(OUT)/hotbridge $(DESTDIR)$(PREFIX)/bin/hotbridge
	sed 's|@PREFIX@|$(PREFIX)|' packaging/hotbridge.service.in \
		>$(DESTDIR)$(PREFIX)/lib/systemd/user/hotbridge.service
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 644 packaging/completions/hotbridge.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hotbridge
	install -m 644 packaging/completions/_hotbridge \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_hotbridge
	install -m 644 packaging/completions/hotbridge.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hotbridge.fish
	$(Q)if command -v scdoc >/dev/null; then \
		install -d $(DESTDIR)$(PREFIX)/share/man/man1 && \
		for page in docs/man/*.1.scd; do \
			scdoc <$$page >$(DESTDIR)$(PREFIX)/share/man/man1/$$(basename $$page .scd) || exit 1; \
		done; \
	else echo 'install: no scdoc here, the man pages are left out'; fi

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: format
format: ## lay the C code out by .clang-format
	clang-format -i $$(git ls-files 'bridge/*.[ch]' 'tests/*.[ch]')

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
