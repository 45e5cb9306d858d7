#include "engine/orders/plan.h"

#include "base/text.h"
#include "engine/orders/plan_decomposition.h"
#include "engine/orders/plan_draft.h"
#include "engine/orders/plan_graph.h"
#include "engine/orders/plan_parameters.h"
#include "engine/orders/plan_products.h"
#include "engine/orders/plan_rules.h"
#include "engine/orders/plan_services.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

class Planner {
 public:
  Planner(const OrderRequest& request, const Catalog& catalog, const PlanContext& context)
      : request_(request), catalog_(catalog), draft_(request, catalog, context), graph_(draft_) {}

  tl::expected<Plan, std::vector<FieldError>> Run() {
    accepted_ = std::make_shared<records::OrderAccepted>();
    // A phase that meets a limit is the last one.
    const bool is_connected = CheckHeader() && ResolveProductOrders(draft_) &&
                              ResolveDependsOn(draft_) && DropByDelta(draft_) &&
                              ApplyRules(draft_) && CheckServices(draft_) &&
                              graph_.ConnectProductOrders();
    if (is_connected && Decompose(draft_)) graph_.ConnectTechnicalOrders();
    auto& errors = draft_.errors();
    if (errors.empty()) return Emit();
    // One product order adds all of its own.
    if (errors.size() > kPlanErrorsMax) errors.resize(kPlanErrorsMax);
    return tl::unexpected(std::move(errors));
  }

 private:
  bool CheckHeader() {
    const std::size_t count = request_.product_orders.size();
    const std::string_view list =
        request_.source == OrderRequest::Source::kTmf641 ? "/serviceOrderItem" : "/productOrders";
    if (count == 0)
      draft_.Error(std::string(list), "missing", "an order needs at least one product order");
    if (count > kProductOrdersMax) {
      draft_.Error(std::string(list), "too-many-product-orders",
                   fmt::format("{} product orders, the limit is {}", count, kProductOrdersMax));
    }
    CheckSizes();
    if (const auto policy = request_.dataset.Find(kExecutionPolicy)) {
      if (*policy == "\"Dependency Tree\"") {
        accepted_->set_dependency_tree(true);
      } else if (*policy != "\"Slicing\"") {
        draft_.Error("/dataset/" + EscapePointer(kExecutionPolicy), "unknown-value",
                     fmt::format("must be \"Slicing\" or \"Dependency Tree\", not {}",
                                 CutUtf8(*policy, 64)));
      }
    }
    if (const auto checkpoint = request_.dataset.Find(kPopCheckpoint)) {
      const std::string field = "/dataset/" + EscapePointer(kPopCheckpoint);
      if (*checkpoint != "\"AfterSlice\"") {
        draft_.Error(field, "unknown-value",
                     fmt::format("must be \"AfterSlice\", not {}", CutUtf8(*checkpoint, 64)));
      } else if (accepted_->dependency_tree()) {
        draft_.Error(field, "not-with-dependency-tree",
                     fmt::format("is for Slicing: with {} \"Dependency Tree\" no slice has an end",
                                 kExecutionPolicy));
      } else {
        accepted_->set_checkpoint_after_slice(true);
      }
    }
    return count <= kProductOrdersMax && !draft_.full();
  }

  // What bounds the records of one order, part by part.
  void CheckSizes() {
    const auto check = [&](const std::string& field, std::size_t bytes, std::size_t limit) {
      if (bytes <= limit) return;
      draft_.Error(field, "too-large", fmt::format("{} bytes, the limit is {}", bytes, limit));
    };
    check("/dataset", request_.dataset.encoded().size(), kFieldSetBytesMax);
    if (request_.tmf_document.size() > kTmfDocumentBytesMax) {
      draft_.Error("", "too-large",
                   fmt::format("the TMF641 document has {} bytes, the limit is {}",
                               request_.tmf_document.size(), kTmfDocumentBytesMax));
    }
    for (std::size_t i = 0; i < request_.product_orders.size(); ++i) {
      const std::size_t bytes = request_.product_orders[i].parameters.encoded().size();
      if (bytes > kFieldSetBytesMax) {
        check(draft_.FieldOf(i, "/parameters", "/service/serviceCharacteristic"), bytes,
              kFieldSetBytesMax);
      }
    }
  }

  Plan Emit() {
    std::vector<std::uint32_t> slices = SlicesOf(graph_.predecessors(), graph_.order());
    if (request_.sequential) {
      for (std::uint32_t at = 0; at < graph_.order().size(); ++at) {
        slices[graph_.order()[at]] = at;
      }
    }
    std::uint32_t slice_count = 0;
    for (const std::uint32_t slice : slices) slice_count = std::max(slice_count, slice + 1);

    Plan plan;
    plan.accepted = accepted_;
    records::OrderAccepted& accepted = *accepted_;
    accepted.set_catalog_hash(catalog_.hash());
    accepted.set_external_id(request_.external_id);
    accepted.set_customer(request_.customer);
    accepted.set_priority(request_.priority);
    accepted.set_has_priority(request_.has_priority);
    accepted.set_trace_parent(request_.trace_parent);
    accepted.set_requested_start(request_.requested_start);
    accepted.set_stop_all(request_.stop_all);
    accepted.set_sequential(request_.sequential);
    // One at a time is one slice after the other, whatever the policy.
    if (request_.sequential) accepted.set_dependency_tree(false);
    accepted.set_functional_to_fail_port(!request_.replayable_so_to_retry_port);
    accepted.set_replay_failed(!request_.skip_failed_wo);
    accepted.set_dataset(request_.dataset.encoded());
    accepted.set_slice_count(slice_count);
    accepted.set_tmf_document(request_.tmf_document);

    EmitParts(plan, slices);
    plan.services_seen = draft_.ServicesSeen();
    return plan;
  }

  // What makes an order large is many parts, none of them large.
  void EmitParts(Plan& plan, const std::vector<std::uint32_t>& slices) {
    records::OrderPart* part = accepted_->mutable_part();
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < draft_.product_orders.size(); ++i) {
      const bool full =
          bytes > kOrderPartBytes ||
          static_cast<std::size_t>(part->product_orders_size()) == kOrderPartProductOrders;
      if (full) {
        plan.further_parts.push_back(std::make_shared<records::OrderPart>());
        part = plan.further_parts.back().get();
        bytes = 0;
      }
      EmitProductOrder(*part->add_product_orders(), draft_.product_orders[i]);
      bytes += part->product_orders().rbegin()->parameters().size();
      const std::uint32_t end = draft_.TechnicalEnd(i);
      for (std::uint32_t t = draft_.product_orders[i].first_technical; t < end; ++t) {
        auto& technical = *part->add_technical_orders();
        const auto& before = graph_.predecessors()[t];
        technical.set_product_order(i);
        technical.set_definition(draft_.technical_orders[t].definition);
        technical.set_slice(slices[t]);
        technical.set_dataset(draft_.technical_orders[t].dataset.TakeEncoded());
        technical.mutable_predecessors()->Add(before.begin(), before.end());
        bytes += 3 * before.size() + technical.dataset().size();  // 3: as varints
      }
    }
  }

  static void EmitProductOrder(records::ProductOrderPlan& out, DraftProductOrder& draft) {
    out.set_id(std::string(draft.id));
    out.set_product(draft.product);
    out.set_verb(static_cast<std::uint32_t>(draft.verb));
    out.set_parameters(draft.parameters.TakeEncoded());
    out.mutable_depends_on()->Add(draft.depends_on.begin(), draft.depends_on.end());
    if (draft.added_by != nullptr) out.set_added_by_rule(draft.added_by->name());
    out.set_service(std::move(draft.service));
    out.set_dropped_by_delta(draft.dropped_by_delta);
  }

  const OrderRequest& request_;
  const Catalog& catalog_;
  PlanDraft draft_;
  PlanGraph graph_;
  std::shared_ptr<records::OrderAccepted> accepted_;
};

}  // namespace

tl::expected<Plan, std::vector<FieldError>> MakePlan(const OrderRequest& request,
                                                     const Catalog& catalog,
                                                     const PlanContext& context) {
  return Planner(request, catalog, context).Run();
}

}  // namespace cairn
