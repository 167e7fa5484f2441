// The way of a span: log, waiting, judgement, store. Only one thread judges at a time, without the lock.
#include "telemetry/traces/derive/tail_sampling.h"

#include "telemetry/traces/log.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t judged_at_once = 256;
constexpr std::size_t batch_spans = 4096;
constexpr int retry_seconds = 5;
constexpr std::uint64_t least_log_bytes = 4096;  // that are worth a file of their own

std::size_t held_bytes(const Attributes& attributes) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : attributes) {
    bytes += sizeof(Attribute) + key.size();
    if (const std::string* text = value.if_string()) bytes += text->size();
  }
  return bytes;
}

std::size_t held_bytes(const Span& span) {
  std::size_t bytes = sizeof(Span) + span.name.size() + held_bytes(span.attributes);
  for (const SpanEvent& event : span.events) bytes += sizeof event + held_bytes(event.attributes);
  for (const SpanLink& link : span.links) bytes += sizeof link + held_bytes(link.attributes);
  return bytes;
}

// The place in `batch` for spans of a resource and scope: the last one when it is the same.
ScopeSpans& place_for(SpanBatch& batch, const Attributes& resource, const InstrumentationScope& scope) {
  if (batch.resources.empty() || batch.resources.back().resource != resource)
    batch.resources.emplace_back().resource = resource;
  std::vector<ScopeSpans>& scopes = batch.resources.back().scopes;
  if (scopes.empty() || scopes.back().scope != scope) scopes.emplace_back().scope = scope;
  return scopes.back();
}

template <class Batch, class F>
void each_span(Batch& batch, F f) {
  for (auto& resource : batch.resources) {
    for (auto& scope : resource.scopes) {
      for (auto& span : scope.spans) f(resource.resource, scope.scope, span);
    }
  }
}

// Takes spans out of where they arrived into one batch, with each resource and scope once for each batch they
// came from; the places follow them, so that nothing is lost when the new batch is not taken.
std::shared_ptr<SpanBatch> gather_up(const std::vector<std::vector<SpanPlace>*>& traces) {
  auto joined = std::make_shared<SpanBatch>();
  std::map<std::tuple<const SpanBatch*, std::uint32_t>, std::uint32_t> resources;
  std::map<std::tuple<const SpanBatch*, std::uint32_t, std::uint32_t>, std::uint32_t> scopes;
  // Batches live until the end, so that none stands where another was.
  std::vector<std::shared_ptr<SpanBatch>> sources;
  for (std::vector<SpanPlace>* trace : traces) {
    for (SpanPlace& place : *trace) {
      const auto [resource, fresh] = resources.emplace(std::tuple(place.batch.get(), place.resource),
                                                       static_cast<std::uint32_t>(joined->resources.size()));
      if (fresh) {
        joined->resources.emplace_back().resource = place.resource_attributes();
        sources.push_back(place.batch);
      }
      std::vector<ScopeSpans>& own = joined->resources[resource->second].scopes;
      const auto [scope, fresh_scope] = scopes.emplace(
          std::tuple(place.batch.get(), place.resource, place.scope), static_cast<std::uint32_t>(own.size()));
      if (fresh_scope) own.emplace_back().scope = place.scope_spans().scope;
      std::vector<Span>& spans = own[scope->second].spans;
      spans.push_back(std::move(place.span()));
      place = {joined, resource->second, scope->second, static_cast<std::uint32_t>(spans.size() - 1)};
    }
  }
  return joined;
}

}  // namespace

TailSampler::TailSampler(Opened, Exporter<SpanBatch>& next, TailSamplingSettings settings, const Clock& clock,
                         Metrics& metrics)
    : next_(next),
      settings_(std::move(settings)),
      clock_(clock),
      live_(settings_.limits),
      judge_(settings_.policies),
      kept_(metrics.counter("telemetry_traces_tail_kept_total", "Traces that tail sampling kept.")),
      dropped_(metrics.counter("telemetry_traces_tail_dropped_total", "Traces that tail sampling left out.")),
      early_(metrics.counter("telemetry_traces_tail_early_total",
                             "Traces that were decided before their time, for want of room.")),
      late_(metrics.counter("telemetry_traces_tail_late_spans_total",
                            "Spans that came after the decision about their trace and followed it.")),
      failed_(metrics.counter("telemetry_traces_tail_failures_total",
                              "Times that the store did not take kept traces; they wait on.")),
      waiting_traces_(metrics.gauge("telemetry_traces_tail_waiting", "Traces that wait for a decision.")),
      waiting_bytes_(metrics.gauge("telemetry_traces_tail_waiting_bytes",
                                   "Memory of spans that wait for a decision or for the store, about.")),
      state_(State(settings_.remembered)) {}

Result<std::unique_ptr<TailSampler>> TailSampler::open(Exporter<SpanBatch>& next,
                                                       TailSamplingSettings settings, const Clock& clock,
                                                       Metrics& metrics) {
  auto made = std::make_unique<TailSampler>(Opened(), next, std::move(settings), clock, metrics);
  if (made->settings_.folder.empty()) return made;
  UndecidedReplay replay;
  replay.decided = [&made](const std::vector<Decision>& decisions) {
    made->state_.with([&](State& state) {
      for (const auto& [id, kept] : decisions) state.decisions.add(id, kept);
    });
  };
  replay.waiting = [&made](LogPosition position, SpanBatch batch) {
    SpanBatch late;
    std::vector<SpanPlace> places = places_of(std::make_shared<SpanBatch>(std::move(batch)));
    const bool full = made->state_.with([&](State& state) {
      made->add_waiting(state, std::move(places), position, late);
      return made->crowded(state);
    });
    if (full) made->decide(Due::by_time);
    // Decided for want of room a moment ago.
    if (late.span_count() > 0 && !made->next_.write(late)) made->failed_.add();
  };
  TRY(log, UndecidedLog::open(made->settings_.folder, made->settings_.limits.attributes, replay));
  made->log_ = std::move(log);
  return made;
}

bool TailSampler::crowded(const State& state) const {
  return state.waiting.size() > settings_.traces || state.bytes - state.kept_bytes > settings_.bytes;
}

Result<WriteReport> TailSampler::write(const SpanBatch& batch) {
  WriteReport report;
  const std::vector<bool> take = live_.admit(batch, report);
  if (report.accepted == 0) return report;
  const auto refuse = [&](Error error) -> Result<WriteReport> {
    live_.give_back(batch, take);
    return fail(std::move(error));
  };
  if (state_.with([this](State& state) { return state.kept_bytes > settings_.bytes; })) {
    Error error(Code::unavailable, "the store does not take the traces that sampling keeps; see the log");
    return refuse(std::move(error.retry_after(retry_seconds)));
  }
  Sorted sorted = sort_out(batch, take);
  if (auto gathered = gather(std::move(sorted.undecided), sorted.late); !gathered)
    return refuse(std::move(gathered).error());
  if (const std::size_t late = sorted.late.span_count(); late > 0) {
    late_.add(late);
    const auto written = next_.write(sorted.late);
    if (!written) return refuse(written.error());
    report.accepted -= std::min(report.accepted, written->rejected);
    report.rejected += written->rejected;
    if (report.first_rejection.empty()) report.first_rejection = written->first_rejection;
  }
  if (state_.with([this](State& state) { return crowded(state); })) decide(Due::by_time);
  return report;
}

TailSampler::Sorted TailSampler::sort_out(const SpanBatch& batch, const std::vector<bool>& take) {
  enum class Way : std::uint8_t { undecided, late, dropped };
  std::vector<Way> ways;
  ways.reserve(take.size());
  state_.with([&](State& state) {
    each_span(batch, [&](const Attributes&, const InstrumentationScope&, const Span& span) {
      const std::optional<bool> known = state.decisions.find(span.trace_id);
      ways.push_back(!known ? Way::undecided : *known ? Way::late : Way::dropped);
    });
  });
  Sorted sorted;
  std::uint64_t dropped = 0;
  std::size_t number = 0;
  each_span(batch, [&](const Attributes& resource, const InstrumentationScope& scope, const Span& span) {
    const std::size_t at = number++;
    if (!take[at]) return;
    if (ways[at] == Way::dropped) {
      ++dropped;
      return;
    }
    SpanBatch& into = ways[at] == Way::late ? sorted.late : sorted.undecided;
    place_for(into, resource, scope).spans.push_back(span);
  });
  late_.add(dropped);
  return sorted;
}

// Logs the spans, then lets them wait. Those whose trace is decided meanwhile are added to `late`.
Result<> TailSampler::gather(SpanBatch undecided, SpanBatch& late) {
  if (undecided.resources.empty()) return {};
  const auto batch = std::make_shared<SpanBatch>(std::move(undecided));
  std::vector<SpanPlace> places = places_of(batch);
  if (log_ == nullptr) {
    state_.with([&](State& state) { add_waiting(state, std::move(places), {}, late); });
    return {};
  }
  const std::uint64_t ticket = state_.with([](State& state) {
    state.appending.emplace_back(++state.tickets, state.position);
    return state.tickets;
  });
  const auto position = log_->add(*batch);
  state_.with([&](State& state) {
    std::erase_if(state.appending, [ticket](const auto& entry) { return entry.first == ticket; });
    if (!position) return;
    add_waiting(state, std::move(places), *position, late);
  });
  if (!position) return fail(position.error());
  return {};
}

void TailSampler::add_waiting(State& state, std::vector<SpanPlace> spans, LogPosition position,
                              SpanBatch& late) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  state.position = std::max(state.position, position);
  for (SpanPlace& place : spans) {
    Span& span = place.span();
    const TraceId id = span.trace_id;
    if (const std::optional<bool> known = state.decisions.find(id)) {
      if (*known) {
        place_for(late, place.resource_attributes(), place.scope_spans().scope)
            .spans.push_back(std::move(span));
      }
      continue;
    }
    const auto [at, fresh] = state.waiting.try_emplace(id);
    Waiting& trace = at->second;
    if (fresh) {
      trace.first_ns = now;
      trace.position = position;
      state.firsts.push_back({id, now});
    }
    if (span.parent_id == SpanId{} && settings_.wait_after_root > Duration::zero())
      state.roots.push_back({id, now});
    trace.position = std::min(trace.position, position);
    const std::size_t bytes = held_bytes(span);
    trace.bytes += bytes;
    state.bytes += bytes;
    trace.spans.push_back(std::move(place));
  }
  show(state);
}

void TailSampler::show(const State& state) {
  waiting_traces_.set(static_cast<double>(state.waiting.size()));
  waiting_bytes_.set(static_cast<double>(state.bytes));
}

void TailSampler::decide_due() { decide(Due::by_time); }
void TailSampler::decide_all() { decide(Due::all); }

void TailSampler::decide(Due due) {
  while (deciding_.exchange(true)) deciding_.wait(true);
  std::vector<Decision> decided = hand_on();
  for (std::vector<Kept> traces = take_due(due); !traces.empty(); traces = take_due(due)) {
    std::vector<Decision> decisions = judge(traces);
    settle(traces, decisions);
    // What is kept counts as decided in the log when the store has it.
    std::copy_if(decisions.begin(), decisions.end(), std::back_inserter(decided),
                 [](const Decision& decision) { return !decision.second; });
    const std::vector<Decision> written = hand_on();
    decided.insert(decided.end(), written.begin(), written.end());
  }
  if (log_ != nullptr) {
    if (auto added = log_->add(decided); !added) {
      // Judged again after a restart, which does no harm.
      trace_log.warning("decisions about traces are not logged: {}", added.error().to_string());
    }
    tidy_log();
  }
  deciding_.store(false);
  deciding_.notify_all();
}

// The next traces whose time has come, or the oldest ones while there are too many.
std::vector<TailSampler::Kept> TailSampler::take_due(Due due) {
  std::vector<Kept> taken;
  const std::int64_t now = clock_.wall().since_epoch.count();
  state_.with([&](State& state) {
    std::size_t bytes = state.bytes - state.kept_bytes;
    const auto take = [&](const TraceId& id) {
      const auto at = state.waiting.find(id);
      if (at == state.waiting.end() || at->second.judged) return;
      Waiting& trace = at->second;
      taken.push_back({id, std::exchange(trace.spans, {}), 0, trace.position});
      trace.judged = true;
      bytes -= trace.bytes;
    };
    while (!state.roots.empty() && taken.size() < judged_at_once &&
           now - state.roots.front().at_ns >= settings_.wait_after_root.count()) {
      take(state.roots.front().id);
      state.roots.pop_front();
    }
    while (!state.firsts.empty() && taken.size() < judged_at_once) {
      const bool old = now - state.firsts.front().at_ns >= settings_.decision_wait.count();
      const bool no_room = state.waiting.size() - taken.size() > settings_.traces || bytes > settings_.bytes;
      if (!old && !no_room && due == Due::by_time) break;
      const std::size_t before = taken.size();
      take(state.firsts.front().id);
      if (!old && due == Due::by_time) early_.add(taken.size() - before);
      state.firsts.pop_front();
    }
  });
  return taken;
}

std::vector<Decision> TailSampler::judge(std::vector<Kept>& traces) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  std::vector<Decision> decisions;
  for (const Kept& trace : traces) {
    decisions.emplace_back(trace.id, judge_.keeps(trace.id, trace.spans, now));
    (decisions.back().second ? kept_ : dropped_).add();
  }
  return decisions;
}

void TailSampler::settle(std::vector<Kept>& traces, const std::vector<Decision>& decisions) {
  state_.with([&](State& state) {
    for (std::size_t i = 0; i < traces.size(); ++i) {
      Kept& trace = traces[i];
      state.decisions.add(trace.id, decisions[i].second);
      const auto at = state.waiting.find(trace.id);
      if (decisions[i].second) {
        trace.bytes = at->second.bytes;
        std::move(at->second.spans.begin(), at->second.spans.end(), std::back_inserter(trace.spans));
        state.kept_bytes += trace.bytes;
        state.kept.push_back(std::move(trace));
      } else {
        // Others of the same batch may wait on; this one takes no memory any more.
        for (const SpanPlace& place : trace.spans) place.span() = {};
        for (const SpanPlace& place : at->second.spans) place.span() = {};
        state.bytes -= at->second.bytes;
      }
      state.waiting.erase(at);
    }
    show(state);
  });
}

std::vector<Decision> TailSampler::hand_on() {
  std::vector<Decision> written;
  for (;;) {
    std::vector<Kept> taken;
    state_.with([&](State& state) {
      std::size_t spans = 0;
      for (; !state.kept.empty() && spans < batch_spans; state.kept.pop_front()) {
        spans += state.kept.front().spans.size();
        taken.push_back(std::move(state.kept.front()));
      }
    });
    if (taken.empty()) return written;
    std::vector<std::vector<SpanPlace>*> traces;
    for (Kept& trace : taken) traces.push_back(&trace.spans);
    const std::shared_ptr<SpanBatch> joined = gather_up(traces);
    const auto report = next_.write(*joined);
    if (!report) {
      failed_.add();
      if (!std::exchange(store_refuses_, true))
        trace_log.error("kept traces wait for the store: {}", report.error().to_string());
      state_.with(
          [&](State& state) { std::move(taken.rbegin(), taken.rend(), std::front_inserter(state.kept)); });
      return written;
    }
    if (std::exchange(store_refuses_, false)) trace_log.info("the store takes kept traces again");
    if (report->rejected > 0)
      trace_log.warning("{} kept spans are refused: {}", report->rejected, report->first_rejection);
    state_.with([&](State& state) {
      for (const Kept& trace : taken) {
        state.bytes -= trace.bytes;
        state.kept_bytes -= trace.bytes;
        written.emplace_back(trace.id, true);
      }
      show(state);
    });
  }
}

// Called by the thread that decides, so no kept trace is on its way to the store.
void TailSampler::tidy_log() {
  if (auto synced = log_->sync(); !synced)
    trace_log.warning("undecided spans are not synced: {}", synced.error().to_string());
  // Files of a quarter of the wait are dropped soon after their last trace was decided.
  const std::int64_t now = clock_.wall().since_epoch.count();
  const Duration interval = std::max<Duration>(settings_.decision_wait / 4, 1s);
  if (now - tidied_ns_ < interval.count() || log_->bytes() < least_log_bytes) return;
  tidied_ns_ = now;
  const auto cut = log_->cut();
  if (!cut) return trace_log.warning("old undecided spans stay on disk: {}", cut.error().to_string());
  // Looked at after the cut: what is appended from now on stands behind it.
  const LogPosition from = state_.with([&](State& state) {
    LogPosition least = *cut;
    for (const auto& [id, trace] : state.waiting) least = std::min(least, trace.position);
    for (const Kept& trace : state.kept) least = std::min(least, trace.position);
    for (const auto& [ticket, position] : state.appending) least = std::min(least, position);
    return least;
  });
  if (auto dropped = log_->drop_before(from); !dropped)
    trace_log.warning("old undecided spans stay on disk: {}", dropped.error().to_string());
}

io::Task<> TailSampler::run(io::Loop& loop, io::Pool& pool) {
  for (;;) {
    co_await loop.sleep(1s);
    const auto work = [this] {
      decide_due();
      return true;
    };
    (void)co_await pool.run(loop, work);
  }
}

std::size_t TailSampler::waiting() const {
  return state_.with([](State& state) { return state.waiting.size(); });
}

}  // namespace aloft::telemetry::traces
