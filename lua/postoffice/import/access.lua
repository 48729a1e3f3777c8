--- A function for what Postfix's lists of restrictions say of senders and recipients (access(5), and its
-- RESTRICTION_CLASS_README).
--
-- Each list, class and table becomes a function that returns a verdict, or false where somebody is let past
-- what comes after, or nil where it says nothing.  Where the sender is not known, it is not known either
-- whether he is one of our own: nobody is refused by what they are let past.
-- @module postoffice.import.access

local access_tables = require "postoffice.import.access_tables"
local base_of = require "postoffice.text.path".base
local source = require "postoffice.text.lua_source"

local OWN = "  if envelope.may_relay or not envelope.sender then return false end"

local ENDS = {
  permit = "  return false", reject = '  return reject "access denied"',
  defer = '  return defer "try again later"',
}

local DOUBT = "what this policy does not have may let somebody past it: nobody is refused by it"
local CIRCLE = "it leads back here"
local SERVERS = "what is done with such mail is the server's to say"

-- What calls a function by a name that no other one has.
local function name_of(writer, wanted)
  local name, number = wanted, 1
  while writer.names[name] do
    number = number + 1
    name = ("%s_%d"):format(wanted, number)
  end
  writer.names[name] = true
  local key = source.key(name)
  return key:find "^%[" and "access" .. key or "access." .. key
end

-- Writes a function; returns the call of it.
local function write_function(writer, wanted, remark, lines)
  local draft, body = writer.site.draft, table.concat(lines, "\n")
  if next(writer.names) == nil then draft:write "local access = {}" end
  local name = name_of(writer, wanted)
  local first = body:find("address", 1, true) and "address" or "_"
  local parameters = body:find("envelope", 1, true) and first .. ", envelope" or first
  draft:write(("%s\n%s = function(%s)\n%s\nend"):format(source.comment(remark), name, parameters,
    body))
  return name .. "(address, envelope)"
end

-- The lines of a list of statements and calls; the last call's answer is the function's.
local function lines_of(parts)
  local lines, has_verdict = {}, false
  for i, part in ipairs(parts) do
    if part.text then
      lines[#lines + 1] = part.text
    elseif i == #parts then
      lines[#lines + 1] = "  return " .. part.call
    else
      lines[#lines + 1] = ("  %sverdict = %s"):format(has_verdict and "" or "local ", part.call)
      lines[#lines + 1] = "  if verdict ~= nil then return verdict end"
      has_verdict = true
    end
  end
  return lines
end

-- Notes what a list does not do, where main.cf says it, or a row of a table.
local function note(writer, list, what, why)
  if list.row then return writer.site:note(list.row, why, "") end
  writer.site.draft:note(list.where, ("%s = %s"):format(list.name, what), why)
end

local CALLS = {} -- by the kind of a step: what calls its function, and whether it may let others past

-- What a list does, as statements and calls; and whether what is not known may let somebody past.
local function parts_of(writer, list, is_whole)
  local parts, in_doubt = {}, false
  for i, step in ipairs(list.steps) do
    local text = step.kind == "own" and OWN or ENDS[step.kind]
    local is_refusal = step.kind == "reject" or step.kind == "defer"
    if is_refusal and in_doubt then
      note(writer, list, step.kind, DOUBT)
    elseif text then
      local last = parts[#parts]
      if not last or last.text ~= text then parts[#parts + 1] = { text = text } end
    elseif step.kind == "unknown" then
      in_doubt = true
    else
      local call, is_open = CALLS[step.kind](writer, step, list, is_whole and i == #list.steps)
      in_doubt = in_doubt or is_open
      if call then parts[#parts + 1] = { call = call } end
    end
  end
  return parts, in_doubt
end

-- What calls the function of a class, or of the list that a value is.
local function call_of_list(writer, key, list)
  local made = writer.lists[key]
  if made then return made.call, made.in_doubt end
  made = { is_open = true }
  writer.lists[key] = made
  local parts
  parts, made.in_doubt = parts_of(writer, list, false)
  if #parts > 0 then made.call = write_function(writer, list.name, list.name, lines_of(parts)) end
  made.is_open = nil
  return made.call, made.in_doubt
end

function CALLS.class(writer, step, from)
  local list, made = writer.site.classes[step.name], writer.lists[step.name]
  if made and made.is_open then return note(writer, from, step.name, CIRCLE), true end
  if not made and #list.others > 0 then
    note(writer, list, table.concat(list.others, " "), SERVERS)
  end
  return call_of_list(writer, step.name, list)
end

function CALLS.table(writer, step, _, is_last)
  local in_doubt = false
  local function call_of_value(action)
    local list = { name = action.text, steps = action.steps, row = action.row }
    local only = #list.steps == 1 and list.steps[1]
    local call, is_open
    if only and only.kind == "class" then
      call, is_open = CALLS.class(writer, only, list)
    else
      call, is_open = call_of_list(writer, "\0" .. action.text, list)
    end
    in_doubt = in_doubt or is_open
    return call
  end
  local lines = access_tables.lines(writer.site, step, is_last, call_of_value)
  if #lines == 0 then return nil, in_doubt end
  local base = base_of(step.name:match "[^:]*$"):match "^[%w_.-]+$" or "check_" .. step.subject
  local remark = step.remark or ("check_%s_access %s"):format(step.subject, step.name)
  return write_function(writer, base, remark, lines), in_doubt
end

-- Leaves out what comes last and lets somebody past nothing.
local function drop_idle(parts)
  while #parts > 0 do
    local text = parts[#parts].text
    if text ~= OWN and text ~= ENDS.permit then return end
    parts[#parts] = nil
  end
end

-- Writes what asks all lists.  A name alone is only Postmaster's, whom smtpd asks none of them for.
local function write_event(self, calls)
  self.draft:write(("function on.recipient(address, envelope)\n"
    .. "  if address.type == \"SMTP\" and not address.domain then return nil end\n"
    .. "  return %s or nil\nend"):format(table.concat(calls, "\n    or ")))
end

--- Adds it.
-- @tparam table self a site
local function add_access(self)
  self:part("access", self.has_wildcards and "Whom nobody takes mail from."
    or "Whom nobody takes mail from, and who may write to whom. Postfix's maps do"
    .. " not tell a policy who sends; its policy service does.")
  local writer, calls = { site = self, names = {}, lists = {} }, {}
  for _, list in ipairs(self.access) do
    local parts = parts_of(writer, list, true)
    drop_idle(parts)
    local only = #parts == 1 and parts[1].call
    if only then
      calls[#calls + 1] = only
    elseif #parts > 0 then
      calls[#calls + 1] = write_function(writer, list.name, list.name, lines_of(parts))
    end
  end
  if #calls > 0 then write_event(self, calls) end
end

return add_access
