--- A function for what access tables say of senders (access(5)), with sets of whom they say it.
--
-- A sender is looked up whole, without his extension, by his domain and those around it, and by his
-- local part, likewise; what is found first decides.  So whom a table names is asked for in that order.
-- @module postoffice.import.access

local draft = require "postoffice.import.draft"
local hops = require "postoffice.import.hops"
local smtp = require "postoffice.import.smtp"
local source = require "postoffice.text.lua_source"
local visible = require "postoffice.text.visible".all

local NULL = "<>" -- smtpd_null_access_lookup_key

local ANYWHERE = "a.example" -- in place of a domain

local MOST_SENTENCES = 20 -- that are said; each takes a set of its own

-- How late senders are looked up: as those with an extension, as those who may have any, and so on; a
-- domain the later, the fewer labels it has.
local EXTENDED, WHOLE, DOMAIN, EXTENDED_USER, USER = 1, 2, 1000, 2000, 2001

-- ---- Who ---------------------------------------------------------------------

-- Of an address; `ranks` are those with an extension and without.
local function address_subjects(self, address, ranks)
  if not smtp.key(address) or visible(address) ~= address then return {} end
  local patterns, has_extension = hops.patterns_of(self, address)
  return { { rank = has_extension and ranks[1] or ranks[2], patterns = patterns } }
end

-- Of a user of any domain.
local function user_subjects(self, user)
  local subjects = address_subjects(self, user .. "@" .. ANYWHERE, { EXTENDED_USER, USER })
  local patterns = subjects[1] and subjects[1].patterns or {}
  for i, text in ipairs(patterns) do patterns[i] = text:sub(1, -#ANYWHERE - 1) .. "*" end
  return subjects
end

-- Of a domain, and of those below it.
local function domain_subjects(self, key)
  if key:find "^%[.*%]$" and smtp.key("x@" .. key) then
    return { { rank = DOMAIN, patterns = { "SMTP:*@" .. key } } }
  end
  local below = key:match "^%.(.+)$"
  local name = below or key
  local is_asked = not below or not self.has_parents
  if not (is_asked and smtp.is_domain(name)) then return {} end
  local patterns = {}
  if not below then patterns[1] = "SMTP:*@" .. name end
  if below or self.has_parents then patterns[#patterns + 1] = "SMTP:*@*." .. name end
  local _, dots = name:gsub("%.", "")
  return { { rank = DOMAIN - dots, patterns = patterns } }
end

-- Who is looked up by a key: `patterns`, none for bounces, and the `rank`.
local function subjects_of(self, key)
  if key == NULL then return { { rank = WHOLE, patterns = {}, is_null = true } } end
  local user = key:match "^(.+)@$"
  if user then return user_subjects(self, user) end
  if key:find("@", 1, true) then return address_subjects(self, key, { EXTENDED, WHOLE }) end
  return domain_subjects(self, key)
end

-- ---- What --------------------------------------------------------------------

local VERBS = {
  REJECT = "reject", DEFER = "defer", DEFER_IF_PERMIT = "defer", OK = "ok", PERMIT = "ok",
  DUNNO = "dunno",
}

-- The first digit of the status that goes with a verb.
local CLASS = { reject = "5", defer = "4" }

-- The verb and the rest of a value; nil where the server has to do it.
local function read_verb(value)
  local word, rest = value:match "^(%S+)%s*(.*)$"
  if word:find "^[45]%d%d$" and rest ~= "" then
    return word:find "^5" and "reject" or "defer", rest
  elseif word:find "^%d+$" then
    return "ok", rest
  end
  return VERBS[word:upper()], rest
end

-- What a value says: a `verb`, and the `status` and `sentence` of one that answers.
local function read_action(value)
  local verb, rest = read_verb(value)
  local class = CLASS[verb or ""]
  if not class then return verb and { verb = verb, sentence = "" } end
  local status, sentence = rest:match "^(%d%.%d+%.%d+)%s*(.*)$"
  local is_right = status and status:sub(1, 1) == class
  return {
    verb = verb, status = is_right and status or nil,
    sentence = visible(sentence or rest):sub(1, draft.LONGEST_TEXT),
  }
end

-- ---- Tables ------------------------------------------------------------------

local SERVERS = "what is done with such mail is the server's to say"

-- What a row says, its sentence left out if there are too many of others.
local function action_of(self, row, sentences)
  local action = read_action(row.value)
  if not action then
    self:note(row, SERVERS, "")
    return { verb = "dunno", sentence = "" }
  end
  if action.sentence == "" or sentences[action.sentence] then return action end
  if sentences.count == MOST_SENTENCES then
    self:note(row, "its sentence is not said: there are too many others", "")
    action.sentence = ""
  else
    sentences[action.sentence], sentences.count = true, sentences.count + 1
  end
  return action
end

-- Whom a table names, those first who are looked up first.
local function read_table(self, rows)
  local found, seen, sentences = {}, {}, { count = 0 }
  for _, row in ipairs(rows) do
    local key, subjects = row.key:lower(), subjects_of(self, row.key)
    if #subjects == 0 then
      self:note(row, "no sender is looked up by this key")
    elseif seen[key] then
      self:note(row, "it stands twice")
    else
      seen[key] = true
      local action = action_of(self, row, sentences)
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
  return table.concat({ action.verb, action.status or "", action.sentence }, "\0")
end

-- Adds senders to the last group if that is one of them, or was begun at the same rank; else begins one.
local function add_to_group(groups, subject)
  local id = id_of(subject.action)
  local group
  for i = #groups, 1, -1 do
    if groups[i].id == id then group = groups[i] end
    if group or groups[i].rank ~= subject.rank then break end
  end
  if not group then
    group = { id = id, action = subject.action, patterns = {}, rank = subject.rank }
    groups[#groups + 1] = group
  end
  group.is_null = group.is_null or subject.is_null
  for _, pattern in ipairs(subject.patterns) do table.insert(group.patterns, pattern) end
end

-- The senders of a table by what is done to them, in an order that decides.
local function groups_of(found)
  local groups = {}
  for _, subject in ipairs(found) do
    if #subject.patterns > 0 or subject.is_null then add_to_group(groups, subject) end
  end
  return groups
end

-- Leaves out what comes last and does nothing.
local function drop_idle(groups, is_last)
  while #groups > 0 do
    local verb = groups[#groups].action.verb
    if verb ~= "dunno" and not (verb == "ok" and is_last) then return end
    groups[#groups] = nil
  end
end

-- ---- Writing -----------------------------------------------------------------

local SETS = {
  reject = "refused senders", defer = "senders put off", ok = "senders let in",
  dunno = "senders left to others",
}

-- The condition that a sender is one of a group.
local function condition_of(self, group)
  local null = group.is_null and 'sender.localpart == "" and not sender.domain'
  if #group.patterns == 0 then return null end
  local name = self.draft:unique("set", SETS[group.action.verb])
  self.draft:declare("set", name, group.patterns)
  local is_in = ("mail.in_set(sender, %s)"):format(source.quote(name))
  return null and ("%s or %s"):format(null, is_in) or is_in
end

-- What a function returns for an action: false ends the list, nil the table.
local function result_of(action)
  if action.verb == "ok" then return "false" end
  if action.verb == "dunno" then return "nil" end
  local arguments = {}
  if action.sentence ~= "" or action.status then
    arguments[1] = source.quote(action.sentence ~= "" and action.sentence or "access denied")
  end
  if action.status then arguments[2] = source.quote(action.status) end
  return ("%s(%s)"):format(action.verb, table.concat(arguments, ", "))
end

-- Writes the function of a table.
local function write_table(self, name, groups)
  local lines = { ("local function %s(sender)"):format(name) }
  for _, group in ipairs(groups) do
    lines[#lines + 1] = ("  if %s then return %s end"):format(condition_of(self, group),
      result_of(group.action))
  end
  lines[#lines + 1] = "end"
  self.draft:write(table.concat(lines, "\n"))
end

-- Writes the functions of all tables: the calls of them, list by list.
local function write_tables(self)
  local calls = {}
  for at, list in ipairs(self.access) do
    for i, of in ipairs(list) do
      local groups = groups_of(read_table(self, of.rows))
      drop_idle(groups, i == #list)
      if #groups > 0 then
        local name = ("access_%d"):format(#calls + 1)
        write_table(self, name, groups)
        local call = (of.for_strangers and "not envelope.may_relay and %s(sender)"
          or "%s(sender)"):format(name)
        calls[#calls + 1] = { text = call, list = at }
      end
    end
  end
  return calls
end

-- Writes what asks all tables.  One of the same list is asked if that before says nothing.
local function write_event(self, calls)
  local lines = {
    "function on.recipient(_, envelope)", "  local sender, verdict = envelope.sender, nil",
    "  if not sender then return nil end",
  }
  for i, call in ipairs(calls) do
    local before = calls[i - 1]
    local format = not before and "  verdict = %s"
      or before.list == call.list and "  if verdict == nil then verdict = %s end"
      or "  if not verdict then verdict = %s end"
    lines[#lines + 1] = format:format(call.text)
  end
  lines[#lines + 1] = "  return verdict or nil\nend"
  self.draft:write(table.concat(lines, "\n"))
end

--- Adds it.
-- @tparam table self a site
local function add_access(self)
  self:part("access", "Whom nobody takes mail from. Postfix's maps do not tell a policy who sends;"
    .. " its policy service does.")
  local calls = write_tables(self)
  if #calls > 0 then write_event(self, calls) end
end

return add_access
