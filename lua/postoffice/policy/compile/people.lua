--- The people in the file of a `directory`: a row of CSV each.
--
-- What exports call their columns is known here, whatever the case and the blanks, hyphens and
-- underscores of the names.  A row says who it is, which addresses find it, and where its mail
-- goes on to.
-- @module postoffice.policy.compile.people

local csv = require "postoffice.text.csv"
local describe = require "postoffice.policy.language.describe"
local joined = require "postoffice.text.joined"
local language = require "postoffice.policy.language.words"
local suggest = require "postoffice.suggest"
local trim = joined.trim
local visible = require "postoffice.text.visible".all

local find, lower, match, sub = string.find, string.lower, string.match, string.sub

local people = {}

-- What each field's columns are called by Get-Recipient, Get-ADUser, csvde and the Exchange 5.5
-- administrator, folded: the first one counts, of `proxies` all.
local FIELDS = {
  { "name", "displayname", "name", "cn" },
  { "primary", "primarysmtpaddress", "mail" },
  { "proxies", "emailaddresses", "proxyaddresses", "secondaryproxyaddresses" },
  { "target", "target", "externalemailaddress", "targetaddress", "forwardingsmtpaddress" },
  { "targets", "targets" },
  { "keep", "keep", "delivertomailboxandforward", "deliverandredirect" },
}

local EXCHANGE_55 = "objclass"

local SEPARATORS = { comma = ",", semicolon = ";", tab = "\t" }

-- A column's name as it is compared.  "E-mail Addresses" is the same as EmailAddresses.
local function fold(name) return (lower(name):gsub("[%s_-]", "")) end

-- The columns by their folded names; of two with the same name, the first.
local function index_of(header)
  local index = {}
  for i, name in ipairs(header) do
    local folded = fold(name)
    index[folded] = index[folded] or i
  end
  return index
end

-- The columns of a field that are known.
local function known_columns(index, field)
  local columns = {}
  for i = 2, #field do columns[#columns + 1] = index[field[i]] end
  return columns
end

-- The columns that a declaration names.
local function named_columns(index, header, declaration, field, errors)
  local names, columns = declaration.fields.columns[field], {}
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    local column = index[fold(name)]
    if not column then
      errors.add(declaration, ': columns.%s: %s has no column "%s"%s', field,
        declaration.fields.file, describe.short(name), suggest.phrase(name, header, "columns"))
    end
    columns[#columns + 1] = column
  end
  return columns
end

-- The names of the first column of a list and of all of another.
local function labels_of(header, first, all)
  local names = { header[first[1]] }
  for _, column in ipairs(all) do names[#names + 1] = header[column] end
  for i, name in ipairs(names) do names[i] = describe.short(name) end
  return table.concat(names, ", ")
end

-- The columns of each field, as a declaration names them or as they are known.  Who names those
-- of the proxies names them all.
local function columns_of(index, header, declaration, errors)
  local named, columns = declaration.fields.columns or {}, {}
  for _, field in ipairs(FIELDS) do
    local name = field[1]
    columns[name] = named[name] and named_columns(index, header, declaration, name, errors)
      or known_columns(index, field)
  end
  if named.proxies then columns.primary = {} end
  return columns
end

-- Which column holds what: `name`, `primary`, `target`, `targets` and `keep` are numbers or nil,
-- `proxies` a list; `split` takes apart what holds several.  Nil if there are errors.
local function new_map(header, declaration, errors)
  local index, before = index_of(header), #errors
  local columns = columns_of(index, header, declaration, errors)
  if #errors > before then return nil end
  local name, primary, target = columns.name[1], columns.primary[1], columns.target[1]
  local targets, keep = columns.targets[1], columns.keep[1]
  if not primary and #columns.proxies == 0 then
    errors.add(declaration, ": %s has no column of addresses that is known%s;"
      .. ' name one: columns = { proxies = "Mail" }', declaration.fields.file,
      suggest.listing(header, "columns"))
    return nil
  end
  declaration.labels = {
    proxies = labels_of(header, columns.primary, columns.proxies),
    target = labels_of(header, { target or targets }, { target and targets }),
    keep = labels_of(header, { keep }, {}),
  }
  return {
    name = name, primary = primary, proxies = columns.proxies, target = target, targets = targets,
    keep = keep,
    split = index[EXCHANGE_55] and joined.split_by_percent or joined.split,
  }
end

-- The address without the prefix of SMTP, which it has by default.
local function bare(text) return match(text, "^[Ss][Mm][Tt][Pp]:(.*)") or text end

-- What two ways to write a proxy have in common; letters of other types may differ by their case.
local function identity(text)
  local address = bare(text)
  return find(address, ":", 1, true) and address or lower(address)
end

-- The proxy that is marked as the primary one of SMTP.
local function marked_primary(proxies)
  for _, text in ipairs(proxies) do
    if sub(text, 1, 5) == "SMTP:" then return text end
  end
end

-- Without those that say the same again: the first stays.
local function distinct(proxies)
  local list, seen = {}, {}
  for _, text in ipairs(proxies) do
    local id = identity(text)
    if not seen[id] then
      seen[id] = true
      list[#list + 1] = text
    end
  end
  return list
end

-- Adds what the column for the primary proxy holds; false if it stands there already.  It is the
-- primary one where none is marked so: `mail` is often another one of a person's addresses.
local function add_primary(proxies, primary)
  local marked, text = marked_primary(proxies), "SMTP:" .. bare(primary)
  if marked == text then return false end -- as most exports have it
  if marked then
    proxies[#proxies + 1] = "smtp:" .. bare(primary)
  else
    table.insert(proxies, 1, text)
  end
  return true
end

-- The proxies that a row has, each once.
local function proxies_of(map, row)
  local proxies = {}
  for _, column in ipairs(map.proxies) do map.split(row[column], proxies) end
  local primary = trim(row[map.primary] or "")
  local several = primary ~= "" and add_primary(proxies, primary) or #map.proxies > 1
  return several and distinct(proxies) or proxies
end

-- What exports write into a column of keep.
local FLAGS = {
  ["true"] = true, yes = true, ["1"] = true, ["false"] = false, no = false, ["0"] = false,
  [""] = false,
}

-- The longest text of a list or, if it is longer, `longest`; and which it was.
local function longer(texts, label, longest, its_label)
  for _, text in ipairs(texts) do
    if #text > #longest then longest, its_label = text, label end
  end
  return longest, its_label
end

-- What is wrong with a row: the end of a sentence that begins with its name, or nil.
local function wrong_row(labels, name, proxies, targets, kept)
  if #proxies == 0 then
    return (" has no proxies, so no mail will find it; %s is empty"):format(labels.proxies)
  elseif #name > language.longest_name then
    return (" has a name of %d bytes; %d are the most"):format(#name, language.longest_name)
  elseif visible(name) ~= name then
    return (' has a control character in its name "%s"'):format(describe.short(name))
  elseif kept == nil then
    return (": %s is neither true nor false"):format(labels.keep)
  end
  local own = type(targets) == "table" and targets or { targets }
  local longest, label = longer(own, labels.target, "", nil)
  longest, label = longer(proxies, labels.proxies, longest, label)
  if #longest > language.longest_text then
    return (": %s has a text of %d bytes; %d are the most"):format(label, #longest,
      language.longest_text)
  end
end

local function place(declaration, word, name, line)
  return { word = word, name = name, file = declaration.fields.file, line = line }
end

-- Where a row's mail goes on to: a text, a list of several, or nil.
local function targets_of(map, row)
  local target = trim(row[map.target] or "")
  local several = {}
  if map.targets then map.split(row[map.targets], several) end
  if #several == 0 then return target ~= "" and target or nil end
  if target ~= "" then table.insert(several, 1, target) end
  return several
end

-- Who a row is: name, proxies, targets, and whether it keeps its mail, too, nil if nobody can say;
-- or nothing where all of it is empty.
local function person(map, row)
  local proxies, name, targets = proxies_of(map, row), trim(row[map.name] or ""),
    targets_of(map, row)
  if name == "" then
    name = proxies[1] and bare(proxies[1]) or type(targets) == "table" and targets[1] or targets
  end
  return name, proxies, targets, FLAGS[lower(trim(row[map.keep] or ""))]
end

-- Hands the rows of a reader to `sink`; as the reader fails where one cannot be read.
local function each_row(reader, map, declaration, errors, sink)
  local row = {}
  local line, message, at_line, column = reader:read(row)
  if not line and not message then
    return "there is no row below the header", reader.line, 1
  end
  while line do
    local name, proxies, targets, kept = person(map, row)
    local wrong = name and wrong_row(declaration.labels, name, proxies, targets, kept)
    if wrong then
      errors.add(place(declaration, "recipient", name, line), "%s", wrong)
    elseif name then
      sink(name, proxies, line, targets, kept)
    end
    line, message, at_line, column = reader:read(row)
  end
  return message, at_line, column
end

-- Hands on the people of a text that comes in blocks; a message and where if it cannot be read.
local function each_person(declaration, blocks, errors, sink)
  local reader, message, at_line, column =
    csv.open("", SEPARATORS[declaration.fields.separator], blocks)
  if not reader then return message, at_line, column end
  local map = new_map(reader.header, declaration, errors)
  if map then return each_row(reader, map, declaration, errors, sink) end
end

--- Reads the people of a directory's file.  Wrong rows are errors at their lines, and left out.
-- @tparam table declaration of `directory`: is given `labels`, the names of the columns by
--   field, for messages
-- @tparam function open of a file's name: a function that returns its next block of about as many
--   bytes as it is given, nil at the end; or nil, a message and a code, as may that function
-- @tparam table errors
-- @tparam function sink is given each person's name, which several may have; a new list of
--   proxies, one at least; the line; where its mail goes on to, a text, a list, or nil; and
--   whether it is a mailbox here, too
function people.each(declaration, open, errors, sink)
  local blocks, why, code = open(declaration.fields.file)
  local function next_block(length)
    local block
    block, why, code = blocks(length)
    return block
  end
  local message, at_line, column
  if blocks then
    message, at_line, column = each_person(declaration, next_block, errors, sink)
  end
  if why then
    errors.fail(code or errors.code, declaration, ': file "%s": %s', declaration.fields.file, why)
  elseif message then
    errors.add(place(declaration, "directory", declaration.name, at_line),
      ": %s, at byte %d of the line", message, column)
  end
end

return people
