--- Pre-images: which addresses a template makes members of a set of.
--
-- A template that repeats or swaps captures has no regular image, but pre-images are regular: a glob of
-- what it makes is parted at its pieces, in every way, and each part is said of the capture that stands
-- there.  A capture is a part of a field, and what is said of it becomes a glob of the field, since runs
-- of a pattern are as short as they can be, so that there is one way to part the field.
--
-- What a formatter or a parser would make something else of than the template says is `doubt`.
-- @module postoffice.policy.prove.sets.before

local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local shapes = require "postoffice.policy.prove.sets.shapes"
local texts = require "postoffice.policy.prove.sets.texts"

local before = {}

local cond = formulas.cond

local ANY, ONE = globs.ANY, globs.ONE
local NOTHING = {}

-- What cannot be told; raised inside, and the answer of `before.formula`.
local function give_up(why) error({ unknown = why }, 0) end

-- ---- Fields of the pattern ---------------------------------------------------

-- The pieces of a field's pattern as fixed tokens and groups of runs side by side, in turns: fixed
-- ones first and last, be they none.
local function parts_of(pieces)
  local parts, fixed = {}, {}
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      fixed = globs.joined(fixed, globs.literal(piece))
    elseif piece.kind == "one" then
      fixed[#fixed + 1] = ONE
    else
      local last = parts[#parts]
      if not fixed[1] and last and last.group then
        table.insert(last.group, piece)
      else
        parts[#parts + 1] = { tokens = fixed }
        parts[#parts + 1] = { group = { piece } }
        fixed = {}
      end
    end
  end
  parts[#parts + 1] = { tokens = fixed }
  return parts
end

-- The names that a group captures: each is of one character, but for the last.
local function names_in(group)
  local names = {}
  for _, piece in ipairs(group) do
    if piece.kind == "name" then names[#names + 1] = piece.name end
  end
  return names
end

-- Each of some lists of tokens with each of others after it.
local function products(lists, others)
  local longer = {}
  for _, list in ipairs(lists) do
    for _, other in ipairs(others) do longer[#longer + 1] = globs.joined(list, other) end
  end
  return longer
end

-- What a group can hold, if a name is said to hold what tokens match: lists of tokens.
local function contents(group, name, tokens)
  local names, lists = names_in(group), { {} }
  if not names[1] then return { { ANY } } end
  for i, other in ipairs(names) do
    local is_last = i == #names
    local more = { is_last and { ONE, ANY } or { ONE } }
    if other == name then more = (is_last and globs.nonempty or globs.single)(tokens) end
    lists = products(lists, more)
  end
  return lists
end

-- Gives up where what is said of a capture is about some characters of it that others would not tell apart.
local function check_coarse(list)
  for _, token in ipairs(list) do
    local what = globs.read(token)
    if what and what ~= ANY and what ~= ONE then give_up "captures are parts of parts" end
  end
end

-- The same of a group that ends at the first place where the fixed tokens after it match.
local function contents_before(group, fixed, name, tokens, is_coarse)
  local char = #fixed == 1 and globs.text(fixed)
  local lists = {}
  if not char then give_up "captures stand before more than one character" end
  for _, list in ipairs(contents(group, name, tokens)) do
    if is_coarse then check_coarse(list) end
    for _, own in ipairs(globs.without(list, char, #names_in(group))) do lists[#lists + 1] = own end
  end
  return lists
end

-- Lists of tokens for a field: its fixed tokens as one function says, and its groups as another says, of
-- the fixed tokens after one; of the last that ends the field it is told nothing.
local function lists_of(pieces, fixed_of, held_in)
  local parts, lists = parts_of(pieces), { {} }
  for i, part in ipairs(parts) do
    local after = part.group and i < #parts - 1 and parts[i + 1].tokens or nil
    lists = products(lists, part.group and held_in(part.group, after) or { fixed_of(part.tokens) })
  end
  return lists
end

-- Those in which a name holds what tokens match.
local function field_lists(pieces, name, tokens, is_coarse)
  return lists_of(pieces, function(fixed) return fixed end, function(group, after)
    if not after then return contents(group, name, tokens) end
    return contents_before(group, after, name, tokens, is_coarse)
  end)
end

-- The field of a matcher that captures a name.
local function field_with(matcher, name)
  for _, field in ipairs(matcher.fields) do
    for _, other in ipairs(field.names) do
      if other == name then return field end
    end
  end
end

-- The text of a field as it stands inside a quoted string.
local function escaped(tokens)
  local text = globs.text(tokens)
  if not text then give_up "a wildcard stands beside a capture in quotes" end
  return globs.literal((text:gsub('["\\]', "\\%0")))
end

-- The characters that may stand alone inside a quoted string: what is there before one of them is whole.
local function check_border(fixed)
  local char = #fixed == 1 and globs.text(fixed)
  if not char then give_up "captures stand before more than one character" end
  if char == '"' or char == "\\" then give_up "captures stand before a sign of quotes" end
  return char
end

-- What a group holds inside a quoted string, up to the first place but its beginning where a character is.
local function quoted_before(lists, char)
  local own = {}
  for _, list in ipairs(lists) do
    for _, one in ipairs(globs.without(list, char, 0)) do own[#own + 1] = one end
    for _, place in ipairs(globs.after(list, 1, { char })) do
      for _, rest in ipairs(globs.without(globs.slice(list, place, #list), char, 0)) do
        own[#own + 1] = globs.joined(globs.literal(char), rest)
      end
    end
  end
  return own
end

-- Lists of tokens for a field as a quoted string, its quotes included.
local function quoted_lists(pieces, name, tokens)
  local lists = lists_of(pieces, escaped, function(group, after)
    if #group ~= 1 then give_up "captures stand side by side in quotes" end
    local held = contents(group, name, tokens)
    return after and quoted_before(held, check_border(after)) or held
  end)
  return products(products({ { '"' } }, lists), { { '"' } })
end

-- What is true if a capture holds what tokens match, in the quoted form of it or as it is.
local function captured(matcher, name, tokens, is_quoted)
  if globs.is_all(tokens) then return formulas.TRUE end
  if matcher.whole == name then
    if is_quoted or not shapes.of(matcher.family) or not shapes.of(matcher.family).text
      or matcher.type ~= matcher.family then
      give_up "the whole address is captured"
    end
    return texts.formula(matcher.family, tokens)
  end
  local field, list = field_with(matcher, name), {}
  local lists = is_quoted and quoted_lists(field.pieces, name, tokens)
    or field_lists(field.pieces, name, tokens, matcher.is_coarse)
  for i, own in ipairs(lists) do
    list[i] = formulas.term(matcher.family, { [field.field] = { cond(own, is_quoted) } })
  end
  return formulas.any(list)
end

-- ---- Templates ---------------------------------------------------------------

-- What is true if pieces of a template, from one of them on, make what tokens match from a place on.
local function made(matcher, pieces, at, tokens, place, is_quoted)
  local piece = pieces[at]
  if not piece then
    for _, last in ipairs(globs.after(tokens, place, NOTHING)) do
      if last == #tokens + 1 then return formulas.TRUE end
    end
    return formulas.FALSE
  end
  local ways = {}
  if type(piece) == "string" then
    local text = is_quoted and piece:gsub('["\\]', "\\%0") or piece
    for _, after in ipairs(globs.after(tokens, place, shapes.chars(text))) do
      ways[#ways + 1] = made(matcher, pieces, at + 1, tokens, after, is_quoted)
    end
    return formulas.any(ways)
  end
  if not pieces[at + 1] then
    return captured(matcher, piece.name, globs.slice(tokens, place, #tokens), is_quoted)
  end
  for _, beginning in ipairs(globs.beginnings(tokens, place)) do
    local rest = made(matcher, pieces, at + 1, tokens, beginning.place, is_quoted)
    if rest ~= formulas.FALSE then
      ways[#ways + 1] = formulas.all {
        captured(matcher, piece.name, beginning.part, is_quoted), rest,
      }
    end
  end
  return formulas.any(ways)
end

-- What is true if pieces make what a glob matches, of which blanks side by side become one if the field is
-- `collapsed`.
local function made_by(matcher, pieces, glob, is_collapsed)
  if glob.any then
    local list = {}
    for i, one in ipairs(glob.any) do list[i] = made_by(matcher, pieces, one, is_collapsed) end
    return formulas.any(list)
  end
  if not glob.quoted then
    local list = {}
    for i, tokens in ipairs(is_collapsed and globs.spread(glob.tokens) or { glob.tokens }) do
      list[i] = made(matcher, pieces, 1, tokens, 1, false)
    end
    return formulas.any(list)
  end
  local ways, tokens = {}, glob.tokens
  for _, place in ipairs(globs.after(tokens, 1, { '"' })) do
    for _, inside in ipairs(globs.beginnings(tokens, place)) do
      if globs.matches(globs.slice(tokens, inside.place, #tokens), { '"' }) then
        ways[#ways + 1] = made(matcher, pieces, 1, inside.part, 1, true)
      end
    end
  end
  return formulas.any(ways)
end

-- The pieces of a template's field; of a domain in A-labels.
local function pieces_of(template, field)
  local pieces = template.fields[field]
  if not pieces or not families.has_domain(template.type, field) then return pieces end
  return domains.fold(pieces) or give_up "a domain of its template is no A-label"
end

-- What is true if a template makes what is said of a field, as it `is_raw` if blanks are to be told apart.
local function made_in_field(matcher, template, field, said, is_raw)
  local pieces = pieces_of(template, field)
  local collapsed = shapes.of(families.of(template.type)).collapsed
  local is_collapsed = not is_raw and collapsed ~= nil and collapsed[field]
  if said == formulas.ABSENT or not pieces then
    return said == formulas.ABSENT and not pieces and formulas.TRUE or formulas.FALSE
  end
  local list = {}
  for i, glob in ipairs(said) do list[i] = made_by(matcher, pieces, glob, is_collapsed) end
  return formulas.all(list)
end

local function made_term(matcher, template, term)
  if term.family ~= families.of(template.type) then return formulas.FALSE end
  local list = {}
  for field, said in pairs(term.fields) do
    list[#list + 1] = made_in_field(matcher, template, field, said)
  end
  return formulas.all(list)
end

local SEVERAL_BLANKS = { ANY, " ", " ", ANY }

-- Whether a field is the domain of SMTP, made of all of a domain: it is canonical already.
local function is_kept(matcher, template, name)
  if name ~= "domain" or matcher.family ~= "SMTP" or template.type ~= "SMTP" then return false end
  local pieces, field = template.fields.domain, fields.of(matcher, "domain")
  if not field or pieces[2] or field.pieces[2] then return false end
  local mine, own = pieces[1], field.pieces[1]
  return type(mine) == "table" and type(own) == "table" and mine.name == own.name
end

-- Visits, by field, the globs of what is written or read in another way, where a template may make it.  What
-- becomes of several blanks is known, but not to who counts what rewrites of one family change.
local function each_odd(matcher, template, visit)
  local family = families.of(template.type)
  local shape = shapes.of(family)
  for field in pairs(template.fields) do
    local odd = not is_kept(matcher, template, field) and shape.odd[field] or NOTHING
    for _, tokens in ipairs(odd) do visit(field, tokens) end
    local is_collapsed = shape.collapsed and shape.collapsed[field]
    if is_collapsed and matcher.family == family then visit(field, SEVERAL_BLANKS) end
  end
end

-- What is true if a template makes some of that.
local function doubt_of(matcher, template)
  local list = {}
  each_odd(matcher, template, function(field, tokens)
    list[#list + 1] = made_in_field(matcher, template, field, { cond(tokens) }, true)
  end)
  return formulas.any(list)
end

-- What is true if a capture is a whole address, of which globs match the parts.
local function captured_whole(matcher, name, user, domain)
  if user.quoted or domain.quoted then give_up "a whole address in quotes is captured" end
  local ways = {}
  for _, front in ipairs(formulas.alternatives(user)) do
    for _, back in ipairs(formulas.alternatives(domain)) do
      ways[#ways + 1] = captured(matcher, name,
        globs.joined(front.tokens, { "@" }, back.tokens), false)
    end
  end
  return formulas.any(ways)
end

-- A template of one capture that is a whole address of SMTP: its parts in one text.
local function made_whole_term(matcher, template, term)
  if term.family ~= "SMTP" then return formulas.FALSE end
  local lists = {}
  for _, field in ipairs { "localpart", "domain" } do
    local said = term.fields[field] or { cond { ANY } }
    if said == formulas.ABSENT then return formulas.FALSE end
    lists[field] = said
  end
  local all = {}
  for _, user in ipairs(lists.localpart) do
    for _, domain in ipairs(lists.domain) do
      all[#all + 1] = captured_whole(matcher, template.whole, user, domain)
    end
  end
  return formulas.all(all)
end

-- What is no plain user@domain.
local function doubt_of_whole(matcher, template)
  local list = {}
  for i, tokens in ipairs(shapes.no_plain_mailbox) do
    list[i] = captured(matcher, template.whole, tokens, false)
  end
  list[#list + 1] = formulas.none(captured(matcher, template.whole, { ANY, "@", ANY }, false))
  return formulas.any(list)
end

-- What tells whether what a template makes can be written.
local function compute_unmade(matcher, template)
  local shape, list = shapes.of(families.of(template.type)), {}
  for field in pairs(shape and shape.unmade and template.fields or NOTHING) do
    for _, tokens in ipairs(shape.unmade[field] or NOTHING) do
      list[#list + 1] = made_in_field(matcher, template, field, { cond(tokens) }, true)
    end
  end
  return list
end

local function compute(matcher, template, formula)
  if not shapes.of(families.of(template.type)) or template.type == "GROUPWISE" then
    give_up(("only code knows which text the addresses of %s have"):format(template.type))
  end
  if template.whole then
    if template.type ~= "SMTP" then give_up "a whole address is captured" end
    return formulas.map(formula, function(term)
      return made_whole_term(matcher, template, term)
    end), doubt_of_whole(matcher, template)
  end
  return formulas.map(formula, function(term) return made_term(matcher, template, term) end),
    doubt_of(matcher, template)
end

--- Whether a matcher captures parts of a field before others, of which pre-images tell much apart.
-- @tparam table matcher
-- @treturn boolean
function before.has_parts(matcher)
  for _, field in ipairs(matcher.whole == nil and matcher.fields or NOTHING) do
    if field.names[1] and parts_of(field.pieces)[4] then return true end
  end
  return false
end

-- A matcher of which nothing is said that is about parts of what a capture holds.
local function coarse(matcher)
  return setmetatable({ is_coarse = true }, { __index = matcher })
end

--- The pre-image of a formula: what is true of an address that a matcher matches if the formula is
-- true of what a template makes of it.
-- @tparam table matcher
-- @tparam table template
-- @tparam table formula
-- @tparam[opt] boolean is_coarse there is none where it is about parts of parts
-- @treturn table|nil a formula
-- @treturn table|string another that is true where this one may be wrong; or why there is none
function before.formula(matcher, template, formula, is_coarse)
  if is_coarse then matcher = coarse(matcher) end
  local ok, made_formula, doubt = pcall(compute, matcher, template, formula)
  if ok then return made_formula, doubt end
  local why = type(made_formula) == "table" and made_formula.unknown
  if not why then error(made_formula, 0) end
  return nil, why
end

--- Why a template makes of an address what is written or read in another way, of which `before.formula`
-- says that it does.
-- @tparam table matcher
-- @tparam table template
-- @tparam table word of the address
-- @treturn string
function before.why_doubtful(matcher, template, word)
  local why
  if not template.whole then
    each_odd(matcher, template, function(field, tokens)
      local is_so = not why and tokens.why
        and formulas.has(made_in_field(matcher, template, field, { cond(tokens) }, true), word)
      if is_so then why = tokens.why end
    end)
  end
  return why or "what it makes is written in another way"
end

--- What tells addresses of which a template makes nothing that can be written from others.
-- @tparam table matcher
-- @tparam table template
-- @treturn {table,...} formulas; none where there is no pre-image
function before.unmade(matcher, template)
  local ok, list = pcall(compute_unmade, matcher, template)
  if not ok and not (type(list) == "table" and list.unknown) then error(list, 0) end
  return ok and list or {}
end

return before
