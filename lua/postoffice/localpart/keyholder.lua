--- The objects that sign local parts, of SRS and of BATV: their options, the keys that they hold and
-- nobody sees, and the addresses that they read and make.
-- @module postoffice.localpart.keyholder

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local signature = require "postoffice.text.signature"

local keyholder = {}

local CALLER = 3 -- of the public function that called one of these

local SMTP = { type = "SMTP" }

-- The keys and the form of each object: a table that is printed or serialised has none of them.
local WEAK = { __mode = "k" }
local keys_of, form_of = setmetatable({}, WEAK), setmetatable({}, WEAK)

--- Raises unless there are keys, and a profile that signs.
-- @tparam table options
-- @tparam table signs a set of profiles
-- @tparam table why_not by other profiles that are read, why they do not sign
function keyholder.check(options, signs, why_not)
  if not signature.are_keys(options.secrets) then
    error("option secrets has to be a list of keys, which are texts; the first signs, all verify",
      CALLER)
  end
  local why = why_not[options.profile]
  if why then error(('option profile cannot be "%s": %s'):format(options.profile, why), CALLER) end
  arguments.choice(options.profile, signs, "profile", 1)
end

--- What is signed and verified: options that are whole numbers in their ranges, and defaults.
-- @tparam table options
-- @tparam table defaults
-- @tparam table ranges by name, the least and the most
-- @treturn table
function keyholder.form(options, defaults, ranges)
  local form = {}
  for name, default in pairs(defaults) do
    local value, range = options[name] or default, ranges[name]
    if range and not (value >= range[1] and value <= range[2] and value % 1 == 0) then
      error(("option %s has to be %d to %d"):format(name, range[1], range[2]), CALLER)
    end
    form[name] = value
  end
  return form
end

--- Keeps the keys and the form of an object.
-- @tparam table object
-- @tparam {string,...} keys
-- @tparam table form
-- @treturn table the object
function keyholder.keep(object, keys, form)
  local copied = {}
  for i, key in ipairs(keys) do copied[i] = key end
  keys_of[object], form_of[object] = copied, form
  return object
end

--- What was kept.
-- @tparam table object
-- @treturn {string,...} keys
-- @treturn table form
function keyholder.kept(object) return keys_of[object], form_of[object] end

--- The time that is given, or that of the clock.
-- @tparam number|nil now in seconds
-- @treturn number
function keyholder.now(now)
  if now == nil then return os.time() end
  if type(now) ~= "number" or not (now > -math.huge and now < math.huge) then
    error("the time has to be a number of seconds", CALLER)
  end
  return now
end

--- Reads an SMTP address; `""`, as hosts write the null sender, is `<>`.
-- @tparam table|string given
-- @treturn table a new address; or nil, message, code, position
function keyholder.read(given) return addresses.read(given == "" and "<>" or given, SMTP) end

--- An SMTP address.
-- @string localpart
-- @string domain
-- @treturn table a new address; or nil, message, code if it cannot be written
function keyholder.written(localpart, domain)
  local address = addresses.smtp(localpart, domain)
  local text, message, code = core.format(address)
  if not text then return nil, message, code end
  return address
end

return keyholder
