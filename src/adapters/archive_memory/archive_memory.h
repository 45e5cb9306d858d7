// ArchiveMemory: the archive without a disk, for unit tests and the simulation. What is stored
// lives in an ArchiveMemoryStore, which outlives the archive as a disk outlives a process.
//
// A transaction is staged first and then committed in one go; a planted failure comes before the
// commit, so that nothing of the transaction is left. Deterministic. Any thread.
#pragma once

#include "ports/archive.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn {

struct ArchiveMemoryStore {
  std::mutex mutex;  // guards what follows
  std::map<OrderId, ArchivedOrder> orders;
  std::uint64_t journal_sequence = 0;
};

class ArchiveMemory final : public Archive {
 public:
  explicit ArchiveMemory(
      std::shared_ptr<ArchiveMemoryStore> store = std::make_shared<ArchiveMemoryStore>())
      : store_(std::move(store)) {}

  [[nodiscard]] Status Write(std::span<const ArchivedOrder> orders,
                             std::uint64_t journal_sequence) override;
  std::uint64_t journal_sequence() const override;
  [[nodiscard]] Result<std::optional<std::string>> ReadBody(OrderId id) override;
  [[nodiscard]] Result<std::vector<OrderSummary>> List(const OrderQuery& query) override;
  [[nodiscard]] Result<bool> Remove(OrderId id) override;
  [[nodiscard]] Status DropBefore(Nanos moment) override;

  // The next Write stores nothing and returns this error; the one after works again.
  void FailNextWrite(ErrorCode code);

 private:
  const std::shared_ptr<ArchiveMemoryStore> store_;
  std::optional<ErrorCode> fail_next_write_;  // guarded by the store's mutex
};

}  // namespace cairn
