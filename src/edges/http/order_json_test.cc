// Submission bodies: what a good one becomes, and that every bad one names its field and rule.

#include "edges/http/order_json.h"

#include "edges/http/field_errors.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cairn::http {
namespace {

constexpr std::string_view kFull = R"({
  "externalId": "crm-17", "customer": "C-1", "priority": -2,
  "requestedStartDate": "2026-01-31T23:59:59.5+01:00",
  "onPOPError": "stopAll", "sequentialSequencing": true,
  "dataset": {"pop::EXECUTION_POLICY": "Slicing", "price": 1.10,
              "big": 123456789012345678901234567890},
  "settings": {"replayableSOToRetryPort": false, "skipFailedWO": false},
  "productOrders": [
    {"id": "po0", "product": "access", "action": "noChange"},
    {"id": "po1", "product": "mobile-line", "action": "delete",
     "parameters": {"msisdn": "+447700900123", "nested": {"a": [1, null]}},
     "dependsOn": ["po0"]}]})";

TEST(OrderJson, ReadsEveryField) {
  const auto order = ParseOrderJson(kFull);
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->source, OrderRequest::Source::kNative);
  EXPECT_EQ(order->external_id, "crm-17");
  EXPECT_EQ(order->customer, "C-1");
  EXPECT_EQ(order->priority, -2);
  EXPECT_EQ(FormatTime(order->requested_start), "2026-01-31T22:59:59.500Z");
  EXPECT_TRUE(order->stop_all);
  EXPECT_TRUE(order->sequential);
  EXPECT_FALSE(order->replayable_so_to_retry_port);
  EXPECT_FALSE(order->skip_failed_wo);
  EXPECT_EQ(order->dataset.Find("price"), "1.10") << "numbers keep their digits";
  EXPECT_EQ(order->dataset.Find("big"), "123456789012345678901234567890");
  ASSERT_EQ(order->product_orders.size(), 2U);
  EXPECT_EQ(order->product_orders[0].verb, records::NO_CHANGE);
  const ProductOrderRequest& second = order->product_orders[1];
  EXPECT_EQ(second.id, "po1");
  EXPECT_EQ(second.product, "mobile-line");
  EXPECT_EQ(second.verb, records::DELETE);
  EXPECT_EQ(second.parameters.Find("nested"), R"({"a":[1,null]})");
  EXPECT_EQ(second.depends_on, std::vector<std::string>{"po0"});
}

TEST(OrderJson, DefaultsAreThoseOfTheApi) {
  const auto order = ParseOrderJson(R"({"productOrders":[{"id":"1","product":"p"}]})");
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(order->product_orders[0].verb, records::ADD);
  EXPECT_FALSE(order->stop_all);
  EXPECT_FALSE(order->sequential);
  EXPECT_TRUE(order->replayable_so_to_retry_port);
  EXPECT_TRUE(order->skip_failed_wo);
  EXPECT_EQ(order->requested_start, 0);
  EXPECT_TRUE(order->dataset.empty());
}

struct Bad {
  std::string body;
  std::string field;
  std::string rule;
};

// A body with this text among the order's members, or among those of its product order.
std::string Order(std::string_view member) {
  return fmt::format(R"({{{},"productOrders":[{{"id":"1","product":"p"}}]}})", member);
}
std::string Product(std::string_view members) {
  return fmt::format(R"({{"productOrders":[{{{}}}]}})", members);
}
std::string Long(std::size_t bytes) { return std::string(bytes, 'x'); }

std::vector<Bad> BadBodies() {
  const std::string po = "/productOrders/0";
  std::string many_fields;
  for (std::size_t i = 0; i <= kFieldsPerSetMax; ++i) {
    many_fields += fmt::format("{}\"f{}\":1", i == 0 ? "" : ",", i);
  }
  return {
      {"", "", "json-syntax"},
      {"{", "", "json-syntax"},
      {R"({"productOrders":[]} x)", "", "json-syntax"},
      {R"({"a":1,"a":2})", "", "json-syntax"},
      {std::string("{\"customer\":\"a\0b\"}", 18), "", "json-syntax"},
      {R"({"customer":"a\u0000b"})", "", "json-syntax"},
      {"{\"customer\":\"\xff\"}", "", "json-syntax"},
      {R"({"customer":"\ud800"})", "", "json-syntax"},
      {std::string(40, '[') + std::string(40, ']'), "", "json-syntax"},
      {"[]", "", "wrong-type"},
      {"null", "", "wrong-type"},
      {"{}", "/productOrders", "required"},
      {R"({"productOrders":null})", "/productOrders", "wrong-type"},
      {R"({"productOrders":{}})", "/productOrders", "wrong-type"},
      {R"({"productOrders":[]})", "/productOrders", "empty"},
      {R"({"productOrders":[7]})", po, "wrong-type"},
      {Order(R"("color":1)"), "/color", "unknown-field"},
      {Order(R"("a/b~c":1)"), "/a~1b~0c", "unknown-field"},
      {Order(R"("externalId":17)"), "/externalId", "wrong-type"},
      {Order(R"("externalId":")" + Long(257) + "\""), "/externalId", "too-long"},
      {Order(R"("customer":null)"), "/customer", "wrong-type"},
      {Order(R"("priority":"2")"), "/priority", "wrong-type"},
      {Order(R"("priority":1.5)"), "/priority", "out-of-range"},
      {Order(R"("priority":1e3)"), "/priority", "out-of-range"},
      {Order(R"("priority":1000001)"), "/priority", "out-of-range"},
      {Order(R"("priority":99999999999999999999)"), "/priority", "out-of-range"},
      {Order(R"("requestedStartDate":5)"), "/requestedStartDate", "wrong-type"},
      {Order(R"("requestedStartDate":"")"), "/requestedStartDate", "bad-time"},
      {Order(R"("requestedStartDate":"2026-02-30T00:00:00Z")"), "/requestedStartDate", "bad-time"},
      {Order(R"("requestedStartDate":"2026-02-03")"), "/requestedStartDate", "bad-time"},
      {Order(R"("onPOPError":"stop")"), "/onPOPError", "unknown-value"},
      {Order(R"("onPOPError":true)"), "/onPOPError", "wrong-type"},
      {Order(R"("sequentialSequencing":"no")"), "/sequentialSequencing", "wrong-type"},
      {Order(R"("dataset":[])"), "/dataset", "wrong-type"},
      {Order(R"("dataset":{"":1})"), "/dataset/", "empty"},
      {Order(R"("dataset":{")" + Long(257) + R"(":1})"), "/dataset/" + Long(257), "too-long"},
      {Order(R"("dataset":{)" + many_fields + "}"), "/dataset", "too-many"},
      {Order(R"("dataset":{"a":")" + Long(kFieldSetBytesMax) + "\"}"), "/dataset", "too-large"},
      {Order(R"("settings":1)"), "/settings", "wrong-type"},
      {Order(R"("settings":{"skipFailedWO":1})"), "/settings/skipFailedWO", "wrong-type"},
      {Order(R"("settings":{"other":true})"), "/settings/other", "unknown-field"},
      {Product(R"("product":"p")"), po + "/id", "required"},
      {Product(R"("id":"1")"), po + "/product", "required"},
      {Product(R"("id":"","product":"p")"), po + "/id", "empty"},
      {Product(R"("id":1,"product":"p")"), po + "/id", "wrong-type"},
      {Product(R"("id":"1","product":[])"), po + "/product", "wrong-type"},
      {Product(R"("id":"1","product":"p","x":1)"), po + "/x", "unknown-field"},
      {Product(R"("id":"1","product":"p","action":"remove")"), po + "/action", "unknown-action"},
      {Product(R"("id":"1","product":"p","action":3)"), po + "/action", "wrong-type"},
      {Product(R"("id":"1","product":"p","parameters":"x")"), po + "/parameters", "wrong-type"},
      {Product(R"("id":"1","product":"p","dependsOn":"2")"), po + "/dependsOn", "wrong-type"},
      {Product(R"("id":"1","product":"p","dependsOn":[2])"), po + "/dependsOn/0", "wrong-type"},
      {Product(R"("id":"1","product":"p","dependsOn":["a",""])"), po + "/dependsOn/1", "empty"},
      {R"({"productOrders":[{"id":"1","product":"p"},{"id":"2","product":"p"},)"
       R"({"id":"1","product":"p"}]})",
       "/productOrders/2/id", "duplicate-id"},
  };
}

TEST(OrderJson, EveryBadBodyNamesItsFieldAndRule) {
  for (const Bad& bad : BadBodies()) {
    const auto order = ParseOrderJson(bad.body);
    const std::string shown = bad.body.substr(0, 100);
    ASSERT_FALSE(order.has_value()) << shown;
    ASSERT_EQ(order.error().size(), 1U) << shown;
    EXPECT_EQ(order.error()[0].field, bad.field) << shown;
    EXPECT_EQ(order.error()[0].rule, bad.rule) << shown;
    EXPECT_FALSE(order.error()[0].detail.empty()) << shown;
  }
}

TEST(OrderJson, ReportsAllErrorsAtOnce) {
  const auto order = ParseOrderJson(
      R"({"priority":"x","extra":1,"productOrders":[{"id":"1"},{"product":"p","action":"?"}]})");
  ASSERT_FALSE(order.has_value());
  std::vector<std::string> seen;
  for (const FieldError& error : order.error()) seen.push_back(error.field + " " + error.rule);
  const std::vector<std::string> wanted = {
      "/extra unknown-field", "/priority wrong-type", "/productOrders/0/product required",
      "/productOrders/1/id required", "/productOrders/1/action unknown-action"};
  EXPECT_EQ(seen, wanted);
}

TEST(OrderJson, TheListOfErrorsIsBounded) {
  std::string body = R"({"productOrders":[)";
  for (int i = 0; i < 5'000; ++i) body += i == 0 ? "{}" : ",{}";
  const auto order = ParseOrderJson(body + "]}");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().size(), kFieldErrorsMax);
}

TEST(OrderJson, TooManyProductOrdersAreRefused) {
  std::string body = R"({"productOrders":[)";
  for (std::size_t i = 0; i <= kProductOrdersMax; ++i) body += i == 0 ? "1" : ",1";
  const auto order = ParseOrderJson(body + "]}");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error()[0].rule, "too-many");
  EXPECT_EQ(order.error()[0].field, "/productOrders");
}

TEST(ActionJson, TakesNothingOrADescription) {
  EXPECT_EQ(ParseActionJson("").value().description, "");
  EXPECT_EQ(ParseActionJson(" \n").value().description, "");
  EXPECT_EQ(ParseActionJson("{}").value().timeout, 0);
  const auto action =
      ParseActionJson(R"({"description":"why","force":true,"timeout":"60s"})").value();
  EXPECT_EQ(action.description, "why");
  EXPECT_TRUE(action.force);
  EXPECT_EQ(action.timeout, kMinute);
  EXPECT_EQ(ParseActionJson(R"({"timeout":"11m"})").error()[0].rule, "bad-duration");
  EXPECT_EQ(ParseActionJson(R"({"timeout":60})").error()[0].rule, "wrong-type");
  EXPECT_EQ(ParseActionJson(R"({"force":"yes"})").error()[0].rule, "wrong-type");
  EXPECT_EQ(ParseActionJson(R"({"description":1})").error()[0].rule, "wrong-type");
  EXPECT_EQ(ParseActionJson(R"({"forced":true})").error()[0].rule, "unknown-field");
  EXPECT_EQ(
      ParseActionJson(R"({"description":")" + Long(kTextBytesMax + 1) + "\"}").error()[0].rule,
      "too-long");
  EXPECT_EQ(ParseActionJson("x").error()[0].rule, "json-syntax");
}

TEST(AnswerJson, TakesAnOutcomeWithOutputAndDetail) {
  const auto answer =
      ParseAnswerJson(R"({"outcome":"functional","output":{"a":1.10},"detail":"no"})").value();
  EXPECT_EQ(answer.outcome, Outcome::kFunctional);
  EXPECT_EQ(answer.output.ToJsonObject(), R"({"a":1.10})");
  EXPECT_EQ(answer.detail, "no");
  const auto rule = [](std::string_view body) { return ParseAnswerJson(body).error()[0].rule; };
  EXPECT_EQ(rule("{}"), "required");
  EXPECT_EQ(rule(""), "json-syntax");
  EXPECT_EQ(rule(R"({"outcome":"delayed"})"), "unknown-value");
  EXPECT_EQ(rule(R"({"outcome":"fine"})"), "unknown-value");
  EXPECT_EQ(rule(R"({"outcome":"ok","output":[]})"), "wrong-type");
  EXPECT_EQ(rule(R"({"outcome":"ok","outptu":{}})"), "unknown-field");
  EXPECT_EQ(rule(R"({"outcome":"ok","output":{"a":")" + Long(kOutputBytesMax) + "\"}}"),
            "too-large");
  EXPECT_EQ(rule(R"({"outcome":"ok","detail":")" + Long(kTextBytesMax + 1) + "\"}"), "too-long");
}

TEST(ClockJson, TakesExactlyOneOfByAndTo) {
  EXPECT_EQ(ParseClockJson(R"({"by":"2h30m"})")->by, 150 * kMinute);
  EXPECT_EQ(ParseClockJson(R"({"to":"1970-01-01T00:01:00Z"})")->to, kMinute);
  EXPECT_EQ(ParseClockJson("{}").error()[0].rule, "one-of");
  EXPECT_EQ(ParseClockJson(R"({"by":"1s","to":"2026-01-01T00:00:00Z"})").error()[0].rule, "one-of");
  EXPECT_EQ(ParseClockJson(R"({"by":"soon"})").error()[0].rule, "bad-duration");
  EXPECT_EQ(ParseClockJson(R"({"by":"0s"})").error()[0].rule, "bad-duration");
  EXPECT_EQ(ParseClockJson(R"({"to":"soon"})").error()[0].rule, "bad-time");
}

}  // namespace
}  // namespace cairn::http
