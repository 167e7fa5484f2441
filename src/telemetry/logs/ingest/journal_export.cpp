// Entries are blocks of fields; a field is a line NAME=value, or a name alone, a length and that many bytes.
#include "telemetry/logs/ingest/journal_export.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "base/bytes.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t most_fields = 1024;  // of an entry

// Messages may hold anything; what is no text becomes question marks.
std::string clean(std::string_view value) {
  std::string out(value);
  if (!is_utf8(out)) {
    for (char& c : out)
      if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
  }
  return out;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

class JournalDecoder {
 public:
  JournalDecoder(std::string_view body, std::int64_t now_ns) : body_(body), now_ns_(now_ns) {}

  Result<LogBatch> decode() {
    while (at_ < body_.size()) {
      const std::size_t end = body_.find('\n', at_);
      const std::string_view line = body_.substr(at_, end - at_);
      const std::size_t begin = at_;
      at_ = end == std::string_view::npos ? body_.size() : end + 1;
      if (line.empty()) {
        finish_entry();
        continue;
      }
      const std::size_t equals = line.find('=');
      if (equals != std::string_view::npos) {
        TRY_DO(add(line.substr(0, equals), line.substr(equals + 1), begin));
        continue;
      }
      TRY(value, sized_value(begin));
      TRY_DO(add(line, value, begin));
    }
    finish_entry();
    return std::move(batch_);
  }

 private:
  static std::unexpected<Error> wrong(std::size_t offset, std::string_view what) {
    return fail(Code::bad_request, fmt::format("journal export: offset {}: {}", offset, what));
  }

  Result<std::string_view> sized_value(std::size_t begin) {
    if (body_.size() - at_ < 8) return wrong(begin, "a field ends before its length");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 8; ++i)
      length |= std::uint64_t{static_cast<unsigned char>(body_[at_ + i])} << (8 * i);
    at_ += 8;
    if (length >= body_.size() - at_) return wrong(begin, "a field is longer than what was sent");
    const std::string_view value = body_.substr(at_, static_cast<std::size_t>(length));
    at_ += value.size();
    if (body_[at_] != '\n') return wrong(at_, "expected the end of a field");
    ++at_;
    return value;
  }

  Result<> add(std::string_view name, std::string_view value, std::size_t begin) {
    const bool allowed = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!allowed) return wrong(begin, "expected the name of a field");
    if (labels_.size() + fields_.size() > most_fields) return wrong(begin, "an entry has too many fields");
    if (name == "MESSAGE") {
      message_ = value;
    } else if (name == "__REALTIME_TIMESTAMP") {
      std::int64_t micros = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), micros);
      if (error != std::errc() || end != value.data() + value.size() || micros > INT64_MAX / 1000 ||
          micros < 0)
        return wrong(begin, "expected microseconds");
      time_ns_ = micros * 1000;
    } else if (const std::string_view label = label_of(name); !label.empty()) {
      if (!value.empty()) labels_.emplace_back(label, clean(value));
    } else if (name == "PRIORITY") {
      fields_.emplace_back("level", level_of(clean(value)));
    } else if (!name.starts_with("__")) {
      fields_.emplace_back(field_name(name), clean(value));
    }
    return {};
  }

  static std::string_view label_of(std::string_view name) {
    if (name == "_HOSTNAME") return "hostname";
    if (name == "_SYSTEMD_UNIT") return "unit";
    if (name == "SYSLOG_IDENTIFIER") return "identifier";
    return {};
  }

  static std::string level_of(std::string_view priority) {
    static constexpr std::array<std::string_view, 8> levels = {"critical", "critical", "critical", "error",
                                                               "warn",     "info",     "info",     "debug"};
    if (priority.size() != 1 || priority[0] < '0' || priority[0] > '7') return std::string(priority);
    return std::string(levels[static_cast<std::size_t>(priority[0] - '0')]);
  }

  static std::string field_name(std::string_view name) {
    name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
    std::string out(name.empty() ? std::string_view("field") : name);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (out[0] >= '0' && out[0] <= '9') out.insert(out.begin(), '_');
    return out;
  }

  void finish_entry() {
    if (message_) {
      labels_.emplace_back("job", "journald");
      Labels key(labels_);
      const auto [at, fresh] = streams_.try_emplace(key, batch_.streams.size());
      if (fresh) batch_.streams.emplace_back().labels = std::move(key);
      LogEntry entry{.time_ns = time_ns_.value_or(now_ns_), .line = clean(*message_), .fields = {}};
      // A field may come more than once; the first value stays.
      for (auto& field : fields_) {
        const bool known = std::any_of(entry.fields.begin(), entry.fields.end(),
                                       [&](const auto& other) { return other.first == field.first; });
        if (!known) entry.fields.push_back(std::move(field));
      }
      std::sort(entry.fields.begin(), entry.fields.end());
      batch_.streams[at->second].entries.push_back(std::move(entry));
    }
    message_.reset();
    time_ns_.reset();
    labels_.clear();
    fields_.clear();
  }

  std::string_view body_;
  std::int64_t now_ns_;
  std::size_t at_ = 0;
  std::optional<std::string_view> message_;
  std::optional<std::int64_t> time_ns_;
  Pairs labels_, fields_;
  std::map<Labels, std::size_t> streams_;
  LogBatch batch_;
};

}  // namespace

Result<LogBatch> decode_journal_export(std::string_view body, std::int64_t now_ns) {
  return JournalDecoder(body, now_ns).decode();
}

}  // namespace aloft::telemetry::logs
