# SPDX-License-Identifier: MIT
#
# asyntrain's build. `make` builds build/asyntrain; `make help` lists the rest.
#
# Every variant has its own folder build/VARIANT and its own flags, so switching between them rebuilds nothing:
#   release  what users run                      debug  address and undefined-behaviour sanitizers
#   double   `real` is double, for the laws      race   thread sanitizer (clang and libomp)
#   fuzz     for libFuzzer, with sanitizers (clang, compiler-rt and libomp)
#   coverage counts the lines that tests run (gcc)
#
# As many recipes run at once as there are processors, unless -j says otherwise.
#
# Yours to set: CC, CFLAGS (default -O3 -g), CPPFLAGS, LDFLAGS, LDLIBS, RACE_CC, PREFIX, DESTDIR,
# WERROR=1 (warnings are errors; `make check` sets it, WERROR=0 unsets it), V=1 (show whole commands).

ifneq ($(filter 3.% 4.0 4.0.% 4.1 4.1.%,$(MAKE_VERSION)),)
$(error GNU make 4.2 or newer is needed, this is $(MAKE_VERSION); on macOS: brew install make, then use gmake)
endif
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE
all:

GOALS := $(or $(MAKECMDGOALS),all)
# (clean and what comes after it must not run side by side)
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS))$(filter clean,$(GOALS)),0)
MAKEFLAGS += -j$(or $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null),1)
endif

# ---- what to build from ----

VARIANTS := release double debug race fuzz coverage
ISA := kernel_isa chain_isa dense_isa product_isa machine_isa
SOURCES := $(filter-out $(ISA:%=lib/num/%.c),$(wildcard cmd/asyntrain/*.c models/*.c models/*/*.c lib/*/*.c))
UNIT := $(wildcard tests/unit/*.c)
LAWS := $(wildcard tests/laws/*.c)
FUZZ := $(wildcard tests/fuzz/*.c)
FUZZ_TARGETS := $(filter-out fuzz learn libfuzzer pieces replay,$(FUZZ:tests/fuzz/%.c=%))

# The files of ISA, in lib/num, are compiled once an instruction set; which one runs is decided at start.
# (haswell and skylake-avx512 are the x86-64-v3 and -v4 that older compilers have no such name for)
MACHINE := $(shell uname -m)
SYSTEM := $(shell uname -s)
X86 := $(filter x86_64 amd64,$(MACHINE))
KERNELS := $(if $(wildcard lib/num/kernel_isa.c),plain $(if $(X86),avx2 avx512))
# (psabi warns of vectors in calls; the kernels' vectors stay in functions that are inlined)
KERNEL_FLAGS := -O3 -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wno-psabi
kernel_flags_avx2 := -march=haswell
kernel_flags_avx512 := -march=skylake-avx512 -mprefer-vector-width=512

# ---- with what ----

ifeq ($(origin CC),default)
CC := $(if $(shell command -v gcc 2>/dev/null),gcc,cc)
endif
RACE_CC ?= clang
FUZZ_CC ?= clang
CFLAGS ?= -O3 -g
PREFIX ?= /usr/local
CLANG_FORMAT ?= clang-format

# The needs of the goals asked for. build/config.mk holds the libraries' flags; making it names what is missing.
ifneq ($(filter-out help clean uninstall format lint,$(GOALS)),)
include build/config.mk
endif
build/config.mk: FORCE
	@mkdir -p build
	@$(if $(filter demo,$(GOALS)),CC='$(CC)' scripts/install-deps --if-needed)
	@CC='$(CC)' scripts/install-deps --flags >$@.new || { rm -f $@.new $@; exit 1; }
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# No -ffast-math: divergence is seen by isfinite. Contraction only in the kernels: elsewhere a sum must have the
# same bits on every machine and in every engine.
HOUSE := -std=c11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden $(if $(X86),-DKERNEL_X86) -pthread \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# What is compiled more often than it runs for long is optimized less.
ifneq ($(filter -O2 -O3,$(CFLAGS)),)
less_double := -O2
less_tests := -O1
endif
cc_release = $(CC)
cc_double = $(CC)
cc_debug = $(CC)
cc_race = $(RACE_CC)
cc_fuzz = $(FUZZ_CC)
cc_coverage = $(CC)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# (threads count, too)
COUNT := --coverage -fprofile-update=atomic
# (clang takes minutes for kernels that are instrumented in every way; of inputs they see numbers alone)
kernels_fuzz := -O1 -fno-sanitize=undefined -fno-sanitize=fuzzer-no-link
flags_release = $(HOUSE) $(OPENMP_CFLAGS) $(PACKAGE_CFLAGS) $(CPPFLAGS) $(CFLAGS)
flags_double = $(flags_release) -DREAL_DOUBLE
flags_debug = $(HOUSE) $(OPENMP_CFLAGS) $(PACKAGE_CFLAGS) $(CPPFLAGS) -O1 -g $(SANITIZE)
flags_race = $(HOUSE) -fopenmp $(PACKAGE_CFLAGS) $(CPPFLAGS) -O1 -g -fsanitize=thread
flags_fuzz = $(HOUSE) -fopenmp $(PACKAGE_CFLAGS) $(CPPFLAGS) -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link
flags_coverage = $(HOUSE) $(OPENMP_CFLAGS) $(PACKAGE_CFLAGS) $(CPPFLAGS) -O1 -g $(COUNT)
libraries = $(PACKAGE_LIBS) $(LDLIBS) -lm
link_release = -pthread $(LDFLAGS) $(OPENMP_LIBS)
link_double = $(link_release)
link_debug = $(link_release) $(SANITIZE)
link_race = -pthread $(LDFLAGS) -fopenmp -fsanitize=thread
link_fuzz = -pthread $(LDFLAGS) -fopenmp $(SANITIZE)
link_coverage = $(link_release) $(COUNT)
binary_release := build/asyntrain
$(foreach v,double debug race fuzz coverage,$(eval binary_$v := build/$v/asyntrain))

# The laws count allocations through tests/laws/alloc.c (macOS's linker has no --wrap).
WRAPPED := malloc calloc realloc posix_memalign aligned_alloc
WRAP := $(if $(wildcard tests/laws/alloc.c),$(if $(filter Darwin,$(SYSTEM)),,$(WRAPPED:%=-Wl,--wrap=%)))

# -Werror changes no code, so it is no part of the flags that force a rebuild: `make` and `make check` share their
# objects. Instead an object that compiled with a warning leaves OBJECT.said behind, and is compiled again when
# warnings are errors.
WERROR ?= $(if $(filter check check-long,$(GOALS)),1)
WERROR_ON := $(filter 1,$(WERROR))
ifdef WERROR_ON
said := $(wildcard $(foreach d,* */* */*/*,build/*/$d.o.said))
$(said:.said=): FORCE
endif

# ---- how ----

shown = $(if $(V),,@)
note = $(if $(V),,@printf '  %-4s %s\n' $1 '$2')
quoted = '$(subst ','\'',$1)'
# store NAME,TEXT: the file's date changes only when the text does
store = @printf '%s\n' $(call quoted,$2) | cmp -s - $1 || printf '%s\n' $(call quoted,$2) >$1

# compile VARIANT,FLAGS
define compile
	@mkdir -p $(@D)
	$(call note,cc,$@)
	$(shown)$(cc_$1) $(flags_$1) $2 $(if $(WERROR_ON),-Werror) -fdiagnostics-color=$(if $(MAKE_TERMERR),always,never) \
		-MMD -MP -c -o $@ $< 2>$@.said; code=$$?; \
		if [ -s $@.said ]; then cat $@.said >&2; else rm -f $@.said; fi; exit $$code
endef

# link VARIANT,FLAGS
define link
	@mkdir -p $(@D)
	$(call note,link,$@)
	$(shown)$(cc_$1) -o $@ $(filter %.o,$^) $(link_$1) $2 $(libraries)
endef

define variant
objects_$1 := $$(SOURCES:%.c=build/$1/%.o) $$(foreach f,$$(ISA),$$(KERNELS:%=build/$1/lib/num/$$f_%.o))
parts_$1 := $$(filter-out build/$1/cmd/%,$$(objects_$1)) build/$1/tests/test.o
unit_$1 := $$(UNIT:%.c=build/$1/%.o)
laws_$1 := $$(LAWS:%.c=build/$1/%.o)
# (of the program, the verbs that read no configuration and need no table of verbs)
fuzz_$1 := $$(filter-out build/$1/tests/fuzz/libfuzzer.o,$$(FUZZ:%.c=build/$1/%.o)) \
	build/$1/cmd/asyntrain/setup.o build/$1/cmd/asyntrain/terminal.o build/$1/cmd/asyntrain/score.o

# the flags, and which sources there are: a change of either makes what depends on it again
build/$1/flags: FORCE
	@mkdir -p $$(@D)
	@command -v $$(firstword $$(cc_$1)) >/dev/null || { \
		echo 'variant $1 needs the compiler $$(firstword $$(cc_$1)), which is not here' \
			'$(if $(filter race fuzz,$1),(Debian: apt-get install clang libomp-dev),: scripts/install-deps)' >&2; exit 1; }
	$$(call store,$$@,$$(shell $$(cc_$1) --version | head -n 1) $$(flags_$1) | $$(KERNEL_FLAGS) $$(kernel_flags_avx2) \
		$$(kernel_flags_avx512) | $$(less_$1) $$(kernels_$1) $$(less_tests) | $$(link_$1) $$(WRAP) $$(libraries))
build/$1/sources: FORCE
	@mkdir -p $$(@D)
	$$(call store,$$@,$$(SOURCES) $$(KERNELS) $$(UNIT) $$(LAWS) $$(FUZZ))

build/$1/%.o: %.c build/$1/flags
	$$(call compile,$1,-ffp-contract=off $$(less_$1))
build/$1/tests/%.o: tests/%.c build/$1/flags
	$$(call compile,$1,-ffp-contract=off $$(less_tests))
$(foreach f,$(ISA),
build/$1/lib/num/$f_%.o: lib/num/$f.c build/$1/flags
	$$(call compile,$1,$$(KERNEL_FLAGS) $$(kernel_flags_$$*) $$(less_$1) $$(kernels_$1) -DKERNEL_ISA=$$*)
)

$(binary_$1): $$(objects_$1) build/$1/flags build/$1/sources
	$$(call link,$1)
build/$1/tests-unit: $$(unit_$1) $$(parts_$1) build/$1/flags build/$1/sources
	$$(call link,$1)
build/$1/tests-laws: $$(laws_$1) $$(parts_$1) build/$1/flags build/$1/sources
	$$(call link,$1,$$(WRAP))

build/$1/tests-fuzz: $$(fuzz_$1) $$(filter-out build/$1/tests/test.o,$$(parts_$1)) build/$1/flags build/$1/sources
	$$(call link,$1)

-include $$(patsubst %.o,%.d,$$(objects_$1) $$(parts_$1) $$(unit_$1) $$(laws_$1) $$(fuzz_$1))
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$v)))

# ---- the goals ----

.PHONY: all demo check check-long double debug race fuzz coverage bench bench-lstm lint format docs install uninstall clean help

all: build/asyntrain  ## build build/asyntrain (the default)

demo: build/asyntrain  ## install what is missing, build, and train on a small sample
	@rm -rf build/demo-run
	build/asyntrain train configs/demo.yaml --out build/demo-run

# Where a library can be preloaded, tests let single calls of the program fail.
FAULTS := $(if $(filter Linux,$(SYSTEM)),build/faults.so)
build/faults.so: tests/shim/faults.c build/release/flags
	$(call note,cc,$@)
	$(shown)$(CC) -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra $(CPPFLAGS) -U_FORTIFY_SOURCE -fPIC -shared -pthread -o $@ $< -ldl

CHECKED := build/asyntrain build/release/tests-unit build/release/tests-laws build/double/tests-laws \
	build/release/tests-fuzz build/seeds/made $(FAULTS)
check: $(CHECKED)  ## all tests that take three minutes together, warnings as errors
	@tests/run

check-long: $(CHECKED) build/debug/tests-unit build/debug/tests-laws build/debug/tests-fuzz  ## real corpora (ASYNTRAIN_CORPORA=folder), sanitizers, other machines
	@tests/run debug machines long

double: build/double/asyntrain  ## build/double/asyntrain, which computes in double precision
debug: build/debug/asyntrain build/debug/tests-unit build/debug/tests-laws build/debug/tests-fuzz build/seeds/made  ## build/debug/asyntrain and its tests, with sanitizers

# A proof that the thread sanitizer sees what RACY hides: the same program, but one mark is taken away.
unmarked := build/race/unmarked
$(unmarked)/kernel_reference.c: lib/num/kernel_reference.c
	@mkdir -p $(@D)
	@sed 's/^RACY static void scatter(/static void scatter(/' $< >$@
	@! cmp -s $< $@ || { echo '$<: its scatter is not marked RACY any more; mend $@ in Makefile' >&2; rm $@; exit 1; }
$(unmarked)/kernel_reference.o: $(unmarked)/kernel_reference.c build/race/flags
	$(call compile,race,-ffp-contract=off)
$(unmarked)/asyntrain: $(objects_race:build/race/lib/num/kernel_reference.o=$(unmarked)/kernel_reference.o) \
		build/race/flags build/race/sources
	$(call link,race)
-include $(unmarked)/kernel_reference.d

race: build/race/asyntrain build/race/tests-unit build/race/tests-laws $(unmarked)/asyntrain  ## build with the thread sanitizer and run the tests under it
	@tests/run race

# The inputs of tests/fuzz that the program writes itself.
build/seeds/made: build/asyntrain tests/fuzz/make-seeds
	@tests/fuzz/make-seeds build/asyntrain build/seeds
	@touch $@

# Has the compiler what fuzzing needs?
build/fuzz/able:
	@mkdir -p $(@D)
	@printf 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return b && n > 9; }\n' >$@.c
	@$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -fopenmp -o $@.out $@.c || { \
		echo 'make fuzz needs clang with compiler-rt (libFuzzer, sanitizers) and libomp' \
			'(Debian: apt-get install clang libclang-rt-14-dev libomp-dev, with the number of clang;' \
			'Fedora: dnf install clang compiler-rt libomp-devel);' \
			'without them, build/debug/tests-fuzz --mutants N makes mutants, too' >&2; exit 1; }
	@mv $@.out $@
build/fuzz/flags: | build/fuzz/able

parts_of_score := build/fuzz/cmd/asyntrain/score.o
fuzzers := $(FUZZ_TARGETS:%=build/fuzz/targets/%)
.SECONDEXPANSION:
$(fuzzers): build/fuzz/targets/%: build/fuzz/tests/fuzz/%.o $$(parts_of_$$*) build/fuzz/cmd/asyntrain/setup.o build/fuzz/cmd/asyntrain/terminal.o \
		$(patsubst %,build/fuzz/tests/fuzz/%.o,fuzz learn pieces libfuzzer) \
		$(filter-out build/fuzz/tests/test.o,$(parts_fuzz)) build/fuzz/flags build/fuzz/sources
	$(call link,fuzz,-fsanitize=fuzzer)
-include build/fuzz/tests/fuzz/libfuzzer.d

# TIME: seconds for each target; TARGET: some of them alone
TIME ?= 60
TARGET ?= $(FUZZ_TARGETS)
fuzz: $(TARGET:%=build/fuzz/targets/%) build/seeds/made  ## look for inputs that break a reader (clang): TIME=60 seconds each, TARGET=name
	@tests/fuzz/run $(TIME) $(TARGET)

# What earlier runs have counted is removed: it may be of other sources.
COUNTED := build/coverage/asyntrain $(patsubst %,build/coverage/tests-%,unit laws fuzz) build/seeds/made $(FAULTS)
coverage: $(COUNTED)  ## count the lines of cmd, models and lib that tests run (gcc, gcov)
	@find build/coverage -name '*.gcda' -exec rm -f {} +
	@tests/run coverage || echo 'of these tests some failed; the lines that they ran are counted'
	@scripts/coverage --least 90

bench: build/asyntrain  ## measure speed and speed-up on this machine
	scripts/bench

bench-lstm: build/asyntrain  ## the Bi-LSTM beside PyTorch, where that is installed (INSTALL=1: install it, on Debian)
	scripts/bench-lstm $(if $(INSTALL),--install)

FORMATTED = $(wildcard cmd/asyntrain/*.[ch] models/*.[ch] models/*/*.[ch] lib/*/*.[ch] tests/*.[ch] tests/*/*.[ch])
LINTED = $(SOURCES) $(wildcard $(ISA:%=lib/num/%.c))
lint:  ## static analysis by cppcheck and clang-tidy, where they are installed
	@tools= bad=0; \
	if command -v cppcheck >/dev/null; then tools=1; \
		cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
			--suppress=missingIncludeSystem -I. -D_GNU_SOURCE -DKERNEL_ISA=plain $(LINTED) || bad=1; fi; \
	if command -v clang-tidy >/dev/null; then tools=1; \
		clang-tidy --quiet $(LINTED) -- \
			-std=c11 -D_GNU_SOURCE -DKERNEL_ISA=plain -I. -fopenmp $$(pkg-config --cflags openblas 2>/dev/null) || bad=1; fi; \
	[ -n "$$tools" ] || echo 'neither cppcheck nor clang-tidy is installed: nothing was looked at'; \
	exit $$bad

format:  ## lay out all sources in the house style (clang-format 14)
	$(CLANG_FORMAT) -i $(FORMATTED)

docs: build/asyntrain  ## write docs/config.md, the manual page and completions, from the tables of the program
	scripts/pages build/asyntrain

# (scripts that only a checkout has a use for stay there)
share := $(DESTDIR)$(PREFIX)/share
ours := $(share)/asyntrain
page := $(share)/man/man1/asyntrain.1
for_bash := $(share)/bash-completion/completions/asyntrain
for_zsh := $(share)/zsh/site-functions/_asyntrain
for_fish := $(share)/fish/vendor_completions.d/asyntrain.fish
SCRIPTS := $(filter-out $(addprefix scripts/,check-layers completion coverage install-deps make-samples pages),$(wildcard scripts/*))
install: build/asyntrain  ## install to PREFIX=/usr/local (under DESTDIR)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(ours)' '$(share)/doc/asyntrain'
	for file in '$(page)' '$(for_bash)' '$(for_zsh)' '$(for_fish)'; do install -d "$${file%/*}" || exit 1; done
	install -m 755 build/asyntrain '$(DESTDIR)$(PREFIX)/bin/asyntrain'
	find configs corpora $(SCRIPTS) -type d -exec install -d '$(ours)/{}' ';'
	install -d '$(ours)/scripts'
	find configs corpora $(SCRIPTS) -type f ! -perm -100 -exec install -m 644 '{}' '$(ours)/{}' ';'
	find $(SCRIPTS) -type f -perm -100 -exec install -m 755 '{}' '$(ours)/{}' ';'
	install -m 644 docs/asyntrain.1 '$(page)'
	install -m 644 scripts/completion/asyntrain.bash '$(for_bash)'
	install -m 644 scripts/completion/_asyntrain '$(for_zsh)'
	install -m 644 scripts/completion/asyntrain.fish '$(for_fish)'
	install -m 644 README.md LICENSE '$(share)/doc/asyntrain'
	find docs -type d -exec install -d '$(share)/doc/asyntrain/{}' ';'
	find docs -type f ! -name '*.1' -exec install -m 644 '{}' '$(share)/doc/asyntrain/{}' ';'

uninstall:  ## remove what install put there
	rm -f '$(DESTDIR)$(PREFIX)/bin/asyntrain' '$(page)' '$(for_bash)' '$(for_zsh)' '$(for_fish)'
	rm -rf '$(ours)' '$(share)/doc/asyntrain'

# ---- the library: lib/api/asyntrain.h and what it needs, docs/library.md ----

# Objects of the program serve: all are compiled for any address, and all names are hidden but those of asyntrain.h.
# (the archive keeps both of two objects with one name)
VERSION := $(shell sed -n 's/^.define ASYNTRAIN_VERSION "\(.*\)"$$/\1/p' lib/api/asyntrain.h)
MAJOR := $(firstword $(subst ., ,$(VERSION)))
ifeq ($(SYSTEM),Darwin)
SHARED := libasyntrain.$(MAJOR).dylib
SHARED_LINK := libasyntrain.dylib
shared_flags := -dynamiclib -install_name $(PREFIX)/lib/$(SHARED) -compatibility_version $(MAJOR)
one_object = $(CC) -nostdlib -r -o $1 -Wl,-exported_symbol,'_asyntrain_*' $2
hide =
else
SHARED := libasyntrain.so.$(MAJOR)
SHARED_LINK := libasyntrain.so
shared_flags := -shared -Wl,-soname,$(SHARED) -Wl,-z,defs -Wl,--as-needed
one_object = $(CC) -nostdlib -r -o $1 $2
hide = objcopy --localize-hidden $1
endif
lib_parts := $(filter-out build/release/cmd/% build/release/lib/api/%,$(objects_release))
build/lib/parts.a: $(lib_parts) build/release/sources
	@mkdir -p $(@D)
	@rm -f $@
	$(shown)$(AR) qcs $@ $(lib_parts)
build/lib/$(SHARED): build/release/lib/api/asyntrain.o build/lib/parts.a build/release/flags
	$(call note,link,$@)
	$(shown)$(CC) $(shared_flags) -o $@ $< build/lib/parts.a $(link_release) $(libraries)
build/lib/libasyntrain.a: build/release/lib/api/asyntrain.o build/lib/parts.a build/release/flags
	$(call note,ar,$@)
	$(shown)$(call one_object,build/lib/asyntrain.o,$< build/lib/parts.a)
	$(shown)$(call hide,build/lib/asyntrain.o)
	@rm -f $@
	$(shown)$(AR) qcs $@ build/lib/asyntrain.o
build/lib/asyntrain.pc: lib/api/asyntrain.pc.in lib/api/asyntrain.h Makefile build/release/flags
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@LIBRARIES@|$(strip $(link_release) $(libraries))|' $< >$@

LIBRARY := build/lib/$(SHARED) build/lib/libasyntrain.a build/lib/asyntrain.pc
.PHONY: lib install-lib uninstall-lib
# (a transcript installs them)
check check-long coverage: $(LIBRARY)
lib: $(LIBRARY)  ## build the C library (docs/library.md), shared and static, into build/lib

libdir := $(DESTDIR)$(PREFIX)/lib
install: install-lib
install-lib: $(LIBRARY)
	install -d '$(libdir)/pkgconfig' '$(DESTDIR)$(PREFIX)/include'
	install -m 644 lib/api/asyntrain.h '$(DESTDIR)$(PREFIX)/include/asyntrain.h'
	install -m 755 'build/lib/$(SHARED)' '$(libdir)/$(SHARED)'
	ln -sf '$(SHARED)' '$(libdir)/$(SHARED_LINK)'
	install -m 644 build/lib/libasyntrain.a '$(libdir)/libasyntrain.a'
	sed 's|^prefix=.*|prefix=$(PREFIX)|' build/lib/asyntrain.pc >'$(libdir)/pkgconfig/asyntrain.pc'

uninstall: uninstall-lib
uninstall-lib:
	rm -f '$(libdir)/$(SHARED)' '$(libdir)/$(SHARED_LINK)' '$(libdir)/libasyntrain.a' \
		'$(libdir)/pkgconfig/asyntrain.pc' '$(DESTDIR)$(PREFIX)/include/asyntrain.h'

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
