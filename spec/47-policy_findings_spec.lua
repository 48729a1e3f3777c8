--- What `check` finds in policies that load, and mean something else than they say.

local policy = require "postoffice.policy"

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
        .. " letters or three digits, such as c=us; correct the attribute, or remove the space",
      ["X400:c=us;a=?????????????????"] = 'has "X400:c=us;a=?????????????????", which is like no'
        .. " valid address: the value of an X.400 attribute is longer than its bound; correct the"
        .. " attribute, or remove the space",
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

describe("max_size of all connectors of a space", function()
  local function limits(source) return findings(source, "size-limited") end

  it("is a limit for its mail, whatever a vaguer space takes", function()
    assert.same({ "note 1 carries SMTP:*@partner.example, and mail over 10485760 bytes to"
      .. " *@partner.example has no way: it is message-large; give the space to a connector without"
      .. " max_size, too, if larger messages are to arrive" }, limits [[
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "slow" { max_size = 1000, cost = 5, spaces = { "smtp:*@Partner.example" } }
connector "gone" { weight = 0, spaces = { "SMTP:*@partner.example" } }
connector "rest" { spaces = { "SMTP:*" } }]])
  end)

  it("is none where somebody takes all, or a vaguer space may", function()
    assert.same({}, limits [[
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }
connector "big" { cost = 5, spaces = { "SMTP:*@partner.example" } }]])
    assert.same({}, limits [[
settings { order = "cost" }
connector "line" { max_size = 10485760, spaces = { "SMTP:*@partner.example" } }]])
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
end)
