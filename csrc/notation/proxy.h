#ifndef PO_PROXY_H
#define PO_PROXY_H

#include "notation.h"

/* Reads the proxy `text`, at whose front `word` was found to be the type. */
po_code po_read_proxy(po_reader *reader, po_text word, po_text text);

#endif
