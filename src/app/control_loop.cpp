// Controllers and scheduler on their own thread.
#include "app/control_loop.h"

#include "client/reconcile.h"
#include "io/cross.h"
#include "scheduler/scheduler.h"

namespace aloft::app {

// In order of need: what stands later uses what stands before.
struct ControlLoop::Parts {
  SystemRandom random;
  std::unique_ptr<client::Client> client;
  std::unique_ptr<client::InformerSet> informers;
  std::vector<std::unique_ptr<client::Controller>> controllers;
  std::vector<std::unique_ptr<client::Runner>> runners;
  std::unique_ptr<client::Client> scheduler_client;
  std::unique_ptr<scheduler::Scheduler> scheduler;
  std::unique_ptr<ControlGuest> guest;
};

ControlLoop::ControlLoop(io::EpollLoop& main) : main_(main), thread_("aloft-control") {}

ControlLoop::~ControlLoop() = default;

io::Task<Result<>> ControlLoop::build(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                                      controllers::ControllersConfig config, MakeControlGuest make_guest) {
  io::Loop& loop = thread_.loop();
  parts_ = std::make_unique<Parts>();
  parts_->client = plane.client_for(loop, "controllers");
  auto made = co_await controllers::create_default_objects(*parts_->client, config.default_objects);
  if (!made) co_return std::unexpected<Error>(made.error().at("default objects"));
  parts_->informers = std::make_unique<client::InformerSet>(loop, *parts_->client, parts_->random);
  parts_->controllers = controllers::make_controllers(std::move(config));
  for (const auto& controller : parts_->controllers) {
    parts_->runners.push_back(std::make_unique<client::Runner>(
        loop, clock, *parts_->client, *parts_->informers, *controller, parts_->random, metrics));
  }
  parts_->scheduler_client = plane.client_for(loop, "scheduler");
  parts_->scheduler = std::make_unique<scheduler::Scheduler>(loop, clock, *parts_->scheduler_client,
                                                             *parts_->informers, parts_->random, metrics);
  if (make_guest) parts_->guest = make_guest(loop, *parts_->informers);
  for (const auto& runner : parts_->runners) runner->start();
  parts_->scheduler->start();
  parts_->informers->start();
  if (parts_->guest) parts_->guest->start();
  co_await parts_->informers->synced();
  co_return Result<>();
}

io::Task<Result<std::unique_ptr<ControlLoop>>> ControlLoop::start(io::EpollLoop& main, const Clock& clock,
                                                                  Metrics& metrics, ControlPlane& plane,
                                                                  controllers::ControllersConfig config,
                                                                  MakeControlGuest make_guest) {
  auto control = std::make_unique<ControlLoop>(main);
  ControlLoop* self = control.get();
  std::move_only_function<io::Task<Result<>>()> build =
      [self, &clock, &metrics, &plane, config = std::move(config), make = std::move(make_guest)]() mutable {
        return self->build(clock, metrics, plane, std::move(config), std::move(make));
      };
  auto built = co_await io::run_on<Result<>>(main, self->thread_.loop(), std::move(build));
  if (!built) {
    co_await control->stop();
    co_return std::unexpected<Error>(built.error());
  }
  co_return control;
}

io::Task<> ControlLoop::clear() {
  if (parts_->guest) co_await parts_->guest->stop();
  parts_->guest.reset();
  parts_->scheduler.reset();
  parts_->scheduler_client.reset();
  parts_->runners.clear();
  parts_->controllers.clear();
  parts_->informers.reset();
  parts_->client.reset();
  co_return;
}

io::Task<> ControlLoop::stop() {
  std::move_only_function<io::Task<>()> clear_there = [this] { return clear(); };
  co_await io::run_on<void>(main_, thread_.loop(), std::move(clear_there));
  parts_.reset();
}

}  // namespace aloft::app
