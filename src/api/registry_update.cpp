// Replacing an object, and what PUT and PATCH share from a decoded next state to the commit.
#include <algorithm>

#include "api/object_text.h"
#include "api/registry.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/meta/v1/object_meta_validation.h"

namespace aloft::api {
namespace {

// Writes that name no revision are tried again when another write came between.
constexpr int update_attempts = 16;

Error uid_conflict(const Resource& resource, const meta::v1::ObjectMeta& next,
                   const meta::v1::ObjectMeta& old) {
  return conflict(
      resource.group(), resource.plural(), old.name,
      fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", next.uid, old.uid));
}

// What only the server sets comes from the object as it stands.
void keep_system_metadata(meta::v1::ObjectMeta& next, const meta::v1::ObjectMeta& old) {
  next.uid = old.uid;
  next.creationTimestamp = old.creationTimestamp;
  next.generation = old.generation;
  next.deletionTimestamp = old.deletionTimestamp;
  next.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  next.selfLink.clear();
}

// What was wrong already, in the same place and with the same value, was stored under older rules and must
// not stop every other change of the object.
void validate_change(const Resource& resource, const void* next, const void* old,
                     model::FieldErrors& errors) {
  if (resource.kind->rules.validate == nullptr) return;
  model::FieldErrors wrong;
  resource.kind->rules.validate(next, wrong);
  if (wrong.empty()) return;
  model::FieldErrors before;
  resource.kind->rules.validate(old, before);
  for (const Cause& cause : wrong.causes()) {
    if (std::ranges::find(before.causes(), cause) != before.causes().end()) continue;
    errors.add(model::FieldPath(cause.field), cause.reason, cause.message);
  }
}

}  // namespace

Result<Registry::Next> Registry::finish_update(const Resource& resource, const ObjectSubresource* sub,
                                               const store::Entry& live, const void* old,
                                               std::shared_ptr<void> next, std::vector<std::string>& warnings,
                                               const WriteOptions& options, bool owned_already) {
  const meta::v1::ObjectMeta& before = metadata_of(old);
  meta::v1::ObjectMeta& metadata = metadata_of(next.get());
  if (!metadata.uid.empty() && metadata.uid != before.uid)
    return fail(uid_conflict(resource, metadata, before));
  if (!metadata.resourceVersion.empty() && metadata.resourceVersion != before.resourceVersion) {
    return fail(modified_meanwhile(resource.group(), resource.plural(), before.name));
  }
  if (sub == nullptr) {
    if (resource.prepare_update != nullptr) resource.prepare_update(next.get(), old);
  } else if (sub->keep_the_rest != nullptr) {
    sub->keep_the_rest(next.get(), old);
  }
  keep_system_metadata(metadata, before);
  if (resource.kind->has_generation && resource.spec_equal != nullptr &&
      !resource.spec_equal(next.get(), old)) {
    metadata.generation = before.generation + 1;
  }
  if (!owned_already) {
    const model::Value live_document = model::encode_value(*resource.kind->type, old);
    model::Value document = model::encode_value(*resource.kind->type, next.get());
    model::track_update(live_document, document, *resource.schema, writer(resource, options));
    take_managed_fields(document, metadata);
  }
  RuleContext rules = context(options, warnings);
  if (resource.admit_update) TRY_DO(resource.admit_update(rules, next.get(), old));

  metadata.resourceVersion = before.resourceVersion;
  model::FieldErrors errors;
  meta::v1::validate_object_meta_update(metadata, before, errors);
  validate_change(resource, next.get(), old, errors);
  if (resource.kind->rules.validate_update != nullptr)
    resource.kind->rules.validate_update(next.get(), old, errors);
  if (!errors.empty()) {
    if (resource.update_ended && !options.dry_run) resource.update_ended(next.get(), old, false);
    return fail(invalid_object(resource.group(), resource.kind->kind, before.name, errors));
  }

  model::Value document = model::encode_value(*resource.kind->type, next.get());
  Next result;
  result.unchanged = text_with_revision(document, before.resourceVersion) == live.value.view();
  const bool may_go = metadata.deletionTimestamp.has_value() && metadata.finalizers.empty() &&
                      metadata.deletionGracePeriodSeconds.value_or(0) == 0;
  result.vanishes = may_go && (resource.may_vanish == nullptr || resource.may_vanish(next.get()));
  StoredText stored = text_with_revision_slot(document);
  result.text = std::move(stored.text);
  result.revision_at = stored.revision_at;
  result.object = std::move(next);
  return result;
}

io::Task<Result<Written>> Registry::commit_update(const Resource& resource, const ObjectSubresource* sub,
                                                  store::Entry live, Next next,
                                                  std::vector<std::string> warnings,
                                                  const WriteOptions& options) {
  Written written;
  written.warnings = std::move(warnings);
  written.kind = resource.kind;
  if (next.unchanged || options.dry_run) {
    if (next.unchanged) {
      written.object = live.value;
    } else {
      std::string text = std::move(next.text);
      text.insert(next.revision_at, std::to_string(live.modified));
      written.object = SharedBytes(std::move(text));
    }
  }
  if (!options.dry_run && (!next.unchanged || next.vanishes)) {
    store::Write write;
    write.key = live.key;
    write.expected = live.modified;
    if (!next.vanishes) {
      if (resource.stored_form.kind != nullptr) {
        model::Value document = document_to_store(resource, next.object.get());
        StoredText stored = text_with_revision_slot(document);
        next.text = std::move(stored.text);
        next.revision_at = stored.revision_at;
      }
      write.value = std::move(next.text);
      write.revision_at = next.revision_at;
    }
    std::vector<store::Write> writes;
    writes.push_back(std::move(write));
    auto committed = co_await store_.commit(loop_, std::move(writes));
    if (resource.update_ended && next.old != nullptr) {
      resource.update_ended(next.object.get(), next.old.get(), committed.has_value());
    }
    if (!committed) {
      if (committed.error().code() == Code::conflict) {
        co_return fail(
            modified_meanwhile(resource.group(), resource.plural(), metadata_of(next.object.get()).name));
      }
      co_return std::unexpected<Error>(committed.error());
    }
    if (next.vanishes) {
      if (resource.removed) resource.removed(next.object.get());
      std::string text = std::move(next.text);
      text.insert(next.revision_at, std::to_string(committed->revision));
      written.object = SharedBytes(std::move(text));
    } else {
      written.object = shown_form(resource, committed->entries.front().value);
    }
  }
  if (sub != nullptr && sub->kind != nullptr) {
    auto object = decode_stored(resource, written.object.view());
    if (!object) co_return std::unexpected<Error>(object.error());
    auto view = sub->view(object->get());
    model::Value shown = model::encode_value(*sub->kind->type, view.get());
    written.object = SharedBytes(model::to_json(shown));
    written.kind = sub->kind;
  }
  co_return written;
}

io::Task<Result<Written>> Registry::update_once(const Resource& resource, const ObjectSubresource* sub,
                                                store::Entry live, const DecodedBody& body,
                                                const WriteOptions& options) {
  auto old = decode_stored(resource, live.value.view());
  if (!old) co_return std::unexpected<Error>(old.error());
  std::vector<std::string> warnings = body.warnings;
  std::shared_ptr<void> next;
  if (sub != nullptr && sub->kind != nullptr) {
    auto copy = decode_stored(resource, live.value.view());
    next = std::move(*copy);
    if (auto done = sub->write(next.get(), body.object.get()); !done)
      co_return std::unexpected<Error>(done.error());
    metadata_of(next.get()).resourceVersion = metadata_of(body.object.get()).resourceVersion;
  } else {
    next = resource.kind->make();
    model::copy(*resource.kind->type, body.object.get(), next.get());
  }
  auto finished = finish_update(resource, sub, live, old->get(), std::move(next), warnings, options, false);
  if (!finished) co_return std::unexpected<Error>(finished.error());
  finished->old = std::move(*old);
  co_return co_await commit_update(resource, sub, std::move(live), std::move(*finished), std::move(warnings),
                                   options);
}

io::Task<Result<Written>> Registry::update(const Resource& resource, std::string ns, std::string name,
                                           std::string body, WriteOptions options) {
  const ObjectSubresource* sub =
      options.subresource.empty() ? nullptr : resource.subresource(options.subresource);
  const model::KindInfo& kind = sub != nullptr && sub->kind != nullptr ? *sub->kind : *resource.kind;
  auto decoded = decode_body(kind, body, options.format, options.validation);
  if (!decoded) co_return std::unexpected<Error>(decoded.error());
  meta::v1::ObjectMeta& metadata = metadata_of(decoded->object.get());
  TRY_CO_DO(settle_namespace(resource, ns, metadata));
  TRY_CO_DO(check_name(metadata, name));
  const bool conditional = !metadata.resourceVersion.empty();
  for (int attempt = 1;; ++attempt) {
    auto live = get(resource, ns, name);
    if (!live) {
      if (resource.create_on_update && sub == nullptr && live.error().code() == Code::not_found) {
        metadata.resourceVersion.clear();
        auto prepared =
            prepare_new(resource, ns, name, decoded->object.get(), decoded->warnings, options, false);
        if (!prepared) co_return std::unexpected<Error>(prepared.error());
        co_return co_await commit_new(resource, decoded->object, decoded->warnings, options);
      }
      co_return std::unexpected<Error>(live.error());
    }
    if (!conditional && !resource.unconditional_update) {
      model::FieldErrors errors;
      errors.invalid(model::FieldPath("metadata").child("resourceVersion"), "0x0",
                     "must be specified for an update");
      co_return fail(invalid_object(resource.group(), resource.kind->kind, name, errors));
    }
    auto written = co_await update_once(resource, sub, std::move(*live), *decoded, options);
    const bool raced = !written && written.error().code() == Code::conflict;
    if (!raced || conditional || attempt == update_attempts) co_return written;
  }
}

io::Task<Result<Written>> Registry::change(const Resource& resource, std::string ns, std::string name,
                                           WriteOptions options, std::function<Result<>(void* object)> edit) {
  for (int attempt = 1;; ++attempt) {
    auto live = get(resource, ns, name);
    if (!live) co_return std::unexpected<Error>(live.error());
    auto old = decode_stored(resource, live->value.view());
    if (!old) co_return std::unexpected<Error>(old.error());
    auto next = decode_stored(resource, live->value.view());
    if (auto done = edit(next->get()); !done) co_return std::unexpected<Error>(done.error());
    if (resource.kind->has_generation && resource.spec_equal != nullptr &&
        !resource.spec_equal(next->get(), old->get())) {
      metadata_of(next->get()).generation = metadata_of(old->get()).generation + 1;
    }
    model::Value after = model::encode_value(*resource.kind->type, next->get());
    Next plan;
    plan.object = std::move(*next);
    const meta::v1::ObjectMeta& metadata = metadata_of(plan.object.get());
    plan.unchanged = text_with_revision(after, metadata.resourceVersion) == live->value.view();
    StoredText stored = text_with_revision_slot(after);
    plan.text = std::move(stored.text);
    plan.revision_at = stored.revision_at;
    auto written = co_await commit_update(resource, nullptr, std::move(*live), std::move(plan),
                                          std::vector<std::string>(), options);
    const bool raced = !written && written.error().code() == Code::conflict;
    if (!raced || attempt == update_attempts) co_return written;
  }
}

}  // namespace aloft::api
