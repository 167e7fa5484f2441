// Receivers that are reached by HTTP. What differs from kind to kind is which secrets it has, how its message
// is written, and what its answers mean: one HttpKind, a row of a table. Secrets from files, templates,
// limits on time and the sending itself are the same for all.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/pool.h"
#include "model/value.h"
#include "telemetry/alerts/manager/notifier.h"
#include "telemetry/alerts/receivers/http_sender.h"
#include "telemetry/alerts/receivers/templates.h"
#include "telemetry/alerts/rules/rule_group.h"

namespace aloft::telemetry::alerts {

class MailSender;

// What notifiers are made from. Copies share.
struct ReceiverKit {
  io::Loop& loop;
  Worker worker;
  const Clock& clock;
  std::shared_ptr<HttpSender> http;
  std::shared_ptr<MailSender> mail;
  std::shared_ptr<const NotificationTemplates> templates;
};

// A field whose value may stand in a file instead.
struct SecretField {
  std::string_view name;
  std::string_view file;
};
// Texts by the name of their field.
using Secrets = std::map<std::string, std::string, std::less<>>;

// What one message is written from. Lives while it is sent.
struct Draft {
  std::string_view kind;
  const Section& section;
  const Notification& message;
  const ReceiverKit& kit;
  Texts& texts;
  Secrets secrets;

  // The field's template, or the fallback's, expanded.
  std::string text(std::string_view field, std::string_view fallback = {}) const {
    return texts.text(section.text(field, fallback));
  }
  // The field's template; where there is none, the default one, whose name is made of kind and field as in
  // "slack.default.title". `name` where it is not that of the field.
  std::string source(std::string_view field, std::string_view name = {}) const;
  std::string standard(std::string_view field, std::string_view name = {}) const {
    return texts.text(source(field, name));
  }
  const std::string& secret(std::string_view field) const { return secrets.find(field)->second; }
};

// Sent one after another; the first that fails ends them.
using Calls = std::vector<std::shared_ptr<HttpCall>>;

// 2xx is good; 5xx and 429 may be tried again.
Delivery judge_status(const HttpReply& reply);

struct HttpKind {
  std::string_view name;
  std::span<const SecretField> secrets;
  // Error: invalid; the message is not tried again.
  Result<Calls> (*write)(const Draft& draft);
  Delivery (*judge)(const HttpReply& reply) = judge_status;
};

// A receiver with which one or more calls are exchanged.
class HttpNotifier : public Notifier {
 public:
  HttpNotifier(ReceiverKit kit, Section section, std::string_view kind, std::span<const SecretField> secrets)
      : kit_(std::move(kit)), section_(std::move(section)), kind_(kind), secrets_(secrets) {}
  io::Task<Delivery> send(std::shared_ptr<const Notification> message) final;

 protected:
  // A failure of a template is reported by the caller.
  virtual io::Task<Delivery> converse(const Draft& draft) = 0;
  // With the receiver's http_config and timeout. Error: as HttpSender, and timeout.
  io::Task<Result<HttpReply>> call(std::shared_ptr<HttpCall> call);

 private:
  ReceiverKit kit_;
  Section section_;
  std::string_view kind_;
  std::span<const SecretField> secrets_;
};

// `kind` outlives the notifier.
std::unique_ptr<Notifier> make_http_notifier(const HttpKind& kind, ReceiverKit kit, Section section);

std::shared_ptr<HttpCall> json_call(std::string url, const model::Value& body, std::string method = "POST");
// A kind whose message is one call with JSON.
Calls post_json(std::string url, model::Object body);
// What may help against a call that failed.
Delivery failed_by(const Error& error);

// `...` at the end of what is longer than `most` code points.
std::string shortened(std::string text, std::size_t most);
// The group key as PagerDuty, Opsgenie and others get it: SHA-256 in hexadecimal.
std::string hashed_key(std::string_view group_key);
// A member that is left out when empty.
void add_text(model::Object& object, std::string_view name, std::string value);
// The named fields of a section, each expanded, those that are empty left out.
void add_texts(model::Object& object, const Section& from, Texts& texts,
               std::initializer_list<std::string_view> names);
// Every text within a YAML value expanded, as JSON. What a template gives is read as YAML, so numbers and
// lists of templates stand as such.
model::Value expand_yaml(const YamlNode& node, Texts& texts);

}  // namespace aloft::telemetry::alerts
