// Columns against the recording, and cells as a user sees them.
#include <gtest/gtest.h>

#include "api/tables/all.h"
#include "api/tables/cells.h"
#include "api/testing/test_api.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/core/v1/pod.h"
#include "model/testing/golden.h"

namespace aloft::api::testing {
namespace {

constexpr WallTime now{1'767'225'600s};  // 2026-01-01T00:00:00Z

// The row of an object given as JSON, as text: strings bare, the rest as JSON.
std::vector<std::string> row(std::string_view group, std::string_view kind_name, const std::string& json) {
  const model::KindInfo* kind = model::find_kind(group, "v1", kind_name);
  const auto object = kind->make();
  const auto decoded = model::decode_json(*kind->type, json, object.get());
  EXPECT_TRUE(decoded.has_value()) << decoded.error().message();
  const TableForm table = table_of(*kind);
  const model::Array cells = table.cells(object.get(), now);
  EXPECT_EQ(cells.size(), table.columns.size());
  std::vector<std::string> texts;
  for (const model::Value& cell : cells)
    texts.push_back(cell.is_string() ? cell.as_string() : model::to_json(cell));
  return texts;
}

using Row = std::vector<std::string>;

TEST(Tables, columns_are_those_that_were_recorded) {
  ALOFT_GOLDEN(golden, "table-columns.json");
  TestApi api;
  std::size_t compared = 0;
  for (const auto& resource : api.resources.all()) {
    const model::KindInfo& kind = *resource->kind;
    const std::string root = kind.group.empty() ? "/api/v1/" : fmt::format("/apis/{}/v1/", kind.group);
    const model::Value* recorded = golden->at(root + std::string(kind.plural));
    if (recorded == nullptr) continue;
    ++compared;
    SCOPED_TRACE(kind.plural);
    std::vector<std::string> ours;
    for (const Column& column : resource->table.columns) {
      EXPECT_FALSE(column.description.empty()) << column.name;
      ours.push_back(fmt::format("{}|{}|{}|{}", column.name, column.type, column.format, column.priority));
    }
    std::vector<std::string> theirs;
    for (const model::Value& column : recorded->as_array()) {
      theirs.push_back(fmt::format("{}|{}|{}|{}", column.text_at("name"), column.text_at("type"),
                                   column.text_at("format"), column.at("priority")->as_int()));
    }
    EXPECT_EQ(ours, theirs);
  }
  EXPECT_GE(compared, 16U);
}

// A pod of one container, with `status` and more `metadata` and `spec` as given.
Row pod(std::string_view status, std::string_view metadata = "", std::string_view spec = "") {
  return row("", "Pod",
             fmt::format(R"({{"metadata":{{"name":"p","creationTimestamp":"2025-12-31T23:55:00Z"{}}},)"
                         R"("spec":{{"containers":[{{"name":"c","image":"i"}}]{}}},"status":{{{}}}}})",
                         metadata, spec, status));
}
std::string container(std::string_view state, std::string_view more = "") {
  return fmt::format(
      R"({{"name":"c","image":"i","imageID":"","restartCount":0,"ready":false,"state":{{{}}}{}}})", state,
      more);
}

struct PodCase {
  std::string_view name;
  std::string status;
  std::string_view ready;
  std::string_view word;
  std::string_view restarts = "0";
  std::string_view metadata = "";
  std::string_view spec = "";
};

TEST(Tables, a_pod_has_one_word_for_how_it_is) {
  const std::string running = R"("running":{"startedAt":"2025-12-31T23:56:00Z"})";
  const std::string ended_fields = R"("startedAt":null,"finishedAt":"2025-12-31T23:58:00Z")";
  const std::string init_spec = R"(,"initContainers":[{"name":"i1","image":"i"},{"name":"i2","image":"i"}])";
  const std::string sidecar_spec = R"(,"initContainers":[{"name":"c","image":"i","restartPolicy":"Always"}])";
  const auto containers = [](const std::string& one) {
    return fmt::format(R"("phase":"Running","containerStatuses":[{}])", one);
  };
  const auto inits = [](const std::string& list) {
    return fmt::format(R"("phase":"Pending","initContainerStatuses":[{}])", list);
  };
  const std::string done =
      container(fmt::format(R"("terminated":{{"exitCode":0,"reason":"Completed",{}}})", ended_fields));
  const std::string ready =
      R"({"name":"c","image":"i","imageID":"","restartCount":0,"ready":true,"state":{"running":{)"
      R"("startedAt":null}}})";
  const PodCase cases[] = {
      {"new", R"("phase":"Pending")", "0/1", "Pending"},
      {"gated",
       R"("phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",)"
       R"("reason":"SchedulingGated"}])",
       "0/1", "SchedulingGated"},
      {"creating", containers(container(R"("waiting":{"reason":"ContainerCreating"})")), "0/1",
       "ContainerCreating"},
      {"initialising", containers(container(R"("waiting":{"reason":"PodInitializing"})")), "0/1",
       "PodInitializing"},
      {"running", containers(ready), "1/1", "Running"},
      {"completed", containers(done), "0/1", "Completed"},
      {"failed with a reason",
       containers(
           container(fmt::format(R"("terminated":{{"exitCode":1,"reason":"Error",{}}})", ended_fields))),
       "0/1", "Error"},
      {"failed with a code",
       containers(container(fmt::format(R"("terminated":{{"exitCode":3,{}}})", ended_fields))), "0/1",
       "ExitCode:3"},
      {"killed",
       containers(container(fmt::format(R"("terminated":{{"exitCode":137,"signal":9,{}}})", ended_fields))),
       "0/1", "Signal:9"},
      {"crash loop",
       containers(R"({"name":"c","image":"i","imageID":"","restartCount":2,"ready":false,"state":{)"
                  R"("waiting":{"reason":"CrashLoopBackOff"}},)"
                  R"("lastState":{"terminated":{"exitCode":1,"startedAt":null,)"
                  R"("finishedAt":"2025-12-31T23:55:00Z"}}})"),
       "0/1", "CrashLoopBackOff", "2 (5m ago)"},
      {"evicted", R"("phase":"Failed","reason":"Evicted")", "0/1", "Evicted"},
      {"first init", inits(container(running)), "0/1", "Init:0/2", "0", "", init_spec},
      {"second init", inits(done + "," + container(running)), "0/1", "Init:1/2", "0", "", init_spec},
      {"init waits", inits(container(R"("waiting":{"reason":"ImagePullBackOff"})")), "0/1",
       "Init:ImagePullBackOff", "0", "", init_spec},
      {"init failed", inits(container(fmt::format(R"("terminated":{{"exitCode":2,{}}})", ended_fields))),
       "0/1", "Init:ExitCode:2", "0", "", init_spec},
      {"sidecar",
       R"("phase":"Running","initContainerStatuses":[{"name":"c","image":"i","imageID":"",)"
       R"("restartCount":1,"ready":true,)"
       R"("started":true,"state":{"running":{"startedAt":null}}}],"containerStatuses":[)" +
           ready + "]",
       "2/2", "Running", "1", "", sidecar_spec},
      {"going", containers(ready), "1/1", "Terminating", "0",
       R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")"},
      {"going but done", R"("phase":"Succeeded","containerStatuses":[)" + done + "]", "0/1", "Completed", "0",
       R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")"},
      {"lost", R"("phase":"Running","reason":"NodeLost")", "0/1", "Unknown", "0",
       R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")"},
  };
  for (const PodCase& one : cases) {
    SCOPED_TRACE(one.name);
    const Row cells = pod(one.status, one.metadata, one.spec);
    EXPECT_EQ(cells[1], one.ready);
    EXPECT_EQ(cells[2], one.word);
    EXPECT_EQ(cells[3], one.restarts);
    EXPECT_EQ(cells[4], "5m");
  }
}

TEST(Tables, the_row_of_a_pod_that_ended_says_how_it_ended) {
  const auto conditions = [](std::string_view phase) {
    core::v1::Pod pod;
    pod.status.phase = phase;
    return pod_table().conditions(&pod);
  };
  EXPECT_TRUE(conditions("Running").empty());
  EXPECT_EQ(conditions("Succeeded").front().text_at("reason"), "Succeeded");
  EXPECT_EQ(conditions("Failed").front().text_at("type"), "Completed");
}

TEST(Tables, the_wide_form_of_a_pod_says_where_it_is) {
  EXPECT_EQ(pod(R"("phase":"Pending")"),
            (Row{"p", "0/1", "Pending", "0", "5m", "<none>", "<none>", "<none>", "<none>"}));
  const Row cells =
      pod(R"("phase":"Running","nominatedNodeName":"n2","podIPs":[{"ip":"10.1.0.7"}],)"
          R"("conditions":[{"type":"a/b","status":"True"}])",
          "", R"(,"nodeName":"n1","readinessGates":[{"conditionType":"a/b"},{"conditionType":"c"}])");
  EXPECT_EQ(cells, (Row{"p", "0/1", "Running", "0", "5m", "10.1.0.7", "n1", "n2", "1/2"}));
}

TEST(Tables, nodes_show_readiness_and_roles) {
  const Row full =
      row("", "Node",
          R"({"metadata":{"name":"n","creationTimestamp":"2025-12-31T00:00:00Z","labels":{)"
          R"("node-role.kubernetes.io/worker":"","node-role.kubernetes.io/control-plane":""}},)"
          R"("spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],)"
          R"("addresses":[{"type":"Hostname","address":"n"},{"type":"InternalIP","address":"10.0.0.1"}],)"
          R"("nodeInfo":{)"
          R"("kubeletVersion":"v1.32.0","osImage":"Debian","kernelVersion":"6.1",)"
          R"("containerRuntimeVersion":"containerd://1.6"}}})");
  EXPECT_EQ(full, (Row{"n", "Ready,SchedulingDisabled", "control-plane,worker", "24h", "v1.32.0", "10.0.0.1",
                       "<none>", "Debian", "6.1", "containerd://1.6"}));
  const Row bare = row("", "Node", R"({"metadata":{"name":"n"}})");
  EXPECT_EQ(bare, (Row{"n", "Unknown", "<none>", "<unknown>", "", "<none>", "<none>", "<unknown>",
                       "<unknown>", "<unknown>"}));
}

TEST(Tables, workloads_show_their_counts_containers_and_selector) {
  const std::string spec =
      R"("spec":{"replicas":3,"selector":{"matchLabels":{"app":"d"}},"template":{"spec":{"containers":[)"
      R"({"name":"a","image":"x:1"},{"name":"b","image":"y"}]}}})";
  EXPECT_EQ(row("apps", "Deployment",
                R"({"metadata":{"name":"d","creationTimestamp":"2025-12-31T23:59:00Z"},)" + spec +
                    R"(,"status":{"readyReplicas":2,"updatedReplicas":1,"availableReplicas":2}})"),
            (Row{"d", "2/3", "1", "2", "60s", "a,b", "x:1,y", "app=d"}));
  EXPECT_EQ(row("apps", "ReplicaSet",
                R"({"metadata":{"name":"r","creationTimestamp":"2025-12-31T23:59:00Z"},)" + spec +
                    R"(,"status":{"replicas":2,"readyReplicas":1}})"),
            (Row{"r", "3", "2", "1", "60s", "a,b", "x:1,y", "app=d"}));
  EXPECT_EQ(row("apps", "ControllerRevision",
                R"({"metadata":{"name":"c","ownerReferences":[{"apiVersion":"apps/v1","kind":"DaemonSet",)"
                R"("name":"d","uid":"u","controller":true}]},)"
                R"("revision":4})"),
            (Row{"c", "daemonset.apps/d", "4", "<unknown>"}));
}

TEST(Tables, services_show_how_they_are_reached) {
  const auto service = [](const std::string& spec, const std::string& status = "{}") {
    return row("", "Service",
               fmt::format(R"({{"metadata":{{"name":"s"}},"spec":{},"status":{}}})", spec, status));
  };
  EXPECT_EQ(
      service(R"({"type":"ClusterIP","clusterIPs":["10.96.0.5"],"ports":[{"port":80,"protocol":"TCP"}],)"
              R"("selector":{"a":"b"}})"),
      (Row{"s", "ClusterIP", "10.96.0.5", "<none>", "80/TCP", "<unknown>", "a=b"}));
  EXPECT_EQ(service(R"({"type":"NodePort","ports":[{"port":80,"nodePort":30123,"protocol":"TCP"},{"port":53,)"
                    R"("protocol":"UDP"}]})")[4],
            "80:30123/TCP,53/UDP");
  EXPECT_EQ(service(R"({"type":"LoadBalancer"})")[3], "<pending>");
  EXPECT_EQ(service(R"({"type":"LoadBalancer","externalIPs":["9.9.9.9"]})",
                    R"({"loadBalancer":{"ingress":[{"hostname":"lb"},{"ip":"1.2.3.4"}]}})")[3],
            "1.2.3.4,lb,9.9.9.9");
  EXPECT_EQ(service(R"({"type":"ExternalName","externalName":"db.example"})"),
            (Row{"s", "ExternalName", "<none>", "db.example", "<none>", "<unknown>", "<none>"}));
}

TEST(Tables, endpoints_show_three_addresses_and_count_the_rest) {
  const auto endpoints = [](const std::string& subsets) {
    return row("", "Endpoints", fmt::format(R"({{"metadata":{{"name":"e"}},"subsets":[{}]}})", subsets))[1];
  };
  EXPECT_EQ(endpoints(""), "<none>");
  EXPECT_EQ(endpoints(R"({"notReadyAddresses":[{"ip":"10.0.0.1"}],"ports":[{"port":80}]})"), "");
  EXPECT_EQ(endpoints(R"({"addresses":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}]})"), "10.0.0.1,fd00::1");
  EXPECT_EQ(endpoints(R"({"addresses":[{"ip":"10.0.0.1"},{"ip":"fd00::1"},{"ip":"10.0.0.3"}],"ports":[{)"
                      R"("port":80},{"port":81}]})"),
            "10.0.0.1:80,[fd00::1]:80,10.0.0.3:80 + 3 more...");
  const auto slice = [](const std::string& more) {
    return row("discovery.k8s.io", "EndpointSlice",
               fmt::format(R"({{"metadata":{{"name":"e"}},"addressType":"IPv4",{}}})", more));
  };
  EXPECT_EQ(slice(R"("endpoints":[])"), (Row{"e", "IPv4", "<unset>", "<unset>", "<unknown>"}));
  EXPECT_EQ(slice(R"("ports":[{"port":80},{"name":"x"},{}],"endpoints":[{"addresses":["1","2"]},{)"
                  R"("addresses":["3","4","5"]}])"),
            (Row{"e", "IPv4", "80,x,*", "1,2,3 + 2 more...", "<unknown>"}));
}

TEST(Tables, events_read_the_same_in_both_forms) {
  EXPECT_EQ(
      row("", "Event",
          R"({"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p",)"
          R"("fieldPath":"spec.containers{c}"},"reason":"Pulled",)"
          R"("message":" done\n","source":{"component":"kubelet","host":"n"},)"
          R"("firstTimestamp":"2025-12-31T23:50:00Z",)"
          R"("lastTimestamp":"2025-12-31T23:59:00Z","count":3,"type":"Normal"})"),
      (Row{"60s", "Normal", "Pulled", "pod/p", "spec.containers{c}", "kubelet, n", "done", "10m", "3", "e"}));
  EXPECT_EQ(row("events.k8s.io", "Event",
                R"({"metadata":{"name":"e"},"regarding":{"kind":"Node"},"reason":"Ready",)"
                R"("note":"is ready","reportingController":"c",)"
                R"("eventTime":"2025-12-31T23:59:30.000000Z","type":"Normal"})"),
            (Row{"30s", "Normal", "Ready", "node", "", "c", "is ready", "30s", "1", "e"}));
  EXPECT_EQ(row("events.k8s.io", "Event",
                R"({"metadata":{"name":"e"},"regarding":{"kind":"Pod","name":"p"},)"
                R"("eventTime":"2025-12-31T23:00:00.000000Z",)"
                R"("series":{"count":7,"lastObservedTime":"2025-12-31T23:59:58.000000Z"}})")[0],
            "2s");
}

TEST(Tables, small_kinds_show_what_they_hold) {
  EXPECT_EQ(row("", "Namespace", R"({"metadata":{"name":"n"},"status":{"phase":"Active"}})"),
            (Row{"n", "Active", "<unknown>"}));
  EXPECT_EQ(row("", "ConfigMap", R"({"metadata":{"name":"c"},"data":{"a":"1"},"binaryData":{"b":"AA=="}})"),
            (Row{"c", "2", "<unknown>"}));
  EXPECT_EQ(row("", "Secret", R"({"metadata":{"name":"s"},"type":"Opaque","data":{"a":"AA=="}})"),
            (Row{"s", "Opaque", "1", "<unknown>"}));
  EXPECT_EQ(row("", "ServiceAccount", R"({"metadata":{"name":"a"}})"), (Row{"a", "0", "<unknown>"}));
  EXPECT_EQ(row("coordination.k8s.io", "Lease", R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"h"}})"),
            (Row{"l", "h", "<unknown>"}));
  EXPECT_EQ(row("scheduling.k8s.io", "PriorityClass",
                R"({"metadata":{"name":"p"},"value":7,"preemptionPolicy":"Never"})"),
            (Row{"p", "7", "false", "<unknown>", "Never"}));
}

TEST(Tables, a_kind_without_a_table_shows_name_and_age) {
  EXPECT_EQ(row("", "Binding", R"({"metadata":{"name":"b","creationTimestamp":"2025-12-31T23:59:59Z"}})"),
            (Row{"b", "1s"}));
}

}  // namespace
}  // namespace aloft::api::testing
