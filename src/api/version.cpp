// The version document.
#include "api/version.h"

#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

#if defined(__clang__)
constexpr std::string_view compiler = "clang";
#else
constexpr std::string_view compiler = "gcc";
#endif

#if defined(__aarch64__)
constexpr std::string_view platform = "linux/arm64";
#else
constexpr std::string_view platform = "linux/amd64";
#endif

}  // namespace

std::string git_version() {
  return fmt::format("v{}.{}.0+aloft-{}", kubernetes_major, kubernetes_minor, aloft_version);
}

std::string version_json() {
  // Commit, date and Go's version belong to the form; builds are repeatable, so they carry none of them.
  const model::Value document(model::Object{{"major", kubernetes_major},
                                            {"minor", kubernetes_minor},
                                            {"gitVersion", git_version()},
                                            {"gitCommit", ""},
                                            {"gitTreeState", ""},
                                            {"buildDate", "1970-01-01T00:00:00Z"},
                                            {"goVersion", "none"},
                                            {"compiler", compiler},
                                            {"platform", platform}});
  return model::to_json(document);
}

}  // namespace aloft::api
