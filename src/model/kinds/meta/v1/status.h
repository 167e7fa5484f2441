// The answer of the API when there is no object to give: success, or what went wrong and where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/list_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct StatusCause {
  std::string reason;
  std::string message;
  std::string field;
  bool operator==(const StatusCause&) const = default;
};

struct StatusDetails {
  std::string name;
  std::string group;
  std::string kind;
  std::string uid;
  std::vector<StatusCause> causes;
  std::int32_t retryAfterSeconds = 0;
  bool operator==(const StatusDetails&) const = default;
};

struct Status {
  ListMeta metadata;
  std::string status;
  std::string message;
  std::string reason;
  model::Box<StatusDetails> details;
  std::int32_t code = 0;
  bool operator==(const Status&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::StatusCause)
DECLARE_TYPE(meta::v1::StatusDetails)
DECLARE_TYPE(meta::v1::Status)
