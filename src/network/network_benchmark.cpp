// What a cluster of 5,000 services costs: computing its names and rules anew, saying what one change is, and
// answering a question.
#include <benchmark/benchmark.h>

#include "network/dns_zone.h"
#include "network/service_rules.h"
#include "network/testing/services.h"

namespace aloft::network {
namespace {

constexpr int services_count = 5000;
const RulesetSettings settings{"aloft-bench", "aloft0", "10.244.0.0/16", "10.96.0.0/16"};

struct Cluster {
  std::vector<core::v1::Service> services;
  std::vector<discovery::v1::EndpointSlice> slices;
};

Cluster make_cluster() {
  Cluster cluster;
  for (int i = 0; i < services_count; ++i) {
    auto service = service_at(fmt::format("10.96.{}.{}", i / 250, i % 250 + 1), 80);
    service.metadata.name = fmt::format("service-{}", i);
    service.spec.ports[0].name = "http";
    cluster.services.push_back(std::move(service));
    auto slice = slice_at({fmt::format("10.244.{}.2", i % 250), fmt::format("10.244.{}.3", i % 250)}, 8080);
    slice.ports[0].name = "http";
    cluster.slices.push_back(std::move(slice));
  }
  return cluster;
}

std::vector<ServiceEntry> entries(const Cluster& cluster) {
  std::vector<ServiceEntry> all;
  for (std::size_t i = 0; i < cluster.services.size(); ++i) {
    for (ServiceEntry& entry : entries_of(cluster.services[i], {&cluster.slices[i]}, "here")) {
      all.push_back(std::move(entry));
    }
  }
  return all;
}

DnsZone make_zone(const Cluster& cluster) {
  DnsZone zone("cluster.local");
  for (std::size_t i = 0; i < cluster.services.size(); ++i)
    zone.add(cluster.services[i], {&cluster.slices[i]});
  return zone;
}

void zone_of_all_services(benchmark::State& state) {
  const Cluster cluster = make_cluster();
  for (auto _ : state) benchmark::DoNotOptimize(make_zone(cluster));
}
BENCHMARK(zone_of_all_services)->Unit(benchmark::kMillisecond);

void one_answer(benchmark::State& state) {
  const DnsZone zone = make_zone(make_cluster());
  const std::string question = write_dns_question(1, "service-777.shop.svc.cluster.local", DnsType::a);
  for (auto _ : state) {
    const auto query = read_dns_query(question);
    const auto answer = zone.answer(query->name, query->type);
    benchmark::DoNotOptimize(write_dns_answer(*query, *answer, query->answer_limit));
  }
}
BENCHMARK(one_answer);

void rules_of_all_services(benchmark::State& state) {
  const Cluster cluster = make_cluster();
  for (auto _ : state) benchmark::DoNotOptimize(rules_of(settings, entries(cluster)));
}
BENCHMARK(rules_of_all_services)->Unit(benchmark::kMillisecond);

void script_of_one_change(benchmark::State& state) {
  Cluster cluster = make_cluster();
  const ServiceRules before = rules_of(settings, entries(cluster));
  cluster.slices[777].endpoints.pop_back();
  const ServiceRules after = rules_of(settings, entries(cluster));
  for (auto _ : state) benchmark::DoNotOptimize(change_script(settings, before, after));
}
BENCHMARK(script_of_one_change)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::network
