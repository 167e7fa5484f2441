// The store's state as readers see it: one immutable value that every flush, merge and deletion replaces.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/logs/store/block.h"
#include "telemetry/logs/store/head.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {

struct ActiveDeletion {
  DeletionRequest request;
  std::uint64_t through_block = 0;
  std::shared_ptr<const DeletionFilter> filter;
};

struct TenantState {
  std::vector<std::shared_ptr<const Block>> blocks;  // by id
  std::vector<std::shared_ptr<const ActiveDeletion>> deletions;
};

struct StoreState {
  // Oldest first; the last one takes writes.
  std::vector<std::shared_ptr<const Generation>> generations;
  std::map<std::string, TenantState, std::less<>> tenants;
};

// True when the deletion may cover rows of this block.
bool touches(const ActiveDeletion& deletion, const Block& block);
// Removes the rows that one of the deletions covers.
void remove_deleted(const std::vector<std::shared_ptr<const ActiveDeletion>>& deletions,
                    std::uint64_t block_id, LabelsView stream, std::vector<Row>& rows);

std::unique_ptr<Scan> make_scan(std::shared_ptr<const StoreState> state, ScanRequest request);
std::vector<Labels> select_streams(const StoreState& state, std::string_view tenant,
                                   const std::vector<Matcher>& matchers, std::int64_t start_ns,
                                   std::int64_t end_ns);

}  // namespace aloft::telemetry::logs
