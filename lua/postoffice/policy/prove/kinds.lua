--- What a change is for others than its witness: two addresses with which the same is done are of one kind.
-- @module postoffice.policy.prove.kinds

local core = require "postoffice.core"
local lists = require "postoffice.lists"
local write = require "postoffice.address".show

local kinds = {}

local concat, find = table.concat, string.find
local gsub, lower, match, sub = string.gsub, string.lower, string.match, string.sub

local UNKNOWN = { unknown = true }

-- What makes two deliveries different; those that go nowhere, whatever way they would have gone.
local FIELDS = {
  "verdict", "code", "status", "connector", "nexthop", "entry", "extension", "address", "final",
  "sender",
}
local WITHOUT_WAY = { "verdict", "code", "status", "entry" }

local function fields_of(delivery)
  return delivery.verdict == "deliver" and FIELDS or WITHOUT_WAY
end

--- A value of a delivery as text.
-- @param value an address, another value or nil
-- @treturn string
function kinds.shown(value)
  if value == nil then return "" end
  return type(value) == "table" and write(value) or tostring(value)
end

local shown = kinds.shown

--- A value of a delivery as what it is compared by: domains are the same in upper and lower case (RFC 5321 2.4).
-- @param value an address, another value or nil
-- @treturn string
function kinds.compared(value)
  local text = shown(value)
  if type(value) ~= "table" or value.type ~= "SMTP" then return text end
  return (gsub(text, "@[^@]*$", lower))
end

local compared = kinds.compared

--- A delivery as one text, which another one has to which nothing else happens.
-- @tparam table delivery
-- @tparam[opt] boolean is_blind whether its sender is not looked at
-- @treturn string
function kinds.text(delivery, is_blind)
  local parts = {}
  for i, name in ipairs(fields_of(delivery)) do
    parts[i] = is_blind and name == "sender" and "" or compared(delivery[name])
  end
  return concat(parts, "\t")
end

-- All deliveries as one text, by what makes a text of each; their order does not matter.
local function line_of(deliveries, text, ...)
  local lines = {}
  for i, delivery in ipairs(deliveries) do lines[i] = text(delivery, ...) end
  table.sort(lines)
  return concat(lines, "\n")
end

--- All deliveries as one text, whatever their order, which others have to which nothing else happens.
-- @tparam {table,...} deliveries
-- @treturn string
function kinds.line(deliveries) return line_of(deliveries, kinds.text) end

--- Whether an address comes to something else.
-- @tparam {table,...} old deliveries
-- @tparam {table,...} new deliveries
-- @tparam[opt] boolean is_blind whether senders are not looked at
-- @treturn boolean
function kinds.differ(old, new, is_blind)
  return line_of(old, kinds.text, is_blind) ~= line_of(new, kinds.text, is_blind)
end

-- ---- For others than a witness -------------------------------------------------

-- The name in an address as text, be it with its type, folded.
local function name_in(text)
  return match(lower(match(text, "^%a[%w-]*:(.*)$") or text), "^(.-)@?[^@]*$")
end

-- What is inside an address, and what carries it as a text without that.
local function opened(address)
  local inside, shell = core.decapsulate(address)
  if not inside then return nil end
  local parts = {}
  for i, name in ipairs(lists.keys(shell)) do parts[i] = name .. "=" .. tostring(shell[name]) end
  return inside, lower(concat(parts, " "))
end

-- Goes through an address and those inside it, from the outermost on: each as a text, with what carries it.
local function each_layer(address)
  local inside, carriers, count = address, "", 0
  return function()
    if type(inside) ~= "table" or count > core.max_carriers then return nil end
    local text, around = write(inside), carriers
    local inner, shell = opened(inside)
    inside, count = inner, count + 1
    carriers = inner and " in " .. shell .. carriers
    return text, around
  end
end

--- What of an address some others have inside them, too, or are: the outermost one.
-- @param address another value is none
-- @tparam table layers by the texts of such, folded
-- @return what it is in `layers`, or nil
-- @treturn string what carries it, for others to compare: " in ..."
function kinds.inside(address, layers)
  for text, carriers in each_layer(address) do
    local layer = layers[lower(text)]
    if layer then return layer, carriers end
  end
end

--- An address and those inside it.
-- @param address another value is none
-- @treturn table what carries each, as `kinds.inside` tells it, by their texts, folded
function kinds.layers(address)
  local layers = {}
  for text, carriers in each_layer(address) do layers[lower(text)] = carriers end
  return layers
end

--- An address as it is for others than a witness: "=" if it is the witness, or in it, and with what carries it if it
-- carries that; its domain if it has the witness's name, else itself.
-- @param value an address, another value or nil
-- @tparam table witness see `kinds.witness`
-- @tparam[opt] boolean is_found whether it is an entry's, which has its name from nobody else
-- @treturn string
function kinds.in_general(value, witness, is_found)
  local text = lower(shown(value))
  if witness.layers[text] then return "=" end
  local is_inside, carriers = kinds.inside(value, witness.layers)
  if is_inside then return "=" .. carriers end
  local name, back = name_in(text), match(text, "@[^@]*$")
  if not is_found and back and name ~= "" and name == witness.name then return "*" .. back end
  return text
end

local in_general = kinds.in_general

-- As whom a sender is handed over who keeps his name, be it in what is signed, as "*"; nil where he does not.
local function with_his_name(text, sender)
  local name = match(sender, "^(.*)@[^@]*$")
  local front, middle, back = match(text, "^(%l+:)(.*)(@[^@]*)$")
  local host, inside = match(middle or "", "^srs0=[^=]*=[^=]*=([^=]*)=(.*)$")
  if not middle or (inside or middle) ~= name then return nil end
  return front .. (host and "srs0=" .. host .. "=" or "") .. "*" .. back
end

--- Whom a sender is handed over as, as it is for others: who stays in that who he is, be it wrapped, as "~"; who
-- keeps his name alone by that and "*".
-- @param value an address, `<>` or nil
-- @tparam table witness see `kinds.witness`
-- @treturn string
function kinds.sender_in_general(value, witness)
  local text, sender = lower(shown(value)), witness.sender
  if not sender then return in_general(value, witness) end
  local first, last = find(text, sender, 1, true)
  if first then return sub(text, 1, first - 1) .. "~" .. sub(text, last + 1) end
  return with_his_name(text, sender) or in_general(value, witness)
end

-- A sender's text without a type, folded; nil where there is none.
local function bare_text(sender)
  local text = sender and lower(shown(sender)):gsub("^%l+:", "")
  return text and find(text, "@", 1, true) and text or nil
end

-- What is known of a witness, whoever writes to it.
local function read_witness(text)
  local layers, innermost = { [lower(text)] = true }, text
  for inner, carriers in each_layer(core.parse(text, UNKNOWN)) do
    if carriers ~= "" then layers[lower(inner)], innermost = true, inner end
  end
  return { text = text, layers = layers, name = name_in(innermost) }
end

local last_witness = {} -- of whom others are asked with each message to it

--- What is known of a witness: what it carries, too, and what that does, with which the same is done; and of
-- who writes to it.
-- @string text its address
-- @tparam string|table|nil sender
-- @treturn table `layers`, a set of texts; `name`; `sender`
function kinds.witness(text, sender)
  if last_witness.text ~= text then last_witness = read_witness(text) end
  return { layers = last_witness.layers, name = last_witness.name, sender = bare_text(sender) }
end

--- What a delivery is for others than a witness; of what will become of it, the type.
-- @tparam table delivery
-- @tparam table witness see `kinds.witness`
-- @tparam[opt] boolean is_blind whether its sender is not looked at
-- @treturn string
function kinds.of_delivery(delivery, witness, is_blind)
  local parts = {}
  for i, name in ipairs(fields_of(delivery)) do
    local value = delivery[name]
    if type(value) == "table" and name == "final" then value = value.type end
    if name == "sender" then
      value = kinds.sender_in_general(value, witness)
    elseif type(value) == "table" then
      value = in_general(value, witness, delivery.entry ~= nil)
    end
    parts[i] = is_blind and name == "sender" and "" or shown(value)
  end
  return concat(parts, "\t")
end

--- What two policies do with a witness, as it is for others of its kind; without the sender, unless that
-- is all that changes.
-- @tparam {table,...} old deliveries
-- @tparam {table,...} new deliveries
-- @string text the witness
-- @tparam string|table|nil sender
-- @treturn string
function kinds.of(old, new, text, sender)
  local is_blind, witness = kinds.differ(old, new, true), kinds.witness(text, sender)
  return line_of(old, kinds.of_delivery, witness, is_blind) .. "\n->\n"
    .. line_of(new, kinds.of_delivery, witness, is_blind)
end

return kinds
