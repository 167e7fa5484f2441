// DNS messages come from every pod and from name servers of the internet: whatever comes is read or refused,
// what is answered to it can be read again, and answers stay within their limit.
#include "base/ensure.h"
#include "network/dns_message.h"
#include "network/dns_zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft;
  using namespace aloft::network;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  if (const auto query = read_dns_query(message)) {
    DnsZone zone("cluster.local");
    zone.add_namespace("shop");
    const auto known = zone.answer(query->name, query->type);
    const std::string answer = write_dns_answer(*query, known.value_or(DnsAnswer()), query->answer_limit);
    ensure(answer.size() <= query->answer_limit, "an answer is not longer than its limit");
    ensure(answer.substr(0, 2) == message.substr(0, 2), "an answer has the id of its query");
    const auto reply = read_dns_reply(answer);
    ensure(reply && !reply->truncated, "what is written can be read");
    const std::string question = write_dns_question(query->id, query->name, query->type);
    const auto again = read_dns_query(question);
    ensure(again && again->name == query->name && again->type == query->type,
           "a question survives forwarding");
  } else {
    const std::string refusal = refuse_dns_message(message);
    ensure(refusal.empty() || refuse_dns_message(refusal).empty(), "a refusal is not refused in turn");
  }
  if (const auto reply = read_dns_reply(message)) {
    DnsAnswer answer;
    answer.answers = reply->answers;
    const std::string written = write_dns_answer(DnsQuery(), answer, 65535);
    const auto again = read_dns_reply(written);
    ensure(again && (again->truncated || again->answers == reply->answers),
           "records read back as they were written");
  }
  return 0;
}
