--- Subaddresses (RFC 5233): a mailbox and a detail in one local part.
-- @module postoffice.localpart.subaddress

-- Never split by Postfix, whatever the delimiters (recipient_delimiter).
local WHOLE = { postmaster = true, ["mailer-daemon"] = true, ["double-bounce"] = true }

-- Whether the local part is a list's own: owner-list, list-request.
local function is_owner(folded)
  return folded:find "^owner%-." ~= nil or folded:find ".%-request$" ~= nil
end

local function is_whole(localpart, options)
  local folded = localpart:lower()
  return WHOLE[folded] or options.owner_request ~= false and is_owner(folded)
end

-- The first character that is one of the delimiters, not at the start.
local function find_delimiter(localpart, delimiters)
  for at = 2, #localpart do
    if delimiters:find(localpart:sub(at, at), 1, true) then return at end
  end
end

-- user+detail
local function read(localpart, options)
  if is_whole(localpart, options) then return nil end
  local at = find_delimiter(localpart, options.delimiters or "+")
  if not at then return nil end
  return { localpart = localpart:sub(1, at - 1), detail = localpart:sub(at + 1),
    delimiter = localpart:sub(at, at) }
end

-- detail--user, which RFC 5233 2 gives as an example, too
local function read_prefix(localpart, options)
  if is_whole(localpart, options) then return nil end
  local detail, user = localpart:match "^(.-)%-%-(.+)$"
  if not user then return nil end
  return { localpart = user, detail = detail, delimiter = "--" }
end

return { profiles = {
  { name = "subaddress", kind = "subaddress", read = read },
  { name = "subaddress-prefix", kind = "subaddress", read = read_prefix },
} }
