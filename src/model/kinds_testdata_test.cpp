// Upstream's own documents, with every field of a kind set: JSON, YAML and protobuf of one object read as
// equal structs, and are written again as the same bytes.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/yaml.h"

namespace aloft::model {
namespace {

std::string path_of(const KindInfo& kind, std::string_view extension) {
  const auto group = kind.group.empty() ? std::string_view("core") : kind.group;
  return fmt::format("{}/k8s/testdata/HEAD/{}.{}.{}.{}", ALOFT_SHARED_DIR, group, kind.version, kind.kind,
                     extension);
}

class KindsTestdata : public ::testing::TestWithParam<const KindInfo*> {
 protected:
  const KindInfo& kind() const { return *GetParam(); }
  // The file of the kind; empty when there is no test data at all.
  std::string file(std::string_view extension) const {
    std::ifstream stream(path_of(kind(), extension), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::string api_version() const { return kind().gvk().api_version(); }
};

TEST_P(KindsTestdata, is_one_object_in_json_yaml_and_protobuf) {
  const std::string json = file("json");
  if (json.empty()) GTEST_SKIP() << "no upstream test data of " << api_version() << " " << kind().kind;
  const TypeInfo& type = *kind().type;

  const auto from_json = kind().make();
  DecodeReport report;
  const auto json_done = decode_json(type, json, from_json.get(), &report);
  ASSERT_TRUE(json_done.has_value()) << json_done.error().message();
  EXPECT_EQ(report.findings, std::vector<std::string>());

  const auto from_yaml = kind().make();
  const auto yaml_document = parse_yaml(file("yaml"));
  ASSERT_TRUE(yaml_document.has_value());
  const auto yaml_done = decode_value(type, *yaml_document, from_yaml.get(), &report);
  ASSERT_TRUE(yaml_done.has_value()) << yaml_done.error().message();
  EXPECT_EQ(report.findings, std::vector<std::string>());
  EXPECT_TRUE(equal(type, from_json.get(), from_yaml.get()));

  const std::string protobuf = file("pb");
  const auto envelope = open_protobuf_envelope(protobuf);
  ASSERT_TRUE(envelope.has_value());
  EXPECT_EQ(envelope->api_version, api_version());
  EXPECT_EQ(envelope->kind, kind().kind);
  const auto from_protobuf = kind().make();
  const auto protobuf_done = decode_protobuf(type, envelope->raw, from_protobuf.get());
  ASSERT_TRUE(protobuf_done.has_value()) << protobuf_done.error().message();
  EXPECT_TRUE(equal(type, from_json.get(), from_protobuf.get()));

  std::string json_again;
  append_json(json_again, kind().kind, api_version(), type, from_protobuf.get());
  EXPECT_EQ(json_again, to_json(*parse_json(json)));
  EXPECT_EQ(to_yaml(*parse_json(json_again)), file("yaml"));
  std::string message;
  append_protobuf(message, type, from_json.get(), Presence::proto2_kubernetes);
  EXPECT_TRUE(make_protobuf_envelope(api_version(), kind().kind, message) == protobuf);
  EXPECT_EQ(encode_value(type, from_json.get()), [&] {
    Value document = *parse_json(json);
    document.as_object().erase("kind");
    document.as_object().erase("apiVersion");
    return document;
  }());
}

// An object that is cut short or damaged anywhere is refused or read as something else, and nothing worse.
TEST_P(KindsTestdata, survives_damage) {
  const std::string protobuf = file("pb");
  const std::string json = file("json");
  if (json.empty()) GTEST_SKIP() << "no upstream test data of " << api_version() << " " << kind().kind;
  for (std::size_t i = 0; i < protobuf.size(); i += 1 + protobuf.size() / 500) {
    std::string damaged = protobuf;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x81);
    const auto object = kind().make();
    if (const auto envelope = open_protobuf_envelope(damaged)) {
      (void)decode_protobuf(*kind().type, envelope->raw, object.get());
    }
  }
  for (std::size_t i = 0; i < json.size(); i += 1 + json.size() / 500) {
    const auto object = kind().make();
    EXPECT_FALSE(decode_json(*kind().type, std::string_view(json).substr(0, i), object.get()).has_value());
  }
}

std::vector<const KindInfo*> kinds() {
  std::vector<const KindInfo*> list;
  const bool there_is_data = std::filesystem::exists(ALOFT_SHARED_DIR "/k8s/testdata/HEAD");
  for (const KindInfo& kind : all_kinds()) {
    // Upstream has no documents of options, tables and discovery.
    if (!there_is_data || std::filesystem::exists(path_of(kind, "json"))) list.push_back(&kind);
  }
  return list;
}

// The names of parameters within the macro are those of the test library, which a closure there would shadow.
std::string name_of(const ::testing::TestParamInfo<const KindInfo*>& tested) {
  std::string name = fmt::format("{}_{}_{}", tested.param->group, tested.param->version, tested.param->kind);
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, KindsTestdata, ::testing::ValuesIn(kinds()), &name_of);

}  // namespace
}  // namespace aloft::model
