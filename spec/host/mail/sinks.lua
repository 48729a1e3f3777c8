--- Where mail ends in a test: servers that take all of it (`sink.lua`), as the Internet or as mailboxes.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local socket = require "socket"

local sinks = {}

-- A message as it came: `from`, `to` (a list), its `text`, and of that the `subject`.
local function read_message(text)
  local envelope, rest = text:match "^(.-\n)\n(.*)$"
  local message = { from = envelope:match "^MAIL FROM:<([^>]*)>", to = {}, text = rest }
  for to in envelope:gmatch "RCPT TO:<([^>]*)>" do table.insert(message.to, to) end
  message.subject = rest:match "\nSubject: ([^\r\n]*)"
  return message
end

local Sink = {}

--- All messages that it has, in the order in which they came.
function Sink:messages()
  local list = self.list
  while true do
    local file = io.open(("%s/%d"):format(self.folder, #list + 1), "rb")
    if not file then return list end
    list[#list + 1] = read_message(file:read "*a")
    file:close()
  end
end

--- Those with a subject.
function Sink:with(subject)
  local list = {}
  for _, message in ipairs(self:messages()) do
    if message.subject == subject then list[#list + 1] = message end
  end
  return list
end

--- Waits until it has so many messages with a subject, one unless said; returns them.
function Sink:await(subject, count)
  servers.wait_for("mail about " .. subject, function()
    return #self:with(subject) >= (count or 1)
  end)
  return self:with(subject)
end

--- Starts one, on a free port.
-- @treturn Sink
function sinks.start()
  local sink = servers.new "sink"
  for name, method in pairs(Sink) do sink[name] = method end
  sink.list = {}
  servers.launch(sink, ("%s spec/host/mail/sink.lua %d %s"):format(helper.lua, sink.port,
    sink.folder))
  servers.wait_for("a sink", function()
    local connection = socket.connect("127.0.0.1", sink.port)
    return connection and connection:close()
  end)
  return sink
end

return sinks
