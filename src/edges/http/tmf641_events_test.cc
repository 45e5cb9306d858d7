#include "edges/http/tmf641_events.h"

#include "edges/http/fake_service.h"
#include "model/record.h"

#include <gtest/gtest.h>

namespace cairn::http {
namespace {

OrderView ViewOf(OrderState state) {
  OrderView view;
  view.summary.id = OrderId(1);
  view.summary.state = state;
  view.version = 2;
  ProductOrderView item;
  item.id = "po1";
  item.product = "line";
  item.action = "add";
  view.product_orders.push_back(item);
  return view;
}

ToldEvent Told(EventType type, OrderState from, OrderState to) {
  ToldEvent told;
  told.event.position = {0, 77};
  told.event.at = kDay;
  told.event.event = EventName(type);
  told.event.order = OrderId(1);
  told.event.state = to;
  told.state_before = from;
  told.before = [from] { return std::make_shared<const FakeSnapshot>(ViewOf(from)); };
  told.after = [to] { return std::make_shared<const FakeSnapshot>(ViewOf(to)); };
  return told;
}

std::vector<Json> Tell(const std::string& query, const ToldEvent& told) {
  std::vector<Json> bodies;
  for (const Fields& fields : TellTmf641Listener(query, told)) {
    std::string text;
    fields.AppendJsonObject(text);
    bodies.push_back(ParseJson(text).value());
  }
  return bodies;
}

std::vector<std::string> TypesOf(const std::vector<Json>& bodies) {
  std::vector<std::string> types;
  for (const Json& body : bodies) types.push_back(body.Find("eventType")->text());
  return types;
}
using Types = std::vector<std::string>;

TEST(Tmf641Events, SayWhatHappenedToTheOrderAsItWasThen) {
  const auto created =
      Tell("", Told(EventType::kOrderAccepted, OrderState::kNew, OrderState::kNew));
  ASSERT_EQ(TypesOf(created), Types{"ServiceOrderCreateEvent"});
  EXPECT_EQ(created[0].Find("eventId")->text(), "0:77.1");
  EXPECT_EQ(created[0].Find("eventTime")->text(), FormatTime(kDay));
  EXPECT_EQ(created[0].Find("correlationId")->text(), "so-1");
  const Json& order = *created[0].Find("event")->Find("serviceOrder");
  EXPECT_EQ(order.Find("state")->text(), "acknowledged");
  EXPECT_EQ(order.Find("id")->text(), "so-1");

  const auto ended =
      Tell("", Told(EventType::kOrderLeftPop, OrderState::kRunning, OrderState::kCompleted));
  ASSERT_EQ(TypesOf(ended), Types{"ServiceOrderStateChangeEvent"});
  EXPECT_EQ(ended[0].Find("event")->Find("serviceOrder")->Find("state")->text(), "completed");

  EXPECT_EQ(TypesOf(Tell("", Told(EventType::kOrderPatched, OrderState::kNew, OrderState::kNew))),
            Types{"ServiceOrderAttributeValueChangeEvent"});
}

TEST(Tmf641Events, WhatTheSpecificationDoesNotSeeIsNotTold) {
  EXPECT_TRUE(
      Tell("", Told(EventType::kWorkOrderAnswered, OrderState::kRunning, OrderState::kRunning))
          .empty());
  // Both are inProgress.
  EXPECT_TRUE(
      Tell("", Told(EventType::kWorkOrderDelayed, OrderState::kRunning, OrderState::kWaiting))
          .empty());
}

TEST(Tmf641Events, AQueryChooses) {
  const ToldEvent told =
      Told(EventType::kOrderLeftPop, OrderState::kRunning, OrderState::kCompleted);
  const auto count = [&](const std::string& query) { return Tell(query, told).size(); };
  EXPECT_EQ(count("eventType=ServiceOrderStateChangeEvent"), 1U);
  EXPECT_EQ(count("eventType = ServiceOrderCreateEvent,ServiceOrderStateChangeEvent"), 1U);
  EXPECT_EQ(count("eventType=ServiceOrderCreateEvent"), 0U);
  EXPECT_EQ(count("event.serviceOrder.state=completed"), 1U);
  EXPECT_EQ(count("event.serviceOrder.state=failed,held"), 0U);
  EXPECT_EQ(count("event.cancelServiceOrder.state=done"), 0U);

  for (const char* wrong : {"eventType=Nothing", "state=held", "event.serviceOrder.nothing=1",
                            "event.serviceOrder.state=odd", "%zz"}) {
    EXPECT_FALSE(ParseHubQuery(wrong).has_value()) << wrong;
  }
}

// An order whose history holds a wish to cancel it.
class WishedAway final : public OrderSnapshot {
 public:
  WishedAway(OrderState state, bool wished) : view_(ViewOf(state)), wished_(wished) {
    view_.cancel_requested = wished;
    view_.summary.ended_at = IsFinal(state) ? kDay : 0;
  }
  OrderId id() const override { return view_.summary.id; }
  OrderState state() const override { return view_.summary.state; }
  std::uint64_t version() const override { return view_.version; }
  OrderView View() const override { return view_; }
  std::vector<HistoryItem> History(std::size_t first, std::size_t count) const override {
    if (!wished_ || first > 0 || count == 0) return {};
    return {{kDay, std::string(EventName(EventType::kOrderCancelRequested)), "a",
             R"({"abort":false,"description":"why"})"}};
  }

 private:
  OrderView view_;
  bool wished_;
};

TEST(Tmf641Events, ACancellationIsToldWhenItIsWishedAndWhenItEnds) {
  ToldEvent wish =
      Told(EventType::kOrderCancelRequested, OrderState::kRunning, OrderState::kRunning);
  wish.before = [] { return std::make_shared<const WishedAway>(OrderState::kRunning, false); };
  wish.after = [] { return std::make_shared<const WishedAway>(OrderState::kRunning, true); };
  const auto wished = Tell("", wish);
  ASSERT_EQ(TypesOf(wished), Types{"CancelServiceOrderCreateEvent"});
  const Json& task = *wished[0].Find("event")->Find("cancelServiceOrder");
  EXPECT_EQ(task.Find("cancellationReason")->text(), "why");
  EXPECT_EQ(task.Find("state")->text(), "inProgress");

  ToldEvent end = Told(EventType::kOrderLeftPop, OrderState::kRunning, OrderState::kCancelled);
  end.before = wish.after;
  end.after = [] { return std::make_shared<const WishedAway>(OrderState::kCancelled, true); };
  const auto ended = Tell("", end);
  EXPECT_EQ(TypesOf(ended),
            (Types{"ServiceOrderStateChangeEvent", "CancelServiceOrderStateChangeEvent"}));
  EXPECT_EQ(ended[1].Find("eventId")->text(), "0:77.2");
  EXPECT_EQ(TypesOf(Tell("event.cancelServiceOrder.state=done", end)),
            Types{"CancelServiceOrderStateChangeEvent"});
}

}  // namespace
}  // namespace cairn::http
