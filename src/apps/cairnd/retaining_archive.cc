// RetainingArchive: the body.
#include "apps/cairnd/retaining_archive.h"

#include <spdlog/spdlog.h>

namespace cairn {

Status RetainingArchive::DropOld() {
  const Nanos now = clock_.Now();
  dropped_on_ = now / kDay;
  if (retention_ == 0 || now <= retention_) return {};
  return archive_.DropBefore(now - retention_);
}

Status RetainingArchive::Write(std::span<const ArchivedOrder> orders,
                               std::uint64_t journal_sequence) {
  if (clock_.Now() / kDay != dropped_on_) {
    const Status dropped = DropOld();
    if (!dropped) spdlog::error("old orders stay in the archive: {}", dropped.error().message);
  }
  return archive_.Write(orders, journal_sequence);
}

}  // namespace cairn
