// Child processes over vfork, execve and pidfd. Everything that allocates happens before the fork; between
// fork and exec the child shares our memory and only makes system calls.
#include "io/process.h"

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/net.h"
#include "io/scope.h"

extern char** environ;

namespace aloft::io {
namespace {

// A descriptor of 3 or more, so that it never stands where the child's standard ones go.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int fd) : fd_(fd) {
    if (fd_ >= 0 && fd_ <= 2) {
      fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
      ::close(fd);
    }
  }
  Handle(Handle&& other) noexcept : fd_(other.release()) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// All that the child needs, laid out before the fork.
struct Plan {
  std::vector<std::string> programs;  // candidates, in the order of PATH
  std::vector<std::string> environment;
  std::vector<char*> argument_pointers;
  std::vector<char*> environment_pointers;
  std::vector<const char*> program_pointers;  // ends with null
  const char* directory = nullptr;
  int input = -1;   // becomes 0
  int output = -1;  // becomes 1 and 2; -1: ours
  bool die_with_parent = false;
  bool new_group = false;
  pid_t parent = 0;
  // Written by the child in our memory when it fails before exec.
  int failed_errno = 0;
  const char* failed_step = nullptr;
};

std::vector<std::string> candidates(const std::string& program) {
  if (program.find('/') != std::string::npos) return {program};
  const char* variable = ::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> out;
  for (;;) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    out.push_back(folder.empty() ? "./" + program : fmt::format("{}/{}", folder, program));
    if (colon == std::string_view::npos) return out;
    path.remove_prefix(colon + 1);
  }
}

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::ranges::any_of(added, [&](const auto& pair) { return pair.first == name; });
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

[[noreturn]] void give_up(Plan& plan, const char* step) {
  plan.failed_errno = errno;
  plan.failed_step = step;
  ::_exit(127);
}

// Runs in the child. System calls only: no allocation, no locks, no return.
[[noreturn]] void become(Plan& plan) {
  for (int number = 1; number < NSIG; ++number) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    ::sigaction(number, &plain, nullptr);
  }
  if (plan.new_group && ::setpgid(0, 0) != 0) give_up(plan, "setpgid");
  if (plan.die_with_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(plan, "prctl");
    if (::getppid() != plan.parent) ::_exit(127);
  }
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) give_up(plan, "chdir");
  if (::dup2(plan.input, 0) < 0) give_up(plan, "dup2");
  if (plan.output >= 0 && (::dup2(plan.output, 1) < 0 || ::dup2(plan.output, 2) < 0)) give_up(plan, "dup2");
  // Whatever a library opened without close-on-exec stays with us.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int worst = ENOENT;
  for (const char* const* program = plan.program_pointers.data(); *program != nullptr; ++program) {
    ::execve(*program, plan.argument_pointers.data(), plan.environment_pointers.data());
    if (errno != ENOENT && errno != ENOTDIR) worst = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  errno = worst;
  give_up(plan, "exec");
}

// Alone in its function, so that the shared stack frame holds nothing that the child could disturb.
[[gnu::noinline]] pid_t fork_and_become(Plan& plan) {
  const pid_t pid = ::vfork();
  if (pid == 0) become(plan);
  return pid;
}

class RunningChild final : public Child {
 public:
  RunningChild(EpollLoop& loop, pid_t pid, int pid_descriptor, bool has_group)
      : pid_(pid), has_group_(has_group), exit_(loop, pid_descriptor) {}

  ~RunningChild() override {
    if (status_ || disowned_) return;
    if (has_group_) ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  pid_t pid() const override { return pid_; }

  Task<ExitStatus> wait() override {
    while (!status_) {
      int raw = 0;
      const pid_t reaped = ::waitpid(pid_, &raw, WNOHANG);
      if (reaped < 0) ensure(errno == EINTR, "nobody else reaps our children");
      if (reaped == pid_) {
        ExitStatus status;
        status.signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
        status.code = WIFSIGNALED(raw) ? 128 + status.signal : WEXITSTATUS(raw);
        status_ = status;
      } else if (reaped == 0) {
        exit_.clear_readable();
        co_await exit_.readable();
      }
    }
    co_return *status_;
  }

  void signal(int number) override {
    if (!status_) ::kill(pid_, number);
  }
  void disown() override { disowned_ = true; }
  Stream* input() override { return input_.get(); }
  Stream* output() override { return output_.get(); }

  void keep(std::unique_ptr<Stream> input, std::unique_ptr<Stream> output) {
    input_ = std::move(input);
    output_ = std::move(output);
  }

 private:
  pid_t pid_;
  bool has_group_;
  bool disowned_ = false;
  std::optional<ExitStatus> status_;
  Descriptor exit_;
  std::unique_ptr<Stream> input_;
  std::unique_ptr<Stream> output_;
};

struct Ends {
  Handle ours;
  Handle theirs;
};

Result<Ends> open_input(const Command& command) {
  Ends ends;
  if (!command.pipe_input) {
    ends.theirs = Handle(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (ends.theirs.get() < 0) return fail(system_error("open /dev/null", errno));
    return ends;
  }
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return fail(system_error("pipe", errno));
  ends.theirs = Handle(fds[0]);
  ends.ours = Handle(fds[1]);
  return ends;
}

Result<Ends> open_output(const Command& command) {
  Ends ends;
  if (command.output == Command::Output::inherit) return ends;
  if (command.output == Command::Output::pipe) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return fail(system_error("pipe", errno));
    ends.ours = Handle(fds[0]);
    ends.theirs = Handle(fds[1]);
    return ends;
  }
  const bool discard = command.output == Command::Output::discard;
  const std::string path = discard ? "/dev/null" : command.output_file;
  ends.theirs = Handle(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (ends.theirs.get() < 0) return fail(system_error("open " + path, errno));
  return ends;
}

Plan make_plan(const Command& command) {
  Plan plan;
  plan.programs = candidates(command.arguments.front());
  plan.environment = merged_environment(command.environment);
  for (const std::string& program : plan.programs) plan.program_pointers.push_back(program.c_str());
  plan.program_pointers.push_back(nullptr);
  for (const std::string& text : command.arguments)
    plan.argument_pointers.push_back(const_cast<char*>(text.c_str()));
  plan.argument_pointers.push_back(nullptr);
  for (std::string& text : plan.environment) plan.environment_pointers.push_back(text.data());
  plan.environment_pointers.push_back(nullptr);
  if (!command.directory.empty()) plan.directory = command.directory.c_str();
  plan.die_with_parent = command.die_with_parent;
  plan.new_group = command.new_group;
  plan.parent = ::getpid();
  return plan;
}

Task<> feed(Stream& to, std::string_view input) {
  // A child that reads only part of its input is no failure.
  [[maybe_unused]] const auto written = co_await to.write(input);
  to.shutdown_write();
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(EpollLoop& loop, const Command& command) {
  ensure(!command.arguments.empty(), "a command names its program");
  const std::string what = "start " + command.arguments.front();
  TRY(input, open_input(command));
  TRY(output, open_output(command));
  Plan plan = make_plan(command);
  plan.input = input.theirs.get();
  plan.output = output.theirs.get();

  // No handler of ours may run in the child, which shares our memory until it execs.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork_and_become(plan);
  const int problem = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  if (pid < 0) return fail(system_error(what, problem));
  if (plan.failed_step != nullptr) {
    ::waitpid(pid, nullptr, 0);
    return fail(system_error(fmt::format("{}: {}", what, plan.failed_step), plan.failed_errno));
  }
  const int pid_descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pid_descriptor < 0) {
    const int why = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail(system_error(what + ": pidfd_open", why));
  }
  auto child = std::make_unique<RunningChild>(loop, pid, pid_descriptor, command.new_group);
  std::unique_ptr<Stream> to_child;
  std::unique_ptr<Stream> from_child;
  if (input.ours.get() >= 0) to_child = make_descriptor_stream(loop, input.ours.release());
  if (output.ours.get() >= 0) from_child = make_descriptor_stream(loop, output.ours.release());
  child->keep(std::move(to_child), std::move(from_child));
  return child;
}

Task<Result<CommandResult>> run_command(EpollLoop& loop, Command command, std::string input,
                                        std::size_t limit_bytes) {
  command.output = Command::Output::pipe;
  command.pipe_input = !input.empty();
  TRY_CO(child, Child::start(loop, command));
  Scope scope(loop);
  if (child->input() != nullptr) scope.spawn(feed(*child->input(), input));
  CommandResult result;
  std::vector<std::byte> buffer(16 * 1024);
  for (;;) {
    TRY_CO(count, co_await child->output()->read(buffer));
    if (count == 0) break;
    const std::size_t room = limit_bytes - result.output.size();
    result.output.append(as_text(std::span(buffer).first(std::min(count, room))));
  }
  result.status = co_await child->wait();
  co_return result;
}

}  // namespace aloft::io
