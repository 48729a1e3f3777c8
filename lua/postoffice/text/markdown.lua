--- The blocks of a text in Markdown: as much of it as the manual's pages use.
-- @module postoffice.text.markdown

local markdown = {}

-- What begins a block, and its parts; what matches none of these is a paragraph's line.
local STARTS = {
  { kind = "code", "^```(%w*) ?([^`]*)$" },
  { kind = "heading", "^(#+) (.*)$" },
  { kind = "comment", "^<!%-%- ?(.-) ?%-%->$" },
  { kind = "table", "^(|.*)$" },
  { kind = "item", "^(%s*)([*]) (.*)$" },
  { kind = "item", "^(%s*)(%d+%.) (.*)$" },
}

local function start_of(line)
  for _, start in ipairs(STARTS) do
    local first, second, third = line:match(start[1])
    if first then return start.kind, first, second, third end
  end
end

-- The cells of a table's row.
local function cells_of(line)
  local cells = {}
  for cell in line:gsub("^|", ""):gsub("\\|", "\1"):gmatch "([^|]*)|" do
    cells[#cells + 1] = cell:gsub("\1", "|"):match "^%s*(.-)%s*$"
  end
  return cells
end

local BEGIN = {}

function BEGIN.code(language, file)
  return { kind = "code", language = language, file = file ~= "" and file or nil, lines = {} }
end

function BEGIN.heading(marks, text) return { kind = "heading", level = #marks, text = text } end

function BEGIN.comment(text) return { kind = "comment", text = text } end

function BEGIN.table() return { kind = "table", rows = {} } end

function BEGIN.item(indent, mark, text)
  return { kind = "item", indent = #indent, mark = mark, text = text }
end

-- Adds a line that begins a block, or is a row of the open table: the block.
local function begin(blocks, open, number, kind, ...)
  local block = kind == "table" and open and open.kind == "table" and open
  if not block then
    block = BEGIN[kind](...)
    block.line = number
    blocks[#blocks + 1] = block
  end
  local is_ruler = kind == "table" and not (...):find "[^|%s:-]"
  if kind == "table" and not is_ruler then block.rows[#block.rows + 1] = cells_of((...)) end
  return block
end

-- Adds a line of a paragraph or an item: the block that it is of.
local function continue(blocks, open, number, line)
  local text = line:match "^%s*(.*)$"
  if open and (open.kind == "paragraph" or open.kind == "item") then
    open.text = open.text .. "\n" .. text
    return open
  end
  blocks[#blocks + 1] = { kind = "paragraph", text = text, line = number }
  return blocks[#blocks]
end

-- The block that is open after a line.
local function read_line(blocks, open, number, line)
  if open and open.kind == "code" then
    if line == "```" then return nil end
    table.insert(open.lines, line)
    return open
  end
  if line == "" then return nil end
  local kind, first, second, third = start_of(line)
  if kind then return begin(blocks, open, number, kind, first, second, third) end
  return continue(blocks, open, number, line)
end

--- The blocks of a text, in order.  Each has a `kind` and the `line` on which it begins; by its kind
--
-- * `heading`: `level` and `text`
-- * `paragraph`: `text`
-- * `item` of a list: `indent`, `mark` and `text`
-- * `table`: `rows` of cells, the first of which are titles
-- * `code`: `language`, the `file` that it is to be, and `lines`
-- * `comment`: `text`
-- @string text
-- @treturn {table,...}
function markdown.blocks(text)
  local blocks, open, number = {}, nil, 0
  for line in (text:gsub("\n?$", "\n")):gmatch "(.-)\n" do
    number = number + 1
    open = read_line(blocks, open, number, line)
  end
  return blocks
end

--- The anchor of a heading, by which links reach it: its letters, digits, - and _.
-- @string text
-- @treturn string
function markdown.anchor(text) return (text:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")) end

return markdown
