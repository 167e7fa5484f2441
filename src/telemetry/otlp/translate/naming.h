// How OpenTelemetry's names become Prometheus' names: dots to underscores, unit and type as suffixes. Source:
// OpenTelemetry specification, "Prometheus and OpenMetrics compatibility"; Prometheus' otlp settings.
#pragma once

#include <string>
#include <string_view>

namespace aloft::telemetry::otlp {

// Prometheus' `translation_strategy`.
enum class NameStrategy {
  underscores_with_suffixes,  // UnderscoreEscapingWithSuffixes, the default
  underscores,                // UnderscoreEscapingWithoutSuffixes
  utf8_with_suffixes,         // NoUTF8EscapingWithSuffixes
  none                        // NoTranslation
};

enum class NameKind { gauge, counter, other };

// "http.server.duration", "ms" -> "http_server_duration_milliseconds". Empty when nothing of the name can
// stand.
std::string metric_name(std::string_view name, std::string_view unit, NameKind kind, NameStrategy strategy);
// "http.method" -> "http_method", "1st" -> "key_1st". Empty when nothing of it can stand.
std::string label_name(std::string_view key, NameStrategy strategy);
// "By/s" -> "bytes_per_second".
std::string unit_name(std::string_view unit);

}  // namespace aloft::telemetry::otlp
