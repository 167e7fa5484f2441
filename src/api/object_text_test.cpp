// The text that the store keeps.
#include "api/object_text.h"

#include <gtest/gtest.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/core/v1/config_map.h"

namespace aloft::api {
namespace {

model::Value document(std::string_view text) { return model::parse_json(text).value(); }

TEST(ObjectText, the_revision_has_its_place_whether_or_not_the_document_had_one) {
  for (const char* text :
       {R"({"metadata":{"name":"n","uid":"u","labels":{"a":"b"}},"data":{}})",
        R"({"metadata":{"name":"n","uid":"u","resourceVersion":"3","labels":{"a":"b"}},"data":{}})"}) {
    model::Value first = document(text);
    EXPECT_EQ(text_with_revision(first, "12"),
              R"({"metadata":{"name":"n","uid":"u","resourceVersion":"12","labels":{"a":"b"}},"data":{}})");
    model::Value second = document(text);
    StoredText stored = text_with_revision_slot(second);
    EXPECT_EQ(stored.text.insert(stored.revision_at, "12"), text_with_revision(first, "12"));
    model::Value third = document(text);
    EXPECT_EQ(text_without_revision(third),
              R"({"metadata":{"name":"n","uid":"u","labels":{"a":"b"}},"data":{}})");
  }
}

TEST(ObjectText, a_struct_and_its_document_give_the_same_text) {
  core::v1::ConfigMap map;
  map.metadata.name = "n";
  map.metadata.namespace_ = "resourceVersion";
  map.metadata.uid = "u";
  map.metadata.resourceVersion = "7";
  map.metadata.labels = {{"resourceVersion", ""}};
  map.data = {{"key", "value"}};
  model::Value value = model::to_value(map);
  const StoredText by_document = text_with_revision_slot(value);
  const StoredText by_struct = text_with_revision_slot(model::type_info<core::v1::ConfigMap>(), &map);
  EXPECT_EQ(by_struct.text, by_document.text);
  EXPECT_EQ(by_struct.revision_at, by_document.revision_at);
  EXPECT_TRUE(map.metadata.resourceVersion.empty());
}

TEST(ObjectText, a_label_that_looks_like_a_revision_does_not_move_the_place) {
  model::Value value = document(R"({"metadata":{"name":"n","labels":{"resourceVersion":"x"}}})");
  StoredText stored = text_with_revision_slot(value);
  EXPECT_EQ(stored.text.insert(stored.revision_at, "5"),
            R"({"metadata":{"name":"n","resourceVersion":"5","labels":{"resourceVersion":"x"}}})");
}

TEST(ObjectText, people_read_it_on_many_lines) {
  EXPECT_EQ(indented(R"({"a":{},"b":[],"c":[1,{"d":"{\"x\\\":[,"}],"e":null})"), R"({
  "a": {},
  "b": [],
  "c": [
    1,
    {
      "d": "{\"x\\\":[,"
    }
  ],
  "e": null
})");
  const std::string same = R"({"a":[{"b":"c"},2],"d":{"e":{"f":[]}}})";
  EXPECT_EQ(document(indented(same)), document(same));
}

TEST(ObjectText, an_object_alone_says_what_it_is) {
  EXPECT_EQ(with_kind(*model::find_kind("apps", "v1", "Deployment"), R"({"metadata":{}})"),
            R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{}})");
}

}  // namespace
}  // namespace aloft::api
