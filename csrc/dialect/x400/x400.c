/*
** X400: O/R addresses, attributes with a label each, in the four syntaxes in
** which people write them:
**
**   exchange  c=us;a= ;p=Org;o=Site;s=Lee;g=Bill;dda:TYPE=VALUE;   (Q116466)
**   rfc1685   G=Bill; S=Lee; O=Site; P=Org; A= ; C=us       (RFC 1685, F.401)
**   rfc2156   /G=Bill/S=Lee/O=Site/PRMD=Org/ADMD= /C=us/  (RFC 2156, 3.3, 4.1)
**   msmail    /c=us/a= /p=Org/dda.type=TYPE/dda.value=VALUE         (Q177869)
**
** The field `syntax` says in which of them a text was, and in which one to
** write; without it, that is exchange.  All of them are read.  Letter case and
** superfluous white space mean nothing (Q108732), and neither does the syntax:
** one mailbox has one key.
**
** component.c divides a text, read.c makes fields of its parts, write.c a text
** of the fields, and check.c judges them.
*/
#include "check.h"
#include "read.h"
#include "write.h"

const po_dialect po_x400 = {
    .name = "X400",
    .key = "X400",
    .fields = po_x400_fields,
    .parse = po_x400_parse,
    .format = po_x400_format,
    .check = po_x400_check,
    .fold = po_x400_fold,
    .normalize = po_x400_normalize,
    .canonical = po_x400_canonical,
};
