--- Chores of Exchange directories: bounces, distinguished names, proxy addresses.
--
-- Needs LPeg. Bad data gives `nil, message, code, position`, as everywhere.
-- @module postoffice.exchange

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local bounce = require "postoffice.exchange.bounce"
local core = require "postoffice.core"
local names = require "postoffice.exchange.names"
local proxies = require "postoffice.exchange.proxies"

local exchange = {}

--- The X500 proxies that bounces ask for.
--
-- Somebody replies to an old message, its sender's directory name has changed,
-- and a bounce comes back for `IMCEAEX-_O=...@domain`. With the old name as an
-- X500 proxy the mailbox answers to it again (KB 2807779, Q258602). Any text
-- will do: the name is decoded in one pass, so that `+5F` stays an underscore
-- and a GUID in it is not touched; quoted-printable, encoded links and cut or
-- quoted lines are undone where it is certain what they were.
--
-- @string text
-- @treturn table X500 proxies in order, each once
-- @treturn table what was skipped: `{ { text=, message=, code=, position= }, ... }`;
--   codes `imcea-wrapped`, `domain-missing`, `imcea-character`, `imcea-escape`
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
  return bounce.read(text)
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

local PROXIES = { form = "string", attribute = "string", primaries = "string" }

--- The proxy addresses of one recipient.
--
-- The set is an array of addresses, in order, with these functions:
--
-- * `set:primary(type)`: the primary address; or nil, message, code:
--   `proxy-primary-missing`, `proxy-primary-several`
-- * `set:find(address)`: the same address in the set, by its type's equality,
--   and its place; or nil, message, code: `proxy-missing`
-- * `set:add(address)`: one with its type in upper case becomes the primary;
--   `proxy-duplicate` where the set has it
-- * `set:remove(address)`: nobody becomes primary instead; `set:promote(address)`
-- * `set:problems()`: what was rejected, duplicates, types with no primary or
--   several; `set:deduplicate()`: what it removed
-- * `set:texts()`, `set:joined()` (by %, Exchange 5.5, Q155594; `proxy-percent`
--   where it would be cut elsewhere), `set:ldif([attribute])`
--
-- Microsoft's documentation says both that the last of several primaries wins
-- and that there is none then (ms872734); so this is a problem and no guess is
-- made, unless `primaries` says which one stays. X500 addresses are former
-- names, and none is primary.
--
-- @tparam table|string list an array of addresses or texts; or one text, see `form`
-- @tparam[opt] table options `form` of the text: "joined" by % (the default) or
--   "ldif", a record whose `attribute` counts ("proxyAddresses"); `primaries`:
--   "first" or "last"
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
function exchange.proxies(list, options)
  if type(list) ~= "string" then arguments.type(list, "table", "the list") end
  options = arguments.options(options, PROXIES)
  arguments.choice(options.form, proxies.FORMS, "form")
  arguments.choice(options.primaries, proxies.RULES, "primaries")
  return proxies.new(list, options)
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
