--- The chores of Exchange administrators: bounces in the forms that people have them in, each of which
-- gives the right proxies in every form of output, or is refused with the reason.
local bounces = require "spec.bounces"
local helper = require "spec.helper"
local json = require "dkjson"
local lists = require "postoffice.lists"
local mime = require "mime"
local powershell = require "spec.powershell"
local support = require "spec.60-cli_support"

local FOLDER = os.tmpname()

-- Names and the proxies that they ask for; %d tells those of different files apart.
local NAMES = {
  { "IMCEAEX-_o=Org_ou=First+20Site_cn=Recipients_cn=kim+2Blee%d@a.example",
    "X500:/o=Org/ou=First Site/cn=Recipients/cn=kim+lee%d" },
  { "IMCEAEX-_O=O+27Neil+20+26+20S+C3+B6hne_OU=EXCHANGE_CN=RECIPIENTS_CN=J+5FDOE%d@a.example",
    "X500:/O=O'Neil & S\195\182hne/OU=EXCHANGE/CN=RECIPIENTS/CN=J_DOE%d" },
  { "IMCEAEX-_o=ExchangeLabs_ou=Exchange+20Administrative+20Group+20+28FYDIBOHF23SPDLT+29"
    .. "_cn=Recipients_cn=0123456789abcdef0123456789abcdef-kim%d@prod.outlook.example",
    "X500:/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"
    .. "/cn=Recipients/cn=0123456789abcdef0123456789abcdef-kim%d" },
}

-- Every form, each with the names that files are numbered by; then what is refused.
local function all_files()
  local files = {}
  for _, name in ipairs(NAMES) do
    for i = 1, #bounces.forms "" do
      local number = #files + 1
      local form = bounces.forms(name[1]:format(number))[i]
      files[number] = { form = form[1], bytes = form[2], proxy = name[2]:format(number) }
    end
  end
  for _, case in ipairs(bounces.refused()) do
    files[#files + 1] = { form = case[1], bytes = case[2], code = case[3] }
  end
  for i, file in ipairs(files) do file.path = ("%s/%03d.bounce"):format(FOLDER, i) end
  return files
end

local FILES = all_files()

local function expected()
  local proxies = {}
  for _, file in ipairs(FILES) do proxies[#proxies + 1] = file.proxy end
  return proxies
end

local function run(...) return support.run { "x500", FOLDER, ... } end

-- The attributes of LDIF (RFC 2849), record by record.
local function read_ldif(text)
  local records, record = {}, {}
  for line in text:gsub("\n ", ""):gmatch "([^\n]*)\n" do
    local name, colons, value = line:match "^([%w-]+)(::?) ?(.*)$"
    if line == "" then
      records[#records + 1], record = record, {}
    elseif name then
      record[#record + 1] = { name, colons == "::" and mime.unb64(value) or value }
    else
      assert.equal("-", line)
    end
  end
  if record[1] then records[#records + 1] = record end
  return records
end

local function values_of(record, name)
  local values = {}
  for _, attribute in ipairs(record) do
    if attribute[1] == name then values[#values + 1] = attribute[2] end
  end
  return values
end

local function sorted(list)
  local copy = lists.copy(list)
  table.sort(copy)
  return copy
end

-- People whose names are the last parts of some proxies, one for each.
local function people()
  local rows, by_proxy = { "Alias,DisplayName,DistinguishedName" }, {}
  for _, proxy in ipairs(expected()) do
    local name = proxy:match "=([^=]*)$"
    local identity = ("al'ias%d"):format(#rows)
    rows[#rows + 1] = ('%s,%s,"CN=J\195\182 %d,DC=a"'):format(identity, name, #rows)
    by_proxy[proxy] = identity
  end
  return table.concat(rows, "\n") .. "\n", by_proxy
end

describe("postoffice x500, of bounces in every form", function()
  lazy_setup(function()
    os.remove(FOLDER)
    helper.run("mkdir -p " .. FOLDER)
    for _, file in ipairs(FILES) do helper.write(file.path, file.bytes) end
    helper.write(FOLDER .. ".csv", (people()))
  end)

  lazy_teardown(function() helper.run(("rm -r %s %s.csv"):format(FOLDER, FOLDER)) end)

  it("has more than sixty, of which one holds what looks like a name and is none", function()
    assert.truthy(#FILES > 60)
    local count = 0
    for _, file in ipairs(FILES) do
      local glued = "IMCEAEX-_o=Org_ou=First+20Site_cn=Recipients_cn=pat@b.example"
      if file.bytes:find(glued, 1, true) then count = count + 1 end
    end
    assert.equal(2, count) -- in two compound files
  end)

  it("says of each file the proxy, or why there is none", function()
    local status, output, errors = run "--json"
    assert.equal(1, status)
    local said, refused = {}, {}
    for line in output:gmatch "[^\n]+" do
      local object = json.decode(line)
      if object.proxy then
        assert.is_nil(said[object.file], object.file)
        said[object.file] = object.proxy
      else
        refused[object.file] = object.code
      end
    end
    for _, file in ipairs(FILES) do
      assert.equal(file.proxy, said[file.path], file.form)
      assert.is_nil(file.proxy and refused[file.path], file.form)
      if file.code then
        assert.equal(file.code, refused[file.path], file.form)
        assert.matches(file.path .. ", line", errors, 1, true)
      end
    end
  end)

  it("writes them as lines, once", function()
    assert.same(expected(), lists.copy((function(output)
      local lines = {}
      for line in output:gmatch "[^\n]+" do lines[#lines + 1] = line end
      return lines
    end)(select(2, run()))))
  end)

  it("writes CSV with file, line, person and proxy", function()
    local rows = {}
    for line in select(2, run("--form", "csv", "--for", FOLDER .. ".csv")):gmatch "[^\n]+" do
      rows[#rows + 1] = line
    end
    assert.equal("file,line,person,proxy", table.remove(rows, 1))
    local _, by_proxy = people()
    local found = {}
    for i, row in ipairs(rows) do
      local path, person, proxy = row:match '^"([^"]+)",%d+,"([^"]*)","([^"]*)"$'
      assert.equal(by_proxy[proxy], person)
      assert.truthy(path:find(FOLDER, 1, true))
      found[i] = proxy
    end
    assert.same(expected(), found)
  end)

  it("writes PowerShell that says nothing else", function()
    local statements = powershell.read((select(2, run("--form", "powershell"))))
    assert.equal(1, #statements)
    assert.same(expected(), statements[1].proxies)
    local status, output = run("--form", "powershell", "--for", FOLDER .. ".csv")
    assert.equal(1, status)
    local _, by_proxy = people()
    local found = {}
    for _, statement in ipairs(powershell.read(output)) do
      for _, proxy in ipairs(statement.proxies) do
        found[#found + 1] = proxy
        assert.equal(by_proxy[proxy], statement.identity)
      end
    end
    assert.same(sorted(expected()), sorted(found))
  end)

  it("writes LDIF that says nothing else", function()
    local records = read_ldif((select(2, run("--form", "ldif"))))
    assert.equal(1, #records)
    assert.same(expected(), values_of(records[1], "proxyAddresses"))
    local found = {}
    for _, record in ipairs(read_ldif((select(2, run("--form", "ldif", "--for",
      FOLDER .. ".csv"))))) do
      assert.same({ "dn", "changetype", "add" }, { record[1][1], record[2][1], record[3][1] })
      assert.matches("^CN=J\195\182 %d+,DC=a$", record[1][2])
      assert.equal(#record, 3 + #values_of(record, "proxyAddresses"))
      for _, proxy in ipairs(values_of(record, "proxyAddresses")) do found[#found + 1] = proxy end
    end
    assert.same(sorted(expected()), sorted(found))
  end)

  it("is read by nothing that runs more than that", function()
    for _, script in ipairs { "$proxies = @(\n  'a'; calc\n)\n", "$proxies = @(\n  \"a\"\n)\n",
      "$proxies = @(\n  'a' + $x\n)\n", "calc\n", "$proxies = @(\n  'a'\n)\ncalc\n",
      "$proxies = @(\n  '\226\128\152'\n)\n" } do
      assert.is_false((pcall(powershell.read, script)))
    end
  end)
end)
