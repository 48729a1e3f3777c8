--- What functions of a script name and nobody has, and what they match by or return that is none, for
-- `postoffice.policy.prove.lint`: it would be heard of when mail comes.
-- @module postoffice.policy.prove.lint_script

local arguments = require "postoffice.policy.route.arguments"
local lacks = require "postoffice.policy.language.lacks"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local patience = require "postoffice.policy.prove.patience"
local reference = require "postoffice.policy.language.reference"
local script_names = require "postoffice.policy.prove.script_names"
local slips = require "postoffice.policy.language.slips"
local suggest = require "postoffice.suggest"

-- The texts of a script, each with the name of its file.
local function texts_of(origin)
  local texts = { { text = origin.source, chunkname = origin.chunkname } }
  lists.add_all(texts, origin.includes)
  return texts
end

-- A place in a text, as a declaration.
local function place_in(text, line)
  local file = text.chunkname:match "^[@=](.*)$" or text.chunkname
  return { word = "script", file = file, line = line }
end

-- What tells of a name in a text.
local function teller(text, find)
  local line_of = script_names.lines(text.text)
  return function(mention, severity, message, advice, code)
    find(severity, code or "name-unknown", place_in(text, line_of(mention.at)), message, advice)
  end
end

-- ---- Globals --------------------------------------------------------------------

-- The end of a sentence about what raises.
local WAITS = ": mail for which it does waits"

-- What is said of a global that no script has.
local function tell_lack(mention, name, tell)
  tell(mention, "error", ("names %s, which no script has"):format(name) .. WAITS, lacks[name])
end

-- What is said of a field that a library has not, unless the script looks whether it is there.
local function tell_field(mention, seen, tell)
  local whole = mention.name .. "." .. mention.field
  if seen[whole].is_tested then return end
  tell(mention, "error", ("uses %s, which no script has"):format(whole) .. WAITS,
    slips.instead(mention.name, mention.field))
end

-- What is said of a global that nothing sets.
local function tell_unset(mention, seen, known, tell)
  local name = mention.name
  if seen[name].is_tested then
    tell(mention, "warning", ("names %s, which nothing sets: it is always nil"):format(name),
      slips.of_unset(name, known))
  else
    tell(mention, "error", ("uses %s, which nothing sets"):format(name) .. WAITS,
      slips.of_unset(name, known))
  end
end

local function look_at(mention, seen, known, tell)
  local name, field = mention.name, mention.field
  local whole = field and name .. "." .. field
  if known.assigned[name] then return end
  local lacked = lacks[name] and name or lacks[whole] and whole
  if lacked then return tell_lack(mention, lacked, tell) end
  if slips.has(name, field) then return end
  if field and slips.has(name) then return tell_field(mention, seen, tell) end
  return tell_unset(mention, seen, known, tell)
end

-- By the name of what is mentioned, whether that is tested anywhere: named without being used.
local function tested(mentions, seen)
  for _, mention in ipairs(mentions) do
    local whole = mention.field and mention.name .. "." .. mention.field or mention.name
    seen[whole] = seen[whole] or {}
    seen[whole].is_tested = seen[whole].is_tested or not mention.is_used
    seen[mention.name] = seen[mention.name] or {}
  end
end

-- ---- Arguments ------------------------------------------------------------------

-- The names of the fields of what an event is given, and what that is; nil where they may be any.
local function fields_of(event, place)
  local entry = reference.find(event)
  local argument = entry and entry.arguments[place]
  local record = argument and argument.type ~= "address" and reference.find(argument.type)
  if not record then return nil end
  local names = {}
  for _, field in ipairs(record.fields) do
    if not field.hidden then names[#names + 1] = field.name end
  end
  return names, record.name
end

-- Finds fields that what an event is given never has.
local function look_at_field(read, tell)
  local names, record = fields_of(read.event, read.place)
  if not names or lists.contains(names, read.field) then return end
  tell(read, "warning", ("reads %s.%s, which no %s has: it is always nil"):format(read.name,
    read.field, record), suggest.phrase(read.field, names, "it has"):sub(3))
end

-- ---- What is looked up ----------------------------------------------------------

local CORRECT = "correct it: mail for which it does waits"

-- By the function, what looks up what its calls say, and what is told of that.
local LOOKED_UP = {
  ["mail.in_set"] = { code = "name-unknown", find = arguments.set },
  ["mail.matches"] = {
    code = "pattern-wrong",
    find = function(compiled, text) return arguments.matcher(compiled, text, matchers.read) end,
  },
}

-- Finds sets that are not declared, and texts that are no patterns.
local function look_at_call(compiled, mention, known, tell)
  local whole = mention.field and mention.name .. "." .. mention.field
  local looked_up = mention.said and not known.assigned[mention.name] and LOOKED_UP[whole]
  if not looked_up then return end
  local found, wrong = looked_up.find(compiled, mention.said)
  if found then return end
  tell(mention, "error", ("calls %s: %s"):format(whole, wrong), CORRECT, looked_up.code)
end

-- By the event, what looks up a text that it returns, and what is told of that.
local RETURNED = {
  ["on.route"] = { code = "return-wrong", find = arguments.connector },
  ["on.recipient"] = {
    code = "return-wrong", find = function(_, text) return arguments.address(text) end,
  },
}

-- Finds connectors that are not declared, and texts that are no addresses.
local function look_at_return(compiled, returned, tell)
  local looked_up = RETURNED[returned.event]
  if not looked_up then return end
  local found, wrong = looked_up.find(compiled, returned.said)
  if found then return end
  tell(returned, "error", ("fails: %s returned %s"):format(returned.event, wrong), CORRECT,
    looked_up.code)
end

-- ---- The script -----------------------------------------------------------------

-- Tells once of each name.
local function once(tell)
  local told = {}
  return function(mention, severity, message, ...)
    if not told[message] then tell(mention, severity, message, ...) end
    told[message] = true
  end
end

-- Looks at what was found in a text as long as there is time.
local function look_at_text(policy, text, found, seen, known, find)
  local tell, whole = once(teller(text, find)), place_in(text, 1)
  for _, mention in ipairs(found.globals) do
    if patience.ends(policy, find, whole) then return end
    look_at(mention, seen, known, tell)
    look_at_call(policy.compiled, mention, known, tell)
  end
  for _, read in ipairs(found.fields) do look_at_field(read, tell) end
  for _, returned in ipairs(found.returns) do
    look_at_return(policy.compiled, returned, tell)
  end
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_script(policy, find)
  if not policy.compiled.scripted or patience.is_over(policy) then return end
  local texts, known, seen = texts_of(policy.origin), { assigned = {}, locals = {} }, {}
  local all_found = lists.map(texts, function(text)
    local found = script_names.read(text.text, known)
    tested(found.globals, seen)
    return found
  end)
  for i, text in ipairs(texts) do look_at_text(policy, text, all_found[i], seen, known, find) end
end

return lint_script
