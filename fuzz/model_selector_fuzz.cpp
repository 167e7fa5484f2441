// Selectors from query strings: whatever parses prints to a text that parses to the same.
#include "base/ensure.h"
#include "model/selectors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using aloft::ensure;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto labels = aloft::model::LabelSelector::parse(text)) {
    const auto again = aloft::model::LabelSelector::parse(labels->to_string());
    ensure(again.has_value(), "a printed label selector parses");
    ensure(*again == *labels, "it is the same selector");
    static_cast<void>(labels->matches(std::map<std::string, std::string>{{"a", "b"}, {"c", "7"}}));
  }
  if (const auto fields = aloft::model::FieldSelector::parse(text)) {
    const auto again = aloft::model::FieldSelector::parse(fields->to_string());
    ensure(again.has_value(), "a printed field selector parses");
    ensure(again->to_string() == fields->to_string(), "it is the same selector");
  }
  return 0;
}
