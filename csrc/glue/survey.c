/*
** What a policy's tables make of an address, in one look at all of them.
*/
#include "survey.h"

#include "directory.h"
#include "input.h"
#include "set.h"
#include "text.h"

#include <string.h>

/* Upvalues after those of address.h. */
enum {
  TABLES = 1,   /* an lpo_tables, */
  ANCHOR,       /* and what keeps these */
  PROGRAMS,     /* what rewrites do: see read_program */
  BY_DIRECTORY, /* how an address was found: two texts */
  BY_REWRITE,
  UPVALUES = BY_REWRITE
};

/* Where it looks; what is not declared is NULL, but for the directory. */
typedef struct lpo_tables {
  const po_set *spaces, *domains, *localparts, *hosts;
  const po_directory *entries;
} lpo_tables;

static int upvalue(lua_State *L, int number) {
  return lua_upvalueindex(lpo_get_context(L)->upvalues + number);
}

/* Places. */

enum { LONGEST = 320, LONGEST_KEY = 512 }; /* bytes of what is looked at here */

/* An SMTP address on its way, and its key.  Both have only dot-atoms of ASCII,
** so that the parts of the key are the fields but for case. */
typedef struct place {
  po_address address;
  po_text wire;                         /* its fields, as they are written */
  po_text key, native, localpart, host; /* the last three in the key */
  char made[LONGEST]; /* the text that it was read from, if a rewrite made it */
  char scratch[PO_SCRATCH_FOR(LONGEST)];
  char folded[LONGEST_KEY];
} place;

static bool is_host(po_text text) {
  for (size_t i = 0; i < text.length; i++)
    if (!po_is(text.at[i], PO_ALPHA | PO_DIGIT) && text.at[i] != '.' &&
        text.at[i] != '-')
      return false;
  return text.length > 0;
}

/* Reads the key of a plain address into its parts; false where it is none. */
static bool split_key(place *p) {
  static const char type[] = "SMTP:";
  size_t length = sizeof type - 1;
  if (p->key.length < length || memcmp(p->key.at, type, length) != 0)
    return false;
  const char *from = p->key.at + length, *at = from, *end = po_end(p->key);
  while (at < end && (po_is(*at, PO_ATEXT) || *at == '.'))
    at++;
  if (at == from || at == end || *at != '@')
    return false;
  p->native = po_slice(from, end);
  p->localpart = po_slice(from, at);
  p->host = po_slice(at + 1, end);
  return true;
}

/* The address as SMTP has it; false where its parts do not stand together. */
static bool read_wire(place *p) {
  const po_text *field = p->address.field;
  if (field[1].at != po_end(field[0]) + 1 || field[1].at[-1] != '@')
    return false;
  p->wire = po_slice(field[0].at, po_end(field[1]));
  return true;
}

/* Reads a text in any notation; false where that takes more than is here. */
static bool read_place(lua_State *L, po_text text, place *p) {
  po_parse_options options = lpo_get_context(L)->defaults;
  po_scratch scratch = {p->scratch, sizeof p->scratch, 0};
  po_buffer out = {p->folded, sizeof p->folded, 0};
  size_t position;
  if (text.length > LONGEST ||
      po_parse(text, &options, &scratch, &p->address, &position) != PO_OK ||
      p->address.dialect != po_dialects[0] || !is_host(p->address.field[1]) ||
      po_key(&p->address, &out) != PO_OK || out.length > out.size)
    return false;
  p->key = (po_text){out.at, out.length};
  return split_key(p) && read_wire(p);
}

/* Looking. */

static bool is_in(const po_set *set, po_text text) {
  return set != NULL && po_set_next(set, text, text, 0, NULL) != 0;
}

static uint32_t near_in(const po_set *set, po_text text, uint32_t after) {
  return set == NULL ? 0 : po_set_near(set, text, after);
}

/* The rank of the next rewrite that may match, or 0. */
static uint32_t next_rewrite(const lpo_tables *t, const place *p,
                             uint32_t after) {
  uint32_t a = near_in(t->localparts, p->localpart, after);
  uint32_t b = near_in(t->hosts, p->host, after);
  return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Whether an address is an entry's target, which is told of whoever has it. */
static bool is_target(const lpo_tables *t, const place *p) {
  return po_directory_find_target(t->entries, p->key) != 0;
}

/* Whether nothing claims an address: where it is, its way ends. */
static bool is_end(const lpo_tables *t, const place *p) {
  return !is_in(t->domains, p->key) &&
         po_directory_find(t->entries, p->key) == 0 &&
         next_rewrite(t, p, 0) == 0;
}

/* Ends. */

static void push_rank(lua_State *L, uint32_t rank) {
  if (rank == 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)rank);
}

/* Pushes where a way ends, four values. */
static void push_end(lua_State *L, const lpo_tables *t, place *p) {
  static const po_text none = {NULL, 0};
  uint32_t rank = 0, other = 0;
  p->address.display_name = p->address.display_raw = none;
  p->address.comment = p->address.route = none;
  p->address.secondary = false;
  if (t->spaces != NULL)
    rank = po_set_next(t->spaces, p->native, p->native, 0, &other);
  lpo_push_address(L, &p->address);
  lua_pushlstring(L, p->wire.at, p->wire.length);
  push_rank(L, rank);
  push_rank(L, other);
}

/* Rewrites. */

typedef enum outcome { MADE, KEPT, PASSED_OVER, UNKNOWN } outcome;

/* Patterns of local part and host, absent for one that is not looked at, and
** what is made of their captures. */
typedef struct program {
  po_text match[2], make[2];
} program;

/* The program of a rank; false where it has none. */
static bool read_program(lua_State *L, uint32_t rank, program *out) {
  po_text *texts[] = {&out->match[0], &out->match[1], &out->make[0],
                      &out->make[1]};
  int table = upvalue(L, PROGRAMS);
  for (int i = 0; i < 4; i++) {
    lua_rawgeti(L, table, (int)(4 * (rank - 1)) + i + 1);
    *texts[i] = (po_text){NULL, 0};
    if (lua_type(L, -1) == LUA_TSTRING) /* the table anchors it */
      texts[i]->at = lua_tolstring(L, -1, &texts[i]->length);
    lua_pop(L, 1);
  }
  return out->make[0].at != NULL && out->make[1].at != NULL;
}

typedef struct captures {
  po_text at[2 * PO_MAX_CAPTURES];
  size_t count;
} captures;

static bool match(po_text glob, po_text field, captures *c) {
  size_t count = 0;
  bool matches =
      glob.at == NULL || po_glob_match(glob, field, c->at + c->count, &count);
  c->count += count;
  return matches;
}

/* Writes what a program makes: its bytes, and for each capture, whose place
** from 1 follows its code, that one's. */
static void fill(po_text make, const captures *c, po_buffer *out) {
  const char *end = po_end(make);
  for (const char *at = make.at; at < end; at++) {
    size_t number = end - at > 1 ? (unsigned char)at[1] : 0;
    if (*at == PO_GLOB_CAPTURE && number > 0 && number <= c->count) {
      po_put(out, c->at[number - 1]);
      at++;
    } else {
      at += *at == PO_GLOB_LITERAL && end - at > 1;
      po_put_char(out, *at);
    }
  }
}

/* What a rewrite makes of an address, where that is as plain. */
static outcome rewrite(lua_State *L, uint32_t rank, const place *from,
                       place *to) {
  program p;
  captures c;
  po_buffer out = {to->made, sizeof to->made, 0};
  c.count = 0;
  if (!read_program(L, rank, &p))
    return UNKNOWN;
  if (!match(p.match[0], from->address.field[0], &c) ||
      !match(p.match[1], from->address.field[1], &c))
    return PASSED_OVER;
  fill(p.make[0], &c, &out);
  po_text localpart = {out.at, out.length};
  po_put_char(&out, '@');
  fill(p.make[1], &c, &out);
  po_text text = {out.at, out.length};
  if (out.length > out.size || !read_place(L, text, to) ||
      !po_identical(to->address.field[0], localpart) ||
      !po_identical(to->address.field[1],
                    po_slice(po_end(localpart) + 1, po_end(text))))
    return UNKNOWN; /* it has to be quoted, or is no address at all */
  return po_identical(to->key, from->key) ? KEPT : MADE;
}

/* The way of an address that rewrites from `rank` on may match; it ends with
** the one that makes the same of it. */
static int survey_rewrites(lua_State *L, const lpo_tables *t, place *from,
                           uint32_t rank) {
  place to;
  for (; rank != 0; rank = next_rewrite(t, from, rank)) {
    outcome done = rewrite(L, rank, from, &to);
    if (done == UNKNOWN ||
        (done == MADE && (!is_end(t, &to) || is_target(t, &to))))
      return 0;
    if (done == MADE) {
      push_end(L, t, &to);
      lua_pushvalue(L, upvalue(L, BY_REWRITE));
      return 5;
    }
    if (done == KEPT)
      break;
  }
  if (is_target(t, from))
    return 0;
  push_end(L, t, from);
  return 4;
}

/* What of an entry is for the stages. */
enum {
  OF_STAGES =
      PO_ENTRY_LIST | PO_ENTRY_REFUSED | PO_ENTRY_KEPT | PO_ENTRY_RESTRICTED
};

/* The way to the target of an entry. */
static int survey_entry(lua_State *L, const lpo_tables *t, po_record entry) {
  place to;
  po_way way;
  po_entry_view view;
  if (!po_directory_entry(t->entries, entry, &view) ||
      (view.flags & OF_STAGES) != 0 ||
      !po_directory_target(t->entries, &view, &way) || way.entry != 0 ||
      !read_place(L, way.text, &to) || !is_end(t, &to))
    return 0;
  push_end(L, t, &to);
  lua_pushvalue(L, upvalue(L, BY_DIRECTORY));
  lua_pushlstring(L, view.name.at, view.name.length);
  return 6;
}

static bool begins(po_text text, const char *with) {
  po_text start = po_constant(with);
  return text.length >= start.length &&
         memcmp(text.at, start.at, start.length) == 0;
}

/* Whether a domain of ours may open a local part, as keys have it, before the
** directory is asked: IMCEA carries; SRS is signed, and so is what has a =. */
static bool may_be_opened(po_text localpart) {
  return begins(localpart, "imcea") || begins(localpart, "srs") ||
         memchr(localpart.at, '=', localpart.length) != NULL;
}

/* survey(text) -> address, wire, rank, other [, how [, entry]] | nothing */
static int l_survey(lua_State *L) {
  place p;
  const lpo_tables *t =
      (const lpo_tables *)lua_touserdata(L, upvalue(L, TABLES));
  if (!read_place(L, lpo_check_text(L, 1), &p))
    return 0;
  bool is_ours = is_in(t->domains, p.key);
  if (is_ours && may_be_opened(p.localpart))
    return 0;
  po_record entry = po_directory_find(t->entries, p.key);
  if (entry != 0)
    return survey_entry(L, t, entry);
  return is_ours ? 0 : survey_rewrites(L, t, &p, next_rewrite(t, &p, 0));
}

int lpo_new_survey(lua_State *L) {
  static const po_parse_options any = {.unknown = true};
  enum { ARGUMENTS = 6 };
  lua_settop(L, ARGUMENTS);
  luaL_checktype(L, ARGUMENTS, LUA_TTABLE);
  int count = lpo_push_upvalues(L, &any);
  lpo_tables *t = (lpo_tables *)lua_newuserdata(L, sizeof *t);
  t->spaces = lpo_check_set(L, 1);
  t->domains = lpo_check_set(L, 2);
  t->entries = &lpo_check_directory(L, 3)->table;
  t->localparts = lpo_check_set(L, 4);
  t->hosts = lpo_check_set(L, 5);
  lua_createtable(L, ARGUMENTS, 0);
  for (int i = 1; i < ARGUMENTS; i++) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i);
  }
  lua_pushvalue(L, ARGUMENTS);
  lua_pushliteral(L, "directory");
  lua_pushliteral(L, "rewrite");
  lua_pushcclosure(L, l_survey, count + UPVALUES);
  return 1;
}
