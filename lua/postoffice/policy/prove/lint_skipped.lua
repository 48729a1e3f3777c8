--- What was left out of directories' files, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_skipped

local directory = require "postoffice.policy.compile.directory"

-- The sentence that a message ends which begins with what the entry is called.
local function sentence(before, message)
  return before .. (message:find "^:" and message or ": it" .. message)
end

-- How a sentence begins about what is skipped: an entry, something of it, or a row that is nobody's.
local function skipped_what(one)
  if one.is_part then return "has a fault that is skipped" end
  return one.title:find "^directory" and "has a row that is skipped" or "is skipped"
end

-- By their codes, what is told: how severe it is, the list of it, and how its sentences begin and
-- end.
local KINDS = {
  { code = "row-skipped", severity = "warning", list = directory.skipped,
    before = skipped_what, advice = "correct it there, or remove it",
    others = "has %d more after this one that are skipped" },
  { code = "row-unused", severity = "note", list = directory.remarks,
    before = function() return "leaves out what its file says" end,
    advice = "correct it there, if that is not meant",
    others = "leaves out %d more things after this one" },
}

local function tell(kind, list, find)
  for _, one in ipairs(list) do
    local row = { word = one.title, file = one.file, line = one.line, column = one.column }
    find(kind.severity, kind.code, row, sentence(kind.before(one), one.message), kind.advice)
  end
  local last = list[#list]
  if last and list.count > #list then
    find(kind.severity, kind.code, { word = "directory", file = last.file, line = last.line },
      kind.others:format(list.count - #list), "correct those that are listed first")
  end
end

--- Tells each that is listed, and how many are not.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_skipped(compiled, find)
  for _, kind in ipairs(KINDS) do tell(kind, kind.list(compiled.directory), find) end
end

return lint_skipped
