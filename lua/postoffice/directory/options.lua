--- What directories take, and of what Lua type each option is, as `postoffice.arguments` has it: those
-- of all, and those of each.
-- @module postoffice.directory.options

return {
  all = { timeout = "number", ttl = "number", negative_ttl = "number" },
  ldap = {
    uri = "string", base = "string", scope = "string", dn = "string", password = "string",
    schema = "string", filter = "string", attributes = "table", attribute = "string",
    limit = "number", ignore_references = "boolean", tls = "table",
  },
  redis = {
    host = "string", port = "number", path = "string", username = "string", password = "string",
    database = "number", command = "table", replica = "boolean", max_age = "number",
    client = "string|function", tls = "boolean|table",
  },
  sql = {
    driver = "string", database = "string", host = "string", port = "number", user = "string",
    password = "string", parameters = "table", query = "string", many = "string",
    limit = "number", replica = "boolean", max_age = "number",
  },
}
