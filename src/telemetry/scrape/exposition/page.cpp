// Choosing a reader by content type, and reading a whole page into a batch.
#include <algorithm>

#include "base/text.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

// The value of a parameter of a media type, without its quotes.
std::string parameter(std::string_view media_type, std::string_view name) {
  std::size_t at = media_type.find(';');
  while (at != std::string_view::npos) {
    const std::size_t end = media_type.find(';', at + 1);
    const std::string_view part =
        trim(media_type.substr(at + 1, end == std::string_view::npos ? end : end - at - 1), spaces_and_tabs);
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && trim(part.substr(0, equals), spaces_and_tabs) == name) {
      std::string_view value = trim(part.substr(equals + 1), spaces_and_tabs);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return std::string(value);
    }
    at = end;
  }
  return {};
}

}  // namespace

std::optional<ExpositionFormat> format_of(std::string_view content_type) {
  std::string lowered(content_type);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string_view type = trim(std::string_view(lowered).substr(0, lowered.find(';')), spaces_and_tabs);
  if (type == "application/openmetrics-text") {
    return parameter(lowered, "version") == "0.0.1" ? ExpositionFormat::openmetrics_0_0_1
                                                    : ExpositionFormat::openmetrics_1_0_0;
  }
  if (type == "text/plain") {
    return parameter(lowered, "version") == "1.0.0" ? ExpositionFormat::text_1_0_0
                                                    : ExpositionFormat::text_0_0_4;
  }
  if (type == "application/vnd.google.protobuf") {
    const std::string proto = parameter(lowered, "proto");
    const std::string encoding = parameter(lowered, "encoding");
    if (proto == "io.prometheus.client.metricfamily" && encoding == "delimited")
      return ExpositionFormat::protobuf;
  }
  return std::nullopt;
}

std::unique_ptr<ExpositionReader> make_reader(ExpositionFormat format, std::string_view page,
                                              ReaderOptions options) {
  switch (format) {
    case ExpositionFormat::openmetrics_0_0_1:
    case ExpositionFormat::openmetrics_1_0_0:
      return make_openmetrics_reader(page, options);
    case ExpositionFormat::protobuf:
      return make_protobuf_reader(page, options);
    case ExpositionFormat::text_0_0_4:
    case ExpositionFormat::text_1_0_0:
      break;
  }
  return make_text_reader(page);
}

Result<MetricBatch> read_page(ExpositionReader& reader, const ReadOptions& options, Rejections& rejections) {
  MetricBatch batch;
  LabelArena arena(batch);
  ExpositionItem item;
  for (;;) {
    const auto more = reader.next(item);
    Result<LabelsView> labels = more ? Result<LabelsView>(LabelsView()) : fail(more.error());
    if (more && !*more) return batch;
    if (more && item.kind != ExpositionItem::Kind::metadata) labels = reader.labels();
    if (!labels) {
      if (!options.skip_damaged_lines || !reader.skip_line()) return fail(std::move(labels).error());
      rejections.add(labels.error().message());
      continue;
    }
    if (item.kind == ExpositionItem::Kind::metadata) {
      batch.metadata.push_back(std::move(item.metadata));
      continue;
    }
    const std::string_view run = arena.copy(labels->encoded());
    const Millis time = item.time.value_or(options.now);
    if (item.kind == ExpositionItem::Kind::histogram) {
      batch.histograms.push_back({run, time, std::move(item.histogram)});
    } else {
      batch.samples.push_back({run, time, item.value});
    }
    if (batch.samples.size() > samples_per_request || batch.histograms.size() > rare_items_per_request ||
        batch.exemplars.size() > rare_items_per_request)
      return fail(std::move(check_size(batch)).error());
    for (ExpositionExemplar& e : item.exemplars)
      batch.exemplars.push_back({run, std::move(e.labels), e.value, e.time.value_or(time)});
  }
}

}  // namespace aloft::telemetry::scrape
