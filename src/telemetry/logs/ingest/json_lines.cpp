// Objects to entries, and the routes.
#include "telemetry/logs/ingest/json_lines.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "telemetry/core/compression.h"
#include "telemetry/core/durations.h"
#include "telemetry/logs/api/json_reader.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t body_limit_bytes = 64 * 1024 * 1024;
constexpr int depth_limit = 10;

using Members = std::vector<std::pair<std::string, std::string>>;

bool flatten(JsonReader& json, const std::string& prefix, int depth, Members& out) {
  return json.object([&](const std::string& key) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    const char next = json.peek();
    if (next == '{' && depth < depth_limit) return flatten(json, name, depth + 1, out);
    std::string value;
    if (next == '{' || next == '[') {
      std::string_view raw;
      if (!json.skip(&raw)) return false;
      value = raw;
    } else if (!json.scalar(value)) {
      return false;
    }
    out.emplace_back(name, std::move(value));
    return true;
  });
}

bool parse_any_time(std::string_view text, std::int64_t& time_ns) {
  if (const auto time = parse_time(text)) {
    time_ns = time->since_epoch.count();
    return true;
  }
  double number = 0;
  if (!parse_float(text, number) || !(number > 0)) return false;
  // The unit shows in the size.
  const std::int64_t unit_ns = number < 1e11   ? 1'000'000'000
                               : number < 1e14 ? 1'000'000
                               : number < 1e17 ? 1'000
                                               : 1;
  if (number * static_cast<double>(unit_ns) > 9.2e18) return false;
  std::int64_t whole = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool exact = wrong == std::errc() && end == text.data() + text.size();
  time_ns = exact ? whole * unit_ns : static_cast<std::int64_t>(number * static_cast<double>(unit_ns));
  return true;
}

std::string label_name(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  if (!out.empty() && out[0] >= '0' && out[0] <= '9') out.insert(out.begin(), '_');
  return out;
}

// Takes the first of the named members out.
bool take(Members& members, const std::vector<std::string>& names, std::string& value) {
  for (const std::string& name : names) {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const auto& member) { return member.first == name; });
    if (found == members.end()) continue;
    value = std::move(found->second);
    members.erase(found);
    return true;
  }
  return false;
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) out.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

class Decoder {
 public:
  Decoder(const JsonLineOptions& options, std::int64_t now_ns) : options_(options), now_ns_(now_ns) {}

  bool add(std::string_view line) {
    JsonReader json(line);
    Members members;
    if (json.peek() != '{' || !flatten(json, "", 0, members) || !json.at_end()) return false;
    LogEntry entry{.time_ns = now_ns_, .line = {}, .fields = {}};
    std::string time;
    if (take(members, options_.time, time)) parse_any_time(time, entry.time_ns);
    if (!take(members, options_.message, entry.line)) entry.line = line;
    std::vector<std::pair<std::string, std::string>> labels = options_.extra_labels;
    for (auto& [name, value] : members) {
      const bool stream =
          std::find(options_.stream.begin(), options_.stream.end(), name) != options_.stream.end();
      (stream ? labels : entry.fields).emplace_back(label_name(name), std::move(value));
    }
    if (labels.empty()) labels.emplace_back("job", "jsonline");
    std::sort(entry.fields.begin(), entry.fields.end());
    entry.fields.erase(std::unique(entry.fields.begin(), entry.fields.end(),
                                   [](const auto& a, const auto& b) { return a.first == b.first; }),
                       entry.fields.end());
    Labels key(std::move(labels));
    const auto [at, fresh] = streams_.try_emplace(key, batch.streams.size());
    if (fresh) batch.streams.emplace_back().labels = std::move(key);
    batch.streams[at->second].entries.push_back(std::move(entry));
    return true;
  }
  LogBatch batch;

 private:
  const JsonLineOptions& options_;
  std::int64_t now_ns_;
  std::map<Labels, std::size_t> streams_;
};

}  // namespace

LogBatch decode_json_lines(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                           std::size_t& skipped) {
  Decoder decoder(options, now_ns);
  skipped = 0;
  bool action = options.bulk;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (action) {
      // A deletion has no document behind it.
      action = line.find("\"delete\"") != std::string_view::npos;
      continue;
    }
    action = options.bulk;
    if (!decoder.add(line)) ++skipped;
  }
  return std::move(decoder.batch);
}

void JsonLineApi::add_routes(Router& router) {
  router.add("POST", "/insert/jsonline", [this](Exchange& e) { return insert(e, false); });
  router.add("POST", "/insert/elasticsearch/_bulk", [this](Exchange& e) { return insert(e, true); });
}

io::Task<> JsonLineApi::insert(Exchange& exchange, bool bulk) {
  const http::Query query = exchange.head().query();
  JsonLineOptions options;
  options.bulk = bulk;
  if (const auto names = query.get("_msg_field"); names && !names->empty()) options.message = list_of(*names);
  if (const auto names = query.get("_time_field"); names && !names->empty()) options.time = list_of(*names);
  if (const auto names = query.get("_stream_fields")) options.stream = list_of(*names);
  for (const std::string& pair : list_of(query.get("extra_fields").value_or(""))) {
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos)
      options.extra_labels.emplace_back(label_name(pair.substr(0, equals)), pair.substr(equals + 1));
  }
  auto body = co_await exchange.request().read_whole_body(body_limit_bytes);
  if (!body) co_return co_await exchange.send_error(body.error());
  auto ticket = pipeline_.admit(body->size());
  if (!ticket) co_return co_await exchange.send_error(ticket.error());
  const std::int64_t now = clock_.wall().since_epoch.count();
  auto decode = [options = std::move(options), now,
                 tenant = std::string(exchange.head().headers.get("x-scope-orgid")),
                 encoding = std::string(exchange.head().headers.get("content-encoding")),
                 text = std::move(*body)]() mutable -> Result<LogBatch> {
    TRY(plain, decode_content(encoding, std::move(text), body_limit_bytes));
    std::size_t skipped = 0;
    LogBatch batch = decode_json_lines(plain, options, now, skipped);
    if (batch.streams.empty() && skipped > 0) return fail(Code::bad_request, "no line is a JSON object");
    batch.tenant = tenant;
    return batch;
  };
  std::move_only_function<Result<LogBatch>()> work = std::move(decode);
  auto report = co_await pipeline_.push<LogBatch>(loop_, std::move(*ticket), std::move(work));
  if (!report) co_return co_await exchange.send_error(report.error());
  if (report->rejected > 0) {
    Error error(report->permanent ? Code::bad_request : Code::too_many_requests, report->first_rejection);
    co_return co_await exchange.send_error(std::move(error));
  }
  if (!bulk) co_return co_await exchange.send_nothing(204);
  std::string answer = R"({"took":0,"errors":false,"items":[)";
  for (std::uint64_t i = 0; i < report->accepted; ++i)
    answer += i == 0 ? R"({"create":{"status":201}})" : R"(,{"create":{"status":201}})";
  answer += "]}";
  co_await exchange.send_json(std::move(answer));
}

}  // namespace aloft::telemetry::logs
