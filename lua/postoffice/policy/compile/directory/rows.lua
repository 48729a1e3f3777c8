--- Adds the entries of directories' files: a row each.
-- @module postoffice.policy.compile.directory.rows

local additions = require "postoffice.policy.compile.directory.additions"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domain_text = require "postoffice.text.domain"
local people = require "postoffice.policy.compile.people"

local rows = {}

local UNKNOWN = { unknown = true }
local ROWS = 256 -- people between two looks at the clock

-- Adds the proxies of an entry that is in a file.
local function add_proxies(compiled, entry, name, proxies, fault, errors)
  for i = 1, #proxies do
    local wrong = additions.add_proxy(compiled, entry, proxies[i], errors)
    if wrong then fault(name, wrong, "proxies", proxies[i]) end
  end
end

-- Why a proxy cannot be added, or nil.
local function proxy_fault(compiled, text)
  local address, message = core.parse(text, UNKNOWN)
  local key
  if address then key, message = core.key(address) end
  local owner = key and compiled.entries:find(key)
  if not owner then return not key and (': proxy "%s": %s'):format(text, message) or nil end
  return (': proxy "%s" is already a proxy of "%s" at %s; an address has one owner'):format(text,
    directory.name(compiled, owner), directory.where(compiled, owner))
end

-- The proxies of an entry that can be added; the others are faults, of all of it where none can.
local function good_proxies(compiled, name, proxies, fault, partial)
  local good, bad = {}, {}
  for _, text in ipairs(proxies) do
    local why = proxy_fault(compiled, text)
    if why then bad[#bad + 1] = { why, text } else good[#good + 1] = text end
  end
  local tell = good[1] and partial or fault
  for _, one in ipairs(bad) do tell(name, one[1], "proxies", one[2]) end
  return good
end

-- Adds what an entry of a file is beside its proxies: what few have is in `more`.
local function set_person(compiled, entry, targets, kept, more, declaration, errors)
  local done, message, code = true, nil, nil
  if more and (more.members or more.refuse) then
    done, message, code = additions.set_body(compiled.entries, more)
  elseif targets then
    done, message, code = additions.set_targets(compiled.entries, targets, kept)
  end
  if not done then additions.full(declaration, errors, message, code) end
  if not more then return end
  compiled.propagates[entry] = more.propagate
  additions.restrict(compiled, entry, more, declaration, errors)
end

-- Gives a domain the catch-all that a file says.
local function add_catchall(compiled, name, text, row, complain)
  local folded = domain_text.fold(name)
  local domain = compiled.without_catchall[folded]
  if not domain then
    return complain((': domain "%s" is not declared, or has a catchall already'):format(name))
  end
  compiled.without_catchall[folded] = nil
  compiled.said_catchalls[folded], compiled.catchall_rows[folded] = text, row
end

-- The domains that say of no catch-all, by their names; those of other types than SMTP may have names
-- that no file can say.
local function without_catchall(domains)
  local set = {}
  for _, domain in ipairs(domains) do
    local folded = not domain.catchall and domain_text.fold(domain.name)
    if folded then set[folded] = domain end
  end
  return set
end

-- What adds the entries of a `directory`'s file.
local function people_sink(compiled, declaration, errors)
  local entries, count = compiled.entries, 0
  local number = additions.add_file(compiled, declaration.fields.file)
  local skips = declaration.fields.on_error == "skip"
  compiled.directories[number] = declaration
  return function(name, proxies, line, targets, kept, more, fault, partial)
    count = count + 1
    if count % ROWS == 0 then errors.watch() end
    if more and more.catchall then
      return add_catchall(compiled, more.catchall, targets, {
        word = "recipient", name = name, file = declaration.fields.file, line = line,
        directory = declaration,
      }, function(message) return fault(name, message, "name") end)
    end
    if skips then
      proxies = good_proxies(compiled, name, proxies, fault, partial)
      if #proxies == 0 then return end
    end
    local kind = more and more.members and "group" or "person"
    local entry, message, code = entries:add(name, kind, number, line)
    if not entry then additions.full(declaration, errors, message, code) end
    add_proxies(compiled, entry, name, proxies, fault, errors)
    set_person(compiled, entry, targets, kept, more, declaration, errors)
  end
end

-- Adds the entries of a `directory`'s file.
local function add_people(compiled, declaration, around, errors)
  people.each(declaration, around, errors, people_sink(compiled, declaration, errors))
end

-- Adds those entries of a `directory`'s file that a publication has.
local function add_published(compiled, declaration, people_by_name, errors)
  local sink = people_sink(compiled, declaration, errors)
  local line
  local function fault(name, message)
    errors.add({ word = "recipient", name = name, file = declaration.fields.file, line = line },
      "%s", message)
  end
  for _, entry in ipairs(people_by_name[declaration.name] or {}) do
    line = entry.line
    sink(entry.name, entry.proxies, entry.line, entry.targets, entry.keep, entry.more, fault, fault)
  end
end

--- Adds the entries of all files, or those that a publication has.
-- @tparam table compiled
-- @tparam {table,...} declarations of `directory`
-- @tparam {table,...} domains compiled: to those that say of no catch-all files may give one
-- @tparam table around as `people.each` and `people.find` take it; or `published`, of a publication
-- @tparam table errors
function rows.add(compiled, declarations, domains, around, errors)
  local published = around.published
  compiled.without_catchall = without_catchall(domains)
  for _, declaration in errors.each(declarations) do
    if published then add_published(compiled, declaration, published.people, errors)
    else add_people(compiled, declaration, around, errors)
    end
  end
  for name, text in pairs(published and published.catchalls or {}) do
    compiled.said_catchalls[name] = text
  end
end

return rows
