--- Rewrites that turn addresses into each other, for `postoffice.policy.prove.lint`: two that swap
-- domains, or more in a circle, send mail for whoever is not in the directory round and round.
--
-- A rule leads to another if it makes some address that this one matches, which is decided by sets: what
-- the first matches and makes a member of what the second matches. An address that comes back to itself
-- is the witness, and the engine's own steps find it; or, where rules are applied again, one that they
-- make longer and longer until the engine refuses it.  Some of the addresses that go round are tried: one
-- that is alone in that may be missed, where a rule parts a field into several, or others come before the
-- circle.
-- @module postoffice.policy.prove.lint_circles

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local lists = require "postoffice.lists"
local new_leads = require "postoffice.policy.prove.leads".new
local quiet = require "postoffice.policy.prove.quiet"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"

local LONGEST = 4 -- rules in a circle
local MOST_TRIED = 40 -- addresses that go round, of which one may come back to itself

-- What the first rule that matches an address, of those that may still be applied, makes of it; and the
-- rule.
local function step(index, address, applied)
  local rank, rule = rewrites.next(index, 0, address)
  while rank do
    local captures = rule.matcher and not (applied[rule] and not rule.again)
      and rewrites.match(rule, address)
    if captures then return rule.template and rewrites.fill(rule, captures), rule end
    rank, rule = rewrites.next(index, rank, address)
  end
end

-- The rules by which an address comes back to itself, one after the other; nil if it does not.
local function circle_of(index, address)
  local key, rules, applied, at = core.key(address), {}, {}, address
  for i = 1, LONGEST do
    local made, rule = step(index, at, applied)
    if not made or core.key(made) == core.key(at) then return nil end -- an exception stays
    rules[i], applied[rule], at = rule, true, made
    if core.key(at) == key then return rules end
  end
end

-- The set of what a rule matches and makes a member of another set; nil if that is not known.
local function before(rule, set)
  local made = sets.before(rule, set)
  return made or nil
end

-- The addresses that go from rule to rule through all of a path; where that is not known, those that may
-- begin it.
local function along(path)
  local set = sets.of_pattern(path[#path].matcher)
  for i = #path - 1, 1, -1 do set = set and before(path[i], set) end
  return set or sets.of_pattern(path[1].matcher)
end

-- Whether mail for an address never ends; that of who is in the directory does.
local function never_ends(look, address)
  return quiet.failure(look.policy, address) == "route-loop"
end

-- An address on the way of one that comes back to itself; nil if none does.
local function on_circle(look, address)
  local applied = {}
  for _ = 1, LONGEST do
    if circle_of(look.index, address) and never_ends(look, address) then return address end
    local made, rule = step(look.index, address, applied)
    if not made then return nil end
    address, applied[rule] = made, true
  end
end

-- Of an address and of what the rules of a path make of it, whatever comes before them: one that comes
-- back to itself, and the first of which mail never ends; either may be nil.
local function look_along(look, path, address)
  local endless
  for i = 1, #path - 1 do
    local found = on_circle(look, address)
    if found then return found end
    endless = endless or never_ends(look, address) and address or nil
    local captures = rewrites.match(path[i], address)
    address = captures and rewrites.fill(path[i], captures)
    if not address or not core.key(address) then break end
  end
  return nil, endless
end

-- An address that goes round by the rules of a path, which ends in its first one, and comes back to
-- itself, or else one that never ends; nil if none is found.
local function witness_of(look, path)
  local found, endless, tried = nil, nil, 0
  allowance.ask(look.allowance, lists.pluck(path, "matcher"), function(work)
    local set = along(path)
    return set and sets.witness(set, work, function(_, address)
      local other
      found, other = look_along(look, path, address)
      endless, tried = endless or other, tried + 1
      return found or tried == MOST_TRIED
    end)
  end)
  return found or endless
end

local tell

-- Looks for circles that go on from a path; true if one was found.
local function extend(look, path)
  local last = path[#path]
  for _, rule in ipairs(look.allowance.left > 0 and look.anchors:after(last) or {}) do
    path[#path + 1] = rule
    local is_round, goes_on = rule == path[1], rule.template and rule.rank > path[1].rank
      and #path <= LONGEST
    local is_open = (is_round or goes_on) and look.leads:to(last, rule) ~= false
    local address = is_round and is_open and witness_of(look, path)
    if address then tell(look, path, address) end
    if address or goes_on and is_open and extend(look, path) then return true end
    path[#path] = nil
  end
  return false
end

local ADVICE = "put an exception before it, a rewrite that makes the same again"

-- ", with those at policy.lua:2, policy.lua:3": the other rules of a path, which ends in its first one.
local function with_others(path)
  local places = {}
  for i = 2, #path - 1 do places[i - 1] = describe.where(path[i].declaration) end
  if not places[1] then return "" end
  return (", with %s at %s,"):format(places[2] and "those" or "the one", table.concat(places, ", "))
end

-- Tells of an address that the rules of a path never are done with.
local function tell_endless(look, path, address)
  for _, rule in ipairs(path) do look.told[rule] = true end
  look.find("warning", "rewrite-endless", path[1].declaration,
    ("is applied again and again%s to what it made: %s never comes to an end"):format(
      with_others(path), core.format(address)),
    "leave out again, or " .. ADVICE)
end

function tell(look, path, address)
  local rules, places = circle_of(look.index, address), {}
  if not rules then return tell_endless(look, path, address) end
  for i, rule in ipairs(rules) do
    look.told[rule], places[i] = true, describe.where(rule.declaration)
  end
  look.find("warning", "rewrite-circular", rules[1].declaration,
    ("and the %s at %s turn addresses into each other: %s comes back to itself"):format(
      #rules == 2 and "rewrite" or "rewrites", table.concat(places, ", ", 2), core.format(address)),
    "remove one of them, or " .. ADVICE)
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_circles(policy, find)
  local index = policy.compiled.rewrites
  local list = rewrites.all(index)
  local look = {
    policy = policy, index = index, find = find, allowance = allowance.new(), told = {},
    anchors = anchors.new(list),
  }
  look.leads = new_leads(look.allowance)
  for _, rule in ipairs(list) do
    if look.allowance.left <= 0 then return end
    if rule.matcher and rule.template and not look.told[rule] then extend(look, { rule }) end
  end
end

return lint_circles
