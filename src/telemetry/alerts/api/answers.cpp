// Answers across loops.
#include "telemetry/alerts/api/answers.h"

#include "model/json.h"

namespace aloft::telemetry::alerts {
namespace {

io::Task<Answer> call(Compute compute) { co_return compute(); }

}  // namespace

Answer Answer::text_error(int status, std::string_view message) {
  std::string body;
  model::append_json_string(body, message);
  return {status, body + "\n", "application/json"};
}

Answer Answer::body_error(const Error& error) {
  // The numbers are those of go-openapi.
  const bool missing = error.code() == Code::invalid;
  const bool too_few = missing && error.message().ends_with(" items");
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("code").number(std::int64_t{!missing ? 400 : too_few ? 612 : 602});
  json.key("message").string(error.message()).end_object();
  return {missing ? 422 : 400, std::move(body), "application/json"};
}

Answer Answer::api_error(int status, std::string_view kind, std::string_view message) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .key("status")
      .string("error")
      .key("errorType")
      .string(kind)
      .key("error")
      .string(message)
      .end_object();
  return {status, std::move(body), "application/json"};
}

io::Task<> send_answer(Exchange& exchange, Answer answer) {
  if (answer.body.empty()) {
    co_await exchange.send_nothing(answer.status);
  } else {
    co_await exchange.send(answer.status, answer.type, std::move(answer.body));
  }
}

io::Task<> answer(Exchange& exchange, Between between, Compute compute) {
  std::move_only_function<io::Task<Answer>()> remote = [compute = std::move(compute)]() mutable {
    return call(std::move(compute));
  };
  io::Task<Answer> asking = io::run_on<Answer>(between.server, between.alerts, std::move(remote));
  Answer result = co_await std::move(asking);
  co_await send_answer(exchange, std::move(result));
}

void write_labels(JsonWriter& json, const LabelMap& labels) {
  json.begin_object();
  for (const auto& [name, value] : labels) json.key(name).string(value);
  json.end_object();
}

bool read_flag(const http::Query& query, std::string_view name, bool& value) {
  const auto given = query.get(name);
  if (!given || given->empty()) return true;
  const bool yes = *given == "true" || *given == "1" || *given == "t" || *given == "T" || *given == "TRUE" ||
                   *given == "True";
  const bool no = *given == "false" || *given == "0" || *given == "f" || *given == "F" || *given == "FALSE" ||
                  *given == "False";
  if (yes || no) value = yes;
  return yes || no;
}

}  // namespace aloft::telemetry::alerts
