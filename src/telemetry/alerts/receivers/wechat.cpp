// WeChat Work: a token for the application, kept for a while, and messages with it.
#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/receivers/kinds.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr Duration token_lifetime = 2h;
constexpr std::int64_t token_expired = 42001;

constexpr SecretField wechat_secrets[] = {{"api_secret", "api_secret_file"}};

std::string api(const Draft& draft, std::string_view path, const http::Query& query) {
  std::string url = draft.section.text("api_url");
  if (!url.ends_with('/')) url += '/';
  return fmt::format("{}{}?{}", url, path, query.to_string());
}

class WeChat final : public HttpNotifier {
 public:
  WeChat(ReceiverKit kit, Section section)
      : HttpNotifier(std::move(kit), std::move(section), "wechat", wechat_secrets) {}

 protected:
  io::Task<Delivery> converse(const Draft& draft) override {
    if (token_.empty() || draft.kit.loop.now() - token_since_ > token_lifetime) {
      Delivery got = co_await get_token(draft);
      if (!got.delivered) co_return got;
    }
    http::Query query;
    query.add("access_token", token_);
    std::shared_ptr<HttpCall> sending = json_call(api(draft, "message/send", query), message_of(draft));
    if (!draft.texts.error().empty()) co_return Delivery();
    const Result<HttpReply> reply = co_await call(std::move(sending));
    if (!reply) co_return Delivery::failed(true, reply.error().message());
    co_return judge(*reply);
  }

 private:
  io::Task<Delivery> get_token(const Draft& draft) {
    http::Query query;
    query.add("corpid", draft.text("corp_id"));
    query.add("corpsecret", draft.texts.text(draft.secret("api_secret")));
    if (!draft.texts.error().empty()) co_return Delivery();
    auto asking = std::make_shared<HttpCall>();
    asking->method = "GET";
    asking->url = api(draft, "gettoken", query);
    const Result<HttpReply> reply = co_await call(std::move(asking));
    if (!reply) co_return Delivery::failed(true, reply.error().message());
    const auto answer = model::parse_json(reply->body);
    if (!answer) co_return Delivery::failed(false, "gettoken: the answer is no JSON");
    std::string token(answer->text_at("access_token"));
    if (token.empty())
      co_return Delivery::failed(
          false, fmt::format("invalid APISecret for CorpID: {}", draft.section.text("corp_id")));
    token_ = std::move(token);
    token_since_ = draft.kit.loop.now();
    co_return Delivery::done();
  }

  static model::Value message_of(const Draft& draft) {
    const std::string type = draft.section.text("message_type", "text");
    model::Object content;
    content.append("content", draft.standard("message"));
    model::Object nothing;
    nothing.append("content", "");
    model::Object out;
    out.append("text", type == "markdown" ? nothing : content);
    for (const auto& [field, member] : {std::pair{"to_user", "touser"}, std::pair{"to_party", "toparty"},
                                        std::pair{"to_tag", "totag"}, std::pair{"agent_id", "agentid"}})
      add_text(out, member, draft.standard(field));
    out.append("safe", "0");
    out.append("msgtype", type);
    out.append("markdown", type == "markdown" ? content : nothing);
    return out;
  }

  Delivery judge(const HttpReply& reply) {
    if (reply.status != 200)
      return Delivery::failed(true, fmt::format("unexpected status code {}", reply.status));
    const auto answer = model::parse_json(reply.body);
    if (!answer) return Delivery::failed(true, "the answer is no JSON: " + answer.error().message());
    const auto* member = answer->at("errcode");
    const std::int64_t code = member != nullptr && member->if_int() != nullptr ? *member->if_int() : 0;
    if (code == 0) return Delivery::done();
    if (code == token_expired) token_.clear();
    return Delivery::failed(code == token_expired, std::string(answer->text_at("errmsg")));
  }

  std::string token_;
  Time token_since_{};
};

}  // namespace

std::unique_ptr<Notifier> make_wechat(ReceiverKit kit, Section section) {
  return std::make_unique<WeChat>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
