// RetainingArchive: an archive that forgets the days that are older than its retention. It hands
// everything else on to the archive behind it.
//
// The thread rule is that of ports/archive.h: it drops on the thread that writes.
#pragma once

#include "ports/archive.h"
#include "ports/clock.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn {

class RetainingArchive final : public Archive {
 public:
  // `retention`: a span; 0 keeps everything. Both others outlive this object.
  RetainingArchive(Archive& archive, const Clock& clock, Nanos retention)
      : archive_(archive), clock_(clock), retention_(retention) {}

  // Drops what is too old now. Write does so by itself, once for each day that begins.
  [[nodiscard]] Status DropOld();

  // What cannot be dropped is tried again with the next day, and in the log; the orders of this
  // call are stored all the same.
  [[nodiscard]] Status Write(std::span<const ArchivedOrder> orders,
                             std::uint64_t journal_sequence) override;
  std::uint64_t journal_sequence() const override { return archive_.journal_sequence(); }
  [[nodiscard]] Result<std::optional<std::string>> ReadBody(OrderId id) override {
    return archive_.ReadBody(id);
  }
  [[nodiscard]] Result<std::vector<OrderSummary>> List(const OrderQuery& query) override {
    return archive_.List(query);
  }
  [[nodiscard]] Result<bool> Remove(OrderId id) override { return archive_.Remove(id); }
  [[nodiscard]] Status DropBefore(Nanos moment) override { return archive_.DropBefore(moment); }

 private:
  Archive& archive_;
  const Clock& clock_;
  const Nanos retention_;
  Nanos dropped_on_ = -1;  // day, counted from 1970
};

}  // namespace cairn
