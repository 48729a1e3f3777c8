--- Closes what is collected under rewrites: what is tested of an address that a rewrite makes is a test of the
-- one that it is made of, and what becomes an address that is named is one.
-- @module postoffice.policy.prove.classes.atoms.preimages

local before = require "postoffice.policy.prove.sets.before"
local collected = require "postoffice.policy.prove.classes.atoms.collected"
local core = require "postoffice.core"
local descents = require "postoffice.policy.prove.classes.descents"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local hosts = require "postoffice.policy.prove.sets.hosts"
local inverses = require "postoffice.policy.prove.classes.inverses"
local patterns = require "postoffice.policy.prove.sets.patterns"
local unchanged = require "postoffice.policy.prove.classes.atoms.unchanged"

local preimages = {}

local term = formulas.term
local NONE = {}

local clock = os.clock

-- What of a formula is left to be asked of addresses at a domain.
local function at_domain(formula, domain)
  return formulas.map(formula, function(one)
    for _, glob in ipairs(one.fields.domain or NONE) do
      if not formulas.matches(glob, domain) then return formulas.FALSE end
    end
    if one.family ~= "SMTP" or one.fields.domain == formulas.ABSENT then return formulas.FALSE end
    return term("SMTP", { localpart = one.fields.localpart })
  end)
end

-- Whether a formula says nothing of addresses at a domain: its only term is about all of them.
local function says_nothing(formula)
  return formula == formulas.TRUE or formula == formulas.FALSE
    or formula.op == "term" and not formula.fields.localpart
end

-- The tests that tell apart what is made at a domain, each once; of those that came since, too.
local function tests_at(found, domain)
  local cache = found.at[domain] or { seen = 0, list = {} }
  found.at[domain] = cache
  for i = cache.seen + 1, #found.tests do
    local test = found.tests[i]
    local rest = at_domain(test, domain)
    local is_some = not says_nothing(rest)
    if is_some then
      descents.note(found.descents, formulas.id(rest), found.descents.through[formulas.id(test)])
    end
    if is_some and not cache.list[formulas.id(rest)] then
      cache.list[formulas.id(rest)], cache.list[#cache.list + 1] = rest, rest
      found.extended[formulas.id(rest)] = found.extended[formulas.id(test)]
    end
  end
  cache.seen = #found.tests
  return cache.list
end

-- What a rewrite matches and is true of it besides: one term, where both are.
local function within(item, formula)
  if formula == formulas.FALSE then return formula end
  local made = formulas.map(formula, function(one)
    return formulas.all { item.matched, one }
  end)
  return made == formulas.TRUE and item.matched or made
end

-- What makes local parts: the same text for rewrites that do it likewise; nil where a domain has part in
-- it.
local function maker_of(item)
  local matcher, template = item.rewrite.matcher, item.rewrite.template
  if not item.domain or matcher.whole ~= nil then return nil end
  local parts, names = {}, {}
  for _, field in ipairs(matcher.fields) do
    if field.field == "localpart" then
      parts[1] = matcher.family .. "\1" .. field.glob .. "\1" .. table.concat(field.names, " ")
      for _, name in ipairs(field.names) do names[name] = true end
    end
  end
  for _, piece in ipairs(template.fields.localpart) do
    local name = type(piece) == "table" and piece.name
    if name and not names[name] then return nil end
    parts[#parts + 1] = name and "\2" .. name or piece
  end
  return parts[1] and table.concat(parts, "\3")
end

-- What is true of an address if a test is true of what a rewrite makes of it, and what is in doubt;
-- found out once for all that make it likewise.
local function before_of(found, item, test)
  local rewrite = item.rewrite
  if item.maker == nil then item.maker = maker_of(item) or false end
  local id = item.maker and item.maker .. "\5" .. formulas.id(test)
  local known = id and found.made[id]
  if known then return known[1], known[2] end
  local formula, doubt = before.formula(rewrite.matcher, rewrite.template, test,
    found.is_coarse)
  if id then found.made[id] = { formula, doubt } end
  return formula, doubt
end

-- Notes why a test is not asked of what a rewrite makes, unless nobody asks for it there.
local function leave(found, rewrite, test, why)
  local is_applied = not found.goes_on_anew
    and descents.is_applied(found.descents, formulas.id(test), rewrite)
  local list = is_applied and found.left or found.untold
  list[rewrite] = list[rewrite] or why
end

-- Takes for untold what was left out, if it may be asked for after all.
local function take_back(found)
  for rewrite, why in pairs(found.descents.are_changed and found.left or NONE) do
    found.untold[rewrite] = found.untold[rewrite] or why
  end
end

-- Adds globs of domains as a rewrite writes them of which nothing hangs: some are hard to find without these, and
-- of those of one text all is told.  It returns what is true of these addresses.
local function add_leads(found, item, list)
  local matcher, template, made = item.rewrite.matcher, item.rewrite.template, {}
  for i, tokens in ipairs(list) do
    made[i] = within(item, before.written(matcher, template, tokens))
    collected.add_terms(found, made[i])
    if globs.text(tokens) then table.insert(found.respelled[item.rewrite].fixed, made[i]) end
  end
  return made
end

-- What is true of an address of whose domain, as a rewrite makes it, a glob is not told; nil if nobody knows.
local function unsure_of(found, item, glob)
  local unsure, matcher, template = found.respelled[item.rewrite].unsure, item.rewrite.matcher,
    item.rewrite.template
  if unsure[glob.id] then return unsure[glob.id].formula end
  local formula, why = before.unsure(matcher, template, glob)
  if not formula then return leave(found, item.rewrite, formulas.TRUE, why) end
  local one = { glob = glob, formula = within(item, formula) }
  unsure[glob.id], unsure[#unsure + 1] = one, one
  if formula ~= formulas.FALSE then
    one.sure = add_leads(found, item, glob.tokens and hosts.sure(glob.tokens) or NONE)
    add_leads(found, item, glob.tokens and hosts.literals(glob.tokens) or NONE)
  end
  return one.formula
end

-- Adds where it is not told whether a rewrite makes a domain that a test asks for.
local function add_unsure(found, item, test, through)
  for _, one in ipairs(found.respelled[item.rewrite] and formulas.terms(test, {}) or NONE) do
    local said = one.family == "SMTP" and one.fields.domain or NONE
    for _, glob in ipairs(said ~= formulas.ABSENT and said or NONE) do
      for _, way in ipairs(formulas.alternatives(glob)) do
        local formula = unsure_of(found, item, way)
        if formula then collected.add_test(found, formula, through) end
      end
    end
  end
end

-- Adds what is true of an address if a test is true of what a rewrite makes of it.
local function add_before(found, item, test)
  local formula, doubt = before_of(found, item, test)
  if not formula then return leave(found, item.rewrite, test, doubt) end
  local made_of = within(item, formula)
  local id = formulas.id(made_of)
  found.extended[id] = found.extended[id] or found.extended[formulas.id(test)]
  local through = descents.after(found.descents, formulas.id(test), item.rewrite)
  collected.add_test(found, made_of, through)
  add_unsure(found, item, test, through)
end

-- Adds what tells whether the domain that a rewrite makes may be written in several ways.
local function add_respelled(found, item)
  if found.respelled[item.rewrite] then return end
  local formula, why = before.respelled(item.rewrite.matcher, item.rewrite.template)
  if not formula then
    found.untold[item.rewrite] = found.untold[item.rewrite] or why
  elseif formula ~= formulas.FALSE then
    local through = descents.after(found.descents, nil, item.rewrite)
    found.respelled[item.rewrite] = { formula = formula, unsure = {}, fixed = {} }
    for _, kind in ipairs(formula.op == "any" and formula.list or { formula }) do
      collected.add_test(found, within(item, kind), through) -- names, and literals
    end
    add_leads(found, item, hosts.LEADS)
  end
end

-- Adds what a rewrite's own way to write what it makes depends on.
local function add_doubt(found, item)
  local formula, why = before_of(found, item, formulas.TRUE)
  local through = descents.after(found.descents, nil, item.rewrite)
  local doubt = formula and before.odd(item.rewrite.matcher, item.rewrite.template,
    found.is_coarse)
  if not doubt then
    found.untold[item.rewrite] = why
  elseif doubt ~= formulas.FALSE then
    found.doubt[item.rewrite] = doubt
    collected.add_test(found, within(item, doubt), through)
  end
  local list, why_unmade = before.unmade(item.rewrite.matcher, item.rewrite.template,
    found.is_coarse)
  if not list then found.untold[item.rewrite] = found.untold[item.rewrite] or why_unmade end
  for _, unmade in ipairs(list or NONE) do
    collected.add_test(found, within(item, unmade), through)
  end
end

-- Adds what tells where a rewrite makes what is written otherwise: it may be the same as before.
local function add_changed(found, item)
  local rewrite = item.rewrite
  if rewrite.matcher.family ~= families.of(rewrite.template.type) then return end
  local through = descents.after(found.descents, nil, rewrite)
  local changed, why = before.changed(rewrite.matcher, rewrite.template)
  if not changed then
    found.untold[rewrite] = found.untold[rewrite] or why
  end
  found.changed[rewrite] = {}
  for field, formula in pairs(changed or NONE) do
    if formula ~= formulas.FALSE and not unchanged.is_copied(rewrite, field) then
      found.changed[rewrite][field] = within(item, formula)
      collected.add_test(found, found.changed[rewrite][field], through)
    end
  end
  for _, test in ipairs(next(found.changed[rewrite]) and unchanged.tests(rewrite) or NONE) do
    collected.add_test(found, within(item, test), through)
  end
end

-- Adds what tells where a rewrite makes the same of an address.
local function add_unchanged(found, item)
  local same, is_untold = unchanged.of(item)
  if not same then return end
  collected.add_test(found, same, descents.after(found.descents, nil, item.rewrite))
  if is_untold and same ~= formulas.FALSE then found.kept[item.rewrite] = same end
end

-- Whether there is no work or no time left for one more pre-image.
local function is_over(found)
  local work = found.work
  work.left = clock() > work.until_then and -1 or work.left - 1
  return work.left < 0
end

-- Adds the pre-images of the tests that a rewrite has not seen yet.
local function close_rewrite(found, item)
  if found.untold[item.rewrite] then return end
  local list = item.domain and tests_at(found, item.domain) or found.tests
  for i = (item.seen or 0) + 1, #list do
    if is_over(found) then return end
    add_before(found, item, list[i])
  end
  item.seen = #list
end

local MOST_STEPS = 32 -- rewrites that are applied one after the other

-- Calls `step` until it adds nothing to a list, but no more often than rewrites can be applied one after
-- the other: each of them fires once, unless it may do so again.  Where they may be more than are looked
-- at, no work is left.
local function repeat_steps(found, list, step)
  local most = found.may_repeat and MOST_STEPS or #found.rewrites
  for _ = 1, math.min(most, MOST_STEPS) do
    local count = #list
    step()
    if #list == count or found.work.left < 0 then return end
  end
  if most > MOST_STEPS then found.work.left = -1 end
end

-- Adds pre-images until there are no new ones.
local function close(found)
  for _, item in ipairs(found.rewrites) do
    item.domain = inverses.domain(item.rewrite.template)
    add_doubt(found, item)
    add_changed(found, item)
    add_respelled(found, item)
    add_unchanged(found, item)
  end
  repeat_steps(found, found.tests, function()
    for _, item in ipairs(found.rewrites) do close_rewrite(found, item) end
  end)
end

-- ---- Named addresses ---------------------------------------------------------

-- The rewrites that may make addresses of a domain, or of a family without one.
local function index_rewrites(found)
  local index = {}
  for _, item in ipairs(found.rewrites) do
    local id = item.domain or families.of(item.rewrite.template.type)
    index[id] = index[id] or {}
    table.insert(index[id], item)
  end
  return index
end

-- Adds those that a rewrite makes an address of.
local function add_key_before(found, item, address)
  if item.inverse == nil then item.inverse = inverses.of(item.rewrite) or false end
  if item.inverse then return collected.add_key(found, inverses.undone(item.inverse, address)) end
  local one = patterns.of_address(address)
  if one and not found.untold[item.rewrite] then add_before(found, item, one) end
end

-- Adds what becomes the addresses that are named, and what becomes that.
local function close_keys(found)
  if not found.rewrites[1] then return end
  local index, place = index_rewrites(found), 1
  local function look_at(address)
    local domain = address.type == "SMTP" and core.key(address):match "@([^@]*)$"
    for _, id in ipairs { domain or "", families.of(address.type) } do
      for _, item in ipairs(index[id] or {}) do
        if is_over(found) then return end
        add_key_before(found, item, address)
      end
    end
  end
  repeat_steps(found, found.keys, function()
    local last = #found.keys
    while place <= last and found.work.left >= 0 do
      look_at(found.keys[place])
      place = place + 1
    end
  end)
end

--- Adds all pre-images, of tests and of addresses that are named, until there are no new ones.
-- @tparam table found from `collected.new`, with `rewrites`
function preimages.close(found)
  close(found)
  close_keys(found)
  close(found)
  take_back(found)
end

return preimages
