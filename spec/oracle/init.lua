--- The policy engine as it stood before its tables went into C, kept to judge the new one.
--
-- `spec/48-policy_oracle_spec.lua` asks both the same questions: whatever the new engine answers
-- otherwise is a change of what policies mean, and not one that was wanted.  So nobody edits these
-- files, neither to mend nor to please: they are those of `lua/postoffice/policy/`, in its folders,
-- but for the names of modules, and without what proves a policy (only `explain` is here, as it
-- tells what routing does).  They stand on what both engines share: the core with its sandbox,
-- `postoffice.address` and the helpers for texts, lists and suggestions.
--
-- It goes when the meaning of policies changes.
-- @module spec.oracle

local files = require "spec.oracle.compile.files"
local new_policy = require "spec.oracle.policy".new

local oracle = {}

--- Loads a policy from its text, as `postoffice.policy.load` did.
-- @tparam string source
-- @tparam table options
-- @treturn table|nil policy
-- @treturn string message
-- @treturn string code
function oracle.load(source, options)
  local sources = { source }
  local include = options.include and files.answers(options.include, sources)
  return new_policy(source, options.chunkname or "@policy", options, include, sources)
end

return oracle
