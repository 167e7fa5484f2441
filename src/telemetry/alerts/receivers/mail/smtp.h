// Sending mail by SMTP (RFC 5321) with STARTTLS or TLS from the start, and AUTH PLAIN, LOGIN or CRAM-MD5.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/tls.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::telemetry::alerts {

struct SmtpSettings {
  std::string host;
  int port = 25;
  std::string hello = "localhost";
  bool implicit_tls = false;
  bool require_tls = true;
  std::shared_ptr<const http::TlsContext> tls;  // for both kinds; null: TLS cannot be had
  std::string server_name;                      // for TLS
  std::string username;                         // empty: no authentication
  std::string password;                         // secret; for PLAIN and LOGIN
  std::string secret;                           // secret; for CRAM-MD5
  std::string identity;
};

struct SmtpOutcome {
  bool sent = false;
  bool retry = false;
  std::string error;
};

struct Mail {
  std::string from;             // the bare address
  std::vector<std::string> to;  // bare addresses
  std::string text;             // headers and body, lines ended by CRLF
};

// Speaks the protocol over a connected stream. Both outlive the task.
io::Task<SmtpOutcome> smtp_send(io::Loop& loop, std::unique_ptr<io::Stream> stream,
                                const SmtpSettings& settings, const Mail& mail);

// Makes the connection too. Lives on the alerts' loop.
class MailSender {
 public:
  virtual ~MailSender() = default;
  virtual io::Task<SmtpOutcome> send(std::shared_ptr<const SmtpSettings> settings,
                                     std::shared_ptr<const Mail> mail) = 0;
};
std::shared_ptr<MailSender> make_mail_sender(io::EpollLoop& loop, io::Pool& pool);

}  // namespace aloft::telemetry::alerts
