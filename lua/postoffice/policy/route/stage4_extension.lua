--- Stage 4: the part of a local part that is not the mailbox's name.
--
-- `extension` is a set of separators, as Postfix's recipient_delimiter.  What follows the first of
-- them is the mailbox's own affair; where `propagate` says so, it goes on to a target.
-- @module postoffice.policy.route.stage4_extension

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local is_carrier = require "postoffice.text.imcea".begins
local known = require "postoffice.text.domain".known
local say = require "postoffice.policy.route.trace".teller "resolve"
local split = require "postoffice.text.subaddress".split

local stage4_extension = {}

local find = string.find

local MARKS = addresses.MARKS
local copy = addresses.copy

-- The separators of a declared domain, if there are any.
local function separators_of(routing, domain)
  return domains.separators(domain, routing.compiled.settings)
end

--- The entry of an address without its extension.  The node remembers what was split off, and where.
-- @tparam table routing
-- @tparam table node
-- @treturn number|nil entry
function stage4_extension.find(routing, node)
  local separators, address = separators_of(routing, node.domain), node.address
  if not separators or address.type ~= "SMTP" then return nil end
  local user, extension, separator = split(address.localpart, separators)
  if not user then return nil end
  local key = known(core.key { type = "SMTP", localpart = user, domain = address.domain })
  local entry = key and directory.find(routing.compiled.directory, key)
  if not entry then return nil end
  node.extension, node.separator = extension, separator
  return entry
end

-- The node on the way to this one whose extension was split off, or nil.
local function extended(node)
  while node and not node.separator do node = node.parent end
  return node
end

-- The same, but only where no entry had led to that address: the extension is the recipient's own.
local function own_extended(node)
  local from = extended(node)
  while from and from.parent.entry do from = extended(from.parent) end
  return from
end

-- Whether a target says an extension itself.
local function is_extended(routing, from, address, key)
  local domain = domains.find(routing.compiled.domains, key)
  local separators = separators_of(routing, domain) or separators_of(routing, from.domain)
  return split(address.localpart, separators) ~= nil
end

-- The node whose extension a target is to have, or nil.  After one that the target says itself there
-- is only the recipient's own: no way makes ever longer ones, each of them unlike all before.
local function giver(routing, node, address, key)
  local from = extended(node)
  if not from or not is_extended(routing, from, address, key) then return from end
  return own_extended(from)
end

--- What is said about the way of an extension to an entry's target: nearest to the entry counts.
-- @tparam table compiled
-- @tparam number entry
-- @tparam table domain where the extension was split off
-- @return `true`, `"always"`, or nothing
function stage4_extension.permission(compiled, entry, domain)
  local of_entry = directory.propagate(compiled.directory, entry)
  if of_entry ~= nil then return of_entry end
  if domain.propagate ~= nil then return domain.propagate end
  return compiled.settings.propagate
end

local permits = setmetatable({}, { __mode = "k" }) -- by policy; found out once

--- Whether a policy's settings, or some domain, let extensions go on to targets.
-- @tparam table compiled
-- @treturn boolean
function stage4_extension.permits_some(compiled)
  if permits[compiled] == nil then
    local is_some = compiled.settings.propagate
    for _, domain in ipairs(domains.all(compiled.domains)) do
      is_some = is_some or domain.propagate
    end
    permits[compiled] = is_some and true or false
  end
  return permits[compiled]
end

-- Whether a domain of ours splits its mailboxes at a separator.
local function has_separator(routing, key, separator)
  local domain = domains.find(routing.compiled.domains, key)
  local separators = separators_of(routing, domain)
  if not separators or not domains.is_ours(domain) then return false end
  return find(separators, separator, 1, true) ~= nil
end

-- Whether an extension may go on to an entry's target.  One in which a host could read another
-- address stays behind (Q237927), and a carrier gets none, or the sender could write into it.
local function may_go_on(routing, entry, from, address, key)
  if from.extension == "" or find(from.extension, MARKS) then return false end
  if is_carrier(address.localpart) then return false end
  local may = stage4_extension.permission(routing.compiled, entry, from.domain)
  return may == "always" or may and has_separator(routing, key, from.separator)
end

--- A target with the extension of the address that led to it, if it is to have that.
-- @tparam table routing
-- @tparam table node
-- @tparam number entry whose target it is
-- @tparam table address
-- @tparam string key
-- @treturn table address, the same or a new one
-- @treturn string|nil its key, as far as it is known
function stage4_extension.propagate(routing, node, entry, address, key)
  if not node.extension or address.type ~= "SMTP" or not address.domain then return address, key end
  local from = giver(routing, node, address, key)
  if not from or not may_go_on(routing, entry, from, address, key) then return address, key end
  local made = copy(address)
  made.localpart = made.localpart .. from.separator .. from.extension
  say(routing, directory.declaration(routing.compiled.directory, entry),
    "its target gets the extension: %s", made)
  return made, nil
end

return stage4_extension
