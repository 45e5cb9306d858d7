// A fixed amount of work for a counter of instructions: a node whose parts all run on one thread,
// in an order that is always the same, on a clock that stands still unless nobody has anything to
// do. Journal and archive are the real ones, in files. bench/instructions runs it under callgrind,
// which counts only what happens within RunMeasured.
//
//   instructions_bench --catalog FILE... [--dir DIR] [--orders 500]
#include "base/check.h"
#include "base/random.h"
#include "bench/load/bench_node.h"
#include "bench/load/bench_order.h"
#include "bench/load/report.h"
#include "bench/load/scratch_folder.h"
#include "edges/http/order_json.h"
#include "simulation/sim_executor.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace cairn::bench {

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr std::uint64_t kSeed = 1;

class FixedWork {
 public:
  FixedWork(std::vector<std::string> catalog_files, std::string directory)
      : random_(kSeed), clock_(kStart), executor_(clock_, random_), bench_([&] {
          BenchNodeOptions options;
          options.directory = std::move(directory);
          options.catalog_files = std::move(catalog_files);
          options.latency = 0;
          options.clock = &clock_;
          options.executor = &executor_;
          return options;
        }()) {}

  Status Start() {
    if (const auto started = bench_.Start(); !started) return Fail(started.error());
    RETURN_IF_ERROR(CheckBenchPlan(bench_.node()));
    while (executor_.RunOne()) {
    }
    return {};
  }

  // So many orders, `in_flight` at once, until all are archived and retired. The first is for the
  // counter; the other is the same work, uncounted.
  [[gnu::noinline]] void RunMeasured(std::uint64_t orders, std::uint64_t in_flight) {
    Work(orders, in_flight);
  }
  void WarmUp(std::uint64_t orders, std::uint64_t in_flight) { Work(orders, in_flight); }

  NodeMetrics metrics() { return bench_.node().metrics(); }

 private:
  void Work(std::uint64_t orders, std::uint64_t in_flight);
  void Submit(std::uint64_t number);

  Random random_;
  simulation::SimClock clock_;
  simulation::SimExecutor executor_;
  BenchNode bench_;
  BenchOrderText text_;
  std::uint64_t completed_ = 0;
};

void FixedWork::Work(std::uint64_t orders, std::uint64_t in_flight) {
  std::uint64_t sent = 0;
  const std::uint64_t before = completed_;
  do {
    while (sent < orders && sent - (completed_ - before) < in_flight) Submit(sent++);
  } while (executor_.RunOne());
  CHECK_MSG(completed_ - before == orders, "not all orders have completed");
}

void FixedWork::Submit(std::uint64_t number) {
  const auto request = http::ParseOrderJson(text_.Of(number));
  CHECK(request.has_value());
  Node& node = bench_.node();
  node.SubmitOrder(*request, {}, [this, &node](const tl::expected<SubmitReply, Refusal>& reply) {
    CHECK_MSG(reply.has_value(), "an order was refused");
    node.AwaitOrder(reply->id, {.until_settled = true, .wait = kAwaitMax},
                    [this](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
                      CHECK(order && (*order)->state() == OrderState::kCompleted);
                      ++completed_;
                    });
  });
}

namespace {

int Main(int argc, char** argv) {
  std::vector<std::string> catalog_files;
  std::string parent = ".";
  std::uint64_t orders = 500;
  std::uint64_t warmup = 100;
  std::uint64_t in_flight = 100;
  CLI::App app("a fixed amount of work");
  app.add_option("--catalog", catalog_files, "YAML files")->required();
  app.add_option("--dir", parent, "where the data goes, in a folder of its own");
  app.add_option("--orders", orders, "that are measured")->check(CLI::Range(1, 1'000'000));
  app.add_option("--warmup", warmup, "orders before them")->check(CLI::Range(1, 1'000'000));
  app.add_option("--in-flight", in_flight, "orders at once")->check(CLI::Range(1, 10'000));
  CLI11_PARSE(app, argc, argv);
  const ScratchFolder folder(parent);
  FixedWork work(catalog_files, folder.path());
  if (const Status started = work.Start(); !started) {
    fmt::print(stderr, "instructions_bench: {}\n", started.error().message);
    return 1;
  }
  // The first orders fill caches and pools; callgrind does not see them: see bench/instructions.
  work.WarmUp(warmup, in_flight);
  const NodeMetrics before = work.metrics();
  work.RunMeasured(orders, in_flight);
  const NodeMetrics after = work.metrics();
  Report report;
  report.Count("orders", after.orders_completed - before.orders_completed);
  report.Count("orders_archived", after.archive_written - before.archive_written);
  report.Count("batches", after.batches - before.batches);
  report.Count("commands", after.commands - before.commands);
  report.Count("journal_appended_bytes",
               after.journal_appended_bytes - before.journal_appended_bytes);
  report.Print();
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
