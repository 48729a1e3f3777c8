-- Mail addresses in SQL, by pllua (Debian's postgresql-15-pllua).
--
-- The server has to find the library: in /etc/postgresql/15/main/environment,
--
--     LUA_PATH = '/usr/local/share/lua/5.3/?.lua;/usr/local/share/lua/5.3/?/init.lua;;'
--     LUA_CPATH = '/usr/local/lib/lua/5.3/?.so;;'
--
-- and may let every role call it (nothing that it calls reads or writes a file): in postgresql.conf,
--
--     pllua.on_trusted_init = 'trusted.allow("postoffice.host.pllua")'
--
-- Never allow "postoffice.policy": it reads files as the server's own user.  With plluau in the place of
-- pllua, nothing is to be allowed, and only superusers can make functions.

CREATE EXTENSION IF NOT EXISTS pllua;

CREATE FUNCTION postoffice_normalize(address text) RETURNS text
LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
  return (normalize_address(address))
end
do normalize_address = require "postoffice.host.pllua".normalize
$$;

-- The key that names the same mailbox.  Another version of the library or of its Unicode may make
-- another one: an index on it finds nothing, and says nothing, where a standby's library is newer.  Keep
-- keys in a column, with postoffice_key_version() beside, as postoffice_directory does.
CREATE FUNCTION postoffice_key(address text) RETURNS text
LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
  return (key_of_address(address))
end
do key_of_address = require "postoffice.host.pllua".key
$$;

CREATE FUNCTION postoffice_key_version() RETURNS text
LANGUAGE pllua STABLE PARALLEL SAFE AS $$
  return library.key_version()
end
do library = require "postoffice.host.pllua"
$$;

-- SELECT postoffice_parse('Kim <kim@example.com>')->'parts'->>'domain'
CREATE FUNCTION postoffice_parse(address text) RETURNS jsonb
LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
  return library.parse(address)
end
do library = require "postoffice.host.pllua"
$$;

CREATE FUNCTION postoffice_list(list text)
RETURNS TABLE(group_name text, address text, key text, display_name text, code text, message text)
LANGUAGE pllua IMMUTABLE STRICT PARALLEL SAFE AS $$
  for _, row in ipairs(library.list(list)) do coroutine.yield(row) end
end
do library = require "postoffice.host.pllua"
$$;

-- By the policy and the directory that `postoffice publish` wrote to this database.
CREATE FUNCTION postoffice_route(recipient text, sender text DEFAULT NULL, may_relay boolean DEFAULT false)
RETURNS TABLE(verdict text, wire text, entry text, connector text, nexthop text, status text, code text,
  message text)
LANGUAGE pllua STABLE PARALLEL SAFE AS $$
  for _, row in ipairs(library.route(spi, recipient, sender, may_relay)) do coroutine.yield(row) end
end
do library = require "postoffice.host.pllua"
$$;
