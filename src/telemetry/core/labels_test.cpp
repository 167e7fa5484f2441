// Label sets: order, canonical form, identity.
#include "telemetry/core/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/core/wire.h"

namespace aloft::telemetry {
namespace {

std::string raw_label(std::string_view name, std::string_view value) {
  std::string inside;
  append_wire_bytes(inside, 1, name);
  append_wire_bytes(inside, 2, value);
  std::string out;
  append_wire_bytes(out, 1, inside);
  return out;
}

TEST(Labels, are_sorted_whatever_the_order_they_come_in) {
  const Labels labels{{"b", "2"}, {"__name__", "up"}, {"a", "1"}};
  EXPECT_EQ(labels.to_string(), R"(up{a="1", b="2"})");
  EXPECT_EQ(labels, (Labels{{"a", "1"}, {"b", "2"}, {"__name__", "up"}}));
}

TEST(Labels, an_empty_value_means_no_label) {
  EXPECT_EQ((Labels{{"a", ""}, {"b", "x"}}), (Labels{{"b", "x"}}));
  EXPECT_TRUE((Labels{{"a", ""}}).empty());
  EXPECT_EQ(Labels{}.get("a"), "");
}

TEST(Labels, the_last_of_two_values_counts) { EXPECT_EQ((Labels{{"a", "1"}, {"a", "2"}}).get("a"), "2"); }

TEST(Labels, names_that_are_no_identifiers_are_quoted) {
  EXPECT_EQ((Labels{{"__name__", "my.metric"}, {"k8s.pod", "a\"b\\c\nd"}}).to_string(),
            R"({"my.metric", "k8s.pod"="a\"b\\c\nd"})");
  EXPECT_EQ(Labels{}.to_string(), "{}");
}

TEST(Labels, compare_pair_by_pair) {
  EXPECT_LT((Labels{{"a", "1"}}), (Labels{{"a", "2"}}));
  EXPECT_LT((Labels{{"a", "1"}}), (Labels{{"a", "1"}, {"b", "1"}}));
  EXPECT_LT((Labels{{"a", "9"}}), (Labels{{"b", "1"}}));
  // The encoded bytes would order these the other way round, by length.
  EXPECT_LT((Labels{{"a", "10"}}), (Labels{{"a", "9"}}));
}

TEST(Labels, are_written_as_json) {
  std::string out;
  Labels({{"__name__", "up"}, {"a", "x\"y"}}).view().append_json(out);
  EXPECT_EQ(out, R"({"__name__":"up","a":"x\"y"})");
}

TEST(Labels, canonical_bytes_are_given_back_as_they_are) {
  const Labels labels{{"__name__", "up"}, {"job", "a"}};
  std::string scratch;
  const auto view = canonical_labels(labels.encoded(), scratch);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->encoded().data(), labels.encoded().data());
}

TEST(Labels, bytes_in_another_order_become_canonical) {
  std::string scratch;
  const auto view =
      canonical_labels(raw_label("job", "a") + raw_label("empty", "") + raw_label("__name__", "up"), scratch);
  ASSERT_TRUE(view);
  EXPECT_EQ(*view, (Labels{{"__name__", "up"}, {"job", "a"}}).view());
}

TEST(Labels, bad_bytes_are_refused_by_name) {
  std::string scratch;
  const auto message = [&](const std::string& bytes) {
    const auto view = canonical_labels(bytes, scratch);
    return view ? std::string("accepted") : view.error().message();
  };
  EXPECT_EQ(message(raw_label("a", "1") + raw_label("a", "2")), "label a stands twice");
  EXPECT_EQ(message(raw_label("", "1")), "labels: a label has no name");
  EXPECT_EQ(message(raw_label("a", "\xff")), "label a: not valid UTF-8");
  EXPECT_EQ(message("\x0a\x7f"), "labels: malformed bytes");
  EXPECT_EQ(message("\x12\x01x"), "labels: malformed bytes");
}

TEST(Labels, hashes_by_names_tell_groups_apart) {
  const Labels a{{"__name__", "x"}, {"job", "1"}, {"code", "200"}};
  const Labels b{{"__name__", "y"}, {"job", "1"}, {"code", "500"}};
  EXPECT_EQ(hash_labels_by(a, {"job"}), hash_labels_by(b, {"job"}));
  EXPECT_NE(hash_labels_by(a, {"code", "job"}), hash_labels_by(b, {"code", "job"}));
  EXPECT_EQ(hash_labels_without(a, {"code"}), hash_labels_without(b, {"code"}));
  EXPECT_NE(hash_labels_without(a, {"job"}), hash_labels_without(b, {"job"}));
}

TEST(LabelsBuilder, sets_and_removes) {
  LabelsBuilder builder(Labels{{"a", "1"}, {"b", "2"}, {"c", "3"}});
  builder.set("b", "").set("d", "4").set("a", "9");
  EXPECT_EQ(builder.build(), (Labels{{"a", "9"}, {"c", "3"}, {"d", "4"}}));
  builder.keep_only({"a", "d"});
  EXPECT_EQ(builder.build(), (Labels{{"a", "9"}, {"d", "4"}}));
  builder.drop({"d"});
  EXPECT_EQ(builder.get("a"), "9");
  EXPECT_EQ(builder.get("d"), "");
}

TEST(Labels, whatever_goes_in_comes_out) {
  EXPECT_TRUE(rc::check([](const std::map<std::string, std::string>& map) {
    std::vector<std::pair<std::string, std::string>> pairs(map.begin(), map.end());
    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& pair : pairs) {
      if (!pair.second.empty()) expected.push_back(pair);
    }
    std::vector<std::pair<std::string, std::string>> found;
    const Labels labels(pairs);
    for (const Label& label : labels) found.emplace_back(label.name, label.value);
    RC_ASSERT(found == expected);
    for (const auto& [name, value] : pairs) RC_ASSERT(labels.get(name) == value);
  }));
}

TEST(Labels, any_bytes_are_refused_or_made_canonical) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::string scratch;
    const auto view = canonical_labels(bytes, scratch);
    if (!view) return;
    std::string again;
    RC_ASSERT(canonical_labels(view->encoded(), again).has_value());
  }));
}

}  // namespace
}  // namespace aloft::telemetry
