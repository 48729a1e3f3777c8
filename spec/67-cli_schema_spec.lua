--- What the commands write, held to what `postoffice.cli.schema` says of it: each key and column
-- that comes is documented, each that is documented comes, and so do the exit statuses.
local cli = require "postoffice.cli"
local helper = require "spec.helper"
local json = require "dkjson"
local lists = require "postoffice.lists"
local reference = require "postoffice.policy.language.reference"
local schema = require "postoffice.cli.schema"
local support = require "spec.60-cli_support"

-- ---- What comes --------------------------------------------------------------

local POLICY = [[
settings { types = { "PIPE" } }
domain "a.example" { extension = "+", unwrap = { "EX" } }
domain "r.example" { kind = "relay" }
recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:postmaster@a.example",
  "EX:/o=Org/cn=kim", "CCMAIL:Kim at HQ" } }
recipient "Ann" { proxies = { "SMTP:ann@a.example" }, max_size = 1000000 }
recipient "Pat" { proxies = { "SMTP:pat@a.example" }, target = "CCMAIL:pat@b.example at internet",
  propagate = true, accept = { "Kim" }, reject = { "SMTP:*@spam.example" }, authenticated = true }
recipient "Both" { proxies = { "SMTP:both@a.example" }, targets = { "Kim", "x@far.example" },
  keep = true }
recipient "Gone" { proxies = { "SMTP:gone@a.example" }, refuse = "moved" }
recipient "Gone too" { proxies = { "SMTP:gone2@a.example" }, refuse = true }
list "Team" { proxies = { "SMTP:team@a.example" }, owner = "Kim", members = { "Kim", "Pat" } }
list "Mixed" { proxies = { "SMTP:mixed@a.example" }, members = { "Kim", "Gone" } }
list "Other" { proxies = { "SMTP:other@a.example" }, members = { "Kim" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*", "PIPE:*" } }
connector "spare" { nexthop = "smtp:[192.0.2.2]:25", spaces = { { "SMTP:*", cost = 5 } } }
templates { "SMTP:%m@a.example", "SMTP:%g.%s@a.example", "CCMAIL:%m at HQ" }
test "kim" { to = "kim@a.example", entry = "Kim" }
test "wrong" { to = "kim@a.example", entry = "Pat" }
]]

local SMALL = [[
connector "out" { nexthop = "smtp:[192.0.2.1]:25", max_size = 100,
  spaces = { "SMTP:*@far.example" } }
claim 'every "SMTP:*@near.example" is rejected'
claim 'no address leaves'
]]

local GATE = SMALL .. 'connector "gw" { speaks = "SMTP", nexthop = "g", spaces = { "CCMAIL:*" },'
  .. ' wrap = { domain = "gw.example" } }\n'

local FILES = {
  ["policy.lua"] = POLICY,
  ["good.lua"] = 'domain "a.example" {}\nrecipient "Kim" { proxies = { "SMTP:kim@a.example",'
    .. ' "SMTP:postmaster@a.example" } }\ntest "k" { to = "kim@a.example", entry = "Kim" }\n'
    .. 'templates { "SMTP:%m@a.example" }\n',
  ["small.lua"] = SMALL, ["large.lua"] = SMALL:gsub("= 100", "= 200"),
  ["asking.lua"] = 'connector "c" { nexthop = "x", spaces = { "SMTP:*" } }\n'
    .. 'function on.recipient(a) if ask("q", a.localpart) then return reject("no") end end\n'
    .. "claim 'no address is rejected'\n",
  ["function.lua"] = 'domain "a.example" {}\n'
    .. 'function on.recipient(a) return ask("q", a.localpart) end\n'
    .. "claim 'no local is passed'\n",
  ["asking2.lua"] = 'connector "c" { nexthop = "x", spaces = { "SMTP:*" } }\n\n'
    .. 'function on.recipient(a) if ask("q", a.localpart) then return reject("no") end end\n',
  ["asking3.lua"] = 'connector "c" { nexthop = "x", spaces = { "SMTP:*" } }\n'
    .. 'function on.recipient(a) if not ask("q", "x") then return reject("no") end end\n',
  ["unwrap.lua"] = SMALL .. 'domain "a.example" { unwrap = { "CCMAIL" } }\n',
  ["gate.lua"] = GATE,
  ["wrong.lua"] = 'domain "a.example" {}\nconnector "out" { spaces = { "SMTP:*" } }\n',
  ["bad.lua"] = "domain {",
  ["empty.lua"] = 'list "L" { proxies = { "SMTP:l@a.example" }, members = {} }\n'
    .. 'domain "a.example" {}\n',
  ["people.csv"] = "DisplayName,GivenName,Surname,Alias\nKim,Kim,Lee,kim\nAnn,,,kim\nNo,,,\n",
  ["good.csv"] = "DisplayName,Alias\nAnn,ann\n",
  ["loop.csv"] = "DisplayName,EmailAddresses,target\nA,SMTP:a@a.example,b@a.example\n"
    .. "B,SMTP:b@a.example,a@a.example\n",
  ["virtual"] = "a.example x\nkim@a.example kim@far.example\npat@a.example |cmd\n",
  ["mail.mbox"] = "From x@y Thu Nov 26 10:00:00 2026\nFrom: Kim <kim@a.example>\n"
    .. "To: Team: a@b.example;, oops\n\nhello\n",
  ["bounce.txt"] = "IMCEAEX-_o=Org_cn=kim@a.example\nIMCEAEX-_o=Org_cn=x\n",
  ["bounce2.txt"] = "IMCEAEX-_o=Org_cn=kim@a.example\n",
  ["x500.csv"] = "Alias,legacyExchangeDN\nkim,/o=Org/cn=kim\n",
}

-- By command, arguments, whose files stand in the folder, and what it exits with.
local CASES = {
  parse = {
    { 0, '"Lee, Kim" <@r.example:kim@a.example> (home)', "smtp:k@a.example",
      "=?utf-8?q?J=C3=B6rg?= <j@a.example>" }, { 1, "a b" },
    { 1, "--list", "Team: Kim <a@b.example>;, c@d.example, oops" },
    { 1, "--headers", "mail.mbox" },
  },
  format = { { 0, "--as", "native", "CCMAIL:Kim at HQ" }, { 1, "a b" },
    { 1, "--list", "Kim <a@b.example>, oops" } },
  validate = { { 0, "a@b.example" }, { 1, "a@b..c" } },
  diagnose = { { 0, "user(Kim)@a.example" }, { 1, "a b" } },
  normalize = { { 0, "smtp:User@EXAMPLE.com" }, { 1, "a b" },
    { 1, "--identity", "--policy", "policy.lua", "kim@old.example", "no@a.example" },
    { 78, "--identity", "--policy", "bad.lua", "kim@a.example" } },
  key = { { 0, "a@b.example" }, { 1, "a b" } },
  decapsulate = { { 0, "IMCEACCMAIL-a+20at+20b@c.example" }, { 1, "a@b.example", "a b" } },
  convert = { { 0, "--to", "SMTP", "--domain", "c.example", "CCMAIL:a at b" },
    { 1, "--to", "SMTP", "a b" } },
  route = {
    { 0, "--policy", "policy.lua", "--sender", "kim@a.example", "kim+new@a.example",
      "CCMAIL:x@y.example at internet", "j\195\182rg@far.example", "kim@old.example" },
    { 1, "--policy", "policy.lua", "--sender", "kim@a.example", "--authenticated", "team@a.example",
      "gone@a.example", "no@a.example", "a b", "both@a.example" },
    { 1, "--policy", "policy.lua", "mixed@a.example" },
    { 78, "--policy", "bad.lua", "a@b.example" },
  },
  explain = {
    { 0, "--policy", "policy.lua", "kim@old.example", "x@far.example" },
    { 1, "--policy", "policy.lua", "no@a.example" }, { 78, "--policy", "bad.lua", "a@b.example" },
  },
  resolve = {
    { 0, "--policy", "policy.lua", "--sender", "kim@a.example", "--authenticated", "--size", "10",
      "kim+new@a.example", "pat@a.example", "team@a.example" },
    { 1, "--policy", "policy.lua", "gone@a.example", "no@a.example" },
    { 1, "--policy", "policy.lua", "--as", "SMTP", "EX:/o=Org/cn=kim", "no@a.example" },
    { 78, "--policy", "bad.lua", "a@b.example" },
  },
  rewrite = { { 0, "--policy", "policy.lua", "kim@old.example" },
    { 1, "--policy", "policy.lua", "a b" }, { 78, "--policy", "bad.lua", "a@b.example" } },
  nexthop = {
    { 0, "--policy", "policy.lua", "--sender", "kim@a.example", "x@far.example",
      "CCMAIL:x@y.example at internet" },
    { 1, "--policy", "policy.lua", "a b" }, { 78, "--policy", "bad.lua", "a@b.example" },
  },
  compile = { { 0, "good.lua", "-o", "good.pot" }, { 78, "bad.lua", "-o", "bad.pot" },
    { 74, "good.lua", "-o", "nowhere/x.pot" } },
  test = {
    { 0, "good.lua" }, { 1, "--coverage", "policy.lua" }, { 3, "function.lua" }, { 78, "bad.lua" },
  },
  check = { { 0, "good.lua" }, { 1, "wrong.lua" }, { 78, "bad.lua" } },
  export = { { 0, "policy.lua" }, { 78, "bad.lua" }, { 1, "empty.lua", text = true } },
  graph = { { 0, "policy.lua" }, { 78, "bad.lua" } },
  prove = {
    { 0, "small.lua", 'every "SMTP:*@far.example" leaves by "out" or is rejected or is deferred' },
    { 1, "small.lua" }, { 1, "asking.lua" }, { 78, "bad.lua" }, { 3, "function.lua" },
  },
  diff = {
    { 0, "policy.lua", "policy.lua", input = "kim@a.example\n" },
    { 1, "small.lua", "good.lua", input = "x@far.example\n" },
    { 1, "small.lua", "large.lua", "--log", "tsv", input = "k@b.example\tx@far.example\t150\t0\n" },
    { 1, "gate.lua", "small.lua" }, { 1, "small.lua", "large.lua" },
    { 3, "asking.lua", "asking2.lua" }, { 1, "asking.lua", "asking3.lua" },
    { 1, "unwrap.lua", "small.lua" }, { 78, "policy.lua", "bad.lua" },
    { 1, "policy.lua", "--against", "sed 's/$/\tz@z.example/'", input = "kim@a.example\n" },
  },
  x500 = { { 0, "bounce2.txt" }, { 1, "bounce.txt" }, { 0, "x500.csv" } },
  proxies = { { 0, "--policy", "good.lua", "good.csv" },
    { 1, "--policy", "policy.lua", "people.csv" },
    { 1, "--explain", "--policy", "policy.lua", "people.csv" },
    { 78, "--policy", "bad.lua", "people.csv" } },
  import = {
    { 0, "postfix", "virtual", "--origin", "a.example", "-o", "made.lua" },
    { 1, "csv", "loop.csv", "-o", "made.lua" },
  },
  help = { { 0 }, { 0, "connector.spaces" }, { 2, "nonesuch" } },
}

-- ---- What is documented ------------------------------------------------------

local seen = {}

-- Notes that a documented key came.
local function mark(owner, path)
  seen[owner] = seen[owner] or {}
  seen[owner][path] = true
end

-- The keys of a shape or record and of those that it is like: by path, the type and whose it is.
local function keys_of(owner, keys, like)
  local all = {}
  for _, key in ipairs(keys) do all[key[1]] = { type = key[2], owner = owner } end
  for _, name in ipairs(like or {}) do
    local record = schema.records[name]
    if record then
      for path, key in pairs(keys_of(name, record, record.like)) do all[path] = all[path] or key end
    else
      for _, field in ipairs(reference.find(name).fields) do
        all[field.name] = all[field.name] or { type = field.type, owner = name }
      end
    end
  end
  return all
end

local function is_integer(value) return type(value) == "number" and value % 1 == 0 end

local BASE = {
  any = function() return true end, object = function(it) return type(it) == "table" end,
  integer = is_integer, ["true"] = function(it) return it == true end,
  ["false"] = function(it) return it == false end,
  address = function(it) return type(it) == "string" end,
}
for _, name in ipairs { "string", "number", "boolean" } do
  BASE[name] = function(it) return type(it) == name end
end

local fault_of

-- What is wrong with an object, or nil.
local function fault_of_object(object, keys, prefix)
  if type(object) ~= "table" or #object > 0 then return prefix .. " is no object" end
  for name, value in pairs(object) do
    local path = prefix .. name
    local key = keys[path]
    if not key then return path .. " is not documented" end
    mark(key.owner, path)
    local fault = fault_of(value, key.type, keys, path)
    if fault then return fault end
  end
end

local function fault_of_list(list, type_name, keys, path)
  if type(list) ~= "table" or next(list) ~= nil and #list == 0 then return path .. " is no list" end
  for _, item in ipairs(list) do
    local fault = fault_of(item, type_name, keys, path .. "[]")
    if fault then return fault end
  end
end

-- What is wrong with a value that is documented to be of a type, or nil.
function fault_of(value, type_name, keys, path)
  if type_name:find(" | ", 1, true) then
    for one in type_name:gmatch "[^|%s]+" do
      if not fault_of(value, one, keys, path) then return nil end
    end
    return path .. " is no " .. type_name
  end
  if type_name:find '^"' then type_name = "string" end
  local item = type_name:match "^(.*)%[%]$"
  if item then return fault_of_list(value, item, keys, path) end
  if type_name == "object" then return fault_of_object(value, keys, path .. ".") end
  if BASE[type_name] then
    return not BASE[type_name](value) and path .. " is no " .. type_name or nil
  end
  return fault_of_object(value, keys_of(type_name, {}, { type_name }), "")
end

-- What is wrong with a line of JSON of a command, by each of its shapes; nil if one or more fit.
local function fault_of_line(command, object)
  local faults, fits = {}, false
  for i, shape in ipairs(schema.commands[command].objects) do
    local before = seen
    seen = {}
    local fault = fault_of_object(object, keys_of(command .. i, shape.keys, shape.like), "")
    local now = seen
    seen = before
    if not fault then
      for owner, paths in pairs(now) do
        for path in pairs(paths) do mark(owner, path) end
      end
      fits = true
    end
    faults[#faults + 1] = fault
  end
  return not fits and table.concat(faults, "; ") or nil
end

-- ---- The commands ------------------------------------------------------------

local folder = os.tmpname()

local function in_folder(word)
  local is_made = word:find "^made%." or word:find "%.pot$"
  return (FILES[word] or is_made) and folder .. "/" .. word or word
end

local function run(command, case, ...)
  local arguments = { command, ... }
  for _, word in ipairs(case) do
    if type(word) == "string" then arguments[#arguments + 1] = in_folder(word) end
  end
  return support.run(arguments, { input = case.input })
end

-- Whether the options that ask for a shape of rows were given.
local function is_for(shape, case)
  return not shape.when or lists.contains(case, shape.when)
end

-- The columns of the rows that a case is for: the last of those that fit.
local function columns_for(command, case)
  local columns
  for _, shape in ipairs(schema.commands[command].rows or {}) do
    if is_for(shape, case) then columns = shape.columns end
  end
  return columns
end

-- The columns of rows that begin with a sign of their own, or else those of others.
local function columns_of(row, command, others)
  for _, shape in ipairs(schema.commands[command].rows) do
    if shape.sign and row:match "^[^\t]*" == shape.sign then return shape.columns end
  end
  return others
end

local function count_of(row) return select(2, row:gsub("\t", "")) + 1 end

describe("the schema", function()
  lazy_setup(function()
    os.remove(folder)
    helper.run("mkdir -p " .. folder)
    for name, text in pairs(FILES) do helper.write(folder .. "/" .. name, text) end
  end)

  lazy_teardown(function() helper.run("rm -r " .. folder) end)

  it("has every command, and every command writes JSON", function()
    for _, command in ipairs(cli.commands) do
      local help = select(2, support.run { command.name, "--help" })
      assert.truthy(schema.commands[command.name], command.name)
      if not schema.commands[command.name].logs then assert.matches("--json", help, 1, true) end
      assert.matches("Exit status:\n  0 ", help, 1, true)
    end
  end)

  for _, command in ipairs(lists.keys(CASES)) do
    it("is what " .. command .. " --json writes, and what it exits with", function()
      local statuses = {}
      for _, case in ipairs(CASES[command]) do
        local status, output, errors = run(command, case, not case.text and "--json" or nil)
        assert.equal(case[1], status, command .. ": " .. errors)
        statuses[status] = true
        for line in (case.text and "" or output):gmatch "[^\n]+" do
          local object, _, message = json.decode(line)
          assert.is_nil(message, line)
          assert.is_nil(fault_of_line(command, object), line)
        end
      end
      if command == "import" then statuses[78] = true end -- by a mistake of ours alone
      for status in pairs(schema.commands[command].statuses) do
        assert.is_true(statuses[status], ("%s never exits with %d"):format(command, status))
      end
    end)

    it("is what the rows of " .. command .. " have", function()
      for _, case in ipairs(CASES[command]) do
        local usual = columns_for(command, case)
        local _, output = run(command, case)
        for row in (usual and output or ""):gmatch "[^\n]+" do
          local columns = columns_of(row, command, usual)
          local most = #columns
          local least = columns[most].optional and most - 1 or most
          assert.is_true(count_of(row) >= least and count_of(row) <= most, row)
        end
      end
    end)
  end

  it("documents no key that no command writes", function()
    local missing, never = {}, {
      ["delivery also"] = true, -- of many recipients of one message
    }
    local function look(owner, keys)
      for _, key in ipairs(keys) do
        local path = key[1] or key.name
        local is_missing = not (seen[owner] or {})[path] and not never[owner .. " " .. path]
        if is_missing then missing[#missing + 1] = owner .. " " .. path end
      end
    end
    for name, command in pairs(schema.commands) do
      local is_elsewhere = command.logs or name == "publish" -- see spec/host
      for i, shape in ipairs(is_elsewhere and {} or command.objects) do
        look(name .. i, shape.keys)
      end
    end
    for name, keys in pairs(schema.records) do look(name, keys) end
    for _, name in ipairs { "delivery", "hop", "alternative" } do
      look(name, reference.find(name).fields)
    end
    table.sort(missing)
    assert.same({}, missing)
  end)
end)
