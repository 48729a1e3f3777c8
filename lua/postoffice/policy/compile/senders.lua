--- Rewriting senders: the inverses of rewrites that work both ways.
--
-- A rewrite with `both = true` turns recipients that match its pattern into `to`,
-- and senders that match `to` back, for the connectors in `at`.  So that nobody is
-- given another's name, no two addresses may become one: rewrites whose images
-- overlap, or that produce an explicit entry's address, are refused at load.
-- @module postoffice.policy.compile.senders

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

local ADVICE = "; list these people as recipients, with both addresses as proxies"

-- The inverse of a rewrite: the matcher of its `to`, the template of its pattern.
local function invert(rewrite, errors)
  local declaration = rewrite.declaration
  local from, to = declaration.name, declaration.fields.to
  if not from or type(to) ~= "string" then
    errors.add(declaration, ": both needs a pattern and a text in to; a function or a table of"
      .. " fields has no inverse")
    return nil
  end
  local matcher, fault = matchers.read(to)
  if not matcher then
    errors.add(declaration, ": both: to %s", fault)
    return nil
  end
  local template, message, unknown = templates.read(from, matcher.names)
  if unknown then
    message = ("captures {%s}, which to does not use; without it there is no way back"):format(
      unknown)
  elseif not template then
    message = "holds a wildcard without a name; write {name}, so that there is a way back"
  end
  if not template then
    errors.add(declaration, ": both: the pattern %s", message)
    return nil
  end
  return {
    matcher = matcher, template = template, declaration = declaration, source = rewrite.matcher,
  }
end

-- The names of the connectors that an inverse is for; nil for all.
local function connectors_of(declaration)
  local at = declaration.fields.at
  if not at then return nil end
  local set = {}
  for _, name in ipairs(at) do set[lower(name)] = true end
  return set
end

local function share_connector(a, b)
  if not a.at or not b.at then return true end
  for name in pairs(a.at) do
    if b.at[name] then return true end
  end
  return false
end

local function is_literal(field) return #field.pieces == 1 and type(field.pieces[1]) == "string" end

-- What two images have to share to overlap: the first field without wildcards.
local function bucket_of(matcher)
  for _, field in ipairs(matcher.fields) do
    if is_literal(field) then return field.field .. "=" .. field.prefix end
  end
end

local TOO_MANY = ": both: there are too many such rules to hold each against the others; in some"
  .. " field, write a name without wildcards, such as the domain"

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
        .. " the rewrite at %s, so no sender could be told back" .. ADVICE,
          describe.where(other.declaration))
      return false
    end
  end
  return true
end

-- Each against those before it that could overlap: of its bucket, or of none.
local function check_images(list, errors)
  local buckets, wild, before, work = {}, {}, {}, compare.work()
  for _, inverse in errors.each(list) do
    local key = bucket_of(inverse.matcher)
    local bucket = key and (buckets[key] or {})
    if key then buckets[key] = bucket end
    if check_against(inverse, bucket or before, work, errors) and bucket then
      check_against(inverse, wild, work, errors)
    end
    if work.left < 0 then return end
    table.insert(bucket or wild, inverse)
    table.insert(before, inverse)
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

--- Compiles the inverses of rewrites that work both ways.
-- @tparam {table,...} rewrite_list compiled rewrites
-- @tparam table entries the compiled directory
-- @tparam table errors
-- @treturn table for `senders.find`
function senders.compile(rewrite_list, entries, errors)
  local list = {}
  for _, rewrite in ipairs(rewrite_list) do
    local fields = rewrite.declaration.fields
    if fields.at and not fields.both then
      errors.add(rewrite.declaration, ": at says where senders are rewritten back; add both = true")
    elseif fields.both then
      local inverse = invert(rewrite, errors)
      if inverse then
        inverse.at = connectors_of(rewrite.declaration)
        inverse.forward = rewrite.template
        list[#list + 1] = inverse
      end
    end
  end
  check_images(list, errors)
  check_entries(list, entries, errors)
  return rewrites.index(list)
end

--- A sender as the rewrites write it back for a connector.
-- @tparam table inverses
-- @tparam table sender
-- @tparam table connector
-- @treturn table|nil address
-- @treturn table|nil the declaration that it is by
function senders.find(inverses, sender, connector)
  local rank, inverse = rewrites.next(inverses, 0, sender)
  while rank do
    if not inverse.at or inverse.at[lower(connector.name)] then
      local captures = matchers.match(inverse.matcher, sender)
      local address = captures and templates.fill(inverse.template, captures)
      if address then return address, inverse.declaration end
    end
    rank, inverse = rewrites.next(inverses, rank, sender)
  end
end

return senders
