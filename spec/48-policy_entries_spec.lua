--- What `check` says of entries, lists' owners, catch-alls and postmasters, held against all mail to all
-- addresses of a small world.

local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

local hold = judge.hold

-- ---- The world -----------------------------------------------------------------

local HOSTS = { "a", "b", "c", "d", "a.b", "b.b" }
local USERS = enumerate.texts({ "a", "b", "p" }, 2)
local ENTRIES = { "r1", "r2", "r3", "l1", "l2" }

local function all_addresses()
  local list = {}
  for _, host in ipairs { "a", "b", "c", "d", "a.b", "b.b", "c.b", "d.b" } do
    for i = 2, #USERS do list[#list + 1] = USERS[i] .. "@" .. host end
    list[#list + 1] = "postmaster@" .. host
  end
  return list
end

local ADDRESSES = all_addresses()

local GRAMMAR = {
  user = { "a", "b", "aa", "ab", "bb", "postmaster" }, host = HOSTS,
  near = { "a", "a", "b", "a.b" },
  entry = ENTRIES, smtp = { "$user@$host" }, place = { "hq", "far" },
  reference = { "$entry", "$entry", "$entry", "$smtp", "$smtp", "$taken", "CCMAIL:a at $place" },
  member = { "'$reference'" }, own = { "'$proxy'" },
  taken = function(world) return world.proxies[1] and world:pick(world.proxies) end,
  proxy = function(world)
    local text
    repeat text = world:text "user" .. "@" .. world:text "near" until not world.taken[text]
    world.taken[text] = true
    table.insert(world.proxies, text)
    return text
  end,
  recipient = {
    "{ proxies = { $own*2 }, $restrictions?3 }",
    "{ proxies = { $own*2 }, target = '$reference', $keep?3 $restrictions?5 }",
    "{ proxies = { $own }, target = '$reference' }",
    "{ proxies = { $own }, targets = { $member*3 }, $keep?3 $restrictions?5 }",
    "{ proxies = { $own }, refuse = 'gone', $restrictions?8 }",
  },
  list = { "{ proxies = { $own*2 }, members = { $member*3 }, $owner?2 $restrictions?3 }" },
  keep = { "keep = true," }, owner = { "owner = '$reference'," },
  restrictions = {
    "authenticated = true,", "max_size = 10,", "accept = { 'SMTP:*@b' },", "reject = { '<>' },",
    "accept = { 'SMTP:*@b', '$entry' },", "reject = { 'SMTP:*@c' },", "max_size = 20,",
    "authenticated = true, max_size = 10,",
  },
  domain = { "domain '$unused' { kind = '$kind', $catchall?3 }" },
  kind = { "local", "local", "relay", "former" }, catchall = { "catchall = '$reference'," },
  unused = function(world) return table.remove(world.unused) end,
  connector = {
    "connector '$connector_name' { spaces = { $space*2 }, nexthop = 'n', $senders?6 }",
  },
  connector_name = function(world)
    world.connectors = world.connectors + 1
    return "c" .. world.connectors
  end,
  space = { "'SMTP:*'", "'SMTP:*@c'", "'SMTP:*@b'", "'SMTP:*@*b'", "'CCMAIL:*'" },
  senders = { "senders = { 'SMTP:*@b' }," },
  rewrite = {
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:$smtp' { to = 'SMTP:$smtp' }",
    "rewrite 'SMTP:a{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place' }",
    "rewrite 'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host' }",
  },
  settings = { "settings { $unmatched?4 $most?6 $extension?6 }", "", "" },
  unmatched = { "unmatched = 'pass'," }, most = { "max_recipients = 2," },
  extension = { "extension = '+'," }, office = { "postoffice 'hq' {}" },
}

local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, {
    connectors = 0, unused = { "c", "*.b", "a.b", "b", "a" }, taken = {}, proxies = {},
  })
  local lines = { world:text "settings" }
  local function add(word, times)
    for _ = 1, times do lines[#lines + 1] = world:text(word) end
  end
  add("domain", 1 + world.random(3))
  add("connector", world.random(3))
  for _, name in ipairs(ENTRIES) do
    local word = name:sub(1, 1) == "l" and "list" or "recipient"
    lines[#lines + 1] = ("%s '%s' %s"):format(word, name, world:text(word))
  end
  add("rewrite", world.random(3) - 1)
  add("office", world.random(4) == 1 and 1 or 0)
  return lines
end

local function load(lines)
  return policy.load(table.concat(lines, "\n"), { chunkname = "@p.lua" })
end

-- ---- What the text declares ----------------------------------------------------

-- The texts in quotes of a part of a line.
local function quoted(part)
  local list = {}
  for text in (part or ""):gmatch "'(.-)'" do list[#list + 1] = text end
  return list
end

-- An entry that a line declares, or nil.
local function entry_of(line, number)
  local word, name = line:match "^(%l+) '([rl]%d)'"
  if not name then return nil end
  local several = line:match "members = (%b{})" or line:match "targets = (%b{})"
  return {
    is_list = word == "list", name = name, line = number, text = line,
    proxies = quoted(line:match "proxies = (%b{})"), owner = line:match "owner = '(.-)'",
    references = quoted(several or line:match "target = '.-'"), is_several = several ~= nil,
  }
end

-- A policy, and what its lines declare: entries by name and by proxy, and what is found, by code and
-- line, in lists.
local function new_case(lines)
  local case = {
    lines = lines, policy = judge.loaded(lines), entries = {}, owners = {}, text = nil,
    found = setmetatable({}, { __index = function(self, code)
      self[code] = setmetatable({}, { __index = function() return {} end })
      return self[code]
    end }),
  }
  case.text = table.concat(lines, "\n")
  for number, line in ipairs(lines) do
    local entry = entry_of(line, number)
    if entry then case.entries[entry.name] = entry end
    for _, proxy in ipairs(entry and entry.proxies or {}) do case.owners[proxy] = entry end
  end
  for _, finding in ipairs(case.policy:check()) do
    local by_line = case.found[finding.code]
    by_line[finding.line] = by_line[finding.line]
    local list = by_line[finding.line]
    list[#list + 1], by_line[finding.line] = finding, list
  end
  return case
end

-- The address that a reference leads to, and the entry if it is one.
local function target_of(case, reference)
  local entry = case.entries[reference]
  return entry and entry.proxies[1] or reference, entry or case.owners[reference]
end

-- The same policy in which an entry is a mailbox; nil if that does not load.
local function as_mailbox(case, entry)
  local made = {}
  for i, line in ipairs(case.lines) do made[i] = line end
  made[entry.line] = ("recipient '%s' { proxies = { '%s' } }"):format(entry.name,
    table.concat(entry.proxies, "', '"))
  return (load(made))
end

-- ---- What becomes of mail ------------------------------------------------------

-- Mail of a stranger that no restriction refuses, a bounce, and all messages that restrictions tell
-- apart.
local ADMITTED, BOUNCE = { sender = "b@b", size = 1, admitted = true }, { sender = "<>", size = 1 }
local MESSAGES = {}
for _, sender in ipairs { "<>", "a@a", "b@b", "b@c", "b@d", "aa@a", "bb@b", "ab@a.b" } do
  for _, size in ipairs { 1, 11, 21 } do
    for _, authenticated in ipairs { false, true } do
      table.insert(MESSAGES, { sender = sender, size = size, authenticated = authenticated })
    end
  end
end

-- The codes of mail that ends nowhere, whoever sends it.
local BROKEN = {
  ["route-loop"] = true, ["route-missing"] = true, ["postoffice-unknown"] = true,
  ["recipient-unknown"] = true, ["recipient-gone"] = true, ["list-empty"] = true,
  ["expansion-limit"] = true, ["ccmail-postoffice-missing"] = true, ["relay-denied"] = true,
}

-- Adds the codes by which mail to an address ends nowhere to a set of them; whether all of it does.
local function add_ends(codes, p, address)
  local are_all = true
  for _, delivery in ipairs(p:route(address, ADMITTED)) do
    if BROKEN[delivery.code] then codes[delivery.code] = true else are_all = false end
  end
  return are_all
end

-- Whether a message to an address comes to the mailbox of an entry.
local function comes_to(p, address, name, message)
  for _, delivery in ipairs(p:route(address, message)) do
    if delivery.entry == name and delivery.verdict == "deliver" and not delivery.connector then
      return true
    end
  end
  return false
end

-- The codes that findings say mail leads to, as a set.
local function codes_said(findings)
  local codes = {}
  for _, finding in ipairs(findings) do codes[finding.message:match "leads to ([%w-]+)"] = true end
  return codes
end

-- ---- Entries -------------------------------------------------------------------

local JUDGES = {} -- of an entry

function JUDGES.broken(case, entry)
  local said, seen = codes_said(case.found["entry-broken"][entry.line]), {}
  for _, proxy in ipairs(entry.references[1] and entry.proxies or {}) do
    add_ends(seen, case.policy, proxy)
  end
  for code in pairs(BROKEN) do
    hold(said[code] == seen[code], case, "%s leads to %s, or not", entry.name, code)
  end
end

-- Whether a reference of a recipient is itself: that is its mailbox.
local function is_itself(case, entry, reference)
  return not entry.is_list and select(2, target_of(case, reference)) == entry
end

-- Whether mail that an entry sends on comes back to it; nil if that cannot be tried.
local function comes_back(case, entry)
  local p, found = as_mailbox(case, entry), false
  if not p then return nil end
  for _, reference in ipairs(entry.references) do
    found = found or not is_itself(case, entry, reference)
      and comes_to(p, target_of(case, reference), entry.name, ADMITTED)
  end
  p:close()
  return found
end

function JUDGES.circular(case, entry)
  local said = case.found["entry-circular"][entry.line][1]
  local ends = codes_said(case.found["entry-broken"][entry.line])
  local is_so = comes_back(case, entry)
  hold(is_so or is_so == nil or not said, case, "%s does not come back", entry.name)
  hold(not is_so or said or ends["route-loop"] or ends["expansion-limit"], case, "%s comes back",
    entry.name)
end

-- ---- Owners --------------------------------------------------------------------

-- Whether bounces to an address do not come by us: it is at no domain of ours, and nobody's.
local function is_elsewhere(case, address)
  local host = address:match "@(.*)$"
  if not host or case.owners[address] then return false end
  local kind = case.text:match("domain '" .. host:gsub("%.", "%%.") .. "' { kind = '(%l+)'")
    or host:find "%.b$" and case.text:match "domain '%*%.b' { kind = '(%l+)'"
  return not kind or kind == "former"
end

local function are_all_refused(p, address, message)
  for _, delivery in ipairs(p:route(address, message)) do
    if delivery.verdict ~= "reject" then return false end
  end
  return true
end

-- Whether a list takes bounces; nil if it takes those that come to it as to a postmaster.
local function takes_bounces(entry)
  local is_closed = entry.text:find("accept", 1, true) or entry.text:find("'<>'", 1, true)
    or entry.text:find("authenticated", 1, true)
  if is_closed and entry.text:find("'postmaster@", 1, true) then return nil end
  return not is_closed
end

function JUDGES.owner(case, entry)
  if not entry.owner then return end
  local broken = case.found["owner-broken"][entry.line][1]
  local circular = case.found["owner-circular"][entry.line][1]
  local owner = target_of(case, entry.owner)
  local is_here = not is_elsewhere(case, owner)
  local is_lost = is_here and are_all_refused(case.policy, owner, BOUNCE)
  hold(is_lost == (broken ~= nil), case, "bounces of %s are lost, or not", entry.name)
  local is_loop = codes_said(case.found["entry-broken"][entry.line])["route-loop"]
  local takes_some = takes_bounces(entry)
  if is_lost or is_loop or takes_some == nil then return end -- of itself alone, it has no members
  local p = as_mailbox(case, entry)
  if not p then return end
  local is_so = is_here and takes_some and comes_to(p, owner, entry.name, BOUNCE)
  p:close()
  hold(is_so == (circular ~= nil), case, "bounces of %s come back, or not", entry.name)
end

-- ---- Members -------------------------------------------------------------------

local RESTRICTED = { ["recipient-restricted"] = true, ["recipient-size"] = true }

-- Whether a message to an address is refused by the restrictions of one entry, not of another.
local function is_refused(p, address, message, by, not_by)
  local refused = {}
  for _, delivery in ipairs(p:route(address, message)) do
    if RESTRICTED[delivery.code] then refused[delivery.entry] = true end
  end
  return refused[by] and not refused[not_by]
end

-- Whether an entry takes a message that a member of it refuses.
local function may_refuse(case, entry, member)
  for _, proxy in ipairs(entry.proxies) do
    for _, message in ipairs(MESSAGES) do
      if is_refused(case.policy, proxy, message, member.name, entry.name) then return true end
    end
  end
  return false
end

-- Whether an entry accepts others by name: who they are is not told then.
local function accepts_entries(entry) return entry.text:find "accept = {[^}]*'[rl]%d'" ~= nil end

function JUDGES.members(case, entry)
  if not entry.is_several or case.text:find("max_recipients", 1, true) then return end
  local said = case.found["member-restricted"][entry.line][1]
  local is_so, is_open = false, accepts_entries(entry)
  for _, reference in ipairs(entry.references) do
    local address, member = target_of(case, reference)
    if member and member ~= entry and not address:find "^postmaster@" then
      is_so = is_so or may_refuse(case, entry, member)
      is_open = is_open or accepts_entries(member)
    end
  end
  hold(said or not is_so, case, "a member of %s refuses some", entry.name)
  hold(is_so or is_open or not said, case, "no member of %s refuses any", entry.name)
end

-- ---- Domains -------------------------------------------------------------------

-- Whether a domain's catch-all takes mail to an address before any entry does.
local function is_caught(p, address, name)
  for _, step in ipairs(p:explain(address, ADMITTED).steps) do
    if step.text:find("the directory has", 1, true) then return false end
    local domain = step.text:match "the catch%-all of (%S+) takes it"
    if domain then return domain == name end
  end
  return false
end

-- Whether a policy says anything of an address alone, or rewrites it.
local function is_told_of(case, address)
  return case.text:find(("'%s'"):format(address), 1, true)
    or tostring(case.policy:rewrite(address)) ~= "SMTP:" .. address
end

-- What there is to be said of a catch-all is so of whom the policy says nothing; what is said may be so
-- of others.
local function judge_catchall(case, name, said)
  local seen, of_others = {}, {}
  for _, address in ipairs(ADDRESSES) do
    if is_caught(case.policy, address, name) then
      add_ends(is_told_of(case, address) and of_others or seen, case.policy, address)
    end
  end
  for code in pairs(said) do
    hold(seen[code] or of_others[code], case, "%s does not lead to %s", name, code)
  end
  hold(next(said) or not next(seen), case, "%s leads to %s", name, tostring(next(seen)))
end

local function judge_postmaster(case, name, finding)
  local is_lost = add_ends({}, case.policy, "postmaster@" .. name)
  hold(is_lost == (finding ~= nil), case, "%s has a postmaster, or not", name)
end

local function judge_domain(case, number, line)
  local name, kind = line:match "^domain '(.-)' { kind = '(.-)'"
  if not name then return end
  local catchalls = case.found["catchall-broken"][number]
  if line:find("catchall", 1, true) then
    judge_catchall(case, name, codes_said(catchalls))
  else
    hold(not catchalls[1], case, "%s has no catch-all", name)
  end
  if kind == "local" and name:sub(1, 1) ~= "*" then
    judge_postmaster(case, name, case.found["postmaster-missing"][number][1])
  end
end

-- ---- All -----------------------------------------------------------------------

local CODES = {
  "entry-broken", "entry-circular", "owner-broken", "owner-circular", "member-restricted",
  "catchall-broken", "postmaster-missing",
}

local function judge_policy(seed, counts)
  local case = new_case(new_lines(seed))
  for number, line in ipairs(case.lines) do
    local entry = entry_of(line, number)
    for _, call in pairs(entry and JUDGES or {}) do call(case, case.entries[entry.name]) end
    judge_domain(case, number, line)
  end
  for _, code in ipairs(CODES) do
    for _, list in pairs(case.found[code]) do counts:add(code, #list) end
  end
  counts:add "policies"
  case.policy:close()
end

describe("check, held against all mail to the entries of a small world,", function()
  it("says of entries and domains what is so, and leaves nothing out", function()
    judge.findings("entries", 80, judge_policy, CODES)
  end)
end)
