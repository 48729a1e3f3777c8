--- Verdicts: what a delivery says when it is not simply delivered.
-- `message` is the code's constant sentence, `detail` what is particular to this address.
-- @module postoffice.policy.verdict

local core = require "postoffice.core"
local declare = require "postoffice.policy.declare"

local verdict = {}

local ADDRESS_STATUS = "5.1.3" -- a code without a status is about the address itself

-- What a script's own verdict is called, unless it says so itself.
local SCRIPTED = {
  reject = { code = "policy-reject", status = "5.7.1" },
  defer = { code = "policy-defer", status = "4.7.1" },
  pass = {},
  deliver = {},
}

--- The verdict of a code: a defer where its status begins with 4, else a reject.
-- @tparam string code
-- @tparam[opt] string detail
-- @tparam[opt] table rule the declaration that decided
-- @treturn table
function verdict.of(code, detail, rule)
  local message, status = core.message(code)
  status = status or ADDRESS_STATUS
  return {
    verdict = status:sub(1, 1) == "4" and "defer" or "reject",
    code = code, status = status, message = message or detail or code, detail = detail,
    rule = rule and declare.where(rule),
  }
end

--- Whether a script returned a verdict rather than an address.
-- @param value
-- @treturn boolean
function verdict.is(value) return type(value) == "table" and SCRIPTED[value.verdict] ~= nil end

--- The verdict that a script returned.
-- @tparam table value
-- @tparam table rule the function's declaration
-- @treturn table
function verdict.scripted(value, rule)
  local own = SCRIPTED[value.verdict]
  local code = value.code or own.code
  return {
    verdict = value.verdict, code = code, status = value.status or own.status,
    message = value.message or (code and (core.message(code))), rule = declare.where(rule),
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
