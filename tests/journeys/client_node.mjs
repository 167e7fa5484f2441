// The program of client_node_journey.py: uses the cloud through @kubernetes/client-node, prints what it saw as
// one line of JSON.
import { createRequire } from "node:module";
import net from "node:net";
import { PassThrough, Readable } from "node:stream";

const load = createRequire(process.env.CLIENT_NODE + "/package.json");
const k8s = await import(load.resolve("@kubernetes/client-node"));

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const namespace = "default";
const told = {};

// What a stream says until it ends, or until it has said `words`.
function text(stream, words) {
  return new Promise((resolve) => {
    let seen = "";
    stream.on("data", (piece) => {
      seen += piece;
      if (words !== undefined && seen.includes(words)) resolve(seen);
    });
    stream.on("end", () => resolve(seen));
  });
}

async function codeOf(promise) {
  try {
    await promise;
    return 200;
  } catch (error) {
    return error.code;
  }
}

async function lists() {
  told.nodes = (await core.listNode()).items.length;
  const pods = (await core.listNamespacedPod({ namespace, labelSelector: "app=hello" })).items;
  told.pods = pods.length;
  told.replicas = (await apps.readNamespacedDeployment({ namespace, name: "hello" })).spec.replicas;
  return pods[0].metadata.name;
}

async function objects() {
  const events = [];
  let watching;
  const ended = new Promise((resolve) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const query = { fieldSelector: "metadata.name=mine" };
    watching = new k8s.Watch(config).watch(path, query, (phase) => {
      events.push(phase);
      if (phase === "DELETED") resolve();
    }, resolve);
  });
  const abort = await watching;

  const name = "mine";
  const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { a: "1" } } });
  told.created = made.data;
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name, body: { ...made, data: { a: "2" } } });
  told.replaced = replaced.data;
  told.conflict = await codeOf(core.replaceNamespacedConfigMap({ namespace, name, body: made }));
  told.missing = await codeOf(core.readNamespacedConfigMap({ namespace, name: "nobody" }));

  const patch = (kind, body) =>
    core.patchNamespacedConfigMap({ namespace, name, body }, k8s.setHeaderOptions("Content-Type", kind));
  await patch(k8s.PatchStrategy.JsonPatch, [{ op: "add", path: "/data/json", value: "3" }]);
  await patch(k8s.PatchStrategy.MergePatch, { data: { merge: "4" } });
  told.patched = (await patch(k8s.PatchStrategy.StrategicMergePatch, { data: { strategic: "5" } })).data;
  await core.deleteNamespacedConfigMap({ namespace, name });
  await ended;
  told.watched = events;
  abort.abort();
}

async function informer() {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const seen = new Promise((resolve) => {
    informer.on("add", (object) => {
      if (object.metadata.name === "watched") resolve(object.metadata.name);
    });
  });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "watched" } } });
  told.informed = await seen;
  await informer.stop();
}

async function streams(pod) {
  const log = new PassThrough();
  const said = text(log);
  await new k8s.Log(config).log(namespace, pod, "hello", log, { follow: false });
  told.log = await said;

  const following = new PassThrough();
  const more = text(following, "GET /healthz 200");
  const abort = await new k8s.Log(config).log(namespace, pod, "hello", following, { follow: true, tailLines: 1 });
  told.followed = (await more).includes("GET /healthz 200");
  abort.abort();

  const exec = (command, input) =>
    new Promise((resolve, reject) => {
      const out = new PassThrough();
      let words = "";
      out.on("data", (piece) => (words += piece));
      new k8s.Exec(config)
        .exec(namespace, pod, "hello", command, out, null, input === undefined ? null : Readable.from([input]), false,
              (status) => resolve({ words, status: status.status }))
        .catch(reject);
    });
  told.exec = (await exec(["sh", "-c", "read line; echo $line"], "milk\n")).words;
  told.failed = (await exec(["sh", "-c", "exit 3"])).status;
}

// A connection through the forwarded port: one request, and all that comes back.
async function portForward(pod) {
  const server = net.createServer((socket) => {
    new k8s.PortForward(config).portForward(namespace, pod, [8080], socket, null, socket);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  told.forwarded = await new Promise((resolve, reject) => {
    let answer = "";
    const client = net.connect(server.address().port, "127.0.0.1", () => {
      client.write("GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n");
    });
    client.on("data", (piece) => {
      answer += piece;
      if (answer.endsWith("ok\n")) resolve(answer);
    });
    client.on("close", () => resolve(answer));
    client.on("error", reject);
  });
  server.close();
}

process.on("unhandledRejection", (error) => {
  console.error(`${error.message ?? error}; until then ${JSON.stringify(told)}`);
  process.exit(1);
});
const pod = await lists();
await objects();
await informer();
await streams(pod);
await portForward(pod);
console.log(JSON.stringify(told));
process.exit(0);
