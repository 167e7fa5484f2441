// Making an object: POST, and an apply patch of something that does not exist yet.
#include "api/object_text.h"
#include "api/registry.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "model/codec.h"
#include "model/kinds/meta/v1/object_meta_validation.h"

namespace aloft::api {
namespace {

constexpr std::size_t generated_suffix_length = 5;
constexpr std::size_t generated_name_limit = 63;
constexpr int generated_name_attempts = 8;

std::string generate_name(std::string_view prefix, Random& random) {
  const std::size_t kept = std::min(prefix.size(), generated_name_limit - generated_suffix_length);
  return std::string(prefix.substr(0, kept)) + make_name_suffix(random, generated_suffix_length);
}

// Most creations: no manager was there before, and the sender claims for none.
void own_new(const Resource& resource, void* object, const model::Writer& writer) {
  std::string fields = model::created_fields_text(*resource.kind->type, object, *resource.schema, writer);
  if (fields.empty()) return;
  meta::v1::ManagedFieldsEntry entry;
  entry.manager = writer.manager.empty() ? "unknown" : writer.manager;
  entry.operation = "Update";
  entry.apiVersion = writer.api_version;
  entry.time = model::Timestamp({std::chrono::floor<std::chrono::seconds>(writer.now.since_epoch)});
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = model::RawJson{std::move(fields)};
  entry.subresource = writer.subresource;
  metadata_of(object).managedFields.push_back(std::move(entry));
}

}  // namespace

Result<> Registry::prepare_new(const Resource& resource, const std::string& ns, const std::string& name,
                               void* object, std::vector<std::string>& warnings, const WriteOptions& options,
                               bool owned_already) {
  meta::v1::ObjectMeta& metadata = metadata_of(object);
  if (!metadata.resourceVersion.empty()) {
    return fail(plain_error("resourceVersion should not be set on objects to be created"));
  }
  TRY_DO(settle_namespace(resource, ns, metadata));
  if (!name.empty() && metadata.name.empty()) metadata.name = name;
  TRY_DO(check_namespace(resource, ns, metadata.name));

  // Fields belong to whoever sent them; what rules and admission add below belongs to nobody.
  if (!owned_already && metadata.managedFields.empty()) {
    own_new(resource, object, writer(resource, options));
  } else if (!owned_already) {
    model::Value document = model::encode_value(*resource.kind->type, object);
    model::track_update(model::Value(), document, *resource.schema, writer(resource, options));
    take_managed_fields(document, metadata);
  }
  metadata.uid = make_uuid(random_);
  metadata.creationTimestamp = clock_.wall();
  metadata.deletionTimestamp.reset();
  metadata.deletionGracePeriodSeconds.reset();
  metadata.selfLink.clear();
  metadata.generation = resource.kind->has_generation ? 1 : 0;
  if (resource.prepare_create != nullptr) resource.prepare_create(object);
  RuleContext rules = context(options, warnings);
  if (resource.admit_create) TRY_DO(resource.admit_create(rules, object));
  if (metadata.name.empty() && !metadata.generateName.empty())
    metadata.name = generate_name(metadata.generateName, random_);

  model::FieldErrors errors;
  meta::v1::validate_object_meta(metadata, *resource.kind, errors);
  if (resource.kind->rules.validate != nullptr) resource.kind->rules.validate(object, errors);
  if (resource.kind->rules.validate_create != nullptr) resource.kind->rules.validate_create(object, errors);
  if (!errors.empty()) {
    if (resource.create_failed) resource.create_failed(object);
    return fail(invalid_object(resource.group(), resource.kind->kind, metadata.name, errors));
  }
  return {};
}

io::Task<Result<Written>> Registry::create(const Resource& resource, std::string ns, std::string name,
                                           std::string body, WriteOptions options) {
  auto decoded = decode_body(*resource.kind, body, options.format, options.validation);
  if (!decoded) co_return std::unexpected<Error>(decoded.error());
  const bool generated = metadata_of(decoded->object.get()).name.empty() && name.empty();
  for (int attempt = 1;; ++attempt) {
    // Admission changes the object, so that each attempt starts from the body again.
    if (attempt > 1) decoded = decode_body(*resource.kind, body, options.format, options.validation);
    auto prepared = prepare_new(resource, ns, name, decoded->object.get(), decoded->warnings, options, false);
    if (!prepared) co_return std::unexpected<Error>(prepared.error());
    auto written = co_await commit_new(resource, decoded->object, decoded->warnings, options);
    const bool taken = !written && written.error().code() == Code::already_exists;
    if (!taken || !generated || attempt == generated_name_attempts) co_return written;
  }
}

io::Task<Result<Written>> Registry::commit_new(const Resource& resource, std::shared_ptr<void> object,
                                               std::vector<std::string> warnings,
                                               const WriteOptions& options) {
  const meta::v1::ObjectMeta& metadata = metadata_of(object.get());
  const std::string name = metadata.name;
  const std::string key = key_of(resource, metadata.namespace_, name);
  Written written;
  written.kind = resource.kind;
  written.created = true;
  written.warnings = std::move(warnings);
  if (options.dry_run) {
    if (resource.create_failed) resource.create_failed(object.get());
    if (store_.get(key)) co_return fail(already_exists(resource.group(), resource.plural(), name));
    model::Value shown = model::encode_value(*resource.kind->type, object.get());
    written.object = SharedBytes(text_without_revision(shown));
    co_return written;
  }
  StoredText stored = text_to_store(resource, object.get());
  store::Write write;
  write.key = key;
  write.value = std::move(stored.text);
  write.revision_at = stored.revision_at;
  write.expected = 0;
  std::vector<store::Write> writes;
  writes.push_back(std::move(write));
  auto committed = co_await store_.commit(loop_, std::move(writes));
  if (!committed) {
    if (resource.create_failed) resource.create_failed(object.get());
    if (committed.error().code() == Code::conflict) {
      co_return fail(already_exists(resource.group(), resource.plural(), name));
    }
    co_return std::unexpected<Error>(committed.error());
  }
  written.object = shown_form(resource, committed->entries.front().value);
  co_return written;
}

}  // namespace aloft::api
