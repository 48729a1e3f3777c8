-- What `luarocks test` runs, with the interpreter it was told to use.
require "busted.runner" { standalone = false }
