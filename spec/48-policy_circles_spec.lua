--- What `check` says of rewrites that go round, grow without end, or are no way back, held against every
-- address of a small world.

local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

-- The empty one, all of up to four letters of two, and some that have a third, in the middle or not.
local function all_users()
  local list = enumerate.texts({ "a", "b" }, 4)
  list[1] = '""'
  for _, user in ipairs { "c", "ac", "ca", "bc", "cb", "cab", "acb" } do list[#list + 1] = user end
  return list
end

local ADDRESSES = enumerate.addresses(all_users(), { "a", "b", "a.b", "b.b", "ab", "a.b.b" },
  { "a", "b" }, 15)

local GRAMMAR = {
  host = { "a", "b", "a.b", "b.b" }, place = { "a", "b" },
  fixed = { "a@a", "b@b", "ab@a.b", "aa@b.b" }, again = { "again = true," },
  rewrite = { "rewrite $rule $again?4 }" },
  entry = { "recipient 'R' { proxies = { 'SMTP:$fixed' } }" }, -- goes before rewrites
  rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:a{u}@$host',",
    "'SMTP:{u}@$host' { to = 'SMTP:{u}b@$host',", "'SMTP:a{u}@$host' { to = 'SMTP:b{u}@$host',",
    "'SMTP:b{u}@$host' { to = 'SMTP:a{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host',",
    "'SMTP:{u}a{v}@$host' { to = 'SMTP:{v}{u}@$host',",
    "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}',", "'SMTP:{u}@{d}' { to = 'SMTP:{u}@{d}.b',",
    "'SMTP:*@$host' { to = 'SMTP:$fixed',", "'SMTP:?@$host' { to = 'SMTP:$fixed',",
    "'SMTP:$fixed' { to = 'SMTP:$fixed',", "'SMTP:$fixed' { to = 'SMTP:$fixed',",
    "'SMTP:$fixed' { to = 'SMTP:$fixed',", "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place',",
    "'CCMAIL:{u} at {p}' { to = 'SMTP:{u}@{p}',",
    "'CCMAIL:{u} at $place' { to = 'CCMAIL:{u} at $place',",
  },
}

local function rewrites_of(seed)
  local world, lines = sentences.new(GRAMMAR, seed), {}
  for i = 1, 1 + world.random(4) do lines[i] = world:text "rewrite" end
  if world.random(2) == 1 then lines[#lines + 1] = world:text "entry" end
  return table.concat(lines, "\n")
end

-- Whether mail to an address is refused as a loop; and the address that came back, if one did.
local function is_loop(p, address)
  local delivery = p:route(address, { may_relay = true })[1]
  return delivery.code == "route-loop", (delivery.detail or ""):match "([^>]*)$":match "^ (.*)"
end

-- An address of which mail never ends, whatever came before it.
local function some_loop(p)
  for _, address in ipairs(ADDRESSES) do
    local loops, again = is_loop(p, address)
    if loops and (not again or is_loop(p, again)) then return again or address end
  end
end

-- By code, the address that a finding names.
local WITNESS = {
  ["rewrite-circular"] = ": (.+) comes back to itself", ["rewrite-endless"] = ": (.+) never comes",
}

describe("check, held against rewrites of small worlds,", function()
  it("finds one that goes round or never ends wherever mail does, and no other", function()
    local counts = judge.counts()
    judge.each(1, helper.times(40), function(seed)
      local text, is_found = rewrites_of(seed), false
      local p = assert(policy.load(text, { chunkname = "@p.lua" }))
      for _, finding in ipairs(p:check()) do
        local pattern = WITNESS[finding.code]
        local address = pattern and finding.message:match(pattern)
        is_found = is_found or address ~= nil
        assert(not address or is_loop(p, address), ("%s\n-- %s"):format(text, tostring(finding)))
        counts:add(finding.code)
      end
      local address = not text:find "{u}a?{v}" and some_loop(p) -- more is not decided
      assert(is_found or not address, ("%s\n-- nothing of %s"):format(text, tostring(address)))
      counts:add "policies"
      p:close()
    end)
    judge.tell("circles", counts)
    local is_whole = counts:of "policies" >= 40 -- fewer may have none of one kind
    for code in pairs(WITNESS) do assert.is_true(counts:of(code) > 0 or not is_whole, code) end
  end)
end)
