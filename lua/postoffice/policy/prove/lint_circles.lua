--- Rewrites that turn addresses into each other, for `postoffice.policy.prove.lint`: two that swap
-- domains, or more in a circle, send mail for whoever is not in the directory round and round.
--
-- A rule leads to another if it makes some address that this one matches, which is decided by sets: what
-- the first matches and makes a member of what the second matches. An address that comes back to itself
-- is the witness, and the engine's own steps find it.
-- @module postoffice.policy.prove.lint_circles

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local lists = require "postoffice.lists"
local new_leads = require "postoffice.policy.prove.leads".new
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"

local LONGEST = 4 -- rules in a circle
local WITNESSES = 8 -- addresses of which one may come back to itself

-- What the first rule that matches an address makes of it, and the rule.
local function step(index, address)
  local rule = samples.first_match(index, address)
  local captures = rule and rule.template and rewrites.match(rule, address)
  return captures and rewrites.fill(rule, captures), rule
end

-- The rules by which an address comes back to itself, each once; nil if it does not.
local function circle_of(index, address)
  local key, rules, at = core.key(address), {}, address
  for i = 1, LONGEST do
    local made, rule = step(index, at)
    if not made or core.key(made) == core.key(at) then return nil end -- an exception stays
    if rules[rule] and not rule.again then return nil end -- it fires once
    rules[i], rules[rule], at = rule, true, made
    if core.key(at) == key then return rules end
  end
end

-- The set of what a rule matches and makes a member of another set; nil if that is not known.
local function before(rule, set)
  local made = sets.before(rule, set)
  return made or nil
end

-- The addresses that go from rule to rule through all of a path.
local function along(path)
  local set = sets.of_pattern(path[#path].matcher)
  for i = #path - 1, 1, -1 do set = set and before(path[i], set) end
  return set
end

-- An address that goes round by the rules of a path, which ends in its first one, and comes back to
-- itself; nil if none is found.
local function witness_of(look, path)
  local found = allowance.ask(look.allowance, lists.pluck(path, "matcher"), function(work)
    local set = along(path)
    return set and sets.members(set, WITNESSES, work)
  end)
  for _, text in ipairs(found or {}) do
    local address = core.parse(text, { unknown = true })
    if circle_of(look.index, address) then return address end
  end
end

local tell

-- Looks for circles that go on from a path; true if one was found.
local function extend(look, path)
  local last = path[#path]
  for _, rule in ipairs(look.anchors:after(last)) do
    path[#path + 1] = rule
    local is_round, goes_on = rule == path[1], rule.template and rule.rank > path[1].rank
      and #path <= LONGEST
    local is_open = (is_round or goes_on) and look.leads:to(last, rule)
    local address = is_round and is_open and witness_of(look, path)
    if address then tell(look, address) end
    if address or goes_on and is_open and extend(look, path) then return true end
    path[#path] = nil
  end
  return false
end

function tell(look, address)
  local rules, places = circle_of(look.index, address), {}
  for i, rule in ipairs(rules) do
    look.told[rule], places[i] = true, describe.where(rule.declaration)
  end
  look.find("warning", "rewrite-circular", rules[1].declaration,
    ("and the %s at %s turn addresses into each other: %s comes back to itself"):format(
      #rules == 2 and "rewrite" or "rewrites", table.concat(places, ", ", 2), core.format(address)),
    "remove one of them, or put an exception before it, a rewrite that makes the same again")
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_circles(compiled, find)
  local list = rewrites.all(compiled.rewrites)
  local look = {
    index = compiled.rewrites, find = find, allowance = allowance.new(), told = {},
    anchors = anchors.new(list),
  }
  look.leads = new_leads(look.allowance)
  for _, rule in ipairs(list) do
    if look.allowance.left <= 0 then return end
    if rule.matcher and rule.template and not look.told[rule] then extend(look, { rule }) end
  end
end

return lint_circles
