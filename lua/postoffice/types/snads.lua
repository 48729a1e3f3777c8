--- SNADS, IBM's distribution services: `DGN(DEN)` or `GATEWAY/DGN/DEN`
-- (Q116466, Q232307). Fields: `group` (the distribution group name),
-- `element` (the distribution element name), `gateway`.
-- @module postoffice.types.snads

return require "postoffice.types.pair"("SNADS", "group", "element")
