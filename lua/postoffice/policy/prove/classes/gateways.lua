--- What gateways make of the addresses at them: each is as good as what is inside.
--
-- A cc:Mail post office with a gateway to SMTP reads `user@domain` in a mailbox (Q184994), and one
-- with a gateway to another type what addresses of that look like.  Where nothing else looks into its
-- mailboxes, what becomes of one is told by the class of the address that is read there; or, if none
-- can be read, by the code that says why.
-- @module postoffice.policy.prove.classes.gateways

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"
local regions = require "postoffice.policy.prove.classes.regions"
local rewrites = require "postoffice.policy.compile.rewrites"

local gateways = {}

-- By type, mailboxes in which a gateway to it reads no address: one for each code that it says of
-- them, with an x in it, of which there may be more.  A mailbox of cc:Mail has no control characters.
local UNREAD = {
  SMTP = { "x", "@x", ".@x", "<x>@x", "x@.", "x@<", "x@[x", "x@[x]", '"x', "x@#", "x@\255" },
  X400 = {
    "x", "c=;", "z=x;", "c=x;c=x;", "ou1=x;ou=x;", "ou=x;ou=x;ou=x;ou=x;ou=x;", "pn=;", "dda=x;",
    "dda.value=x;", "/c=x$",
  },
  FAX = { "x@", "@x", "x|x|x|x", "FAX=x" },
  EX = { "x" },
  MS = { "x", "x//x", "x/x/x/x" },
  NOTES = { "@x", "x@" },
  MSMAIL = { "x", "@x" },
  GWISE = { "x", "..x" },
  UUCP = { "x", "x@", "x!", "!x" },
}

UNREAD.X500, UNREAD.PCM, UNREAD.MSA = UNREAD.EX, UNREAD.MS, UNREAD.MSMAIL
UNREAD.GROUPWISE = UNREAD.GWISE

-- Domains whose addresses have no key, as IDNA allows no such labels: one for each code.
local KEYLESS = {
  "-\217\160", "\194\173", "b\194\183--", "\217\160", "\204\129", "\194\183",
}

for _, domain in ipairs(KEYLESS) do table.insert(UNREAD.SMTP, "x@" .. domain) end

-- The mailboxes in which a gateway to a type reads no address: none of a type that has no dialect;
-- nil if nobody knows.
local function unread_by(type_name)
  if UNREAD[type_name] then return UNREAD[type_name] end
  local _, _, code = core.parse(type_name .. ":x")
  local has_no_dialect = code == "type-unknown" and core.parse("x", families.native(type_name))
  return has_no_dialect and {} or nil
end

-- ---- Which of them can be looked into ------------------------------------------------

-- Whether globs of mailboxes say nothing of any.
local function are_all(conds)
  for _, glob in ipairs(conds) do
    local tokens = glob.tokens
    if not tokens or glob.quoted then return false end
    local is_some = #tokens == 2 and tokens[1] == globs.ONE and tokens[2] == globs.ANY
    if not (is_some or globs.is_all(tokens)) then return false end
  end
  return true
end

-- Whether a term may be about a place.
local function is_about(term, place)
  local conds = term.fields.postoffice
  if conds == formulas.ABSENT then return false end
  for _, glob in ipairs(conds or {}) do
    if not glob.quoted and not formulas.matches(glob, place) then return false end
  end
  return true
end

-- How some term looks into mailboxes at a place, but for what is told apart everywhere: marks and what is not
-- ASCII, which nobody reads past a gateway.  "asked" if only those are told apart so who are asked for.
local function looks_into(found, place)
  local folded, how = place:lower(), nil
  for _, term in ipairs(found.terms) do
    local conds = term.family == "CCMAIL" and term.fields.mailbox
    local is_told = conds and not term.key and not found.marks[term.id] and not found.high[term.id]
    if is_told and not are_all(conds) and is_about(term, folded) then
      how = "asked"
      if not (found.asked and found.asked[term.id]) or found.own[term.id] then return "tested" end
    end
  end
  return how
end

-- Whether some connector would have to say what is in a mailbox in another type, which depends on
-- how it is spelt.
local function speaks_others(policies)
  for _, policy in ipairs(policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      local speaks = connector.speaks
      if speaks and speaks ~= "SMTP" and speaks ~= "CCMAIL" then return true end
    end
  end
  return false
end

-- Whether a policy rewrites addresses at a place, or may.
local function has_rewrite(compiled, place)
  local region = regions.new()
  region:add(place.term)
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    local matcher = rewrite.matcher
    if not matcher then return true end -- only code knows what it takes
    local is_of_type = families.of(matcher.type) == place.term.family
    local matched = is_of_type and patterns.of_matcher(matcher)
    if is_of_type and (not matched or region:meets(matched)) then return true end
  end
  return false
end

-- Whether all policies go on with what is inside whatever is at a place and not named.
local function is_gone_through(policies, place)
  for _, policy in ipairs(policies) do
    local postoffice = postoffices.find(policy.compiled.postoffices, place.name)
    local is_ours = postoffice and postoffice.ours
    if not is_ours or has_rewrite(policy.compiled, place) then return false end
  end
  return true
end

-- Adds a post office to the places, or takes one away that is a gateway to anything else.
local function add_place(places, found, postoffice)
  local name = postoffices.fold(postoffice.name)
  local place = places[name]
  if not place then
    local how = looks_into(found, name)
    place = {
      name = postoffice.name, postoffice = postoffice, declarations = {},
      type = postoffice.gateway, unread = unread_by(postoffice.gateway),
      term = formulas.term("CCMAIL", { postoffice = { formulas.cond(globs.literal(name)) } }),
      is_told = not how or how == "asked" and postoffice.gateway == "SMTP",
      is_mixed = how == "asked" or nil,
    }
    places[name], places[#places + 1] = place, place
  end
  place.is_told = place.is_told and place.unread ~= nil and postoffice.gateway == place.type
  place.is_ours = place.is_ours or postoffice.ours
  place.declarations[postoffice] = true
end

--- The places whose gateways can be looked into.
-- @tparam {table,...} policies
-- @tparam table found from `atoms.collect`
-- @treturn {table,...} each with its `name`, `type` (of what is inside), `term` (all addresses there),
--   `is_ours` (some policy goes on with what is inside), `is_gone_through` (all policies do, whatever it
--   is, and do nothing else to it), `declarations` (a set of post offices), `is_mixed` (sets may have some
--   of what is there by how it is written)
function gateways.collect(policies, found)
  local places = {}
  if speaks_others(policies) then return places end
  for _, policy in ipairs(policies) do
    for _, postoffice in ipairs(postoffices.all(policy.compiled.postoffices)) do
      local is_one = postoffice.gateway and not postoffice.is_typed
      if is_one then add_place(places, found, postoffice) end
    end
  end
  local told = {}
  for _, place in ipairs(places) do
    place.is_gone_through = is_gone_through(policies, place)
    told[#told + 1] = place.is_told and place or nil
  end
  return told
end

-- ---- Addresses there ----------------------------------------------------------------

-- A mailbox at a place, as it is read; nil if it is no such.
local function at(place, mailbox)
  local carrier = addresses.make { type = "CCMAIL", mailbox = mailbox, postoffice = place.name }
  local text = core.format(carrier)
  local read = text and core.parse(text)
  if read and read.type == "CCMAIL" and read.postoffice then return text, read end
end

-- By type, another way to write an address; of types that are not here there is but one.
local OTHERWISE = {
  SMTP = function(text) return (text:gsub('^([^"]*)@([^@]*)$', '"%1"@%2')) end,
  X400 = function(text) return "X.400:" .. text end,
  FAX = function(text) return text .. "-" end,
  PCM = function(text) return (text:gsub("/", "\\")) end,
  NOTES = function(text) return "cn=" .. text end,
  MSMAIL = function(text) return (text:gsub("@([^@]*)$", " @%1")) end,
  GWISE = function(text) return (text:gsub("%.", ". ", 1)) end,
  UUCP = function(text) return (text:gsub("!([^!]*)$", '!"%1"')) end,
}

OTHERWISE.MSA, OTHERWISE.GROUPWISE = OTHERWISE.MSMAIL, OTHERWISE.GWISE

-- The ways to write an address in a mailbox.
local function spellings(address)
  local text = core.format(address, "native") or ""
  local otherwise = OTHERWISE[address.type]
  return { text, otherwise and otherwise(text) }
end

--- Why an address cannot be written at a place though others that are equal may be there.
gateways.NAMED = "what a gateway makes of more than the one address that is named"

--- Puts addresses into mailboxes at a place.
-- @tparam table place
-- @tparam table found from `atoms.collect`; addresses that are named are none of the others
-- @treturn function of an address: a text; nil if it cannot be written there, and `gateways.NAMED` if
--   all that is found is named
function gateways.shell(place, found)
  return function(address)
    local why
    for _, mailbox in ipairs(spellings(address)) do
      local text, read = at(place, mailbox)
      local inner = text and postoffices.inner(place.postoffice, read)
      local key = inner and inner.type == address.type and core.key(inner)
      local is_same = key and key == core.key(address)
      if is_same and not found.keys[core.key(read)] then return text end
      why = why or is_same and OTHERWISE[address.type] and gateways.NAMED or nil
    end
    return nil, why
  end
end

-- What a place's gateway reads in an address; or nil and the code that says why it reads nothing, or
-- nothing that has a key.
local function read_at(place, address)
  local inner, _, code = postoffices.inner(place.postoffice, address)
  if not inner then return nil, code end
  local key, _, why = core.key(inner)
  if not key then return nil, why end
  return inner
end

--- What is read in an address at some place.
-- @tparam {table,...} places
-- @tparam table address
-- @treturn table|nil the place
-- @treturn table|nil the address inside; nil if it cannot be read
-- @treturn string|nil then the code that says why, or why it has no key
function gateways.read(places, address)
  if address.type ~= "CCMAIL" or not address.postoffice then return nil end
  local name = postoffices.fold(address.postoffice)
  for _, place in ipairs(places) do
    if postoffices.fold(place.name) == name then return place, read_at(place, address) end
  end
end

-- An address at a place that is not named, in whose mailbox there is nothing else than in another but
-- for how often each x is there; nil if none can be there.
local function unnamed(place, found, mailbox)
  for number = 1, #found.keys + 1 do
    local _, read = at(place, (mailbox:gsub("x", ("x"):rep(number))))
    if not read or not found.keys[core.key(read)] then return read end
  end
end

--- Addresses at a place in which its gateway reads none, or one without a key: one for each code.
-- @tparam table place
-- @tparam table found
-- @treturn {table,...}
function gateways.unread(place, found)
  local list, seen = {}, {}
  for _, mailbox in ipairs(place.unread) do
    local read = unnamed(place, found, mailbox)
    local code = read and select(2, read_at(place, read))
    if code and not seen[code] then seen[code], list[#list + 1] = true, read end
  end
  return list
end

return gateways
