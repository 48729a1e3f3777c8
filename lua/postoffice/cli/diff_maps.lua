--- Holds a policy to the tables of a mail system, for `postoffice.cli.diff`.
--
-- The ways of all addresses through the tables go on side by side: each until it needs a key that no
-- program was asked for yet; then each program is asked for all such keys at once.
-- @module postoffice.cli.diff_maps

local answers = require "postoffice.policy.prove.answers"
local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local output = require "postoffice.cli.output"
local paint = require "postoffice.cli.paint"
local maps = require "postoffice.policy.prove.maps"
local program = require "postoffice.cli.program"
local sender_maps = require "postoffice.policy.prove.sender_maps"
local to_json = require "postoffice.policy.prove.json"

local diff_maps = {}

-- What `--against` and `--as` say, pair by pair.
local function read_pairs(options)
  local commands, roles = options.against, options.as
  if #roles == 0 and #commands == 1 then roles = { "virtual" } end
  if #roles ~= #commands then
    exit.with(exit.WRONG_USE, "say --as for each --against: transport, virtual, canonical,"
      .. " recipients, recipient_access, or what postoffice diff --help has for senders")
  end
  return commands, roles
end

-- How tables are asked for recipients, and for senders: `roles` in their order, `ask`, `witness`,
-- `answer`, what a policy says in their place of an address, and `default`, where it sends what it says
-- nothing of.
local RECIPIENTS = {
  roles = maps.roles, ask = maps.ask, witness = maps.witness,
  answer = function(policy, tables, text, message)
    return answers.of(policy, tables, text, message)
  end,
  default = function(policy, _, message) return answers.default(policy, message) end,
}

local SENDERS = {
  roles = sender_maps.roles, ask = sender_maps.ask, witness = sender_maps.witness,
  answer = function(policy, tables, text, message)
    return answers.of_sender(policy, tables, text, message, tables.options.probe)
  end,
  default = function(policy, tables, message)
    return answers.of_sender(policy, tables, answers.ELSEWHERE, message, tables.options.probe)[1]
  end,
}

-- How these tables are asked; ends the command where some are for recipients and some for senders.
local function manner_of(tables, options)
  if not sender_maps.are(tables) then
    if options.probe then
      exit.with(exit.WRONG_USE, "--recipient goes with tables that are asked for senders")
    end
    return RECIPIENTS
  end
  local stray = sender_maps.stray(options.as)
  if stray then
    exit.with(exit.WRONG_USE, ("--as %s asks for recipients, the others for senders; compare them"
      .. " one after the other"):format(stray))
  end
  return SENDERS
end

-- A table whose answers are remembered; a key that is not known yet is yielded to whoever asks.
local function new_table(command, how, is_whole)
  local table_ = {
    command = command, options = how, is_whole = is_whole or maps.is_whole(command), known = {},
    asked = {}, warnings = {},
  }
  function table_.look_up(key)
    if table_.known[key] == nil then coroutine.yield(table_, key) end
    return table_.known[key] or nil
  end
  return table_
end

-- The domains of options, each of which may have several, as main.cf has them.
local function destinations_of(texts)
  local names = {}
  for _, text in ipairs(texts) do
    for name in text:gmatch "[^,%s]+" do names[#names + 1] = name end
  end
  return names
end

--- The tables that the options name.
-- @tparam table options of the command: `against`, `as`, `whole`, `delimiter`, `mydestination`,
--   `default`, `probe`
-- @treturn table by role
-- @treturn function the address that a text stands for: an address, a key, a line of `postmap -s`
function diff_maps.read(options)
  local commands, roles = read_pairs(options)
  local destinations, here = destinations_of(options.mydestination), {}
  for _, name in ipairs(destinations) do here[name:lower()] = true end
  local how, tables = {
    delimiter = options.delimiter or "", here = here, origin = destinations[1],
    default = options.default, probe = options.probe or answers.ELSEWHERE,
  }, {}
  for i, role in ipairs(roles) do
    if tables[role] then
      exit.with(exit.WRONG_USE, ("--as %s: once; several tables in one command"):format(role))
    end
    tables[role] = new_table(commands[i], how, options.whole)
  end
  local manner = manner_of(tables, options)
  tables.options, tables.manner = how, manner
  return tables, function(text)
    local key = text:match("^[^\t]*"):gsub(":$", "") -- postalias prints a colon after it
    return manner.witness(key, how)
  end
end

-- Asks a table's program for the keys that somebody waits for.
local function ask_program(table_)
  local keys = lists.keys(table_.asked)
  local known, status, warnings = program.ask(table_.command, keys)
  for line in warnings:gmatch "[^\r\n]+" do table_.warnings[line] = true end
  table_.status, table_.answers = status or table_.status, table_.answers or next(known) ~= nil
  for _, key in ipairs(keys) do table_.known[key] = known[key] or false end
  table_.asked = {}
end

-- Lets ways go on until each needs a key; those that do.
local function go_on(ways)
  local waiting = {}
  for _, way in ipairs(ways) do
    local ok, table_, key = coroutine.resume(way)
    if not ok then error(table_, 0) end
    if coroutine.status(way) ~= "dead" then
      table_.asked[key], waiting[#waiting + 1] = true, way
    end
  end
  return waiting
end

-- What the tables make of addresses, in their order.
local function ask_tables(tables, addresses)
  local made, ways = {}, {}
  for i, text in ipairs(addresses) do
    ways[i] = coroutine.create(function()
      local list, message = tables.manner.ask(tables, text)
      made[i] = list or { "retry:" .. message }
    end)
  end
  ways = go_on(ways)
  while ways[1] do
    for _, role in ipairs(tables.manner.roles) do
      local table_ = tables[role]
      if table_ and next(table_.asked) then ask_program(table_) end
    end
    ways = go_on(ways)
  end
  return made
end

-- An answer in words; one that leaves the address as it is says nothing.
local function shown(answer, text)
  if answers.same(answer, { text }) then return nil end
  return table.concat(answer, ", ")
end

-- Says what a program warned of.
local function say_warnings(session, table_)
  for _, line in ipairs(lists.keys(table_.warnings)) do
    session:say(("%s: %s"):format(table_.command, line))
  end
end

-- Says of a program that it answered nothing at all and failed by that: postmap ends so where it knows
-- nobody, and programs that are silent where they cannot read their table.  Whether it did.
local function say_unanswered(session, table_)
  if not table_.status or table_.answers then return false end
  session:say(("%s: answers nothing at all and ends with status %d; it counts as knowing no"
    .. " address, so look whether it reads its table"):format(table_.command, table_.status))
  return true
end

-- Says where no list of keys is all of a table.  Whether that is so.
local function say_sampled(session, table_, role)
  if not table_.is_whole then return false end
  session:say(("sampled: the %s table is not finite, so addresses that were not asked for may"
    .. " change"):format(role))
  return true
end

-- Says what is to be known of the programs; whether some doubt is left.
local function say_doubts(session, tables)
  local is_doubtful = false
  for _, role in ipairs(tables.manner.roles) do
    local table_ = tables[role]
    if table_ then
      say_warnings(session, table_)
      is_doubtful = say_unanswered(session, table_) or is_doubtful
      is_doubtful = say_sampled(session, table_, role) or is_doubtful
    end
  end
  return is_doubtful
end

-- What writes what differs for an address: rows, or an object.
local function writer(session, options)
  if options.json then
    return function(text, theirs, mine)
      session.output:line(to_json { input = text, table = theirs, policy = mine })
    end
  end
  local painted = paint.new(session, options, "diff")
  return function(text, theirs, mine)
    session.output:write(painted(output.row("<", text, shown(theirs, text))
      .. output.row(">", text, shown(mine, text))))
  end
end

-- Whether tables have no row for an address: all leave it as it is, or none says where it goes.
local function are_silent(answer, text)
  return #answer == 0 or #answer == 1 and answers.same(answer, { text })
end

-- Whether a policy's answer is where it sends what it says nothing of; a server delivers who is `here`.
local function is_default(hop, answer, text, here)
  local domain = text:match "@([^@]*)$" or ""
  if not hop or #answer ~= 1 or here[domain:lower()] then return false end
  return answer[1] == (hop:find ":$" and hop .. domain or hop)
end

-- What compares answers: `tables`; `default`, where the policy sends by default, if the tables do not say
-- where the server does; and, counted, addresses of which the tables say nothing: `unlisted`, whom the
-- policy does not know, and `assumed`, which it sends by default.
local function new_judge(tables, policy, message)
  local says_way = tables.transport or tables.sender_transport or tables.sender_relayhost
  local is_assumed = says_way and not tables.options.default
  return {
    tables = tables, default = is_assumed and tables.manner.default(policy, tables, message) or nil,
    here = tables.manner == SENDERS and {} or tables.options.here, -- local(8) is for recipients
    unlisted = 0, assumed = 0,
  }
end

-- Whether nothing changes for an address.  A table that has no row for somebody does not say that the
-- server knows him, nor which way it takes by default: a policy may say so then.
local function is_same(judge, mine, theirs, text)
  if answers.same(mine, theirs, judge.here) then return true end
  if not are_silent(theirs, text) then return false end
  if answers.knows_nobody(mine) and not judge.tables.recipients then
    judge.unlisted = judge.unlisted + 1
    return true
  elseif is_default(judge.default, mine, text, judge.here) then
    judge.assumed = judge.assumed + 1
    return true
  end
  return false
end

-- How many addresses, and what is so of them.
local function say_of(session, count, text, ...)
  if count == 0 then return end
  session:say(("%d %s in no table, and the policy "):format(count,
    count == 1 and "address is" or "addresses are") .. text:format(...))
end

-- Says what was taken for the same where tables say nothing.
local function say_silent(session, judge)
  say_of(session, judge.unlisted, "knows nobody there: --as recipients compares whom the server"
    .. " knows")
  say_of(session, judge.assumed, "sends to %s by default: --default says where the server does",
    judge.default)
end

--- Prints where the policy's answers are others.
-- @tparam table session
-- @tparam table options of the command: `json`, `color`
-- @tparam table tables from `diff_maps.read`
-- @tparam table policy
-- @tparam table|nil message the envelope
-- @tparam {string,...} addresses
-- @treturn number how many change
-- @treturn boolean whether more may: a table is not finite, or a program answered nothing at all
function diff_maps.compare(session, options, tables, policy, message, addresses)
  session:count("addresses", #addresses)
  local judge = new_judge(tables, policy, message)
  local made, changed, write = ask_tables(tables, addresses), 0, writer(session, options)
  for i, text in ipairs(addresses) do
    local mine = tables.manner.answer(policy, tables, text, message)
    if not is_same(judge, mine, made[i], text) then
      changed = changed + 1
      write(text, made[i], mine)
    end
    session.progress:tick()
  end
  local is_doubtful = say_doubts(session, tables)
  say_silent(session, judge)
  return changed, is_doubtful
end

return diff_maps
