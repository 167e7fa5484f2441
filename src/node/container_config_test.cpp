// What containers and sandboxes are made of: names and name servers, limits, users and capabilities.
#include "node/container_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/codec.h"

namespace aloft::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

core::v1::Pod pod_with_spec(std::string_view spec) {
  core::v1::Pod pod;
  pod.metadata.name = "web";
  pod.metadata.namespace_ = "shop";
  pod.metadata.uid = "u1";
  pod.spec = model::from_json<core::v1::PodSpec>(spec).value();
  return pod;
}

ClusterFacts cluster_facts() {
  ClusterFacts known;
  known.dns_servers = {"10.96.0.10"};
  known.host_dns =
      parse_resolv_conf("# mine\nsearch corp.example lan\nnameserver 192.0.2.53\noptions edns0\n");
  known.memory_capacity_bytes = std::int64_t{8} << 30U;
  return known;
}

Result<ContainerConfig> config_of(std::string_view spec, ImageInfo image = {}) {
  const core::v1::Pod pod = pod_with_spec(spec);
  ContainerPlace place;
  place.image = std::move(image);
  ContainerInput input{pod, pod.spec.containers.at(0), place, cluster_facts(), {{"A", "1"}}, {}};
  return container_config(std::move(input));
}

TEST(Dns, asks_the_cluster_first_unless_told_otherwise) {
  const DnsSettings usual = dns_of(pod_with_spec("{}"), cluster_facts());
  EXPECT_THAT(usual.servers, ElementsAre("10.96.0.10"));
  EXPECT_THAT(usual.searches, ElementsAre("shop.svc.cluster.local", "svc.cluster.local", "cluster.local",
                                          "corp.example", "lan"));
  EXPECT_THAT(usual.options, ElementsAre("ndots:5"));
  for (const char* spec :
       {R"({"dnsPolicy":"Default"})", R"({"dnsPolicy":"ClusterFirst","hostNetwork":true})"}) {
    EXPECT_THAT(dns_of(pod_with_spec(spec), cluster_facts()).servers, ElementsAre("192.0.2.53")) << spec;
  }
  const DnsSettings own = dns_of(pod_with_spec(R"({"dnsPolicy":"None","dnsConfig":{"nameservers":["1.1.1.1"],
      "searches":["a.b"],"options":[{"name":"ndots","value":"2"},{"name":"rotate"}]}})"),
                                 cluster_facts());
  EXPECT_THAT(own.servers, ElementsAre("1.1.1.1"));
  EXPECT_THAT(own.searches, ElementsAre("a.b"));
  EXPECT_THAT(own.options, ElementsAre("ndots:2", "rotate"));
}

TEST(Dns, what_libraries_do_not_read_is_left_out_and_told) {
  const auto pod = pod_with_spec(R"({"dnsConfig":{"nameservers":["1.1.1.1","2.2.2.2","3.3.3.3"]}})");
  const SandboxConfig config = sandbox_config(pod, 0, cluster_facts()).value();
  EXPECT_THAT(config.dns.servers, ElementsAre("10.96.0.10", "1.1.1.1", "2.2.2.2"));
  EXPECT_THAT(config.dns_warnings,
              ElementsAre("Nameserver limits were exceeded, some nameservers have been omitted, the applied "
                          "nameserver line is: 10.96.0.10 1.1.1.1 2.2.2.2"));
}

TEST(HostsFile, names_the_pod_and_its_aliases) {
  const std::string text = hosts_file_of(
      pod_with_spec(
          R"({"hostname":"db-0","subdomain":"db","hostAliases":[{"ip":"10.1.1.1","hostnames":["x","y"]}]})"),
      {"10.0.0.5"}, cluster_facts());
  EXPECT_THAT(text, HasSubstr("10.0.0.5\tdb-0.db.shop.svc.cluster.local\tdb-0\n"));
  EXPECT_THAT(text, HasSubstr("10.1.1.1\tx\ty\n"));
}

TEST(HostsFile, of_a_pod_on_the_machines_network_is_the_machines) {
  EXPECT_EQ(shared_hosts_file_of(pod_with_spec(R"({"hostAliases":[{"ip":"10.1.1.1","hostnames":["x"]}]})"),
                                 "127.0.0.1 localhost"),
            "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n"
            "\n# Entries added by HostAliases.\n10.1.1.1\tx\n");
}

TEST(HostName, is_the_whole_one_where_the_pod_asks_for_it) {
  const auto name_of = [](const std::string& spec) {
    auto config = sandbox_config(pod_with_spec(spec), 0, cluster_facts());
    return config ? config->hostname : config.error().message();
  };
  EXPECT_EQ(name_of(R"({"hostname":"db-0","subdomain":"db"})"), "db-0");
  EXPECT_EQ(name_of(R"({"hostname":"db-0","subdomain":"db","setHostnameAsFQDN":true})"),
            "db-0.db.shop.svc.cluster.local");
  EXPECT_EQ(name_of(R"({"hostname":"db-0","setHostnameAsFQDN":true})"), "db-0");
  EXPECT_THAT(name_of(R"({"hostname":")" + std::string(60, 'h') + R"(","subdomain":"db",
                          "setHostnameAsFQDN":true})"),
              HasSubstr("is too long (64 characters is the max, 86 characters requested)"));
}

TEST(Limits, are_the_kernels_numbers) {
  const auto config = config_of(R"({"containers":[{"name":"a","resources":
      {"requests":{"cpu":"250m","memory":"1Gi"},"limits":{"cpu":"1500m","memory":"2Gi"}}}]})");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->limits.cpu_shares, 256);
  EXPECT_EQ(config->limits.cpu_quota_micros, 150'000);
  EXPECT_EQ(config->limits.cpu_period_micros, 100'000);
  EXPECT_EQ(config->limits.memory_bytes, std::int64_t{2} << 30U);
  EXPECT_EQ(config_of(R"({"containers":[{"name":"a"}]})")->limits.cpu_shares, 2);
}

TEST(ContainerConfig, expands_commands_and_keeps_users_apart) {
  const auto config =
      config_of(R"json({"securityContext":{"runAsUser":1000,"fsGroup":7,"supplementalGroups":[5]},
      "containers":[{"name":"a","image":"x","command":["run","$(A)"],"stdin":true,"tty":true,
      "securityContext":{
  "runAsGroup" : 3, "readOnlyRootFilesystem" : true,
                                               "allowPrivilegeEscalation" : false,
                                                                            "capabilities"
      : {"add" : ["NET_ADMIN"], "drop" : ["ALL"]},
        "seccompProfile" : {"type" : "RuntimeDefault"}}}]
})json");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_THAT(config->command, ElementsAre("run", "1"));
  EXPECT_EQ(config->run_as_user, 1000);
  EXPECT_EQ(config->run_as_group, 3);
  EXPECT_THAT(config->supplemental_groups, ElementsAre(5, 7));
  EXPECT_TRUE(config->read_only_root && config->no_new_privileges && config->standard_input &&
              config->terminal);
  EXPECT_THAT(config->drop_capabilities, ElementsAre("ALL"));
  EXPECT_EQ(config->seccomp.profile, SeccompSettings::Profile::runtime_default);
  EXPECT_EQ(config->log_path, "a/0.log");
}

TEST(ContainerConfig, a_group_alone_keeps_the_user_of_the_image) {
  const std::string spec =
      R"({"securityContext":{"runAsGroup":3000},"containers":[{"name":"a","image":"x"}]})";
  EXPECT_EQ(config_of(spec).value().run_as_user, 0);
  ImageInfo numbered;
  numbered.uid = 1000;
  EXPECT_EQ(config_of(spec, numbered).value().run_as_user, 1000);
  ImageInfo named;
  named.user = "app";
  EXPECT_EQ(config_of(spec, named).value().run_as_user, std::nullopt);
  EXPECT_EQ(config_of(spec, named).value().run_as_user_name, "app");
  EXPECT_EQ(sandbox_config(pod_with_spec(spec), 0, cluster_facts()).value().run_as_group, std::nullopt);
}

TEST(ContainerConfig, refuses_root_where_it_is_forbidden) {
  const std::string spec =
      R"({"securityContext":{"runAsNonRoot":true},"containers":[{"name":"a","image":"x"}]})";
  ImageInfo root;
  EXPECT_EQ(config_of(spec, root).error().message(),
            "container has runAsNonRoot and image will run as root (pod: \"web_shop(u1)\", container: a)");
  ImageInfo named;
  named.user = "app";
  EXPECT_THAT(config_of(spec, named).error().message(), HasSubstr("non-numeric user (app)"));
  ImageInfo numbered;
  numbered.uid = 1000;
  EXPECT_TRUE(config_of(spec, numbered));
}

TEST(SandboxConfig, maps_host_ports_and_shares_what_is_asked_for) {
  const auto pod =
      pod_with_spec(R"({"hostPID":true,"shareProcessNamespace":true,"securityContext":{"sysctls":[
      {"name":"net.ipv4.ip_unprivileged_port_start","value":"0"}]},"containers":[{"name":"a",
      "ports":[{"containerPort":80,"hostPort":8080,"protocol":"UDP"},{"containerPort":81}]}]})");
  const SandboxConfig config = sandbox_config(pod, 2, cluster_facts()).value();
  ASSERT_EQ(config.ports.size(), 1U);
  EXPECT_EQ(config.ports[0].host_port, 8080);
  EXPECT_EQ(config.ports[0].protocol, HostPort::Protocol::udp);
  EXPECT_TRUE(config.namespaces.host_pid && config.namespaces.share_processes);
  EXPECT_EQ(config.sysctls.at("net.ipv4.ip_unprivileged_port_start"), "0");
  EXPECT_EQ(config.hostname, "web");
  EXPECT_EQ(config.attempt, 2U);
}

}  // namespace
}  // namespace aloft::node
