--- One look at all that a policy declares, for the ways that most addresses go: nothing here
-- claims them, or an entry or a rewrite makes an address of them that nothing claims.
--
-- What is found so has the address and the spaces that the stages would find.  The stages go every
-- other way, and those that an explanation tells of.
-- @module postoffice.policy.compile.survey

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local directory = require "postoffice.policy.compile.directory"
local rewrites = require "postoffice.policy.compile.rewrites"
local spaces = require "postoffice.policy.compile.spaces"

local survey = {}

--- Makes the survey of what was compiled.
-- @tparam table compiled
-- @treturn function|false of a text; it returns nothing, or the address at the end of its way, in no
--   notation, the same as SMTP has it, the ranks of its two best spaces, as far as there are any, how it was found, and
--   the name of its entry
function survey.compile(compiled)
  if compiled.on.route then return false end -- which is shown the address in its notation
  local programs, localparts, hosts = rewrites.programs(compiled.rewrites)
  if not programs then return false end
  return core.new_survey(spaces.smtp_set(compiled.spaces), domains.set(compiled.domains),
    directory.userdata(compiled.directory), localparts, hosts, programs)
end

return survey
