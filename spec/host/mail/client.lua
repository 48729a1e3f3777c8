--- An SMTP client: one message, or many over several connections.
local socket = require "socket"

local client = {}

local PATIENCE = 300 -- seconds: more than Postfix waits for whom it asks

-- A reply's lines, the last of which has no hyphen (RFC 5321 4.2.1), joined by "\n".
local function reply_of(connection)
  local lines = {}
  repeat
    lines[#lines + 1] = assert(connection:receive "*l")
  until lines[#lines]:sub(4, 4) ~= "-"
  return table.concat(lines, "\n")
end

--- Says a line; returns the reply.
function client.say(connection, line)
  assert(connection:send(line .. "\r\n"))
  return reply_of(connection)
end

--- Opens a connection and says EHLO.
-- @tparam number port
-- @tparam string source who connects, one of 127.0.0.x
-- @treturn connection
function client.open(port, source)
  local connection = socket.tcp()
  connection:settimeout(PATIENCE)
  assert(connection:bind(source, 0))
  assert(connection:connect("127.0.0.1", port))
  assert(reply_of(connection):find "^220")
  assert(client.say(connection, "EHLO client.example"):find "^250")
  return connection
end

local function mail_line(message)
  return ("MAIL FROM:<%s>%s"):format(message.from, message.size and " SIZE=" .. message.size or "")
end

-- Lines that begin with a dot get one more (RFC 5321 4.5.2).
local function stuffed(text) return (("\r\n" .. text):gsub("\r\n%.", "\r\n.."):sub(3)) end

--- Sends a message on an open connection, and ends its transaction.
-- @tparam connection connection
-- @tparam table message `from`, `to` (a list), `text`, `size` to declare
-- @treturn table what was answered to each recipient, in order, in `data` to the text (nil if none was
--   sent), and in `mail` to the sender
function client.transact(connection, message)
  local replies = { mail = client.say(connection, mail_line(message)) }
  local accepted = false
  for i, to in ipairs(message.to) do
    replies[i] = client.say(connection, ("RCPT TO:<%s>"):format(to))
    accepted = accepted or replies[i]:find "^250" ~= nil
  end
  if accepted then
    assert(client.say(connection, "DATA"):find "^354")
    replies.data = client.say(connection, stuffed(message.text) .. "\r\n.")
  else
    client.say(connection, "RSET")
  end
  return replies
end

--- Sends a message by a connection of its own.
function client.send(port, source, message)
  local connection = client.open(port, source)
  local replies = client.transact(connection, message)
  connection:close()
  return replies
end

-- Says a line on each connection before any reply is read; the replies, in the same order.
local function say_to_all(connections, line_for)
  local replies = {}
  for i, connection in ipairs(connections) do assert(connection:send(line_for(i) .. "\r\n")) end
  for i, connection in ipairs(connections) do replies[i] = reply_of(connection) end
  return replies
end

--- Sends a message to one recipient on each of some connections, all at once.
-- @tparam {connection,...} connections
-- @tparam {table,...} messages as many, or less
-- @treturn {string,...} what was answered last to each: 250 if it was taken
function client.at_once(connections, messages)
  local used = {}
  for i in ipairs(messages) do used[i] = connections[i] end
  say_to_all(used, function(i) return mail_line(messages[i]) end)
  local replies = say_to_all(used, function(i)
    return ("RCPT TO:<%s>"):format(messages[i].to[1])
  end)
  local open, places = {}, {}
  for i, reply in ipairs(replies) do
    if reply:find "^250" then
      places[#places + 1], open[#open + 1] = i, used[i]
    else
      client.say(used[i], "RSET")
    end
  end
  say_to_all(open, function() return "DATA" end)
  local ends = say_to_all(open, function(i)
    return stuffed(messages[places[i]].text) .. "\r\n."
  end)
  for i, reply in ipairs(ends) do replies[places[i]] = reply end
  return replies
end

return client
