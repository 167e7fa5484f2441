// What the store costs: durable commits with many committers at once, listing, watch fan-out. CPU is that of
// the whole process, since the writer has its own thread.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "io/epoll_loop.h"
#include "io/scope.h"
#include "store/store.h"
#include "store/testing/store_testing.h"

namespace aloft::store {
namespace {

double process_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mebibytes() {
  long pages = 0;
  long resident = 0;
  if (FILE* file = fopen("/proc/self/statm", "r")) {
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    fclose(file);
  }
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

std::unique_ptr<Store> open(const std::string& path) {
  if (path.empty()) return open_memory_store();
  SqliteOptions options;
  options.path = path;
  return std::move(*open_sqlite_store(options));
}

std::string key_of(int i) { return fmt::format("/registry/pods/default/web-{:06}-abcde", i); }

io::Task<> create_many(Store& store, io::Loop& loop, int& next, int end) {
  while (next < end) {
    std::vector<Write> writes;
    writes.push_back(put(key_of(next++), std::string(1500, 'x'), 0));
    writes.front().revision_at = 100;
    auto committing = store.commit(loop, std::move(writes));
    const auto done = co_await std::move(committing);
    ensure(done.has_value(), "a commit of the benchmark succeeds");
  }
}

void commits(benchmark::State& state, bool durable) {
  const auto committers = static_cast<int>(state.range(0));
  const TemporaryFolder folder;
  io::EpollLoop loop;
  const auto store = open(durable ? folder.file("state.db") : "");
  int next = 0;
  const double cpu_before = process_cpu_seconds();
  constexpr int per_iteration = 1000;
  for (auto _ : state) {
    io::Scope scope(loop);
    const int end = next + per_iteration;
    for (int i = 0; i < committers; ++i) scope.spawn(create_many(*store, loop, next, end));
    loop.run_until_done(scope.finish());
  }
  state.SetItemsProcessed(next);
  state.counters["cpu_us_per_commit"] = (process_cpu_seconds() - cpu_before) * 1e6 / next;
  store->close();
}

void fill(Store& store, io::EpollLoop& loop, int count) {
  for (int i = 0; i < count;) {
    std::vector<Write> writes;
    for (int n = 0; n < 1000 && i < count; ++n) writes.push_back(put(key_of(i++), std::string(1500, 'x')));
    ensure(loop.run_until_done(store.commit(loop, std::move(writes))).has_value(), "the store can be filled");
  }
}

void list_50000(benchmark::State& state) {
  io::EpollLoop loop;
  const auto store = open_memory_store();
  fill(*store, loop, 50'000);
  const double before = resident_mebibytes();
  double during = 0;
  for (auto _ : state) {
    const auto page = store->list({"/registry/pods/", ""}, {});
    benchmark::DoNotOptimize(page->entries.data());
    during = resident_mebibytes();
  }
  state.counters["resident_MiB"] = before;
  state.counters["extra_MiB"] = during - before;
}

// The part of a key between its last two slashes.
Pin in_folder(std::string folder) {
  auto facet = std::make_shared<Facet>();
  facet->name = "folder";
  facet->read = [](const Entry& entry) -> std::optional<std::string> {
    const std::size_t end = entry.key.rfind('/');
    const std::size_t begin = entry.key.rfind('/', end - 1) + 1;
    return entry.key.substr(begin, end - begin);
  };
  return Pin{std::move(facet), std::move(folder)};
}

enum class Concerned { all, one_by_prefix, one_by_pin };

// One commit that all of 1,000 watches, or one of 1,000, are told of.
void fan_out(benchmark::State& state, Concerned concerned) {
  const bool all = concerned == Concerned::all;
  constexpr int watches = 1000;
  io::EpollLoop loop;
  const auto store = open_memory_store();
  std::vector<std::unique_ptr<Watch>> watching;
  const double before = resident_mebibytes();
  for (int i = 0; i < watches; ++i) {
    const std::string folder = fmt::format("{:04}", i);
    Range range{concerned == Concerned::one_by_prefix ? "/registry/pods/" + folder + "/" : "/registry/pods/",
                ""};
    std::optional<Pin> pin;
    if (concerned == Concerned::one_by_pin) pin = in_folder(folder);
    watching.push_back(std::move(*store->watch(loop, std::move(range), 0, std::move(pin))));
  }
  io::Scope scope(loop);
  std::size_t received = 0;
  for (const auto& watch : watching) {
    scope.spawn([](Watch& one, std::size_t& count) -> io::Task<> {
      for (;;) {
        auto waiting = one.next();
        const auto changes = co_await std::move(waiting);
        if (!changes) co_return;
        count += changes->size();
      }
    }(*watch, received));
  }
  state.counters["KiB_per_watch"] = (resident_mebibytes() - before) * 1024 / watches;
  std::size_t expected = 0;
  int n = 0;
  for (auto _ : state) {
    std::vector<Write> writes;
    writes.push_back(put(fmt::format("/registry/pods/{:04}/web", n++ % watches), std::string(1500, 'x')));
    ensure(loop.run_until_done(store->commit(loop, std::move(writes))).has_value(), "a commit succeeds");
    expected += all ? watches : 1;
    while (received < expected) {
      loop.run_until_done([](io::Loop& turn) -> io::Task<> { co_await turn.yield(); }(loop));
    }
  }
}

void create_one(benchmark::State& state) {
  io::EpollLoop loop;
  const auto store = open_memory_store();
  fill(*store, loop, 50'000);
  int next = 1'000'000;
  for (auto _ : state) {
    std::vector<Write> writes;
    writes.push_back(put(key_of(next++), std::string(1500, 'x'), 0));
    ensure(loop.run_until_done(store->commit(loop, std::move(writes))).has_value(), "a commit succeeds");
  }
}

void get_one(benchmark::State& state) {
  io::EpollLoop loop;
  const auto store = open_memory_store();
  fill(*store, loop, 50'000);
  int next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(store->get(key_of((next += 7919) % 50'000)));
}

void open_50000(benchmark::State& state) {
  const TemporaryFolder folder;
  {
    io::EpollLoop loop;
    const auto store = open(folder.file("state.db"));
    fill(*store, loop, 50'000);
  }
  for (auto _ : state) benchmark::DoNotOptimize(open(folder.file("state.db")));
}

BENCHMARK_CAPTURE(commits, durable, true)
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->Arg(256)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(commits, memory, false)->Arg(32)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(list_50000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fan_out, to_all, Concerned::all)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(fan_out, to_one, Concerned::one_by_prefix)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(fan_out, to_one_pinned, Concerned::one_by_pin)->Unit(benchmark::kMicrosecond);
BENCHMARK(create_one)->Unit(benchmark::kMicrosecond);
BENCHMARK(get_one)->Unit(benchmark::kMicrosecond);
BENCHMARK(open_50000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::store
