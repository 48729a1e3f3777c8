--- Starts Postfix in a folder of its own, with Debian's master.cf (chroots and all) but for what it is given.
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"

local postfix = {}

-- Only root starts Postfix.
local AS_ROOT = helper.output "id -u" == "0" and "" or "sudo -n "
local PATH = AS_ROOT .. 'env PATH="$PATH:/usr/sbin" '

-- What a test wants otherwise than a site: nothing of the host is read or asked, whatever waits is tried
-- again soon, by a connection anew (whoever answers it may keep a failure as long as it lasts), and nobody is held up
-- for his errors.
local MAIN = [[
compatibility_level = 3.6
queue_directory = @DIR@/spool
data_directory = @DIR@/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = @DIR@/log
maillog_file_prefixes = @DIR@
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_peername_lookup = no
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
biff = no
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
transport_retry_time = 1s
max_use = 3
service_throttle_time = 1s
smtp_connection_cache_on_demand = no
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 100000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
]]

-- What a test wants, and what it is given, which takes its place: of a parameter that is set twice all daemons
-- warn, and so does postlogd, which then waits for itself.
local function main_of(text)
  local given, lines = {}, {}
  for name in ("\n" .. text):gmatch "\n([%w_]+)%s*=" do given[name] = true end
  for line in MAIN:gmatch "[^\n]+" do
    if not given[line:match "^[%w_]+"] then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n") .. "\n" .. text
end

local MASTER = "/usr/share/postfix/master.cf.dist"

-- Services by name and type, each with its lines, in the order in which they come.
local function services_of(text)
  local list, last = {}, nil
  for line in text:gmatch "[^\n]+" do
    local name, type = line:match "^([^%s#]%S*)%s+(%S+)"
    if name then
      last = { key = name .. " " .. type, lines = {} }
      list[#list + 1] = last
    end
    if last and line:find "^[^#]" then table.insert(last.lines, line) end
  end
  return list
end

-- Debian's services and those given, which take the place of others of their name; its smtpd is none.
local function master_of(text)
  local given, lines = { ["smtp inet"] = true }, {}
  local new = services_of(text)
  for _, service in ipairs(new) do given[service.key] = true end
  for _, service in ipairs(services_of(helper.read(MASTER))) do
    if not given[service.key] then table.insert(lines, table.concat(service.lines, "\n")) end
  end
  for _, service in ipairs(new) do table.insert(lines, table.concat(service.lines, "\n")) end
  return table.concat(lines, "\n") .. "\n"
end

local Instance = {}

--- Runs one of Postfix's commands for this instance; what it prints.
function Instance:run(command, rest)
  return helper.output(("%s%s -c %s %s"):format(PATH, command, self.folder, rest or ""))
end

--- Hands a message over as a program of this host does, by sendmail(1).
function Instance:sendmail(message)
  local path = helper.write(self.folder .. "/submitted", message.text)
  helper.output(("%ssendmail -C %s -f %s %s <%s"):format(PATH, self.folder, message.from,
    table.concat(message.to, " "), path))
end

--- What it has logged.
function Instance:log() return helper.read(self.folder .. "/log") end

--- Ends all of it at once; messages stay in the queue.
function Instance:stop()
  local pid = self:pid()
  if pid and servers.lives(pid) then
    helper.run(("%spostfix -c %s abort"):format(PATH, self.folder))
    servers.wait_for("the end of Postfix", function() return not servers.lives(pid) end)
  end
end

--- The messages in its queue, each with `sender` and `recipients` (`address`, `delay_reason`).
function Instance:queue()
  local list = {}
  for line in self:run("postqueue", "-j"):gmatch "[^\n]+" do
    list[#list + 1] = assert(require "dkjson".decode(line))
  end
  return list
end

--- Tries to deliver what waits.
function Instance:flush() self:run("postqueue", "-f") end

function Instance:pid()
  local file = io.open(self.folder .. "/spool/pid/master.pid", "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text:match "%d+"
end

--- Starts it in a folder that is made.
-- @tparam string main lines of main.cf
-- @tparam string master services of master.cf
-- @treturn Instance
function postfix.start(main, master)
  local instance = servers.new "Postfix"
  for name, method in pairs(Instance) do instance[name] = method end
  local folder = instance.folder
  helper.output(("chmod 755 %s && mkdir %s/spool %s/data && %schown postfix %s/data"):format(folder,
    folder, folder, AS_ROOT, folder))
  helper.write(folder .. "/main.cf", (main_of(main):gsub("@DIR@", folder)))
  helper.write(folder .. "/master.cf", master_of(master))
  instance:run("postfix", "start >/dev/null 2>&1")
  return instance
end

return postfix
