--- What Postfix asks for senders, as an imported policy has it, beside the tables themselves.

local answers = require "postoffice.policy.prove.answers"
local generate = require "spec.generate"
local helper = require "spec.helper"
local import_all = require "spec.imported"
local map_tables = require "spec.map_tables"
local sender_maps = require "postoffice.policy.prove.sender_maps"

local PROBE = "x@far.example"

local OPTIONS = {
  delimiter = "+", here = { ["a.example"] = true, ["h.example"] = true }, origin = "a.example",
  probe = PROBE, default = "smtp:[relay]",
}

local MAIN = [[
myorigin = a.example
mydestination = a.example, h.example
local_recipient_maps = inline:{}
alias_maps =
recipient_delimiter = +
relayhost = [relay]
]]

-- A policy of main.cf, after what all have, and the texts of its tables.
local function imported(main, texts) return import_all(MAIN .. main, texts) end

-- The text of a table.
local function text_of(entries)
  local rows = {}
  for key, value in pairs(entries) do rows[#rows + 1] = key .. " " .. value .. "\n" end
  table.sort(rows)
  return table.concat(rows)
end

-- Holds a policy to tables, for senders, and returns how many of them the tables say something of.
local function hold(p, made, entries_by_role, senders)
  local tables, said = map_tables.of(entries_by_role, OPTIONS), 0
  for _, sender in ipairs(senders) do
    local theirs = sender_maps.ask(tables, sender)
    local mine = answers.of_sender(p, tables, sender, nil, PROBE)
    assert.truthy(theirs and answers.same(mine, theirs), ("%s: %s, not %s\n%s"):format(sender,
      table.concat(mine, " "), table.concat(theirs or {}, " "), made.text))
    if #theirs > 0 and theirs[1] ~= sender then said = said + 1 end
  end
  return said
end

local USERS = { "kim", "joe", "kim+x", "joe+x+y", "ann+z" }
local DOMAINS = { "a.example", "h.example", "b.example", "s.b.example", "c.b.example" }

local SENDERS = { "<>" }
for _, user in ipairs(USERS) do
  for _, domain in ipairs(DOMAINS) do SENDERS[#SENDERS + 1] = user .. "@" .. domain end
end

local function pick(random, list) return list[random(#list)] end

local DOMAIN_KEYS = { "<>" }
for _, domain in ipairs(DOMAINS) do DOMAIN_KEYS[#DOMAIN_KEYS + 1] = "@" .. domain end

-- A table with some of all the keys that there can be.
local function drawn(random, keys, values)
  local entries = {}
  for _ = 1, random(8) do entries[pick(random, keys)] = pick(random, values) end
  return entries
end

-- All keys: whole senders, and what else a table is asked by.
local function keys_with(of_user, of_domain)
  local keys = { "<>" }
  for i = 2, #SENDERS do keys[i] = SENDERS[i] end
  for _, user in ipairs(USERS) do keys[#keys + 1] = of_user:format(user) end
  for _, domain in ipairs(DOMAINS) do
    for _ = 1, 3 do keys[#keys + 1] = of_domain:format(domain) end
  end
  return keys
end

describe("a policy made of tables that Postfix asks for senders", function()
  it("sends mail where they say", function()
    local random, keys, said = generate.random(71), keys_with("%s", "@%s"), 0
    local main = "sender_dependent_relayhost_maps = hash:r\n"
      .. "sender_dependent_default_transport_maps = hash:t\n"
    for _ = 1, helper.times(40) do
      local tables = {
        sender_relayhost = drawn(random, keys, { "[r1]:587", "r2.example", "DUNNO", "[r3]" }),
        sender_transport = drawn(random, keys, {
          "slow", "lmtp:[t1]", "slow:", "dunno", "error:5.7.1 no", "retry:",
        }),
      }
      local p, made = imported(main, {
        r = text_of(tables.sender_relayhost), t = text_of(tables.sender_transport),
      })
      assert.equal(0, made.notes, made.text)
      said = said + hold(p, made, tables, SENDERS)
      hold(p, made, { sender_relayhost = {}, sender_transport = {} }, { "x@far.example" })
      p:close()
    end
    assert.is_true(said > 0)
  end)

  it("refuses whom they refuse", function()
    local random, keys, said = generate.random(72), keys_with("%s@", "%s"), 0
    for _, domain in ipairs { "example", "b.example" } do keys[#keys + 1] = domain end
    local values = {
      "REJECT", "REJECT no", "OK", "DUNNO", "450 later", "554 5.7.9 no", "550", "defer_if_permit",
    }
    for _ = 1, helper.times(40) do
      local tables = { sender_access = drawn(random, keys, values) }
      local p, made = imported("smtpd_sender_restrictions = check_sender_access hash:s\n",
        { s = text_of(tables.sender_access) })
      assert.equal(0, made.notes, made.text)
      said = said + hold(p, made, tables, SENDERS)
      p:close()
    end
    assert.is_true(said > 0)
  end)

  it("writes them as they do", function()
    local random, said = generate.random(73), 0
    local keys = keys_with("%s", "@%s")
    table.remove(keys, 1)
    local values = { "ann@c.example", "@d.example", "joe@e.example", "lee@b.example" }
    for _ = 1, helper.times(40) do
      local tables = {
        sender_canonical = drawn(random, keys, { "ann@c.example", "joe@e.example" }),
        generic = drawn(random, keys, values),
      }
      local p, made = imported("sender_canonical_maps = hash:c\nsmtp_generic_maps = hash:g\n",
        { c = text_of(tables.sender_canonical), g = text_of(tables.generic) })
      said = said + hold(p, made, tables, SENDERS)
      p:close()
    end
    assert.is_true(said > 0)
  end)

  it("sends mail where they say of whom canonical maps make of them", function()
    local random, keys, said, count = generate.random(74), keys_with("%s", "@%s"), 0, 0
    local users = {}
    for i = 2, #keys do -- what becomes of an extension that a table has, others may have to look at
      if not keys[i]:find("+", 1, true) then users[#users + 1] = keys[i] end
    end
    local main = "sender_dependent_relayhost_maps = hash:r\nsender_canonical_maps = hash:c\n"
    for _ = 1, helper.times(40) do
      local tables = {
        sender_relayhost = drawn(random, random(2) == 1 and DOMAIN_KEYS or keys,
          { "[r1]:587", "r2.example", "DUNNO" }),
        sender_canonical = drawn(random, users, {
          "ann@c.example", "@d.example", "kim@b.example", "@b.example", "joe@a.example",
        }),
      }
      local p, made = imported(main, {
        r = text_of(tables.sender_relayhost), c = text_of(tables.sender_canonical),
      })
      if made.notes == 0 then
        said, count = said + hold(p, made, tables, SENDERS), count + 1
      end
      p:close()
    end
    assert.is_true(said > 0 and count > 0)
  end)

  it("asks those of one list until one lets somebody pass, and those of others besides", function()
    local texts = { s = "b.example OK\n", t = "b.example REJECT first\nc.example REJECT second\n",
      u = "b.example REJECT third\n" }
    local p, made = imported("smtpd_sender_restrictions = permit_mynetworks, check_sender_access"
      .. " hash:s, check_sender_access hash:t\n"
      .. "smtpd_recipient_restrictions = check_sender_access hash:u, permit\n", texts)
    local function said(sender, facts)
      local envelope = { sender = sender }
      for name, value in pairs(facts or {}) do envelope[name] = value end
      return p:route(PROBE, envelope)[1].message
    end
    assert.equal("third", said "x@b.example")
    assert.equal("second", said "x@c.example")
    assert.is_nil(said("x@c.example", { may_relay = true })) -- of our own networks
    assert.equal("third", said("x@b.example", { may_relay = true }))
    assert.is_nil(said(nil))
    assert.equal(0, made.notes, made.text)
    p:close()
  end)

  it("refuses nobody of whom the server only writes a warning", function()
    local p, made = imported("smtpd_sender_restrictions = warn_if_reject check_sender_access"
      .. " hash:s, WARN_IF_REJECT reject, check_sender_access hash:t\n",
      { s = "b.example REJECT\n", t = "c.example REJECT\n" })
    assert.equal("deliver", p:route(PROBE, { sender = "x@b.example" })[1].verdict)
    assert.equal("reject", p:route(PROBE, { sender = "x@c.example" })[1].verdict)
    local flat = made.text:gsub("\n%-%-   ", " ")
    assert.truthy(flat:find("smtpd_sender_restrictions = warn_if_reject check_sender_access hash:s"
      .. " WARN_IF_REJECT reject: what messages hold", 1, true), flat)
    p:close()
  end)

  it("says what else decides, and what it does not have", function()
    local _, made = imported("sender_dependent_relayhost_maps = hash:r\nrelay_transport = lmtp\n"
      .. "sender_dependent_default_transport_maps = hash:t\nrelay_domains = r.example\n"
      .. "sender_canonical_maps = hash:c\nsmtpd_sender_restrictions = check_sender_access hash:s,"
      .. " reject_unknown_sender_domain\nparent_domain_matches_subdomains = \n", {
      r = "kim@b.example [r4]\n@b.example [r1]\n@b.example [r2]\nx@@y z\n",
      t = "@c.example smtp:[x]:0\n",
      c = "@d.example @b.example\n", s = "b.example HOLD\nx@@y OK\n.c.example REJECT\n",
    })
    local flat = made.text:gsub("\n%-%-   ", " ")
    for _, note in ipairs {
      "main.cf:8:1: relay_transport = lmtp: the hosts of senders are for relay domains, too",
      "r:3:1: @b.example [r2]: it stands twice", "r:4:1: x@@y z: the key is neither",
      "t:1:12: @c.example smtp:[x]:0: nothing can be sent there",
      "c:1:1: @d.example @b.example: who is made of these goes by several ways",
      "main.cf:12:1: smtpd_sender_restrictions = reject_unknown_sender_domain: what messages hold",
      "s:1:11: b.example HOLD: what is done with such mail", "s:2:1: x@@y OK: no sender is",
    } do
      assert.truthy(flat:find("-- * " .. note, 1, true), note .. "\n" .. flat)
    end
    assert.truthy(made.text:find('"SMTP:*@*.c.example" }', 1, true), made.text)
  end)

  it("has sets where there are many senders, and says no more than so many sentences", function()
    local senders, access = {}, {}
    for i = 1, 30 do
      senders[i] = ("u%d@b.example [r1]\n"):format(i)
      access[i] = ("u%d@b.example REJECT no %d\n"):format(i, i)
    end
    local p, made = imported("sender_dependent_relayhost_maps = hash:r\n"
      .. "smtpd_sender_restrictions = check_sender_access hash:s\n",
      { r = table.concat(senders), s = table.concat(access) })
    assert.equal(10, made.notes)
    assert.equal("no 7", p:route(PROBE, { sender = "u7@b.example" })[1].message)
    assert.equal("policy-reject", p:route(PROBE, { sender = "u27@b.example" })[1].code)
    assert.truthy(made.text:find('senders = { "senders by r1 for senders" }', 1, true), made.text)
    p:close()
  end)
end)
