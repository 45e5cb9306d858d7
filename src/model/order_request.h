// A submitted order as an edge has read it: checked for syntax and types, not yet for meaning. What
// turns it into a plan is engine/orders/plan.h.
//
// A plain value; any thread.
#pragma once

#include "base/time.h"
#include "model/catalog.pb.h"
#include "model/fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

struct ProductOrderRequest {
  std::string id;       // unique in the order
  std::string product;  // empty: `service` selects it
  records::Verb verb = records::ADD;
  Fields parameters;
  std::vector<std::string> depends_on;  // ids of product orders of the same order

  // What a TMF641 item says of its service, for the selectors of the catalog.
  struct Service {
    std::string specification_id;
    std::string specification_name;
    std::string type;
    std::string id;
    std::vector<std::string> characteristics;  // names
  } service;
};

struct OrderRequest {
  enum class Source : std::uint8_t { kNative, kTmf641 };  // how errors name a field

  Source source = Source::kNative;
  std::string external_id;
  std::string customer;
  std::int64_t priority = 0;
  bool has_priority = false;
  std::string trace_parent;   // W3C trace context; empty: none
  Nanos requested_start = 0;  // 0: none
  bool stop_all = false;
  bool sequential = false;
  bool replayable_so_to_retry_port = true;
  bool skip_failed_wo = true;
  Fields dataset;  // "pop::EXECUTION_POLICY" and "pop::POP_CHECKPOINT" are read from here
  std::vector<ProductOrderRequest> product_orders;
  bool checkpoint_after_slice = false;
  std::string tmf_document;  // the descriptive fields of a TMF641 order as JSON; else empty
};

// What is wrong with one field of a request.
struct FieldError {
  // Malformed: syntax, types, unknown names, what is missing. Else a rule of the catalog refuses
  // what is well formed.
  enum class Kind : std::uint8_t { kMalformed, kRuleViolated };

  std::string field;   // a JSON pointer into the body: "/productOrders/0/product"
  std::string rule;    // "unknown-product"; of a violation, the name of the catalog's rule
  std::string detail;  // for people
  Kind kind = Kind::kMalformed;
};

}  // namespace cairn
