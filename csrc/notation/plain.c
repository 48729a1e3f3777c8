/*
** The common case of an SMTP address, read in one pass and without copying.
**
** The invariant: whatever `po_read_plain_text` accepts, the careful parser
** (guess.c) accepts too, with the same fields; what it does not accept says
** nothing.  So this file can be left out without a change in any answer, and
** the tests hold it to the careful parser.
**
** An addr-spec is plain if it is made of ASCII letters, digits and a few
** specials of atext, with one @ and single dots between words (RFC 5321
** 4.1.2, Dot-string and Domain).  Sixteen bytes are classified at once
** where the processor can (SSE2, which every x86-64 has), up to 64 bytes
** into masks in which bit i speaks of byte i; elsewhere, and for any other
** length, a machine of eight states does the same a byte at a time.
*/
#include "plain.h"

#include "dialect/dialect.h"

#include <stddef.h>
#include <string.h>

#if defined(__SSE2__) && defined(__GNUC__)
#include <emmintrin.h>
#define HAS_MASKS 1
#else
#define HAS_MASKS 0
#endif

enum { MASK_BYTES = 64 };

/* What was learnt of an addr-spec. */
typedef struct shape {
  size_t at;  /* where its @ is */
  bool valid; /* po_check has nothing against it */
} shape;

#if HAS_MASKS

/* Which bytes are what: bit i is byte i.  The first five make addr-specs, all
** but `quote`, `angle` and `comma` stand for themselves in names. */
typedef struct masks {
  uint64_t alnum, at, dot, hyphen, special;
  uint64_t space, quote, angle, comma;
} masks;

/* The compiler would rather call what is needed once in 16 bytes. */
#define INLINED inline __attribute__((always_inline))

static INLINED __m128i equals(__m128i bytes, char c) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

/* Shifted so that the range ends at the greatest signed byte: what is above
** it wraps, and one comparison tells. */
static INLINED __m128i within(__m128i bytes, char first, char last) {
  __m128i shifted = _mm_add_epi8(bytes, _mm_set1_epi8((char)(127 - last)));
  return _mm_cmpgt_epi8(shifted, _mm_set1_epi8((char)(126 - last + first)));
}

static INLINED uint64_t bits(__m128i flags) {
  return (uint64_t)(unsigned)_mm_movemask_epi8(flags);
}

/* Classifies 16 bytes, which stand from bit `shift` on. */
static INLINED void classify(__m128i bytes, size_t shift, masks *m) {
  __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  __m128i special = _mm_or_si128(
      _mm_or_si128(equals(bytes, '_'), equals(bytes, '+')), equals(bytes, '='));
  m->alnum |=
      bits(_mm_or_si128(within(lower, 'a', 'z'), within(bytes, '0', '9')))
      << shift;
  m->at |= bits(equals(bytes, '@')) << shift;
  m->dot |= bits(equals(bytes, '.')) << shift;
  m->hyphen |= bits(equals(bytes, '-')) << shift;
  m->special |= bits(special) << shift;
}

/* The same with what names have besides. */
static INLINED void classify_names(__m128i bytes, size_t shift, masks *m) {
  classify(bytes, shift, m);
  m->space |= bits(equals(bytes, ' ')) << shift;
  m->quote |= bits(equals(bytes, '"')) << shift;
  m->angle |= bits(equals(bytes, '<')) << shift;
  m->comma |= bits(equals(bytes, ',')) << shift;
}

static INLINED __m128i load_8(const char *at) {
  return _mm_loadl_epi64((const __m128i *)(const void *)at);
}

static INLINED __m128i load_16(const char *at) {
  return _mm_loadu_si128((const __m128i *)(const void *)at);
}

typedef void classifier(__m128i bytes, size_t shift, masks *m);

/* The masks of 8 to 64 bytes.  The last block overlaps the one before, so
** that nothing is read past the end. */
static INLINED masks classify_all(const char *text, size_t length,
                                  classifier *by) {
  masks m = {0};
  if (length < 16) {
    by(load_8(text), 0, &m);
    by(load_8(text + length - 8), length - 8, &m);
    return m;
  }
  by(load_16(text), 0, &m);
  if (length > 32)
    by(load_16(text + 16), 16, &m);
  if (length > 48)
    by(load_16(text + 32), 32, &m);
  by(load_16(text + length - 16), length - 16, &m);
  return m;
}

static INLINED uint64_t lowest(uint64_t mask) { return mask & (~mask + 1); }

static INLINED size_t index_of(uint64_t bit) {
  return (size_t)__builtin_ctzll(bit);
}

/* Whether po_check has nothing against the domain, RFC 5321 4.1.2 sub-domain:
** letters, digits and hyphens, no hyphen at the edge of a label, none at its
** third and fourth byte, as A-labels have them (idna.c).  No length can be too
** great among 64 bytes. */
static INLINED bool is_valid_domain(const masks *m, uint64_t separators,
                                    uint64_t last) {
  uint64_t domain = ~(m->at | (m->at - 1));
  uint64_t edges = separators << 1 | separators >> 1 | last;
  uint64_t third = separators << 3 & m->hyphen >> 1;
  return (domain & (m->special | (m->hyphen & (edges | third)))) == 0;
}

/* An addr-spec of `length` bytes, the first of which is bit 0; no mask has a
** bit beyond. */
static INLINED bool read_spec_masks(const masks *m, size_t length, shape *out) {
  uint64_t last = (uint64_t)1 << (length - 1);
  uint64_t separators = m->at | m->dot;
  uint64_t plain = m->alnum | separators | m->hyphen | m->special;
  if (plain != (last | (last - 1)))
    return false;
  if (m->at == 0 || lowest(m->at) != m->at)
    return false;
  if ((separators & (separators >> 1 | 1 | last)) != 0)
    return false;
  out->at = index_of(m->at);
  out->valid = is_valid_domain(m, separators, last);
  return true;
}

/* The masks of the addr-spec in the bytes from `start` up to `end`. */
static INLINED masks cut(const masks *m, size_t start, size_t end) {
  uint64_t kept = ~(uint64_t)0 >> (MASK_BYTES - end);
  return (masks){.alnum = (m->alnum & kept) >> start,
                 .at = (m->at & kept) >> start,
                 .dot = (m->dot & kept) >> start,
                 .hyphen = (m->hyphen & kept) >> start,
                 .special = (m->special & kept) >> start};
}

/* The bit of the < after a name of words and single spaces, else 0. */
static INLINED uint64_t read_words_masks(const char *text, const masks *m,
                                         po_text *name) {
  uint64_t angle = lowest(m->angle), before = angle - 1;
  uint64_t words = m->alnum | m->hyphen | m->special;
  if ((before & ~(words | m->space)) != 0 || (m->space & angle >> 1) == 0)
    return 0;
  if ((before & m->space & (m->space << 1 | 1)) != 0)
    return 0;
  *name = po_slice(text, text + index_of(angle) - 1);
  return angle;
}

/* The bit of the quote that ends a quoted string, or 0. */
static INLINED uint64_t closing(const masks *m) {
  return lowest(m->quote & ~(uint64_t)1);
}

/* The same after a quoted string. */
static INLINED uint64_t read_quoted_masks(const char *text, const masks *m,
                                          po_text *name) {
  uint64_t close = closing(m), inside = close - 2, angle = close << 1;
  uint64_t words = m->alnum | m->hyphen | m->special | m->dot | m->at;
  if (close < 4 || (inside & ~(words | m->space | m->comma)) != 0)
    return 0;
  if ((m->space & angle) != 0)
    angle <<= 1;
  *name = po_slice(text + 1, text + index_of(close));
  return m->angle & angle;
}

/* "phrase <addr-spec>" of `length` bytes without the last one: where the
** addr-spec begins, or NULL. */
static INLINED const char *read_mailbox_masks(const char *text, size_t length,
                                              const masks *m, po_text *name,
                                              shape *out) {
  uint64_t angle = *text == '"' ? read_quoted_masks(text, m, name)
                                : read_words_masks(text, m, name);
  size_t start = angle == 0 ? length : index_of(angle) + 1;
  if (start >= length)
    return NULL;
  masks spec = cut(m, start, length);
  return read_spec_masks(&spec, length - start, out) ? text + start : NULL;
}

#endif

/*
** The same a byte at a time, for any length.  A state is the place of six bits
** in a word; each kind of byte has a word, which holds in that place the state
** that follows.  There is no branch for the processor to mispredict.
*/
enum {
  FAILED = 0,
  LOCAL_START = 6,    /* a word has to follow */
  LOCAL_WORD = 12,    /* in a word */
  DOMAIN_START = 18,  /* a label has to follow; po_check has no objection yet */
  DOMAIN_LABEL = 24,  /* in a label, after a letter or a digit */
  DOMAIN_HYPHEN = 30, /* in a label, after a hyphen */
  ODD_START = 36,     /* the same of a domain that po_check has to judge */
  ODD_LABEL = 42
};

#define NEXT(from, to) ((uint64_t)(to) << (from))
#define IN_WORDS (NEXT(LOCAL_START, LOCAL_WORD) | NEXT(LOCAL_WORD, LOCAL_WORD))
#define IN_ODD (NEXT(ODD_START, ODD_LABEL) | NEXT(ODD_LABEL, ODD_LABEL))

enum { OTHER, ALNUM, HYPHEN, SPECIAL, SHARP, DOT, AT_SIGN, KINDS };

static const uint64_t next_states[KINDS] = {
    [ALNUM] = IN_WORDS | NEXT(DOMAIN_START, DOMAIN_LABEL) |
              NEXT(DOMAIN_LABEL, DOMAIN_LABEL) |
              NEXT(DOMAIN_HYPHEN, DOMAIN_LABEL) | IN_ODD,
    [HYPHEN] = IN_WORDS | NEXT(DOMAIN_START, ODD_LABEL) |
               NEXT(DOMAIN_LABEL, DOMAIN_HYPHEN) |
               NEXT(DOMAIN_HYPHEN, ODD_LABEL) | IN_ODD, /* maybe an A-label */
    [SPECIAL] = IN_WORDS | NEXT(DOMAIN_START, ODD_LABEL) |
                NEXT(DOMAIN_LABEL, ODD_LABEL) | NEXT(DOMAIN_HYPHEN, ODD_LABEL) |
                IN_ODD,
    /* "#123" was once a domain (RFC 821) */
    [SHARP] = NEXT(LOCAL_WORD, LOCAL_WORD) | NEXT(DOMAIN_LABEL, ODD_LABEL) |
              NEXT(DOMAIN_HYPHEN, ODD_LABEL) | NEXT(ODD_LABEL, ODD_LABEL),
    [DOT] = NEXT(LOCAL_WORD, LOCAL_START) | NEXT(DOMAIN_LABEL, DOMAIN_START) |
            NEXT(DOMAIN_HYPHEN, ODD_START) | NEXT(ODD_LABEL, ODD_START),
    [AT_SIGN] = NEXT(LOCAL_WORD, DOMAIN_START),
};

#define O OTHER
#define N ALNUM
#define H HYPHEN
#define S SPECIAL
#define X SHARP
#define D DOT
#define A AT_SIGN

static const unsigned char kinds[256] = {
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 00 */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* 10 */
    O, S, O, X, S, S, S, S, O, O, S, S, O, H, D, S, /* 20 */
    N, N, N, N, N, N, N, N, N, N, O, O, O, S, O, S, /* 30 */
    A, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 40 */
    N, N, N, N, N, N, N, N, N, N, N, O, O, O, S, S, /* 50 */
    S, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, /* 60 */
    N, N, N, N, N, N, N, N, N, N, N, S, S, S, S, O, /* 70 */
};

/* `state` after the bytes up to `end`; adds to `*at` those before the @. */
static unsigned run(const char *text, const char *end, unsigned state,
                    size_t *at) {
  size_t before = 0;
  for (; text < end; text++) {
    uint64_t next = next_states[kinds[(unsigned char)*text]];
    state = (unsigned)(next >> state) & 63;
    before += state < DOMAIN_START;
  }
  *at += before;
  return state;
}

/* In blocks, so that a long text that fails does so at once. */
static bool read_bytes(const char *text, size_t length, shape *out) {
  const char *end = text + length;
  unsigned state = LOCAL_START;
  out->at = 0;
  for (; end - text > MASK_BYTES && state != FAILED; text += MASK_BYTES)
    state = run(text, text + MASK_BYTES, state, &out->at);
  state = run(text, end, state, &out->at);
  out->valid = state == DOMAIN_LABEL && length <= MASK_BYTES;
  return state == DOMAIN_LABEL || state == DOMAIN_HYPHEN || state == ODD_LABEL;
}

#if HAS_MASKS

/* How many bytes at the front may be of an addr-spec, MASK_BYTES if all may. */
static INLINED size_t front_length(const masks *m) {
  uint64_t other = ~(m->alnum | m->at | m->dot | m->hyphen | m->special);
  return other == 0 ? MASK_BYTES : index_of(other);
}

static bool read_front(const char *text, size_t length, size_t *front,
                       shape *out) {
  if (length < 8)
    return false;
  masks m =
      classify_all(text, length < MASK_BYTES ? length : MASK_BYTES, classify);
  *front = front_length(&m);
  if (*front == 0 || *front == MASK_BYTES)
    return false;
  m = cut(&m, 0, *front);
  return read_spec_masks(&m, *front, out);
}

#endif

static inline bool fits_masks(size_t length) {
  return HAS_MASKS && length >= 8 && length <= MASK_BYTES;
}

static inline bool read_addr_spec(const char *text, size_t length, shape *out) {
#if HAS_MASKS
  if (fits_masks(length)) {
    masks m = classify_all(text, length, classify);
    return read_spec_masks(&m, length, out);
  }
#endif
  return read_bytes(text, length, out);
}

static inline void set_spec(po_text native, const shape *found,
                            po_address *out) {
  const char *at = native.at + found->at;
  out->plain = true;
  out->valid = found->valid;
  out->native = native;
  out->origin = native.at;
  out->field[PO_LOCALPART] = po_slice(native.at, at);
  out->field[PO_DOMAIN] = po_slice(at + 1, native.at + native.length);
}

static inline bool read_spec(po_text native, po_address *out) {
  shape found;
  if (native.length < 3 || !read_addr_spec(native.at, native.length, &found))
    return false;
  set_spec(native, &found, out);
  return true;
}

bool po_read_plain_spec(po_text native, po_address *out) {
  return read_spec(native, out);
}

const char *po_read_plain_front(const char *at, const char *end,
                                po_address *out) {
#if HAS_MASKS
  shape found;
  size_t length;
  if (!read_front(at, (size_t)(end - at), &length, &found))
    return NULL;
  set_spec(po_slice(at, at + length), &found, out);
  return at + length;
#else
  (void)at;
  (void)end;
  (void)out;
  return NULL;
#endif
}

/* Sets what the careful parser sets besides: field by field, which costs half
** of what clearing the struct does. */
static inline void fill(po_address *out, po_notation notation, po_text name) {
  static const po_text smtp = {"SMTP", 4}, absent;
  out->dialect = &po_smtp;
  out->type = smtp;
  out->display_name = name;
  out->display_raw = absent;
  out->comment = absent;
  out->route = absent;
  out->folded = absent;
  out->secondary = false;
  out->notation = notation;
}

/* Whether `c` may be of an unquoted name: with a ? it may be an encoded word
** (RFC 2047). */
static inline bool is_of_name(char c) { return po_is(c, PO_ATEXT) && c != '?'; }

#if HAS_MASKS

static INLINED bool set_mailbox(const char *text, size_t length, const masks *m,
                                po_address *out) {
  po_text name = {NULL, 0};
  shape found;
  const char *spec = read_mailbox_masks(text, length, m, &name, &found);
  if (spec == NULL)
    return false;
  set_spec(po_slice(spec, text + length), &found, out);
  fill(out, PO_HEADER, name);
  return true;
}

#endif

/*
** A display name whose value is its text, RFC 5322 3.2.5: words and single
** spaces, or a quoted string without quoted pairs.  Where its < is, or NULL.
*/
static const char *read_words(const char *at, const char *end, po_text *name) {
  const char *start = at;
  while (at < end && *at != '<') {
    const char *word = at;
    while (at < end && is_of_name(*at))
      at++;
    if (at == word || at == end || *at != ' ')
      return NULL;
    *name = po_slice(start, at++);
  }
  return at < end && at > start ? at : NULL;
}

static const char *read_quoted(const char *at, const char *end, po_text *name) {
  const char *start = ++at;
  while (at < end && *at != '"' && *at != '\\' &&
         !po_is(*at, PO_CTRL | PO_HIGH))
    at++;
  if (at == end || at == start || *at != '"')
    return NULL;
  *name = po_slice(start, at++);
  if (at < end && *at == ' ')
    at++;
  return at < end && *at == '<' ? at : NULL;
}

/* "phrase <addr-spec>" without its last byte, RFC 5322 3.4 name-addr. */
static bool read_mailbox_bytes(const char *text, const char *end,
                               po_address *out) {
  po_text name = {NULL, 0};
  const char *at = (*text == '"' ? read_quoted : read_words)(text, end, &name);
  if (at == NULL || !read_spec(po_slice(at + 1, end), out))
    return false;
  fill(out, PO_HEADER, name);
  return true;
}

static bool read_mailbox(const char *text, const char *end, po_address *out) {
#if HAS_MASKS
  size_t length = (size_t)(end - text);
  if (fits_masks(length)) {
    masks m = classify_all(text, length, classify_names);
    if (set_mailbox(text, length, &m, out))
      return true;
  }
#endif
  return read_mailbox_bytes(text, end, out);
}

#if HAS_MASKS

/* The length of the item whose bytes `m` has: up to its comma, or MASK_BYTES if
** there is none.  A quoted name may hold commas. */
static INLINED size_t item_length(const masks *m) {
  uint64_t close = (m->quote & 1) != 0 ? closing(m) : 1;
  uint64_t comma = m->comma & ~(close - 1);
  return comma == 0 ? MASK_BYTES : index_of(comma);
}

static bool read_item(const char *text, size_t length, const masks *m,
                      po_address *out) {
  static const po_text absent;
  shape found;
  if (length < 3)
    return false;
  if (text[length - 1] == '>')
    return set_mailbox(text, length - 1, m, out) ||
           read_mailbox_bytes(text, text + length - 1, out);
  masks spec = cut(m, 0, length);
  if (!read_spec_masks(&spec, length, &found))
    return false;
  set_spec(po_slice(text, text + length), &found, out);
  fill(out, PO_HEADER, absent);
  return true;
}

#endif

/* Where the comma after the item stands, or the end; NULL if it is far. */
static const char *find_comma(const char *at, const char *end) {
  enum { NEAR = 128 };
  size_t length = (size_t)(end - at);
  const char *stop = length < NEAR ? end : at + NEAR;
  if (*at == '"')
    at = memchr(at + 1, '"', (size_t)(stop - at) - 1);
  if (at == NULL)
    return NULL;
  const char *comma = memchr(at, ',', (size_t)(stop - at));
  return comma == NULL && stop == end ? end : comma;
}

const char *po_read_plain_item(const char *at, const char *end,
                               po_address *out) {
#if HAS_MASKS
  size_t rest = (size_t)(end - at);
  if (rest >= 8) {
    masks m =
        classify_all(at, rest < MASK_BYTES ? rest : MASK_BYTES, classify_names);
    size_t length = item_length(&m);
    if (length == MASK_BYTES && rest < MASK_BYTES)
      length = rest;
    if (length < MASK_BYTES)
      return read_item(at, length, &m, out) ? at + length : NULL;
  }
#endif
  const char *comma = at < end ? find_comma(at, end) : NULL;
  return comma != NULL &&
                 po_read_plain_text(po_slice(at, comma), PO_HEADER, out)
             ? comma
             : NULL;
}

bool po_read_plain_text(po_text text, po_notation notation, po_address *out) {
  static const po_text absent;
  if (text.length < 3)
    return false;
  const char *last = text.at + text.length - 1;
  if (*last == '>')
    return notation != PO_NATIVE && read_mailbox(text.at, last, out);
  if (!po_is(*last, PO_ATEXT) || !read_spec(text, out))
    return false;
  fill(out, notation == PO_HEADER ? PO_HEADER : PO_NATIVE, absent);
  return true;
}
