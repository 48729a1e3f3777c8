--- Templates that give our people addresses of others, or none, for `postoffice.policy.prove.lint`.
--
-- Mail to such an address never comes to us.  Whether a type other than SMTP is ours is known of those
-- alone that have domains.
-- @module postoffice.policy.prove.lint_templates

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local near_miss = require "postoffice.policy.prove.near_miss"
local proxy_template = require "postoffice.text.proxy_template"

-- People of whom one at least has an address by each template; the second is for types of numbers.
local PEOPLE = {
  { surname = "Lee", given = "Kim", initials = "KL", display = "Kim Lee", alias = "klee" },
  { surname = "2", given = "5", initials = "5", display = "5", alias = "5" },
}

-- The address that a template gives, and its key; where it gives none, nil and why the first has none.
local function sample(template)
  local why
  for _, person in ipairs(PEOPLE) do
    local fill, message = proxy_template.fill(template, person)
    local text, key = nil, message
    if fill then text, key = fill "" end
    if text then return core.parse(text, { notation = "proxy", unknown = true }), key end
    why = why or key
  end
  return nil, why
end

-- The families of types that have domains.
local function families_of(compiled)
  local set = {}
  for _, domain in ipairs(domains.all(compiled)) do
    set[domain.space and domain.space.family or "SMTP"] = true
  end
  return set
end

-- What to do about a template: where its domain is a slip of the key from one of ours, that is told.
local function advice_for(near)
  if not near then return "correct it, or declare its domain" end
  return ("%s at %s is a slip of the key away; correct it, or declare its domain, too"):format(
    describe.title(near.declaration), describe.where(near.declaration))
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_templates(compiled, find)
  if not compiled.templates then return end
  local declared = families_of(compiled.domains)
  local near = near_miss.finder(compiled.domains)
  for _, template in ipairs(compiled.templates.list) do
    local address, key = sample(template)
    if not address then
      find("error", "template-broken", compiled.templates.declaration,
        ('have "%s", which gives nobody an address: %s'):format(describe.short(template.text), key),
        "correct it")
    end
    local is_known = address and declared[families.of(address.type)]
    local domain = is_known and domains.find_of(compiled.domains, address, key)
    if is_known and not domains.is_ours(domain) then
      local slip = address.type == "SMTP" and address.domain and near(address.domain)
      find("warning", "template-foreign", compiled.templates.declaration,
        ('give people "%s", which is in no domain of ours'):format(describe.short(template.text)),
        advice_for(slip))
    end
  end
end

return lint_templates
