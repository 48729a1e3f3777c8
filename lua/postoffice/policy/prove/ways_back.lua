--- Whether rewrites with `both` that never get their turn for recipients still give senders their names:
-- answers come back by a rewrite before them that makes the same.
-- For `postoffice.policy.prove.lint_shadows`.
-- @module postoffice.policy.prove.ways_back

local allowance = require "postoffice.policy.prove.allowance"
local core = require "postoffice.core"
local domain_of = require "postoffice.policy.prove.classes.inverses".domain
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local sets = require "postoffice.policy.prove.sets"

local ways_back = {}

local MOST_TRIED = 40 -- names outside, for each rewrite that takes them

-- Whether two rewrites are seen never to make the same: it is of two types, or at two domains.
local function are_apart(rule, other)
  if not (other.matcher and other.template) then return false end
  if families.of(rule.template.type) ~= families.of(other.template.type) then return true end
  local mine, its = domain_of(rule.template), domain_of(other.template)
  return mine ~= nil and its ~= nil and mine ~= its
end

-- Whether a rewrite makes of an address what the first one that matches makes.
local function is_answered(look, rule, address)
  local first = samples.first_match(look.index, address)
  if not first or not first.template then return true end
  local captures, own = rewrites.match(first, address), rewrites.match(rule, address)
  local made = captures and rewrites.fill(first, captures)
  local mine = own and rewrites.fill(rule, own)
  return made ~= nil and mine ~= nil and core.key(made) == core.key(mine)
end

-- Whether some name that a rewrite takes, of those that are tried, is answered.
local function find_name(look, rule, other)
  if not other.matcher then return false end
  local is_found, tried = false, 0
  allowance.ask(look.allowance, { rule.matcher, other.matcher }, function(work)
    local both = sets.intersection { sets.of_pattern(rule.matcher), sets.of_pattern(other.matcher) }
    return sets.witness(both, work, function(_, address)
      is_found, tried = is_answered(look, rule, address), tried + 1
      return is_found or tried >= MOST_TRIED
    end)
  end)
  return is_found
end

--- Whether senders get names that a rewrite has for recipients, though these never come to it.
-- @tparam table look `index` of all rewrites, `explicit`, what entries have of them, and `allowance`
-- @tparam table rule with `both` or without
-- @tparam {table,...} before rewrites before it that may match what it does, which take, with entries, all
--   of that: the first of them answers, be it needed for that or not
-- @treturn boolean|nil nil if that is not known
function ways_back.are_served(look, rule, before)
  if not rule.declaration.fields.both then return false end
  local takers, is_known = lists.copy(before), true
  if look.explicit:entries(rule)[1] then takers[#takers + 1] = rule end
  for _, other in ipairs(takers) do
    local is_apart = are_apart(rule, other)
    if not is_apart and find_name(look, rule, other) then return true end
    is_known = is_known and is_apart
  end
  if is_known then return false end
end

return ways_back
