--- Rules that match nothing, or are never the first to match, for `postoffice.policy.prove.lint`.
--
-- A rule that is the first to match an address is none of them, and most rules are that for the first
-- address that comes to mind. The others are decided by sets: whether all that a rule matches is taken
-- by those before it, one of them or several together.  A rewrite is applied once on an address's way,
-- so that a later one may get its turn after it: such a one is not told (`postoffice.policy.prove.turns`).
-- @module postoffice.policy.prove.lint_shadows

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local are_served = require "postoffice.policy.prove.ways_back".are_served
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local few = require "postoffice.policy.prove.few"
local lists = require "postoffice.lists"
local needed = require "postoffice.policy.prove.needed"
local new_explicit = require "postoffice.policy.prove.explicit".new
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.prove.sets"
local new_turns = require "postoffice.policy.prove.turns".new

local UNKNOWN = { unknown = true }

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

-- All rules before one that may match something of what it does.
local function all_before(look, rule)
  return lists.kept(look.anchors:near(rule), function(other) return other.rank < rule.rank end)
end

-- Whether rules and a set have between them all that another rule matches; nil if that cannot be told.
-- And an address that they have not.
local function cover(look, rules, rule, set)
  local patterns = lists.pluck(rules, "matcher")
  local list = { set }
  for _, matcher in ipairs(patterns) do list[#list + 1] = sets.of_pattern(matcher) end
  patterns[#patterns + 1] = rule.matcher
  return allowance.ask(look.allowance, patterns, function(work)
    return sets.covers(sets.union(list), sets.of_pattern(rule.matcher), work)
  end)
end

-- The same of rules and entries: of these, one after the other is found by an address that is left.
local function is_covered(look, rules, rule)
  local explicit, count = look.explicit, look.explicit.count
  local is_so, left = cover(look, rules, rule, explicit:of(rule))
  if is_so ~= false then return is_so end
  explicit:learn(rule, assert(core.parse(left, UNKNOWN)))
  return explicit.count > count and is_covered(look, rules, rule)
end

-- Whether entries that are known have all that a rule matches.
local function is_explicit(look, rule)
  return look.explicit:entries(rule)[1] ~= nil and cover(look, {}, rule, look.explicit:of(rule))
end

-- The rules that take, for a connector, all that a rule matches, but for what entries have; nil if some
-- address is left, or that cannot be told.
local function cover_of(look, rule, name)
  if is_explicit(look, rule) then return {} end
  local rules = earlier(look, rule, name)
  if not is_covered(look, rules, rule) then return nil end
  local explicit = look.explicit:of(rule)
  return needed(rules, function(some) return cover(look, some, rule, explicit) end)
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
    and not look.explicit:learn(rule, address)
end

-- "rewrites at policy.lua:1, policy.lua:2": so many of something, by their places; nil for none.
local function named(subject, subjects, places)
  if not places[1] then return nil end
  local shown = table.concat(few.of(places, tostring), ", ")
  return ("%s at %s"):format(places[2] and subjects or subject, shown)
end

-- The places of the entries that have what some rules leave of one.
local function places_of_entries(look, rule, rules)
  local places, entries = {}, look.explicit:entries(rule)
  if not entries[1] or cover(look, rules, rule, sets.nothing) then return places end
  for i, entry in ipairs(entries) do
    places[i] = directory.where(look.compiled.directory, entry)
  end
  return places
end

-- "the rewrites at policy.lua:1, policy.lua:2 take all of its addresses together".
local function taken_by(look, rule, rules)
  local word, places = look.word, {}
  for i, other in ipairs(rules) do places[i] = describe.where(other.declaration) end
  local entries = places_of_entries(look, rule, rules)
  local by_rules = named(word.subject, word.subject .. "s", places)
  local by_entries = named("entry", "entries", entries)
  local only = #places + #entries == 1
  return ("the %s%s%s %s all of its %s%s"):format(by_rules or "",
    by_rules and by_entries and " and the " or "", by_entries or "", only and "takes" or "take",
    word.object, only and "" or " together")
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

-- What to do about a rule that others take all of, which serves no sender; nil if that is not known.
local function advice_for(shadow, is_served)
  if is_served == nil then return "put it before, or remove it if no sender gets his name by it" end
  return shadow[1] and "put it before, or remove it" or "remove it, or its addresses there"
end

-- Tells of a rule that others take all that it matches, unless it gets its turn after them, or gives
-- senders their names.
local function find_turn(look, rule, shadow)
  local why = look.turns and look.turns:why(rule, shadow)
  local is_served = why ~= true and look.turns and are_served(look, rule, all_before(look, rule))
  if why == true or is_served then return end
  if why then
    look.find("note", "rewrite-undecided", rule.declaration,
      ("is never the first to match, and whether it is the next after %s is not known: %s"):format(
        look.word.subject .. "s that are applied once", why), "see whether it is needed")
    return
  end
  look.find("warning", "rewrite-shadowed", rule.declaration,
    "is never the first to match: " .. taken_by(look, rule, shadow),
    advice_for(shadow, is_served))
end

-- Tells of a rule what is wrong with it.
local function look_at(look, rule)
  if is_first(look, rule) or not sets.of_pattern(rule.matcher) then return end
  if is_empty(look, rule) then
    look.find("warning", "rewrite-empty", rule.declaration, "matches no address that can be",
      "correct its pattern, or remove it")
    return
  end
  local shadow = shadow_of(look, rule)
  if shadow then find_turn(look, rule, shadow) end
end

local function find_shadowed(word, compiled, find)
  local index = word.index(compiled)
  local list = rewrites.all(index)
  local look = {
    word = word, index = index, allowance = allowance.new(), find = find, compiled = compiled,
    anchors = anchors.new(list), explicit = new_explicit(word.is_applied_once and compiled),
  }
  look.turns = word.is_applied_once and new_turns(look) -- one rule is applied to a sender
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
