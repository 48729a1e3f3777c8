-- People in real servers, asked for inside of a real nginx: by connections of its own, and by
-- lua-nginx-redis.

local helper = require "spec.helper"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"
local socket = require "socket"

local KEY, TARGET = people.KEY, people.TARGET

teardown(servers.end_all)

describe("in nginx", function()
  local nginx, redis, ldap, postgres

  local function fill() assert(redis:say("SET " .. KEY .. " " .. TARGET) == "+OK") end

  -- Sends so many requests before it reads an answer; the bodies.
  local function get(by, count)
    local open, bodies = {}, {}
    for i = 1, count do
      open[i] = assert(socket.connect("127.0.0.1", nginx.port))
      open[i]:settimeout(60)
      open[i]:send(("GET /route?by=%s&to=u%d HTTP/1.0\r\n\r\n"):format(by, i))
    end
    for i = 1, count do
      bodies[i] = assert(open[i]:receive "*a"):match "\r\n\r\n(.-)\n$"
      open[i]:close()
    end
    return bodies
  end

  local function each_says(expected, by, count)
    for _, body in ipairs(get(by, count)) do assert.equal(expected, body, by) end
  end

  -- Asks until the server is not left alone any more.
  local function comes_back(by)
    servers.wait_for(by, function() return get(by, 1)[1] == TARGET .. " 5.1.1 5.1.1" end)
  end

  setup(function()
    redis = servers.redis()
    fill()
    ldap = servers.ldap(people.LDIF, "disallow bind_anon\nrequire bind")
    postgres = servers.postgres()
    postgres:psql(people.TABLE)
    nginx = servers.nginx(helper.read "spec/host/directory/nginx.conf", {
      REDIS = redis.port, LDAP = ldap.port, FOLDER = redis.folder, TLS = ldap.tls_port,
      POSTGRES = postgres.port, SLOW = servers.trickle("$100000\r\n").port,
      CA = ldap.folder .. "/ca.pem",
    })
  end)

  it("answers by TLS, if the server proves who it is", function()
    each_says(TARGET .. " 5.1.1 5.1.1", "tls", 20)
    each_says("4.4.3 4.4.3 4.4.3", "impostor", 2)
  end)

  it("defers where a reply comes byte by byte, without end", function()
    each_says("4.4.3 4.4.3 4.4.3", "slow", 5)
  end)

  local function server_of(by)
    return by == "ldap" and ldap or by == "sql" and postgres or redis
  end

  for _, by in ipairs { "redis", "socket", "library", "ldap", "sql" } do
    it("answers by " .. by .. ", a hundred at once, over few connections", function()
      each_says(TARGET .. " 5.1.1 5.1.1", by, 100)
      each_says(TARGET .. " 5.1.1 5.1.1", by, 1)
      if server_of(by) == redis then
        local before = redis:info "total_connections_received"
        for _ = 1, 20 do each_says(TARGET .. " 5.1.1 5.1.1", by, 1) end
        assert.equal(before + 1, tonumber(redis:info "total_connections_received")) -- this one
      end
    end)

  end

  for _, by in ipairs { "redis", "library", "ldap", "sql" } do
    it("defers by " .. by .. " while the server is gone, and answers when it is there", function()
      server_of(by):kill()
      each_says("4.4.3 4.4.3 4.4.3", by, 20)
      server_of(by):start()
      if server_of(by) == redis then fill() end
      comes_back(by)
    end)

    it("defers by " .. by .. " while the server is held up", function()
      server_of(by):pause()
      each_says("4.4.3 4.4.3 4.4.3", by, 20)
      server_of(by):resume()
      comes_back(by)
    end)
  end
end)
