--- Loads policies: from a script and the files that it names, or from a snapshot of both.
-- @module postoffice.policy.load

local compile = require "postoffice.policy.compile"
local core = require "postoffice.core"
local lacks = require "postoffice.policy.language.lacks"
local language = require "postoffice.policy.language.words"
local publication = require "postoffice.policy.compile.publication"
local snapshot = require "postoffice.policy.compile.snapshot"
local told = require "postoffice.policy.language.slips".told
local visible = require "postoffice.text.visible".all

local load = {}

local LIMITS = { "memory", "declarations", "instructions", "milliseconds", "load_instructions",
  "load_milliseconds", "open_asks" }

local function new_state(options)
  local limits = {}
  for _, name in ipairs(LIMITS) do limits[name] = options[name] end
  return core.script.new(limits)
end

-- Runs a script: what returns its declarations one by one, or nil, message, code.
local function run(state, source, chunkname, includes)
  local each, message, code = state:load(source, chunkname, language.declarators(), includes,
    lacks)
  if not each then return nil, visible(told(message, state:missed())), code end
  return each
end

-- What returns the items of a list one by one.
local function items_of(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

-- So many bytes that are read outside the script give its load a millisecond more: several times
-- what their people take.
local BYTES_A_MILLISECOND = 1024

-- The same that reads outside the script, for whose load it is never too late then; `weight` says how
-- much longer a byte takes than one of people.
local function in_time(state, outside)
  local function timed(open)
    return function(name, weight)
      local blocks, message, code = open(name)
      if not blocks then return nil, message, code end
      return function(length)
        local text, why, why_code = blocks(length)
        if text then state:extend(#text * (weight or 1) / BYTES_A_MILLISECOND) end
        return text, why, why_code
      end
    end
  end
  return { bytes = outside.bytes, open = timed(outside.open), reopen = timed(outside.reopen) }
end

-- The same answers to `include`, remembered in their order.
local function remembering(includes, list)
  if not includes then return nil end
  return function(name)
    local text, chunkname = includes(name)
    if text then list[#list + 1] = { name = name, text = text, chunkname = chunkname } end
    return text, chunkname
  end
end

-- What compiled, if its claims can be read; they speak of all that is declared.
local function with_claims(compiled, message, code)
  if not compiled then return nil, message, code end
  if not compiled.claims[1] then return compiled end
  message, code = require "postoffice.policy.prove.claims".fault(compiled)
  if message then return nil, message, code end
  return compiled
end

-- By code, the option that gives a load more of what it lacks.
local MORE = {
  ["policy-budget"] = "load_instructions", ["policy-deadline"] = "load_milliseconds",
  ["policy-memory"] = "memory",
}

-- What is loaded; or the state is closed, and nil, message, code.
local function finish(state, compiled, message, code)
  if compiled then return { compiled = compiled, state = state } end
  state:close()
  if not MORE[code] then return nil, message, code end
  return nil, ("%s; the option %s gives it more"):format(message, MORE[code]), code
end

--- Loads a script.
-- @tparam table script `source`, `chunkname`, `includes` (nil, or answers `include`: a text and a
--   chunk name, or nil and a message), `sources` (all texts that are read, for the revision),
--   `outside` (reads the files that declarations name, see `files.outside`)
-- @tparam table options of `policy.load`
-- @treturn table|nil `compiled`, `state` and `origin`, of which snapshots are made
-- @treturn string message
-- @treturn string code
function load.script(script, options)
  local state, message, code = new_state(options)
  if not state then return nil, message, code end
  local included, declarations = {}, {}
  local each
  each, message, code = run(state, script.source, script.chunkname,
    remembering(script.includes, included))
  if not each then return finish(state, nil, message, code) end
  local loaded
  loaded, message, code = finish(state,
    with_claims(compile(snapshot.beside_entries(each, declarations), {
      late = function() return state:late() end, sources = script.sources,
      outside = in_time(state, script.outside),
    })))
  if not loaded then return nil, message, code end
  loaded.origin = {
    source = script.source, chunkname = script.chunkname, includes = included,
    declarations = declarations,
  }
  return loaded
end

-- What reads no file: what was in them was published.
local function nothing_outside(bytes)
  local function open() return nil, "it was not there when the policy was published" end
  return { bytes = bytes, open = open, reopen = open }
end

--- Loads what was published of a policy.
-- @string text
-- @tparam table options of `policy.load`
-- @tparam number bytes that its declarations may have
-- @treturn table|nil as `load.script` returns it
-- @treturn string message
-- @treturn string code
function load.publication(text, options, bytes)
  local saved, message, code = publication.read(text)
  if not saved then return nil, message, code end
  local state
  state, message, code = new_state(options)
  if not state then return nil, message, code end
  local each
  each, message, code = run(state, saved.source, saved.chunkname, snapshot.includes(saved))
  if not each then return finish(state, nil, message, code) end
  local loaded
  loaded, message, code = finish(state, with_claims(compile(each, {
    late = function() return state:late() end, revision = saved.revision, sets = saved.sets,
    outside = in_time(state, nothing_outside(bytes)), published = saved,
  })))
  if not loaded then return nil, message, code end
  loaded.origin = {
    source = saved.source, chunkname = saved.chunkname, includes = saved.includes,
  }
  return loaded
end

-- What the script of a snapshot declares, which runs only if some of it is a function.
local function declared(state, saved)
  if saved.declarations then return saved.declarations end
  local each, message, code =
    run(state, saved.source, saved.chunkname, snapshot.includes(saved))
  if not each then return nil, message, code end
  local declarations = {}
  local next_one = snapshot.beside_entries(each, declarations)
  repeat local more = next_one() until not more
  local same
  same, message, code = snapshot.is_same(saved, declarations)
  if not same then return nil, message, code end
  return declarations
end

--- Opens a snapshot.
-- @tparam string path
-- @tparam table options of `policy.load`, and `verify`: look at every byte
-- @treturn table|nil as `load.script` returns it
-- @treturn string message
-- @treturn string code
function load.snapshot(path, options)
  local saved, directory, code = snapshot.read(path, options.verify)
  if not saved then return nil, directory, code end
  local state, message
  state, message, code = new_state(options)
  if not state then return nil, message, code end
  local declarations
  declarations, message, code = declared(state, saved)
  if not declarations then
    return finish(state, nil, ("%s: %s"):format(path, message), code)
  end
  local loaded
  loaded, message, code = finish(state, with_claims(compile(items_of(declarations), {
    directory = directory, revision = saved.revision, sets = saved.sets,
  })))
  if not loaded then return nil, message, code end
  saved.declarations, loaded.origin = declarations, saved
  return loaded
end

return load
