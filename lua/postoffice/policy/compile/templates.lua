--- The templates by which people get addresses.
-- @module postoffice.policy.compile.templates

local describe = require "postoffice.policy.language.describe"
local proposer = require "postoffice.text.proposer"
local proxy_template = require "postoffice.text.proxy_template"

local templates = {}

local function read(declaration, text, list, errors)
  local template, message, _, position = proxy_template.read(text)
  if template then
    list[#list + 1] = template
  else
    local where = position and (", at byte %d"):format(position) or ""
    errors.add(declaration, ': "%s": %s%s', describe.short(text), message, where)
  end
end

--- Compiles `templates` declarations, of which there is one at most.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table|nil for `proposer`
function templates.compile(declarations, errors)
  local first = declarations[1]
  if not first then return nil end
  local list = {}
  for _, text in errors.each(first.fields.templates or {}) do
    read(first, text, list, errors)
  end
  for i = 2, #declarations do
    errors.add(declarations[i], ": templates are declared at %s; write all of them there",
      describe.where(first))
  end
  return {
    list = list, collisions = first.fields.collisions, umlauts = first.fields.umlauts,
    declaration = first,
  }
end

--- What makes addresses by the templates.
-- @tparam table compiled
-- @tparam function owner the name of who has an address, by its key, or nil
-- @treturn table with `propose`
function templates.proposer(compiled, owner)
  return proposer.new(compiled.list, {
    collisions = compiled.collisions, umlauts = compiled.umlauts, owner = owner,
  })
end

return templates
