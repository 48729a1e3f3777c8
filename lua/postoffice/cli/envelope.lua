--- The envelope that the options of a command describe.
-- @module postoffice.cli.envelope

local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local exit = require "postoffice.cli.exit"

local envelope = {}

local ANY = { unknown = true }

--- The options that make an envelope.
envelope.options = {
  "sender", "may_relay", "authenticated", "arrived_by", "down", "size", "now", "client",
}

local function read_sender(text)
  if not text then return nil end
  local sender, message, code = postoffice.parse(text == "" and "<>" or text, ANY)
  if not sender then
    exit.with(exit.WRONG_USE, ('--sender "%s": %s (%s)'):format(output.visible(text), message,
      code))
  end
  return sender
end

-- The connectors of all policies: their names, and the names as a set.
local function connectors_of(policies)
  local names, set = {}, {}
  for _, policy in ipairs(policies) do
    for _, name in ipairs(policy:connectors()) do
      names[#names + 1], set[name] = name, true
    end
  end
  return names, set
end

-- A misspelt name would change nothing, and nobody would notice.
local function check_connectors(policies, option, given)
  local names, known = connectors_of(policies)
  for _, name in ipairs(given) do
    if not known[name] then
      local suggest = require "postoffice.suggest"
      exit.with(exit.WRONG_USE, ('%s: connector "%s" is not declared%s'):format(option, name,
        suggest.phrase(name, names, "declared")))
    end
  end
end

--- Makes the envelope; ends the command where an option cannot be.
-- @tparam {table,...} policies that it is for
-- @tparam table options of the command
-- @treturn table|nil none where nothing is known of the message
function envelope.read(policies, options)
  check_connectors(policies, "--down", options.down)
  check_connectors(policies, "--arrived-by", { options.arrived_by })
  local message = {
    sender = read_sender(options.sender), may_relay = options.may_relay,
    authenticated = options.authenticated,
    down = options.down[1] and options.down or nil, arrived_by = options.arrived_by,
    size = options.size, now = options.now, client = options.client,
  }
  return next(message) and message or nil
end

return envelope
