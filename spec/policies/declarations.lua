--- The declarations of random policies, by what they declare.
local addresses = require "spec.policies.addresses"
local draw = require "spec.policies.draw"
local values = require "spec.policies.values"
local written = require "spec.policies.written"

local beside, chance, pick, random = draw.beside, draw.chance, draw.pick, draw.number
local fields, quote, texts = written.fields, written.quote, written.texts
local mention, TYPES = addresses.mention, addresses.TYPES
local AT, COSTS, ENTRIES = values.AT, values.COSTS, values.ENTRIES
local FUNCTIONS, MAKERS, MATCHES = values.FUNCTIONS, values.MAKERS, values.MATCHES
local PATTERNS, TEMPLATES = values.PATTERNS, values.TEMPLATES
local one_of, proxy, reference = values.one_of, values.proxy, values.reference
local spaces, template = values.spaces, values.template

local declarations = {}

local unused -- names and domains that are still to be declared, by kind

local EXTENSIONS = { "'+'", "'+'", "'-+'", "'.'", "'+-'" }
local PROPAGATES = { "true", "true", "false", "'always'" }

local CONNECTORS = { "c0", "C1", "c2", "C3", "C4", "c5" }

local function take(kind) return table.remove(unused[kind]) end

local DECLARE = {}

local KINDS = { "local", "relay", "former" }

local DECLARED = {
  "*.b.example", "b.example", "s.b.example", "far.example", "cc.a.example", "\195\188.example",
  "*.a.example", "*.example", "evil.example",
}

local function joined(a, b)
  local list = {}
  for _, item in ipairs(a) do list[#list + 1] = item end
  for _, item in ipairs(b) do list[#list + 1] = item end
  return list
end

-- What of other types is ours.
local TYPED = {
  "MS:ORG/SITE", "MS:ORG", "X400:c=us;a= ;p=Org", "X400:c=us", "X400:c=us;a=x;", "EX:/o=Org",
  "X500:/o=Org/ou=S", "NOTES:*@NET", "CCMAIL:* at HQ", "CCMAIL:* at Paris", "FAX:+1*", "GWISE:D",
  "MSMAIL:*@HQ", "UUCP:evil!*", "TELEX:*", "PROFS:", "EX:/o=Old/*",
}

local OUTBOUND = { "'primary'", "'primary'", "'unchanged'" }

local function typed_domain(name)
  return ("domain %s %s"):format(quote(mention(name)), fields({
    chance(2) and "kind = " .. quote(pick(KINDS)),
    chance(4) and "catchall = " .. quote(reference()),
  }, 2))
end

function DECLARE.domain()
  local name = take "domains"
  if name and name:find ":" then return typed_domain(name) end
  return name and ("domain %s %s"):format(quote(name), fields({
    chance(2) and "kind = " .. quote(pick(KINDS)),
    chance(2) and "unwrap = " .. texts(function() return pick(TYPES) end, 6),
    chance(4) and "catchall = " .. quote(reference()),
    chance(3) and "extension = " .. pick(EXTENSIONS),
    chance(6) and "propagate = " .. pick(PROPAGATES),
    chance(4) and "outbound = " .. pick(OUTBOUND),
  }, 6))
end

local DOMAIN_PATTERNS = {
  "SMTP:*@a.example", "SMTP:*@*.b.example", "SMTP:*@b.example", "SMTP:*@*.example",
  "SMTP:*@\195\188.example", "SMTP:*@far.example",
}

local REFUSALS = { "'has left'", "true" }

-- Sets of patterns, which most policies have.
local SETS = { "Partners", "closed" }

-- The name of a set, or a pattern.
local function set_or(pattern) return beside(chance, 5) and beside(pick, SETS) or pattern end

-- Who may write to an entry, and how much: some of it, of a few entries.
local WRITERS = {
  "SMTP:*", "SMTP:*@a.example", "SMTP:kim@*", "SMTP:*@far.example", "CCMAIL:*", "X400:*",
  "SMTP:*@evil.example",
}

local function writer()
  return set_or(chance(2) and pick(ENTRIES) or one_of(WRITERS))
end

local function restrictions()
  if not chance(4) then return false end
  local said = {
    chance(2) and "accept = " .. texts(writer, 3), chance(4) and "reject = " .. texts(writer, 2),
    chance(10) and "reject = { '<>' }", chance(6) and "authenticated = true",
    chance(4) and "max_size = 1000", beside(chance, 8) and "reject = 'closed'",
  }
  local kept = {}
  for i = 1, 6 do
    if said[i] then kept[#kept + 1] = said[i] end
  end
  return kept[1] and table.concat(kept, ", ")
end

function DECLARE.recipient(name)
  local way = random(7)
  return ("recipient %s %s"):format(quote(name), fields({
    "proxies = " .. texts(proxy, 4), way <= 3 and "target = " .. quote(reference()),
    way == 5 and "targets = " .. texts(reference, 3),
    (way == 5 or way <= 2) and chance(2) and "keep = true",
    (way == 4 or chance(100)) and "refuse = " .. pick(REFUSALS),
    (way <= 3 or way == 5) and chance(4) and "propagate = " .. pick(PROPAGATES), restrictions(),
  }, 7))
end

-- A custom recipient whose target is its own proxy, or who is among its own targets.
function DECLARE.itself(name)
  local own = quote(proxy())
  if chance(3) then
    return ("recipient %s { proxies = { %s }, targets = { %s, %s } }"):format(quote(name), own,
      quote(name), quote(reference()))
  end
  return ("recipient %s { proxies = { %s, %s }, target = %s }"):format(quote(name), quote(proxy()),
    own, own)
end

function DECLARE.list(name)
  return ("list %s %s"):format(quote(name), fields({
    "proxies = " .. texts(proxy, 2),
    "members = " .. (chance(12) and "{}" or texts(reference, 5)),
    chance(2) and "owner = " .. quote(reference()), restrictions(),
  }, 4))
end

function DECLARE.rewrite()
  if chance(4) then
    return ("rewrite { match = %s, to = %s }"):format(pick(MATCHES),
      chance(2) and quote(pick(TEMPLATES)) or pick { pick(FUNCTIONS), pick(MAKERS) })
  end
  local pattern = one_of(PATTERNS)
  mention((pattern:gsub("{%w+}", function() return pick { "kim", "joe", "x", "b.example" } end)))
  local to = chance(4) and pick { pick(FUNCTIONS), pick(MAKERS) } or quote(template(pattern))
  local both = chance(5)
  return ("rewrite %s %s"):format(quote(pattern), fields({
    "to = " .. to, chance(4) and "again = true", both and "both = true",
    both and chance(2) and "at = " .. texts(function() return pick(AT) end, 2),
  }, 4))
end

-- A rewrite that works both ways, as they are mostly written.
local PAIRS = {
  { "SMTP:{u}@a.example", "SMTP:{u}@far.example" },
  { "SMTP:{u}@old.example", "SMTP:{u}@b.example" },
  { "CCMAIL:{u} at HQ", "SMTP:{u}@cc.a.example" },
  { "SMTP:{u}@s.b.example", "CCMAIL:{u} at Paris" },
  { "EX:/o=Org/cn={u}", "X400:c=us;s={u};" }, { "SMTP:x{u}@evil.example", "SMTP:{u}@a.example" },
}

function DECLARE.both()
  local pair = pick(PAIRS)
  mention((pair[1]:gsub("{u}", "kim")))
  mention((pair[2]:gsub("{u}", "joe")))
  return ("rewrite %s %s"):format(quote(pair[1]), fields({
    "to = " .. quote(pair[2]), "both = true",
    chance(2) and "at = " .. texts(function() return pick(AT) end, 2),
  }, 3))
end

-- Senders into others, mostly such as the policy mentions.
function DECLARE.rewrite_sender()
  local pattern = one_of(PATTERNS)
  mention((pattern:gsub("{%w+}", function() return pick { "kim", "joe", "x", "b.example" } end)))
  return ("rewrite_sender %s %s"):format(quote(pattern), fields({
    "to = " .. quote(template(pattern)),
    chance(2) and "by = " .. texts(function() return pick(AT) end, 2),
  }, 2))
end

-- A rewrite that fires on what it made, or makes what another takes back.
local CIRCLES = {
  { "SMTP:{u}@b.example", "SMTP:x{u}@b.example" }, { "SMTP:x{u}@b.example", "SMTP:{u}@b.example" },
  { "SMTP:{u}@far.example", "SMTP:{u}@b.example" },
  { "SMTP:{u}@b.example", "SMTP:{u}@far.example" },
  { "CCMAIL:{u} at {p}", "CCMAIL:{u}{p} at {p}" }, { "SMTP:{u}+{v}@*", "SMTP:{v}@b.example" },
}

function DECLARE.circle()
  local circle = pick(CIRCLES)
  mention((circle[1]:gsub("{u}", "xxkim"):gsub("{.}", "HQ"):gsub("%*", "b.example")))
  return ("rewrite %s %s"):format(quote(circle[1]), fields({
    "to = " .. quote(circle[2]), not chance(3) and "again = true",
  }, 2))
end

local SENDERS = {
  "SMTP:*@a.example", "<>", "SMTP:{u}@b.example", "CCMAIL:* at HQ", "SMTP:kim@*", "X400:c=us;*",
  "EX:/o=Org/*", "SMTP:*",
}

-- Whom a connector takes mail from.
local function senders()
  local list = texts(function() return set_or(pick(SENDERS)) end, 2)
  return beside(chance, 3) and quote(beside(pick, SETS)) or list
end

local SPEAKS = {
  "SMTP", "SMTP", "CCMAIL", "X400", "smtp", "NOTES", "MS", "GWISE", "GROUPWISE", "MSA",
}

local NAMED = { "domain = 'gw.example'", "domain = 'gw.example'", "domain = 'a.example'" }
local AT_GATEWAY = {
  "domain = 'gw.example', postoffice = 'internet'", "domain = 'gw.example', postoffice = 'HQ'",
  "domain = 'a.example', postoffice = 'HQ'",
}

-- By what is spoken, the places at which it carries other types; now and then there is none.
local WRAPS = {
  SMTP = NAMED, NOTES = NAMED, GWISE = AT_GATEWAY, GROUPWISE = AT_GATEWAY,
  CCMAIL = { "postoffice = 'internet'", "postoffice = 'internet'", "postoffice = 'HQ'" },
  X400 = { "c = 'us', a = ' ', p = 'gw'", "c = 'us'", "" },
  MS = { "network = 'ORG', postoffice = 'internet'", "network = 'ORG', postoffice = 'HQ'", "" },
  MSA = { "server = 'HQ'", "server = 'internet'", "" },
}

function DECLARE.connector()
  local speaks, name = chance(2) and pick(SPEAKS), take "connectors"
  return name and ("connector %s %s"):format(quote(name), fields({
    "spaces = " .. spaces(), speaks and "speaks = " .. quote(speaks),
    speaks and ("wrap = { %s }"):format(pick(WRAPS[speaks:upper()])),
    chance(2) and "nexthop = 'n" .. random(3) .. "'",
    chance(3) and "reaches = " .. pick { "'HQ'", "'hq'", "'Paris'" },
    chance(3) and "cost = " .. pick(COSTS), chance(6) and "max_size = 1000",
    chance(4) and "weight = " .. pick { 0, 1, 2, 90, 65535 },
    chance(6) and "senders = " .. senders(),
    chance(4) and "outbound = " .. pick(OUTBOUND),
  }, 10))
end

-- A recipient for each of the members of a long way: longer than what a way may be, now and then.
function DECLARE.chain()
  local list, last = {}, pick { 3, 20, 40 }
  for i = 1, last do
    local target = i < last and ("'chain%d'"):format(i + 1) or quote(reference())
    list[i] = ("recipient 'chain%d' { proxies = { 'chain%d@a.example' }, target = %s }"):format(
      i, i, target)
  end
  mention "chain1@a.example"
  return table.concat(list, " ")
end

-- Lists of lists: more than one recipient may expand to, now and then.
function DECLARE.crowd()
  local list, width = {}, pick { 2, 34 }
  local members = {}
  for level = 3, 1, -1 do
    for i = 1, width do
      members[i] = quote(level == 3 and i % 7 .. "kim@far.example" or "crowd" .. level + 1)
    end
    list[#list + 1] = ("list 'crowd%d' { proxies = { 'crowd%d@a.example' }, members = { %s }%s }")
      :format(level, level, table.concat(members, ", "),
        chance(2) and level > 1 and ", owner = 'crowd1'" or "")
  end
  mention "crowd1@a.example"
  return table.concat(list, " ")
end

-- What is wrong, or only settles what is settled.
local STRANGE = {
  "settings { order = 'cost' }", "settings { extension = '.' }", "settings { unmatched = 'drop' }",
  "domain 'a.example' { kind = 'lokal' }", "connector 'cx' { spaces = {} }", "recipient 'X' {}",
  "connector 'cy' { space = { 'SMTP:*' } }", "conector 'c1' { spaces = { 'SMTP:*' } }",
  "postoffice 'P1' { via = 'P2' } postoffice 'P2' { via = 'P1' }", "postoffice 'Q' { via = 'HG' }",
  "rewrite { to = 'SMTP:a@b.example' }", "list 'L' { proxies = { 'l@a.example' } }",
  "rewrite 'SMTP:{u}@b.example' { to = 'SMTP:{v}@a.example' }", "domain 'b.example' 'x'",
  "rewrite 'SMTP:{u}@x.example' { to = 'SMTP:{u}@y.example', at = { 'cO' } }", "domain {}",
  "function on.recipent() end", "error 'stop'", "domain 'b.example' { unwrap = { 'CCMAI' } }",
  "connector 'cz' { speaks = 'X400', spaces = { 'SMTP:*' } }", "include 'nothing.lua'",
  "test 't' { entry = 'Kim' }", "test 't' { to = 'x', arrived_by = 'cc' }",
  "recipient 'Y' { proxies = { 'y@a.example' }, target = 'Kym' }",
  "templates { 'SMTP:%g.%s@a.example', 'CCMAIL:at HQ' }", "templates { 'SMTP:%x@a.example' }",
  "templates { 'SMTP:%m@b.example', collisions = 'alias' }", "templates { collisions = 'x' }",
  "domain '*.example' { kind = 'relay' }", "domain 'x..y' {}", "local x = = 1",
}

function DECLARE.strange() return pick(STRANGE) end

local ENTRY = { "recipient", "recipient", "recipient", "itself", "list", "list" }

-- Most entries are declared, so that most names are somebody's.
function DECLARE.entry()
  local name = take "entries"
  return name and DECLARE[pick(ENTRY)](name)
end

--- Makes all names free to be declared.
function declarations.begin()
  unused = {
    entries = draw.shuffled(ENTRIES), connectors = draw.shuffled(CONNECTORS),
    domains = draw.shuffled(joined(DECLARED, TYPED)),
  }
end

--- A declaration, by its name; `entry` declares somebody who is not there yet.
declarations.DECLARE = DECLARE

--- Texts that settings and sets have, too.
declarations.EXTENSIONS, declarations.OUTBOUND = EXTENSIONS, OUTBOUND
declarations.PROPAGATES, declarations.SETS = PROPAGATES, SETS
declarations.WRITERS, declarations.DOMAIN_PATTERNS = WRITERS, DOMAIN_PATTERNS

return declarations
