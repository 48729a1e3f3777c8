--- Extensions that go on to targets (`propagate`), as rewrites: `user+{x}` of an entry becomes
-- `target+{x}`, in every way in which the engine may do so.
--
-- They are more than the engine knows: an entry's extension may go on to the targets of all entries that
-- its mail may come to.  Rewrites that never happen only make classes finer.
-- @module postoffice.policy.prove.classes.extensions

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local goals = require "postoffice.policy.prove.classes.goals"
local holders = require "postoffice.policy.prove.classes.holders"
local is_carrier = require "postoffice.text.imcea".begins
local patterns = require "postoffice.policy.prove.sets.patterns"
local rewrites = require "postoffice.policy.compile.rewrites"
local split = require "postoffice.text.subaddress".split
local stage4_extension = require "postoffice.policy.route.stage4_extension"
local syntax = require "postoffice.policy.pattern.syntax"

local extensions = {}

local NAME = { kind = "name", name = "extension" }
local MARKS = globs.one_of "%!@" -- what keeps an extension from going on (Q237927)

local function is_smtp(address) return address.type == "SMTP" and address.domain ~= nil end

-- The folded domain of an address that has a key.
local function domain_of(address) return core.key(address):match "@([^@]*)$" end

-- ---- Where mail may come to ----------------------------------------------------

-- By folded domain, the entries with an address there: `user` (folded) and `entry`.
local function index_users(entries)
  local index = {}
  for entry in directory.each(entries) do
    for _, address in ipairs(directory.proxies(entries, entry)) do
      if is_smtp(address) and core.key(address) then
        local domain = domain_of(address)
        index[domain] = index[domain] or {}
        table.insert(index[domain], { user = address.localpart:lower(), entry = entry })
      end
    end
  end
  return index
end

-- Whether one text begins with the other.
local function are_related(text, other)
  local length = math.min(#text, #other)
  return text:sub(1, length) == other:sub(1, length)
end

-- Whether a rewrite may be for addresses at a domain, or what it is for is not known.
local function may_rewrite(rewrite, domain)
  local matcher = rewrite.matcher
  if not matcher or matcher.whole ~= nil then return true end
  for _, field in ipairs(matcher.family == "SMTP" and matcher.fields or {}) do
    if field.field == "domain" then return (core.glob_match(field.glob, domain)) end
  end
  return matcher.family == "SMTP"
end

-- Whether what is not in the directory at a domain may come to any entry.
local function may_go_anywhere(compiled, key, domain)
  local declared = domains.find(compiled.domains, key)
  if declared and declared.catchall then return true end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    if may_rewrite(rewrite, domain) then return true end
  end
  return false
end

-- The entries that an address may come to, with an extension or without; nil if that may be any.
local function entries_at(walk, address)
  local compiled, key = walk.compiled, core.key(address)
  if not key then return {} end
  if not is_smtp(address) then
    local entry = directory.find(compiled.directory, key)
    return entry and { entry } or nil
  end
  local domain, found = domain_of(address), {}
  if is_carrier(address.localpart) or may_go_anywhere(compiled, key, domain) then return nil end
  for _, own in ipairs(walk.users[domain] or {}) do
    if are_related(own.user, address.localpart:lower()) then found[#found + 1] = own.entry end
  end
  return found
end

-- The entries that an entry's mail goes on to at once; nil if that may be any.
local function next_entries(walk, entry)
  local entries, found = walk.compiled.directory, {}
  local count = directory.member_count(entries, entry)
  for i = 1, count do found[#found + 1] = directory.member(entries, entry, i) or nil end
  if directory.kind(entries, entry) == "target" then
    found[#found + 1] = directory.target(entries, entry) or nil
  end
  for _, address in ipairs(directory.goals(entries, entry)) do
    local others = entries_at(walk, address)
    if not others then return nil end
    for _, other in ipairs(others) do found[#found + 1] = other end
  end
  return found
end

-- All entries with targets.
local function all_forwarding(walk)
  if walk.all then return walk.all end
  walk.all = {}
  for entry in directory.each(walk.compiled.directory) do
    if directory.kind(walk.compiled.directory, entry):find "^target" then
      table.insert(walk.all, entry)
    end
  end
  return walk.all
end

-- The entries with targets that mail of an entry may come to, itself among them.
local function reached_by(walk, first)
  local list, seen, reached = { first }, { [first] = true }, {}
  local place = 1
  while list[place] do
    local entry = list[place]
    place = place + 1
    if directory.kind(walk.compiled.directory, entry):find "^target" then
      reached[#reached + 1] = entry
    end
    local others = next_entries(walk, entry)
    if not others then return all_forwarding(walk) end
    for _, other in ipairs(others) do
      if not seen[other] then seen[other], list[#list + 1] = true, other end
    end
  end
  return reached
end

-- ---- What the engine allows ----------------------------------------------------

-- Whether an extension may go on to a target.
local function may_go_on(compiled, entry, domain, separator, address)
  local may = stage4_extension.permission(compiled, entry, domain)
  if not may or not is_smtp(address) or not core.key(address) then return false end
  if is_carrier(address.localpart) then return false end
  local separators = holders.separators(compiled, address)
  return may == "always" or separators ~= nil and separators:find(separator, 1, true) ~= nil
end

-- ---- As rewrites ---------------------------------------------------------------

-- A matcher of what has an extension after a text.
local function matcher_of(front, domain)
  local pieces = { front, NAME }
  return {
    type = "SMTP", family = "SMTP", names = { NAME.name }, fields = {
      { field = "localpart", pieces = pieces, names = { NAME.name }, glob = syntax.glob(pieces) },
      { field = "domain", pieces = { domain }, names = {}, glob = syntax.glob { domain } },
    },
  }
end

local function template_of(front, domain)
  return { type = "SMTP", fields = { localpart = { front, NAME }, domain = { domain } } }
end

-- What of an extension after a text is never handed on.
local function marked(front, domain)
  local tokens = globs.joined(globs.literal(front), { globs.ANY, MARKS, globs.ANY })
  return formulas.term("SMTP", {
    localpart = { formulas.cond(tokens) }, domain = { formulas.cond(globs.literal(domain)) },
  })
end

-- Adds a rewrite, once.
local function add_rewrite(work, declaration, front, domain, address)
  local made = address.localpart
  local id = table.concat({ front, domain, made, domain_of(address) }, "\0")
  if work.seen[id] then return end
  work.seen[id] = true
  local matcher = matcher_of(front, domain)
  local rewrite = {
    matcher = matcher, declaration = declaration,
    template = template_of(made .. front:sub(-1), domain_of(address)),
  }
  table.insert(work.list, { rewrite = rewrite, matched = patterns.of_matcher(matcher) })
end

-- Adds what becomes of the extensions of an address of an entry, after a separator.
local function add_separator(work, walk, entry, address, domain, separator)
  local entries, front = walk.compiled.directory, address.localpart .. separator
  local name, before = domain_of(address), #work.list
  for _, other in ipairs(reached_by(walk, entry)) do
    for _, goal in ipairs(directory.goals(entries, other)) do
      if may_go_on(walk.compiled, other, domain, separator, goal) then
        add_rewrite(work, directory.declaration(entries, other), front, name, goal)
      end
    end
  end
  if #work.list > before then table.insert(work.marked, marked(front, name)) end
end

local function add_entry(work, walk, entry)
  local compiled = walk.compiled
  for _, address in ipairs(directory.proxies(compiled.directory, entry)) do
    local separators, domain = holders.separators(compiled, address)
    for separator in (separators or ""):gmatch "." do
      add_separator(work, walk, entry, address, domain, separator)
    end
  end
end

-- Whether some extension may go on.
local function are_any(compiled)
  if stage4_extension.permits_some(compiled) then return true end
  for entry in directory.each(compiled.directory) do
    if directory.propagate(compiled.directory, entry) then return true end
  end
  return false
end

-- ---- Those that policies say ---------------------------------------------------

-- Adds the extension of an address, as its domain parts it.
local function add_said(said, compiled, address)
  local separators = holders.separators(compiled, address)
  local _, extension = split(address.localpart or "", separators or "")
  if not extension or said[extension] then return end
  said[extension], said[#said + 1] = true, extension
end

--- The extensions of addresses that a policy says itself, or makes of these: where one way to a mailbox
-- has such, an equal one in the recipient's address makes two ways the same.
-- @tparam table compiled
-- @treturn {string,...}
function extensions.said(compiled)
  local said = {}
  goals.each(compiled, function(address)
    for _, made in ipairs(goals.onward(compiled, address).list) do
      add_said(said, compiled, made)
    end
  end)
  return said
end

-- ---- All of them ---------------------------------------------------------------

--- What becomes of extensions.
-- @tparam table compiled
-- @treturn {table,...} `rewrite` (`matcher`, `template` and `declaration`) and `matched`, as a formula
-- @treturn {table,...} formulas of addresses whose extensions do not go on, for what is in them
function extensions.rewrites(compiled)
  local work = { list = {}, marked = {}, seen = {} }
  if not are_any(compiled) then return work.list, work.marked end
  local walk = { compiled = compiled, users = index_users(compiled.directory), all = nil }
  for entry in directory.each(compiled.directory) do
    local kind = directory.kind(compiled.directory, entry)
    if kind ~= "mailbox" and kind ~= "refused" then add_entry(work, walk, entry) end
  end
  return work.list, work.marked
end

return extensions
