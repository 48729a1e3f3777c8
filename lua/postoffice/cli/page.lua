--- A page as lines of text, for a terminal.
-- @module postoffice.cli.page

local columns = require "postoffice.cli.columns"

local Page = {}
Page.__index = Page

--- Adds a line, such as the title.
-- @tparam[opt] string text
function Page:line(text) self[#self + 1] = text or "" end

-- Adds lines as they are.
local function add_all(page, list)
  for _, line in ipairs(list) do page:line(line) end
end

--- Adds a paragraph, after an empty line.
-- @string text
function Page:paragraph(text)
  self:line()
  add_all(self, columns.wrap(text, self.width))
end

--- Adds rows.
-- @tparam {{string,...},...} rows
function Page:rows(rows) add_all(self, columns.rows(rows, self.width)) end

--- Adds rows under a title; nothing if there are none.
-- @string title
-- @tparam {{string,...},...} rows
function Page:section(title, rows)
  if #rows == 0 then return end
  self:line()
  self:line(title)
  self:rows(rows)
end

--- Adds an example as it stands; nothing where there is none.
-- @tparam[opt] string text
function Page:example(text)
  if not text then return end
  self:line()
  for line in (text .. "\n"):gmatch "(.-)\n" do self:line(line == "" and "" or "  " .. line) end
end

--- Adds where to read on.
-- @tparam {string,...} names
function Page:see(names) self:paragraph("See also: " .. table.concat(names, ", ")) end

--- An empty page.
-- @tparam number width
-- @treturn {string,...} the lines that it has
local function new_page(width) return setmetatable({ width = width }, Page) end

return new_page
