--- Chores of Exchange directories: bounces, distinguished names, proxy addresses and the templates that
-- make them, routing tables.
--
-- Needs LPeg. Bad data gives `nil, message, code, position`, as everywhere.
-- @module postoffice.exchange

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local bounce = require "postoffice.exchange.bounce"
local core = require "postoffice.core"
local files = require "postoffice.exchange.files"
local gwart = require "postoffice.exchange.gwart"
local lists = require "postoffice.lists"
local names = require "postoffice.exchange.names"
local notesmap = require "postoffice.exchange.notesmap"
local proposer = require "postoffice.text.proposer"
local proxies = require "postoffice.exchange.proxies"
local proxy_template = require "postoffice.text.proxy_template"

local exchange = {}

--- The X500 proxies that bounces ask for.
--
-- Somebody replies to an old message, its sender's directory name has changed,
-- and a bounce comes back for `IMCEAEX-_O=...@domain`. With the old name as an
-- X500 proxy the mailbox answers to it again (KB 2807779, Q258602). Any text
-- will do: the name is decoded in one pass, so that `+5F` stays an underscore
-- and a GUID in it is not touched; quoted-printable, encoded links, the escapes of
-- HTML and JSON, the xtext of DSNs (RFC 3461) and cut or quoted lines are undone where
-- it is certain what they were.
--
-- @string text
-- @treturn table X500 proxies in order, each once
-- @treturn table what was skipped: `{ { text=, message=, code=, position= }, ... }`;
--   codes `imcea-wrapped`, `imcea-xtext`, `domain-missing`, `imcea-character`, `imcea-escape`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local found = exchange.x500_from_imceaex [[
-- Delivery has failed to these recipients:
-- IMCEAEX-_o=Org_ou=First+20Administrative+20Group_cn=Recipients_cn=kim+5Flee@example.com]]
-- found[1] --> "X500:/o=Org/ou=First Administrative Group/cn=Recipients/cn=kim_lee"
-- local _, skipped = exchange.x500_from_imceaex "IMCEAEX-_o=Org_cn=kim"
-- skipped[1].code --> "domain-missing"
function exchange.x500_from_imceaex(text)
  arguments.type(text, "string", "the text")
  local found, skipped = bounce.read(text)
  return found, skipped
end

--- The X500 proxies that a file asks for, however it was saved.
--
-- Messages and mboxes, their parts in quoted-printable and base64; text in UTF-16, with a byte order
-- mark or without; the streams of compound files (Outlook's .msg): bodies, properties, what is
-- attached, but not the compressed RTF of a body, which is there as text, too; of one that is damaged
-- the runs of characters in each sector; CSV files with a column legacyExchangeDN or Obj-Dist-Name,
-- whose names need no bounce.  Files in zip archives have to be taken out before.
--
-- @string bytes all of the file
-- @treturn table `{ { proxy=, line=, person= }, ... }`, each proxy once; `line` is where it was
--   found, `person` the table of whom a CSV file says that it is: `identity` and `dn`, if it has them
-- @treturn table what was skipped: `{ { text=, message=, code=, line= }, ... }`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local found = exchange.x500_in_file "alias,legacyExchangeDN\nklee,/o=Org/cn=Kim Lee\n"
-- found[1].proxy, found[1].line, found[1].person.identity --> "X500:/o=Org/cn=Kim Lee", 2, "klee"
function exchange.x500_in_file(bytes)
  arguments.type(bytes, "string", "the file")
  return files.read(bytes)
end

--- The components of a distinguished name, in order.
--
-- There can be several `cn`, and a value can hold `=`, `@` and `-`; `/` alone,
-- the list of all address lists, has no components (MS-OXOABK 2.2.1.1).
--
-- @tparam table|string address EX or X500, or the name itself
-- @treturn table `{ { name=, value= }, ... }`; or nil, message, code, position:
--   `dn-rdn`, `type-mismatch`, and those of `parse`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local rdns = exchange.rdns "X500:/o=Org/ou=Site/cn=Recipients/cn=Kim=Lee"
-- #rdns, rdns[4].name, rdns[4].value --> 4, "cn", "Kim=Lee"
function exchange.rdns(address)
  arguments.address(address)
  return names.rdns(address)
end

--- Whether a distinguished name is that of a recipient.
--
-- Servers and stores below `cn=Configuration` are none, nor are address lists
-- (`/guid=`); what lies below `cn=Recipients` is one. Of any other name only
-- the directory knows.
--
-- @tparam table|string address EX or X500, or the name itself
-- @treturn boolean; or nil, message, code: `dn-undecided`, or as for `rdns`
-- @usage
-- local exchange = require "postoffice.exchange"
-- exchange.is_mailbox "/o=Org/ou=Site/cn=Recipients/cn=klee" --> true
-- exchange.is_mailbox "/o=Org/ou=Site/cn=Configuration/cn=Servers/cn=HQ" --> false
-- select(3, exchange.is_mailbox "/o=Org/ou=Site/cn=klee") --> "dn-undecided"
function exchange.is_mailbox(address)
  arguments.address(address)
  return names.is_mailbox(address)
end

local PROXIES = {
  form = "string", attribute = "string", primaries = "string", separator = "string",
}

--- The proxy addresses of one recipient.
--
-- The set is an array of addresses, in order, with these functions, which alone change it:
--
-- * `set:primary(type)`: the primary address; or nil, message, code:
--   `proxy-primary-missing`, `proxy-primary-several`
-- * `set:find(address)`: the same address in the set, by its type's equality,
--   and its place; or nil, message, code: `proxy-missing`
-- * `set:add(address)`: one with its type in upper case becomes the primary;
--   `proxy-duplicate` where the set has it
-- * `set:remove(address)`: nobody becomes primary instead; `set:promote(address)`
-- * `set:problems()`: what was rejected, what IdFix finds (`proxy-blank`, `proxy-long`,
--   `proxy-character`, `proxy-domain-short`, `proxy-domain-local`), duplicates, types with no
--   primary or several; `set:deduplicate()`: what it removed
-- * `set:texts()`, `set:joined([separator])` (by `%`, Exchange 5.5, Q155594, with a backslash
--   before what is literal, or by another separator below; `proxy-separator` where an address
--   would be cut), `set:ldif([attribute])`
--
-- Texts come joined by `%` or another separator of Exchange 5.5's (`& ^ # @ ! $ "`, Q190706), in
-- which a backslash introduces a literal character; or by `;`, `,`, `|`, blanks, line breaks (`"\n"`)
-- or in braces (`"{}"`), in which it does not. Which, is seen where a type follows, or said.
--
-- Microsoft's documentation says both that the last of several primaries wins
-- and that there is none then (ms872734); so this is a problem and no guess is
-- made, unless `primaries` says which one stays. X500 addresses are former
-- names, and none is primary.
--
-- @tparam table|string list an array of addresses or texts; or one text, see `form`
-- @tparam[opt] table options `form` of the text: "joined" (the default) or "ldif", a record whose
--   `attribute` counts ("proxyAddresses"); `separator` of "joined"; `primaries`: "first" or "last"
-- @treturn table the set; values that are no addresses are in its `rejected`,
--   `{ { index=, text=, message=, code=, position= }, ... }`; or nil, message,
--   code, position: `ldif-line`, `ldif-value`, `ldif-records`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local set = exchange.proxies "SMTP:kim@a.example%smtp:lee@a.example"
-- tostring(set:primary "SMTP") --> "SMTP:kim@a.example"
-- set:add "SMTP:kim.lee@a.example"
-- set:joined() --> "smtp:kim@a.example%smtp:lee@a.example%SMTP:kim.lee@a.example"
-- select(3, set:add "smtp:LEE@A.example") --> "proxy-duplicate"
-- exchange.proxies("{SMTP:a@b.example, smtp:c@d.example}"):joined ";" --> "SMTP:a@b.example;smtp:c@d.example"
-- exchange.proxies { "smtp:kim@contoso" }:problems()[1].code --> "proxy-domain-short"
function exchange.proxies(list, options)
  if type(list) ~= "string" then arguments.type(list, "table", "the list") end
  options = arguments.options(options, PROXIES)
  arguments.choice(options.form, proxies.FORMS, "form")
  arguments.choice(options.primaries, proxies.RULES, "primaries")
  arguments.choice(options.separator, proxies.SEPARATORS, "separator")
  return proxies.new(list, options)
end

local RECORDS = { attribute = "string", primaries = "string" }

--- The proxy addresses of all records of LDIF (RFC 2849) that have some.
--
-- @string text
-- @tparam[opt] table options `attribute` and `primaries` as for `proxies`
-- @treturn table `{ { dn =, proxies = set }, ... }` in order; or nil, message, code, and the line:
--   `ldif-line`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local found = exchange.proxies_in_ldif "dn: CN=Kim\nproxyAddresses: SMTP:kim@a.example\n"
-- found[1].dn, tostring(found[1].proxies[1]) --> "CN=Kim", "SMTP:kim@a.example"
function exchange.proxies_in_ldif(text, options)
  arguments.type(text, "string", "the text")
  options = arguments.options(options, RECORDS)
  arguments.choice(options.primaries, proxies.RULES, "primaries")
  return proxies.of_records(text, options)
end

--- Addresses that several recipients hold; a forest takes each once (IdFix).
--
-- @tparam table sets `proxies`, or arrays of addresses and texts, by the name of
--   their holder
-- @treturn table `{ { key=, address=, holders= }, ... }` in order of the keys; or
--   nil, message, code, position
-- @usage
-- local exchange = require "postoffice.exchange"
-- local conflicts = exchange.conflicts {
--   kim = exchange.proxies { "SMTP:kim@a.example", "smtp:sales@a.example" },
--   pat = exchange.proxies { "SMTP:pat@a.example", "smtp:Sales@a.example" },
-- }
-- #conflicts, conflicts[1].key, conflicts[1].holders[2] --> 1, "SMTP:sales@a.example", "pat"
function exchange.conflicts(sets)
  arguments.type(sets, "table", "the sets")
  for holder, set in next, sets do
    arguments.type(set, "table", "the set of " .. tostring(holder))
  end
  return proxies.conflicts(sets)
end

local TEMPLATES = { collisions = "string", umlauts = "string", taken = "table|function" }

-- A function from the key of an address to its holder.
local function holder_of(taken)
  if type(taken) ~= "table" then return taken end
  local holders = {}
  for _, holder in ipairs(lists.keys(taken)) do
    for _, address in ipairs(taken[holder]) do
      local parsed = core.parse(address, { unknown = true })
      local key = parsed and core.key(parsed)
      if key then holders[key] = holders[key] or tostring(holder) end
    end
  end
  return function(key) return holders[key] end
end

--- Makes addresses of people's names, as site addressing and address policies do.
--
-- `SMTP:%g.%s@example.com` has `%g`, the given name, `%s`, the surname, `%i`, the initials, `%d`, the
-- display name, and `%m`, the alias; `%5s` is the first five characters, `%rxy` writes y for x in all
-- names after it, `%%` is a percent sign (Q153270, Q140933). Notes, SNADS and PROFS take `&S&G3` as
-- well (Q200233). A template without names stands for its type's usual one: `SMTP:@example.com` for
-- `%m`, `CCMAIL:at HQ` for `%s, %g`, an O/R address for its `s`, `g` and `i`. A type in lower case
-- makes secondary addresses.
--
-- What a type cannot have is left out of names, letters of European languages are written in ASCII, and
-- no dot, comma or blank stays where a name is missing (Q258704, Q230331, Q216492).
--
-- Who would have the address of another one gets a number, cc:Mail's from 1 (Q188680), all others
-- from 2, and no address if twenty numbers are taken as well (Q152953).
--
-- The result has `propose(person)`, which remembers to whom it gave what. A person is a table of
-- `given`, `surname`, `initials`, `display` and `alias`, each a text or nil, and `name`, which
-- holders are called by, `display` unless given; people of one name are told apart by `id`, the alias
-- unless given. It returns a row for each template: `template`,
-- `address`, `how` ("template", "number", "alias", or "own": they have it already), `number`, and
-- `because`, a sentence; or `message` and `code`: `template-nobody`, `template-letters`,
-- `proxy-crowded`, `proxy-duplicate` (an earlier template makes it), `utf8-invalid`, or as `parse` fails
-- and `validate` refuses.
--
-- @tparam {string,...} list the templates
-- @tparam[opt] table options `taken`: arrays of addresses by the names of their holders, or a function
--   of an address's key that returns a holder's name or nil; `collisions`: "number" (the default), or
--   "alias", which puts the number after the alias, as Exchange 4.0 did (Q146455); `umlauts`: "german"
--   (the default) or "nordic" (Q151700)
-- @treturn table; or nil, message, code, position, index: `template-type`, `template-item`,
--   `template-name`, `template-length`, `control-character`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local templates = exchange.templates({ "SMTP:%g.%s@a.example", "CCMAIL:%s, %g at HQ" },
--   { taken = { Kim = { "SMTP:kim.lee@a.example" } } })
-- local rows = templates:propose { given = "Kim", surname = "Lee" }
-- rows[1].address, rows[1].how --> "SMTP:Kim.Lee2@a.example", "number"
-- rows[1].because --> "SMTP:Kim.Lee@a.example is Kim's; so with the number 2"
-- rows[2].address, rows[2].because --> "CCMAIL:Lee, Kim at HQ", "as the template says"
-- select(3, exchange.templates { "SMTP:%x@a.example" }) --> "template-item"
function exchange.templates(list, options)
  arguments.type(list, "table", "the templates")
  options = arguments.options(options, TEMPLATES)
  arguments.choice(options.collisions, proposer.COLLISIONS, "collisions")
  arguments.choice(options.umlauts, proposer.UMLAUTS, "umlauts")
  local read, message, code, position, index = proposer.read(arguments.texts(list, "a template"))
  if not read then return nil, message, code, position, index end
  return proposer.new(read, {
    owner = holder_of(options.taken), collisions = options.collisions, umlauts = options.umlauts,
  })
end

--- What a rule for the names of a cc:Mail directory makes of a person: `%F`, `%L` and `%I` are the given
-- name, surname and initials, `%5L` the first five characters (Q183058, Q197254).
--
-- @string rule
-- @tparam table person `given`, `surname`, `initials`
-- @treturn string; or nil, message, code, position: `template-item`
-- @usage
-- local exchange = require "postoffice.exchange"
-- exchange.ccmail_name("%5L%1F", { given = "John", surname = "Johnson" }) --> "JohnsJ"
function exchange.ccmail_name(rule, person)
  arguments.type(rule, "string", "the rule")
  arguments.type(person, "table", "the person")
  return proxy_template.name(rule, person)
end

--- Rules that make attributes of attributes: a mapping file of the connector for Lotus Notes, with
-- AND, ISEQUAL, LEFT, LOWER, NAMEF, NAMEL, NAMEM, POS, PROPER, REPLACE, RIGHT, STRIP, SUBSTR, TRIM, UPPER,
-- WORD, X500 and CFGPARM (Q180517).
--
-- @string text
-- @treturn table rules, with `apply(attributes, config)`, which returns the attributes that they make;
--   `config` is a function of a parameter's name and its section that returns what CFGPARM does; or
--   nil, message, code, and the line: `notesmap-rule`
-- @usage
-- local exchange = require "postoffice.exchange"
-- local rules = exchange.notesmap [[TA = "NOTES:" STRIP( FullName, ";", "L", "R" ) "@" MailDomain]]
-- local made = rules:apply { FullName = "Denise Graham/Sales/Acme; Graham", MailDomain = "ACME" }
-- made.TA --> "NOTES:Denise Graham/Sales/Acme@ACME"
function exchange.notesmap(text)
  arguments.type(text, "string", "the rules")
  return notesmap.read(text)
end

--- Reads the gateway address routing table of a site, GWART0.MTA (Q149121).
--
-- @string text
-- @treturn table `{ { type=, space=, pattern=, cost=, connectors=, line=, column= }, ... }`: the space as
--   it stands there, and as policies write it; or nil, message, code `gwart-line`,
--   the line, and the column in characters
-- @usage
-- local exchange = require "postoffice.exchange"
-- local rows = exchange.gwart "MS,MSNET/PO1;,1,MS Mail Connector (PLUTO),"
-- rows[1].pattern, rows[1].cost --> "MS:MSNET/PO1", 1
-- rows[1].connectors[1] --> "MS Mail Connector (PLUTO)"
-- exchange.format_gwart(rows) --> "MS,MSNET/PO1;,1,MS Mail Connector (PLUTO),\n"
function exchange.gwart(text)
  arguments.type(text, "string", "the table")
  return gwart.read(text)
end

--- Writes such a table: connectors of the same space and cost share a line.
--
-- @tparam table rows `{ { pattern=, cost=, connectors= }, ... }`, such as a policy's `spaces()`
-- @treturn string; or nil, message, code: `gwart-name`, `gwart-space`, `type-missing`
function exchange.format_gwart(rows)
  arguments.type(rows, "table", "the rows")
  return gwart.write(rows)
end

local SEARCH_KEY = { unknown = "boolean" }

--- The search key of an address (MAPI's PR_SEARCH_KEY, cc815908): its type and
-- text in upper case and a NUL. Letters outside ASCII stay as they are.
--
-- It tells spellings apart that `postoffice.key` does not; databases have it.
--
-- @tparam table|string address
-- @tparam[opt] table options `unknown`: true for types that nobody registered, too
-- @treturn string; or nil, message, code, position
-- @usage
-- local exchange = require "postoffice.exchange"
-- exchange.search_key "SMTP:user@Company.Com" --> "SMTP:USER@COMPANY.COM\0"
-- exchange.search_key("TELEX:12 x", { unknown = true }) --> "TELEX:12 X\0"
function exchange.search_key(address, options)
  arguments.address(address)
  options = arguments.options(options, SEARCH_KEY)
  local read, message, code, position = addresses.read(address, options)
  if not read then return nil, message, code, position end
  local native
  native, message, code = core.format(read, "native")
  if not native then return nil, message, code end
  return (read.type .. ":" .. native):gsub("%l", string.upper) .. "\0"
end

return exchange
