--- Texts in one line that a terminal shows as they are.
-- @module postoffice.text.visible

local utf8 = require "postoffice.text.utf8"

local ESCAPES = { ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }

local visible = {}

--- The bytes of a text as `\x1b`.
-- @tparam string text
-- @treturn string
function visible.hexadecimal(text)
  return (text:gsub(".", function(char) return ("\\x%02x"):format(char:byte()) end))
end

local hexadecimal = visible.hexadecimal

local function escape(char) return ESCAPES[char] or hexadecimal(char) end

-- A character as it is, or byte by byte if a terminal acts on it or does not show it.
local function shown(sequence)
  return utf8.is_hidden(utf8.codepoint(sequence)) and hexadecimal(sequence) or sequence
end

--- A text of one line for another program: control characters of ASCII made visible, all else
-- as it is.
-- @tparam string text
-- @treturn string
function visible.single_line(text) return (text:gsub("[%z\1-\31\127]", escape)) end

--- A text with everything made visible that a terminal acts on or does not show: control and
-- format characters, line separators, and bytes that are no UTF-8.
-- @tparam string text
-- @treturn string
function visible.all(text) return utf8.map(visible.single_line(text), hexadecimal, shown) end

return visible
