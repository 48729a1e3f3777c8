/*
** What the notations need to read an address: the type that a word names,
** and native text read by its dialect.
*/
#ifndef PO_READER_H
#define PO_READER_H

#include "dialect/dialect.h"
#include "text.h"

/* What is asked for and what is filled; `where` is the offending byte. */
typedef struct po_reader {
  const po_parse_options *options;
  po_scratch *scratch;
  po_address *out;
  const char *where;
} po_reader;

static inline po_code po_reader_fail(po_reader *reader, po_code code,
                                     const char *at) {
  reader->where = at;
  return code;
}

/* Clears what an attempt before left, the scratch too; but not the fields: they
** belong to the dialect and are cleared with it. */
void po_begin(po_reader *reader, po_notation notation);

/* The WORD of "WORD:" at the front of `text`; absent if there is none. */
po_text po_type_word(po_text text);

/* Sets the type that `word` names, if the options allow it. */
po_code po_read_type(po_reader *reader, po_text word);

/* Whether an address that is read may be SMTP's. */
static inline bool po_may_be_smtp(const po_parse_options *options) {
  return options->type.at == NULL ||
         po_same(options->type, po_constant(po_smtp.name));
}

/* Sets SMTP's, likewise. */
po_code po_read_smtp(po_reader *reader);

/*
** Reads native text by the type that is set.  `origin` is where it began in
** the input: `native.at`, unless it was decoded.
*/
po_code po_read_native(po_reader *reader, po_text native, const char *origin);

/*
** The same for native text that stands in the input as it is: without the
** control characters that only a one-off can carry.
*/
po_code po_read_as_written(po_reader *reader, po_text native);

#endif
