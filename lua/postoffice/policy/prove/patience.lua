--- How long all that is proven of a policy may take, so that no policy keeps its host busy
-- while it is reloaded: a function has its limits for each address, and tests and entries are as
-- many as a script makes.
-- @module postoffice.policy.prove.patience

local patience = {}

local TIMES = 5 -- as much as a load may take

--- Begins a proof.
-- @tparam table policy
function patience.begin(policy) policy.state:watch(TIMES) end

--- Whether it has taken too long.
-- @tparam table policy
-- @treturn boolean
function patience.is_over(policy) return policy.state:late() ~= nil end

local told = setmetatable({}, { __mode = "k" }) -- by what is given findings, of which declarations

-- Says of a declaration that there was no time left for it, once.
local function tell(find, declaration)
  told[find] = told[find] or {}
  if told[find][declaration] then return end
  told[find][declaration] = true
  find("warning", "check-unfinished", declaration,
    "was not wholly looked at, nor what follows: the check takes too long",
    "see what the policy's functions do, or give the check more time by load_milliseconds")
end

--- Whether a check has taken too long, which a finding says then, once of a declaration.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
-- @tparam table declaration that there is no time left for
-- @treturn boolean
function patience.ends(policy, find, declaration)
  if not patience.is_over(policy) then return false end
  tell(find, declaration)
  return true
end

--- What is said of whatever is left out then.
patience.MESSAGE = ("it was left out: what came before took more than %d times load_milliseconds")
  :format(TIMES)

return patience
