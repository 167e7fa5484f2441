// What the store says about itself.
#include <algorithm>

#include "telemetry/metrics/engine/engine.h"

namespace aloft::telemetry::metrics {

std::vector<MetricMetadata> Engine::metadata(std::string_view family, std::size_t limit) const {
  return catalogue_.with([&](Catalogue& catalogue) {
    std::vector<MetricMetadata> out;
    for (const auto& [name, entry] : catalogue.metadata) {
      if (!family.empty() && name != family) continue;
      if (limit > 0 && out.size() >= limit) break;
      out.push_back(entry);
    }
    return out;
  });
}

CardinalityReport Engine::cardinality(std::size_t limit) const {
  CardinalityReport report;
  std::vector<std::uint64_t> by_tenant;
  index_.with([&](SeriesIndex& index) {
    index.report(limit, report);
    for (std::size_t i = 1; i < index.tenants(); ++i) {
      by_tenant.push_back(index.tenant_series(static_cast<std::uint16_t>(i)));
    }
  });
  catalogue_.with([&](Catalogue& catalogue) {
    for (std::size_t i = 0; i < by_tenant.size() && i + 1 < catalogue.tenants.size(); ++i) {
      if (by_tenant[i] > 0) {
        report.series_by_tenant.push_back({.name = catalogue.tenants[i + 1], .value = by_tenant[i]});
      }
    }
  });
  std::ranges::sort(report.series_by_tenant, std::greater<>(), &CardinalityReport::Item::value);
  const StoreStatus now = status();
  report.min_time = now.min_time;
  report.max_time = now.max_time;
  const ViewPtr files = view();
  for (const RunPtr& run : files->runs) report.chunks += run->file().totals().chunks;
  for (const BlockPtr& block : files->blocks) report.chunks += block->data().totals().chunks;
  return report;
}

StoreStatus Engine::status() const {
  StoreStatus out;
  out.series = index_.with([](SeriesIndex& index) { return index.size(); });
  ViewPtr files;
  intake_.with([&](Intake& intake) {
    files = intake.view;
    out.samples_written = intake.samples_written;
    out.min_time = intake.min_time;
    out.max_time = intake.max_time;
    out.samples_buffered = intake.current->size();
    for (const BufferPtr& buffer : intake.frozen) out.samples_buffered += buffer->size();
  });
  const auto count_file = [&out](const ChunkFileTotals& totals) {
    if (totals.samples == 0) return;
    out.min_time = std::min(out.min_time, totals.min_time);
    out.max_time = std::max(out.max_time, totals.max_time);
  };
  out.runs = files->runs.size();
  out.blocks = files->blocks.size();
  out.log_bytes = log_->bytes() + catalogue_log_->bytes();
  out.disk_bytes = out.log_bytes;
  for (const RunPtr& run : files->runs) {
    count_file(run->file().totals());
    out.disk_bytes += run->file().totals().bytes;
  }
  for (const BlockPtr& block : files->blocks) {
    count_file(block->data().totals());
    out.disk_bytes += block->bytes();
  }
  if (out.min_time > out.max_time) out.min_time = out.max_time = 0;
  out.writable = writable_;
  trouble_.with([&](Trouble& trouble) {
    out.replay = trouble.replay;
    out.damage = trouble.damage;
  });
  return out;
}

void Engine::update_gauges() {
  const StoreStatus now = status();
  series_gauge_.set(static_cast<double>(now.series));
  buffered_gauge_.set(static_cast<double>(now.samples_buffered));
  log_bytes_gauge_.set(static_cast<double>(now.log_bytes));
  disk_bytes_gauge_.set(static_cast<double>(now.disk_bytes));
  writable_gauge_.set(now.writable ? 1 : 0);
}

}  // namespace aloft::telemetry::metrics
