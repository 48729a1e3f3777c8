-- For whoever takes a mail server down at fixed hours: what it would get waits, and what must not
-- wait goes another way, by a calendar that is the same on every host and through summer time.
settings { zone = "CET-1CEST,M3.5.0,M10.5.0/3" }        -- Central Europe, as POSIX says it

domain "corp.example"     { kind = "relay" }            -- the mailboxes are on the server
domain "hospital.example" { kind = "relay" }
domain "mx.corp.example"  {}                            -- this host itself
recipient "Postmaster" {
  proxies = {
    "SMTP:postmaster@mx.corp.example", "postmaster@corp.example", "postmaster@hospital.example",
  },
}

connector "mailboxes" { nexthop = "lmtp:[192.0.2.2]:24", spaces = { "SMTP:*@corp.example" } }
connector "hospital"  { nexthop = "smtp:[192.0.2.3]:25", spaces = { "SMTP:*@hospital.example" } }
connector "standby"   { nexthop = "smtp:[192.0.2.4]:25",
                        spaces = { { "SMTP:*@hospital.example", cost = 10 } } }
connector "internet"  { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

-- Sundays from two to four.
local function is_window(now)
  local at = mail.date(now)
  return at.wday == 1 and at.hour >= 2 and at.hour < 4
end

function on.route(route, envelope)
  if route.connector == "internet" or not is_window(envelope.now) then return end
  if route.connector == "hospital" then return "standby" end
  if route.connector == "mailboxes" then return defer("maintenance until four", "4.3.2") end
end

-- What on.route may do is its own business (`prove` says "undecided"), but nobody has to wait for the
-- postmaster.
claim 'every local is delivered here or is rejected'
claim 'every "SMTP:postmaster@*" but foreign is delivered here'

-- 29 March 2026: at two it is three, since summer time begins, and the window is half as long.
-- 25 October: half past two comes twice, and the window is an hour longer.
local before, within, after = 1774745999, 1774746000, 1774749600
test "just before"    { to = "kim@corp.example", now = before, connector = "mailboxes" }
test "in the window"  { to = "kim@corp.example", now = within, verdict = "defer",
                        status = "4.3.2", message = "maintenance until four" }
test "just after"     { to = "kim@corp.example", now = after, connector = "mailboxes" }
test "a weekday"      { to = "kim@corp.example", now = within + 86400, connector = "mailboxes" }
test "in October"     { to = "kim@corp.example", now = 1792886400, verdict = "defer" }
test "at two again"   { to = "kim@corp.example", now = 1792890000, verdict = "defer" }
test "just after that" { to = "kim@corp.example", now = 1792897200, connector = "mailboxes" }
test "what cannot wait"    { to = "ward@hospital.example", now = within, connector = "standby" }
test "but in the window"   { to = "ward@hospital.example", now = before, connector = "hospital" }
test "the standby is down" { to = "ward@hospital.example", now = within, down = { "standby" },
                             verdict = "defer", code = "connectors-down" }
test "postmaster"     { to = "postmaster@corp.example", now = within, entry = "Postmaster" }
test "by that name alone" { to = "<Postmaster>", now = within, entry = "Postmaster" }
test "the world"      { to = "joe@far.example", now = within, connector = "internet" }
