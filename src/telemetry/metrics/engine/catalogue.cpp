// Texts with their lengths, numbers as varints.
#include "telemetry/metrics/engine/catalogue.h"

#include "telemetry/metrics/codec/bytes.h"

namespace aloft::telemetry::metrics {
namespace {

Result<Tombstone> get_tombstone(ByteReader& in) {
  Tombstone out;
  out.sequence = in.varint();
  out.from = in.signed_varint();
  out.to = in.signed_varint();
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::uint64_t type = in.varint();
    std::string name(in.text());
    std::string value(in.text());
    if (type > static_cast<std::uint64_t>(MatchType::not_regex))
      return fail(Code::internal, "a matcher's type");
    TRY(matcher, Matcher::make(static_cast<MatchType>(type), std::move(name), std::move(value)));
    out.matchers.push_back(std::move(matcher));
  }
  if (!in.ok()) return fail(Code::internal, "a torn tombstone");
  return out;
}

bool read_one(CatalogueKind kind, ByteReader& in, const CatalogueReader& reader) {
  switch (kind) {
    case CatalogueKind::series: {
      CatalogueSeries series;
      series.ref = static_cast<SeriesRef>(in.varint());
      series.labels = in.text();
      series.tenant = in.text();
      if (in.ok()) reader.series(series);
      return in.ok();
    }
    case CatalogueKind::metadata: {
      MetricMetadata metadata;
      metadata.family = in.text();
      metadata.type = static_cast<MetricType>(in.byte());
      metadata.help = in.text();
      metadata.unit = in.text();
      if (metadata.type > MetricType::stateset) return false;
      if (in.ok()) reader.metadata(std::move(metadata));
      return in.ok();
    }
    case CatalogueKind::exemplars: {
      CatalogueExemplar exemplar;
      exemplar.series = in.text();
      exemplar.labels = in.text();
      exemplar.value = in.number();
      exemplar.time = in.signed_varint();
      if (in.ok()) reader.exemplar(exemplar);
      return in.ok();
    }
    case CatalogueKind::tombstone: {
      auto tombstone = get_tombstone(in);
      if (tombstone) reader.tombstone(std::move(*tombstone));
      return tombstone.has_value();
    }
    case CatalogueKind::no_tombstones:
      return false;
  }
  return false;
}

}  // namespace

std::string start_record(CatalogueKind kind) { return std::string(1, static_cast<char>(kind)); }

void put_series(std::string& record, const CatalogueSeries& series) {
  put_varint(record, series.ref);
  put_text(record, series.labels);
  put_text(record, series.tenant);
}

void put_metadata(std::string& record, const MetricMetadata& metadata) {
  put_text(record, metadata.family);
  record.push_back(static_cast<char>(metadata.type));
  put_text(record, metadata.help);
  put_text(record, metadata.unit);
}

void put_exemplar(std::string& record, const CatalogueExemplar& exemplar) {
  put_text(record, exemplar.series);
  put_text(record, exemplar.labels);
  put_double(record, exemplar.value);
  put_signed(record, exemplar.time);
}

std::string tombstone_record(const Tombstone& tombstone) {
  std::string record = start_record(CatalogueKind::tombstone);
  put_varint(record, tombstone.sequence);
  put_signed(record, tombstone.from);
  put_signed(record, tombstone.to);
  put_varint(record, tombstone.matchers.size());
  for (const Matcher& matcher : tombstone.matchers) {
    put_varint(record, static_cast<std::uint64_t>(matcher.type()));
    put_text(record, matcher.name());
    put_text(record, matcher.value());
  }
  return record;
}

bool read_catalogue_record(std::string_view record, const CatalogueReader& reader) {
  ByteReader in(record);
  const auto kind = static_cast<CatalogueKind>(in.byte());
  if (kind == CatalogueKind::no_tombstones) {
    reader.no_tombstones();
    return in.at_end();
  }
  while (!in.at_end()) {
    if (!read_one(kind, in, reader)) return false;
  }
  return in.ok();
}

}  // namespace aloft::telemetry::metrics
