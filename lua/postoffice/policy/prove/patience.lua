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

--- What is said of whatever is left out then.
patience.MESSAGE = ("it was left out: what came before took more than %d times load_milliseconds")
  :format(TIMES)

return patience
