--- Long options written short: `--json` as `--js`, as far as only one begins so.
-- @module postoffice.cli.prefixes

local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"

-- The options that begin with a text, sorted.
local function beginning_with(text, takes_value)
  local found = {}
  for name in pairs(takes_value) do
    if name:sub(1, #text) == text then found[#found + 1] = name end
  end
  table.sort(found)
  return found
end

-- An option as it is called in full.
local function in_full(text, takes_value)
  if takes_value[text] ~= nil then return text end
  local found = beginning_with(text, takes_value)
  if #found > 1 then
    exit.with(exit.WRONG_USE, ("%s could be %s"):format(text, table.concat(found, ", ")))
  end
  return found[1] or text
end

--- Arguments with their long options in full.  What stands behind -- is left alone, and so are the
-- values of options.
-- @tparam {string,...} given
-- @tparam function options_of is given a command's name, or nil; returns by option whether it takes
--   a value, or nil where there is no such command
-- @treturn {string,...}
local function expand(given, options_of)
  local expanded, takes_value, command = lists.copy(given), options_of(nil), nil
  local is_value = false
  for i, argument in ipairs(given) do
    if is_value then
      is_value = false
    elseif argument == "--" then
      break
    elseif argument:sub(1, 2) == "--" then
      local name, value = argument:match "^([^=]+)(.*)$"
      name = in_full(name, takes_value)
      expanded[i], is_value = name .. value, takes_value[name] == true and value == ""
    elseif argument:sub(1, 1) == "-" then
      is_value = takes_value[argument] == true
    elseif not command then
      command = argument
      takes_value = options_of(command) or takes_value
    end
  end
  return expanded
end

return expand
