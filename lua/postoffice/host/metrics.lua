--- What is counted, as Prometheus reads it (its text format, version 0.0.4).
--
-- Counts are numbers by the names of their series, so that those of several processes are added up.  Labels are
-- names of the policy, the protocol and the process; what could be an address is `other`.
-- @module postoffice.host.metrics

local metrics = {}

local Metrics = {}
Metrics.__index = Metrics

local MOST_RULES = 1000 -- of which hits are counted each for itself

-- Upper bounds of the classes of the histogram, in seconds.
local BOUNDS = { 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 1, 5 }

-- The families, in the order in which they are written: name, type, what it says.
local FAMILIES = {
  { "postoffice_decisions_total", "counter", "Decisions by protocol, policy, map and verdict." },
  { "postoffice_rule_hits_total", "counter", "Decisions by the rule that decided." },
  { "postoffice_budget_kills_total", "counter",
    "Recipients whose script was stopped because it used up its time, instructions or memory." },
  { "postoffice_request_seconds", "histogram",
    "From a request that is complete to its reply, by protocol." },
  { "postoffice_refused_total", "counter", "Connections that were closed for what came." },
  { "postoffice_failures_total", "counter", "Errors of the server itself." },
  { "postoffice_connections_total", "counter", "Connections that were accepted." },
  { "postoffice_connections", "gauge", "Connections that are open." },
  { "postoffice_asks_total", "counter", "Questions to directories." },
  { "postoffice_open_asks", "gauge", "Questions to directories that wait for an answer." },
  { "postoffice_reloads_total", "counter", "Reloads of policies by result." },
  { "postoffice_log_lost_total", "counter", "Lines of the log that could not be written." },
  { "postoffice_process_restarts_total", "counter", "Processes that ended and were replaced." },
  { "postoffice_policy_info", "gauge", "The revision that is live." },
  { "postoffice_directory_unsure", "gauge",
    "Whether \"not found\" in the database does not count, so that mail for nobody known waits." },
  { "postoffice_connector_down", "gauge", "Connectors that are told to be down." },
}

local GAUGES = {}
for _, family in ipairs(FAMILIES) do
  if family[2] == "gauge" then GAUGES[family[1]] = true end
end

-- What a label can say: no address, and nothing that has to be escaped.
local function label(value)
  value = tostring(value or "none")
  if #value > 200 or value:find '[@%c"\\\127-\255]' then return "other" end
  return value
end

--- The name of a series.
-- @tparam string family
-- @tparam string ... names and values of labels by turns
-- @treturn string
function metrics.series(family, ...)
  local labels = {}
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    labels[#labels + 1] = ('%s="%s"'):format(name, label(value))
  end
  return labels[1] and ("%s{%s}"):format(family, table.concat(labels, ",")) or family
end

local series = metrics.series

--- Nothing counted yet.
-- @treturn table
function metrics.new()
  return setmetatable({ counts = {}, kinds = {}, histograms = {}, rules = {}, rule_count = 0 },
    Metrics)
end

--- Adds to a series.
-- @tparam string name from `metrics.series`
-- @tparam[opt=1] number change
function Metrics:add(name, change) self.counts[name] = (self.counts[name] or 0) + (change or 1) end

-- The table that another has for a key, made if there is none.
local function part(whole, key)
  local found = whole[key]
  if not found then
    found = {}
    whole[key] = found
  end
  return found
end

-- Counts a decision of its kind; its series has a name when somebody asks.
local function count_kind(self, record)
  local protocol, site, map = record.protocol, record.site or false, record.map or false
  local of_protocol = self.kinds[protocol] or part(self.kinds, protocol)
  local of_site = of_protocol[site] or part(of_protocol, site)
  local of_map, action = of_site[map] or part(of_site, map), record.action
  of_map[action] = (of_map[action] or 0) + 1
end

-- Counts a rule's hit; a directory's rows are rules, too, and may be millions.
local function count_rule(self, site, rule)
  local of_site = self.rules[site] or part(self.rules, site)
  local hits = of_site[rule]
  if not hits then
    if self.rule_count >= MOST_RULES then rule = "other" end
    hits = of_site[rule] or 0
    self.rule_count = self.rule_count + (hits == 0 and 1 or 0)
  end
  of_site[rule] = hits + 1
end

local KILLS = { ["policy-budget"] = true, ["policy-memory"] = true }

--- Counts a decision.
-- @tparam table record see `postoffice.host.service`
function Metrics:decision(record)
  count_kind(self, record)
  if record.rule then count_rule(self, record.site or "none", record.rule) end
  if KILLS[record.code] then
    self:add(series("postoffice_budget_kills_total", "policy", record.site))
  end
end

--- Counts how long a reply took.
-- @tparam string protocol
-- @tparam number seconds
function Metrics:observe(protocol, seconds)
  local histogram = self.histograms[protocol]
  if not histogram then
    histogram = { sum = 0, count = 0 }
    for i = 1, #BOUNDS do histogram[i] = 0 end
    self.histograms[protocol] = histogram
  end
  histogram.sum, histogram.count = histogram.sum + seconds, histogram.count + 1
  for i = 1, #BOUNDS do
    if seconds <= BOUNDS[i] then
      histogram[i] = histogram[i] + 1
      break
    end
  end
end

local function add(counts, name, value) counts[name] = (counts[name] or 0) + value end

-- Adds the series of the decisions of a protocol.
local function add_kinds(counts, protocol, sites)
  for site, maps in pairs(sites) do
    for map, actions in pairs(maps) do
      for action, count in pairs(actions) do
        add(counts, series("postoffice_decisions_total", "protocol", protocol, "policy", site,
          "map", map, "verdict", action), count)
      end
    end
  end
end

-- Adds the series of a histogram, whose classes hold those below.
local function add_histogram(counts, protocol, histogram)
  local head, below = "postoffice_request_seconds", 0
  for i, bound in ipairs(BOUNDS) do
    below = below + histogram[i]
    add(counts, series(head .. "_bucket", "protocol", protocol, "le", ("%g"):format(bound)), below)
  end
  add(counts, series(head .. "_bucket", "protocol", protocol, "le", "+Inf"), histogram.count)
  add(counts, series(head .. "_sum", "protocol", protocol), histogram.sum)
  add(counts, series(head .. "_count", "protocol", protocol), histogram.count)
end

--- Begins with what a process that has ended had counted.
-- @tparam table past numbers by name
function Metrics:start(past) self.past = past end

--- All series.
-- @treturn table numbers by name
function Metrics:all()
  local counts = {}
  for name, value in pairs(self.past or {}) do counts[name] = value end
  for name, value in pairs(self.counts) do add(counts, name, value) end
  for protocol, sites in pairs(self.kinds) do add_kinds(counts, protocol, sites) end
  for protocol, histogram in pairs(self.histograms) do
    add_histogram(counts, protocol, histogram)
  end
  for site, rules in pairs(self.rules) do
    for rule, hits in pairs(rules) do
      add(counts, series("postoffice_rule_hits_total", "policy", site, "rule", rule), hits)
    end
  end
  return counts
end

--- Series as a text that other processes read.
-- @tparam table counts
-- @treturn string
function metrics.dump(counts)
  local lines = {}
  for name, value in pairs(counts) do lines[#lines + 1] = ("%s\t%.17g\n"):format(name, value) end
  return table.concat(lines)
end

--- Adds the series of a text to others.
-- @tparam table counts
-- @tparam string text
-- @tparam[opt] boolean past whether their process has ended: what it had open is closed then
function metrics.merge(counts, text, past)
  for name, value in text:gmatch "([^\t\n]+)\t([^\n]+)\n" do
    if not (past and GAUGES[name:match "^[^{]+"]) then
      counts[name] = (counts[name] or 0) + (tonumber(value) or 0)
    end
  end
end

-- The family that a series is of.
local function family_of(name)
  local base = name:match "^[^{]+"
  return base:match "^(postoffice_request_seconds)_" or base
end

-- The order of series inside a family: by name, and classes by their bounds.
local function comes_before(a, b)
  local head_a, bound_a = a:match '^(.*)le="(.-)"}$'
  local head_b, bound_b = b:match '^(.*)le="(.-)"}$'
  if head_a and head_a == head_b then
    return (tonumber(bound_a) or math.huge) < (tonumber(bound_b) or math.huge)
  end
  return a < b
end

--- Series as Prometheus reads them.
-- @tparam table counts
-- @treturn string
function metrics.text(counts)
  local by_family = {}
  for name in pairs(counts) do
    local family = family_of(name)
    by_family[family] = by_family[family] or {}
    table.insert(by_family[family], name)
  end
  local lines = {}
  for _, family in ipairs(FAMILIES) do
    local names = by_family[family[1]]
    if names then
      table.sort(names, comes_before)
      lines[#lines + 1] = ("# HELP %s %s"):format(family[1], family[3])
      lines[#lines + 1] = ("# TYPE %s %s"):format(family[1], family[2])
      for _, name in ipairs(names) do
        lines[#lines + 1] = ("%s %.15g"):format(name, counts[name])
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- How often each rule of a policy has decided, by series.
-- @tparam table counts
-- @tparam string site
-- @treturn table numbers by rule
function metrics.hits(counts, site)
  local hits = {}
  local head = ('postoffice_rule_hits_total{policy="%s",rule="'):format(label(site))
  for name, value in pairs(counts) do
    if name:sub(1, #head) == head then hits[name:sub(#head + 1, -3)] = value end
  end
  return hits
end

return metrics
