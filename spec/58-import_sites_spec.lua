--- What sites write in main.cf and its tables that no other spec has: each was wrong once, or lost.

local import = require "postoffice.import"
local import_all = require "spec.imported"
local maps = require "postoffice.policy.prove.maps"
local map_tables = require "spec.map_tables"
local policy = require "postoffice.policy"

-- A policy of main.cf and the texts of its tables, its text, and what is noted.
local function imported(main, texts)
  local p, made = import_all(main, texts)
  return p, made.text, (made.text:gsub("\n%-%-   ", " "))
end

-- Where an address goes: a verdict, or next hops and mailboxes.
local function goes(p, address)
  local list = {}
  for i, delivery in ipairs(p:route(address, { sender = "x@far.example", may_relay = true })) do
    list[i] = delivery.code or delivery.nexthop or tostring(delivery.address):gsub("^SMTP:", "")
  end
  return table.concat(list, " ")
end

local function count(text, part)
  return select(2, text:gsub(part:gsub("%W", "%%%0"), ""))
end

local QUIET = "alias_maps =\nlocal_recipient_maps = inline:{}\n"

describe("import of Postfix", function()
  it("takes a domain once that a list has twice", function()
    local _, text = imported(QUIET .. "mydestination = a.example, localhost, b.example, localhost\n"
      .. "relay_domains = c.example c.example\n")
    assert.equal(1, count(text, 'rewrite "SMTP:{user}@localhost"'))
    assert.equal(1, count(text, 'domain "c.example"'))
  end)

  it("takes relay domains and ways for those below as parent_domain_matches_subdomains says",
    function()
      for _, case in ipairs {
        { "", "smtp:", "smtp:", "relay" }, -- as Postfix does by default
        { "parent_domain_matches_subdomains = smtpd_access_maps\n", "smtp:", "smtp:", "none" },
        { "parent_domain_matches_subdomains = relay_domains transport_maps\n", "smtp:[t]", "smtp:",
          "relay" },
      } do
        local p, text, flat = imported(QUIET .. "mydestination = a.example\n" .. case[1]
          .. "relay_domains = c.example\ntransport_maps = hash:t\n",
          { t = "c.example smtp:[t]\n.d.example smtp:[u]\n" })
        assert.equal("smtp:[t]", goes(p, "x@c.example"))
        assert.equal(case[2], goes(p, "x@s.c.example"), case[1])
        assert.equal(case[4] == "relay" and 1 or 0, count(text, 'domain "*.c.example"'), case[1])
        local is_asked = not case[1]:find "transport_maps"
        assert.equal(is_asked and "smtp:[u]" or "smtp:", goes(p, "x@s.d.example"), case[1])
        assert.equal(is_asked and 0 or 1,
          count(flat, "t:2:1: .d.example smtp:[u]: no domain is looked up by this key"), case[1])
        p:close()
      end
    end)

  it("passes on domains of mailboxes that no table lists, by virtual_transport", function()
    local main = QUIET .. "mydestination = a.example\n"
      .. "virtual_mailbox_domains = b.example c.example\n"
      .. "virtual_alias_maps = hash:v\ntransport_maps = hash:t\n"
    local texts = { v = "kim@b.example joe@b.example\n@c.example all@c.example\n",
      t = "c.example smtp:[t]\n", m = "joe@b.example x\n" }
    local p, text = imported(main .. "virtual_transport = lmtp:unix:private/box\n", texts)
    assert.equal("lmtp:unix:private/box", goes(p, "kim@b.example"))
    assert.equal("SMTP:joe@b.example", tostring(p:route("kim@b.example")[1].address))
    assert.equal("lmtp:unix:private/box", goes(p, "x@b.example"))
    assert.equal("SMTP:all@c.example", tostring(p:route("x@c.example")[1].address))
    assert.equal("smtp:[t]", goes(p, "x@c.example"))
    assert.equal(0, count(text, "virtual_transport"))
    p:close()
    p = imported(main .. "virtual_mailbox_maps = hash:m\n", texts)
    assert.equal("joe@b.example", goes(p, "kim@b.example"))
    assert.equal("recipient-unknown", goes(p, "x@b.example"))
    p:close()
  end)

  it("says that all users are taken where no table lists them", function()
    local note = "main.cf:2:1: local_recipient_maps =: mail for all users of the local domains"
    for main, expected in pairs {
      ["mydestination = a.example\nlocal_recipient_maps =\nalias_maps =\n"] = 1,
      ["mydestination =\nlocal_recipient_maps =\nalias_maps =\n"] = 0,
      ["mydestination = a.example\nlocal_recipient_maps = inline:{}\nalias_maps =\n"] = 0,
    } do
      assert.equal(expected, count(select(3, imported(main)), note), main)
    end
  end)

  it("says of a way for all others which local domain it takes, too", function()
    for ways, domain in pairs {
      ["a.example :\n.a.example :\n* smtp:[r]\n"] = "b.example",
      [".example :\n* smtp:[r]\n"] = false,
      ["* smtp:[r]\n"] = "mx.a.example",
    } do
      local _, _, flat = imported(QUIET .. "mydestination = mx.a.example, a.example, b.example\n"
        .. "transport_maps = hash:t\n", { t = ways })
      local said = flat:match "mail of (%S+) goes this way, too"
      assert.equal(domain, said or false, ways)
    end
  end)

  it("says nothing of a way to Postfix's own mailboxes", function()
    local _, _, flat = imported(QUIET .. "mydestination = a.example, b.example\n"
      .. "transport_maps = hash:t\n", { t = "a.example local:\nb.example cyrus:\n" })
    assert.equal(1, count(flat, "the server that has them delivers"))
    assert.equal(1, count(flat, "t:2:1: b.example cyrus:"))
  end)

  it("sends one copy to whom several names are caught by", function()
    local p, text = imported("mydestination = a.example\nalias_maps =\n"
      .. "local_recipient_maps = inline:{ { kim = x } }\nvirtual_alias_maps = hash:v\n",
      { v = "@a.example kim@a.example\nteam@a.example kim, joe, pat, x@far.example\n"
        .. "two@a.example joe, pat\n" })
    assert.equal("kim@a.example smtp:", goes(p, "team@a.example"))
    assert.equal("kim@a.example", goes(p, "two@a.example"))
    assert.equal(1, count(text, '"kim@a.example", "x@far.example"'))
    p:close()
  end)

  it("keeps the quotes of a name with blanks", function()
    local p = imported("mydestination = a.example\nalias_maps = hash:a\n"
      .. "local_recipient_maps = inline:{}\n", { a = 'root: "first user", kim\nx: "joe"\n' })
    assert.equal('"first user"@a.example kim@a.example', goes(p, "root@a.example"))
    assert.equal("joe@a.example", goes(p, "x@a.example"))
    p:close()
  end)

  it("notes an address once that has moved and is a target, too", function()
    local _, _, flat = imported("mydestination = a.example\nalias_maps = hash:a\n"
      .. "local_recipient_maps = inline:{}\nrelocated_maps = hash:r\n",
      { a = "root: joe, kim\n", r = "joe joe@far.example\n" })
    assert.equal(1, count(flat, "* a:1:7: root joe, kim: nobody is at joe@a.example"))
    assert.equal(0, count(flat, "has this address already"))
  end)

  it("takes extensions off addresses in domains that are no domains of its own", function()
    for propagate, expected in pairs {
      [""] = "kim+x@a.example", ["propagate_unmatched_extensions =\n"] = "kim@a.example",
    } do
      local p = imported("mydestination = a.example\nalias_maps =\nrecipient_delimiter = +-\n"
        .. "local_recipient_maps = inline:{}\nvirtual_alias_maps = hash:v\n" .. propagate,
        { v = "k@far.example kim@a.example\ntwo@far.example kim@a.example, joe@a.example\n" })
      local function to(address)
        local delivery = p:route(address, { may_relay = true })[1]
        return tostring(delivery.address):gsub("^SMTP:", "")
          :gsub("@", (delivery.extension and "+" .. delivery.extension or "") .. "@")
      end
      assert.equal("kim@a.example", to "k@far.example")
      assert.equal(expected, to "k+x@far.example")
      assert.equal("kim", p:route("k-x@far.example", { may_relay = true })[1].address.localpart)
      assert.equal(2, #p:route("two+x@far.example", { may_relay = true }))
      assert.equal("kk+x@far.example", to "kk+x@far.example")
      p:close()
    end
  end)

  it("takes extensions by whatever separates them, but for what stands in quotes alone", function()
    local MAIN = "mydestination = a.example\nalias_maps =\nlocal_recipient_maps = inline:{}\n"
      .. "canonical_maps = hash:c\nvirtual_alias_maps = hash:v\ntransport_maps = hash:t\n"
      .. "sender_dependent_relayhost_maps = hash:s\nrecipient_delimiter = %s\n"
    local texts = {
      c = "bob@a.example kim@a.example\n", v = "k@far.example kim@a.example\n",
      t = "x@far.example smtp:[t]\n", s = "kim@a.example [s]\nx@b.example [a\tb]\n"
        .. "y@b.example [a\tb]\n",
    }
    for sign in ("!#$%&'*+/=?^_`{|}~.-,:(\"\\"):gmatch "." do
      local p, _, flat = imported(MAIN:format(sign == "$" and "$$" or sign), texts)
      local is_taken = not sign:find "[,:(\"\\]"
      assert.equal(is_taken and 0 or 1,
        count(flat, ("recipient_delimiter = %s: no separator of extensions"):format(sign)), sign)
      for address, expected in pairs(is_taken and {
        ["bob%sx@a.example"] = "kim@a.example", ["k%sx@far.example"] = "kim@a.example",
        ["x%sx@far.example"] = "smtp:[t]",
      } or {}) do
        assert.equal(expected, goes(p, address:gsub("%%s", { ["%s"] = sign })), address .. sign)
      end
      p:close()
    end
    local p, text = imported(MAIN:format "++-", texts)
    assert.equal(1, count(text, 'extension = "+-"'))
    p:close()
  end)

  it("takes an extension that a canonical map has before who is found without it", function()
    local p = imported("mydestination = a.example\nalias_maps =\nrecipient_delimiter = +\n"
      .. "local_recipient_maps = inline:{ { kim = x } { joe = x } }\ncanonical_maps = hash:c\n",
      { c = "kim+x@a.example joe@a.example\nkim+far@a.example pat@far.example\n"
        .. "kim+no@a.example nobody@a.example\nann+x@a.example joe@a.example\n" })
    for address, expected in pairs {
      ["kim+x@a.example"] = "joe@a.example", ["kim+y@a.example"] = "kim@a.example",
      ["kim+far@a.example"] = "smtp:", ["ann+x@a.example"] = "joe@a.example",
    } do
      assert.equal(expected, goes(p, address), address)
    end
    p:close()
  end)

  it("sends a domain's senders by one connector where canonical maps lead to another one's way",
    function()
      local _, text = imported(QUIET .. "mydestination = a.example\n"
        .. "sender_canonical_maps = hash:c\nsender_dependent_relayhost_maps = hash:r\n",
        { c = "@b.example info@b.example\n", r = "@b.example [r]\ninfo@b.example [r]\n" })
      assert.equal(1, count(text, '"SMTP:*@b.example"'))
    end)

  it("writes no function that does nothing, and lets our own pass once", function()
    local _, text = imported(QUIET .. [[
mydestination = a.example
smtpd_restriction_classes = verify
verify = reject_unverified_recipient
smtpd_sender_restrictions = check_sender_access hash:f
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, check_relay_domains
  permit_tls_clientcerts, check_recipient_access hash:v, check_recipient_access hash:r
]], { f = "b.example FILTER smtp:[x]:25\nc.example PREPEND X: y\n", v = "b.example verify\n",
      r = "b.example REJECT no\n" })
    assert.equal(2, count(text, "= function(")) -- the list, and the table that refuses
    assert.equal(1, count(text, "envelope.may_relay"))
    assert.equal(0, count(text, "permit_tls_clientcerts"))
    assert.equal(0, count(text, "FILTER smtp_"))
  end)
end)

describe("import of a transport table", function()
  it("notes a row for what is below a domain that is for a local one, too", function()
    local made = assert(import.policy("postfix", { { path = "main.cf", text = "mydestination ="
      .. " corp.example, mail.corp.example, in.lab.corp.example\ntransport_maps = hash:t\n"
      .. "alias_maps =\n" } }, { read = function(path)
        return path == "t" and ".corp.example smtp:[192.0.2.1]\n.lab.corp.example"
          .. " smtp:[192.0.2.2]\n.far.example smtp:[192.0.2.3]\n" or nil, "no such file"
      end }))
    local flat = made.text:gsub("\n%-%-   ", " ")
    for _, note in ipairs {
      "t:1:1: .corp.example smtp:[192.0.2.1]: mail of mail.corp.example goes this way, too",
      "t:2:1: .lab.corp.example smtp:[192.0.2.2]: mail of in.lab.corp.example goes this way, too",
    } do
      assert.truthy(flat:find(note, 1, true), note .. "\n" .. flat)
    end
    assert.is_nil(flat:find("t:3:", 1, true))
  end)
end)

describe("import of sendmail", function()
  it("refuses mail for who has moved by an alias", function()
    local made = assert(import.policy("sendmail", {
      { path = "local-host-names", text = "a.example\n" },
      { path = "aliases", text = "kim: kim@new.example.REDIRECT\njoe: pat@far.redirect.example\n"
        .. "ann: x@b.example, y@b.example.REDIRECT\n" },
    }, {}))
    local p = assert(policy.load(made.text))
    local delivery = p:route("kim@a.example")[1]
    assert.same({ "reject", "has moved to kim@new.example" },
      { delivery.verdict, delivery.message })
    assert.equal("deliver", p:route("joe@a.example")[1].verdict)
    assert.equal(2, #p:route("ann@a.example"))
    p:close()
  end)
end)

describe("import of aliases", function()
  local function aliases(server, text, ...)
    local files = { { path = "aliases", text = text }, ... }
    local made = assert(import.policy(server, files, { origin = "a.example" }))
    return assert(policy.load(made.text)), (made.text:gsub("\n%-%-   ", " "))
  end

  -- newaliases refuses what is not local, and takes the user of what is.
  it("takes names of users alone; sendmail, users of local addresses, too", function()
    local text = "kim@a.example: ann@far.example\njoe@b.example: joe@far.example\n"
      .. "pat@v.example: pat@far.example\n"
    local p, said = aliases("sendmail", text, { path = "local-host-names", text = "b.example\n" },
      { path = "virtusertable", text = "x@v.example\tx@far.example\n" })
    for to, expected in pairs {
      ["kim@a.example"] = "ann@far.example", ["kim@b.example"] = "ann@far.example",
      ["joe@a.example"] = "joe@far.example", ["pat@v.example"] = "recipient-unknown",
    } do
      local delivery = p:route(to)[1]
      assert.equal(expected, delivery.code or delivery.wire, to)
    end
    assert.matches("aliases:3:1: pat@v.example pat@far.example: aliases are asked for by the names",
      said, 1, true)
    p, said = aliases("postfix", text)
    assert.equal("recipient-unknown", p:route("kim@a.example")[1].code)
    assert.matches("aliases:1:1: kim@a.example ann@far.example: aliases are asked for by the names",
      said, 1, true)
  end)

  it("takes names in quotes that need them", function()
    for _, server in ipairs { "postfix", "sendmail" } do
      local p, said = aliases(server, '"Kim Lee": kim@far.example\n"joe": "j x"@far.example\n'
        .. '"a, b:c": "Kim Lee"\n')
      for to, expected in pairs {
        ['"kim lee"@a.example'] = "kim@far.example", ["joe@a.example"] = '"j x"@far.example',
        ['"a, b:c"@a.example'] = "kim@far.example",
      } do
        local delivery = p:route(to)[1]
        assert.equal(expected, delivery.code or delivery.wire, to .. said)
      end
    end
  end)
end)

describe("import of sendmail's access table", function()
  local ACCESS = [[
From:spam.example	REJECT
From:boss@spam.example	OK
boss@spam.example	REJECT
From:news@	ERROR:5.7.1:550 no news
evil.example	550 5.7.1 go away
From:grey.example	ERROR:4.7.1:"450 later"
From:ok.spam.example	SKIP
From:quiet.example	DISCARD
From:q.example	QUARANTINE:look
Connect:10.0.0.1	REJECT
192.168	REJECT
Spam:kim@a.example	FRIEND
From:x@y.example	550 closed
]]
  local made = assert(import.policy("sendmail", {
    { path = "local-host-names", text = "a.example\n" }, { path = "access", text = ACCESS },
    { path = "aliases", text = "kim: kim@far.example\n" },
  }, {}))

  it("refuses senders, whom it looks for as sendmail does", function()
    local p = assert(policy.load(made.text))
    for sender, expected in pairs {
      ["x@spam.example"] = "reject", ["x@s.spam.example"] = "reject",
      ["boss@spam.example"] = "deliver", ["boss+x@spam.example"] = "reject",
      ["news@z.example"] = "reject no news", ["news@ok.spam.example"] = "reject no news",
      ["x@ok.spam.example"] = "deliver", ["x@evil.example"] = "reject go away",
      ["x@grey.example"] = "defer later", ["x@y.example"] = "reject closed",
      ["z@y.example"] = "deliver", ["x@quiet.example"] = "deliver", ["<>"] = "deliver",
    } do
      local delivery = p:route("kim@a.example", { sender = sender })[1]
      local said = expected:find " " and delivery.verdict .. " " .. tostring(delivery.message)
      assert.equal(expected, said or delivery.verdict, sender)
    end
    p:close()
  end)

  it("notes the others, each with its line", function()
    local flat = made.text:gsub("\n%-%-   ", " ")
    for _, note in ipairs {
      "access:3:1: boss@spam.example REJECT: it stands twice",
      "access:5:14: evil.example 550 5.7.1 go away: here it is said of senders alone",
      "access:8:20: quiet.example DISCARD: the server throws such mail away",
      "access:9:16: q.example QUARANTINE:look: what is done with such mail",
      "access:10:1: Connect:10.0.0.1 REJECT: who may send", "access:11:1: 192.168 REJECT: who may",
      "access:12:1: Spam:kim@a.example FRIEND: who may send",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
  end)
end)

describe("import of sendmail's access table", function()
  it("keeps the status of an answer about recipients, if it has one", function()
    local made = assert(import.policy("sendmail", {
      { path = "local-host-names", text = "a.example\n" },
      { path = "access", text = "To:kim@a.example\tERROR:5.1.1:550 gone away\n"
        .. "To:joe@a.example\tERROR:5.2.1 closed\nTo:ann@a.example\t550 5.7.1 not here\n"
        .. "To:pat@a.example\tREJECT\nTo:bob@a.example\tERROR:5.7.1\n" },
    }, {}))
    local p = assert(policy.load(made.text))
    for user, expected in pairs {
      kim = "5.1.1 gone away", joe = "5.2.1 closed", ann = "5.7.1 not here",
      pat = "5.1.6 whoever had this address has left",
      bob = "5.7.1 whoever had this address has left",
    } do
      local delivery = p:route(user .. "@a.example")[1]
      assert.equal("recipient-gone", delivery.code)
      assert.equal(expected, delivery.status .. " " .. delivery.message)
    end
    p:close()
  end)
end)

describe("import of Exim's aliases", function()
  it("refuses by :fail:, and notes what else is no address", function()
    local text = "gone: :fail: has left\nlater: :defer: come back\nhole: :blackhole:\n"
      .. "kim: kim, joe@far.example\n"
    local made = assert(import.policy("postfix", { { path = "aliases", text = text } },
      { origin = "a.example" }))
    local p = assert(policy.load(made.text))
    local delivery = p:route("gone@a.example")[1]
    assert.same({ "recipient-gone", "has left" }, { delivery.code, delivery.message })
    for _, user in ipairs { "later", "has", "left", "come", "back" } do
      assert.equal("recipient-unknown", p:route(user .. "@a.example")[1].code, user)
    end
    assert.equal("deliver", p:route("hole@a.example")[1].verdict) -- as what commands and files get
    for _, note in ipairs {
      "aliases:2:8: later :defer:", "aliases:3:7: :blackhole:: throws mail away",
    } do
      assert.matches(note, made.text, 1, true)
    end
    p:close()
  end)
end)

describe("a transport table", function()
  it("may say a transport without a colon", function()
    local tables = map_tables.of({ transport = { ["a.example"] = "sms" } },
      { delimiter = "", here = {} })
    assert.same({ "sms:a.example" }, maps.ask(tables, "x@a.example"))
  end)
end)
