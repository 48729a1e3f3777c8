--- Names of Notes as a template writes them, as graphs: which of these cannot be read back, and which have a
-- canonical form that a graph has.
--
-- What stands in quotes, in < > or in ( ) belongs to a name, and so does the first @ of several with a dot after
-- it, before which is no slash; what would be read otherwise is not written.  A name without an @ has levels, of
-- which the labels, and blanks around them, are left out; of others, blanks alone are.
-- @module postoffice.policy.prove.sets.notes

local explored = require "postoffice.policy.prove.sets.explored"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"

local notes = {}

-- A token without some characters, or nil.
local function without(token, chars)
  for char in chars:gmatch "." do
    token = token and globs.but(token, char)
  end
  return token
end

-- ---- What cannot be read back ----------------------------------------------------

local SIGNS, ENCLOSING = "@/. ", '"<>()'
local CLOSED_BY = { ['"'] = '"', ["<"] = ">", ["("] = ")" }

-- A state of what looks for the @ after a name: `inside`, what closes where it is enclosed; `never`, what comes
-- no more, since something is not closed; `phase`, before the "first" @, up to the "next", or "after" that;
-- whether what was before the first `is_blank`, has a `slash`, whether there was a `dot` since; whether the part
-- of the domain so far is `part_blank`, and one of them is (`has_empty`).
local FIELDS = {
  "inside", "never", "phase", "is_blank", "slash", "dot", "part_blank", "has_empty",
}

local function state_with(state, changes)
  local made, ids = {}, {}
  for i, field in ipairs(FIELDS) do
    local value = changes[field]
    if value == nil then value = state[field] end
    made[field], ids[i] = value, tostring(value)
  end
  made.id = table.concat(ids, " ")
  return made
end

local FIRST = state_with({}, {
  inside = "", never = "", phase = "first", is_blank = true, slash = false, dot = false,
  part_blank = true, has_empty = false,
})

-- After an @ that nothing encloses.
local function after_at(state)
  if state.phase == "first" then return { phase = "next", part_blank = true } end
  local is_name = state.phase == "next" and state.dot and not state.slash -- the first @ is in the name
  return {
    phase = state.phase == "next" and (is_name and "behind" or "after") or nil,
    has_empty = not is_name and (state.has_empty or state.part_blank), part_blank = true,
  }
end

-- Visits the states after a character before the first @.
local function each_before(state, char, visit)
  local slash = state.slash or char == "/"
  local is_blank = state.is_blank and char == " "
  local function go(changes)
    changes.slash, changes.is_blank = slash, is_blank
    visit(state_with(state, changes))
  end
  if state.inside ~= "" then
    return go { inside = char == state.inside and "" or nil }
  elseif char == "@" then
    local after = after_at(state)
    after.is_blank = state.is_blank
    return visit(state_with(state, after))
  end
  local closing = CLOSED_BY[char]
  if not closing or state.never:find(closing, 1, true) then return go {} end
  go { inside = closing }
  go { never = state.never .. closing }
end

-- Visits the states after a character, or after any other ("").
local function each_sign(state, char, visit)
  if char ~= "" and state.never:find(char, 1, true) then return end
  if state.phase == "first" then return each_before(state, char, visit) end
  if char == "@" then return visit(state_with(state, after_at(state))) end
  visit(state_with(state, {
    dot = state.dot or state.phase == "next" and char == ".",
    part_blank = state.part_blank and char == " ",
  }))
end

-- What is read where a text ends: "name" if all of it is that, or why nothing is.
local function outcome_of(state, has_domain)
  if state.inside ~= "" then return nil end
  local is_name = state.phase == "next" and has_domain and state.dot and not state.slash
  if state.phase == "first" or is_name then return "name" end
  if state.is_blank and state.phase ~= "behind" then return "name-empty" end
  return (state.has_empty or state.part_blank) and "domain-empty" or "unreadable"
end

-- The names of which the same comes; without those in which signs enclose something, if they are no such signs.
local function names_of(outcome, has_domain, are_signs)
  local signs = are_signs and SIGNS .. ENCLOSING or SIGNS
  local other = without(globs.ONE, signs)
  return explored.graph {
    first = FIRST,
    each = function(state, visit)
      for char in signs:gmatch "." do
        each_sign(state, char, function(to) visit(char, to) end)
      end
      each_sign(state, "", function(to) visit(other, to) end)
    end,
    is_end = function(state) return outcome_of(state, has_domain) == outcome end,
  }
end

-- ---- Canonical names ---------------------------------------------------------------

--- What stands before the text of a level, folded.
notes.LABELS = { "cn=", "ou=", "o=", "c=" }

local LABEL_SIGNS = " /cnou="

-- Whether a text is a label ("all"), begins one ("part"), or neither (nil).
local function label_of(text)
  for _, label in ipairs(notes.LABELS) do
    if label == text then return "all" end
    if label:sub(1, #text) == text then return "part" end
  end
end

-- The states of a graph to which characters lead from a place, after a blank that is due.
local function written(graph, place, char, is_parted)
  return graphs.after(graph, place, { is_parted and " " or char, is_parted and char or nil })
end

-- Visits these states, by tokens for all characters but some.
local function each_other(graph, place, but, is_parted, visit)
  for _, from in ipairs(graphs.after(graph, place, { is_parted and " " or nil })) do
    for _, edge in ipairs(graph[from].edges) do
      local token = without(edge.token, but)
      if token then visit(token, edge.to) end
    end
  end
end

-- A state: `place` in a graph of canonical names; `at`, in a level "before" its text, in a "label" that is left
-- out, in the "text", or after what only looks like a label ("label-like"); the `label` that is read or begins
-- the text so far; whether a blank is due (`is_parted`), and text (`is_due`), as a label was left out.
local function level(place, at, label, is_parted, is_due)
  return {
    place = place, at = at, label = label or "", is_parted = is_parted or false,
    is_due = is_due or false,
    id = ("%d %s %s %s %s"):format(place, at, label or "", tostring(is_parted or false),
      tostring(is_due or false)),
  }
end

-- Visits the states after a character of the text of a level that is in its canonical form.
local function each_text(graph, state, char, visit)
  local begins = state.at == "before" or state.label ~= ""
  local label = begins and state.label .. char or ""
  local what = label ~= "" and label_of(label)
  if not what then label = "" end
  for _, place in ipairs(written(graph, state.place, char, state.is_parted)) do
    visit(what == "all" and level(place, "label-like") or level(place, "text", label))
  end
end

-- Visits the states after a character of a label that is left out.
local function each_label(state, char, visit)
  local label = state.label .. char
  local what = label_of(label)
  if what == "all" then visit(level(state.place, "before", "", false, true)) end
  if what == "part" then visit(level(state.place, "label", label)) end
end

-- Visits the states after one of the signs that matter.
local function each_sign_of_level(graph, state, char, visit)
  local at = state.at
  if at == "label" then return each_label(state, char, visit) end
  if char == " " then
    return visit(at == "text" and level(state.place, "text", "", true) or state)
  elseif char == "/" then
    if at == "before" and state.is_due then return end
    for _, place in ipairs(written(graph, state.place, char)) do visit(level(place, "before")) end
  elseif at ~= "label-like" then
    each_text(graph, state, char, visit)
    if at == "before" and label_of(char) then visit(level(state.place, "label", char)) end
  end
end

-- Names without an @ whose canonical form a graph has.
local function levels(graph)
  return explored.graph {
    first = level(1, "before"),
    each = function(state, visit)
      for char in LABEL_SIGNS:gmatch "." do
        each_sign_of_level(graph, state, char, function(to) visit(char, to) end)
      end
      if state.at == "label" or state.at == "label-like" then return end
      each_other(graph, state.place, LABEL_SIGNS .. "@", state.is_parted, function(token, place)
        visit(token, level(place, "text"))
      end)
    end,
    is_end = function(state)
      local is_open = state.at == "label" or state.at == "before" and state.is_due
      return not is_open and graph[state.place].is_end
    end,
  }
end

-- A state in a mailbox of the Internet: whether there is text, an @, and a blank that is due.
local function mailbox(place, has_text, has_at, is_parted)
  return {
    place = place, has_text = has_text, has_at = has_at, is_parted = is_parted,
    id = ("%d %s %s %s"):format(place, tostring(has_text), tostring(has_at), tostring(is_parted)),
  }
end

-- Names with an @ whose canonical form a graph has.
local function mailboxes(graph)
  return explored.graph {
    first = mailbox(1, false, false, false),
    each = function(state, visit)
      visit(" ", mailbox(state.place, state.has_text, state.has_at, state.has_text))
      for _, place in ipairs(written(graph, state.place, "@", state.is_parted)) do
        visit("@", mailbox(place, true, true, false))
      end
      each_other(graph, state.place, " @", state.is_parted, function(token, place)
        visit(token, mailbox(place, true, state.has_at, false))
      end)
    end,
    is_end = function(state) return state.has_at and graph[state.place].is_end end,
  }
end

-- ---- All -----------------------------------------------------------------------

--- What may be in quotes, in < > or in ( ) and is read as part of a name then.
notes.ENCLOSED = { globs.ANY, globs.one_of '"<(', globs.ANY, "@", globs.ANY }

local unread = {} -- by how they are asked for; made once

--- Why names cannot be read back that are written before a domain, or alone.
-- @tparam boolean has_domain
-- @tparam boolean is_coarse whether nothing is told of what may be enclosed
-- @treturn {table,...} graphs of the names that are not read back for one reason each
function notes.unread(has_domain, is_coarse)
  local id = ("%s %s"):format(tostring(has_domain), tostring(is_coarse))
  unread[id] = unread[id] or {
    names_of("name-empty", has_domain, not is_coarse),
    names_of("domain-empty", has_domain, not is_coarse),
    names_of("unreadable", has_domain, not is_coarse),
  }
  return unread[id]
end

--- Whether a list matches a name if and only if it matches its canonical form, but for blanks side by side: it
-- asks for an @, or for one character that is never left out.
-- @tparam {string,...} tokens
-- @treturn boolean
function notes.is_kept(tokens)
  for _, token in ipairs(tokens) do
    if token == "@" then return true end
  end
  local char = tokens[2]
  if tokens[1] ~= globs.ANY or tokens[3] ~= globs.ANY or tokens[4] or globs.is_run(char) then
    return false
  end
  for sign in LABEL_SIGNS:gmatch "." do
    if globs.takes(char, sign) then return false end
  end
  return true
end

--- Names as they may be written whose canonical form a graph has.
-- @tparam table graph
-- @treturn table a graph
function notes.written(graph) return explored.any { levels(graph), mailboxes(graph) } end

return notes
