--- The addresses of directories as senders, as far as restrictions tell them apart: one of all that the
-- same entries include, that the same patterns match, and that are a mailbox here or none.
-- @module postoffice.policy.prove.classes.entrants

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local holders = require "postoffice.policy.prove.classes.holders"
local restrictions = require "postoffice.policy.compile.restrictions"
local shapes = require "postoffice.policy.prove.sets.shapes"

local entrants = {}

local clock = os.clock

local UNKNOWN = { unknown = true } -- types, too, that no dialect has

-- ---- Which there are -----------------------------------------------------------

-- Calls `visit` with the addresses by which an entry is found: its own, with an extension, and without
-- a post office (Q197255); and with those that its mail goes on to, whom a restriction names by it.
local function each_address(compiled, entry, visit)
  for _, address in ipairs(directory.proxies(compiled.directory, entry)) do
    visit(address)
    if address.type == "CCMAIL" then
      visit(core.parse(address.mailbox, families.native "CCMAIL"))
    end
    for separator in (holders.separators(compiled, address) or ""):gmatch "." do
      visit(addresses.smtp(address.localpart .. separator .. "x", address.domain))
    end
  end
  for _, address in ipairs(directory.goals(compiled.directory, entry)) do visit(address) end
end

-- ---- What is told of one -------------------------------------------------------

-- What an entry is told apart by as a sender's: whether its mailbox is here.
local function kind_of(entries, entry)
  if not entry then return "nobody" end
  local is_sent_on = directory.kind(entries, entry):find "^target" and true or false
  return is_sent_on and not directory.stays(entries, entry) and "elsewhere" or "here"
end

-- The senders that restrictions name by an entry, one by one.
local function named_of(compiled)
  local seen, list = {}, {}
  for entry in directory.each_restricted(compiled.directory) do
    local own = restrictions.find(compiled.restrictions, entry)
    for _, label in ipairs { "accept", "reject" } do
      for _, named in ipairs(own[label] and own[label].entries or {}) do
        if not seen[named] then
          seen[named], list[#list + 1] = true, { entries = { named }, sets = {}, matchers = {} }
        end
      end
    end
  end
  return list
end

-- Adds what a policy's restrictions know of an address.
local function add_known(parts, policy, address, key)
  local compiled = policy.compiled
  local entry = holders.find(compiled, address, key)
  local sender = restrictions.sender(address, key, entry)
  parts[#parts + 1] = kind_of(compiled.directory, entry)
  for i, named in ipairs(policy.named) do
    if restrictions.includes(compiled.restrictions, named, sender) then parts[#parts + 1] = i end
  end
end

-- Policies that have restrictions, each with the senders that these name.
local function restricted(policies)
  local list = {}
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    local own = compiled.restrictions and { compiled = compiled, named = named_of(compiled) }
    list[#list + 1] = own or nil
  end
  return list
end

--- Tells what restrictions know of addresses.
-- @tparam {table,...} policies
-- @treturn function of an address and its key: the same text for those that they do not tell apart
function entrants.teller(policies)
  local own = restricted(policies)
  return function(address, key)
    local parts = {}
    for _, policy in ipairs(own) do add_known(parts, policy, address, key) end
    return table.concat(parts, " ")
  end
end

-- The numbers of the terms that addresses of a family at a domain may be in, found out once.
local function terms_at(work, word)
  local id = word.family .. "\0" .. (word.texts.domain or "")
  if work.at[id] then return work.at[id] end
  local list = {}
  for i, term in ipairs(work.terms) do
    local is_there = term.family == word.family
      and formulas.has(formulas.term(term.family, { domain = term.fields.domain }), word)
    if is_there then list[#list + 1] = i end
  end
  work.at[id] = list
  return list
end

-- The same text for addresses that nobody tells apart.
local function identity(work, address, key)
  local word = shapes.word(address)
  local parts = { word.family, work.known(address, key) }
  for _, i in ipairs(terms_at(work, word)) do
    if formulas.has(work.terms[i], word) then parts[#parts + 1] = "term " .. i end
  end
  return table.concat(parts, "\0")
end

-- ---- All of them ---------------------------------------------------------------

-- Adds an address, if it is the first of its kind.
local function add(work, address)
  local key = address and core.key(address)
  if not key or work.seen[key] then return end
  work.seen[key] = true
  work.allowance.left = work.allowance.left - 1 -- the clock knows of the terms
  local id = identity(work, address, key)
  local text = not work.ids[id] and core.format(address, UNKNOWN)
  if text then work.ids[id], work.list[#work.list + 1] = true, text end
end

local function is_over(allowance)
  if clock() > allowance.until_then then allowance.left = -1 end
  return allowance.left < 0
end

--- The senders of the directories of policies that have restrictions.
-- @tparam {table,...} policies
-- @tparam {table,...} terms what else is asked of senders
-- @tparam table allowance `left` and `until_then`
-- @treturn {string,...} texts, one for each kind
-- @treturn boolean whether those are all kinds: there was enough work and time
function entrants.find(policies, terms, allowance)
  local work = {
    terms = terms, allowance = allowance, list = {}, ids = {}, seen = {}, at = {},
    policies = restricted(policies), known = entrants.teller(policies),
  }
  local function visit(address) add(work, address) end
  for _, policy in ipairs(work.policies) do
    for entry in directory.each(policy.compiled.directory) do
      if is_over(allowance) then return work.list, false end
      each_address(policy.compiled, entry, visit)
    end
  end
  return work.list, true
end

return entrants
