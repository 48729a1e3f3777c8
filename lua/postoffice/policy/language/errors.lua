--- The errors that are found in a policy's declarations.
-- @module postoffice.policy.language.errors

local describe = require "postoffice.policy.language.describe"
local visible = require "postoffice.text.visible".all

local errors = {}

local MAX_ERRORS = 20 -- nobody reads more, and each may cost a search for what was meant

--- A list of errors, each in one line, that keeps the first one's code.  When it is full, it is raised.
-- @tparam[opt] function late returns a message and a code when the load's time is over
-- @treturn table with `add(declaration, text, ...)`, `fail(code, declaration, text, ...)`,
--   `watch()`, which reads the clock and raises when the time is over, and `each(list)`: `ipairs`
--   that does so at every step; and `hold()`: the same list for errors that are found before it is
--   their turn, which `tell()` adds then, or what `fail` raises
function errors.new(late)
  local list = { code = "policy-invalid" }

  function list.watch()
    local message, code = nil, nil
    if late then message, code = late() end
    if message then
      list.code = #list == 0 and code or list.code
      list[#list + 1] = message
      error(list, 0)
    end
  end

  local function step(items, i)
    list.watch()
    if items[i + 1] ~= nil then return i + 1, items[i + 1] end
  end
  function list.each(items) return step, items, 0 end

  function list.fail(code, declaration, text, ...)
    if select("#", ...) > 0 then text = text:format(...) end
    if #list == 0 then list.code = code end
    list[#list + 1] = visible(("%s: %s%s"):format(describe.where(declaration),
      describe.title(declaration), text))
    if #list == MAX_ERRORS then
      list[#list + 1] = ("there may be more; these are the first %d"):format(#list)
      error(list, 0)
    end
  end
  function list.add(declaration, text, ...)
    return list.fail("policy-invalid", declaration, text, ...)
  end

  function list.hold()
    local held, all = { each = list.each }, {}
    function held.add(declaration, text, ...)
      if select("#", ...) > 0 then text = text:format(...) end
      if #all < MAX_ERRORS then all[#all + 1] = { declaration, text } end
    end
    function held.tell()
      for _, entry in ipairs(all) do list.add(entry[1], entry[2]) end
    end
    function held.fail(...)
      held.tell()
      list.fail(...)
      error(list, 0)
    end
    return held
  end
  return list
end

return errors
