--- The course of rewrites that one address of a class takes, and whether all of them take it to the
-- same end: what ends a course besides tests is that it comes back to where it was, and that it
-- goes on for ten passes of which none makes the address shorter (`again`).
-- @module postoffice.policy.prove.classes.course

local describe = require "postoffice.policy.language.describe"
local effects = require "postoffice.policy.prove.classes.effects"
local families = require "postoffice.policy.pattern.families"
local goals = require "postoffice.policy.prove.classes.goals"
local rewrites = require "postoffice.policy.compile.rewrites"

local Course = {}
Course.__index = Course

local function by(rewrite, why)
  local declaration = rewrite.declaration
  return ("%s (%s): %s"):format(describe.title(declaration), describe.where(declaration), why)
end

local MOST_PASSES = require "postoffice.policy.route.stage4_rewrite".MOST_PASSES
local QUOTES = 2 -- characters, that a local part may gain or lose where it grows

-- Whether rewrites that may be applied again take what a policy itself sends mail on to; found out once.
local repeats = setmetatable({}, { __mode = "k" })

local function may_repeat_later(compiled)
  if repeats[compiled] == nil then
    repeats[compiled] = goals.each(compiled, function(address)
      return goals.onward(compiled, address).is_again
    end)
  end
  return repeats[compiled]
end

-- Counts a pass: how many there may have been at the least and at the most since the last that made the
-- address shorter.  What loses quotes has to gain them before it loses them again, and so of two passes
-- side by side that leave something out one makes it shorter.
local function count(self, growth)
  local shrinks = growth ~= nil and growth < 0
  self.least = growth and growth >= QUOTES and self.least + 1 or 0
  if shrinks and growth < -QUOTES then
    self.most = 0
  else
    self.most = shrinks and self.shrank and 1 or self.most + 1
  end
  self.shrank = shrinks
end

-- Whether the address that a rewrite made is one of those before: true or false for all of them, or nil.
local function comes_back(self, family, rewrite)
  local is_back = false
  for _, node in ipairs(self.nodes) do
    node.by_field = effects.after(node.by_field, rewrite)
    if node.family == family then
      local is_this = effects.comes_back(node.by_field, family)
      if is_this then return true end
      if is_this == nil then is_back = nil end
    end
  end
  return is_back
end

-- Whether a rewrite has been applied too often by now: true for all of them, or not known of any.
local function is_counted_out(self, rewrite, growth)
  if not self.may_repeat then return false end
  count(self, growth)
  if not rewrite.again then return false end
  self.counted_by = rewrite
  self.is_unsure = self.is_unsure or self.most >= MOST_PASSES
  return self.least >= MOST_PASSES
end

--- Takes one step by a rewrite that makes another address.
-- @tparam table address
-- @tparam table rewrite
-- @treturn string|nil `"end"` if the way of all of them ends here
-- @treturn string|nil why it is not known whether it does
function Course:step(address, rewrite)
  local family, made_family = families.of(address.type), families.of(rewrite.template.type)
  local by_field = effects.none(family, self.last and self.last.template)
  by_field = effects.after(by_field, rewrite)
  local is_back = comes_back(self, made_family, rewrite) -- what it was made of it is not
  table.insert(self.nodes, { family = family, by_field = by_field })
  self.last = rewrite
  if is_back == nil then return nil, by(rewrite, "whether it comes back to what it was") end
  if is_back then return self:finish() end
  local growth = family == "SMTP" and effects.growth(by_field) or nil
  return is_counted_out(self, rewrite, growth) and "end" or nil
end

--- Remembers that a rewrite makes a domain that may be written in several ways.
-- @tparam table rewrite
-- @tparam table respelled what is known of its domains, from `atoms.collect`
-- @tparam table word of the address that it takes
-- @tparam table|nil made the address that it makes
function Course:respell(rewrite, respelled, word, made)
  table.insert(self.respelled, {
    rewrite = rewrite, respelled = respelled, word = word, made = made,
    is_counted = self.may_repeat, -- and so it matters how long it is
  })
end

--- Takes a last step by a rewrite that makes the same of all.
-- @tparam table rewrite
-- @treturn string|nil `"end"`
-- @treturn string|nil why it is not known
function Course:step_to_end(rewrite)
  if is_counted_out(self, rewrite, nil) then return "end" end
  self.last = rewrite -- of which a doubt tells
  return self:finish()
end

--- Ends where tests end it: nobody was counted out before, and nobody may be later whom others are not.
-- @treturn string|nil `"end"`
-- @treturn string|nil why it is not known
function Course:finish()
  local is_later = self.least ~= self.most and may_repeat_later(self.compiled)
  if not self.is_unsure and not is_later then return "end" end
  return nil, by(self.counted_by or self.last, "whether ten passes make nothing shorter")
end

--- A course that begins.
-- @tparam table compiled
-- @tparam[opt] table before another one, that led to what this begins with
-- @treturn table
local function new(compiled, before)
  before = before or {}
  return setmetatable({
    compiled = compiled, may_repeat = rewrites.may_repeat(compiled.rewrites), nodes = {},
    last = nil, least = before.least or 0, most = before.most or 0, shrank = false,
    is_unsure = false, counted_by = before.counted_by or before.last,
    respelled = before.respelled or {},
  }, Course)
end

return { new = new }
