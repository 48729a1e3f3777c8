--- The commands that ask a policy where mail goes.
-- @module postoffice.cli.routing

local addresses = require "postoffice.address"
local envelope = require "postoffice.cli.envelope"
local json = require "postoffice.cli.json"
local output = require "postoffice.cli.output"
local policy_file = require "postoffice.cli.policy_file"

-- The order of a delivery's and an explanation's fields in JSON.
local ORDER = {
  "input", "sentence", "stage", "text", "verdict", "connector", "nexthop", "address", "code",
  "status", "message", "detail", "recipient", "entry", "extension", "final", "path", "gateway",
  "sender", "cost", "space", "alternatives", "rule", "revision", "steps", "deliveries",
}

-- An address is written as text.
local function as_text(value)
  return addresses.is(value) and addresses.show(value) or value
end

local to_json = json.encoder(ORDER, as_text)

local function with_input(text, object)
  local copy = {}
  for name, value in pairs(object) do copy[name] = value end
  copy.input = text
  return copy
end

local function all_deliver(deliveries)
  for _, delivery in ipairs(deliveries) do
    if delivery.verdict ~= "deliver" then return false end
  end
  return true
end

local function write_row(session, text, delivery)
  local address = delivery.address and as_text(delivery.address)
  session.output:row(text, delivery.verdict, delivery.connector, delivery.nexthop, address,
    delivery.code)
end

local function write_object(session, text, delivery)
  session.output:line(to_json(with_input(text, delivery)))
end

local function route(session, options)
  local policy = policy_file.required(session, options)
  local message = envelope.read({ policy }, options)
  local write = options.json and write_object or write_row
  local status = session:each_address(options, function(text, place)
    local deliveries = policy:route(text, message)
    if deliveries[1].verdict ~= "deliver" then session:report_unread(text, place) end
    for _, delivery in ipairs(deliveries) do write(session, text, delivery) end
    return all_deliver(deliveries)
  end)
  policy:close()
  return status
end

local function explain(session, options)
  local policy = policy_file.required(session, options)
  local message, first = envelope.read({ policy }, options), true
  local status = session:each_address(options, function(text, place)
    session:report_unread(text, place)
    local explanation = policy:explain(text, message)
    if options.json then
      session.output:line(to_json(with_input(text, explanation)))
    else
      if not first then session.output:line "" end
      session.output:line(output.visible_lines(tostring(explanation)))
    end
    first = false
    return all_deliver(explanation.deliveries)
  end)
  policy:close()
  return status
end

local OPTIONS = {
  "addresses", "policy", "sender", "relay", "arrived_by", "down", "size", "null", "unbuffered",
  "json",
}

return {
  {
    name = "route", run = route, options = OPTIONS,
    summary = "say where mail goes",
    description = "Routes addresses by a policy. Prints a tab-separated line for each delivery: the"
      .. " address as given, the verdict (deliver, reject, defer, pass), the connector, the next"
      .. " hop, the address as handed over, the code. A field is - where there is nothing to say;"
      .. " tabs, line ends, what else a terminal acts on or does not show, bytes that are no UTF-8,"
      .. " and \\ inside fields are written \\t, \\n, \\x1b, \\\\.",
    examples = {
      "postoffice route --policy policy.lua '[ccmail:user@domain at internet]'",
      "postoffice route --down partner-line joe@partner.example",
      "postoffice route --json <addresses.txt",
    },
  },
  {
    name = "explain", run = explain, options = OPTIONS,
    summary = "say where mail goes, and why",
    description = "Routes addresses by a policy and tells the whole way: every stage, every rule"
      .. " that was tried, every connector that lost and why.",
    examples = {
      "postoffice explain --policy policy.lua '[ccmail:user@domain at internet]'",
      "postoffice explain --json pat.jones@exchange.example",
    },
  },
}
