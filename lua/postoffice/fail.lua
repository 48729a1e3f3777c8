--- How a function fails for bad data: nil, and why.
-- @module postoffice.fail

local core = require "postoffice.core"

--- The results of a function that failed.
-- @string code
-- @tparam[opt] number position the 1-based byte that offends
-- @treturn nil
-- @treturn string message
-- @treturn string code
-- @treturn number|nil position
local function fail(code, position)
  return nil, (core.message(code)), code, position
end

return fail
