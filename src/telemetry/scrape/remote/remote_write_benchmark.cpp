// What decoding costs a sample, with label sets and values like those of a real fleet (177 bytes a sample).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "telemetry/core/compression.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr int samples = 2000;

MetricBatch fleet() {
  MetricBatch batch;
  for (int i = 0; i < samples; ++i) {
    const Labels labels({{"__name__", "http_requests_total"},
                         {"cluster", "prod-eu-1"},
                         {"code", i % 3 == 0 ? "200" : "500"},
                         {"instance", fmt::format("10.0.{}.{}:9100", i / 250, i % 250)},
                         {"job", "api"},
                         {"method", "GET"},
                         {"namespace", fmt::format("team-{}", static_cast<char>('a' + i % 13))},
                         {"path", "/api/v1/orders"}});
    batch.samples.push_back({batch.own(std::string(labels.encoded())), 1'700'000'000'000 + i, i * 1.5});
  }
  return batch;
}

void decode_version_1(benchmark::State& state) {
  const std::string request = encode_write_request(fleet());
  for (auto _ : state) {
    Rejections rejections;
    auto batch = decode_write_request(request, rejections);
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(decode_version_1);

void decompress_and_decode_version_1(benchmark::State& state) {
  const std::string body = snappy_compress(encode_write_request(fleet()));
  for (auto _ : state) {
    Rejections rejections;
    auto batch = decode_write_request(*snappy_decompress(body, 64 << 20), rejections);
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(decompress_and_decode_version_1);

void decode_version_2(benchmark::State& state) {
  const std::string request = encode_write_request_v2(fleet());
  for (auto _ : state) {
    Rejections rejections;
    auto batch = decode_write_request_v2(request, rejections);
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(decode_version_2);

void read_text(benchmark::State& state) {
  const MetricBatch batch = fleet();
  std::string page;
  for (const SampleRef& s : batch.samples)
    page += fmt::format("{} {} {}\n", LabelsView(s.labels).to_string(), s.value, s.time);
  for (auto _ : state) {
    Rejections rejections;
    auto read = read_page(*make_text_reader(page), {}, rejections);
    benchmark::DoNotOptimize(read);
  }
  state.SetItemsProcessed(state.iterations() * samples);
}
BENCHMARK(read_text);

}  // namespace
}  // namespace aloft::telemetry::scrape
