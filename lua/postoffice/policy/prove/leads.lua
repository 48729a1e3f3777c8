--- Which rewrites make what others match, for `postoffice.policy.prove.lint_circles` and
-- `postoffice.policy.prove.lint_shadows`.
-- @module postoffice.policy.prove.leads

local allowance = require "postoffice.policy.prove.allowance"
local matchers = require "postoffice.policy.pattern.matchers"
local sets = require "postoffice.policy.prove.sets"

local Leads = {}
Leads.__index = Leads

local leads = {}

-- The addresses that a rule might make, if its captures could be any texts; nil if that cannot be told.
local function image(rule)
  local pattern = matchers.read((rule.declaration.fields.to:gsub("%b{}", "*")))
  return pattern and sets.of_pattern(pattern)
end

--- Whether none of what a rule might make is in a set, whatever it matches.
-- @tparam table rule with a `template`
-- @tparam table set
-- @tparam table work
-- @treturn boolean false if that is not known
function leads.is_apart(rule, set, work)
  local made = image(rule)
  return made ~= nil and sets.overlap(made, set, work) == false
end

-- Whether an address is in one of some sets; nil if that cannot be told. Each is asked for itself, the
-- simplest first: an address of that is an answer, and all of them at once are far more to tell apart.
local function is_any(list, work)
  local is_known = true
  for _, set in ipairs(list) do
    local is_empty = sets.is_empty(set, work)
    if is_empty == false then return true end
    is_known = is_known and is_empty == true
  end
  if is_known then return false end
end

-- Whether a rule is seen to be an exception, which makes the same again: that is final.
local function is_exception(rule)
  local from, to = rule.declaration.name, rule.declaration.fields.to
  return from ~= nil and type(to) == "string" and from:lower() == to:lower()
end

-- Whether some address that a rule matches becomes one that another matches; nil if that cannot be
-- told.
local function ask(self, rule, other)
  if is_exception(rule) then return false end
  if not (rule.template and other.matcher) then return nil end
  return allowance.ask(self.allowance, { rule.template, other.matcher }, function(work)
    local matched = sets.of_pattern(other.matcher)
    if not matched then return nil end
    if leads.is_apart(rule, matched, work) then return false end
    local set, doubt = nil, nil
    if rule.matcher then set, doubt = sets.before(rule, matched) end
    if set then return is_any({ set, doubt }, work) end
  end)
end

--- Whether a rewrite makes something that another matches; asked once for two of them.
-- @tparam table rule
-- @tparam table other
-- @treturn boolean|nil nil if that cannot be told
function Leads:to(rule, other)
  local known = self.known[rule] or {}
  self.known[rule] = known
  known[other] = known[other] or { answer = ask(self, rule, other) }
  return known[other].answer
end

--- What remembers them for rewrites.
-- @tparam table spent an allowance
-- @treturn table with `to`
function leads.new(spent) return setmetatable({ allowance = spent, known = {} }, Leads) end

return leads
