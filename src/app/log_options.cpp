// Options of the log.
#include "app/log_options.h"

namespace aloft::app {
namespace {

Result<Level> parse_level(const std::string& text) {
  if (text == "debug") return Level::debug;
  if (text == "info") return Level::info;
  if (text == "warning") return Level::warning;
  if (text == "error") return Level::error;
  return fail(Code::invalid, fmt::format("--log-level {}: expected debug, info, warning or error", text));
}

}  // namespace

Result<> set_up_log(const Invocation& call, std::function<void(Level, std::string_view)> sink) {
  LogSettings logging;
  TRY(level, parse_level(call.get("log-level")));
  logging.least = level;
  const std::string format = call.get("log-format");
  if (format != "text" && format != "json")
    return fail(Code::invalid, fmt::format("--log-format {}: expected text or json", format));
  logging.json = format == "json";
  logging.sink = std::move(sink);
  configure_log(std::move(logging));
  return {};
}

}  // namespace aloft::app
