// Lease: who holds a role, and until when; also the heartbeat of a node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::coordination::v1 {

struct LeaseSpec {
  std::optional<std::string> holderIdentity;
  std::optional<std::int32_t> leaseDurationSeconds;
  std::optional<model::MicroTimestamp> acquireTime;
  std::optional<model::MicroTimestamp> renewTime;
  std::optional<std::int32_t> leaseTransitions;
  std::optional<std::string> strategy;
  std::optional<std::string> preferredHolder;
  bool operator==(const LeaseSpec&) const = default;
};

struct Lease {
  meta::v1::ObjectMeta metadata;
  LeaseSpec spec;
  bool operator==(const Lease&) const = default;
};

}  // namespace aloft::coordination::v1

DECLARE_TYPE(coordination::v1::LeaseSpec)
DECLARE_TYPE(coordination::v1::Lease)
