--- Sets that nobody uses, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_sets

local sets = require "postoffice.policy.compile.sets"

local find, gmatch, gsub, match = string.find, string.gmatch, string.gsub, string.match

-- How often a script has a text as a literal.
local function count_literals(source, text)
  local _, count = gsub(source, "[\"']" .. gsub(text, "%p", "%%%0") .. "[\"']", "")
  return count
end

-- Whether a script asks for sets whose names it does not write where it does.
local function asks_for_any(source)
  local asks = false
  for call in gmatch(source, "in_set%s*(%b())") do
    asks = true
    if not match(call, ",%s*[\"'][^\"']*[\"']%s*%)$") then return true end
  end
  return not asks and find(source, "in_set", 1, true) ~= nil
end

-- The texts of a policy's script, all that it includes among them.
local function sources_of(policy)
  local texts = { policy.origin.source }
  for _, included in ipairs(policy.origin.includes) do texts[#texts + 1] = included.text end
  return table.concat(texts, "\n")
end

--- Finds it.
-- @tparam table policy
-- @tparam function find_fault is given severity, code, declaration, message and advice
local function lint_sets(policy, find_fault)
  local all = sets.all(policy.compiled.sets)
  if #all == 0 then return end
  local source = sources_of(policy)
  local is_asked = policy.compiled.scripted and find(source, "in_set", 1, true)
  if is_asked and asks_for_any(source) then return end
  for _, set in ipairs(all) do
    if not sets.is_used(set) and not (is_asked and count_literals(source, set.name) > 1) then
      find_fault("warning", "set-unused", set.declaration, "is named by nothing",
        ('write senders = "%s", accept = "%s" or mail.in_set(address, "%s"), or remove it'):format(
          set.name, set.name, set.name))
    end
  end
end

return lint_sets
