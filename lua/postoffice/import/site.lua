--- What a mail server has, whoever said it, while a policy is made of it.
--
-- Postfix and sendmail say the same things in different files.  A *site* holds them: `locals`
-- (domains whose users are accounts and aliases; a key without a domain is at the first one),
-- `hosted` (domains of their own tables) and `relays`, each a row with a `key`; `origin` (the domain
-- of values that have none, which need not be local; else the first local one); rows of
-- `canonical`, `virtual`, `aliases`, `mailboxes`, `accounts`, `relocated`, `refused`, `transport`,
-- `senders` (those of canonical and senders with their `table`), `sender_relayhosts` and
-- `sender_transports` (with `relayhost` and `default_transport`, which they replace); `access` (lists of
-- restrictions, see `postoffice.import.checks`, with `classes` and all their `access_tables`, and
-- `has_parents`, whether the domains of these are those below, too); `delimiter`, `propagate`, `extends`
-- (whether rules of `canonical` and `generic` tables carry extensions), `default` (the next hop of what
-- no row of transport has), and `notes` (place, text and reason by the part that they belong to).
-- @module postoffice.import.site

local domain_text = require "postoffice.text.domain"
local draft = require "postoffice.import.draft"
local lists = require "postoffice.lists"
local notes = require "postoffice.import.notes"
local remembering = require "postoffice.import.remembering"
local smtp = require "postoffice.import.smtp"
local visible = require "postoffice.text.visible".all

local site = {}

local Site = {}
Site.__index = Site

local STEPS = 10 -- from one domain to the next
--- The pattern and the template of all that is in a domain.
site.WHOLE = "SMTP:{user}@%s"

-- ---- Texts -------------------------------------------------------------------

--- The local part and the domain of an address; nil where it has none.
-- @string address
-- @treturn string|nil
-- @treturn string
function site.split(address) return address:match "^(.*)@([^@]*)$" end

--- A domain as it is compared.
-- @function site.fold
-- @string domain
-- @treturn string
site.fold = remembering(function(domain) return domain_text.fold(domain) or domain:lower() end)

--- The address of a text that `plain` made.
-- @string text
-- @treturn string
function site.bare(text) return (text:gsub("^SMTP:", "")) end

--- An address in a pattern or template, whose letters are all meant.
-- @string text
-- @treturn string
function site.literal(text) return (text:gsub("[*?{}\\]", "\\%0")) end

--- What the value of a map makes of a local part: one that is a `@domain` keeps it.
-- @string value
-- @string localpart
-- @treturn string an address
function site.made_by(value, localpart)
  return value:sub(1, 1) == "@" and localpart .. value or value
end

--- The texts that an entry's mail goes on to, and the field's name.
-- @tparam table item
-- @treturn {string,...}
-- @treturn string
function site.targets_of(item)
  local fields = item.fields
  return fields.members or fields.targets or { fields.target }, fields.members and "members"
    or fields.targets and "targets" or "target"
end

local split, fold = site.split, site.fold

-- ---- Sites -------------------------------------------------------------------

-- The domain of names without one: the first local one.
local function main_domain(given)
  for _, row in ipairs(given.locals) do
    if smtp.is_domain(row.key) then return row.key end
  end
end

--- Begins to make a policy of what was read.
-- @tparam table given is changed
-- @tparam {string,...} heading
-- @treturn table the site
function site.begin(given, heading)
  local self = setmetatable(given, Site)
  self.draft = draft.new(heading)
  self.main = main_domain(given)
  self.domains, self.ours, self.others, self.whole, self.apart = {}, {}, {}, {}, {}
  self.named, self.wildcards, self.plussed = {}, {}, {}
  self.connectors, self.entries, self.wholes, self.caught, self.gone = {}, {}, {}, {}, {}
  self.owns, self.kept, self.unqualified, self.pinned, self.unextended = {}, {}, {}, {}, {}
  self.catches, self.catching, self.by_name = {}, {}, {}
  for _, name in ipairs { "refused", "sender_relayhosts", "sender_transports", "access" } do
    self[name] = self[name] or {}
  end
  self.default_spaces, self.carried, self.empty = {}, {}, {}
  return self
end

--- The domains that a name without one is in, when senders are looked up.
-- @treturn {string,...}
function Site:sender_domains()
  local names = {}
  for _, own in ipairs(self.locals) do names[fold(own.key)] = smtp.is_domain(own.key) or nil end
  if self.origin and smtp.is_domain(self.origin) then names[fold(self.origin)] = true end
  return lists.keys(names)
end

--- Remembers that something may be said of addresses in a domain.
-- @string domain
function Site:name_domain(domain) self.named[fold(domain)] = true end

--- Begins a part of the policy, with the notes that belong to it.
-- @string part
-- @string title
function Site:part(part, title)
  self.draft:part(part, title)
  for _, note in ipairs(self.notes[part] or {}) do self.draft:note(note[1], note[2], note[3]) end
end

--- Notes of a row what could not be carried over.
-- @tparam table row
-- @string why
-- @string[opt] of what in its value, empty for all of it
function Site:note(row, why, of)
  self.draft:note(row.where, notes.text_of(row), why, of)
end

-- An address without the marks around it.
local function unmarked(text)
  if not text:find "^[<\\]" then return text end
  return (text:gsub("^<(.*)>$", "%1"):gsub("^\\", ""))
end

--- An address as it is written, at the origin if it has no domain; nil if nobody knows that.
-- @string text
-- @treturn string|nil
function Site:qualify(text)
  text = unmarked(text)
  if split(text) then return text end
  local origin = self.origin or self.main
  return origin and text .. "@" .. origin
end

--- The same of an address that mail goes on to: in the first local domain if there are several.
-- @string text
-- @treturn string|nil
function Site:complete_value(text)
  local address = self:qualify(text)
  return address and self:complete(address)
end

--- An address with its domain, in the first local one if there are several and nothing else is said of
-- it or of all in its own; nil if nobody knows.
-- @string text
-- @treturn string|nil
function Site:complete(text)
  text = unmarked(text)
  local localpart, domain = split(text)
  if not localpart then return self.main and text .. "@" .. self.main end
  local folded, first = fold(domain), localpart .. "@" .. (self.main or "")
  local is_other = self.others[folded] and not self.catches[folded]
  local is_apart = self.apart[text:lower()] or self.pinned[first:lower()]
  return is_other and not is_apart and first or text
end

-- Whether an address in a local domain but the first is no more than another one of a user's.
local function is_free(self, address, domain)
  return self.others[domain] and not self.catches[domain] and not self.apart[address:lower()]
end

--- The addresses of a user that no row of a table takes: that in the first local domain, or else those in
-- the others.
-- @string name
-- @treturn {string,...} one at least
function Site:places_of(name)
  local first, list = name .. "@" .. self.main, {}
  for _, own in ipairs(self.pinned[first:lower()] and self.locals or {}) do
    local other = name .. "@" .. own.key
    if is_free(self, other, fold(own.key)) then list[#list + 1] = other end
  end
  return list[1] and list or { first }
end

--- The addresses of which a row about a name is: those that no row about an address or about all of a
-- domain is asked for before, and that are no other names of the first.
-- @string name
-- @treturn {string,...} one at least
function Site:places_of_name(name)
  local first = name .. "@" .. self.main
  local is_pinned = self.pinned[first:lower()]
  local list = is_pinned and {} or { first }
  for _, own in ipairs(is_pinned and self.locals or self.catching) do
    local other = name .. "@" .. own.key
    local is_asked = self.others[fold(own.key)] and not self.apart[other:lower()]
    if is_asked then list[#list + 1] = other end
  end
  return list[1] and list or { first }
end

--- The address of the user whose name an address in a local domain has; nil if it is in none.
-- @string address
-- @treturn string|nil
function Site:user_of(address)
  local localpart, domain = split(address)
  local folded = domain and fold(domain)
  local is_local = folded and self.main and (self.others[folded] or folded == fold(self.main))
  return is_local and self:places_of(localpart)[1] or nil
end

--- Keeps keys of a table apart that say a local domain but the first: they are about that one alone.
-- @tparam {table,...} rows
function Site:keep_apart(rows)
  for _, row in ipairs(rows) do
    local _, domain = split(row.key)
    if domain and self.others[fold(domain)] then self.apart[row.key:lower()] = true end
  end
end

--- The address without its extension.
-- @string address
-- @treturn string
function Site:without_extension(address)
  if not self.delimiter then return address end
  local localpart, domain = split(address)
  if not localpart then return address end
  local at = localpart:find("[" .. self.delimiter:gsub("%W", "%%%0") .. "]", 2)
  return at and localpart:sub(1, at - 1) .. "@" .. domain or address
end

--- Whether a domain is one whose people are all listed.
-- @string domain
-- @treturn boolean
function Site:is_ours(domain) return self.ours[fold(domain)] ~= nil end

--- Declares a domain, if it is one and was not declared.
-- @tparam table row
-- @tparam table fields
-- @treturn table|nil what was declared
function Site:add_domain(row, fields)
  local name = row.key
  if self.domains[fold(name)] then return nil end
  if not smtp.is_domain((name:gsub("^%*%.", ""))) then
    self:note(row, "this is no domain")
    return nil
  end
  self:name_domain(name)
  self.domains[fold(name)] = self.draft:declare("domain", name, fields)
  return self.domains[fold(name)]
end

-- What a map makes of an address that it has without its extension, which goes on unless its rule leaves
-- it off; or nil.
local function look_up_extended(self, map, address)
  local base = self:without_extension(address)
  local made = base ~= address and map[base:lower()]
  if not made or self.unextended[base:lower()] then return made or nil end
  local extension = split(address):sub(#split(base) + 1)
  local user, domain = split(made)
  return user:find '^"' and made or user .. extension .. "@" .. domain
end

--- What a map of addresses and @domains makes of an address, with or without its extension, or of its domain.
-- @tparam table map by keys in lower case
-- @string address
-- @treturn string|nil
function Site:look_up(map, address)
  local localpart, domain = split(address)
  local made = map[address:lower()] or look_up_extended(self, map, address)
    or domain and map["@" .. fold(domain)]
  return made and site.made_by(made, localpart)
end

-- What a canonical map makes of an address; nil if it leaves it as it is.
local function rewritten(self, address)
  if next(self.rewritten) == nil then return nil end
  local made = self:look_up(self.rewritten, address)
  return made and made:lower() ~= address:lower() and made or nil -- the same excepts it from others
end

--- Whether the server rewrites an address before it looks for whose it is.
-- @string address
-- @treturn boolean
function Site:is_rewritten(address) return rewritten(self, address) ~= nil end

-- Where an address that nobody has goes by a rule for its whole domain, or nil.
local function by_domain(self, address)
  local localpart, domain = split(address)
  local whole = self.whole[fold(domain)]
  return whole and (whole.address or whole.domain and localpart .. "@" .. whole.domain)
end

-- Who has an address, with or without its extension, or nil.
local function owner_of(self, address)
  local owner = self.draft:owner(address)
  if owner or not self.delimiter then return owner end
  return self.draft:owner(self:without_extension(address))
end

--- Follows an address over all rules to an entry, with or without its extension.
-- @string address
-- @treturn string|nil the entry's name
-- @treturn string|nil where the rules end; nil if they do not, or nobody is left there
-- @treturn boolean|nil whether somebody caught it who gets all of a domain, or the rules do not end
function Site:follow(address)
  local is_caught, domain = false, address:match "@([^@]*)$"
  if domain and not self.named[fold(domain)] then return nil, address, false end
  for _ = 1, STEPS do
    local made = rewritten(self, address)
    if not made then
      address = self:complete(address)
      made = rewritten(self, address)
    end
    local owner = not made and owner_of(self, address)
    if owner and self.gone[owner] then return nil end
    if owner then return owner, address, is_caught end
    local goes_on = made or by_domain(self, address)
    if not goes_on then return nil, address, is_caught end
    is_caught = is_caught or not made and self.whole[fold(select(2, split(address)))].address ~= nil
    address = goes_on
  end
  return nil, nil, true
end

--- Whether mail for all of a domain, or of those below one, has a way.
-- @string name of a domain, `*.` before it for those below
-- @treturn boolean
function Site:is_carried(name)
  local key = fold(name):gsub("^%*", "")
  while key do
    if self.carried[key] then return true end
    key = key:match "^%.?[^.]+(%..+)$"
  end
  return self.carried["*"] ~= nil
end

--- Whether mail for an address, with or without its extension, has a way.
-- @string address
-- @treturn boolean
function Site:has_way(address)
  local _, domain = split(address)
  return self.carried[address:lower()] or self.carried[self:without_extension(address):lower()]
    or self:is_carried(domain)
end

--- Whether somebody gets what is sent to an address, as far as the site knows.
-- @string address
-- @treturn boolean
function Site:is_known(address)
  local owner, final = self:follow(address)
  if owner or not final then return owner ~= nil end
  local localpart, domain = split(final)
  if not self:is_ours(domain) then return self:has_way(final) end
  return self.whole[fold(domain)] ~= nil
    or self.plussed[fold(domain)] ~= nil and localpart:find("+", 1, true) ~= nil
end

--- The extension that is left off of an address to find who has it; empty if none is.
-- @string address
-- @treturn string with its separator
function Site:extension_of(address)
  if self.draft:owner(address) then return "" end
  return split(address):sub(#split(self:without_extension(address)) + 1)
end

--- Where the mail goes on of an entry that an address finds, with the extension that is left off for it
-- unless a target has its own.
-- @tparam table item
-- @string address
-- @treturn {string,...} as the entry has its targets
function Site:targets_for(item, address)
  local list = {}
  local extension = self.propagate and not item.fields.members and self:extension_of(address) or ""
  for i, text in ipairs((site.targets_of(item))) do
    local target = site.bare(text)
    local user, domain = split(target)
    local may_have = not user:find '^"' and self:without_extension(target) == target
    list[i] = user .. (may_have and extension or "") .. "@" .. domain
  end
  return list
end

-- Why an entry for an address cannot be; nil where it can.
local function fault_of(self, address, fields)
  if self:is_rewritten(address) then
    return "a canonical map rewrites this address before anybody looks for it"
  end
  local localpart, domain = split(address)
  if fields.refuse and localpart:lower() == "postmaster" and domain and self:is_ours(domain) then
    return "every domain has a postmaster, who gets mail (RFC 5321 4.5.1)"
  end
end

--- Adds an entry for an address, unless somebody has it.
-- @tparam table row
-- @string address
-- @tparam table fields
-- @string[opt] remark
-- @treturn table|nil the entry
function Site:add(row, address, fields, remark)
  local fault = fault_of(self, address, fields)
  if fault then return self:note(row, fault) end
  local localpart, domain = split(address)
  local is_main = self.main and domain and fold(domain) == fold(self.main)
  local name = visible(is_main and localpart or address)
  if #name > draft.LONGEST_NAME then name = "an address too long to name" end
  name = self.draft:unique("entry", name)
  local good, why = self.draft:claim(address, name)
  if not good then return self:note(row, why) end
  self:name_domain(domain)
  local is_long = type(fields.refuse) == "string" and #fields.refuse > draft.LONGEST_TEXT
  if is_long then fields.refuse = true end
  self.gone[name] = fields.refuse and true
  fields.proxies = { smtp.plain(address) }
  local item = self.draft:declare(fields.members and "list" or "recipient", name, fields, remark)
  item.row, item.to = row, { targets = {}, said = {} } -- what its row says, for notes
  self.entries[#self.entries + 1] = item
  self.by_name[name] = item
  return item
end

return site
