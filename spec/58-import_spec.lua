--- Policies made of what mail servers have.
local addresses = require "postoffice.import.addresses"
local drawn = require "spec.drawn_tables"
local exchange = require "postoffice.exchange"
local generate = require "spec.generate"
local helper = require "spec.helper"
local import = require "postoffice.import"
local policy = require "postoffice.policy"
local postfix = require "postoffice.import.postfix"
local source = require "postoffice.text.lua_source"
local support = require "spec.60-cli_support"

-- What reads files that are a table of texts by their names.
local function reader(texts)
  return function(path)
    if texts[path] then return texts[path] end
    return nil, path .. ": No such file or directory"
  end
end

-- What is made of texts by their names; those of main.cf's tables are read when it names them.
local function made_of(format, texts, options)
  options = options or {}
  local files = {}
  for _, name in ipairs(options.files or { "main.cf" }) do
    local path = name:match "[^=]*$"
    files[#files + 1] = { path = path, name = name:match "^(.*)=", text = texts[path] }
  end
  return assert(import.policy(format, files, {
    read = reader(texts), directory = "people.csv", notes = "notes.txt", origin = options.origin,
    addresses = true,
  }))
end

-- The policy of it, which loads.
local function loaded(made)
  return assert(policy.load(made.text, { read = function() return made.people end }))
end

-- What an address becomes: addresses, codes or next hops.
local function routed(p, address)
  local list = {}
  for i, delivery in ipairs(p:route(address)) do
    local to = delivery.wire or tostring(delivery.address)
    list[i] = delivery.code or delivery.nexthop and to .. " " .. delivery.nexthop or to
  end
  return table.concat(list, ", ")
end

-- Holds a policy to addresses and what becomes of them.
local function routes(p, expected)
  for address, becomes in pairs(expected) do
    assert.equal(becomes, routed(p, address), address)
  end
end

-- Without findings that are more than notes.
local function is_clean(p)
  for _, finding in ipairs(p:check()) do
    assert.equal("note", finding.severity, tostring(finding))
  end
end

describe("import", function()
  for _, case in ipairs {
    { "postfix", "spec/fixtures/postfix/main.cf" }, { "sendmail", "spec/fixtures/sendmail/*" },
  } do
    it(("of %s writes what a reader likes to find"):format(case[1]), function()
      support.with_file("", function(path)
        local arguments = { "import", case[1] }
        for file in helper.output("ls " .. case[2]):gmatch "[^\n]+" do
          arguments[#arguments + 1] = file
        end
        arguments[#arguments + 1] = "-o"
        arguments[#arguments + 1] = path
        local status, output, errors = support.run(arguments)
        assert.same({ 0, "" }, { status, output }, errors)
        assert.truthy(errors:find("could not be carried over; its comments name them", 1, true))
        local expected = helper.read(("spec/fixtures/%s.policy.lua"):format(case[1]))
        assert.equal(expected, helper.read(path))
      end)
    end)
  end

  it("of Postfix routes as Postfix does", function()
    local p = assert(policy.loadfile "spec/fixtures/postfix.policy.lua")
    is_clean(p)
    local kim = "kim@example.com, kim@elsewhere.example smtp:[smtp.isp.example]:587"
    routes(p, {
      ["kim@localhost"] = kim, ["postmaster@mail.example.com"] = kim,
      ["kim@virtual.example"] = kim .. ", ann@far.example smtp:[smtp.isp.example]:587",
      ["anybody@virtual.example"] = "info@far.example smtp:[smtp.isp.example]:587",
      ["dead@virtual.example"] = "recipient-gone", ["dead@moved.example"] = "recipient-unknown",
      ["kim@moved.example"] = kim, ["backup@example.com"] = "backup@example.com",
      ["old+tag@example.com"] = "new.name@example.com", ["ann@localhost"] = "Ann.Fox@example.com",
      ["ann@legacy.example"] = "Ann.Fox@example.com", ["bye@example.com"] = "recipient-gone",
      ["x@inside.example"] = "x@inside.example smtp:[10.0.0.5]",
      ["x@a.b.inside.example"] = "x@a.b.inside.example smtp:[10.0.0.6]:26",
      ["user@special.example"] = "user@special.example lmtp:unix:/run/special",
      ["x@gone.example"] = "recipient-unknown", ["x@direct.example"] = "x@direct.example smtp:",
      ["x@null.example"] = "x@null.example smtp:[smtp.isp.example]:587",
      ["pat@box.example"] = "pat@box.example", ["pet@box.example"] = "recipient-unknown",
      ["loop-a@example.com"] = "bob@example.com",
    })
    local delivery = p:route("x@far.example", { sender = "kim@example.com" })[1]
    assert.equal("SMTP:kim@isp.example", tostring(delivery.sender))
  end)

  it("of sendmail routes as sendmail does", function()
    local p = assert(policy.loadfile "spec/fixtures/sendmail.policy.lua")
    is_clean(p)
    routes(p, {
      ["info@virtual.example"] = "joe@example.com",
      ["postmaster@mail.example.com"] = "joe@example.com",
      ["joe@virtual.example"] = "joe@example.com", ["bad@virtual.example"] = "recipient-gone",
      ["nobody@virtual.example"] = "recipient-unknown",
      ["x@other.example"] = "ann@far.example smtp:",
      ["old@example.com"] = "recipient-gone", ["x@closed.example"] = "recipient-unknown",
      ["x@inside.example"] = "x@inside.example smtp:[10.0.0.1]",
      ["x@a.inside.example"] = "x@a.inside.example smtp:hub.inside.example",
      ["x@customer.example"] = "x@customer.example smtp:",
      ["prog@example.com"] = "prog@example.com",
    })
    assert.equal("old has gone", p:route("old@example.com")[1].message)
  end)

  it("of tables alone takes their domains for ours, and a domain for names without one", function()
    local made = made_of("postfix", {
      virtual = "kim@a.example kim\n@b.example @a.example\n", aliases = "kim: kim@far.example\n",
    }, { files = { "virtual", "aliases" }, origin = "host.example" })
    local p = loaded(made)
    is_clean(p)
    routes(p, {
      ["kim@b.example"] = "kim@far.example smtp:", ["x@a.example"] = "recipient-unknown",
    })
  end)

  it("names a file that it cannot read", function()
    support.with_file("", function(path)
      for _, given in ipairs { "/nowhere/main.cf", "/dev" } do
        local status, _, errors = support.run { "import", "postfix", given, "-o", path }
        assert.equal(74, status)
        assert.truthy(errors:find(given .. ": ", 1, true), errors)
      end
    end)
  end)

  it("reads what PowerShell exports in UTF-16", function()
    local csv = "DisplayName,EmailAddresses\r\nKim L\195\169e,SMTP:kim@a.example\r\n"
    local wide = "\255\254" .. csv:gsub("\195\169", "\233"):gsub(".", "%0\0")
    support.with_file(wide, function(input)
      support.with_file("", function(path)
        local status = support.run { "import", "csv", input, "-o", path }
        assert.equal(0, status)
        local expected = 'recipient "Kim L\195\169e" { proxies = { "SMTP:kim@a.example" } }'
        assert.truthy(helper.read(path):find(expected, 1, true))
      end)
    end)
  end)

  -- What senders become on their way out.
  local function senders_become(p, expected)
    for sender, becomes in pairs(expected) do
      local delivery = p:route("a@far.example", { sender = sender, may_relay = true })[1]
      assert.equal("SMTP:" .. becomes, tostring(delivery.sender), sender)
    end
  end

  it("keeps the domains of senders, which are seen outside, as they are written", function()
    local made = made_of("postfix", { ["main.cf"] = [[
myhostname = mx.a.example
mydestination = $myhostname, $mydomain, localhost
smtp_generic_maps = hash:g
]], g = "ann@mx.a.example ann@a.example\nroot ops@a.example\nroot@a.example boss@a.example\n" })
    local p = loaded(made)
    senders_become(p, {
      ["ann@mx.a.example"] = "ann@a.example", ["root@mx.a.example"] = "ops@a.example",
      ["root@a.example"] = "boss@a.example", ["root@localhost"] = "ops@a.example",
    })
    is_clean(p)
  end)

  it("looks senders up in the order of Postfix's tables", function()
    local p = loaded(made_of("postfix", { ["main.cf"] = [[
mydestination = a.example
sender_canonical_maps = hash:s
smtp_generic_maps = hash:g
]], s = "ann first@a.example\nann@a.example exact@a.example\nkim first@a.example\n",
      g = "kim@a.example last@a.example\n" }))
    senders_become(p, {
      ["ann@a.example"] = "exact@a.example", ["kim@a.example"] = "first@a.example",
    })
  end)

  -- As a real Postfix does: spec/host/postfix.lua sends these through one.
  it("makes of senders what all of Postfix's tables make, one after the other", function()
    local p = loaded(made_of("postfix", { ["main.cf"] = [[
mydestination = a.example, mx.a.example
recipient_delimiter = +
sender_canonical_maps = hash:s
canonical_maps = hash:c
smtp_generic_maps = hash:g
]], s = "kim@a.example kim@b.example\n@mx.a.example @a.example\nann ann@c.example\n",
      c = "kim@b.example kl@c.example\n@d.example @b.example\nann@a.example second@a.example\n"
        .. "ring@e.example ring@f.example\nring@f.example ring@e.example\n",
      g = "kl@c.example kl@isp.example\nkl@isp.example never@isp.example\n"
        .. "@c.example me@isp.example\n",
    }))
    senders_become(p, {
      ["kim@a.example"] = "kl@isp.example", ["kim+x@a.example"] = "kl@isp.example",
      ["kim@mx.a.example"] = "kl@isp.example", ["joe@mx.a.example"] = "joe@a.example",
      ["kim@d.example"] = "kl@isp.example", ["joe@d.example"] = "joe@b.example",
      ["ann@a.example"] = "me@isp.example", ["ann@mx.a.example"] = "me@isp.example",
      ["ring@e.example"] = "ring@e.example", -- Postfix gives up
    })
  end)

  it("says where a rule for a domain leads to too many others #long", function()
    local rows = {}
    for i = 1, 10001 do rows[i] = ("u%d@a.example v%d@a.example\n"):format(i, i) end
    local made = made_of("postfix", { ["main.cf"] = "mydestination = a.example\n"
      .. "sender_canonical_maps = inline:{ @b.example=@a.example }\ncanonical_maps = hash:c\n",
      c = table.concat(rows) })
    local flat = made.text:gsub("\n%-%-   ", " ")
    assert.matches("@b.example @a.example: it leads to rules for single people, too many", flat, 1,
      true)
  end)

  it("keeps those of sendmail, too", function()
    local p = loaded(made_of("sendmail", {
      ["local-host-names"] = "a.example\nmx.a.example\n",
      genericstable = "ann@mx.a.example\tAnn.Fox@mx.a.example\nkim\tkim@a.example\n",
    }, { files = { "local-host-names", "genericstable" } }))
    senders_become(p, {
      ["ann@mx.a.example"] = "Ann.Fox@mx.a.example", ["kim@mx.a.example"] = "kim@a.example",
    })
  end)

  it("keeps people of one name apart who are in several local domains", function()
    local p = loaded(made_of("postfix", { ["main.cf"] = [[
mydestination = mx.a.example, a.example, b.example
virtual_alias_maps = hash:v
canonical_maps = hash:c
alias_maps = hash:a
recipient_delimiter = +
]], v = "info kim\ninfo@a.example ann\ninfo@b.example bob@far.example\nall info@a.example, info\n"
      .. "one@b.example kim\n", c = "pat joe\npat@b.example kim\n",
      a = "x: kim@b.example, joe\n" }))
    routes(p, {
      ["info@mx.a.example"] = "kim@mx.a.example", ["info@a.example"] = "ann@mx.a.example",
      ["info@b.example"] = "bob@far.example smtp:", ["one@b.example"] = "kim@mx.a.example",
      ["info+x@b.example"] = "bob+x@far.example smtp:",
      ["all@b.example"] = "ann@mx.a.example, kim@mx.a.example",
      ["x@a.example"] = "kim@mx.a.example, joe@mx.a.example",
      ["pat@a.example"] = "joe@mx.a.example", ["pat@b.example"] = "kim@mx.a.example",
      ["pat+x@b.example"] = "kim@mx.a.example",
    })
  end)

  it("leaves no note out, however many there are", function()
    local rows = {}
    for i = 1, 200 do rows[i] = ("u%d: |a\27b%d\n"):format(i, i) end
    local made = made_of("sendmail", { aliases = table.concat(rows) },
      { files = { "aliases" }, origin = "a.example" })
    assert.truthy(made.notes >= 200)
    local told = ("and %d more like these, in notes.txt"):format(made.notes - 60)
    assert.truthy(made.text:find(told, 1, true))
    for i = 1, 200 do
      local note = ("aliases:%d:%d: |a\\x1bb%d: runs a command"):format(i, #("u: " .. i) + 1, i)
      assert.truthy(made.text:find(note, 1, true) or made.more_notes:find(note, 1, true), note)
    end
    assert.is_nil(made_of("sendmail", { aliases = rows[1] }, { files = { "aliases" },
      origin = "a.example" }).more_notes)
  end)

  -- proto.m4's order: user++, user+*, user, ++, +*, the domain.
  it("makes rules of sendmail's wildcards and parameters", function()
    local made = made_of("sendmail", { ["local-host-names"] = "h.example\n", virtusertable = [[
old+*@a.example	new+%2@c.example
gen++@a.example	gen-%2@c.example
full+x@a.example	full@c.example
kim@a.example	joe@c.example
kim+*@a.example	never@c.example
up@a.example	%1%3@c.example
one@a.example	%1@c.example
++@a.example	some-%1-%2@d.example
+*@a.example	%1%3@d.example
@a.example	all-%1@d.example
@e.example	%1@f.example
@g.example	%1%3@f.example
later@a.example	error:tempfail 450 come again
gone@a.example	error:nouser 550 5.1.1 has left
+*@e.example	error:nouser no
two+*@e.example	x@c.example, y@c.example
bad+*@e.example	%2@@c.example
]], aliases = "list+*: pat@far.example\n" },
      { files = { "local-host-names", "virtusertable", "aliases" } })
    local p = loaded(made)
    is_clean(p)
    local OUT = " smtp:"
    routes(p, {
      ["old+x@a.example"] = "new+x@c.example" .. OUT, ["old+@a.example"] = "new+@c.example" .. OUT,
      ["old@a.example"] = "all-old@d.example" .. OUT,
      ["gen+y@a.example"] = "gen-y@c.example" .. OUT,
      ["gen+@a.example"] = "gen+@d.example" .. OUT, ["full+x@a.example"] = "full@c.example" .. OUT,
      ["kim@a.example"] = "joe@c.example" .. OUT, ["kim+x@a.example"] = "joe@c.example" .. OUT,
      ["up@a.example"] = "up@c.example" .. OUT, ["up+x@a.example"] = "up+x@c.example" .. OUT,
      ["one@a.example"] = "one@c.example" .. OUT, ["one+x@a.example"] = "one@c.example" .. OUT,
      ["u+v+w@a.example"] = "some-u-v+w@d.example" .. OUT,
      ["u@a.example"] = "all-u@d.example" .. OUT,
      ["u@e.example"] = "u@f.example" .. OUT, ["u+v@e.example"] = "u@f.example" .. OUT,
      ["u+v@g.example"] = "u+v@f.example" .. OUT, ["gone@a.example"] = "recipient-gone",
      ["list+x@h.example"] = "pat@far.example" .. OUT,
    })
    assert.equal("has left", p:route("gone@a.example")[1].message)
    local flat = made.text:gsub("\n%-%-   ", " ")
    for place, why in pairs {
      ["5:1"] = '"kim@a.example" gets its extensions', ["13:17"] = "it asks to come again later",
      ["15:14"] = "it refuses whom no other row has",
      ["16:17"] = "its value is more than an address", ["17:17"] = "it makes no address",
    } do
      assert.matches(("virtusertable:%s: [^*]*.-%s"):format(place, why:gsub("%p", "%%%0")), flat)
    end
    assert.equal(5, made.notes)
  end)

  -- As sendmail 8.17.1 does in `sendmail -bt` (3,0).
  it("takes %1 alone for a user here, and localhost for one of our names", function()
    local made = made_of("sendmail", { ["local-host-names"] = "h.example\n", virtusertable = [[
info@h.example	kim
@h.example	%1
ann@v.example	%1
@v.example	%1
desk@v.example	kim@LocalHost
joe@localhost	ann
]], aliases = "kim: kim@far.example\nstaff: bob, ann\n" },
      { files = { "local-host-names", "virtusertable", "aliases" } })
    local p = loaded(made)
    is_clean(p)
    local KIM = "kim@far.example smtp:"
    routes(p, {
      ["info@h.example"] = KIM, ["kim@h.example"] = KIM, ["kim@v.example"] = KIM,
      ["kim+x@v.example"] = KIM, ["kim@localhost"] = KIM, ["desk@v.example"] = KIM,
      ["bob@h.example"] = "bob@h.example", ["bob@v.example"] = "bob@h.example",
      ["bob@localhost"] = "bob@h.example", ["bob+x@h.example"] = "bob@h.example",
      ["ann@v.example"] = "ann@h.example", ["ann+x@v.example"] = "ann@h.example",
      ["info@localhost"] = KIM,
      ["joe@localhost"] = "recipient-unknown", ["joe@h.example"] = "recipient-unknown",
      ["joe@v.example"] = "recipient-unknown",
    })
    assert.equal(1, made.notes)
    assert.truthy(made.text:find("takes localhost for its own name", 1, true))
    local without = made_of("sendmail", { ["local-host-names"] = "h.example\n",
      aliases = "kim: kim@far.example\n" }, { files = { "local-host-names", "aliases" } })
    assert.is_nil(without.text:find("localhost", 1, true))
  end)

  it("says what mailertable has for one person, or for later", function()
    local made = made_of("sendmail", { mailertable = "a.example\tsmtp:kim@hub.example\n"
      .. "b.example\terror:tempfail 450 later\n.c.example\tsmtp:%1.gw.example\n" },
      { files = { "mailertable" } })
    for place, why in pairs {
      ["1:11"] = "one person gets all of the domain", ["2:11"] = "it asks to come again later",
      ["3:12"] = "the host is made of",
    } do
      assert.matches(("mailertable:%s: .-%s"):format(place, why), made.text)
    end
    assert.equal(3, made.notes)
    routes(loaded(made), { ["x@a.example"] = "x@a.example smtp:" })
  end)

  it("says that transport's * is for local domains without a row, too", function()
    local MAIN = "mydestination = a.example\ntransport_maps = inline:{ *=smtp:[hub]%s }\n"
    for more, is_noted in pairs { [""] = true, [", a.example=:"] = false } do
      local made = made_of("postfix", { ["main.cf"] = MAIN:format(more) })
      local flat = made.text:gsub("\n%-%-   ", " ")
      assert.equal(is_noted, flat:find("mail of a.example goes this way, too", 1, true) ~= nil)
    end
  end)

  it("says that networks of relay-domains are no domains", function()
    local made = made_of("sendmail", { ["relay-domains"] = "r.example\n10.0\nIPv6:2001:db8\n" },
      { files = { "relay-domains" } })
    assert.equal(2, made.notes)
    assert.is_nil(made.text:find('domain "10', 1, true))
    assert.truthy(made.text:find("relay-domains:2:1: 10.0: a network", 1, true))
  end)

  describe("names at the origin", function()
    local MAPS = "alias_maps = hash:a\nvirtual_alias_maps = hash:v\n"
    local TEXTS = {
      a = "root: kim\nown: \\own\n", v = "ops@mx.a.example kim, pat@mx.a.example\n",
      mailname = "a.example\n",
    }

    -- Holds a main.cf to its names without a domain, which go to the host that has them.
    local function leaves(main)
      TEXTS["main.cf"] = main .. MAPS
      local p = loaded(made_of("postfix", TEXTS))
      routes(p, {
        ["root@mx.a.example"] = "kim@a.example smtp:a.example",
        ["ops@mx.a.example"] = "kim@a.example smtp:a.example, pat@mx.a.example",
        ["own@mx.a.example"] = "own@mx.a.example",
      })
    end

    it("leave a host whose origin is elsewhere, and mydomain is the host's", function()
      leaves("myhostname = mx.a.example\nmyorigin = $mydomain\nmydestination = $myhostname\n"
        .. "relayhost = $mydomain\n")
    end)

    it("are where Debian's file says", function()
      leaves("myhostname = mx.a.example\nmyorigin = /etc/mailname\nmydestination = $myhostname\n"
        .. "relayhost = $mydomain\n")
    end)

    it("are told where nobody can read it, or who the host is", function()
      local made = made_of("postfix", {
        ["main.cf"] = "myhostname = mx.a.example\nmyorigin = /no/file\n",
      })
      assert.truthy(made.text:find("myorigin = /no/file: cannot be read", 1, true))
      made = made_of("postfix", { ["main.cf"] = "mydestination = $myhostname\n" })
      assert.truthy(made.text:find("the host's own name, which main.cf does", 1, true))
    end)
  end)

  it("takes files by the parameters that they are for", function()
    local made = made_of("postfix", { ["main.cf"] = "mydestination = a.example\n"
      .. "local_recipient_maps =\nalias_maps =\n", users = "kim x\njoe x\n", v = "ann kim, joe" },
      { files = { "main.cf", "local_recipient_maps=users", "virtual_alias_maps=v" } })
    routes(loaded(made), { ["kim@a.example"] = "kim@a.example",
      ["ann@a.example"] = "kim@a.example, joe@a.example", ["x@a.example"] = "recipient-unknown" })
    assert.equal(0, made.notes)
  end)

  it("takes a file by its name for main.cf's table of that name, beside its others, in their order",
    function()
      local made = made_of("postfix", { ["main.cf"] = "mydestination = a.example\n"
        .. "local_recipient_maps = inline:{ { kim = x } { joe = x } }\nalias_maps =\n"
        .. "virtual_alias_maps = inline:{ { ann = kim } } hash:/x/virtual regexp:/x/virtual.re\n",
        ["copy/virtual.txt"] = "ann joe\npat joe\n" },
        { files = { "main.cf", "copy/virtual.txt" } })
      routes(loaded(made), {
        ["ann@a.example"] = "kim@a.example", ["pat@a.example"] = "joe@a.example",
      })
      assert.truthy(made.text:find("regexp:/x/virtual.re: patterns", 1, true), made.text)
      assert.is_nil(made.text:find("cannot be read", 1, true), made.text)
    end)

  it("takes a file by its name alone where main.cf has no such table", function()
    local made = made_of("postfix", { ["main.cf"] = "mydestination = a.example\n"
      .. "local_recipient_maps = inline:{ { kim = x } }\nalias_maps =\n", virtual = "ann kim\n" },
      { files = { "main.cf", "virtual" } })
    routes(loaded(made), { ["ann@a.example"] = "kim@a.example" })
    assert.equal(0, made.notes)
  end)

  it("lets addresses that are not ours go on by their own targets", function()
    local p = loaded(made_of("postfix", { ["main.cf"] = [[
mydestination = a.example
relay_domains = r.example
virtual_alias_maps = inline:{ { kim@r.example = kim@r.example, kim }, ann@r.example=ann@r.example }
local_recipient_maps =
]] }))
    is_clean(p)
    routes(p, {
      ["ann@r.example"] = "ann@r.example smtp:",
      ["kim@r.example"] = "kim@r.example smtp:, kim@a.example",
    })
  end)

  it("says what it cannot carry over, and where that stands", function()
    for line, note in pairs {
      ["transport_maps = pcre:/etc/postfix/t"] = "pcre:/etc/postfix/t: patterns",
      ["transport_maps = proxy:mysql:/etc/postfix/t"] = "proxy:mysql:/etc/postfix/t: a table",
      ["virtual_alias_maps = ldap:ad, hash:/gone"] = "ldap:ad: a table that is asked",
      ["virtual_alias_maps = hash:/gone"] = "hash:/gone: cannot be read: /gone: No such file",
      ["mydestination = a.example, !b.example"] = "!b.example: declare the domain as what it is",
      ["mydestination = a.example, pcre:/x"] = "pcre:/x: patterns",
      ["luser_relay = kim"] = "luser_relay = kim: the catchall",
      ["masquerade_domains = a.example"] = "masquerade_domains = a.example: write rewrite_sender",
      ["header_checks = regexp:/x"] = "header_checks = regexp:/x: what messages hold",
      ["virtual_mailbox_domains = b.example\nvirtual_mailbox_maps = inline:{ @b.example=x }"] =
        "@b.example x: everybody has this mailbox",
      ["virtual_alias_maps = inline:{ @b.example=x@a.example, { @c.example = x@d, y@d } }"] =
        "@c.example x@d, y@d: several get all of a domain",
    } do
      local made = made_of("postfix", { ["main.cf"] = line })
      local flat = made.text:gsub("\n%-%-   ", " ")
      local _, before = line:gsub("\n", "")
      note = ("\n-- * main.cf:%d:1: %s"):format(before + 1, note)
      assert.truthy(flat:find(note, 1, true), line .. "\n" .. made.text)
      loaded(made)
    end
  end)

  it("sends to where Postfix says what it throws away, and what waits", function()
    local made = made_of("postfix", { ["main.cf"] = [[
mydestination =
relay_domains = r.example
transport_maps = inline:{ { w.example = retry:4.4.1 later }, { .w.example = retry:4.4.1 later },
  trap.example=discard:, { joe@r.example = discard:quietly } }
]] })
    local p = loaded(made)
    is_clean(p)
    routes(p, {
      ["x@w.example"] = "x@w.example retry:4.4.1 later",
      ["x@a.w.example"] = "x@a.w.example retry:4.4.1 later",
      ["x@trap.example"] = "x@trap.example discard:",
      ["joe@r.example"] = "joe@r.example discard:quietly",
      ["kim@r.example"] = "kim@r.example smtp:", ["x@far.example"] = "x@far.example smtp:",
    })
    assert.matches('connector "discard" +{[^\n]*}  %-%- Postfix throws it away\n', made.text)
    assert.matches('connector "retry" {  %-%- Postfix lets it wait, and bounces it', made.text)
  end)

  it("has no way for all others where Postfix refuses them", function()
    local MAIN = "mydestination =\ntransport_maps = inline:{ a.example=smtp, { * = %s } }"
    for answer, expected in pairs {
      ["error:only friends"] = { 1, "route-missing" }, ["error:"] = { 1, "route-missing" },
      ["discard:"] = { 0, "x@far.example discard:" }, ["retry:"] = { 0, "x@far.example retry:" },
      [":"] = { 0, "x@far.example smtp:" },
    } do
      local made = made_of("postfix", { ["main.cf"] = MAIN:format(answer) })
      local p = loaded(made)
      is_clean(p)
      assert.same(expected, { made.notes, routed(p, "x@far.example") }, answer)
      routes(p, { ["x@a.example"] = "x@a.example smtp:" })
    end
  end)

  -- Of a main.cf about users and aliases: how much could not be carried over, what becomes of root,
  -- and the text without the breaks of its comments.
  local function of_users(main, aliases)
    local made = made_of("postfix",
      { ["main.cf"] = main .. "\nlocal_recipient_maps = inline:{}\n", aliases = aliases })
    local flat = made.text:gsub("\n%-%-   ", " ")
    return { made.notes, routed(loaded(made), "root@a.example") }, flat
  end

  it("reads the aliases that Postfix reads unless main.cf says otherwise", function()
    local LOCAL, ALIASES = "mydestination = a.example\n", "root: joe@far.example\n"
    local GOES_ON, UNKNOWN = { 0, "joe@far.example smtp:" }, { 0, "recipient-unknown" }
    for main, expected in pairs {
      [LOCAL] = GOES_ON, [LOCAL .. "alias_maps = hash:/etc/aliases"] = GOES_ON,
      [LOCAL .. "alias_maps = $alias_database"] = GOES_ON, [LOCAL .. "alias_maps ="] = UNKNOWN,
      ["mydestination =\nvirtual_alias_domains = a.example"] = UNKNOWN,
    } do
      assert.same(expected, (of_users(main, ALIASES)), main)
    end
    local without, text = of_users(LOCAL)
    assert.same({ 1, "recipient-unknown" }, without)
    assert.truthy(text:find("\n-- * alias_maps: hash:/etc/aliases: cannot be read: /etc/aliases,"
      .. " Postfix's default, is not beside main.cf: copy it there", 1, true), text)
    assert.same(UNKNOWN, (of_users(LOCAL .. "alias_maps =")))
  end)

  it("takes a file beside main.cf for one table alone, and says so of another", function()
    local MAIN = "mydestination = a.example\nalias_maps = hash:/etc/aliases"
    local carried, text = of_users(MAIN .. ", hash:/var/lists/aliases", "root: ann@far.example\n")
    assert.same({ 1, "ann@far.example smtp:" }, carried)
    assert.truthy(text:find("\n-- * main.cf:2:1: hash:/var/lists/aliases: cannot be read: the"
      .. " aliases beside main.cf is taken for /etc/aliases; give both as PARAMETER=FILE", 1, true),
      text)
  end)

  it("says once of a table what keeps it from being carried over", function()
    local made = made_of("postfix", { ["main.cf"] = [[
mydestination = a.example
virtual_maps = mysql:/etc/v
alias_maps = mysql:/etc/a
]] })
    local places = {}
    for place in made.text:gmatch "\n%-%- %* ([%w._:]+): mysql:" do places[#places + 1] = place end
    assert.same({ "main.cf:2:1", "main.cf:3:1" }, places)
    assert.equal(3, made.notes) -- and the accounts of the system
  end)

  it("quotes main.cf as it is written, and nothing that has no effect", function()
    local MAIN = "mydestination =\nmailbox_command = procmail -a \"$EXTENSION\"\n"
      .. "masquerade_classes = envelope_sender\nmasquerade_exceptions = root\n"
    local made = made_of("postfix", { ["main.cf"] = MAIN .. "masquerade_domains =\n" })
    assert.truthy(made.text:find('mailbox_command = procmail -a "$EXTENSION": how', 1, true))
    assert.equal(1, made.notes)
    made = made_of("postfix", { ["main.cf"] = MAIN .. "masquerade_domains = a.example\n" })
    assert.equal(4, made.notes)
  end)

  it("reads main.cf as Postfix does", function()
    local p = loaded(made_of("postfix", { ["main.cf"] = [[
a = $b
b = one.example
# a comment
mydestination = ${a}, ${nothing?two.example} ${a?{three.example}:{four.example}},
  # another one
	${nothing:five.example}, $(b), ${nothing?{six.example}:{seven.example}}, $c
c = $d
d = $c
mydestination_not_this = eight.example
]] }))
    local known = {}
    for _, name in ipairs { "one", "two", "three", "four", "five", "six", "seven", "eight" } do
      local is_ours = routed(p, "x@" .. name .. ".example") == "recipient-unknown"
      known[#known + 1] = is_ours and name or nil
    end
    assert.same({ "one", "three", "five", "seven" }, known)
  end)

  it("puts many people into a file beside the policy", function()
    local rows = {}
    for i = 1, 2000 do
      rows[i] = ("user#@a.example  user#@far.example, x#@far.example"):gsub("#", i)
    end
    local made = made_of("postfix", { ["main.cf"] = "virtual_alias_maps = hash:v",
      v = "a.example x\n" .. table.concat(rows, "\n") .. "\n@a.example a@far.example" })
    assert.truthy(#made.text < 2000)
    assert.truthy(made.text:find('directory "people" { file = "people.csv" }', 1, true))
    local p = loaded(made)
    is_clean(p)
    routes(p, { ["user77@a.example"] = "user77@far.example smtp:, x77@far.example smtp:",
      ["x@a.example"] = "a@far.example smtp:" })
  end)

  it("lists the addresses by which to compare it", function()
    local site = postfix({ { path = "main.cf", text = [[
mydestination = a.example
relay_domains = r.example
recipient_delimiter = +-
virtual_alias_maps = inline:{ kim=joe, { ann@b.example = x@c.example, y@d.example }, @e.example=z }
transport_maps = inline:{ .f.example=smtp:x, *=smtp:y, g@h.example=smtp:z }
]] } }, reader {})
    assert.same({
      "witness@a.example", "postmaster@a.example", "witness@r.example", "postmaster@r.example",
      "witness@host.r.example", "witness@a.host.r.example", "witness@host.f.example",
      "witness@a.host.f.example", "witness@elsewhere.example", "g@h.example", "g+witness@h.example",
      "kim@a.example", "kim+witness@a.example", "ann@b.example", "ann+witness@b.example",
      "x@c.example", "y@d.example", "witness@e.example", "postmaster@e.example",
    }, addresses(site))
  end)

  it("makes connectors of a routing table, and a routing table of connectors", function()
    local text = "MS,NET/PO1;,1,MS Mail Connector (PLUTO),\nSMTP,*;,1,Internet (SATURN),\n"
      .. "X400,c=GB;a=TMAILUK;p=*,2,Internet (SATURN),Frisco,\n"
    local made = made_of("gwart", { ["GWART0.MTA"] = text }, { files = { "GWART0.MTA" } })
    local p = loaded(made)
    assert.equal(text, exchange.format_gwart(p:spaces()))
    is_clean(p)
    local other, message = import.policy("gwart", { { path = "x", text = "SMTP\n" } }, {})
    assert.is_nil(other)
    assert.equal("x:1:5: a line of a routing table reads TYPE,space;,cost,connector,", message)
  end)

  it("says of a routing table that it is empty", function()
    for _, text in ipairs { "", "\r\n" } do
      local made = made_of("gwart", { ["GWART0.MTA"] = text }, { files = { "GWART0.MTA" } })
      assert.equal(1, made.notes)
      assert.truthy(made.text:find("GWART0.MTA:1:1: the file is empty", 1, true), made.text)
    end
  end)

  it("makes a policy that loads of whatever a routing table has", function()
    local made = made_of("gwart", { ["GWART0.MTA"] = "SMTP,*@{a}.example;,1,A,\n"
      .. "SMTP, b.example;,5,A,B,\nPCM,NET\\PO;,1,C,\nX400,c=us;s;,1,A,\n"
      .. "SMTP,%@b.example;,1,D,\n" },
      { files = { "GWART0.MTA" } })
    local p = loaded(made)
    assert.same({ "A", "D" }, p:connectors())
    assert.equal("D", p:route("x@b.example", { may_relay = true })[1].connector)
    assert.equal(3, made.notes)
    for _, text in ipairs {
      'GWART0.MTA:2:6: SMTP, b.example;: matches no address, since the whole address is compared'
        .. ' (Q229961); write "SMTP:*@b.example"', [[GWART0.MTA:3:5: PCM,NET\PO;: matches no]],
    } do
      assert.truthy(made.text:gsub("\n%-%-   ", " "):find(text, 1, true), made.text)
    end
  end)
end)

describe("import of canonical maps", function()
  it("notes what is never asked, for entries go before rewrites", function()
    local made = made_of("postfix", { ["main.cf"] = [[
mydestination = a.example, h.example
virtual_mailbox_domains = c.example
virtual_mailbox_maps = inline:{ kim@c.example=x }
recipient_delimiter = +
canonical_maps = hash:c
alias_maps =
]], c = "kim+x@c.example kim\npostmaster@h.example nobody@c.example\npat+y@a.example kim\n" })
    local p = loaded(made)
    is_clean(p)
    local note = 'c:2:1: postmaster@h.example nobody@c.example: "Postmasters" gets this mail here:'
      .. " entries go before rewrites"
    assert.truthy(made.text:gsub("\n%-%-   ", " "):find(note, 1, true), made.text)
    routes(p, {
      ["kim+x@c.example"] = "kim@a.example", ["pat+y@a.example"] = "kim@a.example",
      ["postmaster@h.example"] = "postmaster@a.example",
    })
  end)
end)

describe("import of any tables", function()
  local pick, user, address, rows = drawn.pick, drawn.user, drawn.address, drawn.rows
  local targets, MAIN = drawn.targets, drawn.MAIN

  it("leaves out what leads back by extensions, and by rules for whole domains", function()
    for _, case in ipairs {
      { a = "kim+x: kim+x@far.example\n", c = "kim@far.example kim@h.example\n",
        note = "a:1:8: kim+x kim+x@far.example: kim+x@far.example leads back here" },
      { v = "@far.example ann@r.example\n@r.example ann@far.example\n",
        note = "v:1:14: @far.example ann@r.example: it leads back here" },
      { v = "@far.example joe@h.example\n", c = "joe@h.example ann@far.example\n",
        note = "v:1:14: @far.example joe@h.example: it leads back here" },
      { c = "joe@a.example kim+x@a.example\nkim@a.example kim@r.example\n"
        .. "kim+x@r.example joe@a.example\n",
        note = "c:3:1: kim+x@r.example joe@a.example: it leads back here" },
      { v = "kim@a.example kim+x@a.example, ann@r.example\n", a = "kim+x: kim+x@b.example\n",
        note = "a:1:8: kim+x kim+x@b.example: nobody is at kim+x@b.example" },
      { v = "kim@c.example kim\n", a = "kim: joe\n", c = "kim+x@a.example kim+x@c.example\n",
        note = "c:1:1: kim+x@a.example kim+x@c.example: it leads back here" },
    } do
      local made = made_of("postfix", { ["main.cf"] = MAIN .. "recipient_delimiter = +\n",
        v = case.v or "", a = case.a or "", c = case.c or "" })
      is_clean(loaded(made))
      assert.matches(case.note, made.text:gsub("\n%-%-   ", " "), 1, true)
    end
  end)

  it("takes extensions off of who keeps an address elsewhere", function()
    local made = made_of("postfix", { ["main.cf"] = MAIN .. "recipient_delimiter = +\n",
      v = "ann@far.example ann@far.example\n", a = "", c = "" })
    routes(loaded(made), { ["ann+x@far.example"] = "ann+x@far.example smtp:" })
  end)

  it("makes policies that pass the check", function()
    local random, notes = generate.random(61), 0
    for _ = 1, helper.times(60) do
      local texts = {
        ["main.cf"] = MAIN .. pick(random, { "", "recipient_delimiter = +\n", "relayhost = x\n" }),
        v = rows(random, " ", address, targets), a = rows(random, ": ", user, targets),
        c = random(2) == 1 and rows(random, " ", address, targets) or "",
      }
      local made = made_of("postfix", texts)
      local p = loaded(made)
      for _, finding in ipairs(p:check()) do
        assert.equal("note", finding.severity, tostring(finding) .. "\n" .. texts.v .. texts.a
          .. "canonical\n" .. texts.c .. made.text)
      end
      p:close()
      notes = notes + made.notes
    end
    assert.truthy(notes > 0)
  end)
end)

describe("import of a directory", function()
  local CSV = [[
DisplayName,EmailAddresses,ExternalEmailAddress,members
Kim Lee,"SMTP:kim.lee@a.example;smtp:kim@b.example;CCMAIL:Lee, Kim at HQ",,
Kim Lee,smtp:kim@a.example,SMTP:kim@far.example,
Ann,SMTP:ann@far.example;smtp:ann@a.example,SMTP:ann@far.example,
Pat,SMTP:pat@a.example;smtp:kim@a.example,CCMAIL:Jones at PARIS,
Nobody,,SMTP:x@far.example,
Lost,SMTP:lost@a.example,SMTP:nobody@a.example,
Bad,SMTP:a@@b,,
Team,SMTP:team@a.example,,ann@a.example;gone@a.example
Empty,SMTP:empty@a.example,,gone@a.example
]]

  it("finds its domains, and says whom it could not carry over", function()
    local made = made_of("csv", { ["p.csv"] = CSV }, { files = { "p.csv" } })
    local p = loaded(made)
    is_clean(p)
    routes(p, {
      ["kim@b.example"] = "kim.lee@a.example", ["kim@a.example"] = "kim@far.example smtp:",
      ["x@b.example"] = "recipient-unknown", ["x@far.example"] = "x@far.example smtp:",
      ["pat@a.example"] = "CCMAIL:Jones at PARIS CCMAIL", ["lost@a.example"] = "recipient-gone",
      ["team@a.example"] = "ann@far.example smtp:", ["empty@a.example"] = "recipient-gone",
    })
    for _, note in ipairs {
      'p.csv:5:24: smtp:kim@a.example: "Kim Lee (2)" has this address already',
      "p.csv:6:1: Nobody: nothing finds it", "p.csv:7:26: SMTP:nobody@a.example: nobody is there",
      "p.csv:8:5: SMTP:a@@b: this is no address", "p.csv:9:41: gone@a.example: nobody is there",
      "p.csv:10:1: Empty: it has no members",
    } do
      assert.truthy(made.text:find("\n-- * " .. note, 1, true), note .. "\n" .. made.text)
    end
  end)

  it("of Exchange 5.5 notes whom it deletes and does not have", function()
    local made = made_of("exchange55", { ["p.csv"] = [[
Obj-Class,Mode,Directory Name,E-mail Addresses
Mailbox,Create,KLEE,SMTP:kim@a.example
Mailbox,Create,OLD,SMTP:old@a.example
Mailbox,Delete,OLD,
Mailbox,Delete,PAT,
]] }, { files = { "p.csv" } })
    assert.equal(1, made.notes)
    assert.matches('\n-- * p.csv:5:9: Mode is Delete, and no row before is about "PAT"',
      made.text, 1, true)
    local p = loaded(made)
    routes(p, { ["kim@a.example"] = "kim@a.example", ["old@a.example"] = "recipient-unknown" })
  end)

  it("says of a file that it is in a code page of Windows", function()
    local text = "DisplayName,mail\nKim,kim@a.example\nMu\241oz,m@a.example\n"
    local made = made_of("csv", { ["p.csv"] = text }, { files = { "p.csv" } })
    assert.equal(1, made.notes)
    assert.matches("\n-- * p.csv:3:1: it is not UTF-8; convert it, such as by", made.text, 1, true)
    made = made_of("csv", { ["p.csv"] = text:gsub("\241", "\195\177") }, { files = { "p.csv" } })
    assert.equal(0, made.notes)
  end)

  it("of LDIF knows members by their names", function()
    local made = made_of("ldif", { ["p.ldif"] = [[
dn: CN=Kim Lee,DC=a,DC=example
objectClass: user
displayName: Kim Lee
proxyAddresses: SMTP:kim@a.example
proxyAddresses: X400:c=us;a= ;p=Org;o=HQ;s=Lee;g=Kim;

dn: CN=Team,DC=a,DC=example
objectClass: group
displayName: Team
proxyAddresses: SMTP:team@a.example
member: CN=Kim Lee,DC=a,DC=example
]] }, { files = { "p.ldif" } })
    routes(loaded(made), { ["team@a.example"] = "kim@a.example" })
    assert.equal(0, made.notes)
  end)

  it("puts many into a file, whatever their addresses are", function()
    local rows = { "DisplayName,EmailAddresses,targets,members,owner,refuse" }
    for i = 1, 100 do
      rows[i + 1] = ('"Person, #","SMTP:p#@a.example\nX400:c=us;a= ;p=Org;s=P#;",,,,'):gsub("#", i)
    end
    rows[102] = 'All,"SMTP:all@a.example\n",,"p1@a.example\np2@a.example",p3@a.example,'
    rows[103] = 'Left,SMTP:left@a.example,,,,"gone, alas"'
    local made = made_of("csv", { p = table.concat(rows, "\n") }, { files = { "p" } })
    local p = loaded(made)
    assert.equal(0, made.notes)
    routes(p, { ["p77@a.example"] = "p77@a.example", ["left@a.example"] = "recipient-gone",
      ["all@a.example"] = "p1@a.example, p2@a.example",
      ["X400:c=us;a= ;p=Org;s=P77;"] = "p77@a.example" })
    assert.equal("gone, alas", p:route("left@a.example")[1].message)
  end)
end)

describe("hostile files", function()
  -- What could end a text, a comment or a declaration.
  local EVIL = {
    '"', "'", "\\", "]]", "--[[", "]==]", "\r", "\0", "\27[2J", "\226\128\174", "\255", "{", "}",
    "*", "?", "{user}", " ", ",", "@", "%1", "$x", ";", "\\n", "os.exit()", '" } os.exit() --',
    "a.example",
    "kim", "@a.example", "=", "error:", "|", "/", ":include:", "\\", "+", "<", ">", "(", ")", ":",
    "\t", "SMTP:", "X400:", "ü", "xn--", ".", "[192.0.2.1]", "#", "!",
  }

  local function evil(random)
    local parts = {}
    for i = 1, random(6) do parts[i] = EVIL[random(#EVIL)] end
    return table.concat(parts)
  end

  -- Rows of a table.
  local function rows(random, sign)
    local list = {}
    for i = 1, random(12) do list[i] = evil(random) .. sign .. evil(random) end
    return table.concat(list, "\n") .. "\n"
  end

  local MAIN = [[
mydestination = a.example, hash:d
virtual_alias_maps = hash:v
alias_maps = hash:a
virtual_mailbox_domains = b.example
virtual_mailbox_maps = hash:m
canonical_maps = hash:c
transport_maps = hash:t
relocated_maps = hash:r
relay_domains = c.example, hash:d
recipient_delimiter = +
smtp_generic_maps = hash:c
]]

  it("make policies that load, whatever they hold", function()
    local random, count = generate.random(58), 0
    for _ = 1, helper.times(100) do
      local texts = { ["main.cf"] = MAIN .. evil(random), a = rows(random, ": ") }
      for _, name in ipairs { "d", "v", "m", "c", "r" } do texts[name] = rows(random, " ") end
      texts.t = rows(random, " smtp:")
      local made = made_of("postfix", texts)
      local p, message = policy.load(made.text, { read = function() return made.people end })
      assert(p, message and message .. "\n" .. made.text)
      assert.is_nil(made.text:find "[%z\1-\9\11-\31\127]")
      assert.is_false(p:capabilities().asks) -- nothing in it became a function
      p:close()
      count = count + #made.addresses
    end
    assert.truthy(count > 100)
  end)

  local SIGNS = { aliases = ": ", mailertable = " smtp:" }

  it("of sendmail, too", function()
    local random = generate.random(59)
    local names = { "local-host-names", "virtusertable", "aliases", "mailertable", "access",
      "genericstable", "domaintable", "relay-domains" }
    for _ = 1, helper.times(60) do
      local texts = {}
      for _, name in ipairs(names) do
        texts[name] = rows(random, SIGNS[name] or "\t")
      end
      local made = made_of("sendmail", texts, { files = names })
      local p, message = policy.load(made.text, { read = function() return made.people end })
      assert(p, message and message .. "\n" .. made.text)
      p:close()
    end
  end)

  it("of directories, too", function()
    local random = generate.random(60)
    for _ = 1, helper.times(40) do
      local list = { "DisplayName,EmailAddresses,target,members,owner,refuse" }
      for i = 2, 8 do
        local fields = {}
        for at = 1, 6 do fields[at] = '"' .. evil(random):gsub('"', '""') .. '"' end
        list[i] = table.concat(fields, ",")
      end
      local made = made_of("csv", { p = table.concat(list, "\n") }, { files = { "p" } })
      local p, message = policy.load(made.text, { read = function() return made.people end })
      assert(p, message and message .. "\n" .. made.text)
      p:close()
    end
  end)

  it("cannot leave a text or a comment", function()
    local load_text = loadstring or load
    for _, text in ipairs(EVIL) do
      for _, around in ipairs(EVIL) do
        local whole = text .. around .. "9"
        assert.equal(whole, load_text("return " .. source.quote(whole))())
        assert.equal(7, load_text(source.comment(whole) .. "\nreturn 7")())
        assert.equal(1, load_text("return { " .. source.key(whole) .. " = 1 }")()[whole])
      end
    end
    assert.equal('["end"]', source.key "end")
  end)

  it("with circles of thousands end", function()
    local list = {}
    for i = 1, 2000 do list[i] = ("a%d: a%d"):format(i, i % 2000 + 1) end
    local main = "mydestination = a.example\nalias_maps = hash:a\n"
    is_clean(loaded(made_of("postfix", { ["main.cf"] = main, a = table.concat(list, "\n") })))
  end)
end)

describe("the command import", function()
  it("says what is wrong with what it is given", function()
    for arguments, message in pairs {
      ["postfix /nowhere/main.cf"] = "/nowhere/main.cf: No such file or directory",
      ["postfix .luacheckrc"] = ".luacheckrc: what is this? Write PARAMETER=.luacheckrc, such as"
        .. " virtual_alias_maps=.luacheckrc",
      ["postfix vritual_alias_maps=.luacheckrc"] =
        'vritual_alias_maps=.luacheckrc: this is no parameter of tables or domains; did you mean'
        .. ' "virtual_alias_maps"?',
      ["postfix virtuals=.luacheckrc"] = "there are: alias_maps, ",
      ["sendmail .luacheckrc"] = "what is this? Write NAME=.luacheckrc",
      ["exim .luacheckrc"] = "must be one of",
    } do
      local list = { "import" }
      for word in arguments:gmatch "%S+" do list[#list + 1] = word end
      list[#list + 1] = "-o/nowhere/policy.lua"
      local status, output, errors = support.run(list)
      assert.truthy(status == 2 or status == 74)
      assert.equal("", output)
      assert.truthy(errors:find(message, 1, true), errors)
    end
  end)

  it("never writes over what it reads", function()
    local folder = helper.output "mktemp -d"
    local rows = { "DisplayName,EmailAddresses" }
    for i = 1, 100 do rows[#rows + 1] = ("P%d,SMTP:p%d@a.example"):format(i, i) end
    local path = helper.write(folder .. "/new-people.csv", table.concat(rows, "\n"))
    for _, output in ipairs { path, folder .. "/new.lua" } do -- the people of which go to that file
      local status, _, errors = support.run { "import", "csv", path, "-o", output }
      assert.equal(2, status)
      assert.matches("new-people.csv is what is read; write to another file", errors, 1, true)
    end
    assert.equal(table.concat(rows, "\n"), helper.read(path))
    helper.run("rm -r " .. folder)
  end)

  it("leaves what is there where it cannot write", function()
    local folder = helper.output "mktemp -d"
    local path = folder .. "/policy.lua"
    helper.output(("mkdir %s && touch %s/kept"):format(path, path))
    local main = "spec/fixtures/postfix/main.cf"
    local status, _, errors = support.run { "import", "postfix", main, "-o", path }
    assert.equal(74, status)
    assert.truthy(errors:find("policy.lua", 1, true), errors)
    assert.equal("kept\npolicy.lua", helper.output(("ls %s; ls %s"):format(path, folder)))
    helper.output("rm -r " .. folder)
  end)

  it("writes the addresses by which to compare", function()
    support.with_file("", function(path)
      support.with_file("", function(list)
        local main = "spec/fixtures/postfix/main.cf"
        local arguments = { "import", "postfix", main, "-o", path, "--addresses", list }
        assert.equal(0, (support.run(arguments)))
        assert.truthy(helper.read(list):find("\nwitness@a.host.inside.example\n", 1, true))
      end)
    end)
  end)

  -- What Debian's package brings, where it is installed.
  it("takes main.cf as its packages bring it", function()
    for _, name in ipairs { "main.cf.dist", "main.cf.debian" } do
      local file = io.open("/usr/share/postfix/" .. name, "rb")
      local text = file and file:read "*a" or "mydestination =\n"
      if file then file:close() end
      local made = made_of("postfix", { ["main.cf"] = text })
      is_clean(loaded(made))
    end
  end)
end)
