// What tests of documents write again and again: a document from its text, a kind's schema.
#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include "model/json.h"
#include "model/schema.h"

namespace aloft::model::testing {

inline Value json(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

template <class Kind>
const Schema& schema_of() {
  static SchemaSet set;
  return set.of(type_info<Kind>());
}

}  // namespace aloft::model::testing
