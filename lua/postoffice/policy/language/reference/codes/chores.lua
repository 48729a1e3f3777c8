--- Causes and remedies of the codes of Exchange's chores, of mappings, local parts, ways and headers.
-- Each has the cause, how it comes about, and the remedy, what to do.
-- @module postoffice.policy.language.reference.codes.chores

return {
  ["dn-rdn"] = {
    "a piece between slashes is not name=value",
    "copy the name again; write /o=Org/ou=Site/cn=Recipients/cn=Name",
  },
  ["dn-undecided"] = {
    "the name could be a mailbox's, a list's or a server's",
    "look it up in the directory",
  },
  ["imcea-wrapped"] = {
    "a bounce breaks the line within the name, and it may end there or go on",
    "take the address from the raw message, or put it on one line",
  },
  ["carrier-place-missing"] = {
    "an address is to be carried in another type, and nobody said in which domain, post office"
      .. " or gateway",
    "give --domain, --postoffice or --gateway",
  },
  ["imcea-xtext"] = {
    "the name was in a delivery status report's xtext, and is not encoded as RFC 3461 asks, so"
      .. " that a + has two meanings",
    "take the address from the bounce's text",
  },
  ["csv-row"] = {
    "a quote is not closed, or stands within a field without being doubled",
    "correct the row; save the file as CSV again",
  },
  ["proxy-value"] = {
    "a program passed something else than a text or an address",
    'pass "SMTP:kim@example.com" or a table',
  },
  ["proxy-missing"] = {
    "what is to be removed or made primary is not in the set",
    "look at its spelling; tostring(set) shows all",
  },
  ["proxy-duplicate"] = {
    "the address is there already, maybe in other letter case",
    "nothing: leave it out",
  },
  ["proxy-primary-missing"] = {
    "all prefixes of a type are in lower case",
    "write one in upper case: SMTP:",
  },
  ["proxy-primary-several"] = {
    "two prefixes of a type are in upper case",
    "write all but one in lower case: smtp:",
  },
  ["proxy-separator"] = {
    "an address holds the character by which the list would be joined",
    "take another separator, such as a line break",
  },
  ["proxy-blank"] = { "SMTP: kim@example.com, or a blank at the end", "remove the blank" },
  ["proxy-long"] = {
    "the address has more than 256 characters",
    "shorten it; a directory refuses it",
  },
  ["proxy-character"] = {
    "a character stands in it that Exchange Online and Entra ID refuse",
    "remove it, or leave the address out",
  },
  ["proxy-domain-short"] = { "kim@contoso: the domain has no dot", "write the whole domain" },
  ["proxy-domain-local"] = {
    ".local, .internal and the like are found by nobody outside",
    "write a registered domain",
  },
  ["proxy-crowded"] = {
    "so many people have the same name that all of the template's numbers are taken",
    "choose by hand, or add %i or a second template",
  },
  ["template-type"] = {
    "the template has no type before its text",
    "write SMTP:%g.%s@example.com",
  },
  ["template-item"] = {
    "a % stands before a letter that means nothing",
    "write %s, %g, %i, %d, %m, a number before it, %rXY, or %%",
  },
  ["template-name"] = {
    "everybody would get the same address",
    "write %s, %g, %i, %d or %m in it",
  },
  ["template-length"] = { "the template has more than 1024 bytes", "shorten it" },
  ["template-nobody"] = {
    "the person's row has neither of the names that the template asks for",
    "fill in the row; or add a template of other names",
  },
  ["template-letters"] = {
    "the person's names are in letters that are not written in ASCII by one rule, such as those of"
      .. " Chinese, or of signs alone",
    "give the person an alias, and add a template of it, such as SMTP:%m@example.com; or replace"
      .. " letters by %rXY",
  },
  ["templates-missing"] = {
    "proxies are asked of a policy without the word templates",
    'write templates { "SMTP:%g.%s@example.com" }',
  },
  ["notesmap-rule"] = {
    "a line of mapping rules is not Name = ...",
    "correct it: texts stand in quotes, functions have ( )",
  },
  ["gwart-line"] = {
    "a line of the routing table has other fields than four",
    "copy GWART0.MTA again, with its line ends",
  },
  ["gwart-name"] = { "a connector's name cannot stand in the file", "rename the connector" },
  ["gwart-space"] = {
    "a connector's space has a wildcard that stands for itself, a line end, or a comma, a number"
      .. " and a comma",
    "leave that space out of the file",
  },
  ["ldif-line"] = {
    "a line has no colon, or is the rest of one that was not folded with a blank",
    "save the LDIF again; a line that goes on begins with a blank",
  },
  ["ldif-value"] = { "after name:: stands no base64", "save the LDIF again" },
  ["ldif-records"] = {
    "one value was asked for, and several records have it",
    "pass the records one by one",
  },
  ["mixer-character"] = {
    "the address has a letter that is not ASCII, which X.400 cannot carry",
    "give the person an address in ASCII, or the domain in A-labels",
  },
  ["mixer-length"] = { "X.400 carries 512 octets in four DDAs", "shorten the address" },
  ["mixer-gateway-missing"] = {
    "neither a rule of the mapping nor the options say where the address goes",
    "name the gateway, or add a rule (--mcgam)",
  },
  ["mixer-name"] = {
    "a personal name in one word has more parts than can be told apart",
    "write s=, g=, i= alone",
  },
  ["mcgam-line"] = {
    "a rule of a mapping file is not two names and #",
    "write domain#O$org.PRMD$prmd.ADMD$admd.C$cc#",
  },
  ["mcgam-attributes"] = {
    "an O/R name of a rule has an attribute too many",
    "leave one C, ADMD, PRMD and O, and four OU",
  },
  ["localpart-plain"] = {
    "the local part has no subaddress, VERP, BATV or SRS in it",
    "nothing: the address is what it says",
  },
  ["signature-invalid"] = {
    "the address was signed by another key, or somebody changed or guessed it",
    "give all keys that are in use, the newest first; from a stranger, refuse it",
  },
  ["signature-expired"] = {
    "the answer came later than a signature is good for: SRS 21 days, BATV 7",
    "nothing: bounces come sooner; a late one is mostly misuse",
  },
  ["route-ambiguous"] = {
    "a path mixes !, % and @, whose order differed between mailers",
    "say which binds first by the option precedence",
  },
  ["route-host"] = { "a host of a path has a character that no host has", "correct it" },
  ["route-domain-missing"] = {
    "the path's first host has no dot, so it is no domain",
    'give the option zone, such as "uucp"',
  },
  ["percent-elsewhere"] = {
    "user%host@domain is opened by nobody but domain itself",
    "name the domain in the option at, if it is yours",
  },
  ["field-invalid"] = {
    "a line of a header has no colon after its name",
    "look whether the header has ended before it",
  },
  ["field-length"] = {
    "a field of a header is longer than 1 MiB",
    "cut it; no mail client wrote it",
  },
}
