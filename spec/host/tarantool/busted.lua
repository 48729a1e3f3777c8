-- busted, run by Tarantool, which searches its own directories first.
package.path = "./?.lua;" .. package.path
require "busted.runner" { standalone = false }
