// Validation against recordings of a real server: names, labels, amounts and whole answers.
#include <functional>

#include <gtest/gtest.h>

#include "model/kinds/testing/rules.h"
#include "model/testing/golden.h"

namespace aloft::model {
namespace {

using testing::faults_of_new;
using testing::kind_of;

std::string minimal(std::string_view kind, const std::string& name_json) {
  const std::string metadata = R"({"metadata":{"name":)" + name_json + "}";
  if (kind == "Pod") return metadata + R"(,"spec":{"containers":[{"name":"c","image":"nginx"}]}})";
  if (kind == "Service") {
    return metadata + R"(,"spec":{"ports":[{"port":80}],"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"]}})";
  }
  if (kind == "Deployment") {
    return metadata +
           R"(,"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},)"
           R"("spec":{"containers":[{"name":"c","image":"nginx"}]}}}})";
  }
  return metadata + "}";
}

TEST(ValidationGolden, names_are_judged_as_by_a_real_server) {
  ALOFT_GOLDEN(golden, "names-labels.json");
  std::size_t compared = 0;
  for (const auto& recording : golden->as_array()) {
    const auto resource = recording.text_at("resource");
    const KindInfo* kind = nullptr;
    for (const KindInfo& other : all_kinds()) {
      if (!resource.empty() && other.plural == resource) kind = &other;
    }
    const std::int64_t status = recording.at("status")->as_int();
    if (kind == nullptr || status == 409) continue;
    const std::string name = to_json(*recording.at("name"));
    const std::string faults = faults_of_new(*kind, minimal(kind->kind, name));
    std::string expected;
    if (status == 422) {
      const auto message = recording.text_at("message");
      constexpr std::string_view verdict = " is invalid: ";
      expected = message.substr(message.find(verdict) + verdict.size());
    }
    EXPECT_EQ(faults, expected) << resource << " " << name;
    ++compared;
  }
  EXPECT_GE(compared, 100u);
}

TEST(ValidationGolden, labels_are_judged_as_by_a_real_server) {
  ALOFT_GOLDEN(golden, "names-labels.json");
  for (const auto& recording : golden->as_array()) {
    const Value* label = recording.at("label");
    if (label == nullptr) continue;
    const std::string key = to_json(label->as_array()[0]);
    const std::string value = to_json(label->as_array()[1]);
    const std::string faults = faults_of_new(
        kind_of("v1", "ConfigMap"), R"({"metadata":{"name":"zz","labels":{)" + key + ":" + value + "}}}");
    const auto message = recording.text_at("message");
    constexpr std::string_view verdict = "\"zz\" is invalid: ";
    const auto at = message.find(verdict);
    EXPECT_EQ(faults, at == std::string_view::npos ? "" : message.substr(at + verdict.size()))
        << key << value;
  }
}

TEST(ValidationGolden, negative_amounts_are_refused_as_by_a_real_server) {
  ALOFT_GOLDEN(golden, "quantities.json");
  std::size_t compared = 0;
  for (const auto& recording : golden->as_array()) {
    if (recording.at("status")->as_int() != 422) continue;
    const std::string pod =
        fmt::format(R"({{"metadata":{{"name":"q"}},"spec":{{"containers":[{{"name":"c","image":"i",)"
                    R"("resources":{{"limits":{{"{}":"{}"}}}}}}]}}}})",
                    recording.text_at("resource"), recording.text_at("in"));
    EXPECT_EQ("Pod \"q\" is invalid: " + faults_of_new(kind_of("v1", "Pod"), pod), recording.text_at("out"));
    ++compared;
  }
  EXPECT_GE(compared, 2u);
}

TEST(ValidationGolden, whole_answers_are_those_of_a_real_server) {
  ALOFT_GOLDEN(golden, "protocol.json");
  std::size_t compared = 0;
  for (const auto& recording : golden->as_array()) {
    if (recording.at("status")->as_int() != 422 || recording.text_at("request", "method") != "POST") continue;
    const Value* body = recording.at("request", "body");
    const KindInfo* kind = body == nullptr ? nullptr : find_kind("", "v1", body->text_at("kind"));
    const auto message = recording.text_at("body", "message");
    if (kind == nullptr || !message.starts_with(kind->kind)) continue;
    const std::string expected =
        fmt::format("{} \"{}\" is invalid: {}", kind->kind, body->text_at("metadata", "name"),
                    faults_of_new(*kind, to_json(*body)));
    EXPECT_EQ(expected, message) << recording.text_at("desc");
    ++compared;
  }
  EXPECT_GE(compared, 3u);
}

// Calls `visit` for every object of a kind we know, however deep in a recorded answer.
void each_object(const Value& value, const std::function<void(const KindInfo&, const Value&)>& visit) {
  if (const Array* array = value.if_array()) {
    for (const auto& item : *array) each_object(item, visit);
  }
  const Object* object = value.if_object();
  if (object == nullptr) return;
  const auto api_version = value.text_at("apiVersion");
  const auto slash = api_version.find('/');
  const KindInfo* kind =
      slash == std::string_view::npos
          ? find_kind("", api_version, value.text_at("kind"))
          : find_kind(api_version.substr(0, slash), api_version.substr(slash + 1), value.text_at("kind"));
  if (kind != nullptr && !kind->plural.empty() && !value.text_at("metadata", "uid").empty())
    visit(*kind, value);
  for (const auto& [key, member] : *object) each_object(member, visit);
}

TEST(ValidationGolden, what_a_real_server_stored_is_good) {
  const auto text = testing::read_recording("golden/kubectl-1.32-session.jsonl");
  if (!text) GTEST_SKIP() << "the recorded session is not on this machine";
  std::size_t compared = 0;
  std::size_t from = 0;
  while (from < text->size()) {
    const std::size_t end = std::min(text->find('\n', from), text->size());
    const auto line = parse_json(std::string_view(*text).substr(from, end - from));
    from = end + 1;
    if (!line || line->at("respBody") == nullptr) continue;
    each_object(*line->at("respBody"), [&](const KindInfo& kind, const Value& object) {
      const auto read = testing::read_object(kind, to_json(object));
      FieldErrors errors;
      meta::v1::validate_object_meta(*static_cast<const meta::v1::ObjectMeta*>(read.get()), kind, errors);
      if (kind.rules.validate != nullptr) kind.rules.validate(read.get(), errors);
      if (kind.rules.validate_update != nullptr) kind.rules.validate_update(read.get(), read.get(), errors);
      EXPECT_EQ(errors.to_string(), "") << kind.kind << " " << object.text_at("metadata", "name");
      ++compared;
    });
  }
  EXPECT_GE(compared, 20u);
}

}  // namespace
}  // namespace aloft::model
