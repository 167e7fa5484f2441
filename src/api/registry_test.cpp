// What happens to objects that are made, changed and removed, as a client sees it.
#include "api/registry.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "model/json.h"

namespace aloft::api::testing {
namespace {

using model::Value;

constexpr const char* config_maps = "/api/v1/namespaces/n/configmaps";
constexpr const char* pods = "/api/v1/namespaces/n/pods";
constexpr const char* deployments = "/apis/apps/v1/namespaces/n/deployments";

class RegistryOperations : public ::testing::Test {
 protected:
  RegistryOperations() { api_.make_namespace("n"); }
  static std::string at(std::string_view collection, std::string_view name) {
    return fmt::format("{}/{}", collection, name);
  }
  static std::string revision(const Reply& reply) {
    return std::string(reply.json().text_at("metadata", "resourceVersion"));
  }
  static std::int64_t generation(const Reply& reply) {
    const Value document = reply.json();
    const Value* generation = document.at("metadata", "generation");
    return generation != nullptr ? generation->as_int() : 0;
  }
  Reply make_config_map(std::string_view name, std::string_view more = "") {
    return api_.post(config_maps,
                     fmt::format(R"({{"metadata":{{"name":"{}"{}}},"data":{{"a":"1"}}}})", name, more));
  }
  Reply make_pod(std::string_view name, std::string_view node = "") {
    return api_.post(
        pods,
        fmt::format(R"({{"metadata":{{"name":"{}"}},"spec":{{"nodeName":"{}","containers":[{{"name":"c",)"
                    R"("image":"i"}}]}}}})",
                    name, node));
  }
  static std::string deployment(std::string_view name, int replicas, std::string_view status = "{}") {
    return fmt::format(R"({{"metadata":{{"name":"{}"}},"spec":{{"replicas":{},"selector":{{"matchLabels":{{)"
                       R"("a":"b"}}}},"template":{{)"
                       R"("metadata":{{"labels":{{"a":"b"}}}},"spec":{{"containers":[{{"name":"c",)"
                       R"("image":"i"}}]}}}}}},"status":{}}})",
                       name, replicas, status);
  }
  TestApi api_;
};

TEST_F(RegistryOperations, a_new_object_gets_what_only_the_server_gives) {
  const Reply made = make_config_map(
      "c", R"(,"uid":"mine","selfLink":"/x","creationTimestamp":"2001-01-01T00:00:00Z","generation":7)");
  ASSERT_EQ(made.status, 201) << made.body;
  const Value object = made.json();
  EXPECT_EQ(object.text_at("metadata", "uid").size(), 36U);
  EXPECT_EQ(object.text_at("metadata", "creationTimestamp"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(object.at("metadata", "generation"), nullptr);
  EXPECT_EQ(object.at("metadata", "selfLink"), nullptr);
  EXPECT_EQ(api_.get(at(config_maps, "c")).body, made.body);
}

TEST_F(RegistryOperations, what_was_wrong_before_does_not_stop_other_changes) {
  ASSERT_EQ(api_.post(deployments, deployment("d", 1)).status, 201);
  // As an older version may have stored it.
  const std::string key = "/apps/deployments/n/d";
  std::string text(api_.store->get(key)->value.view());
  const std::size_t place = text.find("\"replicas\":1");
  ASSERT_NE(place, std::string::npos) << text;
  text.replace(place, 12, "\"replicas\":-1");
  std::vector<store::Write> writes(1);
  writes[0].key = key;
  writes[0].value = text;
  ASSERT_TRUE(api_.loop.run_until_done(api_.store->commit(api_.loop, std::move(writes))));
  EXPECT_EQ(api_.patch(at(deployments, "d"), "merge", R"({"metadata":{"labels":{"x":"y"}}})").status, 200);
  EXPECT_EQ(api_.patch(at(deployments, "d"), "merge", R"({"spec":{"replicas":-2}})").status, 422);
  EXPECT_EQ(api_.patch(at(deployments, "d"), "merge", R"({"spec":{"replicas":2}})").status, 200);
  EXPECT_EQ(api_.patch(at(deployments, "d"), "merge", R"({"spec":{"replicas":-1}})").status, 422);
}

TEST_F(RegistryOperations, generated_names_start_as_asked_and_differ) {
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    const Reply made = api_.post(config_maps, R"({"metadata":{"generateName":"web-"}})");
    ASSERT_EQ(made.status, 201) << made.body;
    names.emplace(made.json().text_at("metadata", "name"));
  }
  EXPECT_EQ(names.size(), 20U);
  for (const std::string& name : names) {
    EXPECT_TRUE(name.starts_with("web-")) << name;
    EXPECT_EQ(name.size(), 9U);
  }
}

TEST_F(RegistryOperations, a_write_for_an_older_revision_is_a_conflict) {
  const std::string old = revision(make_config_map("c"));
  EXPECT_EQ(api_.patch(at(config_maps, "c"), "merge", R"({"data":{"a":"2"}})").status, 200);
  const Reply put = api_.put(at(config_maps, "c"),
                             fmt::format(R"({{"metadata":{{"name":"c","resourceVersion":"{}"}}}})", old));
  EXPECT_EQ(put.status, 409);
  EXPECT_EQ(put.message(),
            "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply "
            "your changes to the "
            "latest version and try again");
  const Reply patch =
      api_.patch(at(config_maps, "c"), "merge",
                 fmt::format(R"({{"metadata":{{"resourceVersion":"{}"}},"data":{{"a":"3"}}}})", old));
  EXPECT_EQ(patch.status, 409);
  EXPECT_EQ(api_.get(at(config_maps, "c")).json().text_at("data", "a"), "2");
}

TEST_F(RegistryOperations, a_write_that_changes_nothing_makes_no_revision) {
  const Reply made = make_config_map("c");
  api_.loop.run_for(10s);
  const Reply put = api_.put(at(config_maps, "c"), R"({"metadata":{"name":"c"},"data":{"a":"1"}})");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(revision(put), revision(made));
  EXPECT_EQ(revision(api_.patch(at(config_maps, "c"), "merge", R"({"data":{"a":"1"}})")), revision(made));
  EXPECT_EQ(put.body, made.body);
}

TEST_F(RegistryOperations, a_dry_run_answers_as_if_and_leaves_everything_as_it_was) {
  EXPECT_EQ(api_.post(fmt::format("{}?dryRun=All", config_maps), R"({"metadata":{"name":"c"}})").status, 201);
  EXPECT_EQ(api_.get(at(config_maps, "c")).status, 404);
  const Reply made = make_config_map("c");
  EXPECT_EQ(api_.post(fmt::format("{}?dryRun=All", config_maps), R"({"metadata":{"name":"c"}})").status, 409);
  const Reply put =
      api_.put(at(config_maps, "c") + "?dryRun=All", R"({"metadata":{"name":"c"},"data":{"a":"9"}})");
  EXPECT_EQ(put.json().text_at("data", "a"), "9");
  EXPECT_EQ(api_.remove(at(config_maps, "c") + "?dryRun=All").status, 200);
  EXPECT_EQ(api_.get(at(config_maps, "c")).body, made.body);
}

TEST_F(RegistryOperations, a_dry_run_of_a_service_keeps_no_address) {
  const std::string body =
      R"({"metadata":{"name":"s"},"spec":{"clusterIP":"10.96.0.99","ports":[{"port":80}]}})";
  EXPECT_EQ(api_.post("/api/v1/namespaces/n/services?dryRun=All", body).status, 201);
  EXPECT_EQ(api_.post("/api/v1/namespaces/n/services", body).status, 201);
  EXPECT_EQ(api_.remove("/api/v1/namespaces/n/services/s").status, 200);
  EXPECT_EQ(api_.post("/api/v1/namespaces/n/services", body).status, 201)
      << "a removed service gives its address back";
}

TEST_F(RegistryOperations, a_change_is_of_the_object_that_the_request_names) {
  make_config_map("c");
  const std::string target = at(config_maps, "c");
  const auto change = [&](std::string_view metadata) {
    return api_.patch(target, "merge", fmt::format(R"({{"metadata":{{{}}}}})", metadata)).message();
  };
  EXPECT_EQ(change(R"("name":"other")"),
            "the name of the object (other) does not match the name on the URL (c)");
  EXPECT_EQ(change(R"("name":null)"),
            "the name of the object (c based on URL) was undeterminable: name must be provided");
  EXPECT_EQ(change(R"("namespace":"other")"),
            "the namespace of the provided object does not match the namespace sent on the request");
  EXPECT_EQ(change(R"("namespace":null)"), "") << "the request says which";
  EXPECT_EQ(
      api_.patch(target, "merge", "[1]").message(),
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}");
  EXPECT_EQ(api_.patch(target, "strategic", "[1]").message(),
            "json: cannot unmarshal array into Go value of type map[string]interface {}");
  EXPECT_EQ(change(R"("uid":"other")"),
            "ConfigMap \"c\" is invalid: metadata.uid: Invalid value: \"other\": field is immutable");
  EXPECT_EQ(api_.put(target, R"({"metadata":{"name":"c","namespace":"other"}})").message(),
            "the namespace of the provided object does not match the namespace sent on the request");
  EXPECT_EQ(api_.put(target, R"({"metadata":{"name":"c","uid":"other"}})").status, 409);
  EXPECT_EQ(api_.patch(at(config_maps, "gone") + "?fieldManager=me", "apply",
                       R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"gone","uid":"u"}})")
                .status,
            409)
      << "the object with that uid is gone";
  make_pod("p");
  EXPECT_EQ(api_.post(at(pods, "p") + "/eviction", R"({"metadata":{"name":"q"}})").message(),
            "name in URL does not match name in Eviction object");
  EXPECT_EQ(
      api_.post(at(pods, "p") + "/binding", R"({"metadata":{"name":"q"},"target":{"name":"n"}})").message(),
      "name in URL does not match name in Binding object");
}

TEST_F(RegistryOperations, a_kind_without_namespaces_takes_no_notice_of_one) {
  const std::string classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
  const std::string body = R"({"metadata":{"name":"p","namespace":"n"},"value":7})";
  const Reply made = api_.post(classes, body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json().at("metadata", "namespace"), nullptr);
  EXPECT_EQ(api_.put(at(classes, "p"), body).status, 200);
  const std::string applied =
      R"({"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass",)" + body.substr(1);
  EXPECT_EQ(api_.patch(at(classes, "p") + "?fieldManager=me&force=true", "apply", applied).status, 200);
}

TEST_F(RegistryOperations, a_generation_counts_changes_of_the_spec_alone) {
  EXPECT_EQ(generation(api_.post(deployments, deployment("d", 1, R"({"replicas":5})"))), 1);
  EXPECT_EQ(api_.get(at(deployments, "d")).json().at("status", "replicas"), nullptr)
      << "a client makes no status";
  EXPECT_EQ(generation(api_.patch(at(deployments, "d"), "merge", R"({"metadata":{"labels":{"x":"y"}}})")), 1);
  EXPECT_EQ(generation(api_.patch(at(deployments, "d"), "merge", R"({"spec":{"replicas":2}})")), 2);
  const Reply status = api_.patch(at(deployments, "d") + "/status", "merge",
                                  R"({"spec":{"replicas":9},"status":{"replicas":2}})");
  EXPECT_EQ(generation(status), 2);
  EXPECT_EQ(status.json().at("spec", "replicas")->as_int(), 2)
      << "a write of the status leaves the spec alone";
  EXPECT_EQ(status.json().at("status", "replicas")->as_int(), 2);
  const Reply spec = api_.patch(at(deployments, "d"), "merge", R"({"status":{"replicas":7}})");
  EXPECT_EQ(spec.json().at("status", "replicas")->as_int(), 2)
      << "a write of the object leaves the status alone";
}

TEST_F(RegistryOperations, who_is_evicted_or_bound_says_so_and_nobody_owns_what_the_server_wrote) {
  ASSERT_EQ(make_pod("p").status, 201);
  const std::string before = model::to_json(*api_.get(at(pods, "p")).json().at("metadata", "managedFields"));
  ASSERT_EQ(api_.post(at(pods, "p") + "/binding",
                      R"({"metadata":{"name":"p"},"target":{"kind":"Node","name":"m"}})")
                .status,
            201);
  const Reply other =
      api_.post(at(pods, "p") + "/eviction",
                R"({"metadata":{"name":"p"},"deleteOptions":{"preconditions":{"uid":"another"}}})");
  EXPECT_EQ(other.status, 409) << other.body;
  EXPECT_EQ(api_.get(at(pods, "p")).body.find("DisruptionTarget"), std::string::npos);
  EXPECT_EQ(api_.post(at(pods, "p") + "/eviction", R"({"metadata":{"name":"q"}})").message(),
            "name in URL does not match name in Eviction object");
  EXPECT_EQ(api_.get(at(pods, "p")).body.find("DisruptionTarget"), std::string::npos);
  ASSERT_EQ(api_.post(at(pods, "p") + "/eviction", R"({"metadata":{"name":"p"}})").status, 201);
  const Value going = api_.get(at(pods, "p")).json();
  EXPECT_NE(going.at("metadata", "deletionTimestamp"), nullptr);
  const Value& condition = going.at("status", "conditions")->as_array().back();
  EXPECT_EQ(condition.text_at("type"), "DisruptionTarget");
  EXPECT_EQ(condition.text_at("reason"), "EvictionByEvictionAPI");
  EXPECT_EQ(model::to_json(*going.at("metadata", "managedFields")), before);
}

TEST_F(RegistryOperations, a_pod_that_wants_another_runtime_is_refused) {
  const Reply refused = api_.post(
      pods, R"({"metadata":{"name":"p"},"spec":{"runtimeClassName":"apart","containers":[{"name":"c",)"
            R"("image":"i"}]}})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.json().text_at("message"),
            R"(pods "p" is forbidden: pod rejected: RuntimeClass "apart" not found)");
}

TEST_F(RegistryOperations, scale_changes_the_number_of_replicas_and_nothing_else) {
  ASSERT_EQ(api_.post(deployments, deployment("d", 1)).status, 201);
  const Reply scale = api_.get(at(deployments, "d") + "/scale");
  EXPECT_EQ(scale.json().text_at("kind"), "Scale");
  EXPECT_EQ(scale.json().text_at("apiVersion"), "autoscaling/v1");
  EXPECT_EQ(scale.json().text_at("status", "selector"), "a=b");
  const Reply patched = api_.patch(at(deployments, "d") + "/scale", "merge", R"({"spec":{"replicas":4}})");
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(patched.json().text_at("kind"), "Scale");
  EXPECT_EQ(api_.get(at(deployments, "d")).json().at("spec", "replicas")->as_int(), 4);
  EXPECT_EQ(api_.patch(at(deployments, "d") + "/scale", "merge", R"({"spec":{"replicas":-1}})").status, 422);
}

TEST_F(RegistryOperations, an_object_with_finalizers_goes_when_the_last_one_goes) {
  ASSERT_EQ(make_config_map("c", R"(,"finalizers":["a.io/x","a.io/y"])").status, 201);
  const Reply removed = api_.remove(at(config_maps, "c"));
  EXPECT_EQ(removed.json().text_at("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(api_.patch(at(config_maps, "c"), "merge", R"({"metadata":{"finalizers":["a.io/y"]}})").status,
            200);
  EXPECT_EQ(api_.get(at(config_maps, "c")).status, 200);
  EXPECT_EQ(api_.patch(at(config_maps, "c"), "merge", R"({"metadata":{"finalizers":null}})").status, 200);
  EXPECT_EQ(api_.get(at(config_maps, "c")).status, 404);
}

TEST_F(RegistryOperations, propagation_is_left_as_a_finalizer_for_the_collector) {
  make_config_map("c");
  const Reply foreground = api_.remove(at(config_maps, "c"), R"({"propagationPolicy":"Foreground"})");
  EXPECT_EQ(model::to_json(*foreground.json().at("metadata", "finalizers")), R"(["foregroundDeletion"])");
  make_config_map("d");
  const Reply background = api_.remove(at(config_maps, "d"), R"({"propagationPolicy":"Background"})");
  EXPECT_EQ(background.json().text_at("status"), "Success");
  EXPECT_EQ(api_.get(at(config_maps, "d")).status, 404);
}

TEST_F(RegistryOperations, a_pod_on_a_node_is_given_time_and_one_without_goes_at_once) {
  ASSERT_EQ(make_pod("waiting").status, 201);
  EXPECT_EQ(api_.remove(at(pods, "waiting")).status, 200);
  EXPECT_EQ(api_.get(at(pods, "waiting")).status, 404);

  ASSERT_EQ(make_pod("placed", "node").status, 201);
  const Reply removed = api_.remove(at(pods, "placed"), R"({"gracePeriodSeconds":20})");
  EXPECT_EQ(removed.json().text_at("metadata", "deletionTimestamp"), "2026-01-01T00:00:20Z");
  api_.loop.run_for(5s);
  const Reply longer = api_.remove(at(pods, "placed"), R"({"gracePeriodSeconds":60})");
  EXPECT_EQ(longer.json().text_at("metadata", "deletionTimestamp"), "2026-01-01T00:00:20Z")
      << "time is never added";
  const Reply shorter = api_.remove(at(pods, "placed"), R"({"gracePeriodSeconds":10})");
  EXPECT_EQ(shorter.json().text_at("metadata", "deletionTimestamp"), "2026-01-01T00:00:10Z")
      << "counted from the first request";
  const Reply forced = api_.remove(at(pods, "placed"), R"({"gracePeriodSeconds":0})");
  EXPECT_EQ(forced.json().at("metadata", "deletionGracePeriodSeconds")->as_int(), 0);
  EXPECT_EQ(api_.get(at(pods, "placed")).status, 404);
}

TEST_F(RegistryOperations, a_namespace_turns_terminating_and_takes_nothing_new) {
  const Reply removed = api_.remove("/api/v1/namespaces/n");
  EXPECT_EQ(removed.json().text_at("status", "phase"), "Terminating");
  const Reply refused = make_config_map("late");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(),
            "configmaps \"late\" is forbidden: unable to create new content in namespace n because it is "
            "being terminated");
  EXPECT_EQ(api_.put("/api/v1/namespaces/n/finalize", R"({"metadata":{"name":"n"},"spec":{"finalizers":[]}})")
                .status,
            200);
  EXPECT_EQ(api_.get("/api/v1/namespaces/n").status, 404);
  api_.make_namespace("default");
  EXPECT_EQ(api_.remove("/api/v1/namespaces/default").status, 403);
}

TEST_F(RegistryOperations, a_pod_is_bound_once) {
  ASSERT_EQ(make_pod("p").status, 201);
  const auto bind = [&](std::string_view node) {
    return api_.post(
        at(pods, "p") + "/binding",
        fmt::format(R"({{"metadata":{{"name":"p"}},"target":{{"kind":"Node","name":"{}"}}}})", node));
  };
  EXPECT_EQ(bind("n1").status, 201);
  const Value pod = api_.get(at(pods, "p")).json();
  EXPECT_EQ(pod.text_at("spec", "nodeName"), "n1");
  EXPECT_EQ(pod.at("status", "conditions")->as_array().front().text_at("type"), "PodScheduled");
  EXPECT_EQ(bind("n2").status, 409);
}

TEST_F(RegistryOperations, apply_owns_fields_and_conflicts_name_the_owner) {
  const std::string path = at(config_maps, "c");
  const auto apply = [&](std::string manager, std::string value, bool force = false) {
    return api_.patch(
        fmt::format("{}?fieldManager={}{}", path, manager, force ? "&force=true" : ""), "apply",
        fmt::format("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{k: \"{}\"}}\n", value));
  };
  EXPECT_EQ(apply("alice", "1").status, 201);
  EXPECT_EQ(apply("alice", "2").status, 200);
  const Reply conflict = apply("bob", "3");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_NE(conflict.message().find("\"alice\""), std::string::npos) << conflict.message();
  EXPECT_EQ(apply("bob", "3", true).status, 200);
  EXPECT_EQ(api_.get(path).json().text_at("data", "k"), "3");
  EXPECT_EQ(api_.patch(path, "apply", "apiVersion: v1\nkind: ConfigMap\n").status, 422)
      << "an apply names its manager";
}

TEST_F(RegistryOperations, leases_are_made_by_put) {
  const Reply made = api_.put("/apis/coordination.k8s.io/v1/namespaces/n/leases/l",
                              R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"h"}})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(api_.put("/apis/coordination.k8s.io/v1/namespaces/n/leases/l",
                     R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"i"}})")
                .status,
            200);
}

TEST_F(RegistryOperations, deleting_a_collection_takes_what_the_selector_matches) {
  make_config_map("a", R"(,"labels":{"x":"1"})");
  make_config_map("b");
  const Reply removed = api_.remove(fmt::format("{}?labelSelector=x", config_maps));
  EXPECT_EQ(removed.json().at("items")->as_array().size(), 1U);
  EXPECT_EQ(api_.get(at(config_maps, "a")).status, 404);
  EXPECT_EQ(api_.get(at(config_maps, "b")).status, 200);
}

TEST_F(RegistryOperations, the_last_page_has_no_next_one_even_when_it_is_full) {
  make_config_map("a");
  make_config_map("b");
  const Value first = api_.get(fmt::format("{}?limit=1", config_maps)).json();
  const Value last =
      api_.get(fmt::format("{}?limit=1&continue={}", config_maps, first.text_at("metadata", "continue")))
          .json();
  EXPECT_EQ(last.at("items")->as_array().size(), 1U);
  EXPECT_EQ(last.at("metadata", "continue"), nullptr);
  EXPECT_EQ(api_.get(fmt::format("{}?limit=2", config_maps)).json().at("metadata", "continue"), nullptr);
}

TEST_F(RegistryOperations, pages_show_one_state_even_when_things_change_between_them) {
  for (const char* name : {"a", "b", "c", "d", "e"}) make_config_map(name);
  const Value first = api_.get(fmt::format("{}?limit=2", config_maps)).json();
  EXPECT_EQ(first.at("metadata", "remainingItemCount")->as_int(), 3);
  api_.remove(at(config_maps, "c"));
  const Value second =
      api_.get(fmt::format("{}?limit=9&continue={}", config_maps, first.text_at("metadata", "continue")))
          .json();
  std::vector<std::string> names;
  for (const Value& item : second.at("items")->as_array())
    names.emplace_back(item.text_at("metadata", "name"));
  EXPECT_EQ(names, (std::vector<std::string>{"c", "d", "e"}));
  EXPECT_EQ(second.text_at("metadata", "resourceVersion"), first.text_at("metadata", "resourceVersion"));
}

TEST_F(RegistryOperations, fields_select_and_unknown_fields_are_refused) {
  make_pod("p", "n1");
  make_pod("q");
  const Value found = api_.get(fmt::format("{}?fieldSelector=spec.nodeName=n1", pods)).json();
  ASSERT_EQ(found.at("items")->as_array().size(), 1U);
  EXPECT_EQ(found.at("items")->as_array().front().text_at("metadata", "name"), "p");
  EXPECT_EQ(api_.get(fmt::format("{}?fieldSelector=spec.bogus=1", pods)).status, 400);
}

TEST_F(RegistryOperations, both_forms_of_an_event_show_the_same_event) {
  const Reply made = api_.post(
      "/api/v1/namespaces/n/events",
      R"({"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p","namespace":"n"},)"
      R"("reason":"Pulled","message":"done","type":"Normal","count":2,"source":{"component":"kubelet"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  const Value shown = api_.get("/apis/events.k8s.io/v1/namespaces/n/events/e").json();
  EXPECT_EQ(shown.text_at("apiVersion"), "events.k8s.io/v1");
  EXPECT_EQ(shown.text_at("note"), "done");
  EXPECT_EQ(shown.text_at("regarding", "name"), "p");

  const std::string newer = "/apis/events.k8s.io/v1/namespaces/n/events";
  const Reply second = api_.post(
      newer,
      R"({"metadata":{"name":"f"},"regarding":{"kind":"Pod","name":"p","namespace":"n"},"reason":"Killing",)"
      R"("note":"stops","type":"Normal","action":"Stop","eventTime":"2026-01-01T00:00:00.000000Z",)"
      R"("reportingController":"aloft.io/node","reportingInstance":"node-1"})");
  ASSERT_EQ(second.status, 201) << second.body;
  EXPECT_EQ(second.json().text_at("note"), "stops");
  EXPECT_EQ(api_.get("/api/v1/namespaces/n/events/f").json().text_at("message"), "stops");
  const Reply patched = api_.patch(newer + "/f", "merge", R"({"metadata":{"labels":{"x":"y"}}})");
  EXPECT_EQ(patched.json().text_at("note"), "stops") << patched.body;
  EXPECT_EQ(api_.get("/api/v1/namespaces/n/events/f").json().text_at("metadata", "labels", "x"), "y");
  const Value listed = api_.get("/api/v1/namespaces/n/events?fieldSelector=involvedObject.name=p").json();
  EXPECT_EQ(listed.at("items")->as_array().size(), 2U);
  auto watch = api_.open("GET", newer + "?watch=true&resourceVersion=0&fieldSelector=reason=Killing");
  const auto events = watch->events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front().text_at("object", "note"), "stops");
  EXPECT_EQ(api_.remove(newer + "/f").status, 200);
  EXPECT_EQ(api_.get("/api/v1/namespaces/n/events/f").status, 404);
}

}  // namespace
}  // namespace aloft::api::testing
