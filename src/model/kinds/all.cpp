// The list of kinds: names, scope, subresources and rules of each. A kind that is not listed is not served.
#include "model/kinds/all.h"

#include "model/kinds/listing.h"

namespace aloft::model {

std::span<const KindInfo> all_kinds() {
  static const std::vector<KindInfo> kinds = [] {
    std::vector<KindInfo> list;
    add_core_kinds(list);
    add_group_kinds(list);
    add_body_kinds(list);
    return list;
  }();
  return kinds;
}

const KindInfo* find_kind(std::string_view group, std::string_view version, std::string_view kind) {
  for (const KindInfo& info : all_kinds()) {
    if (info.kind == kind && info.group == group && info.version == version) return &info;
  }
  return nullptr;
}

}  // namespace aloft::model
