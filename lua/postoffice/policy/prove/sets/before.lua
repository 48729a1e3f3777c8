--- Pre-images: which addresses a template makes members of a set of.
--
-- A template that repeats or swaps captures has no regular image, but pre-images are regular: a glob of
-- what it makes is parted at its pieces, in every way, and each part is said of the capture that stands
-- there.  A capture is a part of a field, and what is said of it becomes a glob of the field, since runs
-- of a pattern are as short as they can be, so that there is one way to part the field.
--
-- What a formatter or a parser would make something else of than the template says is `doubt`.
-- @module postoffice.policy.prove.sets.before

local arranged = require "postoffice.policy.prove.sets.arranged"
local captured = require "postoffice.policy.prove.sets.captured"
local domains = require "postoffice.policy.pattern.domains"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"
local hosts = require "postoffice.policy.prove.sets.hosts"
local map = require "postoffice.lists".map
local shapes = require "postoffice.policy.prove.sets.shapes"
local spellings = require "postoffice.policy.prove.sets.spellings"

local before = {}

local cond = formulas.cond

local ANY = globs.ANY
local NOTHING = {}

-- What cannot be told; raised inside, and the answer of `before.formula`.
local function give_up(why) error({ unknown = why }, 0) end

local MOST_STEPS = 5000 -- in which one pre-image is found

-- A matcher as one pre-image asks it, whose steps are counted; `is_coarse` where nothing is said that is about
-- parts of what a capture holds, or of what is enclosed there.
local function asked(matcher, is_coarse)
  return setmetatable({ steps = 0, is_coarse = is_coarse }, { __index = matcher })
end

-- Takes a step, if there may be one more.
local function step(matcher)
  matcher.steps = matcher.steps + 1
  if matcher.steps > MOST_STEPS then give_up(spellings.TOO_MANY) end
end

-- ---- Templates ---------------------------------------------------------------

-- What is true if pieces of a template, from one of them on, make what tokens match from a place on.
local function made(matcher, pieces, at, tokens, place, is_quoted)
  step(matcher)
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
    return captured.formula(matcher, piece.name, globs.slice(tokens, place, #tokens), is_quoted)
  end
  for _, beginning in ipairs(globs.beginnings(tokens, place)) do
    local rest = made(matcher, pieces, at + 1, tokens, beginning.place, is_quoted)
    if rest ~= formulas.FALSE then
      ways[#ways + 1] = formulas.all {
        captured.formula(matcher, piece.name, beginning.part, is_quoted), rest,
      }
    end
  end
  return formulas.any(ways)
end

-- The field of which a capture is the whole that pieces are, too, or nil.
local function field_kept(matcher, pieces)
  if pieces[2] or type(pieces[1]) == "string" or matcher.whole ~= nil then return nil end
  local field = captured.field(matcher, pieces[1].name)
  return not field.pieces[2] and field.field or nil
end

-- What is true if pieces of a template, from one of them on, make what leads from a state of a graph to its
-- end.
local function made_onward(matcher, pieces, at, graph, from)
  step(matcher)
  local piece, ways = pieces[at], {}
  if not piece then return graph[from].is_end and formulas.TRUE or formulas.FALSE end
  if type(piece) == "string" then
    for i, to in ipairs(graphs.after(graph, from, shapes.chars(piece))) do
      ways[i] = made_onward(matcher, pieces, at + 1, graph, to)
    end
    return formulas.any(ways)
  end
  if not pieces[at + 1] then
    return captured.formula(matcher, piece.name, graphs.part(graph, from))
  end
  for _, to in ipairs(graphs.reached(graph, from)) do
    local rest = made_onward(matcher, pieces, at + 1, graph, to)
    if rest ~= formulas.FALSE then
      ways[#ways + 1] = formulas.all {
        captured.formula(matcher, piece.name, graphs.part(graph, from, to)), rest,
      }
    end
  end
  return formulas.any(ways)
end

-- What is true if pieces make what a graph has: it is asked of a field that they are the whole of.
local function made_by_graph(matcher, pieces, glob, collapsed)
  if collapsed and collapsed.written then
    return made_onward(matcher, pieces, 1, collapsed.written(glob.graph), 1)
  end
  if collapsed then give_up "what it makes with blanks is parted at more than one character" end
  local field = field_kept(matcher, pieces)
  if field then return formulas.term(matcher.family, { [field] = { glob } }) end
  if glob.quoted then give_up "what it makes in quotes is parted at more than one character" end
  return made_onward(matcher, pieces, 1, glob.graph, 1)
end

-- What is true if pieces make what some list matches.
local function made_by_any(matcher, pieces, lists)
  local ways = {}
  for i, tokens in ipairs(lists) do ways[i] = made(matcher, pieces, 1, tokens, 1, false) end
  return formulas.any(ways)
end

-- What is true if pieces make a text whose canonical form a list matches.
local function made_collapsed(matcher, pieces, tokens, collapsed)
  if globs.is_all(tokens) then return formulas.TRUE end
  if collapsed.written and not collapsed.is_kept(tokens) then
    local graph = graphs.new { graphs.segment(tokens) }
    return made_onward(matcher, pieces, 1, collapsed.written(graph), 1)
  end
  local lists, exception, others = spellings.of(tokens, collapsed)
  local made_so = made_by_any(matcher, pieces, lists)
  if not exception then return made_so end
  return formulas.any {
    formulas.all { made_so, formulas.none(made(matcher, pieces, 1, exception, 1, false)) },
    made_by_any(matcher, pieces, others),
  }
end

-- What is true if pieces make what a glob matches in quotes.
local function made_quoted(matcher, pieces, tokens)
  local ways = {}
  for _, place in ipairs(globs.after(tokens, 1, { '"' })) do
    for _, inside in ipairs(globs.beginnings(tokens, place)) do
      if globs.matches(globs.slice(tokens, inside.place, #tokens), { '"' }) then
        ways[#ways + 1] = made(matcher, pieces, 1, inside.part, 1, true)
      end
    end
  end
  return formulas.any(ways)
end

-- What is true if pieces make what a glob matches; or, of a field that is `collapsed`, whose canonical form
-- does.
local function made_by(matcher, pieces, glob, collapsed)
  if glob.any then
    local list = {}
    for i, one in ipairs(glob.any) do list[i] = made_by(matcher, pieces, one, collapsed) end
    return formulas.any(list)
  end
  if glob.graph then return made_by_graph(matcher, pieces, glob, collapsed) end
  if glob.quoted then return made_quoted(matcher, pieces, glob.tokens) end
  if collapsed then return made_collapsed(matcher, pieces, glob.tokens, collapsed) end
  return made(matcher, pieces, 1, glob.tokens, 1, false)
end

-- What is true if pieces that are several parts of a field make a name that a glob matches, or whose canonical form
-- does where it is `collapsed`.
local function arranged_by(matcher, field, pieces, glob, collapsed)
  local list = {}
  for i, one in ipairs(formulas.alternatives(glob)) do
    if one.tokens and globs.is_all(one.tokens) then return formulas.TRUE end
    local graph = one.graph or graphs.new { graphs.segment(one.tokens) }
    if collapsed then graph = collapsed.written(graph) end
    step(matcher)
    list[i] = arranged.formula(matcher, field, pieces, graph)
  end
  return formulas.any(list)
end

-- The pieces of a template's field; of a domain in A-labels.
local function pieces_of(template, field)
  local pieces = template.fields[field]
  if not pieces or not families.has_domain(template.type, field) then return pieces end
  return domains.fold(pieces) or give_up "a domain of its template is no A-label"
end

-- Whether a template's domain holds nothing but ASCII and what is captured of domains, which are in A-labels.
local function is_in_alabels(matcher, pieces)
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" then
      local field = matcher.whole == nil and captured.field(matcher, piece.name)
      if not (field and families.has_domain(matcher.type, field.field)) then return false end
    end
  end
  return true
end

-- Globs of texts of whose canonical form others are, as far as that can be said.
local function spelled(said)
  local list = {}
  for i, glob in ipairs(said) do
    local ways = {}
    for _, one in ipairs(formulas.alternatives(glob)) do
      for _, tokens in ipairs(one.tokens and not one.quoted and hosts.spelled(one.tokens) or {}) do
        ways[#ways + 1] = cond(tokens)
      end
      if not one.tokens or one.quoted then ways[#ways + 1] = one end
    end
    list[i] = ways[2] and formulas.with_alternatives({ quoted = false }, ways) or ways[1]
  end
  return list
end

-- The field of a matcher of several parts of which a template makes a name that has levels (of Notes), or nil.
local function parted_field(matcher, template, name)
  local shape, pieces = shapes.of(families.of(template.type)), pieces_of(template, name)
  local collapsed = shape and shape.collapsed and shape.collapsed[name]
  return pieces and collapsed and collapsed.written and arranged.field(matcher, pieces) or nil
end

-- What is true if a template makes what is said of a field, as it `is_raw` if it is asked how that is written:
-- with several blanks side by side, and with U-labels.
local function made_in_field(matcher, template, field, said, is_raw)
  local pieces = pieces_of(template, field)
  local shape = shapes.of(families.of(template.type))
  local collapsed = not is_raw and shape.collapsed and shape.collapsed[field]
  if said == formulas.ABSENT or not pieces then
    return said == formulas.ABSENT and not pieces and formulas.TRUE or formulas.FALSE
  end
  local is_spelled = not is_raw and families.has_domain(template.type, field)
    and not is_in_alabels(matcher, pieces)
  local parted, list = parted_field(matcher, template, field), {}
  for i, glob in ipairs(is_spelled and spelled(said) or said) do
    list[i] = parted and arranged_by(matcher, parted, pieces, glob, collapsed)
      or made_by(matcher, pieces, glob, collapsed)
  end
  return formulas.all(list)
end

local function has_graph(said)
  for _, glob in ipairs(said) do
    if glob.graph then return true end
  end
  return false
end

-- What is true if it makes what is said of all fields that are parted at several characters, or of no such.
local function made_fields(matcher, template, term, are_parted)
  local list = {}
  for field, said in pairs(term.fields) do
    if has_graph(said) == are_parted then
      list[#list + 1] = made_in_field(matcher, template, field, said)
    end
  end
  return formulas.all(list)
end

-- Of fields that are parted so, less can be told: they are not asked where others say no.
local function made_term(matcher, template, term)
  if term.family ~= families.of(template.type) then return formulas.FALSE end
  local others = made_fields(matcher, template, term, false)
  if others == formulas.FALSE then return others end
  return formulas.all { others, made_fields(matcher, template, term, true) }
end

-- Whether a field is the domain of SMTP, made of all of a domain: it is canonical already.
local function is_kept(matcher, template, name)
  if name ~= "domain" or matcher.family ~= "SMTP" or template.type ~= "SMTP" then return false end
  local pieces, field = template.fields.domain, fields.of(matcher, "domain")
  if not field or pieces[2] or field.pieces[2] then return false end
  local mine, own = pieces[1], field.pieces[1]
  return type(mine) == "table" and type(own) == "table" and mine.name == own.name
end

-- The globs of what is written or read in another way in a field that ends the text or does not.
local function odd_in(shape, field, is_last, is_coarse)
  local odd = is_last and shape.odd_last and shape.odd_last[field]
  odd = odd or is_coarse and shape.odd_coarsely and shape.odd_coarsely[field]
  return odd or shape.odd[field] or NOTHING
end

-- Whether no field comes after one in the text that a template makes.
local function is_last(shape, template, field)
  for i = #(shape.text or NOTHING), 1, -1 do
    if template.fields[shape.text[i]] then return shape.text[i] == field end
  end
  return false
end

-- What is true if a template makes some of what is written or read in another way.
local function odd_of(matcher, template)
  local shape, list = shapes.of(families.of(template.type)), {}
  for field in pairs(template.fields) do
    local odd = odd_in(shape, field, is_last(shape, template, field), matcher.is_coarse)
    for _, tokens in ipairs(odd) do
      list[#list + 1] = made_in_field(matcher, template, field, { cond(tokens) }, true)
    end
  end
  return formulas.any(list)
end

-- By field, what is true if a template makes something there of which blanks or a comma become something else.
local function compute_changed(matcher, template)
  local shape, by_field = shapes.of(families.of(template.type)), {}
  for field, collapsed in pairs(shape and shape.collapsed or NOTHING) do
    local list, is_made = {}, not template.whole and template.fields[field]
    for i, tokens in ipairs(is_made and collapsed.changes or NOTHING) do
      list[i] = made_in_field(matcher, template, field, { cond(tokens) }, true)
    end
    by_field[field] = formulas.any(list)
  end
  return by_field
end

-- What is true if a template makes what is in doubt.  What becomes of blanks and commas is known, but not to who
-- counts what rewrites of one family change.
local function doubt_of(matcher, template)
  local list = { odd_of(matcher, template) }
  local is_counted = matcher.family == families.of(template.type)
  for _, changed in pairs(is_counted and compute_changed(matcher, template) or NOTHING) do
    list[#list + 1] = changed
  end
  return formulas.any(list)
end

-- What is true if a capture is a whole address, of which globs match the parts.
local function captured_whole(matcher, name, user, domain)
  if user.quoted or domain.quoted then give_up "a whole address in quotes is captured" end
  if user.graph or domain.graph then
    give_up "a whole address is captured and parted at more than one character"
  end
  local ways = {}
  for _, front in ipairs(formulas.alternatives(user)) do
    for _, back in ipairs(formulas.alternatives(domain)) do
      ways[#ways + 1] = captured.formula(matcher, name,
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
    list[i] = captured.formula(matcher, template.whole, tokens, false)
  end
  local in_domain = captured.formula(matcher, template.whole, { ANY, "@", ANY }, false)
  list[#list + 1] = formulas.none(in_domain)
  return formulas.any(list)
end

-- Globs that tell whether what a template makes of a field can be written.
local function unmade_in(shape, template, field, is_coarse)
  local list = map(shape.unmade[field] or NOTHING, cond)
  local unread, other = shape.unread and shape.unread[field], shape.text and shape.text[3]
  for _, graph in ipairs(unread and unread(template.fields[other] ~= nil, is_coarse) or NOTHING) do
    list[#list + 1] = formulas.cond_of_graph(graph)
  end
  return list
end

-- What tells whether what a template makes can be written.
local function compute_unmade(matcher, template)
  local shape, list = shapes.of(families.of(template.type)), {}
  for field in pairs(shape and shape.unmade and template.fields or NOTHING) do
    for _, glob in ipairs(unmade_in(shape, template, field, matcher.is_coarse)) do
      list[#list + 1] = made_in_field(matcher, template, field, { glob }, true)
    end
  end
  return list
end

local function compute_odd(matcher, template)
  return (template.whole and doubt_of_whole or odd_of)(matcher, template)
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

-- What is true if a template makes a domain that may have another canonical form, or none: what can be written
-- as a name beyond ASCII, or in brackets.
local function compute_respelled(matcher, template)
  local pieces = not template.whole and template.type == "SMTP" and template.fields.domain
  if not pieces or is_kept(matcher, template, "domain") then return formulas.FALSE end
  local function makes(tokens)
    return made_in_field(matcher, template, "domain", { cond(tokens) }, true)
  end
  local literal = makes(hosts.LITERAL)
  if is_in_alabels(matcher, pieces_of(template, "domain")) then return literal end
  local name = { makes(hosts.BEYOND_ASCII) }
  for i, tokens in ipairs(hosts.NO_NAME) do name[i + 1] = formulas.none(makes(tokens)) end
  return formulas.any { formulas.all(name), literal }
end

-- What is true if a template makes a domain that a glob may match in its canonical form alone, or only as it
-- is written.
local function compute_unsure(matcher, template, glob)
  local list, is_ascii = {}, is_in_alabels(matcher, pieces_of(template, "domain"))
  local unsure = glob.graph and hosts.unsure_at_all(is_ascii)
    or hosts.unsure(glob.tokens, is_ascii)
  for i, tokens in ipairs(unsure) do
    list[i] = made_in_field(matcher, template, "domain", { cond(tokens) }, true)
  end
  return formulas.any(list)
end

--- Whether a template makes a name of several parts of one field, of which pre-images say one thing, and not one for
-- each way to part it.
-- @tparam table matcher
-- @tparam table template
-- @tparam string name the field that it makes
-- @treturn boolean
function before.is_parted_once(matcher, template, name)
  return not template.whole and parted_field(matcher, template, name) ~= nil
end

--- Whether a template makes names that enclose something, of which pre-images tell little where they are coarse.
-- @tparam table template
-- @treturn boolean
function before.may_be_enclosed(template)
  local shape = shapes.of(families.of(template.type))
  return shape ~= nil and shape.odd_coarsely ~= nil
end

-- What a function answers, or nil and why it gave up.
local function found_by(find, ...)
  local ok, found, doubt = pcall(find, ...)
  if ok then return found, doubt end
  local why = type(found) == "table" and found.unknown
  if not why then error(found, 0) end
  return nil, why
end

--- The pre-image of a formula: what is true of an address that a matcher matches if the formula is
-- true of what a template makes of it.
-- @tparam table matcher
-- @tparam table template
-- @tparam table formula
-- @tparam[opt] boolean is_coarse there is none where it is about parts of parts, and more is in doubt
-- @treturn table|nil a formula
-- @treturn table|string another that is true where this one may be wrong, but for what `before.respelled`
--   tells, or where blanks or a comma of an address of one family change; or why there is none
function before.formula(matcher, template, formula, is_coarse)
  return found_by(compute, asked(matcher, is_coarse), template, formula)
end

--- What is true of an address if a template makes a domain of it that may be written in several ways, or may
-- be none: one beyond ASCII, or in brackets.  Where it is a domain, pre-images are right for it, but for
-- those of globs that `before.unsure` tells.
-- @tparam table matcher
-- @tparam table template
-- @treturn table|nil a formula
-- @treturn string why there is none
function before.respelled(matcher, template)
  return found_by(compute_respelled, asked(matcher), template)
end

--- What is true of an address of whose domain, as a template makes it, a pre-image does not tell whether a
-- glob matches it.
-- @tparam table matcher
-- @tparam table template of an address of SMTP, not of a whole one
-- @tparam table glob of domains, with tokens or a graph
-- @treturn table|nil a formula
-- @treturn string why there is none
function before.unsure(matcher, template, glob)
  return found_by(compute_unsure, asked(matcher), template, glob)
end

--- What is true of an address if the domain that a template makes is written as a glob has it.
-- @tparam table matcher
-- @tparam table template of an address of SMTP, not of a whole one
-- @tparam {string,...} tokens
-- @treturn table a formula; of none where there is no pre-image
function before.written(matcher, template, tokens)
  return found_by(made_in_field, asked(matcher), template, "domain", { cond(tokens) }, true)
    or formulas.FALSE
end

--- Why a template makes of an address what is written in several ways, of which `before.respelled` says that it
-- does.
-- @tparam table matcher
-- @tparam table template
-- @tparam table word of the address
-- @treturn string
function before.why_respelled(matcher, template, word)
  local literal = made_in_field(asked(matcher), template, "domain", { cond(hosts.LITERAL) }, true)
  return formulas.has(literal, word)
    and "only code knows whether what it makes in brackets is an address literal"
    or "of the A-labels of what it makes beyond ASCII there is no regular pre-image"
end

--- What is true of an address if pre-images may be wrong of what a template makes of it, but for what
-- `before.respelled` tells.
-- @tparam table matcher
-- @tparam table template of a type with a shape
-- @tparam[opt] boolean is_coarse as for `before.formula`
-- @treturn table|nil a formula
-- @treturn string why there is none
function before.odd(matcher, template, is_coarse)
  return found_by(compute_odd, asked(matcher, is_coarse), template)
end

--- By field, what is true of an address if a template makes what is written with other blanks there, or without
-- its comma.  Of that pre-images are right.
-- @tparam table matcher
-- @tparam table template
-- @treturn table|nil formulas
-- @treturn string why there is none
function before.changed(matcher, template)
  return found_by(compute_changed, asked(matcher), template)
end

--- What tells addresses of which a template makes nothing that can be written from others.
-- @tparam table matcher
-- @tparam table template
-- @tparam[opt] boolean is_coarse as for `before.formula`
-- @treturn {table,...}|nil formulas
-- @treturn string why there is no pre-image
function before.unmade(matcher, template, is_coarse)
  return found_by(compute_unmade, asked(matcher, is_coarse), template)
end

return before
