--- Policies in OpenResty, and in nginx with its Lua module: the HTTP API, `auth_http` for nginx's mail
-- proxy, and the page, from every worker.
-- `postoffice help in-openresty` shows nginx's configuration.
--
-- **Reloading.** Each worker has policies of its own. The dictionary holds the revision that is to be live,
-- and, for a policy that came as a text, that text. The worker that is asked to reload (`reload`, `publish`, or
-- `POST /v1/reload`) proves the new revision first; it is announced only if it is live there, and the
-- others load it when their timers see that (once a second). Where one cannot, its last good revision
-- stays, and its log says why. nginx's own reload (HUP) starts workers anew, with what is announced.
-- @module postoffice.host.resty

local arguments = require "postoffice.arguments"
local down = require "postoffice.host.down"
local http = require "postoffice.host.http"
local lists = require "postoffice.lists"
local log = require "postoffice.host.log"
local metrics = require "postoffice.host.metrics"
local service = require "postoffice.host.service"
local site = require "postoffice.host.site"

local resty = {}

local ngx = ngx -- luacheck: globals ngx

local OPTIONS = {
  policies = "table", ask = "function|table", secrets = "function|table", dict = "string",
  down = "string", token_file = "string", hosts = "table", explain = "boolean",
  metrics = "boolean", admin = "boolean", page = "boolean", auth_http = "boolean|string",
  protected = "boolean", length = "number", seconds = "number", prefix = "string",
  log = "function|boolean", redact = "string",
}

-- The options that the API takes as they are.
local OF_API = { "explain", "metrics", "admin", "page", "auth_http", "protected", "length",
  "hosts" }

local SECONDS = 1 -- between two looks at the dictionary
local DICT = "postoffice"

local worker -- what `start` has made in this process

-- ---- Policies ---------------------------------------------------------------

local function revision_key(name) return "revision " .. name end
local function text_key(name) return "text " .. name end

local function complain(text, ...) ngx.log(ngx.ERR, "postoffice: ", text:format(...)) end

-- Which protocols a policy has to serve.
local function protocols_of(options)
  if not options.auth_http then return { "http" } end
  return { "http", options.auth_http == "backends-defer" and "auth_http_deferring" or "auth_http" }
end

local function open_site(self, name)
  local options = self.options
  local opened, message = site.open {
    name = name, policy = options.policies[name],
    protocols = protocols_of(options), asks = options.ask, secrets = options.secrets,
    down = function() return self.down:of_site(name) end,
  }
  if not opened then return nil, message end
  self.service.sites[name] = opened
  return opened
end

-- Loads a policy again, or for the first time; `text` stands for its file.
local function renew(self, name, text)
  local known = self.service.sites[name]
  if not known then
    local opened, message = open_site(self, name)
    if not opened or not text then return opened, opened and opened:revision() or message end
    known = opened
  end
  if text then return known:reload(text) end
  return known:reload()
end

-- Makes a revision the one that all workers are to have.
local function announce(self, name, revision, text)
  if text then self.dict:set(text_key(name), text) end
  self.dict:set(revision_key(name), revision)
  self.tried[name] = revision
end

-- Tells the log of a revision that went live here, or did not.
local function tell(self, name, ok, said)
  local site_now = self.service.sites[name]
  if not self.service.log then return end
  self.service.log:event(ok and "reloaded" or "reload refused", {
    site = name, process = ngx.worker.id(), revision = site_now and site_now:revision(),
    message = not ok and said or nil,
  })
end

-- Proves a new revision here, and announces it if it is live.
local function prove(self, name, text)
  local ok, revision, code = renew(self, name, text)
  tell(self, name, ok, revision)
  if not ok then return nil, revision, code end
  announce(self, name, revision, text)
  return true, revision
end

-- Follows what another worker has announced.
local function follow(self, name)
  local wanted, known = self.dict:get(revision_key(name)), self.service.sites[name]
  if not wanted or wanted == self.tried[name] then return end
  if known and known:revision() == wanted then return end
  local ok, said, code = renew(self, name, self.dict:get(text_key(name)))
  if code == "file-changing" then return end -- until it is written
  self.tried[name] = wanted -- once: what fails is not tried every second
  tell(self, name, ok, said)
  if not ok then return complain("policy %s: %s", name, said) end
  if said ~= wanted then -- the file has changed since: the newest is what all are to have
    self.dict:set(revision_key(name), said)
    self.tried[name] = said
  end
end

local MOST_TICKS = 64 -- between two tries to open a policy that could not be opened

-- Tries to open a policy that could not be opened, as where its file was just being written: more and
-- more seldom, since what is wrong with it may take a while to find.
local function try_again(self, name)
  local wait = self.waits[name] or { ticks = 1, left = 1 }
  self.waits[name] = wait
  wait.left = wait.left - 1
  if wait.left > 0 then return end
  local opened, message = open_site(self, name)
  if opened then
    self.waits[name] = nil
    return
  end
  complain("policy %s: %s", name, message)
  wait.ticks = math.min(wait.ticks * 2, MOST_TICKS)
  wait.left = wait.ticks
end

-- ---- Counts -----------------------------------------------------------------

local function counts_key(id) return "counts " .. id end

-- Lets other workers read what this one has counted.
local function publish_counts(self)
  self.dict:set(counts_key(ngx.worker.id()), metrics.dump(self.service.counts:all()))
end

local function add_others(self, counts)
  for id = 0, ngx.worker.count() - 1 do
    local text = id ~= ngx.worker.id() and self.dict:get(counts_key(id))
    if text then metrics.merge(counts, text) end
  end
end

-- ---- The log ----------------------------------------------------------------

local KEY = "log key"
local KEY_BYTES = 32

-- The key that hashes addresses: the same in all workers, as long as nginx runs.
local function hash_key(dict)
  local random = assert(io.open("/dev/urandom", "rb"))
  dict:add(KEY, random:read(KEY_BYTES))
  random:close()
  return assert(dict:get(KEY), "the dictionary has no room for the key of the log")
end

-- What hides addresses in the log, or nil.
local function redaction(self)
  local how = self.options.redact
  if not how then return nil end
  local make = log.REDACTIONS[how] or error(("there is no way to redact called %s; write %s")
    :format(how, table.concat(lists.keys(log.REDACTIONS), " or ")), 4)
  return make(how == "hash" and hash_key(self.dict) or nil)
end

local function to_error_log(line) ngx.log(ngx.NOTICE, line) end

-- The log of decisions, where one is wanted: each line goes to a function.
local function open_log(self)
  local write = self.options.log
  if not write then return nil end
  if write == true then write = to_error_log end
  local stream = {}
  function stream.write(_, text)
    local ok, message = pcall(write, (text:gsub("\n$", "")))
    if not ok then complain("the function log: %s", tostring(message)) end
    return ok
  end
  return log.open { stream = stream, redact = redaction(self), clock = ngx.time }
end

-- ---- A worker ---------------------------------------------------------------

local function tick(premature, self)
  if premature then return end
  local ok, message = self.down:look()
  if ok == nil then complain("what is down: %s", message) end
  for name in pairs(self.options.policies) do
    follow(self, name)
    if not self.service.sites[name] then try_again(self, name) end
  end
  publish_counts(self)
end

local function read_token(path)
  if not path then return nil end
  local file = assert(io.open(path, "rb"))
  local token = file:read "*l"
  file:close()
  return (assert(token, path .. " is empty"):gsub("%s+$", ""))
end

local function new_service(self)
  local made = service.new {
    sites = {}, down = self.down, log = open_log(self), now = ngx.now,
    others = function(counts) add_others(self, counts) end,
  }
  function made.reload(_, name) return prove(self, name) end
  return made
end

local function new_api(self)
  local given = { token = read_token(self.options.token_file) }
  for _, name in ipairs(OF_API) do given[name] = self.options[name] end
  return http.new(self.service, given)
end

local function dictionary(name)
  return ngx.shared[name] or error(("there is no dictionary %s; write lua_shared_dict %s 2m;")
    :format(name, name), 3)
end

--- Starts in a worker, by `init_worker_by_lua`. A policy that does not load is an error in the log: its
-- calls are answered 404, and the worker goes on and looks for a better one.
-- @tparam table options `policies`, the paths by name; `ask` and `secrets`, as `policy.open` takes them, for all
--   of them; `dict`, the name of a lua_shared_dict (`postoffice`); `seconds` between two looks at
--   it (1); `log`, a function that is given each line of JSON of what was decided and happened, as `postoffice
--   serve` writes it, or true: then they go to nginx's error log, as notices, of which nginx shows 2,048 bytes at
--   most; `redact` (`cut` or `hash`), how mailboxes are hidden in it; `down`, a file of connectors that are down
--   (`postoffice.host.down`); `token_file`, whose first line is the token; `prefix`, under which path all stands,
--   such as `/postoffice`; and the options of `postoffice.host.http`: `explain`, `metrics`, `admin`, `page`,
--   `auth_http`, `hosts`, `protected`, `length`
function resty.start(options)
  options = arguments.options(options, OPTIONS)
  arguments.type(options.policies, "table", "the option policies")
  local self = { options = options, dict = dictionary(options.dict or DICT), tried = {},
    waits = {} }
  self.down = assert(down.open(options.down))
  self.service = new_service(self)
  for _, name in ipairs(lists.keys(options.policies)) do
    local ok, message = renew(self, name, self.dict:get(text_key(name)))
    if not ok then complain("policy %s: %s", name, message) end
  end
  self.api, self.prefix = new_api(self), options.prefix or ""
  worker = self
  assert(ngx.timer.every(options.seconds or SECONDS, tick, self))
end

local function started()
  return worker or error("start it first, by init_worker_by_lua", 3)
end

local function known_policy(self, name)
  if self.options.policies[name] then return end
  error(('there is no policy "%s" here'):format(tostring(name)), 3)
end

--- Loads a policy's file again, here and then in every worker.
-- @string name
-- @treturn true|nil
-- @treturn string the revision; or what is wrong, while the last good revision stays everywhere
-- @treturn string|nil code
function resty.reload(name)
  local self = started()
  known_policy(self, name)
  self.dict:delete(text_key(name))
  return prove(self, name)
end

--- Takes a text in place of a policy's file, here and then in every worker; new workers take it, too, until
-- nginx ends or `reload` goes back to the file.
-- @string name
-- @string text
-- @treturn true|nil
-- @treturn string the revision; or what is wrong
-- @treturn string|nil code
function resty.publish(name, text)
  local self = started()
  known_policy(self, name)
  arguments.type(text, "string", "the text")
  return prove(self, name, text)
end

--- The site of a policy in this worker, for handlers of one's own: `site:route(to, { sender = from })`.
-- @string name
-- @treturn table|nil see `postoffice.host.site`; nil if it could not be loaded yet
function resty.site(name)
  local self = started()
  known_policy(self, name)
  return self.service.sites[name]
end

-- ---- Requests ---------------------------------------------------------------

-- The headers of a request; of one that came several times, all of them.
local function headers_of_request()
  local headers = {}
  for name, value in pairs(ngx.req.get_headers()) do
    headers[name] = type(value) == "table" and table.concat(value, ", ") or value
  end
  return headers
end

-- The body, wherever nginx has put it; or nil if it is longer than may be.
local function body_of_request(length)
  ngx.req.read_body()
  local path = ngx.req.get_body_file()
  if not path then return ngx.req.get_body_data() or "" end
  local file = assert(io.open(path, "rb"))
  local body = file:read(length + 1) or ""
  file:close()
  return #body <= length and body or nil
end

-- The path below the prefix, as it was sent.
local function path_of_request(prefix)
  local path = ngx.var.request_uri:match "^[^?#]*"
  if path:sub(1, #prefix) == prefix then path = path:sub(#prefix + 1) end
  return path
end

-- Whether the worker takes no more requests, or does not have all policies yet: what /readyz tells.
local function is_unready(self)
  if ngx.worker.exiting() then return true end
  for name in pairs(self.options.policies) do
    if not self.service.sites[name] then return true end
  end
  return false
end

-- The page asks by relative paths, and so has to stand below the prefix.
local function redirected(prefix)
  return { status = 308, headers = { location = prefix .. "/" }, body = "" }
end

local function respond(self)
  if self.prefix ~= "" and ngx.var.request_uri:match "^[^?#]*" == self.prefix then
    return redirected(self.prefix)
  end
  local body = body_of_request(self.api.length)
  if not body then return http.too_long() end
  self.service.draining = is_unready(self)
  return self.api:answer {
    method = ngx.req.get_method(), path = path_of_request(self.prefix), query = ngx.var.args,
    headers = headers_of_request(), body = body,
  }
end

-- Answers, and keeps for the time that it takes who asked.
local function answered(self)
  local now, thread = ngx.now(), coroutine.running()
  self.service.began[thread] = now
  local ok, response = pcall(respond, self)
  self.service.began[thread] = nil
  ngx.update_time()
  self.service:answered({ protocol = "http" }, ngx.now() - now)
  if ok then return response end
  self.service:failed({ protocol = "http" }, response)
  complain("%s", tostring(response))
  return http.failure()
end

--- Answers a request, by `content_by_lua`.
function resty.answer()
  local response = answered(started())
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.print(response.body)
end

return resty
