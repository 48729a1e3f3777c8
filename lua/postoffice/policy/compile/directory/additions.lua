--- Adds entries to a directory that is built.
--
-- What an entry is beside its name and its place is added while it is the last one.
-- @module postoffice.policy.compile.directory.additions

local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"

local additions = {}

--- Adds a file that has entries.
-- @tparam table compiled
-- @tparam string file
-- @treturn number by which they name it
function additions.add_file(compiled, file)
  local number = #compiled.files + 1
  compiled.files[number] = file
  return number
end

-- The number of a script's file.
local function file_number(compiled, file)
  local number = compiled.numbers[file] or additions.add_file(compiled, file)
  compiled.numbers[file] = number
  return number
end

--- Raises the one error after which nothing more can be added.
-- @tparam table declaration
-- @tparam table errors
-- @tparam string message
-- @tparam string code
function additions.full(declaration, errors, message, code)
  errors.fail(code, declaration, ": %s", message)
  error(errors, 0)
end

--- Adds a proxy to the last entry.  Of two entries with the same address, the one declared first keeps it.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string text
-- @tparam table errors
-- @treturn string|nil what is wrong with it
function additions.add_proxy(compiled, entry, text, errors)
  local owner, message, code = compiled.entries:add_proxy(text)
  if owner == entry then return end
  local declaration = directory.declaration(compiled, entry)
  if code == "policy-declarations" then additions.full(declaration, errors, message, code) end
  local proxy = describe.value_of(declaration, "proxies", "proxy")
  if not owner then return (': %s "%s": %s'):format(proxy, text, message) end
  return (': %s "%s" is already a proxy of "%s" at %s; an address has one owner'):format(proxy,
    text, directory.name(compiled, owner), directory.where(compiled, owner))
end

--- Says where the last entry's mail goes on to.
-- @tparam userdata entries
-- @tparam string|table targets a text or several
-- @tparam boolean|nil kept whether it is a mailbox here, too
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function additions.set_targets(entries, targets, kept)
  if type(targets) == "table" then return entries:set_targets(targets, kept) end
  if kept then return entries:set_targets({ targets }, true) end
  return entries:set_target(targets)
end

--- Says what becomes of the last entry's mail.
-- @tparam userdata entries
-- @tparam table fields `members`, `owner`, `target`, `targets`, `keep` and `refuse`, as they are declared
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function additions.set_body(entries, fields)
  if fields.members then return entries:set_members(fields.members, fields.owner) end
  local targets = fields.target or fields.targets
  if targets then return additions.set_targets(entries, targets, fields.keep) end
  if fields.refuse then
    return entries:set_refusal(type(fields.refuse) == "string" and fields.refuse or nil)
  end
  return true
end

-- What contradicts itself in a recipient: a test of its fields, and what is said then.
local CONTRADICTIONS = {
  {
    function(fields) return fields.refuse and (fields.target or fields.targets) end,
    ": a tombstone has no target; remove target or refuse",
  },
  {
    function(fields) return fields.target and fields.targets end,
    " has target and targets; write all of them in targets",
  },
  {
    function(fields) return fields.targets and #fields.targets == 0 end,
    ": targets is empty; write where its mail goes on to, or remove it",
  },
  {
    function(fields) return fields.keep and not (fields.target or fields.targets) end,
    ": keep is for a mailbox whose mail goes on, too; add target, or remove keep",
  },
  {
    function(fields) return fields.propagate ~= nil and not (fields.target or fields.targets) end,
    ": propagate is about a target, and there is none; remove propagate",
  },
}

local function check_entry(declaration, errors)
  local fields = declaration.fields
  for _, contradiction in ipairs(CONTRADICTIONS) do
    if contradiction[1](fields) then errors.add(declaration, contradiction[2]) end
  end
  if fields.proxies and #fields.proxies == 0 then
    errors.add(declaration,
      " has no proxies, so no mail will find it; add proxies = { \"SMTP:name@example.com\" }")
  end
end

-- The fields that say who may write to an entry.
local RESTRICTIONS = { "accept", "reject", "authenticated", "max_size" }

--- Keeps what the last entry says of who may write to it, if it says so: beside the table, since few
-- do.
-- @tparam table compiled
-- @tparam number entry
-- @tparam table fields as they are declared
-- @tparam table declaration
-- @tparam table errors
function additions.restrict(compiled, entry, fields, declaration, errors)
  local said = {}
  for _, name in ipairs(RESTRICTIONS) do
    local value = fields[name] or nil
    said[name] = type(value) == "string" and { value } or value -- one name, such as a set's
  end
  if not next(said) then return end
  local done, message, code = compiled.entries:restrict()
  if not done then additions.full(declaration, errors, message, code) end
  compiled.restrictions[entry] = said
end

--- Adds a recipient or a list as it is declared.
-- @tparam table compiled
-- @tparam table declaration
-- @tparam table errors
function additions.add_entry(compiled, declaration, errors)
  local entries, fields = compiled.entries, declaration.fields
  check_entry(declaration, errors)
  local entry, message, code = entries:add(declaration.name, declaration.word,
    file_number(compiled, declaration.file), declaration.line)
  if not entry then additions.full(declaration, errors, message, code) end
  for _, text in errors.each(fields.proxies or {}) do
    local wrong = additions.add_proxy(compiled, entry, text, errors)
    if wrong then errors.add(declaration, "%s", wrong) end
  end
  local done
  done, message, code = additions.set_body(entries, fields)
  if not done then additions.full(declaration, errors, message, code) end
  compiled.propagates[entry] = fields.propagate
  additions.restrict(compiled, entry, fields, declaration, errors)
end

return additions
