--- The protocol of socketmap_table(5): netstrings of bytes, replies of `host.maps`.
--
-- A request is the name of a map, a blank and a key; a reply `OK value`, `NOTFOUND `, `TEMP why` or
-- `PERM why`.  Postfix defers for TEMP and for PERM alike, so that PERM is for a map that nobody has.
-- @module postoffice.host.socketmap

local maps = require "postoffice.host.maps"
local verdict = require "postoffice.host.verdict"

local socketmap = {}

local byte, find, match, sub = string.byte, string.find, string.match, string.sub

local COLON, COMMA = byte(":,", 1, 2)
local LENGTH = 100000 -- of a request: more than Postfix sends, so that what it sends has an answer
local MOST_DIGITS = 9

local Reader = {}
Reader.__index = Reader

--- What reads requests.
-- @tparam[opt] table limits `length`, of one request
-- @treturn table reader
function socketmap.reader(limits)
  return setmetatable({
    buffer = "", at = 1, length = limits and limits.length or LENGTH,
  }, Reader)
end

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes)
  if self.at > #self.buffer then
    self.buffer = bytes
  else
    self.buffer = sub(self.buffer, self.at) .. bytes
  end
  self.at = 1
end

-- The length that a netstring begins with, and the place after its colon; nil if it is cut; false and
-- why if it is none.
local function read_length(self)
  local buffer, at = self.buffer, self.at
  local digits = match(buffer, "^%d*", at)
  local after = at + #digits
  if #digits > MOST_DIGITS or tonumber(digits) and tonumber(digits) > self.length then
    return false, "the request is too long"
  elseif #digits > 1 and sub(digits, 1, 1) == "0" then
    return false, "the length begins with 0"
  elseif after > #buffer then
    return nil
  elseif digits == "" or byte(buffer, after) ~= COLON then
    return false, "no netstring"
  end
  return tonumber(digits), after + 1
end

--- The next request.
-- @treturn string|nil|false it; nil if more bytes are wanted; false if this is no netstring
-- @treturn string why
function Reader:next()
  local length, from = read_length(self)
  if not length then return length, from end
  local stop = from + length
  local closing = byte(self.buffer, stop)
  if not closing then return nil end
  if closing ~= COMMA then return false, "no comma after the request" end
  self.at = stop + 1
  return sub(self.buffer, from, stop - 1)
end

--- A text as a netstring.
-- @tparam string text
-- @treturn string
function socketmap.netstring(text) return #text .. ":" .. text .. "," end

-- Tells the process what was answered.
local function tell(service, map, key, reply, made)
  local record = verdict.record(made or { action = match(reply, "^%u+") }, "socketmap", map.label,
    map.site_name, key)
  record.reply = reply
  service:decided(record)
end

--- Answers a request.
-- @tparam table service `sites` by name, `decided`
-- @tparam string request
-- @treturn string the reply as a netstring
function socketmap.answer(service, request)
  local blank = find(request, " ", 1, true) or #request + 1
  local map, key = maps.find(service.sites, sub(request, 1, blank - 1)), sub(request, blank + 1)
  if not map then return socketmap.netstring "PERM there is no such map" end
  local reply, made = maps.answer(service.sites, map, key)
  tell(service, map, key, reply, made)
  return #reply .. ":" .. reply .. ","
end

--- The reply after an error of our own.
-- @treturn string
function socketmap.failure()
  return socketmap.netstring("TEMP " .. verdict.fault().text)
end

return socketmap
