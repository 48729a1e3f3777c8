/*
** postoffice: mail addresses of every mail system, in C.
**
** This header knows nothing of Lua and allocates nothing.  A caller owns
** every buffer; a text is a pointer and a length and needs no final NUL;
** nothing here keeps state, so any number of threads may call it.
**
** po_parse reads an address, po_check and po_diagnose judge it, po_format and
** po_normalize write it, po_key says which addresses are one mailbox, and
** po_encapsulate and po_decapsulate carry one address inside another.
** po_list_begin and po_list_next read lists of addresses, po_list_put writes
** them.  The manual's page in-c.md shows whole programs.
**
** Functions that can fail return a `po_code`: PO_OK is 0, every other code
** has a slug (`po_code_slug`), an English sentence (`po_code_message`) and,
** if it can be a delivery's verdict, an RFC 3463 status.
*/
#ifndef POSTOFFICE_H
#define POSTOFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef PO_SHARED /* so that the shared library has this header alone */
#pragma GCC visibility push(default)
#endif

#define PO_VERSION "0.1.0"

/* A piece of text that somebody else owns; `at` is NULL if it is absent. */
typedef struct po_text {
  const char *at;
  size_t length;
} po_text;

/* Every code there is; the list itself is codes.h. */
typedef enum po_code {
#define PO_CODE(name, slug, status, message) PO_##name,
#define PO_NOTE(name, slug, message) PO_##name,
#define PO_BEYOND(name, slug, status, grade, message) PO_##name,
#define PO_USE(name, slug, grade, message) PO_##name,
#include "codes.h"
#undef PO_USE
#undef PO_BEYOND
#undef PO_NOTE
#undef PO_CODE
  PO_CODE_COUNT
} po_code;

const char *po_code_slug(po_code code);
const char *po_code_status(po_code code); /* "" where it has none */
const char *po_code_message(po_code code);

/* Where its rule stands, such as "RFC 5321 4.1.2"; NULL where nobody says. */
const char *po_code_source(po_code code);

/* Whether a code found in an address only notes what is unusual; every other
** is an error. */
bool po_code_is_note(po_code code);

/* How good an SMTP address is, from the best: each is the least of the RFCs'
** grammars that has it. */
typedef enum po_grade {
  PO_GRADE_OK,
  PO_GRADE_5321,       /* RFC 5321 has it, few have ever met it */
  PO_GRADE_CFWS,       /* RFC 5322 has it, with comments or folds */
  PO_GRADE_DEPRECATED, /* RFC 5322 had it: section 4 */
  PO_GRADE_5322,       /* read as RFC 5322 says, no address of SMTP */
  PO_GRADE_ERROR
} po_grade;

/* The grade of an address in which nothing worse than this is found. */
po_grade po_code_grade(po_code code);

/* How an address of any type is written down. */
typedef enum po_notation {
  PO_GUESS,  /* parse: by the shape of the text, if it is certain */
  PO_PROXY,  /* CCMAIL:user@domain at internet      (MS-OXLDAP 2.2.3.4) */
  PO_NATIVE, /* user@domain at internet */
  PO_ONEOFF, /* Name [CCMAIL:...]                   (MAPI, cc842281) */
  PO_HEADER, /* "Name" <user@domain> (comment)      (RFC 5322 3.4) */
  PO_PATH,   /* <@relay:user@domain>, <>            (RFC 5321 4.1.2) */
  PO_NOTATION_COUNT
} po_notation;

const char *po_notation_name(po_notation notation);

/*
** What a text may make use of beyond RFC 5321: switches.h lists it.  A set of
** switches has a bit for each; PO_NO_SWITCH makes a set of none out of the 0
** that stands for the notation's own profile.
*/
typedef enum po_switch {
#define PO_SWITCH(name, option, code, profile) PO_SWITCH_##name,
#include "switches.h"
#undef PO_SWITCH
  PO_SWITCH_COUNT
} po_switch;

typedef uint32_t po_switches;
#define PO_SWITCH_BIT(which) ((po_switches)1 << (which))
#define PO_NO_SWITCH ((po_switches)1 << 31)

const char *po_switch_option(po_switch which);

/* Named sets of switches, each with all that those before it have. */
typedef enum po_profile {
  PO_PROFILE_SMTP,     /* the wire: RFC 5321 */
  PO_PROFILE_HEADER,   /* RFC 5322 without its section 4 */
  PO_PROFILE_OBSOLETE, /* with it: the default where headers are read */
  PO_PROFILE_LENIENT,  /* what mail clients forgive */
  PO_PROFILE_COUNT
} po_profile;

const char *po_profile_name(po_profile profile);
po_switches po_profile_switches(po_profile profile);

typedef struct po_dialect po_dialect;

enum { PO_MAX_FIELDS = 56 }; /* X400 has the most */

/*
** An address: what belongs to the notation rather than to the type, and its
** type's fields in the order of the dialect's list; those after them are
** nobody's and not even cleared.  After `po_parse` every text points into
** the input, into the scratch or at a constant.
*/
typedef struct po_address {
  const po_dialect *dialect;
  po_text type; /* upper case; the dialect's name, or the unknown word */
  po_text display_name;
  po_text display_raw; /* as it was written, if that has encoded words */
  po_text comment;
  po_text route;        /* a source route, "@a,@b" (RFC 5321 4.1.2) */
  bool secondary;       /* the type prefix was not all upper case (proxies) */
  bool plain;           /* SMTP, read at once: dot-atoms, nothing to decode; */
  bool valid;           /* and po_check has no error for it */
  po_notation notation; /* how `po_parse` found it written */
  po_text native;       /* the native text that was parsed, decoded, */
  const char *origin;   /* and where it began in the input */
  po_text folded;       /* of a type without a dialect, if its user knows */
  po_text field[PO_MAX_FIELDS];
} po_address;

/* Memory for decoded text: `po_parse` fills it from its start. */
typedef struct po_scratch {
  char *at;
  size_t length, used;
} po_scratch;

/*
** So much scratch is always enough to parse a text; `length` counts its bytes
** and those of the options' type.
*/
#define PO_SCRATCH_FOR(length) (5 * (length) + 64)

/* Output that counts on when it is full, as snprintf does: where `length` is
** more than `size`, call again with more.  No NUL is put at the end. */
typedef struct po_buffer {
  char *at;
  size_t size, length;
} po_buffer;

/*
** Character sets beyond the core's: `put` appends `bytes` in UTF-8, and returns
** PO_OK, PO_ENCODED_WORD_CHARSET if it does not know the set, or
** PO_ENCODED_WORD_UNSAFE if the bytes are malformed; what it appended does not
** count then, and neither does more than there is room for.
*/
typedef struct po_charsets {
  po_code (*put)(void *state, po_text charset, po_text bytes, po_buffer *out);
  void *state;
} po_charsets;

/*
** What is found in an address: a code, and the offending byte of a field, NULL
** if it cannot be told.  At most PO_MAX_FINDINGS are kept; later ones are
** dropped.
*/
enum { PO_MAX_FINDINGS = 16 };

typedef struct po_finding {
  po_code code;
  const char *where;
} po_finding;

typedef struct po_findings {
  po_finding list[PO_MAX_FINDINGS];
  int count;
} po_findings;

typedef struct po_parse_options {
  po_text type;         /* the type it has to be; absent: any */
  po_notation notation; /* how it is written */
  bool unknown;         /* carry types without a dialect whole, in `value` */
  po_switches allowed;  /* 0: obsolete for headers, smtp for all else */
  bool graded; /* a guess says what RFC 5322 allows: po_diagnose judges it */
  po_findings *notes; /* gets what the text makes use of, if not NULL */
  const po_charsets *charsets; /* for encoded words; NULL: the core's alone */
} po_parse_options;

/*
** One mail system's addresses.  `parse` reads native text, which is not empty
** and, but for `untrimmed`, has no white space around it, and leaves the
** offending byte in `*where`; `format` writes it; `check` finds what `parse`
** lets pass (lengths, character sets); `fold` writes the text that is equal for
** all spellings of one mailbox; `normalize` writes the preferred spelling, or
** is absent where `format` does; `canonical` puts into `out`, a copy of the
** address, the fields that `fold` compares, in the case in which they are; it
** is absent where that compares them all as they are.  What it writes goes to
** `room`.
*/
struct po_dialect {
  const char *name;
  const char *key; /* the type in a key: EX and X500 share one; NULL: its own */
  const char *const *fields; /* names, NULL at the end */
  bool controls; /* `parse` says which control characters it takes: else none */
  bool untrimmed; /* white space around a text is part of it */
  po_code (*parse)(po_text native, po_scratch *scratch, po_address *out,
                   const char **where);
  void (*format)(const po_address *address, po_buffer *out);
  void (*check)(const po_address *address, po_findings *found);
  po_code (*fold)(const po_address *address, po_buffer *out);
  po_code (*normalize)(const po_address *address, po_buffer *out);
  po_code (*canonical)(const po_address *address, po_buffer *room,
                       po_address *out);
};

/* Every registered dialect, NULL at the end; `po_opaque` is not among them:
** it carries the text of a type without a dialect in its one field. */
extern const po_dialect *const po_dialects[];
extern const po_dialect po_opaque;

/* The dialect of a type in any case, NULL if there is none. */
const po_dialect *po_dialect_of(po_text type);

/* Whether a word before a colon names a scheme of URIs that are met where
** addresses are, such as mailto. */
bool po_is_scheme(po_text word);

/*
** Reads an address.  On failure `*position` is the 0-based byte of `text`
** at fault (its length if something is missing at the end); where a type
** is a word that no dialect has, `out` has it as its type, and no dialect.
*/
po_code po_parse(po_text text, const po_parse_options *options,
                 po_scratch *scratch, po_address *out, size_t *position);

/*
** The same for the common case, an SMTP address in which nothing is encoded:
** without scratch.  False says nothing; `po_parse` has to tell.
*/
bool po_parse_at_once(po_text text, const po_parse_options *options,
                      po_address *out);

/*
** Writes an address, and refuses what would not be read back as it is.
** Where `out` was too small only its length is right: call again with
** more.  `scratch` needs PO_SCRATCH_FOR(the lengths of `out` and the type).
*/
po_code po_format(const po_address *address, po_notation notation,
                  po_buffer *out, po_scratch *scratch);

/*
** The same in the preferred spelling: letter case that means nothing,
** needless quotes and white space.
*/
po_code po_normalize(const po_address *address, po_notation notation,
                     po_buffer *out, po_scratch *scratch);

/* Adds what `po_parse` lets pass, lengths and character sets, and what is
** unusual; `found->count` is 0 before the first call. */
void po_diagnose(const po_address *address, po_findings *found);

/* The first of these that is an error, and its place; PO_OK if none is. */
po_code po_check(const po_address *address, const char **where);

/*
** A list of addresses (RFC 5322 3.4, address-list), read one after the other.
** `text` is what the list has left of the entry, without white space around it.
*/
typedef struct po_list {
  po_text text;
  const po_parse_options *options;
  const char *at;
  const char *separated; /* the separator that was just passed, or NULL */
  bool group, after_group, angle, split;
} po_list;

typedef enum po_item {
  PO_ITEM_END,
  PO_ITEM_MAILBOX,
  PO_ITEM_GROUP,     /* a group begins; `display_name` and `comment` are its */
  PO_ITEM_GROUP_END, /* it ends: groups never nest */
  PO_ITEM_ERROR      /* an entry cannot be read; the list goes on after it */
} po_item;

typedef struct po_entry {
  po_text text;    /* of the item, in the list's text */
  po_code code;    /* of an error, */
  size_t position; /* and its place: a 0-based byte of the list's text */
} po_entry;

/* `options` is used until the last item is read. */
void po_list_begin(po_list *list, po_text text,
                   const po_parse_options *options);

/*
** Reads the next item.  The scratch is filled from its start: keep what an
** address needs of it before reading on.  PO_SCRATCH_FOR(the length of `text`)
** is enough.  The options' notes become those of the item and of what stands
** before it.
*/
po_item po_list_next(po_list *list, po_scratch *scratch, po_address *out,
                     po_entry *entry);

/*
** A list while it is written: fill in `out`, where in its line it stands, the
** width of a line (SIZE_MAX: no folds) and whether names may be UTF-8 (RFC
** 6532) rather than encoded words (RFC 2047).
*/
typedef struct po_list_writer {
  po_buffer *out;
  size_t column, width;
  bool utf8;
  bool began, listed; /* false at first */
} po_list_writer;

/*
** Puts a mailbox, the name of a group (`display_name` and `comment`) or a
** group's end.  Refuses what would not be read back as it is, and what only
** section 4 of RFC 5322 has.  If `out` is too small then only its length is
** right: go back to the writer and the length as they were, and call again with
** more.  `scratch` needs PO_SCRATCH_FOR(what is put).
*/
po_code po_list_put(po_list_writer *writer, const po_address *address,
                    po_scratch *scratch);
po_code po_list_put_group(po_list_writer *writer, const po_address *name,
                          po_scratch *scratch);
void po_list_end_group(po_list_writer *writer);

/* The 0-based byte of the parsed `text` that `where` stems from. */
size_t po_position(po_text text, const po_address *address, const char *where);

/*
** Type and folded text: equal keys name the same mailbox.  A domain that is not
** ASCII and no domain either has none, nor has any in a build without libidn2.
*/
#define PO_KEY_RULE "1" /* another one whenever some key changes */
po_code po_key(const po_address *address, po_buffer *out);

/*
** The one address of all that have this one's key, but for the case of letters:
** what patterns match.  What belongs to the notation is absent.  Its fields are
** those of `address`, or point into `scratch`, which needs PO_CANONICAL_FOR(the
** length of the fields).
*/
#define PO_CANONICAL_FOR(length) (4 * (length) + 64)
po_code po_canonical(const po_address *address, po_scratch *scratch,
                     po_address *out);

/*
** The forms of a domain.  In all of them labels that are not ASCII become NFC
** in lower case, and nothing else is mapped; ASCII is lower-cased.
*/
typedef enum po_domain_form {
  PO_DOMAIN_AS_IT_IS, /* labels stay what they are, U-label or A-label */
  PO_DOMAIN_ASCII,    /* U-labels become A-labels (RFC 5890 2.3.2.1) */
  PO_DOMAIN_UNICODE   /* A-labels become U-labels; what is none stays */
} po_domain_form;

/*
** Writes `domain`, which `po_parse` has read, in a form.  `*where` is left at
** the label that has none, or at the character for which it has none.
*/
po_code po_put_domain(po_text domain, po_domain_form form, po_buffer *out,
                      const char **where);

/*
** Puts the domain of an SMTP address into a form; other addresses stay as they
** are.  `scratch` needs PO_DOMAIN_FOR(the domain's length).
*/
#define PO_DOMAIN_FOR(length) (4 * (length) + 64)
po_code po_convert_domain(po_address *address, po_domain_form form,
                          po_scratch *scratch, const char **where);

/* The version of Unicode that domains are judged by, such as "11.0"; NULL in a
** build without libidn2. */
const char *po_unicode_version(void);

/*
** `inner` carried whole inside another type: IMCEA in SMTP (MS-OXCMAIL
** 2.1.3.1.8), "user@domain at postoffice" in CCMAIL (Q184994) and the like in
** NOTES (Q246434), MS, PCM, GWISE, GROUPWISE, MSMAIL and MSA, a DDA in X400
** (RFC 2156 4.3.1, Q255024), which is ASCII: a domain that is not is carried in
** A-labels.  `carrier` has the fields that name the place; in X400 a first DDA
** without a value has the type of the one that will carry, and no other one may
** be able to: PO_ENCAPSULATION_AMBIGUOUS.  <> and <Postmaster> have no native
** text and are carried in nothing.  `out` points into `scratch`, which needs
** PO_ENCAPSULATION_FOR(the length of type and native text).
*/
#define PO_ENCAPSULATION_FOR(length) (11 * (length) + 320)
bool po_can_carry(const po_dialect *carrier);

/* The field that carries; the others name the place, and all of them have to be
** there.  PO_NO_FIELD: of X400 any attribute names it. */
enum { PO_NO_FIELD = -1 };
int po_carrying_field(const po_dialect *carrier);

po_code po_encapsulate(const po_address *inner, const po_address *carrier,
                       po_scratch *scratch, po_address *out);

/*
** The address that `outer` carries, and the carrier that is left: closed again,
** they are the same.  `scratch` needs PO_SCRATCH_FOR(the length of the fields).
*/
po_code po_decapsulate(const po_address *outer, po_scratch *scratch,
                       po_address *inner, po_address *carrier,
                       const char **where);

/* Whoever opens one carrier after the other stops after so many. */
enum { PO_MAX_CARRIERS = 16 };

/*
** Whether `text` matches the byte code `pattern` but for the case of ASCII
** letters.  Codes: 1 one character, 2 any run, 3 a captured run of one
** character or more, 4 the next byte as it is; any other byte is itself.  A
** character is one of UTF-8, or a byte that belongs to none.  Runs are as short
** as they can be, from the left.  Captures are left in `captures`, which has
** room for `PO_MAX_CAPTURES`; a pattern with more of them matches nothing.
*/
enum { PO_GLOB_ONE = 1, PO_GLOB_ANY, PO_GLOB_CAPTURE, PO_GLOB_LITERAL };
enum { PO_MAX_CAPTURES = 60 };
bool po_glob_match(po_text pattern, po_text text, po_text *captures,
                   size_t *count);

#ifdef PO_SHARED
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
