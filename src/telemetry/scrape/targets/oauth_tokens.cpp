// Asking for tokens.
#include "telemetry/scrape/targets/oauth_tokens.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/file.h"
#include "io/timeout.h"
#include "model/json.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Duration token_patience = 30s;
constexpr Duration early = 10s;            // before it expires a token is not used any more
constexpr Duration unlimited = 365 * 24h;  // of a token that does not tell
constexpr std::size_t token_answer_limit_bytes = 1024 * 1024;
constexpr std::size_t shown_of_refusal = 200;

Result<std::string> secret_of(const HttpOAuth2& settings) {
  if (settings.client_secret_file.empty()) return settings.client_secret;
  TRY(text, io::read_file(settings.client_secret_file, token_answer_limit_bytes));
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

io::Task<Result<std::string>> OAuthTokens::authorization() {
  for (;;) {
    if (!token_.empty() && loop_.now() < good_until_) co_return token_;
    if (!fetching_) break;
    co_await fetched_.wait();
  }
  // Whoever waits is woken also when this task is dropped.
  struct Fetching {
    explicit Fetching(OAuthTokens& o) : owner(o) { owner.fetching_ = true; }
    Fetching(const Fetching&) = delete;
    ~Fetching() {
      owner.fetching_ = false;
      owner.fetched_.notify_all();
    }
    OAuthTokens& owner;
  };
  const Fetching fetching(*this);
  auto done = co_await fetch();
  if (!done) co_return fail(done.error().at(fmt::format("token from {}", settings_.token_url)));
  co_return token_;
}

io::Task<Result<>> OAuthTokens::fetch() {
  auto read = [settings = settings_] { return secret_of(settings); };
  auto secret = co_await pool_.run(loop_, std::move(read));
  if (!secret) co_return fail(std::move(secret).error());
  // The field is what the standard demands; some givers read the body only.
  auto page = co_await ask(*secret, Where::header);
  if (page && page->status >= 400 && page->status < 500) page = co_await ask(*secret, Where::body);
  if (!page) co_return fail(std::move(page).error());
  co_return understand(*page);
}

io::Task<Result<FetchedPage>> OAuthTokens::ask(std::string secret, Where where) {
  HttpClientConfig ignored;
  auto url = parse_url(settings_.token_url, ignored);
  if (!url) co_return fail(std::move(url).error());
  http::Query form;
  form.add("grant_type", "client_credentials");
  if (!settings_.scopes.empty()) form.add("scope", fmt::format("{}", fmt::join(settings_.scopes, " ")));
  for (const auto& [name, value] : settings_.endpoint_params) form.add(name, value);
  FetchRequest request;
  request.method = "POST";
  request.scheme = url->scheme;
  request.address = url->address;
  request.path = url->path;
  request.body_limit_bytes = token_answer_limit_bytes;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  if (where == Where::header) {
    request.headers.add("Authorization", "Basic " + base64_encode(http::percent_encode(settings_.client_id) +
                                                                  ":" + http::percent_encode(secret)));
  } else {
    form.add("client_id", settings_.client_id);
    form.add("client_secret", secret);
  }
  request.body = form.to_string();
  io::Task<Result<FetchedPage>> fetching = fetcher_->fetch(std::move(request));
  auto page = co_await io::within(loop_, token_patience, std::move(fetching));
  if (!page) co_return fail(Code::timeout, "no answer in time");
  co_return std::move(*page);
}

Result<> OAuthTokens::understand(const FetchedPage& page) {
  if (page.status != 200)
    return fail(Code::unavailable, fmt::format("HTTP status {}: {}", page.status,
                                               std::string_view(page.body).substr(0, shown_of_refusal)));
  // What is wrong with it may hold the token, so the text is not shown.
  auto document = model::parse_json(page.body);
  if (!document || document->text_at("access_token").empty())
    return fail(Code::unavailable, "the answer holds no access_token");
  const std::string_view type = document->text_at("token_type");
  const bool bearer = type.empty() || type == "bearer" || type == "Bearer" || type == "BEARER";
  token_ = fmt::format("{} {}", bearer ? "Bearer" : type, document->text_at("access_token"));
  const model::Value* lifetime = document->at("expires_in");
  const bool told = lifetime != nullptr && lifetime->is_number();
  const Duration lasts =
      told ? std::chrono::seconds(static_cast<std::int64_t>(lifetime->as_double())) : unlimited;
  good_until_ = loop_.now() + std::max(lasts - early, Duration(1s));
  return {};
}

}  // namespace aloft::telemetry::scrape
