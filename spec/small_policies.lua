--- Random policies over small alphabets, so small that every address and every message can be
-- tried; and random claims about them.  A seed makes the same ones again.
--
-- Local parts are made of `a`, `b` and an extension, domains of `a`, `b` and dots; the other types
-- have a few names at two places.  What a policy says is drawn from the same alphabets.
local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local routings = require "postoffice.policy.prove.classes.routings"
local sentences = require "spec.sentences"
local srs = require "postoffice.text.srs"

local unpack = table.unpack or unpack

local small = {}

-- ---- All addresses -----------------------------------------------------------

local USERS = { "a", "b", "aa", "ab", "ba", "bb", "a+b", "aab", "postmaster" }
local LONG = { ("a"):rep(12) .. "b", ("a"):rep(34) } -- that rewrites can make shorter again and again
local QUOTED = { -- blanks and marks, and what is no domain after a sign
  " a", "a b", "a  b", "b ", " ", "a@b", "b@a.a", "a%b", "a+.", "a+#b", "a+(", "b+[a]",
  "b+\195\169",
}
local DOMAINS = { "a", "b", "ab", "a.a", "a.b", "b.a", "b.b", "a.b.b", "b.a.b" }
local MAILBOXES = { "a", "b", "a@b", "ab@a.b" }
local PLACES = { "a", "b" }

-- What carriers carry at some domains, and what only looks like a carrier.
local CARRIED = {
  "CCMAIL:a at a", "CCMAIL:a@b at b", "CCMAIL:ab@a.b at a", "a@b", "a@a", "ab@a.b", "EX:/o=a/cn=a",
  "FAX:+1", "FAX:1.b.example", "X400:c=a;a= ;s=a;", "X400:c=a;a= ;dda:RFC-822=a(a)b;",
  "NOTES:a@b@a", "NOTES:a/b@a", "MS:A/B/A", "MS:A/B/a@b", "UUCP:a!b", "TELEX:1",
}
local LOOK_SO = { "imceax", "imceax-'", "imceaa+b", "imceab-+" }
local AT_HOMES = { "a", "b", "ab" }

local function encapsulated(text, domain)
  return assert(core.format((core.encapsulate(assert(core.parse(text, { unknown = true })), "SMTP",
    { domain = domain }))))
end

-- Adds carriers, each at each of some domains: of what they carry, of each other, and of so many others
-- that nobody opens them all.
local function add_carriers(list)
  local once = {}
  for _, domain in ipairs(AT_HOMES) do
    for _, text in ipairs(CARRIED) do once[#once + 1] = encapsulated(text, domain) end
    for _, user in ipairs(LOOK_SO) do once[#once + 1] = user .. "@" .. domain end
  end
  for i, text in ipairs(once) do
    list[#list + 1] = text
    list[#list + 1] = encapsulated(text, AT_HOMES[i % #AT_HOMES + 1])
  end
  local deep = once[1]
  for _ = 1, core.max_carriers do deep = encapsulated(deep, "a") end
  list[#list + 1] = deep
end

local OTHERS = {
  "EX:/o=a/cn=a", "EX:/o=a/cn=b", "EX:/o=a/ou=b/cn=a", "EX:/o=b/cn=ab", "X500:/o=a/cn=a",
  "X400:c=a;a= ;s=a;", "X400:c=a;a= ;s=b;g=a;", "X400:c=a;a= ;o=b;s=a;", "X400:c=b;a=a;s=a;",
  "X400:c=a;a= ;dda:RFC-822=a(a)b;", "X400:c=a;a= ;dda:RFC-822=ab(a)a;", "FAX:+1", "FAX:+12",
  "NOTES:a/b@a", "NOTES:a@b@a", "MS:A/B/A", "MS:A/A/B", "UUCP:a!b",
}

local function all_addresses()
  local list = { "<>", "<Postmaster>", '""@a', '""@ab' } -- only the first is null
  local function add(format, firsts, seconds)
    for _, second in ipairs(seconds) do
      for _, first in ipairs(firsts) do list[#list + 1] = format:format(first, second) end
    end
  end
  add("%s@%s", USERS, DOMAINS)
  add("%s@%s", LONG, { "a", "b", "a.b" })
  add('"%s"@%s', QUOTED, { "a", "b", "a.b" })
  add("CCMAIL:%s at %s", MAILBOXES, PLACES)
  add_carriers(list)
  for _, text in ipairs(OTHERS) do list[#list + 1] = text end
  return list
end

--- All addresses over the alphabets, shortest local parts first.
small.ADDRESSES = all_addresses()

--- Who may have sent a message: enough that every pattern of a sender finds one that it has and one
-- that it has not.
small.SENDERS = {
  "<>", "a@a", "b@a", "ab@b", "aa@a.b", "b@b.b", "a+b@a", "CCMAIL:a at a", "bb@ab", "EX:/o=a/cn=a",
  '""@a',
}

--- The one size that policies tell from what is larger.
small.SIZES = { 10 }

-- ---- What is signed ----------------------------------------------------------

local DAY = 24 * 60 * 60

--- The times of messages to which some signatures below are good for.
small.TIMES = { 0, 30 * DAY }

local function key(name) return routings.secrets(name)[1] end

--- An address in a signature of SRS.
-- @tparam string text
-- @tparam number now when it is signed
-- @tparam[opt="k"] string name of the keys
-- @tparam[opt="a"] string domain
-- @treturn string
function small.forwarded(text, now, name, domain)
  local localpart, host = text:match "^(.*)@(.-)$"
  return srs.sign(localpart, host, key(name or "k"), now, srs.DEFAULTS) .. "@" .. (domain or "a")
end

--- An address in a mark of BATV.
-- @tparam string text
-- @tparam number now when it is marked
-- @tparam[opt="k"] string name of the keys
-- @treturn string
function small.marked(text, now, name)
  local localpart, host = text:match "^(.*)@(.-)$"
  return batv.sign(localpart, host, key(name or "k"), now, batv.DEFAULTS) .. "@" .. host
end

local forwarded, marked = small.forwarded, small.marked

-- An address in more marks than are opened.
local function often_marked(text)
  for _ = 1, 17 do text = marked(text, 0) end
  return text
end

local INSIDE = { "a@a", "aab@a", "a+b@a", "b@b", "ab@b.b", "bb@ab", "IMCEACCMAIL-a+20at+20a@a" }

local function all_signed()
  local list = {
    forwarded("b@b", 30 * DAY), forwarded("b@b", -100 * DAY), forwarded("b@b", 0, "other"),
    forwarded("b@b", 0, "j"), forwarded("b@b", 0, "j", "a.b"), forwarded("b@b", 0, "k", "b"),
    forwarded(forwarded("b@b", 0), 0), forwarded(forwarded("b@b", 0, "k", "b.b"), 0),
    forwarded(marked("a@a", 0), 0), marked(forwarded("b@b", 0), 0), marked("a@a", 30 * DAY),
    marked("a@a", -100 * DAY), marked("a@a", 0, "other"), marked("b@a.b", 0, "j"),
    marked("b@b.b", 0, "j"), marked(forwarded("b@b", -100 * DAY), 0), often_marked("a@a"),
    often_marked("prvs=@a"), "SRS0=@a", "srs0+abcd=AA=b=b@a", "prvs=@a",
    "srs1=x@a", "srs@a", "srs0=b@b.b",
  }
  for _, text in ipairs(INSIDE) do list[#list + 1] = forwarded(text, 0) end
  for _, text in ipairs { "a@a", "aab@a", "a+b@a", "ab@a" } do list[#list + 1] = marked(text, 0) end
  return list
end

--- Addresses that are signed, with keys of the proof, or look so.
small.SIGNED = all_signed()

--- Some of them as senders.
small.SIGNED_SENDERS = {
  forwarded("b@b.b", 0), forwarded("b@a", 0), forwarded("b@b.b", -100 * DAY), marked("a@a", 0),
  marked("b@a", 0, "other"), "srs0=@a", "prvs=@a", "srs1=@a", forwarded("srs0=ab=aa=b=b@b.b", 0),
  forwarded(forwarded("b@b.b", 0), 0),
}

--- Gives the keys by which policies sign.
small.secrets = routings.secrets

local CARRIERS = {}
add_carriers(CARRIERS)

-- ---- What depends on what was made before ------------------------------------

-- A name that nothing has yet, by kind: the first, the second.
local function new_name(kind, letter)
  return function(world)
    local names = world[kind]
    names[#names + 1] = letter .. #names + 1
    return names[#names]
  end
end

-- A name that something has.
local function declared(kind)
  return function(world) return world[kind][1] and world:pick(world[kind]) end
end

-- The next of those that are declared once.
local function unused(kind) return function(world) return table.remove(world[kind]) end end

-- An address that is nobody's proxy yet.
local function proxy(world)
  local text
  repeat text = world:text "any_address" until not world.taken[text]
  world.taken[text] = true
  return text
end

-- A text of those of a name if the policy signs senders, and opens answers to them.
local function if_signing(name)
  return function(world) return world.signs and world:text(name) end
end

-- ---- Policies ----------------------------------------------------------------

local GRAMMAR = {
  -- Addresses and patterns
  user = USERS, host = DOMAINS, place = PLACES, other = OTHERS,
  smtp = { "$user@$host" }, ccmail = { "CCMAIL:a at $place", "CCMAIL:b at $place" },
  any_address = { "$smtp", "$smtp", "$smtp", "$smtp", "$smtp", "$smtp", "$ccmail", "$other" },
  glob = {
    "*@a", "*@*.b", "a*@*", "?@b", "*b@*", "*@a.b", "a@*", "*@*", "??@*.b", "*a@b*", "b@b", "*@ab",
    "*+*@*", "$smtp",
  },
  smtp_pattern = { "SMTP:$glob" },
  typed_pattern = {
    "CCMAIL:*", "CCMAIL:* at $place", "CCMAIL:a at *", "EX:*", "EX:/o=a/*", "EX:/o=a/cn=$user",
    "X400:c=a;...", "X400:c=a;a=*;s=a;", "FAX:*", "FAX:+1*", "NOTES:*@a", "MS:A/*/A", "UUCP:a!*",
  },
  pattern = {
    "$smtp_pattern", "$smtp_pattern", "$smtp_pattern", "$smtp_pattern", "$typed_pattern",
  },
  writer = { "$pattern", "$pattern", "$a_recipient", "$a_list" },

  -- The whole
  settings = {
    "settings { $order?4 $extension?3 $unmatched?4 $cheapest?6 $propagate?4 $outbound?4 $most?12 }",
  },
  order = { "order = 'cost'," }, unmatched = { "unmatched = 'pass'," },
  cheapest = { "only_lowest_cost = true," }, most = { "max_recipients = 2," },
  extension = { "extension = '+'," }, propagate = { "propagate = $yes_no," },
  yes_no = { "true", "false", "'always'" },
  outbound = { "outbound = 'primary',", "outbound = 'unchanged'," },
  postoffices = {
    "postoffice 'a' {} postoffice 'b' { gateway = 'SMTP' }",
    "postoffice 'a' {} postoffice 'b' { via = 'a', gateway = 'SMTP' }",
    "postoffice 'b' { gateway = 'FAX' }", "postoffice 'a' { gateway = 'X400' } postoffice 'b' {}",
    "postoffice 'NOTES:a' { gateway = 'SMTP' } postoffice 'MS:A/B' { gateway = 'SMTP' }",
  },
  sets = { "set 's1' { '$pattern', '$pattern' } set 's2' { 'SMTP:$smtp', '$pattern' }" },

  -- Domains
  domain = { "domain '$unused_host' { $kind $unwrap?4 $catchall?5 $extension?6 $propagate?8"
    .. " $outbound?8 }" },
  unused_host = unused "unused_hosts",
  kind = { "kind = 'local',", "kind = 'local',", "kind = 'relay',", "kind = 'former'," },
  unwrap = {
    "unwrap = { 'CCMAIL', 'SMTP' },", "unwrap = { 'EX', 'X400', 'FAX' },", "unwrap = { 'SMTP' },",
    "unwrap = { 'SMTP', 'X400', 'NOTES' },", "unwrap = { 'SMTP', 'MS', 'EX', 'TELEX' },",
  },
  catchall = { "catchall = '$reference'," },
  typed_domain = { "domain '$unused_space' { $kind $catchall?5 }" },
  unused_space = unused "unused_spaces",
  signing_domain = {
    "domain 'a' { unwrap = { 'SRS', 'BATV', 'CCMAIL' }, secrets = 'k' }",
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'k', extension = '+' }",
    "$plain_signing_domain", "$plain_signing_domain",
  },
  plain_signing_domain = {
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'k', $catchall?3 }",
    "domain 'a' { unwrap = { 'SRS', 'BATV' }, secrets = 'j', kind = 'former' }",
    "domain 'a' { unwrap = { 'BATV' }, secrets = 'k', $catchall?3 }",
    "domain 'a' { unwrap = { 'SRS' }, secrets = 'k', $extension?2 }",
  },
  other_signing_domain = { "domain '*.b' { unwrap = { 'SRS', 'BATV' }, secrets = 'j' }" },

  -- Entries
  recipient = {
    "recipient '$new_recipient' { proxies = { $own*2 }, $restrictions?3 }",
    "recipient '$new_recipient' { proxies = { $own*2 }, target = '$reference', $keep?3 $carry?4"
      .. " $restrictions?3 }",
    "recipient '$new_recipient' { proxies = { $own*2 }, target = '$reference' }",
    "recipient '$new_recipient' { proxies = { $own }, targets = { $member*3 }, $keep?3 $carry?4"
      .. " $restrictions?4 }",
    "recipient '$new_recipient' { proxies = { $own }, refuse = $why, $restrictions?6 }",
  },
  new_recipient = new_name("recipients", "r"), own = { "'$proxy'" }, proxy = proxy,
  keep = { "keep = true," }, carry = { "propagate = $yes_no," }, why = { "true", "'gone'" },
  reference = { "$smtp", "$smtp", "$any_address", "$a_recipient", "$a_list" },
  member = { "'$reference'" },
  list = {
    "list '$new_list' { proxies = { $own*2 }, members = { $member*3 }, $owner?3 $restrictions?3 }",
  },
  new_list = new_name("lists", "l"), owner = { "owner = '$reference'," },
  restrictions = {
    "authenticated = true,", "max_size = 10,", "accept = $writers,", "reject = $writers,",
    "accept = $writers, reject = $writers,", "reject = { '<>' },",
  },
  writers = { "{ '$writer' }", "{ '$writer', '$writer' }", "'$a_set'" },

  -- Rewrites: a pattern and what is made of it are drawn together, so that captures are bound
  rewrite = {
    "rewrite $one_way $again }", "rewrite $one_way $again?5 }", "rewrite $one_way }",
    "rewrite $two_ways both = true, $at?2 }", "rewrite { match = $match, to = $filled }",
  },
  one_way = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place',",
    "'SMTP:{u}@$host' { to = 'SMTP:{u}{u}@$host',",
    "'SMTP:{u}@$host' { to = 'SMTP:b{u}@$host',", "'SMTP:{u}@$host' { to = 'EX:/o=a/cn={u}',",
    "'SMTP:{u}@$host' { to = 'X400:c=a;a= ;s={u};',", "'SMTP:{u}@$host' { to = 'MS:A/B/{u}',",
    "'SMTP:{u}@$host' { to = 'X400:c=a;a= ;dda:RFC-822={u};',", "'SMTP:$glob' { to = 'SMTP:$smtp',",
    "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:b{u}@$host',",
    "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}',", "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@b.{d}',",
    "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}.a',",
    "'SMTP:{u}@{d}.$host' { to = 'SMTP:{d}={u}@$host',",
    "'SMTP:{u}+{d}@$host' { to = 'SMTP:{u}@{d}',", "'SMTP:{u}+{d}@$host' { to = 'SMTP:{u}@{d}.b',",
    "'CCMAIL:{u} at {p}' { to = 'SMTP:{u}@{p}.b',",
    "'SMTP:{u}@{d}.b' { to = 'CCMAIL:{u}@{d} at $place',", "'SMTP:?@$host' { to = 'SMTP:$smtp',",
    "'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host',", "'SMTP:{u}+{v}@*' { to = 'SMTP:{v}@$host',",
    "'SMTP:{u}b{v}@$host' { to = 'SMTP:{v}a{u}@$host',",
    "'SMTP:{u}{v}@$host' { to = 'SMTP:{u}+{v}@$host',", "'SMTP:{u}+*@*' { to = 'SMTP:{u}@$host',",
    "'CCMAIL:{u} at {p}' { to = 'SMTP:{u}@$host',",
    "'CCMAIL:{u} at {p}' { to = 'SMTP:{u}+{p}@$host',",
    "'CCMAIL:{u} at {p}' { to = 'CCMAIL:{p} at {u}',",
    "'CCMAIL:{u}@{d} at a' { to = 'SMTP:{u}@{d}',",
    "'EX:/o=a/{u}' { to = 'EX:/o=b/{u}',", "'X400:c=a;a= ;s={u};' { to = 'SMTP:{u}@$host',",
    "'MS:A/{p}/{u}' { to = 'MS:B/{p}/{u}',", "'FAX:+1{u}' { to = 'FAX:+{u}',",
    "'MS:A/{p}/{u}' { to = 'SMTP:{u}@$host',", "'NOTES:{u}/b@a' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}ab{v}@$host' { to = 'SMTP:{v}@$host',", "'SMTP:{u}+b*@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}b+{d}@$host' { to = 'SMTP:{u}@{d}',",
  },
  two_ways = {
    "'SMTP:{u}@a' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',",
    "'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host',",
    "'SMTP:a{u}@$host' { to = 'SMTP:{u}b@$host',",
    "'EX:/o=a/cn={u}' { to = 'X400:c=a;a= ;s={u};',", "'SMTP:{u}@$host' { to = 'CCMAIL:{u} at a',",
  },
  match = {
    "{ type = 'SMTP', domain = '*.b', localpart = '{u}' }", "{ type = 'CCMAIL', mailbox = '{u}' }",
    "{ type = 'SMTP', localpart = 'a{u}' }", "{ type = 'X400', c = 'a', s = '{u}' }",
  },
  filled = { "'SMTP:{u}@$host'", "'CCMAIL:{u} at $place'", "'SMTP:$smtp'" },
  at = { "at = { '$a_connector' }," }, by = { "by = { '$a_connector' }," },
  again = { "again = true," },
  rewrite_sender = { "rewrite_sender $sender_rule $by?3 }" },
  sender_rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@*.b' { to = 'SMTP:$smtp',", "'$ccmail' { to = 'SMTP:$smtp',",
    "'CCMAIL:{u} at a' { to = 'CCMAIL:{u} at b',", "'SMTP:{u}{v}@b' { to = 'SMTP:{v}{u}@a',",
  },

  -- Connectors
  connector = {
    "connector '$new_connector' { spaces = { $space*3 }, nexthop = 'n1', $cost?3 $largest?5"
      .. " $senders?5 $weight?8 $outbound?8 $signed?2 }",
    "connector '$new_connector' { spaces = { $space*3 }, nexthop = 'n2', $cost?3 $largest?5"
      .. " $senders?8 $reaches?8 }",
    "connector '$new_connector' { spaces = { $space*3 }, nexthop = 'n2', $cost?3 $wraps $largest?8"
      .. " $senders?8 $signed?2 }",
  },
  new_connector = new_name("connectors", "c"),
  space = { "'$pattern'", "'$wide'", "'$wide'", "{ '$pattern', cost = $price }",
    "{ '$wide', cost = $price }" },
  wide = { "SMTP:*", "SMTP:*", "SMTP:*", "CCMAIL:*", "EX:*", "X400:*", "FAX:*", "MS:*", "NOTES:*" },
  price = { "0", "1", "1", "2", "1.5" }, cost = { "cost = $price," },
  largest = { "max_size = 10," }, weight = { "weight = 0,", "weight = 2," },
  senders = { "senders = { '$pattern' },", "senders = '$a_set'," },
  reaches = { "reaches = '$place'," },
  wraps = {
    "speaks = 'SMTP', wrap = { domain = '$host' },", "speaks = 'SMTP', wrap = { domain = 'a' },",
    "speaks = 'CCMAIL', wrap = { postoffice = '$place' },",
    "speaks = 'X400', wrap = { c = 'a', a = ' ' },",
  },
  signed = if_signing "signatures",
  signing_connector = {
    "connector '$new_connector' { spaces = { '$wide', $space*2 }, nexthop = 'n1', $signatures }",
  },
  signatures = {
    "srs = { domain = 'a', secrets = 'k' },",
    "srs = { domain = 'a', secrets = 'k' }, batv = { secrets = 'k' },",
  },

  -- Functions
  scripted = {
    "function on.recipient(a) if a.localpart == 'ab' then return reject 'no' end end",
    "function on.route(r) if r.cost > 1 then return defer() end end",
    "function on.recipient(a) return ask('crm', a.localpart or 'x') end",
    "function on.delivery(d) if d.entry then return pass() end end",
    "rewrite 'SMTP:{u}@ab' { to = function(a, c) return c.u .. '@b' end }",
    "$event", "$event",
  },
  event = {
    "function on.recipient(a) $if_address return $answer end end",
    "function on.recipient(a) $if_address return $answer end end",
    "function on.recipient(a) $if_address return $answer end end",
    "function on.recipient(a) $if_address return $answer else return $answer end end",
    "function on.route(r) $if_route return $choice end end",
    "function on.delivery(d) if $if_delivery then return $decided end end",
  },
  if_address = {
    "if a.localpart == '$user' then", "if a.domain == '$host' then", "if a.type ~= 'SMTP' then",
    "if mail.matches(a, '$pattern') then", "if true then", "if mail.matches(a, '$pattern') then",
  },
  answer = {
    "'$any_address'", "'$any_address'", "{ '$any_address', '$any_address' }", "a", "$decided",
    "{ a, '$any_address' }", "(a.localpart or 'a') .. '@$host'", "'$carried'",
    "{ '$any_address', '$any_address', '$any_address' }", "{ '$carried', '$any_address' }",
  },
  carried = function(world) return world:pick(CARRIERS) end,
  if_route = {
    "if r.cost > 1 then", "if r.address.domain == '$host' then", "if r.entry then", "if true then",
  },
  choice = { "'$a_connector'", "'$a_connector'", "'$a_connector'", "$decided" },
  if_delivery = { "d.entry", "d.connector", "d.verdict ~= 'deliver'", "d.via" },
  decided = {
    "reject()", "reject('no', '5.1.1', 'recipient-unknown')", "reject('no', '5.1.1')", "defer()",
    "pass()", "reject('gone', '5.1.6', 'recipient-gone')", "nil",
  },

  -- What is there already
  a_recipient = declared "recipients", a_list = declared "lists",
  a_connector = declared "connectors",
  a_set = function(world) return world.sets[1] and world:pick(world.sets) end,

  -- Claims
  claim = {
    'every $set $from?3 $when?3 $ends $unless?2', 'every $set $from?3 $when?3 $ends $unless?2',
    'no $set $from?3 $when?3 $finish $unless?2', 'every $set $from?3 $when?3 $finish $unless?2',
  },
  set = {
    "$item", "$item", "$item", "$item or $item", "$item but $item", "$item or $item but $item",
    "$item but $item or $item",
  },
  item = {
    "address", "address", "address", "local", "relay", "former", "foreign", '"$pattern"',
    '"$pattern"', '"$pattern"', "SMTP address", "CCMAIL address", "EX address", "X400 address",
    "recipient", "list", "<>", 'recipient "$a_recipient"', 'list "$a_list"', 'set "$a_set"',
  },
  from = { "from $set" }, when = { "when $fact", "when $fact and $fact" },
  fact = {
    "may_relay", "not may_relay", "authenticated", "not authenticated", "nothing is down",
    'down "$a_connector"', 'down "$a_connector" and "$a_connector"', "size over 10",
    "size up to 10", "size over 9", 'arrived_by "$a_connector"',
  },
  ends = { "$finish", "$finish or $finish", "$finish or $finish or $finish" },
  finish = {
    "is delivered", "is delivered here", "is rejected", "is rejected $code", "is deferred",
    "is passed", "leaves", "leaves", "leaves", 'leaves by "$a_connector"',
    'leaves by "$a_connector" or "$a_connector"', 'reaches recipient "$a_recipient"',
    'reaches list "$a_list"', "is handed over as $set", "has sender $set",
    "makes over $number deliveries", 'routes as in "old.lua"',
  },
  code = { "recipient-unknown", "relay-denied", "5.7.1", "5.1.1", "route-missing" },
  number = { "1", "2" },
  unless = { "unless $exception", "unless $exception or $exception" },
  exception = {
    "$fact", "$fact", "from $set", "by recipient", "by list", 'by recipient "$a_recipient"',
    'by list "$a_list"', "asks fail",
  },
}

-- Policies of SMTP alone, about which more is decided.
local PLAIN = setmetatable({
  any_address = { "$smtp" }, pattern = { "$smtp_pattern" }, wide = { "SMTP:*" },
  one_way = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}',", "'SMTP:{u}{v}@$host' { to = 'SMTP:{v}{u}@$host',",
    "'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}.a',", "'SMTP:{u}+{d}@$host' { to = 'SMTP:{u}@{d}.b',",
    "'SMTP:{u}+*@*' { to = 'SMTP:{u}@$host',", "'SMTP:$glob' { to = 'SMTP:$smtp',",
    "'SMTP:{u}@$host' { to = 'SMTP:{u}{u}@$host',", "'SMTP:{u}b{v}@*' { to = 'SMTP:{v}a{u}@$host',",
    "'SMTP:{u}ab{v}@$host' { to = 'SMTP:{v}@$host',", "'SMTP:{u}+b*@*' { to = 'SMTP:{u}@$host',",
    "'SMTP:{u}b+{d}@$host' { to = 'SMTP:{u}@{d}',",
  },
  two_ways = {
    "'SMTP:{u}@a' { to = 'SMTP:{u}@$host',", "'SMTP:a{u}@$host' { to = 'SMTP:{u}b@$host',",
  },
  sender_rule = {
    "'SMTP:{u}@$host' { to = 'SMTP:{u}@$host',", "'SMTP:{u}@*.b' { to = 'SMTP:$smtp',",
  },
  unwrap = { "" }, wraps = { "" }, typed_domain = { "$domain" }, reaches = { "" },
  postoffices = { "" }, scripted = { "" }, signing_domain = { "$plain_signing_domain" },
}, { __index = GRAMMAR })

-- What is declared besides domains, and as often.
local WORDS = {
  "domain", "recipient", "recipient", "list", "rewrite", "rewrite", "connector", "rewrite_sender",
  "typed_domain",
}

-- What a policy is made of, as far as that is not drawn: every other one is plain.
local function new_world(seed)
  return sentences.new(seed % 2 == 0 and PLAIN or GRAMMAR, seed, {
    recipients = {}, lists = {}, connectors = {}, sets = {}, taken = {}, signs = false,
    unused_hosts = { "*.b", "b", "a.b", "*.a", "ab", "a" },
    unused_spaces = { "X400:c=a;a= ;", "EX:/o=a", "CCMAIL:* at b", "FAX:+1*", "CCMAIL:* at a" },
  })
end

-- The domain that opens answers to signed senders, which connectors need to sign them.
local function sign(world)
  world.signs = true
  table.remove(world.unused_hosts)
  return world:text "signing_domain"
end

-- Another one, which opens what others signed.
local function open(world)
  table.remove(world.unused_hosts, 1)
  return world:text "other_signing_domain"
end

local function use_sets(world)
  world.sets = { "s1", "s2" }
  return world:text "sets"
end

local SCRIPTED = 10 -- one policy in so many has a function

-- The lines of a policy; one in so many signs.
local function new_lines(seed, signing)
  local world, lines = new_world(seed), {}
  local function one_in(number) return world.random(number) == 1 end
  local function add(line) lines[#lines + 1] = line or nil end
  add(one_in(2) and world:text "settings")
  add(one_in(6) and use_sets(world))
  local signs = one_in(signing)
  add(signs and sign(world) or world:text "domain")
  add(signs and one_in(3) and open(world))
  add(world:text(signs and "signing_connector" or "connector"))
  for _ = 1, world.random(6) do add(world:text(world:pick(WORDS))) end
  add(one_in(6) and world:text "postoffices")
  add(one_in(SCRIPTED) and world:text "scripted")
  return lines, world
end

--- The lines of a policy, a declaration or more in each, and what claims about it are made by.
-- @tparam number seed
-- @treturn {string,...}
-- @treturn table for `small.claim` and `small.variant`
function small.lines(seed) return new_lines(seed, 4) end

--- The same of a policy that signs.
-- @tparam number seed
-- @treturn {string,...}
-- @treturn table
function small.lines_that_sign(seed) return new_lines(seed, 1) end

--- The same of a policy of which one to three functions have a say.
-- @tparam number seed
-- @treturn {string,...}
-- @treturn table
function small.lines_of_events(seed)
  local lines, world = small.lines(seed)
  for _ = 1, world.random(2) do lines[#lines + 1] = world:text "event" end
  return lines, world
end

--- A policy that is like another: a line is another one, is missing, or changes places
-- with the next.
-- @tparam {string,...} lines
-- @tparam table world of them
-- @treturn {string,...}
function small.variant(lines, world)
  local made = { unpack(lines) }
  local at, way = world.random(#made), world.random(4)
  local word = made[at]:match "^[%l_]+"
  local next_at = way == 1 and made[at + 1] and at + 1 or at
  made[at], made[next_at] = made[next_at], made[at]
  if way > 2 then made[at] = world.grammar[word] and world:text(word) or "" end
  if way == 2 then table.remove(made, at) end
  return made
end

--- A set of a claim about a policy.
-- @tparam table world of the policy
-- @treturn string
function small.set(world) return world:text "set" end

--- A claim about a policy.
-- @tparam table world of the policy
-- @treturn string
function small.claim(world) return world:text "claim" end

-- The number of the line that a message blames.
local function blamed(message) return tonumber(message:match "^small%.lua:(%d+):") end

-- By word, whose names the world knows.
local KNOWN = { recipient = "recipients", list = "lists", connector = "connectors" }

-- Makes a world forget what a line declares.
local function forget(world, line)
  local word, name = line:match "^(%l+) '(.-)'"
  local names = world[KNOWN[word] or "sets"]
  for i = #names, 1, -1 do
    if names[i] == name or word == "set" then table.remove(names, i) end
  end
end

--- Loads a policy without the lines that keep it from loading.
-- @tparam function load of a text and options: a policy, or nil and a message
-- @tparam {string,...} lines
-- @tparam table world of them
-- @treturn table|nil the policy
-- @treturn string its text
function small.load(load, lines, world)
  lines = { unpack(lines) }
  while true do
    local text = table.concat(lines, "\n")
    local p, message = load(text, { chunkname = "@small.lua", secrets = small.secrets })
    local at = not p and blamed(message)
    if p or not at or lines[at] == "" then return p, text end
    forget(world, lines[at])
    lines[at] = ""
  end
end

--- Two policies, of the second of which one line is another; either may be nil.
-- @tparam function load as for `small.load`
-- @tparam number seed
-- @tparam[opt=small.lines] function lines_of a seed
-- @treturn table|nil
-- @treturn table|nil
function small.pair(load, seed, lines_of)
  local lines, world = (lines_of or small.lines)(seed)
  local new = small.load(load, small.variant(lines, world), world)
  return small.load(load, lines, world), new
end

return small
