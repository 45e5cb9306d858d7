#include "runtime/partition.h"

#include "base/check.h"

#include <algorithm>

namespace cairn {
namespace {

constexpr Nanos kClockAlarm = 5 * kMinute;
constexpr Nanos kRetireAfter = 5 * kMillisecond;
constexpr std::size_t kRetireAtOnce = 64;
// More than commands, so that folding keeps up.
constexpr std::size_t kFoldsPerStep = 2'000;

template <typename T>
void TakeInto(Mailbox<T>& lane, std::deque<T>& queue) {
  std::vector<T> taken;
  lane.TakeAll(taken);
  for (T& item : taken) queue.push_back(std::move(item));
}

}  // namespace

Partition::Partition(PartitionState state, PartitionLimits limits, Clock& clock,
                     JournalWorker& journal, ArchiveWorker& archive,
                     std::shared_ptr<const CallbackTokens> tokens)
    : state_(std::move(state)),
      limits_(limits),
      machine_clock_(clock),
      clock_(clock, state_.time),
      journal_(journal),
      archive_(archive),
      tokens_(std::move(tokens)) {
  for (const auto& [id, service] : state_.services) services_.Publish(service);
}

void Partition::PutAnswers(std::vector<CartridgeAnswer> answers) {
  answer_lane_.PutAll(std::move(answers));
  handle_->Wake();
}

void Partition::PutArchived(std::vector<OrderId> ids) {
  archived_lane_.PutAll(std::move(ids));
  handle_->Wake();
}

void Partition::PutDurable(DurableNotice notice) {
  notice_lane_.Put(std::move(notice));
  handle_->Wake();
}

bool Partition::PutLateAnswer(LateAnswerCommand command) {
  std::vector<LateAnswerCommand> one;
  one.push_back(std::move(command));
  if (!late_answer_lane_.PutAllWithin(one, limits_.late_answer_queue)) return false;
  handle_->Wake();
  return true;
}

bool Partition::PutOperator(OperatorCommand command) {
  std::vector<OperatorCommand> one;
  one.push_back(std::move(command));
  if (!operator_lane_.PutAllWithin(one, limits_.operator_queue)) return false;
  handle_->Wake();
  return true;
}

bool Partition::PutAdmission(std::vector<AdmissionCommand> commands) {
  const bool full = !admitting_.load() || journal_.no_space() || archive_.no_space() ||
                    counters_.live.load(std::memory_order_relaxed) >= limits_.live_orders ||
                    archive_.waiting() >= limits_.archive_waiting;
  if (full || !admission_lane_.PutAllWithin(commands, limits_.admission_queue)) {
    counters_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  handle_->Wake();
  return true;
}

void Partition::StopAdmission() { admitting_.store(false); }

bool Partition::idle() const {
  // Looked at twice: what a Step that began in between has taken is in no lane and nowhere else.
  return settled_.load() && evaluating_.load() == 0 && evaluated_lane_.empty() &&
         answer_lane_.empty() && notice_lane_.empty() && late_answer_lane_.empty() &&
         operator_lane_.empty() && admission_lane_.empty() && archived_lane_.empty() &&
         journal_.free() && settled_.load();
}

// Take notices, collect, decide, commit. What was committed is let go by the journal's worker.
bool Partition::Step() {
  settled_.store(false);
  TakeNotices();
  Collect();
  FireTimers();
  FireMoments();
  DecideSome();
  const bool more_evaluations = SubmitEvaluations();
  MoveBases();
  ResumeSome();
  SubmitBatch();
  // Behind the batch: while it is being synced there is time.
  state_.orders.FoldResting(limits_.resting_orders, kFoldsPerStep);
  WakeForTimers();
  PublishGauges();
  const bool more = (HasWork() && MayDecide()) || more_evaluations;
  settled_.store(!HasWork() && evaluations_.empty() && archived_.empty() && batch_ == nullptr &&
                 !in_flight_);
  return more;
}

void Partition::TakeNotices() {
  std::vector<DurableNotice> notices;
  notice_lane_.TakeAll(notices);
  for (const DurableNotice& notice : notices) {
    in_flight_ = false;
    space_ = notice.space;
    if (notice.position.sequence != 0) {
      state_.first_frames.try_emplace(notice.position.segment, notice.position.sequence);
    }
    for (const EntityKey& key : notice.bases) state_.ledger.SetBase(key, notice.position.segment);
    state_.ledger.Durable();
  }
}

void Partition::Collect() {
  TakeInto(evaluated_lane_, evaluated_);
  TakeInto(answer_lane_, answers_);
  TakeInto(archived_lane_, archived_);
  // What waits stays in its lane, where it is counted against the lane's limit.
  if (late_answers_.empty()) TakeInto(late_answer_lane_, late_answers_);
  if (operators_.empty()) TakeInto(operator_lane_, operators_);
  if (admissions_.empty()) TakeInto(admission_lane_, admissions_);
}

bool Partition::HasWork() const {
  return !evaluated_.empty() || !answers_.empty() || !late_answers_.empty() ||
         !operators_.empty() || !admissions_.empty() || !going_on_.empty() || !to_resume_.empty();
}

// Retiring is in no hurry: it joins the next frame that is written anyway, or is written alone
// after a while, or when much of it has come together.
bool Partition::RetirementIsDue() {
  if (batch_ != nullptr && batch_->records > 0) return true;
  if (archived_.size() >= kRetireAtOnce || !retirement_waiters_.empty()) return true;
  const Nanos now = clock_.Now();
  if (archived_due_ == 0) archived_due_ = now + kRetireAfter;
  if (now >= archived_due_) return true;
  handle_->WakeAt(clock_.ByMachine(archived_due_));
  return false;
}

// While a frame is syncing the next batch is decided, up to its size.
bool Partition::MayDecide() const {
  return batch_ == nullptr || (batch_->bytes.size() < limits_.batch_bytes &&
                               batch_->replies.size() < limits_.batch_replies);
}

// A batch has one time, and time never falls, whatever the clock does.
void Partition::OpenBatch() {
  if (batch_ != nullptr) return;
  batch_ = std::make_unique<Batch>();
  batch_->bytes.reserve(last_batch_bytes_ + last_batch_bytes_ / 8);
  state_.time = std::max(state_.time, clock_.Now());
  const Nanos set_back = clock_.TakeSetBack();
  if (set_back > kClockAlarm) {
    counters_.clock_alarms.fetch_add(1, std::memory_order_relaxed);
    counters_.clock_jump_max.store(std::max(set_back, counters_.clock_jump_max.load()));
  }
}

// Answers before operators before admission; orders that are under way before new ones.
void Partition::DecideSome() {
  std::size_t left = limits_.commands_per_step;
  std::uint64_t decided = 0;
  Nanos from = machine_clock_.Now();
  const auto next = [&] {
    if (decided > 0) NoteCommandTime(from);
    if (left == 0 || !MayDecide()) return false;
    OpenBatch();
    --left;
    ++decided;
    return true;
  };
  while (!evaluated_.empty() && next()) {
    EvaluatedStep evaluated = std::move(evaluated_.front());
    evaluated_.pop_front();
    Decide(evaluated);
  }
  while (!answers_.empty() && next()) {
    CartridgeAnswer answer = std::move(answers_.front());
    answers_.pop_front();
    Decide(std::move(answer));
  }
  while (!late_answers_.empty() && next()) {
    LateAnswerCommand command = std::move(late_answers_.front());
    late_answers_.pop_front();
    Decide(command);
  }
  while (!archived_.empty() && RetirementIsDue() && next()) {
    const OrderId id = archived_.front();
    archived_.pop_front();
    DecideArchived(id);
  }
  if (archived_.empty()) archived_due_ = 0;
  for (std::size_t n = going_on_.size(); n > 0 && next(); --n) {
    const std::uint64_t counter = going_on_.front();
    going_on_.pop_front();
    if (Order* order = state_.orders.Find(counter)) Advance(*order);
  }
  for (std::size_t n = operators_.size(); n > 0 && next(); --n) {
    OperatorCommand command = std::move(operators_.front());
    operators_.pop_front();
    if (!DecideOperator(command)) operators_.push_back(std::move(command));
  }
  while (!admissions_.empty() && next()) {
    AdmissionCommand command = std::move(admissions_.front());
    admissions_.pop_front();
    std::visit([&](auto& c) { Decide(c); }, command);
  }
  counters_.commands.fetch_add(decided, std::memory_order_relaxed);
}

bool Partition::DecideOperator(OperatorCommand& command) {
  return std::visit(
      [&](auto& c) {
        if constexpr (std::is_same_v<decltype(Decide(c)), bool>) {
          return Decide(c);
        } else {
          Decide(c);
          return true;
        }
      },
      command);
}

void Partition::NoteCommandTime(Nanos& from) {
  const Nanos now = machine_clock_.Now();
  if (now - from > counters_.command_time_max.load(std::memory_order_relaxed)) {
    counters_.command_time_max.store(now - from, std::memory_order_relaxed);
  }
  from = now;
}

void Partition::SubmitBatch() {
  if (!discarded_.empty()) archive_.Discard(std::move(discarded_));
  discarded_.clear();
  if (in_flight_) return;
  // Everything below the oldest base is of no use any more. It may go at once, since the ledger
  // knows only of what is durable; and it must not wait for a frame that may need its room.
  const std::uint64_t oldest =
      std::min({state_.ledger.oldest_segment(), OldestSegmentForListeners(), space_.last_segment});
  const bool drop = oldest > dropped_before_ && oldest > space_.first_segment;
  if (batch_ == nullptr && !drop) return;
  OpenBatch();
  if (batch_->records > 0) {
    last_batch_bytes_ = batch_->bytes.size();
    move_budget_ += 2 * batch_->bytes.size();
    counters_.batches.fetch_add(1, std::memory_order_relaxed);
  }
  if (drop) {
    batch_->drop_before = oldest;
    dropped_before_ = oldest;
    state_.first_frames.erase(state_.first_frames.begin(), state_.first_frames.lower_bound(oldest));
  }
  state_.ledger.Submitted();
  in_flight_ = true;
  first_batch_ = false;
  slices_begun_.clear();
  journal_.Submit(std::move(batch_));
}

void Partition::WakeForTimers() {
  // While the batch is full and waits for the disk, its notice wakes us, not the time.
  if (!MayDecide()) return;
  if (!timers_.empty()) handle_->WakeAt(clock_.ByMachine(timers_.front().at));
  if (!moments_.empty()) handle_->WakeAt(clock_.ByMachine(moments_.begin()->at));
}

void Partition::PublishGauges() {
  counters_.live.store(state_.orders.size(), std::memory_order_relaxed);
  counters_.folded.store(state_.orders.folded(), std::memory_order_relaxed);
  counters_.live_bytes.store(state_.ledger.live_bytes(), std::memory_order_relaxed);
  counters_.journal_bytes.store(space_.bytes, std::memory_order_relaxed);
  counters_.segments_ahead.store(space_.segments_ahead, std::memory_order_relaxed);
  counters_.epoch.store(state_.epoch, std::memory_order_relaxed);
}

}  // namespace cairn
