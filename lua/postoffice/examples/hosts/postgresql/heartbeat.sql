-- Beats, where the server is a primary: what a standby has not replayed for 30 seconds is too old to
-- say that somebody is missing.  postoffice-heartbeat.timer runs it every 10 seconds.
DO $$
BEGIN
  IF NOT pg_is_in_recovery() THEN
    INSERT INTO postoffice_heartbeat (one, at) VALUES (true, clock_timestamp())
    ON CONFLICT (one) DO UPDATE SET at = excluded.at;
  END IF;
END
$$;
