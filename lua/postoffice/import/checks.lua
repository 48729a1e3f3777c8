--- Reads from main.cf what the lists of smtpd_*_restrictions say of senders and recipients, and what
-- smtpd_restriction_classes do.
--
-- A list is read as steps: `table` (with `subject`, whom it is asked for, `name` and `rows`), `class` (with
-- `name`), `own` (our own networks, and who has logged in, are let past the rest), `permit`, `reject`,
-- `defer`, and `unknown`, which may let somebody past whom this policy does not know.
-- @module postoffice.import.checks

local notes = require "postoffice.import.notes"

local checks = {}

--- What a table of senders, and one of recipients, comes after.
checks.SENDERS, checks.RECIPIENTS = "check_sender_access", "check_recipient_access"

--- Whom these are asked for.
checks.SUBJECTS = { [checks.SENDERS] = "sender", [checks.RECIPIENTS] = "recipient" }

-- The lists of restrictions, in the order in which smtpd asks them; what they ask a table for that says
-- nothing else, and whether they know of one recipient (smtpd_check.c).
local LISTS = {
  { "smtpd_client_restrictions", knows = true },
  { "smtpd_helo_restrictions", knows = true },
  { "smtpd_sender_restrictions", default = "sender", knows = true },
  { "smtpd_relay_restrictions", default = "recipient", knows = true },
  { "smtpd_recipient_restrictions", default = "recipient", knows = true },
  { "smtpd_data_restrictions" }, { "smtpd_end_of_data_restrictions" },
}

-- What lets those of our own networks and who has logged in past the rest of a list.
local OWN = {
  permit_mynetworks = true, permit_sasl_authenticated = true, permit_tls_clientcerts = true,
  permit_tls_all_clientcerts = true,
}

-- What a policy does itself: strangers do not relay, and who is unknown is refused.
local DONE = {
  reject_unauth_destination = true, defer_unauth_destination = true,
  reject_unlisted_recipient = true,
}

-- What nothing comes after.
local ENDS = { permit = true, reject = true, defer = true }

-- What makes the next one a matter of logs.
local ONLY_LOGS = "warn_if_reject"

-- What is followed by a table, a server, a list or a number.
local TAKE_ONE = {
  "^check_.+_access$", "^check_policy_service$", "^reject_rbl_", "^reject_rhsbl_",
  "^permit_dnswl_", "^permit_rhswl_", "^sleep$",
}

local function takes_one(word)
  for _, pattern in ipairs(TAKE_ONE) do
    if word:find(pattern) then return true end
  end
  return false
end

-- Reads the step that begins at a word: it, or nil if there is nothing to do, how many words it has, and
-- whether they are all said by it.
local function read_step(words, at, known)
  local word, following = words[at]:lower(), words[at + 1]
  local subject = checks.SUBJECTS[word]
  if subject and following then
    local step = known.open(following, subject)
    return step or { kind = "unknown" }, 2, true
  elseif word:find(":", 1, true) and known.default then
    return known.open(words[at], known.default) or { kind = "unknown" }, 1, true
  elseif OWN[word] then
    return { kind = "own" }, 1, true
  elseif ENDS[word] then
    return { kind = word }, 1, true
  elseif DONE[word] then
    return nil, 1, true
  elseif known.classes[words[at]] then
    return { kind = "class", name = words[at] }, 1, true
  end
  local is_open = word:find "^check_" or word:find "^permit" or word:find(":", 1, true)
  local count = takes_one(word) and following and 2 or 1
  return is_open and { kind = "unknown" } or nil, count, false
end

--- Reads restrictions.
-- @tparam {string,...} words
-- @tparam table known `classes`, a set; `open`, a function of a table's name and whom it is asked for: a
--   step, or nil where it cannot be read; `default`, whom one is asked for that says nothing else
-- @treturn {table,...} steps
-- @treturn {string,...} the words that none of them says
function checks.steps(words, known)
  local steps, others, at = {}, {}, 1
  while words[at] do
    local is_logged = words[at]:lower() == ONLY_LOGS and words[at + 1] ~= nil
    local step, count, is_said = read_step(words, is_logged and at + 1 or at, known)
    if is_logged then step, count, is_said = nil, count + 1, false end
    steps[#steps + 1] = step
    for i = at, is_said and 0 or at + count - 1 do others[#others + 1] = words[i] end
    at = at + count
    if step and ENDS[step.kind] then break end
  end
  for i = at, #words do others[#others + 1] = words[i] end
  return steps, others
end

-- Whether steps ask for anything that a policy can say.
local function ask(steps)
  for _, step in ipairs(steps) do
    if step.kind == "table" or step.kind == "class" then return true end
  end
  return false
end

-- Whether steps do no more than a policy does anyway: none but those of ours are let past.
local function are_idle(steps)
  for _, step in ipairs(steps) do
    if step.kind ~= "own" and step.kind ~= "permit" then return false end
  end
  return true
end

local ONE = "it knows no recipient where there are several: in another list, it is said here"

-- Reads a list: its steps, and whether all is said of it.
local function read_list(self, parameter, how)
  local words = self.parameters:list(parameter)
  local place = ("main.cf:%d:1"):format(self.parameters:line(parameter) or 0)
  local steps, others = checks.steps(words, {
    classes = self.classes, default = how.default, open = function(name, subject)
      if subject == "sender" or how.knows then return self.open(name, subject, parameter) end
      return notes.add(self.site, "access", place, checks.RECIPIENTS .. " " .. name, ONE)
    end,
  })
  return { name = parameter, steps = steps, where = place }, others
end

local function note_others(self, list, others)
  if #others == 0 then return end
  notes.add(self.site, "access", list.where,
    ("%s = %s"):format(list.name, table.concat(others, " ")), self.why)
end

-- Whether who is let past a list relays by it: if nothing else says who does.
local function is_open(parameters, name)
  return name == "smtpd_relay_restrictions" or name == "smtpd_recipient_restrictions"
    and parameters:raw "smtpd_relay_restrictions" == ""
end

-- Marks the tables of a list after which others are refused that relay.
local function mark_open(self, list)
  if not is_open(self.parameters, list.name) then return end
  local text = self.parameters:get(list.name)
  for _, step in ipairs(list.steps) do
    step.is_open = text:find "_unauth_destination" ~= nil
  end
end

-- Reads the classes that main.cf names.
local function read_classes(self)
  for _, name in ipairs(self.parameters:list "smtpd_restriction_classes") do
    self.classes[name] = true
  end
  for name in pairs(self.classes) do
    local list, others = read_list(self, name, { knows = true })
    list.others = others
    self.site.classes[name] = list
  end
end

--- Reads the lists.
-- @tparam table site is given `access`, a list of lists, each with a `name`, `steps` and `where` it is
--   said, and `classes`, such lists by their names, with `others`, words that no step says
-- @tparam table parameters of main.cf
-- @tparam function open of a table's name, whom it is asked for, and a parameter: a step, or nil
-- @string why what is noted of other restrictions
-- @treturn table the parameters of which all is said
function checks.read(site, parameters, open, why)
  local self = { site = site, parameters = parameters, open = open, why = why, classes = {} }
  local said = {}
  read_classes(self)
  for _, how in ipairs(LISTS) do
    local name = how[1]
    local list, others = read_list(self, name, how)
    local asks = ask(list.steps)
    said[name] = asks or #others == 0 and are_idle(list.steps)
    if asks then
      mark_open(self, list)
      table.insert(site.access, list)
      note_others(self, list, others)
    end
  end
  return said
end

return checks
