-- People in a real PostgreSQL and in its hot standby.

local asking = require "spec.host.directory.asking"
local directory = require "postoffice.directory"
local helper = require "spec.helper"
local outages = require "spec.host.directory.outages"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"

local KEY, TARGET, NOBODY = people.KEY, people.TARGET, "SMTP:no@here.example"

teardown(servers.end_all)

describe("PostgreSQL", function()
  local primary, standby

  local function open(more)
    local options = { driver = "postgres", host = "127.0.0.1", port = primary.port,
      database = "postgres", user = "postgres", query = people.QUERY, timeout = 1 }
    for name, value in pairs(more or {}) do options[name] = value end
    return directory.sql(options)
  end

  setup(function()
    primary = servers.postgres()
    primary:psql(people.TABLE)
    standby = servers.standby(primary, "-c max_standby_streaming_delay=0")
  end)

  people.hold(it, open)

  it("connects by a Unix socket, and with what else libpq takes", function()
    assert.equal(TARGET, open { host = primary.folder }.ask(KEY))
    local named = open { parameters = { application_name = "post \\office's" },
      query = "SELECT current_setting('application_name') WHERE {key} <> ''" }
    assert.equal("post \\office's", named.ask(KEY))
  end)

  it("says nothing of its password, and fails where it is refused", function()
    for _, more in ipairs { { user = "nobody", password = "sesame" },
      { database = "nowhere", password = "sesame" }, { port = 1, password = "sesame" },
      { parameters = { no_such_word = "x" }, password = "sesame" } } do
      assert.is_nil(asking.refused(open(more), KEY):find "sesame")
    end
  end)

  it("ends what takes too long", function()
    local slow = open { query = "SELECT target FROM directory, pg_sleep(30) WHERE key = {key}" }
    local spent, why = asking.timed(asking.refused, slow, KEY)
    assert.matches("timeout", why)
    assert.is_true(spent < outages.PATIENCE, spent)
  end)

  it("fails where there is no room: 57P01, 53300", function()
    local staff = open()
    assert.equal(TARGET, staff.ask(KEY))
    primary:psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      .. " WHERE application_name = ''")
    assert.equal(TARGET, staff.ask(KEY)) -- by a new connection
    primary:psql "CREATE ROLE few LOGIN CONNECTION LIMIT 0; GRANT SELECT ON directory TO few"
    assert.matches("too many connections", asking.refused(open { user = "few" }, KEY))
  end)

  describe("as a hot standby", function()
    local function at(more)
      local options = { port = standby.port }
      for name, value in pairs(more or {}) do options[name] = value end
      return open(options)
    end

    it("answers", function()
      servers.wait_for("the standby", function()
        return standby:psql "SELECT pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn()" == "t"
      end)
      assert.equal("t", standby:psql "SELECT pg_is_in_recovery()")
      assert.same({ TARGET, "5.1.1" }, asking.routed(at(), "kim@here.example", "no@here.example"))
    end)

    it("fails where it would have to write: 25006", function()
      assert.matches("read%-only", asking.refused(at { query = "WITH w AS (UPDATE directory SET"
        .. " seen = 9 WHERE key = {key} RETURNING target) SELECT target FROM w" }, KEY))
    end)

    it("fails where its primary's vacuum cancels what is asked: 40001", function()
      primary:psql "CREATE TABLE many AS SELECT generate_series(1, 20000) AS n"
      servers.wait_for("the rows", function()
        return standby:psql "SELECT count(*) FROM pg_class WHERE relname = 'many'" == "1"
      end)
      helper.output(("(sleep 1.5; psql -q -h 127.0.0.1 -p %d -U postgres -d postgres"
        .. " -c 'DELETE FROM many WHERE n > 100' -c 'VACUUM many') >/dev/null 2>&1 &")
        :format(primary.port))
      local value, why = at({ timeout = 20, query = "SELECT (SELECT count(*) FROM many)"
        .. " FROM pg_sleep(15) WHERE {key} <> ''" }).ask(KEY)
      assert.is_nil(value)
      assert.matches("conflict with recovery", why)
    end)

    it("fails where it may not answer yet: 57P03", function()
      standby:stop()
      standby:start "-c hot_standby=off"
      assert.matches("not accepting connections", asking.refused(at(), KEY))
      standby:stop()
      standby:start()
      assert.equal(TARGET, at().ask(KEY))
    end)

    it("does not say that somebody is missing to whom it may not say how it is", function()
      primary:psql "CREATE ROLE plain LOGIN; GRANT SELECT ON directory TO plain"
      local plain = at { user = "plain" }
      assert.equal(TARGET, asking.again(plain, KEY))
      assert.matches("GRANT pg_read_all_stats", asking.refused(plain, NOBODY))
      assert.same({}, { at({ user = "plain", replica = false }).ask(NOBODY) })
      assert.same({}, { open({ user = "plain" }).ask(NOBODY) }) -- on the primary
    end)

    it("does not say so either while it is behind", function()
      standby:psql "SELECT pg_wal_replay_pause()"
      primary:psql "INSERT INTO directory VALUES ('SMTP:new@here.example', 'n')"
      servers.wait_for("its being behind", function()
        local value, why = at({ max_age = 1 }).ask "SMTP:new@here.example"
        assert.is_nil(value)
        return why and why:find "is behind"
      end)
      standby:psql "SELECT pg_wal_replay_resume()"
      servers.wait_for("the new one", function()
        return standby:psql "SELECT count(*) FROM directory WHERE target = 'n'" == "1"
      end)
      assert.equal("n", asking.again(at(), "SMTP:new@here.example"))
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

  it("fails in time where it accepts nobody", function()
    primary:pause()
    local spent = asking.timed(asking.refused, open(), KEY)
    primary:resume()
    assert.is_true(spent < outages.PATIENCE, spent)
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
