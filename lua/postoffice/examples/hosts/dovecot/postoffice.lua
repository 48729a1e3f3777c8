-- Dovecot's script: who has a mailbox here, and which backend has the others.
require "postoffice.host.dovecot".serve(dovecot, _G, { policy = "/etc/postoffice/site.lua" })
