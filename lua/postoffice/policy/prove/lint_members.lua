--- Members that may refuse what their list takes, for `postoffice.policy.prove.lint`.
--
-- Restrictions hold for whoever the message comes to, by whatever list.  A member is not told of that
-- takes all that its list lets through: as it says the same, or less.
-- @module postoffice.policy.prove.lint_members

local allowance = require "postoffice.policy.prove.allowance"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local reach = require "postoffice.policy.prove.reach"
local restrictions = require "postoffice.policy.compile.restrictions"
local sets = require "postoffice.policy.prove.sets"

-- ---- Senders -------------------------------------------------------------------

-- The set of the senders that patterns match; nil if that cannot be told.
local function matched_by(matchers)
  local list = { sets.nothing }
  for _, matcher in ipairs(matchers) do
    local set = sets.of_pattern(matcher)
    if not set then return nil end
    list[#list + 1] = set
  end
  return sets.union(list)
end

-- Whether all of some items are among others.
local function are_among(items, others)
  for _, item in ipairs(items) do
    if not lists.contains(others, item) then return false end
  end
  return true
end

-- What sets of two lists of patterns say, asked by a function of both; nil if that cannot be told.
local function ask(look, matchers, others, question)
  local a, b = matched_by(matchers), matched_by(others)
  if not a or not b then return nil end
  local patterns = {}
  for _, list in ipairs { matchers, others } do
    for _, matcher in ipairs(list) do patterns[#patterns + 1] = matcher end
  end
  return allowance.ask(look.allowance, patterns, function(work) return question(a, b, work) end)
end

-- Whether senders include all of others, but for `<>`: each entry and set is known by its name alone.
local function include(look, senders, others)
  return are_among(others.entries, senders.entries) and are_among(others.sets, senders.sets)
    and (others.matchers[1] == nil
      or ask(look, senders.matchers, others.matchers, sets.covers) == true)
end

-- Whether senders have nobody in common with others, but for `<>`.
local function are_apart(look, senders, others)
  local are_patterns = #senders.entries + #senders.sets + #others.entries + #others.sets == 0
  return are_patterns and ask(look, senders.matchers, others.matchers, sets.overlap) == false
end

-- The senders at domains of ours, as a set.
local function at_ours(look)
  if look.at_ours then return look.at_ours end
  local list = { sets.nothing }
  for _, domain in ipairs(domains.all(look.compiled.domains)) do
    local set = domains.is_ours(domain) and reach.whole_of(look.compiled, domain)
    list[#list + 1] = set or nil
  end
  look.at_ours = sets.union(list)
  return look.at_ours
end

-- Whether all senders are ours, who have to be authenticated to be accepted.
local function are_ours(look, senders)
  if senders.entries[1] or senders.sets[1] then return false end
  local set = matched_by(senders.matchers)
  return set ~= nil and allowance.ask(look.allowance, senders.matchers, function(work)
    return sets.covers(at_ours(look), set, work)
  end) == true
end

-- ---- Restrictions --------------------------------------------------------------

-- Whether what a list's restrictions let through is never from `<>`.
local function never_takes_null(own)
  return own.accept and own.is_list or own.reject and own.reject.has_null
end

-- By what a member's restrictions say, whether they take all that a list's own let through.
local TAKES_ALL = {
  authenticated = function(look, _, own)
    return own.authenticated or own.accept and never_takes_null(own) and are_ours(look, own.accept)
  end,
  max_size = function(_, theirs, own)
    return own.max_size and own.max_size <= theirs.max_size
  end,
  accept = function(look, theirs, own)
    return own.accept and include(look, theirs.accept, own.accept)
      and (not theirs.is_list or never_takes_null(own))
  end,
  reject = function(look, theirs, own)
    if theirs.reject.has_null and not never_takes_null(own) then return false end
    return own.reject and include(look, own.reject, theirs.reject)
      or own.accept and are_apart(look, own.accept, theirs.reject)
  end,
}

local FIELDS = lists.keys(TAKES_ALL)

-- Whether a member takes all that a list's restrictions let through, if it has any.
local function takes_all(look, theirs, own)
  for _, field in ipairs(FIELDS) do
    if theirs[field] and not TAKES_ALL[field](look, theirs, own) then return false end
  end
  return true
end

-- ---- Members -------------------------------------------------------------------

-- Whether an address is a postmaster's, whose mail has no restrictions.
local function is_postmaster(address)
  return address.type == "SMTP" and address.localpart:lower() == "postmaster"
end

local NONE = {}

-- The restrictions of an entry that hold for all of its mail.
local function restrictions_of(compiled, entry)
  for _, address in ipairs(directory.proxies(compiled.directory, entry)) do
    if is_postmaster(address) then return NONE end
  end
  return restrictions.find(compiled.restrictions, entry) or NONE
end

-- A member that is an entry, and the address that mail comes to it by; nil if it is none.
local function member(entries, entry, index)
  local other, address, key = directory.member(entries, entry, index)
  if other then return other, (directory.primary(entries, other)) end
  return key and directory.find(entries, key), address
end

-- Whether a member may refuse what its list takes.
local function may_refuse(look, other, address, own)
  local theirs = restrictions.find(look.compiled.restrictions, other)
  return theirs and address and not is_postmaster(address) and not takes_all(look, theirs, own)
end

-- The first member of a list that may refuse what it takes, and how many may.
local function refusing(look, entry)
  local entries, first, count = look.compiled.directory, nil, 0
  local own = restrictions_of(look.compiled, entry)
  for i = 1, directory.member_count(entries, entry) do
    local other, address = member(entries, entry, i)
    if other and other ~= entry and may_refuse(look, other, address, own) then
      first, count = first or other, count + 1
    end
  end
  return first, count
end

-- By what an entry is, what one and several of those are called that it sends mail on to.
local CALLED = { list = { "member", "members" }, targets = { "target", "targets" } }

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_members(compiled, find)
  if not compiled.restrictions then return end
  local entries, look = compiled.directory, { compiled = compiled, allowance = allowance.new() }
  for entry in directory.each_several(entries) do
    local first, count = refusing(look, entry)
    if first then
      find("note", "member-restricted", directory.declaration(entries, entry),
        ('has %d %s whose own restrictions may refuse what it takes, such as "%s"'):format(count,
          CALLED[directory.kind(entries, entry)][count == 1 and 1 or 2],
          directory.name(entries, first)),
        "say the same of both, if that is not meant")
    end
  end
end

return lint_members
