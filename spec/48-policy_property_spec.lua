--- Random policies and addresses: nothing raises, explaining agrees with routing, and routing
-- what `resolve` returned is routing the original.
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

-- A generator of our own, the same on every Lua.
local state = 1
local function random(n)
  state = (state * 16807) % 2147483647
  return state % n + 1
end

local function pick(list) return list[random(#list)] end

local USERS = { "kim", "joe", "ann", "sales", "x", "kim+tag", "Lee, Kim", "" }
local DOMAINS = { "a.example", "b.example", "sub.a.example", "far.example", "A.EXAMPLE" }
local OFFICES = { "HQ", "internet", "Paris", "hq" }

local function smtp() return pick(USERS) .. "@" .. pick(DOMAINS) end

local ADDRESS = {
  function() return smtp() end,
  function() return "SMTP:" .. smtp() end,
  function() return ("[ccmail:%s at %s]"):format(pick { smtp(), pick(USERS) }, pick(OFFICES)) end,
  function() return ("CCMAIL:%s at %s"):format(pick(USERS), pick(OFFICES)) end,
  function() return ("EX:/o=%s/cn=%s"):format(pick { "Old", "New" }, pick(USERS)) end,
  function() return ("FAX:%d"):format(random(9)) end,
  function()
    local inner = postoffice.parse(("CCMAIL:%s at %s"):format(smtp(), pick(OFFICES)))
    local outer = inner and postoffice.encapsulate(inner, "SMTP", { domain = pick(DOMAINS) })
    return outer and postoffice.format(outer) or smtp()
  end,
  function()
    return pick { "", "@", "<>", "<Postmaster>", "a@b..c", "[ccmail:", "\1\2", "user@x at HQ" }
  end,
}

local function address() return pick(ADDRESS)() end

local SPACES = {
  "SMTP:*", "SMTP:*@a.example", "SMTP:k*@*", "SMTP:kim@a.example", "SMTP:", "CCMAIL:*", "EX:/o=Old",
  "CCMAIL:* at HQ", "CCMAIL:", "X500:*", "FAX:*", "SMTP:*@*.example", "SMTP:?im@*",
}

-- Declarations; # is their number, @ another, %s is drawn from the list behind.
local DECLARE = {
  { "connector 'c#' { nexthop = 'n#', spaces = { { '%s', cost = 1 }, '%s' } }", SPACES },
  { "connector 'd#' { nexthop = 'n#', spaces = { { '%s', cost = 2 }, '%s' } }", SPACES },
  { "connector 'w#' { speaks = 'CCMAIL', reaches = 'HQ', wrap = { postoffice = 'internet' },"
    .. " spaces = { 'SMTP:*', 'CCMAIL:*' } }" },
  { "recipient 'r#' { proxies = { 'SMTP:u#@a.example', 'smtp:%s#@b.example' } }", { "kim",
    "joe" } },
  { "recipient 't#' { proxies = { 'SMTP:t#@a.example' }, target = 'SMTP:t@@a.example' }" },
  { "list 'l#' { proxies = { 'SMTP:l#@a.example' }, members = { 'SMTP:u@@a.example',"
    .. " 'SMTP:l@@a.example', 'SMTP:joe@far.example' } }" },
  { "rewrite 'SMTP:{u}@%s' { to = 'SMTP:{u}@%s', again = true }", DOMAINS },
  { "rewrite 'SMTP:{u}@%s' { to = 'SMTP:{u}@%s' }", DOMAINS },
  { "rewrite 'SMTP:{u}@far.example' { to = 'CCMAIL:{u} at HQ' }" },
  { "rewrite 'CCMAIL:{u} at Paris' { to = function(_, b) return b.u .. '@b.example' end }" },
}

local function declaration(number)
  local template = pick(DECLARE)
  local text = template[1]:gsub("#", tostring(number)):gsub("@@", random(6) .. "@")
  return (text:gsub("%%s", function() return pick(template[2]) end))
end

local HOOK = [[function on.recipient(a)
  if a.localpart == "ann" then return { "kim@a.example", "x@far.example" } end
end]]

local function source()
  local lines = {
    ("settings { order = '%s', unmatched = '%s', extension = '+' }"):format(
      pick { "exchange", "cost" }, pick { "reject", "pass" }),
    "domain 'a.example' { unwrap = { 'EX', 'CCMAIL', 'SMTP' } }",
    ("domain 'b.example' { kind = '%s', catchall = 'SMTP:joe@far.example' }"):format(
      pick { "local", "relay", "former" }),
    "domain '*.a.example' {}",
    "postoffice 'HQ' {} postoffice 'Paris' { via = 'HQ' }",
    ("postoffice 'internet' { %s gateway = 'SMTP' }"):format(pick { "via = 'HQ',", "" }),
  }
  for i = 1, 6 do lines[#lines + 1] = declaration(i) end
  if random(2) == 1 then lines[#lines + 1] = HOOK end
  return table.concat(lines, "\n")
end

local PLAIN = {
  "verdict", "code", "status", "entry", "extension", "connector", "nexthop", "cost", "space",
    "rule",
}

--- A delivery as text, without what differs by definition.
local function shown(delivery)
  local fields = {}
  for _, name in ipairs(PLAIN) do
    fields[#fields + 1] = name .. "=" .. tostring(delivery[name])
  end
  for _, name in ipairs { "address", "final", "sender" } do
    local value = delivery[name]
    local text = type(value) == "table" and postoffice.key(value) or tostring(value)
    fields[#fields + 1] = name .. "=" .. text
  end
  return table.concat(fields, " ") .. " " .. table.concat(delivery.path or {}, ">")
end

local function all(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = shown(delivery) end
  return table.concat(list, "\n")
end

local ENVELOPES = {
  {}, { relay = true }, { sender = "kim@a.example" }, { sender = "<>", size = 10 },
    { down = { "c1", "w2" } },
  { arrived_by = "c3" },
}

describe("random policies", function()
  it("route as they explain, and as they resolve", function()
    local loaded, seeds = 0, helper.times(150)
    for seed = 1, seeds do
      state = seed * 7919
      local text = source()
      local p = policy.load(text, { milliseconds = 60000, load_milliseconds = 60000 })
      if p then
        loaded = loaded + 1
        for _ = 1, 40 do
          local to, envelope = address(), pick(ENVELOPES)
          local deliveries = p:route(to, envelope)
          assert.is_true(#deliveries >= 1, to)
          local routed = all(deliveries)
          local explanation = p:explain(to, envelope)
          assert.equal(routed, all(explanation.deliveries), text .. "\n" .. to)
          assert.is_string(tostring(explanation))
          local resolved = p:resolve(to, nil, envelope)
          assert.equal(routed, all(p:route(resolved, envelope)), text .. "\n" .. to)
        end
        p:close()
      end
    end
    assert.is_true(loaded > seeds * 0.4, loaded .. " loaded")
  end)
end)
