// An order on its way into a plan: what the phases of planning share and hand on to each other.
// Each phase works with what those before it could make sense of, so that one answer tells all
// that is wrong.
//
// One planning, one thread.
#pragma once

#include "engine/orders/catalog.h"
#include "engine/orders/plan.h"
#include "model/fields.h"
#include "model/order_request.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

// One product order: of the request, or added by a rule.
struct DraftProductOrder {
  std::string_view id;
  records::Verb verb = records::ADD;
  std::uint32_t place = 0;   // in the request: its own, or that of the one that it was added for
  bool has_product = false;  // the catalog has it; what follows is meaningless otherwise
  bool known = false;        // its action is known as well
  bool complete = true;      // else it is as the order gives it: nothing may be done for it
  bool sound = true;         // nothing is wrong with its parameters
  bool dropped = false;      // a rule leaves it out
  bool dropped_by_delta = false;  // the inventory has it already: nothing is done for it
  std::uint32_t product = 0;
  std::vector<std::uint32_t> former;               // products that rules replaced, in this order
  const records::ProductAction* action = nullptr;  // null: there is nothing to do
  Fields parameters;
  std::string service;                      // of the inventory, that it is about; empty: none
  StoredServicePtr stored;                  // what the inventory has of it; null: nothing
  std::vector<const records::Rule*> rules;  // that hold for it, without substitutions
  std::vector<std::uint32_t> depends_on;    // as the order said it
  const records::Rule* added_by = nullptr;  // null: the order has it
  std::uint32_t added_for = 0;              // REQUIRES: added_by; the product order with the rule
  std::uint32_t first_technical = 0;
};

struct DraftTechnicalOrder {
  std::uint32_t product_order = 0;
  std::uint32_t definition = 0;  // index in the catalog
  Fields dataset;                // its own, to begin with
};

// By a rule, one product order goes before another one.
struct DraftSequence {
  std::uint32_t node = 0;
  std::uint32_t before = 0;
  const records::Rule* rule = nullptr;
};

class PlanDraft {
 public:
  // All of them outlive the draft.
  PlanDraft(const OrderRequest& request, const Catalog& catalog, const PlanContext& context)
      : request_(request), catalog_(catalog), context_(context) {}
  PlanDraft(const PlanDraft&) = delete;
  PlanDraft& operator=(const PlanDraft&) = delete;

  const OrderRequest& request() const { return request_; }
  const Catalog& catalog() const { return catalog_; }
  const PlanContext& context() const { return context_; }

  void Error(std::string field, std::string rule, std::string detail);
  // A rule of the catalog refuses what is otherwise well formed.
  void Violation(std::string field, std::string_view rule, std::string detail);
  // As many errors as are worth telling: the phase that meets this is the last one.
  bool full() const { return errors_.size() >= kPlanErrorsMax; }
  std::vector<FieldError>& errors() { return errors_; }

  // The JSON pointer of a product order of the request, or of one of its fields, in the body that
  // was sent.
  std::string FieldOf(std::size_t place, std::string_view native, std::string_view tmf) const;

  // The same at any time of one planning. Null: it is not there.
  StoredServicePtr FindService(std::string_view product, std::string_view service);
  std::vector<SeenService> ServicesSeen() const;

  const records::Product& ProductOf(const DraftProductOrder& product_order) const {
    return catalog_.product(product_order.product);
  }
  // The end of the product order's technical orders.
  std::uint32_t TechnicalEnd(std::uint32_t product_order) const {
    return product_order + 1 < product_orders.size()
               ? product_orders[product_order + 1].first_technical
               : static_cast<std::uint32_t>(technical_orders.size());
  }

  std::vector<DraftProductOrder> product_orders;
  // Ids of the request with their places, sorted.
  std::vector<std::pair<std::string_view, std::uint32_t>> by_id;
  std::set<std::string, std::less<>> added_ids;
  std::vector<DraftSequence> sequences;
  std::vector<DraftTechnicalOrder> technical_orders;  // those of a product order are neighbours
  std::size_t scripts_run = 0;
  bool scripts_spent = false;  // told as an error
  int suggestions = 0;         // of names, made in errors

 private:
  const OrderRequest& request_;
  const Catalog& catalog_;
  const PlanContext& context_;
  std::vector<FieldError> errors_;
  std::map<ServiceKey, StoredServicePtr> services_;  // all that were looked for
};

}  // namespace cairn
