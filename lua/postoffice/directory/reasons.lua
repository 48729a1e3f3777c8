--- Why a directory did not answer, in one line without secrets.
-- @module postoffice.directory.reasons

local visible = require "postoffice.text.visible".all

local reasons = {}

local LONGEST = 300 -- bytes of what a server said

local HIDDEN = "***"

-- A text with each plain occurrence of another replaced.
local function without(text, secret)
  local parts, at = {}, 1
  while true do
    local first, last = text:find(secret, at, true)
    if not first then break end
    parts[#parts + 1], at = text:sub(at, first - 1), last + 1
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts, HIDDEN)
end

--- A reason.
-- @string name of the directory's kind
-- @param why
-- @tparam {string,...} secrets what nobody shall read
-- @treturn string
function reasons.text(name, why, secrets)
  local text = tostring(why)
  for _, secret in ipairs(secrets) do
    if secret ~= "" then text = without(text, secret) end
  end
  return visible(name .. ": " .. text:gsub("%s+", " "):sub(1, LONGEST))
end

return reasons
