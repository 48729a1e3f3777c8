--- What `check` says of rules and spaces, held against every address of a small world.

local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local small = require "spec.small_policies"

local DOMAINS = { "a.example", "b.example", "ab.example", "c.example", "a.net" }

-- All addresses whose local parts are short texts of a few letters.
local function all_addresses()
  local users, list = enumerate.texts({ "a", "b", "c" }, 4), {}
  users[1] = '""'
  for _, user in ipairs(users) do
    for _, name in ipairs(DOMAINS) do list[#list + 1] = user .. "@" .. name end
  end
  return list
end

local ADDRESSES = all_addresses()

local function pick(random, list) return list[random(#list)] end

-- A pattern of short pieces, in which each capture has a name of its own.
local function pattern(random, captures)
  local user, name = {}, 0
  for _ = 1, random(2) do
    local piece = pick(random, { "a", "b", "*", "?", "*", "{}" })
    if piece == "{}" then
      name = name + 1
      piece = captures and ("{u%d}"):format(name) or "*"
    end
    user[#user + 1] = piece
  end
  local domain = pick(random, { "a.example", "b.example", "*.example", "?.example", "??*.example",
    "*" })
  return ("SMTP:%s@%s"):format(table.concat(user), domain)
end

-- The declarations that findings of a code stand at, by line.
local function lines_of(p, code)
  local lines = {}
  for _, found in ipairs(p:check()) do
    assert.not_equal("rewrites-uncompared", found.code)
    if found.code == code then lines[found.line] = tostring(found) end
  end
  return lines
end

describe("check, held against all addresses of a small world,", function()
  it("finds those rewrites that are never the first, and no others", function()
    local shadowed = 0
    for seed = 1, math.max(6, helper.times(12)) do
      local random, lines, first = generate.random(seed), {}, {}
      for i = 1, 5 do
        lines[i] = ('rewrite "%s" { to = "CCMAIL:%d at far" }'):format(pattern(random, true), i)
      end
      local p = assert(policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" }))
      for _, address in ipairs(ADDRESSES) do
        local made = p:rewrite(address)
        if made.type == "CCMAIL" then first[tonumber(made.mailbox)] = address end
      end
      local found = lines_of(p, "rewrite-shadowed")
      for i = 1, 5 do
        if found[i] then shadowed = shadowed + 1 end
        assert.equal(first[i] == nil, found[i] ~= nil, ("%d: line %d: %s %s\n%s"):format(seed, i,
          tostring(first[i]), tostring(found[i]), table.concat(lines, "\n")))
      end
      p:close()
    end
    assert.is_true(shadowed > 0)
  end)

  it("finds those spaces that never win, and no others", function()
    local shadowed = 0
    for seed = 1, math.max(6, helper.times(12)) do
      local random, lines, wins = generate.random(seed + 1000), {}, {}
      for i = 1, 5 do
        local text = pick(random, { "SMTP:", "SMTP:*", false, false, false })
        lines[i] = ('connector "%d" { spaces = { "%s" }, cost = %d }'):format(i,
          text or pattern(random, false), random(2))
      end
      local p = assert(policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" }))
      for _, address in ipairs(ADDRESSES) do
        local delivery = p:route(address)[1]
        wins[tonumber(delivery.connector or 0)] = true
        for _, other in ipairs(delivery.alternatives or {}) do
          wins[tonumber(other.connector)] = true
        end
      end
      local found = lines_of(p, "space-shadowed")
      for i = 1, 5 do
        if found[i] then shadowed = shadowed + 1 end
        assert.equal(wins[i] == nil, found[i] ~= nil, ("%d: line %d: %s\n%s"):format(seed, i,
          tostring(found[i]), table.concat(lines, "\n")))
      end
      p:close()
    end
    assert.is_true(shadowed > 0)
  end)

  it("finds each circle of rewrites that some address goes round in", function()
    local circles = 0
    for seed = 1, math.max(6, helper.times(12)) do
      local random, lines, loops = generate.random(seed + 2000), {}, false
      for i = 1, 4 do
        lines[i] = ('rewrite "SMTP:{u}@%s" { to = "SMTP:%s{u}@%s" }'):format(pick(random, DOMAINS),
          pick(random, { "", "", "", "a" }), pick(random, DOMAINS))
      end
      local p = assert(policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" }))
      for _, address in ipairs(ADDRESSES) do
        loops = loops or p:route(address)[1].code == "route-loop"
      end
      local found = next(lines_of(p, "rewrite-circular")) ~= nil
      circles = circles + (found and 1 or 0)
      assert.equal(loops, found, seed .. "\n" .. table.concat(lines, "\n"))
      p:close()
    end
    assert.is_true(circles > 0)
  end)
end)

-- ---- Random policies of all words ----------------------------------------------

local MESSAGES = {
  {}, { sender = "<>", may_relay = true }, { sender = "a@a", may_relay = true, size = 11 },
  { sender = "b@b.b", may_relay = true }, { sender = "ab@b" }, { sender = "CCMAIL:a at a" },
}

-- Notes what of a policy decides something of an address: rules by line, spaces by line and text.
local function note_deciding(p, address, envelope, seen)
  for _, step in ipairs(p:explain(address, envelope).steps) do
    local line, candidate = step.rule and step.rule:match ":(%d+)$", step.candidate
    if candidate then
      seen.falls[line .. candidate.space] = address
      if candidate.wins then seen.wins[line .. candidate.space] = address end
    elseif line and not step.unused then
      seen.decides[tonumber(line)] = address
    end
  end
end

-- What decides of all small addresses and some messages.
local function deciding(p, counts)
  local seen = { decides = {}, falls = {}, wins = {} }
  for _, address in ipairs(small.ADDRESSES) do
    for _, envelope in ipairs(MESSAGES) do note_deciding(p, address, envelope, seen) end
  end
  counts:add("addresses tried", #small.ADDRESSES * #MESSAGES)
  return seen
end

local function space_of(finding) return finding.line .. finding.message:match 'the space "(.-)"' end

-- By code, an address of which a finding is not true.
local REFUTES = {
  ["rewrite-empty"] = function(seen, finding) return seen.decides[finding.line] end,
  ["rewrite-shadowed"] = function(seen, finding) return seen.decides[finding.line] end,
  ["domain-empty"] = function(seen, finding) return seen.decides[finding.line] end,
  ["space-empty"] = function(seen, finding) return seen.falls[space_of(finding)] end,
  ["space-shadowed"] = function(seen, finding) return seen.wins[space_of(finding)] end,
}

-- The lines of rewrites that decide nothing and are not found: others may be in the way, that are no
-- rewrites, or addresses that are not tried.
local function count_silent(text, seen, found, counts)
  local number = 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if line:find "^rewrite" then
      counts:add "rewrites"
      local is_silent = not seen.decides[number] and not found[number]
      counts:add("rewrites that decide nothing, unfound", is_silent and 1 or 0)
    end
  end
end

describe("check, held against random policies of all words,", function()
  it("says of nothing that it decides nothing where it does", function()
    local counts = judge.counts()
    judge.each(1, helper.times(15), function(seed)
      local p, text = small.load(policy.load, small.lines(seed))
      local seen, found = deciding(p, counts), {}
      counts:add "policies"
      for _, finding in ipairs(p:check()) do
        local refuted = REFUTES[finding.code]
        counts:add(finding.code)
        found[finding.line] = found[finding.line] or refuted ~= nil
        local address = refuted and refuted(seen, finding)
        assert(not address, ("%s\n-- %s\n-- but %s"):format(text, tostring(finding),
          tostring(address)))
      end
      count_silent(text, seen, found, counts)
      p:close()
    end)
    judge.tell("check", counts)
    assert.is_true(counts:of "policies" > 0)
  end)
end)
