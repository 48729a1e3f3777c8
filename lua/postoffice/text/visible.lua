--- Texts in one line that a terminal shows as they are.
-- @module postoffice.text.visible

local core = require "postoffice.core"

local visible = {}

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

--- A line of tab-separated fields: `-` stands for none and for an empty one; `\`, and what `all`
-- makes visible, is escaped.
-- @function visible.row
-- @tparam string|number|nil ... the fields
-- @treturn string with its end
visible.row = core.row

return visible
