# SPDX-License-Identifier: GPL-2.0-or-later
"""A journal that keeps records as lines of JSON: journald.py SOCKET FILE

Records come in the native protocol: FIELD=value, or the field's name, a line
feed, the value's length in eight bytes, the value."""

import json
import socket
import struct
import sys


def fields(record):
    found = {}
    while record:
        line, _, rest = record.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8 : 8 + length], rest[9 + length :]
        found[name.decode()] = value.decode()
        record = rest
    return found


listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
with open(sys.argv[2], "a", encoding="utf-8") as journal:
    while True:
        print(json.dumps(fields(listener.recv(1 << 20))), file=journal, flush=True)
