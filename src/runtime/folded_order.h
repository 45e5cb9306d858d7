// FoldedOrder: an order that waits for something far away, kept as its compressed records instead
// of as an Order. A million orders wait in the memory that a hundred thousand need unfolded; and
// there is no second place to look for them, since nothing is written or read.
//
// Folding changes nothing that can be seen: the records are those that the journal holds, and what
// they are unfolded to is what recovery makes of them. Beside them stands what the partition asks
// of an order at rest most often, so that it need not be unfolded for that.
//
// An order in several parts, one whose trail is cut up, and one of more than kFoldBytesMax stay as
// they are: to unfold one takes time by its size, in the middle of a command.
//
// Immutable; any thread.
#pragma once

#include "engine/orders/order.h"
#include "model/order_view.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cairn {

inline constexpr std::size_t kFoldBytesMax = std::size_t{64} << 10U;  // of records

// Nothing of the order happens by itself but for deadlines and its start, which may be far away: it
// is Held, Waiting, or New and to begin later. What is sent, asked about, evaluated or to be tried
// again is under way.
bool IsAtRest(const Order& order);

// A target of the simulated type answers what it has delayed without being asked.
bool AnswersByItself(const Order& order, std::uint32_t work_order);

class FoldedOrder {
 public:
  // Null when the order is not at rest or is one of those that stay as they are.
  static std::unique_ptr<FoldedOrder> Fold(const Order& order);
  // The same, for an order that was just made of these records.
  static std::unique_ptr<FoldedOrder> Fold(const Order& order, std::string_view timed_records);

  // The order, as it was. Takes some microseconds.
  std::unique_ptr<Order> Unfold() const;
  std::size_t bytes() const { return raw_bytes_; }  // of its records
  // As ShortOrderSnapshotBytes of the order.
  std::string ShortSnapshotBytes() const;

  OrderId id() const { return id_; }
  OrderState state() const { return state_; }
  std::uint64_t version() const { return version_; }
  // When it is to begin; 0 unless it is New.
  Nanos start_at() const { return state_ == OrderState::kNew ? due_ : 0; }
  // Work orders that wait; when it is one, which, until when, whether it AnswersByItself, whether
  // a person is to do it, and whether its step has a deadline of its own.
  std::uint32_t waiting() const { return waiting_; }
  std::uint32_t waiting_work_order() const { return work_order_; }
  Nanos deadline() const { return state_ == OrderState::kWaiting ? due_ : 0; }
  bool answers_by_itself() const { return answers_by_itself_; }
  bool is_task() const { return is_task_; }
  bool has_step_deadline() const { return has_step_deadline_; }

  // False only when the order does not match. True for one in many that does not either.
  bool MayMatch(const OrderQuery& query) const;

 private:
  explicit FoldedOrder(const Order& order);

  void Pack(std::string_view timed_records);
  std::string TimedRecords() const;

  OrderId id_;
  std::uint64_t version_;
  std::shared_ptr<const Catalog> catalog_;
  Nanos submitted_at_;
  Nanos due_ = 0;
  std::uint64_t products_ = 0;  // a bit for each product, by its name's hash
  std::uint32_t customer_;      // hashes
  std::uint32_t external_id_;
  std::uint32_t waiting_;
  std::uint32_t work_order_ = 0;
  OrderState state_;
  bool answers_by_itself_ = false;
  bool is_task_ = false;
  bool has_step_deadline_ = false;
  std::uint32_t packed_bytes_ = 0;
  std::uint32_t raw_bytes_ = 0;
  std::unique_ptr<char[]> packed_;
};

}  // namespace cairn
