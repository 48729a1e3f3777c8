/*
** Every allocation of a load and of calls is made to fail once: the n-th
** alone, then the n-th and all that follow.  Each run has to end with an
** answer or a Lua error, the host has to work afterwards, and every byte has
** to be back when it closes.
**
** Built with the module's sources and a Lua:
**   cc -Icsrc -I<lua> spec/unit/lua/failing_memory.c csrc/[a-z]*.c ... -llua
*/
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_postoffice_core(lua_State *L);

typedef struct memory {
  size_t used;
  long left; /* growing allocations until one fails; negative: none will */
  bool for_good;
} memory;

static bool fails(memory *memory) {
  if (memory->left < 0)
    return false;
  if (memory->left > 0) {
    memory->left--;
    return false;
  }
  if (!memory->for_good)
    memory->left = -2; /* it has failed, once */
  return true;
}

static void *allocate(void *data, void *block, size_t old, size_t size) {
  memory *memory = data;
  size_t had = block == NULL ? 0 : old;
  if (size > had && fails(memory))
    return NULL;
  memory->used = memory->used - had + size;
  if (size == 0) {
    free(block);
    return NULL;
  }
  void *result = realloc(block, size);
  if (result == NULL)
    abort();
  return result;
}

static const char scenario[] =
    "local core = ...\n"
    "local state, message, code = core.script.new { milliseconds = 60000 }\n"
    "if not state then assert(code == 'policy-memory') return 'none' end\n"
    "local source = [[\n"
    "domain 'a.example' { unwrap = { 'EX' } }\n"
    "include 'more'\n"
    "names = { 'a', 'b' }\n"
    "function on.go(a, t)\n"
    "  local s = ('x'):rep(2000):gsub('x', 'yy')\n"
    "  table.sort(names, function(x, y) return x > y end)\n"
    "  local found = ask('crm', { tostring(a), #s })\n"
    "  return { a, found, t, ('%s %d'):format('x', 1), { { } } }\n"
    "end\n"
    "function on.bad() error { } end]]\n"
    "local d, why, slug = state:load(source, '@p.lua', { 'domain' },\n"
    "  function() return 'domain \"b.example\"', '@more.lua' end)\n"
    "if not d then assert(slug == 'policy-memory', why) return 'not loaded' end\n"
    "assert(#d == 4)\n"
    "local address = core.parse 'kim@example.com'\n"
    "local outcome, a, b = state:call(d[3][1], address, { 1, { 2 } })\n"
    "if outcome == 'failed' then assert(a == 'policy-memory', b) end\n"
    "if outcome == 'ask' then\n"
    "  outcome, a, b = state:resume(a, { 'found', n = 1 })\n"
    "  if outcome == 'failed' then assert(a == 'policy-memory', b)\n"
    "  else assert(#a == 5 and a[3][2][1] == 2) end\n"
    "end\n"
    "assert(state:call(d[4][1]) == 'failed')\n"
    "collectgarbage()\n"
    "outcome, a = state:call(d[3][1], address, { 1, { 2 } })\n"
    "assert(outcome == 'ask' or a == 'policy-memory')\n"
    "if message ~= code then state:close() end\n"
    "return 'whole'\n";

/* Pushes what the scenario returned, or its error; true if it returned. */
static bool run_scenario(lua_State *L, memory *memory, long n) {
  lua_getglobal(L, "scenario");
  lua_getglobal(L, "core");
  memory->left = n;
  int status = lua_pcall(L, 1, 1, 0);
  bool returned = status == 0;
  bool clean = returned || status == LUA_ERRMEM ||
               (lua_type(L, -1) == LUA_TSTRING &&
                strstr(lua_tostring(L, -1), "memory") != NULL);
  bool failed_some = memory->left == -2 || memory->left == 0;
  memory->left = -1;
  if (!clean) {
    fprintf(stderr, "allocation %ld: %s\n", n, lua_tostring(L, -1));
    exit(EXIT_FAILURE);
  }
  return !failed_some;
}

static int open_all(lua_State *L) {
  luaL_openlibs(L);
  lua_pushcfunction(L, luaopen_postoffice_core);
  lua_pushliteral(L, "postoffice.core");
  lua_call(L, 1, 1);
  lua_setglobal(L, "core");
  if (luaL_loadstring(L, scenario) != 0)
    lua_error(L);
  lua_setglobal(L, "scenario");
  return 0;
}

/* True when the scenario ran through without reaching allocation `n`. */
static bool try_one(long n, bool for_good) {
  memory memory = {0, -1, for_good};
#if LUA_VERSION_NUM < 505
  lua_State *L = lua_newstate(allocate, &memory);
#else
  lua_State *L = lua_newstate(allocate, &memory, 0);
#endif
  lua_pushcfunction(L, open_all);
  if (lua_pcall(L, 0, 0, 0) != 0) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(EXIT_FAILURE);
  }
  bool done = run_scenario(L, &memory, n);
  lua_settop(L, 0);
  run_scenario(L, &memory, -1);
  if (strcmp(lua_tostring(L, -1), "whole") != 0) {
    fprintf(stderr, "after allocation %ld failed: %s\n", n,
            lua_tostring(L, -1));
    exit(EXIT_FAILURE);
  }
  lua_close(L);
  if (memory.used != 0) {
    fprintf(stderr, "allocation %ld: %zu bytes are lost\n", n, memory.used);
    exit(EXIT_FAILURE);
  }
  return done;
}

int main(void) {
  long n = 0;
  while (!try_one(n, false))
    n++;
  printf("%ld allocations failed, one at a time\n", n);
  for (n = 0; !try_one(n, true); n++)
    ;
  printf("%ld allocations failed, and all that followed\n", n);
  return EXIT_SUCCESS;
}
