--- What the values of access tables do (access(5)), as far as a policy can say it.
-- @module postoffice.import.access_actions

local checks = require "postoffice.import.checks"
local draft = require "postoffice.import.draft"
local main_cf = require "postoffice.import.main_cf"
local visible = require "postoffice.text.visible".all

local VERBS = {
  REJECT = "reject", DEFER = "defer", DEFER_IF_PERMIT = "defer", OK = "ok", PERMIT = "ok",
  DUNNO = "dunno",
}

-- The first digit of the status that goes with a verb.
local CLASS = { reject = "5", defer = "4" }

local SERVERS = "what is done with such mail is the server's to say"

-- What else a value may begin with, and how a policy says the like.
local OTHERS = {
  HOLD = SERVERS, FILTER = SERVERS, PREPEND = SERVERS, WARN = SERVERS, INFO = SERVERS,
  DEFER_IF_REJECT = SERVERS,
  REDIRECT = "all of the message goes there by Postfix: an on.recipient that returns this address"
    .. " says it of one recipient",
  DISCARD = "the server throws such mail away: here it goes on as other mail does",
  BCC = "a recipient with several targets, or keep, sends copies",
}

-- The verb and the rest of a value, in access(5)'s words; no verb where it begins with none.
local function read_verb(value)
  local word, rest = value:match "^(%S+)%s*(.*)$"
  if word:find "^[45]%d%d$" and rest ~= "" then
    return word:find "^5" and "reject" or "defer", rest
  elseif word:find "^%d+$" then
    return "ok", rest
  end
  return VERBS[word:upper()], rest
end

-- What a verb that answers says.
local function answer_of(verb, rest)
  local status, sentence = rest:match "^(%d%.%d+%.%d+)%s*(.*)$"
  local is_right = status and status:sub(1, 1) == CLASS[verb]
  return {
    verb = verb, status = is_right and status or nil,
    sentence = visible(sentence or rest):sub(1, draft.LONGEST_TEXT),
  }
end

--- What a value says.
-- @string value
-- @tparam table classes a set of the restriction classes that there are
-- @treturn table a `verb`, and the `status` and `sentence` of `reject` and `defer`; the `steps` of `call`,
--   as `postoffice.import.checks` has them, and their `text`
-- @treturn string|nil what is not carried over of it, and the part of the value that this is; nil and
--   all of it
local function action_of(value, classes)
  local verb, rest = read_verb(value)
  if CLASS[verb or ""] then return answer_of(verb, rest) end
  if verb then return { verb = verb, sentence = "" } end
  local word = value:match "^%S+":upper()
  if word == "DISCARD" then return { verb = "ok", sentence = "" }, OTHERS[word], "" end
  if OTHERS[word] then return { verb = "dunno", sentence = "" }, OTHERS[word], "" end
  local words = main_cf.split(value)
  local steps, others = checks.steps(words, { classes = classes, open = function() end })
  local action = { verb = "call", steps = steps, text = value, sentence = "" }
  if #steps == 0 then action = { verb = "dunno", sentence = "" } end
  if #others == 0 then return action end
  return action, SERVERS, #steps > 0 and others[1] or ""
end

return action_of
