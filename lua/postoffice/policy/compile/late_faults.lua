--- What is found wrong with entries when all of them have been read.
--
-- Of an entry in a directory's file the line alone is kept: where something is wrong, the file is read
-- once more to say in which column.
-- @module postoffice.policy.compile.late_faults

local people = require "postoffice.policy.compile.people"

local late_faults = {}

local methods = {}
local metatable = { __index = methods }

local MOST = 1000 -- that wait: each time, files are read once more

--- What takes them.
-- @tparam table around as `people.find` takes it
-- @tparam table errors
-- @tparam[opt] table skipped takes what is wrong in files that are read with `on_error = "skip"`
-- @treturn table with `add` and `tell`
function late_faults.new(around, errors, skipped)
  return setmetatable({ around = around, errors = errors, skipped = skipped }, metatable)
end

--- Takes one.
-- @tparam table declaration of an entry, with `directory` if it is of a file
-- @tparam function message returns the end of a sentence that begins with it
-- @string field as readers of formats name it
-- @string[opt] text that is wrong in it
function methods:add(declaration, message, field, text)
  self[#self + 1] = {
    declaration = declaration, message = message, field = field, text = text,
    name = declaration.name, line = declaration.line,
  }
  if #self == MOST then self:tell() end
end

-- Whether what is wrong is left out with its entry.
local function is_skipped(self, fault)
  local from = fault.declaration.directory
  return self.skipped ~= nil and from ~= nil and from.fields.on_error == "skip"
end

-- Faults by the declarations of their files, but for those that are only counted.
local function by_directory(self)
  local files = {}
  for _, fault in ipairs(self) do
    local from = fault.declaration.directory
    if from and not (is_skipped(self, fault) and self.skipped:is_full()) then
      files[from] = files[from] or {}
      table.insert(files[from], fault)
    end
  end
  return files
end

-- What a fault is about, at its place.
local function subject(fault)
  if not fault.column then return fault.declaration end
  local declaration = fault.declaration
  return {
    word = declaration.word, name = declaration.name, file = declaration.file,
    line = fault.at_line, column = fault.column,
  }
end

local function tell(self, fault)
  self.errors.watch()
  if not is_skipped(self, fault) then
    self.errors.add(subject(fault), "%s", fault.message())
  else
    local message = self.skipped:is_full() and "" or fault.message()
    self.skipped:add_part(subject(fault), message .. "; its mail there is refused")
  end
end

--- Tells all that were taken, in their order.
function methods:tell()
  if self.around.reopen then
    for from, faults in pairs(by_directory(self)) do
      people.find(from, self.around, faults, self.errors)
    end
  end
  for i = 1, #self do
    tell(self, self[i])
    self[i] = nil
  end
end

return late_faults
