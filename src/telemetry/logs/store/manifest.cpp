// The manifest as JSON.
#include "telemetry/logs/store/manifest.h"

#include "io/file.h"
#include "model/json.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry::logs {
namespace {

std::int64_t number_at(const model::Value& value, std::string_view key) {
  const model::Value* found = value.at(key);
  const std::int64_t* number = found != nullptr ? found->if_int() : nullptr;
  return number != nullptr ? *number : 0;
}

Manifest::Deletion read_deletion(const model::Value& value) {
  Manifest::Deletion out;
  out.request = {.id = std::string(value.text_at("id")),
                 .tenant = std::string(value.text_at("tenant")),
                 .query = std::string(value.text_at("query")),
                 .start_ns = number_at(value, "start"),
                 .end_ns = number_at(value, "end"),
                 .created_ns = number_at(value, "created"),
                 .processed = number_at(value, "processed") != 0};
  out.through_block = static_cast<std::uint64_t>(number_at(value, "through"));
  return out;
}

}  // namespace

Result<Manifest> read_manifest(const std::string& path) {
  Manifest out;
  auto text = io::read_file(path);
  if (!text) {
    if (text.error().code() == Code::not_found) return out;
    return fail(std::move(text).error());
  }
  auto document = model::parse_json(*text);
  if (!document || !document->is_object()) {
    return fail(Code::invalid, fmt::format("{}: the manifest is damaged", path));
  }
  out.next_block = static_cast<std::uint64_t>(number_at(*document, "nextBlock"));
  out.log.segment = static_cast<std::uint64_t>(number_at(*document, "logSegment"));
  out.log.offset = static_cast<std::uint64_t>(number_at(*document, "logOffset"));
  if (const model::Value* blocks = document->at("blocks"); blocks != nullptr && blocks->is_array()) {
    for (const model::Value& block : blocks->as_array())
      out.blocks.push_back({.id = static_cast<std::uint64_t>(number_at(block, "id")),
                            .tenant = std::string(block.text_at("tenant"))});
  }
  if (const model::Value* deletions = document->at("deletions");
      deletions != nullptr && deletions->is_array()) {
    for (const model::Value& deletion : deletions->as_array())
      out.deletions.push_back(read_deletion(deletion));
  }
  return out;
}

Result<> write_manifest(const std::string& path, const Manifest& manifest) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("nextBlock").number(manifest.next_block);
  json.key("logSegment").number(manifest.log.segment).key("logOffset").number(manifest.log.offset);
  json.key("blocks").begin_array();
  for (const Manifest::BlockEntry& block : manifest.blocks)
    json.begin_object().key("id").number(block.id).key("tenant").string(block.tenant).end_object();
  json.end_array().key("deletions").begin_array();
  for (const Manifest::Deletion& deletion : manifest.deletions) {
    const DeletionRequest& request = deletion.request;
    json.begin_object().key("id").string(request.id).key("tenant").string(request.tenant);
    json.key("query").string(request.query).key("start").number(request.start_ns);
    json.key("end").number(request.end_ns).key("created").number(request.created_ns);
    json.key("processed").number(std::int64_t{request.processed});
    json.key("through").number(deletion.through_block).end_object();
  }
  json.end_array().end_object();
  auto written = io::write_file(path, text);
  if (!written) return fail(Code::unavailable, written.error().message());
  return {};
}

}  // namespace aloft::telemetry::logs
