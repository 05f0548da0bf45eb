"""Reads a folder's event files as TensorBoard does, with Google's protobuf, and prints what it has as JSON lines.

usage: read.py FOLDER_OF_EVENTS_PB2 FOLDER
"""

import base64
import json
import pathlib
import struct
import sys

sys.path.insert(0, sys.argv[1])
import events_pb2  # noqa: E402


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    while len(data) >= 12:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == masked(data[:8]), "length's sum"
        if len(data) < 16 + length:
            return  # cut short
        event = data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == masked(event), "event's sum"
        yield event
        data = data[16 + length :]


rows = []
for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
    assert "tfevents" in path.name, path.name
    for number, data in enumerate(records(path.read_bytes())):
        event = events_pb2.Event.FromString(data)
        assert event.wall_time > 1e9, event.wall_time
        assert (number == 0) == (event.file_version == "brain.Event:2"), "version first"
        if event.session_log.status == events_pb2.SessionLog.START:
            rows = [row for row in rows if row["step"] < event.step]
        for v in event.summary.value:
            row = {"step": event.step, "tag": v.tag, "kind": v.WhichOneof("value")}
            if row["kind"] == "simple_value":
                row["value"] = v.simple_value
            elif row["kind"] == "image":
                row["size"] = [v.image.height, v.image.width, v.image.colorspace]
                row["png"] = base64.b64encode(v.image.encoded_image_string).decode()
            else:
                h = v.histo
                row.update(min=h.min, max=h.max, num=h.num, sum=h.sum, sum_squares=h.sum_squares)
                row.update(limits=list(h.bucket_limit), buckets=list(h.bucket))
            rows.append(row)
for row in rows:
    print(json.dumps(row))
