--- Standard output: lines, rows and objects, none of them lost in silence.
-- @module postoffice.cli.output

local exit = require "postoffice.cli.exit"
local visible = require "postoffice.text.visible"

local output = {}

local Output = {}
Output.__index = Output

--- See `postoffice.text.visible`.
output.visible, output.single_line = visible.all, visible.single_line

--- `visible` for a text of several lines.
-- @tparam string text
-- @treturn string
function output.visible_lines(text)
  return (text:gsub("[^\n]+", output.visible))
end

--- A line of tab-separated fields: `-` stands for none and for an empty one, which a shell's `read`
-- would skip; `\` and what nobody sees is escaped.
-- @function output.row
-- @tparam string|number|nil ... the fields
-- @treturn string with its end
output.row = visible.row

local row = output.row

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

--- Writes a row, see `output.row`.
-- @tparam string|number|nil ... the fields
function Output:row(...) return self:write(row(...)) end

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
