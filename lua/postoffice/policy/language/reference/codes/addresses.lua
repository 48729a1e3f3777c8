--- Causes and remedies of the codes of texts, notations and Internet addresses.
-- Each has the cause, how it comes about, and the remedy, what to do.
-- @module postoffice.policy.language.reference.codes.addresses

return {
  ["address-empty"] = {
    "the text is empty, or has nothing but white space and comments",
    "give an address; of a file, look for an empty column",
  },
  ["address-length"] = {
    "the text is longer than any mail system takes; often two fields, or a whole header, were"
      .. " read as one address",
    "look where the text was cut out; parse_list reads what is a list",
  },
  ["control-character"] = {
    "the text has a byte below 32 or 127 in it, often a line break or a tab of a file that was"
      .. " split wrongly, or somebody tries to smuggle in a command",
    "cut the text out again; never just remove the character from what a stranger sent",
  },
  ["utf8-invalid"] = {
    "the text is in Latin-1, Windows-1252 or another character set, or was cut in the middle"
      .. " of a character",
    "convert the file to UTF-8 (iconv -f WINDOWS-1252 -t UTF-8)",
  },
  ["scratch-full"] = {
    "a C program gave less memory than PO_SCRATCH_FOR asks for",
    "give PO_SCRATCH_FOR(length) bytes; from Lua it cannot happen",
  },
  ["type-ambiguous"] = {
    "a bare user@domain at place could be an odd Internet address or a cc:Mail one, and only"
      .. " what is certain is guessed",
    "write [CCMAIL:...], or say the type by the option type or --type",
  },
  ["type-missing"] = {
    "the text has neither a type before a colon nor the form of an Internet address",
    "write TYPE: before it, or say the type by the option type or --type",
  },
  ["type-unknown"] = {
    "the word before the colon is no type that is known here: a slip of the key, or a type"
      .. " that a program defines and this one does not",
    "correct the word; require postoffice.types for PROFS, SNADS, MHS, SIP and EUM; or carry"
      .. " it whole by unknown = true (--unknown)",
  },
  ["address-uri"] = {
    "a link was taken for an address, such as mailto:kim@example.com",
    "take what stands after mailto:, up to a ?, and decode its %HH",
  },
  ["address-dn"] = {
    "an old name of Exchange stands where an SMTP address was asked for",
    "leave the type open, or write EX: before it",
  },
  ["type-mismatch"] = {
    "the option type asks for one type, and the address says another",
    "leave the type out, or convert the address first (postoffice convert)",
  },
  ["type-invalid"] = {
    "what stands before the colon has a character that no type has",
    "correct it; a type is letters, digits and . & _ -",
  },
  ["type-grammar"] = {
    "the text is not as the grammar of a type asks that postoffice.define made",
    "write it as that type's examples show; or correct the grammar",
  },
  ["type-check"] = {
    "the check of a type that postoffice.define made refuses it",
    "see what that definition's check says",
  },
  ["field-type"] = {
    "a program made the table of an address with a number, a boolean or a table in a field",
    "make it a text; primary alone is false or absent",
  },
  ["notation-type"] = {
    "the notations header and path are SMTP's alone",
    "write it as proxy or oneoff, or encapsulate it in SMTP first",
  },
  ["format-unreadable"] = {
    "a field has a character that would end it when the text is read again, so that another"
      .. " address would come back",
    "correct the field; a notation with quotes, such as oneoff, may do",
  },
  ["oneoff-missing"] = {
    "the notation oneoff was asked for, and the text has no [TYPE:address]",
    "write the brackets, or leave the notation open",
  },
  ["oneoff-unclosed"] = { "the text was cut, or its ] is missing", "end it with ]" },
  ["oneoff-text-after"] = {
    "several addresses stand in a row, or a comment follows",
    "part the list first; a name stands before the [",
  },
  ["comment-unclosed"] = {
    "the text was cut, or a ( stands alone, as in :(",
    "close it, or quote the name",
  },
  ["quote-unclosed"] = {
    'the text was cut, or a " stands alone',
    "close it, or put a backslash before a quote that is meant",
  },
  ["angle-unclosed"] = { "the text was cut, or its > is missing", "end it with >" },
  ["mailbox-character"] = {
    "a name has a character that only quotes allow, such as , ; : @ or a bracket",
    "put the name in double quotes",
  },
  ["mailbox-text-after"] = {
    "words follow the address, such as a second name or a remark",
    "put the remark in ( ), or read the text as a list",
  },
  ["mailbox-several"] = {
    "a comma divides addresses where one is asked for",
    "use parse_list (parse --list)",
  },
  ["mailbox-group"] = {
    "a name and a colon stand before the addresses, as Team: a@b.example;",
    "use parse_list (parse --list), or quote a name with a colon",
  },
  ["mailbox-bracket"] = {
    "an address stands in square brackets without a type, as some clients show it",
    "write <user@domain>, or [SMTP:user@domain]; the profile lenient takes it as it is",
  },
  ["path-angle-missing"] = {
    "the notation path was asked for, which is what SMTP has after MAIL FROM: and RCPT TO:",
    "write <user@domain>",
  },
  ["route-invalid"] = {
    "a source route before the address is not a list of @domain",
    "write <@a.example,@b.example:user@domain>, or leave the route out",
  },
  ["encoded-word-charset"] = {
    "a client used a character set that neither this library nor the system's iconv knows",
    "nothing: the word stays readable as it was sent",
  },
  ["encoded-word-unsafe"] = {
    "its base64 or its bytes are broken, or it hides characters that turn the direction of"
      .. " writing",
    "nothing: it is kept as it was sent, so that nobody is fooled",
  },
  ["white-space"] = {
    "blanks were copied along with the address",
    "remove them; the profile header takes them",
  },
  ["cfws-near-at"] = {
    "kim @ example.com: somebody typed blanks or a comment around the @",
    "remove them; the profile obsolete takes them",
  },
  ["comment"] = {
    "headers may have (comments), SMTP commands may not",
    "leave it out; the profile header takes it",
  },
  ["fold"] = {
    "a long header was cut over several lines and not joined again",
    "join the lines; the profile header takes them",
  },
  ["fold-lf"] = {
    "a message was stored with Unix line ends",
    "nothing; or write CRLF where it is sent",
  },
  ["obsolete-fold"] = {
    "a line of a folded header is blank",
    "join the lines; the profile obsolete takes it",
  },
  ["obsolete-control"] = {
    "an old client left a control character in a name or a comment",
    "remove it; the profile obsolete takes it",
  },
  ["obsolete-phrase"] = {
    "John Q. Public without quotes, as most people write it",
    "quote the name; the profile obsolete takes it",
  },
  ["obsolete-localpart"] = {
    '"kim".lee or kim . lee, as headers before 2001 could have it',
    'write "kim.lee" or kim.lee; the profile obsolete takes it',
  },
  ["obsolete-domain"] = {
    "blanks or comments stand around a dot of the domain",
    "remove them; the profile obsolete takes it",
  },
  ["obsolete-route"] = {
    "<@a.example:kim@b.example>, the way that hosts of the 1980s went",
    "leave the route out; every host knows its own way today",
  },
  ["obsolete-list"] = {
    "two commas follow each other, or the list begins or ends with one",
    "remove the comma; the profile obsolete takes it",
  },
  ["localpart-dots"] = {
    "a local part begins or ends with a dot, or has two in a row; some Japanese carriers gave"
      .. " such addresses out",
    'write "a..b"@domain; the profile lenient takes it as it is',
  },
  ["list-semicolon"] = {
    "Outlook writes semicolons between addresses",
    "write commas; the profile lenient takes it as it is",
  },
  ["name-comma"] = {
    "Lee, Kim <kim@example.com>: a name with a comma is not quoted",
    'write "Lee, Kim" <...>; the profile lenient takes it as it is',
  },
  ["name-colon"] = {
    "Re: Kim <kim@example.com>: a name with a colon is not quoted",
    "quote the name; the profile lenient takes it as it is",
  },
  ["name-bare"] = {
    '"Kim" kim@example.com: angle brackets are missing',
    'write "Kim" <kim@example.com>; the profile lenient takes it as it is',
  },
  ["encoded-word-loose"] = {
    "a client encoded names in another way than RFC 2047 allows",
    "nothing when reading with the profile lenient; else encode the name anew",
  },
  ["name-address"] = {
    "kim@example.com <kim@example.com>: an address is used as a name without quotes",
    "quote it, or leave it out; the profile lenient takes it as it is",
  },
  ["group-unclosed"] = {
    "Team: kim@example.com without a ; at the end",
    "end the group with ;; the profile lenient takes it as it is",
  },
  ["bracket-unpaired"] = {
    "a < or > was lost or doubled on the way",
    "correct it; the profile lenient takes it as it is",
  },
  ["bracket-square"] = {
    "Kim [kim@example.com], as Outlook shows addresses",
    "write < >; the profile lenient takes it as it is",
  },
  ["angle-list"] = {
    "<a@x.example, b@x.example>",
    "give each its own brackets; the profile lenient takes it as it is",
  },
  ["domain-absent"] = {
    "a bare name such as kim, of a system where everybody has the same domain",
    "add @ and the domain; the profile lenient takes it as it is",
  },
  ["domain-trailing-dot"] = {
    "a name from DNS was copied, where the last dot means the root",
    "remove the dot; the profile lenient takes it as it is",
  },
  ["address-mailto"] = {
    "a link was copied from a web page",
    "remove mailto:; the profile lenient takes it as it is",
  },
  ["localpart-empty"] = {
    "nothing stands before the @",
    "write the user's name; for all of a domain write a pattern, \"SMTP:*@example.com\", in a"
      .. " policy",
  },
  ["localpart-dot"] = {
    "a dot stands at the beginning, at the end, or beside another dot",
    'correct it; if the address is really so, write "a..b"@domain',
  },
  ["localpart-character"] = {
    "a blank, a comma, a bracket or another character stands in the local part without quotes",
    "correct it; if the address is really so, put the local part in double quotes",
  },
  ["localpart-tab"] = { "a tab came along when the text was cut out of a table", "remove it" },
  ["localpart-ascii-control"] = { "a control character stands in quotes", "remove it" },
  ["localpart-pair"] = {
    "a backslash stands before a letter that is not ASCII",
    "remove the backslash",
  },
  ["localpart-length"] = {
    "encapsulated names and signed senders may be longer than the 64 octets that RFC 5321"
      .. " allows; they can be read, not judged well",
    "shorten it, if it is yours; parse reads it all the same",
  },
  ["domain-missing"] = {
    "there is no @, or nothing after it; often the name of a user alone, or a cc:Mail or Notes"
      .. " name without its type",
    "write user@domain; or write the type, such as CCMAIL:",
  },
  ["domain-label-empty"] = {
    "two dots follow each other, or the domain begins or ends with one",
    "remove the dot",
  },
  ["domain-character"] = {
    "a blank, a comma or another sign stands in the domain",
    "correct it; often the end of the address was cut in the wrong place",
  },
  ["domain-decimal"] = { "user@#3232235777, the number of a host", "write user@[192.0.2.1]" },
  ["domain-label-character"] = {
    "an underscore or another character stands in a label; hosts may be called so in some"
      .. " networks, mail domains may not",
    "correct the name",
  },
  ["domain-label-hyphen"] = { "a label such as -a or a-", "correct the name" },
  ["domain-label-length"] = {
    "a label has more than 63 octets, which DNS cannot hold",
    "correct the name",
  },
  ["domain-length"] = {
    "the domain has more than 255 octets, which DNS cannot hold",
    "correct the name",
  },
  ["domain-label-reserved"] = {
    "ab--cd: only labels of other scripts, xn--, may have two hyphens there",
    "correct the name",
  },
  ["domain-label-alabel"] = {
    "xn-- and text that was not made by IDNA, often typed by hand or cut",
    "write the domain in its own letters, or make the A-label anew",
  },
  ["domain-label-disallowed"] = {
    "a sign, an emoji, or a letter that looks like another stands in the domain; registries"
      .. " give none out",
    "correct the name: often it was copied from formatted text",
  },
  ["domain-label-unassigned"] = {
    "the character is newer than the version of Unicode of this build (postoffice.UNICODE)",
    "build with a newer libidn2, or write the A-label",
  },
  ["domain-label-context"] = {
    "a middle dot, an apostrophe of Hebrew or a digit of one script stands where it has no"
      .. " meaning",
    "correct the name",
  },
  ["domain-label-mark"] = {
    "a combining accent begins the label; its letter was lost",
    "write the letter before it",
  },
  ["domain-label-bidi"] = {
    "letters of Hebrew or Arabic and others are mixed so that two readings are possible",
    "correct the name; each label is of one direction",
  },
  ["idn-missing"] = {
    "this build was made without libidn2, or with IDN2=no",
    "write xn--...; or install libidn2-dev and libunistring-dev and build again",
  },
  ["idn-memory"] = {
    "the process has no memory left",
    "look at what takes it; nothing is wrong with the address",
  },
  ["idn-unchecked"] = {
    "this build was made without libidn2",
    "nothing; build with libidn2 to have it checked",
  },
  ["mailbox-length"] = {
    "the address has more than 254 octets, which no SMTP path can hold",
    "shorten it",
  },
  ["localpart-quoted"] = {
    "the address needs quotes, which many forms and servers do not take",
    "if it is yours, give its owner another address, too",
  },
  ["localpart-encoded-word"] = {
    "=?utf-8?...?= stands where an address is: a client encoded what it should not",
    "ask for the address again; it is taken letter by letter",
  },
  ["localpart-control"] = {
    "a C1 control character, often Windows-1252 read as Latin-1",
    "convert the text to UTF-8 anew",
  },
  ["localpart-separator"] = {
    "a line or paragraph separator of Unicode was copied along",
    "remove it",
  },
  ["localpart-format"] = {
    "an invisible character, such as a zero-width space or one that turns the direction, was"
      .. " copied along or hides something",
    "remove it; be careful with what a stranger sent",
  },
  ["localpart-private"] = {
    "a character of a font of somebody's own",
    "ask for the address again",
  },
  ["localpart-noncharacter"] = {
    "bytes that are no text were read as text",
    "look where the text comes from",
  },
  ["localpart-mark"] = { "an accent was cut from its letter", "write the letter before it" },
  ["localpart-nfc"] = {
    "macOS and some keyboards write a letter and its accent as two characters",
    "write it as one; both are other addresses to many servers",
  },
  ["domain-single-label"] = {
    "localhost, or a host of one's own network",
    "write the whole domain",
  },
  ["domain-numeric"] = {
    "an address of IP without its brackets, or a version number",
    "write user@[192.0.2.1]",
  },
  ["domain-literal"] = {
    "user@[192.0.2.1] names a machine",
    "write a domain, where there is one",
  },
  ["literal-ipv6-group"] = {
    "[IPv6:2001:db8::1:2:3:4:5:6], in which :: stands for one zero",
    "write the zero",
  },
  ["literal-unclosed"] = { "the text was cut, or its ] is missing", "end it with ]" },
  ["literal-ipv4"] = { "a number is above 255, or there are not four", "correct it" },
  ["literal-ipv6"] = {
    "the address of IP has a wrong digit, or too many groups",
    "write it like [IPv6:2001:db8::1]",
  },
  ["literal-invalid"] = {
    "something else stands in the brackets, such as a domain",
    "write the domain without brackets",
  },
}
