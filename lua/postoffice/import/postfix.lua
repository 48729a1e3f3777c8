--- Reads what Postfix has: main.cf and the tables that it names, or tables alone by their names.
-- @module postoffice.import.postfix

local base_of = require "postoffice.text.path".base
local folder_of = require "postoffice.text.path".folder
local checks = require "postoffice.import.checks"
local lists = require "postoffice.lists"
local main_cf = require "postoffice.import.main_cf"
local notes = require "postoffice.import.notes"
local read_ways = require "postoffice.import.postfix_ways"
local suggest = require "postoffice.suggest"
local tables = require "postoffice.import.tables"

-- The parameters that name tables, and what their rows are to a site.
local TABLES = {
  { "sender_canonical_maps", "senders" },
  { "recipient_canonical_maps", "canonical" },
  { "canonical_maps", "canonical", also = "senders" },
  { "smtp_generic_maps", "senders" },
  { "email-addresses", "senders", syntax = "aliases" }, -- Exim's, on Debian: the same, once
  { "virtual_alias_maps", "virtual", part = "people" },
  { "alias_maps", "aliases", part = "people", syntax = "aliases" },
  { "virtual_mailbox_maps", "mailboxes", part = "people" },
  { "local_recipient_maps", "accounts", part = "people" },
  { "relocated_maps", "relocated", part = "people" },
  { "transport_maps", "transport" },
  { "sender_dependent_relayhost_maps", "sender_relayhosts", part = "sender ways" },
  { "sender_dependent_default_transport_maps", "sender_transports", part = "sender ways" },
}

-- The parameters that list domains.
local LISTS = {
  { "mydestination", "locals" },
  { "virtual_alias_domains", "hosted" },
  { "virtual_mailbox_domains", "boxed" },
  { "relay_domains", "relays" },
}

-- The files that stand beside main.cf by custom, and their parameters.
local BY_NAME = {
  virtual = "virtual_alias_maps", valias = "virtual_alias_maps", vmailbox = "virtual_mailbox_maps",
  aliases = "alias_maps", transport = "transport_maps", canonical = "canonical_maps",
  sender_canonical = "sender_canonical_maps", recipient_canonical = "recipient_canonical_maps",
  generic = "smtp_generic_maps", ["email-addresses"] = "email-addresses",
  relocated = "relocated_maps", sender_relayhost = "sender_dependent_relayhost_maps",
  sender_transport = "sender_dependent_default_transport_maps",
  sender_access = checks.SENDERS, recipient_access = checks.RECIPIENTS,
}

-- The name by which custom knows a file: without its suffix.
local function custom_name(path) return (base_of(path):gsub("%.%w+$", "")) end

local HEADERS = "headers and envelopes are rewritten alike, by rewrite and rewrite_sender"
local COPIES = "a recipient with several targets, or keep, sends copies"
local DELIVERY = "how a mailbox is delivered is the server's to say"
local CHECKS = "what messages hold, and who may send them, is the server's to say"

-- Parameters that are about addresses, and have no counterpart or another one.
local NOTED = {
  canonical_classes = HEADERS, sender_canonical_classes = HEADERS,
  recipient_canonical_classes = HEADERS, masquerade_classes = HEADERS,
  masquerade_domains = 'write rewrite_sender "SMTP:{user}@{host}.DOMAIN" { to ='
    .. ' "SMTP:{user}@DOMAIN" }',
  masquerade_exceptions = "a rewrite_sender that leaves these users as they are goes first",
  sender_bcc_maps = COPIES, recipient_bcc_maps = COPIES, always_bcc = COPIES,
  luser_relay = "the catchall of a domain says so", mailbox_transport = DELIVERY,
  mailbox_transport_maps = DELIVERY, fallback_transport = DELIVERY,
  fallback_transport_maps = DELIVERY, mailbox_command = DELIVERY, mailbox_command_maps = DELIVERY,
  virtual_transport = DELIVERY, local_transport = DELIVERY, forward_path = DELIVERY,
  smtp_fallback_relay = "a connector with the same space and a higher cost says so",
  relay_recipient_maps = "a relay domain is passed on whole; declare it local, with these people"
    .. " and their targets, if others are to be refused",
  header_checks = CHECKS, body_checks = CHECKS, smtpd_recipient_restrictions = CHECKS,
  smtpd_sender_restrictions = CHECKS, smtpd_relay_restrictions = CHECKS,
  swap_bangpath = "an address is taken as it is written",
  allow_percent_hack = "an address is taken as it is written",
}

-- By the parameters that take them: where notes go.
local NOTE_PARTS = {
  smtp_fallback_relay = "transport", relay_recipient_maps = "domains",
}

-- Where a parameter stands, or the one that says the same.
local function place_of(source, parameter)
  local line = source.parameters:line(source.parameters:origin(parameter))
  return line and ("main.cf:%d:1"):format(line) or parameter
end

-- A table, which is read once, but for one within main.cf, whose rows stand there: its `rows`, or `why`
-- there are none, and its `faults`.
local function open_table(source, name, where, syntax)
  local key = table.concat({ syntax, name, name:find "inline:" and where or "" }, "\0")
  local opened = source.opened[key] or { faults = {} }
  if source.opened[key] then return opened end
  source.opened[key] = opened
  opened.rows, opened.why = tables.open(name, {
    read = source.read, where = where,
    fault = function(at, why) table.insert(opened.faults, { at, why }) end,
  }, syntax)
  return opened
end

-- Says what is wrong with a table that a parameter names; once, if the file does not say so itself: it
-- is another parameter's, too.
local function note_table(site, source, name, opened, parameter, part)
  local where = place_of(source, parameter)
  if where == parameter and source.told[name] then return end
  for _, fault in ipairs(opened.faults) do notes.add(site, part, fault[1], parameter, fault[2]) end
  if not opened.rows then notes.add(site, part, where, name, opened.why) end
  if part ~= "unsaid" then source.told[name] = true end
end

-- Appends the rows of a table that a parameter names.
local function add_table(site, source, name, parameter, part, syntax, list)
  local opened = open_table(source, name, place_of(source, parameter), syntax or "map")
  note_table(site, source, name, opened, parameter, part)
  for _, row in ipairs(opened.rows or {}) do list[#list + 1] = row end
end

-- The file that is given for a table that main.cf names, if it is called so.
local function given_for(given, name)
  local base = base_of(name:match "[^:]*$")
  for _, path in ipairs(given) do
    if base_of(path) == base or custom_name(path) == base then return path end
  end
end

-- The tables of a parameter, in order.  Files that are given as PARAMETER=FILE are all of it; those
-- that are taken for it by their names stand for main.cf's tables of these names, beside its others.
local function tables_of(source, parameter)
  local given, named = source.given[parameter], source.parameters:list(parameter)
  if not given or not source.by_custom[parameter] then return given or named end
  local files, seen = {}, {}
  local function add(file)
    if not seen[file] then files[#files + 1] = file end
    seen[file] = true
  end
  for _, name in ipairs(named) do add(given_for(given, name) or name) end
  for _, path in ipairs(given) do add(path) end
  return files
end

local function read_tables(site, source)
  for _, entry in ipairs(TABLES) do
    local parameter, name = entry[1], entry[2]
    local rows = {}
    for _, file in ipairs(tables_of(source, parameter)) do
      add_table(site, source, file, parameter, entry.part or name, entry.syntax, rows)
    end
    for _, row in ipairs(rows) do
      row.table = parameter
      table.insert(site[name], row)
      if entry.also then table.insert(site[entry.also], row) end
    end
  end
end

-- Whether the key of a table among domains is one: a name of virtual_alias_maps may be a user's.
local function is_domain_key(row) return row.key:find "^[%w.-]+%.[%w-]+$" ~= nil end

-- The domains that an item of a list means.
local function domains_of(site, source, item, parameter)
  local rows = {}
  if item:find "^%a[%w]*:" then
    local found = {}
    local part = source.parameters:line(parameter) and "domains" or "unsaid"
    add_table(site, source, item, parameter, part, nil, found)
    for _, row in ipairs(found) do
      if is_domain_key(row) then rows[#rows + 1] = row end
    end
    return rows
  end
  local where = place_of(source, parameter)
  if item:find "^!" then
    notes.add(site, "domains", where, item, "declare the domain as what it is")
  elseif item:find "^/" then
    local text, why = source.read(item)
    if text then return tables.names(text, item) end
    notes.add(site, "domains", where, item, "cannot be read: " .. why)
  else
    rows[1] = { key = item, value = "", where = where }
  end
  return rows
end

-- The rows of the domains that one of relay_domains means.
local function relay_rows(source, row)
  local below = row.key:match "^%.(.+)$"
  local rows = below and {} or { row }
  if below or source.parameters:has_parents("relay_domains", true) then
    rows[#rows + 1] = { key = "*." .. (below or row.key), value = "", where = row.where }
  end
  return rows
end

-- Adds domains that a list does not have yet.
local function add_domains(list, seen, rows)
  for _, row in ipairs(rows) do
    local key = row.key:lower()
    if not seen[key] then list[#list + 1] = row end
    seen[key] = true
  end
end

local function read_domains(site, source)
  for _, list in ipairs(LISTS) do
    local parameter, name, seen = list[1], list[2], {}
    for _, item in ipairs(source.given[parameter] or source.parameters:list(parameter)) do
      for _, row in ipairs(domains_of(site, source, item, parameter)) do
        add_domains(site[name], seen, name == "relays" and relay_rows(source, row) or { row })
      end
    end
  end
end

-- The domain of names that have none, if anything says it; Debian keeps it in a file, /etc/mailname.
local function read_origin(site, source)
  local parameters = source.parameters
  if not (parameters:line "myorigin" or parameters:line "myhostname") then return nil end
  local origin = parameters:get "myorigin"
  if not origin:find "^/" then return origin end
  local text, why = source.read(origin)
  if text then return text:match "^%s*(%S+)" end
  notes.add(site, "domains", place_of(source, "myorigin"), "myorigin = " .. origin,
    "cannot be read: " .. why .. "; say --origin")
end

-- Says that a host's own name, which is one of its domains, stands nowhere.
local function note_unnamed_host(site, parameters)
  if parameters:line "myhostname" then return end
  for _, row in ipairs(site.locals) do
    if row.key == parameters:get "myhostname" then
      return notes.add(site, "domains", row.where, row.key, "the host's own name, which main.cf"
        .. " does not say; write it in its place")
    end
  end
end

local SIGN = "[!#$%%&'*+/=?^_`{|}~.-]" -- what stands in local parts without quotes, but for letters

-- The characters of recipient_delimiter that separate extensions, each once; nil without any. Those that stand in
-- quotes alone are noted.
local function read_delimiter(site, source)
  local signs, others = {}, {}
  for sign in source.parameters:get("recipient_delimiter"):gmatch "." do
    table.insert(sign:find(SIGN) and signs or others, sign)
  end
  if others[1] then
    notes.add(site, "settings", place_of(source, "recipient_delimiter"),
      "recipient_delimiter = " .. table.concat(others), "no separator of extensions here")
  end
  local delimiter = table.concat(lists.distinct(signs))
  return delimiter ~= "" and delimiter or nil
end

-- Sets the origin, which stands first if it is local; others are where the names in values are.
local function put_origin_first(site, origin)
  if not origin then return end
  site.origin = origin
  for i, row in ipairs(site.locals) do
    if row.key:lower() == origin:lower() then
      return table.insert(site.locals, 1, table.remove(site.locals, i))
    end
  end
end

-- The line of a note, or 0.
local function line_of(note) return tonumber(note[1]:match ":(%d+):%d+$") or 0 end

-- By line, and what stands in none first.
local function by_line(a, b)
  local first, second = line_of(a), line_of(b)
  if first ~= second then return first < second end
  return a[2] < b[2]
end

-- A step that asks a table of access(5), which is kept; nil where it cannot be read.
local function access_step(site, source, name, subject, parameter)
  local opened = open_table(source, name, place_of(source, parameter), "map")
  note_table(site, source, name, opened, parameter, "access")
  if not opened.rows then return nil end
  local step = { kind = "table", subject = subject, name = name, rows = opened.rows }
  table.insert(site.access_tables, step)
  return step
end

-- Reads who may send to whom: the parameters of which that is all.
local function read_access(site, source)
  local parameters = source.parameters
  site.has_parents = parameters:has_parents("smtpd_access_maps", true)
  for parameter, subject in pairs(checks.SUBJECTS) do
    for _, name in ipairs(source.given[parameter] or {}) do
      local step = access_step(site, source, name, subject, parameter)
      table.insert(site.access, { name = parameter, steps = { step }, where = parameter })
    end
  end
  return checks.read(site, parameters, function(name, subject, parameter)
    return access_step(site, source, name, subject, parameter)
  end, CHECKS)
end

-- Whether the file says something by a parameter: of masquerading, only if some domain is.
local function says(parameters, name)
  if name:find "^masquerade_" and parameters:get "masquerade_domains" == "" then return false end
  return parameters:line(name) and parameters:get(name) ~= ""
end

local function read_notes(site, source, said)
  local parameters = source.parameters
  for name, why in pairs(NOTED) do
    if not said[name] and says(parameters, name) then
      notes.add(site, NOTE_PARTS[name] or "settings", place_of(source, name),
        ("%s = %s"):format(name, parameters:raw(name)), why)
    end
  end
  for _, list in pairs(site.notes) do table.sort(list, by_line) end
end

-- The parameters that a file can be for.
local PARAMETERS = {
  [checks.SENDERS] = checks.SENDERS, [checks.RECIPIENTS] = checks.RECIPIENTS,
}
for _, list in ipairs { TABLES, LISTS } do
  for _, entry in ipairs(list) do PARAMETERS[entry[1]] = entry[1] end
end

-- The parameter that a file is for: as it is said, or else as custom says; nil and what is wrong.
local function parameter_of(file)
  local said = file.name
  if not said then
    local found = BY_NAME[custom_name(file.path)]
    return found, ("%s: what is this? Write PARAMETER=%s, such as virtual_alias_maps=%s"):format(
      file.path, file.path, file.path)
  end
  return PARAMETERS[said] or BY_NAME[said], ("%s=%s: this is no parameter of tables or domains%s")
    :format(said, file.path, suggest.phrase(said, lists.keys(PARAMETERS), "there are"))
end

local TAKEN = "the %s beside main.cf is taken for %s; give both as PARAMETER=FILE"
local ABSENT = "%s, Postfix's default, is not beside main.cf: copy it there, or write alias_maps ="
  .. " into main.cf if there is none"

-- A function that reads a table's file beside main.cf: nil, and the path for which it was read before,
-- where tables in two folders have the same name.
local function reader_beside(folder, read)
  local taken = {}
  return function(path)
    local beside = folder .. base_of(path)
    local text, message = read(beside)
    if not text or path == beside then return text, nil, message end
    taken[beside] = taken[beside] or path
    if taken[beside] ~= path then return nil, taken[beside] end
    return text
  end
end

-- A function that reads the tables of main.cf: a file of the same name beside it first, so that a
-- copy of a server's folder is read and not this machine's own; one that only Postfix's defaults name
-- nowhere else.
local function reader(folder, given, read, defaults)
  local read_beside = reader_beside(folder, read)
  return function(path)
    if given[path] then return given[path] end
    local own = path:find "^/" and path or folder .. path
    local text, other, message = read_beside(own)
    if text then return text end
    if defaults[path] then return nil, ABSENT:format(path) end
    if own == folder .. base_of(path) then return nil, message end
    text, message = read(own)
    return text, not text and other and TAKEN:format(base_of(path), other) or message
  end
end

-- What Postfix reads though main.cf does not name it.
local function defaults_of(parameters)
  local said = parameters:raw "alias_maps" or "$alias_database"
  local is_said = not said:find("$alias_database", 1, true) or parameters:raw "alias_database"
  return { ["/etc/aliases"] = not is_said or nil }
end

-- Without local domains the system's users are nobody's addresses, nor are aliases.
local function leave_out_users(site, source)
  if #site.locals > 0 then return end
  for _, name in ipairs { "alias_maps", "local_recipient_maps" } do
    if not source.parameters:line(name) then source.given[name] = source.given[name] or {} end
  end
end

local ALL_USERS = "mail for all users of the local domains is taken; who is named by no map is"
  .. " unknown here: import a list of them as local_recipient_maps=FILE"

-- Says that users are not all known where main.cf says that no table has them.
local function note_users(site, source)
  local name = "local_recipient_maps"
  local line = source.parameters:get(name) == "" and source.parameters:named(name)
  if not line or source.given[name] or #site.locals == 0 then return end
  notes.add(site, "people", ("main.cf:%d:1"):format(line), name .. " =", ALL_USERS)
end

-- The main.cf among files, the other ones by their parameters, their texts by their paths, and the
-- parameters of which no file says that it is for them.
local function sort_files(files)
  local main, given, texts, by_custom = nil, {}, {}, {}
  for _, file in ipairs(files) do
    if file.name == "main.cf" or base_of(file.path):find "%.cf$" then
      main = file
    else
      local parameter, message = parameter_of(file)
      if not parameter then return nil, message end
      by_custom[parameter] = by_custom[parameter] ~= false and not file.name
      given[parameter] = given[parameter] or {}
      table.insert(given[parameter], file.path)
      texts[file.path] = file.text
    end
  end
  return main or false, given, texts, by_custom
end

-- Without main.cf, the domains of a table are what is ours.
local function guess_domains(site)
  local seen = {}
  for _, rows in ipairs { site.virtual, site.mailboxes } do
    for _, row in ipairs(rows) do
      local domain = row.key:match "@(.+)$" or is_domain_key(row) and row.key
      if domain and not seen[domain:lower()] then
        seen[domain:lower()] = true
        table.insert(site.hosted, { key = domain, value = "", where = row.where })
      end
    end
  end
end

--- Reads files.
-- @tparam {table,...} files `path`, `text`, and `name`, a parameter, if one was said
-- @tparam function read of a path: a text, or nil and a message
-- @treturn table|nil a site, see `postoffice.import.site`
-- @treturn string what is wrong
local function postfix(files, read)
  local main, given, texts, by_custom = sort_files(files)
  if main == nil then return nil, given end
  local site = { notes = {}, locals = {}, hosted = {}, relays = {}, canonical = {}, senders = {},
    boxed = {}, virtual = {}, aliases = {}, mailboxes = {}, accounts = {}, relocated = {},
    transport = {}, sender_relayhosts = {}, sender_transports = {}, access = {},
    access_tables = {}, classes = {} }
  local folder = main and folder_of(main.path) or ""
  local parameters = main_cf.read(main and main.text or "mydestination =\n", folder)
  local source = {
    parameters = parameters, given = given, by_custom = by_custom, opened = {}, told = {},
    read = reader(folder, texts, read, defaults_of(parameters)),
  }
  read_domains(site, source)
  leave_out_users(site, source)
  read_tables(site, source)
  if not main then guess_domains(site) end
  if main then
    put_origin_first(site, read_origin(site, source))
    note_unnamed_host(site, parameters)
  end
  local said = read_ways(site, parameters, source.given.virtual_mailbox_maps ~= nil)
  for name, is_said in pairs(read_access(site, source)) do said[name] = is_said end
  note_users(site, source)
  read_notes(site, source, said)
  site.delimiter = read_delimiter(site, source)
  local propagates = parameters:get "propagate_unmatched_extensions"
  site.propagate = site.delimiter and propagates:find "virtual" and "always" or nil
  site.extends = {
    canonical = propagates:find "canonical" ~= nil, generic = propagates:find "generic" ~= nil,
  }
  return site
end

return postfix
