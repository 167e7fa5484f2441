// Services that keep incidents: Opsgenie, VictorOps, incident.io.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr SecretField api_key[] = {{"api_key", "api_key_file"}};
constexpr SecretField incidentio_secrets[] = {{"url", "url_file"},
                                              {"alert_source_token", "alert_source_token_file"}};

std::string with_slash(std::string url) {
  if (!url.ends_with('/')) url += '/';
  return url;
}

// Between commas, as they stand; empty ones are left out.
std::vector<std::string> split(std::string_view all) {
  while (!all.empty() && static_cast<unsigned char>(all.front()) <= ' ') all.remove_prefix(1);
  while (!all.empty() && static_cast<unsigned char>(all.back()) <= ' ') all.remove_suffix(1);
  std::vector<std::string> out;
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t comma = std::min(all.find(',', from), all.size());
    if (comma > from) out.emplace_back(all.substr(from, comma - from));
    from = comma + 1;
  }
  return out;
}

void add_list(model::Object& out, std::string_view name, const Draft& draft) {
  model::Array list;
  for (std::string& item : split(draft.text(name))) list.push_back(std::move(item));
  if (!list.empty()) out.append(std::string(name), std::move(list));
}

model::Array opsgenie_responders(const Draft& draft) {
  model::Array out;
  for (const Section& item : draft.section.sections("responders")) {
    model::Object responder;
    add_texts(responder, item, draft.texts, {"id", "name", "username"});
    const std::string type = draft.texts.text(item.text("type"));
    if (responder.empty() && type.empty()) continue;
    if (type != "teams") {
      responder.append("type", type);
      out.push_back(std::move(responder));
      continue;
    }
    for (std::string& team : split(draft.texts.text(item.text("name")))) {
      model::Object one;
      one.append("name", std::move(team));
      one.append("type", "team");
      out.push_back(std::move(one));
    }
  }
  return out;
}

model::Object opsgenie_alert(const Draft& draft, const std::string& alias, const std::string& summary,
                             const std::string& description) {
  model::Object details;
  for (const auto& [name, value] : common_labels(draft.message.alerts)) details.set(name, value);
  for (const auto& [name, value] : draft.section.map("details")) details.set(name, draft.texts.text(value));
  model::Array responders = opsgenie_responders(draft);
  model::Object out;
  out.append("alias", alias);
  out.append("message", summary);
  add_text(out, "description", description);
  out.append("details", std::move(details));
  out.append("source", draft.standard("source"));
  if (!responders.empty()) out.append("responders", std::move(responders));
  add_list(out, "tags", draft);
  add_texts(out, draft.section, draft.texts, {"note", "priority", "entity"});
  add_list(out, "actions", draft);
  return out;
}

Result<Calls> write_opsgenie(const Draft& draft) {
  const std::string alias = hashed_key(draft.message.group_key);
  const std::string base = with_slash(draft.section.text("api_url")) + "v2/alerts";
  const auto by_alias = [&](std::string_view what) {
    return fmt::format("{}/{}/{}?identifierType=alias", base, alias, what);
  };
  Calls calls;
  if (draft.message.firing()) {
    const std::string summary = shortened(draft.standard("message"), 130);
    const std::string description = draft.standard("description");
    calls = post_json(base, opsgenie_alert(draft, alias, summary, description));
    const bool update = draft.section.flag("update_alerts", false);
    for (const auto& [name, text] : {std::pair{"message", summary}, std::pair{"description", description}}) {
      if (!update) break;
      model::Object body;
      add_text(body, name, text);
      calls.push_back(json_call(by_alias(name), model::Value(std::move(body)), "PUT"));
    }
  } else {
    model::Object body;
    body.append("source", draft.standard("source"));
    calls = post_json(by_alias("close"), std::move(body));
  }
  const std::string key = "GenieKey " + draft.texts.text(draft.secret("api_key"));
  for (const auto& call : calls) call->headers.set("Authorization", key);
  return calls;
}

Result<Calls> write_victorops(const Draft& draft) {
  std::string type = draft.text("message_type", "CRITICAL");
  if (!draft.message.firing())
    type = "RECOVERY";
  else if (type != "INFO" && type != "WARNING")
    type = "CRITICAL";
  model::Object body;
  body.append("message_type", std::move(type));
  body.append("entity_id", hashed_key(draft.message.group_key));
  body.append("entity_display_name", draft.standard("entity_display_name"));
  body.append("state_message", shortened(draft.standard("state_message"), 20480));
  body.append("monitoring_tool", draft.standard("monitoring_tool"));
  for (const auto& [name, value] : draft.section.map("custom_fields"))
    body.append(name, draft.texts.text(value));
  return post_json(fmt::format("{}{}/{}", with_slash(draft.section.text("api_url")), draft.secret("api_key"),
                               draft.text("routing_key")),
                   std::move(body));
}

// The webhook's message in its first version; what is too large for the service keeps its first alert.
Result<Calls> write_incidentio(const Draft& draft) {
  constexpr std::size_t limit_bytes = 512 * 1024;
  const std::string& external_url = draft.kit.templates->external_url();
  WebhookForm form;
  form.version = "1";
  form.most_alerts = static_cast<std::size_t>(draft.section.integer("max_alerts"));
  std::string body = webhook_json(draft.message, external_url, form);
  form.listed = 1;
  if (body.size() >= limit_bytes) body = webhook_json(draft.message, external_url, form);
  auto call = std::make_shared<HttpCall>();
  call->url = draft.secret("url");
  call->headers.set("Content-Type", "application/json");
  if (const std::string& token = draft.secret("alert_source_token"); !token.empty())
    call->headers.set("Authorization", "Bearer " + token);
  call->body = body + "\n";
  return Calls{std::move(call)};
}

constexpr HttpKind posted_incident_kinds[] = {{"opsgenie", api_key, write_opsgenie},
                                              {"victorops", api_key, write_victorops},
                                              {"incidentio", incidentio_secrets, write_incidentio}};

}  // namespace

std::span<const HttpKind> incident_kinds() { return posted_incident_kinds; }

}  // namespace aloft::telemetry::alerts
