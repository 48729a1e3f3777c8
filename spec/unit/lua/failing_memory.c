/*
** Makes every allocation of a scenario fail: the n-th alone, then the n-th and
** all that follow.
**
**   failing_memory STEP SCENARIO.lua...
**
** A scenario is a Lua file that returns a function.  The function returns true
** when all went as it should, false when memory failed somewhere and it was
** told so; it raises anything else.  Where an allocation fails, it may also
** raise Lua's own "not enough memory".  Then it is called once more, and has to
** return true; and when Lua is closed, every byte has to be back.
**
** Each n runs in a process of its own, forked before the first call: all of
** them begin alike, and one that crashes is only one that failed.  Only every
** STEP-th n is tried.
*/
#define _POSIX_C_SOURCE 200809L

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 60 }; /* seconds of a processor; a run takes milliseconds */

int luaopen_postoffice_core(lua_State *L);

/* ---- The allocator ------------------------------------------------------- */

typedef struct heap {
  size_t used;
  long left; /* growing allocations until one fails; negative: none will */
  bool for_good;
  bool failed; /* at least once */
} heap;

static bool fails(heap *memory) {
  if (memory->left < 0)
    return false;
  if (memory->left-- > 0)
    return false;
  if (memory->for_good)
    memory->left = 0;
  memory->failed = true;
  return true;
}

static void *allocate(void *data, void *block, size_t old, size_t size) {
  heap *memory = data;
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

/* ---- One run ------------------------------------------------------------- */

/* How the process of a run ends. */
enum { CLEAN = 0, BROKEN = 1, NOT_REACHED = 2 };

static int broken(const char *what, const char *message) {
  fprintf(stderr, "%s: %s\n", what, message == NULL ? "no text" : message);
  return BROKEN;
}

static bool says_no_memory(lua_State *L, int status) {
  const char *message = lua_tostring(L, -1);
  return status == LUA_ERRMEM ||
         (message != NULL && strstr(message, "not enough memory") != NULL);
}

/* Runs the scenario at 1 with allocation `memory->left` failing, and again. */
static int run_both(lua_State *L, heap *memory) {
  lua_pushvalue(L, 1);
  int status = lua_pcall(L, 0, 1, 0);
  memory->left = -1;
  if (status != 0 && !(memory->failed && says_no_memory(L, status)))
    return broken("it raised", lua_tostring(L, -1));
  if (status == 0 && !memory->failed && !lua_toboolean(L, -1))
    return broken("it returned", "less than it should");
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 0, 1, 0) != 0)
    return broken("afterwards it raised", lua_tostring(L, -1));
  if (!lua_toboolean(L, -1))
    return broken("afterwards it returned", "less than it should");
  return memory->failed ? CLEAN : NOT_REACHED;
}

static int run(lua_State *L, heap *memory, long n, bool for_good) {
  memory->left = n;
  memory->for_good = for_good;
  int outcome = run_both(L, memory);
  lua_close(L);
  if (outcome != BROKEN && memory->used != 0) {
    fprintf(stderr, "%zu bytes are lost\n", memory->used);
    return BROKEN;
  }
  return outcome;
}

/* ---- All runs ------------------------------------------------------------ */

static void die(const char *what) {
  fprintf(stderr, "%s\n", what == NULL ? "no text" : what);
  exit(BROKEN);
}

/*
** Has Lua 5.4 make the metatable of its buffers, which it leaves without its
** fields for good where memory fails in between.
*/
static void make_a_buffer(lua_State *L) {
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = 0; i <= LUAL_BUFFERSIZE; i++)
    luaL_addchar(&buffer, ' ');
  luaL_pushresult(&buffer);
  lua_pop(L, 1);
}

/* Leaves the scenario's function on the stack. */
static int open_scenario(lua_State *L) {
  const char *file = lua_touserdata(L, 1);
  luaL_openlibs(L);
  make_a_buffer(L);
  lua_getglobal(L, "package");
  lua_pushliteral(L, "./lua/?.lua;./lua/?/init.lua");
  lua_setfield(L, -2, "path");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, luaopen_postoffice_core);
  lua_setfield(L, -2, "postoffice.core");
  if (luaL_loadfile(L, file) != 0)
    lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

static lua_State *open_lua(heap *memory, char *file) {
#if LUA_VERSION_NUM < 505
  lua_State *L = lua_newstate(allocate, memory);
#else
  lua_State *L = lua_newstate(allocate, memory, 0);
#endif
  if (L == NULL)
    die("this Lua takes no allocator");
  lua_pushcfunction(L, open_scenario);
  lua_pushlightuserdata(L, file);
  if (lua_pcall(L, 1, 1, 0) != 0)
    die(lua_tostring(L, -1));
  return L;
}

/* Runs a copy of `L` in a process of its own; how that ended. */
static int run_apart(lua_State *L, heap *memory, long n, bool for_good) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CPU, &(struct rlimit){PATIENCE, PATIENCE});
    exit(run(L, memory, n, for_good));
  }
  if (child < 0 || waitpid(child, &status, 0) != child)
    die("cannot fork");
  if (WIFSIGNALED(status))
    fprintf(stderr, "it ended by signal %d\n", WTERMSIG(status));
  return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

/* Fails each allocation of a scenario in turn; whether all runs were clean. */
static bool run_all(lua_State *L, heap *memory, char *file, bool for_good,
                    long step) {
  const char *how = for_good ? " and all that follow" : "";
  long n = 0, tried = 0, bad = 0;
  for (;; n += step, tried++) {
    int outcome = run_apart(L, memory, n, for_good);
    if (outcome == NOT_REACHED)
      break;
    if (outcome == CLEAN)
      continue;
    fprintf(stderr, "%s: when allocation %ld%s failed\n", file, n, how);
    bad++;
  }
  printf("%s: %ld allocations%s failed, %ld of them badly\n", file, tried, how,
         bad);
  return bad == 0;
}

int main(int count, char **arguments) {
  int passed = 0, failed = 0;
  long step = count > 2 ? atol(arguments[1]) : 0;
  if (step < 1)
    die("usage: failing_memory STEP SCENARIO.lua...");
  setvbuf(stdout, NULL, _IONBF, 0); /* a child has nothing to print twice */
  for (int i = 2; i < count; i++) {
    heap memory = {0, -1, false, false};
    lua_State *L = open_lua(&memory, arguments[i]);
    for (int for_good = 0; for_good <= 1; for_good++) {
      if (run_all(L, &memory, arguments[i], for_good == 1, step))
        passed++;
      else
        failed++;
    }
    lua_close(L);
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
