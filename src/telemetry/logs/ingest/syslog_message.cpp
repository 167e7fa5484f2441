// Parsing of messages and framing.
#include "telemetry/logs/ingest/syslog_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/bytes.h"
#include "base/time.h"

namespace aloft::telemetry::logs {
namespace {

bool take_header_word(std::string_view& rest, std::string_view& word) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return !word.empty();
}

std::string or_nothing(std::string_view word) { return word == "-" ? std::string() : std::string(word); }

bool take_priority(std::string_view& rest, SyslogMessage& out) {
  if (!rest.starts_with('<')) return false;
  const std::size_t end = rest.find('>');
  if (end > 4 || end < 2) return false;
  int priority = 0;
  const auto [stop, wrong] = std::from_chars(rest.data() + 1, rest.data() + end, priority);
  if (wrong != std::errc() || stop != rest.data() + end || priority > 191 || priority < 0) return false;
  out.facility = priority / 8;
  out.severity = priority % 8;
  rest.remove_prefix(end + 1);
  return true;
}

// [id name="value" ...][...]; false when it is malformed.
bool take_structured_data(std::string_view& rest, SyslogMessage& out) {
  if (rest.starts_with('-')) {
    rest.remove_prefix(1);
    return true;
  }
  while (rest.starts_with('[')) {
    rest.remove_prefix(1);
    const std::size_t id_end = rest.find_first_of(" ]");
    if (id_end == std::string_view::npos) return false;
    const std::string id(rest.substr(0, rest.substr(0, id_end).find('@')));
    rest.remove_prefix(id_end);
    while (rest.starts_with(' ')) {
      rest.remove_prefix(1);
      const std::size_t equals = rest.find("=\"");
      if (equals == std::string_view::npos) return false;
      const std::string name(rest.substr(0, equals));
      rest.remove_prefix(equals + 2);
      std::string value;
      while (!rest.empty() && rest[0] != '"') {
        if (rest[0] == '\\' && rest.size() > 1 &&
            std::string_view("\"\\]").find(rest[1]) != std::string_view::npos)
          rest.remove_prefix(1);
        value += rest[0];
        rest.remove_prefix(1);
      }
      if (rest.empty()) return false;
      rest.remove_prefix(1);
      out.data.emplace_back(id + "_" + name, std::move(value));
    }
    if (!rest.starts_with(']')) return false;
    rest.remove_prefix(1);
  }
  return true;
}

bool parse_5424(std::string_view rest, SyslogMessage& out) {
  if (!rest.starts_with("1 ")) return false;
  rest.remove_prefix(2);
  std::array<std::string_view, 5> header;
  for (std::string_view& word : header)
    if (!take_header_word(rest, word)) return false;
  if (header[0] != "-") {
    const auto time = parse_time(header[0]);
    if (!time) return false;
    out.time_ns = time->since_epoch.count();
  }
  out.host = or_nothing(header[1]);
  out.app = or_nothing(header[2]);
  out.process = or_nothing(header[3]);
  out.id = or_nothing(header[4]);
  if (!take_structured_data(rest, out)) return false;
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  out.text = rest;
  return true;
}

// "Oct 11 22:14:15"; the year is the one that puts it nearest before now.
bool take_old_time(std::string_view& rest, std::int64_t now_ns, std::int64_t& time_ns) {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (rest.size() < 15 || rest[3] != ' ' || rest[6] != ' ' || rest[9] != ':' || rest[12] != ':') return false;
  const std::size_t month = months.find(rest.substr(0, 3));
  if (month == std::string_view::npos || month % 3 != 0) return false;
  const auto number = [&](std::size_t at) {
    int value = -1;
    const std::size_t from = rest[at] == ' ' ? at + 1 : at;
    std::from_chars(rest.data() + from, rest.data() + at + 2, value);
    return value;
  };
  const std::time_t now = static_cast<std::time_t>(now_ns / 1'000'000'000);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::tm then{};
  then.tm_year = parts.tm_year;
  then.tm_mon = static_cast<int>(month / 3);
  then.tm_mday = number(4);
  then.tm_hour = number(7);
  then.tm_min = number(10);
  then.tm_sec = number(13);
  if (then.tm_mday < 1 || then.tm_mday > 31 || then.tm_hour < 0 || then.tm_hour > 23 || then.tm_min < 0 ||
      then.tm_min > 59 || then.tm_sec < 0 || then.tm_sec > 60)
    return false;
  std::time_t seconds = ::timegm(&then);
  constexpr std::time_t day = 86'400;
  if (seconds > now + day) {
    then.tm_year -= 1;
    seconds = ::timegm(&then);
  }
  time_ns = static_cast<std::int64_t>(seconds) * 1'000'000'000;
  rest.remove_prefix(15);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return true;
}

void parse_3164(std::string_view rest, std::int64_t now_ns, SyslogMessage& out) {
  std::string_view word;
  if (take_old_time(rest, now_ns, out.time_ns)) {
    if (take_header_word(rest, word)) out.host = word;
  } else {
    std::string_view behind = rest;
    if (take_header_word(behind, word)) {
      if (const auto time = parse_time(word)) {
        out.time_ns = time->since_epoch.count();
        rest = behind;
        if (take_header_word(rest, word)) out.host = word;
      }
    }
  }
  // TAG[process]: text
  const std::size_t end = rest.find_first_of(" [:");
  if (end != std::string_view::npos && end > 0 && end <= 48 && rest[end] != ' ') {
    const std::string_view tag = rest.substr(0, end);
    std::string_view behind = rest.substr(end);
    if (behind.starts_with('[')) {
      const std::size_t close = behind.find(']');
      if (close != std::string_view::npos) {
        out.process = behind.substr(1, close - 1);
        behind.remove_prefix(close + 1);
      }
    }
    if (behind.starts_with(':')) {
      out.app = tag;
      rest = behind.substr(1);
      if (rest.starts_with(' ')) rest.remove_prefix(1);
    } else {
      out.process.clear();
    }
  }
  out.text = rest;
}

}  // namespace

std::string_view severity_name(int severity) {
  static constexpr std::array<std::string_view, 8> names = {"emergency", "alert",  "critical",      "error",
                                                            "warning",   "notice", "informational", "debug"};
  return names[static_cast<std::size_t>(severity) & 7];
}

std::string_view facility_name(int facility) {
  static constexpr std::array<std::string_view, 24> names = {
      "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
      "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "solaris-cron",
      "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};
  return names[static_cast<std::size_t>(std::clamp(facility, 0, 23))];
}

SyslogMessage parse_syslog(std::string_view message, std::int64_t now_ns) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r' || message.back() == '\0'))
    message.remove_suffix(1);
  SyslogMessage out;
  std::string_view rest = message;
  if (!take_priority(rest, out)) {
    out.text = message;
    return out;
  }
  SyslogMessage modern = out;
  if (parse_5424(rest, modern)) return modern;
  parse_3164(rest, now_ns, out);
  return out;
}

void add_syslog(LogBatch& batch, SyslogMessage message, std::int64_t now_ns) {
  const auto clean = [](std::string& text) {
    if (is_utf8(text)) return;
    for (char& c : text)
      if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
  };
  for (std::string* text : {&message.host, &message.app, &message.process, &message.id, &message.text})
    clean(*text);
  Labels labels({{"job", "syslog"},
                 {"host", message.host},
                 {"app", message.app},
                 {"facility", facility_name(message.facility)},
                 {"severity", severity_name(message.severity)}});
  LogEntry entry{.time_ns = message.time_ns != 0 ? message.time_ns : now_ns,
                 .line = std::move(message.text),
                 .fields = std::move(message.data)};
  for (auto& [name, value] : entry.fields) {
    clean(name);
    clean(value);
    for (char& c : name)
      if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  if (!message.process.empty()) entry.fields.emplace_back("process", message.process);
  if (!message.id.empty()) entry.fields.emplace_back("message_id", message.id);
  std::sort(entry.fields.begin(), entry.fields.end());
  entry.fields.erase(std::unique(entry.fields.begin(), entry.fields.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first; }),
                     entry.fields.end());
  for (LogStream& stream : batch.streams) {
    if (stream.labels != labels) continue;
    stream.entries.push_back(std::move(entry));
    return;
  }
  LogStream& added = batch.streams.emplace_back();
  added.labels = std::move(labels);
  added.entries.push_back(std::move(entry));
}

bool SyslogFramer::next(std::string& message) {
  while (!failed_ && !pending_.empty()) {
    if (pending_[0] >= '1' && pending_[0] <= '9') {
      std::size_t size = 0;
      const char* const end = pending_.data() + pending_.size();
      const auto [stop, wrong] = std::from_chars(pending_.data(), end, size);
      if (wrong != std::errc() || size > limit_) {
        failed_ = true;
        return false;
      }
      if (stop == end) return false;
      const auto digits = static_cast<std::size_t>(stop - pending_.data());
      if (*stop == ' ') {
        if (pending_.size() < digits + 1 + size) return false;
        message = pending_.substr(digits + 1, size);
        pending_.erase(0, digits + 1 + size);
        return true;
      }
    }
    const std::size_t line = pending_.find('\n');
    if (line == std::string::npos) {
      failed_ = pending_.size() > limit_;
      return false;
    }
    message = pending_.substr(0, line);
    pending_.erase(0, line + 1);
    if (!message.empty() && message != "\r") return true;
  }
  return false;
}

bool SyslogFramer::rest(std::string& message) {
  if (failed_ || pending_.empty()) return false;
  message = std::exchange(pending_, {});
  return true;
}

}  // namespace aloft::telemetry::logs
