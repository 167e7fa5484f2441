// What a user hears when an object of another kind than a pod is wrong, or changed where it may not change.
#include "model/kinds/core/v1/rules.h"

#include <gtest/gtest.h>

#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/events/v1/rules.h"
#include "model/kinds/testing/rules.h"

namespace aloft::model {
namespace {

using testing::faults_of_new;
using testing::faults_of_update;
using testing::kind_of;

std::string service(std::string_view spec) {
  return R"({"metadata":{"name":"s"},"spec":{)" + std::string(spec) + "}}";
}
std::string service_faults(std::string_view spec) {
  return faults_of_new(kind_of("v1", "Service"), service(spec));
}

TEST(ServiceRules, a_service_needs_ports_unless_it_is_headless_or_a_name) {
  EXPECT_EQ(service_faults(""), "spec.ports: Required value");
  EXPECT_EQ(service_faults(R"("clusterIP":"None","clusterIPs":["None"])"), "");
  EXPECT_EQ(service_faults(R"("type":"ExternalName","externalName":"a.example.com.")"), "");
  EXPECT_EQ(service_faults(R"("type":"ExternalName")"), "spec.externalName: Required value");
}

TEST(ServiceRules, ports_are_named_and_differ_when_there_are_several) {
  EXPECT_EQ(service_faults(R"("ports":[{"port":80},{"port":81}])"),
            "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]");
  EXPECT_EQ(service_faults(R"("ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}])"),
            "spec.ports[1]: Duplicate value: core.ServicePort{Name:\"\", Protocol:\"TCP\", "
            "AppProtocol:(*string)(nil), "
            "Port:80, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}, NodePort:0}");
  EXPECT_EQ(
      service_faults(R"("ports":[{"port":0,"targetPort":"UPPER"}])"),
      "[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, "
      "spec.ports[0].targetPort: Invalid value: \"UPPER\": must contain only alpha-numeric characters (a-z, "
      "0-9), "
      "and hyphens (-), spec.ports[0].targetPort: Invalid value: \"UPPER\": must contain at least one letter "
      "(a-z)]");
}

TEST(ServiceRules, node_ports_are_for_services_outside) {
  EXPECT_EQ(service_faults(R"("ports":[{"port":80,"nodePort":30000}])"),
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'");
  EXPECT_EQ(service_faults(R"("type":"NodePort","ports":[{"port":80,"nodePort":30000}])"), "");
}

TEST(ServiceRules, addresses_stay_once_given) {
  const std::string old =
      service(R"("ports":[{"port":80}],"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"])");
  const std::string now =
      service(R"("ports":[{"port":80}],"clusterIP":"10.0.0.2","clusterIPs":["10.0.0.2"])");
  EXPECT_EQ(faults_of_update(kind_of("v1", "Service"), old, now),
            "spec.clusterIPs[0]: Invalid value: []string{\"10.0.0.2\"}: may not change once set");
  EXPECT_EQ(service_faults(R"("ports":[{"port":80}],"clusterIP":"300.1.1.1","clusterIPs":["300.1.1.1"])"),
            "spec.clusterIPs[0]: Invalid value: \"300.1.1.1\": must be a valid IP address, (e.g. 10.9.8.7 or "
            "2001:db8::ffff)");
}

TEST(ServiceRules, clients_that_know_one_address_field_are_understood) {
  core::v1::Service old;
  old.spec.clusterIP = "10.0.0.1";
  core::v1::normalize_cluster_ips(old, nullptr);
  EXPECT_EQ(old.spec.clusterIPs, std::vector<std::string>{"10.0.0.1"});
  core::v1::Service now = old;
  now.spec.clusterIP.clear();
  core::v1::normalize_cluster_ips(now, &old);
  EXPECT_TRUE(now.spec.clusterIPs.empty());
}

std::string deployment(std::string_view spec, std::string_view labels = R"("a":"b")") {
  return R"({"metadata":{"name":"d"},"spec":{"template":{"metadata":{"labels":{)" + std::string(labels) +
         R"(}},"spec":{"containers":[{"name":"c","image":"i"}]}})" + std::string(spec.empty() ? "" : ",") +
         std::string(spec) + "}}";
}
std::string deployment_faults(std::string_view spec) {
  return faults_of_new(kind_of("apps/v1", "Deployment"), deployment(spec));
}

TEST(DeploymentRules, the_selector_must_match_the_template_and_stay) {
  constexpr std::string_view good = R"("selector":{"matchLabels":{"a":"b"}})";
  EXPECT_EQ(deployment_faults(good), "");
  EXPECT_EQ(deployment_faults(""),
            "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: "
            "map[string]string{\"a\":\"b\"}: `selector` does not match template `labels`]");
  EXPECT_EQ(deployment_faults(R"("selector":{})"),
            "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), "
            "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment");
  EXPECT_EQ(deployment_faults(R"("selector":{"matchLabels":{"a":"c"}})"),
            "spec.template.metadata.labels: Invalid value: map[string]string{\"a\":\"b\"}: `selector` does "
            "not match "
            "template `labels`");
  EXPECT_EQ(faults_of_update(kind_of("apps/v1", "Deployment"), deployment(good),
                             deployment(R"("selector":{"matchLabels":{"c":"d"}})", R"("c":"d")")),
            "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"c\":\"d\"}, "
            "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable");
}

TEST(DeploymentRules, numbers_and_strategies_are_bounded) {
  const std::string selector = R"("selector":{"matchLabels":{"a":"b"}},)";
  EXPECT_EQ(deployment_faults(selector + R"("replicas":-1)"),
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0");
  EXPECT_EQ(deployment_faults(selector + R"("progressDeadlineSeconds":5,"minReadySeconds":5)"),
            "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds");
  EXPECT_EQ(
      deployment_faults(selector + R"("strategy":{"type":"Recreate","rollingUpdate":{}})"),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'");
  EXPECT_EQ(deployment_faults(selector + R"("strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":0}})"),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, "
            "StrVal:\"\"}: may not be 0 when `maxSurge` is 0");
  EXPECT_EQ(deployment_faults(selector + R"("strategy":{"rollingUpdate":{"maxUnavailable":"101%"}})"),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, "
            "StrVal:\"101%\"}: must not be greater than 100%");
}

TEST(ConfigRules, keys_sizes_and_immutability) {
  const KindInfo& config = kind_of("v1", "ConfigMap");
  EXPECT_EQ(faults_of_new(config, R"({"metadata":{"name":"c"},"data":{"a":""},"binaryData":{"a":""}})"),
            "data[a]: Invalid value: \"a\": duplicate of key present in binaryData");
  EXPECT_EQ(faults_of_update(config, R"({"immutable":true,"data":{"a":"1"}})", R"({"data":{"a":"2"}})"),
            "[immutable: Forbidden: field is immutable when `immutable` is set, data: Forbidden: field is "
            "immutable "
            "when `immutable` is set]");
  const std::string large(1024 * 1024 + 1, 'x');
  EXPECT_EQ(faults_of_new(config, R"({"metadata":{"name":"c"},"data":{"a":")" + large + R"("}})"),
            ": Too long: may not be more than 1048576 bytes");
}

TEST(ConfigRules, secrets_of_a_type_have_the_keys_of_that_type) {
  const KindInfo& secret = kind_of("v1", "Secret");
  EXPECT_EQ(faults_of_new(secret, R"({"metadata":{"name":"s"},"type":"kubernetes.io/tls"})"),
            "[data[tls.crt]: Required value, data[tls.key]: Required value]");
  EXPECT_EQ(faults_of_new(secret, R"({"metadata":{"name":"s"},"type":"kubernetes.io/basic-auth",)"
                                  R"("stringData":{"username":"u"}})"),
            "");
  EXPECT_EQ(faults_of_update(secret, R"({"type":"a/b"})", R"({"type":"a/c"})"),
            "type: Invalid value: \"a/c\": field is immutable");
}

TEST(NodeRules, taints_differ_and_ids_stay) {
  const KindInfo& node = kind_of("v1", "Node");
  EXPECT_EQ(
      faults_of_new(node, R"({"metadata":{"name":"n"},"spec":{"taints":[{"key":"a","effect":"Never"}]}})"),
      "metadata.taints[0].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", "
      "\"PreferNoSchedule\", \"NoExecute\"");
  EXPECT_EQ(faults_of_update(node, R"({"spec":{"providerID":"a"}})", R"({"spec":{"providerID":"b"}})"),
            "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid");
  EXPECT_EQ(faults_of_update(node, R"({"spec":{"podCIDR":"10.1.0.0/24"}})",
                             R"({"spec":{"podCIDR":"10.2.0.0/24"}})"),
            "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid");
}

TEST(EndpointRules, addresses_are_of_the_slice_type_and_ordinary) {
  const KindInfo& slice = kind_of("discovery.k8s.io/v1", "EndpointSlice");
  const auto faults = [&](std::string_view type, std::string_view address) {
    return faults_of_new(slice, fmt::format(R"({{"metadata":{{"name":"e"}},"addressType":"{}","endpoints":)"
                                            R"([{{"addresses":["{}"]}}]}})",
                                            type, address));
  };
  EXPECT_EQ(faults("IPv4", "10.1.2.3"), "");
  EXPECT_EQ(faults("IPv4", "2001:db8::1"),
            "endpoints[0].addresses[0]: Invalid value: \"2001:db8::1\": must be a valid IPv4 address");
  EXPECT_EQ(faults("IPv4", "127.0.0.1"),
            "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range "
            "(127.0.0.0/8, "
            "::1/128)");
  EXPECT_EQ(
      faults("FQDN", "host"),
      "endpoints[0].addresses[0]: Invalid value: \"host\": should be a domain with at least two segments "
      "separated by dots");
  EXPECT_EQ(faults_of_update(slice, R"({"addressType":"IPv4"})", R"({"addressType":"IPv6"})"),
            "addressType: Invalid value: \"IPv6\": field is immutable");
}

TEST(PriorityRules, user_classes_are_bounded_and_values_stay) {
  const KindInfo& kind = kind_of("scheduling.k8s.io/v1", "PriorityClass");
  EXPECT_EQ(faults_of_new(kind, R"({"metadata":{"name":"a"},"value":1000000001})"),
            "value: Forbidden: maximum allowed value of a user defined priority is 1000000000");
  EXPECT_EQ(faults_of_new(kind, R"({"metadata":{"name":"system-node-critical"},"value":2000001000})"), "");
  EXPECT_EQ(faults_of_update(kind, R"({"value":1})", R"({"value":2})"),
            "value: Forbidden: may not be changed in an update.");
}

TEST(MetadataRules, what_identifies_an_object_stays) {
  meta::v1::ObjectMeta old;
  old.name = "a";
  old.uid = "u";
  old.resourceVersion = "1";
  meta::v1::ObjectMeta now = old;
  now.uid = "v";
  now.resourceVersion.clear();
  FieldErrors errors;
  meta::v1::validate_object_meta_update(now, old, errors);
  EXPECT_EQ(errors.to_string(),
            "[metadata.resourceVersion: Invalid value: \"\": must be specified for an update, metadata.uid: "
            "Invalid "
            "value: \"v\": field is immutable]");
}

TEST(MetadataRules, a_dying_object_takes_no_new_finalizers) {
  meta::v1::ObjectMeta old;
  old.resourceVersion = "1";
  old.deletionTimestamp.emplace();
  meta::v1::ObjectMeta now = old;
  now.finalizers = {"e.io/y"};
  FieldErrors errors;
  meta::v1::validate_object_meta_update(now, old, errors);
  EXPECT_EQ(errors.to_string(),
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
            "found new "
            "finalizers []string{\"e.io/y\"}");
}

TEST(MetadataRules, owners_finalizers_and_annotations_are_checked) {
  const KindInfo& config = kind_of("v1", "ConfigMap");
  EXPECT_EQ(
      faults_of_new(config, R"({"metadata":{"name":"c","finalizers":["plain"]}})"),
      "metadata.finalizers[0]: Invalid value: \"plain\": name is neither a standard finalizer name nor is it "
      "fully qualified");
  EXPECT_EQ(
      faults_of_new(config, R"({"metadata":{"name":"c","ownerReferences":[{"apiVersion":"v1","kind":"Pod",)"
                            R"("name":"p","uid":""}]}})"),
      "metadata.ownerReferences.uid: Invalid value: \"\": uid must not be empty");
  const std::string large(256 * 1024, 'x');
  EXPECT_EQ(faults_of_new(config, R"({"metadata":{"name":"c","annotations":{"a":")" + large + R"("}}})"),
            "metadata.annotations: Too long: may not be more than 262144 bytes");
}

TEST(EventRules, both_forms_are_one_object) {
  core::v1::Event event;
  event.metadata.name = "e";
  event.involvedObject.name = "p";
  event.message = "text";
  event.count = 3;
  event.series.emplace().count = 2;
  event.source.component = "kubelet";
  EXPECT_EQ(events::v1::to_core(events::v1::from_core(event)), event);
  EXPECT_EQ(events::v1::from_core(event).note, "text");
}

}  // namespace
}  // namespace aloft::model
