// Reading a configuration document of texts (yaml_text.h) field by field, strictly: what nobody asks for is
// an error. For this module's sources only.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/value.h"

namespace aloft::telemetry::scrape {

// The first mistake of a document; later ones are not looked at.
struct ConfigProblem {
  std::string path;
  std::string what;
  bool found = false;
  void report(std::string where, std::string why) {
    if (found) return;
    path = std::move(where);
    what = std::move(why);
    found = true;
  }
};

// A mapping of the document. Each reader leaves its target alone when the field is missing or null.
class Section {
 public:
  // A null `value` is an empty mapping.
  Section(const model::Value* value, std::string path, ConfigProblem& problem);
  // Reports fields that nobody took.
  void finish();

  const model::Value* take(std::string_view name);
  bool has(std::string_view name) const;
  void text(std::string_view name, std::string& out);
  void flag(std::string_view name, bool& out);
  void count(std::string_view name, std::uint64_t& out);
  void bytes(std::string_view name, std::uint64_t& out);
  void duration(std::string_view name, Duration& out);
  void texts(std::string_view name, std::vector<std::string>& out);
  // name: value pairs, in the document's order.
  void pairs(std::string_view name, std::vector<std::pair<std::string, std::string>>& out);
  void section(std::string_view name, const std::function<void(Section&)>& read);
  void each(std::string_view name, const std::function<void(Section&)>& read);
  // Known to Prometheus, without effect here.
  void ignore(std::string_view name, std::vector<std::string>& warnings);
  // Known to Prometheus, and wrong to accept without acting on it.
  void refuse(std::string_view name, std::string_view why);

  void report(std::string_view field, std::string why);
  std::string path_of(std::string_view field) const;
  ConfigProblem& problem() { return problem_; }
  const std::string& path() const { return path_; }
  const model::Object* object() const { return object_; }

 private:
  const model::Object* object_ = nullptr;
  std::string path_;
  ConfigProblem& problem_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace aloft::telemetry::scrape
