// A configuration section described by a table: which fields there are, what they hold, and which of them are
// secret. Receivers have dozens of fields each; tables keep them to one line a field.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "telemetry/alerts/config/fields.h"

namespace aloft::telemetry::alerts {

enum class FieldType : unsigned char {
  text,
  secret,
  url,  // absolute
  secret_url,
  template_url,  // perhaps a template; what follows the host is secret
  boolean,
  integer,
  number,
  duration,  // 5m, 1h30m
  text_map,
  secret_map,  // values are secret
  text_list,
  any,  // whatever YAML holds
  section,
  text_or_section,
  sections  // a list of them
};

struct Schema;

struct FieldSpec {
  std::string_view name;
  FieldType type = FieldType::text;
  const Schema* nested = nullptr;
};

struct Schema {
  std::string_view type;  // for messages: "SlackConfig"
  std::span<const FieldSpec> fields;
};

// The values of one section. A value type; fields that were not given are absent.
class Section {
 public:
  using Item =
      std::variant<std::string, bool, std::int64_t, double, Duration, std::map<std::string, std::string>,
                   std::vector<std::string>, YamlNode, std::vector<Section>>;
  // Gathers mistakes; what could be read is in the result.
  static Section read(const YamlNode& node, const Schema& schema, Mistakes& mistakes);

  bool has(std::string_view name) const { return items_.contains(name); }
  // The text, or the fallback when absent.
  std::string text(std::string_view name, std::string_view fallback = {}) const;
  bool flag(std::string_view name, bool fallback) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback = 0) const;
  Duration duration(std::string_view name, Duration fallback = {}) const;
  const std::map<std::string, std::string>& map(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;
  const YamlNode* any(std::string_view name) const;
  const Section* section(std::string_view name) const;
  const std::vector<Section>& sections(std::string_view name) const;
  // Replaces or adds; for values inherited from global settings.
  void set(std::string_view name, Item item);
  // Takes the field over from another section when it is absent here.
  void inherit(std::string_view name, const Section& from, std::string_view from_name);
  int line() const { return line_; }

 private:
  template <class T>
  const T* find(std::string_view name) const;
  std::map<std::string, Item, std::less<>> items_;
  int line_ = 0;
};

// Replaces what is secret by "<secret>", in place. Members that the schema does not know stay.
void mask_secrets(YamlNode& node, const Schema& schema);

// What a URL consists of. Error: invalid, as net/url words it.
struct Url {
  std::string scheme;
  std::string user;      // decoded
  std::string password;  // decoded; secret
  std::string host;      // without brackets
  int port = 0;          // the scheme's own when not given
  std::string target;    // path and query, "/" at least
};
Result<Url> parse_url(std::string_view text);

}  // namespace aloft::telemetry::alerts
