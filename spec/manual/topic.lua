--- A topic of LDoc: lines of HTML under a title.  LDoc takes lines that are indented for code, so that samples
-- are put in when it has run: `topic.finished`.
local html = require "spec.manual.html"

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

--- Adds a heading, by whose anchor links reach it.
function Topic:heading(level, anchor, inner)
  if level == 2 then self.sections[#self.sections + 1] = { anchor, inner } end
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

local FEW = 3 -- sections that need no contents

-- Links to the sections.
function Topic:contents()
  if #self.sections < FEW then return "" end
  local items = {}
  for i, section in ipairs(self.sections) do
    items[i] = "<li>" .. html.link("#" .. section[1], section[2]) .. "</li>"
  end
  return '<div class="contents"><ul>' .. table.concat(items) .. "</ul></div>\n\n"
end

--- The text that LDoc reads.
function Topic:text()
  return ("# %s\n\n%s%s\n"):format(self.title, self:contents(), table.concat(self.body, "\n\n"))
end

--- What LDoc wrote, with the samples in it.
function topic.finished(text)
  return (text:gsub("<div>@sample%-(%d+)@</div>", function(number)
    return samples[tonumber(number)]
  end))
end

return topic
