// See pod_reporter.h.
#include "node/pod_reporter.h"

#include "client/typed.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::node {

namespace {

using model::Array;
using model::Object;
using model::Value;

client::ObjectKey key_of(const core::v1::Pod& pod) {
  client::ObjectKey key;
  key.ns = pod.metadata.namespace_;
  key.name = pod.metadata.name;
  return key;
}

client::Resource pods() {
  client::Resource resource;
  resource.version = "v1";
  resource.plural = "pods";
  return resource;
}

// Lists that strategic merge would join by key are replaced as a whole: an address that is gone must go.
void replace_list(Object& status, std::string_view name) {
  Value* list = status.find(name);
  if (list == nullptr || !list->is_array()) return;
  const Object directive{{"$patch", "replace"}};
  list->as_array().insert(list->as_array().begin(), Value(directive));
}

class ApiReporter final : public PodReporter {
 public:
  ApiReporter(client::Client& client, client::EventRecorder& recorder)
      : client_(client), recorder_(recorder) {}

  void announce(const core::v1::Pod& pod, Note note) override {
    client::Announcement announcement;
    announcement.kind = "Pod";
    announcement.api_version = "v1";
    announcement.key = key_of(pod);
    announcement.uid = pod.metadata.uid;
    announcement.resource_version = pod.metadata.resourceVersion;
    announcement.warning = note.warning;
    announcement.reason = std::move(note.reason);
    announcement.message = std::move(note.message);
    announcement.field_path = std::move(note.field_path);
    recorder_.announce(std::move(announcement));
  }

  io::Task<Result<>> write_status(PodPointer pod, core::v1::PodStatus status) override {
    client::WriteOptions options;
    options.subresource = "status";
    options.field_manager = "kubelet";
    auto written = co_await client_.patch(pods(), key_of(*pod), client::PatchType::strategic,
                                          status_patch(*pod, status), std::move(options));
    // A conflict means that the name belongs to another pod by now.
    if (!written && written.error().code() == Code::conflict)
      co_return fail(Code::not_found, written.error().message());
    if (!written) co_return fail(std::move(written.error()));
    co_return Result<>();
  }

  io::Task<Result<>> remove_pod(PodPointer pod) override {
    client::DeleteOptions options;
    options.grace_period_seconds = 0;
    options.uid = pod->metadata.uid;
    auto removed = co_await client_.remove(pods(), key_of(*pod), std::move(options));
    if (!removed) co_return fail(std::move(removed.error()));
    co_return Result<>();
  }

 private:
  client::Client& client_;
  client::EventRecorder& recorder_;
};

}  // namespace

std::string status_patch(const core::v1::Pod& pod, const core::v1::PodStatus& status) {
  Value document = model::to_value(status);
  Object& fields = *document.if_object();
  for (const char* list : {"podIPs", "hostIPs"}) replace_list(fields, list);
  for (const char* name : {"reason", "message", "podIP", "podIPs", "initContainerStatuses",
                           "containerStatuses", "ephemeralContainerStatuses"}) {
    if (!fields.contains(name)) fields.set(name, Value());
  }
  // Others own these.
  for (const char* name : {"qosClass", "nominatedNodeName", "resize", "resourceClaimStatuses"})
    fields.erase(name);
  if (Value* conditions = fields.find("conditions"); conditions != nullptr && conditions->is_array()) {
    for (Value& condition : conditions->as_array()) {
      for (const char* name : {"reason", "message"}) {
        if (!condition.if_object()->contains(name)) condition.if_object()->set(name, Value());
      }
    }
  }
  const Object metadata{{"uid", pod.metadata.uid}};
  const Object patch{{"metadata", metadata}, {"status", std::move(document)}};
  return model::to_json(Value(patch));
}

std::unique_ptr<PodReporter> make_pod_reporter(client::Client& client, client::EventRecorder& recorder) {
  return std::make_unique<ApiReporter>(client, recorder);
}

}  // namespace aloft::node
