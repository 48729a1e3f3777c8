--- The manual's pages, in Markdown, as topics.
local html = require "spec.manual.html"
local markdown = require "postoffice.text.markdown"
local places = require "spec.manual.places"
local reference = require "postoffice.policy.language.reference"
local topic = require "spec.manual.topic"

local pages = {}

local FOLDER = "lua/postoffice/manual/"

-- A path without the `..` in it.
local function resolved(path)
  local count
  repeat path, count = path:gsub("[^/]+/%.%./", "", 1) until count == 0
  return path
end

-- Where a link of a page leads; files that have no page are copied.
local function target_of(link, context)
  if link:find "^https?:" or link:find "^#" then return link end
  local path, anchor = link:match "^([^#]*)(.*)$"
  local place, copy = places.of_file(resolved(FOLDER .. path))
  if copy then context.copies[copy] = resolved(FOLDER .. path) end
  return place .. anchor
end

-- Whether a text is a code that an error or a delivery can have.
local function is_code(text)
  local entry = reference.find(text)
  return entry ~= nil and (entry.kind == "code" or entry.kind == "finding")
end

-- Code within a line; what asks for help leads to it, and so do the codes of errors.
local function code(text, context)
  local is_named = is_code(text) or text:find "%.lua$"
  local word = text:match "^postoffice help ([%w_./-]+)$" or is_named and text
  local place = word and places.of_help(word, context.commands)
  return place and html.link(place, html.code(text)) or html.code(text)
end

-- A text in Markdown as HTML.
local function inline(text, context)
  local kept = {}
  local function keep(made)
    kept[#kept + 1] = made
    return "\1" .. #kept .. "\2"
  end
  text = text:gsub("`([^`]+)`", function(inner) return keep(code(inner, context)) end)
  text = html.escaped(text):gsub("%[([^%]]+)%]%(([^)]+)%)", function(inner, link)
    return html.link(target_of(link, context), inner)
  end)
  text = text:gsub("%*%*(.-)%*%*", "<strong>%1</strong>"):gsub("%*(%w[^*]*)%*", "<em>%1</em>")
  return (text:gsub("\1(%d+)\2", function(number) return kept[tonumber(number)] end))
end

pages.inline = inline

local ADD = {}

function ADD.heading(into, block, context)
  if block.level == 1 then return end
  into:heading(block.level, markdown.anchor(block.text), inline(block.text, context))
end

function ADD.paragraph(into, block, context)
  into:add("<p>" .. inline(block.text, context) .. "</p>")
end

-- Items that follow each other are a list; one that is indented belongs to the one before.
function ADD.item(into, block, context, last)
  local text = inline(block.text, context)
  if last and last.kind == "item" then
    into.body[#into.body] = into.body[#into.body]:gsub("</li></%al>$", function(ending)
      return block.indent > 0 and "<br/>" .. text .. ending
        or "</li><li>" .. text .. ending
    end)
    return
  end
  local tag = block.mark == "*" and "ul" or "ol"
  into:add(("<%s><li>%s</li></%s>"):format(tag, text, tag))
end

function ADD.table(into, block, context)
  local rows = {}
  for i, row in ipairs(block.rows) do
    rows[i] = {}
    for at, cell in ipairs(row) do rows[i][at] = inline(cell, context) end
  end
  local head = table.remove(rows, 1)
  into:table(table.concat(head) ~= "" and head or nil, rows)
end

function ADD.code(into, block)
  into:sample(block.language, table.concat(block.lines, "\n"), block.file)
end

--- The topic of a page.
-- @tparam table page as `postoffice.manual` has it
-- @tparam table context `commands`, and `copies`, in which is noted what has to be copied
function pages.topic(page, context)
  local made, last = topic.new(page.name, page.title), nil
  for _, block in ipairs(markdown.blocks(page.text)) do
    local add = ADD[block.kind]
    if add then add(made, block, context, last) end
    last = block
  end
  return made
end

return pages
