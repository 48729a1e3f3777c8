--- Colours for people at a terminal.
--
-- What a line is, its form says; a text that is no line of ours is painted wrongly at worst.
-- `NO_COLOR` (no-color.org) and a dumb terminal mean none.
-- @module postoffice.cli.paint

local paint = {}

local STYLES = { bad = "31", faint = "2", good = "32", note = "36", strong = "1", warning = "33" }

-- By command, what lines look like, the first that fits: a pattern and a style, or false for none.
local LINES = {
  explain = {
    { "^%d [%l ]+%+ ", "good" }, { "^ +%+ ", "good" }, { "^%d [%l ]+%- ", "faint" },
    { "^ +%- ", "faint" }, { "^[%d ]", false }, { "^address ", false }, { "^revision ", false },
    { ".", "strong" },
  },
  test = {
    { ": %d+ passed, 0 failed$", "good" }, { ": %d+ passed, %d+ failed$", "bad" },
    { ': test ".*" failed$', "bad" }, { ": does not load$", "bad" },
    { ": no test reaches it$", "warning" },
  },
  check = {
    { ": error: ", "bad" }, { ": warning: ", "warning" }, { ": note: ", "note" },
  },
  diff = { { "^<\t", "bad" }, { "^>\t", "good" }, { "^=\t", "faint" } },
}

-- The style of a line, or nil.
local function style_of(forms, line)
  for _, form in ipairs(forms) do
    if line:find(form[1]) then return STYLES[form[2]] end
  end
end

--- Makes a function that paints the lines of a text.
-- @string command whose output it is, such as "explain"
-- @treturn function
function paint.lines(command)
  local forms = LINES[command]
  return function(text)
    return (text:gsub("[^\n]+", function(line)
      local style = style_of(forms, line)
      return style and ("\27[%sm%s\27[0m"):format(style, line)
    end))
  end
end

local function as_it_is(text) return text end

-- Whether colours are wanted, by what the option says.
local WANTED = {
  always = function() return true end,
  never = function() return false end,
  auto = function(session)
    local none, kind = session.getenv "NO_COLOR", session.getenv "TERM"
    return (none == nil or none == "") and kind ~= "dumb" and session.terminal "stdout"
  end,
}

--- What paints the output of a command, if somebody wants colours.
-- @tparam table session
-- @tparam table options of the command: `color`
-- @string command
-- @treturn function of a text
function paint.new(session, options, command)
  return WANTED[options.color or "auto"](session) and paint.lines(command) or as_it_is
end

return paint
