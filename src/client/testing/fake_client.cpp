// The rules of a Kubernetes API server that clients can notice, over documents in maps.
#include "client/testing/fake_client.h"

#include <charconv>

#include "base/ensure.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/patch.h"
#include "model/selectors.h"

namespace aloft::client {
namespace {

using model::Object;
using model::Value;

constexpr std::int64_t default_grace_seconds = 30;

const model::KindInfo* kind_of_resource(const Resource& resource) {
  for (const model::KindInfo& kind : model::all_kinds()) {
    if (kind.plural == resource.plural && kind.group == resource.group && kind.version == resource.version) {
      return &kind;
    }
  }
  return nullptr;
}

std::string qualified(const Resource& resource) {
  return resource.group.empty() ? resource.plural : resource.plural + "." + resource.group;
}

Error not_found(const Resource& resource, const ObjectKey& key) {
  return {Code::not_found, fmt::format("{} \"{}\" not found", qualified(resource), key.name)};
}
Error conflict(const Resource& resource, const ObjectKey& key) {
  return {Code::conflict,
          fmt::format(
              "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply your "
              "changes to the latest version and try again",
              qualified(resource), key.name)};
}

Object& metadata_of(Value& object) {
  Object& top = object.as_object();
  if (!top.contains("metadata") || !top.find("metadata")->is_object()) top.set("metadata", Value(Object()));
  return top.find("metadata")->as_object();
}

std::string field_of(const Value& object, std::string_view path) {
  const Value* at = &object;
  while (!path.empty() && at != nullptr) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->at(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (at == nullptr) return "";
  if (const std::string* text = at->if_string()) return *text;
  return at->is_null() ? "" : model::to_json(*at);
}

// What a list or a watch selects.
struct Filter {
  std::string ns;
  model::LabelSelector labels;
  model::FieldSelector fields;

  static Result<Filter> make(const std::string& ns, const std::string& labels, const std::string& fields) {
    Filter filter;
    filter.ns = ns;
    TRY(label_selector, model::LabelSelector::parse(labels));
    TRY(field_selector, model::FieldSelector::parse(fields));
    filter.labels = std::move(label_selector);
    filter.fields = std::move(field_selector);
    return filter;
  }
  bool takes(const ObjectKey& key, const Value& object) const {
    if (!ns.empty() && key.ns != ns) return false;
    std::map<std::string, std::string> own;
    if (const Value* found = object.at("metadata", "labels"); found != nullptr && found->is_object()) {
      for (const auto& [name, value] : found->as_object()) {
        if (value.is_string()) own[name] = value.as_string();
      }
    }
    return labels.matches(own) &&
           fields.matches([&object](std::string_view path) { return field_of(object, path); });
  }
};

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Everything that metadata.generation counts changes of.
Value desired_part(const Value& object) {
  Value part = object;
  part.as_object().erase("metadata");
  part.as_object().erase("status");
  return part;
}

SharedBytes bytes_of(const Value& value) { return SharedBytes(model::to_json(value)); }

}  // namespace

// One open watch: a place in the fake's history.
class FakeEventStream final : public EventStream {
 public:
  FakeEventStream(FakeClient& owner, Resource resource, Filter filter, std::int64_t after)
      : owner_(&owner),
        resource_(std::move(resource)),
        filter_(std::move(filter)),
        after_(after),
        news_(owner.loop_) {
    owner.streams_.push_back(this);
  }
  ~FakeEventStream() override {
    if (owner_ != nullptr) owner_->streams_.remove(this);
  }

  io::Task<Result<std::optional<WatchEvent>>> next() override {
    for (;;) {
      if (auto event = find_next()) co_return event;
      if (bookmark_) {
        bookmark_ = false;
        co_return make_bookmark();
      }
      if (error_) co_return fail(*error_);
      if (ended_) co_return std::optional<WatchEvent>();
      co_await news_.wait();
    }
  }

  void wake() { news_.notify_all(); }
  void end() {
    ended_ = true;
    wake();
  }
  void break_off(const Error& error) {
    error_ = error;
    wake();
  }
  void bookmark() {
    bookmark_ = true;
    wake();
  }
  void orphan() {
    owner_ = nullptr;
    end();
  }

 private:
  std::optional<WatchEvent> find_next() {
    if (owner_ == nullptr) return std::nullopt;
    const auto& history = owner_->history_;
    auto at =
        std::upper_bound(history.begin(), history.end(), after_,
                         [](std::int64_t after, const auto& change) { return after < change.revision; });
    for (; at != history.end(); ++at) {
      const FakeClient::Recorded& change = *at;
      after_ = change.revision;
      if (change.resource != resource_) continue;
      const bool before = change.old && filter_.takes(change.key, *change.old);
      const bool now = !change.removed && filter_.takes(change.key, *change.now);
      if (!before && !now) continue;
      WatchEvent event;
      event.type = !before ? WatchEvent::Type::added
                   : now   ? WatchEvent::Type::modified
                           : WatchEvent::Type::removed;
      event.object = bytes_of(*change.now);
      return event;
    }
    return std::nullopt;
  }
  std::optional<WatchEvent> make_bookmark() const {
    WatchEvent event;
    event.type = WatchEvent::Type::bookmark;
    event.object = SharedBytes(fmt::format(
        R"({{"metadata":{{"resourceVersion":"{}","creationTimestamp":null}}}})", owner_->revision_));
    return event;
  }

  FakeClient* owner_;
  Resource resource_;
  Filter filter_;
  std::int64_t after_;
  io::WaitList news_;
  std::optional<Error> error_;
  bool bookmark_ = false;
  bool ended_ = false;
};

std::string FakeClient::Call::to_string() const {
  std::string text = verb + " " + resource;
  if (!subresource.empty()) text += "/" + subresource;
  const std::string object = key.to_string();
  return object.empty() ? text : text + " " + object;
}

FakeClient::FakeClient(io::Loop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}

FakeClient::~FakeClient() {
  for (FakeEventStream* stream : streams_) stream->orphan();
}

io::Task<Result<>> FakeClient::arrive(std::string verb, const Resource& resource, const ObjectKey& key,
                                      const std::string& subresource) {
  Call call;
  call.at = loop_.now();
  call.verb = verb;
  call.resource = resource.plural;
  call.key = key;
  call.subresource = subresource;
  calls_.push_back(std::move(call));
  if (latency_ > Duration::zero()) {
    co_await loop_.sleep(latency_);
  } else {
    co_await loop_.yield();
  }
  auto& failures = failures_[verb];
  if (failures.empty()) co_return Result<>();
  Error error = std::move(failures.front());
  failures.pop_front();
  co_return fail(std::move(error));
}

Value* FakeClient::find_value(const Resource& resource, const ObjectKey& key) {
  const auto found = objects_[resource].find(key);
  return found == objects_[resource].end() ? nullptr : &found->second;
}

io::Task<Result<SharedBytes>> FakeClient::get(Resource resource, ObjectKey key) {
  const Result<> arrived = co_await arrive("get", resource, key, "");
  TRY_CO_DO(arrived);
  const Value* found = find_value(resource, key);
  if (found == nullptr) co_return fail(not_found(resource, key));
  co_return bytes_of(*found);
}

io::Task<Result<RawList>> FakeClient::list(Resource resource, ListOptions options) {
  const ObjectKey whole(options.ns, "");
  const Result<> arrived = co_await arrive("list", resource, whole, "");
  TRY_CO_DO(arrived);
  TRY_CO(filter, Filter::make(options.ns, options.label_selector, options.field_selector));
  RawList list;
  list.resource_version = std::to_string(revision_);
  // A token is the last key shown. Pages show the newest state, which real servers do not promise either.
  const std::size_t slash = options.continue_token.find('/');
  for (const auto& [key, object] : objects_[resource]) {
    if (slash != std::string::npos) {
      const ObjectKey last(options.continue_token.substr(0, slash), options.continue_token.substr(slash + 1));
      if (key <= last) continue;
    }
    if (!filter.takes(key, object)) continue;
    if (options.limit != 0 && list.items.size() == options.limit) {
      const auto shown = model::parse_json(list.items.back().view());
      list.continue_token =
          fmt::format("{}/{}", shown->text_at("metadata", "namespace"), shown->text_at("metadata", "name"));
      break;
    }
    list.items.push_back(bytes_of(object));
  }
  co_return list;
}

// Writes the next state of an object and tells the watches; the object goes when nothing holds it any more.
Result<Value> FakeClient::store(const Resource& resource, const ObjectKey& key, Value next) {
  const model::KindInfo* kind = kind_of_resource(resource);
  Recorded change;
  change.resource = resource;
  change.key = key;
  Value* current = find_value(resource, key);
  Object& metadata = metadata_of(next);
  if (current != nullptr) {
    metadata.set("resourceVersion", metadata_of(*current)["resourceVersion"]);
    metadata.set("uid", metadata_of(*current)["uid"]);
    metadata.set("creationTimestamp", metadata_of(*current)["creationTimestamp"]);
    const Value* generation = current->at("metadata", "generation");
    if (generation != nullptr) metadata.set("generation", *generation);
    if (next == *current) return next;
    if (generation != nullptr && desired_part(next) != desired_part(*current)) {
      metadata.set("generation", Value(generation->as_int() + 1));
    }
    change.old = *current;
  } else {
    metadata.set("uid", Value(fmt::format("00000000-0000-4000-8000-{:012}", ++objects_made_)));
    metadata.set("creationTimestamp", Value(format_seconds(clock_.wall())));
    if (kind != nullptr && kind->has_generation) metadata.set("generation", Value(1));
  }
  metadata.set("resourceVersion", Value(std::to_string(++revision_)));
  const Value* finalizers = next.at("metadata", "finalizers");
  const bool held = finalizers != nullptr && finalizers->is_array() && !finalizers->as_array().empty();
  const Value* grace = next.at("metadata", "deletionGracePeriodSeconds");
  const bool graceful = grace != nullptr && grace->is_int() && grace->as_int() > 0;
  change.removed = metadata.contains("deletionTimestamp") && !held && !graceful;
  change.revision = revision_;
  change.now = next;
  if (change.removed) {
    objects_[resource].erase(key);
  } else {
    objects_[resource][key] = next;
  }
  history_.push_back(std::move(change));
  for (FakeEventStream* stream : streams_) stream->wake();
  return next;
}

io::Task<Result<SharedBytes>> FakeClient::create(Resource resource, ObjectKey key, std::string object,
                                                 WriteOptions options) {
  TRY_CO(body, model::parse_json(object));
  Object& metadata = metadata_of(body);
  if (key.ns.empty()) key.ns = body.text_at("metadata", "namespace");
  if (key.name.empty()) key.name = body.text_at("metadata", "name");
  if (key.name.empty() && options.subresource.empty()) {
    key.name = fmt::format("{}{:05}", body.text_at("metadata", "generateName"), objects_made_ + 1);
    metadata.set("name", Value(key.name));
  }
  if (!key.ns.empty() && options.subresource.empty()) metadata.set("namespace", Value(key.ns));
  const Result<> arrived = co_await arrive("create", resource, key, options.subresource);
  TRY_CO_DO(arrived);
  if (!options.subresource.empty()) co_return create_subresource(resource, key, body, options.subresource);
  if (find_value(resource, key) != nullptr) {
    co_return fail(Code::already_exists,
                   fmt::format("{} \"{}\" already exists", qualified(resource), key.name));
  }
  if (options.dry_run) co_return bytes_of(body);
  TRY_CO(stored, store(resource, key, std::move(body)));
  co_return bytes_of(stored);
}

Result<SharedBytes> FakeClient::create_subresource(const Resource& resource, const ObjectKey& key,
                                                   const Value& body, const std::string& subresource) {
  Value* found = find_value(resource, key);
  if (found == nullptr) return fail(not_found(resource, key));
  if (subresource == "eviction") {
    erase_object(resource, key);
    return SharedBytes(R"({"kind":"Status","apiVersion":"v1","status":"Success"})");
  }
  ensure(subresource == "binding", "the fake knows the subresource");
  Value next = *found;
  Value& spec = next.as_object()["spec"];
  if (!spec.is_object()) spec = Value(Object());
  if (!spec.text_at("nodeName").empty()) {
    return fail(Code::conflict,
                fmt::format("pod {} is already assigned to node \"{}\"", key.name, spec.text_at("nodeName")));
  }
  spec.as_object().set("nodeName", Value(body.text_at("target", "name")));
  TRY(stored, store(resource, key, std::move(next)));
  return SharedBytes(R"({"kind":"Status","apiVersion":"v1","status":"Success","code":201})");
}

Result<SharedBytes> FakeClient::replace(const Resource& resource, const ObjectKey& key, Value next,
                                        const std::string& subresource) {
  const Value* current = find_value(resource, key);
  if (current == nullptr) return fail(not_found(resource, key));
  const std::string_view version = next.text_at("metadata", "resourceVersion");
  if (!version.empty() && version != current->text_at("metadata", "resourceVersion")) {
    return fail(conflict(resource, key));
  }
  const std::string_view uid = next.text_at("metadata", "uid");
  if (!uid.empty() && uid != current->text_at("metadata", "uid")) return fail(conflict(resource, key));
  const model::KindInfo* kind = kind_of_resource(resource);
  const Value* status = subresource == "status" ? next.at("status") : current->at("status");
  Value result = next;
  if (subresource == "status") {
    result = *current;
  } else if (kind == nullptr || !kind->has_status) {
    status = next.at("status");
  }
  if (status != nullptr) {
    result.as_object().set("status", Value(*status));
  } else {
    result.as_object().erase("status");
  }
  // A deletion cannot be taken back.
  for (const char* name : {"deletionTimestamp", "deletionGracePeriodSeconds"}) {
    if (const Value* going = current->at("metadata", name)) metadata_of(result).set(name, *going);
  }
  TRY(stored, store(resource, key, std::move(result)));
  return bytes_of(stored);
}

io::Task<Result<SharedBytes>> FakeClient::update(Resource resource, ObjectKey key, std::string object,
                                                 WriteOptions options) {
  const Result<> arrived = co_await arrive("update", resource, key, options.subresource);
  TRY_CO_DO(arrived);
  TRY_CO(next, model::parse_json(object));
  co_return replace(resource, key, std::move(next), options.subresource);
}

io::Task<Result<SharedBytes>> FakeClient::patch(Resource resource, ObjectKey key, PatchType type,
                                                std::string patch, WriteOptions options) {
  const Result<> arrived = co_await arrive("patch", resource, key, options.subresource);
  TRY_CO_DO(arrived);
  TRY_CO(change, model::parse_json(patch));
  const Value* current = find_value(resource, key);
  if (current == nullptr) {
    if (type != PatchType::apply) co_return fail(not_found(resource, key));
    TRY_CO(made, store(resource, key, std::move(change)));
    co_return bytes_of(made);
  }
  Value next = *current;
  if (type == PatchType::json) {
    TRY_CO(patched, model::apply_json_patch(std::move(next), change));
    next = std::move(patched);
  } else if (const auto* kind = kind_of_resource(resource); type == PatchType::strategic && kind != nullptr) {
    TRY_CO(patched, model::apply_strategic_merge_patch(std::move(next), change, schemas_.of(*kind->type)));
    next = std::move(patched);
  } else {
    // Apply patches of tests touch no merged lists.
    next = model::apply_merge_patch(std::move(next), change);
  }
  co_return replace(resource, key, std::move(next), options.subresource);
}

io::Task<Result<SharedBytes>> FakeClient::remove(Resource resource, ObjectKey key, DeleteOptions options) {
  const Result<> arrived = co_await arrive("remove", resource, key, "");
  TRY_CO_DO(arrived);
  const Value* current = find_value(resource, key);
  if (current == nullptr) co_return fail(not_found(resource, key));
  const bool other = (!options.uid.empty() && options.uid != current->text_at("metadata", "uid")) ||
                     (!options.resource_version.empty() &&
                      options.resource_version != current->text_at("metadata", "resourceVersion"));
  if (other) co_return fail(conflict(resource, key));
  Value next = *current;
  Object& metadata = metadata_of(next);
  std::int64_t grace = 0;
  if (resource.plural == "pods" && !next.text_at("spec", "nodeName").empty()) {
    const Value* own = next.at("spec", "terminationGracePeriodSeconds");
    grace = options.grace_period_seconds.value_or(own != nullptr ? own->as_int() : default_grace_seconds);
  }
  if (!metadata.contains("deletionTimestamp")) {
    metadata.set("deletionTimestamp", Value(format_seconds(clock_.wall() + std::chrono::seconds(grace))));
  }
  metadata.set("deletionGracePeriodSeconds", Value(grace));
  if (options.propagation == "Foreground" || options.propagation == "Orphan") {
    const std::string finalizer = options.propagation == "Foreground" ? "foregroundDeletion" : "orphan";
    Value& finalizers = metadata["finalizers"];
    if (!finalizers.is_array()) finalizers = Value(model::Array());
    model::Array& list = finalizers.as_array();
    if (std::find(list.begin(), list.end(), Value(finalizer)) == list.end()) list.push_back(Value(finalizer));
  }
  TRY_CO(stored, store(resource, key, std::move(next)));
  co_return bytes_of(stored);
}

io::Task<Result<std::unique_ptr<EventStream>>> FakeClient::watch(Resource resource, WatchOptions options) {
  const ObjectKey whole(options.ns, "");
  const Result<> arrived = co_await arrive("watch", resource, whole, "");
  TRY_CO_DO(arrived);
  TRY_CO(filter, Filter::make(options.ns, options.label_selector, options.field_selector));
  const std::int64_t after = number_of(options.resource_version);
  if (after < compacted_) {
    co_return fail(Code::expired, fmt::format("too old resource version: {} ({})", after, compacted_));
  }
  std::unique_ptr<EventStream> stream =
      std::make_unique<FakeEventStream>(*this, std::move(resource), std::move(filter), after);
  co_return stream;
}

std::vector<ObjectKey> FakeClient::keys(const Resource& resource) const {
  std::vector<ObjectKey> found;
  const auto collection = objects_.find(resource);
  if (collection == objects_.end()) return found;
  for (const auto& [key, object] : collection->second) found.push_back(key);
  return found;
}

std::string FakeClient::text_of(const Resource& resource, const ObjectKey& key) const {
  const auto collection = objects_.find(resource);
  if (collection == objects_.end()) return "";
  const auto found = collection->second.find(key);
  return found == collection->second.end() ? "" : model::to_json(found->second);
}

std::string FakeClient::put_text(const Resource& resource, std::string text) {
  auto object = model::parse_json(text);
  ensure(object.has_value(), "a test puts an object");
  const ObjectKey key(std::string(object->text_at("metadata", "namespace")),
                      std::string(object->text_at("metadata", "name")));
  const auto stored = store(resource, key, std::move(*object));
  return model::to_json(*stored);
}

void FakeClient::erase_object(const Resource& resource, const ObjectKey& key) {
  const Value* current = find_value(resource, key);
  if (current == nullptr) return;
  Value next = *current;
  Object& metadata = metadata_of(next);
  metadata.set("deletionTimestamp", Value(format_seconds(clock_.wall())));
  metadata.set("deletionGracePeriodSeconds", Value(0));
  metadata.erase("finalizers");
  (void)store(resource, key, std::move(next));
}

void FakeClient::fail_next(const std::string& verb, Error error, int times) {
  for (int i = 0; i < times; ++i) failures_[verb].push_back(error);
}

void FakeClient::forget_history() {
  compacted_ = ++revision_;
  history_.clear();
  break_watches(Error(Code::expired, "too old resource version"));
}

void FakeClient::end_watches() {
  for (FakeEventStream* stream : streams_) stream->end();
}

void FakeClient::break_watches(const Error& error) {
  for (FakeEventStream* stream : streams_) stream->break_off(error);
}

void FakeClient::send_bookmarks() {
  for (FakeEventStream* stream : streams_) stream->bookmark();
}

std::vector<std::string> FakeClient::writes() const {
  std::vector<std::string> found;
  for (const Call& call : calls_) {
    if (call.verb != "get" && call.verb != "list" && call.verb != "watch") found.push_back(call.to_string());
  }
  return found;
}

}  // namespace aloft::client
