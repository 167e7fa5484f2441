// The version document.
#include "api/version.h"

#include "model/json.h"
#include "model/value.h"

namespace aloft::api {

std::string git_version() {
  return fmt::format("v{}.{}.0+aloft-{}", kubernetes_major, kubernetes_minor, aloft_version);
}

std::string version_json() {
  const model::Value document(model::Object{{"major", kubernetes_major},
                                            {"minor", kubernetes_minor},
                                            {"gitVersion", git_version()},
                                            {"gitCommit", ""},
                                            {"gitTreeState", "clean"},
                                            {"buildDate", "1970-01-01T00:00:00Z"},
                                            {"goVersion", "none"},
                                            {"compiler", "clang"},
                                            {"platform", "linux/amd64"}});
  return model::to_json(document);
}

}  // namespace aloft::api
