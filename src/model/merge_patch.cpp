// Merge patch: null removes, objects merge, everything else replaces.
#include <fmt/format.h>

#include "model/patch.h"
#include "model/patch_text.h"

namespace aloft::model {
namespace {

void merge(Value& target, const Value& patch) {
  const Object* changes = patch.if_object();
  if (changes == nullptr) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Object();
  Object& members = target.as_object();
  for (const auto& [name, change] : *changes) {
    if (change.is_null()) {
      members.erase(name);
    } else {
      merge(members[name], change);
    }
  }
}

}  // namespace

Value apply_merge_patch(Value target, const Value& patch) {
  merge(target, patch);
  return target;
}

Result<> check_merge_patch(const Value& patch) {
  if (patch.is_object()) return {};
  return fail(
      Code::bad_request,
      fmt::format(
          "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
          go_json_type(patch)));
}

}  // namespace aloft::model
