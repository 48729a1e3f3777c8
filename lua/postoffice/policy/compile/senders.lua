--- Rewriting senders: by `rewrite_sender`, and by the inverses of rewrites that work both ways.
--
-- `rewrite_sender` goes one way, and many senders may become one.  A rewrite with
-- `both = true` turns recipients that match its pattern, the name outside, into
-- `to`, the one inside, and senders that match `to` back, for the connectors in
-- `at`.  So that nobody is given another's name, no two addresses may become one:
-- rewrites whose images overlap, or that produce an explicit entry's address, are
-- refused at load.
-- @module postoffice.policy.compile.senders

local anchors = require "postoffice.policy.pattern.anchors"
local compare = require "postoffice.policy.pattern.compare"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local matchers = require "postoffice.policy.pattern.matchers"
local rewrites = require "postoffice.policy.compile.rewrites"
local templates = require "postoffice.policy.pattern.templates"
local write = require "postoffice.address".show

local senders = {}

local lower = string.lower

local MAX_PAIRS = 500000 -- of a rewrite and an address that it might match: a second or two

-- What shows people by one name outside, where no inverse can.
local ADVICE = "; leave out both, and say by rewrite_sender under which name they go out; or list"
  .. " these people as recipients, with both addresses as proxies, and set outbound = \"primary\""

-- The template that a pattern is for the way back, of what `to` captures; or nil and why there is
-- none.
local function template_of(from, names)
  local template, _, unknown = templates.read(from, names)
  if template then return template end
  return nil, unknown
    and ("captures {%s}, which to does not use; without it there is no way back"):format(unknown)
    or "holds a wildcard without a name; write {name}, so that there is a way back"
end

-- The inverse of a rewrite: the matcher of its `to`, the template of its pattern; or nil and what
-- is wrong with `both`.
local function invert(rewrite)
  local declaration = rewrite.declaration
  local from, to = declaration.name, declaration.fields.to
  if not from or type(to) ~= "string" then
    return nil, " needs a pattern and a text in to; a function or a table of fields has no inverse"
  end
  local matcher, fault = matchers.read(to)
  if not matcher then return nil, ": to " .. fault end
  local template, why = template_of(from, matcher.names)
  if not template then return nil, ": the pattern " .. why end
  return {
    matcher = matcher, template = template, declaration = declaration, source = rewrite.matcher,
  }
end

-- The folded names of the connectors that a rule is for; nil for all.
local function folded(names)
  if not names then return nil end
  local set = {}
  for _, name in ipairs(names) do set[lower(name)] = true end
  return set
end

local function share_connector(a, b)
  if not a.at or not b.at then return true end
  for name in pairs(a.at) do
    if b.at[name] then return true end
  end
  return false
end

local TOO_MANY = ": both: there are too many such rules to hold each against the others; in some"
  .. " field, write a name without wildcards, such as the domain"

-- ", such as kim@new.example", if there is an address that both make.
local function such_as(inverse, other)
  local text = compare.witness(inverse.matcher, other.matcher)
  return text and ", such as " .. text or ""
end

-- Holds an inverse against others; false where that is too much work, and all that follows, too.
local function check_against(inverse, others, work, errors)
  for _, other in ipairs(others) do
    local overlap = share_connector(inverse, other)
      and compare.overlap(inverse.matcher, other.matcher, work)
    if overlap == nil then
      errors.add(inverse.declaration, TOO_MANY)
      return false
    elseif overlap then
      errors.fail("rewrite-not-injective", inverse.declaration,
        ": both: it makes the same addresses as"
        .. " the rewrite at %s%s, so no sender could be told back" .. ADVICE,
          describe.where(other.declaration), such_as(inverse, other))
      return true
    end
  end
  return true
end

-- Each against those before it that could overlap.
local function check_images(list, errors)
  local before, work = anchors.new(), compare.work()
  for _, inverse in errors.each(list) do
    if not check_against(inverse, before:near(inverse), work, errors) then return end
    before:add(inverse)
  end
end

-- The inverses by what their rewrites match, to find those that reach into an address.
local function by_source(list)
  local sources = {}
  for i, inverse in ipairs(list) do
    sources[i] = { matcher = inverse.source, inverse = inverse }
  end
  return rewrites.index(sources)
end

-- An entry's address that an inverse would give to another's sender.
local function check_address(inverse, entries, entry, address, errors)
  if inverse.refused then return end
  local captures = matchers.match(inverse.source, address)
  local image = captures and templates.fill(inverse.forward, captures)
  if not image or directory.owns(entries, entry, core.key(image)) then return end
  inverse.refused = true -- one error is enough
  errors.fail("rewrite-not-injective", inverse.declaration,
    ': both: "%s" has %s at %s, and the sender %s would become that' .. ADVICE,
    directory.name(entries, entry), write(address), directory.where(entries, entry), write(image))
end

local function check_entries(list, entries, errors)
  if #list == 0 then return end
  local sources, pairs_left = by_source(list), MAX_PAIRS
  for entry in directory.each(entries) do
    errors.watch()
    for _, address in ipairs(directory.proxies(entries, entry)) do
      local rank, source = rewrites.next(sources, 0, address)
      while rank do
        pairs_left = pairs_left - 1
        if pairs_left < 0 then return errors.add(source.inverse.declaration, TOO_MANY) end
        check_address(source.inverse, entries, entry, address, errors)
        rank, source = rewrites.next(sources, rank, address)
      end
    end
  end
end

-- The inverses of those rewrites that work both ways.
local function invert_all(rewrite_list, errors)
  local list = {}
  for _, rewrite in ipairs(rewrite_list) do
    local fields = rewrite.declaration.fields
    if fields.at and not fields.both then
      errors.add(rewrite.declaration, ": at says where senders are rewritten back; add both = true")
    elseif fields.both then
      local inverse, why = invert(rewrite)
      if inverse then
        inverse.at, inverse.forward = folded(fields.at), rewrite.template
        list[#list + 1] = inverse
      else
        errors.add(rewrite.declaration, ": both%s", why)
      end
    end
  end
  return list
end

-- The rules of `rewrite_sender`, in file order.
local function read_one_way(declarations, errors)
  local list = {}
  for _, declaration in errors.each(declarations) do
    local rule = rewrites.read(#list + 1, declaration, errors)
    if rule then
      rule.at = folded(declaration.fields.by)
      list[#list + 1] = rule
    end
  end
  return list
end

--- Compiles what rewrites senders.
-- @tparam {table,...} declarations of `rewrite_sender`
-- @tparam table forth the compiled rewrites of recipients
-- @tparam table entries the compiled directory
-- @tparam table errors
-- @treturn table|nil for `senders.find`; nil if there are errors
function senders.compile(declarations, forth, entries, errors)
  local one_way = read_one_way(declarations, errors)
  if #errors > 0 then return nil end -- a rewrite that was not read has no inverse
  local both = invert_all(rewrites.all(forth), errors)
  check_images(both, errors)
  check_entries(both, entries, errors)
  return {
    one_way = rewrites.index(one_way), both = rewrites.index(both), forth = forth,
    is_empty = #one_way + #both == 0,
  }
end

-- The first rewrite whose pattern an address has, and what it captures; or nil.
local function taken_by(forth, address)
  local rank, rewrite = rewrites.next(forth, 0, address)
  while rank do
    local captures = rewrite.matcher and matchers.match(rewrite.matcher, address)
    if captures then return rewrite, captures end
    rank, rewrite = rewrites.next(forth, rank, address)
  end
end

-- Whether an address that a sender would be written back to is rewritten to the sender again.  An
-- earlier rewrite may take it first; what a function of the script would do is not known.
local function comes_back(forth, address, sender)
  local rewrite, captures = taken_by(forth, address)
  if not rewrite then return false end
  if not rewrite.template then return true end
  local made = templates.fill(rewrite.template, captures)
  return made ~= nil and core.key(made) == core.key(sender)
end

-- What the first rule that is for a connector, or for all, makes of a sender; of rules that work
-- both ways, which `forth` has, the first whose answers come back.
local function apply(index, sender, name, forth)
  local rank, rule = rewrites.next(index, 0, sender)
  while rank do
    if not rule.at or name and rule.at[name] then
      local captures = matchers.match(rule.matcher, sender)
      local address = captures and templates.fill(rule.template, captures)
      if address and (not forth or comes_back(forth, address, sender)) then
        return address, rule.declaration
      end
    end
    rank, rule = rewrites.next(index, rank, sender)
  end
end

--- A sender as the first `rewrite_sender`, or else the first rewrite that works both ways, has it.
-- @tparam table compiled
-- @tparam table sender
-- @tparam string|nil name the connector's, folded; without one, only by rules for all
-- @treturn table|nil address
-- @treturn table|nil the declaration that it is by
function senders.find(compiled, sender, name)
  if compiled.is_empty then return nil end
  local address, declaration = apply(compiled.one_way, sender, name)
  if address then return address, declaration end
  return apply(compiled.both, sender, name, compiled.forth)
end

--- The rules of `rewrite_sender`, in file order.
-- @tparam table compiled
-- @treturn {table,...} each `matcher`, `template`, `declaration`, `rank`, and `at`: the folded names
--   of the connectors that it is for, nil for all
function senders.one_way(compiled) return rewrites.all(compiled.one_way) end

--- The rewrites that work both ways, as they rewrite senders.
-- @tparam table compiled
-- @treturn {table,...} likewise
function senders.both(compiled) return rewrites.all(compiled.both) end

return senders
