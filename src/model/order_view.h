// How an order looks from outside: what the API and the CLI show. Names instead of indexes, no
// references into anything that changes.
//
// Plain values; any thread.
#pragma once

#include "base/time.h"
#include "model/fields.h"
#include "model/ids.h"
#include "model/limits.h"
#include "model/states.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

// A row of a list.
struct OrderSummary {
  OrderId id;
  std::string external_id;
  std::string customer;
  std::int64_t priority = 0;
  OrderState state = OrderState::kNew;
  Port port = Port::kNone;
  std::uint32_t run = 1;
  Nanos submitted_at = 0;
  Nanos started_at = 0;               // 0: not yet
  Nanos ended_at = 0;                 // 0: not yet
  std::vector<std::string> products;  // names, each once
  bool cancel_requested = false;      // of a live order; an archive may not keep it
};

struct OrderQuery {
  std::optional<OrderState> state;
  std::optional<std::string> customer;
  std::optional<std::string> external_id;
  std::optional<std::string> product;
  Nanos submitted_from = 0;
  Nanos submitted_to = kNever;
  OrderId before;  // only orders with a smaller id; not valid(): from the newest
  std::size_t limit = kListLimitDefault;
};

struct AttemptView {
  std::uint32_t run = 0;
  std::uint32_t n = 0;
  Nanos sent_at = 0;
  Nanos answered_at = 0;           // 0: no answer yet
  std::optional<Outcome> outcome;  // none: no answer yet
  std::string detail;
};

// A step of a process: mostly a work order, but also what is never sent to a cartridge.
struct WorkOrderView {
  std::string id;
  std::string step;
  std::string kind;       // "choice", "set", "end", "compensation"; empty: a work order
  std::string cartridge;  // empty: it is not sent to one
  std::string operation;
  WorkOrderState state = WorkOrderState::kPending;
  std::vector<AttemptView> attempts;
  std::optional<Fields> input;          // once sent
  std::optional<Fields> output;         // once answered ok
  bool by_person = false;               // its cartridge is manual
  std::string callback_token;           // while it waits for an asynchronous answer
  Nanos deadline = 0;                   // of that answer; 0: it does not wait
  std::string compensates;              // the step that it undoes
  std::string ends;                     // "pass", "fail" or "retry": how it ends the process
  std::optional<std::uint32_t> branch;  // that a choice has taken, from 0
  std::string detail;                   // why a script or an assignment of it failed
};

struct TechnicalOrderView {
  std::string id;
  std::string name;
  ProductOrderState state = ProductOrderState::kPending;
  std::uint32_t slice = 0;
  std::vector<WorkOrderView> work_orders;
};

struct ProductOrderView {
  std::string id;
  std::string item_id;  // of the TMF641 item; the same as id in a native order
  std::string product;
  std::string action;  // add, modify, delete, noChange
  ProductOrderState state = ProductOrderState::kPending;
  std::uint32_t slice = 0;  // the first that holds one of its technical orders
  std::vector<std::string> depends_on;
  std::string added_by_rule;
  bool dropped_by_delta = false;
  std::string service;  // which service of the inventory; empty: none
  Fields parameters;
  std::vector<TechnicalOrderView> technical_orders;
};

struct OrderView {
  OrderSummary summary;
  std::uint64_t version = 0;
  bool stop_all = false;
  bool sequential = false;
  bool replayable_so_to_retry_port = true;
  bool skip_failed_wo = true;
  std::string catalog_version;  // the hash, in hex
  Nanos requested_start = 0;    // 0: none
  bool has_priority = false;
  bool cancel_requested = false;
  bool abort_requested = false;
  std::string cancel_description;
  Fields dataset;
  std::vector<std::vector<std::string>> slices;  // ids of product orders
  std::vector<ProductOrderView> product_orders;
  std::string tmf_document;  // JSON; empty for a native order
};

struct HistoryItem {
  Nanos at = 0;
  std::string event;
  std::string actor;
  std::string detail;  // a JSON object
};

// A plan that nothing was done with: POST /v1/orders:plan.
struct PlanView {
  std::string catalog_version;
  std::vector<std::vector<std::string>> slices;
  std::vector<ProductOrderView> product_orders;
};

}  // namespace cairn
