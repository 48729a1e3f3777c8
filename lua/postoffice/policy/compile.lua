--- From declarations to tables: everything that can be known before an address comes.
-- @module postoffice.policy.compile

local declare = require "postoffice.policy.declare"
local directory = require "postoffice.policy.directory"
local domains = require "postoffice.policy.domains"
local expectations = require "postoffice.policy.expectations"
local pattern = require "postoffice.policy.pattern"
local postoffices = require "postoffice.policy.postoffices"
local rewrites = require "postoffice.policy.rewrites"
local senders = require "postoffice.policy.senders"
local spaces = require "postoffice.policy.spaces"
local suggest = require "postoffice.suggest"

-- How a next hop that speaks a type can be handed the others: the field of `wrap` that says where.
local WRAPS = { SMTP = "domain", CCMAIL = "postoffice" }

local WRAP_EXAMPLE = { SMTP = '"example.com"', CCMAIL = '"internet"' }

-- 26 bits a step, so that products stay exact in a double.
local function hash(text)
  local value = 5381
  for i = 1, #text do value = (value * 33 + text:byte(i)) % 67108859 end
  return value
end

local function compile_settings(declarations, complaints)
  local settings, set = { order = "exchange", unmatched = "reject" }, {}
  for _, declaration in ipairs(declarations) do
    for name, value in pairs(declaration.fields) do
      if set[name] then
        complaints.add(declaration, ": %s is already set at %s", name, declare.where(set[name]))
      end
      settings[name], set[name] = value, declaration
    end
  end
  return settings
end

-- A connector without spaces is met so often that it has its own words.
local function check_spaces(declaration, complaints)
  local list = declaration.fields.spaces
  if list ~= nil and (type(list) ~= "table" or #list > 0) then return end
  complaints.add(declaration,
    " has no spaces, so no mail will use it (Exchange ships it so, Q186235);"
      .. ' add spaces = { "%s:*" }',
    (type(declaration.fields.speaks) == "string" and declaration.fields.speaks or "SMTP"):upper())
end

local function read_space(connector, item, complaints)
  local text, cost = item, nil
  if type(item) == "table" then text, cost = item[1], item.cost end
  local space, message = pattern.space(text)
  if not space then
    complaints.add(connector.rule, ': space "%s" %s', text, message)
    return nil
  elseif cost and not (cost >= 0 and cost < math.huge) then
    complaints.add(connector.rule, ': space "%s" has the cost %s; a cost is 0 at least', text,
      declare.shown(cost))
  end
  space.cost = cost or connector.cost
  space.connector, space.guarded = connector, connector.guarded
  return space
end

-- Whether the connector can hand over addresses of the space's type.
local function check_speaks(connector, space, complaints)
  if not connector.speaks or pattern.family(connector.speaks) == space.family then return end
  local field = WRAPS[connector.speaks]
  if not field then
    complaints.add(connector.rule,
      ' speaks %s, which cannot carry the %s addresses of its space "%s"; remove the'
      .. " space or speaks", connector.speaks, space.type, space.text)
  elseif not connector.wrap[field] then
    complaints.add(connector.rule,
      ' speaks %s, but its space "%s" is of type %s; add wrap = { %s = %s }',
      connector.speaks, space.text, space.type, field, WRAP_EXAMPLE[connector.speaks])
  end
end

local function check_postoffice(offices, connector, label, name, complaints)
  if name and offices.any and not postoffices.find(offices, name) then
    complaints.add(connector.rule, ": %s: %s", label, postoffices.undeclared(offices, name))
  end
end

local function read_senders(connector, complaints)
  local matchers = {}
  for _, text in ipairs(connector.rule.fields.senders or {}) do
    local matcher, message
    if text == "<>" then
      matcher = "<>"
    else
      matcher, message = pattern.rewrite(text)
    end
    if not matcher then complaints.add(connector.rule, ': sender "%s" %s', text, message) end
    table.insert(matchers, matcher)
  end
  return #matchers > 0 and matchers or nil
end

local function new_connector(declaration, complaints)
  local fields = declaration.fields
  local connector = {
    name = declaration.name, folded = declaration.name:lower(), rule = declaration, spaces = {},
    speaks = fields.speaks and fields.speaks:upper(),
    hash = hash(declaration.name), reaches = fields.reaches,
    nexthop = fields.nexthop or fields.reaches,
    wrap = fields.wrap or {}, cost = fields.cost or 1, max_size = fields.max_size,
  }
  local place = WRAPS[connector.speaks]
  connector.shell = place and connector.wrap[place] and { [place] = connector.wrap[place] }
  connector.guarded = fields.senders ~= nil or fields.max_size ~= nil
  connector.senders = read_senders(connector, complaints)
  return connector
end

local function compile_connectors(declarations, offices, complaints)
  local tables, all = { list = {}, named = {} }, {}
  for _, declaration in ipairs(declarations) do
    check_spaces(declaration, complaints)
    local connector = new_connector(declaration, complaints)
    table.insert(tables.list, connector)
    tables.named[connector.folded] = connector
    check_postoffice(offices, connector, "reaches", connector.reaches, complaints)
    check_postoffice(offices, connector, "wrap.postoffice", connector.wrap.postoffice, complaints)
    for _, item in ipairs(declaration.fields.spaces or {}) do
      local space = read_space(connector, item, complaints)
      if space then
        check_speaks(connector, space, complaints)
        table.insert(connector.spaces, space)
        table.insert(all, space)
      end
    end
  end
  tables.spaces = spaces.compile(all)
  return tables
end

local function names_of(list)
  local names = {}
  for i, item in ipairs(list) do names[i] = item.name end
  return names
end

local function check_connector_names(declarations, field, connectors, complaints)
  for _, declaration in ipairs(declarations) do
    local names = declaration.fields[field] or {}
    for _, name in ipairs(type(names) == "string" and { names } or names) do
      if not connectors.named[name:lower()] then
        complaints.add(declaration, ': %s: connector "%s" is not declared%s', field, name,
          suggest.phrase(name, names_of(connectors.list), "declared"))
      end
    end
  end
end

local function compile_events(declarations)
  local on = {}
  for _, declaration in ipairs(declarations) do
    on[declaration.name] = { call = declaration[1], rule = declaration }
  end
  return on
end

-- Whether a routing can come to call the script.
local function is_scripted(tables)
  if next(tables.on) then return true end
  for _, rule in ipairs(tables.rewrites.list) do
    if rule.make or rule.matches then return true end
  end
  return false
end

-- What tests can reach: every declaration but settings and the tests themselves.
local function rules_of(declared)
  local rules = {}
  for word, declarations in pairs(declared) do
    if word ~= "settings" and word ~= "test" then
      for _, declaration in ipairs(declarations) do rules[#rules + 1] = declaration end
    end
  end
  table.sort(rules, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    return a.line < b.line
  end)
  return rules
end

--- What tells one revision of a policy from another: a hash of its source texts.
-- @tparam {string,...} sources
-- @treturn string
local function revision(sources)
  local all = table.concat(sources, "\0")
  return ("%07x%07x"):format(hash(all), hash(all:reverse()))
end

-- What routing runs on, as far as there are no complaints.
local function tables_of(raw, sources, complaints)
  local declared = declare.check(raw, complaints)
  if #complaints > 0 then return nil end
  local tables = { rules = rules_of(declared), revision = revision(sources), tests = declared.test }
  tables.settings = compile_settings(declared.settings, complaints)
  tables.domains = domains.compile(declared.domain, complaints)
  tables.postoffices = postoffices.compile(declared.postoffice, complaints)
  tables.connectors = compile_connectors(declared.connector, tables.postoffices, complaints)
  postoffices.reached(tables.postoffices, tables.connectors.list)
  tables.directory = directory.compile(declared.recipient, declared.list, tables.domains.list,
    complaints)
  tables.rewrites = rewrites.compile(declared.rewrite, complaints)
  check_connector_names(declared.rewrite, "at", tables.connectors, complaints)
  if #complaints == 0 then
    tables.senders = senders.compile(tables.rewrites.list, tables.directory, complaints)
  end
  tables.on = compile_events(declared.on)
  tables.scripted = is_scripted(tables)
  check_connector_names(declared.test, "down", tables.connectors, complaints)
  check_connector_names(declared.test, "arrived_by", tables.connectors, complaints)
  expectations.check(declared.test, complaints)
  return tables
end

--- Compiles what a script declared.
-- @tparam {table,...} raw declarations
-- @tparam {string,...} sources all texts that were read
-- @treturn table|nil tables
-- @treturn string the complaints, one a line
-- @treturn string code
local function compile(raw, sources)
  local complaints = declare.complaints()
  local ok, tables = pcall(tables_of, raw, sources, complaints)
  if not ok and tables ~= complaints then error(tables, 0) end
  if #complaints > 0 then return nil, table.concat(complaints, "\n"), complaints.code end
  return tables
end

return { compile = compile, hash = hash }
