--- Prints what changes from one policy to another for any address, for `postoffice.cli.diff`.
-- @module postoffice.cli.diff_classes

local addresses = require "postoffice.address"
local changes = require "postoffice.policy".changes
local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local to_json = require "postoffice.policy.prove.json"

local diff_classes = {}

-- The facts that the options say of all messages, as `changes` takes them.
local function fixed_facts(message)
  if not message then return nil end
  return {
    sender = message.sender, may_relay = message.may_relay, authenticated = message.authenticated,
    arrived_by = message.arrived_by, over = message.size and message.size - 1,
    up_to = message.size, down = message.down,
  }
end

local FLAGS = { "may_relay", "authenticated" }

-- What is known of a witness's message: `--sender a@b.example --size 101`, as options have it.
local function options_of(envelope)
  local parts = {}
  local function add(name, value) parts[#parts + 1] = ("--%s %s"):format(name, value) end
  local sender = envelope.sender
  if sender then add("sender", type(sender) == "table" and addresses.show(sender) or sender) end
  for _, name in ipairs(FLAGS) do
    if envelope[name] then parts[#parts + 1] = "--" .. name:gsub("_", "-") end
  end
  if envelope.size then add("size", ("%.0f"):format(envelope.size)) end
  if envelope.now then add("now", ("%.0f"):format(envelope.now)) end
  if envelope.arrived_by then add("arrived-by", envelope.arrived_by) end
  for _, name in ipairs(envelope.down or {}) do add("down", name) end
  return table.concat(parts, " ")
end

-- The same, and what functions were answered that asked their host.
local function facts_of(change)
  local options = options_of(change.envelope)
  if not change.given then return options end
  return ("%s(%s)"):format(options == "" and "" or options .. " ", change.given)
end

-- By what a domain was for, what is said of it when it is dropped.
local SAID = {}

local function said_of_connector(gone)
  return ('%s, at which connector "%s" (%s) %s, is dropped: what waits in queues, and answers,'
    .. " still come to it"):format(gone.domain, gone.connector, gone.where,
    gone.what == "signed" and "signed senders" or "encapsulated")
end

SAID.encapsulated, SAID.signed = said_of_connector, said_of_connector

function SAID.opened(gone)
  return ("%s (%s) no longer opens %s: what waits in queues, and answers, still come to it so")
    :format(gone.domain, gone.where, table.concat(gone.types, ", "))
end

-- The domains to which mail no longer comes back.
local function say_dropped(session, dropped)
  for _, gone in ipairs(dropped) do session:say(SAID[gone.what](gone)) end
end

-- How many classes change, and in how many ways.
local function say_changes(session, list)
  if #list == 0 then return end
  local count = 0
  for _, change in ipairs(list) do count = count + change.classes end
  session:say(("%d %s of addresses %s in %d %s, each shown by a witness"):format(count,
    count == 1 and "class" or "classes", count == 1 and "changes" or "change", #list,
    #list == 1 and "way" or "ways"))
end

-- How much is proven.
local function say_proof(session, found, count)
  local none = count == 0 and "nothing changes" or "nothing else changes"
  local doubts = {}
  if found.unfinished then doubts[1] = found.unfinished end
  for _, why in ipairs(found.undecided) do doubts[#doubts + 1] = why end
  if #doubts == 0 then
    session:say(("proven: %s, for any address and any message"):format(none))
    return
  end
  session:say(("%s as far as that is proven; not proven is what hangs on:"):format(none))
  for _, why in ipairs(doubts) do session:say("  " .. why) end
end

-- All of it for a program: the changes were written before.
local function summary(found)
  local classes, undecided = 0, lists.copy(found.undecided)
  for _, change in ipairs(found.changes) do classes = classes + change.classes end
  if found.unfinished then table.insert(undecided, 1, found.unfinished) end
  return to_json {
    changed = classes, ways = #found.changes, proven = #undecided == 0, undecided = undecided,
    dropped = found.dropped,
  }
end

local function status_of(found)
  if found.changes[1] or found.dropped[1] then return exit.SOME_BAD end
  return (found.undecided[1] or found.unfinished) and exit.UNDECIDED or exit.GOOD
end

-- What `policy.changes` finds; of one revision nothing, however much it has: it gives the same answers.
local function find(session, options, policies, message)
  if policies[1].revision == policies[2].revision then
    return { changes = {}, undecided = {}, dropped = {} }
  end
  session:count("classes", nil, true)
  local found = changes(policies[1], policies[2], {
    fixed = fixed_facts(message), seconds = options.seconds,
    visit = function() session.progress:tick() end,
  })
  session.progress:erase()
  return found
end

-- What is said of the others that change as the one does whose rows stand before.
local function line_of_others(count)
  return ("=\t%d other %s of addresses %s so; --all shows a witness of each\n"):format(count,
    count == 1 and "kind" or "kinds", count == 1 and "changes" or "change")
end

-- Writes a change, and of others that change so their rows, or else how many there are.
local function write_change(session, options, change, rows_of)
  session.output:write(rows_of(change, facts_of(change)))
  if options.json or not change.others[1] then return end
  if not options.all then return session.output:write(line_of_others(#change.others)) end
  for _, other in ipairs(change.others) do
    session.output:write(rows_of(other, facts_of(other)))
  end
end

--- Prints it.
-- @tparam table session
-- @tparam table options of the command: `seconds`, `json`, `all`
-- @tparam {table,...} policies the old and the new one
-- @tparam table|nil message the envelope that the options make
-- @tparam function rows_of of a change and what is known of its message, its rows
-- @treturn number the exit status
function diff_classes.compare(session, options, policies, message, rows_of)
  local found = find(session, options, policies, message)
  for _, change in ipairs(found.changes) do write_change(session, options, change, rows_of) end
  say_dropped(session, found.dropped)
  say_changes(session, found.changes)
  say_proof(session, found, #found.changes)
  if options.json then session.output:line(summary(found)) end
  return status_of(found)
end

return diff_classes
