// Reading the whole configuration file.
#include "telemetry/scrape/config/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <glob.h>

#include "base/bytes.h"
#include "io/file.h"
#include "model/yaml.h"
#include "telemetry/core/durations.h"
#include "telemetry/scrape/config/config_parts.h"
#include "telemetry/scrape/config/yaml_text.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t config_limit_bytes = 16 * 1024 * 1024;

void read_global(Section& in, GlobalConfig& out) {
  in.duration("scrape_interval", out.scrape_interval);
  const bool own_timeout = in.has("scrape_timeout");
  in.duration("scrape_timeout", out.scrape_timeout);
  if (own_timeout && out.scrape_timeout > out.scrape_interval)
    in.report("scrape_timeout", "global scrape timeout greater than scrape interval");
  out.scrape_timeout = std::min(out.scrape_timeout, out.scrape_interval);
  in.duration("evaluation_interval", out.evaluation_interval);
  in.duration("rule_query_offset", out.rule_query_offset);
  for (const auto& [interval, name] : {std::pair(out.scrape_interval, "scrape_interval"),
                                       std::pair(out.evaluation_interval, "evaluation_interval")}) {
    if (interval <= Duration{}) in.report(name, "an interval cannot be 0");
  }
  in.text("query_log_file", out.query_log_file);
  std::string unused;
  in.text("scrape_failure_log_file", unused);
  std::vector<std::pair<std::string, std::string>> labels;
  in.pairs("external_labels", labels);
  for (const auto& [name, value] : labels) {
    if (name.empty() || !is_utf8(name))
      in.report("external_labels", fmt::format("\"{}\" is not a valid label name", name));
  }
  out.external_labels = Labels(labels);
  read_limits(in, out.limits);
  read_protocols(in, out.scrape_protocols);
  std::string scheme;
  in.text("metric_name_validation_scheme", scheme);
  out.utf8_names = scheme != "legacy";
  in.text("metric_name_escaping_scheme", scheme);
  in.flag("scrape_native_histograms", out.scrape_native_histograms);
  bool convert = false;
  in.flag("convert_classic_histograms_to_nhcb", convert);
  in.flag("always_scrape_classic_histograms", out.always_scrape_classic_histograms);
  in.flag("extra_scrape_metrics", out.extra_scrape_metrics);
}

void read_storage(Section& in, StorageConfig& out, ConfigContext& context) {
  in.section("tsdb", [&](Section& tsdb) {
    tsdb.duration("out_of_order_time_window", out.out_of_order_time_window);
    tsdb.ignore("stale_series_compaction_threshold", context.warnings);
    tsdb.ignore("chunk_encoding", context.warnings);
    tsdb.section("retention", [&](Section& retention) {
      Duration time{};
      std::uint64_t size = 0;
      const bool has_time = retention.has("time");
      const bool has_size = retention.has("size");
      retention.duration("time", time);
      retention.bytes("size", size);
      retention.ignore("percentage", context.warnings);
      if (has_time) out.retention = time;
      if (has_size) out.retention_bytes = size;
    });
  });
  in.section("exemplars", [&](Section& exemplars) {
    std::uint64_t most = 0;
    exemplars.count("max_exemplars", most);
    if (exemplars.has("max_exemplars")) out.max_exemplars = most;
  });
}

// Jobs and remote endpoints are told apart by their names.
template <class List, class Name>
void check_unique(const List& list, Section& in, std::string_view field, std::string_view what, Name name) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string& own = name(list[i]);
    if (!own.empty() && !seen.insert(own).second)
      in.problem().report(fmt::format("{}[{}]", field, i),
                          fmt::format("found multiple {} with job name \"{}\"", what, own));
  }
}

struct Loaded {
  PrometheusConfig config;
  std::vector<std::string> scrape_config_files;
};

void read_all(Section& in, Loaded& out, ConfigContext& context) {
  PrometheusConfig& config = out.config;
  in.section("global", [&](Section& global) { read_global(global, config.global); });
  in.texts("rule_files", config.rule_files);
  in.texts("scrape_config_files", out.scrape_config_files);
  for (std::string& path : config.rule_files) path = context.path(path);
  for (std::string& path : out.scrape_config_files) path = context.path(path);
  in.each("scrape_configs", [&](Section& scrape) {
    read_scrape_config(scrape, config.scrape_configs.emplace_back(), config.global, context);
  });
  in.section("alerting", [&](Section& alerting) {
    read_relabel_rules(alerting, "alert_relabel_configs", config.alert_relabel_configs);
    alerting.each("alertmanagers", [&](Section& alertmanager) {
      read_alertmanager(alertmanager, config.alertmanagers.emplace_back(), context);
    });
  });
  in.each("remote_write",
          [&](Section& remote) { read_remote_write(remote, config.remote_write.emplace_back(), context); });
  in.each("remote_read",
          [&](Section& remote) { read_remote_read(remote, config.remote_read.emplace_back(), context); });
  in.section("storage", [&](Section& storage) { read_storage(storage, config.storage, context); });
  if (in.take("otlp") != nullptr) config.otlp = context.typed_at("otlp");
  in.ignore("runtime", context.warnings);
  in.ignore("tracing", context.warnings);
  check_unique(config.scrape_configs, in, "scrape_configs", "scrape configs",
               [](const ScrapeConfig& c) -> const std::string& { return c.job_name; });
  check_unique(config.remote_write, in, "remote_write", "remote write configs",
               [](const RemoteWriteConfig& c) -> const std::string& { return c.name; });
}

std::unexpected<Error> at_line(std::string_view yaml, const ConfigProblem& problem) {
  const std::size_t line = yaml_line_of(yaml, problem.path);
  return fail(Code::bad_request, line > 0 ? fmt::format("line {}: {}", line, problem.what) : problem.what);
}

// The document as Prometheus prints it: with its most asked-for defaults.
std::string print(const model::Value& document, const PrometheusConfig& config) {
  model::Object out;
  if (const auto* object = document.if_object()) out = *object;
  model::Object global;
  if (const model::Value* given = out.find("global"); given != nullptr && given->if_object() != nullptr)
    global = *given->if_object();
  const auto fill = [](model::Object& section, std::string_view name, std::string value) {
    if (!section.contains(name)) section.set(name, model::Value(std::move(value)));
  };
  fill(global, "scrape_interval", format_prometheus_duration(config.global.scrape_interval));
  fill(global, "scrape_timeout", format_prometheus_duration(config.global.scrape_timeout));
  fill(global, "evaluation_interval", format_prometheus_duration(config.global.evaluation_interval));
  out.set("global", model::Value(std::move(global)));
  model::Array* jobs = out.contains("scrape_configs") ? out["scrape_configs"].if_array() : nullptr;
  for (std::size_t i = 0; jobs != nullptr && i < std::min(jobs->size(), config.scrape_configs.size()); ++i) {
    model::Object* job = (*jobs)[i].if_object();
    if (job == nullptr) continue;
    const ScrapeConfig& read = config.scrape_configs[i];
    fill(*job, "scrape_interval", format_prometheus_duration(read.scrape_interval));
    fill(*job, "scrape_timeout", format_prometheus_duration(read.scrape_timeout));
    fill(*job, "metrics_path", read.metrics_path);
    fill(*job, "scheme", read.scheme);
  }
  return model::to_yaml(model::Value(std::move(out)));
}

bool is_secret(std::string_view name) {
  for (const std::string_view known : {"password", "credentials", "bearer_token", "client_secret",
                                       "secret_key", "key", "secrets", "access_key"}) {
    if (name == known) return true;
  }
  return name.ends_with("_secret") || name.ends_with("_password") || name.ends_with("_token");
}

// user:password@ in a URL.
std::string without_userinfo(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t path = text.find_first_of("/?#", scheme + 3);
  const std::size_t at = text.rfind('@', path);
  const std::size_t colon = text.find(':', scheme + 3);
  if (at == std::string::npos || at < scheme || colon == std::string::npos || colon > at) return text;
  return text.substr(0, colon + 1) + "<secret>" + text.substr(at);
}

Result<Loaded> read_text(std::string_view yaml, const std::string& directory) {
  TRY(typed, model::parse_yaml(yaml));
  TRY(document, parse_yaml_texts(yaml));
  ConfigProblem problem;
  ConfigContext context;
  context.directory = directory;
  context.typed = &typed;
  Loaded out;
  Section root(&document, "", problem);
  read_all(root, out, context);
  root.finish();
  if (problem.found) return at_line(yaml, problem);
  out.config.warnings = std::move(context.warnings);
  out.config.printed = print(without_secrets(typed), out.config);
  return out;
}

Result<> read_scrape_config_file(const std::string& path, const std::string& directory,
                                 PrometheusConfig& config) {
  TRY(yaml, io::read_file(path, config_limit_bytes));
  TRY(typed, model::parse_yaml(yaml));
  TRY(document, parse_yaml_texts(yaml));
  ConfigProblem problem;
  ConfigContext context;
  context.directory = directory;
  context.typed = &typed;
  Section root(&document, "", problem);
  root.each("scrape_configs", [&](Section& scrape) {
    read_scrape_config(scrape, config.scrape_configs.emplace_back(), config.global, context);
  });
  root.finish();
  check_unique(config.scrape_configs, root, "scrape_configs", "scrape configs",
               [](const ScrapeConfig& c) -> const std::string& { return c.job_name; });
  if (problem.found) return at_line(yaml, problem);
  for (std::string& warning : context.warnings) config.warnings.push_back(path + ": " + std::move(warning));
  return {};
}

std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return out;
}

}  // namespace

model::Value without_secrets(const model::Value& value) {
  if (const auto* text = value.if_string()) return model::Value(without_userinfo(*text));
  if (const auto* list = value.if_array()) {
    model::Array out;
    for (const model::Value& item : *list) out.push_back(without_secrets(item));
    return model::Value(std::move(out));
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  model::Object out;
  for (const auto& [name, member] : *object) {
    const bool hidden = is_secret(name) && !member.is_null() && !member.is_object();
    out.append(name, hidden ? model::Value("<secret>") : without_secrets(member));
  }
  return model::Value(std::move(out));
}

Result<PrometheusConfig> parse_config(std::string_view yaml, const std::string& directory) {
  TRY(loaded, read_text(yaml, directory));
  return std::move(loaded.config);
}

Result<ScrapeConfig> parse_scrape_config(std::string_view yaml, const GlobalConfig& global) {
  TRY(typed, model::parse_yaml(yaml));
  TRY(document, parse_yaml_texts(yaml));
  ConfigProblem problem;
  ConfigContext context;
  context.typed = &typed;
  ScrapeConfig out;
  Section root(&document, "", problem);
  read_scrape_config(root, out, global, context);
  root.finish();
  if (problem.found) return at_line(yaml, problem);
  return out;
}

Result<PrometheusConfig> load_config(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  TRY(yaml, io::read_file(path, config_limit_bytes));
  auto loaded = read_text(yaml, directory);
  if (!loaded) return fail(loaded.error().at(path));
  for (const std::string& pattern : loaded->scrape_config_files) {
    for (const std::string& file : expand(pattern)) {
      if (auto read = read_scrape_config_file(file, directory, loaded->config); !read)
        return fail(read.error().at(file));
    }
  }
  return std::move(loaded->config);
}

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(parsed.ptr, static_cast<std::size_t>(text.data() + text.size() - parsed.ptr));
  if (parsed.ec != std::errc() || !std::isfinite(number) || number < 0)
    return fail(Code::invalid, fmt::format("\"{}\" is no size such as 10MB", text));
  constexpr std::string_view letters = "KMGTPE";
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    const std::size_t power = letters.find(unit[0] == 'k' ? 'K' : unit[0]);
    const std::string_view rest = unit.substr(1);
    if (power == std::string_view::npos || (!rest.empty() && rest != "B" && rest != "iB" && rest != "i"))
      return fail(Code::invalid, fmt::format("\"{}\" has the unknown unit \"{}\"", text, unit));
    factor = std::pow(1024.0, static_cast<double>(power + 1));
  }
  if (number * factor >= 9.2e18) return fail(Code::invalid, fmt::format("\"{}\" is too large", text));
  return static_cast<std::uint64_t>(number * factor);
}

}  // namespace aloft::telemetry::scrape
