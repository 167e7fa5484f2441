// What it costs to read and write one small Pod (about 600 bytes of JSON) in each form.
#include <benchmark/benchmark.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/core/v1/pod.h"
#include "model/yaml.h"

namespace aloft::model {
namespace {

using core::v1::Pod;

constexpr std::string_view small_pod_text =
    R"({"metadata":{"name":"hello-5d9c7b6f4-x2x8k","generateName":"hello-5d9c7b6f4-","namespace":"default",)"
    R"("uid":"d13106b0-903e-4e26-8d3f-ff50ce9d97dc","resourceVersion":"1630",)"
    R"("creationTimestamp":"2026-11-22T05:19:18Z",)"
    R"("labels":{"app":"hello","pod-template-hash":"5d9c7b6f4"}},"spec":{"containers":[{"name":"hello",)"
    R"("image":"localhost/hello:1","ports":[{"containerPort":8080,"protocol":"TCP"}],)"
    R"("resources":{"limits":{"cpu":"500m","memory":"64Mi"}},"imagePullPolicy":"IfNotPresent"}],)"
    R"("restartPolicy":"Always","nodeName":"node-1","terminationGracePeriodSeconds":30},)"
    R"("status":{"phase":"Running"}})";

Pod small_pod() {
  auto decoded = from_json<Pod>(small_pod_text);
  return std::move(*decoded);
}

void count_bytes(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}

void parse_document(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_json(small_pod_text));
  count_bytes(state, small_pod_text.size());
}
BENCHMARK(parse_document);

void write_document(benchmark::State& state) {
  const Value document = *parse_json(small_pod_text);
  for (auto _ : state) benchmark::DoNotOptimize(to_json(document));
  count_bytes(state, small_pod_text.size());
}
BENCHMARK(write_document);

void text_to_struct(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(from_json<Pod>(small_pod_text));
  count_bytes(state, small_pod_text.size());
}
BENCHMARK(text_to_struct);

void text_to_struct_with_report(benchmark::State& state) {
  for (auto _ : state) {
    Pod out;
    DecodeReport report;
    benchmark::DoNotOptimize(decode_json(type_info<Pod>(), small_pod_text, &out, &report));
  }
  count_bytes(state, small_pod_text.size());
}
BENCHMARK(text_to_struct_with_report);

void struct_to_text(benchmark::State& state) {
  const Pod object = small_pod();
  for (auto _ : state) benchmark::DoNotOptimize(to_json(object));
  count_bytes(state, small_pod_text.size());
}
BENCHMARK(struct_to_text);

void document_to_struct(benchmark::State& state) {
  const Value document = *parse_json(small_pod_text);
  for (auto _ : state) benchmark::DoNotOptimize(from_value<Pod>(document));
}
BENCHMARK(document_to_struct);

void struct_to_document(benchmark::State& state) {
  const Pod object = small_pod();
  for (auto _ : state) benchmark::DoNotOptimize(to_value(object));
}
BENCHMARK(struct_to_document);

void struct_to_protobuf(benchmark::State& state) {
  const Pod object = small_pod();
  for (auto _ : state) benchmark::DoNotOptimize(to_protobuf(object, Presence::proto2_kubernetes));
}
BENCHMARK(struct_to_protobuf);

void protobuf_to_struct(benchmark::State& state) {
  const std::string bytes = to_protobuf(small_pod(), Presence::proto2_kubernetes);
  for (auto _ : state) benchmark::DoNotOptimize(from_protobuf<Pod>(bytes));
}
BENCHMARK(protobuf_to_struct);

void fallbacks(benchmark::State& state) {
  const Pod object = small_pod();
  for (auto _ : state) {
    Pod copy = object;
    apply_fallbacks(type_info<Pod>(), &copy);
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(fallbacks);

void copy_struct(benchmark::State& state) {
  const Pod object = small_pod();
  for (auto _ : state) {
    Pod copy = object;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(copy_struct);

void parse_yaml_document(benchmark::State& state) {
  const std::string text = to_yaml(*parse_json(small_pod_text));
  for (auto _ : state) benchmark::DoNotOptimize(parse_yaml(text));
}
BENCHMARK(parse_yaml_document);

void write_yaml_document(benchmark::State& state) {
  const Value document = *parse_json(small_pod_text);
  for (auto _ : state) benchmark::DoNotOptimize(to_yaml(document));
}
BENCHMARK(write_yaml_document);

}  // namespace
}  // namespace aloft::model
