-- Routes the article's way, once the host has said what it knows of the recipient.
connector "ccmail" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }

postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }

function on.recipient(address)
  local forward = ask("crm", tostring(address))
  if forward then
    return mail.parse(forward)
  end
end
