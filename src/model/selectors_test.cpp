// Selectors select what kube-apiserver selects, and fail with its words.
#include "model/selectors.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/field_labels.h"
#include "model/testing/golden.h"

namespace aloft::model {
namespace {

using Labels = std::map<std::string, std::string>;
using Operator = LabelRequirement::Operator;

LabelSelector selector(std::string_view text) {
  auto parsed = LabelSelector::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : LabelSelector();
}

TEST(LabelSelector, selects_by_value_set_and_presence) {
  const Labels labels{{"app", "web"}, {"tier", "3"}};
  for (const char* text : {"", "app=web", "app==web", "app in (web,db)", "app", "!other", "other!=x",
                           "tier>2", "tier<4", "app=web,tier", "other notin (a)"}) {
    EXPECT_TRUE(selector(text).matches(labels)) << text;
  }
  for (const char* text :
       {"app=db", "app!=web", "app notin (web)", "!app", "other", "tier>3", "app>1", "other>1"}) {
    EXPECT_FALSE(selector(text).matches(labels)) << text;
  }
}

TEST(LabelSelector, prints_a_form_that_parses_back) {
  EXPECT_EQ(selector("z, a in (c,b) ,!d,e!=f,g>1,h notin ()").to_string(),
            "a in (b,c),!d,e!=f,g>1,h notin (),z");
  EXPECT_EQ(LabelSelector::of({{"a", "b"}, {"c", ""}}).to_string(), "a=b,c=");
}

TEST(LabelSelector, any_selector_survives_printing) {
  EXPECT_TRUE(rc::check([] {
    const auto word = rc::gen::map(rc::gen::inRange(0, 50), [](int n) { return "w" + std::to_string(n); });
    LabelSelector made;
    for (int left = *rc::gen::inRange(0, 6); left > 0; --left) {
      const auto op = static_cast<Operator>(*rc::gen::inRange(0, 8));
      LabelRequirement requirement{op, *word, {}};
      if (op == Operator::greater || op == Operator::less) {
        requirement.values = {std::to_string(*rc::gen::arbitrary<std::int64_t>())};
      } else if (op != Operator::exists && op != Operator::does_not_exist) {
        requirement.values = {*word};
      }
      if (requirement.values.size() == 1 && requirement.values[0].starts_with('-')) continue;
      made.add(requirement);
    }
    const auto parsed = LabelSelector::parse(made.to_string());
    RC_ASSERT(parsed);
    RC_ASSERT((*LabelSelector::parse(parsed->to_string()) == *parsed));
    const Labels labels{{*word, *word}, {*word, "7"}};
    RC_ASSERT(parsed->matches(labels) == made.matches(labels));
  }));
}

TEST(LabelSelector, agrees_with_every_recorded_answer) {
  ALOFT_GOLDEN(golden, "label-selectors.json");
  for (const auto& recorded : golden->at("cases")->as_array()) {
    const std::string text(recorded.text_at("selector"));
    const auto parsed = LabelSelector::parse(text);
    if (recorded.at("status")->as_int() != 200) {
      ASSERT_FALSE(parsed) << text;
      EXPECT_EQ(parsed.error().message(), recorded.text_at("out", "message")) << text;
      EXPECT_EQ(parsed.error().code(), Code::bad_request);
      continue;
    }
    ASSERT_TRUE(parsed) << text;
    const Array& names = recorded.at("out")->as_array();
    for (const auto& [name, labels] : golden->at("objects")->as_object()) {
      Labels map;
      for (const auto& [key, value] : labels.as_object()) map[key] = value.as_string();
      const bool listed = std::find(names.begin(), names.end(), Value(name)) != names.end();
      EXPECT_EQ(parsed->matches(map), listed) << text << " and " << name;
    }
  }
}

TEST(FieldSelector, compares_paths_and_unescapes_values) {
  const auto parsed = FieldSelector::parse("metadata.name=a\\,b,status.phase!=Running,x==\\=");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->demanded("metadata.name"), "a,b");
  EXPECT_EQ(parsed->demanded("status.phase"), std::nullopt);
  EXPECT_EQ(parsed->to_string(), "metadata.name=a\\,b,status.phase!=Running,x=\\=");
  const auto field = [](std::string_view path) -> std::string {
    return path == "metadata.name" ? "a,b" : path == "x" ? "=" : "Failed";
  };
  EXPECT_TRUE(parsed->matches(field));
  EXPECT_FALSE(FieldSelector::parse("status.phase=Running")->matches(field));
  EXPECT_TRUE(FieldSelector::parse("")->empty());
}

TEST(FieldSelector, says_what_it_cannot_read) {
  EXPECT_EQ(FieldSelector::parse("metadata.name").error().message(),
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
  EXPECT_EQ(FieldSelector::parse("a=\\x").error().message(),
            "invalid field selector: invalid escape sequence: \\x");
  EXPECT_EQ(FieldSelector::parse("a=\\").error().message(),
            "invalid field selector: invalid escape sequence: \\");
  EXPECT_EQ(FieldSelector::parse("a=b=c").error().message(),
            "invalid field selector: unescaped character in value: 61");
}

TEST(FieldSelector, the_fields_of_each_resource_are_those_recorded) {
  ALOFT_GOLDEN(golden, "field-selectors.json");
  for (const auto& [path, fields] : golden->as_object()) {
    if (!path.starts_with("/ap")) continue;
    const bool core = path.starts_with("/api/");
    const std::string_view rest = std::string_view(path).substr(core ? 8 : 6);
    const std::string_view group = core ? std::string_view() : rest.substr(0, rest.find('/'));
    const std::string_view resource = rest.substr(rest.rfind('/') + 1);
    for (const auto& field : fields.as_array()) {
      EXPECT_TRUE(is_supported_field(group, resource, field.as_string())) << path << " " << field.as_string();
    }
    const bool listed = supported_fields(group, resource).size() == fields.as_array().size();
    EXPECT_TRUE(listed || group == "vec.io") << path;
  }
  EXPECT_FALSE(is_supported_field("", "pods", "spec.foo"));
}

TEST(FieldSelector, agrees_with_the_recorded_grammar) {
  ALOFT_GOLDEN(golden, "field-selectors.json");
  for (const auto& recorded : golden->at("$grammar")->as_array()) {
    const std::string text(recorded.text_at("selector"));
    const auto parsed = FieldSelector::parse(text);
    const bool supported =
        parsed && std::all_of(parsed->terms().begin(), parsed->terms().end(), [](const auto& term) {
          return is_supported_field("", "configmaps", term.path);
        });
    EXPECT_EQ(supported, recorded.at("status")->as_int() == 200) << text;
  }
}

}  // namespace
}  // namespace aloft::model
