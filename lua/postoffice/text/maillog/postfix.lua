--- What Postfix says to syslog.
--
-- The lines of a message have its queue id: `client=` is smtpd's, `from=` with its size qmgr's, `to=` is
-- of who delivers, with `orig_to=` before aliases, canonical and virtual maps; `removed` ends it.  What is refused has
-- NOQUEUE, and both addresses in one line.
--
-- `orig_to=` and what is refused are as they were written: of a name without a domain, as cron's mail to
-- root, nobody knows where it is without Postfix's myorigin.
-- @module postoffice.text.maillog.postfix

local messages = require "postoffice.text.maillog.messages"
local times = require "postoffice.text.maillog.times"

local postfix = {}

local Reader = {}
Reader.__index = Reader

--- A reader.
-- @tparam table options `now`, for times without a year; `origin`, the domain of names without one
-- @treturn table
function postfix.new(options)
  return setmetatable({ open = messages.new(), now = options.now, origin = options.origin }, Reader)
end

-- Whether trivial-rewrite(8) appends myorigin (append_at_myorigin): to what has no domain, and is
-- neither user%domain (allow_percent_hack) nor site!user (swap_bangpath).
local function is_name(address) return not address:gsub('"[^"]*"', ""):find "[@%%!]" end

-- An address as `name=<address>` has it: an empty one is that of bounces.
local function address_in(text, name, origin)
  local address = text:match("[ ,]" .. name .. "=<(.-)>[, ]") or text:match("[ ,]" .. name
    .. "=<(.-)>$")
  if address == "" then return "<>" end
  return address and origin and is_name(address) and address .. "@" .. origin or address
end

-- `from=<sender>, size=1234, nrcpt=2 (queue active)`.
local function begin(message, text, now, origin)
  message.sender = address_in(text, "from", origin)
  message.size = tonumber(text:match ", size=(%d+)")
  message.now = message.now or now
end

local LOOPBACK = { ["127.0.0.1"] = true, ["localhost"] = true, ["::1"] = true }

-- Another queue id under which a message goes on, by local(8) or a content filter on this host.
local function successor(text)
  local id = text:match " status=sent %(forwarded as (%w+)%)"
  if id then return id end
  local relay = text:match " relay=([^[,]+)"
  return LOOPBACK[relay] and text:match " queued as (%w+)%)$"
end

-- `to=<final>, orig_to=<given>, relay=..., status=sent (...)`.
local function deliver(self, message, text, now, number)
  message.now = message.now or now
  messages.add(message, address_in(text, "orig_to", self.origin)
    or address_in(text, "to", self.origin))
  local id = successor(text)
  if id then self.open:get(id, number).continues = true end
end

-- The address in `name[192.0.2.1]`, or nil.
local function client_of(text) return text:match "^[^%s%[,]*%[([%x:.]+)%]" end

-- `reject: RCPT from host[192.0.2.1]: 550 5.1.1 <to>: why; from=<sender> to=<recipient> proto=ESMTP`.
local function rejected(text, now, number, origin)
  local facts = text:match ".*;( from=<.*)$"
  local recipient = facts and address_in(facts, "to", origin)
  if not recipient then return nil end
  return {
    line = number, now = now, recipients = { recipient }, rejected = true,
    sender = address_in(facts, "from", origin),
    client = client_of(text:match "reject: RCPT from (.*)$"),
  }
end

-- Reads what a program says of a queue id.
local function read_queued(self, id, text, now, number, ready)
  if text == " removed" then
    self.open:finish(id, ready)
  elseif text:find "^ from=<" then
    begin(self.open:get(id, number), text, now, self.origin)
  elseif text:find "^ client=" then
    self.open:get(id, number).client = client_of(text:match "^ client=(.*)$")
  elseif text:find "^ to=<" then
    deliver(self, self.open:get(id, number), text, now, number)
  end
end

--- Reads a line.
-- @tparam string line
-- @tparam number number its own
-- @tparam {table,...} ready gets the messages that it ends
function Reader:line(line, number, ready)
  local now, rest = times.iso(line)
  if not now then now, rest = times.syslog(line, self.now) end
  local id, text = rest:match "^ %S+ postfix[%w._-]*/[%w/._-]+%[%d+%]: (%w+):(.*)$"
  if not now or not id then return end
  if text:find "^ [%w-]*reject: RCPT from " then
    ready[#ready + 1] = rejected(text, now, number, self.origin)
  else
    read_queued(self, id, text, now, number, ready)
  end
end

--- Ends the log.
-- @tparam {table,...} ready gets what has not ended
function Reader:finish(ready) self.open:finish_all(ready) end

return postfix
