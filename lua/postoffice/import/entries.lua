--- Entries for what virtual(5), aliases(5), virtusertable and their like say.
-- @module postoffice.import.entries

local notes = require "postoffice.import.notes"
local postmap = require "postoffice.text.postmap"
local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"
local wildcards = require "postoffice.import.wildcards"

local entries = {}

local STEPS = 10 -- from one domain to the next

local split, fold, bare, literal = site.split, site.fold, site.bare, site.literal
local targets_of, WHOLE = site.targets_of, site.WHOLE
local is_address, is_domain, plain = smtp.key, smtp.is_domain, smtp.plain


local PLUSSED = "SMTP:{user}+*@%s" -- who has an extension in sendmail

local HERE = {
  command = "runs a command", file = "writes a file", include = "reads its addresses from a file",
  blackhole = "throws mail away",
}

local SPREAD = "Postfix asks for names without a domain before; these are too many to say so here"

local FIRST = "by %s what aliases name, and mail in the other local domains, is the users';"
  .. " here this one gets that of users without a row"

local USER = "%s is the user of that name by %s; here a row of that name goes before"

-- Who asked these tables.
local function server_of(self) return self.has_wildcards and "sendmail" or "Postfix" end

-- Whether a row takes a user's mail before the user does: one about the name, or one about the address
-- of a user who has no other.
local function is_taken(self, user, own)
  if self.unqualified[split(user):lower()] then return true end
  return self.pinned[user:lower()] and user:lower() ~= own:lower()
end

-- The address that a destination is: one with a backslash is a mailbox of this host.  Postfix looks up no
-- more what an alias names in a local domain, nor a row's own address, nor does sendmail a name alone:
-- those are the users' of that name.
local function target_of(self, row, kind, text, own)
  if kind == "local" then
    local user = self:complete(text)
    return user and self:user_of(user) or user
  end
  local address = self:complete_value(text)
  local is_name = self.has_wildcards and not text:find("@", 1, true)
  local is_postfix = row.table == "alias_maps" or address and address:lower() == own:lower()
  local user = address and (is_name or is_postfix) and self:user_of(address)
  if user and (is_name or row.table) and is_taken(self, user, own) then
    self:note(row, USER:format(text, server_of(self)), text)
  end
  return user or address
end

-- Adds one of a value's destinations to those of an address.  One that is not ours goes on by its own
-- target, which needs its type: without, it is the entry's name, and its mailbox.
local function add_destination(self, row, text, address, to)
  local kind = postmap.kind(text)
  if HERE[kind] then
    to.left[#to.left + 1] = HERE[kind]
    return self.draft:note(row.where, text, HERE[kind] .. ", which only the server of this mailbox"
      .. " can", text)
  end
  local target = target_of(self, row, kind, (text:gsub('^"(%S*)"$', "%1")), address)
  if not target or not is_address(target) then
    return self:note(row, ('"%s" is no address'):format(text), text)
  end
  local is_own = target:lower() == address:lower()
  local is_user = kind == "local" and split(target):lower() == split(address):lower()
  if self:is_ours(select(2, split(address))) and (is_own or is_user) then
    to.keeps = true
  elseif kind == "local" and self.aliased[target:lower()] then
    self:note(row, ('"%s" is a mailbox without what its alias says'):format(text), text)
  else
    to.targets[#to.targets + 1] = is_own and "SMTP:" .. target or plain(target)
    to.said[to.targets[#to.targets]] = text
  end
end

-- A value's destinations for an address: `targets`, how they are written (`said`), what the host has to do
-- itself (`left`), and whether its own mailbox is one (`keeps`); nil if it cannot be read, as is noted.
local function destinations(self, row, address)
  local to = { targets = {}, said = {}, left = {}, keeps = false }
  local texts, message = postmap.split(row.value)
  if not texts then return self:note(row, message, "") end
  for _, text in ipairs(texts) do add_destination(self, row, text, address, to) end
  return to
end

-- The fields of an entry with these destinations, and what stands after it.
local function fields_of(to)
  local is_kept = to.keeps or #to.left > 0 or nil
  local remark = #to.left > 0 and table.concat(to.left, ", ") or nil
  if #to.targets == 0 then return {}, remark end
  if #to.targets > 1 then return { targets = to.targets, keep = is_kept }, remark end
  return { target = to.targets[1], keep = is_kept }, remark
end

-- Adds an entry that several addresses find.
local function add_at(self, row, places, fields, remark)
  local item = self:add(row, places[1], fields, remark)
  for i = 2, item and #places or 0 do
    if self.draft:claim(places[i], item.name) then
      table.insert(item.fields.proxies, plain(places[i]))
    end
  end
  return item
end

-- Adds an entry for a row that some addresses find; returns it, and whether it keeps its own mailbox
-- and no more than that.
local function add_forward(self, row, places, owner)
  local to = destinations(self, row, places[1])
  if not to then return nil end
  local fields, remark = fields_of(to)
  if #to.targets == 0 and not (to.keeps or remark) then return nil end
  if owner and fields.keep == nil and #to.targets > 0 then
    fields = { members = to.targets, owner = owner }
  end
  local item = add_at(self, row, places, fields, remark)
  if item then item.to = to end
  return item, to.keeps and not remark
end

-- Adds what an alias says to an entry that keeps a mailbox of that name: the alias is asked for its
-- mail then.
local function add_to(self, item, row, address)
  local to, fields = destinations(self, row, address), item.fields
  if not to then return end
  for i, text in ipairs(item.to.targets) do table.insert(to.targets, i, text) end
  for text, said in pairs(item.to.said) do to.said[text] = said end
  fields.target, fields.targets, fields.keep = nil, nil, nil
  local more, remark = fields_of(to)
  for name, value in pairs(more) do fields[name] = value end
  item.remark, item.to = remark, to
end

-- ---- Whole domains -----------------------------------------------------------

-- Whether a domain's rules lead to another one.
local function leads_to(self, from, domain)
  for _ = 1, STEPS do
    local folded = fold(from)
    if folded == fold(domain) then return true end
    local whole = self.whole[folded]
    local goes_on = whole and whole.domain or self.others[folded] and self.main
      or (self.rewritten["@" .. folded] or ""):match "^@(.*)$"
    if not goes_on then return false end
    from = goes_on
  end
  return true
end

-- Who gets all of a domain: an address of that very domain is not looked up again, but is the user's.
local function caught_by(self, text, domain)
  local address = self:complete_value(text)
  local is_own = address and fold(select(2, split(address))) == fold(domain)
  return is_own and not self.apart[address:lower()] and self:user_of(address) or address
end

-- A rule for all of a domain whose addresses nobody has.
local function add_whole(self, row, domain)
  if not is_domain(domain) then return self:note(row, "the key is no domain") end
  if self.whole[fold(domain)] then return self:note(row, "it stands twice") end
  if self.rewritten["@" .. fold(domain)] then
    return self:note(row, "a canonical map rewrites this domain before anybody looks for it")
  end
  self:name_domain(domain)
  local texts = postmap.split(row.value) or {}
  local only = #texts == 1 and texts[1] or ""
  local other = only:match "^@(.+)$" or only:match "^%%1@([^%%]+)$" or only:match "^%%1%%3@(.+)$"
  if other and is_domain(other) and leads_to(self, other, domain) then
    return self:note(row, "it leads back here", "")
  elseif other and is_domain(other) then
    self.whole[fold(domain)] = { domain = other }
    if only:find "^%%1@" then -- without the extension
      self.wholes[#self.wholes + 1] = { PLUSSED:format(domain), WHOLE:format(other) }
    end
    self.wholes[#self.wholes + 1] = { WHOLE:format(domain), WHOLE:format(other) }
    return
  end
  local target = #texts == 1 and caught_by(self, texts[1], domain)
  if not target or target:find "%%%d" or not is_address(target) then
    return self:note(row, #texts > 1 and "several get all of a domain: make a list, and its name"
      .. " the domain's catchall" or "say it by a rewrite", "")
  end
  self.whole[fold(domain)] = { address = target }
  local declared = self.ours[fold(domain)] and self.domains[fold(domain)]
  local is_first = fold(domain) == fold(self.main or "")
  if is_first and (next(self.others) or #self.aliases > 0) then
    self:note(row, FIRST:format(server_of(self)))
  end
  if self.is_short and self.catches[fold(domain)] then self:note(row, SPREAD) end
  if declared then
    declared.fields.catchall = plain(target)
    self.caught[#self.caught + 1] = { row = row, declared = declared, target = target }
  else
    self.wholes[#self.wholes + 1] = {
      WHOLE:format(domain), "SMTP:" .. literal(target), row = row, target = target, domain = domain,
    }
  end
end

-- What becomes of a row that refuses all others of a domain.
local function refused_of(self, domain)
  local is_main = fold(domain) == fold(self.main or "")
  return is_main and "here its aliases and users are not refused, who are by sendmail"
    or "what nobody has is refused anyway"
end

-- Whether a row of a virtual table is about a name, and not about an address or a domain.
local function is_about_name(row) return not row.key:find("@", 1, true) end

-- Whether a row says no more than that an address is its own.
local function is_own_name(self, row, address)
  local texts = postmap.split(row.value) or {}
  local user = self:user_of(address) or address
  local is_here = self:is_ours(select(2, split(address))) and user:lower() == address:lower()
  if #texts ~= 1 or not is_here then return false end
  local target = self:complete_value(texts[1]) or ""
  local is_user = is_about_name(row) and not self.apart[target:lower()]
  return target:lower() == address:lower()
    or is_user and (self:user_of(target) or ""):lower() == address:lower()
end

local function add_virtual(self, row)
  local domain = row.key:match "^@(.+)$"
  local refusal = postmap.refusal(row.value)
  if refusal == false then return self:note(row, notes.LATER, "") end
  if domain and refusal then return self:note(row, refused_of(self, domain)) end
  if self.has_wildcards and wildcards.takes(self, row) then return end
  if domain then return add_whole(self, row, domain) end
  local is_name = is_about_name(row)
  if is_name and self.ours[fold(row.key)] then return end -- a domain of ours
  local address = self:complete(row.key)
  if not address then return self:note(row, "the name has no domain") end
  if refusal then return self:add(row, address, { refuse = refusal }) end
  if is_own_name(self, row, address) then
    return table.insert(self.owns, { row = row, address = address, is_name = is_name })
  end
  local places = is_name and self:places_of_name(row.key) or { address }
  local item, is_kept = add_forward(self, row, places)
  if item and is_kept then self.kept[places[1]:lower()] = item end
end

-- Adds what virtual tables say: names are asked for after addresses.
local function add_virtuals(self)
  for _, row in ipairs(self.virtual) do
    if not is_about_name(row) then add_virtual(self, row) end
  end
  for _, row in ipairs(self.virtual) do
    if is_about_name(row) then add_virtual(self, row) end
  end
end

-- Adds mailboxes of rows that only say that an address is its own, unless an alias has said more; names,
-- in the local domains of which somebody gets all others, too.
local function add_owns(self)
  for _, own in ipairs(self.owns) do
    if not self.draft:owner(own.address) then
      self:add(own.row, own.address, {})
    elseif self.unqualified[split(own.address):lower()] and not own.is_name then
      self:note(own.row, USER:format(own.row.value, server_of(self)))
    end
    for _, place in ipairs(own.is_name and self.catching or {}) do
      local address = split(own.address) .. "@" .. place.key
      if not self.draft:owner(address) then
        self:add(own.row, address, { target = plain(own.address) })
      end
    end
  end
end

-- By name, who gets the bounces of a list: `owner-name` (aliases(5)).
local function owners_of(rows)
  local owners = {}
  for _, row in ipairs(rows) do
    local name = row.key:lower():match "^owner%-(.+)$"
    if name then owners[name] = row.key end
  end
  return owners
end

-- The name that an alias is of: sendmail takes the user of a local address; nil where no server asks for
-- the key.
local function alias_of(self, key)
  local name, domain = split(key)
  if not name then return key end
  if not self.has_wildcards then return nil end
  for _, own in ipairs(self.locals) do
    if fold(own.key) == fold(domain) then return name end
  end
end

local function add_alias(self, row, owner)
  local name = alias_of(self, row.key)
  if not name then return self:note(row, "aliases are asked for by the names of users alone") end
  if self.has_wildcards and name:find "%+%*$" and wildcards.takes(self, row) then return end
  local address = self:complete(name)
  if not address or not is_address(address) then
    return self:note(row, "the name is no address here")
  end
  local refusal = postmap.refusal(row.value)
  if refusal == false then return self:note(row, notes.LATER, "") end
  local places = self:places_of(name)
  if refusal then return add_at(self, row, places, { refuse = refusal }) end
  local before = self.kept[places[1]:lower()]
  if before then return add_to(self, before, row, places[1]) end
  add_forward(self, row, places, owner and plain(self:complete(owner)))
end

-- The addresses that have an alias.
local function aliased_by(self)
  local set = {}
  for _, row in ipairs(self.aliases) do
    local name = alias_of(self, row.key)
    local address = name and self:complete(name)
    if address then set[address:lower()] = true end
  end
  return set
end

local function add_aliases(self)
  local owners = owners_of(self.aliases)
  for _, row in ipairs(self.aliases) do add_alias(self, row, owners[row.key:lower()]) end
end

local function add_mailbox(self, row)
  local domain = row.key:match "^@(.+)$"
  if domain then
    local declared = self.domains[fold(domain)]
    self:name_domain(domain)
    if declared then declared.fields.kind = "relay" end
    self.whole[fold(domain)], self.ours[fold(domain)] = {}, nil
    return self:note(row, "everybody has this mailbox: the domain is passed on to its server")
  end
  local address = self:complete(row.key)
  if not address or not is_address(address) then return self:note(row, "this is no address") end
  if not self.draft:owner(address) then self:add(row, address, {}) end
end

-- ---- Accounts ----------------------------------------------------------------

-- A mailbox for an account, if nobody has its address.
local function add_account(self, row, address)
  if self:is_known(address) then return end
  local base = self:without_extension(self:complete(address))
  local user = self:user_of(base)
  if not user or user:lower() ~= base:lower() then return end
  if self.draft:owner(base) then return end -- whom mail is refused for
  local name = split(base)
  add_at(self, { key = name, value = "", where = row.where }, self:places_of(name), {})
end

local function add_accounts(self)
  for _, row in ipairs(self.accounts) do
    local address = self:complete(row.key)
    local is_name = not row.key:find("@", 1, true)
    if is_name and address and is_address(address) then address = self:user_of(address) end
    if address and is_address(address) then add_account(self, row, address) end
  end
  for i = 1, #self.entries do
    local item = self.entries[i]
    for _, text in ipairs((targets_of(item))) do add_account(self, item.row, bare(text)) end
  end
  for _, caught in ipairs(self.caught) do add_account(self, caught.row, caught.target) end
  for _, row in ipairs(self.canonical) do
    local address = not row.value:find "^@" and self:complete_value(row.value)
    if address and is_address(address) then add_account(self, row, address) end
  end
end

local function add_relocated(self, row)
  local address = self:complete(row.key)
  if address and not row.key:find "^@" then
    return self:add(row, address, { refuse = "has moved to " .. row.value })
  end
  self:note(row, "a whole domain has moved: declare it, without anybody in it")
end

--- Adds them, those that are looked up first before the others.
-- @tparam table self a site
function entries.add(self)
  self:part("people", "Who is here, and whose mail goes on.")
  self.aliased = aliased_by(self)
  for _, row in ipairs(self.refused) do self:add(row, row.key, { refuse = row.text }) end
  for _, row in ipairs(self.relocated) do add_relocated(self, row) end
  add_virtuals(self)
  add_aliases(self)
  add_owns(self)
  for _, row in ipairs(self.mailboxes) do add_mailbox(self, row) end
  add_accounts(self)
end

-- Whether a domain of ours lacks a postmaster.
local function lacks_postmaster(self, item)
  if item.fields.kind or item.name:sub(1, 2) == "*." then return false end
  local folded, address = fold(item.name), "postmaster@" .. item.name
  local has_rule = self.whole[folded] or self.rewritten["@" .. folded]
    or self.rewritten[address:lower()]
  if self.others[folded] and not has_rule then return false end -- it is another name of the first
  return not self.draft:owner(address) and not self:is_known(address)
end

--- Mailboxes of the postmasters that domains of ours have to have (RFC 5321 4.5.1).
-- @tparam table self a site
function entries.add_postmasters(self)
  local missing = {}
  for _, item in pairs(self.domains) do
    if lacks_postmaster(self, item) then
      missing[#missing + 1] = "postmaster@" .. item.name
    end
  end
  if #missing == 0 then return end
  table.sort(missing)
  local home = self.main and "postmaster@" .. self.main
  self:part("postmasters", "Every domain has a postmaster (RFC 5321 4.5.1); these had none.")
  local is_target = home and self.draft:owner(home) ~= nil
  local name = self.draft:unique("entry", "Postmasters")
  for _, address in ipairs(missing) do self.draft:claim(address, name) end
  self.draft:declare("recipient", name, { proxies = missing, target = is_target and home or nil })
end

return entries
