// See image_name.h. A name without a host belongs to the usual registry, where a path of one word stands in
// "library"; errors show the path so completed.
#include "node/image_name.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace aloft::node {

namespace {

constexpr std::size_t longest_path = 255;
constexpr std::size_t longest_tag = 128;
constexpr std::size_t shortest_digest = 32;

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> no_reference() { return fail(Code::invalid, "invalid reference format"); }

// Lower-case words joined by one dot, one or two underscores, or any number of dashes.
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower(text.front()) || !is_lower(text.back())) return false;
  for (std::size_t at = 0; at < text.size();) {
    if (is_lower(text[at])) {
      ++at;
      continue;
    }
    const char c = text[at];
    const std::size_t end = std::min(text.find_first_not_of(c, at), text.size());
    const std::size_t count = end - at;
    if (c != '-' && (c != '.' || count > 1) && (c != '_' || count > 2)) return false;
    if (end == text.size() || !is_lower(text[end])) return false;
    at = end;
  }
  return true;
}

bool is_path(std::string_view path) {
  for (;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (!is_component(path.substr(0, end))) return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    host = host.substr(end + 1);
    return host.empty() ||
           (host.size() > 1 && host[0] == ':' && std::ranges::all_of(host.substr(1), is_digit));
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || !std::ranges::all_of(port, is_digit)) return false;
    host = host.substr(0, colon);
  }
  for (;;) {
    const std::size_t end = std::min(host.find('.'), host.size());
    const std::string_view label = host.substr(0, end);
    const auto fits = [](char c) { return c != '_' && (is_word(c) || c == '-'); };
    if (label.empty() || label.front() == '-' || label.back() == '-' || !std::ranges::all_of(label, fits))
      return false;
    if (end == host.size()) return true;
    host.remove_prefix(end + 1);
  }
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= longest_tag && is_word(tag.front()) &&
         std::ranges::all_of(tag, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view digest) {
  const std::size_t colon = digest.find(':');
  if (colon == std::string_view::npos || colon == 0 || is_digit(digest.front())) return false;
  const std::string_view algorithm = digest.substr(0, colon);
  const std::string_view value = digest.substr(colon + 1);
  const auto fits = [](char c) { return is_word(c) || c == '+' || c == '.' || c == '-'; };
  return std::ranges::all_of(algorithm, fits) && value.size() >= shortest_digest &&
         std::ranges::all_of(value, is_hex);
}

}  // namespace

Result<> check_image_name(std::string_view name) {
  std::string_view rest = name;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    if (!is_digest(rest.substr(at + 1))) return no_reference();
    rest = rest.substr(0, at);
  }
  std::string path;
  const std::size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  const bool upper = std::ranges::any_of(first, [](char c) { return c >= 'A' && c <= 'Z'; });
  const bool has_host =
      slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost" || upper);
  if (has_host) {
    if (!is_host(first)) return no_reference();
    rest = rest.substr(slash + 1);
  } else if (slash == std::string_view::npos && !rest.empty()) {
    path = "library/";
  }
  const std::size_t colon = rest.find(':');
  path += rest.substr(0, colon);
  if (std::ranges::any_of(path, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return fail(Code::invalid,
                fmt::format("invalid reference format: repository name ({}) must be lowercase", path));
  }
  if (!is_path(path)) return no_reference();
  if (colon != std::string_view::npos && !is_tag(rest.substr(colon + 1))) return no_reference();
  if (path.size() > longest_path)
    return fail(Code::invalid,
                fmt::format("repository name must not be more than {} characters", longest_path));
  return {};
}

}  // namespace aloft::node
