--- What `check` finds of post offices: where none of the mail that is tried has a way, classes of
-- addresses decide, or a note says why they do not.

local policy = require "postoffice.policy"

local CODES = {
  ["postoffice-unreached"] = true, ["gateway-nowhere"] = true, ["postoffice-undecided"] = true,
}

-- What is found of post offices, each with its line; of a note, why.
local function findings(source)
  local list = {}
  for _, found in ipairs(assert(policy.load(source, { chunkname = "@policy.lua" })):check()) do
    local why = found.message:match "not known: (.*)$"
    if CODES[found.code] then
      list[#list + 1] = ("%s %d%s"):format(found.code, found.line, why and " " .. why or "")
    end
  end
  return list
end

local HQ, FAX = 'postoffice "HQ" {} ', 'postoffice "gate" { gateway = "FAX" } '

local FAR = 'connector "far" { nexthop = "n", spaces = { "SMTP:*@far.example" } }'

local FOUND = {
  ["a rewrite leads to what has no way"] = {
    HQ .. 'rewrite "CCMAIL:{u} at HQ" { to = "SMTP:{u}@x.example" } ' .. FAR,
    "postoffice-unreached 1",
  },
  ["an entry takes some, and leads nowhere"] = {
    HQ .. 'recipient "r" { proxies = { "CCMAIL:r at HQ" }, target = "SMTP:r@x.example" } ' .. FAR,
    "postoffice-unreached 1",
  },
  ["a catch-all takes all, and leads nowhere"] = {
    HQ .. 'domain "CCMAIL:* at HQ" { kind = "relay", catchall = "SMTP:r@x.example" } ' .. FAR,
    "postoffice-unreached 1",
  },
  ["what carriers hold is nobody's"] = {
    'domain "a.example" { kind = "former" } postoffice "gate" { gateway = "SMTP" }',
    "gateway-nowhere 1",
  },
  ["a function says where it goes"] = {
    HQ .. "\non.recipient = function(a) if a.mailbox == 'z' then return 'z@far.example' end end "
      .. FAR, "postoffice-undecided 1 on.recipient (policy.lua:2) decides",
  },
  ["a function says what a rewrite matches"] = {
    HQ .. '\nrewrite { match = function() end, to = "SMTP:x@far.example" }' .. FAR,
    "postoffice-undecided 1 rewrite (policy.lua:2) decides",
  },
  ["only code knows what is rewritten"] = {
    FAX .. '\nrewrite "FAX:+{n}" { to = "SMTP:{n}@x.example" }' .. FAR,
    'postoffice-undecided 1 rewrite "FAX:+{n}" (policy.lua:2): only code knows which text the'
      .. " addresses of FAX have",
  },
}

-- A gateway that another post office leads to, and no connector.
local BEHIND = HQ .. 'postoffice "gate" { gateway = "SMTP", via = "HQ" }'
  .. ' connector "c" { reaches = "HQ", spaces = { "CCMAIL:* at HQ" } } '

local REACHED = {
  BEHIND .. 'recipient "r" { proxies = { "CCMAIL:r at gate" } }', -- though the gateway reads no names
  BEHIND .. 'rewrite "CCMAIL:Joe at gate" { to = "CCMAIL:Joe at HQ" }',
  HQ .. 'rewrite "CCMAIL:{u} at HQ" { to = "SMTP:{u}@far.example" } ' .. FAR,
  HQ .. 'rewrite "CCMAIL:zz {u} at HQ" { to = "SMTP:zz{u}@far.example" }'
    .. ' connector "z" { nexthop = "n", spaces = { "SMTP:zzq*r@far.example" } }',
  HQ .. 'domain "a.example" {} recipient "r" { proxies = { "CCMAIL:r at HQ" } }',
  HQ .. 'recipient "r" { proxies = { "CCMAIL:r at HQ" }, authenticated = true }',
  'settings { unmatched = "pass" } postoffice "gate" { gateway = "CCMAIL" } '
    .. 'domain "CCMAIL:* at HQ" {}',
  HQ .. "on.recipient = function() return 'z@far.example' end " .. FAR,
  HQ .. 'connector "c" { nexthop = "n", spaces = { "CCMAIL:*" }, senders = { "SMTP:*@a.example" },'
    .. ' max_size = 10 }',
  FAX .. 'rewrite "FAX:+49{n}" { to = "SMTP:{n}@far.example" }' .. FAR,
  FAX .. 'connector "c" { nexthop = "n", spaces = { "FAX:+49*" } }',
  'settings { unmatched = "pass" } postoffice "gate" { gateway = "SMTP" }',
}

-- A policy with so many people, of whose post office nobody is seen to get mail.
local function crowded(count)
  local lines = { HQ .. 'rewrite "CCMAIL:{u} at HQ" { to = "SMTP:{u}@x.example" } ' .. FAR }
  for i = 1, count do
    lines[#lines + 1] = ('recipient "r%d" { proxies = { "SMTP:r%d@a.example" } }'):format(i, i)
  end
  return table.concat(lines, "\n")
end

describe("a post office", function()
  for title, case in pairs(FOUND) do
    it("is told of where " .. title, function() assert.same({ case[2] }, findings(case[1])) end)
  end

  it("is not told of where some of its mail has a way", function()
    for _, source in ipairs(REACHED) do assert.same({}, findings(source), source) end
  end)

  it("is not decided where classes are too many", function()
    assert.same({ "postoffice-unreached 1" }, findings(crowded(100)))
    assert.same({ "postoffice-undecided 1 the directory has more entries than can be told apart" },
      findings(crowded(5001)))
  end)
end)
