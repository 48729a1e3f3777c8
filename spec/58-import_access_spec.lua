--- Who may write to whom by Postfix's lists of restrictions, as an imported policy has it: access tables
--- of recipients and senders, and restriction classes.  spec/host/postfix.lua asks a real Postfix.

local generate = require "spec.generate"
local helper = require "spec.helper"
local import_all = require "spec.imported"

local MAIN = [[
mydestination = a.example
relay_domains = b.example
local_recipient_maps = inline:{ { all = x }, { kim = x }, { old = x } }
alias_maps =
recipient_delimiter = +
]]

-- A policy of main.cf, after what all have, and the texts of its tables.
local function imported(main, texts) return import_all(MAIN .. main, texts) end

-- What becomes of a message: a verdict, or the sentence of one that refuses.
local function becomes(p, sender, to, may_relay)
  local delivery = p:route(to, { sender = sender, may_relay = may_relay })[1]
  return delivery.verdict == "deliver" and "deliver" or delivery.message
end

-- What is noted, each on a line.
local function notes_of(made) return (made.text:gsub("\n%-%-   ", " ")) end

local DENIED = "access denied"

describe("an imported policy", function()
  it("lets only some write to a list", function()
    local p, made = imported([[
smtpd_restriction_classes = insiders_only, insiders
insiders_only = check_sender_access hash:insiders, reject
insiders = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access hash:protected, permit_mynetworks,
  reject_unauth_destination
]], {
      protected = "all@a.example insiders_only\nold@ insiders\n",
      insiders = "a.example OK\nboss@far.example OK\n",
    })
    assert.equal(0, made.notes, made.text)
    for _, case in ipairs {
      { "kim@a.example", "all@a.example", "deliver" },
      { "x@s.a.example", "all@a.example", "deliver" },
      { "boss+x@far.example", "all+y@a.example", "deliver" },
      { "x@far.example", "all@a.example", DENIED }, { "<>", "all@a.example", DENIED },
      { "x@far.example", "all@a.example", DENIED, true }, -- though he is of our networks
      { "x@far.example", "kim@a.example", "deliver" },
      { "x@far.example", "old@a.example", DENIED },
      { "x@far.example", "old@a.example", "deliver", true },
      { nil, "all@a.example", "deliver" }, { nil, "old@a.example", "deliver" }, -- nobody says who sends
      { "x@far.example", "old@b.example", DENIED },
    } do
      assert.equal(case[3], becomes(p, case[1], case[2], case[4]),
        ("%s to %s\n%s"):format(tostring(case[1]), case[2], made.text))
    end
    p:close()
  end)

  it("lets some write to their own only", function()
    local p, made = imported([[
smtpd_restriction_classes = local_only
local_only = check_recipient_access hash:local_domains, reject
smtpd_sender_restrictions = check_sender_access hash:restricted_senders
]], { local_domains = "a.example OK\n", restricted_senders = "kim@a.example local_only\n" })
    assert.equal(0, made.notes, made.text)
    assert.equal(DENIED, becomes(p, "kim@a.example", "x@far.example", true))
    assert.equal("deliver", becomes(p, "kim@a.example", "all@a.example", true))
    assert.equal("deliver", becomes(p, "all@a.example", "x@far.example", true))
    p:close()
  end)

  it("says what tables of recipients say", function()
    local p, made = imported("smtpd_recipient_restrictions = permit_mynetworks,"
      .. " reject_unauth_destination, hash:r\n", { r = [[
old@a.example 550 5.1.1 has gone
kim+x@a.example OK
kim@a.example REJECT
all@ 450 4.7.1 later
b.example DEFER
ok.b.example DUNNO
]] })
    assert.equal(0, made.notes, made.text)
    local function delivery(to) return p:route(to, { sender = "x@far.example" })[1] end
    assert.same({ "has gone", "5.1.1" }, { delivery "old@a.example".message,
      delivery "old@a.example".status })
    assert.equal("deliver", delivery "kim+x@a.example".verdict)
    assert.equal("reject", delivery "kim+y@a.example".verdict)
    assert.same({ "defer", "4.7.1" }, { delivery "all@a.example".verdict,
      delivery "all@a.example".status })
    assert.equal("defer", delivery "x@s.b.example".verdict)
    assert.equal("deliver", delivery "x@ok.b.example".verdict)
    assert.equal("deliver", p:route("old@a.example", { sender = "x@far.example",
      may_relay = true })[1].verdict)
    p:close()
  end)

  it("takes whom a list names, and no others", function()
    local p, made = imported("smtpd_recipient_restrictions = hash:r, reject\n",
      { r = "a.example OK\n" })
    assert.equal(0, made.notes, made.text)
    assert.equal("deliver", becomes(p, "x@far.example", "kim@a.example"))
    assert.equal(DENIED, becomes(p, "x@far.example", "x@b.example", true))
    p:close()
  end)

  it("asks tables alone by their names", function()
    local p = import_all(nil, {}, {
      { path = "sender_access", text = "bad.example REJECT no\n" },
      { path = "recipient_access", text = "old@a.example REJECT gone\n" },
      { path = "virtual", text = "old@a.example kim@far.example\nall@a.example kim@far.example\n" },
    })
    assert.equal("no", becomes(p, "x@bad.example", "all@a.example", true))
    assert.equal("gone", becomes(p, "x@far.example", "old@a.example", true))
    assert.equal("deliver", becomes(p, "x@far.example", "all@a.example", true))
    p:close()
  end)

  it("refuses nobody by a step that others may be let past", function()
    local p, made = imported([[
smtpd_restriction_classes = a, b, c, d, e
a = check_client_access hash:clients, reject
b = check_sender_access regexp:senders, reject
c = a, reject
d = reject_unknown_client_hostname, reject
e = check_policy_service inet:127.0.0.1:1, check_sender_access hash:s
smtpd_recipient_restrictions = check_recipient_access hash:r
]], { r = "a@b.example a\nb@b.example b\nc@b.example c\nd@b.example d\ne@b.example e\n",
      s = "x@far.example REJECT\n" })
    for to, expected in pairs { a = "deliver", b = "deliver", c = "deliver", d = DENIED } do
      assert.equal(expected, becomes(p, "x@far.example", to .. "@b.example"), to .. made.text)
    end
    assert.not_equal("deliver", becomes(p, "x@far.example", "e@b.example"))
    local notes = notes_of(made)
    for _, note in ipairs {
      "main.cf:7:1: a = reject: what this policy does not have may let somebody past it",
      "main.cf:7:1: a = check_client_access hash:clients: what is done with such mail",
      "main.cf:8:1: b = reject: what", "main.cf:8:1: regexp:senders: patterns in",
      "main.cf:9:1: c = reject: what",
      "main.cf:10:1: d = reject_unknown_client_hostname: what is done with such mail",
      "main.cf:11:1: e = check_policy_service inet:127.0.0.1:1: what is done",
    } do
      assert.truthy(notes:find("-- * " .. note, 1, true), note .. "\n" .. notes)
    end
    p:close()
  end)

  it("notes what it cannot say, where it stands", function()
    local p, made = imported([[
smtpd_restriction_classes = around
around = check_recipient_access hash:again, permit
smtpd_relay_restrictions = permit_mynetworks, check_recipient_access hash:r,
  reject_unauth_destination
smtpd_data_restrictions = check_recipient_access hash:r
]], { r = [[
red@b.example  REDIRECT x@y.example
dis@b.example  discard
bcc@b.example  BCC x@y.example
hold@b.example HOLD
both@b.example reject_unverified_recipient, permit_mynetworks, reject
far.example    OK
<>             OK
]], again = "x@b.example around\n.s.b.example REJECT\n" .. "y@b.example around, reject\n" })
    local notes = notes_of(made)
    for _, note in ipairs {
      "r:1:16: red@b.example REDIRECT x@y.example: all of the message goes there by Postfix",
      "r:2:16: dis@b.example discard: the server throws such mail away",
      "r:3:16: bcc@b.example BCC x@y.example: a recipient with several targets",
      "r:4:16: hold@b.example HOLD: what is done with such mail",
      "r:5:16: both@b.example reject_unverified_recipient, permit_mynetworks, reject: what is done",
      "r:6:16: far.example OK: strangers may write there through the server",
      "r:7:1: <> OK: no recipient is looked up by this key",
      "main.cf:10:1: check_recipient_access hash:r: it knows no recipient where there are several",
    } do
      assert.truthy(notes:find("-- * " .. note, 1, true), note .. "\n" .. notes)
    end
    for to, expected in pairs { red = "deliver", dis = "deliver", both = DENIED } do
      assert.equal(expected, becomes(p, "x@far.example", to .. "@b.example"), to)
    end
    p:close()
  end)

  it("goes in no circles", function()
    local p, made = imported([[
smtpd_restriction_classes = around, other-way
around = check_recipient_access hash:again, other-way
other-way = around, check_recipient_access hash:last
smtpd_recipient_restrictions = around
]], { again = "x@b.example around\ny@b.example other-way, permit\n",
      last = "b.example REJECT no\n" })
    assert.equal("no", becomes(p, "x@far.example", "x@b.example"))
    assert.equal("no", becomes(p, "x@far.example", "z@b.example"))
    local notes = notes_of(made)
    for _, note in ipairs { "again:1:13: x@b.example around: it leads back",
      "main.cf:8:1: other-way = around: it leads back"  } do
      assert.truthy(notes:find("-- * " .. note, 1, true), note .. "\n" .. notes)
    end
    p:close()
  end)

  it("says nothing of lists that refuse no more than a policy does", function()
    local _, made = imported([[
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, permit
smtpd_sender_restrictions = permit_mynetworks, reject_unknown_sender_domain
]], {})
    assert.equal(1, made.notes, made.text)
    assert.truthy(notes_of(made):find("main.cf:8:1: smtpd_sender_restrictions = permit_mynetworks,"
      .. " reject_unknown_sender_domain: what messages hold", 1, true), made.text)
  end)
end)

-- ---- By chance ---------------------------------------------------------------

local USERS = { "all", "kim", "old" }
local DOMAINS = { "a.example", "b.example", "s.b.example" }

-- By what keys access(5) asks for somebody, in their order.
local function keys_of(address)
  if address == "<>" then return { address } end
  local user, domain = address:match "^(.*)@(.*)$"
  local keys = { address }
  while domain do
    keys[#keys + 1] = domain
    domain = domain:match "^[^.]*%.(.*)$"
  end
  keys[#keys + 1] = user .. "@"
  return keys
end

local decide

-- What a table says: nil, or what a list says.
local function ask(site, table_, address, message)
  for _, key in ipairs(keys_of(address)) do
    local value = table_[key]
    if value then return decide(site, value, message) end
  end
end

--- What Postfix does with a message by a list of words: "permit", "reject", "defer", or nil.
function decide(site, words, message)
  for _, word in ipairs(words) do
    local said = ({ permit = "permit", OK = "permit", reject = "reject", REJECT = "reject",
      defer = "defer" })[word]
    if word == "permit_mynetworks" and message.is_own then said = "permit" end
    if site.classes[word] then said = decide(site, site.classes[word], message) end
    local table_ = site.tables[word]
    if table_ then
      said = ask(site, table_.rows, table_.of == "sender" and message.sender or message.to, message)
    end
    if said then return said end
  end
end

local function pick(random, list) return list[random(#list)] end

-- Some of a list of words.
local function some(random, words)
  local list = {}
  for i = 1, random(3) do list[i] = pick(random, words) end
  return list
end

-- A site of two lists, three classes and five tables; the values of tables name the classes.
local function drawn(random)
  local site = { tables = {}, classes = {}, lists = {} }
  local values = { { "OK" }, { "REJECT" }, { "DUNNO" }, { "permit_mynetworks", "reject" },
    { "one" }, { "two", "reject" }, { "permit_mynetworks", "two" } }
  for i = 1, 5 do
    local rows = {}
    for _ = 1, random(4) do
      local key = pick(random, DOMAINS)
      local form = random(4)
      if form == 1 then key = pick(random, USERS) .. "@"
      elseif form < 4 then key = pick(random, USERS) .. "@" .. key end
      -- the classes ask tables of which no value is a class
      rows[key] = pick(random, i > 3 and { values[1], values[2], values[3], values[4] } or values)
    end
    site.tables["table" .. i] = { of = random(2) == 1 and "sender" or "recipient", rows = rows }
  end
  for _, name in ipairs { "one", "two", "three" } do
    site.classes[name] = some(random, { "table4", "table5", "permit_mynetworks", "reject", "defer",
      "permit" })
  end
  for i = 1, 2 do
    site.lists[i] = some(random, { "table1", "table2", "table3", "three", "permit_mynetworks" })
    table.insert(site.lists[i], random(#site.lists[i] + 1), "table1")
  end
  return site
end

-- Words as main.cf has them, with their tables.
local function written(site, words)
  local list = {}
  for i, word in ipairs(words) do
    local table_ = site.tables[word]
    list[i] = table_ and ("check_%s_access hash:%s"):format(table_.of, word) or word
  end
  return table.concat(list, ", ")
end

local function main_of(site)
  local lines = { "smtpd_restriction_classes = one two three" }
  for _, name in ipairs { "one", "two", "three" } do
    lines[#lines + 1] = ("%s = %s"):format(name, written(site, site.classes[name]))
  end
  lines[#lines + 1] = "smtpd_client_restrictions = " .. written(site, site.lists[1])
  lines[#lines + 1] = "smtpd_recipient_restrictions = " .. written(site, site.lists[2])
  return table.concat(lines, "\n") .. "\n"
end

local function texts_of(site)
  local texts = {}
  for name, table_ in pairs(site.tables) do
    local rows = {}
    for key, value in pairs(table_.rows) do
      rows[#rows + 1] = ("%s %s\n"):format(key, table.concat(value, ", "))
    end
    table.sort(rows)
    texts[name] = table.concat(rows)
  end
  return texts
end

-- What the first list that refuses does.
local function verdict_of(site, message)
  for _, list in ipairs(site.lists) do
    local said = decide(site, list, message)
    if said == "reject" or said == "defer" then return said end
  end
  return "deliver"
end

describe("lists, classes and tables by chance", function()
  it("decide as Postfix's do", function()
    local random, refused = generate.random(81), 0
    for _ = 1, helper.times(150) do
      local site = drawn(random)
      local p, made = imported(main_of(site), texts_of(site))
      for _, sender in ipairs { "<>", "kim@a.example", "old@s.b.example", "x@far.example" } do
        for _, to in ipairs { "all@a.example", "kim@a.example", "old@b.example",
          "kim@s.b.example" } do
          for _, is_own in ipairs { true, false } do
            local expected = verdict_of(site, { sender = sender, to = to, is_own = is_own })
            local verdict = p:route(to, { sender = sender, may_relay = is_own })[1].verdict
            assert.equal(expected, verdict, ("%s to %s, %s\n%s\n%s"):format(sender, to,
              tostring(is_own), main_of(site), made.text))
            refused = refused + (verdict == "deliver" and 0 or 1)
          end
        end
      end
      p:close()
    end
    assert.is_true(refused > 0)
  end)
end)
