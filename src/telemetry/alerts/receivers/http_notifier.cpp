// Secrets, sending and judging.
#include "telemetry/alerts/receivers/http_notifier.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/tls.h"
#include "io/file.h"
#include "io/timeout.h"
#include "model/json.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::alerts {
namespace {

Result<Secrets> read_secrets(const std::vector<std::pair<std::string, std::string>>& fields,
                             const Secrets& values) {
  Secrets out;
  for (const auto& [field, file_field] : fields) {
    const auto value = values.find(field);
    const auto path = values.find(file_field);
    if (value != values.end() && !value->second.empty()) {
      out.emplace(field, value->second);
    } else if (path != values.end() && !path->second.empty()) {
      auto text = io::read_file(path->second, 1 << 20);
      if (!text) return fail(std::move(text).error().at(file_field));
      while (!text->empty() && static_cast<unsigned char>(text->back()) <= ' ') text->pop_back();
      out.emplace(field, std::move(*text));
    } else {
      out.emplace(field, "");
    }
  }
  return out;
}

}  // namespace

io::Task<Delivery> HttpNotifier::send(std::shared_ptr<const Notification> message) {
  const auto fields = secret_fields();
  Secrets given;
  for (const auto& [field, file_field] : fields) {
    given.emplace(field, section_.text(field));
    given.emplace(file_field, section_.text(file_field));
  }
  auto read = [fields, given] { return read_secrets(fields, given); };
  io::Task<Result<Secrets>> reading = kit_.worker.run(std::move(read));
  const Result<Secrets> secrets = co_await std::move(reading);
  if (!secrets) co_return Delivery::failed(true, secrets.error().message());
  Texts texts(*kit_.templates, *message);
  Result<std::shared_ptr<HttpCall>> call = make(*message, texts, *secrets);
  if (!texts.error().empty()) co_return Delivery::failed(false, texts.error());
  if (!call) co_return Delivery::failed(false, call.error().message());
  (*call)->client = section_.section("http_config");
  io::Task<Result<HttpReply>> sending = kit_.http->send(*call);
  const Duration timeout = section_.duration("timeout");
  if (timeout > Duration::zero()) {
    io::Task<std::optional<Result<HttpReply>>> limited = io::within(kit_.loop, timeout, std::move(sending));
    const std::optional<Result<HttpReply>> reply = co_await std::move(limited);
    if (!reply)
      co_return Delivery::failed(true,
                                 fmt::format("configured timeout reached ({})", format_duration(timeout)));
    if (!*reply) co_return Delivery::failed(true, (*reply).error().message());
    co_return judge(**reply);
  }
  const Result<HttpReply> reply = co_await std::move(sending);
  if (!reply) co_return Delivery::failed(reply.error().code() != Code::invalid, reply.error().message());
  co_return judge(*reply);
}

Delivery HttpNotifier::judge(const HttpReply& reply) const {
  if (reply.status / 100 == 2) return Delivery::done();
  const bool retry = reply.status / 100 == 5 || reply.status == 429;
  std::string body = reply.body.substr(0, 500);
  return Delivery::failed(
      retry, fmt::format("unexpected status code {}{}{}", reply.status, body.empty() ? "" : ": ", body));
}

std::shared_ptr<HttpCall> HttpNotifier::post_json(std::string url, const model::Value& body) const {
  auto call = std::make_shared<HttpCall>();
  call->url = std::move(url);
  call->headers.set("Content-Type", "application/json");
  call->body = model::to_json(body) + "\n";
  return call;
}

bool truncate_runes(std::string& text, std::size_t most) {
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < text.size();) {
    templates::next_code_point(text, at);
    ends.push_back(at);
    if (ends.size() > most) break;
  }
  if (ends.size() <= most) return false;
  text.resize(most >= 2 ? ends[most - 2] : 0);
  text += "\xE2\x80\xA6";
  return true;
}

std::string hashed_key(std::string_view group_key) { return hex_encode(http::sha256(group_key)); }

void add_text(model::Object& object, std::string_view name, std::string value) {
  if (!value.empty()) object.append(std::string(name), std::move(value));
}

model::Value expand_yaml(const YamlNode& node, Texts& texts) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::list: {
      model::Array out;
      for (const YamlNode& item : node.items) out.push_back(expand_yaml(item, texts));
      return out;
    }
    case YamlNode::Kind::map: {
      model::Object out;
      for (const auto& member : node.members)
        out.set(texts.text(member.key), expand_yaml(member.value, texts));
      return out;
    }
    case YamlNode::Kind::scalar:
      break;
  }
  const std::string_view tag = node.tag();
  if (tag == "!!bool" && (node.text == "true" || node.text == "false")) return node.text == "true";
  if (tag == "!!int") {
    std::int64_t whole = 0;
    const auto read = std::from_chars(node.text.data(), node.text.data() + node.text.size(), whole);
    if (read.ec == std::errc() && read.ptr == node.text.data() + node.text.size()) return whole;
  }
  std::string expanded = texts.text(node.text);
  // A template may write JSON: it stands as such.
  if (node.text.find("{{") != std::string::npos && (expanded.starts_with('{') || expanded.starts_with('['))) {
    if (auto parsed = model::parse_json(expanded)) return std::move(*parsed);
  }
  return expanded;
}

}  // namespace aloft::telemetry::alerts
