-- What a policy declares leaves its script at once, and recipients leave Lua.
local core = require "postoffice.core"
local language = require "postoffice.policy.language.words"
local policy = require "postoffice.policy"

--- Loads a policy, however slow the machine.
local function load(source, options)
  local all = { chunkname = "@policy.lua", load_milliseconds = 60000 }
  for name, value in pairs(options or {}) do all[name] = value end
  return policy.load(source, all)
end

local MANY = [[
for i = 1, 50000 do
  recipient("Person " .. i) { proxies = { "SMTP:person." .. i .. "@a.example" } }
end]]

describe("what a policy declares", function()
  it("is what it was when it was declared", function()
    local p = assert(load [[
      domain "a.example" {}
      local fields = { proxies = { "SMTP:kim@a.example" } }
      recipient "Kim" (fields)
      fields.proxies[1] = "SMTP:pat@a.example"
      recipient "Pat" (fields)
      fields.proxies = nil]])
    assert.equal("Kim", p:resolve("kim@a.example")[1].entry)
    assert.equal("Pat", p:resolve("pat@a.example")[1].entry)
  end)

  it("takes nothing from the script's 16 MiB", function()
    local p = assert(load('domain "a.example" {}\n' .. MANY))
    assert.equal("Person 50000", p:resolve("person.50000@a.example")[1].entry)
  end)

  it("is bounded by the option declarations", function()
    local said = "the policy declares more than it may; the option declarations says how many bytes"
    local p, message, code = load(MANY, { declarations = 1024 * 1024 })
    assert.same({ nil, "policy.lua:2: " .. said, "policy-declarations" }, { p, message, code })
  end)

  it("takes no more of the host where it is kept in Lua", function()
    local source = "for i = 1, 100 do domain('a' .. i .. '.example') { unwrap = {} } end\n"
    local state, size = assert(core.script.new { load_milliseconds = 60000 }), 0
    for _, bytes in assert(state:load(source, "@policy.lua", language.declarators())) do
      size = size + bytes
    end
    assert(load(source, { declarations = size }))
    local p, message, code = load(source, { declarations = size - 1 })
    assert.same({ nil, 'policy.lua:1: domain "a100.example": the policy declares more than it may;'
      .. " the option declarations says how many bytes", "policy-declarations" },
      { p, message, code })
  end)
end)

describe("recipients in a script", function()
  local RECIPIENT = 'recipient "Kim" { proxies = { "SMTP:%s@a.example" } }'
  local LIST = 'list "KIM" { proxies = { "%s@a.example" }, members = { "x@a.example" } }'

  it("share their names with no other entry, whichever comes first", function()
    for _, case in ipairs {
      { RECIPIENT, RECIPIENT, 'recipient "Kim"' }, { RECIPIENT, LIST, 'list "KIM"' },
      { LIST, RECIPIENT, 'recipient "Kim"' }, { LIST, LIST, 'list "KIM"' },
    } do
      local p, message, code = load(case[1]:format "one" .. "\n" .. case[2]:format "two")
      assert.same({ nil, "policy.lua:2: " .. case[3] .. " is declared twice, first at"
        .. " policy.lua:1; remove one or give it another name", "policy-invalid" },
        { p, message, code })
    end
  end)

  it("are told where the first of three is", function()
    local _, message = load(table.concat({ RECIPIENT:format "one", RECIPIENT:format "two",
      LIST:format "three" }, "\n"))
    assert.equal('policy.lua:2: recipient "Kim" is declared twice, first at policy.lua:1; remove'
      .. " one or give it another name\n"
      .. 'policy.lua:3: list "KIM" is declared twice, first at policy.lua:1; remove one or give it'
      .. " another name", message)
  end)

  it("do so when one of them is wrong", function()
    local _, message = load('recipient "Kim" { proxies = 1 }\n' .. RECIPIENT:format "two")
    assert.equal('policy.lua:1: recipient "Kim": proxies has to be a list of addresses, such as'
      .. ' { "SMTP:kim.lee@example.com" }, not 1\n'
      .. 'policy.lua:2: recipient "Kim" is declared twice, first at policy.lua:1; remove one or'
      .. " give it another name", message)
  end)

  it("are told of in their turn, after what is wrong with the language", function()
    local wrong = RECIPIENT:format "one" .. '\nrecipient "Pat" { proxies = { "one@a.example" } }\n'
    local _, message = load(wrong .. 'connector "c" { cots = 1 }')
    assert.matches('^policy.lua:3: connector "c": unknown field "cots"[^\n]*$', message)
    _, message = load(wrong .. 'settings {} domain "a..b" {}')
    assert.matches('^policy.lua:3: domain "a..b"[^\n]*\n'
      .. 'policy.lua:2: recipient "Pat": proxy "one@a.example" is already[^\n]*$', message)
    local many = {}
    for i = 1, 30 do many[i] = ('recipient "%d" { proxies = { "bad" .. " a@" } }'):format(i) end
    _, message = load(table.concat(many, "\n"))
    assert.matches("\nthere may be more; these are the first 20$", message)
  end)

  it("stand before the people of files, and lists behind them", function()
    local function first(source)
      local _, message = load(source, { read = function() return "mail\npat@a.example" end })
      return message:match 'proxy "[^"]*" is already a proxy of ("[^"]*" at [^;]*);'
    end
    local staff = 'directory "staff" { file = "staff.csv" }\n'
    assert.equal('"Kim" at policy.lua:2', first(LIST:gsub("KIM", "L"):format "kim" .. "\n"
      .. RECIPIENT:format "kim"))
    assert.equal('"Kim" at policy.lua:2', first(staff .. RECIPIENT:format "pat"))
    assert.equal('"pat@a.example" at staff.csv:2', first(LIST:format "pat" .. "\n" .. staff))
  end)
end)
