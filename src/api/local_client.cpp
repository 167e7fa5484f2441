// The Client inside the process: reads and watches are served from the store on the caller's own loop, writes
// hop to the API's loop and back.
#include "api/local_client.h"

#include "api/object_text.h"
#include "api/status.h"
#include "api/text_query.h"
#include "api/watch.h"
#include "io/cross.h"

namespace aloft::api {
namespace {

using client::ObjectKey;
using Bytes = Result<SharedBytes>;

Result<const Resource*> find(const Registry& registry, const client::Resource& wanted) {
  const Resource* resource = registry.resources().find(wanted.group, wanted.version, wanted.plural);
  if (resource == nullptr) return fail(no_such_resource());
  return resource;
}

WriteOptions write_options(const User& user, const client::WriteOptions& options) {
  WriteOptions mine;
  mine.user = user;
  mine.field_manager =
      options.field_manager.empty() ? user.name.substr(user.name.rfind(':') + 1) : options.field_manager;
  mine.subresource = options.subresource;
  mine.validation = FieldValidation::strict;
  mine.dry_run = options.dry_run;
  mine.force = options.force;
  return mine;
}

SharedBytes complete(const model::KindInfo& kind, std::string_view stored) {
  return SharedBytes(with_kind(kind, stored));
}

PatchKind patch_kind(client::PatchType type) {
  switch (type) {
    case client::PatchType::json:
      return PatchKind::json;
    case client::PatchType::merge:
      return PatchKind::merge;
    case client::PatchType::strategic:
      return PatchKind::strategic;
    case client::PatchType::apply:
      return PatchKind::apply;
  }
  return PatchKind::merge;
}

client::WatchEvent::Type event_type(WatchedEvent::Type type) {
  switch (type) {
    case WatchedEvent::Type::added:
      return client::WatchEvent::Type::added;
    case WatchedEvent::Type::modified:
      return client::WatchEvent::Type::modified;
    case WatchedEvent::Type::removed:
      return client::WatchEvent::Type::removed;
    case WatchedEvent::Type::bookmark:
      return client::WatchEvent::Type::bookmark;
  }
  return client::WatchEvent::Type::bookmark;
}

SharedBytes text_of(const Resource& resource, const WatchedEvent& event) {
  if (event.type == WatchedEvent::Type::bookmark) {
    return SharedBytes(fmt::format("{{\"metadata\":{{\"resourceVersion\":\"{}\"}}}}", event.revision));
  }
  return event.object(resource);
}

class LocalStream final : public client::EventStream {
 public:
  LocalStream(const Resource& resource, std::unique_ptr<WatchSession> session)
      : resource_(resource), session_(std::move(session)) {}
  io::Task<Result<std::optional<client::WatchEvent>>> next() override {
    using One = std::optional<client::WatchEvent>;
    if (position_ == batch_.size()) {
      auto more = co_await session_->next();
      if (!more) co_return std::unexpected<Error>(more.error());
      if (!more->has_value()) co_return One();
      batch_ = std::move(**more);
      position_ = 0;
    }
    const WatchedEvent& event = batch_[position_++];
    co_return client::WatchEvent{event_type(event.type), text_of(resource_, event)};
  }

 private:
  const Resource& resource_;
  std::unique_ptr<WatchSession> session_;
  std::vector<WatchedEvent> batch_;
  std::size_t position_ = 0;
};

class LocalClient final : public client::Client {
 public:
  LocalClient(io::Loop& home, Registry& registry, Actions& actions, User user)
      : home_(home), registry_(registry), actions_(actions), user_(std::move(user)) {}

  io::Task<Bytes> get(client::Resource wanted, ObjectKey key) override {
    TRY_CO(resource, find(registry_, wanted));
    TRY_CO(entry, registry_.get(*resource, key.ns, key.name));
    co_return complete(*resource->kind, entry.value.view());
  }
  io::Task<Result<client::RawList>> list(client::Resource wanted, client::ListOptions options) override {
    TRY_CO(resource, find(registry_, wanted));
    ListQuery query;
    query.ns = options.ns;
    query.resource_version = options.resource_version;
    query.limit = options.limit;
    query.continue_token = options.continue_token;
    TRY_CO(labels, model::LabelSelector::parse(options.label_selector));
    TRY_CO(fields, model::FieldSelector::parse(options.field_selector));
    query.labels = std::move(labels);
    query.fields = std::move(fields);
    TRY_CO(listed, registry_.list(*resource, query));
    client::RawList list;
    list.items.reserve(listed.entries.size());
    for (store::Entry& entry : listed.entries) list.items.push_back(std::move(entry.value));
    list.resource_version = std::to_string(listed.revision);
    list.continue_token = std::move(listed.continue_token);
    co_return list;
  }
  io::Task<Bytes> create(client::Resource resource, ObjectKey key, std::string object,
                         client::WriteOptions options) override {
    std::move_only_function<io::Task<Bytes>()> work = [this, resource, key, object = std::move(object),
                                                       options]() mutable {
      return create_there(resource, key, std::move(object), options);
    };
    co_return co_await io::run_on<Bytes>(home_, registry_.loop(), std::move(work));
  }
  io::Task<Bytes> update(client::Resource resource, ObjectKey key, std::string object,
                         client::WriteOptions options) override {
    std::move_only_function<io::Task<Bytes>()> work = [this, resource, key, object = std::move(object),
                                                       options]() mutable {
      return update_there(resource, key, std::move(object), options);
    };
    co_return co_await io::run_on<Bytes>(home_, registry_.loop(), std::move(work));
  }
  io::Task<Bytes> patch(client::Resource resource, ObjectKey key, client::PatchType type, std::string patch,
                        client::WriteOptions options) override {
    std::move_only_function<io::Task<Bytes>()> work = [this, resource, key, type, patch = std::move(patch),
                                                       options]() mutable {
      return patch_there(resource, key, type, std::move(patch), options);
    };
    co_return co_await io::run_on<Bytes>(home_, registry_.loop(), std::move(work));
  }
  io::Task<Bytes> remove(client::Resource resource, ObjectKey key, client::DeleteOptions options) override {
    std::move_only_function<io::Task<Bytes>()> work = [this, resource, key, options] {
      return remove_there(resource, key, options);
    };
    co_return co_await io::run_on<Bytes>(home_, registry_.loop(), std::move(work));
  }
  io::Task<Result<std::unique_ptr<client::EventStream>>> watch(client::Resource wanted,
                                                               client::WatchOptions options) override {
    TRY_CO(resource, find(registry_, wanted));
    WatchQuery query;
    query.list.ns = options.ns;
    query.list.resource_version = options.resource_version;
    TRY_CO(labels, model::LabelSelector::parse(options.label_selector));
    TRY_CO(fields, model::FieldSelector::parse(options.field_selector));
    query.list.labels = std::move(labels);
    query.list.fields = std::move(fields);
    query.bookmarks = options.bookmarks;
    TRY_CO(session, WatchSession::open(home_, registry_, *resource, std::move(query)));
    std::unique_ptr<client::EventStream> stream =
        std::make_unique<LocalStream>(*resource, std::move(session));
    co_return stream;
  }

 private:
  // These run on the API's loop.
  io::Task<Bytes> create_there(client::Resource wanted, ObjectKey key, std::string object,
                               client::WriteOptions options) {
    TRY_CO(resource, find(registry_, wanted));
    WriteOptions mine = write_options(user_, options);
    if (Actions::has(*resource, mine.subresource)) {
      auto answer =
          co_await actions_.perform(*resource, key.ns, key.name, std::move(object), std::move(mine));
      if (!answer) co_return std::unexpected<Error>(answer.error());
      co_return SharedBytes(std::move(answer->json));
    }
    auto written = co_await registry_.create(*resource, key.ns, key.name, std::move(object), std::move(mine));
    co_return answer_of(written);
  }

  io::Task<Bytes> update_there(client::Resource wanted, ObjectKey key, std::string object,
                               client::WriteOptions options) {
    TRY_CO(resource, find(registry_, wanted));
    auto written = co_await registry_.update(*resource, key.ns, key.name, std::move(object),
                                             write_options(user_, options));
    co_return answer_of(written);
  }

  io::Task<Bytes> patch_there(client::Resource wanted, ObjectKey key, client::PatchType type,
                              std::string patch, client::WriteOptions options) {
    TRY_CO(resource, find(registry_, wanted));
    auto written = co_await registry_.patch(*resource, key.ns, key.name, patch_kind(type), std::move(patch),
                                            write_options(user_, options));
    co_return answer_of(written);
  }

  io::Task<Bytes> remove_there(client::Resource wanted, ObjectKey key, client::DeleteOptions options) {
    TRY_CO(resource, find(registry_, wanted));
    RemoveOptions mine;
    mine.user = user_;
    mine.grace_seconds = options.grace_period_seconds;
    mine.propagation = options.propagation;
    if (!options.uid.empty()) mine.uid = options.uid;
    if (!options.resource_version.empty()) mine.resource_version = options.resource_version;
    auto removed = co_await registry_.remove(*resource, key.ns, key.name, std::move(mine));
    if (!removed) co_return std::unexpected<Error>(removed.error());
    co_return complete(*resource->kind, removed->object.view());
  }

  static Bytes answer_of(Result<Written>& written) {
    if (!written) return std::unexpected<Error>(written.error());
    return complete(*written->kind, written->object.view());
  }

  io::Loop& home_;
  Registry& registry_;
  Actions& actions_;
  User user_;
};

}  // namespace

std::unique_ptr<client::Client> make_local_client(io::Loop& home, Registry& registry, Actions& actions,
                                                  User user) {
  return std::make_unique<LocalClient>(home, registry, actions, std::move(user));
}

}  // namespace aloft::api
