local manual_page = require "postoffice.cli.manual_page"
local markdown = require "postoffice.text.markdown"

local TEXT = [[
# Title

A paragraph
of two lines.

## What `it` does: two, three

* an item
  that goes on
  * below it
* another
1. counted

| name | means |
|---|---|
| `a` | one \| two |

<!-- held by spec/x.lua -->
```console
$ echo

hi
```

```lua policy.lua
domain "a.example" {}
```
]]

-- What a block is, without where.
local function without_line(block)
  local copied = {}
  for name, value in pairs(block) do
    if name ~= "line" then copied[name] = value end
  end
  return copied
end

describe("the blocks of Markdown", function()
  local blocks = markdown.blocks(TEXT)

  it("are read in order", function()
    local read = {}
    for i, block in ipairs(blocks) do read[i] = without_line(block) end
    assert.same({
      { kind = "heading", level = 1, text = "Title" },
      { kind = "paragraph", text = "A paragraph\nof two lines." },
      { kind = "heading", level = 2, text = "What `it` does: two, three" },
      { kind = "item", indent = 0, mark = "*", text = "an item\nthat goes on" },
      { kind = "item", indent = 2, mark = "*", text = "below it" },
      { kind = "item", indent = 0, mark = "*", text = "another" },
      { kind = "item", indent = 0, mark = "1.", text = "counted" },
      { kind = "table", rows = { { "name", "means" }, { "`a`", "one | two" } } },
      { kind = "comment", text = "held by spec/x.lua" },
      { kind = "code", language = "console", lines = { "$ echo", "", "hi" } },
      { kind = "code", language = "lua", file = "policy.lua", lines = { 'domain "a.example" {}' } },
    }, read)
  end)

  it("know their lines", function()
    local lines = {}
    for i, block in ipairs(blocks) do lines[i] = block.line end
    assert.same({ 1, 3, 6, 8, 10, 11, 12, 14, 18, 19, 25 }, lines)
  end)

  it("are none of an empty text", function() assert.same({}, markdown.blocks "") end)

  it("end with the text where code is not closed", function()
    assert.same({ "a" }, markdown.blocks("```lua\na")[1].lines)
  end)
end)

describe("the anchor of a heading", function()
  for heading, anchor in pairs {
    ["Where to go now"] = "where-to-go-now", ["1. Ask it"] = "1-ask-it",
    ["What `it` does: two, three"] = "what-it-does-two-three", ["a_b - c"] = "a_b---c",
  } do
    it(anchor, function() assert.equal(anchor, markdown.anchor(heading)) end)
  end
end)

describe("a page on a terminal", function()
  it("has its headings underlined, its lists and tables in the width, its code as it is", function()
    assert.equal(table.concat({
      "Title", "=====", "",
      "A paragraph of two lines.", "",
      "What `it` does: two, three", "--------------------------", "",
      "* an item that goes on", "  * below it", "* another", "1. counted", "",
      "  name  means", "  `a`   one | two", "",
      "  $ echo", "", "  hi", "",
      "policy.lua:", '  domain "a.example" {}',
    }, "\n"), table.concat(manual_page(TEXT, 60), "\n"))
  end)

  it("says where links lead", function()
    local text = "See [Postfix](from-postfix.md#2-import-it), [RFC](https://a.example/x), "
      .. "[it](../x.lua)."
    assert.same({
      "See Postfix (postoffice help from-postfix), RFC <https://a.example/x>, it.",
    }, manual_page(text, 100))
  end)

  it("breaks lines at the width", function()
    for _, line in ipairs(manual_page(TEXT, 20)) do
      assert.truthy(#line <= 20 or line:find "^[-=]+$" or line:find "^  " or line:find "^What")
    end
  end)
end)
