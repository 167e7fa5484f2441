// The first bytes that kubectl 1.32 and kube-apiserver exchanged over a WebSocket, from the recordings beside
// the checkout. Absent recordings are an empty answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aloft::http::testing {

struct RecordedFrame {
  bool from_client = false;
  std::string bytes;  // one or more WebSocket frames as they were on the wire, perhaps cut at the end
};

// The frames of the first recorded case of that name.
std::vector<RecordedFrame> recorded_frames(const std::string& path, std::string_view case_name);

}  // namespace aloft::http::testing
