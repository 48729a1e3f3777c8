--- Sets that nobody uses, and those that are used and empty, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_sets

local script_text = require "postoffice.policy.prove.script_text"
local sets = require "postoffice.policy.compile.sets"

-- The folded names of the sets that a script's functions ask for; nil if that may be any.
local function asked_for(policy)
  if not policy.compiled.scripted then return {} end
  local names, others = script_text.named(script_text.of(policy), "in_set")
  if others then return nil end
  local folded = {}
  for name in pairs(names) do folded[name:lower()] = true end
  return folded
end

-- The folded names of the sets that claims are about.
local function claimed(compiled)
  local names = {}
  for _, declaration in ipairs(compiled.claims) do
    for name in declaration.name:lower():gmatch '%f[%a]set%s+"(.-)"' do names[name] = true end
  end
  return names
end

-- What is wrong with a set, if anything.
local function look_at(set, is_asked, find)
  if not (sets.is_used(set) or is_asked) then
    find("warning", "set-unused", set.declaration, "is named by nothing",
      ('write senders = "%s", accept = "%s" or mail.in_set(address, "%s"), or remove it'):format(
        set.name, set.name, set.name))
  elseif #sets.texts(set) == 0 then
    find("note", "set-empty", set.declaration,
      ('has nothing in it, for "%s" is empty: whoever has to be in it is not'):format(
        set.declaration.fields.file),
      "see whether what writes the file does")
  end
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_sets(policy, find)
  local all = sets.all(policy.compiled.sets)
  if not all[1] then return end
  local asked, in_claims = asked_for(policy), claimed(policy.compiled)
  for _, set in ipairs(all) do
    local name = set.name:lower()
    look_at(set, not asked or asked[name] or in_claims[name], find)
  end
end

return lint_sets
