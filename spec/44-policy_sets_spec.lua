-- Sets of patterns: thousands under a name, wherever a list of patterns stands.
local families = require "postoffice.policy.pattern.families"
local helper = require "spec.helper"
local joined = require "postoffice.policy.pattern.joined"
local matchers = require "postoffice.policy.pattern.matchers"
local patterns = require "postoffice.policy.pattern.sets"
local policies = require "spec.policies"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local OUT = 'connector "out" { nexthop = "x", spaces = { "SMTP:*" } }\n'

local function load(source, options)
  options = options or {}
  options.chunkname = "@policy.lua"
  return policy.load(source, options)
end

local function loads(source, options) return assert(load(source, options)) end

local function complaint(source, options)
  local loaded, message = load(source, options)
  assert.is_nil(loaded, source)
  return message
end

-- A set of patterns.
local function set_of(texts)
  local set = patterns.new()
  for _, text in ipairs(texts) do assert(patterns.add(set, text), text) end
  return patterns.finish(set)
end

-- What answers for a file.
local function file(text) return { read = function() return text end } end

describe("a set", function()
  it("has the addresses that its patterns match", function()
    local set = set_of {
      "SMTP:*@a.example", "SMTP:*@*.b.example", "SMTP:Kim@C.example", "SMTP:s-*@d.example",
      helper.readable "SMTP:*@\195\188.example", "CCMAIL:* at HQ", "X400:c=us;a= ;p=Org;s={s}",
      "X400:c=us;a=x;...",
      'SMTP:"a b"@e.example', "SMTP:\\*@f.example", "EX:/o=Org/cn=kim",
    }
    for text, expected in pairs {
      ["joe@A.example"] = 1, ["joe@s.a.example"] = false, ["joe@s.t.B.example"] = 2,
      ["joe@b.example"] = false, ["kim@c.example"] = 3, ["kim2@c.example"] = false,
      ["S-1@d.example"] = 4, ["x@xn--tda.example"] = 5, ["CCMAIL:Lee, Kim at hq"] = 6,
      ["X400:c=us;p=Org;s=Lee"] = 7, ["X400:c=us;a=x;p=Y;s=Lee"] = 8, ["X400:c=us;p=Y"] = false,
      ['"a b"@e.example'] = 9, ["*@f.example"] = 10, ["x@f.example"] = false,
      ["X500:/O=ORG/CN=KIM"] = 11, ["FAX:+1"] = false,
    } do
      local found = patterns.find(set, assert(postoffice.parse(helper.readable(text))))
      assert.equal(expected, found or false, text)
    end
  end)

  -- Patterns made of addresses: what is cut out of them is a wildcard.
  local function pattern_of(text)
    if policies.chance(3) then return text end
    local from = text:find(":", 1, true) + policies.pick { 1, 1, 2, 4 }
    local to = policies.chance(3) and #text or from + policies.pick { 0, 1, 3 }
    if policies.chance(3) then from, to = from, (text:find("[@; /]", from) or to + 1) - 1 end
    return text:sub(1, from - 1) .. policies.pick { "*", "*", "?", "{u}" } .. text:sub(to + 1)
      .. (policies.chance(6) and "..." or "")
  end

  it("has no others, whatever its patterns are, and all of them", function()
    local hits, tried = 0, 0
    for seed = 1, helper.times(300) do
      policies.lines(seed)
      local texts, list, addresses = {}, {}, {}
      for i = 1, 12 do
        local address = postoffice.parse(policies.address(), { unknown = true })
        addresses[i] = address
        local text = address and postoffice.format(address)
        text = text and pattern_of(text)
        local matcher = text and matchers.read(text)
        if matcher then texts[#texts + 1], list[#list + 1] = text, matcher end
      end
      local set = set_of(texts)
      for _, address in pairs(addresses) do
        local found, expected = patterns.find(set, address), false
        for rank, matcher in ipairs(list) do
          local matches = matchers.match(matcher, address) ~= nil
          expected = expected or matches
          if rank == found then
            assert.is_true(matches, texts[rank] .. " " .. tostring(address))
          end
        end
        assert.equal(expected, found ~= nil, tostring(address) .. " seed " .. seed)
        hits, tried = hits + (found and 1 or 0), tried + 1
      end
    end
    assert.is_true(hits > tried / 4 and hits < tried * 0.9, hits .. " of " .. tried)
  end)

  it("refuses what a list of patterns refuses, with the same words", function()
    for _, text in ipairs {
      "*@a.example", "SMTP:a.example", "SMTP:*@a..example", "SMTP:*@a{", "X400:zz=1", "SMTP:a@b..c",
      "SMTP:*@-", "SMTP:*@.a", "SMTP:*@*a.example.", "kim@a.example", "SMTP:{u}@{u}",
    } do
      local _, expected = matchers.read(text)
      local added, message = patterns.add(patterns.new(), text)
      assert.equal(expected, message, text)
      assert.equal(expected == nil, added ~= nil, text)
    end
  end)

  it("reads a plain pattern at once as it reads it by its parts", function()
    local at_once, tried = 0, helper.times(3000)
    for seed = 1, tried do
      policies.lines(seed)
      local characters = {}
      for i = 1, policies.pick { 3, 6, 9, 12 } do
        characters[i] = policies.chance(20)
          and policies.pick { "@", "=", "'", "{u}", "\\", '"', "[", "...", " ", "\195\188" }
          or policies.pick { "a", "B", "1", "*", "*", "?", ".", "-", "_", "+" }
      end
      local text = "Smtp:" .. table.concat(characters) .. policies.pick { "@x.example", "@*.*", "" }
      local glob, matcher = joined.smtp(text), matchers.read(text)
      if glob then
        at_once = at_once + 1
        assert(matcher, text)
        local layout = joined.layout("SMTP", joined.SMTP)
        assert.equal(joined.glob(layout, joined.parts(matcher)), glob, text)
      end
    end
    assert.is_true(at_once > tried / 4, at_once)
  end)
end)

describe("a policy's sets", function()
  local SETS = [[
set "Partners" { "SMTP:*@a.example", "SMTP:kim@b.example" }
set "closed" { "SMTP:*@evil.example" }
domain "our.example" {}
]]

  local function verdict(p, to, sender)
    local delivery = p:route(to, { sender = sender })[1]
    return delivery.code or delivery.connector or delivery.verdict
  end

  it("are named by the guards of connectors", function()
    for _, senders in ipairs {
      '"partners"', '{ "Partners" }', '{ "SMTP:joe@c.example", "PARTNERS", "<>" }',
    } do
      local p = loads(SETS .. ([[
connector "a" { senders = %s, nexthop = "x", spaces = { "SMTP:*@far.example" } }
]]):format(senders))
      assert.equal("a", verdict(p, "x@far.example", "joe@a.example"))
      assert.equal("a", verdict(p, "x@far.example", "KIM@B.example"))
      assert.equal("sender-refused", verdict(p, "x@far.example", "joe@b.example"))
      assert.equal("fact-missing", verdict(p, "x@far.example"))
      local has_more = senders:find "<>" ~= nil
      assert.equal(has_more and "a" or "sender-refused", verdict(p, "x@far.example", "<>"))
      assert.equal(has_more and "a" or "sender-refused",
        verdict(p, "x@far.example", "joe@c.example"))
    end
  end)

  it("let nobody pass where a list or a file names nobody", function()
    for _, senders in ipairs { "{}", '"none"' } do
      local p = loads(('set "none" { file = "s.txt" }\nconnector "c" { senders = %s, nexthop = "x",'
        .. ' spaces = { "SMTP:*" } }'):format(senders), { read = function() return "" end })
      assert.equal("sender-refused", verdict(p, "x@far.example", "joe@a.example"))
      assert.equal("sender-refused", verdict(p, "x@far.example", "<>"))
    end
  end)

  it("are named by accept and reject", function()
    local p = loads(SETS .. [[
recipient "Kim" { proxies = { "kim@our.example" }, accept = "Partners" }
recipient "Joe" { proxies = { "joe@our.example" }, reject = { "closed", "SMTP:x@a.example" } }
list "Both" {
  proxies = { "both@our.example" }, members = { "Joe" }, accept = { "Kim", "partners" },
}
]])
    for _, case in ipairs {
      { "kim", "joe@a.example", "deliver" }, { "kim", "joe@b.example", "recipient-restricted" },
      { "joe", "eve@evil.example", "recipient-restricted" }, { "joe", "joe@b.example", "deliver" },
      { "joe", "x@a.example", "recipient-restricted" }, { "both", "kim@b.example", "deliver" },
      { "both", "joe@b.example", "recipient-restricted" },
    } do
      assert.equal(case[3], verdict(p, case[1] .. "@our.example", case[2]), case[2])
    end
  end)

  it("are asked by scripts", function()
    local p = loads(SETS .. OUT .. [[
function on.recipient(address, envelope)
  if mail.in_set(address, "closed") then return reject "closed" end
  if mail.in_set(envelope.sender, "PARTNERS") then return pass() end
  local is_in, message = mail.in_set("a@b..c", "closed")
  if address.localpart == "odd" then return reject(tostring(is_in) .. ", " .. message) end
end]])
    assert.equal("policy-reject", verdict(p, "x@evil.example"))
    assert.equal("pass", verdict(p, "x@far.example", "x@a.example"))
    assert.equal("out", verdict(p, "x@far.example", "x@c.example"))
    assert.equal("nil, a domain label is empty", p:route("odd@far.example")[1].message)
  end)

  it("have nobody whom nobody knows, and nothing matches it", function()
    local p = loads(SETS .. OUT .. [[
function on.recipient(address, envelope)
  local is_in = mail.in_set(envelope.sender, "partners")
  local captured = mail.matches(envelope.sender, "SMTP:*")
  if address.localpart == "none" then mail.in_set() end
  if address.localpart == "undeclared" then mail.in_set(envelope.sender, "partner") end
  if address.localpart == "typeless" then mail.matches(envelope.sender, "*@a.example") end
  return reject(tostring(is_in) .. ", " .. (captured and "matches" or tostring(captured)))
end]])
    local function told(localpart, sender)
      local delivery = p:route(localpart .. "@far.example", { sender = sender })[1]
      return (delivery.detail or delivery.message):gsub("^policy.lua:%d+: ", "")
    end
    assert.equal("false, false", told "x")
    assert.equal("false, matches", told("x", "")) -- SMTP:* has <>, too
    assert.equal("true, matches", told("x", "x@a.example"))
    assert.matches("address or text expected", told "none")
    assert.matches('"partner" is no set', told "undeclared")
    assert.matches('the pattern "*@a.example" has no type', told "typeless", 1, true)
    local text = tostring(p:explain("x@far.example"))
    assert.matches("mail.in_set is given nil: nobody, of whom nothing is so", text, 1, true)
  end)

  it("have to be declared", function()
    assert.equal('policy.lua:1: connector "c": sender "a.example" is no set, and has no type; write'
      .. ' "SMTP:*@a.example"',
      complaint('connector "c" { senders = { "a.example" }, spaces = { "SMTP:*" } }'))
    assert.equal('policy.lua:1: connector "c": sender "partnrs" is no set; did you mean'
      .. ' "partners"?', complaint('connector "c" { senders = "partnrs", spaces = { "SMTP:*" } }'
      .. ' set "partners" { "SMTP:*" }'))
    local message = complaint('set "partners" { "SMTP:*" } recipient "R" { proxies ='
      .. ' { "r@a.example" }, accept = "partnrs" }')
    assert.truthy(message:find('"partnrs" is neither the name of an entry nor an address; entries:'
      .. ' R; nor is it a set; did you mean "partners"?', 1, true), message)
    local p = loads(SETS .. OUT .. 'function on.recipient(a) return mail.in_set(a, "partner") end')
    assert.equal('policy.lua:5: mail.in_set: "partner" is no set; did you mean "Partners"?',
      p:route("joe@far.example")[1].detail)
  end)

  it("are held to the language", function()
    for source, expected in pairs {
      ['set "s" {}'] = 'set "s" has nothing in it; write patterns, such as "SMTP:*@a.example", or'
        .. ' file = "..."',
      ['set "s" { "*@a.example" }'] = 'set "s": "*@a.example" has no type; write'
        .. ' "SMTP:*@a.example"',
      ['set "s" { "<>" }'] = 'set "s": "<>" is no address; name it beside the set: senders ='
        .. ' { "s", "<>" }',
      ['set "s" { type = "a:b", "x" }'] = 'set "s": type: "a:b" is no name of a type; write one,'
        .. ' such as "SMTP"',
      ['set "s" { 1 }'] = 'set "s": patterns[1] has to be a text, not 1',
      ['set "s" { nil, "SMTP:*" }'] = 'set "s": patterns[1] is nil, and a list has no gaps',
      ['set "s" { "SMTP:*", fiel = "x" }'] = 'set "s": unknown field "fiel"; did you mean "file"?',
      ['set "s" { "SMTP:*", column = "x" }'] = 'set "s": column is about a file, and there is none',
      ['set "s" { file = "x", column = "x" }'] = 'set "s": column is about rows of CSV; add'
        .. ' format = "csv"',
      ['set "s" { "SMTP:*" } set "S" { "FAX:*" }'] = 'set "S" is declared twice, first at'
        .. " policy.lua:1; remove one or give it another name",
      ['set "s" { "SMTP:*" } recipient "s" { proxies = { "r@a.example" }, accept = "s" }'] =
        'recipient "s": accept: "s" is an entry and a set; give one of them another name',
      ['set "SMTP:*" { "SMTP:*" }'] = 'set "SMTP:*" has a name that others would read as a pattern;'
        .. " choose one without @ : * ? { <",
      ['set { "SMTP:*" }'] = 'set needs a name; write set "partners" { "SMTP:*@a.example",'
        .. ' "SMTP:kim@b.example" }',
    } do
      assert.equal("policy.lua:1: " .. expected, complaint(source, file "SMTP:*"))
    end
    assert.equal('policy.lua:1: set "s": patterns has a text of 1030 bytes; 1024 are the most',
      complaint('set "s" { "SMTP:' .. ("x"):rep(1025) .. '" }'))
  end)

  it("are explained", function()
    local p = loads(SETS .. [[
recipient "Kim" { proxies = { "kim@our.example" }, accept = "Partners" }
connector "a" { senders = "partners", nexthop = "x", spaces = { "SMTP:*@far.example" } }
function on.recipient(address) mail.in_set(address, "closed") end]])
    local function lines(to)
      local list = {}
      for _, step in ipairs(p:explain(to, { sender = "joe@a.example" }).steps) do
        if step.text:find("in the set", 1, true) then
          list[#list + 1] = step.rule .. " " .. step.text
        end
      end
      return list
    end
    local taken = 'policy.lua:1 SMTP:joe@a.example is in the set Partners, by "SMTP:*@a.example"'
    assert.same({ "policy.lua:2 SMTP:kim@our.example is not in the set closed", taken },
      lines "kim@our.example")
    assert.same({ "policy.lua:2 SMTP:x@far.example is not in the set closed", taken },
      lines "x@far.example")
  end)

  it("are reached by tests that have somebody in them", function()
    local p = loads(SETS .. OUT .. [[
function on.recipient(address, e) if mail.in_set(e.sender, "closed") then return reject "no" end end
connector "a" { senders = "partners", nexthop = "x", spaces = { "SMTP:*@far.example" } }
test "closed" { to = "x@far.example", from = "x@evil.example", verdict = "reject" }
test "open" { to = "x@far.example", from = "x@c.example", code = "sender-refused" }]])
    local results = p:test()
    assert.equal(0, results.failed, tostring(results))
    local unreached = {}
    for _, rule in ipairs(results.uncovered) do unreached[rule.title] = true end
    assert.is_true(unreached['set "Partners"'])
    assert.is_nil(unreached['set "closed"'])
  end)

  it("that nobody names are told by check", function()
    local function unused(source)
      local names = {}
      for _, finding in ipairs(loads(SETS .. OUT .. source):check()) do
        if finding.code == "set-unused" then names[#names + 1] = finding.title end
      end
      return table.concat(names, ", ")
    end
    assert.equal('set "Partners", set "closed"', unused "")
    assert.equal('set "closed"', unused
      'connector "a" { senders = "partners", nexthop = "x", spaces = { "SMTP:*@far.example" } }')
    assert.equal('set "Partners"',
      unused 'function on.recipient(a) return mail.in_set(a, "closed") and pass() or nil end')
    assert.equal("", unused 'function on.recipient(a) return mail.in_set(a, a.localpart) end')
    assert.equal("", unused 'local f = mail.in_set function on.recipient(a) return f(a, "x") end')
  end)
end)

describe("a set among a connector's spaces", function()
  local SITE = [[
set "partners" { "SMTP:*@a.example", "SMTP:*@*.b.example", "X400:c=us;a=x;..." }
set "late" { file = "late.txt", type = "SMTP" }
connector "p" { nexthop = "p", spaces = { "Partners", { "late", cost = 7 }, "SMTP:*@z.example" } }
connector "rest" { nexthop = "r", spaces = { { "SMTP:*", cost = 20 } } }
]]

  -- The connector, the cost and the space by which an address leaves.
  local function way(p, address)
    local delivery = p:route(address)[1]
    return ("%s %s %s"):format(delivery.connector, delivery.cost, delivery.space)
  end

  it("stands for its patterns, at the cost that is said", function()
    local p = loads(SITE, file "*@late.example\nkim@c.example\n")
    for address, expected in pairs {
      ["x@a.example"] = "p 1 SMTP:*@a.example", ["x@q.B.example"] = "p 1 SMTP:*@*.b.example",
      ["x@late.example"] = "p 7 SMTP:*@late.example", ["kim@c.example"] = "p 7 SMTP:kim@c.example",
      ["x@z.example"] = "p 1 SMTP:*@z.example", ["lee@c.example"] = "rest 20 SMTP:*",
      ["X400:c=us;a=x;p=Org;s=Lee;"] = "p 1 X400:c=us;a=x;...",
    } do
      assert.equal(expected, way(p, address), address)
    end
    local claim = 'no "SMTP:*@%s.example" leaves by "rest" unless down "p" or arrived_by "p"'
    assert.equal("holds", p:prove(claim:format "a").outcome)
    assert.equal("fails", p:prove(claim:format "b").outcome)
  end)

  it("is in the policy's snapshot, and anew after a reload", function()
    local p = loads(SITE, file "*@late.example\n")
    local path = os.tmpname()
    assert(p:save(path))
    local opened = assert(policy.open(path))
    os.remove(path)
    assert.equal("p 7 SMTP:*@late.example", way(opened, "x@late.example"))
    assert.equal("rest 20 SMTP:*", way(loads(SITE, file ""), "x@late.example"))
  end)

  it("counts as used, and as reached by a test", function()
    local test = 'test "t" { to = "x@a.example", connector = "p" }'
    local p = loads(SITE .. test, file "*@late.example\n")
    for _, finding in ipairs(p:check()) do assert.is_nil(finding.code:find "^set") end
    local unreached = {}
    for _, rule in ipairs(p:test().uncovered) do unreached[rule.title] = true end
    assert.same({ nil, true }, { unreached['set "partners"'], unreached['set "late"'] })
  end)

  it("is told of where it has what is no space, and where no set has the name", function()
    for text, expected in pairs {
      ["SMTP:{u}@a.example"] = 'policy.lua:3: connector "p": space "SMTP:{u}@a.example" at'
        .. " late.txt:2 captures {u}, but a space keeps nothing; write * instead"
        .. ' (set "late")',
      ["CCMAIL:Lee, K*"] = 'policy.lua:3: connector "p": space "CCMAIL:Lee, K*" at late.txt:2 names'
        .. " a person, whose name may stand in either order (Q154053), and no post office; write"
        .. ' "CCMAIL:Lee, K* at *" (set "late")',
    } do
      assert.equal(expected, complaint(SITE, file("*@late.example\n" .. text .. "\n")))
    end
    assert.matches('space "partner" has no type; .*; nor is it a set; did you mean "partners"%?$',
      complaint((SITE:gsub('"Partners"', '"partner"')), file ""))
    assert.matches("speaks CCMAIL.*its space \"SMTP:%*@a%.example\" is of type SMTP",
      complaint((SITE:gsub('nexthop = "p"', 'nexthop = "p", speaks = "CCMAIL"')), file ""))
  end)

  it("may be of many, whose memory is the declarations'", function()
    local rows = {}
    for i = 1, 5000 do rows[i] = ("*@d%d.example\n"):format(i) end
    local p = loads(SITE, file(table.concat(rows)))
    assert.equal("p 7 SMTP:*@d4999.example", way(p, "x@d4999.example"))
    assert.equal("rest 20 SMTP:*", way(p, "x@d5001.example"))
    local options = file(table.concat(rows))
    options.declarations = 5000 * 1000 -- enough for the set, and not for as many spaces
    assert.matches('set "late": the policy declares more than it may', complaint(SITE, options), 1,
      true)
    assert(load((SITE:gsub('{ "late", cost = 7 }', '"SMTP:*@y.example"')), options))
  end)
end)

describe("a set's file", function()
  local USE = '\nconnector "out" { senders = "s", nexthop = "x", spaces = { "SMTP:*" } }'

  local function takes(p, sender)
    return p:route("joe@far.example", { sender = sender })[1].verdict == "deliver"
  end

  it("has a pattern a line, comments and blanks", function()
    local p = loads('set "s" { "SMTP:c@c.example", file = "s.txt" }' .. USE,
      file "\239\187\191# ours\r\n\r\n  SMTP:*@a.example \r\n\t#SMTP:x@b.example\nSMTP:#@b.example")
    assert.is_true(takes(p, "joe@a.example"))
    assert.is_true(takes(p, "#@b.example"))
    assert.is_true(takes(p, "c@c.example"))
    assert.is_false(takes(p, "x@b.example"))
    assert.truthy(tostring(p:explain("joe@far.example", { sender = "joe@a.example" }))
      :find('by "SMTP:%*@a.example" at s.txt:3'))
  end)

  it("has a type for those that are written without", function()
    local p = loads('set "s" { file = "s.txt", type = "SMTP" }' .. USE,
      file "*@a.example\nx@[IPv6:::1]\nCCMAIL:Lee at HQ")
    assert.is_true(takes(p, "joe@a.example"))
    assert.is_true(takes(p, "x@[IPv6:::1]"))
    assert.is_true(takes(p, "CCMAIL:Lee at HQ"))
  end)

  it("can be a column of CSV", function()
    local p = loads('set "s" { file = "s.csv", format = "csv", column = "mail", type = "SMTP" }'
      .. USE, file 'Name;Mail\n"Lee; Kim";kim@a.example\nJoe;\nPat;pat@a.example\n')
    assert.is_true(takes(p, "kim@a.example"))
    assert.is_true(takes(p, "pat@a.example"))
    assert.is_false(takes(p, "joe@a.example"))
    assert.equal('s.csv:1:1: set "s": it has no column "Mial"; did you mean "Mail"?',
      complaint('set "s" { file = "s.csv", format = "csv", column = "Mial" }',
        file "Mail,Name\nx,y"))
    assert.equal('s.csv:1:11: set "s": two columns are called "mail", the 1. and the 3.; give each'
      .. " a name of its own",
      complaint('set "s" { file = "s.csv", format = "csv", column = "mail" }',
        file "Mail,Name,MAIL\nx,y,z"))
    assert.equal('s.csv:1:1: set "s": it has several columns; name one: column = "Mail"',
      complaint('set "s" { file = "s.csv", format = "csv" }', file "Mail,Name\nx,y"))
  end)

  it("may be in UTF-16, as Windows' tools write it", function()
    for fields, text in pairs {
      ['file = "s.txt"'] = "# x\r\n*@a.example\r\n",
      ['file = "s.txt", format = "csv", column = "Mail"'] = "Name,Mail\r\nx,*@a.example\r\n",
    } do
      for mark, unit in pairs { ["\255\254"] = "%0\0", ["\254\255"] = "\0%0" } do
        local p = loads('set "s" { ' .. fields .. ', type = "SMTP" }\n' .. OUT
          .. 'function on.recipient(a) if mail.in_set(a, "s") then return reject "no" end end',
          file(mark .. text:gsub(".", unit)))
        assert.equal("reject", p:route("x@a.example")[1].verdict, fields)
        assert.equal("deliver", p:route("x@b.example")[1].verdict, fields)
      end
    end
  end)

  it("is wrong with its line and column", function()
    for text, expected in pairs {
      ["SMTP:*@a.example\n\n*@b.example"] = 's.txt:3:1: set "s": "*@b.example" has no type; write'
        .. ' "SMTP:*@b.example"',
      ["SMTP:a.example"] = 's.txt:1:1: set "s": "SMTP:a.example" matches no address: the address'
        .. ' has no domain; write user@domain; for whoever is there write "SMTP:*@a.example"',
      ["smtp:@a.example"] = 's.txt:1:1: set "s": "smtp:@a.example" matches no address: the local'
        .. ' part is empty; for whoever is there write "SMTP:*@a.example"',
      ["SMTP:.a.example"] = 's.txt:1:1: set "s": "SMTP:.a.example" matches no address: a dot in the'
        .. " local part must stand between two words; put the local part in double quotes; for"
        .. ' whoever is below it write "SMTP:*@*.a.example"',
      ["SMTP:*.a.example"] = 's.txt:1:1: set "s": "SMTP:*.a.example" matches no address: the'
        .. " address has no domain; write user@domain; for whoever is below it write"
        .. ' "SMTP:*@*.a.example"',
      ["\255\254\n\0S\0"] = 's.txt:2:1: set "s": "S" has no type; write "CCMAIL:* at S"',
      ["SMTP:*\n" .. ("x"):rep(70000)] = 's.txt:2:1: set "s": "' .. ("x"):rep(64)
        .. '..." has 70000 bytes; 1024 are the most',
      ["SMTP:" .. ("x"):rep(1030)] = 's.txt:1:1: set "s": "SMTP:' .. ("x"):rep(59)
        .. '..." has 1035 bytes; 1024 are the most',
    } do
      assert.equal(expected, complaint('set "s" { file = "s.txt" }', file(text)))
    end
    assert.equal('policy.lua:1: set "s": file "s.txt": there is no folder to read from here; answer'
      .. " by the option read", complaint 'set "s" { file = "s.txt" }')
  end)

  it("has as much time to load as its patterns take, beside that of the script", function()
    local texts = {}
    for i = 1, 20000 do texts[i] = ("SMTP:*@*.d%d.example"):format(i) end
    assert(policy.load('set "s" { file = "s" } connector "c" { senders = "s", nexthop = "x",'
      .. ' spaces = { "SMTP:*" } }', {
      read = function() return table.concat(texts, "\n") end, load_milliseconds = 50,
    })):close()
  end)

  it("takes of what all declarations may have", function()
    local lines = {}
    for i = 1, 1000 do lines[i] = ("SMTP:u%d-*@h%d.example"):format(i, i % 100) end
    local options = file(table.concat(lines, "\n"))
    options.declarations = 200000
    assert.equal('policy.lua:1: set "s": the policy declares more than it may; the option'
      .. " declarations says how many bytes", complaint('set "s" { file = "s.txt" }', options))
    options.declarations = 1000000
    loads('set "s" { file = "s.txt" }', options):close()
  end)

  it("may be large, in blocks of any length", function()
    local lines = {}
    for i = 1, 20000 do lines[i] = ("SMTP:u%d@h%d.example"):format(i, i % 100) end
    local p = loads('set "s" { file = "s.txt" }' .. USE, file(table.concat(lines, "\n")))
    assert.is_true(takes(p, "u19999@h99.example"))
    assert.is_true(takes(p, "u1@h1.example"))
    assert.is_false(takes(p, "u1@h2.example"))
  end)

  describe("in a folder", function()
    local folder, path = os.tmpname(), nil
    setup(function()
      os.remove(folder)
      os.execute("mkdir " .. folder)
      path = folder .. "/policy.lua"
    end)
    teardown(function() os.execute("rm -r " .. folder) end)

    local function write(text) helper.write(folder .. "/s.txt", text) end

    it("is reloaded with the policy, which stays where it is wrong", function()
      helper.write(path, 'set "s" { file = "s.txt" }' .. USE)
      write "SMTP:*@a.example"
      local p = assert(policy.open(path))
      local first = p.revision
      assert.same({ true, first }, { p:reload() })
      write "SMTP:*@b.example"
      assert.is_true(p:reload())
      assert.are_not.equal(first, p.revision)
      assert.is_true(takes(p, "x@b.example"))
      write "*@c.example"
      local done, message, code = p:reload()
      assert.same({ [2] = "policy-invalid" }, { done, code })
      assert.truthy(message:find("s.txt:1:1: ", 1, true))
      assert.is_true(takes(p, "x@b.example"))
      assert.is_false(takes(p, "x@a.example"))
      p:close()
    end)

    it("is in the policy's snapshot, which needs it no more", function()
      for _, more in ipairs {
        "", "\nfunction on.recipient(a) if mail.in_set(a, 's') then end end",
      } do
        helper.write(path, 'set "s" { "FAX:*", file = "s.txt" }' .. USE .. more)
        write "# one\nSMTP:*@a.example\nSMTP:kim@b.example\n"
        local p = assert(policy.loadfile(path))
        assert(p:save(folder .. "/policy.pot"))
        os.remove(folder .. "/s.txt")
        local q = assert(policy.loadfile(folder .. "/policy.pot"))
        assert.equal(p.revision, q.revision)
        for _, sender in ipairs { "x@a.example", "kim@b.example", "x@b.example", "FAX:+1" } do
          local envelope = { sender = sender }
          assert.equal(tostring(p:explain("joe@far.example", envelope)),
            tostring(q:explain("joe@far.example", envelope)))
        end
        assert(q:save(folder .. "/again.pot"))
        assert.equal(helper.read(folder .. "/policy.pot"), helper.read(folder .. "/again.pot"))
      end
    end)

    it("is in it with nothing, too", function()
      helper.write(path, 'set "s" { file = "s.txt" }' .. USE)
      write "# nobody yet\n"
      local p = assert(policy.loadfile(path))
      assert(p:save(folder .. "/policy.pot"))
      os.remove(folder .. "/s.txt")
      local q = assert(policy.loadfile(folder .. "/policy.pot"))
      assert.same({ p.revision, false }, { q.revision, takes(q, "x@a.example") })
    end)
  end)
end)

describe("a set that is not declared", function()
  it("is not looked for among thousands", function()
    local p = loads("for i = 1, 1001 do set('s' .. i) { 'SMTP:*' } end\n"
      .. "function on.recipient(a) mail.in_set(a, 's') end")
    assert.equal('policy.lua:2: mail.in_set: "s" is no set, of 1001 that are declared',
      p:route("joe@far.example", { sender = "x@a.example" })[1].detail)
  end)
end)

describe("a type of a set", function()
  it("is a family that guards may let pass", function()
    local set = set_of { "X500:/o=Org/*", "SMTP:*@a.example" }
    for name, expected in pairs { EX = true, SMTP = true, CCMAIL = false } do
      assert.equal(expected, patterns.has_family(set, families.of(name)))
    end
  end)
end)
