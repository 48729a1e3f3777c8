--- The X500 proxies that files ask for: bounces, and directories that were exported.
-- @module postoffice.exchange.files

local bounce = require "postoffice.exchange.bounce"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local parts = require "postoffice.exchange.parts"
local people = require "postoffice.exchange.people"
local utf8 = require "postoffice.text.utf8"

local files = {}

local Finds = {}
Finds.__index = Finds

-- Adds a proxy, if it is new.
function Finds:add(proxy, line, person)
  local key = core.key(proxy)
  if self.seen[key] then return end
  self.seen[key] = true
  table.insert(self.found, { proxy = proxy, line = line, person = person })
end

function Finds:skip(line, text, message, code)
  table.insert(self.skipped, { text = text, message = message, code = code, line = line })
end

-- The proxy that an old name is, or nil, message, code; directories have it in UTF-8.
local function proxy_of(name)
  if not utf8.is_valid(name) then return fail "utf8-invalid" end
  return core.format { type = "X500", dn = name }
end

-- Adds the names in a column of a directory that was exported.
local function read_directory(finds, text)
  local list, message, line = people.read(text.text)
  for _, person in ipairs(list) do
    local name = person.legacy
    local proxy, why, code = nil, nil, nil
    if name then proxy, why, code = proxy_of(name) end
    if proxy then
      finds:add(proxy, person.line, person)
    elseif name then
      finds:skip(person.line, name, why, code)
    end
  end
  if message then finds:skip(line, message, (core.message "csv-row"), "csv-row") end
end

-- Adds the names in a text.
local function read_text(finds, text, tell)
  local found, skipped, places = bounce.read(text.text, tell)
  for i, proxy in ipairs(found) do finds:add(proxy, text:line(places[i])) end
  for _, skip in ipairs(skipped) do
    finds:skip(text:line(skip.position), skip.text, skip.message, skip.code)
  end
end

local function tell_nobody() end

-- Which share of the time passes until a file is taken apart; then names are looked for.
local FIRST = 0.6

--- Reads a file.
-- @string bytes all of it
-- @tparam[opt] function tell is told now and then which share of it is read
-- @treturn {table,...} `proxy`, `line`, `person` (from `people.read`)
-- @treturn {table,...} what was skipped: `text`, `message`, `code`, `line`
function files.read(bytes, tell)
  local finds = setmetatable({ found = {}, skipped = {}, seen = {} }, Finds)
  tell = tell or tell_nobody
  local texts = parts.read(bytes, function(share) tell(FIRST * share) end)
  local size, before = 0, 0
  for _, text in ipairs(texts) do size = size + #text.text end
  for _, text in ipairs(texts) do
    local read = people.have_names(text.text) and read_directory or read_text
    read(finds, text, function(at) tell(FIRST + (1 - FIRST) * (before + at) / size) end)
    before = before + #text.text
  end
  return finds.found, finds.skipped
end

return files
