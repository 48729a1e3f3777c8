--- What becomes of addresses of SMTP that a rewrite makes one of another type, in which hosts may be read.
-- @module postoffice.policy.prove.classes.relays.retyped

local addresses = require "postoffice.address"
local answers = require "postoffice.policy.prove.classes.relays.answers"
local captured = require "postoffice.policy.prove.sets.captured"
local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local hosted = require "postoffice.policy.prove.classes.atoms.hosted"
local is_foreign = require "postoffice.policy.route.relaying".is_foreign
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local shapes = require "postoffice.policy.prove.sets.shapes"

local retyped = {}

local NONE = {}

-- The first rewrite that is for an address and not among some, and what it makes of it; nil if there is none,
-- or only code knows.
local function first_made(compiled, address, fired)
  local rank, rewrite = rewrites.next(compiled.rewrites, 0, address)
  while rank do
    if not rewrite.matcher or not rewrite.template then return nil end
    local captures = not fired[rewrite] and rewrites.match(rewrite, address)
    if captures then return rewrite, rewrites.fill(rewrite, captures) end
    rank, rewrite = rewrites.next(compiled.rewrites, rank, address)
  end
end

-- Whether hosts may read what is marked in an address: where post offices are declared, none of cc:Mail's
-- but gateways, of which it is told elsewhere.
local function may_be_read(compiled, address)
  if address.type == "CCMAIL" and postoffices.are_ccmail(compiled.postoffices) then return false end
  return hosted.FIELDS[families.of(address.type)] ~= nil
end

-- What becomes of an address of SMTP that is one of another type, where hosts may be read, and the rewrite
-- that makes it, be it after others that make addresses of SMTP; nil if that is nothing, or something becomes
-- of it in turn.
local function result_of(compiled, address)
  local fired, rewrite = {}, nil
  repeat
    if rewrite then fired[rewrite] = true end
    rewrite, address = first_made(compiled, address, fired)
    local is_one = address and core.key(address) and not rewrites.is_fixed(rewrite)
    if not is_one or rewrite.again then return nil end
  until address.type ~= "SMTP"
  if not may_be_read(compiled, address) or first_made(compiled, address, NONE) then return nil end
  return address, rewrite
end

local function sign(compiled, address) return is_foreign(compiled, address) and "+" or "-" end

--- Which policies would let leave what becomes of an address.
-- @tparam {table,...} policies
-- @tparam table address
-- @treturn string as `answers.of` returns it
function retyped.answers(policies, address)
  local list = {}
  for i, policy in ipairs(policies) do
    local made = result_of(policy.compiled, address)
    list[i] = made and sign(policy.compiled, made) or "-"
  end
  return table.concat(list)
end

local function is_marked(text) return text:find(addresses.MARKS) ~= nil end

-- By family, the fields beside the one that hosts look at in which a mark is read without fail: as a host that is none
-- of ours, unless there is an @.
local BESIDE = {
  GWISE = { domain = true, postoffice = true }, MS = { network = true, postoffice = true },
  PCM = { network = true, postoffice = true },
}

-- Whether pieces of a template have no @ in any address of SMTP that has a key: what they capture is of its domain.
local function are_of_domain(matcher, pieces)
  for _, piece in ipairs(pieces) do
    local is_text = type(piece) == "string"
    local field = not is_text and matcher.whole == nil and captured.field(matcher, piece.name)
    local is_one = field and field.field == "domain" or is_text and not piece:find "@"
    if not is_one then return false end
  end
  return true
end

-- Whether what a rewrite makes of a class in a field beside the one that hosts look at has a mark; nil where
-- that is not known.
local function is_marked_beside(rewrite, family, name, text)
  if family == "CCMAIL" then return false end -- its place is not read
  local pieces, is_read = rewrite.template.fields[name], BESIDE[family] and BESIDE[family][name]
  local is_fixed = #pieces == 1 and type(pieces[1]) == "string"
  if is_fixed and not is_marked(text) then return false end
  if is_read and are_of_domain(rewrite.matcher, pieces) then return is_marked(text) end
end

-- Whether one of these fields has a mark, nil where that is not known.
local function are_marked_beside(rewrite, made, field)
  local has_mark = false
  if not rewrite.template.fields then return nil end
  for name in pairs(rewrite.template.fields) do
    if name ~= field then
      local own = is_marked_beside(rewrite, families.of(made.type), name, made[name])
      if own == nil then return nil end
      has_mark = has_mark or own
    end
  end
  return has_mark
end

-- What a policy says of what becomes of all addresses of a class, or nil: of names without a mark the same, and
-- of those with one that they leave if no host of ours may be read in them.
local function answer_of(found, compiled, first)
  local made, rewrite = result_of(compiled, first)
  if not made then return "-" end
  local family = families.of(made.type)
  local field, at_ours = hosted.FIELDS[family], found.hosted[family]
  local is_beside = at_ours and are_marked_beside(rewrite, made, field)
  if not at_ours or is_beside == nil then return nil end
  if not is_beside and not is_marked(made[field]) then return sign(compiled, made) end
  if is_beside and family ~= "GWISE" then return "+" end -- whatever else is read
  return not formulas.has(at_ours, shapes.word(made)) and "+" or nil
end

--- What policies may say of what becomes of a class.
-- @tparam table search
-- @tparam table first an address of the class
-- @tparam table all what they may say of whatever is read, a set
-- @treturn {string,...}
function retyped.possible(search, first, all)
  local known = {}
  for i, policy in ipairs(search.policies) do
    known[i] = answer_of(search.found, policy.compiled, first)
  end
  return answers.narrowed(all, known)
end

--- The policies of which `retyped.answers` tells what becomes of a class: not those in which more is made of it.
-- @tparam {table,...} policies
-- @tparam table first an address of the class
-- @treturn table what is compiled, as a set
function retyped.told(policies, first)
  local told = {}
  for _, policy in ipairs(policies) do
    told[policy.compiled] = result_of(policy.compiled, first) ~= nil or nil
  end
  return told
end

--- Whether hosts may read another address in what becomes of an address.
-- @tparam {table,...} policies
-- @tparam table address of SMTP
-- @treturn boolean
function retyped.is_marked(policies, address)
  for _, policy in ipairs(policies) do
    local made = result_of(policy.compiled, address)
    if made and addresses.has_mark(made) then return true end
  end
  return false
end

return retyped
