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

-- Refuses a domain that is declared: it was to be passed on, and has nobody then; or its people stay.
local function refuse_declared(self, row, declared)
  if not declared then return end -- it is none, and that is noted
  if not declared.fields.kind then
    return self:note(row, "the domain is declared already; its people stay")
  end
  declared.fields.kind, self.ours[site.fold(declared.name)] = nil, true
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
  if self:add_domain({ key = name, value = row.value, where = row.where }, {}) then
    self.ours[site.fold(name)] = true
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

local function add_way(self, row)
  if not self.has_wildcards then note_ours(self, row) end
  if row.refuses then return refuse(self, row) end
  if row.why then return self:note(row, row.why, "") end
  local spaces = hops.spaces_of(self, row.key)
  if not spaces then return self:note(row, "the key is neither an address nor a domain") end
  local name = row.key:match "@(.+)$" or row.key
  if self:is_ours(name) then
    if not row.is_default and not OWN[row.value] then
      self:note(row, "its people are mailboxes here: the server that has them delivers")
    end
    return
  end
  local nexthop = row.is_default and self.default or row.nexthop
  if not hops.is_nexthop(nexthop) then return self:note(row, "nothing can be sent there", "") end
  local connector = connector_to(self, nexthop, row.name, row.remark)
  add_spaces(self, connector, row.is_default, spaces)
end

--- Adds them.
-- @tparam table self a site
local function add_ways(self)
  self:part("transport", "Where mail goes that is not delivered here.")
  if not hops.is_nexthop(self.default) then
    self.draft:note("the default", self.default, "nothing can be sent there")
    self.default = "smtp:"
  end
  for _, row in ipairs(self.transport) do add_way(self, row) end
  if not self.has_all then
    local connector = connector_to(self, self.default,
      self.default == "smtp:" and "internet" or "relayhost")
    add_spaces(self, connector, true, { "SMTP:*" })
  end
end

return add_ways
