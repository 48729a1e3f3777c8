--- The HTTP API of a host, without input or output of its own: a request in, a response out.
--
-- A request is a table of `method`, `path` and `query` (as sent, without the `?`), `headers` (by names in
-- lower case) and `body`; a response one of `status`, `headers` and `body`. `postoffice serve` and
-- OpenResty (`postoffice.host.resty`) read and write them. The calls are listed in
-- `postoffice.host.http.calls`; `GET /v1` lists them, too.
--
-- Errors are JSON: `message`, `code`, and where it is known `field` and `position`, the byte that offends.
-- Addresses stand in the body of a POST alone, as JSON or as a form has them (`curl --data-urlencode`):
-- paths and queries reach access logs.
--
-- A **service** is what answers are made of: `sites`, by name (`postoffice.host.site`); `decided`, a method
-- that is told each decision; and where there is such a thing, the methods `metrics` (a text),
-- `hits` (how often each rule of a policy has decided), `failed` (is told what the server's author has to know),
-- `set_down` and `reload`, and `draining`.
-- @module postoffice.host.http

local arguments = require "postoffice.arguments"
local calls = require "postoffice.host.http.calls"
local fields = require "postoffice.host.http.fields"
local guards = require "postoffice.host.http.guards"
local json = require "postoffice.text.json"
local lists = require "postoffice.lists"
local problems = require "postoffice.host.http.problems"

local http = {}

--- The calls, as data.
http.calls = calls

local OPTIONS = {
  explain = "boolean", metrics = "boolean", admin = "boolean", page = "boolean",
  auth_http = "boolean|string", hosts = "table", token = "string", protected = "boolean",
  length = "number",
}

local SWITCHES = { "explain", "metrics", "admin", "page", "auth_http" }

local LENGTH = 1048576 -- bytes of a body: a thousand recipients, and more

-- What every answer says. What is asked today is no answer tomorrow; nothing is for other sites.
local HEADERS = {
  ["cache-control"] = "no-store",
  ["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'",
  ["cross-origin-resource-policy"] = "same-origin",
  ["referrer-policy"] = "no-referrer",
  ["x-content-type-options"] = "nosniff",
}

local Api = {}
Api.__index = Api

-- ---- Finding the call -------------------------------------------------------

-- A path as a Lua pattern, and the names of its fields.
local function pattern_of(path)
  local names = {}
  local pattern = path:gsub("%p", "%%%0"):gsub("%%{(%w+)%%}", function(name)
    names[#names + 1] = name
    return "([^/]+)"
  end)
  return "^" .. pattern .. "$", names
end

local compiled = lists.map(calls, function(call)
  local pattern, names = pattern_of(call.path)
  return { call = call, pattern = pattern, names = names }
end)

local function is_of_method(call, method)
  return call.method == method or call.method == "GET" and method == "HEAD"
end

-- The fields that a path says, or nil if it is another's.
local function match_path(one, path)
  local found = { path:match(one.pattern) }
  if #found == 0 then return nil end
  local said = {}
  for i, name in ipairs(one.names) do said[name] = fields.unescape((found[i]:gsub("+", "%%2B"))) end
  return said
end

-- The call that a request is for and what its path says; or nil and the response that refuses it.
local function find_call(request)
  local allowed = {}
  for _, one in ipairs(compiled) do
    local said = match_path(one, request.path)
    if said and is_of_method(one.call, request.method) then return one.call, said end
    if said then allowed[#allowed + 1] = one.call.method end
  end
  if #allowed == 0 then return nil, problems.refuse "path-unknown" end
  return nil, problems.refuse("method-refused", nil, { allow = table.concat(allowed, ", ") })
end

-- ---- Answering --------------------------------------------------------------

local function shown_fields(list)
  return lists.map(list, function(field)
    return { name = field.name, type = field.type, doc = field.doc, required = field.required }
  end)
end

local encode = json.encoder { "method", "path", "name", "type", "doc", "required", "takes",
  "gives" }

-- The calls for `GET /v1`.
local function listed()
  return problems.response(200, encode { calls = lists.map(calls, function(call)
    return { method = call.method, path = call.path, doc = call.doc, switch = call.switch,
      takes = shown_fields(call.takes), gives = shown_fields(call.gives) }
  end) })
end

-- What the request says: in its body, or in its query where it has none; or nil and a response.
local function fields_of(request, call)
  if call.headers_only then return { headers = request.headers } end
  if call.method == "GET" then return fields.of_query(request, call.takes) end
  local _, refused = fields.of_query(request, {})
  if refused then return nil, refused end
  return fields.of_body(request, call.takes)
end

local function answer_call(api, request, call, said)
  local given, refused = fields_of(request, call)
  if not given then return refused end
  for name, value in pairs(said) do given[name] = value end
  return (call.answer or listed)(api.service, given, api)
end

local function respond(api, request)
  local refused = guards.connection(api, request)
  if refused then return refused end
  if #(request.body or "") > api.length then return problems.refuse "body-length" end
  local call, said = find_call(request)
  if not call then return said end
  return guards.call(api, request, call) or answer_call(api, request, call, said)
end

-- A response with the headers that all have.
local function completed(response, request)
  for name, value in pairs(HEADERS) do
    response.headers[name] = response.headers[name] or value
  end
  response.headers["content-length"] = tostring(#response.body)
  if request.method == "HEAD" then response.body = "" end
  return response
end

--- Answers a request; may yield, as a policy's asks do.
-- @tparam table request
-- @treturn table response
function Api:answer(request) return completed(respond(self, request), request) end

--- The answer where answering raised an error, which is the log's alone.
-- @treturn table response
function http.failure() return completed(problems.refuse "server-failure", {}) end

--- The answer to a body that is longer than may be, for who does not read it to its end.
-- @treturn table response
function http.too_long() return completed(problems.refuse "body-length", {}) end

--- Makes what answers requests.
-- @tparam table service
-- @tparam[opt] table options the switches `explain`, `metrics`, `admin`, `page`, `auth_http`, each off unless
--   it is true; `hosts`, the names in a Host that it answers by besides localhost, 127.0.0.1 and [::1];
--   `token`, which calls that change something want, and with `protected` all but /healthz and /readyz;
--   `length`, the bytes that a body may have (1 MiB)
-- @treturn table api with `answer`
function http.new(service, options)
  arguments.type(service, "table", "the service")
  options = arguments.options(options, OPTIONS)
  local switches, hosts = {}, {}
  for _, name in ipairs(SWITCHES) do switches[name] = options[name] or nil end
  for _, name in ipairs(options.hosts or {}) do hosts[name:lower()] = true end
  return setmetatable({
    service = service, switches = switches, hosts = hosts, token = options.token,
    protected = options.protected, length = options.length or LENGTH,
  }, Api)
end

return http
