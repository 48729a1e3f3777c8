--- Paths of files, as Unix and Windows write them.
-- @module postoffice.text.path

local path = {}

--- The name of a file without its folder.
-- @string text
-- @treturn string
function path.base(text) return text:match "[^/\\]*$" end

--- The folder of a file, with what ends it; empty where none is said.
-- @string text
-- @treturn string
function path.folder(text) return text:match "^(.*[/\\])[^/\\]*$" or "" end

return path
