--- What `check` says of how next hops hear senders, held against senders of all types: those that cannot
-- be said, whose answers nobody takes out, and whose domain a rule for some connectors changes.

local judge = require "spec.judge"
local postoffice = require "postoffice"
local sentences = require "spec.sentences"

local hold = judge.hold

-- ---- The world -----------------------------------------------------------------

-- By type: a space of a connector's own, somebody in it, and senders.
local TYPES = {
  SMTP = { "SMTP:*@h%d", "x@h%d", {
    "a@a", "b@a", "ab@a", "a@b", "b@b", "ab@b", "a@a.b", "b@a.b", "a@c.b", "b@c.b", "a@q", "b@q",
  } },
  CCMAIL = { "CCMAIL:* at p%d", "CCMAIL:x at p%d", {
    "CCMAIL:a at q", "CCMAIL:b at b", "CCMAIL:a at b", "CCMAIL:a at p9",
  } },
  X400 = { "X400:c=us;a= ;p=p%d", "X400:c=us;a= ;p=p%d;s=x;",
    { "X400:c=us;a= ;s=b;", "X400:c=us;a= ;s=a;", "X400:c=us;a= ;p=q;s=a;" } },
  FAX = { "FAX:+%d*", "FAX:+%d1", { "FAX:+99" } },
  EX = { "EX:/o=o%d", "EX:/o=o%d/cn=x", { "EX:/o=q/cn=a" } },
  MS = { "MS:N%d/*", "MS:N%d/P/X", { "MS:Q/P/A" } },
  NOTES = { "NOTES:*@d%d", "NOTES:x/y@d%d", { "NOTES:a/b@q" } },
}
local NAMES = { "SMTP", "SMTP", "CCMAIL", "CCMAIL", "X400", "FAX", "EX", "MS", "NOTES" }

local GRAMMAR = {
  host = { "a", "b", "a.b", "q" }, place = { "b", "q", "p9" }, type = NAMES,
  domain = { "domain '$unused' { $kind?2 $unwrap?2 $outbound?8 }" },
  outbound = { "outbound = 'primary',", "outbound = 'primary',", "outbound = 'unchanged'," },
  unused = function(world) return table.remove(world.unused) end,
  kind = { "kind = 'relay',", "kind = 'former'," },
  unwrap = {
    "unwrap = { 'CCMAIL' },", "unwrap = { 'X400', 'FAX' },", "unwrap = {},",
    "unwrap = { 'CCMAIL', 'EX', 'MS', 'NOTES' },",
  },
  shell = { "a", "b", "q" }, wrap_smtp = { "wrap = { domain = '$shell' }," },
  wrap_ccmail = { "wrap = { postoffice = 'internet' }," },
  wrap_x400 = { "wrap = { c = 'us', a = ' ', p = 'gate' }," },
  wrap_ms = { "wrap = { network = 'NET', postoffice = 'SMTP' }," },
  senders = {
    "senders = { 'SMTP:*@a' },", "senders = { 'SMTP:*', '<>' },", "senders = { 'CCMAIL:*' },",
    "senders = { 'CCMAIL:* at q', 'SMTP:a@*' },",
  },
  by = { "by = { 'c1' },", "by = { 'c2' },", "by = { 'c1', 'c2' }," },
  at = { "at = { 'c1' },", "at = { 'c2' }," },
  rule = {
    "rewrite_sender 'CCMAIL:{u} at *' { to = 'SMTP:{u}@$host', $by?2 }",
    "rewrite_sender 'CCMAIL:{u} at q' { to = 'SMTP:{u}@$host', $by?2 }",
    "rewrite_sender 'SMTP:{u}@*' { to = 'CCMAIL:{u} at $place', $by?2 }",
    "rewrite_sender 'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place', $by?2 }",
    "rewrite_sender 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host', $by?2 }",
    "rewrite_sender 'SMTP:a@*' { to = 'SMTP:b@$host', $by?2 }",
    "rewrite_sender 'SMTP:{u}@{d}.b' { to = 'SMTP:{u}@{d}', $by?2 }",
    "rewrite_sender 'X400:c=us;a=*;s={u};' { to = 'SMTP:{u}@$host', $by?2 }",
    "rewrite_sender 'SMTP:*@$host' { to = 'SMTP:b@a', $by?2 }",
    "rewrite 'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host', both = true, $at?2 }",
    "rewrite 'SMTP:{u}@z' { to = 'CCMAIL:{u} at $place', both = true, $at?2 }",
    "rewrite 'SMTP:{u}@z' { to = 'SMTP:{u}@$host', both = true, $at?2 }",
  },
  recipient = {
    "recipient 'r1' { proxies = { 'SMTP:b@a', 'CCMAIL:b at b' } }",
    "recipient 'r1' { proxies = { 'SMTP:b@a', 'smtp:b@q' } }",
    "recipient 'r1' { proxies = { 'CCMAIL:b at b', 'X400:c=us;a= ;s=b;' } }",
  },
}

-- The line of a connector that speaks a type, or does not say which.
local function connector_line(world, number)
  local speaks = world.random(4) > 1 and world:text "type"
  local own = TYPES[speaks or world:text "type"][1]:format(number)
  local wrap = speaks and GRAMMAR["wrap_" .. speaks:lower()] and world.random(2) == 1
    and world:text("wrap_" .. speaks:lower()) or ""
  local function maybe(name) return world.random(5) == 1 and world:text(name) or "" end
  return ("connector 'c%d' { spaces = { '%s' }, nexthop = 'n', %s %s %s %s }"):format(number, own,
    speaks and ("speaks = '%s',"):format(speaks) or "", wrap, maybe "senders", maybe "outbound")
end

local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, { unused = { "*.b", "b", "a" } })
  local lines = {}
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "domain" end
  for i = 1, 1 + world.random(2) do lines[#lines + 1] = connector_line(world, i) end
  for _ = 1, world.random(4) - 1 do lines[#lines + 1] = world:text "rule" end
  lines[#lines + 1] = world.random(3) == 1 and world:text "recipient" or ""
  return lines
end

-- ---- What the text declares ----------------------------------------------------

local function connector_of(line, number)
  local digit = line:match "^connector 'c(%d)'"
  local own = digit and line:match "spaces = { '(%u%w+):"
  return own and {
    line = number, name = "c" .. digit, speaks = line:match "speaks = '(%w+)'", type = own,
    recipient = TYPES[own][2]:format(digit, digit),
  }
end

-- The names of the local domains.
local function homes_of(lines)
  local names = {}
  for _, line in ipairs(lines) do
    local is_local = not line:find("kind =", 1, true)
    names[#names + 1] = is_local and line:match "^domain '(.-)'" or nil
  end
  return names
end

-- Whether a sender is at one of some domains.
local function is_at(sender, names)
  local host = sender:match "@(.*)$"
  for _, name in ipairs(names) do
    if host == name or host and name == "*.b" and host:find "%.b$" then return true end
  end
  return false
end

-- The types of senders that connectors bring, and those that are spoken, as sets; of SMTP it may be only
-- those at our domains.
local function types_of(connectors, homes)
  local brought, spoken = {}, {}
  for _, connector in ipairs(connectors) do
    brought[connector.speaks or connector.type] = "all"
    if connector.speaks then spoken[connector.speaks] = true end
  end
  for _, name in ipairs(homes) do
    if name ~= "*.b" then brought.SMTP, spoken.SMTP = brought.SMTP or "ours", true end
  end
  return brought, spoken
end

-- The senders that there are, but for those of the entry.
local function senders_of(brought, homes, entry)
  local list = {}
  for type_name, how in pairs(brought) do
    for _, sender in ipairs(TYPES[type_name][3]) do
      local is_entrys = entry:find(sender .. "'", 1, true)
      if not is_entrys and (how == "all" or is_at(sender, homes)) then list[#list + 1] = sender end
    end
  end
  return list
end

local function new_case(lines)
  local case = { lines = lines, policy = judge.loaded(lines), connectors = {}, text = nil }
  case.text, case.findings = table.concat(lines, "\n"), case.policy:check()
  for number, line in ipairs(lines) do
    case.connectors[#case.connectors + 1] = connector_of(line, number)
  end
  local homes = homes_of(lines)
  local brought, spoken = types_of(case.connectors, homes)
  case.spoken, case.senders = spoken, senders_of(brought, homes, lines[#lines])
  return case
end

-- ---- What becomes of senders ---------------------------------------------------

local function type_of(text) return text:match "^(%u%w+):" or "SMTP" end
local function domain_of(text) return type_of(text) == "SMTP" and text:match "@([^@]*)$" or nil end

-- What becomes of a sender on the way to a connector: the delivery, what a rule made of it before, and
-- that rule's line.
local function heard(p, connector, sender)
  local message = { sender = sender, may_relay = true }
  local delivery = p:route(connector.recipient, message)[1]
  for _, step in ipairs(p:explain(connector.recipient, message).steps) do
    local made = step.text:match "^the sender .- becomes (.*)$"
      or step.text:match "^the sender stays (.*)$"
    made = made and made:match "^(.-), the primary address of" or made
    if made and step.rule then return delivery, made, tonumber(step.rule:match ":(%d+)$") end
  end
  return delivery, sender
end

-- Whether a domain of ours takes out what a sender is carried in, or nothing carries it.
local function is_opened(p, sender)
  local is_carrier = type(sender) == "table" and sender.type == "SMTP"
    and postoffice.decapsulate(sender)
  for _, step in ipairs(is_carrier and p:explain(tostring(sender)).steps or {}) do
    if step.stage == "unwrap" and step.text:find(", encapsulated at ", 1, true) then return true end
  end
  return not is_carrier
end

-- The types that the findings of a code about a line list, as a set.
local function types_said(findings, code, line)
  local types = {}
  for _, finding in ipairs(findings) do
    local is_it = finding.code == code and finding.line == line
    local list = is_it
      and (finding.message:match "theirs: (.*)" or finding.message:match "again: (.*)")
    for name in (list or ""):gmatch "(%u%w+) %(" do types[name] = true end
  end
  return types
end

-- ---- Judges --------------------------------------------------------------------

-- The types of senders that a connector cannot say, and that it carries where nobody opens them; each with
-- whether a rule made one, or somebody speaks it.
local function types_seen(case, connector)
  local unsaid, unopened = {}, {}
  for _, sender in ipairs(case.senders) do
    local delivery, made, line = heard(case.policy, connector, sender)
    local name = type_of(made)
    local is_sure = line ~= nil or case.spoken[name] == true
    if delivery.code == "sender-unsayable" then
      unsaid[name] = true
    elseif delivery.verdict == "deliver" and not is_opened(case.policy, delivery.sender) then
      unopened[name] = unopened[name] or is_sure
    end
  end
  return unsaid, unopened
end

local function judge_connector(case, connector)
  local unsaid, unopened = types_seen(case, connector)
  local said = types_said(case.findings, "sender-unsayable", connector.line)
  local told = types_said(case.findings, "sender-unopened", connector.line)
  for name in pairs(TYPES) do
    hold(said[name] == unsaid[name], case, "%s can say %s, or not", connector.name, name)
    hold(not told[name] or unopened[name] ~= nil, case, "%s: %s is opened", connector.name, name)
    hold(told[name] or not unopened[name], case, "%s: %s is not opened", connector.name, name)
  end
end

-- Whether a rule moves a sender to a domain that headers do not show; and the rule's line.
local function is_moved(case, connector, sender)
  local delivery, made, line = heard(case.policy, connector, sender)
  local domain = domain_of(made)
  if not (line and domain) or delivery.code == "sender-refused" then return false end
  local shown = case.policy:rewrite_header("From", sender, { may_relay = true })
  return domain ~= domain_of(sender) and domain ~= domain_of(shown), line
end

-- The lines of the rules for some connectors by which that is so of somebody, and of connectors that show
-- the primary address of an entry.
local function moving_lines(case)
  local lines = {}
  for _, connector in ipairs(case.connectors) do
    local is_smtp = not connector.speaks or connector.speaks == "SMTP"
    for _, sender in ipairs(is_smtp and TYPES.SMTP[3] or {}) do
      local is_so, line = is_moved(case, connector, sender)
      if is_so and case.lines[line]:find "^recipient" then line = connector.line end
      if is_so then lines[line] = sender end
    end
  end
  return lines
end

local function judge_rules(case)
  local moving, told = moving_lines(case), {}
  for _, finding in ipairs(case.findings) do
    if finding.code == "sender-unaligned" then told[finding.line] = true end
  end
  for line in ipairs(case.lines) do
    hold((moving[line] ~= nil) == (told[line] == true), case, "%d moves %s, or not", line,
      tostring(moving[line]))
  end
end

-- ---- All -----------------------------------------------------------------------

local CODES = { "sender-unsayable", "sender-unopened", "sender-unaligned" }

local function judge_policy(seed, counts)
  local case = new_case(new_lines(seed))
  for _, connector in ipairs(case.connectors) do judge_connector(case, connector) end
  judge_rules(case)
  for _, finding in ipairs(case.findings) do counts:add(finding.code) end
  counts:add "policies"
  case.policy:close()
end

describe("check, held against senders of all types,", function()
  it("says of how they are heard what is so, and leaves nothing out", function()
    judge.findings("heard", 80, judge_policy, CODES)
  end)
end)
