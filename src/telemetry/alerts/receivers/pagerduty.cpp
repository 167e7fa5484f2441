// PagerDuty: the Events API v2, and v1 for service keys.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t event_limit = 512'000;

class PagerDuty final : public HttpNotifier {
 public:
  using HttpNotifier::HttpNotifier;

 protected:
  std::vector<std::pair<std::string, std::string>> secret_fields() const override {
    return {{"routing_key", "routing_key_file"}, {"service_key", "service_key_file"}};
  }

  Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                         const Secrets& secrets) override {
    const bool v1 = secrets.at("routing_key").empty();
    model::Object details = details_of(texts);
    model::Value body = v1 ? first_version(message, texts, secrets, details)
                           : second_version(message, texts, secrets, details);
    if (texts.error().empty() && body.text_at(v1 ? "service_key" : "routing_key").empty())
      return fail(Code::invalid, v1 ? "service key cannot be empty" : "routing key cannot be empty");
    if (model::to_json(body).size() > event_limit) {
      model::Object shortened;
      shortened.append(
          "error",
          "Custom details have been removed because the original event exceeds the maximum size of 512KB");
      if (v1)
        body.as_object().set("details", std::move(shortened));
      else
        body.at("payload")->as_object().set("custom_details", std::move(shortened));
    }
    return post_json(
        v1 ? "https://events.pagerduty.com/generic/2010-04-15/create_event.json" : section().text("url"),
        body);
  }

 private:
  model::Object details_of(Texts& texts) const {
    model::Object out;
    if (const YamlNode* given = section().any("details")) {
      for (const auto& member : given->members) out.set(member.key, expand_yaml(member.value, texts));
    }
    const auto add = [&](std::string_view name, std::string_view source) {
      if (!out.contains(name)) out.set(name, texts.text(source));
    };
    add("firing", R"({{ template "pagerduty.default.instances" .Alerts.Firing }})");
    add("num_firing", "{{ .Alerts.Firing | len }}");
    add("num_resolved", "{{ .Alerts.Resolved | len }}");
    add("resolved", R"({{ template "pagerduty.default.instances" .Alerts.Resolved }})");
    return out;
  }

  model::Value first_version(const Notification& message, Texts& texts, const Secrets& secrets,
                             model::Object& details) const {
    std::string description =
        text(texts, "description", R"({{ template "pagerduty.default.description" . }})");
    truncate_runes(description, 1024);
    model::Object out;
    out.append("service_key", texts.text(secrets.at("service_key")));
    out.append("incident_key", hashed_key(message.group_key));
    out.append("event_type", message.firing() ? "trigger" : "resolve");
    add_text(out, "description", std::move(description));
    out.append("event_action", "");
    out.append("payload", nullptr);
    if (message.firing()) {
      add_text(out, "client", text(texts, "client", R"({{ template "pagerduty.default.client" . }})"));
      add_text(out, "client_url",
               text(texts, "client_url", R"({{ template "pagerduty.default.clientURL" . }})"));
    }
    out.append("details", std::move(details));
    return out;
  }

  model::Value second_version(const Notification& message, Texts& texts, const Secrets& secrets,
                              model::Object& details) const {
    std::string summary = text(texts, "description", R"({{ template "pagerduty.default.description" . }})");
    truncate_runes(summary, 1024);
    const std::string client = text(texts, "client", R"({{ template "pagerduty.default.client" . }})");
    model::Object payload;
    payload.append("summary", std::move(summary));
    payload.append("source", section().has("source") ? text(texts, "source") : client);
    payload.append("severity", text(texts, "severity", "error"));
    add_text(payload, "class", text(texts, "class"));
    add_text(payload, "component", text(texts, "component"));
    add_text(payload, "group", text(texts, "group"));
    payload.append("custom_details", std::move(details));
    model::Object out;
    out.append("routing_key", texts.text(secrets.at("routing_key")));
    out.append("dedup_key", hashed_key(message.group_key));
    out.append("event_action", message.firing() ? "trigger" : "resolve");
    out.append("payload", std::move(payload));
    add_text(out, "client", client);
    add_text(out, "client_url",
             text(texts, "client_url", R"({{ template "pagerduty.default.clientURL" . }})"));
    add_list(out, "images", "src", {"src", "alt", "href"}, texts);
    add_list(out, "links", "href", {"href", "text"}, texts);
    return out;
  }

  // Entries without the member that matters are left out.
  void add_list(model::Object& out, std::string_view name, std::string_view needed,
                std::initializer_list<std::string_view> members, Texts& texts) const {
    model::Array list;
    for (const Section& item : section().sections(name)) {
      model::Object entry;
      for (const std::string_view member : members)
        entry.append(std::string(member), texts.text(item.text(member)));
      if (!model::Value(entry).text_at(needed).empty()) list.push_back(std::move(entry));
    }
    if (!list.empty()) out.append(std::string(name), std::move(list));
  }
};

}  // namespace

std::unique_ptr<Notifier> make_pagerduty(ReceiverKit kit, Section section) {
  return std::make_unique<PagerDuty>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
