# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever is called: each notification of Alertmanager, as it came, is a line
of the file /page or /ticket in the folder.  receiver.py PORT FOLDER"""

import http.server
import os
import sys


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = os.path.basename(self.path)
        with open(os.path.join(sys.argv[2], name), "ab") as calls:
            calls.write(body.replace(b"\n", b" ") + b"\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


address = ("127.0.0.1", int(sys.argv[1]))
http.server.HTTPServer(address, Receiver).serve_forever()
