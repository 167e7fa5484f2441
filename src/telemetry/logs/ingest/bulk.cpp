// Actions in, items out.
#include "telemetry/logs/ingest/bulk.h"

#include <algorithm>
#include <array>

#include "telemetry/core/json_writer.h"
#include "telemetry/logs/api/json_reader.h"

namespace aloft::telemetry::logs {

bool parse_bulk_action(std::string_view line, BulkAction& action) {
  static constexpr std::array<std::string_view, 4> names = {"create", "index", "update", "delete"};
  JsonReader json(line);
  bool known = false;
  const bool read = json.object([&](const std::string& name) {
    known = std::find(names.begin(), names.end(), name) != names.end();
    action.name = name;
    return known && json.object([&](const std::string& key) {
      return key == "_index" ? json.string(action.index) : json.skip();
    });
  });
  return read && known && json.at_end();
}

std::string bulk_answer(const std::vector<BulkItem>& items) {
  const bool errors =
      std::any_of(items.begin(), items.end(), [](const BulkItem& item) { return item.status >= 300; });
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("took").number(std::int64_t{0}).key("errors").boolean(errors);
  json.key("items").begin_array();
  for (const BulkItem& item : items) {
    json.begin_object().key(item.action.name).begin_object();
    if (!item.action.index.empty()) json.key("_index").string(item.action.index);
    json.key("status").number(std::int64_t{item.status});
    if (!item.reason.empty()) {
      json.key("error").begin_object().key("type").string("document_parsing_exception");
      json.key("reason").string(item.reason).end_object();
    }
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string bulk_greeting() {
  return R"({"name":"aloft","cluster_name":"aloft","version":{"number":"8.11.0","build_flavor":"default"},)"
         R"("tagline":"You Know, for Search"})";
}

}  // namespace aloft::telemetry::logs
