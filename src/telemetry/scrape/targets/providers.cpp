// Finding targets in files, by HTTP and by DNS.
#include "telemetry/scrape/targets/providers.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <glob.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "io/file.h"
#include "io/scope.h"
#include "io/timeout.h"
#include "telemetry/scrape/targets/dns_records.h"
#include "telemetry/scrape/targets/log.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Duration file_look_interval = 5s;
constexpr std::size_t targets_limit_bytes = 64 * 1024 * 1024;

class StaticProvider final : public TargetProvider {
 public:
  explicit StaticProvider(std::vector<TargetGroup> groups) : groups_(std::move(groups)) {}
  void start(Update update) override { update(groups_); }

 private:
  std::vector<TargetGroup> groups_;
};

struct FileState {
  std::int64_t changed_ns = 0;
  std::int64_t size = 0;
  std::vector<TargetGroup> groups;
};
using FileStates = std::map<std::string, FileState>;

// Blocks. Files that did not change keep their groups; true when anything did.
bool look_at_files(const std::vector<std::string>& patterns, FileStates& files) {
  std::set<std::string> present;
  for (const std::string& pattern : patterns) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) present.emplace(found.gl_pathv[i]);
    ::globfree(&found);
  }
  bool changed = std::erase_if(files, [&](const auto& f) { return !present.contains(f.first); }) > 0;
  for (const std::string& path : present) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) continue;
    const std::int64_t changed_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    FileState& state = files[path];
    if (state.changed_ns == changed_ns && state.size == status.st_size) continue;
    state.changed_ns = changed_ns;
    state.size = status.st_size;
    const auto text = io::read_file(path, targets_limit_bytes);
    auto groups =
        text ? parse_target_groups(*text, path) : Result<std::vector<TargetGroup>>(fail(text.error()));
    if (!groups) {
      scrape_log.warning("{}: {}; its targets stay as they were", path, groups.error().message());
      continue;
    }
    for (TargetGroup& group : *groups) {
      LabelsBuilder labels(group.labels);
      group.labels = labels.set("__meta_filepath", path).build();
    }
    state.groups = std::move(*groups);
    changed = true;
  }
  return changed;
}

class FileProvider final : public TargetProvider {
 public:
  FileProvider(io::Loop& loop, io::Pool& pool, FileDiscovery settings)
      : loop_(loop), pool_(pool), settings_(std::move(settings)), scope_(loop) {}
  void start(Update update) override { scope_.spawn(run(std::move(update))); }

 private:
  io::Task<> run(Update update) {
    struct Look {
      FileStates files;
      bool changed = false;
    };
    Look look;
    for (bool first = true;; first = false) {
      auto work = [patterns = settings_.files, look = std::move(look)]() mutable {
        look.changed = look_at_files(patterns, look.files);
        return std::move(look);
      };
      look = co_await pool_.run(loop_, std::move(work));
      if (look.changed || first) {
        std::vector<TargetGroup> groups;
        for (const auto& [path, state] : look.files)
          groups.insert(groups.end(), state.groups.begin(), state.groups.end());
        update(std::move(groups));
      }
      co_await loop_.sleep(std::min(settings_.refresh_interval, file_look_interval));
    }
  }

  io::Loop& loop_;
  io::Pool& pool_;
  FileDiscovery settings_;
  io::Scope scope_;
};

class HttpProvider final : public TargetProvider {
 public:
  HttpProvider(io::Loop& loop, std::unique_ptr<Fetcher> fetcher, HttpDiscovery settings)
      : loop_(loop), fetcher_(std::move(fetcher)), settings_(std::move(settings)), scope_(loop) {}
  void start(Update update) override { scope_.spawn(run(std::move(update))); }

 private:
  io::Task<> run(Update update) {
    for (;;) {
      auto groups = co_await ask();
      if (groups) {
        update(std::move(*groups));
      } else {
        scrape_log.warning("targets of {}: {}", settings_.url, groups.error().message());
      }
      co_await loop_.sleep(settings_.refresh_interval);
    }
  }
  io::Task<Result<std::vector<TargetGroup>>> ask() {
    HttpClientConfig credentials;
    auto url = parse_url(settings_.url, credentials);
    if (!url) co_return fail(std::move(url).error());
    FetchRequest request;
    request.scheme = url->scheme;
    request.address = url->address;
    request.path = url->path;
    request.body_limit_bytes = targets_limit_bytes;
    request.headers.add("Accept", "application/json");
    request.headers.add("User-Agent", "aloft");
    request.headers.add("X-Prometheus-Refresh-Interval-Seconds",
                        std::to_string(settings_.refresh_interval / 1s));
    io::Task<Result<FetchedPage>> fetching = fetcher_->fetch(std::move(request));
    auto page = co_await io::within(loop_, settings_.refresh_interval, std::move(fetching));
    if (!page) co_return fail(Code::timeout, "no answer in time");
    if (!*page) co_return fail(std::move(*page).error());
    if ((*page)->status != 200)
      co_return fail(Code::unavailable, fmt::format("HTTP status {}", (*page)->status));
    auto groups = parse_target_groups((*page)->body, settings_.url);
    if (!groups) co_return fail(std::move(groups).error());
    for (TargetGroup& group : *groups) {
      LabelsBuilder labels(group.labels);
      group.labels = labels.set("__meta_url", settings_.url).build();
    }
    co_return groups;
  }

  io::Loop& loop_;
  std::unique_ptr<Fetcher> fetcher_;
  HttpDiscovery settings_;
  io::Scope scope_;
};

// Blocks. A name that is not found has no targets; another failure is an error.
Result<std::vector<std::string>> addresses_of(const std::string& name, bool v6) {
  addrinfo hints{};
  hints.ai_family = v6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<std::string> out;
  if (error == EAI_NONAME) return out;
  if (error != 0) return fail(Code::unavailable, fmt::format("look up {}: {}", name, ::gai_strerror(error)));
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      out.emplace_back(v6 ? fmt::format("[{}]", text) : std::string(text));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Blocks.
Result<std::vector<Labels>> dns_targets(const std::string& name, const DnsDiscovery& settings) {
  std::vector<Labels> out;
  if (settings.type == "A" || settings.type == "AAAA") {
    TRY(addresses, addresses_of(name, settings.type == "AAAA"));
    for (const std::string& address : addresses)
      out.push_back(Labels({{address_label, fmt::format("{}:{}", address, settings.port)}}));
    return out;
  }
  const bool srv = settings.type == "SRV";
  const DnsRecordType type = srv                     ? DnsRecordType::srv
                             : settings.type == "MX" ? DnsRecordType::mx
                                                     : DnsRecordType::ns;
  TRY(records, look_up_records(name, type));
  for (const DnsRecord& record : records) {
    const int port = srv ? record.port : settings.port;
    LabelsBuilder labels;
    labels.set(address_label, fmt::format("{}:{}", record.target, port));
    const std::string_view word = srv ? "srv" : type == DnsRecordType::mx ? "mx" : "ns";
    labels.set(fmt::format("__meta_dns_{}_record_target", word), record.target + ".");
    if (srv) labels.set("__meta_dns_srv_record_port", std::to_string(record.port));
    out.push_back(labels.build());
  }
  return out;
}

class DnsProvider final : public TargetProvider {
 public:
  DnsProvider(io::Loop& loop, io::Pool& pool, DnsDiscovery settings)
      : loop_(loop), pool_(pool), settings_(std::move(settings)), scope_(loop) {}
  void start(Update update) override { scope_.spawn(run(std::move(update))); }

 private:
  io::Task<> run(Update update) {
    std::map<std::string, TargetGroup> known;
    for (;;) {
      for (const std::string& name : settings_.names) {
        auto work = [name, settings = settings_] { return dns_targets(name, settings); };
        auto found = co_await pool_.run(loop_, std::move(work));
        if (!found) {
          scrape_log.warning("{}", found.error().message());
          continue;
        }
        TargetGroup group;
        group.source = name;
        group.labels = Labels({{"__meta_dns_name", name}});
        group.targets = std::move(*found);
        known[name] = std::move(group);
      }
      std::vector<TargetGroup> groups;
      for (const auto& [name, group] : known) groups.push_back(group);
      update(std::move(groups));
      co_await loop_.sleep(settings_.refresh_interval);
    }
  }

  io::Loop& loop_;
  io::Pool& pool_;
  DnsDiscovery settings_;
  io::Scope scope_;
};

}  // namespace

std::unique_ptr<TargetProvider> make_static_provider(std::vector<TargetGroup> groups) {
  return std::make_unique<StaticProvider>(std::move(groups));
}
std::unique_ptr<TargetProvider> make_file_provider(io::Loop& loop, io::Pool& pool, FileDiscovery settings) {
  return std::make_unique<FileProvider>(loop, pool, std::move(settings));
}
std::unique_ptr<TargetProvider> make_http_provider(io::Loop& loop, std::unique_ptr<Fetcher> fetcher,
                                                   HttpDiscovery settings) {
  return std::make_unique<HttpProvider>(loop, std::move(fetcher), std::move(settings));
}
std::unique_ptr<TargetProvider> make_dns_provider(io::Loop& loop, io::Pool& pool, DnsDiscovery settings) {
  return std::make_unique<DnsProvider>(loop, pool, std::move(settings));
}

Result<std::vector<std::unique_ptr<TargetProvider>>> make_providers(const ProviderKit& kit,
                                                                    const DiscoveryConfig& from,
                                                                    const std::string& job) {
  std::vector<std::unique_ptr<TargetProvider>> out;
  if (!from.static_groups.empty()) out.push_back(make_static_provider(from.static_groups));
  for (const FileDiscovery& files : from.files) out.push_back(make_file_provider(kit.loop, kit.pool, files));
  for (const HttpDiscovery& http : from.http) {
    HttpClientConfig client = http.client;
    TRY(url, parse_url(http.url, client));
    TRY(fetcher, kit.fetchers(client));
    out.push_back(make_http_provider(kit.loop, std::move(fetcher), http));
  }
  for (const DnsDiscovery& dns : from.dns) out.push_back(make_dns_provider(kit.loop, kit.pool, dns));
  for (const model::Value& kubernetes : from.kubernetes) {
    if (!kit.factories.kubernetes)
      return fail(Code::invalid, "kubernetes_sd_configs: there is no cluster to find targets in");
    TRY(provider, kit.factories.kubernetes(kubernetes, job));
    out.push_back(std::move(provider));
  }
  return out;
}

}  // namespace aloft::telemetry::scrape
