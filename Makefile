# postoffice.  `make help` names the targets, `postoffice help development` the rest.

LUA    = lua5.4
PREFIX = /usr/local
BUILD  = build

# ---- What is built -----------------------------------------------------------

# One module for every Lua whose headers are found.  The 5.1 flavour serves
# Lua 5.1, LuaJIT and OpenResty, and is built with PUC's headers where they are:
# they cannot offer what only LuaJIT has.
HEADERS_OF = $(dir $(firstword $(wildcard $(foreach name,$(1), \
	/usr/include/$(name)/lua.h /usr/local/include/$(name)/lua.h \
	/opt/homebrew/include/$(name)/lua.h))))
INCDIR_5.5 = $(call HEADERS_OF,lua5.5 lua-5.5)
INCDIR_5.4 = $(call HEADERS_OF,lua5.4 lua-5.4)
INCDIR_5.3 = $(call HEADERS_OF,lua5.3 lua-5.3)
INCDIR_5.2 = $(call HEADERS_OF,lua5.2 lua-5.2)
INCDIR_5.1 = $(call HEADERS_OF,lua5.1 lua-5.1 luajit-2.1)
FLAVOURS   = $(foreach v,5.5 5.4 5.3 5.2 5.1,$(if $(INCDIR_$(v)),$(v)))

LUA_VERSION := $(shell $(LUA) -e 'io.write((_VERSION:gsub("Lua ", "")))' \
	2>/dev/null || echo 5.4)
ifdef LUA_INCDIR # LuaRocks says which Lua it builds for
INCDIR_$(LUA_VERSION) = $(LUA_INCDIR)
FLAVOURS = $(LUA_VERSION)
endif

# Domains that are not ASCII take libidn2, and libunistring, which that needs
# itself: where the compiler finds them, or in IDN2_DIR.  IDN2=no builds without
# (after `make clean`: nothing else tells one build from the other).
IDN2_DIR ?=
ifndef IDN2
IDN2 := $(shell printf '\043include <idn2.h>\n\043include <uninorm.h>\n' | \
	$(CC) $(IDN2_DIR:%=-I%/include) -E -x c - >/dev/null 2>&1 && echo yes)
endif
USES_IDN2  = $(filter yes,$(IDN2))
IDN2_FLAGS = $(if $(USES_IDN2),-DPO_IDN2 $(IDN2_DIR:%=-isystem %/include))
IDN2_LIBS  = $(if $(USES_IDN2),$(IDN2_DIR:%=-L%/lib) \
	$(IDN2_DIR:%=-Wl$(COMMA)-rpath$(COMMA)%/lib) -lidn2 -lunistring)
COMMA      = ,

SOURCES = $(wildcard csrc/*.c csrc/*/*.c csrc/*/*/*.c)
HEADERS = $(wildcard csrc/*.h csrc/*/*.h csrc/*/*/*.h)
# What knows Lua, and is compiled for each; the core is the same for all.
LUA_PART = $(filter csrc/glue/% csrc/sandbox/%,$(SOURCES))
CORE     = $(filter-out $(LUA_PART),$(SOURCES))
MODULE  = $(BUILD)/$(LUA_VERSION)/postoffice/core.so
LAUNCHER = $(BUILD)/bin/$(notdir $(LUA))/postoffice

# LPeg's list and -Wconversion.  Three of LPeg's are left out: C11 declares a
# variable where its value is known, small structs are passed as values, and
# `void *` needs no cast as it would in C++.
WARNINGS = -Wall -Wextra -pedantic -Wbad-function-cast -Wcast-align \
	-Wcast-qual -Wconversion -Wdisabled-optimization \
	-Wmissing-declarations -Wmissing-prototypes -Wnested-externs \
	-Wpointer-arith -Wredundant-decls -Wshadow -Wsign-compare \
	-Wstrict-prototypes -Wundef -Wunreachable-code -Wwrite-strings
WERROR   = # `make test` and `make lint` say -Werror: a newer compiler warns anew
CFLAGS   = -O2 -DNDEBUG
LIBFLAG  = -shared
COMPILE  = $(CC) -std=c11 -fPIC -fvisibility=hidden -Icsrc -MMD -MP \
	$(WARNINGS) $(WERROR) $(IDN2_FLAGS) $(CPPFLAGS) $(CFLAGS) $(MODE)
LINK     = $(CC) $(LDFLAGS) $(MODE)
# A module for another Lua is then an error that Lua can catch (ELF only).
NOW      = $(if $(filter Darwin,$(shell uname)),,-Wl,-z,now)
# iconv is in glibc and musl; elsewhere it may be a library of its own.
ICONV    = $(if $(filter Darwin,$(shell uname)),-liconv)

# MODE is how a directory of build/ differs from the others.
SANITIZE = -g -O1 -UNDEBUG -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
$(BUILD)/asan/%: MODE = $(SANITIZE)

all: $(FLAVOURS:%=$(BUILD)/%/postoffice/core.so) $(LAUNCHER)
ifeq ($(strip $(FLAVOURS)),)
	$(error no Lua headers found; install liblua5.4-dev or give LUA_INCDIR=)
endif

# The core's objects in directory $(1), and the rule that makes them.
CORE_OBJECTS = $(CORE:csrc/%.c=$(1)/core/%.o)
define core
$(1)/core/%.o: csrc/%.c Makefile
	@mkdir -p $$(@D)
	$$(COMPILE) -c -o $$@ $$<
-include $(patsubst %.o,%.d,$(call CORE_OBJECTS,$(1)))
endef

# All objects of the module for flavour $(2) in directory $(1), and its rules;
# $(3) are the flavour's headers, the core's objects stand in directory $(4).
OBJECTS = $(LUA_PART:csrc/%.c=$(1)/$(2)/obj/%.o) $(call CORE_OBJECTS,$(3))
define flavour
$(1)/$(2)/postoffice/core.so: $(call OBJECTS,$(1),$(2),$(4)) Makefile
	@mkdir -p $$(@D)
	$$(LINK) $$(LIBFLAG) $$(NOW) -o $$@ $$(filter %.o,$$^) $$(IDN2_LIBS) $$(ICONV)
$(1)/$(2)/obj/%.o: csrc/%.c Makefile
	@mkdir -p $$(@D)
	$$(COMPILE) -isystem $(3) -c -o $$@ $$<
-include $(LUA_PART:csrc/%.c=$(1)/$(2)/obj/%.d)
endef

$(eval $(call core,$(BUILD)))
$(foreach version,$(FLAVOURS),$(eval \
	$(call flavour,$(BUILD),$(version),$(INCDIR_$(version)),$(BUILD))))

# The command: runs on LUA, with the Lua modules in $(1) and the C module in $(2).
LAUNCH = printf '%s\n' '\#!/bin/sh' 'exec $(LUA) -e "package.path = \
[[$(1)/?.lua;$(1)/?/init.lua;]] .. package.path package.cpath = \
[[$(2)/?.so;]] .. package.cpath" $(1)/postoffice/cli/postoffice "$$@"'

$(LAUNCHER): Makefile
	@mkdir -p $(@D)
	@$(call LAUNCH,$(CURDIR)/lua,$(CURDIR)/$(BUILD)/$(LUA_VERSION)) >$@
	@chmod +x $@

# ---- Using it ----------------------------------------------------------------

POLICY  = lua/postoffice/examples/q184994-exchange.lua
SAMPLES = lua/postoffice/examples/addresses.txt
ARTICLE = [ccmail:user@domain at internet]

run: setup-run ## Route a file of real-world addresses by the article's policy
	@$(MAKE) -s all
	@echo '== $(SAMPLES) by $(POLICY)'
	@$(LAUNCHER) route --policy $(POLICY) <$(SAMPLES) || test $$? -eq 1
	@echo '== $(ARTICLE)'
	@$(LAUNCHER) explain --policy $(POLICY) '$(ARTICLE)'

# Lua 5.2 and later prefer LUA_PATH_5_2 and so on to LUA_PATH.
WAS = $${$(1)_$(subst .,_,$(LUA_VERSION)):-$${$(1):-;}}

env: $(MODULE) $(LAUNCHER) ## Print shell settings for LUA, to be evaluated
	@echo 'export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(call WAS,LUA_PATH)"'
	@echo 'export LUA_CPATH="$(CURDIR)/$(BUILD)/$(LUA_VERSION)/?.so;$(call WAS,LUA_CPATH)"'
	@echo 'export PATH="$(CURDIR)/$(dir $(LAUNCHER)):$$PATH"'
	@echo 'unset $(foreach v,5_2 5_3 5_4 5_5,LUA_PATH_$(v) LUA_CPATH_$(v))'

LUADIR = $(PREFIX)/share/lua/$(LUA_VERSION)
LIBDIR = $(PREFIX)/lib/lua/$(LUA_VERSION)
BINDIR = $(PREFIX)/bin

# Copies the files below folder $(1)/$(2) to folder $(3), as $(2) there; a folder at once, since
# LuaRocks does so for every tree.
INSTALL_BELOW = for folder in $$(cd $(1) && find $(2) -type d); do \
	  install -d $(3)/$$folder || exit; \
	  files=$$(find $(1)/$$folder -maxdepth 1 -type f); \
	  test -z "$$files" || install -m 644 $$files $(3)/$$folder || exit; done

# What the command prints for others, and where it is looked for.  Debian's zsh
# has a place for packages' completion, and takes no other below /usr.
ZSH_DIR = zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
MANUAL = man:man/man1/postoffice.1 \
	bash:bash-completion/completions/postoffice \
	zsh:$(ZSH_DIR)/_postoffice \
	fish:fish/vendor_completions.d/postoffice.fish
DOCDIR = $(PREFIX)/share/doc/postoffice

install: install-module $(LAUNCHER) ## Install under PREFIX for LUA
	install -d $(DESTDIR)$(BINDIR)
	@$(call LAUNCH,$(LUADIR),$(LIBDIR)) >$(DESTDIR)$(BINDIR)/postoffice
	chmod 755 $(DESTDIR)$(BINDIR)/postoffice
	@$(LAUNCHER) help man >/dev/null 2>&1 || { echo 'no manual page, no completion:' \
	  'the command lacks a library, see $(LAUNCHER) help man'; exit 0; }; \
	for file in $(MANUAL); do \
	  path=$(DESTDIR)$(PREFIX)/share/$${file#*:}; install -d "$${path%/*}" && \
	  $(LAUNCHER) help "$${file%%:*}" >"$$path" && chmod 644 "$$path" || exit; \
	done
	install -d $(DESTDIR)$(DOCDIR)
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(DOCDIR)
	$(call INSTALL_BELOW,lua/postoffice,examples,$(DESTDIR)$(DOCDIR))

install-module: $(MODULE)
	install -d $(DESTDIR)$(LIBDIR)/postoffice
	install -m 644 $(MODULE) $(DESTDIR)$(LIBDIR)/postoffice
	$(call INSTALL_BELOW,lua,postoffice,$(DESTDIR)$(LUADIR))

# ---- The core for C ----------------------------------------------------------

# What is loaded by a program says so by its number, which rises when a program
# would have to be compiled again.
C_ABI     = 0
C_VERSION = $(shell sed -n 's/^.define PO_VERSION "\(.*\)"/\1/p' csrc/postoffice.h)
C_LIB     = $(PREFIX)/lib
C_INCLUDE = $(PREFIX)/include/postoffice
C_HEADERS = csrc/postoffice.h csrc/codes.h csrc/switches.h
C_SHARED  = $(BUILD)/c/libpostoffice.so.$(C_ABI)

$(eval $(call core,$(BUILD)/c))
$(BUILD)/c/%: MODE = -DPO_SHARED
$(C_SHARED): $(call CORE_OBJECTS,$(BUILD)/c) Makefile
	$(LINK) -shared -Wl,-soname,$(@F) $(NOW) -o $@ $(filter %.o,$^) $(IDN2_LIBS)
$(BUILD)/c/libpostoffice.a: $(call CORE_OBJECTS,$(BUILD)/c) Makefile
	rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
$(BUILD)/c/postoffice.pc: Makefile csrc/postoffice.h
	@mkdir -p $(@D)
	printf '%s\n' 'Name: postoffice' \
	  'Description: Mail addresses of every mail system' \
	  'Version: $(C_VERSION)' 'Cflags: -I$(C_INCLUDE)' \
	  'Libs: -L$(C_LIB) -lpostoffice' 'Libs.private: $(IDN2_LIBS)' >$@

install-c: $(C_SHARED) $(BUILD)/c/libpostoffice.a $(BUILD)/c/postoffice.pc ## Install the core for C: header, libraries, pkg-config file
	install -d $(DESTDIR)$(C_INCLUDE) $(DESTDIR)$(C_LIB)/pkgconfig
	install -m 644 $(C_HEADERS) $(DESTDIR)$(C_INCLUDE)
	install -m 644 $(C_SHARED) $(BUILD)/c/libpostoffice.a $(DESTDIR)$(C_LIB)
	ln -sf $(notdir $(C_SHARED)) $(DESTDIR)$(C_LIB)/libpostoffice.so
	install -m 644 $(BUILD)/c/postoffice.pc $(DESTDIR)$(C_LIB)/pkgconfig

uninstall-c: ## Remove what install-c put under PREFIX
	rm -rf $(DESTDIR)$(C_INCLUDE)
	rm -f $(DESTDIR)$(C_LIB)/libpostoffice.* $(DESTDIR)$(C_LIB)/pkgconfig/postoffice.pc

uninstall: ## Remove what install put under PREFIX
	rm -rf $(DESTDIR)$(LUADIR)/postoffice $(DESTDIR)$(LIBDIR)/postoffice
	rm -f $(DESTDIR)$(BINDIR)/postoffice
	rm -f $(foreach file,$(MANUAL),$(DESTDIR)$(PREFIX)/share/$(word 2,$(subst :, ,$(file))))
	rm -rf $(DESTDIR)$(DOCDIR)

# ---- A rock ------------------------------------------------------------------

# What git knows, or all but what was built where there is no git.  Two packings
# of the same commit are the same bytes, wherever, whenever and by whomever.
ROCK_VERSION = scm-1
ROCK_URL     = file://$(BUILD)
ROCK         = postoffice-$(ROCK_VERSION)
ROCK_FILES   = $(if $(wildcard .git),git ls-files -z,find . -path ./$(BUILD) -prune \
	-o -type f -printf '%P\0')
ROCK_TIME    = $(or $(SOURCE_DATE_EPOCH),$(shell \
	test -e .git && git log -1 --format=%ct || date -r LICENSE +%s))

rock: ## Pack the sources: build/postoffice-scm-1.src.rock
	@mkdir -p $(BUILD)
	$(ROCK_FILES) >$(BUILD)/files-of-$(ROCK)
	LC_ALL=C sort -z $(BUILD)/files-of-$(ROCK) | tar -cf $(BUILD)/$(ROCK).tar \
	  --format=ustar --mtime=@$(ROCK_TIME) --mode=u=rwX,go=rX \
	  --owner=0 --group=0 --numeric-owner --transform='s,^,$(ROCK)/,' \
	  --no-recursion --null -T -
	gzip -9nf $(BUILD)/$(ROCK).tar
	sed 's,file://build,$(ROCK_URL),; s,scm-1,$(ROCK_VERSION),g' \
	  postoffice-scm-1.rockspec >$(BUILD)/$(ROCK).rockspec
	cd $(BUILD) && rm -f $(ROCK).src.rock && chmod 644 $(ROCK).* && \
	  touch -d @$(ROCK_TIME) $(ROCK).* && \
	  TZ=UTC zip -qX $(ROCK).src.rock $(ROCK).rockspec $(ROCK).tar.gz

# Where the archive of a release will lie; beside the rockspec, unless one says.
RELEASE_URL   =
RELEASE_TESTS = # what `luarocks test` runs: all
RELEASE_LUAS  = lua5.4 luajit # by which it is tried
release: setup-test ## Make the release VERSION= of what is checked out, in build/release
	@MAKE='$(MAKE)' RELEASE_URL='$(RELEASE_URL)' RELEASE_TESTS='$(RELEASE_TESTS)' \
	  RELEASE_LUAS='$(RELEASE_LUAS)' lua5.4 spec/release.lua '$(VERSION)'

clean: ## Remove everything that was built
	rm -rf $(BUILD)

help: ## Name the targets
	@echo 'make: build for every Lua that is installed'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %s: %s\n", $$1, $$2 }' Makefile

# ---- Packages (Debian's names) -----------------------------------------------

# Never `luajit`: on Debian it removes luajit2, which nginx's Lua module needs.
RUN_PACKAGES  = gcc libc6-dev libidn2-dev libunistring-dev lua5.4 liblua5.4-dev \
	lua-lpeg lua-argparse lua-filesystem
TEST_PACKAGES = $(RUN_PACKAGES) lua5.1 liblua5.1-0-dev lua5.2 liblua5.2-dev \
	lua5.3 liblua5.3-dev \
	luajit2 libluajit2-5.1-dev lua-busted lua-check lua-socket \
	lua-dkjson luarocks lua-md5 lua-posix parallel unicode-data zsh fish \
	git zip unzip binutils ccache valgrind nginx-light libnginx-mod-http-lua libnginx-mod-mail tarantool g++ \
	chromium chromium-driver \
	$(SERVERS) $(EXIM) lua-cqueues lua-luaossl lua-redis lua-nginx-redis lua-ldap lua-sql-sqlite3 \
	lua-sql-postgres lua-ldoc lua-discount
SERVERS = slapd ldap-utils redis-server postgresql postgresql-15-pllua sqlite3 openssl \
	postfix dovecot-lmtpd dovecot-auth-lua haproxy rspamd
# Debian's Exim excludes Postfix; so it is unpacked, with what it needs beside it.
EXIM = libnss-wrapper libidn12 libgnutls-dane0 libnsl2 libdb5.3
DOC_PACKAGES = $(RUN_PACKAGES) lua5.1 lua-ldoc lua-discount
LINT_PACKAGES = lua-check clang-format clang-tidy cppcheck
BENCH_PACKAGES = $(RUN_PACKAGES) luajit2 libluajit2-5.1-dev pkg-config valgrind \
	libetpan-dev libgmime-3.0-dev lua-lpeg-patterns libemail-address-xs-perl \
	postgresql postgresql-15-pllua lua5.3 liblua5.3-dev lua-socket lua-cqueues \
	postfix postfix-lmdb postfix-cdb
FUZZ_PACKAGES = clang libclang-rt-dev

setup-run:  ; @.ci/setup $(RUN_PACKAGES)
setup-test: ; @.ci/setup $(TEST_PACKAGES)
setup-doc:  ; @.ci/setup $(DOC_PACKAGES)
setup-lint: ; @.ci/setup $(LINT_PACKAGES)
setup-bench: ; @.ci/setup $(BENCH_PACKAGES)
setup-fuzz: ; @.ci/setup $(FUZZ_PACKAGES)

# ---- Testing -----------------------------------------------------------------

VMS    = lua5.4 lua5.3 lua5.2 lua5.1 luajit
# The longest first, and beside them those that mostly wait for servers.
SUITES  = luacheck luajit lua5.4 lua5.1 lua5.2 lua5.3 release growth asan-lua5.4 rock valgrind \
	asan-lua5.1 tarantool memory make unit doc replay symbols
WAITING = serve directory postfix asked article openresty hosts page nginx

test: setup-test ## Install what the tests need and run them all
	@MAKE='$(MAKE)' JOBS=$(JOBS) lua5.4 spec/tally.lua test $(SUITES) -- $(WAITING)

# As many at once as there are processors.
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

BUSTED = $(shell command -v busted) -o plainTerminal

# A rock is compiled for every tree that it is installed into: the same each time, and but for
# options that make no other code as here.
CACHED = env PATH='/usr/lib/ccache:$(PATH)' CCACHE_DIR='$(CURDIR)/$(BUILD)/ccache' \
	CCACHE_COMPILER=cc CCACHE_IGNOREOPTIONS='-Werror -fPIC'

# Everything that the suites use is compiled first, and once.
test-build:
	$(CACHED) $(MAKE) -s -j$(JOBS) WERROR=-Werror all
	$(MAKE) -s -j$(JOBS) WERROR=-Werror compiled-for-tests
	for lua in $(VMS); do $(MAKE) -s all LUA=$$lua || exit; done

test-luacheck: ; luacheck --quiet --no-color .

# The core alone, inputs on the heap without a final NUL, under sanitizers.
$(eval $(call core,$(BUILD)/asan))
SANITIZED_CORE = $(call CORE_OBJECTS,$(BUILD)/asan)

# RFC 5892's derivation, and the libraries linked so that memory can be refused.
RFC5892 = $(BUILD)/unicode/rfc5892.h
$(RFC5892): spec/unit/rfc5892.lua
	@mkdir -p $(@D)
	lua5.4 $< /usr/share/unicode >$@
FAILING_IDN2 = $(if $(USES_IDN2),$(patsubst %,-Wl$(COMMA)--wrap=%,malloc calloc \
	realloc strdup) $(patsubst -l%,-l:lib%.a,$(IDN2_LIBS)))

UNIT = $(wildcard spec/unit/*.c)
$(BUILD)/asan/unit: $(UNIT) $(SANITIZED_CORE) $(wildcard spec/unit/*.h) $(RFC5892)
	$(COMPILE) -Ispec/unit -I$(dir $(RFC5892)) -o $@ $(UNIT) $(SANITIZED_CORE) \
	  $(FAILING_IDN2)

test-unit: $(BUILD)/asan/unit
	$<

# Every input a fuzzer ever stumbled on, and its seeds, as an ordinary test.
TARGETS  = $(basename $(notdir $(filter-out %/replay.c,$(wildcard spec/fuzz/*.c))))
INPUTS   = $(wildcard spec/fuzz/$(1).in/* spec/fuzz/$(1).repro/*)
REPLAYED = $(TARGETS:%=$(BUILD)/asan/replay/%)
$(REPLAYED): $(BUILD)/asan/replay/%: spec/fuzz/%.c spec/fuzz/replay.c \
		$(SANITIZED_CORE) $(wildcard spec/fuzz/*.h spec/unit/*.h)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $< spec/fuzz/replay.c $(SANITIZED_CORE) $(IDN2_LIBS)

test-replay: $(TARGETS:%=test-replay-%)
$(TARGETS:%=test-replay-%): test-replay-%: $(BUILD)/asan/replay/%
	$< $(call INPUTS,$*)

# The flavour for 5.3 is tested as it is built without libidn2.
$(eval $(call core,$(BUILD)/plain))
$(eval $(call flavour,$(BUILD)/plain,5.3,$(INCDIR_5.3),$(BUILD)/plain))
$(BUILD)/plain/%: USES_IDN2 =
PLAIN_MODULE = $(BUILD)/plain/5.3/postoffice/core.so
test-lua5.3: export POSTOFFICE_BUILD = $(BUILD)/plain
test-lua5.3: $(PLAIN_MODULE)

# The Lua tests; `make test-luajit` runs them on one Lua.  What is drawn by chance is drawn half as
# often as a spec says on LuaJIT, the fastest, and a tenth as often on the others.
test-luajit: export POSTOFFICE_TIMES ?= 0.5
test-lua5.4 test-tarantool test-lua5.3 test-lua5.2 test-lua5.1: export POSTOFFICE_TIMES ?= 0.1
# Proofs that take half a second are tried on LuaJIT; the command as a program, and thousands of inputs
# to the core, which is compiled once for all, there and on Lua 5.4.
test-lua5.3 test-lua5.2 test-lua5.1: LEFT_OUT = --exclude-tags=long,program,slow
test-lua5.4: LEFT_OUT = --exclude-tags=long
# What is proven of policies (46, 48) is written in Lua alone: LuaJIT and 5.4 try all of it, 5.1, which is
# least like them, 48 and of 46 claims and sets, and 5.2 and 5.3, which are between 5.1 and 5.4, none.
SPECS         = *
test-lua5.1: SPECS = [1-3]* 4[0-57-9]* 46-policy_claims 46-policy_sets [5-9]*
test-lua5.2 test-lua5.3: SPECS = [1-3]* 4[0-579]* [5-9]*
$(VMS:%=test-%): test-%:
	@$(MAKE) -s all LUA=$*
	PATH="$(CURDIR)/$(BUILD)/bin/$*:$$PATH" spec/apart '$(SPECS)' $* $(BUSTED) $(LEFT_OUT)

# What touches C, under the sanitizers, with a collector that never rests.
SANITIZED_MODULES = $(BUILD)/asan/5.4/postoffice/core.so \
	$(BUILD)/asan/5.1/postoffice/core.so
$(foreach version,5.4 5.1,$(eval $(call \
	flavour,$(BUILD)/asan,$(version),$(INCDIR_$(version)),$(BUILD)/asan)))

test-asan-lua5.4 test-asan-lua5.1: test-asan-%: $(SANITIZED_MODULES)
	spec/apart $(if $(filter lua5.1,$*),'[1-3]*','[1-3]* 4[0-579]*') spec/sanitized $* \
	  $(BUILD)/asan $(BUSTED) --run=sanitized$(if $(filter lua5.1,$*),-5.1)

# A host whose memory runs out, at every MEMORY_STEP-th allocation.  LuaJIT's
# compiler does not bear it; so there, the sandboxes alone.
MEMORY      = $(BUILD)/memory/failing-
MEMORY_STEP = 23
MEMORY_RUNS = $(MEMORY)5.4 $(MEMORY)5.1 $(MEMORY)jit-5.1
SCENARIOS   = spec/unit/lua/script.lua spec/unit/lua/policy.lua \
	spec/unit/lua/lines.lua spec/unit/lua/directory.lua \
	spec/unit/lua/snapshot.lua
define memory
$(MEMORY)$(1): spec/unit/lua/failing_memory.c $(call OBJECTS,$(BUILD),$(2),$(BUILD))
	@mkdir -p $$(@D)
	$$(COMPILE) -isystem $(INCDIR_$(2)) -o $$@ $$(filter %.c %.o,$$^) -llua$(1) -lm \
	  $$(IDN2_LIBS)
endef
$(eval $(call memory,5.4,5.4))
$(eval $(call memory,5.1,5.1))
$(eval $(call memory,jit-5.1,5.1))

test-memory: $(MEMORY_RUNS)
	$(MEMORY)5.4 $(MEMORY_STEP) $(SCENARIOS)
	$(MEMORY)5.1 $(MEMORY_STEP) $(SCENARIOS)
	$(MEMORY)jit-5.1 $(MEMORY_STEP) $(firstword $(SCENARIOS))

# What only valgrind sees: memory that is read before it is written.
VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite --suppressions=spec/valgrind.supp
test-valgrind: all $(MEMORY)5.4
	POSTOFFICE_BUILD=$(BUILD) POSTOFFICE_TIMES=0.1 $(VALGRIND) lua5.1 $(BUSTED) --run=short
	$(VALGRIND) $(MEMORY)5.4 997 $(SCENARIOS)

# How work grows, by valgrind's count of instructions.
$(BUILD)/growth/counter.so: spec/growth/counter.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -fvisibility=default -isystem $(INCDIR_5.4) $(LIBFLAG) -o $@ $<
test-growth: all $(BUILD)/growth/counter.so
	eval "$$($(MAKE) -s env LUA=lua5.4)"; LUA_PATH="./?.lua;$$LUA_PATH" \
	  LUA_CPATH="$(BUILD)/growth/?.so;$$LUA_CPATH" lua5.4 $(BUSTED) spec/growth/spec.lua

# What the 5.1 flavour asks of its host, built with both kinds of headers.
LUAJIT_MODULE = $(BUILD)/jit/5.1/postoffice/core.so
$(eval $(call flavour,$(BUILD)/jit,5.1,$(call HEADERS_OF,luajit-2.1),$(BUILD)))
test-symbols: all $(LUAJIT_MODULE)
	lua5.4 $(BUSTED) spec/host/symbols.lua

test-make: all
	lua5.4 $(BUSTED) spec/host/make.lua

test-doc: all
	lua5.4 $(BUSTED) spec/host/doc.lua

test-rock: test-rock-lua5.4 test-rock-luajit
test-rock-luajit: | test-rock-lua5.4 # both build in build/rock
test-rock-lua5.4 test-rock-luajit: test-rock-%:
	$(CACHED) $* $(BUSTED) spec/host/rock.lua

test-release: all
	$(CACHED) lua5.4 $(BUSTED) spec/host/release.lua

test-nginx test-openresty test-page: test-%: all
	lua5.4 $(BUSTED) spec/host/$*.lua

# Live directories by real servers, most of whose time is waiting; lua-redis is
# for Lua 5.1 to 5.3.
DIRECTORIES = command ldap nginx pllua postgres published redis sqlite
test-directory: all
	$(MAKE) --no-print-directory -O -j $(words $(DIRECTORIES)) \
	  $(DIRECTORIES:%=test-directory-%)
$(DIRECTORIES:%=test-directory-%): test-directory-%:
	$(if $(filter command redis sqlite,$*),luajit,lua5.4) $(BUSTED) spec/host/directory/$*.lua

# `postoffice serve`, as it runs.
SERVES = $(basename $(notdir $(filter-out %/serving.lua %/clients.lua,$(wildcard spec/host/serve/*.lua))))
test-serve: $(SERVES:%=test-serve-%)
$(SERVES:%=test-serve-%): test-serve-%: all
	PATH="$(CURDIR)/$(BUILD)/bin/lua5.4:$$PATH" lua5.4 $(BUSTED) spec/host/serve/$*.lua

# Mail servers and proxies with the configurations that are shipped for them.
HOSTS = dovecot exim haproxy rspamd
test-hosts: $(HOSTS:%=test-hosts-%)
test-hosts-exim: $(BUILD)/exim
$(HOSTS:%=test-hosts-%): test-hosts-%: all
	lua5.4 $(BUSTED) spec/host/$*.lua
$(BUILD)/exim:
	.ci/unpack exim4-daemon-light $@

# Debian's packages whose sample maps are imported.
SAMPLE_PACKAGES = postfix-doc exim4-config sendmail-base
test-postfix: all $(SAMPLE_PACKAGES:%=$(BUILD)/%)
	lua5.4 $(BUSTED) spec/host/postfix.lua spec/host/samples.lua
$(SAMPLE_PACKAGES:%=$(BUILD)/%): $(BUILD)/%:
	.ci/unpack $* $@

# The article's mail, by Postfix on both sides; and what Postfix makes of answers besides.
MAIL = article asked
$(MAIL:%=test-%): test-%: all
	PATH="$(CURDIR)/$(BUILD)/bin/lua5.4:$$PATH" lua5.4 $(BUSTED) spec/host/$*.lua

test-tarantool: all
	lua5.4 $(BUSTED) spec/host/tarantool.lua

compiled-for-tests: $(BUILD)/asan/unit $(REPLAYED) $(SANITIZED_MODULES) \
	$(MEMORY_RUNS) $(LUAJIT_MODULE) $(PLAIN_MODULE)

# ---- For people who change it ------------------------------------------------

C_FILES = $(SOURCES) $(HEADERS) $(wildcard spec/*/*.c spec/*/*.h spec/*/*/*.c)

lint: setup-lint ## Check style: warnings, luacheck, clang-format, clang-tidy, cppcheck
	$(MAKE) -s all BUILD=$(BUILD)/lint WERROR=-Werror
	luacheck --quiet .
	clang-format --dry-run -Werror $(C_FILES)
	clang-tidy --quiet $(SOURCES) -- -std=c11 -Icsrc $(IDN2_FLAGS) \
	  -isystem $(INCDIR_$(LUA_VERSION))
	cppcheck --quiet --std=c11 --enable=warning,portability,performance \
	  --inline-suppr --error-exitcode=1 -Icsrc $(IDN2_FLAGS) $(SOURCES)

# The core beside other parsers, those that pkg-config finds.
PEERS = $(foreach name,libetpan gmime-3.0,$(if \
	$(shell pkg-config --exists $(name) 2>/dev/null && echo yes),$(name)))
BENCH_SOURCES = $(wildcard spec/bench/*.c) spec/unit/portable.c
$(BUILD)/bench/core: $(BENCH_SOURCES) $(wildcard spec/bench/*.h) $(CORE) $(HEADERS) Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 -Icsrc -O2 -DNDEBUG $(patsubst libetpan,-DHAVE_LIBETPAN,$(patsubst \
	  gmime-3.0,-DHAVE_GMIME,$(PEERS))) $(IDN2_FLAGS) -o $@ $(BENCH_SOURCES) $(CORE) $(IDN2_LIBS) \
	  $(if $(PEERS),$(shell pkg-config --cflags --libs $(PEERS) 2>/dev/null))

HOST_CLIENTS = $(BUILD)/bench/socketmap $(BUILD)/bench/latency
$(HOST_CLIENTS): $(BUILD)/bench/%: spec/bench/host/%.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -D_POSIX_C_SOURCE=200809L -o $@ $<

$(BUILD)/bench/%/floors.so: spec/bench/lua/floors.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -fvisibility=default -isystem $(INCDIR_$*) $(LIBFLAG) -o $@ $<

# Ratios in one run, and instructions; what is in Lua on both of its kinds, but
# for routing and the directory, most of which is the loading of what is large.
BENCH_VMS = $(LUA) luajit
bench: setup-bench all $(BUILD)/bench/core $(HOST_CLIENTS) $(FLAVOURS:%=$(BUILD)/bench/%/floors.so) ## Measure beside other parsers: every spec/bench/*
	@echo "== spec/bench/core.c"; $(BUILD)/bench/core
	@$(LUA) spec/bench/instructions.lua $(BUILD)/bench/core
	@for lua in $(BENCH_VMS); do for file in core lines lists snapshot socketmap \
	  $$(test $$lua = $(LUA) && echo routing directory postgresql latency); do \
	  echo "== spec/bench/$$file.lua on $$lua"; \
	  (eval "$$($(MAKE) -s env LUA=$$lua)"; \
	  $$lua spec/bench/$$file.lua $(BUILD)/bench/core) || exit; done; done

# A new input that helps stays in build/; one that fails goes to NAME.repro,
# to be committed with the mend.
FUZZ_SECONDS = 60
# Dictionaries name the labels; comparing with each of them is half the time.
fuzz-x400 fuzz-encapsulation: TRACING = -fno-sanitize-coverage=trace-cmp
# Protocols are in Lua: their inputs are mutated, whatever is reached.
PROTOCOLS = delegation http1 readsocket socketmap
fuzz: setup-fuzz $(TARGETS:%=fuzz-%) $(PROTOCOLS:%=fuzz-%) ## Fuzz: every target of spec/fuzz, FUZZ_SECONDS each
$(PROTOCOLS:%=fuzz-%): fuzz-%: all
	eval "$$($(MAKE) -s env LUA=lua5.4)"; LUA_PATH="./?.lua;$$LUA_PATH" \
	  lua5.4 spec/fuzz/protocols.lua $* $(FUZZ_SECONDS)
$(TARGETS:%=fuzz-%): fuzz-%:
	@mkdir -p $(BUILD)/fuzz/$*.corpus spec/fuzz/$*.repro
	clang -std=c11 -Icsrc $(SANITIZE) -O2 -fsanitize=fuzzer $(TRACING) \
	  $(IDN2_FLAGS) -o $(BUILD)/fuzz/$* spec/fuzz/$*.c $(CORE) $(IDN2_LIBS)
	$(BUILD)/fuzz/$* -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
	  -print_final_stats=1 -artifact_prefix=spec/fuzz/$*.repro/ \
	  $(addprefix -dict=,$(wildcard spec/fuzz/$*.dict)) \
	  $(BUILD)/fuzz/$*.corpus $(wildcard spec/fuzz/$*.in)

# The long forms: everything drawn by chance SOAK_TIMES as often (reloads are
# ten thousand, and RELOADS of compiled files), every allocation fails once, each
# fuzzer has FUZZ_SECONDS.
SOAK_TIMES = 20
RELOADS    = 10000
SOAKED     = $(VMS) memory reloads serve $(MAIL) $(TARGETS) $(PROTOCOLS)
soak: setup-test setup-fuzz ## Test at length: FUZZ_SECONDS a fuzzer, SOAK_TIMES as many tries
	@MAKE='$(MAKE)' JOBS=$(JOBS) POSTOFFICE_HOURS=24 \
	  lua5.4 spec/tally.lua soak $(SOAKED)

soak-build: test-build
$(VMS:%=soak-%) $(MAIL:%=soak-%): soak-%:
	POSTOFFICE_TIMES=$(SOAK_TIMES) $(MAKE) test-$*
soak-memory:
	$(MAKE) test-memory MEMORY_STEP=1
soak-serve: all
	PATH="$(CURDIR)/$(BUILD)/bin/lua5.4:$$PATH" POSTOFFICE_HOURS=24 \
	  lua5.4 $(BUSTED) spec/host/serve/load.lua
soak-reloads: all
	for lua in lua5.4 luajit; do \
	  POSTOFFICE_RELOADS=$(RELOADS) $$lua $(BUSTED) spec/host/reloads.lua || exit; done
$(TARGETS:%=soak-%) $(PROTOCOLS:%=soak-%): soak-%: fuzz-%

# Lines and branches of the core that the unit tests, the replay and the specs
# reach, file by file.
$(eval $(call core,$(BUILD)/coverage))
$(eval $(call flavour,$(BUILD)/coverage,5.4,$(INCDIR_5.4),$(BUILD)/coverage))
$(BUILD)/coverage/%: MODE = --coverage -g -O0 -UNDEBUG
COVERED_CORE = $(call CORE_OBJECTS,$(BUILD)/coverage)
$(BUILD)/coverage/unit: $(UNIT) $(COVERED_CORE) $(wildcard spec/unit/*.h) $(RFC5892)
	$(COMPILE) -Ispec/unit -I$(dir $(RFC5892)) -o $@ $(UNIT) $(COVERED_CORE) \
	  $(FAILING_IDN2)
$(BUILD)/coverage/replay/%: spec/fuzz/%.c spec/fuzz/replay.c $(COVERED_CORE)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $< spec/fuzz/replay.c $(COVERED_CORE) $(IDN2_LIBS)

coverage: setup-test $(BUILD)/coverage/5.4/postoffice/core.so \
		$(BUILD)/coverage/unit $(TARGETS:%=$(BUILD)/coverage/replay/%) ## Say what of the core the tests reach
	@find $(BUILD)/coverage -name '*.gcda' -delete
	$(BUILD)/coverage/unit
	$(foreach target,$(TARGETS),$(BUILD)/coverage/replay/$(target) \
	  $(call INPUTS,$(target)) &&) true
	POSTOFFICE_BUILD=$(BUILD)/coverage lua5.4 $(BUSTED)
	@lua5.4 spec/coverage.lua $(BUILD)/coverage/core $(CORE)

doc: setup-doc all ## Build the manual: build/doc/index.html
	eval "$$($(MAKE) -s env)"; LUA_PATH="./?.lua;$$LUA_PATH" $(LUA) spec/manual/build.lua $(BUILD)/doc
	@echo $(BUILD)/doc/index.html

reference: all ## Make what is made of the reference of policies' language
	eval "$$($(MAKE) -s env)"; LUA_PATH="./?.lua;$$LUA_PATH" $(LUA) spec/reference.lua

page: ## Say in the page that explains a route what may run in it
	LUA_PATH="./?.lua;;" $(LUA) spec/page.lua

mutants: setup-test ## Break conditions one by one; some spec has to fail for each
	@$(MAKE) -s all WERROR=
	lua5.4 spec/mutants.lua

.PHONY: all run env install install-module uninstall rock release clean help test \
	lint bench fuzz soak coverage mutants doc reference page
.DELETE_ON_ERROR:
