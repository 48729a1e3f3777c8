--- How patterns and templates are written, read by LPeg.
--
-- `*` stands for any text, `?` for one character, `{name}` for a text of at
-- least one character that is kept, and `\` makes the next character literal.  A pattern that ends in
-- `...` lets an address have fields that it does not name.
-- A text is read into pieces: strings, and tables for the wildcards, with
-- `kind` (`any`, `one` or `name`) and `name`.  Nothing of LPeg is left when an
-- address is matched: pieces become a program for the core's linear matcher.
-- @module postoffice.policy.pattern.syntax

local describe = require "postoffice.policy.language.describe"
local lpeg = require "lpeg"

local C, Cc, Cp, Ct = lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.Ct
local P, R, S = lpeg.P, lpeg.R, lpeg.S

local syntax = {}

local MAX_LENGTH = 1024 -- bytes; no address that is meant to arrive is as long
local GLOB = { one = "\1", any = "\2", name = "\3" }

--- How many wildcards there can be, so that one byte tells a placeholder from the next.
syntax.MAX_WILDCARDS = 60

--- The sentence about more.
syntax.TOO_MANY = ("has %%d wildcards; at most %d can be told apart"):format(syntax.MAX_WILDCARDS)

--- Where `fields.split` puts wildcards: U+E000 and after, without the last byte.
syntax.PLACEHOLDER = "\238\128"

--- The sentence about a capture that stands twice.
syntax.TWICE = "{%s} stands twice; give each capture a name of its own"

--- Compiles a grammar now.  LPeg does so at the first match; and if memory runs out meanwhile, it
-- later runs the part that is there.  So it is done before there is an address to lose.
-- @param grammar
-- @return the same grammar
function syntax.compiled(grammar)
  lpeg.match(grammar, "")
  return grammar
end

local function wildcard(kind) return function(at, name) return { kind = kind, at = at,
  name = name } end end

-- RFC 3629 section 4; a byte that belongs to no character is one by itself, as
-- for the core's matcher.
local tail = R "\128\191"
local utf8 = R "\0\127" + R "\194\223" * tail
  + (P "\224" * R "\160\191" + R "\225\236" * tail + P "\237" * R "\128\159"
    + R "\238\239" * tail) * tail
  + (P "\240" * R "\144\191" + R "\241\243" * tail + P "\244" * R "\128\143") * tail * tail
local character = utf8 + 1

local name = R("az", "AZ", "__") * R("az", "AZ", "09", "__") ^ 0
local escaped = P "\\" * C(character)
local plain = C((1 - S "*?{}\\") ^ 1)
local bad = Cp() * C(S "{}\\") / function(at, char) return { kind = "bad", at = at,
  char = char } end
local item = escaped + plain
  + Cp() * "*" / wildcard "any" + Cp() * "?" / wildcard "one"
  + Cp() * "{" * C(name) * "}" / wildcard "name" + bad
local pieces_grammar = syntax.compiled(Ct(item ^ 0))

local type_char = R("az", "AZ", "09") + S ".&_-"
local typed = syntax.compiled(C(type_char ^ 1) * ":" * C(P(1) ^ 0) + Cc(nil))

local WRONG = {
  ["{"] = "a { begins a capture such as {user}, a name of letters, digits and _; for the character"
    .. " itself write \\{",
  ["}"] = "a } ends a capture such as {user}; for the character itself write \\}",
  ["\\"] = "a \\ makes the next character literal, and none follows; for the character itself"
    .. " write \\\\",
}

--- Reads the text of a pattern, without its type.
-- @tparam string body
-- @treturn {string|table,...}|nil pieces, with `wild` (how many wildcards)
-- @treturn {string,...}|string the names of the captures, also as a set; or what is wrong
function syntax.read(body)
  if #body > MAX_LENGTH then
    return nil, ("has %d bytes; a pattern has %d at most"):format(#body, MAX_LENGTH)
  end
  local pieces, names, wild = lpeg.match(pieces_grammar, body), {}, 0
  for _, piece in ipairs(pieces) do
    if type(piece) == "table" then
      if piece.kind == "bad" then return nil, WRONG[piece.char] end
      wild = wild + 1
      if piece.name then
        if names[piece.name] then
          return nil, syntax.TWICE:format(piece.name)
        end
        names[piece.name] = true
        names[#names + 1] = piece.name
      end
    end
  end
  if wild > syntax.MAX_WILDCARDS then return nil, syntax.TOO_MANY:format(wild) end
  if body:find(syntax.PLACEHOLDER, 1, true) then
    return nil, "holds a character of Unicode's private use area, which patterns need themselves"
  end
  pieces.wild = wild
  return pieces, names
end

-- What texts without a type most often are, by how they look; `any` stands for whatever they leave
-- out.
local LOOKS = {
  { "^$", "SMTP:any" }, { "^/%a+=", 'EX:%s' }, { "@", 'SMTP:%s' }, { "^[%w-]+=", 'X400:%s' },
  { " at ", 'CCMAIL:%s' }, { "!", 'UUCP:%s' }, { "^%+?[%d ()-]+$", 'FAX:%s' },
  { "^[^%s/]+%.[^%s/]+$", 'SMTP:any@%s' }, { "^[%w-]+$", 'CCMAIL:any at %s' },
  { "", 'CCMAIL:%s' },
}

-- The text with the type that it most likely has.
local function with_type(text, any)
  for _, look in ipairs(LOOKS) do
    if text:find(look[1]) then
      return (look[2]:gsub("any", any):gsub("%%s", (text:gsub("%%", "%%%%"))))
    end
  end
end

--- Splits `CCMAIL:* at HQ` into its type and the rest.
-- @tparam string text
-- @tparam[opt="*"] string any how whatever is left out is written, for the advice
-- @treturn string|nil type in upper case
-- @treturn string the rest, or what is wrong
function syntax.split_type(text, any)
  local type_name, body = lpeg.match(typed, text)
  if type_name then return type_name:upper(), body end
  return nil, ('has no type; write "%s"'):format(with_type(describe.short(text), any or "*"))
end

--- Splits a text that ends in `...`, which a \ before it makes literal.
-- @tparam string body
-- @treturn string the text before it, or the same
-- @treturn boolean whether it ended so
function syntax.split_rest(body)
  local text, backslashes = body:match "^(.-(\\*))%.%.%.$"
  if not text or #backslashes % 2 == 1 then return body, false end
  return text, true
end

--- The end of a sentence about a pattern that is no address, where a wildcard stands for other
-- attributes of X.400: nothing where that is not what is wrong.
-- @tparam string body
-- @tparam string advice what to write instead
-- @treturn string
function syntax.stray_rest(body, advice)
  return body:find "[;/]%s*[*{][^;/=]*;?$" and "; " .. advice or ""
end

local characters_grammar = syntax.compiled(Ct(C(character) ^ 0))

--- The characters of a text.
-- @tparam string text
-- @treturn {string,...}
function syntax.characters(text) return lpeg.match(characters_grammar, text) end

--- The characters of pieces that are no wildcards, one after the other.
-- @tparam {string|table,...} pieces
-- @treturn string
function syntax.literal(pieces)
  local texts = {}
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then texts[#texts + 1] = piece end
  end
  return table.concat(texts)
end

--- The program by which `core.glob_match` matches pieces.
-- @tparam {string|table,...} pieces
-- @treturn string
function syntax.glob(pieces)
  local program = {}
  for i, piece in ipairs(pieces) do
    program[i] = type(piece) == "string" and piece:gsub("[\1-\4]", "\4%0") or GLOB[piece.kind]
  end
  return table.concat(program)
end

--- The literal text before the first and after the last wildcard, folded.
-- @tparam {string|table,...} pieces
-- @treturn string
-- @treturn string
function syntax.ends(pieces)
  local front, back = {}, {}
  for i = 1, #pieces do
    if type(pieces[i]) ~= "string" then break end
    front[#front + 1] = pieces[i]
  end
  for i = #pieces, 1, -1 do
    if type(pieces[i]) ~= "string" then break end
    table.insert(back, 1, pieces[i])
  end
  return table.concat(front):lower(), table.concat(back):lower()
end

--- Whether pieces are one wildcard that stands for a whole address.
-- @tparam {string|table,...} pieces
-- @treturn boolean
function syntax.is_whole(pieces)
  return #pieces == 1 and type(pieces[1]) == "table" and pieces[1].kind ~= "one"
end

return syntax
