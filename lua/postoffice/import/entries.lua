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
}

-- The address that a destination is: one with a backslash is a mailbox of this host.
local function target_of(self, kind, text)
  if kind == "local" then return self:complete(text) end
  return self:complete_value(text)
end

-- What a value's destinations are: targets, whether its own mailbox is one, what the host has to do
-- itself, and how targets are written.  An address that is not ours goes on by its own target.
local function destinations(self, row, address)
  local is_here = self:is_ours(select(2, split(address)))
  local texts, message = postmap.split(row.value)
  if not texts then return nil, message end
  local targets, is_kept, left, said = {}, false, {}, {}
  for _, text in ipairs(texts) do
    local kind = postmap.kind(text)
    local target = not HERE[kind] and target_of(self, kind, (text:gsub('^"(.*)"$', "%1")))
    if HERE[kind] then
      left[#left + 1] = HERE[kind]
      self.draft:note(row.where, text, HERE[kind] .. ", which only the server of this mailbox can",
        text)
    elseif not target or not is_address(target) then
      self:note(row, ('"%s" is no address'):format(text), text)
    elseif is_here and (target:lower() == address:lower() or kind == "local") then
      is_kept = true
    else -- an entry's own address needs its type: without, it is the entry's name, and its mailbox
      local is_own = target:lower() == address:lower()
      targets[#targets + 1] = is_own and "SMTP:" .. target or plain(target)
      said[targets[#targets]] = text
    end
  end
  return targets, is_kept or #left > 0, left, said
end

-- The fields of an entry with these targets.
local function fields_of(targets, is_kept)
  if #targets == 0 then return {} end
  local fields = #targets == 1 and { target = targets[1] } or { targets = targets }
  fields.keep = is_kept or nil
  return fields
end

local function add_forward(self, row, address, owner)
  local targets, is_kept, left, said = destinations(self, row, address)
  if not targets then return self:note(row, is_kept, "") end
  if #targets == 0 and not is_kept then return end
  local fields = fields_of(targets, is_kept)
  if owner and #targets > 0 and not is_kept then fields = { members = targets, owner = owner } end
  local item = self:add(row, address, fields, #left > 0 and table.concat(left, ", ") or nil)
  if item then item.said = said end
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
  local target = #texts == 1 and self:complete_value(texts[1])
  if not target or target:find "%%%d" or not is_address(target) then
    return self:note(row, #texts > 1 and "several get all of a domain: make a list, and its name"
      .. " the domain's catchall" or "say it by a rewrite", "")
  end
  self.whole[fold(domain)] = { address = target }
  local declared = self.ours[fold(domain)] and self.domains[fold(domain)]
  if declared then
    declared.fields.catchall = plain(target)
    self.caught[#self.caught + 1] = { row = row, declared = declared, target = target }
  else
    self.wholes[#self.wholes + 1] = { WHOLE:format(domain), "SMTP:" .. literal(target) }
  end
end

local function add_virtual(self, row)
  local domain = row.key:match "^@(.+)$"
  local refusal = postmap.refusal(row.value)
  if refusal == false then return self:note(row, notes.LATER, "") end
  if domain and refusal then return self:note(row, "what nobody has is refused anyway") end
  if self.has_wildcards and wildcards.takes(self, row) then return end
  if domain then return add_whole(self, row, domain) end
  if not row.key:find("@", 1, true) and self.ours[fold(row.key)] then return end -- a domain of ours
  local address = self:complete(row.key)
  if not address then return self:note(row, "the name has no domain") end
  if refusal then return self:add(row, address, { refuse = refusal }) end
  add_forward(self, row, address)
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

local function add_alias(self, row, owner)
  if self.has_wildcards and row.key:find "%+%*$" and wildcards.takes(self, row) then return end
  local address = self:complete(row.key)
  if not address or not is_address(address) then
    return self:note(row, "the name is no address here")
  end
  add_forward(self, row, address, owner and plain(self:complete(owner)))
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

-- Mailboxes for the accounts that others name.
local function add_account(self, row, address)
  if self:is_known(address) then return end
  local base = self:without_extension(self:complete(address))
  local localpart, domain = split(base)
  if fold(domain) ~= fold(self.main or "") then return end
  self:add({ key = localpart, value = "", where = row.where }, base, {})
end

local function add_accounts(self)
  for _, row in ipairs(self.accounts) do
    local address = self:complete(row.key)
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
  for _, row in ipairs(self.refused) do self:add(row, row.key, { refuse = row.text }) end
  for _, row in ipairs(self.relocated) do add_relocated(self, row) end
  for _, row in ipairs(self.virtual) do add_virtual(self, row) end
  add_aliases(self)
  for _, row in ipairs(self.mailboxes) do add_mailbox(self, row) end
  add_accounts(self)
end

-- Whether a domain of ours lacks a postmaster.
local function lacks_postmaster(self, item)
  if item.fields.kind or item.name:sub(1, 2) == "*." then return false end
  local folded = fold(item.name)
  local has_rule = self.whole[folded] or self.rewritten["@" .. folded]
  if self.others[folded] and not has_rule then return false end -- it is another name of the first
  local address = "postmaster@" .. item.name
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
  self.draft:declare("recipient", self.draft:unique("entry", "Postmasters"), {
    proxies = missing, target = is_target and home or nil,
  })
end

return entries
