// What receivers that are reached by HTTP have in common: secrets from files, one call, and what its answer
// means.
#pragma once

#include <map>
#include <memory>
#include <string>
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

// Texts by the name of their field.
using Secrets = std::map<std::string, std::string, std::less<>>;

class HttpNotifier : public Notifier {
 public:
  HttpNotifier(ReceiverKit kit, Section section) : kit_(std::move(kit)), section_(std::move(section)) {}
  io::Task<Delivery> send(std::shared_ptr<const Notification> message) override;

 protected:
  // Fields whose value may stand in a file: {"routing_key", "routing_key_file"}.
  virtual std::vector<std::pair<std::string, std::string>> secret_fields() const { return {}; }
  // The call that tells of the message. Error: invalid; it is not tried again.
  virtual Result<std::shared_ptr<HttpCall>> make(const Notification& message, Texts& texts,
                                                 const Secrets& secrets) = 0;
  virtual Delivery judge(const HttpReply& reply) const;

  const Section& section() const { return section_; }
  const ReceiverKit& kit() const { return kit_; }
  // The field's template, or the default one, expanded.
  std::string text(Texts& texts, std::string_view field, std::string_view fallback = {}) const {
    return texts.text(section_.text(field, fallback));
  }
  std::shared_ptr<HttpCall> post_json(std::string url, const model::Value& body) const;

 private:
  ReceiverKit kit_;
  Section section_;
};

// `...` at the end of what is longer than `most` code points. True when something was cut.
bool truncate_runes(std::string& text, std::size_t most);
// The group key as PagerDuty, Opsgenie and others get it: SHA-256 in hexadecimal.
std::string hashed_key(std::string_view group_key);
// A member that is left out when empty.
void add_text(model::Object& object, std::string_view name, std::string value);
// Every text within a YAML value expanded, as JSON.
model::Value expand_yaml(const YamlNode& node, Texts& texts);

}  // namespace aloft::telemetry::alerts
