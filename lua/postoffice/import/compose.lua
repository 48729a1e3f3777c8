--- Makes a policy of a site, in the order in which its server asks its tables.
-- @module postoffice.import.compose

local entries = require "postoffice.import.entries"
local add_access = require "postoffice.import.access"
local add_sender_ways = require "postoffice.import.sender_ways"
local add_ways = require "postoffice.import.ways"
local drop = require "postoffice.import.nowhere"
local notes = require "postoffice.import.notes"
local postmap = require "postoffice.text.postmap"
local rules = require "postoffice.import.rules"
local site = require "postoffice.import.site"

local fold = site.fold

local MOST_SPREAD = 50000 -- addresses that are said of users, or of names, in each of the local domains

local SPREAD = "users of that name in the other local domains get it, too, who do not by Postfix;"
  .. " these are too many to say so"

local function add_settings(self)
  self:part("settings", "What holds for all of it.")
  if self.delimiter or self.propagate then
    self.draft:declare("settings", nil, { extension = self.delimiter, propagate = self.propagate })
  end
end

local function add_domains(self)
  self:part("domains", "What is ours, and what is passed on.")
  for _, row in ipairs(self.locals) do
    if self:add_domain(row, {}) then
      self.ours[fold(row.key)] = true
      if row.key ~= self.main then self.others[fold(row.key)] = row.key end
    end
  end
  for _, row in ipairs(self.hosted) do
    if self:add_domain(row, {}) then self.ours[fold(row.key)] = true end
  end
  for _, row in ipairs(self.relays) do self:add_domain(row, { kind = "relay" }) end
end

-- A local domain of which a table refuses all others is no other name of the first one; of one that
-- somebody gets all others of, names are that one's.
local function part_whole(self)
  for _, row in ipairs(self.virtual) do
    local domain = row.key:match "^@(.+)$"
    local folded = domain and self.others[fold(domain)] and fold(domain)
    if folded and postmap.refusal(row.value) then self.others[folded] = nil
    elseif folded then self.catches[folded] = true end
  end
end

-- A row about an address in the first local domain is about that alone, and not about the user of that
-- name in the others, unless it says no more than that the address is its own.
local function pin_addresses(self)
  local rows = {}
  for _, row in ipairs(self.virtual) do
    local name, domain = site.split(row.key)
    local is_main = domain and name ~= "" and fold(domain) == fold(self.main or "")
    local value = is_main and self:complete_value(row.value)
    if is_main and (value or ""):lower() ~= row.key:lower() then rows[#rows + 1] = row end
  end
  local is_most = #rows * (#self.locals - 1) > MOST_SPREAD
  for _, row in ipairs(rows) do
    self.pinned[row.key:lower()] = not is_most or nil
    if is_most then notes.add(self, "people", row.where, notes.text_of(row), SPREAD) end
  end
end

-- A row about a name is about it in all local domains, in those too of which somebody gets all others
-- (`catching`), unless these are too many addresses.
local function find_names(self)
  local count, catching = 0, {}
  for _, row in ipairs(self.virtual) do
    if not row.key:find("@", 1, true) then
      self.unqualified[row.key:lower()], count = true, count + 1
    end
  end
  for _, own in ipairs(self.locals) do
    if self.catches[fold(own.key)] then catching[#catching + 1] = own end
  end
  self.is_short = count * #catching > MOST_SPREAD
  self.catching = self.is_short and {} or catching
end

--- Makes a policy.
-- @tparam table given a site, see `postoffice.import.site`
-- @tparam {string,...} heading
-- @tparam table options `directory`, the name of the file that many people go to, and `most`, how
--   many stay in the policy
-- @treturn table the draft
-- @treturn string|nil the file's text
local function compose(given, heading, options)
  local self = site.begin(given, heading)
  add_settings(self)
  add_domains(self)
  part_whole(self)
  for _, rows in ipairs {
    self.canonical, self.virtual, self.mailboxes, self.accounts, self.relocated,
  } do
    self:keep_apart(rows)
  end
  find_names(self)
  pin_addresses(self)
  rules.join(self)
  self.rewritten = rules.rewritten_by(self, self.canonical)
  add_ways(self)
  self:keep_apart(self.refused)
  add_sender_ways(self)
  entries.add(self)
  drop(self)
  local text = self.draft:move_to_file("people", options.directory, options.most)
  entries.add_postmasters(self)
  rules.add(self)
  add_access(self)
  return self.draft, text
end

return compose
