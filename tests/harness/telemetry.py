"""Telemetry of one's own: `aloft telemetry` on free ports, and what sends to it and asks it."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import struct
import tempfile
import time
import urllib.parse

from .cloud import binary
from .process import Running, run


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def snappy(content):
    """The block form with literals only: every decoder reads it, and nothing needs to be installed."""
    pieces = [content[i:i + 65536] for i in range(0, len(content), 65536)]
    return varint(len(content)) + b"".join(b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
                                           for piece in pieces)


def write_request(samples):
    """Remote write 1.0: (labels, value, milliseconds) each."""
    return b"".join(
        field(1, b"".join(field(1, field(1, name.encode()) + field(2, text.encode()))
                          for name, text in sorted(labels.items()))
              + field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(milliseconds)))
        for labels, value, milliseconds in samples)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def ok(self):
        assert self.status // 100 == 2, f"HTTP {self.status}: {self.text()}"
        return self

    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.ok().body)


class Telemetry:
    """Use as `with Telemetry("--rules", path) as telemetry:`."""

    def __init__(self, *arguments, data_dir=None):
        self.arguments = arguments
        self.own_folder = data_dir is None
        self.data_dir = pathlib.Path(data_dir or tempfile.mkdtemp(prefix="aloft-telemetry-"))
        self.log = pathlib.Path(tempfile.mkstemp(prefix="aloft-telemetry-", suffix=".log")[1])
        self.process = None
        self.port = 0
        self.ready_line = ""

    def start(self, timeout=60.0):
        """Starts it, also again, and returns when it says `ready`. A restart keeps its port."""
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = Running(str(binary()), "telemetry", "--data-dir", str(self.data_dir), "--listen",
                                   f"127.0.0.1:{self.port}", *self.arguments, stderr=log)
        try:
            self.ready_line = self.process.expect(r"^ready\b.*", timeout)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_tail()}") from None
        self.port = urllib.parse.urlparse(self.endpoints["telemetry"]).port
        return self

    @property
    def endpoints(self):
        return json.loads((self.data_dir / "endpoints.json").read_text())

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, headers=None, timeout=60.0, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def get(self, path, **query):
        return self.ask("GET", path, **query)

    def post_json(self, path, document):
        return self.ask("POST", path, json.dumps(document), {"Content-Type": "application/json"})

    def write(self, samples):
        """Remote write of (labels, value) or (labels, value, milliseconds)."""
        now = int(time.time() * 1000)
        full = [(*sample, now)[:3] for sample in samples]
        return self.ask("POST", "/api/v1/write", snappy(write_request(full)),
                        {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                         "X-Prometheus-Remote-Write-Version": "0.1.0"})

    def query(self, expression, **query):
        """The samples of an instant vector: labels without the value, and the value."""
        data = self.get("/api/v1/query", query=expression, **query).json()["data"]
        return [(item["metric"], float(item["value"][1])) for item in data["result"]]

    def aloft(self, *arguments, **options):
        return run(str(binary()), *arguments, "--data-dir", str(self.data_dir), **options)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.signal(signal.SIGKILL)
        return self.process.wait()

    def log_tail(self, lines=40):
        return "\n".join(["the log of telemetry ends with:",
                          *self.log.read_text(errors="replace").splitlines()[-lines:]])

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print(self.log_tail())
        if self.process:
            self.process.__exit__()
        if self.own_folder:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        os.unlink(self.log)
