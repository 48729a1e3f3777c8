--- Standard output: lines, rows and objects, none of them lost in silence.
-- @module postoffice.cli.output

local exit = require "postoffice.cli.exit"

local visible = require "postoffice.text.visible"

local output = {}

local Output = {}
Output.__index = Output

local NOTHING = "-" -- a shell's `read` would skip an empty field

--- See `postoffice.text.visible`.
output.visible, output.single_line = visible.all, visible.single_line

--- `visible` for a text of several lines.
-- @tparam string text
-- @treturn string
function output.visible_lines(text)
  return (text:gsub("[^\n]+", output.visible))
end

--- One field of a row: `-` for none; `\` and what nobody sees escaped.
-- @tparam string|number|nil value
-- @treturn string
function output.field(value)
  if value == nil or value == "" then return NOTHING end
  local text = tostring(value)
  if text == NOTHING then return visible.hexadecimal(text) end
  return output.visible((text:gsub("\\", "\\\\")))
end

--- Tab-separated fields.
-- @tparam table fields
-- @tparam number count how many there are, nil ones included
-- @treturn string
function output.row(fields, count)
  local texts = {}
  for i = 1, count do texts[i] = output.field(fields[i]) end
  return table.concat(texts, "\t")
end

--- An output.
-- @tparam table stream with `write` and `flush`
-- @treturn table
function output.new(stream) return setmetatable({ stream = stream, live = false }, Output) end

--- Writes a text; ends the command where that fails.
-- @tparam string text
function Output:write(text)
  local ok, message, number = self.stream:write(text)
  if not ok then exit.output_failed(message, number) end
end

--- Writes a line.
-- @tparam string text without its end
function Output:line(text) return self:write(text .. "\n") end


--- Brings what was written to its reader.
function Output:flush()
  local ok, message, number = self.stream:flush()
  if not ok then exit.output_failed(message, number) end
end

--- Called after each address: somebody who waits for the answer sees it.
function Output:settle()
  if self.live then self:flush() end
end

return output
