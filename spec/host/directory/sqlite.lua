-- People in a real SQLite.

local asking = require "spec.host.directory.asking"
local directory = require "postoffice.directory"
local helper = require "spec.helper"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"

local KEY, TARGET = people.KEY, people.TARGET

describe("SQLite", function()
  local folder = helper.output "mktemp -d"
  local path = folder .. "/people.db"

  local function run(text, file)
    local status, _, errors = helper.run(("sqlite3 %s %s"):format(file or path,
      helper.quote(text)))
    assert(status == 0, errors)
  end

  local function open(more)
    local options = { driver = "sqlite3", database = path, query = people.QUERY, timeout = 2 }
    for name, value in pairs(more or {}) do options[name] = value end
    return directory.sql(options)
  end

  setup(function() run(people.TABLE) end)
  teardown(function() helper.run("rm -rf " .. folder) end)

  people.hold(it, open)

  it("fails while another holds the file, and finds afterwards", function()
    local staff = open()
    assert.equal(TARGET, staff.ask(KEY))
    local holding = io.popen(("sqlite3 %s >/dev/null"):format(path), "w")
    holding:write "BEGIN EXCLUSIVE;\nSELECT 1;\n"
    holding:flush()
    servers.wait_for("the lock", function()
      return (helper.run(("sqlite3 %s 'SELECT * FROM directory' >/dev/null"):format(path))) ~= 0
    end)
    local why = asking.refused(staff, KEY)
    holding:write "COMMIT;\n"
    holding:close()
    assert.matches("locked", why)
    assert.equal(TARGET, asking.again(staff, KEY))
  end)

  it("fails where there is no file, and makes none", function()
    local missing = folder .. "/missing.db"
    assert.matches("No such file", asking.refused(open { database = missing }, KEY))
    assert.is_nil(io.open(missing))
    helper.write(missing, ("x"):rep(4096))
    assert.matches("not a database", asking.refused(open { database = missing }, KEY))
  end)
end)
