--- Who gets mail where several domains are local: policies made of Postfix's and sendmail's tables, held
-- against a model of Postfix that knows nothing of policies.
local generate = require "spec.generate"
local helper = require "spec.helper"
local import = require "postoffice.import"
local policy = require "postoffice.policy"

local LOCALS = { "a.example", "h.example", "j.example" }
local USERS = { "kim", "joe", "bob", "info", "root", "ann", "sue", "postmaster" }

local function set(list)
  local made = {}
  for _, item in ipairs(list) do made[item] = true end
  return made
end

local IS_LOCAL, IS_USER = set(LOCALS), set(USERS)

local function split(address) return address:match "^(.*)@(.*)$" end

-- The keys of a table as one text.
local function listed(found)
  local list = {}
  for item in pairs(found) do list[#list + 1] = item end
  table.sort(list)
  return table.concat(list, " ")
end

-- ---- The model ----------------------------------------------------------------

-- What becomes of a user's mail by aliases(5), whom local(8) looks up by the name alone; a name that is
-- met again is the mailbox.
local function deliver(aliases, name, met, found)
  if met[name] or not aliases[name] then
    found[IS_USER[name] and name or "nobody"] = true
    return
  end
  local here = setmetatable({ [name] = true }, { __index = met })
  for _, text in ipairs(aliases[name]) do
    local user, domain = split(text)
    if not user or IS_LOCAL[domain] then
      deliver(aliases, user or text, here, found)
    else
      found[text] = true
    end
  end
end

-- What virtual(5) has for an address: by the whole, then by the name in local domains, then by the domain.
local function look_up(virtual, address)
  local name, domain = split(address)
  return virtual[address] or IS_LOCAL[domain] and virtual[name] or virtual["@" .. domain]
end

-- Whom mail for an address reaches, users and addresses elsewhere; nil if Postfix goes in circles.
local function reached(tables, address)
  local found, circles = {}, false
  local function expand(text, depth)
    local made = look_up(tables.virtual, text)
    local _, domain = split(text)
    circles = circles or depth > 20
    if made and not circles then
      for _, other in ipairs(made) do
        if not other:find "@" then other = other .. "@a.example" end -- myorigin
        if other ~= text then expand(other, depth + 1) else made = nil end
      end
    end
    if made then return end
    if IS_LOCAL[domain] then return deliver(tables.aliases, (split(text)), {}, found) end
    found[text] = true
  end
  expand(address, 0)
  return not circles and listed(found) or nil
end

-- ---- The policy ---------------------------------------------------------------

local MAIN = [[
mydestination = a.example, h.example, j.example
virtual_alias_maps = hash:v
alias_maps = hash:a
local_recipient_maps = hash:u
]]

local function text_of(rows, sign)
  local keys, lines = {}, {}
  for key in pairs(rows) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do lines[i] = key .. sign .. table.concat(rows[key], ", ") .. "\n" end
  return table.concat(lines)
end

-- The policy that is made of tables, and how much could not be carried over.
local function imported(tables)
  local texts = {
    v = text_of(tables.virtual, " "), a = text_of(tables.aliases, ": "),
    u = table.concat(USERS, " x\n") .. " x\n",
  }
  local made = assert(import.policy("postfix", { { path = "main.cf", text = MAIN } }, {
    read = function(path) return texts[path], "there is none" end, directory = "people.csv",
  }))
  return assert(policy.load(made.text, { read = function() return made.people end })), made
end

-- Whom mail for an address reaches by a policy, as the model has it.
local function routed(p, address)
  local found = {}
  for _, delivery in ipairs(p:route(address)) do
    if delivery.verdict ~= "deliver" then
      found[delivery.code == "recipient-unknown" and "nobody" or delivery.code] = true
    else
      found[delivery.connector and delivery.wire or (split(delivery.wire))] = true
    end
  end
  return listed(found)
end

-- ---- Any tables ----------------------------------------------------------------

local NAMES, REACHED = { "info", "root", "ann", "sue" }, { "kim", "joe", "bob" }

local function pick(random, list) return list[random(#list)] end

-- What an address may become: names, users, addresses here and elsewhere, and itself.
local function value(random, key)
  local kind = random(6)
  if kind == 1 then return pick(random, NAMES) end
  if kind == 2 then return pick(random, REACHED) end
  if kind == 3 then return pick(random, REACHED) .. "@far.example" end
  if kind == 4 then return pick(random, NAMES) .. "@" .. pick(random, LOCALS) end
  if kind == 5 then return pick(random, REACHED) .. "@" .. pick(random, LOCALS) end
  return key:find "^[^@]+@" and key or pick(random, REACHED)
end

local function virtual_key(random)
  local kind, name = random(8), pick(random, NAMES)
  if kind == 1 then return name .. "@far.example" end
  if kind <= 4 then return name .. "@" .. pick(random, LOCALS) end
  if kind == 5 then return "@" .. pick(random, { LOCALS[2], LOCALS[3] }) end
  return name
end

local function any_tables(random)
  local tables = { virtual = {}, aliases = {} }
  for _ = 1, random(6) do
    local key = virtual_key(random)
    local is_several = key:sub(1, 1) ~= "@" and random(3) == 1
    tables.virtual[key] = { value(random, key), is_several and value(random, key) or nil }
  end
  for _ = 1, random(4) do
    local name = pick(random, NAMES)
    local mailbox = random(4) == 1 and name or pick(random, REACHED)
    local far = random(3) == 1 and pick(random, REACHED) .. "@far.example" or nil
    tables.aliases[name] = { mailbox, far }
  end
  return tables
end

describe("import of tables about several local domains", function()
  it("says of each address what Postfix does, or notes what it does not", function()
    local random, compared, tries = generate.random(11), 0, helper.times(60)
    for _ = 1, tries do
      local tables = any_tables(random)
      local p, made = imported(tables)
      for _, name in ipairs { "info", "root", "ann", "sue", "kim", "nobody" } do
        for _, domain in ipairs { "a.example", "h.example", "j.example", "far.example" } do
          local address = name .. "@" .. domain
          local expected = made.notes == 0 and reached(tables, address)
          if expected then
            compared = compared + 1
            assert.equal(expected, routed(p, address), address .. "\n" .. made.text)
          end
        end
      end
      p:close()
    end
    assert.is_true(compared > 4 * tries, compared)
  end)

  -- Held against Postfix itself in spec/host/postfix.lua.
  it("keeps an address apart from that user's elsewhere, and an alias from both", function()
    local tables = {
      virtual = {
        ["info@h.example"] = { "joe@far.example" },
        ["root@a.example"] = { "bob@far.example" },
        ["ann@a.example"] = { "ann", "bob@far.example" }, ["@j.example"] = { "all@j.example" },
        ["sue@j.example"] = { "sue@j.example" }, team = { "kim", "joe@far.example" },
      },
      aliases = {
        info = { "kim" }, root = { "joe" }, ann = { "kim" }, sue = { "bob" },
        all = { "bob" },
      },
    }
    local p, made = imported(tables)
    assert.equal(0, made.notes, made.text)
    for address, expected in pairs {
      ["info@a.example"] = "kim", ["info@h.example"] = "joe@far.example",
      ["info@j.example"] = "bob",
      ["root@a.example"] = "bob@far.example", ["root@h.example"] = "joe",
      ["ann@a.example"] = "bob@far.example kim", ["ann@h.example"] = "kim",
      ["sue@j.example"] = "bob", ["sue@a.example"] = "bob", ["kim@j.example"] = "bob",
      ["team@j.example"] = "joe@far.example kim", ["team@h.example"] = "joe@far.example kim",
    } do
      assert.equal(expected, reached(tables, address), address)
      assert.equal(expected, routed(p, address), address .. "\n" .. made.text)
    end
  end)

  it("says of who gets all of the first domain what he does not get by Postfix", function()
    local _, made = imported { virtual = { ["@a.example"] = { "joe@far.example" } }, aliases = {} }
    assert.equal(1, made.notes, made.text)
    assert.matches("@a.example joe@far.example: by Postfix what aliases name", made.text, 1, true)
  end)

  it("says where a user is meant for whom a row about the name has another", function()
    local _, made = imported {
      virtual = { info = { "kim" }, ["info@h.example"] = { "info@h.example" } },
      aliases = { all = { "info", "joe" } },
    }
    local flat = made.text:gsub("\n%-%-   ", " ")
    for _, place in ipairs { "v:2:16", "a:1:6" } do
      assert.matches("\n%-%- %* " .. place .. ": [^\n]*user of that name by Postfix;"
        .. " here a row of that name goes before", flat)
    end
  end)
end)

describe("import of tables about very many local domains", function()
  local COUNT = 230 -- its square is more than may be said

  -- The notes on tables, on a line each.
  local function notes_on(virtual)
    local domains = {}
    for i = 1, COUNT do domains[i] = ("d%d.example"):format(i) end
    local texts = { v = virtual, u = "kim x\njoe x\n" }
    local main = "virtual_alias_maps = hash:v\nlocal_recipient_maps = hash:u\nalias_maps =\n"
      .. "mydestination = " .. table.concat(domains, " ") .. "\n"
    local made = assert(import.policy("postfix", { { path = "main.cf", text = main } },
      { read = function(path) return texts[path] end, directory = "people.csv" }))
    return made.notes, made.text:gsub("\n%-%-   ", " ")
  end

  local function rows_of(format)
    local rows = {}
    for i = 1, COUNT do rows[i] = format:format(i) end
    return table.concat(rows)
  end

  it("says of users in the others what a row says of the first, with a note", function()
    local notes, flat = notes_on(rows_of "u%d@d1.example joe@far.example\n")
    assert.equal(COUNT, notes)
    assert.matches("v:7:1: u7@d1.example joe@far.example: users of that name in the other local"
      .. " domains get it, too", flat, 1, true)
  end)

  it("says of a domain's others what somebody gets, with a note", function()
    local notes, flat = notes_on(rows_of "u%d joe@far.example\n" .. rows_of "@d%d.example kim\n")
    assert.equal(COUNT, notes) -- that on the first one for its own reason
    assert.matches("@d7.example kim: Postfix asks for names without a domain", flat, 1, true)
  end)
end)

describe("import of virtusertable", function()
  local function made_of(virtual, aliases)
    local files = {
      { path = "local-host-names", text = "a.example\nh.example\nj.example\n" },
      { path = "virtusertable", text = virtual }, { path = "aliases", text = aliases },
    }
    return assert(import.policy("sendmail", files, { directory = "people.csv" }))
  end

  it("asks the aliases for what it leaves to a name, and refuses a domain's others", function()
    local made = made_of("root@a.example\troot\ninfo@h.example\tkim\n@h.example\terror:nouser no\n"
      .. "postmaster@j.example\tjoe\nann\tsue\n",
      "root: kim\npostmaster: root\nann: joe\ninfo: bob\nzoe: bob\n")
    local p = assert(policy.load(made.text))
    for address, expected in pairs {
      ["root@a.example"] = "kim", ["info@h.example"] = "kim", ["info@a.example"] = "bob",
      ["zoe@h.example"] = "nobody", ["zoe@j.example"] = "bob", ["postmaster@j.example"] = "joe",
      ["postmaster@a.example"] = "kim", ["ann@a.example"] = "joe",
    } do
      assert.equal(expected, routed(p, address), address .. "\n" .. made.text)
    end
    assert.matches("virtusertable:5:1: ann sue: sendmail looks for nothing here", made.text, 1,
      true)
  end)

  it("asks for no name alone that others are sent to: that is the user", function()
    local virtual = "root@a.example\tkim\ninfo@h.example\troot\nsue@h.example\troot@a.example\n"
    local aliases = "ann: root\nroot: joe\n"
    local p = assert(policy.load(made_of(virtual, aliases).text))
    for address, expected in pairs {
      ["ann@a.example"] = "joe", ["info@h.example"] = "joe", ["root@j.example"] = "joe",
      ["root@a.example"] = "kim", ["sue@h.example"] = "kim",
    } do
      assert.equal(expected, routed(p, address), address)
    end
    local files = {
      { path = "local-host-names", text = "a.example\n" },
      { path = "virtusertable", text = virtual .. "@a.example\tbob@far.example\n" },
      { path = "aliases", text = aliases },
    }
    local flat = import.policy("sendmail", files, {}).text:gsub("\n%-%-   ", " ")
    assert.matches("aliases:1:6: ann root: root is the user of that name by sendmail; here a row",
      flat, 1, true)
    assert.matches("@a.example bob@far.example: by sendmail what aliases name", flat, 1, true)
  end)
end)
