// Field sets keep their order and obey the laws of sets.
#include "model/field_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/json.h"

namespace aloft::model {
namespace {

FieldSet set(std::string_view text) {
  const auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  auto parsed = FieldSet::parse(value ? *value : Value(Object()));
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : FieldSet();
}

std::string text(const FieldSet& fields) { return to_json(Value(fields.tree())); }

TEST(FieldSet, reads_any_order_and_writes_one) {
  EXPECT_EQ(
      text(set(R"({"v:2":{},"k:{\"port\":443}":{},"f:b":{"f:x":{},".":{}},"k:{\"port\":80}":{},"f:a":{}})")),
      R"({"f:a":{},"f:b":{".":{},"f:x":{}},"k:{\"port\":80}":{},"k:{\"port\":443}":{},"v:2":{}})");
  EXPECT_EQ(text(set(R"({"k:{\"b\":1,\"a\":\"x\"}":{}})")), R"({"k:{\"a\":\"x\",\"b\":1}":{}})");
  EXPECT_EQ(text(set(R"({"x:future":{},"f:a":{"y:future":{}}})")), R"({"f:a":{}})");
  EXPECT_EQ(text(set(R"({"k:{\"a\":1,\"b\":2}":{"f:x":{}},"k:{\"b\":2,\"a\":1}":{"f:y":{}}})")),
            R"({"k:{\"a\":1,\"b\":2}":{"f:x":{},"f:y":{}}})");
}

TEST(FieldSet, refuses_what_is_no_field_set) {
  for (const char* bad :
       {"[]", "1", R"({"a":{}})", R"({"f:a":1})", R"({"i:x":{}})", R"({"k:[]":{}})", R"({"v:":{}})"}) {
    EXPECT_FALSE(FieldSet::parse(*parse_json(bad))) << bad;
  }
}

TEST(FieldSet, prints_paths_as_people_know_them) {
  EXPECT_EQ(set(R"({"f:spec":{"f:c":{"k:{\"name\":\"a\",\"port\":1}":{".":{},"f:i":{}}},"f:s":{"v:\"x\"":{}},
                  "f:l":{"i:3":{}}}})")
                .to_strings(),
            (std::vector<std::string>{".spec.c[name=\"a\",port=1]", ".spec.c[name=\"a\",port=1].i",
                                      ".spec.l[3]", ".spec.s[=\"x\"]"}));
}

TEST(FieldSet, elements_are_ordered_by_what_they_are) {
  const char* ordered[] = {"f:a",
                           "f:b",
                           R"(k:{"name":"a"})",
                           R"(k:{"name":"a<"})",
                           R"(k:{"name":"ab"})",
                           R"(k:{"name":"b"})",
                           R"(k:{"port":9,"protocol":"TCP"})",
                           R"(k:{"port":80,"protocol":"TCP"})",
                           R"(k:{"port":80,"protocol":"UDP"})",
                           "v:1",
                           "v:10",
                           R"(v:"a")",
                           "v:true",
                           "i:2",
                           "i:10"};
  for (std::size_t i = 0; i < std::size(ordered); ++i) {
    for (std::size_t j = 0; j < std::size(ordered); ++j) {
      const int order = compare_elements(ordered[i], ordered[j]);
      EXPECT_EQ(order < 0, i < j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(order == 0, i == j) << ordered[i] << " " << ordered[j];
    }
  }
}

// Few names, so that sets meet.
FieldSet any_set() {
  FieldSet out;
  for (int paths = *rc::gen::inRange(0, 12); paths > 0; --paths) {
    std::vector<std::string> path;
    for (int steps = *rc::gen::inRange(1, 5); steps > 0; --steps) {
      path.push_back(*rc::gen::element<std::string>("f:a", "f:b", "f:c", R"(k:{"n":"a"})", R"(k:{"n":9})",
                                                    R"(k:{"n":10})", R"(v:"x")", "i:0"));
    }
    const std::vector<std::string_view> views(path.begin(), path.end());
    out.insert(views);
  }
  return out;
}

TEST(FieldSet, unions_intersections_and_differences_are_those_of_sets_of_paths) {
  EXPECT_TRUE(rc::check([] {
    const FieldSet a = any_set();
    const FieldSet b = any_set();
    const auto paths = [](const FieldSet& fields) {
      const auto list = fields.to_strings();
      return std::set<std::string>(list.begin(), list.end());
    };
    std::set<std::string> both = paths(a);
    std::set<std::string> shared;
    std::set<std::string> left;
    for (const auto& path : paths(a)) (paths(b).contains(path) ? shared : left).insert(path);
    both.merge(paths(b));
    RC_ASSERT(paths(unite(a, b)) == both);
    RC_ASSERT(paths(intersect(a, b)) == shared);
    RC_ASSERT(paths(subtract(a, b)) == left);
  }));
}

TEST(FieldSet, the_laws_of_sets_hold_for_the_trees_themselves) {
  EXPECT_TRUE(rc::check([] {
    const FieldSet a = any_set();
    const FieldSet b = any_set();
    const FieldSet c = any_set();
    RC_ASSERT((unite(a, b) == unite(b, a)));
    RC_ASSERT((unite(unite(a, b), c) == unite(a, unite(b, c))));
    RC_ASSERT((intersect(a, unite(b, c)) == unite(intersect(a, b), intersect(a, c))));
    RC_ASSERT((unite(subtract(a, b), intersect(a, b)) == a));
    RC_ASSERT((subtract(a, unite(b, c)) == subtract(subtract(a, b), c)));
    RC_ASSERT(subtract(a, a).empty());
    RC_ASSERT(intersect(subtract_trees(a, b), b).empty());
    RC_ASSERT((FieldSet::parse(Value(a.tree())).value() == a));
    RC_ASSERT(text(FieldSet::parse(Value(a.tree())).value()) == text(a));
  }));
}

TEST(FieldSet, subtracting_trees_takes_what_is_below) {
  EXPECT_EQ(text(subtract_trees(set(R"({"f:a":{"f:b":{},"f:c":{"f:d":{}}},"f:e":{}})"),
                                set(R"({"f:a":{"f:c":{}}})"))),
            R"({"f:a":{"f:b":{}},"f:e":{}})");
}

}  // namespace
}  // namespace aloft::model
