--- No public function raises on bad data: every function of every module is given
-- every table that somebody could build, and texts; it answers, or says why not.
local addresses = require "postoffice.address"
local core = require "postoffice.core"
local exchange = require "postoffice.exchange"
local generate = require "spec.generate"
local helper = require "spec.helper"
local localpart = require "postoffice.localpart"
local mixer = require "postoffice.mixer"
local postoffice = require "postoffice"
local routes = require "postoffice.routes"

require "postoffice.types"

local METATABLE = getmetatable(postoffice.parse "a@b.example")

-- A table that holds itself, and one whose every access raises.
local cyclic = {}
cyclic.type, cyclic.localpart, cyclic.domain, cyclic[1] = cyclic, cyclic, cyclic, cyclic
local function boom() error "a metamethod of the table was called" end
local guarded = setmetatable({ type = "SMTP" }, { __index = boom, __len = boom, __pairs = boom,
  __tostring = boom, __eq = boom, __newindex = boom })

-- What no field holds that `parse` made.
local ODD = { 5, 1.5, true, false, {}, cyclic, guarded, print, coroutine.create(boom), io.stdout,
  "", " ", "\0", "a\r\nb", "\255", "a@b", "a!b", "%", "@", "/", ("x"):rep(5000) }

local TYPES = postoffice.types()
for _, name in ipairs { "PROFS", "SNADS", "MHS", "SIP", "EUM", "TELEX", "SMPT", "", "a b" } do
  TYPES[#TYPES + 1] = name
end
local IS_MADE = {} -- by spec.generate
for _, list in ipairs { generate.TYPES, generate.DEFINED } do
  for _, name in ipairs(list) do IS_MADE[name] = true end
end
local MORE_FIELDS = { "value", "extension", "user", "host", "port", "node", "group", "element",
  "workgroup", "extended", "primary", "display_name", "comment", "route", "dn" }

local function fields_of(name)
  local fields = core.fields(name) or {}
  for _, field in ipairs(MORE_FIELDS) do fields[#fields + 1] = field end
  return fields
end

-- Tables: each type with no field, and whole but for one field that is odd, or gone.
local function tables()
  local list = { {}, cyclic, guarded, { "a@b.example" }, { type = 5 }, { type = {} },
    { localpart = "a", domain = "b.example" }, setmetatable({}, METATABLE),
    setmetatable({ type = cyclic }, METATABLE) }
  for seed, name in ipairs(TYPES) do
    local random = generate.random(seed)
    for _, metatable in ipairs { false, METATABLE } do
      list[#list + 1] = setmetatable({ type = name }, metatable or nil)
    end
    for _, field in ipairs(fields_of(name)) do
      for _, odd in ipairs { ODD[random(#ODD)], ODD[random(#ODD)], ODD[random(10)], "gone" } do
        local whole = IS_MADE[name] and generate.address(random(1000), name)
          or { type = name, value = "x" }
        if odd == "gone" then whole[field] = nil else whole[field] = odd end
        list[#list + 1] = setmetatable(whole, random(2) == 1 and METATABLE or nil)
      end
    end
  end
  return list
end

local TEXTS = { "", " ", "@", "!", "%", "a", "<>", "a@b.example", "<@a:b@c>", "@a:b@c", "a!b!c",
  "a%b@c", "\0", "\255\254", "SMPT:a@b", "TELEX:1", "EX:/o=a", "/", "/o=Org/cn=x", "X400:", "[",
  "]", "X400:c=us;a= ;p=Org;s=Lee;", "CCMAIL:a at b", "IMCEAEX-_o=a@b.example", "a at b",
  ("x"):rep(100),
  "Kim <k@x.example>", "SRS0=a=b=c=d@e", "FAX:1", "#", "a#b#", "O$a.C$us#b#" }

-- The functions of an address, by name.
local OF_ADDRESS = {
  format = postoffice.format,
  ["format as oneoff"] = function(a) return postoffice.format(a, "oneoff") end,
  ["format as header"] = function(a) return postoffice.format(a, "header") end,
  ["format as path"] = function(a) return postoffice.format(a, "path") end,
  ["format in a syntax"] = function(a) return postoffice.format(a, { syntax = "rfc2156" }) end,
  ["format with unknown"] = function(a) return postoffice.format(a, { unknown = true }) end,
  validate = postoffice.validate,
  key = postoffice.key,
  equal = function(a) return postoffice.equal(a, "a@b.example") end,
  ["equal behind"] = function(a) return postoffice.equal("a@b.example", a) end,
  ["encapsulate in SMTP"] = function(a)
    return postoffice.encapsulate(a, "SMTP", { domain = "b.example" })
  end,
  ["encapsulate in CCMAIL"] = function(a)
    return postoffice.encapsulate(a, "CCMAIL", { postoffice = "x" })
  end,
  ["encapsulate in X400"] = function(a)
    return postoffice.encapsulate(a, "X400", { c = "us", a = " ", p = "Org" })
  end,
  decapsulate = postoffice.decapsulate,
  ["decapsulate all"] = function(a) return postoffice.decapsulate(a, { all = true }) end,
  ["address.read"] = addresses.read,
  ["address.read_any"] = addresses.read_any,
  ["localpart.peel"] = localpart.peel,
  ["routes.read"] = routes.read,
  ["routes.to_bang"] = routes.to_bang,
  ["routes.to_domain"] = routes.to_domain,
  ["routes.to_domain in a zone"] = function(a) return routes.to_domain(a, { zone = "uucp" }) end,
  ["routes.expand_percent"] = function(a) return routes.expand_percent(a, { at = "b.example" }) end,
  ["routes.strip"] = routes.strip,
  ["exchange.rdns"] = exchange.rdns,
  ["exchange.is_mailbox"] = exchange.is_mailbox,
  ["exchange.search_key"] = exchange.search_key,
  ["exchange.proxies"] = function(a) return exchange.proxies { a } end,
  ["exchange.proxies, add"] = function(a) return exchange.proxies({}):add(a) end,
  ["exchange.proxies, find"] = function(a) return exchange.proxies({}):find(a) end,
  ["exchange.proxies, remove"] = function(a) return exchange.proxies({}):remove(a) end,
  ["exchange.proxies, promote"] = function(a) return exchange.proxies({}):promote(a) end,
  ["exchange.conflicts"] = function(a) return exchange.conflicts { x = { a }, y = { a } } end,
  ["mixer.to_smtp"] = function(a) return mixer.to_smtp(a, { domain = "b.example" }) end,
  ["mixer.to_smtp, algorithmic"] = function(a)
    return mixer.to_smtp(a, { algorithmic = true })
  end,
  ["mixer.to_smtp of a gateway"] = function(a)
    return mixer.to_smtp("X400:c=us;a= ;p=x;dda:RFC-822=a(a)b;", { gateway = a })
  end,
  ["mixer.to_x400"] = function(a) return mixer.to_x400(a, { gateway = { c = "us", a = " " } }) end,
  ["mixer.to_x400, algorithmic"] = function(a)
    return mixer.to_x400(a, { algorithmic = true })
  end,
  ["mixer.to_x400 of a gateway"] = function(a)
    return mixer.to_x400("a@b.example", { gateway = a })
  end,
  ["mixer.domain"] = function(a) return mixer.domain(a, { algorithmic = true }) end,
}
for _, profile in ipairs(localpart.profiles()) do
  OF_ADDRESS["localpart.read by " .. profile] = function(a) return localpart.read(a, profile) end
end

-- Those of a text.
local OF_TEXT = {
  parse = postoffice.parse,
  ["parse as SMTP"] = function(text) return postoffice.parse(text, { type = "SMTP" }) end,
  ["parse as X400"] = function(text) return postoffice.parse(text, { type = "X400" }) end,
  normalize = postoffice.normalize,
  ["encapsulate in what is no domain"] = function(text)
    return postoffice.encapsulate("a@b.example", "SMTP", { domain = text })
  end,
  ["encapsulate in what is no type"] = function(text)
    return postoffice.encapsulate("a@b.example", text, {})
  end,
  ["parse as what is no type"] = function(text)
    return postoffice.parse("a@b.example", { type = text })
  end,
  ["parse as an unknown type"] = function(text)
    return postoffice.parse("a@b.example", { type = text, unknown = true })
  end,
  ["validate as what is no type"] = function(text)
    return postoffice.validate("a@b.example", { type = text })
  end,
  ["normalize as what is no type"] = function(text)
    return postoffice.normalize("a@b.example", { type = text })
  end,
  ["exchange.x500_from_imceaex"] = exchange.x500_from_imceaex,
  ["exchange.x500_in_file"] = exchange.x500_in_file,
  ["exchange.proxies, joined"] = exchange.proxies,
  ["exchange.proxies, LDIF"] = function(text) return exchange.proxies(text, { form = "ldif" }) end,
  ["mixer.table"] = mixer.table,
  ["mixer.attributes"] = function(text) return mixer.attributes(text, { algorithmic = true }) end,
  ["mixer.attributes by a table"] = function(text)
    return mixer.attributes("a.example", { mcgam = text })
  end,
  ["mixer.encode"] = mixer.encode,
  ["mixer.decode"] = mixer.decode,
  ["mixer.read_name"] = mixer.read_name,
}

-- Those of a table of fields.
local OF_FIELDS = {
  ["mixer.write_name"] = mixer.write_name,
  ["address.show"] = addresses.show,
}

-- Answers, or nil (false) with a sentence, a code, and a byte if there is one.
local function assert_answers(what, ok, first, message, code, position)
  assert(ok, what .. " raises: " .. tostring(first))
  if first then return end
  if first == false and message == nil then return end -- equal, is_mailbox
  assert.equal("string", type(message), what)
  local sentence = postoffice.message(code)
  assert(sentence and message:sub(1, #sentence) == sentence, what .. ": " .. tostring(code))
  assert(position == nil or position >= 1 and position == math.floor(position), what)
end

-- A table for an error message, without any metamethod.
local function describe_table(value)
  if type(value) ~= "table" then return ("%q"):format(value) end
  local parts = {}
  for name, field in next, value do
    parts[#parts + 1] = tostring(name) .. "="
      .. (type(field) == "string" and ("%q"):format(field:sub(1, 40)) or type(field))
  end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function holds(functions, values)
  for name, call in pairs(functions) do
    for _, value in ipairs(values) do
      assert_answers(name .. " of " .. describe_table(value), pcall(call, value))
    end
  end
end

describe("bad data", function()
  local built = tables()

  it("is plenty", function() assert.truthy(#built > 1000, #built) end)

  it("in tables is told, not raised", function()
    local some = helper.some(built)
    holds(OF_ADDRESS, some)
    holds(OF_FIELDS, some)
  end)

  it("in texts is told, not raised", function()
    holds(OF_ADDRESS, TEXTS)
    holds(OF_TEXT, TEXTS)
  end)

  it("in lists is told, not raised", function()
    local set = assert(exchange.proxies { 5, true, {}, cyclic, print, "SMTP:a@b.example" })
    assert.same({ 1, 5 }, { #set, #set.rejected })
    for i, rejected in ipairs(set.rejected) do
      assert.equal(i, rejected.index)
      assert.truthy(rejected.code and rejected.message)
    end
    assert.equal("SMTP:a@b.example", set:joined())
    assert.equal(5, #set:problems())
  end)

  it("in tables is printed and compared without a raise", function()
    for _, value in ipairs(built) do
      if getmetatable(value) == METATABLE then
        assert.equal("string", type(tostring(value)))
        assert.equal(false, value == postoffice.parse "no.such@a.example")
      end
    end
  end)

  it("has no grade but error", function()
    for _, value in ipairs(built) do
      local grade, findings = postoffice.diagnose(value)
      local valid = postoffice.validate(value)
      assert.equal(valid, grade ~= "error" and grade ~= "5322" and grade ~= "limits",
        describe_table(value))
      for _, finding in ipairs(findings) do assert.truthy(postoffice.message(finding.code)) end
    end
  end)

  it("is read by no other way than the one in postoffice.address", function()
    for _, value in ipairs(built) do
      local address, _, code = addresses.read(value)
      if address then
        assert.equal(METATABLE, getmetatable(address))
        assert.equal(postoffice.key(address), postoffice.key(value), describe_table(value))
        for name, field in next, address do
          assert.equal(name == "primary" and "boolean" or "string", type(field))
        end
      else
        assert.equal(code, (select(3, postoffice.key(value))), describe_table(value))
      end
    end
  end)
end)

describe("a wrong Lua type", function()
  for name, call in pairs(OF_ADDRESS) do
    if not name:find "proxies" and not name:find "conflicts" then
      it("raises in " .. name, function()
        for _, value in ipairs { 5, true, print } do
          assert.has_error(function() call(value) end)
        end
      end)
    end
  end
  for name, call in pairs(OF_TEXT) do
    it("raises in " .. name, function()
      for _, value in ipairs { 5, true, print } do
        assert.has_error(function() call(value) end)
      end
    end)
  end
end)
