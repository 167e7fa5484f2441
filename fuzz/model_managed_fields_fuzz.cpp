// Managed fields from clients and configurations to apply. The input is three lines: a field set, the live
// pod and what is written or applied.
#include "base/ensure.h"
#include "model/field_set.h"
#include "model/json.h"
#include "model/kinds/core/v1/pod.h"
#include "model/managed_fields.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::model;
  static SchemaSet set;
  static const Schema& schema = set.of(type_info<aloft::core::v1::Pod>());
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::array<Value, 3> lines;
  for (auto& value : lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto parsed = parse_json(text.substr(0, end));
    if (!parsed) return 0;
    value = std::move(*parsed);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (const auto fields = FieldSet::parse(lines[0])) {
    const Value tree(fields->tree());
    const auto again = FieldSet::parse(tree);
    aloft::ensure(again.has_value() && to_json(Value(again->tree())) == to_json(tree),
                  "a field set reads as written");
    aloft::ensure(subtract(*fields, *again).empty(), "nothing is left of a set without itself");
    aloft::ensure(unite(*fields, *again) == *fields, "a set united with itself is itself");
  }
  const Writer writer{"fuzz", "v1", {}, {}};
  Value live = lines[1].is_object() ? lines[1] : Value();
  Value updated = lines[2];
  if (!updated.is_object()) return 0;
  track_update(live, updated, schema, writer);
  Value again = updated;
  track_update(updated, again, schema, writer);
  aloft::ensure(live.is_null() || again == updated || updated.text_at("metadata", "uid").empty(),
                "a write that changes nothing changes nothing");
  if (const auto applied = apply_configuration(live, lines[2], schema, writer, true)) {
    const auto twice = apply_configuration(*applied, lines[2], schema, writer, false);
    aloft::ensure(twice.has_value(), "what was applied can be applied again");
  }
  return 0;
}
