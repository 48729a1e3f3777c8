--- Times as logs write them.
-- @module postoffice.text.maillog.times

local times = {}

local DAY, YEAR_FROM = 86400, 1970
local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12,
}

-- Days from 1970 to a date of the Gregorian calendar; a year begins in March here, so that the odd
-- month is the last one.
local function days_to(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local of_year = math.floor((153 * (month - 3) + 2) / 5) + day - 1
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + of_year - 719468
end

-- Seconds of hours, minutes and, if they are said, seconds, each two digits.
local function clock_seconds(hours, minutes, seconds)
  return tonumber(hours) * 3600 + tonumber(minutes) * 60 + tonumber(seconds or 0)
end

-- Seconds since 1970 of a date and a time in UTC.
local function seconds_to(year, month, day, clock)
  return days_to(year, month, day) * DAY + clock_seconds(clock:match "^(%d%d):(%d%d):(%d%d)")
end

-- What a zone such as `+0130` or `Z` is ahead of UTC, in seconds.
local function offset_of(zone)
  local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
  if not sign then return 0 end
  return clock_seconds(hours, minutes) * (sign == "-" and -1 or 1)
end

--- A date and time as ISO 8601 and Exim write it: `2026-11-27 00:41:54`, with a `T` or a blank, a
-- fraction and a zone or without.
-- @tparam string text
-- @treturn number|nil seconds since 1970; in UTC unless a zone is said
-- @treturn string what follows it
function times.iso(text)
  local year, month, day, clock, rest = text:match
    "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d:%d%d:%d%d)(.*)$"
  if not year then return nil, text end
  rest = rest:gsub("^[.,]%d+", "")
  local zone, after = rest:match "^ ?([+-]%d%d:?%d%d)(.*)$"
  if not zone then zone, after = rest:match "^(Z)(.*)$" end
  return seconds_to(tonumber(year), tonumber(month), tonumber(day), clock)
    - offset_of(zone or ""), after or rest
end

-- The year of a time.
local function year_of(seconds)
  local year = YEAR_FROM + math.floor(seconds / (366 * DAY))
  while days_to(year + 1, 1, 1) * DAY <= seconds do year = year + 1 end
  return year
end

--- A date and time as syslog writes it: `Nov 27 00:41:54`, of the last year in which it is not in the
-- future, a day of zones' differences apart (RFC 3164 4.1.2 has no year).
-- @tparam string text
-- @tparam number|nil now seconds since 1970; 1970 unless said
-- @treturn number|nil seconds since 1970
-- @treturn string what follows it
function times.syslog(text, now)
  local name, day, clock, rest = text:match "^(%a%a%a) +(%d%d?) (%d%d:%d%d:%d%d)(.*)$"
  local month = MONTHS[name]
  if not month then return nil, text end
  local year = now and year_of(now + DAY) or YEAR_FROM
  local seconds = seconds_to(year, month, tonumber(day), clock)
  if not now or seconds <= now + DAY then return seconds, rest end
  return seconds_to(year - 1, month, tonumber(day), clock), rest
end

return times
