--- What all directories are: how one key and many are asked, and what is answered.
-- @module postoffice.directory.source

local arguments = require "postoffice.arguments"
local keys = require "postoffice.directory.keys"
local lists = require "postoffice.lists"
local options_of = require "postoffice.directory.options"
local reasons = require "postoffice.directory.reasons"

local source = {}

local TIMEOUT = 2 -- seconds for a question, unless said

-- Questions that are sent before an answer is read, unless said: a server that gets more before it is
-- heard may stop reading.
local AT_ONCE = 100

--- Raises unless the options of a directory are known and of the right type.
-- @tparam table options
-- @tparam table types what it takes beside the options of all
-- @treturn table a copy, with the timeout
function source.options(options, types)
  local all = lists.copy(options_of.all)
  for name, kind in pairs(types) do all[name] = kind end
  local copy = {}
  for name, value in pairs(arguments.options(options, all, 2)) do copy[name] = value end
  copy.timeout = copy.timeout or TIMEOUT
  if not (copy.timeout > 0 and copy.timeout < math.huge) then
    error("option timeout has to be a number of seconds above 0", 4)
  end
  return copy
end

--- Raises unless the option `tls` is one.
-- @tparam boolean|table|nil given
-- @string|nil host the name that a server has to prove, unless `tls` says another
-- @number level whom to blame, as `error` counts from here
-- @treturn table|nil `name` and `ca`
function source.tls(given, host, level)
  if not given then return nil end
  local tls = type(given) == "table" and given or {}
  for field, value in pairs(tls) do
    if (field ~= "name" and field ~= "ca") or type(value) ~= "string" then
      error("option tls has to be true, or a table with texts: ca, a file of authorities, and name,"
        .. " whom the server has to be", level)
    end
  end
  if not (tls.name or host) then error("option tls takes the name of the server", level) end
  return { name = tls.name or host, ca = tls.ca }
end

-- The keys that are texts, and why the others are not asked.
local function texts_of(list)
  local texts, failures = {}, {}
  for _, key in ipairs(list) do
    local text, why = keys.text(key)
    if text then texts[#texts + 1] = text else failures[key] = why end
  end
  return texts, failures
end

-- Asks for some keys; adds to answers and failures by key.
local function ask_some(asked, list, answers, failures)
  local values, whys = asked(list)
  for i, key in ipairs(list) do
    if values then answers[key], failures[key] = values[i], whys[i] else failures[key] = whys end
  end
end

-- So many keys from the `first` on.
local function slice(list, first, count)
  local some = {}
  for i = first, math.min(first + count - 1, #list) do some[#some + 1] = list[i] end
  return some
end

-- A function that answers for keys in one go, with reasons that tell no secrets.
local function plainly(asked, options)
  local function told(why) return reasons.text(options.name, why, options.secrets or {}) end
  return function(list)
    local values, whys = asked(list)
    if not values then return nil, told(whys) end
    for i, why in pairs(whys) do whys[i] = told(why) end
    return values, whys
  end
end

--- Makes a directory.
-- @tparam table options `ttl`, `negative_ttl`, `name` (of its kind), `secrets` (what no reason tells),
--   `at_once` (keys that it may be asked for in one go)
-- @tparam function asked what answers for some keys, a list of texts: lists of values and of reasons,
--   each with an item for a key; or nil and a reason for all
-- @tparam function close
-- @treturn table for the option `ask` of `policy.load`
function source.new(options, asked, close)
  asked = plainly(asked, options)
  local at_once = options.at_once or AT_ONCE
  local directory = { ttl = options.ttl, negative_ttl = options.negative_ttl }

  function directory.many(list)
    local answers = {}
    local texts, failures = texts_of(list)
    for first = 1, #texts, at_once do
      ask_some(asked, slice(texts, first, at_once), answers, failures)
    end
    return answers, failures
  end

  function directory.ask(key)
    local text, why = keys.text(key)
    if not text then return nil, why end
    local values, whys = asked { text }
    if not values then return nil, whys end
    return values[1], whys[1]
  end

  return setmetatable(directory, { __index = { close = close } })
end

return source
