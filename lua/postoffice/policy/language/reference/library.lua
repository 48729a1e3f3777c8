--- What of Lua a script has; what it has not stands in `lacks.lua`.
--
-- `has` are the names by library, `""` is the global ones.
-- @module postoffice.policy.language.reference.library

return {
  {
    name = "library", kind = "library",
    doc = "A script is Lua without what reaches beyond it. All functions that are called for a"
      .. " recipient share a budget: a million instructions, 50 ms of processor time. The script"
      .. " has 16 MiB. pairs and next go in a defined order: 1, 2, 3 and so on, other numbers,"
      .. " texts by their bytes, false and true. Globals can be set while the script loads, not"
      .. " later.",
    has = {
      [""] = {
        "assert", "error", "ipairs", "next", "pairs", "select", "tonumber", "tostring", "type",
        "unpack",
      },
      math = {
        "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
        "max", "min", "modf", "pi", "rad", "sin", "sqrt", "tan",
      },
      string = {
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep",
        "reverse", "sub", "upper",
      },
      table = { "concat", "insert", "remove", "sort", "unpack" },
    },
  },
}
