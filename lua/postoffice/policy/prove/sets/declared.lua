--- What the sets that policies declare have, be they thousands of patterns: one formula, which is kept
-- for whoever asks for it while somebody holds it.
-- @module postoffice.policy.prove.sets.declared

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local patterns = require "postoffice.policy.prove.sets.patterns"
local sets = require "postoffice.policy.compile.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"
local texts = require "postoffice.policy.pattern.sets"

local declared = {}

local cond, literal = formulas.cond, globs.literal

local SMTP = families.native "SMTP"
local BELOW = { globs.ANY, "." }

-- Adds a pattern of all who are at an SMTP domain, or below one; whether it is such a pattern.
local function add_domain(found, text)
  local name, is_below = texts.domain_of(text)
  if not name then return false end
  local tokens = literal(name)
  table.insert(found.domains, cond(is_below and globs.joined(BELOW, tokens) or tokens))
  return true
end

-- Adds an address of SMTP among those at its domain; whether it is one without quotes.
local function add_address(found, text)
  local body = text:match '^[Ss][Mm][Tt][Pp]:([^"]*)$'
  if not body or texts.is_wild(text) then return false end
  local address = core.parse(body, SMTP)
  local own = address and core.key(address) and shapes.word(address).texts
  if not own or not own.domain then return false end
  if not found.at[own.domain] then
    found.at[own.domain], found.names[#found.names + 1] = {}, own.domain
  end
  table.insert(found.at[own.domain], cond(literal(own.localpart)))
  return true
end

-- Adds any other pattern.
local function add_pattern(found, text)
  local matcher = matchers.read(text)
  local formula = patterns.of_matcher(matcher)
  if formula then
    found.list[#found.list + 1] = formula
  else
    found.untold[matcher.family] = true
  end
end

-- The formula of a set, and the families of patterns of which there is none.
local function new(set)
  local found = { domains = {}, at = {}, names = {}, list = {}, untold = {} }
  for _, text in ipairs(sets.texts(set)) do
    local is_added = add_domain(found, text) or add_address(found, text)
    if not is_added then add_pattern(found, text) end
  end
  local list = found.list
  list[#list + 1] = formulas.any_of_field("SMTP", {}, "domain", found.domains)
  for _, name in ipairs(found.names) do
    local at = { domain = { cond(literal(name)) } }
    list[#list + 1] = formulas.any_of_field("SMTP", at, "localpart", found.at[name])
  end
  return { formula = formulas.any(list), untold = lists.keys(found.untold) }
end

local made = setmetatable({}, { __mode = "kv" }) -- by set

--- What a declared set has.
-- @tparam table set compiled
-- @treturn table `formula`; `untold`, the families of those of its patterns that no formula says
function declared.of(set)
  made[set] = made[set] or new(set)
  return made[set]
end

return declared
