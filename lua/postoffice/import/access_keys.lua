--- Whom the keys of access tables are about (access(5)), as patterns.
--
-- Somebody is looked up whole, without his extension, by his domain and those around it, and by his local
-- part, likewise; what is found first decides.  sendmail (cf/README) leaves no extension off, and looks
-- for the local part before the domain.
-- @module postoffice.import.access_keys

local hops = require "postoffice.import.hops"
local literal = require "postoffice.import.site".literal
local smtp = require "postoffice.import.smtp"
local visible = require "postoffice.text.visible".all

local NULL = "<>" -- smtpd_null_access_lookup_key

local ANYWHERE = "a.example" -- in place of a domain

-- How late senders are looked up: as those with an extension, as those who may have any, and so on; a
-- domain the later, the fewer labels it has.
local EXTENDED, WHOLE, EXACT_USER, DOMAIN, EXTENDED_USER, USER = 1, 2, 3, 1000, 2000, 2001

-- Of an address; `ranks` are those with an extension and without, or `exact`.
local function address_subjects(self, address, ranks)
  if not smtp.key(address) or visible(address) ~= address then return {} end
  if ranks.exact then
    return { { rank = ranks.exact, patterns = { "SMTP:" .. literal(address) } } }
  end
  local patterns, has_extension = hops.patterns_of(self, address)
  return { { rank = has_extension and ranks[1] or ranks[2], patterns = patterns } }
end

-- Of a user of any domain.
local function user_subjects(self, user, is_exact)
  local subjects = address_subjects(self, user .. "@" .. ANYWHERE,
    { EXTENDED_USER, USER, exact = is_exact and EXACT_USER })
  local patterns = subjects[1] and subjects[1].patterns or {}
  for i, text in ipairs(patterns) do patterns[i] = text:sub(1, -#ANYWHERE - 1) .. "*" end
  return subjects
end

-- Of a domain, and of those below it.
local function domain_subjects(self, key)
  if key:find "^%[.*%]$" and smtp.key("x@" .. key) then
    return { { rank = DOMAIN, patterns = { "SMTP:*@" .. key } } }
  end
  local below = key:match "^%.(.+)$"
  local name = below or key
  local is_asked = not below or not self.has_parents
  if not (is_asked and smtp.is_domain(name)) then return {} end
  local patterns = {}
  if not below then patterns[1] = "SMTP:*@" .. name end
  if below or self.has_parents then patterns[#patterns + 1] = "SMTP:*@*." .. name end
  local _, dots = name:gsub("%.", "")
  return { { rank = DOMAIN - dots, patterns = patterns } }
end

--- Who is looked up by a key.
-- @tparam table self a site
-- @string key
-- @tparam table step the table's: its `subject`, who is looked up in it, a `sender` or a `recipient`, and
--   `is_exact`, whether sendmail looks
-- @treturn {table,...} each `patterns`, none for bounces, which `is_null` says, and the `rank`: those of
--   a lower one are looked up first; none if nobody is
local function subjects_of(self, key, step)
  local is_exact = step.is_exact
  if key == NULL and step.subject == "sender" and not is_exact then
    return { { rank = WHOLE, patterns = {}, is_null = true } }
  end
  local user = key:match "^(.+)@$"
  if user then return user_subjects(self, user, is_exact) end
  if key:find("@", 1, true) then
    return address_subjects(self, key, { EXTENDED, WHOLE, exact = is_exact and WHOLE })
  end
  return domain_subjects(self, key)
end

return subjects_of
