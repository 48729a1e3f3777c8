--- Who signs senders, and where the answers are opened.
--
-- A connector's `srs` signs the senders of others at a domain of ours, its `batv` marks our own; the
-- answers come to the domains whose `unwrap` lists SRS and BATV.  Neither works without the other,
-- and so neither is declared without it.  Keys are the host's: here are only their names.
-- @module postoffice.policy.compile.signers

local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"

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

-- Domains that open what nobody signs.
local function check_domain(compiled, domain, errors)
  if domain.unwrap.SRS and not compiled.homes[domain] then
    errors.add(domain.declaration, ': unwrap lists SRS, but no connector signs there; add srs = {'
      .. ' domain = "%s", secrets = "forwarding" } to one, or remove it',
      domain.name:gsub("^%*", "srs"))
  end
  if not domain.unwrap.BATV then return end
  if not compiled.marker or not domains.is_home(domain) then
    errors.add(domain.declaration, domains.is_home(domain)
      and ': unwrap lists BATV, but no connector marks senders; add batv = { secrets = "bounces" }'
        .. " to one, or remove it"
      or ": unwrap lists BATV, which is opened at local and former domains; remove it")
  end
  compiled.is_marked = true
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
-- @treturn table|nil for what follows; nil if nobody signs
function signers.compile(list, declared, errors)
  local compiled = { by_host = {}, homes = {} }
  for _, connector in errors.each(list) do
    if connector.srs then add_srs(compiled, connector, declared, errors) end
    if connector.batv then add_batv(compiled, connector, errors) end
  end
  for _, domain in errors.each(domains.all(declared)) do check_domain(compiled, domain, errors) end
  check_marks(compiled, errors)
  return (next(compiled.by_host) or compiled.marker) and compiled or nil
end

--- The name of the keys that sign in the domain of an SMTP address, or nil.
-- @tparam table compiled
-- @string key the address's key
-- @treturn string|nil
function signers.secrets_at(compiled, key)
  local signer = compiled.by_host[match(key, "@([^@]*)$")]
  return signer and signer.srs.secrets
end

--- The name of the keys that mark senders, or nil.
-- @tparam table compiled
-- @treturn string|nil
function signers.marking_secrets(compiled)
  return compiled.marker and compiled.marker.batv.secrets
end

return signers
