--- How rewrites are undone that change what is around the one capture of a local part, and the domain.
-- @module postoffice.policy.prove.classes.inverses

local addresses = require "postoffice.address"
local around = require "postoffice.policy.prove.classes.effects".around
local core = require "postoffice.core"

local inverses = {}

local NONE = {}

--- The domain that a template makes, if it makes no other.
-- @tparam table template
-- @treturn string|nil folded
function inverses.domain(template)
  local pieces = template.type == "SMTP" and template.fields and template.fields.domain
  if not pieces or #pieces ~= 1 or type(pieces[1]) ~= "string" then return nil end
  local key = core.key("SMTP:a@" .. pieces[1])
  return key and key:match "@([^@]*)$"
end

--- How a rewrite is undone.
-- @tparam table rewrite or a rule about senders
-- @treturn table|nil for `undone`; nil if it may make the same of several addresses
function inverses.of(rewrite)
  local matcher, template, pieces = rewrite.matcher, rewrite.template, {}
  local made_at = inverses.domain(template)
  if not made_at or matcher.whole ~= nil or matcher.family ~= "SMTP" then return nil end
  for _, field in ipairs(matcher.fields) do pieces[field.field] = field.pieces end
  local inside, outside = around(template.fields.localpart), around(pieces.localpart or NONE)
  local domain = pieces.domain and #pieces.domain == 1 and pieces.domain[1]
  local is_plain = inside and inside.name and outside and outside.name
  if not is_plain or type(domain) ~= "string" then return nil end
  return { inside = inside, outside = outside, domain = domain, made_at = made_at }
end

--- The one address of which a rewrite makes another.
-- @tparam table inverse
-- @tparam table address
-- @treturn table|nil
function inverses.undone(inverse, address)
  local is_there = address.type == "SMTP" and core.key(address):match "@([^@]*)$" == inverse.made_at
  if not is_there then return nil end
  local text, inside, outside = address.localpart:lower(), inverse.inside, inverse.outside
  local first, last = #inside.front + 1, #text - #inside.back
  local is_made = last >= first and text:sub(1, first - 1) == inside.front
    and text:sub(last + 1) == inside.back
  if not is_made then return nil end
  return addresses.smtp(outside.front .. text:sub(first, last) .. outside.back, inverse.domain)
end

return inverses
