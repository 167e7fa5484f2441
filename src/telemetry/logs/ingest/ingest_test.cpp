// The ways in: files of containers, syslog, JSON lines; and the steps on the way.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file.h"
#include "telemetry/core/compression.h"
#include "telemetry/logs/ingest/container_logs.h"
#include "telemetry/logs/ingest/journal_export.h"
#include "telemetry/logs/ingest/json_lines.h"
#include "telemetry/logs/ingest/log_files.h"
#include "telemetry/logs/ingest/processors.h"
#include "telemetry/logs/ingest/syslog_message.h"
#include "telemetry/logs/ingest/syslog_server.h"
#include "telemetry/logs/ingest/template_miner.h"
#include "telemetry/logs/store/pod_lines.h"
#include "telemetry/logs/testing/temporary_store.h"

namespace aloft::telemetry::logs {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const LogBatch& batch) {
  std::vector<std::string> out;
  for (const LogStream& stream : batch.streams)
    for (const LogEntry& entry : stream.entries) out.push_back(stream.labels.to_string() + " " + entry.line);
  return out;
}

class LogFilesTest : public ::testing::Test {
 protected:
  LogFilesTest() {
    folder = data.folder() + "/pod/app";
    EXPECT_TRUE(io::make_directories(folder));
    open();
  }
  void open() {
    reader = std::make_unique<LogFileReader>(data.folder() + "/checkpoints",
                                             [this](LogBatch batch) -> Result<WriteReport> {
                                               if (refuse) return fail(Code::too_many_requests, "full");
                                               for (std::string& text : texts(batch))
                                                 seen.push_back(std::move(text));
                                               return WriteReport{};
                                             });
    reader->load_checkpoints();
    reader->set_folders({{.path = folder, .labels = Labels({{"pod", "p"}}), .fields = {}}});
  }
  void append(const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name, std::ios::app) << text;
  }
  static std::string line(int second, const std::string& text, char tag = 'F',
                          const char* stream = "stdout") {
    return fmt::format("2026-01-02T03:04:{:02}.123456789Z {} {} {}\n", second, stream, tag, text);
  }
  std::vector<std::string> poll() {
    seen.clear();
    (void)reader->poll();
    return seen;
  }
  TemporaryStore data;
  std::string folder;
  std::unique_ptr<LogFileReader> reader;
  std::vector<std::string> seen;
  bool refuse = false;
};

TEST_F(LogFilesTest, lines_come_once_with_their_stream) {
  append("0.log", line(1, "one") + line(2, "two", 'F', "stderr") + "2026-01-02T03:04:03Z stdout F unfini");
  EXPECT_THAT(poll(), ElementsAre(R"({pod="p", stream="stdout"} one)", R"({pod="p", stream="stderr"})"
                                                                       R"( two)"));
  EXPECT_THAT(poll(), ElementsAre());
  append("0.log", "shed\n");
  EXPECT_THAT(poll(), ElementsAre(R"({pod="p", stream="stdout"} unfinished)"));
}

TEST_F(LogFilesTest, partial_lines_are_joined_within_their_stream) {
  append("0.log", line(1, "a-", 'P') + line(2, "err", 'F', "stderr") + line(3, "b-", 'P'));
  EXPECT_THAT(poll(), ElementsAre(R"({pod="p", stream="stderr"} err)"));
  append("0.log", line(4, "c"));
  // What stands behind the unfinished entry comes again; the store keeps it once.
  EXPECT_THAT(poll(),
              ElementsAre(R"({pod="p", stream="stdout"} a-b-c)", R"({pod="p", stream="stderr"} err)"));
}

TEST_F(LogFilesTest, rotation_loses_and_repeats_nothing) {
  append("0.log", line(1, "one"));
  poll();
  append("0.log", line(2, "two"));
  ASSERT_EQ(std::rename((folder + "/0.log").c_str(), (folder + "/0.log.20260102-030405").c_str()), 0);
  append("0.log", line(3, "three"));
  EXPECT_THAT(poll(),
              ElementsAre(R"({pod="p", stream="stdout"} two)", R"({pod="p", stream="stdout"} three)"));
  ASSERT_TRUE(reader->save_checkpoints());
  // While nobody looks: more lines, another rotation, compression.
  append("0.log", line(4, "four"));
  const auto text = io::read_file(folder + "/0.log");
  std::ofstream(folder + "/0.log.20260102-040000.gz", std::ios::binary) << gzip_compress(*text);
  ASSERT_EQ(std::remove((folder + "/0.log").c_str()), 0);
  append("1.log", line(5, "five"));
  open();
  EXPECT_THAT(poll(),
              ElementsAre(R"({pod="p", stream="stdout"} four)", R"({pod="p", stream="stdout"} five)"));
  EXPECT_THAT(poll(), ElementsAre());
}

TEST_F(LogFilesTest, what_is_refused_comes_again) {
  append("0.log", line(1, "one"));
  refuse = true;
  EXPECT_FALSE(reader->poll());
  refuse = false;
  EXPECT_THAT(poll(), ElementsAre(R"({pod="p", stream="stdout"} one)"));
}

TEST(Syslog, both_kinds_are_understood) {
  const auto modern = parse_syslog(
      "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 12 ID47 [exampleSDID@32473 iut=\"3\" "
      "q=\"a\\\"b\"] text here",
      0);
  EXPECT_EQ(modern.facility, 20);
  EXPECT_EQ(modern.severity, 5);
  EXPECT_EQ(modern.host, "mymachine.example.com");
  EXPECT_EQ(modern.app, "evntslog");
  EXPECT_EQ(modern.process, "12");
  EXPECT_EQ(modern.id, "ID47");
  EXPECT_THAT(modern.data, ElementsAre(std::pair<std::string, std::string>("exampleSDID_iut", "3"),
                                       std::pair<std::string, std::string>("exampleSDID_q", "a\"b")));
  EXPECT_EQ(modern.text, "text here");
  EXPECT_EQ(modern.time_ns, 1'065'910'455'003'000'000);
  const auto old =
      parse_syslog("<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed", 1'065'910'500'000'000'000);
  EXPECT_EQ(old.time_ns, 1'065'910'455'000'000'000);
  EXPECT_EQ(old.host, "mymachine");
  EXPECT_EQ(old.app, "su");
  EXPECT_EQ(old.process, "77");
  EXPECT_EQ(old.text, "'su root' failed");
  EXPECT_EQ(parse_syslog("no priority", 0).text, "no priority");
  LogBatch batch;
  add_syslog(batch, modern, 0);
  EXPECT_THAT(
      texts(batch),
      ElementsAre(R"({app="evntslog", facility="local4", host="mymachine.example.com", job="syslog", severit)"
                  R"(y="notice"} text here)"));
}

TEST(Syslog, streams_are_cut_into_messages) {
  SyslogFramer framer(100);
  std::string message;
  framer.add("11 <1>a\nb c d\n<2>line");
  ASSERT_TRUE(framer.next(message));
  EXPECT_EQ(message, "<1>a\nb c d\n");
  EXPECT_FALSE(framer.next(message));
  framer.add(" ends\n5 <3>");
  ASSERT_TRUE(framer.next(message));
  EXPECT_EQ(message, "<2>line ends");
  EXPECT_FALSE(framer.next(message));
  framer.add("xx");
  ASSERT_TRUE(framer.next(message));
  EXPECT_EQ(message, "<3>xx");
  framer.add("999 x");
  EXPECT_FALSE(framer.next(message));
  EXPECT_TRUE(framer.failed());
}

TEST(JsonLines, objects_become_entries) {
  JsonLineOptions options;
  options.stream = {"app", "k8s.pod"};
  std::size_t skipped = 0;
  const LogBatch batch = decode_json_lines(
      "{\"_msg\":\"hello\",\"_time\":\"2026-01-02T03:04:05Z\",\"app\":\"web\",\"k8s\":{\"pod\":\"p\""
      "},\"n\":"
      "1}\nnot json\n",
      options, 0, skipped);
  EXPECT_THAT(texts(batch), ElementsAre(R"({app="web", k8s_pod="p"} hello)"));
  EXPECT_EQ(batch.streams[0].entries[0].time_ns, 1'767'323'045'000'000'000);
  EXPECT_THAT(batch.streams[0].entries[0].fields, ElementsAre(std::pair<std::string, std::string>("n", "1")));
  EXPECT_EQ(skipped, 1u);
}

TEST(JsonLines, bulk_requests_are_answered_item_by_item) {
  JsonLineOptions options;
  options.stream = {"app"};
  options.index = "of-the-path";
  std::vector<BulkItem> items;
  const LogBatch batch = decode_bulk(
      "{\"create\":{\"_index\":\"web\"}}\n{\"message\":\"x\",\"ts\":1700000000123,\"app\":\"a\"}\n"
      "{\"index\":{}}\n{\"message\":\"y\"}\n"
      "{\"delete\":{\"_id\":1}}\n{\"update\":{\"_id\":1}}\n{\"doc\":{}}\nnonsense\n{\"index\":{}}\n[1]\n{"
      "\"create\":{}}\n",
      options, 0, items);
  EXPECT_THAT(texts(batch), ElementsAre(R"({app="a", index="web"} x)", R"({index="of-the-path"} y)"));
  EXPECT_EQ(batch.streams[0].entries[0].time_ns, 1'700'000'000'123'000'000);
  std::vector<int> statuses;
  for (const BulkItem& item : items) statuses.push_back(item.status);
  EXPECT_THAT(statuses, ElementsAre(201, 201, 400, 400, 400, 400, 400));
  items.resize(3);
  EXPECT_EQ(
      bulk_answer(items),
      R"({"took":0,"errors":true,"items":[{"create":{"_index":"web","status":201}},)"
      R"({"index":{"_index":"of-the-path","status":201}},{"delete":{"_index":"of-the-path","status":400,)"
      R"("error":{"type":"document_parsing_exception","reason":"log entries are not changed"}}}]})");
}

TEST(JournalExport, entries_become_lines_of_their_unit) {
  std::string body =
      "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1767323045000001\n_HOSTNAME=h\n_SYSTEMD_UNIT=ssh.service\nPRIORITY="
      "3\n"
      "_PID=17\nMESSAGE=refused\n\n\n_HOSTNAME=h\nMESSAGE\n";
  body += std::string("\x08\0\0\0\0\0\0\0", 8) + "two\nline" + "\nPRIORITY=6\n\n_HOSTNAME=h\nNO=message\n";
  auto batch = decode_journal_export(body, 5);
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_THAT(texts(*batch), ElementsAre(R"({hostname="h", job="journald", unit="ssh.service"} refused)",
                                         "{hostname=\"h\", job=\"journald\"} two\nline"));
  EXPECT_EQ(batch->streams[0].entries[0].time_ns, 1'767'323'045'000'001'000);
  EXPECT_THAT(batch->streams[0].entries[0].fields,
              ElementsAre(std::pair<std::string, std::string>("level", "error"),
                          std::pair<std::string, std::string>("pid", "17")));
  EXPECT_EQ(batch->streams[1].entries[0].time_ns, 5);
  for (const std::string& wrong : {std::string("small=1\n"), std::string("MESSAGE\nshort"),
                                   std::string("MESSAGE\n\xff\0\0\0\0\0\0\0x\n", 18),
                                   std::string("__REALTIME_TIMESTAMP=-1\nMESSAGE=x\n")}) {
    auto refused = decode_journal_export(wrong, 5);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message().substr(0, 23), "journal export: offset ");
  }
}

TEST(JsonLines, the_size_of_a_number_shows_its_unit_and_none_is_beyond_what_a_time_holds) {
  JsonLineOptions options;
  options.time = {"ts"};
  const auto time_of = [&options](std::string_view number) {
    std::size_t skipped = 0;
    const LogBatch batch =
        decode_json_lines(fmt::format("{{\"_msg\":\"x\",\"ts\":{}}}\n", number), options, 17, skipped);
    return batch.streams.at(0).entries.at(0).time_ns;
  };
  EXPECT_EQ(time_of("1700000000"), 1'700'000'000'000'000'000);
  EXPECT_EQ(time_of("1700000000.5"), 1'700'000'000'500'000'000);
  EXPECT_EQ(time_of("1700000000123"), 1'700'000'000'123'000'000);
  EXPECT_EQ(time_of("1700000000123456"), 1'700'000'000'123'456'000);
  EXPECT_EQ(time_of("1700000000123456789"), 1'700'000'000'123'456'789);
  for (const std::string_view beyond : {"99999999999", "99999999999.5", "99999999999999", "99999999999999000",
                                        "9999999999999999999", "1e300"}) {
    EXPECT_EQ(time_of(beyond), 17) << beyond;
  }
}

TEST(TemplateMiner, similar_lines_share_a_template) {
  TemplateMiner miner;
  const auto a = miner.add("user 17 logged in from 10.0.0.1");
  EXPECT_EQ(miner.add("user 18 logged in from 10.0.0.2"), a);
  EXPECT_NE(miner.add("disk sda1 is full now and then"), a);
  EXPECT_EQ(miner.text(a), "user <_> logged in from <_>");
  EXPECT_EQ(miner.count(a), 2u);
}

class ProcessorsTest : public ::testing::Test {
 protected:
  std::vector<std::string> run(std::string_view yaml, std::vector<std::string> lines) {
    auto made = LogProcessors::parse(yaml, clock, metrics);
    if (!made) return {made.error().message()};
    LogBatch batch;
    LogStream& stream = batch.streams.emplace_back();
    stream.labels = Labels({{"app", "web"}});
    for (std::string& line : lines)
      stream.entries.push_back({.time_ns = 1, .line = std::move(line), .fields = {}});
    (*made)->process(batch);
    std::vector<std::string> out;
    for (const LogStream& one : batch.streams) {
      for (const LogEntry& entry : one.entries) {
        std::string text = one.labels.to_string() + " " + entry.line;
        for (const auto& [name, value] : entry.fields) text += fmt::format(" {}={}", name, value);
        out.push_back(std::move(text));
      }
    }
    return out;
  }
  io::SimLoop clock;
  Metrics metrics;
};

TEST_F(ProcessorsTest, steps_change_and_thin_entries) {
  EXPECT_THAT(run("- {step: drop, when: '{app=\"web\"} |= \"health\"'}", {"GET /health", "GET /x"}),
              ElementsAre("{app=\"web\"} GET /x"));
  EXPECT_THAT(run("- {step: redact, regex: 'card=\\d+', with: 'card=***'}", {"a card=1234 b"}),
              ElementsAre("{app=\"web\"} a card=*** b"));
  EXPECT_THAT(run("- {step: parse, format: logfmt, fields: [level]}\n- {step: labels, from_fields: ["
                  "level]}",
                  {"level=warn x=y"}),
              ElementsAre("{app=\"web\", level=\"warn\"} level=warn x=y"));
  EXPECT_THAT(run("- {step: multiline, first: '^\\S'}", {"panic: x", "  at a", "  at b", "next"}),
              ElementsAre("{app=\"web\"} panic: x\n  at a\n  at b", "{app=\"web\"} next"));
  EXPECT_THAT(run("- {step: sample, share: 0}", {"a", "b"}), ElementsAre());
  EXPECT_THAT(run("- {step: rate_limit, lines_per_second: 2}", {"a", "b", "c"}),
              ElementsAre("{app=\"web\"} a", "{app=\"web\"} b"));
  EXPECT_THAT(run("- {step: template}", {"took 5 ms", "took 6 ms"}),
              ElementsAre("{app=\"web\"} took 5 ms template=took 5 ms",
                          "{app=\"web\"} took 6 ms template=took <_> ms"));
  run("- {step: metric, name: lines_seen, labels: [app], help: Seen.}", {"a", "b"});
  EXPECT_THAT(metrics.render(), ::testing::HasSubstr("lines_seen{app=\"web\"} 2"));
}

TEST_F(ProcessorsTest, mistakes_name_the_step) {
  EXPECT_THAT(run("- {step: nonsense}", {}),
              ElementsAre(::testing::HasSubstr("log steps[0] (nonsense): an unknown step")));
  EXPECT_THAT(run("- {step: drop, when: '{'}", {}),
              ElementsAre(::testing::HasSubstr("log steps[0] (drop): when: parse error")));
}

TEST(PodLines, lines_of_a_container_come_in_order) {
  TemporaryStore data;
  const auto labels = [](const char* stream) {
    return Labels({{"namespace", "n"}, {"pod", "p"}, {"container", "c"}, {"stream", stream}});
  };
  data.push(labels("stdout"), {{1, "one"}, {3, "three"}}, {{"pod_uid", "u1"}});
  ASSERT_TRUE(data.store().flush());
  data.push(labels("stderr"), {{2, "two"}}, {{"pod_uid", "u1"}});
  data.push(labels("stdout"), {{4, "other pod"}}, {{"pod_uid", "u2"}});
  const auto read = [&](PodLinesRequest request) {
    request.name_space = "n";
    request.pod = "p";
    request.container = "c";
    std::vector<std::string> out;
    EXPECT_TRUE(read_pod_lines(data.store(), request, [&](const PodLine& line) {
      out.push_back(fmt::format("{} {}", line.stream, line.text));
      return true;
    }));
    return out;
  };
  EXPECT_THAT(read({.pod_uid = "u1"}), ElementsAre("stdout one", "stderr two", "stdout three"));
  EXPECT_THAT(read({.tail_lines = 2}), ElementsAre("stdout three", "stdout other pod"));
  EXPECT_THAT(read({.pod_uid = "u1", .tail_lines = 1}), ElementsAre("stdout three"));
  EXPECT_THAT(read({.start_ns = 2'000'000'000, .end_ns = 3'000'000'000}), ElementsAre("stderr two"));
  EXPECT_THAT(read({.limit_bytes = 4}), ElementsAre("stdout one"));
}

class SyslogServerTest : public ::testing::Test {
 protected:
  SyslogServerTest() { pipeline.add(data.store()); }
  std::size_t stored() { return data.store().streams("", {}, INT64_MIN, INT64_MAX).size(); }
  io::Task<int> send(io::Address address, std::string text) {
    auto stream = co_await io::connect(loop, address);
    EXPECT_TRUE(stream.has_value());
    auto written = co_await (*stream)->write(std::string_view(text));
    EXPECT_TRUE(written.has_value());
    (*stream)->shutdown_write();
    // The server closes when it has read everything.
    std::vector<std::byte> buffer(16);
    auto end = co_await (*stream)->read(std::span<std::byte>(buffer));
    co_return end ? static_cast<int>(*end) : -1;
  }
  TemporaryStore data;
  io::EpollLoop loop;
  io::Pool pool{2};
  Metrics metrics;
  Pipeline pipeline{pool, {}, metrics};
  SyslogServer server{loop, pool, pipeline, data.clock(), metrics, ""};
};

TEST_F(SyslogServerTest, messages_over_tcp_are_stored) {
  auto address = server.listen_tcp({"127.0.0.1", 0});
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(
      loop.run_until_done(send(*address, "<34>1 - host-a app - - - hello\n27 <35>1 - host-b app - - - hi")),
      0);
  EXPECT_EQ(stored(), 2u);
}

}  // namespace
}  // namespace aloft::telemetry::logs
