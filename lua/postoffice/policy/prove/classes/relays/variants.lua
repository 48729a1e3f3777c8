--- Addresses like others, in which a host is read.
-- @module postoffice.policy.prove.classes.relays.variants

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"

local variants = {}

local NONE = {}

local FOREIGN = "x.invalid" -- a host that is in nobody's domain (RFC 2606)

--- The hosts that policies name as ours, and one that nobody does; of those below a domain two, of which one
-- has three labels at least.
-- @tparam {table,...} policies
-- @treturn {string,...}
function variants.hosts(policies)
  local hosts = { FOREIGN }
  for _, policy in ipairs(policies) do
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      local is_host = not domain.space and domains.is_ours(domain)
      local name = domain.name:gsub("^%*%.", "x.")
      if is_host then hosts[#hosts + 1] = name end
      if is_host and name ~= domain.name then hosts[#hosts + 1] = "x.x." .. domain.name:sub(3) end
    end
  end
  return hosts
end

-- By family, the fields in which hosts read others.
local READ = {
  CCMAIL = { "mailbox" }, NOTES = { "name", "domain" }, MSMAIL = { "mailbox", "server" },
  MS = { "mailbox", "network", "postoffice" }, PCM = { "mailbox", "network", "postoffice" },
  UUCP = { "path" },
}

-- A copy of an address with another text in a field.
local function with(address, field, text)
  local made = addresses.bare(address)
  made[field] = text
  return made
end

-- A host that ends in a letter, with that as wide as a sign of Chinese, which IDNA takes for the same.
local function widened(host)
  return (host:gsub("%l$", function(letter)
    return "\239\189" .. string.char(32 + letter:byte())
  end))
end

--- An address of GroupWise in which a host is read: after the last of its fields that have marks, and before
-- those that have none.
-- @tparam table address
-- @tparam table marked fields that have marks, as `answers.marks` returns them
-- @tparam string host
-- @treturn table|nil nil if it has too few labels for these
function variants.group_wise(address, marked, host)
  local made = with(address, "domain", marked.domain and "!" or address.domain)
  local user = marked.high and "\195\188" or "x"
  if marked.high and not marked.object then host = widened(host) end
  local first, rest = host:match "^([^.]*)%.(.*)$"
  if marked.object and marked.postoffice then
    made.postoffice, made.object = '"!', user .. '"@' .. host
  elseif marked.object then
    made.object = user .. "@" .. host
  elseif marked.postoffice then
    made.postoffice, made.object = "x@" .. (first or ""), rest
  else
    made.domain = "x:x@" .. (first or "") -- what is before a colon is not read
    made.postoffice, made.object = (rest or ""):match "^([^.]*)%.(.*)$"
  end
  return made.object and made
end

-- Local parts in which a host is read, and after that a text: what carriers carry, of several types, as
-- some of these may be opened by nobody; and with marks before the host, which relays read.
local CARRIERS = {
  "imceasmtp-x+40%s", "imceaccmail-x+40%s+20at+20%s", "imceanotes-x+40%s+40%s", "imceafax-1+20%s",
  "imceafax-1+20%s+20%s", "imceasmtp-x+21+40%s", "imceaccmail-x+21+40%s+20at+20%s",
  "imceax400-c=us+3Bdda+3ARFC-822=x+28b+29+28a+29%s+3Bs=%s",
}

-- Addresses at the domain of one that looks like a carrier: such as nobody can open, and carriers.
local function carriers_like(address, hosts)
  local list, text = {}, address.localpart:lower()
  local rest = text:match "^imcea(.*)$" or text
  for _, broken in ipairs { "imceax-'", "imceax-+", "imceax-.x", "imcea-" } do
    list[#list + 1] = with(address, "localpart", broken .. rest)
  end
  local last = rest:gsub("[^%l%d-]", "")
  for _, form in ipairs(CARRIERS) do
    for _, host in ipairs(hosts) do
      local escaped = host:gsub("%.", "+2E")
      list[#list + 1] = with(address, "localpart", form:format(escaped, last == "" and "x" or last))
    end
  end
  return list
end

--- Addresses like one in which a host may be read: of SMTP what looks like a carrier; of any other family with
-- a host in each field in which one is looked for.
-- @tparam table address
-- @tparam {string,...} hosts
-- @tparam table marked
-- @treturn {table,...} as they are, which nobody may be able to write
function variants.of(address, hosts, marked)
  if address.type == "SMTP" then return carriers_like(address, hosts) end
  local list = {}
  for _, host in ipairs(families.of(address.type) == "GWISE" and hosts or NONE) do
    list[#list + 1] = variants.group_wise(address, marked, host)
  end
  for _, field in ipairs(READ[families.of(address.type)] or NONE) do
    for _, host in ipairs(address[field] and hosts or NONE) do
      list[#list + 1] = with(address, field, host)
      for _, user in ipairs { "x", '"x"', '"\195\188"', address[field] } do
        list[#list + 1] = with(address, field, user .. "@" .. host)
      end
    end
  end
  return list
end

--- An address as it is read.
-- @tparam table address
-- @treturn table|nil nil if it cannot be written
function variants.read(address)
  local text = core.format(address)
  local found = text and core.parse(text, { unknown = true })
  return found and found.type == address.type and core.key(found) and found or nil
end

--- Addresses at the domain of one in whose local parts hosts are read.
-- @tparam {table,...} policies
-- @tparam table address
-- @treturn {table,...}
function variants.marked(policies, address)
  local list, own = {}, address.localpart:match "^(.*)@" or address.localpart
  local users = { "x", "\195\188", "imceax", "imceax\195\188", "x.x", '"x.x"', own, own .. "(" }
  for _, host in ipairs(variants.hosts(policies)) do
    for _, user in ipairs(users) do
      list[#list + 1] = variants.read(with(address, "localpart", user .. "@" .. host))
    end
  end
  return list
end

-- Addresses of types that no set knows, in which a host is read that is not ours.
local FOREIGN_FORMS = { "%s:x@" .. FOREIGN, "%s:1." .. FOREIGN }

--- Addresses like a sample in which a host is read that is not ours.
-- @tparam table sample of a type that no set knows, or of X.400
-- @treturn {table,...}
function variants.foreign(sample)
  if sample.type == "X400" then
    return { variants.read(with(sample, "dda1_value", "x(a)" .. FOREIGN)) } -- in an attribute that nobody knows
  end
  local list = {}
  for _, form in ipairs(FOREIGN_FORMS) do
    list[#list + 1] = addresses.read_any(form:format(sample.type))
  end
  return list
end

return variants
