--- Writes a policy's directory back, in a format that a `directory` reads.
--
-- Read again, in place of the recipients, lists and files that it came of, it routes alike.  What the
-- format cannot say is left out, and told: nobody is written who would get mail otherwise.  Whoever
-- sends mail to those who are left out sends it to their addresses.
-- @module postoffice.policy.prove.export

local columns = require "postoffice.text.formats.columns"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local lists = require "postoffice.lists"
local permits_some = require "postoffice.policy.route.stage4_extension".permits_some
local unwritable = require "postoffice.text.formats.unwritable"

local WRITERS = {
  csv = require "postoffice.text.formats.write_csv",
  ldif = require "postoffice.text.formats.write_ldif",
  exchange55 = require "postoffice.text.formats.write_exchange55",
  json = require "postoffice.text.formats.write_json",
}

local export = {}

--- The formats that can be written.  Of JSON nothing is read back.
export.FORMATS = lists.set(lists.keys(WRITERS))

-- The formats that people open in spreadsheets.
local SHEETS = { csv = true, exchange55 = true }

-- The formats that have no order of addresses: their readers put the primary one of SMTP first.
local UNORDERED = { ldif = true, exchange55 = true }

local UNKNOWN = { unknown = true }

-- An address as exports have it, with its type.
local function canonical(text)
  local address = core.parse(text, UNKNOWN)
  return address and core.format(address, UNKNOWN) or text
end

local function proxies_of(entries, entry)
  local proxies = directory.proxy_texts(entries, entry)
  for i, text in ipairs(proxies) do proxies[i] = canonical(text) end
  return proxies
end

-- What is referred to: an entry, by its number, name and primary address, or an address.
local function reference(entries, entry, address)
  if not entry then return { address = core.format(address, UNKNOWN) } end
  return {
    id = entry, name = directory.name(entries, entry),
    address = core.format(directory.primary(entries, entry), UNKNOWN),
  }
end

-- The members of a list, or several targets.
local function several(entries, entry)
  local list = {}
  for i = 1, directory.member_count(entries, entry) do
    local member, address = directory.member(entries, entry, i)
    if member or address then list[#list + 1] = reference(entries, member, address) end
  end
  return list
end

-- By what an entry is, its fields beside its addresses.
local FIELDS = {
  mailbox = function() end,
  target = function(entries, entry, out)
    local target, address = directory.target(entries, entry)
    if target ~= entry and (target or address) then
      out.targets[1] = reference(entries, target, address)
    end
  end,
  targets = function(entries, entry, out)
    out.keep, out.is_several = directory.is_kept(entries, entry), true
    for _, target in ipairs(several(entries, entry)) do
      if target.id == entry then out.keep = true
      else out.targets[#out.targets + 1] = target end
    end
    out.keep = out.keep and #out.targets > 0
  end,
  list = function(entries, entry, out)
    out.members = several(entries, entry)
    local owner, address = directory.owner_way(entries, entry)
    if owner or address then out.owner = reference(entries, owner, address) end
  end,
  refused = function(entries, entry, out)
    out.refuse = directory.refusal(entries, entry) or true
  end,
}

-- Who may write, as texts and as entries where they name some.
local function senders_of(entries, texts)
  if not texts then return nil end
  local senders = {}
  for i, text in ipairs(texts) do
    local named = directory.writer(entries, text)
    senders[i] = {
      text = named and directory.name(entries, named) or text, id = named,
      is_list = named and directory.kind(entries, named) == "list",
    }
  end
  return senders
end

-- Whether all targets are entries, which get no extension where they are meant by name.
local function are_entries(targets)
  for _, target in ipairs(targets) do
    if not target.id then return false end
  end
  return true
end

-- Whether an extension of an entry may go on to the addresses of its targets.
local function may_propagate(compiled, entry)
  local own = directory.propagate(compiled.directory, entry)
  if own ~= nil then return own end
  return permits_some(compiled)
end

-- What an entry says of extensions: that none goes on, where its targets would get one because addresses
-- are written for them.
local function propagate_of(compiled, entry, targets)
  if not targets[1] then return nil end
  if are_entries(targets) and may_propagate(compiled, entry) then return false end
  return directory.propagate(compiled.directory, entry)
end

-- Whether targets are both entries, meant by name, and addresses, of which those alone get an extension.
local function are_mixed(compiled, entry, targets)
  local names = 0
  for _, target in ipairs(targets) do names = names + (target.id and 1 or 0) end
  return names > 0 and names < #targets and may_propagate(compiled, entry)
end

-- An entry as writers take it.
local function plain(compiled, entry, restricted)
  local entries, said = compiled.directory, restricted[entry] or {}
  local out = {
    id = entry, name = directory.name(entries, entry), proxies = proxies_of(entries, entry),
    targets = {}, keep = false,
    accept = senders_of(entries, said.accept), reject = senders_of(entries, said.reject),
    authenticated = said.authenticated, max_size = said.max_size,
  }
  FIELDS[directory.kind(entries, entry)](entries, entry, out)
  out.propagate = propagate_of(compiled, entry, out.targets)
  out.is_mixed = are_mixed(compiled, entry, out.targets)
  return out
end

--- An entry as it can be written elsewhere.
-- @tparam table compiled the policy
-- @tparam number entry
-- @tparam table restricted what `directory.each_restricted` says, by entry
-- @treturn table `id`, `name`, `proxies` (texts), `targets` and `members` (each with the `address` and, of an
--   entry, its `id` and `name`), `owner` (likewise), `keep`, `is_several`, `is_mixed` where an extension goes
--   on to the addresses among them, and not to who is meant by name, `refuse`, `propagate`, `accept`,
--   `reject`, `authenticated`, `max_size`
export.plain = plain

-- The names that several entries have, in lower case: by such a name nobody can be meant.
local function shared_names(entries)
  local counts = {}
  for entry in directory.each(entries) do
    local name = directory.name(entries, entry):lower()
    counts[name] = (counts[name] or 0) + 1
  end
  return counts
end

-- Whether a list of senders names somebody by a name that several have.
local function is_ambiguous(senders, counts)
  for _, sender in ipairs(senders or {}) do
    if sender.id and counts[sender.text:lower()] > 1 then return true end
  end
  return false
end

local PLAIN = "^[%w\128-\255][%w \128-\255._'-]*$" -- a name that is read for nothing else

-- Whether one who is meant by name is so by a name that several have, or that may be read otherwise.
local function is_unnamed(out, counts)
  for _, target in ipairs(out.is_mixed and out.targets or {}) do
    local name = target.id and target.name
    if name and (counts[name:lower()] > 1 or not name:find(PLAIN)) then return true end
  end
  return false
end

-- Why an entry cannot be written, or nil.
local function fault_of(writer, out, counts)
  if is_unnamed(out, counts) then return unwritable.by_name[2] end
  if is_ambiguous(out.accept, counts) or is_ambiguous(out.reject, counts) then
    return "who may write, by a name that several have"
  end
  return writer.fault(out)
end

-- By entry, those who name it among the senders whose mail they take, or do not.
local function takers(entries, restricted)
  local by_name = {}
  for entry, said in pairs(restricted) do
    for _, texts in ipairs { said.accept or {}, said.reject or {} } do
      for _, text in ipairs(texts) do
        local named = directory.writer(entries, text)
        if named then
          by_name[named] = by_name[named] or {}
          table.insert(by_name[named], entry)
        end
      end
    end
  end
  return by_name
end

-- By entry, why those cannot be written who cannot; whoever takes mail by the name of such a one can
-- no more than that one.
local function left_out(compiled, writer, restricted, counts)
  local entries, why, queue = compiled.directory, {}, {}
  for entry in directory.each(entries) do
    why[entry] = fault_of(writer, plain(compiled, entry, restricted), counts)
    if why[entry] then queue[#queue + 1] = entry end
  end
  local by_name = queue[1] and takers(entries, restricted) or {}
  for _, entry in ipairs(queue) do
    for _, taker in ipairs(by_name[entry] or {}) do
      if not why[taker] then
        why[taker], queue[#queue + 1] = "who may write, by the name of somebody left out", taker
      end
    end
  end
  return why
end

-- Refers to those who are left out by their addresses.
local function refer(references, why)
  for _, one in ipairs(references or {}) do
    if one.id and why[one.id] then one.id = nil end
  end
end

-- What may be taken for something else of an entry that is written: a test, and the end of a sentence.
local REMARKS = {
  { function(entry, format) return SHEETS[format] and entry.name:find "^[=+@\t-]" end,
    " begins as a formula does; do not open the file in a spreadsheet as it is" },
  { function(entry, format)
    return UNORDERED[format]
      and columns.smtp_first(lists.copy(entry.proxies))[1] ~= entry.proxies[1]
  end, " comes back with its primary address of SMTP first, to which its mail then goes" },
}

--- Writes a directory.
-- @tparam table compiled the policy
-- @string format one of `FORMATS`
-- @tparam function write is given the text, piece by piece
-- @treturn {table,...} what is left out, or may be taken for something else: `name`, `where`, and
--   `message`, the end of a sentence that begins with the name; `is_written` if it is there
function export.write(compiled, format, write)
  local entries, writer, left, restricted = compiled.directory, WRITERS[format], {}, {}
  for entry, said in directory.each_restricted(entries) do restricted[entry] = said end
  local counts = shared_names(entries)
  local why = left_out(compiled, writer, restricted, counts)
  local function tell(entry, message, is_written)
    left[#left + 1] = { name = directory.name(entries, entry), message = message,
      where = directory.where(entries, entry), is_written = is_written }
  end
  write(writer.head)
  for entry in directory.each(entries) do
    if why[entry] then
      tell(entry, " is left out: the format cannot say " .. why[entry])
    else
      local out = plain(compiled, entry, restricted)
      refer(out.targets, why)
      refer(out.members, why)
      refer({ out.owner }, why)
      write(writer.write(out))
      for _, remark in ipairs(REMARKS) do
        if remark[1](out, format) then tell(entry, remark[2], true) end
      end
    end
  end
  return left
end

return export
