--- Makes a policy of a directory: its people, their domains, and where mail goes that leaves them.
--
-- What is ours is what people have addresses in, but for the addresses that their mail goes on to: an
-- export lists these among their own (Q157007).
-- @module postoffice.import.people

local base_of = require "postoffice.text.path".base
local block_of = require "postoffice.text.blocks".of
local core = require "postoffice.core"
local draft = require "postoffice.import.draft"
local formats = require "postoffice.text.formats"
local lines = require "postoffice.text.lines"
local lists = require "postoffice.lists"
local remembering = require "postoffice.import.remembering"
local smtp = require "postoffice.import.smtp"
local typed = require "postoffice.text.formats.references".typed
local utf8 = require "postoffice.text.utf8"
local visible = require "postoffice.text.visible".all

local UNKNOWN = { unknown = true }

local NOTHING = {}

-- What is asked of an address: its key, type and domain; nothing of a text that is none.
local read_address = remembering(function(text)
  if #text > draft.LONGEST_TEXT or visible(text) ~= text then return NOTHING end
  local address = core.parse(text, UNKNOWN)
  local key = address and core.key(address)
  return key and { key = key, type = address.type, domain = address.domain } or NOTHING
end)

-- What an address is compared by, its type and its domain; nil where it is none.
local function key_of(text)
  local read = read_address(text)
  return read.key, read.type, read.domain
end

-- ---- Reading -----------------------------------------------------------------

local function place_text(file, line, column)
  return ("%s:%d:%d"):format(base_of(file.path), line, column)
end

local function source_of(file)
  return { blocks = block_of(file.text), file = base_of(file.path) }
end

-- Tells where a file is not in UTF-8, as exports of older Windows are not: of names and addresses there
-- the bytes are written out, or nothing is carried over.
local function tell_encoding(file, remark)
  if utf8.is_valid(file.text) then return end
  for line, number in lines.each(block_of(file.text)) do
    if not utf8.is_valid(line) then
      return remark(nil, "it is not UTF-8; convert it, such as by iconv -f WINDOWS-1252 -t UTF-8",
        number, 1)
    end
  end
end

-- Reads a file: its entries, and what is wrong in it.
local function read_file(format, file, entries, faults)
  local source = source_of(file)
  local function remark(name, message, line, column)
    faults[#faults + 1] = { place_text(file, line or 1, column or 1), name or "", message }
    return true
  end
  local function fault(name, message, ...)
    return remark(name, (name and ": left out" or "") .. message, ...)
  end
  tell_encoding(file, remark)
  source.remark, source.partial = remark, remark
  formats.each(format, source,
    function(name, proxies, line, targets, keep, more)
      if targets and type(targets) ~= "table" then targets = { targets } end
      entries[#entries + 1] = {
        name = name, proxies = proxies, targets = targets or {}, keep = keep or nil,
        more = more or {}, file = file, line = line,
      }
    end,
    fault)
end

-- ---- Notes -------------------------------------------------------------------

-- Remembers what could not be carried over of an entry: which of its texts in which field.
local function note(self, entry, field, text, why)
  self.noted[#self.noted + 1] = {
    name = entry.name, line = entry.line, file = entry.file, field = field, text = text, why = why,
  }
end

-- Writes all that was noted, with the places where it stands: files are read again for that.
local function write_notes(self, format)
  local by_file = {}
  for _, noted in ipairs(self.noted) do
    by_file[noted.file] = by_file[noted.file] or {}
    table.insert(by_file[noted.file], noted)
  end
  for file, wanted in pairs(by_file) do formats.find(format, source_of(file), wanted) end
  for _, noted in ipairs(self.noted) do
    local place = place_text(noted.file, noted.at_line or noted.line, noted.column or 1)
    self.draft:note(place, noted.text, noted.why)
  end
end

-- ---- Domains -----------------------------------------------------------------

-- The SMTP domains of people's own addresses, in order.
local function own_domains(entries)
  local order, seen = {}, {}
  for _, entry in ipairs(entries) do
    local away = {}
    for _, text in ipairs(entry.targets) do away[key_of(text) or ""] = true end
    for _, text in ipairs(entry.proxies) do
      local key, kind, domain = key_of(text)
      local folded = kind == "SMTP" and not away[key] and domain and domain:lower()
      if folded and not seen[folded] and smtp.is_domain(domain) then
        seen[folded] = true
        order[#order + 1] = domain
      end
    end
  end
  return order, seen
end

-- Calls `visit` with the SMTP addresses among texts: each text, its key and its folded domain.
local function each_smtp(texts, visit)
  for _, text in ipairs(texts) do
    local key, kind, domain = key_of(text)
    if kind == "SMTP" and domain then visit(text, key, domain:lower()) end
  end
end

-- The domains in which people have no more than further addresses, and to which somebody's mail goes on
-- at an address that nobody else has: others are there, as where some mailboxes are in the cloud.
local function shared_domains(entries)
  local owners, is_primary, shared = {}, {}, {}
  for _, entry in ipairs(entries) do
    each_smtp(entry.proxies, function(text, key, domain)
      owners[key] = owners[key] or entry
      is_primary[domain] = is_primary[domain] or not text:find "^smtp:"
    end)
  end
  for _, entry in ipairs(entries) do
    each_smtp(entry.targets, function(_, key, domain)
      local is_elsewhere = owners[key] == nil or owners[key] == entry
      shared[domain] = shared[domain] or is_elsewhere and not is_primary[domain] or nil
    end)
  end
  return shared
end

-- Declares the domains; those that are shared are passed on, but for people's own addresses.
local function add_domains(self, entries)
  local order, ours = own_domains(entries)
  local shared = shared_domains(entries)
  self.domains, self.ours = {}, {}
  self.draft:part("domains", "The domains of people's addresses.")
  for _, domain in ipairs(order) do
    local folded = domain:lower()
    self.ours[folded] = ours[folded] and not shared[folded] or nil
    if self.ours[folded] then table.insert(self.domains, domain) end
    self.draft:declare("domain", domain, { kind = shared[folded] and "relay" or nil },
      shared[folded] and "others are there, to whom mail goes on")
  end
end

-- ---- People ------------------------------------------------------------------

-- The addresses of an entry that nobody had before.
local function claim(self, entry, name)
  local kept = {}
  for _, text in ipairs(entry.proxies) do
    local key = key_of(text)
    if not key then
      note(self, entry, "proxies", text, "this is no address")
    elseif self.owners[key] then
      note(self, entry, "proxies", text, ('"%s" has this address already'):format(self.owners[key]))
    else
      self.owners[key] = name
      kept[#kept + 1] = text
    end
  end
  return kept
end

-- Whether somebody gets what is sent to an address, or it is another one's.
local function is_known(self, text)
  local key, kind, domain = key_of(text)
  if not key then return self.names[text:lower()] ~= nil and self.called[text:lower()] == 1 end
  return self.owners[key] ~= nil or kind ~= "SMTP" or not (domain and self.ours[domain:lower()])
end

-- Those of some addresses at which somebody is.
local function known_of(self, entry, field, texts)
  local kept = {}
  for _, text in ipairs(texts) do
    if is_known(self, text) then
      kept[#kept + 1] = text
    else
      local are_several = not key_of(text) and (self.called[text:lower()] or 0) > 1
      note(self, entry, field, text, are_several and "several are called so" or "nobody is there")
    end
  end
  return kept
end

-- Those of some senders who are known: entries by their names, others by addresses with their types.
local function senders_of(self, entry, field, texts)
  local kept = known_of(self, entry, field, texts)
  for i, text in ipairs(kept) do
    if not self.names[text:lower()] then kept[i] = typed(text) end
  end
  return kept
end

-- Notes texts that an entry does not have.
local function leave_out(self, entry, field, texts, why)
  for _, text in ipairs(texts) do note(self, entry, field, text, why) end
end

-- Who gets the bounces of a list, if somebody is there.
local function owner_of(self, entry, is_list)
  local owner = entry.more.owner
  if not owner then return nil end
  if not is_list then
    note(self, entry, "owner", owner, "only lists have owners")
  elseif not is_known(self, owner) then
    note(self, entry, "owner", owner, "nobody is there")
  elseif self.owners[key_of(owner) or ""] == entry.unique
    or owner:lower() == entry.unique:lower() then
    note(self, entry, "owner", owner, "bounces to the list itself would go to all of its members")
  else
    return owner
  end
end

-- What an entry's mail is refused with.
local function refusal_of(self, entry)
  local text = entry.more.refuse
  if type(text) == "string" and #text > draft.LONGEST_TEXT then
    note(self, entry, "refuse", text:sub(1, 20) .. "...", "the answer is too long")
    return true
  end
  return text
end

-- The fields of an entry.
local function fields_of(self, entry, proxies)
  local more, fields = entry.more, { proxies = proxies }
  local targets = known_of(self, entry, "target", entry.targets)
  local members = more.members and known_of(self, entry, "members", more.members)
  if members then leave_out(self, entry, "target", targets, "a list's mail goes to its members") end
  if members and #members > 0 then fields.members = members
  elseif members then fields.refuse = "nobody is on this list"
  elseif #targets > 1 then fields.targets = targets
  elseif #targets == 1 then fields.target = targets[1]
  elseif #entry.targets > 0 and not entry.keep then fields.refuse = true end
  if members and #members == 0 then
    note(self, entry, "name", entry.name, "it has no members")
  end
  if fields.target or fields.targets then
    fields.keep = entry.keep
  elseif entry.keep and (members or more.refuse or #entry.targets == 0) then
    note(self, entry, "keep", "a copy", "its mail goes on to nobody")
  end
  fields.owner = owner_of(self, entry, fields.members)
  if more.refuse and #targets == 0 and not fields.members then
    fields.refuse = refusal_of(self, entry)
  elseif more.refuse then
    note(self, entry, "refuse", tostring(more.refuse), "its mail goes on: it is not refused")
  end
  if fields.target or fields.targets then
    fields.propagate = more.propagate
  elseif more.propagate ~= nil then
    note(self, entry, "propagate", tostring(more.propagate), "its mail goes on to nobody")
  end
  fields.authenticated, fields.max_size = more.authenticated, more.max_size
  for _, name in ipairs { "accept", "reject" } do
    fields[name] = more[name] and senders_of(self, entry, name, more[name])
  end
  return fields
end

-- Adds an entry whose addresses are its own.
local function declare(self, entry)
  if #entry.kept == 0 then
    return note(self, entry, "name", entry.name, "nothing finds it, for it has no address")
  end
  local fields = fields_of(self, entry, entry.kept)
  self.draft:declare(fields.members and "list" or "recipient", entry.unique, fields)
  for _, text in ipairs(fields.members or fields.targets or { fields.target }) do
    local _, kind = key_of(text)
    if kind then self.types[kind] = true end
  end
end

-- Gives entries names that are their own, and addresses that nobody else has.
local function name_all(self, entries)
  for _, entry in ipairs(entries) do
    local name = visible(entry.name)
    if #name > draft.LONGEST_NAME or name == "" then name = "an entry without a name" end
    entry.unique = self.draft:unique("entry", name)
    entry.kept = claim(self, entry, entry.unique)
    if #entry.kept > 0 then
      self.names[entry.unique:lower()] = true
      self.called[name:lower()] = (self.called[name:lower()] or 0) + 1
    end
  end
end

-- A postmaster for domains that have none (RFC 5321 4.5.1).
local function add_postmaster(self)
  local missing = {}
  for _, domain in ipairs(self.domains) do
    local address = "postmaster@" .. domain
    if not self.owners[key_of(address)] then missing[#missing + 1] = address end
  end
  if #missing == 0 then return end
  self.draft:part("postmasters", "Every domain has a postmaster (RFC 5321 4.5.1); these had none.")
  self.draft:declare("recipient", self.draft:unique("entry", "Postmasters"), { proxies = missing })
end

-- A connector for each type that people's mail goes on in.
local function add_connectors(self)
  self.draft:part("transport", "Where mail goes that is not delivered here; correct the next hops.")
  self.types.SMTP = nil
  self.draft:declare("connector", "internet", {
    speaks = "SMTP", nexthop = "smtp:", spaces = { "SMTP:*" },
  })
  for _, kind in ipairs(lists.keys(self.types)) do
    self.draft:declare("connector", kind, { nexthop = kind, spaces = { kind .. ":*" } })
  end
end

--- Makes a policy.
-- @string format one of `postoffice.text.formats`
-- @tparam {table,...} files `path` and `text`
-- @tparam {string,...} heading
-- @tparam table options `directory`, the name of the file that many people go to, and `most`, how
--   many stay in the policy
-- @treturn table the draft
-- @treturn string|nil the file's text
-- @treturn {string,...} addresses to compare by: all that people have
local function people(format, files, heading, options)
  local entries, faults = {}, {}
  for _, file in ipairs(files) do read_file(format, file, entries, faults) end
  local self = { draft = draft.new(heading), owners = {}, names = {}, types = {}, noted = {},
    called = {} }
  add_domains(self, entries)
  self.draft:part("people", "Who is here, and whose mail goes on.")
  for _, fault in ipairs(faults) do
    self.draft:note(fault[1], fault[2], (fault[3]:gsub("^:? *", "")))
  end
  name_all(self, entries)
  for _, entry in ipairs(entries) do declare(self, entry) end
  write_notes(self, format)
  local text = self.draft:move_to_file("people", options.directory, options.most)
  add_postmaster(self)
  add_connectors(self)
  return self.draft, text, lists.keys(self.owners)
end

return people
