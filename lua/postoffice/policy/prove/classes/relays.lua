--- What of a class may leave that was opened, where hosts may read another address in it (`relaying`):
-- of such a class there is one address that would, and one that would not.
-- @module postoffice.policy.prove.classes.relays

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local identities = require "postoffice.policy.prove.classes.identities"
local is_foreign = require "postoffice.policy.route.relaying".is_foreign
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"

local relays = {}

local clock = os.clock

local ABSENT = formulas.ABSENT
local NONE = {}
local FEW = 20 -- addresses of a class, by each of which others are made
local ENOUGH = 3 -- of these, of which policies say the same

-- ---- What else may be of a class -------------------------------------------------

local FOREIGN = "x.invalid" -- a host that is in nobody's domain (RFC 2606)

-- The hosts that policies name as ours, and one that nobody does;
-- of those below a domain two, of which one has three labels at least.
local function hosts_of(policies)
  local hosts = { FOREIGN }
  for _, policy in ipairs(policies) do
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      local is_host = not domain.space and domains.is_ours(domain)
      local name = domain.name:gsub("^%*%.", "x.")
      if is_host then hosts[#hosts + 1] = name end
      if is_host and name ~= domain.name then hosts[#hosts + 1] = "x.x." .. domain.name:sub(3) end
    end
  end
  return hosts
end

-- By family, the fields in which hosts read others.
local READ = {
  CCMAIL = { "mailbox" }, NOTES = { "name", "domain" }, MSMAIL = { "mailbox", "server" },
  MS = { "mailbox", "network", "postoffice" }, PCM = { "mailbox", "network", "postoffice" },
  UUCP = { "path" },
}

-- A copy of an address with another text in a field.
local function with(address, field, text)
  local made = addresses.bare(address)
  made[field] = text
  return made
end

-- A host that ends in a letter, with that as wide as a sign of Chinese, which IDNA takes for the same.
local function widened(host)
  return (host:gsub("%l$", function(letter)
    return "\239\189" .. string.char(32 + letter:byte())
  end))
end

-- An address of GroupWise in which a host is read: after the last of its fields that have marks, and before
-- those that have none.  Nil if it has too few labels for these.
local function group_wise_at(address, marked, host)
  local made = with(address, "domain", marked.domain and "!" or address.domain)
  local user = marked.high and "\195\188" or "x"
  if marked.high and not marked.object then host = widened(host) end
  local first, rest = host:match "^([^.]*)%.(.*)$"
  if marked.object and marked.postoffice then
    made.postoffice, made.object = '"!', user .. '"@' .. host
  elseif marked.object then
    made.object = user .. "@" .. host
  elseif marked.postoffice then
    made.postoffice, made.object = "x@" .. (first or ""), rest
  else
    made.domain = "x:x@" .. (first or "") -- what is before a colon is not read
    made.postoffice, made.object = (rest or ""):match "^([^.]*)%.(.*)$"
  end
  return made.object and made
end

-- Local parts in which a host is read, and after that a text: what carriers carry, of several types, as
-- some of these may be opened by nobody.
local CARRIERS = {
  "imceasmtp-x+40%s", "imceaccmail-x+40%s+20at+20%s", "imceanotes-x+40%s+40%s", "imceafax-1+20%s",
}

-- Addresses at the domain of one that looks like a carrier: such as nobody can open, and carriers.
local function carriers_like(address, hosts)
  local list, text = {}, address.localpart:lower()
  local rest = text:match "^imcea(.*)$" or text
  for _, broken in ipairs { "imceax-'", "imceax-+", "imceax-.x" } do
    list[#list + 1] = with(address, "localpart", broken .. rest)
  end
  local last = rest:gsub("[^%l%d-]", "")
  for _, form in ipairs(CARRIERS) do
    for _, host in ipairs(hosts) do
      local escaped = host:gsub("%.", "+2E")
      list[#list + 1] = with(address, "localpart", form:format(escaped, last == "" and "x" or last))
    end
  end
  return list
end

-- An address of SMTP that looks like a carrier; of any other family, with a host in each field in which
-- one is looked for.
local function variants_of(address, hosts, marked)
  if address.type == "SMTP" then return carriers_like(address, hosts) end
  local list = {}
  for _, host in ipairs(families.of(address.type) == "GWISE" and hosts or NONE) do
    list[#list + 1] = group_wise_at(address, marked, host)
  end
  for _, field in ipairs(READ[families.of(address.type)] or NONE) do
    for _, host in ipairs(address[field] and hosts or NONE) do
      list[#list + 1] = with(address, field, host)
      for _, user in ipairs { "x", '"x"', '"\195\188"', address[field] } do
        list[#list + 1] = with(address, field, user .. "@" .. host)
      end
    end
  end
  return list
end

-- An address as it is read; nil if it cannot be written.
local function read(address)
  local text = core.format(address)
  local found = text and core.parse(text, { unknown = true })
  return found and found.type == address.type and core.key(found) and found or nil
end

-- Whether an address is of the class of an item that is in no shell.
local function is_member(search, item, address)
  local is_named = search.found.keys[core.key(address)]
  return not is_named and identities.of(search, address) == item.class
end

-- ---- What policies say ---------------------------------------------------------

-- Which policies would let an address leave, as a text of one character for each.
local function answers_for(policies, address)
  local answers = {}
  for i, policy in ipairs(policies) do
    answers[i] = is_foreign(policy.compiled, address) and "+" or "-"
  end
  return table.concat(answers)
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
      list[answers_for(policies, addresses.smtp(user, host))] = true
    end
  end
  return list
end

local function all_answers(policies) return answers_at(policies, hosts_of(policies)) end

-- The field in which a part has marks, in how many it has, and these as a set; `high` in that if some of
-- it is not ASCII.
local function marks_of(search, part)
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

local function first_of(part)
  local first
  members.each(part, function(_, address)
    first = address
    return true
  end)
  return first
end

local function is_inside(search, part, what)
  for _, term in ipairs(part.accepted) do
    if search.found.inside[term.id] == what then return true end
  end
  return false
end

local CARRIER = "imcea"

-- Whether a text of tokens may begin as the local parts of carriers do.
local function may_begin(tokens)
  for i = 1, #CARRIER do
    local token = tokens[i]
    if not token then return false end
    if globs.is_run(token) then return true end
    local what, char = globs.read(token)
    if not what and char ~= CARRIER:sub(i, i) then return false end
  end
  return true
end

-- Whether what a glob matches may be the local part of a carrier.
local function may_be_carrier(glob)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if one.quoted or one.graph or may_begin(one.tokens) then return true end
  end
  return false
end

-- Whether a glob has a character that no carrier has, and is not of a quoted string, which has others.
local function has_other_sign(glob)
  for _, token in ipairs(not glob.quoted and glob.tokens or NONE) do
    local what, char = globs.read(token)
    if not what and not char:find "^[%w+=_-]$" then return true end
  end
  return false
end

-- Whether all addresses of a part have such a character: what looks like a carrier is none.
local function are_no_carriers(part)
  for _, term in ipairs(part.accepted) do
    for _, glob in ipairs(term.fields.localpart or NONE) do
      if has_other_sign(glob) then return true end
    end
  end
  return false
end

-- Whether addresses at a relay may be carriers, which no test tells from others there.
local function may_be_relayed(search, part)
  local first = first_of(part)
  local domain = first and domains.find(search.policies[1].compiled.domains, core.key(first))
  if not domain or domain.kind ~= "relay" then return false end
  for _, term in ipairs(part.accepted) do
    for _, glob in ipairs(term.fields.localpart or NONE) do
      if not may_be_carrier(glob) then return false end
    end
  end
  return true
end

-- Whether addresses of SMTP may be carriers.
local function may_carry(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.carriers[term.id] then return true end
  end
  if search.found.are_unlike then return is_inside(search, part, "carrier") end
  return may_be_relayed(search, part)
end

-- By family, what policies may say of addresses that are not fixed.
local SAID = {}

function SAID.SMTP(search, part)
  local policies = search.policies
  local all = alike(policies)
  local may_say_more = is_inside(search, part, "escaped") and not are_no_carriers(part)
  if not may_say_more then return all end -- or all policies know the same hosts
  if not openers.have_same_gateways(policies) then all["+-"], all["-+"] = true, true end
  for answer in pairs(all_answers(policies)) do all[answer] = true end
  return all
end

-- Before a slash only hosts without a dot are read.
function SAID.MS(search, _, field)
  local hosts = {}
  for _, host in ipairs(hosts_of(search.policies)) do
    if field == "mailbox" or not host:find(".", 1, true) then hosts[#hosts + 1] = host end
  end
  return answers_at(search.policies, hosts)
end

SAID.PCM = SAID.MS

-- No host reads what is marked in a user's name.
function SAID.UUCP(search, _, field)
  local hosts = field and NONE or hosts_of(search.policies)
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
    or hosts_of(search.policies)) do
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
  local _, _, marked = marks_of(search, part)
  for _, host in ipairs(hosts_of(policies)) do
    local made = group_wise_at(sample, marked, host)
    if made and answers_for(policies, made):find("-", 1, true) then return all_answers(policies) end
  end
  return { [("+"):rep(#policies)] = true }
end

-- Types of which it is known what hosts read in their addresses, if there is no mark.
local TOLD = { EX = true, SMTP = true, CCMAIL = true, MS = true, PCM = true, X400 = true }

-- What policies may say of addresses of any other family.
local function said_of(search, part, field)
  local all = all_answers(search.policies)
  if not TOLD[part.family] and not field then
    all[("-"):rep(#search.policies)] = true -- nothing is read in it
  end
  return all
end

-- By type, the field of the place, whose name is a host's if it has a dot.
local PLACES = { NOTES = "domain", MSMAIL = "server" }

-- Whether policies may say of some addresses of a part this, and of others that: of those with marks in
-- one field, for what has them in several is foreign; of what only looks like a carrier; and of types
-- whose places may be hosts.
local function may_be_several(search, part)
  if part.family == "SMTP" then return may_carry(search, part) end
  local field, count = marks_of(search, part)
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
  return domain.kind == "relay" and first.localpart:find "[%%!@]" and "+" or nil
end

-- Where no post office is declared, any may be a gateway; without one there is nothing to read it.
function FIXED.CCMAIL(policy, part)
  if postoffices.are_ccmail(policy.compiled.postoffices) then return "-" end
  return part.choice.postoffice == ABSENT and "+" or nil
end

-- What policies may say of addresses of a part, in order.
local function answers_of(search, part)
  local policies, found, first = search.policies, {}, first_of(part)
  local field = marks_of(search, part)
  local all, fixed = (SAID[part.family] or said_of)(search, part, field), {}
  for i, policy in ipairs(policies) do
    local say = FIXED[part.family]
    fixed[i] = first and say and say(policy, part, first)
  end
  for answer in pairs(all) do
    local at = 0
    found[answer:gsub(".", function(said)
      at = at + 1
      return fixed[at] or said
    end)] = true
  end
  return lists.keys(found)
end

-- Takes an address for what policies say of it, unless there are enough of these, or it is of another
-- class.
local function take(search, item, found, address)
  local answer = answers_for(search.policies, address)
  local count = found.counts[answer]
  if not count or count == ENOUGH or not is_member(search, item, address) then return end
  found.counts[answer], found.list[#found.list + 1] = count + 1, address
end

local function has_each(found)
  for _, count in pairs(found.counts) do
    if count == 0 then return false end
  end
  return true
end

-- Addresses of an item's part, and others that are made of its first ones: some for each answer, as far as
-- any are found.  Made once.
local function others_of(search, item, answers)
  search.others = search.others or {}
  if search.others[item.part] then return search.others[item.part] end
  local found, hosts, tried = { list = {}, counts = {} }, hosts_of(search.policies), 0
  local _, _, marked = marks_of(search, item.part)
  for _, answer in ipairs(answers) do found.counts[answer] = 0 end
  search.others[item.part] = found.list
  members.each(item.part, function(_, address)
    tried = tried + 1
    take(search, item, found, address)
    for _, variant in ipairs(has_each(found) and NONE or variants_of(address, hosts, marked)) do
      local made = read(variant)
      if made then take(search, item, found, made) end
    end
    return tried == FEW or has_each(found) or clock() > search.until_then
  end)
  return found.list
end

-- ---- Each of them ----------------------------------------------------------------

-- Addresses of types that no set knows, in which a host is read that is not ours.
local FOREIGN_FORMS = { "%s:x@" .. FOREIGN, "%s:1." .. FOREIGN }

-- Whether policies say the same of whatever is read.
local function are_alike(policies)
  for answer in pairs(all_answers(policies)) do
    if answer:find("+", 1, true) and answer:find("-", 1, true) then return false end
  end
  return true
end

-- Addresses like a sample in which a host is read that is not ours.
local function foreign_like(sample)
  if sample.type == "X400" then
    return { read(with(sample, "dda1_value", "x(a)" .. FOREIGN)) } -- in an attribute that nobody knows
  end
  local list = {}
  for _, form in ipairs(FOREIGN_FORMS) do
    list[#list + 1] = addresses.read_any(form:format(sample.type))
  end
  return list
end

-- An item and one that would leave, of addresses that no set tells apart; or nil.
local function split_sample(search, item)
  local policies, sample = search.policies, item.address
  local is_told = sample.type == "X400" or are_alike(policies)
  if not is_told or answers_for(policies, sample) ~= ("-"):rep(#policies) then return nil end
  for _, address in ipairs(foreign_like(sample)) do
    if answers_for(policies, address) == ("+"):rep(#policies) then
      local foreign = lists.copy(item)
      foreign.address = address
      return { item, foreign }
    end
  end
end

-- ---- What is made of them --------------------------------------------------------

-- The first rewrite that is for an address, and what it makes of it; nil if there is none, or only code
-- knows.
local function first_made(compiled, address)
  local rank, rewrite = rewrites.next(compiled.rewrites, 0, address)
  while rank do
    if not rewrite.matcher or not rewrite.template then return nil end
    local captures = rewrites.match(rewrite, address)
    if captures then return rewrite, rewrites.fill(rewrite, captures) end
    rank, rewrite = rewrites.next(compiled.rewrites, rank, address)
  end
end

-- The families in which hosts read what is marked.
local MARKED = { CCMAIL = true, NOTES = true, MSMAIL = true, MS = true, PCM = true, GWISE = true }

-- Whether hosts may read what is marked in an address: where post offices are declared, none of cc:Mail's
-- but gateways, of which it is told elsewhere.
local function may_be_read(compiled, address)
  if address.type == "CCMAIL" and postoffices.are_ccmail(compiled.postoffices) then return false end
  return MARKED[families.of(address.type)]
end

-- What becomes of an address of SMTP that is one of another type at once, where hosts may be read; nil if
-- that is nothing, or something becomes of it in turn.
local function retyped(compiled, address)
  local rewrite, made = first_made(compiled, address)
  local is_one = made and made.type ~= "SMTP" and may_be_read(compiled, made) and core.key(made)
  if not is_one or rewrites.is_fixed(rewrite) or first_made(compiled, made) then return nil end
  return made
end

-- Which policies would let leave what becomes of an address, as a text.
local function answers_for_made(policies, address)
  local answers = {}
  for i, policy in ipairs(policies) do
    local made = retyped(policy.compiled, address)
    answers[i] = made and is_foreign(policy.compiled, made) and "+" or "-"
  end
  return table.concat(answers)
end

-- Whether hosts may read another address in what becomes of an address.
local function is_marked(policies, address)
  for _, policy in ipairs(policies) do
    local made = retyped(policy.compiled, address)
    for name, value in pairs(made or NONE) do
      if addresses.is_own_field(name) and value:find "[%%!@]" then return true end
    end
  end
  return false
end

-- Addresses at the domain of one in which hosts are read.
local function marked_like(search, address)
  local list = {}
  for _, host in ipairs(hosts_of(search.policies)) do
    for _, user in ipairs { "x", "\195\188", "imceax", "imceax\195\188" } do
      list[#list + 1] = read(with(address, "localpart", user .. "@" .. host))
    end
  end
  return list
end

-- An item of addresses of SMTP that become others of another type, in which hosts read what nobody tells
-- apart, by who would let that leave; nil if that is not so.
local function split_made(search, item)
  local policies, part = search.policies, item.part
  local first = part and part.family == "SMTP" and first_of(part)
  if not first or not is_marked(policies, first) then return nil end
  local list, others = {}, {}
  for _, address in ipairs(marked_like(search, first)) do
    others[#others + 1] = is_member(search, item, address) and address or nil
  end
  for _, answer in ipairs(lists.keys(all_answers(policies))) do
    local one = lists.copy(item)
    one.told, one.others, one.missing = lists.copy(item.told or {}), others, item.missing
      or "what hosts read in what is made of " .. first.domain
    one.told.hosts = true
    one.wants = function(address) return answers_for_made(policies, address) == answer end
    list[#list + 1] = one
  end
  return list
end

-- An item that was opened (`is_read`), by who would let it leave.
local function split_opened(search, item)
  local why = "what hosts read in addresses of %s"
  if item.is_sample then
    local both = split_sample(search, item)
    if both then return both end
    local one = lists.copy(item)
    one.why = item.why or why:format(item.address.type)
    return { one }
  end
  if not item.part or not may_be_several(search, item.part) then return { item } end
  local answers, list = answers_of(search, item.part), {}
  if not answers[2] then return { item } end
  local others = others_of(search, item, answers)
  for i, answer in ipairs(answers) do
    list[i] = lists.copy(item)
    list[i].others, list[i].missing = others, why:format(item.part.family)
    list[i].wants = function(address) return answers_for(search.policies, address) == answer end
  end
  return list
end

--- An item by who would let it leave, or what becomes of it.
-- @tparam table search
-- @tparam table item
-- @treturn {table,...} the same item where all of it is read alike, or one for each way
function relays.split(search, item)
  local list = split_made(search, item)
  if list then return list end
  return item.is_read and split_opened(search, item) or { item }
end

return relays
