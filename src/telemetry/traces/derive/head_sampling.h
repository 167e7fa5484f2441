// Sampling when spans arrive: a share of all traces, decided by the trace id alone, so that every part of a
// system and every batch of a trace decides alike.
#pragma once

#include <map>
#include <string>

#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::traces {

struct HeadSamplingSettings {
  double probability = 1;                                 // of traces that are kept
  std::map<std::string, double, std::less<>> by_service;  // service.name to its own probability
};

// True when a trace belongs to the kept share.
bool is_sampled(const TraceId& id, double probability);

class HeadSampler final : public Processor<SpanBatch> {
 public:
  HeadSampler(HeadSamplingSettings settings, Metrics& metrics);
  std::string_view name() const override { return "head sampling"; }
  void process(SpanBatch& batch) override;

 private:
  HeadSamplingSettings settings_;
  Counter& dropped_;
};

}  // namespace aloft::telemetry::traces
