// A patch names the pod's uid, so that it never lands on a later pod of the same name.
#include "scheduler/pod_writer.h"

#include "client/typed.h"
#include "model/json.h"
#include "model/kinds/core/v1/binding.h"
#include "model/value.h"
#include "scheduler/log.h"

namespace aloft::scheduler {
namespace {

using client::ObjectKey;
using core::v1::Pod;
using core::v1::PodCondition;

constexpr std::string_view condition_type = "PodScheduled";

const PodCondition* scheduled_condition(const Pod& pod) {
  const auto found = std::ranges::find(pod.status.conditions, condition_type, &PodCondition::type);
  return found == pod.status.conditions.end() ? nullptr : &*found;
}

model::Object condition_of(std::string_view type, std::string_view status, std::string_view reason,
                           std::string_view message) {
  model::Object condition;
  condition.set("type", model::Value(type));
  condition.set("status", model::Value(status));
  condition.set("reason", model::Value(reason));
  condition.set("message", model::Value(message));
  return condition;
}

// `nominated_node`: nullopt leaves it as it is.
std::string status_patch(const Pod& pod, model::Object condition,
                         const std::optional<std::string>& nominated_node = std::nullopt) {
  model::Object metadata;
  metadata.set("uid", model::Value(pod.metadata.uid));
  model::Object status;
  status.set("conditions", model::Value(model::Array(1, model::Value(std::move(condition)))));
  if (nominated_node) {
    status.set("nominatedNodeName", nominated_node->empty() ? model::Value() : model::Value(*nominated_node));
  }
  model::Object patch;
  patch.set("metadata", model::Value(std::move(metadata)));
  patch.set("status", model::Value(std::move(status)));
  return model::to_json(model::Value(std::move(patch)));
}

core::v1::Binding binding_of(const Pod& pod, const std::string& node_name) {
  core::v1::Binding binding;
  binding.metadata.namespace_ = pod.metadata.namespace_;
  binding.metadata.name = pod.metadata.name;
  binding.metadata.uid = pod.metadata.uid;
  binding.target.kind = "Node";
  binding.target.name = node_name;
  return binding;
}

// The answer got lost, or never came; the write may have happened.
bool is_uncertain(const Error& error) {
  return error.code() == Code::unavailable || error.code() == Code::timeout || error.code() == Code::internal;
}

}  // namespace

PodWriter::PodWriter(io::Loop& loop, const Clock& clock, client::Client& client)
    : clock_(clock), client_(client), patched_(loop), scope_(loop) {}

io::Task<Result<>> PodWriter::bind(SharedPod pod, std::string node_name) {
  // A condition that says "unscheduled" must not arrive after the binding.
  while (patching_.contains(pod->key)) co_await patched_.wait();
  client::Resource resource = client::resource_of<Pod>();
  ObjectKey key(pod->ns(), pod->pod->metadata.name);
  std::string body = client::encode_object(binding_of(*pod->pod, node_name));
  client::WriteOptions options;
  options.subresource = "binding";
  const Result<SharedBytes> bound =
      co_await client_.create(std::move(resource), std::move(key), std::move(body), std::move(options));
  if (bound) co_return Result<>();
  Error error = bound.error();
  if (!is_uncertain(error)) co_return fail(std::move(error));
  co_return co_await find_out(std::move(pod), std::move(node_name), std::move(error));
}

io::Task<Result<>> PodWriter::find_out(SharedPod pod, std::string node_name, Error error) {
  ObjectKey key(pod->ns(), pod->pod->metadata.name);
  const Result<Pod> current = co_await client::get<Pod>(client_, std::move(key));
  const bool bound =
      current && current->metadata.uid == pod->pod->metadata.uid && current->spec.nodeName == node_name;
  if (bound) co_return Result<>();
  co_return fail(std::move(error));
}

void PodWriter::set_unscheduled(SharedPod pod, std::string_view reason, std::string_view message,
                                std::string nominated_node) {
  const PodCondition* known = scheduled_condition(*pod->pod);
  const bool same_room = pod->pod->status.nominatedNodeName == nominated_node;
  const bool same =
      known != nullptr && known->status == "False" && known->reason == reason && known->message == message;
  if (same && same_room) return;
  model::Object condition = condition_of(condition_type, "False", reason, message);
  if (known == nullptr || known->status != "False") {
    condition.set("lastTransitionTime", model::Value(format_seconds(clock_.wall())));
  }
  std::optional<std::string> room;
  if (!same_room) room = std::move(nominated_node);
  std::string patch = status_patch(*pod->pod, std::move(condition), room);
  scope_.spawn(patch_condition(std::move(pod), std::move(patch)));
}

io::Task<Result<>> PodWriter::remove_for_another(SharedPod pod, std::string scheduler) {
  model::Object condition =
      condition_of("DisruptionTarget", "True", "PreemptionByScheduler",
                   fmt::format("{}: preempting to accommodate a higher priority pod", scheduler));
  condition.set("lastTransitionTime", model::Value(format_seconds(clock_.wall())));
  std::string patch = status_patch(*pod->pod, std::move(condition));
  client::WriteOptions write;
  write.subresource = "status";
  const ObjectKey key(pod->ns(), pod->pod->metadata.name);
  auto patching = client_.patch(client::resource_of<Pod>(), key, client::PatchType::strategic,
                                std::move(patch), std::move(write));
  const Result<SharedBytes> told = co_await std::move(patching);
  if (!told) co_return std::unexpected<Error>(told.error());
  client::DeleteOptions removal;
  removal.uid = pod->pod->metadata.uid;
  auto removing = client_.remove(client::resource_of<Pod>(), key, std::move(removal));
  const Result<SharedBytes> removed = co_await std::move(removing);
  if (!removed) co_return std::unexpected<Error>(removed.error());
  co_return Result<>();
}

io::Task<> PodWriter::patch_condition(SharedPod pod, std::string patch) {
  while (patching_.contains(pod->key)) co_await patched_.wait();
  patching_.insert(pod->key);
  client::Resource resource = client::resource_of<Pod>();
  ObjectKey key(pod->ns(), pod->pod->metadata.name);
  client::WriteOptions options;
  options.subresource = "status";
  auto patching = client_.patch(std::move(resource), std::move(key), client::PatchType::strategic,
                                std::move(patch), std::move(options));
  const Result<SharedBytes> done = co_await std::move(patching);
  patching_.erase(pod->key);
  patched_.notify_all();
  if (done) co_return;
  const Code code = done.error().code();
  // The pod has gone, or another one has its name now.
  if (code == Code::not_found || code == Code::conflict) co_return;
  log.warning("the condition of pod {} is not written: {}", pod->key, done.error().message());
}

}  // namespace aloft::scheduler
