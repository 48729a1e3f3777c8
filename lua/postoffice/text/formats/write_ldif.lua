--- Writes a directory as LDIF (RFC 2849) that `postoffice.text.formats.ldif` reads back, in Active
-- Directory's attributes, and in Netscape's who gets a list's bounces that is nobody there; what those cannot say
-- is left out and told.
-- @module postoffice.text.formats.write_ldif

local bare = require "postoffice.text.formats.columns".bare
local ldif = require "postoffice.text.ldif"
local unwritable = require "postoffice.text.formats.unwritable"

local gsub, sub = string.gsub, string.sub

-- A value in a distinguished name (RFC 4514 2.4).
local function escaped(value)
  value = gsub(value, '[,+"\\<>;=]', "\\%0")
  return (gsub(gsub(value, "^[ #]", "\\%0"), " $", "\\ "))
end

-- The distinguished name of an entry: its number keeps those of one name apart.
local function dn_of(name, id) return ("CN=%s,OU=%d,O=postoffice"):format(escaped(name), id) end

-- The address that `mail` has: the one that is marked as primary.
local function mail_of(proxies)
  for _, text in ipairs(proxies) do
    if sub(text, 1, 5) == "SMTP:" then return sub(text, 6) end
  end
end

local function class_of(entry)
  if entry.members then return "group" end
  return #entry.targets > 0 and not entry.keep and "contact" or "user"
end

-- Adds the lines of an attribute.
local function add(lines, attribute, values)
  if #values > 0 then lines[#lines + 1] = ldif.write(values, attribute) end
end

-- Adds where mail goes on to: one entry by its name, all else by addresses.
local function add_targets(lines, targets)
  local only = targets[1]
  if #targets == 1 and only.id then
    return add(lines, "altRecipient", { dn_of(only.name, only.id) })
  end
  local addresses = {}
  for i, target in ipairs(targets) do addresses[i] = target.address end
  add(lines, "targetAddress", addresses)
end

local function add_members(lines, members)
  local names, addresses = {}, {}
  for _, member in ipairs(members) do
    if member.id then names[#names + 1] = dn_of(member.name, member.id)
    else addresses[#addresses + 1] = bare(member.address) end
  end
  add(lines, "member", names)
  add(lines, "rfc822MailMember", addresses)
end

-- Adds who gets the bounces of a list: an entry by its name, anybody else by an address.
local function add_owner(lines, owner)
  if not owner.id then return add(lines, "mgrpErrorsTo", { bare(owner.address) }) end
  add(lines, "managedBy", { dn_of(owner.name, owner.id) })
  add(lines, "reportToOwner", { "TRUE" })
end

local function add_senders(lines, senders, person, list)
  for _, sender in ipairs(senders or {}) do
    add(lines, sender.is_list and list or person, { dn_of(sender.text, sender.id) })
  end
end

-- What has no attribute.
local fault = unwritable.by {
  unwritable.tombstone, unwritable.propagate, unwritable.by_name, unwritable.lone_target,
  unwritable.pattern, unwritable.size,
}

-- Writes an entry.
local function write(entry)
  local lines = {}
  add(lines, "dn", { dn_of(entry.name, entry.id) })
  add(lines, "objectClass", { class_of(entry) })
  add(lines, "displayName", { entry.name })
  add(lines, "mail", { mail_of(entry.proxies) })
  add(lines, "proxyAddresses", entry.proxies)
  add_targets(lines, entry.targets)
  if entry.keep then add(lines, "deliverAndRedirect", { "TRUE" }) end
  add_members(lines, entry.members or {})
  if entry.owner then add_owner(lines, entry.owner) end
  add_senders(lines, entry.accept, "authOrig", "dLMemSubmitPerms")
  add_senders(lines, entry.reject, "unauthOrig", "dLMemRejectPerms")
  if entry.authenticated then add(lines, "msExchRequireAuthToSendTo", { "TRUE" }) end
  if entry.max_size then add(lines, "delivContLength", { ("%d"):format(entry.max_size / 1024) }) end
  return table.concat(lines) .. "\n"
end

return { head = "version: 1\n\n", write = write, fault = fault }
