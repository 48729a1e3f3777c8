--- Sets of patterns: whether an address matches any of thousands.
--
-- A whole address is found by its key, `SMTP:*@a.example` by the domain, `SMTP:*@*.a.example` by what
-- a domain ends with, each in a table; what is left, by family, in a set of the core.  A pattern's place
-- in the set is its rank.
-- @module postoffice.policy.pattern.sets

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local joined = require "postoffice.policy.pattern.joined"
local known = require "postoffice.text.domain".known
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local syntax = require "postoffice.policy.pattern.syntax"

local find, lower, match, sub = string.find, string.lower, string.match, string.sub
local new_set, next_of = core.set.new, core.set.next

local sets = {}

local SMTP = families.native "SMTP"

local WILD = "[*?{}\\]" -- what makes a text a pattern, or may
local REST = "%.%.%.$"

--- An empty set.
-- @treturn table
function sets.new()
  return {
    keys = {}, domains = {}, suffixes = {}, -- ranks
    wild = {}, -- of what is left, by family
    families = {}, count = 0,
  }
end

--- The domain of a pattern that takes all who are in it, or those below it, where it is written as keys
-- have it but for case.
-- @tparam string text
-- @treturn string|nil
-- @treturn boolean whether it takes those below it
function sets.domain_of(text)
  local dots, name = match(text, "^[Ss][Mm][Tt][Pp]:%*@(%*?%.?)([%w][%w.-]*)$")
  if not name or dots == "*" or dots == "." then return nil end
  if not core.key("x@" .. name, SMTP) then return nil end -- as a matcher it says what is wrong
  return lower(name), dots == "*."
end

--- Whether a text is a pattern that is no address, as far as can be seen.
-- @tparam string text
-- @treturn boolean
function sets.is_wild(text) return find(text, WILD) ~= nil or find(text, REST) ~= nil end

--- The address that a pattern is.
-- @tparam string text one that is not wild
-- @treturn table|nil
-- @treturn string its key; or what is wrong
function sets.address_of(text)
  local type_name, body = syntax.split_type(text)
  if not type_name then return nil, body end
  local address, message = core.parse(body, families.native(type_name))
  if not address then return nil, "matches no address: " .. message end
  local key
  key, message = known(core.key(address))
  if not key then return nil, "matches no address: " .. message end
  return address, key
end

-- A pattern that is no address and no domain, for `joined`, and its family; or nil and what is wrong.
local function read_wild(text)
  local glob = joined.smtp(text)
  if glob then return glob, "SMTP" end
  local matcher, message = matchers.read(text)
  if not matcher then return nil, message end
  return joined.parts(matcher), matcher.family
end

-- Keeps such a pattern: its family; or nil and what is wrong.
local function add_wild(set, text)
  local pattern, family = read_wild(text)
  if not pattern then return nil, family end
  local wild = set.wild[family] or { patterns = {}, ranks = {} }
  set.wild[family] = wild
  wild.patterns[#wild.patterns + 1], wild.ranks[#wild.ranks + 1] = pattern, set.count + 1
  return family
end

-- What a pattern takes, roughly, beside its text: in a table, and in a set of the core.
local TABLE_BYTES, WILD_BYTES = 100, 300

-- Keeps a pattern by what it is found by: its family, and how many bytes it takes; or nil and what is
-- wrong.
local function add(set, text)
  local domain, is_suffix = sets.domain_of(text)
  if domain then
    local found = is_suffix and set.suffixes or set.domains
    found[domain] = found[domain] or set.count + 1
    return "SMTP", TABLE_BYTES
  elseif sets.is_wild(text) then
    local family, message = add_wild(set, text)
    return family, family and WILD_BYTES or message
  end
  local address, key = sets.address_of(text)
  if not address then return nil, key end
  set.keys[key] = set.keys[key] or set.count + 1
  return families.of(address.type), TABLE_BYTES
end

--- Adds a pattern.
-- @tparam table set
-- @tparam string text such as `"SMTP:*@a.example"`
-- @treturn number|nil how many bytes it takes, roughly
-- @treturn string what is wrong
function sets.add(set, text)
  local family, bytes = add(set, text)
  if not family then return nil, bytes end
  set.families[family], set.count = true, set.count + 1
  return #text + bytes
end

-- The fields that patterns of a family name, in one order.
local function fields_of(family, patterns)
  if family == "SMTP" then return joined.SMTP end
  local named = {}
  for _, parts in ipairs(patterns) do joined.add_names(parts, named) end
  return lists.keys(named)
end

-- Completes the patterns of a family: by what they are found.
local function finish_wild(wild, family)
  local patterns = wild.patterns
  wild.layout = joined.layout(family, fields_of(family, patterns))
  for i, pattern in ipairs(patterns) do
    if type(pattern) == "table" then patterns[i] = joined.glob(wild.layout, pattern) end
  end
  wild.set, wild.patterns = new_set(patterns, 0), nil
end

--- Completes a set to which nothing is added any more.
-- @tparam table set
-- @treturn table the same set
function sets.finish(set)
  set.has_keys, set.has_domains = next(set.keys) ~= nil, next(set.domains) ~= nil
  set.has_suffixes = next(set.suffixes) ~= nil
  for family, wild in pairs(set.wild) do finish_wild(wild, family) end
  set.has_wild = next(set.wild) ~= nil
  return set
end

-- The rank of what a domain, as keys have it, ends with.
local function find_suffix(suffixes, domain)
  local dot = find(domain, ".", 1, true)
  while dot do
    local rank = suffixes[sub(domain, dot + 1)]
    if rank then return rank end
    dot = find(domain, ".", dot + 1, true)
  end
end

-- The rank of a pattern that takes all who are in an SMTP address's domain.
local function find_domain(set, address)
  local domain = lower(address.domain or "")
  return set.has_domains and set.domains[domain]
    or set.has_suffixes and find_suffix(set.suffixes, domain) or nil
end

--- The rank of some pattern that matches an address.
-- @tparam table set a finished one
-- @tparam table address
-- @tparam[opt] string key the address's, if it is known
-- @treturn number|nil
function sets.find(set, address, key)
  if set.has_keys then
    local rank = set.keys[key or known(core.key(address)) or ""]
    if rank then return rank end
  end
  if not (set.has_wild or set.has_domains or set.has_suffixes) then return nil end
  address = families.canonical(address)
  if address.type == "SMTP" and (set.has_domains or set.has_suffixes) then
    local rank = find_domain(set, address)
    if rank then return rank end
  end
  local wild = set.wild[families.of(address.type)]
  local place = wild and next_of(wild.set, 0, joined.text(wild.layout, address), 1)
  return place and wild.ranks[place]
end

-- Adds the ranks of what an SMTP domain, as keys have it, is or ends with.
local function add_domains(ranks, set, domain)
  ranks[#ranks + 1] = set.domains[domain]
  local dot = find(domain, ".", 1, true)
  while dot do
    ranks[#ranks + 1] = set.suffixes[sub(domain, dot + 1)]
    dot = find(domain, ".", dot + 1, true)
  end
end

--- The ranks of patterns that match an address; of those that are the same address, or all of the same
-- domain, the first.
-- @tparam table set a finished one
-- @tparam table address
-- @tparam string key the address's
-- @tparam number most of them
-- @treturn {number,...}
function sets.find_all(set, address, key, most)
  local ranks = { set.keys[key] }
  address = families.canonical(address)
  if address.type == "SMTP" then add_domains(ranks, set, lower(address.domain or "")) end
  local wild = set.wild[families.of(address.type)]
  local text = wild and joined.text(wild.layout, address)
  local place = wild and next_of(wild.set, 0, text, 1)
  while place and #ranks < most do
    ranks[#ranks + 1] = wild.ranks[place]
    place = next_of(wild.set, place, text, 1)
  end
  return ranks
end

--- Whether some pattern of a set is of a family of types.
-- @tparam table set
-- @tparam string family
-- @treturn boolean
function sets.has_family(set, family) return set.families[family] == true end

return sets
