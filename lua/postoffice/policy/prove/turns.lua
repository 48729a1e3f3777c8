--- Whether a rewrite that others shadow gets its turn all the same, since those are applied once on an
-- address's way: for `postoffice.policy.prove.lint_shadows`.
--
-- The last rule that was applied before has made what it matches, and of the others those may be used up
-- that lead to this last one.  So it gets its turn at most where that makes an address that no other rule
-- before it takes.
-- @module postoffice.policy.prove.turns

local allowance = require "postoffice.policy.prove.allowance"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local postoffices = require "postoffice.policy.compile.postoffices"
local sets = require "postoffice.policy.prove.sets"

local Turns = {}
Turns.__index = Turns

-- The rules that may make what one matches.
local function leading(self, rule)
  local list = self.known[rule] or {}
  if self.known[rule] or not rule.matcher then return list end
  for _, others in ipairs { self.anchors:before(rule), self.scripted } do
    for _, other in ipairs(others) do
      if other ~= rule and self.leads:to(other, rule) ~= false then list[#list + 1] = other end
    end
  end
  self.known[rule] = list
  return list
end

-- The rules by which an address may have come to one, but for `never`, as a set; nil if there are too many
-- to look at.
local function used_before(self, rule, never)
  local waiting, used = { rule }, {}
  for _, one in ipairs(waiting) do -- which grows
    if self.allowance.left <= 0 then return nil end
    for _, other in ipairs(leading(self, one)) do
      if other ~= never and not used[other] then
        used[other] = true
        waiting[#waiting + 1] = other
      end
    end
  end
  return used
end

-- What a rule matches and no other before it takes, of those that are not used up.
local function left_to(self, rule, used)
  local taken, patterns = { sets.nothing }, { rule.matcher }
  for _, other in ipairs(self.anchors:near(rule)) do
    local takes = other.rank < rule.rank and other.template and (other.again or not used[other])
    if takes then
      taken[#taken + 1], patterns[#patterns + 1] = sets.of_pattern(other.matcher), other.matcher
    end
  end
  return sets.difference(sets.of_pattern(rule.matcher), sets.union(taken)), patterns
end

-- Whether a rule gets its turn right after another, as far as that is not known not to be.
local function follows(self, last, rule)
  if not (last.matcher and last.template and sets.of_pattern(last.matcher)) then return true end
  local used = used_before(self, last, rule)
  if not used then return true end
  local matched, patterns = left_to(self, last, used)
  used[last] = true
  local left, others = left_to(self, rule, used)
  for _, pattern in ipairs(others) do patterns[#patterns + 1] = pattern end
  return allowance.ask(self.allowance, patterns, function(work)
    local set, doubt = sets.before(last, left)
    if not set then return true end
    local made = sets.intersection { matched, sets.union { set, doubt } }
    return sets.is_empty(made, work) ~= true
  end) ~= false
end

-- Whether something else than rewrites sends mail on to what a rule matches.
local function is_sent_to(self, rule)
  for _, domain in ipairs(domains.all(self.compiled.domains)) do
    local address = domain.catchall and domain.catchall.address
    if address and core.key(address) and matchers.match(rule.matcher, address) then return true end
  end
  for _, office in ipairs(postoffices.all(self.compiled.postoffices)) do
    if office.ours and families.of(office.gateway) == rule.matcher.family then return true end
  end
  return false
end

--- Whether a rewrite may get its turn after others were used up.
-- @tparam table rule
-- @tparam {table,...} shadow rules that take all that it matches
-- @treturn boolean
function Turns:may_come(rule, shadow)
  local used_up = false
  for _, other in ipairs(shadow) do used_up = used_up or not other.again end
  if not used_up then return false end
  if is_sent_to(self, rule) then return true end
  for _, last in ipairs(leading(self, rule)) do
    if follows(self, last, rule) then return true end
  end
  return false
end

--- What tells of a policy's rewrites.
-- @tparam table compiled
-- @tparam table look `all` of them, their `anchors`, `leads` and an `allowance`
-- @treturn table with `may_come`
local function new(compiled, look)
  local self = lists.copy(look)
  self.compiled, self.known, self.scripted = compiled, {}, {}
  for _, rule in ipairs(look.all) do
    if not rule.template then table.insert(self.scripted, rule) end
  end
  return setmetatable(self, Turns)
end

return { new = new }
