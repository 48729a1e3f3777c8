--- Arrays of texts as PostgreSQL writes them: `{a,"b c",NULL}` (its manual, 8.15.6).
-- @module postoffice.directory.postgres_array

local postgres_array = {}

--- What stands for NULL in a list that is written.
postgres_array.NULL = {}

local function quoted(text)
  if text == postgres_array.NULL then return "NULL" end
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

--- Writes one.
-- @tparam {string,...} list
-- @treturn string
function postgres_array.write(list)
  local items = {}
  for i, text in ipairs(list) do items[i] = quoted(text) end
  return "{" .. table.concat(items, ",") .. "}"
end

-- A quoted item from a byte on, and the byte after it; nil if it does not end.
local function read_quoted(text, at)
  local parts = {}
  while true do
    local plain, mark, after = text:match('^([^\\"]*)([\\"])()', at)
    if not mark then return nil end
    parts[#parts + 1] = plain
    if mark == '"' then return table.concat(parts), after end
    parts[#parts + 1], at = text:sub(after, after), after + 1
  end
end

-- An item, and the byte after it; nil if there is none.
local function read_item(text, at)
  if text:sub(at, at) == '"' then return read_quoted(text, at + 1) end
  return text:match('^([^,{}"\\%s]+)()', at)
end

--- Reads one of one dimension that has no NULL.
-- @string text
-- @treturn {string,...}|nil
function postgres_array.read(text)
  local list, at = {}, 2
  if text == "{}" then return list end
  if text:sub(1, 1) ~= "{" then return nil end
  while true do
    local item, after = read_item(text, at)
    if not item then return nil end
    list[#list + 1] = item
    local mark = text:sub(after, after)
    if mark == "}" then return after == #text and list or nil end
    if mark ~= "," then return nil end
    at = after + 1
  end
end

return postgres_array
