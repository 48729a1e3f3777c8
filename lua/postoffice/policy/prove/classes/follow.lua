--- Follows an address by what is known of rewrites and the directory, to where they leave it; or to
-- what no set can tell.
-- @module postoffice.policy.prove.classes.follow

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local holders = require "postoffice.policy.prove.classes.holders"
local is_carrier = require "postoffice.text.imcea".begins
local new_course = require "postoffice.policy.prove.classes.course".new
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"

local MAX_STEPS = 32
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

-- What of an address at a domain is for code alone to tell.
local function why_carried(compiled, address)
  if address.type ~= "SMTP" or not address.domain then return nil end
  local localpart, shell = address.localpart, shells.at(compiled.shells, address)
  if shell and localpart:lower():find("imcea", 1, true) and not is_carrier(localpart) then
    return by(shell.first.declaration, ": its gateway may read what is in its shell")
  end
end

-- Why it is not known what a gateway makes of an address, or nil.
local function why_at_gateway(compiled, address, told)
  local postoffice = postoffices.of(compiled.postoffices, address)
  if not postoffice or not postoffice.gateway or told[postoffice] then return nil end
  return by(postoffice.declaration, (": what its gateway makes of %s addresses"):format(
    postoffice.gateway))
end

-- Types of which it is known what hosts read in their addresses (`relaying`), if no mark is in them.
local READ = { SMTP = true, CCMAIL = true, EX = true, X500 = true, MS = true, PCM = true }

-- Why it is not known whether what a rewrite made of another type may leave, or nil.
local function why_leaves(rewrite, address, made)
  if made.type == address.type then return nil end
  local is_read = READ[made.type] ~= nil
  for name, value in pairs(made) do
    local is_mark = made.type ~= "SMTP" and addresses.is_own_field(name) and value:find "[%%!@]"
    is_read = is_read and not is_mark
  end
  if not is_read then return by(rewrite.declaration, ": what hosts read in what it makes") end
end

-- One step: a new address and the rewrite that made it; or nil and "known", "extended" or "end"; or nil,
-- nil and why that is not told.
local function step(found, compiled, address, fired, told)
  local key = core.key(address)
  if not key then return nil, "end" end
  local known = how_known(compiled, address, key)
  if known then return nil, known end
  local why = found.unknown[families.of(address.type)] or why_carried(compiled, address)
  if why then return nil, nil, why end
  local rewrite, captures = first_rewrite(compiled, address, fired)
  if rewrite and (not captures or not rewrite.template) then return nil, "end" end
  if rewrite then
    why = why_untold(found, rewrite, address)
    if why then return nil, nil, why end
    local made = rewrites.fill(rewrite, captures)
    if not made then return nil, "end" end
    if rewrites.is_fixed(rewrite) then return made, rewrite end
    fired[rewrite] = not rewrite.again
    why = why_leaves(rewrite, address, made)
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
local function go(course, address, rewrite)
  if rewrites.is_fixed(rewrite) then return course:step_to_end(rewrite) end -- it is the same for all
  return course:step(address, rewrite)
end

-- Follows an address so many steps; who takes more comes to nobody.
function follow(found, compiled, address, told, steps, before)
  local fired, course = {}, new_course(compiled, before)
  for at = steps, 1, -1 do
    local made, by_what, why = step(found, compiled, address, fired, told)
    local ended
    if made then
      ended, why = go(course, address, by_what)
    elseif by_what then
      ended, why = end_of(found, address, at - 1, course, by_what)
    end
    if ended or why then return ended, why, course end
    address, told = made, NONE
  end
  return "end"
end

--- Follows an address.
-- @tparam table found from `atoms.collect`
-- @tparam table compiled
-- @tparam table address
-- @tparam[opt] table told the post offices, as a set, of which it is known what their gateways make of
--   this very address
-- @tparam[opt] table before the course that led to it
-- @treturn string|nil "known" if it comes to what the directory has, "extended" if it comes to such
--   with an extension, "end" if it comes to neither; nil if that cannot be told
-- @treturn string why
-- @treturn table its course
return function(found, compiled, address, told, before)
  return follow(found, compiled, address, told or NONE, MAX_STEPS, before)
end
