--- Files of messages one after the other (RFC 4155).
-- @module postoffice.text.mbox

local mbox = {}

--- Whether a line begins a message: "From ", the sender, the time, the year.
-- @string line
-- @treturn boolean
function mbox.is_postmark(line)
  if not line:find "^From " then return false end
  local time = line:find("%d:%d%d", 6)
  return time ~= nil and line:find("%d%d%d%d", time) ~= nil
end

return mbox
