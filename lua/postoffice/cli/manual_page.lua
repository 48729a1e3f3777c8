--- A page of the manual as lines of text.
-- @module postoffice.cli.manual_page

local columns = require "postoffice.cli.columns"
local markdown = require "postoffice.text.markdown"

local INDENT = "  "

-- What stands under a heading of a level.
local UNDERLINED = { "=", "-" }

-- Where a link leads to, as a reader of a terminal goes there.
local function link(text, target)
  local page = target:match "^([%w-]+)%.md"
  if page then return ("%s (postoffice help %s)"):format(text, page) end
  return target:find "^https?:" and ("%s <%s>"):format(text, target) or text
end

-- A text without the marks of Markdown, but for those of code.
local function plain(text)
  return (text:gsub("%[([^%]]+)%]%(([^)]+)%)", link):gsub("%*%*", ""))
end

local function add_all(lines, added, indent)
  for _, line in ipairs(added) do lines[#lines + 1] = indent .. line end
end

local function wrapped(text, width) return columns.wrap(plain(text):gsub("\n", " "), width) end

local ADD = {}

function ADD.heading(lines, block)
  local text, mark = plain(block.text), UNDERLINED[block.level]
  lines[#lines + 1] = text
  if mark then lines[#lines + 1] = mark:rep(#text) end
end

function ADD.paragraph(lines, block, width) add_all(lines, wrapped(block.text, width), "") end

function ADD.item(lines, block, width)
  local indent, gap = (" "):rep(block.indent), (" "):rep(#block.mark + 1)
  local text = wrapped(block.text, width - #indent - #gap)
  for i, line in ipairs(text) do
    lines[#lines + 1] = indent .. (i == 1 and block.mark .. " " or gap) .. line
  end
end

function ADD.table(lines, block, width)
  local rows = {}
  for i, row in ipairs(block.rows) do
    rows[i] = {}
    for at, cell in ipairs(row) do rows[i][at] = plain(cell) end
  end
  add_all(lines, columns.rows(rows, width), "")
end

function ADD.code(lines, block)
  if block.file then lines[#lines + 1] = block.file .. ":" end
  for _, line in ipairs(block.lines) do
    lines[#lines + 1] = line == "" and "" or INDENT .. line
  end
end

--- The lines of a page.
-- @string text in Markdown
-- @tparam number width
-- @treturn {string,...}
local function manual_page(text, width)
  local lines, last = {}, nil
  for _, block in ipairs(markdown.blocks(text)) do
    local add = ADD[block.kind]
    local apart = last and not (last == "item" and block.kind == "item")
    if add and apart then lines[#lines + 1] = "" end
    if add then add(lines, block, width) end
    last = add and block.kind or last
  end
  return lines
end

return manual_page
