--- The commands that read addresses and write them, without a policy.
-- @module postoffice.cli.addresses

local convert = require "postoffice.cli.convert"
local fields = require "postoffice.cli.fields"
local lists = require "postoffice.cli.lists"
local postoffice = require "postoffice"
local reader = require "postoffice.cli.reader"

local to_json = fields.to_json

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

local function as_object(text, address)
  local object = { input = text }
  for name, value in pairs(address) do object[name] = value end
  return object
end

local function parse_each(session, options)
  local library, refuse, first = reader.new(options), refuser(session, options), true
  return session:each_address(options, function(text, place)
    local address, message, code, position = library.parse(text)
    if not address then return refuse(text, place, message, code, position) end
    if options.json then
      session.output:line(to_json(as_object(text, address)))
    else
      if not first then session.output:line "" end
      fields.write(session.output, address)
    end
    first = false
    return true
  end)
end

local function parse(session, options)
  if options.list then return lists.parse(session, options) end
  if options.headers then return lists.parse_headers(session, options) end
  return parse_each(session, options)
end

local function validate(session, options)
  local library = reader.new(options)
  return session:each_address(options, function(text, place)
    local valid, message, code, position = library.validate(text)
    if options.json then
      session.output:line(to_json {
        input = text, valid = valid, message = message, code = code, position = position,
      })
    else
      local judgement = valid and "valid" or "invalid"
      session.output:row(text, judgement, code, position)
    end
    if not valid then session:report(place, text, message, code, position) end
    return valid
  end, rows_of(library, "validate", options))
end

-- The finding for which `validate` refuses the address, or nil.
local function refusal(grade, findings)
  for _, finding in ipairs(findings) do
    if finding.severity == "error" then return finding end
  end
  return grade == "error" and findings[1] or nil
end

-- The codes of findings, each with its place.
local function codes_of(findings)
  local codes = {}
  for i, finding in ipairs(findings) do
    codes[i] = finding.position and ("%s@%d"):format(finding.code, finding.position)
      or finding.code
  end
  return table.concat(codes, " ")
end

local function diagnose(session, options)
  local library = reader.new(options)
  return session:each_address(options, function(text, place)
    local grade, findings = library.diagnose(text)
    if options.json then
      session.output:line(to_json { input = text, grade = grade, findings = findings })
    else
      session.output:row(text, grade, codes_of(findings))
    end
    local bad = refusal(grade, findings)
    if bad then session:report(place, text, bad.message, bad.code, bad.position) end
    return not bad
  end)
end

-- A maker for `translation`: what `make` makes of an address that the options say how to read.
local function of_address(make)
  return function(options)
    local library = reader.new(options)
    return function(text)
      local address, message, code, position = library.parse(text)
      if not address then return nil, message, code, position end
      return make(address, options)
    end
  end
end

local formatter = of_address(function(address, options)
  return postoffice.format(address, options.as)
end)

local format_each = translation(formatter)

local function format(session, options)
  if options.list then return lists.format(session, options) end
  return format_each(session, options)
end

local function normalizer(options)
  local library = reader.new(options)
  return library.normalize, rows_of(library, "normalize", options)
end

local normalize_each = translation(normalizer)

-- The identities of addresses, which a policy knows.
local function identify(session, options)
  local policy_file = require "postoffice.cli.policy_file"
  local write_best = require "postoffice.cli.stages".write_best
  local policy = policy_file.required(session, options)
  local library, refuse = reader.new(options), refuser(session, options)
  local status = session:each_address(options, function(text, place)
    local address, message, code, position = library.parse(text)
    if not address then return refuse(text, place, message, code, position) end
    return write_best(session, options, policy, address, text, nil, "SMTP")
  end)
  policy:close()
  return status
end

local function normalize(session, options)
  if options.identity then return identify(session, options) end
  return normalize_each(session, options)
end

local keyer = of_address(function(address) return postoffice.key(address) end)

local decapsulator = of_address(function(address, options)
  local inner, message, code, position = postoffice.decapsulate(address)
  if not inner then return nil, message, code, position end
  return postoffice.format(inner, options.as)
end)

local function converter(options)
  reader.check_type("--to", options.to)
  return convert(options, reader.new(options).parse)
end

-- The options that all of them have, with those of their own in front.
local function options_with(...)
  local names = { "addresses", ... }
  for _, name in ipairs {
    "type", "notation", "profile", "unknown", "null", "literal", "unbuffered", "json",
  } do
    names[#names + 1] = name
  end
  return names
end

local function parse_options()
  local names = options_with("list", "headers")
  names[1] = "addresses_or_files"
  return names
end

return {
  {
    name = "parse", run = parse, options = parse_options(),
    summary = "print the fields of addresses",
    description = "Reads addresses and prints their fields, a line each; an empty line stands"
      .. " between two addresses. With --list each line is a list, such as the value of a To field;"
      .. " a tab-separated line is printed for each address. With --headers the arguments are files"
      .. " or folders of messages, header blocks and mboxes; a line is printed for each address of"
      .. " their From, To, Cc and like fields. A field of a line is - where there is nothing to"
      .. " say.",
    examples = {
      "postoffice parse '[ccmail:user@domain at internet]'",
      "postoffice parse --type CCMAIL 'Smith, John at HQ'",
      "postoffice parse --json <addresses.txt",
      "postoffice parse --list 'Team: Kim Lee <kim@a.example>, pat@a.example;'",
      "postoffice parse --headers inbox.mbox Maildir/cur",
      "postoffice parse --headers inbox.mbox | cut -f 2 | sort -u",
    },
  },
  {
    name = "format", run = format, options = options_with("as", "list", "width", "column", "utf8"),
    summary = "write addresses in another notation",
    description = "Reads addresses and writes them in the notation asked for, a line each. With"
      .. " --list each line is a list, and is written as the value of a header field: folded,"
      .. " quoted where it has to be, names that are not ASCII as encoded words.",
    examples = {
      "postoffice format --as oneoff 'CCMAIL:user@domain at internet'",
      "postoffice format --as header 'Kim Lee <kim.lee@example.com>'",
      "postoffice format --list --column 4 <recipients.txt",
    },
  },
  {
    name = "validate", run = validate, options = options_with(),
    summary = "check addresses",
    description = "Checks addresses against the rules of their types. Prints a tab-separated line"
      .. " for each; - where there is nothing to say.",
    examples = {
      "postoffice validate 'a@b..c'",
      "postoffice validate --type SMTP <addresses.txt",
      "postoffice validate <addresses.txt 2>/dev/null | grep -c invalid",
    },
  },
  {
    name = "diagnose", run = diagnose, options = options_with(),
    summary = "grade addresses",
    description = "Grades addresses and says everything there is to say about them. Prints a"
      .. " tab-separated line for each. Of SMTP the grades are ok, 5321 (allowed and unusual),"
      .. " cfws (comments and folds),"
      .. " deprecated (RFC 5322, section 4), 5322 (read, but no address of SMTP) and error. --json"
      .. " writes the sentence of each code and where its rule stands, too.",
    examples = {
      "postoffice diagnose 'user(Kim)@example.com'",
      "postoffice diagnose --json 'user@[192.0.2.1]'",
    },
  },
  {
    name = "normalize", run = normalize,
    options = options_with("identity", "policy", "ask", "secret", "memory", "seconds"),
    summary = "write addresses in their canonical form",
    description = "Writes each address in its canonical form, in the notation that it was read in."
      .. " With --identity, the one SMTP address of whoever is meant, as archives want it, by a"
      .. " policy: a tab-separated line for each, with how it was found.",
    examples = {
      "postoffice normalize 'smtp:User@EXAMPLE.com'",
      "postoffice normalize <addresses.txt | sort -u",
      "postoffice normalize --identity --policy archive.lua <senders.txt",
    },
  },
  {
    name = "key", run = translation(keyer), options = options_with(),
    summary = "write what names the same mailbox",
    description = "Writes the folded text that all spellings of an address have in common, a line"
      .. " each: what databases look addresses up by.",
    examples = { "postoffice key 'smtp:User@EXAMPLE.com' 'CCMAIL:Smith, John at HQ'" },
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
