// TMF641: what a posted service order becomes, and that what we show keeps to the specification.

#include "base/json.h"
#include "edges/http/tmf641_read.h"
#include "edges/http/tmf641_render.h"
#include "edges/http/tmf641_sample.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace cairn::http {
namespace {

std::vector<std::string> Rules(std::string_view body) {
  const auto order = ParseTmf641Order(body);
  std::vector<std::string> rules;
  if (order.has_value()) return rules;
  for (const FieldError& error : order.error()) rules.push_back(error.field + " " + error.rule);
  return rules;
}

TEST(Tmf641Read, TakesAnOrderWithTheOdditiesOfTheWild) {
  const auto order = ParseTmf641Order(kTmf641Sample);
  ASSERT_TRUE(order.has_value()) << order.error()[0].field << " " << order.error()[0].rule;
  EXPECT_EQ(order->source, OrderRequest::Source::kTmf641);
  EXPECT_EQ(order->external_id, "OSS-1");
  EXPECT_EQ(order->priority, 1);
  EXPECT_EQ(order->customer, "456");
  EXPECT_EQ(FormatTime(order->requested_start), "2018-01-15T09:37:40.508Z");
  ASSERT_EQ(order->product_orders.size(), 4U);

  const ProductOrderRequest& first = order->product_orders[0];
  EXPECT_EQ(first.id, "1");
  EXPECT_EQ(first.product, "");
  EXPECT_EQ(first.verb, records::ADD);
  EXPECT_EQ(first.service.specification_id, "vCPE_Spec");
  EXPECT_EQ(first.service.specification_name, "vCPE");
  EXPECT_EQ(first.service.type, "CFS");
  EXPECT_EQ(first.service.characteristics, std::vector<std::string>{"vCPE"});
  EXPECT_EQ(first.parameters.Find("vCPE"), R"({"MaxTxRate":300,"TransmitPower":"11 dBm"})");
  EXPECT_EQ(first.parameters.Find("serviceState"), "\"active\"");
  EXPECT_EQ(first.parameters.Find("serviceType"), "\"CFS\"");
  EXPECT_FALSE(first.parameters.Find("serviceId").has_value());

  const ProductOrderRequest& second = order->product_orders[1];
  EXPECT_EQ(second.verb, records::MODIFY);
  EXPECT_EQ(second.service.id, "456");
  EXPECT_EQ(second.parameters.Find("serviceId"), "\"456\"");
  EXPECT_EQ(second.parameters.Find("serviceType"), "\"mine\"") << "the characteristic wins";
  EXPECT_EQ(second.depends_on, std::vector<std::string>{"1"});

  EXPECT_EQ(order->product_orders[2].id, "3") << "nested items follow the one that holds them";
  EXPECT_EQ(order->product_orders[2].depends_on, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(order->product_orders[3].id, "4");
  EXPECT_EQ(order->product_orders[3].verb, records::NO_CHANGE);
}

TEST(Tmf641Read, TakesTheExampleThatWeShip) {
  std::ifstream file(CAIRN_EXAMPLES_DIR "/orders/tmf641-sample.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto order = ParseTmf641Order(text.str());
  ASSERT_TRUE(order.has_value()) << order.error()[0].field << " " << order.error()[0].detail;
  EXPECT_EQ(order->product_orders.size(), 4U);
  EXPECT_FALSE(order->tmf_document.empty());
}

TEST(Tmf641Read, TheDocumentKeepsAllButWhatTheServerSays) {
  const auto order = ParseTmf641Order(kTmf641Sample);
  const auto document = ParseJson(order->tmf_document);
  ASSERT_TRUE(document.has_value());
  for (const char* key : {"id", "href", "state", "orderDate", "startDate", "completionDate",
                          "expectedCompletionDate", "milestone", "jeopardyAlert", "errorMessage"}) {
    EXPECT_EQ(document->Find(key), nullptr) << key;
  }
  for (const char* key : {"externalId", "priority", "description", "category", "note", "@type",
                          "relatedParty", "requestedStartDate", "vendorField"}) {
    EXPECT_NE(document->Find(key), nullptr) << key;
  }
  const Json& item = document->Find("serviceOrderItem")->items()[0];
  EXPECT_EQ(item.Find("state"), nullptr);
  EXPECT_EQ(item.Find("service")->Find("state")->text(), "active");
}

TEST(Tmf641Read, TheDocumentHasALimitAndItsLargestMemberIsNamed) {
  const auto order = [](std::size_t note_bytes, std::size_t items) {
    std::string body =
        R"({"note":[{"text":")" + std::string(note_bytes, 'n') + R"("}],"serviceOrderItem":[)";
    for (std::size_t i = 0; i < items; ++i) {
      body += fmt::format(R"({}{{"id":"item-{:07}","action":"add","service":{{}}}})",
                          i == 0 ? "" : ",", i);
    }
    return ParseTmf641Order(body + "]}");
  };
  const std::size_t rest = order(0, 1)->tmf_document.size();
  ASSERT_TRUE(order(kTmfDocumentBytesMax - rest, 1).has_value()) << "exactly the limit";
  const auto note = order(kTmfDocumentBytesMax - rest + 1, 1);
  ASSERT_FALSE(note.has_value());
  ASSERT_EQ(note.error().size(), 1U);
  EXPECT_EQ(note.error()[0].field, "/note");
  EXPECT_EQ(note.error()[0].rule, "too-large");
  EXPECT_EQ(note.error()[0].detail,
            "the order, kept as one document, has 524289 bytes, most of them here; at most 524288 "
            "are allowed");
  const auto items = order(1'000, 20'000);
  ASSERT_FALSE(items.has_value());
  EXPECT_EQ(items.error()[0].field, "/serviceOrderItem");
}

TEST(Tmf641Read, EveryBadBodyNamesItsFieldAndRule) {
  const std::string item = R"({"id":"1","action":"add","service":{}})";
  const auto with = [&](std::string_view members) {
    return fmt::format(R"({{{},"serviceOrderItem":[{}]}})", members, item);
  };
  const auto of_item = [](std::string_view members) {
    return fmt::format(R"({{"serviceOrderItem":[{{{}}}]}})", members);
  };
  const std::string in = "/serviceOrderItem/0";
  const std::vector<std::array<std::string, 2>> table = {
      {"{", " json-syntax"},
      {"[]", " wrong-type"},
      {"{}", "/serviceOrderItem required"},
      {R"({"serviceOrderItem":[]})", "/serviceOrderItem empty"},
      {R"({"serviceOrderItem":{}})", "/serviceOrderItem wrong-type"},
      {R"({"serviceOrderItem":[1]})", in + " wrong-type"},
      {with(R"("externalId":1)"), "/externalId wrong-type"},
      {with(R"("description":{})"), "/description wrong-type"},
      {with(R"("note":"x")"), "/note wrong-type"},
      {with(R"("priority":true)"), "/priority wrong-type"},
      {with(R"("priority":"1000001")"), "/priority out-of-range"},
      {with(R"("requestedStartDate":"soon")"), "/requestedStartDate bad-time"},
      {with(R"("requestedCompletionDate":5)"), "/requestedCompletionDate wrong-type"},
      {with(R"("relatedParty":[5])"), "/relatedParty/0 wrong-type"},
      {of_item(R"("action":"add","service":{})"), in + "/id required"},
      {of_item(R"("id":"1","service":{})"), in + "/action required"},
      {of_item(R"("id":"1","action":"add")"), in + "/service required"},
      {of_item(R"("id":"1","action":"build","service":{})"), in + "/action unknown-action"},
      {of_item(R"("id":"1","action":"add","service":"x")"), in + "/service wrong-type"},
      {of_item(R"("id":"1","action":"add","service":{"serviceCharacteristic":[{"value":1}]})"),
       in + "/service/serviceCharacteristic/0/name required"},
      {of_item(R"("id":"1","action":"add","service":{"serviceCharacteristic":[{"name":"a"}]})"),
       in + "/service/serviceCharacteristic/0/value required"},
      {of_item(R"("id":"1","action":"add","service":{"serviceCharacteristic":[)"
               R"({"name":"a","value":1},{"name":"a","value":2}]})"),
       in + "/service/serviceCharacteristic/1/name duplicate-name"},
      {of_item(R"("id":"1","action":"add","service":{"serviceSpecification":[]})"),
       in + "/service/serviceSpecification wrong-type"},
      {of_item(R"("id":"1","action":"add","service":{},"serviceOrderItemRelationship":[)"
               R"({"relationshipType":"dependency"}])"),
       in + "/serviceOrderItemRelationship/0/orderItem required"},
      {of_item(R"("id":"1","action":"add","service":{},"serviceOrderItemRelationship":[)"
               R"({"relationshipType":"dependency","orderItem":{}}])"),
       in + "/serviceOrderItemRelationship/0/orderItem/itemId required"},
      {of_item(R"("id":"1","action":"add","service":{},"serviceOrderItemRelationship":[)"
               R"({"relationshipType":"dependency",)"
               R"("orderItem":{"itemId":"2","serviceOrderId":"9"}}])"),
       in + "/serviceOrderItemRelationship/0/orderItem/serviceOrderId other-order"},
      {fmt::format(R"({{"serviceOrderItem":[{0},{0}]}})", item), "/serviceOrderItem duplicate-id"},
  };
  for (const auto& [body, wanted] : table) {
    EXPECT_EQ(Rules(body), std::vector<std::string>{wanted}) << body;
  }
}

TEST(Tmf641Read, ToleratesNullsEmptyDatesAndOtherRelationships) {
  EXPECT_EQ(Rules(R"({"note":null,"requestedStartDate":"","priority":"high","relatedParty":null,
      "serviceOrderItem":[{"id":"1","action":"add","service":{"id":null},"serviceOrderItem":null,
      "serviceOrderItemRelationship":[{"relationshipType":"reliesOn"}]}]})"),
            std::vector<std::string>{});
}

TEST(Tmf641Read, TheCustomerGoesBeforeTheRequester) {
  const auto customer = [](std::string_view parties) {
    return ParseTmf641Order(
               fmt::format(R"({{"relatedParty":[{}],)"
                           R"("serviceOrderItem":[{{"id":"1","action":"add","service":{{}}}}]}})",
                           parties))
        ->customer;
  };
  EXPECT_EQ(customer(R"({"id":"a","role":"requester"},{"id":"b","role":"Customer"})"), "b");
  EXPECT_EQ(customer(R"({"id":"a","role":"seller"})"), "");
}

// --- what we show --------------------------------------------------------------------------------

const std::set<std::string_view> kStates = {
    "acknowledged",       "rejected",  "pending", "held",    "inProgress",
    "cancelled",          "completed", "failed",  "partial", "assessingCancellation",
    "pendingCancellation"};
const std::set<std::string_view> kActions = {"add", "modify", "delete", "noChange"};

void ExpectText(const Json& object, const char* key) {
  ASSERT_NE(object.Find(key), nullptr) << key;
  EXPECT_TRUE(object.Find(key)->is_string()) << key;
}

void ExpectItem(const Json& item) {
  ExpectText(item, "id");
  ExpectText(item, "action");
  EXPECT_TRUE(kActions.count(item.Find("action")->text()));
  ExpectText(item, "state");
  EXPECT_TRUE(kStates.count(item.Find("state")->text())) << item.Find("state")->text();
  ASSERT_NE(item.Find("service"), nullptr);
  ASSERT_TRUE(item.Find("service")->is_object());
  if (const Json* list = item.Find("service")->Find("serviceCharacteristic")) {
    for (const Json& entry : list->items()) {
      ExpectText(entry, "name");
      EXPECT_NE(entry.Find("value"), nullptr);
    }
  }
  if (const Json* nested = item.Find("serviceOrderItem")) {
    for (const Json& inner : nested->items()) ExpectItem(inner);
  }
}

// The types, words and mandatory attributes of the model of version 4.1.
void ExpectServiceOrder(const Json& order) {
  for (const char* key : {"id", "href", "state", "orderDate"}) ExpectText(order, key);
  EXPECT_TRUE(kStates.count(order.Find("state")->text()));
  for (const char* key : {"orderDate", "startDate", "completionDate", "requestedStartDate",
                          "requestedCompletionDate", "cancellationDate"}) {
    const Json* date = order.Find(key);
    EXPECT_TRUE(date == nullptr || ParseTime(date->text()).has_value()) << key;
  }
  for (const char* key : {"externalId", "priority", "description", "category", "@type"}) {
    if (order.Find(key) != nullptr) ExpectText(order, key);
  }
  ASSERT_NE(order.Find("serviceOrderItem"), nullptr);
  for (const Json& item : order.Find("serviceOrderItem")->items()) ExpectItem(item);
  if (const Json* parties = order.Find("relatedParty")) {
    for (const Json& party : parties->items()) {
      for (const char* key : {"id", "@type", "@referredType"}) ExpectText(party, key);
    }
  }
  if (const Json* errors = order.Find("errorMessage")) {
    for (const Json& error : errors->items()) {
      for (const char* key : {"code", "reason", "message", "timestamp"}) ExpectText(error, key);
      for (const Json& ref : error.Find("serviceOrderItem")->items()) {
        ExpectText(ref, "id");
        ExpectText(ref, "itemId");
      }
    }
  }
}

ProductOrderView Item(const char* id, ProductOrderState state) {
  ProductOrderView item;
  item.id = id;
  item.action = "add";
  item.product = "p";
  item.state = state;
  return item;
}

OrderView ViewOf(OrderState state, std::vector<ProductOrderView> items) {
  OrderView view;
  view.summary.id = OrderId(5);
  view.summary.state = state;
  view.summary.submitted_at = kDay;
  view.summary.started_at = kDay + kSecond;
  if (IsFinal(state)) view.summary.ended_at = kDay + kMinute;
  view.product_orders = std::move(items);
  return view;
}

OrderView FailedView() {
  OrderView view =
      ViewOf(OrderState::kFailed,
             {Item("1", ProductOrderState::kCompleted), Item("2", ProductOrderState::kFailed),
              Item("3", ProductOrderState::kPartial), Item("4", ProductOrderState::kNotExecuted)});
  WorkOrderView work;
  work.cartridge = "hlr";
  work.operation = "create";
  work.state = WorkOrderState::kFunctionalError;
  work.attempts.push_back({1, 1, kDay, kDay + 1, Outcome::kFunctional, "no such \"imsi\""});
  TechnicalOrderView technical;
  technical.name = "line";
  technical.work_orders.push_back(work);
  view.product_orders[1].technical_orders.push_back(technical);
  return view;
}

TEST(Tmf641Render, AFailedOrderSaysWhatFailed) {
  OrderView view = FailedView();
  view.tmf_document = ParseTmf641Order(kTmf641Sample)->tmf_document;
  const auto order = ParseJson(RenderTmf641Order(view, std::nullopt));
  ASSERT_TRUE(order.has_value());
  ExpectServiceOrder(*order);
  EXPECT_EQ(order->Find("id")->text(), "so-5");
  EXPECT_EQ(order->Find("href")->text(), "/tmf-api/serviceOrdering/v4/serviceOrder/so-5");
  EXPECT_EQ(order->Find("state")->text(), "partial");
  EXPECT_EQ(order->Find("completionDate")->text(), "1970-01-02T00:01:00Z");
  EXPECT_EQ(order->Find("description")->text(), "Service order description");
  const auto& items = order->Find("serviceOrderItem")->items();
  EXPECT_EQ(items[0].Find("state")->text(), "completed");
  EXPECT_EQ(items[1].Find("state")->text(), "failed");
  EXPECT_EQ(items[1].Find("errorMessage")->items().at(0).Find("message")->text(),
            "no such \"imsi\"");
  EXPECT_EQ(items[1].Find("serviceOrderItem")->items().at(0).Find("state")->text(), "failed");
  const Json& error = order->Find("errorMessage")->items().at(0);
  EXPECT_EQ(error.Find("code")->text(), "functional");
  EXPECT_EQ(error.Find("reason")->text(), "hlr.create of line ended with a functional error");
  EXPECT_EQ(error.Find("serviceOrderItem")->items().at(0).Find("itemId")->text(), "2");
}

TEST(Tmf641Render, ANativeOrderIsShownAsOneToo) {
  OrderView view = FailedView();
  view.summary.external_id = "e";
  view.summary.customer = "C-1";
  view.product_orders[0].parameters.Add("a", "[1]");
  view.product_orders[1].depends_on = {"1"};
  const auto order = ParseJson(RenderTmf641Order(view, std::nullopt));
  ASSERT_TRUE(order.has_value());
  ExpectServiceOrder(*order);
  EXPECT_EQ(order->Find("serviceOrderItem")->items().size(), 4U);
}

TEST(Tmf641Render, TheAnswerToACreationIsAcknowledged) {
  const auto posted = ParseTmf641Order(kTmf641Sample);
  SubmitReply reply;
  reply.id = OrderId(7);
  reply.submitted_at = kDay;
  const auto order = ParseJson(RenderTmf641Accepted(posted->tmf_document, reply));
  ASSERT_TRUE(order.has_value());
  ExpectServiceOrder(*order);
  EXPECT_EQ(order->Find("state")->text(), "acknowledged");
  EXPECT_EQ(order->Find("serviceOrderItem")->items()[0].Find("state")->text(), "acknowledged");
  EXPECT_EQ(order->Find("completionDate"), nullptr);
}

TEST(Tmf641Render, FieldsChooseAttributesOfTheFirstLevel) {
  const auto keys = [](std::vector<std::string> fields) {
    std::vector<std::string> found;
    const auto order = ParseJson(RenderTmf641Order(FailedView(), fields));
    for (const Json::Member& member : order->members()) found.push_back(member.key);
    return found;
  };
  EXPECT_EQ(keys({"state", "nothing"}), (std::vector<std::string>{"id", "href", "state"}));
  EXPECT_EQ(keys({"none"}), (std::vector<std::string>{"id", "href"}));
}

TEST(Tmf641Render, StatesFollowTheTable) {
  const std::vector<std::pair<OrderState, std::string_view>> table = {
      {OrderState::kNew, "acknowledged"},
      {OrderState::kRunning, "inProgress"},
      {OrderState::kWaiting, "inProgress"},
      {OrderState::kRollingBack, "inProgress"},
      {OrderState::kHeld, "held"},
      {OrderState::kSuspended, "held"},
      {OrderState::kCompleted, "completed"},
      {OrderState::kCancelled, "cancelled"},
      {OrderState::kRolledBack, "cancelled"},
      {OrderState::kRejected, "rejected"},
      {OrderState::kFailed, "failed"}};
  for (const auto& [native, tmf] : table) {
    EXPECT_EQ(TmfOrderState(ViewOf(native, {Item("1", ProductOrderState::kFailed)})), tmf);
    const auto possible = PossibleTmfStates(native);
    EXPECT_NE(std::find(possible.begin(), possible.end(), tmf), possible.end()) << tmf;
  }
  EXPECT_EQ(TmfOrderState(FailedView()), "partial");
  ProductOrderView manual = Item("1", ProductOrderState::kWaiting);
  manual.technical_orders.resize(1);
  manual.technical_orders[0].work_orders.resize(1);
  WorkOrderView& task = manual.technical_orders[0].work_orders[0];
  task.state = WorkOrderState::kWaiting;
  EXPECT_EQ(TmfOrderState(ViewOf(OrderState::kWaiting, {manual})), "inProgress");
  task.by_person = true;
  EXPECT_EQ(TmfOrderState(ViewOf(OrderState::kWaiting, {manual})), "pending");
  EXPECT_EQ(TmfOrderState(ViewOf(OrderState::kRunning, {manual})), "inProgress");
  EXPECT_EQ(TmfItemState(manual, OrderState::kWaiting), "pending");

  const auto item = [](ProductOrderState state, OrderState order) {
    return TmfItemState(Item("1", state), order);
  };
  EXPECT_EQ(item(ProductOrderState::kPending, OrderState::kRunning), "acknowledged");
  EXPECT_EQ(item(ProductOrderState::kWaiting, OrderState::kRunning), "inProgress");
  EXPECT_EQ(item(ProductOrderState::kPartial, OrderState::kHeld), "held");
  EXPECT_EQ(item(ProductOrderState::kPartial, OrderState::kFailed), "failed");
  EXPECT_EQ(item(ProductOrderState::kNotExecuted, OrderState::kFailed), "cancelled");
  EXPECT_EQ(item(ProductOrderState::kCompleted, OrderState::kRunning), "completed");
  EXPECT_EQ(item(ProductOrderState::kPending, OrderState::kRejected), "rejected");
  ProductOrderView partial = Item("1", ProductOrderState::kPartial);
  partial.technical_orders.resize(1);
  partial.technical_orders[0].state = ProductOrderState::kCompleted;
  EXPECT_EQ(TmfItemState(partial, OrderState::kFailed), "partial");
}

}  // namespace
}  // namespace cairn::http
