--- Inside PostgreSQL by pllua: a million addresses normalised, and their keys made, by one backend and by
-- one with two workers, beside lower(); and what a published policy takes to look somebody up.
local pllua_server = require "spec.host.directory.pllua_server"
local published = require "postoffice.host.published"
local report = require "spec.bench.report"
local servers = require "spec.host.directory.servers"
local socket = require "socket"

local MILLION, ROUNDS, WORKERS, LOOKS = 1000000, 3, 2, 2000
local GOAL = 2 -- times a function of pllua that does nothing

local SETTINGS = "SET jit = off; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
  .. " SET max_parallel_workers_per_gather = %d;"

local NOTHING = "CREATE FUNCTION nothing(address text) RETURNS text LANGUAGE pllua IMMUTABLE STRICT"
  .. " PARALLEL SAFE AS 'return address'"

local TABLE = ([[CREATE UNLOGGED TABLE addresses AS SELECT 'smtp:User' || i || '@EXAMPLE.com'
  AS address FROM generate_series(1, %d) i;
  ALTER TABLE addresses SET (parallel_workers = %d)]]):format(MILLION, WORKERS)

-- Seconds of a statement as the server counts them, the median of some rounds.
local function seconds(server, workers, expression)
  local all = {}
  for i = 1, ROUNDS do
    local text = server:psql(SETTINGS:format(workers) .. (" EXPLAIN (ANALYZE, TIMING OFF) SELECT"
      .. " count(%s) FROM addresses"):format(expression))
    assert((text:find "Gather" ~= nil) == (workers > 0), text)
    all[i] = tonumber(text:match "Execution Time: ([%d.]+)") / 1000
  end
  return report.median(all)
end

local POLICY = [[
domain "here.example" {}
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
]]

-- Seconds of one look at a directory of a million, among them half that are not there.
local function look(server)
  local publish = require "postoffice.host.publish"
  local db = { host = server.folder, port = server.port, user = "postgres", database = "postgres",
    parameters = {} }
  local p = assert(require "postoffice.policy".load(POLICY))
  assert(publish.run {
    db = db, publication = function(sink) return assert(p:publication(sink)) end,
  })
  server:psql(([[INSERT INTO postoffice_directory (key, key_version)
    SELECT 'SMTP:user' || i || '@here.example', postoffice_key_version()
    FROM generate_series(1, %d) i]]):format(MILLION))
  server:psql "VACUUM ANALYZE postoffice_directory"
  local live = assert(published.open { db = db })
  local began = socket.gettime()
  for i = 1, LOOKS do
    local address = ("user%d@here.example"):format(i % 2 == 0 and i * 400 or MILLION + i)
    local verdict = live:route(address)[1].verdict
    assert(verdict == (i % 2 == 0 and "deliver" or "reject"))
  end
  local spent = socket.gettime() - began
  live:close()
  return spent / LOOKS
end

local function measure()
  local server, folder = pllua_server.start "-c shared_buffers=256MB"
  server:psql(TABLE)
  server:psql "VACUUM ANALYZE addresses"
  server:psql(NOTHING)
  local lower = seconds(server, 0, "lower(address)")
  local nothing = seconds(server, 0, "nothing(address)")
  report.beside("a million calls of pllua", nothing / lower, ("lower(), %.2f s"):format(lower))
  for _, name in ipairs { "normalize", "key" } do
    local call = ("postoffice_%s(address)"):format(name)
    local alone, parallel = seconds(server, 0, call), seconds(server, WORKERS, call)
    report.at_most(("a million, %s"):format(name), alone / nothing, GOAL,
      ("the same calls that do nothing; %.2f s"):format(alone))
    report.beside(("the same beside lower()"):format(name), alone / lower, "lower()")
    report.beside(("with %d workers"):format(WORKERS), parallel / lower,
      ("lower() alone; %.2f s"):format(parallel))
  end
  local floor = socket.gettime()
  local db = require "postoffice.directory.postgres".new { host = server.folder, port = server.port,
    user = "postgres", database = "postgres", parameters = {}, timeout = 10 }
  for _ = 1, LOOKS do assert(db:together { { "SELECT 1" } }) end
  floor = (socket.gettime() - floor) / LOOKS
  local spent = look(server)
  report.beside("a look among a million", spent / floor, ("SELECT 1, %.0f us; %.0f us"):format(
    floor * 1e6, spent * 1e6))
  return folder
end

report.head()
local ok, folder = pcall(measure)
servers.end_all()
if ok then os.execute("rm -rf " .. folder) else error(folder, 0) end
