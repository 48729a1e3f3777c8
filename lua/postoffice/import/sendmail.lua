--- Reads what sendmail has (cf/README): local-host-names, virtuser-domains, relay-domains,
-- mailertable, virtusertable, aliases, access, genericstable, domaintable.
-- @module postoffice.import.sendmail

local base_of = require "postoffice.text.path".base
local lists = require "postoffice.lists"
local notes = require "postoffice.import.notes"
local postmap = require "postoffice.text.postmap"
local tables = require "postoffice.import.tables"

-- By a file's name: how its rows are written, and what becomes of each.
local FILES = {}

-- Notes a row at the part of the policy that it would belong to; `of` as `notes.add` has it.
local function note(site, part, row, why, of)
  notes.add(site, part, row.where, notes.text_of(row), why, of)
end

FILES["local-host-names"] = { names = true, read = function(site, row)
  table.insert(site.locals, row)
end }

FILES["virtuser-domains"] = { names = true, read = function(site, row)
  table.insert(site.hosted, row)
end }

-- $=R holds domains and all that is below them, and networks.
FILES["relay-domains"] = { names = true, read = function(site, row)
  if row.key:find "^[%d.]+$" or row.key:find "^[Ii][Pp][Vv]6:" then
    return note(site, "domains", row, "a network: who may send is the mail server's to say")
  end
  table.insert(site.relays, row)
  table.insert(site.relays, {
    key = "*." .. row.key, value = "", where = row.where, is_below = true,
  })
end }

local EXTENDED = "every extension, as that of the name without one: the rule for that has it, too"

-- The mailers that speak SMTP.
local SMTP = { smtp = true, esmtp = true, smtp8 = true, dsmtp = true, relay = true }

-- The first host of a list, and the others.
local function first_host(hosts)
  local first, others = hosts:match "^(%b[])(.*)$"
  if first then return first, others end
  return hosts:match "^([^:]*)(.*)$"
end

-- Says of a row of mailertable where it goes.
local function read_mailer(site, row, mailer, hosts)
  if not SMTP[mailer or ""] then
    row.why = "only the mailers of SMTP have a counterpart; write a connector for it"
  elseif hosts:find "%%%d" then
    row.why = "the host is made of the domain; write a connector for each"
  elseif hosts:find "@" then
    row.why = "one person gets all of the domain: say it by a rewrite"
  else
    local first, others = first_host(hosts)
    row.nexthop = "smtp:" .. first
    if others == "" then return end
    note(site, "transport", row, "the hosts after the first are connectors of a higher cost", "")
  end
end

FILES.mailertable = { read = function(site, row)
  local mailer, hosts = row.value:match "^%s*([%w_-]+):(.-)%s*$"
  local refusal = postmap.refusal(row.value)
  row.refuses = refusal or nil
  if row.key == "." then row.key = "*" end
  if refusal == false then
    row.why = notes.LATER
  elseif refusal then
    row.value = "error:" .. (refusal == true and "" or refusal)
  else
    read_mailer(site, row, mailer, hosts)
  end
  table.insert(site.transport, row)
end }

local LOCALHOST = "sendmail takes localhost for its own name before it looks for anything here"

FILES.virtusertable = { read = function(site, row)
  if not row.key:find("@", 1, true) then
    return note(site, "people", row, "sendmail looks for nothing here that has no @")
  elseif row.key:lower():find "@localhost$" then
    return note(site, "people", row, LOCALHOST)
  end
  table.insert(site.virtual, row)
end }

-- An address that ends in .REDIRECT is where somebody has moved to (FEATURE(redirect), cf/README).
FILES.aliases = { syntax = "aliases", read = function(site, row)
  local address = row.value:match "^(%S+)%.[Rr][Ee][Dd][Ii][Rr][Ee][Cc][Tt]$"
  if not address then return table.insert(site.aliases, row) end
  table.insert(site.relocated, { key = row.key, value = address, where = row.where })
end }

FILES.genericstable = { read = function(site, row)
  if row.key:find "%+%*" then return note(site, "senders", row, EXTENDED) end
  row.table = "genericstable"
  table.insert(site.senders, row)
end }

FILES.domaintable = { read = function(site, row)
  local rule = {
    key = "@" .. row.key, value = "@" .. row.value, where = row.where, table = "domaintable",
  }
  table.insert(site.canonical, rule)
  table.insert(site.senders, rule)
end }

-- The sentence of an answer, or true; false where that is to come again; nil where a value is none.
local function refusal(value)
  if value:upper() == "REJECT" then return true end
  return postmap.refusal(value:find "^5%d%d " and "error:" .. value or value)
end

-- A row of access about recipients.
local function read_recipient(site, row, name)
  local text = refusal(row.value)
  local copy = { key = name, value = row.value, where = row.where, text = text }
  if row.value:upper() == "RELAY" and not name:find("@", 1, true) then
    FILES["relay-domains"].read(site, copy)
  elseif text and name:find "^[^@]+@." then
    table.insert(site.refused, copy)
  elseif text and not name:find("@", 1, true) then
    copy.refuses, copy.value = true, "error:" .. (text == true and "" or text)
    table.insert(site.transport, copy)
  else
    note(site, "people", row, "write on.recipient for it", "")
  end
end

-- What values about senders say in the words of access(5).
local SAYS = {
  REJECT = "REJECT", OK = "OK", SKIP = "DUNNO", DISCARD = "DISCARD", QUARANTINE = "HOLD",
}

-- What a value about senders says in the words of access(5), or nil: `ERROR:D.S.N:550 text`, `550 text`.
local function says(value)
  local known = SAYS[value:match "^%a*":upper()]
  if known then return known end
  local text = value:gsub("^[Ee][Rr][Rr][Oo][Rr]:", ""):gsub('^"(.*)"$', "%1")
  local status, rest = text:match "^(%d%.%d+%.%d+):%s*(.*)$"
  rest = (rest or text):gsub('^"(.*)"$', "%1")
  local code, sentence = rest:match "^([45]%d%d)%s+(.*)$"
  if not code and text == value then return nil end
  code = code or (status and status:find "^4" and "450" or "550")
  return ("%s %s %s"):format(code, status or "", sentence or rest)
end

local WHENCE = "who may send, and from where, is the mail server's to say"
local HOSTS = "here it is said of senders alone, and not of hosts that connect"

-- A row of access about senders: with `From:`, or with nothing before the key, of hosts, too.
local function read_sender(site, row, name, is_tagged)
  local said = says(row.value)
  if not said or not name:find "%a" then return note(site, "settings", row, WHENCE) end
  if not (is_tagged or name:find("@", 1, true)) then note(site, "access", row, HOSTS, "") end
  local rows = site.access[1].steps[1].rows
  rows[#rows + 1] = { key = name, value = row.value, says = said, where = row.where,
    is_tagged = is_tagged }
end

FILES.access = { read = function(site, row)
  local tag, name = row.key:match "^(%a+):(.+)$"
  tag = (tag or ""):lower()
  if tag == "to" then return read_recipient(site, row, name) end
  local is_relay = tag == "" and row.value:upper() == "RELAY" and row.key:find "%a"
  if is_relay then return read_recipient(site, row, row.key) end
  if tag == "from" or tag == "" then return read_sender(site, row, name or row.key, tag ~= "") end
  note(site, "settings", row, WHENCE)
end }

-- Rows about senders with `From:` before others: of those with the same key they are found.
local function put_tagged_first(rows)
  local tagged, others = {}, {}
  for _, row in ipairs(rows) do table.insert(row.is_tagged and tagged or others, row) end
  lists.add_all(tagged, others)
  return tagged
end

local TWICE = "it is declared already, as a domain that goes before"

-- Leaves out domains that stand twice: whose users are here goes before what is passed on.
local function drop_repeated(site)
  local seen = {}
  for _, name in ipairs { "locals", "hosted", "relays" } do
    local kept = {}
    for _, row in ipairs(site[name]) do
      local key = row.key:lower()
      if not seen[key] then kept[#kept + 1] = row
      elseif not row.is_below then note(site, "domains", row, TWICE) end
      seen[key] = true
    end
    site[name] = kept
  end
end

-- The domains of virtusertable, which sendmail looks at only for domains that are ours.
local function add_virtual_domains(site)
  local seen = {}
  for _, row in ipairs(site.locals) do seen[row.key:lower()] = true end
  for _, row in ipairs(site.hosted) do seen[row.key:lower()] = true end
  for _, row in ipairs(site.virtual) do
    local domain = row.key:match "@(.+)$"
    if domain and not seen[domain:lower()] then
      seen[domain:lower()] = true
      table.insert(site.hosted, { key = domain, value = "", where = row.where })
    end
  end
end

-- Adds localhost, which is always one of sendmail's own names (`Cwlocalhost` in proto.m4), where somebody there is
-- named and we have a name of our own.
local function add_localhost(site)
  if not site.locals[1] then return end
  for _, rows in ipairs { site.virtual, site.aliases, site.senders } do
    for _, row in ipairs(rows) do
      if (row.key .. " " .. row.value .. " "):lower():find "@localhost[%s,]" then
        table.insert(site.locals, { key = "localhost", value = "", where = row.where })
        return
      end
    end
  end
end

--- Reads files.
-- @tparam {table,...} files `path`, `text`, and `name`, one of `FILES`, if one was said
-- @treturn table|nil a site, see `postoffice.import.site`
-- @treturn string what is wrong
local function sendmail(files)
  local site = { notes = {}, locals = {}, hosted = {}, relays = {}, canonical = {}, senders = {},
    virtual = {}, aliases = {}, mailboxes = {}, accounts = {}, relocated = {}, transport = {},
    refused = {}, default = "smtp:", delimiter = "+", has_wildcards = true, extends = {},
    access = { { name = "check_mail", where = "access", others = {}, steps = { {
      kind = "table", subject = "sender", name = "access", rows = {}, is_exact = true,
      remark = "what access says of senders",
    } } } }, classes = {}, has_parents = true }
  for _, file in ipairs(files) do
    local how = FILES[file.name or base_of(file.path)]
    if not how then
      return nil, ("%s: what is this? Write NAME=%s, such as virtusertable=%s"):format(file.path,
        file.path, file.path)
    end
    local function fault(where, why)
      note(site, "people", { where = where, key = "this row", value = "" }, why)
    end
    local rows = how.names and tables.names(file.text, file.path)
      or tables.rows(file.text, file.path, how.syntax or "sendmail", fault)
    for _, row in ipairs(rows) do how.read(site, row) end
  end
  local step = site.access[1].steps[1]
  step.rows = put_tagged_first(step.rows)
  site.access_tables = { step }
  add_localhost(site)
  drop_repeated(site)
  add_virtual_domains(site)
  return site
end

return sendmail
