// Removing an object: preconditions, grace, propagation and finalizers.
#include "api/object_text.h"
#include "api/registry.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "model/codec.h"

namespace aloft::api {
namespace {

constexpr int remove_attempts = 16;
constexpr std::string_view foreground_finalizer = "foregroundDeletion";
constexpr std::string_view orphan_finalizer = "orphan";

void set_finalizer(std::vector<std::string>& finalizers, std::string_view name, bool wanted) {
  const auto found = std::ranges::find(finalizers, name);
  if (wanted && found == finalizers.end()) finalizers.emplace_back(name);
  if (!wanted && found != finalizers.end()) finalizers.erase(found);
}

// What the garbage collector shall do with dependants is kept as a finalizer until it has been done.
void mark_propagation(meta::v1::ObjectMeta& metadata, std::string_view propagation) {
  if (propagation.empty()) return;
  set_finalizer(metadata.finalizers, foreground_finalizer, propagation == "Foreground");
  set_finalizer(metadata.finalizers, orphan_finalizer, propagation == "Orphan");
}

// Counts the new time from when the removal was first asked for, but not into the past.
void shorten_grace(meta::v1::ObjectMeta& metadata, std::int64_t grace, WallTime now) {
  WallTime end = now;
  if (metadata.deletionTimestamp) {
    const std::int64_t before = metadata.deletionGracePeriodSeconds.value_or(0);
    end = std::max(now, metadata.deletionTimestamp->time() + std::chrono::seconds(grace - before));
  }
  metadata.deletionTimestamp = model::Timestamp(end);
  metadata.deletionGracePeriodSeconds = grace;
}

// Seconds that the object may take to end; 0 for kinds, and objects, that have nothing to end.
std::int64_t grace_of(const Resource& resource, const void* object, const RemoveOptions& options) {
  if (!resource.default_grace) return 0;
  const auto usual = resource.default_grace(object);
  return usual ? options.grace_seconds.value_or(*usual) : 0;
}

// Says on an object that something still holds that it is going.
void begin_removal(const Resource& resource, void* object, std::int64_t grace, WallTime now) {
  meta::v1::ObjectMeta& metadata = metadata_of(object);
  if (metadata.deletionTimestamp) {
    // A second request may only shorten the time an object has left.
    if (grace < metadata.deletionGracePeriodSeconds.value_or(0)) shorten_grace(metadata, grace, now);
    return;
  }
  metadata.deletionTimestamp = model::Timestamp(now + std::chrono::seconds(grace));
  if (resource.kind->has_generation && metadata.generation > 0) ++metadata.generation;
  if (resource.default_grace || resource.may_vanish == nullptr) metadata.deletionGracePeriodSeconds = grace;
  if (resource.removal_begins != nullptr) resource.removal_begins(object);
}

}  // namespace

Result<> check_preconditions(const Resource& resource, const meta::v1::ObjectMeta& metadata,
                             const RemoveOptions& options) {
  // These two name the kind where other conflicts name the resource, as upstream's do.
  const std::string_view kind = resource.kind->kind;
  if (options.uid && *options.uid != metadata.uid) {
    return fail(conflict(
        resource.group(), kind, metadata.name,
        fmt::format("the UID in the precondition ({}) does not match the UID in record ({}). The object "
                    "might have been deleted and then recreated",
                    *options.uid, metadata.uid)));
  }
  if (options.resource_version && *options.resource_version != metadata.resourceVersion) {
    return fail(conflict(
        resource.group(), kind, metadata.name,
        fmt::format("the ResourceVersion in the precondition ({}) does not match the ResourceVersion in "
                    "record ({}). The object might have been modified",
                    *options.resource_version, metadata.resourceVersion)));
  }
  return {};
}

io::Task<Result<Removed>> Registry::remove_once(const Resource& resource, store::Entry live,
                                                const RemoveOptions& options) {
  auto object = decode_stored(resource, live.value.view());
  if (!object) co_return std::unexpected<Error>(object.error());
  meta::v1::ObjectMeta& metadata = metadata_of(object->get());
  if (auto good = check_preconditions(resource, metadata, options); !good)
    co_return std::unexpected<Error>(good.error());
  std::vector<std::string> warnings;
  WriteOptions write_options;
  write_options.user = options.user;
  write_options.dry_run = options.dry_run;
  RuleContext rules = context(write_options, warnings);
  if (resource.admit_delete) {
    if (auto admitted = resource.admit_delete(rules, object->get()); !admitted)
      co_return std::unexpected<Error>(admitted.error());
  }

  Removed removed;
  removed.subject = {std::string(resource.group()), std::string(resource.plural()), metadata.name,
                     metadata.uid};
  const std::int64_t grace = grace_of(resource, object->get(), options);
  mark_propagation(metadata, options.propagation);
  const bool held = !metadata.finalizers.empty() || grace > 0 ||
                    (resource.may_vanish != nullptr && !resource.may_vanish(object->get()));
  if (held) begin_removal(resource, object->get(), grace, clock_.wall());
  model::Value document = model::encode_value(*resource.kind->type, object->get());
  if (options.dry_run) {
    removed.gone = !held;
    removed.object = SharedBytes(text_with_revision(document, std::to_string(live.modified)));
    co_return removed;
  }
  if (held && text_with_revision(document, std::to_string(live.modified)) == live.value.view()) {
    removed.object = live.value;
    co_return removed;
  }
  store::Write write;
  write.key = live.key;
  write.expected = live.modified;
  if (held) {
    document = document_to_store(resource, object->get());
    StoredText stored = text_with_revision_slot(document);
    write.value = std::move(stored.text);
    write.revision_at = stored.revision_at;
  }
  std::vector<store::Write> writes;
  writes.push_back(std::move(write));
  auto committed = co_await store_.commit(loop_, std::move(writes));
  if (!committed) {
    if (committed.error().code() == Code::conflict) {
      co_return fail(modified_meanwhile(resource.group(), resource.plural(), removed.subject.name));
    }
    co_return std::unexpected<Error>(committed.error());
  }
  removed.gone = !held;
  if (held) {
    removed.object = shown_form(resource, committed->entries.front().value);
  } else {
    removed.object = live.value;
    if (resource.default_grace) {
      // The answer shows that no time was left.
      shorten_grace(metadata, 0, clock_.wall());
      document = model::encode_value(*resource.kind->type, object->get());
      removed.object = SharedBytes(text_with_revision(document, std::to_string(committed->revision)));
    }
    if (resource.removed) resource.removed(object->get());
  }
  co_return removed;
}

io::Task<Result<Removed>> Registry::remove(const Resource& resource, std::string ns, std::string name,
                                           RemoveOptions options) {
  for (int attempt = 1;; ++attempt) {
    auto live = get(resource, ns, name);
    if (!live) co_return std::unexpected<Error>(live.error());
    auto removed = co_await remove_once(resource, std::move(*live), options);
    // A precondition that does not hold will not hold later; only that of a commit may.
    const bool raced = !removed && removed.error().code() == Code::conflict && !options.resource_version &&
                       removed.error().subject().kind == resource.plural();
    if (!raced || attempt == remove_attempts) co_return removed;
  }
}

}  // namespace aloft::api
