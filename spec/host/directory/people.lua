--- People in directories, for the specs of each.
local asking = require "spec.host.directory.asking"
local assert = require "luassert"

local people = {}

local KEY, TARGET = "SMTP:kim@here.example", "kim@there.example"

--- Somebody, and to where his mail goes.
people.KEY, people.TARGET = KEY, TARGET

--- The table that they are in.
people.TABLE = [[
CREATE TABLE directory (key TEXT PRIMARY KEY, target TEXT, seen INTEGER);
INSERT INTO directory VALUES ('SMTP:kim@here.example', 'kim@there.example', 1);
INSERT INTO directory VALUES ('SMTP:o''d"d\d$$@here.example', 'odd@there.example', 2);
INSERT INTO directory VALUES ('SMTP:pat@here.example', NULL, 3);
INSERT INTO directory VALUES ('pat@here.example', 'a', 4);
]]

--- The same and others in LDAP.
people.LDIF = [[
dn: dc=example,dc=com
objectClass: domain
dc: example

dn: cn=Kim Lee,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
cn: Kim Lee
sn: Lee
mailLocalAddress: kim@here.example
mailLocalAddress: klee@here.example
mailRoutingAddress: kim@there.example
mailHost: mx.there.example

dn: cn=Pat Jones,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: mailRecipient
cn: Pat Jones
sn: Jones
mail: pat@here.example
proxyAddresses: SMTP:pat@here.example
proxyAddresses: smtp:p.jones@here.example
proxyAddresses: X500:/o=Old/ou=First/cn=Recipients/cn=pjones
targetAddress: SMTP:pat@there.example

dn: cn=Odd,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: inetLocalMailRecipient
cn: Odd
sn: Odd
mailLocalAddress: o*d(d)\d@here.example

dn: cn=One,dc=example,dc=com
objectClass: inetOrgPerson
cn: One
sn: Both
mail: both@here.example

dn: cn=Two,dc=example,dc=com
objectClass: inetOrgPerson
cn: Two
sn: Both
mail: both@here.example
description: second
]]

--- The statement for one.
people.QUERY = "SELECT target FROM directory WHERE key = {key}"

local MANY = "SELECT key, target FROM directory WHERE key IN ({keys})"

--- Declares what has to hold of every database.
-- @tparam function it of busted
-- @tparam function open makes a directory, with these options, too
function people.hold(it, open)
  it("finds people, alone and many, and says who is not there", function()
    for _, many in ipairs { MANY, false } do
      local staff = open { many = many or nil }
      assert.same({ TARGET }, { staff.ask(KEY) })
      assert.same({}, { staff.ask "SMTP:no@here.example" })
      assert.same({ { [KEY] = TARGET, ["SMTP:pat@here.example"] = true }, {} },
        { staff.many { KEY, "SMTP:pat@here.example", "SMTP:no@here.example" } })
      assert.same({ TARGET, "5.1.1" }, asking.routed(staff, "Kim@here.example", "no@here.example"))
      staff:close()
      assert.same({ TARGET }, { staff.ask(KEY) })
    end
  end)

  it("answers rows of several columns, and several rows", function()
    local all = open { query = "SELECT key, target, seen FROM directory WHERE key = {key}" }
    local row = all.ask(KEY)
    assert.same({ KEY, TARGET, "1" }, { row.key, row.target, ("%d"):format(row.seen) })
    local ends = "SELECT seen FROM directory WHERE key LIKE '%' || {address} ORDER BY seen"
    assert.matches("the limit", asking.refused(open { query = ends }, "pat@here.example"))
    assert.same({ "3", "4" }, (function(list)
      for i, value in ipairs(list) do list[i] = ("%d"):format(value) end
      return list
    end)(open({ query = ends, limit = 2 }).ask "SMTP:pat@here.example"))
    assert.same({ { ["SMTP:pat@here.example"] = { true } }, {} }, { open { limit = 2, many = MANY }
      .many { "SMTP:pat@here.example", "no" } })
  end)

  it("takes a key for nothing but a text", function()
    local staff = open { many = MANY }
    local keys = { "' OR '1'='1", "x'; DROP TABLE directory; --", "\\", "\\' OR 1=1 --", "\"",
      "a\0b", "{key}", "%", "$$", "" }
    for _, key in ipairs(keys) do assert.same({}, { staff.ask(key) }, key) end
    assert.same({ {}, {} }, { staff.many(keys) })
    assert.equal("odd@there.example", staff.ask "SMTP:o'd\"d\\d$$@here.example")
    keys[1] = KEY
    assert.same({ { [KEY] = TARGET }, {} }, { staff.many(keys) })
  end)

  it("fails where the statement does", function()
    for _, query in ipairs { "SELECT no FROM directory WHERE key = {key}", "SELEC {key}",
      "SELECT target FROM nowhere WHERE key = {key}" } do
      asking.refused(open { query = query }, KEY)
    end
    asking.refused(open { query = "UPDATE directory SET seen = 5 WHERE key = {key}" }, KEY)
    asking.refused(open { query = "SELECT no FROM d WHERE key = {key}",
      many = "SELECT no FROM d WHERE key IN ({keys})" }, KEY)
  end)
end

return people
