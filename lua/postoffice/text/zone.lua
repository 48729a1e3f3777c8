--- Time zones as POSIX writes them: `CET-1CEST,M3.5.0,M10.5.0/3`.
--
-- A rule says when clocks change, for all years (POSIX.1-2017, 8.3, with the times of RFC 8536 3.3.1,
-- -167 to 167 hours). It is read and applied here: the same on every host, whatever that knows of
-- places and their history.
-- @module postoffice.text.zone

local floor = math.floor
local match, sub = string.match, string.sub

local zone = {}

local DAY, HOUR, MINUTE = 86400, 3600, 60

local MOST_HOURS = 24 -- of an offset (POSIX)
local MOST_TIME = 167 -- hours of a change, either way (RFC 8536)

-- ---- The calendar ------------------------------------------------------------

local function is_leap(year) return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) end

local BEFORE = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 } -- days of a common year

-- The days of a year that lie before a month.
local function days_before(year, month)
  return BEFORE[month] + (month > 2 and is_leap(year) and 1 or 0)
end

-- The days from 1970-01-01 to the first day of a year, in the Gregorian calendar.
local function days_to_year(year)
  local last = year - 1
  return 365 * (year - 1970) + floor(last / 4) - floor(last / 100) + floor(last / 400) - 477
end

-- The year of a day, and which of its days that is, from 0.
local function year_of(day)
  local year = 1970 + floor(day / 365.2425)
  while days_to_year(year) > day do year = year - 1 end
  while days_to_year(year + 1) <= day do year = year + 1 end
  return year, day - days_to_year(year)
end

-- The month of a day of a year, from 0, and which of that one's days it is, from 1.
local function month_of(year, yday)
  local month = 12
  while days_before(year, month) > yday do month = month - 1 end
  return month, yday - days_before(year, month) + 1
end

-- The day of the week, from 0, Sunday; 1970-01-01 was a Thursday.
local function weekday(day) return (day + 4) % 7 end

-- ---- Rules -------------------------------------------------------------------

-- By its form, the day of a year on which clocks change, from 0.
local DAYS = {
  -- The nth day of the year, 1 to 365; February 29 is never counted.
  julian = function(rule, year)
    return rule.day - 1 + (rule.day >= 60 and is_leap(year) and 1 or 0)
  end,
  -- The nth day of the year, 0 to 365.
  day = function(rule) return rule.day end,
  -- The nth of a month's days of the week; the fifth is the last.
  month = function(rule, year)
    local first = days_before(year, rule.month)
    local length = (rule.month == 12 and 365 + (is_leap(year) and 1 or 0)
      or days_before(year, rule.month + 1)) - first
    local day = (rule.wday - weekday(days_to_year(year) + first)) % 7 + 7 * (rule.week - 1)
    return first + (day < length and day or day - 7)
  end,
}

-- When clocks change in a year, in seconds, told by those that show an offset before it.
local function moment(rule, year, offset)
  return (days_to_year(year) + DAYS[rule.form](rule, year)) * DAY + rule.time - offset
end

-- ---- Reading -----------------------------------------------------------------

-- A name and what follows; nothing where there is none.
local function read_name(text)
  local name, rest = match(text, "^<([%w+-]+)>(.*)$")
  if not name then name, rest = match(text, "^(%a+)(.*)$") end
  if name and #name >= 3 then return name, rest end
end

-- `[+-]hh[:mm[:ss]]` as seconds and what follows; nothing where it is none, or of more than `most`
-- hours.
local function read_time(text, most)
  local sign, hours, rest = match(text, "^([+-]?)(%d+)(.*)$")
  if not hours or #hours > 3 then return nil end
  local seconds = tonumber(hours) * HOUR
  for _, unit in ipairs { MINUTE, 1 } do
    local digits, more = match(rest, "^:(%d%d?)(.*)$")
    if not digits then break end
    if tonumber(digits) > 59 then return nil end
    seconds, rest = seconds + tonumber(digits) * unit, more
  end
  if seconds > most * HOUR + (most == MOST_HOURS and HOUR - 1 or 0) then return nil end
  return sign == "-" and -seconds or seconds, rest
end

-- A number of a range and what follows, or nothing.
local function read_number(text, least, most)
  local digits, rest = match(text, "^(%d+)(.*)$")
  local number = digits and #digits <= 3 and tonumber(digits)
  if number and number >= least and number <= most then return number, rest end
end

-- The forms of a day: how each begins, and what reads the rest of it.
local FORMS = {
  {
    "^J", function(text)
      local day, rest = read_number(text, 1, 365)
      return day and { form = "julian", day = day }, rest
    end,
  },
  {
    "^M", function(text)
      local month, week, wday, rest = match(text, "^(%d%d?)%.(%d)%.(%d)(.*)$")
      month, week, wday = tonumber(month), tonumber(week), tonumber(wday)
      local is_day = month and month >= 1 and month <= 12 and week >= 1 and week <= 5 and wday <= 6
      return is_day and { form = "month", month = month, week = week, wday = wday } or nil, rest
    end,
  },
  {
    "^", function(text)
      local day, rest = read_number(text, 0, 365)
      return day and { form = "day", day = day }, rest
    end,
  },
}

-- `,date[/time]` as a rule, and what follows; nothing where it is none.
local function read_change(text)
  if sub(text, 1, 1) ~= "," then return nil end
  text = sub(text, 2)
  for _, form in ipairs(FORMS) do
    local _, stop = text:find(form[1])
    if stop then
      local rule, rest = form[2](sub(text, stop + 1))
      if not rule then return nil end
      rule.time = 2 * HOUR
      if sub(rest, 1, 1) == "/" then rule.time, rest = read_time(sub(rest, 2), MOST_TIME) end
      if rule.time then return rule, rest end
      return nil
    end
  end
end

local EXAMPLE = '; write it as POSIX does, such as "CET-1CEST,M3.5.0,M10.5.0/3"'

local function wrong(text) return nil, text .. EXAMPLE end

-- Reads the summer time of a rule: its name, offset and changes.
local function read_summer(made, text)
  local name, rest = read_name(text)
  if not name then return wrong(('goes on after the offset with "%s"'):format(text)) end
  made.summer_name, made.summer = name, made.offset + HOUR
  if match(rest, "^[%d+-]") then
    local offset
    offset, rest = read_time(rest, MOST_HOURS)
    if not offset then return wrong("has a bad offset of " .. name) end
    made.summer = 0 - offset -- and never -0
  end
  made.begins, rest = read_change(rest)
  if made.begins then made.ends, rest = read_change(rest) end
  if not made.ends or rest ~= "" then
    return wrong(("has to say when %s begins and ends, and nothing more"):format(name))
  end
  return made
end

--- Reads a rule.
-- @string text such as `"CET-1CEST,M3.5.0,M10.5.0/3"` or `"<+0530>-5:30"`
-- @treturn table|nil for `zone.date`
-- @treturn string what is wrong: the end of a sentence that begins with the text
function zone.read(text)
  local name, rest = read_name(text)
  if not name then return wrong "begins with no name of three letters or more, or one in <>" end
  local offset
  offset, rest = read_time(rest, MOST_HOURS)
  if not offset then
    return wrong(("has no offset after %s, the hours west of Greenwich"):format(name))
  end
  local made = { name = name, offset = 0 - offset }
  if rest == "" then return made end
  return read_summer(made, rest)
end

-- ---- Dates -------------------------------------------------------------------

-- When summer time begins and ends in a year and in those beside it: two lists, which the rule keeps for
-- the year that was asked for last.
local function changes_about(rule, year)
  if rule.year ~= year then
    rule.year, rule.all_begin, rule.all_end = year, {}, {}
    for at = year - 1, year + 1 do
      table.insert(rule.all_begin, moment(rule.begins, at, rule.offset))
      table.insert(rule.all_end, moment(rule.ends, at, rule.summer))
    end
  end
  return rule.all_begin, rule.all_end
end

-- The latest of three moments, in order, that is not after another.
local function last_before(moments, now)
  return moments[3] <= now and moments[3] or moments[2] <= now and moments[2]
    or moments[1] <= now and moments[1] or -math.huge
end

-- Whether it is summer time: whether it began after it ended, the last time that each was. Where it
-- begins again as it ends, it goes on (RFC 8536 3.3.1).
local function is_summer(rule, now)
  if not rule.summer then return false end
  local all_begin, all_end = changes_about(rule, year_of(floor((now + rule.offset) / DAY)))
  local began = last_before(all_begin, now)
  return began > -math.huge and last_before(all_end, now) <= began
end

--- The date of a moment.
-- @tparam table rule
-- @tparam number now seconds since 1970-01-01 00:00 UTC
-- @treturn table `year`, `month`, `day`, `hour`, `min`, `sec`, `wday` (1 is Sunday), `yday` (1 is
--   January 1), `isdst`, as `os.date "*t"` has them; `offset`, in seconds east of Greenwich, and `zone`,
--   its name
function zone.date(rule, now)
  local isdst = is_summer(rule, now)
  local offset = isdst and rule.summer or rule.offset
  local there = floor(now) + offset
  local day = floor(there / DAY)
  local year, yday = year_of(day)
  local month, mday = month_of(year, yday)
  local second = there - day * DAY
  return {
    year = year, month = month, day = mday, hour = floor(second / HOUR),
    min = floor(second % HOUR / MINUTE), sec = second % MINUTE, wday = weekday(day) + 1,
    yday = yday + 1, isdst = isdst, offset = offset, zone = isdst and rule.summer_name or rule.name,
  }
end

return zone
