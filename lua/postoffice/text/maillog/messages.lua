--- The messages of a log that were begun and not yet ended, by what the log calls them.
-- @module postoffice.text.maillog.messages

local messages = {}

local Messages = {}
Messages.__index = Messages

local lower = string.lower

--- None.
-- @treturn table
function messages.new()
  return setmetatable({ by_id = {}, order = {}, first = 1, last = 0 }, Messages)
end

--- The message of a name, which begins where it is first mentioned.
-- @tparam string id
-- @tparam number line
-- @treturn table
function Messages:get(id, line)
  local message = self.by_id[id]
  if message then return message end
  message = { line = line, recipients = {}, seen = {} } -- `seen` until it is over
  self.by_id[id], self.last = message, self.last + 1
  self.order[self.last] = message
  return message
end

--- Adds a recipient, once, whatever its case: what is tried again is told again.
-- @tparam table message
-- @tparam string recipient
function messages.add(message, recipient)
  local folded = lower(recipient)
  if recipient == "" or message.seen[folded] then return end
  message.seen[folded] = true
  table.insert(message.recipients, recipient)
end

-- Hands on a message that is over, unless nobody was to get it or another went on as it.
local function hand_on(message, ready)
  local is_one = not message.continues and message.recipients[1]
  message.seen, message.has_given = nil, nil
  if is_one then ready[#ready + 1] = message end
end

--- Ends a message.
-- @tparam string id
-- @tparam {table,...} ready whole messages, to which it is added
function Messages:finish(id, ready)
  local message = self.by_id[id]
  if not message then return end
  self.by_id[id] = nil
  hand_on(message, ready)
  while self.first <= self.last and not self.order[self.first].seen do
    self.order[self.first], self.first = nil, self.first + 1
  end
end

--- Ends all messages, in the order in which they began.
-- @tparam {table,...} ready
function Messages:finish_all(ready)
  for at = self.first, self.last do
    local message = self.order[at]
    if message.seen then hand_on(message, ready) end
  end
end

return messages
