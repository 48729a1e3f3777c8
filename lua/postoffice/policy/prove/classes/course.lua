--- The course of rewrites that one address of a class takes, and whether all of them take it to the
-- same end: what ends a course besides tests is that it comes back to where it was, and that it
-- goes on for ten passes of which none makes the address shorter (`again`).
-- @module postoffice.policy.prove.classes.course

local describe = require "postoffice.policy.language.describe"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local effects = require "postoffice.policy.prove.classes.effects"
local families = require "postoffice.policy.pattern.families"
local goals = require "postoffice.policy.prove.classes.goals"
local lengths = require "postoffice.policy.prove.classes.lengths"
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

local NONE = {}

-- What a node is after one more rewrite: what that does to each field, of which nobody knows what is written there
-- otherwise than it is made; and by how much longer it is, unless the domain may be.
local function change_node(self, node, rewrite)
  node.by_field = effects.after(node.by_field, rewrite)
  for field in pairs(self.changed) do node.by_field[field] = false end
  local length = self.is_respelled and lengths.UNKNOWN or lengths.of(rewrite)
  node.length = lengths.sum(node.length, length)
end

-- A node for an address that comes to a rewrite: what the last one put into its fields is known but where it is
-- written otherwise.
local function new_node(self, address)
  local family = families.of(address.type)
  local by_field = effects.none(family, self.last and self.last.template)
  local unknown = effects.none(family)
  for field in pairs(self.was_changed) do by_field[field] = unknown[field] end
  return { family = family, by_field = by_field, length = lengths.NONE, key = core.key(address) }
end

-- Whether the address that a rewrite made is one of those before: true or false for all of them, or nil.
local function comes_back(self, family, rewrite)
  local is_back = false
  for _, node in ipairs(self.nodes) do
    change_node(self, node, rewrite)
    if node.family == family and not lengths.differ(node.length) then
      local is_this = effects.comes_back(node.by_field, family)
      if is_this then return true end
      if is_this == nil then is_back = nil end
    end
  end
  return is_back
end

-- Whether an address is one of those before.
local function was_before(self, made)
  local key = core.key(made)
  for _, node in ipairs(self.nodes) do
    if node.key == key then return true end
  end
  return false
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

local said = setmetatable({}, { __mode = "k" }) -- by rewrite what it says; found out once

-- What tells the place of a rewrite on the way of an address: the same for two policies in which rewrites that say
-- the same led there.
local function place_of(self, rewrite)
  said[rewrite] = said[rewrite] or contents.said_in(rewrite)
  return self.said .. "\3" .. said[rewrite]
end

--- Takes one step by a rewrite that makes another address.
-- @tparam table address
-- @tparam table rewrite
-- @tparam table made what it makes
-- @treturn string|nil `"end"` if the way of all of them ends here
-- @treturn string|nil why it is not known whether it does
function Course:step(address, rewrite, made)
  local node = new_node(self, address)
  local made_family = families.of(rewrite.template.type)
  local is_back = comes_back(self, made_family, rewrite) -- what it was made of it is not
  change_node(self, node, rewrite)
  table.insert(self.nodes, node)
  if is_back == nil then
    is_back = was_before(self, made)
    self:fork(rewrite, is_back, "whether it comes back to what it was")
  end
  self.last, self.was_changed = rewrite, self.changed
  self.changed, self.is_respelled = NONE, false
  self.said = place_of(self, rewrite)
  if is_back then return self:finish() end
  local growth = node.family == "SMTP" and effects.growth(node.by_field) or nil
  return is_counted_out(self, rewrite, growth) and "end" or nil
end

--- Remembers that others of the class may go on in another way: they do as this one does if the same is so of
-- them.
-- @tparam table rewrite
-- @tparam boolean is_so
-- @tparam string why it is not the same for all
function Course:fork(rewrite, is_so, why)
  table.insert(self.respelled, {
    place = place_of(self, rewrite) .. "\4" .. why, outcome = tostring(is_so),
    why = by(rewrite, why),
  })
end

--- Remembers that a rewrite makes a domain that may be written in several ways.
-- @tparam table rewrite
-- @tparam table respelled what is known of its domains, from `atoms.collect`
-- @tparam table word of the address that it takes
-- @tparam table|nil made the address that it makes
function Course:respell(rewrite, respelled, word, made)
  self.is_respelled = true
  table.insert(self.respelled, {
    rewrite = rewrite, respelled = respelled, word = word, made = made,
    place = place_of(self, rewrite),
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
-- @tparam table address with which it begins
-- @tparam[opt] table before another one, that led to it
-- @treturn table
local function new(compiled, address, before)
  before = before or {}
  local key = core.key(address) or ""
  return setmetatable({
    compiled = compiled, may_repeat = rewrites.may_repeat(compiled.rewrites), nodes = {},
    last = nil, least = before.least or 0, most = before.most or 0, shrank = false,
    is_unsure = false, counted_by = before.counted_by or before.last,
    respelled = before.respelled or {}, is_respelled = false,
    changed = NONE, was_changed = NONE, said = (before.said or "") .. "\2" .. key,
  }, Course)
end

return { new = new }
