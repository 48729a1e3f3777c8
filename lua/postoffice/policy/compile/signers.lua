--- Who signs senders, and where the answers are opened.
--
-- A connector's `srs` signs the senders of others at a domain of ours, its `batv` marks our own; the
-- answers come to the domains whose `unwrap` lists SRS and BATV.  Neither works without the other,
-- and so neither is declared without it; but who stopped signing opens answers for some weeks yet,
-- by the domain's own `secrets`.  Keys are the host's: here are only their names.
-- @module postoffice.policy.compile.signers

local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"

local signers = {}

local match = string.match

--- Whether a domain opens what a scheme signs.
-- @tparam table domain compiled
-- @string scheme "SRS" or "BATV"
-- @treturn boolean
function signers.is_opened(domain, scheme)
  return domains.is_home(domain) and domain.unwrap[scheme] ~= nil
end

local EXAMPLE = { domain = '"example.com"', secrets = '"forwarding"' }

-- Whether a connector says all that its signatures need.
local function is_complete(connector, field, names, errors)
  for _, name in ipairs(names) do
    if not connector[field][name] then
      errors.add(connector.declaration, ": %s has no %s; add %s = { %s = %s }", field, name, field,
        name, EXAMPLE[name])
      return false
    end
  end
  return true
end

-- The domain that opens what a connector signs there, or nil.
local function find_home(connector, declared, errors)
  local name = connector.srs.domain
  local home = domains.find_name(declared, name)
  if home and signers.is_opened(home, "SRS") then return home end
  errors.add(connector.declaration, home
    and ': srs.domain "%s": %s does not open what is signed there; it has to be local or former,'
      .. ' with "SRS" in its unwrap'
    or ': srs.domain "%s" is not declared; add domain "%s" { unwrap = { "SRS" } }, or no answer'
      .. " comes back", name, home and describe.title(home.declaration) or name)
end

-- What signs by other keys than a connector; the keys of one place have one name.
local function check_name(connector, field, before, errors)
  if not before or before[field].secrets == connector[field].secrets then return end
  errors.add(connector.declaration, ': %s.secrets is "%s", and "%s" at %s; answers are verified by'
    .. " one name's keys", field, describe.short(connector[field].secrets),
    describe.short(before[field].secrets), before.rule)
end

local function add_srs(compiled, connector, declared, errors)
  if not is_complete(connector, "srs", { "domain", "secrets" }, errors) then return end
  local home = find_home(connector, declared, errors)
  if not home then return end
  local host = connector.srs.domain
  check_name(connector, "srs", compiled.by_host[host], errors)
  compiled.by_host[host], compiled.homes[home] = connector, true
end

local function add_batv(compiled, connector, errors)
  if not is_complete(connector, "batv", { "secrets" }, errors) then return end
  if connector.speaks and connector.speaks ~= "SMTP" then
    errors.add(connector.declaration,
      ": batv marks senders of SMTP, and it speaks %s; remove batv", connector.speaks)
  end
  check_name(connector, "batv", compiled.marker, errors)
  compiled.marker = connector
end

-- What is said of a domain that opens what nobody signs, by scheme.
local NOBODY = {
  SRS = ': unwrap lists SRS, but no connector signs there; add srs = { domain = "%s", secrets ='
    .. ' "forwarding" } to one, or if none signs any more secrets = "forwarding" to the domain, or'
    .. " remove it",
  BATV = ': unwrap lists BATV, but no connector marks senders; add batv = { secrets = "bounces" }'
    .. ' to one, or if none marks any more secrets = "bounces" to the domain, or remove it',
}

-- Whether a connector signs or marks what a domain opens, by scheme.
local IS_SIGNED = {}

function IS_SIGNED.SRS(compiled, domain) return compiled.homes[domain] ~= nil end

function IS_SIGNED.BATV(compiled) return compiled.marker ~= nil end

-- Notes that a domain opens what is signed by a scheme, whoever signs it.
local function add_opener(compiled, domain, scheme, errors)
  if not domains.is_home(domain) then
    errors.add(domain.declaration,
      ": unwrap lists %s, which is opened at local and former domains; remove it", scheme)
  elseif domain.secrets then
    compiled.has_openers = true
  elseif not IS_SIGNED[scheme](compiled, domain) then
    errors.add(domain.declaration, NOBODY[scheme], domain.name:gsub("^%*", "srs"))
  end
end

-- Domains that open what nobody signs, and domains with keys that open nothing.
local function check_domain(compiled, domain, errors)
  local unwrap = domain.unwrap
  compiled.is_marked = compiled.is_marked or unwrap.BATV
  for _, scheme in ipairs { "SRS", "BATV" } do
    if unwrap[scheme] then add_opener(compiled, domain, scheme, errors) end
  end
  if domain.secrets and not (unwrap.SRS or unwrap.BATV) then
    errors.add(domain.declaration, ": secrets open what was signed here, and its unwrap lists"
      .. ' neither SRS nor BATV; add unwrap = { "SRS" }, or remove them')
  end
end

local function check_marks(compiled, errors)
  if compiled.marker and not compiled.is_marked then
    errors.add(compiled.marker.declaration, ': batv marks the senders of domains whose unwrap lists'
      .. ' BATV, and none does; add domain "example.com" { unwrap = { "BATV" } }')
  end
end

--- Compiles the connectors' `srs` and `batv`.
-- @tparam {table,...} list of connectors
-- @tparam table declared compiled domains
-- @tparam table errors
-- @treturn table|nil for what follows; nil if nobody signs and nothing is opened
function signers.compile(list, declared, errors)
  local compiled = { by_host = {}, homes = {} }
  for _, connector in errors.each(list) do
    if connector.srs then add_srs(compiled, connector, declared, errors) end
    if connector.batv then add_batv(compiled, connector, errors) end
  end
  for _, domain in errors.each(domains.all(declared)) do check_domain(compiled, domain, errors) end
  check_marks(compiled, errors)
  return (next(compiled.by_host) or compiled.marker or compiled.has_openers) and compiled or nil
end

--- The name of the keys that sign, or signed, in the domain of an SMTP address, or nil.
-- @tparam table compiled
-- @string key the address's key
-- @tparam table|nil domain compiled, that the address falls under
-- @treturn string|nil
function signers.secrets_at(compiled, key, domain)
  local signer = compiled.by_host[match(key, "@([^@]*)$")]
  if signer then return signer.srs.secrets end
  return domain and domain.unwrap.SRS and domain.secrets
end

-- By scheme, the name of the keys that signed an address.
local SECRETS = { SRS = signers.secrets_at }

-- Of what is marked, the marker's, or those of a domain where nobody marks any more.
function SECRETS.BATV(compiled, _, domain)
  return compiled.marker and compiled.marker.batv.secrets or domain.secrets
end

--- The name of the keys that sign by a scheme, or signed.
-- @tparam table compiled
-- @string scheme "SRS" or "BATV"
-- @string key of an SMTP address
-- @tparam table domain compiled, that the address falls under
-- @treturn string|nil
function signers.secrets_for(compiled, scheme, key, domain)
  return SECRETS[scheme](compiled, key, domain)
end

--- Whether a domain opens something by its own keys: below it are hosts at which no connector signs, and of
-- one host it opens by a scheme what no connector signs any more.
-- @tparam table compiled
-- @tparam table domain compiled, that has `secrets`
-- @treturn boolean
function signers.uses_own(compiled, domain)
  local unwrap, is_below = domain.unwrap, domain.name:sub(1, 2) == "*."
  if unwrap.BATV and not IS_SIGNED.BATV(compiled) then return true end
  return unwrap.SRS ~= nil and (is_below or not IS_SIGNED.SRS(compiled, domain))
end

--- The domains at which connectors sign, folded.
-- @tparam table compiled
-- @treturn {string,...}
function signers.hosts(compiled) return lists.keys(compiled.by_host) end

return signers
