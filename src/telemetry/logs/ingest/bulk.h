// Elasticsearch's bulk form: a line with an action, then, unless it deletes, a line with a document. Source:
// Elasticsearch's Bulk API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aloft::telemetry::logs {

struct BulkAction {
  std::string name = "index";  // create, index, update, delete
  std::string index;           // what the documents of its kind are called; may be empty
  bool has_document() const { return name != "delete"; }
};
// False when the line is no action.
bool parse_bulk_action(std::string_view line, BulkAction& action);

// What became of an action, in the order of the request.
struct BulkItem {
  BulkAction action;
  int status = 201;
  std::string reason;  // of a failure
};
// The answer to a bulk request.
std::string bulk_answer(const std::vector<BulkItem>& items);
// What clients read first: {"version":{"number":...}}.
std::string bulk_greeting();

}  // namespace aloft::telemetry::logs
