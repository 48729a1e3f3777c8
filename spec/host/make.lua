-- The targets that people use, from where people use them: those of README.md, and
-- of install.md and in-c.md in the manual.

local console = require "spec.console"
local docs = require "spec.docs"
local helper = require "spec.helper"
local quote = helper.quote

local root = helper.output "pwd"
local prefix = root .. "/build/prefix"
local article = "[ccmail:user@domain at internet]"
-- the makes in here are no part of the one that runs this
local make = "env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C " .. quote(root)

local function succeeds(command)
  local status, output, errors = helper.run(command)
  assert.equal(0, status, output .. errors)
  return output
end

describe("make env", function()
  local use = [[cd / && eval "$(%s env LUA=%s)" && %s]]

  for _, lua in ipairs { "lua5.4", "lua5.3", "lua5.2", "lua5.1", "luajit" } do
    it("makes the module and the command work at once on " .. lua, function()
      local load = lua .. " -e 'print((require [[postoffice]])._VERSION)'"
      assert.matches("^%d+%.%d+%.%d+\n$", succeeds(use:format(make, lua, load)))
      local format = ("postoffice format --as native %s"):format(quote(article))
      assert.equal("user@domain at internet\n", succeeds(use:format(make, lua, format)))
    end)
  end

  it("is heard where a versioned path is set", function()
    local load = "lua5.4 -e 'print((require [[postoffice]])._VERSION)'"
    succeeds("export LUA_PATH_5_4='/nowhere/?.lua' LUA_CPATH_5_4='/nowhere/?.so'; "
      .. use:format(make, "lua5.4", load))
  end)
end)

describe("make run", function()
  it("routes the addresses, and explains where the article's goes", function()
    local output = succeeds(make .. " run")
    assert.matches("deliver\tccmail\tHQ\tCCMAIL:user@domain at internet", output, 1, true)
    assert.matches("user@domain", output:match "[^\n]*\n?$", 1, true)
  end)
end)

describe("make install", function()
  setup(function()
    helper.output("rm -rf " .. quote(prefix))
  end)

  it("installs a command that works from anywhere", function()
    succeeds(("%s install PREFIX=%s"):format(make, quote(prefix)))
    assert.equal(
      "user@domain at internet\n",
      succeeds(("cd / && %s/bin/postoffice format --as native %s"):format(prefix, quote(article))))
  end)

  it("brings the manual page and the shells' completion along", function()
    local share = prefix .. "/share/"
    assert.matches("^%.TH POSTOFFICE 1 ", helper.read(share .. "man/man1/postoffice.1"))
    succeeds("bash -n " .. quote(share .. "bash-completion/completions/postoffice"))
    assert.matches("^#compdef postoffice", helper.read(share .. "zsh/site-functions/_postoffice"))
    assert.matches("complete %-c postoffice",
      helper.read(share .. "fish/vendor_completions.d/postoffice.fish"))
    assert.matches("^# postoffice", helper.read(share .. "doc/postoffice/README.md"))
  end)

  it("brings the shipped policies along", function()
    assert.equal(
      helper.output "ls lua/postoffice/examples",
      helper.output(("ls %s/share/lua/5.4/postoffice/examples"):format(prefix)))
  end)

  it("is undone by make uninstall", function()
    succeeds(("%s uninstall PREFIX=%s"):format(make, quote(prefix)))
    assert.equal("", helper.output(("find %s -type f"):format(prefix)))
  end)

  describe("with DESTDIR, for who makes a package", function()
    local folder = root .. "/build/package"
    local options = ("DESTDIR=%s PREFIX=/usr LIBDIR=/usr/lib/multiarch/lua/5.4"):format(
      quote(folder))

    setup(function()
      helper.output("rm -rf " .. quote(folder))
      succeeds(("umask 077 && %s install %s"):format(make, options))
    end)

    it("puts each thing where Debian has it", function()
      for _, path in ipairs {
        "bin/postoffice", "lib/multiarch/lua/5.4/postoffice/core.so",
        "share/lua/5.4/postoffice/init.lua", "share/man/man1/postoffice.1",
        "share/bash-completion/completions/postoffice",
        "share/zsh/vendor-completions/_postoffice",
        "share/fish/vendor_completions.d/postoffice.fish",
        "share/doc/postoffice/CHANGELOG.md", "share/doc/postoffice/examples/site.lua",
      } do
        assert.is_true(#helper.read(folder .. "/usr/" .. path) > 0, path)
      end
    end)

    it("lets everybody read it, whoever made it, and names no folder of the build", function()
      assert.equal("d 755\nf 644\nf 755", helper.output(
        ("find %s -printf '%%y %%m\\n' | LC_ALL=C sort -u"):format(quote(folder .. "/usr"))))
      local named = ("grep -rlF %s %s"):format(quote(root), quote(folder))
      assert.equal(1, (helper.run(named)))
      assert.equal("/usr/bin/postoffice", helper.output(
        ("cd %s && find . -type f -perm 755 | cut -c2-"):format(quote(folder))))
    end)

    it("is undone by make uninstall", function()
      succeeds(("%s uninstall %s"):format(make, options))
      assert.equal("", helper.output(("find %s -type f"):format(quote(folder))))
    end)
  end)
end)

describe("make install-c", function()
  local page = helper.read "lua/postoffice/manual/in-c.md"
  local place = root .. "/build/made-for-c"
  local config = ("PKG_CONFIG_PATH=%s pkg-config"):format(quote(place .. "/lib/pkgconfig"))

  setup(function()
    helper.output("rm -rf " .. quote(place))
    succeeds(("%s install-c PREFIX=%s"):format(make, quote(place)))
  end)

  -- Compiles a program of the page against what was installed, and runs it.
  local function run(name, how, argument)
    local program, source = root .. "/build/made-for-c-" .. name, nil
    for _, sample in ipairs(docs.samples(page)) do
      if sample.file == name .. ".c" then source = helper.write(program .. ".c", sample.text) end
    end
    succeeds(("cc -std=c11 -Wall -Wextra -Werror -o %s %s %s"):format(quote(program), quote(source),
      how))
    return helper.run(("LD_LIBRARY_PATH=%s %s %s"):format(quote(place .. "/lib"), quote(program),
      quote(argument)))
  end

  local SHARED = ('-I"%s/include/postoffice" -L"%s/lib" -lpostoffice'):format(place, place)
  local STATIC = ('-I"%s/include/postoffice" "%s/lib/libpostoffice.a" -lidn2 -lunistring'):format(
    place, place)

  it("lets C programs do what in-c.md shows", function()
    local compared = 0
    for _, how in ipairs { SHARED, STATIC } do
      for _, step in ipairs(console.steps(page, "spec/host/make.lua")) do
        local name, argument = (step.text or ""):match "^%./(%l+) '?(.-)'?$"
        if name then
          local _, output, errors = run(name, how, argument)
          assert.equal(step.prints, output .. errors)
          compared = compared + 1
        end
      end
    end
    assert.equal(6, compared)
  end)

  it("has a header that C++ takes, too", function()
    local source = helper.write(place .. "/a.cc", "#include <postoffice.h>\n"
      .. "int main() { return po_code_is_note(PO_OK); }\n")
    succeeds(("c++ -std=c++11 -Wall -Wextra -Werror -o %s/a %s %s"):format(place, source, SHARED))
    succeeds(("LD_LIBRARY_PATH=%s/lib %s/a"):format(place, place))
    helper.output(("rm %s/a %s/a.cc"):format(place, place))
  end)

  it("exports what its header declares, and nothing else", function()
    local header = helper.read "csrc/postoffice.h"
    local exported = helper.output(("nm -D --defined-only %s"):format(
      quote(place .. "/lib/libpostoffice.so")))
    for name in exported:gmatch " %u ([%w_]+)" do
      assert.truthy(header:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
    end
    assert.matches(" po_parse\n", exported)
  end)

  it("tells pkg-config", function()
    if helper.run "command -v pkg-config >/dev/null" ~= 0 then return end
    assert.equal(require "postoffice"._VERSION,
      helper.output(config .. " --modversion postoffice"))
    assert.matches("-lpostoffice", helper.output(config .. " --libs postoffice"), 1, true)
  end)

  it("is undone by make uninstall-c", function()
    succeeds(("%s uninstall-c PREFIX=%s"):format(make, quote(place)))
    assert.equal("", helper.output(("find %s -type f -o -type l"):format(quote(place))))
  end)
end)

describe("the setup of packages", function()
  -- A directory of commands in which there is neither apt nor dpkg.
  local function without_apt(command)
    local path = root .. "/build/no-apt"
    helper.output(([[rm -rf %s && mkdir -p %s && for tool in cat id sh true; do
      ln -s "$(command -v $tool)" %s; done]]):format(path, path, path))
    return helper.run(("PATH=%s %s"):format(path, command))
  end

  it("says what is missing where there is no apt", function()
    local status, _, errors = without_apt ".ci/setup gcc true lua-lpeg"
    assert.equal(1, status)
    assert.matches("Debian packages as: gcc lua-lpeg\n", errors, 1, true)
    assert.matches("lpeg, argparse and luafilesystem", errors, 1, true)
  end)

  it("has nothing to do where all is there", function()
    assert.equal(0, (without_apt ".ci/setup true cat"))
  end)
end)
