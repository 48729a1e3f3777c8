--- Senders of ours who go out as another address of their entry: as its primary address, or as the one of
-- the type that the next hop speaks; and of whom rules make one of these.  Of those that nobody tells
-- apart, be it by what they become, there is one.
-- @module postoffice.policy.prove.classes.aliases

local before = require "postoffice.policy.prove.sets.before"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local entrants = require "postoffice.policy.prove.classes.entrants"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local inverses = require "postoffice.policy.prove.classes.inverses"
local lists = require "postoffice.lists"
local outbound = require "postoffice.policy.compile.outbound"
local patterns = require "postoffice.policy.prove.sets.patterns"
local rules = require "postoffice.policy.compile.senders"
local shapes = require "postoffice.policy.prove.sets.shapes"

local aliases = {}

local clock = os.clock

local MOST_MADE = 50 -- aliases that a rule may make of many senders

-- ---- Who they are --------------------------------------------------------------

-- Adds an address, once.
local function add(work, address)
  local key = core.key(address)
  if not key or work.keys[key] then return end
  work.keys[key], work.list[#work.list + 1] = true, address
end

-- Whether a sender goes out as another address of its entry.
local function is_alias(compiled, spoken, entry, address)
  local entries = compiled.directory
  local primary = compiled.outbound and directory.best(entries, entry, address.type)
  if primary and core.key(primary) ~= core.key(address) then return true end
  for _, type_name in ipairs(spoken) do
    local is_other = type_name ~= address.type
    if is_other and directory.best(entries, entry, type_name) then return true end
  end
  return false
end

-- Adds what is true of senders of whom a rule makes an alias, unless that is but one, who is added.
local function add_made(work, rule, address)
  local inverse = inverses.of(rule)
  local sender = inverse and inverses.undone(inverse, address)
  if sender then add(work, sender) end
  if inverse or families.of(rule.template.type) ~= families.of(address.type) then return end
  local own, matched = patterns.of_address(address), patterns.of_matcher(rule.matcher)
  local formula = own and matched and before.formula(rule.matcher, rule.template, own)
  formula = formula and formulas.all { matched, formula }
  if formula == formulas.FALSE then return end
  work.made[#work.made + 1] = formula or nil
  work.is_whole = work.is_whole and formula ~= nil and #work.made <= MOST_MADE
end

-- Adds an alias, and of whom rules make it.
local function add_alias(work, address)
  local key = core.key(address) or ""
  if work.is_done[key] then return end
  work.is_done[key] = true
  add(work, address)
  for _, rule in ipairs(work.rules) do add_made(work, rule, address) end
end

-- Adds the addresses of an entry of which others are heard.
local function add_entry(work, compiled, spoken, entry)
  if not directory.proxy_texts(compiled.directory, entry)[2] then return end
  for _, address in ipairs(directory.proxies(compiled.directory, entry)) do
    if is_alias(compiled, spoken, entry, address) then add_alias(work, address) end
  end
end

-- The types that connectors speak, each once.
local function spoken_in(compiled)
  local types = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks then types[connector.speaks] = true end
  end
  return lists.keys(types)
end

-- The rules of policies about senders.
local function all_rules(policies)
  local list = {}
  for _, policy in ipairs(policies) do
    for _, kind in ipairs { "one_way", "both" } do
      for _, rule in ipairs(rules[kind](policy.compiled.senders)) do list[#list + 1] = rule end
    end
  end
  return list
end

local function is_over(allowance)
  if clock() > allowance.until_then then allowance.left = -1 end
  return allowance.left < 0
end

-- Finds who they are by a policy's directory, as far as there is time.
local function collect(work, compiled)
  local spoken = spoken_in(compiled)
  if not compiled.outbound and not spoken[1] then return end
  for entry in directory.each(compiled.directory) do
    work.is_whole = work.is_whole and not is_over(work.allowance)
    if not work.is_whole then return end
    add_entry(work, compiled, spoken, entry)
  end
end

-- ---- What becomes of them ------------------------------------------------------

-- The connectors of a policy that hear senders in different ways.
local function hearers_of(compiled)
  local seen, list = {}, {}
  local has_rules = rules.one_way(compiled.senders)[1] or rules.both(compiled.senders)[1]
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local id = ("%s %s %s"):format(connector.speaks or "", connector.outbound or "",
      has_rules and connector.folded or "")
    if not seen[id] then seen[id], list[#list + 1] = true, connector end
  end
  return list
end

-- The addresses that a connector hears for a sender, whether the message may relay or not.
local function heard_by(compiled, connector, sender)
  local list = { rules.find(compiled.senders, sender, connector.folded) or nil }
  if not list[1] then
    list = { sender, compiled.outbound and outbound.find(compiled, sender, connector) or sender }
  end
  for i = 1, #list do
    local entry = directory.find(compiled.directory, core.key(list[i]) or "")
    local is_spoken = not connector.speaks or connector.speaks == list[i].type
    list[#list + 1] = not is_spoken and entry
      and directory.best(compiled.directory, entry, connector.speaks) or list[i]
  end
  return list
end

-- What tells an address by terms, as a text; found out once.
local function described(work, address, key)
  if not work.described[key] then
    local word, parts = shapes.word(address), { address.type }
    parts[2] = work.alone[formulas.key_of_word(word)]
    for i, term in ipairs(work.globbed) do
      if formulas.has(term, word) then parts[#parts + 1] = i end
    end
    work.described[key] = table.concat(parts, " ")
  end
  return work.described[key]
end

-- The same text for addresses that nobody tells apart.  Which of the addresses that are heard are the
-- same is told by numbers.
local function identity(work, address, key)
  local parts, numbers, count = { work.known(address, key), described(work, address, key) }, {}, 0
  for i, policy in ipairs(work.policies) do
    for _, connector in ipairs(work.hearers[i]) do
      for _, heard in ipairs(heard_by(policy.compiled, connector, address)) do
        local heard_key = core.key(heard) or ""
        if not numbers[heard_key] then numbers[heard_key], count = count, count + 1 end
        parts[#parts + 1] = numbers[heard_key] .. " " .. described(work, heard, heard_key)
      end
    end
  end
  return table.concat(parts, "\0")
end

-- Terms of several addresses, and by the one that others have a number.
local function index(terms)
  local globbed, alone = {}, {}
  for i, term in ipairs(terms) do
    if term.key then alone[term.key] = "alone " .. i else globbed[#globbed + 1] = term end
  end
  return globbed, alone
end

-- ---- All of them ---------------------------------------------------------------

-- One of each kind, as far as there is work and time.
local function of_each_kind(work)
  local found, seen = {}, {}
  for _, address in ipairs(work.list) do
    work.allowance.left = work.allowance.left - #work.globbed - 1
    work.is_whole = work.is_whole and not is_over(work.allowance)
    if not work.is_whole then return found end
    local id = identity(work, address, core.key(address))
    if not seen[id] then seen[id], found[#found + 1] = true, address end
  end
  return found
end

--- Those that are told apart.
-- @tparam {table,...} policies
-- @tparam {table,...} terms that tell senders and what they become apart
-- @tparam table allowance `left` and `until_then`
-- @treturn {table,...} addresses, one for each kind
-- @treturn table `keys` of all of them, as a set; `made`, formulas that are true of others, of each of
--   whom rules make one of them; `is_whole`, whether there was enough work and time for all kinds
function aliases.find(policies, terms, allowance)
  local work = {
    policies = policies, allowance = allowance, list = {}, keys = {}, made = {}, is_whole = true,
    known = entrants.teller(policies), rules = all_rules(policies), hearers = {}, described = {},
    is_done = {},
  }
  work.globbed, work.alone = index(terms)
  for i, policy in ipairs(policies) do
    work.hearers[i] = hearers_of(policy.compiled)
    collect(work, policy.compiled)
  end
  return of_each_kind(work), work
end

--- Whether some rule makes one of them of an address.
-- @tparam {table,...} policies
-- @tparam table keys of all of them
-- @tparam table address
-- @treturn boolean
function aliases.are_made_of(policies, keys, address)
  for _, policy in ipairs(policies) do
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      local made = rules.find(policy.compiled.senders, address, connector.folded)
      if made and keys[core.key(made) or ""] then return true end
    end
  end
  return false
end

return aliases
