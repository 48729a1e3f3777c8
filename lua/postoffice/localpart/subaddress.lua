--- Subaddresses (RFC 5233): a mailbox and a detail in one local part.
-- @module postoffice.localpart.subaddress

local subaddress = require "postoffice.text.subaddress"

-- user+detail
local function read(localpart, options)
  local user, detail, delimiter = subaddress.split(localpart, options.delimiters or "+",
    options.owner_request)
  if not user then return nil end
  return { localpart = user, detail = detail, delimiter = delimiter }
end

-- detail--user, which RFC 5233 2 gives as an example, too
local function read_prefix(localpart, options)
  if subaddress.is_whole(localpart, "--", options.owner_request) then return nil end
  local detail, user = localpart:match "^(.-)%-%-(.+)$"
  if not user then return nil end
  return { localpart = user, detail = detail, delimiter = "--" }
end

return { profiles = {
  { name = "subaddress", kind = "subaddress", read = read },
  { name = "subaddress-prefix", kind = "subaddress", read = read_prefix },
} }
