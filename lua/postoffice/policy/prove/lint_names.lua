--- Names in spaces, rewrites and catch-alls that are nearly a domain of ours, for
-- `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_names

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local near_miss = require "postoffice.policy.prove.near_miss"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"

local lower, match = string.lower, string.match

-- The domain of a space or template of SMTP, if no wildcard and no capture stands in it, but for a label
-- before it; and whether one does.
local function domain_in(text)
  local type_name, domain = match(text, "^(%w+):.*@([^@]+)$")
  if not type_name or lower(type_name) ~= "smtp" then return nil end
  local name = domain:gsub("^%*%.", ""):gsub("^%b{}%.", "")
  if name:find "[*?{}\\]" then return nil end
  return name, name ~= domain
end

local function tell(near_of, find, declaration, what, text)
  local name, is_below = domain_in(text)
  local near = name and near_of(name, is_below)
  if not near then return end
  find("note", what .. "-near-miss", declaration,
    ('has the %s "%s", and %s at %s is a slip of the key away'):format(what, describe.short(text),
      describe.title(near.declaration), describe.where(near.declaration)),
    "correct it, or declare its domain, too")
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_names(compiled, find)
  local near_of = near_miss.finder(compiled.domains)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      tell(near_of, find, connector.declaration, "space", space.text)
    end
  end
  for _, list in ipairs { rewrites.all(compiled.rewrites), senders.one_way(compiled.senders) } do
    for _, rule in ipairs(list) do
      if rule.template then tell(near_of, find, rule.declaration, "target", rule.template.text) end
    end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local address = domain.catchall and domain.catchall.address
    local text = address and core.format(address) -- not all addresses can be written
    if text then tell(near_of, find, domain.declaration, "target", text) end
  end
end

return lint_names
