--- Where the library's files that are no modules were installed: beside its modules.
-- @module postoffice.installed

local installed = {}

-- Whether a file can be read.
local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

--- The path of a file of the library.
-- @string name as in `postoffice/manual/install.md`
-- @treturn string its path; the name itself where Lua finds no such file
function installed.path(name)
  for template in package.path:gmatch "[^;]+" do
    local root = template:match "^(.*)%?%.lua$"
    if root and exists(root .. name) then return root .. name end
  end
  return name
end

return installed
