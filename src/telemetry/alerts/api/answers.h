// How the interfaces of alerts answer: computed on the alerts' loop, sent on the server's.
#pragma once

#include <functional>
#include <string>

#include "io/cross.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::alerts {

struct Answer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  static Answer json(std::string body) { return {200, std::move(body), "application/json"}; }
  // The v2 interface words its errors as one JSON string.
  static Answer text_error(int status, std::string_view message);
  // What the v2 interface says of a body that cannot be read (bad_request) or lacks something (invalid).
  static Answer body_error(const Error& error);
  // The v1 interface: {"status":"error",...}.
  static Answer api_error(int status, std::string_view kind, std::string_view message);
};

using Compute = std::move_only_function<Answer()>;

// Two loops: where requests are served and where alerts live.
struct Between {
  io::Loop& server;
  io::Loop& alerts;
};

// Computes on the alerts' loop and sends.
io::Task<> answer(Exchange& exchange, Between between, Compute compute);
io::Task<> send_answer(Exchange& exchange, Answer answer);

void write_labels(JsonWriter& json, const LabelMap& labels);
// A boolean parameter; the fallback when it is absent. False when it is malformed.
bool read_flag(const http::Query& query, std::string_view name, bool& value);

}  // namespace aloft::telemetry::alerts
