// Bounds of groups, Bloom filter, services and keys, one after another.
#include "telemetry/traces/store/block_footer.h"

#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::uint64_t version = 1;

void put_id(std::string& out, const TraceId& id) { out.append(id.begin(), id.end()); }

TraceId get_id(ByteReader& in) {
  TraceId id{};
  const std::string_view bytes = in.take(id.size());
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

void put_keys(std::string& out, const std::set<std::string>& keys) {
  put_varint(out, keys.size());
  for (const std::string& key : keys) put_run(out, key);
}

std::set<std::string> get_keys(ByteReader& in) {
  std::set<std::string> keys;
  const std::uint64_t count = in.bounded(in.left());
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) keys.emplace(in.run());
  return keys;
}

void put_summary(std::string& out, const PartSummary& summary) {
  put_varint(out, summary.services.size());
  for (const auto& [service, operations] : summary.services) {
    put_run(out, service);
    put_varint(out, operations.size());
    for (const Operation& operation : operations) {
      put_run(out, operation.name);
      out += static_cast<char>(operation.kind);
    }
  }
  put_keys(out, summary.resource_keys);
  put_keys(out, summary.scope_keys);
  put_keys(out, summary.span_keys);
  put_keys(out, summary.event_keys);
  put_keys(out, summary.link_keys);
}

PartSummary get_summary(ByteReader& in) {
  PartSummary summary;
  const std::uint64_t services = in.bounded(in.left());
  for (std::uint64_t i = 0; i < services && in.ok(); ++i) {
    std::set<Operation>& operations = summary.services[std::string(in.run())];
    const std::uint64_t count = in.bounded(in.left());
    for (std::uint64_t k = 0; k < count && in.ok(); ++k) {
      std::string name(in.run());
      const auto kind = in.fixed<std::uint8_t>();
      if (kind > static_cast<std::uint8_t>(SpanKind::consumer)) in.spoil();
      operations.insert({std::move(name), static_cast<SpanKind>(kind)});
    }
  }
  summary.resource_keys = get_keys(in);
  summary.scope_keys = get_keys(in);
  summary.span_keys = get_keys(in);
  summary.event_keys = get_keys(in);
  summary.link_keys = get_keys(in);
  return summary;
}

}  // namespace

std::string encode_footer(const BlockFooter& footer) {
  std::string out;
  put_varint(out, version);
  put_signed(out, footer.facts.created_ns);
  put_varint(out, footer.facts.level);
  put_varint(out, footer.facts.replaces.size());
  for (const std::string& name : footer.facts.replaces) put_run(out, name);
  put_varint(out, footer.places.size());
  for (const GroupPlace& place : footer.places) {
    put_varint(out, place.offset);
    put_varint(out, place.size);
    put_id(out, place.info.first);
    put_id(out, place.info.last);
    put_signed(out, place.info.starts.begin);
    put_signed(out, place.info.starts.end);
    put_signed(out, place.info.latest_end);
    put_varint(out, place.info.rows);
    put_varint(out, place.info.traces);
  }
  put_run(out, footer.bloom.bytes());
  put_summary(out, footer.summary);
  return out;
}

Result<BlockFooter> decode_footer(std::string_view bytes, std::uint64_t end) {
  BlockFooter footer;
  ByteReader in(bytes);
  if (in.varint() != version) return fail(Code::invalid, "a block of another version");
  footer.facts.created_ns = in.signed_varint();
  footer.facts.level = static_cast<std::uint32_t>(in.bounded(1'000'000));
  const std::uint64_t replaced = in.bounded(in.left());
  for (std::uint64_t i = 0; i < replaced && in.ok(); ++i) footer.facts.replaces.emplace_back(in.run());
  const std::uint64_t count = in.bounded(in.left());
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    GroupPlace place;
    place.offset = in.bounded(end);
    place.size = in.bounded(end - place.offset);
    place.info.first = get_id(in);
    place.info.last = get_id(in);
    place.info.starts.begin = in.signed_varint();
    place.info.starts.end = in.signed_varint();
    place.info.latest_end = in.signed_varint();
    place.info.rows = static_cast<std::uint32_t>(in.bounded(DecodeLimits{}.rows));
    place.info.traces = static_cast<std::uint32_t>(in.bounded(place.info.rows));
    footer.places.push_back(place);
  }
  footer.bloom = TraceBloom::from_bytes(std::string(in.run()));
  footer.summary = get_summary(in);
  if (!in.ok() || !in.at_end()) return fail(Code::invalid, "the footer is malformed");
  return footer;
}

}  // namespace aloft::telemetry::traces
