--- Rules that are never the first to match, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_shadows

local compare = require "postoffice.policy.pattern.compare"
local describe = require "postoffice.policy.language.describe"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"

-- Whether a rewrite always applies to what it matches, so that none after it sees that.
local function is_final(rewrite) return rewrite.matcher ~= nil and rewrite.template ~= nil end

-- Whether a rule is for all connectors that another is for.
local function is_for_all_of(rule, other)
  if not rule.at then return true end
  if not other.at then return false end
  for name in pairs(other.at) do
    if not rule.at[name] then return false end
  end
  return true
end

-- The words whose first rule that matches decides: their rules, the next that may cover one,
-- whether an earlier one leaves nothing of what both match to a later one, and what is said then.
local WORDS = {
  { part = "rewrites", all = rewrites.all, next_cover = rewrites.next_cover, decides = is_final,
    message = "is never the first to match: the rewrite at %s takes all of its addresses" },
  { part = "senders", all = senders.one_way, next_cover = senders.next_cover,
    decides = is_for_all_of,
    message = "is never the first to match: the one at %s takes all of its senders" },
}

-- The rule before `later` that takes all that it matches; nil, too, if the work is used up.
local function shadow_of(word, compiled, later, work)
  local rank, earlier = word.next_cover(compiled, 0, later)
  while rank and rank < later.rank and work.left >= 0 do
    if word.decides(earlier, later) and compare.covers(earlier.matcher, later.matcher, work) then
      return earlier
    end
    rank, earlier = word.next_cover(compiled, rank, later)
  end
end

local function find_shadowed(word, compiled, find)
  local work = compare.work()
  for _, rule in ipairs(word.all(compiled)) do
    local shadow = rule.matcher and shadow_of(word, compiled, rule, work)
    if shadow then
      find("warning", "rewrite-shadowed", rule.declaration,
        word.message:format(describe.where(shadow.declaration)),
        "put it before that one, or remove it")
    elseif work.left < 0 then
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
  for _, word in ipairs(WORDS) do find_shadowed(word, compiled[word.part], find) end
end

return lint_shadows
