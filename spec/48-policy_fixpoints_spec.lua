-- Answers that are no answers of their own: what Postfix asks a virtual map again and again for.
local core = require "postoffice.core"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"
local support = require "spec.60-cli_support"

local OUT = 'connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" } }\n'
local HOME = 'domain "x.example" {}\n'

-- What is found, a line each, and what is not decided.
local function found(text)
  local p, lines = assert(policy.load(text)), {}
  local findings, undecided = p:fixpoints()
  for i, one in ipairs(findings) do
    lines[i] = ("%s %s %s"):format(one.where, one.severity,
      one.message:match "^makes (.-);")
  end
  p:close()
  return table.concat(lines, "\n"), undecided
end

describe("a rule whose answer is not its own answer", function()
  for _, case in ipairs {
    { "grows without end", 'rewrite "SMTP:{u}@z.example" { to = "SMTP:pre-{u}@z.example" }',
      "policy:2 error pre-pre-x@z.example of pre-x@z.example, its answer for x@z.example" },
    { "comes to another end",
      'rewrite "SMTP:{a}.{b}@z.example" { to = "SMTP:{b}@z.example" }',
      "policy:2 warning x@z.example of x.x@z.example, its answer for x.x.x@z.example" },
    { "has an exception before it", [[
      rewrite "SMTP:pre-{u}@z.example" { to = "SMTP:pre-{u}@z.example" }
      rewrite "SMTP:{u}@z.example" { to = "SMTP:pre-{u}@z.example" }]], "" },
    { "makes what no rule takes",
      'rewrite "SMTP:{u}@z.example" { to = "SMTP:{u}@y.example" }', "" },
    { "makes what the next one takes, which is its answer, too", [[
      rewrite "SMTP:{u}@z.example" { to = "SMTP:{u}@y.example" }
      rewrite "SMTP:{u}@y.example" { to = "SMTP:{u}@w.example" }]], "" },
    { "is a target, which is rewritten at once", HOME .. [[
      recipient "A" { proxies = { "SMTP:a@x.example" }, target = "SMTP:a@y.example" }
      rewrite "SMTP:{u}@y.example" { to = "SMTP:{u}@w.example" }]], "" },
    { "keeps a copy", HOME .. [[
      recipient "A" { proxies = { "SMTP:a@x.example" }, keep = true,
        target = "SMTP:a@y.example" }]], "" },
    { "encapsulates, where only those inside may write", HOME .. [[
      connector "fax" { speaks = "SMTP", wrap = { domain = "fax.example" },
        nexthop = "smtp:[192.0.2.2]:25", spaces = { "FAX:*" } }
      recipient "A" { proxies = { "SMTP:a@x.example" }, target = "FAX:936-7329" }]], "" },
    { "is of a catch-all", [[
      domain "x.example" { catchall = "A" }
      recipient "A" { proxies = { "SMTP:a@x.example" } }]], "" },
  } do
    it(case[1], function() assert.equal(case[3], (found(OUT .. case[2]))) end)
  end

  it("is decided, or else tried, and that is told", function()
    assert.same({}, (select(2, found(OUT .. HOME))))
    local text, undecided = found(OUT
      .. 'rewrite "SMTP:{u}@z.example" { to = function(a, c)\n'
      .. ' return "SMTP:pre-" .. c.u .. "@z.example" end }')
    assert.matches("^policy:2 error pre%-pre%-", text)
    assert.same({ "rewrite.to (policy:2) decides" }, undecided)
  end)

  it("has a time", function()
    local p = assert(policy.load(OUT))
    assert.same({ "there was no more time" }, (select(2, p:fixpoints { seconds = -1 })))
    assert.has_error(function() p:fixpoints { second = 1 } end,
      'unknown option "second"; did you mean "seconds"?')
  end)
end)

-- ---- Against all addresses -----------------------------------------------------

local FACTS = { { admitted = true }, { admitted = true, may_relay = true } }

-- What an address becomes, by keys.
local function answer(p, address, facts)
  local keys, list = {}, {}
  for _, delivery in ipairs(p:route(address, facts)) do
    if delivery.wire and (delivery.verdict == "deliver" or delivery.verdict == "pass") then
      list[#list + 1] = core.parse(delivery.wire, { type = "SMTP" })
      keys[core.key(list[#list])] = true
    end
  end
  return list, keys
end

-- An address whose answer is not its own, or nil.
local function brute_force(p)
  for _, text in ipairs(small.ADDRESSES) do
    local address = core.parse(text)
    for _, facts in ipairs(address and address.type == "SMTP" and address.domain and FACTS or {}) do
      for _, one in ipairs((answer(p, address, facts))) do
        local _, again = answer(p, one, facts)
        if next(again) and not again[core.key(one)] then return text end
      end
    end
  end
end

describe("small policies", function()
  it("that are decided have no such address, and whoever has one is found or in doubt", function()
    local counts = judge.counts()
    judge.each(72025, helper.times(20), function(seed)
      local p, text = small.load(policy.load, small.lines(seed))
      local findings, undecided = p:fixpoints { seconds = judge.SECONDS }
      local witness = brute_force(p)
      counts:add(judge.is_late(undecided[1]) and "late" or "policies")
      counts:add(undecided[1] and judge.doubt(undecided[1]) or "decided")
      counts:add("have such an address", witness and 1 or 0)
      assert(not witness or findings[1] or undecided[1], text .. "\n-- " .. tostring(witness))
      p:close()
    end)
    judge.tell("virtual maps", counts)
    local all, told = counts:of "policies", tostring(counts)
    assert.is_true(all < 20 or counts:of "decided" > all / 4, told)
    assert.is_true(all < 60 or counts:of "have such an address" > 0, told) -- few have one
  end)
end)

describe("postoffice check --as virtual", function()
  local function check(text, ...)
    local path = os.tmpname()
    helper.write(path, text)
    local status, printed, said = support.run({ "check", "--as", "virtual", path, ... })
    os.remove(path)
    return status, printed:gsub(path:gsub("%W", "%%%0"), "p.lua"), said
  end

  it("finds such a rule, and what Postfix cannot be told", function()
    local status, printed = check(OUT .. HOME
      .. 'rewrite "SMTP:{u}@z.example" { to = "SMTP:pre-{u}@z.example" }\n'
      .. 'recipient "A" { proxies = { "SMTP:a@x.example", "smtp:postmaster@x.example" },'
      .. " max_size = 9 }\n"
      .. 'list "L" { proxies = { "l@x.example" }, members = { "A" }, owner = "A" }\n')
    assert.equal(1, status)
    assert.matches('p.lua:3: error: rewrite "SMTP:{u}@z.example" makes pre-pre-x@z.example of'
      .. " pre-x@z.example, its answer for x@z.example", printed, 1, true)
    assert.matches('p.lua:5: error: list "L" has an owner, and socketmap cannot', printed, 1, true)
    assert.is_nil(printed:find "max_size")
  end)

  it("says what it could only sample", function()
    local status, printed, said = check(OUT .. "function on.recipient() end")
    assert.same({ 0, "" }, { status, printed })
    assert.matches("sampled: on%.recipient %(.*:2%) decides", said)
  end)
end)
