--- People in LDAP.
--
-- Options, beside those of all directories:
--
--     uri             ldap://HOST:PORT, ldaps://HOST:PORT, which is TLS, or a Unix socket,
--                     ldapi://%2Frun%2Fslapd%2Fldapi
--     tls             { ca = FILE, name = }: who signs for the server (the system's authorities unless
--                     said), and whom it has to be (the host of the URI unless said)
--     base, scope     where to search: "subtree" unless said, "one" or "base"
--     dn, password    who binds; nobody unless said
--     schema          "inetLocalMailRecipient" or "ad": a filter and attributes that are ready
--     filter          RFC 4515, with words in braces: "(&(objectClass=person)(mail={address}))"
--     attributes      a list; an answer is a table by these names
--     attribute       one; an answer is its value, or true for somebody who has none
--     limit           entries that a key may have, 1 unless said; with more, answers are lists
--     ignore_references    true: somebody is "not found" though a part of the tree is elsewhere.  Active
--                     Directory names such parts below the root of a domain; better ask its global
--                     catalogue (port 3268), or below an organizational unit
--
-- A value of an attribute is a text, several are a list; those that the schemas call many
-- (`mailLocalAddress`, `proxyAddresses`) are always a list.
--
-- Only a result of success counts.  A size limit, a time limit, a referral, a base that is not there, a
-- server that is busy, and more than `limit` entries are failures.
--
-- This speaks the protocol itself, since LuaLDAP 1.3 drops the result of a search, which makes all of
-- these "not found", and waits for a server that has stopped as long as that takes.
-- @module postoffice.directory.ldap
-- @usage
-- local directory = require "postoffice.directory"
-- local staff = directory.ldap {
--   uri = "ldap://127.0.0.1", base = "dc=example,dc=com", schema = "inetLocalMailRecipient",
-- }
-- type(staff.ask) --> "function"

local arguments = require "postoffice.arguments"
local ber = require "postoffice.directory.ber"
local filter = require "postoffice.directory.filter"
local lists = require "postoffice.lists"
local options_of = require "postoffice.directory.options"
local protocol = require "postoffice.directory.ldap_protocol"
local server = require "postoffice.directory.server"
local source = require "postoffice.directory.source"
local unescaped = require "postoffice.text.percent".unescaped

-- RFC 4511 4.5.1.2
local SCOPES = { base = 0, one = 1, subtree = 2 }

-- The filters and attributes of what there is: the draft for mail routing by LDAP (laser), which
-- sendmail and Postfix follow; and Exchange's attributes, whose X500 proxies hold EX names, too.
local SCHEMAS = {
  inetLocalMailRecipient = {
    filter = "(&(objectClass=inetLocalMailRecipient)(mailLocalAddress={address}))",
    attributes = { "mailLocalAddress", "mailRoutingAddress", "mailHost" },
    many = { "mailLocalAddress" },
  },
  ad = {
    filter = "(|(proxyAddresses={type}:{address})(proxyAddresses=X500:{address})"
      .. "(legacyExchangeDN={address})(mail={address}))",
    attributes = { "proxyAddresses", "targetAddress", "mail", "legacyExchangeDN" },
    many = { "proxyAddresses" },
  },
}

-- ---- The server --------------------------------------------------------------

local PORTS = { ldap = 389, ldaps = 636 }

-- Where a URI leads: a Unix socket, a host, or [an IPv6 address]; nil for what is none.
local function where_of(uri)
  local path = uri:match "^ldapi://([^/]+)/?$"
  if path then return { path = unescaped(path) } end
  local scheme, host, port = uri:match "^(ldaps?)://%[([%x:.]+)%]:?(%d*)/?$"
  if not host then scheme, host, port = uri:match "^(ldaps?)://([%w._-]+):?(%d*)/?$" end
  return host and { host = host, port = tonumber(port) or PORTS[scheme],
    secure = scheme == "ldaps" }
end

-- What binds on a new connection; nil if nobody does.
local function binder(options)
  if not options.dn then return nil end
  return function(opened, deadline)
    local tickets, why = opened:exchange({
      { bind = options.dn, password = options.password },
    }, deadline)
    why = why or tickets[1].failure
    if why then return nil, "binding: " .. why end
    return true
  end
end

local function connect(options)
  return server.new {
    where = options.where, timeout = options.timeout, protocol = protocol, greet = binder(options),
  }
end

-- ---- Searches ----------------------------------------------------------------

local NEVER = 0 -- aliases are not dereferenced

-- One more than may be found, so that it is seen.
local function most_of(options) return options.limit + 1 end

-- What makes the search for a key.
local function search_for(options)
  local write = filter.read(options.filter, 4)
  local before = ber.octets(options.base) .. ber.enumerated(SCOPES[options.scope])
    .. ber.enumerated(NEVER) .. ber.integer(most_of(options))
    .. ber.integer(math.ceil(options.timeout)) .. ber.boolean(false)
  local names = {}
  for i, name in ipairs(options.attributes) do names[i] = ber.octets(name) end
  local after = ber.sequence(table.concat(names))
  return function(key)
    return { search = before .. write(key) .. after, most = most_of(options) }
  end
end

-- ---- What is answered --------------------------------------------------------

-- The values of an attribute: a text if it is one.
local function value_of(options, entry, name)
  local texts = entry[name:lower()]
  if not texts or #texts == 0 then return nil end
  return (#texts > 1 or options.many[name]) and texts or texts[1]
end

local function answer_of(options, entry)
  if options.attribute then
    local value = value_of(options, entry, options.attribute)
    return value == nil or value
  end
  local answer = {}
  for _, name in ipairs(options.attributes) do answer[name] = value_of(options, entry, name) end
  return answer
end

-- Who was found, nil for nobody; or nil and why that is not sure.
local function found(options, ticket)
  local count = #ticket.entries
  if count > options.limit then
    return nil, ("more entries match a key than %d, the limit"):format(options.limit)
  elseif ticket.failure then return nil, ticket.failure
  elseif count == 0 then
    if ticket.referred and not options.ignore_references then
      return nil, "a part of what is searched is elsewhere (a reference)"
    end
    return nil
  elseif options.limit == 1 then return answer_of(options, ticket.entries[1])
  end
  local answers = {}
  for i, entry in ipairs(ticket.entries) do answers[i] = answer_of(options, entry) end
  return answers
end

local function ask(asked, search, options, list)
  local requests = {}
  for i, key in ipairs(list) do requests[i] = search(key) end
  local tickets, why = asked:exchange(requests)
  if not tickets then return nil, why end
  local values, failures = {}, {}
  for i, ticket in ipairs(tickets) do values[i], failures[i] = found(options, ticket) end
  return values, failures
end

-- Searches that are sent before a result is read.
local AT_ONCE = 32

-- ---- The directory -----------------------------------------------------------

local LEVEL = 3 -- whom options blame

-- What has to be given, with what is said if it is not.
local REQUIRED = {
  { "uri", "ldap://HOST:PORT or ldapi://PATH with %2F for /" },
  { "base", 'where to search, such as "dc=example,dc=com"' },
  { "filter", 'give one, or schema = "inetLocalMailRecipient" or "ad"' },
  { "attributes", "give a list, or attribute, which is one" },
}

local function are_names(list)
  for _, name in ipairs(list) do
    if type(name) ~= "string" then return false end
  end
  return list[1] ~= nil
end

-- What is wrong with options, or nil.  A simple bind without a password is one of nobody, which
-- succeeds (RFC 4513 5.1.2).
local function fault_of(options)
  for _, item in ipairs(REQUIRED) do
    if options[item[1]] == nil then return ("option %s is missing: %s"):format(item[1], item[2]) end
  end
  if not options.where then
    return "option uri has to be ldap://HOST:PORT, ldaps://HOST:PORT, or ldapi://PATH with %2F"
  elseif options.tls and not options.where.secure then
    return "option tls takes an uri of ldaps://"
  elseif options.limit < 1 or options.limit % 1 ~= 0 then
    return "option limit has to be a whole number of 1 or more"
  elseif not are_names(options.attributes) then
    return "option attributes has to be a list of names, which are texts"
  elseif options.dn and (options.password or "") == "" then
    return "option dn takes a password: without one, a server binds nobody and says it succeeded"
  elseif options.password and not options.dn then
    return "option password takes a dn, whose it is"
  end
end

-- Adds the filter and the attributes, of a schema or as they were given.
local function complete(options)
  local schema = SCHEMAS[options.schema] or {}
  options.filter = options.filter or schema.filter
  options.many = lists.set(schema.many or {})
  options.attributes = options.attribute and { options.attribute } or options.attributes
    or schema.attributes
end

-- The options, with all that they leave out.
local function checked(given)
  local options = source.options(given, options_of.ldap)
  options.where = where_of(options.uri or "")
  options.scope, options.limit = options.scope or "subtree", options.limit or 1
  arguments.choice(options.scope, SCOPES, "scope", 1)
  arguments.choice(options.schema, SCHEMAS, "schema", 1)
  complete(options)
  local fault = fault_of(options)
  if fault then error(fault, LEVEL) end
  local where = options.where
  where.tls = source.tls(where.secure and (options.tls or true), where.host, LEVEL + 1)
  options.name, options.secrets, options.at_once = "ldap", { options.password }, AT_ONCE
  return options
end

--- Makes a directory of an LDAP server.
-- @tparam table given
-- @treturn table
local function ldap(given)
  local options = checked(given)
  local asked, search = connect(options), search_for(options)
  return source.new(options, function(list) return ask(asked, search, options, list) end,
    function() asked:close() end)
end

return ldap
