-- People in a real slapd.

local asking = require "spec.host.directory.asking"
local cqueues = require "cqueues"
local directory = require "postoffice.directory"
local helper = require "spec.helper"
local outages = require "spec.host.directory.outages"
local people = require "spec.host.directory.people"
local servers = require "spec.host.directory.servers"

local BASE, KEY = "dc=example,dc=com", "SMTP:kim@here.example"

-- What a part of its own names as elsewhere.
local PARTS = [[

dn: ou=parts,dc=example,dc=com
objectClass: organizationalUnit
ou: parts

dn: ou=away,ou=parts,dc=example,dc=com
objectClass: referral
objectClass: extensibleObject
ou: away
ref: ldap://127.0.0.1:1/ou=away,dc=example,dc=com
]]

local KIM = {
  mailLocalAddress = { "kim@here.example", "klee@here.example" },
  mailRoutingAddress = "kim@there.example", mailHost = "mx.there.example",
}

local PATIENCE = 60 -- seconds for an answer where many ask at once, on whatever machine

teardown(servers.end_all)

describe("LDAP", function()
  local server

  local function ldap(more)
    local options = { uri = server.uri, base = BASE, schema = "inetLocalMailRecipient" }
    for name, value in pairs(more or {}) do options[name] = value end
    if options.filter then options.schema = nil end
    return directory.ldap(options)
  end

  setup(function() server = servers.ldap(people.LDIF) end)
  teardown(function() server:stop() end)

  it("finds recipients of inetLocalMailRecipient, alone and many", function()
    local staff = ldap()
    assert.same({ KIM }, { staff.ask(KEY) })
    assert.same(KIM, staff.ask "klee@here.example")
    assert.same({}, { staff.ask "SMTP:no@here.example" })
    assert.same({ { [KEY] = KIM }, {} }, { staff.many { KEY, "SMTP:no@here.example" } })
    assert.same({ "kim@there.example", "5.1.1" },
      asking.routed(staff, "KLEE@Here.example", "no@here.example"))
    assert.same({ "kim@there.example" }, asking.routed(ldap { attribute = "mailRoutingAddress" },
      "kim@here.example"))
    assert.is_true(ldap { attribute = "telephoneNumber" }.ask(KEY))
  end)

  it("finds people by Exchange's attributes, by whatever proxy", function()
    local staff = ldap { schema = "ad" }
    local pat = staff.ask "SMTP:pat@here.example"
    assert.equal("SMTP:pat@there.example", pat.targetAddress)
    assert.equal(3, #pat.proxyAddresses)
    for _, key in ipairs { "SMTP:P.Jones@here.example", "pat@here.example",
      "EX:/o=old/ou=first/cn=recipients/cn=pjones" } do
      assert.same(pat, staff.ask(key), key)
    end
    assert.is_nil((staff.ask "SMTP:pjones@here.example"))
  end)

  it("speaks by a Unix socket, as who binds, and by cqueues", function()
    assert.same(KIM, ldap { uri = server.ldapi }.ask(KEY))
    assert.same(KIM, ldap { dn = "cn=admin," .. BASE, password = "sesame" }.ask(KEY))
    local controller, found = cqueues.new(), 0
    local staff = ldap { timeout = PATIENCE }
    for _ = 1, 200 do
      controller:wrap(function()
        for _ = 1, 5 do
          local kim, why = staff.ask(KEY)
          assert(kim, why)
          local nobody
          nobody, why = staff.ask "no@here.example"
          assert(nobody == nil and why == nil, why)
          found = found + (kim.mailHost == "mx.there.example" and 1 or 0)
        end
      end)
    end
    assert(controller:loop())
    assert.equal(1000, found)
  end)

  it("speaks TLS, to who proves that he is the server", function()
    local uri, ca = "ldaps://127.0.0.1:" .. server.tls_port, server.folder .. "/ca.pem"
    local staff = ldap { uri = uri, tls = { ca = ca }, dn = "cn=admin," .. BASE,
      password = "sesame" }
    assert.same(KIM, staff.ask(KEY))
    assert.same({}, { staff.ask "no@here.example" })
    local controller, found = cqueues.new(), 0
    for _ = 1, 20 do
      controller:wrap(function()
        local kim = staff.ask(KEY)
        found = found + (kim and 1 or 0)
      end)
    end
    assert(controller:loop())
    assert.equal(20, found)
    assert.same(KIM, ldap({ uri = uri, tls = { ca = ca, name = "localhost" } }).ask(KEY))
    for _, tls in ipairs { { ca = ca, name = "ldap.example" }, {}, { ca = "/nowhere" } } do
      asking.refused(ldap { uri = uri, tls = tls }, KEY)
    end
    asking.refused(ldap { uri = "ldaps://127.0.0.1:" .. server.port, timeout = 0.5 }, KEY)
    asking.refused(ldap { uri = "ldap://127.0.0.1:" .. server.tls_port, timeout = 0.5 }, KEY)
  end)

  it("takes a key for nothing but a text", function()
    local staff = ldap()
    for _, key in ipairs {
      "*", "kim*", "*)(cn=*", "kim@here.example)(cn=*", "\\2a", "a\0b", "(", "",
    } do
      assert.same({}, { staff.ask(key) }, key)
    end
    assert.truthy(staff.ask "o*d(d)\\d@here.example")
    assert.equal("Odd", ldap { filter = "(mailLocalAddress=o\\2Ad\\28d\\29\\5cd@{domain})",
      attribute = "cn" }.ask "x@here.example")
  end)

  it("takes every filter of RFC 4515", function()
    local function found(filter)
      local names, why = ldap { filter = filter, attribute = "cn", limit = 9 }.ask "Lee@x.example"
      assert.is_nil(why)
      return names
    end
    for _, filter in ipairs {
      "(&(objectClass=inetOrgPerson)(|(cn=Kim Lee)(cn=nobody))(!(sn=Jones)))",
      "(&(sn=*)(cn=K*m*e))", "(cn=*{localpart})", "(cn=kim*)", "(&(sn~=Lee)(mailHost=*))",
      "(&(createTimestamp>=20000101000000Z)(mailHost=*))", "(cn:caseExactMatch:=Kim Lee)",
      "(&(cn=Kim Lee)(dc:dn:=example))",
    } do
      assert.same({ "Kim Lee" }, found(filter), filter)
    end
    for _, filter in ipairs {
      "(&(createTimestamp<=20000101000000Z)(mailHost=*))", "(cn:caseExactMatch:=kim lee)", "(|)",
    } do
      assert.is_nil(found(filter), filter)
    end
    assert.equal(6, #found "(&)")
  end)

  it("fails where more people have a key than may", function()
    local both = { filter = "(mail={address})", attribute = "cn" }
    assert.matches("the limit", asking.refused(ldap(both), "both@here.example"))
    both.limit = 2
    local found = ldap(both).ask "both@here.example"
    table.sort(found)
    assert.same({ "One", "Two" }, found)
  end)

  it("fails where there is no such base, no such person binds, or the password is wrong", function()
    assert.matches("noSuchObject", asking.refused(ldap { base = "dc=nowhere" }, KEY))
    local why = asking.refused(ldap { dn = "cn=admin," .. BASE, password = "wrong" }, KEY)
    assert.matches("invalidCredentials", why)
    assert.is_nil(why:find "wrong")
    assert.matches("invalidCredentials", asking.refused(ldap { dn = "cn=x", password = "y" }, KEY))
  end)

  it("answers for hundreds of keys", function()
    local list = { KEY }
    for i = 1, 400 do list[#list + 1] = ("user%d@here.example"):format(i) end
    assert.same({ { [KEY] = KIM }, {} }, { ldap().many(list) })
  end)

  it("fails where a result comes byte by byte, without end", function()
    local slow = servers.trickle "0\131\1\1\1"
    local staff = ldap { uri = "ldap://127.0.0.1:" .. slow.port, timeout = 2 }
    assert.matches("did not answer in time", asking.refused(staff, KEY))
    slow:kill()
  end)

  outages.hold {
    it = it,
    server = function() return server end, open = ldap, key = KEY, value = KIM,
  }
end)

describe("LDAP with limits of its own", function()
  it("fails where it returned some of those who match", function()
    local server = servers.ldap(people.LDIF, "", "limits * size=1")
    local staff = directory.ldap { uri = server.uri, base = BASE, filter = "(mail={address})",
      attribute = "cn", limit = 2 }
    assert.matches("sizeLimitExceeded", asking.refused(staff, "both@here.example"))
    assert.same({ "Pat Jones" }, staff.ask "pat@here.example")
    server:stop()
  end)

  it("fails where it wants to know who asks", function()
    local server = servers.ldap(people.LDIF, "require bind")
    local staff = directory.ldap { uri = server.uri, base = BASE,
      schema = "inetLocalMailRecipient" }
    assert.matches("result %d+", asking.refused(staff, KEY))
    server:stop()
  end)
end)

describe("LDAP with a part of its tree elsewhere", function()
  it("says of nobody that he is missing, unless he is to be looked for here alone", function()
    local server = servers.ldap(people.LDIF .. PARTS)
    local function ldap(more)
      local options = { uri = server.uri, base = BASE, schema = "inetLocalMailRecipient" }
      for name, value in pairs(more or {}) do options[name] = value end
      return directory.ldap(options)
    end
    assert.same({ "kim@there.example", "4.4.3" },
      asking.routed(ldap(), "kim@here.example", "no@here.example"))
    assert.matches("reference", asking.refused(ldap(), "no@here.example"))
    assert.same({ "5.1.1" }, asking.routed(ldap { ignore_references = true }, "no@here.example"))
    assert.matches("referral",
      asking.refused(ldap { base = "ou=x,ou=away,ou=parts," .. BASE }, KEY))
    server:stop()
  end)
end)

describe("LuaLDAP", function()
  -- If this fails one day, LuaLDAP tells the results of searches, and could be taken.
  it("tells no result of a search, which is why we do not use it", function()
    local server = servers.ldap(people.LDIF)
    local script = ([[
      local connection = assert(require "lualdap".open_simple(%q))
      print(connection:search { base = "dc=nowhere", scope = "subtree" }())]]):format(server.uri)
    assert.equal("", helper.output("lua5.4 -e " .. helper.quote(script)))
    server:stop()
  end)
end)
