// The verbs on stored objects over HTTP.
#include "api/resource_handler.h"

#include "api/object_text.h"
#include "api/options.h"
#include "api/status.h"
#include "api/text_query.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/yaml.h"

namespace aloft::api {
namespace {

// Lists leave in pieces of about this size, so that a large one is never whole in memory a second time.
constexpr std::size_t piece_bytes = 64 * 1024;

IncludeObject include_object(const Exchange& exchange) {
  const auto wanted = exchange.query.get("includeObject");
  if (wanted && *wanted == "Object") return IncludeObject::object;
  if (wanted && *wanted == "None") return IncludeObject::none;
  return IncludeObject::metadata;
}

struct PatchFormat {
  std::string_view media_type;
  PatchKind kind;
};
constexpr PatchFormat patch_formats[] = {
    {"application/json-patch+json", PatchKind::json},
    {"application/merge-patch+json", PatchKind::merge},
    {"application/strategic-merge-patch+json", PatchKind::strategic},
    {"application/apply-patch+yaml", PatchKind::apply},
};

Result<PatchKind> patch_kind(const http::Headers& headers) {
  const MediaRange range = parse_media_range(headers.get("Content-Type"));
  std::string accepted;
  for (const PatchFormat& format : patch_formats) {
    if (format.media_type == range.type) return format.kind;
    accepted.append(accepted.empty() ? "" : ", ").append(format.media_type);
  }
  return fail(
      Code::unsupported_media_type,
      fmt::format("the body of the request was in an unknown format - accepted media types include: {}",
                  accepted));
}

http::ResponseHead stream_head(std::string content_type) {
  http::ResponseHead head;
  head.headers.add("Content-Type", std::move(content_type));
  head.headers.add("Cache-Control", "no-cache, private");
  return head;
}

// Protobuf of a stored object, for the rare client that takes nothing else.
Result<std::string> to_protobuf(const model::KindInfo& kind, std::string_view stored) {
  const auto object = kind.make();
  TRY_DO(model::decode_json(*kind.type, stored, object.get()));
  std::string raw;
  model::append_protobuf(raw, *kind.type, object.get(), model::Presence::proto2_kubernetes);
  return model::make_protobuf_envelope(kind.gvk().api_version(), kind.kind, raw);
}

io::Task<Result<>> remove_each(Registry& registry, const Resource& resource, std::vector<store::Entry> doomed,
                               RemoveOptions options) {
  for (const store::Entry& entry : doomed) {
    const std::string ns(namespace_of(entry.value.view()));
    const std::string name(name_of(entry.value.view()));
    auto removed = co_await registry.remove(resource, ns, name, options);
    if (!removed && removed.error().code() != Code::not_found)
      co_return std::unexpected<Error>(removed.error());
  }
  co_return Result<>();
}

}  // namespace

// No coroutine itself: its frame would have room for every verb at once.
io::Task<> ResourceHandler::handle(Exchange& exchange, const Resource& resource) {
  const std::string& verb = exchange.info.verb;
  if (verb == "get") return get(exchange, resource);
  if (verb == "list") return list(exchange, resource);
  if (verb == "watch") return watch(exchange, resource);
  if (verb == "create") return create(exchange, resource);
  if (verb == "update") return update(exchange, resource);
  if (verb == "patch") return patch(exchange, resource);
  if (verb == "delete") return remove(exchange, resource);
  if (verb == "deletecollection") return remove_collection(exchange, resource);
  return refuse_verb(exchange);
}

io::Task<> ResourceHandler::refuse_verb(Exchange& exchange) {
  const Error error = method_not_allowed();
  co_await answer_error(exchange, error);
}

io::Task<> ResourceHandler::answer_object(Exchange& exchange, const Resource& resource,
                                          const model::KindInfo& kind, std::string_view stored,
                                          const Answer& answer, int status,
                                          std::vector<std::string> warnings) {
  if (answer.format == AnswerFormat::protobuf) {
    auto bytes = to_protobuf(kind, stored);
    if (!bytes) {
      co_await answer_error(exchange, bytes.error());
    } else {
      co_await answer_text(exchange, status, "application/vnd.kubernetes.protobuf", std::move(*bytes));
    }
    co_return;
  }
  std::string text;
  if (answer.shape == AnswerShape::table && &kind == resource.kind) {
    std::vector<std::string_view> one(1, stored);
    ListFacts facts;
    facts.resource_version = std::string(resource_version_of(stored));
    append_table(text, resource, one, facts, answer, registry_.clock().wall(), true,
                 include_object(exchange));
  } else if (answer.shape == AnswerShape::partial_metadata) {
    append_partial_metadata(text, stored, answer);
  } else {
    append_with_kind(text, kind, stored);
  }
  co_await answer_document(exchange, status, std::move(text), answer.format, std::move(warnings));
}

io::Task<> ResourceHandler::get(Exchange& exchange, const Resource& resource) {
  auto answer = negotiate(exchange.request.head().headers);
  if (!answer) {
    co_await answer_error(exchange, answer.error());
    co_return;
  }
  auto entry = registry_.get(resource, exchange.info.ns, exchange.info.name);
  if (!entry) {
    co_await answer_error(exchange, entry.error());
    co_return;
  }
  const ObjectSubresource* sub =
      exchange.info.subresource.empty() ? nullptr : resource.subresource(exchange.info.subresource);
  if (sub != nullptr && sub->kind != nullptr) {
    auto object = registry_.get_object(resource, exchange.info.ns, exchange.info.name);
    if (!object) {
      co_await answer_error(exchange, object.error());
      co_return;
    }
    auto view = sub->view(object->get());
    std::string text;
    model::append_json(text, *sub->kind->type, view.get());
    co_await answer_object(exchange, resource, *sub->kind, text, *answer, 200, std::vector<std::string>());
    co_return;
  }
  co_await answer_object(exchange, resource, *resource.kind, entry->value.view(), *answer, 200,
                         std::vector<std::string>());
}

io::Task<> ResourceHandler::list(Exchange& exchange, const Resource& resource) {
  auto answer = negotiate(exchange.request.head().headers);
  if (!answer) {
    co_await answer_error(exchange, answer.error());
    co_return;
  }
  auto query = read_list_query(exchange, resource);
  if (!query) {
    co_await answer_error(exchange, query.error());
    co_return;
  }
  auto listed = registry_.list(resource, *query);
  if (!listed) {
    co_await answer_error(exchange, listed.error());
    co_return;
  }
  const ListFacts facts{std::to_string(listed->revision), listed->continue_token, listed->remaining};
  const bool plain =
      answer->shape == AnswerShape::object && answer->format == AnswerFormat::json && !wants_indent(exchange);
  if (plain) {
    co_await send_list(exchange, resource, *listed, facts);
    co_return;
  }
  std::string text;
  if (answer->shape == AnswerShape::table) {
    std::vector<std::string_view> stored;
    stored.reserve(listed->entries.size());
    for (const store::Entry& entry : listed->entries) stored.push_back(entry.value.view());
    append_table(text, resource, stored, facts, *answer, registry_.clock().wall(), true,
                 include_object(exchange));
  } else {
    const bool partial = answer->shape == AnswerShape::partial_metadata;
    text = partial ? "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/" +
                         answer->shape_version + "\","
                   : fmt::format("{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",", resource.kind->kind,
                                 resource.kind->gvk().api_version());
    append_list_metadata(text, facts);
    text.append(",\"items\":[");
    for (std::size_t i = 0; i < listed->entries.size(); ++i) {
      if (i > 0) text.append(",");
      if (partial) {
        append_partial_metadata(text, listed->entries[i].value.view(), *answer);
      } else {
        text.append(listed->entries[i].value.view());
      }
    }
    text.append("]}");
  }
  const AnswerFormat format = answer->format == AnswerFormat::yaml ? AnswerFormat::yaml : AnswerFormat::json;
  co_await answer_document(exchange, 200, std::move(text), format, std::vector<std::string>());
}

io::Task<> ResourceHandler::send_list(Exchange& exchange, const Resource& resource, const Listed& listed,
                                      const ListFacts& facts) {
  std::string piece = fmt::format("{{\"kind\":\"{}List\",\"apiVersion\":\"{}\",", resource.kind->kind,
                                  resource.kind->gvk().api_version());
  append_list_metadata(piece, facts);
  piece.append(",\"items\":[");
  bool begun = false;
  for (std::size_t i = 0; i < listed.entries.size(); ++i) {
    if (i > 0) piece.append(",");
    piece.append(listed.entries[i].value.view());
    if (piece.size() < piece_bytes) continue;
    if (!begun) {
      auto started = co_await exchange.responder.begin(stream_head("application/json"));
      if (!started) co_return;
      begun = true;
    }
    auto written = co_await exchange.responder.write(SharedBytes(std::move(piece)));
    if (!written) co_return;
    piece.clear();
    piece.reserve(piece_bytes + 4096);
    // A long list must not hold the loop up.
    co_await loop_.yield();
  }
  piece.append("]}\n");
  if (!begun) {
    co_await answer_json(exchange, 200, std::move(piece));
    co_return;
  }
  auto written = co_await exchange.responder.write(SharedBytes(std::move(piece)));
  if (!written) co_return;
  auto finished = co_await exchange.responder.finish();
  (void)finished;
}

Result<ResourceHandler::OpenWatch> ResourceHandler::open_watch(const Exchange& exchange,
                                                               const Resource& resource) {
  OpenWatch open;
  TRY(answer, negotiate(exchange.request.head().headers));
  open.answer = std::move(answer);
  open.answer.format = AnswerFormat::json;
  TRY(query, read_watch_query(exchange, resource, random_));
  auto session = WatchSession::open(loop_, registry_, resource, std::move(query));
  if (session) {
    open.session = std::move(*session);
  } else if (session.error().code() == Code::expired) {
    open.last_line = EventTexts::error_line(session.error());
  } else {
    return fail(std::move(session.error()));
  }
  return open;
}

// A watch waits for most of its life, and a thousand of them wait at once: what opens it is done in functions
// whose frames are gone by then.
io::Task<> ResourceHandler::watch(Exchange& exchange, const Resource& resource) {
  auto open = open_watch(exchange, resource);
  if (!open) {
    co_await answer_error(exchange, open.error());
    co_return;
  }
  auto begun = co_await exchange.responder.begin(stream_head("application/json"));
  if (begun) co_await send_events(exchange, resource, *open);
}

io::Task<> ResourceHandler::send_events(Exchange& exchange, const Resource& resource, OpenWatch& open) {
  bool first = true;
  while (open.session) {
    auto events = co_await open.session->next();
    if (!events) open.last_line = EventTexts::error_line(events.error());
    if (!events || !events->has_value()) break;
    for (const WatchedEvent& event : **events) {
      SharedBytes line = events_.line(resource, event, open.answer, first);
      first = false;
      auto written = co_await exchange.responder.write(std::move(line));
      if (!written) co_return;
    }
  }
  if (!open.last_line.empty()) {
    auto told = co_await exchange.responder.write(open.last_line);
    if (!told) co_return;
  }
  auto finished = co_await exchange.responder.finish();
  (void)finished;
}

io::Task<> ResourceHandler::answer_written(Exchange& exchange, const Resource& resource,
                                           Result<Written> written) {
  if (!written) {
    co_await answer_error(exchange, written.error());
    co_return;
  }
  auto answer = negotiate(exchange.request.head().headers);
  if (!answer) answer = Answer{};
  co_await answer_object(exchange, resource, *written->kind, written->object.view(), *answer,
                         written->created ? 201 : 200, std::move(written->warnings));
}

io::Task<> ResourceHandler::create(Exchange& exchange, const Resource& resource) {
  auto write = co_await read_write_request(exchange, "CreateOptions");
  if (!write) {
    co_await answer_error(exchange, write.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<Written>>()> work = [this, &resource, ns = exchange.info.ns,
                                                               sent = std::move(*write)]() mutable {
    return registry_.create(resource, std::move(ns), "", std::move(sent.body), std::move(sent.options));
  };
  auto written = co_await at_registry(std::move(work));
  co_await answer_written(exchange, resource, std::move(written));
}

io::Task<> ResourceHandler::update(Exchange& exchange, const Resource& resource) {
  auto write = co_await read_write_request(exchange, "UpdateOptions");
  if (!write) {
    co_await answer_error(exchange, write.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<Written>>()> work = [this, &resource, ns = exchange.info.ns,
                                                               name = exchange.info.name,
                                                               sent = std::move(*write)]() mutable {
    return registry_.update(resource, std::move(ns), std::move(name), std::move(sent.body),
                            std::move(sent.options));
  };
  auto written = co_await at_registry(std::move(work));
  co_await answer_written(exchange, resource, std::move(written));
}

io::Task<> ResourceHandler::patch(Exchange& exchange, const Resource& resource) {
  auto kind = patch_kind(exchange.request.head().headers);
  if (!kind) {
    co_await answer_error(exchange, kind.error());
    co_return;
  }
  auto options = read_write_options(exchange, *kind == PatchKind::apply ? "ApplyOptions" : "PatchOptions");
  if (!options) {
    co_await answer_error(exchange, options.error());
    co_return;
  }
  if (options->force && *kind != PatchKind::apply) {
    model::FieldErrors errors;
    errors.forbidden(model::FieldPath("force"), "may not be specified for non-apply patch");
    const Error error = invalid_object("meta.k8s.io", "PatchOptions", "", errors);
    co_await answer_error(exchange, error);
    co_return;
  }
  auto body = co_await read_body(exchange);
  if (!body) {
    co_await answer_error(exchange, body.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<Written>>()> work = [this, &resource, ns = exchange.info.ns,
                                                               name = exchange.info.name, how = *kind,
                                                               text = std::move(*body),
                                                               mine = std::move(*options)]() mutable {
    return registry_.patch(resource, std::move(ns), std::move(name), how, std::move(text), std::move(mine));
  };
  auto written = co_await at_registry(std::move(work));
  co_await answer_written(exchange, resource, std::move(written));
}

io::Task<> ResourceHandler::remove(Exchange& exchange, const Resource& resource) {
  auto body = co_await read_body(exchange);
  if (!body) {
    co_await answer_error(exchange, body.error());
    co_return;
  }
  auto format = body_format(exchange.request.head().headers);
  auto options = read_remove_options(exchange, *body, format.value_or(BodyFormat::json));
  if (!options) {
    co_await answer_error(exchange, options.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<Removed>>()> work = [this, &resource, ns = exchange.info.ns,
                                                               name = exchange.info.name,
                                                               mine = std::move(*options)]() mutable {
    return registry_.remove(resource, std::move(ns), std::move(name), std::move(mine));
  };
  auto removed = co_await at_registry(std::move(work));
  if (!removed) {
    co_await answer_error(exchange, removed.error());
    co_return;
  }
  if (removed->gone && !resource.returns_deleted_object) {
    co_await answer_json(exchange, 200, success_json(removed->subject));
    co_return;
  }
  auto answer = negotiate(exchange.request.head().headers);
  if (!answer) answer = Answer{};
  co_await answer_object(exchange, resource, *resource.kind, removed->object.view(), *answer, 200,
                         std::vector<std::string>());
}

io::Task<> ResourceHandler::remove_collection(Exchange& exchange, const Resource& resource) {
  auto query = read_list_query(exchange, resource);
  if (!query) {
    co_await answer_error(exchange, query.error());
    co_return;
  }
  auto body = co_await read_body(exchange);
  if (!body) {
    co_await answer_error(exchange, body.error());
    co_return;
  }
  auto format = body_format(exchange.request.head().headers);
  auto options = read_remove_options(exchange, *body, format.value_or(BodyFormat::json));
  if (!options) {
    co_await answer_error(exchange, options.error());
    co_return;
  }
  auto listed = registry_.list(resource, *query);
  if (!listed) {
    co_await answer_error(exchange, listed.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<>>()> work = [this, &resource, doomed = listed->entries,
                                                        mine = std::move(*options)]() mutable {
    return remove_each(registry_, resource, std::move(doomed), std::move(mine));
  };
  auto removed = co_await at_registry(std::move(work));
  if (!removed) {
    co_await answer_error(exchange, removed.error());
    co_return;
  }
  const ListFacts facts{std::to_string(registry_.store().revision()), {}, {}};
  co_await send_list(exchange, resource, *listed, facts);
}

}  // namespace aloft::api
