--- Rewrites for what canonical(5), generic(5) and their like say.
-- @module postoffice.import.rules

local chains = require "postoffice.import.chains"
local own_senders = require "postoffice.import.own_senders"
local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"
local visible = require "postoffice.text.visible".all
local wildcards = require "postoffice.import.wildcards"

local rules = {}

local STEPS = 10 -- as Postfix repeats canonical maps

local split, fold, literal, WHOLE = site.split, site.fold, site.literal, site.WHOLE
local is_address, is_domain = smtp.key, smtp.is_domain

-- By the word, how a row's key and value become addresses: of recipients all other local domains are the
-- first one by then, senders are seen as they are.
local COMPLETED = {
  rewrite = { key = "complete", value = "complete_value" },
  rewrite_sender = { key = "qualify", value = "qualify" },
}

-- The pattern and the template of a row of canonical(5) or generic(5); nil where it has none.
local function rule_of(self, word, row)
  local completed = COMPLETED[word]
  local domain, value = row.key:match "^@(.+)$", row.value
  local other = value:match "^@(.+)$"
  if domain then
    if not is_domain(domain) or other and fold(other) == fold(domain) then return nil end
    if other then return is_domain(other) and WHOLE:format(domain), WHOLE:format(other) end
    local target = self[completed.value](self, value)
    return target and is_address(target) and WHOLE:format(domain), "SMTP:" .. literal(target or "")
  end
  local from, to = self[completed.key](self, row.key), self[completed.value](self, value)
  if other and from then to = split(from) .. "@" .. other end
  if not (from and to and is_address(from) and is_address(to)) or visible(from) ~= from then
    return nil
  end
  return "SMTP:" .. literal(from), "SMTP:" .. literal(to)
end

-- Whether what a rule is about can have an extension: one address, without quotes, that has none yet.
local function is_extensible(self, row, to)
  local address = self:complete(row.key)
  return self.delimiter and not row.key:find '^["@]' and not to:find '^SMTP:["{]' and address ~= nil
    and self:without_extension(address) == address
end

-- Declares a rule that may be for many, of which `seen` ones go before: after exceptions for senders whom
-- it would make somebody else.
local function declare(self, word, seen, row, pattern, to)
  if word == "rewrite_sender" and to:find("{", 1, true) then
    own_senders(self, row, pattern, to, function(address)
      local base = self:without_extension(address)
      local key = "smtp:" .. literal(base):lower() .. "+"
      return seen["smtp:" .. literal(address):lower()] or seen[key]
    end)
  end
  self.draft:declare(word, pattern, { to = to })
end

-- Declares what rules make of extensions, one for each separator: after all addresses, since one of
-- them may have an extension itself.
local function declare_extended(self, word, seen, declared)
  for _, rule in ipairs(declared) do
    for sign in self.delimiter:gmatch "." do
      local insertion = literal(sign) .. "{ext}"
      local function extended(text)
        return (text:gsub("@[^@]*$", function(place) return insertion .. place end))
      end
      local to = rule.drops and rule.to or extended(rule.to)
      declare(self, word, seen, rule.row, extended(rule.pattern), to)
    end
    seen[rule.pattern:lower() .. "+"] = true
  end
end

-- Whether what a row makes has no extension: as it says, or as all tables of its kind have it.
local function drops_extension(self, row)
  if row.drops ~= nil then return row.drops end
  return not self.extends.canonical
end

-- The name of who gets mail to an address that a rewrite is about, as a postmaster who was missing,
-- before rewrites are asked; or nil.
local function taker_of(self, word, row)
  local address = word == "rewrite" and not row.key:find "^@" and self:complete(row.key)
  return address and self.draft:owner(address)
end

-- Whether what mail to an address becomes comes back to it, by way of entries that have other addresses
-- without their extensions.
local function leads_back(self, address, target)
  local seen, queue, at = { [address:lower()] = true }, { target }, 1
  while queue[at] do
    if seen[queue[at]:lower()] then return true end
    seen[queue[at]:lower()] = true
    local owner, final = self:follow(queue[at])
    local item = owner and self.by_name[owner]
    for _, other in ipairs(item and self:targets_for(item, final) or {}) do
      queue[#queue + 1] = other
    end
    at = at + 1
  end
  return false
end

-- Declares an entry in place of a rule for an address with an extension, which the directory would find
-- without it before any rule; whether it is one, or is noted.
local function takes_as_entry(self, word, pattern, to, row)
  local address = site.bare(pattern):gsub("\\(.)", "%1")
  local base = self:without_extension(address)
  if word ~= "rewrite" or base == address or not self.draft:owner(base) then return false end
  local target = site.bare(to):gsub("\\(.)", "%1")
  if leads_back(self, address, target) then return true, self:note(row, "it leads back here") end
  local name = self.draft:unique("entry", visible(address))
  if not self.draft:claim(address, name) then return false end
  self.draft:declare("recipient", name, {
    proxies = { smtp.plain(address) }, target = self:is_known(target) and smtp.plain(target) or nil,
    refuse = not self:is_known(target) or nil,
  })
  return true
end

-- Whether the address that a rule makes is rewritten without an end, by rules for whole domains, too.
local function is_endless(self, to)
  local address = site.bare(to):gsub("\\(.)", "%1")
  if address:find("{user}", 1, true) then return false end
  local owner, final, is_open = self:follow(address)
  return not (owner or final) and is_open
end

-- Declares rules, of which none stands twice; those that can have an extension, too.  `seen` has their
-- patterns, and those of which extensions have a rule with a plus after it.
local function add_rules(self, word, rows, seen)
  local extensible = {}
  for _, row in ipairs(rows) do
    local pattern, to = rule_of(self, word, row)
    if not pattern then
      self:note(row, "its key or value is no address, or it changes nothing")
    elseif row.is_circular or word == "rewrite" and is_endless(self, to) then
      self:note(row, "it leads back here")
    elseif seen[pattern:lower()] then
      self:note(row, "it stands twice")
    elseif takes_as_entry(self, word, pattern, to, row) then
      seen[pattern:lower()] = true
    elseif taker_of(self, word, row) then
      self:note(row, ('"%s" gets this mail here: entries go before rewrites'):format(
        taker_of(self, word, row)))
    else
      seen[pattern:lower()] = true
      declare(self, word, seen, row, pattern, to)
      if is_extensible(self, row, to) then
        local drops = drops_extension(self, row)
        extensible[#extensible + 1] = { row = row, pattern = pattern, to = to, drops = drops }
      end
    end
  end
  declare_extended(self, word, seen, extensible)
end

-- The address of a pattern or template, or the @domain of one for all of it.
local function meant(text)
  text = text:gsub("^SMTP:{user}", ""):gsub("^SMTP:", "")
  return (text:gsub("\\(.)", "%1"))
end

-- What an address in a local domain becomes that nobody has, or its user; nil in others.
local function in_first(self, address)
  local user = self:user_of(address)
  if user ~= address then return user end
  return split(address) .. "@" .. self.main
end

-- Whether what a rule makes comes back to its key by the rules that there are.
local function comes_back(self, map, key, to)
  local address = to:sub(1, 1) == "@" and "postmaster" .. to or to
  for _ = 1, STEPS do
    local _, domain = split(address)
    local folded = self:without_extension(address):lower() -- a rule for one address has its extensions
    if address:lower() == key or folded == key or "@" .. fold(domain) == key then return true end
    local made = self:look_up(map, address) or in_first(self, address)
    if not made or made == address then return false end
    address = made
  end
  return true
end

--- What canonical maps rewrite; rows that would come back to themselves are marked as circular.
-- @tparam table self a site
-- @tparam {table,...} rows
-- @treturn table addresses and @domains by the addresses and @domains, in lower case, that become them
function rules.rewritten_by(self, rows)
  local map = {}
  for _, row in ipairs(rows) do
    local pattern, to = rule_of(self, "rewrite", row)
    local key = pattern and meant(pattern):lower()
    if key and key:find "^@" then key = "@" .. fold(key:sub(2)) end
    if key and not map[key] then
      self:name_domain((key:gsub("^.*@", "")))
      self.unextended[key] = drops_extension(self, row) or nil
      row.is_circular = comes_back(self, map, key, meant(to))
      map[key] = not row.is_circular and meant(to) or nil
    end
  end
  return map
end

-- Whether a table has an address among the keys that are looked up before its user's.
local function is_had(self, keys, address)
  return keys[address:lower()] or keys[self:without_extension(address):lower()]
end

-- Appends rows whose keys have no domain, for each domain; `keys` are those that have one.
local function add_users(self, rows, users, keys)
  local domains = self:sender_domains()
  for _, row in ipairs(users) do
    local is_asked = #domains == 0
    if is_asked then rows[#rows + 1] = row end
    for _, domain in ipairs(domains) do
      local address = row.key .. "@" .. domain
      if not is_had(self, keys, address) then
        is_asked = true
        rows[#rows + 1] = {
          key = address, value = row.value, where = row.where, table = row.table, origin = row,
        }
      end
    end
    if not is_asked then self:note(row, "rows with a domain are looked up before") end
  end
end

--- Rows about senders: of each table, keys without a domain are looked up last.
-- @tparam table self a site
-- @treturn {table,...}
function rules.sender_rows(self)
  local rows, users, keys = {}, {}, {}
  for i, row in ipairs(self.senders) do
    local has_domain = row.key:find("@", 1, true)
    table.insert(has_domain and rows or users, row)
    if has_domain then keys[row.key:lower()] = true end
    local following = self.senders[i + 1]
    if not following or following.table ~= row.table then
      add_users(self, rows, users, keys)
      users, keys = {}, {}
    end
  end
  return rows
end

-- What all tables that are about the subjects of a word make of each of their keys.
local function composed(self, word, rows)
  local how = COMPLETED[word]
  return chains.compose(self, rows, function(text) return self[how.key](self, text) end,
    function(text) return self[how.value](self, text) end)
end

-- Whether rows are of several tables.
local function are_several(rows)
  for _, row in ipairs(rows) do
    if row.table ~= rows[1].table then return true end
  end
  return false
end

--- Makes one table of those that are about recipients: the policy goes on with what a rule makes, as one
-- table does, but not from the second to the first.
-- @tparam table self a site
function rules.join(self)
  if not are_several(self.canonical) then
    for _, row in ipairs(self.canonical) do row.is_used = true end
    return
  end
  self.joined = self.canonical
  self.canonical = composed(self, "rewrite", self.canonical)
end

-- Adds the rules for single addresses, and then those for whole domains, as they are looked up.
local function add_by_precedence(self, word, rows)
  local single, whole, seen = {}, {}, {}
  for _, row in ipairs(rows) do table.insert(row.key:find "^@" and whole or single, row) end
  add_rules(self, word, single, seen)
  add_rules(self, word, whole, seen)
end

-- Says which rows nobody comes to, neither as a recipient nor as a sender.
local function note_unused(self, rows)
  local is_used = {}
  for _, row in ipairs(rows) do
    local origin = row.origin or row
    is_used[origin] = is_used[origin] or row.is_used or not row.known
  end
  for _, row in ipairs(rows) do
    if not is_used[row.origin or row] then
      self:note(row.origin or row, "a table that is asked before makes others of these")
    end
  end
end

-- Whether a domain is one of the policy's, which takes extensions off there.
local function is_declared(self, domain)
  local folded = fold(domain)
  if self.domains[folded] then return true end
  local parent = folded:match "%.(.+)$"
  while parent do
    if self.domains["*." .. parent] then return true end
    parent = parent:match "%.(.+)$"
  end
  return false
end

-- What an address with an extension, a sign and a text, becomes that has an entry without it.
local function extended_target(self, item, address, sign)
  local fields = item.fields
  local target = self.propagate and not fields.keep and fields.target
  target = target and site.bare(target)
  local user, domain = (target or ""):match "^([^@\"]+)@([^@]+)$"
  if not user or not is_domain(domain) or self:without_extension(target) ~= target then
    return "SMTP:" .. literal(address)
  end
  return ("SMTP:%s{ext}@%s"):format(literal(user .. sign), domain)
end

-- Rules for extensions of addresses in domains that are none of the policy's.
local function add_foreign_extensions(self)
  for _, item in ipairs(self.delimiter and self.entries or {}) do
    local address = site.bare(item.fields.proxies[1])
    local localpart, domain = split(address)
    local is_plain = not address:find '^"' and is_domain(domain)
      and self:without_extension(address) == address
    if not item.is_gone and is_plain and not is_declared(self, domain) then
      for sign in self.delimiter:gmatch "." do
        local pattern = ("SMTP:%s{ext}@%s"):format(literal(localpart .. sign), domain)
        self.draft:declare("rewrite", pattern, { to = extended_target(self, item, address, sign) })
      end
    end
  end
end

local function add_other_locals(self)
  for _, row in ipairs(self.locals) do
    local folded = fold(row.key)
    local has_rule = self.whole[folded] or self.rewritten["@" .. folded]
    if self.others[folded] and not has_rule then
      self.draft:declare("rewrite", WHOLE:format(row.key), { to = WHOLE:format(self.main) })
    end
  end
end

--- Adds them.
-- @tparam table self a site
function rules.add(self)
  self:part("canonical", "Addresses that become others; those of single people come first.")
  add_by_precedence(self, "rewrite", self.canonical)
  add_foreign_extensions(self)
  for _, list in ipairs { wildcards.rules(self), self.wholes } do
    for _, rule in ipairs(list) do self.draft:declare("rewrite", rule[1], { to = rule[2] }) end
  end
  add_other_locals(self)
  self:part("senders", "How our senders are seen outside.")
  local senders = rules.sender_rows(self)
  add_by_precedence(self, "rewrite_sender", composed(self, "rewrite_sender", senders))
  note_unused(self, senders)
  note_unused(self, self.joined or {})
end

return rules
