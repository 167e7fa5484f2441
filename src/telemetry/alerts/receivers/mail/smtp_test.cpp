// Mail as it leaves: its format, the conversation with a server, and the digests that both need.
#include "telemetry/alerts/receivers/mail/smtp.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "io/scope.h"
#include "io/sim_loop.h"
#include "telemetry/alerts/receivers/digest.h"
#include "telemetry/alerts/receivers/mail/mail_format.h"

namespace aloft::telemetry::alerts {
namespace {

TEST(MailFormat, words_and_bodies_are_encoded) {
  EXPECT_EQ(header_text("a\r\nB: c"), "a  B: c");
  EXPECT_EQ(quoted_printable("a=b \xC3\xA9 \nx"), "a=3Db =C3=A9=20\r\nx");
  EXPECT_EQ(quoted_printable(std::string(100, 'x')).find("=\r\n"), 75U);
}

TEST(Digest, answers_are_those_of_the_standards) {
  EXPECT_EQ(hex_encode(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex_encode(md5("The quick brown fox jumps over the lazy dog")),
            "9e107d9d372bb6826bd81d3542a419d6");
  // RFC 2195.
  EXPECT_EQ(hex_encode(hmac_md5("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>")),
            "b913a602c7eda7a495b4e6e7334d3890");
  EXPECT_EQ(hex_encode(hmac_sha256("key", "The quick brown fox jumps over the lazy dog")),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

class SmtpTest : public testing::Test {
 protected:
  // Answers each line by the table; what is not in it gets 250.
  io::Task<> serve(std::unique_ptr<io::Stream> stream, std::map<std::string, std::string> answers) {
    co_await stream->write(std::string_view("220 hello\r\n"));
    std::string buffer;
    bool data = false;
    for (;;) {
      std::byte bytes[512];
      const std::span<std::byte> into(bytes);
      io::Task<Result<std::size_t>> reading = stream->read(into);
      const Result<std::size_t> count = co_await std::move(reading);
      if (!count || *count == 0) co_return;
      buffer.append(reinterpret_cast<const char*>(bytes), *count);
      for (std::size_t end = 0; (end = buffer.find("\r\n")) != std::string::npos;) {
        const std::string line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        heard_.push_back(line);
        std::string reply = data ? (line == "." ? "250 taken\r\n" : "") : "250 ok\r\n";
        if (line == ".") data = false;
        if (!data && line == "DATA") {
          reply = "354 go\r\n";
          data = true;
        }
        for (const auto& [start, text] : answers) {
          if (line.starts_with(start)) reply = text + "\r\n";
        }
        co_await stream->write(std::string_view(reply));
      }
    }
  }
  SmtpOutcome talk(SmtpSettings settings, std::map<std::string, std::string> answers) {
    auto [client, server] = io::make_stream_pair(loop_);
    io::Scope scope(loop_);
    scope.spawn(serve(std::move(server), std::move(answers)));
    Mail mail{"a@b", {"c@d", "e@f"}, "Subject: x\r\n\r\n.point\r\nend"};
    SmtpOutcome outcome = loop_.run_until_done(smtp_send(loop_, std::move(client), settings, mail));
    return outcome;
  }
  io::SimLoop loop_;
  std::vector<std::string> heard_;
};

TEST_F(SmtpTest, a_mail_is_handed_over_with_points_stuffed) {
  SmtpSettings settings;
  settings.require_tls = false;
  const SmtpOutcome outcome = talk(settings, {{"EHLO", "250-x\r\n250 8BITMIME"}});
  EXPECT_TRUE(outcome.sent) << outcome.error;
  EXPECT_EQ(heard_,
            (std::vector<std::string>{"EHLO localhost", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "RCPT TO:<e@f>",
                                      "DATA", "Subject: x", "", "..point", "end", ".", "QUIT"}));
}

TEST_F(SmtpTest, each_way_to_authenticate_is_spoken) {
  SmtpSettings settings;
  settings.require_tls = false;
  settings.username = "u";
  settings.password = "p";
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH PLAIN LOGIN"}, {"AUTH", "235 in"}}).sent);
  EXPECT_EQ(heard_[1], "AUTH PLAIN AHUAcA==");
  heard_.clear();
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH LOGIN"},
                              {"AUTH", "334 VXNlcm5hbWU6"},
                              {"dQ==", "334 UGFzc3dvcmQ6"},
                              {"cA==", "235 in"}})
                  .sent);
  settings.secret = "tanstaaftanstaaf";
  settings.username = "tim";
  heard_.clear();
  EXPECT_TRUE(talk(settings, {{"EHLO", "250 AUTH CRAM-MD5"},
                              {"AUTH", "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"},
                              {"dGlt", "235 in"}})
                  .sent);
  EXPECT_EQ(heard_[2], "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
}

TEST_F(SmtpTest, what_is_required_and_missing_is_said) {
  SmtpSettings settings;
  EXPECT_NE(talk(settings, {}).error.find("does not advertise the STARTTLS extension"), std::string::npos);
  settings.require_tls = false;
  EXPECT_EQ(talk(settings, {{"RCPT TO:<e@f>", "550 nobody"}}).error, "RCPT: 550 nobody");
}

}  // namespace
}  // namespace aloft::telemetry::alerts
