--- Follows an address by what is known of rewrites and the directory, to where they leave it; or to
-- what no set can tell.
-- @module postoffice.policy.prove.classes.follow

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local has_mark = require "postoffice.address".has_mark
local is_never = require "postoffice.policy.prove.classes.atoms.unchanged".is_never
local holders = require "postoffice.policy.prove.classes.holders"
local new_course = require "postoffice.policy.prove.classes.course".new
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local shapes = require "postoffice.policy.prove.sets.shapes"

local MAX_STEPS = 32
local KEPT = "whether it makes the same of an address, of which there is no regular set where"
  .. " captures change places"
local NONE = {}

-- Whether the directory has an address: "known", "extended" if it has it with an extension, or nil.
local function how_known(compiled, address, key)
  if directory.find_target(compiled.directory, key) then return "known" end
  local entry, is_extended = holders.find(compiled, address, key)
  return entry and (is_extended and "extended" or "known")
end

local function by(declaration, why)
  return ("%s (%s)%s"):format(describe.title(declaration), describe.where(declaration), why)
end

-- Why it is not known what a rewrite makes of an address, or nil.
local function why_untold(found, rewrite, address)
  if found.untold[rewrite] then return by(rewrite.declaration, ": " .. found.untold[rewrite]) end
  local doubt = found.doubt[rewrite]
  if doubt and formulas.has(doubt, shapes.word(address)) then
    return by(rewrite.declaration, ": what it makes is written in another way")
  end
end

-- Notes in a course that a rewrite makes a domain of an address that may be written in several ways: what
-- becomes of others of its class is so only if their domains have the same said of them.
local function note_respelled(found, course, rewrite, address, made)
  local respelled, word = found.respelled[rewrite], shapes.word(address)
  if respelled and formulas.has(respelled.formula, word) then
    course:respell(rewrite, respelled, word, made)
  end
end

-- The fields in which a rewrite makes of an address what is written with other blanks, or without a
-- comma, as keys; nil if there are none.
local function changed_fields(found, rewrite, word)
  local fields
  for field, formula in pairs(found.changed[rewrite] or NONE) do
    if formulas.has(formula, word) then
      fields = fields or {}
      fields[field] = true
    end
  end
  return fields
end

-- Notes in a course whether a rewrite makes the same of an address, if others of its class may differ in that.
local function note_kept(found, course, rewrite, address, made)
  local kept, word = found.kept[rewrite], shapes.word(address)
  local changed = changed_fields(found, rewrite, word)
  course.changed = changed or NONE
  local may_be_kept = kept and formulas.has(kept, word)
    or changed and not is_never(rewrite, changed, word)
  if may_be_kept then course:fork(rewrite, core.key(made) == core.key(address), KEPT) end
end

-- The first rewrite that is for an address, and what it captures; true for one that only a function
-- knows of.
local function first_rewrite(compiled, address, fired)
  local rank, rewrite = rewrites.next(compiled.rewrites, 0, address)
  while rank do
    if rewrite.matches then return rewrite, nil end
    local captures = not fired[rewrite] and rewrites.match(rewrite, address)
    if captures then return rewrite, captures end
    rank, rewrite = rewrites.next(compiled.rewrites, rank, address)
  end
end

-- Why it is not known what a gateway makes of an address, or nil.
local function why_at_gateway(compiled, address, told)
  local postoffice = postoffices.of(compiled.postoffices, address)
  if not postoffice or not postoffice.gateway or told[postoffice] then return nil end
  return by(postoffice.declaration, (": what its gateway makes of %s addresses"):format(
    postoffice.gateway))
end

-- Whether a template makes the same in a field of all addresses.
local function is_fixed(rewrite, field)
  local pieces = rewrite.template.fields and rewrite.template.fields[field]
  for _, piece in ipairs(pieces or NONE) do
    if type(piece) ~= "string" then return false end
  end
  return not rewrite.template.whole
end

local function has_none(_, _, made) return not has_mark(made) end

-- By type, whether hosts read the same (`relaying`) in all addresses of a class that a rewrite makes of
-- it, which has marks in all of a field or in none.
local READ = {
  EX = has_none, X500 = has_none, MS = has_none, PCM = has_none, GWISE = has_none,
}

function READ.SMTP() return true end

-- Where no post office is declared, any may be a gateway.
function READ.CCMAIL(compiled, _, made)
  return postoffices.are_ccmail(compiled.postoffices) or not has_mark(made)
end

-- Nothing but domain-defined attributes is read.
function READ.X400(_, rewrite, made)
  for name in pairs(made) do
    if name:find "^dda%d" and not is_fixed(rewrite, name) then return false end
  end
  return true
end

function READ.UUCP(_, rewrite) return is_fixed(rewrite, "path") end

function READ.NOTES(_, rewrite, made) return is_fixed(rewrite, "domain") and not has_mark(made) end

function READ.MSMAIL(_, rewrite, made) return is_fixed(rewrite, "server") and not has_mark(made) end

READ.MSA = READ.MSMAIL

-- Why it is not known whether what a rewrite made of another type may leave, or nil.
local function why_leaves(compiled, rewrite, address, made, told)
  if made.type == address.type or told.hosts and told.hosts[compiled] then return nil end
  local is_read = READ[made.type]
  if is_read and is_read(compiled, rewrite, made) then return nil end
  return by(rewrite.declaration, ": what hosts read in what it makes")
end

-- One step: a new address and the rewrite that made it; or nil and "known", "extended" or "end"; or nil,
-- nil and why that is not told.
local function step(found, course, address, fired, told)
  local compiled = course.compiled
  local key = core.key(address)
  if not key then return nil, "end" end
  local known = how_known(compiled, address, key)
  if known then return nil, known end
  local why = found.unknown[families.of(address.type)]
  if why then return nil, nil, why end
  local rewrite, captures = first_rewrite(compiled, address, fired)
  if rewrite and (not captures or not rewrite.template) then return nil, "end" end
  if rewrite then
    why = why_untold(found, rewrite, address)
    if why then return nil, nil, why end
    local made = rewrites.fill(rewrite, captures)
    note_respelled(found, course, rewrite, address, made)
    if not made then return nil, "end" end
    if rewrites.is_fixed(rewrite) then return made, rewrite end
    note_kept(found, course, rewrite, address, made)
    fired[rewrite] = not rewrite.again
    why = why_leaves(compiled, rewrite, address, made, told)
    if why then return nil, nil, why end
    if core.key(made) ~= key then return made, rewrite end
  end
  why = why_at_gateway(compiled, address, told)
  if why then return nil, nil, why end
  return nil, "end"
end

local follow

-- Follows what becomes of an address with an extension that goes on to targets: nil and why that is
-- not told, or true.
local function follow_onward(found, address, steps, course)
  local compiled = course.compiled
  for _, item in ipairs(found.onward[compiled] or NONE) do
    local captures = rewrites.match(item.rewrite, address)
    local why = captures and why_untold(found, item.rewrite, address)
    local made = captures and not why and rewrites.fill(item.rewrite, captures)
    if captures and not why then note_respelled(found, course, item.rewrite, address, made) end
    local ended = true
    if made then ended, why = follow(found, compiled, made, NONE, steps, course) end
    if why or not ended then return nil, why end
  end
  return true
end

-- How a course ends where tests end it, or nil and why that is not told.
local function end_of(found, address, steps, course, ended)
  local is_told, why = course:finish()
  if is_told and ended == "extended" then
    is_told, why = follow_onward(found, address, steps, course)
  end
  return is_told and ended, why
end

-- Takes a step: "end" if the course ends so, nil if not, or nil and why that is not told.
local function go(course, address, rewrite, made)
  if rewrites.is_fixed(rewrite) then return course:step_to_end(rewrite) end -- it is the same for all
  return course:step(address, rewrite, made)
end

-- Follows an address so many steps; who takes more comes to nobody.
function follow(found, compiled, address, told, steps, before)
  local fired, course = {}, new_course(compiled, address, before)
  for at = steps, 1, -1 do
    local made, by_what, why = step(found, course, address, fired, told)
    local ended
    if made then
      ended, why = go(course, address, by_what, made)
    elseif by_what then
      ended, why = end_of(found, address, at - 1, course, by_what)
    end
    if ended or why then return ended, why, course end
    address, told = made, made.type == "SMTP" and { hosts = told.hosts } or NONE
  end
  return "end", nil, course
end

--- Follows an address.
-- @tparam table found from `atoms.collect`
-- @tparam table compiled
-- @tparam table address
-- @tparam[opt] table told the post offices, as a set, of which it is known what their gateways make of
--   this very address; and `hosts`, the policies, as a set of what is compiled, of which it is known whether
--   the first of another type that becomes of it may leave
-- @tparam[opt] table before the course that led to it
-- @treturn string|nil "known" if it comes to what the directory has, "extended" if it comes to such
--   with an extension, "end" if it comes to neither; nil if that cannot be told
-- @treturn string why
-- @treturn table its course
return function(found, compiled, address, told, before)
  return follow(found, compiled, address, told or NONE, MAX_STEPS, before)
end
