--- The connectors a policy declares, and the address spaces they carry.
-- @module postoffice.policy.compile.connectors

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domain = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local postoffices = require "postoffice.policy.compile.postoffices"
local read_hop = require "postoffice.policy.compile.hop".read
local read_pattern = require "postoffice.policy.pattern.spaces".read
local sets = require "postoffice.policy.compile.sets"
local suggest = require "postoffice.suggest"

local connectors = {}

local X400 = {
  needs = { "c" }, takes = { "a", "p", "o", "ou1", "ou2", "ou3", "ou4", "dda1_type" },
  carries = { "SMTP", "MS", "EX" }, example = 'c = "us", a = " ", p = "gateway"',
}
local MS = { needs = { "network", "postoffice" }, example = 'network = "NET", postoffice = "SMTP"' }
local GWISE = { needs = { "domain", "postoffice" }, example = 'domain = "GW", postoffice = "SMTP"' }
local MSMAIL = { needs = { "server" }, example = 'server = "internet"' }

-- By what a next hop speaks, the fields of `wrap` by which it is handed other types: those that it
-- needs, those that it takes besides, and what it `carries` by them: SMTP, unless said, or anything.
local WRAPS = {
  SMTP = { needs = { "domain" }, carries_all = true, example = 'domain = "example.com"' },
  CCMAIL = { needs = { "postoffice" }, example = 'postoffice = "internet"' },
  NOTES = { needs = { "domain" }, example = 'domain = "INTERNET"' },
  X400 = X400, MS = MS, PCM = MS, GWISE = GWISE, GROUPWISE = GWISE, MSMAIL = MSMAIL, MSA = MSMAIL,
}
local CARRIES = { "SMTP" }

-- A connector without spaces is so common that it has a message of its own.
local function check_spaces(declaration, errors)
  local list = declaration.fields.spaces
  if list ~= nil and (type(list) ~= "table" or #list > 0) then return end
  errors.add(declaration,
    " has no spaces, so no mail will use it (Exchange ships it so, Q186235);"
      .. ' add spaces = { "%s:*" }',
    (type(declaration.fields.speaks) == "string" and declaration.fields.speaks or "SMTP"):upper())
end

--- What a delivery needs of a connector that was chosen, in one small table: where there are many
-- connectors, each further one that is read costs time.
-- @tparam table connector
-- @tparam number cost
-- @tparam[opt] string text of the space
-- @treturn table `is_plain`: it takes any message, as it is, and nothing lies behind it
function connectors.choice(connector, cost, text)
  return {
    connector = connector, name = connector.name, nexthop = connector.nexthop, cost = cost,
    text = text, rule = connector.rule, hop = connector.hop,
    is_plain = not (connector.speaks or connector.reaches or connector.guarded)
      and connector.weight > 0,
  }
end

-- The text and the cost of an item of `spaces`.
local function parts_of(item)
  if type(item) == "table" then return item[1], item.cost end
  return item, nil
end

-- Reads a space; `shown` is how messages name it, and `more` what they say besides.
local function read_space(connector, text, cost, shown, more, errors)
  local space, message = read_pattern(text)
  if not space then
    errors.add(connector.declaration, ": space %s %s%s", shown, message, more)
    return nil
  elseif cost and not (cost >= 0 and cost < math.huge) then
    errors.add(connector.declaration, ": space %s has the cost %s; a cost is 0 at least", shown,
      describe.shown(cost))
  end
  space.cost = cost or connector.cost
  space.connector, space.guarded = connector, connector.guarded
  space.choice = connectors.choice(connector, space.cost, text)
  return space
end

-- Whether a way to carry addresses has room for those of a type.
local function may_carry(way, type_name)
  return way ~= nil and (way.carries_all or lists.contains(way.carries or CARRIES, type_name))
end

-- The fields of `wrap` by which the connector carries other types; nil if one is missing, or
-- nothing is carried in what it speaks.
local function shell_of(speaks, wrap)
  local way, shell = WRAPS[speaks], {}
  if not way then return nil end
  for _, field in ipairs(way.needs) do
    if not wrap[field] then return nil end
    shell[field] = wrap[field]
  end
  for _, field in ipairs(way.takes or {}) do shell[field] = wrap[field] end
  return shell
end

-- Whether a place in a type that carries others is said in a field, too.
local function has_field(way, field)
  return lists.contains(way.needs, field) or lists.contains(way.takes or {}, field)
end

-- Holds `wrap` to what the next hop speaks: what says nothing of a place in that type does nothing.
local function check_wrap(connector, errors)
  local speaks, way = connector.speaks, WRAPS[connector.speaks]
  if next(connector.wrap) == nil then return end
  if not speaks then
    return errors.add(connector.declaration, ": wrap says how other types than the next hop's are"
      .. " carried; add speaks, or remove wrap")
  elseif not way then
    return errors.add(connector.declaration, ": %s carries no other type; remove wrap", speaks)
  end
  for _, field in ipairs(lists.keys(connector.wrap)) do
    if not has_field(way, field) then
      errors.add(connector.declaration, ": wrap.%s says nothing of a place in %s; remove it, or"
        .. " write wrap = { %s }", field, speaks, way.example)
    end
  end
end

-- Whether the connector can hand over addresses of the space's type.
local function check_speaks(connector, space, errors)
  if not connector.speaks or families.of(connector.speaks) == space.family then return end
  local way = WRAPS[connector.speaks]
  if not may_carry(way, space.family) then
    errors.add(connector.declaration,
      ' speaks %s, which cannot carry the %s addresses of its space "%s"; remove the'
      .. " space or speaks", connector.speaks, space.type, space.text)
  elseif not connector.shell then
    errors.add(connector.declaration,
      ' speaks %s, but its space "%s" is of type %s; add wrap = { %s }',
      connector.speaks, space.text, space.type, way.example)
  end
end

-- Whether `wrap.postoffice` is one of cc:Mail's, and no field of another type's places.
local function speaks_ccmail(connector)
  local way = WRAPS[connector.speaks]
  return not (way and connector.speaks ~= "CCMAIL" and lists.contains(way.needs, "postoffice"))
end

-- Holds the post offices that a connector names to those declared.
local function check_postoffices(offices, connector, errors)
  local reaches = connector.reaches
  if reaches and postoffices.are_declared(offices) and not postoffices.find(offices, reaches) then
    errors.add(connector.declaration, ": reaches: %s", postoffices.undeclared(offices, reaches))
  end
  local at = speaks_ccmail(connector) and connector.wrap.postoffice
  if at and postoffices.are_ccmail(offices) and not postoffices.find_ccmail(offices, at) then
    errors.add(connector.declaration, ": wrap.postoffice: %s", postoffices.undeclared(offices, at))
  end
end

-- Adds whom a text of a guard lets pass; or returns what is wrong.
local function add_sender(senders, declared, text)
  local set = sets.use(declared, text)
  if text == "<>" then
    senders.has_null = true
  elseif set then
    table.insert(senders.sets, set)
  elseif sets.is_name(text) and not text:find(".", 1, true) then
    return "is no set" .. sets.undeclared(declared, text)
  else
    local matcher, message = matchers.read(text)
    table.insert(senders.matchers, matcher)
    return message and sets.is_name(text) and "is no set, and " .. message or message
  end
end

-- The senders that a guard lets pass: `matchers`, `sets`, and whether `<>` is one; nil for all.
local function read_senders(connector, declared, errors)
  local texts, senders = connector.declaration.fields.senders, { matchers = {}, sets = {} }
  if type(texts) == "string" then texts = { texts } end
  for _, text in errors.each(texts or {}) do
    local message = add_sender(senders, declared, text)
    if message then errors.add(connector.declaration, ': sender "%s" %s', text, message) end
  end
  return texts and senders or nil
end

-- A connector's `srs`, with its domain as keys have it.
local function read_srs(fields)
  local name = fields.domain
  return { domain = name and domain.in_alabels(name):lower(), secrets = fields.secrets }
end

-- Its next hop in parts: `nexthop`, or the post office reached, which has no port that could be wrong.
local function parts_of_hop(declaration, errors)
  local fields = declaration.fields
  local hop, fault = read_hop(fields.nexthop or fields.reaches)
  if fault and fields.nexthop then
    errors.add(declaration, ': nexthop "%s" %s', fields.nexthop, fault)
  end
  return hop
end

local function new_connector(declaration, declared, errors)
  local fields = declaration.fields
  local connector = {
    name = declaration.name, folded = declaration.name:lower(), declaration = declaration,
    rule = describe.where(declaration),
    spaces = {},
    speaks = fields.speaks and fields.speaks:upper(),
    reaches = fields.reaches, weight = fields.weight or 1, has_weight = fields.weight ~= nil,
    nexthop = fields.nexthop or fields.reaches,
    hop = parts_of_hop(declaration, errors),
    srs = fields.srs and read_srs(fields.srs), batv = fields.batv,
    signs = fields.srs ~= nil or fields.batv ~= nil,
    wrap = fields.wrap or {}, cost = fields.cost or 1, max_size = fields.max_size,
    outbound = fields.outbound,
  }
  connector.shell = shell_of(connector.speaks, connector.wrap)
  connector.guarded = fields.senders ~= nil or fields.max_size ~= nil
  connector.senders = read_senders(connector, declared, errors)
  return connector
end

-- Adds a space to a connector, and to all; it may be of a set.
local function add_space(connector, space, set, all_spaces, errors)
  if not space then return end
  space.set = set
  check_speaks(connector, space, errors)
  table.insert(connector.spaces, space)
  table.insert(all_spaces, space)
end

local SPACE_BYTES = 1500 -- what a space takes, roughly, beside its text

-- Adds the patterns of a set as spaces.
local function add_set(connector, set, cost, all_spaces, errors)
  for at, text in errors.each(sets.texts(set)) do
    sets.spend(set, SPACE_BYTES, errors)
    local space = read_space(connector, text, cost, sets.pattern(set, at),
      (' (set "%s")'):format(set.name), errors)
    add_space(connector, space, set, all_spaces, errors)
  end
end

--- Compiles `connector` declarations.
-- @tparam {table,...} declarations
-- @tparam table offices compiled
-- @tparam table declared the compiled sets
-- @tparam table errors
-- @treturn table for `find` and `all`
-- @treturn {table,...} the spaces of all connectors, for `spaces.compile`
function connectors.compile(declarations, offices, declared, errors)
  local compiled, all_spaces = { list = {}, named = {} }, {}
  for _, declaration in errors.each(declarations) do
    check_spaces(declaration, errors)
    local connector = new_connector(declaration, declared, errors)
    table.insert(compiled.list, connector)
    compiled.named[connector.folded] = connector
    check_wrap(connector, errors)
    check_postoffices(offices, connector, errors)
    for _, item in errors.each(declaration.fields.spaces or {}) do
      local text, cost = parts_of(item)
      local set = sets.is_name(text) and sets.use(declared, text)
      if set then
        add_set(connector, set, cost, all_spaces, errors)
      else
        local more = sets.is_name(text) and sets.nor(declared, text) or ""
        local space = read_space(connector, text, cost, ('"%s"'):format(text), more, errors)
        add_space(connector, space, nil, all_spaces, errors)
      end
    end
  end
  return compiled, all_spaces
end

--- The connector of a name, in any case.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
function connectors.find(compiled, name) return compiled.named[name:lower()] end

--- All connectors, in file order.
-- @tparam table compiled
-- @treturn {table,...}
function connectors.all(compiled) return compiled.list end

--- Whether some connector hands over addresses as those of a type that it speaks.
-- @tparam table compiled
-- @treturn boolean
function connectors.do_speak(compiled)
  for _, connector in ipairs(compiled.list) do
    if connector.speaks then return true end
  end
  return false
end

--- Whether a connector hands over addresses of a type as they are.
-- @tparam table compiled
-- @tparam string type_name
-- @treturn boolean
function connectors.speak(compiled, type_name)
  for _, connector in ipairs(compiled.list) do
    if connector.speaks == type_name then return true end
  end
  return false
end

--- Whether a connector's guard lets a sender pass.
-- @tparam table connector
-- @tparam table|nil sender
-- @tparam boolean is_null the sender is `<>`
-- @treturn boolean
-- @treturn table|nil the set that it is in, if that is why
function connectors.accepts(connector, sender, is_null)
  local senders = connector.senders
  if not senders then return true end
  if is_null or not sender then return is_null and senders.has_null == true end
  for _, set in ipairs(senders.sets) do
    if sets.includes(set, sender) then return true, set end
  end
  local address = families.canonical(sender)
  for _, matcher in ipairs(senders.matchers) do
    if matchers.match_canonical(matcher, address) then return true end
  end
  return false
end

--- The patterns by which a connector's guard lets senders of a family of types pass.
-- @tparam table connector
-- @tparam string family
-- @treturn {table,...}|nil matchers; nil if there is no guard, or a set decides on some
function connectors.accepted(connector, family)
  local senders, accepted = connector.senders, {}
  if not senders then return nil end
  for _, set in ipairs(senders.sets) do
    if sets.has_family(set, family) then return nil end
  end
  for _, matcher in ipairs(senders.matchers) do
    if matcher.family == family then accepted[#accepted + 1] = matcher end
  end
  return accepted
end

--- An address in the type that a connector speaks.
-- @tparam table connector
-- @tparam table address
-- @treturn table|nil the same address, or what carries it
-- @treturn string message
-- @treturn string code
function connectors.wrap(connector, address)
  local speaks = connector.speaks
  if not speaks or speaks == address.type then return address end
  if families.of(speaks) == families.of(address.type) then
    return families.retype(address, speaks)
  end
  if not connector.shell then return fail "encapsulation-type" end
  return core.encapsulate(address, speaks, connector.shell)
end

--- Whether addresses of a type can be carried in those of another.
-- @tparam string speaks that other type
-- @tparam string type_name
-- @treturn boolean
function connectors.can_carry(speaks, type_name)
  return may_carry(WRAPS[speaks], families.of(type_name))
end

--- The fields of the place at which addresses of a type carry others.
-- @tparam string type_name
-- @treturn {string,...} none of a type that carries nothing
function connectors.place_fields(type_name)
  local way = WRAPS[type_name]
  return way and way.needs or {}
end

--- Whether a connector can hand over some address of a type.
-- @tparam table connector
-- @tparam string type_name
-- @treturn boolean
function connectors.can_say(connector, type_name)
  local speaks = connector.speaks
  if not speaks or families.of(speaks) == families.of(type_name) then return true end
  return connector.shell ~= nil and connectors.can_carry(speaks, type_name)
end

--- How a connector without `wrap` would carry addresses of other types.
-- @tparam table connector
-- @treturn string|nil such as `wrap = { domain = "example.com" }`; nil if it has one, or nothing
--   is carried in what it speaks
function connectors.missing_wrap(connector)
  local way = not connector.shell and WRAPS[connector.speaks]
  return way and ("wrap = { %s }"):format(way.example) or nil
end

--- The end of a message about a name that no connector has.
-- @tparam table compiled
-- @tparam string name
-- @treturn string
function connectors.undeclared(compiled, name)
  return suggest.phrase(name, lists.names(compiled.list), "declared")
end

--- Holds the names of connectors that other declarations have in a field to those declared.
-- @tparam {table,...} declarations
-- @tparam string field
-- @tparam table compiled
-- @tparam table errors
function connectors.check_names(declarations, field, compiled, errors)
  for _, declaration in errors.each(declarations) do
    local names = declaration.fields[field] or {}
    for _, name in ipairs(type(names) == "string" and { names } or names) do
      if not connectors.find(compiled, name) then
        errors.add(declaration, ': %s: connector "%s" is not declared%s', field, name,
          connectors.undeclared(compiled, name))
      end
    end
  end
end

return connectors
