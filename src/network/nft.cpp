// Runs nft and gives on what it says.
#include "network/nft.h"

#include "io/process.h"

namespace aloft::network {

io::Task<Result<>> load_ruleset(io::EpollLoop& loop, std::string script) {
  io::Command command;
  command.arguments = {"nft", "-f", "-"};
  auto result = co_await io::run_command(loop, std::move(command), std::move(script));
  if (!result) co_return std::unexpected<Error>(result.error());
  if (result->status.code != 0) {
    // nft quotes every line that it refuses; the first says what is wrong.
    constexpr std::size_t shown = 500;
    co_return fail(Code::internal, fmt::format("nft: {}", result->output.substr(0, shown)));
  }
  co_return Result<>();
}

}  // namespace aloft::network
