--- A directory that the host looks into while mail is routed, beside the policy's own.
--
-- It is asked as the questions of scripts are, so that it may yield, is asked once in a routing, and
-- many at once where it can be.  The question is an address's key; the answer is nil for "not found",
-- nil and a sentence for a failure, or a table:
--
--     { proxies = { "SMTP:kim@here.example" }, name =, where =, id =, targets = {...}, keep =,
--       members = {...}, owner =, refuse = }          the entry that has the address
--     { target_of = entry }                           nobody has it; it is the only target of that one
--     { target_of = false }                           nobody has it; it is the only target of several
--     { stale = "why" }, with `target_of` or without  nobody is known to have it, but that does not count
--
-- Addresses are texts.  `id` tells that two answers are of one entry.  The other question is `bare` and
-- the key of a cc:Mail name: the answer is the only entry with a mailbox of that name.
--
-- What cannot be answered defers (4.4.3) whatever hangs on it, and is never taken for "not found"; a
-- stale "not found" does not matter for an address at an SMTP domain that is none of ours.
-- @module postoffice.policy.route.remote_directory

local QUESTION = require "postoffice.policy.route.asks".DIRECTORY
local answer = require "postoffice.policy.route.waves".answer
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local remote_entries = require "postoffice.policy.compile.remote_entries"
local verdict = require "postoffice.policy.route.verdict"

local remote_directory = {}

local BARE = "bare "

-- Notes why a routing does not know who has an address: that it is stale counts least.
local function fail(routing, message, is_stale)
  if is_stale and routing.unanswered then return end
  routing.unanswered, routing.is_stale = message, is_stale
end

-- Whether nobody in a directory of ours is missed by an address: it is at a domain that is not ours.
local function is_foreign(routing, key)
  if not key:find "^SMTP:" then return false end
  return not key:find("@", 1, true) or not domains.find(routing.compiled.domains, key)
end

-- The entry of a row, the same one whenever it is met in a routing; nil if there is none.
local function entry_of(routing, row)
  if row == nil then return nil end
  local id = type(row) == "table" and row.id or row
  if routing.remote[id] then return routing.remote[id] end
  local entry, fault = remote_entries.entry(row)
  if not entry then return fail(routing, "the host's directory answers no entry: " .. fault) end
  routing.remote[id] = entry
  return entry
end

-- What the host says to a question: a table, or nil for "not found" and for what it cannot say.
local function ask(routing, question, key)
  local value, failure = answer(routing, QUESTION, question)
  if failure then return fail(routing, failure) end
  if value == nil or type(value) ~= "table" then return value end
  if value.stale and not is_foreign(routing, key) then fail(routing, value.stale, true) end
  return value
end

-- Whether an answer is about an entry itself.
local function is_entry(value)
  return type(value) ~= "table" or value.target_of == nil and value.stale == nil
end

-- What looks for entries in the routing's name.
local function host_of(routing)
  return {
    find = function(key)
      local value = ask(routing, key, key)
      return is_entry(value) and entry_of(routing, value) or nil
    end,
    find_target = function(key)
      local value = ask(routing, key, key)
      if is_entry(value) or value.target_of == nil then return nil end
      return value.target_of and entry_of(routing, value.target_of)
    end,
    find_bare = function(key)
      local value = ask(routing, BARE .. key, key)
      return is_entry(value) and entry_of(routing, value) or nil
    end,
  }
end

--- Gives a routing the host's directory beside that of its policy.
-- @tparam table routing
-- @tparam table compiled the policy
function remote_directory.attach(routing, compiled)
  routing.remote = routing.remote or {}
  routing.compiled = setmetatable({
    directory = directory.with(compiled.directory, host_of(routing)), survey = false,
  }, { __index = compiled, __newindex = compiled })
  routing.survey = false -- it knows nobody of the host's
end

--- Gives a routing that was copied from another one its own.
-- @tparam table routing
function remote_directory.attach_copy(routing)
  if routing.remote then
    remote_directory.attach(routing, getmetatable(routing.compiled).__index)
  end
end

--- A verdict, if the host could not say whether it has an address that was looked for since.
-- @tparam table routing
-- @param[opt] found whether somebody was found by another address, so that nothing hangs on a stale one
-- @treturn table|nil
function remote_directory.failure(routing, found)
  local message = routing.unanswered
  if not message then return nil end
  routing.unanswered = nil
  if found and routing.is_stale then return nil end
  return verdict.of("ask-failed", message)
end

return remote_directory
