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

/* Which bytes are what: bit i is byte i.  `plain` has them all. */
typedef struct masks {
  uint64_t plain, at, dot, hyphen, special;
} masks;

static inline __m128i equals(__m128i bytes, char c) {
  return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

/* Shifted so that the range ends at the greatest signed byte: what is above
** it wraps, and one comparison tells. */
static inline __m128i within(__m128i bytes, char first, char last) {
  __m128i shifted = _mm_add_epi8(bytes, _mm_set1_epi8((char)(127 - last)));
  return _mm_cmpgt_epi8(shifted, _mm_set1_epi8((char)(126 - last + first)));
}

static inline uint64_t bits(__m128i flags) {
  return (uint64_t)(unsigned)_mm_movemask_epi8(flags);
}

/* Classifies 16 bytes, which stand from bit `shift` on. */
static inline void classify(__m128i bytes, size_t shift, masks *m) {
  __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  __m128i at = equals(bytes, '@'), dot = equals(bytes, '.');
  __m128i hyphen = equals(bytes, '-');
  __m128i special = _mm_or_si128(
      _mm_or_si128(equals(bytes, '_'), equals(bytes, '+')), equals(bytes, '='));
  __m128i alnum =
      _mm_or_si128(within(lower, 'a', 'z'), within(bytes, '0', '9'));
  __m128i marks =
      _mm_or_si128(_mm_or_si128(at, dot), _mm_or_si128(hyphen, special));
  m->plain |= bits(_mm_or_si128(alnum, marks)) << shift;
  m->at |= bits(at) << shift;
  m->dot |= bits(dot) << shift;
  m->hyphen |= bits(hyphen) << shift;
  m->special |= bits(special) << shift;
}

static inline __m128i load_8(const char *at) {
  return _mm_loadl_epi64((const __m128i *)(const void *)at);
}

static inline __m128i load_16(const char *at) {
  return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* The masks of 8 to 64 bytes.  The last block overlaps the one before, so
** that nothing is read past the end. */
static inline masks classify_all(const char *text, size_t length) {
  masks m = {0, 0, 0, 0, 0};
  if (length < 16) {
    classify(load_8(text), 0, &m);
    classify(load_8(text + length - 8), length - 8, &m);
    return m;
  }
  for (size_t i = 0; i + 16 < length; i += 16)
    classify(load_16(text + i), i, &m);
  classify(load_16(text + length - 16), length - 16, &m);
  return m;
}

/* Whether po_check has nothing against the domain, RFC 5321 4.1.2 sub-domain:
** letters, digits and hyphens, no hyphen at the edge of a label, none at its
** third and fourth byte, as A-labels have them (idna.c).  No length can be too
** great among 64 bytes. */
static inline bool is_valid_domain(const masks *m, uint64_t separators,
                                   uint64_t last) {
  uint64_t domain = ~(m->at | (m->at - 1));
  uint64_t edges = separators << 1 | separators >> 1 | last;
  uint64_t third = separators << 3 & m->hyphen >> 1;
  return (domain & (m->special | (m->hyphen & (edges | third)))) == 0;
}

static inline bool read_masks(const char *text, size_t length, shape *out) {
  masks m = classify_all(text, length);
  uint64_t last = (uint64_t)1 << (length - 1);
  uint64_t all = last | (last - 1);
  uint64_t separators = m.at | m.dot;
  if (m.plain != all)
    return false;
  if (m.at == 0 || (m.at & (m.at - 1)) != 0)
    return false;
  if ((separators & (separators >> 1 | 1 | last)) != 0)
    return false;
  out->at = (size_t)__builtin_ctzll(m.at);
  out->valid = is_valid_domain(&m, separators, last);
  return true;
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

static inline bool read_addr_spec(const char *text, size_t length, shape *out) {
#if HAS_MASKS
  if (length >= 8 && length <= MASK_BYTES)
    return read_masks(text, length, out);
#endif
  return read_bytes(text, length, out);
}

bool po_read_plain_spec(po_text native, po_address *out) {
  shape found;
  if (native.length < 3 || !read_addr_spec(native.at, native.length, &found))
    return false;
  const char *at = native.at + found.at;
  out->plain = true;
  out->valid = found.valid;
  out->native = native;
  out->origin = native.at;
  out->field[PO_LOCALPART] = po_slice(native.at, at);
  out->field[PO_DOMAIN] = po_slice(at + 1, native.at + native.length);
  return true;
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

/*
** A display name whose value is its text, RFC 5322 3.2.5: words and single
** spaces, or a quoted string without quoted pairs.  `*at` is left at the <.
*/
static bool read_words(const char **at, const char *end, po_text *name) {
  const char *start = *at;
  char before = ' ';
  for (; *at < end && **at != '<'; (*at)++) {
    char c = **at;
    if (c == ' ' ? before == ' ' : (!po_is(c, PO_ATEXT) || c == '?'))
      return false; /* with ? it may be an encoded word (RFC 2047) */
    before = c;
  }
  if (*at == end || *at - start < 2 || before != ' ')
    return false;
  *name = po_slice(start, *at - 1);
  return true;
}

static bool read_quoted(const char **at, const char *end, po_text *name) {
  const char *start = ++*at;
  while (*at < end && **at != '"') {
    if (**at == '\\' || po_is(**at, PO_CTRL | PO_HIGH))
      return false;
    (*at)++;
  }
  if (*at == end || *at == start)
    return false;
  *name = po_slice(start, (*at)++);
  if (*at < end && **at == ' ')
    (*at)++;
  return *at < end && **at == '<';
}

/* "phrase <addr-spec>" without its last byte, RFC 5322 3.4 name-addr. */
static bool read_mailbox(const char *at, const char *end, po_address *out) {
  po_text name = {NULL, 0};
  if (!(*at == '"' ? read_quoted : read_words)(&at, end, &name) ||
      !po_read_plain_spec(po_slice(at + 1, end), out))
    return false;
  fill(out, PO_HEADER, name);
  return true;
}

bool po_read_plain_text(po_text text, po_notation notation, po_address *out) {
  static const po_text absent;
  if (text.length < 3)
    return false;
  const char *last = text.at + text.length - 1;
  if (*last == '>')
    return notation != PO_NATIVE && read_mailbox(text.at, last, out);
  if (!po_is(*last, PO_ATEXT) || !po_read_plain_spec(text, out))
    return false;
  fill(out, notation == PO_HEADER ? PO_HEADER : PO_NATIVE, absent);
  return true;
}
