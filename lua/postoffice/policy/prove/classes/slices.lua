--- Where two policies may differ at all: the addresses whose way may come to something that only one of
-- them says.
--
-- What is in only one of them is known (`postoffice.policy.prove.classes.contents`).  Backwards from there
-- through rewrites, entries and catch-alls, and rather more than less, are all addresses that come to it;
-- of any other, each step is the same in both policies.  Forwards from these are all that their way may
-- come to: nothing else has to be told apart.
--
-- Backwards goes from what is inside an address to that one, too: to carriers, what is signed, what gateways
-- of ours read, and attributes of X.400.  Where what is said may matter to the way of any address, be it by who
-- sent the message, by who signs or by functions, there is no slice.
-- @module postoffice.policy.prove.classes.slices

local address_of = require "postoffice.policy.prove.classes.atoms.collected".address_of
local connectors = require "postoffice.policy.compile.connectors"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local extensions = require "postoffice.policy.prove.classes.extensions"
local families = require "postoffice.policy.pattern.families"
local fold = require "postoffice.text.domain".fold
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local goals = require "postoffice.policy.prove.classes.goals"
local holders = require "postoffice.policy.prove.classes.holders"
local inverses = require "postoffice.policy.prove.classes.inverses"
local lists = require "postoffice.lists"
local openings = require "postoffice.policy.prove.classes.openings"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"
local regions = require "postoffice.policy.prove.classes.regions"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local shapes = require "postoffice.policy.prove.sets.shapes"
local ways = require "postoffice.policy.prove.classes.ways"

local slices = {}

local NONE = {}

-- What is looked at one by one: steps, and addresses.  What rewrites make longer again and again has no end,
-- and is taken with all that they take.
local MOST_ROUNDS, MOST_ALONE = 8, 20000

-- Terms of a region that all entries are held to, to find those that it comes to; to more it may come to any.
local MOST_HELD = 300

-- ---- Whether there is one ------------------------------------------------------

-- Whether a rewrite may make addresses that carry others.
local function makes_carriers(rewrite)
  local template = rewrite.template
  return template ~= nil and template.type == "X400"
    and (template.whole ~= nil or template.fields.dda1_type ~= nil)
end

local function is_carrier(address) return address.type == "X400" and address.dda1_type ~= nil end

-- Whether the way of an address is what patterns, entries, captures and what is inside it say.
local function is_plain(compiled)
  if not contents.is_known(compiled) then return false end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    if rewrite.matches or makes_carriers(rewrite) then return false end
  end
  return not goals.each(compiled, is_carrier)
end

-- The types that a policy's connectors have heard of, and whether any speaks one.
local function types_of(compiled)
  local heard, speaks = {}, false
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks then heard[connector.speaks], speaks = true, true end
    for _, space in ipairs(connector.spaces) do heard[space.family] = true end
  end
  return table.concat(lists.keys(heard), " "), speaks
end

-- Who signs, and by which keys: answers to them are opened everywhere.
local function signatures_of(compiled)
  local list = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local said = connector.declaration.fields
    local signs = said.srs or said.batv
    list[#list + 1] = signs and contents.dump { connector.folded, said.srs or false,
      said.batv or false } or nil
  end
  return table.concat(list, "\0")
end

local ALIKE = { "settings", "sets", "domains", "postoffices" }

-- Whether all that matters to the way of any address is the same.
local function are_comparable(mine, theirs)
  if not contents.are_alike(mine, theirs, ALIKE) then
    return false
  end
  return types_of(mine) == types_of(theirs) and signatures_of(mine) == signatures_of(theirs)
    and rewrites.may_repeat(mine.rewrites) == rewrites.may_repeat(theirs.rewrites)
end

-- ---- What differs --------------------------------------------------------------

-- The items of a list between those that it has in common with another one at its beginning and end.
local function between(list, texts, others)
  local first, last = 1, 0
  while texts[first] and texts[first] == others[first] do first = first + 1 end
  local common = math.min(#texts, #others) - first + 1
  while last < common and texts[#texts - last] == others[#others - last] do last = last + 1 end
  local found = {}
  for i = first, #list - last do found[#found + 1] = list[i] end
  return found
end

-- The items of two lists that only one of them has, or that change places.
local function differing(list, others)
  local texts, other_texts = lists.map(list, contents.said_in), lists.map(others, contents.said_in)
  local found = between(list, texts, other_texts)
  lists.add_all(found, between(others, other_texts, texts))
  return found
end

-- By domain, the names of the connectors that encapsulate there, as a text.
local function shells_of(compiled)
  local names = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local name = connector.speaks == "SMTP" and connector.wrap.domain
    local folded = name and fold(name)
    if folded then names[folded] = (names[folded] or "") .. connector.folded .. "\0" end
  end
  return names
end

-- The domains at which not the same connectors of two policies encapsulate.
local function differing_shells(mine, theirs)
  local own, others, found = shells_of(mine), shells_of(theirs), {}
  for name in pairs(own) do found[name] = own[name] ~= others[name] or nil end
  for name in pairs(others) do found[name] = own[name] ~= others[name] or nil end
  return lists.keys(found)
end

-- The addresses of entries of some names as one text: by these, whatever they are called, people go out.
local function proxies_of(side, names)
  local list = {}
  for name in pairs(names) do
    local entry = side.by_name[name]
    local texts = entry and directory.proxy_texts(side.compiled.directory, entry)
    list[#list + 1] = texts and texts[1] and table.concat(texts, "\n") or nil
  end
  table.sort(list)
  return table.concat(list, "\0")
end

-- ---- Backwards -----------------------------------------------------------------

local Slice = {}
Slice.__index = Slice

-- Whether a local part is written in one way, without quotes.
local function is_plain_name(address)
  local name = address.localpart
  return name:find "^[%w_=+.-]+$" ~= nil and not ("." .. name .. "."):find("..", 1, true)
end

-- How a rewrite is undone, if all that it changes needs no quotes; or nil.
local function inverse_of(rewrite)
  local inverse = rewrite.template and inverses.of(rewrite)
  if not inverse then return nil end
  for _, side in ipairs { inverse.inside, inverse.outside } do
    if (side.front .. side.back):find "[^%w_=+.-]" then return nil end
  end
  return inverse
end

-- Visits the single addresses of a region at a domain that a rewrite has not seen yet, as it is noted.
local function each_alone(region, domain, seen, rewrite, visit)
  local alone = region:alone_at(domain)
  local first, last = (seen[rewrite] or 0) + 1, #alone
  seen[rewrite] = last
  for i = first, last do visit(address_of(alone[i])) end
end

local cover

-- Terms that cover all of some parts; nil if none are known for one of them.
local function cover_any(parts)
  local list = {}
  for _, part in ipairs(parts) do
    local terms = cover(part)
    if not terms then return nil end
    lists.add_all(list, terms)
  end
  return list
end

-- The fewest terms that cover one of some parts; nil if none are known.
local function cover_one(parts)
  local fewest
  for _, part in ipairs(parts) do
    local terms = cover(part)
    if terms and not (fewest and #fewest <= #terms) then fewest = terms end
  end
  return fewest
end

-- Terms that cover all that a formula is true for; nil if that may be any address.
function cover(formula)
  local op = formula.op
  if op == "term" then return { formula } end
  if op == "any" then return cover_any(formula.list) end
  if op == "all" then return cover_one(formula.list) end
  return op == "false" and {} or nil
end

-- Adds what a formula is true for, which has to be known.
function Slice:add(formula)
  local terms = formula and cover(formula)
  self.is_unknown = self.is_unknown or not terms
  for _, term in ipairs(terms or NONE) do
    local address = term.key and address_of(term)
    if address then
      self:add_address(address)
    elseif self.region:add(term) then
      table.insert(self.formulas, term)
    end
  end
end

-- Adds an address, which a set has to know.
function Slice:add_address(address)
  local term = address and patterns.of_address(address)
  if not term or not core.key(address) then
    self.is_unknown = true
  elseif self.region:add(term) then
    table.insert(self.alone, address)
  end
end

-- Adds what a space matches.
function Slice:add_space(space)
  local address = patterns.address_of(space)
  if address then return self:add_address(address) end
  self:add(patterns.of_space(space))
end

-- What finds an entry that has an address: that one, and if it is one of cc:Mail without its post office; and, as
-- terms, that with extensions.
local function finders_of(compiled, address)
  local list, extended = { address }, {}
  local separators = holders.separators(compiled, address)
  for separator in (separators or ""):gmatch "." do
    local tokens = globs.joined(globs.literal(address.localpart .. separator), { globs.ANY })
    local domain = core.key(address):match "@([^@]*)$"
    extended[#extended + 1] = formulas.term("SMTP", {
      localpart = { formulas.cond(tokens) }, domain = { formulas.cond(globs.literal(domain)) },
    })
  end
  local bare = address.type == "CCMAIL" and core.parse(address.mailbox, families.native "CCMAIL")
  if bare and not bare.postoffice then list[2] = bare end
  return list, extended
end

-- Adds what finds an entry that has an address.
function Slice:add_proxy(compiled, address)
  local list, extended = finders_of(compiled, address)
  for _, one in ipairs(list) do self:add_address(one) end
  for _, term in ipairs(extended) do self:add(term) end
end

-- Adds all that leads to an entry, and to where its mail goes on to: it may be found by its target.
function Slice:add_entry(side, entry)
  if side.reached[entry] then return end
  side.reached[entry] = true
  local entries = side.compiled.directory
  for _, address in ipairs(directory.proxies(entries, entry)) do
    self:add_proxy(side.compiled, address)
  end
  if directory.kind(entries, entry) ~= "target" then return end
  for _, address in ipairs(directory.goals(entries, entry)) do self:add_address(address) end
end

-- Whether an entry, or else an address, is reached that something goes on to.
function Slice:is_reached(side, entry, address)
  if entry then return side.reached[entry] == true end
  return address ~= nil and self.region:has(address)
end

-- Whether an entry's mail goes on to what is reached.
function Slice:goes_on(side, entry)
  local entries = side.compiled.directory
  if directory.kind(entries, entry) == "target" then
    return self:is_reached(side, directory.target(entries, entry))
  end
  for i = 1, directory.member_count(entries, entry) do
    if self:is_reached(side, directory.member(entries, entry, i)) then return true end
  end
  return false
end

local POSTMASTER = core.parse "<Postmaster>"

local function postmaster_at(domain) return core.parse("SMTP:postmaster@" .. domain.folded) end

-- Adds all that a rewrite takes.
function Slice:add_rewrite(side, rewrite)
  side.reached[rewrite] = true
  self:add(patterns.of_matcher(rewrite.matcher))
end

-- Adds all that a rewrite takes if it may make something that was added; of single addresses, only what it
-- makes these of, where that is known.
function Slice:step_rewrite(side, rewrite, is_far)
  local made, inverse = regions.made(rewrite.template), side.inverses[rewrite]
  if inverse and not is_far and not self.region:meets_widely(made) then
    return each_alone(self.region, inverse.made_at, side.undone, rewrite, function(address)
      local of = inverses.undone(inverse, address)
      if not is_plain_name(address) or of and not is_plain_name(of) then
        self:add_rewrite(side, rewrite)
      elseif of then
        self:add_address(of)
      end
    end)
  end
  if self.region:meets(made) then self:add_rewrite(side, rewrite) end
end

-- Takes one step back, on one side.
function Slice:step(side, is_far)
  for _, entry in ipairs(side.onward) do
    if not side.reached[entry] and self:goes_on(side, entry) then self:add_entry(side, entry) end
  end
  for _, rewrite in ipairs(side.rewrites) do
    local is_new = rewrite.template and not side.reached[rewrite]
    if is_new then self:step_rewrite(side, rewrite, is_far) end
  end
  for _, domain in ipairs(domains.all(side.compiled.domains)) do
    local catchall = domain.catchall
    if catchall and self:is_reached(side, catchall.entry, catchall.address) then
      self:add(patterns.of_domain(domain))
    end
  end
  local home = domains.home(side.compiled.domains)
  if home and self.region:has(postmaster_at(home)) then self:add_address(POSTMASTER) end
end

-- What leads where in one policy: `onward`, the entries whose mail goes on; all rewrites, and those by
-- which extensions go on; and entries by their names.
local function new_side(compiled)
  local side = {
    compiled = compiled, onward = {}, by_name = {}, reached = {}, undone = {}, doors = {},
    rewrites = lists.copy(rewrites.all(compiled.rewrites)), inverses = {},
  }
  local is_ordinary = not (compiled.signers or compiled.shells
    or postoffices.all(compiled.postoffices)[1])
  for _, rewrite in ipairs(side.rewrites) do
    side.inverses[rewrite] = is_ordinary and inverse_of(rewrite) or nil
  end
  for entry in directory.each(compiled.directory) do
    local kind = directory.kind(compiled.directory, entry)
    side.by_name[directory.name(compiled.directory, entry)] = entry
    if kind ~= "mailbox" and kind ~= "refused" then table.insert(side.onward, entry) end
  end
  for _, item in ipairs((extensions.rewrites(compiled))) do
    table.insert(side.rewrites, item.rewrite)
  end
  return side
end

-- Adds entries of which something is said anew.  Who is held to restrictions may be told by other entries,
-- and so may the owner of a list, as whom it sends.
function Slice:add_entries(side, names)
  local entries = side.compiled.directory
  if not next(names) then return end
  for name in pairs(names) do
    if side.by_name[name] then self:add_entry(side, side.by_name[name]) end
  end
  for _, entry in ipairs(side.onward) do
    if directory.kind(entries, entry) == "list" and directory.owner_way(entries, entry) then
      self:add_entry(side, entry)
    end
  end
  for entry in directory.each_restricted(entries) do self:add_entry(side, entry) end
end

-- Takes steps on both sides until they add nothing to a region; each is told whether it is too far from the
-- beginning to look at addresses one by one.
local function repeat_steps(region, sides, step)
  local rounds, first, count = 0, #region.terms
  repeat
    count, rounds = #region.terms, rounds + 1
    local is_far = rounds > MOST_ROUNDS or count - first > MOST_ALONE
    for _, side in ipairs(sides) do step(side, is_far) end
  until #region.terms == count
end

-- Adds what leads to all that was added, until there is no more, or it is not known.
function Slice:close(sides)
  repeat_steps(self.region, sides, function(side, is_far)
    if not self.is_unknown then self:step(side, is_far) end
  end)
end

-- ---- Openings ------------------------------------------------------------------

-- Whether some address that was added may be inside others at an opening.
local function opens_some(self, opening)
  for family in pairs(opening.opens and self.families or NONE) do
    if opening.opens(family) then return true end
  end
  return false
end

-- Adds what is opened at an opening, for what is inside.  What is opened at first, before rewrites and
-- entries, nothing leads to.
local function add_opening(self, opening)
  self.opened[opening] = true
  if not opening.is_first then return self:add(opening.formula) end
  table.insert(self.at_first, opening.formula)
  self.families.SMTP = true
end

-- Adds what may hold others that were added, and what leads to that, until there is no more.
function Slice:open(sides, all)
  local is_more
  repeat
    is_more = false
    for _, term in ipairs(self.region.terms) do self.families[term.family] = true end
    for _, opening in ipairs(all) do
      if not self.opened[opening] and opens_some(self, opening) then
        add_opening(self, opening)
        is_more = true
      end
    end
    self:close(sides)
  until not is_more or self.is_unknown
  for _, formula in ipairs(self.at_first) do self:add(formula) end
end

-- ---- Forwards ------------------------------------------------------------------

-- What finds an entry, as terms: it may be found by its target, too.  False where one is in no set.
local function doors_of(side, entry)
  local entries, doors = side.compiled.directory, {}
  local all = lists.copy(directory.proxies(entries, entry))
  if directory.kind(entries, entry) == "target" then
    lists.add_all(all, directory.goals(entries, entry))
  end
  for _, address in ipairs(all) do
    local list, extended = finders_of(side.compiled, address)
    for _, one in ipairs(list) do
      local term = patterns.of_address(one)
      if not term then return false end
      doors[#doors + 1] = term
    end
    lists.add_all(doors, extended)
  end
  return doors
end

-- Whether the way of what is in a region may come to an entry.
local function may_find(region, side, entry)
  if #region.terms > MOST_HELD then return true end
  if side.doors[entry] == nil then side.doors[entry] = doors_of(side, entry) end
  local doors = side.doors[entry]
  for _, term in ipairs(doors or NONE) do
    if region:meets(term) then return true end
  end
  return not doors
end

-- Adds where an entry's mail goes on to, once, and what becomes of that.
local function enter(region, side, entry, entered)
  if entered[entry] then return end
  entered[entry] = true
  local entries = side.compiled.directory
  for _, address in ipairs(directory.goals(entries, entry)) do region:add_address(address) end
  local next_entry = directory.kind(entries, entry) == "target" and directory.target(entries, entry)
  if next_entry then enter(region, side, next_entry, entered) end
  for i = 1, directory.member_count(entries, entry) do
    local member = directory.member(entries, entry, i)
    if member then enter(region, side, member, entered) end
  end
end

-- Whether the way of what is in a region may come to what a formula is true for; also where there is none.
local function may_come(region, formula)
  return not formula or region:narrowed(formula) ~= formulas.FALSE
end

-- Adds where the mail of entries and catch-alls goes on to which the way of what is in a region may come to.
local function go_on(region, side, entered)
  for _, entry in ipairs(side.onward) do
    if not entered[entry] and may_find(region, side, entry) then
      enter(region, side, entry, entered)
    end
  end
  for _, domain in ipairs(domains.all(side.compiled.domains)) do
    local catchall = domain.catchall
    local is_met = catchall and may_come(region, (patterns.of_domain(domain)))
    if is_met and catchall.address then region:add_address(catchall.address) end
    if is_met and catchall.entry then enter(region, side, catchall.entry, entered) end
  end
end

-- Adds what a rewrite may make of what is in a region: of single addresses, only what it makes of these,
-- where they are all at one domain.
local function take_onward(region, side, rewrite, is_far, taken)
  local matched, inverse = patterns.of_matcher(rewrite.matcher), side.inverses[rewrite]
  local domain = inverse and fold(inverse.domain)
  if domain and matched and not is_far and not region:meets_widely(matched) then
    return each_alone(region, domain, taken, rewrite, function(address)
      local captures = rewrites.match(rewrite, address)
      local made = captures and rewrites.fill(rewrite, captures)
      if made and is_plain_name(address) and is_plain_name(made) then
        region:add_address(made)
      elseif captures then
        region:add(regions.made(rewrite.template))
      end
    end)
  end
  if not matched or region:meets(matched) then region:add(regions.made(rewrite.template)) end
end

local function step_onward(region, side, is_far, seen)
  go_on(region, side, seen.entered)
  for _, rewrite in ipairs(side.rewrites) do
    if rewrite.template then take_onward(region, side, rewrite, is_far, seen.taken) end
  end
end

-- Adds all that the way of what is in a region may come to.
local function close_onward(region, sides)
  local seen = {}
  for _, side in ipairs(sides) do
    local home = domains.home(side.compiled.domains)
    if home then region:add_address(postmaster_at(home)) end
    seen[side] = { entered = {}, taken = {} }
  end
  repeat_steps(region, sides, function(side, is_far)
    step_onward(region, side, is_far, seen[side])
  end)
end

-- Whether the way of what is in a region may come to an opening: what becomes of it is told by what is
-- inside, be that in the slice or not.
local function comes_to_opening(region, sides, all)
  local onward = regions.new()
  for _, term in ipairs(region.terms) do onward:add(term) end
  close_onward(onward, sides)
  for _, opening in ipairs(all) do
    for _, term in ipairs(opening.is_first and NONE or formulas.terms(opening.formula, {})) do
      if onward:meets(term) then return true end
    end
  end
  return false
end

-- Adds all addresses: of families that no set knows, too, if connectors speak of them.
local function add_everything(region, sides)
  for _, family in ipairs(shapes.families) do region:add(patterns.all(family)) end
  for _, side in ipairs(sides) do
    for family in (types_of(side.compiled)):gmatch "%S+" do
      region:add(patterns.all(families.of(family)))
    end
  end
end

-- ---- All of it -----------------------------------------------------------------

-- Whether what differs matters to no sender: what rules make of him, to whom those that work both ways write
-- back, and as whom people go out.
local function are_heard_alike(sides, rules, names)
  local mine, theirs = sides[1].compiled, sides[2].compiled
  if not contents.are_alike(mine, theirs, { "senders" }) then return false end
  local are_both, is_spoken = false, false
  for _, side in ipairs(sides) do
    are_both = are_both or senders.both(side.compiled.senders)[1] ~= nil
    is_spoken = is_spoken or side.compiled.outbound or select(2, types_of(side.compiled))
  end
  if are_both and (rules[1] or next(names)) then return false end
  return not is_spoken or proxies_of(sides[1], names) == proxies_of(sides[2], names)
end

-- Adds what only one of two policies says; whether all senders are heard alike.
local function add_differing(self, sides)
  local mine, theirs = sides[1].compiled, sides[2].compiled
  local rules = differing(rewrites.all(mine.rewrites), rewrites.all(theirs.rewrites))
  local names = contents.differing_entries(mine, theirs)
  for _, rule in ipairs(rules) do self:add(patterns.of_matcher(rule.matcher)) end
  local ours = connectors.all(mine.connectors)
  for _, connector in ipairs(differing(ours, connectors.all(theirs.connectors))) do
    self.differing[connector.folded] = true
    for _, space in ipairs(connector.spaces) do self:add_space(space) end
  end
  for _, name in ipairs(differing_shells(mine, theirs)) do
    self:add(patterns.of_domain_name(name))
  end
  for _, side in ipairs(sides) do self:add_entries(side, names) end
  return are_heard_alike(sides, rules, names)
end

-- Adds all that leads to what was added, and what may hold that; and to its region all that this may come
-- to.  Whether what is opened on the way of members matters, whatever is inside.
local function complete(self, sides)
  local all = openings.of(sides[1].compiled)
  lists.add_all(all, openings.of(sides[2].compiled))
  self:close(sides)
  local is_wide = comes_to_opening(self.region, sides, all)
  self:open(sides, all)
  self:add_address(POSTMASTER)
  if is_wide then add_everything(self.region, sides) end
  close_onward(self.region, sides)
  return is_wide
end

--- Where the ways of addresses may differ in two policies, and all else but as whom senders are heard.
-- @tparam table policy
-- @tparam table other
-- @treturn table|nil a set (see `postoffice.policy.prove.sets`), with `region` (see
--   `postoffice.policy.prove.classes.regions`): all that the ways of its members may come to;
--   `are_heard_alike`, whether connectors of both hear all senders alike, and `are_senders_alike`, whether
--   they do so by the same rules; `differing`, as keys the names of connectors, folded, all of whose
--   addresses are members; and `is_wide`, whether members may be opened on their way though no member
--   is inside.  Else those that are opened are in it for what is inside: those matter that hold a
--   member.  Nil if that may be anywhere
function slices.of_ways(policy, other)
  local mine, theirs = policy.compiled, other.compiled
  if not (is_plain(mine) and is_plain(theirs) and are_comparable(mine, theirs)) then return nil end
  local self = setmetatable({
    region = regions.new(), formulas = {}, alone = {}, opened = {}, at_first = {}, families = {},
    differing = {},
  }, Slice)
  local sides = { new_side(mine), new_side(theirs) }
  local is_alike = add_differing(self, sides)
  local is_wide = complete(self, sides)
  if self.is_unknown then return nil end
  table.insert(self.formulas, formulas.alone(self.alone))
  return {
    formula = formulas.any(self.formulas), region = self.region, is_wide = is_wide,
    differing = self.differing, are_heard_alike = is_alike, are_senders_alike = is_alike
      and select(2, ways.rules(policy)) == select(2, ways.rules(other)),
  }
end

--- Where two policies may differ.
-- @tparam table policy
-- @tparam table other
-- @treturn table|nil as `slices.of_ways` has it; nil, too, if senders are not heard alike
function slices.of(policy, other)
  local slice = slices.of_ways(policy, other)
  return slice and slice.are_heard_alike and slice or nil
end

return slices
