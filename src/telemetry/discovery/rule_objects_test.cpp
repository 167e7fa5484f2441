// Objects of the API as the files that evaluators read.
#include "telemetry/discovery/rule_objects.h"

#include <gtest/gtest.h>

#include "model/yaml.h"
#include "telemetry/discovery/pod_log_files.h"

namespace aloft::telemetry::discovery {
namespace {

TEST(RuleObjects, become_rule_files) {
  monitoring::v1::PrometheusRule object;
  auto& group = object.spec.groups.emplace_back();
  group.name = "g";
  group.interval = "30s";
  group.partial_response_strategy = "warn";
  auto& rule = group.rules.emplace_back();
  rule.alert = "High";
  rule.expr = "up == 0";
  rule.for_ = "5m";
  rule.labels["severity"] = "page";
  const auto document = model::parse_yaml(rule_file_of(object));
  ASSERT_TRUE(document);
  const auto& first = document->at("groups")->as_array().at(0);
  EXPECT_EQ(first.text_at("name"), "g");
  EXPECT_EQ(first.text_at("interval"), "30s");
  EXPECT_EQ(first.at("partial_response_strategy"), nullptr);
  const auto& alert = first.at("rules")->as_array().at(0);
  EXPECT_EQ(alert.text_at("alert"), "High");
  EXPECT_EQ(alert.text_at("expr"), "up == 0");
  EXPECT_EQ(alert.text_at("for"), "5m");
  EXPECT_EQ(alert.text_at("labels", "severity"), "page");
  EXPECT_EQ(alert.at("record"), nullptr);
}

TEST(PodLogFiles, name_folder_and_labels_of_each_container) {
  core::v1::Pod pod;
  pod.metadata.name = "web-1";
  pod.metadata.namespace_ = "shop";
  pod.metadata.uid = "u1";
  pod.metadata.labels["app"] = "web";
  pod.spec.nodeName = "n1";
  pod.spec.containers.emplace_back().name = "main";
  const auto folders = log_folders_of(pod, "/logs");
  ASSERT_EQ(folders.size(), 1u);
  EXPECT_EQ(folders[0].path, "/logs/shop_web-1_u1/main");
  EXPECT_EQ(folders[0].labels, (Labels{{"namespace", "shop"},
                                       {"pod", "web-1"},
                                       {"container", "main"},
                                       {"node", "n1"},
                                       {"app", "web"},
                                       {"service_name", "web"},
                                       {"job", "shop/web"}}));
}

}  // namespace
}  // namespace aloft::telemetry::discovery
