// Logging for operators: one line per event on standard error, as key=value text or JSON. The facade is small
// so that no header of ours includes a logging library. Never log a secret: tokens, keys and Secret data have
// no place here.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace aloft {

enum class Level { debug, info, warning, error };

// Where lines go and which are kept. Set once at start-up, before threads exist; the default writes text to
// standard error from Level::info on.
struct LogSettings {
  Level least = Level::info;
  bool json = false;
  // Empty: standard error. Called from the thread that logs, one call at a time; must not log itself.
  std::function<void(Level, std::string_view line)> sink;
};
void configure_log(LogSettings settings);

// A named source of lines, one per module or component: `const Log log("store");`. Thread safe.
class Log {
 public:
  explicit constexpr Log(std::string_view scope) : scope_(scope) {}

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
  }
  bool enabled(Level level) const;

 private:
  void write(Level level, const std::string& message) const;
  std::string_view scope_;
};

}  // namespace aloft
