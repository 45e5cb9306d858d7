// OrderLoad: the body.
#include "bench/load/order_load.h"

#include "base/check.h"
#include "bench/load/bench_order.h"
#include "edges/http/order_json.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace cairn::bench {
namespace {

using SubmitResult = tl::expected<SubmitReply, Refusal>;

constexpr std::chrono::milliseconds kSampleEvery{100};
constexpr std::chrono::milliseconds kAfterRefusal{1};
constexpr std::chrono::seconds kLastTimeout{60};

}  // namespace

OrderLoad::OrderLoad(Service& service, const MeasuredJournal& journal, OrderLoadOptions options)
    : service_(service), journal_(journal), options_(std::move(options)) {
  CHECK(options_.in_flight > 0 && options_.submitters > 0);
}

OrderLoad::~OrderLoad() {
  for (std::thread& thread : submitters_) CHECK(!thread.joinable());
}

void OrderLoad::Note(std::string what) {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) problem_ = std::move(what);
}

// Waiters go on only when an eighth has landed: a wake-up for each order would be most of the cost.
bool OrderLoad::WaitForRoom() {
  const std::uint64_t low = options_.in_flight - (options_.in_flight + 7) / 8;
  std::uint64_t flying = in_flight_.load();
  while (!stopping_.load()) {
    if (flying < options_.in_flight) {
      if (in_flight_.compare_exchange_weak(flying, flying + 1)) return true;
      continue;
    }
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return stopping_.load() || in_flight_.load() <= low; });
    flying = in_flight_.load();
  }
  return false;
}

void OrderLoad::Land() {
  const std::uint64_t low = options_.in_flight - (options_.in_flight + 7) / 8;
  if (in_flight_.fetch_sub(1) != low + 1) return;
  // Under the lock: whoever looks at in_flight_ now either sees this or is woken.
  { const std::lock_guard lock(mutex_); }
  room_.notify_all();
}

void OrderLoad::Submitter(unsigned index) {
  BenchOrderText text;
  std::optional<OrderRequest> prepared;
  const auto start = Steady::now();
  for (std::uint64_t turn = 0;; ++turn) {
    auto due = Steady::now();
    if (options_.rate > 0) {
      const double at = static_cast<double>(turn * options_.submitters + index) / options_.rate;
      due = start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(at));
      std::this_thread::sleep_until(due);
    }
    const std::uint64_t number = next_.fetch_add(1);
    if (options_.orders > 0 && number >= options_.orders) return;
    if (!WaitForRoom()) return;
    while (options_.may_submit && !options_.may_submit() && !stopping_.load()) {
      std::this_thread::sleep_for(kAfterRefusal);
    }
    if (options_.rate <= 0) due = Steady::now();
    if (options_.prepared && prepared) {
      Submit(*prepared, due);
      continue;
    }
    auto request = http::ParseOrderJson(text.Of(number));
    CHECK(request.has_value());
    Submit(*request, due);
    if (options_.prepared) prepared = std::move(*request);
  }
}

// Tries until the node takes it: a refusal says that it is busy.
void OrderLoad::Submit(const OrderRequest& request, Steady::time_point due) {
  const Flight flight{.due = due, .syncs_before = journal_.frame_syncs()};
  const auto submitter = std::this_thread::get_id();
  while (true) {
    // Only a refusal at once comes on this thread, before SubmitOrder returns.
    bool refused_at_once = false;
    service_.SubmitOrder(request, {}, [&, this, flight, submitter](const SubmitResult& reply) {
      if (reply) return Await(reply->id, flight);
      refused_.fetch_add(1);
      if (std::this_thread::get_id() == submitter) {
        refused_at_once = true;
        return;
      }
      dropped_.fetch_add(1);
      Land();
    });
    if (!refused_at_once) return;
    if (stopping_.load()) return Land();
    std::this_thread::sleep_for(kAfterRefusal);
  }
}

void OrderLoad::Await(OrderId id, const Flight& flight) {
  service_.AwaitOrder(id, {.until_settled = true, .wait = kAwaitMax},
                      [this, flight](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
                        OnSettled(flight, order);
                      });
}

void OrderLoad::OnSettled(const Flight& flight,
                          const Result<std::shared_ptr<const OrderSnapshot>>& order) {
  if (!order) {
    Note("an order was lost: " + order.error().message);
  } else if ((*order)->state() != OrderState::kCompleted) {
    Note(fmt::format("an order ended as {}", Name((*order)->state())));
  } else {
    completed_.fetch_add(1, std::memory_order_relaxed);
    if (counting_.load(std::memory_order_relaxed)) {
      latencies_.Add(std::chrono::nanoseconds(Steady::now() - flight.due).count());
    }
    if (options_.in_flight == 1) {
      syncs_on_path_.Add(static_cast<Nanos>(journal_.frame_syncs() - flight.syncs_before));
    }
  }
  Land();
}

Status OrderLoad::WaitForLast() {
  const auto end = Steady::now() + kLastTimeout;
  while (in_flight_.load() > 0 && Steady::now() < end) std::this_thread::sleep_for(kAfterRefusal);
  const std::uint64_t left = in_flight_.load();
  // Callbacks that may still come use this object: there is no way back.
  CHECK_MSG(left == 0, fmt::format("{} orders have not ended after a minute", left));
  const std::lock_guard lock(mutex_);
  if (!problem_.empty()) return Fail(ErrorCode::kConflict, problem_);
  return {};
}

Status OrderLoad::Run(const Notice& begin, const Notice& sample, const Notice& end) {
  for (unsigned i = 0; i < options_.submitters; ++i) {
    submitters_.emplace_back([this, i] { Submitter(i); });
  }
  std::this_thread::sleep_for(std::chrono::nanoseconds(options_.orders > 0 ? 0 : options_.warmup));
  counting_.store(true);
  const auto from = Steady::now();
  begin();
  const auto is_over = [&] {
    if (options_.orders > 0) return completed_.load() + dropped_.load() >= options_.orders;
    return Steady::now() - from >= std::chrono::nanoseconds(options_.length);
  };
  // A short run of few orders must not be measured in steps of a tenth of a second.
  const auto pause = options_.orders > 0 ? kAfterRefusal : kSampleEvery;
  while (!is_over()) {
    std::this_thread::sleep_for(pause);
    sample();
    const std::lock_guard lock(mutex_);
    if (!problem_.empty()) break;
  }
  counting_.store(false);
  counted_seconds_ = std::chrono::duration<double>(Steady::now() - from).count();
  end();
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  room_.notify_all();
  for (std::thread& thread : submitters_) thread.join();
  return WaitForLast();
}

}  // namespace cairn::bench
