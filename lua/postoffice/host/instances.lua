--- The recipients of messages that are under way, by Postfix's `instance`: at END-OF-MESSAGE, when the
-- true size is known, a request does not name them.
--
-- Memory is bounded: the oldest message is forgotten when there are too many, and each after its time.
-- @module postoffice.host.instances

local instances = {}

local MOST_MESSAGES = 10000
local MOST_RECIPIENTS = 1000 -- smtpd_recipient_limit, postconf(5)
local SECONDS = 3600 -- a message takes; the longest timeouts of RFC 5321 4.5.3.2 are minutes

-- By service, its messages.
local known = setmetatable({}, { __mode = "k" })

local function memory_of(service)
  local memory = known[service]
  if not memory then
    memory = { messages = {}, order = {}, first = 1, last = 0 }
    known[service] = memory
  end
  return memory
end

-- Forgets those that are too old, or too many.
local function forget(memory, now)
  while memory.first <= memory.last do
    local key = memory.order[memory.first]
    local message = memory.messages[key]
    local is_kept = message and message.at > now - SECONDS
      and memory.last - memory.first < MOST_MESSAGES
    if is_kept then return end
    if message then memory.messages[key] = nil end
    memory.order[memory.first] = nil
    memory.first = memory.first + 1
  end
end

local function key_of(site, instance) return site.name .. "\0" .. instance end

--- Remembers a recipient of a message.
-- @tparam table service
-- @tparam table site
-- @tparam string|nil instance
-- @tparam string|table recipient
function instances.remember(service, site, instance, recipient)
  if not instance or instance == "" then return end
  local memory, key, now = memory_of(service), key_of(site, instance), os.time()
  local message = memory.messages[key]
  if not message then
    message = { at = now, recipients = {} }
    memory.last = memory.last + 1
    memory.messages[key], memory.order[memory.last] = message, key
    forget(memory, now)
  end
  local list = message.recipients
  if #list < MOST_RECIPIENTS then list[#list + 1] = recipient end
end

--- The recipients of a message, which are forgotten then.
-- @tparam table service
-- @tparam table site
-- @tparam string|nil instance
-- @treturn {string|table,...}|nil nil if nobody knows the message
function instances.take(service, site, instance)
  local memory, key = memory_of(service), key_of(site, instance or "")
  local message = memory.messages[key]
  memory.messages[key] = nil
  return message and message.recipients
end

return instances
