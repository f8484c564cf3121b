-- SPDX-License-Identifier: BSD-3-Clause
-- Wireshark dissector for what wanbond sends in clear (docs/protocol.md, chapters 2 to 4): the header of
-- session datagrams, the handshake messages. It opens nothing: frames and payloads are sealed.
--
--   wireshark -X lua_script:drivers-cfg/wireshark/wanbond.lua     or copy it to ~/.local/lib/wireshark/plugins
--   tshark -X lua_script:wanbond.lua -Y 'wanbond.path == 1' ...   another port: -d udp.port==4500,wanbond
--
-- wanbond.step is the number less the highest one seen before with the same path, index and addresses:
-- 1 as a rule, more where datagrams are missing, 0 or less where one came late or twice.

local wanbond = Proto("wanbond", "wanbond tunnel")

local HEADER, TIME, TAG, MAC1 = 12, 4, 16, 16
local INIT, RESPONSE, COOKIE, SESSION, PROOF = 1, 2, 3, 4, 5
local COOKIE_LEN, COOKIE_SEALED, MAC2 = 64, 32, 16
local PROOF_FIXED = 4 + MAC2 -- before its INIT
local INIT_FIXED, RESPONSE_FIXED = 8 + 32 + 48, 8 + 32 -- up to the sealed payload
local INIT_PAYLOAD, RESPONSE_PAYLOAD = 23, 19 -- bytes at least
local MESSAGE_MAX = 512

local types = {
  [INIT] = "Handshake init",
  [RESPONSE] = "Handshake response",
  [COOKIE] = "Cookie",
  [SESSION] = "Session datagram",
  [PROOF] = "Handshake init with proof of address",
}

local f = {
  type = ProtoField.uint8("wanbond.type", "Type", base.DEC, types),
  path = ProtoField.uint8("wanbond.path", "Path id"),
  receiver = ProtoField.uint32("wanbond.receiver", "Receiver index", base.HEX),
  number = ProtoField.uint64("wanbond.number", "Packet number, low 48 bits"),
  step = ProtoField.int64("wanbond.step", "Step since the highest number before"),
  sealed = ProtoField.bytes("wanbond.sealed", "Send time and frames, sealed"),
  sealed_len = ProtoField.uint16("wanbond.sealed_len", "Bytes of frames"),
  tag = ProtoField.bytes("wanbond.tag", "Tag"),
  format = ProtoField.uint8("wanbond.format", "Format"),
  reserved = ProtoField.uint16("wanbond.reserved", "Reserved", base.HEX),
  sender = ProtoField.uint32("wanbond.sender", "Sender index", base.HEX),
  ephemeral = ProtoField.bytes("wanbond.ephemeral", "Ephemeral key"),
  static = ProtoField.bytes("wanbond.static", "Static key, sealed"),
  payload = ProtoField.bytes("wanbond.payload", "Payload, sealed"),
  mac1 = ProtoField.bytes("wanbond.mac1", "mac1"),
  mac2 = ProtoField.bytes("wanbond.mac2", "mac2"),
  nonce = ProtoField.bytes("wanbond.nonce", "Nonce"),
  cookie = ProtoField.bytes("wanbond.cookie", "Cookie, sealed"),
}
wanbond.fields = f

local e = {
  length = ProtoExpert.new("wanbond.length.bad", "Length out of bounds: dropped by a receiver",
    expert.group.MALFORMED, expert.severity.ERROR),
  clear = ProtoExpert.new("wanbond.clear.bad", "Format or reserved bytes: dropped by a receiver",
    expert.group.PROTOCOL, expert.severity.WARN),
  unknown = ProtoExpert.new("wanbond.type.unknown", "Type not known: dropped by a receiver",
    expert.group.UNDECODED, expert.severity.WARN),
  gap = ProtoExpert.new("wanbond.step.gap", "Numbers missing before this one",
    expert.group.SEQUENCE, expert.severity.NOTE),
  late = ProtoExpert.new("wanbond.step.late", "Number not above the highest before",
    expert.group.SEQUENCE, expert.severity.NOTE),
}
wanbond.experts = { e.length, e.clear, e.unknown, e.gap, e.late }

local highest, steps = {}, {} -- by path, by frame

function wanbond.init()
  highest, steps = {}, {}
end

-- Only the first pass goes through the capture in order.
local function step_of(pinfo, path, receiver, number)
  if not pinfo.visited then
    local key = string.format("%s %d %s %d %d %d", tostring(pinfo.src), pinfo.src_port,
      tostring(pinfo.dst), pinfo.dst_port, receiver, path)
    local before = highest[key]

    if before then
      steps[pinfo.number] = number - before
    end
    if not before or number > before then
      highest[key] = number
    end
  end
  return steps[pinfo.number]
end

local function session(tvb, pinfo, tree)
  local path, receiver = tvb(1, 1):uint(), tvb(2, 4):uint()
  local number = tvb(6, 6):uint64()
  -- a Lua number holds 53 bits
  local step = step_of(pinfo, path, receiver, number:tonumber())

  tree:add(f.path, tvb(1, 1))
  tree:add(f.receiver, tvb(2, 4))
  tree:add(f.number, tvb(6, 6))
  if step then
    local item = tree:add(f.step, tvb(6, 6), Int64(step)):set_generated()

    if step > 1 then
      item:add_proto_expert_info(e.gap)
    elseif step < 1 then
      item:add_proto_expert_info(e.late)
    end
  end
  local len = tvb:len() - HEADER - TAG
  tree:add(f.sealed, tvb(HEADER, len))
  tree:add(f.sealed_len, tvb(HEADER, len), len - TIME):set_generated()
  tree:add(f.tag, tvb(HEADER + len, TAG))
  pinfo.cols.info = string.format("Path %d, number %s, to %08x, %d bytes of frames", path,
    tostring(number), receiver, len - TIME)
  tree:append_text(string.format(", path %d, number %s", path, tostring(number)))
end

local function clear(tvb, tree)
  tree:add(f.format, tvb(1, 1))
  local reserved = tree:add(f.reserved, tvb(2, 2))
  if tvb(1, 1):uint() ~= 1 or tvb(2, 2):uint() ~= 0 then
    reserved:add_proto_expert_info(e.clear)
  end
end

local function cookie(tvb, pinfo, tree)
  clear(tvb, tree)
  tree:add(f.receiver, tvb(4, 4))
  tree:add(f.nonce, tvb(8, COOKIE_SEALED - 8))
  tree:add(f.cookie, tvb(COOKIE_SEALED))
  pinfo.cols.info = string.format("%s, edge's index %08x", types[COOKIE], tvb(4, 4):uint())
end

local function handshake(tvb, pinfo, tree, type)
  local fixed, index = RESPONSE_FIXED, f.receiver

  if type == INIT then
    fixed, index = INIT_FIXED, f.sender
  end
  clear(tvb, tree)
  tree:add(index, tvb(4, 4))
  tree:add(f.ephemeral, tvb(8, 32))
  if type == INIT then
    tree:add(f.static, tvb(40, 48))
  end
  tree:add(f.payload, tvb(fixed, tvb:len() - fixed - MAC1))
  tree:add(f.mac1, tvb(tvb:len() - MAC1, MAC1))
  pinfo.cols.info = string.format("%s, edge's index %08x", types[type], tvb(4, 4):uint())
end

-- Least and most bytes of a type's datagrams.
local limits = {
  [INIT] = { INIT_FIXED + INIT_PAYLOAD + TAG + MAC1, MESSAGE_MAX },
  [RESPONSE] = { RESPONSE_FIXED + RESPONSE_PAYLOAD + TAG + MAC1, MESSAGE_MAX },
  [COOKIE] = { COOKIE_LEN, COOKIE_LEN },
  [PROOF] = { PROOF_FIXED + INIT_FIXED + INIT_PAYLOAD + TAG + MAC1, MESSAGE_MAX },
  [SESSION] = { HEADER + TIME + TAG, 65535 },
}

function wanbond.dissector(tvb, pinfo, root)
  local len = tvb:reported_length_remaining()

  if len == 0 then
    return 0
  end
  pinfo.cols.protocol = "wanbond"
  local tree = root:add(wanbond, tvb())
  local type = tvb(0, 1):uint()
  local item = tree:add(f.type, tvb(0, 1))

  pinfo.cols.info = types[type] or string.format("Type %d", type)
  if not types[type] then
    item:add_proto_expert_info(e.unknown)
  elseif limits[type] and (len < limits[type][1] or len > limits[type][2]) then
    item:add_proto_expert_info(e.length)
  elseif tvb:len() < len then
    tree:append_text(" [cut short by the capture]")
  elseif type == SESSION then
    session(tvb, pinfo, tree)
  elseif type == COOKIE then
    cookie(tvb, pinfo, tree)
  elseif type == PROOF then
    clear(tvb, tree)
    tree:add(f.mac2, tvb(4, MAC2))
    handshake(tvb(PROOF_FIXED):tvb(), pinfo, tree, INIT)
    pinfo.cols.info:append(", with proof of address")
  else
    handshake(tvb, pinfo, tree, type)
  end
  return tvb:len()
end

DissectorTable.get("udp.port"):add(65500, wanbond)
