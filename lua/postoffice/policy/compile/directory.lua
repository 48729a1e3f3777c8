--- The directory: mailboxes, custom recipients, lists and tombstones by every proxy.
--
-- Its entries are in a table of C's, which no collector looks at: here, an entry
-- is a number.  What it holds is made when it is asked for.
-- @module postoffice.policy.compile.directory

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domain_text = require "postoffice.text.domain"
local fail = require "postoffice.fail"
local joined = require "postoffice.text.joined"
local late_faults = require "postoffice.policy.compile.late_faults"
local people = require "postoffice.policy.compile.people"
local remote_entries = require "postoffice.policy.compile.remote_entries"
local skipped = require "postoffice.policy.compile.skipped"
local suggest = require "postoffice.suggest"
local values = require "postoffice.text.values"

local directory = {}

local UNKNOWN = { unknown = true }
local STEPS = 10000 -- references that are resolved between two looks at the clock
local MAX_NAMES = 10000 -- among which a near miss is looked for
local MAX_SEARCHES = 20 -- for near misses: each takes as long as thousands of rows

local ROWS = 256 -- people between two looks at the clock

-- A directory around a table of entries: the files that declare them by their numbers, and the
-- `directory` declarations that some of these are of; the entries that domains name as their
-- catch-alls; what those say that say it of `propagate`, and of who may write to them; the entries
-- that these name; what was left out of files, and what they say that no entry has; the catch-alls
-- that files say; and declarations of entries while they are in use, and of the rows that say
-- catch-alls while it is built; and how often near misses were looked for.
local function new(entries, files, catchalls, propagates, restrictions, writers, left_out,
    said_catchalls)
  return {
    entries = entries, files = files, numbers = {}, directories = {}, catchalls = catchalls,
    propagates = propagates, restrictions = restrictions, writers = writers,
    skipped = skipped.new(left_out), remarks = skipped.new(), said_catchalls = said_catchalls,
    declarations = setmetatable({}, { __mode = "v" }), catchall_rows = {}, searches = 0,
  }
end

--- The same directory, in which a host finds entries, too.
-- @tparam table compiled
-- @tparam table host as `remote_entries.beside` takes it
-- @treturn table
function directory.with(compiled, host)
  return setmetatable({ entries = remote_entries.beside(compiled.entries, host) },
    { __index = compiled })
end

-- ---- Building ----------------------------------------------------------------

local function add_file(compiled, file)
  local number = #compiled.files + 1
  compiled.files[number] = file
  return number
end

-- The number of a script's file.
local function file_number(compiled, file)
  local number = compiled.numbers[file] or add_file(compiled, file)
  compiled.numbers[file] = number
  return number
end

-- Raises the one error after which nothing more can be added.
local function full(declaration, errors, message, code)
  errors.fail(code, declaration, ": %s", message)
  error(errors, 0)
end

-- Adds a proxy; or returns what is wrong with it.  Of two entries with the same address, the one
-- declared first keeps it.
local function add_proxy(compiled, entry, text, errors)
  local owner, message, code = compiled.entries:add_proxy(text)
  if owner == entry then return end
  local declaration = directory.declaration(compiled, entry)
  if code == "policy-declarations" then full(declaration, errors, message, code) end
  local proxy = describe.value_of(declaration, "proxies", "proxy")
  if not owner then return (': %s "%s": %s'):format(proxy, text, message) end
  return (': %s "%s" is already a proxy of "%s" at %s; an address has one owner'):format(proxy,
    text, directory.name(compiled, owner), directory.where(compiled, owner))
end

-- Where the last entry's mail goes on to: a text or several; `kept`, it is a mailbox here, too.
local function set_targets(entries, targets, kept)
  if type(targets) == "table" then return entries:set_targets(targets, kept) end
  if kept then return entries:set_targets({ targets }, true) end
  return entries:set_target(targets)
end

local function set_body(entries, fields)
  if fields.members then return entries:set_members(fields.members, fields.owner) end
  local targets = fields.target or fields.targets
  if targets then return set_targets(entries, targets, fields.keep) end
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

-- Keeps what the last entry says of who may write to it, if it says so: beside the table, since few
-- do.
local function restrict(compiled, entry, fields, declaration, errors)
  local said = {}
  for _, name in ipairs(RESTRICTIONS) do
    local value = fields[name] or nil
    said[name] = type(value) == "string" and { value } or value -- one name, such as a set's
  end
  if not next(said) then return end
  local done, message, code = compiled.entries:restrict()
  if not done then full(declaration, errors, message, code) end
  compiled.restrictions[entry] = said
end

local function add_entry(compiled, declaration, errors)
  local entries, fields = compiled.entries, declaration.fields
  check_entry(declaration, errors)
  local entry, message, code = entries:add(declaration.name, declaration.word,
    file_number(compiled, declaration.file), declaration.line)
  if not entry then full(declaration, errors, message, code) end
  for _, text in errors.each(fields.proxies or {}) do
    local wrong = add_proxy(compiled, entry, text, errors)
    if wrong then errors.add(declaration, "%s", wrong) end
  end
  local done
  done, message, code = set_body(entries, fields)
  if not done then full(declaration, errors, message, code) end
  compiled.propagates[entry] = fields.propagate
  restrict(compiled, entry, fields, declaration, errors)
end

--- A directory that is built.
-- @tparam number bytes how many it may take
-- @treturn table
function directory.new(bytes) return new(core.new_directory(bytes), {}, {}, {}, {}, {}, nil, {}) end

--- What takes recipients as they are declared, for `declarations.check`.
-- @tparam table compiled
-- @tparam table errors
-- @treturn table
function directory.sink(compiled, errors)
  return {
    add = function(declaration) return add_entry(compiled, declaration, errors) end,
    where = function(name)
      local entry = compiled.entries:named(name)
      return entry and directory.where(compiled, entry)
    end,
  }
end

-- Adds the proxies of an entry that is in a file.
local function add_proxies(compiled, entry, name, proxies, fault, errors)
  for i = 1, #proxies do
    local wrong = add_proxy(compiled, entry, proxies[i], errors)
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
    done, message, code = set_body(compiled.entries, more)
  elseif targets then
    done, message, code = set_targets(compiled.entries, targets, kept)
  end
  if not done then full(declaration, errors, message, code) end
  if not more then return end
  compiled.propagates[entry] = more.propagate
  restrict(compiled, entry, more, declaration, errors)
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
  local entries, rows = compiled.entries, 0
  local number = add_file(compiled, declaration.fields.file)
  local skips = declaration.fields.on_error == "skip"
  compiled.directories[number] = declaration
  return function(name, proxies, line, targets, kept, more, fault, partial)
    rows = rows + 1
    if rows % ROWS == 0 then errors.watch() end
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
    if not entry then full(declaration, errors, message, code) end
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

-- Adds the entries of all files, or those that a publication has.
local function add_files(compiled, declarations, around, errors)
  local published = around.published
  for _, declaration in errors.each(declarations) do
    if published then add_published(compiled, declaration, published.people, errors)
    else add_people(compiled, declaration, around, errors)
    end
  end
  for name, text in pairs(published and published.catchalls or {}) do
    compiled.said_catchalls[name] = text
  end
end

-- The names of the first entries.
local function names_of(compiled)
  local names = {}
  for entry in directory.each(compiled) do
    if #names == MAX_NAMES then break end
    names[#names + 1] = directory.name(compiled, entry)
  end
  return names
end

-- The next entry with the name of one of several.
local function namesake_of(compiled, entry)
  local name, other = directory.name(compiled, entry):lower(), entry
  repeat other = compiled.entries:next(other)
  until directory.name(compiled, other):lower() == name
  return other
end

local NOBODY = {}

--- Why a text that has to be the name of an entry or an address is neither.
-- @tparam table compiled
-- @tparam string text
-- @tparam string message why it is no address
-- @treturn string
function directory.why_neither(compiled, text, message)
  compiled.searches = compiled.searches + 1
  local names = compiled.searches <= MAX_SEARCHES and names_of(compiled) or NOBODY
  local near = suggest.near(text, names)
  if near then return ('"%s" is no entry; did you mean "%s"?'):format(text, near) end
  if not text:find "[@:]" then
    return ('"%s" is neither the name of an entry nor an address%s'):format(text,
      suggest.listing(names, "entries"))
  end
  return ('"%s": %s'):format(text, message)
end

--- What a text names, while the directory is built: an entry, or an address.
-- @tparam table compiled
-- @tparam string text
-- @treturn table|nil `{ entry = }` or `{ address =, key = }`
-- @treturn string what is wrong
function directory.reference(compiled, text)
  local entry, is_ambiguous = compiled.entries:named(text)
  if is_ambiguous then
    return nil, ('"%s" is the name of several, as at %s and %s; write an address of the one'
      .. " that is meant"):format(text, directory.where(compiled, entry),
      directory.where(compiled, namesake_of(compiled, entry)))
  end
  if entry then return { entry = entry } end
  local address, message = core.parse(text, UNKNOWN)
  if not address then return nil, directory.why_neither(compiled, text, message) end
  local key
  key, message = core.key(address)
  if not key then return nil, ('"%s": %s'):format(text, message) end
  return { address = address, key = key }
end

-- What is said of a target that is several addresses, beside what is wrong with it.
local function meant_by(role, text)
  local list = {}
  if role == "target" then joined.split(text, list) end
  for _, part in ipairs(list) do
    if not core.parse(part, UNKNOWN) then return "" end
  end
  return #list > 1 and "; where mail goes on to several, they stand in targets" or ""
end

-- By what the table calls it, the field in which somebody is referred to.
local FIELDS = { target = "target", member = "members", owner = "owner" }

-- Finds fault with what leads nowhere.
local function add_reference_fault(compiled, faults, entry, role, text)
  local declaration = directory.declaration(compiled, entry)
  faults:add(declaration, function()
    local _, message = directory.reference(compiled, text)
    return (": %s %s%s"):format(describe.value_of(declaration, role, role), message,
      meant_by(role, text))
  end, FIELDS[role], text)
end

-- Binds what entries refer to by name.
local function resolve_references(compiled, faults, errors)
  local entry, step, role, text
  repeat
    local found
    found, step, role, text = compiled.entries:resolve(entry, step, STEPS)
    if found == false then
      entry, step, role = step, role, nil
    else
      entry = found
    end
    errors.watch()
    if role then add_reference_fault(compiled, faults, entry, role, text) end
  until found == true
  faults:tell()
end

-- Remembers which entries are named by what others say of who may write to them.
local function bind_writers(compiled, faults, errors)
  local function bind(entry, field, text)
    local named, is_ambiguous = compiled.entries:named(text)
    if not is_ambiguous then
      compiled.writers[text] = named
    else
      local _, message = directory.reference(compiled, text)
      faults:add(directory.declaration(compiled, entry), function() return ": " .. message end,
        field, text)
    end
  end
  for entry, said in directory.each_restricted(compiled) do
    for _, text in errors.each(said.accept or {}) do bind(entry, "accept", text) end
    for _, text in errors.each(said.reject or {}) do bind(entry, "reject", text) end
  end
  faults:tell()
end

local OWN_OWNER = ": owner: bounces to the list itself would go to all of its members; name"
  .. " somebody who reads them, or remove owner"

-- A list that is its own owner would send each bounce to all of its members, and theirs to them again.
local function check_owners(compiled, faults)
  local function message() return OWN_OWNER end
  for entry in directory.each_several(compiled) do
    local owner = directory.kind(compiled, entry) == "list" and directory.owner(compiled, entry)
    local key = owner and core.key(owner)
    if key and directory.find(compiled, key) == entry then
      faults:add(directory.declaration(compiled, entry), message, "owner")
    end
  end
  faults:tell()
end

--- Compiles `directory` and `list` declarations, and the domains' catch-alls.
-- @tparam table compiled has the recipients; then it is for `find` and `each`
-- @tparam table declared declarations by word
-- @tparam {table,...} domains compiled
-- @tparam table around as `people.each` and `people.find` take it, but for `skipped` and `remarks`; or
--   `published`, of a publication
-- @tparam table errors
function directory.compile(compiled, declared, domains, around, errors)
  local before = #errors
  around.skipped, around.remarks = compiled.skipped, compiled.remarks
  compiled.without_catchall = without_catchall(domains)
  add_files(compiled, declared.directory, around, errors)
  if #errors > before then return end -- who was not read would be missed elsewhere
  for _, declaration in errors.each(declared.list) do add_entry(compiled, declaration, errors) end
  local faults = late_faults.new(around, errors, compiled.skipped)
  resolve_references(compiled, faults, errors)
  local errors_alone = late_faults.new(around, errors)
  bind_writers(compiled, errors_alone, errors)
  directory.bind_catchalls(compiled, domains, faults)
  compiled.catchall_rows = {}
  compiled.entries:finish()
  if #errors == before then check_owners(compiled, errors_alone) end
end

--- Binds what domains give to their catch-all.  An entry's name is known only while the directory
-- is built: those that were bound then are remembered.
-- @tparam table compiled
-- @tparam {table,...} domains compiled
-- @tparam table faults as `late_faults.new` returns it
function directory.bind_catchalls(compiled, domains, faults)
  for _, domain in ipairs(domains) do
    local folded = domain_text.fold(domain.name)
    local text = domain.catchall or compiled.said_catchalls[folded]
    if text then
      local entry = compiled.catchalls[text]
      local reference, message = entry and { entry = entry }, nil
      if not reference then reference, message = directory.reference(compiled, text) end
      if not reference then
        local said = not domain.catchall and compiled.catchall_rows[folded]
        faults:add(said or domain.declaration, function() return ": catchall " .. message end,
          "target", text)
        compiled.said_catchalls[folded] = nil
      end
      compiled.catchalls[text] = reference and reference.entry
      domain.catchall = reference
    end
  end
  faults:tell()
end

-- ---- Files -------------------------------------------------------------------

--- Writes a directory to a snapshot.
-- @string path
-- @tparam table compiled
-- @tparam table beside what else the file holds: plain values by name
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function directory.write(path, compiled, beside)
  beside.files, beside.catchalls = compiled.files, compiled.catchalls
  beside.propagates, beside.restrictions = compiled.propagates, compiled.restrictions
  beside.writers, beside.skipped = compiled.writers, skipped.plain(compiled.skipped)
  beside.said_catchalls, beside.remarks = compiled.said_catchalls, skipped.plain(compiled.remarks)
  beside.directories = {} -- their names by the numbers of files
  for number, declaration in pairs(compiled.directories) do
    beside.directories[number] = declaration.name
  end
  return core.write_snapshot(path, compiled.entries, values.write(beside))
end

local CAN_PROPAGATE = { [true] = true, [false] = true, always = true }

-- What a file says, by name.
local BESIDE = { "files", "catchalls", "directories", "propagates", "restrictions", "writers",
  "skipped", "remarks", "said_catchalls" }

-- Whether all keys and values of a table can be so.
local function holds(values_by_key, is_key, is_value)
  for key, value in pairs(values_by_key) do
    if not is_key(key) or not is_value(value) then return false end
  end
  return true
end

local function is(kind) return function(value) return type(value) == kind end end

local is_text = is "string"

-- Whether a value is a list of texts, or none.
local function are_texts(value)
  return value == nil or type(value) == "table" and holds(value, is "number", is_text)
end

local function can_restrict(said)
  return type(said) == "table" and are_texts(said.accept) and are_texts(said.reject)
    and (said.max_size == nil or type(said.max_size) == "number")
end

-- Whether what a file says of its files and of its entries can be so.
local function is_whole(beside, entries)
  for _, name in ipairs(BESIDE) do
    if type(beside) ~= "table" or type(beside[name]) ~= "table" then return false end
  end
  local function is_entry(value) return type(value) == "number" and entries:has(value) end
  return holds(beside.files, is "number", is_text) and holds(beside.catchalls, is_text, is_entry)
    and holds(beside.propagates, is_entry, function(value) return CAN_PROPAGATE[value] end)
    and holds(beside.restrictions, is_entry, can_restrict)
    and holds(beside.writers, is_text, is_entry) and skipped.is_whole(beside.skipped)
    and skipped.is_whole(beside.remarks) and holds(beside.said_catchalls, is_text, is_text)
end

--- Opens the directory of a snapshot.
-- @string path
-- @tparam boolean|nil verify look at every byte
-- @treturn table|nil compiled
-- @treturn table|string what else the file holds; or a message
-- @treturn string code
function directory.open(path, verify)
  local entries, text, code = core.open_snapshot(path, verify)
  if not entries then return nil, text, code end
  local beside = values.read(text)
  if not is_whole(beside, entries) then
    local _, message
    _, message, code = fail "snapshot-damaged"
    return nil, ("%s: %s"):format(path, message), code
  end
  local compiled = new(entries, beside.files, beside.catchalls, beside.propagates,
    beside.restrictions, beside.writers, beside.skipped, beside.said_catchalls)
  compiled.remarks = skipped.new(beside.remarks)
  compiled.names = beside.directories
  return compiled, beside
end

--- Tells a directory that was opened which declarations its files are of.
-- @tparam table compiled
-- @tparam {table,...} declarations of `directory`
function directory.bind_files(compiled, declarations)
  local named = {}
  for _, declaration in ipairs(declarations) do named[declaration.name] = declaration end
  for number, name in pairs(compiled.names) do compiled.directories[number] = named[name] end
end

-- ---- Entries -----------------------------------------------------------------

--- The entry that has an address among its proxies.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn number|nil entry
function directory.find(compiled, key) return compiled.entries:find(key) end

--- The only entry that has an address as its target, as far as it is a custom recipient.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn number|nil entry
function directory.find_target(compiled, key) return compiled.entries:find_target(key) end

--- The only entry that has a cc:Mail address with a mailbox of that name, in whatever post office.
-- @tparam table compiled
-- @tparam string key the key of the name
-- @treturn number|nil entry
function directory.find_bare(compiled, key) return compiled.entries:find_bare(key) end

--- Whether an address is one of an entry's own proxies.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string key the address's key
-- @treturn boolean
function directory.owns(compiled, entry, key) return compiled.entries:find(key) == entry end

-- What `each` calls, with the entry before.
local function next_entry(compiled, entry) return compiled.entries:next(entry) end

--- All entries, in the order of their declarations: recipients, people in files, then lists.
-- @tparam table compiled
-- @return an iterator
function directory.each(compiled) return next_entry, compiled, nil end

-- What `each_declared` calls, with the entry before.
local function next_declared(compiled, entry) return compiled.entries:next_declared(entry) end

--- The same without the people in files.
-- @tparam table compiled
-- @return an iterator
function directory.each_declared(compiled) return next_declared, compiled, nil end

-- What `each_several` calls, with the entry before.
local function next_several(compiled, entry) return compiled.entries:next_several(entry) end

--- The entries whose mail may become several deliveries, those of files, too: lists, and recipients with
-- several targets, or with one and a copy that they keep.
-- @tparam table compiled
-- @return an iterator
function directory.each_several(compiled) return next_several, compiled, nil end

--- The files of people.
-- @tparam table compiled
-- @return an iterator: the declaration of a `directory`, and how many entries its file has
function directory.each_file(compiled)
  local counts = {}
  if not next(compiled.directories) then return pairs(counts) end
  for _, declaration in pairs(compiled.directories) do counts[declaration] = 0 end
  for entry in directory.each(compiled) do
    local declaration = compiled.directories[compiled.entries:place(entry)]
    if declaration then counts[declaration] = counts[declaration] + 1 end
  end
  return pairs(counts)
end

--- What was left out of files that are read with `on_error = "skip"`.
-- @tparam table compiled
-- @treturn {table,...} with `count`; see `postoffice.policy.compile.skipped`
function directory.skipped(compiled) return skipped.plain(compiled.skipped) end

--- What files say that no entry has.
-- @tparam table compiled
-- @treturn {table,...} likewise
function directory.remarks(compiled) return skipped.plain(compiled.remarks) end

--- Its table in C, for the survey.
-- @tparam table compiled
-- @treturn userdata
function directory.userdata(compiled) return compiled.entries end

--- How many entries there are.
-- @tparam table compiled
-- @treturn number
function directory.count(compiled) return compiled.entries:count() end

--- An entry's name.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string
function directory.name(compiled, entry) return compiled.entries:name(entry) end

--- What declared an entry, as long as somebody keeps it the same table.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table a declaration without its fields
function directory.declaration(compiled, entry)
  if type(entry) == "table" then return entry end -- a host's
  local declaration = compiled.declarations[entry]
  if declaration then return declaration end
  local file, line, is_list = compiled.entries:place(entry)
  declaration = { -- of a person, `directory` is what declares the file
    word = is_list and "list" or "recipient", name = compiled.entries:name(entry),
    file = compiled.files[file] or "?", line = line, directory = compiled.directories[file],
  }
  compiled.declarations[entry] = declaration
  return declaration
end

--- Where an entry is declared.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string such as `policy.lua:9`
function directory.where(compiled, entry)
  if type(entry) == "table" then return entry.where end -- a host's
  local file, line = compiled.entries:place(entry)
  return describe.where { file = compiled.files[file] or "?", line = line }
end

--- What becomes of an entry's mail.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string `"mailbox"`, `"target"`, `"targets"` (several, or also a mailbox), `"list"` or
--   `"refused"`
function directory.kind(compiled, entry) return compiled.entries:kind(entry) end

-- ---- Addresses ---------------------------------------------------------------

--- The primary address: the first that is not marked as another, else the first.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil a new address
-- @treturn string its key; or a message
-- @treturn string code
function directory.primary(compiled, entry) return compiled.entries:primary(entry) end

--- Where a custom recipient's mail goes on to.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number|nil an entry; or nil and
-- @treturn table|nil a new address,
-- @treturn string its key; or a message
-- @treturn string code
function directory.target(compiled, entry) return compiled.entries:target(entry) end

--- What an entry says of the extensions of its mail, as the word `propagate`.
-- @tparam table compiled
-- @tparam number entry
-- @return true, false, `"always"`, or nil if it says nothing
function directory.propagate(compiled, entry) return compiled.propagates[entry] end

--- Whether an entry with targets is a mailbox here, too.
-- @tparam table compiled
-- @tparam number entry
-- @treturn boolean
function directory.is_kept(compiled, entry) return compiled.entries:is_kept(entry) end

--- Who may write to entries, as far as they say so, in the order of their declarations.
-- @tparam table compiled
-- @return an iterator: entry, and `accept`, `reject`, `authenticated`, `max_size` as declared
function directory.each_restricted(compiled)
  local entries = {}
  for entry in pairs(compiled.restrictions) do entries[#entries + 1] = entry end
  table.sort(entries)
  local at = 0
  return function()
    at = at + 1
    return entries[at], compiled.restrictions[entries[at]]
  end
end

--- The entries that domains name as their catch-alls and others in `accept` or `reject`.
-- @tparam table compiled
-- @treturn table a set of numbers
function directory.named_elsewhere(compiled)
  local set = {}
  for _, entry in pairs(compiled.catchalls) do set[entry] = true end
  for _, entry in pairs(compiled.writers) do set[entry] = true end
  return set
end

--- The catch-alls that files say.
-- @tparam table compiled
-- @treturn table texts by the folded names of domains
function directory.said_catchalls(compiled) return compiled.said_catchalls end

--- The entry that a text of `accept` or `reject` names.
-- @tparam table compiled
-- @tparam string text
-- @treturn number|nil
function directory.writer(compiled, text) return compiled.writers[text] end

--- How many members a list has, or targets an entry that has several.
-- @tparam table compiled
-- @tparam number entry
-- @treturn number
function directory.member_count(compiled, entry) return compiled.entries:member_count(entry) end

--- One of them, as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
-- @tparam number index
function directory.member(compiled, entry, index) return compiled.entries:member(entry, index) end

--- The addresses that an entry's mail goes on to: its target, its targets or members; those that are
-- entries are not among them.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {table,...}
function directory.goals(compiled, entry)
  local kind, found = directory.kind(compiled, entry), {}
  if kind == "target" then
    found[1] = select(2, directory.target(compiled, entry))
  elseif kind == "targets" or kind == "list" then
    for i = 1, directory.member_count(compiled, entry) do
      found[#found + 1] = select(2, directory.member(compiled, entry, i))
    end
  end
  return found
end

--- The address that a list's members have as their sender.
-- @tparam table compiled
-- @tparam number entry
-- @treturn table|nil a new address
function directory.owner(compiled, entry)
  local owner, address = compiled.entries:owner(entry)
  if owner then address = directory.primary(compiled, owner) end
  return address
end

--- The same as it was declared: as `target` returns it.
-- @tparam table compiled
-- @tparam number entry
function directory.owner_way(compiled, entry) return compiled.entries:owner(entry) end

--- The sentence with which a tombstone's mail is refused.
-- @tparam table compiled
-- @tparam number entry
-- @treturn string|nil
function directory.refusal(compiled, entry) return compiled.entries:refusal(entry) end

--- An entry's addresses as they were written, in the order of their declaration.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {string,...}
function directory.proxy_texts(compiled, entry) return compiled.entries:proxies(entry) end

--- An entry's addresses, in the order of their declaration.
-- @tparam table compiled
-- @tparam number entry
-- @treturn {table,...} new addresses
function directory.proxies(compiled, entry)
  local addresses = {}
  for i, text in ipairs(compiled.entries:proxies(entry)) do
    addresses[i] = core.parse(text, UNKNOWN)
  end
  return addresses
end

--- The best address of a type that an entry has: the primary one, else the first.
-- @tparam table compiled
-- @tparam number entry
-- @tparam string type_name
-- @treturn table|nil a new address
function directory.best(compiled, entry, type_name)
  local first
  for _, address in ipairs(directory.proxies(compiled, entry)) do
    if address.type == type_name then
      if address.primary ~= false then return address end
      first = first or address
    end
  end
  return first
end

return directory
