--- What policies test of addresses: the terms by which they tell them apart, and the addresses that
-- they name.
--
-- Both are closed under rewrites: what is tested of an address that a rewrite makes is a test of
-- the one that it is made of.
-- @module postoffice.policy.prove.classes.atoms

local addresses = require "postoffice.address"
local before = require "postoffice.policy.prove.sets.before"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local descents = require "postoffice.policy.prove.classes.descents"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local extensions = require "postoffice.policy.prove.classes.extensions"
local families = require "postoffice.policy.pattern.families"
local fold_pieces = require "postoffice.policy.pattern.domains".fold
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local goals = require "postoffice.policy.prove.classes.goals"
local inverses = require "postoffice.policy.prove.classes.inverses"
local openers = require "postoffice.policy.prove.classes.openers"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local sayable = require "postoffice.policy.prove.classes.sayable"
local shapes = require "postoffice.policy.prove.sets.shapes"
local signers = require "postoffice.policy.compile.signers"

local atoms = {}

local ANY, ONE = globs.ANY, globs.ONE
local cond, term = formulas.cond, formulas.term

local clock = os.clock

local NONE = {}

-- ---- Collecting --------------------------------------------------------------

-- Adds an address that is named, if anybody comes to it; the core knows its key.
local function add_key(found, address)
  local key = address and core.key(address)
  if not key or found.keys[key] then return end
  if found.region and not found.region:has(address) then return end
  found.keys[key] = address
  found.keys[#found.keys + 1] = address
end

--- The address that a term has alone.
-- @tparam table alone
-- @treturn table|nil
function atoms.address_of(alone)
  local values = {}
  for field, conds in pairs(alone.fields) do
    values[field] = conds ~= formulas.ABSENT and globs.text(conds[1].tokens) or nil
  end
  local _, address = shapes.address(alone.family, values)
  return address
end

-- Whether something may be true of an address that anybody comes to.
local function may_matter(found, formula)
  return not found.region or found.region:narrowed(formula) ~= formulas.FALSE
end

-- What is left to be tested of the addresses that anybody comes to.
local function narrowed(found, formula)
  if not found.region then return formula end
  local left = found.region:narrowed(formula)
  local id = left ~= formula and formulas.id(left)
  if id then found.extended[id] = found.extended[id] or found.extended[formulas.id(formula)] end
  return left
end

-- Adds what is tested, and its terms; a term that only one address is in as that address.  It may be asked for
-- after some rewrites alone.
local function add_test(found, formula, through)
  if formula == formulas.TRUE or formula == formulas.FALSE then return end
  descents.note(found.descents, formulas.id(formula), through)
  if found.tests[formulas.id(formula)] then return end
  formula = narrowed(found, formula)
  local id = formulas.id(formula)
  if formula == formulas.TRUE or formula == formulas.FALSE then return end
  descents.note(found.descents, id, through)
  if found.tests[id] then return end
  found.tests[id] = formula
  local address = formula.key and atoms.address_of(formula)
  if formula.key then return address and add_key(found, address) end
  formulas.each_alone(formula, function(one) add_key(found, one) end)
  if formula.op == "alone" then return end
  found.tests[#found.tests + 1] = formula
  formulas.terms(formula, found.terms)
end

-- Notes that addresses of a family, or those that come to a declaration, cannot be told apart.
local function add_unknown(found, family, declaration, why)
  found.unknown[family] = found.unknown[family]
    or ("%s (%s): %s"):format(describe.title(declaration), describe.where(declaration), why)
end

local function add_or_note(found, family, declaration, formula, why)
  if formula then return add_test(found, formula) end
  add_unknown(found, family, declaration, why)
end

-- ---- What is tested ----------------------------------------------------------

-- Adds the address that a space is itself: of that one it is the whole, and not a part of it.  Of a
-- type whose keys are no addresses it cannot be told.
local function add_itself(found, space, declaration)
  local text = space.key or space.component and space.family .. ":" .. space.component
  local address = text and addresses.read_any(text) or nil
  add_key(found, address)
  if space.key and not (address and core.key(address) == space.key) then
    add_unknown(found, space.family, declaration, "only code knows its addresses")
  end
end

local function add_spaces(found, compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      add_itself(found, space, connector.declaration)
      if space.matcher or not space.key then
        add_or_note(found, space.family, connector.declaration, patterns.of_space(space))
      end
    end
  end
end

-- Local parts that are never parted at a separator (`postoffice.text.subaddress`).
local WHOLE = {
  globs.literal "postmaster", globs.literal "mailer-daemon", globs.literal "double-bounce",
  globs.joined(globs.literal "owner-", { ONE, ANY }),
  globs.joined({ ONE, ANY }, globs.literal "-request"),
}

-- A glob of local parts at a domain.
local function at(domain, tokens)
  local fields = {}
  for _, one in ipairs(formulas.terms(domain, {})) do fields.domain = one.fields.domain end
  fields.localpart = { cond(tokens) }
  return term("SMTP", fields)
end

-- What is looked at before an address is parted at a separator.
local function add_extensions(found, domain, separators)
  if not separators then return end
  add_test(found, at(domain, { ONE, ANY, globs.one_of(separators), ANY }))
  for _, tokens in ipairs(WHOLE) do add_test(found, at(domain, tokens)) end
end

local CARRIER = globs.joined(globs.literal "imcea", { ANY })
local UNREAD = globs.joined({ globs.run_of "mark dot space special high" }, CARRIER) -- `shells.unread`
local MARKS = { ANY, globs.one_of "%!@", ANY } -- what hosts read another address by (Q237927)

-- Local parts that begin as those of carriers do, at a domain that opens them.
local function add_carrier(found, domain)
  local one = at(domain, CARRIER)
  found.carriers[one.id] = true
  add_test(found, one)
end

local ESCAPED = globs.joined(globs.literal "imcea", { ANY, "+", ANY })

-- The same at a domain of ours, where policies know other hosts, and it matters which of them may be
-- written inside what nobody opens (`relaying`): none is without an escape.
local function add_inside(found, domain)
  local one, escaped = at(domain, CARRIER), at(domain, ESCAPED)
  found.inside[one.id], found.inside[escaped.id] = "carrier", "escaped"
  add_test(found, one)
  add_test(found, escaped)
end

-- By scheme, the local parts that begin as what is signed does, and by form those that signers make:
-- all others of these are refused.
local SIGNED = {
  SRS = {
    { tokens = { "s", "r", "s", globs.one_of "01", globs.one_of "=+-", ANY } },
    { form = "SRS0", tokens = globs.joined(globs.literal "srs0=", { ANY }) },
    { form = "SRS1", tokens = globs.joined(globs.literal "srs1=", { ANY }) },
  },
  BATV = { { form = "BATV", tokens = globs.joined(globs.literal "prvs=", { ANY }) } },
}

-- Adds what begins as what is signed by a scheme, at a domain that opens it.
local function add_signed(found, domain, scheme)
  for _, item in ipairs(SIGNED[scheme]) do
    local one = at(domain, item.tokens)
    found.signed[one.id] = item.form
    add_test(found, one)
  end
end

-- Adds the same at the domains at which connectors sign: each has keys of its own.
local function add_signers(found, compiled)
  for _, host in ipairs(compiled.signers and signers.hosts(compiled.signers) or NONE) do
    add_signed(found, patterns.of_domain_name(host), "SRS")
  end
end

-- What is looked at of addresses at a domain.
local function add_domain(found, compiled, domain)
  local formula, why = patterns.of_domain(domain)
  add_or_note(found, domain.space and domain.space.family or "SMTP", domain.declaration, formula,
    why)
  if domain.space then add_itself(found, domain.space, domain.declaration) end
  if domain.space or not formula then return end
  add_extensions(found, formula, domains.separators(domain, compiled.settings))
  if domains.is_home(domain) then add_carrier(found, formula) end
  if found.are_unlike and domains.is_ours(domain) then add_inside(found, formula) end
  if domain.kind == "relay" then add_test(found, at(formula, MARKS)) end
  for scheme in pairs(compiled.signers and SIGNED or NONE) do
    if signers.is_opened(domain, scheme) then add_signed(found, formula, scheme) end
  end
end

local function add_domains(found, compiled)
  for _, domain in ipairs(domains.all(compiled.domains)) do add_domain(found, compiled, domain) end
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local name = compiled.shells and connector.speaks == "SMTP" and connector.wrap.domain
    if name then
      local formula = patterns.of_domain_name(name)
      add_carrier(found, formula)
      add_test(found, at(formula, UNREAD))
    end
  end
end

-- What gateways read another address in (`relaying`), by family.
local CARRIES = {
  CCMAIL = "mailbox", NOTES = "name", MSMAIL = "mailbox", MS = "mailbox", PCM = "mailbox",
  GWISE = "object", UUCP = "user",
}

-- What has some domain-defined attribute.
local function with_attributes()
  local list = {}
  for _, field in ipairs(shapes.fields "X400") do
    if field:find "^dda%d_type$" then
      list[#list + 1] = term("X400", { [field] = { cond { ANY } } })
    end
  end
  return formulas.any(list)
end

--- A formula of the addresses of X.400 that have domain-defined attributes.
atoms.has_attributes = with_attributes()

-- What is told apart whatever a policy declares: a cc:Mail name without a post office, and an address of
-- X.400 that may carry another.
local function add_forms(found)
  add_test(found, term("CCMAIL", { postoffice = formulas.ABSENT }))
  add_test(found, atoms.has_attributes)
end

local function add_mark(found, family, field)
  local one = term(family, { [field] = { cond(MARKS) } })
  found.marks[one.id] = field
  add_test(found, one)
end

local function add_marks(found)
  for family, field in pairs(CARRIES) do add_mark(found, family, field) end
  for _, family in ipairs { "MS", "PCM" } do
    add_mark(found, family, "network")
    add_mark(found, family, "postoffice")
  end
  add_mark(found, "GWISE", "domain")
  add_mark(found, "GWISE", "postoffice")
end

-- Whether some connector hands over addresses as those of a type.
local function speaks_some(compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks then return true end
  end
  return false
end

-- What is not ASCII cannot be said in every type.
local function add_high(found)
  local high = { cond { ANY, globs.of_kind "high", ANY } }
  for family, field in pairs(CARRIES) do
    local one = term(family, { [field] = high })
    found.high[one.id] = true
    add_test(found, one)
  end
  local localpart = term("SMTP", { localpart = high })
  found.carries_nothing = localpart.id -- what encapsulates is ASCII
  add_test(found, localpart)
end

-- Adds what next hops can be told, and what not.
local function add_sayable(found, compiled)
  for _, test in ipairs(sayable.tests(compiled)) do
    for _, one in ipairs(formulas.terms(test, {})) do found.said[one.id] = true end
    add_test(found, test)
  end
end

-- By type, the fields of the places where post offices are.
local function add_postoffices(found, compiled)
  for _, postoffice in ipairs(postoffices.all(compiled.postoffices)) do
    if not postoffice.is_typed then
      local name = globs.literal(postoffices.fold(postoffice.name))
      add_test(found, term("CCMAIL", { postoffice = { cond(name) } }))
    else
      local family = families.of(postoffice.name:match("^[^:]*"):upper())
      add_unknown(found, family, postoffice.declaration, "it is a place of another type")
    end
  end
end

-- ---- Named addresses ---------------------------------------------------------

-- The names of cc:Mail's without a post office: one may find an entry (Q197255).
local function add_bare(found, address)
  if address.type ~= "CCMAIL" then return end
  local bare = core.parse(address.mailbox, families.native "CCMAIL")
  if bare and not bare.postoffice then add_key(found, bare) end
end

-- Adds an address with an extension, where its domain has such; and, where it matters which one,
-- all that are of this mailbox.
local function add_extended(found, compiled, address, matters, said)
  local key = address.type == "SMTP" and address.domain and core.key(address)
  local domain = key and domains.find(compiled.domains, key)
  local separators = domains.separators(domain, compiled.settings)
  if not separators then return end
  for separator in separators:gmatch "." do
    local user = address.localpart .. separator
    add_key(found, addresses.smtp(user .. "x", address.domain))
    for _, extension in ipairs(matters and said or NONE) do
      add_key(found, addresses.smtp(user .. extension, address.domain))
    end
    if matters then
      local one = term("SMTP", {
        domain = { cond(globs.literal(key:match "@([^@]*)$")) },
        localpart = { cond(globs.joined(globs.literal(user), { ANY })) },
      })
      found.extended[one.id] = true
      add_test(found, one)
    end
  end
end

local FEW_ENTRIES = 200 -- so few that the extensions of all are told apart

local function add_proxies(found, compiled, entry, said)
  local entries = compiled.directory
  local matters = found.asks_for_users or directory.kind(entries, entry) ~= "mailbox"
    or directory.count(entries) < FEW_ENTRIES
  for _, address in ipairs(directory.proxies(entries, entry)) do
    add_key(found, address)
    add_bare(found, address)
    add_extended(found, compiled, address, matters, said)
  end
end

-- Adds an address to which a policy sends mail on, and what may become of it: a recipient who is one of
-- these comes back to where he was.
local function add_goal(found, compiled, address)
  local onward = goals.onward(compiled, address)
  for _, made in ipairs(onward.list) do add_key(found, made) end
  if onward.is_partial then found.work.left = -1 end
end

local function add_directory(found, compiled)
  local said = extensions.said(compiled)
  for entry in directory.each(compiled.directory) do
    add_proxies(found, compiled, entry, said)
  end
  goals.each(compiled, function(address) add_goal(found, compiled, address) end)
  for _, text in ipairs { "<>", "<Postmaster>" } do add_key(found, core.parse(text)) end
end

-- ---- Rewrites ----------------------------------------------------------------

-- Adds what becomes of extensions that go on to targets.
local function add_onward(found, compiled)
  local list, marked = extensions.rewrites(compiled)
  found.onward[compiled] = list
  for _, item in ipairs(list) do
    if may_matter(found, item.matched) then table.insert(found.rewrites, item) end
    found.goes_on_anew = true -- all rewrites may be applied again from there
  end
  for _, formula in ipairs(marked) do add_test(found, formula) end
end

-- What a rewrite matches as a term, with what its template makes of each field if that is fixed.
local function add_rewrite(found, compiled, rewrite)
  if not rewrite.matcher then return end
  local matched, why = patterns.of_matcher(rewrite.matcher)
  add_or_note(found, rewrite.matcher.family, rewrite.declaration, matched, why)
  if not matched or not rewrite.template or not may_matter(found, matched) then return end
  if rewrites.is_fixed(rewrite) then
    local made = rewrites.fill(rewrite, NONE)
    if made then add_goal(found, compiled, made) end
  else
    table.insert(found.rewrites, { rewrite = rewrite, matched = matched })
  end
end

-- What pieces are, as far as they have to be alike to make the same: nil for a wildcard without name.
local function shape_of(pieces)
  local texts = {}
  for i, piece in ipairs(pieces) do
    if type(piece) ~= "string" and piece.kind ~= "name" then return nil end
    texts[i] = type(piece) == "string" and piece:lower() or "\1" .. piece.name
  end
  return table.concat(texts, "\2")
end

-- How much pieces make at least, besides what is captured: its length, how often each name is there, and
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

-- Whether what one makes is always longer than what another one does, which is there whole: each name of that
-- is in it as often at least, and none is empty.
local function is_longer(size, other)
  local length = size.length
  for name, count in pairs(other.names) do
    if (size.names[name] or 0) < count then return false end
  end
  for name, count in pairs(size.names) do length = length + count - (other.names[name] or 0) end
  return other.is_all and length > other.length
end

-- Whether two lists of pieces end in texts that differ.
local function end_apart(last, other)
  if type(last) ~= "string" or type(other) ~= "string" then return false end
  local length = math.min(#last, #other)
  return last:sub(-length):lower() ~= other:sub(-length):lower()
end

-- Whether they begin so.
local function begin_apart(first, other)
  if type(first) ~= "string" or type(other) ~= "string" then return false end
  return end_apart(first:reverse(), other:reverse())
end

-- Whether a field of a template makes the same of what a field of a pattern matches: always, never, or
-- if that is a certain text, which it returns; nil if nobody can tell.
local function makes_same(field, pieces)
  local own, size, own_size = field.pieces, size_of(pieces), size_of(field.pieces)
  if shape_of(pieces) == shape_of(own) then return true end
  if not next(size.names) then return table.concat(pieces) end
  if begin_apart(pieces[1], own[1]) or end_apart(pieces[#pieces], own[#own]) then return false end
  if is_longer(size, own_size) or is_longer(own_size, size) then return false end
  return nil
end

-- The pieces of a template's field, as those of patterns have them: of a domain in A-labels.
local function pieces_of(template, field)
  local pieces = template.fields[field]
  local is_domain = pieces and families.has_domain(template.type, field)
  return is_domain and fold_pieces(pieces) or pieces
end

-- Adds what tells where a rewrite makes the same of an address, and so is an exception from others.
local function add_identity(found, item)
  local matcher, template = item.rewrite.matcher, item.rewrite.template
  if matcher.family ~= families.of(template.type) then return end
  if matcher.whole ~= nil or template.whole then return end
  local said, is_untold = {}, false
  for _, field in ipairs(matcher.fields) do
    local pieces = pieces_of(template, field.field)
    local same = pieces and makes_same(field, pieces)
    if same == false then return end
    if type(same) == "string" then said[field.field] = { cond(globs.literal(same)) } end
    is_untold = is_untold or same == nil
  end
  local same = formulas.all { item.matched, term(matcher.family, said) }
  add_test(found, same, descents.after(found.descents, nil, item.rewrite))
  if is_untold and same ~= formulas.FALSE then found.kept[item.rewrite] = same end
end

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

-- Adds what is true of an address if a test is true of what a rewrite makes of it.
local function add_before(found, item, test)
  local formula, doubt = before_of(found, item, test)
  if not formula then return leave(found, item.rewrite, test, doubt) end
  local made_of = within(item, formula)
  local id = formulas.id(made_of)
  found.extended[id] = found.extended[id] or found.extended[formulas.id(test)]
  add_test(found, made_of, descents.after(found.descents, formulas.id(test), item.rewrite))
end

-- Adds what a rewrite's own way to write what it makes depends on.
local function add_doubt(found, item)
  local formula, doubt = before_of(found, item, formulas.TRUE)
  local through = descents.after(found.descents, nil, item.rewrite)
  if not formula then
    found.untold[item.rewrite] = doubt
  elseif doubt ~= formulas.FALSE then
    found.doubt[item.rewrite] = doubt
    add_test(found, within(item, doubt), through)
  end
  local list, why = before.unmade(item.rewrite.matcher, item.rewrite.template)
  if not list then found.untold[item.rewrite] = found.untold[item.rewrite] or why end
  for _, unmade in ipairs(list or NONE) do add_test(found, within(item, unmade), through) end
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
    add_identity(found, item)
  end
  repeat_steps(found, found.tests, function()
    for _, item in ipairs(found.rewrites) do close_rewrite(found, item) end
  end)
end

-- ---- Keys --------------------------------------------------------------------

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
  if item.inverse then return add_key(found, inverses.undone(item.inverse, address)) end
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

-- Whether some term is about domain-defined attributes, but for whether there is one.
local function looks_into_attributes(terms)
  local own = formulas.terms(atoms.has_attributes, {})
  for _, one in ipairs(terms) do
    for field, said in pairs(one.fields) do
      if field:find "^dda" and said ~= formulas.ABSENT and not own[one.id] then return true end
    end
  end
  return false
end

-- Whether some term tells local parts apart.
local function asks_for_users(terms)
  for _, one in ipairs(terms) do
    if one.family == "SMTP" and one.fields.localpart then return true end
  end
  return false
end

--- What policies test of addresses.
-- @tparam {table,...} policies
-- @tparam {table,...} list formulas of sets that are asked for, too
-- @tparam table work `left`
-- @tparam boolean asks_for_x400 whether addresses are asked for that may carry others
-- @tparam[opt] boolean is_coarse whether nothing is told apart by parts of parts that are captured
-- @tparam[opt] table slice where alone something is asked for, from `slices.of`
-- @treturn table `tests`, formulas; `terms`, theirs; `keys`, the addresses that are named, by place
--   and by key; `unknown`, by family why its addresses cannot be told apart; `untold`, by rewrite why it
--   is not known what is made; `doubt`, by rewrite a formula of what it may write in another way; `kept`,
--   of what it may make the same of; `said`, the ids of terms that matter to next hops alone;
--   `carries_nothing`, that of a term of addresses that are no carriers;
--   `extended`, the ids of tests of addresses that are a mailbox's with an extension, or are rewritten
--   to one; `carriers`, those of addresses that may carry others, and `inside`, by those of them
--   that matter where policies know other hosts (`are_unlike`) whether they have escapes; `signed`,
--   by those of addresses that may be signed their form; `asks_for_users`, whether a set that is
--   asked for tells local parts apart; `onward`, by what is compiled what becomes of extensions that
--   go on to targets; `looks_into_attributes`, whether some pattern does so
function atoms.collect(policies, list, work, asks_for_x400, is_coarse, slice)
  local found = {
    tests = {}, terms = {}, keys = {}, unknown = {}, untold = {}, doubt = {}, kept = {},
    rewrites = {}, at = {}, made = {}, extended = {}, carriers = {}, inside = {}, signed = {},
    marks = {}, high = {}, said = {}, onward = {}, work = work, are_unlike = false,
    is_coarse = is_coarse, region = slice and slice.region, descents = descents.new(), left = {},
  }
  for _, formula in ipairs(list) do add_test(found, formula) end
  found.asks_for_users = asks_for_users(found.terms)
  if slice then add_test(found, slice.formula) end -- it has extensions of those alone that differ
  add_forms(found)
  local may_be_read = asks_for_x400 or openers.may_nest(policies)
  found.are_unlike = may_be_read and not openers.know_same(policies)
  for _, policy in ipairs(policies) do
    local compiled = policy.compiled
    add_spaces(found, compiled)
    add_domains(found, compiled)
    add_signers(found, compiled)
    add_postoffices(found, compiled)
    for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
      add_rewrite(found, compiled, rewrite)
    end
    if domains.are_declared(compiled.domains) then add_marks(found) end
    if speaks_some(compiled) then add_high(found) end
    add_sayable(found, compiled)
    add_directory(found, compiled)
    add_onward(found, compiled)
    found.may_repeat = found.may_repeat or rewrites.may_repeat(compiled.rewrites)
  end
  close(found)
  close_keys(found)
  close(found)
  take_back(found)
  found.looks_into_attributes = looks_into_attributes(found.terms)
  return found
end

return atoms
