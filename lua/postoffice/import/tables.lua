--- The look-up tables of mail servers as rows, as far as they are files of fixed keys.
-- @module postoffice.import.tables

local base_of = require "postoffice.text.path".base
local block_of = require "postoffice.text.blocks".of
local lines = require "postoffice.text.lines"
local main_cf = require "postoffice.import.main_cf"
local places = require "postoffice.import.places"
local postmap = require "postoffice.text.postmap"

local tables = {}

-- What is said of tables that are no files of fixed keys.
local LIVE = "a table that is asked for each address; import what it holds, or answer it by ask"
local PATTERNS = "patterns in the mail server's own language; write rewrites, spaces or"
  .. " on.recipient for them"
local OTHERS = {
  regexp = PATTERNS, pcre = PATTERNS, cidr = "networks, which are no addresses",
  static = "the same answer for every key; write a rule for what it is meant for",
  unix = "the accounts of the system; those that other maps name are mailboxes here, and the others"
    .. " are unknown: import a list of them as local_recipient_maps=FILE",
  fail = "no table", pipemap = "several tables in a row", unionmap = "several tables at once",
  randmap = "an answer by chance; connectors have weights for that",
  environ = "the server's environment",
}
for _, kind in ipairs { "ldap", "mysql", "pgsql", "sqlite", "mongodb", "nis", "nisplus", "netinfo",
  "tcp", "socketmap", "memcache" } do
  OTHERS[kind] = LIVE
end

local FILES = {
  hash = true, btree = true, lmdb = true, cdb = true, dbm = true, sdbm = true, texthash = true,
}

-- A key without the quotes around it; in aliases a name that needs them has them in an address, too.
local function unquoted(key, syntax)
  local name = key:match '^"(.*)"$'
  local needs_quotes = syntax == "aliases" and name and name:find "[%s,:;<>()%[%]\\\"@]"
  return needs_quotes and key or name or key
end

--- The rows of a text.
-- @string text
-- @string file its name, for notes
-- @string syntax as `postoffice.text.postmap` has it
-- @tparam function fault is given the place and what is wrong with a row
-- @treturn {table,...} `key`, `value`, and `where`, as `postoffice.import.places` has it
function tables.rows(text, file, syntax, fault)
  local reader, rows, name = postmap.open(block_of(text), syntax), {}, base_of(file)
  local key, value, line, column = reader:read()
  while key or value do
    if key then
      rows[#rows + 1] = {
        key = unquoted(key, syntax), value = value, where = places.of_row(name, reader.row),
      }
    else
      fault(("%s:%d:%d"):format(name, line, column), value)
    end
    key, value, line, column = reader:read()
  end
  return rows
end

--- The names of a text that lists one a line.
-- @string text
-- @string file
-- @treturn {table,...} rows without values
function tables.names(text, file)
  local rows = {}
  for line, number in lines.each(block_of(text)) do
    for at, name in line:gsub("#.*", ""):gmatch "()([^%s,]+)" do
      local where = places.of_name(base_of(file), number, line, at)
      rows[#rows + 1] = { key = name, value = "", where = where }
    end
  end
  return rows
end

-- The rows of `inline:{ key = value, { key = value } }`.
local function inline_rows(body, where)
  local rows = {}
  for _, item in ipairs(main_cf.split(body:match "^{(.*)}$" or "")) do
    local key, value = item:gsub("^{(.*)}$", "%1"):match "^%s*([^=]-)%s*=%s*(.-)%s*$"
    if key then rows[#rows + 1] = { key = key, value = value, where = where } end
  end
  return rows
end

--- The rows of a table that a parameter names, such as `hash:/etc/postfix/virtual`.
-- @string name the table's
-- @tparam table around `read`, a function of a path that returns a text, or nil and a message;
--   `where`, for the rows of `inline`; and `fault`, as for `rows`
-- @string syntax
-- @treturn {table,...}|nil
-- @treturn string why it cannot be carried over
function tables.open(name, around, syntax)
  local kind, path = name:match "^(%a[%w]*):(.*)$"
  if kind == "proxy" then return tables.open(path, around, syntax) end
  if kind == "inline" then return inline_rows(path, around.where) end
  if kind and not FILES[kind] then return nil, OTHERS[kind] or "a table of an unknown type" end
  local text, message = around.read(path or name)
  if not text then return nil, "cannot be read: " .. message end
  return tables.rows(text, path or name, syntax, around.fault)
end

return tables
