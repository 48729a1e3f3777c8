-- For failing_memory.c: a policy is loaded, routed by, explained and closed.  A delivery is what
-- it should be, or it says that memory was short; never is it another one.
local policy = require "postoffice.policy"

local SOURCE = [[
domain "a.example" { catchall = "Kim Lee", unwrap = { "CCMAIL" } }
recipient "Kim Lee"   { proxies = { "SMTP:kim@a.example", "CCMAIL:Kim Lee at HQ" } }
recipient "Pat Jones" { proxies = { "SMTP:pat@a.example" },
                        target = "[ccmail:pat@b.example at internet]" }
list "Team"           { proxies = { "SMTP:team@a.example" }, owner = "Kim Lee",
                        members = { "Kim Lee", "Pat Jones" } }
rewrite "SMTP:{given}.{surname}@a.example" { to = "SMTP:{given}@a.example" }
rewrite "SMTP:{u}@old.example" { to = function(_, bound) return bound.u .. "@a.example" end }
include "lines"
directory "staff" { file = "staff.csv" }
function on.recipient(address)
  local moved = ask("crm", address.localpart)
  if moved then return mail.parse(moved) end
  if mail.matches(address, "FAX:*") then return reject("fax is for our users", "5.7.1") end
end]]

local LINES = [[
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
connector "ccmail" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
connector "line"   { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }]]

local STAFF = "Name,mail,proxyAddresses,target\n"
  .. '"Ito, Yu",yu@a.example,"smtp:y@a.example;SMTP:yu@a.example",\n'
  .. "Ann,ann@a.example,,yu@a.example\n"

local OPTIONS = {
  ask = { crm = { gone = "gone@new.example" } },
  include = function() return LINES, "@lines.lua" end,
  read = function() return STAFF end,
  milliseconds = 1e6, load_milliseconds = 1e6,
}

local TO = {
  ["team@a.example"] = { "deliver Kim Lee", "deliver ccmail HQ SMTP:pat@b.example" },
  ["ann@a.example"] = { "deliver Ito, Yu" },
  ["kim.lee@old.example"] = { "deliver Kim Lee" },
  ["gone@b.example"] = { "deliver line smtp:[192.0.2.7]:25 SMTP:gone@new.example" },
  ["[FAX:555-1212]"] = { "reject policy-reject" },
  ["a@b..c"] = { "reject domain-label-empty" },
}

local function shown(delivery)
  if not delivery.connector then
    return delivery.verdict .. " " .. (delivery.code or delivery.entry)
  end
  return ("%s %s %s %s"):format(delivery.verdict, delivery.connector, delivery.nexthop,
    tostring(delivery.final))
end

-- Whether a delivery says that memory was short.
local function is_short(delivery)
  local memory = delivery.code == "policy-memory"
    or delivery.code == "ask-failed" and delivery.detail:find "not enough memory$"
  return memory and delivery.verdict == "defer"
end

-- Whether all deliveries are as they should be.
local function check(deliveries, expected)
  local short = false
  for i, delivery in ipairs(deliveries) do
    if is_short(delivery) then
      short = true
    else
      local text = shown(delivery)
      assert(text == expected[i] or short and text == expected[i + 1], text)
    end
  end
  assert(short or #deliveries == #expected)
  return not short
end

return function()
  local p, message, code = policy.load(SOURCE, OPTIONS)
  if not p then
    assert(code == "policy-memory", message)
    return false
  end
  local whole = true
  for to, expected in pairs(TO) do
    whole = check(p:route(to, { sender = "joe@b.example" }), expected) and whole
    local explanation = p:explain(to)
    assert(#tostring(explanation) > 0)
    whole = check(explanation.deliveries, expected) and whole
  end
  p:close()
  return whole
end
