// Accepting connections and handing each to the loop that has the fewest.
#include "http/server.h"

#include <algorithm>
#include <ctime>

#include "base/ensure.h"
#include "base/log.h"
#include "http/lane.h"
#include "io/cross.h"

namespace aloft::http {
namespace detail {

const std::string& Service::date() {
  if (settings.clock == nullptr) return date_;
  const std::int64_t second =
      std::chrono::duration_cast<std::chrono::seconds>(settings.clock->wall().since_epoch).count();
  if (second == date_second_) return date_;
  date_second_ = second;
  std::tm parts{};
  const std::time_t time = second;
  ::gmtime_r(&time, &parts);
  char text[40];
  // The program never sets a locale, so the names are the English ones that RFC 9110 section 5.6.7 wants.
  date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  return date_;
}

}  // namespace detail

namespace {

using namespace detail;

const Log log("http");

constexpr Duration accept_pause = 100ms;

class RunningServer final : public Server {
 public:
  RunningServer(io::EpollLoop& loop, std::unique_ptr<io::Listener> listener, const std::vector<Seat>& seats,
                const ServerSettings& settings)
      : loop_(loop),
        limit_(settings.connection_limit),
        listener_(std::move(listener)),
        address_(listener_->address()),
        accepting_(loop) {
    for (const Seat& seat : seats)
      lanes_.push_back(std::make_shared<Lane>(seat.loop, seat.handler, settings));
    accepting_.spawn(accept());
  }
  ~RunningServer() override {
    accepting_.cancel();
    for (auto& lane : lanes_) {
      if (&lane->loop() != &loop_) lane->loop().post([ended = std::move(lane)] {});
    }
  }

  const io::Address& address() const override { return address_; }
  std::size_t connections() const override {
    std::size_t open = 0;
    for (const auto& lane : lanes_) open += lane->connections();
    return open;
  }
  io::Task<> shut_down(Duration grace) override;

 private:
  io::Task<> accept();
  void hand_over(io::Listener::Incoming incoming);
  io::Task<> shut_lane_down(std::shared_ptr<Lane> lane, Duration grace);

  io::EpollLoop& loop_;
  std::size_t limit_;
  std::unique_ptr<io::Listener> listener_;
  io::Address address_;
  // Shared with what is on its way to their loops.
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::size_t turn_ = 0;
  io::Scope accepting_;
};

io::Task<> RunningServer::accept() {
  for (;;) {
    auto incoming = co_await listener_->accept_socket();
    if (!incoming) {
      // Most likely no descriptors are left; connections that end give some back.
      log.warning("{}", incoming.error().message());
      co_await loop_.sleep(accept_pause);
      continue;
    }
    if (const std::size_t open = connections(); open >= limit_) {
      log.warning("{}: {} connections are open, a further one was closed", address_.to_string(), open);
      continue;
    }
    hand_over(std::move(*incoming));
  }
}

void RunningServer::hand_over(io::Listener::Incoming incoming) {
  // Among equals they take turns.
  std::size_t best = turn_++ % lanes_.size();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i]->connections() < lanes_[best]->connections()) best = i;
  }
  const std::shared_ptr<Lane>& lane = lanes_[best];
  lane->expect();
  if (&lane->loop() == &loop_) {
    lane->take(std::move(incoming));
    return;
  }
  lane->loop().post([lane, arrived = std::move(incoming)]() mutable { lane->take(std::move(arrived)); });
}

io::Task<> RunningServer::shut_lane_down(std::shared_ptr<Lane> lane, Duration grace) {
  io::Loop& there = lane->loop();
  std::move_only_function<io::Task<>()> work = [lane, grace] { return lane->shut_down(grace); };
  co_await io::run_on<void>(loop_, there, std::move(work));
}

io::Task<> RunningServer::shut_down(Duration grace) {
  accepting_.cancel();
  listener_.reset();
  io::Scope lanes(loop_);
  for (const auto& lane : lanes_) lanes.spawn(shut_lane_down(lane, grace));
  co_await lanes.finish();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(io::EpollLoop& loop, const io::Address& address,
                                              Handler& handler, const ServerSettings& settings) {
  const std::vector<Seat> seats(1, Seat{loop, handler});
  return start(loop, address, seats, settings);
}

Result<std::unique_ptr<Server>> Server::start(io::EpollLoop& loop, const io::Address& address,
                                              const std::vector<Seat>& seats,
                                              const ServerSettings& settings) {
  ensure(!seats.empty(), "a server has a loop to serve on");
  TRY(listener, io::Listener::listen(loop, address));
  return std::make_unique<RunningServer>(loop, std::move(listener), seats, settings);
}

io::Task<> serve_connection(io::Loop& loop, std::unique_ptr<io::Stream> stream, Handler& handler,
                            ServerSettings settings) {
  Service service(loop, handler, std::move(settings));
  io::Address nowhere;
  co_await serve_stream(service, std::move(stream), std::move(nowhere));
}

}  // namespace aloft::http
