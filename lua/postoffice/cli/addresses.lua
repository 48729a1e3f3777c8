--- The commands that read addresses and write them, without a policy.
-- @module postoffice.cli.addresses

local addresses = require "postoffice.address"
local convert = require "postoffice.cli.convert"
local exit = require "postoffice.cli.exit"
local json = require "postoffice.cli.json"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"

-- What is written first of an address, and what last; other fields stand between.
local FIRST = {
  "type", "network", "localpart", "name", "path", "user", "mailbox", "server", "domain",
  "postoffice", "object", "dn", "value",
  "c", "a", "p", "o", "ou1", "ou2", "ou3", "ou4", "cn", "s", "g", "i", "q",
}
local LAST = addresses.NOTATION_FIELDS

local ORDER = { "input", "valid", "output", "code", "message", "position" }
for _, names in ipairs { FIRST, LAST } do
  for _, name in ipairs(names) do ORDER[#ORDER + 1] = name end
end

local to_json = json.encoder(ORDER)

local BETWEEN = #FIRST + 1
local rank = {}
for i, name in ipairs(FIRST) do rank[name] = i end
for i, name in ipairs(LAST) do rank[name] = BETWEEN + i end

-- The names of an address's fields, in order.
local function field_names(address)
  local names = {}
  for name in pairs(address) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local rank_a, rank_b = rank[a] or BETWEEN, rank[b] or BETWEEN
    if rank_a ~= rank_b then return rank_a < rank_b end
    return a < b
  end)
  return names
end

-- Ends the command if a type is named that nobody registered.
local function check_type(option, name, unknown)
  if not name or unknown then return end
  local _, message, code = postoffice.parse("", { type = name, notation = "native" })
  if code == "type-unknown" then
    exit.with(exit.WRONG_USE, ("%s %s: %s"):format(option, name, message))
  end
end

-- The library's functions with the options that say how addresses are written.
local function reader(options)
  check_type("--type", options.type, options.unknown)
  return postoffice.new {
    type = options.type, notation = options.notation, unknown = options.unknown,
  }
end

-- A function that says what is wrong with an address; a program is told on
-- standard output, too.
local function refuser(session, options)
  return function(text, place, message, code, position)
    session:report(place, text, message, code, position)
    if options.json then
      local object = { input = text, message = message, code = code, position = position }
      session.output:line(to_json(object))
    end
    return false
  end
end

-- What makes the rows of a block of lines; JSON is written line by line.
local function rows_of(library, what, options)
  if options.json then return nil end
  return function(block) return library.lines(block, what) end
end

-- A command that makes one text of each address.  `maker` returns, for options,
-- a function from an address to a text or nil, message, code, position; and one for blocks of
-- lines, if there is any.
local function translation(maker)
  return function(session, options)
    local make, make_rows = maker(options)
    local refuse = refuser(session, options)
    return session:each_address(options, function(text, place)
      local made, message, code, position = make(text)
      if not made then return refuse(text, place, message, code, position) end
      if options.json then
        session.output:line(to_json { input = text, output = made })
      else
        session:write_text(made)
      end
      return true
    end, make_rows)
  end
end

local function write_fields(session, address)
  for _, name in ipairs(field_names(address)) do
    session.output:line(("%s: %s"):format(name, output.visible(tostring(address[name]))))
  end
end

local function as_object(text, address)
  local object = { input = text }
  for name, value in pairs(address) do object[name] = value end
  return object
end

local function parse(session, options)
  local library, refuse, first = reader(options), refuser(session, options), true
  return session:each_address(options, function(text, place)
    local address, message, code, position = library.parse(text)
    if not address then return refuse(text, place, message, code, position) end
    if options.json then
      session.output:line(to_json(as_object(text, address)))
    else
      if not first then session.output:line "" end
      write_fields(session, address)
    end
    first = false
    return true
  end)
end

local function validate(session, options)
  local library = reader(options)
  return session:each_address(options, function(text, place)
    local valid, message, code, position = library.validate(text)
    if options.json then
      session.output:line(to_json {
        input = text, valid = valid, message = message, code = code, position = position,
      })
    else
      local judgement = valid and "valid" or "invalid"
      session.output:line(output.row({ text, judgement, code, position }, 4))
    end
    if not valid then session:report(place, text, message, code, position) end
    return valid
  end, rows_of(library, "validate", options))
end

local function formatter(options)
  local library = reader(options)
  return function(text)
    local address, message, code, position = library.parse(text)
    if not address then return nil, message, code, position end
    return postoffice.format(address, options.as)
  end
end

local function normalizer(options)
  local library = reader(options)
  return library.normalize, rows_of(library, "normalize", options)
end

local function decapsulator(options)
  local library = reader(options)
  return function(text)
    local address, message, code, position = library.parse(text)
    if not address then return nil, message, code, position end
    local inner
    inner, message, code, position = postoffice.decapsulate(address)
    if not inner then return nil, message, code, position end
    return postoffice.format(inner, options.as)
  end
end

local function converter(options)
  check_type("--to", options.to)
  return convert(options, reader(options).parse)
end

-- The options that all of them have, with those of their own in front.
local function options_with(...)
  local names = { "addresses", ... }
  for _, name in ipairs { "type", "notation", "unknown", "null", "unbuffered", "json" } do
    names[#names + 1] = name
  end
  return names
end

return {
  {
    name = "parse", run = parse, options = options_with(),
    summary = "print the fields of addresses",
    description = "Reads addresses and prints their fields, a line each; an empty line stands"
      .. " between two addresses.",
    examples = {
      "postoffice parse '[ccmail:user@domain at internet]'",
      "postoffice parse --type CCMAIL 'Smith, John at HQ'",
      "postoffice parse --json <addresses.txt",
    },
  },
  {
    name = "format", run = translation(formatter), options = options_with "as",
    summary = "write addresses in another notation",
    description = "Reads addresses and writes them in the notation asked for, a line each.",
    examples = {
      "postoffice format --as oneoff 'CCMAIL:user@domain at internet'",
      "postoffice format --as header 'Kim Lee <kim.lee@example.com>'",
    },
  },
  {
    name = "validate", run = validate, options = options_with(),
    summary = "check addresses",
    description = "Checks addresses against the rules of their types. Prints a tab-separated line"
      .. " for each: the address, valid or invalid, the code, the byte; - where there is none.",
    examples = {
      "postoffice validate 'a@b..c'",
      "postoffice validate --type SMTP <addresses.txt",
      "postoffice validate <addresses.txt 2>/dev/null | grep -c invalid",
    },
  },
  {
    name = "normalize", run = translation(normalizer), options = options_with(),
    summary = "write addresses in their canonical form",
    description = "Writes each address in its canonical form, in the notation that it was read in.",
    examples = {
      "postoffice normalize 'smtp:User@EXAMPLE.com'",
      "postoffice normalize <addresses.txt | sort -u",
    },
  },
  {
    name = "decapsulate", run = translation(decapsulator), options = options_with "as",
    summary = "take addresses out of those that carry them",
    description = "Prints the address inside each: what a cc:Mail gateway or an Exchange server"
      .. " would make of it.",
    examples = {
      "postoffice decapsulate '[ccmail:user@domain at internet]'",
      "postoffice decapsulate --as native 'IMCEACCMAIL-user+40domain+20at+20internet@example.com'",
    },
  },
  {
    name = "convert", run = translation(converter),
    options = options_with("to", "domain", "postoffice", "gateway", "mcgam", "syntax", "as"),
    summary = "bring addresses to another type",
    description = "Takes the address of the type asked for out of what carries it. Where there is"
      .. " none inside, the whole address is carried by one of that type: SMTP at a domain, or"
      .. " cc:Mail through a post office that is a gateway. X.400 and SMTP become each other as"
      .. " a gateway maps them (RFC 2156), SMTP and UUCP as the same way (RFC 976).",
    examples = {
      "postoffice convert --to SMTP '[ccmail:user@domain at internet]'",
      "postoffice convert --to CCMAIL --postoffice internet user@domain.example",
      "postoffice convert --to SMTP --domain a.example 'CCMAIL:Smith, John at HQ'",
      "postoffice convert --to X400 --gateway 'c=us;a=MCI;p=relay;' user@domain.example",
      "postoffice convert --to UUCP user@domain.example",
    },
  },
}
