--- The domains that a new policy drops as places to which mail comes back: queues, caches and answers still
-- hold what was encapsulated or signed there.
-- @module postoffice.policy.prove.dropped

local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local fold = require "postoffice.text.domain".fold
local lists = require "postoffice.lists"
local shells = require "postoffice.policy.compile.shells"
local signatures = require "postoffice.policy.language.words".signatures
local signers = require "postoffice.policy.compile.signers"

-- Somebody's domain below another one, that no policy names.
local BELOW = "no-policy-names-this"

-- ---- What connectors make ------------------------------------------------------

-- The SMTP domains at which connectors encapsulate, or sign: by folded name, the connector.
local function homes_of(policy)
  local encapsulated, signed = {}, {}
  for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
    local shell = connector.speaks == "SMTP" and connector.wrap.domain
    local srs = connector.srs and connector.srs.domain
    if shell then encapsulated[fold(shell) or shell] = connector end
    if srs then signed[fold(srs) or srs] = connector end
  end
  return { encapsulated = encapsulated, signed = signed }
end

-- Whether a policy opens what was signed at a domain: who stops signing does so for some weeks yet.
local function opens_signed(policy, name)
  local domain = domains.find_name(policy.compiled.domains, name)
  return domain ~= nil and signers.is_opened(domain, "SRS")
end

-- Adds the domains at which connectors do something in the old policy, and not in the new one.
local function add_homes(list, old, new)
  local before, after = homes_of(old), homes_of(new)
  for _, what in ipairs { "encapsulated", "signed" } do
    for _, name in ipairs(lists.keys(before[what])) do
      local is_kept = after[what][name] or what == "signed" and opens_signed(new, name)
      local connector = before[what][name]
      list[#list + 1] = not is_kept and {
        domain = name, what = what, connector = connector.name,
        where = describe.where(connector.declaration),
      } or nil
    end
  end
end

-- ---- What domains open ---------------------------------------------------------

-- The domain of a policy that the addresses of a domain's declaration fall under, or nil.
local function same_domain(policy, domain)
  local name = domain.name:gsub("^%*%.", BELOW .. ".")
  return domains.find_name(policy.compiled.domains, name)
end

-- The types that a domain of the old policy opens and the new one does not: neither there, nor as the shell of
-- a connector.
local function types_lost(domain, new)
  local kept, lost = same_domain(new, domain), {}
  if not kept and domain.declaration.fields.unwrap == nil then return lost end -- nobody made it a shell
  local is_home = kept and domains.is_home(kept)
  local is_shell = shells.has(new.compiled.shells, domain.name)
  for _, type_name in ipairs(lists.keys(domain.unwrap)) do
    local is_opened = is_home and domains.unwraps(kept, type_name)
      or is_shell and not signatures[type_name]
    lost[#lost + 1] = not is_opened and type_name or nil
  end
  return lost
end

-- Adds the domains that open less in the new policy than in the old one, unless it is said already why.
local function add_domains(list, old, new)
  local told = lists.set(lists.pluck(list, "domain"))
  for _, domain in ipairs(domains.all(old.compiled.domains)) do
    local is_open = not domain.space and domains.is_home(domain) and not told[fold(domain.name)]
    local lost = is_open and types_lost(domain, new) or {}
    list[#list + 1] = lost[1] and {
      domain = domain.name, what = "opened", types = lost,
      where = describe.where(domain.declaration),
    } or nil
  end
end

--- The domains at which the old policy encapsulates or signs, and the new one does not any more; and those
-- at which it opens what was encapsulated or signed, and the new one does not.
-- @tparam table old policy
-- @tparam table new policy
-- @treturn {table,...} `domain`, `what` (`"encapsulated"`, `"signed"` or `"opened"`), `where`; and the
--   `connector` that did so, or the `types` that are opened no more
local function dropped(old, new)
  local list = {}
  add_homes(list, old, new)
  add_domains(list, old, new)
  return list
end

return dropped
