--- What work must not grow by more than it has to do: `{ { of=, name=, grows=, make= }, ... }`, where
-- `make(size)` returns a function that does the work for so much.  "linear": by the size of what is
-- read; "constant": the same for each question, however much there is to look it up among.
local delimiters = require "spec.delimiters"
local csv = require "postoffice.text.csv"
local exchange = require "postoffice.exchange"
local formats = require "postoffice.text.formats"
local generate = require "spec.generate"
local input = require "postoffice.cli.input"
local joined = require "postoffice.text.joined"
local localpart = require "postoffice.localpart"
local policy = require "postoffice.policy"
local postmap = require "postoffice.text.postmap"
local postoffice = require "postoffice"
local routes = require "postoffice.routes"
local sets = require "postoffice.policy.pattern.sets"
local support = require "spec.60-cli_support"
require "postoffice.types"

local cases = { SIZES = { 480, 1920 } }

local function add(of, grows, name, make)
  cases[#cases + 1] = { of = of, grows = grows, name = name, make = make }
end

-- Work on a text made of so many units.
local function texts(of, units, work)
  for _, unit in ipairs(units) do
    add(of, "linear", ("%q"):format(unit), function(size)
      local text = unit:rep(size)
      return function() work(text) end
    end)
  end
end

local CSV = {
  "a,b\n", '"', '""\n', '"\n', "a\r", ",", "\n", '",', "a,", 'a"', "x\n", ";a", " ", "% ", "\\",
  "X400:", "a@b;", "a:",
}
local POSTMAP = { "a ", " ", '"', '""', "\\", "a\n", " \n", " a\n", ",", "#\n", "a:b\n" }
local EXPORTS = {
  "a", "a,", '"', '""', "a\n", "\n", " ", "a@b ", "smtp:a@b;", "\\", "%", "{", "mail: a\n", "\n ",
  "member: x\n", "\0", "\255", '"a,b"\n',
}
local HEADS = {
  csv = "Name,mail,target,accept\n", ldif = "dn: x\n", aliases = "", virtual = "",
  recipients = "DisplayName,EmailAddresses,AcceptMessagesOnlyFrom\n",
  exchange55 = "Obj-Class,E-mail Addresses,Members\n",
}

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- ---- Addresses and lists ------------------------------------------------------------------------

local function add_addresses(type)
  for _, beginning in ipairs(delimiters.beginnings[type]) do
    texts(("an address of %s that begins with %q"):format(type, beginning), delimiters.of[type],
      function(text)
        postoffice.parse(beginning .. text, { type = type, notation = "native", unknown = true })
        postoffice.parse(text .. "@b", { type = type, unknown = true })
        postoffice.parse("[" .. type .. ":" .. beginning .. text .. "]", { unknown = true })
      end)
  end
end

for _, type in ipairs(generate.TYPES) do add_addresses(type) end
for _, type in ipairs(generate.DEFINED) do add_addresses(type) end

for _, profile in ipairs { "header", "lenient" } do
  texts("a list in the profile " .. profile, delimiters.entries, function(text)
    postoffice.parse_list(text, { profile = profile })
    postoffice.parse_list('",' .. text .. ">", { profile = profile })
    postoffice.parse_list("A:" .. text .. ";", { profile = profile })
  end)
end

-- These cost much for each byte, so that a quarter shows as much.
local function quarter(text) return text:sub(1, math.floor(#text / 4)) end

texts("source routes", { "a!", "@a:", "%a", "[", "[]", '"', "@a,", "u%" }, function(text)
  routes.read(quarter(text))
  routes.read(quarter(text) .. "u@b")
end)

texts("bounces", { "imcea", "imceaex-", "imceaex-a\n", "imceaex-%3d=", "<imceaex-a@" },
  function(text) exchange.x500_from_imceaex(quarter(text)) end)

texts("local parts", { "a", "+", "-", "=", "srs0=", "+srs0=", "prvs=", "owner-" }, function(text)
  localpart.peel(text .. "@b.example")
end)

for _, prefix in ipairs { "smtp", "SMTP" } do
  add("proxies that are added", "linear", prefix, function(size)
    return function()
      local set = exchange.proxies {}
      for i = 1, math.floor(size / 4) do assert(set:add(("%s:k%d@a.example"):format(prefix, i))) end
    end
  end)
end

-- ---- Files --------------------------------------------------------------------------------------

-- What returns a text as one block.
local function whole(text)
  return function()
    local block = text
    text = nil
    return block
  end
end

texts("CSV", CSV, function(text)
  local reader = csv.open(text)
  while reader and reader:read {} do end -- luacheck: ignore 542
end)

texts("joined values", CSV, function(text)
  joined.split(text, {})
  joined.split_exchange55(text, {})
  joined.split_names("org/a" .. text, {})
end)

for _, syntax in ipairs(sorted_keys(postmap.SYNTAXES)) do
  texts("the map " .. syntax, POSTMAP, function(text)
    local reader = postmap.open(whole(text), syntax)
    local key, value = reader:read()
    while key or value do
      postmap.split(value)
      key, value = reader:read()
    end
  end)
end

for _, format in ipairs(sorted_keys(HEADS)) do
  texts("the format " .. format, EXPORTS, function(text)
    formats.each(format, {
      file = "f", domain = "d.example", blocks = whole(HEADS[format] .. text),
    }, function() end, function() return true end)
  end)
end

add("what the command reads", "linear", "a line without end", function(size)
  return function()
    local stream, left = support.stream "", size
    function stream.read(_, length)
      left = left - 1
      return left >= 0 and ("x"):rep(length) or nil
    end
    for _ in input.records(stream, "\n", 64) do end -- luacheck: ignore 542
  end
end)

-- ---- Policies -----------------------------------------------------------------------------------

-- A policy of lines that are made by their number.
local function loaded(size, line, rest, options)
  local parts = { rest }
  for i = 1, size do parts[i + 1] = line:gsub("%%d", i) end
  options = options or {}
  options.chunkname, options.memory = "@policy.lua", 256 * 2 ^ 20
  options.load_milliseconds, options.load_instructions = 600000, 1e9
  options.milliseconds, options.instructions = 600000, 1e9
  return assert(policy.load(table.concat(parts, "\n"), options))
end

add("a rule", "constant", "that is looked up among so many", function(size)
  local p = loaded(size, 'rewrite "SMTP:{u}@d%d.example" { to = "SMTP:{u}@n%d.example" }',
    'connector "out" { spaces = { "SMTP:*" } }')
  return function()
    for i = 1, 100 do
      local rule = i * 7 % size + 1
      local delivery = p:route(("joe@D%d.example"):format(rule))[1]
      assert(delivery.address.domain == ("n%d.example"):format(rule))
    end
  end
end)

add("a set", "constant", "that is asked, of so many patterns", function(size)
  local KINDS = { "SMTP:*@h%d.example", "SMTP:*@*.h%d.example", "SMTP:u%d@far.example",
    "SMTP:list-*@h%d.example", "SMTP:*-%d-*@far.example", "X400:c=us;a=x;s=*%d?;..." }
  local set, addresses = sets.new(), {}
  for i = 1, size do assert(sets.add(set, (KINDS[i % #KINDS + 1]:format(i)))) end
  sets.finish(set)
  for i = 1, 100 do
    local first = i * #KINDS % size
    for kind, text in pairs { [3] = "list-a@h%d.example", [4] = "a-%d-b@far.example",
      [5] = "X400:c=us;a=x;s=Lee%d9;g=Kim" } do
      addresses[#addresses + 1] = postoffice.parse(text:format(first + kind))
    end
  end
  return function()
    for _, address in ipairs(addresses) do assert(sets.find(set, address)) end
  end
end)

-- A proof costs much for each pattern and each person.
local function few(size) return math.floor(size / 12) end

-- What is proven of a policy, which has to be decided.
local function proves(p, claim)
  local answer = assert(p:prove(claim, { seconds = 600 }))
  assert(answer.outcome == "holds", claim)
end

add("a proof", "linear", "about a set of so many patterns", function(size)
  local rows = {}
  for i = 1, few(size) do
    rows[i] = ("SMTP:%s@p%d.example\n"):format(i % 2 == 0 and "*" or "u" .. i, i)
  end
  local p = loaded(1, [[
set "partners" { file = "partners" }
connector "line" { senders = "partners", spaces = { "SMTP:*" } }]], "",
    { read = function() return table.concat(rows) end })
  return function() proves(p, 'no address leaves by "line" unless from set "partners"') end
end)

for _, pattern in ipairs {
  "*@p%d.example", "*@*.p%d.example", "u%d@p.example", "*-u%d@*", "*u%d*@p.example",
  "u%d*x@p.example", "u%d@mail.p%d.*",
} do
  add("a proof", "linear", "about a set of so many of " .. pattern, function(size)
    local rows = {}
    for i = 1, size do rows[i] = "SMTP:" .. pattern:format(i, i) .. "\n" end
    local p = loaded(1, [[
domain "our.example" {}
set "blocked" { file = "blocked" }
recipient "joe" { proxies = { "SMTP:joe@our.example" }, reject = "blocked" }]], "",
      { read = function() return table.concat(rows) end })
    return function() proves(p, 'no address from "SMTP:x@p1.example" makes over 1 deliveries') end
  end)
end

for _, pattern in ipairs { "*@*.p%d.example", "u%d@p.example", "*-u%d@p.far", "*@p1.far" } do
  add("a check", "linear", "of a set of so many of " .. pattern, function(size)
    local rows = { "SMTP:*@*.example\n" }
    for i = 1, math.floor(size / 4) do rows[i + 1] = "SMTP:" .. pattern:format(i) .. "\n" end
    local p = loaded(1, [[
set "blocked" { file = "blocked" }
connector "out" { nexthop = "n", spaces = { "SMTP:*" }, senders = "blocked" }]], "",
      { read = function() return table.concat(rows) end })
    return function() p:check() end
  end)
end

for _, rest in ipairs {
  'domain "d%d.example" {}', 'rewrite "SMTP:{u}@d%d.example" { to = "SMTP:{u}@e.far" }',
} do
  add("a check", "linear", "of so many connectors with limits, each beside " .. rest, function(size)
    local parts = {}
    for i = 1, few(size) do
      parts[i] = ('connector "c%d" { max_size = %d, spaces = { "SMTP:*@d%d.example" } }\n'):format(
        i, i, i) .. rest:format(i)
    end
    local p = loaded(0, "", table.concat(parts, "\n"))
    return function() p:check() end
  end)
end

add("a proof", "linear", "about a directory of so many people with targets", function(size)
  local rows = { "Name,mail,target\n" }
  local row = "n%d,u%d@our.example,u%d@far.example\n"
  for i = 1, few(size) do rows[i + 1] = row:format(i, i, i) end
  local p = loaded(1, [[
domain "our.example" {}
directory "people" { file = "people", format = "csv" }
connector "out" { spaces = { "SMTP:*" } }]], "",
    { read = function() return table.concat(rows) end })
  return function()
    proves(p, 'every "SMTP:*@our.example" is delivered here or is rejected unless by recipient')
  end
end)

-- A directory of so many people of all kinds, and a list of all of them.
local function staff(size)
  local parts, members = {}, {}
  for i = 1, size do
    members[i] = ('"p%d"'):format(i)
    parts[i] = ([[recipient "p%d" { proxies = { "SMTP:u%d@our.example", "smtp:v%d@old.example",
      "X400:c=us;a=x;p=y;s=u%d" }%s }]]):format(i, i, i, i, i % 3 == 0
      and (', target = "SMTP:u%d@far.example", keep = %s'):format(i, tostring(i % 2 == 0)) or "")
  end
  parts[#parts + 1] = ([[list "all" { proxies = { "SMTP:all@our.example" }, owner = "p1",
    members = { %s },
    accept = { "p2", "SMTP:*@our.example" } }]]):format(table.concat(
    members, ","))
  return loaded(0, "", [[domain "our.example" {}
domain "old.example" {}
connector "far" { spaces = { "SMTP:*@far.example" } }
connector "out" { spaces = { "SMTP:*" } }
]] .. table.concat(parts, "\n"))
end

for _, claim in ipairs {
  "every recipient is delivered or is rejected or is deferred",
  'no recipient leaves by "out"',
  "every list is delivered or is rejected or is deferred",
} do
  add("a proof", "linear", claim .. ", of so many people", function(size)
    local p = staff(few(size))
    return function() proves(p, claim) end
  end)
end

-- Each of them may be down.
add("a proof", "linear", "about a list whose members go by so many connectors", function(size)
  local parts, members = {}, {}
  for i = 1, few(size) do
    members[i] = ('"SMTP:u@d%d.example"'):format(i)
    parts[i] = ('connector "c%d" { spaces = { "SMTP:*@d%d.example" } }'):format(i, i)
  end
  local p = loaded(0, "", ([[%s
    list "all" { proxies = { "SMTP:all@our.example" }, members = { %s } }]]):format(
    table.concat(parts, "\n"), table.concat(members, ",")))
  return function() proves(p, "every list is delivered or is deferred or is rejected") end
end)

add("mail.matches", "constant", "with so many patterns", function(size)
  local p = loaded(1, ([[
function on.recipient(a)
  for i = 1, 1000 do mail.matches(a, "SMTP:{u}@d" .. i %% %d .. ".example") end
end]]):format(math.floor(size / 4)), "")
  p:route "joe@far.example"
  return function() assert(p:route("joe@far.example")[1].code == "route-missing") end
end)

add("recipients that wait for an answer", "linear", "so many at once", function(size)
  return function()
    local p = loaded(1, [[
domain "here.example" {}
function on.recipient(address) return ask("crm", address.localpart) end]], "",
      { ask = { crm = function() return coroutine.yield() end } })
    for i = 1, size do
      local route = coroutine.wrap(function() return p:route(("u%d@here.example"):format(i)) end)
      assert(route() == nil)
    end
    p:close()
  end
end)

return cases
