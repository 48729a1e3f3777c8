--- What `check` says of addresses of ours at no domain of ours, held against where mail to them goes:
-- proxies of entries, and what templates give people.

local exchange = require "postoffice.exchange"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local sentences = require "spec.sentences"
local small = require "spec.small_policies"

local hold = judge.hold

-- ---- The world -----------------------------------------------------------------

local SPACES = {
  "CCMAIL:* at hq", "X400:c=us;a= ;p=Org", "MS:ORG/SITE", "NOTES:*@Org", "EX:/o=Org", "FAX:+1*",
}

local function key_of(text)
  return postoffice.key(assert(postoffice.parse(text, { unknown = true }))) or text
end

local GRAMMAR = {
  host = { "here.example", "sub.here.example", "relay.example", "old.here.example", "far.example" },
  user = { "a", "b", "c" }, place = { "hq", "far" }, org = { "Org", "Other" },
  smtp = { "SMTP:$user@$host" },
  typed = {
    "CCMAIL:$user at $place", "X400:c=us;a= ;p=$org;s=$user;", "MS:ORG/SITE/$user",
    "MS:ORG/OTHER/$user", "NOTES:$user/b@$org", "EX:/o=$org/cn=$user", "X500:/o=$org/cn=$user",
    "FAX:+1$digit", "FAX:+2$digit", "TELEX:$digit",
  },
  digit = { "1", "2", "3" },
  proxy = function(world)
    local text
    repeat
      text = world:text(world.random(2) == 1 and "smtp" or "typed")
    until not world.taken[key_of(text)]
    world.taken[key_of(text)] = true
    return text
  end,
  template = {
    "'SMTP:%g.%s@$host'", "'smtp:@$host'", "'CCMAIL:%s, %g at $place'", "'MS:ORG/SITE'",
    "'MS:ORG/OTHER'", "'X400:c=us;a= ;p=$org;s=%s;g=%g;'", "'NOTES:%g %s/b@$org'",
  },
  templates = { "templates { $template*3 }" },
}

local HOSTS = {
  "domain 'here.example' {}", "domain '*.here.example' {}",
  "domain 'relay.example' { kind = 'relay' }", "domain 'old.here.example' { kind = 'former' }",
}
local SIGNING = "domain 'a' { unwrap = { 'SRS' }, secrets = 'k' }"

-- An entry: two or three addresses, of which one may be its target, too.
local function new_entry(world, number)
  local entry = { name = "r" .. number, proxies = {}, target = nil }
  for i = 1, 1 + world.random(2) do entry.proxies[i] = world:text "proxy" end
  if world.random(4) == 1 then entry.target = world:pick(entry.proxies) end
  return entry
end

local function line_of(entry)
  return ("recipient '%s' { proxies = { '%s' }%s }"):format(entry.name,
    table.concat(entry.proxies, "', '"), entry.target and (", target = '%s'"):format(entry.target)
    or "")
end

local function new_case(seed)
  local world = sentences.new(GRAMMAR, seed, { taken = {} })
  local case = { lines = {}, entries = {}, templates = nil }
  local function some_of(list)
    for _, line in ipairs(list) do
      if world.random(2) == 1 then table.insert(case.lines, line) end
    end
  end
  some_of(HOSTS)
  case.is_signing = world.random(2) == 1
  if case.is_signing then table.insert(case.lines, SIGNING) end
  for _, space in ipairs(SPACES) do some_of { ("domain '%s' {}"):format(space) } end
  case.domains = table.concat(case.lines, "\n"):gsub("'relay'", "'local'")
  for i = 1, 4 do
    local entry = new_entry(world, i)
    table.insert(case.lines, line_of(entry))
    case.entries[#case.lines] = entry
  end
  table.insert(case.lines, world:text "templates")
  return case
end

local OPTIONS = { chunkname = "@p.lua", secrets = small.secrets }

-- ---- Where they are ------------------------------------------------------------

-- Whether an address is at a domain of ours: in a policy of domains alone nobody has it there.
local function is_ours(p, text)
  return p:route((text:gsub("^%l+", string.upper)))[1].code == "recipient-unknown"
end

-- Whether a signed answer to a proxy goes to somebody else than its entry.
local function goes_past(p, entry, proxy)
  local signed = small.forwarded(proxy:match ":(.*)", 0)
  return p:route(signed, { now = 0, sender = "<>" })[1].entry ~= entry.name
end

local FAMILY = { X500 = "EX" }

local function family_of(text)
  local type_name = text:match "^(%w+):":upper()
  return FAMILY[type_name] or type_name
end

-- Whether domains of a family are declared.
local function has_domains(case, family)
  local name = family == "SMTP" and "domain '[^:]-'" or ("domain '%s:"):format(family)
  return case.domains:find(name) ~= nil
end

-- Calls `visit` with each proxy, that of the first entry first, and its entry.
local function each_proxy(case, visit)
  for line = 1, #case.lines do
    local entry = case.entries[line]
    for _, proxy in ipairs(entry and entry.proxies or {}) do visit(proxy, entry) end
  end
end

-- What findings of a code quote, as a set.
local function quoted(case, code)
  local set = {}
  for _, finding in ipairs(case.findings) do
    if finding.code == code then set[finding.message:match '"(.-)"'] = true end
  end
  return set
end

-- ---- Judges --------------------------------------------------------------------

-- Of each type with domains the first proxy is told that is in none of them, but for old Exchange names
-- and for targets.
local function judge_elsewhere(case)
  local told, seen = quoted(case, "proxy-elsewhere"), {}
  each_proxy(case, function(proxy, entry)
    local family = family_of(proxy)
    local is_stray = family ~= "SMTP" and family ~= "EX" and has_domains(case, family)
      and proxy ~= entry.target and not is_ours(case.plain, proxy)
    local is_first = is_stray and not seen[family]
    seen[family] = seen[family] or is_stray
    hold(is_first == (told[proxy] == true), case, "%s is elsewhere, or not", proxy)
  end)
end

-- Of each domain one proxy is told past whose entry signed answers go.
local function judge_signed(case)
  local told, hosts = quoted(case, "proxy-signed"), {}
  for proxy in pairs(told) do hosts[proxy:match "@(.*)"] = proxy end
  each_proxy(case, function(proxy, entry)
    if family_of(proxy) ~= "SMTP" then return end
    local is_past = case.is_signing and goes_past(case.policy, entry, proxy)
    hold(is_past or not told[proxy], case, "answers to %s come to it", proxy)
    hold(not is_past or hosts[proxy:match "@(.*)"] or proxy == entry.target, case,
      "answers to %s go past it", proxy)
  end)
end

local KIM = { given = "Kim", surname = "Lee", alias = "klee" }

local function judge_templates(case)
  local told = quoted(case, "template-foreign")
  for template in case.lines[#case.lines]:gmatch "'(.-)'" do
    local made = exchange.templates({ template }):propose(KIM)[1].address
    local is_so = has_domains(case, family_of(template))
      and not is_ours(case.plain, tostring(made))
    hold(is_so == (told[template] == true), case, "%s is not ours, or it is", tostring(made))
  end
end

-- ---- All -----------------------------------------------------------------------

local CODES = { "proxy-elsewhere", "proxy-signed", "template-foreign" }

local function judge_policy(seed, counts)
  local case = new_case(seed)
  case.text = table.concat(case.lines, "\n")
  case.policy = assert(policy.load(case.text, OPTIONS))
  case.plain = assert(policy.load(case.domains, OPTIONS))
  case.findings = case.policy:check()
  judge_elsewhere(case)
  judge_signed(case)
  judge_templates(case)
  for _, finding in ipairs(case.findings) do counts:add(finding.code) end
  counts:add "policies"
  case.policy:close()
  case.plain:close()
end

describe("check, held against where our addresses are,", function()
  it("says of proxies and templates that they are nowhere of ours where they are not", function()
    judge.findings("strays", 80, judge_policy, CODES)
  end)
end)
