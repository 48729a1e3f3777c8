-- Nanoseconds a call, the best of several rounds.

local postoffice = require "postoffice"

local function best(rounds, calls, run)
  local least = math.huge
  for _ = 1, rounds do
    collectgarbage()
    local started = os.clock()
    for _ = 1, calls do
      run()
    end
    least = math.min(least, os.clock() - started)
  end
  return least / calls * 1e9
end

local article = "[ccmail:user@domain at internet]"
local address = assert(postoffice.parse(article))
local bound = postoffice.new { type = "SMTP" }

local cases = {
  { "nothing", function() end },
  { "parse SMTP, proxy", function() return postoffice.parse "SMTP:user@example.com" end },
  { "parse CCMAIL, one-off", function() return postoffice.parse(article) end },
  { "validate SMTP, bound", function() return bound.validate "user@example.com" end },
  { "normalize SMTP", function() return postoffice.normalize "smtp:User@EXAMPLE.com" end },
  { "key CCMAIL", function() return postoffice.key(address) end },
  { "format CCMAIL, one-off", function() return postoffice.format(address, "oneoff") end },
  { "encapsulate in SMTP", function()
    return postoffice.encapsulate(address, "SMTP", { domain = "example.com" })
  end },
}

for _, case in ipairs(cases) do
  print(("%-24s %7.0f ns"):format(case[1], best(5, 200000, case[2])))
end
