--- Whether addresses of a part may be carriers, as far as its globs tell.
-- @module postoffice.policy.prove.classes.relays.carriers

local begun = require "postoffice.policy.prove.classes.begun"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local members = require "postoffice.policy.prove.sets.members"

local carriers = {}

local NONE = {}

--- Whether addresses of a part may carry others at a domain of ours, where policies know other hosts.
-- @tparam table search
-- @tparam table part
-- @tparam string what `"carrier"` or `"escaped"`, as `atoms.collect` has them in `inside`
-- @treturn boolean
function carriers.is_inside(search, part, what)
  for _, term in ipairs(part.accepted) do
    if search.found.inside[term.id] == what then return true end
  end
  return false
end

local CARRIER = "imcea"

-- Whether a text of tokens may begin as the local parts of carriers do.
local function may_begin(tokens)
  for i = 1, #CARRIER do
    local token = tokens[i]
    if not token then return false end
    if globs.is_run(token) then return true end
    local what, char = globs.read(token)
    if not what and char ~= CARRIER:sub(i, i) then return false end
  end
  return true
end

-- Whether what a glob matches may be the local part of a carrier.
local function may_be_carrier(glob)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if one.quoted or one.graph or may_begin(one.tokens) then return true end
  end
  return false
end

-- Whether some policy has the domain of an address as a relay, and whether all have: marks are read there behind
-- escapes in whatever begins as carriers do.
local function relayed_by(search, address)
  local is_some, is_all = false, true
  for _, policy in ipairs(search.policies) do
    local domain = domains.find(policy.compiled.domains, core.key(address))
    local is_relay = domain ~= nil and domain.kind == "relay"
    is_some, is_all = is_some or is_relay, is_all and is_relay
  end
  return is_some, is_all
end

--- Whether all addresses of a part have a character that no carrier has: what looks like one is none, and all
-- policies say of it the same.
-- @tparam table search
-- @tparam table part
-- @treturn boolean
function carriers.are_none(search, part)
  local first = members.first(part)
  if not first then return false end
  local is_some, is_all = relayed_by(search, first)
  return is_some == is_all and begun.have_other_signs(part)
end

-- Whether addresses at a relay may be carriers, which no test tells from others there.
local function may_be_relayed(search, part)
  local first = members.first(part)
  local domain = first and domains.find(search.policies[1].compiled.domains, core.key(first))
  if not domain or domain.kind ~= "relay" then return false end
  for _, term in ipairs(part.accepted) do
    for _, glob in ipairs(term.fields.localpart or NONE) do
      if not may_be_carrier(glob) then return false end
    end
  end
  return true
end

local ESCAPED = globs.joined(globs.literal(CARRIER), { globs.ANY, "+", globs.ANY })

-- Whether other parts have all that is a carrier, or is read as one.
local function are_elsewhere(search, part)
  local first = members.first(part)
  if not first or not begun.has_none(search, part, begun.CARRIERS) then return false end
  return not relayed_by(search, first) or begun.has_none(search, part, ESCAPED)
end

--- Whether addresses of SMTP may be carriers.
-- @tparam table search
-- @tparam table part
-- @treturn boolean
function carriers.may_carry(search, part)
  if are_elsewhere(search, part) then return false end
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  if search.found.are_unlike then return carriers.is_inside(search, part, "carrier") end
  return may_be_relayed(search, part)
end

return carriers
