// Objects to entries, and the routes.
#include "telemetry/logs/ingest/json_lines.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "telemetry/core/compression.h"
#include "telemetry/core/durations.h"
#include "telemetry/logs/api/json_reader.h"
#include "telemetry/logs/ingest/journal_export.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t body_limit_bytes = 64 * 1024 * 1024;
constexpr int flattened_depth = 10;

using Members = std::vector<std::pair<std::string, std::string>>;

bool flatten(JsonReader& json, const std::string& prefix, int depth, Members& out) {
  return json.object([&](const std::string& key) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    const char next = json.peek();
    if (next == '{' && depth < flattened_depth) return flatten(json, name, depth + 1, out);
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

class JsonLineDecoder {
 public:
  JsonLineDecoder(const JsonLineOptions& options, std::int64_t now_ns) : options_(options), now_ns_(now_ns) {}

  bool add(std::string_view line, const std::string& index = std::string()) {
    JsonReader json(line);
    Members members;
    if (json.peek() != '{' || !flatten(json, "", 0, members) || !json.at_end()) return false;
    LogEntry entry{.time_ns = now_ns_, .line = {}, .fields = {}};
    std::string time;
    if (take(members, options_.time, time)) parse_any_time(time, entry.time_ns);
    if (!take(members, options_.message, entry.line)) entry.line = line;
    std::vector<std::pair<std::string, std::string>> labels = options_.extra_labels;
    if (!index.empty()) labels.emplace_back("index", index);
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
    Labels key(labels);
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

namespace {

// The next line that holds anything, taken off.
bool next_line(std::string_view& body, std::string_view& line) {
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) return true;
  }
  return false;
}

JsonLineOptions options_of(Exchange& exchange) {
  const http::Query query = exchange.head().query();
  JsonLineOptions options;
  if (const auto names = query.get("_msg_field"); names && !names->empty()) options.message = list_of(*names);
  if (const auto names = query.get("_time_field"); names && !names->empty()) options.time = list_of(*names);
  if (const auto names = query.get("_stream_fields")) options.stream = list_of(*names);
  for (const std::string& pair : list_of(query.get("extra_fields").value_or(""))) {
    const std::size_t equals = pair.find('=');
    if (equals != std::string::npos)
      options.extra_labels.emplace_back(label_name(pair.substr(0, equals)), pair.substr(equals + 1));
  }
  options.index = exchange.path("index");
  return options;
}

}  // namespace

LogBatch decode_json_lines(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                           std::size_t& skipped) {
  JsonLineDecoder decoder(options, now_ns);
  skipped = 0;
  std::string_view line;
  while (next_line(body, line))
    if (!decoder.add(line)) ++skipped;
  return std::move(decoder.batch);
}

LogBatch decode_bulk(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                     std::vector<BulkItem>& items) {
  JsonLineDecoder decoder(options, now_ns);
  std::string_view line;
  while (next_line(body, line)) {
    BulkItem item;
    item.action.index = options.index;
    if (!parse_bulk_action(line, item.action)) {
      item = {.action = {}, .status = 400, .reason = "expected an action such as {\"create\":{}}"};
    } else if (item.action.has_document() && !next_line(body, line)) {
      item.status = 400;
      item.reason = "the document is missing";
    } else if (item.action.name == "update" || item.action.name == "delete") {
      item.status = 400;
      item.reason = "log entries are not changed";
    } else if (!decoder.add(line, item.action.index)) {
      item.status = 400;
      item.reason = "the document is no JSON object";
    }
    items.push_back(std::move(item));
  }
  return std::move(decoder.batch);
}

void JsonLineApi::add_routes(Router& router) {
  router.add("POST", "/insert/jsonline", [this](Exchange& e) { return insert_lines(e); });
  for (const char* path : {"/insert/elasticsearch/_bulk", "/insert/elasticsearch/{index}/_bulk"})
    router.add("POST,PUT", path, [this](Exchange& e) { return insert_bulk(e); });
  router.add("GET", "/insert/elasticsearch", [this](Exchange& e) { return greet(e); });
  router.add("GET", "/insert/elasticsearch/", [this](Exchange& e) { return greet(e); });
  router.add("POST", "/insert/journald/upload", [this](Exchange& e) { return insert_journal(e); });
}

io::Task<bool> JsonLineApi::take(Exchange& exchange,
                                 std::move_only_function<Result<LogBatch>(std::string)> decode) {
  auto body = co_await exchange.request().read_whole_body(body_limit_bytes);
  if (!body) {
    co_await exchange.send_error(body.error());
    co_return false;
  }
  auto ticket = pipeline_.admit(body->size());
  if (!ticket) {
    co_await exchange.send_error(ticket.error());
    co_return false;
  }
  auto whole = [decode = std::move(decode),
                tenant = std::string(exchange.head().headers.get("x-scope-orgid")),
                encoding = std::string(exchange.head().headers.get("content-encoding")),
                text = std::move(*body)]() mutable -> Result<LogBatch> {
    TRY(plain, decode_content(encoding, std::move(text), body_limit_bytes));
    TRY(batch, decode(std::move(plain)));
    batch.tenant = tenant;
    return batch;
  };
  std::move_only_function<Result<LogBatch>()> work = std::move(whole);
  auto report = co_await pipeline_.push<LogBatch>(loop_, std::move(*ticket), std::move(work));
  if (!report) {
    co_await exchange.send_error(report.error());
    co_return false;
  }
  if (report->rejected > 0) {
    Error error(report->permanent ? Code::bad_request : Code::too_many_requests, report->first_rejection);
    co_await exchange.send_error(std::move(error));
    co_return false;
  }
  co_return true;
}

io::Task<> JsonLineApi::insert_lines(Exchange& exchange) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  auto decode = [options = options_of(exchange), now](std::string_view body) -> Result<LogBatch> {
    std::size_t skipped = 0;
    LogBatch batch = decode_json_lines(body, options, now, skipped);
    if (batch.streams.empty() && skipped > 0) return fail(Code::bad_request, "no line is a JSON object");
    return batch;
  };
  std::move_only_function<Result<LogBatch>(std::string)> work = std::move(decode);
  const bool taken = co_await take(exchange, std::move(work));
  if (taken) co_await exchange.send_nothing(204);
}

io::Task<> JsonLineApi::insert_bulk(Exchange& exchange) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  // Filled on the pool, read when that is done.
  auto items = std::make_shared<std::vector<BulkItem>>();
  auto decode = [options = options_of(exchange), now, items](std::string_view body) -> Result<LogBatch> {
    return decode_bulk(body, options, now, *items);
  };
  std::move_only_function<Result<LogBatch>(std::string)> work = std::move(decode);
  const bool taken = co_await take(exchange, std::move(work));
  if (taken) co_await exchange.send_json(bulk_answer(*items));
}

io::Task<> JsonLineApi::insert_journal(Exchange& exchange) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  auto decode = [now](std::string_view body) { return decode_journal_export(body, now); };
  std::move_only_function<Result<LogBatch>(std::string)> work = std::move(decode);
  const bool taken = co_await take(exchange, std::move(work));
  if (taken) co_await exchange.send_nothing(202);
}

io::Task<> JsonLineApi::greet(Exchange& exchange) {
  // Clients of Elasticsearch write only to what says that it is one.
  http::ResponseHead head;
  head.status = 200;
  head.headers.add("Content-Type", "application/json");
  head.headers.add("X-Elastic-Product", "Elasticsearch");
  (void)co_await exchange.responder().send(std::move(head), bulk_greeting());
}

}  // namespace aloft::telemetry::logs
