-- `make release`, in a repository that holds a copy of this checkout; and what people then do with
-- the folder that came of it, online and offline.

local docs = require "spec.docs"
local helper = require "spec.helper"
local luarocks_of = require "spec.luarocks"

local quote = helper.quote
local root = helper.output "pwd"
local work = root .. "/build/release-spec"
local repository = work .. "/repository"
local VERSION = "9.8.7"

-- The makes in here are no part of the one that runs this.
local ALONE = "env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u LUA_PATH -u LUA_CPATH "

local function succeeds(status, output, errors)
  assert.equal(0, status, output .. (errors or ""))
  return output
end

-- Runs a command in the repository.
local function there(command)
  return helper.run(("cd %s && %s"):format(quote(repository), command))
end

local function git(arguments) return (succeeds(there("git " .. arguments)):gsub("\n$", "")) end

-- The files that the checkout's rock would hold, committed.
local function copy_checkout()
  helper.output(("rm -rf %s && mkdir -p %s && %s make -s rock ROCK_VERSION=copy-1"):format(
    quote(work), quote(repository), ALONE))
  helper.output(("tar -xzf build/postoffice-copy-1.tar.gz -C %s --strip-components=1"):format(
    quote(repository)))
  succeeds(there [[git init -q -b main . && git config user.name Kim &&
    git config user.email kim@example.com && git add -A && git commit -q -m 'a copy']])
end

local function release(version)
  return there(ALONE .. "env RELEASE_LUAS=lua5.4 lua5.4 spec/release.lua " .. quote(version))
end

describe("make release refuses", function()
  setup(copy_checkout)

  -- what is done before, the version, and what is said
  local COMMIT = " && git commit -q -a -m changed"
  local CHANGELOG = "sed -i '%s' CHANGELOG.md" .. COMMIT
  local refused = {
    { "true", "", "three numbers" },
    { "true", "9.8", "three numbers" },
    { "true", "9.8.7-1", "three numbers" },
    { "echo >>README.md", VERSION, "not committed" },
    { "touch csrc/new.c", VERSION, "not committed" },
    { "git tag v9.8.7 && git commit -q --allow-empty -m more", VERSION, "tag of another commit" },
    { "true", "0.0.9", "which is newer" },
    { "sed -i '/define PO_VERSION/d' csrc/postoffice.h" .. COMMIT, VERSION, "no PO_VERSION" },
    { CHANGELOG:format "s/## Unreleased/## 9.8.6/", VERSION, "not with '## 9.8.6'" },
    { CHANGELOG:format "s/## Unreleased/## 9.8.7/", VERSION, "without a date" },
    { CHANGELOG:format [[s/## Unreleased/## 9.8.8\n\n* x\n\n## 9.8.7 (2026-01-02)/]], VERSION,
      "below" },
    { CHANGELOG:format "/^## Unreleased/,/^## 0/{/^## /!d}", VERSION, "says nothing of 9.8.7" },
  }
  for _, case in ipairs(refused) do
    it(("%s after %s: %s"):format(case[2], case[1], case[3]), function()
      local before = git "rev-parse HEAD"
      succeeds(there(case[1]))
      local status, output, errors = release(case[2])
      assert.equal(1, status)
      assert.equal("", output)
      assert.matches("^release: ", errors)
      assert.matches(case[3], errors, 1, true)
      succeeds(there(("git reset -q --hard %s; git clean -q -f csrc; git tag -d v9.8.7; true")
        :format(before)))
    end)
  end

  it("where there is no git", function()
    local status, _, errors = there(
      ("mv .git ../git && (GIT_CEILING_DIRECTORIES=%s lua5.4 spec/release.lua 9.8.7); "
        .. "status=$?; mv ../git .git; (exit $status)"):format(quote(work)))
    assert.equal(1, status)
    assert.matches("no checkout", errors, 1, true)
  end)

  it("what does not work once it is installed, and leaves no commit and no tag", function()
    succeeds(there("sed -i '1i error \"broken\"' lua/postoffice/cli/init.lua" .. COMMIT))
    local before = git "rev-parse HEAD"
    local status, output, errors = release(VERSION)
    assert.equal(1, status)
    assert.matches("ok  it is installed over HTTP, with its dependencies, on lua5.4\n$", output)
    assert.matches("^release: not so: the command says that it is 9.8.7\n.*broken", errors)
    assert.equal(before, git "rev-parse HEAD")
    assert.equal("", git "tag")
    assert.equal("", git "status --porcelain")
    succeeds(there "git reset -q --hard HEAD~")
  end)
end)

describe("make release", function()
  local place = repository .. "/build/release"
  local rock = "postoffice-9.8.7-1"
  local released = ("%s/%s.src.rock"):format(place, rock)
  local said

  local function same(one, other) return helper.read(one) == helper.read(other) end

  setup(function()
    copy_checkout()
    said = succeeds(there(ALONE .. "make -s release VERSION=9.8.7 "
      .. "RELEASE_URL=https://mail.example/rocks/ RELEASE_TESTS=spec/10-parse_spec.lua"))
  end)

  it("tries what it made on Lua 5.4 and LuaJIT", function()
    local tried = {}
    for name in said:gmatch "ok  ([^\n]*)" do tried[#tried + 1] = name end
    local expected = {
      "the rock is packed", "the rockspec is without reproach",
      "rocks can be served from the folder",
    }
    for _, lua in ipairs { "lua5.4", "luajit" } do
      expected[#expected + 1] = "it is installed over HTTP, with its dependencies, on " .. lua
      expected[#expected + 1] = "the command says that it is 9.8.7"
    end
    expected[#expected + 1] = "its sources are unpacked"
    for _, lua in ipairs { "lua5.4", "luajit" } do
      expected[#expected + 1] = "its tests pass on " .. lua
      expected[#expected + 1] = "it is removed on " .. lua
      expected[#expected + 1] = "nothing of it is left"
    end
    assert.same(expected, tried)
  end)

  it("commits and tags the version, with its date in the changelog", function()
    assert.equal("Release 9.8.7", git "log -1 --format=%s")
    assert.equal("CHANGELOG.md\ncsrc/postoffice.h", git "diff --name-only HEAD~")
    assert.equal(git "rev-parse HEAD", git "rev-parse v9.8.7^{commit}")
    assert.equal("", git "status --porcelain")
    assert.matches("^# Changelog\n\n## 9%.8%.7 %(%d%d%d%d%-%d%d%-%d%d%)\n",
      helper.read(repository .. "/CHANGELOG.md"))
    assert.matches('#define PO_VERSION "9.8.7"', helper.read(repository .. "/csrc/postoffice.h"), 1,
      true)
  end)

  it("says how to publish it", function()
    assert.matches("git push origin HEAD v9.8.7\n", said, 1, true)
    assert.matches(("luarocks upload --api-key=KEY %s.rockspec %s.src.rock\n"):format(
      "build/release/" .. rock, "build/release/" .. rock), said, 1, true)
    assert.matches('url = "https://mail.example/rocks/postoffice-9.8.7-1.tar.gz"',
      helper.read(("%s/%s.rockspec"):format(place, rock)), 1, true)
    assert.is_nil(said:find("RELEASE_URL", 1, true))
  end)

  it("packs the files of the tagged commit, and no others", function()
    local packed = helper.output(("tar -tzf %s/%s.tar.gz | sed 's,^%s/,,' | LC_ALL=C sort"):format(
      quote(place), rock, rock))
    local known = git "-c core.quotePath=off ls-tree -r --name-only v9.8.7"
    assert.equal(helper.output("LC_ALL=C sort <<'END'\n" .. known .. "\nEND\n"), packed)
  end)

  it("packs the same bytes elsewhere, later, by somebody else, and from what was packed", function()
    local rocks = {}
    for name, made in pairs {
      cloned = ("git clone -q %s . && git checkout -q v9.8.7 && touch -d 2001-02-03 *"):format(
        quote(repository)),
      unpacked = ("tar -xzf %s/%s.tar.gz --strip-components=1"):format(quote(place), rock),
    } do
      local folder = work .. "/" .. name
      local into = ("umask 077 && mkdir %s && cd %s && "):format(quote(folder), quote(folder))
      helper.output(into .. made .. " && TZ=Asia/Tokyo " .. ALONE
        .. "make -s rock ROCK_VERSION=9.8.7-1 ROCK_URL=https://mail.example/rocks")
      rocks[name] = ("%s/build/%s.src.rock"):format(folder, rock)
    end
    for _, path in pairs(rocks) do assert.is_true(same(released, path), path) end
  end)

  it("makes the same rock when it is made again", function()
    helper.output(("cp %s %s/first.rock"):format(quote(released), quote(work)))
    succeeds(there(ALONE .. "env RELEASE_URL=https://mail.example/rocks "
      .. "RELEASE_TESTS=spec/55-csv_spec.lua RELEASE_LUAS=lua5.4 lua5.4 spec/release.lua 9.8.7"))
    assert.is_true(same(released, work .. "/first.rock"))
    assert.equal("Release 9.8.7", git "log -1 --format=%s")
    assert.equal("v9.8.7", git "tag")
  end)

  -- The page for people who install it, whose samples are run as they stand.
  describe("lua/postoffice/manual/install.md, offline", function()
    local page = work .. "/page"
    local luarocks = luarocks_of.new("lua5.4", work)
    local samples = {}
    for _, sample in ipairs(docs.samples(helper.read "lua/postoffice/manual/install.md")) do
      if sample.held == "spec/host/release.lua" then
        samples[#samples + 1] = sample.text:gsub("%f[^\n\0]%$ ", "")
      end
    end

    -- Runs commands where the rocks are, on a tree of their own and with LuaRocks as nobody has
    -- configured it.
    local function runs(tree, commands)
      local script = ([[cd %s
        luarocks() { %s luarocks --lua-version=5.4 --tree=%s "$@"; }
        luarocks-admin() { %s luarocks-admin --lua-version=5.4 --tree=%s "$@"; }
        set -e; unset LUA_PATH LUA_CPATH]]):format(quote(page), luarocks.alone,
          quote(luarocks:path(tree)), luarocks.alone, quote(luarocks:path(tree)))
      return helper.run("bash -c " .. quote(script .. "\n" .. commands))
    end

    setup(function()
      helper.output(("mkdir -p %s/rocks && cp %s %s/*.rock %s/rocks"):format(quote(page),
        quote(released), quote(repository .. "/build/releasing/rocks-lua5.4"), quote(page)))
      succeeds(there(ALONE .. "make -s rock && cp build/postoffice-scm-1.src.rock " .. quote(page)))
    end)

    it("has a folder of rocks to install from, and what is removed leaves nothing", function()
      succeeds(runs("folder", samples[1]))
      succeeds(runs("folder", quote(luarocks:path "folder/bin/postoffice") .. " --version"))
      succeeds(runs("folder", "luarocks remove postoffice"))
      local left = luarocks:contents "folder"
      assert.matches("lpeg", left)
      succeeds(runs("folder", [[luarocks install --only-server="$PWD/rocks" postoffice]]))
      assert.not_equal(left, luarocks:contents "folder")
      succeeds(runs("folder", "luarocks remove postoffice"))
      assert.equal(left, luarocks:contents "folder")
    end)

    it("says that LuaRocks does not see a distribution's packages", function()
      local status, output, errors = runs("alone", "luarocks install postoffice-scm-1.src.rock")
      assert.equal(1, status)
      assert.matches("lpeg >= 1.0 %(not installed%)", output .. errors)
    end)

    it("has a way without the dependencies' rocks, on which the path has to be said", function()
      local first, rest = samples[2]:match "^([^\n]*\n)(.*)$"
      succeeds(runs("alone", first))
      local status, _, errors = runs("alone",
        quote(luarocks:path "alone/bin/postoffice") .. " --version")
      assert.equal(1, status)
      assert.matches("module 'postoffice.cli' not found", errors, 1, true)
      assert.matches("^postoffice %d", succeeds(runs("alone", rest)))
      succeeds(runs("alone", "luarocks remove postoffice"))
      assert.equal("", luarocks:contents "alone")
    end)
  end)
end)
