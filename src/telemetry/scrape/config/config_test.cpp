// The configuration file: what is read, what is refused and on which line, and that no secret is printed.
#include "telemetry/scrape/config/config.h"

#include <gtest/gtest.h>

#include "telemetry/scrape/config/yaml_text.h"

namespace aloft::telemetry::scrape {
namespace {

std::string problem(std::string_view yaml) {
  const auto config = parse_config(yaml, "/etc/p");
  return config ? "" : config.error().message();
}

TEST(Config, reads_the_sections_that_people_use) {
  const auto config = parse_config(R"(
global:
  scrape_interval: 15s
  evaluation_interval: 30s
  external_labels: {cluster: prod, shard: 1}
rule_files: [rules/*.yml, /abs/x.yml]
scrape_configs:
- job_name: node
  scrape_interval: 5s
  honor_labels: true
  params: {module: [http_2xx]}
  basic_auth: {username: u, password: s3cret}
  sample_limit: 100
  body_size_limit: 10MB
  static_configs:
  - targets: ['a:9100', 'b:9100']
    labels: {team: x}
  file_sd_configs: [{files: [targets/*.json], refresh_interval: 1m}]
  kubernetes_sd_configs: [{role: pod}]
  relabel_configs:
  - source_labels: [__address__]
    regex: (.*):.*
    target_label: host
  metric_relabel_configs:
  - {action: drop, source_labels: [__name__], regex: go_.*}
remote_write:
- url: http://user:pw@remote/write
  queue_config: {max_shards: 4}
alerting:
  alertmanagers:
  - static_configs: [{targets: ['am:9093']}]
storage:
  tsdb: {out_of_order_time_window: 30m, retention: {time: 7d, size: 1GB}}
)",
                                   "/etc/p");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->global.scrape_interval, 15s);
  EXPECT_EQ(config->global.external_labels.to_string(), "{cluster=\"prod\", shard=\"1\"}");
  EXPECT_EQ(config->rule_files, (std::vector<std::string>{"/etc/p/rules/*.yml", "/abs/x.yml"}));
  ASSERT_EQ(config->scrape_configs.size(), 1u);
  const ScrapeConfig& job = config->scrape_configs[0];
  EXPECT_EQ(job.scrape_interval, 5s);
  EXPECT_EQ(job.scrape_timeout, 5s);
  EXPECT_TRUE(job.honor_labels);
  EXPECT_EQ(job.limits.samples, 100u);
  EXPECT_EQ(job.limits.body_size, 10u * 1024 * 1024);
  EXPECT_EQ(job.client.basic_auth->password, "s3cret");
  ASSERT_EQ(job.discovery.static_groups.size(), 1u);
  EXPECT_EQ(job.discovery.static_groups[0].targets.size(), 2u);
  EXPECT_EQ(job.discovery.files[0].files[0], "/etc/p/targets/*.json");
  EXPECT_EQ(job.discovery.kubernetes.size(), 1u);
  EXPECT_EQ(job.relabel_configs.size(), 1u);
  EXPECT_EQ(config->remote_write[0].max_shards, 4u);
  EXPECT_EQ(config->alertmanagers[0].discovery.static_groups[0].targets.size(), 1u);
  EXPECT_EQ(config->storage.out_of_order_time_window, 30min);
  EXPECT_EQ(*config->storage.retention_bytes, 1024u * 1024 * 1024);
  EXPECT_EQ(config->printed.find("s3cret"), std::string::npos);
  EXPECT_EQ(config->printed.find(":pw@"), std::string::npos);
  EXPECT_NE(config->printed.find("<secret>"), std::string::npos);
  EXPECT_NE(config->printed.find("metrics_path: /metrics"), std::string::npos);
}

TEST(Config, an_empty_file_is_the_defaults) {
  const auto config = parse_config("", "");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->global.scrape_interval, 1min);
}

TEST(Config, says_line_and_name_of_what_it_refuses) {
  EXPECT_EQ(problem("global:\n  scrape_intervall: 15s\n"),
            "line 2: field scrape_intervall not found in global");
  EXPECT_EQ(problem("scrape_configs:\n- job_name: a\n- job_name: b\n  static_config: []\n"),
            "line 4: field static_config not found in scrape_configs[1]");
  EXPECT_EQ(problem("scrape_configs:\n- job_name: a\n- job_name: a\n"),
            "line 3: found multiple scrape configs with job name \"a\"");
  EXPECT_EQ(problem("scrape_configs:\n- scheme: http\n"), "line 2: scrape_configs[0]: job_name is empty");
  EXPECT_EQ(problem("global: {scrape_interval: 5x}\n").substr(0, 32), "line 1: global.scrape_interval: ");
  EXPECT_EQ(
      problem(
          "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: hashmod\n    target_label: x\n"),
      "line 4: scrape_configs[0].relabel_configs[0]: relabel configuration for hashmod requires non-zero "
      "modulus");
  EXPECT_EQ(problem("scrape_configs:\n- job_name: a\n  scrape_interval: 5s\n  scrape_timeout: 6s\n"),
            "line 4: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for "
            "scrape config "
            "with job name \"a\"");
  EXPECT_EQ(problem("scrape_configs:\n- job_name: a\n  consul_sd_configs: [{server: x}]\n"),
            "line 3: scrape_configs[0].consul_sd_configs: this service discovery is not supported");
  EXPECT_EQ(problem("scrape_configs:\n- job_name: a\n  honor_labels: maybe\n"),
            "line 3: scrape_configs[0].honor_labels: expected true or false, not maybe");
}

TEST(Config, sizes_are_powers_of_1024) {
  EXPECT_EQ(parse_byte_size("100"), 100u);
  EXPECT_EQ(parse_byte_size("1.5KB"), 1536u);
  EXPECT_EQ(parse_byte_size("2MiB"), 2u << 20);
  EXPECT_FALSE(parse_byte_size("x"));
  EXPECT_FALSE(parse_byte_size("1XB"));
  EXPECT_FALSE(parse_byte_size("-1"));
}

TEST(Config, targets_of_files_and_answers_are_json_or_yaml) {
  const auto groups =
      parse_target_groups(R"([{"targets": ["a:1", "b:2"], "labels": {"x": "y", "n": 1}}])", "f.json");
  ASSERT_TRUE(groups) << groups.error().message();
  ASSERT_EQ(groups->size(), 1u);
  EXPECT_EQ((*groups)[0].targets[1].get(address_label), "b:2");
  EXPECT_EQ((*groups)[0].labels.to_string(), "{n=\"1\", x=\"y\"}");
  EXPECT_FALSE(parse_target_groups("{}", "f.json"));
  EXPECT_EQ(parse_target_groups("[{target: [a]}]", "f.yml").error().message(),
            "field target not found in f.yml[0]");
}

TEST(Config, texts_stay_as_they_were_written) {
  const auto config = parse_config(R"(
global: {external_labels: {version: 1.10, answer: yes, octal: 0777, empty: ""}}
scrape_configs:
- job_name: 007
  kubernetes_sd_configs: [{role: pod, attach_metadata: {node: true}}]
)",
                                   "");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->global.external_labels.to_string(), "{answer=\"yes\", octal=\"0777\", version=\"1.10\"}");
  EXPECT_EQ(config->scrape_configs[0].job_name, "007");
  EXPECT_TRUE(config->scrape_configs[0].discovery.kubernetes[0].at("attach_metadata", "node")->as_bool());
}

TEST(Config, anchors_and_merge_keys_are_expanded_and_bounded) {
  const auto config =
      parse_config("scrape_configs:\n- &a {job_name: a, scheme: https}\n- {<<: *a, job_name: b}\n", "");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->scrape_configs[1].scheme, "https");
  EXPECT_EQ(problem("a: 1\na: 2\n"), "yaml: line 2: key \"a\" already set in map");
  EXPECT_NE(problem("a: [\n"), "");
}

TEST(Config, lines_are_found_in_nested_flow_and_block_forms) {
  const std::string_view yaml = "a:\n- b: 1\n- c:\n    d: {e: [1,\n      2]}\n";
  EXPECT_EQ(yaml_line_of(yaml, "a[1].c.d"), 4u);
  EXPECT_EQ(yaml_line_of(yaml, "a[1].c.d.e[1]"), 5u);
  EXPECT_EQ(yaml_line_of(yaml, "a[1].zzz"), 3u);
  EXPECT_EQ(yaml_line_of(yaml, "zzz"), 0u);
}

}  // namespace
}  // namespace aloft::telemetry::scrape
