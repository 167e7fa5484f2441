// Syslog and container log lines from a stranger: any bytes are a message, however they are cut.
#include <cstdint>

#include "base/ensure.h"
#include "telemetry/logs/ingest/cri_line.h"
#include "telemetry/logs/ingest/syslog_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  LogBatch batch;
  logs::add_syslog(batch, logs::parse_syslog(text, 1'700'000'000'000'000'000), 1);
  aloft::ensure(batch.entry_count() == 1, "every message is an entry");
  std::size_t whole = 0, pieces = 0;
  std::string message;
  logs::SyslogFramer at_once(1000), bytewise(1000);
  at_once.add(text);
  while (at_once.next(message)) ++whole;
  for (const char c : text) {
    bytewise.add(std::string_view(&c, 1));
    while (bytewise.next(message)) ++pieces;
  }
  aloft::ensure(whole == pieces || at_once.failed() || bytewise.failed(),
                "framing does not depend on the pieces");
  logs::CriLine line;
  if (logs::parse_cri_line(text, line)) aloft::ensure(line.text.size() < size, "a line has a head");
  return 0;
}
