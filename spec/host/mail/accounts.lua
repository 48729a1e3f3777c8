--- Whether mail is lost: where each of many messages is.
local accounts = {}

local Account = {}
Account.__index = Account

-- By subject, how often it stands among messages that a function picks.
local function count_in(places, picks)
  local counts = {}
  for _, sink in ipairs(places) do
    for _, message in ipairs(sink:messages()) do
      local key = picks(message)
      if key then counts[key] = (counts[key] or 0) + 1 end
    end
  end
  return counts
end

-- The subject of a message that arrived.
local function arrived(message) return message.from ~= "" and message.subject end

-- The subject of a message that came back (RFC 3462: it is part of what says so).
local function returned(message)
  return message.from == "" and message.text:match "message/rfc822.-\nSubject: ([^\r\n]*)"
end

-- Those that wait in a queue, by their sender's local part.
local function count_queued(queues)
  local counts = {}
  for _, queue in ipairs(queues) do
    for _, message in ipairs(queue:queue()) do
      local key = message.sender:match "^[^@]+"
      counts[key] = (counts[key] or 0) + 1
    end
  end
  return counts
end

--- Where the messages are whose subjects are listed, each of which is its sender's local part.
-- @tparam {string,...} subjects
-- @treturn table numbers: `delivered`, `bounced`, `queued`; `lost`, those that are nowhere, and `double`,
--   those that are in two places, or twice in one
function Account:take(subjects)
  local places = {
    delivered = count_in(self.sinks, arrived), bounced = count_in(self.sinks, returned),
    queued = count_queued(self.queues),
  }
  local sum = { delivered = 0, bounced = 0, queued = 0, lost = 0, double = 0 }
  for _, subject in ipairs(subjects) do
    local found, copies = "lost", 0
    for place, counts in pairs(places) do
      if counts[subject] then found, copies = place, copies + counts[subject] end
    end
    if copies > 1 then found = "double" end
    sum[found] = sum[found] + 1
  end
  return sum
end

--- An account of some sinks and queues.
-- @tparam {Sink,...} sinks
-- @tparam {Instance,...} queues
function accounts.open(sinks, queues)
  return setmetatable({ sinks = sinks, queues = queues }, Account)
end

return accounts
