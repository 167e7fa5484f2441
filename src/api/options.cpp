// Query parameters and DeleteOptions, with upstream's checks and words.
#include "api/options.h"

#include <charconv>

#include "api/status.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/meta/v1/options.h"

namespace aloft::api {
namespace {

constexpr std::string_view options_group = "meta.k8s.io";
constexpr std::size_t field_manager_limit = 128;
// Upstream ends a watch after 30 to 60 minutes, spread so that not all clients come back at once.
constexpr Duration shortest_watch = 30min;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value)
                                                                                   : std::nullopt;
}

std::string quoted_list(const std::vector<std::string_view>& values) {
  std::string text = "[]string{";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", values[i]);
  return text + "}";
}

void check_dry_run(const std::vector<std::string_view>& values, model::FieldErrors& errors) {
  for (const std::string_view value : values) {
    if (value != "All") errors.not_supported_text(model::FieldPath("dryRun"), quoted_list(values), {"All"});
  }
}

// The part of the User-Agent that names the program, as upstream derives a manager from it.
std::string manager_from(std::string_view user_agent) {
  std::string_view name = user_agent.substr(0, user_agent.find('/'));
  std::string manager;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x20 && manager.size() < field_manager_limit) manager += c;
  }
  return manager.empty() ? "unknown" : manager;
}

// Kinds that have fields of their own say it in other words than those that have none.
std::string unknown_field_text(const Resource& resource, std::string_view path) {
  const bool own_fields = resource.selectable_fields.size() > (resource.kind->namespaced ? 2U : 1U);
  if (own_fields) return fmt::format("field label not supported: {}", path);
  return fmt::format("\"{}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                     path);
}

Result<std::optional<std::int64_t>> read_number(const http::Query& query, std::string_view key) {
  const auto text = query.get(key);
  if (!text || text->empty()) return std::optional<std::int64_t>();
  const auto value = number(*text);
  if (!value) {
    return fail(Code::bad_request,
                fmt::format("{}: strconv.ParseInt: parsing \"{}\": invalid syntax", key, *text));
  }
  return value;
}

}  // namespace

Result<WriteOptions> read_write_options(const Exchange& exchange, std::string_view options_kind) {
  WriteOptions options;
  options.user = exchange.user;
  options.subresource = exchange.info.subresource;
  model::FieldErrors errors;
  const auto manager = exchange.query.get("fieldManager");
  if (manager && manager->size() > field_manager_limit) {
    errors.too_long(model::FieldPath("fieldManager"), *manager, field_manager_limit);
  }
  if (manager && !manager->empty()) {
    options.field_manager = *manager;
  } else if (options_kind != "ApplyOptions") {
    options.field_manager = manager_from(exchange.request.head().headers.get("User-Agent"));
  }
  const auto dry_run = exchange.query.all("dryRun");
  check_dry_run(dry_run, errors);
  options.dry_run = !dry_run.empty();
  const auto validation = exchange.query.get("fieldValidation");
  if (validation && !validation->empty()) {
    if (*validation == "Ignore") {
      options.validation = FieldValidation::ignore;
    } else if (*validation == "Strict") {
      options.validation = FieldValidation::strict;
    } else if (*validation != "Warn") {
      errors.not_supported(model::FieldPath("fieldValidation"), *validation,
                           {"", "Ignore", "Strict", "Warn"});
    }
  }
  options.force = exchange.query.on("force");
  if (!errors.empty()) {
    return fail(invalid_object(options_group, options_kind == "ApplyOptions" ? "PatchOptions" : options_kind,
                               "", errors));
  }
  return options;
}

io::Task<Result<WriteRequest>> read_write_request(Exchange& exchange, std::string_view options_kind) {
  WriteRequest write;
  TRY_CO(options, read_write_options(exchange, options_kind));
  TRY_CO(format, body_format(exchange.request.head().headers));
  write.options = std::move(options);
  write.options.format = format;
  auto body = co_await read_body(exchange);
  if (!body) co_return std::unexpected<Error>(body.error());
  write.body = std::move(*body);
  co_return write;
}

Result<RemoveOptions> read_remove_options(const Exchange& exchange, std::string_view body,
                                          BodyFormat format) {
  RemoveOptions options;
  options.user = exchange.user;
  meta::v1::DeleteOptions sent;
  if (!body.empty()) {
    if (format == BodyFormat::protobuf) {
      TRY(envelope, model::open_protobuf_envelope(body));
      TRY_DO(model::decode_protobuf(model::type_info<meta::v1::DeleteOptions>(), envelope.raw, &sent));
    } else {
      std::vector<std::string> duplicates;
      auto document = parse_document(body, format, duplicates);
      if (!document)
        return fail(Code::bad_request,
                    fmt::format("error decoding DeleteOptions: {}", document.error().message()));
      TRY_DO(model::decode_value(model::type_info<meta::v1::DeleteOptions>(), *document, &sent));
    }
  }
  TRY(grace, read_number(exchange.query, "gracePeriodSeconds"));
  options.grace_seconds = sent.gracePeriodSeconds ? sent.gracePeriodSeconds : grace;
  if (sent.propagationPolicy) options.propagation = *sent.propagationPolicy;
  if (const auto policy = exchange.query.get("propagationPolicy"); policy && options.propagation.empty())
    options.propagation = *policy;
  if (options.propagation.empty()) {
    std::optional<bool> orphan = sent.orphanDependents;
    if (!orphan && exchange.query.get("orphanDependents")) orphan = exchange.query.on("orphanDependents");
    if (orphan) options.propagation = *orphan ? "Orphan" : "Background";
  }
  if (sent.preconditions) {
    options.uid = sent.preconditions->uid;
    options.resource_version = sent.preconditions->resourceVersion;
  }
  std::vector<std::string_view> dry_run = exchange.query.all("dryRun");
  for (const std::string& value : sent.dryRun) dry_run.push_back(value);
  model::FieldErrors errors;
  check_dry_run(dry_run, errors);
  options.dry_run = !dry_run.empty();
  const std::string& policy = options.propagation;
  if (sent.propagationPolicy && sent.orphanDependents) {
    errors.invalid_string(model::FieldPath("propagationPolicy"), *sent.propagationPolicy,
                          "orphanDependents and deletionPropagation cannot be both set");
  }
  if (!policy.empty() && policy != "Foreground" && policy != "Background" && policy != "Orphan") {
    errors.not_supported(model::FieldPath("propagationPolicy"), policy,
                         {"Foreground", "Background", "Orphan", "nil"});
  }
  if (options.grace_seconds && *options.grace_seconds < 0) *options.grace_seconds = 1;
  if (!errors.empty()) return fail(invalid_object(options_group, "DeleteOptions", "", errors));
  return options;
}

Result<ListQuery> read_list_query(const Exchange& exchange, const Resource& resource) {
  ListQuery list;
  list.ns = exchange.info.ns;
  const http::Query& query = exchange.query;
  if (const auto text = query.get("labelSelector")) {
    TRY(labels, model::LabelSelector::parse(*text));
    list.labels = std::move(labels);
  }
  if (const auto text = query.get("fieldSelector")) {
    TRY(fields, model::FieldSelector::parse(*text));
    for (const auto& term : fields.terms()) {
      if (std::ranges::find(resource.selectable_fields, std::string_view(term.path)) ==
          resource.selectable_fields.end()) {
        return fail(Code::bad_request, unknown_field_text(resource, term.path));
      }
    }
    list.fields = std::move(fields);
  }
  list.resource_version = query.get("resourceVersion").value_or("");
  list.resource_version_match = query.get("resourceVersionMatch").value_or("");
  list.continue_token = query.get("continue").value_or("");
  TRY(limit, read_number(query, "limit"));
  list.limit = limit && *limit > 0 ? static_cast<std::size_t>(*limit) : 0;

  model::FieldErrors errors;
  const model::FieldPath match("resourceVersionMatch");
  if (exchange.info.verb != "watch" && query.get("sendInitialEvents")) {
    errors.forbidden(model::FieldPath("sendInitialEvents"), "sendInitialEvents is forbidden for list");
  }
  if (!list.resource_version_match.empty() && exchange.info.verb != "watch") {
    if (!list.continue_token.empty())
      errors.forbidden(match, "resourceVersionMatch is forbidden when continue is provided");
    if (list.resource_version.empty())
      errors.forbidden(match, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (list.resource_version_match != "Exact" && list.resource_version_match != "NotOlderThan") {
      errors.not_supported(match, list.resource_version_match, {"Exact", "NotOlderThan", ""});
    } else if (list.resource_version_match == "Exact" && list.resource_version == "0") {
      errors.forbidden(match, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }
  }
  if (!errors.empty()) return fail(invalid_object(options_group, "ListOptions", "", errors));
  return list;
}

namespace {

Result<> check_watch_match(const ListQuery& list, bool initial_events) {
  model::FieldErrors errors;
  const model::FieldPath field("resourceVersionMatch");
  const std::string& match = list.resource_version_match;
  if (initial_events && match != "NotOlderThan") {
    errors.forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (!match.empty() && !initial_events) {
    errors.forbidden(field,
                     "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  if (!match.empty() && match != "NotOlderThan") errors.not_supported(field, match, {"NotOlderThan"});
  if (!match.empty() && !list.continue_token.empty()) {
    errors.forbidden(field, "resourceVersionMatch is forbidden when continue is provided");
  }
  if (errors.empty()) return {};
  return fail(invalid_object(options_group, "ListOptions", "", errors));
}

}  // namespace

Result<WatchQuery> read_watch_query(const Exchange& exchange, const Resource& resource, Random& random) {
  WatchQuery watch;
  TRY(list, read_list_query(exchange, resource));
  watch.list = std::move(list);
  watch.bookmarks = exchange.query.on("allowWatchBookmarks");
  const bool initial = exchange.query.get("sendInitialEvents").has_value();
  if (initial) watch.send_initial_events = exchange.query.on("sendInitialEvents");
  TRY_DO(check_watch_match(watch.list, initial));
  TRY(timeout, read_number(exchange.query, "timeoutSeconds"));
  if (timeout && *timeout > 0) {
    watch.timeout = std::chrono::seconds(std::min<std::int64_t>(*timeout, 24 * 3600));
  } else {
    const auto spread = static_cast<std::uint64_t>(shortest_watch.count());
    watch.timeout = shortest_watch + Duration(static_cast<std::int64_t>(random.below(spread)));
  }
  // Watching one object by its path is a list with a field selector.
  if (!exchange.info.name.empty()) {
    TRY(fields, model::FieldSelector::parse("metadata.name=" + exchange.info.name));
    watch.list.fields = std::move(fields);
  }
  return watch;
}

}  // namespace aloft::api
