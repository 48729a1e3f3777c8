--- Leaves out what leads nowhere: targets at which nobody is, and those that lead back.
-- @module postoffice.import.nowhere

local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"

local split, fold, bare, targets_of = site.split, site.fold, site.bare, site.targets_of

-- What becomes of an entry without targets: a mailbox that was kept; else nobody, whom no rule for the
-- whole domain shall catch.
local function empty(self, item)
  local fields, address = item.fields, bare(item.fields.proxies[1])
  local _, domain = split(address)
  fields.owner, item.word = nil, "recipient"
  if fields.keep or address:lower():find "^postmaster@" then
    fields.keep = nil -- a postmaster is always somebody's (RFC 5321 4.5.1)
  elseif self.whole[fold(domain)] or not self:is_ours(domain) then
    fields.refuse, self.gone[item.name] = true, true
  else
    self.draft:withdraw(item, address)
  end
end

-- Whether a target is the entry's own address, by which the mail of an address goes on that is not
-- ours.
local function is_own(item, text)
  return bare(text):lower() == bare(item.fields.proxies[1]):lower()
end

-- Leaves out some targets of an entry.
local function keep_targets(self, item, is_kept, why)
  if item.is_gone or item.fields.refuse then return false end
  local targets, field = targets_of(item)
  local kept = {}
  for _, text in ipairs(targets) do
    if is_kept(bare(text), item) then
      kept[#kept + 1] = text
    else
      self:note(item.row, why:format(bare(text)), item.to.said[text] or "")
    end
  end
  if #kept == #targets then return false end
  item.fields[field] = nil
  if field == "members" and #kept > 0 then item.fields.members = kept
  elseif #kept > 1 then item.fields.targets = kept
  elseif #kept == 1 then item.fields.target = kept[1]
  else empty(self, item) end
  return true
end

-- The entries that name an address of another one, by that one's name.
local function referrers_of(self)
  local by_owner = {}
  for _, item in ipairs(self.entries) do
    for _, text in ipairs((targets_of(item))) do
      local owner = self:follow(bare(text))
      if owner then
        by_owner[owner] = by_owner[owner] or {}
        table.insert(by_owner[owner], item)
      end
    end
  end
  return by_owner
end

-- Targets at which nobody is; whoever is gone then is nobody for others.  Whether somebody is.
local function drop_unknown(self)
  local found = false
  local function is_kept(address, item)
    if is_own(item, address) then return self:has_way(address) end
    return self:is_known(address)
  end
  local by_owner, queue, at = referrers_of(self), {}, 1
  for i, item in ipairs(self.entries) do queue[i] = item end
  while queue[at] do
    local item = queue[at]
    local is_less = keep_targets(self, item, is_kept, "nobody is at %s")
    found = found or is_less and item.is_gone
    if item.is_gone or self.gone[item.name] then
      for _, other in ipairs(by_owner[item.name] or {}) do queue[#queue + 1] = other end
      by_owner[item.name] = nil
    end
    at = at + 1
  end
  return found
end

-- Catch-alls at which nobody is: whether there was one.
local function drop_catchalls(self)
  local found = false
  for _, caught in ipairs(self.caught) do
    local fields = caught.declared.fields
    if fields.catchall and not self:is_known(caught.target) then
      found, fields.catchall = true, nil
      self.whole[fold(caught.declared.name)] = nil
      self:note(caught.row, ("nobody is at %s"):format(caught.target), "")
    end
  end
  return found
end

-- Whether a rule by which one gets all of a domain leads back to it by others: one that is in that very
-- domain is not looked up again.
local function is_endless(self, rule)
  local _, domain = split(rule.target or "")
  if not domain or fold(domain) == fold(rule.domain) then return false end
  local owner, final, is_open = self:follow(rule.target)
  return not (owner or final) and is_open
end

-- Leaves these rules out.
local function drop_wholes(self)
  local kept = {}
  for _, rule in ipairs(self.wholes) do
    if is_endless(self, rule) then
      self.whole[fold(rule.domain)] = nil
      self:note(rule.row, "it leads back here", "")
    else
      kept[#kept + 1] = rule
    end
  end
  self.wholes = kept
end

-- An entry that an address finds, to which the text of a target led.
local function new_node(self, item, address, text)
  local extension = self:extension_of(address)
  return {
    item = item, address = address, text = text, extension = extension,
    key = item.name .. "\0" .. extension,
  }
end

-- The entries that an entry's mail goes on to.
local function next_nodes(self, node)
  local list, item = {}, node.item
  if item.is_gone then return list end
  local texts = targets_of(item)
  for i, address in ipairs(self:targets_for(item, node.address)) do
    local owner, final = self:follow(address)
    if owner and not (owner == item.name and is_own(item, texts[i])) then
      list[#list + 1] = new_node(self, self.by_name[owner], final, texts[i])
    end
  end
  return list
end

-- Follows an entry's mail, whose nodes are marked as seen; calls `found` with the way to each entry that
-- leads back, and that entry.
local function follow(self, first, seen, found)
  local stack, is_open = { { node = first, at = 0 } }, { [first.item] = true }
  seen[first.key] = true
  while #stack > 0 do
    local top = stack[#stack]
    top.list = top.list or next_nodes(self, top.node)
    top.at = top.at + 1
    local other = top.list[top.at]
    if not other then
      is_open[top.node.item] = nil
      stack[#stack] = nil
    elseif is_open[other.item] then
      found(stack, other.item)
    elseif not seen[other.key] then
      seen[other.key], is_open[other.item] = true, true
      stack[#stack + 1] = { node = other, at = 0 }
    end
  end
end

-- The last target on a way back to an entry that all mail of its own entry goes to, rather than one that
-- only an extension leads back by.
local function arrow_of(stack, back)
  local arrow, is_plain
  for i = #stack, 1, -1 do
    local node, target = stack[i].node, stack[i].list[stack[i].at]
    if not is_plain then arrow, is_plain = { node.item, target.text }, node.extension == "" end
    if node.item == back then return arrow end
  end
end

-- Targets that lead back to where the mail came from: whether there was one.
local function drop_circles(self)
  local seen, arrows = {}, {}
  for _, item in ipairs(self.entries) do
    local first = not item.is_gone and new_node(self, item, bare(item.fields.proxies[1]))
    if first and not seen[first.key] then
      follow(self, first, seen, function(stack, back)
        arrows[#arrows + 1] = arrow_of(stack, back)
      end)
    end
  end
  for _, arrow in ipairs(arrows) do
    local function is_kept(address) return address ~= bare(arrow[2]) end
    keep_targets(self, arrow[1], is_kept, "%s leads back here")
  end
  return #arrows > 0
end

-- What texts become, each once.
local function once(texts, named)
  local list, seen = {}, {}
  for _, text in ipairs(texts) do
    local made = named(text)
    if not seen[made:lower()] then list[#list + 1] = made end
    seen[made:lower()] = true
  end
  return list
end

-- Targets that only somebody gets who gets all of a domain become that one's: nobody is caught twice on
-- the way.
local function name_caught(self)
  local function named(text)
    local owner, final, is_caught = self:follow(bare(text))
    return is_caught and final and (owner or self:is_known(final)) and smtp.plain(final) or text
  end
  for _, item in ipairs(self.entries) do
    local fields = item.fields
    fields.targets = fields.targets and once(fields.targets, named)
    fields.members = fields.members and once(fields.members, named)
    if fields.targets and #fields.targets == 1 then
      fields.target, fields.targets = fields.targets[1], nil
    end
    fields.target = fields.target and named(fields.target)
  end
  for _, caught in ipairs(self.caught) do
    local fields = caught.declared.fields
    fields.catchall = fields.catchall and named(fields.catchall)
  end
end

--- Leaves it out.
-- @tparam table self a site whose entries are all there
local function drop(self)
  local is_changed
  drop_wholes(self)
  repeat -- whoever is gone leaves others to nobody, or an address to who has it without its extension
    is_changed = drop_circles(self)
    is_changed = drop_unknown(self) or is_changed
    is_changed = drop_catchalls(self) or is_changed
  until not is_changed
  name_caught(self)
end

return drop
