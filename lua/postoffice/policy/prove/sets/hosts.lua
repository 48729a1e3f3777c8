--- Domains as templates write them: what is true of the canonical form, said of the text.
--
-- A text may hold U-labels, for which A-labels stand, or be an address literal, of which there is one
-- spelling.  Which texts have such a form, only code knows.  But whatever has one: an A-label begins with
-- "xn--" and takes the place of a whole label, so that a glob of whole labels without these is true of the
-- text if it is of the form.  The sign of Kelvin alone is a letter of ASCII there.
--
-- What a glob says of all other texts is `unsure`.
-- @module postoffice.policy.prove.sets.hosts

local core = require "postoffice.core"
local globs = require "postoffice.policy.prove.sets.globs"

local hosts = {}

local ANY, ONE = globs.ANY, globs.ONE
local HIGH = globs.of_kind "high"
local KELVIN = "\226\132\170" -- U+212A
local K_OR_KELVIN = globs.one_of("k" .. KELVIN)
local MOST_SPELLED = 3 -- letters k, of whose spellings each is a text of its own

local NONE = {}

-- What may be beyond ASCII, such a label, and what may be in brackets.
local SOME_HIGH, LITERAL = { ANY, HIGH, ANY }, { "[", ANY, "]" }
local IN_LABEL = globs.but(ANY, ".")
local HIGH_LABEL = { IN_LABEL, HIGH, IN_LABEL }

--- Names beyond ASCII, but for these which nobody can read.
local NAME = globs.run_of "letter mark dot high"
hosts.BEYOND_ASCII = { NAME, HIGH, NAME }
hosts.NO_NAME = { { "#", ANY }, { ".", ANY }, { ANY, "." }, { ANY, ".", ".", ANY } }

--- What may be an address literal.
hosts.LITERAL = LITERAL

--- By which to find literals, and names that are refused.
hosts.LEADS = { { "[", "a", ":", ANY, "]" }, { ANY, HIGH, "!", ANY } }

-- ---- The sign of Kelvin ------------------------------------------------------

-- The same tokens with the sign of Kelvin as good as a k.
local function with_kelvin(tokens)
  local made = {}
  for i, token in ipairs(tokens) do
    made[i] = token == "k" and K_OR_KELVIN or token
  end
  return made
end

-- Every way to write a text with k or the sign of Kelvin for each k.
local function spellings(tokens)
  local list = { {} }
  for _, token in ipairs(tokens) do
    local longer = {}
    for _, front in ipairs(list) do
      for _, char in ipairs(token == "k" and { token, KELVIN } or { token }) do
        longer[#longer + 1] = globs.joined(front, { char })
      end
    end
    list = longer
  end
  return list
end

local function count_of_k(tokens)
  local count = 0
  for _, token in ipairs(tokens) do count = count + (token == "k" and 1 or 0) end
  return count
end

--- The globs of texts whose canonical form a glob matches, if its labels are as they are, but for the sign
-- of Kelvin.
-- @tparam {string,...} tokens
-- @treturn {{string,...},...}
function hosts.spelled(tokens)
  local count = count_of_k(tokens)
  if count == 0 then return { tokens } end
  if count <= MOST_SPELLED and globs.text(tokens) then return spellings(tokens) end
  return { with_kelvin(tokens) }
end

-- ---- What is unsure ----------------------------------------------------------

-- Tokens as those of labels, between which there is a dot; a run may be of several labels.
local function labels_of(tokens)
  local labels = { {} }
  for _, token in ipairs(tokens) do
    if token == "." then
      labels[#labels + 1] = {}
    else
      table.insert(labels[#labels], token)
    end
  end
  return labels
end

-- Whether a token is a run that has all characters of domains but a dot.
local function is_label_run(token)
  if not globs.is_run(token) then return false end
  local left_out, tells_kinds = globs.told(token)
  for _, char in ipairs(left_out) do
    if char:find "[%w%-\128-\255]" then return false end
  end
  return not tells_kinds
end

-- Whether whatever stands for whole labels is a match, be it empty or not.
local function is_whole(label)
  local last = label[#label]
  if not last or not is_label_run(last) then return false end
  return not label[2] or not label[3] and (label[1] == ONE or label[1] == globs.one_of_run(last))
end

-- What is unsure of a label: nil if nothing is; its tokens, if it is an A-label; or false for all else.
local function unsure_label(label)
  local text = globs.text(label)
  if is_whole(label) then return nil end
  if not text or text:find "[\128-\255]" then return false end
  return text:sub(1, 4) == "xn--" and HIGH_LABEL or nil
end

-- What is unsure beyond ASCII, or nil.
local function unsure_name(tokens)
  local made, is_unsure = {}, false
  for i, label in ipairs(labels_of(tokens)) do
    local unsure = unsure_label(label)
    if unsure == false then return SOME_HIGH end
    is_unsure = is_unsure or unsure ~= nil
    made = globs.joined(made, i > 1 and { "." } or NONE, unsure or with_kelvin(label))
  end
  return is_unsure and made or nil
end

-- What is unsure of literals, or nil: nothing is where all are matched or none is.
local function unsure_literal(tokens)
  local first, last = tokens[1], tokens[#tokens]
  if not first or globs.is_all(tokens) then return nil end
  if first == ONE and tokens[2] == ANY and not tokens[3] then return nil end
  local is_none = not globs.read(first) and first ~= "["
    or not globs.read(last) and last ~= "]"
  return not is_none and LITERAL or nil
end

--- The globs of texts that a glob of domains may match in their canonical form and not as they are
-- written, or the other way round.
-- @tparam {string,...} tokens
-- @tparam boolean is_ascii whether no text is beyond ASCII
-- @treturn {{string,...},...}
function hosts.unsure(tokens, is_ascii)
  local list = {}
  list[1] = not is_ascii and unsure_name(tokens) or nil
  list[#list + 1] = unsure_literal(tokens)
  return list
end

--- The globs of all texts of which it may be unsure whether a glob matches them.
-- @tparam boolean is_ascii whether no text is beyond ASCII
-- @treturn {{string,...},...}
function hosts.unsure_at_all(is_ascii)
  return is_ascii and { LITERAL } or { SOME_HIGH, LITERAL }
end

-- The U-label of an A-label, or nil.
local function unicode_of(label)
  local text = core.normalize("SMTP:a@" .. label, { idn = "unicode" })
  local made = text and text:match "@(.*)$"
  return made and made:find "[\128-\255]" and made or nil
end

-- The same glob with U-labels for A-labels, or nil if it has none.
local function in_unicode(tokens)
  local made, is_other = {}, false
  for i, label in ipairs(labels_of(tokens)) do
    local text = unsure_label(label) == HIGH_LABEL and unicode_of(globs.text(label)) or nil
    is_other = is_other or text ~= nil
    made = globs.joined(made, i > 1 and { "." } or NONE, text and globs.literal(text) or label)
  end
  return is_other and made or nil
end

-- Another spelling of a literal, with a zero before one of its numbers; nil if it has none, or is no literal.
local function longer_literal(tokens)
  local text = globs.text(tokens)
  local front, number, back = (text or ""):match "^(%[)(%d%d?)(%..*)$"
  if not front then front, number, back = (text or ""):match "^(.*[.:])(%x%x?)([%].:].*)$" end
  return front and globs.literal(front .. "0" .. number .. back) or nil
end

-- Whether a glob is of whole labels.
local function is_of_labels(tokens)
  for _, label in ipairs(labels_of(tokens)) do
    if unsure_label(label) == false then return false end
  end
  return true
end

--- Globs of texts of whose canonical forms, if they have some, a glob is true for sure.
-- @tparam {string,...} tokens
-- @treturn {{string,...},...}
function hosts.sure(tokens)
  if not is_of_labels(tokens) then return NONE end
  local list = { in_unicode(tokens) }
  for _, spelling in ipairs(hosts.spelled(tokens)) do list[#list + 1] = spelling end
  return list
end

--- Other spellings of a literal, and itself.
-- @tparam {string,...} tokens
-- @treturn {{string,...},...} none of what is no literal
function hosts.literals(tokens)
  if tokens[1] ~= "[" or not globs.text(tokens) then return NONE end
  return { tokens, longer_literal(tokens) }
end

return hosts
