--- Random policies judge routing, explaining, testing and checking by one another.
--
-- A seed makes a policy and addresses to try it with.  Whatever it is: nothing
-- raises, what `explain` concludes is what `route` delivers, a test that is made
-- of a delivery passes, and a delivery holds all that its verdict needs.
local generate = require "spec.generate"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local visible = require "postoffice.text.visible".all

local random -- of the policy that is being made

local function pick(list) return list[random(#list)] end
local function chance(one_in) return random(one_in) == 1 end

local USERS = {
  "kim", "joe", "KIM", "kim+tag", "kim+", "+", "sales", "postmaster", "a.b", "x%evil.example",
  "v!w", "\195\169", "\195\169a", "Lee, Kim", "o'neil", "a b", "1", "v@evil.example",
}
local DOMAINS = {
  "a.example", "A.Example", "b.example", "s.b.example", "t.s.b.example", "evil.example",
  "far.example", "cc.a.example", "[192.0.2.1]",
}
local OFFICES = { "HQ", "hq", "internet", "Paris", "fax", "Nowhere" }
local NAMES = { "Kim", "Joe", "Sales", "Crew", "Gone", "Far", "Nobody" }
local TYPES = { "SMTP", "CCMAIL", "EX", "X500", "X400", "NOTES", "MS", "FAX", "GWISE", "UUCP" }

-- A local part as SMTP needs it.
local function quoted(user)
  return user:find "[ ,@]" and ('"%s"'):format(user) or user
end

local function smtp() return quoted(pick(USERS)) .. "@" .. pick(DOMAINS) end

local NATIVE = {
  SMTP = smtp,
  CCMAIL = function() return pick { pick(USERS), smtp() } .. " at " .. pick(OFFICES) end,
  EX = function() return "/o=Org/ou=S/cn=" .. pick(USERS) end,
  X500 = function() return "/o=Org/cn=" .. pick(USERS) end,
  X400 = function()
    return pick { "c=us;a= ;p=Org;s=Lee;", "c=us;s=Lee;dda:RFC-822=v(a)evil.example;",
      "c=us;a=x;o=Org;dda:UUCP=evil!v;", "c=de;s=" .. random(3) .. ";" }
  end,
  NOTES = function() return pick { "Kim Lee/Org@NET", "v@evil.example@NET", "Kim@Org" } end,
  MS = function() return "ORG/SITE/" .. pick { "KIM", "v@evil.example" } end,
  FAX = function() return "+" .. random(99) end,
  GWISE = function() return pick { "D.PO.kim", "internet.v@evil.example" } end,
  UUCP = function() return pick { "evil!v", "a!b!kim" } end,
}

local function typed()
  local kind = pick(TYPES)
  return kind .. ":" .. NATIVE[kind]()
end

local function encapsulated()
  local inner = postoffice.parse(typed(), { unknown = true })
  local outer = inner and postoffice.encapsulate(inner, "SMTP", { domain = pick(DOMAINS) })
  return outer and postoffice.format(outer) or smtp()
end

local function generated()
  local address = generate.address(random(100000), pick(generate.TYPES))
  return postoffice.format(address) or postoffice.format(address, "oneoff") or "x"
end

local ODD = {
  "", "@", "<>", "<Postmaster>", "a@b..c", "[ccmail:", "\1\2", "user@x at HQ", ":", "SMTP:",
  '"\\', "[SMTP:a@b.example", "\255@a.example", "NONE:x",
}

local ADDRESS = {
  smtp, smtp, smtp, typed, typed, encapsulated, encapsulated, generated,
  function() return pick(ODD) end,
}

local function address() return pick(ADDRESS)() end

local SPACES = {
  "SMTP:*", "SMTP:*@a.example", "SMTP:*@*.b.example", "SMTP:k*@*", "SMTP:?@*",
  "SMTP:kim@a.example", "CCMAIL:*", "CCMAIL:* at HQ", "CCMAIL:", "EX:/o=Org", "EX:*", "X500:",
  "X400:c=us;a=*", "X400:c=us", "X400:*", "NOTES:*", "MS:ORG/SITE", "MS:*",
  "FAX:*", "FAX:+1*", "GWISE:*", "UUCP:*", "TELEX:*",
}

local function quote(value)
  if type(value) ~= "string" then return tostring(value) end
  return '"' .. value:gsub('[%c"\\\127-\255]', function(char)
    return ("\\%03d"):format(char:byte())
  end) .. '"'
end

local function texts(make, most)
  local list = {}
  for i = 1, random(most) do list[i] = quote(make()) end
  return "{ " .. table.concat(list, ", ") .. " }"
end

local function space()
  if chance(3) then return pick(SPACES) end
  return pick { "SMTP:*", "CCMAIL:*", "SMTP:*@" .. pick(DOMAINS) }
end

local function spaces()
  local list = {}
  for i = 1, random(3) do
    local text = quote(space())
    list[i] = chance(2) and ("{ %s, cost = %d }"):format(text, random(3) - 1) or text
  end
  return "{ " .. table.concat(list, ", ") .. " }"
end

local function fields(list)
  local kept = {}
  for _, field in ipairs(list) do
    if field then kept[#kept + 1] = field end
  end
  return "{ " .. table.concat(kept, ", ") .. " }"
end

local function reference() return pick { pick(NAMES), smtp(), typed() } end

local PATTERNS = {
  "SMTP:{u}@b.example", "SMTP:{u}@{d}", "SMTP:{u}@*.b.example", "SMTP:{a}{b}@a.example",
  "SMTP:?@a.example", "SMTP:{u}.{v}@far.example", "CCMAIL:{u} at {p}", "CCMAIL:{u} at HQ",
  "EX:/o=Org/{u}", "X400:c=us;s={u};", "NOTES:{u}@NET", "MS:ORG/SITE/{u}", "FAX:{u}",
}
local TEMPLATES = {
  "SMTP:{u}@a.example", "SMTP:{u}@far.example", "CCMAIL:{u} at HQ", "CCMAIL:{u} at internet",
  "SMTP:{u}@s.b.example", "EX:/o=Org/cn={u}", "X400:c=us;s=Lee;dda:RFC-822={u};", "MS:ORG/SITE/{u}",
  "SMTP:fixed@a.example", "NOTES:{u}@NET", "GWISE:internet.{u}", "SMTP:{b}{a}@a.example",
}
local FUNCTIONS = {
  "function(a) return nil end", "function(a) return ask('crm', a.localpart or 'x') end",
  "function(a) return 'kim@a.example' end",
  "function(a) return { 'joe@far.example', 'FAX:+1' } end",
  "function(a) return reject('no', '5.7.1', 'refused') end", "function(a) return defer() end",
  "function(a) return pass() end", "function(a) return a end", "function(a) return {} end",
  "function(a) return mail.parse('CCMAIL:v@evil.example at internet') end",
  "function(a) return error 'odd' end", "function(a) return 1 end",
  "function(a, e) return a.localpart == 'kim' and 'joe@b.example' or nil end",
  "function(a, e) if e and e.relay then return 'joe@far.example' end end",
}
local MATCHES = {
  "{ type = 'SMTP', domain = '*.b.example' }", "{ type = 'CCMAIL', mailbox = '{u}' }",
  "function(a) return mail.matches(a, 'SMTP:{u}@b.example') end", "function(a) return a.type end",
  "{ type = 'SMTP', localpart = '{u}' }",
}

local DECLARE = {
  domain = function()
    return ("domain %s %s"):format(
      quote((chance(4) and "*." or "") .. DOMAINS[random(6)]), fields {
        chance(2) and "kind = " .. quote(pick { "local", "relay", "former" }),
        chance(2) and "unwrap = " .. texts(function() return pick(TYPES) end, 4),
        chance(4) and "catchall = " .. quote(reference()), chance(3) and "extension = '+'",
      })
  end,
  recipient = function()
    return ("recipient %s %s"):format(quote(pick(NAMES)), fields {
      "proxies = " .. texts(function() return pick { smtp(), typed() } end, 3),
      chance(2) and "target = " .. quote(reference()) or chance(4) and "refuse = 'has left'",
    })
  end,
  list = function()
    return ("list %s %s"):format(quote(pick(NAMES)), fields {
      "proxies = " .. texts(smtp, 2), "members = " .. texts(reference, 4),
      chance(2) and "owner = " .. quote(reference()),
    })
  end,
  rewrite = function()
    local to = chance(3) and pick(FUNCTIONS) or quote(pick(TEMPLATES))
    if chance(4) then return ("rewrite { match = %s, to = %s }"):format(pick(MATCHES), to) end
    return ("rewrite %s %s"):format(quote(pick(PATTERNS)), fields {
      "to = " .. to, chance(4) and "again = true", chance(6) and "both = true",
    })
  end,
  connector = function(number)
    local speaks = chance(2) and pick { "SMTP", "CCMAIL", "X400" }
    return ("connector 'c%d' %s"):format(number, fields {
      "spaces = " .. spaces(), speaks and "speaks = " .. quote(speaks),
      speaks and ("wrap = { domain = 'gw.example', postoffice = 'internet' }"),
      chance(2) and "nexthop = 'n" .. random(3) .. "'", chance(3) and "reaches = 'HQ'",
      chance(3) and "cost = " .. random(3), chance(6) and "max_size = 1000",
      chance(6) and "senders = { 'SMTP:*@a.example', '<>' }",
    })
  end,
}

local WORDS = { "domain", "recipient", "list", "rewrite", "connector", "connector", "recipient" }

-- What the host answers.
local CRM = { kim = "joe@far.example", joe = "CCMAIL:Lee at HQ", sales = 1, x = true }

local function load(text)
  return policy.load(text, { chunkname = "@random.lua", ask = { crm = CRM }, milliseconds = 1e6,
    load_milliseconds = 1e6 })
end

local EVENTS = {
  recipient = FUNCTIONS, delivery = FUNCTIONS,
  route = { "function(r) return 'c0' end", "function(r) return r.connector end",
    "function(r) return reject('no', '5.7.1', 'refused') end", "function(r) return defer() end",
    "function(r) return pass() end", "function(r) return 'none' end", "function(r) return r end" },
}

local FIRST = {
  "domain 'a.example' {}", "domain 'a.example' { kind = 'relay', unwrap = { 'EX', 'X400' } }",
  "domain 'a.example' { unwrap = { 'EX', 'CCMAIL', 'X400', 'MS', 'NOTES', 'GWISE', 'UUCP' } }",
  "postoffice 'HQ' {} postoffice 'Paris' { via = 'HQ' }",
  "postoffice 'internet' { gateway = 'SMTP' }",
  "postoffice 'HQ' {} postoffice 'internet' { via = 'HQ', gateway = 'SMTP' }",
}

-- Declarations that load together, and how many were refused on the way.
local function source()
  local text = ("settings { order = '%s', unmatched = '%s'%s }"):format(pick { "exchange", "cost" },
    pick { "reject", "pass" }, pick { "", ", extension = '+'", ", extension = '--'" })
  local function add(line)
    local longer = text .. "\n" .. line
    local p, message, code = load(longer)
    if p then
      p:close()
      text = longer
    else
      assert.is_string(code, longer)
      assert.equal(visible(message:gsub("\n", "")), (message:gsub("\n", "")), longer)
    end
  end
  add "connector 'c0' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n0' }"
  for _ = 1, 3 do add(pick(FIRST)) end
  for i = 1, 3 + random(12) do add(DECLARE[pick(WORDS)](i)) end
  for _, event in ipairs { "recipient", "route", "delivery" } do
    if chance(4) then add(("on.%s = %s"):format(event, pick(EVENTS[event]))) end
  end
  return text
end

-- An envelope, and what a test says of it.
local function envelope()
  local made = {
    sender = chance(2) and pick { "kim@a.example", "<>", "CCMAIL:Lee at HQ", "no address", smtp() }
      or nil,
    relay = chance(3) or nil, size = chance(3) and random(2000) or nil,
    down = chance(3) and { "c0", chance(2) and "C1" or nil } or nil,
    arrived_by = chance(5) and "c0" or nil, now = chance(5) and 1 or nil,
    client = chance(5) and "192.0.2.9" or nil,
  }
  if made.down and made.down[2] then made.down[2] = nil end
  local test = {}
  for name, value in pairs(made) do
    if name ~= "down" then
      test[#test + 1] = ("%s = %s"):format(name == "sender" and "from" or name, quote(value))
    else
      test[#test + 1] = "down = { 'c0' }"
    end
  end
  return made, test
end

local PLAIN = {
  "verdict", "code", "status", "message", "connector", "nexthop", "entry", "extension", "cost",
  "space",
}

local function text_of(value)
  return type(value) == "table"
    and (postoffice.format(value) or postoffice.format(value, "path")) or value
end

-- A delivery as a line, to compare it with another.
local function line(delivery)
  local parts = {}
  for _, name in ipairs(PLAIN) do parts[#parts + 1] = tostring(delivery[name]) end
  for _, name in ipairs { "address", "final", "sender" } do
    parts[#parts + 1] = tostring(text_of(delivery[name]))
  end
  parts[#parts + 1] = table.concat(delivery.path or {}, ">")
  for _, other in ipairs(delivery.alternatives or {}) do parts[#parts + 1] = other.connector end
  return table.concat(parts, "|")
end

local function lines(deliveries)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = line(delivery) end
  return table.concat(list, "\n")
end

-- What a test expects of a delivery.
local function expectation(delivery)
  local list = {}
  for _, name in ipairs(PLAIN) do
    local value = delivery[name]
    if value ~= nil and value ~= "" then list[#list + 1] = name .. " = " .. quote(value) end
  end
  for _, name in ipairs { "address", "final", "sender" } do
    local text = type(delivery[name]) == "table" and postoffice.format(delivery[name])
    if text and #text < 1000 then list[#list + 1] = name .. " = " .. quote(text) end
  end
  if delivery.path then
    local path = {}
    for i, name in ipairs(delivery.path) do path[i] = quote(name) end
    list[#list + 1] = "path = { " .. table.concat(path, ", ") .. " }"
  end
  return "{ " .. table.concat(list, ", ") .. " }"
end

local function test_of(number, to, deliveries, told)
  local list = {}
  for i, delivery in ipairs(deliveries) do list[i] = expectation(delivery) end
  told[#told + 1] = "to = " .. quote(to)
  told[#told + 1] = "deliveries = { " .. table.concat(list, ",\n    ") .. " }"
  told[#told + 1] = "asks = { crm = { kim = 'joe@far.example', joe = 'CCMAIL:Lee at HQ', sales = 1,"
    .. " x = true } }"
  return ("test 't%d' { %s }"):format(number, table.concat(told, ",\n  "))
end

local CLASS = { reject = "^5%.", defer = "^4%." }

-- Whether a delivery holds all that its verdict needs.
local function complete(delivery, where)
  local kind = delivery.verdict
  assert.is_string(delivery.recipient, where)
  assert.is_string(delivery.revision, where)
  for _, name in ipairs { "message", "detail", "code" } do
    assert.equal(visible(delivery[name] or ""), delivery[name] or "", where)
  end
  if kind == "deliver" then
    assert.equal("table", type(delivery.address), where)
    assert.equal("table", type(delivery.final), where)
    assert.is_string(delivery.rule, where)
    assert.is_nil(delivery.code, where)
    if not delivery.connector then return assert.is_string(delivery.entry, where) end
    assert.equal("number", type(delivery.cost), where)
    assert.equal("table", type(delivery.alternatives), where)
    assert.is_string(text_of(delivery.address), where)
  elseif kind ~= "pass" then
    assert.is_string(delivery.code, where)
    assert.is_string(delivery.message, where)
    assert.truthy(delivery.status:find(CLASS[kind]), where)
  end
end

-- Whether a sentence tells what became of an address.
local function tells(sentence, delivery, where)
  local facts = { delivery.code, delivery.status }
  if delivery.verdict == "deliver" then
    facts = { delivery.connector or delivery.entry, delivery.nexthop, text_of(delivery.address) }
  end
  for _, fact in pairs(facts) do
    local squeezed = visible(fact):gsub("%s+", " ")
    assert.truthy(sentence:gsub("%s+", " "):find(squeezed, 1, true), fact .. "\n" .. where)
  end
end

-- Tries one address; returns the test that it makes.
local function try(p, number, text)
  local to = address()
  local made, told = envelope()
  local where = ("%s\n-- to %s, %s"):format(text, quote(to), table.concat(told, ", "))
  local deliveries = p:route(to, made)
  assert.is_true(#deliveries > 0, where)
  for _, delivery in ipairs(deliveries) do complete(delivery, where) end
  assert.equal(lines(deliveries), lines(p:route(to, made)), where)
  local explanation = p:explain(to, made)
  assert.equal(lines(deliveries), lines(explanation.deliveries), where)
  assert.is_string(tostring(explanation), where)
  local sentences = {}
  for sentence in explanation.sentence:gmatch "[^\n]+" do sentences[#sentences + 1] = sentence end
  if #deliveries > 1 then table.remove(sentences, 1) end -- "Becomes 3 deliveries."
  assert.equal(#deliveries, #sentences, where)
  for i, delivery in ipairs(deliveries) do tells(sentences[i], delivery, where) end
  assert.equal(lines(deliveries), lines(p:route(p:resolve(to, nil, made), made)), where)
  assert.is_nil(policy.diff(p, p, to, made), where)
  p:nexthop(to, made)
  p:rewrite(to, made)
  if to ~= "" and #deliveries < 30 then return test_of(number, to, deliveries, told) end
end

describe("random policies #host", function()
  it("do as they explain, as they test, and answer whatever comes", function()
    local seeds, tested = helper.times(200), 0
    for seed = 1, seeds do
      random = generate.random(seed * 7907)
      local text = source()
      local p = assert(load(text))
      local tests = { text }
      for number = 1, 8 do tests[#tests + 1] = try(p, number, text) end
      for _, finding in ipairs(p:check()) do
        assert.is_string(finding.code, text)
        assert.is_string(tostring(finding), text)
      end
      assert.is_string(p:graph(), text)
      local with_tests = table.concat(tests, "\n")
      local q = assert(load(with_tests))
      local results = q:test()
      assert.equal(0, results.failed, tostring(results) .. "\n" .. with_tests)
      tested = tested + results.passed
      p:close()
      q:close()
    end
    assert.is_true(tested > seeds * 4, tested .. " tested")
  end)
end)
