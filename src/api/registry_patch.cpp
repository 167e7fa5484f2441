// The four kinds of PATCH.
#include "api/object_text.h"
#include "api/registry.h"
#include "api/status.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/field_checks.h"
#include "model/patch.h"

namespace aloft::api {
namespace {

constexpr int patch_attempts = 5;

void put_kind_in_front(model::Value& document, const model::KindInfo& kind) {
  model::Object whole{{"kind", kind.kind}, {"apiVersion", kind.gvk().api_version()}};
  for (auto& [key, value] : document.as_object()) whole.append(std::move(key), std::move(value));
  document = model::Value(std::move(whole));
}

Result<> check_applied(const model::KindInfo& kind, const model::Value& applied, std::string_view name) {
  if (!applied.is_object())
    return fail(Code::bad_request, "error decoding YAML: an apply configuration must be an object");
  if (applied.text_at("apiVersion").empty() || applied.text_at("kind").empty()) {
    return fail(Code::bad_request,
                "couldn't get version/kind; apply configuration must set apiVersion and kind");
  }
  if (applied.text_at("kind") != kind.kind || applied.text_at("apiVersion") != kind.gvk().api_version()) {
    return fail(Code::bad_request,
                fmt::format("{}, Kind={} cannot be applied as {}, Kind={}", applied.text_at("apiVersion"),
                            applied.text_at("kind"), kind.gvk().api_version(), kind.kind));
  }
  const std::string_view said_name = applied.text_at("metadata", "name");
  if (!said_name.empty() && said_name != name) {
    return fail(
        Code::bad_request,
        fmt::format("the name of the object ({}) does not match the name on the URL ({})", said_name, name));
  }
  return {};
}

// A patch that names the revision it was made for is not tried again.
bool names_revision(const model::Value& patch) {
  return !patch.text_at("metadata", "resourceVersion").empty();
}

Result<model::Value> patched(const model::Schema& schema, const model::Value& live, PatchKind kind,
                             const model::Value& patch, const model::Writer& writer, bool force) {
  switch (kind) {
    case PatchKind::json:
      return model::apply_json_patch(live, patch);
    case PatchKind::merge:
      TRY_DO(model::check_merge_patch(patch));
      return model::apply_merge_patch(live, patch);
    case PatchKind::strategic:
      return model::apply_strategic_merge_patch(live, patch, schema);
    case PatchKind::apply:
      return model::apply_configuration(live, patch, schema, writer, force);
  }
  return fail(Code::internal, "unknown patch kind");
}

}  // namespace

// A patch changes the object that it is sent to and makes no other one of it.
Result<> Registry::check_patched(const Resource& resource, const meta::v1::ObjectMeta& old,
                                 meta::v1::ObjectMeta& next) {
  TRY_DO(settle_namespace(resource, old.namespace_, next));
  TRY_DO(check_name(next, old.name));
  if (next.uid.empty() || next.uid == old.uid) return {};
  model::FieldErrors errors;
  errors.invalid_string(model::FieldPath("metadata").child("uid"), next.uid, model::immutable_field);
  return fail(invalid_object(resource.group(), resource.kind->kind, old.name, errors));
}

io::Task<Result<Written>> Registry::patch_once(const Resource& resource, const ObjectSubresource* sub,
                                               store::Entry live, PatchKind kind, const model::Value& patch,
                                               const std::vector<std::string>& duplicates,
                                               const WriteOptions& options) {
  auto old = decode_stored(resource, live.value.view());
  if (!old) co_return std::unexpected<Error>(old.error());
  const bool other_kind = sub != nullptr && sub->kind != nullptr;
  const model::KindInfo& body_kind = other_kind ? *sub->kind : *resource.kind;
  model::Value document;
  const model::Schema& schema = other_kind ? *sub->schema : *resource.schema;
  if (other_kind) {
    auto view = sub->view(old->get());
    document = model::encode_value(*sub->kind->type, view.get());
  } else {
    document = model::encode_value(*resource.kind->type, old->get());
  }
  put_kind_in_front(document, body_kind);
  auto result = patched(schema, document, kind, patch, writer(resource, options), options.force);
  if (!result) {
    Error error = result.error();
    if (error.code() == Code::invalid && error.subject() == ErrorSubject{}) {
      error.about({std::string(resource.group()),
                   std::string(resource.kind->kind),
                   metadata_of(old->get()).name,
                   {}});
    }
    co_return fail(std::move(error));
  }
  auto decoded = decode_document(body_kind, *result, duplicates, options.validation);
  if (!decoded) co_return std::unexpected<Error>(decoded.error());
  if (auto good = check_patched(resource, metadata_of(old->get()), metadata_of(decoded->object.get()));
      !good) {
    co_return std::unexpected<Error>(good.error());
  }
  std::vector<std::string> warnings = std::move(decoded->warnings);
  std::shared_ptr<void> next = std::move(decoded->object);
  if (other_kind) {
    auto copy = decode_stored(resource, live.value.view());
    if (auto done = sub->write(copy->get(), next.get()); !done)
      co_return std::unexpected<Error>(done.error());
    metadata_of(copy->get()).resourceVersion = metadata_of(next.get()).resourceVersion;
    next = std::move(*copy);
  }
  auto finished = finish_update(resource, sub, live, old->get(), std::move(next), warnings, options,
                                kind == PatchKind::apply && !other_kind);
  if (!finished) co_return std::unexpected<Error>(finished.error());
  finished->old = std::move(*old);
  co_return co_await commit_update(resource, sub, std::move(live), std::move(*finished), std::move(warnings),
                                   options);
}

io::Task<Result<Written>> Registry::patch(const Resource& resource, std::string ns, std::string name,
                                          PatchKind kind, std::string body, WriteOptions options) {
  const ObjectSubresource* sub =
      options.subresource.empty() ? nullptr : resource.subresource(options.subresource);
  std::vector<std::string> duplicates;
  const BodyFormat format = kind == PatchKind::apply ? BodyFormat::yaml : BodyFormat::json;
  // Clients send JSON under the name of YAML, which is also YAML; the JSON parser is quicker and knows where
  // keys repeat.
  const bool braces = body.find_first_not_of(" \t\r\n") != std::string::npos &&
                      body[body.find_first_not_of(" \t\r\n")] == '{';
  auto document = parse_document(body, braces ? BodyFormat::json : format, duplicates);
  if (!document) {
    co_return fail(Code::bad_request,
                   fmt::format("error decoding {}: {}", kind == PatchKind::apply ? "YAML" : "patch",
                               document.error().message()));
  }
  if (kind == PatchKind::apply) {
    if (options.field_manager.empty()) {
      model::FieldErrors errors;
      errors.required(model::FieldPath("fieldManager"), "is required for apply patch");
      co_return fail(invalid_object("meta.k8s.io", "PatchOptions", "", errors));
    }
    const bool other_kind = sub != nullptr && sub->kind != nullptr;
    if (auto good = check_applied(other_kind ? *sub->kind : *resource.kind, *document, name); !good) {
      co_return std::unexpected<Error>(good.error());
    }
  }
  for (int attempt = 1;; ++attempt) {
    auto live = get(resource, ns, name);
    if (!live) {
      if (kind != PatchKind::apply || sub != nullptr) co_return std::unexpected<Error>(live.error());
      auto made = model::apply_configuration(model::Value(), *document, *resource.schema,
                                             writer(resource, options), options.force);
      if (!made) co_return std::unexpected<Error>(made.error());
      auto decoded = decode_document(*resource.kind, *made, duplicates, options.validation);
      if (!decoded) co_return std::unexpected<Error>(decoded.error());
      if (const std::string& uid = metadata_of(decoded->object.get()).uid; !uid.empty()) {
        co_return fail(
            conflict(resource.group(), resource.plural(), name,
                     fmt::format("uid mismatch: the provided object specified uid {}, and no existing "
                                 "object was found",
                                 uid)));
      }
      auto prepared =
          prepare_new(resource, ns, name, decoded->object.get(), decoded->warnings, options, true);
      if (!prepared) co_return std::unexpected<Error>(prepared.error());
      auto written = co_await commit_new(resource, decoded->object, decoded->warnings, options);
      const bool taken = !written && written.error().code() == Code::already_exists;
      if (!taken || attempt == patch_attempts) co_return written;
      continue;
    }
    auto written = co_await patch_once(resource, sub, std::move(*live), kind, *document, duplicates, options);
    const bool raced =
        !written && written.error().code() == Code::conflict && written.error().causes().empty();
    if (!raced || names_revision(*document) || attempt == patch_attempts) co_return written;
  }
}

}  // namespace aloft::api
