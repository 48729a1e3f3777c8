--- Who is in a directory's LDIF: what Active Directory (ldifde, ldapsearch), OpenLDAP with
-- `inetLocalMailRecipient`, and others of their kind say of mail.
--
-- Records without addresses are nobody's, which is told once of those that are of people and groups,
-- not of containers and computers.  Others are referred to by distinguished names, which stand for the
-- primary addresses of whom they name.
-- @module postoffice.text.formats.ldif

local columns = require "postoffice.text.formats.columns"
local joined = require "postoffice.text.joined"
local lists = require "postoffice.lists"
local percent = require "postoffice.text.percent"
local references = require "postoffice.text.formats.references"
local records = require "postoffice.text.ldif_records"
local trim = joined.trim

local find, gsub, lower, match = string.find, string.gsub, string.lower, string.match

-- What attributes say, by their names in lower case: which list of texts they add to, and whether
-- their values are distinguished names.
local ATTRIBUTES = {
  displayname = "display", cn = "cn", uid = "uid", objectclass = "classes",
  proxyaddresses = "proxies", mail = "mail", maillocaladdress = "proxies",
  mailalternateaddress = "proxies", mailacceptinggeneralid = "proxies",
  zimbramailalias = "proxies", zimbramaildeliveryaddress = "delivery", legacyexchangedn = "legacy",
  targetaddress = "target", mailroutingaddress = "target", mailforwardingaddress = "target",
  msexchgenericforwardingaddress = "target", maildrop = "target",
  zimbramailforwardingaddress = "forwards", zimbraprefmailforwardingaddress = "forwards",
  zimbraprefmaillocaldeliverydisabled = "no_copy",
  altrecipient = "targets", deliverandredirect = "keep",
  member = "members", uniquemember = "members", rfc822mailmember = "addresses",
  mgrprfc822mailmember = "addresses", memberuid = "uids",
  msexchdynamicdlfilter = "dynamic", memberurl = "dynamic", mgrpdeliverto = "dynamic",
  managedby = "owner", reporttoowner = "reports", mgrperrorsto = "errors",
  authorig = "accept", dlmemsubmitperms = "accept", unauthorig = "reject",
  dlmemrejectperms = "reject", msexchrequireauthtosendto = "authenticated",
  zimbramailstatus = "status", zimbraaccountstatus = "status", accountstatus = "status",
  mailuserstatus = "status", inetuserstatus = "status", inetmailgroupstatus = "status",
  delivcontlength = "kilobytes", changetype = "changetype", dn = "dn", ref = "ref",
  result = "result",
}

-- Those whose values are distinguished names.
local REFER = { "targets", "members", "accept", "reject" }

-- What says that a record is of somebody who gets mail.
local MAIL = { "proxies", "mail", "delivery", "target" }

-- The classes whose entries are lists.
local GROUPS = {
  group = true, groupofnames = true, groupofuniquenames = true, rfc822mailgroup = true,
  mailgroup = true, nismailalias = true, posixgroup = true, groupofurls = true,
  inetmailgroup = true, msexchdynamicdistributionlist = true, zimbradistributionlist = true,
}

-- The classes whose entries are people; computers are of these, too, in Active Directory.
local PEOPLE = {
  person = true, inetorgperson = true, user = true, contact = true, posixaccount = true,
  account = true, inetlocalmailrecipient = true,
}

-- The text that a backslash and two characters of a distinguished name are, of which hex digits are a
-- byte (RFC 4514 2.4): OpenLDAP writes `\2C` where Active Directory has `\,`.
local function unescaped(one, two)
  local byte = find(one .. two, "^%x%x$") and string.char(tonumber(one .. two, 16))
  if not byte then return "\\" .. one .. two end
  return find(byte, '[,+"\\<>;=# ]') and "\\" .. byte or byte
end

-- A distinguished name as it is compared.
local function fold(dn)
  if find(dn, "\\", 1, true) then dn = gsub(dn, "\\(.)(%x?)", unescaped) end
  return lower((gsub(dn, "%s*,%s*", ",")))
end

-- What a record says, by `ATTRIBUTES`; nil, what is wrong, and where.
local function read_record(record)
  local said = {}
  for _, line in ipairs(record) do
    local field = ATTRIBUTES[line.name]
    if field and line.value == false then
      return nil, (": %s is in a file elsewhere; write it here"):format(line.name), line
    end
    local range = field and match(line.options, "range=(%d+%-%d+)$")
    if range then
      return nil, (": only values %s of %s are here; export it whole, by ranges"):format(range,
        line.name), line
    end
    local text = field and trim(line.value) or ""
    if field == "dn" and said.dn then
      return nil, ": a second dn; write an empty line before each record", line
    end
    if text ~= "" then
      said[field] = said[field] or {}
      table.insert(said[field], text)
    end
  end
  return said
end

local function first(list) return list and list[1] end

local function has_mail(said)
  for _, field in ipairs(MAIL) do
    if said[field] then return true end
  end
  return false
end

-- Whether a record is of one of some classes.
local function is_of(said, classes)
  for _, class in ipairs(said.classes or {}) do
    if classes[lower(class)] then return true end
  end
  return false
end

local function is_group(said)
  return is_of(said, GROUPS) or (said.members or said.addresses or said.uids) ~= nil
end

local COMPUTERS, REFERRALS = { computer = true }, { referral = true }

-- Whether a record is of somebody who might get mail: of whom no class is said, too.
local function is_somebody(said)
  return is_group(said) or not said.classes and said.dn ~= nil
    or is_of(said, PEOPLE) and not is_of(said, COMPUTERS)
end

-- All addresses, the primary one first among equals; the Exchange name is one, too.
local function proxies_of(said)
  local proxies = said.proxies or {}
  for _, name in ipairs(said.legacy or {}) do columns.add_exchange_name(proxies, name) end
  local primaries = said.delivery or {}
  lists.add_all(primaries, said.mail or {})
  return columns.smtp_first(columns.with_primaries(proxies, primaries, true))
end

-- Takes where a mailbox of Zimbra's forwards to, which may be several in a value, and whether it keeps a
-- copy, unless altRecipient goes before that; or who is on a list.
local function take_forwards(said)
  local forwards = {}
  for _, text in ipairs(said.forwards or {}) do joined.split(text, forwards) end
  if #forwards == 0 then return end
  local field = is_group(said) and "addresses" or "target"
  said[field] = said[field] or {}
  lists.add_all(said[field], forwards)
  if field == "target" and not said.targets then
    said.keep = { columns.flag(first(said.no_copy) or "") and "FALSE" or "TRUE" }
  end
end

-- What the states of mailboxes and lists are: whether they refuse mail.
local STATES = {
  active = false, enabled = false, locked = false, lockout = false, nopop = false, noaccess = false,
  disabled = true, closed = true, deleted = true, removed = true,
}

local function is_refused(said)
  for _, state in ipairs(said.status or {}) do
    if STATES[lower(state)] then return true end
  end
  return false
end

-- What few have; nil, what is wrong, and in which field.
local function further_of(said)
  local more = { members = is_group(said) and (said.addresses or {}) or nil }
  if is_refused(said) then more = { refuse = true } end
  local authenticated = columns.flag(first(said.authenticated) or "")
  local size = columns.size(first(said.kilobytes) or "")
  if authenticated == nil then
    return nil, ": msExchRequireAuthToSendTo is neither TRUE nor FALSE", "authenticated"
  end
  if size == nil then return nil, ": delivContLength is no number of kilobytes", "kilobytes" end
  more.authenticated = authenticated or nil
  more.max_size = size and size * 1024 or nil
  return more
end

-- What says where mail goes on to.
local ONWARD = { target = true, targets = true, forwards = true, members = true, addresses = true,
  uids = true, keep = true, no_copy = true }

-- What a record says but for some fields.
local function without(said, fields)
  local kept = {}
  for field, texts in pairs(said) do
    if not fields[field] then kept[field] = texts end
  end
  return kept
end

-- The address of a URL (RFC 6068), or a text as it is.
local function of_mailto(text)
  local quoted = match(text, "^[Mm][Aa][Ii][Ll][Tt][Oo]:([^?]*)")
  return quoted and percent.unescaped(quoted) or text
end

-- Takes who gets the bounces of a list: its manager, if it reports to that one, or whom mgrpErrorsTo says, an
-- address or a name, each perhaps as a URL.
local function take_owner(said, entry)
  if said.owner and columns.flag(first(said.reports) or "") then
    entry.ids.owner = { fold(said.owner[1]) }
  elseif said.errors then
    local text = said.errors[1]
    local dn = match(text, "^[Ll][Dd][Aa][Pp]:///([^?]*)")
    entry.ids.owner = dn and { fold(dn) } or nil
    entry.more.owner = not dn and of_mailto(text) or nil
  end
end

-- The entry of a record, for `references.take`; nil, what is wrong, and in which field.
local function entry_of(said, line)
  local more, message, field = further_of(said)
  local keep = columns.flag(first(said.keep) or "")
  if not more then return nil, message, field end
  if keep == nil then return nil, ": deliverAndRedirect is neither TRUE nor FALSE", "keep" end
  local entry = { proxies = proxies_of(said), line = line, keep = keep, more = more, ids = {} }
  entry.name = first(said.display) or first(said.cn) or first(said.uid)
    or columns.bare(entry.proxies[1] or "")
  if more.refuse then said, entry.keep = without(said, ONWARD), false end
  for _, name in ipairs(REFER) do
    local ids = said[name]
    for i = 1, ids and #ids or 0 do ids[i] = fold(ids[i]) end
    entry.ids[name] = ids
  end
  if said.uids then
    entry.ids.members = entry.ids.members or {}
    lists.add_all(entry.ids.members, said.uids)
  end
  if more.members then take_owner(said, entry) end
  local target = said.target
  if target and not entry.ids.targets and not more.members then
    entry.targets = #target == 1 and target[1] or target
  end
  return entry
end

-- Those that an entry has one of.
local SINGLE = { keep = true, authenticated = true, kilobytes = true }

-- Where mail goes on to by what mailboxes of Zimbra's say.
local OF_MAILBOX = { forwards = true, no_copy = true }

-- Tells what of a record its entry leaves out.
local function tell_strays(record, said, entry, remark)
  for _, line in ipairs(record) do
    local field, text, why = ATTRIBUTES[line.name], trim(line.value or ""), nil
    if text == "" then field = nil end
    if SINGLE[field] and text ~= said[field][1] then
      why = ": " .. line.name .. " has several values, of which the first counts"
    elseif field == "target" and entry.more.members then
      why = ": a list's mail goes to its members"
    elseif entry.ids.targets
      and (field == "target" or OF_MAILBOX[field] and not entry.more.members) then
      why = ": altRecipient goes before it"
    elseif ONWARD[field] and entry.more.refuse then
      why = ": its mail is refused"
    elseif field == "status" and STATES[lower(text)] == nil then
      why = (': its state, "%s", says what becomes of mail; say it of the entry'):format(
        columns.short(text))
    end
    if why then remark(entry.name, why, records.place(line)) end
  end
end

-- What is no entry, and is said so: a test of what a record says, the sentence, and what says so.
local FAULTS = {
  { function(said) return said.changetype and lower(said.changetype[1]) ~= "add" end,
    ": a change to a directory, not what is in it; export the directory", "changetype" },
  { function(said) return said.ref and (not said.dn or is_of(said, REFERRALS)) end,
    ": a referral, so that a part of the directory is elsewhere; export that, too", "ref" },
  { function(said) return said.result and not said.dn and not said.result[1]:find "^0%f[%D]" end,
    ": the search ended before its end, so people are missing; export the directory whole",
    "result" },
  { function(said) return said.dynamic and has_mail(said) end,
    ": a list whose members are found by a question; declare it as a list", "dynamic" },
}

local function fault_of(said)
  for _, rule in ipairs(FAULTS) do
    if rule[1](said) then return rule[2], rule[3] end
  end
end

-- What stands for several fields.
local TOGETHER = {
  proxies = { proxies = true, mail = true, delivery = true, legacy = true },
  members = { members = true, addresses = true, uids = true, forwards = true },
  target = { target = true, forwards = true }, owner = { owner = true, errors = true },
  keep = { keep = true, no_copy = true },
  name = { display = true, cn = true, uid = true },
}

-- Whether a line's value has a text, as it is, without its type, or as it is compared.
local function has_text(line, text)
  local value = line.value or ""
  return find(value, text, 1, true) ~= nil or value == columns.bare(text)
    or fold(trim(value)) == text
end

-- Where something stands in a record: a function.
local function place_in(record)
  return function(field, text)
    local fields, first_line = TOGETHER[field] or { [field or ""] = true }, nil
    for _, line in ipairs(record) do
      if fields[ATTRIBUTES[line.name]] then
        if text and has_text(line, text) then return records.place(line, text) end
        first_line = first_line or line
      end
    end
    if first_line then return records.place(first_line) end
    return record.line, 1
  end
end

-- What a record is called in messages.
local function label(said) return first(said.display) or first(said.cn) or first(said.dn) end

-- Counts somebody without an address; the first of them is remembered.
local function count_nobody(nobodies, said, record)
  if not is_somebody(said) then return end
  nobodies.count = nobodies.count + 1
  nobodies.first = nobodies.first or { name = label(said), line = record.line }
end

-- Tells how many have no address: a directory has thousands, so once.
local function tell_nobodies(nobodies, remark)
  if nobodies.count == 0 or not remark then return end
  local name = ('"%s"'):format(columns.short(nobodies.first.name or "a record without a name"))
  local are_several = nobodies.count > 1
  local who = are_several and ("%d people and groups, first %s, have"):format(nobodies.count, name)
    or name .. " has"
  remark(nil, (": %s no address (mail, proxyAddresses, targetAddress, ...), and so no mail finds"
    .. " %s"):format(who, are_several and "them" or "it"), nobodies.first.line, 1)
end

-- Attributes that are kept for the server itself, or are free texts.
local NO_MAIL = { description = true, info = true, comment = true, labeleduri = true, gecos = true }

local UNKNOWN = ': attribute "%s" is not known, and %s'
local HOLDS = "holds addresses; write it as proxyAddresses, if mail goes by it"

-- What an attribute that no field has says that matters to mail; nil if nothing does.
local function mail_in(name, value)
  if find(value, "[%z\1-\8\14-\31]") then return nil end -- a photograph, a certificate
  if columns.has_address(value) and columns.might_be_mail(name) then return HOLDS end
  if columns.flag(value) == false or not columns.is_delivery(name) then return nil end
  return "says where mail goes; say it of the entry"
end

-- Tells of attributes that no field has, each once, where one says something that matters to mail.
local function tell_unread(record, told, remark)
  for _, line in ipairs(record) do
    local name = line.name
    local is_unknown = not (ATTRIBUTES[name] or told[name] or NO_MAIL[name]) and line.value
    local what = is_unknown and mail_in(name, line.value)
    if what then
      told[name] = true
      remark(nil, UNKNOWN:format(columns.short(name), what), records.place(line))
    end
  end
end

-- Takes a record.
local function take(record, known, nobodies, sink, fault)
  local said, message, at = read_record(record)
  if not said then return fault(nil, message, records.place(at)) end
  local place = place_in(record)
  known.source.place = place
  if known.source.remark then tell_unread(record, nobodies.told, known.source.remark) end
  message, at = fault_of(said)
  if message then return fault(label(said), message, place(at)) end
  if not has_mail(said) then return count_nobody(nobodies, said, record) end
  take_forwards(said)
  local entry
  entry, message, at = entry_of(said, record.line)
  if not entry then return fault(label(said), message, place(at)) end
  entry.place = place
  if known.source.remark then tell_strays(record, said, entry, known.source.remark) end
  local address = references.address_of(entry.proxies)
  if said.dn and address then known:know(fold(said.dn[1]), entry.name, address) end
  for _, uid in ipairs(address and said.uid or {}) do
    known:know("uid " .. uid, entry.name, address)
  end
  known:take(entry, sink)
end

-- A distinguished name, and a name that is none, as those in memberUid (RFC 2307).
local function keys_of(id) return { id, not find(id, "=", 1, true) and "uid " .. id or nil } end

-- No distinguished name stands for itself.
local function never() return false end

-- Whether a record is what ldapsearch says of its search at the end.
local function is_of_search(record) return record[1].name == "search" end

--- The reader of LDIF, as `postoffice.text.formats` has it.
-- @tparam table source
-- @tparam function sink
-- @tparam function fault
local function each(source, sink, fault)
  local reader, message = records.open(source.blocks)
  if not reader then return fault(nil, ": " .. message, 1, 1) end
  local known, nobodies, count = references.new(source, never, keys_of), { count = 0, told = {} }, 0
  local record, line, column
  record, message, line, column = reader:read()
  while record or message do
    if message or not is_of_search(record) then count = count + 1 end
    if record then
      take(record, known, nobodies, sink, fault)
    else
      fault(nil, ": " .. message, line, column)
    end
    record, message, line, column = reader:read()
  end
  known:tell(sink, fault)
  tell_nobodies(nobodies, source.remark)
  if count == 0 then fault(nil, ": there is no record", 1, 1) end
end

return each
