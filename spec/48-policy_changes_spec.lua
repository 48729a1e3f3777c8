--- What changes from one policy to another, for any address: proofs, judged by brute force.

local dropped = require "postoffice.policy.prove.dropped"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

local unpack = table.unpack or unpack

local function load(source) return assert(policy.load(source, { chunkname = "@p.lua" })) end

-- What changes, as texts: the witness, where it went and goes, and what is known of its message.
local function told(old, new, options)
  local found, list = policy.changes(load(old), load(new), options), {}
  local function ends(deliveries)
    local texts = {}
    for i, delivery in ipairs(deliveries) do
      texts[i] = delivery.connector or delivery.code or delivery.entry
    end
    return table.concat(texts, ",")
  end
  for _, change in ipairs(found.changes) do
    local facts = {}
    for name, value in pairs(change.envelope) do
      local text = type(value) == "table" and table.concat(value, ",") or tostring(value)
      facts[#facts + 1] = (" %s=%s"):format(name, text)
    end
    table.sort(facts)
    if not change.recipient:find "dda:" then -- which goes as what it carries, if it may
      list[#list + 1] = ("%s: %s > %s%s"):format(change.recipient, ends(change.old_deliveries),
        ends(change.new_deliveries), table.concat(facts))
    end
  end
  return list, found
end

local SITE = [[
domain "a.example" {}
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
]]

-- Rules that make the same, and some that do not, or may not.
local ALIKE = {
  { 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example" }',
    'rewrite "SMTP:{v}@b.example" { to = "SMTP:{v}@c.example" }' },
  { 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example" }',
    'rewrite { match = { type = "SMTP", localpart = "{u}", domain = "b.example" },'
    .. ' to = "SMTP:{u}@c.example" }' },
  { 'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@d.example" }\n'
    .. 'rewrite_sender "SMTP:{u}@c.example" { to = "SMTP:{u}@d.example" }',
    'rewrite_sender "SMTP:{n}@c.example" { to = "SMTP:{n}@d.example" }\n'
    .. 'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@d.example" }' },
  { 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example", both = true }',
    'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example" }\n'
    .. 'rewrite_sender "SMTP:{n}@c.example" { to = "SMTP:{n}@b.example" }' },
}
local OTHERS = {
  { 'rewrite "SMTP:{u}.{v}@b.example" { to = "SMTP:{u}.{v}@c.example" }',
    'rewrite "SMTP:{u}.{v}@b.example" { to = "SMTP:{v}.{u}@c.example" }' },
  { 'rewrite_sender "SMTP:{u}{v}@b.example" { to = "SMTP:{v}{u}@d.example" }',
    'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@d.example" }' },
  { 'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@d.example" }',
    'rewrite_sender "SMTP:?{u}@b.example" { to = "SMTP:x{u}@d.example" }\n'
    .. 'rewrite_sender "SMTP:?@b.example" { to = "SMTP:x@d.example" }' },
}

describe("what changes for any address", function()
  it("is nothing between a policy and itself, which is a proof", function()
    local list, found = told(SITE, SITE)
    assert.same({}, list)
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  it("is nothing where the same stands elsewhere, be anything in doubt besides #long", function()
    local GATE = SITE .. 'connector "fax" { nexthop = "f", spaces = { "FAX:+1*" } }\n'
    local LEE = 'recipient "Lee" { proxies = { "SMTP:lee@a.example" } }\n'
    local function compared(old, new)
      local list, found = told(old, new)
      local function load_old() return load(old) end
      local answer = load(new):prove('every address routes as in "old.lua"',
        { load = load_old, seconds = 60 })
      return list[1], found.undecided[1] or "proven", answer.outcome
    end
    assert.same({ nil, "proven", "holds" }, { compared(GATE .. LEE, LEE .. "\n" .. GATE) })
    local _, doubt, outcome = compared(GATE, (GATE:gsub("FAX:%+1", "FAX:+")))
    assert.matches("only code knows which text the addresses of FAX have", doubt)
    assert.equal("undecided", outcome)
  end)

  it("is none beside an excepted one, whose senders a connector may not be able to say", function()
    local site = SITE:gsub('"x"', '%0, speaks = "SMTP"')
    local function proven(old, claim)
      local p = load(site .. 'list "L" { proxies = { "SMTP:l@a.example" }, members = { "Kim" } }')
      local answer = p:prove(claim, { seconds = 60, load = function() return load(old) end })
      p:close()
      return answer.outcome
    end
    local far = site
      .. 'list "L" { proxies = { "SMTP:l@a.example" }, members = { "SMTP:x@b.example" } }'
    local narrow = far:gsub('"SMTP:%*"', '"SMTP:*@*.example"')
    local SAME = 'every address routes as in "old.lua"'
    local BUT_FOR_LIST = SAME .. ' unless by list "L"'
    assert.equal("holds", proven(far, BUT_FOR_LIST))
    assert.equal("fails", proven(far, SAME))
    assert.equal("fails", proven(narrow, BUT_FOR_LIST))
  end)

  it("is nothing where other lines make the same of what they capture", function()
    local function compared(old, new)
      local list, found = told(SITE .. old, SITE .. new)
      return { #list, found.undecided[1] or found.unfinished }
    end
    for _, case in ipairs(ALIKE) do assert.same({ 0 }, compared(case[1], case[2]), case[2]) end
    for _, case in ipairs(OTHERS) do
      local answer = compared(case[1], case[2])
      assert.is_true(answer[1] > 0 or answer[2] ~= nil, case[2])
    end
  end)

  it("is decided where rewrites lead to mailboxes that have an @ of their own #long", function()
    local FAR = SITE .. 'postoffice "NET" { gateway = "SMTP" }\npostoffice "HQ" {}\n'
      .. 'rewrite "SMTP:{u}@b.example" { to = "CCMAIL:{u}@b.example at HQ" }\n'
      .. 'connector "hq" { speaks = "CCMAIL", wrap = { postoffice = "NET" },'
      .. ' spaces = { "CCMAIL:*" } }'
    local MAX = 'recipient "Max" { proxies = { "SMTP:max@a.example" } }'
    local list, found = told(FAR, FAR .. "\n" .. MAX)
    assert.is_true(#list > 0)
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  -- An answer to whom nobody has would be refused, so that who carries him is said as he is.
  it("is whom gateways name as senders, where those they carry are others", function()
    local OPEN = 'domain "a.example" { unwrap = { "SMTP", "CCMAIL" } }\n'
    local OUT = 'connector "out" { speaks = "SMTP", nexthop = "x", spaces = { "SMTP:*" } }\n'
    local INSIDE = 'connector "cc" { speaks = "CCMAIL", nexthop = "c", spaces = { "SMTP:*" },'
      .. ' wrap = { postoffice = "internet" } }\n'
    local KIM = 'recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:k@b.example" } }\n'
    local LESS = 'recipient "Kim" { proxies = { "SMTP:kim@a.example" } }\n'
    local B = 'domain "b.example" {}\n'
    for _, case in ipairs {
      { KIM, "", OUT, "CCMAIL:kim@a.example at us" },
      { KIM, LESS, OUT, "CCMAIL:k@b.example at us" },
      { KIM, "", INSIDE, "SMTP:IMCEASMTP-kim+40a+2Eexample@a.example" },
      { "", B, OUT, "CCMAIL:x-nobody@b.example at us" },
    } do
      local old, new = OPEN .. case[1] .. case[3], OPEN .. case[2] .. case[3]
      local list, found = told(old, new)
      local is_told = table.concat(list, "\n"):find(" sender=" .. case[4], 1, true)
      assert.is_true(is_told ~= nil or found.undecided[1] ~= nil, table.concat(list, "\n"))
      for _, from in ipairs { "", 'from "' .. case[4] .. '"' } do
        local p = load(new)
        local answer = p:prove(('every "SMTP:*@c.example" %s routes as in "old.lua"'):format(from),
          { load = function() return load(old) end })
        p:close()
        assert.equal("fails", answer.outcome, case[4])
      end
    end
  end)

  it("is told where a domain opens a type whose name has signs #long", function()
    local site = SITE:gsub('"x"', '%0, speaks = "SMTP"')
      :gsub('a%.example" } }', 'a.example" }, accept = "SMTP:*@b.example" }')
    local list = told(site:gsub('"a.example" {', '%0 unwrap = { ".EX" }'),
      (site:gsub('"a.example" {', '%0 unwrap = { "EX" }')))
    assert.is_true(#list > 0)
  end)

  it("is decided where a set lets senders in, and patterns beside entries do", function()
    local site = SITE:gsub('"a%.example" {', '%0 extension = "+"') .. [[
      set "partners" { "SMTP:*@b.example" }
      list "few" { proxies = { "SMTP:few@a.example" }, members = { "Kim" } }
      recipient "closed" { proxies = { "SMTP:closed@a.example" }, accept = { ACCEPT } }
    ]]
    local function with(accept) return (site:gsub("ACCEPT", accept)) end
    local by_set = with '"Kim", "partners"'
    for accept, expected in pairs {
      ['"Kim", "SMTP:*@b.example"'] = {},
      ['"few", "SMTP:*@b.example"'] = { "few" },
      ['"Kim"'] = { "b.example" },
    } do
      local list, found = told(by_set, with(accept))
      assert.same({}, found.undecided, accept)
      assert.is_nil(found.unfinished, accept)
      assert.equal(#expected > 0, #list > 0, accept)
      for _, part in ipairs(expected) do assert.matches(part, table.concat(list, "\n"), 1, true) end
    end
  end)

  it("is told of wraps that move, and of nobody else #long", function()
    local GW = SITE:gsub('"x"', '%0, speaks = "SMTP"')
      .. 'domain "gw.example" { unwrap = { "CCMAIL" } }\n'
      .. 'connector "gw" { nexthop = "g", speaks = "SMTP", wrap = { domain = "gw.example" },'
      .. ' spaces = { "CCMAIL:*" } }'
    for _, new in ipairs {
      (GW:gsub('domain = "gw.example"', 'domain = "a.example"')),
      (GW:gsub('"x"', '"x", wrap = { domain = "a.example" }')),
    } do
      local list, found = told(GW, new)
      assert.same({}, found.undecided, new)
      assert.is_nil(found.unfinished)
      assert.not_matches("SMTP:kim@a.example", table.concat(list, "\n"))
    end
  end)

  it("is who hears another post office in which senders are wrapped, each kind once", function()
    local GW = SITE .. [[
      postoffice "HQ" {}
      postoffice "internet" { via = "HQ", gateway = "SMTP" }
      postoffice "net" { via = "HQ", gateway = "SMTP" }
      connector "cc" { speaks = "CCMAIL", nexthop = "c", spaces = { "CCMAIL:* at HQ" },
        wrap = { postoffice = "internet" } }]]
    local list, found = told(GW, (GW:gsub('= "internet"', '= "net"')))
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
    assert.is_true(#list > 0 and #list < 10, table.concat(list, "\n"))
  end)

  it("is known where rules make something else, and all senders of a class are refused", function()
    local GW = SITE .. [[
      domain "far.example" { kind = "relay" }
      postoffice "HQ" {}
      postoffice "FAR" { via = "HQ" }
      rewrite "SMTP:{user}@far.example" { to = "CCMAIL:{user}@far.example at FAR" }
      postoffice "net" { via = "HQ", gateway = "SMTP" }
      connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" },
        wrap = { postoffice = "net" } }]]
    local list, found = told(GW, (GW:gsub("@far.example at FAR", "@way.example at FAR")))
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
    assert.matches("^SMTP:.*@far.example: cc > cc", list[1])
  end)

  it("is none but what is excepted, where connectors that speak say all senders alike", function()
    local gates = SITE:gsub('"x"', '%0, speaks = "SMTP"') .. [[
      recipient "Lee" { proxies = { "SMTP:lee@a.example", "smtp:l@a.example", "CCMAIL:Lee at HQ" } }
      connector "cc" { speaks = "CCMAIL", wrap = { postoffice = "internet" }, nexthop = "c",
        spaces = { "CCMAIL:*" } }]]
    local FEWER = gates:gsub(', "smtp:l@a.example"', "")
    local ANOTHER = gates:gsub("CCMAIL:Lee at HQ", "CCMAIL:Lee at PO")
    local SAME = 'every address but %s or X400 address routes as in "old.lua"'
    for _, case in ipairs {
      { FEWER, '"SMTP:l@a.example" or CCMAIL address', "fails" }, -- CCMAIL:l@a.example at us
      { FEWER, '"SMTP:l@a.example"', "fails" }, -- he wrote as Lee at HQ
      { FEWER, "CCMAIL address", "fails" },
      { ANOTHER, '"CCMAIL:Lee at *"', "fails" }, -- so he did
      { ANOTHER, "foreign or CCMAIL address", "holds" },
    } do
      local old, new = load(gates), load(case[1])
      local answer = new:prove(SAME:format(case[2]),
        { seconds = 60, load = function() return old end })
      assert.equal(case[3], answer.outcome, case[2] .. ": " .. tostring(answer))
    end
  end)

  it("is by whom mail goes where only some senders can be said to either, who are told", function()
    local site = SITE:gsub('"x"', '%0, speaks = "SMTP"')
    local list, found = told(site, site
      .. 'connector "p" { speaks = "SMTP", nexthop = "p", spaces = { "SMTP:*@p.example" } }')
    assert.same({}, found.undecided)
    assert.matches("^SMTP:x@p.example: out > p", list[1])
  end)

  it("is known of what hosts read in carriers, whatever else changes #long", function()
    local WEST = 'domain "west.example" {}'
    local PLANTS = 'settings { extension = "+" }\ndomain "plants.example" { kind = "relay" }\n'
    local GATE = 'domain "cc.example" { unwrap = { "CCMAIL" } }\npostoffice "HQ" {}\n'
      .. 'postoffice "internet" { gateway = "SMTP" }\n'
      .. 'connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" },'
      .. ' wrap = { postoffice = "internet" } }\n'
    for _, case in ipairs {
      { PLANTS, (PLANTS:gsub('"%+"', '"+-"')) }, { GATE, GATE .. WEST },
      { GATE, GATE .. 'postoffice "PARIS" { via = "HQ" }' },
    } do
      local _, found = told(SITE .. case[1], SITE .. case[2])
      assert.same({}, found.undecided, case[2])
      assert.is_nil(found.unfinished)
    end
  end)

  it("is who is signed by other keys, and nobody who is not", function()
    local SIGNING = [[
      domain "a.example" { unwrap = { "SRS" } }
      recipient "Kim" { proxies = { "SMTP:kim@a.example" }, target = "kim@far.example" }
      connector "out" { speaks = "SMTP", nexthop = "x", spaces = { "SMTP:*" },
        srs = { domain = "a.example", secrets = "keys" } }]]
    local list, found = told(SIGNING, (SIGNING:gsub('"keys"', '"others"')))
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
    assert.is_true(#list > 0)
    for _, change in ipairs(found.changes) do -- a bounce, and who is ours, is not
      local to, from = tostring(change.recipient):lower(), tostring(change.envelope.sender)
      assert.is_true(to:find "^smtp:srs" ~= nil or not from:find "@a.example$", to .. " " .. from)
    end
  end)

  it("is known of carriers that one of two policies opens, be they alike or not #long", function()
    local WEST = 'settings { extension = "+" }\n'
      .. 'rewrite "SMTP:{u}@west.example" { to = "SMTP:{u}@a.example" }\n'
    for _, fields in ipairs { "{}", '{ kind = "relay" }' } do
      local _, found = told(SITE .. WEST, SITE .. WEST .. 'domain "west.example" ' .. fields)
      assert.same({}, found.undecided, fields)
      assert.is_nil(found.unfinished)
    end
    -- Those that end otherwise go elsewhere, unless they are opened.
    local OPEN, CLOSED = 'domain "w.example" {}', 'domain "w.example" { unwrap = {} }'
    local RULE = SITE
      .. 'rewrite "SMTP:{u}-request@w.example" { to = "SMTP:{u}@far.example" }\n'
    local list, found = told(RULE .. OPEN, RULE .. CLOSED)
    local is_told = table.concat(list, "\n"):find("%-request@w")
    assert.is_true(is_told ~= nil or found.undecided[1] ~= nil, table.concat(list, "\n"))
    local p = load(RULE .. CLOSED)
    local answer = p:prove('every address routes as in "old.lua"',
      { load = function() return load(RULE .. OPEN) end })
    p:close()
    assert.not_equal("holds", answer.outcome)
  end)

  it("lets who waits count the classes that are looked at", function()
    local count = 0
    told(SITE, (SITE:gsub('"x"', '"y"')), { visit = function() count = count + 1 end })
    assert.is_true(count > 2)
  end)

  it("is told by a witness of each class, with the facts that matter to it alone", function()
    assert.same({ "SMTP:x@p.example: out > p" },
      told(SITE, SITE .. 'connector "p" { spaces = { "SMTP:*@p.example" } }'))
    assert.same({ "SMTP:x@p.example: out > p size=9",
      "SMTP:x@p.example: out > message-large size=10" },
      told(SITE, SITE .. 'connector "p" { max_size = 9, spaces = { "SMTP:*@p.example" } }'))
    assert.same({ "SMTP:kim@a.example: Kim > Lee" }, told(SITE, (SITE:gsub('"Kim"', '"Lee"'))))
    assert.same({ "SMTP:lee@a.example: recipient-unknown > Lee" },
      told(SITE, SITE .. 'recipient "Lee" { proxies = { "SMTP:lee@a.example" } }'))
    local list = told(SITE, SITE
      .. 'rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }')
    assert.equal(1, #list)
    assert.matches(": out > out sender=SMTP:.*@a.example$", list[1])
  end)

  it("may be who of another type than SMTP is let through", function()
    local list = told(SITE, (SITE:gsub('"x",', '"x", senders = { "SMTP:*" },')))
    assert.equal(1, #list)
    assert.matches(": out > .* sender=CCMAIL:x$", list[1])
  end)

  it("is what the facts that are said leave of it", function()
    local P = SITE .. 'connector "p" { max_size = 9, spaces = { "SMTP:*@p.example" } }'
    assert.same({ "SMTP:x@p.example: out > p size=9" },
      told(SITE, P, { fixed = { over = 8, up_to = 9 } }))
  end)

  it("is proven but for what functions decide, which are named", function()
    local list, found = told(SITE, SITE .. "\nfunction on.route(route) end")
    assert.same({}, list)
    assert.same({ "on.route (p.lua:5) decides" }, found.undecided)
  end)

  it("may be a shell that is dropped: what waits in queues comes to it #long", function()
    local GATE = SITE .. 'connector "gw" { speaks = "SMTP", nexthop = "g", spaces = { "CCMAIL:*" },'
      .. ' wrap = { domain = "GW.example" } }'
    local _, found = told(GATE, SITE)
    assert.same({ { domain = "gw.example", what = "encapsulated", connector = "gw",
      where = "p.lua:4" } }, found.dropped)
    assert.same({}, select(2, told(SITE, GATE)).dropped)
  end)

  it("may be what a domain no longer opens: what was encapsulated or signed comes to it", function()
    local SIGNING = 'connector "s" { nexthop = "s", spaces = { "SMTP:*@s.example" },'
      .. ' srs = { domain = "b.example", secrets = "k" } }'
    local SRS = 'domain "b.example" { unwrap = { "SRS" }, secrets = "k" }'
    local NOTHING = 'domain "b.example" { unwrap = {} }'
    local GATE = 'connector "gw" { speaks = "SMTP", nexthop = "g", spaces = { "CCMAIL:*" },'
      .. ' wrap = { domain = "b.example" } }'
    local CCMAIL = 'domain "b.example" { unwrap = { "CCMAIL" } }'
    local CASES = { -- of the old policy, of the new one, and what is said
      { CCMAIL, 'domain "b.example" {}', "b.example opened CCMAIL" },
      { CCMAIL, "", "b.example opened CCMAIL" },
      { CCMAIL, 'domain "*.example" { unwrap = { "CCMAIL" } }', "" },
      { CCMAIL, GATE, "" },
      { GATE, CCMAIL, "b.example encapsulated gw" },
      { 'domain "b.example" {}', "", "" },
      { 'domain "b.example" {}', 'domain "b.example" { kind = "relay" }',
        "b.example opened EX+X500" },
      { 'domain "b.example" {}', 'domain "b.example" { kind = "former" }', "" },
      { 'domain "*.b.example" { unwrap = { "EX", "FAX" } }',
        'domain "*.b.example" { unwrap = { "X500" } }', "*.b.example opened FAX" },
      { SRS .. SIGNING, SRS, "" },
      { SRS .. SIGNING, NOTHING, "b.example signed s" },
      { SRS, NOTHING, "b.example opened SRS" },
    }
    for _, case in ipairs(CASES) do
      local old, new, said = load(SITE .. case[1]), load(SITE .. case[2]), {}
      for i, gone in ipairs(dropped(old, new)) do
        said[i] = ("%s %s %s"):format(gone.domain, gone.what,
          gone.connector or table.concat(gone.types, "+"))
      end
      assert.equal(case[3], table.concat(said, "; "), case[1] .. " > " .. case[2])
    end
  end)

  it("is known of whatever carriers name, where a domain becomes ours #long", function()
    local LINE = 'domain "mail.a.example" { kind = "relay" }\n'
      .. 'connector "in" { speaks = "SMTP", nexthop = "i", spaces = { "SMTP:*@mail.a.example" } }\n'
      .. 'rewrite "SMTP:{u}.alum@a.example" { to = "SMTP:{u}@a.example" }\n'
    for _, new in ipairs { 'domain "x.a.example" {}', 'domain "x.a.example" { kind = "relay" }' } do
      local _, found = told(SITE .. LINE, SITE .. LINE .. new)
      assert.same({}, found.undecided)
      assert.is_nil(found.unfinished)
    end
  end)

  it("has an end where a rewrite makes what it matches again", function()
    local GROWING = SITE .. 'rewrite "SMTP:a{u}@b.example" { to = "SMTP:{u}@b.example" }\n'
      .. 'rewrite "SMTP:{u}b@b.example" { to = "SMTP:{u}@a.example" }'
    local list, found = told(GROWING, (GROWING:gsub('"Kim"', '"Lee"')))
    assert.same({ "SMTP:kim@a.example: Kim > Lee" }, list)
    local other = found.changes[1].others[1]
    assert.equal("SMTP:kimb@b.example", other.recipient)
    assert.is_true(other.classes > 1) -- akimb@b.example, too
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  it("takes no more time than it is given", function()
    local _, found = told(SITE .. 'connector "p" { spaces = { "SMTP:*@p.example" } }', SITE,
      { seconds = 0 })
    assert.is_string(found.unfinished)
  end)
end)

-- ---- By brute force ------------------------------------------------------------

-- An address and a message that come to something else; nil if none of those that are tried does.
local function difference(old, new, tried, seed, counts)
  local text = old.origin.source .. new.origin.source
  local envelopes = judge.envelopes({ old, new }, tried.fixed, text)
  local is_taken = judge.some(seed, #envelopes * #tried.addresses)
  for _, address in ipairs(tried.addresses) do
    for _, envelope in ipairs(envelopes) do
      if is_taken() then
        counts:add "addresses tried"
        if judge.outcome(old, address, envelope) ~= judge.outcome(new, address, envelope) then
          return address, envelope
        end
      end
    end
  end
end

local function shown(envelope)
  local parts = {}
  for name, value in pairs(envelope or {}) do
    parts[#parts + 1] = name .. "=" .. (type(value) == "table" and table.concat(value, "+")
      or tostring(value))
  end
  table.sort(parts)
  return table.concat(parts, " ")
end

-- Holds what is said to change between two policies to what does to what is tried.
local function judge_two(old, new, tried, seed, counts)
  local found = policy.changes(old, new, { seconds = judge.SECONDS })
  local where = ("\n%s\n-- new:\n%s\n-- "):format(old.origin.source, new.origin.source)
  local doubt = found.undecided[1] or found.unfinished
  counts:add(judge.is_late(doubt) and "late" or "pairs")
  counts:add("changes", #found.changes)
  for _, change in ipairs(judge.all_changes(found)) do
    assert(judge.is_change(old, new, change),
      where .. "no change: " .. change.recipient .. " " .. shown(change.envelope))
  end
  if doubt then return counts:add(judge.doubt(doubt)) end
  counts:add "are decided"
  if found.changes[1] then return end
  counts:add "proofs"
  local address, envelope = difference(old, new, tried, seed, counts)
  assert(not address, where .. "not told: " .. tostring(address) .. " " .. shown(envelope))
end

-- Holds what is said of so many pairs of policies, of lines that a function makes, to what is tried.
local function judge_pairs(what, count, lines_of)
  local counts = judge.counts()
  judge.each(1, helper.times(count), function(seed)
    local old, new = small.pair(policy.load, seed, lines_of)
    if not (old and new) then return end
    local text = old.origin.source .. new.origin.source
    judge_two(old, new, { addresses = judge.addresses(text), fixed = {} }, seed, counts)
    old:close()
    new:close()
  end)
  judge.tell(what, counts)
  local are_some = counts:of "proofs" > 0 and counts:of "changes" > 0
  assert.is_true(counts:of "pairs" < 8 or are_some, tostring(counts))
end

describe("what changes from one random policy to another", function()
  it("is no proof where something does, and no change that is none", function()
    judge_pairs("changes", 8)
  end)

  it("is none either where both sign", function()
    judge_pairs("changes of those that sign", 4, small.lines_that_sign)
  end)
end)

-- ---- Primary addresses ---------------------------------------------------------

-- Somebody of ours, and one by each connector.
local RECIPIENTS = {
  addresses = { "a@a", "a@b.b", "a@bb", "CCMAIL:a at b" }, fixed = { nothing_down = true },
}

-- A policy in which people may go out under their primary address, as its lines.
local function people(seed)
  local random = generate.random(seed)
  local function pick(list) return list[random(#list)] end
  local function said() return pick { "outbound = 'primary'", "outbound = 'unchanged'", "" } end
  local left = { "a@a", "b@a", "ab@b", "aa@a.b", "b@b.b", "CCMAIL:a at a" }
  local function proxies()
    local list = {}
    for i = 1, random(3) do
      local text = table.remove(left, random(#left))
      local kind = text:find ":" and "" or i == 1 and "SMTP:" or pick { "SMTP:", "smtp:" }
      list[i] = ("%q"):format(kind .. text)
    end
    return table.concat(list, ", ")
  end
  return {
    ("settings { %s }"):format(said()), ("domain 'a' { %s }"):format(said()), "domain 'b' {}",
    ("domain 'a.b' { %s }"):format(said()),
    ("recipient 'r' { proxies = { %s } }"):format(proxies()),
    ("recipient 's' { proxies = { %s } }"):format(proxies()),
    ("connector 'x' { spaces = { 'SMTP:*' }, %s }"):format(said()),
    ("connector 'y' { spaces = { 'SMTP:*@b.b' }, %s }"):format(said()),
    pick { "", "connector 'z' { speaks = 'CCMAIL', wrap = { postoffice = 'b' },"
      .. " spaces = { 'CCMAIL:*' } }" },
    pick { "", "rewrite_sender 'SMTP:{u}@a' { to = 'SMTP:{u}@b' }",
      "rewrite_sender 'SMTP:b@a' { to = 'SMTP:a@b.b', by = { 'y' } }",
      "rewrite_sender 'SMTP:{u}@ab' { to = 'SMTP:{u}@a' }",
      "rewrite_sender 'SMTP:b{u}@ab' { to = 'SMTP:{u}@a' }" },
  }
end

-- The same with one line of another one that loads.
local function with_line_of_another(lines, seed)
  local random, other = generate.random(seed), people(seed + 1)
  local changed = { unpack(lines) }
  local at = random(#lines)
  changed[at] = other[at]
  return changed
end

local function load_lines(lines) return policy.load(table.concat(lines, "\n")) end

describe("a domain in other letters", function()
  local OLD = 'domain "a.example" {} connector "out" { nexthop = "x", spaces = { "SMTP:*" } }\n'
    .. 'recipient "Kim" { proxies = { "SMTP:kim@a.example" }, target = "SMTP:kim@far.example" }\n'
    .. 'rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@new.example" }\n'
  -- What comes instead of what, and how many addresses it changes.
  local CASES = {
    { "@new.example", "@New.Example", 0 },
    { "kim@far.example", "kim@FAR.example", 0 },
    { "kim@far.example", "Kim@far.example", 1 },
    { "$", 'rewrite_sender "SMTP:{u}@b.example" { to = "SMTP:{u}@B.example" }', 0 },
  }

  for _, case in ipairs(CASES) do
    it(("is no change, but a local part is: %s"):format(case[2]), function()
      local text = OLD:gsub(case[1], case[2], 1)
      local list, found = told(OLD, text)
      assert.same({ case[3], {} }, { #list, found.undecided })
      local old, new = load(OLD), load(text)
      for _, address in ipairs { "kim@a.example", "lee@a.example" } do
        local is_told = case[3] > 0 and address == "kim@a.example"
        local envelope = { sender = "X@B.example" }
        assert.equal(is_told, policy.diff(old, new, address, envelope) ~= nil)
      end
    end)
  end
end)

-- Its parts are captured, and what it makes is resolved on, by extension and to targets.
it("is no change in other letters, where what a rule makes of parts is found here", function()
  local OLD = [[settings { extension = "+", propagate = "always" }
domain "a.example" {}
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
recipient "Both" { proxies = { "SMTP:both@a.example" },
  targets = { "kim@far.example", "SMTP:lee@far.example" } }
rewrite "SMTP:{f}.{l}@b.example" { to = "SMTP:{l}@a.example" }]]
  local list, found = told(OLD, (OLD:gsub("{l}@a", "{l}@A")))
  assert.same({ {}, {} }, { list, found.undecided })
end)

describe("who goes out under a primary address", function()
  it("is told by a witness, and is proven where nothing changes", function()
    local PEOPLE = 'settings { outbound = "primary" }\n'
      .. (SITE:gsub('"SMTP:kim@a.example"', '"SMTP:kim@a.example", "smtp:k@a.example"'))
    assert.same({ "SMTP:x@a: out > out may_relay=true sender=SMTP:k@a.example" },
      told(PEOPLE, (PEOPLE:gsub('"primary"', '"unchanged"'))))
    local list, found = told(PEOPLE, PEOPLE .. "\n")
    assert.same({}, list)
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
  end)

  it("is told apart also where the next hop speaks a type of theirs", function()
    local HOP = [[domain "a.example" {}
      recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:Kim at HQ" } }
      connector "cc" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]]
    local claim = 'no "CCMAIL:* at Far" from SMTP address has sender "CCMAIL:Kim at HQ"'
    local answer = load(HOP):prove(claim)
    assert.equal("fails", answer.outcome, tostring(answer))
  end)

  it("is decided of as many as there are, and told of one among them #long", function()
    local lines = {
      'settings { outbound = "primary" } domain "a.example" {}',
      'connector "out" { nexthop = "x", spaces = { "SMTP:*" } }',
      'connector "cc" { nexthop = "x", speaks = "CCMAIL", spaces = { "CCMAIL:*" } }',
    }
    for i = 1, 300 do
      lines[#lines + 1] = ('recipient "r%d" { proxies = { "SMTP:r%d@a.example",'
        .. ' "smtp:old%d@a.example", "CCMAIL:R%d at HQ" } }'):format(i, i, i, i)
    end
    local claim = 'no "SMTP:*@far.example" from recipient when may_relay has sender "SMTP:old*@*"'
    local answer = load(table.concat(lines, "\n")):prove(claim)
    assert.equal("holds", answer.outcome, tostring(answer))
    lines[100] = lines[100]:gsub("SMTP:r97@", "SMTP:old097@")
    answer = load(table.concat(lines, "\n")):prove(claim)
    assert.equal("fails", answer.outcome, tostring(answer))
    assert.matches("^SMTP:old0?97@a%.example$", tostring(answer.envelope.sender))
  end)

  it("is told and proven of random people", function()
    local counts = judge.counts()
    judge.each(1, helper.times(14), function(seed)
      local lines = people(seed)
      local old = load_lines(lines)
      local new = old and load_lines(with_line_of_another(lines, seed))
      if new then judge_two(old, new, RECIPIENTS, seed, counts) end
    end)
    judge.tell("changes of primary addresses", counts)
    local are_most = counts:of "proofs" > 0 and counts:of "are decided" * 2 > counts:of "pairs"
    assert.is_true(counts:of "pairs" < 12 or are_most, tostring(counts))
  end)
end)
