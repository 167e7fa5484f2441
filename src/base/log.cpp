// Turns one event into one line and hands it to standard error, or to the sink that was configured. Whatever
// a message contains, it stays on its line and cannot pretend to be another field.
#include "base/log.h"

#include <cerrno>
#include <mutex>

#include <unistd.h>

#include "base/bytes.h"
#include "base/time.h"

namespace aloft {
namespace {

// The one piece of state that is not handed in: a log line must be possible from everywhere.
struct Output {
  LogSettings settings;
  std::mutex mutex;
};

Output& output() {
  static Output instance;
  return instance;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

// Quotes as JSON does; text lines use the same form. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text) {
  const bool clean = is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else if (byte >= 0x80 && !clean) {
          out += "\xef\xbf\xbd";
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_field(std::string& out, bool json, std::string_view key, std::string_view value) {
  if (json) {
    out += out.empty() ? '{' : ',';
    append_quoted(out, key);
    out += ':';
    append_quoted(out, value);
    return;
  }
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  // Text lines leave simple values bare, so that people read them with ease.
  const bool bare = !value.empty() && value.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyz"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-.:/") == std::string_view::npos;
  if (bare) {
    out += value;
  } else {
    append_quoted(out, value);
  }
}

void write_to_standard_error(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    // Nobody reads us: there is no better place to say so.
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void configure_log(LogSettings settings) { output().settings = std::move(settings); }

bool Log::enabled(Level level) const { return level >= output().settings.least; }

void Log::write(Level level, const std::string& message) const {
  Output& out = output();
  const bool json = out.settings.json;
  std::string line;
  line.reserve(message.size() + 96);
  append_field(line, json, "time", format_micros(SystemClock().wall()));
  append_field(line, json, "level", name(level));
  append_field(line, json, "scope", scope_);
  append_field(line, json, "message", message);
  if (json) line += '}';
  const std::lock_guard lock(out.mutex);
  if (out.settings.sink) {
    out.settings.sink(level, line);
  } else {
    write_to_standard_error(std::move(line));
  }
}

}  // namespace aloft
