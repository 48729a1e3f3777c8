local docs = require "spec.docs"
local helper = require "spec.helper"
local postoffice = require "postoffice"

describe("the examples", function()
  it("beside each public function hold", function()
    local compared = 0
    for _, file in ipairs {
      "lua/postoffice/init.lua", "lua/postoffice/define.lua", "lua/postoffice/exchange.lua",
      "lua/postoffice/localpart.lua", "lua/postoffice/mixer.lua", "lua/postoffice/policy/init.lua",
      "lua/postoffice/routes.lua",
    } do
      for _, usage in ipairs(docs.usages(helper.read(file))) do
        local name = file .. ":" .. usage.line
        compared = compared + docs.run(usage.text, name, { postoffice = postoffice })
      end
    end
    assert.truthy(compared >= 20, compared)
  end)

  it("of the README hold", function()
    local compared = 0
    for _, block in ipairs(docs.fenced(helper.read "README.md", "lua")) do
      local name = "README.md:" .. block.line
      compared = compared + docs.run(block.text, name, {})
    end
    assert.truthy(compared >= 10, compared)
  end)
end)

describe("the definitions for the language server", function()
  it("name every public function", function()
    local meta = helper.read "lua/postoffice/meta.lua"
    for name, value in pairs(postoffice) do
      local pattern = type(value) == "function" and "function postoffice%." .. name .. "%("
        or "@field " .. name
      assert.truthy(meta:find(pattern), name)
    end
  end)
end)
