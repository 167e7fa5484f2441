// What the query string (and the body of DELETE) says about an operation, checked as upstream checks it.
#pragma once

#include <string>

#include "api/exchange.h"
#include "api/registry.h"
#include "api/watch.h"
#include "base/result.h"

namespace aloft::api {

// `options_kind` names the options in errors: CreateOptions, UpdateOptions, PatchOptions.
Result<WriteOptions> read_write_options(const Exchange& exchange, std::string_view options_kind);
// Options and body of a POST or PUT, with the body's format. Errors as above, unsupported_media_type,
// too_large.
struct WriteRequest {
  WriteOptions options;
  std::string body;
};
io::Task<Result<WriteRequest>> read_write_request(Exchange& exchange, std::string_view options_kind);

// `body` is empty or a DeleteOptions.
Result<RemoveOptions> read_remove_options(const Exchange& exchange, std::string_view body, BodyFormat format);
Result<ListQuery> read_list_query(const Exchange& exchange, const Resource& resource);
// `random` spreads the ends of watches for which the client sets none.
Result<WatchQuery> read_watch_query(const Exchange& exchange, const Resource& resource, Random& random);

}  // namespace aloft::api
