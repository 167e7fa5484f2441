// Child processes: started without a shell, awaited through a pidfd on the loop, and not left behind.
#pragma once

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::io {

struct Command {
  std::vector<std::string> arguments;  // the first names the program, searched in PATH when it has no slash
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours
  std::string directory;                                         // empty: ours
  enum class Output {
    inherit,
    discard,
    pipe,
    file
  } output = Output::inherit;   // of stdout and stderr together
  std::string output_file;      // appended to, for Output::file
  bool pipe_input = false;      // otherwise it reads /dev/null
  bool die_with_parent = true;  // SIGKILL to the child when the thread that started it ends
  bool new_group = true;        // its own process group, so that a terminal's ^C does not reach it
};

struct ExitStatus {
  int code = 0;    // exit code, or 128 + signal
  int signal = 0;  // 0 when it exited by itself
};

// A running child. Lives on one loop. Destroying it kills (SIGKILL) and reaps a child that still runs, unless
// disown() was called.
class Child {
 public:
  static Result<std::unique_ptr<Child>> start(EpollLoop& loop, const Command& command);
  virtual ~Child() = default;
  virtual pid_t pid() const = 0;
  virtual Task<ExitStatus> wait() = 0;
  virtual void signal(int number) = 0;
  virtual void disown() = 0;
  virtual Stream* input() = 0;   // null unless pipe_input
  virtual Stream* output() = 0;  // null unless Output::pipe
};

struct CommandResult {
  ExitStatus status;
  std::string output;  // stdout and stderr
};

// Runs a command to its end, feeds it `input`, and collects at most `limit_bytes` of its output. A non-zero
// exit is not an error of this function; failing to start is.
Task<Result<CommandResult>> run_command(EpollLoop& loop, Command command, std::string input = {},
                                        std::size_t limit_bytes = 4 * 1024 * 1024);

}  // namespace aloft::io
