--- What `check` says of rewrites that never get their turn, held against every address of a small world.

local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local new_explicit = require "postoffice.policy.prove.explicit".new
local new_turns = require "postoffice.policy.prove.turns".new
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local HOSTS = { "a", "b", "c", "a.b", "b.b", "c.b" }
local LONGER_HOSTS = { "a", "b", "a.b", "b.b", "a.b.b", "b.b.b" }
local PLACES = { "a", "b" }
local INNER = { "a@a", "b@b", "ab@a", "aa@b.b", "ab@a.b", "a@b.b" } -- that a gateway reads

-- All local parts of up to three letters of two, and some that have a third, or an extension.
local function all_users()
  local list = enumerate.texts({ "a", "b" }, 3)
  list[1] = '""'
  for _, user in ipairs { "c", "ac", "cb", "acb", "a+b", "aa+b", "aa+ab", "a+" } do
    list[#list + 1] = user
  end
  return list
end

local function all_addresses(users, hosts)
  local list = enumerate.addresses(users, hosts, PLACES, 7)
  for _, place in ipairs(PLACES) do
    for _, inner in ipairs(INNER) do list[#list + 1] = ("CCMAIL:%s at %s"):format(inner, place) end
  end
  return list
end

-- Longer ones, which are tried where no other has come to a rule.
local function longer_users()
  local list = {}
  for i, user in ipairs(enumerate.texts({ "a", "b" }, 4)) do
    if i > 1 then list[#list + 1] = user end
    for _, beginning in ipairs(#user < 4 and { "aa+", "aaa+" } or {}) do
      list[#list + 1] = beginning .. user
    end
  end
  return list
end

local ADDRESSES = all_addresses(all_users(), HOSTS)
local LONGER = all_addresses(longer_users(), LONGER_HOSTS)

local GRAMMAR = {
  host = { "a", "b", "a.b", "b.b" }, place = { "a", "b" },
  fixed = { "a@a", "b@b", "ab@a.b", "aa@b.b" }, again = { "again = true," },
  rewrite = { "rewrite $rule $again?4 $both?3 }" }, both = { "both = true," },
  rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:a{u}@$host',",
    "'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@*' { to = 'SMTP:{u}@$host',", "'SMTP:*@$host' { to = 'SMTP:$fixed',",
    "'SMTP:?@$host' { to = 'SMTP:$fixed',", "'SMTP:$fixed' { to = 'SMTP:$fixed',",
    "'SMTP:aa+{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}',",
    "'SMTP:{u}@{d}' { to = 'SMTP:{u}@{d}.b',", "'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u}@$host at $place',",
  },
  domain = {
    "domain 'c' { kind = 'relay', catchall = '$fixed' }",
    "domain '$host' { catchall = '$fixed', $extension?2 }",
    "domain 'CCMAIL:* at $place' { catchall = '$fixed' }",
  },
  extension = { "extension = '+'," },
  recipient = {
    "recipient 'r' { proxies = { '$fixed' } }",
    "recipient 'r' { proxies = { 'aa@$host' }, target = '$fixed' }",
  },
  office = { "postoffice 'a' { gateway = 'SMTP' }" },
}

local function new_lines(seed)
  local world, lines = sentences.new(GRAMMAR, seed), {}
  for i = 1, 2 + world.random(4) do lines[i] = world:text "rewrite" end
  for _, word in ipairs { "domain", "recipient", "office" } do
    lines[#lines + 1] = world.random(4) == 1 and world:text(word) or nil
  end
  return lines
end

-- ---- The judge -----------------------------------------------------------------

-- Notes by line an address on whose way a declaration decides.
local function note_deciding(p, addresses, seen)
  for _, address in ipairs(addresses) do
    for _, step in ipairs(p:explain(address, { may_relay = true }).steps) do
      local line = step.rule and tonumber(step.rule:match ":(%d+)$")
      if line and not step.unused then seen[line] = address end
    end
  end
end

-- The findings about rewrites, by line.
local function findings_of(p)
  local told = {}
  for _, finding in ipairs(p:check()) do
    if finding.title:find "^rewrite" then told[finding.code .. finding.line] = tostring(finding) end
  end
  return told
end

-- The lines of rewrites of which nothing is said and that nothing has come to.
local function silent_lines(lines, told, seen)
  local list = {}
  for i, line in ipairs(lines) do
    local is_told = told["rewrite-shadowed" .. i] or told["rewrite-empty" .. i]
    if line:find "^rewrite" and not (is_told or seen[i]) then list[#list + 1] = i end
  end
  return list
end

-- Addresses that come to a rewrite by other rewrites, as the check has found: of those there are more, and
-- longer ones, than can be tried.
local function witnesses(p, line)
  local compiled, before = p.compiled, {}
  for _, rule in ipairs(rewrites.all(compiled.rewrites)) do
    if rule.declaration.line == line then
      local turns = new_turns {
        compiled = compiled, index = compiled.rewrites, explicit = new_explicit(compiled),
      }
      local _, address = turns:why(rule, before)
      return { address }
    end
    before[#before + 1] = rule
  end
end

-- The names that all senders get by rewrites that work both ways.
local function names_of(lines)
  local p, names = judge.loaded(lists.copy(lines)), {}
  for i, text in ipairs(ADDRESSES) do
    local sender = core.parse(text)
    local name = sender and senders.find(p.compiled.senders, sender)
    names[i] = name and core.key(name) or ""
  end
  p:close()
  return table.concat(names, "\n")
end

-- Whether some senders have other names without a line.
local function is_for_senders(lines, i)
  if not lines[i]:find "both" then return false end
  local others = lists.copy(lines)
  others[i] = ""
  return names_of(lines) ~= names_of(others)
end

-- Holds what is advised of lines that work both ways to what senders have by them.
local function judge_advice(lines, told, counts)
  for i, line in ipairs(lines) do
    local finding = line:find "both" and told["rewrite-shadowed" .. i]
    if finding and not finding:find "if no sender" then
      counts:add "serve no sender"
      assert(not is_for_senders(lines, i), table.concat(lines, "\n") .. "\n" .. finding)
    end
  end
end

local function judge_policy(seed, counts)
  local lines, seen = new_lines(seed), {}
  local p = judge.loaded(lines)
  local text = table.concat(lines, "\n")
  local told = findings_of(p)
  judge_advice(lines, told, counts)
  note_deciding(p, ADDRESSES, seen)
  for _, i in ipairs(silent_lines(lines, told, seen)) do note_deciding(p, witnesses(p, i), seen) end
  if silent_lines(lines, told, seen)[1] then note_deciding(p, LONGER, seen) end
  for i in pairs(seen) do
    local finding = told["rewrite-shadowed" .. i] or told["rewrite-empty" .. i]
    assert(not finding, ("%s\n-- %s\n-- but %s"):format(text, tostring(finding), seen[i]))
  end
  for _, i in ipairs(silent_lines(lines, told, seen)) do
    local note = told["rewrite-undecided" .. i]
    local is_served = not note and is_for_senders(lines, i)
    counts:add(note and "undecided" or is_served and "serve senders" or "silent")
    assert(note or is_served, ("%s\n-- line %d has no turn, and nothing is said"):format(text, i))
  end
  for finding in pairs(told) do counts:add((finding:gsub("%d", ""))) end
  for i, line in ipairs(lines) do
    if line:find "^rewrite" and seen[i] then counts:add "turns" end
  end
  p:close()
end

describe("check, held against the way of every address of a small world,", function()
  it("tells of all rewrites that have no turn there, and of no others", function()
    local counts = judge.counts()
    judge.each(1, helper.times(40), function(seed) judge_policy(seed, counts) end)
    judge.tell("turns", counts)
    local is_whole = counts:of "turns" >= 100 -- fewer may have none of one kind
    assert.is_true(counts:of "rewrite-shadowed" > 5 * counts:of "undecided" or not is_whole,
      tostring(counts))
  end)
end)
