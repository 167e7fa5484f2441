// The recorded protocol cases: what a real API server answered to our own requests, this one must answer too.
// Left out of the comparison is what cannot be equal (ids, times, revisions), and each difference that is
// meant has a line below.
#include <cctype>

#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "model/json.h"
#include "model/testing/golden.h"

namespace aloft::api::testing {
namespace {

using model::Value;

// Cases whose answer differs on purpose, and why.
struct Difference {
  std::string_view name;
  std::string_view why;
};
constexpr Difference differences[] = {
    {"CR create defaulted", "custom resources are not served"},
    {"CR invalid", "custom resources are not served"},
    {"CR table", "custom resources are not served"},
    {"CR strategic patch 415", "custom resources are not served"},
    {"healthz", "the parts of the process are others"},
    {"livez", "the parts of the process are others"},
    {"readyz", "the parts of the process are others"},
    {"root", "fewer groups are served"},
    {"anonymous-ish version", "the version is our own"},
    {"bad continue", "tokens that are no base64 are refused one step earlier"},
    {"delete unscheduled pod", "in the recording a scheduler and an agent had been at work"},
    {"SSAR", "nobody owns fields of an answer that is not stored"},
    {"token request", "a token is signed with another key"},
    {"SSRR", "the rules of this server are its own"},
    {"watch rv=1 (too old?)", "history here reaches back to the first revision"},
};

bool differs(std::string_view name) {
  return std::ranges::any_of(differences,
                             [name](const Difference& difference) { return difference.name == name; });
}

bool is_volatile(std::string_view key) {
  constexpr std::string_view keys[] = {"uid",  "resourceVersion",    "creationTimestamp", "deletionTimestamp",
                                       "time", "remainingItemCount", "continue",          "description"};
  return std::ranges::find(keys, key) != std::end(keys);
}

bool is_id_character(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '-'; }

// Words of messages that are an id or a revision become "#".
std::string masked(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_id_character(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    const bool number = !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
    if (word.size() == 36 || (number && word.size() >= 1)) {
      out += '#';
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// The value without what no two servers agree on.
Value comparable(const Value& value) {
  if (const auto* object = value.if_object()) {
    std::map<std::string, Value> members;
    for (const auto& [key, member] : *object) {
      if (is_volatile(key)) continue;
      members[key] =
          key == "message" && member.is_string() ? Value(masked(member.as_string())) : comparable(member);
      for (const std::string_view prefix : {"gen-", "kube-api-access-"}) {
        if (key == "name" && member.is_string() && member.as_string().starts_with(prefix))
          members[key] = prefix;
      }
    }
    model::Object out;
    for (auto& [key, member] : members) out.append(key, std::move(member));
    return out;
  }
  if (const auto* array = value.if_array()) {
    model::Array out;
    for (const Value& element : *array) {
      Value one = comparable(element);
      // The recorded server was OpenShift's, which mounts one more file; and it names some causes twice.
      const bool foreign = one.text_at("configMap", "name") == "openshift-service-ca.crt";
      const bool again = !one.text_at("reason").empty() && std::ranges::find(out, one) != out.end();
      if (!foreign && !again) out.push_back(std::move(one));
    }
    return out;
  }
  return value;
}

// Each line of a stream on its own.
Value lines(std::string_view text) {
  model::Array out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (auto line = model::parse_json(text.substr(0, end))) out.push_back(std::move(*line));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string shown(const Value& value) { return model::to_pretty_json(comparable(value)); }

class Protocol : public ::testing::Test {
 protected:
  // What the recording found there before some of its requests.
  void prepare(std::string_view name) {
    if (name == "graceful delete of bound pod") {
      make_pod("gp");
      make_pod("up");
    } else if (name == "delete with finalizer") {
      post(R"({"metadata":{"name":"fin","finalizers":["e.io/x"]}})");
    } else if (name == "list page 1 (limit=3)") {
      for (int i = 0; i < 7; ++i)
        post(fmt::format(R"({{"metadata":{{"name":"pg{}","labels":{{"pg":"1"}}}}}})", i));
    }
  }
  void make_pod(std::string_view name) {
    const Reply made =
        api_.send("POST", "/api/v1/namespaces/vec3/pods",
                  fmt::format(R"({{"metadata":{{"name":"{}"}},"spec":{{"nodeName":"vecnode","containers":[{{)"
                              R"("name":"c","image":"x"}}]}}}})",
                              name),
                  {{"User-Agent", "Python-urllib/3.11"}});
    EXPECT_EQ(made.status, 201) << made.body;
  }
  void post(std::string body) {
    const Reply made = api_.send("POST", "/api/v1/namespaces/vec3/configmaps", std::move(body),
                                 {{"User-Agent", "Python-urllib/3.11"}});
    EXPECT_EQ(made.status, 201) << made.body;
  }
  // The last page's token, in place of the recorded one.
  std::string target_of(const Value& request) const {
    std::string target(request.text_at("path"));
    const std::size_t at = target.find("continue=eyJ");
    return at == std::string::npos ? target : target.substr(0, at) + "continue=" + continue_token_;
  }
  Reply replay(const Value& request) {
    const Value* body = request.at("body");
    std::string text = body == nullptr || body->is_null() ? ""
                       : body->is_string()                ? body->as_string()
                                                          : model::to_json(*body);
    http::Headers headers{{"User-Agent", "Python-urllib/3.11"}};
    if (!request.text_at("contentType").empty())
      headers.add("Content-Type", std::string(request.text_at("contentType")));
    if (!request.text_at("accept").empty()) headers.add("Accept", std::string(request.text_at("accept")));
    Reply reply = api_.send(std::string(request.text_at("method")), target_of(request), std::move(text),
                            std::move(headers));
    const Value document = reply.json();
    if (const auto token = document.text_at("metadata", "continue"); !token.empty()) continue_token_ = token;
    return reply;
  }

  TestApi api_;
  std::string continue_token_;
};

TEST_F(Protocol, recorded_requests_are_answered_as_they_were_recorded) {
  ALOFT_GOLDEN(cases, "protocol.json");
  api_.make_namespace("default");
  api_.make_namespace("vec3");
  for (const Value& one : cases->as_array()) {
    const std::string name(one.text_at("desc"));
    SCOPED_TRACE(name);
    prepare(name);
    const Reply reply = replay(*one.at("request"));
    if (differs(name)) continue;
    EXPECT_EQ(reply.status, one.at("status")->as_int()) << reply.body;
    for (const auto& [header, value] : one.at("headers")->as_object()) {
      EXPECT_EQ(reply.headers.get(header), value.as_string()) << header;
    }
    const Value& expected = *one.at("body");
    if (!expected.is_string()) {
      EXPECT_EQ(shown(reply.json()), shown(expected)) << reply.body;
    } else if (expected.as_string().starts_with("{")) {
      // The recording keeps the beginning of a stream.
      const Value recorded = lines(expected.as_string());
      Value ours = lines(reply.body);
      if (ours.as_array().size() > recorded.as_array().size())
        ours.as_array().resize(recorded.as_array().size());
      EXPECT_EQ(shown(ours), shown(recorded));
    }
  }
}

}  // namespace
}  // namespace aloft::api::testing
