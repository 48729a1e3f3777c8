--- Exim's main log (its specification, chapter 52).
--
-- A line is a time, the message's name, two characters that say what happened, an address, and fields
-- such as `S=1234`.  A delivery shows the final address and, if that is another, the original one in
-- angle brackets, which is the recipient.  With the selector `received_recipients` the line of arrival
-- has them all.
-- @module postoffice.text.maillog.exim

local messages = require "postoffice.text.maillog.messages"
local times = require "postoffice.text.maillog.times"

local exim = {}

local Reader = {}
Reader.__index = Reader

--- A reader.
-- @treturn table
function exim.new() return setmetatable({ open = messages.new() }, Reader) end

local DELIVERY = {
  ["=>"] = true, ["->"] = true, [">>"] = true, ["*>"] = true, ["**"] = true, ["=="] = true,
}

-- The recipients that a line of arrival ends in: `for a@b.example c@d.example`.  A subject may hold
-- that word, too, and is quoted.
local function add_received(message, rest)
  local listed = rest:gsub('"[^"]*"', '""'):match ".* for (.*)$"
  for recipient in (listed or ""):gmatch "%S+" do
    messages.add(message, recipient)
    message.has_given = true
  end
end

-- The address of the host that `H=name (helo) [192.0.2.1]:25` names, or nil.
local function client_of(rest)
  return rest:match "%f[%S]H=[^%[=]*%[([%x:.]+)%]"
end

-- `<= sender H=... S=1234 for recipients`.
local function arrive(message, rest, now)
  message.sender, message.now = rest:match "^(%S+)", now
  message.client = client_of(rest)
  message.size = tonumber(rest:match " S=(%d+)")
  add_received(message, rest)
end

-- The recipient of `final (parent) <original> R=router`; one that is a file or a command has its
-- original in brackets, too.
local function recipient_of(rest)
  local before = rest:match "^(.-) [%u]+=" or rest:gsub(":%s.*$", "")
  return before:match " <([^>]*)>%s*$" or before:match "^(%S+)"
end

-- A delivery, or an attempt at one, with F= if the sender is shown.
local function deliver(message, rest, now)
  message.now = message.now or now
  message.sender = message.sender or rest:match " F=(<>)" or rest:match " F=<([^>]*)>"
  local recipient = not message.has_given and recipient_of(rest)
  if recipient then messages.add(message, recipient) end
end

-- What was refused at RCPT: `H=host [ip] F=<sender> rejected RCPT <recipient>: why`.
local function rejected(rest, now, number)
  local recipient = rest:match " rejected RCPT <(.-)>" or rest:match " rejected RCPT ([^%s:]+)"
  if not recipient or recipient == "" then return nil end
  local sender = rest:match " F=(<>) " or rest:match " F=<(.-)> "
  return {
    line = number, now = now, sender = sender, recipients = { recipient }, rejected = true,
    client = client_of(rest),
  }
end

--- Reads a line.
-- @tparam string line
-- @tparam number number its own
-- @tparam {table,...} ready gets the messages that it ends
function Reader:line(line, number, ready)
  local now, rest = times.iso(line)
  if not now then return end
  rest = rest:gsub("^ %[%d+%]", "") -- the process, with the selector pid
  local id, flag, what = rest:match "^ (%w+%-%w+%-%w+) (%S+) ?(.*)$"
  if not id then
    ready[#ready + 1] = rejected(rest, now, number)
  elseif flag == "<=" then
    arrive(self.open:get(id, number), what, now)
  elseif DELIVERY[flag] then
    deliver(self.open:get(id, number), what, now)
  elseif flag == "Completed" then
    self.open:finish(id, ready)
  end
end

--- Ends the log.
-- @tparam {table,...} ready gets what has not ended
function Reader:finish(ready) self.open:finish_all(ready) end

return exim
