--- Instructions that callgrind counts between two requests of a program (CALLGRIND_ZERO_STATS and
-- CALLGRIND_DUMP_STATS_AT): they repeat where times do not.
local callgrind = {}

-- The name of a dump, and its instructions; nil after the last one.
local function read_dump(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if not text then return nil end
  file:close()
  return text:match "Client Request: ([^\n]+)", tonumber(text:match "\nsummary: (%d+)")
end

--- Runs a program.
-- @tparam string command of a shell
-- @treturn {table,...} what it dumped, in order: `name` and `instructions`
function callgrind.run(command)
  local base, dumps = os.tmpname(), {}
  local status = os.execute(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s"):format(base,
    command))
  assert(status == true or status == 0, command .. " failed")
  for part = 1, math.huge do
    local path = base .. "." .. part
    local name, instructions = read_dump(path)
    if not name then break end
    os.remove(path)
    dumps[part] = { name = name, instructions = instructions }
  end
  os.remove(base)
  return dumps
end

return callgrind
