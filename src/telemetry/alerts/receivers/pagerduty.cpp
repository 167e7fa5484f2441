// PagerDuty: the Events API v2, and v1 for service keys.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t event_limit_bytes = 512'000;
constexpr std::size_t text_limit = 1024;

constexpr SecretField pagerduty_secrets[] = {{"routing_key", "routing_key_file"},
                                             {"service_key", "service_key_file"}};

// What is configured, and what alerts there are unless it is named there.
model::Object details_of(const Draft& draft) {
  model::Object out;
  if (const YamlNode* given = draft.section.any("details")) {
    for (const auto& member : given->members) out.set(member.key, expand_yaml(member.value, draft.texts));
  }
  const auto add = [&](std::string_view name, std::string_view source) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.text = source;
    if (!out.contains(name)) out.set(name, expand_yaml(node, draft.texts));
  };
  add("firing", "{{ .Alerts.Firing | toJson }}");
  add("resolved", "{{ .Alerts.Resolved | toJson }}");
  add("num_firing", "{{ .Alerts.Firing | len }}");
  add("num_resolved", "{{ .Alerts.Resolved | len }}");
  return out;
}

std::string_view event_of(const Draft& draft) { return draft.message.firing() ? "trigger" : "resolve"; }

model::Object first_version(const Draft& draft) {
  model::Object out;
  add_text(out, "service_key", draft.texts.text(draft.secret("service_key")));
  out.append("incident_key", hashed_key(draft.message.group_key));
  out.append("event_type", event_of(draft));
  add_text(out, "description", shortened(draft.standard("description"), text_limit));
  out.append("event_action", "");
  out.append("payload", nullptr);
  if (draft.message.firing()) {
    add_text(out, "client", draft.standard("client"));
    add_text(out, "client_url", draft.standard("client_url", "clientURL"));
  }
  out.append("details", details_of(draft));
  return out;
}

// Entries without the member that matters are left out.
void add_list(model::Object& out, const Draft& draft, std::string_view name, std::string_view needed,
              std::initializer_list<std::string_view> members) {
  model::Array list;
  for (const Section& item : draft.section.sections(name)) {
    model::Object entry;
    for (const std::string_view member : members)
      entry.append(std::string(member), draft.texts.text(item.text(member)));
    if (!model::Value(entry).text_at(needed).empty()) list.push_back(std::move(entry));
  }
  if (!list.empty()) out.append(std::string(name), std::move(list));
}

model::Object second_version(const Draft& draft) {
  const std::string client = draft.standard("client");
  const bool has_source = !draft.section.text("source").empty();
  const std::string severity = draft.section.text("severity");
  model::Object payload;
  payload.append("summary", shortened(draft.standard("description"), text_limit));
  payload.append("source", has_source ? draft.text("source") : client);
  payload.append("severity", draft.texts.text(severity.empty() ? "error" : severity));
  add_texts(payload, draft.section, draft.texts, {"class", "component", "group"});
  payload.append("custom_details", details_of(draft));
  model::Object out;
  add_text(out, "routing_key", draft.texts.text(draft.secret("routing_key")));
  out.append("dedup_key", hashed_key(draft.message.group_key));
  out.append("event_action", event_of(draft));
  out.append("payload", std::move(payload));
  add_text(out, "client", client);
  add_text(out, "client_url", draft.standard("client_url", "clientURL"));
  add_list(out, draft, "images", "src", {"src", "alt", "href"});
  add_list(out, draft, "links", "href", {"href", "text"});
  return out;
}

void remove_details(model::Object& body, bool v1) {
  model::Object note;
  note.append(
      "error",
      "Custom details have been removed because the original event exceeds the maximum size of 512KB");
  if (v1)
    body.set("details", std::move(note));
  else
    body.find("payload")->as_object().set("custom_details", std::move(note));
}

Result<Calls> write_pagerduty(const Draft& draft) {
  const bool v1 = draft.section.has("service_key") || draft.section.has("service_key_file");
  model::Object body = v1 ? first_version(draft) : second_version(draft);
  if (draft.texts.error().empty() && !body.contains(v1 ? "service_key" : "routing_key"))
    return fail(Code::invalid, v1 ? "service key cannot be empty" : "routing key cannot be empty");
  if (model::to_json(model::Value(body)).size() > event_limit_bytes) remove_details(body, v1);
  return post_json(
      v1 ? "https://events.pagerduty.com/generic/2010-04-15/create_event.json" : draft.section.text("url"),
      std::move(body));
}

// The first version says 403 to who calls too often.
Delivery judge_pagerduty(const HttpReply& reply) {
  Delivery outcome = judge_status(reply);
  outcome.retry = outcome.retry || reply.status == 403;
  return outcome;
}

constexpr HttpKind posted_pagerduty_kinds[] = {
    {"pagerduty", pagerduty_secrets, write_pagerduty, judge_pagerduty}};

}  // namespace

std::span<const HttpKind> pagerduty_kinds() { return posted_pagerduty_kinds; }

}  // namespace aloft::telemetry::alerts
