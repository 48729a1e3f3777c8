-- People in a real Redis, alone and as a replica, by every client that there is.

local asking = require "spec.host.directory.asking"
local cqueues = require "cqueues"
local directory = require "postoffice.directory"
local outages = require "spec.host.directory.outages"
local servers = require "spec.host.directory.servers"
local socket = require "socket"

local KEY, TARGET, NOBODY = "SMTP:kim@here.example", "kim@there.example", "no@here.example"

local function fill(server)
  for _, line in ipairs {
    "SET " .. KEY .. " " .. TARGET, "HSET staff kim@here.example " .. TARGET,
    "HSET kim target " .. TARGET .. " name Kim", "RPUSH list@here.example a@x.example b@x.example",
  } do
    assert(server:say(line):find "^[+:]", line)
  end
end

local has_lua_redis = pcall(require, "redis")

-- A function that lua-redis is opened by, as a host may have it.
local function opened_by_host(port)
  return function()
    return require "redis".connect { host = "127.0.0.1", port = port, timeout = 2 }
  end
end

-- Calls a function inside of a cqueues controller.
local function in_controller(call)
  local controller, results = cqueues.new(), nil
  controller:wrap(function() results = { call() } end)
  assert(controller:loop())
  return (unpack or table.unpack)(results)
end

local function at_once(call) return call() end

-- Each client: its options, and how it is called.
local CLIENTS = {
  { "LuaSocket", function() return {} end, at_once },
  { "cqueues", function() return {} end, in_controller },
}
if has_lua_redis then
  CLIENTS[3] = { "lua-redis", function() return { client = "lua-redis" } end, at_once }
  CLIENTS[4] = { "lua-redis of the host",
    function(port) return { client = opened_by_host(port) } end, at_once }
end

local function options_of(client, server, more)
  local options = client[2](server.port)
  options.port, options.timeout = server.port, 10
  for name, value in pairs(more or {}) do options[name] = value end
  return options
end

teardown(servers.end_all)

for _, client in ipairs(CLIENTS) do
  describe("Redis by " .. client[1], function()
    local server
    local function redis(more) return directory.redis(options_of(client, server, more)) end

    setup(function()
      server = servers.redis()
      fill(server)
    end)
    teardown(function() server:stop() end)

    it("finds people, alone and many, and says who is not there", function()
      client[3](function()
        local staff = redis()
        assert.same({ TARGET }, { staff.ask(KEY) })
        assert.same({}, { staff.ask "SMTP:nobody@here.example" })
        assert.same({ { [KEY] = TARGET }, {} }, { staff.many { KEY, "SMTP:no@here.example" } })
        assert.same({ TARGET, "5.1.1" }, asking.routed(staff, "Kim@Here.example", NOBODY))
        staff:close()
        assert.equal(TARGET, staff.ask(KEY))
      end)
    end)

    it("finds what other commands read", function()
      client[3](function()
        assert.equal(TARGET, redis { command = { "hget", "staff", "{address}" } }.ask(KEY))
        assert.same({ target = TARGET, name = "Kim" },
          redis { command = { "HGETALL", "{localpart}" } }.ask(KEY))
        assert.is_nil((redis { command = { "HGETALL", "{localpart}" } }.ask "SMTP:no@x.example"))
        assert.same({ "a@x.example", "b@x.example" },
          redis { command = { "LRANGE", "{address}", "0", "-1" } }.ask "SMTP:list@here.example")
        assert.is_nil((redis { database = 3 }.ask(KEY)))
      end)
    end)

    it("fails where the server tells an error, and keeps the others' answers", function()
      client[3](function()
        local answers, failures = redis { command = { "GET", "{localpart}" } }.many { "kim", "no" }
        assert.same({}, answers)
        assert.matches("WRONGTYPE", failures.kim)
        assert.is_nil(failures.no)
        assert.matches("ERR", asking.refused(redis { command = { "GET", "{key}", "more" } }, KEY))
      end)
    end)

    if client[1] ~= "lua-redis of the host" then
      outages.hold {
        it = it, server = function() return server end, open = redis, key = KEY, value = TARGET,
        fill = fill, around = client[3],
      }
    end

    it("fails where a reply comes byte by byte, without end", function()
      local slow = servers.trickle "$100000\r\n"
      client[3](function()
        local options = options_of(client, slow, { timeout = 2 })
        asking.refused(directory.redis(options), KEY)
      end)
      slow:kill()
    end)

    it("says nothing of its password", function()
      client[3](function()
        local why = asking.refused(redis { password = "sesame", username = "kim" }, KEY)
        assert.is_nil(why:find "sesame")
      end)
    end)
  end)
end

describe("Redis by TLS", function()
  it("answers who proves that he is the server", function()
    local server = servers.redis()
    fill(server)
    servers.certify(server.folder)
    server:stop()
    local port = servers.port()
    server:start(("--tls-port %d --tls-cert-file %s/certificate.pem --tls-key-file %s/key.pem"
      .. " --tls-ca-cert-file %s/ca.pem --tls-auth-clients no"):format(port, server.folder,
      server.folder, server.folder))
    fill(server)
    local ca = server.folder .. "/ca.pem"
    local function redis(tls) return directory.redis { port = port, tls = tls } end
    assert.equal(TARGET, redis({ ca = ca }).ask(KEY))
    assert.equal(TARGET, in_controller(function()
      return redis({ ca = ca, name = "localhost" }).ask(KEY)
    end))
    assert.matches("TLS", asking.refused(redis { ca = ca, name = "redis.example" }, KEY))
    assert.matches("TLS", asking.refused(redis(true), KEY))
    server:stop()
  end)
end)

describe("Redis that loads its data", function()
  it("fails, and finds afterwards", function()
    local server = servers.redis "--rdbcompression no"
    fill(server)
    for i = 1, 40 do server:say(("SET filler%d %s"):format(i, ("x"):rep(2000))) end
    assert.equal("+OK", server:say "SAVE")
    server:kill()
    server:start "--key-load-delay 60000 --loading-process-events-interval-bytes 1024"
    assert.matches("LOADING", asking.refused(directory.redis { port = server.port }, KEY))
    assert.equal(TARGET, asking.again(directory.redis { port = server.port }, KEY))
    server:stop()
  end)
end)

describe("a replica of Redis", function()
  local primary, replica

  local function wait_for_link(wanted)
    servers.wait_for("the link " .. wanted, function()
      return replica:info "master_link_status" == wanted
    end)
  end

  setup(function()
    primary = servers.redis()
    fill(primary)
    replica = servers.redis(("--replicaof 127.0.0.1 %d"):format(primary.port))
    wait_for_link "up"
  end)
  teardown(function()
    primary:stop()
    replica:stop()
  end)

  local function each_client(call)
    for _, client in ipairs(CLIENTS) do
      client[3](function()
        call(function(more) return directory.redis(options_of(client, replica, more)) end)
      end)
    end
  end

  it("answers as its primary does, while it hears of it", function()
    each_client(function(redis)
      assert.same({ TARGET, "5.1.1" }, asking.routed(redis(), "kim@here.example", NOBODY))
    end)
  end)

  it("does not say that somebody is missing once its primary says nothing", function()
    primary:pause()
    socket.sleep(2.1)
    each_client(function(redis)
      assert.equal(TARGET, redis({ max_age = 1 }).ask(KEY))
      assert.matches("has not heard", asking.refused(redis { max_age = 1 }, "SMTP:no@here.example"))
      assert.same({ "5.1.1" }, asking.routed(redis(), "no@here.example"))
    end)
    primary:resume()
  end)

  it("does not say so either once its primary is lost", function()
    primary:kill()
    wait_for_link "down"
    each_client(function(redis)
      assert.same({ TARGET, "4.4.3" }, asking.routed(redis(), "kim@here.example", NOBODY))
      assert.matches("lost its primary", asking.refused(redis(), "SMTP:no@here.example"))
      assert.same({ "5.1.1" }, asking.routed(redis { replica = false }, "no@here.example"))
    end)
  end)

  it("fails altogether where it serves nothing stale", function()
    assert.equal("+OK", replica:say "CONFIG SET replica-serve-stale-data no")
    each_client(function(redis)
      assert.matches("MASTERDOWN", asking.refused(redis { replica = false }, KEY))
    end)
  end)

  it("answers again once its primary is back", function()
    primary:start()
    fill(primary)
    wait_for_link "up"
    each_client(function(redis)
      assert.same({ TARGET, "5.1.1" }, asking.routed(redis(), "kim@here.example", NOBODY))
    end)
  end)
end)

describe("Redis by one connection of a cqueues controller", function()
  it("serves hundreds at once, each with its own answer", function()
    local server = servers.redis()
    for i = 1, 50 do server:say(("SET k%d v%d"):format(i, i)) end
    local staff, controller = directory.redis { port = server.port }, cqueues.new()
    local right, before = 0, tonumber(server:info "total_connections_received")
    for i = 1, 300 do
      controller:wrap(function()
        for k = 1, 20 do
          local n = (i * k) % 60 + 1
          local value, why = staff.ask("k" .. n)
          assert(not why, why)
          if value == (n <= 50 and "v" .. n or nil) then right = right + 1 end
        end
      end)
    end
    assert(controller:loop())
    assert.equal(6000, right)
    assert.equal(before + 2, tonumber(server:info "total_connections_received")) -- this, too
    server:stop()
  end)

  it("lets others run while the server is held up", function()
    local server = servers.redis()
    local staff, controller = directory.redis { port = server.port, timeout = 2 }, cqueues.new()
    local ticks, whys, meanwhile = 0, {}, nil
    assert.is_nil((in_controller(function() return staff.ask "x" end)))
    server:pause()
    for i = 1, 20 do
      controller:wrap(function()
        whys[i] = select(2, staff.ask "x")
        meanwhile = meanwhile or ticks
      end)
    end
    controller:wrap(function()
      for _ = 1, 20 do
        cqueues.sleep(0.02)
        ticks = ticks + 1
      end
    end)
    assert(controller:loop())
    server:resume()
    assert.equal(20, #whys)
    assert.is_true(meanwhile > 2, meanwhile)
    server:stop()
  end)

  it("is not held up for ever by who was given up in the midst of it", function()
    local server = servers.redis()
    fill(server)
    local staff, controller = directory.redis { port = server.port, timeout = 1 }, cqueues.new()
    local value
    controller:wrap(function()
      local co = coroutine.create(function() staff.ask(KEY) end)
      coroutine.resume(co) -- it waits for its connection, and nobody wakes it
      staff.ask(KEY)
      cqueues.sleep(2.2)
      value = asking.again(staff, KEY)
    end)
    assert(controller:loop())
    assert.equal(TARGET, value)
    server:stop()
  end)
end)
