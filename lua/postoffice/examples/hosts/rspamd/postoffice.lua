-- /etc/rspamd/lua.local.d/postoffice.lua: recipients by a policy.  Where it asks, its
-- questions are answered from Redis.
local host = require "postoffice.host.rspamd"
local logger = require "rspamd_logger"
local redis = require "rspamd_redis"

host.register(rspamd_config, {
  policy = "/etc/postoffice/site.lua",
  asks = { staff = host.redis(redis, { host = "127.0.0.1:6379", prefix = "staff:" }) },
  log = function(message) logger.errx(rspamd_config, "postoffice: %s", message) end,
})
