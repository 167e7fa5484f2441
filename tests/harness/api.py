"""The API as a program sees it: HTTPS with the kubeconfig's client certificate, streams, WebSockets."""
import base64
import http.client
import json
import os
import re
import ssl
import struct
import tempfile
import threading
import time


class Answer:
    """Status, headers and the bytes of the body."""

    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    @property
    def body(self):
        """The body as JSON where it is JSON, else as text."""
        text = self.content.decode(errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return text


class Stream:
    """An answer that goes on (a watch, a followed log): its lines are read as they come."""

    def __init__(self, connection, status, headers, response):
        self.status, self.headers, self.lines = status, headers, []
        self._connection, self._response = connection, response
        self._changed = threading.Condition()
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while line := self._response.readline():
                with self._changed:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # It was closed while it was read.
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait(self, enough, timeout):
        """Until enough(lines) is true, the stream ends, or `timeout` seconds have gone; returns the lines."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or enough(self.lines), timeout)
            return list(self.lines)

    def close(self):
        self._connection.sock.close() if self._connection.sock else None


class Api:
    """Use as a context: Api(cloud).request("GET", "/version")."""

    def __init__(self, cloud):
        text = cloud.kubeconfig.read_text()
        self.host, port = re.search(r"server: https://([\d.]+):(\d+)", text).groups()
        self.port = int(port)
        authority = self._data(text, "certificate-authority-data").decode()
        self._tls = ssl.create_default_context(cadata=authority)
        self._tls.check_hostname = False
        with tempfile.NamedTemporaryFile() as pair:
            for key in ("client-certificate-data", "client-key-data"):
                pair.write(self._data(text, key) + b"\n")
            pair.flush()
            self._tls.load_cert_chain(pair.name)
        self._connection = None

    @staticmethod
    def _data(text, key):
        return base64.b64decode(re.search(rf"{key}: (\S+)", text)[1])

    def _connect(self):
        return http.client.HTTPSConnection(self.host, self.port, context=self._tls, timeout=30)

    def request(self, method, path, headers=None, body=None):
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = self._connect()
            try:
                self._connection.request(method, path, body=body, headers=headers or {})
                response = self._connection.getresponse()
                return Answer(response.status, dict(response.getheaders()), response.read())
            except (http.client.RemoteDisconnected, ConnectionError):
                # An idle connection may be closed by the server at any time; a fresh one says the truth.
                self._connection = None
                if attempt == 2:
                    raise
        raise AssertionError("not reached")

    def stream(self, path, headers=None):
        connection = self._connect()
        connection.request("GET", path, headers=headers or {})
        connection.sock.settimeout(None)
        response = connection.getresponse()
        return Stream(connection, response.status, dict(response.getheaders()), response)

    def websocket(self, path, protocol, send=(), timeout=10.0):
        """Upgrades, sends the payloads (binary) and reads until the server closes.

        Returns (status, headers, payloads): one (opcode, bytes) for each frame of the server.
        """
        connection = self._connect()
        connection.request("GET", path, headers={
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Protocol": protocol})
        sock = connection.sock
        sock.settimeout(timeout)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = sock.recv(4096)
            if not piece:
                break
            head += piece
        head, _, rest = head.partition(b"\r\n\r\n")
        lines = head.decode(errors="replace").split("\r\n")
        status = int(lines[0].split()[1])
        headers = dict(line.split(": ", 1) for line in lines[1:])
        if status != 101:
            sock.close()
            return status, headers, []
        for payload in send:
            sock.sendall(masked(payload))
        return status, headers, list(frames(sock, rest, timeout))


def masked(payload, opcode=2):
    """One frame of a client; the mask is all zeros, which is allowed and readable in a dump."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def unframed(data):
    """Opcode and payload of one frame, masked or not."""
    size, offset = data[1] & 127, 2
    if size == 126:
        size, offset = struct.unpack(">H", data[2:4])[0], 4
    elif size == 127:
        size, offset = struct.unpack(">Q", data[2:10])[0], 10
    if data[1] & 128:
        mask, offset = data[offset:offset + 4], offset + 4
        return data[0] & 15, bytes(b ^ mask[i % 4] for i, b in enumerate(data[offset:offset + size]))
    return data[0] & 15, data[offset:offset + size]


def frames(sock, buffer, timeout):
    """The frames that a server sends until it closes or `timeout` seconds have gone."""
    deadline = time.monotonic() + timeout
    while True:
        while len(buffer) >= 2:
            size, offset = buffer[1] & 127, 2
            if size == 126 and len(buffer) >= 4:
                size, offset = struct.unpack(">H", buffer[2:4])[0], 4
            elif size == 127 and len(buffer) >= 10:
                size, offset = struct.unpack(">Q", buffer[2:10])[0], 10
            if len(buffer) < offset + size:
                break
            yield buffer[0] & 15, buffer[offset:offset + size]
            if buffer[0] & 15 == 8:
                sock.sendall(masked(b"\x03\xe8", 8))
                sock.close()
                return
            buffer = buffer[offset + size:]
        sock.settimeout(max(deadline - time.monotonic(), 0.01))
        try:
            piece = sock.recv(65536)
        except OSError:
            return
        if not piece:
            return
        buffer += piece
