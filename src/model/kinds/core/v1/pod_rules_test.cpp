// What a user hears when a pod is wrong, or changed where it may not change.
#include <gtest/gtest.h>

#include "model/kinds/testing/rules.h"

namespace aloft::model {
namespace {

using testing::faults_of_new;
using testing::faults_of_update;

const KindInfo& pod_kind() { return testing::kind_of("v1", "Pod"); }

// A good container, with more members as JSON after it.
std::string container(std::string_view more = {}) {
  return R"({"name":"c","image":"nginx")" + std::string(more.empty() ? "" : ",") + std::string(more) + "}";
}
std::string pod(std::string_view containers, std::string_view more = {}) {
  return R"({"metadata":{"name":"p","namespace":"default"},"spec":{"containers":[)" +
         std::string(containers) + "]" + std::string(more.empty() ? "" : ",") + std::string(more) + "}}";
}
std::string with_container(std::string_view more) { return faults_of_new(pod_kind(), pod(container(more))); }
std::string with_spec(std::string_view more) { return faults_of_new(pod_kind(), pod(container(), more)); }

struct RuleCase {
  std::string given;
  std::string faults;
};

TEST(PodRules, a_plain_pod_is_good) { EXPECT_EQ(with_container(""), ""); }

TEST(PodRules, containers_say_what_is_wrong_with_them) {
  const std::vector<RuleCase> cases = {
      {R"("ports":[{"containerPort":0}])", "spec.containers[0].ports[0].containerPort: Required value"},
      {R"("ports":[{"containerPort":70000}])",
       "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, "
       "inclusive"},
      {R"("ports":[{"containerPort":1,"protocol":"X"}])",
       R"(spec.containers[0].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", )"
       R"("TCP", "UDP")"},
      {R"("ports":[{"containerPort":1,"name":"a"},{"containerPort":2,"name":"a"}])",
       R"(spec.containers[0].ports[1].name: Duplicate value: "a")"},
      {R"("ports":[{"containerPort":1,"hostPort":80},{"containerPort":2,"hostPort":80}])",
       R"(spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80")"},
      {R"("env":[{"name":"A","value":"x","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}])",
       R"(spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is )"
       R"(not empty)"},
      {R"("env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['a']"}}}])", ""},
      {R"("env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.annotations"}}}])",
       R"(spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: )"
       R"("metadata.annotations": )"
       R"(supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", )"
       R"("spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")"},
      {R"("envFrom":[{}])",
       R"(spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or )"
       R"(`secretRef`)"},
      {R"("imagePullPolicy":"Often")",
       R"(spec.containers[0].imagePullPolicy: Unsupported value: "Often": supported values: "Always", )"
       R"("IfNotPresent", "Never")"},
      {R"("resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}})",
       R"(spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu )"
       R"(limit of 1)"},
      {R"("resources":{"requests":{"example.com/gpu":"1"}})",
       "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable "
       "resources"},
      {R"("resources":{"limits":{"bananas":"1"}})",
       R"([spec.containers[0].resources.limits[bananas]: Invalid value: "bananas": must be a standard )"
       R"(resource type )"
       R"(or fully qualified, spec.containers[0].resources.limits[bananas]: Invalid value: "bananas": )"
       R"(must be a )"
       R"(standard resource for containers, spec.containers[0].resources.requests[bananas]: Invalid value: )"
       R"("bananas": must be a standard resource type or fully qualified, spec.containers[0].resources.)"
       R"(requests[bananas]: Invalid value: "bananas": must be a standard resource for containers])"},
      {R"("resources":{"limits":{"hugepages-2Mi":"3Mi","cpu":"1"}})",
       R"([spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not )"
       R"(positive integer )"
       R"(multiple of hugepages-2Mi, spec.containers[0].resources.requests[hugepages-2Mi]: Invalid )"
       R"(value: "3Mi": )"
       R"(3Mi is not positive integer multiple of hugepages-2Mi])"},
      {R"("livenessProbe":{"successThreshold":2,"exec":{"command":["a"]}})",
       "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"},
      {R"("readinessProbe":{})",
       "spec.containers[0].readinessProbe: Required value: must specify a handler type"},
      {R"("readinessProbe":{"httpGet":{"port":0},"tcpSocket":{"port":1}})",
       "[spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, "
       "inclusive, "
       "spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type]"},
      {R"("lifecycle":{"preStop":{"sleep":{"seconds":31}}})",
       "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be greater than 0 and less than "
       "terminationGracePeriodSeconds (30)"},
      {R"("volumeMounts":[{"name":"v","mountPath":"/a"}])",
       R"(spec.containers[0].volumeMounts[0].name: Not found: "v")"},
      {R"("restartPolicy":"Always")",
       "spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers"},
      {R"("securityContext":{"runAsUser":-1})",
       "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, "
       "inclusive"},
      {R"("securityContext":{"seccompProfile":{"type":"Localhost"}})",
       "spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when "
       "seccomp "
       "type is Localhost"},
  };
  for (const auto& [given, faults] : cases) EXPECT_EQ(with_container(given), faults) << given;
}

TEST(PodRules, specs_say_what_is_wrong_with_them) {
  const std::vector<RuleCase> cases = {
      {R"("restartPolicy":"Sometimes")",
       R"(spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", )"
       R"("Never")"},
      {R"("dnsPolicy":"None")",
       "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"},
      {R"("activeDeadlineSeconds":0)",
       "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"},
      {R"("nodeName":"A")",
       R"(spec.nodeName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case )"
       R"(alphanumeric )"
       R"(characters, '-' or '.', and must start and end with an alphanumeric character (e.g. )"
       R"('example.com', regex )"
       R"(used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'))"},
      {R"("tolerations":[{"operator":"Equal"}])",
       R"(spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is )"
       R"(empty, which )"
       R"(means "match all values and all keys")"},
      {R"("tolerations":[{"key":"a","operator":"Exists","tolerationSeconds":1}])",
       R"(spec.tolerations[0].effect: Invalid value: "": effect must be 'NoExecute' when )"
       R"(`tolerationSeconds` is set)"},
      {R"("affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
       R"({"nodeSelectorTerms":[]}}})",
       "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
       "Required value: "
       "must have at least one node selector term"},
      {R"("affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":101,)"
       R"("podAffinityTerm":{"topologyKey":"a"}}]}})",
       "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid "
       "value: 101: "
       "must be in the range 1-100"},
      {R"("topologySpreadConstraints":[{"maxSkew":0,"topologyKey":"","whenUnsatisfiable":"X"}])",
       R"([spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero, )"
       R"(spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty, )"
       R"(spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": supported values: )"
       R"("DoNotSchedule", "ScheduleAnyway"])"},
      {R"("schedulingGates":[{"name":"a"},{"name":"a"}])",
       R"(spec.schedulingGates[1]: Duplicate value: "a")"},
      {R"("schedulingGates":[{"name":"a"}],"nodeName":"n")",
       "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"},
      {R"("initContainers":[{"name":"c","image":"i"}])",
       R"(spec.initContainers[0].name: Duplicate value: "c")"},
      {R"("initContainers":[{"name":"i","image":"i","readinessProbe":{"exec":{"command":["a"]}}}])",
       "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
       "restartPolicy=Always"},
      {R"("ephemeralContainers":[{"name":"e","image":"i"}])",
       "spec.ephemeralContainers: Forbidden: cannot be set on create"},
      {R"("volumes":[{"name":"v","emptyDir":{},"hostPath":{"path":"/x"}}])",
       "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"},
      {R"("volumes":[{"name":"v","secret":{}},{"name":"v","configMap":{"name":"x","items":[{"key":"a",)"
       R"("path":"../b"}]}}])",
       R"([spec.volumes[0].secret.secretName: Required value, spec.volumes[1].configMap.items[0].path: )"
       R"(Invalid )"
       R"(value: "../b": must not contain '..'])"},
      {R"("volumes":[{"name":"v","hostPath":{"path":"/a/../b"}}])",
       R"(spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..')"},
      {R"("securityContext":{"sysctls":[{"name":"a..b","value":"1"}]})",
       R"(spec.securityContext.sysctls[0].name: Invalid value: "a..b": must have at most 253 characters )"
       R"(and match )"
       R"(regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$)"},
      {R"("os":{"name":"beos"})",
       R"(spec.os: Unsupported value: "beos": supported values: "linux", "windows")"},
  };
  for (const auto& [given, faults] : cases) EXPECT_EQ(with_spec(given), faults) << given;
}

TEST(PodRules, sysctl_names_may_use_dots_and_slashes) {
  EXPECT_EQ(with_spec(R"("securityContext":{"sysctls":[{"name":"net/core.so_max-conn"}]})"), "");
}

TEST(PodRules, images_and_deadlines_may_change) {
  const std::string old = pod(container());
  EXPECT_EQ(faults_of_update(pod_kind(), old, pod(R"({"name":"c","image":"nginx:latest"})")), "");
  EXPECT_EQ(faults_of_update(pod_kind(), old, pod(container(), R"("activeDeadlineSeconds":5)")), "");
  EXPECT_EQ(faults_of_update(pod_kind(), pod(container(), R"("activeDeadlineSeconds":5)"),
                             pod(container(), R"("activeDeadlineSeconds":6)")),
            "spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value");
}

TEST(PodRules, tolerations_may_only_be_added) {
  const std::string old = pod(container(), R"("tolerations":[{"key":"a","operator":"Exists"}])");
  EXPECT_EQ(faults_of_update(pod_kind(), old,
                             pod(container(), R"("tolerations":[{"key":"a","operator":"Exists"},{"key":"b",)"
                                              R"("operator":"Exists"}])")),
            "");
  EXPECT_EQ(
      faults_of_update(pod_kind(), old, pod(container())),
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds");
}

TEST(PodRules, anything_else_may_not_change_and_the_answer_says_where) {
  const std::string faults =
      faults_of_update(pod_kind(), pod(container()), pod(container(R"("args":["x"])")));
  EXPECT_EQ(
      faults,
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
      "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
      "previously "
      "negative)\n  spec.containers[0].args: null -> [\"x\"]\n");
  EXPECT_EQ(faults_of_update(pod_kind(), pod(container()), pod(container() + R"(,{"name":"d","image":"i"})")),
            "spec.containers: Forbidden: pod updates may not add or remove containers");
}

TEST(PodRules, gated_pods_may_be_narrowed_to_fewer_nodes) {
  const std::string old = pod(container(), R"("schedulingGates":[{"name":"g"}],"nodeSelector":{"a":"b"})");
  const auto changed = [&](std::string_view more) {
    return faults_of_update(pod_kind(), old, pod(container(), more));
  };
  EXPECT_EQ(changed(R"("nodeSelector":{"a":"b","c":"d"})"), "");
  EXPECT_EQ(
      changed(R"("schedulingGates":[{"name":"h"}],"nodeSelector":{"a":"b"})"),
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'");
  EXPECT_EQ(changed(R"("nodeSelector":{"c":"d"})"),
            R"(spec.nodeSelector: Invalid value: map[string]string{"c":"d"}: only additions to )"
            R"(spec.nodeSelector are )"
            R"(allowed (no mutations or deletions))");
}

TEST(PodRules, ephemeral_containers_come_but_do_not_go) {
  const std::string old = pod(container());
  const std::string with = pod(container(), R"("ephemeralContainers":[{"name":"e","image":"i"}])");
  EXPECT_EQ(faults_of_update(pod_kind(), old, with), "");
  EXPECT_EQ(faults_of_update(pod_kind(), with, old),
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"e\" may not be removed\n");
  EXPECT_EQ(faults_of_update(pod_kind(), old,
                             pod(container(), R"("ephemeralContainers":[{"name":"e","image":"i",)"
                                              R"("ports":[{"containerPort":1}]}])")),
            "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container");
}

TEST(PodRules, what_has_ended_for_good_stays_ended) {
  const auto with_state = [&](std::string_view state) {
    return R"({"metadata":{"name":"p"},"spec":{"restartPolicy":"Never","containers":[)" + container() +
           R"(]},"status":{"containerStatuses":[{"name":"c","state":{)" + std::string(state) + "}}]}}";
  };
  const std::string ended = with_state(R"("terminated":{"exitCode":0})");
  EXPECT_EQ(faults_of_update(pod_kind(), ended, with_state(R"("running":{})")),
            "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state");
  EXPECT_EQ(faults_of_update(pod_kind(), with_state(R"("running":{})"), ended), "");
}

}  // namespace
}  // namespace aloft::model
