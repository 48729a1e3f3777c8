--- Exports of Get-Recipient and Get-Mailbox: a row a recipient, as Export-Csv writes them.
--
-- `RecipientTypeDetails` says what somebody is.  ForwardingAddress goes before
-- ForwardingSmtpAddress, as Exchange has it, and names a recipient by its path, alias or address, as
-- do those that say who may write to whom.
-- @module postoffice.text.formats.recipients

local columns = require "postoffice.text.formats.columns"
local joined = require "postoffice.text.joined"
local references = require "postoffice.text.formats.references"
local first_of, trim = columns.first_of, joined.trim

local find, gsub, lower, match = string.find, string.gsub, string.lower, string.match

-- What each field's columns are called; those of `forward` and `senders` name recipients.
local FIELDS = {
  { "name", "DisplayName", "Name", "cn" },
  { "primary", "PrimarySmtpAddress", "WindowsEmailAddress", "mail" },
  { "proxies", "EmailAddresses", "proxyAddresses" },
  { "exchange_name", "legacyExchangeDN" },
  { "forward", "ForwardingAddress" },
  { "target", "ForwardingSmtpAddress", "ExternalEmailAddress", "RemoteRoutingAddress",
    "targetAddress" },
  { "keep", "DeliverToMailboxAndForward" },
  { "type", "RecipientTypeDetails", "RecipientType" },
  { "members", "members" },
  { "owner", "ManagedBy" },
  { "reports", "ReportToManagerEnabled" },
  { "accept", "AcceptMessagesOnlyFromSendersOrMembers", "AcceptMessagesOnlyFrom",
    "AcceptMessagesOnlyFromDLMembers" },
  { "reject", "RejectMessagesFromSendersOrMembers", "RejectMessagesFrom",
    "RejectMessagesFromDLMembers" },
  { "authenticated", "RequireSenderAuthenticationEnabled" },
  { "max_size", "MaxReceiveSize" },
  { "ids", "Identity", "Name", "Alias", "DistinguishedName", "Guid", "UserPrincipalName",
    "PrimarySmtpAddress", "DisplayName", "legacyExchangeDN" },
}

-- What somebody is, by the end of the type's name: only these are not all the same here.
local CONTACTS = { mailcontact = true, mailuser = true, guestmailuser = true,
  mailforestcontact = true, remoteusermailbox = true, remotesharedmailbox = true,
  remoteroommailbox = true, remoteequipmentmailbox = true }

local TOGETHER = {
  proxies = { "primary", "proxies", "exchange_name" }, targets = { "forward" },
}

-- A text, and what is referred to by path, `corp.example/Users/Kim Lee`, without the path.
local function keys_of(id) return { id, match(id, "/([^/]+)$") } end

local function is_address(text) return find(text, "@", 1, true) ~= nil end

-- The texts of the first of some columns that holds any.
local function texts_of(row, list, split)
  for _, column in ipairs(list) do
    local text = trim(row[column])
    if text ~= "" then
      local texts = {}
      split(text, texts)
      return texts
    end
  end
end

-- The texts of all of some columns.
local function all_texts_of(row, list)
  local texts = {}
  for _, column in ipairs(list) do joined.split_names(row[column], texts) end
  return #texts > 0 and texts or nil
end

-- What PowerShell writes in place of values: the name of a type, or only the first of them.
local FAULTS = {
  { "^System%.", "%s holds no values; select it as @{ n = '%s'; e = { $_.%s -join ';' } }" },
  { "^Microsoft%.", "%s holds no values; select it as @{ n = '%s'; e = { $_.%s -join ';' } }" },
  { "^{.*%.%.%.}$", "%s is cut; select it as @{ n = '%s'; e = { $_.%s -join ';' } }" },
  { "^{.*\226\128\166}$", "%s is cut; select it as @{ n = '%s'; e = { $_.%s -join ';' } }" },
}

-- What is wrong with fields of several values, and what stands there; or nil.
local function fault_of(map, row)
  for _, column in ipairs(map.several) do
    for _, fault in ipairs(FAULTS) do
      local name = map.header[column]
      if find(row[column], fault[1]) then
        return ": " .. fault[2]:format(name, name, name), "several", row[column]
      end
    end
  end
end

local function proxies_of(map, row)
  local proxies = {}
  for _, column in ipairs(map.proxies) do joined.split(row[column], proxies) end
  columns.add_exchange_name(proxies, first_of(row, map.exchange_name))
  return columns.smtp_first(columns.with_primaries(proxies, columns.all_of(row, map.primary), true))
end

-- What few have; nil, what is wrong, and in which field.
local function further_of(map, row)
  local authenticated = columns.flag(first_of(row, map.authenticated))
  local size = columns.size(first_of(row, map.max_size))
  if authenticated == nil then
    return nil, ": RequireSenderAuthenticationEnabled is neither True nor False", "authenticated"
  end
  if size == nil then return nil, ": MaxReceiveSize is no size, such as 10 MB", "max_size" end
  return { authenticated = authenticated or nil, max_size = size or nil }
end

-- The entry of a row, for `references.take`; nil, what is wrong, and in which field.
local function entry_of(map, row, line)
  local more, message, field = further_of(map, row)
  if not more then return nil, message, field end
  local keep = columns.flag(first_of(row, map.keep))
  if keep == nil then
    return nil, ": DeliverToMailboxAndForward is neither True nor False", "keep"
  end
  local target = first_of(row, map.target)
  local entry = { proxies = proxies_of(map, row), line = line, keep = keep, more = more }
  entry.ids = {
    targets = texts_of(row, map.forward, joined.split_names),
    members = texts_of(row, map.members, joined.split_names),
    accept = all_texts_of(row, map.accept), reject = all_texts_of(row, map.reject),
  }
  if entry.ids.members and columns.flag(first_of(row, map.reports)) then
    entry.ids.owner = texts_of(row, map.owner, joined.split_names)
  end
  if target ~= "" and not entry.ids.targets then entry.targets = target end
  local kind = lower(gsub(first_of(row, map.type), "%s", ""))
  if CONTACTS[kind] and not entry.targets and not entry.ids.targets then
    return nil, (": a %s has to go on somewhere, and no column says where"):format(kind), "type"
  end
  return entry
end

-- Makes known by what others may refer to an entry.
local function make_known(map, row, known, entry)
  local address = references.address_of(entry.proxies)
  for _, column in ipairs(address and map.ids or {}) do
    local id = trim(row[column])
    if id ~= "" then known:know(id, entry.name, address) end
  end
end

local function is_list(kind) return find(kind, "[Gg]roup$") or lower(kind) == "roomlist" end

-- Tells what of a row its entry leaves out.
local function tell_strays(map, row, entry, source)
  columns.tell_others(source, entry.name, row, map.onward)
  local kind, column = first_of(row, map.type)
  if column and not entry.ids.members and is_list(kind) then
    source.remark(entry.name, (": a %s, and no column says who is on it; declare it as a list")
      :format(kind), source.place(column))
  end
end

local function take_row(map, row, line, known, sink, fault)
  local name, entry = first_of(row, map.name), nil
  local message, field, text = fault_of(map, row)
  if not message then entry, message, field = entry_of(map, row, line) end
  if not entry then
    return fault(name ~= "" and name or nil, message, known.source.place(field, text))
  end
  entry.name = name ~= "" and name or columns.bare(entry.proxies[1] or "")
  if entry.name == "" and not entry.targets then
    return columns.tell_nameless(known.source, row, line)
  end
  if known.source.remark then tell_strays(map, row, entry, known.source) end
  make_known(map, row, known, entry)
  known:take(entry, sink)
end

-- The columns with several values, of all these fields.
local function several_of(found)
  local several = {}
  for _, field in ipairs { "proxies", "members", "accept", "reject" } do
    for _, column in ipairs(found[field]) do several[#several + 1] = column end
  end
  return several
end

--- The reader, as `postoffice.text.formats` has it.
-- @tparam table source
-- @tparam function sink
-- @tparam function fault
local function each(source, sink, fault)
  local known = references.new(source, is_address, keys_of)
  columns.each_row(source, function(header)
    local map = columns.find(header, FIELDS, source, { "primary", "proxies" }, fault)
    if not map then return nil end
    map.header, map.several = header, several_of(map)
    map.onward = columns.places(map, { both = { "forward", "target" } }).both
    source.labels = { proxies = columns.labels_of(header, map.primary, map.proxies) }
    return function(row, line) return take_row(map, row, line, known, sink, fault) end,
      columns.places(map, TOGETHER)
  end, fault)
  known:tell(sink, fault)
end

return each
