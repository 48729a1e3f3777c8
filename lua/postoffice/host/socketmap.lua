--- The protocol of socketmap_table(5): netstrings of bytes, replies of `host.maps`.
--
-- A request is the name of a map, a blank and a key; a reply `OK value`, `NOTFOUND `, `TEMP why` or
-- `PERM why`.  Postfix defers for TEMP and for PERM alike, so that PERM is for a map that nobody has.
-- @module postoffice.host.socketmap

local incoming = require "postoffice.host.incoming"
local maps = require "postoffice.host.maps"
local verdict = require "postoffice.host.verdict"

local socketmap = {}

local byte, find, match, sub = string.byte, string.find, string.match, string.sub

local COMMA, ZERO = byte(",0", 1, 2)
local LENGTH = 100000 -- of a request: more than Postfix sends, so that what it sends has an answer
local MOST_DIGITS = 9

local Reader = {}
Reader.__index = Reader

--- What reads requests.
-- @tparam[opt] table limits `length`, of one request
-- @treturn table reader
function socketmap.reader(limits)
  return setmetatable({
    incoming = incoming.new(), wanted = 1, length = limits and limits.length or LENGTH,
  }, Reader)
end

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes) self.incoming:push(bytes) end

-- The lengths that most netstrings have, by their digits, and their digits.
local LENGTHS, DIGITS = {}, {}
for length = 0, 999 do
  DIGITS[length] = ("%d"):format(length)
  LENGTHS[DIGITS[length]] = length
end

-- The length that a netstring begins with, and the place of its colon; nil if it is cut; false and why if
-- it is none.
local function read_length(self, text, at)
  local colon = find(text, ":", at, true)
  local length = colon and LENGTHS[sub(text, at, colon - 1)]
  if length and length <= self.length then return length, colon end
  local digits, after = match(text, "^(%d*)()", at)
  if #digits > MOST_DIGITS or (tonumber(digits) or 0) > self.length then
    return false, "the request is too long"
  elseif #digits > 1 and byte(digits) == ZERO then
    return false, "the length begins with 0"
  elseif after > #text then
    return nil
  elseif digits == "" or after ~= colon then
    return false, "no netstring"
  end
  return tonumber(digits), colon
end

--- The next request.
-- @treturn string|nil|false it; nil if more bytes are wanted; false if this is no netstring
-- @treturn string why
function Reader:next()
  local bytes = self.incoming
  if bytes.length < self.wanted then return nil end
  local text, at = bytes:peek()
  local length, colon = read_length(self, text, at)
  if length == false then return false, colon end
  local wanted = length and colon + length + 2 - at or bytes.length + 1 -- at least
  if wanted > bytes.length then
    self.wanted = wanted
    return nil
  end
  local stop = at + wanted - 1
  if byte(text, stop) ~= COMMA then return false, "no comma after the request" end
  bytes:skip(wanted)
  self.wanted = 1
  return sub(text, colon + 1, stop - 1)
end

--- A text as a netstring.
-- @tparam string text
-- @treturn string
function socketmap.netstring(text)
  local length = #text
  return (DIGITS[length] or length) .. ":" .. text .. ","
end

local netstring = socketmap.netstring

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
  if not map then return netstring "PERM there is no such map" end
  local reply, made = maps.answer(service.sites, map, key)
  tell(service, map, key, reply, made)
  return netstring(reply)
end

--- The reply after an error of our own.
-- @treturn string
function socketmap.failure()
  return netstring("TEMP " .. verdict.fault().text)
end

return socketmap
