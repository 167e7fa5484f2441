// What the definitions of ServiceMonitor, PodMonitor and Probe demand beyond the types of fields. What refers
// to other objects is looked at by whoever scrapes.
#include <algorithm>

#include "model/field_errors.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/kinds/monitoring/v1/pod_monitor.h"
#include "model/kinds/monitoring/v1/probe.h"
#include "model/kinds/monitoring/v1/rules.h"
#include "model/kinds/monitoring/v1/service_monitor.h"

namespace aloft::monitoring::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

// Years to milliseconds, each unit once and in this order; "0" alone is one too.
bool is_duration(std::string_view text) {
  if (text == "0") return true;
  constexpr std::string_view units[] = {"y", "w", "d", "h", "m", "s", "ms"};
  std::size_t next = 0;
  bool any = false;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
    const std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
    const auto* const found = std::find(std::begin(units) + next, std::end(units), text.substr(0, letters));
    if (found == std::end(units)) return false;
    next = static_cast<std::size_t>(found - std::begin(units)) + 1;
    text.remove_prefix(letters);
    any = true;
  }
  return any;
}

void expect_duration(FieldErrors& errors, const FieldPath& path, const std::string& text) {
  if (!text.empty() && !is_duration(text))
    errors.invalid(path, text, "should be a duration such as 30s, 1m30s or 1h");
}

void validate_scrape(const ScrapeSettings& scrape, const FieldPath& path, FieldErrors& errors) {
  expect_duration(errors, path.child("interval"), scrape.interval);
  expect_duration(errors, path.child("scrapeTimeout"), scrape.scrapeTimeout);
  const bool several = static_cast<int>(scrape.basicAuth.has_value()) +
                           static_cast<int>(scrape.authorization.has_value()) +
                           static_cast<int>(scrape.oauth2.has_value()) >
                       1;
  if (several) errors.forbidden(path, "at most one of basicAuth, authorization and oauth2 may be set");
  for (std::size_t i = 0; i < scrape.relabelings.size(); ++i)
    model::expect_not_negative(errors, path.child("relabelings").index(i).child("modulus"),
                               scrape.relabelings[i].modulus);
}

}  // namespace

void validate(const ServiceMonitor& object, FieldErrors& errors) {
  const FieldPath spec("spec");
  meta::v1::validate_label_selector(object.spec.selector, spec.child("selector"), errors);
  for (std::size_t i = 0; i < object.spec.endpoints.size(); ++i)
    validate_scrape(object.spec.endpoints[i].scrape, spec.child("endpoints").index(i), errors);
}

void validate(const Probe& object, FieldErrors& errors) {
  const FieldPath spec("spec");
  if (object.spec.prober.url.empty()) errors.required(spec.child("prober").child("url"), "");
  expect_duration(errors, spec.child("interval"), object.spec.interval);
  expect_duration(errors, spec.child("scrapeTimeout"), object.spec.scrapeTimeout);
}

void validate(const PodMonitor& object, FieldErrors& errors) {
  const FieldPath spec("spec");
  meta::v1::validate_label_selector(object.spec.selector, spec.child("selector"), errors);
  for (std::size_t i = 0; i < object.spec.podMetricsEndpoints.size(); ++i) {
    const FieldPath path = spec.child("podMetricsEndpoints").index(i);
    const PodMetricsEndpoint& endpoint = object.spec.podMetricsEndpoints[i];
    if (endpoint.portNumber)
      model::expect_port_number(errors, path.child("portNumber"), *endpoint.portNumber);
    validate_scrape(endpoint.scrape, path, errors);
  }
}

}  // namespace aloft::monitoring::v1
