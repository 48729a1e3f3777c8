--- What `check` says a policy lacks, keys that sign and next hops of connectors, held against all mail that
-- needs these.

local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local GRAMMAR = {
  host = { "a", "b", "*.b", "c" }, key = { "k", "j", "i" },
  domain = { "domain '$untaken_host' { $kind?4 $unwrap?2 $catchall?4 }" },
  untaken_host = function(world) return table.remove(world.hosts) end,
  kind = { "kind = 'former',", "kind = 'relay'," },
  unwrap = {
    "unwrap = { 'SRS' }, secrets = '$key',", "unwrap = { 'BATV' }, secrets = '$key',",
    "unwrap = { 'SRS', 'BATV' }, secrets = '$key',", "unwrap = { 'SRS', 'BATV' },",
  },
  catchall = { "catchall = 'SMTP:u@d'," },
  connector = {
    "connector '$name' { spaces = { $space*2 }, $leads $srs?3 $batv?3 $senders?4 }",
  },
  name = function(world) return world:numbered "c" end,
  space = { "'SMTP:*'", "'SMTP:*@d'", "'SMTP:*@c'", "'SMTP:u@*'", "'CCMAIL:*'" },
  leads = { "nexthop = 'smtp:[192.0.2.1]:25',", "reaches = 'hq',", "", "" },
  srs = {
    "srs = { domain = 'a', secrets = '$key' },", "srs = { domain = 'c', secrets = '$key' },",
  },
  batv = { "batv = { secrets = '$key' }," },
  senders = { "senders = { 'SMTP:*@a', '<>' },", "senders = { 'SMTP:*@d' }," },
  recipient = {
    "recipient 'r' { proxies = { 'SMTP:u@a' } }",
    "recipient 'r' { proxies = { 'SMTP:u@a' }, target = 'SMTP:u@d' }",
    "recipient 'r' { proxies = { 'SMTP:u@x.b' } }",
  },
}

local KEYS = { "k", "j", "i" }

local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, { hosts = { "c", "*.b", "b", "a" } })
  local lines = { "postoffice 'hq' {}" }
  for word, times in pairs { domain = world.random(3), connector = world.random(3) } do
    for _ = 1, times do lines[#lines + 1] = world:text(word) end
  end
  lines[#lines + 1] = world:text "recipient"
  return lines, world.random(8) - 1
end

local USERS = { "u", "SRS0=abcd=aa=d=u", "SRS1=abcd=d==abcd=aa=e=u", "prvs=0123abcdef=u" }

-- The addresses at each host: somebody's, and those that look signed.
local function all_addresses()
  local list = { "CCMAIL:u at hq" }
  for _, host in ipairs { "a", "b", "x.b", "c", "d" } do
    for _, user in ipairs(USERS) do
      list[#list + 1] = user .. "@" .. host
    end
  end
  return list
end

local ADDRESSES = all_addresses()
local SENDERS = { "<>", "u@a", "u@x.b", "u@d" }

-- The lists of keys that a host gives, by the bits of a number.
local function given_by(number)
  local secrets = {}
  for i, name in ipairs(KEYS) do
    if math.floor(number / 2 ^ (i - 1)) % 2 == 1 then secrets[name] = { "of " .. name } end
  end
  return secrets
end

local function load_with(secrets)
  return function(lines)
    return policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua", secrets = secrets })
  end
end

-- ---- The judge -----------------------------------------------------------------

-- Visits what becomes of all mail: deliveries, and senders that connectors sign as verdicts.
local function each_delivery(p, visit)
  for _, sender in ipairs(SENDERS) do
    local message = { sender = sender, may_relay = true, now = 1577836860 }
    for _, address in ipairs(ADDRESSES) do
      for _, delivery in ipairs(p:route(address, message)) do visit(delivery) end
    end
    for _, name in ipairs(p:signers()) do
      local _, detail, code = p:sign_sender(sender, name, message)
      visit { code = code, detail = detail }
    end
  end
end

-- The names of keys for want of which some mail waits, and the connectors that mail goes by, with where to
-- (false if nowhere).
local function met_by_mail(p)
  local names, hops = {}, {}
  each_delivery(p, function(delivery)
    if delivery.code == "secret-missing" then
      names[assert(delivery.detail:match 'of the name "(.-)"', delivery.detail)] = true
    end
    if delivery.connector then hops[delivery.connector] = delivery.nexthop or false end
  end)
  return names, hops
end

-- What `check` tells: names of keys, and connectors that lead nowhere.
local function told_by(p, counts)
  local names, nowhere = {}, {}
  for _, finding in ipairs(p:check()) do
    counts:add(finding.code)
    if finding.code == "secret-missing" then names[finding.message:match 'keys "(.-)"'] = true end
    if finding.code == "connector-nowhere" then nowhere[finding.title:match '"(.-)"'] = true end
  end
  return names, nowhere
end

-- Holds that some mail waits for a key, all others being given.
local function hold_missed(case, lines, name)
  local secrets = given_by(7)
  secrets[name] = nil
  local alone = judge.loaded(lines, load_with(secrets))
  judge.hold(met_by_mail(alone)[name], case, "no mail needs %s", name)
  alone:close()
end

local function judge_policy(seed, counts)
  local lines, number = new_lines(seed)
  local p = judge.loaded(lines, load_with(given_by(number)))
  local case = { policy = p, text = table.concat(lines, "\n") }
  local names, nowhere = told_by(p, counts)
  local waits, hops = met_by_mail(p)
  for name in pairs(waits) do judge.hold(names[name], case, "mail waits for %s", name) end
  for name in pairs(names) do hold_missed(case, lines, name) end
  for name, hop in pairs(hops) do
    counts:add(hop and "somewhere" or "nowhere")
    judge.hold((nowhere[name] == true) == not hop, case, "%s leads to %s", name, tostring(hop))
  end
  counts:add "policies"
  p:close()
end

describe("check, held against all mail,", function()
  it("says which keys some of it waits for, and which connectors take it nowhere", function()
    judge.findings("given", 60, judge_policy,
      { "secret-missing", "connector-nowhere", "somewhere", "nowhere" })
  end)
end)
