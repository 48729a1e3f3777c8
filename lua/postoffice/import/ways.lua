--- Connectors for what transport(5) and mailertable say.
-- @module postoffice.import.ways

local hops = require "postoffice.import.hops"
local site = require "postoffice.import.site"
local visible = require "postoffice.text.visible".all

local function connector_to(self, nexthop, name, remark)
  local connector = self.connectors[nexthop]
  if not connector then
    name = self.draft:unique("connector", visible(name or hops.name_of(nexthop)))
    connector = self.draft:declare("connector", name, {
      speaks = "SMTP", nexthop = nexthop, spaces = {},
    }, remark)
    self.connectors[nexthop] = connector
  end
  return connector
end

local REFUSED = "the answer; the domain has nobody, so that its mail is refused as to unknown users"

-- Leaves nobody in a domain, so that its mail is refused.
local function leave_nobody(self, declared)
  local folded = site.fold(declared.name)
  declared.fields.kind, self.ours[folded], self.empty[folded] = nil, true, true
end

-- Refuses a domain that is declared: it was to be passed on, and has nobody then; or its people stay.
local function refuse_declared(self, row, declared)
  if not declared then return end -- it is none, and that is noted
  if not declared.fields.kind then
    return self:note(row, "the domain is declared already; its people stay")
  end
  leave_nobody(self, declared)
  self:note(row, REFUSED)
end

-- What is refused by a row of transport: an address, which waits for its turn, or a domain.
local function refuse(self, row)
  local text = row.value:match "^%a+:%s*(.-)%s*$"
  if row.key:find "^[^@]+@" then
    row.text = text ~= "" and text or true
    return table.insert(self.refused, row)
  elseif row.key == "*" then
    return self:note(row, "the answer; what no connector has is refused as it has no way")
  end
  local name = row.key:gsub("^%.", "*.")
  self.draft:part "domains"
  local declared = self:add_domain({ key = name, value = row.value, where = row.where }, {})
  if declared then
    leave_nobody(self, declared)
    self:note(row, REFUSED)
  else
    refuse_declared(self, row, self.domains[site.fold(name)])
  end
  self.draft:part "transport"
end

local OURS = "mail of %s goes this way, too, by Postfix; here it is delivered: a domain that is"
  .. " only passed on is declared so"

-- The key by which a domain is found: itself, one of those around it with a dot before, or that of all.
local function key_for(keys, domain)
  local key = site.fold(domain)
  while key do
    if keys[key] then return key end
    key = key:match "^%.?[^.]+(%..+)$"
  end
  return "*"
end

-- By the keys of rows for others, a local domain that is found by them (transport(5)).
local function ours_by_key(self)
  local keys, found = {}, {}
  for _, row in ipairs(self.transport) do keys[row.key:lower()] = true end
  for _, own in ipairs(self.locals) do
    local key = key_for(keys, own.key)
    found[key] = found[key] or own.key
  end
  return found
end

-- Says that a row for all others, or for all of a domain's, is for a local domain, too.
local function note_ours(self, row)
  if row.is_default or not (row.key == "*" or row.key:find "^%.") then return end
  self.ours_by_key = self.ours_by_key or ours_by_key(self)
  local own = self.ours_by_key[row.key:lower()]
  if own then self:note(row, OURS:format(own)) end
end

-- What delivers to mailboxes of Postfix's own.
local OWN = { ["local:"] = true, ["virtual:"] = true, ["local"] = true, ["virtual"] = true }

-- Adds spaces to a connector; those that go the default way are remembered.
local function add_spaces(self, connector, is_default, spaces)
  for _, space in ipairs(spaces) do
    table.insert(connector.fields.spaces, space)
    if is_default then table.insert(self.default_spaces, space) end
  end
end

-- Where mail goes by a row, and the spaces of it; nil if that is refused, as `refuse` has it, or noted.
-- Remembers the keys by which mail goes.
local function way_of(self, row)
  if not self.has_wildcards then note_ours(self, row) end
  if row.refuses then return refuse(self, row) end
  if row.why then return self:note(row, row.why, "") end
  local spaces = hops.spaces_of(self, row.key)
  if not spaces then return self:note(row, "the key is neither an address nor a domain") end
  local nexthop = row.is_default and self.default or row.nexthop
  if not hops.is_nexthop(nexthop) then return self:note(row, "nothing can be sent there", "") end
  local key = row.key:gsub("^@", ""):lower()
  if self.carried[key] then return self:note(row, "it stands twice") end
  self.carried[key] = true
  return { row = row, nexthop = nexthop, spaces = spaces }
end

-- The ways by rows, and by the default where no row takes all.
local function ways_of(self)
  local ways, has_all = {}, false
  for _, row in ipairs(self.transport) do
    local way = way_of(self, row)
    ways[#ways + 1] = way
    has_all = has_all or row.key == "*" and (way or row.refuses)
  end
  if not has_all then
    self.carried["*"] = true
    local name = self.default == "smtp:" and "internet" or "relayhost"
    ways[#ways + 1] = {
      row = { key = "*", is_default = true, name = name },
      nexthop = self.default, spaces = { "SMTP:*" },
    }
  end
  return ways
end

local NO_WAY = "mail has no way there: the domain has nobody, so that it is refused as to unknown"
  .. " users"

-- Leaves nobody in relay domains to which mail has no way, as where all others are refused.
local function refuse_uncarried(self)
  for _, row in ipairs(self.relays) do
    local declared = self.domains[site.fold(row.key)]
    if declared and declared.fields.kind and not self:is_carried(row.key) then
      leave_nobody(self, declared)
      self:note(row, NO_WAY)
    end
  end
end

-- Why a row is no way: its domain is one of ours; nil where it is one, or none is needed.
local function why_not(self, row, domain)
  if self.empty[domain] then return "the domain has nobody here: its other mail is refused" end
  if row.is_default or OWN[row.value] then return nil end
  return "its people are mailboxes here: the server that has them delivers"
end

local function add_way(self, way)
  local row = way.row
  local domain = site.fold(row.key:match "@(.+)$" or row.key)
  if self:is_ours(domain) then
    local why = why_not(self, row, domain)
    return why and self:note(row, why)
  end
  local connector = connector_to(self, way.nexthop, row.name, row.remark)
  add_spaces(self, connector, row.is_default, way.spaces)
end

--- Adds them.
-- @tparam table self a site
local function add_ways(self)
  self:part("transport", "Where mail goes that is not delivered here.")
  if not hops.is_nexthop(self.default) then
    self.draft:note("the default", self.default, "nothing can be sent there")
    self.default = "smtp:"
  end
  local ways = ways_of(self)
  refuse_uncarried(self)
  for _, way in ipairs(ways) do add_way(self, way) end
end

return add_ways
