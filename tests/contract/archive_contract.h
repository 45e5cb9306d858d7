// What every body of ports/archive.h must do, as one suite of tests. A body joins with
//
//   INSTANTIATE_TEST_SUITE_P(Bodies, ArchiveContract,
//                            testing::Values(ArchiveKind{"memory", &MakeMemoryStorage}),
//                            [](const auto& kind) { return kind.param.name; });
//
// The expected answers come from a model that keeps all orders in a map and looks at each.
#pragma once

#include "base/random.h"
#include "ports/archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

// Where one archive keeps its orders. Empty at first; what Open returns must be destroyed before
// the next Open and finds what the one before had stored.
class ArchiveStorage {
 public:
  virtual ~ArchiveStorage() = default;
  virtual std::unique_ptr<Archive> Open() = 0;
};

struct ArchiveKind {
  std::string name;  // of the tests
  std::unique_ptr<ArchiveStorage> (*make)() = nullptr;
};

class ArchiveModel {
 public:
  void Write(const std::vector<ArchivedOrder>& orders) {
    for (const ArchivedOrder& order : orders) orders_[order.summary.id] = order;
  }
  void Remove(OrderId id) { orders_.erase(id); }
  void DropBefore(Nanos moment) {
    std::erase_if(orders_, [moment](const auto& each) {
      return each.second.summary.ended_at / kDay < moment / kDay;
    });
  }
  std::vector<OrderSummary> List(const OrderQuery& query) const {
    std::vector<OrderSummary> listed;
    for (auto at = orders_.rbegin(); at != orders_.rend(); ++at) {
      const OrderSummary& order = at->second.summary;
      if (query.before.valid() && order.id >= query.before) continue;
      if (query.state && order.state != *query.state) continue;
      if (query.customer && order.customer != *query.customer) continue;
      if (query.external_id && order.external_id != *query.external_id) continue;
      if (order.submitted_at < query.submitted_from) continue;
      if (order.submitted_at > query.submitted_to) continue;
      if (query.product &&
          std::count(order.products.begin(), order.products.end(), *query.product) == 0) {
        continue;
      }
      if (listed.size() < query.limit) listed.push_back(order);
    }
    return listed;
  }
  const std::map<OrderId, ArchivedOrder>& orders() const { return orders_; }

 private:
  std::map<OrderId, ArchivedOrder> orders_;
};

inline std::string Shown(const OrderSummary& order) {
  std::string text = FormatId(order.id) + " ext=" + order.external_id + " cust=" + order.customer;
  for (const std::int64_t number :
       {order.priority, static_cast<std::int64_t>(order.state),
        static_cast<std::int64_t>(order.port), static_cast<std::int64_t>(order.run),
        order.submitted_at, order.started_at, order.ended_at}) {
    text += " " + std::to_string(number);
  }
  for (const std::string& product : order.products) text += " '" + product + "'";
  return text;
}

inline std::vector<std::string> Shown(const std::vector<OrderSummary>& orders) {
  std::vector<std::string> texts;
  for (const OrderSummary& order : orders) texts.push_back(Shown(order));
  return texts;
}

class ArchiveContract : public testing::TestWithParam<ArchiveKind> {
 protected:
  static constexpr Nanos kStart = 20'000 * kDay + 20 * kHour;

  ArchiveContract() : storage_(GetParam().make()), archive_(storage_->Open()) {}

  void Reopen() {
    archive_.reset();
    archive_ = storage_->Open();
  }

  // An order that is drawn from few values, so that every filter finds some of them.
  ArchivedOrder Draw(Random& random, std::uint64_t counter) {
    ArchivedOrder order;
    OrderSummary& summary = order.summary;
    summary.id = OrderId::Of(random.Below(3), counter);
    summary.external_id = random.Chance(1, 10) ? "" : "crm-" + std::to_string(random.Below(200));
    summary.customer = random.Chance(1, 20) ? "" : "C-" + std::to_string(random.Below(9));
    summary.priority = random.Between(-5, 5);
    constexpr OrderState kEnds[] = {OrderState::kCompleted, OrderState::kFailed,
                                    OrderState::kCancelled, OrderState::kRejected};
    summary.state = random.Chance(2, 3) ? OrderState::kCompleted : kEnds[random.Below(4)];
    summary.port = random.Chance(1, 2) ? Port::kNormal : Port::kFail;
    summary.run = static_cast<std::uint32_t>(random.Between(1, 4));
    summary.submitted_at =
        kStart + static_cast<Nanos>(counter) * kMinute + random.Between(0, 5 * kSecond);
    summary.started_at = random.Chance(1, 8) ? 0 : summary.submitted_at + kSecond;
    summary.ended_at = summary.submitted_at + random.Between(1, 9 * kHour);
    const char* const products[] = {"mobile-line", "voice mail", "fibre\n100", "tv", "line"};
    for (const char* product : products) {
      if (random.Chance(1, 3)) summary.products.emplace_back(product);
    }
    order.body = "body of " + FormatId(summary.id) + std::string(random.Below(3'000), 'x');
    return order;
  }

  // Stores `count` orders in transactions of random sizes; some are stored twice.
  void Fill(Random& random, std::uint64_t count) {
    std::uint64_t next = 1;
    while (next <= count) {
      std::vector<ArchivedOrder> orders;
      const std::uint64_t size = std::min(1 + random.Below(120), count - next + 1);
      for (std::uint64_t i = 0; i < size; ++i) orders.push_back(Draw(random, next++));
      if (!model_.orders().empty() && random.Chance(1, 3)) {
        const std::uint64_t skip = random.Below(model_.orders().size());
        const OrderId id =
            std::next(model_.orders().begin(), static_cast<std::ptrdiff_t>(skip))->first;
        ArchivedOrder again = Draw(random, id.counter());
        again.summary.id = id;
        orders.push_back(again);
      }
      // The end of an order is not in the sequence of its beginning.
      for (std::size_t i = orders.size(); i > 1; --i) {
        std::swap(orders[i - 1], orders[random.Below(i)]);
      }
      ASSERT_TRUE(archive_->Write(orders, ++sequence_).has_value());
      model_.Write(orders);
    }
  }

  OrderQuery DrawQuery(Random& random) {
    OrderQuery query;
    if (random.Chance(1, 3)) query.state = static_cast<OrderState>(random.Between(6, 10));
    if (random.Chance(1, 3)) query.customer = "C-" + std::to_string(random.Below(10));
    if (random.Chance(1, 20)) query.customer = "";
    if (random.Chance(1, 3)) query.external_id = "crm-" + std::to_string(random.Below(200));
    if (random.Chance(1, 20)) query.external_id = "";
    const char* const products[] = {"mobile-line", "voice mail", "fibre\n100", "fibre", "none"};
    if (random.Chance(1, 3)) query.product = products[random.Below(5)];
    if (random.Chance(1, 3)) query.submitted_from = kStart + random.Between(0, 2'000) * kMinute;
    if (random.Chance(1, 3)) query.submitted_to = kStart + random.Between(0, 2'000) * kMinute;
    if (random.Chance(1, 3)) query.before = OrderId::Of(random.Below(3), random.Below(2'000));
    query.limit = random.Chance(1, 10) ? random.Below(3) : 1 + random.Below(300);
    return query;
  }

  void ExpectListed(const OrderQuery& query) {
    const auto listed = archive_->List(query);
    ASSERT_TRUE(listed.has_value()) << listed.error().message;
    EXPECT_EQ(Shown(*listed), Shown(model_.List(query)));
  }

  void ExpectAllBodies() {
    for (const auto& [id, order] : model_.orders()) {
      const auto body = archive_->ReadBody(id);
      ASSERT_TRUE(body.has_value()) << body.error().message;
      ASSERT_TRUE(body->has_value()) << FormatId(id);
      ASSERT_EQ(**body, order.body) << FormatId(id);
    }
  }

  void ExpectListsAsModel(Random& random, int queries) {
    OrderQuery everything;
    everything.limit = 1'000'000;
    ExpectListed(everything);
    for (int i = 0; i < queries; ++i) {
      SCOPED_TRACE("query " + std::to_string(i));
      ExpectListed(DrawQuery(random));
      if (HasFailure()) return;
    }
  }

  std::unique_ptr<ArchiveStorage> storage_;
  std::unique_ptr<Archive> archive_;
  ArchiveModel model_;
  std::uint64_t sequence_ = 0;
};

TEST_P(ArchiveContract, IsEmptyAtFirst) {
  EXPECT_EQ(archive_->journal_sequence(), 0U);
  EXPECT_TRUE(archive_->List({}).value().empty());
  EXPECT_EQ(archive_->ReadBody(OrderId::Of(0, 1)).value(), std::nullopt);
  EXPECT_TRUE(archive_->DropBefore(kStart).has_value());
  EXPECT_EQ(archive_->journal_sequence(), 0U);
}

TEST_P(ArchiveContract, StoresAndReadsBack) {
  Random random(11);
  Fill(random, 700);
  ExpectAllBodies();
  EXPECT_EQ(archive_->ReadBody(OrderId::Of(0, 701)).value(), std::nullopt);
  EXPECT_EQ(archive_->ReadBody(OrderId::Of(900, 5)).value(), std::nullopt);
}

TEST_P(ArchiveContract, KeepsBodiesOfAllSizesAndBytes) {
  std::vector<ArchivedOrder> orders;
  Random random(5);
  std::uint64_t counter = 0;
  for (const std::size_t size : {0U, 1U, 4'096U, 300'000U, 0U, 3'000'000U, 7U, 65'536U}) {
    ArchivedOrder order = Draw(random, ++counter);
    order.body.resize(size);
    for (char& byte : order.body) byte = static_cast<char>(random.Below(256));
    orders.push_back(order);
  }
  orders[2].summary.customer = std::string("nul\0inside", 10);
  orders[2].summary.products = {"", std::string("a\0b", 3)};
  ASSERT_TRUE(archive_->Write(orders, 1).has_value());
  model_.Write(orders);
  ExpectAllBodies();
  OrderQuery query;
  query.customer = orders[2].summary.customer;
  ExpectListed(query);
  EXPECT_EQ(archive_->List(query).value().size(), 1U);
}

TEST_P(ArchiveContract, ListsAsTheModelDoes) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    storage_ = nullptr;
    archive_.reset();
    storage_ = GetParam().make();
    archive_ = storage_->Open();
    model_ = ArchiveModel();
    Random random(seed);
    Fill(random, 1'500);
    ExpectListsAsModel(random, 300);
    if (HasFailure()) return;
  }
}

TEST_P(ArchiveContract, RemovesOneOrderForGood) {
  Random random(31);
  Fill(random, 400);
  for (const int place : {0, 1, 39, 200, 395}) {
    const OrderId id = std::next(model_.orders().begin(), place)->first;
    EXPECT_EQ(archive_->Remove(id).value(), true);
    EXPECT_EQ(archive_->Remove(id).value(), false) << "it is gone";
    model_.Remove(id);
    EXPECT_EQ(archive_->ReadBody(id).value(), std::nullopt);
  }
  EXPECT_EQ(archive_->Remove(OrderId::Of(0, 401)).value(), false);
  EXPECT_EQ(archive_->Remove(OrderId::Of(900, 5)).value(), false);
  ExpectListsAsModel(random, 100);
  archive_.reset();
  archive_ = storage_->Open();
  ExpectAllBodies();
  ExpectListsAsModel(random, 100);
}

TEST_P(ArchiveContract, PagesMeetWithoutGapOrRepetition) {
  Random random(21);
  Fill(random, 900);
  for (const bool filtered : {false, true}) {
    OrderQuery query;
    if (filtered) query.customer = "C-3";
    query.limit = 1'000'000;
    const std::vector<OrderSummary> whole = archive_->List(query).value();
    ASSERT_GT(whole.size(), 60U);
    query.limit = 17;
    std::vector<OrderSummary> pages;
    while (true) {
      const std::vector<OrderSummary> page = archive_->List(query).value();
      if (page.empty()) break;
      ASSERT_LE(page.size(), query.limit);
      pages.insert(pages.end(), page.begin(), page.end());
      query.before = page.back().id;
    }
    EXPECT_EQ(Shown(pages), Shown(whole));
  }
}

TEST_P(ArchiveContract, StoringAgainReplacesAlsoOnAnotherDay) {
  Random random(31);
  ArchivedOrder order = Draw(random, 9);
  order.summary.customer = "before";
  order.summary.state = OrderState::kFailed;
  ASSERT_TRUE(archive_->Write({&order, 1}, 1).has_value());
  for (const Nanos later : {Nanos{0}, 3 * kDay, -2 * kDay}) {
    order.summary.customer += "+";
    order.summary.ended_at += later;
    order.summary.state = OrderState::kCompleted;
    order.body += "!";
    ASSERT_TRUE(archive_->Write({&order, 1}, 2).has_value());
    model_.Write({order});
    ExpectAllBodies();
    ExpectListed({});
    OrderQuery old;
    old.customer = "before";
    ExpectListed(old);
    old = {};
    old.state = OrderState::kFailed;
    ExpectListed(old);
  }
  std::vector<ArchivedOrder> twice = {order, Draw(random, 9)};
  twice[1].summary.id = order.summary.id;  // the last one of a transaction counts
  ASSERT_TRUE(archive_->Write(twice, 3).has_value());
  model_.Write(twice);
  ExpectListed({});
}

TEST_P(ArchiveContract, DropsWholeDays) {
  Random random(41);
  Fill(random, 2'500);
  const std::uint64_t sequence = archive_->journal_sequence();
  for (const Nanos span : {Nanos{0}, kDay - kHour, kDay, 100 * kDay}) {
    const Nanos moment = kStart + span;
    ASSERT_TRUE(archive_->DropBefore(moment).has_value());
    model_.DropBefore(moment);
    ExpectAllBodies();
    ExpectListsAsModel(random, 30);
    EXPECT_EQ(archive_->journal_sequence(), sequence);
    Reopen();
    ExpectListsAsModel(random, 5);
    EXPECT_EQ(archive_->journal_sequence(), sequence);
  }
  EXPECT_TRUE(model_.orders().empty());
  // A day that was dropped can be stored again.
  const ArchivedOrder order = Draw(random, 3);
  ASSERT_TRUE(archive_->Write({&order, 1}, sequence + 1).has_value());
  model_.Write({order});
  ExpectListed({});
  ExpectAllBodies();
}

TEST_P(ArchiveContract, IsTheSameAfterItWasClosed) {
  Random random(51);
  for (int round = 0; round < 4; ++round) {
    Fill(random, 400);
    Reopen();
    EXPECT_EQ(archive_->journal_sequence(), sequence_);
    ExpectAllBodies();
    ExpectListsAsModel(random, 40);
  }
}

TEST_P(ArchiveContract, JournalSequenceNeverFalls) {
  Random random(61);
  const ArchivedOrder order = Draw(random, 1);
  ASSERT_TRUE(archive_->Write({&order, 1}, 70).has_value());
  EXPECT_EQ(archive_->journal_sequence(), 70U);
  ASSERT_TRUE(archive_->Write({&order, 1}, 60).has_value());
  EXPECT_EQ(archive_->journal_sequence(), 70U);
  ASSERT_TRUE(archive_->Write({}, 80).has_value());
  EXPECT_EQ(archive_->journal_sequence(), 80U);
  Reopen();
  EXPECT_EQ(archive_->journal_sequence(), 80U);
}

}  // namespace cairn
