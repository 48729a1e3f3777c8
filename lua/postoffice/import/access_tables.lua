--- Access tables as functions, with sets of whom they are about (access(5)).
--
-- What is found first of somebody decides: so whom a table names is asked for in the order in which it is
-- asked.
-- @module postoffice.import.access_tables

local action_of = require "postoffice.import.access_actions"
local source = require "postoffice.text.lua_source"
local fold = require "postoffice.import.site".fold
local subjects_of = require "postoffice.import.access_keys"

local access_tables = {}

local MOST_SENTENCES = 20 -- that are said; each takes a set of its own

local WIDTH = 100 -- columns of a line

local OPEN = "strangers may write there through the server: declare the domain as what it is"

-- Whether a key is about a domain that nothing says is ours or passed on.
local function is_elsewhere(self, key)
  local domain = key:match "([^@]+)$" -- none of a user, of whatever domain
  local is_foreign = domain ~= nil
  while domain do
    local folded = fold(domain:gsub("^%.", ""))
    if self.domains[folded] or self.domains["*." .. folded] then return false end
    domain = domain:match "^[^.]*%.(.+)$"
  end
  return is_foreign
end

-- Leaves the sentence of an action out if there are too many others.
local function spare_sentence(self, row, action, sentences)
  if action.sentence == "" or sentences[action.sentence] then return end
  if sentences.count == MOST_SENTENCES then
    self:note(row, "its sentence is not said: there are too many others", "")
    action.sentence = ""
  else
    sentences[action.sentence], sentences.count = true, sentences.count + 1
  end
end

-- What a row says, with notes of what it does not.
local function row_action(self, row, step, sentences)
  local action, why, of = action_of(row.says or row.value, self.classes)
  action.row, action.is_noted = row, why ~= nil
  if why then self:note(row, why, of) end
  if action.verb == "ok" and step.is_open and step.subject == "recipient"
    and is_elsewhere(self, row.key) then
    self:note(row, OPEN, "")
  end
  spare_sentence(self, row, action, sentences)
  return action
end

-- Whom a table names, those first who are looked up first.
local function read_table(self, step)
  local found, seen, sentences = {}, {}, { count = 0 }
  for _, row in ipairs(step.rows) do
    local key, subjects = row.key:lower(), subjects_of(self, row.key, step)
    if #subjects == 0 then
      self:note(row, ("no %s is looked up by this key"):format(step.subject))
    elseif seen[key] then
      self:note(row, "it stands twice")
    else
      seen[key] = true
      local action = row_action(self, row, step, sentences)
      for _, subject in ipairs(subjects) do
        subject.action, subject.at = action, #found
        found[#found + 1] = subject
      end
    end
  end
  table.sort(found, function(a, b)
    if a.rank ~= b.rank then return a.rank < b.rank end
    return a.at < b.at
  end)
  return found
end

local function id_of(action)
  return table.concat({ action.verb, action.status or "", action.text or action.sentence }, "\0")
end

-- Adds somebody to the last group if that is one of them, or was begun at the same rank; else begins one.
local function add_to_group(groups, subject)
  local id = id_of(subject.action)
  local group
  for i = #groups, 1, -1 do
    if groups[i].id == id then group = groups[i] end
    if group or groups[i].rank ~= subject.rank then break end
  end
  if not group then
    group = { id = id, action = subject.action, patterns = {}, rank = subject.rank, actions = {} }
    groups[#groups + 1] = group
  end
  group.is_null = group.is_null or subject.is_null
  table.insert(group.actions, subject.action)
  for _, pattern in ipairs(subject.patterns) do table.insert(group.patterns, pattern) end
end

-- Those of a table by what is done to them, in an order that decides.
local function groups_of(found)
  local groups = {}
  for _, subject in ipairs(found) do
    if #subject.patterns > 0 or subject.is_null then add_to_group(groups, subject) end
  end
  return groups
end

local IDLE = "it lets in whom nothing here refuses"

-- Says of a group that it does nothing, where a table is all that is asked.
local function note_idle(self, step, group)
  for _, action in ipairs(step.is_exact and group.actions or {}) do
    if not action.is_noted then self:note(action.row, IDLE) end
  end
end

-- Leaves out what comes last and does nothing.
local function drop_idle(self, step, groups, is_last)
  while #groups > 0 do
    local group = groups[#groups]
    if group.result ~= "nil" and not (group.result == "false" and is_last) then return end
    note_idle(self, step, group)
    groups[#groups] = nil
  end
end

-- ---- Writing -----------------------------------------------------------------

local SETS = {
  reject = "refused %ss", defer = "%ss put off", ok = "%ss let in", dunno = "%ss left to others",
  call = "%ss of %s",
}

-- Who is looked up, in a function.
local WHO = { sender = "sender", recipient = "address" }

-- The condition that somebody is one of a group.
local function condition_of(self, step, group)
  local null = group.is_null and 'sender.localpart == "" and not sender.domain'
  if #group.patterns == 0 then return null end
  local action = group.action
  local name = SETS[action.verb]:format(step.subject, action.text)
  name = self.draft:unique("set", name:gsub("[@:*?{<]", "_"))
  self.draft:declare("set", name, group.patterns)
  local is_in = ("mail.in_set(%s, %s)"):format(WHO[step.subject], source.quote(name))
  return null and ("%s or %s"):format(null, is_in) or is_in
end

-- What a function returns for an action: false ends the list, nil the table.
local function result_of(action, call)
  if action.verb == "ok" then return "false" end
  if action.verb == "dunno" then return "nil" end
  if action.verb == "call" then return call(action) or "nil" end
  local arguments = {}
  if action.sentence ~= "" or action.status then
    arguments[1] = source.quote(action.sentence ~= "" and action.sentence or "access denied")
  end
  if action.status then arguments[2] = source.quote(action.status) end
  return ("%s(%s)"):format(action.verb, table.concat(arguments, ", "))
end

-- Whether a group is let past what comes after.
local function may_pass(groups)
  for _, group in ipairs(groups) do
    if group.action.verb == "ok" or group.action.verb == "call" then return true end
  end
  return false
end

--- The lines of the function of a table, without its first and last; none if it says nothing.
-- @tparam table self a site
-- @tparam table step
-- @tparam boolean is_last whether nothing comes after it
-- @tparam function call of an action with steps: what calls their function
-- @treturn {string,...}
function access_tables.lines(self, step, is_last, call)
  local groups, lines = groups_of(read_table(self, step)), {}
  for _, group in ipairs(groups) do group.result = result_of(group.action, call) end
  drop_idle(self, step, groups, is_last)
  if #groups == 0 then return lines end
  if step.subject == "sender" then
    lines[1] = "  local sender = envelope.sender"
    lines[2] = ("  if not sender then return %s end"):format(may_pass(groups) and "false" or "nil")
  end
  for _, group in ipairs(groups) do
    local condition, result = condition_of(self, step, group), group.result
    local form = "  if %s then return %s end"
    if #form + #condition + #result > WIDTH then form = "  if %s then\n    return %s\n  end" end
    lines[#lines + 1] = form:format(condition, result)
  end
  return lines
end

return access_tables
