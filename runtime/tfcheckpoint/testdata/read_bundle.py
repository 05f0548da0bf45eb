"""Prints what a TensorFlow V2 checkpoint holds, as JSON: an independent reader for the tests, of Python's standard
library alone, after leveldb's doc/table_format.md and TensorFlow's tensor_bundle.proto.

Usage: read_bundle.py PREFIX
"""

import json
import struct
import sys


def crc_table():
    rows = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
        rows.append(i)
    return rows


CRC_TABLE = crc_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def block(table, handle):
    offset, at = varint(handle, 0)
    size, _ = varint(handle, at)
    content = table[offset : offset + size]
    kind = table[offset + size]
    (crc,) = struct.unpack_from("<I", table, offset + size + 1)
    assert kind == 0, "compressed block"
    assert crc == masked_crc(content + bytes([kind])), "block checksum"
    return content


def entries(content):
    (restarts,) = struct.unpack_from("<I", content, len(content) - 4)
    end = len(content) - 4 - 4 * restarts
    starts = struct.unpack_from("<%dI" % restarts, content, end)
    assert starts[0] == 0 and all(a < b for a, b in zip(starts, starts[1:])), "restarts"
    at, key = 0, b""
    while at < end:
        start = at
        shared, at = varint(content, at)
        own, at = varint(content, at)
        size, at = varint(content, at)
        assert shared == 0 or start not in starts, "a restart that shares"
        key = key[:shared] + content[at : at + own]
        at += own
        yield key, content[at : at + size]
        at += size


def message(data):
    fields, at = [], 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value = data[at : at + size]
            at += size
        elif tag & 7 == 5:
            (value,) = struct.unpack_from("<I", data, at)
            at += 4
        else:
            raise ValueError("wire type %d" % (tag & 7))
        fields.append((tag >> 3, value))
    return fields


def tensor(prefix, shards, value):
    fields = dict(message(value))
    shape = [dict(message(d)).get(1, 0) for n, d in message(fields[2]) if n == 2]
    path = "%s.data-%05d-of-%05d" % (prefix, fields.get(3, 0), shards)
    with open(path, "rb") as f:
        f.seek(fields.get(4, 0))
        data = f.read(fields.get(5, 0))
    assert len(data) == fields.get(5, 0), "shard's length"
    assert masked_crc(data) == fields[6], "tensor checksum"
    return {"dtype": fields[1], "shape": shape, "shard": fields.get(3, 0), "bytes": data.hex()}


def main(prefix):
    with open(prefix + ".index", "rb") as f:
        table = f.read()
    assert struct.unpack("<Q", table[-8:])[0] == 0xDB4775248B80FB57, "magic"
    _, at = varint(table, len(table) - 48)
    _, at = varint(table, at)
    pairs = [p for _, h in entries(block(table, table[at:])) for p in entries(block(table, h))]
    keys = [k for k, _ in pairs]
    assert keys == sorted(set(keys)) and keys[0] == b"", "order of keys"
    header = dict(message(pairs[0][1]))
    shards = header[1]
    assert dict(message(header[3]))[1] == 1 and header.get(2, 0) == 0, "version and endianness"
    json.dump({k.decode(): tensor(prefix, shards, v) for k, v in pairs[1:]}, sys.stdout)


main(sys.argv[1])
