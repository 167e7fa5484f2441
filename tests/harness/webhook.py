"""A receiver of alerts, as webhook_configs of an Alertmanager call it."""
import http.server
import json
import threading
import time


class Webhook:
    """Keeps what it is told, with the time."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                told.append((time.monotonic(),
                             json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def alerts(self, status):
        return [alert for _, body in self.told for alert in body["alerts"] if alert["status"] == status]

    def named(self, name):
        return [alert for _, body in self.told for alert in body["alerts"]
                if alert["labels"]["alertname"] == name]
