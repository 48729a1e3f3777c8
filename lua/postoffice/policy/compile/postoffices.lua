--- The post offices a policy declares, and what is reached through them.
--
-- They are cc:Mail's; or, under a name that begins with a type, the places of another type at which
-- mailboxes are those of a gateway: `NOTES:INTERNET`, `MS:NET/GW`.
-- @module postoffice.policy.compile.postoffices

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"
local types = require "postoffice.policy.language.types"

local postoffices = {}

local lower = string.lower

local MAX_DEPTH = 64 -- post offices on the way to one

-- By type, the field of its mailboxes, those of their places, how a place is written as the name of a
-- post office, and the pattern of its mailboxes.
local CCMAIL = { mailbox = "mailbox", pattern = "CCMAIL:* at %s" } -- whose places have own names
local NOTES = { mailbox = "name", fields = { "domain" }, prefix = "notes:", pattern = "NOTES:*@%s" }
local MS = { mailbox = "mailbox", fields = { "network", "postoffice" }, prefix = "ms:",
  separator = "/", pattern = "MS:%s/*" }
local PCM = { mailbox = "mailbox", fields = MS.fields, prefix = "pcm:", separator = "/",
  pattern = "PCM:%s/*" }
local GWISE = { mailbox = "object", fields = { "domain", "postoffice" }, prefix = "gwise:",
  separator = ".", pattern = "GWISE:%s.*" }
local MSMAIL = { mailbox = "mailbox", fields = { "server" }, prefix = "msmail:",
  pattern = "MSMAIL:*@%s" }

local PLACES = {
  CCMAIL = CCMAIL, NOTES = NOTES, MS = MS, PCM = PCM, GWISE = GWISE, GROUPWISE = GWISE,
  MSMAIL = MSMAIL, MSA = MSMAIL,
}

local EXAMPLES = "NOTES:DOMAIN, MS:NETWORK/POSTOFFICE, PCM:NETWORK/POSTOFFICE,"
  .. " GWISE:DOMAIN.POSTOFFICE or MSMAIL:SERVER"

--- A name as names compare: without case, whitespace collapsed (Q237588), as in cc:Mail's keys.
-- @tparam string name
-- @treturn string
function postoffices.fold(name)
  return (lower(name):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local fold = postoffices.fold

--- The post office of a name, in any case.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
function postoffices.find(compiled, name) return compiled.named[fold(name)] end

--- The post office of a name if it is cc:Mail's: an address of cc:Mail names no other.
-- @tparam table compiled
-- @tparam string name
-- @treturn table|nil
function postoffices.find_ccmail(compiled, name)
  local postoffice = postoffices.find(compiled, name)
  return postoffice and not postoffice.is_typed and postoffice or nil
end

--- The post office that an address names.
-- @tparam table compiled
-- @tparam table address
-- @treturn table|nil
function postoffices.of(compiled, address)
  local place = PLACES[address.type]
  if not place then return nil end
  if place == CCMAIL then
    return address.postoffice and postoffices.find_ccmail(compiled, address.postoffice)
  end
  if not compiled.is_typed then return nil end
  local texts = {}
  for i, field in ipairs(place.fields) do
    if not address[field] then return nil end
    texts[i] = address[field]
  end
  return compiled.named[place.prefix .. fold(table.concat(texts, place.separator))]
end

--- The pattern of all mailboxes at a post office.
-- @tparam table postoffice
-- @treturn string
function postoffices.pattern(postoffice)
  local type_name, place = nil, postoffice.name
  if postoffice.is_typed then type_name, place = place:match "^([^:]*):(.*)$" end
  local at = type_name and PLACES[type_name:upper()] or CCMAIL
  return at.pattern:format((place:gsub("[*?{}\\]", "\\%0")))
end

--- The end of a message about a name that nobody declared.
-- @tparam table compiled
-- @tparam string name
-- @treturn string
function postoffices.undeclared(compiled, name)
  return ('post office "%s" is not declared%s'):format(name,
    suggest.listing(lists.names(compiled.list), "declared"))
end

local function link(compiled, errors)
  for _, postoffice in ipairs(compiled.list) do
    local via = postoffice.declaration.fields.via
    if via then
      postoffice.via = postoffices.find(compiled, via)
      if not postoffice.via then
        errors.add(postoffice.declaration, ": via: %s", postoffices.undeclared(compiled, via))
      end
    end
  end
end

-- The address of a mailbox at a place; nil where that has more parts or fewer.
local function address_at(type_name, place, text)
  local address, parts = { type = type_name, [place.mailbox] = "x" }, {}
  local separator = place.separator or "\n" -- which no name has
  for part in (text .. separator):gmatch("([^" .. separator .. "]*)%" .. separator) do
    parts[#parts + 1] = part
  end
  if #parts ~= #place.fields then return nil end
  for i, field in ipairs(place.fields) do address[field] = parts[i] end
  return address
end

-- Whether addresses of a type can be at a place, which is no pattern.
local function can_be_at(type_name, place, text)
  local address = not text:find "[*?]" and address_at(type_name, place, text)
  local native = address and core.format(address, "native")
  return native and core.parse(native, { type = type_name, notation = "native" }) ~= nil
end

-- Says what to write instead of a place that no address has: often the mailbox stands in it, too.
local function fail_place(declaration, type_name, place, text, errors)
  local meant = text:gsub("^%*@", ""):gsub("[/.]%*$", "")
  errors.add(declaration, " is no place of %s that an address can have; write %s", type_name,
    can_be_at(type_name:upper(), place, meant) and ('"%s:%s"'):format(type_name, meant) or EXAMPLES)
end

-- Whether a name is that of a place of another type than cc:Mail; nil, with an error, if that type
-- has no such places.
local function is_typed(declaration, errors)
  local type_name, text = declaration.name:match "^([%w.&_-]+):(.*)$"
  if not type_name or not types.is_known(type_name:upper()) then return false end
  local place = PLACES[type_name:upper()]
  if place and place.prefix == type_name:lower() .. ":" then
    if can_be_at(type_name:upper(), place, text) then return true end
    return fail_place(declaration, type_name, place, text, errors)
  end
  errors.add(declaration, " is at no place of %s that a gateway can have; write %s, or a name of"
    .. " cc:Mail's", type_name, EXAMPLES)
end

-- The post offices from this one to the one next to us, or nil and the one where `via` comes
-- back to; or nil if the way is too long.
local function hops_from(postoffice)
  local hops, seen = {}, {}
  local at = postoffice
  while at do
    if seen[at] then return nil, at end
    if #hops == MAX_DEPTH then return nil end
    seen[at], hops[#hops + 1] = true, at.name
    at = at.via
  end
  return hops
end

local function reversed(list)
  local out = {}
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out
end

-- The post offices from the one next to us to this one; adds an error if there is no such path.
local function path_to(postoffice, errors)
  local hops, again = hops_from(postoffice)
  if hops then return reversed(hops) end
  postoffice.via = nil
  if again then
    errors.fail("route-loop", postoffice.declaration,
      ': via leads back to "%s"; one post office on the way has to be without via', again.name)
  else
    errors.add(postoffice.declaration,
      ": via leads over more than %d post offices; name one that is nearer to us", MAX_DEPTH)
  end
end

--- Compiles `postoffice` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table for `find`, `of` and `all`
function postoffices.compile(declarations, errors)
  local compiled = { list = {}, named = {}, is_typed = false, is_ccmail = false }
  for _, declaration in errors.each(declarations) do
    local gateway = declaration.fields.gateway
    local postoffice = { name = declaration.name, gateway = gateway and gateway:upper(),
      declaration = declaration }
    postoffice.is_typed = is_typed(declaration, errors)
    compiled.is_typed = compiled.is_typed or postoffice.is_typed
    compiled.is_ccmail = compiled.is_ccmail or not postoffice.is_typed
    table.insert(compiled.list, postoffice)
    compiled.named[fold(declaration.name)] = postoffice
  end
  link(compiled, errors)
  for _, postoffice in ipairs(compiled.list) do
    postoffice.path = path_to(postoffice, errors)
  end
  return compiled
end

--- Whether any post office is declared: only then is an unknown name an error.
-- @tparam table compiled
-- @treturn boolean
function postoffices.are_declared(compiled) return #compiled.list > 0 end

--- Whether any of cc:Mail's is: only then is an address at an unknown one an error.
-- @tparam table compiled
-- @treturn boolean
function postoffices.are_ccmail(compiled) return compiled.is_ccmail end

--- All post offices, in file order.
-- @tparam table compiled
-- @treturn {table,...}
function postoffices.all(compiled) return compiled.list end

--- Which post offices are gateways of our own: those that nothing else leads to.
-- @tparam table compiled
-- @tparam {table,...} connectors
function postoffices.reached(compiled, connectors)
  local reached = {}
  for _, connector in ipairs(connectors) do
    local postoffice = connector.reaches and postoffices.find(compiled, connector.reaches)
    if postoffice then reached[postoffice] = true end
  end
  for _, postoffice in ipairs(compiled.list) do
    postoffice.ours = postoffice.gateway ~= nil and not postoffice.via and not reached[postoffice]
  end
end

--- What a gateway makes of a mailbox, which it reads in its canonical spelling.
-- @tparam table postoffice
-- @tparam table address
-- @treturn table|nil address
-- @treturn string message
-- @treturn string code
function postoffices.inner(postoffice, address)
  local mailbox = families.canonical(address)[PLACES[address.type].mailbox]
  return core.parse(mailbox, { type = postoffice.gateway,
    notation = "native", unknown = true })
end

--- What becomes of an address after the next hop.
-- @tparam table compiled
-- @tparam table address
-- @tparam[opt] string reaches the post office that the next hop is
-- @treturn table final the address at the far end
-- @treturn {string,...} path the post offices from the next hop on
-- @treturn table|nil gateway the post office that made `final`
-- @treturn table|nil the gateway that cannot read the address
function postoffices.foretell(compiled, address, reaches)
  if not (reaches or address.type == "CCMAIL" or compiled.is_typed) then return address, {} end
  local next_one = reaches and postoffices.find(compiled, reaches)
  local path = { next_one and next_one.name or reaches }
  local postoffice = postoffices.of(compiled, address)
  if not postoffice then return address, path end
  for _, name in ipairs(postoffice.path) do
    if not (next_one and next_one.name == name) then path[#path + 1] = name end
  end
  if not postoffice.gateway then return address, path end
  local inner = postoffices.inner(postoffice, address)
  if not inner then return address, path, nil, postoffice end
  return inner, path, postoffice
end

return postoffices
