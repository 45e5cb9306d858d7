// TMF641: what a patch comes to, and the tasks that an order's history holds.

#include "edges/http/fake_service.h"
#include "edges/http/tmf641_cancel.h"
#include "edges/http/tmf641_conform.h"
#include "edges/http/tmf641_patch.h"
#include "edges/http/tmf641_read.h"
#include "model/record.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace cairn::http {
namespace {

constexpr std::string_view kPosted =
    R"({"description":"d","category":"c","priority":"5","note":[{"text":"a"}],)"
    R"("serviceOrderItem":[{"id":"1","action":"add","service":{"name":"n","serviceCharacteristic":)"
    R"([{"name":"x","value":1}]}}]})";

OrderView PostedView(OrderState state) {
  OrderView view;
  view.summary.id = OrderId(1);
  view.summary.state = state;
  view.summary.ended_at = IsFinal(state) ? 2 * kDay : 0;
  view.tmf_document = ParseTmf641Order(kPosted)->tmf_document;
  return view;
}

std::vector<std::string> Refused(std::string_view patch, OrderState state = OrderState::kHeld) {
  std::vector<std::string> rules;
  const auto read = ReadTmf641Patch(patch, PostedView(state));
  if (read.has_value()) return rules;
  for (const FieldError& error : read.error()) rules.push_back(error.field + " " + error.rule);
  return rules;
}

TEST(Tmf641Patch, MergesWhatItNamesAndKeepsTheRest) {
  const auto patch = ReadTmf641Patch(
      R"({"description":"e","note":[{"text":"b"}],"priority":2,"externalId":"x",)"
      R"("requestedStartDate":"1970-01-03T00:00:00Z","relatedParty":null,"state":"held"})",
      PostedView(OrderState::kHeld));
  ASSERT_TRUE(patch.has_value()) << patch.error()[0].detail;
  EXPECT_TRUE(patch->changes);
  EXPECT_FALSE(patch->cancels);
  EXPECT_EQ(patch->change.priority, 2);
  EXPECT_EQ(patch->change.external_id, "x");
  EXPECT_EQ(patch->change.requested_start, 2 * kDay);
  const auto document = ParseJson(*patch->change.tmf_document);
  EXPECT_EQ(document->Find("description")->text(), "e");
  EXPECT_EQ(document->Find("note")->Serialize(), R"([{"text":"b"}])");
  EXPECT_EQ(document->Find("category")->text(), "c");
  EXPECT_EQ(document->Find("state"), nullptr);

  const auto removal = ReadTmf641Patch(R"({"description":null})", PostedView(OrderState::kHeld));
  EXPECT_EQ(ParseJson(*removal->change.tmf_document)->Find("description"), nullptr);
  EXPECT_EQ(removal->change.priority, std::nullopt);
  for (const char* same : {"{}", R"({"description":"d"})", R"({"state":"held"})"}) {
    const auto nothing = ReadTmf641Patch(same, PostedView(OrderState::kHeld));
    EXPECT_FALSE(nothing->changes || nothing->cancels) << same;
  }
}

TEST(Tmf641Patch, OnlyAskingForCancelledSetsTheState) {
  EXPECT_TRUE(
      ReadTmf641Patch(R"({"state":"cancelled"})", PostedView(OrderState::kRunning))->cancels);
  EXPECT_FALSE(
      ReadTmf641Patch(R"({"state":"cancelled"})", PostedView(OrderState::kCancelled))->cancels);
  EXPECT_EQ(Refused(R"({"state":"completed"})"),
            std::vector<std::string>{"/state state-not-settable"});
  EXPECT_EQ(Refused(R"({"state":"cancelled"})", OrderState::kCompleted),
            std::vector<std::string>{"/state state-not-allowed"});
}

TEST(Tmf641Patch, NamesAllThatCannotBePatched) {
  EXPECT_EQ(Refused(R"({"id":"so-2","category":"d","@type":"t","vendor":1,"description":"e"})"),
            (std::vector<std::string>{"/id not-patchable", "/category not-patchable",
                                      "/@type not-patchable", "/vendor not-patchable"}));
  EXPECT_EQ(Refused("[]"), std::vector<std::string>{" wrong-type"});
  EXPECT_EQ(Refused("{"), std::vector<std::string>{" json-syntax"});
  EXPECT_EQ(Refused(R"({"note":[{"text":1}]})"),
            std::vector<std::string>{"/note/0/text wrong-type"});
  EXPECT_EQ(Refused(R"({"serviceOrderItem":null})"),
            std::vector<std::string>{"/serviceOrderItem required"});
}

TEST(Tmf641Patch, ItemsMayOnlyChangeInWhatTheySayBesidesWhatTheyOrder) {
  const auto items = [](std::string_view action, std::string_view value, std::string_view more) {
    return fmt::format(
        R"({{"serviceOrderItem":[{{"id":"1","action":"{}","state":"held",{}"service":{{"name":"m",)"
        R"("serviceCharacteristic":[{{"name":"x","value":{}}}]}}}}]}})",
        action, more, value);
  };
  const auto renamed =
      ReadTmf641Patch(items("add", "1", R"("quantity":3,)"), PostedView(OrderState::kHeld));
  ASSERT_TRUE(renamed.has_value()) << renamed.error()[0].detail;
  EXPECT_TRUE(renamed->changes);
  EXPECT_EQ(renamed->change.tmf_document->find("held"), std::string::npos);
  const std::vector<std::string> refused = {"/serviceOrderItem not-changeable"};
  EXPECT_EQ(Refused(items("delete", "1", "")), refused);
  EXPECT_EQ(Refused(items("add", "2", "")), refused);
}

TEST(Tmf641Cancel, ReadsAWishAndKeepsItsDateBehindTheReason) {
  const auto read = [](std::string_view body) { return ReadTmf641Cancel(body, 2 * kDay); };
  const auto plain = read(R"({"serviceOrder":{"id":"so-5"},"cancellationReason":"r","state":1})");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->order, OrderId(5));
  EXPECT_EQ(plain->description, "r");
  EXPECT_EQ(WishOf(plain->description).wanted, "");
  const auto dated = read(R"({"serviceOrder":{"id":"so-5"},"cancellationReason":"r [x]",)"
                          R"("requestedCancellationDate":"1970-01-03T00:04:00Z"})");
  ASSERT_TRUE(dated.has_value()) << "clocks differ";
  EXPECT_EQ(WishOf(dated->description).reason, "r [x]");
  EXPECT_EQ(WishOf(dated->description).wanted, "1970-01-03T00:04:00Z");
  EXPECT_EQ(WishOf("r [wanted for ever]").reason, "r [wanted for ever]");
  EXPECT_FALSE(read(R"({"serviceOrder":{"id":"42"}})")->order.valid());

  const auto rules = [&read](std::string_view body) {
    const auto refused = read(body);
    return refused ? "" : refused.error()[0].field + " " + refused.error()[0].rule;
  };
  EXPECT_EQ(rules("{}"), "/serviceOrder required");
  EXPECT_EQ(rules(R"({"serviceOrder":{"id":5}})"), "/serviceOrder/id wrong-type");
  EXPECT_EQ(rules(R"({"serviceOrder":{"id":"so-5"},)"
                  R"("requestedCancellationDate":"1970-01-03T01:00:00Z"})"),
            "/requestedCancellationDate in-the-future");
}

TEST(Tmf641Cancel, TheIdNamesTheOrderAndTheWish) {
  EXPECT_EQ(FormatTmf641CancelId(OrderId(40), 2), "cso-18-2");
  const auto parsed = ParseTmf641CancelId("cso-18-2");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->first, OrderId(40));
  EXPECT_EQ(parsed->second, 2U);
  for (const char* bad : {"", "cso-", "cso-18", "cso-18-0", "cso-18-02", "cso-18-x", "so-18-2",
                          "cso--2", "cso-18-2-", "cso-18-99999999999999999999"}) {
    EXPECT_FALSE(ParseTmf641CancelId(bad).has_value()) << bad;
  }
}

// An order whose history is what a test says.
class ToldSnapshot final : public OrderSnapshot {
 public:
  ToldSnapshot(OrderView view, std::vector<HistoryItem> history)
      : view_(std::move(view)), history_(std::move(history)) {}
  OrderId id() const override { return view_.summary.id; }
  OrderState state() const override { return view_.summary.state; }
  std::uint64_t version() const override { return view_.version; }
  OrderView View() const override { return view_; }
  std::vector<HistoryItem> History(std::size_t first, std::size_t count) const override {
    std::vector<HistoryItem> items;
    for (std::size_t i = first; i < history_.size() && items.size() < count; ++i) {
      items.push_back(history_[i]);
    }
    return items;
  }

 private:
  OrderView view_;
  std::vector<HistoryItem> history_;
};

TEST(Tmf641Cancel, TasksFollowFromTheHistoryAndTheState) {
  const std::string wish(EventName(EventType::kOrderCancelRequested));
  std::vector<HistoryItem> history(1'500, {kDay, "work_orders_sent", "", "{}"});
  history.push_back({kDay, wish, "a", R"({"abort":false,"description":"why"})"});
  history.push_back(
      {kDay, wish, "a", R"({"description":"now [wanted for 1970-01-01T00:00:00Z]"})"});
  history.push_back({kDay, std::string(EventName(EventType::kOrderCancelled)), "a", "{}"});
  const std::vector<std::pair<OrderState, std::string_view>> table = {
      {OrderState::kRunning, "inProgress"},
      {OrderState::kCancelled, "done"},
      {OrderState::kCompleted, "terminatedWithError"}};
  for (const auto& [state, word] : table) {
    const auto tasks = Tmf641CancelTasks(ToldSnapshot(PostedView(state), history), "node:80");
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].Find("state")->text(), word);
    EXPECT_EQ(tasks[0].Find("id")->text(), "cso-1-1");
    EXPECT_EQ(tasks[0].Find("href")->text(),
              "http://node:80/tmf-api/serviceOrdering/v4/cancelServiceOrder/cso-1-1");
    EXPECT_EQ(tasks[0].Find("cancellationReason")->text(), "why");
    EXPECT_EQ(tasks[0].Find("requestedCancellationDate")->text(), FormatTime(kDay));
    EXPECT_EQ(tasks[0].Find("effectiveCancellationDate") != nullptr, word == "done");
    EXPECT_EQ(tasks[0].Find("errorMessage") != nullptr, word == "terminatedWithError");
    EXPECT_EQ(tasks[1].Find("cancellationReason")->text(), "now");
    EXPECT_EQ(tasks[1].Find("requestedCancellationDate")->text(), "1970-01-01T00:00:00Z");
    FieldErrors errors;
    Json copy = tasks[0];
    ConformOrReport(copy, kTmfCancelServiceOrder, Place(), errors);
    EXPECT_FALSE(errors.any());
    EXPECT_EQ(copy, tasks[0]);
  }
  // An order that is not being processed is cancelled at once.
  const auto at_once =
      Tmf641CancelTasks(ToldSnapshot(PostedView(OrderState::kCancelled), {history.back()}), "");
  ASSERT_EQ(at_once.size(), 1U);
  EXPECT_EQ(at_once[0].Find("href"), nullptr);
  EXPECT_TRUE(Tmf641CancelTasks(ToldSnapshot(PostedView(OrderState::kHeld), {}), "").empty());
}

}  // namespace
}  // namespace cairn::http
