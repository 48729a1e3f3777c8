--- What `check` says of patterns that match nobody whom others beside them do not, held against every
-- address of an alphabet.

local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

-- No pattern names a `+` or a `c`, which stand for all that none names.
local USERS = enumerate.texts({ "a", "b", "+" }, 3)
local HOSTS = {
  "a", "b", "c", "ab", "cb", "cc", "a.b", "b.b", "c.b", "c.cb", "a.c", "c.c", "a.a.b",
}

USERS[1] = '""'

local ADDRESSES = enumerate.addresses(USERS, HOSTS, { "a", "b", "c" }, 13)

-- Adds texts with one of several in each place.
local function add_all(format, choices, chosen)
  local at = #chosen + 1
  if not choices[at] then
    ADDRESSES[#ADDRESSES + 1] = format:format((table.unpack or unpack)(chosen))
    return
  end
  for _, choice in ipairs(choices[at]) do
    chosen[at] = choice
    add_all(format, choices, chosen)
  end
  chosen[at] = nil
end

add_all("MS:%s/%s/%s", { { "a", "c", "cc" }, { "a", "c", "cc" }, { "a", "c", "cc" } }, {})
add_all("X400:c=us;%s%s%s%s", {
  { "a= ;", "a=a;", "a=c;" }, { "", "p=a;", "p=c;", "p=cc;" }, { "", "s=a;", "s=c;", "s=cc;" },
  { "", "g=c;", "o=c;" },
}, {})

local GRAMMAR = {
  pattern = {
    "SMTP:$user@$host", "SMTP:$user@$host", "SMTP:$wild@$host", "SMTP:$wild@$domain",
    "SMTP:$user@$domain", "CCMAIL:$name at $place", "SMTP:*", "CCMAIL:*", "$typed", "$typed", "$ms",
  },
  user = { "a", "b", "ab", "aa" }, host = { "a", "b", "a.b", "B" },
  wild = { "*", "*", "?", "??", "a*", "*b", "{u}", "?*", "a?", "b*", "\\a" },
  domain = { "*.b", "*b", "?", "*", "a.*", "*.b" }, name = { "a", "*", "b", "a*" },
  place = { "a", "b", "*" },
  typed = { "X400:c=us;$admd;p=$one;s=$one$rest", "X400:c=us;$admd;p=a;...", "X400:c=us;..." },
  admd = { "a=a", "a= ", "a=*" }, one = { "a", "*", "a", "?" }, rest = { "", ";...", ";g=*" },
  ms = { "MS:$one/$one/$one", "MS:*" },
}

-- Where patterns stand, and those of the set beside them.
local PLACES = {
  { "set 's' { %s } claim 'no set \"s\" is deferred'" },
  { "connector 'c' { nexthop = 'n', spaces = { 'SMTP:*' }, senders = { %s } }" },
  { "recipient 'r' { proxies = { 'r@x' }, accept = { %s } }" },
  { "recipient 'r' { proxies = { 'r@x' }, accept = { %s, 's' } }", "SMTP:*@b", "SMTP:a@a.b" },
  { "list 'r' { proxies = { 'r@x' }, members = { 'q' }, reject = { 's', %s, '<>' } }",
    "CCMAIL:b at *" },
}

local WORLD = "domain 'x' {} recipient 'q' { proxies = { 'q@x' } }\n"

local PARSED = lists.map(ADDRESSES, function(text) return assert(core.parse(text)) end)

-- Whom a pattern matches, by the numbers of addresses.
local function members_of(text)
  local matcher, members = assert(matchers.read(text)), {}
  for i, address in ipairs(PARSED) do
    if matchers.match(matcher, address) then members[i] = true end
  end
  return members
end

-- Whether each of some members is one of some others, too.
local function are_in(members, others)
  for i in pairs(members) do
    local is_in = false
    for _, other in ipairs(others) do is_in = is_in or other[i] == true end
    if not is_in then return false end
  end
  return true
end

-- A policy, its patterns, and whom those beside them match.
local function draw(seed)
  local world = sentences.new(GRAMMAR, seed)
  local place, texts, beside = world:pick(PLACES), {}, {}
  for i = 1, 1 + world.random(3) do texts[i] = world:text "pattern" end
  for i = 2, #place do beside[i - 1] = place[i] end
  local text = WORLD .. place[1]:format(helper.quoted(texts))
  if beside[1] then text = ("set 's' { %s }\n"):format(helper.quoted(beside)) .. text end
  return text, texts, lists.map(beside, members_of)
end

-- The patterns that are told, each as often as it is.
local function told(findings)
  local found = {}
  for _, finding in ipairs(findings) do
    local list = finding.code == "pattern-covered" and finding.message:match ": (.*)$" or ""
    for text in list:gmatch '"([^"]*)" %(in ' do found[text] = (found[text] or 0) + 1 end
  end
  return found
end

-- The patterns, each with its members and what is said of it: of those with the same text, of the last.
local function judged(findings, texts)
  local covered, list = told(findings), {}
  for i = #texts, 1, -1 do
    local text = texts[i]
    local is_covered = (covered[text] or 0) > 0
    if is_covered then covered[text] = covered[text] - 1 end
    table.insert(list, 1, { text = text, members = members_of(text), is_covered = is_covered })
  end
  return list
end

-- Whom all patterns match that are not told, but for one, and those beside them.
local function others_of(list, one, beside)
  local others = lists.copy(beside)
  for _, item in ipairs(list) do
    if item ~= one and not item.is_covered then others[#others + 1] = item.members end
  end
  return others
end

local function judge_list(seed, counts)
  local text, texts, beside = draw(seed)
  local p = assert(policy.load(text, { chunkname = "@p.lua" }))
  local case, findings = { policy = p, text = text }, p:check()
  for _, finding in ipairs(findings) do
    judge.hold(finding.code ~= "pattern-undecided", case, "undecided")
  end
  local list = judged(findings, texts)
  for _, one in ipairs(list) do
    local is_so = are_in(one.members, others_of(list, one, beside))
    judge.hold(is_so == one.is_covered, case, "%s: %s", one.text, is_so and "passed over" or "told")
    counts:add(one.is_covered and "covered" or "kept")
  end
  counts:add "policies"
  p:close()
end

describe("check, held against all addresses of an alphabet,", function()
  it("says of patterns that others have all that they do", function()
    judge.findings("patterns", 60, judge_list, { "covered", "kept" })
  end)
end)
