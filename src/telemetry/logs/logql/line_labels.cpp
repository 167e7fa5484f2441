// Precedence of labels: parsed ones hide fields, both hide the stream's.
#include "telemetry/logs/logql/line_labels.h"

#include <algorithm>

#include "base/text.h"

namespace aloft::telemetry::logs::logql {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool Needed::wants(std::string_view name) const {
  return !names || std::find(names->begin(), names->end(), name) != names->end();
}

std::string sanitize_name(std::string_view raw) {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!raw.empty() && blank(raw.front())) raw.remove_prefix(1);
  while (!raw.empty() && blank(raw.back())) raw.remove_suffix(1);
  std::string out;
  if (raw.empty()) return out;
  if (is_digit(raw.front())) out += '_';
  for (const char c : raw) {
    // One underscore for a character of several bytes.
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    out += is_name_byte(c) ? c : '_';
  }
  return out;
}

void LineLabels::begin(LabelsView stream, PackedFields fields) {
  if (changed_ || stream.encoded().data() != stream_encoded_.data() ||
      stream.encoded().size() != stream_encoded_.size()) {
    stream_.clear();
    for (const Label& label : stream) stream_.push_back({label.name, label.value, Source::stream});
    stream_removed_.assign(stream_.size(), false);
    stream_encoded_ = stream.encoded();
  }
  added_.clear();
  forgotten_.clear();
  arena_.clear();
  error_ = details_ = {};
  error_counts_ = changed_ = false;
  fields.for_each([this](std::string_view name, std::string_view value) {
    set(Source::field, stream_has(name) ? keep(std::string(name) + "_extracted") : name, value);
  });
}

std::optional<std::string_view> LineLabels::get(std::string_view name) const {
  for (const Entry& entry : added_)
    if (entry.name == name) return entry.value;
  for (std::size_t i = 0; i < stream_.size(); ++i)
    if (stream_[i].name == name && !stream_removed_[i]) return stream_[i].value;
  if (name == error_label && !error_.empty()) return error_;
  if (name == error_details_label && !details_.empty()) return details_;
  return std::nullopt;
}

bool LineLabels::stream_has(std::string_view name) const {
  return std::any_of(stream_.begin(), stream_.end(), [&](const Entry& entry) { return entry.name == name; });
}

void LineLabels::set(Source source, std::string_view name, std::string_view value) {
  changed_ = true;
  for (Entry& entry : added_) {
    if (entry.name != name) continue;
    entry.value = value;
    entry.source = source;
    return;
  }
  for (std::size_t i = 0; i < stream_.size(); ++i)
    if (stream_[i].name == name) stream_removed_[i] = true;
  added_.push_back({name, value, source});
}

void LineLabels::remove(std::string_view name) {
  if (name == error_label) {
    error_ = {};
    return;
  }
  if (name == error_details_label) {
    details_ = {};
    return;
  }
  changed_ = true;
  std::erase_if(added_, [&](const Entry& entry) {
    if (entry.name != name) return false;
    if (entry.source == Source::parsed) forgotten_.push_back(name);
    return true;
  });
  for (std::size_t i = 0; i < stream_.size(); ++i)
    if (stream_[i].name == name) stream_removed_[i] = true;
}

const LineLabels::Entry* LineLabels::added(std::string_view name) const {
  for (const Entry& entry : added_)
    if (entry.name == name) return &entry;
  return nullptr;
}

bool LineLabels::is_given(std::string_view name) const {
  const Entry* const entry = added(name);
  return stream_has(name) || (entry != nullptr && entry->source == Source::field);
}

std::string_view LineLabels::free_name(std::string_view name) {
  return is_given(name) ? keep(std::string(name) + "_extracted") : name;
}

std::string_view LineLabels::parsed_name(std::string_view raw) {
  const bool clean =
      !raw.empty() && !is_digit(raw.front()) && std::all_of(raw.begin(), raw.end(), is_name_byte);
  std::string_view name = clean ? raw : keep(sanitize_name(raw));
  if (name.empty()) return {};
  const Entry* known = added(name);
  if (stream_has(name) || (known != nullptr && known->source == Source::field)) {
    name = keep(std::string(name) + "_extracted");
    known = added(name);
  }
  if (needed != nullptr && !needed->wants(name)) return {};
  if (known != nullptr && known->source == Source::parsed) return {};
  const bool forgotten = std::find(forgotten_.begin(), forgotten_.end(), name) != forgotten_.end();
  return forgotten ? std::string_view() : name;
}

void LineLabels::collect(std::vector<Entry>& out) const {
  out.clear();
  for (std::size_t i = 0; i < stream_.size(); ++i)
    if (!stream_removed_[i]) out.push_back(stream_[i]);
  out.insert(out.end(), added_.begin(), added_.end());
  if (!error_.empty()) out.push_back({error_label, error_, Source::parsed});
  if (!details_.empty() && changed()) out.push_back({error_details_label, details_, Source::parsed});
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
}

}  // namespace aloft::telemetry::logs::logql
