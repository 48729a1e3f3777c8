--- What `check` says of the ways that mail has, held against every address of a small world: spaces
-- that are too narrow for large mail, drained, shared, or of local domains; relay domains without one.

local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local HOSTS = { "a", "b", "c", "a.b", "b.b", "c.b", "ab", "cc", "cc.b" }

-- All addresses whose local parts are up to three letters.
local function all_addresses()
  local users, list = enumerate.texts({ "a", "b", "c" }, 3), {}
  for _, host in ipairs(HOSTS) do
    for i = 2, #users do list[#list + 1] = users[i] .. "@" .. host end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS, SIZES = { "<>", "b@a", "b@b" }, { 1, 10, 11, 20, 21 }

local GRAMMAR = {
  user = { "*", "*", "*", "?", "a*", "*b", "ab", "??*", "a?" },
  host = { "a", "b", "a.b", "*.b", "?.b", "*", "*b" },
  pattern = { "SMTP:$user@$host", "SMTP:$user@$host", "SMTP:$user@$host", "SMTP:*", "SMTP:" },
  space = { "'$pattern'", "'$pattern'", "{ '$pattern', cost = $price }" },
  price = { "0", "1", "2" }, cost = { "cost = $price," },
  largest = { "max_size = 10,", "max_size = 20," },
  senders = { "senders = { 'SMTP:*@a' },", "senders = { '<>' }," }, drained = { "weight = 0," },
  connector = {
    "connector '$name' { spaces = { $space*2 }, nexthop = 'n', $cost?3 $largest?2 $senders?4"
      .. " $drained?5 }",
  },
  name = function(world)
    world.connectors = world.connectors + 1
    return "c" .. world.connectors
  end,
  settings = { "settings { $order?4 $unmatched?8 $cheapest?6 }", "" },
  order = { "order = 'cost'," }, unmatched = { "unmatched = 'pass'," },
  cheapest = { "only_lowest_cost = true," },
  domain = { "domain '$unused' { kind = '$kind', $catchall?8 }" },
  kind = { "local", "relay", "relay", "former" }, catchall = { "catchall = '$caught'," },
  caught = { "aa@a", "ab@b", "b@a.b", "c@c" },
  unused = function(world) return table.remove(world.unused) end,
  rewrite = { "rewrite 'SMTP:$some@$fixed' { to = 'SMTP:{u}@$fixed' }" },
  some = { "{u}", "a{u}" }, fixed = { "a", "b", "c", "a.b" },
}

-- A policy's lines.  What rewrites make of addresses is more than is asked for here, so that few have
-- one, and of these alone that nothing is said that is not so.
local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, {
    connectors = 0, unused = { "*.b", "a.b", "b", "a" },
  })
  local lines = { world:text "settings" }
  local function add(word, times)
    for _ = 1, times do lines[#lines + 1] = world:text(word) end
  end
  add("domain", world.random(3))
  add("connector", 1 + world.random(3))
  add("rewrite", world.random(6) == 1 and 1 or 0)
  return lines
end

-- ---- What becomes of all mail --------------------------------------------------

local function route(p, address, sender, size)
  local delivery = p:route(address, { sender = sender, size = size, may_relay = true })[1]
  return delivery.verdict == "deliver" and "deliver" or delivery.code or delivery.verdict
end

-- What becomes of mail to an address: by sender and size.
local function outcomes_of(p, address)
  local by_sender = {}
  for _, sender in ipairs(SENDERS) do
    by_sender[sender] = {}
    for _, size in ipairs(SIZES) do by_sender[sender][size] = route(p, address, sender, size) end
  end
  return by_sender
end

-- The texts of the spaces that an address falls into, and of those that win, as sets.
local function spaces_of(p, address)
  local falls, wins = {}, {}
  for _, size in ipairs { 1, 21 } do
    local envelope = { sender = "<>", size = size, may_relay = true }
    for _, step in ipairs(p:explain(address, envelope).steps) do
      local candidate = step.candidate
      if candidate then falls[candidate.space] = true end
      if candidate and candidate.wins then wins[candidate.space] = true end
    end
  end
  return falls, wins
end

-- By address, what becomes of its mail, and which spaces it falls into.
local function all_seen(p)
  local by_address = {}
  for _, address in ipairs(ADDRESSES) do
    local seen = { address = address, outcomes = outcomes_of(p, address) }
    seen.falls, seen.wins = spaces_of(p, address)
    by_address[address] = seen
  end
  return by_address
end

-- Whether something is so of one of the addresses.
local function is_any(by_address, call)
  for _, seen in pairs(by_address) do
    if call(seen) then return true end
  end
  return false
end

-- Whether mail of some sender to an address comes to an end at one size, and to another at another.
local function becomes(seen, size, what, larger, then_what)
  for _, sender in ipairs(SENDERS) do
    local of_size = seen.outcomes[sender]
    if of_size[size] == what and of_size[larger] == then_what then return true end
  end
  return false
end

-- Whether what becomes of all mail to an address, of some sizes, is one of several things.
local function always(seen, what, ...)
  for _, sender in ipairs(SENDERS) do
    for _, size in ipairs { ... } do
      if not what[seen.outcomes[sender][size]] then return false end
    end
  end
  return true
end

-- ---- What is said --------------------------------------------------------------

-- By code: the space that a finding speaks of, and an address if it names one.
local SPEAKS_OF = {
  ["size-limited"] = function(message)
    return message:match "^carries (.-), and mail", message:match "such as SMTP:(.-), "
  end,
  ["space-drained"] = function(message)
    local what = message:match "nothing else carries (.-): its mail"
    return what:match "^(.-), such" or what, what:match "such as SMTP:(.*)"
  end,
  ["space-tie"] = function(message) return message:match "carry (.-) at the same cost" end,
  ["space-local"] = function(message) return message:match 'has the space "(.-)"' end,
}

-- By code, whether it is so of an address.
local IS_SO = {
  ["size-limited"] = function(seen, message)
    local most = tonumber(message:match "mail over (%d+)")
    return becomes(seen, most, "deliver", most + 1,
      message:find("waits", 1, true) and "connectors-down" or "message-large")
  end,
  ["space-drained"] = function(seen)
    return becomes(seen, 1, "connectors-down", 1, "connectors-down")
      or becomes(seen, 20, "connectors-down", 20, "connectors-down")
  end,
  ["space-tie"] = function(seen, _, space) return seen.wins[space] end,
}

-- Whether a finding about a space is so of some address.
local function is_true(p, by_address, finding)
  local space, such = SPEAKS_OF[finding.code](finding.message)
  if such then
    return IS_SO[finding.code]({ outcomes = outcomes_of(p, such) }, finding.message, space)
  end
  return is_any(by_address, function(seen)
    if finding.code == "space-local" then return seen.wins[space] end
    return seen.falls[space] and IS_SO[finding.code](seen, finding.message, space)
  end) == (finding.code ~= "space-local")
end

-- The spaces that findings of a code speak of, as a set.
local function told_of(findings, code)
  local set = {}
  for _, finding in ipairs(findings) do
    if finding.code == code then set[(SPEAKS_OF[code](finding.message))] = true end
  end
  return set
end

local LARGE = { ["message-large"] = true, ["sender-refused"] = true }
local DOWN = { ["connectors-down"] = true }

-- By code, of what addresses there has to be a finding about a space that they fall into.
local HAS_TO = {
  ["size-limited"] = function(seen)
    return always(seen, LARGE, 21) and becomes(seen, 21, "message-large", 1, "deliver")
  end,
  ["space-drained"] = function(seen) return always(seen, DOWN, 1, 21) end,
}

-- An address of which something should be said by a code and is not.
local function unsaid(by_address, findings, code)
  local told = told_of(findings, code)
  for _, seen in pairs(by_address) do
    local is_told = false
    for space in pairs(seen.falls) do is_told = is_told or told[space] end
    if not is_told and HAS_TO[code](seen) then return seen.address end
  end
end

-- ---- Relay domains -------------------------------------------------------------

-- Whether an address is at a domain, and not at a nearer one.
local function is_at(address, name, text)
  local host = address:match "@(.*)"
  return host == name or name:sub(1, 2) == "*." and host:sub(-#name + 1) == name:sub(2)
    and not text:find(("domain '%s'"):format(host), 1, true)
end

-- An address of a domain that no connector carries, and one that some carries, be it for others.
local function relayed(p, name, text)
  local without, with
  for _, address in ipairs(ADDRESSES) do
    if is_at(address, name, text) then
      local is_missing = route(p, address, "b@b", 1) == "route-missing"
      without, with = is_missing and address or without, not is_missing and address or with
    end
  end
  return without, with
end

-- Holds what is said of a relay domain to its addresses.
local function judge_relay(p, name, text, finding, where)
  local without, with = relayed(p, name, text)
  if finding then
    assert(without, "nobody is without a way" .. where)
    assert(finding.severity == "warning" or not with, tostring(with) .. " has a way" .. where)
    assert(finding.severity == "error" or with, "nobody has a way" .. where)
  else
    assert(not without, tostring(without) .. " has no way" .. where)
  end
end

local function judge_relays(p, text, findings, counts)
  local by_line, number = {}, 0
  for _, finding in ipairs(findings) do
    if finding.code == "relay-nowhere" then by_line[finding.line] = finding end
  end
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local name = line:match "^domain '(.-)' { kind = 'relay', +}"
    if name then
      counts:add(by_line[number] and "relay-nowhere" or "relays with a way")
      judge_relay(p, name, text, by_line[number],
        ("\n%s\n-- %s"):format(text, tostring(by_line[number] or name)))
    end
  end
end

describe("check, held against all messages to all addresses of a small world,", function()
  it("says of spaces and relay domains what is so, and leaves nothing out", function()
    local counts = judge.counts()
    judge.each(1, helper.times(12), function(seed)
      local text = table.concat(new_lines(seed), "\n")
      local p = assert(policy.load(text, { chunkname = "@p.lua" }))
      local by_address, findings = all_seen(p), p:check()
      for _, finding in ipairs(findings) do
        if SPEAKS_OF[finding.code] then
          counts:add(finding.code)
          assert(is_true(p, by_address, finding), ("%s\n-- %s"):format(text, tostring(finding)))
        end
      end
      if not text:find "\nrewrite" then
        for code in pairs(HAS_TO) do
          local address = unsaid(by_address, findings, code)
          assert(not address, ("%s\n-- no %s for %s"):format(text, code, tostring(address)))
        end
        judge_relays(p, text, findings, counts)
      end
      p:close()
    end)
    judge.tell("ways", counts)
    assert.is_true(counts:of "size-limited" > 0)
  end)
end)
