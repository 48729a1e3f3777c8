--- What is heard of those that may keep a message: the guards of a connector, the restrictions of an
-- entry.
--
-- Each is asked by the envelope's facts, and says nil if it lets the message pass; or a code, why (the
-- end of a sentence that begins with whose it is), and, of a fact that is missing, which.  A fact that
-- the envelope lacks never refuses: a sender that is not known is not `<>`, nor a stranger's, and a
-- size that is not known is not 0.
-- @module postoffice.policy.route.hearing

local hearing = {}

local MISSING = "fact-missing"

local function missing(fact)
  return MISSING, ("needs the %s, which the envelope does not tell"):format(fact), fact
end

--- What is said where the sender has to be known.
-- @tparam table routing
-- @treturn string|nil
-- @treturn string|nil
-- @treturn string|nil
function hearing.of_sender(routing)
  if routing.sender == nil and routing.unread_sender == nil then return missing "sender" end
end

--- What is said of a message's size.
-- @tparam table routing
-- @tparam number|nil most
-- @tparam string code of what is larger
-- @treturn string|nil
-- @treturn string|nil
-- @treturn string|nil
function hearing.of_size(routing, most, code)
  if not most then return nil end -- and the size is not read: a proof would ask for each
  local size = routing.envelope.size
  if not size then return missing "size" end
  if size <= most then return nil end
  return code, ("has max_size = %.0f, and the message has %.0f bytes"):format(most, size)
end

--- What several say together: one that refuses is heard before one that cannot tell.
-- @tparam {function,...} all of them, in the order in which they are heard
-- @tparam table routing
-- @param whose what they are called with, too
-- @param[opt] what likewise
-- @treturn string|nil
-- @treturn string|nil
-- @treturn string|nil
function hearing.hear(all, routing, whose, what)
  local code, why, fact
  for _, one in ipairs(all) do
    local said, reason, missed = one(routing, whose, what)
    if said and said ~= MISSING then return said, reason end
    if not code then code, why, fact = said, reason, missed end
  end
  return code, why, fact
end

return hearing
