--- Checks what a policy's tests expect, before they run.
-- @module postoffice.policy.compile.expectations

local core = require "postoffice.core"
local language = require "postoffice.policy.language.words"
local suggest = require "postoffice.suggest"

local expectations = {}

local ADDRESSES = { "address", "final", "sender" }

local EXPECTED = language.expected

local function expects_something(fields)
  if fields.deliveries then return true end
  for _, name in ipairs(EXPECTED) do
    if fields[name] ~= nil then return true end
  end
  return false
end

-- An address that cannot be read is never the one that a delivery has.
local function check_addresses(test, label, fields, errors)
  for _, name in ipairs(ADDRESSES) do
    local text = fields[name]
    local address, message = nil, nil
    if text then address, message = core.parse(text, { unknown = true }) end
    if text and not address then
      errors.add(test, ': %s%s "%s" is no address: %s', label, name, text, message)
    end
  end
end

--- Adds errors for tests that expect nothing, or that cannot pass.
-- @tparam {table,...} declarations
-- @tparam table errors
function expectations.check(declarations, errors)
  for _, test in errors.each(declarations) do
    if not expects_something(test.fields) then
      errors.add(test, ' expects nothing; add what has to come, such as verdict = "deliver"%s',
        suggest.listing(EXPECTED, "a test can expect"))
    end
    check_addresses(test, "", test.fields, errors)
    for _, fields in ipairs(test.fields.deliveries or {}) do
      check_addresses(test, "deliveries.", fields, errors)
    end
  end
end

return expectations
