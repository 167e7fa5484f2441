// See node_registration.h.
#include "node/node_registration.h"

#include <fmt/format.h>

#include "base/log.h"
#include "client/typed.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/coordination/v1/lease.h"

namespace aloft::node {

namespace {

using coordination::v1::Lease;

const Log log_registration("node.registration");
constexpr Duration beat_period = 2s;
constexpr std::int32_t lease_seconds = 6;
constexpr Duration look_period = 10s;     // at memory, disk, images and the runtime
constexpr Duration report_period = 5min;  // even when nothing has changed
constexpr std::string_view lease_ns = "kube-node-lease";

client::ObjectKey key_of(std::string_view ns, const std::string& name) {
  client::ObjectKey key;
  key.ns = ns;
  key.name = name;
  return key;
}

client::ObjectKey node_key(const std::string& name) { return key_of("", name); }

// Equal but for the times that move with every look.
bool same(core::v1::NodeStatus a, core::v1::NodeStatus b) {
  for (core::v1::NodeStatus* status : {&a, &b}) {
    for (core::v1::NodeCondition& condition : status->conditions) condition.lastHeartbeatTime = {};
  }
  return a == b;
}

}  // namespace

NodeRegistration::NodeRegistration(io::Loop& loop, const Clock& clock, client::Client& client,
                                   Runtime& runtime, NodeFacts facts, std::string disk_path)
    : loop_(loop),
      clock_(clock),
      client_(client),
      runtime_(runtime),
      facts_(std::move(facts)),
      disk_path_(std::move(disk_path)),
      scope_(loop) {}

io::Task<Result<>> NodeRegistration::begin() {
  co_await look();
  const Time limit = loop_.now() + 60s;
  for (;;) {
    auto done = co_await register_node();
    if (done) break;
    if (loop_.now() > limit) co_return done;
    log_registration.warning("{}", done.error().message());
    co_await loop_.sleep(500ms);
  }
  // The first lease may have to wait for its namespace; the node is as good without it for a moment.
  scope_.spawn(beat());
  scope_.spawn(report());
  co_return Result<>();
}

io::Task<Result<>> NodeRegistration::register_node() {
  const core::v1::Node node = make_node(facts_, clock_.wall());
  client::WriteOptions options;
  options.field_manager = "kubelet";
  auto made = co_await client::create(client_, node, std::move(options));
  if (!made && made.error().code() != Code::already_exists)
    co_return fail(made.error().at("register node " + facts_.name));
  if (made) {
    uid_ = made->metadata.uid;
    written_ = made->status;
    written_at_ = loop_.now();
    co_return Result<>();
  }
  auto found = co_await client::get<core::v1::Node>(client_, node_key(facts_.name));
  if (!found) co_return fail(found.error().at("register node " + facts_.name));
  uid_ = found->metadata.uid;
  written_ = found->status;
  const model::Value labels =
      model::encode_value(model::type_info<std::map<std::string, std::string>>(), &node.metadata.labels);
  const model::Object metadata{{"labels", labels}};
  const model::Object spec{{"podCIDR", node.spec.podCIDR}};
  const model::Object patch{{"metadata", metadata}, {"spec", spec}};
  client::Resource nodes = client::resource_of<core::v1::Node>();
  client::WriteOptions patch_options;
  patch_options.field_manager = "kubelet";
  auto patched = co_await client_.patch(std::move(nodes), node_key(facts_.name), client::PatchType::merge,
                                        model::to_json(model::Value(patch)), std::move(patch_options));
  if (!patched) co_return fail(patched.error().at("register node " + facts_.name));
  co_return co_await write_status();
}

// Refreshes what changes by itself.
io::Task<> NodeRegistration::look() {
  facts_.machine = read_machine_facts(disk_path_);
  auto ready = co_await runtime_.check_ready();
  facts_.trouble = ready ? std::string() : "container runtime is down: " + ready.error().message();
  // One that is down is reported at once; it has no time for a list.
  if (!ready) co_return;
  auto images = co_await runtime_.list_images();
  if (images) facts_.images = std::move(*images);
}

io::Task<> NodeRegistration::report() {
  for (;;) {
    co_await loop_.sleep(look_period);
    co_await look();
    const core::v1::NodeStatus status = make_node_status(facts_, *written_, clock_.wall());
    if (same(status, *written_) && loop_.now() - written_at_ < report_period) continue;
    auto written = co_await write_status();
    if (!written && written.error().code() == Code::not_found) written = co_await register_node();
    if (!written) log_registration.warning("status of node {}: {}", facts_.name, written.error().message());
  }
}

io::Task<Result<>> NodeRegistration::write_status() {
  core::v1::NodeStatus status =
      make_node_status(facts_, written_.value_or(core::v1::NodeStatus()), clock_.wall());
  model::Value document = model::to_value(status);
  // Addresses are joined by type in a strategic merge; those that are gone must go.
  const model::Object directive{{"$patch", "replace"}};
  model::Value* addresses = document.at("addresses");
  if (addresses != nullptr)
    addresses->if_array()->insert(addresses->if_array()->begin(), model::Value(directive));
  const model::Object patch{{"status", std::move(document)}};
  client::Resource nodes = client::resource_of<core::v1::Node>();
  client::WriteOptions options;
  options.field_manager = "kubelet";
  options.subresource = "status";
  auto patched = co_await client_.patch(std::move(nodes), node_key(facts_.name), client::PatchType::strategic,
                                        model::to_json(model::Value(patch)), std::move(options));
  if (!patched) co_return fail(std::move(patched.error()));
  written_ = std::move(status);
  written_at_ = loop_.now();
  co_return Result<>();
}

io::Task<> NodeRegistration::beat() {
  for (;;) {
    auto renewed = co_await renew_lease();
    if (!renewed) log_registration.debug("lease of node {}: {}", facts_.name, renewed.error().message());
    co_await loop_.sleep(beat_period);
  }
}

io::Task<Result<>> NodeRegistration::renew_lease() {
  Lease lease;
  lease.metadata.name = facts_.name;
  lease.metadata.namespace_ = lease_ns;
  lease.spec.holderIdentity = facts_.name;
  lease.spec.leaseDurationSeconds = lease_seconds;
  lease.spec.renewTime = model::MicroTimestamp(clock_.wall());
  meta::v1::OwnerReference owner;
  owner.apiVersion = "v1";
  owner.kind = "Node";
  owner.name = facts_.name;
  owner.uid = uid_;
  lease.metadata.ownerReferences.push_back(std::move(owner));
  const client::WriteOptions options{.field_manager = "kubelet"};
  if (leased_) {
    // A merge patch of the one field that changes, whatever others did to the object.
    const model::Object spec{{"renewTime", format_micros(clock_.wall())}, {"holderIdentity", facts_.name}};
    const model::Object patch{{"spec", spec}};
    client::Resource leases = client::resource_of<Lease>();
    auto patched =
        co_await client_.patch(std::move(leases), key_of(lease_ns, facts_.name), client::PatchType::merge,
                               model::to_json(model::Value(patch)), options);
    if (patched) co_return Result<>();
    if (patched.error().code() != Code::not_found) co_return fail(std::move(patched.error()));
    leased_ = false;
  }
  auto made = co_await client::create(client_, lease, options);
  if (!made && made.error().code() != Code::already_exists) co_return fail(std::move(made.error()));
  leased_ = true;
  co_return Result<>();
}

}  // namespace aloft::node
