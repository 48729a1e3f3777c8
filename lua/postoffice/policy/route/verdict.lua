--- Verdicts: why a delivery is not simply a delivery.
-- `message` is the code's constant sentence, or that of the fact which is missing; `detail` is
-- particular to this address.
-- @module postoffice.policy.route.verdict

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local visible = require "postoffice.text.visible".all

local verdict = {}

-- What strangers are told where a code's own sentence advises who writes a program.
local FOR_STRANGERS = {
  ["type-unknown"] = "the address type is not known; check its spelling",
  ["mailbox-several"] = "these are several addresses, where only one can stand",
  ["mailbox-group"] = "a name and a : make a group, where only one address can stand",
}

-- What is said of a fact that is missing: whoever knows it can try again with it.
local MISSING = "the message's %s is not told, and decides whether this address takes it; try again"
  .. " later"

local ADDRESS_STATUS = "5.1.3" -- a code without a status is about the address itself

-- The code and status of a script's own verdict, unless it gives them.
local SCRIPTED = {
  reject = { code = "policy-reject", status = "5.7.1" },
  defer = { code = "policy-defer", status = "4.7.1" },
  pass = {},
}

-- The statuses that a script's own verdict can have (RFC 3463 3.1).
local CLASS = { reject = "5", defer = "4", pass = "[245]" }
local FIELDS = { "message", "status", "code" }

--- The verdict of a code: a defer if its status begins with 4, else a reject.  Whatever its detail
-- quotes, it is one line that no terminal, log or SMTP reply acts on.
-- @tparam string code
-- @tparam[opt] string detail
-- @tparam[opt] table declaration that decided
-- @tparam[opt] string fact of the envelope that is missing
-- @treturn table
function verdict.of(code, detail, declaration, fact)
  local message, status = core.message(code)
  status, detail = status or ADDRESS_STATUS, detail and visible(detail)
  return {
    verdict = status:sub(1, 1) == "4" and "defer" or "reject",
    code = code, status = status, detail = detail,
    message = fact and MISSING:format(fact) or FOR_STRANGERS[code] or message or detail or code,
    rule = declaration and describe.where(declaration),
  }
end

-- What no SMTP reply can hold (RFC 5321 4.2).
local NOT_ASCII = "[^\32-\126]"

-- A sentence of the policy for the sender; or nil and the sentence, for the administrator, where no
-- SMTP reply can hold it.
local function worded(sentence)
  if sentence and sentence:find(NOT_ASCII) then return nil, sentence end
  return sentence
end

-- The status (RFC 3463) that a sentence begins with, if it does, and the rest of it, if there is any.
local function split_status(sentence)
  local status, rest = (sentence .. " "):match "^(5%.%d%d?%d?%.%d%d?%d?) +(.-) *$"
  if not status then return nil, sentence end
  return status, rest ~= "" and rest or nil
end

--- The verdict of a code in the words of the policy, which are for the sender.  A sentence may begin with
-- a status for that of the code; one that no SMTP reply can hold stays with the administrator.
-- @tparam string code
-- @tparam string|nil sentence
-- @tparam table declaration that decided
-- @treturn table
function verdict.worded(code, sentence, declaration)
  local status, text
  if sentence then status, text = split_status(sentence) end
  local made = verdict.of(code, text, declaration)
  local message, detail = worded(made.detail)
  made.status = status or made.status
  made.message, made.detail = message or made.message, detail
  return made
end

--- Whether a script returned a verdict: `reject`, `defer` or `pass`.
-- @param value
-- @treturn boolean
function verdict.is(value) return type(value) == "table" and SCRIPTED[value.verdict] ~= nil end

-- What is wrong with a field of a script's verdict, or nil.
local function fault_of(value)
  for _, name in ipairs(FIELDS) do
    local field = value[name]
    if field ~= nil and type(field) ~= "string" then
      return ("the %s has to be a string, not a %s"):format(name, type(field))
    elseif field and visible(field) ~= field then
      return ("a control character stands in the %s; write it without"):format(name)
    end
  end
  local status, class = value.status, CLASS[value.verdict]
  if not status or status:find("^" .. class .. "%.%d%d?%d?%.%d%d?%d?$") then return nil end
  return ('the status is "%s"; write %s.x.x, such as %s'):format(status,
    #class == 1 and class or "2, 4 or 5", SCRIPTED[value.verdict].status or "2.0.0")
end

--- The verdict that a script returned, or policy-error if its fields are not what they should be.
-- @tparam table value
-- @tparam table declaration the function's
-- @treturn table
function verdict.scripted(value, declaration)
  local own, fault = SCRIPTED[value.verdict], fault_of(value)
  if fault then
    return verdict.of("policy-error", ("%s: %s"):format(value.verdict, fault), declaration)
  end
  local code = value.code or own.code
  local message, detail = worded(value.message)
  return {
    verdict = value.verdict, code = code, status = value.status or own.status,
    message = message or (code and (core.message(code))), detail = detail,
    rule = describe.where(declaration),
  }
end

--- Fills a delivery's verdict fields.
-- @tparam table delivery
-- @tparam table from a verdict
-- @treturn table delivery
function verdict.apply(delivery, from)
  delivery.verdict, delivery.code, delivery.status = from.verdict, from.code, from.status
  delivery.message, delivery.detail = from.message, from.detail
  delivery.rule = from.rule or delivery.rule
  return delivery
end

return verdict
