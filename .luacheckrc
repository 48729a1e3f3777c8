std = "min" -- what Lua 5.1 to 5.4 and LuaJIT have in common
max_line_length = 100
max_comment_line_length = 120 -- an example and its result stand on one line
exclude_files = { "build" }
include_files = {
  "lua/**/*.lua",
  "lua/postoffice/cli/postoffice",
  "spec/**/*.lua",
  "*.rockspec",
  ".busted",
  ".luacheckrc",
}

-- Reached for only with a fallback at hand.
read_globals = {
  "jit",
  "loadstring",
  "setfenv",
  "unpack",
  table = { fields = { "pack", "unpack" } },
}

files["spec"] = { std = "+busted" }

-- Policies speak a language of their own.
stds.policy = dofile "lua/postoffice/policy/luacheck.lua"
local policy = {
  std = "policy",
  ignore = { "212" }, -- a callback need not use all it is given
}
files["lua/postoffice/examples"] = policy
files["spec/fixtures"] = policy
files["lua/postoffice/examples/hosts/*/postoffice.lua"] = { -- scripts of hosts, each with its own globals
  std = "min", read_globals = { "core", "dovecot", "rspamd_config" },
}
files["spec/**/*.policy.lua"] = policy
