--- The path that a text names: its hosts one after the other, and the user.
--
-- Three operators put a host beside what is left of an address: `rest@host` and
-- `rest%host`, the last of which counts, and `host!rest`, the first of which
-- does. A **precedence** has them in the order in which a mailer looks for them.
-- @module postoffice.routes.hops

local core = require "postoffice.core"
local fail = require "postoffice.fail"

local hops = {}

local function closing_quote(text, at)
  repeat
    at = text:find('[\\"]', at + 1)
    local escaped = at and text:sub(at, at) == "\\"
    if escaped then at = at + 1 end
  until not escaped
  return at
end

local function closing_bracket(text, at) return text:find("]", at, true) end

local CLOSING = { ['"'] = closing_quote, ["["] = closing_bracket }
local UNCLOSED = { ['"'] = "quote-unclosed", ["["] = "literal-unclosed" }

-- Where each operator stands, and what divides source routes. In quotes and
-- address literals they are letters; where one is not closed: nil, code, position.
local function places_in(text)
  local places = { ["@"] = {}, ["%"] = {}, ["!"] = {}, [":"] = {}, [","] = {} }
  local at = 0
  while true do
    at = text:find('[@%%!:,"%[]', at + 1)
    if not at then return places end
    local found = text:sub(at, at)
    if CLOSING[found] then
      local opened = at
      at = CLOSING[found](text, opened)
      if not at then return nil, UNCLOSED[found], opened end
    else
      table.insert(places[found], at)
    end
  end
end

-- What is left of a text, from `first` to `last`. It only shrinks, so that no
-- place is looked at twice.
local function rest_of(text, places)
  local rest = { text = text, first = 1, last = #text, places = places, left = {}, right = {} }
  for operator, list in pairs(places) do
    rest.left[operator], rest.right[operator] = 1, #list
  end
  return rest
end

local function first_place(rest, operator)
  local list, i = rest.places[operator], rest.left[operator]
  while list[i] and list[i] < rest.first do i = i + 1 end
  rest.left[operator] = i
  return list[i] and list[i] <= rest.last and list[i] or nil
end

local function last_place(rest, operator)
  local list, i = rest.places[operator], rest.right[operator]
  while list[i] and list[i] > rest.last do i = i - 1 end
  rest.right[operator] = i
  return list[i] and list[i] >= rest.first and list[i] or nil
end

--- Whether a text can be a host: letters, digits and - _ . without an empty label
-- but at the end ("att."), or an address literal.
-- @string host
-- @treturn boolean
function hops.is_host(host)
  if host:find "^%[[^%[%]%c]+%]$" then return true end
  return host:find "^[%w_.\128-\255-]+$" ~= nil and not host:find "^%." and not host:find "%.%."
end

-- Adds the host from one byte to another; returns code, position where it is none.
local function add(found, rest, from, to, operator)
  local host = rest.text:sub(from, to)
  if not hops.is_host(host) then return "route-host", from end
  found.hops[#found.hops + 1] = host
  found.operators[#found.operators + 1] = operator
end

-- Takes `@a,@b:` off; returns code, position where it is none.
local function take_route(found, rest)
  local colon = first_place(rest, ":")
  if not colon then return "route-invalid", rest.first end
  repeat
    local at, comma = rest.first, first_place(rest, ",")
    local stop = comma and comma < colon and comma or colon
    if first_place(rest, "@") ~= at then return "route-invalid", at end
    local code, position = add(found, rest, at + 1, stop - 1, ":")
    if code then return code, position end
    rest.first = stop + 1
  until stop == colon
end

-- Takes `@host` or `%host` off the right; returns false where there is none.
local function take_right(found, rest, operator)
  local at = last_place(rest, operator)
  if not at then return false end
  local last = rest.last
  rest.last = at - 1
  return true, add(found, rest, at + 1, last, operator)
end

-- Takes `host!` off the left; returns false where there is none.
local function take_left(found, rest, operator)
  local at = first_place(rest, operator)
  if not at then return false end
  local first = rest.first
  rest.first = at + 1
  return true, add(found, rest, first, at - 1, operator)
end

local TAKE = { ["@"] = take_right, ["%"] = take_right, ["!"] = take_left }

-- Takes the next host; returns false where there is none.
local function take(found, rest, precedence)
  if first_place(rest, "@") == rest.first then return true, take_route(found, rest) end
  for operator in precedence:gmatch "." do
    local taken, code, position = TAKE[operator](found, rest, operator)
    if taken then return true, code, position end
  end
  return false
end

-- The user as a local part, without quotes; or nil, code, position.
local function user_of(rest)
  local user = rest.text:sub(rest.first, rest.last)
  local read, _, code, position = core.parse(user .. "@x", { type = "SMTP", notation = "native" })
  if not read then return nil, code, math.min(position, #user + 1) + rest.first - 1 end
  return read.localpart
end

-- Reads what has been scanned; returns the path, or nil, code, position.
local function read(text, places, precedence)
  local found, rest = { hops = {}, operators = {} }, rest_of(text, places)
  local taken, code, position
  repeat
    taken, code, position = take(found, rest, precedence)
    if code then return nil, code, position end
  until not taken
  if #found.hops == 0 then return nil, "domain-missing", #text + 1 end
  found.user, code, position = user_of(rest)
  if not found.user then return nil, code, position end
  found.domain = found.hops[#found.hops]
  return found
end

local function same(one, other)
  if not one or not other then return one == other end
  return one.user == other.user and table.concat(one.hops, "!") == table.concat(other.hops, "!")
end

--- Reads a text by each of some precedences, which have to agree.
-- @string text
-- @tparam table precedences an array of them
-- @treturn table the path; or nil, message, code, position
function hops.read(text, precedences)
  local places, found, code, position
  places, code, position = places_in(text)
  if not places then return fail(code, position) end
  found, code, position = read(text, places, precedences[1])
  for i = 2, #precedences do
    if not same(found, (read(text, places, precedences[i]))) then
      return fail("route-ambiguous", places["!"][1])
    end
  end
  if not found then return fail(code, position) end
  return found
end

return hops
