--- Senders of a directory, as far as restrictions tell them apart: held against every entry as a sender.
local policy = require "postoffice.policy"

local MANY = 120

-- A policy in which many may write, some to some.
local function lines()
  local list, few = {
    "domain 'a' { extension = '+', unwrap = {} }", -- so that a pattern tells none apart by what it carries
    "domain 'b' { kind = 'relay' }",
    "connector 'out' { spaces = { 'SMTP:*' }, nexthop = 'n' }",
  }, {}
  for i = 1, MANY do
    local way = i % 10 == 0 and (", target = 'x%d@b'"):format(i) or ""
    list[#list + 1] = ("recipient 'r%d' { proxies = { 'u%d@a', 'CCMAIL:u%d at hq' }%s }")
      :format(i, i, i, way)
    if i % 7 == 0 then few[#few + 1] = ("'r%d'"):format(i) end
  end
  list[#list + 1] = ("list 'few' { proxies = { 'few@a' }, members = { %s } }"):format(
    table.concat(few, ", "))
  list[#list + 1] = "recipient 'closed' { proxies = { 'closed@a' }, accept = { 'few', 'r10' } }"
  list[#list + 1] = "recipient 'open' { proxies = { 'open@a' }, reject = { 'r3', 'SMTP:*1@a' } }"
  return table.concat(list, "\n")
end

-- The senders that there are, each with whether it is authenticated.
local function each_message()
  local list = {}
  for i = 1, MANY do
    for _, form in ipairs { "u%d@a", "u%d+y@a", "x%d@b", "CCMAIL:u%d at hq", "CCMAIL:u%d" } do
      for _, authenticated in ipairs { false, true } do
        list[#list + 1] = { sender = form:format(i), authenticated = authenticated or nil }
      end
    end
  end
  return list
end

local CLAIMS = {
  'no "SMTP:closed@a" is delivered',
  'no "SMTP:closed@a" when not authenticated is delivered',
  'no "SMTP:closed@a" from "SMTP:u5@a" is delivered',
  'no "SMTP:closed@a" from "SMTP:u7@a" is delivered',
  'no "SMTP:closed@a" from "SMTP:u10@a" is delivered',
  'no "SMTP:open@a" from "SMTP:u3@a" is delivered',
  'no "SMTP:open@a" from "SMTP:*1@a" is delivered',
  'every "SMTP:open@a" from "SMTP:u4@a" is delivered',
  'every "SMTP:open@a" is delivered',
}

describe("senders of a directory with many entries", function()
  it("are told apart by who includes them: each claim is decided, and as each of them fares #long",
    function()
      local p = assert(policy.load(lines(), { chunkname = "@p.lua" }))
      local fared = {}
      for _, message in ipairs(each_message()) do
        for _, to in ipairs { "closed@a", "open@a" } do
          fared[#fared + 1] = {
            to = to, message = message, verdict = p:route(to, message)[1].verdict,
          }
        end
      end
      for _, text in ipairs(CLAIMS) do
        local answer = assert(p:prove(text, { seconds = 20 }))
        local quantifier, to, from = text:match '^(%a+) "SMTP:(.-)"', text:match '"SMTP:(.-)"',
          text:match 'from "SMTP:(.-)"'
        local pattern = from and "^" .. from:gsub("%*", ".*") .. "$" or ""
        local is_broken = false
        for _, one in ipairs(fared) do
          local is_said = one.to == to and one.message.sender:find(pattern)
            and not (text:find "not authenticated" and one.message.authenticated)
          local is_delivered = one.verdict == "deliver"
          is_broken = is_broken or is_said and is_delivered == (quantifier == "no")
        end
        assert.equal(is_broken and "fails" or "holds", answer.outcome, text .. "\n"
          .. tostring(answer))
      end
      p:close()
    end)
end)
