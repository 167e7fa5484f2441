// Ages, lists and container columns, which many tables share.
#include "api/tables/cells.h"

namespace aloft::api {

std::string age_of(const model::Timestamp& time, WallTime now) {
  return time.is_set() ? format_age(now - time.time()) : "<unknown>";
}

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ",")); }

std::string text_or(std::string_view text, std::string_view otherwise) {
  return std::string(text.empty() ? otherwise : text);
}

std::string first_three(const std::vector<std::string>& all) {
  constexpr std::size_t shown = 3;
  if (all.size() <= shown) return joined(all);
  return fmt::format("{} + {} more...", fmt::join(all.begin(), all.begin() + shown, ","), all.size() - shown);
}

std::string container_names(const std::vector<core::v1::Container>& containers) {
  std::vector<std::string> names;
  for (const auto& container : containers) names.push_back(container.name);
  return joined(names);
}

std::string container_images(const std::vector<core::v1::Container>& containers) {
  std::vector<std::string> images;
  for (const auto& container : containers) images.push_back(container.image);
  return joined(images);
}

}  // namespace aloft::api
