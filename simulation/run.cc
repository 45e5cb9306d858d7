#include "simulation/run.h"

#include "base/bytes.h"
#include "engine/orders/catalog_check.h"
#include "runtime/order_snapshot.h"
#include "runtime/partition_state.h"
#include "simulation/random_catalog.h"
#include "simulation/violation.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::simulation {
namespace {

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr std::uint64_t kStepsMax = 2'000'000;  // a run that takes more makes no progress
constexpr std::size_t kTailMax = 60;

}  // namespace

Run::Run(std::uint64_t seed, Folding folding)
    : seed_(seed),
      random_(seed),
      clock_(kStart),
      executor_(clock_, random_),
      shadow_(clock_),
      targets_(executor_, clock_, random_, shadow_),
      storage_(Mix64(seed ^ 0x5707U)),
      archive_store_(std::make_shared<ArchiveMemoryStore>()) {
  Draw(folding);
}

Run::~Run() = default;

void Run::Draw(Folding folding) {
  // By numbers of its own: folding must change nothing else.
  Random fold(Mix64(seed_ ^ 0xf01dU));
  limits_.resting_orders = fold.Chance(1, 4) ? limits_.resting_orders : fold.Below(12);
  if (folding == Folding::kAtOnce) limits_.resting_orders = 0;
  if (folding == Folding::kNever) limits_.resting_orders = SIZE_MAX;
  reloads_ = random_.Chance(1, 2);
  const std::uint64_t versions = reloads_ ? 2 + random_.Below(2) : 1;
  for (std::uint64_t i = 0; i < versions; ++i) {
    records::Catalog records = RandomCatalog(random_);
    Require(CheckCatalog(records, &scripts_).empty(), "the random catalog is not one");
    catalogs_.push_back(Catalog::Make(std::move(records)));
  }
  may_change_mind_ =
      reloads_ || std::any_of(catalogs_.front()->records().products().begin(),
                              catalogs_.front()->records().products().end(),
                              [](const auto& p) { return p.service().must_exist(); });
  journal_options_.id_seed = seed_;
  limits_.commands_per_step = 1 + random_.Below(random_.Chance(1, 2) ? 8 : 512);
  limits_.batch_bytes = std::size_t{1024} << random_.Below(6);
  limits_.id_block = 1 + random_.Below(100);
  limits_.admission_queue = 4 + random_.Below(100);
  limits_.terminated_services = random_.Below(8);
  limits_.archive_waiting = 2 + random_.Below(100);
  crashes_left_ = random_.Below(7);
  crash_odds_ = 50 + random_.Below(800);
  fault_odds_ = 100 + random_.Below(2'000);
  TargetOdds odds;
  odds.functional = random_.Below(15);
  odds.technical = random_.Below(30);
  odds.silent = random_.Below(6);
  odds.twice = random_.Below(6);
  odds.delayed = random_.Chance(1, 2) ? 0 : random_.Below(60);
  odds.lost = random_.Below(30);
  odds.delay_max = random_.Between(1, 40 * kSecond);
  cancel_odds_ = random_.Chance(1, 2) ? 0 : 1 + random_.Below(20);
  odds.latency_max = random_.Chance(1, 4) ? 0 : random_.Between(0, 300 * kMillisecond);
  targets_.SetOdds(odds);
  const std::uint64_t orders = 40 + random_.Below(120);
  const std::uint64_t large = random_.Chance(1, 10) ? random_.Below(orders) : orders;
  // All commands of an order stand in the queue at once.
  if (large < orders) limits_.admission_queue += 100;
  // Small segments are dropped often; the parts of a large order need room.
  journal_options_.segment_bytes = std::uint64_t{128U << 10U}
                                   << (large < orders ? 2 + random_.Below(2) : random_.Below(4));
  for (std::uint64_t i = 0; i < orders; ++i) {
    Wish& wish = wishes_.emplace_back();
    wish.key = fmt::format("key-{}", i);
    wish.request = RandomOrder(random_, catalogs_.front()->records(), i, i == large);
    wish.body_hash = Mix64(i);
    if (random_.Chance(1, 10)) {
      wish.request.requested_start = kStart + random_.Between(-kMinute, kMinute);
    }
    wish.resubmissions_left = static_cast<std::uint32_t>(random_.Below(4));
  }
  // Orders that stay Held never make room: there must be some for the rest.
  limits_.live_orders = wishes_.size() + random_.Below(20);
}

void Run::Note(std::string what) {
  path_ = Hash64(what, path_);
  tail_.push_back(fmt::format("{} {}", FormatTime(clock_.true_now()), std::move(what)));
  if (tail_.size() > kTailMax) tail_.pop_front();
}

void Run::StartNode() {
  ++life_;
  fatal_ = false;
  journal_file_ = std::make_unique<JournalFile>(storage_, journal_options_);
  journal_ = std::make_unique<WatchedJournal>(*journal_file_, shadow_);
  archive_memory_ = std::make_unique<ArchiveMemory>(archive_store_);
  archive_ = std::make_unique<WatchedArchive>(*archive_memory_, shadow_);
  Node::Options options;
  options.limits = limits_;
  options.callback_key = std::string(kCallbackKeyBytes, 'k');
  options.read_catalog =
      [this]() -> tl::expected<std::shared_ptr<const Catalog>, std::vector<CatalogProblemView>> {
    if (source_is_bad_) {
      return tl::unexpected(std::vector<CatalogProblemView>{{"a.yaml:1", "it is bad"}});
    }
    return catalogs_[source_];
  };
  options.on_fatal = [this](const Error& error) {
    Note("fatal: " + error.message);
    fatal_ = true;
  };
  node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                             .executor = &executor_,
                                             .journal = journal_.get(),
                                             .archive = archive_.get(),
                                             .scripts = &scripts_},
                                 std::move(options));
  targets_.SetSink(&node_->answer_sink());
  targets_.SetComplete([this](const CallTicket& ticket, CartridgeAnswer answer) {
    Complete(ticket, std::move(answer));
  });
  targets_.SetCompleteTask(
      [this](WorkOrderRef task, CartridgeAnswer answer) { CompleteTask(task, std::move(answer)); });
  const auto report =
      node_->Start(catalogs_[source_], {.simulated = &targets_, .manual = &targets_});
  if (!report &&
      (report.error().code == ErrorCode::kNoSpace || report.error().code == ErrorCode::kIo)) {
    // The fault struck while it started: it starts again, when there is room.
    Note("no start: " + report.error().message);
    storage_.SetCapacity(UINT64_MAX);
    StopNode("no start", CrashStyle::kTearUnsynced);
    return StartNode();
  }
  Require(report.has_value(),
          "the node refuses to start: " + (report ? std::string() : report.error().message));
  Note(fmt::format("life {}: {} frames, cut tail: {}", life_, report->frames, report->cut_tail));
  CompareRecovered();
  ScheduleClients();
}

void Run::StopNode(const std::string& why, CrashStyle style) {
  Note("stop: " + why);
  if (node_ != nullptr) result_.commands += node_->metrics().commands;
  targets_.OnCrash();
  node_.reset();
  journal_.reset();
  journal_file_.reset();
  archive_.reset();
  archive_memory_.reset();
  executor_.ForgetPending();
  storage_.Crash(style);
}

// What recovery made is exactly what the durable frames say.
void Run::CompareRecovered() {
  const PartitionState& state = node_->partition().state();
  Require(state.orders.size() == shadow_.live().size(),
          fmt::format("{} orders were recovered, {} are durable", state.orders.size(),
                      shadow_.live().size()));
  state.orders.ForEach([&](const Order& order) {
    const Order* durable = shadow_.Find(order.id);
    Require(durable != nullptr, FormatId(order.id) + ": recovered, but not durable");
    Require(DumpOrder(order) == DumpOrder(*durable),
            "recovered " + DumpOrder(order) + "but durable is " + DumpOrder(*durable));
  });
  shadow_.RequireKeys(state);
  CheckTasks();
  shadow_.inventory().RequireSame(state);
}

void Run::Strike() {
  if (!faults_on_) return;
  if (crashes_left_ > 0 && random_.Chance(1, crash_odds_)) {
    --crashes_left_;
    ++result_.crashes;
    const CrashStyle styles[] = {CrashStyle::kKeepAll, CrashStyle::kLoseUnsynced,
                                 CrashStyle::kTearUnsynced};
    const std::uint64_t style = random_.Below(3);
    const std::string names[] = {"kill", "power loss", "power loss with torn writes"};
    result_.faults.insert(names[style]);
    StopNode(names[style], styles[style]);
    StartNode();
    return;
  }
  if (!random_.Chance(1, fault_odds_)) return;
  switch (random_.Below(5)) {
    case 0:
      result_.faults.insert("failing sync");
      Note("the next sync fails");
      storage_.FailSync(1 + random_.Below(3));
      break;
    case 1: {
      result_.faults.insert("full disk");
      Note("the disk is full");
      storage_.SetCapacity(storage_.bytes_used());
      disk_full_until_ = Soon(20 * kSecond);
      executor_.AtAlways(disk_full_until_, [this] { storage_.SetCapacity(UINT64_MAX); });
      break;
    }
    case 2:
      result_.faults.insert("full archive");
      archive_memory_->FailNextWrite(ErrorCode::kNoSpace);
      break;
    case 3:
      result_.faults.insert("clock jump");
      clock_.Skew(random_.Between(-kHour, kHour));
      Note("the clock jumps");
      break;
    case 4:
      result_.faults.insert("failing write");
      storage_.FailWrite(1 + random_.Below(3));
      break;
    default: break;
  }
}

void Run::Calm() {
  faults_on_ = false;
  storage_.SetCapacity(UINT64_MAX);
  storage_.FailSync(0);
  storage_.FailWrite(0);
  targets_.SetOdds({.functional = 5,
                    .technical = 5,
                    .silent = 0,
                    .twice = 1,
                    .delayed = 5,
                    .lost = 0,
                    .delay_max = kSecond,
                    .after_crash = 0,
                    .latency_max = kSecond});
  Note("calm");
}

RunResult Run::Execute() {
  StartNode();
  std::uint64_t calm_after = 3'000 + random_.Below(12'000);
  for (;;) {
    if (executor_.steps() >= kStepsMax) throw Violation("no end in sight: " + Unsettled());
    if (fatal_) {
      ++result_.crashes;
      StopNode("the disk failed", CrashStyle::kTearUnsynced);
      StartNode();
      continue;
    }
    if (faults_on_ && executor_.steps() > calm_after) Calm();
    Strike();
    if (fatal_) continue;
    const bool more = executor_.RunOne();
    CheckFolded();
    if (AllSettled() && node_->quiet() && node_->metrics().archive_waiting == 0) {
      if (faults_on_) Calm();
      break;
    }
    if (!more) throw Violation("the world stands still: " + Unsettled());
  }
  CheckEnd();
  result_.hash = Mix64(HashState(node_->partition().state()) ^ path_ ^ targets_.calls());
  result_.commands += node_->metrics().commands;
  result_.orders = shadow_.accepted_count();
  result_.calls = targets_.calls();
  result_.questions = targets_.questions();
  result_.frames = shadow_.frames();
  result_.simulated = clock_.true_now() - kStart;
  CheckReplay();
  return result_;
}

}  // namespace cairn::simulation
