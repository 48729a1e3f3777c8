--- The command that compares policies before one takes the other's place.
-- @module postoffice.cli.diff

local envelope = require "postoffice.cli.envelope"
local output = require "postoffice.cli.output"
local policy_file = require "postoffice.cli.policy_file"
local postoffice = require "postoffice"
local exit = require "postoffice.cli.exit"

-- The statuses with which a shell says that it cannot run a command.
local CANNOT_RUN = { [126] = true, [127] = true }

local function load(path)
  local policy, message = policy_file.load(path)
  if not policy then exit.with(exit.POLICY, message) end
  return policy
end

-- Says how many addresses change: the exit status.
local function summarize(session, changed, all)
  session:say(("%d of %d addresses change"):format(changed, all))
  return changed == 0 and exit.GOOD or exit.SOME_BAD
end

local unpack = table.unpack or unpack

local FIELDS = { "verdict", "connector", "nexthop", "address", "code", "entry", "extension" }

local function row_of(text, delivery)
  local row = {}
  for i, field in ipairs(FIELDS) do
    local value = delivery[field]
    row[i] = type(value) == "table" and postoffice.format(value) or value
  end
  return output.row(text, unpack(row, 1, #FIELDS))
end

-- The rows of deliveries, and how often each stands there.
local function rows_of(text, deliveries)
  local rows, counts = {}, {}
  for i, delivery in ipairs(deliveries) do
    local row = row_of(text, delivery)
    rows[i], counts[row] = row, (counts[row] or 0) + 1
  end
  return rows, counts
end

-- Writes the rows that are more than the others.
local function write_rows(session, sign, rows, others)
  for _, row in ipairs(rows) do
    if (others[row] or 0) > 0 then
      others[row] = others[row] - 1
    else
      session.output:write(sign .. "\t" .. row)
    end
  end
end

local function write_change(session, text, change)
  local old, old_counts = rows_of(text, change.old_deliveries)
  local new, new_counts = rows_of(text, change.new_deliveries)
  write_rows(session, "<", old, new_counts)
  write_rows(session, ">", new, old_counts)
end

local function compare_policies(session, options)
  local old, new = load(options.policies[1]), load(options.policies[2])
  local message = envelope.read({ old, new }, options)
  local compare = require("postoffice.policy").diff
  local changed, all = 0, 0
  session:each_address(options, function(text, place)
    session:report_unread(text, place)
    local change = compare(old, new, text, message)
    if change then write_change(session, text, change) end
    all, changed = all + 1, changed + (change and 1 or 0)
    return true
  end)
  return summarize(session, changed, all)
end

local function write_lines(path, lines)
  local file, message = io.open(path, "wb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local ok, failure = file:write(table.concat(lines, "\n"), #lines > 0 and "\n" or "")
  local closed, late = file:close()
  if not (ok and closed) then exit.with(exit.INPUT_OUTPUT, failure or late) end
end

-- What a shell command prints that reads a file, and its exit status. `postmap -q` ends with 1
-- where it knows somebody not; beyond that a program has failed.
local function output_of(command, path)
  local pipe, message = io.popen(("( %s\n) <'%s'; printf '\\n%%d\\n' $?"):format(command, path))
  if not pipe then exit.with(exit.INPUT_OUTPUT, message) end
  local text, status = pipe:read("*a"):match "^(.*)\n(%d+)\n$"
  pipe:close()
  status = tonumber(status)
  if not status or CANNOT_RUN[status] then
    exit.with(exit.WRONG_USE, "--against: the shell cannot run " .. command)
  elseif status > 1 then
    exit.with(exit.WRONG_USE, ("--against: %s ends with status %d, so there is nothing to compare"
      .. " with"):format(command, status))
  end
  return text, status
end

-- Calls a function with the path of a file that is gone afterwards, whatever happens.
local function with_temporary_file(work)
  local path = os.tmpname()
  local ok, result, more = pcall(work, path)
  os.remove(path)
  if not ok then error(result, 0) end
  return result, more
end

-- A program's answers by address.
local function ask_program(session, command, addresses)
  local answers = require "postoffice.policy.prove.answers"
  local text, status = with_temporary_file(function(path)
    write_lines(path, addresses)
    return output_of(command, path)
  end)
  if status ~= 0 and not text:find "%S" then -- postmap does so, too, where it knows nobody
    session:say(("%s: answers nothing and ends with status %d; it counts as knowing no address")
      :format(command, status))
  end
  local known = {}
  for line in text:gmatch "[^\r\n]+" do
    local key, answer = answers.read(line)
    if key then known[key] = answer end
  end
  return known
end

local function read_all(session, options)
  local addresses = {}
  session:each_address(options, function(text, place)
    session:report_unread(text, place)
    addresses[#addresses + 1] = text
    return true
  end)
  return addresses
end

local function write_answer(session, sign, text, answer)
  session.output:row(sign, text, table.concat(answer, ", "))
end

local function compare_program(session, options)
  local policy = load(options.policies[1])
  local message = envelope.read({ policy }, options)
  local answers = require "postoffice.policy.prove.answers"
  local addresses, changed = read_all(session, options), 0
  local known = ask_program(session, options.against, addresses)
  for _, text in ipairs(addresses) do
    local mine = answers.of(policy, options.question, text, message)
    local theirs = known[text] or {}
    if not answers.same(mine, theirs) then
      changed = changed + 1
      write_answer(session, "<", text, theirs)
      write_answer(session, ">", text, mine)
    end
  end
  return summarize(session, changed, #addresses)
end

local function run(session, options)
  options.addresses = {}
  if options.against and #options.policies == 1 then return compare_program(session, options) end
  if #options.policies == 2 and not options.against then
    return compare_policies(session, options)
  end
  exit.with(exit.WRONG_USE, "compare two policies, or one with --against COMMAND")
end

return {
  {
    name = "diff", run = run,
    options = {
      "one_or_two", "against", "question", "sender", "may_relay", "authenticated", "arrived_by",
      "down", "size", "null",
      "unbuffered",
    },
    summary = "say which addresses change from one policy to another",
    description = "Routes the addresses on standard input by two policies and prints what differs:"
      .. " tab-separated lines, < for what the old one does, > for the new: the address as given,"
      .. " verdict, connector, next hop, address as handed over, code, entry, extension; - where"
      .. " there is nothing to say. With --against, what the program and the policy answer. Exit"
      .. " status: 0 nothing changes, 1 something does.",
    examples = {
      "postoffice diff old.lua new.lua <addresses.txt",
      "postoffice diff policy.lua --against 'postmap -q - hash:virtual' <addresses.txt",
      "postoffice diff policy.lua --question nexthop --against 'postmap -q - hash:transport'"
        .. " <addresses.txt",
    },
  },
}
