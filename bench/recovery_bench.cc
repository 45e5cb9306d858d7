// How long a node takes to come back: builds a journal of a given size with a node, then starts
// nodes on it and times them. The journal's files are in the page cache, since they have just been
// written.
//
//   recovery_bench --catalog FILE... [--dir DIR] [--bytes 2147483648] [--rounds 3]
//
// Of the orders every so many-th stays: its last work order is never answered. The others complete
// and are retired. The node cleans its journal meanwhile as it always does, so what lies in it is a
// mix of first records, moved snapshots and what was retired; the figures say how much is live.
// Fails when a started node does not have exactly the orders that were left.
#include "base/check.h"
#include "bench/load/bench_node.h"
#include "bench/load/bench_order.h"
#include "bench/load/report.h"
#include "bench/load/resident_bytes.h"
#include "bench/load/scratch_folder.h"
#include "edges/http/order_json.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

namespace cairn::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{1};
constexpr std::chrono::seconds kSettleTimeout{60};
constexpr std::uint32_t kLastWorkOrder = kBenchWorkOrders - 1;
constexpr std::uint64_t kRunningMax = 2'000;  // orders that are under way and will complete

struct Settings {
  std::string parent = ".";
  std::vector<std::string> catalog_files;
  std::uint64_t bytes = std::uint64_t{2} << 30U;
  std::uint64_t keep_every = 4;
  unsigned rounds = 3;
};

bool IsKept(OrderId id, std::uint64_t keep_every) { return id.counter() % keep_every == 0; }

// Answers ok at once, but for the last work order of the orders that are to stay.
class HoldingCartridge final : public Cartridge {
 public:
  HoldingCartridge(AnswerSink& sink, std::uint64_t keep_every, std::atomic<std::uint64_t>& held)
      : sink_(sink), keep_every_(keep_every), held_(held) {
    const auto output =
        Fields::FromJsonText(fmt::format(R"({{"answer":"{}"}})", std::string(kOutputBytes, 'a')));
    CHECK(output.has_value());
    output_ = *output;
  }

  void Call(std::vector<CartridgeCall> calls) override {
    std::vector<CartridgeAnswer> answers;
    for (const CartridgeCall& call : calls) {
      const WorkOrderRef& work_order = call.ticket.work_order;
      if (work_order.index == kLastWorkOrder && IsKept(work_order.order, keep_every_)) {
        held_.fetch_add(1);
        continue;
      }
      answers.push_back({.ticket = call.ticket, .output = output_, .detail = {}});
    }
    if (!answers.empty()) sink_.OnAnswers(std::move(answers));
  }
  void Stop() override {}

 private:
  static constexpr std::size_t kOutputBytes = 87;  // 100 with its name and the quotes

  AnswerSink& sink_;
  const std::uint64_t keep_every_;
  std::atomic<std::uint64_t>& held_;
  Fields output_;
};

// Forgets what it is given: the archive is no part of what is measured.
class ForgetfulArchive final : public Archive {
 public:
  [[nodiscard]] Status Write(std::span<const ArchivedOrder>, std::uint64_t sequence) override {
    sequence_.store(sequence);
    return {};
  }
  std::uint64_t journal_sequence() const override { return sequence_.load(); }
  [[nodiscard]] Result<std::optional<std::string>> ReadBody(OrderId) override {
    return std::optional<std::string>();
  }
  [[nodiscard]] Result<std::vector<OrderSummary>> List(const OrderQuery&) override {
    return std::vector<OrderSummary>();
  }
  [[nodiscard]] Result<bool> Remove(OrderId) override { return false; }
  [[nodiscard]] Status DropBefore(Nanos) override { return {}; }

 private:
  std::atomic<std::uint64_t> sequence_{0};
};

class RecoveryBench {
 public:
  RecoveryBench(const Settings& settings, std::string directory) : settings_(settings) {
    options_.directory = std::move(directory);
    options_.catalog_files = settings.catalog_files;
    options_.archive = &archive_;
    options_.make_cartridge = [this](AnswerSink& sink) {
      return std::make_unique<HoldingCartridge>(sink, settings_.keep_every, held_);
    };
  }

  Status Build();
  Status Measure();

 private:
  // Orders that have neither completed nor come to rest.
  std::uint64_t Running(const Node& node) const {
    return node.metrics().orders_live - held_.load();
  }
  Status WaitUntilAtRest(const Node& node) const;

  const Settings settings_;
  BenchNodeOptions options_;
  ForgetfulArchive archive_;
  std::atomic<std::uint64_t> held_{0};
  std::uint64_t sent_ = 0;  // submissions; each is accepted or refused
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::uint64_t live_bytes_ = 0;
};

Status RecoveryBench::WaitUntilAtRest(const Node& node) const {
  const auto end = Steady::now() + kSettleTimeout;
  while (Steady::now() < end) {
    const NodeMetrics metrics = node.metrics();
    const bool all_taken = accepted_.load() + refused_.load() == sent_;
    const bool all_ended = metrics.orders_live == held_.load() && metrics.archive_waiting == 0;
    // Idle: the last retirements are durable too.
    if (all_taken && all_ended && node.partition().idle()) return {};
    std::this_thread::sleep_for(kPoll);
  }
  return Fail(ErrorCode::kTimeout, "the orders do not come to rest");
}

Status RecoveryBench::Build() {
  BenchNode bench(options_);
  if (const auto started = bench.Start(); !started) return Fail(started.error());
  RETURN_IF_ERROR(CheckBenchPlan(bench.node()));
  BenchOrderText text;
  while (bench.node().metrics().journal_bytes < settings_.bytes) {
    const auto request = http::ParseOrderJson(text.Of(sent_++));
    bench.node().SubmitOrder(*request, {}, [this](const tl::expected<SubmitReply, Refusal>& reply) {
      (reply ? accepted_ : refused_).fetch_add(1);
    });
    while (sent_ - accepted_.load() > kRunningMax || Running(bench.node()) > kRunningMax) {
      if (refused_.load() > 0) return Fail(ErrorCode::kOverloaded, "an order was refused");
      std::this_thread::sleep_for(kPoll);
    }
  }
  RETURN_IF_ERROR(WaitUntilAtRest(bench.node()));
  live_bytes_ = bench.node().metrics().journal_live_bytes;
  return {};
}

Status RecoveryBench::Measure() {
  const std::uint64_t kept = held_.load();
  double best = 0;
  double sum = 0;
  ReplayReport report;
  for (unsigned round = 0; round < settings_.rounds; ++round) {
    BenchNode bench(options_);
    const auto from = Steady::now();
    auto started = bench.Start();
    const double seconds = std::chrono::duration<double>(Steady::now() - from).count();
    if (!started) return Fail(started.error());
    report = std::move(*started);
    sum += seconds;
    best = round == 0 ? seconds : std::min(best, seconds);
    const std::uint64_t found = bench.node().metrics().orders_live;
    fmt::print(stderr, "round {}: {:.2f} s, {} orders\n", round + 1, seconds, found);
    if (found != kept) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{} orders came back of {}", found, kept));
    }
  }
  const auto bytes = static_cast<double>(report.bytes);
  Report figures;
  figures.Number("seconds_best", best);
  figures.Number("seconds_mean", sum / settings_.rounds);
  figures.Count("journal_bytes", report.bytes);
  figures.Count("frames", report.frames);
  figures.Count("orders_submitted", accepted_.load());
  figures.Count("orders_live", kept);
  figures.Number("live_share", static_cast<double>(live_bytes_) / bytes);
  figures.Number("gb_per_s", bytes / best / 1e9);
  figures.Number("orders_per_s", static_cast<double>(kept) / best);
  figures.Number("resident_mb", static_cast<double>(ResidentBytes()) / 1e6);
  figures.Print();
  return {};
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("how long a node takes to come back");
  app.add_option("--catalog", settings.catalog_files, "YAML files")->required();
  app.add_option("--dir", settings.parent, "where the data goes, in a folder of its own");
  app.add_option("--bytes", settings.bytes, "size of the journal");
  app.add_option("--keep-every", settings.keep_every, "one order of so many stays")
      ->check(CLI::Range(2, 1'000));
  app.add_option("--rounds", settings.rounds, "starts that are timed")->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  const ScratchFolder folder(settings.parent);
  RecoveryBench bench(settings, folder.path());
  Status done = bench.Build();
  if (done) done = bench.Measure();
  if (done) return 0;
  fmt::print(stderr, "recovery_bench: {}\n", done.error().message);
  return 1;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
