// The descriptions of the scalar types, of which every table of fields is made in the end.
#include "model/type_info.h"

#define SCALAR(T, kind_, name_)                                 \
  template <>                                                   \
  const TypeInfo& type_info<T>() {                              \
    static constexpr TypeInfo info{Kind::kind_, name_, {}, {}}; \
    return info;                                                \
  }

namespace aloft::model {

SCALAR(bool, boolean, "bool")
SCALAR(std::int32_t, int32, "int32")
SCALAR(std::int64_t, int64, "int64")
SCALAR(std::uint32_t, uint32, "uint32")
SCALAR(std::uint64_t, uint64, "uint64")
SCALAR(double, float64, "float64")
SCALAR(std::string, string, "string")
SCALAR(std::vector<std::byte>, bytes, "bytes")
SCALAR(Timestamp, timestamp, "Time")
SCALAR(MicroTimestamp, micro_timestamp, "MicroTime")
SCALAR(ApiDuration, duration, "Duration")
SCALAR(Quantity, quantity, "Quantity")
SCALAR(IntOrString, int_or_string, "IntOrString")
SCALAR(RawJson, raw_json, "RawExtension")

}  // namespace aloft::model
