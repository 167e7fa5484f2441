// Metric families that an exporter gathers: turned into a batch for our own store, or into the text that any
// Prometheus can scrape.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::discovery {

using LabelList = std::vector<std::pair<std::string_view, std::string_view>>;

// One family under construction; the reference stays valid as long as its Families.
class Family {
 public:
  Family(std::string name, std::string help, MetricType type)
      : name_(std::move(name)), help_(std::move(help)), type_(type) {}
  // Labels in any order; those with an empty value are left out.
  void add(double value, const LabelList& labels = {});
  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  MetricType type() const { return type_; }
  struct Sample {
    Labels labels;  // without the metric's name
    double value = 0;
  };
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  std::string name_;
  std::string help_;
  MetricType type_;
  std::vector<Sample> samples_;
};

// A value that grows while an exporter runs.
class Families {
 public:
  Family& counter(std::string name, std::string help) {
    return add(std::move(name), std::move(help), MetricType::counter);
  }
  Family& gauge(std::string name, std::string help) {
    return add(std::move(name), std::move(help), MetricType::gauge);
  }
  Family& add(std::string name, std::string help, MetricType type) {
    return families_.emplace_back(std::move(name), std::move(help), type);
  }
  std::size_t sample_count() const;
  const std::deque<Family>& all() const { return families_; }

  // Samples at `now`, each with the labels of the target (job, instance) added where it has none of that
  // name, and the metadata of each family.
  MetricBatch to_batch(LabelsView target, Millis now) const;
  // The text exposition format 0.0.4.
  std::string to_text() const;

 private:
  std::deque<Family> families_;
};

}  // namespace aloft::telemetry::discovery
