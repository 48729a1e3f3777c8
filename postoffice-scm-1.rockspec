rockspec_format = "3.0"
package = "postoffice"
version = "scm-1"

-- The project has no public home yet.  `luarocks make` in a checkout does not
-- read this; `make rock` puts the archive where it points.
source = {
  url = "file://build/postoffice-scm-1.tar.gz",
  dir = "postoffice-scm-1",
}

description = {
  summary = "Mail addresses of every mail system, and policies that route them",
  detailed = [[
    Reads a mail address in any dialect that mail systems have used (Internet,
    cc:Mail, and what Exchange encapsulates), writes it in any other, checks it,
    and decides where mail for it goes by policies written in Lua.
  ]],
  labels = { "email", "parsing", "routing" },
  license = "MIT",
}

-- The library alone needs neither: `require "postoffice"` loads nothing but its
-- own C core, `postoffice.policy` LPeg, and the command argparse, and for folders
-- LuaFileSystem.  They are here so that the command that this rock installs works.
-- Live directories (`postoffice.directory`) take LuaSocket or cqueues, and LuaSQL
-- for databases; who has none of them needs none.
dependencies = {
  "lua >= 5.1, < 5.6",
  "lpeg >= 1.0",
  "argparse >= 0.7",
  "luafilesystem >= 1.8",
}

-- `luarocks test` runs the specs; `make test` also wants luacheck and LuaSocket.
test_dependencies = {
  "busted >= 2.0",
  "dkjson >= 2.5",
  "luacheck >= 0.26",
  "luasocket >= 3.0",
}

build = {
  type = "make",
  variables = {
    LUA = "$(LUA)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    BUILD = "build/rock",
  },
  build_variables = {
    CFLAGS = "$(CFLAGS) -DNDEBUG",
    LIBFLAG = "$(LIBFLAG)",
  },
  install_target = "install-module",
  install_variables = {
    LUADIR = "$(LUADIR)",
    LIBDIR = "$(LIBDIR)",
  },
  install = {
    bin = { postoffice = "lua/postoffice/cli/postoffice" },
  },
}

test = {
  type = "command",
  script = "spec/run.lua",
}
