"""Recorded requests sent again: what the other server answered, what ours answers, and where they differ.

Ours has other uids, times, revisions, addresses and generated names. A Replay learns, answer by answer, what
stands for what (so that later requests can name it), and compares what is left after both sides are brought
to the same words.
"""
import collections
import fnmatch
import json
import re
import time

from .api import unframed

UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
AGE = re.compile(r"^(<unknown>|<invalid>|(\d+[dhms])+)$")
# Generated endings use an alphabet without vowels; hashes of pod templates have up to ten letters of it.
GENERATED = re.compile(r"-(?=[a-z]*\d|[bcdfghjklmnpqrstvwxz]{5}\b)[bcdfghjklmnpqrstvwxz2456789]{5,10}\b"
                       r"|(?<=kube-api-access-)[a-z0-9]{5}\b")
IDENTITY = re.compile(r"(containerd://|sha256:)[0-9a-f]{64}\b")
EVENT_SUFFIX = re.compile(r"\.1[0-9a-f]{15}\b")
OPENAPI_HASH = re.compile(r"hash=[0-9A-F]{128}|hash=[0-9A-Fa-f]+")
TEMPLATE_HASH = re.compile(r"\b[bcdfghjklmnpqrstvwxz2456789]{8,10}\b")
FOREIGN_OBJECT = re.compile(r"(job|cronjob|[a-z]+autoscaler|[a-z]+budget|node/vec\w+)/?")
# In a body; a json-patch tests and replaces the revision as a bare value below its path.
REVISION = re.compile(r'("resourceVersion": |"path": "/metadata/resourceVersion", "value": )"(\d+)"')
# One process is both; who wrote a field keeps the recorded word in comparisons.
MANAGERS = {"controllers": "kube-controller-manager", "scheduler": "kube-scheduler"}
# Answers that only say how long something took, or what the other machine was.
HEADERS = ("Content-Type", "Cache-Control", "Vary", "Sec-WebSocket-Protocol", "Upgrade", "Warning")

Record = collections.namedtuple(
    "Record", "number case method path headers body status answer_headers answer frames")
Difference = collections.namedtuple("Difference", "record place expected actual")


def read_recording(path):
    """The recorded requests in their order; streams stand where they began, not where they ended."""
    records = []
    for number, line in enumerate(path.read_text().splitlines()):
        entry = json.loads(line)
        records.append(Record(number, entry["case"], entry["method"], entry["path"], entry["reqHeaders"],
                              entry.get("reqBody"), entry["status"], entry["respHeaders"],
                              entry.get("respBody"), entry.get("frames")))
    ordered = [(begin_of(record, records), record.number, record) for record in records]
    return [record for _, _, record in sorted(ordered, key=lambda each: each[:2])]


def is_stream(record):
    return "watch=true" in record.path or "follow=true" in record.path


def begin_of(record, records):
    """A stream begins behind the last request of its command before the first event it reports."""
    if not is_stream(record):
        return record.number
    earlier = [other for other in records[:record.number] if other.case == record.case]
    from_revision = re.search(r"resourceVersion=([1-9]\d*)", record.path)
    if from_revision:
        for other in earlier:
            if isinstance(other.answer, dict) and revision_of(other.answer) == from_revision[1]:
                return other.number
    events = record.answer or []
    first = revision_of(events[0].get("object")) if events and isinstance(events[0], dict) else None
    same = [other.number for other in records[:record.number]
            if isinstance(other.answer, dict) and first and revision_of(other.answer) == first
            and other.case == record.case]
    if same:
        return same[-1]
    return earlier[-1].number if earlier else record.number


def revision_of(document):
    return document.get("metadata", {}).get("resourceVersion") if isinstance(document, dict) else None


def resource_of(path):
    """(group/version, resource) of a request path, (None, None) when it names no resource."""
    parts = path.split("?")[0].strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group_version, rest = parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group_version, rest = "/".join(parts[1:3]), parts[3:]
    else:
        return None, None
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        rest = rest[2:]
    return group_version, rest[0]


class Replay:
    """Sends records to an Api and collects Differences.

    namespaces: which of the recorded server's namespaces were made by the recording itself or by every
    server; objects of others are left out of lists. nodes: likewise for nodes. explains: tells of a
    difference whether it is known, so that it is not worth `patience` seconds of asking again.
    """

    def __init__(self, api, namespaces, nodes, explains=lambda difference: False, patience=3.0):
        self.api, self.namespaces, self.nodes = api, namespaces, nodes
        self.explains, self.patience = explains, patience
        self.names = {}        # recorded word -> ours: uids, generated names, hashes, continue tokens
        self.revisions = {}    # recorded revision -> ours
        self.served = self._served()
        self.skipped = collections.Counter()
        self.answered = 0
        self.streams = {}

    def _served(self):
        served, self.kinds = set(), set()
        for root in ("/api", "/apis"):
            accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            for group in self.api.request("GET", root, {"Accept": accept}).body["items"]:
                name = group["metadata"].get("name", "")
                for version in group["versions"]:
                    full = f"{name}/{version['version']}" if name else version["version"]
                    served.update((full, resource["resource"]) for resource in version["resources"])
                    self.kinds.update(resource["responseKind"]["kind"] for resource in version["resources"])
        return served

    def serves(self, record):
        group_version, resource = resource_of(record.path)
        if resource == "nodes":
            name = record.path.split("?")[0].split("/nodes")[1].strip("/")
            return not name or name.split("/")[0] in self.nodes
        foreign = re.search(r"(?:spec.nodeName|involvedObject.name|leases)(?:%3D|/)(vec\w+)", record.path)
        return not foreign and (group_version is None or (group_version, resource) in self.served)

    # Requests in our words.

    def translate(self, text):
        for recorded in sorted(self.names, key=len, reverse=True):
            text = text.replace(recorded, self.names[recorded])
        return text

    def _path(self, path):
        path = self.translate(path)
        return re.sub(r"(?<=resourceVersion=)[1-9]\d*", lambda found: self._revision(found[0]), path)

    def _revision(self, recorded):
        """Ours for a recorded revision; for one not seen in an answer, the nearest before it."""
        if recorded in self.revisions:
            return self.revisions[recorded]
        known = [int(each) for each in self.revisions if int(each) <= int(recorded)]
        return self.revisions[str(max(known))] if known else recorded

    def _body(self, record):
        if record.body is None:
            return None
        if isinstance(record.body, dict) and "$hex" in record.body:
            return bytes.fromhex(record.body["$hex"])
        text = self.translate(json.dumps(record.body))
        text = REVISION.sub(lambda found: f'{found[1]}"{self._revision(found[2])}"', text)
        for ours, theirs in MANAGERS.items():
            text = text.replace(f'"manager": "{theirs}"', f'"manager": "{ours}"')
        return text.encode()

    def _headers(self, record):
        dropped = ("Upgrade", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "If-Modified-Since")
        headers = {key: value for key, value in record.headers.items() if key not in dropped}
        # The recorded binary had this name; the server makes a manager of fields out of it.
        headers["User-Agent"] = "kubectl.1.32/v1.32.13"
        return headers

    # Sending.

    def send(self, record):
        """The differences of one record; a stream is only opened here and compared by finish()."""
        if not self.serves(record):
            self.skipped["/".join(resource_of(record.path))] += 1
            return []
        self.answered += 1
        if record.frames is not None:
            return self._upgrade(record)
        if is_stream(record):
            self.streams[record.number] = self.api.stream(self._path(record.path), self._headers(record))
            return []
        return self._exchange(record)

    def _exchange(self, record):
        # Longer than for a stream: what was recorded does come, if late on a busy machine.
        deadline = time.monotonic() + 5 * self.patience
        best = None
        while True:
            answer = self.api.request(record.method, self._path(record.path), self._headers(record),
                                      self._body(record))
            late = time.monotonic() >= deadline
            if answer.status == 409 != record.status and not late and self._read_again(record):
                continue
            found = self._differences(record, answer)
            found = [each for each in found if not self.explains(each)]
            weight = (answer.status != record.status, sum(size(each) for each in found))
            if best is None or weight < best[:2]:
                best = (*weight, answer)
            # Controllers and the node need their moment; what a reader sees may be asked for again.
            if not found or record.method != "GET" or late:
                break
            time.sleep(0.05)
        self._learn(record.answer, best[2].body)
        return self._differences(record, best[2])

    def _read_again(self, record):
        """What kubectl does where a controller was quicker: the revision that the object has now takes the
        place of the recorded one. False where the request names none."""
        recorded = [found[1] for found in REVISION.findall(json.dumps(record.body))]
        path = self._path(record.path).split("?")[0]
        now = revision_of(self.api.request("GET", path, {"Accept": "application/json"}, None).body)
        if now is not None:
            self.revisions.update(dict.fromkeys(recorded, now))
        return bool(recorded) and now is not None

    def _differences(self, record, answer):
        found = []
        if answer.status != record.status:
            if (record.status, answer.status) == (304, 200):
                return found  # Dates are not replayed, so nothing can be "not modified".
            found.append(Difference(record, "status", record.status, f"{answer.status} {answer.body}"[:300]))
            return found
        found += self._header_differences(record, answer.headers)
        expected, actual = record.answer, answer.body
        if isinstance(expected, dict) and "$truncated" in expected:
            return found
        expected, actual = self._of_served_kinds(record, expected), self._of_served_kinds(record, actual)
        self._compare(record, "body", self._reduced(expected), self._reduced(actual), found)
        return found

    @staticmethod
    def _header_differences(record, headers):
        return [Difference(record, f"header.{name}", record.answer_headers.get(name), headers.get(name))
                for name in HEADERS if record.answer_headers.get(name) != headers.get(name)]

    def _of_served_kinds(self, record, document):
        """Discovery and the index of OpenAPI without what is not served; OpenAPI itself by its status."""
        path = record.path.split("?")[0]
        if not isinstance(document, dict):
            return document
        if path.startswith("/openapi/v3/"):
            return {}
        if path == "/openapi/v3":
            groups = {("apis/" if "/" in full else "api/") + full for full, _ in self.served}
            return {"paths": {name: value for name, value in document["paths"].items() if name in groups}}
        if document.get("kind") == "APIResourceList":
            known = {resource for full, resource in self.served if full == document["groupVersion"]}
            resources = {each["name"]: each for each in document["resources"]
                         if each["name"].split("/")[0] in known}
            return dict(document, resources=resources)
        if document.get("kind") == "APIGroupDiscoveryList":
            return dict(document, items=self._groups(document["items"]))
        return document

    def _groups(self, items):
        groups = {}
        for group in items:
            name = group["metadata"].get("name", "")
            versions = {}
            for version in group["versions"]:
                full = f"{name}/{version['version']}" if name else version["version"]
                resources = {each["resource"]: dict(each, subresources={
                    sub["subresource"]: sub for sub in each.get("subresources", ())})
                             for each in version["resources"] if (full, each["resource"]) in self.served}
                if resources:
                    versions[version["version"]] = dict(version, resources=resources)
            if versions:
                groups[name or "core"] = dict(group, versions=versions)
        return groups

    def settle(self, record):
        """Waits at the recorded end of a stream for its last event, but for what a later request causes."""
        wanted = record.answer or []

        def has_come(lines):
            found = self._events(record, wanted[-1:], self._decoded(lines))
            return all(self.explains(each) for each in found)
        self.streams[record.number].wait(has_come, self.patience)

    def finish(self, record):
        """Compares a stream once everything has been sent: no event is missed because it came late."""
        stream = self.streams.pop(record.number)
        wanted = record.answer or []

        lines = stream.wait(lambda _: True, 0)
        found = self._header_differences(record, stream.headers)
        if stream.status != record.status:
            found.append(Difference(record, "status", record.status, stream.status))
        found += self._events(record, wanted, self._decoded(lines))
        stream.close()
        return found

    @staticmethod
    def _decoded(lines):
        decoded = []
        for line in lines:
            try:
                decoded.append(json.loads(line))
            except ValueError:
                decoded.append(line)
        return decoded

    def _events(self, record, wanted, actual):
        """Every recorded event has its like in ours, in the same order; ours may hold more between."""
        found, position = [], 0

        def weight(differences):
            return sum(not self.explains(each) for each in differences), len(differences)
        for number, expected in enumerate(wanted):
            best, best_at = None, position
            for at in range(position, len(actual)):
                differences = []
                self._compare(record, f"event[{number}]", self._reduced(expected), self._reduced(actual[at]),
                              differences)
                if best is None or weight(differences) < weight(best):
                    best, best_at = differences, at
                if not differences:
                    break
            if best is None:
                kind = expected.get("type") if isinstance(expected, dict) else expected
                found.append(Difference(record, f"event[{number}]", kind, None))
            else:
                found += best
                # One of ours may stand for two of theirs: controllers write at their own pace.
                position = best_at
        return found

    def _upgrade(self, record):
        sent, seen = [], []
        for side, frame in record.frames:
            opcode, payload = unframed(bytes.fromhex(frame))
            (sent if side == "c" else seen).append((opcode, payload))
        spdy = record.headers["Sec-WebSocket-Protocol"].startswith("SPDY")
        # What is attached to ends only with the container, or, in the recording, with the client.
        attached = record.path.split("?")[0].endswith("/attach")
        status, headers, frames = self.api.websocket(
            self._path(record.path), record.headers["Sec-WebSocket-Protocol"],
            self._payloads(record, sent, spdy), timeout=self.patience if attached else 10.0)
        if status != record.status:
            return [Difference(record, "status", record.status, status)]
        found = self._header_differences(record, headers)
        if spdy:
            return found
        self._compare(record, "channels", channels(seen), channels(frames), found)
        return found

    @staticmethod
    def _payloads(record, sent, spdy):
        if spdy:
            return [payload for opcode, payload in sent if opcode == 2]
        # kubectl's own close is not among the recorded first bytes where the server closed before.
        payloads = [payload for opcode, payload in sent if opcode == 2]
        if "stdin=true" in record.path and b"\xff\x00" not in payloads:
            payloads.append(b"\xff\x00")
        return payloads

    # Learning and comparing.

    def _learn(self, expected, actual):
        if isinstance(expected, dict) and isinstance(actual, dict):
            for key, value in expected.items():
                other = actual.get(key)
                if isinstance(value, str) and isinstance(other, str):
                    self._learn_word(key, value, other)
                elif key in ("items", "rows") and isinstance(value, list) and isinstance(other, list):
                    for one, two in zip(*self._paired(value, other)):
                        self._learn(one, two)
                elif value is not None and other is not None:
                    self._learn(value, other)
        elif isinstance(expected, list) and isinstance(actual, list):
            for one, two in zip(expected, actual):
                self._learn(one, two)

    def _learn_word(self, key, value, other):
        if key == "resourceVersion":
            self.revisions[value] = other
        elif key == "serverRelativeURL":
            self.names[value.split("hash=")[-1]] = other.split("hash=")[-1]
        elif key == "continue" and value and other:
            self.names[value] = other
        elif key in ("uid", "name", "pod-template-hash") and value != other and (
                UID.fullmatch(value) or self._plain(value) == self._plain(other)):
            self.names[value] = other

    def _paired(self, expected, actual):
        """Those items of both lists that have the same name in plain words, in the order of the first."""
        rest = collections.defaultdict(list)
        for item in self._kept(actual):
            rest[self._plain(json.dumps(identity(item)))].append(item)
        pairs = []
        for item in self._kept(expected):
            same = rest[self._plain(json.dumps(identity(item)))]
            if same:
                pairs.append((item, same.pop(0)))
        return ([one for one, _ in pairs], [two for _, two in pairs])

    def _kept(self, items):
        return [item for item in items if self._ours(item)]

    def _ours(self, item):
        """Whether an element of a list is one that both servers can have."""
        if not isinstance(item, dict):
            return True
        inner = item.get("object", item)
        metadata = inner.get("metadata", {})
        if metadata.get("namespace", "gold") not in self.namespaces or self._is_foreign(metadata):
            return False
        kinds = [owner["kind"] for owner in metadata.get("ownerReferences", ())]
        kinds += [inner["involvedObject"]["kind"]] if "involvedObject" in inner else []
        # Events in a table have their object in one cell: "pod/p1".
        kinds += [cell.split("/")[0] for cell in item.get("cells", ())[3:4]
                  if isinstance(cell, str) and FOREIGN_OBJECT.match(cell)]
        return all(kind in self.kinds for kind in kinds)

    @staticmethod
    def _is_foreign(metadata):
        """Left on the recorded server by earlier experiments."""
        return metadata.get("name", "").startswith("vec")

    def _plain(self, text):
        """Uids, times, addresses and generated endings replaced by words that say what they are."""
        text = UID.sub("<uid>", text)
        text = TIME.sub("<time>", text)
        text = ADDRESS.sub("<ip>", text)
        text = IDENTITY.sub(r"\1<id>", text)
        text = EVENT_SUFFIX.sub(".<event>", text)
        text = OPENAPI_HASH.sub("hash=<hash>", text)
        text = GENERATED.sub("-<generated>", text)
        return text

    def _reduced(self, document, key=""):
        if isinstance(document, dict):
            reduced = {}
            for name, value in document.items():
                plain = self._plain(name)
                if name in ("continue", "token") and isinstance(value, str):
                    reduced[name] = f"<{name}>"
                elif key == "columnDefinitions" and name == "description":
                    continue
                elif name in ("resourceVersion", "uid") and isinstance(value, str):
                    reduced[name] = f"<{name}>"
                elif name == "pod-template-hash" and isinstance(value, str):
                    reduced[name] = "<hash>"
                else:
                    reduced[plain] = self._reduced(value, name)
            return reduced
        if isinstance(document, list):
            if key in ("items", "rows"):
                named, seen = {}, collections.Counter()
                for item in self._kept(document):
                    name = self._plain(json.dumps(identity(item)))
                    seen[name] += 1
                    named[name if seen[name] == 1 else f"{name} {seen[name]}"] = self._reduced(item)
                return named
            if key == "managedFields":
                return {name_of_entry(entry): self._reduced(dict(entry, manager=manager_of(entry)))
                        for entry in document}
            if key == "conditions":
                return {item.get("type", str(at)): self._reduced(item) for at, item in enumerate(document)}
            if key == "cells":
                return [("<age>" if isinstance(cell, str) and AGE.match(cell) else self._reduced(cell))
                        for cell in document]
            # What columns mean is said in each server's own words.
            return [self._reduced(item, key if key == "columnDefinitions" else "") for item in document]
        if isinstance(document, str):
            return self._plain(document)
        return document

    def _compare(self, record, place, expected, actual, found):
        if isinstance(expected, dict) and isinstance(actual, dict):
            for key in list(expected) + [key for key in actual if key not in expected]:
                if key not in actual:
                    found.append(Difference(record, f"{place}.{key}", expected[key], "<absent>"))
                elif key not in expected:
                    found.append(Difference(record, f"{place}.{key}", "<absent>", actual[key]))
                else:
                    self._compare(record, f"{place}.{key}", expected[key], actual[key], found)
        elif isinstance(expected, list) and isinstance(actual, list):
            for at, (one, two) in enumerate(zip(expected, actual)):
                self._compare(record, f"{place}[{at}]", one, two, found)
            if len(expected) != len(actual):
                found.append(Difference(record, f"{place}.length", len(expected), len(actual)))
        elif place == "body" and isinstance(expected, str) and isinstance(actual, str) \
                and sorted(expected.splitlines()) == sorted(actual.splitlines()):
            pass  # Lines of a container's two streams; which comes first is chance, there as here.
        elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
            found.append(Difference(record, place, expected, actual))


def identity(item):
    """What makes an element of a list the same one on both servers."""
    if not isinstance(item, dict):
        return item
    metadata = item.get("metadata") or item.get("object", {}).get("metadata", {})
    if "name" in metadata:
        revision = metadata.get("annotations", {}).get("deployment.kubernetes.io/revision")
        return [metadata.get("namespace"), metadata["name"], item.get("reason") or revision]
    return item.get("cells", item)


def size(difference):
    """A whole object that is missing weighs more than one whose fields differ."""
    whole = max((difference.expected, difference.actual), key=lambda value: isinstance(value, dict))
    return len(json.dumps(whole)) if isinstance(whole, dict) else 1


def manager_of(entry):
    return MANAGERS.get(entry.get("manager"), entry.get("manager"))


def name_of_entry(entry):
    """What makes an entry of managed fields the same one on both servers."""
    return f"{manager_of(entry)} {entry.get('operation')} {entry.get('subresource', '')}".strip()


def channels(frames):
    """What came on each channel, whole: the pieces in which it came are the kernel's affair."""
    seen = collections.defaultdict(bytes)
    for opcode, payload in frames:
        if opcode == 8:
            seen["close"] += payload[:2]
        elif payload:
            seen[str(payload[0])] += payload[1:]
    return {name: (json.loads(content) if name == "3" else content.decode(errors="replace"))
            for name, content in seen.items() if content}


class Explanations:
    """The list of known differences: lines "- `case` `place`: why" of a document, with * in both patterns."""

    LINE = re.compile(r"^- `([^`]+)` `([^`]+)`: (.+)$")

    def __init__(self, text):
        self.lines = [found.groups() for line in text.splitlines() if (found := self.LINE.match(line))]
        self.used = collections.Counter()

    def explains(self, difference):
        for case, place, _ in self.lines:
            if wildcard(difference.record.case, case) and wildcard(difference.place, place):
                self.used[(case, place)] += 1
                return True
        return False


def wildcard(text, pattern):
    """Matches with * alone as a sign; brackets and question marks are themselves."""
    return fnmatch.fnmatchcase(text, re.sub(r"[\[?]", lambda found: f"[{found[0]}]", pattern))


def quoted(value):
    text = json.dumps(value) if not isinstance(value, str) else value
    return text if len(text) <= 400 else text[:400] + "..."
