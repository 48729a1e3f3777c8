-- Address spaces that no mail falls into.

local lint_spaces = require "postoffice.policy.prove.lint_spaces"
local policy = require "postoffice.policy"

-- The codes found for one connector with these spaces.
local function codes(spaces)
  local p = assert(policy.load(([[
    domain "local.example" {}
    domain "*.below.example" {}
    domain "relay.example" { kind = "relay" }
    connector "c" { spaces = { %s } }]]):format(spaces)))
  local found = {}
  lint_spaces(p.compiled, function(severity, code, rule, message, advice)
    assert.equal("warning", severity)
    assert.equal("c", rule.name)
    assert.is_string(message)
    assert.is_string(advice)
    found[#found + 1] = code
  end)
  p:close()
  return table.concat(found, " ")
end

local cases = {
  { '"SMTP:*"', "" }, { '"SMTP:*@partner.example"', "" }, { '"SMTP:*.example"', "" },
  { '"SMTP:?@a.example"', "" }, { '"SMTP:a?b.example"', "" }, { '"SMTP:*a*b*"', "" },
  { '"SMTP:kim*"', "" }, { '"SMTP:*@[192.0.2.*]"', "" }, { '"SMTP:\\\\*@*"', "" },
  { '"SMTP:*@[IPv6:2001:*]"', "" }, { '"SMTP:*@[192.0.*]"', "" },
  { '"CCMAIL:*"', "" }, { '"CCMAIL:* at HQ"', "" }, { '"CCMAIL:*,* at *"', "" }, { '"FAX:*"', "" },
  { '"SMTP:*@"', "space-empty" }, { '"SMTP:* *@a.example"', "space-empty" },
  { '"SMTP:*@relay.example"', "" }, { '"SMTP:*@local.example"', "space-local" },
  { '"SMTP:*@LOCAL.example"', "space-local" }, { '"SMTP:*@a.below.example"', "space-local" },
  { '"SMTP:*@*.local.example"', "" },
  { '"SMTP:*@a.example", "smtp:*@A.example"', "space-repeated" },
}

describe("the lint of spaces", function()
  for _, case in ipairs(cases) do
    it(("finds %s in %s"):format(case[2] == "" and "nothing" or case[2], case[1]), function()
      assert.equal(case[2], codes(case[1]))
    end)
  end
end)
