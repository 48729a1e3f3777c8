--- The command that decides claims about a policy.
-- @module postoffice.cli.prove

local exit = require "postoffice.cli.exit"
local json = require "postoffice.policy.prove.json"
local output = require "postoffice.cli.output"
local policy_file = require "postoffice.cli.policy_file"

-- What no proof speaks of, since no policy takes it (`address-length`, `domain-label-bidi`).
local LEFT_OUT = "what holds is so of addresses of 8192 bytes at most, at domains that IDNA allows:"
  .. " all others are rejected"

local STATUS = { holds = exit.GOOD, fails = exit.SOME_BAD, undecided = exit.UNDECIDED }

-- The claims that are given, or else the policy's own, each with `where` if it stands there.
local function claims_of(policy, given)
  if #given == 0 then
    local list = policy:claims()
    if #list > 0 then return list end
    exit.with(exit.WRONG_USE, "the policy has no claims; add some, or name one here: 'no address"
      .. " when not may_relay leaves unless by recipient'")
  end
  local list = {}
  for i, claim in ipairs(given) do list[i] = { claim = claim } end
  return list
end

local function indented(text)
  return (text:gsub("[^\n]+", function(line) return "    " .. output.visible(line) end))
end

local function write_json(session, said, answer)
  session.output:line(json {
    claim = said.claim, declared = said.where, outcome = answer.outcome, sentence = answer.sentence,
    why = answer.why, where = answer.where, witness = answer.witness, envelope = answer.envelope,
    given = answer.given, delivery = answer.delivery, explanation = answer.explanation,
  })
end

-- A claim that is written on several lines, on one.
local function on_one_line(claim) return (claim:gsub("%s*\n%s*", " ")) end

local function write(session, options, said, answer)
  if options.json then return write_json(session, said, answer) end
  local where, claim = said.where and said.where .. ": " or "", on_one_line(said.claim)
  session.output:line(output.visible(("%s%s: %s"):format(where, answer.outcome, claim)))
  if answer.outcome == "holds" then return end
  session.output:line(indented(answer.sentence))
  if not answer.explanation then return end
  session.output:line("")
  session.output:line(indented(tostring(answer.explanation)))
  session.output:line("")
end

-- Decides one claim: the exit status.
local function prove_one(session, options, policy, said)
  local answer, message = policy:prove(said.claim, { seconds = options.time_limit })
  if not answer then
    exit.with(exit.WRONG_USE, ('claim "%s": %s'):format(said.claim, message))
  end
  session.progress:erase()
  write(session, options, said, answer)
  return answer.outcome
end

-- Whether the first argument is a claim, not the policy: it has several words and names no file.
local function is_claim(text)
  return text ~= nil and text:find "%S%s+%S" ~= nil and not policy_file.is_readable(text)
end

-- Takes a first argument for a claim that cannot be the policy.
local function sort_arguments(options)
  if options.file and options.policy or is_claim(options.file) then
    table.insert(options.claims, 1, options.file)
    options.file = nil
  end
end

local function prove(session, options)
  sort_arguments(options)
  local policy, outcomes = policy_file.required(session, options), {}
  local claims = claims_of(policy, options.claims)
  session:count("claims", #claims, true)
  for _, said in ipairs(claims) do
    outcomes[prove_one(session, options, policy, said)] = true
    session.progress:step()
  end
  policy:close()
  if outcomes.holds and not options.json then session:say(LEFT_OUT) end
  for _, outcome in ipairs { "fails", "undecided" } do
    if outcomes[outcome] then return STATUS[outcome] end
  end
  return STATUS.holds
end

return {
  {
    name = "prove", run = prove,
    options = { "one_policy", "claims", "policy", "memory", "time_limit", "json" },
    summary = "decide whether claims about a policy hold",
    description = "Decides for every address and every message whether what a claim says is so: it"
      .. " holds, or it fails, by a witness that is explained, or it is undecided, and why."
      .. " Addresses that no policy takes are left out: those of more than 8192 bytes, and those at"
      .. " domains that IDNA refuses. Without a claim, all that the policy has are decided. With"
      .. " --policy all arguments are claims; without, the first one is, if it is of several words"
      .. " and no file.",
    examples = {
      "postoffice prove policy.lua",
      "postoffice prove 'every local is delivered here or is rejected'",
      "postoffice prove policy.lua 'no address leaves by \"partner-line\" unless from local'",
      "postoffice prove policy.lua 'every address routes as in \"old.lua\"'",
    },
  },
}
