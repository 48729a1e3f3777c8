--- Takes a next hop apart, as mail servers write it: `transport:host:port`.
-- @module postoffice.policy.compile.hop

local hop = {}

local match = string.match

-- A host in brackets is the host itself, else a domain whose mail exchangers are meant (Postfix,
-- transport(5)).
local function read_host(text)
  local host, rest = match(text, "^%[([^%]]+)%](.*)$")
  if host then return host, rest, false end
  return match(text, "^([^:]*)(.*)$")
end

--- What a next hop says: `smtp:[192.0.2.7]:25`, `lmtp:mailbox.example`, `mx.example:587`, `HQ`.
--
-- What follows the host and is no port is the host's, as in `lmtp:unix:/run/lmtp`.
-- @tparam string|nil text
-- @treturn table|nil `transport`, `host`, `port`, each nil where it does not say; `mx` is false for a
--   host in brackets, whose mail exchangers are not asked for
function hop.read(text)
  if not text then return nil end
  local transport, rest = match(text, "^([%w_-]+):(.+)$")
  if not transport or match(rest, "^%d+$") then transport, rest = nil, text end
  local host, port, mx = read_host(rest)
  local number = tonumber(match(port, "^:(%d+)$"))
  if port ~= "" and not number then host, mx = rest, nil end
  return { transport = transport, host = host ~= "" and host or nil, port = number, mx = mx }
end

return hop
