--- Senders whom a rule for many would give an address that is somebody else's here: they stay as they
-- are, by exceptions before it.
-- @module postoffice.import.own_senders

local site = require "postoffice.import.site"
local visible = require "postoffice.text.visible".all

local split, fold, literal = site.split, site.fold, site.literal

-- The addresses that somebody has in a domain.
local function addresses_in(self, domain)
  if not self.addresses_by_domain then
    local by_domain = {}
    for _, address in ipairs(self.draft:addresses()) do
      local folded = fold(select(2, split(address)))
      by_domain[folded] = by_domain[folded] or {}
      table.insert(by_domain[folded], address)
    end
    self.addresses_by_domain = by_domain
  end
  return self.addresses_by_domain[fold(domain)] or {}
end

-- What a rule with one capture makes of an address; nil where it is not about it.
local function made_of(pattern, to, address)
  local before, name = pattern:match "^SMTP:(.-)(%b{})@"
  local localpart, first = split(address), before and before:gsub("\\(.)", "%1"):lower()
  if not first or localpart:sub(1, #first):lower() ~= first then return nil end
  local rest = localpart:sub(#first + 1)
  if rest == "" or localpart:find '^"' then return nil end
  local head, tail = to:match("^SMTP:(.-)" .. name .. "(.*)$")
  return head and (head .. "\0" .. tail):gsub("\\(.)", "%1"):gsub("%z", (rest:gsub("%%", "%%%%")))
end

local STAYS = '"%s" has what this makes of %s, who stays so'

--- Declares exceptions from a rule for senders, unless rules before take them.
-- @tparam table self a site whose entries are all there
-- @tparam table row of the rule
-- @string pattern with one capture at most
-- @string to
-- @tparam function is_taken of an address: whether a rule before is about it
local function own_senders(self, row, pattern, to, is_taken)
  for _, address in ipairs(addresses_in(self, pattern:match "[^@]*$")) do
    local made = made_of(pattern, to, address)
    local other = made and self.draft:owner(made)
    if other and other ~= self.draft:owner(address) and not is_taken(address) then
      local same = "SMTP:" .. literal(address)
      self.draft:declare("rewrite_sender", same, { to = same })
      self:note(row, STAYS:format(visible(other), visible(address)))
    end
  end
end

return own_senders
