--- PROFS, IBM's office system on VM: `NODE(USERID)` or `GATEWAY/NODE/USERID`
-- (Q116466, Q232318). Fields: `node`, `user`, `gateway`.
-- @module postoffice.types.profs

return require "postoffice.types.pair"("PROFS", "node", "user")
