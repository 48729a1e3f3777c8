--- Names of other types that rewrites make, in which hosts of ours may be read: whatever sets do not
-- take for one of these is foreign (`relaying`), if it has a mark by which hosts read.
local collected = require "postoffice.policy.prove.classes.atoms.collected"
local core = require "postoffice.core"
local formulas = require "postoffice.policy.prove.sets.formulas"
local helper = require "spec.helper"
local hosted = require "postoffice.policy.prove.classes.atoms.hosted"
local is_foreign = require "postoffice.policy.route.relaying".is_foreign
local policy = require "postoffice.policy"
local shapes = require "postoffice.policy.prove.sets.shapes"

local SITE = [[
domain "corp.example" {}
domain "*.wild.example" {}
domain "relay.example" { kind = "relay" }
domain "kelvin.example" {}
domain "old.example" {}
%s
rewrite "SMTP:{u}@old.example" { to = "%s" }
]]

local TEMPLATES = {
  CCMAIL = "CCMAIL:{u} at HQ", NOTES = "NOTES:{u}@acme", MSMAIL = "MSMAIL:{u}@s",
  MS = "MS:NET/HQ/{u}", PCM = "PCM:NET/HQ/{u}", GWISE = "GWISE:d.p.{u}",
}

-- What names are put together of: hosts, also as IDNA writes them, marks, and what addresses are written in.
local PIECES = {
  "x", "@", "%", "!", "corp.example", "CORP.EXAMPLE", "b.wild.example", "wild.example",
  "relay.example", "example", "corp", ".", "b\195\188cher.example", "xn--bcher-kva.example",
  "B\195\156CHER.EXAMPLE", "\226\132\170elvin.example", "\227\128\130", "\239\188\188",
  "\239\189\133", "[127.0.0.1]", "(c)", '"', "<", ">", " ", ",", ";", ":", "imceasmtp-", "+40",
  "'", "=", "\\",
}

-- The only field of an address in which there is a mark, or nil.
local function field_with_marks(address)
  local field, count = nil, 0
  for _, name in ipairs(shapes.fields(address.type)) do
    if (address[name] or ""):find "[%%!@]" then field, count = name, count + 1 end
  end
  return count == 1 and field or nil
end

describe("the names in which hosts of ours may be read", function()
  for family, template in pairs(TEMPLATES) do
    it("are all told, of " .. family, function()
      local idn = helper.readable "b\195\188cher.example"
      local p = assert(policy.load(SITE:format(('domain "%s" {}'):format(idn), template)))
      local found, ours = collected.new(), 0
      found.rewrites = { { rewrite = p.compiled.rewrites.list[1] } }
      hosted.add(found, { p })
      local function try(name)
        local text = template:gsub("{u}", function() return name end)
        local address = core.parse(text, { unknown = true })
        local field = address and core.key(address) and field_with_marks(address)
        if field ~= hosted.FIELDS[family] or is_foreign(p.compiled, address) then return end
        ours = ours + 1
        assert.is_true(formulas.has(found.hosted[family], shapes.word(address)), text)
      end
      for _ = 1, helper.times(4000) do
        local pieces = {}
        for i = 1, math.random(2, 7) do pieces[i] = PIECES[math.random(#PIECES)] end
        try(table.concat(pieces))
      end
      for _, host in ipairs { "corp.example", "b.wild.example", idn } do try("x@" .. host) end
      assert.is_true(ours >= 3)
      p:close()
    end)
  end
end)
