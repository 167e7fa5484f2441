// What bookkeeping and patches cost on the path of every write.
#include <benchmark/benchmark.h>

#include "model/json.h"
#include "model/kinds/core/v1/pod.h"
#include "model/managed_fields.h"
#include "model/patch.h"
#include "model/quantity.h"

namespace aloft::model {
namespace {

constexpr std::string_view full_pod_text =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-6d4cf56db6-x7k2p",
"generateName":"web-6d4cf56db6-","namespace":"default","uid":"6ba7b810-9dad-41d1-80b4-00c04fd430c8",
"creationTimestamp":
"2026-01-02T03:04:05Z","labels":{"app":"web","pod-template-hash":"6d4cf56db6","tier":"front"},"annotations":{
"prometheus.io/scrape":"true","prometheus.io/port":"8080"},"ownerReferences":[{"apiVersion":"apps/v1",
"kind":"ReplicaSet",
"name":"web-6d4cf56db6","uid":"0a9d2b9e-779e-11e7-b422-42010a8001be","controller":true,
"blockOwnerDeletion":true}]},
"spec":{"volumes":[{"name":"config","configMap":{"name":"web","defaultMode":420}},
{"name":"kube-api-access-2x7fj",
"projected":{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
{"configMap":{"name":
"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}}],"defaultMode":420}}],
"containers":[{"name":"web",
"image":"registry.example/web:1.2.3","args":["--port=8080"],"ports":[{"name":"http","containerPort":8080,
"protocol":"TCP"}],
"env":[{"name":"LEVEL","value":"info"},{"name":"POD_IP","valueFrom":{"fieldRef":{"apiVersion":"v1",
"fieldPath":
"status.podIP"}}}],"resources":{"limits":{"cpu":"500m","memory":"256Mi"},"requests":{"cpu":"100m",
"memory":"128Mi"}},
"volumeMounts":[{"name":"config","mountPath":"/etc/web"},{"name":"kube-api-access-2x7fj","readOnly":true,
"mountPath":
"/var/run/secrets/kubernetes.io/serviceaccount"}],"readinessProbe":{"httpGet":{"path":"/ready","port":8080,
"scheme":"HTTP"},
"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3},"terminationMessagePath":
"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}],
"restartPolicy":"Always",
"terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default",
"serviceAccount":"default",
"securityContext":{},"schedulerName":"default-scheduler",
"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":
"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":0,"enableServiceLinks":true},
"status":{"phase":"Pending",
"qosClass":"Burstable"}})";

const Writer writer{"kube-controller-manager", "v1", {}, WallTime{std::chrono::seconds(1'767'322'800)}};

const Value& pod_document() {
  static const Value value = parse_json(full_pod_text).value();
  return value;
}
const Schema& pod_schema() {
  static SchemaSet set;
  return set.of(type_info<core::v1::Pod>());
}

void copy_document(benchmark::State& state) {
  for (auto unused : state) benchmark::DoNotOptimize(Value(pod_document()));
}
BENCHMARK(copy_document);

void track_create(benchmark::State& state) {
  for (auto unused : state) {
    Value object = pod_document();
    track_update(Value(), object, pod_schema(), writer);
    benchmark::DoNotOptimize(object);
  }
}
BENCHMARK(track_create);

void track_status_update(benchmark::State& state) {
  Value live = pod_document();
  track_update(Value(), live, pod_schema(), writer);
  Value updated = live;
  updated.at("status")->as_object().set("phase", "Running");
  Writer kubelet = writer;
  kubelet.subresource = "status";
  for (auto unused : state) {
    Value object = updated;
    track_update(live, object, pod_schema(), kubelet);
    benchmark::DoNotOptimize(object);
  }
}
BENCHMARK(track_status_update);

void apply_again(benchmark::State& state) {
  Value live = apply_configuration(Value(), pod_document(), pod_schema(), writer, false).value();
  for (auto unused : state) {
    benchmark::DoNotOptimize(apply_configuration(live, pod_document(), pod_schema(), writer, false));
  }
}
BENCHMARK(apply_again);

void strategic_merge(benchmark::State& state) {
  const Value patch =
      parse_json(R"({"spec":{"$setElementOrder/containers":[{"name":"web"}],"containers":[{"name":"web",
      "image":"registry.example/web:1.2.4","env":[{"name":"LEVEL","value":"debug"}]}]}})")
          .value();
  for (auto unused : state) {
    benchmark::DoNotOptimize(apply_strategic_merge_patch(pod_document(), patch, pod_schema()));
  }
}
BENCHMARK(strategic_merge);

void json_patch(benchmark::State& state) {
  const Value patch =
      parse_json(
          R"([{"op":"replace","path":"/spec/containers/0/image","value":"registry.example/web:1.2.4"}])")
          .value();
  for (auto unused : state) benchmark::DoNotOptimize(apply_json_patch(pod_document(), patch));
}
BENCHMARK(json_patch);

void quantity_round_trip(benchmark::State& state) {
  static constexpr std::string_view texts[] = {"100m", "128Mi", "1", "1536Mi", "0.5", "2000000Ki", "12345m"};
  std::size_t at = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(Quantity::parse(texts[at])->to_string());
    at = (at + 1) % std::size(texts);
  }
}
BENCHMARK(quantity_round_trip);

}  // namespace
}  // namespace aloft::model
