--- What `check` says of address spaces that win for no address, held against a small world of several types:
-- one that is told wins for none, whatever is down, and one that wins for none is told.

local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local function add_smtp(list)
  local users = enumerate.texts({ "a", "b" }, 3)
  users[1] = "cc"
  for _, host in ipairs { "a", "b", "c", "a.b", "b.b", "cc.b", "cb", "cc" } do
    for _, user in ipairs(users) do list[#list + 1] = user .. "@" .. host end
  end
end

local function add_others(list)
  for _, place in ipairs { "a", "b", "c", "ab", "cc" } do
    for _, name in ipairs { "a", "b", "ab", "cc", "acb" } do
      list[#list + 1] = ("CCMAIL:%s at %s"):format(name, place)
    end
  end
  for _, first in ipairs { "A", "B", "C" } do
    for _, second in ipairs { "A", "B", "C" } do
      for _, name in ipairs { "a", "b", "ab", "cc" } do
        list[#list + 1] = ("MS:%s/%s/%s"):format(first, second, name)
        list[#list + 1] = ("EX:/o=%s/ou=%s/cn=%s"):format(first, second, name)
        list[#list + 1] = ("X400:c=us;a=%s;p=%s;s=%s;"):format(first, second, name)
      end
    end
    list[#list + 1] = "EX:/o=" .. first .. "/cn=a"
    list[#list + 1] = "EX:/c=" .. first .. "/cn=a"
    list[#list + 1] = ("X400:c=us;a=%s;g=a;"):format(first)
    list[#list + 1] = ("NOTES:a/b@%s"):format(first)
  end
  list[#list + 1] = "X400:c=de;a=A;s=a;"
end

local function all_addresses()
  local list = {}
  add_smtp(list)
  add_others(list)
  return list
end

local ADDRESSES = all_addresses()

local GRAMMAR = {
  user = { "*", "*", "?", "a*", "*b", "ab", "??*" }, host = { "a", "b", "a.b", "*.b", "*", "*b" },
  place = { "a", "b", "?", "*b" }, net = { "A", "B" },
  pattern = {
    "SMTP:$user@$host", "SMTP:$user@$host", "SMTP:*", "SMTP:", "CCMAIL:$user at $place", "CCMAIL:*",
    "CCMAIL:", "MS:$net", "MS:$net/$net", "MS:$net/*", "MS:$net/$net/$user", "MS:*",
    "X400:c=us;a=$net", "X400:c=us;a=$net;p=$net", "X400:c=us;a=*;s=$user", "X400:c=us;a=*",
    "X400:", "EX:/o=$net", "EX:/o=$net/ou=$net", "EX:/o=*", "EX:*/cn=a", "NOTES:*@$net", "NOTES:*",
  },
  space = { "'$pattern'", "'$pattern'", "{ '$pattern', cost = $price }" },
  price = { "0", "1", "2" }, cost = { "cost = $price," },
  connector = { "connector '$name' { spaces = { $space*3 }, nexthop = 'n', $cost?3 }" },
  name = function(world) return world:numbered "c" end,
  settings = { "settings { order = 'cost' }", "settings { unmatched = 'pass' }", "", "" },
  domain = {
    "domain '$unused' { kind = '$kind' }", "domain 'CCMAIL:* at $place' { kind = '$kind' }",
    "domain 'MS:$net' { kind = '$kind' }", "domain 'MS:$net/$net' { kind = '$kind' }",
  },
  kind = { "local", "local", "relay", "former" },
  unused = function(world) return table.remove(world.unused) end,
}

local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, { unused = { "*.b", "a.b", "b", "a" } })
  local lines = { world:text "settings" }
  for _ = 1, world.random(3) - 1 do lines[#lines + 1] = world:text "domain" end
  for _ = 1, 1 + world.random(4) do lines[#lines + 1] = world:text "connector" end
  return lines
end

-- ---- The judge -----------------------------------------------------------------

-- Messages of which one has the best chance for each connector: all others are down.
local function messages_of(p)
  local names, list = p:connectors(), { { may_relay = true } }
  for _, name in ipairs(names) do
    local down = {}
    for _, other in ipairs(names) do
      if other ~= name then down[#down + 1] = other end
    end
    list[#list + 1] = { may_relay = true, down = down }
  end
  return list
end

-- By line and text, an address for which a space wins.
local function winners_of(p)
  local wins = {}
  for _, message in ipairs(messages_of(p)) do
    for _, address in ipairs(ADDRESSES) do
      for _, step in ipairs(p:explain(address, message).steps) do
        local candidate = step.candidate
        if candidate and candidate.wins then
          wins[step.rule:match ":(%d+)$" .. " " .. candidate.space] = address
        end
      end
    end
  end
  return wins
end

local SAYS_SO = lists.set { "space-empty", "space-shadowed", "space-outdone", "space-local" }

-- By line and text, what is said of spaces that win for nobody.
local function told_of(p, counts)
  local told = {}
  for _, finding in ipairs(p:check()) do
    local space = SAYS_SO[finding.code] and finding.message:match 'the space "(.-)"'
    if space then
      counts:add(finding.code)
      told[finding.line .. " " .. space] = finding
    end
  end
  return told
end

local function judge_policy(seed, counts)
  local lines = new_lines(seed)
  local p = judge.loaded(lines)
  local wins, told = winners_of(p), told_of(p, counts)
  local case = { policy = p, text = table.concat(lines, "\n") }
  for number, line in ipairs(lines) do
    local list = line:match "^connector '%w+' { spaces = (%b{})" or ""
    for space in list:gmatch "'(.-)'" do
      local id = number .. " " .. space
      local address, finding = wins[id], told[id]
      judge.hold(not (finding and address), case, "%s is told, and wins for %s", id,
        tostring(address))
      judge.hold(finding or address, case, "%s wins for nobody, and nothing is said", id)
      counts:add "spaces"
    end
  end
  counts:add "policies"
  p:close()
end

describe("check, held against mail to all addresses of several types,", function()
  it("tells of all spaces that win for nobody, and of no others", function()
    judge.findings("winners", 12, judge_policy, { "space-shadowed", "space-outdone" })
  end)
end)
