/*
** Every attribute of an O/R address, in the order in which Exchange writes
** them: ATTRIBUTE(FIELD, name, label of RFC 1685, label of RFC 2156, bound,
** kind).  Exchange's label is the name, with hyphens.  Bounds are those of
** Q145933 and Q118563, for telephones and letters X.411's; 0 is none.
** Included by fields.h, fields.c, check.c, read.c and write.c.
*/
ATTRIBUTE(C, "c", "C", "C", 3, COUNTRY)
ATTRIBUTE(A, "a", "A", "ADMD", 16, PRINTABLE)
ATTRIBUTE(P, "p", "P", "PRMD", 16, PRINTABLE)
ATTRIBUTE(O, "o", "O", "O", 64, PRINTABLE)
ATTRIBUTE(OU1, "ou1", "OU1", "OU1", 32, PRINTABLE)
ATTRIBUTE(OU2, "ou2", "OU2", "OU2", 32, PRINTABLE)
ATTRIBUTE(OU3, "ou3", "OU3", "OU3", 32, PRINTABLE)
ATTRIBUTE(OU4, "ou4", "OU4", "OU4", 32, PRINTABLE)
ATTRIBUTE(CN, "cn", "CN", "CN", 64, PRINTABLE)
ATTRIBUTE(S, "s", "S", "S", 40, PRINTABLE)
ATTRIBUTE(G, "g", "G", "G", 16, PRINTABLE)
ATTRIBUTE(I, "i", "I", "I", 5, PRINTABLE)
ATTRIBUTE(Q, "q", "Q", "GQ", 3, PRINTABLE)

/* Terminals and networks. */
ATTRIBUTE(X121, "x121", "X.121", "X121", 15, DIGITS)
ATTRIBUTE(N_ID, "n_id", "N-ID", "UA-ID", 32, DIGITS)
ATTRIBUTE(T_ID, "t_id", "T-ID", "T-ID", 24, PRINTABLE)
ATTRIBUTE(T_TY, "t_ty", "T-TY", "T-TY", 0, TERMINAL)
ATTRIBUTE(NET_NUM, "net_num", "ISDN", "NET-NUM", 15, DIGITS)
ATTRIBUTE(NET_SUB, "net_sub", "NET-SUB", "NET-SUB", 40, DIGITS)
ATTRIBUTE(NET_PSAP, "net_psap", "PSAP", "NET-PSAP", 0, FREE)

/* Domain-defined: each type has its own label. */
ATTRIBUTE(DDA1_TYPE, "dda1_type", "", "", 8, PRINTABLE)
ATTRIBUTE(DDA1_VALUE, "dda1_value", "", "", 128, DEFINED)
ATTRIBUTE(DDA2_TYPE, "dda2_type", "", "", 8, PRINTABLE)
ATTRIBUTE(DDA2_VALUE, "dda2_value", "", "", 128, DEFINED)
ATTRIBUTE(DDA3_TYPE, "dda3_type", "", "", 8, PRINTABLE)
ATTRIBUTE(DDA3_VALUE, "dda3_value", "", "", 128, DEFINED)
ATTRIBUTE(DDA4_TYPE, "dda4_type", "", "", 8, PRINTABLE)
ATTRIBUTE(DDA4_VALUE, "dda4_value", "", "", 128, DEFINED)

/* Physical delivery. */
ATTRIBUTE(PD_SERVICE, "pd_service", "PD-SN", "PD-SERVICE", 16, PRINTABLE)
ATTRIBUTE(PD_PN, "pd_pn", "PD-PN", "PD-PN", 30, PRINTABLE)
ATTRIBUTE(PD_O, "pd_o", "PD-O", "PD-O", 30, PRINTABLE)
ATTRIBUTE(PD_EXT_ADDRESS, "pd_ext_address", "PD-EA", "PD-EXT-ADDRESS", 30,
          PRINTABLE)
ATTRIBUTE(PD_EXT_DELIVERY, "pd_ext_delivery", "PD-ED", "PD-EXT-DELIVERY", 30,
          PRINTABLE)
ATTRIBUTE(PD_A1, "pd_a1", "PD-A1", "PD-A1", 30, PRINTABLE)
ATTRIBUTE(PD_A2, "pd_a2", "PD-A2", "PD-A2", 30, PRINTABLE)
ATTRIBUTE(PD_A3, "pd_a3", "PD-A3", "PD-A3", 30, PRINTABLE)
ATTRIBUTE(PD_A4, "pd_a4", "PD-A4", "PD-A4", 30, PRINTABLE)
ATTRIBUTE(PD_A5, "pd_a5", "PD-A5", "PD-A5", 30, PRINTABLE)
ATTRIBUTE(PD_A6, "pd_a6", "PD-A6", "PD-A6", 30, PRINTABLE)
ATTRIBUTE(PD_STREET, "pd_street", "PD-S", "PD-STREET", 30, PRINTABLE)
ATTRIBUTE(PD_BOX, "pd_box", "PD-B", "PD-BOX", 30, PRINTABLE)
ATTRIBUTE(PD_RESTANTE, "pd_restante", "PD-R", "PD-RESTANTE", 30, PRINTABLE)
ATTRIBUTE(PD_UNIQUE, "pd_unique", "PD-U", "PD-UNIQUE", 30, PRINTABLE)
ATTRIBUTE(PD_LOCAL, "pd_local", "PD-L", "PD-LOCAL", 30, PRINTABLE)
ATTRIBUTE(PD_OFFICE, "pd_office", "PD-OF", "PD-OFFICE", 30, PRINTABLE)
ATTRIBUTE(PD_OFFICE_NUM, "pd_office_num", "PD-OFN", "PD-OFFICE-NUM", 30,
          PRINTABLE)
ATTRIBUTE(PD_CODE, "pd_code", "PD-PC", "PD-CODE", 16, PRINTABLE)
ATTRIBUTE(PD_C, "pd_c", "PD-C", "PD-C", 3, COUNTRY)
