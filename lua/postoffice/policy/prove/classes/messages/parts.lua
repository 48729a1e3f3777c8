--- The parts of what a recipient becomes, each of which hangs on facts of its own: those who go by the
-- same connector, if it can take them, and those who go by none.
--
-- Where each delivery is judged by itself, one message with the facts of a part is enough for it: what
-- the other parts hang on is not varied, too.  Any parting is as good for what is decided; this one has
-- few parts, and each asks for little.
-- @module postoffice.policy.prove.classes.messages.parts

local best_space = require "postoffice.policy.compile.spaces".best
local key_of = require "postoffice.policy.route.stage4_nodes".key_of

local parts = {}

local NOBODY = ""

-- The name of the connector that comes first for a leaf.
local function way_of(compiled, leaf)
  if leaf.failure or leaf.mailbox then return NOBODY end
  local key = key_of(leaf)
  local space = key and best_space(compiled.spaces, leaf.address, key)
  return space and space.connector.folded or NOBODY
end

--- Parts leaves.
-- @tparam table compiled
-- @tparam {table,...} leaves of a routing
-- @treturn {{table,...},...} lists of them, one at least
function parts.of(compiled, leaves)
  if not leaves[2] then return { leaves } end
  local list, by_way = {}, {}
  for _, leaf in ipairs(leaves) do
    local name = way_of(compiled, leaf)
    local part = by_way[name]
    if not part then
      part = {}
      by_way[name], list[#list + 1] = part, part
    end
    part[#part + 1] = leaf
  end
  return list
end

return parts
