--- What `import postfix` makes of a main.cf and its tables, for specs.

local import = require "postoffice.import"
local policy = require "postoffice.policy"

-- Makes a policy of the text of main.cf, or of a list of files in its place, and the texts of tables by
-- name, which loads and of which check has notes alone.  Returns it, and what `import` returns.
local function imported(main, texts, files)
  local list = files or { { path = "main.cf", text = main } }
  local made = assert(import.policy("postfix", list, {
    read = function(path)
      local text = (texts or {})[path:match "[^/]*$"]
      return text, text or "there is no such file"
    end,
    directory = "people.csv", notes = "notes.txt", addresses = true,
  }))
  local p, message = policy.load(made.text)
  assert(p, tostring(message) .. "\n" .. made.text)
  for _, finding in ipairs(p:check()) do
    assert(finding.severity == "note", tostring(finding) .. "\n" .. made.text)
  end
  return p, made
end

return imported
