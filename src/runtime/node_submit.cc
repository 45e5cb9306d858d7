// How orders come into a node: planned, checked against what the journal takes, queued; and planned
// again when what they were planned with has changed meanwhile.
#include "base/check.h"
#include "engine/orders/plan.h"
#include "runtime/node.h"
#include "runtime/order_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

// Each time, a service of the order has changed between its planning and its acceptance.
constexpr int kPlanningsMax = 10;
// Of a stored service, beside its parameters.
constexpr std::size_t kServiceRecordBytes = 1'024;
constexpr Nanos kRetryAfter = kSecond;

Refusal RefusalOf(std::vector<FieldError> errors) {
  const bool malformed = std::any_of(errors.begin(), errors.end(), [](const FieldError& error) {
    return error.kind == FieldError::Kind::kMalformed;
  });
  Refusal refusal{.code = malformed ? ErrorCode::kInvalidArgument : ErrorCode::kRuleViolated,
                  .detail = errors.front().detail,
                  .errors = {}};
  refusal.errors = std::move(errors);
  if (refusal.errors.size() > 1) {
    refusal.detail =
        fmt::format("{} (and {} more errors)", refusal.detail, refusal.errors.size() - 1);
  }
  return refusal;
}

// Of the services that are kept together with the order: where there is nothing to do.
std::size_t ServicesAtOnceBytes(const Plan& plan) {
  if (plan.services_seen.empty()) return 0;
  std::size_t bytes = 0;
  std::uint32_t index = 0;
  const auto add = [&](const records::OrderPart& part) {
    auto technical = part.technical_orders().begin();
    for (const auto& product_order : part.product_orders()) {
      const bool is_done =
          technical == part.technical_orders().end() || technical->product_order() != index;
      while (technical != part.technical_orders().end() && technical->product_order() == index) {
        ++technical;
      }
      ++index;
      if (!is_done || !ConcernsService(product_order)) continue;
      bytes += product_order.parameters().size() + kServiceRecordBytes;
    }
  };
  add(plan.accepted->part());
  for (const auto& part : plan.further_parts) add(*part);
  return bytes;
}

// Of the records that the order is kept in; each of them goes into one frame.
std::size_t LargestRecordBytes(const Plan& plan) {
  std::size_t bytes = plan.accepted->ByteSizeLong() + ServicesAtOnceBytes(plan);
  for (const auto& part : plan.further_parts) bytes = std::max(bytes, part->ByteSizeLong());
  return bytes;
}

Refusal TooLargeFor(std::size_t bytes, std::size_t limit) {
  std::string detail = fmt::format(
      "a record of the order has {} bytes, and a segment of this node's journal takes {}: use "
      "larger segments or smaller orders",
      bytes, limit);
  return {.code = ErrorCode::kTooLarge,
          .detail = detail,
          .errors = {{"", "too-large", detail}},
          .retry_after = 0};
}

}  // namespace

// Kept while its plan may turn out to be stale.
struct Node::Submission {
  OrderRequest request;
  SubmitContext context;
  SubmitDone done;
  int plannings = 1;
};

PlanContext Node::PlanningContext() const {
  return {
      .now = parts_.clock->Now(), .scripts = parts_.scripts, .services = &partition_->services()};
}

void Node::SubmitOrder(const OrderRequest& request, SubmitContext context, SubmitDone done) {
  PlanAndQueue(nullptr, request, std::move(context), done);
}

void Node::PlanAgain(const std::shared_ptr<Submission>& submission) {
  if (submission->plannings++ == kPlanningsMax) {
    return submission->done(tl::unexpected(
        Refusal{.code = ErrorCode::kOverloaded,
                .detail = fmt::format("services of this order changed while it was planned, {} "
                                      "times in a row",
                                      kPlanningsMax),
                .errors = {},
                .retry_after = kRetryAfter}));
  }
  PlanAndQueue(submission, submission->request, submission->context, submission->done);
}

void Node::PlanAndQueue(std::shared_ptr<Submission> again, const OrderRequest& request,
                        SubmitContext context, const SubmitDone& done) {
  const std::shared_ptr<const Catalog> catalog = catalogs_.current();
  auto plan = MakePlan(request, *catalog, PlanningContext());
  if (!plan) return Refuse(RefusalOf(std::move(plan.error())), context, done);

  const std::size_t bytes = LargestRecordBytes(*plan);
  if (bytes > parts_.journal->max_payload() / 2) {
    return Refuse(TooLargeFor(bytes, parts_.journal->max_payload() / 2), context, done);
  }

  AcceptOrder accept;
  accept.accepted = plan->accepted;
  accept.accepted->set_body_hash(context.body_hash);
  std::vector<std::shared_ptr<const records::OrderPart>> parts(plan->further_parts.begin(),
                                                               plan->further_parts.end());
  std::vector<AdmissionCommand> commands;
  if (!parts.empty()) accept.staging = std::make_shared<Staging>();
  for (const auto& part : parts) commands.emplace_back(StagePart{accept.staging, part});
  // The order is built here, so that its size does not hold the partition up.
  accept.order = BuildOrder(OrderId(), 0, {}, catalog, plan->accepted, std::move(parts));
  accept.services_seen = std::move(plan->services_seen);
  if (!accept.services_seen.empty()) {
    if (again == nullptr) again = std::make_shared<Submission>(Submission{request, context, done});
    accept.plan_again = [this, again = std::move(again)] {
      planner_.Put([this, again] { PlanAgain(again); });
    };
  }
  accept.has_key = !context.idempotency_key.empty();
  if (accept.has_key) accept.key = MakeSubmissionKey(context.idempotency_key);
  accept.actor = std::move(context.actor);
  accept.done = done;
  commands.emplace_back(std::move(accept));
  if (!partition_->PutAdmission(std::move(commands))) done(tl::unexpected(Busy()));
}

// A submission with a key may be the repeat of one that was accepted when the catalog or the
// inventory was another: then that is the answer.
void Node::Refuse(Refusal refusal, const SubmitContext& context, const SubmitDone& done) {
  if (context.idempotency_key.empty()) return done(tl::unexpected(std::move(refusal)));
  RefuseOrder command{.key = MakeSubmissionKey(context.idempotency_key),
                      .body_hash = context.body_hash,
                      .refusal = std::move(refusal),
                      .done = done};
  if (!partition_->PutOperator(std::move(command))) done(tl::unexpected(Busy()));
}

Refusal Node::Busy() const {
  const bool full = journal_worker_.no_space() || archive_worker_.no_space();
  return {.code = full ? ErrorCode::kNoSpace : ErrorCode::kOverloaded,
          .detail = full               ? "the disk is full; running orders go on"
                    : stopping_.load() ? "the node is stopping"
                                       : "the node is busy: too many orders wait",
          .errors = {},
          .retry_after = kRetryAfter};
}

tl::expected<PlanView, Refusal> Node::PlanOrder(const OrderRequest& request) {
  const std::shared_ptr<const Catalog> catalog = catalogs_.current();
  auto plan = MakePlan(request, *catalog, PlanningContext());
  if (!plan) return tl::unexpected(RefusalOf(std::move(plan.error())));
  std::vector<std::shared_ptr<const records::OrderPart>> parts(plan->further_parts.begin(),
                                                               plan->further_parts.end());
  const std::shared_ptr<const Order> order =
      BuildOrder(OrderId(), 0, {}, catalog, plan->accepted, std::move(parts));
  OrderView view = MakeOrderSnapshot(order)->View();
  return PlanView{.catalog_version = std::move(view.catalog_version),
                  .slices = std::move(view.slices),
                  .product_orders = std::move(view.product_orders)};
}

}  // namespace cairn
