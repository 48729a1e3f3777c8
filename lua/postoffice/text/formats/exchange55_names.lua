--- What objects of an Exchange 5.5 directory are called, and by which texts others refer to them.
--
-- A directory name is unique in its container alone (Q239639).  A path is written from the
-- organization, `/o=Org/ou=Site/cn=Recipients/cn=klee`, from the site, or from the site's container,
-- `Recipients/cn=klee`; and an import may say no more than a directory name, an alias or a display name.
-- @module postoffice.text.formats.exchange55_names

local trim = require "postoffice.text.joined".trim

local find, lower = string.find, string.lower

local names = {}

-- The parts of a path, in lower case, of which the last is a directory name.
local function parts_of(path)
  local parts = {}
  for part in lower(path):gmatch "[^/]+" do
    parts[#parts + 1] = find(part, "=", 1, true) and trim(part) or "cn=" .. trim(part)
  end
  return parts
end

-- What a path may be called that leaves out how it begins, the longest first.
local function ends_of(parts)
  local list = {}
  for i = 1, #parts do list[i] = table.concat(parts, "/", i) end
  return list
end

-- That a text is all that is known of a path, so that a longer one may mean the same.
local WHOLE = "="

--- A path as it is compared.
-- @string container empty where nobody says it
-- @string name
-- @treturn string
function names.path(container, name)
  return table.concat(parts_of(container == "" and name or container .. "/cn=" .. name), "/")
end

--- By what others may refer to an object.
-- @string path as `path` returns it
-- @string alias may be empty
-- @string display may be empty
-- @treturn {string,...}
function names.known_by(path, alias, display)
  local list = ends_of(parts_of(path))
  list[#list + 1] = WHOLE .. path
  if alias ~= "" then list[#list + 1] = "alias " .. alias end
  if display ~= "" then list[#list + 1] = "name " .. display end
  return list
end

--- By what somebody may be known whom a text refers to: a path by itself, or by its end where that is
-- all that is known of it; a text without a path by any name.
-- @string text
-- @treturn {string,...} the surest first
function names.keys_of(text)
  if not find(text, "[/=]") then
    return { "cn=" .. lower(trim(text)), "alias " .. text, "name " .. text }
  end
  local list = ends_of(parts_of(text))
  for i = 2, #list do list[i] = WHOLE .. list[i] end
  return list
end

return names
