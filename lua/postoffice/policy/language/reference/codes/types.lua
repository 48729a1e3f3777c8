--- Causes and remedies of the codes of the other types of addresses, and of what carries them.
-- Each has the cause, how it comes about, and the remedy, what to do.
-- @module postoffice.policy.language.reference.codes.types

return {
  ["ccmail-mailbox-empty"] = {
    "nothing stands before the word at",
    "write the user's name: Lee, Kim at HQ",
  },
  ["ccmail-postoffice-empty"] = {
    "nothing stands after the word at",
    "write the post office, as cc:Mail's directory has it",
  },
  ["ccmail-postoffice-missing"] = {
    "a bare name of cc:Mail, which only a directory can place, and nobody here has it",
    "write NAME at POSTOFFICE; or add the name to somebody's proxies",
  },
  ["ccmail-bare"] = {
    "the name has no post office; a policy finds it if exactly one entry has the name",
    "nothing; write NAME at POSTOFFICE where it is known",
  },
  ["ccmail-bracket"] = {
    "[ or ] stands in the address, often of a one-off that was read twice",
    "take the address out of its brackets",
  },
  ["ms-part-missing"] = {
    "a network, a post office or a mailbox is missing",
    "write NETWORK/POSTOFFICE/MAILBOX",
  },
  ["ms-part-empty"] = { "two separators follow each other", "write NETWORK/POSTOFFICE/MAILBOX" },
  ["ms-part-many"] = {
    "the text has a fourth part, often of a foreign address that is reached by a gateway",
    "write the gateway's own form, or encapsulate the address",
  },
  ["ms-part-length"] = {
    "MS Mail's names have 10 characters at most",
    "correct the name; it may be of another type",
  },
  ["ms-mailbox-character"] = {
    "MS Mail's mailboxes are letters and digits",
    "correct the name; it may be the display name",
  },
  ["msmail-server-missing"] = { "the server of AppleTalk is missing", "write MAILBOX@SERVER" },
  ["msmail-mailbox-empty"] = { "nothing stands before the @", "write MAILBOX@SERVER" },
  ["x400-label-missing"] = {
    "a piece between semicolons has no =, or a value has a ; in it",
    "write label=value; double a ; that is part of a value",
  },
  ["x400-label-unknown"] = {
    "a label is misspelt, or of another product's form",
    "write c, a, p, o, ou1 to ou4, s, g, i, q, cn, or dda:TYPE=VALUE; `postoffice help X400`"
      .. " lists all",
  },
  ["x400-dollar"] = { "a $ at the end quotes nothing", "write $$" },
  ["x400-attribute-twice"] = {
    "c=us;c=de: two of one kind",
    "keep one; units are ou1, ou2, ou3, ou4",
  },
  ["x400-attribute-many"] = {
    "X.400 has four units, four DDAs and six lines of a postal address",
    "leave out what is too many",
  },
  ["x400-attribute-mixed"] = {
    "the same is said twice in two forms, which could differ",
    "keep one form",
  },
  ["x400-dda-type"] = { "dda:=value has no type", "write dda:RFC-822=kim(a)example.com" },
  ["x400-dda-pair"] = {
    "one of dda.type and dda.value is missing, or they are in the other order",
    "write both, type first; or dda:TYPE=VALUE",
  },
  ["x400-personal-name"] = {
    "PN has more parts than given name, initial and surname",
    "use g=, i= and s=",
  },
  ["x400-value-empty"] = {
    "c=; or s=; without a value; only a= may be one space",
    "leave the attribute out",
  },
  ["x400-value-length"] = {
    "a value is longer than its bound, such as 16 for PRMD or 40 for a surname",
    "shorten it, as the other system's directory has it",
  },
  ["x400-value-character"] = {
    "@, _ or a letter that is not ASCII stands in a value of PrintableString",
    "write (a), (u), or the number: (126); postoffice.mixer does it",
  },
  ["x400-value-digits"] = { "X.121 and UA identifiers are numbers", "write digits alone" },
  ["x400-country"] = {
    "a country's name, or a code of another kind",
    "write the two letters of ISO 3166, c=us, or the three digits of X.121",
  },
  ["x400-terminal"] = {
    "a terminal type that X.400 does not have",
    "write tlx, ttx, g3fax, g4fax, ia5 or vtx",
  },
  ["x400-dda-mixed"] = {
    "some characters of the value are encoded, (a), and others are not, so that a literal (a)"
      .. " cannot be told from one",
    "write all of it as it is, or encode all of it",
  },
  ["x400-unit-gap"] = { "ou3 without ou2", "number the units from ou1 on" },
  ["x400-country-missing"] = { "the address has no c=", "add c=, as your carrier gave it" },
  ["x400-admd-missing"] = {
    "the address has no a=; a private network has one space there",
    "write a= followed by a space and ;",
  },
  ["x400-surname-missing"] = { "a given name or an initial stands alone", "add s=" },
  ["x400-name-missing"] = {
    "country and carrier are there, and no organization or person",
    "add p=, o=, s= or another attribute",
  },
  ["notes-name-empty"] = { "nothing stands before the @", "write User/Unit/Org@Domain" },
  ["notes-domain-empty"] = { "nothing stands after an @", "write User/Unit/Org@Domain" },
  ["notes-domain-length"] = { "a Notes domain has 31 characters at most", "correct the name" },
  ["notes-name-list"] = {
    "two names stand in one address, divided by a ;",
    "write them as two addresses",
  },
  ["notes-level-empty"] = {
    "two slashes follow each other, or one stands at an end",
    "write User/Unit/Org",
  },
  ["notes-level-length"] = {
    "a user has 79 characters at most, a unit 32, an organization 64, a country 2",
    "correct the name",
  },
  ["notes-levels"] = { "there are more than four units", "correct the name" },
  ["notes-length"] = { "the whole address has more than 255 octets", "shorten it" },
  ["gwise-part-missing"] = {
    "a domain, a post office or a user is missing",
    "write DOMAIN.POSTOFFICE.USER; of the type GROUPWISE the other way round",
  },
  ["gwise-part-empty"] = { "two dots follow each other, or one stands at an end", "correct it" },
  ["gwise-character"] = {
    "a character stands in a name that GroupWise does not take",
    "correct the name",
  },
  ["fax-number-missing"] = { "the address has a name and no number", "write NAME@NUMBER" },
  ["fax-part-empty"] = {
    "a separator, | or @, stands beside nothing",
    "leave the separator out",
  },
  ["fax-part-many"] = {
    "there are more parts than a number, a name and something special",
    "write DIALABLE | NAME@NUMBER | SPECIAL",
  },
  ["fax-records"] = {
    "an address in records has another number of them than four",
    "write name, building, office and number, each followed by \\x0d",
  },
  ["fax-number-character"] = {
    "a letter or a sign stands in the number",
    "write digits, grouped by - . ( ) and blanks",
  },
  ["fax-number-global"] = {
    "a number of one country is used where the whole world reads it",
    "begin with + and the country's number",
  },
  ["fax-subaddress"] = {
    "T33S= has something else than digits",
    "write the digits that the machine shows",
  },
  ["uucp-path-missing"] = { "there is a user and no host, or no !", "write host!user" },
  ["uucp-host-empty"] = {
    "two ! follow each other, or the path begins with one",
    "write host!host!user",
  },
  ["uucp-user-empty"] = { "the path ends with !", "write host!user" },
  ["uucp-ambiguous"] = {
    "a!b@c.d: mailers of the 1980s went to a first, those of today go to c.d first",
    "write c.d!a!b or a!c.d!b, as it is meant; postoffice.routes converts",
  },
  ["uucp-character"] = { "a host or user of UUCP has a blank or a sign in it", "correct it" },
  ["dn-slash-missing"] = { "o=Org/ou=Site without the first slash", "write /o=Org/..." },
  ["dn-length"] = { "the name is longer than Exchange takes", "look where the text was cut out" },
  ["dn-level"] = {
    "a level is called otherwise than o, ou or cn, or there are more than 14 cn",
    "write /o=Org/ou=Site/cn=Recipients/cn=Name",
  },
  ["dn-level-length"] = {
    "a name between slashes is longer than 64 characters",
    "look where the text was cut out",
  },
  ["dn-character"] = {
    "# $ ' ; ^ ` { } ~ or a letter that is not ASCII stands in the name; Exchange writes other"
      .. " signs for them",
    "take the name as legacyExchangeDN has it, not the display name",
  },
  ["dn-list"] = { "the name ends in an address list's own level", "take the name of a mailbox" },
  ["dn-server"] = {
    "the name is a server's: .../cn=Configuration/cn=Servers/cn=...",
    "take the name of a mailbox",
  },
  ["dn-long"] = {
    "the name is longer than 256 characters",
    "nothing, unless a system refuses it",
  },
  ["not-encapsulated"] = {
    "decapsulate was asked of an address in which no other one is",
    "nothing: the address is what it says",
  },
  ["encapsulation-type"] = {
    "not every type has a way to carry every other one",
    "carry it in SMTP first, at a domain of yours",
  },
  ["encapsulation-length"] = {
    "X.400's attributes hold 128 characters each, and these are full",
    "carry it in SMTP, or use a shorter address",
  },
  ["encapsulation-ambiguous"] = {
    "the X.400 address that is to carry has more than one DDA that could",
    "leave one DDA, with its type and no value",
  },
  ["encapsulation-depth"] = {
    "somebody built an address in an address more than sixteen deep",
    "refuse it: no mail system makes such",
  },
  ["imcea-invalid"] = {
    "Exchange could not encapsulate some address and marked it so",
    "find out who was meant; the address is lost",
  },
  ["imcea-escape"] = {
    "a + stands before something else than two hex digits; the bounce was cut or changed",
    "copy the address again, from the raw message",
  },
  ["imcea-character"] = {
    "a form, a web page or a mailer changed the address on its way",
    "copy the address again, from the raw message",
  },
}
