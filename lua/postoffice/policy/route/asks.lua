--- What the host answers to the questions of a policy's script.
--
-- A question is answered by a table by key or a function of key and envelope; nil is "not found",
-- and nil with a sentence a failure, which defers.  Or a table describes how:
--
--     ask = {
--       crm = {
--         ask = function(key, envelope) ... end,    -- one key
--         many = function(keys, envelope) ... end,  -- a table of answers by key; and, for those that
--                                                   -- have none, a sentence, or a table of them
--         ttl = 60,          -- seconds for which what was found holds in this policy
--         negative_ttl = 5,  -- and what was not; failures never; 0 unless said
--       },
--     }
--
-- Either of `ask` and `many` suffices.  With `many`, what several recipients of one `route` wait for
-- is asked at once.  What holds is gone when a policy is loaded again.  A routing asks each question
-- once in any case.
-- @module postoffice.policy.route.asks

local describe = require "postoffice.policy.language.describe"
local guarded = require "postoffice.policy.route.guarded"
local suggest = require "postoffice.suggest"

local asks = {}

local reason = describe.reason

-- ---- Sources -----------------------------------------------------------------

--- The name of the question that finds entries, which is none of a script's: see
-- `postoffice.policy.route.remote_directory`.
asks.DIRECTORY = "\0directory"

local function names_of(sources)
  local names = {}
  for name in pairs(sources) do
    if name ~= asks.DIRECTORY then names[#names + 1] = tostring(name) end
  end
  return names
end

local function no_such_question(sources, name)
  return nil, ('the host answers no question "%s"%s'):format(name,
    suggest.listing(type(sources) == "table" and names_of(sources) or {}, "it answers"))
end

-- The function in a description that answers in a way, `ask` or `many`, or nil.
local function way_of(described, way)
  local call = rawget(described, way)
  return type(call) == "function" and call or nil
end

-- How a question is described, or nil: a table of answers holds no functions.  What metatables of
-- the host do happens where it is asked, and nowhere else.
local function description(sources, name)
  local source = type(sources) == "table" and rawget(sources, name)
  if type(source) ~= "table" then return nil end
  return (way_of(source, "ask") or way_of(source, "many")) and source or nil
end

-- What a description can hold.
local DESCRIBES = {
  ask = "function", many = "function", ttl = "number", negative_ttl = "number",
}

local HOLDS = "; a description holds ask and many, which are functions, ttl and negative_ttl, which"
  .. " are seconds"

-- What is wrong with a field of a description, or nil.
local function wrong_field(field, value)
  if type(value) == DESCRIBES[field] then return nil end
  if not DESCRIBES[field] then return ('unknown field "%s"%s'):format(tostring(field), HOLDS) end
  return ("%s cannot be a %s%s"):format(field, type(value), HOLDS)
end

-- What answers no question, whatever its metatable says.
local NO_SOURCE = { boolean = true, number = true, string = true, thread = true }

-- What is wrong with the source of a question's answers, or nil.
local function wrong_source(sources, name, source)
  if NO_SOURCE[type(source)] then
    return ("a function or a table answers it, not a %s"):format(type(source))
  end
  for field, value in next, description(sources, name) or {} do
    local wrong = wrong_field(field, value)
    if wrong then return wrong end
  end
end

--- Raises for a question that nothing can answer, and for one that is described by what no description
-- has: a misspelt `ttl` would change nothing, and nobody would notice.
-- @tparam table|function|nil sources the option `ask`
-- @tparam number level whom to blame, as `error` counts from here
function asks.check(sources, level)
  if type(sources) ~= "table" then return end
  for name, source in next, sources do
    local wrong = wrong_source(sources, name, source)
    if wrong then error(("option ask, question %s: %s"):format(tostring(name), wrong), level) end
  end
end

-- The same sources as a table, whose metatable does what theirs does.
local function copied(sources)
  if type(sources) ~= "function" then
    local copy = {}
    for name, source in next, sources or {} do copy[name] = source end
    return setmetatable(copy, sources and { __index = sources })
  end
  return setmetatable({}, { __index = function(_, name)
    return function(key, envelope) return sources(name, key, envelope) end
  end })
end

--- What answers the questions of scripts, with what finds entries.
-- @tparam table|function|nil sources the option `ask`
-- @tparam table|function|nil directory the option `directory`
-- @treturn table|function|nil
function asks.with_directory(sources, directory)
  if not directory then return sources end
  local all = copied(sources)
  all[asks.DIRECTORY] = directory
  return all
end

--- Raises for what cannot find entries.
-- @tparam table|function|nil directory the option `directory`
-- @tparam number level whom to blame, as `error` counts from here
function asks.check_directory(directory, level)
  if type(directory) ~= "table" then return end
  asks.check({ [asks.DIRECTORY] = directory }, level + 1)
  if not description({ [asks.DIRECTORY] = directory }, asks.DIRECTORY) then
    error("option directory: a table has ask or many, which are functions", level)
  end
end

-- The host's answer to one question, or nil and a sentence where it failed.
local function answer(sources, name, key, envelope)
  if type(sources) == "function" then return sources(name, key, envelope) end
  local source = sources and sources[name]
  if source == nil then return no_such_question(sources, name) end
  if type(source) == "function" then return source(key, envelope) end
  local described = description(sources, name)
  if described then return way_of(described, "ask")(key, envelope) end
  return source[key]
end

-- What the host may answer with; a table is seen when it is passed.
local PASSES = { boolean = true, number = true, string = true, table = true }

--- What hosts may answer, for the message of one who answered something else.
asks.EXPECTED = 'answer nil for "not found", or a boolean, a number, a string or a table of these'

-- An answer, or nil and why it is none; a failure only counts where there is no answer.
local function checked(name, value, failure)
  if value == nil then return nil, failure and reason(failure) or nil end
  if PASSES[type(value)] then return value end
  return nil, ("the host's answer to %s is a %s%s; %s"):format(name, type(value),
    type(value) == "userdata" and ", such as the null of a database or of JSON" or "",
    asks.EXPECTED)
end

local function ask_one(routing, name, key)
  local ok, value, failure = guarded(answer, routing.asks, name, key, routing.envelope)
  if not ok then value, failure = nil, reason(value) end
  return checked(name, value, failure)
end

local NO_TABLE = "it has to return a table of answers by key, or nil and a sentence"

-- The keys for the host, who may do with its table what it likes.
local function handed(keys)
  local list = {}
  for i, key in ipairs(keys) do list[i] = key end
  return list
end

-- Whether answers have keys that nobody asked for: they came by place, as some hosts have them, and
-- nobody may take that for "not found".
local function is_strange(answers, keys)
  local asked = {}
  for _, key in ipairs(keys) do asked[key] = true end
  for key in next, answers do
    if not asked[key] then return true end
  end
  return false
end

-- What `many` returned for each of several keys, as lists.
local function ask_several(routing, described, name, keys)
  local ok, answers, failure = guarded(way_of(described, "many"), handed(keys), routing.envelope)
  if not ok then answers, failure = nil, answers end
  if answers == nil then failure = failure or NO_TABLE
  elseif type(answers) ~= "table" or is_strange(answers, keys) then answers, failure = nil, NO_TABLE
  end
  local values, failures = {}, {}
  for i, key in ipairs(keys) do
    local value, why = answers and rawget(answers, key), failure
    if type(failure) == "table" then why = rawget(failure, key) end
    values[i], failures[i] = checked(name, value, why)
  end
  return values, failures
end

-- ---- What is kept ------------------------------------------------------------

-- Answers that a routing keeps, and bytes of a question's name and key that it keeps one for.
local MOST_KEPT, LONGEST_KEPT = 1000, 1024

-- Answers that a policy keeps for a question: twice as many at most.
local MOST_HELD = 10000

-- The text that stands for a question among those whose answers are kept; nil for one that is asked
-- anew each time: a table, or a long text.
local function id_of(name, key)
  if type(key) == "table" then return nil end
  local text = type(key) == "string" and key or tostring(key)
  if #name + #text > LONGEST_KEPT then return nil end
  return #name .. ":" .. name .. type(key) .. text
end

-- How many seconds an answer holds.
local function seconds_of(described, value)
  local seconds = rawget(described, value == nil and "negative_ttl" or "ttl")
  return type(seconds) == "number" and seconds or 0
end

-- The answers of a policy that hold: those of late, and those that were of late before them, which
-- go when there are too many again.
local function held_by(routing)
  local policy = routing.policy
  if not policy then return nil end
  policy.held = policy.held or { new = {}, old = {}, count = 0 }
  return policy.held
end

local function hold(routing, described, id, value)
  local seconds, held = seconds_of(described, value), held_by(routing)
  if seconds <= 0 or not held then return end
  if held.count >= MOST_HELD then held.old, held.new, held.count = held.new, {}, 0 end
  if not held.new[id] then held.count = held.count + 1 end
  held.new[id] = { value = value, expires = os.time() + seconds }
end

-- What a policy holds for a question, as a table with its `value`, or nil.  Time is the clock's: an
-- envelope's may be that of mail that waited for days.
local function held_for(routing, id)
  local held = held_by(routing)
  local item = held and (held.new[id] or held.old[id])
  if item and os.time() < item.expires then return item end
end

-- What is known of a question before anybody is asked, or nil.
local function known_of(routing, name, id)
  if not id then return nil end
  local answers = routing.answers
  if answers.by_id[id] then return answers.by_id[id] end
  return description(routing.asks, name) and held_for(routing, id)
end

-- Keeps an answer; a failure for this routing alone.
local function keep(routing, name, id, value, failure)
  local answers = routing.answers
  if not id then return end
  if answers.count < MOST_KEPT then
    answers.by_id[id] = { value = value, failure = failure }
    answers.count = answers.count + 1
  end
  local described = not failure and description(routing.asks, name)
  if described then hold(routing, described, id, value) end
end

--- What keeps the answers of a routing.
-- @treturn table
function asks.new() return { by_id = {}, count = 0 } end

local function begin_keeping(routing) routing.answers = routing.answers or asks.new() end

-- ---- Asking ------------------------------------------------------------------

-- Asks one by one, or by `many` where there is nothing else.
local function ask_host(routing, name, key)
  local described = description(routing.asks, name)
  if not described or way_of(described, "ask") then return ask_one(routing, name, key) end
  local values, failures = ask_several(routing, described, name, { key })
  return values[1], failures[1]
end

--- The answer to a question, the same for all of one routing as far as it keeps answers.
-- @tparam table routing
-- @tparam string name
-- @param key
-- @return value
-- @treturn string|nil why there is none, where the host failed
function asks.answer(routing, name, key)
  begin_keeping(routing)
  local id = id_of(name, key)
  local known = known_of(routing, name, id)
  if known then return known.value, known.failure end
  local value, failure = ask_host(routing, name, key)
  keep(routing, name, id, value, failure)
  return value, failure
end

--- Whether the host answers some question many at once.
-- @tparam table routing
-- @treturn boolean
function asks.are_many(routing)
  if type(routing.asks) ~= "table" then return false end
  for name in next, routing.asks do
    local described = description(routing.asks, name)
    if described and way_of(described, "many") then return true end
  end
  return false
end

-- The keys of one name that nobody knows the answer to yet, each once, and their ids.
local function unknown_of(routing, name, questions)
  local keys, ids, seen = {}, {}, {}
  for _, question in ipairs(questions) do
    local id = question.name == name and id_of(name, question.key)
    if id and not seen[id] and not known_of(routing, name, id) then
      seen[id], keys[#keys + 1], ids[#ids + 1] = true, question.key, id
    end
  end
  return keys, ids
end

-- Asks for many keys of one name; adds the answers to a table by id.
local function ask_ahead(routing, described, name, questions, by_id)
  local keys, ids = unknown_of(routing, name, questions)
  if #keys == 0 then return end
  local values, failures = ask_several(routing, described, name, keys)
  for i, id in ipairs(ids) do
    by_id[id] = { value = values[i], failure = failures[i] }
    keep(routing, name, id, values[i], failures[i])
  end
end

--- Asks at once what several recipients wait for, where the host answers many.
-- @tparam table routing
-- @tparam {table,...} questions each with `name` and `key`
-- @treturn table by the place of a question its answer: `value` and `failure`; none for a question
--   that is to be asked by `answer`
function asks.ahead(routing, questions)
  begin_keeping(routing)
  local asked, by_id, answers = {}, {}, {}
  for i, question in ipairs(questions) do
    local name = question.name
    local described = not asked[name] and description(routing.asks, name)
    asked[name] = true
    if described and way_of(described, "many") then
      ask_ahead(routing, described, name, questions, by_id)
    end
    local id = id_of(name, question.key)
    answers[i] = id and by_id[id]
  end
  return answers
end

return asks
