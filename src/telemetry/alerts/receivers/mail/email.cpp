// Mail to people: text and HTML of the message, as one multipart mail.
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/file.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/alerts/receivers/mail/mail_format.h"
#include "telemetry/alerts/receivers/mail/smtp.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::alerts {
namespace {

std::string canonical_name(std::string_view name) {
  std::string out(name);
  bool upper = true;
  for (char& c : out) {
    c = static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
    upper = c == '-';
  }
  return out;
}

std::string first_line(std::string text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  return text;
}

// Reads what stands in files. Blocks.
Result<std::shared_ptr<SmtpSettings>> smtp_settings(const Section& section) {
  auto out = std::make_shared<SmtpSettings>();
  const std::string smarthost = section.text("smarthost");
  const std::size_t colon = smarthost.rfind(':');
  out->host = smarthost.substr(0, colon);
  if (out->host.starts_with('[') && out->host.ends_with(']'))
    out->host = out->host.substr(1, out->host.size() - 2);
  std::from_chars(smarthost.data() + colon + 1, smarthost.data() + smarthost.size(), out->port);
  out->hello = section.text("hello", "localhost");
  out->require_tls = section.flag("require_tls", true);
  out->implicit_tls = section.flag("force_implicit_tls", out->port == 465);
  out->username = section.text("auth_username");
  out->identity = section.text("auth_identity");
  const auto secret = [&section](std::string_view name, std::string_view file) -> Result<std::string> {
    const std::string path = section.text(file);
    if (path.empty()) return section.text(name);
    TRY(text, io::read_file(path, 1 << 20));
    return first_line(std::move(text));
  };
  TRY(password, secret("auth_password", "auth_password_file"));
  out->password = std::move(password);
  TRY(key, secret("auth_secret", "auth_secret_file"));
  out->secret = std::move(key);
  http::TlsContext::ClientSettings tls;
  tls.protocols = {};
  if (const Section* config = section.section("tls_config")) {
    tls.verify = !config->flag("insecure_skip_verify", false);
    out->server_name = config->text("server_name");
    tls.authorities_pem = config->text("ca");
    if (const std::string path = config->text("ca_file"); !path.empty()) {
      TRY(authorities, io::read_file(path, 1 << 20));
      tls.authorities_pem = std::move(authorities);
    }
  }
  TRY(context, http::TlsContext::client(tls));
  out->tls = std::move(context);
  return out;
}

class Email final : public Notifier {
 public:
  Email(ReceiverKit kit, Section section) : kit_(std::move(kit)), section_(std::move(section)) {}

  io::Task<Delivery> send(std::shared_ptr<const Notification> message) override {
    const Result<std::shared_ptr<const Mail>> mail = write(*message);
    if (!mail) co_return Delivery::failed(false, mail.error().message());
    auto read = [section = section_] { return smtp_settings(section); };
    io::Task<Result<std::shared_ptr<SmtpSettings>>> reading = kit_.worker.run(std::move(read));
    const Result<std::shared_ptr<SmtpSettings>> settings = co_await std::move(reading);
    if (!settings) co_return Delivery::failed(true, settings.error().message());
    io::Task<SmtpOutcome> sending = kit_.mail->send(*settings, *mail);
    const SmtpOutcome outcome = co_await std::move(sending);
    if (outcome.sent) co_return Delivery::done();
    co_return Delivery::failed(outcome.retry, outcome.error);
  }

 private:
  Result<std::shared_ptr<const Mail>> write(const Notification& message) const {
    Texts texts(*kit_.templates, message);
    auto mail = std::make_shared<Mail>();
    const std::string from = texts.text(section_.text("from"));
    const std::string to = texts.text(section_.text("to"));
    std::map<std::string, std::string> headers;
    for (const auto& [name, value] : section_.map("headers"))
      headers.insert_or_assign(canonical_name(name), texts.text(value));
    headers.try_emplace("Subject", texts.text(R"({{ template "email.default.subject" . }})"));
    headers.try_emplace("To", to);
    headers.try_emplace("From", from);
    const std::string key = hashed_key(message.group_key);
    const std::string stamp = fmt::format("{}.{}", message.now.since_epoch.count(), key.substr(0, 16));
    headers.try_emplace("Message-Id", fmt::format("<{}@{}>", stamp, section_.text("hello", "localhost")));
    headers.try_emplace("Date", templates::format_go_time(message.now, "Mon, 02 Jan 2006 15:04:05 -0700"));
    add_threading(message, key, headers);
    const std::string html = texts.html(section_.text("html", R"({{ template "email.default.html" . }})"));
    const std::string text = texts.text(section_.text("text"));
    if (!texts.error().empty()) return fail(Code::invalid, texts.error());
    TRY(sender, mail_addresses(from));
    if (sender.size() != 1)
      return fail(Code::invalid, fmt::format("must be exactly one 'from' address (got: {})", sender.size()));
    TRY(recipients, mail_addresses(to));
    mail->from = sender.front();
    mail->to = std::move(recipients);
    for (const auto& [name, value] : headers)
      mail->text += fmt::format("{}: {}\r\n", header_text(name), header_text(value));
    mail->text += body(text, html, key);
    return std::shared_ptr<const Mail>(std::move(mail));
  }

  void add_threading(const Notification& message, const std::string& key,
                     std::map<std::string, std::string>& headers) const {
    const Section* threading = section_.section("threading");
    if (threading == nullptr || !threading->flag("enabled", false)) return;
    std::string thread = key;
    if (threading->text("thread_by_date") == "daily")
      thread += "." + templates::format_go_time(message.now, "2006-01-02");
    const std::string root = fmt::format("<{}@alertmanager>", thread);
    headers.insert_or_assign("References", root);
    headers.insert_or_assign("In-Reply-To", root);
  }

  static std::string body(const std::string& text, const std::string& html, const std::string& key) {
    const std::string boundary = "part-" + key.substr(0, 40);
    std::string out = fmt::format(
        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;  boundary={}\r\n\r\n", boundary);
    const auto part = [&](std::string_view type, const std::string& content) {
      if (content.empty()) return;
      out += fmt::format(
          "--{}\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: {}; charset=UTF-8\r\n\r\n",
          boundary, type);
      out += quoted_printable(content);
      out += "\r\n";
    };
    part("text/plain", text);
    part("text/html", html);
    return out + fmt::format("--{}--\r\n", boundary);
  }

  ReceiverKit kit_;
  Section section_;
};

}  // namespace

std::unique_ptr<Notifier> make_email(ReceiverKit kit, Section section) {
  return std::make_unique<Email>(std::move(kit), std::move(section));
}

}  // namespace aloft::telemetry::alerts
