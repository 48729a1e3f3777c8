--- Whether "not found" of a PostgreSQL counts: on a standby, only while its primary feeds it.
-- @module postoffice.directory.standby

local standby = {}

local PRIMARY = "primary"

-- What PostgreSQL says of itself: whether it is a primary, and why "not found" does not count on a
-- standby that does not hear of its primary; nothing on another one.  An idle one hears of it once in
-- half of wal_receiver_timeout.  One that was away is fed from where it left off: it may have replayed
-- all that it received, and still be behind what the primary says that it has (latest_end_lsn).
local STATEMENT = [[
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'primary'
  WHEN r.pid IS NULL THEN 'the standby has lost its primary'
  WHEN r.status IS NULL
  THEN 'who asks may not see whether the standby hears of its primary: GRANT pg_read_all_stats'
  WHEN r.status <> 'streaming' THEN 'the standby is not fed by its primary'
  WHEN pg_last_wal_replay_lsn() < greatest(pg_last_wal_receive_lsn(), r.latest_end_lsn)
    AND coalesce(pg_last_xact_replay_timestamp(), '-infinity') < clock_timestamp() - interval '%d s'
  THEN 'the standby is behind'
  WHEN r.last_msg_receipt_time < clock_timestamp() - interval '%d s'
  THEN 'the standby has not heard of its primary for too long' ELSE '' END
FROM (SELECT 1) AS one LEFT JOIN pg_stat_wal_receiver AS r ON true]]

--- Why "not found" does not count, or nil.
-- @tparam table db has `rows`
-- @number max_age seconds since it has to have heard of its primary
-- @treturn string|nil
-- @treturn boolean|nil whether it is a standby
function standby.staleness(db, max_age)
  local text = STATEMENT:format(max_age, max_age)
  local rows, _, why = db:rows(function() return text end, 1)
  if not rows then return why end
  local told = rows[1] and rows[1][1] or "the database does not say whether it is a standby"
  if told == PRIMARY then return nil, false end
  return told ~= "" and told or nil, true
end

return standby
