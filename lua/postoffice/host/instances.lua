--- The recipients of messages that are under way, by Postfix's `instance`: at END-OF-MESSAGE, when the
-- true size is known, a request does not name them.
--
-- Memory is bounded: the oldest message is forgotten when there are too many or they hold too much, and
-- each after its time.
-- @module postoffice.host.instances

local instances = {}

local Memory = {}
Memory.__index = Memory

local MOST_MESSAGES = 10000
local MOST_BYTES = 16 * 1024 * 1024
local SECONDS = 3600 -- a message takes at most: the timeouts of RFC 5321 4.5.3.2 are minutes each
local OVERHEAD = 64 -- bytes of a recipient beside its text

--- A memory.
-- @tparam[opt] table limits `messages`, `bytes`, `seconds`
-- @treturn table
function instances.new(limits)
  limits = limits or {}
  return setmetatable({
    by_key = {}, count = 0, bytes = 0, -- of the messages, which are a list from `first` to `last`
    first = nil, last = nil,
    most = limits.messages or MOST_MESSAGES, most_bytes = limits.bytes or MOST_BYTES,
    seconds = limits.seconds or SECONDS,
  }, Memory)
end

-- Takes a message out of the list.
local function remove(self, message)
  local before, after = message.before, message.after
  if before then before.after = after else self.first = after end
  if after then after.before = before else self.last = before end
  self.by_key[message.key] = nil
  self.count, self.bytes = self.count - 1, self.bytes - message.bytes
end

local function append(self, key, now)
  local message = { key = key, at = now, bytes = 0, before = self.last, recipients = {} }
  if self.last then self.last.after = message else self.first = message end
  self.last, self.by_key[key] = message, message
  self.count = self.count + 1
  return message
end

-- Forgets the oldest, as long as they are too old or too many.
local function forget(self, now)
  local oldest = self.first
  while oldest and (oldest.at < now - self.seconds or self.count > self.most
      or self.bytes > self.most_bytes) do
    remove(self, oldest)
    oldest = self.first
  end
end

--- Remembers a recipient of a message.
-- @tparam string key of the message
-- @tparam string recipient
-- @tparam number now seconds since 1970
function Memory:remember(key, recipient, now)
  local message = self.by_key[key] or append(self, key, now)
  local bytes = #recipient + OVERHEAD
  message.recipients[#message.recipients + 1] = recipient
  message.bytes, self.bytes = message.bytes + bytes, self.bytes + bytes
  forget(self, now)
end

--- The recipients of a message, which are forgotten then.
-- @tparam string key
-- @treturn {string,...} none if nobody knows the message
function Memory:take(key)
  local message = self.by_key[key]
  if not message then return {} end
  remove(self, message)
  return message.recipients
end

return instances
