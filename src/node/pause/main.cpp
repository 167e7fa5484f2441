// The first process of a pod's sandbox: it keeps the pod's namespaces alive by doing nothing, and reaps
// processes whose parents are gone when containers share its process namespace.
#include <csignal>
#include <initializer_list>

#include <sys/wait.h>

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  for (;;) {
    int number = 0;
    if (sigwait(&signals, &number) != 0) continue;
    if (number != SIGCHLD) return 0;
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}
