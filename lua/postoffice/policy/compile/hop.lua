--- Takes a next hop apart, as mail servers write it: `transport:host:port`.
-- @module postoffice.policy.compile.hop

local hop = {}

local find, match, sub = string.find, string.match, string.sub

local MAX_PORT = 65535

-- A host in brackets is the host itself, else a domain whose mail exchangers are meant (Postfix,
-- transport(5)).
local function read_host(text)
  local host, rest = match(text, "^%[([^%]]+)%](.*)$")
  if host then return host, rest, false end
  return match(text, "^([^:]*)(.*)$")
end

--- What a next hop says: `smtp:[192.0.2.7]:25`, `lmtp:mailbox.example`, `mx.example:587`, `HQ`;
-- `smtp:` alone is the transport to the mail exchangers of each recipient's own domain.
--
-- What follows the host and is no number is the host's, as in `lmtp:unix:/run/lmtp`.
-- @tparam string|nil text
-- @treturn table|nil `transport`, `host`, `port`, each nil where it does not say; `mx` is false for a
--   host in brackets, whose mail exchangers are not asked for; nil, too, if nothing can have the port
-- @treturn string|nil the end of a sentence about that
function hop.read(text)
  if not text then return nil end
  if find(text, "^[%w_-]+:$") then return { transport = sub(text, 1, -2) } end
  local transport, rest = match(text, "^([%w_-]+):(.+)$")
  if not transport or match(rest, "^%d+$") then transport, rest = nil, text end
  local host, port, mx = read_host(rest)
  local number = tonumber(match(port, "^:(%d+)$"))
  if port ~= "" and not number then host, mx = rest, nil end
  if number and not (number >= 1 and number <= MAX_PORT) then
    return nil, ("has the port %s; a port is 1 to %d, and a host that is a number is in brackets")
      :format(sub(port, 2), MAX_PORT)
  end
  return { transport = transport, host = host ~= "" and host or nil, port = number, mx = mx }
end

return hop
