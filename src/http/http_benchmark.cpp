// What a request costs: a server on a loop of its own, closed-loop clients on another, over loopback.
// Counters give the CPU time of the server's thread for each request, and that of the client's, in
// microseconds.
#include <ctime>
#include <future>
#include <thread>

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <pthread.h>

#include "http/server.h"
#include "http/testing/exchange.h"
#include "io/epoll_loop.h"

namespace aloft::http {
namespace {

double cpu_microseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// A JSON answer of the size of a small object.
class SmallAnswer final : public Handler {
 public:
  io::Task<> handle(Request& request, Responder& responder) override {
    if (request.head().method == "POST") {
      const auto body = co_await request.read_whole_body(1 << 20);
      if (!body) co_return;
    }
    ResponseHead head;
    head.headers.add("Content-Type", "application/json");
    [[maybe_unused]] const auto sent = co_await responder.send(std::move(head), answer_);
  }

 private:
  SharedBytes answer_{std::string(600, 'x')};
};

class ServerThread {
 public:
  explicit ServerThread(ServerSettings settings) {
    std::promise<io::Address> address;
    std::promise<clockid_t> clock;
    thread_ = std::thread([&, settings] {
      clockid_t id{};
      pthread_getcpuclockid(pthread_self(), &id);
      auto server = Server::start(loop_, io::Address{"127.0.0.1", 0}, handler_, settings);
      address.set_value((*server)->address());
      clock.set_value(id);
      loop_.run();
    });
    address_ = address.get_future().get();
    clock_ = clock.get_future().get();
  }
  ~ServerThread() {
    loop_.stop();
    thread_.join();
  }
  const io::Address& address() const { return address_; }
  clockid_t clock() const { return clock_; }

 private:
  io::EpollLoop loop_;
  SmallAnswer handler_;
  io::Address address_;
  clockid_t clock_{};
  std::thread thread_;
};

enum class Kind { clear, tls, http2 };

io::Task<> ask(Client& client, const RequestHead& head, const std::string& body, int count) {
  for (int i = 0; i < count; ++i) {
    auto response = co_await client.send(head, body);
    ensure(response.has_value() && (*response)->head().status == 200, "the server answers");
    const auto whole = co_await (*response)->read_whole_body();
    ensure(whole && whole->size() == 600, "the answer is whole");
  }
}

void run(benchmark::State& state, Kind kind, const std::string& method) {
  const testing::TestCertificates certificates;
  ServerSettings server_settings;
  if (kind != Kind::clear) server_settings.tls = certificates.server_context();
  ServerThread server(server_settings);
  io::EpollLoop loop;
  const auto clients_wanted = static_cast<std::size_t>(state.range(0));
  const std::string body(method == "POST" ? 1000 : 0, 'y');
  RequestHead head =
      testing::request(method, "/api/v1/namespaces/default/pods/some-name?fieldManager=someone");
  head.headers.add("Accept", "application/json");
  head.headers.add("User-Agent", "benchmark/1.0 (linux/amd64)");
  head.headers.add("Authorization", "Bearer " + std::string(300, 't'));
  std::vector<std::unique_ptr<Client>> clients;
  const auto make = [&] {
    ClientSettings settings;
    settings.address = server.address();
    if (kind == Kind::tls) settings.tls = certificates.client_context({"http/1.1"});
    if (kind == Kind::http2) settings.tls = certificates.client_context({"h2"});
    return Client::make(loop, settings);
  };
  // Over HTTP/2 the tasks share one connection, as the goroutines of one client program do.
  for (std::size_t i = 0; i < (kind == Kind::http2 ? 1 : clients_wanted); ++i) clients.push_back(make());
  const auto round = [&](int each) -> io::Task<> {
    io::Scope scope(loop);
    for (std::size_t i = 0; i < clients_wanted; ++i)
      scope.spawn(ask(*clients[i % clients.size()], head, body, each));
    co_await scope.finish();
  };
  loop.run_until_done(round(2));
  constexpr int each = 200;
  const double server_before = cpu_microseconds(server.clock());
  const double client_before = cpu_microseconds(CLOCK_THREAD_CPUTIME_ID);
  double requests = 0;
  for (auto _ : state) {
    loop.run_until_done(round(each));
    requests += each * static_cast<double>(clients_wanted);
  }
  state.counters["server_us"] = (cpu_microseconds(server.clock()) - server_before) / requests;
  state.counters["client_us"] = (cpu_microseconds(CLOCK_THREAD_CPUTIME_ID) - client_before) / requests;
  state.counters["requests/s"] = benchmark::Counter(requests, benchmark::Counter::kIsRate);
}

// Streams that stay open, as those of watches, and get a small piece now and then.
class Watched final : public Handler {
 public:
  explicit Watched(io::Loop& loop) : changed_(loop) {}
  io::Task<> handle(Request&, Responder& responder) override {
    ResponseHead head;
    if (!co_await responder.begin(std::move(head))) co_return;
    for (;;) {
      co_await changed_.wait();
      const SharedBytes event = event_;
      if (!co_await responder.write(event)) co_return;
    }
  }
  void publish(std::string text) {
    event_ = SharedBytes(std::move(text));
    changed_.notify_all();
  }

 private:
  io::WaitList changed_;
  SharedBytes event_;
};

double heap_kib() {
  const auto info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1024;
}

// What an open watch weighs, both ends together, and what an event to all of them costs, both ends together.
void watchers(benchmark::State& state, Kind kind) {
  const testing::TestCertificates certificates;
  io::EpollLoop loop;
  Watched handler(loop);
  ServerSettings server_settings;
  if (kind != Kind::clear) server_settings.tls = certificates.server_context();
  const auto server = Server::start(loop, io::Address{"127.0.0.1", 0}, handler, server_settings);
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::string protocol = kind == Kind::http2 ? "h2" : "http/1.1";
  const auto context = kind == Kind::clear ? nullptr : certificates.client_context({protocol});
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<Response>> watches;
  const double before = heap_kib();
  for (std::size_t i = 0; i < count; ++i) {
    ClientSettings settings;
    settings.address = (*server)->address();
    settings.tls = context;
    clients.push_back(Client::make(loop, settings));
    watches.push_back(*loop.run_until_done(clients.back()->send(testing::get("/watch"), {})));
  }
  // Without a pending read a client may hold what it read last; a watch always reads.
  const auto read_one = [](Response& watch) -> io::Task<> {
    const auto piece = co_await watch.read_body();
    ensure(piece && !piece->empty(), "a watch gets its event");
  };
  const auto round = [&]() -> io::Task<> {
    io::Scope scope(loop);
    for (const auto& watch : watches) scope.spawn(read_one(*watch));
    handler.publish(std::string(1000, 'e'));
    co_await scope.finish();
  };
  const auto settle = [&]() -> io::Task<> {
    for (int i = 0; i < 100; ++i) co_await loop.yield();
  };
  loop.run_until_done(round());
  {
    io::Scope pending(loop);
    for (const auto& watch : watches) pending.spawn(read_one(*watch));
    loop.run_until_done(settle());
    state.counters["kib_each"] = (heap_kib() - before) / static_cast<double>(count);
  }
  double events = 0;
  const double cpu = cpu_microseconds(CLOCK_THREAD_CPUTIME_ID);
  for (auto _ : state) {
    loop.run_until_done(round());
    events += static_cast<double>(count);
  }
  state.counters["event_us"] = (cpu_microseconds(CLOCK_THREAD_CPUTIME_ID) - cpu) / events;
}

void watch_clear(benchmark::State& state) { watchers(state, Kind::clear); }
void watch_tls(benchmark::State& state) { watchers(state, Kind::tls); }
void watch_http2(benchmark::State& state) { watchers(state, Kind::http2); }

void http1_get(benchmark::State& state) { run(state, Kind::clear, "GET"); }
void http1_post(benchmark::State& state) { run(state, Kind::clear, "POST"); }
void https_get(benchmark::State& state) { run(state, Kind::tls, "GET"); }
void https_post(benchmark::State& state) { run(state, Kind::tls, "POST"); }
void http2_get(benchmark::State& state) { run(state, Kind::http2, "GET"); }
void http2_post(benchmark::State& state) { run(state, Kind::http2, "POST"); }

BENCHMARK(watch_clear)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(watch_tls)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(watch_http2)->Arg(1000)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(http1_get)->Arg(1)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(http1_post)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(https_get)->Arg(1)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(https_post)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(http2_get)->Arg(1)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(http2_post)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aloft::http
