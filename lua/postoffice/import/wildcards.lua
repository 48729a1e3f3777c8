--- Rules for what sendmail's virtusertable has in place of names (proto.m4, cf/README).
--
-- A key `user++@domain` takes every extension of a user that is not empty, `user+*@domain` an empty one,
-- too; `++@domain` and `+*@domain` those of all users whom no other row has.  In a value `%1` is the
-- user, `%2` the extension and `%3` the same with its plus; `@domain` takes all who are left.
-- @module postoffice.import.wildcards

local postmap = require "postoffice.text.postmap"
local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"

local wildcards = {}

local split, fold, literal = site.split, site.fold, site.literal

-- What may follow a user: how a pattern has it, and what stands for %2 and %3 then.
local SOME = { "+{detail}", "{detail}", "+{detail}" }
local EMPTY = { "+", "", "+" }
local NONE = { "", "", "" }

-- By the signs of a key, what may follow, and how late it is looked up.
local SIGNS = {
  ["++"] = { SOME, rank = 1 }, ["+*"] = { SOME, EMPTY, rank = 2 },
  [""] = { SOME, EMPTY, NONE, rank = 3 },
}

-- What `entries` does itself: users of one domain that are those of another.
local SAME_USER = "^%%1%%?3?@[^%%]+$"

-- The user, who is empty for all, the signs and the domain of a key; nil where it takes one address.
local function read_key(self, row)
  local localpart, domain = split(self:complete(row.key) or "")
  if not localpart then return nil end
  local user, signs = localpart:match "^(.-)(%+[+*])$"
  if user then return user, signs, domain end
  if not row.value:find "%%%d" or localpart == "" and row.value:find(SAME_USER) then return nil end
  return localpart, "", domain
end

-- A value with what stands for its parameters.
local function fill(value, user, tail)
  local given = { ["1"] = user, ["2"] = tail[2], ["3"] = tail[3] }
  return (literal(value):gsub("%%(%d)", function(number) return given[number] or "" end))
end

-- Why a row is no rule, and whether its value is to blame; or nil.
local function fault_of(row, domain)
  if not smtp.is_domain(domain) then return "the key is no domain" end
  if postmap.refusal(row.value) then
    return "it refuses whom no other row has: write on.recipient for it", ""
  end
  local texts = postmap.split(row.value)
  if not texts or #texts ~= 1 or postmap.kind(texts[1]) ~= "address" then
    return "its value is more than an address: say it by a rewrite of a list", ""
  end
end

-- Where %1 alone, who is the user of that name here, is no parameter: of one user it is that name, and of all who
-- are left in the domain where names are completed it says what is so anyway.
local function names_user(self, row, user, domain)
  if user == "" then return fold(domain) == fold(self.main or "") end
  if not user:find "^[%w_.-]+$" then return false end
  row.value = user
  return true
end

--- Takes a row of virtusertable that is for more than one address, or has parameters in its value.
-- @tparam table self a site
-- @tparam table row
-- @treturn boolean whether it was taken, or noted
function wildcards.takes(self, row)
  local user, signs, domain = read_key(self, row)
  if not user then return false end
  if signs == "" and row.value == "%1" and names_user(self, row, user, domain) then
    return user == ""
  end
  local why, of = fault_of(row, domain)
  if why then
    self:note(row, why, of)
    return true
  end
  self:name_domain(domain)
  self.plussed[fold(domain)] = true
  if user == "" and signs == "" then self.whole[fold(domain)] = self.whole[fold(domain)] or {} end
  local how = SIGNS[signs]
  table.insert(self.wildcards, {
    row = row, user = user, domain = domain, tails = how, at = #self.wildcards,
    rank = how.rank + (user == "" and #SIGNS[""] or 0), is_plussed = signs ~= "",
  })
  return true
end

local function by_rank(a, b)
  if a.rank ~= b.rank then return a.rank < b.rank end
  return a.at < b.at
end

-- Whether a pattern or a template is of addresses.
local function is_template(text)
  return smtp.key((text:gsub("^SMTP:", ""):gsub("[{}\\]", ""))) ~= nil
end

-- Adds the rules of a row, of those that no row before has; or says why it has none.
local function add_rules(self, found, seen, rules)
  local user = found.user == "" and "{user}" or literal(found.user)
  local value, count = self:complete_value(found.row.value), #rules
  for _, tail in ipairs(found.tails) do
    local pattern = ("SMTP:%s%s@%s"):format(user, tail[1], found.domain)
    local to = value and fill(value, user, tail)
    if not is_template(pattern) then
      return self:note(found.row, "a user in quotes has no extensions here")
    elseif not to or not is_template(to) then
      return self:note(found.row, "it makes no address: say it by a rewrite", "")
    elseif not seen[pattern:lower()] then
      seen[pattern:lower()] = true
      rules[#rules + 1] = { pattern, "SMTP:" .. to }
    end
  end
  if #rules == count then self:note(found.row, "a row before it takes all of its addresses") end
end

--- The rules of all rows that were taken, those first that are looked up first.
-- @tparam table self a site whose entries are all there
-- @treturn {table,...} each a pattern and a template
function wildcards.rules(self)
  local rules, seen = {}, {}
  table.sort(self.wildcards, by_rank)
  for _, found in ipairs(self.wildcards) do
    local owner = found.user ~= "" and self.draft:owner(found.user .. "@" .. found.domain)
    if owner then
      self:note(found.row, ('"%s" gets its extensions, and is asked for first'):format(owner))
    else
      add_rules(self, found, seen, rules)
    end
  end
  return rules
end

return wildcards
