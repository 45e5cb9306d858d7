#include "tests/support/ledger_target/behaviours.h"

#include <gtest/gtest.h>

#include <string>

namespace cairn {
namespace {

unsigned StatusOf(Behaviours& behaviours, std::string_view path, std::string_view body = "") {
  return behaviours.Decide(path, body).status;
}

TEST(BehavioursTest, AnswersByThePath) {
  Behaviours behaviours;
  EXPECT_EQ(StatusOf(behaviours, "/ok/subscriber"), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/fail/functional/a"), 422U);
  EXPECT_EQ(StatusOf(behaviours, "/fail/technical/a"), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/fail/else"), 404U);
  EXPECT_EQ(StatusOf(behaviours, "/okay"), 404U);
  EXPECT_EQ(StatusOf(behaviours, "/"), 404U);
  EXPECT_EQ(StatusOf(behaviours, "*"), 404U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/many/a"), 404U);
  EXPECT_EQ(StatusOf(behaviours, "/slow/-1/a"), 404U);
  const Behaviour slow = behaviours.Decide("/slow/250/a", "");
  EXPECT_EQ(slow.status, 200U);
  EXPECT_EQ(slow.delay_ms, 250);
}

TEST(BehavioursTest, FailsTheFirstCallsOfEachItem) {
  Behaviours behaviours;
  const std::string one = R"({"orderItem":"po1"})";
  const std::string two = R"({"orderItem":"po2"})";
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", one), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", one), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", two), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", one), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", two), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/a", two), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/1/x"), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/1/y"), 503U) << "without a field the path is the item";
  EXPECT_EQ(StatusOf(behaviours, "/flaky/1/x"), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/flaky/2/b", one), 503U) << "each path counts apart";

  Behaviours by_number({"msisdn"});
  EXPECT_EQ(StatusOf(by_number, "/flaky/1/a", R"({"id":"1","msisdn":447700})"), 503U);
  EXPECT_EQ(StatusOf(by_number, "/flaky/1/a", R"({"id":"1","msisdn":447701})"), 503U);
  EXPECT_EQ(StatusOf(by_number, "/flaky/1/a", R"({"id":"2","msisdn":447700})"), 200U);
}

TEST(BehavioursTest, TheLongestRuleWins) {
  Behaviours behaviours;
  ASSERT_TRUE(behaviours.Add(R"({"path":"/fail/technical","answer":200})"));
  ASSERT_TRUE(behaviours.Add(R"({"path":"/fail/technical/hard","answer":500,"delayMs":7})"));
  EXPECT_EQ(StatusOf(behaviours, "/fail/technical"), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/fail/technical/a/b"), 200U);
  EXPECT_EQ(StatusOf(behaviours, "/fail/technically"), 404U) << "a rule ends at a slash";
  EXPECT_EQ(behaviours.Decide("/fail/technical/hard/a", "").delay_ms, 7);
  EXPECT_EQ(StatusOf(behaviours, "/fail/functional"), 422U);
  ASSERT_TRUE(behaviours.Add(R"({"path":"/fail/technical","answer":503})"));
  EXPECT_EQ(StatusOf(behaviours, "/fail/technical"), 503U);
}

TEST(BehavioursTest, ANewRuleCountsItsFailuresFromTheStart) {
  Behaviours behaviours;
  const std::string rule = R"({"path":"/x","answer":201,"failFirst":1,"body":{"n":1.50}})";
  ASSERT_TRUE(behaviours.Add(rule));
  EXPECT_EQ(StatusOf(behaviours, "/x"), 503U);
  EXPECT_EQ(behaviours.Decide("/x", "").body, R"({"n":1.50})");
  ASSERT_TRUE(behaviours.Add(rule));
  EXPECT_EQ(StatusOf(behaviours, "/x"), 503U);
  EXPECT_EQ(StatusOf(behaviours, "/x"), 201U);
}

struct BadRule {
  const char* name;  // of the test
  const char* rule;
  const char* said;
};

class BehavioursBadRuleTest : public testing::TestWithParam<BadRule> {};

TEST_P(BehavioursBadRuleTest, IsRefusedByName) {
  Behaviours behaviours;
  const Status added = behaviours.Add(GetParam().rule);
  ASSERT_FALSE(added);
  EXPECT_NE(added.error().message.find(GetParam().said), std::string::npos)
      << added.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, BehavioursBadRuleTest,
    testing::Values(
        BadRule{"NoObject", R"([])", "JSON object"}, BadRule{"NoPath", R"({"answer":200})", "path"},
        BadRule{"RelativePath", R"({"path":"ok","answer":200})", "path"},
        BadRule{"SlashAtTheEnd", R"({"path":"/ok/","answer":200})", "path"},
        BadRule{"NoAnswer", R"({"path":"/ok"})", "answer"},
        BadRule{"NoStatus", R"({"path":"/ok","answer":99})", "answer: '99'"},
        BadRule{"AnswerAsText", R"({"path":"/ok","answer":"200"})", "answer"},
        BadRule{"NegativeDelay", R"({"path":"/ok","answer":200,"delayMs":-1})", "delayMs: '-1'"},
        BadRule{"HalfAFailure", R"({"path":"/ok","answer":200,"failFirst":1.5})", "failFirst"},
        BadRule{"DropAsNumber", R"({"path":"/ok","answer":200,"drop":1})", "drop"},
        BadRule{"UnknownMember", R"({"path":"/ok","answer":200,"anwser":1})", "anwser"}),
    [](const auto& rule) { return rule.param.name; });

TEST(BehavioursTest, AScriptTellsWhichRuleIsWrong) {
  Behaviours behaviours;
  EXPECT_TRUE(behaviours.AddScript(R"([{"path":"/a","answer":201},{"path":"/b","answer":202}])"));
  EXPECT_EQ(StatusOf(behaviours, "/b"), 202U);
  const Status added = behaviours.AddScript(R"([{"path":"/a","answer":201},{"path":"/b"}])");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message.rfind("rule 1: answer", 0), 0U) << added.error().message;
  EXPECT_FALSE(behaviours.AddScript("{}"));
}

}  // namespace
}  // namespace cairn
