--- How Postfix asks its tables: virtual(5), canonical(5), transport(5).

local map_tables = require "spec.map_tables"
local maps = require "postoffice.policy.prove.maps"

--- What tables make of an address, as one text, and the keys that were asked for.
local function ask(given, address, how)
  local options = { delimiter = "+", here = { ["here.example"] = true }, origin = "here.example" }
  local tables, asked = map_tables.of(given, options, how == "whole")
  local list, message = maps.ask(tables, address)
  return list and table.concat(list, " ") or message, asked
end

describe("a table of fixed keys", function()
  it("is asked for an address, without its extension, for its user at home, for its domain",
    function()
      local _, asked = ask({ virtual = {} }, "Kim+Tag@Here.example")
      assert.same({ "kim+tag@here.example", "kim@here.example", "kim+tag", "kim",
        "@here.example" }, asked)
      _, asked = ask({ canonical = {} }, "kim@far.example")
      assert.same({ "kim@far.example", "@far.example" }, asked)
    end)

  it("is asked for the domain and those around it where it is of transports", function()
    local _, asked = ask({ transport = {} }, "kim+tag@s.far.example")
    assert.same({ "kim+tag@s.far.example", "kim@s.far.example", "s.far.example", ".far.example",
      ".example", "*" }, asked)
  end)

  it("is asked for all domains around an address, and its user, where it is of access", function()
    local made, asked = ask({ recipient_access = {} }, "Kim+Tag@s.far.example")
    assert.equal("Kim+Tag@s.far.example", made)
    assert.same({ "kim+tag@s.far.example", "kim@s.far.example", "s.far.example", "far.example",
      "example", "kim+tag@", "kim@" }, asked)
    made, asked = ask({ recipient_access = { ["far.example"] = "REJECT no" }, virtual = {} },
      "kim@far.example")
    assert.equal("error:", made)
    assert.same({ "kim@far.example", "far.example" }, asked)
    assert.equal("joe@far.example", (ask({ recipient_access = { ["kim@"] = "OK" },
      virtual = { ["kim@far.example"] = "joe@far.example" } }, "kim@far.example")))
  end)

  it("is asked for users of our domains alone where it lists them", function()
    local made, asked = ask({ recipients = { kim = "x" } }, "kim+tag@here.example")
    assert.equal("kim+tag@here.example", made)
    assert.same({ "kim+tag@here.example", "kim@here.example", "kim+tag", "kim" }, asked)
    assert.equal("recipient-unknown", (ask({ recipients = {} }, "kim@here.example")))
    assert.equal("error:", (ask({ recipients = {}, transport = {} }, "kim@here.example")))
    made, asked = ask({ recipients = {} }, "kim@far.example")
    assert.equal("kim@far.example", made)
    assert.same({}, asked)
  end)

  it("is asked for the whole address alone where it is a pattern or a program", function()
    for _, role in ipairs(maps.roles) do
      local _, asked = ask({ [role] = {} }, "kim+tag@here.example", "whole")
      assert.same({ "kim+tag@here.example" }, asked)
    end
    for command, is_whole in pairs {
      ["postmap -q - pcre:/etc/postfix/virtual"] = true, ["postmap -q - regexp:x"] = true,
      ["postmap -q - 'socketmap:unix:/x:route'"] = true, ["postmap -q - tcp:[::1]:1"] = true,
      ["postmap -q - hash:pcre"] = false, ["postmap -q - lmdb:x"] = false,
      ["postmap -q - unionmap:{pcre:a,hash:b}"] = true, ["./mypcre:x"] = false,
    } do
      assert.equal(is_whole, maps.is_whole(command), command)
    end
  end)
end)

describe("a virtual table", function()
  local TABLE = {
    ["info@a.example"] = 'kim@a.example, "b c"@b.example', ["kim@a.example"] = "lee@a.example",
    ["@old.example"] = "@a.example", ["self@a.example"] = "self@a.example, kim@a.example",
    ["one@a.example"] = "two@a.example", ["two@a.example"] = "one@a.example",
    ["grow@a.example"] = "grow@a.example.x", ["@a.example.x"] = "grow@a.example", ["joe"] = "kim",
    ["twice@a.example"] = "lee@a.example lee@A.example",
  }
  local function virtual(address) return (ask({ virtual = TABLE }, address)) end

  it("is asked again for all that it makes, until that stays what it is", function()
    assert.equal('lee@a.example "b c"@b.example', virtual "info@a.example")
    assert.equal('lee@a.example "b c"@b.example', virtual "info@old.example")
    assert.equal("lee@a.example", virtual "twice@a.example")
    assert.equal("kim@here.example", virtual "joe@here.example")
  end)

  it("adds the extension to what it was found without", function()
    assert.equal('lee+x@a.example "b c+x"@b.example',
      (virtual "info+x@a.example":gsub('c"%+x', 'c+x"')))
    assert.equal("x+y@far.example", virtual "x+y@far.example")
  end)

  it("lets an address become itself once, and others beside it", function()
    assert.equal("self@a.example lee@a.example", virtual "self@a.example")
  end)

  it("that never ends makes mail wait", function()
    assert.equal("unreasonable virtual map expansion", virtual "one@a.example")
    assert.equal("unreasonable virtual map expansion", virtual "grow@a.example")
  end)
end)

describe("a canonical table", function()
  it("goes before the virtual one, until it changes nothing, or ten times", function()
    local CANONICAL = {
      ["k@a.example"] = "kim.lee@a.example", ["kim.lee@a.example"] = "Kim.Lee@a.example",
      ["a@b.example"] = "b@b.example", ["b@b.example"] = "a@b.example",
    }
    assert.equal("kim.lee@a.example", (ask({ canonical = CANONICAL }, "k@a.example")))
    assert.equal("kl@here.example", (ask({ canonical = CANONICAL,
      virtual = { ["kim.lee@a.example"] = "kl" } }, "k@a.example")))
    assert.equal("unreasonable canonical map nesting",
      (ask({ canonical = CANONICAL }, "a@b.example")))
  end)
end)

describe("a transport table", function()
  local TABLE = {
    ["a.example"] = "smtp:", [".a.example"] = "relay:[mx.a.example]", ["*"] = "smtp:[hub]",
    ["quiet@a.example"] = ":", ["no@a.example"] = "error:5.1.1 no", ["b.example"] = ":[hop]",
  }
  local function transport(address) return (ask({ transport = TABLE }, address)) end

  it("says transport and next hop, the domain if it says none, or that nothing changes", function()
    assert.equal("smtp:a.example", transport "x@a.example")
    assert.equal("relay:[mx.a.example]", transport "x@s.a.example")
    assert.equal("smtp:[hub]", transport "x@far.example")
    assert.equal("error:5.1.1 no", transport "no@a.example")
    assert.equal(":[hop]", transport "x@b.example")
    assert.equal("", transport "quiet@a.example")
  end)

  it("is asked for all that the virtual table makes", function()
    assert.equal("smtp:a.example smtp:[hub]", (ask({ transport = TABLE,
      virtual = { ["all@a.example"] = "x@a.example, y@a.example, z@far.example" } },
      "all@a.example")))
  end)
end)

describe("a key of a table", function()
  it("stands for an address that it alone finds", function()
    local options = { here = {}, origin = "here.example" }
    for key, address in pairs {
      ["@a.example"] = "somebody@a.example", ["a.example"] = "somebody@a.example",
      [".a.example"] = "somebody@sub.a.example", ["*"] = "somebody@somewhere.example",
      ["kim"] = "kim@here.example", ["kim@a.example"] = "kim@a.example",
      ["kim@"] = "kim@here.example",
    } do
      assert.equal(address, maps.witness(key, options))
    end
  end)
end)
