--- Messages as rows: sender, recipient, size, time and client, with a tab between two.
--
-- What is not known is empty or `-`, and may be left out at the end; `<>` is the sender of bounces.  A
-- time is in seconds since 1970, or as ISO 8601 has it.  A line that begins with # is a comment.
-- @module postoffice.text.maillog.tsv

local decimal = require "postoffice.text.decimal"
local times = require "postoffice.text.maillog.times"

local tsv = {}

local Reader = {}
Reader.__index = Reader

--- A reader.
-- @treturn table
function tsv.new() return setmetatable({}, Reader) end

local UNKNOWN = { [""] = true, ["-"] = true }

-- What a column holds: a text, or nil if it is not known.
local function known(text) return not UNKNOWN[text or ""] and text or nil end

local function split(line)
  local columns = {}
  for text in (line .. "\t"):gmatch "([^\t]*)\t" do columns[#columns + 1] = known(text) or false end
  return columns
end

-- A time in either form, or nil.
local function time_of(text)
  if text:find "^%d+%.?%d*$" then return tonumber(text) end
  local seconds, rest = times.iso(text)
  return rest == "" and seconds or nil
end

-- A column that `read` has to understand if it is there: its value, or nil and what is wrong.
local function column(text, read, fault)
  if not text then return nil end
  local value = read(text)
  if value then return value end
  return nil, fault:format(text)
end

--- Reads a line.
-- @tparam string line
-- @tparam number number its own
-- @tparam {table,...} ready gets the message
function Reader:line(line, number, ready) -- luacheck: ignore self
  if line:find "^ *#" or not line:find "%S" then return end
  local columns = split(line)
  local fault
  local message = { line = number, sender = columns[1] or nil, recipients = { columns[2] or nil } }
  if not columns[2] then
    fault = "has no recipient; write sender, recipient, size, time and client, with a tab between"
      .. " two"
  end
  local size, bad_size = column(columns[3], decimal.read, 'the size "%s" is no number of bytes')
  local now, bad_time = column(columns[4], time_of,
    'the time "%s" is neither seconds since 1970 nor such as 2026-11-27T00:41:54Z')
  message.size, message.now, message.client = size, now, columns[5] or nil
  fault = fault or bad_size or bad_time
  ready[#ready + 1] = fault and { line = number, fault = fault } or message
end

--- Ends the log.
function Reader:finish() end -- luacheck: ignore self

return tsv
