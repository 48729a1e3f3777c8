--- Addresses that name a path: bang paths, the percent hack, source routes.
--
-- `a!b!user`, `user%b@a` and `@a:user@b` all say: to a, then to b. Mixed, they
-- have several readings, and mailers have disagreed about them. A **precedence**
-- says which operator counts first; it is never guessed. One that leaves an
-- operator out takes it for a letter of the user's name.
--
-- | precedence | name | `h!u%o@d` goes to | source |
-- | --- | --- | --- | --- |
-- | `@%!` | `mmdf` | d, o, h | MMDF's guide; PMDF's default |
-- | `@!%` | `sendmail` | d, h, o | its ruleset 3; Postfix; PMDF's `bangoverpercent` |
-- | `!@%` | `uucp` | h, d, o | the old UUCP world (RFC 976 1) |
-- | `@!` | `rfc976` | d, h for `u%o` | RFC 976 2.3 |
-- | `@` | `smtp` | d for `h!u%o` | RFC 5321 2.3.11; Exim's default |
--
-- There is none with % before @, as % becomes @ where no @ is left (RFC 1123
-- 5.2.16). A source route comes before everything.
--
-- @module postoffice.routes

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local domain_text = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local hops = require "postoffice.routes.hops"

local routes = {}

local NAMED = { mmdf = "@%!", sendmail = "@!%", uucp = "!@%", rfc976 = "@!", smtp = "@" }

-- Those that take every operator for one: what no two of them disagree about
-- is certain.
local WHOLE = { NAMED.mmdf, NAMED.sendmail, NAMED.uucp }

local KNOWN = { ["!@"] = true, ["@%"] = true }
for _, precedence in pairs(NAMED) do KNOWN[precedence] = true end

-- What an address's type has settled: its domain or its path counts first.
local SETTLED = { SMTP = "@", UUCP = "!" }

local SMTP, UUCP = { type = "SMTP" }, { type = "UUCP" }

local OPTIONS = { precedence = "string" }

-- The precedences to read by; raises for the caller's caller.
local function precedences_of(options, default)
  local given = arguments.options(options, OPTIONS, 1).precedence
  if not given then return default end
  local precedence = NAMED[given] or KNOWN[given] and given
  if not precedence then
    error(("option precedence cannot be '%s'; known: mmdf (@%%!), sendmail (@!%%), uucp (!@%%),"
      .. " rfc976 (@!), smtp (@), @%% and !@"):format(given), 3)
  end
  return { precedence }
end

-- The same with one operator in front of all others.
local function settle(precedences, operator)
  local settled = {}
  for i, precedence in ipairs(precedences) do
    settled[i] = operator .. precedence:gsub("%" .. operator, "")
  end
  return settled
end

-- Whether a text is in a notation that names its type.
local function is_typed(text)
  local kind = text:match "^%[?(%a+):"
  return kind and SETTLED[kind:upper()] ~= nil
end

-- The text of an address, in which only the type's own operator is read first.
local function written(address, precedences)
  local operator = SETTLED[address.type]
  if not operator then return fail "type-mismatch" end
  local text, message, code = core.format(address, "native")
  if not text then return nil, message, code end
  if address.type == "SMTP" and address.route then text = address.route .. ":" .. text end
  return text, settle(precedences, operator)
end

-- Reads native text, in angle brackets or without.
local function read_text(text, precedences)
  local inside = text:match "^<(.*)>$"
  if not inside then return hops.read(text, precedences) end
  local found, message, code, position = hops.read(inside, precedences)
  return found, message, code, position and position + 1
end

-- Reads a table or a text; returns the path, or nil, message, code, position.
local function read(given, precedences)
  if type(given) == "string" then
    if not is_typed(given) then return read_text(given, precedences) end
    local parsed, message, code, position = core.parse(given)
    if not parsed then return nil, message, code, position end
    given = parsed
  end
  local text, settled, code = written(given, precedences)
  if not text then return nil, settled, code end
  local found, message
  found, message, code = hops.read(text, settled)
  return found, message, code
end

-- An address of these fields, where it can be written; or nil, message, code.
local function made_of(fields, notation)
  local text, message, code = core.format(fields, notation)
  if not text then return nil, message, code end
  return addresses.make(fields)
end

--- Reads the path that an address names.
--
-- Without `precedence` it is read where all of the three whole ones agree, and
-- refused where not. What a type settles stays: the domain of an address that
-- has been read as SMTP counts first, the path of one of UUCP too. Operators in
-- quotes are letters. Whether a host on the path will do as the address says is
-- up to the host.
--
-- @tparam string|table text an address, or its native text
-- @tparam[opt] table options `precedence`
-- @treturn table `hops`, the hosts from the first to the last; `operators`, how
--   each was written, ":" for a source route; `domain`, the last host, and
--   `user`, who is there. Or nil, message, code, position: `route-ambiguous`,
--   `route-host`, `route-invalid`, `domain-missing`, `type-mismatch`, and those
--   of local parts
-- @usage
-- local routes = require "postoffice.routes"
-- local path = assert(routes.read "@relay.example:user%host@gateway.example")
-- table.concat(path.hops, " "), path.user --> "relay.example gateway.example host", "user"
-- path = assert(routes.read("a!b@c.d", { precedence = "@%!" }))
-- table.concat(path.hops, " "), path.user, path.domain --> "c.d a", "b", "a"
-- path = assert(routes.read("a!b@c.d", { precedence = "uucp" }))
-- table.concat(path.hops, " "), path.user, path.domain --> "a c.d", "b", "c.d"
-- select(3, routes.read "a!b@c.d") --> "route-ambiguous"
function routes.read(text, options)
  arguments.address(text)
  return read(text, precedences_of(options, WHOLE))
end

-- A domain has a dot; one that has none gets it behind its end.
local function as_domain(host)
  return host:find(".", 1, true) and host or host .. "."
end

--- The bang path of an address (RFC 976 2.3, 2.4).
--
-- `user@domain` is `domain!user`; a domain without a dot gets one, so that
-- nobody takes it for a host. A source route stays as it is written, as in the
-- RFC's example. `a!b@c.d` is read as the RFC recommends, the domain first, and
-- `%` left to the domain, unless there is a `precedence`.
--
-- @tparam string|table address
-- @tparam[opt] table options `precedence` ("rfc976")
-- @treturn table UUCP; or nil, message, code, position, as for `read`
-- @usage
-- local routes = require "postoffice.routes"
-- tostring(routes.to_bang "Mark.Horton@att") --> "UUCP:att.!Mark.Horton"
-- tostring(routes.to_bang "@domain1:user@domain2") --> "UUCP:domain1!domain2!user"
-- tostring(routes.to_bang "a!b@c.d") --> "UUCP:c.d!a!b"
-- tostring(routes.to_bang("a!b@c.d", { precedence = "uucp" })) --> "UUCP:a!c.d!b"
function routes.to_bang(address, options)
  arguments.address(address)
  local found, message, code, position = read(address, precedences_of(options, { NAMED.rfc976 }))
  if not found then return nil, message, code, position end
  local routed = found.operators[1] == ":"
  for i, host in ipairs(found.hops) do
    if found.operators[i] ~= "!" and not routed then found.hops[i] = as_domain(host) end
  end
  return made_of { type = "UUCP", path = table.concat(found.hops, "!"), user = found.user }
end

local ZONE = { zone = "string" }

-- The hosts of a path, those without a dot in a zone, if there is one.
local function hosts_of(path, zone)
  local hosts = {}
  for host in path:gmatch "[^!]+" do
    local is_bare = zone and zone ~= "" and not host:find(".", 1, true)
    hosts[#hosts + 1] = is_bare and host .. "." .. zone or host
  end
  return hosts
end

-- How many hosts become domains, of which the last has the mailbox: all up to
-- the first that is none. One with its only dot at the end has to stand alone,
-- as nothing would say in a source route that it is a domain.
local function count_domains(hosts, zone)
  for i, host in ipairs(hosts) do
    local dotted = host:find "%.[^.]" or zone == ""
    if not dotted then return i == 1 and host:find "%.$" and 1 or i - 1 end
  end
  return #hosts
end

-- The domains, as `@a,@b` and the last; the others are a path at that one.
local function assembled(hosts, count, user)
  local domains = {}
  for i = 1, count do domains[i] = hosts[i]:gsub("%.$", "") end
  local rest = {}
  for i = count + 1, #hosts do rest[#rest + 1] = hosts[i] end
  rest[#rest + 1] = user
  return { type = "SMTP", localpart = table.concat(rest, "!"), domain = domains[count],
    route = count > 1 and "@" .. table.concat(domains, ",@", 1, count - 1) or nil }
end

--- The Internet address of a bang path (RFC 976 2.4).
--
-- `domain!user` is `user@domain`, and several domains are a source route. What
-- follows a host that is no domain stays a path, which the domain before it
-- reads. A domain is told by its dot; a host at the start has none and is
-- refused, unless there is a `zone` to name it in: sendmail's is "uucp", with ""
-- hosts are domains as they are (Postfix's `swap_bangpath`).
--
-- @tparam string|table path UUCP
-- @tparam[opt] table options `zone`
-- @treturn table SMTP; or nil, message, code, position: `route-domain-missing`,
--   `route-host`, and those of `parse`
-- @usage
-- local routes = require "postoffice.routes"
-- tostring(routes.to_domain "att.!Mark.Horton") --> "SMTP:Mark.Horton@att"
-- tostring(routes.to_domain "c.d!a!b") --> "SMTP:a!b@c.d"
-- local address = assert(routes.to_domain "a.example!b.example!user")
-- address.route, address.localpart, address.domain --> "@a.example", "user", "b.example"
-- select(3, routes.to_domain "host!user") --> "route-domain-missing"
-- tostring(routes.to_domain("host!user", { zone = "uucp" })) --> "SMTP:user@host.uucp"
function routes.to_domain(path, options)
  arguments.address(path)
  local zone = arguments.options(options, ZONE).zone
  local given, message, code, position = addresses.read(path, UUCP)
  if not given then return nil, message, code, position end
  local hosts = hosts_of(given.path, zone)
  for _, host in ipairs(hosts) do
    if not hops.is_host(host) then return fail "route-host" end
  end
  local count = count_domains(hosts, zone)
  if count == 0 then return fail "route-domain-missing" end
  return made_of(assembled(hosts, count, given.user), "path")
end

-- An SMTP address; a text can begin with a source route.
local function smtp_of(given)
  if type(given) ~= "string" or given:sub(1, 1) ~= "@" then return addresses.read(given, SMTP) end
  local read_as_path, message, code, position =
    core.parse("<" .. given .. ">", { type = "SMTP", notation = "path" })
  return read_as_path, message, code, position and position - 1
end

-- Whether a domain is one of those that are given.
local function is_one_of(domain, given)
  for _, one in ipairs(given) do
    if domain_text.are_same(one, domain) then return true end
  end
  return false
end

local AT = { at = "string|table" }

--- Opens the percent hack: the last `%` of the local part becomes the `@`.
--
-- A local part means something to its own domain alone, and others must not
-- look into it (RFC 1123 5.2.16); so `at` names the domains for which the caller
-- speaks. A source route is dropped, as the address is there.
--
-- @tparam string|table address SMTP
-- @tparam table options `at`: a domain, or an array of domains
-- @treturn table SMTP; or nil, message, code, position: `percent-elsewhere`,
--   `localpart-plain` where there is no %, `route-host`, and those of `parse`
-- @usage
-- local routes = require "postoffice.routes"
-- tostring(routes.expand_percent("a%b%c@relay", { at = "relay" })) --> "SMTP:a%b@c"
-- select(3, routes.expand_percent("a%b%c@relay", { at = { "c", "d" } })) --> "percent-elsewhere"
function routes.expand_percent(address, options)
  arguments.address(address)
  local ours = arguments.texts(arguments.options(options, AT).at or {}, "option at")
  local given, message, code, position = smtp_of(address)
  if not given then return nil, message, code, position end
  if not is_one_of(given.domain or "", ours) then return fail "percent-elsewhere" end
  local localpart, domain = given.localpart:match "^(.*)%%(.*)$"
  if not localpart then return fail "localpart-plain" end
  if localpart == "" then return fail "localpart-empty" end
  if not hops.is_host(domain) then return fail "route-host" end
  return made_of { type = "SMTP", localpart = localpart, domain = domain }
end

--- Takes the source route off an address (RFC 5321 appendix C: a server should
-- ignore it and send to the mailbox itself).
--
-- @tparam string|table address SMTP
-- @treturn table SMTP, the same one where there is no route; or nil, message,
--   code, position as for `parse`
-- @treturn string the route, if there was one
-- @usage
-- local routes = require "postoffice.routes"
-- local address, route = routes.strip "@a.example,@b.example:user@c.example"
-- tostring(address), route --> "SMTP:user@c.example", "@a.example,@b.example"
function routes.strip(address)
  arguments.address(address)
  local given, message, code, position = smtp_of(address)
  if not given then return nil, message, code, position end
  if not given.route then return type(address) == "table" and address or given end
  local made = addresses.copy(given)
  made.route = nil
  return made, given.route
end

return routes
