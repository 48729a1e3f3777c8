--- By how much rewrites make addresses longer, as far as the pieces of patterns and templates tell: at the
-- least and at the most.  What is always longer, or shorter, than an address is not that one again.
-- @module postoffice.policy.prove.classes.lengths

local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local shapes = require "postoffice.policy.prove.sets.shapes"

local lengths = {}

local MANY = math.huge

--- Nothing is longer or shorter.
lengths.NONE = { least = 0, most = 0 }

--- It may be anything.
lengths.UNKNOWN = { least = -MANY, most = MANY }

-- How much there is of pieces at least, besides what is captured: the length, how often each name is there, and
-- whether that is all.
local function size_of(pieces)
  local size = { length = 0, names = {}, is_all = true }
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      size.length = size.length + #piece
    elseif piece.kind == "name" then
      size.names[piece.name] = (size.names[piece.name] or 0) + 1
    else
      size.length, size.is_all = size.length + (piece.kind == "one" and 1 or 0), false
    end
  end
  return size
end

--- By how much what pieces of a template make is longer than what pieces of a pattern match.  No name
-- holds nothing.
-- @tparam {string|table,...} from of the pattern
-- @tparam {string|table,...} to of the template
-- @treturn table `least` and `most`
function lengths.change(from, to)
  local own, made = size_of(from), size_of(to)
  local change, has_fewer, has_more = made.length - own.length, not own.is_all, false
  for name, count in pairs(own.names) do
    local more = (made.names[name] or 0) - count
    change, has_fewer, has_more = change + more, has_fewer or more < 0, has_more or more > 0
  end
  return { least = has_fewer and -MANY or change, most = has_more and MANY or change }
end

-- The pieces of all fields of a template, those of domains in A-labels; nil where one has none.
local function pieces_of(template)
  local all = {}
  for field, pieces in pairs(template.fields) do
    if families.has_domain(template.type, field) then pieces = domains.fold(pieces) end
    if not pieces then return nil end
    lists.add_all(all, pieces)
  end
  return all
end

-- By family, whether what is made is written as it is made; of others it may be shorter.
local IS_KEPT = { SMTP = true, CCMAIL = false }

--- By how much a rewrite makes addresses longer, if domains are written as it makes them.
-- @tparam table rewrite with `matcher` and `template`
-- @treturn table `least` and `most`
function lengths.of(rewrite)
  local matcher, template = rewrite.matcher, rewrite.template
  local is_kept = IS_KEPT[families.of(template.type)]
  if is_kept == nil or IS_KEPT[matcher.family] == nil then return lengths.UNKNOWN end
  if matcher.whole ~= nil or template.whole then return lengths.UNKNOWN end
  local from, to = {}, pieces_of(template)
  for _, field in ipairs(matcher.fields) do lists.add_all(from, field.pieces) end
  if not to then return lengths.UNKNOWN end
  local change = lengths.change(from, to)
  local is_whole = #matcher.fields == #shapes.fields(matcher.family)
  return { least = is_kept and is_whole and change.least or -MANY, most = change.most }
end

--- Two changes, one after the other.
-- @tparam table one
-- @tparam table other
-- @treturn table
function lengths.sum(one, other)
  return { least = one.least + other.least, most = one.most + other.most }
end

--- Whether something is always longer or always shorter by a change.
-- @tparam table change
-- @treturn boolean
function lengths.differ(change) return change.least > 0 or change.most < 0 end

return lengths
