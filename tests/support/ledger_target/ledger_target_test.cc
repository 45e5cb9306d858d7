// The program as a whole: started as a process on a free port, called over HTTP, and its ledger
// read back.
#include "base/json.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cairn {
namespace {

namespace fs = std::filesystem;
namespace http = boost::beast::http;

struct HttpAnswer {
  unsigned status = 0;  // 0: the connection was closed without an answer
  std::string body;
};

// One kept-alive connection.
class Connection {
 public:
  explicit Connection(unsigned short port) : stream_(context_) {
    stream_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }

  HttpAnswer Call(http::verb verb, const std::string& path, const std::string& key = "",
                  const std::string& body = "") {
    http::request<http::string_body> request(verb, path, 11, body);
    request.set(http::field::host, "127.0.0.1");
    if (!key.empty()) {
      request.set("Idempotency-Key", key);
    }
    request.prepare_payload();
    http::write(stream_, request);
    http::response<http::string_body> response;
    boost::beast::error_code error;
    http::read(stream_, buffer_, response, error);
    return error ? HttpAnswer{} : HttpAnswer{response.result_int(), response.body()};
  }

  HttpAnswer Post(const std::string& path, const std::string& key = "",
                  const std::string& body = "") {
    return Call(http::verb::post, path, key, body);
  }

 private:
  boost::asio::io_context context_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
};

class LedgerTargetTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "cairn_ledger_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override {
    if (pid_ > 0) {
      EXPECT_EQ(Stop(), 0);
    }
    fs::remove_all(root_);
  }

  [[nodiscard]] std::string LedgerPath() const { return (root_ / "ledger.jsonl").string(); }
  [[nodiscard]] fs::path Root() const { return root_; }

  // Starts the program; afterwards `first_line_` is what it printed first.
  void Launch(std::vector<std::string> arguments) {
    int pipe_fds[2];
    ASSERT_EQ(::pipe(pipe_fds), 0);
    arguments.insert(arguments.begin(), {LEDGER_TARGET, "--ledger", LedgerPath()});
    pid_ = ::fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
      ::dup2(pipe_fds[1], STDOUT_FILENO);
      ::close(pipe_fds[0]);
      ::close(pipe_fds[1]);
      std::vector<char*> argv;
      for (std::string& argument : arguments) {
        argv.push_back(argument.data());
      }
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(pipe_fds[1]);
    FILE* output = ::fdopen(pipe_fds[0], "r");
    char line[256] = "";
    first_line_ = std::fgets(line, sizeof(line), output) == nullptr ? "" : line;
    std::fclose(output);
  }

  void StartTarget(std::vector<std::string> arguments = {}) {
    Launch(std::move(arguments));
    const std::string start = "ledger_target ready http://127.0.0.1:";
    ASSERT_EQ(first_line_.rfind(start, 0), 0U) << first_line_;
    port_ = static_cast<unsigned short>(std::stoi(first_line_.substr(start.size())));
  }

  // Ends the program and returns its wait status.
  int Stop() {
    ::kill(pid_, SIGTERM);
    return Wait();
  }

  // Waits until the program ends by itself; returns its wait status.
  int Wait() {
    int status = -1;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

  [[nodiscard]] Connection Connect() const { return Connection(port_); }

  [[nodiscard]] Json Summary() const {
    Connection connection(port_);
    const HttpAnswer answer = connection.Call(http::verb::get, "/_ledger/summary");
    EXPECT_EQ(answer.status, 200U);
    return ParseJson(answer.body).value_or(Json());
  }

  [[nodiscard]] std::int64_t Sum(const std::string& field) const {
    const Json summary = Summary();
    const Json* value = summary.Find(field);
    return value == nullptr ? -1 : value->int_value().value_or(-1);
  }

  [[nodiscard]] std::vector<Json> LedgerLines() const {
    std::vector<Json> lines;
    std::ifstream stream(LedgerPath());
    for (std::string line; std::getline(stream, line);) {
      Result<Json> parsed = ParseJson(line);
      EXPECT_TRUE(parsed) << line;
      lines.push_back(std::move(parsed).value_or(Json()));
    }
    return lines;
  }

  unsigned short port_ = 0;
  std::string first_line_;

 private:
  fs::path root_;
  pid_t pid_ = -1;
};

std::string Text(const Json& line, const std::string& field) {
  const Json* value = line.Find(field);
  return value == nullptr ? "(absent)" : value->Serialize();
}

TEST_F(LedgerTargetTest, WritesDownEachCallAndItsAnswer) {
  ASSERT_NO_FATAL_FAILURE(StartTarget());
  Connection connection = Connect();
  const HttpAnswer first = connection.Post("/ok/hlr?x=1", "key-1", R"({"imsi":"234"})");
  EXPECT_EQ(first.status, 200U);
  EXPECT_EQ(first.body, R"({"reference":"R-1"})");
  EXPECT_EQ(connection.Post("/fail/functional/hlr", "key-2", "\xff\x01").status, 422U);
  const std::vector<Json> lines = LedgerLines();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(Text(lines[0], "event"), R"("call")");
  EXPECT_EQ(Text(lines[0], "method"), R"("POST")");
  EXPECT_EQ(Text(lines[0], "path"), R"("/ok/hlr?x=1")");
  EXPECT_EQ(Text(lines[0], "key"), R"("key-1")");
  EXPECT_EQ(Text(lines[0], "callOfKey"), "1");
  EXPECT_EQ(Text(lines[0], "body"), R"("{\"imsi\":\"234\"}")");
  EXPECT_EQ(Text(lines[1], "event"), R"("answer")");
  EXPECT_EQ(Text(lines[1], "status"), "200");
  EXPECT_EQ(Text(lines[1], "effect"), "true");
  EXPECT_EQ(Text(lines[2], "bodyHex"), R"("ff01")");
  EXPECT_EQ(Text(lines[3], "effect"), "false");
  EXPECT_LE(lines[0].Find("at")->int_value(), lines[1].Find("at")->int_value());
}

TEST_F(LedgerTargetTest, CountsEachEffectOfARepeatedKey) {
  ASSERT_NO_FATAL_FAILURE(StartTarget());
  Connection connection = Connect();
  EXPECT_EQ(connection.Post("/ok/a", "k").body, R"({"reference":"R-1"})");
  EXPECT_EQ(connection.Post("/ok/a", "k").body, R"({"reference":"R-2"})");
  EXPECT_EQ(connection.Post("/ok/b", "other").status, 200U);
  EXPECT_EQ(Sum("calls"), 3);
  EXPECT_EQ(Sum("keys"), 2);
  EXPECT_EQ(Sum("effects"), 3);
  EXPECT_EQ(Sum("duplicateCalls"), 1);
  EXPECT_EQ(Sum("keysWithSeveralEffects"), 1);
  EXPECT_EQ(Text(Summary(), "byPath"),
            R"({"/ok/a":{"calls":2,"effects":2},"/ok/b":{"calls":1,"effects":1}})");
}

TEST_F(LedgerTargetTest, DeduplicatesByKey) {
  ASSERT_NO_FATAL_FAILURE(StartTarget({"--deduplicate"}));
  Connection connection = Connect();
  const std::string first = connection.Post("/ok/a", "k").body;
  EXPECT_EQ(connection.Post("/ok/a", "k").body, first);
  EXPECT_EQ(connection.Post("/fail/functional/a", "f").status, 422U);
  EXPECT_EQ(connection.Post("/ok/a", "f").status, 422U) << "a refusal is remembered too";
  EXPECT_EQ(connection.Post("/flaky/1/a", "t").status, 503U);
  EXPECT_EQ(connection.Post("/flaky/1/a", "t").status, 200U) << "what did nothing is tried again";
  EXPECT_EQ(Sum("effects"), 2);
  EXPECT_EQ(Sum("duplicateCalls"), 3);
  EXPECT_EQ(Sum("keysWithSeveralEffects"), 0);
  const std::vector<Json> lines = LedgerLines();
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_EQ(Text(lines[2], "callOfKey"), "2");
  EXPECT_EQ(Text(lines[3], "duplicate"), "true");
  EXPECT_EQ(Text(lines[3], "effect"), "false");
}

TEST_F(LedgerTargetTest, ARepeatedKeyWaitsForTheDelayedAnswer) {
  ASSERT_NO_FATAL_FAILURE(StartTarget({"--deduplicate"}));
  std::vector<std::future<HttpAnswer>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::async(std::launch::async, [this] {
      Connection connection = Connect();
      return connection.Post("/slow/300/a", "k");
    }));
  }
  for (std::future<HttpAnswer>& answer : answers) {
    EXPECT_EQ(answer.get().body, R"({"reference":"R-1"})");
  }
  EXPECT_EQ(Sum("calls"), 4);
  EXPECT_EQ(Sum("effects"), 1);
  EXPECT_EQ(Sum("duplicateCalls"), 3);
}

TEST_F(LedgerTargetTest, IsMendedWhileItRuns) {
  ASSERT_NO_FATAL_FAILURE(StartTarget());
  Connection connection = Connect();
  EXPECT_EQ(connection.Post("/fail/technical/hlr").status, 503U);
  EXPECT_EQ(connection.Post("/_ledger/behaviour", "", R"({"path":"/fail/technical","answer":200})")
                .status,
            204U);
  EXPECT_EQ(connection.Post("/fail/technical/hlr").status, 200U);
  const HttpAnswer bad = connection.Post("/_ledger/behaviour", "", R"({"path":"/x","answer":7})");
  EXPECT_EQ(bad.status, 400U);
  EXPECT_NE(bad.body.find("answer: '7'"), std::string::npos) << bad.body;
  EXPECT_EQ(Sum("calls"), 2) << "the target's own paths are not in the ledger";
}

TEST_F(LedgerTargetTest, DropsTheConnectionAfterTheEffect) {
  std::ofstream(Root() / "script.json") << R"([{"path":"/lost","answer":200,"drop":true}])";
  ASSERT_NO_FATAL_FAILURE(
      StartTarget({"--deduplicate", "--script", (Root() / "script.json").string()}));
  EXPECT_EQ(Connect().Post("/lost", "k").status, 0U);
  EXPECT_EQ(Connect().Post("/lost", "k").body, R"({"reference":"R-1"})");
  EXPECT_EQ(Sum("effects"), 1);
  EXPECT_EQ(Text(LedgerLines().at(1), "dropped"), "true");
}

TEST_F(LedgerTargetTest, AnswersNoEarlierThanTheLatency) {
  ASSERT_NO_FATAL_FAILURE(StartTarget({"--latency", "20..40", "--seed", "7"}));
  Connection connection = Connect();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(connection.Post("/ok/a").status, 200U);
  }
  const std::vector<Json> lines = LedgerLines();
  ASSERT_EQ(lines.size(), 10U);
  for (std::size_t i = 0; i < lines.size(); i += 2) {
    const std::int64_t called_ns = lines[i].Find("at")->int_value().value_or(0);
    const std::int64_t answered_ns = lines[i + 1].Find("at")->int_value().value_or(0);
    // The wall clock may be set a little while we wait; the timer itself is monotonic.
    EXPECT_GE(answered_ns - called_ns, 19'000'000);
  }
}

TEST_F(LedgerTargetTest, ContinuesALedgerThatIsThere) {
  ASSERT_NO_FATAL_FAILURE(StartTarget());
  EXPECT_EQ(Connect().Post("/ok/a").status, 200U);
  EXPECT_EQ(Stop(), 0);
  ASSERT_NO_FATAL_FAILURE(StartTarget());
  EXPECT_EQ(Connect().Post("/ok/a").status, 200U);
  EXPECT_EQ(LedgerLines().size(), 4U);
}

TEST_F(LedgerTargetTest, RefusesBadOptions) {
  const std::vector<std::vector<std::string>> refused = {{"--latency", "9..3"},
                                                         {"--latency", "a"},
                                                         {"--listen", "localhost"},
                                                         {"--listen", "::"},
                                                         {"--script", "/none"}};
  for (const std::vector<std::string>& arguments : refused) {
    ASSERT_NO_FATAL_FAILURE(Launch(arguments));
    EXPECT_EQ(first_line_, "") << arguments[1];
    const int status = Wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << arguments[1];
  }
}

}  // namespace
}  // namespace cairn
