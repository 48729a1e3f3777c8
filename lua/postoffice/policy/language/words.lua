--- The language of policies, as data: every word, its fields, what each holds.
--
-- `declarations.lua` checks declarations against this table and takes its error
-- messages from it; `postoffice.policy.language.reference` makes documentation of it.
-- A word has a `doc`, says whether it takes a `name` (and, `is_alone`, nothing else), and lists its
-- `fields`; `items` names the one that values without a name are for.  A field has a `kind` (see
-- `kinds`), a `doc`, and if it makes sense `values`, `default`, `least`, `most`, `example`,
-- `required`.
-- @module postoffice.policy.language.words

local events = require "postoffice.policy.language.reference.events"
local lists = require "postoffice.lists"

local language = {}

local function is(kind) return function(value) return type(value) == kind end end

-- Whether a value is a list whose items all pass.
local function list_of(check)
  return function(value)
    if type(value) ~= "table" then return false end
    local count = 0
    for key, item in pairs(value) do
      if type(key) ~= "number" or not check(item) then return false end
      count = count + 1
    end
    return count == #value
  end
end

-- Neither infinite nor NaN.
local function is_number(value)
  return type(value) == "number" and value > -math.huge and value < math.huge
end

local function is_whole(value) return is_number(value) and value == math.floor(value) end

local function is_text(value) return type(value) == "string" and value ~= "" end

local function is_space(value)
  if is_text(value) then return true end
  if type(value) ~= "table" or not is_text(value[1]) then return false end
  for key, item in pairs(value) do
    if key ~= 1 and not (key == "cost" and type(item) == "number") then return false end
  end
  return true
end

-- Characters that can separate a mailbox from its extension, each once.
local function is_separators(value)
  if not is_text(value) or value:find "[^!-?[-`{-~]" or value:find "%w" then return false end
  for at = 1, #value - 1 do
    if value:find(value:sub(at, at), at + 1, true) then return false end
  end
  return true
end

-- The items of a list, each a text.
local function item(says) return { check = is_text, says = says } end

--- What a field can hold: a check, the end of "has to be ...", and the `type` that the language
-- server is told; of a list the same of each `item`.  The functions of a script are recognised by `declarations.lua`.
language.kinds = {
  text = { check = is_text, says = "a text", type = "string" },
  flag = { check = is "boolean", says = "true or false", type = "boolean" },
  ["flag or always"] = {
    check = function(value) return type(value) == "boolean" or value == "always" end,
    says = 'true, false or "always"', type = 'boolean | "always"',
  },
  separators = {
    check = is_separators, type = "string",
    says = "a set of separators, different characters that are no letters, digits, @ or blanks",
  },
  number = { check = is_number, says = "a number", type = "number" },
  ["whole number"] = { check = is_whole, says = "a whole number", type = "integer" },
  table = { check = is "table", says = "a table", type = "table" },
  texts = {
    check = list_of(is_text), says = "a list of texts", type = "string[]", item = item "a text",
  },
  names = {
    check = list_of(is_text), says = "a list of names", type = "string[]", item = item "a name",
  },
  addresses = {
    check = list_of(is_text), says = "a list of addresses", type = "string[]",
    item = item "an address",
  },
  types = {
    check = list_of(is_text), says = "a list of address types", type = "string[]",
    item = item "an address type",
  },
  ["set or texts"] = {
    check = function(value) return is_text(value) or list_of(is_text)(value) end,
    says = "a list of texts, or the name of a set", type = "string | string[]",
    item = item "a text",
  },
  ["set or names"] = {
    check = function(value) return is_text(value) or list_of(is_text)(value) end,
    says = "a list of names, or the name of a set", type = "string | string[]",
    item = item "a name",
  },
  ["name or names"] = {
    check = function(value) return is_text(value) or list_of(is_text)(value) end,
    says = "a name or a list of names", type = "string | string[]", item = item "a name",
  },
  spaces = {
    check = list_of(is_space), says = "a list of address spaces", type = "(string | space)[]",
    item = { check = is_space, says = "an address space" },
  },
  deliveries = {
    check = list_of(is "table"), says = "a list of tables", type = "table[]",
    item = { check = is "table", says = "a table" },
  },
  ["function"] = { says = "a function", type = "function" },
  ["text or function"] = {
    check = is_text, says = "a text or a function", type = "string | function",
  },
  ["table or function"] = {
    check = is "table", says = "a table or a function", type = "table | function",
  },
  ["text or true"] = {
    check = function(value) return is_text(value) or value == true end,
    says = "a text or true", type = "string | true",
  },
}

--- What a domain's `unwrap` may list beside types.
language.signatures = { SRS = true, BATV = true }

--- The longest name of a declaration, in bytes.
language.longest_name = 256

--- The longest text in a declaration, be it an address, a space or a pattern.
language.longest_text = 1024

local word = {}
language.words = word

-- A sender of ours, as mail that goes out shows it.
local function outbound(doc)
  return { kind = "text", values = { "primary", "unchanged" }, doc = doc }
end

word.settings = {
  doc = "What holds for the whole policy.",
  fields = {
    order = {
      kind = "text", values = { "exchange", "cost" }, default = "exchange",
      doc = "whether a space's class weighs before its cost (Q229961), or cost before class: then"
        .. " alone a vaguer space wins that costs less, or while the better one's connectors are"
        .. " down or refuse the message",
    },
    only_lowest_cost = {
      kind = "flag", default = false,
      doc = "while connectors of the lowest cost are down, mail waits and takes no dearer one"
        .. " (Q166567)",
    },
    unmatched = {
      kind = "text", values = { "reject", "pass" }, default = "reject",
      doc = "what becomes of an address that no space matches",
    },
    max_recipients = {
      kind = "whole number", least = 1, example = "5000",
      doc = "the most that a list, or any one recipient, may become; no limit unless said",
    },
    extension = {
      kind = "separators", example = '"+-"',
      doc = "what separates a mailbox from its extension in our domains: a set of characters, of"
        .. " which the first in the local part counts, as in Postfix's recipient_delimiter",
    },
    propagate = {
      kind = "flag or always", default = false,
      doc = "an SMTP target gets the extension too, in a domain of ours with that separator;"
        .. ' "always": in any domain; Postfix does so unless told otherwise. One that says an'
        .. " extension itself gets only that of the recipient's own address",
    },
    types = {
      kind = "types", example = '{ "PIPE" }',
      doc = "types of this policy's own, which nobody else knows: meant so, no slips of the key",
    },
    zone = {
      kind = "text", example = '"CET-1CEST,M3.5.0,M10.5.0/3"', default = "UTC0",
      doc = "the time zone of mail.date, as POSIX writes it: a name, hours west of Greenwich, and"
        .. " when summer time begins and ends; never the host's",
    },
    outbound = outbound("primary: a sender that is a proxy of an entry goes out as the entry's"
      .. " primary address, if the envelope has may_relay (Q166905); unchanged unless said"),
  },
}

word.domain = {
  doc = "A domain and what it is to us: of SMTP (`*.x` is every domain below x), or all addresses"
    .. ' of a space of another type: "MS:ORG/SITE", "X400:c=us;a= ;p=Org", "EX:/o=Org" (X500 too),'
    .. ' "NOTES:*@Org", "CCMAIL:* at HQ".',
  name = "a domain", example = 'domain "example.com" {}',
  fields = {
    kind = {
      kind = "text", values = { "local", "relay", "former" }, default = "local",
      doc = "local: who is not in the directory is unknown; relay: is routed on; former: was ours",
    },
    unwrap = {
      kind = "types", example = '{ "EX", "X500" }',
      doc = "the types that are taken out of their encapsulation here, EX and X500 unless said; SRS"
        .. " and BATV open the answers to senders that a connector's srs and batv signed",
    },
    secrets = {
      kind = "text", example = '"forwarding"',
      doc = "the name of the keys that open what was signed here, once no connector signs any more:"
        .. " answers come for three weeks yet",
    },
    extension = { kind = "separators", example = '"+-"', doc = "as in settings, for this domain" },
    propagate = {
      kind = "flag or always", doc = "as in settings, for extensions that are split off here",
    },
    catchall = {
      kind = "text", example = '"Kim Lee"',
      doc = "the entry or address that gets what nobody else here claims; it may be anywhere, as a"
        .. " target may",
    },
    outbound = outbound "as in settings, for senders in this domain",
  },
}

-- The places at which a next hop finds its gateway, in the fields of its addresses.
local wrap_fields = {
  postoffice = { kind = "text", doc = "for CCMAIL; with network for MS, with domain for GWISE" },
  domain = {
    kind = "text",
    doc = "for SMTP: what is encapsulated there belongs to the connectors that name it, all of one"
      .. " gateway, and takes may_relay unless it stands in the policy: a target, a member, a"
      .. " catch-all, what a rewrite without captures makes (what others or a script make is of a"
      .. " stranger's choosing); for NOTES (Q246434) and, with postoffice, GWISE",
  },
  network = { kind = "text", doc = "for MS and PCM" },
  server = { kind = "text", doc = "for MSMAIL and MSA" },
  c = { kind = "text", doc = "for X400: the gateway's country, and besides it what else it has" },
  dda1_type = {
    kind = "text", example = '"SMTP"',
    doc = "for X400: the DDA that carries SMTP, RFC-822 unless said; Exchange has SMTP (Q255024)",
  },
}
for _, name in ipairs { "a", "p", "o", "ou1", "ou2", "ou3", "ou4" } do
  wrap_fields[name] = { kind = "text", doc = "for X400: its attribute " .. name:upper() }
end

word.connector = {
  doc = "Carries the addresses of some spaces to a next hop.",
  name = "a name",
  example = 'connector "internet" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }',
  fields = {
    speaks = {
      kind = "text", example = '"SMTP"',
      doc = "the address type that the next hop understands; any, unless said",
    },
    spaces = {
      kind = "spaces", required = true, example = '{ "SMTP:*", { "FAX:*", cost = 10 } }',
      doc = "what it carries, and at what cost; 1 unless said; X.400 attributes that a space leaves"
        .. " out, or gives as *, may have any value or none (Q107098); the name of a set stands for"
        .. " all of its patterns, read as spaces",
    },
    cost = { kind = "number", least = 0, doc = "the cost of spaces that name none", default = 1 },
    weight = {
      kind = "whole number", least = 0, most = 65535, default = 1, example = "90",
      doc = "its share among connectors of equal cost, by the address; 0 is drained: gets nothing",
    },
    reaches = {
      kind = "text", single_line = true, example = '"HQ"',
      doc = "the post office that it is connected to",
    },
    nexthop = {
      kind = "text", single_line = true, example = '"smtp:[192.0.2.7]:25"',
      doc = "where the host sends what it carries; the post office reached, unless said",
    },
    wrap = {
      kind = "table", example = '{ postoffice = "internet" }',
      doc = "how other types are carried: at a domain, or through a gateway, whose place is said in"
        .. " the fields of the type that the next hop speaks; senders, too, but in SMTP at a local"
        .. " domain that unwraps their type",
      fields = wrap_fields,
    },
    srs = {
      kind = "table", example = '{ domain = "example.com", secrets = "forwarding" }',
      doc = "signs the senders of others on mail that we send on (an entry, a list without owner, a"
        .. " rewrite), so that SPF lets it pass and bounces come back",
      fields = {
        domain = {
          kind = "text", single_line = true, example = '"example.com"',
          doc = "the domain of ours that they are signed at, which unwraps SRS",
        },
        secrets = {
          kind = "text", single_line = true, example = '"forwarding"',
          doc = "the name by which the host gives the keys; a policy holds none",
        },
      },
    },
    batv = {
      kind = "table", example = '{ secrets = "bounces" }',
      doc = "marks our own senders, of the domains that unwrap BATV, so that only answers to what"
        .. " they sent come back to the mark",
      fields = {
        secrets = {
          kind = "text", single_line = true, example = '"bounces"',
          doc = "the name by which the host gives the keys",
        },
      },
    },
    senders = {
      kind = "set or texts", example = '{ "SMTP:*@sales.example" }',
      doc = "only mail from these, patterns and sets; goes before connectors without guards. Whom"
        .. " it refuses takes no vaguer space (Q160534), and while nobody tells the sender, mail"
        .. " waits",
    },
    max_size = {
      kind = "number", least = 1, example = "10485760",
      doc = "only messages of so many bytes at most, likewise (Q160534)",
    },
    outbound = outbound "as in settings, for what it carries, whatever the sender's domain says",
  },
}

word.postoffice = {
  doc = "A place in a cc:Mail directory; or in another type one at which mailboxes are a gateway's:"
    .. " `NOTES:DOMAIN`, `MS:NETWORK/POSTOFFICE`, `GWISE:DOMAIN.POSTOFFICE`, `MSMAIL:SERVER`.",
  name = "a name", example = 'postoffice "internet" { via = "HQ", gateway = "SMTP" }',
  fields = {
    via = { kind = "text", example = '"HQ"', doc = "the post office that has it in its directory" },
    gateway = {
      kind = "text", example = '"SMTP"',
      doc = "the address type that it turns its mailboxes into; without via it is ours. What it"
        .. " cannot read is refused at once, whatever lies between (Q184054)",
    },
  },
}

-- Who may write to an entry.
local restrictions = {
  accept = {
    kind = "set or names", example = '{ "Board", "SMTP:*@partner.example" }',
    doc = "only mail from these: entries, members of lists, sets, and patterns; an address of ours"
      .. " counts only if the sender is authenticated, and <> may write to recipients, never to a"
      .. " list",
  },
  reject = {
    kind = "set or names", example = '{ "SMTP:*@spam.example", "<>" }',
    doc = "no mail from these, whatever accept says; of a sender that we signed (srs, batv) counts"
      .. " who is inside",
  },
  authenticated = {
    kind = "flag", default = false,
    doc = "only mail whose sender is authenticated: from inside, as Exchange has it",
  },
  max_size = {
    kind = "number", least = 1, example = "1048576",
    doc = "only messages of so many bytes at most; like the others, by whatever address and list"
      .. " they come, but for mail to a postmaster's address among its own (RFC 5321 4.5.1)",
  },
}

word.recipient = {
  doc = "A directory entry: a mailbox, or a custom recipient whose mail goes on.",
  name = "a name", example = 'recipient "Kim Lee" { proxies = { "SMTP:kim.lee@example.com" } }',
  fields = {
    proxies = {
      kind = "addresses", required = true, example = '{ "SMTP:kim.lee@example.com" }',
      doc = "the addresses that find it; an upper-case type marks the primary one; a cc:Mail name"
        .. " finds it without its post office, too, if nobody else has that name",
    },
    target = {
      kind = "text", example = '"[ccmail:user@domain at internet]"',
      doc = "where its mail goes on to, an address or an entry; without one, or with its own name"
        .. " or a proxy of its own in a local domain, it is a mailbox here; an address that is"
        .. " nobody's proxy and one entry's target finds that entry",
    },
    targets = {
      kind = "names", example = '{ "Kim Lee", "SMTP:kim@far.example" }',
      doc = "instead of target, where there are several: each gets a copy; its own name is its"
        .. " mailbox",
    },
    keep = {
      kind = "flag", default = false,
      doc = "with target or targets: it is a mailbox here, too, and keeps a copy",
    },
    propagate = {
      kind = "flag or always", doc = "as in settings, for this target, whatever is said there",
    },
    refuse = {
      kind = "text or true", example = '"gone"',
      doc = "a tombstone: its mail is refused, and the sender told this, as far as it is ASCII;"
        .. " with status 5.1.6, or the one that it begins with",
    },
  },
}

-- What the files of directories may be.
local FORMATS = {
  "csv", "recipients", "exchange55", "ldif", "virtual", "canonical", "aliases", "virtusertable",
}

word.directory = {
  doc = "The entries of a file in the policy's folder: a row a person, as `recipient` makes one.",
  name = "a name", example = 'directory "staff" { file = "staff.csv", format = "csv" }',
  fields = {
    file = {
      kind = "text", single_line = true, required = true, example = '"staff.csv"',
      doc = "its file; read when the policy loads, and not by its script",
    },
    format = {
      kind = "text", values = FORMATS, default = "csv",
      doc = "csv: rows as RFC 4180 has them, in UTF-8, under a header that names the columns;"
        .. " recipients: Get-Recipient or Get-Mailbox by Export-Csv; exchange55: the directory"
        .. " export or import of Exchange 4.0 to 5.5; ldif: what ldifde or ldapsearch writes;"
        .. " virtual, canonical, aliases (of Postfix), virtusertable (of sendmail): a map as people"
        .. " write it, a key an entry, its value where its mail goes, @domain its catch-all",
    },
    domain = {
      kind = "text", single_line = true, example = '"example.com"',
      doc = "of maps: the domain of names that have none, as myorigin is",
    },
    values = {
      kind = "text", values = { "%", "&", "^", "#", "@", "!", "$", '"' }, default = "%",
      doc = "of exchange55: what separates the values of a field (Q190706)",
    },
    on_error = {
      kind = "text", values = { "skip" },
      doc = "skip: what is wrong in the file is left out, counted and listed (policy:skipped,"
        .. " check), and the rest counts, but for who may write to whom; unless said, the policy"
        .. " does not load",
    },
    columns = {
      kind = "table", example = '{ name = "Person", proxies = { "Mail", "Aliases" } }',
      doc = "which column holds what, where it is not called as exports do, in any case",
      fields = {
        name = {
          kind = "text", example = '"Person"',
          doc = "DisplayName, Name or cn unless said; without one, its first proxy is its name",
        },
        proxies = {
          kind = "name or names", example = '{ "Mail", "Aliases" }',
          doc = "EmailAddresses, proxyAddresses and Secondary-Proxy-Addresses, joined by"
            .. " semicolons, PrimarySmtpAddress or mail, and legacyExchangeDN (Obj-Dist-Name of"
            .. " Exchange 5.5), unless said",
        },
        target = {
          kind = "text", example = '"Forward"',
          doc = "target, ExternalEmailAddress, targetAddress or ForwardingSmtpAddress unless said;"
            .. " mailboxes have none",
        },
        targets = {
          kind = "text", example = '"Forwards"',
          doc = "targets unless said: several, joined as addresses are, beside that of target",
        },
        keep = {
          kind = "text", example = '"Copy"',
          doc = "keep, DeliverToMailboxAndForward or deliverAndRedirect unless said: true or false",
        },
        members = {
          kind = "text", example = '"Members"',
          doc = "members unless said: whoever has some is a list; of csv, as are those below",
        },
        owner = { kind = "text", example = '"Owner"', doc = "owner unless said: of a list" },
        refuse = {
          kind = "text", example = '"Gone"',
          doc = "refuse unless said: a sentence or true, of a tombstone",
        },
        propagate = {
          kind = "text", example = '"Extensions"',
          doc = "propagate unless said: true, false or always",
        },
        accept = {
          kind = "text", example = '"From"',
          doc = "accept unless said: names and patterns, on lines of their own or joined by"
            .. " semicolons or bars, or else commas",
        },
        reject = { kind = "text", example = '"Not from"', doc = "reject unless said, likewise" },
        authenticated = {
          kind = "text", example = '"Inside"', doc = "authenticated unless said: true or false",
        },
        max_size = {
          kind = "text", example = '"Size"',
          doc = 'max_size unless said: bytes, or as Exchange has it, such as "10 MB"',
        },
      },
    },
    separator = {
      kind = "text", values = { "comma", "semicolon", "tab" },
      doc = "what separates the columns; what the header has most of, unless said",
    },
  },
}

word.set = {
  doc = 'Patterns under a name, thousands if need be: for `senders = "partners"` of connectors,'
    .. ' `accept` and `reject` of entries, and `mail.in_set(address, "partners")` in functions. A'
    .. " pattern matches what one of a rewrite does.",
  name = "a name", example = 'set "partners" { "SMTP:*@a.example", "SMTP:kim@b.example" }',
  items = "patterns",
  fields = {
    patterns = {
      kind = "texts", example = '{ "SMTP:*@a.example" }',
      doc = "patterns and addresses, which stand in the table without a name",
    },
    file = {
      kind = "text", single_line = true, example = '"partners.txt"',
      doc = "a file in the policy's folder that holds more; read when the policy loads, and not by"
        .. " its script",
    },
    format = {
      kind = "text", values = { "lines", "csv" }, default = "lines",
      doc = "lines: a pattern a line, and comments that begin with #; csv: the column of a table",
    },
    column = {
      kind = "text", example = '"Mail"',
      doc = "of csv, the column that holds them; the only one unless said",
    },
    separator = {
      kind = "text", values = { "comma", "semicolon", "tab" },
      doc = "of csv, what separates the columns; what the header has most of, unless said",
    },
    type = {
      kind = "text", example = '"SMTP"', doc = "the type of those that are written without one",
    },
  },
}

word.list = {
  doc = "A directory entry whose mail goes to several others.",
  name = "a name",
  example = 'list "Sales" { proxies = { "SMTP:sales@example.com" }, members = { "Kim Lee" } }',
  fields = {
    proxies = {
      kind = "addresses", required = true, example = '{ "SMTP:sales@example.com" }',
      doc = "the addresses that find it",
    },
    members = {
      kind = "names", required = true, example = '{ "Kim Lee", "SMTP:joe@partner.example" }',
      doc = "the names of entries, and addresses",
    },
    owner = {
      kind = "text", example = '"Kim Lee"',
      doc = "the entry or address that is the sender to the members, and so gets the bounces: it"
        .. " has to take mail from `<>`, and is not the list itself",
    },
  },
}

for name, field in pairs(restrictions) do
  word.recipient.fields[name], word.list.fields[name] = field, field
end

word.templates = {
  doc = "How people get addresses of their names, by `propose` and `postoffice proxies`; mail goes"
    .. " nowhere by it. %g is the given name, %s the surname, %i the initials, %d the display name,"
    .. " %m the alias, %5s the first five characters, %rxy writes y for x in all names after it, %%"
    .. " is a percent sign (Q153270).",
  items = "templates", example = 'templates { "SMTP:%g.%s@example.com", "CCMAIL:%s, %g at HQ" }',
  fields = {
    templates = {
      kind = "texts", required = true, example = '{ "SMTP:%g.%s@example.com" }',
      doc = "the templates, which stand in the table without a name: a type in upper case makes"
        .. " the primary address; SMTP:@example.com, CCMAIL:at HQ, MS:NET/PO and an X400 address"
        .. " without a person stand for what is usual",
    },
    collisions = {
      kind = "text", values = { "number", "alias" }, default = "number",
      doc = "what the number of somebody follows whose address is taken: the address, or the alias"
        .. " (Q146455); there are twenty of them (Q152953)",
    },
    umlauts = {
      kind = "text", values = { "german", "nordic" }, default = "german",
      doc = "whether an umlaut is written with an e, or as its letter alone (Q151700)",
    },
  },
}

word.rewrite = {
  doc = "Turns the addresses that match, and that the directory does not have, into others.  A"
    .. " pattern matches what keys compare, so all spellings of an address; a field that it leaves"
    .. " out has to be absent, unless it ends in `...`.",
  name = "a pattern", optional_name = true,
  example = 'rewrite "SMTP:{user}@old.example" { to = "SMTP:{user}@new.example" }',
  fields = {
    match = {
      kind = "table or function", example = '{ type = "SMTP", domain = "old.example" }',
      doc = "instead of a pattern: one for each field, the others hold anything; or a function of"
        .. " address and envelope",
    },
    to = {
      kind = "text or function", required = true, example = '"SMTP:{user}@new.example"',
      doc = "the new address, or a function of the address, what was captured and the envelope; the"
        .. " same again makes it an exception from the rewrites after it",
    },
    again = {
      kind = "flag", default = false,
      doc = "may fire again on what it made, ten times while that grows no shorter",
    },
    both = {
      kind = "flag", default = false,
      doc = "the pattern is the name outside, `to` the one inside: recipients are rewritten from"
        .. " the pattern to `to`, senders back from `to` to the pattern",
    },
    at = {
      kind = "names", example = '{ "internet" }',
      doc = "with both: senders only of mail that these connectors carry",
    },
  },
}

word.rewrite_sender = {
  doc = "Turns the senders that match into others on their way out; many may become one, and no"
    .. " recipient is turned back. The first that matches decides, before `both` and `outbound`,"
    .. " even where it leaves the sender as it is.",
  name = "a pattern",
  example = 'rewrite_sender "SMTP:{user}@old.example" { to = "SMTP:{user}@new.example" }',
  fields = {
    to = {
      kind = "text", required = true, example = '"SMTP:{user}@new.example"',
      doc = "the sender that is handed over instead",
    },
    by = {
      kind = "names", example = '{ "internet" }',
      doc = "only for mail that these connectors carry; for all, and for headers"
        .. " (`rewrite_header`), unless said",
    },
  },
}

-- What a test says of a delivery, in the order in which `postoffice.policy.prove.tests` compares it.
local EXPECTED = {
  { "verdict", kind = "text", values = { "deliver", "reject", "defer", "pass" },
    doc = "the verdict" },
  { "code", kind = "text", doc = "the code" },
  { "status", kind = "text", doc = "the status" },
  { "message", kind = "text", doc = "the sentence" },
  { "connector", kind = "text", doc = "the connector's name" },
  { "nexthop", kind = "text", doc = "the next hop" },
  { "address", kind = "text", doc = "the address as handed over" },
  { "final", kind = "text", doc = "the address at the far end" },
  { "path", kind = "texts", doc = "the post offices and gateways on the way" },
  { "entry", kind = "text", doc = "the directory entry" },
  { "via", kind = "names", doc = "the entries that led to that one, the first one first" },
  { "member", kind = "flag", doc = "whether what fails was reached by a list, or is"
    .. " one of several targets, or beside a copy that is kept: the others have it" },
  { "extension", kind = "text", doc = "what followed the separator" },
  { "cost", kind = "number", doc = "the cost" },
  { "space", kind = "text", doc = "the address space" },
  { "sender", kind = "text", doc = "the sender as handed over" },
}

local expected, compared = {}, {}
for i, field in ipairs(EXPECTED) do
  expected[field[1]], compared[i] = field, field[1]
end

word.test = {
  doc = "What a test of this policy expects.",
  name = "a name", example = 'test "as typed" { to = "kim.lee@example.com", entry = "Kim Lee" }',
  fields = {
    to = { kind = "text", required = true, example = '"kim.lee@example.com"',
      doc = "the address to route" },
    from = { kind = "text", doc = "the envelope's sender" },
    may_relay = { kind = "flag", doc = "the sender may relay" },
    authenticated = { kind = "flag", doc = "the sender is who it says" },
    arrived_by = { kind = "text", doc = "the envelope's arrived_by" },
    down = { kind = "names", example = '{ "internet" }', doc = "the connectors that are down" },
    size = { kind = "number", doc = "the envelope's size" },
    now = { kind = "number", doc = "the envelope's now" },
    client = { kind = "text", doc = "the envelope's client" },
    secrets = {
      kind = "table", example = '{ forwarding = { "a key of this test" } }',
      doc = "the keys that sign in this test, by name; the host's are not used",
    },
    asks = {
      kind = "table", example = '{ crm = { key = "value" } }',
      doc = "what the host answers, a table for each question: a key that is not in it is not"
        .. " found, and a question without a table fails",
    },
    deliveries = {
      kind = "deliveries", example = '{ { entry = "Kim Lee" }, { code = "relay-denied" } }',
      doc = "what is expected of each delivery, in order",
      fields = expected,
    },
  },
}
for name, field in pairs(expected) do word.test.fields[name] = field end

word.claim = {
  doc = "What holds for every address and every message: `postoffice prove` decides it, and a"
    .. " policy of which a claim does not hold does not go live.",
  name = "a sentence", is_alone = true,
  example = "claim 'every \"SMTP:*@example.com\" is delivered here or is rejected'",
  fields = {},
}

--- What a test can say of a delivery, in the order in which it is compared.
language.expected = compared

--- The functions that a script may define as `function on.name(...)`, by name.
language.events = {}
for _, event in ipairs(events) do
  local name = event.name:match "^on%.(.*)$"
  if name then language.events[name] = event end
end

--- The names of all words, for the script's declarators.
-- @treturn {string,...}
function language.declarators() return lists.keys(language.words) end

return language
