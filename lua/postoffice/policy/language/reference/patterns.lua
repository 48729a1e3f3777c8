--- How patterns, templates and address spaces are written.
--
-- A topic has a `doc`, `rows` of { what, meaning }, and `trials`: { pattern, address, captures or
-- false }, or of spaces `classes`, { space, class }, which are true of what policies do.
-- @module postoffice.policy.language.reference.patterns

local WILDCARDS = {
  { "*", "any text, and none" },
  { "?", "one character" },
  { "{name}", "a text of one character or more, which is kept by that name" },
  { "\\", "the next character is literal; in a Lua string write \\\\" },
  { "...", "at the end: fields that the pattern leaves out may be there" },
}

return {
  {
    name = "patterns", kind = "syntax",
    doc = "A pattern is an address with wildcards, TYPE:address. It is read into fields as an"
      .. " address is, and matches addresses field by field, in all their spellings: as keys"
      .. " compare them. A field that it leaves out has to be absent. A wildcard does not reach"
      .. " from one field into another. Rewrites, senders, accept, reject and mail.matches have"
      .. " patterns.",
    rows = WILDCARDS,
    trials = {
      { "SMTP:{user}@old.example", "SMTP:Kim@OLD.example", { user = "Kim" } },
      { "SMTP:*@*.example", "SMTP:kim@a.b.example", {} },
      { "SMTP:*@a.example", 'SMTP:""@a.example', {} },
      { "SMTP:{user}@a.example", 'SMTP:""@a.example', false },
      { "SMTP:?@a.example", "SMTP:kim@a.example", false },
      { "CCMAIL:{who} at HQ", "CCMAIL:Lee, Kim at hq", { who = "Kim Lee" } },
      { "NOTES:{name}/Acme", "NOTES:Kim/Acme@FAR", false },
      { "NOTES:{name}/Acme...", "NOTES:Kim/Acme@FAR", { name = "Kim" } },
      { "X400:c=us;a=*;p=Org;s={who}", "X400:c=US;p=org;s=Lee;", { who = "Lee" } },
    },
  },
  {
    name = "template", kind = "syntax",
    doc = "The text that a rewrite's `to` makes an address by: an address in which {name} stands"
      .. " for what the pattern kept by that name. What was captured is quoted as its new place"
      .. " needs it, and cannot leave its field.",
    rows = { { "{name}", "what was kept" }, { "\\", "the next character is literal" } },
  },
  {
    name = "spaces", kind = "syntax",
    doc = "An address space is what a connector accepts: TYPE:pattern, of which nothing is kept."
      .. " The better class wins, then more literal characters, then the lower cost: in this order"
      .. " exact, wildcard, partial, blank. SMTP:partner.example matches no address, since the"
      .. " whole is compared (Q229961): write SMTP:*@partner.example.",
    rows = {
      { "exact", "an address" },
      { "wildcard", "with * for any text, ? for one character" },
      { "partial", "the beginning of an address of EX, X500, MS or GWISE, or some attributes of one"
        .. " of X400" },
      { "blank", "the type alone, which takes all of it" },
    },
    classes = {
      { "SMTP:kim@partner.example", "exact" }, { "CCMAIL:Lee, Kim at HQ", "exact" },
      { "SMTP:*@partner.example", "wildcard" }, { "SMTP:*", "wildcard" },
      { "X400:c=us;a=x;o=*", "wildcard" }, { "X400:c=us;a=x", "partial" },
      { "MS:ORG/SITE", "partial" }, { "EX:/o=Org/ou=Site", "partial" },
      { "X500:/o=Org", "partial" }, { "GWISE:DOM.PO", "partial" }, { "SMTP:", "blank" },
    },
  },
  {
    name = "space", kind = "record",
    doc = "An address space with a cost of its own: { \"SMTP:*\", cost = 10 }.",
    fields = {
      { "[1]", "string", "the space" },
      { "cost", "number", "the connector's unless said", optional = true },
    },
  },
}
