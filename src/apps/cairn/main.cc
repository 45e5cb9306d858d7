// cairn: the command line of Cairn. Here it meets its process: streams, environment, signals and
// the clock; what it does is in edges/cli.
#include "apps/cairn/catalog_command.h"
#include "apps/cairn/journal_command.h"
#include "base/time.h"
#include "edges/cli/command_line.h"
#include "edges/cli/surroundings.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using cairn::Nanos;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void OnInterrupt(int) { interrupted.store(true); }

// Empty when it is not set. Nothing here changes the environment, and there is one thread.
std::string Environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? "" : value;
}

Nanos Now() {
  timespec moment{};
  clock_gettime(CLOCK_REALTIME, &moment);
  return moment.tv_sec * cairn::kSecond + moment.tv_nsec;
}

// A signal ends it early.
void Sleep(Nanos span) {
  timespec wait{};
  wait.tv_sec = span / cairn::kSecond;
  wait.tv_nsec = span % cairn::kSecond;
  clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, nullptr);
}

std::string RandomKey() {
  std::random_device device;
  return fmt::format("cairn-{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

void HandleSignals() {
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;  // without SA_RESTART: a sleep must end
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A reader that goes away (`cairn order list | head`) shows as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  HandleSignals();
  const bool wants_color = Environment("NO_COLOR").empty() && Environment("TERM") != "dumb";
  cairn::cli::Surroundings surroundings{
      &std::cin,
      cairn::cli::Terminal::OfDescriptor(std::cout, STDOUT_FILENO, wants_color),
      cairn::cli::Terminal::OfDescriptor(std::cerr, STDERR_FILENO, wants_color),
      Now,
      Sleep,
      RandomKey,
      Environment("CAIRN_API_KEY"),
      &interrupted};
  cairn::cli::CommandLine line(std::move(surroundings));
  cairn::cli::AddCatalogCheck(line);
  cairn::cli::AddCatalogDraw(line);
  cairn::AddJournalCommand(line);
  return static_cast<int>(line.Run(std::vector<std::string>(argv + 1, argv + argc)));
}
