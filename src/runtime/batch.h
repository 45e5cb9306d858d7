// Batch: the events of some commands, and what may leave the node once they are durable.
#pragma once

#include "engine/orders/order.h"
#include "model/record.h"
#include "ports/cartridge.h"
#include "ports/journal.h"
#include "runtime/event_log.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

struct Batch {
  std::string bytes;  // the frame; empty: there is nothing to make durable
  std::uint64_t records = 0;

  // What leaves before it: calls of orders that are checkpointed slice by slice. The batch before
  // this one is durable by then.
  std::vector<CartridgeCall> early_calls;

  // What leaves after the sync.
  std::vector<CartridgeCall> calls;
  std::vector<Cartridge::Waiting> resumed;  // after a start
  std::vector<CallTicket> withdrawn;   // calls of no use any more, if they were not launched yet
  std::vector<CallTicket> given_back;  // calls of orders that are aborted, likewise: answered so
  std::vector<std::function<void()>> replies;
  std::vector<std::shared_ptr<const Order>> ended;  // for the archive
  std::vector<EventRef> events;                     // of orders, for those who read along

  std::vector<EntityKey> bases;  // whose base lies in this frame
  // Segments below may be dropped at once: what is durable already says so, whatever becomes of
  // this batch. 0: none.
  std::uint64_t drop_before = 0;
};

// What the journal's thread tells the partition when a batch is durable.
struct DurableNotice {
  FramePosition position;  // sequence 0: the batch had no frame
  std::vector<EntityKey> bases;
  std::vector<EventRef> events;  // of the batch, as above
  JournalSpace space;
};

}  // namespace cairn
