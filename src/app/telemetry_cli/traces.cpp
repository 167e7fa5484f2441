// aloft traces: traces that a TraceQL query finds, or one trace as a tree over time.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>

#include "app/commands.h"
#include "app/telemetry_cli/screen.h"
#include "app/telemetry_cli/server.h"
#include "model/json.h"
#include "telemetry/otlp/codec/codec.h"

namespace aloft::app {
namespace {

using telemetry::Span;
using telemetry::SpanBatch;
using telemetry::SpanId;

constexpr std::size_t tree_depth = 64;
constexpr std::size_t bar_width = 32;

bool is_trace_id(std::string_view text) {
  return text.size() >= 8 && text.size() <= 32 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string duration_text(std::int64_t ns) { return short_number(static_cast<double>(ns) / 1e9) + "s"; }

struct Node {
  const Span* span = nullptr;
  std::string service;
  std::vector<const Node*> children;
};

struct Tree {
  std::vector<Node> nodes;
  std::vector<const Node*> roots;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
};

Tree make_tree(const SpanBatch& batch) {
  Tree tree;
  tree.nodes.reserve(batch.span_count());
  for (const telemetry::ResourceSpans& resource : batch.resources) {
    const auto* service = telemetry::find_attribute(resource.resource, "service.name");
    for (const telemetry::ScopeSpans& scope : resource.scopes) {
      for (const Span& span : scope.spans)
        tree.nodes.push_back({&span, service != nullptr ? service->to_text() : "", {}});
    }
  }
  std::sort(tree.nodes.begin(), tree.nodes.end(),
            [](const Node& a, const Node& b) { return a.span->start_ns < b.span->start_ns; });
  std::map<SpanId, Node*> by_id;
  for (Node& node : tree.nodes) by_id.emplace(node.span->span_id, &node);
  for (const Node& node : tree.nodes) {
    const auto parent = by_id.find(node.span->parent_id);
    const bool orphan = parent == by_id.end() || parent->second == &node;
    (orphan ? tree.roots : parent->second->children).push_back(&node);
    tree.start_ns = tree.end_ns == 0 ? node.span->start_ns : std::min(tree.start_ns, node.span->start_ns);
    tree.end_ns = std::max(tree.end_ns, node.span->end_ns);
  }
  return tree;
}

// Where in the trace's time the span stands.
std::string bar(const Span& span, const Tree& tree) {
  const auto total = static_cast<double>(std::max<std::int64_t>(tree.end_ns - tree.start_ns, 1));
  const auto column = [&](std::int64_t time) {
    const double part = static_cast<double>(time - tree.start_ns) / total;
    return static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(bar_width));
  };
  const std::size_t from = std::min(column(span.start_ns), bar_width - 1);
  const std::size_t to = std::max(column(span.end_ns), from + 1);
  std::string out(from, ' ');
  for (std::size_t i = from; i < to; ++i) out += "█";
  return out;
}

void add_rows(Table& table, const Node& node, const Tree& tree, std::size_t depth, const Screen& screen) {
  const Span& span = *node.span;
  const bool failed = span.status == telemetry::SpanStatus::error;
  std::vector<std::string> row = {
      std::string(2 * std::min(depth, tree_depth), ' ') + span.name + (failed ? " (error)" : ""),
      node.service, duration_text(span.end_ns - span.start_ns)};
  if (screen.terminal) row.push_back(bar(span, tree));
  table.add(std::move(row));
  if (depth > tree_depth) return;
  for (const Node* child : node.children) add_rows(table, *child, tree, depth + 1, screen);
}

Result<> show_trace(TelemetryServer& server, const Invocation& call, const Screen& screen) {
  const std::string form = call.get("output");
  // In protobuf, whose ids have one form only.
  TRY(bytes, server.get_text("/tempo/api/traces/" + call.arguments.front(), "application/protobuf"));
  TRY(batch, telemetry::otlp::decode_spans(bytes));
  if (form == "json") {
    fmt::print("{}\n", telemetry::otlp::encode_json(batch));
    return {};
  }
  const Tree tree = make_tree(batch);
  std::vector<std::string> head = {"span", "service", "duration"};
  if (form == "text" && screen.terminal) head.emplace_back(duration_text(tree.end_ns - tree.start_ns));
  Table table(std::move(head));
  Screen plain = screen;
  plain.terminal = screen.terminal && form == "text";
  for (const Node* root : tree.roots) add_rows(table, *root, tree, 0, plain);
  fmt::print("{}", form == "csv" ? table.csv() : table.text(screen));
  return {};
}

Result<> search(TelemetryServer& server, const Invocation& call, const Screen& screen) {
  const std::string form = call.get("output");
  const SystemClock clock;
  TRY(start, parse_moment("since", call.get("since"), clock.wall()));
  const std::string query = call.arguments.empty() ? "{}" : call.arguments.front();
  TRY(answer, server.get("/api/search?" +
                         encode_query({{"q", query},
                                       {"limit", call.get("limit")},
                                       {"start", std::to_string(start.since_epoch / 1s)},
                                       {"end", std::to_string(clock.wall().since_epoch / 1s + 1)}})));
  if (form == "json") {
    fmt::print("{}\n", model::to_json(answer));
    return {};
  }
  Table table({"trace", "start", "service", "name", "duration"});
  const model::Value* traces = answer.at("traces");
  if (traces != nullptr && traces->is_array()) {
    for (const model::Value& trace : traces->as_array()) {
      std::int64_t start_ns = 0;
      const std::string_view text = trace.text_at("startTimeUnixNano");
      std::from_chars(text.data(), text.data() + text.size(), start_ns);
      const model::Value* length = trace.at("durationMs");
      const double ms = length != nullptr && length->is_number() ? length->as_double() : 0;
      table.add({std::string(trace.text_at("traceID")),
                 format_micros(WallTime{std::chrono::nanoseconds(start_ns)}),
                 std::string(trace.text_at("rootServiceName")), std::string(trace.text_at("rootTraceName")),
                 short_number(ms / 1000) + "s"});
    }
  }
  if (form == "csv") {
    fmt::print("{}", table.csv());
  } else {
    fmt::print("{}", table.empty() ? "no traces\n" : table.text(screen));
  }
  return {};
}

}  // namespace

Result<> run_traces(const Invocation& call) {
  const std::string form = call.get("output");
  if (form != "text" && form != "json" && form != "csv")
    return fail(Code::invalid, fmt::format("--output {}: expected text, json or csv", form));
  const Screen screen = Screen::of_output();
  TRY(server, TelemetryServer::find(call));
  if (!call.arguments.empty() && is_trace_id(call.arguments.front()))
    return show_trace(*server, call, screen);
  return search(*server, call, screen);
}

}  // namespace aloft::app
