--- What `check` says of post offices and gateways, held against mail to all of their mailboxes.

local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local sentences = require "spec.sentences"

-- ---- The world -----------------------------------------------------------------

local USERS = enumerate.texts({ "a", "b" }, 2)

-- By the name of a post office, how its mailboxes are written.
local PLACES = {
  hq = "CCMAIL:%s at hq", paris = "CCMAIL:%s at paris", internet = "CCMAIL:%s at internet",
  ["NOTES:GW"] = "NOTES:%s@GW", ["MS:NET/GW"] = "MS:NET/GW/%s",
}

-- By type, addresses that a gateway to it may make.
local function inner_addresses()
  local by_type = {
    SMTP = {}, FAX = { "+1", "+11", "+2", "1@b" },
    CCMAIL = { "CCMAIL:+1 at internet", "CCMAIL:+11 at internet" },
  }
  for i = 2, #USERS do
    for _, host in ipairs { "a", "b", "c", "d" } do
      table.insert(by_type.SMTP, USERS[i] .. "@" .. host)
    end
    lists.add_all(by_type.CCMAIL, { "CCMAIL:" .. USERS[i], "CCMAIL:" .. USERS[i] .. "@b" })
    table.insert(by_type.FAX, USERS[i])
    for _, place in ipairs { "hq", "paris", "internet", "far" } do
      table.insert(by_type.CCMAIL, ("CCMAIL:%s at %s"):format(USERS[i], place))
      table.insert(by_type.CCMAIL, ("CCMAIL:%s@b at %s"):format(USERS[i], place))
    end
  end
  for i, text in ipairs(by_type.FAX) do by_type.FAX[i] = "FAX:" .. text end
  return by_type
end

local INNER = inner_addresses()

local GRAMMAR = {
  host = { "a", "b", "c", "d" }, user = { "a", "b", "ab" }, place = { "hq", "paris", "internet" },
  connector = { "connector '$name' { spaces = { $space*2 }, nexthop = 'n', $reaches?4 }" },
  name = function(world)
    world.connectors = world.connectors + 1
    return "c" .. world.connectors
  end,
  reaches = { "reaches = '$place'," },
  space = {
    "'CCMAIL:*'", "'CCMAIL:* at $place'", "'CCMAIL:$user at $place'", "'CCMAIL:*@b at $place'",
    "'SMTP:*@$host'", "'SMTP:*@$host'", "'SMTP:$user@$host'", "'FAX:+1*'", "'NOTES:*'",
    "'MS:NET/*'", "'NOTES:*@FAR'",
  },
  domain = {
    "domain '$unused' { $kind?2 $catchall?4 }",
    "domain 'CCMAIL:* at $place' { $kind?2 $catchall?4 }",
  },
  unused = function(world) return table.remove(world.unused) end,
  kind = { "kind = 'relay',", "kind = 'former'," },
  catchall = { "catchall = 'SMTP:a@$host'," },
  rewrite = {
    "rewrite 'CCMAIL:{u} at $place' { to = 'SMTP:{u}@$host' }",
    "rewrite 'SMTP:{u}@$host' { to = 'CCMAIL:{u} at $place' }",
    "rewrite 'SMTP:{u}@$host' { to = 'SMTP:{u}@$host' }",
    "rewrite 'FAX:+{u}' { to = 'SMTP:a{u}@$host' }", "rewrite 'SMTP:a@*' { to = 'SMTP:b@$host' }",
    "rewrite 'NOTES:{u}@GW' { to = 'SMTP:{u}@$host' }",
  },
  recipient = {
    "recipient 'r1' { proxies = { 'SMTP:a@$host', 'CCMAIL:a at $place' } }",
    "recipient 'r1' { proxies = { 'CCMAIL:a at $place' }, target = 'SMTP:b@$host' }",
    "recipient 'r1' { proxies = { 'FAX:+11' } }",
  },
  settings = { "settings { unmatched = 'pass' }", "", "", "", "" },
  office = {
    "postoffice 'hq' {}", "postoffice 'paris' { via = 'hq' }", "postoffice 'paris' {}",
    "postoffice 'internet' { gateway = '$type' }",
    "postoffice 'internet' { gateway = '$type', via = 'hq' }",
    "postoffice 'NOTES:GW' { gateway = '$type' }", "postoffice 'MS:NET/GW' { gateway = '$type' }",
  },
  type = { "SMTP", "SMTP", "FAX", "CCMAIL" },
}

local function new_lines(seed)
  local world = sentences.new(GRAMMAR, seed, { connectors = 0, unused = { "c", "b", "a" } })
  local lines = { world:text "settings" }
  local function add(word, times)
    for _ = 1, times do lines[#lines + 1] = world:text(word) end
  end
  add("office", 1 + world.random(3))
  add("connector", world.random(3))
  add("domain", world.random(3) - 1)
  add("rewrite", world.random(3) - 1)
  add("recipient", world.random(2) - 1)
  return lines
end

-- ---- The judge -----------------------------------------------------------------

local MESSAGE = { sender = "b@b", may_relay = true }

local AT_HOME = { ["recipient-unknown"] = true, ["recipient-gone"] = true }
local NO_WAY = {
  ["route-missing"] = true, ["postoffice-unknown"] = true, ["route-loop"] = true,
  ["ccmail-postoffice-missing"] = true,
}

-- Whether mail to some of the addresses has a way, be it to where nobody has them; and whether all others
-- are refused for having none.
local function is_reached(p, list)
  local is_so, is_clear = false, true
  for _, address in ipairs(list) do
    for _, delivery in ipairs(p:route(address, MESSAGE)) do
      is_so = is_so or delivery.verdict ~= "reject" or AT_HOME[delivery.code] == true
      is_clear = is_clear and NO_WAY[delivery.code] == true
    end
  end
  return is_so, is_clear
end

-- The mailboxes at a post office: those that a gateway can read, if it is one; and names.
local function mailboxes_at(name, gateway)
  local list, names = {}, {}
  for _, text in ipairs(INNER[gateway or "SMTP"]) do
    list[#list + 1] = PLACES[name]:format((text:gsub("^%u+:", "")))
  end
  for i = 2, #USERS do names[#names + 1] = PLACES[name]:format(USERS[i]) end
  return list, names
end

-- The same of a post office that is no gateway of ours.  A gateway cannot read names, but whoever takes
-- them before it has a way.
local function is_office_reached(p, name, gateway)
  local list, names = mailboxes_at(name, gateway)
  local is_so, is_clear = is_reached(p, list)
  local are_names_so, are_names_clear = is_reached(p, names)
  is_clear = is_clear and (are_names_clear or gateway ~= nil and not are_names_so)
  return is_so or are_names_so, is_clear
end

-- Whether a post office that is a gateway is ours: nothing else leads to it.
local function is_ours(text, line, name)
  local reaches = ("reaches = '%s'"):format(name)
  return not line:find("via =", 1, true) and not text:find(reaches, 1, true)
end

local UNDECIDED = "postoffice-undecided"
local TOLD = {
  ["gateway-nowhere"] = true, ["postoffice-unreached"] = true, [UNDECIDED] = true,
}

local function judge_policy(seed, counts)
  local lines, told = new_lines(seed), {}
  local p = judge.loaded(lines)
  local text, findings = table.concat(lines, "\n"), p:check()
  for _, finding in ipairs(findings) do
    counts:add(finding.code)
    if TOLD[finding.code] then told[finding.line] = finding end
  end
  for number, line in ipairs(lines) do
    local name, gateway = line:match "^postoffice '(.-)'", line:match "gateway = '(.-)'"
    if name then
      local is_gateway = gateway and is_ours(text, line, name)
      local code = is_gateway and "gateway-nowhere" or "postoffice-unreached"
      local is_so, is_clear
      if is_gateway then is_so, is_clear = is_reached(p, INNER[gateway])
      else is_so, is_clear = is_office_reached(p, name, gateway) end
      local finding = told[number]
      local where = ("%s\n%s\n-- %s"):format(name, text, tostring(finding))
      assert(not finding or finding.code == UNDECIDED or finding.code == code and not is_so, where)
      assert(finding or not is_clear, where)
    end
  end
  counts:add "policies"
  p:close()
end

describe("check, held against mail to all mailboxes of post offices,", function()
  it("says of which none has a way", function()
    judge.findings("offices", 60, judge_policy, { "gateway-nowhere", "postoffice-unreached" })
  end)
end)
