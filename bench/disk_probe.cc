// What the machine can do at best, to hold the other figures against: how long the data disk takes
// to make some bytes durable, in a file that was written with zeros before, and how long the
// processor takes for a fixed loop, which shows whether something else is running.
//
//   disk_probe [--dir DIR] [--bytes 4096 --bytes 65536] [--seconds 2]
#include "base/check.h"
#include "base/random.h"
#include "base/time.h"
#include "bench/load/latency_histogram.h"
#include "bench/load/report.h"
#include "bench/load/scratch_folder.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace cairn::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kFileBytes = std::size_t{8} << 20U;
constexpr std::uint64_t kLoopTurns = 200'000'000;
constexpr unsigned kLoopRounds = 3;

void WriteAt(int file, const std::string& bytes, std::size_t offset) {
  const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  CHECK_MSG(written == static_cast<ssize_t>(bytes.size()), "the probe cannot write to its file");
}

// Writes one after the other through the file, each made durable before the next, around and
// around.
void ProbeDisk(const std::string& path, std::size_t bytes, double seconds, Report& report) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  CHECK_MSG(file >= 0, "the probe cannot make its file");
  const std::string zeros(std::size_t{1} << 20U, '\0');
  for (std::size_t at = 0; at < kFileBytes; at += zeros.size()) WriteAt(file, zeros, at);
  CHECK(::fsync(file) == 0);

  std::string data(bytes, '\0');
  Random random(bytes);
  for (char& byte : data) byte = static_cast<char>(random.Below(256));
  LatencyHistogram times;
  const auto from = Steady::now();
  const auto end = from + std::chrono::duration<double>(seconds);
  for (std::size_t at = 0; Steady::now() < end; at += bytes) {
    if (at + bytes > kFileBytes) at = 0;
    const auto begun = Steady::now();
    WriteAt(file, data, at);
    CHECK(::fdatasync(file) == 0);
    times.Add(std::chrono::nanoseconds(Steady::now() - begun).count());
  }
  const double took = std::chrono::duration<double>(Steady::now() - from).count();
  ::close(file);
  ::unlink(path.c_str());
  const auto name = [bytes](const char* what) { return fmt::format("sync_{}_{}", bytes, what); };
  report.Milliseconds(name("ms_p50"), times.Quantile(0.5));
  report.Milliseconds(name("ms_p99"), times.Quantile(0.99));
  report.Number(name("mb_per_s"), static_cast<double>(times.count() * bytes) / 1e6 / took);
}

// The best and the worst of some rounds of the same multiplications, each resting on the one
// before.
void ProbeProcessor(Report& report) {
  Nanos best = kNever;
  Nanos worst = 0;
  std::uint64_t value = 1;
  for (unsigned round = 0; round < kLoopRounds; ++round) {
    const auto from = Steady::now();
    for (std::uint64_t turn = 0; turn < kLoopTurns; ++turn) {
      value = value * 6364136223846793005U + 1442695040888963407U;
    }
    const Nanos span = std::chrono::nanoseconds(Steady::now() - from).count();
    best = std::min(best, span);
    worst = std::max(worst, span);
  }
  report.Milliseconds("loop_ms_best", best);
  report.Milliseconds("loop_ms_worst", worst);
  report.Text("loop_result", fmt::format("{:016x}", value));  // so that the loop is not left out
}

int Main(int argc, char** argv) {
  std::string parent = ".";
  std::vector<std::size_t> sizes = {4'096, 65'536};
  double seconds = 2;
  CLI::App app("what the disk and the processor can do");
  app.add_option("--dir", parent, "where the probe's file goes");
  app.add_option("--bytes", sizes, "of one write")->check(CLI::Range(1, 32 << 20));
  app.add_option("--seconds", seconds, "for each size");
  CLI11_PARSE(app, argc, argv);
  const ScratchFolder folder(parent);
  Report report;
  ProbeProcessor(report);
  for (const std::size_t bytes : sizes) ProbeDisk(folder.path() + "/probe", bytes, seconds, report);
  report.Print();
  return 0;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
