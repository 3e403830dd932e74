# ikescope
#
#   make                      build/ikescope
#   make check                every test that needs no root and no network
#   make SANITIZE=1 check     the same under ASan, LSan and UBSan, in build-san/
#   make golden               rewrites the expected reports in samples/: review the diff
#   make confusion            rewrites tests/confusion.tsv, the verdict on every view: review the diff
#   make oracle               counts against tshark's, over ../shared and samples/ as far as they are there
#   make pot                  rewrites rules/po/ikescope.pot, every sentence that can be translated
#   make fuzz                 runs each fuzz target for FUZZ_SECONDS=10, in build-fuzz/
#   make hostile              floods, bombs and lies: bounded time and memory, the same report twice
#   make coverage             lines run by `make check`, file by file, in build-cov/
#   make install              program, manual and documents; DESTDIR= PREFIX=/usr/local
#   make uninstall            takes them away again
#   make deps                 installs the Debian packages of packages.txt
#   make format               lays the C out anew with clang-format
#   make clean                removes build/ and build-*/
#
# CC, CFLAGS and LDFLAGS of the caller are honoured: CFLAGS=-Werror adds to ours. B=DIR builds
# elsewhere, V=1 shows whole commands.
# A new .c, rule, test or fuzz target in its room needs no edit here.

VERSION = 0.1.0
PREFIX  = /usr/local
FUZZ_SECONDS = 10

B := build$(if $(SANITIZE),-san)$(if $(FUZZ),-fuzz)
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: all test-programs check golden confusion oracle pot fuzz fuzz-run hostile coverage install uninstall deps format clean

# --- what there is -----------------------------------------------------------
find     = $(sort $(shell find $(wildcard $1) -name '$2' 2>/dev/null))
MAIN    := $(wildcard analyzer/cli/main.c)
SRC     := $(filter-out $(MAIN),$(call find,dissect analyzer,*.c))
RULES   := $(call find,rules,*.lua)
PO      := $(wildcard rules/po/*.po)
MO       = $(PO:rules/po/%.po=$B/po/%.mo)
TESTS   := $(wildcard tests/unit/test_*.c tests/property/test_*.c)
TARGETS := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY  := $(wildcard tests/fuzz/one_file.c)
STORIES := $(wildcard tests/scenes/*.c)
ENDS    := $(wildcard tests/ends/*.c)

OBJ     := $(SRC:%.c=$B/%.o) $B/rules_blob.o $B/catalogs_blob.o
LIB     := $B/libikescope.a
PROGRAM := $(MAIN:analyzer/cli/main.c=$B/ikescope)
TESTED  := $(TESTS:%.c=$B/%)
SCENES  := $(if $(STORIES),$B/tests/scenes/scenes) $(if $(ENDS),$B/tests/ends/ends)
FUZZED  := $(if $(FUZZ)$(REPLAY),$(TARGETS:%.c=$B/%))

# --- compiler and libraries --------------------------------------------------
# Asked once per compiler and kept in $B/probe-*.mk: what the compiler takes, and libtrace, which has no .pc file.
PACKAGES := libpcap libcrypto lua5.4 jansson zlib liblzma libzstd libseccomp
PROBE    := $B/probe-$(subst /,_,$(firstword $(CC))).mk
BUILDS   := $(filter-out clean deps uninstall format pot,$(or $(MAKECMDGOALS),all))
ifneq ($(BUILDS),)
include $(PROBE)
MISSING := $(strip $(foreach p,$(PACKAGES),$(shell pkg-config --exists $p || echo $p)))
$(if $(MISSING),$(error pkg-config does not find $(MISSING): run "make deps"))
endif

$(PROBE): Makefile
	@mkdir -p $(@D)
	@for flag in -fstack-clash-protection -fcf-protection; do \
		if $(CC) -Werror $$flag -x c -c /dev/null -o $@.o 2>/dev/null; then echo "HARDEN += $$flag"; fi; \
	done >$@.new
	@printf '#include <libtrace.h>\nint main(void) { return !trace_create("erf:-"); }\n' >$@.c
	@if $(CC) -w $(CFLAGS) -o $@.out $@.c $(LDFLAGS) -ltrace 2>/dev/null; then \
		printf 'LIBS += -ltrace\nDEFINES += -DHAVE_LIBTRACE=1\n' >>$@.new; \
	else \
		echo 'note: no libtrace: ERF and TSH captures will not be read (make deps)' >&2; \
	fi
	@rm -f $@.o $@.c $@.out; mv $@.new $@

HARDEN  += -fPIE -fstack-protector-strong
WARN     = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	   -Wpointer-arith -Wwrite-strings -Wformat-security
DEFINES += -D_GNU_SOURCE -DIKESCOPE_VERSION='"$(VERSION)"'
MODE     = -O2 -g
LINK     = -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifdef SANITIZE
MODE     = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
else ifdef FUZZ
MODE     = -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else ifeq ($(filter -O0,$(CFLAGS)),)
DEFINES += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

# Headers of others are system headers: our warnings stop at our own.
FLAGS   := -std=gnu11 -I. $(DEFINES) $(MODE) $(WARN) $(HARDEN) \
	   $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES))) $(CFLAGS)
LIBS    := $(LIBS) $(shell pkg-config --libs $(PACKAGES)) -lbz2 -lm
COMPILE  = $(CC) $(FLAGS)
WITH     = $(LINK) $(LDFLAGS)

# A stamp changes when its words do: then what was made from other flags, or from a file now gone, is made anew.
remember = $(shell mkdir -p $B; echo '$(subst ','\'',$2)' | cmp -s - $B/$1 || echo '$(subst ','\'',$2)' >$B/$1)
ifneq ($(BUILDS),)
$(call remember,flags,$(COMPILE) $(WITH) $(LIBS))
$(call remember,objects,$(OBJ))
$(call remember,list-rules,$(RULES))
$(call remember,list-catalogs,$(PO))
endif

say      = $(if $V,,@echo '  $1';)

# --- the program -------------------------------------------------------------
all: $(PROGRAM) $(LIB)

$B/ikescope: $B/analyzer/cli/main.o $(LIB) $B/flags
	$(call say,link $@) $(COMPILE) $(WITH) -o $@ $< $(LIB) $(LIBS)

# Appended to a fresh archive: members of two rooms may share a name.
$(LIB): $(OBJ) $B/objects
	@rm -f $@
	$(call say,join $@) ar qcs $@ $(OBJ)

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,$(CC) $<) $(COMPILE) -MMD -MP -c -o $@ $<

$B/rules_blob.c: $(RULES) analyzer/judge/embed.sh $B/list-rules
	$(call say,embed $(words $(RULES)) rules) analyzer/judge/embed.sh builtin_rules $(RULES) >$@

$B/catalogs_blob.c: $(MO) analyzer/judge/embed.sh $B/list-catalogs
	$(call say,embed $(words $(PO)) languages) analyzer/judge/embed.sh builtin_catalogs $(MO) >$@

$(MO): $B/po/%.mo: rules/po/%.po
	@mkdir -p $(@D)
	$(call say,msgfmt $<) msgfmt -o $@ $<

$B/%_blob.o: $B/%_blob.c $B/flags
	$(call say,$(CC) $<) $(COMPILE) -MMD -MP -c -o $@ $<

# --- tests -------------------------------------------------------------------
test-programs: all $(TESTED) $(SCENES) $(FUZZED)
	@:

$(TESTED): $B/%: $B/%.o $(LIB)
	$(call say,link $@) $(COMPILE) $(WITH) -o $@ $< $(LIB) $(LIBS) $(shell pkg-config --libs check)

$(TARGETS:%.c=$B/%): $B/%: $B/%.o $(if $(FUZZ),,$(REPLAY:%.c=$B/%.o)) $(LIB)
	$(call say,link $@) $(COMPILE) $(if $(FUZZ),-fsanitize=fuzzer) $(WITH) -o $@ $(filter %.o,$^) $(LIB) $(LIBS)

$B/tests/scenes/scenes: $(STORIES:%.c=$B/%.o) $(LIB)
	$(call say,link $@) $(COMPILE) $(WITH) -o $@ $^ $(LIBS)

$B/tests/ends/ends: $(ENDS:%.c=$B/%.o) $(LIB)
	$(call say,link $@) $(COMPILE) $(WITH) -o $@ $^ $(LIBS)

# What does not build is one failure; what does build is tested all the same.
check:
	@built=yes; $(MAKE) -k test-programs || built=no; BUILT=$$built tests/check.sh $B

confusion: $B/ikescope
	IKESCOPE_BIN=$(abspath $B/ikescope) tests/confusion.sh --write

pot:
	rules/po/extract.py . >rules/po/ikescope.pot.new && mv rules/po/ikescope.pot.new rules/po/ikescope.pot

golden: $B/ikescope
	IKESCOPE_BIN=$(abspath $B/ikescope) tests/golden.sh --write

oracle: $B/ikescope
	SHARED=$(or $(SHARED),$(abspath ../shared)) tests/oracle.py $B/ikescope

fuzz:
	@$(MAKE) CC=clang FUZZ=1 fuzz-run

fuzz-run: $(FUZZED)
	@$(if $(FUZZED),,echo 'no fuzz targets in tests/fuzz')
	@for target in $(FUZZED); do \
		name=$${target##*/fuzz_}; mkdir -p $B/corpus/$$name tests/fuzz/corpus/$$name; \
		echo "fuzz $$name"; \
		$$target -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$B/$$name- \
			$B/corpus/$$name tests/fuzz/corpus/$$name || exit; \
	done

hostile: $B/ikescope
	tests/hostile.sh $B/ikescope

coverage:
	@$(MAKE) B=build-cov CFLAGS='-O0 --coverage -DIKESCOPE_COVERAGE' LDFLAGS=--coverage check
	@find build-cov/dissect build-cov/analyzer -name '*.gcda' -exec gcov -n {} + 2>/dev/null | \
		awk -F"'" '/^File/ { file = $$2 } /^Lines/ && file ~ /^(dissect|analyzer)/ { \
			sub(/Lines executed:/, ""); print $$0 "\t" file }' | sort -n

# --- installing --------------------------------------------------------------
BIN   = $(DESTDIR)$(PREFIX)/bin
SHARE = $(DESTDIR)$(PREFIX)/share
DOC   = $(SHARE)/doc/ikescope
MAN1 := $(wildcard man/*.1)
MAN5 := $(wildcard man/*.5)
SCHEMA := $(wildcard analyzer/report/*.schema.json)

install: all
	install -d $(BIN) $(DOC) $(SHARE)/ikescope $(SHARE)/man/man1 $(SHARE)/man/man5
	install -m 755 $B/ikescope $(BIN)/ikescope
	install -m 644 $(wildcard README.md COPYING) $(DOC)
	install -m 644 rules/README.md $(DOC)/rules.md
	$(if $(SCHEMA),install -m 644 $(SCHEMA) $(SHARE)/ikescope)
	$(if $(MAN1),install -m 644 $(MAN1) $(SHARE)/man/man1)
	$(if $(MAN5),install -m 644 $(MAN5) $(SHARE)/man/man5)

uninstall:
	rm -f $(BIN)/ikescope $(MAN1:man/%=$(SHARE)/man/man1/%) $(MAN5:man/%=$(SHARE)/man/man5/%)
	rm -rf $(DOC) $(SHARE)/ikescope

deps:
	@tests/deps.sh packages.txt
	@rm -f build/probe-*.mk build-*/probe-*.mk

format:
	clang-format -i $(call find,dissect analyzer tests,*.[ch])

clean:
	rm -rf build build-*

-include $(OBJ:.o=.d) $(MAIN:%.c=$B/%.d) $(TESTED:%=%.d) $(TARGETS:%.c=$B/%.d) $(REPLAY:%.c=$B/%.d) $(STORIES:%.c=$B/%.d) $(ENDS:%.c=$B/%.d)
