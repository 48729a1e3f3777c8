--- The log of decisions: a line of JSON for each, and for what happens to the process.
--
-- Fields that nobody knows are left out.  Addresses stand in `recipient` and `sender` alone, and there they are
-- hashed or cut where it is wanted; no text that a policy or somebody else has written is in a line of a
-- decision.  Each line is written at once, so that none is lost and processes can share a file.
-- @module postoffice.host.log

local core = require "postoffice.core"
local json = require "postoffice.text.json"
local visible = require "postoffice.text.visible".all

local log = {}

local Log = {}
Log.__index = Log

local find, concat, floor = string.find, table.concat, math.floor

-- The fields of a line, in their order.
local FIELDS = {
  "time", "event", "protocol", "map", "site", "recipient", "sender", "instance", "action",
  "status", "code", "connector", "rule", "seconds", "process", "revision", "message",
}

local BUFFER = 1048576 -- bytes: a line is written whole

local encode = json.encoder()

-- ---- Addresses ---------------------------------------------------------------

local BYTES = 8 -- of a hash: 64 bits tell apart whatever a log holds

-- The part of an address that is no secret: its domain, or the type that it begins with.
local function common_part(text)
  local domain = text:match "@([%w.-]+)>?$"
  if domain then return "@" .. domain end
  local kind = text:match "^%[?(%a%w*):"
  return kind and ":" .. kind or ""
end

--- The ways in which addresses are hidden, by name: each makes a function of an address from a key.
log.REDACTIONS = {}

-- The mailbox is a star.
function log.REDACTIONS.cut()
  return function(text) return "*" .. common_part(text) end
end

-- The mailbox is a number, the same for the same address as long as the key is.
function log.REDACTIONS.hash(key)
  return function(text)
    local hash = core.hmac_sha1(key, text):sub(1, BYTES):gsub(".", function(byte)
      return ("%02x"):format(byte:byte())
    end)
    return hash .. common_part(text)
  end
end

local function as_it_is(text) return text end

-- ---- Lines -------------------------------------------------------------------

-- A number with six digits after the point; the usual small ones without printf's care for all numbers.
local function fraction(number)
  if number < 0 or number > 0.999 then return ("%.6f"):format(number) end
  return ("0.%06d"):format(floor(number * 1e6 + 0.5))
end

-- Whether a text has to be escaped, or hides something.
local function takes_care(text)
  return find(text, '"', 1, true) or find(text, "\\", 1, true) or visible(text) ~= text
end

-- A value as JSON: most texts need no care.
local function written(value)
  if type(value) == "string" then
    return takes_care(value) and encode(value) or '"' .. value .. '"'
  elseif type(value) == "number" then
    return value == floor(value) and ("%d"):format(value) or fraction(value)
  end
  return tostring(value)
end

-- Those of decisions, in their order; of these, who they are about, and those that say again what they said.
local DECIDED = {
  "protocol", "map", "site", "recipient", "sender", "instance", "action", "status", "code",
  "connector", "rule", "seconds",
}
local ADDRESSES = { recipient = true, sender = true }
local REPEATED = { "protocol", "map", "site", "action", "status", "code", "connector", "rule" }
local MOST_KEPT = 10000

local LEADS = {}
for _, name in ipairs(FIELDS) do LEADS[name] = ('"%s":'):format(name) end

--- A line without its end.
-- @tparam table record
-- @treturn string
function log.line(record)
  local parts, count = {}, 0
  for i = 1, #FIELDS do
    local name = FIELDS[i]
    local value = record[name]
    if value ~= nil then
      count = count + 1
      parts[count] = LEADS[name] .. written(value)
    end
  end
  return "{" .. concat(parts, ",") .. "}"
end

-- Forgets how fields were written.
local function forget(self)
  self.kept, self.kept_count = {}, 0
  for _, name in ipairs(REPEATED) do self.kept[name] = {} end
end

-- A field as it is written; how is kept of those that say it again.
local function field(self, name, value)
  local kept = self.kept[name]
  if not kept then return LEADS[name] .. written(value) end
  local text = kept[value]
  if text then return text end
  if self.kept_count >= MOST_KEPT then forget(self) end
  text = LEADS[name] .. written(value)
  self.kept[name][value], self.kept_count = text, self.kept_count + 1
  return text
end

-- The time as RFC 3339 has it; one text a second.
local function timestamp(self)
  local now = self.clock()
  if now ~= self.at then self.at, self.stamp = now, os.date("!%Y-%m-%dT%H:%M:%SZ", now) end
  return self.stamp
end

local function write(self, line)
  if not self.stream:write(line, "\n") then self.lost = self.lost + 1 end
end

--- Writes a decision.
-- @tparam table record see `postoffice.host.service`
function Log:decision(record)
  local parts, count = { '"time":"' .. timestamp(self) .. '"' }, 1
  for i = 1, #DECIDED do
    local name = DECIDED[i]
    local value = record[name]
    if value ~= nil then
      count = count + 1
      parts[count] = field(self, name, ADDRESSES[name] and self.redact(value) or value)
    end
  end
  write(self, "{" .. concat(parts, ",") .. "}")
end

--- Writes what has happened.
-- @tparam string event
-- @tparam[opt] table fields `site`, `revision`, `message`, `protocol`, `process`
function Log:event(event, fields)
  local record = { event = event }
  for name, value in pairs(fields or {}) do record[name] = value end
  record.time = timestamp(self)
  write(self, log.line(record))
end

-- A log has addresses in it: a new one is for its owner and group alone.
local function open(path)
  core.create_file(path) -- fails where there is one
  local stream, message = io.open(path, "ab")
  if not stream then return nil, message end
  stream:setvbuf("line", BUFFER)
  return stream
end

--- Opens its file again, which somebody may have moved away; keeps the old one where that fails.
-- @treturn true|nil
-- @treturn string message
function Log:reopen()
  if not self.path then return true end
  local stream, message = open(self.path)
  if not stream then return nil, message end
  self.stream:close()
  self.stream = stream
  return true
end

--- Opens a log.
-- @tparam table options `stream`, or `path`; `redact`, a function of an address, see `REDACTIONS`; `clock`
--   (seconds since 1970)
-- @treturn table|nil
-- @treturn string message
function log.open(options)
  local stream, message = options.stream, nil
  if options.path then stream, message = open(options.path) end
  if not stream then return nil, message end
  local self = setmetatable({
    stream = stream, path = options.path, redact = options.redact or as_it_is,
    clock = options.clock or os.time, lost = 0, kept = nil, kept_count = 0,
  }, Log)
  forget(self)
  return self
end

return log
