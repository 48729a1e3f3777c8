--- Texts in one line that a terminal shows as they are.
-- @module postoffice.text.visible

local core = require "postoffice.core"

local visible = {}

--- The bytes of a text as `\x1b`.
-- @tparam string text
-- @treturn string
function visible.hexadecimal(text)
  return (text:gsub(".", function(char) return ("\\x%02x"):format(char:byte()) end))
end

--- A text of one line for another program: control characters of ASCII made visible, all else
-- as it is.
-- @function visible.single_line
-- @tparam string text
-- @treturn string
visible.single_line = core.single_line

--- A text with everything made visible that a terminal acts on or does not show: control and
-- format characters, line separators, and bytes that are no UTF-8.
-- @function visible.all
-- @tparam string text
-- @treturn string
visible.all = core.visible

return visible
