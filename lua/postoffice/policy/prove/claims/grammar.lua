--- Reads claims: one sentence about what a policy does, in the words of tests and explanations.
--
--     claim = ( "every" / "no" ) set [ "from" set ] [ "when" fact *( "and" fact ) ]
--             end *( "or" end ) [ "unless" exc *( "or" exc ) ]
--     set   = item *( "or" item ) [ "but" item *( "or" item ) ]
--     item  = "address" / '"PATTERN"' / TYPE "address" / "local" / "relay" / "former" / "foreign"
--             / "recipient" [ NAME ] / "list" [ NAME ] / "set" NAME / "<>"
--     fact  = [ "not" ] ( "may_relay" / "authenticated" ) / "down" NAME *( "and" NAME )
--             / "nothing is down" / "size" ( "over" / "up to" ) NUMBER / "arrived_by" NAME
--     end   = "is delivered" [ "here" ] / "is rejected" [ CODE ] / "is deferred" / "is passed"
--             / "leaves" [ "by" NAME *( "or" NAME ) ] / "reaches" ( "recipient" / "list" ) NAME
--             / "is handed over as" set / "has sender" set / "makes over" NUMBER "deliveries"
--             / "routes as in" FILE
--     exc   = fact / "from" set / "by" ( "recipient" / "list" ) [ NAME ] / "asks fail"
--
-- Whatever does not fit is told with its byte, and with all that could stand there.
-- @module postoffice.policy.prove.claims.grammar

local lists = require "postoffice.lists"
local lpeg = require "lpeg"
local short = require "postoffice.policy.language.describe".short
local suggest = require "postoffice.suggest"

local C, Carg, Cc, Cg, Cmt, Cp, Ct = lpeg.C, lpeg.Carg, lpeg.Cc, lpeg.Cg, lpeg.Cmt, lpeg.Cp, lpeg.Ct
local P, R, S, V = lpeg.P, lpeg.R, lpeg.S, lpeg.V

local grammar = {}

-- ---- What could have stood there ---------------------------------------------

-- Remembers what could have stood at a byte: of the furthest one that was come to.
local function note(missed, at, what, is_word)
  if at > missed.at then missed.at, missed.what, missed.words = at, {}, {} end
  if at < missed.at or missed.what[what] then return end
  missed.what[what] = true
  table.insert(missed.what, what)
  if is_word then table.insert(missed.words, what) end
end

-- A pattern; where it does not match, what it is called is noted.
local function expected(pattern, what, is_word)
  return pattern + Cmt(Carg(1), function(_, at, missed)
    note(missed, at, what, is_word)
    return true
  end) * P(false)
end

-- ---- Words and values --------------------------------------------------------

local blank = S " \t\r\n" ^ 0
local stop = -(R("az", "AZ", "09") + S "_&") * blank -- the end of a word

-- Words one after the other.
local function words(text)
  local all = P(true)
  for word in text:gmatch "%S+" do all = all * expected(P(word) * stop, word, true) end
  return all
end

-- One of several words, as a field.
local function one_of(field, text)
  local any = P(false)
  for word in text:gmatch "%S+" do any = any + words(word) * Cc(word) end
  return Cg(any, field)
end

-- A field that says what kind of a part it is, and is no text of the claim.
local function kind(name) return Cg(Cc(name), "kind") end

-- The same where its words are its name.
local function named(name) return kind(name) * words(name) end

local function flag(field) return Cg(Cc(true), field) end

-- A text in double quotes, as it is written.
local function text(what)
  return expected(P '"' * C((P "\\" * 1 + (1 - S '"\\')) ^ 1) * '"' * blank, what)
end

-- One in which a \ makes the next character literal, as it does in patterns.
local function name(what)
  return text(what or 'a name in "..."')
    / function(written) return (written:gsub("\\(.)", "%1")) end
end

-- A name as a field, and the byte at which it stands.
local function called(what) return Cg(Cp(), "name_at") * Cg(name(what), "name") end

local NUMBER = expected(C(R "09" ^ 1) * stop / tonumber, "a number")
local TYPE = expected(C(R "AZ" * (R("AZ", "09") + S "&_") ^ 1) * stop, "a TYPE")
local NULL = expected(P "<>" * blank, "<>")

-- recipient-unknown, or 5.1.1; no word of a claim looks like that.
local slug = R "az" ^ 1 * ("-" * R("az", "09") ^ 1) ^ 1
local status = R "09" ^ 1 * ("." * R "09" ^ 1) ^ 1
local CODE = expected(C(slug + status) * stop, "a code")

-- Several of a part with a word between, as a list.
local function several(part, word) return Ct(part * (words(word) * part) ^ 0) end

-- Several names, each as a table with its `text` and the byte at which it stands.
local function names(between)
  local one = Ct(Cg(Cp(), "at") * Cg(name(), "text"))
  return Cg(Ct(one * (between * one) ^ 0), "names")
end

-- A part as a table, which knows where it begins.
local function node(pattern) return Ct(Cg(Cp(), "at") * pattern) end

-- ---- The sentence ------------------------------------------------------------

local sentence = P {
  "claim",

  claim = blank * Ct(one_of("quantifier", "every no") * Cg(V "set", "to")
    * (words "from" * Cg(V "set", "from")) ^ -1
    * (words "when" * Cg(several(V "fact", "and"), "when")) ^ -1
    * Cg(several(V "finish", "or"), "ends")
    * (words "unless" * Cg(several(V "exception", "or"), "unless")) ^ -1)
    * (P "." * blank) ^ -1 * expected(-P(1), "the end"),

  set = node(Cg(several(V "item", "or"), "items")
    * (words "but" * Cg(several(V "item", "or"), "but")) ^ -1),

  item = node(named "address"
    + kind "pattern" * Cg(text 'a pattern in "..."', "text")
    + kind "type" * Cg(TYPE, "type") * words "address"
    + kind "domain" * one_of("domain", "local relay former foreign")
    + kind "entry" * one_of("who", "recipient list") * called() ^ -1
    + named "set" * called()
    + kind "null" * NULL),

  fact = node((words "not" * flag "negated") ^ -1 * (named "may_relay" + named "authenticated")
    + named "down" * names(words "and")
    + kind "nothing" * words "nothing is down"
    + named "size" * (words "over" * Cg(NUMBER, "over") + words "up to" * Cg(NUMBER, "up_to"))
    + named "arrived_by" * called()),

  finish = node(words "is" * (named "delivered" * (words "here" * flag "here") ^ -1
      + named "rejected" * Cg(CODE, "code") ^ -1
      + named "deferred" + named "passed"
      + kind "handed" * words "handed over as" * Cg(V "set", "set"))
    + named "leaves" * (words "by" * names(words "or" + words "and")) ^ -1
    + named "reaches" * one_of("who", "recipient list") * called()
    + kind "sender" * words "has sender" * Cg(V "set", "set")
    + named "makes" * words "over" * Cg(NUMBER, "number") * words "deliveries"
    + named "routes" * words "as in" * called 'a file in "..."'),

  exception = node(kind "fact" * Cg(V "fact", "fact")
    + named "from" * Cg(V "set", "set")
    + named "by" * one_of("who", "recipient list") * called() ^ -1
    + named "asks" * words "fail"),
}

-- ---- What is wrong -----------------------------------------------------------

-- What stands at a byte, as messages quote it.
local function found_at(claim, at)
  local word = claim:match('^"[^"]*"?', at) or claim:match("^%S+", at)
  return word, word and ('"%s"'):format(short(word:gsub('"', ""))) or "the end"
end

-- "a", "a or b", "a, b or c".
local function alternatives(list)
  if #list == 1 then return list[1] end
  return table.concat(list, ", ", 1, #list - 1) .. " or " .. list[#list]
end

-- The word or code in quotes, if it can stand there without them.
local function quoted_in_vain(word, missed)
  local bare = word:match '^"([%w_.-]+)"$'
  local is_code = missed.what["a code"] and lpeg.match(slug + status, bare or "")
  return (is_code or lists.contains(missed.words, bare)) and bare or nil
end

-- What to do about a word: a pattern that has no quotes gets them, a word that has some loses them, a
-- slip of the key is told.
local function advice(claim, word, missed)
  if not word then return "" end
  local bare = quoted_in_vain(word, missed)
  if bare then return ("; write %s without quotes"):format(short(bare)) end
  local whole = claim:sub(1, missed.at - 1):match "%S*$" .. word
  if whole:find "[@*:]" and not whole:find '"' then return ('; write "%s"'):format(short(whole)) end
  local near = suggest.near(word, missed.words)
  return near and ('; did you mean "%s"?'):format(near) or ""
end

-- What is wrong with a claim that is none.
local function explain(claim, missed)
  local word, found = found_at(claim, missed.at)
  if word and word:find '^"[^"]*$' then
    return ('byte %d: the text in " has no end'):format(missed.at)
  end
  return ("byte %d: %s stands where %s can stand%s"):format(missed.at, found,
    alternatives(missed.what), advice(claim, word, missed))
end

--- Reads a claim.
-- @tparam string claim
-- @treturn table|nil `quantifier` (`every` or `no`), `to`, `from` (sets, with `items` and `but`),
--   `when` (facts), `ends`, `unless` (exceptions); each part has its `kind` and `at`, its byte
-- @treturn string what is wrong, and at which byte
-- @treturn number the byte
function grammar.read(claim)
  local missed = { at = 0, what = {}, words = {} }
  local tree = lpeg.match(sentence, claim, 1, missed)
  if tree then return tree end
  return nil, explain(claim, missed), missed.at
end

lpeg.match(sentence, "", 1, { at = 0, what = {}, words = {} }) -- see `syntax.compiled`

return grammar
