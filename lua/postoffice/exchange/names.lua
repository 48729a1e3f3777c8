--- Distinguished names of an Exchange directory (legacyExchangeDN).
--
-- MS-OXOABK 2.2.1.1: `/o=Org/ou=Site/cn=Recipients/cn=Name`, `/guid=` and 32
-- hex digits, or `/` alone, which is the list of all address lists.
-- @module postoffice.exchange.names

local addresses = require "postoffice.address"
local fail = require "postoffice.fail"
local lpeg = require "lpeg"

local C, Cg, Ct, P, R, S = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local names = {}

-- A slash that no `name=` follows belongs to the value: old directories have
-- such names, and nothing else could be meant.
local attribute = (R("az", "AZ", "09") + S ".-") ^ 1
local start = P "/" * attribute * "="
local rdn = Ct(P "/" * Cg(C(attribute), "name") * "=" * Cg(C((1 - start) ^ 0), "value"))
local root = P "/" * -1
local dn = Ct(root + rdn ^ 1) * -1

local IS_DN = { EX = true, X500 = true }

-- The text of the name; or nil, message, code, position.
local function text_of(given)
  if type(given) == "string" and given:sub(1, 1) == "/" then return given end
  local address, message, code, position = addresses.read(given)
  if not address then return nil, message, code, position end
  if not IS_DN[address.type] then return fail "type-mismatch" end
  return address.dn
end

--- Takes a name apart.
-- @tparam table|string given
-- @treturn table `{ { name = "o", value = "Org" }, ... }` in order
function names.rdns(given)
  local text, message, code, position = text_of(given)
  if not text then return nil, message, code, position end
  local list = lpeg.match(dn, text)
  if not list then return fail("dn-rdn", 1) end
  return list
end

-- The place of the first `cn=` with that value; nil where there is none.
local function find(list, value)
  for i, component in ipairs(list) do
    if component.name:lower() == "cn" and component.value:lower() == value then return i end
  end
end

--- Whether a name is that of a recipient.
-- @tparam table|string given
-- @treturn boolean|nil
function names.is_mailbox(given)
  local list, message, code, position = names.rdns(given)
  if not list then return nil, message, code, position end
  if #list == 0 or list[1].name:lower() == "guid" then return false end
  if find(list, "configuration") then return false end
  local container = find(list, "recipients")
  if not container then return fail "dn-undecided" end
  return container < #list
end

return names
