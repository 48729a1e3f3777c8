--- The command that compares policies before one takes the other's place.
-- @module postoffice.cli.diff

local envelope = require "postoffice.cli.envelope"
local lists = require "postoffice.lists"
local output = require "postoffice.cli.output"
local paint = require "postoffice.cli.paint"
local policy_file = require "postoffice.cli.policy_file"
local show = require "postoffice.address".show
local exit = require "postoffice.cli.exit"
local to_json = require "postoffice.policy.prove.json"
local traffic = require "postoffice.cli.traffic"

local function load(path, options)
  local policy, message = policy_file.load(path, options)
  if not policy then exit.with(exit.POLICY, message) end
  return policy
end

-- Says how many addresses change, and how many rows that are not the same tell of them: the exit
-- status.
local function summarize(session, options, changed, all, ways)
  local of_log = ways and (", in %d ways"):format(ways) or ""
  session:say(("%d of %d addresses change%s"):format(changed, all, of_log))
  if options.json then
    session.output:line(to_json { addresses = all, changed = changed, ways = ways or nil })
  end
  return changed == 0 and exit.GOOD or exit.SOME_BAD
end

local unpack = table.unpack or unpack

local FIELDS = {
  "verdict", "connector", "nexthop", "address", "code", "entry", "extension", "sender",
}

-- A row, with what is known of the message as its last column, if there is such.
local function row_of(text, delivery, facts)
  local row = {}
  for i, field in ipairs(FIELDS) do
    local value = delivery[field]
    row[i] = type(value) == "table" and show(value) or value
  end
  row[#FIELDS + 1] = facts
  return output.row(text, unpack(row, 1, #FIELDS + (facts and 1 or 0)))
end

-- The rows of deliveries, and how often each stands there.
local function rows_of(text, deliveries, facts)
  local rows, counts = {}, {}
  for i, delivery in ipairs(deliveries) do
    local row = row_of(text, delivery, facts)
    rows[i], counts[row] = row, (counts[row] or 0) + 1
  end
  return rows, counts
end

-- Adds the rows that are more than the others.
local function add_rows(list, sign, rows, others)
  for _, row in ipairs(rows) do
    if (others[row] or 0) > 0 then
      others[row] = others[row] - 1
    else
      list[#list + 1] = sign .. "\t" .. row
    end
  end
end

-- What an object tells of a change; of one of classes also how many there are, and the others.
local function told_of(text, change)
  return {
    input = text, old = change.old_deliveries, new = change.new_deliveries,
    envelope = change.envelope and next(change.envelope) and change.envelope,
    given = change.given, classes = change.classes,
  }
end

-- A change as an object.
local function object_of_change(text, change)
  local told = told_of(text, change)
  told.others = change.others and lists.map(change.others, function(other)
    return told_of(other.recipient, other)
  end)
  return to_json(told) .. "\n"
end

-- The rows of a change.
local function rows_of_change(text, change, facts)
  local rows = {}
  local old, old_counts = rows_of(text, change.old_deliveries, facts)
  local new, new_counts = rows_of(text, change.new_deliveries, facts)
  add_rows(rows, "<", old, new_counts)
  add_rows(rows, ">", new, old_counts)
  return table.concat(rows)
end

-- What writes a change as the options say: a function of its address, itself and what is known of its
-- message, as options have it.
local function writer(session, options)
  if options.json then return object_of_change end
  local painted = paint.new(session, options, "diff")
  return function(text, change, facts) return painted(rows_of_change(text, change, facts)) end
end

-- Hands on each address of standard input with its envelope: as a log has them, or one a line, with
-- its place.
local function each_address(session, options, message, handle)
  if options.log then
    traffic.each(session, options, message, function(text, facts) handle(text, facts) end)
    return
  end
  session:each_address(options, function(text, place)
    handle(text, message, place)
    return true
  end)
end

-- Compares policies for any address.
local function compare_classes(session, options, policies, message)
  local write = writer(session, options)
  return require "postoffice.cli.diff_classes".compare(session, options, policies, message,
    function(change, facts) return write(change.recipient, change, facts) end)
end

local function compare_policies(session, options)
  local old, new = load(options.policies[1], options), load(options.policies[2], options)
  local message = envelope.read({ old, new }, options)
  if session.terminal "stdin" and not options.log then
    return compare_classes(session, options, { old, new }, message)
  end
  local compare, write = require("postoffice.policy").diff, writer(session, options)
  local changed, all, ways, seen = 0, 0, 0, {}
  each_address(session, options, message, function(text, facts, place)
    if place then session:report_unread(text, place) end
    local change = compare(old, new, text, facts)
    local rows = change and write(text, change)
    all, changed = all + 1, changed + (change and 1 or 0)
    if not change or seen[rows] then return end
    session.output:write(rows)
    ways = ways + 1
    seen[rows] = options.log -- who writes every day is one change
  end)
  if all == 0 and not options.log then
    return compare_classes(session, options, { old, new }, message)
  end
  return summarize(session, options, changed, all, options.log and ways)
end

-- The addresses of standard input, and those for which keys of tables stand; those of a log once.
local function read_all(session, options, witness)
  local addresses, seen = {}, {}
  each_address(session, options, nil, function(text, _, place)
    if place then text = witness(text) end
    if place then session:report_unread(text, place) end
    if place or not seen[text] then addresses[#addresses + 1] = text end
    seen[text] = true
  end)
  return addresses
end

local function compare_program(session, options)
  local policy = load(options.policies[1], options)
  local message = envelope.read({ policy }, options)
  local diff_maps = require "postoffice.cli.diff_maps"
  local tables, witness = diff_maps.read(options)
  local addresses = read_all(session, options, witness)
  local changed, is_doubtful = diff_maps.compare(session, options, tables, policy, message,
    addresses)
  local status = summarize(session, options, changed, #addresses)
  return status == exit.GOOD and is_doubtful and exit.UNDECIDED or status
end

-- What is said of tables alone.
local OF_TABLES = { "as", "whole", "delimiter", "mydestination", "default", "probe" }

-- Ends the command for options that say nothing without tables.
local function check_tables(options)
  for _, name in ipairs(OF_TABLES) do
    local value = options[name]
    if value and (type(value) ~= "table" or value[1]) then
      exit.with(exit.WRONG_USE, ("--%s goes with --against COMMAND"):format(name == "probe"
        and "recipient" or name))
    end
  end
end

local function run(session, options)
  options.addresses = {}
  traffic.check_origin(options)
  local against = #options.against > 0
  if not against then check_tables(options) end
  if against and #options.policies == 1 then return compare_program(session, options) end
  if #options.policies == 2 and not against then
    return compare_policies(session, options)
  end
  exit.with(exit.WRONG_USE, "compare two policies, or one with --against COMMAND")
end

return {
  {
    name = "diff", run = run,
    options = {
      "one_or_two", "log", "log_origin", "against", "as_table", "whole", "delimiter",
      "mydestination", "default", "probe",
      envelope.options, policy_file.untimed_options, "seconds_of_all", "all_kinds", "null",
      "literal", "unbuffered", "json", "color",
    },
    summary = "say which addresses change from one policy to another",
    description = "Routes the addresses on standard input by two policies and prints what differs:"
      .. " tab-separated lines, < for what the old one does, > for the new; - where there is"
      .. " nothing"
      .. " to say. Without addresses, all of them are looked at: what is printed are witnesses of"
      .. " classes of addresses that change, with what is known of their messages, and it is said"
      .. " whether that is a proof, or which functions are in the way. What happens to addresses of"
      .. " several kinds alike is printed once, and a line = says how many others there are; with"
      .. " --all, and in JSON, there is a witness of each. With --log, real traffic:"
      .. " each message's recipients with its"
      .. " sender, size and time; a change that is the same is printed once. With --against, what"
      .. " Postfix's tables and the policy answer: tables of fixed keys are asked for parts of an"
      .. " address, too (user@domain, @domain; of a transport table domain, .parent, *), virtual"
      .. " ones again for what they answer; with several, canonical goes before virtual, and that"
      .. " before transport. Keys of a table, as postmap -s prints them, stand for a witness each."
      .. " For an access table of recipients, --sender writes, or else a stranger."
      .. " With tables that Postfix asks for senders, addresses are senders', and the policy is"
      .. " asked what it does with their mail to --recipient.",
    examples = {
      "postoffice diff old.lua new.lua </dev/null",
      "postoffice diff old.lua new.lua <addresses.txt",
      "postoffice diff old.lua new.lua --log postfix </var/log/mail.log",
      "postoffice diff policy.lua --against 'postmap -q - hash:virtual' --as virtual"
        .. " <addresses.txt",
      "postmap -s hash:transport | postoffice diff policy.lua --as transport"
        .. " --against 'postmap -q - hash:transport'",
      "postmap -s hash:relayhost | postoffice diff policy.lua --as sender_relayhost"
        .. " --against 'postmap -q - hash:relayhost'",
    },
  },
}
