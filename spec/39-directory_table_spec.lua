-- The directory as it is in C, for compile/directory.lua: whatever it is given is answered or
-- raises, and never is it read outside.
local core = require "postoffice.core"

local ROOM = 2 ^ 20

-- Numbers, and other values, that are no entry.
local NO_ENTRIES = {
  -1, 0.5, 1, 7, 2 ^ 31, 2 ^ 32, 2 ^ 32 + 8, 2 ^ 53, 1e300, 1 / 0, -1 / 0, 0 / 0, "", "x", true,
  {}, print, io.stdout,
}

-- The functions that take an entry.
local OF_AN_ENTRY = {
  "name", "place", "kind", "is_kept", "primary", "target", "owner", "member_count", "refusal",
  "proxies",
}

-- Three entries: a mailbox, one whose mail goes on, and a list of both and an address.
local function build()
  local d = core.new_directory(ROOM)
  local kim = d:add("Kim", "recipient", 1, 2)
  assert.equal(kim, d:add_proxy "smtp:k@a.example")
  assert.equal(kim, d:add_proxy "SMTP:Kim@a.example")
  local pat = d:add("Pat", "recipient", 1, 3)
  d:add_proxy "pat@a.example"
  d:set_target "pat@b.example"
  local team = d:add("Team", "list", 2, 4)
  d:add_proxy "X500:/O=A/CN=Team"
  d:set_members({ "KIM", "Pat", "x@b.example" }, "kim")
  assert.is_true(d:resolve(nil, nil, 100))
  return d, kim, pat, team
end

-- What must raise, whatever it says.
local function raises(call, ...)
  assert.is_false(pcall(call, ...), "raises nothing")
end

describe("the directory's table", function()
  it("answers what was put in", function()
    local d, kim, pat, team = build()
    for finished = 0, 1 do
      assert.same({ 3, kim, pat, team }, { d:count(), d:next(), d:next(kim), d:next(pat) })
      assert.is_nil(d:next(team))
      assert.same({ team }, { d:next_several() })
      assert.is_nil(d:next_several(team))
      assert.same({ "Team", "list", 2, 4, true }, { d:name(team), d:kind(team), d:place(team) })
      assert.same({ "mailbox", "target" }, { d:kind(kim), d:kind(pat) })
      assert.same({ kim, pat, team },
        { d:find "SMTP:kim@a.example", d:find "SMTP:pat@a.example", d:find "EX:/o=a/cn=team" })
      assert.is_nil(d:find "SMTP:Kim@a.example")
      assert.same({ "smtp:k@a.example", "SMTP:Kim@a.example" }, d:proxies(kim))
      assert.equal("SMTP:kim@a.example", select(2, d:primary(kim)))
      assert.equal("SMTP:pat@b.example", select(3, d:target(pat)))
      assert.same({ 3, kim, kim, pat },
        { d:member_count(team), d:owner(team), d:member(team, 1), d:member(team, 2) })
      assert.equal("SMTP:x@b.example", select(3, d:member(team, 3)))
      assert.equal(finished == 0 and kim or nil, (d:named "kIM"))
      if finished == 0 then d:finish() end
    end
    assert.equal(0, core.new_directory(ROOM):bytes())
    assert.truthy(d:bytes() > 0)
  end)

  it("has entries that go on to several, and that are kept", function()
    local d = build()
    local info = d:add("Info", "recipient", 1, 5)
    d:add_proxy "info@a.example"
    assert.is_true(d:set_targets({ "kim", "x@b.example" }, true))
    local one = d:add("One", "recipient", 1, 6)
    d:set_targets { "Info" }
    assert.is_true(d:restrict())
    assert.is_true(d:resolve(nil, nil, 100))
    for finished = 0, 1 do
      assert.same({ "targets", true, "targets", false },
        { d:kind(info), d:is_kept(info), d:kind(one), d:is_kept(one) })
      assert.same({ 2, d:find "SMTP:kim@a.example", 1, info },
        { d:member_count(info), d:member(info, 1), d:member_count(one), d:member(one, 1) })
      assert.equal("SMTP:x@b.example", select(3, d:member(info, 2)))
      assert.equal(0, select("#", d:target(info)))
      if finished == 0 then d:finish() end
    end
    raises(d.set_targets, d, { "x@b.example" })
  end)

  it("raises for what is no entry", function()
    local d = build()
    for _, value in ipairs(NO_ENTRIES) do
      for _, name in ipairs(OF_AN_ENTRY) do raises(d[name], d, value) end
      raises(d.member, d, value, 1)
      raises(d.next, d, value)
      raises(d.next_several, d, value)
      raises(d.resolve, d, value, 0, 1)
    end
    for _, name in ipairs(OF_AN_ENTRY) do
      raises(d[name], d)
      raises(d[name], d, 0)
    end
  end)

  it("has no member before the first and after the last", function()
    local d, kim, _, team = build()
    for _, index in ipairs { 0, 4, 2 ^ 32 - 1 } do
      assert.equal(0, select("#", d:member(team, index)), index)
    end
    for _, index in ipairs { -1, 0.5, 2 ^ 32, 2 ^ 32 + 1, 1e300, 1 / 0, 0 / 0, "x", {} } do
      raises(d.member, d, team, index)
    end
    raises(d.member, d, team)
    assert.equal(0, select("#", d:member(kim, 1)))
    assert.equal(0, d:member_count(kim))
  end)

  it("raises for arguments of another kind", function()
    local d = build()
    for _, call in ipairs { d.find, d.named, d.add_proxy, d.set_target } do
      for _, value in ipairs { true, {}, print } do raises(call, d, value) end
      raises(call, d)
    end
    raises(d.set_refusal, d, {})
    raises(d.set_members, d, "Kim")
    raises(d.set_members, d, { true })
    raises(d.set_members, d, {}, {})
    raises(d.set_targets, d, "Kim")
    raises(d.set_targets, d, { true })
    raises(d.add, d)
    for _, kind in ipairs { "mailbox", "", 1, true, {} } do raises(d.add, d, "Lee", kind, 1, 1) end
    for _, number in ipairs { -1, 0.5, 2 ^ 32, 1e300, 0 / 0, "x", {} } do
      raises(d.add, d, "Lee", "recipient", 1, number)
      raises(d.add, d, "Lee", "recipient", number, 1)
      raises(d.resolve, d, nil, number, 1)
      raises(d.resolve, d, nil, nil, number)
      raises(core.new_directory, number)
    end
    raises(d.add, d, "Lee", "recipient", 2 ^ 16, 1)
    raises(core.new_directory)
    assert.equal(3, d:count())
  end)

  it("raises for another object", function()
    local d = build()
    for _, value in ipairs { true, 1, "x", {}, print, io.stdout } do
      raises(d.find, value, "SMTP:kim@a.example")
      raises(d.count, value)
    end
    raises(d.count)
  end)

  it("finds by a target, and by a cc:Mail name alone", function()
    local d = core.new_directory(ROOM)
    local kim = d:add("Kim", "recipient", 1, 2)
    d:add_proxy "CCMAIL:Lee, Kim at HQ"
    d:add_proxy "CCMAIL:Kim Lee at Paris"
    d:set_target "Kim <KIM@b.example>"
    local pat = d:add("Pat", "recipient", 1, 3)
    d:add_proxy "CCMAIL:x at y at HQ"
    d:add_proxy "CCMAIL:Joe"
    d:set_target "[ccmail:pat@far.example at Internet]"
    d:add("Lee", "recipient", 1, 4)
    d:add_proxy "CCMAIL:Joe at HQ"
    d:set_target "Pat"
    for finished = 0, 1 do
      assert.same({ kim, pat },
        { d:find_target "SMTP:kim@b.example", d:find_target "CCMAIL:pat@far.example at internet" })
      assert.same({ kim, pat }, { d:find_bare "CCMAIL:kim lee", d:find_bare "CCMAIL:x at y" })
      for _, none in ipairs { "CCMAIL:x", "CCMAIL:lee", "SMTP:kim@b.example", "" } do
        assert.is_nil(d:find_bare(none))
      end
      for _, none in ipairs { "SMTP:KIM@b.example", "CCMAIL:kim lee", "Pat", "" } do
        assert.is_nil(d:find_target(none))
      end
      assert.equal("SMTP:kim@b.example", select(3, d:target(kim)))
      if finished == 0 then
        assert.is_true(d:resolve(nil, nil, 100))
        d:finish()
      end
    end
  end)

  it("raises where there is no entry yet that could be given more", function()
    local d = core.new_directory(ROOM)
    for call, value in pairs {
      add_proxy = "kim@a.example", set_target = "kim@a.example", set_refusal = "gone",
      set_members = {}, set_targets = {},
    } do
      local ok, message = pcall(d[call], d, value)
      assert.is_false(ok)
      assert.truthy(message:find("there is no entry", 1, true), message)
    end
    raises(d.set_refusal, d)
    raises(d.restrict, d)
    assert.equal(0, d:bytes())
    assert.is_nil(d:next())
  end)

  it("raises where it is finished for what would be added", function()
    local d, kim = build()
    d:finish()
    raises(d.finish, d)
    raises(d.add, d, "Lee", "recipient", 1, 1)
    raises(d.add_proxy, d, "lee@a.example")
    raises(d.set_target, d, "lee@a.example")
    raises(d.resolve, d, nil, nil, 1)
    assert.same({ 3, kim }, { d:count(), d:find "SMTP:kim@a.example" })
  end)

  it("says what is wrong with a proxy, and adds nothing", function()
    local d = core.new_directory(ROOM)
    local kim = d:add("Kim", "recipient", 1, 1)
    local owner, message, code, position = d:add_proxy "a@b..c"
    assert.same({ nil, core.message "domain-label-empty", "domain-label-empty", 5 },
      { owner, message, code, position })
    assert.same({}, d:proxies(kim))
    assert.equal(0, select("#", d:primary(kim)))
  end)

  it("says that it is full, and keeps what it has", function()
    local d = core.new_directory(200)
    local kim = d:add("Kim", "recipient", 1, 1)
    assert.equal(kim, d:add_proxy "kim@a.example")
    local long, many = ("x"):rep(200), {}
    for i = 1, 100 do many[i] = "x@b.example" end
    for _, done in ipairs {
      { d:add(long, "recipient", 1, 1) }, { d:set_target(long) }, { d:set_refusal(long) },
      { d:add_proxy(long .. "@a.example") }, { d:set_members({ "Kim" }, long) },
      { d:set_targets(many) },
    } do
      assert.same({ nil, core.message "policy-declarations", "policy-declarations" },
        { done[1], done[2], done[3] })
    end
    assert.same({ 1, kim }, { d:count(), d:find "SMTP:kim@a.example" })
    assert.equal("mailbox", d:kind(kim))
    d = core.new_directory(ROOM)
    assert.equal("policy-declarations", select(3, d:add(("x"):rep(65536), "recipient", 1, 1)))
    assert.truthy(d:add(("x"):rep(65535), "recipient", 1, 1))
  end)

  it("tells each reference that leads nowhere, and goes on from there", function()
    local d = core.new_directory(ROOM)
    d:add("Kim", "recipient", 1, 1)
    d:set_target "nobody"
    d:add("Team", "list", 1, 2)
    d:set_members({ "Kim", "x@b..c", "Kim" }, "Team")
    local found, entry, step = {}, nil, nil
    repeat
      local role, text
      entry, step, role, text = d:resolve(entry, step, 1)
      if entry == false then entry, step, role = step, role, nil end
      if role then found[#found + 1] = role .. " " .. text end
    until entry == true
    assert.same({ "target nobody", "member x@b..c" }, found)
  end)

  it("stays as long as somebody has it, and is empty once it was collected", function()
    local d = build()
    collectgarbage()
    collectgarbage()
    assert.truthy(d:find "SMTP:kim@a.example")
    local collect = debug.getregistry()["postoffice.directory"].__gc
    for _ = 1, 2 do
      collect(d)
      assert.same({ 0, 0 }, { d:count(), d:bytes() })
      assert.is_nil(d:find "SMTP:kim@a.example")
      assert.is_nil(d:next())
      for _, call in ipairs { d.set_refusal, d.restrict, d.finish } do raises(call, d) end
      raises(d.add, d, "Kim", "recipient", 1, 1)
      raises(d.add_proxy, d, "kim@a.example")
    end
  end)
end)
