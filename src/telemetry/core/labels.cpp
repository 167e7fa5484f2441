// Reading and building the flat form of label sets.
#include "telemetry/core/labels.h"

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "base/ensure.h"
#include "model/json.h"
#include "telemetry/core/wire.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace aloft::telemetry {
namespace {

constexpr char label_tag = 0x0a;  // TimeSeries.labels, field 1, length-delimited
constexpr char name_tag = 0x0a;   // Label.name
constexpr char value_tag = 0x12;  // Label.value

std::size_t varint_size(std::size_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

// Trusted input: canonical bytes that were checked when they came in.
inline std::size_t trusted_varint(const char*& at) {
  std::size_t value = static_cast<unsigned char>(*at++);
  if (value < 0x80) return value;
  value &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= std::size_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
}

bool is_identifier(std::string_view name, bool colons) {
  if (name.empty()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i > 0)) return false;
  }
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

struct RawLabel {
  std::string_view name;
  std::string_view value;
};

// One label message; false when its bytes are malformed.
bool read_label(std::string_view message, RawLabel& label) {
  WireCursor cursor(message);
  while (!cursor.at_end()) {
    WireField field;
    if (!cursor.next(field)) return false;
    if (field.wire == Wire::bytes && field.number == 1) label.name = field.bytes;
    if (field.wire == Wire::bytes && field.number == 2) label.value = field.bytes;
  }
  return true;
}

bool sorted_contains(const std::vector<std::string>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name, std::less<>());
}

std::uint64_t hash_where(LabelsView labels, const std::vector<std::string>& names, bool wanted,
                         bool drop_metric_name) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const Label& label : labels) {
    if (drop_metric_name && label.name == metric_name_label) continue;
    if (sorted_contains(names, label.name) != wanted) continue;
    XXH3_64bits_update(&state, label.name.data(), label.name.size());
    XXH3_64bits_update(&state, "\xff", 1);
    XXH3_64bits_update(&state, label.value.data(), label.value.size());
    XXH3_64bits_update(&state, "\xff", 1);
  }
  return XXH3_64bits_digest(&state);
}

}  // namespace

void LabelsView::Iterator::load() {
  if (at_ == end_) return;
  const char* at = at_ + 1;
  const std::size_t length = trusted_varint(at);
  next_ = at + length;
  ++at;
  const std::size_t name_size = trusted_varint(at);
  label_.name = std::string_view(at, name_size);
  at += name_size + 1;
  const std::size_t value_size = trusted_varint(at);
  label_.value = std::string_view(at, value_size);
}

std::string_view LabelsView::get(std::string_view name) const {
  for (const Label& label : *this) {
    if (label.name == name) return label.value;
    if (label.name > name) break;
  }
  return {};
}

std::size_t LabelsView::count() const {
  std::size_t count = 0;
  for (auto at = begin(); at != end(); ++at) ++count;
  return count;
}

std::strong_ordering LabelsView::operator<=>(const LabelsView& other) const {
  auto a = begin();
  auto b = other.begin();
  for (; a != end() && b != other.end(); ++a, ++b) {
    if (const auto order = *a <=> *b; order != 0) return order;
  }
  if (a != end()) return std::strong_ordering::greater;
  return b != other.end() ? std::strong_ordering::less : std::strong_ordering::equal;
}

std::string LabelsView::to_string() const {
  const std::string_view name = metric_name();
  const bool plain = is_classic_metric_name(name);
  std::string out(plain ? name : std::string_view());
  bool first = true;
  std::string inside;
  if (!plain && !name.empty()) {
    append_quoted(inside, name);
    first = false;
  }
  for (const Label& label : *this) {
    if (label.name == metric_name_label) continue;
    if (!first) inside += ", ";
    first = false;
    if (is_classic_label_name(label.name)) {
      inside += label.name;
    } else {
      append_quoted(inside, label.name);
    }
    inside += '=';
    append_quoted(inside, label.value);
  }
  if (first && plain) return out;
  return out + "{" + inside + "}";
}

void LabelsView::append_json(std::string& out) const {
  out += '{';
  bool first = true;
  for (const Label& label : *this) {
    if (!first) out += ',';
    first = false;
    model::append_json_string(out, label.name);
    out += ':';
    model::append_json_string(out, label.value);
  }
  out += '}';
}

Labels::Labels(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::map<std::string_view, std::string_view> last;
  for (const auto& [name, value] : pairs) last[name] = value;
  for (const auto& [name, value] : last) {
    if (!value.empty()) append_label(encoded_, name, value);
  }
}

Labels::Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs)
    : Labels(std::vector<std::pair<std::string, std::string>>(pairs.begin(), pairs.end())) {}

Labels Labels::from_encoded(std::string canonical) {
  Labels labels;
  labels.encoded_ = std::move(canonical);
  return labels;
}

LabelsBuilder::LabelsBuilder(LabelsView base) {
  for (const Label& label : base) pairs_.emplace_back(label.name, label.value);
}

LabelsBuilder& LabelsBuilder::set(std::string_view name, std::string_view value) {
  const auto at =
      std::lower_bound(pairs_.begin(), pairs_.end(), name,
                       [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
  const bool found = at != pairs_.end() && at->first == name;
  if (value.empty()) {
    if (found) pairs_.erase(at);
  } else if (found) {
    at->second = value;
  } else {
    pairs_.emplace(at, std::string(name), std::string(value));
  }
  return *this;
}

LabelsBuilder& LabelsBuilder::remove(std::string_view name) { return set(name, {}); }

LabelsBuilder& LabelsBuilder::keep_only(const std::vector<std::string>& names) {
  std::erase_if(pairs_, [&](const auto& pair) {
    return std::find(names.begin(), names.end(), pair.first) == names.end();
  });
  return *this;
}

LabelsBuilder& LabelsBuilder::drop(const std::vector<std::string>& names) {
  std::erase_if(pairs_, [&](const auto& pair) {
    return std::find(names.begin(), names.end(), pair.first) != names.end();
  });
  return *this;
}

std::string_view LabelsBuilder::get(std::string_view name) const {
  const auto at =
      std::lower_bound(pairs_.begin(), pairs_.end(), name,
                       [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
  return at != pairs_.end() && at->first == name ? std::string_view(at->second) : std::string_view();
}

Labels LabelsBuilder::build() const {
  std::string encoded;
  for (const auto& [name, value] : pairs_) append_label(encoded, name, value);
  return Labels::from_encoded(std::move(encoded));
}

void append_label(std::string& encoded, std::string_view name, std::string_view value) {
  const std::size_t inner =
      2 + varint_size(name.size()) + name.size() + varint_size(value.size()) + value.size();
  encoded += label_tag;
  append_wire_varint(encoded, inner);
  encoded += name_tag;
  append_wire_varint(encoded, name.size());
  encoded += name;
  encoded += value_tag;
  append_wire_varint(encoded, value.size());
  encoded += value;
}

Result<LabelsView> canonical_labels(std::string_view encoded, std::string& scratch) {
  std::vector<RawLabel> labels;
  WireCursor cursor(encoded);
  while (!cursor.at_end()) {
    WireField field;
    if (!cursor.next(field) || field.number != 1 || field.wire != Wire::bytes)
      return fail(Code::invalid, "labels: malformed bytes");
    RawLabel label;
    if (!read_label(field.bytes, label)) return fail(Code::invalid, "labels: malformed bytes");
    if (label.name.empty()) return fail(Code::invalid, "labels: a label has no name");
    if (!is_utf8(label.name) || !is_utf8(label.value))
      return fail(Code::invalid, fmt::format("label {}: not valid UTF-8", hex_or_text(label.name)));
    labels.push_back(label);
  }
  const auto by_name = [](const RawLabel& a, const RawLabel& b) { return a.name < b.name; };
  if (!std::is_sorted(labels.begin(), labels.end(), by_name))
    std::sort(labels.begin(), labels.end(), by_name);
  scratch.clear();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i > 0 && labels[i].name == labels[i - 1].name)
      return fail(Code::invalid, fmt::format("label {} stands twice", labels[i].name));
    if (!labels[i].value.empty()) append_label(scratch, labels[i].name, labels[i].value);
  }
  return LabelsView(scratch == encoded ? encoded : std::string_view(scratch));
}

std::uint64_t hash_labels(LabelsView labels) {
  return XXH3_64bits(labels.encoded().data(), labels.encoded().size());
}

std::uint64_t hash_labels_by(LabelsView labels, const std::vector<std::string>& sorted_names) {
  return hash_where(labels, sorted_names, true, false);
}

std::uint64_t hash_labels_without(LabelsView labels, const std::vector<std::string>& sorted_names) {
  return hash_where(labels, sorted_names, false, true);
}

bool is_classic_metric_name(std::string_view name) { return is_identifier(name, true); }
bool is_classic_label_name(std::string_view name) { return is_identifier(name, false); }

}  // namespace aloft::telemetry
