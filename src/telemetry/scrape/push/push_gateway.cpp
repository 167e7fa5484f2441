// Groups as they are pushed, and their samples as time goes on.
#include "telemetry/scrape/push/push_gateway.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/core/compression.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/push/log.h"
#include "telemetry/scrape/push/push_answer.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view base64_suffix = "@base64";
constexpr std::size_t page_limit_bytes = 256 * 1024 * 1024;

Result<std::string> decoded(std::string_view text) {
  std::string_view digits = text;
  while (digits.ends_with('=')) digits.remove_suffix(1);
  std::string out;
  if (!base64url_decode(digits, out))
    return fail(Code::bad_request, fmt::format("\"{}\" in the path is no base64", text));
  return out;
}

// "job/backup/instance/a": pairs, the first of which is the job.
Result<Labels> group_of(std::string_view path) {
  LabelsBuilder labels;
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  if (parts.size() % 2 != 0)
    return fail(Code::bad_request, "label names and values in the path come in pairs");
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    std::string_view name = parts[i];
    std::string value(parts[i + 1]);
    if (name.ends_with(base64_suffix)) {
      name.remove_suffix(base64_suffix.size());
      TRY(plain, decoded(value));
      value = std::move(plain);
    }
    if (name.empty() || name.starts_with("__"))
      return fail(Code::bad_request, fmt::format("\"{}\" in the path is no name of a label", name));
    if (i == 0 && (name != "job" || value.empty()))
      return fail(Code::bad_request, "the path begins with /metrics/job/NAME");
    labels.set(name, value);
  }
  if (parts.empty()) return fail(Code::bad_request, "the path begins with /metrics/job/NAME");
  return labels.build();
}

void append_labels_of(MetricBatch& batch, std::string_view name, const Labels& group, Millis time,
                      double value) {
  LabelsBuilder labels(group);
  labels.set(metric_name_label, name);
  batch.samples.push_back({batch.own(std::string(labels.build().encoded())), time, value});
}

}  // namespace

// What one request brought.
struct PushGateway::Page {
  std::map<std::string, Family, std::less<>> families;
  std::vector<MetricMetadata> metadata;

  static Result<Page> read(std::string body, const std::string& encoding, ExpositionFormat format,
                           const Labels& group) {
    TRY(text, decode_content(encoding, std::move(body), page_limit_bytes));
    ReaderOptions options;
    options.native = false;
    const auto reader = make_reader(format, text, options);
    Page page;
    std::string family;
    ExpositionItem item;
    for (;;) {
      TRY(more, reader->next(item));
      if (!more) return page;
      if (item.kind == ExpositionItem::Kind::metadata) {
        family = item.metadata.family;
        page.metadata.push_back(std::move(item.metadata));
        continue;
      }
      if (item.kind != ExpositionItem::Kind::sample) continue;
      TRY(exposed, reader->labels());
      const std::string_view name = exposed.metric_name();
      if (item.time)
        return fail(Code::bad_request, fmt::format("{}: pushed samples must not have times", name));
      LabelsBuilder labels(exposed);
      for (const Label& label : group) labels.set(label.name, label.value);
      const bool of_family = !family.empty() && name.starts_with(family);
      page.families[of_family ? family : std::string(name)][std::string(labels.build().encoded())] =
          item.value;
    }
  }
  std::size_t size() const {
    std::size_t count = 0;
    for (const auto& [name, family] : families) count += family.size();
    return count;
  }
  void append_to(MetricBatch& batch, Millis time) const {
    for (const auto& [name, family] : families) {
      for (const auto& [labels, value] : family) batch.samples.push_back({batch.own(labels), time, value});
    }
  }
};

PushGateway::PushGateway(io::Loop& loop, Pipeline& pipeline, const Clock& clock, PushGatewaySettings settings)
    : loop_(loop), pipeline_(pipeline), clock_(clock), settings_(settings), scope_(loop) {
  scope_.spawn(run());
}

void PushGateway::add_routes(Router& router) {
  router.add("PUT,POST", "/metrics/{rest...}", [this](Exchange& exchange) { return push(exchange); });
  router.add("DELETE", "/metrics/{rest...}", [this](Exchange& exchange) { return remove(exchange); });
}

io::Task<> PushGateway::push(Exchange& exchange) {
  auto group = group_of(exchange.path("rest"));
  if (!group) {
    co_await exchange.send_error(std::move(group).error());
    co_return;
  }
  auto body = co_await exchange.request().read_whole_body(settings_.body_limit_bytes);
  if (!body) {
    co_await exchange.send_error(std::move(body).error());
    co_return;
  }
  const std::string encoding(exchange.head().headers.get("content-encoding"));
  const auto format = format_of(exchange.head().headers.get("content-type"));
  auto ticket = pipeline_.admit(body->size() * (encoding.empty() ? 4 : 16));
  if (!ticket) {
    co_await exchange.send_error(std::move(ticket).error());
    co_return;
  }
  const Millis now = clock_.wall().since_epoch / 1ms;
  const auto page = std::make_shared<Page>();
  std::move_only_function<Result<MetricBatch>()> decode =
      [page, now, encoding, group = *group, bytes = std::move(*body),
       format = format.value_or(ExpositionFormat::text_0_0_4)]() mutable -> Result<MetricBatch> {
    TRY(read, Page::read(std::move(bytes), encoding, format, group));
    *page = std::move(read);
    MetricBatch batch;
    page->append_to(batch, now);
    append_labels_of(batch, "push_time_seconds", group, now, static_cast<double>(now) / 1000);
    batch.metadata = page->metadata;
    return batch;
  };
  auto report = co_await pipeline_.push<MetricBatch>(loop_, std::move(*ticket), std::move(decode));
  const bool whole = exchange.head().method == "PUT";
  if (report && !keep(*group, std::move(*page), whole))
    report =
        fail(Code::too_large, fmt::format("more than {} pushed samples cannot be held", settings_.samples));
  Rejections none;
  co_await send_push_answer(exchange, std::move(report), std::move(none), 200);
}

bool PushGateway::keep(const Labels& group, Page page, bool whole) {
  // The time of the push is a sample of the group like any other.
  LabelsBuilder about(group);
  about.set(metric_name_label, "push_time_seconds");
  const auto now = static_cast<double>(clock_.wall().since_epoch / 1ms) / 1000;
  page.families["push_time_seconds"] = Family{{std::string(about.build().encoded()), now}};
  std::size_t replaced = 0;
  if (const auto found = groups_.find(group); found != groups_.end()) {
    for (const auto& [name, family] : found->second.families) {
      if (whole || page.families.contains(name)) replaced += family.size();
    }
  }
  if (held() - replaced + page.size() > settings_.samples) return false;
  Group& kept = groups_[group];
  if (whole) kept.families.clear();
  for (auto& [name, family] : page.families) kept.families[name] = std::move(family);
  return true;
}

std::size_t PushGateway::held() const {
  std::size_t count = 0;
  for (const auto& [labels, group] : groups_) {
    for (const auto& [name, family] : group.families) count += family.size();
  }
  return count;
}

io::Task<> PushGateway::remove(Exchange& exchange) {
  const auto group = group_of(exchange.path("rest"));
  if (!group) {
    co_await exchange.send_error(group.error());
    co_return;
  }
  if (const auto found = groups_.find(*group); found != groups_.end()) {
    MetricBatch gone;
    const Millis now = clock_.wall().since_epoch / 1ms;
    for (const auto& [name, family] : found->second.families) {
      for (const auto& [labels, value] : family) gone.samples.push_back({gone.own(labels), now, stale_nan()});
    }
    groups_.erase(found);
    co_await give(std::move(gone));
  }
  co_await exchange.send_nothing(202);
}

io::Task<> PushGateway::give(MetricBatch batch) {
  std::move_only_function<Result<MetricBatch>()> decode = [b = std::move(batch)]() mutable {
    return Result<MetricBatch>(std::move(b));
  };
  auto report = co_await pipeline_.push<MetricBatch>(loop_, Pipeline::Ticket(), std::move(decode));
  if (!report) push_log.warning("pushed samples were not written again: {}", report.error().message());
}

io::Task<> PushGateway::run() {
  for (;;) {
    co_await loop_.sleep(settings_.interval);
    MetricBatch batch;
    const Millis now = clock_.wall().since_epoch / 1ms;
    for (const auto& [labels, group] : groups_) {
      for (const auto& [name, family] : group.families) {
        for (const auto& [encoded, value] : family) batch.samples.push_back({batch.own(encoded), now, value});
      }
    }
    if (!batch.samples.empty()) co_await give(std::move(batch));
  }
}

}  // namespace aloft::telemetry::scrape
