-- People in a real PostgreSQL and in its hot standby, by LuaSQL and by our own connections.

local asking = require "spec.host.directory.asking"
local cqueues = require "cqueues"
local directory = require "postoffice.directory"
local helper = require "spec.helper"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"

local KEY, TARGET, NOBODY = people.KEY, people.TARGET, "SMTP:no@here.example"

local primary, standby

-- What opens directories by a driver.
local function opener(driver)
  return function(more)
    local options = { driver = driver, host = "127.0.0.1", port = primary.port,
      database = "postgres", user = "postgres", query = people.QUERY, timeout = 10 }
    for name, value in pairs(more or {}) do options[name] = value end
    return directory.sql(options)
  end
end

setup(function()
  primary = servers.postgres()
  primary:psql(people.TABLE)
  primary:psql "CREATE ROLE plain LOGIN; CREATE ROLE few LOGIN CONNECTION LIMIT 0"
  primary:psql "GRANT SELECT ON directory TO plain, few, secret, clear, dated"
  standby = servers.standby(primary, "-c max_standby_streaming_delay=0")
end)

teardown(servers.end_all)

for _, driver in ipairs { "postgres", "postgres-wire" } do
  describe("PostgreSQL by " .. driver, function()
    local open = opener(driver)

    people.hold(it, open)

    it("connects by a Unix socket, and with what else the server takes", function()
      assert.equal(TARGET, open { host = primary.folder }.ask(KEY))
      local named = open { parameters = { application_name = "post \\office's" },
        query = "SELECT current_setting('application_name') WHERE {key} <> ''" }
      assert.equal("post \\office's", named.ask(KEY))
    end)

    it("proves who it is, and says nothing of its password", function()
      assert.equal(TARGET, open { user = "secret", password = "sesame" }.ask(KEY))
      assert.equal(TARGET, open { user = "clear", password = "sesame", host = primary.folder }
        .ask(KEY))
      for _, more in ipairs { { user = "nobody" }, { database = "nowhere" }, { port = 1 },
        { parameters = { no_such_word = "x" } }, { user = "dated", password = "wrong" } } do
        more.password = more.password or "sesame"
        assert.is_nil(asking.refused(open(more), KEY):find(more.password))
      end
      local why = asking.refused(open { user = "secret", password = "opensesame" }, KEY)
      assert.matches("password authentication failed", why)
      assert.is_nil(why:find "sesame")
      asking.refused(open { user = "secret" }, KEY)
    end)

    it("ends what takes too long", function()
      local slow = open {
        query = "SELECT target FROM directory, pg_sleep(60) WHERE key = {key}", timeout = 1,
      }
      assert.matches("time", asking.refused(slow, KEY))
    end)

    it("fails where there is no room: 57P01, 53300", function()
      local staff = open { parameters = { application_name = "one" } }
      assert.equal(TARGET, staff.ask(KEY))
      primary:psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        .. " WHERE application_name = 'one'")
      assert.equal(TARGET, staff.ask(KEY)) -- by a new connection
      assert.matches("too many connections", asking.refused(open { user = "few" }, KEY))
    end)

    it("fails while it accepts nobody", function()
      primary:pause_postmaster()
      asking.refused(open { timeout = 1 }, KEY)
      primary:resume()
    end)

    it("answers by a new connection once it is back", function()
      local staff = open()
      assert.equal(TARGET, staff.ask(KEY))
      primary:stop()
      asking.refused(staff, KEY)
      primary:start()
      assert.equal(TARGET, asking.again(staff, KEY))
      primary:stop()
      primary:start()
      assert.equal(TARGET, staff.ask(KEY))
    end)
  end)

  describe("a hot standby by " .. driver, function()
    local open = opener(driver)

    local function at(more)
      local options = { port = standby.port }
      for name, value in pairs(more or {}) do options[name] = value end
      return open(options)
    end

    setup(function()
      servers.wait_for("the standby", function()
        return standby:psql "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"
          == "1"
      end)
    end)

    it("answers", function()
      assert.equal("t", standby:psql "SELECT pg_is_in_recovery()")
      assert.same({ TARGET, "5.1.1" }, asking.routed(at(), "kim@here.example", "no@here.example"))
    end)

    it("fails where it would have to write: 25006", function()
      assert.matches("read%-only", asking.refused(at { query = "WITH w AS (UPDATE directory SET"
        .. " seen = 9 WHERE key = {key} RETURNING target) SELECT target FROM w" }, KEY))
    end)

    it("fails where its primary's vacuum cancels what is asked: 40001", function()
      local name = "many_" .. driver:gsub("%-", "_")
      primary:psql(("CREATE TABLE %s AS SELECT generate_series(1, 20000) AS n"):format(name))
      servers.wait_for("the rows", function()
        return standby:psql(("SELECT count(*) FROM pg_class WHERE relname = '%s'"):format(name))
          == "1"
      end)
      helper.output(("(sleep 1.5; psql -q -h 127.0.0.1 -p %d -U postgres -d postgres"
        .. " -c 'DELETE FROM %s WHERE n > 100' -c 'VACUUM %s') >/dev/null 2>&1 &")
        :format(primary.port, name, name))
      local value, why = at({ timeout = 20, query = ("SELECT (SELECT count(*) FROM %s)"
        .. " FROM pg_sleep(15) WHERE {key} <> ''"):format(name) }).ask(KEY)
      assert.is_nil(value)
      assert.matches("conflict with recovery", why)
    end)

    it("does not say that somebody is missing to whom it may not say how it is", function()
      local plain = at { user = "plain" }
      assert.equal(TARGET, plain.ask(KEY))
      assert.matches("GRANT pg_read_all_stats", asking.refused(plain, NOBODY))
      assert.same({}, { at({ user = "plain", replica = false }).ask(NOBODY) })
      assert.same({}, { open({ user = "plain" }).ask(NOBODY) }) -- on the primary
    end)

    it("does not say so either while it is behind", function()
      local key, staff = ("SMTP:%s@here.example"):format(driver), at { max_age = 1 }
      standby:psql "SELECT pg_wal_replay_pause()"
      primary:psql(("INSERT INTO directory VALUES ('%s', 'n')"):format(key))
      servers.wait_for("its being behind", function()
        local value, why = staff.ask(key)
        assert.is_nil(value)
        return why and why:find "is behind"
      end)
      standby:psql "SELECT pg_wal_replay_resume()"
      servers.wait_for("the new one", function()
        return standby:psql(("SELECT count(*) FROM directory WHERE key = '%s'"):format(key)) == "1"
      end)
      assert.equal("n", at().ask(key))
    end)

    -- A server that says of itself what these functions do, in a schema before pg_catalog.
    it("does not say so while it is fed what it missed, all of which it has replayed", function()
      primary:psql [[
CREATE SCHEMA IF NOT EXISTS told; GRANT USAGE ON SCHEMA told TO PUBLIC;
CREATE OR REPLACE FUNCTION told.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OR REPLACE FUNCTION told.pg_last_wal_replay_lsn() RETURNS pg_lsn LANGUAGE sql
  AS $$SELECT pg_lsn '0/50'$$;
CREATE OR REPLACE FUNCTION told.pg_last_wal_receive_lsn() RETURNS pg_lsn LANGUAGE sql
  AS $$SELECT pg_lsn '0/50'$$;
CREATE OR REPLACE FUNCTION told.pg_last_xact_replay_timestamp() RETURNS timestamptz LANGUAGE sql
  AS $$SELECT now() - interval '1 day'$$]]
      for lsn, expected in pairs { ["0/50"] = false, ["0/60"] = "is behind" } do
        primary:psql(("CREATE OR REPLACE VIEW told.pg_stat_wal_receiver AS SELECT 1 AS pid,"
          .. " 'streaming'::text AS status, now() AS last_msg_receipt_time,"
          .. " pg_lsn '%s' AS latest_end_lsn"):format(lsn))
        primary:psql "GRANT SELECT ON ALL TABLES IN SCHEMA told TO PUBLIC"
        local path = "told,pg_catalog,public"
        local parameters = driver == "postgres" and { options = "-c search_path=" .. path }
          or { search_path = path }
        local value, why = open({ parameters = parameters }).ask(NOBODY)
        assert.is_nil(value)
        assert.equal(expected, why and why:match "is behind" or false)
      end
    end)

    it("finds people when its primary is gone, and does not say that others are missing", function()
      primary:stop()
      servers.wait_for("the loss", function()
        return standby:psql "SELECT count(*) FROM pg_stat_wal_receiver" == "0"
      end)
      assert.same({ TARGET, "4.4.3" }, asking.routed(at(), "kim@here.example", "no@here.example"))
      assert.matches("lost its primary", asking.refused(at(), NOBODY))
      assert.same({ "5.1.1" }, asking.routed(at { replica = false }, "no@here.example"))
      primary:start()
    end)
  end)
end

describe("PostgreSQL by connections of our own", function()
  local open = opener "postgres-wire"

  it("fails while all of it is held up", function()
    local staff = open { timeout = 2 }
    assert.equal(TARGET, staff.ask(KEY))
    primary:pause()
    assert.matches("did not answer in time", asking.refused(staff, KEY))
    primary:resume()
    assert.equal(TARGET, asking.again(staff, KEY))
  end)

  it("serves hundreds at once over one connection, and lets others run", function()
    local staff, controller, right = open(), cqueues.new(), 0
    for _ = 1, 200 do
      controller:wrap(function()
        for _ = 1, 5 do
          local value, why = staff.ask(KEY)
          assert(value, why)
          local nobody
          nobody, why = staff.ask(NOBODY)
          assert(nobody == nil and not why, why)
          right = right + (value == TARGET and 1 or 0)
        end
      end)
    end
    assert(controller:loop())
    assert.equal(1000, right)
  end)

  it("says the SQLSTATE, and no password in a way that is not safe", function()
    assert.matches("42P01: ", (asking.refused(open { query = "SELECT a FROM b" }, KEY)))
    for _, user in ipairs { "clear", "dated" } do
      assert.matches("not safe", asking.refused(open { user = user, password = "sesame" }, KEY))
    end
  end)
end)

describe("PostgreSQL that may not answer yet", function()
  it("fails: 57P03", function()
    standby:stop()
    standby:start "-c hot_standby=off"
    for _, driver in ipairs { "postgres", "postgres-wire" } do
      assert.matches("not accepting connections",
        asking.refused(opener(driver) { port = standby.port }, KEY))
    end
  end)
end)
