// Orders through a whole node in this process, without HTTP: how many a second, how long each
// takes, what they cost in syncs, bytes and memory, and how far the archive lags behind.
//
//   engine_bench --catalog FILE... [--dir DIR] [--seconds 30] [--rate 8000] ...
//
// Counts an order when its client knows that it is complete. Fails when one does not complete, or
// when the node's counters, the archive's and the clients' differ in the end.
#include "bench/load/bench_node.h"
#include "bench/load/bench_order.h"
#include "bench/load/order_load.h"
#include "bench/load/report.h"
#include "bench/load/resident_bytes.h"
#include "bench/load/scratch_folder.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace cairn::bench {
namespace {

constexpr Nanos kPrintEvery = 10 * kSecond;
constexpr std::chrono::seconds kArchiveTimeout{120};
constexpr double kMegabyte = 1e6;

struct Settings {
  std::string parent = ".";
  BenchNodeOptions node;
  OrderLoadOptions load;
  bool apart = false;  // each order waits until nothing is left of the one before
};

double Seconds(Nanos span) { return static_cast<double>(span) / static_cast<double>(kSecond); }

// What is seen of the node while the orders are counted.
class Watch {
 public:
  Watch(BenchNode& bench, const OrderLoad& load) : bench_(bench), load_(load) {}

  void Begin() {
    begin_ = Read();
    from_ = printed_ = OrderLoad::Steady::now();
    first_resident_ = ResidentBytes();
  }

  void Sample() {
    const NodeMetrics now = bench_.node().metrics();
    lag_max_ = std::max(lag_max_, now.archive_lag);
    journal_max_ = std::max(journal_max_, now.journal_bytes);
    const auto moment = OrderLoad::Steady::now();
    if (moment - printed_ < std::chrono::nanoseconds(kPrintEvery)) return;
    printed_ = moment;
    const std::uint64_t resident = ResidentBytes();
    residents_.push_back(resident);
    fmt::print(
        stderr,
        "{:4.0f} s  {:8} orders  resident {:5.0f} MB  archive lag {:5.2f} s  journal {:6.0f} "
        "MB, {:.0f} live\n",
        std::chrono::duration<double>(moment - from_).count(), load_.counted(),
        static_cast<double>(resident) / kMegabyte, Seconds(now.archive_lag),
        static_cast<double>(now.journal_bytes) / kMegabyte,
        static_cast<double>(now.journal_live_bytes) / kMegabyte);
  }

  void End() { end_ = Read(); }

  void Tell(Report& report) const {
    const double seconds = load_.counted_seconds();
    const auto orders = static_cast<double>(std::max<std::uint64_t>(load_.counted(), 1));
    const auto appended =
        static_cast<double>(end_.node.journal_appended_bytes - begin_.node.journal_appended_bytes);
    const auto frames = static_cast<double>(end_.frame_syncs - begin_.frame_syncs);
    const auto closings = static_cast<double>(end_.closing_syncs - begin_.closing_syncs);
    report.Number("frame_syncs_per_s", frames / seconds);
    report.Number("frame_syncs_per_order", frames / orders);
    report.Number("closing_syncs_per_order", closings / orders);
    report.Number("sync_time_share", Seconds(end_.sync_time - begin_.sync_time) / seconds);
    report.Milliseconds("sync_ms_p50", bench_.journal().sync_times().Quantile(0.5));
    report.Number("journal_mb_per_s", appended / kMegabyte / seconds);
    report.Number("journal_bytes_per_order", appended / orders);
    report.Number("journal_frame_bytes", appended / std::max(frames, 1.0));
    report.Number("journal_mb_max", static_cast<double>(journal_max_) / kMegabyte);
    report.Number("journal_mb_end", static_cast<double>(end_.node.journal_bytes) / kMegabyte);
    report.Number("journal_live_mb_end",
                  static_cast<double>(end_.node.journal_live_bytes) / kMegabyte);
    report.Milliseconds("archive_lag_ms_max", lag_max_);
    report.Milliseconds("archive_lag_ms_end", end_.node.archive_lag);
    report.Number("resident_mb_begin", static_cast<double>(first_resident_) / kMegabyte);
    report.Number(
        "resident_mb_first_10s",
        static_cast<double>(residents_.empty() ? first_resident_ : residents_.front()) / kMegabyte);
    report.Number("resident_mb_end", static_cast<double>(end_.resident) / kMegabyte);
    report.Milliseconds("command_ms_max", end_.node.command_time_max);
  }

 private:
  struct Reading {
    NodeMetrics node;
    std::uint64_t frame_syncs = 0;
    std::uint64_t closing_syncs = 0;
    Nanos sync_time = 0;
    std::uint64_t resident = 0;
  };

  Reading Read() const {
    return {.node = bench_.node().metrics(),
            .frame_syncs = bench_.journal().frame_syncs(),
            .closing_syncs = bench_.journal().closing_syncs(),
            .sync_time = bench_.journal().sync_time_sum(),
            .resident = ResidentBytes()};
  }

  BenchNode& bench_;
  const OrderLoad& load_;
  Reading begin_;
  Reading end_;
  OrderLoad::Steady::time_point from_;
  OrderLoad::Steady::time_point printed_;
  std::uint64_t first_resident_ = 0;
  std::vector<std::uint64_t> residents_;
  Nanos lag_max_ = 0;
  std::uint64_t journal_max_ = 0;
};

// Everything that was accepted has completed and is in the archive, and all agree on how many.
Status CheckCounts(const Node& node, const OrderLoad& load) {
  const auto end = OrderLoad::Steady::now() + kArchiveTimeout;
  while (node.metrics().archive_written < load.completed() && OrderLoad::Steady::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const NodeMetrics metrics = node.metrics();
  const std::uint64_t completed = load.completed();
  const bool agree = completed > 0 && metrics.orders_accepted == completed &&
                     metrics.orders_completed == completed &&
                     metrics.archive_written == completed &&
                     metrics.work_orders_answered == completed * kBenchWorkOrders;
  if (agree) return {};
  return Fail(ErrorCode::kConflict,
              fmt::format("clients know of {} orders, accepted {}, completed {}, archived {}, "
                          "work orders answered {}",
                          completed, metrics.orders_accepted, metrics.orders_completed,
                          metrics.archive_written, metrics.work_orders_answered));
}

Status RunBench(const Settings& settings) {
  const ScratchFolder folder(settings.parent);
  BenchNodeOptions options = settings.node;
  options.directory = folder.path();
  BenchNode bench(std::move(options));
  if (const auto started = bench.Start(); !started) return Fail(started.error());
  RETURN_IF_ERROR(CheckBenchPlan(bench.node()));
  OrderLoadOptions load_options = settings.load;
  if (settings.apart) {
    load_options.may_submit = [&node = bench.node()] {
      return node.metrics().orders_live == 0 && node.quiet();
    };
  }
  OrderLoad load(bench.node(), bench.journal(), std::move(load_options));
  Watch watch(bench, load);
  RETURN_IF_ERROR(load.Run([&] { watch.Begin(); }, [&] { watch.Sample(); }, [&] { watch.End(); }));
  RETURN_IF_ERROR(CheckCounts(bench.node(), load));

  Report report;
  report.Number("orders_per_s", static_cast<double>(load.counted()) / load.counted_seconds());
  report.Count("orders", load.counted());
  report.Number("seconds", load.counted_seconds());
  report.Milliseconds("latency_ms_p50", load.latencies().Quantile(0.5));
  report.Milliseconds("latency_ms_p99", load.latencies().Quantile(0.99));
  report.Milliseconds("latency_ms_max", load.latencies().max());
  report.Count("submissions_refused", load.refused());
  watch.Tell(report);
  if (settings.load.in_flight == 1) {
    const LatencyHistogram& syncs = load.syncs_on_path();
    report.Count("syncs_on_path_p50", static_cast<std::uint64_t>(syncs.Quantile(0.5)));
    report.Count("syncs_on_path_p99", static_cast<std::uint64_t>(syncs.Quantile(0.99)));
  }
  report.Print();
  return {};
}

int Main(int argc, char** argv) {
  Settings settings;
  double seconds = 30;
  double warmup = 2;
  std::string latency;
  CLI::App app("orders through a node in this process");
  app.add_option("--catalog", settings.node.catalog_files, "YAML files")->required();
  app.add_option("--dir", settings.parent, "where the data goes, in a folder of its own");
  app.add_option("--seconds", seconds, "length of what is counted");
  app.add_option("--warmup", warmup, "seconds before that");
  app.add_option("--orders", settings.load.orders, "count so many orders instead");
  app.add_option("--rate", settings.load.rate, "orders a second; 0: as fast as possible");
  app.add_option("--in-flight", settings.load.in_flight, "orders under way")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--submitters", settings.load.submitters, "threads")->check(CLI::Range(1, 64));
  app.add_flag("--prepared", settings.load.prepared, "parse the JSON once only");
  app.add_flag("--apart", settings.apart,
               "submit an order when the one before is archived and retired");
  app.add_option("--latency", latency, "of simulated cartridges, such as 5ms or 0s");
  CLI11_PARSE(app, argc, argv);
  settings.load.length = static_cast<Nanos>(seconds * static_cast<double>(kSecond));
  settings.load.warmup = static_cast<Nanos>(warmup * static_cast<double>(kSecond));
  Status done;
  if (!latency.empty()) {
    if (const Result<Nanos> span = ParseDuration(latency); span) {
      settings.node.latency = *span;
    } else {
      done = Fail(span.error());
    }
  }
  if (done) done = RunBench(settings);
  if (done) return 0;
  fmt::print(stderr, "engine_bench: {}\n", done.error().message);
  return 1;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
