"""Somebody comes with agents that push in the ways of other products, and with a second server."""
import pathlib
import re
import socket
import struct
import tempfile
import time

from harness import contains, equal, wait_until
from harness.telemetry import Telemetry, field, snappy, varint


def listening(telemetry, product):
    """Where the log says that lines of the product are taken."""
    found = re.search(product + r"'s protocol is taken at 127\.0\.0\.1:(\d+)", telemetry.log.read_text())
    assert found, telemetry.log_tail()
    return ("127.0.0.1", int(found[1]))


def datagram(address, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), address)


def shown(telemetry, expression, expected):
    wait_until(lambda: telemetry.query(expression) == expected, timeout=30, what=f"{expression} {expected}")


def lines(step, telemetry):
    with step("lines of InfluxDB are taken, and a damaged one is named"):
        line = f"cpu,host=a usage=1.5 {int(time.time())}\n"
        equal(telemetry.ask("POST", "/write?db=d&precision=s", line).status, 204, "status")
        shown(telemetry, "cpu_usage", [({"__name__": "cpu_usage", "db": "d", "host": "a"}, 1.5)])
        answer = telemetry.ask("POST", "/api/v2/write?bucket=b", "fine v=1\nbroken\n")
        equal(answer.status, 400, "status")
        contains(answer.text(), 'line "broken"')
        equal(telemetry.query("fine_v")[0][1], 1.0, "value")
    with step("Graphite's plaintext comes over TCP and UDP"):
        where = listening(telemetry, "Graphite")
        with socket.create_connection(where) as sender:
            sender.sendall(b"servers.web.load 2.5\ntagged;dc=x 3\n")
        datagram(where, "servers.db.load 4\n")
        shown(telemetry, '{"servers.web.load"}', [({"__name__": "servers.web.load"}, 2.5)])
        shown(telemetry, '{"servers.db.load"}', [({"__name__": "servers.db.load"}, 4.0)])
        shown(telemetry, "tagged", [({"__name__": "tagged", "dc": "x"}, 3.0)])
    with step("StatsD's events are added up"):
        where = listening(telemetry, "StatsD")
        datagram(where, "hits:3|c|#shop:a\nhits:4|c|#shop:a\ntook:100:300|ms\nvisitors:ann|s")
        shown(telemetry, "hits", [({"__name__": "hits", "shop": "a"}, 7.0)])
        shown(telemetry, "took_sum", [({"__name__": "took_sum"}, 0.4)])


def groups(step, telemetry):
    with step("a pushed group stays until it is deleted"):
        path = "/metrics/job/backup/instance/x"
        equal(telemetry.ask("PUT", path, "done 1\nsize 5\n").status, 200, "status")
        shown(telemetry, "done", [({"__name__": "done", "instance": "x", "job": "backup"}, 1.0)])
        equal(telemetry.ask("POST", path, "done 2\n").status, 200, "status")
        equal(telemetry.query("done")[0][1], 2.0, "value")
        equal(telemetry.query("size")[0][1], 5.0, "value")
        equal(telemetry.ask("DELETE", path).status, 202, "status")
        equal(telemetry.query("done"), [], "after the end")


def beginnings(step, telemetry):
    with step("the time at which a counter began is a zero"):
        now = int(time.time() * 1000)
        symbols = b"".join(field(4, text) for text in (b"", b"__name__", b"begun_total"))
        sample = (b"\x09" + struct.pack("<d", 5) + b"\x10" + varint(now) + b"\x18" + varint(now - 60000))
        request = symbols + field(5, field(1, b"\1\2") + field(2, sample) + field(5, b"\x08\x01"))
        equal(telemetry.ask("POST", "/api/v1/write", snappy(request),
                            {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
                             "Content-Encoding": "snappy"}).status, 204, "status")
        equal(telemetry.query("begun_total offset 50s")[0][1], 0.0, "value")
        equal(telemetry.query("increase(begun_total[2m]) > 4") != [], True, "its first increase")


def second_server(step, telemetry):
    with tempfile.TemporaryDirectory() as name:
        config = pathlib.Path(name) / "prometheus.yml"
        config.write_text(f"remote_read: [{{url: '{telemetry.url}/api/v1/read', read_recent: true}}]\n")
        with Telemetry("--config", str(config)) as second:
            with step("a second server answers with what the first one has"):
                second.write([({"__name__": "fine_v", "own": "yes"}, 2.0)])
                equal(sorted(value for _, value in second.query("fine_v")), [1.0, 2.0], "values")
            with step("without the first it answers with its own, and says what is missing"):
                equal(telemetry.stop(), 0, "exit code")
                answer = second.get("/api/v1/query", query="fine_v").json()
                equal([one["metric"]["own"] for one in answer["data"]["result"]], ["yes"], "series")
                contains(answer["warnings"][0], "remote read from 127.0.0.1")


def journey(step):
    with Telemetry("--graphite", "127.0.0.1:0", "--statsd", "127.0.0.1:0", "--statsd-flush", "1s",
                   "--enable-feature", "created-timestamp-zero-ingestion") as telemetry:
        lines(step, telemetry)
        groups(step, telemetry)
        beginnings(step, telemetry)
        second_server(step, telemetry)
