--- A topic of LDoc: lines of HTML under a title.  LDoc takes lines that are indented for code, so that samples
-- are put in when it has run: `topic.finished`.
local html = require "spec.manual.html"

local unpack = unpack or table.unpack

local Topic = {}
Topic.__index = Topic

local topic = {}

-- The samples of all topics, each in the place of its number.
local samples = {}

--- An empty topic.
-- @string name its file's, without an ending
-- @string title
function topic.new(name, title)
  return setmetatable({ name = name, title = title, sections = {}, body = {} }, Topic)
end

--- Adds HTML.
function Topic:add(text) self.body[#self.body + 1] = (text:gsub("%s*\n%s*", " ")) end

--- Adds a heading, by whose anchor links reach it; one of level 2 stands in the contents, by a shorter
-- name if it has one.
function Topic:heading(level, anchor, inner, short)
  if level == 2 then self.sections[#self.sections + 1] = { anchor, short or inner } end
  self:add(('<h%d id="%s">%s</h%d>'):format(level, html.escaped(anchor), inner, level))
end

--- Adds a sample, with the name of the file that it is to be.
function Topic:sample(language, text, file)
  if file then self:add(('<div class="file">%s</div>'):format(html.escaped(file))) end
  samples[#samples + 1] = html.sample(language, text)
  self:add(("<div>@sample-%d@</div>"):format(#samples))
end

local function cells(tag, row)
  local list = {}
  for i, cell in ipairs(row) do list[i] = ("<%s>%s</%s>"):format(tag, cell, tag) end
  return "<tr>" .. table.concat(list) .. "</tr>"
end

--- Adds a table of cells in HTML.
-- @param head the cells of its first row, or nil
-- @param rows
function Topic:table(head, rows)
  local lines = { head and "<thead>" .. cells("th", head) .. "</thead>" }
  for _, row in ipairs(rows) do lines[#lines + 1] = cells("td", row) end
  self:add("<table>" .. table.concat(lines) .. "</table>")
end

--- Adds the items of a list in HTML.
function Topic:list(items)
  self:add("<ul><li>" .. table.concat(items, "</li><li>") .. "</li></ul>")
end

local FEW, MANY = 3, 40 -- sections that need no contents, and that do not have a line each

-- Links to the sections.
local function contents_of(made)
  local items = {}
  for i, section in ipairs(made.sections) do
    items[i] = "<li>" .. html.link("#" .. section[1], section[2]) .. "</li>"
  end
  return ('<div class="contents%s"><ul>%s</ul></div>'):format(#items > MANY and " many" or "",
    table.concat(items, " "))
end

--- The text that LDoc reads: the contents stand after what is said first, if that is a paragraph.
function Topic:text()
  local body = { "# " .. self.title, unpack(self.body) }
  local at = (body[2] or ""):find "^<p>" and 3 or 2
  if #self.sections >= FEW then table.insert(body, at, contents_of(self)) end
  return table.concat(body, "\n\n") .. "\n"
end

--- What LDoc wrote, with the samples in it.
function topic.finished(text)
  return (text:gsub("<div>@sample%-(%d+)@</div>", function(number)
    return samples[tonumber(number)]
  end))
end

return topic
