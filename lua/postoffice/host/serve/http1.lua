--- HTTP/1.1 (RFC 9112), as much of it as an API on loopback takes: the bytes of a connection in, requests
-- out; responses in, bytes out.
--
-- Debian has lua-http for Lua 5.1 to 5.3 alone, and the command runs on 5.4; here requests are held to the
-- limits of all protocols.  Strict where leniency lets two readers see two requests: a line ends with CR LF,
-- no field is folded, lengths agree, and a body has a Content-Length or there is none; chunked ones are
-- refused (501).  What cannot be read is answered with its status, and the connection is closed.
-- @module postoffice.host.serve.http1

local http = require "postoffice.host.http"
local incoming = require "postoffice.host.incoming"

local http1 = {}

local find, match, sub = string.find, string.match, string.sub

local MOST_HEAD = 16384 -- bytes of the request line and the fields
local MOST_FIELDS = 64
local LENGTH = 1048576 -- bytes of a body

local REASONS = {
  [200] = "OK", [204] = "No Content", [400] = "Bad Request", [401] = "Unauthorized",
  [403] = "Forbidden", [404] = "Not Found", [405] = "Method Not Allowed",
  [409] = "Conflict", [411] = "Length Required", [413] = "Content Too Large",
  [415] = "Unsupported Media Type", [417] = "Expectation Failed", [421] = "Misdirected Request",
  [422] = "Unprocessable Content", [431] = "Request Header Fields Too Large",
  [500] = "Internal Server Error", [501] = "Not Implemented", [503] = "Service Unavailable",
  [505] = "HTTP Version Not Supported",
}

-- Fields of which a second one would say something else.
local ONCE = { ["host"] = true, ["content-length"] = true, ["authorization"] = true,
  ["content-type"] = true, ["origin"] = true }

-- ---- Reading -----------------------------------------------------------------

local TOKEN = "^[%w!#$%%&'*+.^_`|~-]+$"

-- A target without the authority of its absolute-form, which is http's and has no user (RFC 9110, 4.2), and that
-- authority; other forms are returned as they are.  nil where it has a bad one.
local function split_target(target)
  if not find(target, "^[Hh][Tt][Tt][Pp]://") then return target end
  local authority, rest = match(target, "^[^:]+://([^/?#]+)(.*)$")
  if not authority or find(authority, "@", 1, true) then return nil end
  return find(rest, "^/") and rest or "/" .. rest, authority
end

-- method SP request-target SP HTTP-version
local function read_line(line)
  local method, target, version = match(line, "^(%u+) (%S+) HTTP/(%d%.%d)$")
  if not method then return nil, 400 end
  if sub(version, 1, 2) ~= "1." then return nil, 505 end
  local rest, authority = split_target(target)
  local path, query = match(rest or "", "^(/[^?#%c]*)%??([^#%c]*)$")
  if not path then return nil, 400 end
  return {
    method = method, path = path, query = query, authority = authority, headers = {},
    persists = version ~= "1.0",
  }
end

-- The authority of the target is whom a request is for, whatever its Host says; that HTTP/1.1 has one stays
-- so (RFC 9112, 3.2 and 3.2.2).
local function heed_authority(request)
  local headers = request.headers
  if headers.host or not request.persists then
    headers.host = request.authority or headers.host
  end
end

-- field-name ":" OWS field-value OWS.  The end is looked for from the end: from the beginning, a line of blanks would
-- take a step for every two of them.
local function read_field(request, line)
  local name, value = match(line, "^([^:]+):[ \t]*(.*)$")
  value = value and (match(value, "^(.*[^ \t])") or "")
  if not name or not find(name, TOKEN) or find(value, "[%z\1-\8\10-\31\127]") then return 400 end
  name = name:lower()
  local before = request.headers[name]
  if before and ONCE[name] then return 400 end
  request.headers[name] = before and before .. ", " .. value or value
end

-- How long the body is, or nil and a status.
local function length_of(request, most)
  local headers = request.headers
  if headers["transfer-encoding"] then return nil, 501 end
  if headers.expect then return nil, 417 end
  local text = headers["content-length"] or "0"
  if not find(text, "^%d+$") then return nil, 400 end
  if #text > 15 or tonumber(text) > most then return nil, 413 end
  return tonumber(text)
end

-- Whether the connection stays open after the reply.
local function persists(request)
  local wish = (request.headers.connection or ""):lower()
  if find(wish, "close", 1, true) then return false end
  return request.persists or find(wish, "keep-alive", 1, true) ~= nil
end

-- What follows the last field; returns a status where there is to be no body.
local function end_head(self, request)
  heed_authority(request)
  local status
  request.length, status = length_of(request, self.length)
  if status then return status end
  request.persists = persists(request)
  self.has_head, self.read, self.fields = true, 0, 0
end

-- Reads a line of a head without its LF; returns a status where it is none.
local function read_head_line(self, line)
  local text = match(line, "^(.-)\r$")
  if not text then return 400 end
  if not self.request then
    if text == "" then return nil end -- RFC 9112, 2.2
    local status
    self.request, status = read_line(text)
    return status
  end
  if text == "" then return end_head(self, self.request) end
  self.fields = self.fields + 1
  return self.fields > MOST_FIELDS and 431 or read_field(self.request, text)
end

-- Whether what has come can become a request: in its first line stands no other protocol.
local function is_begun_well(self)
  return self.request or find(self.incoming:first(), "^[%u\r\n]?$")
end

-- Reads a head as far as it is there; returns whether all of it is, or a status where it is none.
local function read_head(self)
  while not self.has_head do
    if not is_begun_well(self) then return false, 400 end
    local line = self.incoming:line()
    self.read = self.read + (line and #line + 1 or 0)
    if self.read + (line and 0 or self.incoming.length) > MOST_HEAD then return false, 431 end
    if not line then return false end
    local status = read_head_line(self, line)
    if status then return false, status end
  end
  return true
end

local Reader = {}
Reader.__index = Reader

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes) self.incoming:push(bytes) end

--- The next request.
-- @treturn table|nil request, with its `body`, or with `refused`, the status by which it is; nil if more
--   bytes are wanted
function Reader:next()
  local is_read, status = read_head(self)
  local request = self.request
  if status then return { refused = status } end
  if not is_read or self.incoming.length < request.length then return nil end
  request.body = self.incoming:take(request.length)
  self.request, self.has_head = nil, false
  return request
end

-- ---- Writing -----------------------------------------------------------------

-- A response as bytes; without its body for HEAD.
local function write(response, persists_after)
  local lines = { ("HTTP/1.1 %d %s"):format(response.status, REASONS[response.status] or "-") }
  for name, value in pairs(response.headers) do
    lines[#lines + 1] = ("%s: %s"):format(name, (tostring(value):gsub("[%z\r\n]", " ")))
  end
  lines[#lines + 1] = "date: " .. os.date "!%a, %d %b %Y %H:%M:%S GMT"
  lines[#lines + 1] = persists_after and "connection: keep-alive" or "connection: close"
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. response.body
end

-- The response to what is no request.
local function refusal(status)
  local reason = REASONS[status]
  local body = ('{"code":"http-%d","message":"%s"}\n'):format(status, reason)
  return { status = status, body = body, headers = {
    ["content-type"] = "application/json", ["content-length"] = #body,
    ["cache-control"] = "no-store",
  } }
end

--- The protocol, for one API.
-- @tparam table api see `postoffice.host.http`
-- @treturn table with `reader`, `answer` and `failure`
function http1.protocol(api)
  local protocol = {}

  function protocol.reader(limits)
    return setmetatable({
      incoming = incoming.new(), request = nil, has_head = false, read = 0, fields = 0,
      length = limits and limits.length or LENGTH,
    }, Reader)
  end

  function protocol.answer(service, request, peer)
    if request.refused then
      service:refused(peer, "no request that is understood: " .. request.refused)
      local response = request.refused == 413 and http.too_long() or refusal(request.refused)
      return write(response, false), true
    end
    request.peer = peer
    local stays = request.persists and not service.draining
    return write(api:answer(request), stays), not stays
  end

  function protocol.failure() return write(http.failure(), false) end

  return protocol
end

return http1
