--- The functions that a script may give, when they are called, what they get and may return.
--
-- Each has its `arguments`, { name, type, doc }, and its `answers`, { type, doc }: it returns one of
-- them.  The events are those that are called `on.NAME`; the others are fields of a word.
-- @module postoffice.policy.language.reference.events

local VERDICT = { "verdict", "reject(), defer() or pass(): that is the delivery" }
local ENVELOPE = { "envelope", "envelope", "what the host knows of the message" }

return {
  {
    name = "on.recipient",
    doc = "Called for each recipient before the directory, once it is read and what was"
      .. " encapsulated is opened. What entries, lists and rewrites lead to does not come by here."
      .. " `<Postmaster>`, who is the first local domain's, has no domain.",
    example = [[
function on.recipient(address, envelope)
  if address.type == "FAX" and not envelope.may_relay then
    return reject("fax is for our users", "5.7.1")
  end
end]],
    arguments = { { "address", "address", "the recipient" }, ENVELOPE },
    answers = {
      { "nil", "go on" },
      { "address | string", "go on with this one instead" },
      { "(address | string)[]", "go on with these; an empty list is the reject list-empty" },
      VERDICT,
    },
  },
  {
    name = "on.route",
    doc = "Called after a connector is chosen, for each final recipient. The connector that it"
      .. " names is held to its guards, its weight and the envelope's down: where it cannot carry"
      .. " the message, that is the verdict, and no other takes its place; but one that the message"
      .. " arrived by is passed over.",
    example = [[
function on.route(route, envelope)
  if envelope.client == "192.0.2.25" then return "scanner" end
end]],
    arguments = { { "route", "route", "what was chosen" }, ENVELOPE },
    answers = {
      { "nil", "the choice stands" }, { "string", "the name of another connector" }, VERDICT,
    },
  },
  {
    name = "on.delivery",
    doc = "Called on every delivery, whatever its verdict, as it would be handed to the host. Its"
      .. " entry and via tell what led to it, whatever was typed. It can be refused here, not"
      .. " changed.",
    example = [[
function on.delivery(delivery, envelope)
  if delivery.entry == "Board" and not envelope.authenticated then
    return reject("this list is for members", "5.7.1")
  end
end]],
    arguments = { { "delivery", "delivery", "what the host would get" }, ENVELOPE },
    answers = {
      { "nil", "so be it" }, { "delivery", "the same, with its argument as it was" }, VERDICT,
    },
  },
  {
    name = "rewrite.match",
    doc = "Called instead of a pattern, for each address that the directory does not have and no"
      .. " rewrite before this one has changed. As in an if, all but nil and false is true.",
    example = [[
rewrite {
  match = function(address) return address.type == "FAX" and { number = address.number } end,
  to = function(address, captures) return captures.number .. "@fax.example" end,
}]],
    arguments = { { "address", "address", "which nobody has" }, ENVELOPE },
    answers = {
      { "nil", "it does not match" }, { "false", "likewise" },
      { "true", "it matches, and captures nothing" },
      { "table<string, string>", "it matches, and this is what it captures, for a function `to`" },
    },
  },
  {
    name = "rewrite.to",
    doc = "Called to make the new address of one that matches. The same again makes the rewrite an"
      .. " exception from those after it.",
    example = [[
rewrite "SMTP:{user}@old.example" {
  to = function(address, captures) return ask("moved", captures.user) end,
}]],
    arguments = {
      { "address", "address", "which matches" },
      { "captures", "table<string, string>", "what the pattern or match captured, by name" },
      ENVELOPE,
    },
    answers = {
      { "nil", "not this one: the rewrites after it are tried" },
      { "address | string", "the new address" }, { "(address | string)[]", "several" }, VERDICT,
    },
  },
}
