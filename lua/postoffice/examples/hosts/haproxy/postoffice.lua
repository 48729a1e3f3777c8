-- What HAProxy runs in each of its threads: a policy's API, socketmap and action.
require "postoffice.host.haproxy".register(core, {
  name = "site", policy = "/etc/postoffice/site.lua", http = { explain = true },
})
