--- Where a database is, as libpq writes it: `host=/run/postgresql dbname=mail user=postoffice`, or
-- `postgresql://postoffice@localhost/mail` (PostgreSQL's manual, 34.1.1).
-- @module postoffice.directory.dsn

local unescaped = require "postoffice.text.percent".unescaped

local dsn = {}

-- What a keyword sets: a field of the options of `postoffice.directory.postgres`.
local FIELDS = {
  host = "host", hostaddr = "host", port = "port", dbname = "database", user = "user",
  password = "password", connect_timeout = "timeout",
}

local NUMBERS = { port = true, timeout = true }

-- Parameters that go to the server as they are.
local PARAMETERS = { application_name = true, options = true, search_path = true }

-- What may be said since it changes nothing: this speaks no TLS.
local IGNORED = { sslmode = { disable = true, allow = true, prefer = true } }

-- Sets what a keyword says; or returns what is wrong, which never tells a value.
local function set(options, keyword, value)
  local field = FIELDS[keyword]
  if NUMBERS[field] and not tonumber(value) then
    return keyword .. " has to be a number"
  elseif field then
    options[field] = NUMBERS[field] and tonumber(value) or value
  elseif PARAMETERS[keyword] then
    options.parameters[keyword] = value
  elseif keyword == "sslmode" and not IGNORED.sslmode[value] then
    return "sslmode: no TLS is spoken; ask a server on this machine, by its Unix socket or a tunnel"
  elseif not IGNORED[keyword] then
    return ("%s is not known; write host, port, dbname, user, password, connect_timeout"):format(
      keyword)
  end
end

-- The text without what quotes it.
local function unquoted(text) return (text:gsub("\\(.)", "%1")) end

-- A value from a byte on, and the byte after it; nil if a quote does not end.
local function read_value(text, at)
  if text:sub(at, at) ~= "'" then
    local value, after = text:match("^([^%s'\\]*)()", at)
    return value, after
  end
  local from = at + 1
  while true do
    local mark, after = text:match("^[^'\\]*(['\\])()", from)
    if not mark then return nil end
    if mark == "'" then return unquoted(text:sub(at + 1, after - 2)), after end
    from = after + 1
  end
end

local function read_keywords(options, text)
  local at = text:match "^%s*()"
  while at <= #text do
    local keyword, after = text:match("^([%w_]+)%s*=%s*()", at)
    if not keyword then return "write keyword = value, such as host=/run/postgresql" end
    local value
    value, at = read_value(text, after)
    if not value or at <= #text and not text:find("^%s", at) then
      return keyword .. ": a quote does not end"
    end
    local wrong = set(options, keyword, value)
    if wrong then return wrong end
    at = text:match("^%s*()", at)
  end
end

-- The parts of a URI by keyword, in the order in which they stand there.
local function read_uri(options, text)
  local rest = text:match "^postgres%l*://(.*)$"
  local authority, path, query = rest:match "^([^/?]*)/?([^?]*)%??(.*)$"
  local login, server = authority:match "^(.*)@([^@]*)$"
  server = server or authority
  local user, password = (login or ""):match "^([^:]*):?(.*)$"
  local host, port = server:match "^%[(.-)%]:?(%d*)$"
  if not host then host, port = server:match "^([^:]*):?(%d*)$" end
  if not host then return "the URI names no one server" end
  local parts = { { "user", user }, { "password", password }, { "host", host }, { "port", port },
    { "dbname", path } }
  for keyword, value in query:gmatch "([^&=]+)=([^&]*)" do
    parts[#parts + 1] = { keyword, value }
  end
  for _, part in ipairs(parts) do
    local wrong = part[2] ~= "" and set(options, part[1], unescaped(part[2])) or nil
    if wrong then return wrong end
  end
end

--- Reads one.
-- @string text in which lines that begin with # are comments
-- @treturn table|nil `host`, `port`, `database`, `user`, `password`, `timeout`, `parameters`
-- @treturn string what is wrong, without any value
function dsn.read(text)
  local options = { parameters = {} }
  local plain = ("\n" .. text):gsub("\n%s*#[^\n]*", "\n"):match "^%s*(.-)%s*$"
  local is_uri = plain:find "^postgres%l*://"
  local wrong = is_uri and read_uri(options, plain) or not is_uri and read_keywords(options, plain)
  if wrong then return nil, wrong end
  if not options.user then return nil, "it names no user" end
  options.database = options.database or options.user
  options.host = options.host or "/run/postgresql"
  return options
end

return dsn
