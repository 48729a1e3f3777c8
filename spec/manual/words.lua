--- The reference of policies' language as topics, written by what writes it for `postoffice help`.
local help_page = require "postoffice.cli.help_page"
local html = require "spec.manual.html"
local places = require "spec.manual.places"
local reference = require "postoffice.policy.language.reference"
local topic = require "spec.manual.topic"

local Page = {}
Page.__index = Page

local words = {}

-- A text whose words in backticks are code.
local function text_of(text)
  return (html.escaped(text):gsub("`([^`]+)`", "<code>%1</code>"):gsub("\n", "<br/>"))
end

-- The title; what follows is rare enough to be a paragraph.
function Page:line(text)
  if self.titled then return self:paragraph(text or "") end
  self.titled = true
  self.topic:heading(2, self.entry.name, html.code(text), html.code(self.entry.name))
end

function Page:paragraph(text) self.topic:add("<p>" .. text_of(text) .. "</p>") end

-- A name; of a field, with the anchor by which links reach it.
function Page:name(text, is_field)
  local anchor = self.entry.name .. "." .. text:gsub("%?$", "")
  local id = is_field and (' id="%s"'):format(html.escaped(anchor)) or ""
  return ("<code%s>%s</code>"):format(id, html.escaped(text))
end

function Page:section(title, rows)
  if #rows == 0 then return end
  local made, are_fields = {}, title:find "^Fields" ~= nil
  for i, row in ipairs(rows) do
    made[i] = { self:name(row[1], are_fields) }
    for at = 2, #row do made[i][at] = text_of(row[at]) end
  end
  self.topic:add("<h3>" .. html.escaped(title) .. "</h3>")
  self.topic:table(nil, made)
end

function Page:example(text)
  if text then self.topic:sample("lua", text) end
end

function Page:see(names)
  local links = {}
  for i, name in ipairs(names) do
    local place = places.of_reference(name)
    links[i] = place and html.link(place, html.code(name)) or html.code(name)
  end
  self.topic:add("<p>See also: " .. table.concat(links, ", ") .. "</p>")
end

--- The topics, one for each group.
function words.topics()
  local list = {}
  for i, group in ipairs(reference.groups()) do
    local made = topic.new(group.name, group.title)
    for _, entry in ipairs(group.entries) do
      help_page.entry(setmetatable({ topic = made, entry = entry }, Page), entry)
    end
    list[i] = made
  end
  return list
end

return words
