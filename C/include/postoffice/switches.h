/*
** What a text may make use of beyond RFC 5321: PO_SWITCH(NAME, option, CODE,
** PROFILE).  The option turns it on or off in Lua, the code is found in a text
** that makes use of it, the profile is the narrowest that allows it: each of
** smtp, header, obsolete, lenient allows what those before it do.
** Included by postoffice.h (the enum) and notation/profile.c.
*/

/* RFC 5322, section 3. */
PO_SWITCH(COMMENTS, "comments", COMMENT, HEADER)
PO_SWITCH(FOLDS, "folds", FOLD, HEADER)
PO_SWITCH(LITERALS, "literals", LITERAL_INVALID, HEADER) /* any dtext */
PO_SWITCH(TYPED, "typed", TYPE_MISMATCH, HEADER) /* <TYPE:...>, </o=...> */

/* RFC 5322, section 4, and lines as they are stored. */
PO_SWITCH(FOLDS_LF, "lf_folds", FOLD_LF, OBSOLETE)
PO_SWITCH(OBSOLETE_FOLDS, "blank_folds", OBSOLETE_FOLD, OBSOLETE)
PO_SWITCH(CONTROLS, "controls", OBSOLETE_CONTROL, OBSOLETE)
PO_SWITCH(DOTTED_NAMES, "dotted_names", OBSOLETE_PHRASE, OBSOLETE)
PO_SWITCH(LOCALPART_WORDS, "localpart_words", OBSOLETE_LOCALPART, OBSOLETE)
PO_SWITCH(DOMAIN_WORDS, "domain_words", OBSOLETE_DOMAIN, OBSOLETE)
PO_SWITCH(ROUTES, "routes", OBSOLETE_ROUTE, OBSOLETE)
PO_SWITCH(EMPTY_ITEMS, "empty_items", OBSOLETE_LIST, OBSOLETE)

/* What mail clients forgive, and who does. */
PO_SWITCH(DOTS, "dots", LOCALPART_DOTS, LENIENT) /* Dovecot, MimeKit */
PO_SWITCH(SEMICOLONS, "semicolons", LIST_SEMICOLON, LENIENT) /* Outlook */
PO_SWITCH(COMMA_NAMES, "comma_names", NAME_COMMA, LENIENT)   /* Nodemailer */
PO_SWITCH(COLON_NAMES, "colon_names", NAME_COLON, LENIENT)   /* Nodemailer */
PO_SWITCH(BARE_NAMES, "bare_names", NAME_BARE, LENIENT) /* Outlook, Q184957 */
PO_SWITCH(COMMENT_NAMES, "comment_names", COMMENT, LENIENT) /* Outlook */
PO_SWITCH(ENCODED_WORDS, "encoded_words", ENCODED_WORD_LOOSE,
          LENIENT) /* Thunderbird */
PO_SWITCH(ADDRESS_NAMES, "address_names", NAME_ADDRESS,
          LENIENT)                                             /* Thunderbird */
PO_SWITCH(OPEN_GROUPS, "open_groups", GROUP_UNCLOSED, LENIENT) /* GMime */
PO_SWITCH(BRACKETS, "brackets", BRACKET_UNPAIRED, LENIENT)     /* Thunderbird */
PO_SWITCH(SQUARE, "square_brackets", BRACKET_SQUARE, LENIENT)  /* Outlook */
PO_SWITCH(ANGLE_LISTS, "angle_lists", ANGLE_LIST, LENIENT)     /* MimeKit */
PO_SWITCH(NO_DOMAIN, "no_domain", DOMAIN_ABSENT, LENIENT) /* GMime, Cyrus */
PO_SWITCH(TRAILING_DOT, "trailing_dot", DOMAIN_TRAILING_DOT,
          LENIENT)                                   /* GMime */
PO_SWITCH(MAILTO, "mailto", ADDRESS_MAILTO, LENIENT) /* RFC 6068 */
