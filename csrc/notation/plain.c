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
** length, a machine of eight states does the same a byte at a time.  A quoted
** local part without quoted pairs is read at once, too, though it is not plain:
** quotes are needed where it is written, and po_check has to look at it.
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

/* Whether `c` stands for itself in a quoted string. */
static inline bool is_of_quoted(char c) {
  return !po_is(c, PO_CTRL | PO_HIGH) && c != '"' && c != '\\';
}

/* What was learnt of an addr-spec. */
typedef struct shape {
  size_t at;  /* where its @ is */
  bool valid; /* po_check has nothing against it */
} shape;

#if HAS_MASKS

/* Which bytes are what: bit i is byte i.  All but `space` make addr-specs, and
** names if `at` and `dot` are quoted. */
typedef struct masks {
  uint64_t alnum, at, dot, hyphen, special;
  uint64_t space;
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

/* Whether po_check has nothing against the `domain`, RFC 5321 4.1.2 sub-domain:
** letters, digits and hyphens, no hyphen at the edge of a label, none at its
** third and fourth byte, as A-labels have them (idna.c).  No length can be too
** great among 64 bytes. */
static INLINED bool is_valid_domain(const masks *m, uint64_t domain,
                                    uint64_t separators, uint64_t last) {
  uint64_t edges = separators << 1 | separators >> 1 | last;
  uint64_t third = separators << 3 & m->hyphen >> 1;
  return (domain & (m->special | (m->hyphen & (edges | third)))) == 0;
}

/* The bytes that words of names and of addr-specs are made of. */
static INLINED uint64_t words_of(const masks *m) {
  return m->alnum | m->hyphen | m->special;
}

/* The bytes of addr-specs. */
static INLINED uint64_t spec_of(const masks *m) {
  return words_of(m) | m->at | m->dot;
}

/* An addr-spec from `start` to `end`, all of whose bytes may be of one. */
static INLINED bool read_spec_masks(const masks *m, size_t start, size_t end,
                                    shape *out) {
  uint64_t first = (uint64_t)1 << start, last = (uint64_t)1 << (end - 1);
  uint64_t within = last | (last - first);
  uint64_t at = m->at & within, separators = (m->at | m->dot) & within;
  if (at == 0 || lowest(at) != at)
    return false;
  if ((separators & (separators >> 1 | first | last)) != 0)
    return false;
  out->at = index_of(at) - start;
  out->valid = is_valid_domain(m, within & ~(at | (at - 1)), separators, last);
  return true;
}

/*
** A display name and the < after it, at the front of fewer bytes than a mask
** has bits, so that a bit without a byte ends every run: where what is in the
** brackets begins, or 0.  Here words and single spaces.
*/
static INLINED size_t read_words_masks(const char *text, size_t length,
                                       const masks *m, po_text *name) {
  uint64_t after = lowest(~(words_of(m) | m->space)), before = after - 1;
  size_t angle = index_of(after);
  if (angle >= length || text[angle] != '<' || (m->space & after >> 1) == 0)
    return 0;
  if ((before & m->space & (m->space << 1 | 1)) != 0)
    return 0;
  *name = po_slice(text, text + angle - 1);
  return angle + 1;
}

/* The same after a quoted string; few of its bytes are looked at one by one. */
static INLINED size_t read_quoted_masks(const char *text, size_t length,
                                        const masks *m, po_text *name) {
  uint64_t odd = ~(spec_of(m) | m->space | 1);
  while (index_of(odd) < length && is_of_quoted(text[index_of(odd)]))
    odd &= odd - 1;
  size_t close = index_of(odd), angle = close + 1;
  if (close < 2 || close >= length || text[close] != '"')
    return 0;
  *name = po_slice(text + 1, text + close);
  angle += m->space >> angle & 1;
  return angle < length && text[angle] == '<' ? angle + 1 : 0;
}

static INLINED size_t read_name_masks(const char *text, size_t length,
                                      const masks *m, po_text *name) {
  return *text == '"' ? read_quoted_masks(text, length, m, name)
                      : read_words_masks(text, length, m, name);
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

/* So much of a text as is looked at where its end is to be found: a bit is left
** that has no byte. */
static INLINED size_t window(size_t length) {
  return length < MASK_BYTES ? length : MASK_BYTES - 1;
}

/* The addr-spec from `start` on, up to a byte that cannot be of it: where that
** is, or 0. */
static INLINED size_t read_run(const masks *m, size_t start, shape *out) {
  size_t end = start + index_of(~(spec_of(m) >> start));
  return end > start && read_spec_masks(m, start, end, out) ? end : 0;
}

#endif

static inline bool fits_masks(size_t length) {
  return HAS_MASKS && length >= 8 && length <= MASK_BYTES;
}

static inline bool read_addr_spec(const char *text, size_t length, shape *out) {
#if HAS_MASKS
  if (fits_masks(length)) {
    masks m = classify_all(text, length, classify);
    return spec_of(&m) == ~(uint64_t)0 >> (MASK_BYTES - length) &&
           read_spec_masks(&m, 0, length, out);
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
  if (end - at < 8)
    return NULL;
  size_t rest = window((size_t)(end - at));
  masks m = classify_all(at, rest, classify);
  size_t length = read_run(&m, 0, &found);
  if (length == 0 || length == MASK_BYTES - 1)
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

/* A quoted string without quoted pairs: after it, or NULL. */
static const char *read_string(const char *at, const char *end, po_text *said) {
  const char *start = ++at;
  while (at < end && is_of_quoted(*at))
    at++;
  *said = po_slice(start, at);
  return at < end && at > start && *at == '"' ? at + 1 : NULL;
}

static const char *read_quoted(const char *at, const char *end, po_text *name) {
  at = read_string(at, end, name);
  if (at == NULL)
    return NULL;
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

#if HAS_MASKS

/* A mailbox as the masks find it: its name, and the place of its addr-spec. */
typedef struct mailbox {
  po_text name;
  size_t start, end;
  shape spec;
} mailbox;

/* The same at the front of a text, up to the >. */
static INLINED bool find_mailbox(const char *text, size_t length,
                                 const masks *m, mailbox *out) {
  out->start = read_name_masks(text, length, m, &out->name);
  out->end = out->start == 0 ? 0 : read_run(m, out->start, &out->spec);
  return out->end > 0;
}

static INLINED void set_mailbox(const char *text, const mailbox *found,
                                po_address *out) {
  po_text native = po_slice(text + found->start, text + found->end);
  set_spec(native, &found->spec, out);
  fill(out, PO_HEADER, found->name);
}

#endif

static bool read_mailbox(const char *text, const char *end, po_address *out) {
#if HAS_MASKS
  size_t length = (size_t)(end - text);
  if (fits_masks(length) && length < MASK_BYTES) {
    masks m = classify_all(text, length, classify_names);
    mailbox found;
    if (find_mailbox(text, length, &m, &found) && found.end == length) {
      set_mailbox(text, &found, out);
      return true;
    }
  }
#endif
  return read_mailbox_bytes(text, end, out);
}

#if HAS_MASKS

static INLINED bool ends_item(const char *at, const char *end) {
  return at == end || *at == ',';
}

/* An item that ends where the masks see it: where that is, or NULL. */
static INLINED const char *read_item_masks(const char *at, const char *end,
                                           po_address *out) {
  static const po_text absent;
  size_t length = window((size_t)(end - at));
  masks m = classify_all(at, length, classify_names);
  mailbox found;
  const char *after = at + index_of(~spec_of(&m));
  if (ends_item(after, end)) {
    if (read_run(&m, 0, &found.spec) == 0)
      return NULL;
    set_spec(po_slice(at, after), &found.spec, out);
    fill(out, PO_HEADER, absent);
    return after;
  }
  if (!find_mailbox(at, length, &m, &found))
    return NULL;
  after = at + found.end;
  if (after == end || *after != '>' || !ends_item(after + 1, end))
    return NULL;
  set_mailbox(at, &found, out);
  return after + 1;
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

/* A domain alone, by the machine. */
static bool is_domain(const char *at, const char *end) {
  size_t before = 0;
  unsigned state = run(at, end, DOMAIN_START, &before);
  return state == DOMAIN_LABEL || state == DOMAIN_HYPHEN || state == ODD_LABEL;
}

/* Quoted-string "@" Domain (RFC 5321 4.1.2): not plain, but nothing in it has
** to be decoded. */
static bool read_quoted_spec(po_text native, po_address *out) {
  const char *end = native.at + native.length;
  po_text local;
  const char *at = read_string(native.at, end, &local);
  if (at == NULL || at == end || *at != '@' || !is_domain(at + 1, end))
    return false;
  out->plain = out->valid = false;
  out->native = native;
  out->origin = native.at;
  out->field[PO_LOCALPART] = local;
  out->field[PO_DOMAIN] = po_slice(at + 1, end);
  return true;
}

/* An item that the masks do not tell: longer ones, and rarer bytes in names. */
static bool read_item_bytes(po_text item, po_address *out) {
  if (item.length < 3)
    return false;
  const char *last = item.at + item.length - 1;
  return *last == '>' ? read_mailbox_bytes(item.at, last, out)
                      : po_read_plain_text(item, PO_HEADER, out);
}

const char *po_read_plain_item(const char *at, const char *end,
                               po_address *out) {
#if HAS_MASKS
  if (end - at >= 8) {
    const char *after = read_item_masks(at, end, out);
    if (after != NULL)
      return after;
  }
#endif
  const char *comma = at < end ? find_comma(at, end) : NULL;
  return comma != NULL && read_item_bytes(po_slice(at, comma), out) ? comma
                                                                    : NULL;
}

bool po_read_plain_text(po_text text, po_notation notation, po_address *out) {
  static const po_text absent;
  if (text.length < 3)
    return false;
  const char *last = text.at + text.length - 1;
  if (*last == '>')
    return notation != PO_NATIVE && read_mailbox(text.at, last, out);
  if (!po_is(*last, PO_ATEXT) ||
      !(*text.at == '"' ? read_quoted_spec(text, out) : read_spec(text, out)))
    return false;
  fill(out, notation == PO_HEADER ? PO_HEADER : PO_NATIVE, absent);
  return true;
}
