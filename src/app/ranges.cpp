// Choosing ranges once and keeping them.
#include "app/ranges.h"

#include <vector>

#include <sys/stat.h>

#include "io/file.h"
#include "model/json.h"
#include "network/pod_network.h"

namespace aloft::app {
namespace {

std::string path_of(const DataDirectory& directory) { return directory.path("ranges.json"); }

std::vector<std::string> candidates(int first, int last) {
  std::vector<std::string> ranges;
  for (int i = first; i <= last; ++i) ranges.push_back(fmt::format("10.{}.0.0/16", i));
  return ranges;
}
// The usual range first.
std::vector<std::string> pod_candidates() { return candidates(244, 254); }
std::vector<std::string> service_candidates() { return candidates(96, 127); }

Result<std::string> kept(std::string_view option, const std::string& asked, const std::string& known,
                         std::string_view whose) {
  if (asked.empty() || asked == known) return known;
  return fail(
      Code::conflict,
      fmt::format("--{} {}: the {} of this cloud have addresses of {} since its first start; leave the "
                  "option out, or start another cloud with its own --data-dir",
                  option, asked, whose, known));
}

io::Task<Result<std::string>> chosen(io::EpollLoop& loop, std::string asked, std::vector<std::string> ranges,
                                     bool on_machine, std::string own_device) {
  if (!asked.empty()) co_return asked;
  if (!on_machine) co_return ranges.front();
  co_return co_await network::find_free_range(loop, std::move(ranges), std::move(own_device));
}

}  // namespace

Result<std::optional<Ranges>> read_ranges(const DataDirectory& directory) {
  const std::string path = path_of(directory);
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return std::optional<Ranges>();
  TRY(text, io::read_file(path));
  auto document = model::parse_json(text);
  if (!document) return std::unexpected<Error>(document.error().at(path));
  Ranges ranges{std::string(document->text_at("pods")), std::string(document->text_at("services"))};
  if (ranges.pods.empty() || ranges.services.empty())
    return fail(Code::invalid, fmt::format("{}: the members pods and services are expected", path));
  return std::optional(std::move(ranges));
}

Result<> write_ranges(const DataDirectory& directory, const Ranges& ranges) {
  model::Object document;
  document.append("pods", ranges.pods);
  document.append("services", ranges.services);
  return io::write_file(path_of(directory), model::to_pretty_json(model::Value(std::move(document))) + "\n");
}

io::Task<Result<Ranges>> settle_ranges(io::EpollLoop& loop, const DataDirectory& directory, Ranges asked,
                                       bool on_machine, std::string own_device) {
  TRY_CO(known, read_ranges(directory));
  Ranges ranges;
  if (known) {
    TRY_CO(pods, kept("pod-range", asked.pods, known->pods, "pods"));
    TRY_CO(services, kept("service-range", asked.services, known->services, "services"));
    ranges.pods = std::move(pods);
    ranges.services = std::move(services);
    co_return ranges;
  }
  TRY_CO(pods, co_await chosen(loop, asked.pods, pod_candidates(), on_machine, own_device));
  TRY_CO(services, co_await chosen(loop, asked.services, service_candidates(), on_machine, own_device));
  ranges.pods = std::move(pods);
  ranges.services = std::move(services);
  co_return ranges;
}

}  // namespace aloft::app
