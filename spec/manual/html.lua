--- Texts as HTML: escaped, with code as it is shown.
local html = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

--- A text that HTML shows as it is.
function html.escaped(text) return (text:gsub('[&<>"]', ENTITIES)) end

--- Code within a line.
function html.code(text) return "<code>" .. html.escaped(text) .. "</code>" end

--- A link.
function html.link(target, inner)
  return ('<a href="%s">%s</a>'):format(html.escaped(target), inner)
end

-- ---- Samples ----------------------------------------------------------------

local function span(class, text)
  return ('<span class="%s">%s</span>'):format(class, html.escaped(text))
end

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  KEYWORDS[word] = true
end

-- What begins at a place of Lua: its class, and where it ends.
local LUA_TOKENS = {
  { "^%-%-%[(=*)%[.-%]%1%]()", "comment" }, { "^%-%-[^\n]*()", "comment" },
  { "^%[(=*)%[.-%]%1%]()", "string" }, { '^"[^"\n]*"()', "string" }, { "^'[^'\n]*'()", "string" },
  { "^[%a_][%w_]*()", "word" },
}

local function token_at(text, at)
  for _, token in ipairs(LUA_TOKENS) do
    local found = { text:match(token[1], at) }
    if found[1] then return token[2], found[#found] end
  end
end

local SHOW = {}

function SHOW.lua(text)
  local shown, at = {}, 1
  while at <= #text do
    local class, stop = token_at(text, at)
    stop = stop or at + 1
    local token = text:sub(at, stop - 1)
    if class == "word" then class = KEYWORDS[token] and "keyword" end
    shown[#shown + 1] = class and span(class, token) or html.escaped(token)
    at = stop
  end
  return table.concat(shown)
end

function SHOW.console(text)
  return (("\n" .. html.escaped(text)):gsub("\n(%$ [^\n]*)", "\n<b>%1</b>"):sub(2))
end

--- A sample of a language, in `<pre>`.
function html.sample(language, text)
  local show = SHOW[language] or html.escaped
  return ('<pre class="%s">%s</pre>'):format(language == "" and "text" or language,
    show((text:gsub("\n*$", ""))))
end

return html
