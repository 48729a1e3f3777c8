--- Brings addresses from one type to another: out of what carries them, or into it.
-- @module postoffice.cli.convert

local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local stop = require "postoffice.cli.stop"

local MAX_SHELLS = 8

-- What carries addresses of other types: the option, and the shell's field, that says where.
local CARRIERS = { SMTP = "domain", CCMAIL = "postoffice" }

-- The address of a type that is inside, or nil.
local function inside(address, kind)
  for _ = 1, MAX_SHELLS do
    if address.type == kind then return address end
    address = postoffice.decapsulate(address)
    if not address then return nil end
  end
end

-- An address inside one of a type, or nil, message, code.
local function carried(address, kind, options)
  local field = CARRIERS[kind]
  if not field then
    local message = postoffice.message "encapsulation-type"
    return nil, message, "encapsulation-type"
  elseif not options[field] then
    stop.with(stop.WRONG_USE, ("%s is to be carried inside %s; say where with --%s"):format(
      output.visible(tostring(address)), kind, field))
  end
  return postoffice.encapsulate(address, kind, { [field] = options[field] })
end

--- Makes a function from an address's text to that of the converted one.
-- @tparam table options of the command: `to`, `as`, `domain`, `postoffice`
-- @tparam function read parses a text
-- @treturn function; it returns nil, message, code, position where it cannot
local function maker(options, read)
  local kind = options.to:upper()
  return function(text)
    local address, message, code, position = read(text)
    if not address then return nil, message, code, position end
    local made = inside(address, kind)
    if not made then made, message, code = carried(address, kind, options) end
    if not made then return nil, message, code end
    return postoffice.format(made, options.as)
  end
end

return maker
