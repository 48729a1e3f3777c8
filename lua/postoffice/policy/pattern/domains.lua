--- Domains in patterns: they match the A-labels of addresses.
--
-- A label that is not ASCII becomes its A-label, so that a pattern matches all
-- spellings of it. What a wildcard inside such a label stood for would be no part
-- of an A-label, so there is none.
-- @module postoffice.policy.pattern.domains

local describe = require "postoffice.policy.language.describe"
local domain = require "postoffice.text.domain"

local domains = {}

-- Pieces as labels: lists of pieces that hold no dot, between which there is one.
local function split_labels(pieces)
  local labels = { {} }
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      local rest = piece:gsub("([^.]*)%.", function(text)
        table.insert(labels[#labels], text)
        labels[#labels + 1] = {}
        return ""
      end)
      table.insert(labels[#labels], rest)
    else
      table.insert(labels[#labels], piece)
    end
  end
  return labels
end

-- The text of a label, and whether a wildcard stands in it.
local function text_of(label)
  local texts, is_wild = {}, false
  for _, piece in ipairs(label) do
    if type(piece) == "string" then texts[#texts + 1] = piece else is_wild = true end
  end
  return table.concat(texts), is_wild
end

-- A label that matches its A-label, as pieces; or nil and what is wrong.
local function fold_label(label)
  local text, is_wild = text_of(label)
  if not domain.is_beyond_ascii(text) then return label end
  if is_wild then
    return nil, ('has a wildcard in the label of "%s", which is not ASCII: its A-label (xn--...) is'
      .. " matched, which is another for every word; write a dot between them"):format(
        describe.short(text))
  end
  local folded, message = domain.fold(text)
  if not folded then
    return nil, ('has the label "%s": %s'):format(describe.short(text), message)
  end
  return { folded }
end

-- Adds a piece; two texts side by side become one.
local function add(pieces, piece)
  local last = pieces[#pieces]
  if type(piece) == "string" and type(last) == "string" then
    pieces[#pieces] = last .. piece
  elseif piece ~= "" then
    pieces[#pieces + 1] = piece
  end
end

local function add_all(pieces, more)
  for _, piece in ipairs(more) do add(pieces, piece) end
end

-- Whether all texts are ASCII, and none stands beside another: then each label is its own A-label.
local function are_folded(pieces)
  for i, piece in ipairs(pieces) do
    if type(piece) == "string"
        and (domain.is_beyond_ascii(piece) or type(pieces[i + 1]) == "string") then
      return false
    end
  end
  return true
end

--- Pieces of a domain, with A-labels.
-- @tparam {string|table,...} pieces
-- @treturn {string|table,...}|nil
-- @treturn string what is wrong
function domains.fold(pieces)
  local folded, only = {}, pieces[1]
  if not pieces[2] and type(only) == "string" and only:sub(1, 1) == "[" then
    return { domain.fold(only) }
  end
  if are_folded(pieces) then return pieces end
  for i, label in ipairs(split_labels(pieces)) do
    local made, message = fold_label(label)
    if not made then return nil, message end
    if i > 1 then add(folded, ".") end
    add_all(folded, made)
  end
  return folded
end

--- Whether each label without wildcards is one.
-- @tparam {string|table,...} pieces
-- @treturn true|nil
-- @treturn string what is wrong
function domains.check(pieces)
  for _, label in ipairs(split_labels(pieces)) do
    local _, is_wild = text_of(label)
    if not is_wild then
      local folded, message = fold_label(label)
      if not folded then return nil, message end
    end
  end
  return true
end

-- Where the domain begins: after the last @, in which piece and at which of its bytes; where a
-- wildcard stands for that, at the first one, before which there can only be a local part.
local function find_domain(pieces)
  local wildcard, at, byte
  for i, piece in ipairs(pieces) do
    if type(piece) == "table" then
      wildcard = wildcard or i
    else
      local last = piece:match "^.*()@"
      if last then at, byte = i, last end
    end
  end
  return at or wildcard, byte
end

--- Pieces of a whole SMTP address, the domain with A-labels.
-- @tparam {string|table,...} pieces
-- @treturn {string|table,...}|nil
-- @treturn string what is wrong
function domains.fold_address(pieces)
  local at, byte = find_domain(pieces)
  local user, host = {}, {}
  for i, piece in ipairs(pieces) do
    if i == at and byte then
      add(user, piece:sub(1, byte))
      add(host, piece:sub(byte + 1))
    else
      add(i >= at and host or user, piece)
    end
  end
  local folded, message = domains.fold(host)
  if not folded then return nil, message end
  add_all(user, folded)
  return user
end

return domains
