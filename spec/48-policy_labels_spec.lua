--- Rewrites that make domains of what they capture: U-labels, A-labels, address literals, and what is none of
-- these.  Claims about random policies, and what changes between two, are held against many of them.
local core = require "postoffice.core"
local helper = require "spec.helper"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local sentences = require "spec.sentences"

local E, CAPITAL_E, COMBINED_E = "\195\169", "\195\137", "e\204\129"
local KELVIN, ALEF = "\226\132\170", "\215\144"

-- What comes to stand for a domain: names in any spelling, what is none, and literals.
local NAMES = {
  "a", "b", "a.b", "b.a", "k", "k.a", KELVIN, KELVIN .. ".a", "k." .. KELVIN, "a." .. KELVIN,
  E, E .. ".a", CAPITAL_E .. ".a", COMBINED_E .. ".a", COMBINED_E, "b" .. E .. ".a", "a." .. E,
  E .. "." .. E, "b." .. E .. ".a", "b." .. CAPITAL_E .. ".a", E .. "." .. E .. ".a", "xn--9ca",
  "xn--9ca.a", "b.xn--9ca.a", "xn--9ca." .. E, E .. ".xn--9ca", "xn--9ca." .. KELVIN, KELVIN .. E,
  "k" .. E .. ".a", "xn--zzz.a", ALEF,
}
local NO_NAMES = {
  E .. "-.a", E .. "!", E .. "!.a", "b." .. E .. "_.a", ALEF .. "a", "ab--" .. E, "\204\129a",
  "a..b", ".a", "a.", "#1", "#" .. E, E .. "..a", "." .. E, E .. ".", "a,b", E .. ",b", "a b",
  E .. " b", "",
}
local LITERALS = {
  "[1.1.1.1]", "[01.1.1.1]", "[1.1.1.001]", "[1.1.1.256]", "[1.1.1.2]", "[a:b]",
  "[" .. E .. ":b]", "[a:" .. E .. "]", "[ipv6:::1]", "[ipv6:0::1]", "[ipv6:::g]", "[::1]", "[]",
  "[", "[1.1.1.1", "a]",
}

-- Adds an address that has a key: others are refused before policies are asked.
local function add(list, format, ...)
  local text = format:format(...)
  local address = core.parse(text)
  if address and core.key(address) then list[#list + 1] = text end
end

local function all_addresses()
  local list = {}
  for _, texts in ipairs { NAMES, NO_NAMES, LITERALS } do
    for _, text in ipairs(texts) do
      for _, user in ipairs { "a", "b", "ab" } do
        add(list, '"%s=%s"@g', user, text)
        add(list, '"%s--%s"@g', user, text)
        add(list, "CCMAIL:%s at %s", user, text)
      end
      add(list, "a@%s", text)
      add(list, '"=%s"@g', text)
    end
  end
  for _, user in ipairs { "a", "b", "a=b=a", "a=b--a" } do
    for _, host in ipairs { "g", "o", "b" } do add(list, "%s@%s", user, host) end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>", "a@o", "a=b@g" }

local GRAMMAR = {
  sign = { "=", "--" },
  first = {
    "rewrite 'SMTP:{u}$sign{d}@g' { to = 'SMTP:{u}@{d}' }",
    "rewrite 'SMTP:{u}$sign{d}@g' { to = 'SMTP:{u}@{d}' }",
    "rewrite 'SMTP:{u}$sign{d}@g' { to = 'SMTP:{u}@{d}.a' }",
    "rewrite 'SMTP:{u}$sign{d}@g' { to = 'SMTP:{u}@k.{d}' }",
    "rewrite 'SMTP:{u}=b{d}@g' { to = 'SMTP:{u}@b{d}' }",
    "rewrite 'CCMAIL:{u} at {d}' { to = 'SMTP:{u}@{d}' }",
    "rewrite 'CCMAIL:{u} at {d}' { to = 'SMTP:{u}@{d}.a' }",
    "rewrite 'SMTP:{u}={d}.a@g' { to = 'SMTP:{u}@{d}.b' }",
  },
  more = {
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:$some' { to = 'SMTP:a@o' }",
    "rewrite 'SMTP:{u}@{h}.$host' { to = 'SMTP:{u}@{h}.b' }", "$first",
    "rewrite 'SMTP:{u}@{h}.a' { to = 'SMTP:{u}={h}@g' }",
  },
  host = { "a", "b", "k.a", E .. ".a", "o", "xn--9ca", "k" },
  glob = {
    "*", "*.a", "*." .. E .. ".a", E .. ".a", "*k.a", "xn--*", "x*.a", "?.a", "[1.1.1.1]", "[*]",
    "k.a", "k", E, "b*", "*.*.a", "*.b", "[ipv6:::1]", "a",
  },
  some = {
    "*@$glob", "*@$glob", "a*@$glob", "*=*@g", "*=k*@g", "*.a@g", "*=?@g", "*=" .. E .. "*@g",
    "*b@o",
  },
  pattern = { "SMTP:$some", "SMTP:$some", "SMTP:$some", "CCMAIL:* at $glob" },
  name = function(world) return world:numbered "r" end,
  proxy = function(world) return world:untaken "named" end,
  named = {
    "a@k.a", "a@a", "b@" .. E .. ".a", "a@[1.1.1.1]", "ab@a.k.a", "b@k", "a=k@g",
    "a=" .. E .. "@g",
  },
  entry = { "recipient '$name' { proxies = { '$proxy' } }" },
  domain = { "domain '$host' {}", "domain '$host' { kind = 'relay' }", "domain '*.$host' {}" },
  connector = {
    "connector 'c' { spaces = { 'SMTP:*' } }",
    "connector 'c' { spaces = { 'SMTP:$some' } }"
      .. " connector 'd' { spaces = { 'SMTP:*', 'SMTP:$some' } }",
  },
  set = {
    '"$pattern"', '"$pattern"', '"$pattern" but "$pattern"', "SMTP address", "local", "address",
  },
  claim = {
    "every $set $finish or $finish", "no $set $finish", "no $set $finish",
    "every $set $finish or $finish or $finish",
  },
  finish = {
    'leaves by "c"', "leaves", "is rejected", "is delivered here", 'reaches recipient "r1"',
    "is handed over as $set", "is handed over as $set", "is deferred", "is rejected 5.1.3",
    "is rejected 5.1.2", "is rejected domain-label-disallowed", "is rejected domain-label-bidi",
  },
}

local function lines_of(world)
  local lines = { world:text "connector", "domain 'g' {}", world:text "first" }
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "entry" end
  for _ = 1, world.random(2) - 1 do lines[#lines + 1] = world:text "more" end
  if world.random(2) == 1 then lines[#lines + 1] = world:text "domain" end
  return lines
end

-- The same lines, one of them another.
local function variant(lines, world)
  local other, at = lists.copy(lines), world.random(3)
  local kinds = { "connector", "more", "domain" }
  other[at == 1 and 1 or #other + 1] = world:text(kinds[at])
  return other
end

local told = postoffice.UNICODE and describe or function() end

told("claims about domains that rewrites make #host", function()
  it("hold where brute force finds no witness, and fail by one", function()
    judge.claims("domains that rewrites make", 2,
      judge.draw(GRAMMAR, lines_of, { claims = 3, addresses = ADDRESSES, senders = SENDERS }))
  end)

  it("are changes where brute force finds one", function()
    local counts = judge.counts()
    judge.each(1, helper.times(1), function(seed)
      local world = sentences.new(GRAMMAR, seed)
      local lines = lines_of(world)
      local old, new = judge.loaded(lines), judge.loaded(variant(lines, world))
      local found = policy.changes(old, new, { seconds = judge.SECONDS })
      local is_proof = not (found.unfinished or found.undecided[1])
      counts:add(found.unfinished and "late" or is_proof and "proofs" or "undecided")
      for _, why in ipairs(found.undecided) do counts:add(judge.doubt(why)) end
      for _, change in ipairs(judge.all_changes(found)) do
        assert(judge.is_change(old, new, change), change.recipient)
      end
      if is_proof and not found.changes[1] then
        for _, address in ipairs(ADDRESSES) do
          local is_same = judge.outcome(old, address, {}) == judge.outcome(new, address, {})
          assert(is_same, ("%s\n-- new:\n%s\n-- %s"):format(old.origin.source, new.origin.source,
            address))
        end
      end
      old:close()
      new:close()
    end)
    judge.tell("changes of domains that rewrites make", counts)
  end)
end)

local SITE = [[
domain "gw.example" {}
rewrite "SMTP:{u}={d}@gw.example" { to = "SMTP:{u}@{d}" }
connector "c" { %s spaces = { "SMTP:*" } }
connector "lit" { spaces = { "SMTP:*@[10.0.0.1]" } }
connector "umlaut" { spaces = { "SMTP:*@bücher.example" } }
]]

-- Claims with their outcomes, and some of their witnesses and doubts.
local CASES = {
  { 'no "SMTP:kim=*@gw.example" is handed over as "SMTP:joe@*"', "holds" },
  { 'every "SMTP:?*@gw.example" when nothing is down leaves or is rejected or is delivered here',
    "holds" },
  { 'no "SMTP:*=*.org@gw.example" leaves by "umlaut"', "holds" },
  { 'no "SMTP:*=*.example@gw.example" leaves by "lit"', "holds" },
  { 'no "SMTP:*@gw.example" but "SMTP:*=?10.0.0.1?@gw.example" leaves by "lit"', "fails", "%[010" },
  { 'no "SMTP:*@gw.example" but "SMTP:*xn--*@gw.example" leaves by "umlaut"', "fails", "bücher" },
  { 'no "SMTP:*@gw.example" but "SMTP:*k*@gw.example" is handed over as "SMTP:*@k.example"',
    "fails", KELVIN },
  { 'no "SMTP:*=*@gw.example" is rejected domain-label-bidi', "undecided", nil, "differs" },
  { 'no "SMTP:*=*@gw.example" is rejected 5.1.2', "holds" },
  { 'every "SMTP:?*=?*@gw.example" is rejected 5.4.1 or is rejected 5.1.3 or leaves or is deferred',
    "fails", "=gw.example@" }, -- whom nobody knows here
}

told("a rewrite that makes a domain of a capture #long", function()
  local p = assert(policy.load(SITE:format ""))

  for _, case in ipairs(CASES) do
    it(("is decided: %s: %s"):format(case[2], case[1]), function()
      local answer = assert(p:prove(case[1], { seconds = 60 }))
      assert.equal(case[2], answer.outcome, tostring(answer))
      assert.is_truthy((answer.witness or ""):find(case[3] or ""), answer.witness)
      assert.is_truthy((answer.why or ""):find(case[4] or ""), answer.why)
    end)
  end

  it("is in no way of a proof of what changes", function()
    local new = assert(policy.load(SITE:format 'nexthop = "smtp:[192.0.2.1]:25",'))
    local found = policy.changes(p, new, { seconds = 60 })
    assert.same({ {}, nil }, { found.undecided, found.unfinished })
    assert.is_truthy(found.changes[1])
  end)
end)
