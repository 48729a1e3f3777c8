--- What was left out of directories' files, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_skipped

local directory = require "postoffice.policy.compile.directory"

-- The sentence that a message ends which begins with what the entry is called.
local function sentence(message)
  return "is skipped" .. (message:find "^:" and message or ": it" .. message)
end

--- Tells each that is listed, and how many are not.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_skipped(compiled, find)
  local skipped = directory.skipped(compiled.directory)
  for _, one in ipairs(skipped) do
    local row = { word = one.title, file = one.file, line = one.line, column = one.column }
    find("warning", "row-skipped", row,
      sentence(one.message), "correct it there, or remove it")
  end
  local last = skipped[#skipped]
  if last and skipped.count > #skipped then
    find("warning", "row-skipped", { word = "directory", file = last.file, line = last.line },
      ("has %d more after this one that are skipped"):format(skipped.count - #skipped),
      "correct those that are listed first")
  end
end

return lint_skipped
