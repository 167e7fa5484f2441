// From objects to rule files.
#include "telemetry/discovery/rule_objects.h"

#include "model/codec.h"
#include "model/json.h"

namespace aloft::telemetry::discovery {

using monitoring::v1::PrometheusRule;

std::string rule_file_of(const PrometheusRule& object) {
  model::Value document = model::to_value(object.spec);
  if (model::Value* groups = document.at("groups"); groups != nullptr && groups->is_array()) {
    for (model::Value& group : groups->as_array()) {
      // Thanos' own, unknown to rule files.
      if (model::Object* members = group.if_object()) members->erase("partial_response_strategy");
    }
  }
  // JSON is YAML.
  return model::to_json(document);
}

RuleObjects::RuleObjects(io::Loop& loop, client::InformerSet& informers, io::Loop& home, Update update,
                         Duration settle)
    : loop_(loop),
      informers_(informers),
      home_(home),
      update_(std::make_shared<Update>(std::move(update))),
      settle_(settle),
      changed_(loop),
      scope_(loop) {
  informers_.of<PrometheusRule>().add_handler([this](const client::Notice&) { changed_.set(); });
}

RuleObjects::~RuleObjects() = default;

void RuleObjects::start() { scope_.spawn(run()); }

io::Task<> RuleObjects::run() {
  co_await informers_.synced();
  for (;;) {
    changed_.reset();
    std::map<std::string, std::string> files;
    for (const auto& [key, cached] : informers_.of<PrometheusRule>().all()) {
      const auto& object = *static_cast<const PrometheusRule*>(cached.object.get());
      files.emplace(object.metadata.namespace_ + "/" + object.metadata.name, rule_file_of(object));
    }
    home_.post([update = update_, files = std::move(files)]() mutable { (*update)(std::move(files)); });
    co_await changed_.wait();
    co_await loop_.sleep(settle_);
  }
}

}  // namespace aloft::telemetry::discovery
