--- Where a host of ours may be read in what a rewrite makes of another type (`relaying`): all other names with
-- a mark there are foreign.
-- @module postoffice.policy.prove.classes.atoms.hosted

local before = require "postoffice.policy.prove.sets.before"
local captured = require "postoffice.policy.prove.sets.captured"
local collected = require "postoffice.policy.prove.classes.atoms.collected"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local lists = require "postoffice.lists"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"

local hosted = {}

local ANY = globs.ANY
local cond = formulas.cond

--- By family, the field that hosts read as an address of SMTP.
hosted.FIELDS = {
  CCMAIL = "mailbox", NOTES = "name", MSMAIL = "mailbox", MS = "mailbox", PCM = "mailbox",
  GWISE = "object",
}

local HIGH = globs.of_kind "high"

-- Texts of which only code knows whether they end in a host of ours: what is not ASCII, and address literals.
local ODD = { { ANY, "@", ANY, HIGH }, { ANY, "@", "[", ANY, "]" } }

-- The end of a host that stays what it is where others of its characters are beyond ASCII: its last character,
-- unless it is in an A-label.
local function end_of(tokens)
  local is_encoded = globs.matches({ ANY, "x", "n", "-", "-", globs.run_of "letter mark" }, tokens)
  return is_encoded and {} or { tokens[#tokens] }
end

-- Adds globs of what ends in @ and a host.
local function add_host(conds, tokens)
  conds[#conds + 1] = cond(globs.joined({ ANY, "@" }, tokens))
  conds[#conds + 1] = cond(globs.joined({ ANY, "@", ANY, HIGH, ANY }, end_of(tokens)))
end

-- What ends in @ and a host of ours, as globs; nil where some of these cannot be told.
local function conds_of(policies)
  local conds = {}
  for i, tokens in ipairs(ODD) do conds[i] = cond(tokens) end
  for _, policy in ipairs(policies) do
    for _, domain in ipairs(domains.all(policy.compiled.domains)) do
      local is_one = not domain.space and domains.is_ours(domain)
      local at = is_one and patterns.of_domain_name(domain.name)
      if is_one and not at then return nil end
      if at then add_host(conds, at.fields.domain[1].tokens) end
    end
  end
  return conds
end

-- The family of what a rewrite makes of addresses of SMTP, if hosts read in it; or nil.
local function family_of(rewrite)
  local family = families.of(rewrite.template.type)
  return rewrite.matcher.family == "SMTP" and hosted.FIELDS[family] and family or nil
end

-- Whether a rewrite puts local parts in a field as they are, or makes one name of their parts: of other parts too much
-- would be told apart.
local function is_told(rewrite, field)
  local matcher, template = rewrite.matcher, rewrite.template
  return not captured.has_parts(matcher) or before.is_parted_once(matcher, template, field)
end

-- The families of which rewrites make addresses of SMTP, and whether it is told of each of these rewrites what it
-- makes there.
local function families_of(list)
  local are_whole = {}
  for _, item in ipairs(list) do
    local family = family_of(item.rewrite)
    local is_whole = family and is_told(item.rewrite, hosted.FIELDS[family])
    if family then are_whole[family] = is_whole and are_whole[family] ~= false end
  end
  return are_whole
end

-- Whether mailboxes of cc:Mail are read by hosts that policies declare: then `gateways` tells what is in them, if
-- nothing else looks into them.
local function have_post_offices(policies)
  for _, policy in ipairs(policies) do
    if postoffices.are_ccmail(policy.compiled.postoffices) then return true end
  end
  return false
end

--- Adds, for families of which rewrites make addresses, in which of them a host of ours may be read.
-- @tparam table found from `collected.new`, with `rewrites`
-- @tparam {table,...} policies
function hosted.add(found, policies)
  local are_whole, conds = families_of(found.rewrites), nil
  if have_post_offices(policies) then are_whole.CCMAIL = nil end
  for _, family in ipairs(lists.keys(are_whole)) do
    conds = conds or are_whole[family] and conds_of(policies)
    if conds and are_whole[family] then
      found.hosted[family] = formulas.any_of_field(family, {}, hosted.FIELDS[family], conds)
      collected.add_test(found, found.hosted[family])
    end
  end
end

return hosted
