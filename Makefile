# SPDX-License-Identifier: Apache-2.0
# A few words over meson; `make help` lists them.

BUILD ?= build
DEBUG ?= build-debug
FUZZ ?= build-fuzz
FUZZ_SECONDS ?= 60
PYTHON ?= /usr/bin/python3

# tests/vm/README.md
VM_WORDS = $(KERNEL:%=--kernel %) $(if $(ARCH),--arch $(ARCH)) \
	$(if $(ROW),--row $(ROW)) $(if $(JOBS),--jobs $(JOBS)) $(if $(UPDATE),--update) \
	$(TEST:%=-k %)

.DEFAULT_GOAL := all
.PHONY: help all run test unit e2e cross vm check fuzz bench install deb deb-test clean deps

help: ## list these words
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

all: $(BUILD)/build.ninja ## build the agent (build/ocellid) and the command (build/ocelli)
	@ninja -C $(BUILD)

run: $(BUILD)/build.ninja ## watch this machine's processes live, until Ctrl-C (as root)
	@ninja -C $(BUILD) --quiet ocellid ocelli
	@$(BUILD)/ocellid --export-stdout --log-level=warn | $(BUILD)/ocelli getevents -o compact

test: unit e2e ## build and pass all tests (end-to-end ones need root)

unit: $(DEBUG)/build.ninja ## unit tests, with address and undefined-behaviour sanitizers
	@ninja -C $(DEBUG)
	@meson test -C $(DEBUG) --suite unit --print-errorlogs

e2e: all ## end-to-end tests against the built binaries, as root
	@$(PYTHON) tests/e2e/run.py --build $(BUILD)

cross: $(BUILD)-arm64/build.ninja ## build for arm64 (build-arm64)
	@tools/cross arm64 >/dev/null
	@ninja -C $(BUILD)-arm64

# One kernel is that of this architecture, if not said otherwise.
vm: $(if $(filter arm64,$(ARCH)),cross,all $(if $(KERNEL)$(ARCH),,cross))
vm: ## end-to-end tests on Debian's kernels, in QEMU; KERNEL=6.1 TEST=name choose
	@$(PYTHON) tests/vm/run.py --build $(BUILD) $(VM_WORDS)

check: $(DEBUG)/build.ninja ## formatting, static analysis, layering, manual pages
	@tools/check $(DEBUG)

fuzz: $(FUZZ)/build.ninja ## run every fuzzer for FUZZ_SECONDS (60)
	@ninja -C $(FUZZ)
	@tools/fuzz $(FUZZ) $(FUZZ_SECONDS)

bench: all ## measure against a hand-written floor, side by side, as root
	@$(PYTHON) bench/run.py --build $(BUILD)

install: all ## install below DESTDIR
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

deb: ## make the Debian package of what git knows (build-deb)
	@tools/deb $(BUILD)-deb

deb-test: ## install, run, upgrade and purge the package in a fresh Debian 12, as root
	@tests/deb/run.py --output $(BUILD)-deb

clean: ## remove what was built
	@rm -rf $(BUILD) $(BUILD)-arm64 $(BUILD)-deb $(DEBUG) $(FUZZ)

deps: ## install the packages that building and testing need (Debian, as root)
	@tools/deps

$(BUILD)/build.ninja:
	@tools/deps
	@meson setup $(BUILD) --buildtype=debugoptimized

$(BUILD)-arm64/build.ninja:
	@tools/deps
	@meson setup $(BUILD)-arm64 --buildtype=debugoptimized -Dbench=false \
		--cross-file "$$(tools/cross arm64)"

$(DEBUG)/build.ninja:
	@tools/deps
	@meson setup $(DEBUG) --buildtype=debugoptimized -Db_sanitize=address,undefined -Dbench=false

$(FUZZ)/build.ninja:
	@tools/deps
	@CC=clang-19 meson setup $(FUZZ) --buildtype=debugoptimized -Db_sanitize=address,undefined \
		-Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link -Dfuzz=true -Dtests=false -Dbench=false
