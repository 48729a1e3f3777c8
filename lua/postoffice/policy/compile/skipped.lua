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
--   `count`, and `add`
function skipped.new(list)
  list = list or {}
  list.count = list.count or 0
  return setmetatable(list, metatable)
end

--- Whether no more are listed: others are counted.
-- @treturn boolean
function methods:is_full() return #self == MOST end

--- Remembers one.
-- @tparam table declaration of the entry, or of the directory
-- @string message the end of a sentence that begins with what the declaration is called
function methods:add(declaration, message)
  self.count = self.count + 1
  if self:is_full() then return end
  self[#self + 1] = {
    file = declaration.file, line = declaration.line, column = declaration.column,
    title = describe.title(declaration), message = visible(message),
  }
end

local function is_one(value)
  return type(value) == "table" and type(value.file) == "string" and type(value.line) == "number"
    and (value.column == nil or type(value.column) == "number")
    and type(value.title) == "string" and type(value.message) == "string"
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
      message = one.message,
    }
  end
  return plain
end

return skipped
