--- Where two policies may differ at all: outside of that both do the same to whatever message.

local core = require "postoffice.core"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sets = require "postoffice.policy.prove.sets"
local slices = require "postoffice.policy.prove.classes.slices"
local small = require "spec.small_policies"

local UNKNOWN = { unknown = true }

local SITE = [[
settings { extension = "+" }
domain "a.example" {}
domain "former.example" { kind = "former" }
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
recipient "Lee" { proxies = { "SMTP:lee@a.example" }, target = "SMTP:lee@far.example" }
recipient "Max" { proxies = { "SMTP:max@a.example" }, target = "Lee" }
list "All" { proxies = { "SMTP:all@a.example" }, members = { "Kim", "Max" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
rewrite "SMTP:{u}@older.example" { to = "SMTP:{u}@old.example" }
rewrite "SMTP:{u}@other.example" { to = "SMTP:{u}@away.example" }
rewrite "CCMAIL:{u} at PO" { to = "SMTP:{u}@po.example" }
connector "far" { nexthop = "f", spaces = { "SMTP:*@far.example" } }
connector "cc" { nexthop = "c", spaces = { "CCMAIL:* at HQ" } }
connector "out" { nexthop = "x", cost = 5, spaces = { "SMTP:*@*.example" } }
]]

local function load(text) return assert(policy.load(text)) end

-- The site with something else instead of one of its texts.
local function changed(old, new)
  local from, to = SITE:find(old, 1, true)
  assert(from, old)
  return SITE:sub(1, from - 1) .. new .. SITE:sub(to + 1)
end

-- Whether an address, or what it carries, is in a slice; one of X.400 that carries another is for that one,
-- unless that may be opened on the way of others.
local function has(set, text)
  local address = core.parse(text, UNKNOWN)
  while address do
    local inner = core.decapsulate(address)
    local is_counted = set.is_wide or address.type ~= "X400" or not inner
    if is_counted and sets.contains(set, address) then return true end
    address = inner
  end
  return false
end

-- What is changed, with what is in the slice then and what is not.
local CASES = {
  { 'SMTP:{u}@away.example', 'SMTP:{u}@way.example', { "x@other.example" },
    { "x@away.example", "x@old.example", "kim@a.example", "x@far.example", "CCMAIL:x at PO" } },
  { '@old.example" { to = "SMTP:{u}@a.example', '@old.example" { to = "SMTP:{u}@b.example',
    { "x@old.example", "x@older.example", "kim@older.example" },
    { "kim@a.example", "x@other.example", "CCMAIL:x at PO" } },
  { 'nexthop = "f"', 'nexthop = "g"',
    { "x@far.example", "lee@a.example", "lee+x@a.example", "max@a.example", "all@a.example",
      "lee@older.example", "X400:c=us;s=lee;dda:RFC-822=lee(a)a.example;" },
    { "kim@a.example", "x@other.example", "CCMAIL:x at PO", "EX:/o=x",
      "X400:c=us;s=lee;dda:RFC-822=kim(a)a.example;" } },
  { 'target = "Lee"', 'target = "Kim"', { "max@a.example", "all@a.example", "max+x@old.example" },
    { "kim@a.example", "lee@a.example", "x@far.example" } },
  { '"SMTP:kim@a.example"', '"SMTP:kim@a.example", "SMTP:k@former.example"',
    { "kim@a.example", "kim+x@old.example", "k@former.example", "all@a.example" },
    { "x@other.example", "CCMAIL:x at PO", "lee@a.example" } },
  { 'to = "SMTP:{u}@po.example"', 'to = "SMTP:{u}@p.example"', { "CCMAIL:x at PO" },
    { "CCMAIL:x at HQ", "x@po.example", "x@old.example" } },
  { '"CCMAIL:* at HQ"', '{ "CCMAIL:* at HQ", cost = 2 }', { "CCMAIL:x at HQ" },
    { "x@old.example" } },
  { 'rewrite "SMTP:{u}@other.example" {', 'rewrite "SMTP:x@new.example" { to = "SMTP:kim@a.example"'
    .. ' }\nrewrite "SMTP:{u}@other.example" {', { "x@new.example" },
    { "y@new.example", "x@old.example" } },
}

-- A site that signs, and somebody of whom a gateway reads something.
local SIGNING = [[
domain "a.example" { unwrap = { "SRS" } }
domain "b.example" { unwrap = { "BATV" } }
domain "TELEX:*" { catchall = "SMTP:x@far.example" }
postoffice "NET" { gateway = "SMTP" }
recipient "Pat" { proxies = { "SMTP:pat@a.example" }, target = "CCMAIL:user@domain at NET" }
recipient "Lee" { proxies = { "SMTP:lee@a.example" } }
connector "branch" { nexthop = "b", spaces = { "SMTP:*@branch.example" } }
connector "fax" { nexthop = "f", spaces = { "FAX:*" }, batv = { secrets = "bounces" } }
connector "out" { nexthop = "x", spaces = { "SMTP:*@far.example" },
  srs = { domain = "a.example", secrets = "forwarding" } }
]]

-- What may matter to any address.
local ANYWHERE = {
  { 'extension = "+"', 'extension = "-"' }, { 'kind = "former"', 'kind = "relay"' },
  { 'domain "former.example" {', 'rewrite_sender "SMTP:*@a.example" { to = "SMTP:k@a.example" }'
    .. 'domain "former.example" {' },
  { 'domain "former.example" {', 'domain "former.example" { unwrap = { "CCMAIL" }, ' },
  { 'domain "former.example" {', 'postoffice "HQ" {} domain "former.example" {' },
  { 'domain "former.example" {', 'function on.route(route) end domain "former.example" {' },
  { '"CCMAIL:* at HQ"', '"CCMAIL:* at HQ", "NOTES:*"' },
  { 'SMTP:{u}@po.example', 'X400:c=us;s={u};dda:RFC-822=x(a)a.example' },
}

-- A site with what takes addresses out of others.
local GATES = [[
domain "a.example" { unwrap = { "MS", "CCMAIL" } }
domain "b.example" { unwrap = { "SMTP" } }
domain "former.example" { kind = "former", unwrap = { "EX" } }
postoffice "HQ" {}
postoffice "NET" { gateway = "SMTP" }
rewrite "CCMAIL:{u} at OLD" { to = "CCMAIL:{u} at NET" }
connector "ms" { nexthop = "m", spaces = { "MS:N/P" } }
connector "hq" { nexthop = "c", spaces = { "CCMAIL:* at HQ" } }
connector "ex" { nexthop = "e", spaces = { "EX:/o=x" } }
connector "gw" { speaks = "SMTP", nexthop = "g", spaces = { "NOTES:*" },
  wrap = { domain = "gw.example" } }
connector "out" { nexthop = "x", spaces = { "SMTP:*@*.far.example" } }
]]

-- What is changed, with what is in the slice then, and what is not.
local INSIDE = {
  { '"m"', '"n"',
    { "MS:N/P/x", "IMCEAMS-N_P_x@a.example", "IMCEASMTP-x@b.example", "CCMAIL:x at NET",
      "CCMAIL:x at OLD", "X400:c=us;s=x;dda:MS=N(047)P(047)x;" },
    { "x@a.example", "CCMAIL:x at HQ", "IMCEAEX-x@former.example", "x@y.far.example" } },
  { '"x"', '"y"', { "x@y.far.example", "CCMAIL:x at NET", "IMCEASMTP-x@b.example" },
    { "MS:N/P/x", "CCMAIL:x at HQ", "x@b.example" } },
  { '"e"', '"f"', { "EX:/o=x/cn=y", "IMCEAEX-x@former.example" }, { "x@former.example" } },
  { '"gw.example"', '"gv.example"',
    { "x@gw.example", "x@gv.example", "NOTES:x/y@z", "CCMAIL:x at NET" },
    { "MS:N/P/x", "x@y.far.example" }, is_wide = true },
  { 'at OLD" { to = "CCMAIL:{u} at NET', 'at OLD" { to = "CCMAIL:{u} at HQ',
    { "CCMAIL:x at OLD", "IMCEACCMAIL-x@a.example" }, { "MS:N/P/x", "CCMAIL:x at HQ" },
    is_wide = true },
}

describe("where two policies may differ", function()
  it("are the addresses whose way comes to what only one of them says", function()
    local old = load(SITE)
    for _, case in ipairs(CASES) do
      local slice = assert(slices.of(old, load(changed(case[1], case[2]))), case[1])
      for i, is_inside in ipairs { true, false } do
        for _, text in ipairs(case[2 + i]) do
          assert.equal(is_inside, has(slice, text), case[1] .. ": " .. text)
        end
      end
    end
  end)

  it("are what becomes somebody and nobody else, where extensions lead to nobody", function()
    local site = SITE:gsub("settings[^\n]*\n", "", 1)
    local slice = assert(slices.of(load(site), load((site:gsub("kim@a", "kay@a")))))
    for _, name in ipairs { "kim", "kay" } do
      for _, domain in ipairs { "a", "old", "older" } do
        local text = ("SMTP:%s@%s.example"):format(name, domain)
        assert.is_true(has(slice, text), text)
      end
    end
    for _, text in ipairs { "x@old.example", "kim@other.example", "lee@a.example" } do
      assert.is_false(has(slice, text), text)
    end
    assert.is_false(slice.region:has(core.parse "lee@a.example"))
    local quoted = site:gsub('"SMTP:kim@a.example"', [["SMTP:\"k m\"@a.example"]])
    slice = assert(slices.of(load(quoted), load((quoted:gsub("k m", "k y")))))
    assert.is_true(has(slice, "SMTP:x@old.example")) -- of quotes it is not asked
  end)

  it("is anywhere if what is said anew may matter to any address", function()
    local old = load(SITE)
    for _, case in ipairs(ANYWHERE) do
      assert.is_nil(slices.of(old, load(changed(case[1], case[2]))), case[1] .. " " .. case[2])
    end
  end)

  it("is what holds such addresses, too, be it in carriers, gateways or attributes", function()
    local old = load(GATES)
    for _, case in ipairs(INSIDE) do
      local from, to = GATES:find(case[1], 1, true)
      local slice = assert(slices.of(old,
        load(GATES:sub(1, from - 1) .. case[2] .. GATES:sub(to + 1))), case[1])
      assert.equal(case.is_wide or false, slice.is_wide, case[1])
      for i, is_inside in ipairs { true, false } do
        for _, text in ipairs(case[2 + i]) do
          local is_found = sets.contains(slice, core.parse(text, UNKNOWN))
          assert.equal(is_inside, is_found, case[1] .. ": " .. text)
        end
      end
    end
  end)

  it("is what is signed, too, where that leads there", function()
    local function sliced(from, to)
      return slices.of(load(SIGNING), load((SIGNING:gsub(from, to))))
    end
    local slice = assert(sliced('"b"', '"c"'))
    assert.is_false(slice.is_wide) -- nothing at branch.example leads on to the gateway
    for _, text in ipairs { "x@branch.example", "SRS0=x@a.example", "srs1+x@a.example",
      "prvs=x@b.example", "pat@a.example" } do -- Pat's mail comes out as anybody's
      assert.is_true(has(slice, text), text)
    end
    for _, text in ipairs { "lee@a.example", "prvs=x@a.example",
      "srs0=x@b.example", "x@b.example", "x@far.example" } do
      assert.is_false(has(slice, text), text)
    end
    assert.is_true(assert(sliced("pat@a", "pia@a")).is_wide)
    assert.is_nil(sliced('"forwarding"', '"bounces"'))
    assert.is_nil(sliced('batv = { secrets = "bounces" }', 'batv = { secrets = "others" }'))
  end)

  it("is decided where mail goes on through gateways and carriers #long", function()
    local old = 'domain "a.example" { unwrap = { "MS", "CCMAIL" } }\n'
      .. 'postoffice "NET" { gateway = "SMTP" }\n'
      .. 'connector "ms" { nexthop = "m", spaces = { "MS:N/P" } }'
    local found = policy.changes(load(old), load((old:gsub('"m"', '"n"'))), { seconds = 60 })
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
    assert.is_true(#found.changes > 0)
  end)

  it("is all that is looked at, so that sites with many rewrites are decided #long", function()
    local lines = { SITE }
    for i = 1, 60 do
      lines[#lines + 1] = ([[
        rewrite "SMTP:{u}@old%d.example" { to = "SMTP:{u}@a.example" }
        rewrite "SMTP:{f}.{l}@older%d.example" { to = "SMTP:{l}.{f}@a.example" }
        recipient "r%d" { proxies = { "SMTP:r.%d@a.example" } }]]):format(i, i, i, i)
    end
    local text = table.concat(lines, "\n")
    local found = policy.changes(load(text), load((text:gsub("away", "way"))), { seconds = 60 })
    assert.same({}, found.undecided)
    assert.is_nil(found.unfinished)
    assert.equal("SMTP:x@other.example", found.changes[1].recipient:gsub(":[^x@]*@", ":x@"))
  end)
end)

-- ---- By brute force ------------------------------------------------------------

-- Holds two policies to doing the same to some of what is outside of a slice.
local function judge_outside(old, new, slice, seed, counts)
  local text = old.origin.source .. "\n-- new:\n" .. new.origin.source
  local addresses, envelopes = judge.addresses(text), judge.envelopes({ old, new }, {}, text)
  local is_taken = judge.some(seed, #addresses * #envelopes)
  for _, address in ipairs(addresses) do
    local is_outside = not has(slice, address)
    counts:add(is_outside and "are outside" or "are inside")
    for _, envelope in ipairs(is_outside and envelopes or {}) do
      if is_taken() then
        assert(judge.outcome(old, address, envelope) == judge.outcome(new, address, envelope),
          text .. "\n-- not told: " .. address)
      end
    end
  end
end

-- Judges the slices of so many pairs of policies.
local function judge_slices(what, count, pair_of)
  local counts = judge.counts()
  judge.each(1, helper.times(count), function(seed)
    local old, new = pair_of(seed)
    local slice = old and new and slices.of(old, new)
    if not slice then return end
    counts:add "slices"
    judge_outside(old, new, slice, seed, counts)
    old:close()
    new:close()
  end)
  judge.tell(what, counts)
  assert.is_true(counts:of "slices" == 0 or counts:of "are outside" > 0, tostring(counts))
end

describe("where two random policies may differ", function()
  it("is where they do", function()
    judge_slices("slices", 60, function(seed) return small.pair(policy.load, seed) end)
  end)

  it("is where they do, though they sign", function()
    judge_slices("slices of those that sign", 20, function(seed)
      return small.pair(policy.load, seed, small.lines_that_sign)
    end)
  end)
end)

-- A policy in which people are reached by rewrites that change what is around their names, as its lines.
local function people(seed)
  local random = generate.random(seed)
  local function pick(list) return list[random(#list)] end
  local left = { "a@a", "b@a", "ab@b", "aa@a.b", "b@b.b", "a@b", "ba@a" }
  local function proxy() return table.remove(left, random(#left)) end
  local function side() return pick { "{u}", "{u}", "a{u}", "{u}b", "b{u}" } end
  local lines = { "domain 'a' {}", "domain 'b' {}", "connector 'x' { spaces = { 'SMTP:*' } }" }
  for i = 1, 3 do
    lines[#lines + 1] = ("rewrite 'SMTP:%s@%s' { to = 'SMTP:%s@%s', %s }"):format(side(),
      pick { "a", "b", "a.b", "b.b" }, side(), pick { "a", "b", "a.b" },
      pick { "", "", "again = true" })
    lines[#lines + 1] = ("recipient 'r%d' { proxies = { 'SMTP:%s' }, %s }"):format(i, proxy(),
      pick { "", "target = 'SMTP:x@y'", "target = 'SMTP:a@a.b'", "target = 'SMTP:b@bb'" })
  end
  return lines
end

describe("where two sites of random people may differ", function()
  it("is where they do, though it is looked for one by one", function()
    judge_slices("slices of people", 4, function(seed)
      local lines, others = people(seed), people(seed + 1)
      local old = policy.load(table.concat(lines, "\n"))
      local at = generate.random(seed)(4, #lines)
      lines[at] = others[at]
      return old, policy.load(table.concat(lines, "\n"))
    end)
  end)
end)
