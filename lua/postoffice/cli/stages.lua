--- The commands that ask a policy's stages alone, as mail servers do.
-- @module postoffice.cli.stages

local envelope = require "postoffice.cli.envelope"
local policy_file = require "postoffice.cli.policy_file"
local reader = require "postoffice.cli.reader"
local show = require "postoffice.address".show
local to_json = require "postoffice.policy.prove.json"

local BAD = { reject = true, defer = true }

-- A command of addresses: `answer` is given the session, the options, the policy, an address and its
-- envelope, writes what it has to say and returns whether that is good.
local function asking(answer)
  return function(session, options)
    local policy = policy_file.required(session, options)
    local message = envelope.read({ policy }, options)
    local status = session:each_address(options, function(text, place)
      session:report_unread(text, place)
      return answer(session, options, policy, text, message)
    end)
    policy:close()
    return status
  end
end

-- Writes an answer: an object, or the fields of a row.
local function write(session, options, object, ...)
  if options.json then
    session.output:line(to_json(object))
  else
    session.output:row(...)
  end
end

local function shown(address) return address and show(address) end

-- The items that an address resolves to.
local function write_items(session, options, policy, text, message)
  local good = true
  for _, item in ipairs(policy:resolve(text, nil, message)) do
    write(session, options, {
      input = text, address = item.address, how = item.how, entry = item.entry,
      extension = item.extension, via = item.via, verdict = item.verdict, code = item.code,
      status = item.status, message = item.message, detail = item.detail,
    }, text, shown(item.address), item.how, item.entry, item.extension, item.code)
    good = good and not BAD[item.verdict]
  end
  return good
end

--- Writes the best address of a type that an address leads to, and how it was found.
-- @tparam table session
-- @tparam table options of the command
-- @tparam table policy
-- @tparam string|table recipient
-- @string text as it was given
-- @tparam table|nil message envelope
-- @string type_name
-- @treturn boolean whether there is one
local function write_best(session, options, policy, recipient, text, message, type_name)
  local address, how, code = policy:resolve(recipient, { as = type_name }, message)
  if not address then
    write(session, options, { input = text, message = how, code = code }, text, nil, nil, code)
    return false
  end
  write(session, options, { input = text, address = address, how = how }, text, show(address), how,
    nil)
  return true
end

local function resolve(session, options, policy, text, message)
  if not options.as_type then return write_items(session, options, policy, text, message) end
  return write_best(session, options, policy, text, text, message, options.as_type)
end

local function resolve_each(session, options)
  reader.check_type("--as", options.as_type)
  return asking(resolve)(session, options)
end

local function rewrite(session, options, policy, text, message)
  local address, rule, code = policy:rewrite(text, message)
  if not address then
    write(session, options, { input = text, message = rule, code = code }, text, nil, nil, code)
    return false
  end
  write(session, options, { input = text, address = address, rule = rule }, text, show(address),
    rule, nil)
  return true
end

local function nexthop(session, options, policy, text, message)
  local delivery, why, code = policy:nexthop(text, message)
  if not delivery then
    write(session, options, { input = text, message = why, code = code }, text, nil, nil, nil, nil,
      code)
    return false
  end
  delivery.input = text
  write(session, options, delivery, text, delivery.verdict, delivery.connector, delivery.nexthop,
    shown(delivery.address), delivery.code)
  return not BAD[delivery.verdict]
end

local OPTIONS = {
  "addresses", "policy", envelope.options, policy_file.options, "null", "literal", "unbuffered",
  "json",
}

return {
  write_best = write_best,
  {
    name = "resolve", run = resolve_each, options = { "as_type", OPTIONS },
    summary = "say whose addresses they are",
    description = "Looks addresses up as a policy does, directory, rewrites and catch-alls, and"
      .. " routes nothing: what a virtual alias map is asked. Prints a tab-separated line for each"
      .. " that comes of one. With --as, one line: the best address of that type.",
    examples = {
      "postoffice resolve --policy policy.lua sales@exchange.example",
      "postoffice resolve --as SMTP 'EX:/o=Old/ou=Site/cn=Recipients/cn=klee'",
    },
  },
  {
    name = "rewrite", run = asking(rewrite), options = { OPTIONS },
    summary = "say what rewrites make of addresses",
    description = "Applies the first rewrite of a policy that matches, and nothing else: what a"
      .. " canonical map is asked. Prints a tab-separated line for each.",
    examples = { "postoffice rewrite --policy policy.lua kim@old.example" },
  },
  {
    name = "nexthop", run = asking(nexthop), options = { OPTIONS },
    summary = "say where addresses go as they are",
    description = "Chooses a connector for addresses as they are: what a transport map is asked."
      .. " Prints a tab-separated line for each.",
    examples = { "postoffice nexthop --policy policy.lua joe@partner.example" },
  },
}
