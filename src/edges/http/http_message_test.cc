// What requests carry beside their body: targets, preferences, media types, routes and queries.

#include "edges/http/http_message.h"

#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/router.h"

#include <gtest/gtest.h>

namespace cairn::http {
namespace {

Target TargetOf(std::string_view text) {
  auto target = ParseTarget(text);
  EXPECT_TRUE(target.has_value()) << text;
  return target ? std::move(*target) : Target();
}

TEST(ParseTarget, DecodesSegmentsAndParameters) {
  const Target target = TargetOf("/v1/orders/so%2D1?wait=30s&a%20b=c%2Bd+e&flag");
  EXPECT_EQ(target.path, "/v1/orders/so%2D1");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"v1", "orders", "so-1"}));
  ASSERT_EQ(target.query.size(), 3U);
  EXPECT_EQ(*target.Find("wait"), "30s");
  EXPECT_EQ(*target.Find("a b"), "c+d e");
  EXPECT_EQ(*target.Find("flag"), "");
  EXPECT_EQ(target.Find("other"), nullptr);
}

TEST(ParseTarget, TakesTheAbsoluteForm) {
  const Target target = TargetOf("http://host:80/v1/orders:plan?x=1");
  EXPECT_EQ(target.segments, (std::vector<std::string>{"v1", "orders:plan"}));
}

TEST(ParseTarget, RefusesWhatIsNoTarget) {
  for (const std::string_view text :
       {"", "*", "orders", "/a b", "/%zz", "/%ff", "/%00", "/?a=%00", "/?a=%c3", "/\x80"}) {
    EXPECT_FALSE(ParseTarget(text).has_value()) << text;
  }
}

TEST(ParsePrefer, ReadsWhatItKnows) {
  EXPECT_EQ(ParsePrefer("wait=10").wait_s, 10U);
  EXPECT_EQ(ParsePrefer("respond-async, WAIT = \"7\" ; x=1, return=minimal").wait_s, 7U);
  EXPECT_TRUE(ParsePrefer("respond-async, wait=7, return=minimal").return_minimal);
  EXPECT_FALSE(ParsePrefer("return=representation").return_minimal);
  for (const char* text :
       {"", "wait", "wait=", "wait=-1", "wait=1.5", "wait=99999999999", "=", ","}) {
    EXPECT_FALSE(ParsePrefer(text).wait_s.has_value()) << text;
  }
}

TEST(Accepts, ChoosesTheMostSpecificRange) {
  for (const char* accept :
       {"", "*/*", "application/*", "application/json", "text/html, */*;q=0.1",
        "Application/JSON;q=0.5", "*/*;q=0, application/json", "application/json;charset=utf-8"}) {
    EXPECT_TRUE(Accepts(accept, kTypeJson)) << accept;
  }
  for (const char* accept : {"text/html", "application/xml", "application/json;q=0, */*",
                             "application/json;q=0.000", "*/*;q=0", "text/*"}) {
    EXPECT_FALSE(Accepts(accept, kTypeJson)) << accept;
  }
}

TEST(IsJsonContentType, TakesJsonInUtf8) {
  for (const char* type : {"", "application/json", "Application/Json; charset=UTF-8",
                           "application/json;charset=\"utf-8\"", "application/merge-patch+json"}) {
    EXPECT_TRUE(IsJsonContentType(type)) << type;
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/+json",
                           "application/json; charset=latin1", "json"}) {
    EXPECT_FALSE(IsJsonContentType(type)) << type;
  }
}

TEST(Router, FindsByMethodAndPath) {
  Router router;
  int called = 0;
  router.Add(Method::kGet, "/v1/orders", false, [&](const ExchangePtr&) { called = 1; });
  router.Add(Method::kPost, "/v1/orders", false, [&](const ExchangePtr&) { called = 2; });
  router.Add(Method::kGet, "/v1/orders/{id}", true, [&](const ExchangePtr&) { called = 3; });
  const auto find = [&](Method method, std::string_view path) {
    return router.Find(method, TargetOf(path).segments);
  };
  find(Method::kPost, "/v1/orders").route->handler(nullptr);
  EXPECT_EQ(called, 2);
  find(Method::kHead, "/v1/orders").route->handler(nullptr);
  EXPECT_EQ(called, 1);
  EXPECT_EQ(find(Method::kGet, "/v1/orders/so-7").id, "so-7");
  EXPECT_EQ(find(Method::kDelete, "/v1/orders").route, nullptr);
  EXPECT_EQ(find(Method::kDelete, "/v1/orders").allow, "GET, HEAD, POST");
  for (const char* path : {"/v1/orders/", "/v1", "/", "/v1/orders/a/b", "/V1/orders"}) {
    EXPECT_EQ(find(Method::kGet, path).route, nullptr) << path;
    EXPECT_EQ(find(Method::kGet, path).allow, "") << path;
  }
}

TEST(ParseListQuery, ReadsEveryFilter) {
  const auto query = ParseListQuery(
      TargetOf("/v1/orders?state=Held&customer=C-1&externalId=x&product=p&limit=7&cursor=so-5"
               "&submittedFrom=1970-01-01T00:00:01Z&submittedTo=1970-01-01T00:00:02Z"));
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->state, OrderState::kHeld);
  EXPECT_EQ(query->customer, "C-1");
  EXPECT_EQ(query->external_id, "x");
  EXPECT_EQ(query->product, "p");
  EXPECT_EQ(query->limit, 7U);
  EXPECT_EQ(query->before, OrderId(5));
  EXPECT_EQ(query->submitted_from, kSecond);
  EXPECT_EQ(query->submitted_to, 2 * kSecond);
  const auto all = ParseListQuery(TargetOf("/v1/orders"));
  EXPECT_EQ(all->limit, kListLimitDefault);
  EXPECT_FALSE(all->before.valid());
}

TEST(ParseListQuery, EveryBadParameterIsNamed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"state=held", "unknown-state"},
      {"limit=0", "out-of-range"},
      {"limit=1001", "out-of-range"},
      {"limit=ten", "out-of-range"},
      {"limit=-1", "out-of-range"},
      {"limit=", "out-of-range"},
      {"cursor=5", "bad-cursor"},
      {"cursor=so-0", "bad-cursor"},
      {"submittedFrom=x", "bad-time"},
      {"submittedTo=2026", "bad-time"},
      {"colour=red", "unknown-parameter"},
      {"customer=a&customer=b", "repeated-parameter"},
      {"customer=" + std::string(257, 'x'), "too-long"},
  };
  EXPECT_TRUE(ParseListQuery(TargetOf("/v1/orders?")).has_value());
  EXPECT_TRUE(ParseListQuery(TargetOf("/v1/orders?limit=5&&customer=a&")).has_value());
  for (const auto& [text, rule] : table) {
    const auto query = ParseListQuery(TargetOf("/v1/orders?" + text));
    ASSERT_FALSE(query.has_value()) << text;
    EXPECT_EQ(query.error().status, 400U);
    const auto body = ParseJson(query.error().body);
    const Json& error = body->Find("errors")->items().at(0);
    EXPECT_EQ(error.Find("field")->text(), text.substr(0, text.find('=')));
    EXPECT_EQ(error.Find("rule")->text(), rule);
  }
}

TEST(ParseHistoryQuery, ReadsThePage) {
  const auto first = ParseHistoryQuery(TargetOf("/x"));
  EXPECT_EQ(first->first, 0U);
  EXPECT_EQ(first->limit, kListLimitDefault);
  const auto later = ParseHistoryQuery(TargetOf("/x?limit=1000&cursor=18446744073709551615"));
  EXPECT_EQ(later->first, UINT64_MAX);
  EXPECT_EQ(later->limit, 1'000U);
  for (const char* bad : {"/x?limit=0", "/x?limit=1001", "/x?cursor=", "/x?cursor=-1",
                          "/x?cursor=so-1", "/x?cursor=18446744073709551616", "/x?page=2"}) {
    EXPECT_FALSE(ParseHistoryQuery(TargetOf(bad)).has_value()) << bad;
  }
}

TEST(ParsePollQuery, WaitsForAVersionOrForTheEnd) {
  EXPECT_FALSE(ParsePollQuery(TargetOf("/v1/orders/so-1"))->has_value());
  EXPECT_FALSE(ParsePollQuery(TargetOf("/v1/orders/so-1?version=3"))->has_value());
  const auto version = *ParsePollQuery(TargetOf("/x?wait=30s&version=7"));
  EXPECT_EQ(version->wait, 30 * kSecond);
  EXPECT_EQ(version->after_version, 7U);
  EXPECT_FALSE(version->until_settled);
  EXPECT_TRUE((*ParsePollQuery(TargetOf("/x?wait=10m")))->until_settled);
  for (const char* bad : {"/x?wait=30", "/x?wait=11m", "/x?wait=1s&version=-1", "/x?wait=1s&v=1"}) {
    EXPECT_FALSE(ParsePollQuery(TargetOf(bad)).has_value()) << bad;
  }
}

TEST(ErrorResponse, MapsEveryCode) {
  const std::vector<std::pair<ErrorCode, unsigned>> table = {
      {ErrorCode::kInvalidArgument, 400}, {ErrorCode::kRuleViolated, 422},
      {ErrorCode::kNotFound, 404},        {ErrorCode::kConflict, 409},
      {ErrorCode::kTooLarge, 413},        {ErrorCode::kUnauthorized, 403},
      {ErrorCode::kOverloaded, 503},      {ErrorCode::kNoSpace, 503},
      {ErrorCode::kTimeout, 503},         {ErrorCode::kUnavailable, 503},
      {ErrorCode::kCorrupt, 500},         {ErrorCode::kIo, 500},
      {ErrorCode::kIncompatible, 500},    {ErrorCode::kLocked, 500}};
  for (const auto& [code, status] : table) {
    const HttpResponse response = ErrorResponse(ErrorStyle::kProblem, Error{code, "why"});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.headers.size(), status == 503 ? 1U : 0U) << "Retry-After";
    EXPECT_EQ(ParseJson(response.body)->Find("detail")->text(), "why");
  }
}

TEST(ErrorResponse, RetryAfterIsWholeSecondsAndAtLeastOne) {
  const auto retry_after = [](Nanos span) {
    const Refusal refusal{ErrorCode::kOverloaded, "", {}, span};
    return ErrorResponse(ErrorStyle::kProblem, refusal).headers.at(0).second;
  };
  EXPECT_EQ(retry_after(0), "1");
  EXPECT_EQ(retry_after(1), "1");
  EXPECT_EQ(retry_after(kSecond), "1");
  EXPECT_EQ(retry_after(kSecond + 1), "2");
}

TEST(ErrorResponse, ATmfErrorHasTheMandatoryAttributes) {
  const Refusal refusal{ErrorCode::kRuleViolated, "no", {{"/a", "some-rule", "because"}}, 0};
  const HttpResponse response = ErrorResponse(ErrorStyle::kTmf, refusal);
  EXPECT_EQ(response.content_type, kTypeTmfJson);
  const auto body = ParseJson(response.body);
  EXPECT_EQ(body->Find("code")->text(), "some-rule");
  EXPECT_EQ(body->Find("status")->text(), "422");
  EXPECT_EQ(body->Find("message")->text(), "no; /a (some-rule): because");
  EXPECT_TRUE(body->Find("reason")->is_string());
}

}  // namespace
}  // namespace cairn::http
