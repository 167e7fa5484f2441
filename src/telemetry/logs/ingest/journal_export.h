// The journal of systemd as systemd-journal-upload sends it. Source: systemd's documentation of the Journal
// Export Format.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/log_batch.h"

namespace aloft::telemetry::logs {

// MESSAGE becomes the line and __REALTIME_TIMESTAMP its time (`now_ns` where there is none); _HOSTNAME,
// _SYSTEMD_UNIT and SYSLOG_IDENTIFIER become the labels hostname, unit and identifier beside job="journald";
// PRIORITY becomes the field level; the others become fields in small letters. Entries without a message are
// left out. Error: bad_request, naming the offset.
Result<LogBatch> decode_journal_export(std::string_view body, std::int64_t now_ns);

}  // namespace aloft::telemetry::logs
