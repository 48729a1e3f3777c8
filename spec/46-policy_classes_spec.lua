-- Classes of addresses against the engine: the members of one go the same way, and each address is in
-- one of them.

local add_part = require "postoffice.policy.prove.classes.runs".add_part
local classes = require "postoffice.policy.prove.classes"
local core = require "postoffice.core"
local generate = require "spec.generate"
local helper = require "spec.helper"
local matchers = require "postoffice.policy.pattern.matchers"
local members = require "postoffice.policy.prove.sets.members"
local partition = require "postoffice.policy.prove.sets.partition"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local sets = require "postoffice.policy.prove.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"

-- ---- Random policies without functions ---------------------------------------------

local random

local function pick(list) return list[random(#list)] end
local function chance(one_in) return random(one_in) == 1 end

local DOMAINS = { "a.example", "b.example", "s.b.example", "far.example", "xn--tda.example" }
local PATTERNS = {
  "SMTP:{u}@b.example", "SMTP:k{u}@a.example", "SMTP:{u}.{v}@far.example", "SMTP:{u}@{h}.b.example",
  "SMTP:{u}+*@a.example", "SMTP:kim@b.example", "CCMAIL:{u} at HQ", "SMTP:{u}@*.example",
  "X400:c=us;s={u};...", "MS:ORG/*/{u}", "EX:/o=Org/cn={u}",
}
local TEMPLATES = {
  "SMTP:{u}@a.example", "SMTP:x{u}@far.example", "SMTP:{u}@s.b.example", "CCMAIL:{u} at HQ",
  "SMTP:kim@a.example", "SMTP:fixed@b.example", "MS:ORG/S/{u}",
}
local SPACES = {
  "SMTP:*", "SMTP:*@far.example", "SMTP:k*@*", "SMTP:*.b.example", "SMTP:kim@far.example",
  "CCMAIL:*", "CCMAIL:* at HQ", "MS:ORG", "X400:c=us", "EX:/o=Org", "SMTP:?@*", "FAX:*", "NOTES:*",
}
local ENTRIES = { "SMTP:kim@a.example", "SMTP:ann@a.example", "SMTP:kim@b.example",
  "CCMAIL:Lee at HQ", "X500:/o=Org/cn=kim", "SMTP:joe@far.example" }
local TARGETS = { "SMTP:out@far.example", "CCMAIL:out at HQ", "SMTP:ann@a.example" }

-- Words of a policy, each on a line.
local WORDS = {
  function(lines)
    local seen = {}
    for _ = 1, random(3) do
      local name = pick(DOMAINS)
      if chance(4) then name = "*." .. name end
      if not seen[name] then
        lines[#lines + 1] = ("domain %q { kind = %q%s }"):format(name,
          pick { "local", "local", "relay", "former" }, chance(3) and ', extension = "+"' or "")
      end
      seen[name] = true
    end
  end,
  function(lines)
    for _ = 1, random(4) - 1 do
      local pattern = pick(PATTERNS)
      local to = pick(TEMPLATES)
      lines[#lines + 1] = ("rewrite %q { to = %q }"):format(pattern,
        pattern:find("{u}", 1, true) and to or "SMTP:kim@a.example")
    end
  end,
  function(lines)
    for i = 1, random(3) do
      local list = {}
      for at = 1, random(3) do
        list[at] = ("{ %q, cost = %d }"):format(pick(SPACES), random(2))
      end
      lines[#lines + 1] = ('connector "c%d" { nexthop = "h%d", spaces = { %s }%s%s }'):format(i, i,
        table.concat(list, ", "), chance(4) and ", max_size = 1000" or "",
        chance(4) and ', senders = { "SMTP:*@a.example", "<>" }' or "")
    end
  end,
  function(lines)
    local unused = {}
    for i, text in ipairs(ENTRIES) do table.insert(unused, random(i), text) end
    for i = 1, random(4) - 1 do
      lines[#lines + 1] = ("recipient \"P%d\" { proxies = { %q }%s }"):format(i,
        table.remove(unused), chance(3) and (", target = %q"):format(pick(TARGETS)) or "")
    end
    if chance(3) then
      lines[#lines + 1] = ('list "L" { proxies = { %q }, members = { %q, "SMTP:m@far.example" } }')
        :format(table.remove(unused), pick(TARGETS))
    end
  end,
}

-- Post offices, and gateways to SMTP: one that is ours, and one that others have.
local POSTOFFICES = {
  'postoffice "HQ" {}', 'postoffice "own" { gateway = "SMTP" }',
  'postoffice "gw" { via = "HQ", gateway = "SMTP" }',
  'connector "cc" { reaches = "HQ", spaces = { { "CCMAIL:*", cost = 9 } } }',
}

table.insert(WORDS, function(lines)
  for _, line in ipairs(chance(3) and POSTOFFICES or {}) do lines[#lines + 1] = line end
end)

local function new_policy(seed)
  random = generate.random(seed)
  local lines = {}
  for _, word in ipairs(WORDS) do word(lines) end
  local source = table.concat(lines, "\n")
  return policy.load(source), source
end

local USERS = { "kim", "ann", "k", "kx", "x", "kim+t", "a.b", "x+kim", "\195\188", "fixed", "xkim",
  '"a b"', '"k,"', "zed", "imceax", "postmaster" }

-- An address of those that such policies may tell apart.
local function address()
  local host = pick { "a.example", "b.example", "s.b.example", "t.s.b.example", "far.example",
    "other.example", "b.c", "xn--tda.example" }
  return pick {
    "SMTP:" .. pick(USERS) .. "@" .. host, "SMTP:" .. pick(USERS) .. "@" .. host,
    "CCMAIL:" .. pick { "Lee", "kim", "a b", "x@y.example" } .. pick { " at HQ", " at X", "" },
    "MS:ORG/" .. pick { "S", "T" } .. "/KIM", "MS:N/P/M", "EX:/o=Org/cn=" .. pick { "kim", "z" },
    "EX:/o=Old", "X400:c=us;s=Lee;", "X400:c=de;a=x;s=Kim;",
    "X500:/o=Org/cn=z",
    "CCMAIL:" .. pick(USERS) .. "@" .. host .. pick { " at own", " at gw" },
    "CCMAIL:" .. pick { "", "@", "x", "x.@", "a b@", '"' } .. host .. pick { " at own", " at gw" },
    "X400:c=us;s=Lee;dda:RFC-822=" .. pick { "kim", "zed" } .. "(a)" .. host .. ";",
    "NOTES:Kim Lee/Org@NET", "FAX:+12", "<>", "<Postmaster>",
  }
end

-- ---- What is compared ----------------------------------------------------------------

-- One line for deliveries: what alike ones have in common.
local function summary(deliveries)
  local lines = {}
  for i, delivery in ipairs(deliveries) do
    lines[i] = table.concat({
      delivery.verdict, delivery.code or "", delivery.connector or "", delivery.entry and "entry"
        or "", delivery.verdict == "deliver" and delivery.rule or "",
    }, " ")
  end
  table.sort(lines)
  return table.concat(lines, "; ")
end

-- All runs of a policy, and the search that made them; nil if that takes too long.
local function search_of(p)
  local runs, next_run, search = {}, classes.each { policies = { p }, seconds = 1 }
  for run in next_run, search do runs[#runs + 1] = run end
  if not classes.unfinished(search) then return runs, search end
end

local by_seed = {}

-- What comes of a seed, found once: the policy, its source, its runs and their search; nothing where none loads
-- or its runs take too long.
local function of_seed(seed)
  if not by_seed[seed] then
    local p, source = new_policy(seed)
    local runs, search
    if p then runs, search = search_of(p) end
    by_seed[seed] = runs and { p = p, source = source, runs = runs, search = search } or {}
  end
  return by_seed[seed]
end

-- The keys of the witnesses of runs.
local function keys_of(runs)
  local keys = {}
  for _, run in ipairs(runs) do
    local text = run.address
    keys[text or ""] = text and core.key(postoffice.parse(text, { unknown = true }))
  end
  return keys
end

-- How many random policies.
local COUNT = helper.times(8)

describe("a class #host", function()
  it("has members that go the same way", function()
    local wrong, count = {}, 0
    for seed = 1, COUNT do
      local of = of_seed(seed)
      local p, source = of.p, of.source
      for _, run in ipairs(of.runs or {}) do
        assert.is_true(run.address ~= nil or run.undecided ~= nil)
        local expected = run.deliveries[1] and summary(run.deliveries[1])
        if not run.undecided and not run.item.shares then
          for _, text in ipairs(run.members(4)) do
            local line = summary(p:route(text, run.envelope))
            count = count + 1
            if line ~= expected then
              wrong[#wrong + 1] = ("%s, %s: %s, not %s\n%s"):format(run.address, text, line,
                expected, source)
            end
          end
        end
      end
    end
    assert.same({}, wrong)
    assert.is_true(count > 10 * COUNT, tostring(count))
  end)

  it("is run with all that can become of its members", function()
    local wrong, count = {}, 0
    for seed = 1, COUNT do
      local of = of_seed(seed)
      local p, source, runs, search = of.p, of.source, of.runs, of.search
      random = generate.random(seed)
      if runs then
        local keys = keys_of(runs)
        for _ = 1, 40 do
          local text = address()
          local read = assert(postoffice.parse(text))
          local key, id = core.key(read), nil
          if not search.found.keys[key] and shapes.of(classes.family(read.type)) then
            id = classes.identity(search, read)
          end
          local envelope = {
            sender = pick { "x@a.example", "x@b.c", "<>" }, size = pick { 5, 5000 },
          }
          local line, found = summary(p:route(text, envelope)), false
          for _, run in ipairs(runs) do
            local is_same = id and run.item.identity == id or not id
              and keys[run.address] == key
            found = found or is_same and (run.undecided or summary(run.deliveries[1]) == line)
          end
          count = count + 1
          if not found and read.type ~= "FAX" then
            wrong[#wrong + 1] = ("%s: %s %s\n%s"):format(text, line, seed, source)
          end
        end
      end
    end
    assert.same({}, wrong)
    assert.is_true(count > 10 * COUNT, tostring(count))
  end)

  it("has types that no set knows: those that are named, others, and what nobody knows", function()
    local p = assert(policy.load [[
      settings { unmatched = "reject" }
      connector "all" { spaces = { "TELEX:*" } }
      connector "one" { spaces = { "DISOSS:a.b" } }
    ]])
    local ways, next_run, search = {}, classes.each { policies = { p } }
    for run in next_run, search do
      local delivery = run.deliveries[1][1]
      if delivery.verdict == "deliver" then ways[run.address] = delivery.connector end
      if delivery.code == "type-unknown" then ways.stranger = run.address end
      if run.address == "COMPUSERVE:x" then ways.other = delivery.code end
    end
    assert.is_nil(classes.unfinished(search))
    assert.equal("all", ways["TELEX:1"])
    assert.equal("one", ways["DISOSS:a.b"])
    assert.equal("route-missing", ways.other)
    assert.truthy(ways.stranger)
  end)

  it("of a type that the host defined is undecided, if no address is known", function()
    postoffice.define {
      type = "CLASSLESS", format = function(made) return made.node .. "!" end,
      grammar = function(text)
        local node = text:match "^(%w+)!$"
        if node then return { node = node } end
        return nil, 1
      end,
    }
    local p = assert(policy.load [[connector "c" { spaces = { "CLASSLESS:*" } }]])
    local of_type, whys = sets.of_type "CLASSLESS", {}
    for run in classes.each { policies = { p }, sets = { own = of_type }, among = of_type } do
      whys[#whys + 1] = run.set.own and run.undecided
    end
    assert.same({ "what addresses of CLASSLESS look like" }, whys)
  end)
end)

describe("what a gateway makes of an address", function()
  local p = assert(policy.load [[
    settings { unmatched = "reject" }
    domain "a.example" { unwrap = { "EX" } }
    postoffice "HQ" {}
    postoffice "internet" { via = "HQ", gateway = "SMTP" }
    postoffice "own" { gateway = "SMTP" }
    connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
    connector "out" { spaces = { "SMTP:*@far.example" } }
    recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:Kim at own" } }
  ]])

  it("is told by the class of what is inside", function()
    local found, next_run, search = {}, classes.each { policies = { p } }
    for run in next_run, search do
      assert.is_nil(run.undecided)
      local delivery, inner = run.deliveries[1][1], run.address:match "^CCMAIL:(.*) at own$"
      local way = delivery.entry or delivery.connector or delivery.code
      if inner and way ~= "connectors-down" and way ~= "route-loop" then found[inner] = way end
    end
    assert.is_nil(classes.unfinished(search))
    assert.equal("Kim", found["kim@a.example"])
    assert.equal("out", found["x@far.example"])
    assert.equal("recipient-unknown", found["i@a.example"])
    assert.equal("domain-missing", found.x)
  end)

  it("has a run for each code of what is none, and its class for what is one", function()
    local next_run, search = classes.each { policies = { p } }
    local of_class = {}
    for run in next_run, search do of_class[run.item.identity or ""] = run end
    random = generate.random(46)
    for _ = 1, helper.times(20000) do
      local parts = {}
      for i = 1, random(6) do
        parts[i] = pick {
          "a", ".", "@", "[", "]", '"', "\\", " ", ":", "<", "(", ",", ";", "\195\188", "x", "1",
          "#", "\255", "%", "far.example", "@a.example", "@far.example",
          "\217\160", "\194\173", "-",
        }
      end
      local read = postoffice.parse("CCMAIL:" .. table.concat(parts) .. " at own")
      if read and read.postoffice == "own" then
        local id = classes.identity(search, read)
        local run = of_class[id]
        assert.truthy(run, id)
        local expected = summary(run.deliveries[1])
        assert.equal(expected, summary(p:route(read, run.envelope)), postoffice.format(read))
      end
    end
  end)

  it("is run with what carriers hold that are not asked for themselves", function()
    local other = assert(policy.load [[
      domain "a.example" { unwrap = { "EX" } }
      postoffice "own" { gateway = "SMTP" }
      connector "ex" { spaces = { "EX:/o=far" } }
    ]])
    local leaves = false
    for run in classes.each { policies = { other }, among = sets.of_type "CCMAIL" } do
      local delivery = (run.deliveries[1] or {})[1]
      leaves = leaves or delivery and delivery.connector == "ex" and run.address
    end
    assert.truthy(leaves)
    assert.equal("CCMAIL", postoffice.parse(leaves).type)
  end)

  -- Why runs of a policy with a gateway of ours are undecided: the first reason, or nil.
  local function first_doubt(line)
    local other = assert(policy.load(line .. '\npostoffice "own" { gateway = "SMTP" }'))
    for run in classes.each { policies = { other } } do
      if run.undecided then return run.undecided end
    end
  end

  it("is undecided where somebody looks into its mailboxes", function()
    local why = first_doubt 'connector "x" { spaces = { "CCMAIL:k* at own" } }'
    assert.matches("what its gateway makes of SMTP", why)
  end)

  it("is told within what is carried", function()
    assert.is_nil(first_doubt 'domain "a.example" { unwrap = { "CCMAIL", "X400" } }')
  end)
end)

describe("addresses that are asked for", function()
  it("are run with what they carry, though that alone is not asked for", function()
    local p = assert(policy.load [[
domain "ccmail.example" { unwrap = { "CCMAIL" } }
postoffice "HQ" {}
connector "hq" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "out" { nexthop = "out", spaces = { "SMTP:*" } }
]])
    for text, carrier in pairs {
      ["SMTP:*@ccmail.example"] = "^SMTP:IMCEACCMAIL%-.*@ccmail%.example$",
      ["X400:c=us..."] = "^X400:c=us;.*dda:RFC%-822=",
    } do
      local matcher = assert(matchers.read(text))
      local leaves = false
      for run in classes.each { policies = { p }, among = sets.of_pattern(matcher) } do
        local witness = run.address and assert(postoffice.parse(run.address))
        assert.truthy(not witness or matchers.match(matcher, witness), run.address)
        for _, delivery in ipairs(run.deliveries[1] or {}) do
          leaves = leaves or run.address:find(carrier) and delivery.connector ~= nil
        end
      end
      assert.truthy(leaves, text)
    end
    p:close()
  end)
end)

describe("a search whose time is over", function()
  local SHARED = [[
connector "one" { spaces = { "SMTP:*" } }
connector "two" { spaces = { "SMTP:*" }, weight = 50 }]]

  -- How many addresses are tried at most of an item, where a search ends at a time of the clock.
  local function most_tried(until_then)
    local _, search = classes.each { policies = { assert(policy.load(SHARED)) }, seconds = 600 }
    local most, each_address = 0, members.each
    finally(function() members.each = each_address end)
    for _, item in ipairs(search.items) do
      local tried = 0
      members.each = function(part, visit)
        return each_address(part, function(...)
          tried = tried + 1
          return visit(...)
        end)
      end
      search.until_then = until_then
      if item.part and not item.has_attributes then
        add_part(search, item)
        most = math.max(most, tried)
      end
    end
    members.each = each_address
    return most
  end

  it("tries no more than one address of a class", function()
    assert.is_true(most_tried(math.huge) > 10) -- for one by each connector
    assert.equal(1, most_tried(-1))
  end)

  it("visits no more parts", function()
    local work, visited = sets.work(), 0
    work.until_then = -1
    assert.is_nil(partition.each("SMTP", {}, work, function() visited = visited + 1 end))
    assert.equal(0, visited)
  end)
end)
