// How many pods a second are decided, with the reservation of their room: plain pods on clusters of 100 to
// 5,000 nodes that are a third full, and pods that fit nowhere.
#include <benchmark/benchmark.h>

#include "scheduler/cache.h"
#include "scheduler/framework/cycle.h"
#include "scheduler/plugins/all.h"
#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

constexpr int pods_before = 10;  // on each node
constexpr int workloads = 500;   // that they belong to
constexpr int turn = 1000;       // pods that are decided before they are removed again

void fill(Cache& cache, std::int64_t nodes) {
  for (std::int64_t i = 0; i < nodes; ++i) {
    const std::string node = fmt::format("node-{}", i);
    cache.set_node(share(make_node(node, "32", "128Gi")));
    for (int j = 0; j < pods_before; ++j) {
      core::v1::Pod pod =
          make_pod(fmt::format("there-{}-{}", i, j), fmt::format("{}m", 500 + i % 500), "4Gi");
      pod.metadata.labels["app"] = fmt::format("app-{}", (i * pods_before + j) % workloads);
      cache.assume(info_of(std::move(pod)), node);
    }
  }
}

std::vector<SharedPod> make_pods() {
  std::vector<SharedPod> pods;
  for (int i = 0; i < turn; ++i) {
    pods.push_back(info_of(make_pod(fmt::format("new-{}", i), fmt::format("{}m", 100 + i % 400), "256Mi")));
  }
  return pods;
}

void decide(benchmark::State& state, FitStrategy strategy) {
  Cache cache;
  fill(cache, state.range(0));
  const std::vector<SharedPod> pods = make_pods();
  Cycle cycle(default_profile(strategy));
  SeededRandom random(1);
  for (auto unused : state) {
    for (const SharedPod& pod : pods) {
      const Decision decision = cycle.decide(*pod, cache.snapshot(), random);
      if (decision.node == nullptr) {
        state.SkipWithError("there is room");
        return;
      }
      cache.assume(pod, decision.node->name());
    }
    state.PauseTiming();
    for (const SharedPod& pod : pods) cache.remove_pod(pod->key);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * turn);
}
BENCHMARK_CAPTURE(decide, best_fit, FitStrategy::best_fit)->Arg(100)->Arg(1000)->Arg(5000);
BENCHMARK_CAPTURE(decide, least_allocated, FitStrategy::least_allocated)->Arg(100)->Arg(1000)->Arg(5000);

void refuse(benchmark::State& state) {
  Cache cache;
  fill(cache, state.range(0));
  const SharedPod pod = info_of(make_pod("large", "64", "1Gi"));
  Cycle cycle(default_profile(FitStrategy::best_fit));
  SeededRandom random(1);
  for (auto unused : state) {
    const Decision decision = cycle.decide(*pod, cache.snapshot(), random);
    benchmark::DoNotOptimize(decision.refusal.message(*pod));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(refuse)->Arg(5000);

// Pods that keep apart from each other: all workloads are looked at for each.
void decide_with_anti_affinity(benchmark::State& state) {
  Cache cache;
  fill(cache, state.range(0));
  core::v1::Pod pod = make_pod("apart", "100m", "256Mi");
  pod.metadata.labels["app"] = "app-7";
  pod.spec.affinity.emplace()
      .podAntiAffinity.emplace()
      .requiredDuringSchedulingIgnoredDuringExecution.push_back(
          make_term("app", "app-7", "kubernetes.io/hostname"));
  const SharedPod info = info_of(std::move(pod));
  Cycle cycle(default_profile(FitStrategy::best_fit));
  SeededRandom random(1);
  for (auto unused : state) benchmark::DoNotOptimize(cycle.decide(*info, cache.snapshot(), random).node);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decide_with_anti_affinity)->Arg(5000);

}  // namespace
}  // namespace aloft::scheduler
