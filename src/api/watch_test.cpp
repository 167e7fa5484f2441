// Watches as clients see them: what selectors make of changes, bookmarks, and how a watch ends.
#include "api/watch.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

using Names = std::vector<std::string>;

class Watching : public ::testing::Test {
 protected:
  Watching() { api_.make_namespace("n"); }
  static constexpr const char* path = "/api/v1/namespaces/n/configmaps";
  void make(std::string_view name, std::string_view labels = "{}") {
    const Reply made =
        api_.post(path, fmt::format(R"({{"metadata":{{"name":"{}","labels":{}}}}})", name, labels));
    ASSERT_EQ(made.status, 201) << made.body;
  }
  void label(std::string_view name, std::string_view labels) {
    const Reply done = api_.patch(fmt::format("{}/{}", path, name), "merge",
                                  fmt::format(R"({{"metadata":{{"labels":{}}}}})", labels));
    ASSERT_EQ(done.status, 200) << done.body;
  }
  void remove(std::string_view name) { ASSERT_EQ(api_.remove(fmt::format("{}/{}", path, name)).status, 200); }
  std::unique_ptr<OpenRequest> watch(std::string_view query, http::Headers headers = {}) {
    auto request = api_.open("GET", fmt::format("{}?watch=true&{}", path, query), std::move(headers));
    api_.loop.settle();
    return request;
  }
  std::string present() { return std::string(api_.get(path).json().text_at("metadata", "resourceVersion")); }
  TestApi api_;
};

TEST_F(Watching, changes_arrive_in_order) {
  auto events = watch("resourceVersion=" + present());
  make("a");
  label("a", R"({"x":"1"})");
  remove("a");
  EXPECT_EQ(events->event_names(), (Names{"ADDED a", "MODIFIED a", "DELETED a"}));
}

TEST_F(Watching, an_object_that_comes_to_match_is_added_and_one_that_ceases_to_is_deleted) {
  make("a");
  auto events = watch("labelSelector=x%3D1&resourceVersion=" + present());
  label("a", R"({"x":"1"})");
  label("a", R"({"x":"1","y":"2"})");
  label("a", R"({"x":"2"})");
  label("a", R"({"x":"3"})");
  remove("a");
  EXPECT_EQ(events->event_names(), (Names{"ADDED a", "MODIFIED a", "DELETED a"}));
}

TEST_F(Watching, a_removed_object_is_shown_as_it_was_with_the_revision_of_its_removal) {
  make("a");
  const std::string before = present();
  auto events = watch("resourceVersion=" + before);
  remove("a");
  const auto all = events->events();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().text_at("object", "metadata", "name"), "a");
  EXPECT_EQ(all.front().text_at("object", "metadata", "resourceVersion"), present());
  EXPECT_NE(before, present());
}

TEST_F(Watching, a_watch_without_a_revision_begins_with_what_is_there) {
  make("a");
  make("b");
  auto events = watch("resourceVersion=0");
  EXPECT_EQ(events->event_names(), (Names{"ADDED a", "ADDED b"}));
  make("c");
  EXPECT_EQ(events->event_names(), (Names{"ADDED c"}));
}

TEST_F(Watching, history_is_replayed_from_the_revision_on) {
  const std::string start = present();
  make("a");
  remove("a");
  auto events = watch("resourceVersion=" + start);
  EXPECT_EQ(events->event_names(), (Names{"ADDED a", "DELETED a"}));
}

TEST_F(Watching, initial_events_end_with_a_bookmark_that_says_so) {
  make("a");
  auto events = watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  const auto all = events->events();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].text_at("type"), "BOOKMARK");
  EXPECT_EQ(all[1].text_at("object", "kind"), "ConfigMap");
  EXPECT_EQ(all[1].text_at("object", "metadata", "annotations", "k8s.io/initial-events-end"), "true");
}

TEST_F(Watching, bookmarks_tell_how_far_a_quiet_watch_has_come) {
  auto events = watch("allowWatchBookmarks=true&labelSelector=never&resourceVersion=" + present());
  make("a");
  EXPECT_EQ(events->event_names(), Names{});
  api_.loop.run_for(61s);
  const auto all = events->events();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().text_at("type"), "BOOKMARK");
  EXPECT_EQ(all.front().text_at("object", "metadata", "resourceVersion"), present());
}

TEST_F(Watching, a_watch_ends_when_its_time_is_up) {
  auto events = watch("timeoutSeconds=5&resourceVersion=" + present());
  api_.loop.run_for(4s);
  EXPECT_FALSE(events->done());
  api_.loop.run_for(1s);
  EXPECT_TRUE(events->done());
  auto usual = watch("resourceVersion=" + present());
  api_.loop.run_for(29min);
  EXPECT_FALSE(usual->done());
  api_.loop.run_for(32min);
  EXPECT_TRUE(usual->done());
}

TEST_F(Watching, history_that_is_gone_is_told_inside_the_stream) {
  for (const char* name : {"a", "b", "c"}) make(name);
  auto compacted = api_.loop.run_until_done(api_.store->compact(api_.loop, api_.store->revision()));
  ASSERT_TRUE(compacted.has_value());
  auto events = watch("resourceVersion=1");
  EXPECT_TRUE(events->done());
  EXPECT_EQ(events->reply().status, 200);
  const auto all = events->events();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().text_at("type"), "ERROR");
  EXPECT_EQ(all.front().text_at("object", "reason"), "Expired");
}

TEST_F(Watching, history_that_has_not_been_is_told_the_same_way) {
  const auto all = watch("resourceVersion=99999999")->events();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().text_at("object", "reason"), "Expired") << "clients list anew";
}

TEST_F(Watching, a_table_watch_names_its_columns_once) {
  auto events = watch("resourceVersion=0", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  make("a");
  make("b");
  const auto all = events->events();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].text_at("object", "kind"), "Table");
  EXPECT_TRUE(all[0].at("object", "columnDefinitions")->is_array());
  EXPECT_TRUE(all[1].at("object", "columnDefinitions")->is_null());
  EXPECT_EQ(all[1].at("object", "rows")->as_array().front().at("cells")->as_array().front().as_string(), "b");
}

TEST_F(Watching, an_object_watched_by_name_is_followed_through_removal_and_return) {
  make("a");
  auto events = watch("fieldSelector=metadata.name%3Da&resourceVersion=" + present());
  make("b");
  label("a", R"({"x":"1"})");
  remove("a");
  remove("b");
  make("a");
  EXPECT_EQ(events->event_names(), (Names{"MODIFIED a", "DELETED a", "ADDED a"}));
}

TEST_F(Watching, every_watch_sees_what_its_selectors_say_whatever_others_select) {
  const std::vector<std::string> queries = {"labelSelector=x%3D1",
                                            "labelSelector=x%20in%20(1)",
                                            "labelSelector=x%20in%20(1,2)",
                                            "labelSelector=x",
                                            "labelSelector=x!%3D1",
                                            "labelSelector=y%3D1,x%3D1",
                                            "labelSelector=x%3D2",
                                            "fieldSelector=metadata.name%3Da",
                                            "fieldSelector=metadata.name!%3Da",
                                            "fieldSelector=metadata.name%3Da&labelSelector=x%3D1",
                                            "fieldSelector=metadata.namespace%3Dn",
                                            "fieldSelector=metadata.name%3D"};
  std::vector<std::unique_ptr<OpenRequest>> watches;
  const std::string start = present();
  for (const std::string& query : queries) watches.push_back(watch(query + "&resourceVersion=" + start));
  make("a", R"({"x":"1"})");
  make("b");
  label("b", R"({"x":"1","y":"1"})");
  label("a", R"({"x":"2"})");
  label("b", R"({"x":null})");
  remove("a");
  remove("b");
  // The same from history, where nothing is looked up in an index.
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto replayed = watch(queries[i] + "&resourceVersion=" + start);
    EXPECT_EQ(watches[i]->event_names(), replayed->event_names()) << queries[i];
  }
  auto ones = watch("labelSelector=x%3D1&resourceVersion=" + start);
  EXPECT_EQ(ones->event_names(), (Names{"ADDED a", "ADDED b", "DELETED a", "DELETED b"}));
}

TEST(WatchPins, equality_of_a_field_comes_before_that_of_a_label) {
  const auto pin_name = [](std::string_view labels, std::string_view fields) {
    const auto pin =
        Registry::pin_of(*model::LabelSelector::parse(labels), *model::FieldSelector::parse(fields));
    return pin ? pin->facet->name + "=" + pin->value : std::string();
  };
  EXPECT_EQ(pin_name("a=b", "spec.nodeName=n"), "field spec.nodeName=n");
  EXPECT_EQ(pin_name("a!=b,c in (d)", "spec.nodeName!=n"), "label c=d");
  EXPECT_EQ(pin_name("a,!b,c in (d,e)", ""), "");
}

TEST_F(Watching, one_namespace_is_not_told_of_another) {
  api_.make_namespace("m");
  auto events = watch("resourceVersion=" + present());
  EXPECT_EQ(api_.post("/api/v1/namespaces/m/configmaps", R"({"metadata":{"name":"x"}})").status, 201);
  EXPECT_EQ(events->event_names(), Names{});
}

TEST_F(Watching, many_watchers_of_one_change_read_the_same_text) {
  auto one = watch("resourceVersion=" + present());
  auto two = watch("resourceVersion=" + present());
  make("a");
  EXPECT_EQ(one->reply().body, two->reply().body);
  EXPECT_EQ(one->event_names(), (Names{"ADDED a"}));
}

}  // namespace
}  // namespace aloft::api::testing
