# hotbridge. `make help` lists the targets.

VERSION := 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC ?= cc
PYTHON ?= $(shell tests/python)
T ?=
SAN ?=
V ?=

PACKAGES := libwebsockets libuv json-c libgit2 libpcre2-8
HAVE_SYSTEMD := $(shell pkg-config --exists libsystemd 2>/dev/null && echo 1)
ifeq ($(HAVE_SYSTEMD),1)
PACKAGES += libsystemd
SYSTEMD_FLAG := -DHB_HAVE_SYSTEMD
endif

# A sanitized build has a folder of its own, so that both can stay warm.
OUT := $(BUILD)$(if $(SAN),/$(subst $(comma),-,$(SAN)))
comma := ,

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
.SECONDARY:
.DELETE_ON_ERROR:

.PHONY: all
all: $(OUT)/hotbridge ## build the program at build/hotbridge

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

-include $(wildcard $(OUT)/bridge/*.d $(OUT)/bridge/*/*.d $(OUT)/unit/*/*.d)

.PHONY: unit
unit: $(UNIT_PROGRAMS) ## the C unit tests (T=name runs those whose path holds it)
	$(Q)tests/run-unit "$(T)" $(UNIT_PROGRAMS)

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: format
format: ## lay the C code out by .clang-format
	clang-format -i $$(git ls-files 'bridge/*.[ch]' 'tests/*.[ch]')

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
