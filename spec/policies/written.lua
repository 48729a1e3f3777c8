--- Values as policies write them.
local draw = require "spec.policies.draw"

local written = {}

--- A value.
-- @param value
-- @treturn string
function written.quote(value)
  if type(value) ~= "string" then return tostring(value) end
  return '"' .. value:gsub('[%c"\\\127-\255]', function(char)
    return ("\\%03d"):format(char:byte())
  end) .. '"'
end

--- A list of texts.
-- @tparam function make one of them
-- @tparam number most how many there may be
-- @treturn string
function written.texts(make, most)
  local list = {}
  for i = 1, draw.number(most) do list[i] = written.quote(make()) end
  return "{ " .. table.concat(list, ", ") .. " }"
end

--- A table of those fields that are there.
-- @tparam table list of texts, with nothing in some places
-- @tparam number count of the places
-- @treturn string
function written.fields(list, count)
  local kept = {}
  for i = 1, count do
    if list[i] then kept[#kept + 1] = list[i] end
  end
  return "{ " .. table.concat(kept, ", ") .. " }"
end

return written
