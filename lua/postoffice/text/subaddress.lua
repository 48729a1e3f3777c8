--- Subaddresses (RFC 5233): user+detail, a mailbox and a detail in one local part.
-- @module postoffice.text.subaddress

local subaddress = {}

local find, lower, sub = string.find, string.lower, string.sub

-- Never split by Postfix, whatever the delimiters (recipient_delimiter).
local WHOLE = { postmaster = true, ["mailer-daemon"] = true, ["double-bounce"] = true }

-- Whether a folded local part is a list's own: owner-list, list-request.
local function is_owner(folded)
  return find(folded, "^owner%-.") ~= nil or find(folded, ".%-request$") ~= nil
end

--- Whether a local part is one mailbox, whatever it holds: of a list's own if a hyphen is one of the
-- delimiters.
-- @tparam string localpart
-- @tparam string delimiters
-- @tparam boolean|nil owner_request false: owner-list and list-request are not, as with Postfix's
--   `owner_request_special = no`
-- @treturn boolean
function subaddress.is_whole(localpart, delimiters, owner_request)
  local folded = lower(localpart)
  local are_owners = owner_request ~= false and find(delimiters, "-", 1, true) ~= nil
  return WHOLE[folded] or are_owners and is_owner(folded)
end

-- The first character that is one of the delimiters, not at the start.
local function find_delimiter(localpart, delimiters)
  for at = 2, #localpart do
    if find(delimiters, sub(localpart, at, at), 1, true) then return at end
  end
end

--- Splits a local part at the first of the delimiters in it, none of which begins a mailbox.
-- @tparam string localpart
-- @tparam string delimiters a set of characters, as Postfix's `recipient_delimiter`
-- @tparam boolean|nil owner_request as for `is_whole`
-- @treturn string|nil the mailbox; nil if there is nothing to split
-- @treturn string the detail
-- @treturn string the delimiter
function subaddress.split(localpart, delimiters, owner_request)
  local at = find_delimiter(localpart, delimiters)
  if not at or subaddress.is_whole(localpart, delimiters, owner_request) then return nil end
  return sub(localpart, 1, at - 1), sub(localpart, at + 1), sub(localpart, at, at)
end

return subaddress
