--- Whatever a script, a host's callback or an envelope holds: policies answer with data.
-- Each value of a long table of odd ones is put into every place that takes one.
local helper = require "spec.helper"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local visible = require "postoffice.text.visible".all

-- Values as a script writes them.
local ODD = {
  "nil", "true", "false", "0", "-1", "1.5", "1/0", "-1/0", "0/0", "2^53", "-2^63", '""', '" "',
  '"x"', '"12"', '"@"', '"*"', '"a@far.example"', '"\\0"', '"\\r\\n"', '"\\27[2J"', '"\\255\\254"',
  '"%s%d"', '"{u}"', '"SMTP:*"', '"SMTP:"', '"TELEX:1"', '"NONE:x"', '"[ccmail:x at HQ]"', '"<>"',
  '("x"):rep(5000)', '("a@b.example,"):rep(500)', "function() end", "print", "mail", "on",
  "{}", "{ {} }", "{ 1 }", "{ true }", "{ false }", '{ "x" }', '{ "a@far.example" }',
  '{ "a@far.example", 1 }', '{ "a@far.example", { } }', '{ nil, "a@far.example" }',
  '{ [2] = "a@far.example" }', '{ [-1] = 1, [0.5] = 2, [true] = 3 }', '{ "x", user = "y" }',
  '{ user = true }', '{ u = {} }', '{ u = "x" }', '{ u = 1 }', '{ u = "\\r\\n" }',
  '{ u = function() end }', '{ type = "TELEX" }', '{ type = "TELEX", value = "*", [1] = "*" }',
  '{ type = "TELEX", value = {} }', '{ type = true }', '{ type = {} }', '{ type = "SMTP" }',
  '{ type = "" }', '{ type = "none" }', '{ type = "SMTP", localpart = true, domain = "x" }',
  '{ type = "SMTP", localpart = "a", domain = {} }', '{ type = "SMTP", localpart = "a\\n" }',
  '{ type = "SMTP", localpart = "a", domain = "far.example", display_name = {} }',
  '{ type = "SMTP", localpart = "a", domain = "far.example", [1] = "x" }',
  '{ type = "SMTP", localpart = "a", domain = "far.example", primary = "x" }',
  '{ type = "CCMAIL", mailbox = "x" }', '{ type = "CCMAIL", mailbox = 1, postoffice = 2 }',
  '{ type = "X400", dda1_type = "RFC-822" }', '{ type = "SMTP", domain = "*", user = "*" }',
  '{ verdict = "deliver" }', '{ verdict = "reject" }', '{ verdict = {} }',
  '{ verdict = "reject", code = true }', '{ verdict = "defer", status = "9.9.9" }',
  '{ verdict = "pass", message = {} }', '{ verdict = "reject", message = "a\\nb" }',
  "reject()", "reject({})", "reject(1, 2, 3)", 'reject("no", "5.7.1", "code")', "{ reject() }",
  '{ reject(), "a@far.example" }', 'defer("\\r\\n")', "pass()", "pass({}, {})",
  'mail.parse "a@far.example"', '{ mail.parse "a@far.example", mail.parse "FAX:1" }',
  "(function() local t = {} for i = 1, 40 do t = { t } end return t end)()",
  "(function() local t = {} t.t = t return t end)()",
  "(function() local t = {} for i = 1, 3000 do t[i] = i .. '@far.example' end return t end)()",
  "error 'odd'", "error({})", "error()", "nil + 1", "ask('crm', {})", "ask()", "ask({}, nil)",
  "ask('crm')", "ask('crm', print)", "ask(('x'):rep(70000), 1)", "ask(1/0, 0/0)",
  "(function() while true do end end)()",
  "(function() local s = 'x' while true do s = s .. s end end)()",
}

-- Values that only a host can have.
local function raise() error "odd" end
local raising = setmetatable({}, {
  __index = raise, __tostring = raise, __pairs = raise, __len = raise, __eq = raise, __call = raise,
})
local cycle = {}
cycle.cycle = cycle
local deep = {}
for _ = 1, 40 do deep = { deep } end
local HOST = {
  true, false, 0, -1, 1 / 0, 0 / 0, "", "x", "a@far.example", "\0\r\n\27", ("x"):rep(5000),
  raise,
  io.stdout, coroutine.create(raise), raising, cycle, deep, {}, { 1 }, { "x" }, { {} }, { raise },
  { [io.stdout] = 1 }, { [1 / 0] = 1 }, { type = "SMTP" }, { type = true }, { type = raising },
  { type = "SMTP", localpart = true, domain = "x" }, { type = "SMTP", localpart = raise },
  { type = "TELEX", value = {} }, { verdict = "reject", message = {} }, { raising },
}

local VERDICTS = { deliver = true, reject = true, defer = true, pass = true }

local LINES = { "detail", "message", "code", "status", "connector", "nexthop", "entry", "rule" }

-- What every delivery holds, whatever led to it.
local function holds(delivery, where)
  for _, name in ipairs(LINES) do
    local text = delivery[name]
    if text ~= nil then assert.equal(visible(text), text, name .. where) end
  end
  assert.is_true(VERDICTS[delivery.verdict], where)
  assert.is_string(delivery.recipient, where)
  assert.is_string(delivery.revision, where)
  if delivery.verdict == "deliver" then
    assert.is_table(delivery.address, where)
    assert.is_true(delivery.connector ~= nil or delivery.entry ~= nil, where)
  elseif delivery.verdict ~= "pass" then
    assert.is_string(delivery.code, where)
    assert.is_string(delivery.message, where)
    assert.truthy(delivery.status:find(delivery.verdict == "defer" and "^4%." or "^5%."), where)
  end
end

local function answers(p, to, envelope, where)
  local deliveries = p:route(to, envelope)
  assert.is_true(#deliveries > 0, where)
  for _, delivery in ipairs(deliveries) do holds(delivery, where) end
  assert.is_string(tostring(p:explain(to, envelope)), where)
  assert.is_table(p:resolve(to, nil, envelope), where)
  p:resolve(to, { as = "SMTP" }, envelope)
  p:rewrite(to, envelope)
  p:nexthop(to, envelope)
end

local QUICK = {
  memory = 2 ^ 21, instructions = 20000, load_instructions = 200000, milliseconds = 1e6,
  load_milliseconds = 1e6, read = function() return "Mail,odd\nodd@here.example,\n" end,
}

local function with(options)
  local all = {}
  for name, value in pairs(QUICK) do all[name] = value end
  for name, value in pairs(options or {}) do all[name] = value end
  return all
end

-- Loads a source and does with it all that can be done.
local function survives(source, options, envelope)
  local p, message, code = policy.load(source, with(options))
  if not p then
    assert.is_string(message, source)
    assert.is_string(code, source)
    return false
  end
  for _, to in ipairs { "u@here.example", "kim@old.example", "CCMAIL:x at HQ" } do
    answers(p, to, envelope, source)
  end
  assert.is_string(tostring(p:test()), source)
  for _, finding in ipairs(p:check()) do assert.is_string(tostring(finding), source) end
  assert.is_string(p:graph(), source)
  p:close()
  return true
end

local BASE = [[
domain "here.example" {}
connector "out" { nexthop = "n", spaces = { "SMTP:*", "CCMAIL:*" } }
recipient "U" { proxies = { "SMTP:u@here.example" } }
test "u" { to = "u@here.example", entry = "U" }
test "kim" { to = "kim@old.example", asks = { crm = {} }, verdict = "deliver" }
]]

describe("a policy answers #host", function()
  local HOOKS = {
    "function on.recipient(address, envelope) return %s end",
    "function on.route(route, envelope) return %s end",
    "function on.delivery(delivery, envelope) return %s end",
    "rewrite { match = function(address) return %s end, to = 'SMTP:x@far.example' }",
    "rewrite { match = function(address) return %s end,"
      .. " to = function(a, captures) return captures.u or 'SMTP:x@far.example' end }",
    "rewrite 'SMTP:{u}@old.example' { to = function(address, captures) return %s end }",
    "rewrite 'SMTP:{u}@{d}' { again = true, to = function(address, captures) return %s end }",
    "function on.delivery(delivery) delivery.address = %s return delivery end",
    "function on.recipient(address) address.localpart = %s return address end",
    "function on.recipient(address) return { address, %s } end",
    "function on.recipient(address) local v = mail.parse(%s) return v end",
    "function on.recipient(address) local v = mail.format(%s) return v end",
    "function on.recipient(address) local v = mail.matches(address, %s) return v end",
    "function on.recipient(address) local v = mail.matches(%s, 'SMTP:{all}') return v end",
    "set 's' { 'SMTP:*' } function on.recipient() local v = mail.in_set(%s, 's') return v end",
    "function on.recipient(address) local v = mail.in_set(address, %s) return v end",
    "function on.recipient() local v, l = mail.localpart(%s) return v end",
    "function on.recipient(address) local v = mail.localpart(address, %s) return v end",
    "function on.recipient(a) local v = mail.localpart(a, { profiles = %s }) return v end",
    "function on.recipient(a) local v = mail.localpart(a, { delimiters = %s }) return v end",
    "function on.recipient() local v = mail.date(%s) return v end",
    "function on.recipient(address) return reject(%s) end",
    "function on.recipient(address) return reject('no', %s) end",
    "function on.recipient(address) return defer('no', '4.7.1', %s) end",
  }
  for _, hook in ipairs(HOOKS) do
    it("whatever comes of " .. hook, function()
      for _, value in ipairs(helper.some(ODD)) do
        assert.is_true(survives(BASE .. hook:format(value)), value)
      end
    end)
  end

  it("whatever a script does while it loads", function()
    for _, value in ipairs(helper.some(ODD)) do
      survives(BASE .. "local v = " .. value)
      survives(BASE .. "include(" .. value .. ")")
      survives(BASE .. "on.recipient = " .. value)
      survives(BASE .. "on[" .. value .. "] = function() end")
      survives("domain(" .. value .. ")")
      survives("domain(" .. value .. ", " .. value .. ")")
    end
  end)

  -- A good name of each word, which for most is any.
  local NAMED = setmetatable({
    domain = '"odd.example"', rewrite = '"SMTP:{u}@old.example"',
    rewrite_sender = '"SMTP:{u}@old.example"',
  }, { __index = function() return '"odd"' end })

  -- What a word needs of which no field alone is required.
  local NEEDS = { set = 'patterns = { "SMTP:*@a.example" }' }

  -- Each word with the fields that it needs, and one that is odd.
  for name, word in pairs(language.words) do
    it("whatever stands in a field of " .. name, function()
      local loaded, tried = 0, 0
      for turn, field in ipairs(lists.keys(word.fields)) do
        for _, value in ipairs(helper.some(ODD, turn)) do
          tried = tried + 1
          local fields = { field ~= "patterns" and NEEDS[name] or nil }
          for other, known in pairs(word.fields) do
            if known.required and other ~= field then
              fields[#fields + 1] = other .. " = " .. known.example
            end
          end
          if name == "set" and field ~= "patterns" then
            fields[#fields + 1] = 'patterns = { "SMTP:*" }' -- one of these and of file is needed
          end
          fields[#fields + 1] = field .. " = " .. value
          local title = word.name and not word.optional_name and NAMED[name] or ""
          if name == "rewrite" and field ~= "match" then title = NAMED[name] end
          local base = name == "test" and BASE:gsub("test.*", "") or BASE
          if survives(("%s%s %s { %s }"):format(base, name, title, table.concat(fields, ", "))) then
            loaded = loaded + 1
          end
        end
      end
      assert.is_true(loaded > 0 or tried < #ODD)
    end)
  end

  it("in one line that nothing acts on, whatever a script says", function()
    local p = assert(policy.load([[
domain "here.example" {}
recipient "Gone" { proxies = { "SMTP:gone@here.example" }, refuse = "moved\r\n250 ok\27[2J" }
function on.recipient(address)
  if address.localpart == "gone" then return end
  return ask("crm", address.localpart) or error(address.localpart)
end
]], { ask = { crm = function(key)
      local texts = { lf = "a\nb", cr = "a\r\nb", esc = "\27]0;x\7", nul = "a\0b", del = "\127",
        c1 = "\194\155", csi = "\155", ls = "\226\128\168", bidi = "\226\128\174",
        isolate = "\226\129\166", arabic = "\216\156", cut = "\226\128" }
      return nil, texts[key]
    end } }))
    for to, expected in pairs {
      lf = "a\\nb", cr = "a\\r\\nb", esc = "\\x1b]0;x\\x07", del = "\\x7f", c1 = "\\xc2\\x9b",
      csi = "\\x9b", ls = "\\xe2\\x80\\xa8", bidi = "\\xe2\\x80\\xae", isolate = "\\xe2\\x81\\xa6",
      arabic = "\\xd8\\x9c", cut = "\\xe2\\x80", gone = "moved\\r\\n250 ok\\x1b[2J",
    } do
      local delivery = p:route(to .. "@here.example")[1]
      holds(delivery, to)
      local told = delivery.detail or delivery.message
      assert.equal(expected, (told:gsub("^policy:5: ", "")))
      local text = tostring(p:explain(to .. "@here.example"))
      assert.equal(text, (text:gsub("[^\n]+", visible)))
    end
    holds(p:route("nul@here.example")[1], "nul")
  end)

  it("without names and next hops that act on a terminal or a table", function()
    for _, source in ipairs {
      'connector "a\\nb" { spaces = { "SMTP:*" } }',
      'recipient "\\27" { proxies = { "a@b.example" } }',
      'connector "a" { nexthop = "x\\r\\ny", spaces = { "SMTP:*" } }',
      'connector "a" { reaches = "x\\226\\128\\174", spaces = { "SMTP:*" } }',
    } do
      local p, message, code = policy.load(source)
      assert.same({ [2] = "policy-invalid" }, { p, code })
      assert.truthy(message:find("has a control character", 1, true), message)
      assert.equal(message, visible(message))
    end
    assert(policy.load 'connector "Bj\195\182rn" { nexthop = "\226\130\172", spaces = {"SMTP:*"} }')
  end)

  it("whatever a host answers", function()
    local source = BASE .. [[
function on.recipient(address) return ask("crm", address.localpart) end
rewrite "SMTP:{u}@old.example" { to = function(_, captures) return ask("crm", captures.u) end }
function on.delivery(delivery) return ask("crm", "d") end
]]
    local function every(...)
      local values = { ... }
      return function() return values[1], values[2], values[3] end
    end
    for i, value in ipairs(HOST) do
      for _, ask in ipairs {
        { crm = every(value) }, { crm = every(nil, value) }, every(value), every(nil, value),
        { crm = function() error(value) end }, { crm = { u = value, kim = value } },
        { crm = value }, value, { crm = { ask = every(value), ttl = 1e9 } },
        { crm = { many = every(value), negative_ttl = 1e9 } },
        { crm = { many = every({ u = value }, value) } },
        { crm = setmetatable({ many = every({}, { u = value }) }, getmetatable(raising)) },
      } do
        local kind = type(ask)
        if kind == "table" or kind == "function" then
          local ok, result = pcall(survives, source, { ask = ask })
          if ok then assert.is_true(result, i) end
          -- a question that nothing can answer is the host's mistake, which is told at once
          if not ok then assert.matches("option ask, question ", tostring(result), 1, true) end
        end
      end
    end
    assert.is_true(survives(source, { ask = raising }))
  end)

  it("whatever an include callback answers, raises, or waits for", function()
    local source = BASE .. 'include "more.lua"'
    for _, value in ipairs(HOST) do
      survives(source, { include = function() return value end })
      survives(source, { include = function() return value, value end })
      survives(source, { include = function() return nil, value end })
      survives(source, { include = function() return "return 1", value end })
      survives(source, { include = function() error(value) end })
    end
    assert.is_false(survives(source, { include = function() error() end }))
    local loaded, message, code = coroutine.wrap(function()
      return policy.load(source, { include = function() return coroutine.yield() end })
    end)()
    assert.is_nil(loaded)
    assert.equal("policy-invalid", code)
    assert.truthy(message:find("include", 1, true), message)
  end)

  it("whatever a read callback answers or raises", function()
    local source = BASE .. 'directory "staff" { file = "staff.csv" }'
    assert.is_true(survives(source))
    for _, value in ipairs(HOST) do
      for _, read in ipairs {
        function() return value end, function() return nil, value end,
        function() return nil, value, value end, function() error(value) end,
      } do
        assert.is_false(survives(source, { read = read }))
      end
    end
  end)

  it("for whatever recipient there is", function()
    local p = assert(policy.load(BASE .. [[
function on.recipient(address) if address.type == "FAX" then return reject() end end]]))
    for _, value in ipairs(HOST) do
      local is_class = rawequal(value, raising) -- the host's own __index raises
      if type(value) == "string" or type(value) == "table" and not is_class then
        for _, to in ipairs { { value }, { value, "u@here.example" }, { "u@b.example", value } } do
          local deliveries = p:route(to)
          assert.equal(#to, #deliveries)
          for _, delivery in ipairs(deliveries) do holds(delivery, "recipient") end
        end
      end
    end
  end)

  it("or says that the envelope is to blame, whatever stands in it", function()
    local names = { "sender", "may_relay", "authenticated", "arrived_by", "down", "size", "now",
      "client", "context", "odd" }
    for _, script in ipairs { "", "function on.delivery(delivery, e) return nil end" } do
      local p = assert(policy.load(BASE .. script))
      for _, name in ipairs(names) do
        for _, value in ipairs(HOST) do
          if not rawequal(value, raising) then
            for _, call in ipairs { p.route, p.explain, p.nexthop, p.rewrite } do
              local ok, result = pcall(call, p, "u@here.example", { [name] = value })
              assert.truthy(ok or result:find("envelope: " .. name, 1, true)
                or result:find("envelope: unknown field", 1, true), tostring(result))
              if ok and call == p.route then holds(result[1], name) end
            end
          end
        end
      end
    end
  end)

  it("what keeps a policy from loading in one line, whatever the script or the compiler quotes",
    function()
      for _, source in ipairs {
        "error '\\27[2J\\r\\nrevision x is live'", "x = '\27[2J\\", "error '\\226\\128\\174\\155'",
        "error(('\\r\\n'):rep(9))", "local t = nil t['\27\r'].x()", "include '\\r\\n'",
        "goto \27", "x = \r\n= 1", "error('a\\0b')",
      } do
        local loaded, message, code = policy.load(source, { chunkname = "@\27[2J.lua" })
        assert.same({ nil, "policy-invalid" }, { loaded, code }, source)
        assert.equal(visible(message), message)
      end
    end)

  it("no envelope whose client cannot be passed, saying so", function()
    local p = assert(policy.load(BASE))
    local shared, many = {}, {}
    for _ = 1, 14 do shared = { shared, shared, shared, shared, shared, shared, shared, shared } end
    for i = 1, 100001 do many[i] = i end
    for _, case in ipairs {
      { shared, "envelope: client holds more than 100000 values; booleans" },
      { many, "envelope: client holds more than 100000 values; booleans" },
      { cycle, "envelope: client contains itself or is nested more than 15 levels deep; booleans" },
      { { null = io.stdout }, "envelope: client holds a userdata; booleans, numbers, strings" },
      { { [io.stdout] = 1 }, "envelope: client has a userdata as a key; booleans, numbers" },
      { io.stdout, "envelope: client cannot be a userdata" },
    } do
      local ok, message = pcall(p.route, p, "u@here.example", { client = case[1] })
      assert.is_false(ok)
      assert.truthy(message:find(case[2], 1, true), message)
    end
    many[100001] = nil
    local envelope = { client = many, down = { shared } }
    assert.equal("deliver", p:route("u@here.example", envelope)[1].verdict)
  end)
end)
