-- What of `mail` the host does for a script, beside patterns and sets: local parts and dates.
local localpart = require "postoffice.localpart"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local OUT = 'connector "out" { nexthop = "x", spaces = { "SMTP:*" } }\n'

local function load(source) return policy.load(source, { chunkname = "@policy.lua" }) end

-- The sentence with which a function refuses an address; or the detail of its error.
local function said(body, to, envelope)
  local p = assert(load(OUT .. "function on.recipient(a, e)\n" .. body .. "\nend"))
  local delivery = p:route(to or "joe@far.example", envelope)[1]
  p:close()
  return delivery.verdict == "defer" and delivery.detail or delivery.message, delivery
end

-- Layers as a script shows them.
local SHOW = [[
  local left, layers = mail.localpart(a%s)
  local list = { mail.format(left) }
  for i, layer in ipairs(layers) do
    list[#list + 1] = layer.profile .. " " .. layer.kind .. " " .. mail.format(layer.address) .. " "
      .. (layer.detail or layer.list or layer.hash or layer.tag or "")
  end
  return reject(table.concat(list, ", "))]]

describe("mail.localpart", function()
  it("takes off what postoffice.localpart does, and tells the same", function()
    for _, case in ipairs {
      { "kim+tag@a.example", "" }, { "SRS0=vmyz=2W=other.example=test@a.example", "" },
      { "prvs=001921cd75=user@a.example", "" }, { "btv1==abc==user@a.example", "" },
      { "SRS1=JO9m=example.com==vmyz=2W=other.example=prvs=001921cd75=kim@fwd2.example", "" },
      { "kim+tag@a.example", ', { profiles = { "subaddress" } }', { profiles = { "subaddress" } } },
      { "kim-x+y@a.example", ', { profiles = { "subaddress" }, delimiters = "-+" }',
        { profiles = { "subaddress" }, delimiters = "-+" } },
      { "list-bounces+kim=b.example@a.example", ', { profiles = { "verp-mailman" } }',
        { profiles = { "verp-mailman" } } },
      { "owner-news+kim=a.example@lists.example",
        ', { profiles = { "verp-postfix", "subaddress" } }',
        { profiles = { "verp-postfix", "subaddress" } } },
    } do
      local left, layers = localpart.peel(case[1], case[3])
      local expected = { postoffice.format(left) }
      for _, layer in ipairs(layers) do
        expected[#expected + 1] = ("%s %s %s %s"):format(layer.profile, layer.kind,
          postoffice.format(layer.address),
          layer.detail or layer.list or layer.hash or layer.tag or "")
      end
      assert.equal(table.concat(expected, ", "), (said(SHOW:format(case[2]), case[1])), case[1])
    end
  end)

  it("says what is wrong with an address, and raises for what is the script's mistake", function()
    local BAD = "local x, m, c = mail.localpart %q return reject(tostring(x) .. ', ' .. c)"
    assert.equal("nil, domain-label-empty", (said(BAD:format "a@b..c")))
    assert.equal("nil, type-mismatch", (said(BAD:format "FAX:+1")))
    for call, expected in pairs {
      ["mail.localpart(a, { profiles = { 'srs0' } })"] = "mail.localpart: unknown profile 'srs0';"
        .. " known: srs, libsrs2",
      ["mail.localpart(a, { profile = 'srs' })"] = 'mail.localpart: unknown option "profile"',
      ["local t = {} for i = 1, 33 do t[i] = 'srs' end mail.localpart(a, { profiles = t })"] =
        "mail.localpart: profiles has more than 32",
    } do
      local detail, delivery = said(call)
      assert.equal("policy.lua:3: " .. expected, detail:sub(1, #expected + 14))
      assert.equal("policy-error", delivery.code)
    end
  end)

  it("is paid for by the script", function()
    for _, loop in ipairs {
      'local t = ("a"):rep(100000) .. "@b.example" while true do mail.localpart(t) end',
      'local t = ("+"):rep(1000) .. "@b.example" while true do mail.localpart(t, { profiles = {'
        .. ' "subaddress", "verp-sympa", "verp-ezmlm" } }) end',
    } do
      local _, delivery = said(loop)
      assert.truthy(delivery.code == "policy-budget" or delivery.code == "policy-deadline")
    end
  end)
end)

describe("mail.date", function()
  local SHOWN = [[
  local d = mail.date(e.now)
  local list = { d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.offset, d.zone,
    tostring(d.isdst) }
  return reject(table.concat(list, " "))]]

  it("is UTC unless settings say another zone, whatever the host's is", function()
    assert.equal("2026 7 1 0 30 15 4 182 0 UTC false", (said(SHOWN, nil, { now = 1782865815 })))
    local p = assert(load('settings { zone = "CET-1CEST,M3.5.0,M10.5.0/3" }\n' .. OUT
      .. "function on.recipient(a, e)\n" .. SHOWN .. "\nend"))
    assert.equal("2026 7 1 2 30 15 4 182 7200 CEST true",
      p:route("joe@far.example", { now = 1782865815 })[1].message)
  end)

  it("is told by explain", function()
    local p = assert(load('settings { zone = "CET-1CEST,M3.5.0,M10.5.0/3" }\n' .. OUT
      .. "function on.recipient(a, e) mail.date(e.now) end"))
    local told = tostring(p:explain("joe@far.example", { now = 1782865815 }))
    assert.truthy(told:find("asks for the date: 2026-07-01 02:30:15 CEST (policy.lua:3)", 1, true),
      told)
  end)

  it("raises for what is no time", function()
    for _, now in ipairs { "0/0", "1/0", "-1/0", "1e12", "'x'", "'12'", "nil", "{}" } do
      local detail, delivery = said(("mail.date(%s)"):format(now))
      assert.equal("policy-error", delivery.code, now)
      assert.equal("policy.lua:3: ", detail:sub(1, 14), now)
    end
  end)

  it("is of a zone that is one", function()
    local _, message = load 'settings { zone = "Europe/Berlin" }'
    assert.equal('policy.lua:1: settings: zone: "Europe/Berlin" has no offset after Europe, the'
      .. ' hours west of Greenwich; write it as POSIX does, such as "CET-1CEST,M3.5.0,M10.5.0/3"',
      message)
  end)

  it("makes a maintenance window of three lines", function()
    local p = assert(load [[
settings { zone = "CET-1CEST,M3.5.0,M10.5.0/3" }
connector "main" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
function on.route(route, envelope)
  local at = mail.date(envelope.now)
  if at.wday == 1 and at.hour >= 2 and at.hour < 4 then return defer("maintenance", "4.3.2") end
end
test "before" { to = "joe@far.example", now = 1774745999 - 3600, connector = "main" }
test "last"   { to = "joe@far.example", now = 1774746000 - 1, connector = "main" }
test "summer" { to = "joe@far.example", now = 1774746000, verdict = "defer", status = "4.3.2" }
test "monday" { to = "joe@far.example", now = 1774746000 + 86400, connector = "main" }
]])
    local results = p:test() -- a second after 1:59:59 it is three
    assert.same({ 4, 0 }, { results.passed, results.failed }, tostring(results))
    p:close()
  end)
end)

describe("what is no address", function()
  it("is told by explain, since a rule that asks for it never fires", function()
    for _, call in ipairs { 'mail.in_set(e, "s")', 'mail.matches(e, "SMTP:*")' } do
      local p = assert(load('set "s" { "SMTP:*" }\n' .. OUT
        .. "function on.recipient(a, e) if " .. call .. " then return reject() end end"))
      local told = tostring(p:explain("joe@far.example", { sender = "eve@b.example" }))
      assert.matches(call:match "^[%w_.]+" .. " is given no address: the address has no type", told,
        1, true)
      assert.equal("deliver", p:route("joe@far.example", { sender = "eve@b.example" })[1].verdict)
      p:close()
    end
  end)
end)
