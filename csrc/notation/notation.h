/*
** What notations share.  Each notation is a file with two functions: `read`
** finds type, native text and names in a text; `write` puts them down.
*/
#ifndef PO_NOTATION_H
#define PO_NOTATION_H

#include "dialect/dialect.h"
#include "text.h"

/* What `read` is given and fills; `where` is the byte that offends. */
typedef struct po_reader {
  const po_parse_options *options;
  po_scratch *scratch;
  po_address *out;
  const char *where;
} po_reader;

typedef struct po_notation_rules {
  const char *name;
  po_code (*read)(po_reader *reader, po_text text);
  void (*write)(const po_address *address, po_text native, po_buffer *out);
  bool smtp_only;
  bool carries_name, carries_comment, carries_route, carries_secondary;
} po_notation_rules;

extern const po_notation_rules po_proxy_rules, po_native_rules, po_oneoff_rules,
    po_header_rules, po_path_rules;

static inline po_code po_reader_fail(po_reader *reader, po_code code,
                                     const char *at) {
  reader->where = at;
  return code;
}

/* Sets the type that `word` names, if the options allow it. */
po_code po_read_type(po_reader *reader, po_text word);

/*
** Parses the native text of the type that is set.  `origin` is where it
** began in the input.
*/
po_code po_read_native(po_reader *reader, po_text native, const char *origin);

/*
** The same where native text stands in the input as it is: without the
** control characters that only a one-off can carry.
*/
po_code po_read_plain(po_reader *reader, po_text native);

/* The WORD of "WORD:" at the front of `text`; absent where there is none. */
po_text po_type_word(po_text text);

/* The bracket of the first "[WORD:" that no @ precedes, or NULL. */
const char *po_find_oneoff(po_text text);

/* "<...>": an optional source route and an SMTP address. */
po_code po_read_angle(po_reader *reader, po_text text);

/* Behind the quoted string that begins at `at`; NULL where it is open. */
const char *po_skip_quoted(const char *at, const char *end);

/* The input byte that became byte `index` of a decoded one-off. */
const char *po_oneoff_origin(const char *origin, const char *end, size_t index);

/* po_parse without its fast path: the tests' oracle. */
po_code po_parse_carefully(po_text text, const po_parse_options *options,
                           po_scratch *scratch, po_address *out,
                           size_t *position);

#endif
