// The layout of a table of spans as bytes: "ATB1", u32 CRC of the directory, its length, the directory, the
// sections one after another. A directory entry: kind, key (attribute sections), type, flags, stored and raw
// length, CRC of what is stored. For the sources of this folder only.
#pragma once

#include <cstdint>
#include <string_view>

namespace aloft::telemetry::traces {

inline constexpr std::string_view table_magic = "ATB1";

enum class Section : std::uint8_t {
  shape,  // counts, trace ids and rows
  strings,
  ids,  // span ids
  parents,
  times,
  names,
  kinds,
  origins,  // resources and scopes
  status_messages,
  rare,  // trace states, flags, dropped counts
  events,
  links,
  span_attribute,
  event_attribute,
  link_attribute
};
inline constexpr std::uint8_t last_section = static_cast<std::uint8_t>(Section::link_attribute);

}  // namespace aloft::telemetry::traces
