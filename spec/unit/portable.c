/*
** The fast path as a processor without SSE2 gets it, under names of its own,
** so that one program tests, or measures, both.
*/
#undef __SSE2__
#define po_read_plain_spec portable_read_plain_spec
#define po_read_plain_text portable_read_plain_text
#define po_read_plain_front portable_read_plain_front
#define po_read_plain_item portable_read_plain_item

#include "notation/plain.c" /* NOLINT(bugprone-suspicious-include) */
