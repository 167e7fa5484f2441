// The options of the API verbs, as query parameters or as the body of a delete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct Preconditions {
  std::optional<std::string> uid;
  std::optional<std::string> resourceVersion;
  bool operator==(const Preconditions&) const = default;
};

struct DeleteOptions {
  std::optional<std::int64_t> gracePeriodSeconds;
  model::Box<Preconditions> preconditions;
  std::optional<bool> orphanDependents;
  std::optional<std::string> propagationPolicy;
  std::vector<std::string> dryRun;
  std::optional<bool> ignoreStoreReadErrorWithClusterBreakingPotential;
  bool operator==(const DeleteOptions&) const = default;
};

struct CreateOptions {
  std::vector<std::string> dryRun;
  std::string fieldManager;
  std::string fieldValidation;
  bool operator==(const CreateOptions&) const = default;
};

struct UpdateOptions {
  std::vector<std::string> dryRun;
  std::string fieldManager;
  std::string fieldValidation;
  bool operator==(const UpdateOptions&) const = default;
};

struct PatchOptions {
  std::vector<std::string> dryRun;
  std::optional<bool> force;
  std::string fieldManager;
  std::string fieldValidation;
  bool operator==(const PatchOptions&) const = default;
};

struct GetOptions {
  std::string resourceVersion;
  bool operator==(const GetOptions&) const = default;
};

struct ListOptions {
  std::string labelSelector;
  std::string fieldSelector;
  bool watch = false;
  bool allowWatchBookmarks = false;
  std::string resourceVersion;
  std::string resourceVersionMatch;
  std::optional<std::int64_t> timeoutSeconds;
  std::int64_t limit = 0;
  std::string continue_;
  std::optional<bool> sendInitialEvents;
  bool operator==(const ListOptions&) const = default;
};

struct TableOptions {
  std::string includeObject;
  bool operator==(const TableOptions&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::Preconditions)
DECLARE_TYPE(meta::v1::DeleteOptions)
DECLARE_TYPE(meta::v1::CreateOptions)
DECLARE_TYPE(meta::v1::UpdateOptions)
DECLARE_TYPE(meta::v1::PatchOptions)
DECLARE_TYPE(meta::v1::GetOptions)
DECLARE_TYPE(meta::v1::ListOptions)
DECLARE_TYPE(meta::v1::TableOptions)
