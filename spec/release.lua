-- release.lua VERSION: makes a release of what is checked out.
--
-- The version and the date are written, and the rock is made, in a working tree of its own; what
-- comes of it is served on loopback, installed with its dependencies into empty trees, tested and
-- removed, on each Lua of RELEASE_LUAS.  Only then is the commit that says so merged, and tagged: a
-- release that fails leaves nothing but build/releasing to look at.

local helper = require "spec.helper"
local luarocks_of = require "spec.luarocks"
local pack_installed = require "spec.luarocks_installed"

local quote = helper.quote

local version = arg[1] or ""
local tag, rock = "v" .. version, "postoffice-" .. version .. "-1"
local root = helper.output "pwd"
local place = root .. "/build/release" -- what is published: a folder that rocks are served from
local work = root .. "/build/releasing"
local source = work .. "/source"

local function environment(name) return os.getenv(name) or "" end

local LUAS = {}
for lua in environment "RELEASE_LUAS":gmatch "%S+" do LUAS[#LUAS + 1] = lua end

local server -- the process that serves what was made, while it does

local function demand(truth, message, ...)
  if truth then return truth end
  if server then helper.run("kill " .. server) end
  io.stderr:write("release: ", message:format(...), "\n")
  os.exit(1)
end

-- Shows what has come off; or ends with what was said instead.
local function step(name, status, output)
  demand(status == 0, "not so: %s\n%s", name, output)
  print("ok  " .. name)
end

-- ---- Whether there can be one ------------------------------------------------------

local function git(arguments) return helper.output("git " .. arguments) end

-- "0.10.2" as a number that versions are compared by; nil for what is no version.
local function rank(text)
  local major, minor, patch = text:match "^(%d+)%.(%d+)%.(%d+)$"
  return major and (major * 1e4 + minor) * 1e4 + patch
end

-- The commit that has the tag, or nil.
local function tagged()
  local status, commit = helper.run(
    ("git rev-parse -q --verify 'refs/tags/%s^{commit}'"):format(tag))
  return status == 0 and commit:match "%x+" or nil
end

local function check_checkout()
  demand(rank(version), "make release VERSION=0.2.0, say: three numbers, not '%s'", version)
  demand(helper.run "git rev-parse -q --verify HEAD" == 0, "this is no checkout of git's")
  local changed = git "status --porcelain"
  demand(changed == "", "there are changes that are not committed:\n%s", changed)
  demand((tagged() or git "rev-parse HEAD") == git "rev-parse HEAD",
    "%s is the tag of another commit", tag)
end

-- ---- What says the version -----------------------------------------------------------

local DEFINITION = '#define PO_VERSION "([%d.]+)"'

local function with_version(header)
  local now = demand(header:match(DEFINITION), "csrc/postoffice.h defines no PO_VERSION")
  demand(rank(now) <= rank(version), "csrc/postoffice.h says %s, which is newer", now)
  return (header:gsub(DEFINITION, ('#define PO_VERSION "%s"'):format(version)))
end

-- The changelog with this version's section at its head, dated.
local function with_date(changelog)
  local heading, section = changelog:match "\n## ([^\n]*)\n(.-)\n## "
  demand(heading and section:find "%S", "CHANGELOG.md says nothing of %s", version)
  local _, dated = changelog:find("\n## " .. version:gsub("%.", "%%.") .. " ?%(?[%d-]*%)?\n")
  if dated and heading:match "^%S+ %(%d%d%d%d%-%d%d%-%d%d%)$" then return changelog end
  demand(not dated, "CHANGELOG.md has a section of %s already, below or without a date", version)
  demand(heading == "Unreleased",
    "CHANGELOG.md has to begin with '## Unreleased' or '## %s (YYYY-MM-DD)', not with '## %s'",
    version, heading)
  local today = os.date "!%Y-%m-%d"
  return (changelog:gsub("\n## Unreleased\n", ("\n## %s (%s)\n"):format(version, today), 1))
end

local WRITTEN = { ["csrc/postoffice.h"] = with_version, ["CHANGELOG.md"] = with_date }

local function check_versions()
  for path, written in pairs(WRITTEN) do written(helper.read(path)) end
end

-- The commit that becomes the release, in a working tree of its own.
local function commit()
  helper.output(("rm -rf %s %s && git worktree prune && mkdir -p %s %s"):format(
    quote(work), quote(place), quote(work), quote(place)))
  git("worktree add -q --detach " .. quote(source))
  for path, written in pairs(WRITTEN) do
    local file = source .. "/" .. path
    helper.write(file, written(helper.read(file)))
  end
  local there = "-C " .. quote(source)
  if git(there .. " status --porcelain") ~= "" then
    git(("%s commit -q -a -m 'Release %s'"):format(there, version))
  end
  return git(there .. " rev-parse HEAD")
end

-- ---- The rock --------------------------------------------------------------------------

local function pack()
  local url = environment "RELEASE_URL"
  local status, output, errors = helper.run(
    ("env -u MAKEFLAGS -u MAKELEVEL -u SOURCE_DATE_EPOCH %s -s -C %s rock "
      .. "ROCK_VERSION=%s-1 ROCK_URL=%s"):format(os.getenv "MAKE" or "make", quote(source), version,
        quote(url == "" and "file:/" or (url:gsub("/$", "")))))
  step("the rock is packed", status, output .. errors)
  helper.output(("cp -p %s/build/%s.* %s"):format(quote(source), rock, quote(place)))
end

-- Serves build/ on loopback while `use` runs, which is given the address.
local function serving(use)
  local port_file = work .. "/port"
  server = helper.output(("lua5.4 spec/file_server.lua %s %s >/dev/null 2>&1 & echo $!"):format(
    quote(root .. "/build"), quote(port_file)))
  local ok, message = pcall(function()
    helper.output(("until test -e %s; do kill -0 %s && sleep 0.05 || exit; done"):format(
      quote(port_file), server))
    use("http://127.0.0.1:" .. helper.read(port_file))
  end)
  helper.run("kill " .. server)
  server = nil
  if not ok then error(message, 0) end
end

-- ---- What people do with it --------------------------------------------------------------

local function installs(luarocks, tree)
  step("it is installed over HTTP, with its dependencies, on " .. luarocks.lua,
    luarocks:run(tree, "install postoffice " .. version))
  local status, output, errors = helper.run(("cd / && env -u LUA_PATH -u LUA_CPATH %s --version")
    :format(quote(luarocks:path(tree) .. "/bin/postoffice")))
  local is_right = status == 0 and output == "postoffice " .. version .. "\n"
  step("the command says that it is " .. version, is_right and 0 or 1, output .. errors)
end

-- What is drawn by chance was drawn in full by `make test`; so often as there on most Luas, for
-- specs count what they have drawn.
local DRAWN_BEFORE = "POSTOFFICE_TIMES=0.1"

local function passes_its_tests(luarocks, tree)
  step("its tests pass on " .. luarocks.lua,
    luarocks:run(tree, "test -- -o plainTerminal " .. environment "RELEASE_TESTS", DRAWN_BEFORE,
      ("%s/%s/%s"):format(work, rock, rock)))
end

local function is_removed(luarocks, tree)
  step("it is removed on " .. luarocks.lua, luarocks:run(tree, "remove postoffice"))
  local left = helper.output(("cd %s && find . -path '*postoffice*'"):format(
    quote(luarocks:path(tree)))) -- the folder itself may be called so
  step("nothing of it is left", left == "" and 0 or 1, left)
end

-- LuaRocks with our rock and those of its dependencies to be had at an address.
local function with_servers(lua, address)
  local dependencies = "rocks-" .. lua
  pack_installed(luarocks_of.new(lua, work), work .. "/" .. dependencies)
  return luarocks_of.new(lua, work,
    { address .. "/release", ("%s/releasing/%s"):format(address, dependencies) },
    luarocks_of.FOR_TESTS)
end

local function try(address)
  local all = {}
  for i, lua in ipairs(LUAS) do
    all[i] = with_servers(lua, address)
    installs(all[i], "tree-" .. lua)
  end
  step("its sources are unpacked", all[1]:run("none", "unpack postoffice " .. version, nil, work))
  for _, luarocks in ipairs(all) do
    passes_its_tests(luarocks, "tree-" .. luarocks.lua)
    is_removed(luarocks, "tree-" .. luarocks.lua)
  end
end

-- ---- All of it -----------------------------------------------------------------------------

local PUBLISH = [[

postoffice %s is tagged %s, and lies in build/release.  To publish it:

  git push origin HEAD %s
  luarocks upload --api-key=KEY build/release/%s.rockspec build/release/%s.src.rock

or copy build/release to a web server: `luarocks install --server=URL postoffice` installs it.]]

local NO_URL = [[
RELEASE_URL= did not say where the archive will lie.  So the rockspec looks for it beside itself,
and elsewhere only the source rock, which holds it, can be installed.]]

check_checkout()
check_versions()
local released = commit()
pack()
local luarocks = luarocks_of.new(LUAS[1], work)
step("the rockspec is without reproach",
  luarocks:run("none", ("lint %s/%s.rockspec"):format(quote(place), rock)))
local is_indexed, said = luarocks:index(place)
step("rocks can be served from the folder", is_indexed and 0 or 1, said)
serving(try)
git("worktree remove --force " .. quote(source))
git("merge -q --ff-only " .. released)
if not tagged() then git(("tag -a -m 'postoffice %s' %s"):format(version, tag)) end
print(PUBLISH:format(version, tag, tag, rock, rock))
if environment "RELEASE_URL" == "" then print(NO_URL) end
