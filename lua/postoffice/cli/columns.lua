--- Text in lines of a width, and in columns.
-- @module postoffice.cli.columns

local columns = {}

local GAP = "  "
local INDENT = "  "
local CONTINUED = " \\" -- a line of a shell's command that goes on in the next
local WIDEST, SHARE = 24, 0.28 -- of any column but the last: characters, and of the width
local NARROWEST = 10 -- the last one

-- Adds the lines of a paragraph.
local function add_paragraph(lines, text, width)
  local line
  for word in text:gmatch "%S+" do
    if line and #line + 1 + #word <= width then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
end

--- Breaks a text into lines at its blanks.  A word that is longer than a line stands alone.
-- @tparam string text its lines begin new ones
-- @tparam number width
-- @treturn {string,...}
function columns.wrap(text, width)
  local lines = {}
  for paragraph in text:gmatch "[^\n]+" do add_paragraph(lines, paragraph, width) end
  return lines
end

--- Breaks a command for a shell into lines, where no quotation marks are around a blank: each but the
-- last ends in a backslash, so that they can be copied.
-- @tparam string text
-- @tparam number width
-- @treturn {string,...}
function columns.command(text, width)
  if #text <= width then return { text } end
  local whole = text:gsub("'[^']*'", function(quoted) return (quoted:gsub(" ", "\1")) end)
  local lines = columns.wrap(whole, width - #INDENT - #CONTINUED)
  for i, line in ipairs(lines) do
    lines[i] = (i > 1 and INDENT or "") .. line:gsub("\1", " ") .. (i < #lines and CONTINUED or "")
  end
  return lines
end

-- How wide each column is but the last.
local function widths_of(rows, width)
  local widths, most = {}, math.min(WIDEST, math.floor(width * SHARE))
  for _, row in ipairs(rows) do
    for i = 1, #row - 1 do
      widths[i] = math.min(math.max(widths[i] or 0, #row[i]), most)
    end
  end
  return widths
end

-- The lines of a row's cells; a cell is wrapped in its column.
local function cells_of(row, widths, last)
  local cells = {}
  for i, text in ipairs(row) do cells[i] = columns.wrap(text, widths[i] or last) end
  return cells
end

local function most_lines(cells)
  local most = 0
  for _, lines in ipairs(cells) do most = math.max(most, #lines) end
  return most
end

-- Adds a row's lines.  What does not fit into its column has a line of its own.
local function add_row(lines, cells, widths)
  local at = 1
  while at <= most_lines(cells) do
    local line = INDENT
    for i, cell in ipairs(cells) do
      local text = cell[at] or ""
      if widths[i] and #text > widths[i] then
        lines[#lines + 1] = line .. text
        line, text = INDENT .. (" "):rep(#line - #INDENT), ""
      end
      line = line .. text .. (widths[i] and (" "):rep(widths[i] - #text) .. GAP or "")
    end
    lines[#lines + 1] = line
    at = at + 1
  end
end

-- How much is left for the last column.
local function last_of(widths, width)
  local left = width - #INDENT
  for _, taken in ipairs(widths) do left = left - taken - #GAP end
  return math.max(left, NARROWEST)
end

--- Rows of cells as lines, one below the other.
-- @tparam {{string,...},...} rows
-- @tparam number width
-- @treturn {string,...}
function columns.rows(rows, width)
  local lines, widths = {}, widths_of(rows, width)
  local last = last_of(widths, width)
  for _, row in ipairs(rows) do add_row(lines, cells_of(row, widths, last), widths) end
  for i, line in ipairs(lines) do lines[i] = line:gsub("%s+$", "") end
  return lines
end

return columns
