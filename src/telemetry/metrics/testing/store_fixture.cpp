// Folders below the system's place for temporary files.
#include "telemetry/metrics/testing/store_fixture.h"

#include <bit>
#include <cstdlib>

#include "base/ensure.h"

namespace aloft::telemetry::metrics {

TemporaryFolder::TemporaryFolder() {
  std::string form = (std::filesystem::temp_directory_path() / "metrics_store_XXXXXX").string();
  const char* made = ::mkdtemp(form.data());
  ensure(made != nullptr, "a temporary folder");
  path_ = made;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

BatchBuilder& BatchBuilder::add(LabelsView labels, Millis time, double value) {
  batch_.samples.push_back(
      {.labels = batch_.own(std::string(labels.encoded())), .time = time, .value = value});
  return *this;
}

BatchBuilder& BatchBuilder::add(LabelsView labels, Millis time, HistogramPtr histogram) {
  batch_.histograms.push_back(
      {.labels = batch_.own(std::string(labels.encoded())), .time = time, .histogram = std::move(histogram)});
  return *this;
}

StoreFixture::StoreFixture() {
  settings_.folder = temporary_.path() + "/store";
  settings_.buffer_samples = 1000;
}

Store& StoreFixture::reopen() {
  store_.reset();
  auto opened = Store::open(settings_, clock_, metrics_);
  ensure(opened.has_value(), opened ? "" : opened.error().message());
  store_ = std::move(*opened);
  return *store_;
}

std::string dump(const Queryable& from, Millis begin, Millis end, const std::vector<Matcher>& matchers) {
  const auto selection = from.select(begin, end, matchers, {});
  if (!selection) return selection.error().to_string();
  std::string out;
  Column column;
  for (std::size_t i = 0; i < (*selection)->size(); ++i) {
    if (const auto read = (*selection)->read(i, begin, end, column); !read) return read.error().to_string();
    if (column.size() == 0) continue;
    out += (*selection)->labels(i).to_string();
    for (std::size_t k = 0; k < column.size(); ++k) {
      const bool histogram = !column.histograms.empty() && column.histograms[k] != nullptr;
      out += fmt::format(" {}:{:x}", column.times[k], std::bit_cast<std::uint64_t>(column.values[k]));
      if (histogram) out += fmt::format("h{}/{}", column.histograms[k]->count, column.histograms[k]->sum);
    }
    out += '\n';
  }
  return out;
}

}  // namespace aloft::telemetry::metrics
