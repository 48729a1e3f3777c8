--- Connectors for what Postfix asks for senders: sender_dependent_relayhost_maps, and
-- sender_dependent_default_transport_maps, in place of its relayhost and default_transport (postconf(5)).
--
-- A sender is looked up whole, without his extension, as a user of a local domain, likewise, and by his
-- domain; what is found first decides.  So connectors for those with an extension cost less than for
-- those who may have any, and these less than for whole domains; the default one, which has no senders,
-- comes last.  Canonical maps are asked before: whom they rewrite goes the way of whom they make.
-- @module postoffice.import.sender_ways

local chains = require "postoffice.import.chains"
local hops = require "postoffice.import.hops"
local lists = require "postoffice.lists"
local rules = require "postoffice.import.rules"
local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"
local visible = require "postoffice.text.visible".all

local unpack = table.unpack or unpack -- luacheck: ignore 143

local split, fold = site.split, site.fold

local NULL = "<>" -- the key for bounces (empty_address_relayhost_maps_lookup_key and its like)

local MOST = 20 -- senders of a connector; more are a set

-- How late somebody is looked up; who becomes another one, first.
local REWRITTEN = { extended = 1, whole = 2, domain = 3 }
local ASKED = { extended = 4, whole = 5, domain = 6 }

-- The rows of a table by their keys.
local function index(self, rows)
  local by_key = {}
  for _, row in ipairs(rows) do
    local key = row.key:lower()
    if by_key[key] then self:note(row, "it stands twice") else by_key[key] = row end
  end
  return by_key
end

-- The keys by which a sender is looked up, each once.
local function keys_of(self, address)
  local localpart, domain = split(address:lower())
  if not localpart or localpart == "" then return { address:lower() } end
  local base = split(self:without_extension(address:lower()))
  local keys = { localpart .. "@" .. domain }
  local function add(key) keys[#keys + 1] = key end
  if base ~= localpart then add(base .. "@" .. domain) end
  if self.here[fold(domain)] then add(localpart) end
  if self.here[fold(domain)] and base ~= localpart then add(base) end
  add("@" .. domain)
  return keys
end

-- What a table says of the first of some keys that it has.
local function look_up(rows, keys)
  for _, key in ipairs(keys) do
    local row = rows[key]
    if row then return row.value:upper() ~= "DUNNO" and row.value or nil end
  end
end

-- Where mail goes of who is looked up by some keys.
local function way_of(self, tables, keys)
  local transport = look_up(tables.transports, keys)
  local channel, host = hops.split(transport or self.default_transport)
  if host == "" then host = look_up(tables.relayhosts, keys) or self.relayhost end
  return (channel == "" and "smtp" or channel) .. ":" .. host
end

-- Adds those whom an address is about.
local function add_subject(self, subjects, address)
  if not smtp.key(address) or visible(address) ~= address then return end
  local patterns, has_extension = hops.patterns_of(self, address)
  local wider = has_extension and keys_of(self, self:without_extension(address))
    or { "@" .. select(2, split(address:lower())) }
  table.insert(subjects, {
    rank = has_extension and ASKED.extended or ASKED.whole, patterns = patterns,
    keys = keys_of(self, address), wider = wider,
  })
end

-- Whom a key is about: `patterns` of them, the `keys` that they are looked up by, those of `wider` ones
-- whom they are among, and the `rank`.
local function subjects_of(self, key)
  local subjects, domain = {}, key:match "^@(.+)$"
  if key == NULL then
    subjects[1] = { rank = ASKED.whole, keys = { NULL }, wider = {}, patterns = { NULL } }
  elseif domain and smtp.is_domain(domain) then
    local patterns = { "SMTP:*@" .. domain }
    subjects[1] = { rank = ASKED.domain, keys = { key:lower() }, wider = {}, patterns = patterns }
  elseif not domain and split(key) then
    add_subject(self, subjects, key)
  elseif not domain then
    for _, own in ipairs(self:sender_domains()) do
      add_subject(self, subjects, key .. "@" .. own)
    end
  end
  return subjects
end

-- Adds senders to those whose mail goes to a next hop, of the same rank. Where it can be none, that is
-- noted of the row that says it.
local function add_senders(groups, rank, nexthop, patterns)
  if not hops.is_nexthop(nexthop) then return end
  local key = ("%d %s"):format(rank, nexthop)
  local group = groups.by_key[key]
  if not group then
    group = { rank = rank, nexthop = nexthop, senders = {}, at = #groups }
    groups.by_key[key] = group
    groups[#groups + 1] = group
  end
  for _, pattern in ipairs(patterns) do table.insert(group.senders, pattern) end
end

-- Adds whom a row is about, unless wider ones go the same way.
local function add_row(self, tables, groups, row)
  local subjects = subjects_of(self, row.key)
  if #subjects == 0 then self:note(row, "the key is neither an address nor a domain") end
  for _, subject in ipairs(subjects) do
    local nexthop, first = way_of(self, tables, subject.keys), subject.patterns[1]:lower()
    if not hops.is_nexthop(nexthop) then
      self:note(row, "nothing can be sent there", "")
    elseif not groups.seen[first] and nexthop ~= way_of(self, tables, subject.wider) then
      add_senders(groups, subject.rank, nexthop, subject.patterns)
    end
    groups.seen[first] = true
  end
end

local function by_rank(a, b)
  if a.rank ~= b.rank then return a.rank < b.rank end
  return a.at < b.at
end

-- The senders of a connector: a list, or the name of a set of those that are too many for one.
local function declare_senders(self, name, senders)
  if #senders <= MOST then return senders end
  local patterns, list = {}, {}
  for _, text in ipairs(senders) do table.insert(text == NULL and list or patterns, text) end
  local set = self.draft:unique("set", "senders by " .. name:gsub("[@:*?{<]", "_"))
  self.draft:declare("set", set, patterns)
  table.insert(list, 1, set)
  return list
end

-- Leaves out whom a group that is looked up first has.
local function drop_outdone(groups)
  local seen, kept = {}, {}
  for _, group in ipairs(groups) do
    local senders = {}
    for _, text in ipairs(group.senders) do
      if not seen[text:lower()] then senders[#senders + 1] = text end
      seen[text:lower()] = true
    end
    group.senders = senders
    if #senders > 0 then kept[#kept + 1] = group end
  end
  return kept
end

local function declare(self, groups)
  local cost, rank = 0, nil
  table.sort(groups, by_rank)
  for _, group in ipairs(drop_outdone(groups)) do
    if group.rank ~= rank then cost, rank = cost + 1, group.rank end
    local name = visible(hops.name_of(group.nexthop)) .. " for senders"
    name = self.draft:unique("connector", name)
    local senders = declare_senders(self, name, group.senders)
    self.draft:declare("connector", name, {
      speaks = "SMTP", nexthop = group.nexthop, cost = cost > 1 and cost or nil,
      senders = senders,
      spaces = { unpack(self.default_spaces) },
    }, hops.remark_of(hops.split(group.nexthop)))
  end
end

-- What all canonical maps make of senders, who are there by their keys and as `value`.
local function rewritten_rows(self)
  local rows = {}
  for _, row in ipairs(rules.sender_rows(self)) do
    if row.table:find "canonical_maps$" then rows[#rows + 1] = row end
  end
  local function qualify(text) return self:qualify(text) end
  return chains.compose(self, rows, qualify, qualify)
end

-- Of the single senders that tables have: their `domains`, and by their addresses without it those who
-- are `extended` by something.  A name alone is one in each local domain.
local function singles_of(self, tables)
  local singles = { domains = {}, extended = {} }
  local function add(address)
    local base = self:without_extension(address)
    singles.domains[select(2, split(address))] = true
    if base ~= address then singles.extended[base] = true end
  end
  for _, rows in pairs(tables) do
    for key in pairs(rows) do
      if key:find "^[^@]+@" then
        add(key)
      elseif key ~= NULL and not key:find "@" then
        for own in pairs(self.here) do add(key .. "@" .. own) end
      end
    end
  end
  return singles
end

local LOOK = "who is made of these goes by several ways: name them in the senders of each"

-- Adds all of a domain whom a canonical map makes others.
local function add_rewritten_domain(self, tables, groups, row, singles)
  local domain, other = row.key:sub(2):lower(), row.value:match "^@(.+)$"
  local keys = other and { "@" .. other:lower() } or keys_of(self, row.value)
  local nexthop = way_of(self, tables, keys)
  if other and singles.domains[other:lower()] then
    self:note(row, LOOK)
  elseif nexthop ~= way_of(self, tables, { "@" .. domain }) or singles.domains[domain] then
    add_senders(groups, REWRITTEN.domain, nexthop, { "SMTP:*@" .. domain })
  end
end

-- Adds a sender whom canonical maps make another one, unless he goes the same way; `is_apart`: others in
-- the domain may go elsewhere.
local function add_rewritten_sender(self, tables, groups, address, row, is_apart)
  local nexthop = way_of(self, tables, keys_of(self, row.value))
  local patterns, has_extension = hops.patterns_of(self, address)
  local is_same = nexthop == way_of(self, tables, keys_of(self, address))
  if is_same and not (is_apart or has_extension) then return end
  local rank = has_extension and REWRITTEN.extended or REWRITTEN.whole
  add_senders(groups, rank, nexthop, patterns)
end

-- Adds whom canonical maps make others who go another way.
local function add_rewritten(self, tables, groups)
  local rows, by_address, wholes = rewritten_rows(self), {}, {}
  for _, row in ipairs(rows) do
    if row.key:find "^@" then wholes[row.key:sub(2):lower()] = true
    else by_address[(self:qualify(row.key) or row.key):lower()] = row end
  end
  local singles = singles_of(self, tables)
  local rewritten = singles_of(self, { by_address })
  for _, row in ipairs(rows) do
    local address = self:qualify(row.key)
    local is_made = row.is_circular == false -- others are noted where they are rules
    if is_made and row.key:find "^@" then
      add_rewritten_domain(self, tables, groups, row, singles)
    elseif is_made and address then
      local domain, value = select(2, split(address:lower())), row.value:lower()
      if singles.extended[value] or rewritten.extended[value] then self:note(row, LOOK) end
      add_rewritten_sender(self, tables, groups, address, row,
        wholes[domain] or singles.domains[domain])
    end
  end
end

--- Adds them, and those of senders whom neither table has.
-- @tparam table self a site whose ways are all there
local function add_sender_ways(self)
  self:part("sender ways", "Where mail of some senders goes by default. Postfix's maps do not tell"
    .. " a policy who sends: where it is asked by these alone, take these connectors out, and leave"
    .. " their tables in main.cf.")
  if #self.sender_relayhosts == 0 and #self.sender_transports == 0 then return end
  local tables = {
    relayhosts = index(self, self.sender_relayhosts),
    transports = index(self, self.sender_transports),
  }
  self.here = lists.set(self:sender_domains())
  local groups, seen = { by_key = {}, seen = {} }, {}
  for _, rows in ipairs { self.sender_relayhosts, self.sender_transports } do
    for _, row in ipairs(rows) do
      if #self.default_spaces == 0 then
        self:note(row, "no mail goes the default way: transport's * takes all")
      elseif not seen[row.key:lower()] then
        seen[row.key:lower()] = true
        add_row(self, tables, groups, row)
      end
    end
  end
  if #self.default_spaces > 0 then add_rewritten(self, tables, groups) end
  declare(self, groups)
end

return add_sender_ways
