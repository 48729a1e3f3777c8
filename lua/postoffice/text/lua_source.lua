--- Values as Lua's source has them, on one line, whatever they hold.
--
-- What is written is read back as the same value by every Lua, and cannot end its quotes, its line or
-- its comment.
-- @module postoffice.text.lua_source

local visible = require "postoffice.text.visible".all

local lua_source = {}

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

-- Three digits, since another one may follow.
local function escape(char) return ESCAPES[char] or ("\\%03d"):format(char:byte()) end

--- A text in quotes: single ones, if only double ones are in it.
-- @string text
-- @treturn string
function lua_source.quote(text)
  if text:find('"', 1, true) and not text:find "['%c\\]" then return "'" .. text .. "'" end
  return '"' .. text:gsub('[%c"\\]', escape) .. '"'
end

--- A text as the rest of a line that is a comment: no character of it ends the line, and none is
-- hidden.
-- @string text
-- @treturn string
function lua_source.comment(text) return "-- " .. visible(text) end

--- The words of Lua, which are no names.
local RESERVED = {}
lua_source.reserved = RESERVED
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

--- A key of a table.
-- @string name
-- @treturn string
function lua_source.key(name)
  if name:find "^[%a_][%w_]*$" and not RESERVED[name] then return name end
  return "[" .. lua_source.quote(name) .. "]"
end

return lua_source
