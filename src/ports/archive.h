// Archive: where orders go when they have ended, for asking questions. It never decides anything,
// and all that it holds came out of the journal; it may lag behind.
//
// One thread writes (the archive worker). Reads may come from any thread at any time.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/order_view.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn {

struct ArchivedOrder {
  OrderSummary summary;
  std::string body;  // opaque to the archive; stored compressed
};

class Archive {
 public:
  virtual ~Archive() = default;

  // Stores all of them in one durable transaction, together with the journal's sequence that they
  // rest on. Storing an order again replaces it. kNoSpace: nothing was stored, a later try may
  // succeed; any other error is fatal for the process.
  [[nodiscard]] virtual Status Write(std::span<const ArchivedOrder> orders,
                                     std::uint64_t journal_sequence) = 0;

  // The highest journal sequence that was written with a transaction; 0 at first.
  virtual std::uint64_t journal_sequence() const = 0;

  // The body, or nothing if the archive does not have the order.
  [[nodiscard]] virtual Result<std::optional<std::string>> ReadBody(OrderId id) = 0;

  // The newest first (by id), at most query.limit.
  [[nodiscard]] virtual Result<std::vector<OrderSummary>> List(const OrderQuery& query) = 0;

  // Forgets one order, durably. False: the archive does not have it. On the thread that writes.
  // Errors as those of Write.
  [[nodiscard]] virtual Result<bool> Remove(OrderId id) = 0;

  // Forgets the orders that ended on days (UTC) before that of `moment`.
  [[nodiscard]] virtual Status DropBefore(Nanos moment) = 0;
};

}  // namespace cairn
