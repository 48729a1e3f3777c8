--- Rewrites that may be applied again to what they made: what is proven of addresses that they take many
-- steps with, held against each of them.
local judge = require "spec.judge"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- The outcome of a claim about a policy, and its witness or what is in doubt.
local function prove(source, claim, old)
  local p = assert(policy.load(source, { chunkname = "@p.lua" }))
  local answer = assert(p:prove(claim, { seconds = 60, load = function()
    return policy.load(old, { chunkname = "@old.lua" })
  end }))
  return answer.outcome, answer.witness or answer.why
end

local OUT = 'connector "out" { spaces = { "SMTP:*" } }\n'
local SHORTER = 'rewrite "SMTP:x{u}@a.example" { to = "SMTP:{u}@a.example", again = true }\n'
local LONGER = 'rewrite "SMTP:{u}@a.example" { to = "SMTP:xy{u}@a.example", again = true }\n'
local KIM = 'domain "a.example" {}\nrecipient "Kim" { proxies = { "kim@a.example" } }\n'
local FAR = "SMTP:" .. ("x"):rep(32) -- more steps than a way may have

-- Each with a policy, a claim, its outcome, and what begins its witness or is in its doubt.
local CASES = {
  { KIM .. SHORTER, 'every "SMTP:x*@a.example" is delivered here or is rejected', "holds" },
  { KIM .. SHORTER, 'every "SMTP:x*kim@a.example" is delivered here', "fails", FAR .. "kim@" },
  { KIM .. SHORTER, 'no "SMTP:x*@a.example" is rejected route-loop', "fails", FAR },
  { KIM .. SHORTER, 'every "SMTP:xxx?@a.example" is rejected recipient-unknown', "holds" },
  { SHORTER .. OUT, 'no "SMTP:*" is handed over as "SMTP:xx*@a.example"', "holds" },
  { SHORTER .. OUT, 'no "SMTP:*" is handed over as "SMTP:x*@a.example"', "fails",
    "SMTP:x@a.example" },
  { LONGER .. OUT, 'every "SMTP:?*@a.example" is rejected route-loop', "holds" },
  { KIM .. LONGER, 'every "SMTP:*@a.example" is rejected route-loop', "fails", "SMTP:kim@" },
  { LONGER .. 'rewrite "SMTP:xyxy{u}@a.example" { to = "SMTP:{u}@b.example" }\n' .. OUT,
    'every "SMTP:?*@a.example" is rejected route-loop', "holds" },
  { 'rewrite "SMTP:xyxy{u}@a.example" { to = "SMTP:{u}@b.example" }\n' .. LONGER .. OUT,
    'every "SMTP:*@a.example" when nothing is down leaves unless arrived_by "out"', "holds" },
  -- What a catch-all goes on to may come back to one of those that it takes
  { 'domain "a.example" { catchall = "ba@b.example" }\n'
    .. 'rewrite "SMTP:{u}a@b.example" { to = "SMTP:{u}@a.example" }\n' .. OUT,
    'every "SMTP:*@a.example" is rejected recipient-unknown', "fails", "SMTP:b@a.example" },
  -- One that swaps may come back to what it was, or not
  { 'rewrite "SMTP:{u}{v}@a.example" { to = "SMTP:{v}{u}@b.example" }\n'
    .. 'rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }\n' .. OUT,
    'every "SMTP:??*@a.example" is rejected', "fails", "SMTP:xy@a.example" },
  -- How long what is left out was says whether there were ten passes
  { 'rewrite "SMTP:{u}-*@a.example" { to = "SMTP:x{u}-1-2@b.example", again = true }\n'
    .. 'rewrite "SMTP:{u}@b.example" { to = "SMTP:xy{u}@b.example", again = true }\n'
    .. 'rewrite "SMTP:{u}xyxyxyxyxyxyxyxyxyx*@b.example" { to = "SMTP:{u}@c.example" }\n' .. OUT,
    'every "SMTP:?*-*@a.example" is rejected route-loop', "holds" },
  -- One that makes the same of all counts as a pass, too
  { KIM .. 'recipient "Lee" { proxies = { "lee@a.example" }, target = "uu@b.example" }\n'
    .. 'rewrite "MS:O/S/*" { to = "SMTP:z@b.example" }\n'
    .. 'rewrite "SMTP:u{u}@b.example" { to = "SMTP:{u}@c.example", again = true }\n' .. OUT,
    'every "MS:O/S/*" is handed over as "SMTP:z@b.example" or is deferred or is rejected',
    "undecided",
    'rewrite "MS:O/S/*" (p.lua:4): whether ten passes' },
}

-- Those that take long are tried on two kinds of Lua.
local LONG = { " #long", " #long", [5] = " #long" }

describe("a claim about rewrites that are applied again", function()
  for number, case in ipairs(CASES) do
    it(("%s: %s (%d)%s"):format(case[3], case[2], number, LONG[number] or ""), function()
      local outcome, told = prove(case[1], case[2])
      assert.equal(case[3], outcome, told)
      if case[4] then assert.truthy(told:find(case[4], 1, true), told) end
    end)
  end

  it("that compares policies tells from what step on they differ #long", function()
    local SAME = 'every "SMTP:*" routes as in "old.lua"'
    local other = KIM .. SHORTER .. 'recipient "Lee" { proxies = { "xxlee@a.example" } }\n'
    assert.same({ "holds" }, { prove(KIM .. SHORTER, SAME, KIM .. SHORTER) })
    assert.same({ "fails", "SMTP:xxlee@a.example" }, { prove(other, SAME, KIM .. SHORTER) })
    local function load(source) return assert(policy.load(source)) end
    local found = policy.changes(load(KIM .. SHORTER), load(other), { seconds = 60 })
    assert.same({ "SMTP:xxlee@a.example", {} }, { found.changes[1].recipient, found.undecided })
    assert.is_nil(found.unfinished)
  end)
end)

-- ---- By brute force ------------------------------------------------------------

local GRAMMAR = {
  user = { "a", "b", "ab", "ba", "aab" }, host = { "a", "a", "b", "b.b" },
  domain = {
    "domain 'a' {}", "domain 'a' { kind = 'former' }",
    "domain 'a' { catchall = '$user@b' }",
  },
  recipient = {
    "recipient 'r' { proxies = { '$user@$host' } }",
    "recipient 'r' { proxies = { '$user@$host' }, target = '$user@$host' }",
  },
  rewrite = {
    "rewrite 'SMTP:$rule', again = true }", "rewrite 'SMTP:$rule', again = true }",
    "rewrite 'SMTP:$rule' }",
  },
  rule = {
    "a{u}@$host' { to = 'SMTP:{u}@$host", "{u}@$host' { to = 'SMTP:b{u}@$host",
    "{u}b@$host' { to = 'SMTP:a{u}@$host", "a{u}@$host' { to = 'SMTP:bb{u}@$host",
    "{u}{v}@$host' { to = 'SMTP:{v}{u}@$host", "{u}a@$host' { to = 'SMTP:{u}@$host",
    "$user@$host' { to = 'SMTP:$user@$host", "{u}@{d}.b' { to = 'SMTP:{u}@{d}",
    "?{u}@$host' { to = 'SMTP:{u}@$host", "{u}a{v}@$host' { to = 'SMTP:{u}{v}@$host",
    "{u}@$host' { to = 'SMTP:{u}@$host", "b{u}@*' { to = 'SMTP:a{u}@$host",
  },
  glob = {
    "SMTP:*@a", "SMTP:a*@b", "SMTP:*b@*", "SMTP:??*@a", "SMTP:*", "SMTP:aaa*@*", "SMTP:b*@b",
  },
  claim = {
    'every "$glob" when nothing is down $end', 'no "$glob" when nothing is down $end',
    'every "$glob" when nothing is down $end or $end',
  },
  ["end"] = {
    "is delivered here", "is rejected route-loop", "is rejected recipient-unknown", "leaves",
    'is handed over as "$glob"', 'routes as in "old.lua"',
  },
}

-- All words of a few letters, and some that are many steps long.
local function all_addresses()
  local users, list = { "a", "b" }, {}
  for place = 1, 30 do
    for _, letter in ipairs { "a", "b" } do users[#users + 1] = users[place] .. letter end
  end
  for _, length in ipairs { 9, 10, 11, 20, 30, 31, 32, 33, 34 } do
    users[#users + 1] = ("a"):rep(length) .. "b"
    users[#users + 1] = "b" .. ("a"):rep(length)
  end
  for _, user in ipairs { '"a.."', '".a"', '"a b"', '"aa."' } do users[#users + 1] = user end
  for _, user in ipairs(users) do
    for _, host in ipairs { "a", "b", "b.b" } do list[#list + 1] = user .. "@" .. host end
  end
  return list
end

local ADDRESSES = all_addresses()

local CONNECTOR = "connector 'c' { spaces = { 'SMTP:*' } }"

-- A policy of random lines.
local function load(lines)
  return policy.load(table.concat(lines, "\n"), { chunkname = "@small.lua" })
end

describe("claims about random policies that rewrite again", function()
  it("hold where brute force finds no witness, and fail by one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(8), function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local lines = { world:text "domain", world:text "recipient", CONNECTOR }
      for _ = 1, world.random(3) do lines[#lines + 1] = world:text "rewrite" end
      local p = load(lines)
      lines[#lines] = world:text "rewrite"
      local other = load(lines)
      for _ = 1, p and other and 3 or 0 do
        judge.claim(p, world:text "claim", seed, other, counts, ADDRESSES)
      end
    end)
    judge.tell_claims("claims about rewrites that are applied again", counts)
  end)
end)
