// Syslog messages of both kinds. Source: RFC 5424, RFC 3164.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/core/log_batch.h"

namespace aloft::telemetry::logs {

struct SyslogMessage {
  int facility = 1;          // user
  int severity = 5;          // notice
  std::int64_t time_ns = 0;  // 0: the message has none
  std::string host, app, process, id;
  std::vector<std::pair<std::string, std::string>> data;  // structured data, "element_parameter"
  std::string text;
};

// Anything is a message: what has no priority is text alone. `now_ns` gives the year that RFC 3164 leaves
// out.
SyslogMessage parse_syslog(std::string_view message, std::int64_t now_ns);
std::string_view severity_name(int severity);  // emergency, alert, ..., debug
std::string_view facility_name(int facility);  // kern, user, ...

// Adds the message to the batch: stream by host, app, facility and severity; process, id and structured data
// as fields.
void add_syslog(LogBatch& batch, SyslogMessage message, std::int64_t now_ns);

// Cuts a TCP stream into messages: octet counting ("12 <34>...") or line feeds (RFC 6587).
class SyslogFramer {
 public:
  explicit SyslogFramer(std::size_t limit_bytes = 256 * 1024) : limit_(limit_bytes) {}
  void add(std::string_view bytes) { pending_ += bytes; }
  // The next whole message; false when more bytes are needed or framing was lost.
  bool next(std::string& message);
  // What is left when the peer has finished.
  bool rest(std::string& message);
  bool failed() const { return failed_; }

 private:
  std::size_t limit_;
  std::string pending_;
  bool failed_ = false;
};

}  // namespace aloft::telemetry::logs
