--- Senders that rewrites with `both` cannot show outside, for `postoffice.policy.prove.lint`: answers to
-- the name that they would get go to somebody else, by a rewrite that comes first.
-- @module postoffice.policy.prove.lint_both

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local rewrites = require "postoffice.policy.compile.rewrites"
local samples = require "postoffice.policy.prove.samples"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.prove.sets"

-- The rewrites by their declarations.
local function by_declaration(compiled)
  local list = {}
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    list[rewrite.declaration] = rewrite
  end
  return list
end

-- What a rewrite makes of an address that it matches.
local function made_by(rewrite, address)
  local captures = rewrites.match(rewrite, address)
  return captures and rewrites.fill(rewrite, captures) or nil
end

-- Tells of a name outside whose mail goes to another than the rewrite would send it to; true if it
-- does.
local function tell(look, rewrite, text, outside)
  local first = samples.first_match(look.index, outside)
  local inside, other = made_by(rewrite, outside), first and first.template
    and made_by(first, outside)
  if not inside or not other or core.key(inside) == core.key(other) then return false end
  look.find("note", "both-collides", rewrite.declaration,
    ("is no way back for %s: answers to %s go to %s by the rewrite at %s, so this sender stays as"
      .. " it is"):format(core.format(inside), text, core.format(other),
      describe.where(first.declaration)),
    "put it before that one, or leave it if no such sender writes")
  return true
end

-- Tells of a name outside that another rewrite matches, too, and sends elsewhere; true if there is one.
local function find_collision(look, rewrite, other)
  return allowance.ask(look.allowance, { rewrite.matcher, other.matcher }, function(work)
    local a, b = sets.of_pattern(rewrite.matcher), sets.of_pattern(other.matcher)
    return a and b and sets.witness(sets.intersection { a, b }, work, function(text, outside)
      return tell(look, rewrite, text, outside)
    end)
  end)
end

-- Holds a rewrite to those before it, until one takes its names.
local function look_at(look, rewrite)
  for _, other in ipairs(look.anchors:near(rewrite)) do
    if other.rank < rewrite.rank and other.template and find_collision(look, rewrite, other) then
      return
    end
  end
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_both(compiled, find)
  local inverses = senders.both(compiled.senders)
  if not inverses[1] then return end
  local look = {
    index = compiled.rewrites, find = find, allowance = allowance.new(),
    anchors = anchors.new(rewrites.all(compiled.rewrites)),
  }
  local known = by_declaration(compiled)
  for _, inverse in ipairs(inverses) do look_at(look, known[inverse.declaration]) end
end

return lint_both
