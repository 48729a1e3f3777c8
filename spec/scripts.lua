--- Scripts in states of their own, for specs.

local script = require "postoffice.core".script

local scripts = {}

--- A loaded state, and its events by name.
-- @tparam table options of `script.new`
-- @string source
-- @tparam {string,...} declarators
-- @tparam[opt] function includes
-- @return the state, a table of functions; or nil, a message, a code
function scripts.load(options, source, declarators, includes)
  local state, events = assert(script.new(options)), {}
  local declarations, message, code = state:load(source, "@policy.lua", declarators, includes)
  if not declarations then return nil, message, code end
  for declaration in declarations do
    if declaration.word == "on" then events[declaration.name] = declaration[1] end
  end
  return state, events
end

--- What the body of a function returns.
-- @tparam table options of `script.new`
-- @string body
-- @param ... the function's arguments
function scripts.run(options, body, ...)
  local source = "function on.go(...)\n" .. body .. "\nend"
  local state, events = scripts.load(options, source, { "domain" })
  return assert(state, events):call(events.go, ...)
end

return scripts
