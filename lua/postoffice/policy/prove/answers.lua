--- What a policy would answer in place of a mail system's tables.
--
-- Postfix asks a virtual alias table who an address is, a canonical table how it
-- is written, and a transport table where it goes.  Those who move from such
-- tables to a policy compare the answers.
-- @module postoffice.policy.prove.answers

local core = require "postoffice.core"
local write = require "postoffice.address".show

local answers = {}

local UNKNOWN = { unknown = true }

-- An address that stays what it is has no answer in a table.
local function unless_same(address, texts)
  if #texts == 1 and core.equal(texts[1], write(address)) then return {} end
  return texts
end

local ANSWERS = {}

function ANSWERS.resolve(policy, address, envelope)
  local texts = {}
  for i, item in ipairs(policy:resolve(address, nil, envelope)) do
    local failed = item.verdict == "reject" or item.verdict == "defer"
    texts[i] = failed and item.code or write(item.address)
  end
  return unless_same(address, texts)
end

function ANSWERS.rewrite(policy, address, envelope)
  local made, message, code = policy:rewrite(address, envelope)
  if not made then return { code or message } end
  return unless_same(address, { write(made) })
end

function ANSWERS.nexthop(policy, address, envelope)
  local delivery, _, code = policy:nexthop(address, envelope)
  if not delivery then return { code } end
  return { delivery.nexthop or delivery.code }
end

--- The questions: as a virtual alias, a canonical and a transport table are asked.
answers.questions = { "resolve", "rewrite", "nexthop" }

--- A policy's answer.
-- @tparam table policy
-- @tparam string question one of `answers.questions`
-- @tparam string text address
-- @tparam[opt] table envelope
-- @treturn {string,...} none if the address stays what it is; codes if it has no answer
function answers.of(policy, question, text, envelope)
  local address, _, code = core.parse(text, UNKNOWN)
  if not address then return { code } end
  return ANSWERS[question](policy, address, envelope)
end

--- Reads a line that a program such as `postmap -q -` prints: the address, then its answers.
-- @tparam string line
-- @treturn string|nil address
-- @treturn {string,...} answers
function answers.read(line)
  local key, value = line:match "^([^\t]+)\t%s*(.-)%s*$"
  if not key then key, value = line:match "^(%S+)%s+(.-)%s*$" end
  if not key then return nil end
  local list = {}
  for answer in value:gmatch "[^,]+" do list[#list + 1] = answer:match "^%s*(.-)%s*$" end
  return key, list
end

-- Addresses by their keys, anything else as it is; in one order.
local function folded(texts)
  local list = {}
  for i, text in ipairs(texts) do
    local address = core.parse(text, UNKNOWN)
    list[i] = address and core.key(address) or text
  end
  table.sort(list)
  return table.concat(list, "\0")
end

--- Whether two answers are the same, whatever their order and notation.
-- @tparam {string,...} mine
-- @tparam {string,...} theirs
-- @treturn boolean
function answers.same(mine, theirs) return folded(mine) == folded(theirs) end

return answers
