--- What `check` says of entries to which nobody may write, held against every sender of an alphabet.

local enumerate = require "spec.enumerate"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"

local USERS = enumerate.texts({ "a", "b", "+" }, 3)
local HOSTS = { "a", "b", "c", "a.b", "b.b", "a.a", "a.a.b" }

USERS[1] = '""'

local ADDRESSES = enumerate.addresses(USERS, HOSTS, { "a", "b" }, 13)

local GRAMMAR = {
  pattern = {
    "SMTP:$user@$host", "SMTP:$user@$host", "SMTP:$wild@$host", "SMTP:$wild@$domain",
    "SMTP:$user@$domain", "CCMAIL:$name at $place", "SMTP:*", "CCMAIL:*",
  },
  user = { "a", "b", "ab", "aa" }, host = { "a", "b", "a.b" },
  wild = { "*", "*", "?", "??", "a*", "*b", "{u}", "?*", "a?", "b*" },
  domain = { "*.b", "*b", "?", "*", "a.*" }, name = { "a", "*", "b", "a*" },
  place = { "a", "b", "*" },
}

-- ---- Accept and reject ---------------------------------------------------------

local RESTRICTED = {
  sender = { "'$pattern'", "'$pattern'", "'$pattern'", "'e'", "'l'", "'s'" },
  null = { "'<>'" },
  entry = {
    "recipient 'r' { proxies = { 'r@x' }, accept = { $sender*2 },"
      .. " reject = { $sender*3, $null?3 } }",
    "list 'r' { proxies = { 'r@x' }, members = { 'e' }, accept = { $sender*2 },"
      .. " reject = { $sender*3 } }",
    "recipient 'r' { proxies = { 'postmaster@x' }, accept = { 'SMTP:*@a' },"
      .. " reject = { 'SMTP:*' } }",
    "recipient 'r' { proxies = { 'r@x' }, reject = { 'SMTP:*', 'CCMAIL:*' } }",
  },
  extension = { "settings { extension = '+' }", "", "" },
}

for name, texts in pairs(GRAMMAR) do RESTRICTED[name] = texts end

local WORLD = [[
domain 'x' {} domain 'a' {}
recipient 'e' { proxies = { 'SMTP:aa@a', 'CCMAIL:b at a' } }
recipient 'f' { proxies = { 'SMTP:b@a' } }
list 'l' { proxies = { 'SMTP:ab@a' }, members = { 'f', 'SMTP:a@b' } }
set 's' { 'SMTP:*@b', 'SMTP:a@a.b' }
]]

-- Whether some sender's mail is taken.
local function takes_some(p, senders)
  for _, sender in ipairs(senders) do
    local to = p.owner_of "r"
    local delivery = p.policy:route(to, { sender = sender, authenticated = true })[1]
    if delivery.code ~= "recipient-restricted" then return true end
  end
  return false
end

local function judge_entry(seed, counts)
  local world = sentences.new(RESTRICTED, seed)
  local text = world:text "extension" .. "\n" .. WORLD .. world:text "entry"
  local p = assert(policy.load(text, { chunkname = "@p.lua" }))
  local told
  for _, finding in ipairs(p:check()) do
    if finding.code == "entry-closed" then told = finding end
  end
  local to = text:find("'postmaster@x'", 1, true) and "postmaster@x" or "r@x"
  local case = { policy = p, owner_of = function() return to end, text = text }
  local is_open, takes_null = takes_some(case, ADDRESSES), takes_some(case, { "<>" })
  local has_both = text:find("accept", 1, true) ~= nil
  judge.hold(not told or not is_open, case, "told of an entry that is open")
  judge.hold(told or is_open or not has_both, case, "an entry is closed, and nobody says so")
  judge.hold(not told or takes_null == (told.message:find "but <>" ~= nil), case, "bounces")
  counts:add(told and "closed" or "open")
  counts:add "policies"
  p:close()
end

describe("check, held against all senders of an alphabet,", function()
  it("says of entries that nobody may write to them", function()
    judge.findings("entries", 60, judge_entry, { "closed", "open" })
  end)
end)
