// Continue tokens as base64url of a small JSON document.
#include "api/continue_token.h"

#include "base/bytes.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

std::unexpected<Error> refused(std::string_view why) {
  return fail(Code::bad_request, fmt::format("invalid continue token: continue key is not valid: {}", why));
}

}  // namespace

std::string ContinueToken::to_string() const {
  // The zero byte makes `start` the first key behind the last one given.
  model::Object token{{"v", "meta.k8s.io/v1"}, {"rv", revision}, {"start", after + std::string(1, '\0')}};
  return base64url_encode(model::to_json(model::Value(std::move(token))));
}

Result<ContinueToken> ContinueToken::parse(std::string_view text) {
  std::string decoded;
  if (!base64url_decode(text, decoded)) return refused("illegal base64 data");
  auto document = model::parse_json(decoded);
  if (!document || !document->is_object()) {
    return refused("invalid character looking for beginning of value");
  }
  if (document->text_at("v") != "meta.k8s.io/v1")
    return refused("server does not recognize this encoded version");
  const model::Value* revision = document->at("rv");
  std::string start(document->text_at("start"));
  if (revision == nullptr || !revision->is_int() || revision->as_int() <= 0)
    return refused("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (start.empty()) return refused("encoded start key empty (version meta.k8s.io/v1)");
  if (start.back() == '\0') start.pop_back();
  return ContinueToken{revision->as_int(), std::move(start)};
}

}  // namespace aloft::api
