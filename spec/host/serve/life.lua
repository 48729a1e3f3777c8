--- How `postoffice serve` starts, loads policies again, ends, and what it leaves.
local core = require "postoffice.core"
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local serving = require "spec.host.serve.serving"

local MAP = { "--socketmap", "@DIR@/map" }

-- A policy that says who reads it.
local function policy_for(name)
  return ([[
    domain "site.example" {}
    recipient "%s" { proxies = { "SMTP:who@site.example" }, target = "SMTP:%s@far.example" }
    connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" } }
    test "it" { to = "who@site.example", verdict = "deliver" }
  ]]):format(name, name)
end

local function who(server)
  local talk = server:connect "map"
  local reply = talk:look_up("ex.virtual", "who@site.example")
  talk:close()
  return reply
end

-- What the log says last of an event.
local function said(server, event)
  local found
  for line in server:log():gmatch '[^\n]*"event":"[^\n]*' do
    if line:find('"event":"' .. event .. '"', 1, true) then found = line end
  end
  return found
end

describe("SIGHUP", function()
  after_each(serving.end_all)

  it("loads a policy again", function()
    local server = serving.start { policy = policy_for "ann", words = MAP }
    assert.equal("OK ann@far.example", who(server))
    helper.write(server:path "ex.lua", policy_for "bob")
    assert.equal("OK ann@far.example", who(server))
    server:signal "HUP"
    server:wait_for '"event":"reloaded"'
    assert.equal("OK bob@far.example", who(server))
  end)

  it("keeps the last good revision where the new one does not load or fails, and says why",
    function()
      local server = serving.start { policy = policy_for "ann", words = MAP }
      for i, broken in ipairs {
        "domain {",
        policy_for("bob") .. 'test "no" { to = "who@site.example", verdict = "reject" }',
        "", -- an editor truncates before it writes
        (policy_for("bob"):gsub('nexthop = "smtp:%[192.0.2.1%]:25", ', "")),
      } do
        helper.write(server:path "ex.lua", broken)
        server:signal "HUP"
        server:wait_for('"event":"reload refused"', i)
        assert.equal("OK ann@far.example", who(server))
        assert.matches('"message":"', said(server, "reload refused"), 1, true)
      end
      helper.write(server:path "ex.lua", policy_for "bob")
      server:signal "HUP"
      server:wait_for '"event":"reloaded"'
      assert.equal("OK bob@far.example", who(server))
    end)

  it("keeps connections, and loses no request", function()
    local server = serving.start { policy = policy_for "ann", words = MAP }
    local talk = server:connect "map"
    for i = 1, 20 do
      helper.write(server:path "ex.lua", policy_for("user" .. i))
      server:signal "HUP"
      for _ = 1, 50 do
        assert.matches("^OK %w+@far.example$", talk:look_up("ex.virtual", "who@site.example"))
      end
      server:wait_for('"event":"reloaded"', i)
      assert.equal(("OK user%d@far.example"):format(i), talk:look_up("ex.virtual",
        "who@site.example"))
    end
    talk:close()
  end)

  it("opens the log's file again", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--log", "@DIR@/log" } }
    assert(os.rename(server:path "log", server:path "log.1"))
    server:signal "HUP"
    server:wait_for '"event":"reloaded"'
    assert.matches('"event":"ready"', helper.read(server:path "log.1"), 1, true)
  end)
end)

describe("SIGTERM", function()
  after_each(serving.end_all)

  it("answers what was asked, closes what is idle, and removes its sockets", function()
    local server = serving.start { words = {
      "--socketmap", "@DIR@/map", "--policy-service", "127.0.0.1:@PORT@", "--drain", "600",
    } }
    local idle, begun = server:connect "map", server:connect(server.port)
    idle:look_up("ex.virtual", "kim.lee@exchange.example")
    begun:ask { "protocol_state=RCPT", "recipient=kim.lee@exchange.example" }
    begun:send "request=smtpd_access_policy\nprotocol_state=RCPT\n"
    local other = server:connect "map" -- the loop has read what came before
    other:look_up("ex.virtual", "kim.lee@exchange.example")
    server:signal "TERM"
    server:wait_for '"event":"stopping"'
    assert.is_nil(idle:netstring())
    assert.is_nil(server:status())
    begun:send "recipient=nobody@exchange.example\n\n"
    assert.equal("action=REJECT 5.1.1 nobody here has this address", begun:line())
    assert.equal(0, server:wait())
    assert.equal(1, (helper.run("test -e " .. server:path "map")))
  end)

  it("does not wait for ever", function()
    local server = serving.start { words = { "--socketmap", "@DIR@/map", "--drain", "0.2" } }
    local talk = server:connect "map"
    talk:look_up("ex.virtual", "kim.lee@exchange.example")
    talk:send "10"
    assert.equal(0, server:stop())
    talk:close()
  end)
end)

describe("the file of a socket", function()
  after_each(serving.end_all)

  it("goes where a process was killed, and another starts", function()
    local server = serving.start { words = MAP }
    server:signal "KILL"
    assert.equal(137, server:wait())
    assert.equal(0, (helper.run("test -S " .. server:path "map")))
    server:run { words = MAP }
    server:wait_for '"event":"ready"'
    local talk = server:connect "map"
    assert.equal("OK kim.lee@exchange.example",
      talk:look_up("ex.virtual", "kim.lee@exchange.example"))
    talk:close()
  end)

  it("is the next one's where a server still answers what it was asked", function()
    for _, jobs in ipairs { "1", "2" } do
      local words = { "-j", jobs, "--socketmap", "@DIR@/map", "--drain", "600" }
      local server = serving.start { words = words }
      local begun = server:connect "map"
      begun:look_up("ex.virtual", "kim.lee@exchange.example")
      begun:send "35:ex."
      local other = server:connect "map" -- the loop has read what came before
      other:look_up("ex.virtual", "kim.lee@exchange.example")
      other:close()
      server:signal "TERM"
      server:wait_for '"event":"stopping"'
      servers.wait_for("the end of the socket's file", function()
        return helper.run("test -e " .. server:path "map") == 1
      end)
      local successor = serving.start { words = { "--socketmap", server:path "map" } }
      begun:send "virtual kim.lee@exchange.example,"
      assert.equal("OK kim.lee@exchange.example", begun:netstring())
      assert.equal(0, server:wait())
      local talk = server:connect "map"
      assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
      talk:close()
      successor:stop()
    end
  end)

  it("stays where somebody listens, or it is no socket", function()
    local server = serving.start { words = MAP }
    local other = serving.begin { words = { "--socketmap", server:path "map" } }
    assert.equal(74, other:wait())
    assert.matches("another process listens there", other:log(), 1, true)
    helper.write(server:path "file", "mine")
    other:run { words = { "--socketmap", server:path "file" } }
    assert.equal(74, other:wait())
    assert.matches("no socket", other:log(), 1, true)
    assert.equal("mine", helper.read(server:path "file"))
    local talk = server:connect "map"
    assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
    talk:close()
  end)

  it("is another server's where somebody removed it, and stays when the first ends", function()
    local first = serving.start { words = MAP }
    helper.output("rm " .. first:path "map")
    local second = serving.start { words = { "--socketmap", first:path "map" } }
    first:stop()
    local talk = first:connect "map"
    assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
    talk:close()
    second:stop()
    assert.equal(1, (helper.run("test -e " .. first:path "map")))
  end)

  it("has the mode and the group that are said", function()
    local server = serving.start { words = {
      "--socketmap", "@DIR@/map", "--mode", "0600", "--group", helper.output "id -gn",
    } }
    assert.equal("600 " .. helper.output "id -gn",
      helper.output("stat -c '%a %G' " .. server:path "map"))
  end)
end)

describe("servers that start at once over a socket that nobody listens on", function()
  after_each(serving.end_all)

  it("are one: the others end, and its file is its own", function()
    local left = serving.start { words = MAP }
    left:signal "KILL"
    left:wait()
    local list = {}
    for i = 1, 5 do list[i] = serving.begin { words = { "--socketmap", left:path "map" } } end
    local function count(text)
      local found = 0
      for _, server in ipairs(list) do
        if server:log():find(text, 1, true) then found = found + 1 end
      end
      return found
    end
    servers.wait_for("one of them", function() return count '"event":"ready"' == 1 end)
    servers.wait_for("the end of others", function()
      return count "another process listens there" == #list - 1
    end)
    assert.equal(1, count '"event":"ready"')
    local talk = left:connect "map"
    assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
    talk:close()
  end)
end)

it("a socket is not opened while another process looks at its folder", function()
  local server = serving.start { words = MAP }
  server:stop()
  local held = core.lock_folder(server.folder)
  assert.is_false(core.lock_folder(server.folder))
  server:run { words = MAP }
  assert.equal(74, server:wait())
  assert.matches("another process holds a lock on the folder", server:log(), 1, true)
  core.unlock_folder(held)
  server:run { words = MAP }
  server:wait_for '"event":"ready"'
  serving.end_all()
end)

describe("systemd", function()
  after_each(serving.end_all)

  -- Starts the command with a socket that listens as its third file, as systemd does.
  local ACTIVATE = [[exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec lua5.4 -e '
    local socket = require "cqueues.socket"
    local made = socket.listen { path = "@DIR@/handed", cloexec = false }
    assert(made:listen() and made:pollfd() == 3)
    os.execute("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=maps exec " .. arg[1])' -]]

  it("hands sockets over, by name or number, which stay when the process ends", function()
    for _, name in ipairs { "maps", "3" } do
      local server = serving.begin { bare = true, before = ACTIVATE, activated = name,
        words = { "--policy", "ex=@DIR@/ex.lua", "--socketmap", "fd:" .. name } }
      server:wait_for '"event":"ready"'
      local talk = server:connect "handed"
      assert.equal("NOTFOUND ", talk:look_up("ex.virtual", "nobody@exchange.example"))
      talk:close()
      helper.run("kill -TERM " .. server:children()[1])
      server:wait()
      assert.equal(0, (helper.run("test -S " .. server:path "handed")))
    end
  end)

  -- Hands over a socket of all addresses of this host.
  local PUBLIC = ACTIVATE:gsub('path = "@DIR@/handed"', 'host = "0.0.0.0", port = 0')

  it("hands no socket over where strangers could ask", function()
    for option, message in pairs { ["--socketmap"] = "no password", ["--http"] = "--token" } do
      local server = serving.begin { bare = true, before = PUBLIC, activated = "3",
        words = { "--policy", "ex=@DIR@/ex.lua", option, "fd:3" } }
      server:wait()
      assert.matches(message, server:log(), 1, true)
    end
  end)

  it("hands none over, and is told so", function()
    local server = serving.begin { words = { "--socketmap", "fd:maps" } }
    assert.equal(74, server:wait())
    assert.matches("fd:maps: this process was not started with such a socket", server:log(), 1,
      true)
  end)

  -- Listens on the name that systemd would have, and writes what it is told; Lua's libraries know no abstract names.
  local LISTENER = [[
    use Socket; socket(S, PF_UNIX, SOCK_DGRAM, 0) or die;
    bind(S, sockaddr_un($ARGV[0] =~ s/^@/\0/r)) or die; $| = 1; print "bound\n";
    while (defined recv(S, $_, 4096, 0)) { s/\n/ /g; print "$_\n"; last if /^STOPPING/ }]]

  local NAMES = { ["with a path"] = "@DIR@/notify", ["that is abstract"] = "@po-@PORT@" }

  for kind, name in pairs(NAMES) do
    it("is told of answers, reloads, the end and that it lives by a name " .. kind, function()
      local server = serving.start { words = MAP }
      server:stop()
      name = name:gsub("@DIR@", server.folder):gsub("@PORT@", server.port)
      local function wait_for(text)
        servers.wait_for(text, function()
          return helper.read(server:path "told"):find(text, 1, true) ~= nil
        end)
      end
      helper.run(("cd %s && { perl -e %s %s >told 2>&1 </dev/null & }"):format(server.folder,
        helper.quote(LISTENER), name))
      wait_for "bound"
      server:run { words = MAP,
        before = ("export NOTIFY_SOCKET=%s WATCHDOG_USEC=50000; exec"):format(name) }
      wait_for "READY=1 STATUS="
      wait_for "WATCHDOG=1"
      server:signal "HUP"
      wait_for "RELOADING=1 MONOTONIC_USEC="
      server:signal "TERM"
      wait_for "STOPPING=1"
      server:wait()
    end)
  end
end)

-- By what is wrong, the words of the command, what it exits with, and what it says.
local REFUSED = {
  { "nothing to listen on", {}, 2, "nothing to listen on" },
  { "a name to listen on", { "--http", "mail.example:80" }, 2, "not on a name" },
  { "a port that is none", { "--http", "127.0.0.1:99999" }, 2, "at most 65535" },
  { "maps for strangers", { "--socketmap", "0.0.0.0:10041" }, 2, "no password" },
  { "a policy service for strangers", { "--policy-service", "[::]:10040" }, 2, "no password" },
  { "HTTP for strangers without a token", { "--http", "192.0.2.1:80" }, 2, "--token" },
  { "a mode that is none", { "--socketmap", "@DIR@/map", "--mode", "rw" }, 2, "three octal" },
  { "two policies of a name", { "--policy", "@DIR@/ex.lua", "--socketmap", "@DIR@/map" }, 2,
    "two have that name" },
  { "a policy that is not there", { "--policy", "b=@DIR@/b.lua", "--socketmap", "@DIR@/map" }, 78,
    "b.lua" },
  { "a folder that is not there", { "--socketmap", "@DIR@/none/map" }, 74, "cannot listen on" },
  { "a log that cannot be written", { "--socketmap", "@DIR@/map", "--log", "@DIR@/none/log" }, 78,
    "none/log" },
  { "a group that nobody has", { "--socketmap", "@DIR@/map", "--group", "no-such-group" }, 74,
    "no-such-group" },
}

describe("what is refused at the start", function()
  after_each(serving.end_all)

  for _, case in ipairs(REFUSED) do
    it("is " .. case[1], function()
      local server = serving.begin { words = case[2] }
      assert.equal(case[3], server:wait(), server:log())
      assert.matches(case[4], server:log(), 1, true)
    end)
  end

  it("is a policy that a protocol cannot say, by name", function()
    local server = serving.begin { words = MAP, policy = policy_for "ann" .. [[
      list "All" { proxies = { "SMTP:all@site.example" }, owner = "ann", members = { "ann" } }
    ]] }
    assert.equal(78, server:wait())
    assert.matches('list "All" has an owner, and socketmap cannot', server:log(), 1, true)
  end)

  it("is a token that others can read", function()
    local server = serving.start { words = MAP }
    server:stop()
    helper.write(server:path "token", "sesame\n")
    helper.run("chmod 644 " .. server:path "token")
    server:run { words = { "--http", "127.0.0.1:@HTTP@", "--token", "@DIR@/token" } }
    assert.equal(74, server:wait())
    assert.matches("others can read", server:log(), 1, true)
  end)
end)
