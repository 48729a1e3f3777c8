-- Of the oracle: nobody edits it (see ../init.lua).
--- The errors that are found in a policy's declarations.
-- @module spec.oracle.language.errors

local describe = require "spec.oracle.language.describe"

local errors = {}

local MAX_ERRORS = 20 -- nobody reads more, and each may cost a search for what was meant

--- A list of errors that keeps the first one's code.  When it is full, it is raised.
-- @tparam[opt] function late returns a message and a code when the load's time is over
-- @treturn table with `add(declaration, text, ...)`, `fail(code, declaration, text, ...)` and
--   `each(list)`: `ipairs` that reads the clock at every step, and raises when the time is over
function errors.new(late)
  local list = { code = "policy-invalid" }

  local function step(items, i)
    local message, code = nil, nil
    if late then message, code = late() end
    if message then
      list.code = #list == 0 and code or list.code
      list[#list + 1] = message
      error(list, 0)
    end
    if items[i + 1] ~= nil then return i + 1, items[i + 1] end
  end
  function list.each(items) return step, items, 0 end

  function list.fail(code, declaration, text, ...)
    if select("#", ...) > 0 then text = text:format(...) end
    if #list == 0 then list.code = code end
    list[#list + 1] = ("%s: %s%s"):format(describe.where(declaration), describe.title(declaration),
      text)
    if #list == MAX_ERRORS then
      list[#list + 1] = ("there may be more; these are the first %d"):format(#list)
      error(list, 0)
    end
  end
  function list.add(declaration, text, ...)
    return list.fail("policy-invalid", declaration, text, ...)
  end
  return list
end

return errors
