// From types to kinds and from structs to the text of a request.
#include "client/typed.h"

#include "base/ensure.h"
#include "model/kinds/all.h"

namespace aloft::client {

const model::KindInfo& kind_of(const model::TypeInfo& type) {
  const auto kinds = model::all_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&type](const model::KindInfo& kind) { return kind.type == &type; });
  ensure(found != kinds.end(), "the type is the struct of a kind");
  return *found;
}

Resource resource_of(const model::KindInfo& kind) {
  return {std::string(kind.group), std::string(kind.version), std::string(kind.plural)};
}

std::string encode_object(const model::KindInfo& kind, const void* object) {
  std::string text = fmt::format(R"({{"kind":"{}","apiVersion":"{}",)", kind.kind, kind.gvk().api_version());
  const std::size_t start = text.size();
  model::append_json(text, *kind.type, object);
  text.erase(start, 1);
  if (text.back() == '}' && text[text.size() - 2] == ',') text.erase(text.size() - 2, 1);
  return text;
}

}  // namespace aloft::client
