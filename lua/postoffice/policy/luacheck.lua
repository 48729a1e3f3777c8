--- The globals of policies for luacheck: `stds.policy = require "postoffice.policy.luacheck"`.
-- Made of the reference by `make reference`.
-- @module postoffice.policy.luacheck

return {
  read_globals = {
    "ask", "assert", "claim", "connector", "defer", "directory", "domain", "error", "include",
    "ipairs", "list", "next", "pairs", "pass", "postoffice", "recipient", "reject", "rewrite",
    "rewrite_sender", "select", "set", "settings", "templates", "test", "tonumber", "tostring",
    "type", "unpack",
    mail = { fields = {
      "date", "decapsulate", "encapsulate", "equal", "format", "in_set", "key", "localpart",
      "matches", "normalize", "parse", "validate",
    } },
    math = { fields = {
      "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
      "max", "min", "modf", "pi", "rad", "sin", "sqrt", "tan",
    } },
    string = { fields = {
      "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse",
      "sub", "upper",
    } },
    table = { fields = {
      "concat", "insert", "remove", "sort", "unpack",
    } },
  },
  globals = {
    on = { fields = {
      "delivery", "recipient", "route",
    } },
  },
}
