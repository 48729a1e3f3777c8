--- Rules that match nothing, or are never the first to match, for `postoffice.policy.prove.lint`.
--
-- A rule that is the first to match an address is none of them, and most rules are that for the first
-- address that comes to mind. The others are decided by sets: whether all that a rule matches is taken
-- by those before it, one of them or several together.  A rewrite is applied once on an address's way,
-- so that a later one may get its turn after it: such a one is not told (`postoffice.policy.prove.turns`).
-- @module postoffice.policy.prove.lint_shadows

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local describe = require "postoffice.policy.language.describe"
local lists = require "postoffice.lists"
local new_leads = require "postoffice.policy.prove.leads".new
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.prove.sets"
local new_turns = require "postoffice.policy.prove.turns".new

local MOST_NAMED = 40 -- rules that cover one together, of which those that do not matter are left out
local SHOWN = 4

-- Whether a rewrite always applies to what it matches, so that none after it sees that.
local function is_final(rewrite) return rewrite.matcher ~= nil and rewrite.template ~= nil end

-- Whether a rule of senders is for a connector; false: for headers and all that are not named.
local function is_for(rule, name) return not rule.at or name and rule.at[name] == true end

local FOR_ALL = { false }

-- The connectors for which a rule has to be looked at.
local function names_of(rule)
  if not rule.at then return FOR_ALL end
  local names = {}
  for name in pairs(rule.at) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The rules before one that take something of what it may match, for a connector.
local function earlier(look, rule, name)
  local list = {}
  for _, other in ipairs(look.anchors:near(rule)) do
    if other.rank < rule.rank and look.word.takes(other, name) then list[#list + 1] = other end
  end
  return list
end

-- Whether rules match between them all that another matches; nil if that cannot be told.
local function cover(look, rules, rule)
  local patterns = lists.pluck(rules, "matcher")
  local list = {}
  for _, matcher in ipairs(patterns) do list[#list + 1] = sets.of_pattern(matcher) end
  patterns[#patterns + 1] = rule.matcher
  return allowance.ask(look.allowance, patterns, function(work)
    return sets.covers(sets.union(list), sets.of_pattern(rule.matcher), work)
  end)
end

-- Leaves out the rules without which the others cover one all the same.
local function needed(look, rules, rule)
  if #rules > MOST_NAMED then return rules end
  for i = #rules, 1, -1 do
    local others = {}
    for j, other in ipairs(rules) do
      if j ~= i then others[#others + 1] = other end
    end
    if cover(look, others, rule) then rules = others end
  end
  return rules
end

-- The rules that take, for a connector, all that a rule matches; nil if some address is left, or that
-- cannot be told.
local function cover_of(look, rule, name)
  local rules = earlier(look, rule, name)
  if #rules == 0 or not cover(look, rules, rule) then return nil end
  return needed(look, rules, rule)
end

-- The rules that take all that a rule matches, whatever connector carries it.
local function shadow_of(look, rule)
  local all, seen = {}, {}
  for _, name in ipairs(names_of(rule)) do
    local rules = cover_of(look, rule, name)
    if not rules then return nil end
    for _, other in ipairs(rules) do
      if not seen[other] then all[#all + 1] = other end
      seen[other] = true
    end
  end
  return all
end

-- Whether a rule is seen to be the first for some address, without sets.
local function is_first(look, rule)
  local address = samples.of_matcher(rule.matcher)
  return address ~= nil and samples.first_match(look.index, address) == rule
end

-- "the rewrites at policy.lua:1, policy.lua:2 take all of its addresses together".
local function taken_by(word, rules)
  local places = {}
  for i = 1, math.min(#rules, SHOWN) do places[i] = describe.where(rules[i].declaration) end
  if #rules > SHOWN then places[SHOWN + 1] = ("%d more"):format(#rules - SHOWN) end
  local only = #rules == 1
  return ("the %s at %s %s all of its %s%s"):format(only and word.subject or word.subject .. "s",
    table.concat(places, ", "), only and "takes" or "take", word.object,
    only and "" or " together")
end

-- Whether a rule is known to match nothing.
local function is_empty(look, rule)
  return allowance.ask(look.allowance, { rule.matcher }, function(work)
    return sets.is_empty(sets.of_pattern(rule.matcher), work)
  end)
end

-- The words whose first rule that matches decides: their index, whether a rule takes what it matches
-- for a connector, and what is said then.
local WORDS = {
  {
    index = function(compiled) return compiled.rewrites end,
    takes = is_final, subject = "rewrite", object = "addresses", is_applied_once = true,
  },
  {
    index = function(compiled) return rewrites.index(senders.one_way(compiled.senders)) end,
    takes = is_for, subject = "rule", object = "senders",
  },
}

-- Tells of a rule what is wrong with it.
local function look_at(look, rule)
  if is_first(look, rule) or not sets.of_pattern(rule.matcher) then return end
  if is_empty(look, rule) then
    look.find("warning", "rewrite-empty", rule.declaration, "matches no address that can be",
      "correct its pattern, or remove it")
    return
  end
  local shadow = shadow_of(look, rule)
  if not shadow or look.turns and look.turns:may_come(rule, shadow) then return end
  look.find("warning", "rewrite-shadowed", rule.declaration,
    "is never the first to match: " .. taken_by(look.word, shadow), "put it before, or remove it")
end

local function find_shadowed(word, compiled, find)
  local index = word.index(compiled)
  local list = rewrites.all(index)
  local look = {
    word = word, index = index, allowance = allowance.new(), find = find,
    anchors = anchors.new(list), all = list,
  }
  look.leads = new_leads(look.allowance)
  look.turns = word.is_applied_once and new_turns(compiled, look) -- one rule is applied to a sender
  for _, rule in ipairs(list) do
    if rule.matcher then look_at(look, rule) end
    if look.allowance.left <= 0 then
      find("note", "rewrites-uncompared", rule.declaration,
        "and those after it were not held against the others: there are too many alike",
        "in some field, write a name without wildcards, such as the domain")
      return
    end
  end
end

--- Finds them, and says where there were too many to look at.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_shadows(compiled, find)
  for _, word in ipairs(WORDS) do find_shadowed(word, compiled, find) end
end

return lint_shadows
