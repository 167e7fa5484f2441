// Pushes from a stranger, as JSON, protobuf, JSON lines, bulk requests and journals: any bytes end in a batch
// or an error, and a batch survives the write-ahead log.
#include <cstdint>

#include "base/ensure.h"
#include "telemetry/logs/api/push.h"
#include "telemetry/logs/ingest/journal_export.h"
#include "telemetry/logs/ingest/json_lines.h"
#include "telemetry/logs/store/log_record.h"

namespace {

using namespace aloft::telemetry;

void survives(const LogBatch& batch) {
  std::string record;
  logs::encode_batch(batch, record);
  const auto again = logs::decode_batch(record);
  aloft::ensure(again.has_value(), "a batch can be read back");
  std::string second;
  logs::encode_batch(*again, second);
  aloft::ensure(second == record, "and is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto batch = logs::decode_json_push(body)) survives(*batch);
  if (const auto batch = logs::decode_protobuf_push(body)) survives(*batch);
  std::size_t skipped = 0;
  logs::JsonLineOptions options;
  survives(logs::decode_json_lines(body, options, 1, skipped));
  std::vector<logs::BulkItem> items;
  const LogBatch bulk = logs::decode_bulk(body, options, 1, items);
  survives(bulk);
  std::size_t taken = 0;
  for (const logs::BulkItem& item : items) taken += item.status == 201 ? 1 : 0;
  aloft::ensure(taken == bulk.entry_count(), "what is answered as taken is there");
  if (const auto journal = logs::decode_journal_export(body, 1)) survives(*journal);
  (void)logs::decode_batch(body);
  return 0;
}
