-- A policy and its directory in a real PostgreSQL and in its hot standby: published by the command, and
-- routed by from the standby.

local arrays = require "postoffice.directory.postgres_array"
local cqueues = require "cqueues"
local docs = require "spec.docs"
local dsn = require "postoffice.directory.dsn"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local protocol = require "postoffice.directory.postgres_protocol"
local published = require "postoffice.host.published"
local schema = require "postoffice.cli.schema"
local servers = require "spec.host.directory.servers"
local support = require "spec.60-cli_support"

local POLICY = [[
include "ways.lua"
domain "here.example" {}
domain "caught.example" { catchall = "Kim Lee" }
directory "staff" { file = "staff.csv" }
set "friends" { file = "friends.txt" }
recipient "Postmaster" { proxies = { "SMTP:postmaster@here.example" } }
list "Sales" { proxies = { "SMTP:sales@here.example" }, members = { "Kim Lee", "Ann Day" },
  accept = { "friends", "Ann Day" } }
test "mailbox" { to = "kim@here.example", verdict = "deliver", entry = "Kim Lee" }
test "nobody" { to = "nobody@here.example", code = "recipient-unknown" }
claim 'every "SMTP:postmaster@here.example" is delivered here'
]]

local WAYS = [[
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
]]

local STAFF = [[
DisplayName,EmailAddresses,targets,keep,members,owner,refuse,max_size
Kim Lee,SMTP:kim@here.example smtp:klee@here.example,,,,,,
Ann Day,SMTP:ann@here.example,SMTP:ann@far.example,,,,,
Bob Ray,SMTP:bob@here.example,SMTP:bob@far.example SMTP:bob@else.example,true,,,,
Cy Oak,"SMTP:cy@here.example, CCMAIL:Cy at HQ",,,,,,
Gone,SMTP:gone@here.example,,,,,she has left,
Crew,SMTP:crew@here.example,,,SMTP:kim@here.example SMTP:cy@here.example,SMTP:ann@here.example,,
Small,SMTP:small@here.example,,,,,,1000
]]

local primary, standby, folder

setup(function()
  folder = helper.output "mktemp -d"
  primary = servers.postgres()
  primary:psql "CREATE ROLE reader LOGIN; GRANT pg_read_all_data, pg_read_all_stats TO reader"
  primary:psql "CREATE ROLE publisher LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO publisher"
  standby = servers.standby(primary)
end)

teardown(function()
  servers.end_all()
  helper.run("rm -rf " .. folder)
end)

-- The command in a process of its own.
local PROGRAM = ("%s -e %s lua/postoffice/cli/postoffice"):format(helper.lua, helper.quote(
  ("package.path, package.cpath = %q, %q"):format(package.path, package.cpath)))

-- ---- Publishing ----------------------------------------------------------------

local function write(name, text, mode)
  local path = helper.write(folder .. "/" .. name, text)
  helper.run(("chmod %s %s"):format(mode or "600", path))
  return path
end

-- Writes the policy's files, some of which may be others.
local function files(given)
  given = given or {}
  write("ways.lua", given.ways or WAYS)
  write("staff.csv", given.staff or STAFF)
  write("friends.txt", given.friends or "SMTP:*@friend.example\n")
  return write("policy.lua", given.policy or POLICY)
end

local function dsn_file(user, server, more)
  return write(user .. ".dsn", ("# where\nhost=127.0.0.1 port=%d dbname=postgres user=%s %s\n")
    :format((server or primary).port, user, more or ""))
end

-- Runs the command: its exit status, output and errors.
local function publish(given, ...)
  return support.run { "publish", files(given), "--sql", dsn_file "publisher", ... }
end

local function published_well(given)
  local status, output, errors = publish(given)
  assert.equal("", errors)
  assert.equal(0, status)
  return output
end

local function live_revision(server)
  return server:psql "SELECT revision FROM postoffice_policy WHERE live"
end

-- Waits until the standby has what the primary has.
local function replicated()
  local now = live_revision(primary)
  servers.wait_for("the standby", function()
    return standby:psql "SELECT to_regclass('postoffice_policy') IS NOT NULL" == "t"
      and live_revision(standby) == now
  end)
end

-- ---- Reading -------------------------------------------------------------------

local opened = {}

local function open(server, more)
  local db = { host = "127.0.0.1", port = server.port, database = "postgres", user = "reader",
    timeout = 10 }
  for name, value in pairs(more or {}) do db[name] = value end
  local live = assert(published.open { db = db })
  opened[#opened + 1] = live
  return live
end

after_each(function()
  for i, live in ipairs(opened) do
    live:close()
    opened[i] = nil
  end
end)

-- What becomes of addresses: where they go, or the status and code.
local function routed(live, ...)
  local said = {}
  for _, recipient in ipairs { ... } do
    local ends = {}
    for i, delivery in ipairs(live:route(recipient, { sender = "x@friend.example" })) do
      ends[i] = delivery.verdict == "deliver" and delivery.wire
        or delivery.status .. " " .. delivery.code
    end
    said[#said + 1] = table.concat(ends, ", ")
  end
  return said
end

describe("postoffice publish", function()
  it("makes the tables, and says what changes", function()
    local status, output, errors = publish(nil, "--dry-run")
    assert.same({ 0, "" }, { status, errors })
    assert.matches("new\tSMTP:ann@here.example\tAnn Day\n", output, 1, true)
    assert.matches("would be published: another policy, directory +11 -0 ~0\n", output, 1, true)
    assert.equal("f", primary:psql "SELECT to_regclass('postoffice_policy') IS NOT NULL")
    assert.matches("revision 1 is live: another policy, directory +11 -0 ~0\n", published_well(), 1,
      true)
    assert.equal("revision 1 is live; nothing changes\n", published_well())
    local other = STAFF:gsub("Ann Day,", "Ann Night,")
      :gsub("Gone[^\n]*\n", "Dan,SMTP:dan@here.example\n")
    local policy_text = POLICY:gsub("Ann Day", "Ann Night")
    output = published_well { staff = other, policy = policy_text }
    assert.matches("gone\tSMTP:gone@here.example\tGone\nnew\tSMTP:dan@here.example\tDan\n",
      output, 1, true)
    assert.matches("changed\tSMTP:ann@here.example\tAnn Night\n", output, 1, true)
    assert.matches("revision 2 is live: another policy, directory +1 -1 ~1\n", output, 1, true)
    status, output = publish(nil, "--json")
    assert.equal(0, status)
    assert.equal('{"revision":3,"written":true,"policy":"new","added":1,"removed":1,"changed":1}\n',
      output)
    for _, key in ipairs(schema.commands.publish.objects[1].keys) do
      assert.matches('"' .. key[1] .. '":', output, 1, true)
    end
  end)

  it("publishes nothing that does not load or prove itself", function()
    local before = live_revision(primary)
    for _, case in ipairs {
      { 78, "unknown field", policy = POLICY .. 'domain "a.example" { no = 1 }' },
      { 78, "staff.csv", staff = "DisplayName\nNobody\n" },
      { 1, "test", policy = POLICY .. 'test "it" { to = "kim@here.example", entry = "Ann Day" }' },
      { 1, "claim", policy = POLICY .. "claim 'no address leaves'" },
    } do
      local status, output, errors = publish(case)
      assert.same({ case[1], "" }, { status, output })
      assert.matches(case[2], errors, 1, true)
    end
    assert.equal(before, live_revision(primary))
  end)

  it("takes an address from nobody", function()
    primary:psql(("INSERT INTO postoffice_directory (key, key_version, targets)"
      .. " VALUES ('SMTP:eve@here.example', '%s', '{SMTP:eve@far.example}')"):format(
      postoffice.KEY_VERSION))
    local before = live_revision(primary)
    local status, _, errors = publish { staff = STAFF .. "Eve,SMTP:Eve@Here.example\n" }
    assert.equal(74, status)
    assert.matches('SMTP:eve@here.example of "Eve" is in a row that others wrote', errors, 1, true)
    assert.equal(before, live_revision(primary))
    local fay = { staff = STAFF .. "Fay,SMTP:fay@here.example\n" }
    assert.matches("directory %+1 %-0 ~0", published_well(fay))
    assert.equal("1", primary:psql "SELECT count(*) FROM postoffice_directory WHERE NOT published")
    replicated()
    assert.same({ "eve@far.example", "fay@here.example" },
      routed(open(standby), "eve@here.example", "fay@here.example"))
    primary:psql "DELETE FROM postoffice_directory WHERE NOT published"
    published_well()
  end)

  it("says why the database does not take it, and no password", function()
    local path = files { staff = STAFF .. "Fay,SMTP:fay@here.example\n" }
    local function refused(file)
      local status, output, errors = support.run { "publish", path, "--sql", file }
      assert.same({ 74, "" }, { status, output })
      assert.is_nil(errors:find("sesam", 1, true))
      return errors
    end
    replicated()
    assert.matches("publish to its primary", refused(dsn_file("publisher", standby)))
    assert.matches("permission denied", refused(dsn_file "reader"))
    assert.matches("password authentication failed",
      refused(dsn_file("secret", primary, "password=sesam2")))
    assert.matches("others can read the passwords",
      refused(write("open.dsn", "host=/tmp user=x password=sesame\n", "644")))
    assert.matches("open.dsn: it names no user", refused(write("open.dsn", "host=/tmp\n", "600")))
  end)

  it("has one live revision, with its own directory, of two who publish at once", function()
    local before = tonumber(live_revision(primary))
    local command = {}
    for i = 1, 4 do
      local place = ("%s/%d"):format(folder, i)
      helper.run(("mkdir %s; cp %s/*.txt %s/ways.lua %s"):format(place, folder, folder, place))
      helper.write(place .. "/staff.csv", STAFF .. ("Who,SMTP:who%d@here.example\n"):format(i))
      helper.write(place .. "/policy.lua", POLICY .. ("-- %d\n"):format(i))
      command[i] = ("%s publish %s/policy.lua --sql %s &"):format(PROGRAM, place,
        dsn_file "publisher")
    end
    helper.output("(" .. table.concat(command, "\n") .. "\nwait)")
    assert.equal(before + 4, tonumber(live_revision(primary)))
    local who = primary:psql "SELECT key FROM postoffice_directory WHERE name = 'Who'"
    local text = primary:psql("SELECT convert_from(policy, 'UTF8') FROM postoffice_policy"
      .. " WHERE live")
    assert.matches("%-%- " .. who:match "who(%d)@" .. "\n", text)
    published_well()
  end)
end)

describe("a published policy", function()
  setup(function()
    published_well()
    replicated()
  end)

  local ALL = { "kim@here.example", "KLee@HERE.example", "ann@here.example", "bob@here.example",
    "cy@here.example", "CCMAIL:Cy at HQ", "CCMAIL:Cy", "gone@here.example", "crew@here.example",
    "small@here.example", "sales@here.example", "x@caught.example", "postmaster@here.example",
    "nobody@here.example", "x@else.example", "ann@far.example", "Postmaster", "CCMAIL:No at HQ",
    "o'd\\d\"$1@here.example", "\255@here.example", "\"a\\\"b\"@here.example" }

  it("routes as its script and files do, on the primary and on the standby", function()
    local script = assert(policy.loadfile(files()))
    local expected = routed(script, (unpack or table.unpack)(ALL))
    for _, server in ipairs { primary, standby } do
      local live = open(server)
      assert.same(expected, routed(live, (unpack or table.unpack)(ALL)))
      assert.equal(script.revision, live.revision)
      assert.equal("cy@here.example", postoffice.format(live:resolve("CCMAIL:Cy at HQ",
        { as = "SMTP" }), "native"))
      assert.matches("the directory has SMTP:cy@here.example: Cy Oak (postoffice_directory)",
        (tostring(live:explain "cy@here.example"):gsub("%s+", " ")), 1, true)
      assert.equal("deliver", live:nexthop("cy@here.example").verdict)
      assert.is_true(live:capabilities().asks)
    end
    script:close()
  end)

  it("is read as the head of the module says", function()
    local file = "lua/postoffice/host/published.lua"
    local blocks, shown = docs.indented(helper.read(file)), nil
    assert.equal(1, #blocks)
    local reached = { require = function(name)
      assert.equal("postoffice.host.published", name)
      return { open = function(options)
        shown = options.db
        return open(standby)
      end }
    end }
    assert.equal(1, docs.run((blocks[1].text:gsub("example%.com", "here.example")), file, reached))
    assert.same({ "database", "host", "user" }, lists.keys(shown))
  end)

  it("is replaced while it routes: by a poll, and by the next look at the directory", function()
    local polled, asked = open(standby), open(standby)
    assert.same({ "ann@far.example" }, routed(asked, "ann@here.example"))
    local moved = WAYS .. 'rewrite "SMTP:{u}@new.example" { to = "SMTP:{u}@here.example" }\n'
    published_well { ways = moved, staff = STAFF:gsub("ann@far", "ann@near") }
    replicated()
    assert.same({ "cy@here.example", "ann@near.example" },
      routed(asked, "cy@new.example", "ann@here.example"))
    assert.same({ true }, { polled:poll() })
    assert.same({ "cy@here.example", "ann@near.example" },
      routed(polled, "cy@new.example", "ann@here.example"))
    assert.equal(live_revision(primary), polled:status().revision)
    assert.equal("standby", polled:status().role)
  end)

  it("gives no answer of which half is of another revision, whoever asks meanwhile", function()
    local live, controller, wrong, count = open(standby), cqueues.new(), {}, 0
    local function both(i)
      return { ways = WAYS .. ('domain "r%d.example" {}\n'):format(i),
        staff = STAFF .. ("Zed,SMTP:zed@r%d.example,SMTP:zed%d@far.example\n"):format(i, i) }
    end
    published_well(both(1))
    replicated()
    local over
    for _ = 1, 20 do
      controller:wrap(function()
        while not over do
          local said = routed(live, "zed@r1.example", "zed@r2.example")
          count = count + 1
          for i, other in ipairs { 2, 1 } do
            local is_here = said[i] == ("zed%d@far.example"):format(i)
            local is_foreign = said[i] == ("zed@r%d.example"):format(i)
            if not is_here and not is_foreign then wrong[#wrong + 1] = said[i] .. other end
          end
          cqueues.sleep(0.001)
        end
      end)
    end
    controller:wrap(function()
      for i = 1, 6 do
        published_well(both(i % 2 + 1))
        cqueues.sleep(0.05)
      end
      over = true
    end)
    assert(controller:loop())
    assert.same({}, wrong)
    assert.is_true(count > 20)
  end)

  it("is loaded once, whoever is asked for first", function()
    local live, count = open(standby), 0
    local inner = rawget(live, "live")
    local reload = inner.reload
    function inner.reload(...)
      count = count + 1
      return reload(...)
    end
    for _ = 1, 3 do
      assert.same({ "postmaster@here.example" }, routed(live, "postmaster@here.example"))
    end
    assert.is_true((live:poll()))
    assert.equal(0, count)
    assert.is_true((live:reload()))
    assert.equal(1, count)
  end)

  it("goes on where its tables are altered", function()
    local live = open(primary)
    assert.same({ "cy@here.example" }, routed(live, "cy@here.example"))
    for _, kind in ipairs { "varchar(300)", "text" } do
      primary:psql("ALTER TABLE postoffice_directory ALTER COLUMN name TYPE " .. kind)
      assert.same({ "cy@here.example" }, routed(live, "cy@here.example"))
    end
  end)

  it("stays the last good one where another does not load, and says why", function()
    published_well()
    replicated()
    local live = open(standby)
    local good = live.revision
    primary:psql "UPDATE postoffice_policy SET live = false WHERE live"
    primary:psql "INSERT INTO postoffice_policy (live, policy) VALUES (true, 'domain {')"
    replicated()
    local ok, why = live:poll()
    assert.is_nil(ok)
    assert.matches("revision " .. good .. " stays", why)
    assert.same({ "cy@here.example", "5.1.1 recipient-unknown" },
      routed(live, "cy@here.example", "no@here.example"))
    assert.is_false(live:poll())
    local refused, message = published.open { db = { host = "127.0.0.1", port = standby.port,
      user = "reader", database = "postgres" } }
    assert.is_nil(refused)
    assert.matches("published:1: ", message)
    published_well { ways = WAYS .. "-- mended" }
    replicated()
    assert.same({ true }, { live:poll() })
    assert.is_nil(live.failure)
  end)

  it("is as large as it likes", function()
    local many = {}
    for i = 1, 30000 do many[i] = ("SMTP:*@friend%d.with-a-rather-long-name.example"):format(i) end
    many[#many + 1] = "SMTP:*@friend.example\n"
    published_well { policy = POLICY:gsub("claim[^\n]*\n", ""), friends = table.concat(many, "\n") }
    replicated()
    assert.same({ "kim@here.example, ann@far.example" },
      routed(open(standby), "sales@here.example"))
    published_well()
    replicated()
  end)
end)

local DEFERRED, UNKNOWN = "4.4.3 ask-failed", "5.1.1 recipient-unknown"

describe("a directory whose \"not found\" may not count", function()
  setup(function()
    published_well()
    replicated()
  end)

  -- Who is found goes on, as does mail to the world; who is not waits.
  local function held_back(live, why)
    assert.same({ "cy@here.example", "x@else.example", DEFERRED, "cy@here.example" },
      routed(live, "cy@here.example", "x@else.example", "no@here.example", "CCMAIL:Cy"))
    assert.matches(why, live:route("no@here.example")[1].detail)
  end

  it("is one whose keys another version made", function()
    local live = open(primary)
    primary:psql [[UPDATE postoffice_directory SET key_version = '0/1.0'
      WHERE key = 'SMTP:bob@here.example']]
    assert.same({ "cy@here.example", DEFERRED, DEFERRED },
      routed(live, "cy@here.example", "bob@here.example", "no@here.example"))
    for _, address in ipairs { "bob@here.example", "no@here.example" } do
      assert.matches("is of version 0/1.0, and those of this library are of "
        .. postoffice.KEY_VERSION, live:route(address)[1].detail, 1, true)
    end
    assert.matches("~1", published_well(), 1, true)
    assert.same({ UNKNOWN }, routed(live, "no@here.example"))
  end)

  it("is a standby with an old heartbeat", function()
    local live = open(standby)
    assert.same({ UNKNOWN }, routed(live, "no@here.example")) -- there is no heartbeat
    local function beat(ago)
      primary:psql(("INSERT INTO postoffice_heartbeat VALUES (true, now() - interval '%s')"
        .. " ON CONFLICT (one) DO UPDATE SET at = excluded.at"):format(ago))
      local at = primary:psql "SELECT at FROM postoffice_heartbeat"
      servers.wait_for("the heartbeat", function()
        return standby:psql "SELECT at FROM postoffice_heartbeat" == at
      end)
    end
    beat "1 hour"
    held_back(live, "heartbeat is too old")
    assert.same({ UNKNOWN }, routed(open(primary), "no@here.example"))
    beat "-1 hour" -- so that no busy machine is too slow for what follows
    assert.same({ UNKNOWN }, routed(live, "no@here.example"))
  end)

  it("is a standby that has not replayed what it has received", function()
    local live = open(standby)
    standby:psql "SELECT pg_wal_replay_pause()"
    primary:psql(("INSERT INTO postoffice_directory (key, key_version) VALUES"
      .. " ('SMTP:new@here.example', '%s')"):format(postoffice.KEY_VERSION))
    servers.wait_for("the standby", function()
      return standby:psql "SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()" == "t"
    end)
    assert.same({ DEFERRED }, routed(live, "new@here.example"))
    held_back(live, "has not replayed")
    local controller, said = cqueues.new(), nil
    controller:wrap(function() said = routed(live, "new@here.example") end)
    assert(controller:step(0.05))
    standby:psql "SELECT pg_wal_replay_resume()"
    assert(controller:loop())
    assert.is_true(said[1] == "new@here.example" or said[1] == DEFERRED)
    servers.wait_for("the row", function()
      return routed(live, "new@here.example")[1] == "new@here.example"
    end)
    published_well()
  end)

  it("is none that idles, nor one whose primary begins another file of its log", function()
    local live = open(standby)
    for _, what in ipairs { "SELECT 1", "SELECT pg_switch_wal()", "CHECKPOINT",
      "SELECT pg_logical_emit_message(false, 'x', repeat('x', 8192))" } do
      primary:psql(what)
      servers.wait_for(what, function() return routed(live, "no@here.example")[1] == UNKNOWN end)
      assert.is_nil(live:status().stale)
    end
  end)

  it("is one that the reader may not look behind", function()
    primary:psql "CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain"
    replicated()
    servers.wait_for("the role", function()
      return standby:psql "SELECT count(*) FROM pg_roles WHERE rolname = 'plain'" == "1"
    end)
    held_back(open(standby, { user = "plain" }), "GRANT pg_read_all_stats")
  end)

  it("is a standby whose primary is gone; mail goes on", function()
    local live = open(standby)
    assert.same({ UNKNOWN }, routed(live, "no@here.example"))
    primary:kill()
    servers.wait_for("the loss", function()
      return standby:psql "SELECT count(*) FROM pg_stat_wal_receiver" == "0"
    end)
    held_back(live, "has lost its primary")
    assert.is_true((live:poll()))
    assert.matches("lost its primary", live:status().stale)
    held_back(open(standby), "has lost its primary") -- one that begins meanwhile
    primary:start()
    servers.wait_for("the primary", function()
      return routed(live, "no@here.example")[1] == UNKNOWN
    end)
  end)

  it("is one that does not answer: all that hangs on it waits", function()
    local live = open(standby, { timeout = 2 })
    assert.same({ "cy@here.example" }, routed(live, "cy@here.example"))
    standby:kill()
    assert.same({ DEFERRED, "kim@here.example", DEFERRED }, routed(live, "cy@here.example",
      "kim@here.example", "no@here.example")) -- the policy itself names Kim
    local ok, why = live:poll()
    assert.is_nil(ok)
    assert.is_string(why)
    assert.is_string(live:status().failure)
    standby:start()
    servers.wait_for("the standby", function()
      return routed(live, "cy@here.example")[1] == "cy@here.example"
    end)
  end)
end)

-- What is shipped, in a database of its own.
describe("the example's roles and heartbeat", function()
  local FOLDER = "lua/postoffice/examples/hosts/postgresql/"

  local function run(server, file)
    return helper.run(("psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p %d -U postgres -d mail -f %s")
      :format(server.port, FOLDER .. file))
  end

  local function at()
    return helper.output(("psql -X -q -A -t -h 127.0.0.1 -p %d -U postgres -d mail -c %s"):format(
      standby.port, helper.quote "SELECT at FROM postoffice_heartbeat"))
  end

  it("are all that it takes to publish, to serve and to beat", function()
    primary:psql "CREATE DATABASE mail"
    assert.equal(0, (run(primary, "roles.sql")))
    local file = write("mail.dsn", ("host=127.0.0.1 port=%d dbname=mail user=postoffice_publisher")
      :format(primary.port))
    assert.equal(0, (support.run { "publish", files(), "--sql", file }))
    assert.equal(0, (run(primary, "heartbeat.sql")))
    servers.wait_for("the heartbeat", function()
      local ok, beat = pcall(at)
      return ok and beat ~= ""
    end)
    local before = at()
    assert.equal(0, (run(standby, "heartbeat.sql")))
    assert.equal(0, (run(primary, "heartbeat.sql")))
    servers.wait_for("the next", function() return at() ~= before end)
    local live = open(standby, { database = "mail", user = "postoffice_reader" })
    assert.equal("cy@here.example", routed(live, "cy@here.example")[1])
    servers.wait_for("a fresh heartbeat", function()
      run(primary, "heartbeat.sql")
      return routed(live, "no@here.example")[1] == UNKNOWN
    end)
    local units = helper.read(FOLDER .. "postoffice-heartbeat.service")
    assert.matches("-f /etc/postoffice/heartbeat.sql", units, 1, true)
  end)
end)

describe("what says where a database is", function()
  it("is read as libpq reads it", function()
    local cases = {
      ["host=/tmp port=5433 dbname=mail user=kim password='a b\\'c' sslmode=prefer"] =
        { host = "/tmp", port = 5433, database = "mail", user = "kim", password = "a b'c",
          parameters = {} },
      ["# a comment\nuser = kim\n"] =
        { host = "/run/postgresql", database = "kim", user = "kim", parameters = {} },
      ["postgresql://kim:a%40b@[::1]:5433/mail?application_name=x&connect_timeout=3"] =
        { host = "::1", port = 5433, database = "mail", user = "kim", password = "a@b", timeout = 3,
          parameters = { application_name = "x" } },
      ["postgres://kim@/mail?host=/run/pg"] =
        { host = "/run/pg", database = "mail", user = "kim", parameters = {} },
    }
    for text, expected in pairs(cases) do assert.same(expected, (dsn.read(text))) end
  end)

  it("is refused for what it is not, and never shown", function()
    for text, expected in pairs {
      [""] = "no user", ["user='sesame"] = "a quote does not end",
      ["sesame"] = "write keyword = value",
      ["user=kim sslmode=require"] = "no TLS", ["user=kim pasword=sesame"] = "pasword is not known",
      ["user=kim port=sesame"] = "port has to be a number", ["user=kim'sesame'"] = "a quote",
      ["postgresql://a,b:1,c/d"] = "no one server",
    } do
      local options, message = dsn.read(text)
      assert.is_nil(options)
      assert.matches(expected, message, 1, true)
      assert.is_nil(message:find("sesame", 1, true))
    end
  end)
end)

describe("an array of PostgreSQL", function()
  it("is read as it was written, and as the server writes it", function()
    local built = { {}, { "" }, { "a", "b c", 'q"\\', "{,}", "NULL", "\n", " x " } }
    for _, list in ipairs(built) do
      assert.same(list, arrays.read(arrays.write(list)))
      local text = primary:psql(("SELECT %s::text[]"):format(helper.quote(arrays.write(list))))
      assert.same(list, arrays.read(text))
    end
    assert.equal('{"a",NULL}', arrays.write { "a", arrays.NULL })
    for _, text in ipairs { "", "{", "{a", '{"a', "{a}b", "{a,}", "{{a}}", "a" } do
      assert.is_nil(arrays.read(text))
    end
  end)
end)

describe("a statement that is repeated", function()
  it("is prepared once by a connection of our own, and each time by one of a pool", function()
    for _, pooled in ipairs { false, true } do
      local state, texts = protocol.state { pooled = pooled }, {}
      for i = 1, 2 do
        texts[i] = protocol.encode(state, protocol.repeated("SELECT $1", { "x" }, 0), {})
      end
      assert.equal("P", texts[1]:sub(1, 1))
      assert.equal(pooled and "P" or "B", texts[2]:sub(1, 1))
      assert.equal(pooled, texts[1]:find("s1", 1, true) == nil)
    end
  end)
end)

describe("a standby that becomes a primary", function()
  it("is one to what is published, and may be published to", function()
    local live = open(standby)
    primary:kill()
    servers.wait_for("the loss", function()
      return routed(live, "no@here.example")[1] == DEFERRED
    end)
    standby:psql "SELECT pg_promote()"
    servers.wait_for("the promotion", function()
      return routed(live, "no@here.example")[1] == UNKNOWN
    end)
    assert.is_true((live:poll()))
    assert.equal("primary", live:status().role)
    local status = support.run { "publish", files { staff = STAFF .. "No,SMTP:no@here.example\n" },
      "--sql", dsn_file("publisher", standby) }
    assert.equal(0, status)
    assert.equal("no@here.example", routed(live, "no@here.example")[1])
  end)
end)
