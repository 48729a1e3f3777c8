-- The command, whose policy asks real servers: an slapd, a Redis, and a SQLite.

local helper = require "spec.helper"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"
local support = require "spec.60-cli_support"

local POLICY = [[
domain "here.example" {}
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
function on.recipient(address)
  local found = ask("staff", mail.key(address))
  if type(found) == "table" then found = found.mailRoutingAddress end
  return found
end
]]

describe("postoffice route --ask", function()
  local folder = helper.output "mktemp -d"

  teardown(function()
    servers.end_all()
    helper.run("rm -rf " .. folder)
  end)

  local function file(name, text, mode)
    local path = helper.write(folder .. "/" .. name, text)
    helper.run(("chmod %s %s"):format(mode or "600", path))
    return path
  end

  -- What becomes of somebody who is there, and of somebody who is not.
  local function routed(directory)
    local status, output, errors = support.run { "route", "--json", "--policy",
      file("policy.lua", POLICY), "--ask", "staff=" .. directory, "kim@here.example",
      "no@here.example" }
    assert.equal("", errors)
    assert.is_nil(output:find("sesame", 1, true))
    local codes = {}
    for line in output:gmatch "[^\n]+" do
      codes[#codes + 1] = line:match '"wire":"([^"]+)"' or line:match '"status":"([^"]+)"'
    end
    return status, codes
  end

  local FOUND = { people.TARGET, "5.1.1" }

  it("asks LDAP, also as who binds by a password in a file", function()
    local server = servers.ldap(people.LDIF)
    local options = ("uri=%s;base=dc=example,dc=com;schema=inetLocalMailRecipient"):format(
      server.uri)
    assert.same({ 1, FOUND }, { routed("ldap:" .. options) })
    local lines = options:gsub(";", "\n") .. "\ndn=cn=admin,dc=example,dc=com\npassword="
    local status, codes = routed("ldap:@" .. file("ldap.txt", lines .. "sesame\n"))
    assert.same({ 1, FOUND }, { status, codes })
    status, codes = routed("ldap:@" .. file("ldap.txt", lines .. "sesame2\n"))
    assert.same({ 1, { "4.4.3", "4.4.3" } }, { status, codes })
    server:stop()
    assert.same({ 1, { "4.4.3", "4.4.3" } }, { routed("ldap:" .. options) })
  end)

  it("makes proxies of bounces that ldapmodify adds to a real directory", function()
    local server = servers.ldap(people.LDIF)
    local names = { "kim+2Blee", "+C3+BC+27", "+3A+3C" .. ("x"):rep(120) }
    local bounce = {}
    for i, name in ipairs(names) do
      bounce[i] = ("<IMCEAEX-_o=Org_ou=First+20Site_cn=%s@a.example>"):format(name)
    end
    local status, output, errors = support.run({ "x500", "--form", "ldif", "--for",
      "cn=Pat Jones,dc=example,dc=com" }, { input = table.concat(bounce, "\n") })
    assert.same({ 0, "" }, { status, errors })
    local added, _, why = helper.run(("ldapmodify -x -H %s -D cn=admin,dc=example,dc=com -w sesame"
      .. " -f %s"):format(server.uri, file("add.ldif", output)))
    assert.equal(0, added, why)
    local directory = require "postoffice.directory"
    local pat = directory.ldap({ uri = server.uri, base = "dc=example,dc=com", schema = "ad" })
      .ask "SMTP:pat@here.example"
    local found = {}
    for _, proxy in ipairs(pat.proxyAddresses) do found[proxy] = true end
    for _, name in ipairs { "kim+lee", "\195\188'", ":<" .. ("x"):rep(120) } do
      assert.is_true(found["X500:/o=Org/ou=First Site/cn=" .. name], name)
    end
    server:stop()
  end)

  it("asks Redis, also by a password in a file", function()
    local server = servers.redis "--requirepass sesame"
    helper.run(("REDISCLI_AUTH=sesame redis-cli -p %d HSET staff kim@here.example %s"):format(
      server.port, people.TARGET))
    local options = ("port=%d;command=HGET staff {address}"):format(server.port)
    assert.same({ 1, { "4.4.3", "4.4.3" } }, { routed("redis:" .. options) })
    local lines = options:gsub(";", "\n") .. "\npassword = sesame\n"
    assert.same({ 1, FOUND }, { routed("redis:@" .. file("redis.txt", lines)) })
  end)

  it("asks a database", function()
    local path = folder .. "/people.db"
    assert.equal(0, (helper.run(("sqlite3 %s %s"):format(path, helper.quote(people.TABLE)))))
    assert.same({ 1, FOUND }, { routed(("sql:driver=sqlite3;database=%s;query=%s"):format(path,
      people.QUERY)) })
  end)
end)
