#include "runtime/folded_order.h"

#include "base/bytes.h"
#include "base/check.h"
#include "engine/orders/decide.h"
#include "engine/orders/snapshot.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace cairn {
namespace {

// Records of a kilobyte: higher levels take longer and save nothing.
constexpr int kLevel = 1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// The contexts have much to set up, and recovery folds on several threads.
ZSTD_CCtx* Compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  CHECK_MSG(context != nullptr, "no memory for a compressor");
  return context.get();
}

ZSTD_DCtx* Decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  CHECK_MSG(context != nullptr, "no memory for a decompressor");
  return context.get();
}

std::uint32_t ShortHash(std::string_view text) { return static_cast<std::uint32_t>(Hash64(text)); }

std::uint64_t ProductBit(std::string_view product) {
  return std::uint64_t{1} << (Hash64(product) % 64);
}

bool IsWhole(const Order& order) {
  return order.further_parts.empty() && order.trail_chunks.empty();
}

}  // namespace

bool IsAtRest(const Order& order) {
  const bool rests = order.state == OrderState::kWaiting || order.state == OrderState::kHeld ||
                     order.state == OrderState::kNew;
  return rests && order.evaluations.empty();
}

bool AnswersByItself(const Order& order, std::uint32_t work_order) {
  const records::Cartridge& cartridge = order.cartridge(work_order);
  if (!cartridge.has_simulated()) return false;
  const std::string& operation = order.step(work_order).operation();
  const auto& scripted = cartridge.simulated().operations();
  const auto it = std::find_if(scripted.begin(), scripted.end(),
                               [&](const auto& one) { return one.name() == operation; });
  return it != scripted.end() && it->answer_after_ns() > 0;
}

std::unique_ptr<FoldedOrder> FoldedOrder::Fold(const Order& order) {
  if (!IsAtRest(order) || !IsWhole(order) || order.trail.size() > kFoldBytesMax) return nullptr;
  std::string records;
  AppendFixed(records, order.submitted_at);
  AppendAccepted(records, order);
  records.append(order.trail);
  return Fold(order, records);
}

std::unique_ptr<FoldedOrder> FoldedOrder::Fold(const Order& order, std::string_view timed_records) {
  if (!IsAtRest(order) || !IsWhole(order) || timed_records.size() > kFoldBytesMax) return nullptr;
  std::unique_ptr<FoldedOrder> folded(new FoldedOrder(order));
  folded->Pack(timed_records);
  return folded;
}

FoldedOrder::FoldedOrder(const Order& order)
    : id_(order.id),
      version_(order.version),
      catalog_(order.catalog),
      submitted_at_(order.submitted_at),
      customer_(ShortHash(order.accepted->customer())),
      external_id_(ShortHash(order.external_id())),
      waiting_(order.waiting),
      state_(order.state) {
  if (state_ == OrderState::kNew) due_ = order.requested_start();
  if (state_ == OrderState::kWaiting) {
    const auto first =
        std::find_if(order.work_orders.begin(), order.work_orders.end(),
                     [](const WorkOrder& w) { return w.state == WorkOrderState::kWaiting; });
    CHECK(first != order.work_orders.end());
    work_order_ = static_cast<std::uint32_t>(first - order.work_orders.begin());
    due_ = first->deadline;
    answers_by_itself_ = AnswersByItself(order, work_order_);
    is_task_ = order.cartridge(work_order_).has_manual();
    has_step_deadline_ = StepDeadline(order, work_order_) != kNever;
  }
  for (const ProductOrder& product_order : order.product_orders) {
    products_ |= ProductBit(catalog_->product(product_order.plan->product()).name());
  }
}

void FoldedOrder::Pack(std::string_view timed_records) {
  thread_local std::string packed;
  packed.resize(std::max(packed.size(), ZSTD_compressBound(timed_records.size())));
  const std::size_t size = ZSTD_compressCCtx(Compressor(), packed.data(), packed.size(),
                                             timed_records.data(), timed_records.size(), kLevel);
  CHECK_MSG(ZSTD_isError(size) == 0, ZSTD_getErrorName(size));
  raw_bytes_ = static_cast<std::uint32_t>(timed_records.size());
  packed_bytes_ = static_cast<std::uint32_t>(size);
  packed_ = std::make_unique<char[]>(size);
  std::memcpy(packed_.get(), packed.data(), size);
}

std::string FoldedOrder::TimedRecords() const {
  std::string records(raw_bytes_, '\0');
  const std::size_t size = ZSTD_decompressDCtx(Decompressor(), records.data(), records.size(),
                                               packed_.get(), packed_bytes_);
  CHECK_MSG(size == records.size(), FormatId(id_));
  return records;
}

std::unique_ptr<Order> FoldedOrder::Unfold() const {
  auto order = OrderFromRecords(
      TimedRecords(), [this](std::uint64_t) { return catalog_; },
      [](std::uint64_t) { return std::shared_ptr<const records::OrderPart>(); });
  CHECK_MSG(order.has_value(), order ? std::string_view() : order.error().message);
  return *std::move(order);
}

std::string FoldedOrder::ShortSnapshotBytes() const { return ShortSnapshotOf(TimedRecords()); }

bool FoldedOrder::MayMatch(const OrderQuery& query) const {
  if (query.state && state_ != *query.state) return false;
  if (query.customer && customer_ != ShortHash(*query.customer)) return false;
  if (query.external_id && external_id_ != ShortHash(*query.external_id)) return false;
  if (query.product && (products_ & ProductBit(*query.product)) == 0) return false;
  return submitted_at_ >= query.submitted_from && submitted_at_ <= query.submitted_to;
}

}  // namespace cairn
