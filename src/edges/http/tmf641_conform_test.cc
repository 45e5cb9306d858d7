// What is mended, refused and left out of an order, by the tables of its types.

#include "edges/http/tmf641_conform.h"

#include "base/time.h"
#include "edges/http/tmf641_fields.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace cairn::http {
namespace {

constexpr std::string_view kItem = R"({"id":"1","action":"add","service":{}})";

// An order with these members besides an item; `of_item` and `of_service` belong into the item.
std::string OrderWith(std::string_view members) {
  return fmt::format(R"({{{},"serviceOrderItem":[{}]}})", members, kItem);
}
std::string ItemWith(std::string_view members) {
  return fmt::format(R"({{"serviceOrderItem":[{{"id":"1","action":"add","service":{{}},{}}}]}})",
                     members);
}
std::string ServiceWith(std::string_view members) {
  return fmt::format(R"({{"serviceOrderItem":[{{"id":"1","action":"add","service":{{{}}}}}]}})",
                     members);
}

std::vector<std::string> Reported(std::string_view text) {
  Json order = *ParseJson(text);
  FieldErrors errors;
  ConformOrReport(order, kTmfServiceOrder, Place(), errors);
  std::vector<std::string> reported;
  for (const FieldError& error : errors.Take()) reported.push_back(error.field + " " + error.rule);
  return reported;
}

std::string Mended(std::string_view text) {
  Json order = *ParseJson(text);
  FieldErrors errors;
  ConformOrReport(order, kTmfServiceOrder, Place(), errors);
  EXPECT_FALSE(errors.any()) << text;
  return order.Serialize();
}

std::string Shown(std::string_view text) {
  Json order = *ParseJson(text);
  ConformOrLeaveOut(order, kTmfServiceOrder);
  return order.Serialize();
}

struct WrongCase {
  std::string order;
  std::string reported;
  std::string shown;  // without what is wrong
};

TEST(Tmf641Conform, WhatDoesNotFitIsReportedOrLeftOut) {
  const std::string bare = R"({"serviceOrderItem":[{"id":"1","action":"add","service":{}}]})";
  const std::string in = "/serviceOrderItem/0";
  const std::vector<WrongCase> table = {
      {OrderWith(R"("externalId":1)"), "/externalId wrong-type", bare},
      {OrderWith(R"("note":"x")"), "/note wrong-type", bare},
      {OrderWith(R"("note":[5,{"text":"a"}])"), "/note/0 wrong-type",
       R"({"note":[{"text":"a"}],"serviceOrderItem":[{"id":"1","action":"add","service":{}}]})"},
      {OrderWith(R"("externalReference":[{"id":"9"}])"), "/externalReference/0/name required",
       R"({"externalReference":[],"serviceOrderItem":[{"id":"1","action":"add","service":{}}]})"},
      {OrderWith(R"("orderRelationship":[{"id":"9"}])"),
       "/orderRelationship/0/relationshipType required",
       R"({"orderRelationship":[],"serviceOrderItem":[{"id":"1","action":"add","service":{}}]})"},
      {OrderWith(R"("requestedStartDate":"soon")"), "/requestedStartDate bad-time", bare},
      {ItemWith(R"("quantity":"two")"), in + "/quantity wrong-type", bare},
      {ItemWith(R"("quantity":1.5)"), in + "/quantity out-of-range", bare},
      {ItemWith(R"("@type":1)"), in + "/@type wrong-type", bare},
      {ItemWith(R"("appointment":5)"), in + "/appointment wrong-type", bare},
      {ItemWith(R"("appointment":{"description":"d"})"), in + "/appointment/id required", bare},
      {ItemWith(R"("serviceOrderItem":[{"id":"2"}])"), in + "/serviceOrderItem/0/action required",
       R"({"serviceOrderItem":[{"id":"1","action":"add","service":{},"serviceOrderItem":[]}]})"},
      {ServiceWith(R"("name":5)"), in + "/service/name wrong-type", bare},
      {ServiceWith(R"("state":"running")"), in + "/service/state unknown-state", bare},
      {ServiceWith(R"("place":"x")"), in + "/service/place wrong-type", bare},
      {ServiceWith(R"("hasStarted":"x")"), in + "/service/hasStarted wrong-type", bare},
      {ServiceWith(R"("startMode":7)"), in + "/service/startMode wrong-type", bare},
      {ServiceWith(R"("note":[{"text":5}])"), in + "/service/note/0/text wrong-type",
       R"({"serviceOrderItem":[{"id":"1","action":"add","service":{"note":[]}}]})"},
      {ServiceWith(R"("supportingService":[{"supportingService":[{"isBundle":0}]}])"),
       in + "/service/supportingService/0/supportingService/0/isBundle wrong-type",
       R"({"serviceOrderItem":[{"id":"1","action":"add","service":{"supportingService":)"
       R"([{"supportingService":[{}]}]}}]})"},
      {ServiceWith(R"("feature":[{"name":"f","featureCharacteristic":[]}])"),
       in + "/service/feature/0/featureCharacteristic empty",
       R"({"serviceOrderItem":[{"id":"1","action":"add","service":{"feature":[]}}]})"},
  };
  for (const WrongCase& each : table) {
    const auto reported = Reported(each.order);
    ASSERT_FALSE(reported.empty()) << each.order;
    EXPECT_EQ(reported[0], each.reported) << each.order;
    EXPECT_EQ(Shown(each.order), each.shown);
    EXPECT_EQ(Reported(Shown(each.order)), std::vector<std::string>{}) << "what is shown conforms";
  }
}

TEST(Tmf641Conform, PublishedDefectsAreMended) {
  const std::vector<std::array<std::string, 2>> table = {
      {OrderWith(R"("note":null,"completionDate":"","priority":1)"),
       OrderWith(R"("priority":"1")")},
      {OrderWith(R"("relatedParty":[{"id":"a","role":"r"}])"),
       OrderWith(R"("relatedParty":[{"id":"a","role":"r","@type":"RelatedParty",)"
                 R"("@referredType":"Party"}])")},
      {ItemWith(R"("serviceOrderItemRelationship":[{"orderItem":{"itemId":"2"}}])"),
       ItemWith(R"("serviceOrderItemRelationship":[{"orderItem":{"itemId":"2","id":"2"}}])")},
      {ItemWith(R"("serviceOrderItemRelationship":[{"orderItem":{"id":"2"}}])"),
       ItemWith(R"("serviceOrderItemRelationship":[{"orderItem":{"id":"2","itemId":"2"}}])")},
      {ServiceWith(R"("serviceSpecification":{"name":"n"})"),
       ServiceWith(R"("serviceSpecification":{"name":"n","id":"n"})")},
      {ServiceWith(
           R"("feature":[{"name":"f","featureCharacteritic":[{"name":"v","value":null}]}])"),
       ServiceWith(
           R"("feature":[{"name":"f","featureCharacteristic":[{"name":"v","value":null}]}])")},
      {ServiceWith(R"("endDate":"9999-12-31T23:59:59Z","vendor":{"state":5})"),
       ServiceWith(R"("endDate":"9999-12-31T23:59:59Z","vendor":{"state":5})")},
  };
  for (const auto& [sent, kept] : table) EXPECT_EQ(Mended(sent), kept);
}

TEST(Tmf641Conform, TimesAreThoseThatEveryReaderTakes) {
  EXPECT_EQ(StrictTime("2026-01-31T12:00:00.5+02:00"), "2026-01-31T12:00:00.5+02:00");
  EXPECT_EQ(StrictTime("2026-01-31T12:00:00z"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(StrictTime("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59Z");
  EXPECT_EQ(StrictTime("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(StrictTime("2400-02-29T00:00:00Z"), "2400-02-29T00:00:00Z");
  for (const char* bad : {"", "2026", "2026-01-31", "0000-01-01T00:00:00Z", "2500-02-29T00:00:00Z",
                          "9999-13-01T00:00:00Z", "x999-12-31T23:59:59Z", "2026-01-31 12:00:00Z"}) {
    EXPECT_EQ(StrictTime(bad), std::nullopt) << bad;
  }
}

TEST(Tmf641Conform, WhatARequestDoesNotSetIsDropped) {
  const std::string sent =
      R"({"id":5,"state":"x","category":"c","expectedCompletionDate":"","description":"d",)"
      R"("serviceOrderItem":[{"id":"1","state":7,"errorMessage":0,"serviceOrderItem":)"
      R"([{"state":1,"service":{"state":"active"}}]}]})";
  Json created = *ParseJson(sent);
  DropUnsettable(created, kTmfServiceOrder, TmfAccess::kCreate);
  EXPECT_EQ(created.Serialize(),
            R"({"category":"c","description":"d","serviceOrderItem":[{"id":"1",)"
            R"("serviceOrderItem":[{"service":{"state":"active"}}]}]})");
  Json patched = *ParseJson(sent);
  DropUnsettable(patched, kTmfServiceOrder, TmfAccess::kPatch);
  EXPECT_EQ(patched.Find("category"), nullptr);
  EXPECT_NE(patched.Find("expectedCompletionDate"), nullptr);
}

TEST(Tmf641Fields, ChoosesAtEveryLevelAndKeepsWhatIsMandatoryWithin) {
  const std::string order =
      R"({"id":"so-1","href":"/x","state":"held","description":"d","note":[{"id":"n","text":"t"}],)"
      R"("serviceOrderItem":[{"id":"1","action":"add","state":"held","quantity":2,"service":)"
      R"({"id":"s","serviceCharacteristic":[{"name":"a","value":{"deep":1},"valueType":"o"}]}}],)"
      R"("vendor":{"a":1,"b":2}})";
  const auto chosen = [&order](std::vector<std::string> names) {
    Json json = *ParseJson(order);
    ChooseFields(json, kTmfServiceOrder, names);
    return json.Serialize();
  };
  const std::string head = R"({"id":"so-1","href":"/x")";
  EXPECT_EQ(chosen({}), head + "}");
  EXPECT_EQ(chosen({"none", "stat", "state.x"}), head + R"(,"state":"held"})");
  EXPECT_EQ(
      chosen({"serviceOrderItem.state"}),
      head + R"(,"serviceOrderItem":[{"id":"1","action":"add","state":"held","service":{}}]})");
  EXPECT_EQ(chosen({"serviceOrderItem.service.serviceCharacteristic.name"}),
            head + R"(,"serviceOrderItem":[{"id":"1","action":"add","service":)"
                   R"({"serviceCharacteristic":[{"name":"a","value":{"deep":1}}]}}]})");
  EXPECT_EQ(chosen({"note.id", "vendor.a"}),
            head + R"(,"note":[{"id":"n","text":"t"}],"vendor":{"a":1,"b":2}})");
  EXPECT_EQ(chosen({"note", "note.id"}), head + R"(,"note":[{"id":"n","text":"t"}]})");
  Json all = *ParseJson(order);
  ChooseFields(all, kTmfServiceOrder, std::nullopt);
  EXPECT_EQ(all.Serialize(), order);
}

}  // namespace
}  // namespace cairn::http
