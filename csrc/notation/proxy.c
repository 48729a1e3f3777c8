/*
** The proxy notation, TYPE:address (MS-OXLDAP 2.2.3.4).  A prefix in upper
** case marks the primary address of its type, any other a secondary one,
** which is written back in lower case (Exchange's proxyAddresses).
*/
#include "proxy.h"

static bool is_upper(po_text word) {
  for (size_t i = 0; i < word.length; i++)
    if (word.at[i] != po_upper(word.at[i]))
      return false;
  return true;
}

po_code po_read_proxy(po_reader *reader, po_text word, po_text text) {
  po_code code = po_read_type(reader, word);
  if (code != PO_OK)
    return code;
  reader->out->secondary = !is_upper(word);
  return po_read_as_written(reader, po_slice(po_end(word) + 1, po_end(text)));
}

static po_code read(po_reader *reader, po_text text) {
  po_text word = po_type_word(text);
  if (word.at == NULL)
    return po_reader_fail(reader, PO_TYPE_MISSING, text.at);
  return po_read_proxy(reader, word, text);
}

static void write(const po_address *address, po_text native, po_buffer *out) {
  if (address->secondary)
    po_put_lower(out, address->type);
  else
    po_put(out, address->type);
  po_put_char(out, ':');
  po_put(out, native);
}

const po_notation_rules po_proxy_rules = {
    .name = "proxy", .read = read, .write = write, .carries_secondary = true};
