--- What becomes of addresses of SMTP that a rewrite makes one of another type, in which hosts may be read.
-- @module postoffice.policy.prove.classes.relays.retyped

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local is_foreign = require "postoffice.policy.route.relaying".is_foreign
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"

local retyped = {}

local NONE = {}

-- The first rewrite that is for an address, and what it makes of it; nil if there is none, or only code
-- knows.
local function first_made(compiled, address)
  local rank, rewrite = rewrites.next(compiled.rewrites, 0, address)
  while rank do
    if not rewrite.matcher or not rewrite.template then return nil end
    local captures = rewrites.match(rewrite, address)
    if captures then return rewrite, rewrites.fill(rewrite, captures) end
    rank, rewrite = rewrites.next(compiled.rewrites, rank, address)
  end
end

-- The families in which hosts read what is marked.
local MARKED = { CCMAIL = true, NOTES = true, MSMAIL = true, MS = true, PCM = true, GWISE = true }

-- Whether hosts may read what is marked in an address: where post offices are declared, none of cc:Mail's
-- but gateways, of which it is told elsewhere.
local function may_be_read(compiled, address)
  if address.type == "CCMAIL" and postoffices.are_ccmail(compiled.postoffices) then return false end
  return MARKED[families.of(address.type)]
end

-- What becomes of an address of SMTP that is one of another type at once, where hosts may be read; nil if
-- that is nothing, or something becomes of it in turn.
local function result_of(compiled, address)
  local rewrite, made = first_made(compiled, address)
  local is_one = made and made.type ~= "SMTP" and may_be_read(compiled, made) and core.key(made)
  if not is_one or rewrites.is_fixed(rewrite) or first_made(compiled, made) then return nil end
  return made
end

--- Which policies would let leave what becomes of an address.
-- @tparam {table,...} policies
-- @tparam table address
-- @treturn string as `answers.of` returns it
function retyped.answers(policies, address)
  local list = {}
  for i, policy in ipairs(policies) do
    local made = result_of(policy.compiled, address)
    list[i] = made and is_foreign(policy.compiled, made) and "+" or "-"
  end
  return table.concat(list)
end

--- Whether hosts may read another address in what becomes of an address.
-- @tparam {table,...} policies
-- @tparam table address of SMTP
-- @treturn boolean
function retyped.is_marked(policies, address)
  for _, policy in ipairs(policies) do
    local made = result_of(policy.compiled, address)
    for name, value in pairs(made or NONE) do
      if addresses.is_own_field(name) and value:find "[%%!@]" then return true end
    end
  end
  return false
end

return retyped
