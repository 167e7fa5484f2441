// The exporters of nodes, containers and objects, on folders and objects that the test makes.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io/file.h"
#include "telemetry/discovery/exporters/container_exporter.h"
#include "telemetry/discovery/exporters/node_exporter.h"
#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/object_rounds.h"

namespace aloft::telemetry::discovery {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct ExporterTest : ::testing::Test {
  ExporterTest() {
    std::string form = "/tmp/aloft-exporter-XXXXXX";
    root = ::mkdtemp(form.data());
  }
  ~ExporterTest() override { std::filesystem::remove_all(root); }
  void file(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    ASSERT_TRUE(io::write_file(root + path, content));
  }
  std::string root;
};

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds(seconds)}; }

TEST(Families, a_sample_keeps_its_own_label_before_the_targets) {
  Families families;
  families.gauge("m", "Help.").add(1, {{"instance", "own"}, {"zone", "z"}});
  const MetricBatch batch = families.to_batch(Labels{{"instance", "target"}, {"job", "j"}}, 1000);
  ASSERT_EQ(batch.samples.size(), 1u);
  EXPECT_EQ(LabelsView(batch.samples[0].labels),
            (Labels{{"__name__", "m"}, {"instance", "own"}, {"job", "j"}, {"zone", "z"}}).view());
  EXPECT_EQ(batch.samples[0].time, 1000);
  EXPECT_EQ(batch.metadata.at(0).help, "Help.");
}

TEST(Families, are_written_as_text) {
  Families families;
  families.counter("c_total", "One \\ line\nand more.").add(2.5, {{"a", "x\"y"}});
  families.gauge("empty", "Nothing.");
  EXPECT_EQ(families.to_text(),
            "# HELP c_total One \\\\ line\\nand more.\n# TYPE c_total counter\nc_total{a=\"x\\\"y\"} 2.5\n");
}

TEST_F(ExporterTest, a_node_is_shown_under_the_names_of_node_exporter) {
  file("/proc/stat",
       "cpu  1 1 1 1 0 0 0 0 0 0\ncpu0 100 0 50 1000 5 0 0 0 7 0\nctxt 12345\nbtime "
       "1700000000\nprocs_running 3\n");
  file("/proc/meminfo", "MemTotal:       2048 kB\nActive(anon):  4 kB\nHugePages_Total:       0\n");
  file("/proc/loadavg", "0.50 0.25 0.10 1/100 999\n");
  file("/proc/diskstats",
       " 253 0 vda 10 1 16 500 20 2 32 600 1 700 1100 0 0 0 0\n   7 0 loop0 1 0 2 0 0 0 0 0 0 0 0\n");
  file("/proc/net/dev",
       "Inter-| x\n face |y\n  eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\nveth1: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 "
       "0 0\n");
  file("/proc/net/snmp", "Tcp: RtoAlgorithm CurrEstab\nTcp: 1 7\n");
  file("/sys/class/net/eth0/operstate", "up\n");
  const std::string text = NodeExporter(root).collect(at(1'800'000'000)).to_text();
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_THAT(text,
              HasSubstr(fmt::format("node_cpu_seconds_total{{cpu=\"0\",mode=\"idle\"}} {}\n", 1000 / ticks)));
  for (const char* line :
       {"node_memory_MemTotal_bytes 2097152\n", "node_memory_Active_anon_bytes 4096\n",
        "node_memory_HugePages_Total 0\n", "node_load1 0.5\n", "node_context_switches_total 12345\n",
        "node_boot_time_seconds 1700000000\n", "node_time_seconds 1800000000\n",
        "node_disk_read_bytes_total{device=\"vda\"} 8192\n",
        "node_network_receive_bytes_total{device=\"eth0\"} 100\n", "node_network_up{device=\"eth0\"} 1\n",
        "node_netstat_Tcp_CurrEstab 7\n", "node_scrape_collector_success{collector=\"cpu\"} 1\n",
        "node_scrape_collector_success{collector=\"vmstat\"} 0\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("loop0")));
  EXPECT_THAT(text, Not(HasSubstr("veth1")));
}

TEST(NodeExporter, this_machine_has_processors_and_memory) {
  const std::string text = NodeExporter().collect(at(1)).to_text();
  EXPECT_THAT(text, HasSubstr("node_cpu_seconds_total{cpu=\"0\",mode=\"user\"}"));
  EXPECT_THAT(text, HasSubstr("node_memory_MemAvailable_bytes "));
  EXPECT_THAT(text, HasSubstr("node_filesystem_avail_bytes{"));
}

ContainerIdentity web() { return {"abc", "web", "web-1", "default", "u1", "img:1", at(1000)}; }

TEST_F(ExporterTest, containers_are_read_from_cgroups_of_version_1) {
  const std::string hierarchies = "/sys/fs/cgroup";
  const std::string group = "/aloft-x/pod-u1/abc";
  file(hierarchies + "/cpuacct" + group + "/cpuacct.usage", "2500000000\n");
  file(hierarchies + "/cpu" + group + "/cpu.stat",
       "nr_periods 10\nnr_throttled 3\nthrottled_time 500000000\n");
  file(hierarchies + "/cpu" + group + "/cpu.cfs_quota_us", "50000\n");
  file(hierarchies + "/memory" + group + "/memory.usage_in_bytes", "4096000\n");
  file(hierarchies + "/memory" + group + "/memory.stat", "total_rss 1000\ntotal_inactive_file 96000\n");
  file(hierarchies + "/memory" + group + "/memory.limit_in_bytes", "9223372036854771712\n");
  const ContainerExporter exporter(root, "/aloft-x");
  const std::string text = exporter.collect({web()}, at(2000)).to_text();
  const std::string labels =
      "{container=\"web\",id=\"abc\",image=\"img:1\",namespace=\"default\",pod=\"web-1\"}";
  for (const std::string& line : {"container_cpu_usage_seconds_total" + labels + " 2.5\n",
                                  "container_memory_working_set_bytes" + labels + " 4000000\n",
                                  "container_memory_rss" + labels + " 1000\n",
                                  "container_cpu_cfs_throttled_periods_total" + labels + " 3\n",
                                  "container_cpu_cfs_throttled_seconds_total" + labels + " 0.5\n",
                                  "container_spec_cpu_quota" + labels + " 50000\n",
                                  "container_spec_memory_limit_bytes" + labels + " 0\n",
                                  "container_start_time_seconds" + labels + " 1000\n"})
    EXPECT_THAT(text, HasSubstr(line));
  const auto use = exporter.use({web()});
  ASSERT_EQ(use.size(), 1u);
  EXPECT_EQ(use[0].cpu_seconds, 2.5);
  EXPECT_EQ(use[0].memory_working_set_bytes, 4'000'000);
}

TEST_F(ExporterTest, containers_are_read_from_cgroups_of_version_2) {
  const std::string group = "/sys/fs/cgroup/aloft-x/pod-u1/abc";
  file(group + "/cpu.stat", "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 0\n");
  file(group + "/cpu.max", "max 100000\n");
  file(group + "/memory.current", "8192\n");
  file(group + "/memory.stat", "anon 100\nfile 200\ninactive_file 192\n");
  file(group + "/memory.max", "max\n");
  file(group + "/memory.events", "low 0\nmax 2\noom_kill 1\n");
  file(group + "/io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n");
  file(group + "/cgroup.procs", "42\n43\n");
  const std::string text = ContainerExporter(root, "/aloft-x").collect({web()}, at(2000)).to_text();
  const std::string labels =
      "{container=\"web\",id=\"abc\",image=\"img:1\",namespace=\"default\",pod=\"web-1\"}";
  for (const std::string& line :
       {"container_cpu_usage_seconds_total" + labels + " 1.5\n",
        "container_memory_working_set_bytes" + labels + " 8000\n",
        "container_oom_events_total" + labels + " 1\n", "container_fs_reads_bytes_total" + labels + " 11\n",
        "container_processes" + labels + " 2\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("container_spec_cpu_quota{")));
}

TEST_F(ExporterTest, a_sandbox_shows_the_network_of_its_pod) {
  file("/sys/fs/cgroup/aloft-x/pod-u1/box/memory.current", "1\n");
  file("/sys/fs/cgroup/aloft-x/pod-u1/box/cgroup.procs", "77\n");
  file("/proc/77/net/dev",
       "a\nb\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0: 300 3 0 0 0 0 0 0 400 4 0 0 0 0 0 0\n");
  ContainerIdentity box = web();
  box.id = "box";
  box.container = "";
  const std::string text = ContainerExporter(root, "/aloft-x").collect({box}, at(2000)).to_text();
  EXPECT_THAT(text, HasSubstr("container_network_receive_bytes_total{id=\"box\",interface=\"eth0\",namespace="
                              "\"default\",pod=\"web-1\"} 300\n"));
  EXPECT_THAT(text, HasSubstr("container_network_transmit_bytes_total{id=\"box\",interface=\"eth0\","
                              "namespace=\"default\",pod=\"web-1\"} 400\n"));
  EXPECT_THAT(text, Not(HasSubstr("interface=\"lo\"")));
}

TEST_F(ExporterTest, a_container_that_has_gone_is_left_out) {
  EXPECT_THAT(ContainerExporter(root, "/aloft-x").collect({web()}, at(1)).to_text(),
              Not(HasSubstr("container_")));
}

TEST(ObjectExporter, a_pod_is_shown_under_the_names_of_kube_state_metrics) {
  auto pod = std::make_shared<core::v1::Pod>();
  pod->metadata.name = "web-1";
  pod->metadata.namespace_ = "default";
  pod->metadata.uid = "u1";
  pod->metadata.creationTimestamp = at(1000);
  auto& owner = pod->metadata.ownerReferences.emplace_back();
  owner.kind = "ReplicaSet";
  owner.name = "web";
  owner.controller = true;
  pod->spec.nodeName = "n1";
  auto& container = pod->spec.containers.emplace_back();
  container.name = "web";
  container.resources.requests["cpu"] = *model::Quantity::parse("250m");
  container.resources.limits["memory"] = *model::Quantity::parse("1Ki");
  pod->status.phase = "Running";
  auto& status = pod->status.containerStatuses.emplace_back();
  status.name = "web";
  status.restartCount = 2;
  status.state.waiting.emplace().reason = "CrashLoopBackOff";
  const std::vector<std::shared_ptr<const core::v1::Pod>> pods{pod};
  Families families;
  export_pods(pods, families);
  export_containers(pods, families);
  const std::string text = families.to_text();
  const std::string labels = "namespace=\"default\",pod=\"web-1\"";
  for (const std::string& line :
       {"kube_pod_info{created_by_kind=\"ReplicaSet\",created_by_name=\"web\",host_network=\"false\"," +
            labels.substr(0, 19),
        std::string(
            "kube_pod_status_phase{namespace=\"default\",phase=\"Running\",pod=\"web-1\",uid=\"u1\"} 1\n"),
        std::string(
            "kube_pod_status_phase{namespace=\"default\",phase=\"Failed\",pod=\"web-1\",uid=\"u1\"} 0\n"),
        "kube_pod_container_status_restarts_total{container=\"web\"," + labels + ",uid=\"u1\"} 2\n",
        "kube_pod_container_status_waiting_reason{container=\"web\"," + labels +
            ",reason=\"CrashLoopBackOff\",uid=\"u1\"} 1\n",
        std::string("kube_pod_container_resource_requests{container=\"web\",namespace=\"default\",node="
                    "\"n1\",pod=\"web-1\","
                    "resource=\"cpu\",uid=\"u1\",unit=\"core\"} 0.25\n"),
        std::string("kube_pod_container_resource_limits{container=\"web\",namespace=\"default\",node=\"n1\","
                    "pod=\"web-1\","
                    "resource=\"memory\",uid=\"u1\",unit=\"byte\"} 1024\n")})
    EXPECT_THAT(text, HasSubstr(line));
}

std::shared_ptr<core::v1::Pod> pod_in_phase(const std::string& name, const std::string& phase) {
  auto pod = std::make_shared<core::v1::Pod>();
  pod->metadata.namespace_ = "default";
  pod->metadata.name = name;
  pod->metadata.uid = "u-" + name;
  pod->status.phase = phase;
  pod->status.qosClass = phase == "Failed" ? "Burstable" : "";
  return pod;
}

// A round over these pods: how many samples it has, and the series that it ends.
std::vector<std::string> ended_by(ObjectRounds& rounds, ObjectSnapshot<core::v1::Pod> pods, Millis at,
                                  std::size_t* count = nullptr) {
  auto states = std::make_shared<ObjectStates>();
  states->of<core::v1::Pod>() = std::move(pods);
  std::vector<std::string> ended;
  std::size_t live = 0;
  const Labels target{{"job", "k"}};
  const std::size_t counted = rounds.write(std::move(states), target, at, [&](MetricBatch batch) {
    for (const SampleRef& sample : batch.samples) {
      EXPECT_EQ(sample.time, at);
      if (is_stale(sample.value)) {
        ended.push_back(LabelsView(sample.labels).to_string());
      } else {
        ++live;
      }
    }
  });
  EXPECT_EQ(counted, live);
  if (count != nullptr) *count = counted;
  return ended;
}

TEST(ObjectRounds, end_the_series_of_what_changed_and_of_what_is_gone) {
  ObjectRounds rounds;
  const auto stays = pod_in_phase("stays", "Running");
  const auto fails = pod_in_phase("fails", "Failed");
  const auto leaves = pod_in_phase("leaves", "Running");
  std::size_t three = 0;
  EXPECT_THAT(ended_by(rounds, {fails, leaves, stays}, 1000, &three), IsEmpty());
  EXPECT_THAT(ended_by(rounds, {fails, leaves, stays}, 2000), IsEmpty());
  // The pod is the same one, now without a class: only that series has no successor.
  const auto recovered = pod_in_phase("fails", "Running");
  EXPECT_THAT(
      ended_by(rounds, {recovered, leaves, stays}, 3000),
      ElementsAre(AllOf(HasSubstr("kube_pod_status_qos_class"), HasSubstr("qos_class=\"Burstable\""))));
  std::size_t two = 0;
  const auto ended = ended_by(rounds, {recovered, stays}, 4000, &two);
  EXPECT_THAT(ended, Each(HasSubstr("pod=\"leaves\"")));
  EXPECT_EQ(ended.size() + two, three - 1);  // one class less
}

TEST(ObjectRounds, a_pod_made_again_under_its_name_ends_the_old_ones_series) {
  ObjectRounds rounds;
  const auto first = pod_in_phase("web", "Running");
  const auto second = pod_in_phase("web", "Running");
  second->metadata.uid = "another";
  std::size_t count = 0;
  ended_by(rounds, {first}, 1000, &count);
  const auto ended = ended_by(rounds, {second}, 2000);
  EXPECT_EQ(ended.size(), count);
  EXPECT_THAT(ended, Each(HasSubstr("uid=\"u-web\"")));
}

TEST(ObjectRounds, many_objects_come_in_batches_that_stay_small) {
  ObjectSnapshot<core::v1::Pod> pods;
  for (int i = 0; i < 2000; ++i) pods.push_back(pod_in_phase(fmt::format("p{:04}", i), "Running"));
  auto states = std::make_shared<ObjectStates>();
  states->of<core::v1::Pod>() = pods;
  std::size_t largest = 0;
  ObjectRounds rounds;
  const std::size_t count = rounds.write(
      states, Labels{}, 1000, [&](MetricBatch batch) { largest = std::max(largest, batch.samples.size()); });
  EXPECT_LE(largest, count / 3);
}

TEST(ObjectExporter, deployments_and_nodes_show_what_is_wanted_and_what_is) {
  auto deployment = std::make_shared<apps::v1::Deployment>();
  deployment->metadata.name = "web";
  deployment->metadata.namespace_ = "default";
  deployment->spec.replicas = 4;
  deployment->spec.strategy.rollingUpdate.emplace().maxSurge = model::IntOrString("25%");
  deployment->status.readyReplicas = 3;
  auto node = std::make_shared<core::v1::Node>();
  node->metadata.name = "n1";
  node->metadata.labels["node-role.kubernetes.io/control-plane"] = "";
  node->status.capacity["cpu"] = *model::Quantity::parse("2");
  auto& condition = node->status.conditions.emplace_back();
  condition.type = "Ready";
  condition.status = "True";
  const std::vector<std::shared_ptr<const apps::v1::Deployment>> deployments{deployment};
  const std::vector<std::shared_ptr<const core::v1::Node>> nodes{node};
  Families families;
  export_deployments(deployments, families);
  export_nodes(nodes, families);
  const std::string text = families.to_text();
  for (const char* line :
       {"kube_deployment_spec_replicas{deployment=\"web\",namespace=\"default\"} 4\n",
        "kube_deployment_status_replicas_ready{deployment=\"web\",namespace=\"default\"} 3\n",
        "kube_deployment_spec_strategy_rollingupdate_max_surge{deployment=\"web\",namespace=\"default\"} 1\n",
        "kube_node_status_condition{condition=\"Ready\",node=\"n1\",status=\"true\"} 1\n",
        "kube_node_status_condition{condition=\"Ready\",node=\"n1\",status=\"unknown\"} 0\n",
        "kube_node_status_capacity{node=\"n1\",resource=\"cpu\",unit=\"core\"} 2\n",
        "kube_node_role{node=\"n1\",role=\"control-plane\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(ObjectExporter, secrets_and_config_maps_are_told_by_name_and_nothing_more) {
  auto secret = std::make_shared<core::v1::Secret>();
  secret->metadata.name = "keys";
  secret->metadata.namespace_ = "shop";
  secret->metadata.resourceVersion = "42";
  secret->metadata.creationTimestamp = at(1000);
  secret->type = "Opaque";
  secret->data["password"] = {std::byte{'h'}, std::byte{'u'}, std::byte{'s'}, std::byte{'h'}};
  auto config = std::make_shared<core::v1::ConfigMap>();
  config->metadata.name = "settings";
  config->metadata.namespace_ = "shop";
  const std::vector<std::shared_ptr<const core::v1::Secret>> secrets{secret};
  const std::vector<std::shared_ptr<const core::v1::ConfigMap>> config_maps{config};
  Families families;
  export_secrets(secrets, families);
  export_config_maps(config_maps, families);
  const std::string text = families.to_text();
  for (const char* line : {"kube_secret_info{namespace=\"shop\",secret=\"keys\"} 1\n",
                           "kube_secret_type{namespace=\"shop\",secret=\"keys\",type=\"Opaque\"} 1\n",
                           "kube_secret_created{namespace=\"shop\",secret=\"keys\"} 1000\n",
                           "kube_secret_metadata_resource_version{namespace=\"shop\",secret=\"keys\"} 42\n",
                           "kube_secret_owner{namespace=\"shop\",secret=\"keys\"} 1\n",
                           "kube_configmap_info{configmap=\"settings\",namespace=\"shop\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  EXPECT_THAT(text, Not(HasSubstr("password")));
}

TEST(ObjectExporter, leases_and_slices_show_who_holds_and_who_answers) {
  auto lease = std::make_shared<coordination::v1::Lease>();
  lease->metadata.name = "n1";
  lease->metadata.namespace_ = "kube-node-lease";
  lease->spec.holderIdentity = "n1";
  lease->spec.renewTime = model::MicroTimestamp(at(77));
  auto slice = std::make_shared<::aloft::discovery::v1::EndpointSlice>();
  slice->metadata.name = "web-x";
  slice->metadata.namespace_ = "shop";
  slice->addressType = "IPv4";
  auto& endpoint = slice->endpoints.emplace_back();
  endpoint.addresses = {"10.0.0.1"};
  endpoint.conditions.ready = true;
  slice->ports.emplace_back().port = 80;
  const std::vector<std::shared_ptr<const coordination::v1::Lease>> leases{lease};
  const std::vector<std::shared_ptr<const ::aloft::discovery::v1::EndpointSlice>> slices{slice};
  Families families;
  export_leases(leases, families);
  export_endpoint_slices(slices, families);
  const std::string text = families.to_text();
  for (const char* line :
       {"kube_lease_owner{lease=\"n1\",lease_holder=\"n1\",namespace=\"kube-node-lease\"} 1\n",
        "kube_lease_renew_time{lease=\"n1\",namespace=\"kube-node-lease\"} 77\n",
        "kube_endpointslice_info{addresstype=\"IPv4\",endpointslice=\"web-x\",namespace=\"shop\"} 1\n",
        "kube_endpointslice_endpoints{address=\"10.0.0.1\",endpointslice=\"web-x\",namespace=\"shop\","
        "ready=\"true\"} 1\n",
        "kube_endpointslice_ports{endpointslice=\"web-x\",namespace=\"shop\",port_number=\"80\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(ObjectExporter, pods_show_their_addresses_and_their_end) {
  auto pod = std::make_shared<core::v1::Pod>();
  pod->metadata.name = "job-1";
  pod->metadata.namespace_ = "shop";
  pod->spec.serviceAccountName = "default";
  pod->spec.tolerations.emplace_back().key = "k";
  pod->spec.tolerations[0].tolerationSeconds = 300;
  pod->status.podIPs.emplace_back().ip = "fd00::1";
  pod->status.containerStatuses.emplace_back().state.terminated.emplace().finishedAt = at(90);
  auto& condition = pod->status.conditions.emplace_back();
  condition.type = "PodScheduled";
  condition.status = "False";
  condition.lastTransitionTime = at(80);
  const std::vector<std::shared_ptr<const core::v1::Pod>> pods{pod};
  Families families;
  export_pods(pods, families);
  export_pod_details(pods, families);
  const std::string text = families.to_text();
  for (const char* line :
       {"kube_pod_ips{ip=\"fd00::1\",ip_family=\"6\",namespace=\"shop\",pod=\"job-1\"} 1\n",
        "kube_pod_completion_time{namespace=\"shop\",pod=\"job-1\"} 90\n",
        "kube_pod_owner{namespace=\"shop\",pod=\"job-1\"} 1\n",
        "kube_pod_service_account{namespace=\"shop\",pod=\"job-1\",service_account=\"default\"} 1\n",
        "kube_pod_status_reason{namespace=\"shop\",pod=\"job-1\",reason=\"Evicted\"} 0\n",
        "kube_pod_status_unschedulable{namespace=\"shop\",pod=\"job-1\"} 1\n",
        "kube_pod_status_unscheduled_time{namespace=\"shop\",pod=\"job-1\"} 80\n",
        "kube_pod_tolerations{key=\"k\",namespace=\"shop\",pod=\"job-1\",toleration_seconds=\"300\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

}  // namespace
}  // namespace aloft::telemetry::discovery
