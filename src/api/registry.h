// The operations of the API on stored objects, as HTTP handlers and the in-process client both call them:
// decode, default, admit, validate, own fields, commit. Everything that is the same for all kinds is here;
// what differs is in Resource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/body.h"
#include "api/resource.h"
#include "api/user.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/managed_fields.h"
#include "model/selectors.h"
#include "model/value.h"
#include "store/store.h"

namespace aloft::api {

enum class PatchKind { json, merge, strategic, apply };

// What every write says beside its body.
struct WriteOptions {
  User user;
  std::string field_manager;
  std::string subresource;
  FieldValidation validation = FieldValidation::warn;
  bool dry_run = false;
  bool force = false;  // of an apply patch
  BodyFormat format = BodyFormat::json;
};

// The answer to a write: the object as stored, without kind and apiVersion in front.
struct Written {
  SharedBytes object;
  const model::KindInfo* kind = nullptr;  // of the answer; a subresource may have its own
  bool created = false;
  std::vector<std::string> warnings;
};

struct RemoveOptions {
  User user;
  std::optional<std::int64_t> grace_seconds;
  std::string propagation;  // Background, Foreground, Orphan or empty
  std::optional<std::string> uid;
  std::optional<std::string> resource_version;
  bool dry_run = false;
};

// The answer to a removal: what is left of the object, or that it is gone.
struct Removed {
  SharedBytes object;
  bool gone = false;
  ErrorSubject subject;
};

// Whether the object is the one, and at the revision, that a removal is meant for. Error: conflict.
Result<> check_preconditions(const Resource& resource, const meta::v1::ObjectMeta& metadata,
                             const RemoveOptions& options);

struct ListQuery {
  std::string ns;
  model::LabelSelector labels;
  model::FieldSelector fields;
  std::string resource_version;
  std::string resource_version_match;  // Exact, NotOlderThan or empty
  std::size_t limit = 0;
  std::string continue_token;
};

// Entries that matched, sharing the store's bytes.
struct Listed {
  std::vector<store::Entry> entries;
  store::Revision revision = 0;
  std::string continue_token;
  std::optional<std::size_t> remaining;
};

// What writes lives on one loop, as do the rules it calls. What is const, and what watches and lists need of
// it, may be called on any.
class Registry {
 public:
  Registry(io::Loop& loop, store::Store& store, const Clock& clock, Random& random);

  // The table refers back to the registry's users, so it comes after construction and before the first call.
  void serve(const ResourceTable& resources) { resources_ = &resources; }
  const ResourceTable& resources() const { return *resources_; }
  io::Loop& loop() const { return loop_; }
  store::Store& store() const { return store_; }
  const Clock& clock() const { return clock_; }
  Random& random() const { return random_; }

  static std::string key_of(const Resource& resource, std::string_view ns, std::string_view name);
  static std::string prefix_of(const Resource& resource, std::string_view ns);

  // The stored bytes. Error: not_found.
  Result<store::Entry> get(const Resource& resource, std::string_view ns, std::string_view name) const;
  // The struct. Error: not_found.
  Result<std::shared_ptr<void>> get_object(const Resource& resource, std::string_view ns,
                                           std::string_view name) const;
  template <class T>
  Result<std::shared_ptr<T>> get_as(std::string_view ns, std::string_view name) const {
    TRY(object, get_object(*resources_->of_kind(model::type_info<T>()), ns, name));
    return std::static_pointer_cast<T>(object);
  }
  Result<Listed> list(const Resource& resource, const ListQuery& query) const;
  // What the selectors demand by equality, if they demand anything so: a watch with them need not be told of
  // objects that have another value.
  static std::optional<store::Pin> pin_of(const model::LabelSelector& labels,
                                          const model::FieldSelector& fields);
  // True when a stored object passes both selectors.
  static bool matches(std::string_view json, const model::LabelSelector& labels,
                      const model::FieldSelector& fields);

  io::Task<Result<Written>> create(const Resource& resource, std::string ns, std::string name,
                                   std::string body, WriteOptions options);
  io::Task<Result<Written>> update(const Resource& resource, std::string ns, std::string name,
                                   std::string body, WriteOptions options);
  io::Task<Result<Written>> patch(const Resource& resource, std::string ns, std::string name, PatchKind kind,
                                  std::string body, WriteOptions options);
  io::Task<Result<Removed>> remove(const Resource& resource, std::string ns, std::string name,
                                   RemoveOptions options);

  // Changes one object by a function of the struct, again and again until no other write came between. The
  // change goes past admission, validation of the user's rules and managed fields: for actions such as
  // binding.
  io::Task<Result<Written>> change(const Resource& resource, std::string ns, std::string name,
                                   WriteOptions options, std::function<Result<>(void* object)> edit);

 private:
  // What a write will commit.
  struct Next {
    std::shared_ptr<void> object;
    std::shared_ptr<void> old;
    std::string text;  // as stored, with an empty resourceVersion
    std::size_t revision_at = 0;
    bool unchanged = false;
    bool vanishes = false;  // the last finalizer of an object that is being removed has gone
  };
  Result<store::Entry> get_computed(const Resource& resource, std::string_view ns,
                                    std::string_view name) const;
  std::vector<store::Entry> compute(const Resource& resource) const;
  Listed list_computed(const Resource& resource, const ListQuery& query) const;
  RuleContext context(const WriteOptions& options, std::vector<std::string>& warnings);
  // An object that names no namespace gets that of the request; one of a kind without namespaces loses the
  // one it names. Error: bad_request where the two differ.
  static Result<> settle_namespace(const Resource& resource, std::string_view ns,
                                   meta::v1::ObjectMeta& metadata);
  static Result<> check_patched(const Resource& resource, const meta::v1::ObjectMeta& old,
                                meta::v1::ObjectMeta& next);
  // Error: bad_request when a change is not about the object that the request names.
  static Result<> check_name(const meta::v1::ObjectMeta& metadata, std::string_view name);
  Result<> check_namespace(const Resource& resource, std::string_view ns, std::string_view name) const;
  Result<> prepare_new(const Resource& resource, const std::string& ns, const std::string& name, void* object,
                       std::vector<std::string>& warnings, const WriteOptions& options, bool owned_already);
  io::Task<Result<Written>> commit_new(const Resource& resource, std::shared_ptr<void> object,
                                       std::vector<std::string> warnings, const WriteOptions& options);
  Result<Next> finish_update(const Resource& resource, const ObjectSubresource* sub, const store::Entry& live,
                             const void* old, std::shared_ptr<void> next, std::vector<std::string>& warnings,
                             const WriteOptions& options, bool owned_already);
  io::Task<Result<Written>> commit_update(const Resource& resource, const ObjectSubresource* sub,
                                          store::Entry live, Next next, std::vector<std::string> warnings,
                                          const WriteOptions& options);
  io::Task<Result<Written>> update_once(const Resource& resource, const ObjectSubresource* sub,
                                        store::Entry live, const DecodedBody& body,
                                        const WriteOptions& options);
  io::Task<Result<Written>> patch_once(const Resource& resource, const ObjectSubresource* sub,
                                       store::Entry live, PatchKind kind, const model::Value& patch,
                                       const std::vector<std::string>& duplicates,
                                       const WriteOptions& options);
  Result<std::shared_ptr<void>> decode_stored(const Resource& resource, std::string_view json) const;
  model::Writer writer(const Resource& resource, const WriteOptions& options) const;
  io::Task<Result<Removed>> remove_once(const Resource& resource, store::Entry live,
                                        const RemoveOptions& options);

  io::Loop& loop_;
  store::Store& store_;
  const Clock& clock_;
  Random& random_;
  const ResourceTable* resources_ = nullptr;
};

}  // namespace aloft::api
