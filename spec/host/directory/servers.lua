--- Starts real servers in folders of their own, on ports that are free, and does to them what happens
-- to servers: they are stopped, killed, held up and started again.
local helper = require "spec.helper"
local socket = require "socket"

local servers = {}

local PATIENCE = 300 -- seconds: only what hangs takes as long on any machine

local function run(command)
  local status, output, errors = helper.run(command)
  assert(status == 0, command .. ": " .. output .. errors)
  return (output:gsub("\n$", ""))
end

-- What runs in the background may not hold the pipe that we read.
local function run_quietly(command)
  return run("( " .. command .. " ) >/dev/null 2>&1 </dev/null")
end

--- Runs a command in the background, whose output goes to the file `log` of a server's folder.
function servers.launch(server, command)
  run(("( exec %s ) >%s/log 2>&1 </dev/null & echo $! >%s/pid"):format(command, server.folder,
    server.folder))
end

--- A port that nobody listens on now.
function servers.port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, chosen = listener:getsockname()
  listener:close()
  return tonumber(chosen)
end

--- Waits until something is so.
function servers.wait_for(what, condition)
  local late = socket.gettime() + PATIENCE
  while not condition() do
    assert(socket.gettime() < late, what .. " did not come about")
    socket.sleep(0.02)
  end
end

local IS_ROOT = run "id -u" == "0"

local Server = {}
Server.__index = Server

local started = {}

--- A server that is yet to be started: its `folder`, and its `port`.  What starts it writes its process id to
-- the file `pid` of that folder, or gives it `pid` and `stop` of its own.
function servers.new(kind)
  local server = setmetatable({ kind = kind, folder = run "mktemp -d", port = servers.port() },
    Server)
  started[#started + 1] = server
  return server
end

function Server:pid()
  local file = io.open(self.folder .. "/pid", "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text:match "^%d+"
end

--- Whether a process runs; who has ended is there until somebody asks for its status.
function servers.lives(pid)
  local state = select(2, helper.run(("cat /proc/%s/stat 2>/dev/null"):format(pid))):match "%) (%a)"
  return state ~= nil and state ~= "Z"
end

local function end_by(server, signal)
  local pid = server:pid()
  if not pid or not servers.lives(pid) then return end
  helper.run(("kill -CONT %s; kill -%s %s"):format(pid, signal, pid))
  servers.wait_for("the end of " .. server.kind, function() return not servers.lives(pid) end)
  os.remove(server.folder .. "/pid")
end

--- Ends it, and waits until it has.
function Server:stop() end_by(self, "TERM") end

--- Ends it by what it cannot hear.
function Server:kill() end_by(self, "KILL") end

--- Holds it up: it keeps its connections and says nothing.
function Server:pause()
  local pid = self:pid()
  run("kill -STOP " .. pid)
  servers.wait_for("the halt of " .. self.kind, function() -- of all its threads
    return not run(("cat /proc/%s/task/*/stat"):format(pid)):find "%) [^T]"
  end)
end

function Server:resume() run("kill -CONT " .. self:pid()) end

--- Ends what was started, and removes what it left.
function servers.end_all()
  for _, server in ipairs(started) do
    server:stop() -- what it started ends with it
    run("rm -rf " .. helper.quote(server.folder))
  end
  started = {}
end

-- ---- Authorities -------------------------------------------------------------

--- Makes an authority, and a key and a certificate of localhost that it has signed, in a folder:
-- ca.pem, key.pem, certificate.pem.
function servers.certify(folder)
  run_quietly(([[cd %s && new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes' &&
    openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=authority -days 2 &&
    openssl req $new -keyout key.pem -out request.pem -subj /CN=localhost &&
    echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >names &&
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
    -extfile names -out certificate.pem]]):format(folder))
end

-- ---- Redis -------------------------------------------------------------------

local function redis_line(port, text)
  local connection = socket.tcp()
  connection:settimeout(5)
  local line = connection:connect("127.0.0.1", port) and connection:send(text .. "\r\n")
    and connection:receive "*l"
  connection:close()
  return line
end

--- What Redis says first to a command, written in one line.
function Server:say(text) return redis_line(self.port, text) end

--- A field of what Redis tells of itself, or nil.
function Server:info(field)
  local connection = assert(socket.connect("127.0.0.1", self.port))
  connection:settimeout(5)
  connection:send "INFO\r\nQUIT\r\n"
  local text = connection:receive "*a" or ""
  connection:close()
  return text:match(field .. ":([^\r\n]*)")
end

local function start_redis(server, ...)
  run_quietly(("redis-server --port %d --dir %s --daemonize yes --pidfile %s/pid --logfile %s/log"
    .. " --unixsocket %s/socket --save '' --repl-diskless-sync-delay 0 %s"):format(server.port,
    server.folder, server.folder, server.folder, server.folder, table.concat({ ... }, " ")))
  servers.wait_for("Redis", function()
    return redis_line(server.port, "PING") ~= nil and server:pid() ~= nil
  end)
end

--- A Redis server.
-- @param ... options for its command line
function servers.redis(...)
  local server, given = servers.new "Redis", { ... }
  function server:start(...) start_redis(self, (unpack or table.unpack)({ ..., given[1] })) end
  start_redis(server, ...)
  return server
end

-- ---- LDAP --------------------------------------------------------------------

local SLAPD = [[
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/misc.schema
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.352 NAME 'targetAddress' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.655 NAME 'legacyExchangeDN' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'mailRecipient' SUP top AUXILIARY
  MAY ( proxyAddresses $ targetAddress $ legacyExchangeDN ) )
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile @DIR@/pid
TLSCACertificateFile @DIR@/ca.pem
TLSCertificateFile @DIR@/certificate.pem
TLSCertificateKeyFile @DIR@/key.pem
@GLOBAL@
database mdb
maxsize 10485760
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw sesame
directory @DIR@/db
index objectClass,mailLocalAddress eq
@DATABASE@
]]

local function listens(port)
  local connection = socket.connect("127.0.0.1", port)
  if connection then connection:close() end
  return connection ~= nil
end

local function start_slapd(server)
  local uris = ("ldap://127.0.0.1:%d ldaps://127.0.0.1:%d %s"):format(server.port,
    server.tls_port, server.ldapi)
  run_quietly(("PATH=$PATH:/usr/sbin slapd -f %s/slapd.conf -h '%s'"):format(server.folder, uris))
  servers.wait_for("slapd", function() return server:pid() and listens(server.port) end)
end

--- An LDAP server with people.
-- @param ldif
-- @param global lines of its configuration
-- @param database lines for its database
function servers.ldap(ldif, global, database)
  local server = servers.new "slapd"
  server.uri = ("ldap://127.0.0.1:%d"):format(server.port)
  server.tls_port = servers.port()
  servers.certify(server.folder)
  server.ldapi = ("ldapi://%s/"):format((server.folder .. "/socket"):gsub("/", "%%2F"))
  local words = { DIR = server.folder, GLOBAL = global or "", DATABASE = database or "" }
  helper.write(server.folder .. "/slapd.conf", (SLAPD:gsub("@(%u+)@", words)))
  helper.write(server.folder .. "/people.ldif", ldif)
  run(("mkdir %s/db && PATH=$PATH:/usr/sbin slapadd -q -f %s/slapd.conf -l %s/people.ldif"):format(
    server.folder, server.folder, server.folder))
  server.start = start_slapd
  start_slapd(server)
  return server
end

-- ---- nginx -------------------------------------------------------------------

local function start_nginx(server)
  helper.write(server.folder .. "/nginx.conf", (server.configuration:gsub("@(%u+)@", server.words)))
  run_quietly(("PATH=$PATH:/usr/sbin nginx -p %s -c nginx.conf -e error.log"):format(server.folder))
  servers.wait_for("nginx", function() return server:pid() and listens(server.port) end)
end

--- An nginx with its Lua module.
-- @param configuration with words to be filled in
-- @param words by name, beside its port, folders and user
function servers.nginx(configuration, words)
  local server = servers.new "nginx"
  server.configuration, server.words = configuration, words
  words.PORT, words.ROOT = server.port, run "pwd"
  words.MODULES = run "ls -d /usr/lib*/nginx/modules | head -n 1"
  words.USER = IS_ROOT and "user root;" or ""
  server.start = start_nginx
  start_nginx(server)
  return server
end

-- ---- Slow ones ---------------------------------------------------------------

--- A server that says a text, and then a byte every 50 milliseconds.
function servers.trickle(text)
  local server = servers.new "trickle"
  run(("lua5.4 spec/host/directory/trickle.lua %d %s %s/pid >/dev/null 2>&1 </dev/null &"):format(
    server.port, helper.quote(text), server.folder))
  servers.wait_for("trickle", function() return server:pid() end)
  return server
end

-- ---- PostgreSQL --------------------------------------------------------------

-- PostgreSQL does not run as root, and the folder has to be its own.
local AS = IS_ROOT and "runuser -u postgres -- " or ""

local FAST = "-c fsync=off -c shared_buffers=8MB -c max_connections=100 -c logging_collector=off"
  .. " -c wal_retrieve_retry_interval=100ms"

local function postgres_program(name)
  return AS .. run "ls -d /usr/lib/postgresql/*/bin | tail -n 1" .. "/" .. name
end

local function start_postgres(server, options)
  server.options = options or server.options
  local given = ("-p %d %s %s -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s"
    .. " -c external_pid_file=%s/pid"):format(server.port, FAST, server.options or "",
    server.folder, server.folder)
  run_quietly(("%s %s -D %s/data -l %s/log -w -t 60 start -o %s"):format(server.environment or "",
    postgres_program "pg_ctl", server.folder, server.folder, helper.quote(given)))
end

-- All its processes.
local function processes_of(server)
  local pids = { server:pid() }
  local children = run(("grep -ls '^PPid:\t%s$' /proc/[0-9]*/status || :"):format(pids[1]))
  for pid in children:gmatch "/proc/(%d+)/" do pids[#pids + 1] = pid end
  return table.concat(pids, " ")
end

local function new_postgres(kind)
  local server = servers.new(kind)
  if IS_ROOT then run("chown postgres " .. server.folder) end
  server.start = start_postgres

  --- Ends it at once, as a crash does: its next start recovers.
  function server:stop()
    if self:pid() then
      self:resume()
      run_quietly(("%s -D %s/data -m immediate stop"):format(postgres_program "pg_ctl",
        self.folder))
    end
  end
  server.kill = server.stop

  --- Holds up all of it; `pause_postmaster` only who accepts connections.
  function server:pause() helper.run("kill -STOP " .. processes_of(self)) end -- some end meanwhile
  function server:resume() helper.run("kill -CONT " .. processes_of(self)) end
  server.pause_postmaster = Server.pause
  return server
end

--- What a statement returns, by psql.
function Server:psql(text)
  return run(("psql -X -q -A -t -h 127.0.0.1 -p %d -U postgres -d postgres -c %s"):format(self.port,
    helper.quote(text)))
end

-- Who has to prove who he is, and how; nobody else has to.
local HBA = [[
host  all secret 127.0.0.1/32 scram-sha-256
host  all clear  127.0.0.1/32 password
local all clear  password
host  all dated  127.0.0.1/32 md5
local all,replication all trust
host  all,replication all 127.0.0.1/32 trust
]]

--- A PostgreSQL server, in which the users `secret`, `clear` and `dated` have the password sesame.
-- @param options of its command line
-- @param environment for its processes, as a shell has it before a command
function servers.postgres(options, environment)
  local server = new_postgres "PostgreSQL"
  server.environment = environment
  run_quietly(("%s -D %s/data -U postgres -A trust -E UTF8 --locale=C --no-sync"):format(
    postgres_program "initdb", server.folder))
  helper.write(server.folder .. "/pg_hba.conf", HBA)
  start_postgres(server, ("-c hba_file=%s/pg_hba.conf %s"):format(server.folder, options or ""))
  for name, way in pairs { secret = "scram-sha-256", clear = "scram-sha-256", dated = "md5" } do
    server:psql(("SET password_encryption = '%s'; CREATE ROLE %s LOGIN PASSWORD 'sesame'"):format(
      way, name))
  end
  return server
end

--- A hot standby of one.
function servers.standby(primary, options)
  local server = new_postgres "standby"
  server.environment = primary.environment
  run_quietly(("%s -h 127.0.0.1 -p %d -U postgres -D %s/data -R -X stream -c fast --no-sync")
    :format(postgres_program "pg_basebackup", primary.port, server.folder))
  start_postgres(server, options)
  return server
end

return servers
