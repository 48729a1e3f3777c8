--- Whether a pattern takes all that another one does, as far as is seen from their texts.
--
-- A character that neither names stands for each wildcard of the one: what matches it there can only be
-- a wildcard of the other, and if that is a `*`, it matches whatever else may stand there.  What takes
-- one character, or one at least, is left to `postoffice.policy.prove.sets`.
-- @module postoffice.policy.pattern.wider

local core = require "postoffice.core"
local joined = require "postoffice.policy.pattern.joined"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"

local find, gsub, sub = string.find, string.gsub, string.sub

local wider = {}

local NOBODYS = "\5" -- a character of no address

-- In programs of `core.glob_match`: wildcards, which a \4 before them makes characters.
local WILD, NOT_EMPTY = "^[\1-\3]$", "[\1\3]"

--- A pattern, to be held against others.
-- @tparam string text a pattern that can be read
-- @treturn table
function wider.read(text) return { text = text } end

--- The program by which a pattern of SMTP is held against others whose parts are read as they are written.
-- @tparam table pattern
-- @treturn string|false false if it is no such pattern
function wider.glob(pattern)
  if pattern.glob == nil then pattern.glob = joined.smtp(pattern.text) or false end
  return pattern.glob
end

--- The matcher of such a pattern, which many do without.
-- @tparam table pattern
-- @treturn table
function wider.matcher(pattern)
  pattern.matcher = pattern.matcher or assert(matchers.read(pattern.text))
  return pattern.matcher
end

-- The programs of two patterns for one text of an address; nil if they are of different families.
local function globs_of(pattern, other)
  local glob, narrower = wider.glob(pattern), wider.glob(other)
  if glob and narrower then return glob, narrower end
  local a, b = wider.matcher(pattern), wider.matcher(other)
  if a.family ~= b.family then return nil end
  local parts, others, named = joined.parts(a), joined.parts(b), {}
  joined.add_names(parts, named)
  joined.add_names(others, named)
  local layout = joined.layout(a.family, lists.keys(named))
  return joined.glob(layout, parts), joined.glob(layout, others)
end

-- A text that only wildcards like a program's own match, where it has them.
local function filled(glob)
  return (gsub(glob, "\4?.", function(item)
    return find(item, WILD) and NOBODYS or sub(item, -1)
  end))
end

-- Whether all wildcards of a program match any text.
local function is_of_any(glob)
  return not find(gsub(glob, "\4.", ""), NOT_EMPTY) and not find(glob, NOBODYS, 1, true)
end

-- Whether a pattern takes all of SMTP.
local function is_all_of_smtp(pattern)
  if wider.glob(pattern) then return false end
  local matcher = wider.matcher(pattern)
  return matcher.whole ~= nil and matcher.family == "SMTP"
end

--- Whether a pattern is seen to take all that another does.
-- @tparam table pattern
-- @tparam table other
-- @treturn boolean false also where only sets can tell
function wider.takes(pattern, other)
  if wider.glob(other) and is_all_of_smtp(pattern) then return true end
  local glob, narrower = globs_of(pattern, other)
  return glob ~= nil and is_of_any(glob) and core.glob_match(glob, filled(narrower)) ~= false
end

return wider
