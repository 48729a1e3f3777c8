--- The command that answers mail servers: `postoffice serve`.
-- @module postoffice.cli.serve

local exit = require "postoffice.cli.exit"
local path = require "postoffice.text.path"
local policy_file = require "postoffice.cli.policy_file"
local private_file = require "postoffice.cli.private_file"
local require_or_exit = require "postoffice.cli.require_or_exit"

-- By option, the protocol; and whether it can tell who asks.
local PROTOCOLS = {
  { option = "socketmap", protocol = "socketmap" },
  { option = "policy_service", protocol = "delegation", flag = "policy-service" },
  { option = "readsocket", protocol = "readsocket" },
  { option = "http", protocol = "http", takes_token = true },
}

local NAME = "^[%w_-]+$"

local function wrong_use(format, ...) exit.with(exit.WRONG_USE, format:format(...)) end

-- ---- What the options say ----------------------------------------------------

-- A policy's name and path: what stands before the =, or the file's name without its ending.
local function read_policy(text)
  local name, file = text:match "^([%w_-]+)=(.+)$"
  if name then return { name = name, path = file } end
  name = path.base(text):gsub("%.%w+$", "")
  if not name:find(NAME) then
    wrong_use("--policy %s: give it a name of letters, digits, - and _: --policy NAME=%s", text,
      text)
  end
  return { name = name, path = text }
end

-- A policy that is live in a database, which a file says where to find.
local function read_database(text)
  local named = read_policy(text)
  return { name = named.name, db = require "postoffice.cli.database".read(named.path) }
end

-- The policies of files and of databases; of these alone, if no file is given.
local function read_policies(session, options)
  local list, seen = {}, {}
  local function add(policy, option)
    if seen[policy.name] then wrong_use("--%s %s: two have that name", option, policy.name) end
    seen[policy.name], list[#list + 1] = true, policy
  end
  local databases, given = options.databases or {}, options.policies
  local paths = (#given > 0 or #databases == 0) and policy_file.paths(session, options) or {}
  for _, text in ipairs(paths) do add(read_policy(text), "policy") end
  for _, text in ipairs(databases) do add(read_database(text), "sql") end
  return list
end

-- Ends the command where strangers could reach what cannot tell who asks.
local function check_reach(kind, flag, where, token)
  if not where.host or where.is_loopback then return end
  if not kind.takes_token then
    wrong_use("--%s %s: anybody could ask there, and the protocol has no password; listen on a Unix"
      .. " socket or on loopback", flag, where.host)
  elseif not token then
    wrong_use("--%s %s: anybody could ask there; give --token FILE, or listen on loopback", flag,
      where.host)
  end
end

local function read_endpoints(options, token)
  local read = require "postoffice.host.serve.address".read
  local list = {}
  for _, kind in ipairs(PROTOCOLS) do
    local flag = kind.flag or kind.option
    for _, text in ipairs(options[kind.option] or {}) do
      local where, message = read(text)
      if not where then wrong_use("--%s %s", flag, message) end
      check_reach(kind, flag, where, token)
      list[#list + 1] = {
        protocol = kind.protocol, where = where, kind = kind,
        is_protected = where.host ~= nil and not where.is_loopback,
      }
    end
  end
  if #list == 0 then
    wrong_use "nothing to listen on; give --socketmap, --policy-service, --readsocket or --http"
  end
  return list
end

-- The token in a file that nobody else can read.
local function read_token(file)
  if not file then return nil end
  local token = private_file.lines(file, "the token")[1]
  if token and token:find "^%S+$" then return token end
  exit.with(exit.INPUT_OUTPUT,
    ("%s: the first line has to be the token, without blanks"):format(file))
end

-- The key that hashes addresses in the log: of this start, and so of nobody's table.
local function draw_key()
  local random = io.open("/dev/urandom", "rb")
  local key = random and random:read(32)
  if random then random:close() end
  if not key then exit.with(exit.UNAVAILABLE, "/dev/urandom gives no key to hash addresses by") end
  return key
end

-- The key that hashes addresses: one for all processes; nil where none are hashed.
local function hash_key(options, told)
  if options.redact ~= "hash" then return nil end
  if not told then return draw_key() end
  return require "postoffice.host.serve.shares".key(told.folder)
end

local function log_options(session, options, told)
  local hide = options.redact and require "postoffice.host.log".REDACTIONS[options.redact]
  local key = hash_key(options, told)
  return {
    path = options.log_file, stream = session.stderr, key = key, redact = hide and hide(key),
  }
end

-- How nginx's mail proxy is answered, if it is.
local function auth_http_of(options)
  if not options.auth_http then return nil end
  return options.backends_defer and "backends-defer" or true
end

local function config_of(session, options, told)
  local token = read_token(options.token)
  local load = policy_file.load_options(options)
  load.open_asks = options.open_asks
  return {
    policies = read_policies(session, options), load = load,
    endpoints = read_endpoints(options, token), token = token, hosts = options.hosts,
    down = options.down_file, log = log_options(session, options, told),
    switches = {
      explain = options.explain, metrics = options.metrics, admin = options.admin,
      page = options.page, auth_http = auth_http_of(options),
    },
    length = options.length, seconds = options.timeout, connections = options.connections,
    drain = options.drain,
  }
end

-- ---- Sockets -----------------------------------------------------------------

-- Takes a socket that was handed over, and holds it to what one is held to that is opened here.
local function adopt(endpoint, fd, token)
  local made, message = require "postoffice.host.serve.listeners".adopt(fd)
  if not made then return nil, message end
  local kind, where = endpoint.kind, require "postoffice.host.serve.address".of(made)
  check_reach(kind, kind.flag or kind.option, where, token)
  endpoint.is_protected = where.host ~= nil and not where.is_loopback
  return made
end

-- A socket of an endpoint: opened, or handed over by whoever started us.
local function open_socket(endpoint, options, handed, token)
  local listeners = require "postoffice.host.serve.listeners"
  local where = endpoint.where
  if not where.fd then return listeners.open(where, options) end
  local fd = handed[where.fd]
  if fd then return adopt(endpoint, fd, token) end
  return nil, ("fd:%s: this process was not started with such a socket"):format(where.fd)
end

-- Removes the file of an endpoint's socket: while it still listens, since after that another server
-- may have taken its place.
local function forget(endpoint)
  require "postoffice.host.serve.listeners".forget(endpoint.where)
end

local function forget_all(endpoints)
  for _, endpoint in ipairs(endpoints) do forget(endpoint) end
end

local function open_sockets(session, config, options)
  local endpoints = config.endpoints
  local handed = require "postoffice.host.serve.systemd".sockets(session.getenv)
  local sockets = {}
  for i, endpoint in ipairs(endpoints) do
    local socket, message = open_socket(endpoint, options, handed, config.token)
    if not socket then
      for before = 1, i - 1 do forget(endpoints[before]) end
      exit.with(exit.INPUT_OUTPUT, message)
    end
    sockets[i] = socket
  end
  return sockets
end

-- ---- Processes ---------------------------------------------------------------

-- This process's own command, for the shell.
local function own_command()
  local words, first = {}, 0
  while arg[first - 1] do first = first - 1 end
  for i = first, #arg do words[#words + 1] = "'" .. arg[i]:gsub("'", [['\'']]) .. "'" end
  return table.concat(words, " ")
end

-- A folder that nobody else may read.
local function private_folder(session)
  local parent = session.getenv "RUNTIME_DIRECTORY" or session.getenv "TMPDIR" or "/tmp"
  local pipe = io.popen(("mktemp -d '%s/postoffice.XXXXXXXX'"):format(parent:gsub("'", [['\'']])))
  local folder = pipe:read "*l"
  pipe:close()
  if folder then return folder end
  exit.with(exit.INPUT_OUTPUT, ("%s: no folder can be made there"):format(parent))
end

local function remove_folder(folder)
  os.execute(("rm -rf '%s'"):format((folder:gsub("'", [['\'']]))))
end

-- Makes a server; ends the command where that fails.
local function made_of(session, config, told)
  local notifier = require "postoffice.host.serve.systemd".notifier(
    told and function() return nil end or session.getenv)
  local made, message = require "postoffice.host.serve.server".new(config, notifier)
  if not made then exit.with(exit.POLICY, message) end
  return made
end

-- Answers as one of several processes, on the sockets that it was handed.
local function answer_as_told(session, config, told)
  local shares = require "postoffice.host.serve.shares"
  for _, policy in ipairs(config.policies) do
    policy.path = not policy.db and shares.policy_path(told.folder, policy.name) or nil
  end
  config.proven, config.told, config.process = true, told, told.slot
  local made, sockets = made_of(session, config, told), {}
  for i, fd in ipairs(told.sockets) do
    sockets[i] = assert(adopt(config.endpoints[i], fd, config.token))
  end
  assert(require "postoffice.host.serve.worker".join(made, told))
  made:run(sockets)
  if made.is_orphan then remove_folder(told.folder) end -- the one that would have was killed
end

-- Supervises several processes.
local function supervise(session, options, config)
  local made = made_of(session, config)
  local sockets = open_sockets(session, config, options)
  local folder = private_folder(session)
  if config.log.key then
    require "postoffice.host.serve.shares".share_key(folder, config.log.key)
  end
  local has_started = require "postoffice.host.serve.processes".run(made, {
    count = options.jobs, folder = folder, command = own_command(),
    ended = function() return forget_all(config.endpoints) end,
  }, sockets)
  remove_folder(folder)
  if not has_started then exit.with(exit.SOFTWARE, "a process that should answer did not start") end
end

-- Answers alone.
local function answer_alone(session, options, config)
  local made = made_of(session, config)
  made:run(open_sockets(session, config, options), forget)
end

local function serve(session, options)
  require_or_exit("cqueues", "a server needs")
  require "postoffice.host.serve.signals".hold()
  require_or_exit("lpeg", "policies need")
  local told = require "postoffice.host.serve.processes".told(session.getenv)
  local config = config_of(session, options, told)
  if told then answer_as_told(session, config, told)
  elseif options.jobs > 1 then supervise(session, options, config)
  else answer_alone(session, options, config)
  end
  return exit.GOOD
end

return {
  {
    name = "serve", run = serve,
    options = { "serve_policies", "serve_databases", "socketmap", "policy_service", "readsocket",
      "http", "mode", "group", "token", "host", "explain_calls", "metrics", "admin", "page",
      "auth_http", "backends_defer", "down_file", "log_file", "redact", "jobs", "length",
      "timeout", "connections", "open_asks", "drain", policy_file.options },
    summary = "answer mail servers by policies",
    description = "Answers what mail servers ask: Postfix's socketmap tables and its policy"
      .. " service, Exim's readsocket, and HTTP. The maps of a policy are NAME.virtual,"
      .. " NAME.transport and so on. Policies are loaded again at SIGHUP, and one that does not"
      .. " load, or whose tests fail, leaves the last good one where it is; those of databases, as"
      .. " postoffice publish writes them, as soon as they are live there. SIGTERM answers what was"
      .. " asked and ends. Each decision is a line of JSON on standard error, or in a file.",
    examples = {
      "postoffice serve --policy ex=exchange.lua --socketmap /run/postoffice/map",
      "postoffice serve --policy ex.lua --policy-service 127.0.0.1:10040 --down down.txt",
      "postoffice serve --policy ex.lua --http 127.0.0.1:8025 --page --explain --metrics",
      "postoffice serve --sql ex=/etc/postoffice/standby.dsn --socketmap /run/postoffice/map",
    },
  },
}
