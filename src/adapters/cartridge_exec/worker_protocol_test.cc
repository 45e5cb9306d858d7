// The lines to and from a worker process.
#include "adapters/cartridge_exec/worker_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cairn {
namespace {

using ::testing::HasSubstr;

TEST(WorkerProtocolTest, ARequestIsOneLine) {
  CartridgeCall call;
  call.operation = "send \"x\"\n";
  call.idempotency_key = "wo-1-2-1";
  call.ticket.attempt = 3;
  call.ticket.run = 2;
  call.input = Fields::FromJsonText(R"({"to":"a\nb","n":1.10})").value();
  std::string out = "before";
  AppendRequestLine(out, 17, call);
  EXPECT_EQ(out, R"(before{"id":"17","operation":"send \"x\"\n","idempotencyKey":"wo-1-2-1",)"
                 R"("attempt":3,"run":2,"input":{"to":"a\nb","n":1.10}})"
                 "\n");
}

TEST(WorkerProtocolTest, AnAnswerIsTakenAsItStands) {
  const auto answer =
      ParseAnswerLine(R"({"id":"17","outcome":"functional","output":{"n":1.10,"o":{"a":[1]}},)"
                      R"("detail":"no","x":1})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 17U);
  EXPECT_EQ(answer->outcome, Outcome::kFunctional);
  EXPECT_EQ(answer->output.ToJsonObject(), R"({"n":1.10,"o":{"a":[1]}})");
  EXPECT_EQ(answer->detail, "no");
}

TEST(WorkerProtocolTest, OutputAndDetailMayBeLeftOut) {
  for (const char* line : {R"({"id":"1","outcome":"ok"})",
                           R"({"id":"1","outcome":"ok","output":null,"detail":null})"}) {
    const auto answer = ParseAnswerLine(line);
    ASSERT_TRUE(answer) << line;
    EXPECT_EQ(answer->outcome, Outcome::kOk);
    EXPECT_TRUE(answer->output.empty());
    EXPECT_EQ(answer->detail, "");
  }
}

TEST(WorkerProtocolTest, ALineWithoutAUsableIdBelongsToNoCall) {
  for (const char* line :
       {"", "garbage", "[]", "7", R"({"outcome":"ok"})", R"({"id":7,"outcome":"ok"})",
        R"({"id":"7x","outcome":"ok"})", R"({"id":"-7","outcome":"ok"})",
        R"({"id":"","outcome":"ok"})", R"({"id":"99999999999999999999","outcome":"ok"})",
        R"({"id":"7","id":"8","outcome":"ok"})", R"({"id":"7","outcome":"ok"} x)"}) {
    const auto answer = ParseAnswerLine(line);
    ASSERT_FALSE(answer) << line;
    EXPECT_FALSE(answer.error().id) << line;
    EXPECT_NE(answer.error().why, "") << line;
  }
}

TEST(WorkerProtocolTest, AnInvalidAnswerStillNamesItsCall) {
  for (const char* line :
       {R"({"id":"7"})", R"({"id":"7","outcome":"great"})", R"({"id":"7","outcome":"delayed"})",
        R"({"id":"7","outcome":"OK"})", R"({"id":"7","outcome":1})",
        R"({"id":"7","outcome":"ok","output":[]})", R"({"id":"7","outcome":"ok","output":"x"})",
        R"({"id":"7","outcome":"ok","detail":1})"}) {
    const auto answer = ParseAnswerLine(line);
    ASSERT_FALSE(answer) << line;
    EXPECT_EQ(answer.error().id, 7U) << line;
  }
}

TEST(WorkerProtocolTest, ATooLargeOutputIsLeftOut) {
  const std::string text(kOutputBytesMax, 'x');
  const auto answer =
      ParseAnswerLine(R"({"id":"7","outcome":"ok","output":{"t":")" + text + "\"}}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outcome, Outcome::kOk);
  EXPECT_TRUE(answer->output.empty());
  EXPECT_THAT(answer->detail, HasSubstr("larger than 65536 bytes"));
}

}  // namespace
}  // namespace cairn
