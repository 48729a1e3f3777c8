rockspec_format = "3.0"
package = "postoffice"
version = "scm-1"

-- `luarocks make` in a checkout does not read this; `make rock` puts the archive
-- where it points, and `make release` has it point where RELEASE_URL says.
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
-- LuaRocks knows no optional dependency; who has a use for one of these installs it:
--   luasocket, cqueues       `postoffice.directory`: LDAP, Redis and PostgreSQL over sockets,
--                            by either; under cqueues coroutines wait, and LuaSocket blocks;
--                            `postoffice serve` (cqueues)
--   luaossl                  those over TLS, by cqueues, and PostgreSQL's SCRAM
--   luasql-postgres,         `directory.sql`
--   luasql-sqlite3
--   redis-lua                `directory.redis` with `client = "lua-redis"`
--   lua-resty-redis          the same inside OpenResty, which brings it
dependencies = {
  "lua >= 5.1, < 5.6",
  "lpeg >= 1.0",
  "argparse >= 0.7",
  "luafilesystem >= 1.8",
}

-- `luarocks test` builds what is checked out and runs the specs, but for those of
-- spec/host, which want servers: `make test` installs them.
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
