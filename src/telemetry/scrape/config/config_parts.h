// The sections that several parts of Prometheus' configuration share. For this module's sources only.
#pragma once

#include <string>
#include <vector>

#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/config/section.h"

namespace aloft::telemetry::scrape {

// What a configuration is read with.
struct ConfigContext {
  std::string directory;  // relative paths are below it
  std::vector<std::string> warnings;
  const model::Value* typed = nullptr;  // the same document with numbers and booleans
  model::Value typed_at(std::string_view where) const;
  std::string path(const std::string& text) const {
    return text.empty() || text.starts_with('/') || directory.empty() ? text : directory + "/" + text;
  }
};

void read_http_client(Section& in, HttpClientConfig& out, ConfigContext& context);
void read_discovery(Section& in, DiscoveryConfig& out, ConfigContext& context);
// A URL is no target unless rules make one of it.
void check_static_targets(Section& in, const DiscoveryConfig& discovery,
                          const std::vector<RelabelRule>& rules);
void read_relabel_rules(Section& in, std::string_view name, std::vector<RelabelRule>& out);
void read_scrape_config(Section& in, ScrapeConfig& out, const GlobalConfig& global, ConfigContext& context);
void read_limits(Section& in, ScrapeLimits& out);
void read_protocols(Section& in, std::vector<std::string>& out);
void read_remote_write(Section& in, RemoteWriteConfig& out, ConfigContext& context);
void read_remote_read(Section& in, RemoteReadConfig& out, ConfigContext& context);
void read_alertmanager(Section& in, AlertmanagerConfig& out, ConfigContext& context);

// The document with secrets replaced by "<secret>".
model::Value without_secrets(const model::Value& value);

}  // namespace aloft::telemetry::scrape
