// Jira: one issue for each group of alerts, found again by a label with the group's hash; made, updated,
// reopened and resolved through the REST interface, version 2 or 3.
#include <algorithm>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/json.h"
#include "telemetry/alerts/log.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t summary_limit = 255;
constexpr std::size_t description_limit = 32767;

model::Value named(std::string_view member, std::string value) {
  model::Object out;
  out.append(std::string(member), std::move(value));
  return out;
}

std::string base_url(const Draft& draft) {
  std::string url = draft.section.text("api_url");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// The template of `summary` or `description`, which may be a text or a section with one.
std::string field_text(const Draft& draft, std::string_view field) {
  const Section* section = draft.section.section(field);
  if (section == nullptr) return draft.standard(field);
  const std::string fallback = fmt::format("{{{{ template \"jira.default.{}\" . }}}}", field);
  return draft.texts.text(section->text("template", fallback));
}
bool may_update(const Draft& draft, std::string_view field) {
  const Section* section = draft.section.section(field);
  return section == nullptr || section->flag("enable_update", true);
}

// Text for version 2, a document of Atlassian's format for version 3. Empty: there is none.
Result<model::Value> description_of(const Draft& draft) {
  std::string text = shortened(field_text(draft, "description"), description_limit);
  if (!base_url(draft).ends_with("/3")) return model::Value(std::move(text));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return model::Value("");
  auto document = model::parse_json(text);
  if (!document) return fail(Code::invalid, "description template: invalid JSON for API v3");
  return document;
}

std::string group_label(const Draft& draft) {
  return fmt::format("ALERT{{{}}}", hashed_key(draft.message.group_key));
}

Result<model::Object> issue_fields(const Draft& draft, bool update) {
  model::Object fields;
  if (!update || may_update(draft, "summary"))
    fields.append("summary", shortened(field_text(draft, "summary"), summary_limit));
  if (!update || may_update(draft, "description")) {
    TRY(description, description_of(draft));
    const bool empty = description.if_string() != nullptr && description.if_string()->empty();
    if (!empty) fields.append("description", std::move(description));
  }
  fields.append("issuetype", named("name", draft.text("issue_type")));
  std::vector<std::string> labels;
  for (const std::string& label : draft.section.list("labels")) labels.push_back(draft.texts.text(label));
  labels.push_back(group_label(draft));
  std::sort(labels.begin(), labels.end());
  model::Array list;
  for (std::string& label : labels) list.push_back(std::move(label));
  fields.append("labels", std::move(list));
  std::string priority = draft.standard("priority");
  if (!priority.empty()) fields.append("priority", named("name", std::move(priority)));
  fields.append("project", named("key", draft.text("project")));
  if (const YamlNode* own = draft.section.any("fields")) {
    for (const auto& member : own->members) fields.set(member.key, expand_yaml(member.value, draft.texts));
  }
  return fields;
}

// Open issues of the group; while it fires also those that were closed so lately that they are reopened.
std::string search_text(const Draft& draft) {
  std::string out;
  const std::string never = draft.section.text("wont_fix_resolution");
  if (!never.empty()) out = fmt::format("(resolution is EMPTY or resolution != {}) and ", go_quote(never));
  const auto minutes = draft.section.duration("reopen_duration") / 1min;
  const bool reopens = draft.message.firing() && minutes > 0 && draft.section.has("reopen_transition");
  out += reopens ? fmt::format("(resolutiondate is EMPTY OR resolutiondate >= -{}m) and ", minutes)
                 : std::string("statusCategory != Done and ");
  return out + fmt::format("project={} and labels={} order by status ASC,resolutiondate DESC",
                           go_quote(draft.text("project")), go_quote(group_label(draft)));
}

// Jira Cloud searches elsewhere than Data Center does.
std::string search_url(const Draft& draft) {
  std::string url = base_url(draft);
  const std::string type = draft.section.text("api_type", "auto");
  const auto parsed = parse_url(url);
  const bool cloud = type == "cloud" || (type == "auto" && parsed && parsed->host.ends_with("atlassian.net"));
  if (!cloud) return url + "/search";
  url += "/search/jql";
  constexpr std::string_view before = "/rest/api/2/";
  if (const std::size_t at = url.find(before); at != std::string::npos)
    url.replace(at, before.size(), "/rest/api/3/");
  return url;
}

struct Issue {
  std::string key;
  std::string status;  // the category's key; "done" for what is closed
};

// A failure that ends the conversation.
struct Stop {
  Delivery outcome;
};
template <class T = model::Value>
using Said = std::expected<T, Stop>;

std::unexpected<Stop> stop(bool retry, std::string why) {
  return std::unexpected<Stop>(Stop{Delivery::failed(retry, std::move(why))});
}

class Jira final : public HttpNotifier {
 public:
  Jira(ReceiverKit kit, Section section) : HttpNotifier(std::move(kit), std::move(section), "jira", {}) {}

 protected:
  io::Task<Delivery> converse(const Draft& draft) override {
    const Said<std::optional<Issue>> known = co_await find(draft);
    if (!known) co_return known.error().outcome;
    const std::optional<Issue>& issue = *known;
    // What is over needs no issue.
    if (!issue && !draft.message.firing()) co_return Delivery::done();
    const Result<model::Object> fields = issue_fields(draft, issue.has_value());
    if (!draft.texts.error().empty()) co_return Delivery();
    if (!fields) co_return Delivery::failed(false, fields.error().message());
    model::Object body;
    body.append("fields", *fields);
    const std::string url = base_url(draft) + (issue ? "/issue/" + issue->key : std::string("/issue"));
    const Said<> told = co_await ask(issue ? "PUT" : "POST", url, std::move(body));
    if (!told) co_return told.error().outcome;
    if (!issue) co_return Delivery::done();
    co_return co_await move_on(draft, *issue);
  }

 private:
  io::Task<Said<>> ask(std::string method, std::string url, std::optional<model::Object> body) {
    std::shared_ptr<HttpCall> call = json_call(std::move(url), model::Value(), std::move(method));
    call->body = body ? model::to_json(model::Value(std::move(*body))) + "\n" : std::string();
    call->headers.set("Accept-Language", "en");
    const Result<HttpReply> reply = co_await HttpNotifier::call(std::move(call));
    if (!reply) co_return std::unexpected<Stop>(Stop{failed_by(reply.error())});
    const Delivery judged = judge_status(*reply);
    if (!judged.delivered) co_return std::unexpected<Stop>(Stop{judged});
    auto answer = model::parse_json(reply->body);
    co_return answer ? std::move(*answer) : model::Value();
  }

  io::Task<Said<std::optional<Issue>>> find(const Draft& draft) {
    model::Object search;
    search.append("fields", model::Array{model::Value("status")});
    search.append("jql", search_text(draft));
    search.append("maxResults", 2);
    if (!draft.texts.error().empty()) co_return std::unexpected<Stop>(Stop{Delivery()});
    const Said<> answer = co_await ask("POST", search_url(draft), std::move(search));
    if (!answer) co_return std::unexpected<Stop>(answer.error());
    const model::Value* issues = answer->at("issues");
    if (issues == nullptr || issues->if_array() == nullptr)
      co_return stop(false, "the answer to the search lists no issues");
    const model::Array& list = *issues->if_array();
    if (list.empty()) co_return std::optional<Issue>();
    if (list.size() > 1)
      log.warning("jira: several issues are about one group, {} is taken", list[0].text_at("key"));
    Issue out;
    out.key = std::string(list[0].text_at("key"));
    out.status = std::string(list[0].text_at("fields", "status", "statusCategory", "key"));
    co_return std::optional<Issue>(std::move(out));
  }

  // Reopens what fires again, closes what is over.
  io::Task<Delivery> move_on(const Draft& draft, const Issue& issue) {
    const bool firing = draft.message.firing();
    const std::string wanted = draft.section.text(firing ? "reopen_transition" : "resolve_transition");
    const bool closed = issue.status == "done";
    if (issue.status.empty() || wanted.empty() || firing != closed) co_return Delivery::done();
    const std::string url = fmt::format("{}/issue/{}/transitions", base_url(draft), issue.key);
    const Said<> known = co_await ask("GET", url, std::nullopt);
    if (!known) co_return known.error().outcome;
    std::string id;
    const model::Value* transitions = known->at("transitions");
    if (transitions != nullptr && transitions->if_array() != nullptr) {
      for (const model::Value& transition : *transitions->if_array()) {
        if (transition.text_at("name") == wanted) id = std::string(transition.text_at("id"));
      }
    }
    if (id.empty())
      co_return Delivery::failed(false,
                                 fmt::format("can't find transition {} for issue {}", wanted, issue.key));
    model::Object body;
    body.append("transition", named("id", std::move(id)));
    const Said<> moved = co_await ask("POST", url, std::move(body));
    co_return moved ? Delivery::done() : moved.error().outcome;
  }
};

}  // namespace

std::unique_ptr<Notifier> make_jira(ReceiverKit kit, Section section) {
  return std::make_unique<Jira>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
