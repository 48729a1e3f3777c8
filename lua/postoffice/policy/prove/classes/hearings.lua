--- As whom next hops hear senders, where the ways of addresses are the same in two policies and that is not.
--
-- It hangs on the connector, the sender and who sends a message on, and on nothing else of a recipient.  So it
-- is looked at with a few recipients of each connector, until each way in which a sender is heard otherwise
-- has come up, by which it is told: there is no need to look at all that a connector takes.
-- @module postoffice.policy.prove.classes.hearings

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local fates = require "postoffice.policy.prove.classes.fates"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"

local hearings = {}

local concat, lower = table.concat, string.lower

local NONE = {}

local OF_EACH = 2 -- addresses that are tried of what a pattern matches
local OF_WAITING = 8 -- of one, until what came up while something was down does so at other times
local FEW = 100 -- domains

local Hearings = {}
Hearings.__index = Hearings

-- What a next hop hears of a sender in each policy; of the owner of a list whoever the sender is.
local function key_of(connector, sender, old, new)
  return concat({ connector, sender or "", old, new }, "\0")
end

-- What has to come up.
local function find_apart(self, search)
  local texts = search.facts.senders.texts
  self.left, self.besides, self.count = {}, {}, 0
  fates.each_apart(search.policies, search.facts.senders, function(connector, sender, old, new)
    if self.differing[connector] then return end
    local key = key_of(connector, sender and texts[sender], old, new)
    if not self.left[key] then self.count = self.count + 1 end
    self.left[key] = sender and "sender" or "owner"
  end)
end

-- ---- Recipients ----------------------------------------------------------------

-- Members of a set, if it is known.
local function each_member(set)
  for _, text in ipairs(set and sets.members(set, OF_EACH) or NONE) do coroutine.yield(text) end
end

-- Addresses that nobody has: of spaces, post offices and domains, and of what rules take.
local function each_sample(compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do each_member(sets.of_space(space)) end
  end
  for _, postoffice in ipairs(postoffices.all(compiled.postoffices)) do
    each_member(sets.of_pattern(postoffices.pattern(postoffice)))
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do each_member(sets.of_domain(domain)) end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    each_member(rewrite.matcher and sets.of_pattern(rewrite.matcher))
  end
end

-- Whose mail goes on, in the new policy: lists, by whose owners members are written to, first.
local function each_entry(compiled, are_lists)
  local entries = compiled.directory
  for entry in directory.each(entries) do
    local kind = directory.kind(entries, entry)
    local is_asked = (kind == "list") == are_lists and kind ~= "mailbox" and kind ~= "refused"
    local texts = is_asked and directory.proxy_texts(entries, entry)
    if texts and texts[1] then coroutine.yield(texts[1]) end
  end
end

-- Leaves out what need not come up any more, of some keys.
local function leave_out(self, keys)
  for key in pairs(keys) do
    if self.left[key] then self.left[key], self.count = nil, self.count - 1 end
    self.besides[key] = nil
  end
end

-- Whether something of a connector came up and was not told.
local function is_waiting(self, connector)
  for _, name in pairs(self.besides) do
    if name == connector then return true end
  end
  return false
end

-- Addresses of a connector's spaces, of which others may have a share, until one is told of all that it hears.
local function each_of_connector(self, connector, ours)
  for _, space in ipairs(connector.spaces) do
    local set = sets.of_space(space)
    local members = set and sets.members(sets.difference(set, ours), OF_WAITING)
    for _, text in ipairs(members or NONE) do
      if not is_waiting(self, lower(connector.name)) then return end
      coroutine.yield(text)
    end
  end
end

-- Addresses for what came up and was not told: those that are at no domain of ours, where most are refused,
-- as long as these are few.
local function each_waiting(self, compiled)
  local all, list = domains.all(compiled.domains), {}
  for _, domain in ipairs(#all <= FEW and all or NONE) do
    list[#list + 1] = sets.of_domain(domain)
  end
  local ours = sets.union(list)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if is_waiting(self, lower(connector.name)) then each_of_connector(self, connector, ours) end
  end
end

-- All that are tried.  Entries may be many: they are not gone through for what only waits for a run that
-- is told.
local function each_recipient(self)
  local policies = self.policies
  for _, policy in ipairs(policies) do each_sample(policy.compiled) end
  for _, policy in ipairs(policies) do each_waiting(self, policy.compiled) end
  leave_out(self, self.besides)
  if self.count == 0 then return end
  each_entry(policies[2].compiled, true)
  each_entry(policies[2].compiled, false)
end

-- ---- What is looked at -----------------------------------------------------------

--- What is to be looked at besides where ways differ.
-- @tparam {table,...} policies the old and the new one
-- @tparam table differing as keys the names, folded, of connectors all of whose addresses are looked at anyway
-- @treturn table
function hearings.new(policies, differing)
  local self = setmetatable({ policies = policies, differing = differing }, Hearings)
  self.recipients = coroutine.wrap(function() each_recipient(self) end)
  return self
end

-- Whether mail may come to a list that nobody can write to but by a catch-all.
local function has_catchall(compiled)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.catchall and domain.catchall.entry then return true end
  end
  return false
end

-- Leaves out as whom owners are heard by connectors to which no mail for members goes: all lists were looked at.
local function leave_out_owners(self)
  for _, policy in ipairs(self.policies) do
    if has_catchall(policy.compiled) then return end
  end
  local keys = {}
  for key, whose in pairs(self.left) do keys[key] = whose == "owner" or nil end
  leave_out(self, keys)
end

--- The next recipient to look at.
-- @tparam table search of `postoffice.policy.prove.classes`
-- @treturn string|nil a text; nil if all is known, or there are no others
function Hearings:next(search)
  if not self.left then find_apart(self, search) end
  if self.count == 0 or not self.recipients then return nil end
  local text = self.recipients()
  if text then return text end
  self.recipients = nil
  leave_out(self, self.besides)
  leave_out_owners(self)
  return nil
end

-- Notes what came up in a delivery: of what is not told, that it did.
local function note(self, old, new, sender, is_told)
  local connector = old.connector and old.connector == new.connector and lower(old.connector)
  if not connector then return end
  for _, from in ipairs { sender or "", "" } do
    local key = key_of(connector, from, fates.shown(old), fates.shown(new))
    if is_told then leave_out(self, { [key] = true })
    elseif self.left[key] then self.besides[key] = connector end
  end
end

--- Notes what came up in a run.
-- @tparam table search of `postoffice.policy.prove.classes`
-- @tparam table run
-- @tparam boolean is_told whether it is told as a change: another one may be, for what is not
function Hearings:note(search, run, is_told)
  if not self.left then find_apart(self, search) end
  local olds, news = run.deliveries[1], run.deliveries[2]
  for i = 1, self.count > 0 and olds and news and #olds == #news and #olds or 0 do
    note(self, olds[i], news[i], run.envelope.sender, is_told)
  end
end

--- Whether all came up.
-- @tparam table search of `postoffice.policy.prove.classes`, after the last run
-- @treturn boolean
function Hearings:are_complete(search)
  if search.facts.senders.is_partial then return false end
  if not self.left then find_apart(self, search) end
  return self.count == 0
end

return hearings
