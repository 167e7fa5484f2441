// Reading, and what all writes share. The writes stand in registry_create.cpp, registry_update.cpp,
// registry_patch.cpp and registry_remove.cpp.
#include "api/registry.h"

#include "api/continue_token.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "api/text_query.h"
#include "base/ensure.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::api {
namespace {

std::optional<store::Revision> parse_revision(std::string_view text) {
  store::Revision revision = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || revision > (std::int64_t{1} << 58)) return std::nullopt;
    revision = revision * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(revision);
}

// A field as selectors compare it: some have another place in the object, and a missing boolean reads false.
std::string selectable_text(std::string_view json, std::string_view path) {
  if (path == "source") return find_text(json, "source.component");
  std::string text = find_text(json, path);
  if (text.empty() && (path == "spec.unschedulable" || path == "spec.hostNetwork")) return "false";
  return text;
}

std::optional<std::string> string_member(std::string_view raw_object, std::string_view key) {
  std::optional<std::string> found;
  each_string_member(raw_object, [&](std::string_view k, std::string_view v) {
    if (k == key) found.emplace(v);
    return !found;
  });
  return found;
}

std::optional<std::string> label_text(std::string_view json, std::string_view key) {
  const auto raw = find_raw(json, "metadata.labels");
  return raw ? string_member(*raw, key) : std::nullopt;
}

}  // namespace

Registry::Registry(io::Loop& loop, store::Store& store, const Clock& clock, Random& random)
    : loop_(loop), store_(store), clock_(clock), random_(random) {}

std::string Registry::prefix_of(const Resource& resource, std::string_view ns) {
  std::string key = fmt::format("/{}/{}/", resource.kind->storage_group(), resource.kind->plural);
  if (!ns.empty() && resource.kind->namespaced) key.append(ns).append("/");
  return key;
}

std::string Registry::key_of(const Resource& resource, std::string_view ns, std::string_view name) {
  std::string key = prefix_of(resource, ns);
  key.append(name);
  return key;
}

Result<store::Entry> Registry::get(const Resource& resource, std::string_view ns,
                                   std::string_view name) const {
  if (resource.compute) return get_computed(resource, ns, name);
  auto entry = store_.get(key_of(resource, ns, name));
  if (!entry) return fail(not_found(resource.group(), resource.plural(), name));
  entry->value = shown_form(resource, std::move(entry->value));
  return std::move(*entry);
}

Result<std::shared_ptr<void>> Registry::decode_stored(const Resource& resource, std::string_view json) const {
  auto object = resource.kind->make();
  if (auto done = model::decode_json(*resource.kind->type, json, object.get()); !done) {
    return fail(Code::internal,
                fmt::format("a stored {} does not decode: {}", resource.kind->kind, done.error().message()));
  }
  return object;
}

Result<std::shared_ptr<void>> Registry::get_object(const Resource& resource, std::string_view ns,
                                                   std::string_view name) const {
  TRY(entry, get(resource, ns, name));
  return decode_stored(resource, entry.value.view());
}

std::optional<store::Pin> Registry::pin_of(const model::LabelSelector& labels,
                                           const model::FieldSelector& fields) {
  auto facet = std::make_shared<store::Facet>();
  for (const auto& term : fields.terms()) {
    if (!term.equal) continue;
    facet->name = "field " + term.path;
    facet->read = [path = term.path](const store::Entry& entry) -> std::optional<std::string> {
      return selectable_text(entry.value.view(), path);
    };
    return store::Pin{std::move(facet), term.value};
  }
  using Operator = model::LabelRequirement::Operator;
  for (const auto& requirement : labels.requirements()) {
    const bool one = requirement.op == Operator::equals ||
                     (requirement.op == Operator::in && requirement.values.size() == 1);
    if (!one) continue;
    facet->name = "label " + requirement.key;
    facet->read = [key = requirement.key](const store::Entry& entry) {
      return label_text(entry.value.view(), key);
    };
    return store::Pin{std::move(facet), requirement.values.front()};
  }
  return std::nullopt;
}

bool Registry::matches(std::string_view json, const model::LabelSelector& labels,
                       const model::FieldSelector& fields) {
  for (const auto& term : fields.terms()) {
    if ((selectable_text(json, term.path) == term.value) != term.equal) return false;
  }
  if (labels.empty()) return true;
  const auto raw = find_raw(json, "metadata.labels");
  std::optional<std::string> held;
  return labels.matches([&](std::string_view key) -> std::optional<std::string_view> {
    held = raw ? string_member(*raw, key) : std::nullopt;
    return held ? std::optional<std::string_view>(*held) : std::nullopt;
  });
}

Result<store::Entry> Registry::get_computed(const Resource& resource, std::string_view ns,
                                            std::string_view name) const {
  for (store::Entry& entry : compute(resource)) {
    if (entry.key == key_of(resource, ns, name)) return std::move(entry);
  }
  return fail(not_found(resource.group(), resource.plural(), name));
}

// In the order of keys, which is that of stored objects.
std::vector<store::Entry> Registry::compute(const Resource& resource) const {
  std::vector<store::Entry> entries;
  for (const auto& object : resource.compute()) {
    const meta::v1::ObjectMeta& metadata = metadata_of(object.get());
    std::string text;
    model::append_json(text, *resource.kind->type, object.get());
    store::Entry& entry = entries.emplace_back();
    entry.key = key_of(resource, metadata.namespace_, metadata.name);
    entry.value = SharedBytes(std::move(text));
  }
  std::ranges::sort(entries, {}, &store::Entry::key);
  return entries;
}

Listed Registry::list_computed(const Resource& resource, const ListQuery& query) const {
  const std::string prefix = prefix_of(resource, query.ns);
  Listed listed;
  listed.revision = store_.revision();
  for (store::Entry& entry : compute(resource)) {
    if (!entry.key.starts_with(prefix)) continue;
    if (matches(entry.value.view(), query.labels, query.fields)) listed.entries.push_back(std::move(entry));
  }
  return listed;
}

Result<Listed> Registry::list(const Resource& resource, const ListQuery& query) const {
  if (resource.compute) return list_computed(resource, query);
  store::Range range{prefix_of(resource, query.ns), {}};
  store::ListOptions options;
  std::size_t limit = query.limit;
  if (!query.continue_token.empty()) {
    TRY(token, ContinueToken::parse(query.continue_token));
    if (!query.resource_version.empty() && query.resource_version != "0") {
      return fail(Code::bad_request, "specifying resource version is not allowed when using continue");
    }
    range.after = range.prefix + token.after;
    options.at = token.revision;
  } else if (!query.resource_version.empty()) {
    const auto wanted = parse_revision(query.resource_version);
    if (!wanted) {
      return fail(plain_error(fmt::format(
          "resourceVersion: Invalid value: \"{0}\": strconv.ParseUint: parsing \"{0}\": invalid syntax",
          query.resource_version)));
    }
    if (*wanted > store_.revision()) {
      Error error(Code::timeout, fmt::format("Timeout: Too large resource version: {}, current: {}", *wanted,
                                             store_.revision()));
      error.with_cause({"ResourceVersionTooLarge", "Too large resource version", ""}).retry_after(1);
      return fail(std::move(error));
    }
    const bool exact = query.resource_version_match == "Exact" ||
                       (query.resource_version_match.empty() && query.limit > 0 && *wanted > 0);
    if (exact) options.at = *wanted;
    // "Any state will do" is answered whole from memory, as upstream's cache does.
    if (*wanted == 0) limit = 0;
  }
  const bool selective = !query.labels.empty() || !query.fields.empty();
  Listed listed;
  options.limit = limit;
  for (;;) {
    auto page = store_.list(range, options);
    if (!page) return std::unexpected<Error>(page.error());
    listed.revision = page->revision;
    options.at = page->revision;
    std::size_t seen = 0;
    for (store::Entry& entry : page->entries) {
      ++seen;
      range.after = entry.key;
      if (selective && !matches(entry.value.view(), query.labels, query.fields)) continue;
      entry.value = shown_form(resource, std::move(entry.value));
      listed.entries.push_back(std::move(entry));
      if (limit > 0 && listed.entries.size() == limit) break;
    }
    const bool full = limit > 0 && listed.entries.size() >= limit;
    const bool stopped_early = full && seen < page->entries.size();
    if (!page->more && !stopped_early) return listed;
    if (full) {
      listed.continue_token =
          ContinueToken{page->revision, range.after.substr(range.prefix.size())}.to_string();
      if (!selective) listed.remaining = page->remaining;
      return listed;
    }
  }
}

RuleContext Registry::context(const WriteOptions& options, std::vector<std::string>& warnings) {
  return {*this, options.user, clock_.wall(), options.dry_run, warnings, options.field_manager};
}

model::Writer Registry::writer(const Resource& resource, const WriteOptions& options) const {
  return {options.field_manager, resource.kind->gvk().api_version(), options.subresource, clock_.wall()};
}

Result<> Registry::settle_namespace(const Resource& resource, std::string_view ns,
                                    meta::v1::ObjectMeta& metadata) {
  if (!resource.kind->namespaced) {
    metadata.namespace_.clear();
  } else if (metadata.namespace_.empty()) {
    metadata.namespace_ = ns;
  } else if (metadata.namespace_ != ns) {
    return fail(Code::bad_request,
                "the namespace of the provided object does not match the namespace sent on the request");
  }
  return {};
}

Result<> Registry::check_name(const meta::v1::ObjectMeta& metadata, std::string_view name) {
  if (metadata.name.empty()) {
    return fail(
        Code::bad_request,
        fmt::format("the name of the object ({} based on URL) was undeterminable: name must be provided",
                    name));
  }
  if (metadata.name != name) {
    return fail(Code::bad_request,
                fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                            metadata.name, name));
  }
  return {};
}

Result<> Registry::check_namespace(const Resource& resource, std::string_view ns,
                                   std::string_view name) const {
  if (!resource.kind->namespaced) return {};
  const auto entry = store_.get(fmt::format("/core/namespaces/{}", ns));
  if (!entry) return fail(not_found("", "namespaces", ns));
  if (find_text(entry->value.view(), "status.phase") == "Terminating") {
    Error error = forbidden(
        resource.group(), resource.plural(), name,
        fmt::format("unable to create new content in namespace {} because it is being terminated", ns));
    error.with_cause(
        {"NamespaceTerminating", fmt::format("namespace {} is being terminated", ns), "metadata.namespace"});
    return fail(std::move(error));
  }
  return {};
}

}  // namespace aloft::api
