// Where a list that was cut by `limit` goes on: opaque to clients, in the form that upstream's servers use.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace aloft::api {

struct ContinueToken {
  store::Revision revision = 0;  // the state that the list shows
  std::string after;             // the last key given, behind the list's prefix
  std::string to_string() const;
  // Error: bad_request.
  static Result<ContinueToken> parse(std::string_view text);
};

}  // namespace aloft::api
