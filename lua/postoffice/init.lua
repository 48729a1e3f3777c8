--- Mail addresses of every mail system: parse, format, validate, convert.
--
-- Needs the C core alone; policies are in `postoffice.policy`.
--
-- Bad data gives `nil, message, code, position` (`validate`: `false, ...`):
-- a sentence that says what to write, a stable slug, and the 1-based byte of
-- the text. A wrong Lua type and an unknown option are errors.
--
-- @module postoffice

local core = require "postoffice.core"

local postoffice = {}

local public = {
  "parse", "format", "validate", "normalize", "key", "equal", "encapsulate",
  "decapsulate", "message", "codes", "types", "new", "_VERSION",
}
for _, name in ipairs(public) do
  postoffice[name] = core[name]
end

return postoffice
