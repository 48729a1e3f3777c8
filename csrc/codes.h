/*
** Every code: PO_CODE(NAME, slug, status, sentence).  The slug is stable and
** made of subject and problem; the status is RFC 3463's, where the code can
** be a delivery's; the sentence says what is wrong and what to write.
**
** A PO_NOTE is no error: it says what is unusual.  A PO_BEYOND, which has a
** grade before its sentence, is an error of SMTP alone.  A PO_USE(NAME, slug,
** grade, sentence) is a note where the profile allows what the text makes use
** of (switches.h), and an error where it does not.
** Included by postoffice.h (the enum) and address.c (the texts).
*/
PO_CODE(OK, "ok", "", "nothing is wrong")

/* Any text. */
PO_CODE(ADDRESS_EMPTY, "address-empty", "5.1.3", "the address is empty")
PO_CODE(ADDRESS_LENGTH, "address-length", "5.1.3",
        "the address is longer than 8192 bytes, which policies do not route")
PO_CODE(CONTROL_CHARACTER, "control-character", "5.1.3",
        "a control character stands in the address, as it is or as an escape;"
        " write the address without it")
PO_CODE(UTF8_INVALID, "utf8-invalid", "5.1.3",
        "the bytes are not well-formed UTF-8")
PO_CODE(SCRATCH_FULL, "scratch-full", "",
        "the scratch is smaller than PO_SCRATCH_FOR says")

/* Types and notations. */
PO_CODE(TYPE_AMBIGUOUS, "type-ambiguous", "5.1.3",
        "this could be SMTP or cc:Mail; for cc:Mail write"
        " [CCMAIL:user@domain at postoffice]")
PO_CODE(TYPE_MISSING, "type-missing", "5.1.3",
        "the address has no type; write TYPE:address, such as"
        " CCMAIL:Smith, John at HQ or X400:c=us;a= ;p=Org;s=Lee;")
PO_CODE(TYPE_UNKNOWN, "type-unknown", "5.1.3",
        "the address type is not known; check its spelling, or have unknown"
        " types carried whole by --unknown (in a program, the option unknown)")
PO_CODE(ADDRESS_URI, "address-uri", "5.1.3",
        "this is a URI and no address; of a mailto: leave out that word and"
        " decode its %HH")
PO_CODE(ADDRESS_DN, "address-dn", "5.1.3",
        "this is the distinguished name of an Exchange mailbox and no address"
        " of SMTP; write EX:/o=... where its type is not asked for")
PO_CODE(TYPE_MISMATCH, "type-mismatch", "5.1.3",
        "the address is of another type than the one asked for")
PO_CODE(TYPE_INVALID, "type-invalid", "5.1.3",
        "an address type is a word of letters, digits and . & _ -")
PO_CODE(TYPE_GRAMMAR, "type-grammar", "5.1.3",
        "the text is not what the definition of its type asks for")
PO_CODE(TYPE_CHECK, "type-check", "5.1.3",
        "the address breaks a limit that the definition of its type sets")
PO_CODE(FIELD_TYPE, "field-type", "5.1.3",
        "a field of the address is of another Lua type; all are strings, and"
        " primary is false or absent")
PO_CODE(NOTATION_TYPE, "notation-type", "",
        "only an SMTP address can be written so; encapsulate the address in"
        " SMTP first, or use the notation proxy or oneoff")
PO_CODE(FORMAT_UNREADABLE, "format-unreadable", "",
        "written down, this address would be read back as another one")

/* One-offs (MAPI, cc842281). */
PO_CODE(ONEOFF_MISSING, "oneoff-missing", "5.1.3",
        "a one-off address is written [TYPE:address]")
PO_CODE(ONEOFF_UNCLOSED, "oneoff-unclosed", "5.1.3",
        "the one-off address is not closed; end it with ]")
PO_CODE(ONEOFF_TEXT_AFTER, "oneoff-text-after", "5.1.3",
        "text follows the one-off address; nothing may stand after the ]")

/* Header mailboxes (RFC 5322 3.4) and paths (RFC 5321 4.1.2). */
PO_CODE(COMMENT_UNCLOSED, "comment-unclosed", "5.1.3",
        "a comment is not closed; end it with )")
PO_CODE(QUOTE_UNCLOSED, "quote-unclosed", "5.1.3",
        "a quoted string is not closed; end it with \"")
PO_CODE(ANGLE_UNCLOSED, "angle-unclosed", "5.1.3",
        "the address in angle brackets is not closed; end it with >")
PO_CODE(MAILBOX_CHARACTER, "mailbox-character", "5.1.3",
        "a character cannot stand here in a mailbox; quote the display name")
PO_CODE(MAILBOX_TEXT_AFTER, "mailbox-text-after", "5.1.3",
        "text follows the mailbox; only a comment in ( ) may stand there")
PO_CODE(MAILBOX_SEVERAL, "mailbox-several", "5.1.3",
        "these are several addresses, which parse_list reads")
PO_CODE(MAILBOX_GROUP, "mailbox-group", "5.1.3",
        "a name and a : make a group, which parse_list reads; quote a display"
        " name that holds a :")
PO_CODE(MAILBOX_BRACKET, "mailbox-bracket", "5.1.3",
        "in square brackets an address has its type before it, such as"
        " [SMTP:user@domain]; without a type it stands in angle brackets")
PO_CODE(PATH_ANGLE_MISSING, "path-angle-missing", "5.1.3",
        "a path is written in angle brackets, <user@domain>")
PO_CODE(ROUTE_INVALID, "route-invalid", "5.1.3",
        "a source route is written @a.example,@b.example: before the address")

/* Encoded words (RFC 2047). */
PO_NOTE(ENCODED_WORD_CHARSET, "encoded-word-charset",
        "the character set of an encoded word is not known; the word stays as"
        " it is written")
PO_NOTE(ENCODED_WORD_UNSAFE, "encoded-word-unsafe",
        "an encoded word is malformed, or has control or bidi characters in it;"
        " the word stays as it is written")

/* What RFC 5322 has and SMTP has not, and what it has no longer. */
PO_USE(WHITE_SPACE, "white-space", CFWS,
       "white space stands around the address (RFC 5322 3.2.2)")
PO_USE(CFWS_NEAR_AT, "cfws-near-at", DEPRECATED,
       "a comment or white space stands beside the @, where none should"
       " (RFC 5322 3.4.1)")
PO_USE(COMMENT, "comment", CFWS,
       "a comment stands in the address (RFC 5322 3.2.2); SMTP has none")
PO_USE(FOLD, "fold", CFWS,
       "the text is folded over lines (RFC 5322 2.2.3); SMTP has one line")
PO_USE(FOLD_LF, "fold-lf", DEPRECATED,
       "a line ends in LF alone, as stored mail has it; RFC 5322 2.3 writes"
       " CRLF")
PO_USE(OBSOLETE_FOLD, "obsolete-fold", DEPRECATED,
       "a folded line is blank (obs-FWS, RFC 5322 4.2)")
PO_USE(OBSOLETE_CONTROL, "obsolete-control", DEPRECATED,
       "a control character stands in quotes or in a comment (obs-qtext and"
       " its like, RFC 5322 4.1)")
PO_USE(OBSOLETE_PHRASE, "obsolete-phrase", DEPRECATED,
       "a dot stands in the display name (obs-phrase, RFC 5322 4.1); quote the"
       " name")
PO_USE(OBSOLETE_LOCALPART, "obsolete-localpart", DEPRECATED,
       "the local part is of several words (obs-local-part, RFC 5322 4.4);"
       " put it in double quotes as a whole")
PO_USE(OBSOLETE_DOMAIN, "obsolete-domain", DEPRECATED,
       "a comment or white space stands beside a dot of the domain"
       " (obs-domain, RFC 5322 4.4)")
PO_USE(OBSOLETE_ROUTE, "obsolete-route", DEPRECATED,
       "a source route stands before the address (obs-route, RFC 5322 4.4);"
       " leave it out")
PO_USE(OBSOLETE_LIST, "obsolete-list", DEPRECATED,
       "nothing stands between two commas (obs-addr-list, RFC 5322 4.4)")

/* What no RFC has and mail clients forgive. */
PO_USE(LOCALPART_DOTS, "localpart-dots", ERROR,
       "a dot of the local part stands beside no word; put the local part in"
       " double quotes")
PO_USE(LIST_SEMICOLON, "list-semicolon", ERROR,
       "a semicolon divides addresses; write a comma")
PO_USE(NAME_COMMA, "name-comma", ERROR,
       "a comma stands in a display name; quote the name")
PO_USE(NAME_COLON, "name-colon", ERROR,
       "a colon stands in a display name; quote the name")
PO_USE(NAME_BARE, "name-bare", ERROR,
       "a name stands beside an address without angle brackets")
PO_USE(ENCODED_WORD_LOOSE, "encoded-word-loose", ERROR,
       "an encoded word touches another word, or has characters that a name"
       " cannot have (RFC 2047 5)")
PO_USE(NAME_ADDRESS, "name-address", ERROR,
       "the display name is an address; quote it")
PO_USE(GROUP_UNCLOSED, "group-unclosed", ERROR,
       "the text ends within a group; end it with ;")
PO_USE(BRACKET_UNPAIRED, "bracket-unpaired", ERROR,
       "an angle bracket is missing or doubled")
PO_USE(BRACKET_SQUARE, "bracket-square", ERROR,
       "the address stands in square brackets; write angle brackets")
PO_USE(ANGLE_LIST, "angle-list", ERROR,
       "several addresses stand in one pair of angle brackets")
PO_USE(DOMAIN_ABSENT, "domain-absent", ERROR,
       "the address has no domain; write user@domain")
PO_USE(DOMAIN_TRAILING_DOT, "domain-trailing-dot", ERROR,
       "the domain ends in a dot; leave it out")
PO_USE(ADDRESS_MAILTO, "address-mailto", ERROR,
       "mailto: stands before the address; leave it out")

/* SMTP (RFC 5321 4.1.2, RFC 6531). */
PO_CODE(LOCALPART_EMPTY, "localpart-empty", "5.1.3", "the local part is empty")
PO_CODE(LOCALPART_DOT, "localpart-dot", "5.1.3",
        "a dot in the local part must stand between two words; put the local"
        " part in double quotes")
PO_CODE(LOCALPART_CHARACTER, "localpart-character", "5.1.3",
        "a character of the local part must be in double quotes")
PO_CODE(LOCALPART_TAB, "localpart-tab", "5.1.3",
        "a tab stands in the local part; mail headers can have it, SMTP cannot")
PO_BEYOND(LOCALPART_ASCII_CONTROL, "localpart-ascii-control", "5.1.3",
          DEPRECATED,
          "a control character stands in the local part; mail headers could"
          " have it, SMTP cannot")
PO_CODE(LOCALPART_PAIR, "localpart-pair", "5.1.3",
        "a backslash stands before a character that is not ASCII; mail headers"
        " can have it, SMTP cannot")
PO_CODE(LOCALPART_LENGTH, "localpart-length", "5.1.3",
        "the local part is longer than 64 octets")
PO_CODE(DOMAIN_MISSING, "domain-missing", "5.1.3",
        "the address has no domain; write user@domain")
PO_CODE(DOMAIN_LABEL_EMPTY, "domain-label-empty", "5.1.3",
        "a domain label is empty")
PO_CODE(DOMAIN_CHARACTER, "domain-character", "5.1.3",
        "a character cannot stand in a domain")
PO_CODE(DOMAIN_DECIMAL, "domain-decimal", "5.1.3",
        "a decimal host number is no longer understood; write the address"
        " literal, such as [192.0.2.1]")
PO_CODE(DOMAIN_LABEL_CHARACTER, "domain-label-character", "5.1.3",
        "a domain label has only letters, digits and hyphens")
PO_CODE(DOMAIN_LABEL_HYPHEN, "domain-label-hyphen", "5.1.3",
        "a domain label neither begins nor ends with a hyphen")
PO_CODE(DOMAIN_LABEL_LENGTH, "domain-label-length", "5.1.3",
        "a domain label is longer than 63 octets")
PO_CODE(DOMAIN_LENGTH, "domain-length", "5.1.3",
        "the domain is longer than 255 octets")

/* Internationalised domains (RFC 5890 to 5893). */
PO_CODE(DOMAIN_LABEL_RESERVED, "domain-label-reserved", "5.1.3",
        "hyphens at the third and fourth place of a domain label are reserved"
        " for A-labels, which begin with xn--")
PO_CODE(DOMAIN_LABEL_ALABEL, "domain-label-alabel", "5.1.3",
        "a domain label begins with xn-- and is no A-label: it does not decode,"
        " or to what would be encoded in another way")
PO_CODE(DOMAIN_LABEL_DISALLOWED, "domain-label-disallowed", "5.1.3",
        "a domain label holds a character that no domain may have (RFC 5892)")
PO_CODE(DOMAIN_LABEL_UNASSIGNED, "domain-label-unassigned", "5.1.3",
        "a domain label holds a character that this version of Unicode does not"
        " have")
PO_CODE(DOMAIN_LABEL_CONTEXT, "domain-label-context", "5.1.3",
        "a character of a domain label may only stand beside certain others"
        " (RFC 5892 appendix A)")
PO_CODE(DOMAIN_LABEL_MARK, "domain-label-mark", "5.1.3",
        "a domain label begins with a combining mark")
PO_CODE(DOMAIN_LABEL_BIDI, "domain-label-bidi", "5.1.3",
        "a domain label mixes writing from right to left with other in a way"
        " that has no one reading (RFC 5893)")
PO_CODE(IDN_MISSING, "idn-missing", "5.6.7",
        "the domain is not ASCII, and this build has no libidn2 to read it;"
        " write it in A-labels (xn--)")
PO_CODE(IDN_MEMORY, "idn-memory", "4.3.0",
        "no memory was left to read the domain; try again")
PO_NOTE(IDN_UNCHECKED, "idn-unchecked",
        "a domain label looks like an A-label (xn--), and this build has no"
        " libidn2 to check it")
PO_CODE(MAILBOX_LENGTH, "mailbox-length", "5.1.3",
        "the address is longer than 254 octets")
PO_NOTE(LOCALPART_QUOTED, "localpart-quoted",
        "the local part is in quotes; many systems cannot write to it")
PO_NOTE(LOCALPART_ENCODED_WORD, "localpart-encoded-word",
        "the local part looks like an encoded word; it is none, and nobody may"
        " decode it (RFC 2047 5)")

/* What RFC 6531 allows in a local part, and RFC 8264 and UTS 39 do not. */
PO_NOTE(LOCALPART_CONTROL, "localpart-control",
        "a control character (C1) stands in the local part")
PO_NOTE(LOCALPART_SEPARATOR, "localpart-separator",
        "a line or paragraph separator stands in the local part")
PO_NOTE(LOCALPART_FORMAT, "localpart-format",
        "an invisible format character stands in the local part, such as those"
        " that turn its direction")
PO_NOTE(LOCALPART_PRIVATE, "localpart-private",
        "a character for private use stands in the local part; others show"
        " something else")
PO_NOTE(LOCALPART_NONCHARACTER, "localpart-noncharacter",
        "a code point that is no character stands in the local part")
PO_NOTE(LOCALPART_MARK, "localpart-mark",
        "the local part begins with a combining mark, which is shown on what"
        " stands before it")
PO_NOTE(LOCALPART_NFC, "localpart-nfc",
        "the local part is not in Unicode's form NFC; who types it will write"
        " another one")
PO_NOTE(DOMAIN_SINGLE_LABEL, "domain-single-label",
        "the domain has one label; it is not known beyond its own site")
PO_NOTE(DOMAIN_NUMERIC, "domain-numeric",
        "the last label has digits alone; no top-level domain does")
PO_NOTE(DOMAIN_LITERAL, "domain-literal",
        "mail to an address literal goes to one host, whoever has it then")
PO_NOTE(LITERAL_IPV6_GROUP, "literal-ipv6-group",
        "a :: that stands for one group is deprecated; write the zero")
PO_CODE(LITERAL_UNCLOSED, "literal-unclosed", "5.1.3",
        "the address literal is not closed; end it with ]")
PO_CODE(LITERAL_IPV4, "literal-ipv4", "5.1.3",
        "an IPv4 literal is four numbers from 0 to 255, such as [192.0.2.1]")
PO_CODE(LITERAL_IPV6, "literal-ipv6", "5.1.3",
        "the IPv6 literal is not an IPv6 address; write it like"
        " [IPv6:2001:db8::1]")
PO_CODE(LITERAL_INVALID, "literal-invalid", "5.1.3",
        "an address literal is [192.0.2.1], [IPv6:...] or [tag:content]")

/* cc:Mail (Q184994). */
PO_CODE(CCMAIL_MAILBOX_EMPTY, "ccmail-mailbox-empty", "5.1.3",
        "the cc:Mail mailbox is empty; write MAILBOX at POSTOFFICE")
PO_CODE(CCMAIL_POSTOFFICE_EMPTY, "ccmail-postoffice-empty", "5.1.3",
        "the cc:Mail post office is empty; write MAILBOX at POSTOFFICE")
PO_CODE(CCMAIL_POSTOFFICE_MISSING, "ccmail-postoffice-missing", "5.1.3",
        "the cc:Mail address names no post office and nobody here has it;"
        " write MAILBOX at POSTOFFICE, with a space before and after the at")
PO_NOTE(CCMAIL_BARE, "ccmail-bare",
        "the cc:Mail address is a bare mailbox; only a directory knows its"
        " post office")
PO_CODE(CCMAIL_BRACKET, "ccmail-bracket", "5.1.3",
        "cc:Mail takes no square brackets in an address")

/* MS Mail: MS and PCM (Q116466), MSMAIL and MSA (Q116466). */
PO_CODE(MS_PART_MISSING, "ms-part-missing", "5.1.3",
        "an MS Mail address has three parts; write NETWORK/POSTOFFICE/MAILBOX,"
        " in PCM with backslashes")
PO_CODE(MS_PART_EMPTY, "ms-part-empty", "5.1.3",
        "a part of the MS Mail address is empty; write"
        " NETWORK/POSTOFFICE/MAILBOX")
PO_CODE(MS_PART_MANY, "ms-part-many", "5.1.3",
        "an MS Mail address has no more than three parts; write"
        " NETWORK/POSTOFFICE/MAILBOX")
PO_CODE(MS_PART_LENGTH, "ms-part-length", "5.1.3",
        "a part of the MS Mail address is longer than 10 characters")
PO_CODE(MS_MAILBOX_CHARACTER, "ms-mailbox-character", "5.1.3",
        "an MS Mail mailbox has only letters and digits")
PO_CODE(MSMAIL_SERVER_MISSING, "msmail-server-missing", "5.1.3",
        "the AppleTalk MS Mail address has no server; write MAILBOX@SERVER")
PO_CODE(MSMAIL_MAILBOX_EMPTY, "msmail-mailbox-empty", "5.1.3",
        "the AppleTalk MS Mail mailbox is empty; write MAILBOX@SERVER")

/* X.400 (RFC 1685, RFC 2156, Q116466). */
PO_CODE(X400_LABEL_MISSING, "x400-label-missing", "5.1.3",
        "an X.400 attribute is written label=value; in a value, double the"
        " character that divides the attributes")
PO_CODE(X400_LABEL_UNKNOWN, "x400-label-unknown", "5.1.3",
        "the label is no X.400 attribute's; write c, a, p, o, ou1, cn, s, g, i,"
        " q and their like, or dda:TYPE=VALUE")
PO_CODE(X400_DOLLAR, "x400-dollar", "5.1.3",
        "the address ends with a $, which quotes the character behind it;"
        " write $$ for itself")
PO_CODE(X400_TWICE, "x400-attribute-twice", "5.1.3",
        "an X.400 attribute stands twice; write each one once")
PO_CODE(X400_MANY, "x400-attribute-many", "5.1.3",
        "an X.400 address has no more than four units, four domain-defined"
        " attributes and six address lines")
PO_CODE(X400_MIXED, "x400-attribute-mixed", "5.1.3",
        "one thing is said in two ways; write either OU or OU1 to OU4, PN or"
        " G, I and S, PD-ADDRESS or PD-A1 to PD-A6")
PO_CODE(X400_DDA_TYPE, "x400-dda-type", "5.1.3",
        "a domain-defined attribute has a type; write dda:TYPE=VALUE")
PO_CODE(X400_DDA_PAIR, "x400-dda-pair", "5.1.3",
        "dda.type= and dda.value= stand together, in this order")
PO_CODE(X400_PERSONAL_NAME, "x400-personal-name", "5.1.3",
        "a personal name is written Given.I.Surname, or just Surname; or use"
        " G, I and S")
PO_CODE(X400_EMPTY, "x400-value-empty", "5.1.3",
        "an X.400 attribute is empty; leave it out")
PO_CODE(X400_LENGTH, "x400-value-length", "5.1.3",
        "the value of an X.400 attribute is longer than its bound")
PO_CODE(X400_CHARACTER, "x400-value-character", "5.1.3",
        "an X.400 value has only letters, digits, spaces and ' ( ) + , - . /"
        " : = ?; others are written (a) for @, (u) for _ or (ddd) in decimal")
PO_CODE(X400_DIGITS, "x400-value-digits", "5.1.3",
        "the value of this X.400 attribute has only digits")
PO_CODE(X400_COUNTRY, "x400-country", "5.1.3",
        "an X.400 country is two letters or three digits, such as c=us")
PO_CODE(X400_TERMINAL, "x400-terminal", "5.1.3",
        "an X.400 terminal is tlx, ttx, g3fax, g4fax, ia5 or vtx")
PO_NOTE(X400_DDA_MIXED, "x400-dda-mixed",
        "a domain-defined value has literal and encoded characters; write all"
        " of them as they are or all encoded")
PO_CODE(X400_UNIT_GAP, "x400-unit-gap", "5.1.3",
        "X.400 units are numbered from ou1 on without gaps")
PO_CODE(X400_COUNTRY_MISSING, "x400-country-missing", "5.1.3",
        "the X.400 address has no country; write c=, such as c=us")
PO_CODE(X400_ADMD_MISSING, "x400-admd-missing", "5.1.3",
        "the X.400 address has no ADMD; write a=, followed by one space where"
        " there is none")
PO_CODE(X400_SURNAME_MISSING, "x400-surname-missing", "5.1.3",
        "an X.400 address with g, i or q has a surname, too; write s=")
PO_CODE(X400_NAME_MISSING, "x400-name-missing", "5.1.3",
        "the X.400 address names nobody; add p, o, s or another attribute")

/* Lotus Notes (Q180517, Domino's help). */
PO_CODE(NOTES_NAME_EMPTY, "notes-name-empty", "5.1.3",
        "the Notes name is empty; write User/Unit/Org@Domain")
PO_CODE(NOTES_DOMAIN_EMPTY, "notes-domain-empty", "5.1.3",
        "a Notes domain is empty; write User/Unit/Org@Domain")
PO_CODE(NOTES_DOMAIN_LENGTH, "notes-domain-length", "5.1.3",
        "a Notes domain is longer than 31 characters")
PO_CODE(NOTES_NAME_LIST, "notes-name-list", "5.1.3",
        "a Notes address has one name; leave out the ; and what follows")
PO_CODE(NOTES_LEVEL_EMPTY, "notes-level-empty", "5.1.3",
        "a level of the Notes name is empty; write User/Unit/Org")
PO_CODE(NOTES_LEVEL_LENGTH, "notes-level-length", "5.1.3",
        "a level of the Notes name is too long; a user has 79 characters, a"
        " unit 32, an organization 64, a country 2")
PO_CODE(NOTES_LEVELS, "notes-levels", "5.1.3",
        "a Notes name has no more than a user, four units, an organization"
        " and a country")
PO_CODE(NOTES_LENGTH, "notes-length", "5.1.3",
        "the Notes address is longer than 255 octets")

/* GroupWise (Q240874). */
PO_CODE(GWISE_PART_MISSING, "gwise-part-missing", "5.1.3",
        "a GroupWise address has three parts; write DOMAIN.POSTOFFICE.OBJECT,"
        " or with the type GROUPWISE user.postoffice.domain")
PO_CODE(GWISE_PART_EMPTY, "gwise-part-empty", "5.1.3",
        "a part of the GroupWise address is empty; write"
        " DOMAIN.POSTOFFICE.OBJECT")
PO_CODE(GWISE_CHARACTER, "gwise-character", "5.1.3",
        "GroupWise domains and post offices have none of"
        " , * \" @ { } ( ) : . ;")

/* Fax (MAPI's address types, RFC 3192). */
PO_CODE(FAX_NUMBER_MISSING, "fax-number-missing", "5.1.3",
        "the fax address has no number; write NAME@NUMBER, such as"
        " Kim@+1 (206) 555-0100")
PO_CODE(FAX_PART_EMPTY, "fax-part-empty", "5.1.3",
        "a part of the fax address is empty; leave it out, with its | or @")
PO_CODE(FAX_PART_MANY, "fax-part-many", "5.1.3",
        "a fax address has no more than DIALABLE | NAME@NUMBER | SPECIAL")
PO_CODE(FAX_RECORDS, "fax-records", "5.1.3",
        "a fax address in records has four, name, building, office and"
        " number, each followed by \\x0d")
PO_CODE(FAX_NUMBER_CHARACTER, "fax-number-character", "5.1.3",
        "a fax number has digits, grouped by - . ( ) and spaces; after FAX="
        " only by . and -")
PO_CODE(FAX_NUMBER_GLOBAL, "fax-number-global", "5.1.3",
        "a fax number for the Internet begins with + and the country, such as"
        " FAX=+12065550100@domain")
PO_CODE(FAX_SUBADDRESS, "fax-subaddress", "5.1.3",
        "a fax subaddress (T33S=) has only digits")

/* UUCP (RFC 976). */
PO_CODE(UUCP_PATH_MISSING, "uucp-path-missing", "5.1.3",
        "a UUCP address names the hosts on the way; write host!user")
PO_CODE(UUCP_HOST_EMPTY, "uucp-host-empty", "5.1.3",
        "a host of the UUCP path is empty; write host!host!user")
PO_CODE(UUCP_USER_EMPTY, "uucp-user-empty", "5.1.3",
        "the UUCP address has no user; write host!user")
PO_CODE(UUCP_AMBIGUOUS, "uucp-ambiguous", "5.1.3",
        "a ! and an @ in one address have two readings; write a!b@c.d as"
        " c.d!a!b, or as a!c.d!b")
PO_CODE(UUCP_CHARACTER, "uucp-character", "5.1.3",
        "a UUCP path has only letters, digits and - _ . and no blanks")

/* EX and X500 (MS-OXOABK 2.2.1.1). */
PO_CODE(DN_SLASH_MISSING, "dn-slash-missing", "5.1.3",
        "a distinguished name begins with a slash, such as"
        " /o=Org/ou=Site/cn=Recipients/cn=Name")
PO_CODE(DN_LENGTH, "dn-length", "5.1.3",
        "the distinguished name is longer than 1123 octets")
PO_CODE(DN_LEVEL, "dn-level", "5.1.3",
        "a distinguished name has the levels /o=, /ou= and up to 14 /cn=, each"
        " with a name; write /o=Org/ou=Site/cn=Recipients/cn=Name")
PO_CODE(DN_LEVEL_LENGTH, "dn-level-length", "5.1.3",
        "a level of the distinguished name is longer than 64 characters")
PO_CODE(DN_CHARACTER, "dn-character", "5.1.3",
        "a distinguished name has only ASCII, without # $ ' ; ^ ` { } ~")
PO_CODE(DN_LIST, "dn-list", "5.1.3",
        "this is the name of an address list; write that of a mailbox")
PO_CODE(DN_SERVER, "dn-server", "5.1.3",
        "this is the name of a server; write that of a mailbox")
PO_NOTE(DN_LONG, "dn-long",
        "the distinguished name is longer than 256 characters; some systems"
        " will refuse it")

/* Encapsulation (MS-OXCMAIL 2.1.3.1.8 and 2.2.3.1.2). */
PO_CODE(NOT_ENCAPSULATED, "not-encapsulated", "",
        "the address carries no other address")
PO_CODE(ENCAPSULATION_TYPE, "encapsulation-type", "",
        "an address of this type cannot carry one of that type;"
        " encapsulate it in SMTP first")
PO_CODE(ENCAPSULATION_LENGTH, "encapsulation-length", "",
        "the address is too long for the attributes that would carry it")
PO_CODE(ENCAPSULATION_AMBIGUOUS, "encapsulation-ambiguous", "5.1.3",
        "more than one domain-defined attribute could carry the address")
PO_CODE(ENCAPSULATION_DEPTH, "encapsulation-depth", "5.1.3",
        "the address is carried in more shells than anybody needs")
PO_CODE(IMCEA_INVALID, "imcea-invalid", "5.1.3",
        "IMCEAINVALID marks what was never an address; it is not opened")
PO_CODE(IMCEA_ESCAPE, "imcea-escape", "5.1.3",
        "a + in an encapsulated address stands before two hex digits")
PO_CODE(IMCEA_CHARACTER, "imcea-character", "5.1.3",
        "an encapsulated address has only letters, digits, - = _ and +HH;"
        " some system on the way has changed it")

/* Deliveries. */
PO_CODE(RECIPIENT_NULL, "recipient-null", "5.1.3",
        "<> is nobody's address; only senders can be null")
PO_CODE(RECIPIENT_UNKNOWN, "recipient-unknown", "5.1.1",
        "nobody here has this address")
PO_CODE(RECIPIENT_GONE, "recipient-gone", "5.1.6",
        "whoever had this address has left")
PO_CODE(RECIPIENT_RESTRICTED, "recipient-restricted", "5.7.1",
        "the recipient takes no mail from this sender")
PO_CODE(RECIPIENT_SIZE, "recipient-size", "5.2.3",
        "the message is larger than the recipient takes")
PO_CODE(POSTOFFICE_UNKNOWN, "postoffice-unknown", "5.1.2",
        "no post office has this name; check its spelling")
PO_CODE(RELAY_DENIED, "relay-denied", "5.7.1",
        "an encapsulated address would leave for a foreign domain; only a"
        " sender who may relay can write to it")
PO_CODE(SENDER_UNSAYABLE, "sender-unsayable", "5.1.7",
        "the recipient's mail system cannot write the sender's address, so"
        " nobody could answer")
PO_CODE(SECRET_MISSING, "secret-missing", "4.3.0",
        "signatures of addresses cannot be made or read here now; try again"
        " later")
PO_CODE(ROUTE_LOOP, "route-loop", "5.4.6", "the address leads back to itself")
PO_CODE(ROUTE_MISSING, "route-missing", "5.4.4",
        "no way leads from here to this address; check its spelling")
PO_CODE(LIST_EMPTY, "list-empty", "5.1.1", "the list has no members")
PO_CODE(EXPANSION_LIMIT, "expansion-limit", "5.5.3",
        "the list has more members than one message may reach")
PO_CODE(CONNECTORS_DOWN, "connectors-down", "4.4.1",
        "every way to this address is down now; try again later")
PO_CODE(MESSAGE_LARGE, "message-large", "5.3.4",
        "the message is larger than any way to this address takes")
PO_CODE(SENDER_REFUSED, "sender-refused", "5.7.1",
        "no way to this address takes mail from this sender")
PO_CODE(FACT_MISSING, "fact-missing", "4.3.5",
        "it cannot be decided yet whether this address takes the message; try"
        " again later")
PO_CODE(ASK_FAILED, "ask-failed", "4.4.3",
        "a directory did not answer; try again later")
PO_CODE(ASK_IN_CALLBACK, "ask-in-callback", "4.3.0",
        "the policy asks where it cannot")
PO_CODE(POLICY_BUDGET, "policy-budget", "4.3.0",
        "the policy used more instructions than one address may")
PO_CODE(POLICY_MEMORY, "policy-memory", "4.3.0",
        "the policy used more memory than it may")
PO_CODE(POLICY_DEADLINE, "policy-deadline", "4.3.0",
        "the policy used more time than one address may")
PO_CODE(POLICY_ASKS, "policy-asks", "4.3.2",
        "too many questions of the policy wait for an answer")
PO_CODE(POLICY_ERROR, "policy-error", "4.3.0", "the policy failed")
PO_CODE(POLICY_REJECT, "policy-reject", "5.7.1",
        "the policy refuses this address")
PO_CODE(POLICY_DEFER, "policy-defer", "4.7.1",
        "the policy asks to try this address again later")
PO_CODE(POLICY_CLOSED, "policy-closed", "4.3.0", "the policy is closed")
PO_CODE(POLICY_INVALID, "policy-invalid", "", "the policy does not load")
PO_CODE(POLICY_DECLARATIONS, "policy-declarations", "",
        "the policy declares more than it may; the option declarations says how"
        " many bytes")
PO_CODE(FILE_UNREADABLE, "file-unreadable", "", "the file cannot be read")
PO_CODE(FILE_IRREGULAR, "file-irregular", "",
        "it is no regular file, such as a policy is read from")
PO_CODE(FILE_LARGE, "file-large", "", "it is larger than may be read")
PO_CODE(FILE_CHANGING, "file-changing", "",
        "it is being written; try again when that has ended")
PO_CODE(FILE_UNWRITABLE, "file-unwritable", "", "the file cannot be written")
PO_CODE(SNAPSHOT_FOREIGN, "snapshot-foreign", "",
        "it was compiled by another version, or on another kind of machine;"
        " compile it again")
PO_CODE(SNAPSHOT_DAMAGED, "snapshot-damaged", "4.3.0",
        "it is cut or damaged; compile it again")
PO_CODE(SNAPSHOT_DIFFERS, "snapshot-differs", "",
        "its script now declares something else; compile it again")
PO_CODE(PUBLICATION_DAMAGED, "publication-damaged", "",
        "what was published is cut or damaged; publish the policy again")
PO_CODE(POLICY_PUBLISHED, "policy-published", "",
        "it was published or compiled before; publish its script")
PO_CODE(POLICY_UNTESTED, "policy-untested", "",
        "the policy's own tests fail; the last good revision stays")
PO_CODE(POLICY_UNPROVEN, "policy-unproven", "",
        "the policy's own claims do not hold; the last good revision stays")
PO_CODE(POLICY_EMPTY, "policy-empty", "",
        "the policy declares nothing, as a file that is just being written")
PO_CODE(POLICY_TESTS_LOST, "policy-tests-lost", "",
        "the policy lost all tests or claims that the last good revision had")
PO_CODE(POLICY_UNFIT, "policy-unfit", "",
        "the policy says what a protocol that it is behind cannot")
PO_CODE(CONNECTOR_UNKNOWN, "connector-unknown", "",
        "no connector has this name")
PO_CODE(CLAIM_INVALID, "claim-invalid", "", "it is no claim about this policy")
PO_CODE(REWRITE_NOT_INJECTIVE, "rewrite-not-injective", "",
        "a rewrite that works both ways makes the same address of two; list"
        " these people as recipients, with both addresses as proxies")

/* Hosts (lua/postoffice/host). */
PO_CODE(WIRE_MISSING, "wire-missing", "4.3.5",
        "no way to this address says it in SMTP")
PO_CODE(NOT_REWRITTEN, "not-rewritten", "4.3.5",
        "the address was to be rewritten before it came here")
PO_CODE(EXPANSION_UNSAYABLE, "expansion-unsayable", "4.3.5",
        "the address leads to more than the mail server can be told")
PO_CODE(RECIPIENTS_FORGOTTEN, "recipients-forgotten", "4.3.0",
        "the recipients of this message are not known any more; try again")
PO_CODE(SIGNERS_SEVERAL, "signers-several", "4.3.5",
        "several connectors sign senders, each in its own way")
PO_CODE(HOST_FAILED, "host-failed", "4.3.0",
        "the policy cannot be asked now; try again later")

/* Exchange directories (lua/postoffice/exchange). */
PO_CODE(DN_RDN, "dn-rdn", "5.1.3",
        "a distinguished name is made of /name=value, such as"
        " /o=Org/ou=Site/cn=Recipients/cn=Name")
PO_CODE(DN_UNDECIDED, "dn-undecided", "",
        "only the directory knows whether this name is a mailbox's")
PO_CODE(IMCEA_WRAPPED, "imcea-wrapped", "",
        "a line break stands where the address could end; write it on one"
        " line, or between < and >")
PO_CODE(CARRIER_PLACE_MISSING, "carrier-place-missing", "",
        "an address of this type is carried inside another, and nobody said"
        " where; give the command --domain, --postoffice or --gateway")
PO_CODE(IMCEA_XTEXT, "imcea-xtext", "",
        "nobody can tell whether +2B is a plus of the name or of a DSN's"
        " encoding, which would have encoded = as well; take the address from"
        " the bounce's text")
PO_CODE(CSV_ROW, "csv-row", "",
        "a row of the CSV file cannot be read, nor any after it; mend it and"
        " read the file again")
PO_CODE(PROXY_VALUE, "proxy-value", "",
        "a proxy address is a text or the table of an address")
PO_CODE(PROXY_MISSING, "proxy-missing", "", "the set has no such address")
PO_CODE(PROXY_DUPLICATE, "proxy-duplicate", "",
        "the set has this address already, maybe in another spelling")
PO_CODE(PROXY_PRIMARY_MISSING, "proxy-primary-missing", "",
        "no address of the type is primary; write one prefix in upper case")
PO_CODE(PROXY_PRIMARY_SEVERAL, "proxy-primary-several", "",
        "several addresses of the type are primary; write all prefixes but"
        " one in lower case")
PO_CODE(PROXY_SEPARATOR, "proxy-separator", "",
        "an address would be cut at this separator; take another, such as a"
        " line break, or %, which a backslash protects")
PO_CODE(PROXY_BLANK, "proxy-blank", "",
        "a blank stands after the type's colon or at an end; remove it")
PO_CODE(PROXY_LONG, "proxy-long", "",
        "the address is longer than the 256 characters that a directory takes")
PO_CODE(PROXY_CHARACTER, "proxy-character", "",
        "a directory in the cloud takes no SMTP address with a blank or one of"
        " < > ( ) ; , [ ] and quotes")
PO_CODE(PROXY_DOMAIN_SHORT, "proxy-domain-short", "",
        "the domain has no dot, so that no other system finds it; write it"
        " whole, such as contoso.example")
PO_CODE(PROXY_DOMAIN_LOCAL, "proxy-domain-local", "",
        "the domain is for a network of one's own, so that no other system"
        " finds it; write one that is registered")
PO_CODE(PROXY_CROWDED, "proxy-crowded", "",
        "the address and the twenty with numbers after it are taken; choose"
        " one by hand, or make the template tell more people apart")
PO_CODE(TEMPLATE_TYPE, "template-type", "",
        "a template begins with the type of the addresses that it makes, such"
        " as SMTP:%g.%s@example.com")
PO_CODE(TEMPLATE_ITEM, "template-item", "",
        "behind a % stands s, g, i, d or m, with a number before it if need"
        " be, or r and two characters, or another %")
PO_CODE(TEMPLATE_NAME, "template-name", "",
        "the template names nobody; write %s, %g, %i, %d or %m where a name"
        " belongs")
PO_CODE(TEMPLATE_LENGTH, "template-length", "",
        "a template has 1024 bytes at most")
PO_CODE(TEMPLATE_NOBODY, "template-nobody", "",
        "the person has none of the names that the template asks for")
PO_CODE(TEMPLATE_LETTERS, "template-letters", "",
        "the names that the template asks for have no character that can stand"
        " in such an address")
PO_CODE(TEMPLATES_MISSING, "templates-missing", "",
        "the policy has no templates; write"
        " templates { \"SMTP:%g.%s@example.com\" }")
PO_CODE(NOTESMAP_RULE, "notesmap-rule", "",
        "a rule reads Name = what it is made of: texts in quotes, attributes"
        " and functions with their arguments")
PO_CODE(GWART_LINE, "gwart-line", "",
        "a line of a routing table reads TYPE,space;,cost,connector,")
PO_CODE(GWART_NAME, "gwart-name", "",
        "a routing table separates by commas; a connector whose name holds one"
        " or begins or ends with a blank cannot stand there")
PO_CODE(GWART_SPACE, "gwart-space", "",
        "a routing table cannot say this space: *, ? and % are wildcards in it,"
        " and what reads as a cost, or a line end, would end it")
PO_CODE(LDIF_LINE, "ldif-line", "",
        "a line of LDIF reads name: value, or name:: and base 64")
PO_CODE(LDIF_VALUE, "ldif-value", "",
        "a value of LDIF stands behind name: or, in base 64, behind name::")
PO_CODE(LDIF_RECORDS, "ldif-records", "",
        "several records have the attribute; pass them one by one")

/* X.400 and SMTP (RFC 2156, lua/postoffice/mixer). */
PO_CODE(MIXER_CHARACTER, "mixer-character", "5.1.3",
        "only ASCII can be carried in an X.400 attribute")
PO_CODE(MIXER_LENGTH, "mixer-length", "5.1.3",
        "the address is longer than the 512 octets that X.400 can carry")
PO_CODE(MIXER_GATEWAY_MISSING, "mixer-gateway-missing", "5.4.4",
        "no rule covers the address; name the gateway that carries it, in the"
        " option gateway or domain")
PO_CODE(MIXER_NAME, "mixer-name", "",
        "a personal name as one word is Surname, Given.Surname or"
        " Given.I.I.Surname")
PO_CODE(MCGAM_LINE, "mcgam-line", "",
        "a rule is written domain#O$org.PRMD$prmd.ADMD$admd.C$cc# or the"
        " other way round")
PO_CODE(MCGAM_ATTRIBUTES, "mcgam-attributes", "",
        "a rule has one C, at most one ADMD, PRMD and O, and at most four OU")

/* Local parts (lua/postoffice/localpart). */
PO_CODE(LOCALPART_PLAIN, "localpart-plain", "",
        "nothing of the kind stands in the local part")
PO_CODE(SIGNATURE_INVALID, "signature-invalid", "5.1.1",
        "the address is signed by no key that is known here, or was changed on"
        " the way")
PO_CODE(SIGNATURE_EXPIRED, "signature-expired", "5.1.1",
        "the address was signed too long ago; answers come sooner")

/* Ways (lua/postoffice/routes). */
PO_CODE(ROUTE_AMBIGUOUS, "route-ambiguous", "5.1.3",
        "the hosts on the way can be read in several orders; say which with"
        " the option precedence, such as { precedence = \"@%!\" }")
PO_CODE(ROUTE_HOST, "route-host", "5.1.3",
        "a host on the way has only letters, digits and - _ . or is an address"
        " literal; write host!user, user%host or user@host")
PO_CODE(ROUTE_DOMAIN_MISSING, "route-domain-missing", "5.1.3",
        "the path begins with a host, which is no domain; pass"
        " { zone = \"uucp\" } to write it as host.uucp")
PO_CODE(PERCENT_ELSEWHERE, "percent-elsewhere", "",
        "only the domain of an address may open its local part; name it in the"
        " option at if it is yours")

/* The command (lua/postoffice/cli). */
PO_CODE(FIELD_INVALID, "field-invalid", "",
        "this is no field of a header; write a name, a colon and a value")
PO_CODE(FIELD_LENGTH, "field-length", "",
        "the field is longer than the 1 MiB that are read")
