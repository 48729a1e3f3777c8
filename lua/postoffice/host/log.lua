--- The log of decisions: a line of JSON for each, and for what happens to the process.
--
-- Fields that nobody knows are left out.  Addresses stand in `recipient` and `sender` alone, and there they are
-- hashed or cut where it is wanted; no text that a policy or somebody else has written is in a line of a
-- decision.  Whole lines are written, and no more of them at once than a pipe takes in one piece, so that
-- processes can share a file.  Where somebody promises to call `flush` soon, decisions wait for each other: a call
-- of the system for each would take longer than the decision.
-- @module postoffice.host.log

local core = require "postoffice.core"
local json_line = require "postoffice.text.json".line

local log = {}

local Log = {}
Log.__index = Log

local concat = table.concat
local NONE = {}

local MOST_BYTES = 4096 -- that wait, and are written at once: PIPE_BUF of Linux (pipe(7))

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

-- The time as RFC 3339 has it; one text a second.
local function timestamp(self)
  local now = self.clock()
  if now ~= self.at then self.at, self.stamp = now, os.date("!%Y-%m-%dT%H:%M:%SZ", now) end
  return self.stamp
end

local function write(self, text, count)
  if not self.stream:write(text) then self.lost = self.lost + count end
end

--- Writes the lines that wait.
function Log:flush()
  local count = self.count
  if count == 0 then return end
  local text = concat(self.lines, "", 1, count)
  self.count, self.bytes = 0, 0
  write(self, text, count)
end

-- Has a line wait for others.
local function hold(self, line)
  if self.bytes + #line > MOST_BYTES then self:flush() end
  local count = self.count + 1
  self.lines[count], self.count, self.bytes = line, count, self.bytes + #line
  if count == 1 then self.later() end
end

--- Writes a decision.
-- @tparam table record see `postoffice.host.service`
function Log:decision(record)
  local recipient, sender = record.recipient, record.sender
  local line = json_line("time", timestamp(self), "protocol", record.protocol, "map", record.map,
    "site", record.site, "recipient", recipient and self.redact(recipient),
    "sender", sender and self.redact(sender), "instance", record.instance,
    "action", record.action, "status", record.status, "code", record.code,
    "connector", record.connector, "rule", record.rule, "seconds", record.seconds)
  if self.later then hold(self, line) else write(self, line, 1) end
end

--- Writes what has happened, at once.
-- @tparam string event
-- @tparam[opt] table fields `site`, `revision`, `message`, `protocol`, `process`
function Log:event(event, fields)
  fields = fields or NONE
  self:flush()
  write(self, json_line("time", timestamp(self), "event", event, "protocol", fields.protocol,
    "site", fields.site, "process", fields.process, "revision", fields.revision,
    "message", fields.message), 1)
end

-- A log has addresses in it: a new one is for its owner and group alone.
local function open(path)
  core.create_file(path) -- fails where there is one
  local stream, message = io.open(path, "ab")
  if not stream then return nil, message end
  stream:setvbuf "no" -- a call of the system for what is written together
  return stream
end

--- Opens its file again, which somebody may have moved away; keeps the old one where that fails.
-- @treturn true|nil
-- @treturn string message
function Log:reopen()
  if not self.path then return true end
  local stream, message = open(self.path)
  if not stream then return nil, message end
  self:flush()
  self.stream:close()
  self.stream = stream
  return true
end

--- Opens a log.
-- @tparam table options `stream`, or `path`; `redact`, a function of an address, see `REDACTIONS`; `clock`
--   (seconds since 1970)
-- @treturn table|nil `later` may be set to a function that is called when a decision waits: somebody calls `flush`
--   soon then
-- @treturn string message
function log.open(options)
  local stream, message = options.stream, nil
  if options.path then stream, message = open(options.path) end
  if not stream then return nil, message end
  return setmetatable({
    stream = stream, path = options.path, redact = options.redact or as_it_is,
    clock = options.clock or os.time, lost = 0, later = nil, lines = {}, count = 0, bytes = 0,
  }, Log)
end

return log
