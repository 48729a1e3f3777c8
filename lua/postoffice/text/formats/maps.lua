--- Who is in a map of Postfix or sendmail: each key is an entry, and its value where its mail goes.
--
-- Keys and values are read by `postoffice.text.postmap`; here is what they mean: virtual(5),
-- aliases(5), canonical(5), and sendmail's virtusertable (cf/README).  What has no counterpart in a
-- directory, such as commands and files, is a fault that says what to do instead.
-- @module postoffice.text.formats.maps

local postmap = require "postoffice.text.postmap"

local find, lower, match, sub = string.find, string.lower, string.match, string.sub

local maps = {}

local function short(text) return #text > 64 and sub(text, 1, 64) .. "..." or text end

-- Whether an address has a domain: an @ that stands in no quotes.
local function has_domain(text) return find(text, "^\".*\"@[^\"]+$") or find(text, "^[^\"]*@") end

-- The address that a name without a domain stands for, in a domain if there is one.
local function complete(text, domain)
  if has_domain(text) or not domain then return text end
  return text .. "@" .. domain
end

-- ---- Keys --------------------------------------------------------------------

local CATCHALL = '"%s" is a whole domain\'s, and has to have one address, which is not made of its'
  .. ' key: say it by a list and domain "%s" { catchall = "..." }, or, if each keeps its name'
  .. ' elsewhere, by rewrite "SMTP:{user}@%s" { to = "SMTP:{user}@..." }'

-- The address of a key; or nil and what is wrong; or false where it stands for nobody, as a domain
-- of ours does that virtual(5) declares.
local function key_of(key, source)
  if find(key, "+*@", 1, true) then
    return nil, ('"%s" takes every detail: an entry has them by settings { extension = "+" }')
      :format(short(key))
  end
  if has_domain(key) then return key end
  if source.is_domain and source.is_domain(key) then return false end
  if source.domain then return key .. "@" .. source.domain end
  return nil, ('"%s" has no domain; add domain = "example.com" to the declaration if it is a name'
    .. ' there, or declare domain "%s" if it is a domain of ours'):format(short(key), short(key))
end

-- ---- Values ------------------------------------------------------------------

local NO_PLACE = " has no mailbox that takes it; send its address to the host that %s, by a target"
  .. " there"

-- What is wrong with destinations that are no addresses.
local FAULTS = {
  include = '"%s" names a file that is not the policy\'s; write its addresses here',
  command = '"%s" is a command, and' .. NO_PLACE:format "runs it",
  file = '"%s" is a file, and' .. NO_PLACE:format "writes it",
  blackhole = '"%s" throws mail away, and' .. NO_PLACE:format "does so",
  error = '"%s" is an answer, which has to stand alone',
}

-- Whether a destination is the mailbox of the key itself.
local function is_own(text, kind, address)
  local own = lower(address)
  if kind ~= "local" then return lower(text) == own end
  local name = lower(sub(text, 2))
  return name == own or name == match(own, "^(.*)@")
end

-- Adds a destination to targets: whether it is the key's own mailbox; or nil and what is wrong.
local function add_target(targets, text, address, source)
  local kind = postmap.kind(text)
  if FAULTS[kind] then return nil, FAULTS[kind]:format(short(text)) end
  if kind == "address" then text = complete(text, source.domain) end
  if is_own(text, kind, address) then return true end
  if kind == "local" then
    return nil, ('"%s" is a mailbox without what its alias says; write it without the backslash')
      :format(short(text))
  elseif find(text, "%%%d") then
    return nil, ('"%s" is made of its key; say it by a rewrite'):format(short(text))
  end
  targets[#targets + 1] = text
  return false
end

local LATER = '"%s" asks to come again later; leave it out, or defer in on.recipient'

-- What a value refuses: the sentence, or true without one; nil if it is no refusal; or false and
-- what is wrong.
local function read_refusal(value)
  local refusal = postmap.refusal(value)
  if refusal == false then return false, LATER:format(short(value)) end
  return refusal
end

-- Gives an entry its targets, and whether it keeps its mail, too; or returns what is wrong, and the text
-- that is so if it is one of several.
local function read_targets(entry, value, source, is_single)
  local texts, message = postmap.split(value)
  if not texts then return message end
  if is_single and #texts > 1 then
    return ("%d addresses, and this map takes one"):format(#texts)
  end
  entry.targets, entry.keep = {}, false
  for _, text in ipairs(texts) do
    local is_kept, why = add_target(entry.targets, text, entry.address, source)
    if is_kept == nil then return why, text end
    entry.keep = entry.keep or is_kept
  end
end

-- ---- Rows --------------------------------------------------------------------

-- By the map: its syntax, whether a value is one address, and whether `@domain` is its catch-all.
local MAPS = {
  virtual = { syntax = "map", has_catchalls = true },
  aliases = { syntax = "aliases" },
  canonical = { syntax = "map", is_single = true },
  virtusertable = { syntax = "sendmail", is_single = true, has_catchalls = true },
}

-- The catch-all of a domain, as an entry with `catchall`, the domain; nil and what is wrong.
local function read_catchall(key, domain, value, line, source, how)
  local entry = { name = key, address = key, line = line, catchall = domain }
  local message = read_targets(entry, value, source, how.is_single)
  local target = entry.targets and entry.targets[1]
  if message or not how.has_catchalls or #entry.targets ~= 1 or match(target, "^@")
    or postmap.kind(value) == "error" then
    return nil, CATCHALL:format(short(key), domain, domain)
  end
  return entry
end

-- The entry of a row: `name`, `address`, `line`, and `targets` and `keep`, or `refuse`; nil, what is
-- wrong, and in which text if that is not all of the value; or nil where it stands for nobody.
local function read_row(key, value, line, source, how)
  local domain = match(key, "^@(.+)$")
  if domain then return read_catchall(key, domain, value, line, source, how) end
  local address, message = key_of(key, source)
  if not address then return nil, message, key end
  local entry = { name = key, address = address, line = line }
  entry.refuse, message = read_refusal(value)
  if entry.refuse then return entry end
  local text
  if entry.refuse == nil then
    message, text = read_targets(entry, value, source, how.is_single)
  end
  if message then return nil, message, text end
  return entry
end

-- Where something stands in a row: an entry's address and name in the key, all else in the value.
local function place_in(row)
  return function(field, text)
    return postmap.place(row, field ~= "proxies" and field ~= "name", text)
  end
end

-- Tells an entry to a sink.
local function tell(entry, source, sink, more)
  local targets = entry.targets
  source.place = place_in(entry.row)
  if entry.catchall then
    return sink(entry.name, {}, entry.line, targets[1], false, { catchall = entry.catchall })
  end
  if not targets then
    more = { refuse = entry.refuse }
  elseif more or #targets == 0 then
    targets = nil -- a list; or its own mailbox alone
  elseif #targets == 1 then
    targets = targets[1]
  end
  sink(entry.name, { entry.address }, entry.line, targets, targets ~= nil and entry.keep, more)
end

-- By the names of `owner-name` (aliases(5)): who gets the bounces of the list of that name.
local function owners_of(entries)
  local owners = {}
  for _, entry in ipairs(entries) do
    local name = match(lower(entry.name), "^owner%-(.+)$")
    if name then owners[name] = entry.address end
  end
  return owners
end

-- Tells aliases, of which some have owners; what a mailbox keeps itself has none.
local function tell_aliases(entries, source, sink)
  local owners = owners_of(entries)
  for _, entry in ipairs(entries) do
    local owner = owners[lower(entry.name)]
    local is_list = owner and entry.targets and #entry.targets > 0 and not entry.keep
    tell(entry, source, sink, is_list and { members = entry.targets, owner = owner } or nil)
  end
end

-- Reads a map: each entry is told, each wrong row is a fault.
local function each(how, source, collect, fault)
  local reader = postmap.open(source.blocks, how.syntax)
  local key, value, line, column = reader:read()
  while key or value do
    local entry, message
    if key then
      local text
      entry, message, text = read_row(key, value, line, source, how)
      if message then
        fault(key, ": " .. message, postmap.place(reader.row, text ~= key, text))
      end
    else
      fault(nil, ": " .. value, line, column)
    end
    if entry then
      entry.row = reader.row
      collect(entry)
    end
    key, value, line, column = reader:read()
  end
end

--- The readers by the names of maps, as `postoffice.text.formats` has them.
maps.READERS = {}

for name, how in pairs(MAPS) do
  maps.READERS[name] = function(source, sink, fault)
    return each(how, source, function(entry) tell(entry, source, sink) end, fault)
  end
end

-- Aliases wait for the end, since an owner may stand after its list.
function maps.READERS.aliases(source, sink, fault)
  local entries = {}
  each(MAPS.aliases, source, function(entry) entries[#entries + 1] = entry end, fault)
  tell_aliases(entries, source, sink)
end

return maps
