// What a creation gives its writer: told from the object as from its document.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/managed_fields.h"
#include "model/testing/objects.h"

namespace aloft::model {
namespace {

Writer creator(bool status_is_separate) {
  return {"m1", "v1", {}, WallTime(std::chrono::seconds(1'767'322'800)), status_is_separate};
}

std::string by_document(const TypeInfo& type, const void* object, const Schema& schema, const Writer& by) {
  Value document = encode_value(type, object);
  track_update(Value(), document, schema, by);
  const Value* entries = document.at("metadata", "managedFields");
  if (entries == nullptr || entries->is_null()) return {};
  return to_json(*entries->as_array().front().at("fieldsV1"));
}

TEST(CreatedFields, are_the_same_for_an_object_and_for_its_document) {
  SchemaSet schemas;
  for (const KindInfo& kind : all_kinds()) {
    const Schema& schema = schemas.of(*kind.type);
    const bool holds = rc::check(std::string(kind.kind), [&] {
      const auto filled = kind.make();
      testing::fill_at_random(*kind.type, filled.get());
      // Without claims of others.
      Value document = encode_value(*kind.type, filled.get());
      if (Value* metadata = document.at("metadata")) metadata->as_object().erase("managedFields");
      const auto object = kind.make();
      RC_PRE(decode_value(*kind.type, document, object.get()).has_value());
      const Writer by = creator(*rc::gen::arbitrary<bool>());
      RC_ASSERT(created_fields_text(*kind.type, object.get(), schema, by) ==
                by_document(*kind.type, object.get(), schema, by));
    });
    EXPECT_TRUE(holds) << kind.kind;
  }
}

}  // namespace
}  // namespace aloft::model
