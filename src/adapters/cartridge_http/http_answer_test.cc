// Which outcome, output and detail a response gives.
#include "adapters/cartridge_http/http_answer.h"

#include "model/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace cairn {
namespace {

using ::testing::HasSubstr;

void AddRange(records::HttpOperation& operation, std::uint32_t from, std::uint32_t to,
              records::ScriptedOutcome outcome) {
  records::StatusOutcome* range = operation.add_statuses();
  range->set_from(from);
  range->set_to(to);
  range->set_outcome(outcome);
}

CartridgeAnswer AnswerTo(std::uint32_t status, std::string_view body, bool cut = false) {
  CartridgeAnswer answer;
  FillFromResponse(records::HttpOperation(), status, body, cut, answer);
  return answer;
}

TEST(HttpAnswerTest, StatusesHaveDefaults) {
  const std::pair<std::uint32_t, Outcome> expected[] = {
      {200, Outcome::kOk},        {204, Outcome::kOk},         {299, Outcome::kOk},
      {302, Outcome::kTechnical}, {400, Outcome::kFunctional}, {404, Outcome::kFunctional},
      {408, Outcome::kTechnical}, {409, Outcome::kFunctional}, {422, Outcome::kFunctional},
      {425, Outcome::kTechnical}, {429, Outcome::kTechnical},  {499, Outcome::kFunctional},
      {500, Outcome::kTechnical}, {503, Outcome::kTechnical},  {599, Outcome::kTechnical},
      {0, Outcome::kTechnical}};
  for (const auto& [status, outcome] : expected) {
    EXPECT_EQ(OutcomeOfStatus(records::HttpOperation(), status), outcome) << status;
  }
}

TEST(HttpAnswerTest, TheFirstRangeThatHoldsTheStatusWins) {
  records::HttpOperation operation;
  AddRange(operation, 409, 409, records::SCRIPTED_OK);
  AddRange(operation, 400, 499, records::SCRIPTED_TECHNICAL);
  AddRange(operation, 404, 404, records::SCRIPTED_OK);
  AddRange(operation, 501, 502, records::SCRIPTED_FUNCTIONAL);
  EXPECT_EQ(OutcomeOfStatus(operation, 409), Outcome::kOk);
  EXPECT_EQ(OutcomeOfStatus(operation, 404), Outcome::kTechnical);
  EXPECT_EQ(OutcomeOfStatus(operation, 501), Outcome::kFunctional);
  EXPECT_EQ(OutcomeOfStatus(operation, 502), Outcome::kFunctional);
  EXPECT_EQ(OutcomeOfStatus(operation, 503), Outcome::kTechnical);
}

TEST(HttpAnswerTest, AJsonObjectIsTheOutputOfAnOk) {
  const CartridgeAnswer answer = AnswerTo(201, R"( {"imsi": "234", "n": 1.10} )");
  EXPECT_EQ(answer.outcome, Outcome::kOk);
  EXPECT_EQ(answer.output.ToJsonObject(), R"({"imsi":"234","n":1.10})");
  EXPECT_EQ(answer.detail, "");
}

TEST(HttpAnswerTest, AnOkWithoutAnObjectHasNoOutputAndSaysWhy) {
  for (const char* body : {"<html>", "[1]", "\"x\"", "{\"a\":1", "{\"a\":1,\"a\":2}"}) {
    const CartridgeAnswer answer = AnswerTo(200, body);
    EXPECT_EQ(answer.outcome, Outcome::kOk) << body;
    EXPECT_TRUE(answer.output.empty()) << body;
    EXPECT_THAT(answer.detail, HasSubstr("no output: the body is")) << body;
  }
  EXPECT_EQ(AnswerTo(204, "").detail, "");
  EXPECT_EQ(AnswerTo(200, " \r\n").detail, "");
}

TEST(HttpAnswerTest, ATooLargeBodyOfAnOkIsLeftOut) {
  const CartridgeAnswer cut = AnswerTo(200, R"({"a":)", true);
  EXPECT_EQ(cut.outcome, Outcome::kOk);
  EXPECT_TRUE(cut.output.empty());
  EXPECT_THAT(cut.detail, HasSubstr("larger than 65536 bytes"));
  // It fits as it came, but not in the form in which it is kept.
  std::string many = "{";
  for (int i = 0; many.size() + 20 < kOutputBytesMax; ++i) {
    many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":1";
  }
  EXPECT_THAT(AnswerTo(200, many + "}").detail, HasSubstr("larger than 65536 bytes"));
}

TEST(HttpAnswerTest, AnErrorShowsStatusAndTheBodysBeginning) {
  const CartridgeAnswer answer = AnswerTo(422, "  no\r\nsuch \x01 plan\n");
  EXPECT_EQ(answer.outcome, Outcome::kFunctional);
  EXPECT_EQ(answer.detail, "HTTP 422: no such plan");
  EXPECT_EQ(AnswerTo(503, "").detail, "HTTP 503");
  EXPECT_EQ(AnswerTo(500, std::string(1'000, 'x')).detail, "HTTP 500: " + std::string(200, 'x'));
  EXPECT_TRUE(AnswerTo(422, R"({"a":1})").output.empty());
}

TEST(HttpAnswerTest, AnUnfitLineIsMadeClean) {
  EXPECT_EQ(OneCleanLine("a\xff\xfe"
                         "b",
                         10),
            "a??b");
  EXPECT_EQ(OneCleanLine("caf\xc3\xa9s", 4), "caf\xc3\xa9");
  EXPECT_EQ(OneCleanLine("caf\xc3", 10), "caf?");
  EXPECT_EQ(OneCleanLine("\x1b[31mred", 10), "[31mred");
  EXPECT_EQ(OneCleanLine("a\xc2\x9b"
                         "b",
                         10),
            "a b");
  EXPECT_EQ(OneCleanLine("\xff", 10), "?");
  EXPECT_EQ(OneCleanLine("", 10), "");
}

}  // namespace
}  // namespace cairn
