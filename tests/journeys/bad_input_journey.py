"""Broken, huge and hostile input is answered with a reason, and the cloud goes on as if nothing had been."""
import base64
import http.client
import json
import pathlib
import socket
import ssl
import tempfile

from harness import Cloud, contains, equal, kubectl, matches, wait_until

NEEDS = ["kubectl"]
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
JSON, YAML = "application/json", "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"


class Api:
    """What a client without manners says to the API server, as the cloud's administrator."""

    def __init__(self, cloud, folder):
        text = cloud.kubeconfig.read_text()
        for field in ("certificate-authority", "client-certificate", "client-key"):
            data = matches(text, rf"{field}-data: *\"?([\w+/=]+)")[1]
            (folder / field).write_bytes(base64.b64decode(data))
        self.host, port = matches(text, r"server: *\"?https://([\d.]+):(\d+)").groups()
        self.port = int(port)
        self.anonymous = ssl.create_default_context(cafile=folder / "certificate-authority")
        self.admin = ssl.create_default_context(cafile=folder / "certificate-authority")
        self.admin.load_cert_chain(folder / "client-certificate", folder / "client-key")

    def ask(self, method, path, body=None, kind=JSON, headers=None, context=None):
        """The code and the body of the answer."""
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=30,
                                                 context=context or self.admin)
        try:
            connection.request(method, path, body, {"Content-Type": kind, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def refuses(self, code, says, *arguments, **options):
        """Checks that the answer is a Status with this code whose message has these words."""
        seen, body = self.ask(*arguments, **options)
        equal(seen, code, f"code of {body[:300]!r}")
        status = json.loads(body)
        equal((status["kind"], status["status"], status["code"]), ("Status", "Failure", code), "answer")
        contains(status["message"].lower(), says.lower(), "message")
        return status

    def raw(self):
        return socket.create_connection((self.host, self.port), timeout=30)

    def tls(self):
        return self.anonymous.wrap_socket(self.raw(), server_hostname=self.host)


def read_all(connection):
    """What comes until the other side closes or complains."""
    seen = b""
    try:
        while piece := connection.recv(65536):
            seen += piece
    except OSError:
        pass
    return seen


def config(**fields):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **fields}).encode()


def malformed(step, api):
    with step("malformed JSON, YAML and protobuf"):
        for body in (b"", b"{", b"[1,2", b"nonsense", b'{"a":}', b"{}{}", b"null", b"[]", b'"text"',
                     b"\x00\x01"):
            status = json.loads(api.ask("POST", CONFIGMAPS, body)[1])
            equal((status["kind"], status["code"]), ("Status", 400), f"answer to {body!r}")
        api.refuses(400, "yaml", "POST", CONFIGMAPS, b"a: b: c\n\t- d", kind=YAML)
        for body in (b"", b"k8s\0\x0a\xff\xff\xff\xff\xff\x0f", b"k8s\0" + b"\xff" * 100,
                     b"\x0a\x05abc"):
            code = api.ask("POST", CONFIGMAPS, body, kind=PROTOBUF)[0]
            equal(code, 400, f"code of the answer to {body!r}")
    with step("a body of a kind nobody knows"):
        api.refuses(415, "media type", "POST", CONFIGMAPS, b"<a/>", kind="application/xml")
        api.refuses(406, "", "GET", CONFIGMAPS, headers={"Accept": "image/png"})
        api.refuses(400, "", "POST", CONFIGMAPS, config(kind="Pod"))
        api.refuses(400, "", "POST", CONFIGMAPS, config(apiVersion="v9"))
    with step("fields that do not exist, or stand twice, are refused or warned about as asked"):
        strict = CONFIGMAPS + "?fieldValidation=Strict"
        api.refuses(400, 'unknown field "colour"', "POST", strict, config(colour="red"))
        twice = config(data="TWICE").replace(b'"TWICE"', b'{"a":"b","a":"c"}')
        api.refuses(400, 'duplicate field "data.a"', "POST", strict, twice)
        equal(api.ask("POST", CONFIGMAPS + "?fieldValidation=Ignore&dryRun=All", config(colour="red"))[0],
              201)
    with step("wrong types"):
        for fields in ({"data": {"a": 1}}, {"data": ["a"]}, {"metadata": "x"},
                       {"metadata": {"labels": {"a": True}}},
                       {"binaryData": {"a": "not base64!"}}, {"immutable": "yes"}):
            api.refuses(400, "", "POST", CONFIGMAPS, config(**fields))
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
                      "spec": {"replicas": "three"}}
        api.refuses(400, "", "POST", "/apis/apps/v1/namespaces/default/deployments",
                    json.dumps(deployment).encode())
    with step("names that are too long, empty or of forbidden letters"):
        for name in ("a" * 300, "UPPER", "a/b", "-a", "ä", "a b"):
            status = api.refuses(422, "metadata.name: Invalid value", "POST", CONFIGMAPS,
                                 config(metadata={"name": name}))
            equal(status["details"]["causes"][0]["field"], "metadata.name", "field")
        api.refuses(422, "name or generateName is required", "POST", CONFIGMAPS, config(metadata={}))
        api.refuses(422, "metadata.labels", "POST", CONFIGMAPS,
                    config(metadata={"name": "x", "labels": {"a" * 400: "b"}}))
    with step("text that is no UTF-8"):
        broken = config(data={"a": "X"}).replace(b"X", b"\xff\xfe\xc0")
        code, body = api.ask("POST", CONFIGMAPS + "?dryRun=All", broken)
        assert code in (201, 400), body
        json.loads(body)
        equal(api.ask("GET", CONFIGMAPS + "/%ff%fe")[0] // 100, 4, "class of the answer")


def huge(step, api):
    with step("bodies that are larger than any object may be"):
        api.refuses(413, "too large", "POST", CONFIGMAPS, config(data={"a": "x" * (10 << 20)}))
        code, body = api.ask("POST", CONFIGMAPS, config(data={"a": "x" * (2 << 20)}))
        assert code in (413, 422), (code, body[:300])
    with step("nesting of 100,000 levels"):
        depth = 100_000
        for body, kind in ((b'{"a":' * depth + b"1" + b"}" * depth, JSON), (b"[" * depth, JSON),
                           (b"[" * depth + b"]" * depth, YAML), (b"{a: " * depth + b"}" * depth, YAML)):
            equal(api.ask("POST", CONFIGMAPS, body, kind=kind)[0], 400, f"code ({kind})")
        nested = config(metadata={"name": "x",
                                  "annotations": {}})[:-1] + b',"q":' + b"[" * depth + b"]" * depth + b"}"
        equal(api.ask("POST", CONFIGMAPS, nested)[0], 400, "code")
        aliases = b"a: &a [x,x]\n" + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (
            c, c, *[c - 1] * 9) for c in b"bcdefghijklm")
        equal(api.ask("POST", CONFIGMAPS, aliases, kind=YAML)[0], 400, "code of a bomb of aliases")
    with step("a patch that is broken, or hostile"):
        equal(api.ask("POST", CONFIGMAPS, config(metadata={"name": "patched"}, data={"a": "b"}))[0], 201)
        path = CONFIGMAPS + "/patched"
        for kind in ("strategic-merge-patch", "merge-patch", "json-patch", "apply-patch"):
            ending = "yaml" if kind == "apply-patch" else "json"
            for body in (b"", b"{", b"5", b'[{"op":"explode"}]', b"[" * 100_000):
                code = api.ask("PATCH", path + "?fieldManager=me", body,
                               kind=f"application/{kind}+{ending}")[0]
                assert code in (400, 422), (kind, body[:30], code)
        code = api.ask("PATCH", path, b"{}", kind="text/plain")[0]
        equal(code, 415, "code of a patch of no kind")
        equal(json.loads(api.ask("GET", path)[1])["data"], {"a": "b"}, "data of what was patched")
    with step("wrong parameters"):
        for query in ("limit=x", "labelSelector=a in (", "fieldSelector=nonsense=1", "continue=garbage",
                      "watch=1&timeoutSeconds=x",
                      "resourceVersionMatch=Exact"):
            code, body = api.ask("GET", CONFIGMAPS + "?" + query.replace(" ", "%20"))
            assert code in (400, 410, 422), (query, code, body[:200])
        api.refuses(404, "not find the requested resource", "GET", "/api/v1/namespaces/default/things")
        api.refuses(404, 'configmaps "nobody" not found', "GET", CONFIGMAPS + "/nobody")
        api.refuses(405, "does not allow this method", "POST", CONFIGMAPS + "/patched", config())


def connections(step, api):
    with step("nobody without a name, and nobody with a wrong token"):
        api.refuses(401, "Unauthorized", "GET", CONFIGMAPS, context=api.anonymous)
        for token in ("nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", "x" * 6000, ""):
            api.refuses(401, "Unauthorized", "GET", CONFIGMAPS, context=api.anonymous,
                        headers={"Authorization": f"Bearer {token}"})
    with step("bytes that are neither TLS nor HTTP"):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 1000, b"\x16\x03\x01\xff\xff" + b"\xff" * 500,
                        b"SSH-2.0-x\r\n"):
            with api.raw() as connection:
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                read_all(connection)
        for garbage in (b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                        b"\xff" * 100 + b"\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100):
            with api.tls() as connection:
                connection.sendall(garbage)
                answer = read_all(connection)
                assert not answer.startswith(b"HTTP/1.1 2"), (garbage, answer)
        with api.tls() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * (2 << 20))
            assert read_all(connection).startswith((b"HTTP/1.1 4", b"")), "a head of 2 MiB was taken"
    with step("a hundred half-open connections keep nobody else from being served"):
        halves = [api.raw() for _ in range(50)] + [api.tls() for _ in range(50)]
        for half in halves[50:]:
            half.sendall(b"POST " + CONFIGMAPS.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Le")
        equal(api.ask("GET", "/readyz"), (200, b"ok"), "/readyz")
        for half in halves:
            half.close()


def journey(step):
    with Cloud("--runtime", "none") as cloud, tempfile.TemporaryDirectory() as folder:
        api = Api(cloud, pathlib.Path(folder))
        with step("something is stored before"):
            kubectl(cloud, "create", "configmap", "treasure", "--from-literal=gold=1").ok()
        malformed(step, api)
        huge(step, api)
        connections(step, api)
        with step("afterwards the cloud is the same process, answers, and has lost nothing"):
            assert cloud.process.running(), "the server ended"
            equal(api.ask("GET", "/readyz"), (200, b"ok"), "/readyz")
            equal(kubectl(cloud, "get", "cm", "treasure", "-o", "jsonpath={.data.gold}").ok().stdout, "1")
            names = kubectl(cloud, "get", "cm", "-o", "name").ok().stdout.split()
            equal(set(names), {"configmap/kube-root-ca.crt", "configmap/patched", "configmap/treasure"},
                  "what is stored")
        with step("and so it is after a restart"):
            equal(cloud.stop(), 0, "exit code")
            cloud.start()
            wait_until(lambda: kubectl(cloud, "get", "cm", "treasure").code == 0,
                       what="the stored object is there")
