/* The state's struct, its border crossings' bytes, and protected calls. */
#include "state.h"

#include <stdio.h>
#include <string.h>

sbx_state *sbx_of(lua_State *L) {
  void *data;
  (void)lua_getallocf(L, &data);
  return data;
}

int sbx_trampoline(lua_State *L) {
  sbx_state *state = sbx_of(L);
  state->job(L, state, state->job_data);
  return 0;
}

/* What a failed job left on top of the stack becomes the message. */
static void keep_message(sbx_state *state, int status) {
  const char *text = "not enough memory";
  if (status != LUA_ERRMEM && lua_type(state->L, -1) == LUA_TSTRING)
    text = lua_tostring(state->L, -1);
  snprintf(state->message, sizeof state->message, "%s", text);
}

static int protect_once(sbx_state *state, sbx_job job, void *data) {
  lua_State *L = state->L;
  state->job = job;
  state->job_data = data;
  lua_rawgeti(L, LUA_REGISTRYINDEX, SBX_TRAMPOLINE);
  return lua_pcall(L, 0, 0, 0);
}

void sbx_collect(lua_State *L, sbx_state *state) {
  sbx_meter *meter = &state->meter;
  lua_gc(L, LUA_GCCOLLECT, 0);
  size_t used = meter->used < meter->cap ? meter->used : meter->cap;
  size_t half = meter->cap / 2;
  size_t due = used + (meter->cap - used) / 2;
  meter->collect_at = due > half ? due : half;
}

static void collect(lua_State *L, sbx_state *state, void *data) {
  (void)data;
  sbx_collect(L, state);
}

int sbx_protect(sbx_state *state, sbx_job job, void *data) {
  int status = protect_once(state, job, data);
  if (status == LUA_ERRMEM) {
    lua_settop(state->L, 0);
    protect_once(state, collect, NULL);
    lua_settop(state->L, 0);
    status = protect_once(state, job, data);
  }
  if (status != 0)
    keep_message(state, status);
  lua_settop(state->L, 0);
  return status;
}

void sbx_collect_if_full(sbx_state *state) {
  if (state->meter.used <= state->meter.collect_at)
    return;
  protect_once(state, collect, NULL);
  lua_settop(state->L, 0);
}

bool sbx_bytes_reserve(sbx_state *state, sbx_bytes *bytes, size_t more) {
  if (more <= bytes->size - bytes->length)
    return true;
  size_t size = bytes->size < 256 ? 256 : bytes->size * 2;
  if (size - bytes->length < more)
    size = bytes->length + more;
  char *at =
      state->allocate(state->allocate_data, bytes->at, bytes->size, size);
  if (at == NULL)
    return false;
  bytes->at = at;
  bytes->size = size;
  return true;
}

void sbx_bytes_free(lua_Alloc allocate, void *data, sbx_bytes *bytes) {
  if (bytes->at != NULL)
    allocate(data, bytes->at, bytes->size, 0);
  memset(bytes, 0, sizeof *bytes);
}
