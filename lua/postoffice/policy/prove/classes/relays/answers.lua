--- What policies may say of addresses in which hosts may be read: that they would leave, or not.
-- @module postoffice.policy.prove.classes.relays.answers

local addresses = require "postoffice.address"
local carriers = require "postoffice.policy.prove.classes.relays.carriers"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local hosted = require "postoffice.policy.prove.classes.atoms.hosted"
local is_foreign = require "postoffice.policy.route.relaying".is_foreign
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local postoffices = require "postoffice.policy.compile.postoffices"
local shapes = require "postoffice.policy.prove.sets.shapes"
local variants = require "postoffice.policy.prove.classes.relays.variants"

local answers = {}

local ABSENT = formulas.ABSENT
local NONE = {}

--- Which policies would let an address leave.
-- @tparam {table,...} policies
-- @tparam table address
-- @treturn string one character for each, `+` or `-`
function answers.of(policies, address)
  local list = {}
  for i, policy in ipairs(policies) do
    list[i] = is_foreign(policy.compiled, address) and "+" or "-"
  end
  return table.concat(list)
end

-- Both answers of all policies alike.
local function alike(policies)
  return { [("+"):rep(#policies)] = true, [("-"):rep(#policies)] = true }
end

-- All that policies may say of what is read: it is foreign, or at a host that some of them know.  What
-- carriers carry again is at one of these, too.
local function answers_at(policies, hosts)
  local list = { [("+"):rep(#policies)] = true } -- what no host can read
  for _, host in ipairs(hosts) do
    for _, user in ipairs { "x", "!" } do
      list[answers.of(policies, addresses.smtp(user, host))] = true
    end
  end
  return list
end

--- All that policies may say of what is read.
-- @tparam {table,...} policies
-- @treturn table a set of texts
function answers.all(policies) return answers_at(policies, variants.hosts(policies)) end

--- Whether policies say the same of whatever is read.
-- @tparam {table,...} policies
-- @treturn boolean
function answers.are_alike(policies)
  for answer in pairs(answers.all(policies)) do
    if answer:find("+", 1, true) and answer:find("-", 1, true) then return false end
  end
  return true
end

--- Where a part has marks by which hosts read another address.
-- @tparam table search
-- @tparam table part
-- @treturn string|nil the field, of several the last
-- @treturn number in how many it has some
-- @treturn table these as a set; `high` in that if some of it is not ASCII
function answers.marks(search, part)
  local count, field, fields = 0, nil, {}
  for _, term in ipairs(part.accepted) do
    local marked = search.found.marks[term.id]
    if marked then count, field, fields[marked] = count + 1, marked, true end
    fields.high = fields.high or search.found.high[term.id]
  end
  return field, count, fields
end

-- The text that a field has in all addresses of a part, or nil.
local function text_in(part, field)
  for _, term in ipairs(part.accepted) do
    local conds = term.fields[field]
    local is_plain = conds and conds ~= ABSENT and conds[1].tokens and not conds[1].quoted
    local text = is_plain and globs.text(conds[1].tokens)
    if text then return text end
  end
end

-- By family, what policies may say of addresses that are not fixed.
local SAID = {}

function SAID.SMTP(search, part)
  local policies = search.policies
  local all = alike(policies)
  local may_say_more = carriers.is_inside(search, part, "escaped")
    and not carriers.are_none(search, part)
  if not may_say_more then return all end -- or all policies know the same hosts
  if not openers.read_same(policies) then all["+-"], all["-+"] = true, true end
  for answer in pairs(answers.all(policies)) do all[answer] = true end
  return all
end

-- Before a slash only hosts without a dot are read.
function SAID.MS(search, _, field)
  local hosts = {}
  for _, host in ipairs(variants.hosts(search.policies)) do
    if field == "mailbox" or not host:find(".", 1, true) then hosts[#hosts + 1] = host end
  end
  return answers_at(search.policies, hosts)
end

SAID.PCM = SAID.MS

-- No host reads what is marked in a user's name.
function SAID.UUCP(search, _, field)
  local hosts = field and NONE or variants.hosts(search.policies)
  local all = answers_at(search.policies, hosts)
  if not field then all[("-"):rep(#search.policies)] = true end
  return all
end

-- The globs that match a field of all addresses of a part, as lists of tokens.
local function globs_of(part, field)
  local list = {}
  for _, term in ipairs(part.accepted) do
    local conds = term.fields[field]
    for _, glob in ipairs(conds and conds ~= ABSENT and conds or NONE) do
      list[#list + 1] = not glob.quoted and glob.tokens or nil
    end
  end
  return list
end

-- Whether hosts may be read in names of Notes of a part: in none that has a slash before its @, which is in
-- no host that is named; and in none that has quotes, but begins otherwise.
local function has_mailboxes(search, part)
  local has_slash, has_quotes, begins_otherwise = false, false, false
  for _, tokens in ipairs(globs_of(part, "name")) do
    has_slash = has_slash or lists.contains(tokens, "/")
    has_quotes = has_quotes or lists.contains(tokens, '"')
    begins_otherwise = begins_otherwise or globs.kind(tokens[1] or "\1") == "letter"
  end
  local is_named = openers.name_hosts(search.policies)
  return not (has_slash and is_named or has_quotes and begins_otherwise)
end

-- The dots of a host tell it from a place in a name.  A name without a place has no @ but in quotes, in
-- which nobody reads a host but a literal that has some of them itself.
function SAID.NOTES(search, part, field)
  local hosts, mark = {}, part.choice.domain == ABSENT and '"' or "."
  for _, host in ipairs(field and not has_mailboxes(search, part) and NONE
    or variants.hosts(search.policies)) do
    if not field or host:find(mark, 1, true) then hosts[#hosts + 1] = host end
  end
  local all = answers_at(search.policies, hosts)
  if not field then all[("-"):rep(#search.policies)] = true end
  return all
end

-- Without a mark nothing is read, and only foreign what has one where no host can be.
function SAID.GWISE(search, part, field)
  local policies, sample = search.policies, { type = "GWISE", domain = "x", postoffice = "x" }
  if not field then return { [("-"):rep(#policies)] = true } end
  local _, _, marked = answers.marks(search, part)
  for _, host in ipairs(variants.hosts(policies)) do
    local made = variants.group_wise(sample, marked, host)
    if made and answers.of(policies, made):find("-", 1, true) then return answers.all(policies) end
  end
  return { [("+"):rep(#policies)] = true }
end

-- Types of which it is known what hosts read in their addresses, if there is no mark.
local TOLD = { EX = true, SMTP = true, CCMAIL = true, MS = true, PCM = true, X400 = true }

-- What policies may say of addresses of any other family.
local function said_of(search, part, field)
  local all = answers.all(search.policies)
  if not TOLD[part.family] and not field then
    all[("-"):rep(#search.policies)] = true -- nothing is read in it
  end
  return all
end

-- By type, the field of the place, whose name is a host's if it has a dot.
local PLACES = { NOTES = "domain", MSMAIL = "server" }

--- Whether policies may say of some addresses of a part this, and of others that: of those with marks in
-- one field, for what has them in several is foreign; of what only looks like a carrier; and of types
-- whose places may be hosts.
-- @tparam table search
-- @tparam table part
-- @treturn boolean
function answers.may_be_several(search, part)
  if part.family == "SMTP" then return carriers.may_carry(search, part) end
  local field, count = answers.marks(search, part)
  if TOLD[part.family] then return count == 1 end
  local place = not field and PLACES[part.family]
  if not place then return true end
  local text = text_in(part, place)
  return part.choice[place] ~= ABSENT and (not text or text:find(".", 1, true) ~= nil)
end

-- By family, what a policy says of all addresses of a part, or nil.
local FIXED = {}

function FIXED.SMTP(policy, _, first)
  local domain = domains.find(policy.compiled.domains, core.key(first))
  if not domain or not domains.is_ours(domain) then return "+" end
  return domain.kind == "relay" and first.localpart:find(addresses.MARKS) and "+" or nil
end

-- Where no post office is declared, any may be a gateway; without one there is nothing to read it.
function FIXED.CCMAIL(policy, part)
  if postoffices.are_ccmail(policy.compiled.postoffices) then return "-" end
  return part.choice.postoffice == ABSENT and "+" or nil
end

--- What policies may say, where it is known of some of them.
-- @tparam table all what they may say otherwise, a set of texts
-- @tparam table known by the number of a policy, what it says; none of one that may say anything
-- @treturn {string,...} in order
function answers.narrowed(all, known)
  local found = {}
  for answer in pairs(all) do
    local at = 0
    found[answer:gsub(".", function(said)
      at = at + 1
      return known[at] or said
    end)] = true
  end
  return lists.keys(found)
end

-- Whether all of a part has a mark in the one field that hosts read, and none of ours may be read there.
local function are_all_foreign(search, part, first)
  local field, count = answers.marks(search, part)
  local at_ours = search.found.hosted[part.family]
  local is_one = first and count == 1 and field == hosted.FIELDS[part.family]
  return is_one and at_ours ~= nil and not formulas.has(at_ours, shapes.word(first))
end

--- What policies may say of addresses of a part.
-- @tparam table search
-- @tparam table part
-- @treturn {string,...} in order
function answers.of_part(search, part)
  local field, first = answers.marks(search, part), members.first(part)
  if are_all_foreign(search, part, first) then return { ("+"):rep(#search.policies) } end
  local say, fixed = FIXED[part.family], {}
  for i, policy in ipairs(search.policies) do
    fixed[i] = first and say and say(policy, part, first)
  end
  return answers.narrowed((SAID[part.family] or said_of)(search, part, field), fixed)
end

return answers
