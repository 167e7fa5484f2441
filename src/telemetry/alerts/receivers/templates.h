// Templates of notifications: the data they see, the functions they call, and the definitions of the default
// templates and of the configured files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/alerts/manager/notifier.h"
#include "telemetry/core/template/text_template.h"

namespace aloft::telemetry::alerts {

// Immutable once loaded; shared by all receivers of a configuration.
class NotificationTemplates {
 public:
  // `files` are texts with names. Error: invalid, naming file and line.
  static Result<std::shared_ptr<const NotificationTemplates>> make(
      const std::vector<std::pair<std::string, std::string>>& files, std::string external_url);
  // Reads the files that the patterns name. Blocks.
  static Result<std::shared_ptr<const NotificationTemplates>> load(const std::vector<std::string>& patterns,
                                                                   std::string external_url);

  // The labels of a route, each a template over the group's data, which may name others of them. One that
  // fails is left out and told about in the log.
  LabelMap route_labels(const LabelMap& labels, const Notification& message) const;
  // What templates call `.`; the same content as the webhook's JSON.
  templates::Value data(const Notification& message) const;
  // Error: invalid, from the template.
  Result<std::string> text(std::string_view source, const templates::Value& data) const;
  Result<std::string> html(std::string_view source, const templates::Value& data) const;
  const std::string& external_url() const { return external_url_; }

 private:
  NotificationTemplates() = default;
  using RouteLabel = std::function<Result<std::string>(const std::string& name)>;
  Result<std::string> run(std::string_view source, const templates::Value& data, bool html,
                          const RouteLabel& route_label) const;
  templates::Functions functions_;
  templates::Methods methods_;
  templates::Library library_;
  std::string external_url_;
};

// The texts of one message, which outlives them; the first failure is kept and later texts are empty. What
// templates see is gathered when the first one needs it.
class Texts {
 public:
  Texts(const NotificationTemplates& templates, const Notification& message)
      : templates_(templates), message_(message) {}
  std::string text(std::string_view source) { return expand(source, false); }
  std::string html(std::string_view source) { return expand(source, true); }
  const std::string& error() const { return error_; }

 private:
  std::string expand(std::string_view source, bool html);
  const NotificationTemplates& templates_;
  const Notification& message_;
  std::optional<templates::Value> data_;
  std::string error_;
};

// Labels that all alerts of a message share, and annotations likewise.
LabelMap common_labels(const std::vector<AlertPtr>& alerts);
LabelMap common_annotations(const std::vector<AlertPtr>& alerts);

// The definitions that receivers use when nothing else is configured.
std::string_view default_templates();

}  // namespace aloft::telemetry::alerts
