--- Small random policies over small alphabets, so small that every address and every message can be
-- tried; and random claims about them.  A seed makes the same ones again.
--
-- Local parts are made of `a`, `b` and an extension, domains of `a`, `b` and dots; cc:Mail has two
-- names at two post offices.  What a policy says is drawn from the same alphabets.
local generate = require "spec.generate"

local small = {}

local random -- of what is being made

local function pick(list) return list[random(#list)] end
local function chance(one_in) return random(one_in) == 1 end

-- ---- All addresses -----------------------------------------------------------

local USERS = { "a", "b", "aa", "ab", "ba", "bb", "a+b", "aab", "postmaster" }
local DOMAINS = { "a", "b", "ab", "a.a", "a.b", "b.a", "b.b", "a.b.b", "b.a.b" }
local MAILBOXES = { "a", "b", "a@b", "ab@a.b" }
local OFFICES = { "a", "b" }

local function all_addresses()
  local list = { "<>", "<Postmaster>" }
  for _, domain in ipairs(DOMAINS) do
    for _, user in ipairs(USERS) do list[#list + 1] = user .. "@" .. domain end
  end
  for _, office in ipairs(OFFICES) do
    for _, mailbox in ipairs(MAILBOXES) do
      list[#list + 1] = ("CCMAIL:%s at %s"):format(mailbox, office)
    end
  end
  for _, domain in ipairs { "a", "b" } do
    for _, user in ipairs { "IMCEACCMAIL-a+20at+20a", "IMCEASMTP-a+40b" } do
      list[#list + 1] = user .. "@" .. domain
    end
  end
  return list
end

--- All addresses over the alphabets, shortest local parts first.
small.ADDRESSES = all_addresses()

--- Who may have sent a message: enough that every pattern of a sender finds one that it has and one
-- that it has not.
small.SENDERS = {
  "<>", "a@a", "b@a", "ab@b", "aa@a.b", "b@b.b", "a+b@a", "CCMAIL:a at a", "bb@ab",
}

-- ---- Policies ----------------------------------------------------------------

local PATTERNS = {
  "*@a", "*@*.b", "a*@*", "?@b", "*b@*", "*@a.b", "a@*", "*@*", "??@*.b", "*a@b*", "b@b", "*@ab",
}

local function pattern() return "SMTP:" .. pick(PATTERNS) end

local function address() return pick(USERS) .. "@" .. pick(DOMAINS) end

local function quoted(list)
  local texts = {}
  for i, item in ipairs(list) do texts[i] = ("%q"):format(item) end
  return "{ " .. table.concat(texts, ", ") .. " }"
end

local function several(make, most)
  local list = {}
  for i = 1, random(most) do list[i] = make() end
  return quoted(list)
end

-- `{ field = value, ... }` of those fields that are texts.
local function fields(list, count)
  local kept = {}
  for i = 1, count do
    if list[i] then kept[#kept + 1] = list[i] end
  end
  return "{ " .. table.concat(kept, ", ") .. " }"
end

local REWRITES = {
  { "SMTP:{u}@a", "SMTP:{u}@b" }, { "SMTP:{u}@b", "SMTP:{u}@a.b" }, { "SMTP:a{u}@*", "SMTP:{u}@a" },
  { "SMTP:{u}@{d}.b", "SMTP:{u}@{d}" }, { "SMTP:{u}{v}@b", "SMTP:{v}{u}@a" },
  { "SMTP:{u}@a.b", "SMTP:{u}{u}@b.b" }, { "SMTP:{u}@b.b", "CCMAIL:{u} at a" },
  { "CCMAIL:{u} at b", "SMTP:{u}@b" }, { "SMTP:*@ab", "SMTP:a@b" }, { "SMTP:?@a", "SMTP:b@b.a" },
  { "CCMAIL:{u}@{d} at a", "SMTP:{u}@{d}" }, { "SMTP:{u}+{x}@*", "SMTP:{u}@b.a" },
}

local SENDERS = {
  { "SMTP:{u}@a", "SMTP:{u}@b" }, { "SMTP:a{u}@*", "SMTP:{u}@b.b" }, { "SMTP:{u}@*.b", "SMTP:b@a" },
}

local FUNCTIONS = {
  "function on.recipient(a) if a.localpart == 'ab' then return reject 'no' end end",
  "function on.route(r) if r.cost > 1 then return defer() end end",
  "function on.recipient(a) return ask('crm', a.localpart or 'x') end",
}

-- What declares things, each of the policy that is being made: `names` by kind.
local DECLARE = {}

function DECLARE.settings()
  return "settings " .. fields({
    chance(4) and "order = 'cost'", chance(3) and "extension = '+'",
    chance(4) and "unmatched = 'pass'", chance(6) and "only_lowest_cost = true",
  }, 4)
end

function DECLARE.domain(names)
  local name = table.remove(names.unused)
  return name and ("domain %q %s"):format(name, fields({
    "kind = " .. pick { "'local'", "'local'", "'relay'", "'former'" },
    chance(4) and "unwrap = { 'CCMAIL', 'SMTP' }",
    chance(5) and ("catchall = %q"):format(address()),
  }, 3))
end

local function restrictions()
  return chance(3) and pick {
    "authenticated = true", "max_size = 10", ("accept = { %q }"):format(pattern()),
    ("reject = { %q }"):format(pattern()),
  }
end

function DECLARE.recipient(names)
  local name = "r" .. #names.recipients + 1
  table.insert(names.recipients, name)
  local way = random(5)
  return ("recipient %q %s"):format(name, fields({
    "proxies = " .. quoted { names.proxy() },
    way <= 2 and ("target = %q"):format(chance(6) and "CCMAIL:a at a" or address()),
    way == 1 and chance(2) and "keep = true", way == 3 and "refuse = true", restrictions(),
  }, 5))
end

function DECLARE.list(names)
  local name = "l" .. #names.lists + 1
  table.insert(names.lists, name)
  local members = { address() }
  if names.recipients[1] and chance(2) then members[2] = pick(names.recipients) end
  return ("list %q %s"):format(name, fields({
    "proxies = " .. quoted { names.proxy() }, "members = " .. quoted(members),
    chance(3) and ("owner = %q"):format(address()), restrictions(),
  }, 4))
end

function DECLARE.rewrite()
  local pair = pick(REWRITES)
  return ("rewrite %q { to = %q }"):format(pair[1], pair[2])
end

function DECLARE.rewrite_sender()
  local pair = pick(SENDERS)
  return ("rewrite_sender %q { to = %q }"):format(pair[1], pair[2])
end

local function space() return chance(4) and "CCMAIL:*" or chance(3) and "SMTP:*" or pattern() end

function DECLARE.connector(names)
  local name = "c" .. #names.connectors + 1
  table.insert(names.connectors, name)
  local speaks = chance(4) and pick { "SMTP", "CCMAIL" }
  return ("connector %q %s"):format(name, fields({
    "spaces = " .. several(space, 3), "nexthop = 'n" .. random(2) .. "'",
    speaks and ("speaks = %q"):format(speaks),
    speaks and "wrap = { domain = 'a', postoffice = 'b' }",
    chance(3) and "cost = " .. random(2), chance(5) and "max_size = 10",
    chance(5) and ("senders = { %q }"):format(pattern()), chance(8) and "weight = 0",
  }, 8))
end

function DECLARE.postoffice()
  return pick {
    "postoffice 'a' {} postoffice 'b' { gateway = 'SMTP' }",
    "postoffice 'a' {} postoffice 'b' { via = 'a', gateway = 'SMTP' }",
  }
end

-- The order in which things are declared, so that what is named is there.
local WORDS = { "domain", "recipient", "list", "rewrite", "rewrite", "connector" }

local function new_names()
  local taken = {}
  local names = {
    recipients = {}, lists = {}, connectors = {},
    unused = { "*.b", "b", "a.b", "*.a", "ab", "a" },
  }
  function names.proxy()
    local text
    repeat text = address() until not taken[text]
    taken[text] = true
    return text
  end
  return names
end

--- The lines of a policy, and the names that it declares.
-- @tparam number seed
-- @treturn {string,...}
-- @treturn table `recipients`, `lists`, `connectors`
function small.lines(seed)
  random = generate.random(seed)
  local names, lines = new_names(), {}
  local function add(line) lines[#lines + 1] = line or nil end
  add(chance(2) and DECLARE.settings())
  for _, word in ipairs { "domain", "connector" } do add(DECLARE[word](names)) end
  for _ = 1, random(5) do add(DECLARE[pick(WORDS)](names)) end
  if chance(4) then add(DECLARE.rewrite_sender()) end
  if chance(6) then add(DECLARE.postoffice()) end
  if chance(8) then add(pick(FUNCTIONS)) end
  return lines, names
end

-- ---- Claims ------------------------------------------------------------------

local function item(names)
  local kinds = {
    "address", "address", "local", "relay", "former", "foreign", ('"%s"'):format(pattern()),
    ('"%s"'):format(pattern()), "SMTP address", "CCMAIL address", "recipient", "list", "<>",
  }
  if names.recipients[1] then
    kinds[#kinds + 1] = ('recipient "%s"'):format(pick(names.recipients))
  end
  return pick(kinds)
end

local function set(names)
  local text = item(names)
  if chance(4) then text = text .. " or " .. item(names) end
  if chance(4) then text = text .. " but " .. item(names) end
  return text
end

local function connectors(names, between)
  local text = ('"%s"'):format(pick(names.connectors))
  if chance(4) then text = text .. between .. ('"%s"'):format(pick(names.connectors)) end
  return text
end

local function fact(names)
  return pick {
    "may_relay", "not may_relay", "authenticated", "not authenticated", "nothing is down",
    "down " .. connectors(names, " and "), "size over 10", "size up to 10",
    ('arrived_by "%s"'):format(pick(names.connectors)),
  }
end

local function who(names)
  local list = chance(2) and "list" or "recipient"
  local declared = list == "list" and names.lists or names.recipients
  return list, declared[1] and ('"%s"'):format(pick(declared))
end

local function finish(names)
  local ends = {
    "is delivered", "is delivered here", "is rejected", "is rejected recipient-unknown",
    "is rejected 5.7.1", "is deferred", "is passed", "leaves", "leaves", "leaves",
    "leaves by " .. connectors(names, " or "), "is handed over as " .. set(names),
    "has sender " .. set(names), "makes over 1 deliveries",
  }
  local list, name = who(names)
  if name then ends[#ends + 1] = ("reaches %s %s"):format(list, name) end
  return pick(ends)
end

local function exception(names)
  local list, name = who(names)
  return pick {
    fact(names), fact(names), "from " .. set(names), "by recipient", "by list", "asks fail",
    ("by %s %s"):format(list, name or ""),
  }
end

local function joined(make, names, between, most)
  local list = {}
  for i = 1, random(most) do list[i] = make(names) end
  return table.concat(list, between)
end

--- A set of a claim about the policy that was made last.
-- @tparam table names that it declares
-- @treturn string
small.set = set

--- A claim about the policy that was made last.
-- @tparam table names that it declares
-- @treturn string
function small.claim(names)
  local every = chance(2)
  local parts = { every and "every" or "no", set(names) }
  local function add(word, text)
    parts[#parts + 1] = word
    parts[#parts + 1] = text
  end
  if chance(3) then add("from", set(names)) end
  if chance(3) then add("when", joined(fact, names, " and ", 2)) end
  parts[#parts + 1] = joined(finish, names, " or ", every and 3 or 1)
  if chance(2) then add("unless", joined(exception, names, " or ", 2)) end
  return table.concat(parts, " ")
end

return small
