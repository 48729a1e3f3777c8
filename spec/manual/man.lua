--- The manual page, which is in troff's man macros, as a topic.
local html = require "spec.manual.html"
local topic = require "spec.manual.topic"

local man = {}

-- Text with fonts and escapes as HTML.
local function text_of(text)
  text = html.escaped(text):gsub("\\fB(.-)\\fR", "<b>%1</b>"):gsub("\\fI(.-)\\fR", "<i>%1</i>")
  return (text:gsub("\\&amp;", ""):gsub("\\%-", "-"):gsub("\\e", "\\"))
end

local function plain(text)
  return (text:gsub("\\f.", ""):gsub("\\&", ""):gsub("\\%-", "-"):gsub("\\e", "\\"))
end

local MACRO = {}

function MACRO.SH(state, rest)
  state.topic:heading(2, rest:lower(), text_of(rest:sub(1, 1) .. rest:sub(2):lower()))
end

function MACRO.SS(state, rest)
  local name = plain(rest)
  state.topic:heading(2, name:gsub("^postoffice ", ""), html.code(name))
end

function MACRO.TP(state) state.wants_term = true end

function MACRO.nf(state) state.sample = {} end

function MACRO.fi(state)
  state.topic:sample("console", table.concat(state.sample, "\n"))
  state.sample = nil
end

-- Adds what was read since the last macro.
local function flush(state)
  if #state.lines == 0 then return end
  local text = text_of(table.concat(state.lines, " "))
  if state.term then
    state.topic:table(nil, { { text_of(state.term), text } })
  else
    state.topic:add("<p>" .. text .. "</p>")
  end
  state.lines, state.term = {}, nil
end

local function read_line(state, line)
  local macro, rest = line:match "^%.(%u%u?%l*) ?(.*)$"
  macro = macro or line:match "^%.(%l%l)$"
  if macro then
    flush(state)
    if MACRO[macro] then MACRO[macro](state, rest or "") end
  elseif state.sample then
    table.insert(state.sample, "$ " .. plain(line))
  elseif state.wants_term then
    state.term, state.wants_term = line, false
  else
    table.insert(state.lines, line)
  end
end

--- The topic of a manual page.
-- @string page in troff
function man.topic(page)
  local state = { topic = topic.new("man", "The command's manual page"), lines = {} }
  state.topic:add('<a id="man"></a>')
  for line in page:gmatch "[^\n]+" do read_line(state, line) end
  flush(state)
  -- Rows that follow each other are one table.
  local body = {}
  for _, block in ipairs(state.topic.body) do
    local rows = block:match "^<table>(.*)</table>$"
    local last = rows and body[#body] and body[#body]:match "^<table>(.*)</table>$"
    if last then
      body[#body] = "<table>" .. last .. rows .. "</table>"
    else
      body[#body + 1] = block
    end
  end
  state.topic.body = body
  return state.topic
end

return man
