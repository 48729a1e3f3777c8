--- Lists whose bounces nobody gets, for `postoffice.policy.prove.lint`.
--
-- A list's owner is the sender to its members, and so has to take what nobody sent: mail from `<>`,
-- that comes from outside.
-- @module postoffice.policy.prove.lint_owners

local circles = require "postoffice.policy.route.stage4_circles"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local known = require "postoffice.text.domain".known
local pipeline = require "postoffice.policy.route.pipeline"
local write = require "postoffice.address".show

local BOUNCE = { sender = "<>", size = 0 }

-- Whether bounces to an address come by us: one elsewhere in SMTP has a way of its own.
local function comes_by_us(compiled, address)
  if address.type ~= "SMTP" then return true end
  local key = known(core.key(address))
  if not key then return false end
  if directory.find(compiled.directory, key) then return true end
  local domain = domains.find(compiled.domains, key)
  return domain ~= nil and domain.kind ~= "former"
end

-- The deliveries of a bounce when the host answers nothing; and whether a list took it for its members.
local function deliver(policy, address, list)
  local routing = pipeline.begin(policy, BOUNCE, nil, function() return nil end, 1)
  pipeline.resolve(routing, address)
  local deliveries = {}
  for i, leaf in ipairs(routing.leaves) do deliveries[i] = pipeline.deliver(routing, leaf) end
  return deliveries, circles.is_passed(routing, list)
end

-- The first of them if all are refused, or nil.
local function lost(deliveries)
  for _, delivery in ipairs(deliveries) do
    if delivery.verdict ~= "reject" then return nil end
  end
  return deliveries[1]
end

--- Holds the owner of a list, if the entry is one and has one, to what becomes of bounces.
-- @tparam table policy
-- @tparam number entry
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_owner(policy, entry, find)
  local compiled = policy.compiled
  local entries = compiled.directory
  local owner = directory.kind(entries, entry) == "list" and directory.owner(entries, entry)
  if not owner or not comes_by_us(compiled, owner) then return end
  local declaration = directory.declaration(entries, entry)
  local deliveries, come_back = deliver(policy, owner, entry)
  local refused = lost(deliveries)
  if refused then
    find("error", "owner-broken", declaration,
      ("has the owner %s, and its bounces come to %s: %s"):format(write(owner), refused.code
        or refused.verdict, refused.detail or refused.message),
      "name an owner who takes mail from <>, whoever sends it")
  elseif come_back then
    find("warning", "owner-circular", declaration,
      ("has the owner %s, by whom its bounces come back to its members"):format(write(owner)),
      "name an owner who is none of them")
  end
end

return lint_owner
