-- Who may what, in the database that holds policies: run it there as a superuser, before the first
-- `postoffice publish`.  Passwords, if the roles do not come by a Unix socket and `peer`, are yours to set.

-- Publishes: makes the tables, and owns them.
CREATE ROLE postoffice_publisher LOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO postoffice_publisher;

-- Serves: reads, and sees whether a standby hears of its primary.
CREATE ROLE postoffice_reader LOGIN;
GRANT USAGE ON SCHEMA public TO postoffice_reader;
GRANT pg_read_all_stats TO postoffice_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE postoffice_publisher IN SCHEMA public
  GRANT SELECT ON TABLES TO postoffice_reader;
