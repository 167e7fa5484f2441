// Secrets, sending and judging.
#include "telemetry/alerts/receivers/http_notifier.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "http/tls.h"
#include "io/file.h"
#include "io/timeout.h"
#include "model/json.h"
#include "model/yaml.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t secret_limit_bytes = 1 << 20;

struct SecretPlace {
  std::string name;
  std::string value;
  std::string file_field;
  std::string file;
};

// Blocks.
Result<Secrets> read_secrets(const std::vector<SecretPlace>& places) {
  Secrets out;
  for (const SecretPlace& place : places) {
    std::string value = place.value;
    if (value.empty() && !place.file.empty()) {
      auto text = io::read_file(place.file, secret_limit_bytes);
      if (!text) return fail(std::move(text).error().at(place.file_field));
      while (!text->empty() && static_cast<unsigned char>(text->back()) <= ' ') text->pop_back();
      value = std::move(*text);
    }
    out.emplace(place.name, std::move(value));
  }
  return out;
}

// One message of a kind from the table.
class WrittenNotifier final : public HttpNotifier {
 public:
  WrittenNotifier(const HttpKind& kind, ReceiverKit kit, Section section)
      : HttpNotifier(std::move(kit), std::move(section), kind.name, kind.secrets), kind_(kind) {}

 protected:
  io::Task<Delivery> converse(const Draft& draft) override {
    const Result<Calls> calls = kind_.write(draft);
    if (!draft.texts.error().empty()) co_return Delivery();
    if (!calls) co_return Delivery::failed(false, calls.error().message());
    for (const auto& one : *calls) {
      const Result<HttpReply> reply = co_await call(one);
      if (!reply) co_return failed_by(reply.error());
      Delivery outcome = kind_.judge(*reply);
      if (!outcome.delivered || one == calls->back()) co_return outcome;
    }
    co_return Delivery::done();
  }

 private:
  const HttpKind& kind_;
};

}  // namespace

std::string Draft::source(std::string_view field, std::string_view name) const {
  if (section.has(field)) return section.text(field);
  return fmt::format("{{{{ template \"{}.default.{}\" . }}}}", kind, name.empty() ? field : name);
}

io::Task<Delivery> HttpNotifier::send(std::shared_ptr<const Notification> message) {
  std::vector<SecretPlace> places;
  for (const auto& [name, file] : secrets_)
    places.push_back({std::string(name), section_.text(name), std::string(file), section_.text(file)});
  auto read = [places = std::move(places)] { return read_secrets(places); };
  io::Task<Result<Secrets>> reading = kit_.worker.run(std::move(read));
  Result<Secrets> secrets = co_await std::move(reading);
  if (!secrets) co_return Delivery::failed(true, secrets.error().message());
  Texts texts(*kit_.templates, *message);
  const Draft draft{kind_, section_, *message, kit_, texts, std::move(*secrets)};
  Delivery outcome = co_await converse(draft);
  if (!texts.error().empty()) co_return Delivery::failed(false, texts.error());
  co_return outcome;
}

io::Task<Result<HttpReply>> HttpNotifier::call(std::shared_ptr<HttpCall> call) {
  call->client = section_.section("http_config");
  io::Task<Result<HttpReply>> sending = kit_.http->send(std::move(call));
  const Duration timeout = section_.duration("timeout");
  if (timeout <= Duration::zero()) co_return co_await std::move(sending);
  io::Task<std::optional<Result<HttpReply>>> limited = io::within(kit_.loop, timeout, std::move(sending));
  std::optional<Result<HttpReply>> reply = co_await std::move(limited);
  if (reply) co_return std::move(*reply);
  co_return fail(Code::timeout, fmt::format("configured timeout reached ({})", format_duration(timeout)));
}

std::unique_ptr<Notifier> make_http_notifier(const HttpKind& kind, ReceiverKit kit, Section section) {
  return std::make_unique<WrittenNotifier>(kind, std::move(kit), std::move(section));
}

Delivery failed_by(const Error& error) {
  return Delivery::failed(error.code() != Code::invalid, error.message());
}

Delivery judge_status(const HttpReply& reply) {
  if (reply.status / 100 == 2) return Delivery::done();
  const bool retry = reply.status / 100 == 5 || reply.status == 429;
  const std::string body = reply.body.substr(0, 500);
  return Delivery::failed(
      retry, fmt::format("unexpected status code {}{}{}", reply.status, body.empty() ? "" : ": ", body));
}

std::shared_ptr<HttpCall> json_call(std::string url, const model::Value& body, std::string method) {
  auto call = std::make_shared<HttpCall>();
  call->method = std::move(method);
  call->url = std::move(url);
  call->headers.set("Content-Type", "application/json");
  call->body = model::to_json(body) + "\n";
  return call;
}

Calls post_json(std::string url, model::Object body) {
  return {json_call(std::move(url), model::Value(std::move(body)))};
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < text.size();) {
    next_code_point(text, at);
    ends.push_back(at);
    if (ends.size() > most) break;
  }
  if (ends.size() <= most) return text;
  text.resize(most >= 2 ? ends[most - 2] : 0);
  return text + "\xE2\x80\xA6";
}

std::string hashed_key(std::string_view group_key) { return hex_encode(http::sha256(group_key)); }

void add_text(model::Object& object, std::string_view name, std::string value) {
  if (!value.empty()) object.append(std::string(name), std::move(value));
}

void add_texts(model::Object& object, const Section& from, Texts& texts,
               std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) add_text(object, name, texts.text(from.text(name)));
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
  std::string expanded = texts.text(node.text);
  if (expanded.empty()) return nullptr;
  auto parsed = model::parse_yaml(expanded);
  return parsed && !parsed->is_string() ? std::move(*parsed) : model::Value(std::move(expanded));
}

}  // namespace aloft::telemetry::alerts
