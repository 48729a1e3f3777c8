--- Where a server listens, as its options write it.
--
-- `/run/x` or `unix:/run/x` is a Unix socket, as is whatever has a slash; `127.0.0.1:8025`, `[::1]:8025`,
-- `localhost:8025` and the same behind `inet:` (as Postfix has it) a port; `fd:NAME` a socket that was opened by
-- whoever started the process (sd_listen_fds(3)), by its FileDescriptorName or number.
-- @module postoffice.host.serve.address

local address = {}

local FORMS = "write a path, such as /run/postoffice/socketmap, a loopback address and a port, such"
  .. " as 127.0.0.1:8025, or fd:NAME for a socket of systemd's"

local MOST_PATH = 107 -- bytes: unix(7)
local MOST_PORT = 65535

-- Whether a host is this machine alone.
local function is_loopback(host) return host == "::1" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil end

local function read_port(host, port)
  host = host:match "^%[(.*)%]$" or host
  if host == "localhost" then host = "127.0.0.1" end
  port = tonumber(port)
  if not (host:find "^%d+%.%d+%.%d+%.%d+$" or host:find "^%x*:[%x:.]*$") then
    return nil, ("%s: a server listens on an address, not on a name; "):format(host) .. FORMS
  elseif port > MOST_PORT then
    return nil, ("%d: a port is at most %d"):format(port, MOST_PORT)
  end
  return { host = host, port = port, is_loopback = is_loopback(host) }
end

--- Reads where to listen.
-- @tparam string text
-- @treturn table|nil `path`; or `host`, `port` and `is_loopback`; or `fd`, a name or number
-- @treturn string message
function address.read(text)
  local fd = text:match "^fd:(.+)$"
  if fd then return { fd = fd } end
  local path = text:match "^unix:(.+)$" or text:find("/", 1, true) and text
  if path and #path > MOST_PATH then
    return nil, ("%s: the path of a socket has at most %d bytes"):format(path, MOST_PATH)
  elseif path then
    return { path = path }
  end
  local host, port = text:gsub("^inet:", ""):match "^(.+):(%d+)$"
  if host then return read_port(host, port) end
  return nil, ("%s: "):format(text) .. FORMS
end

--- Where a socket listens that somebody else has opened.
-- @tparam userdata socket
-- @treturn table `path`, or `host`, `port` and `is_loopback`
function address.of(socket)
  local _, host, port = socket:localname()
  if not port then return { path = host } end
  return { host = host, port = port, is_loopback = is_loopback(host) }
end

--- How people read it.
-- @tparam table where
-- @treturn string
function address.show(where)
  if where.path then
    return where.path:find("/", 1, true) and where.path or "unix:" .. where.path
  end
  if where.fd then return "fd:" .. where.fd end
  return (where.host:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(where.host, where.port)
end

return address
