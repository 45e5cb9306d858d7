// The HTTP cartridge against a real server on the loopback.
#include "adapters/cartridge_http/http_cartridge.h"

#include "base/check.h"
#include "tests/contract/collecting_sink.h"
#include "tests/contract/http_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpCartridgeTest : public ::testing::Test {
 protected:
  HttpCartridgeTest() {
    definition_->set_name("crm");
    definition_->mutable_http()->set_url(peer_.url());
  }
  // An operation is named by its path.
  records::HttpOperation& Operation(const std::string& path, const std::string& method = "POST") {
    records::HttpOperation* operation = definition_->mutable_http()->add_operations();
    operation->set_name(path);
    operation->set_path(path);
    operation->set_method(method);
    return *operation;
  }
  CartridgeCall MakeCall(const std::string& operation, const std::string& input = "{}") {
    CartridgeCall call;
    call.ticket.work_order.index = next_index_++;
    call.ticket.attempt = 1;
    call.cartridge = definition_;
    call.operation = operation;
    call.idempotency_key = "wo-7-1";
    call.input = Fields::FromJsonText(input).value();
    call.timeout = kMinute;
    return call;
  }
  CartridgeAnswer AnswerTo(CartridgeCall call) {
    const CallTicket ticket = call.ticket;
    std::vector<CartridgeCall> calls;
    calls.push_back(std::move(call));
    cartridge_.Call(std::move(calls));
    std::vector<CartridgeAnswer> answers = sink_.Take(1);
    CHECK(answers.size() == 1);
    EXPECT_EQ(answers[0].ticket, ticket);
    return std::move(answers[0]);
  }
  CartridgeAnswer AnswerTo(const std::string& operation, const std::string& input = "{}") {
    return AnswerTo(MakeCall(operation, input));
  }
  static std::string Text(const CartridgeAnswer& answer, const char* field) {
    const auto json = answer.output.Find(field);
    return json ? ParseJson(*json).value().text() : "(absent)";
  }

  HttpPeer peer_;
  CollectingSink sink_;
  std::shared_ptr<records::Cartridge> definition_ = std::make_shared<records::Cartridge>();
  HttpCartridge cartridge_{sink_};
  std::uint32_t next_index_ = 0;
};

TEST_F(HttpCartridgeTest, TheTargetSeesMethodPathHeadersKeyAndBody) {
  records::HttpOperation& operation = Operation("/echo?m={m}", "PUT");
  records::Header* header = operation.add_headers();
  header->set_name("X-Test");
  header->set_value("for {m}");
  const CartridgeAnswer answer = AnswerTo("/echo?m={m}", R"({"m":"a b","n":1.10})");
  EXPECT_EQ(answer.outcome, Outcome::kOk);
  EXPECT_EQ(Text(answer, "method"), "PUT");
  EXPECT_EQ(Text(answer, "target"), "/echo?m=a%20b");
  EXPECT_EQ(Text(answer, "test"), "for a b");
  EXPECT_EQ(Text(answer, "key"), "wo-7-1");
  EXPECT_EQ(Text(answer, "type"), "application/json");
  EXPECT_EQ(Text(answer, "body"), R"({"m":"a b","n":1.10})");
}

TEST_F(HttpCartridgeTest, EveryMethodWithAndWithoutBodyFollowsAnyOther) {
  struct Sent {
    std::string method;
    bool body;
  };
  std::vector<Sent> sent;
  for (const char* method : {"POST", "GET", "DELETE", "PUT", "PATCH", "PURGE"}) {
    for (const bool body : {true, false}) {
      sent.push_back({method, body});
    }
  }
  // Backwards too, so that a handle that is used again meets each kind after each other kind.
  const std::vector<Sent> backwards(sent.rbegin(), sent.rend());
  sent.insert(sent.end(), backwards.begin(), backwards.end());
  for (const auto& [method, body] : sent) {
    definition_->mutable_http()->clear_operations();
    Operation("/echo", method).set_no_body(!body);
    const CartridgeAnswer answer = AnswerTo("/echo", R"({"a":1})");
    EXPECT_EQ(Text(answer, "method"), method);
    EXPECT_EQ(Text(answer, "body"), body ? R"({"a":1})" : "") << method;
  }
  definition_->mutable_http()->clear_operations();
  Operation("/echo", "HEAD");
  EXPECT_EQ(AnswerTo("/echo").outcome, Outcome::kOk);
  EXPECT_EQ(peer_.connections(), 1);
}

TEST_F(HttpCartridgeTest, TheStatusDecidesTheOutcome) {
  const std::map<int, Outcome> expected = {{200, Outcome::kOk},         {204, Outcome::kOk},
                                           {404, Outcome::kFunctional}, {422, Outcome::kFunctional},
                                           {429, Outcome::kTechnical},  {503, Outcome::kTechnical}};
  for (const auto& [status, outcome] : expected) {
    const std::string path = "/status/" + std::to_string(status);
    Operation(path);
    const CartridgeAnswer answer = AnswerTo(path);
    EXPECT_EQ(answer.outcome, outcome) << status;
    if (outcome != Outcome::kOk) {
      EXPECT_EQ(answer.detail,
                "HTTP " + std::to_string(status) + ": because " + std::to_string(status));
    }
  }
  records::StatusOutcome* conflict = Operation("/status/409").add_statuses();
  conflict->set_from(409);
  conflict->set_to(409);
  conflict->set_outcome(records::SCRIPTED_OK);
  EXPECT_EQ(AnswerTo("/status/409").outcome, Outcome::kOk);
}

TEST_F(HttpCartridgeTest, ABusyTargetSaysHowLong) {
  Operation("/busy");
  Operation("/status/503");
  EXPECT_EQ(AnswerTo("/busy").retry_after, 3 * kSecond);
  EXPECT_EQ(AnswerTo("/status/503").retry_after, 0);
}

TEST_F(HttpCartridgeTest, AnAnswerThatIsNotHttpIsTechnical) {
  Operation("/raw");
  for (const char* bytes :
       {"\x01\x02\x03 garbage\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 1000 High\r\n\r\n", "HTTP/3.7 200 OK\r\n\r\n"}) {
    peer_.AnswerRaw(bytes);
    const CartridgeAnswer answer = AnswerTo("/raw");
    EXPECT_EQ(answer.outcome, Outcome::kTechnical) << bytes;
    EXPECT_THAT(answer.detail, StartsWith("the answer is not HTTP: ")) << bytes;
  }
}

TEST_F(HttpCartridgeTest, AnAnswerWithAnEndlessHeaderIsTechnicalAndSaysSo) {
  Operation("/raw");
  peer_.AnswerRaw("HTTP/1.1 200 OK\r\nX-Long: " + std::string(300'000, 'x') + "\r\n\r\n");
  const CartridgeAnswer answer = AnswerTo("/raw");
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_THAT(answer.detail, HasSubstr("header is too large"));
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 600; ++i) many += "X-Many: " + std::string(1'000, 'x') + "\r\n";
  peer_.AnswerRaw(many + "\r\n");
  const CartridgeAnswer of_many = AnswerTo("/raw");
  EXPECT_EQ(of_many.outcome, Outcome::kTechnical);
  EXPECT_THAT(of_many.detail, HasSubstr("header"));
}

TEST_F(HttpCartridgeTest, ConnectionsAreUsedAgain) {
  Operation("/echo");
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(AnswerTo("/echo").outcome, Outcome::kOk);
  }
  EXPECT_EQ(peer_.requests(), 50);
  EXPECT_EQ(peer_.connections(), 1);
}

TEST_F(HttpCartridgeTest, ManyCallsAtOnceAreAnsweredOnceEach) {
  Operation("/echo");
  constexpr std::size_t kCalls = 64;
  std::vector<CartridgeCall> calls;
  for (std::size_t i = 0; i < kCalls; ++i) {
    calls.push_back(MakeCall("/echo", "{\"n\":" + std::to_string(i) + "}"));
  }
  cartridge_.Call(std::move(calls));
  std::map<std::uint32_t, std::string> bodies;
  for (const CartridgeAnswer& answer : sink_.Take(kCalls)) {
    EXPECT_TRUE(bodies.emplace(answer.ticket.work_order.index, Text(answer, "body")).second);
  }
  ASSERT_EQ(bodies.size(), kCalls);
  for (const auto& [index, body] : bodies) {
    EXPECT_EQ(body, "{\"n\":" + std::to_string(index) + "}");
  }
}

TEST_F(HttpCartridgeTest, ASilentTargetIsATechnicalErrorAfterTheTimeout) {
  Operation("/silent");
  CartridgeCall call = MakeCall("/silent");
  call.timeout = 50 * kMillisecond;
  const CartridgeAnswer answer = AnswerTo(std::move(call));
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_EQ(answer.detail, "no answer within 50ms");
}

TEST_F(HttpCartridgeTest, ASilentTargetDoesNotDelayTheOthers) {
  Operation("/silent");
  Operation("/echo");
  std::vector<CartridgeCall> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(MakeCall("/silent"));
  }
  cartridge_.Call(std::move(calls));
  EXPECT_EQ(AnswerTo("/echo").outcome, Outcome::kOk);
}

TEST_F(HttpCartridgeTest, ABrokenConnectionIsATechnicalError) {
  for (const char* path : {"/half", "/close"}) {
    Operation(path);
    const CartridgeAnswer answer = AnswerTo(path);
    EXPECT_EQ(answer.outcome, Outcome::kTechnical) << path;
    EXPECT_NE(answer.detail, "") << path;
    EXPECT_TRUE(answer.output.empty()) << path;
  }
}

TEST_F(HttpCartridgeTest, ARefusedConnectionIsATechnicalErrorInWords) {
  {
    const HttpPeer gone;
    definition_->mutable_http()->set_url(gone.url());
  }
  Operation("/echo");
  const CartridgeAnswer answer = AnswerTo("/echo");
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_THAT(answer.detail, HasSubstr("connect"));
}

TEST_F(HttpCartridgeTest, ATooLargeBodyIsLeftOut) {
  Operation("/large");
  Operation("/huge");
  Operation("/echo");
  for (const char* path : {"/large", "/huge"}) {
    const CartridgeAnswer answer = AnswerTo(path);
    EXPECT_EQ(answer.outcome, Outcome::kOk) << path;
    EXPECT_TRUE(answer.output.empty()) << path;
    EXPECT_THAT(answer.detail, HasSubstr("larger than 65536 bytes")) << path;
  }
  EXPECT_EQ(peer_.connections(), 1);
  // The huge one was not read to its end, so its connection could not be kept.
  EXPECT_EQ(AnswerTo("/echo").outcome, Outcome::kOk);
  EXPECT_EQ(peer_.connections(), 2);
}

TEST_F(HttpCartridgeTest, ABodyThatIsNoJsonIsStillOk) {
  Operation("/text");
  const CartridgeAnswer answer = AnswerTo("/text");
  EXPECT_EQ(answer.outcome, Outcome::kOk);
  EXPECT_TRUE(answer.output.empty());
  EXPECT_THAT(answer.detail, StartsWith("no output: the body is not valid JSON"));
}

TEST_F(HttpCartridgeTest, RedirectsAreNotFollowed) {
  Operation("/redirect");
  const CartridgeAnswer answer = AnswerTo("/redirect");
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_EQ(answer.detail, "HTTP 302");
  EXPECT_EQ(peer_.requests(), 1);
}

TEST_F(HttpCartridgeTest, OnlyHttpAndHttps) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/x"}) {
    definition_->mutable_http()->set_url(url);
    definition_->mutable_http()->clear_operations();
    Operation("", "GET").set_no_body(true);
    const CartridgeAnswer answer = AnswerTo("");
    EXPECT_EQ(answer.outcome, Outcome::kFunctional) << url;
    EXPECT_THAT(answer.detail, HasSubstr("rotocol")) << url;
  }
}

TEST_F(HttpCartridgeTest, ARefusedHeaderNeverReachesTheTarget) {
  records::Header* header = Operation("/echo").add_headers();
  header->set_name("X-Test");
  header->set_value("{m}");
  const CartridgeAnswer answer = AnswerTo("/echo", R"({"m":"a\r\nX-Evil: 1"})");
  EXPECT_EQ(answer.outcome, Outcome::kFunctional);
  EXPECT_THAT(answer.detail, HasSubstr("X-Test"));
  EXPECT_EQ(peer_.requests(), 0);
}

TEST_F(HttpCartridgeTest, MissingFieldsAndOperationsAreFunctionalErrors) {
  Operation("/echo/{m}");
  EXPECT_EQ(AnswerTo("/echo/{m}").outcome, Outcome::kFunctional);
  const CartridgeAnswer unknown = AnswerTo("other");
  EXPECT_EQ(unknown.outcome, Outcome::kFunctional);
  EXPECT_EQ(unknown.detail, "the cartridge 'crm' has no operation 'other'");
}

TEST_F(HttpCartridgeTest, TheEnvironmentNamesNoProxy) {
  ASSERT_EQ(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  Operation("/echo");
  EXPECT_EQ(AnswerTo("/echo").outcome, Outcome::kOk);
  unsetenv("http_proxy");
}

TEST_F(HttpCartridgeTest, AConfiguredProxyIsAsked) {
  HttpCartridge through(sink_, {.proxy = peer_.url()});
  definition_->mutable_http()->set_url("http://no-such-host.invalid");
  Operation("/echo");
  std::vector<CartridgeCall> calls;
  calls.push_back(MakeCall("/echo"));
  through.Call(std::move(calls));
  const std::vector<CartridgeAnswer> answers = sink_.Take(1);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(Text(answers[0], "target"), "http://no-such-host.invalid/echo");
}

TEST_F(HttpCartridgeTest, StopGivesUpWhatIsUnderWay) {
  Operation("/silent");
  std::vector<CartridgeCall> calls;
  for (int i = 0; i < 5; ++i) {
    calls.push_back(MakeCall("/silent"));
  }
  cartridge_.Call(std::move(calls));
  cartridge_.Stop();
  calls.clear();
  calls.push_back(MakeCall("/silent"));
  cartridge_.Call(std::move(calls));
  cartridge_.Stop();
  EXPECT_EQ(sink_.count(), 0U);
}

}  // namespace
}  // namespace cairn
