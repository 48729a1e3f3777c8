--- Makes addresses for people by templates, and sees to it that nobody's is given twice.
--
-- Of several who would have the same address, the first has it, all others one with a number: of
-- what the template makes, or of the alias, as Exchange 4.0 had it before its second service pack
-- (Q146455).  After twenty numbers it gives up (Q152953, Q176871).
-- @module postoffice.text.proposer

local fail = require "postoffice.fail"
local proxy_template = require "postoffice.text.proxy_template"
local utf8 = require "postoffice.text.utf8"

local proposer = {}

local Proposer = {}
Proposer.__index = Proposer
Proposer.__name = "postoffice.proposer"

local TRIES = 20 -- numbers after an address that is taken

--- What templates know of a person; all are texts.
proposer.FIELDS = { "alias", "display", "given", "initials", "name", "surname" }

--- What decides who gets which address when several would have the same.
proposer.COLLISIONS = { number = true, alias = true }

--- How letters with an umlaut are written.
proposer.UMLAUTS = { german = true, nordic = true }

--- Reads templates.
-- @tparam {string,...} list
-- @treturn {table,...}|nil
-- @treturn string what is wrong
-- @treturn string code
-- @treturn number|nil the byte that offends
-- @treturn number the index of the template
function proposer.read(list)
  local templates = {}
  for i, text in ipairs(list) do
    local template, message, code, position = proxy_template.read(text)
    if not template then return nil, message, code, position, i end
    templates[i] = template
  end
  return templates
end

--- Makes addresses by templates.
-- @tparam {table,...} templates
-- @tparam[opt] table options `collisions`: "number" or "alias"; `umlauts`: "german" or "nordic";
--   `owner`: a function of an address's key that returns the name of who has it, or nil
-- @treturn table with `propose`; it remembers to whom it gave what
function proposer.new(templates, options)
  options = options or {}
  return setmetatable({
    templates = templates, owner = options.owner, given = {}, first_ids = {},
    nordic = options.umlauts == "nordic", by_alias = options.collisions == "alias",
  }, Proposer)
end

-- `Last, First` taken apart, as directories of cc:Mail are (Q185593); without a comma nobody knows.
local function names_in(display)
  local surname, given = (display or ""):match "^%s*([^,]-)%s*,%s*(.-)%s*$"
  return surname, given
end

-- A person with all names that follow from the others.
local function completed(person)
  local surname, given = person.surname, person.given
  if not surname and not given then surname, given = names_in(person.display or person.name) end
  local display = person.display or person.name
  if not display and (given or surname) then
    display = (given or "") .. (given and surname and " " or "") .. (surname or "")
  end
  local name = person.name or display or person.alias or ""
  return {
    surname = surname, given = given, initials = person.initials, alias = person.alias,
    display = display, name = name,
    id = person.id or name:lower() .. "\0" .. (person.alias or ""):lower(),
  }
end

-- The person who was given an address, or the name of who had it before; nil if nobody has it.
local function owner_of(self, key) return self.given[key] or self.owner and self.owner(key) end

local function name_of(owner) return owner.name or owner end

-- Whether an owner is a person: of several who have the name of one who had it before, it is the first.
local function is_own(self, owner, person)
  if owner.id then return owner.id == person.id end
  local name = person.name:lower()
  return owner:lower() == name and self.first_ids[name] == person.id
end

-- An address that a function makes of a number, its key and owner; or nil, message, code.
local function candidate(self, make, number)
  local text, key, code = make(number)
  if not text then return nil, key, code end
  return text, key, owner_of(self, key)
end

local function taken(text, owner, count)
  local more = count > 0 and (" and %d more like it are taken"):format(count) or ""
  return ("%s is %s's%s"):format(text, name_of(owner), more)
end

-- What says of an address with a number why it has one.
local function numbered(self, text, key, number, first)
  return {
    address = text, key = key, how = self.by_alias and "alias" or "number", number = number,
    because = ("%s; so %s%d"):format(first,
      self.by_alias and "the alias and " or "with the number ", number),
  }
end

-- The first number with which an address is nobody's.
local function find_number(self, template, person, text, owner)
  local make, message, code = proxy_template.fill(template, person,
    { nordic = self.nordic, alias = self.by_alias })
  if not make then return nil, message, code end
  local first = proxy_template.first_number(template)
  for number = first, first + TRIES - 1 do
    local other, key, its_owner = candidate(self, make, number)
    if not other then return nil, key, its_owner end
    if not its_owner or is_own(self, its_owner, person) then
      return numbered(self, other, key, number, taken(text, owner, number - first))
    end
  end
  return fail "proxy-crowded"
end

-- Whether a person's names are all texts of UTF-8: of one in Latin-1 letters would be missing.
local function is_legible(person)
  for _, field in ipairs(proposer.FIELDS) do
    if person[field] and not utf8.is_valid(person[field]) then return false end
  end
  return true
end

-- What one template makes for a person; or nil, message, code.
local function propose(self, template, person)
  if not is_legible(person) then return fail "utf8-invalid" end
  local make, message, code = proxy_template.fill(template, person, { nordic = self.nordic })
  if not make then return nil, message, code end
  local text, key, owner = candidate(self, make, "")
  if not text then return nil, key, owner end
  if not owner then
    return { address = text, key = key, how = "template", because = "as the template says" }
  elseif is_own(self, owner, person) then
    return { address = text, key = key, how = "own", because = "they have it already" }
  end
  return find_number(self, template, person, text, owner)
end

--- Proposes addresses for a person, one by each template that makes another one.
-- @tparam table person `given`, `surname`, `initials`, `display`, `alias`, each a text or nil; and
--   `name`, which says whose an address is that is taken already; `display` unless given; and `id`, which
--   tells people of one name apart; the alias does, unless given
-- @treturn {table,...} a row for each template: `template`, and `address`, `how` ("template",
--   "number", "alias", "own"), `number` and `because`, a sentence; or `message` and `code`:
--   `template-nobody`, `template-letters`, `proxy-crowded`, `proxy-duplicate` (an earlier template
--   made it), `utf8-invalid`, or as `parse` fails and `validate` refuses
function Proposer:propose(person)
  local rows, seen = {}, {}
  person = completed(person)
  local name = person.name:lower()
  self.first_ids[name] = self.first_ids[name] or person.id
  for i, template in ipairs(self.templates) do
    local row, message, code = propose(self, template, person)
    if row and seen[row.key] then row, message, code = fail "proxy-duplicate" end
    row = row or { message = message, code = code }
    row.template = template.text
    if row.key then seen[row.key], self.given[row.key] = true, person end
    row.key = nil
    rows[i] = row
  end
  return rows
end

return proposer
