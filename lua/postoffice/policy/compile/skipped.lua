--- What was left out of directories' files: what is wrong in those that are read with
-- `on_error = "skip"`, and what an entry does not have of what a file says.
-- @module postoffice.policy.compile.skipped

local describe = require "postoffice.policy.language.describe"
local visible = require "postoffice.text.visible".all

local skipped = {}

local methods = {}
local metatable = { __index = methods }

local MOST = 1000 -- that are listed; all are counted

--- What remembers it.
-- @tparam[opt] table list as a snapshot has it: an array with `count`
-- @treturn table an array of `file`, `line`, `column` if it is known, `title` and `message`, with their
--   `count`, and `add` and `add_part`
function skipped.new(list)
  list = list or {}
  list.count = list.count or 0
  return setmetatable(list, metatable)
end

--- Whether no more are listed: others are counted.
-- @treturn boolean
function methods:is_full() return #self == MOST end

-- What is remembered; nil where no more is.
local function remember(list, declaration, message)
  list.count = list.count + 1
  if list:is_full() then return nil end
  local one = {
    file = declaration.file, line = declaration.line, column = declaration.column,
    title = describe.title(declaration), message = visible(message),
  }
  list[#list + 1] = one
  return one
end

--- Remembers one.
-- @tparam table declaration of the entry, or of the directory
-- @string message the end of a sentence that begins with what the declaration is called
function methods:add(declaration, message) remember(self, declaration, message) end

--- Remembers something of an entry of which all else counts.
-- @tparam table declaration of the entry
-- @string message likewise
function methods:add_part(declaration, message)
  local one = remember(self, declaration, message)
  if one then one.is_part = true end
end

local function is_one(value)
  return type(value) == "table" and type(value.file) == "string" and type(value.line) == "number"
    and (value.column == nil or type(value.column) == "number")
    and type(value.title) == "string" and type(value.message) == "string"
    and (value.is_part == nil or value.is_part == true)
end

--- Whether what a snapshot holds can be such a list.
-- @param value
-- @treturn boolean
function skipped.is_whole(value)
  if type(value) ~= "table" or type(value.count) ~= "number" then return false end
  for _, one in ipairs(value) do
    if not is_one(one) then return false end
  end
  return true
end

--- The same as a plain value, for a snapshot or for whoever asks.
-- @tparam table list
-- @treturn table
function skipped.plain(list)
  local plain = { count = list.count }
  for i, one in ipairs(list) do
    plain[i] = {
      file = one.file, line = one.line, column = one.column, title = one.title,
      message = one.message, is_part = one.is_part,
    }
  end
  return plain
end

return skipped
