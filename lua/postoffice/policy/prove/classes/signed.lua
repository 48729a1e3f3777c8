--- What is signed at domains of ours (SRS, BATV): what has a good signature around an address of each
-- class, and what has one that has expired.  All else that begins so is refused, whatever it is.
--
-- A proof signs with keys of its own, which stand for any.  Nothing but the days between a signature
-- and a message is looked at, and so all messages are of one day.  SRS1 opens to nothing that SRS0 does
-- not: to what another one signed by SRS0.  What is signed more often than is opened is refused, and what
-- only looks signed stays as it is.
-- @module postoffice.policy.prove.classes.signed

local batv = require "postoffice.text.batv"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local identities = require "postoffice.policy.prove.classes.identities"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local place_of = require "postoffice.policy.route.stage2_signed".place
local routings = require "postoffice.policy.prove.classes.routings"
local runs = require "postoffice.policy.prove.classes.runs"
local signatures = require "postoffice.policy.prove.classes.signatures"
local signers = require "postoffice.policy.compile.signers"
local smtp = require "postoffice.address".smtp
local srs = require "postoffice.text.srs"
local unopened = require "postoffice.policy.prove.classes.unopened"

local signed = {}

local ANY = globs.ANY
local NONE = {}

local LONG_AGO = routings.NOW - 100 * 24 * 60 * 60

-- What SRS0 begins with, a hash, two letters for the day, a host and a local part.
local function once_tokens()
  local LETTERS, HASHED = srs.LETTERS:lower(), globs.run_of "letter mark"
  for char in ("!#$%&'*=?^`{|}~"):gmatch "." do HASHED = globs.but(HASHED, char) end
  local OTHERS = globs.but(ANY, "=")
  return globs.joined(
    globs.literal "srs0", { globs.one_of "=+-", globs.one_of_run(HASHED), HASHED, "=" },
    { globs.one_of(LETTERS), globs.one_of(LETTERS), "=" },
    { globs.one_of_run(OTHERS), OTHERS, "=", globs.ONE, ANY })
end

--- What reads as SRS0, whoever signed it.
signed.ONCE = formulas.term("SMTP", { localpart = { formulas.cond(once_tokens()) } })

-- ---- Signing -----------------------------------------------------------------

-- Signs addresses for a group by the keys of a name.
local function signer(search, group, name, now)
  return function(address)
    local is_here = group.form ~= "BATV" or address.domain and group:has_domain(search, address)
    return is_here and signatures.sign(group.form, address, group.domain, name, now) or nil
  end
end

-- The same as often as it is opened.
local function deep_signer(search, group, name)
  local once = signer(search, group, name, routings.NOW)
  local deep = once
  for _ = 2, core.max_carriers do deep = runs.after(deep, once) end
  return deep
end

-- ---- Groups ------------------------------------------------------------------

local Group = {}
Group.__index = Group

-- The globs of domains that some term has, each once.
local function domain_conds(search)
  local conds, seen = {}, {}
  for _, term in ipairs(search.found.terms) do
    for _, cond in ipairs(term.family == "SMTP" and term.fields.domain or {}) do
      if not seen[cond.id] then seen[cond.id], conds[#conds + 1] = true, cond end
    end
  end
  return conds
end

-- The ids of those that match a domain; found out once.
local function ids_at(search, domain)
  search.domain_ids = search.domain_ids or {}
  if not search.domain_ids[domain] then
    search.domain_conds = search.domain_conds or domain_conds(search)
    local matched = {}
    for _, cond in ipairs(search.domain_conds) do
      if formulas.matches(cond, domain:lower()) then matched[#matched + 1] = cond end
    end
    search.domain_ids[domain] = formulas.ids(matched)
  end
  return search.domain_ids[domain]
end

-- Whether an address is at a domain that nobody tells from the group's.
function Group:has_domain(search, address)
  local domain = core.key(address):match "@([^@]*)$"
  self.ids = self.ids or formulas.ids(self.class.accepted)
  return ids_at(search, domain) == self.ids
end

-- The form in which addresses of a part may be signed, or nil.
local function form_of(search, part)
  for _, term in ipairs(part.accepted) do
    if search.found.signed[term.id] then return search.found.signed[term.id] end
  end
end

-- The names of the keys by which policies open what is in a group, and whether all of them do.
local function names_of(search, group)
  local names, are_all = {}, true
  for _, policy in ipairs(search.policies) do
    local _, name = place_of(policy.compiled, group.first)
    if name then names[name] = true else are_all = false end
  end
  return lists.keys(names), are_all
end

-- Why what is in a group is not told apart by what it opens to, or nil.
local function why_unlike(group, are_opened)
  if group[2] and not are_opened then
    return "what is signed, where one of the policies does not open it"
  end
end

-- What may be signed at a domain in a form, inside or outside of what is asked for.
local function new_group(form, part)
  local first = members.first(part)
  return first and setmetatable({
    form = form, class = part.choice.domain, first = first, domain = first.domain,
  }, Group)
end

-- The groups of what may be signed, and by the ids of the others whether there are parts on the other
-- side of what is asked for (`has_others`).
local function groups_of(search)
  local groups, list = {}, {}
  for _, item in ipairs(search.items) do
    local part = not item.outer and item.part
    local form = part and form_of(search, part)
    if form then
      local id = form .. tostring(part.choice.domain)
      local side = item.is_outside and "outside" or "inside"
      groups[id] = groups[id] or {}
      local group = groups[id][side] or new_group(form, part)
      if group and not groups[id][side] then
        groups[id][side], list[#list + 1] = group, group
        group.is_outside, group.sides = item.is_outside, groups[id]
      end
      if group then table.insert(group, part) end
    end
  end
  for _, group in ipairs(list) do
    group.has_others = group.sides.inside ~= nil and group.sides.outside ~= nil
  end
  return list
end

-- ---- Items -------------------------------------------------------------------

-- Whether an item has addresses of SMTP.
local function is_smtp(item)
  local family = item.outer or item.part and item.part.family or item.address.type
  return family == "SMTP" and not item.has_attributes
end

-- Notes of an item in a group's signature why what is in it does not tell how it goes, or what tells that.
local function note_unlike(search, item, group)
  unopened.note(search, item, group.why, group.others, function(policy)
    return place_of(policy.compiled, group.first) ~= nil
  end)
end

-- Adds what is in a group: an item in its signature.
local function add_item(search, group, inner, shell)
  local item = lists.copy(inner)
  item.outer, item.is_outside, item.identity = "SMTP", group.is_outside, nil
  item.is_mixed = group.is_mixed
  item.shell, item.form = runs.after(inner.shell, shell), group.form
  item.holds = nil
  note_unlike(search, item, group)
  table.insert(search.items, item)
  return item
end

-- Adds what was signed too long ago, which is refused whatever it is.
local function add_expired(search, group, name)
  local text = signer(search, group, name, LONG_AGO)(smtp("x", group.domain))
  local address = text and core.parse(text)
  if not address then return end
  local item = { address = address, is_outside = group.is_outside, is_mixed = group.is_mixed }
  note_unlike(search, item, group)
  table.insert(search.items, item)
end

-- Whether an item's addresses would be opened if there were not too many signatures around them: one of SRS1
-- is around as many of SRS0 as there may be.
local function is_opened(search, group, item)
  if item.outer or group.form == "SRS1" then return false end
  if item.address then
    return signatures.inner(item.address) ~= nil or core.decapsulate(item.address) ~= nil
  end
  for _, term in ipairs(item.part.accepted) do
    if search.found.signed[term.id] or search.found.carriers[term.id] then return true end
  end
  return false
end

-- Whether some address of an item may be signed for a group: there is no signature around an empty local
-- part, and a mark is put on addresses of its own domain.  SRS1 is around what is signed once.
local function may_be_signed(search, group, item)
  if group.form == "SRS1" then return true end
  local sample = runs.sample(item)
  local is_signable = sample and sample.domain and sample.localpart ~= ""
  return is_signable and (group.form ~= "BATV" or group:has_domain(search, sample))
end

-- Adds what is signed by the keys of a name: with each item inside, and with those that stay as they are
-- after so many signatures.
local function add_signed(search, group, name, items)
  local once, deep = signer(search, group, name, routings.NOW), deep_signer(search, group, name)
  for _, inner in ipairs(items) do
    if inner.unseen then
      runs.leave_unseen(search, group, inner.unseen)
    elseif runs.matters_inside(search, inner) and may_be_signed(search, group, inner) then
      add_item(search, group, inner, once)
      local is_left = is_opened(search, group, inner)
      if is_left then add_item(search, group, inner, deep).is_closed = true end
    end
  end
end

-- Whether only keys of the host can say whether a policy opens an address that is named.
local function is_for_the_host(compiled, address)
  local form = place_of(compiled, address)
  if form == "BATV" then return batv.read(address.localpart) ~= nil end
  local found = form == "SRS" and srs.read(address.localpart)
  return found and found.separator == srs.DEFAULTS.separator
    and #found.hash >= srs.DEFAULTS.hash_length
end

-- Says of addresses that are named why it is not known whether they are opened.
local function add_doubts(search)
  for _, item in ipairs(search.items) do
    for _, policy in ipairs(item.address and search.policies or {}) do
      local _, _, domain = place_of(policy.compiled, item.address)
      if domain and is_for_the_host(policy.compiled, item.address) then
        local declaration = domain.declaration
        item.why = ("%s (%s): whether a key of the host signed what is named"):format(
          describe.title(declaration), describe.where(declaration))
      end
    end
  end
end

-- Whether a part has the same as another one, but for the forms in which they may be signed.
local function is_alike(search, part, other)
  for _, pair in ipairs { { part, other }, { other, part } } do
    for _, term in ipairs(pair[1].accepted) do
      if search.found.signed[term.id] == nil and not pair[2].accepted[term.id] then return false end
    end
  end
  return true
end

-- Whether nobody tells what is signed twice from what is signed once.
local function is_twin(search, once, twice, are_opened)
  if once.class ~= twice.class or once.is_outside ~= twice.is_outside then return false end
  if not are_opened then
    return not (once[2] or twice[2]) and is_alike(search, once[1], twice[1])
  end
  local both = { has_others = once.has_others or twice.has_others }
  for _, group in ipairs { once, twice } do
    for _, part in ipairs(group) do both[#both + 1] = part end
  end
  return not identities.are_told_apart(search, both)
end

-- Whether what is signed by SRS1 in a group opens to the same as what nobody tells from it.
local function has_twin(search, group)
  local _, are_opened = names_of(search, group)
  for _, other in ipairs(search.signing) do
    if other.form == "SRS0" and is_twin(search, other, group, are_opened) then return true end
  end
  return false
end

-- Adds what is known of a group without what is inside: what has expired, and why it is not known what is
-- opened.
local function add_group(search, group)
  local are_opened
  group.names, are_opened = names_of(search, group)
  group.why = group.names[1] and why_unlike(group, are_opened)
  group.others = group.why and unopened.of_signed(search, group.first, group)
  group.is_mixed = identities.are_told_apart(search, group) or nil
  if group.why and not group.others then runs.leave_unseen(search, group, group.why) end
  for _, name in ipairs(group.form ~= "SRS1" and group.names or NONE) do
    add_expired(search, group, name)
  end
end

-- Adds those of some items to a list that have addresses of SMTP, from a place on.
local function add_signable(list, items, first)
  for i = first, #items do list[#list + 1] = is_smtp(items[i]) and items[i] or nil end
  return list
end

local FORMS = { "SRS0", "BATV" } -- what is signed may be marked besides

--- Adds what is signed inside of which some items are.
-- @tparam table search after `signed.add`
-- @tparam {table,...} items
function signed.add_around(search, items)
  local inner = add_signable({}, items, 1)
  for _, form in ipairs(search.signing and FORMS or NONE) do
    local count = #search.items
    for _, group in ipairs(search.signing) do
      for _, name in ipairs(group.form == form and group.names or NONE) do
        add_signed(search, group, name, inner)
      end
    end
    add_signable(inner, search.items, count + 1)
  end
end

--- Whether all policies open the same signatures, if any.
-- @tparam table search after `signed.add`
-- @treturn boolean
function signed.is_opened_alike(search)
  for _, group in ipairs(search.signing or NONE) do
    local names, are_all = names_of(search, group)
    if names[2] or names[1] and not are_all then return false end
  end
  return true
end

-- An item without those of its addresses that are signed by nobody: nil if none is left.
local function signed_once(item, within)
  if item.form == "SRS0" or item.unseen and is_smtp(item) then return item end
  if item.outer or item.has_attributes then return nil end
  if item.address then
    local found = item.address.type == "SMTP" and srs.read(item.address.localpart)
    return found and not found.rest and item or nil
  end
  local parts = within[item.identity]
  if not parts or not parts[1] then return nil end
  local own = lists.copy(item)
  own.part, own.parts = parts[1], parts
  return own
end

-- Finds the items that are signed once, by whomever; nil, and why, if there is too much to tell.
local function look_for_signed_once(search)
  local within, why = identities.within(search, signed.ONCE)
  if not within then return nil, why end
  local items = {}
  for _, item in ipairs(search.items) do items[#items + 1] = signed_once(item, within) end
  return items
end

-- Adds what is signed by SRS1 in some groups: around what is signed once.
local function add_twice_signed(search, groups)
  local items, why = look_for_signed_once(search)
  for _, group in ipairs(groups) do
    if not items then runs.leave_unseen(search, group, why) end
    for _, name in ipairs(items and group.names or NONE) do
      add_signed(search, group, name, items)
    end
  end
end

--- Adds what is signed: inside of each signature the items that are there.
-- @tparam table search
function signed.add(search)
  if not next(search.found.signed) or search.unfinished then return end
  local items = lists.copy(search.items)
  search.signing = groups_of(search)
  add_doubts(search)
  for _, group in ipairs(search.signing) do add_group(search, group) end
  signed.add_around(search, items)
  local told = {}
  for _, group in ipairs(search.signing) do
    local is_told = group.form == "SRS1" and group.names[1] and not has_twin(search, group)
    told[#told + 1] = is_told and group or nil
  end
  if told[1] then add_twice_signed(search, told) end
end

-- ---- Senders -----------------------------------------------------------------

-- The domains at which a policy opens what is signed by SRS, one for each that is told apart.
local function hosts_of(compiled)
  local hosts = signers.hosts(compiled.signers)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    hosts[#hosts + 1] = not domain.space and domain.name:gsub("^%*", "signed") or nil
  end
  return hosts
end

-- Adds some addresses in each signature of a form that a policy opens, each once.
local function add_around(list, compiled, form, addresses, hosts)
  for _, host in ipairs(hosts) do
    local _, name = place_of(compiled, smtp(form == "BATV" and "prvs=" or "srs0=", host))
    for _, address in ipairs(name and addresses or {}) do
      local text = (form ~= "BATV" or address.domain == host)
        and signatures.sign(form, address, host, name, routings.NOW)
      if text and not list[text] then list[text], list[#list + 1] = true, text end
    end
  end
end

-- The domains of some addresses, each once.
local function domains_of(addresses)
  local set = {}
  for _, address in ipairs(addresses) do set[address.domain or ""] = true end
  set[""] = nil
  return lists.keys(set)
end

-- Adds some addresses in each signature of forms that some policy opens, at some hosts of it.
local function add_by_all(list, policies, forms, addresses, hosts_by)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    for _, form in ipairs(compiled.signers and forms or NONE) do
      add_around(list, compiled, form, addresses, hosts_by(compiled))
    end
  end
end

--- Addresses in each signature that policies open.
-- @tparam {table,...} policies
-- @tparam {string,...} texts of addresses
-- @tparam {string,...} once texts of some that others signed, which SRS1 is put around; and around what of
--   `texts` is so, and what is signed here: not if there are none
-- @treturn {string,...}
function signed.around(policies, texts, once)
  local list, addresses = {}, lists.map(texts, core.parse)
  add_by_all(list, policies, { "SRS0" }, addresses, hosts_of)
  lists.add_all(addresses, lists.map(list, core.parse))
  local marked = domains_of(addresses)
  add_by_all(list, policies, { "BATV" }, addresses, function() return marked end)
  if not once[1] then return list end
  lists.add_all(addresses, lists.map(once, core.parse))
  add_by_all(list, policies, { "SRS1" }, addresses, hosts_of)
  return list
end

--- Whether some policy looks into an address because it begins as what is signed there does.
-- @tparam {table,...} policies
-- @tparam table address
-- @treturn boolean
function signed.is_opened(policies, address)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    if compiled.signers and place_of(compiled, address) then return true end
  end
  return false
end

return signed
