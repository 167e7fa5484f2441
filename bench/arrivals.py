"""When events reach the sockets of watchers, by the kernel's own clock: what watchers on other machines would
see, whose work does not take the server's cores. The program sleeps while events come, reads them then."""
import _socket
import json
import select
import socket
import ssl
import struct
import time

SO_TIMESTAMPNS = 35  # asm-generic/socket.h
SETTLE_SECONDS = 0.15


def _open_watch(context, host, port, path):
    """A socket on which a watch of `path` runs; its head has been read."""
    plain = socket.create_connection((host, port))
    plain.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    secure = context.wrap_socket(plain, server_hostname=host)
    secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += secure.recv(4096)
    assert b" 200 " in head.split(b"\r\n")[0], head
    return secure


def _arrival(watch):
    """The time in ns at which the newest bytes came; None when there are none. They stay encrypted."""
    newest = None
    while select.select([watch], [], [], 0)[0]:
        data, extra, _, _ = _socket.socket.recvmsg(watch, 65536, 64)
        assert data, "a watch ended"
        for level, kind, value in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", value[:16])
                newest = seconds * 10**9 + nanoseconds
    return newest


def arrivals(server, watchers, events):
    """Milliseconds from before the request that makes an object to each arrival of its event."""
    context = ssl.create_default_context(cafile=server.files["ca"])
    context.load_cert_chain(server.files["cert"], server.files["key"])
    host, port = server.address.rsplit(":", 1)
    path = "/api/v1/namespaces/default/configmaps"
    writer = server.connection()
    writer.request("GET", path + "?limit=1")
    revision = json.loads(writer.getresponse().read())["metadata"]["resourceVersion"]
    query = f"{path}?watch=true&resourceVersion={revision}"
    watches = [_open_watch(context, host, int(port), query) for _ in range(watchers)]
    took = []
    for number in range(events):
        body = json.dumps({"metadata": {"name": f"arrival-{number}"}, "data": {"key": "value"}})
        begin = time.time_ns()
        writer.request("POST", path, body, {"Content-Type": "application/json"})
        answer = writer.getresponse()
        assert answer.status == 201, answer.status
        answer.read()
        time.sleep(SETTLE_SECONDS)
        came = [_arrival(watch) for watch in watches]
        assert None not in came, f"{came.count(None)} watchers have not been told after {SETTLE_SECONDS} s"
        took += [(at - begin) / 1e6 for at in came]
    for watch in watches:
        watch.close()
    return took
