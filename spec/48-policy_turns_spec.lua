--- What `check` says of rewrites that never get their turn, held against every address of a small world.

local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

-- All local parts of up to three letters of two, and some that have a third.
local function all_users()
  local list = enumerate.texts({ "a", "b" }, 3)
  list[1] = '""'
  for _, user in ipairs { "c", "ac", "cb", "acb" } do list[#list + 1] = user end
  return list
end

local ADDRESSES = enumerate.addresses(all_users(), { "a", "b", "c", "a.b", "b.b", "c.b" },
  { "a", "b" }, 7)

local GRAMMAR = {
  host = { "a", "b", "a.b", "b.b" }, place = { "a", "b" },
  fixed = { "a@a", "b@b", "ab@a.b", "aa@b.b" }, again = { "again = true," },
  rewrite = { "rewrite $rule $again?4 }" },
  rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:a{u}@$host',",
    "'SMTP:{u}b@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@*' { to = 'SMTP:{u}@$host',", "'SMTP:*@$host' { to = 'SMTP:$fixed',",
    "'SMTP:?@$host' { to = 'SMTP:$fixed',", "'SMTP:$fixed' { to = 'SMTP:$fixed',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place',",
  },
  domain = { "domain 'c' { kind = 'relay', catchall = '$fixed' }" },
  recipient = { "recipient 'r' { proxies = { 'aa@$host' }, target = '$fixed' }" },
  office = { "postoffice 'a' { gateway = 'SMTP' }" },
}

local function new_lines(seed)
  local world, lines = sentences.new(GRAMMAR, seed), {}
  for i = 1, 2 + world.random(4) do lines[i] = world:text "rewrite" end
  for _, word in ipairs { "domain", "recipient", "office" } do
    lines[#lines + 1] = world.random(5) == 1 and world:text(word) or nil
  end
  return lines
end

-- ---- The judge -----------------------------------------------------------------

-- By line, an address on whose way a declaration decides.
local function deciding(p)
  local seen = {}
  for _, address in ipairs(ADDRESSES) do
    for _, step in ipairs(p:explain(address, { may_relay = true }).steps) do
      local line = step.rule and tonumber(step.rule:match ":(%d+)$")
      if line and not step.unused then seen[line] = address end
    end
  end
  return seen
end

-- The lines of rewrites that are said never to be the first.
local function lines_told(p)
  local told = {}
  for _, finding in ipairs(p:check()) do
    if finding.code == "rewrite-shadowed" or finding.code == "rewrite-empty" then
      told[finding.line] = tostring(finding)
    end
  end
  return told
end

local function judge_policy(seed, counts)
  local lines = new_lines(seed)
  local text = table.concat(lines, "\n")
  local p = assert(policy.load(text, { chunkname = "@p.lua" }))
  local told, seen = lines_told(p), deciding(p)
  for i, line in ipairs(lines) do
    if line:find "^rewrite" then
      assert(not (told[i] and seen[i]), ("%s\n-- %s\n-- but %s"):format(text, told[i] or "",
        seen[i] or ""))
      counts:add(told[i] and "told" or seen[i] and "with a turn" or "silent")
    end
  end
  p:close()
end

describe("check, held against the way of every address of a small world,", function()
  it("tells of rewrites that have no turn there, and of most of these", function()
    local counts = judge.counts()
    judge.each(1, helper.times(40), function(seed) judge_policy(seed, counts) end)
    judge.tell("turns", counts)
    local is_whole = counts:of "with a turn" >= 100 -- fewer may have none of one kind
    assert.is_true(counts:of "told" > counts:of "silent" or not is_whole, tostring(counts))
  end)
end)
