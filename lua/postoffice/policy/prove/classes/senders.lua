--- The senders that policies tell apart: one of each class.
-- @module postoffice.policy.prove.classes.senders

local addresses = require "postoffice.address"
local aliases = require "postoffice.policy.prove.classes.aliases"
local before = require "postoffice.policy.prove.sets.before"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local declared = require "postoffice.policy.prove.sets.declared"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local entrants = require "postoffice.policy.prove.classes.entrants"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local imcea = require "postoffice.text.imcea"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local partition = require "postoffice.policy.prove.sets.partition"
local patterns = require "postoffice.policy.prove.sets.patterns"
local restrictions = require "postoffice.policy.compile.restrictions"
local rewrites = require "postoffice.policy.compile.rewrites"
local rules = require "postoffice.policy.compile.senders"
local sayable = require "postoffice.policy.prove.classes.sayable"
local shapeless = require "postoffice.policy.prove.classes.shapeless"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"
local signed = require "postoffice.policy.prove.classes.signed"
local signers = require "postoffice.policy.compile.signers"
local stand_ins = require "postoffice.policy.prove.classes.stand_ins"

local senders = {}

local NONE = {}
local UNKNOWN = { unknown = true } -- types, too, that no dialect has
local ANY = globs.ANY
local clock = os.clock

-- Adds what is asked of senders, or of what was taken out of them alone; nil where no formula says it.
local function add(found, formula, is_of_opened)
  if not formula then
    found.is_partial = true
    return
  end
  local id = formulas.id(formula)
  if found.is_raw[id] == nil then
    found.is_raw[id], found.tests[#found.tests + 1] = false, formula
    formulas.terms(formula, found.terms)
  end
  found.is_raw[id] = found.is_raw[id] or not is_of_opened
end

-- What a pattern matches; nobody, where no set knows it.
local function formula_of(found, matcher)
  local formula = patterns.of_matcher(matcher)
  found.is_partial = found.is_partial or not formula
  return formula or formulas.FALSE
end

-- Adds those whom a guard or a restriction names: nobody asks by which of its patterns.
local function add_named(found, named, is_of_opened)
  local list = {}
  for _, matcher in ipairs(named.matchers) do list[#list + 1] = formula_of(found, matcher) end
  for _, set in ipairs(named.sets) do
    local own = declared.of(set)
    list[#list + 1], found.is_partial = own.formula, found.is_partial or own.untold[1] ~= nil
  end
  add(found, formulas.any(list), is_of_opened)
end

-- Whether some connector says senders of SMTP in another type.
local function speaks_others(compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks and connector.speaks ~= "SMTP" then return true end
  end
  return false
end

local function add_guards(found, compiled)
  found.is_carried = found.is_carried or speaks_others(compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.senders then
      found.is_tested = true
      add_named(found, connector.senders)
    end
    if connector.speaks then found.is_typed = true end
    if connector.signs then found.is_signed = true end
  end
end

-- Adds what is true of a sender of which a rule makes one of whom something is true.
local function add_before(found, rule, formula)
  local matched = patterns.of_matcher(rule.matcher)
  local made_of, doubt = before.formula(rule.matcher, rule.template, formula)
  add(found, made_of and matched and formulas.all { matched, made_of })
  local respelled = made_of and before.respelled(rule.matcher, rule.template) or formulas.FALSE
  for _, untold in ipairs { made_of and doubt or formulas.FALSE, respelled } do
    if untold ~= formulas.FALSE then add(found, untold) end
  end
end

-- Adds what tells senders of whom a rule makes nothing that can be written from others.
local function add_unmade(found, rule)
  local matched = patterns.of_matcher(rule.matcher)
  local list = matched and before.unmade(rule.matcher, rule.template)
  if matched and not list then add(found, nil) end
  for _, formula in ipairs(list or {}) do add(found, formulas.all { matched, formula }) end
end

-- Does something of which all that is in doubt is as whom senders are heard, and not whom anybody chooses by.
local function apart(found, add_some, ...)
  local was_partial = found.is_partial
  found.is_partial = false
  add_some(found, ...)
  found.is_heard_partly = found.is_heard_partly or found.is_partial
  found.is_partial = was_partial
end

-- Adds what rules match, and what tells apart what they make: the sets that are asked for; and of
-- those that work both ways, which rewrite takes an answer.
local function add_rules(found, compiled, list)
  local both, forth = rules.both(compiled.senders), {}
  for i, rewrite in ipairs(both[1] and rewrites.all(compiled.rewrites) or {}) do
    forth[i] = rewrite.matcher and patterns.of_matcher(rewrite.matcher) or formulas.FALSE
  end
  for _, kind in ipairs { { rules.one_way(compiled.senders), {} }, { both, forth } } do
    for _, rule in ipairs(kind[1]) do
      add_unmade(found, rule)
      add(found, patterns.of_matcher(rule.matcher))
      for _, formula in ipairs(list) do add_before(found, rule, formula) end
      for _, formula in ipairs(kind[2]) do add_before(found, rule, formula) end
    end
  end
end

local function add_address(found, address)
  local text = address and core.format(address, UNKNOWN)
  if text then table.insert(found.list, text) end
end

-- Addresses of SMTP by their local parts.
local function localparts(tokens)
  return formulas.term("SMTP", { localpart = { formulas.cond(tokens) } })
end

-- What is not ASCII; and what is signed, as those make it who sign.
local HIGH = localparts { ANY, globs.of_kind "high", ANY }
local SRS0 = localparts(globs.joined(globs.literal "srs0=", { ANY }))
local SRS1 = localparts(globs.joined(globs.literal "srs1=", { ANY }))
local FORMS = { SRS0, SRS1, localparts(globs.joined(globs.literal "prvs=", { ANY })) }
local NOT_TOLD = { [HIGH.id] = true } -- by what else parts are in
for _, form in ipairs(FORMS) do NOT_TOLD[form.id] = true end

local CARRIER = localparts(globs.joined(globs.literal "imcea", { ANY }))

-- A character that is in no carrier which can be read: none but letters, digits and these are.
local OTHER = { globs.of_kind "mark dot space special high" }
for char in ("+-=_"):gmatch "." do OTHER = globs.without(OTHER, char, 0)[1] end

-- What only looks like a carrier.
local NO_CARRIER = localparts(globs.joined(globs.literal "imcea", { ANY }, OTHER, { ANY }))

-- Adds what is told apart where restrictions look into what is signed.
local function add_signed_forms(found, compiled)
  found.opens_signed = true
  for _, form in ipairs(FORMS) do add(found, form) end
  for _, host in ipairs(signers.hosts(compiled.signers)) do
    add(found, patterns.of_domain_name(host))
  end
end

-- What tells a part from others at its domain, but whether all is ASCII, which is so inside, too, and how it is
-- signed.
local function told_of(part)
  return formulas.ids(lists.kept(part.accepted, function(term) return not NOT_TOLD[term.id] end))
end

-- Notes a part of what is signed at a domain: more than one are told apart by more than what is inside.
local function note_signed(found, policies, part, address)
  for _, form in ipairs(FORMS) do
    if part.accepted[form.id] and signed.is_opened(policies, address) then
      local place, told = part.choice.domain or NONE, told_of(part)
      local here = found.signed[place] or {}
      found.is_partial = found.is_partial or here[form] and here[form] ~= told or false
      found.signed[place], here[form] = here, told
    end
  end
end

-- Whether somebody tells what is signed by SRS1 from what is by SRS0, which is as good for whose it is.
local function tells_srs1(found)
  for _, here in pairs(found.signed) do
    if here[SRS1] ~= here[SRS0] then return true end
  end
  return false
end

-- Whether a sender is in a domain of ours, or in one of a connector's shells: carriers are opened there.
local function is_at_home(policies, address)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    local domain = domains.find(compiled.domains, core.key(address))
    local unwraps = domain and domains.is_home(domain) and next(domain.unwrap or NONE) ~= nil
    if unwraps or shells.at(compiled.shells, address) then return true end
  end
  return false
end

-- What is true of those who are in some terms, of tests of senders.
local function answers_to(tests, accepted)
  local list = {}
  for i, test in ipairs(tests) do list[i] = formulas.holds(test, accepted) and "1" or "0" end
  return table.concat(list)
end

-- The tests of senders as they are.
local function raw_tests(found)
  local list = {}
  for _, test in ipairs(found.tests) do
    if found.is_raw[formulas.id(test)] then list[#list + 1] = test end
  end
  return list
end

-- What is true of a sender, of the tests of senders as they are.
local function raw_answers(found, address)
  local list, word = {}, shapes.word(address)
  for i, test in ipairs(raw_tests(found)) do list[i] = formulas.has(test, word) and "1" or "0" end
  return table.concat(list)
end

-- Notes what is true of carriers at a domain, of each of which there has to be one for all that carry the
-- same.
local function note_carrier(found, policies, part, address)
  local accepted = part.accepted
  local is_carrier = found.opens_carriers and accepted[CARRIER.id]
    and not accepted[NO_CARRIER.id]
  if not is_carrier or not is_at_home(policies, address) then return end
  local domain = address.domain:lower()
  found.carriers[domain] = found.carriers[domain] or {}
  found.carriers[domain][answers_to(raw_tests(found), accepted)] = true
end

local function add_restrictions(found, compiled)
  if not compiled.restrictions then return end
  found.is_tested, found.is_opened = true, true
  if compiled.signers then add_signed_forms(found, compiled) end
  local entries = compiled.directory
  for entry in directory.each_restricted(entries) do
    local own = restrictions.find(compiled.restrictions, entry)
    for _, label in ipairs { "accept", "reject" } do
      if own[label] then add_named(found, own[label], true) end
    end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    add(found, patterns.of_domain(domain))
  end
end

-- Adds senders of the directories, where restrictions may name them.
local function add_entries(found, policies, work)
  local texts, is_whole = entrants.find(policies, found.terms, work)
  for _, text in ipairs(texts) do table.insert(found.list, text) end
  found.is_partial = found.is_partial or not is_whole
end

-- Adds who goes out as another address of their entry, and what is true of whom rules make one of these.
local function add_people(found, policies, work)
  local list, people = aliases.find(policies, found.terms, work)
  found.people, found.made = people.keys, people.made
  found.is_partial = found.is_partial or not people.is_whole
  if found.are_heard_alike then return end
  for _, address in ipairs(list) do
    found.is_tested = true
    found.is_typed = found.is_typed or address.type ~= "SMTP"
    local sender = lists.copy(address)
    sender.primary = nil -- which of an entry's addresses it is, no message says
    add_address(found, sender)
  end
  for _, formula in ipairs(people.made) do add(found, formula) end
end

-- Whether rules are known to make one of those people of all senders of a part.
local function is_made(found, part)
  for _, formula in ipairs(found.made) do
    if formulas.holds(formula, part.accepted) then return true end
  end
  return false
end

-- Whether a sender of a part stands for the others: it is nobody who is alone.
local function is_plain(found, policies, part, address)
  if found.people[core.key(address)] then return false end
  local is_alone = next(found.people) and not is_made(found, part)
    and aliases.are_made_of(policies, found.people, address)
  found.is_heard_partly = found.is_heard_partly or is_alone or false
  return true
end

-- What is true of those who are in some terms, of all that is asked of senders; and, where it is looked
-- into what they sign, or of whom rules make somebody, in which terms they are.
local function answers(found, accepted)
  local list = { answers_to(found.tests, accepted) }
  local is_finer = found.opens_signed or next(found.people)
  for _, one in ipairs(is_finer and accepted or {}) do list[#list + 1] = one.id end
  return table.concat(list)
end

-- Adds a sender of a part, who is none of those that are alone; whether one was found, or there is none.
local function add_part(found, policies, part)
  local is_found = false
  local is_whole = members.each(part, function(text, address)
    if found.opens_signed then note_signed(found, policies, part, address) end
    note_carrier(found, policies, part, address)
    is_found = is_plain(found, policies, part, address)
    if is_found then
      table.insert(found.list, text)
      found.parts[text] = part
    end
    return is_found
  end)
  return is_found, is_whole
end

-- Adds one sender of a family for each way to answer; one of whom nothing is true stands for other
-- families, too.
local function add_family(found, policies, family, work)
  local seen, doubtful = {}, {}
  local ended = partition.each(family, found.terms, work, function(part)
    local id = answers(found, part.accepted)
    if seen[id] then return false end
    local is_found, is_whole = add_part(found, policies, part)
    seen[id], doubtful[id] = is_found, doubtful[id] or not is_whole
  end)
  for id, is_so in pairs(doubtful) do
    found.is_partial = found.is_partial or is_so and not seen[id]
  end
  found.has_stranger = found.has_stranger or seen[answers(found, {})] or false
  if ended == nil then found.is_partial = true end
end

-- How senders of a family fare with connectors: who can say them, where they are carried, and whether they
-- may carry others.  Only whether they are told apart besides matters more.
local function fate_of(found, policies, family)
  local fates = { connectors.can_carry(family, "SMTP") and "carries" or "" }
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    fates[#fates + 1] = domains.opener(compiled.domains, family) and "opened" or ""
    for _, connector in ipairs(connectors.all(compiled.connectors)) do
      local how = (connector.speaks or "") .. (connector.shell and "+" or "")
      local fate = how .. tostring(connectors.can_say(connector, family))
      if not fates[fate] then fates[fate], fates[#fates + 1] = true, fate end
    end
  end
  for _, term in ipairs(found.terms) do
    if term.family == family then fates[#fates + 1] = family end
  end
  return table.concat(fates, " ")
end

-- Whether some term is about a family other than SMTP.
local function tells_types(found)
  for _, term in ipairs(found.terms) do
    if term.family ~= "SMTP" then return true end
  end
  return false
end

-- Whether some policy has an address in its directory.
local function is_somebody(policies, key)
  for _, policy in ipairs(policies) do
    if directory.find(policy.compiled.directory, key) then return true end
  end
  return false
end

-- Adds senders of families that no set knows; what more is asked of them than their type is in doubt
-- already, but there has to be one of each type that is named.
local function add_shapeless(found, policies)
  local named = {}
  for i, term in ipairs(found.terms) do named[i] = term.family end
  for _, family in ipairs((shapeless.families(policies, named))) do
    local list = shapeless.unnamed(family, function(key) return is_somebody(policies, key) end)
    for _, address in ipairs(list) do add_address(found, address) end
    found.is_partial = found.is_partial or not list[1]
  end
end

-- Adds senders of SMTP, and of other families if these may fare in another way: one of those that fare
-- alike.
local function add_families(found, policies, work)
  add_family(found, policies, "SMTP", work)
  found.is_typed = found.is_typed or tells_types(found) or not found.has_stranger
  local seen = {}
  for _, family in ipairs(found.is_typed and shapes.families or {}) do
    local fate = fate_of(found, policies, family)
    if family ~= "SMTP" and not seen[fate] then
      add_family(found, policies, family, work)
    end
    seen[fate] = true
  end
  if found.is_typed then add_shapeless(found, policies) end
end

-- Adds who is said as somebody of whom policies differ.  Others like them may be told apart by what is asked
-- of their types.
local function add_stand_ins(found, policies, work)
  if found.are_heard_alike then return end
  local others = {}
  for _, text in ipairs(found.list) do others[#others + 1] = core.parse(text, UNKNOWN) end
  local texts, is_whole, has_more = stand_ins.find(policies, others, work.until_then)
  lists.add_all(found.list, texts)
  found.stand_ins, found.is_tested = texts, found.is_tested or texts[1] ~= nil
  found.is_partial = found.is_partial or not is_whole or has_more and tells_types(found)
end

-- Adds what is told apart where senders are signed: whose they are, and what is signed already.
local function add_signatures(found, compiled)
  if not found.is_signed then return end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    add(found, patterns.of_domain(domain))
  end
  for _, begins in ipairs { "srs0", "srs1", "prvs=", "imcea" } do
    add(found, localparts(globs.joined(globs.literal(begins), { ANY })))
  end
end

-- The SMTP domains at which policies may take addresses out of their shells.
local function homes_of(policies)
  local homes = {}
  for _, policy in ipairs(policies) do
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      if next(domain.unwrap or NONE) and not domain.space then homes[domain.name] = true end
    end
    for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
      local home = connector.speaks == "SMTP" and connector.wrap.domain
      if home then homes[home] = true end
    end
  end
  return lists.keys(homes)
end

-- Adds what is told apart where senders become those of other types, or where it matters what they carry.
local function add_types(found, policies)
  if found.is_carried then add(found, HIGH) end
  local homes = homes_of(policies)
  found.opens_carriers = (found.is_carried or found.is_opened) and homes[1] ~= nil
  if not found.opens_carriers then return end
  add(found, CARRIER)
  add(found, NO_CARRIER)
  for _, home in ipairs(homes) do add(found, patterns.of_domain_name(home)) end
end

local MOST_CARRIED = 1000

-- The ways to write a carrier: as we do, and with escapes for all but letters and digits, or for all.
local function spellings(carrier, inner)
  local head, text = carrier.localpart:match "^([^-]*%-)(.*)$"
  local decoded, list = imcea.unescaped(text), {}
  local ways = {
    text, (decoded:gsub("%W", imcea.escaped)), (decoded:gsub(".", imcea.escaped)),
  }
  for _, spelling in ipairs(ways) do
    local made = addresses.smtp(head .. spelling, carrier.domain)
    local read = core.decapsulate(made)
    list[#list + 1] = read and core.key(read) == core.key(inner) and made or nil
  end
  return list
end

-- The carriers of an address at a home, if any policy opens them there; others are like any sender.
local function carriers_at(policies, address, home)
  local carrier = core.encapsulate(address, "SMTP", { domain = home })
  local is_opened = carrier and openers.how(policies, carrier, families.of(address.type))
  return is_opened and spellings(carrier, address) or NONE
end

-- Adds carriers of an address at a home: those of which something is true that is of none before.
local function add_spellings(found, policies, told, address, home)
  for _, spelling in ipairs(carriers_at(policies, address, home)) do
    local id = raw_answers(found, spelling)
    if not told[id] then
      told[id] = true
      add_address(found, spelling)
    end
  end
end

local MOST_MEMBERS = 40 -- of a class, that are tried as what is carried

local function has_all(told, wanted)
  for id in pairs(wanted) do
    if not told[id] then return false end
  end
  return true
end

-- Adds carriers of a sender, or of others of its class, at a home: one for each way in which those there
-- are told apart.
local function add_carriers(found, policies, text, home)
  local told, tried, wanted = {}, 0, found.carriers[home:lower()] or {}
  local function try(_, address)
    tried = tried + 1
    add_spellings(found, policies, told, address, home)
    return tried >= MOST_MEMBERS or has_all(told, wanted)
  end
  local address, part = core.parse(text, UNKNOWN), found.parts[text]
  if address then try(text, address) end
  if part and not has_all(told, wanted) then members.each(part, try) end
  found.is_partial = found.is_partial or next(told) ~= nil and not has_all(told, wanted)
end

-- Adds some senders in shells, where it matters what is inside.
local function add_carried(found, policies, work, bare)
  if not (found.is_opened or found.is_carried) then return end
  local homes = homes_of(policies)
  found.is_partial = found.is_partial or #homes * #bare > MOST_CARRIED
  if found.is_partial or found.is_heard_partly then return end
  for _, home in ipairs(homes) do
    for _, text in ipairs(bare) do
      if clock() > work.until_then then
        found.is_partial = true
        return
      end
      add_carriers(found, policies, text, home)
    end
  end
end

-- Senders whom others signed by SRS0, one for each way to answer: nobody, where it does not matter.
local function signed_once(found, policies, work)
  if not tells_srs1(found) then return NONE end
  local terms, list = lists.copy(found.terms), {}
  terms[#terms + 1] = signed.ONCE
  local ended = partition.each("SMTP", terms, work, function(part)
    if not part.accepted[signed.ONCE.id] then return false end
    local is_whole = members.each(part, function(text, address)
      local is_found = is_plain(found, policies, part, address)
      list[#list + 1] = is_found and text or nil
      return is_found
    end)
    found.is_partial = found.is_partial or not is_whole
  end)
  found.is_partial = found.is_partial or ended == nil
  return list
end

-- Adds the senders that are signed, where it matters what is inside.
local function add_signed(found, policies, work)
  if not found.opens_signed or found.is_partial or found.is_heard_partly then return end
  local texts = signed.around(policies, found.list, signed_once(found, policies, work))
  found.is_partial = found.is_partial or #texts > MOST_CARRIED
  for _, text in ipairs(found.is_partial and {} or texts) do table.insert(found.list, text) end
end

-- What is asked of senders, and of what rules make of them: what next hops can be told, too.
local function tests_of(policies, list)
  local tests, is_carried = {}, false
  lists.add_all(tests, list)
  for _, policy in ipairs(policies) do
    lists.add_all(tests, sayable.tests(policy.compiled))
    is_carried = is_carried or speaks_others(policy.compiled)
  end
  local homes = is_carried and homes_of(policies) or NONE
  for _, home in ipairs(homes) do tests[#tests + 1] = patterns.of_domain_name(home) end
  tests[#tests + 1] = homes[1] and CARRIER or nil
  return tests
end

--- The senders that matter.
-- @tparam {table,...} policies
-- @tparam {table,...} list formulas of sets of senders that are asked for
-- @tparam table work
-- @tparam[opt] boolean are_heard_alike whether it does not matter as whom of their entry's addresses
--   people go out, since that is the same in all policies
-- @treturn {string,...} texts, one if it is all the same who it is; `is_partial` if some that
--   matter may not be among them, and `are_choices_partial` if these may be some by whom it is chosen
--   what becomes of a message, and not only how they are heard; `terms`, by which they are told apart
function senders.collect(policies, list, work, are_heard_alike)
  local found = {
    are_heard_alike = are_heard_alike,
    tests = {}, is_raw = {}, terms = {},
    list = {}, people = {}, is_partial = false, is_heard_partly = false, is_typed = false,
    is_tested = #list > 0, is_opened = false, has_stranger = false, opens_signed = false,
    opens_carriers = false, signed = {}, carriers = {}, made = {}, parts = {}, stand_ins = {},
  }
  local tests = tests_of(policies, list)
  for _, formula in ipairs(tests) do add(found, formula) end
  for _, policy in ipairs(policies) do
    add_guards(found, policy.compiled)
    apart(found, add_rules, policy.compiled, tests)
    add_restrictions(found, policy.compiled)
    add_signatures(found, policy.compiled)
  end
  add_types(found, policies)
  apart(found, add_people, policies, work)
  if found.is_opened then add_entries(found, policies, work) end
  add_families(found, policies, work)
  add_carried(found, policies, work, lists.copy(found.list))
  apart(found, add_stand_ins, policies, work)
  add_carried(found, policies, work, found.stand_ins)
  add_signed(found, policies, work)
  local is_partial = found.is_partial or found.is_heard_partly
  local is_tested = found.is_tested or found.is_typed or is_partial or found.terms[1]
  local senders_found = is_tested and found.list or { found.list[1] }
  if is_tested then table.insert(senders_found, "<>") end
  senders_found.is_partial, senders_found.are_choices_partial = is_partial, found.is_partial
  senders_found.terms = found.terms
  return senders_found
end

return senders
