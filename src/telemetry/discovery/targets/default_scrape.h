// What is scraped when nobody configured anything: pods and services that carry the prometheus.io/*
// annotations, the way the community's charts expect it.
#pragma once

#include <string_view>

namespace aloft::telemetry::discovery {

// A Prometheus configuration file.
std::string_view default_scrape_configuration();

}  // namespace aloft::telemetry::discovery
