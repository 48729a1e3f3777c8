--- The address types and their fields.
--
-- A type has an `example` in the notation proxy, and `fields`, { name, doc }: `optional` where an
-- address may do without.  All are strings.  `beside` are those that belong to the notation: an
-- address of any type may have them.
-- @module postoffice.policy.language.reference.addresses

local MS = {
  { "network", "10 characters at most" }, { "postoffice", "10 characters at most" },
  { "mailbox", "10 letters and digits at most" },
}
local MSMAIL = { { "mailbox", "it may hold spaces" }, { "server", "after the last @" } }
local GWISE = {
  { "domain", "no dots" }, { "postoffice", "no dots" }, { "object", "a user, group or resource" },
}

-- An X.400 attribute that an address may do without.
local function attribute(name, doc) return { name, doc, optional = true } end

local X400 = {
  { "c", "country: two letters or three digits", optional = true },
  attribute("a", "ADMD; a blank one is none"), attribute("p", "PRMD"),
  attribute("o", "organization"), attribute("ou1", "unit, the highest"),
  attribute("ou2", "unit below it"), attribute("ou3", "unit below that"),
  attribute("ou4", "unit, the lowest"), attribute("cn", "common name"), attribute("s", "surname"),
  attribute("g", "given name"), attribute("i", "initials"),
  attribute("q", "generation, such as Jr"), attribute("x121", "network address: digits"),
  attribute("n_id", "numeric user: digits"), attribute("t_id", "terminal"),
  attribute("t_ty", "terminal's kind: tlx, ttx, g3fax, g4fax, ia5 or vtx"),
  attribute("net_num", "ISDN number: digits"), attribute("net_sub", "its subaddress: digits"),
  attribute("net_psap", "presentation address"),
}
for number = 1, 4 do
  X400[#X400 + 1] = attribute(("dda%d_type"):format(number),
    number == 1 and "domain-defined attribute: its type, such as RFC-822" or "another one's type")
  X400[#X400 + 1] = attribute(("dda%d_value"):format(number),
    number == 1 and "its value, as written: (a) is @, (u) is _" or "its value")
end
for _, field in ipairs {
  { "pd_service", "the service" }, { "pd_pn", "the person" }, { "pd_o", "the organization" },
  { "pd_ext_address", "more of the address" }, { "pd_ext_delivery", "more of the delivery" },
  { "pd_a1", "line 1" }, { "pd_a2", "line 2" }, { "pd_a3", "line 3" }, { "pd_a4", "line 4" },
  { "pd_a5", "line 5" }, { "pd_a6", "line 6" }, { "pd_street", "street" },
  { "pd_box", "post office box" }, { "pd_restante", "poste restante" },
  { "pd_unique", "unique name" }, { "pd_local", "local attributes" },
  { "pd_office", "post office" }, { "pd_office_num", "the post office's number" },
  { "pd_code", "postal code" }, { "pd_c", "country" },
} do
  X400[#X400 + 1] = attribute(field[1], "on paper: " .. field[2])
end
X400[#X400 + 1] = attribute("syntax", "how it was written: exchange, rfc1685, rfc2156 or msmail;"
  .. " two addresses that differ in it alone are equal")

return {
  types = {
    { name = "SMTP", doc = "The Internet's (RFC 5321, RFC 6531).",
      example = "SMTP:kim.lee@example.com",
      fields = {
        { "localpart", "without its quotes; its case is kept, and ignored by policies" },
        { "domain", "as written; a literal with its brackets", optional = true },
      } },
    { name = "CCMAIL", doc = "Lotus cc:Mail's (Q184994).", example = "CCMAIL:Lee, Kim at HQ",
      fields = {
        { "mailbox", "Lee, Kim and Kim Lee are one" },
        { "postoffice", "after the last at; absent: a bare mailbox", optional = true },
      } },
    { name = "EX", doc = "The distinguished name of an Exchange directory entry.",
      example = "EX:/o=Org/ou=Site/cn=Recipients/cn=klee",
      fields = { { "dn", "the whole name" } } },
    { name = "X500", doc = "The same of what an entry was called once (Q258602).",
      example = "X500:/o=Old/ou=Site/cn=Recipients/cn=klee",
      fields = { { "dn", "the whole name" } } },
    { name = "MS", doc = "MS Mail's for PC networks (Q116466).", example = "MS:NET/PO/KLEE",
      fields = MS },
    { name = "PCM", doc = "The same over an MS Mail 3.2 connection (Q118298).",
      example = "PCM:NET/PO/KLEE", fields = MS },
    { name = "MSMAIL", doc = "MS Mail's for AppleTalk networks (Q116466).",
      example = "MSMAIL:klee@server", fields = MSMAIL },
    { name = "MSA", doc = "Another name of MSMAIL.", example = "MSA:klee@server", fields = MSMAIL },
    { name = "X400", doc = "X.400's O/R addresses (RFC 1685, RFC 2156).",
      example = "X400:c=us;a= ;p=Org;o=Site;s=Lee;g=Kim;", fields = X400 },
    { name = "NOTES", doc = "Lotus Notes' (Q187276).", example = "NOTES:Kim Lee/Sales/Acme@ACME",
      fields = {
        { "name", "User/Unit/Org, with or without labels (CN=); or a mailbox of the Internet" },
        { "domain", "several, as in Near@Far, are a way", optional = true },
      } },
    { name = "GWISE", doc = "Novell GroupWise's, as Exchange writes them (Q240874).",
      example = "GWISE:DOM.PO.klee", fields = GWISE },
    { name = "GROUPWISE", doc = "The same, as GroupWise itself writes them.",
      example = "GROUPWISE:klee.PO.DOM", fields = GWISE },
    { name = "FAX", doc = "A fax machine, and who reads what it prints (MAPI, RFC 3192, Q116466).",
      example = "FAX:9367329 | Kim@+1 (206) 936-7329 | #546",
      fields = {
        { "number", "however it is grouped" }, { "name", "who reads it", optional = true },
        { "dialable", "what the modem dials", optional = true },
        { "special", "what a calling card adds", optional = true },
        { "t33s", "subaddress: digits", optional = true },
        { "qualifiers", "others, between slashes", optional = true },
        { "domain", "of FAX=NUMBER@DOMAIN", optional = true },
        { "building", "of MS Mail's form", optional = true },
        { "office", "likewise", optional = true },
      } },
    { name = "UUCP", doc = "A bang path (RFC 976).", example = "UUCP:hub!site!kim",
      fields = { { "path", "the hosts, hub!site" }, { "user", "after the last !" } } },
    { name = "PROFS", doc = "IBM's office system on VM (Q232318).", example = "PROFS:NODE(KLEE)",
      defined = true,
      fields = {
        { "node", "8 characters at most" }, { "user", "8 characters at most" },
        { "gateway", "of GATEWAY/NODE/USER", optional = true },
      } },
    { name = "SNADS", doc = "IBM's distribution services (Q232307).", example = "SNADS:DGN(DEN)",
      defined = true,
      fields = {
        { "group", "the distribution group name" }, { "element", "the distribution element name" },
        { "gateway", "of GATEWAY/GROUP/ELEMENT", optional = true },
      } },
    { name = "MHS", doc = "Novell's message handling service (Q116466).",
      example = "MHS:kim@sales", defined = true,
      fields = {
        { "user", "before the @" }, { "workgroup", "after it" },
        { "remark", "in parentheses", optional = true },
        { "extended", "another system's address, in braces", optional = true },
      } },
    { name = "SPO", doc = "What SharePoint Online adds to the addresses of mailboxes.",
      example = "SPO:SPO_0a1b@SPO_2c3d", defined = true,
      fields = { { "user", "before the @" }, { "tenant", "after it" } } },
    { name = "SIP", doc = "Internet telephony's (RFC 3261).", example = "SIP:kim@example.com",
      defined = true,
      fields = {
        { "user", "before the @" }, { "host", "after it" }, { "port", "digits", optional = true },
        { "parameters", "as written, without the first semicolon", optional = true },
      } },
    { name = "EUM", doc = "Exchange unified messaging's (dd941513).",
      example = "EUM:55555;phone-context=plan.example", defined = true,
      fields = {
        { "extension", "or a SIP address" },
        { "phone_context", "the dial plan", optional = true },
      } },
  },

  --- What an address of a type that nobody registered has, where it is carried whole.
  unknown = { { "value", "all of it, of a type that nobody registered" } },

  beside = {
    { "display_name", "string", "Kim Lee of Kim Lee <kim@example.com>, decoded" },
    { "comment", "string", "what stood in parentheses" },
    { "route", "string", "a source route, @a,@b" },
    { "primary", "false", "the type stood in lower case: a secondary proxy" },
    { "display_raw", "string", "the name as it was written, if that has encoded words" },
  },
}
