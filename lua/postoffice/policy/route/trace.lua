--- Records what happens to an address.  Routing runs without a trace; explaining
-- is routing with one, so both take the same decisions.
--
-- What is recorded becomes text when somebody reads it.
-- @module postoffice.policy.route.trace

local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local write = require "postoffice.address".show

local trace = {}
trace.__index = trace

--- An empty record.
-- @tparam table entries the policy's directory
-- @treturn table
function trace.new(entries)
  return setmetatable({ entries = entries, records = {}, taken = {} }, trace)
end

--- Adds a step that says nothing for what it is by.
-- @tparam string stage such as `"resolve"`
-- @tparam table|number|nil by the declaration that it happened by, or that one's entry
-- @tparam string|table text what happened, for people: a format for at most three texts or numbers;
--   or functions of whatever stays as it is: `text`, and `data` for a table for programs
-- @param[opt] a
-- @param[opt] b
-- @param[opt] c
function trace:mention(stage, by, text, a, b, c)
  local records = self.records
  records[#records + 1] = { stage, by, text, a, b, c, false }
end

--- Adds a step, in which what it is by took part.
-- @tparam string stage
-- @tparam table|number|nil by
-- @tparam string|table text
-- @param[opt] a
-- @param[opt] b
-- @param[opt] c
function trace:say(stage, by, text, a, b, c)
  local records = self.records
  records[#records + 1] = { stage, by, text, a, b, c, true }
end

local function shown(value) return type(value) == "table" and write(value) or value end

--- What adds steps of a stage to the trace of a routing that has one; without one, nothing is
-- written.
-- @tparam string stage
-- @treturn function of routing, declaration or entry (or nil), a format, and at most three arguments
--   for it: texts, numbers, and addresses as they are
function trace.teller(stage)
  return function(routing, by, text, a, b, c)
    local recorder = routing.trace
    if not recorder then return end
    recorder:say(stage, by, text, shown(a), shown(b), shown(c)) -- addresses may change
  end
end

--- A routing that writes nothing into the trace, and is the same otherwise.
-- @tparam table routing
-- @treturn table
function trace.silent(routing)
  return setmetatable({ trace = false }, { __index = routing, __newindex = routing })
end

--- Remembers that a declaration took part.
-- @tparam table declaration
function trace:use(declaration) self.taken[#self.taken + 1] = declaration end

-- The declaration of what a step is by.
local function declaration_of(self, by)
  return type(by) == "number" and directory.declaration(self.entries, by) or by
end

local function text_of(record)
  local text = record[3]
  if type(text) == "table" then return text.text(record[4], record[5], record[6]) end
  return text:format(record[4], record[5], record[6])
end

local NONE = {}

-- What a record holds for programs.
local function data_of(record)
  local data = type(record[3]) == "table" and record[3].data
  return data and data(record[4], record[5], record[6]) or NONE
end

local function rule_of(self, record)
  local by = declaration_of(self, record[2])
  return by and describe.where(by)
end

-- What `texts` calls, with the number of the record before.
local function next_text(self, number)
  local record = self.records[number + 1]
  if not record then return nil end
  return number + 1, record[1], text_of(record), rule_of(self, record),
    record[7] and declaration_of(self, record[2]) or nil
end

--- The texts of the steps in order.
-- @return an iterator: number, stage, text, the rule, if there is one, and what it is by, if that took
--   part
function trace:texts() return next_text, self, 0 end

--- The steps in order.
-- @treturn {table,...} each with `stage`, `text`, `rule` and data for programs
function trace:steps()
  local steps = {}
  for i, stage, text, rule in self:texts() do
    local record = self.records[i]
    local step = { stage = stage, text = text, rule = rule, unused = not record[7] or nil }
    for name, value in next, data_of(record) do step[name] = value end
    steps[i] = step
  end
  return steps
end

--- The declarations that took part.  Who was met in a directory's file counts for the directory,
-- too.
-- @treturn table a set
function trace:used()
  local used = {}
  local function mark(declaration)
    used[declaration] = true
    if declaration.directory then used[declaration.directory] = true end
  end
  for _, declaration in ipairs(self.taken) do mark(declaration) end
  for _, record in ipairs(self.records) do
    if record[2] and record[7] then mark(declaration_of(self, record[2])) end
  end
  return used
end

return trace
