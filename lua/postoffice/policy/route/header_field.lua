--- Rewriting the addresses inside a header field.
--
-- Recipients' fields are rewritten as recipients are, senders' fields as senders
-- are on their way out, by what holds for all connectors: what is written into a
-- header cannot know where the mail will go.
-- @module postoffice.policy.route.header_field

local apply = require "postoffice.policy.route.stage4_rewrite".apply
local core = require "postoffice.core"
local sender_of = require "postoffice.policy.route.stage6_sender".rewritten

local header_field = {}

-- Whose addresses a field holds (RFC 5322 3.6.2, 3.6.3, 3.6.6).
local FIELDS = {
  ["to"] = "recipients", ["cc"] = "recipients", ["bcc"] = "recipients",
  ["resent-to"] = "recipients", ["resent-cc"] = "recipients", ["resent-bcc"] = "recipients",
  ["from"] = "senders", ["sender"] = "senders", ["reply-to"] = "senders",
  ["resent-from"] = "senders", ["resent-sender"] = "senders", ["resent-reply-to"] = "senders",
}

-- What the first rewrite makes of a recipient: a list; nil for the same; or nil and a verdict.
local function rewrite_recipient(routing, address, key)
  local made, _, failure = apply(routing, { address = address, key = key })
  return made, failure
end

local function rewrite_sender(routing, address, key)
  local made = sender_of(routing, address)
  if made ~= address and core.key(made) ~= key then return { made } end
end

local REWRITES = { recipients = rewrite_recipient, senders = rewrite_sender }

-- Addresses as a header holds them; or nil, message, code.
local function text_of(addresses)
  local texts = {}
  for i, address in ipairs(addresses) do
    if address.type ~= "SMTP" then
      local code = "notation-type"
      return nil, (core.message(code)), code
    end
    local text, message, code = core.format(address, "native")
    if not text then return nil, message, code end
    texts[i] = text
  end
  return texts
end

-- Appends the value from `from` to the end of a place's entry, with new addresses in the place:
-- those after the first follow the entry.  Returns where the rest begins.
local function splice(pieces, value, from, place, texts)
  pieces[#pieces + 1] = value:sub(from, place.first - 1) .. texts[1]
  pieces[#pieces + 1] = value:sub(place.last + 1, place.stop)
  for i = 2, #texts do pieces[#pieces + 1] = ", " .. texts[i] end
  return place.stop + 1
end

-- An address rewritten, as a header holds it; nil for the same; or nil, message, code.
local function rewritten(routing, rewrite, address)
  local key, message, code = core.key(address)
  if not key then return nil, message, code end
  local made, failure = rewrite(routing, address, key)
  if failure then return nil, failure.detail or failure.message, failure.code end
  if made then return text_of(made) end
end

local function error_at(value, place, message, code)
  return {
    code = code, message = message, position = place.first,
    text = value:sub(place.first, place.last),
  }
end

--- Rewrites a field's value.
-- @tparam table routing
-- @string name the field's, in any case
-- @string value
-- @treturn string the value; the same if nothing in it is rewritten
-- @treturn number how many addresses were
-- @treturn {table,...} what could not be read or rewritten, and stays as it was
function header_field.rewrite(routing, name, value)
  local rewrite = REWRITES[FIELDS[name:lower()]]
  if not rewrite then return value, 0, {} end
  local places, errors = core.list_places(value)
  local pieces, rest, count = {}, 1, 0
  for _, place in ipairs(places) do
    local texts, message, code = rewritten(routing, rewrite, place.address)
    if texts then
      rest, count = splice(pieces, value, rest, place, texts), count + 1
    elseif code then
      errors[#errors + 1] = error_at(value, place, message, code)
    end
  end
  pieces[#pieces + 1] = value:sub(rest)
  return table.concat(pieces), count, errors
end

return header_field
