--- Who opens what addresses of SMTP carry: domains by their `unwrap`, and connectors whose shell it is.
-- @module postoffice.policy.prove.classes.openers

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local postoffices = require "postoffice.policy.compile.postoffices"
local shells = require "postoffice.policy.compile.shells"

local openers = {}

--- Whether a policy takes addresses of a family out of a carrier before it does anything else.
-- @tparam table compiled
-- @tparam table carrier
-- @tparam string family
-- @treturn boolean
function openers.unwraps(compiled, carrier, family)
  local key = carrier.type == "SMTP" and carrier.domain and core.key(carrier)
  local domain = key and domains.find(compiled.domains, key)
  return domain and domains.is_home(domain) and domains.unwraps(domain, family) or false
end

-- Whether it does so for its connectors, whose shell it is; they make no carriers of SMTP.
local function has_shell(compiled, carrier, family)
  return family ~= "SMTP" and shells.at(compiled.shells, carrier) and true or false
end

--- How policies open addresses of a family at the domain of a carrier.
-- @tparam {table,...} policies
-- @tparam table carrier
-- @tparam string family
-- @treturn string|nil `"unwrap"`, or `"shell"` if no `unwrap` of any lists it; nil if none opens it
-- @treturn boolean whether all policies do the same
function openers.how(policies, carrier, family)
  local how, first, are_alike = nil, nil, true
  for _, policy in ipairs(policies) do
    local is_shell = has_shell(policy.compiled, carrier, family)
    local own = (openers.unwraps(policy.compiled, carrier, family) and "unwrap" or "")
      .. (is_shell and "shell" or "")
    first = first or own
    are_alike = are_alike and own == first
    if own:find "^unwrap" then how = "unwrap" elseif is_shell then how = how or "shell" end
  end
  return how, are_alike
end

-- The families of which others may be read in what carries them.
local READ = { "SMTP", "X400", "CCMAIL" }

local function opens_some(domain)
  for _, family in ipairs(READ) do
    if domains.unwraps(domain, family) then return true end
  end
  return false
end

--- Whether some policy may take out of carriers what carries others in turn.
-- @tparam {table,...} policies
-- @treturn boolean
function openers.may_nest(policies)
  for _, policy in ipairs(policies) do
    if policy.compiled.shells then return true end
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      if not domain.space and domains.is_home(domain) and opens_some(domain) then return true end
    end
  end
  return false
end

-- What policies have, as texts in order: whether it is the same for all of them.
local function are_same(policies, list_of)
  local first
  for _, policy in ipairs(policies) do
    local texts = list_of(policy.compiled)
    table.sort(texts)
    local text = table.concat(texts, "\2")
    first = first or text
    if text ~= first then return false end
  end
  return true
end

local function gateways_of(compiled)
  return lists.map(postoffices.all(compiled.postoffices), function(postoffice)
    local via = postoffice.declaration.fields.via
    return ("%s\1%s\1%s"):format(postoffice.name, postoffice.gateway or "", via or "")
  end)
end

-- The gateways of a policy, wherever they are; and of which types post offices are declared: then what is at
-- others is read by nobody.
local function read_by(compiled)
  local texts = { tostring(postoffices.are_ccmail(compiled.postoffices)) }
  for _, postoffice in ipairs(postoffices.all(compiled.postoffices)) do
    local gateway = postoffice.gateway
    texts[#texts + 1] = gateway and ("%s\1%s"):format(postoffice.name, gateway) or nil
  end
  return texts
end

local function hosts_of(compiled)
  local texts = {}
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if not domain.space then texts[#texts + 1] = domain.name .. "\1" .. domain.kind end
  end
  return texts
end

--- Whether policies name each host of theirs, and plainly: none is below a domain, and has marks of its own.
-- @tparam {table,...} policies
-- @treturn boolean
function openers.name_hosts(policies)
  for _, policy in ipairs(policies) do
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      if not domain.space and domain.name:find '[*/"]' then return false end
    end
  end
  return true
end

--- Whether policies have the same gateways, which the same post offices lead to.
-- @tparam {table,...} policies
-- @treturn boolean
function openers.have_same_gateways(policies) return are_same(policies, gateways_of) end

--- Whether the gateways of policies read the same addresses, wherever they are.
-- @tparam {table,...} policies
-- @treturn boolean
function openers.read_same(policies) return are_same(policies, read_by) end

--- Whether policies know the same hosts, and their gateways read the same.
-- @tparam {table,...} policies
-- @treturn boolean
function openers.know_same(policies)
  return are_same(policies, hosts_of) and openers.read_same(policies)
end

return openers
