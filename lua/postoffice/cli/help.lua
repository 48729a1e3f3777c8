--- The command that prints the manual.
-- @module postoffice.cli.help

-- The reference is much to load, and no other command needs it.
local function help(session, options)
  return require "postoffice.cli.help_topics"(session, options)
end

return {
  {
    name = "help", run = help, options = { "word", "json" },
    summary = "print the manual: pages, words, codes, commands",
    description = "Prints a page of the manual, what the reference has of a word, field, event,"
      .. " function or code, and what a command does; without one, what there is. Also prints what"
      .. " other programs read: files by which an editor knows policies, the manual page, the"
      .. " completion of shells.",
    examples = {
      "postoffice help ten-minutes", "postoffice help connector",
      "postoffice help connector.spaces", "postoffice help on.route",
      "postoffice help route-missing", "postoffice help luacheck >.luacheckrc",
      "postoffice help luarc >.luarc.json",
    },
  },
}
