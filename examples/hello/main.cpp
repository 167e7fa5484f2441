// The program of the hello example: an HTTP server on port 8080 that says who answers. One thread, one
// request for each connection; it logs every request to standard output and ends on SIGTERM.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

volatile std::sig_atomic_t stopping = 0;

void stop(int) { stopping = 1; }

std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

std::string read_head(int connection) {
  std::string head;
  char buffer[2048];
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < 16384) {
    pollfd waiting{connection, POLLIN, 0};
    if (poll(&waiting, 1, 5000) <= 0) break;
    const ssize_t count = read(connection, buffer, sizeof buffer);
    if (count <= 0) break;
    head.append(buffer, static_cast<std::size_t>(count));
  }
  return head;
}

void write_all(int connection, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = write(connection, text.data() + done, text.size() - done);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

struct Answer {
  const char* status;
  std::string body;
};

Answer answer_to(const std::string& path) {
  if (path == "/healthz") return {"200 OK", "ok\n"};
  if (path == "/") {
    return {"200 OK", setting("GREETING", "Hello") + " from " + setting("POD_NAME", host_name().c_str()) +
                          " (version " + setting("VERSION", "1") + ")\n"};
  }
  if (path == "/hostname") return {"200 OK", host_name() + "\n"};
  return {"404 Not Found", "not found\n"};
}

void serve(int connection, const std::string& peer) {
  const std::string head = read_head(connection);
  const std::size_t method_end = head.find(' ');
  const std::size_t path_end = head.find_first_of(" ?", method_end + 1);
  if (method_end == std::string::npos || path_end == std::string::npos) return;
  const std::string path = head.substr(method_end + 1, path_end - method_end - 1);
  const Answer answer = answer_to(path);
  std::string out = std::string("HTTP/1.1 ") + answer.status +
                    "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(answer.body.size()) +
                    "\r\nConnection: close\r\n\r\n";
  if (head.compare(0, 5, "HEAD ") != 0) out += answer.body;
  write_all(connection, out);
  std::printf("%s %s %s %.3s\n", peer.c_str(), head.substr(0, method_end).c_str(), path.c_str(),
              answer.status);
}

}  // namespace

int main() {
  struct sigaction action{};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, nullptr, _IOLBF, 0);

  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(setting("PORT", "8080").c_str())));
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 128) != 0) {
    std::perror("hello: listen");
    return 1;
  }
  std::printf("hello: listening on port %d\n", ntohs(address.sin_port));
  while (stopping == 0) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int connection = accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC);
    if (connection < 0) continue;
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
    serve(connection, text);
    close(connection);
  }
  std::printf("hello: stopping\n");
  return 0;
}
