--- What `check` finds in policies that load, and mean something else than they say.

local helper = require "spec.helper"
local policy = require "postoffice.policy"
local UNICODE = require "postoffice".UNICODE

-- What a policy's findings of some codes say, each with its severity, line and code.
local function findings(source, ...)
  local wanted, list = {}, {}
  for _, code in ipairs { ... } do wanted[code] = true end
  for _, found in ipairs(assert(policy.load(source, { chunkname = "@policy.lua" })):check()) do
    if wanted[found.code] then
      list[#list + 1] = ("%s %d %s; %s"):format(found.severity, found.line, found.message,
        found.advice)
    end
  end
  return list
end

local CONNECTOR = 'connector "a" { nexthop = "x", spaces = { "%s" } }'

describe("templates", function()
  local DOMAINS = 'domain "contoso.example" {} domain "branch.example" { kind = "relay" }'
    .. ' domain "*.eu.example" {} domain "old.example" { kind = "former" }'
    .. ' domain "X400:c=us;a= ;p=Org" {} '

  it("that give people addresses of others are found", function()
    local FOREIGN = 'warning 1 give people "%s", which is in no domain of ours; '
    local CORRECT = "correct it, or declare its domain"
    for template, advice in pairs {
      ["SMTP:%g.%s@contoso.example"] = false, ["smtp:%1g%s@BRANCH.example"] = false,
      ["SMTP:@x.eu.example"] = false, ["X400:c=us;a= ;p=Org;s=%s;g=%g;"] = false,
      ["CCMAIL:%s, %g at HQ"] = false, -- a type without domains
      ["SMTP:%g.%s@far.example"] = CORRECT, ["smtp:%g@old.example"] = CORRECT,
      ["X400:c=us;a= ;p=Other;s=%s;g=%g;"] = CORRECT,
      ["SMTP:%g.%s@contosso.example"] = 'domain "contoso.example" at policy.lua:1 is a slip of the'
        .. " key away; correct it, or declare its domain, too",
    } do
      local expected = advice and { FOREIGN:format(template) .. advice } or {}
      assert.same(expected, findings(('%s templates { "%s" }'):format(DOMAINS, template),
        "template-foreign"), template)
    end
    assert.same({}, findings('templates { "SMTP:%g.%s@far.example" }', "template-foreign"))
  end)

  it("are told if they give nobody an address", function()
    for template, message in pairs {
      ["SMTP:%g"] = "the address has no domain; write user@domain",
      ["SMTP:%g@-x.example"] = "a domain label neither begins nor ends with a hyphen",
      ["X400:c=usa;a= ;p=Org"] = "an X.400 country is two letters or three digits, such as c=us",
      ["SMTP:%0g@contoso.example"] = "the names that the template asks for have no character that"
        .. " can stand in such an address",
      ["FAX:%m"] = false, ["PIPE:%m"] = false, ["SMTP:@contoso.example"] = false,
      ["MS:NET/PO"] = false,
    } do
      local expected = message and {
        ('error 1 have "%s", which gives nobody an address: %s; correct it')
          :format(template, message),
      } or {}
      assert.same(expected, findings(('%s templates { "%s" }'):format(DOMAINS, template),
        "template-broken"), template)
    end
  end)
end)

describe("a space that another system would understand", function()
  local CODES = { "space-comma", "space-invalid", "space-typed-twice", "space-percent" }
  local function finding(space)
    return findings(CONNECTOR:format(space), (table.unpack or unpack)(CODES))
  end

  it("is found, with what to write instead", function()
    for space, expected in pairs {
      ["X400:c=us, a=*"] = 'has "X400:c=us, a=*", which has a comma between attributes, so that'
        .. ' they are one (Q182798); write "X400:c=us;a=*"',
      ["X400:c=USA"] = 'has "X400:c=USA", which is like no valid address: an X.400 country is two'
        .. " letters or three digits, such as c=us; correct the attribute, or remove it",
      ["X400:c=us;a=?????????????????"] = 'has "X400:c=us;a=?????????????????", which is like no'
        .. " valid address: the value of an X.400 attribute is longer than its bound; correct the"
        .. " attribute, or remove it",
      ["LOCAL:SMTP:*"] = 'has "LOCAL:SMTP:*", which is of the type LOCAL, and SMTP is part of the'
        .. ' address; write "SMTP:*"',
      ["SMTP:user%@b.example"] = 'has "SMTP:user%@b.example", which has a %, which is a letter'
        .. ' here, not any character as in Exchange; write "SMTP:user?@b.example" for any'
        .. ' character, or "SMTP:user\\%@b.example" for a letter %',
      ["MS:NET/PO%/*"] = 'has "MS:NET/PO%/*", which has a %, which is a letter here, not any'
        .. ' character as in Exchange; write "MS:NET/PO?/*" for any character, or'
        .. ' "MS:NET/PO\\%/*" for a letter %',
    } do
      assert.same({ "warning 1 " .. expected }, finding(space))
    end
    assert.equal(1, #findings('domain "X400:c=USA;a=x" {}', "space-invalid"))
  end)

  it("is found as a pattern, too, wherever one stands", function()
    local INVALID = "is like no valid address: an X.400 country is two letters or three digits,"
      .. " such as c=us; correct the attribute, or remove it"
    local COMMA = "has a comma between attributes, so that they are one (Q182798); write"
      .. ' "X400:c=us;a=x"'
    for source, expected in pairs {
      ['rewrite "X400:c=USA;s={s}" { to = "SMTP:{s}@b.example" }'] = INVALID,
      ['rewrite { match = { type = "X400", c = "USA" }, to = "SMTP:s@b.example" }'] = INVALID,
      ['rewrite_sender "X400:c=us, a=x" { to = "SMTP:s@b.example" }'] = COMMA,
      ['rewrite "LOCAL:SMTP:{u}" { to = "SMTP:{u}@b.example" }'] = "is of the type LOCAL, and SMTP"
        .. ' is part of the address; write "SMTP:{u}"',
      ['set "s" { "SMTP:x@b", "X400:c=us, a=x" }'] = 'has "X400:c=us, a=x", which ' .. COMMA,
      ['recipient "r" { proxies = { "SMTP:r@b" }, accept = { "X400:c=USA;..." } }'] =
        'has "X400:c=USA;...", which ' .. INVALID,
      ['recipient "r" { proxies = { "SMTP:r@b" }, reject = { "X400:c=USA;..." } }'] =
        'has "X400:c=USA;...", which ' .. INVALID,
      ['connector "c" { nexthop = "n", senders = { "X400:c=us, a=x" }, spaces = { "SMTP:*" } }'] =
        'has "X400:c=us, a=x", which ' .. COMMA,
    } do
      assert.same({ "warning 1 " .. expected }, findings(source, (table.unpack or unpack)(CODES)))
    end
    for _, source in ipairs {
      'rewrite "X400:c={c};s={s}" { to = "SMTP:{s}@b.example" }',
      'rewrite "SMTP:{u}%{d}@a.example" { to = "SMTP:{u}@{d}" }', 'set "s" { "SMTP:a%b@b" }',
      'rewrite "TELEX:SMTP:{u}" { to = "SMTP:{u}@b.example" }',
    } do
      assert.same({}, findings(source, (table.unpack or unpack)(CODES)))
    end
  end)

  it("is none where an address is like it", function()
    for _, space in ipairs {
      "X400:c=us;a=*", "X400:c=us;a= ;p=Org", "X400:c=u?", "X400:c=1??", "X400:c=*;a=x", "X400:a=x",
      "X400:c=us;a=x;ou2=y", "X400:c=us;a=x;o=a, b", "SMTP:user\\\\%@b.example", "SMTP:*",
      "TELEX:SMTP:*", "PIPE:x",
    } do
      assert.same({}, finding(space))
    end
    assert.same({}, findings('settings { types = { "LOCAL" } } ' .. CONNECTOR:format "LOCAL:SMTP:*",
      "space-typed-twice"))
  end)
end)

describe("a relay domain", function()
  it("that no connector carries is an error", function()
    local SITE = [[
domain "a.example" { kind = "relay" }
domain "*.b.example" { kind = "relay" }
domain "c.example" { kind = "relay", catchall = "SMTP:x@d.example" }
]]
    local D = CONNECTOR:format "SMTP:*@d.example"
    assert.same({
      "error 1 is relayed, and no connector carries its mail: somebody@a.example has no way; add"
        .. ' spaces = { "SMTP:*@a.example" } to the connector that leads there',
      "error 2 is relayed, and no connector carries its mail: somebody@sub.b.example has no way;"
        .. ' add spaces = { "SMTP:*@*.b.example" } to the connector that leads there',
    }, findings(SITE .. D, "relay-nowhere"))
    assert.same({}, findings(SITE .. CONNECTOR:format "SMTP:*", "relay-nowhere"))
    assert.same({}, findings(SITE, "relay-nowhere"))
    assert.same({}, findings('settings { unmatched = "pass" } ' .. SITE .. D, "relay-nowhere"))
  end)
end)

describe("a relay domain of which some have no way", function()
  it("is a warning with one of them", function()
    assert.same({
      "warning 1 is relayed, and no connector carries all of its mail: somebody@a.example has no"
        .. ' way; add spaces = { "SMTP:*@a.example" } to the connector that leads there',
    }, findings([[
domain "a.example" { kind = "relay" }
connector "c" { spaces = { "SMTP:t*@a.example" } }]], "relay-nowhere"))
    assert.same({}, findings([[
domain "a.example" { kind = "relay" }
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
connector "c" { spaces = { "SMTP:*@b.example" } }]], "relay-nowhere"))
  end)

  it("may be one of another type", function()
    assert.same({
      "error 1 is relayed, and no connector carries its mail: org/site/x has no way; add"
        .. ' spaces = { "MS:ORG/SITE" } to the connector that leads there',
    }, findings([[
domain "MS:ORG/SITE" { kind = "relay" }
connector "c" { spaces = { "MS:ORG/SITES", "MS:OTHER/*", "SMTP:*" } }]], "relay-nowhere"))
    assert.same({}, findings([[
domain "MS:ORG/SITE" { kind = "relay" }
connector "c" { spaces = { "MS:ORG/*" } }]], "relay-nowhere"))
  end)
end)

describe("a relay domain of which others than somebody have no way", function()
  it("is found, and none is told of whom no mailbox is called", function()
    assert.same({
      "warning 1 is relayed, and no connector carries all of its mail: a@a.example has no way; add"
        .. ' spaces = { "SMTP:*@a.example" } to the connector that leads there',
    }, findings([[
domain "a.example" { kind = "relay" }
connector "c" { spaces = { "SMTP:?*?@a.example", "SMTP:x@a.example", "SMTP:\"\"@a.example" } }]],
      "relay-nowhere"))
    assert.same({}, findings([[
domain "a.example" { kind = "relay" }
connector "c" { spaces = { "SMTP:?*@a.example" } }]], "relay-nowhere"))
  end)

  it("is not taken for one that is below it and declared itself", function()
    assert.same({
      "error 1 is relayed, and no connector carries its mail: somebody@sub.b.example has no way;"
        .. ' add spaces = { "SMTP:*@*.b.example" } to the connector that leads there',
    }, findings([[
domain "*.b.example" { kind = "relay" } domain "a.b.example" { kind = "former" }
connector "c" { spaces = { "SMTP:*@a.b.example" } }]], "relay-nowhere"))
  end)
end)

describe("a catch-all", function()
  local function broken(source) return findings(source, "catchall-broken", "relay-nowhere") end
  local C = CONNECTOR:format "SMTP:*@c.example"

  it("that leads nowhere is an error, whatever its domain is", function()
    for _, kind in ipairs { "local", "relay", "former" } do
      assert.same({ "error 1 leads to route-missing: no connector has an address space for it; add"
        .. ' one, such as spaces = { "SMTP:*" }; correct its catchall' },
        broken(('domain "a.example" { kind = "%s", catchall = "x@b.example" } %s'):format(kind, C)))
      assert.same({},
        broken(('domain "a.example" { kind = "%s", catchall = "x@c.example" } %s'):format(kind, C)))
    end
    assert.equal(1, #broken('domain "*.a.example" { catchall = "x@b.example" } ' .. C))
    assert.equal(1, #broken('domain "CCMAIL:* at A" { catchall = "x@b.example" } ' .. C))
    assert.equal(1, #broken('domain "FAX:+1*" { catchall = "x@b.example" } ' .. C))
    assert.same({}, broken('domain "FAX:+1*" { catchall = "x@c.example" } ' .. C))
  end)

  it("is none where no mail comes to it, and one where exceptions do", function()
    local SITE = 'domain "a.example" { catchall = "x@b.example" } ' .. C
      .. ' rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@d.example" }'
    assert.same({}, broken(SITE))
    assert.equal(1,
      #broken('rewrite "SMTP:info@a.example" { to = "SMTP:info@a.example" } ' .. SITE))
  end)

  it("that a rewrite leads back to its own domain is one", function()
    assert.same({ "error 1 leads to route-loop: SMTP:x@c.example > SMTP:x@b.example >"
      .. " SMTP:x@c.example; correct its catchall" },
      broken('domain "c.example" { kind = "relay", catchall = "x@b.example" } ' .. C
        .. ' rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example" }'))
  end)

  it("at its own domain is one, since its own mail comes back to it", function()
    assert.same({ "error 1 leads to route-loop: SMTP:x@c.example > SMTP:x@c.example; correct its"
      .. " catchall" },
      broken('domain "c.example" { kind = "relay", catchall = "x@c.example" } ' .. C))
    assert.same({}, broken('domain "c.example" { catchall = "X" } '
      .. 'recipient "X" { proxies = { "SMTP:x@c.example" } }'))
  end)
end)

describe("a drained connector's space", function()
  local function drained(source) return findings(source, "space-drained") end
  local ADVICE = "; give it a weight, or the space to another connector"

  it("is told of, with an address where others take some of its mail", function()
    assert.same({ "warning 1 is drained, and nothing else carries SMTP:*@b.example: its mail waits"
      .. ADVICE }, drained 'connector "c" { weight = 0, spaces = { "SMTP:*@b.example" } }')
    assert.same({ "warning 1 is drained, and nothing else carries SMTP:?*@*, such as SMTP:x@x: its"
      .. " mail waits" .. ADVICE }, drained [[
connector "c" { weight = 0, spaces = { "SMTP:?*@*" } }
connector "d" { spaces = { "SMTP:??*@*" } }]])
  end)

  it("is left alone where its mail does not come to it, or others take it", function()
    for _, other in ipairs {
      'connector "d" { spaces = { "SMTP:*@*b.example" } }', 'domain "b.example" {}',
      'connector "d" { cost = 9, spaces = { "SMTP:*@*b.example" } }',
      'settings { order = "cost" } connector "d" { spaces = { "SMTP:*" } }',
    } do
      assert.same({},
        drained('connector "c" { weight = 0, spaces = { "SMTP:*@b.example" } } ' .. other), other)
    end
  end)
end)

describe("a space of connectors that share it, or of local domains,", function()
  it("is no tie where better spaces take all of its mail", function()
    local TIE = 'connector "c" { spaces = { "SMTP:*" } } connector "d" { spaces = { "SMTP:*" } }'
    assert.equal(1, #findings(TIE, "space-tie"))
    assert.same({}, findings(TIE .. 'connector "e" { spaces = { "SMTP:*@*" } }', "space-tie"))
  end)

  it("is local, whatever it says, if all of its domains are", function()
    local SITE = 'domain "*.a.example" {} domain "b.a.example" { kind = "%s" }'
    local function is_local(kind, space)
      return #findings(SITE:format(kind) .. CONNECTOR:format(space), "space-local") == 1
    end
    assert.is_true(is_local("local", "SMTP:*@*.a.example"))
    assert.is_true(is_local("relay", "SMTP:*@c?.a.example"))
    assert.is_false(is_local("relay", "SMTP:*@*.a.example"))
    assert.is_false(is_local("local", "SMTP:*@*a.example"))
  end)
end)

describe("max_size of all connectors of a space", function()
  local function limits(source) return findings(source, "size-limited") end

  it("is a limit for its mail, whatever a vaguer space takes", function()
    assert.same({ "note 1 carries SMTP:*@partner.example, and mail over 10485760 bytes to"
      .. " *@partner.example has no way: it is message-large; give the space to a connector without"
      .. " max_size, too, if larger messages are to arrive" }, limits [[
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "slow" { max_size = 1000, cost = 5, spaces = { "smtp:*@Partner.example" } }
connector "gone" { weight = 0, max_size = 9, spaces = { "SMTP:*@partner.example" } }
connector "rest" { spaces = { "SMTP:*" } }]])
  end)

  it("is one for which a drained connector of theirs lets mail wait", function()
    assert.same({ "note 1 carries FAX:*, and mail over 9 bytes to FAX:* has no way: it waits for"
      .. " a connector that is drained; give the space to a connector without max_size, too, if"
      .. " larger messages are to arrive" }, limits [[
connector "all" { max_size = 9, spaces = { "FAX:*" } }
connector "gone" { weight = 0, spaces = { "FAX:*" } }]])
  end)

  it("is told of what other spaces leave to it, and is none where they leave nothing", function()
    assert.same({ "note 1 carries SMTP:a*@*, and mail over 9 bytes to a*@*, such as"
      .. " SMTP:a@x, has no way: it is message-large; give the space to a connector without"
      .. " max_size, too, if larger messages are to arrive" }, limits [[
connector "line" { max_size = 9, spaces = { "SMTP:a*@*" } }
connector "others" { spaces = { "SMTP:a?*@*" } }]])
    for _, source in ipairs {
      [[connector "line" { max_size = 9, spaces = { "SMTP:a*@*" } }
        connector "better" { spaces = { "SMTP:a*@*.*", "SMTP:a*@*" } }]],
      [[connector "line" { max_size = 9, spaces = { "SMTP:?@b.example" } }
        connector "as_good" { spaces = { "SMTP:*@b.example" } }]],
      [[connector "line" { max_size = 9, spaces = { "SMTP:*@b.example" } }
        domain "b.example" { kind = "relay", catchall = "x@c.example" }]],
    } do
      assert.same({}, limits(source), source)
    end
  end)

  it("is told of what a catch-all alone brings to a domain that has one elsewhere", function()
    local TURN = [[
domain "a" { kind = "relay", catchall = "a@b" }
domain "b" { kind = "relay", catchall = "%s" }
connector "line" { max_size = 9, spaces = { "SMTP:*@a" } }
connector "rest" { spaces = { "SMTP:*@b", "SMTP:*@c" } }]]
    assert.matches("to %*@a, such as SMTP:%w+@b, has no way", limits(TURN:format "b@a")[1])
    assert.same({}, limits(TURN:format "b@c"))
  end)

  it("is none where somebody takes all, or a vaguer space may", function()
    assert.same({}, limits [[
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "big" { cost = 5, spaces = { "SMTP:*@partner.example" } }]])
    assert.same({}, limits [[
settings { order = "cost" }
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "rest" { cost = 9, spaces = { "SMTP:*" } }]])
    assert.equal(2, #limits [[
settings { order = "cost" }
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "rest" { cost = 9, max_size = 9, spaces = { "SMTP:*" } }]])
  end)

  it("is one for all of any type", function()
    for _, space in ipairs { "CCMAIL:*", "CCMAIL:* at *", "NOTES:*" } do
      assert.same({ ("note 1 carries %s, and mail over 9 bytes to %s has no way: it is"
        .. " message-large; give the space to a connector without max_size, too, if larger"
        .. " messages are to arrive"):format(space, space) },
        limits(('connector "c" { max_size = 9, spaces = { "%s" } }'):format(space)))
    end
  end)

  it("is none where a domain keeps all mail, be there hundreds of these", function()
    local parts = {}
    for i = 1, 200 do
      parts[i] = ([[domain "d%d.example" { kind = "%s" }
        connector "c%d" { max_size = %d, spaces = { "SMTP:*@d%d.example" } }]]):format(i,
        i == 150 and "relay" or "local", i, i, i)
    end
    local found = limits(table.concat(parts, "\n"))
    assert.equal(1, #found)
    assert.is_truthy(found[1]:find("*@d150.example", 1, true))
  end)

  it("is one for all senders but those who have a connector of their own", function()
    assert.same({ "note 1 carries FAX:*, and mail over 9 bytes to FAX:* has no way, but from"
      .. " senders with a connector of their own: it is message-large; give the space to a"
      .. " connector without max_size, too, if larger messages are to arrive" }, limits [[
connector "all" { max_size = 9, spaces = { "FAX:*" } }
connector "own" { senders = { "SMTP:*@a.example" }, spaces = { "FAX:*" } }]])
    assert.same({}, limits [[
connector "own" { senders = { "SMTP:*@a.example" }, spaces = { "FAX:*" } }]])
  end)
end)

describe("a name that is nearly a domain of ours", function()
  it("is found in spaces and in what rewrites make", function()
    local SITE = [[
domain "partner.example" { kind = "relay" }
connector "a" { spaces = { "SMTP:*@patner.example", "SMTP:*@far.example", "FAX:*" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@parnter.example" }
rewrite "SMTP:{u}@partmer.example" { to = "SMTP:{u}@partner.example" }
rewrite_sender "SMTP:{u}@new.example" { to = "SMTP:{u}@partner.exampel" }
]]
    local NEAR = ', and domain "partner.example" at policy.lua:1 is a slip of the key away; correct'
      .. " it, or declare its domain, too"
    assert.same({
      'note 2 has the space "SMTP:*@patner.example"' .. NEAR,
      'note 3 has the target "SMTP:{u}@parnter.example"' .. NEAR,
      'note 5 has the target "SMTP:{u}@partner.exampel"' .. NEAR,
    }, findings(SITE, "space-near-miss", "target-near-miss"))
    assert.same({}, findings(SITE .. [[
domain "patner.example" {} domain "parnter.example" {} domain "partner.exampel" {}]],
      "space-near-miss", "target-near-miss"))
  end)

  it("is a slip in a label of some letters, whatever the others are", function()
    local function near_misses(domain, name)
      return findings(('domain "%s" { kind = "relay" } '):format(domain)
        .. CONNECTOR:format("SMTP:*@" .. name), "space-near-miss")
    end
    for name, domain in pairs {
      ["hq.patner.example"] = "hq.partner.example", ["a.con"] = "a.com", ["nmae.net"] = "name.net",
      ["hqpartner.example"] = "hq.partner.example", ["*.patner.example"] = "partner.example",
      ["*.patner.net"] = "*.partner.net", ["a.b.patner.org"] = "*.partner.org",
      [helper.readable "b\195\188ro.example"] = UNICODE and "buro.example" or nil,
    } do
      assert.equal(1, #near_misses(domain, name), name)
    end
    for name, domain in pairs {
      ["mail.us.example"] = "mail.uk.example", ["abc.com"] = "abd.com", ["name.de"] = "name.dk",
      ["mx1.name.example"] = "mx2.name.example", ["name.example"] = "*.name.example",
      ["*.name.example"] = "name.example", ["hq.name.example"] = "name.example",
      ["*.name.net"] = "*.name.net",
    } do
      assert.same({}, near_misses(domain, name), name)
    end
  end)
end)

describe("rewrites that turn addresses into each other", function()
  local function circles(source) return findings(source, "rewrite-circular") end
  local ADVICE = " comes back to itself; remove one of them, or put an exception before it, a"
    .. " rewrite that makes the same again"

  it("are found, with an address that comes back", function()
    assert.same({ "warning 1 and the rewrite at policy.lua:2 turn addresses into each other:"
      .. " SMTP:x@a.example" .. ADVICE }, circles [[
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }]])
    assert.same({ "warning 1 and the rewrites at policy.lua:2, policy.lua:3 turn addresses into"
      .. " each other: CCMAIL:x at hq" .. ADVICE }, circles [[
rewrite "CCMAIL:{u} at HQ" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:x{u}@c.example" }
rewrite "SMTP:x{u}@c.example" { to = "CCMAIL:{u} at hq" }]])
  end)

  for what, source in pairs {
    ["one address comes back alone"] = [[
rewrite "SMTP:a{u}@a.example" { to = "SMTP:b{u}@b.example" }
rewrite "SMTP:*@b.example" { to = "SMTP:ab@a.example" }]],
    ["a later one gets its turn since the first fires once"] = [[
rewrite "SMTP:{u}@{d}" { to = "SMTP:{u}@{d}.example" }
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@a" }]],
  } do
    it("are found where " .. what, function() assert.equal(1, #circles(source)) end)
  end

  it("are found where they are applied again without end", function()
    local END = " never comes to an end; leave out again, or put an exception before it, a rewrite"
      .. " that makes the same again"
    assert.same({ "warning 1 is applied again and again to what it made: SMTP:x@x" .. END },
      findings('rewrite "SMTP:{u}@{d}" { to = "SMTP:{u}@{d}.b", again = true }', "rewrite-endless"))
    assert.same({ "warning 1 is applied again and again, with the one at policy.lua:2, to what it"
      .. " made: SMTP:x@a.example" .. END }, findings([[
rewrite "SMTP:{u}@a.example" { to = "SMTP:a{u}@b.example", again = true }
rewrite "SMTP:{u}@b.example" { to = "SMTP:b{u}@a.example", again = true }]], "rewrite-endless"))
    for _, source in ipairs {
      'rewrite "SMTP:{u}@{d}" { to = "SMTP:{u}@{d}.b" }',
      'rewrite "SMTP:{u}@{d}.b" { to = "SMTP:{u}@{d}", again = true }',
    } do
      assert.same({}, findings(source, "rewrite-endless", "rewrite-circular"))
    end
  end)

  it("are none if nothing comes back, or each fires once", function()
    for _, source in ipairs {
      [[rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:x{u}@a.example" }]],
      [[rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }]],
      [[rewrite "SMTP:{u}.{v}@a.example" { to = "SMTP:{v}.{u}@a.example" }]],
      [[rewrite "SMTP:{u}@a.example" { to = function() return "SMTP:kim@b.example" end }
rewrite { match = { type = "SMTP" }, to = function(a) return a end }]],
    } do
      assert.same({}, circles(source))
    end
  end)

  it("are found among thousands that do not", function()
    local lines = {}
    for i = 1, 2000 do
      lines[i] = ('rewrite "SMTP:{u}@d%d.example" { to = "SMTP:{u}@e%d.example" }'):format(i, i)
    end
    lines[2001] = 'rewrite "SMTP:{u}@e7.example" { to = "SMTP:{u}@d7.example" }'
    assert.equal(1, #circles(table.concat(lines, "\n")))
  end)
end)

describe("a rule that is never the first", function()
  it("is found, with those that take all of its addresses, one or several together", function()
    assert.same({
      "warning 3 is never the first to match: the rewrites at policy.lua:1, policy.lua:2 take all"
        .. " of its addresses together; put it before, or remove it",
      "warning 5 is never the first to match: the rewrite at policy.lua:4 takes all of its"
        .. " addresses; put it before, or remove it",
    }, findings([[
rewrite "SMTP:{u}@?.example" { to = "SMTP:{u}@x.net" }
rewrite { match = { type = "SMTP", domain = "??*.example" }, to = "SMTP:one@x.net" }
rewrite { match = { type = "SMTP", domain = "*.example", localpart = "b*" }, to = "SMTP:o@x.net" }
rewrite "SMTP:{u}@b.net" { to = "SMTP:{u}@x.example" }
rewrite "SMTP:{u}.{v}@b.net" { to = "SMTP:{u}@x.example" }]], "rewrite-shadowed"))
  end)

  for _, case in ipairs {
    { "makes what both match", [[
rewrite "SMTP:{u}@{d}.example" { to = "SMTP:{u}@{d}" }
rewrite "SMTP:{u}@{d}.b.example" { to = "SMTP:{u}@{d}" }]] },
    { "makes what another one turns into what both match", [[
rewrite "SMTP:*@b.example" { to = "SMTP:one@b.net" }
rewrite "SMTP:o{u}@b.example" { to = "SMTP:{u}@x.net" }
rewrite "SMTP:{u}@b.net" { to = "SMTP:{u}@b.example" }]] },
    { "makes what a function may turn into anything", [[
rewrite "SMTP:*@b.example" { to = "SMTP:one@b.net" }
rewrite "SMTP:o{u}@b.example" { to = "SMTP:{u}@x.net" }
rewrite "SMTP:{u}@b.net" { to = function() end }]] },
  } do
    it("is none where the one before it, which is applied once, " .. case[1], function()
      assert.same({}, findings(case[2], "rewrite-shadowed"))
      local again = case[2]:gsub(" }", ", again = true }", 1)
      assert.equal(1, #findings(again, "rewrite-shadowed"))
    end)
  end

  local BOTH = [[
rewrite "SMTP:{u}@out.example" { to = "SMTP:{u}@%s.example" }
rewrite "SMTP:{u}@out.example" { to = "SMTP:{u}@in.example", both = true }]]

  it("is none where senders get their names by it, since answers come back", function()
    assert.same({}, findings(BOTH:format "in", "rewrite-shadowed"))
    assert.same({
      "warning 2 is never the first to match: the rewrite at policy.lua:1 takes all of its"
        .. " addresses; put it before, or remove it",
    }, findings(BOTH:format "other", "rewrite-shadowed"))
  end)

  it("is none where they do, beside another one that comes too late", function()
    local found = findings([[
rewrite "SMTP:{u}@*" { to = "SMTP:{u}@in.example" }
rewrite "SMTP:{u}@out.example" { to = "SMTP:{u}@other.example" }
rewrite "SMTP:{u}@out.example" { to = "SMTP:{u}@in.example", both = true }]], "rewrite-shadowed")
    assert.equal(1, #found)
    assert.matches("^warning 2 ", found[1])
  end)

  it("is not to be removed where that is not known of senders", function()
    assert.same({
      "warning 2 is never the first to match: the rewrite at policy.lua:1 takes all of its"
        .. " addresses; put it before, or remove it if no sender gets his name by it",
    }, findings([[
rewrite "SMTP:{u}@{d}.example" { to = "SMTP:{u}@in.{d}" }
rewrite "SMTP:{u}@out.example" { to = "SMTP:{u}@in.example", both = true }]], "rewrite-shadowed"))
  end)

  it("is found where what the one before it makes is taken by another", function()
    assert.equal(1, #findings([[
rewrite "SMTP:a{u}@*" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@B.example" }
rewrite "SMTP:a{u}.{v}@*" { to = "SMTP:{u}@x.net" }]], "rewrite-shadowed"))
  end)

  it("is none where a catch-all sends mail on to it after the one before it", function()
    assert.same({}, findings([[
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@new.example" }
rewrite "SMTP:z@old.example" { to = "SMTP:z@x.net" }
domain "new.example" { catchall = "SMTP:z@old.example" }]], "rewrite-shadowed"))
  end)

  it("is found where the directory has all of its addresses, be it without an extension", function()
    assert.same({
      "warning 3 is never the first to match: the entry at policy.lua:2 takes all of its addresses;"
        .. " remove it, or its addresses there",
      "warning 4 is never the first to match: the entry at policy.lua:2 takes all of its addresses;"
        .. " remove it, or its addresses there",
      "warning 7 is never the first to match: the rewrite at policy.lua:6 and the entry at"
        .. " policy.lua:5 take all of its addresses together; put it before, or remove it",
    }, findings([[
domain "a.example" { extension = "+" }
recipient "Kim Lee" { proxies = { "SMTP:kim@a.example" } }
rewrite "SMTP:Kim@a.example" { to = "SMTP:one@x.net" }
rewrite "SMTP:kim+{u}@a.example" { to = "SMTP:{u}@x.net" }
recipient "Pat Jones" { proxies = { "SMTP:pat@a.example" } }
rewrite "SMTP:pat{u}@a.example" { to = "SMTP:{u}@x.net" }
rewrite "SMTP:pat*@a.example" { to = "SMTP:two@x.net" }]], "rewrite-shadowed"))
  end)

  it("is found after an exception, which is final", function()
    assert.equal(1, #findings([[
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@B.example" }
rewrite "SMTP:a{u}@b.example" { to = "SMTP:{u}@x.net" }]], "rewrite-shadowed"))
  end)

  it("is none where a function may let an address pass, or another connector carries it", function()
    assert.same({}, findings([[
rewrite "SMTP:{u}@b.example" { to = function() end }
rewrite "SMTP:{u}.{v}@b.example" { to = "SMTP:{u}@x.example" }
connector "a" { spaces = { "SMTP:*" } } connector "b" { spaces = { "FAX:*" } }
rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@x.example", by = { "a" } }
rewrite_sender "SMTP:z{u}@b.example" { to = "SMTP:{u}@x.example" }]], "rewrite-shadowed"))
  end)

  it("is found where it would come to its turn on a way back alone", function()
    assert.equal(1, #findings([[
rewrite "SMTP:a{u}@b.example" { to = "SMTP:{u}@x.example" }
rewrite "SMTP:a{u}.{v}@b.example" { to = "SMTP:{u}@x.net" }
rewrite "SMTP:{u}@x.example" { to = "SMTP:a{u}@b.example" }]], "rewrite-shadowed"))
  end)

  it("is none where a gateway of ours makes what comes to it then", function()
    local lines = {
      'rewrite "SMTP:{u}@*" { to = "CCMAIL:{u}@b.example at gate" }',
      'rewrite "SMTP:a{u}@b.example" { to = "SMTP:{u}@x.net" }',
      'postoffice "gate" { gateway = "SMTP" }',
    }
    assert.same({}, findings(table.concat(lines, "\n"), "rewrite-shadowed", "rewrite-undecided"))
    lines[1] = lines[1]:gsub("gate", "far")
    assert.equal(1, #findings(table.concat(lines, "\n"), "rewrite-shadowed"))
  end)

  it("is named where a function has to say whether it is one", function()
    assert.same({
      "note 2 is never the first to match, and whether it is the next after rewrites that are"
        .. ' applied once is not known: what rewrite "SMTP:{u}@b.net" at policy.lua:3 makes; see'
        .. " whether it is needed",
    }, findings([[
rewrite "SMTP:*@b.example" { to = "SMTP:one@b.net" }
rewrite "SMTP:o{u}@b.example" { to = "SMTP:{u}@x.net" }
rewrite "SMTP:{u}@b.net" { to = function() end }]], "rewrite-undecided"))
  end)

  it("or that matches nothing, is found", function()
    assert.same({ "warning 1 matches no address that can be; correct its pattern, or remove it" },
      findings('rewrite { match = { type = "SMTP", domain = "* *" }, to = "SMTP:o@x.example" }',
        "rewrite-empty"))
  end)
end)

describe("a rewrite that works both ways", function()
  local function collisions(source) return findings(source, "both-collides") end

  it("leaves senders as they are whose answers an earlier rewrite would take", function()
    assert.same({ "note 2 is no way back for SMTP:xx@here.example: answers to SMTP:xx@old.example"
      .. " go to SMTP:x@there.example by the rewrite at policy.lua:1, so this sender stays as it"
      .. " is; put it before that one, or leave it if no such sender writes" }, collisions [[
rewrite "SMTP:x{u}@old.example" { to = "SMTP:{u}@there.example" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example", both = true }]])
  end)

  it("is no worse for an earlier one that makes the same, or comes after it", function()
    assert.same({}, collisions [[
rewrite "SMTP:x{u}@old.example" { to = "SMTP:x{u}@here.example" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example", both = true }
rewrite "SMTP:y{u}@old.example" { to = "SMTP:{u}@there.example" }]])
  end)
end)

describe("an entry", function()
  it("that leads where no stranger may relay to is a warning", function()
    assert.same({ "warning 2 leads to relay-denied: SMTP:kim@far.example was made of an address at"
      .. " a.example and would go to SMTP:kim@far.example; correct its target" }, findings([[
domain "a.example" {} postoffice "HQ" { gateway = "SMTP" }
recipient "Kim" { proxies = { "SMTP:k@a.example" }, target = "SMTP:kim@a.example" }
rewrite "SMTP:{u}@a.example" { to = "CCMAIL:{u}@far.example at HQ" }
connector "c" { spaces = { "SMTP:*" } }]], "entry-broken"))
  end)

  it("is in no circle that others are in", function()
    assert.same({ "warning 2 leads back to itself: SMTP:k@a.example > SMTP:x@b.example >"
      .. " SMTP:k@a.example; everybody gets one copy; remove one of them from the other" },
      findings([[
domain "b.example" { catchall = "Kim" }
recipient "Kim" { proxies = { "SMTP:k@a.example" }, target = "SMTP:x@b.example", keep = true }
list "All" { proxies = { "SMTP:all@a.example" }, members = { "SMTP:x@b.example", "Kim" } }]],
        "entry-circular"))
  end)
end)

describe("a list's owner", function()
  local function circular(of_list)
    return #findings(([[
recipient "Kim" { proxies = { "SMTP:k@a.example" } }
list "Kims" { proxies = { "SMTP:ks@a.example" }, members = { "Kim", "All" } }
list "All" { proxies = { "SMTP:all@a.example" }, members = { "Kim" }, %s }]]):format(of_list),
      "owner-circular")
  end

  it("who leads to the list is found, also where all of its members have it already", function()
    assert.equal(1, circular 'owner = "Kims"')
    assert.equal(0, circular 'owner = "Kims", authenticated = true')
    assert.equal(0, circular 'owner = "Kim"')
  end)
end)

describe("a member with restrictions", function()
  local function noted(of_list, of_member, more)
    return findings(([[
domain "a.example" {}
list "All" { proxies = { "SMTP:all@a.example" }, members = { "SMTP:k@a.example" }, %s }
recipient "Kim" { proxies = { "SMTP:k@a.example" }, %s }
%s]]):format(of_list, of_member, more or ""), "member-restricted")
  end

  it("is noted, be it one by its address", function()
    assert.same({ 'note 2 has 1 member whose own restrictions may refuse what it takes, such as'
      .. ' "Kim"; say the same of both, if that is not meant' }, noted("", "max_size = 10"))
  end)

  it("is not where the list takes no more", function()
    for of_member, of_list in pairs {
      ["max_size = 10"] = "max_size = 9", ["authenticated = true"] = "authenticated = true",
      ['accept = { "SMTP:*@*.example" }'] = 'accept = { "SMTP:*@b.example" }',
      ['accept = { "Kim", "SMTP:*@b.example" }'] = 'accept = { "Kim" }',
      ['reject = { "SMTP:x@b.example", "<>" }'] = 'reject = { "SMTP:*@b.example", "<>" }',
      ['reject = { "<>", "SMTP:*@c.example" }'] = 'accept = { "SMTP:*@b.example" }',
      ["authenticated = true, max_size = 2e3"] = 'accept = { "SMTP:*@a.example" }, max_size = 2e3',
    } do
      assert.same({}, noted(of_list, of_member), of_member)
      assert.equal(1, #noted("", of_member), of_member)
    end
    assert.equal(1, #noted('accept = { "SMTP:*@b.example" }', "authenticated = true"))
    assert.equal(1, #noted("max_size = 11", "max_size = 10"))
    assert.equal(1, #noted('accept = { "SMTP:*@*.example" }', 'accept = { "SMTP:*@b.example" }'))
  end)
end)

describe("the postmaster", function()
  it("of a local domain whose mail ends nowhere is found", function()
    assert.same({ 'warning 1 is local, and mail to its postmaster, whom RFC 5321 4.5.1 asks for,'
      .. ' leads to route-missing: no connector has an address space for it; add one, such as'
      .. ' spaces = { "SMTP:*" }; let "smtp:postmaster@a.example" be a proxy of somebody who gets'
      .. " it" }, findings([[
domain "a.example" {} rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@d.example" }
connector "c" { spaces = { "SMTP:*@c.example" } }]], "postmaster-missing"))
  end)

  it("of a policy that only relays is noted where he is nobody (RFC 5321 4.5.1)", function()
    local RELAY = 'domain "MS:A/B" { kind = "relay" } domain "a.example" { kind = "relay" }\n'
      .. CONNECTOR:format "SMTP:*"
    local function missing(source) return findings(source, "postmaster-missing") end
    assert.same({
      "note 1 is relayed and no domain is local, so that <Postmaster>, whom RFC 5321 4.5.1 asks"
        .. " for, is nobody; declare the host's own domain, and give it a postmaster",
    }, missing(RELAY))
    assert.same({}, missing(CONNECTOR:format "SMTP:*"))
    assert.same({}, missing(RELAY .. [[ function on.recipient(address)
      if not address.domain then return mail.parse "pat@a.example" end end]]))
    assert.same({}, missing(RELAY
      .. [[ domain "mx.example" { catchall = "postmaster@a.example" }]]))
    local found = missing(RELAY .. [[ domain "mx.example" {}]])
    assert.equal(1, #found)
    assert.matches("^warning 2 is local and has no postmaster", found[1])
  end)
end)

describe("a type that nobody knows", function()
  local function unknown(source) return findings(source, "type-unknown") end
  local SMPT = 'speaks of the type "SMPT", which is not known; did you mean "SMTP"?; if this type'
    .. ' is meant, write settings { types = { "SMPT" } }'

  it("is found wherever a pattern speaks of it, once of a declaration", function()
    for _, source in ipairs {
      'connector "a" { nexthop = "x", spaces = { "SMTP:*" }, senders = { "SMPT:*@a.example" } }',
      'set "x" { "SMPT:*@a.example", "smpt:b@a.example", "SMTP:*@c.example" }',
      'recipient "Kim" { proxies = { "SMTP:k@a.example" }, accept = { "SMPT:*@a.example" } }',
      'recipient "Kim" { proxies = { "SMTP:k@a.example" },'
        .. ' reject = { "SMPT:*@a.example", "SMPT:{x}" } }',
      CONNECTOR:format "SMPT:*",
      'domain "SMPT:*@x" {}',
      'rewrite "SMPT:{u}" { to = "SMTP:{u}" }',
      'recipient "Kim" { proxies = { "SMTP:k@a.example", "smpt:k@b.example", "SMPT:x@c" } }',
      'recipient "Kim" { proxies = { "SMTP:k@a.example" }, target = "SMPT:k@b.example" }',
      'list "All" { proxies = { "SMTP:k@a.example" }, members = { "x@b.example", "SMPT:k@c" } }',
      'list "All" { proxies = { "SMTP:k@a.example" }, members = { "x@b.example" },'
        .. ' owner = "SMPT:k@c" }',
      'domain "a.example" { catchall = "SMPT:k@b.example" }',
      'postoffice "gate" { gateway = "SMPT" }',
      'templates { "SMPT:%g@a.example", "smpt:%s@a.example" }',
    } do
      assert.same({ "warning 1 " .. SMPT }, unknown(source), source)
      assert.same({}, unknown('settings { types = { "SMPT" } } ' .. source), source)
      if not source:find '^domain "SMPT' then
        assert.same({}, unknown((source:gsub("SMPT", "SMTP"):gsub("smpt", "smtp"))), source)
      end
    end
  end)

  it("is left alone where it looks like none that is known", function()
    assert.same({}, unknown 'set "x" { "QUUX:*" }')
    assert.same({}, unknown [[
      recipient "Kim" { proxies = { "SMTP:k@a.example" }, accept = { "QUUX:*" } }]])
  end)
end)

describe("a set", function()
  -- What is found of one whose file holds a text.
  local function found(text, source)
    local p = assert(policy.load(source, { read = function() return text end }))
    local list = {}
    for _, finding in ipairs(p:check()) do
      if finding.code:find "^set" then
        list[#list + 1] = ("%s %s %s"):format(finding.severity, finding.code, finding.message)
      end
    end
    return list
  end

  local SET = 'set "closed" { file = "closed.txt" } '
  local EMPTY = 'note set-empty has nothing in it, for "closed.txt" is empty: whoever has to be in'
    .. " it is not"

  it("that is used and has an empty file is noted", function()
    for _, use in ipairs {
      'connector "a" { nexthop = "x", spaces = { "SMTP:*" }, senders = "closed" }',
      'recipient "Kim" { proxies = { "SMTP:k@a.example" }, accept = { "closed" } }',
      'function on.recipient(a) return mail.in_set(a, "closed") and reject "x" or nil end',
      'function on.recipient(a, e) return mail.in_set(a, tostring(e)) and reject "x" or nil end',
    } do
      assert.same({ EMPTY }, found("", SET .. use), use)
      assert.same({ EMPTY }, found("# nobody yet\n\n", SET .. use), use)
      assert.same({}, found("SMTP:*@b.example\n", SET .. use), use)
    end
    assert.same({ "warning set-unused is named by nothing" }, found("", SET))
    assert.same({ "warning set-unused is named by nothing" },
      found("", SET .. [[claim 'no "SMTP:closed@b.example" is delivered']]))
    assert.same({}, found("SMTP:*@b.example", SET .. [[claim 'no set "closed" is delivered']]))
    assert.same({}, found("", 'set "closed" { "SMTP:a@b.example", file = "closed.txt" }'
      .. 'connector "a" { nexthop = "x", spaces = { "SMTP:*" }, senders = "closed" }'))
  end)
end)
