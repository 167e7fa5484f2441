// Services that keep incidents: Opsgenie, VictorOps, incident.io.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

std::string with_slash(std::string url) {
  if (!url.ends_with('/')) url += '/';
  return url;
}

class Opsgenie final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"api_key", "api_key_file"}};
  }

  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    const std::string alias = hashed_key(message.group_key);
    const std::string base = with_slash(section().text("api_url")) + "v2/alerts";
    const std::string source = text(texts, "source", R"({{ template "opsgenie.default.source" . }})");
    std::shared_ptr<HttpCall> call;
    if (message.firing()) {
      call = post_json(base, create(alias, source, message, texts));
    } else {
      model::Object body;
      add_text(body, "source", source);
      call = post_json(fmt::format("{}/{}/close?identifierType=alias", base, alias),
                       model::Value(std::move(body)));
    }
    call->headers.set("Authorization", "GenieKey " + texts.text(secrets.at("api_key")));
    return call;
  }

 private:
  model::Value create(const std::string& alias, const std::string& source, const Notification& message,
                      Texts& texts) const {
    std::string summary = text(texts, "message", R"({{ template "opsgenie.default.message" . }})");
    truncate_runes(summary, 130);
    model::Object details;
    for (const auto& [name, value] : common_labels(message.alerts)) details.set(name, value);
    for (const auto& [name, value] : section().map("details")) details.set(name, texts.text(value));
    model::Array responders;
    for (const Section& item : section().sections("responders")) {
      model::Object responder;
      for (const std::string_view name : {"id", "name", "username", "type"})
        add_text(responder, name, texts.text(item.text(name)));
      if (responder.size() > 1) responders.push_back(std::move(responder));
    }
    model::Object out;
    out.append("alias", alias);
    out.append("message", std::move(summary));
    add_text(out, "description",
             text(texts, "description", R"({{ template "opsgenie.default.description" . }})"));
    out.append("details", std::move(details));
    out.append("source", source);
    if (!responders.empty()) out.append("responders", std::move(responders));
    add_list(out, "tags", texts);
    add_text(out, "note", text(texts, "note"));
    add_text(out, "priority", text(texts, "priority"));
    add_text(out, "entity", text(texts, "entity"));
    add_list(out, "actions", texts);
    return out;
  }
  void add_list(model::Object& out, std::string_view name, Texts& texts) const {
    const std::string all = text(texts, name);
    model::Array list;
    for (std::size_t from = 0; from < all.size();) {
      const std::size_t comma = std::min(all.find(',', from), all.size());
      std::string item = all.substr(from, comma - from);
      while (item.starts_with(' ')) item.erase(0, 1);
      if (!item.empty()) list.push_back(std::move(item));
      from = comma + 1;
    }
    if (!list.empty()) out.append(std::string(name), std::move(list));
  }
};

class VictorOps final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"api_key", "api_key_file"}};
  }

  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    std::string type = text(texts, "message_type", "CRITICAL");
    if (!message.firing()) type = "RECOVERY";
    std::string state = text(texts, "state_message", R"({{ template "victorops.default.state_message" . }})");
    truncate_runes(state, 20480);
    model::Object body;
    body.append("message_type", std::move(type));
    body.append("entity_id", hashed_key(message.group_key));
    body.append("entity_display_name", text(texts, "entity_display_name",
                                            R"({{ template "victorops.default.entity_display_name" . }})"));
    body.append("state_message", std::move(state));
    body.append("monitoring_tool",
                text(texts, "monitoring_tool", R"({{ template "victorops.default.monitoring_tool" . }})"));
    for (const auto& [name, value] : section().map("custom_fields")) body.append(name, texts.text(value));
    const std::string url = fmt::format("{}{}/{}", with_slash(section().text("api_url")),
                                        secrets.at("api_key"), text(texts, "routing_key"));
    return post_json(url, model::Value(std::move(body)));
  }
};

class IncidentIo final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"url", "url_file"}, {"alert_source_token", "alert_source_token_file"}};
  }
  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts&,
                                         const Secrets& secrets) override {
    auto call = std::make_shared<HttpCall>();
    call->url = secrets.at("url");
    call->headers.set("Content-Type", "application/json");
    if (const std::string& token = secrets.at("alert_source_token"); !token.empty())
      call->headers.set("Authorization", "Bearer " + token);
    call->body = webhook_json(message, kit().templates->external_url(),
                              static_cast<std::size_t>(section().integer("max_alerts"))) +
                 "\n";
    return call;
  }
};

}  // namespace

std::unique_ptr<Notifier> make_opsgenie(ReceiverKit kit, Section section) {
  return std::make_unique<Opsgenie>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_victorops(ReceiverKit kit, Section section) {
  return std::make_unique<VictorOps>(std::move(kit), std::move(section));
}
std::unique_ptr<Notifier> make_incidentio(ReceiverKit kit, Section section) {
  return std::make_unique<IncidentIo>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
