// Finding the route of a request, and the small parts of an exchange that every route needs.
#include "telemetry/core/router.h"

#include <algorithm>

#include "telemetry/core/compression.h"

namespace aloft::telemetry {
namespace {

constexpr std::size_t form_limit_bytes = 16 * 1024 * 1024;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = text.find(separator, at);
    parts.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

// Segments of an encoded path, decoded one by one, so that an escaped slash stays within its segment.
std::vector<std::string> path_segments(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  std::vector<std::string> segments = split(path.substr(path.starts_with('/') ? 1 : 0), '/');
  for (std::string& segment : segments) segment = http::percent_decode(segment);
  return segments;
}

bool is_name(std::string_view segment) { return segment.starts_with('{'); }
bool is_rest(std::string_view segment) { return segment.ends_with("...}"); }
std::string_view name_of(std::string_view segment) {
  segment.remove_prefix(1);
  segment.remove_suffix(is_rest(segment) ? 4 : 1);
  return segment;
}

using Names = std::vector<std::pair<std::string, std::string>>;

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments, Names& names) {
  names.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_rest(pattern[i])) {
      std::string rest;
      for (std::size_t k = i; k < segments.size(); ++k) rest += (k > i ? "/" : "") + segments[k];
      names.emplace_back(name_of(pattern[i]), std::move(rest));
      return true;
    }
    if (i >= segments.size()) return false;
    if (is_name(pattern[i])) {
      if (segments[i].empty()) return false;
      names.emplace_back(name_of(pattern[i]), segments[i]);
    } else if (pattern[i] != segments[i]) {
      return false;
    }
  }
  return pattern.size() == segments.size();
}

// Literals go before names, names before a rest, segment by segment from the left.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto rank = [](const std::string& segment) {
    return is_rest(segment) ? 2 : is_name(segment) ? 1 : 0;
  };
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (rank(a[i]) != rank(b[i])) return rank(a[i]) < rank(b[i]);
  }
  return false;
}

}  // namespace

std::string_view Exchange::path(std::string_view name) const {
  for (const auto& [key, value] : path_) {
    if (key == name) return value;
  }
  return {};
}

io::Task<Result<http::Query>> Exchange::form() {
  http::Query query;
  if (head().method == "POST" || head().method == "PUT" || head().method == "PATCH") {
    const std::string_view type = head().headers.get("content-type");
    if (type.starts_with("application/x-www-form-urlencoded")) {
      auto text = co_await body(form_limit_bytes);
      if (!text) co_return std::unexpected<Error>(text.error());
      query = http::Query::parse(*text);
    }
  }
  for (const auto& [key, value] : head().query()) query.add(key, value);
  co_return query;
}

io::Task<Result<std::string>> Exchange::body(std::size_t limit_bytes) {
  auto raw = co_await request_.read_whole_body(limit_bytes);
  if (!raw) co_return std::unexpected<Error>(raw.error());
  co_return decode_content(head().headers.get("content-encoding"), std::move(*raw), limit_bytes);
}

io::Task<> Exchange::send(int status, std::string_view content_type, std::string body) {
  http::ResponseHead head;
  head.status = status;
  if (!content_type.empty()) head.headers.add("Content-Type", std::string(content_type));
  // A peer that has gone needs no answer.
  (void)co_await responder_.send(std::move(head), std::move(body));
}

io::Task<> Exchange::send_error(Error error) {
  http::ResponseHead head;
  head.status = http_status(error.code());
  head.headers.add("Content-Type", "text/plain; charset=utf-8");
  if (error.retry_after_seconds() > 0)
    head.headers.add("Retry-After", std::to_string(error.retry_after_seconds()));
  (void)co_await responder_.send(std::move(head), error.message() + "\n");
}

void Router::add(std::string_view methods, std::string_view pattern, Route route) {
  Entry entry;
  entry.methods = split(methods, ',');
  entry.segments = split(pattern.substr(pattern.starts_with('/') ? 1 : 0), '/');
  entry.route = std::move(route);
  // The order is kept so that the first that fits is the best; equals stay in the order of registration.
  const auto at =
      std::upper_bound(entries_.begin(), entries_.end(), entry,
                       [](const Entry& a, const Entry& b) { return more_literal(a.segments, b.segments); });
  entries_.insert(at, std::move(entry));
}

const Router::Entry* Router::find(std::string_view method, const std::vector<std::string>& segments,
                                  bool& path_known, Names& names) const {
  path_known = false;
  for (const Entry& entry : entries_) {
    if (!fits(entry.segments, segments, names)) continue;
    path_known = true;
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    if (std::find(entry.methods.begin(), entry.methods.end(), wanted) != entry.methods.end()) return &entry;
  }
  return nullptr;
}

io::Task<> Router::handle(http::Request& request, http::Responder& responder) {
  Exchange exchange(request, responder);
  const std::vector<std::string> segments = path_segments(request.head().target);
  bool path_known = false;
  const Entry* entry = find(request.head().method, segments, path_known, exchange.path_);
  if (entry == nullptr) {
    const std::string path = request.head().path();
    co_await exchange.send(path_known ? 405 : 404, "text/plain; charset=utf-8",
                           fmt::format("{} {}: {}\n", request.head().method, path,
                                       path_known ? "method not allowed" : "no such path"));
    co_return;
  }
  co_await entry->route(exchange);
}

}  // namespace aloft::telemetry
