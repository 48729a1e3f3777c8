--- Finds what loads and yet cannot be meant.
--
-- A finding has a `code`, a `severity` (`warning`, or `note` for what may be
-- meant), the `file`, `line` and `where` of a declaration, its `title`, and a
-- `message` that says what to write.
-- @module postoffice.policy.check

local core = require "postoffice.core"
local declare = require "postoffice.policy.declare"
local domains = require "postoffice.policy.domains"
local globs = require "postoffice.policy.globs"
local pattern = require "postoffice.policy.pattern"
local postoffices = require "postoffice.policy.postoffices"
local rewrites = require "postoffice.policy.rewrites"

local check = {}

local glob_match = core.glob_match

local function finding(findings, severity, code, rule, text, ...)
  findings[#findings + 1] = {
    severity = severity, code = code, file = rule.file, line = rule.line,
    where = declare.where(rule), title = declare.title(rule), message = text:format(...),
  }
end

local function warn(findings, ...) return finding(findings, "warning", ...) end

local function note(findings, ...) return finding(findings, "note", ...) end

-- Rewrites that an earlier one leaves nothing.

-- An address that the matcher of a rule matches.
local function sample_address(matcher)
  if matcher.whole ~= nil then return nil end
  local address = { type = matcher.type }
  for _, field in ipairs(matcher.fields) do
    address[field.field] = globs.sample(field.glob, "x", "x", "x")
  end
  return address
end

-- Whether every field that the first rule looks at is looked at as closely by the second.
local function covers(first, second)
  if first.family ~= second.family then return false end
  if first.whole ~= nil then return true end
  local by_name = {}
  for _, field in ipairs(second.fields) do by_name[field.field] = field end
  for _, field in ipairs(first.fields) do
    local other = by_name[field.field]
    if not other or not globs.covers(field.glob, other.glob) then return false end
  end
  return true
end

-- The earlier rule that matches whatever a rule does, or nil.  A function may
-- decline what its pattern matches, so only templates count.
local function shadow_of(tables, rule)
  local address = sample_address(rule.matcher)
  if not address then return nil end
  for earlier in rewrites.candidates(tables, address) do
    if earlier.rank >= rule.rank then return nil end
    if earlier.matcher and earlier.template and covers(earlier.matcher, rule.matcher) then
      return earlier
    end
  end
end

local function check_rewrites(policy, findings)
  local tables = policy.tables.rewrites
  for _, rule in ipairs(tables.list) do
    local shadow = rule.matcher and shadow_of(tables, rule)
    if shadow then
      warn(findings, "rewrite-shadowed", rule.rule,
        "%s at %s matches whatever this does and comes first; put this before it, or remove it",
        declare.title(shadow.rule), declare.where(shadow.rule))
    end
  end
end

-- Spaces that share an address, its class and its cost.

-- Whether the literal ends of two patterns can belong to one text.
local function ends_agree(a, b)
  local prefix = math.min(#a.prefix, #b.prefix)
  local suffix = math.min(#a.suffix, #b.suffix)
  return a.prefix:sub(1, prefix) == b.prefix:sub(1, prefix)
    and (suffix == 0 or a.suffix:sub(-suffix) == b.suffix:sub(-suffix))
end

local TIED = {
  exact = function(a, b) return a.key == b.key end,
  partial = function(a, b) return a.component == b.component end,
  blank = function() return true end,
  wildcard = function(a, b) return ends_agree(a, b) and globs.overlaps(a.glob, b.glob) end,
}

-- What two spaces have to have in common before their patterns matter.
local function rank_of(space)
  local guarded = space.guarded and "guarded" or ""
  local literals = space.class == "wildcard" and space.literals or 0
  return table.concat({ space.family, space.class, literals, space.cost, guarded }, " ")
end

-- All spaces by rank, in the order of their declarations.
local function spaces_by_rank(connectors)
  local ranks, order = {}, {}
  for _, connector in ipairs(connectors) do
    for _, space in ipairs(connector.spaces) do
      local rank = rank_of(space)
      if not ranks[rank] then
        ranks[rank] = {}
        order[#order + 1] = rank
      end
      table.insert(ranks[rank], space)
    end
  end
  return ranks, order
end

local function check_tie(first, second, findings)
  if not TIED[first.class](first, second) then return end
  if first.connector == second.connector then
    if first.text:lower() ~= second.text:lower() then return end
    warn(findings, "space-repeated", first.connector.rule,
      'the space "%s" stands there twice; remove one', first.text)
  else
    note(findings, "space-tie", second.connector.rule,
      '"%s" ties with "%s" of %s at %s: same class, same cost %s, so each takes a share of the'
      .. " addresses; write a higher cost if one is only to stand in for the other",
      second.text, first.text, declare.title(first.connector.rule),
      declare.where(first.connector.rule), tostring(first.cost))
  end
end

local function check_ties(policy, findings)
  local ranks, order = spaces_by_rank(policy.tables.connectors.list)
  for _, rank in ipairs(order) do
    local spaces = ranks[rank]
    for i = 1, #spaces do
      for j = i + 1, #spaces do check_tie(spaces[i], spaces[j], findings) end
    end
  end
end

-- Spaces that no address reaches.

local ONES = { "x", "@" }
local ANYS = { "", "x", "x@", "@x", "x@x", "x.x", " at x", "x at", "x at x" }

-- The types whose addresses the samples can look like.
local SAMPLED = { SMTP = true, CCMAIL = true }

local function is_match(space, text)
  local address = core.parse(text, { type = space.family, notation = "native" })
  local native = address and core.format(address, "native")
  return native ~= nil and glob_match(space.glob, native) ~= false
end

-- Whether a wildcard space matches some address, as far as samples can tell.
local function matches_some(space)
  for _, one in ipairs(ONES) do
    for _, first in ipairs(ANYS) do
      for _, rest in ipairs(ANYS) do
        if is_match(space, globs.sample(space.glob, one, first, rest)) then return true end
      end
    end
  end
  return false
end

-- The declaration of the local domain whose addresses are all that a space has.
local function local_domain(policy, space)
  local name = space.family == "SMTP" and space.text:match "@([^@*?\\]+)$"
  local domain = name and domains.find(policy.tables.domains, name:lower())
  return domain and domain.kind == "local" and domain
end

local function check_space(policy, space, findings)
  local rule = space.connector.rule
  if space.class == "wildcard" and SAMPLED[space.family] and not matches_some(space) then
    warn(findings, "space-empty", rule, 'no %s address is like its space "%s"; remove it, or write'
      .. " one such as %s", space.type, space.text,
      space.family == "SMTP" and '"SMTP:*@partner.example"' or '"CCMAIL:* at HQ"')
    return
  end
  local domain = local_domain(policy, space)
  if domain then
    warn(findings, "space-local", rule, 'no mail gets to its space "%s": %s at %s is local, so what'
      .. ' nobody there has is unknown; write kind = "relay" there, or remove the space',
      space.text, declare.title(domain.rule), declare.where(domain.rule))
  end
end

local function check_spaces(policy, findings)
  for _, connector in ipairs(policy.tables.connectors.list) do
    for _, space in ipairs(connector.spaces) do check_space(policy, space, findings) end
  end
end

-- Post offices that nothing leads to, gateways that lead nowhere.

local function reached_by_connector(policy, name)
  local wanted = postoffices.find(policy.tables.postoffices, name)
  for _, connector in ipairs(policy.tables.connectors.list) do
    local reaches = connector.reaches
    if reaches and postoffices.find(policy.tables.postoffices, reaches) == wanted then
      return true
    end
  end
  return false
end

local function has_proxy_of(policy, kind)
  for _, entry in ipairs(policy.tables.directory.list) do
    for _, address in ipairs(entry.proxies) do
      if pattern.family(address.type) == kind then return true end
    end
  end
  return false
end

-- Whether addresses of a type can go anywhere, or belong to somebody here.
local function leads_on(policy, kind)
  kind = pattern.family(kind)
  for _, connector in ipairs(policy.tables.connectors.list) do
    for _, space in ipairs(connector.spaces) do
      if space.family == kind then return true end
    end
  end
  return has_proxy_of(policy, kind)
end

local function check_way(policy, postoffice, findings)
  local first = postoffice.path and postoffice.path[1]
  if not first then return end
  if not reached_by_connector(policy, first) then
    if #postoffice.path > 1 then return end -- said of the first already
    warn(findings, "postoffice-unreached", postoffice.rule,
      'no connector reaches it; write reaches = "%s" in the one that is connected to it, or'
      .. ' via = "..." here', first)
    return
  end
  local address = { type = "CCMAIL", mailbox = "x", postoffice = postoffice.name }
  local delivery = policy:nexthop(address)
  if delivery and delivery.code == "route-missing" then
    warn(findings, "postoffice-unrouted", postoffice.rule,
      'no connector has a space for its addresses; add spaces = { "CCMAIL:* at %s" }',
      postoffice.name)
  end
end

local function check_postoffices(policy, findings)
  for _, postoffice in ipairs(policy.tables.postoffices.list) do
    if not postoffice.ours then
      check_way(policy, postoffice, findings)
    elseif not leads_on(policy, postoffice.gateway) then
      warn(findings, "gateway-nowhere", postoffice.rule,
        "it turns mail into %s, and nothing here takes %s; add a connector with"
        .. ' spaces = { "%s:*" }', postoffice.gateway, postoffice.gateway, postoffice.gateway)
    end
  end
end

-- Domains without a postmaster (RFC 5321 4.5.1).
local function check_postmasters(policy, findings)
  for _, domain in ipairs(policy.tables.domains.list) do
    if domain.kind == "local" and domain.name:sub(1, 2) ~= "*." then
      local address = "postmaster@" .. domain.name
      local first = policy:resolve(address)[1]
      if first and first.code == "recipient-unknown" then
        warn(findings, "postmaster-missing", domain.rule,
          'nobody has %s, which every domain must have (RFC 5321 4.5.1); add "smtp:%s" to'
          .. " somebody's proxies", address, address)
      end
    end
  end
end

-- Entries whose mail ends nowhere.

-- Verdicts that say nothing of the declarations.
local MEANT = { ["recipient-gone"] = true }

local function is_broken(delivery)
  return delivery.verdict == "reject" and not MEANT[delivery.code]
    and not (delivery.code or ""):find "^policy%-"
end

-- Whether a delivery is this entry's, and not that of another it leads to,
-- which is looked at by itself.
local function is_own(entry, delivery)
  return delivery.entry == entry.name or delivery.code == "route-loop"
end

local function check_entries(policy, findings)
  for _, entry in ipairs(policy.tables.directory.list) do
    local deliveries = entry.primary and policy:route(entry.primary) or {}
    for _, delivery in ipairs(deliveries) do
      if is_broken(delivery) and is_own(entry, delivery) then
        warn(findings, "entry-undeliverable", entry.rule, "mail for it ends as %s: %s",
          delivery.code or delivery.verdict, delivery.detail or delivery.message or "rejected")
      end
    end
  end
end

local CHECKS = {
  check_rewrites, check_ties, check_spaces, check_postoffices, check_postmasters, check_entries,
}

local function by_place(a, b)
  if a.file ~= b.file then return a.file < b.file end
  if a.line ~= b.line then return a.line < b.line end
  if a.code ~= b.code then return a.code < b.code end
  return a.message < b.message
end

-- The same is not said twice.
local function unique(findings)
  local list, before = {}, nil
  for _, each in ipairs(findings) do
    local text = check.text(each)
    if text ~= before then list[#list + 1] = each end
    before = text
  end
  return list
end

--- Checks a policy.
-- @tparam table policy loaded
-- @treturn {table,...} findings, by file and line
function check.policy(policy)
  local findings = {}
  for _, each in ipairs(CHECKS) do each(policy, findings) end
  table.sort(findings, by_place)
  return unique(findings)
end

--- A finding as one line.
-- @tparam table found
-- @treturn string
function check.text(found)
  return ("%s: %s: %s: %s (%s)"):format(found.where, found.severity, found.title, found.message,
    found.code)
end

return check
