--- Random policies, and addresses and envelopes to try them with: any two runs see the same ones.
--
-- Every word, field and event of the language is in them, and little is said of many things: a few
-- names, domains and post offices, so that what is declared is hit, and things that are the same
-- meet.  Half of the addresses are such as the policy mentions.
local addresses = require "spec.policies.addresses"
local declarations = require "spec.policies.declarations"
local draw = require "spec.policies.draw"
local postoffice = require "postoffice"
local values = require "spec.policies.values"
local written = require "spec.policies.written"

local beside, chance, pick, random = draw.beside, draw.chance, draw.pick, draw.number
local fields, quote, texts = written.fields, written.quote, written.texts
local mentioned, smtp, typed = addresses.mentioned, addresses.smtp, addresses.typed
local DECLARE, DOMAIN_PATTERNS = declarations.DECLARE, declarations.DOMAIN_PATTERNS
local EXTENSIONS, OUTBOUND = declarations.EXTENSIONS, declarations.OUTBOUND
local PROPAGATES, SETS, WRITERS = declarations.PROPAGATES, declarations.SETS, declarations.WRITERS
local ENTRIES, FUNCTIONS = values.ENTRIES, values.FUNCTIONS
local LIBRARY, PATTERNS, smtp_of_ours = values.LIBRARY, values.PATTERNS, values.smtp_of_ours

local policies = {
  --- Draw from what the policy was drawn from.
  pick = pick, chance = chance,
  --- An address as text; and a recipient, which is that or an address.
  address = addresses.any, recipient = addresses.recipient,
  --- A value as a policy writes it.
  quote = quote,
  --- The keys by which policies sign, and how a test says so.
  SECRETS = addresses.SECRETS, SAID_SECRETS = "{ k = { 'new', 'old' } }",
}

-- ---- The whole -----------------------------------------------------------------

-- As often as they stand here.
local WORDS = {
  "domain", "domain", "rewrite", "rewrite", "rewrite", "both", "circle", "connector", "connector",
  "connector", "rewrite_sender",
}
local RARE = { "chain", "crowd", "strange", "strange", "strange" }

local ROUTES = {
  "function(r) return 'c0' end", "function(r) return r.connector end",
  "function(r) return reject('no', '5.7.1', 'refused') end", "function(r) return defer() end",
  "function(r) return pass() end", "function(r) return 'none' end", "function(r) return r end",
  "function(r, e) ask('seen', show(r)) ask('seen', show(e)) end",
  "function(r) if r.alternatives[1] then return r.alternatives[1] end end",
  "function(r) if r.cost > 1 then return 'C1' end end",
}
local DELIVERIES = {
  "function(d, e) ask('seen', show(d)) ask('seen', show(e)) end", "function(d) return d end",
  "function(d) d.cost = 7 end", "function(d) d.cost = 7 return d end",
  "function(d) if d.verdict == 'reject' then return defer 'later' end end",
  "function(d) if d.entry then return pass() end end",
  "function(d) return d.connector == 'c1' and reject('closed', '5.7.1', 'closed') or nil end",
}

local EVENTS = {
  recipient = { FUNCTIONS }, route = { ROUTES }, delivery = { DELIVERIES, FUNCTIONS },
}
local EVENT_NAMES = { "recipient", "route", "delivery" }

local FIRST = {
  "domain 'a.example' {}", "domain 'a.example' { extension = '+', catchall = 'Kim' }",
  "domain 'a.example' { extension = '+' }",
  "domain 'a.example' { kind = 'relay', unwrap = { 'EX', 'X400' } }",
  "domain 'a.example' { unwrap = { 'EX', 'CCMAIL', 'X400', 'MS', 'NOTES', 'GWISE', 'UUCP' } }",
  "domain 'a.example' { unwrap = { 'SMTP', 'CCMAIL', 'FAX', 'MSMAIL', 'TELEX' } }",
  "domain 'a.example' { kind = 'former', unwrap = { 'SMTP', 'EX', 'X500', 'CCMAIL' } }",
}
local CARRIES = {
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n0' }",
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*', 'EX:*', 'X400:*', 'MS:*', 'FAX:*',"
    .. " 'GWISE:*', 'NOTES:*', 'UUCP:*', 'TELEX:*' }, cost = 2 }",
}
-- Senders are signed by a connector and opened by a domain, or neither loads.
local SIGNING = {
  "domain 'a.example' { unwrap = { 'SRS', 'EX', 'CCMAIL' }, catchall = 'Kim', extension = '+' }",
  "domain 'a.example' { unwrap = { 'SRS', 'BATV', 'EX', 'X400', 'SMTP' } }",
  "domain 'a.example' { unwrap = { 'SRS', 'BATV', 'EX' }, secrets = 'k' }",
}
local SIGNS = {
  "connector 'First' { spaces = { 'SMTP:*', 'CCMAIL:*' }, nexthop = 'n0',"
    .. " srs = { domain = 'a.example', secrets = 'k' } }",
  "connector 'First' { spaces = { 'SMTP:*', 'EX:*', 'X400:*' }, cost = 2, batv = { secrets = 'k' },"
    .. " srs = { domain = 'A.example', secrets = 'k' } }",
  CARRIES[1],
}
local POSTOFFICES = {
  "postoffice 'HQ' {} postoffice 'Paris' { via = 'HQ' }",
  "postoffice 'internet' { gateway = 'SMTP' }", "postoffice 'internet' { gateway = 'FAX' }",
  "postoffice 'HQ' {} postoffice 'internet' { via = 'HQ', gateway = 'SMTP' }",
  "postoffice 'H Q' {} postoffice 'HQ' {} postoffice 'fax' { via = 'H Q', gateway = 'FAX' }"
    .. " postoffice 'internet' { gateway = 'smtp' }",
  "postoffice 'HQ' { gateway = 'SMTP' } postoffice 'internet' { via = 'HQ', gateway = 'X400' }"
    .. " postoffice 'Paris' { via = 'internet' }",
  "postoffice 'NOTES:NET' { gateway = 'SMTP' } postoffice 'ms:ORG/SITE' { gateway = 'SMTP' }"
    .. " postoffice 'GWISE:D.PO' { via = 'MSMAIL:HQ' } postoffice 'MSMAIL:HQ' { gateway = 'SMTP' }",
}

local ZONES = {
  "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3", "<+0530>-5:30", "CET",
}

local function settings()
  return "settings " .. fields({
    chance(3) and "outbound = " .. pick(OUTBOUND),
    ("order = '%s'"):format(pick { "exchange", "cost" }),
    ("unmatched = '%s'"):format(pick { "reject", "reject", "pass" }),
    not chance(3) and "extension = " .. pick(EXTENSIONS), chance(3) and "only_lowest_cost = true",
    chance(3) and "propagate = " .. pick(PROPAGATES),
    chance(12) and "max_recipients = " .. (2 + random(6)),
    chance(6) and "types = { 'NONE' }",
    beside(chance, 6) and "zone = " .. quote(beside(pick, ZONES)),
  }, 8)
end

-- Lets a function have its way with some addresses only.
local SOME = "local function some(f) return function(a, ...) local x = a.address or a"
  .. " if #(x.localpart or x.mailbox or x.dn or 'xx') % 4 == 1 then return f(a, ...) end end end"

-- What the functions show the host a table by, so that no trace has its address in memory.
local SHOW = "local function show(v) if type(v) ~= 'table' then return tostring(v) end"
  .. " local t = {} for k, x in pairs(v) do t[#t + 1] = tostring(k) .. '=' .. show(x) end"
  .. " table.sort(t) return '{' .. table.concat(t, ' ') .. '}' end"

local INCLUDE = "include 'more.lua'"

-- The declarations of sets; now and then there are none.
local function declare_sets()
  if chance(6) then return "" end
  local list = {}
  for i, name in ipairs(SETS) do
    list[i] = ("set %s %s"):format(quote(name), texts(function()
      return pick { typed, smtp_of_ours, function()
        return pick(pick { WRITERS, PATTERNS, DOMAIN_PATTERNS })
      end }()
    end, 6))
  end
  return table.concat(list, " ")
end

--- The lines of the policy that belongs to a number, one declaration or more in each; some of them
-- may be wrong.  All that is made afterwards is for this policy.
-- @tparam number seed
-- @treturn {string,...}
function policies.lines(seed)
  draw.begin(seed)
  addresses.begin()
  values.begin()
  declarations.begin()
  local signing = chance(4) and random(#SIGNING)
  local lines = {
    SHOW, SOME, beside(declare_sets), settings(), signing and SIGNING[signing] or pick(FIRST),
  }
  local function add(line) lines[#lines + 1] = line or nil end
  if not chance(4) then add(pick(POSTOFFICES)) end
  if signing then
    add(SIGNS[signing])
  elseif not chance(4) then
    add(pick(CARRIES))
  end
  if not chance(6) then
    for _ = 1, #ENTRIES do add(DECLARE.entry()) end
  end
  if chance(12) then add(INCLUDE) end
  for _ = 1, 2 + random(9) do add(DECLARE[chance(25) and pick(RARE) or pick(WORDS)]()) end
  for _, event in ipairs(EVENT_NAMES) do
    if chance(4) then
      add(("on.%s = %s(%s)"):format(event, pick { "some", "" }, pick(pick(EVENTS[event]))))
    elseif event == "recipient" and beside(chance, 6) then
      add(("on.recipient = some(%s)"):format(beside(pick, LIBRARY)))
    end
  end
  return lines
end

--- The name that policies are loaded by.
policies.CHUNKNAME = "@random.lua"

-- The number of a line, or nil.
local function line_of(lines, text)
  for number, line in ipairs(lines) do
    if line == text then return number end
  end
end

-- Leaves out the lines that a message blames; false if it blames none.
local function mend(lines, message)
  local blamed = false
  for line in (message .. "\n"):gmatch "(.-)\n" do
    local number = tonumber(line:match "^random%.lua:(%d+):") or line_of(lines, INCLUDE)
    if number and lines[number] ~= "" then lines[number], blamed = "", true end
  end
  return blamed
end

--- The policy that belongs to a number, without the lines that keep it from loading.
-- @tparam number seed
-- @tparam function load of a text: something; or nil and a message with a line for each error
-- @return what `load` returned, or nil
-- @treturn string the policy's text
function policies.load(seed, load)
  local lines = policies.lines(seed)
  repeat
    local text = table.concat(lines, "\n")
    local loaded, message = load(text)
    if loaded then return loaded, text end
  until not mend(lines, message)
end

-- ---- The host ----------------------------------------------------------------

--- What the host answers to `crm`, as data that a test can hold.
policies.CRM = { kim = "joe@far.example", joe = "CCMAIL:Lee at HQ", sales = 1, x = true }

-- The same tables for all policies, so that every trace tells of the same.
local LISTS = {
  SMTP = { "joe@far.example", "kim@a.example" }, CCMAIL = { "joe@b.example" }, X400 = {},
}

--- What the host answers.
-- @tparam[opt] table seen gets what the script shows the host
-- @treturn table for the option `ask`
function policies.asks(seen)
  return {
    crm = policies.CRM,
    raising = function() error("the server is away", 0) end,
    null = function() return io.stdout end,
    list = LISTS,
    seen = function(what)
      if seen then seen[#seen + 1] = what end
    end,
  }
end

--- What the host includes.
function policies.include(name)
  if name ~= "more.lua" then return nil, "no such file" end
  return "domain 'more.example' { kind = 'relay' }\n"
    .. "connector 'more' { spaces = { 'SMTP:*@far.example', 'X400:c=us' }, speaks = 'SMTP',"
    .. " wrap = { domain = 'more.example' } }", "@more.lua"
end

local function sender()
  return pick { "kim@a.example", "<>", "CCMAIL:Lee at HQ", "no address", "joe@far.example", smtp(),
    mentioned(), mentioned() }
end

local HERE = { "first", "first", "c0", "C1", "c2", "c3" }

local DOWN = {
  function() return { pick(HERE) } end, function() return { "first", "C1", "more" } end,
  function() return { first = true, [pick(HERE)] = chance(2) } end,
  function() return { "nobody", "C2", "c0", "c1", "first", "c3", "c4", "c5" } end,
}

local SIZES = { 0, 10, 999, 1000, 1001, 2000 }

-- An envelope with senders as text.
local function envelope(down, arrived_by)
  return {
    sender = chance(2) and sender() or nil, may_relay = chance(3) or nil,
    authenticated = chance(3) or nil,
    size = chance(3) and pick(SIZES) or nil, down = chance(3) and down or nil,
    arrived_by = chance(5) and arrived_by or nil, now = chance(5) and 1 or nil,
    client = chance(5) and "192.0.2.9" or nil,
  }
end

--- An envelope, or nil.
function policies.envelope()
  if chance(4) then return nil end
  local made = envelope(pick(DOWN)(), pick(HERE))
  if made.sender and chance(6) then
    made.sender = postoffice.parse(made.sender, { unknown = true }) or made.sender
  end
  return made
end

--- An envelope that a policy's test can have.
-- @tparam {string,...} connectors the policy's
function policies.plain_envelope(connectors)
  if #connectors == 0 then return envelope() end
  return envelope({ pick(connectors), chance(2) and pick(connectors) or nil }, pick(connectors))
end

--- A type to resolve to.
function policies.type() return pick(addresses.TYPES) end

return policies
