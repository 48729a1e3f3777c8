--- The command that makes addresses of people's names, by the templates of a policy.
-- @module postoffice.cli.proxies

-- What reads CSV is much to load, and few commands need it.
local function propose(session, options)
  return require "postoffice.cli.proposals"(session, options)
end

return {
  {
    name = "proxies", run = propose,
    options = { "people", "policy", "explain", "memory", "seconds", "json" },
    summary = "make addresses of people's names",
    description = "Reads people in rows of CSV (DisplayName, GivenName, Surname, Initials, Alias,"
      .. " or as exports call them) and prints the addresses that the policy's templates make for"
      .. " them: a name and an address a line, separated by a tab. Nobody gets an address that"
      .. " the directory or a person before has.",
    examples = {
      "postoffice proxies --policy policy.lua people.csv",
      "postoffice proxies --explain people.csv",
    },
  },
}
