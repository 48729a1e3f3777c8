-- What policies say: two that say the same do the same, wherever their declarations stand.

local contents = require "postoffice.policy.prove.classes.contents"
local language = require "postoffice.policy.language.words"
local policy = require "postoffice.policy"

local unpack = table.unpack or unpack

-- A policy with each word, and each of its fields that says something of mail.
local LINES = {
  'settings { order = "cost", only_lowest_cost = true, unmatched = "pass", max_recipients = 9,'
    .. ' extension = "+", propagate = true, outbound = "primary", types = { "PIPE" } }',
  'set "partners" { "SMTP:*@p.example", "SMTP:*@q.example" }',
  'domain "a.example" { unwrap = { "CCMAIL", "SRS" }, secrets = "k", catchall = "Kim",'
    .. ' propagate = true, extension = "-", outbound = "unchanged" }',
  'domain "b.example" { kind = "relay" }',
  'postoffice "HQ" {} postoffice "GW" { via = "HQ", gateway = "SMTP" }',
  'rewrite "SMTP:{u}@c.example" { to = "SMTP:{u}@a.example", again = true }',
  'rewrite "SMTP:{u}@d.example" { to = "SMTP:{u}@e.example", both = true, at = { "out" } }',
  'rewrite_sender "SMTP:{u}@f.example" { to = "SMTP:{u}@a.example", by = { "out" } }',
  'recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:k@a.example" }, max_size = 9 }',
  'recipient "Lee" { proxies = { "SMTP:lee@a.example" }, target = "SMTP:lee@far.example",'
    .. ' propagate = "always", accept = { "Kim" } }',
  'recipient "Both" { proxies = { "SMTP:both@a.example" }, keep = true,'
    .. ' targets = { "Kim", "SMTP:b@far.example" }, reject = "partners" }',
  'recipient "Gone" { proxies = { "SMTP:gone@a.example" }, refuse = "gone" }',
  'list "All" { proxies = { "SMTP:all@a.example" }, members = { "Kim", "Lee" }, owner = "Kim",'
    .. ' authenticated = true }',
  'connector "out" { spaces = { "SMTP:*", { "CCMAIL:*", cost = 2 } }, nexthop = "n", cost = 1,'
    .. ' weight = 2, max_size = 10, senders = { "SMTP:*" }, outbound = "unchanged", reaches = "HQ",'
    .. ' srs = { domain = "a.example", secrets = "k" } }',
  'connector "gw" { spaces = { "MS:*" }, speaks = "SMTP", wrap = { domain = "gw.example" } }',
  'rewrite "SMTP:{u}@g.example" { to = "SMTP:{u}@h.example" }',
}

-- What is written instead, each of which makes another policy of it.
local OTHERS = {
  { '"cost"', '"exchange"' }, { "only_lowest_cost = true", "only_lowest_cost = false" },
  { '"pass"', '"reject"' }, { "max_recipients = 9", "max_recipients = 8" },
  { 'extension = "+"', 'extension = "-"' }, { "propagate = true, out", "propagate = false, out" },
  { 'outbound = "primary"', 'outbound = "unchanged"' }, { '"PIPE"', '"PIPES"' },
  { "*@q.example", "*@r.example" }, { '"partners" {', '"partners" { "SMTP:*@o.example",' },
  { '"CCMAIL", "SRS" }', '"SRS" }' }, { 'secrets = "k", c', 'secrets = "l", c' },
  { 'catchall = "Kim"', 'catchall = "Lee"' }, { 'extension = "-"', 'extension = "="' },
  { '"relay"', '"former"' }, { 'domain "b.example"', 'domain "*.b.example"' },
  { 'gateway = "SMTP"', 'gateway = "FAX"' }, { 'postoffice "HQ" {}', 'postoffice "Hq" {}' },
  { "again = true", "again = false" }, { "{u}@e.example", "x{u}@e.example" },
  { 'both = true, at = { "out" }', "" }, { 'at = { "out" }', 'at = { "out", "gw" }' },
  { 'by = { "out" }', "" }, { "{u}@f.example", "{u}.x@f.example" },
  { '"smtp:k@', '"SMTP:k@' }, { "max_size = 9", "max_size = 8" }, { "lee@far", "le@far" },
  { '"always"', "true" }, { 'accept = { "Kim" }', 'accept = { "Lee" }' },
  { "keep = true", "keep = false" }, { '"Kim", "SMTP:b@far', '"Lee", "SMTP:b@far' },
  { 'reject = "partners"', 'accept = "partners"' }, { '"gone" }', '"left" }' },
  { '"Kim", "Lee"', '"Lee", "Kim"' }, { 'owner = "Kim"', 'owner = "Lee"' },
  { "authenticated = true", "authenticated = false" }, { "cost = 2", "cost = 2.00000001" },
  { 'nexthop = "n"', 'nexthop = "m"' }, { "cost = 1,", "cost = 3," },
  { "weight = 2", "weight = 3" }, { "max_size = 10", "max_size = 11" },
  { 'senders = { "SMTP:*" }', 'senders = { "SMTP:*", "<>" }' },
  { 'reaches = "HQ"', 'reaches = "GW"' },
  { 'outbound = "unchanged", r', 'outbound = "primary", r' },
  { 'srs = { domain = "a.example"', 'srs = { domain = "A.example"' }, { '"MS:*"', '"MS:O/*"' },
  { '"gw.example"', '"gx.example"' }, { '"All"', '"Everybody"' },
}

local function load(text) return assert(policy.load(text)) end

-- The lines with some of them elsewhere: each word keeps its order, but for entries and sets, of which
-- an address or a name leads to one at most.
local function moved()
  local first, entries, last = {}, {}, {}
  for _, line in ipairs(LINES) do
    local word = line:match "^%l+"
    if word == "recipient" or word == "list" or word == "set" then
      table.insert(entries, 1, line)
    else
      table.insert((word == "rewrite" or word == "settings") and last or first, line)
    end
  end
  local all = { table.concat(entries, " "), table.concat(first, "\n\n"), table.concat(last, "\n") }
  return table.concat(all, "\n-- the next\n") .. '\nclaim "no address leaves"\n'
end

local TEXT = table.concat(LINES, "\n")

-- A text with something else instead of the only thing of that kind.
local function with(text, old, new)
  local from, to = text:find(old, 1, true)
  assert(from and not text:find(old, to + 1, true), old)
  return text:sub(1, from - 1) .. new .. text:sub(to + 1)
end

describe("what two policies say", function()
  it("is the same wherever declarations stand whose order does not matter", function()
    assert.is_true(contents.are_same(load(TEXT), load(moved())))
    assert.is_true(contents.are_same(load "", load 'claim "no address leaves"'))
    local offices = with(TEXT, 'postoffice "HQ" {} ', "") .. '\npostoffice "HQ" {}'
    assert.is_true(contents.are_same(load(TEXT), load(offices)))
  end)

  it("is not the same if any word says something else", function()
    local before = load(TEXT)
    for _, other in ipairs(OTHERS) do
      assert.is_false(contents.are_same(before, load(with(TEXT, other[1], other[2]))), other[1])
    end
    for i, line in ipairs(LINES) do
      local rest = { unpack(LINES) }
      table.remove(rest, i)
      local after = policy.load(table.concat(rest, "\n"))
      if after then assert.is_false(contents.are_same(before, after), line) end
    end
  end)

  it("is not the same if rules, connectors or domains of one word change places", function()
    for _, word in ipairs { "rewrite", "connector", "domain" } do
      local at, last = nil, nil
      for i, line in ipairs(LINES) do
        if line:match "^[%l_]+" == word then at, last = last, i end
      end
      local lines = { unpack(LINES) }
      lines[at], lines[last] = lines[last], lines[at]
      assert.is_false(contents.are_same(load(TEXT), load(table.concat(lines, "\n"))), word)
    end
  end)

  it("is looked for in each field that a word has", function()
    local words = { "settings", "domain", "connector", "postoffice", "recipient", "list" }
    for _, name in ipairs(words) do
      for field in pairs(language.words[name].fields) do
        local is_told = field == "zone" or TEXT:find("%f[%a]" .. field .. " = ") ~= nil
        assert.is_true(is_told or field == "batv" or field == "patterns", name .. "." .. field)
      end
    end
  end)

  it("is not known where functions decide", function()
    local scripted = "function on.route(route) end"
    assert.is_false(contents.are_same(load(scripted), load(scripted)))
  end)
end)
