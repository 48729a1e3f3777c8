--- rewrite_header: the addresses inside a header field.
local policy = require "postoffice.policy"

local SOURCE = [[
domain "our.example" {}
rewrite "SMTP:{u}@our.example" { to = "SMTP:{u}@inside.example", both = true }
rewrite "SMTP:{u}@east.example" { to = "SMTP:{u}@e.inside.example", both = true, at = { "east" } }
rewrite "SMTP:team@list.example" { to = function()
  return { "SMTP:a@inside.example", "SMTP:b@inside.example" }
end }
rewrite "SMTP:fax-{n}@our2.example" { to = "FAX:Kim@{n}" }
rewrite "SMTP:broken@our2.example" { to = function() error "no" end }
connector "east" { spaces = { "SMTP:*" } }
]]

local function loaded()
  return assert(policy.load(SOURCE))
end

describe("rewrite_header", function()
  it("rewrites what matches and keeps all else as it is", function()
    local p = loaded()
    for _, case in ipairs {
      -- name, value, new value, how many
      { "To", "kim@our.example", "kim@inside.example", 1 },
      { "TO", "kim@other.example", "kim@other.example", 0 },
      { "Cc", '"Lee, Kim" (x) < k@our.example >,\r\n\tT: a@b,\r\n <l(c)@our.example>; , (z)\r\n',
        '"Lee, Kim" (x) < k@inside.example >,\r\n\tT: a@b,\r\n <l@inside.example>; , (z)\r\n', 2 },
      { "To", "=?utf-8?q?o?= <k . i@our.example>", "=?utf-8?q?o?= <k.i@inside.example>", 1 },
      { "To", "<@a,@b:kim@our.example> (way)", "<kim@inside.example> (way)", 1 },
      { "To", "(<) K <(a<b)@a:kim@our.example (x>y)>", "(<) K <(a<b)kim@inside.example (x>y)>", 1 },
      { "To", '"a b"@our.example', '"a b"@inside.example', 1 },
      { "To", "The team <team@list.example> (t), x@y",
        "The team <a@inside.example> (t), b@inside.example, x@y", 1 },
      { "From", "Kim <kim@inside.example>", "Kim <kim@our.example>", 1 },
      { "Reply-To", "kim@our.example", "kim@our.example", 0 },
      { "Sender", "kim@e.inside.example", "kim@e.inside.example", 0 }, -- for one connector alone
      { "Resent-From", "kim@INSIDE.example", "kim@our.example", 1 },
      { "Subject", "kim@our.example", "kim@our.example", 0 },
      { "To", "", "", 0 },
    } do
      local value, count, errors = p:rewrite_header(case[1], case[2])
      assert.same({ case[3], case[4], {} }, { value, count, errors })
    end
    p:close()
  end)

  it("leaves what cannot be read or rewritten, and says so", function()
    local p = loaded()
    for _, case in ipairs {
      { "kim@our.example, bad bad, lee@our.example",
        "kim@inside.example, bad bad, lee@inside.example", 2, "domain-missing", 25 },
      { "Fax <fax-12@our2.example>", "Fax <fax-12@our2.example>", 0, "notation-type", 6 },
      { "broken@our2.example", "broken@our2.example", 0, "policy-error", 1 },
    } do
      local value, count, errors = p:rewrite_header("To", case[1])
      assert.same({ case[2], case[3] }, { value, count })
      assert.equal(1, #errors)
      assert.same({ case[4], case[5] }, { errors[1].code, errors[1].position })
      assert.is_string(errors[1].message)
      assert.is_string(errors[1].text)
    end
    p:close()
  end)

  it("raises for what is no name and no value", function()
    local p = loaded()
    assert.has_error(function() p:rewrite_header("To") end)
    assert.has_error(function() p:rewrite_header(nil, "x") end)
    assert.has_error(function() p:rewrite_header("To", "x", "y") end)
    p:close()
  end)
end)
