// aloft logs: lines of a LogQL query, the newest of a time or as they come.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <numeric>
#include <set>

#include "app/commands.h"
#include "app/telemetry_cli/screen.h"
#include "app/telemetry_cli/server.h"
#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/labels.h"

namespace aloft::app {
namespace {

constexpr Duration reconnect_pause = 1s;

struct Line {
  std::int64_t time_ns = 0;
  std::string stream;
  std::string text;
  auto operator<=>(const Line&) const = default;
};

std::string stream_name(const model::Value* labels) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (labels != nullptr && labels->is_object()) {
    for (const auto& [name, value] : labels->as_object()) {
      if (const std::string* text = value.if_string()) pairs.emplace_back(name, *text);
    }
  }
  return telemetry::Labels(pairs).to_string();
}

// The entries of all `streams`, oldest first.
std::vector<Line> lines_of(const model::Value* streams) {
  std::vector<Line> out;
  if (streams == nullptr || !streams->is_array()) return out;
  for (const model::Value& stream : streams->as_array()) {
    const std::string name = stream_name(stream.at("stream"));
    const model::Value* values = stream.at("values");
    if (values == nullptr || !values->is_array()) continue;
    for (const model::Value& entry : values->as_array()) {
      const model::Array* pair = entry.if_array();
      if (pair == nullptr || pair->size() < 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) continue;
      Line line;
      const std::string& time = (*pair)[0].as_string();
      std::from_chars(time.data(), time.data() + time.size(), line.time_ns);
      line.stream = name;
      line.text = (*pair)[1].as_string();
      out.push_back(std::move(line));
    }
  }
  // Lines of one time stay in the order of their stream.
  std::vector<std::size_t> order(out.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return out[a].time_ns != out[b].time_ns ? out[a].time_ns < out[b].time_ns : a < b;
  });
  std::vector<Line> sorted;
  sorted.reserve(out.size());
  for (const std::size_t i : order) sorted.push_back(std::move(out[i]));
  return sorted;
}

class Printer {
 public:
  Printer(std::string form, const Screen& screen) : form_(std::move(form)), screen_(screen) {}
  void head() const {
    if (form_ == "csv") fmt::print("{}", Table({"time", "stream", "line"}).csv());
  }
  void print(const Line& line) const {
    const std::string time = format_nanos(WallTime{std::chrono::nanoseconds(line.time_ns)});
    if (form_ == "json") {
      model::Object object{{"time", time}, {"stream", line.stream}, {"line", line.text}};
      fmt::print("{}\n", model::to_json(model::Value(std::move(object))));
    } else if (form_ == "csv") {
      Table row({time, line.stream, line.text});
      fmt::print("{}", row.csv());
    } else if (screen_.terminal) {
      // The same stream has the same colour throughout.
      fmt::print("{} {} {}\n", time.substr(0, 23) + "Z",
                 coloured(line.stream, std::hash<std::string>()(line.stream)), line.text);
    } else {
      fmt::print("{} {} {}\n", time, line.stream, line.text);
    }
  }

 private:
  std::string form_;
  const Screen& screen_;
};

std::string range_path(const std::string& query, std::int64_t start_ns, std::int64_t end_ns,
                       const std::string& limit, const char* direction) {
  return "/loki/api/v1/query_range?" + encode_query({{"query", query},
                                                     {"start", std::to_string(start_ns)},
                                                     {"end", std::to_string(end_ns)},
                                                     {"limit", limit},
                                                     {"direction", direction}});
}

// Prints what comes over the server's live tail. Lines that bear the newest time may come twice when it is
// opened, so those that were shown are remembered.
class Tail {
 public:
  Tail(const std::string& query, std::int64_t from_ns, std::set<Line> shown, const Printer& printer)
      : query_(query), from_ns_(from_ns), shown_(std::move(shown)), printer_(printer) {}

  std::string path() const {
    return "/loki/api/v1/tail?" +
           encode_query({{"query", query_}, {"start", std::to_string(from_ns_)}, {"limit", "5000"}});
  }

  void take(const std::string& message) {
    const auto json = model::parse_json(message);
    if (!json) {
      fmt::print(stderr, "what the server sends cannot be read: {}\n", json.error().message());
      return;
    }
    const model::Value* dropped = json->at("dropped_entries");
    if (dropped != nullptr && dropped->is_array() && !dropped->as_array().empty())
      fmt::print(stderr, "{} lines and perhaps more came too fast to be shown\n", dropped->as_array().size());
    for (const Line& line : lines_of(json->at("streams"))) {
      // Late lines of other streams are shown too; what is remembered are those of the newest time.
      if (line.time_ns >= from_ns_ && !shown_.insert(line).second) continue;
      printer_.print(line);
      from_ns_ = std::max(from_ns_, line.time_ns);
    }
    std::erase_if(shown_, [this](const Line& line) { return line.time_ns < from_ns_; });
    std::fflush(stdout);
  }

 private:
  const std::string& query_;
  std::int64_t from_ns_;
  std::set<Line> shown_;
  const Printer& printer_;
};

// Until the server is gone: a connection that was open and ends is opened again, from the newest line on.
Result<> follow(TelemetryServer& server, Tail& tail) {
  std::fflush(stdout);
  for (;;) {
    bool connected = false;
    auto ended =
        server.listen(tail.path(), [&tail](const std::string& message) { tail.take(message); }, connected);
    if (!connected) return ended;
    server.pause(reconnect_pause);
  }
}

}  // namespace

Result<> run_logs(const Invocation& call) {
  const std::string form = call.get("output");
  if (form != "text" && form != "json" && form != "csv")
    return fail(Code::invalid, fmt::format("--output {}: expected text, json or csv", form));
  const Screen screen = Screen::of_output();
  TRY(server, TelemetryServer::find(call));
  const SystemClock clock;
  const WallTime now = clock.wall();
  TRY(start, parse_moment("since", call.get("since"), now));
  TRY(end, parse_moment("until", call.get("until"), now));
  const std::string& query = call.arguments.front();
  TRY(data, server->get_data(range_path(query, start.since_epoch.count(), end.since_epoch.count() + 1,
                                        call.get("limit"), "backward")));
  if (data.text_at("resultType") != "streams") {
    // A metric query: what Prometheus' form shows best.
    if (form == "csv") return fail(Code::invalid, "--output csv: the query gives no lines");
    fmt::print("{}\n", form == "json" ? model::to_json(data) : model::to_pretty_json(data));
    return {};
  }
  const Printer printer(form, screen);
  printer.head();
  std::int64_t newest = now.since_epoch.count();
  std::set<Line> shown;
  for (const Line& line : lines_of(data.at("result"))) {
    printer.print(line);
    newest = line.time_ns;
    shown.insert(line);
  }
  if (!call.has("follow")) return {};
  std::erase_if(shown, [newest](const Line& line) { return line.time_ns < newest; });
  Tail tail(query, newest, std::move(shown), printer);
  return follow(*server, tail);
}

}  // namespace aloft::app
