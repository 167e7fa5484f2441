// Access tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4): fetched when first needed, kept
// until they are about to expire.
#pragma once

#include <memory>
#include <string>

#include "io/event.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/scrape/targets/fetcher.h"

namespace aloft::telemetry::scrape {

// Lives on one loop. The fetcher is for the giver of tokens alone.
class OAuthTokens {
 public:
  OAuthTokens(io::Loop& loop, io::Pool& pool, HttpOAuth2 settings, std::unique_ptr<Fetcher> fetcher)
      : loop_(loop),
        pool_(pool),
        settings_(std::move(settings)),
        fetcher_(std::move(fetcher)),
        fetched_(loop) {}
  // The value of the Authorization field. Several callers wait for one request. Error: naming the URL of the
  // giver.
  io::Task<Result<std::string>> authorization();
  // The token was not accepted: the next call fetches another.
  void drop() { token_.clear(); }

 private:
  enum class Where { header, body };  // of the client's credentials
  io::Task<Result<>> fetch();
  io::Task<Result<FetchedPage>> ask(std::string secret, Where where);
  Result<> understand(const FetchedPage& page);

  io::Loop& loop_;
  io::Pool& pool_;
  HttpOAuth2 settings_;
  std::unique_ptr<Fetcher> fetcher_;
  std::string token_;
  Time good_until_{};
  bool fetching_ = false;
  io::WaitList fetched_;
};

}  // namespace aloft::telemetry::scrape
