--- What `check` says of rules about senders, held against every sender of a small world: rewrites with
-- `both` that are no way back, senders who become somebody else, and rules that never get their turn.

local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

-- The empty one, and all of up to three letters.
local USERS = enumerate.texts({ "a", "b", "c" }, 3)
USERS[1] = '""'

local function all_senders()
  local list = {}
  for _, host in ipairs { "a", "b", "a.b", "b.b", "ab", "c", "c.b", "b.a", "b.c" } do
    for _, user in ipairs(USERS) do list[#list + 1] = user .. "@" .. host end
  end
  for _, place in ipairs { "a", "b" } do
    for i = 2, 14 do list[#list + 1] = ("CCMAIL:%s at %s"):format(USERS[i], place) end
  end
  return list
end

local SENDERS = all_senders()

local GRAMMAR = {
  host = { "a", "b", "a.b", "b.b" }, place = { "a", "b" }, again = { "again = true," },
  fixed = { "a@a", "b@b", "ab@a.b", "aa@b.b" },
  at = { "at = { 'c1' },", "at = { 'c2' }," }, by = { "by = { 'c1' },", "by = { 'c2' }," },
  one_way = { "rewrite $rule $again?4 }" },
  rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host',",
    "'SMTP:{u}a@*' { to = 'SMTP:{u}@$host',", "'SMTP:*@$host' { to = 'SMTP:$fixed',",
    "'SMTP:?@$host' { to = 'SMTP:$fixed',", "'SMTP:$fixed' { to = 'SMTP:$fixed',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
  },
  both = { "rewrite $two_ways both = true, $at?2 }" },
  two_ways = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:a{u}@$host' { to = 'SMTP:{u}b@$host',", "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@b.{d}',",
    "'SMTP:{u}c{v}@$host' { to = 'SMTP:{v}c{u}@$host',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place',",
  },
  of_sender = { "rewrite_sender $sender_rule $by?3 }" },
  sender_rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@{d}' { to = 'SMTP:{u}@{d}',",
    "'SMTP:{u}@*.b' { to = 'SMTP:$fixed',", "'SMTP:??@$host' { to = 'SMTP:$fixed',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
  },
  recipient = { "recipient '$name' { proxies = { $proxy*2 } }" }, proxy = { "'$address'" },
  near = { "a", "b", "a.b" },
  name = function(world)
    world.count = world.count + 1
    return "r" .. world.count
  end,
  address = function(world)
    local text
    repeat
      text = world:pick(USERS) .. "@" .. world:text "near"
    until not world.taken[text] and #text < 7 and text:sub(1, 1) ~= '"'
    world.taken[text] = true
    return text
  end,
}

-- By connector, to whom mail leaves by it that no rule is about; the third one no rule names.
local TO = { c1 = "x@zz", c2 = "x@yy", c3 = "x@xx" }
local CONNECTORS = [[
connector 'c1' { spaces = { 'SMTP:*@zz' }, nexthop = 'n' }
connector 'c2' { spaces = { 'SMTP:*@yy' }, nexthop = 'n' }
connector 'c3' { spaces = { 'SMTP:*@xx' }, nexthop = 'n' }]]

local function load(lines)
  return policy.load(table.concat(lines, "\n") .. "\n" .. CONNECTORS, { chunkname = "@p.lua" })
end

-- The lines that are left of some if others are blank.
local function only(lines, is_left)
  local made = {}
  for i, line in ipairs(lines) do made[i] = is_left(line, i) and line or "" end
  return made
end

-- The key of a sender as a connector hears it.
local function heard(p, sender, connector)
  return core.key(p:route(TO[connector], { sender = sender, may_relay = true })[1].sender)
end

-- Findings by code and line.
local function by_place(findings)
  local places = setmetatable({}, { __index = function(self, code)
    self[code] = {}
    return self[code]
  end })
  for _, finding in ipairs(findings) do places[finding.code][finding.line] = finding end
  return places
end

-- ---- Both ways -----------------------------------------------------------------

-- The connectors that a line is for.
local function connectors_of(line)
  local name = line:match "[ab][ty] = { '(c%d)' }"
  return name and { name } or { "c1", "c2", "c3" }
end

-- A sender who would be shown outside by a rewrite if it were alone, and stays as he is.
local function kept_back(p, alone, connector)
  for _, sender in ipairs(SENDERS) do
    local key = core.key(sender)
    if heard(alone, sender, connector) ~= key and heard(p, sender, connector) == key then
      return sender
    end
  end
end

-- Holds what is said of a rewrite to all senders.
local function judge_both(p, lines, number, finding, where)
  local alone = assert(load(only(lines, function(_, i) return i == number end)))
  for _, connector in ipairs(connectors_of(lines[number])) do
    local sender = kept_back(p, alone, connector)
    assert(finding or not sender,
      ("%d is no way back for %s%s"):format(number, tostring(sender), where))
    local said = finding and finding.message:match "way back for (.-): answers"
    assert(not said or heard(p, said, connector) == core.key(said), where)
  end
  alone:close()
end

-- ---- Somebody else -------------------------------------------------------------

-- By key, the entry whose address that is.
local function owners_of(lines)
  local owners = {}
  for _, line in ipairs(lines) do
    local name = line:match "^recipient '(.-)'"
    for address in (name and line:match "%b{}" or ""):gmatch "'(.-@.-)'" do
      owners[core.key(address)] = { name = name, address = address }
    end
  end
  return owners
end

-- The line of the rule of senders that decides on one, or nil.
local function ruled_by(p, lines, sender, connector)
  for _, step in ipairs(p:explain(TO[connector], { sender = sender, may_relay = true }).steps) do
    local number = step.rule and tonumber(step.rule:match ":(%d+)$")
    if (lines[number] or ""):find "^rewrite_sender" then return number end
  end
end

local function judge_confused(p, lines, places, where)
  local owners = owners_of(lines)
  for _, owner in pairs(owners) do
    for connector in pairs(TO) do
      local other = owners[heard(p, owner.address, connector)]
      local number = other and other.name ~= owner.name
        and ruled_by(p, lines, owner.address, connector)
      local is_meant = number and not lines[number]:find "to = '[^']*{"
      assert(not number or is_meant or places["sender-confused"][number],
        ("%s becomes somebody else%s"):format(owner.address, where))
    end
  end
  for _, finding in pairs(places["sender-confused"]) do
    local from, to = finding.message:match 'who writes from (.-), the address of ".-", (.*)$'
    local is_so = false
    for connector in pairs(TO) do is_so = is_so or heard(p, from, connector) == core.key(to) end
    assert(is_so, tostring(finding) .. where)
  end
end

-- ---- Their turn ----------------------------------------------------------------

local function judge_turns(p, lines, places, where)
  local decides = {}
  for connector in pairs(TO) do
    for _, sender in ipairs(SENDERS) do
      local number = ruled_by(p, lines, sender, connector)
      if number then decides[number] = sender end
    end
  end
  for number, line in ipairs(lines) do
    if line:find "^rewrite_sender" then
      local finding = places["rewrite-shadowed"][number] or places["rewrite-empty"][number]
      assert((finding == nil) == (decides[number] ~= nil), ("%d: %s, and %s%s"):format(number,
        tostring(finding), tostring(decides[number]), where))
    end
  end
end

-- ---- All -----------------------------------------------------------------------

local function new_lines(seed)
  local world, lines = sentences.new(GRAMMAR, seed, { count = 0, taken = {} }), {}
  local function add(word, times)
    for _ = 1, times do lines[#lines + 1] = world:text(word) end
  end
  add("one_way", world.random(3) - 1)
  add("both", world.random(2))
  add("one_way", world.random(2) - 1)
  add("of_sender", world.random(2) == 1 and 1 + world.random(3) or 0)
  add("recipient", world.random(2) == 1 and 3 + world.random(6) or 0)
  return lines
end

local function judge_policy(seed, counts)
  local lines = new_lines(seed)
  local p = judge.loaded(lines, load)
  local places = by_place(p:check())
  local where = "\n" .. table.concat(lines, "\n")
  local without = assert(load(only(lines, function(line)
    return not line:find "^rewrite_sender"
  end)))
  for number, line in ipairs(lines) do
    if line:find("both = true", 1, true) then
      judge_both(without, lines, number, places["both-collides"][number], where)
    end
  end
  without:close()
  judge_confused(p, lines, places, where)
  judge_turns(p, lines, places, where)
  for code, list in pairs(places) do
    for _ in pairs(list) do counts:add(code) end
  end
  p:close()
end

describe("check, held against all senders of a small world,", function()
  it("says of rules about them what is so, and leaves nothing out", function()
    local counts = judge.counts()
    judge.each(1, helper.times(24), function(seed) judge_policy(seed, counts) end)
    judge.tell("senders", counts)
    for _, code in ipairs { "both-collides", "rewrite-shadowed" } do
      assert.is_true(counts:of(code) > 0 or helper.times(24) < 24, code) -- or too few are drawn
    end
  end)
end)
