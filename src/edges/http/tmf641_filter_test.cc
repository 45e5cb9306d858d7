// Conditions on attributes, and what a list's parameters come to.

#include "edges/http/tmf641_filter.h"

#include "edges/http/tmf641_query.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace cairn::http {
namespace {

constexpr std::string_view kOrder =
    R"({"id":"so-1","state":"held","priority":"9","externalId":"007","orderDate":)"
    R"("2026-01-31T12:00:00Z","note":[{"text":"red, urgent"},{"text":"blue"}],)"
    R"("serviceOrderItem":[{"id":"1","quantity":10,"service":{"hasStarted":true,)"
    R"("serviceCharacteristic":[{"name":"rate","value":{"up":1.50}}]}},)"
    R"({"id":"2","quantity":2,"service":{}}]})";

Result<bool> Holds(std::string_view name, std::string_view value) {
  const auto condition = TmfCondition::Parse(kTmfServiceOrder, name, value);
  if (!condition) return Fail(ErrorCode::kInvalidArgument, condition.error().rule);
  return condition->Holds(condition->attribute().ValuesIn(*ParseJson(kOrder)));
}

TEST(Tmf641Filter, EveryOperatorOnEveryKindOfAttribute) {
  const std::vector<std::array<std::string_view, 2>> hold = {
      {"state", "held"},
      {"state.eq", "completed,held"},
      {"state.ne", "completed"},
      {"priority.lt", "10"},
      {"priority.gte", "9"},
      {"externalId", "007"},
      {"externalId.ne", "7"},
      {"orderDate", "2026-01-31T13:00:00+01:00"},
      {"orderDate.gt", "2026-01-31T11:59:59.999Z"},
      {"orderDate.lte", "2026-01-31T12:00:00Z"},
      {"note.text", "blue"},
      {"note.text.regex", "^red, u"},
      {"serviceOrderItem.quantity", "10.0"},
      {"serviceOrderItem.quantity.gt", "9"},
      {"serviceOrderItem.id", "2"},
      {"serviceOrderItem.service.hasStarted", "true"},
      {"serviceOrderItem.service.serviceCharacteristic.value.up", "1.5"},
      {"serviceOrderItem.service.serviceCharacteristic.value", R"({"up":1.50})"},
      {"description.ne", "x"},
  };
  for (const auto& [name, value] : hold) {
    const Result<bool> held = Holds(name, value);
    ASSERT_TRUE(held.has_value()) << name << " " << held.error().message;
    EXPECT_TRUE(*held) << name << "=" << value;
  }
  const std::vector<std::array<std::string_view, 2>> fail = {
      {"state", "completed,partial"},
      {"state.ne", "held"},
      {"priority.gt", "10"},
      {"externalId", "7"},
      {"orderDate.lt", "2026-01-31T12:00:00Z"},
      {"note.text", "red"},
      {"note.text.ne", "blue"},
      {"note.text.regex", "^u"},
      {"serviceOrderItem.quantity.gt", "10"},
      {"serviceOrderItem.service.hasStarted", "false"},
      {"description", "x"},
      {"description.gt", ""},
      {"completionDate.lt", "2100-01-01T00:00:00Z"},
  };
  for (const auto& [name, value] : fail) {
    const Result<bool> held = Holds(name, value);
    ASSERT_TRUE(held.has_value()) << name << " " << held.error().message;
    EXPECT_FALSE(*held) << name << "=" << value;
  }
}

TEST(Tmf641Filter, WhatCannotBeComparedIsRefused) {
  const std::vector<std::array<std::string, 3>> table = {
      {"sate", "held", "unknown-parameter"},
      {"note.body", "x", "unknown-parameter"},
      {"state.like", "held", "unknown-parameter"},
      {"state.eq.eq", "held", "unknown-parameter"},
      {"", "x", "unknown-parameter"},
      {"state", "Held", "unknown-state"},
      {"state", "", "unknown-state"},
      {"orderDate.gt", "yesterday", "bad-time"},
      {"serviceOrderItem.quantity", "two", "wrong-type"},
      {"serviceOrderItem.service.isBundle", "yes", "wrong-type"},
      {"description.regex", "(", "bad-pattern"},
      {"description.regex", "((((((((((a{100}){100}){100}){100}){100}){100}){100}){100}){100}){9})",
       "bad-pattern"},
      {"description.regex", std::string(kTmfPatternBytesMax + 1, 'a'), "too-long"},
  };
  for (const auto& [name, value, rule] : table) {
    const Result<bool> held = Holds(name, value);
    ASSERT_FALSE(held.has_value()) << name;
    EXPECT_EQ(held.error().message, rule) << name << "=" << value;
  }
}

OrRefusal<TmfListQuery> Query(std::string_view parameters) {
  return ParseTmfListQuery(*ParseTarget(fmt::format("/x?{}", parameters)), kTmfServiceOrder);
}

TEST(Tmf641Query, ReadsPageSortAndConditions) {
  const auto query = Query(
      "offset=20&limit=10&fields=id,state,&state=held,partial&externalId=e&sort=-priority,"
      "orderDate");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->offset, 20U);
  EXPECT_EQ(query->limit, 10U);
  EXPECT_EQ(*query->fields, (std::vector<std::string>{"id", "state"}));
  ASSERT_EQ(query->conditions.size(), 2U);
  EXPECT_EQ(query->conditions[0].alternatives(), (std::vector<std::string>{"held", "partial"}));
  ASSERT_EQ(query->sort.size(), 2U);
  EXPECT_TRUE(query->sort[0].descending);
  EXPECT_EQ(query->sort[1].attribute.name(), "orderDate");

  std::string many = "id=1";
  for (std::size_t i = 0; i < kTmfConditionsMax; ++i)
    many += fmt::format("&note.id.{}={}", "gt", i);
  for (const std::string& bad :
       {std::string("offset=50001"), std::string("limit=0"), std::string("limit=1001"),
        std::string("limit=x"), std::string("sort=note"), std::string("sort=colour"),
        std::string("state=held&state=held"), std::string("sort=id,id,id,id,id,id"), many}) {
    const auto refused = Query(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().status, 400U);
    EXPECT_NE(ParseJson(refused.error().body)->Find("reason"), nullptr);
  }
  EXPECT_FALSE(ParseTmfGetQuery(*ParseTarget("/x?limit=1")).has_value());
  EXPECT_EQ(**ParseTmfGetQuery(*ParseTarget("/x?fields=a")), std::vector<std::string>{"a"});
}

TEST(Tmf641Query, ARowSaysWhatItCanAndTheNodeIsAskedForNoMore) {
  OrderSummary row;
  row.id = OrderId(1);
  row.external_id = "e";
  row.state = OrderState::kFailed;
  row.submitted_at = kDay;
  const auto verdict = [&row](std::string_view parameters) {
    return JudgeRow(*Query(parameters), row);
  };
  EXPECT_EQ(verdict("id=so-1&externalId=e"), RowVerdict::kYes);
  EXPECT_EQ(verdict("externalId=f"), RowVerdict::kNo);
  EXPECT_EQ(verdict("state=failed,partial"), RowVerdict::kYes);
  EXPECT_EQ(verdict("state=partial"), RowVerdict::kUnsure);
  EXPECT_EQ(verdict("state.ne=partial"), RowVerdict::kUnsure);
  EXPECT_EQ(verdict("state=pending"), RowVerdict::kNo);
  EXPECT_EQ(verdict("description=x"), RowVerdict::kUnsure);
  EXPECT_EQ(verdict("description=x&externalId=f"), RowVerdict::kNo);
  EXPECT_EQ(verdict("orderDate.gt=1970-01-02T00:00:00Z"), RowVerdict::kNo);

  const OrderQuery wider =
      WiderQuery(*Query("state=completed&externalId=e&orderDate.gte=1970-01-02T00:00:00Z&"
                        "orderDate.lt=1970-01-03T00:00:00Z"));
  EXPECT_EQ(wider.state, OrderState::kCompleted);
  EXPECT_EQ(wider.external_id, "e");
  EXPECT_EQ(wider.submitted_from, kDay);
  EXPECT_EQ(wider.submitted_to, 2 * kDay);
  EXPECT_EQ(WiderQuery(*Query("state=pending")).state, OrderState::kWaiting);
  EXPECT_EQ(WiderQuery(*Query("state=held")).state, std::nullopt) << "it has two native ones";
  EXPECT_EQ(WiderQuery(*Query("externalId=a,b")).external_id, std::nullopt);
}

TEST(Tmf641Query, SortsByKindAndPutsWhatIsMissingLast) {
  const auto before = [](std::string_view sort, std::string_view a, std::string_view b) {
    const TmfListQuery query = *Query(sort);
    return SortsBefore(query, SortValuesOf(query, *ParseJson(a)),
                       SortValuesOf(query, *ParseJson(b)));
  };
  EXPECT_TRUE(before("sort=priority", R"({"priority":"9"})", R"({"priority":"10"})"));
  EXPECT_TRUE(before("sort=-priority", R"({"priority":"10"})", R"({"priority":"9"})"));
  EXPECT_TRUE(before("sort=priority", R"({"priority":"9"})", "{}"));
  EXPECT_TRUE(before("sort=-priority", R"({"priority":"9"})", "{}"));
  EXPECT_FALSE(before("sort=-priority", "{}", "{}"));
  EXPECT_TRUE(before("sort=category,-description", R"({"category":"a","description":"z"})",
                     R"({"category":"a","description":"y"})"));
  EXPECT_TRUE(before("sort=orderDate", R"({"orderDate":"2026-01-31T12:00:00+02:00"})",
                     R"({"orderDate":"2026-01-31T11:00:00Z"})"));
}

}  // namespace
}  // namespace cairn::http
