// The zlib dictionary of SPDY/3: a protocol constant, written as the specification composes it: common words
// with their lengths in front, as they stand in a header block, then texts that occur inside values.
#include <array>
#include <string>
#include <string_view>

#include "http/spdy_codec.h"

namespace aloft::http {

namespace {

constexpr std::array<std::string_view, 65> words{"options",
                                                 "head",
                                                 "post",
                                                 "put",
                                                 "delete",
                                                 "trace",
                                                 "accept",
                                                 "accept-charset",
                                                 "accept-encoding",
                                                 "accept-language",
                                                 "accept-ranges",
                                                 "age",
                                                 "allow",
                                                 "authorization",
                                                 "cache-control",
                                                 "connection",
                                                 "content-base",
                                                 "content-encoding",
                                                 "content-language",
                                                 "content-length",
                                                 "content-location",
                                                 "content-md5",
                                                 "content-range",
                                                 "content-type",
                                                 "date",
                                                 "etag",
                                                 "expect",
                                                 "expires",
                                                 "from",
                                                 "host",
                                                 "if-match",
                                                 "if-modified-since",
                                                 "if-none-match",
                                                 "if-range",
                                                 "if-unmodified-since",
                                                 "last-modified",
                                                 "location",
                                                 "max-forwards",
                                                 "pragma",
                                                 "proxy-authenticate",
                                                 "proxy-authorization",
                                                 "range",
                                                 "referer",
                                                 "retry-after",
                                                 "server",
                                                 "te",
                                                 "trailer",
                                                 "transfer-encoding",
                                                 "upgrade",
                                                 "user-agent",
                                                 "vary",
                                                 "via",
                                                 "warning",
                                                 "www-authenticate",
                                                 "method",
                                                 "get",
                                                 "status",
                                                 "200 OK",
                                                 "version",
                                                 "HTTP/1.1",
                                                 "url",
                                                 "public",
                                                 "set-cookie",
                                                 "keep-alive",
                                                 "origin"};

constexpr std::array<std::string_view, 26> texts{
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505",
    "203 Non-Authoritative Information",
    "204 No Content",
    "301 Moved Permanently",
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "500 Internal Server Error",
    "501 Not Implemented",
    "503 Service Unavailable",
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec ",
    "00:00:00 ",
    "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT",
    "chunked,",
    "text/html,",
    "image/png,",
    "image/jpg,",
    "image/gif,",
    "application/xml,application/xhtml+xml,text/plain,text/javascript,",
    "public",
    "privatemax-age=",
    "gzip,deflate,sdch",
    "charset=utf-8",
    "charset=iso-8859-1,utf-",
    ",*,enq=0."};

std::string compose() {
  std::string dictionary;
  for (const std::string_view word : words) {
    dictionary.append(3, '\0');
    dictionary.push_back(static_cast<char>(word.size()));
    dictionary += word;
  }
  for (const std::string_view text : texts) dictionary += text;
  return dictionary;
}

}  // namespace

const std::string& spdy_dictionary() {
  static const std::string dictionary = compose();
  return dictionary;
}

}  // namespace aloft::http
