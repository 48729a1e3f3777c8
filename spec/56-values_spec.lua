-- Plain values as text and back.
local values = require "postoffice.text.values"

local random = require "spec.generate".random(56)

-- A value of at most so many levels of tables.
local function draw(depth)
  local kind = random(depth > 0 and 7 or 5)
  if kind == 1 then return random(2) == 1 end
  if kind == 2 then return random(1000) - 500 end
  if kind == 3 then return (random(1000) - 500) / 7 end
  if kind == 4 then return ("x"):rep(random(20) - 1) .. "\0};:" .. string.char(random(256) - 1) end
  if kind == 5 then return 2 ^ random(1000) end
  local made = {}
  for i = 1, random(6) - 1 do
    local key = random(2) == 1 and i or "k" .. random(9)
    made[key] = draw(depth - 1)
  end
  return made
end

describe("plain values", function()
  it("come back as they were, in one spelling", function()
    for _ = 1, 2000 do
      local value = draw(4)
      local text = values.write(value)
      local back = values.read(text)
      assert.same(value, back)
      assert.equal(text, values.write(back))
    end
  end)

  it("have the same text in whatever order they were made", function()
    assert.equal(values.write { a = 1, b = { 2, 3 }, [true] = "c" },
      values.write { [true] = "c", b = { 2, 3 }, a = 1 })
  end)

  it("keep what kind of number they are", function()
    for _, number in ipairs { 1, 1.5, -0.25, 1e300, math.huge, -math.huge, 2 ^ 53 } do
      assert.equal(tostring(number), tostring(values.read(values.write(number))))
    end
    local nan = values.read(values.write(0 / 0))
    assert.is_true(nan ~= nan)
  end)

  it("are none in any other text", function()
    local text = values.write { 1, "two", { three = true, four = 4.5 } }
    for i = 0, #text - 1 do assert.is_nil(values.read(text:sub(1, i)), i) end
    for _, wrong in ipairs {
      text .. "t", "x", "d;", "dx;", "s5:four", "s-1:", "s99999999999:", "{t}", "{{}t}", "{dnan;t}",
      "d0x;", ("{t"):rep(1000), ("{t"):rep(1000) .. "t" .. ("}"):rep(1000),
    } do
      assert.is_nil(values.read(wrong), wrong)
    end
  end)

  it("are read whatever a byte becomes", function()
    local text = values.write { 1, "two", { three = true, four = 4.5 } }
    for i = 1, #text do
      for byte = 0, 255 do
        values.read(text:sub(1, i - 1) .. string.char(byte) .. text:sub(i + 1))
      end
    end
  end)
end)
