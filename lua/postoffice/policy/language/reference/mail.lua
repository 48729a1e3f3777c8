--- The functions in `mail`, and what they are given beside an address.
--
-- As in `functions.lua`.  Where bad data `fails` a function, it returns what `fails` says and a
-- `failure`: a sentence, a code and the byte at fault, unless that says less.
-- @module postoffice.policy.language.reference.mail

local ADDRESS = { "address", "address | string", "an address, or its text" }
local KNOWN_ADDRESS = {
  "address", "address | string | nil", "an address, or its text; nil where nobody knows one",
}
local TEXT = { "text", "string", "an address in any notation" }
local OPTIONS = { "options", "options", "how it is read", optional = true }

-- A function of the library, which works anywhere.
local function anywhere(entry)
  entry.in_functions, entry.while_loading = true, true
  return entry
end

return {
  anywhere {
    name = "mail.parse", fails = "nil",
    doc = "Reads an address.",
    example = 'local address = mail.parse "[ccmail:user@domain at internet]"',
    arguments = { TEXT, OPTIONS },
    returns = { { "address", "the address" } },
  },
  anywhere {
    name = "mail.format", fails = "nil",
    doc = "Writes an address, as parse reads it; refuses what could not be read back.",
    example = 'local text = mail.format(address, "oneoff")',
    arguments = {
      ADDRESS,
      { "style", '"proxy" | "native" | "oneoff" | "header" | "path" | style',
        "the notation, proxy unless said; or more than that", optional = true },
    },
    returns = { { "string", "the text" } },
  },
  anywhere {
    name = "mail.validate", fails = "false",
    doc = "Judges an address: whether it can be read, and is within the limits of its type.",
    example = 'if not mail.validate(address) then return reject("no such name", "5.1.3") end',
    arguments = { ADDRESS, OPTIONS },
    returns = { { "boolean", "true" } },
  },
  anywhere {
    name = "mail.normalize", fails = "nil",
    doc = "Writes an address in its preferred spelling, in the notation that it came in.",
    example = 'local text = mail.normalize "smtp:User@EXAMPLE.com"',
    arguments = { TEXT, OPTIONS },
    returns = { { "string", "the text" } },
  },
  anywhere {
    name = "mail.key", fails = "nil",
    doc = "The text that is the same for all spellings of one mailbox.",
    example = 'local moved = ask("moved", mail.key(address))',
    arguments = { ADDRESS },
    returns = { { "string", "the key" } },
  },
  anywhere {
    name = "mail.equal", fails = "nil",
    doc = "Whether two addresses name the same mailbox: have the same key.",
    example = 'if mail.equal(address, "SMTP:kim@example.com") then return pass() end',
    arguments = { ADDRESS, { "other", "address | string", "another" } },
    returns = { { "boolean", "whether they do" } },
  },
  anywhere {
    name = "mail.encapsulate", fails = "nil",
    doc = "Carries an address whole inside one of another type.",
    example = 'return mail.encapsulate(address, "SMTP", { domain = "gateway.example" })',
    arguments = {
      ADDRESS, { "type", "string", "the type that carries it, such as SMTP, CCMAIL or X400" },
      { "shell", "shell", "the gateway's place" },
    },
    returns = { { "address", "the address that carries it" } },
  },
  anywhere {
    name = "mail.decapsulate", fails = "nil",
    doc = "Opens what encapsulate closed; not-encapsulated is the code where there is nothing.",
    example = "local inner, shell = mail.decapsulate(address)",
    arguments = {
      ADDRESS, { "options", "{ all: boolean }", "all: shell after shell", optional = true },
    },
    returns = {
      { "address", "the address inside" },
      { "shell | shell[]", "what it was in; with all a list, the outermost first" },
    },
  },
  {
    name = "mail.matches", in_functions = true,
    doc = "Whether an address matches a pattern, in whatever spelling. nil, such as the sender"
      .. " where the host does not say, matches nothing.",
    example = 'local captured = mail.matches(address, "SMTP:{user}@partner.example")',
    arguments = { KNOWN_ADDRESS, { "pattern", "string", "a pattern, with its type" } },
    returns = { { "table<string, string> | false", "what it captures, by name; false: no" } },
    fails = "nil", failure = "a sentence",
    raises = "a pattern that can match nothing, such as one without its type, or of a slip of one"
  },
  {
    name = "mail.in_set", in_functions = true,
    doc = "Whether an address is in a set: matches one of its patterns. About a microsecond among"
      .. " 10,000. nil, such as the sender where the host does not say, is in none.",
    example = 'if mail.in_set(address, "partners") then return "relay" end',
    arguments = { KNOWN_ADDRESS, { "name", "string", "the set's" } },
    returns = { { "boolean", "whether it does" } },
    fails = "nil", failure = "a sentence", raises = "a set that is not declared",
  },
  {
    name = "mail.localpart", in_functions = true,
    doc = "Takes off layer after layer of what systems on the way put into a local part, and"
      .. " verifies nothing: SRS and BATV unless profiles names others, such as subaddress,"
      .. " verp-postfix and verp-mailman, as postoffice.localpart does.",
    example = 'local inner, layers = mail.localpart(address, { profiles = { "subaddress" } })',
    arguments = {
      { "address", "address | string", "of SMTP" },
      { "options", "peeling", "which layers are looked for, and how", optional = true },
    },
    returns = {
      { "address", "what is left: the same where there is nothing to take off" },
      { "layer[]", "what was taken off, the outermost first" },
    },
    fails = "nil", raises = "a profile that there is not",
  },
  {
    name = "mail.date", in_functions = true,
    doc = "The date of a moment, in the time zone of settings { zone = ... }: the same on every"
      .. " host.",
    example = "local at = mail.date(envelope.now)",
    arguments = { { "now", "number", "seconds since 1970-01-01 00:00 UTC" } },
    returns = { { "date", "the date" } }, raises = "a time that is no number of seconds",
  },
  {
    name = "date", kind = "record",
    doc = "What mail.date returns.",
    fields = {
      { "year", "integer", "2026" }, { "month", "integer", "1 to 12" },
      { "day", "integer", "1 to 31" }, { "hour", "integer", "0 to 23" },
      { "min", "integer", "0 to 59" }, { "sec", "integer", "0 to 59" },
      { "wday", "integer", "day of the week, 1 to 7, from Sunday" },
      { "yday", "integer", "day of the year, 1 to 366" },
      { "isdst", "boolean", "whether it is summer time" },
      { "offset", "integer", "seconds east of Greenwich" }, { "zone", "string", "its name" },
    },
  },
  {
    name = "peeling", kind = "record",
    doc = "What mail.localpart looks for.",
    fields = {
      { "profiles", "string[]", "names, tried in order: srs, libsrs2, postsrsd, opensmtpd, exim,"
        .. " batv, indimail, batv-suffix, barracuda, microsoft, verp-postfix, verp-mailman,"
        .. " verp-ezmlm, verp-sendgrid, verp-sympa, subaddress, subaddress-prefix",
        optional = true },
      { "delimiters", "string", "of subaddresses, a set: + unless said", optional = true },
      { "owner_request", "boolean", "false: owner-list and list-request are split, too",
        optional = true },
      { "verp_delimiters", "string", "of verp-postfix: += unless said", optional = true },
    },
  },
  {
    name = "layer", kind = "record",
    doc = "A layer of a local part, as mail.localpart found it.",
    fields = {
      { "profile", "string", "the one that it was found by" },
      { "kind", '"srs" | "batv" | "verp" | "subaddress"', "what it is" },
      { "address", "address", "what is inside" },
      { "hash", "string", "of SRS", optional = true },
      { "timestamp", "string", "of SRS", optional = true },
      { "separator", "string", "of SRS", optional = true },
      { "key", "string", "of BATV", optional = true },
      { "day", "string", "of BATV", optional = true },
      { "tag", "string", "of BATV", optional = true },
      { "list", "string", "of VERP", optional = true },
      { "id", "string", "of VERP", optional = true },
      { "detail", "string", "of subaddresses: what stands beside the mailbox", optional = true },
      { "delimiter", "string", "of subaddresses", optional = true },
    },
  },
  {
    name = "options", kind = "record",
    doc = "How an address is read: the last argument of mail.parse, mail.validate and"
      .. " mail.normalize.",
    fields = {
      { "type", "string", "what it has to be; it need not say so then", optional = true },
      { "notation", '"proxy" | "native" | "oneoff" | "header" | "path"', "how it is written",
        optional = true },
      { "profile", '"smtp" | "header" | "obsolete" | "lenient" | table',
        "what it may make use of beyond RFC 5321", optional = true },
      { "unknown", "boolean", "carry a type that nobody registered whole, in value",
        optional = true },
      { "idn", '"ascii" | "unicode"', "of mail.normalize: how a domain is written that is not"
        .. " ASCII", optional = true },
    },
  },
  {
    name = "style", kind = "record",
    doc = "How mail.format writes an address, where that is more than a notation.",
    fields = {
      { "notation", '"proxy" | "native" | "oneoff" | "header" | "path"', "proxy unless said",
        optional = true },
      { "syntax", '"exchange" | "rfc1685" | "rfc2156" | "msmail"', "of X400", optional = true },
      { "unknown", "boolean", "write a type that nobody registered, too", optional = true },
    },
  },
  {
    name = "shell", kind = "record",
    doc = "Where a gateway is that carries addresses: the fields of its type's addresses.",
    fields = {
      { "type", "string", "the type that carries", optional = true },
      { "domain", "string", "of SMTP, NOTES, and with postoffice of GWISE", optional = true },
      { "postoffice", "string", "of CCMAIL; with network of MS and PCM", optional = true },
      { "network", "string", "of MS and PCM", optional = true },
      { "server", "string", "of MSMAIL and MSA", optional = true },
      { "c", "string", "of X400, and beside it what else the gateway has", optional = true },
      { "dda1_type", "string", "of X400: RFC-822 unless said, or SMTP", optional = true },
    },
  },
}
