local dkjson = require "dkjson"
local helper = require "spec.helper"
local json = require "postoffice.text.json"
local read_json = require "postoffice.text.read_json"

describe("read_json", function()
  for _, case in ipairs {
    { "{}", {} }, { "[]", {} }, { " [1, 2.5, -3e2, 0]\r\n", { 1, 2.5, -300, 0 } },
    { '{"a":{"b":[true,false]},"c":null}', { a = { b = { true, false } } } },
    { '"\\u00e9 \\ud83d\\ude00 \\u0041 \\"\\\\\\/\\b\\f\\n\\r\\t"',
      "\195\169 \240\159\152\128 A \"\\/\b\f\n\r\t" },
    { '"\127 \195\188"', "\127 \195\188" }, { "true", true }, { '""', "" },
  } do
    it("reads " .. case[1], function() assert.same(case[2], (read_json(case[1]))) end)
  end

  for _, case in ipairs {
    { "", 1 }, { " ", 2 }, { "[1,]", 4 }, { "[1 2]", 4 }, { '{"a":1,"a":2}', 8 }, { '{"a"}', 5 },
    { "{a:1}", 2 }, { '{"a":1,}', 8 }, { '"a', 1 }, { '"a\1"', 3 }, { '"\\x"', 2 },
    { '"\\u12"', 2 }, { '"\\ud800"', 2 }, { '"\\udc00"', 2 }, { '"\\ud800\\u0041"', 2 },
    { "01", 1 }, { "-", 1 }, { "1.", 2 }, { ".5", 1 }, { "+1", 1 }, { "1e", 2 }, { "nul", 1 },
    { "nulls", 1 }, { "NaN", 1 }, { "Infinity", 1 }, { "[null]", 2 }, { "{} x", 4 },
    { ("["):rep(40), 33 }, { '"\255"', nil },
  } do
    it("refuses " .. case[1], function()
      local value, message, code, position = read_json(case[1])
      assert.is_nil(value)
      assert.is_string(message)
      assert.same({ "json-invalid", case[2] }, { code, position })
    end)
  end

  -- A value as it may stand in JSON, drawn by chance.
  local function draw(depth)
    local kind = math.random(depth > 3 and 3 or 5)
    if kind == 1 then return math.random(-1000, 1000) / 8 end
    if kind == 2 then return math.random(2) == 1 end
    if kind == 3 then
      return ("%s\195\169\"\\\n"):rep(math.random(0, 3)):format(string.char(math.random(32, 126)),
        "a", "b")
    end
    local made = {}
    for i = 1, math.random(4) do
      made[kind == 4 and i or ("k%d"):format(i)] = draw(depth + 1)
    end
    return made
  end

  it("gives back what was written", function()
    local write = json.encoder()
    for _ = 1, helper.times(300) do
      local value = draw(1)
      assert.same(value, (read_json(write(value))))
    end
  end)

  it("takes nothing that another reader refuses, and then the same", function()
    local write = json.encoder()
    for _ = 1, helper.times(2000) do
      local text = write(draw(1))
      local at = math.random(#text)
      text = text:sub(1, at - 1) .. ('{}[]",:0e\\ '):sub(math.random(11)):sub(1, 1)
        .. text:sub(at + 1)
      local value, message = read_json(text)
      if not message then assert.same(value, (dkjson.decode(text)), text) end
    end
  end)
end)
