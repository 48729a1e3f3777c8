--- Builds a directory: from recipients, the files of people and lists in the order of a script's words.
-- @module postoffice.policy.compile.directory.build

local additions = require "postoffice.policy.compile.directory.additions"
local directory = require "postoffice.policy.compile.directory"
local late_faults = require "postoffice.policy.compile.late_faults"
local references = require "postoffice.policy.compile.directory.references"
local rows = require "postoffice.policy.compile.directory.rows"

local build = {}

--- What takes recipients as they are declared, for `declarations.check`.
-- @tparam table compiled
-- @tparam table errors
-- @treturn table
function build.sink(compiled, errors)
  return {
    add = function(declaration) return additions.add_entry(compiled, declaration, errors) end,
    where = function(name)
      local entry = compiled.entries:named(name)
      return entry and directory.where(compiled, entry)
    end,
  }
end

--- Compiles `directory` and `list` declarations, and the domains' catch-alls.
-- @tparam table compiled has the recipients; then it is for `find` and `each`
-- @tparam table declared declarations by word
-- @tparam {table,...} domains compiled
-- @tparam table around as `people.each` and `people.find` take it, but for `skipped` and `remarks`; or
--   `published`, of a publication
-- @tparam table errors
function build.compile(compiled, declared, domains, around, errors)
  local before = #errors
  around.skipped, around.remarks = compiled.skipped, compiled.remarks
  rows.add(compiled, declared.directory, domains, around, errors)
  if #errors > before then return end -- who was not read would be missed elsewhere
  for _, declaration in errors.each(declared.list) do
    additions.add_entry(compiled, declaration, errors)
  end
  local faults = late_faults.new(around, errors, compiled.skipped)
  references.bind_entries(compiled, faults, errors)
  local errors_alone = late_faults.new(around, errors)
  references.bind_writers(compiled, errors_alone, errors)
  references.bind_catchalls(compiled, domains, faults)
  compiled.catchall_rows = {}
  compiled.entries:finish()
  if #errors == before then references.check_owners(compiled, errors_alone) end
end

return build
