// One session: greet, secure, authenticate, hand the mail over, leave.
#include "telemetry/alerts/receivers/mail/smtp.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/net.h"
#include "io/timeout.h"
#include "telemetry/alerts/receivers/digest.h"
#include "telemetry/alerts/receivers/http_sender.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t smtp_reply_limit = 64 * 1024;
constexpr Duration session_limit = 60s;

struct Reply {
  int code = 0;
  std::vector<std::string> lines;  // without the code
  std::string text() const { return lines.empty() ? std::string() : lines.front(); }
};

class Session {
 public:
  Session(io::Loop& loop, std::unique_ptr<io::Stream> stream, const SmtpSettings& settings)
      : loop_(loop), stream_(std::move(stream)), settings_(settings) {}

  io::Task<SmtpOutcome> run(const Mail& mail) {
    if (settings_.implicit_tls) {
      const Result<> secured = co_await start_tls();
      if (!secured) co_return broken("TLS", secured.error());
    }
    const Result<Reply> greeting = co_await read_reply();
    if (!greeting) co_return broken("greeting", greeting.error());
    if (greeting->code != 220) co_return refused("greeting", *greeting);
    const Result<Reply> hello = co_await greet();
    if (!hello) co_return broken("EHLO", hello.error());
    if (hello->code != 250) co_return refused("EHLO", *hello);
    if (!settings_.implicit_tls) {
      const bool offered = has_extension("STARTTLS");
      if (settings_.require_tls && !offered) {
        SmtpOutcome outcome;
        outcome.error =
            "'require_tls' is true (default) but the server does not advertise the STARTTLS extension";
        outcome.retry = true;
        co_return outcome;
      }
      if (offered && settings_.tls != nullptr && settings_.require_tls) {
        const SmtpOutcome secured = co_await upgrade();
        if (!secured.sent) co_return secured;
      }
    }
    if (!settings_.username.empty() && has_extension("AUTH")) {
      const SmtpOutcome known = co_await authenticate();
      if (!known.sent) co_return known;
    }
    const SmtpOutcome outcome = co_await deliver(mail);
    co_return outcome;
  }

 private:
  static SmtpOutcome good() {
    SmtpOutcome out;
    out.sent = true;
    return out;
  }
  static SmtpOutcome broken(std::string_view step, const Error& error) {
    SmtpOutcome out;
    out.retry = true;
    out.error = fmt::format("{}: {}", step, error.message());
    return out;
  }
  static SmtpOutcome refused(std::string_view step, const Reply& reply) {
    SmtpOutcome out;
    // Also what a server calls permanent may pass when its administrator has looked.
    out.retry = true;
    out.error = fmt::format("{}: {} {}", step, reply.code, reply.text());
    return out;
  }

  io::Task<Result<Reply>> read_reply() {
    Reply out;
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end == std::string::npos) {
        if (buffer_.size() > smtp_reply_limit) co_return fail(Code::unavailable, "the answer is too long");
        std::byte bytes[1024];
        const std::span<std::byte> into(bytes);
        io::Task<Result<std::size_t>> reading = stream_->read(into);
        const Result<std::size_t> count = co_await std::move(reading);
        if (!count) co_return fail(count.error());
        if (*count == 0) co_return fail(Code::unavailable, "the server closed the connection");
        buffer_.append(reinterpret_cast<const char*>(bytes), *count);
        continue;
      }
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      const bool numbered =
          line.size() >= 3 && std::from_chars(line.data(), line.data() + 3, out.code).ptr == line.data() + 3;
      if (!numbered) co_return fail(Code::unavailable, "the answer is no SMTP: " + line.substr(0, 60));
      out.lines.push_back(line.size() > 4 ? line.substr(4) : std::string());
      if (out.lines.size() > 200) co_return fail(Code::unavailable, "the answer has too many lines");
      if (line.size() < 4 || line[3] != '-') co_return out;
    }
  }

  io::Task<Result<Reply>> command(std::string line) {
    line += "\r\n";
    io::Task<Result<>> writing = stream_->write(std::string_view(line));
    const Result<> written = co_await std::move(writing);
    if (!written) co_return fail(written.error());
    co_return co_await read_reply();
  }

  io::Task<Result<Reply>> greet() {
    std::string line = "EHLO " + (settings_.hello.empty() ? std::string("localhost") : settings_.hello);
    Result<Reply> reply = co_await command(std::move(line));
    if (reply) extensions_ = reply->lines;
    co_return reply;
  }

  bool has_extension(std::string_view name) const {
    for (const std::string& line : extensions_) {
      const std::string_view word = std::string_view(line).substr(0, line.find(' '));
      if (http::equal_without_case(word, name)) return true;
    }
    return false;
  }
  bool has_mechanism(std::string_view name) const {
    for (const std::string& line : extensions_) {
      if (!http::equal_without_case(std::string_view(line).substr(0, 4), "AUTH")) continue;
      std::string_view rest = std::string_view(line).substr(4);
      while (!rest.empty()) {
        const std::size_t end = rest.find_first_of(" =");
        if (http::equal_without_case(rest.substr(0, end), name)) return true;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
      }
    }
    return false;
  }

  io::Task<Result<>> start_tls() {
    if (settings_.tls == nullptr) co_return fail(Code::invalid, "no TLS settings");
    io::Task<Result<std::unique_ptr<http::TlsStream>>> connecting =
        http::tls_connect(loop_, settings_.tls, std::move(stream_),
                          settings_.server_name.empty() ? settings_.host : settings_.server_name);
    Result<std::unique_ptr<http::TlsStream>> secured = co_await std::move(connecting);
    if (!secured) co_return fail(secured.error());
    stream_ = std::move(*secured);
    // Nothing that was said in clear text counts any more.
    buffer_.clear();
    co_return Result<>();
  }

  io::Task<SmtpOutcome> upgrade() {
    const Result<Reply> ready = co_await command("STARTTLS");
    if (!ready) co_return broken("STARTTLS", ready.error());
    if (ready->code != 220) co_return refused("STARTTLS", *ready);
    const Result<> secured = co_await start_tls();
    if (!secured) co_return broken("STARTTLS", secured.error());
    const Result<Reply> hello = co_await greet();
    if (!hello) co_return broken("EHLO", hello.error());
    if (hello->code != 250) co_return refused("EHLO", *hello);
    co_return good();
  }

  io::Task<SmtpOutcome> authenticate() {
    Result<Reply> reply;
    if (has_mechanism("CRAM-MD5") && !settings_.secret.empty()) {
      reply = co_await command("AUTH CRAM-MD5");
      if (reply && reply->code == 334) {
        std::string challenge;
        base64_decode(reply->text(), challenge);
        std::string answer =
            base64_encode(settings_.username + " " + hex_encode(hmac_md5(settings_.secret, challenge)));
        reply = co_await command(std::move(answer));
      }
    } else if (has_mechanism("PLAIN") && !settings_.password.empty()) {
      std::string token = settings_.identity;
      token.append(1, '\0').append(settings_.username).append(1, '\0').append(settings_.password);
      std::string line = "AUTH PLAIN " + base64_encode(token);
      reply = co_await command(std::move(line));
    } else if (has_mechanism("LOGIN") && !settings_.password.empty()) {
      reply = co_await command("AUTH LOGIN");
      if (reply && reply->code == 334) {
        std::string user = base64_encode(settings_.username);
        reply = co_await command(std::move(user));
      }
      if (reply && reply->code == 334) {
        std::string password = base64_encode(settings_.password);
        reply = co_await command(std::move(password));
      }
    } else {
      SmtpOutcome out;
      out.error = "the server offers no way to authenticate that the configuration has a secret for";
      out.retry = true;
      co_return out;
    }
    if (!reply) co_return broken("AUTH", reply.error());
    if (reply->code != 235) co_return refused("AUTH", *reply);
    co_return good();
  }

  io::Task<SmtpOutcome> deliver(const Mail& mail) {
    std::string line = fmt::format("MAIL FROM:<{}>", mail.from);
    const Result<Reply> from = co_await command(std::move(line));
    if (!from) co_return broken("MAIL", from.error());
    if (from->code != 250) co_return refused("MAIL", *from);
    for (const std::string& address : mail.to) {
      std::string recipient = fmt::format("RCPT TO:<{}>", address);
      const Result<Reply> to = co_await command(std::move(recipient));
      if (!to) co_return broken("RCPT", to.error());
      if (to->code != 250 && to->code != 251) co_return refused("RCPT", *to);
    }
    const Result<Reply> data = co_await command("DATA");
    if (!data) co_return broken("DATA", data.error());
    if (data->code != 354) co_return refused("DATA", *data);
    std::string text = stuffed(mail.text);
    const Result<Reply> done = co_await command(std::move(text));
    if (!done) co_return broken("DATA", done.error());
    if (done->code != 250) co_return refused("DATA", *done);
    // It is delivered whatever the server says to this.
    const Result<Reply> left = co_await command("QUIT");
    static_cast<void>(left);
    co_return good();
  }

  // A line that begins with a point gets another; a point alone ends the mail.
  static std::string stuffed(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    bool line_start = true;
    for (const char c : text) {
      if (line_start && c == '.') out += '.';
      out += c;
      line_start = c == '\n';
    }
    if (!line_start) out += "\r\n";
    return out + ".";
  }

  io::Loop& loop_;
  std::unique_ptr<io::Stream> stream_;
  const SmtpSettings& settings_;
  std::string buffer_;
  std::vector<std::string> extensions_;
};

class SmtpSender final : public MailSender {
 public:
  SmtpSender(io::EpollLoop& loop, io::Pool& pool) : loop_(loop), pool_(pool) {}
  io::Task<SmtpOutcome> send(std::shared_ptr<const SmtpSettings> settings,
                             std::shared_ptr<const Mail> mail) override {
    io::Task<std::optional<SmtpOutcome>> limited = io::within(loop_, session_limit, talk(settings, mail));
    std::optional<SmtpOutcome> outcome = co_await std::move(limited);
    if (outcome) co_return std::move(*outcome);
    SmtpOutcome late;
    late.retry = true;
    late.error = "the mail server took too long";
    co_return late;
  }

 private:
  io::Task<SmtpOutcome> talk(std::shared_ptr<const SmtpSettings> settings, std::shared_ptr<const Mail> mail) {
    auto resolve = [host = settings->host] { return resolve_host(host); };
    io::Task<Result<std::string>> resolving = pool_.run(loop_, std::move(resolve));
    const Result<std::string> host = co_await std::move(resolving);
    SmtpOutcome outcome;
    outcome.retry = true;
    if (!host) {
      outcome.error = host.error().message();
      co_return outcome;
    }
    io::Address address;
    address.host = *host;
    address.port = settings->port;
    io::Task<Result<std::unique_ptr<io::Stream>>> connecting = io::connect(loop_, address);
    Result<std::unique_ptr<io::Stream>> stream = co_await std::move(connecting);
    if (!stream) {
      outcome.error = stream.error().message();
      co_return outcome;
    }
    co_return co_await smtp_send(loop_, std::move(*stream), *settings, *mail);
  }
  io::EpollLoop& loop_;
  io::Pool& pool_;
};

}  // namespace

io::Task<SmtpOutcome> smtp_send(io::Loop& loop, std::unique_ptr<io::Stream> stream,
                                const SmtpSettings& settings, const Mail& mail) {
  Session session(loop, std::move(stream), settings);
  co_return co_await session.run(mail);
}

std::shared_ptr<MailSender> make_mail_sender(io::EpollLoop& loop, io::Pool& pool) {
  return std::make_shared<SmtpSender>(loop, pool);
}

}  // namespace aloft::telemetry::alerts
