--- The commands that ask a policy where mail goes.
-- @module postoffice.cli.routing

local addresses = require "postoffice.address"
local envelope = require "postoffice.cli.envelope"
local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local output = require "postoffice.cli.output"
local paint = require "postoffice.cli.paint"
local policy_file = require "postoffice.cli.policy_file"
local postoffice = require "postoffice"
local to_json = require "postoffice.policy.prove.json"
local traffic = require "postoffice.cli.traffic"
local whole = require "postoffice.policy.prove.explain".whole

local byte, concat, gmatch, sub = string.byte, table.concat, string.gmatch, string.sub
local show = addresses.show

local ANY, NONE = { unknown = true }, {}
local CR = 13

local function with_input(text, object)
  local given = lists.copy(object)
  given.input = text
  return given
end

local function all_deliver(deliveries)
  for _, delivery in ipairs(deliveries) do
    if delivery.verdict ~= "deliver" then return false end
  end
  return true
end

local function row_of(text, delivery)
  local address, sender = delivery.address, delivery.sender
  return output.row(text, delivery.verdict, delivery.connector, delivery.nexthop,
    address and show(address), delivery.code, delivery.entry, sender and show(sender),
    delivery.message)
end

local function write_row(session, text, delivery)
  session.output:write(row_of(text, delivery))
end

local function write_object(session, text, delivery)
  session.output:line(to_json(with_input(text, delivery)))
end

-- What is wrong with a line, as `postoffice.lines` says it; nil where it is an address.
local function fault_of(text, line, written)
  local address, message, code, position = postoffice.parse(text, ANY)
  if address then return nil end
  return {
    line = line, text = text, message = message, code = code, position = position,
    written = written,
  }
end

-- Makes the rows of whole lines; returns as `postoffice.lines` does, and whether some address is
-- not delivered.
local function rows_of(policy, message)
  return function(block)
    local rows, errors, lines, count, written, rest = {}, {}, 0, 0, 0, 1
    local bad = false
    for bytes, after in gmatch(block, "([^\n]*)\n()") do
      lines, rest = lines + 1, after
      local line = byte(bytes, -1) == CR and sub(bytes, 1, -2) or bytes
      local deliveries = line == "" and NONE or policy:route(line, message)
      if deliveries[1] and deliveries[1].verdict ~= "deliver" then
        errors[#errors + 1] = fault_of(line, lines, written)
      end
      for i = 1, #deliveries do
        local row = row_of(line, deliveries[i])
        rows[#rows + 1], written = row, written + #row
        bad = bad or deliveries[i].verdict ~= "deliver"
      end
      if deliveries ~= NONE then count = count + 1 end
    end
    return concat(rows), errors, sub(block, rest), lines, count, bad
  end
end

-- Routes the recipients of a mail log: the exit status.
local function route_log(session, options, policy, message, write)
  local status = exit.GOOD
  local _, is_whole = traffic.each(session, options, message, function(recipient, facts)
    local deliveries = policy:route(recipient, facts or nil)
    for _, delivery in ipairs(deliveries) do write(session, recipient, delivery) end
    if not all_deliver(deliveries) then status = exit.SOME_BAD end
  end)
  return is_whole and status or exit.SOME_BAD
end

-- Routes addresses: the exit status.
local function route_addresses(session, options, policy, message, write)
  return session:each_address(options, function(text, place)
    local deliveries = policy:route(text, message)
    if deliveries[1].verdict ~= "deliver" then session:report_unread(text, place) end
    for _, delivery in ipairs(deliveries) do write(session, text, delivery) end
    return all_deliver(deliveries)
  end, not options.json and rows_of(policy, message) or nil)
end

local function route(session, options)
  traffic.check_origin(options)
  local policy = policy_file.required(session, options)
  local message = envelope.read({ policy }, options)
  local route_all = options.log and route_log or route_addresses
  local write = options.json and write_object or write_row
  local status = route_all(session, options, policy, message, write)
  policy:close()
  return status
end

local function explain(session, options)
  local policy = policy_file.required(session, options)
  local message, first = envelope.read({ policy }, options), true
  local painted = paint.new(session, options, "explain")
  local status = session:each_address(options, function(text, place)
    session:report_unread(text, place)
    local explanation = policy:explain(text, message)
    if options.json then
      session.output:line(to_json(with_input(text, whole(explanation))))
    else
      if not first then session.output:line "" end
      session.output:line(painted(output.visible_lines(tostring(explanation))))
    end
    first = false
    return all_deliver(explanation.deliveries)
  end)
  policy:close()
  return status
end

local OPTIONS = {
  "addresses", "policy", envelope.options, policy_file.options, "null", "literal", "unbuffered",
  "json",
}

return {
  {
    name = "route", run = route, options = { OPTIONS, "log", "log_origin" },
    summary = "say where mail goes",
    description = "Routes addresses by a policy. Prints a tab-separated line for each delivery,"
      .. " whose verdict is deliver, reject, defer or pass. A field is - where there is nothing"
      .. " to say;"
      .. " tabs, line ends, what else a terminal acts on or does not show, bytes that are no UTF-8,"
      .. " and \\ inside fields are written \\t, \\n, \\x1b, \\\\.",
    examples = {
      "postoffice route --policy policy.lua '[ccmail:user@domain at internet]'",
      "postoffice route --down partner-line joe@partner.example",
      "postoffice route --json <addresses.txt",
      "postoffice route --log postfix </var/log/mail.log",
      "parallel --pipe -k postoffice route --policy policy.pot <addresses.txt",
    },
  },
  {
    name = "explain", run = explain, options = { OPTIONS, "color" },
    summary = "say where mail goes, and why",
    description = "Routes addresses by a policy and tells the whole way: every stage, every rule"
      .. " that was tried, every connector that lost and why.",
    examples = {
      "postoffice explain --policy policy.lua '[ccmail:user@domain at internet]'",
      "postoffice explain --json pat.jones@exchange.example",
    },
  },
}
