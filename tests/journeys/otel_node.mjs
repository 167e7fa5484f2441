// Sends spans, metrics and logs with OpenTelemetry's own exporters, each signal over several of them, and
// prints what became of each as one line of JSON.
import { createRequire } from "node:module";

const load = createRequire(`${process.env.OTEL_NODE}/`);
const { resourceFromAttributes } = load("@opentelemetry/resources");
const { SpanKind, SpanStatusCode, context, trace } = load("@opentelemetry/api");
const { NodeTracerProvider, SimpleSpanProcessor } = load("@opentelemetry/sdk-trace-node");
const { MeterProvider, PeriodicExportingMetricReader, AggregationType } = load("@opentelemetry/sdk-metrics");
const { LoggerProvider, SimpleLogRecordProcessor } = load("@opentelemetry/sdk-logs");

const http = process.env.OTLP_HTTP;
const grpc = process.env.OTLP_GRPC;
const told = { failed: [] };

const exporters = (kind, name) => ({
  json: () => new (load(`@opentelemetry/exporter-${kind}-otlp-http`)[name])({ url: `${http}/v1/${paths[kind]}` }),
  proto: () => new (load(`@opentelemetry/exporter-${kind}-otlp-proto`)[name])(
    { url: `${http}/v1/${paths[kind]}`, compression: "gzip" }),
  grpc: () => new (load(`@opentelemetry/exporter-${kind}-otlp-grpc`)[name])({ url: grpc }),
});
const paths = { trace: "traces", metrics: "metrics", logs: "logs" };

// An exporter that also notes failures, which the SDK only logs.
function watched(exporter, label) {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) => send(items, (result) => {
    if (result.code !== 0) told.failed.push(`${label}: ${result.error}`);
    done(result);
  });
  return exporter;
}

async function spans(form) {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": `node-${form}` }),
    spanProcessors: [new SimpleSpanProcessor(watched(exporters("trace", "OTLPTraceExporter")[form](), form))],
  });
  const tracer = provider.getTracer("journey", "1.0");
  const parent = tracer.startSpan("parent", { kind: SpanKind.SERVER, attributes: { "http.route": "/a" } });
  const child = tracer.startSpan("child", {}, trace.setSpan(context.active(), parent));
  child.addEvent("halfway", { n: 1 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: "no" });
  child.end();
  parent.end();
  await provider.forceFlush();
  await provider.shutdown();
  return parent.spanContext().traceId;
}

async function metrics(form) {
  const reader = new PeriodicExportingMetricReader({
    exporter: watched(exporters("metrics", "OTLPMetricExporter")[form](), form), exportIntervalMillis: 60000,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": `node-${form}`, "service.instance.id": "1" }),
    readers: [reader],
    views: [{ instrumentName: "exp", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter("journey");
  meter.createCounter("jobs").add(3, { queue: "a" });
  const histogram = meter.createHistogram("latency", { unit: "ms" });
  for (const value of [1, 20, 300]) histogram.record(value);
  const exponential = meter.createHistogram("exp");
  for (const value of [1, 2, 3, 4]) exponential.record(value);
  await provider.forceFlush();
  await provider.shutdown();
}

async function logs(form) {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ "service.name": `node-${form}` }),
    processors: [new SimpleLogRecordProcessor(logProcessorArgument(form))],
  });
  provider.getLogger("journey").emit(
    { severityNumber: 9, severityText: "INFO", body: `hello by ${form}`, attributes: { user: "7" } });
  await provider.forceFlush();
  await provider.shutdown();
}
// The argument was an exporter before it was an object that holds one.
function logProcessorArgument(form) {
  const exporter = watched(exporters("logs", "OTLPLogExporter")[form](), form);
  return Object.assign(exporter, { exporter });
}

// Jaeger's messages, field by field.
const varint = (value) => value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))];
const field = (number, content) => {
  const bytes = Buffer.from(content);
  return Buffer.from([...varint(number << 3 | 2), ...varint(bytes.length), ...bytes]);
};
const message = (...fields) => Buffer.concat(fields);

// Sends a span to Jaeger's collector, compressed, and asks Jaeger's query service for it.
async function jaeger() {
  const { Client, credentials } = load("@grpc/grpc-js");
  const client = new Client(new URL(grpc).host, credentials.createInsecure(),
                            { "grpc.default_compression_algorithm": 2 });
  const same = (bytes) => bytes;
  const call = (method, request) => new Promise((done, failed) => client.makeUnaryRequest(
    `/jaeger.api_v2.${method}`, same, same, request, (error, answer) => error ? failed(error) : done(answer)));
  const stream = (method, request) => new Promise((done, failed) => {
    const chunks = [];
    const answer = client.makeServerStreamRequest(`/jaeger.api_v2.${method}`, same, same, request);
    answer.on("data", (chunk) => chunks.push(chunk)).on("error", failed).on("end", () => done(chunks));
  });
  const id = Buffer.from("0000000000000000000000000000abcd", "hex");
  const seconds = message(Buffer.from([8]), Buffer.from(varint(Math.floor(Date.now() / 1000))));
  const span = message(field(1, id), field(2, Buffer.from("00000000000000ef", "hex")), field(3, "by jaeger"),
                       field(6, seconds), field(10, field(1, "node-jaeger")));
  await call("CollectorService/PostSpans", field(1, field(1, span)));
  const services = await call("QueryService/GetServices", Buffer.alloc(0));
  const trace = await stream("QueryService/GetTrace", field(1, id));
  const found = await stream("QueryService/FindTraces", field(1, field(1, "node-jaeger")));
  client.close();
  return { services: services.includes("node-jaeger"), trace: Buffer.concat(trace).includes("by jaeger"),
           found: Buffer.concat(found).includes("by jaeger") };
}
told.traces = { json: await spans("json"), proto: await spans("proto"), grpc: await spans("grpc") };
await metrics("proto");
await metrics("grpc");
await logs("json");
await logs("grpc");
told.jaeger = await jaeger();
console.log(JSON.stringify(told));
