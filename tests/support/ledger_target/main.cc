// ledger_target: an HTTP target system for the demo, the crash tests and the end-to-end tests. It
// answers by simple rules and writes down each call and each answer before it is sent, so that
// afterwards every effect can be counted. See behaviours.h, ledger.h and server.h.
#include "base/result.h"
#include "tests/support/ledger_target/behaviours.h"
#include "tests/support/ledger_target/ledger.h"
#include "tests/support/ledger_target/server.h"
#include "tests/support/ledger_target/target.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <signal.h>

namespace {

struct CommandLine {
  std::string listen = "127.0.0.1:0";
  std::string ledger;
  std::string script;
  std::vector<std::string> item_fields = {"item", "orderItem", "workOrder", "id"};
  cairn::TargetOptions target;
};

// "MIN..MAX", or one number for both.
std::string ParseLatency(const std::string& text, cairn::TargetOptions& options) {
  const std::size_t dots = text.find("..");
  const std::string from = text.substr(0, dots);
  const std::string to = dots == std::string::npos ? from : text.substr(dots + 2);
  if (!CLI::detail::lexical_cast(from, options.latency_ms_min) ||
      !CLI::detail::lexical_cast(to, options.latency_ms_max) || options.latency_ms_min < 0 ||
      options.latency_ms_max < options.latency_ms_min ||
      options.latency_ms_max > cairn::kBehaviourDelayMsMax) {
    return fmt::format("'{}' is not MIN..MAX in milliseconds, 0 to {}", text,
                       cairn::kBehaviourDelayMsMax);
  }
  return "";
}

cairn::Status LoadScript(const std::string& path, cairn::Behaviours& behaviours) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return cairn::Fail(cairn::ErrorCode::kNotFound, "cannot read the script '" + path + "'");
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const cairn::Status added = behaviours.AddScript(text);
  if (!added) {
    return cairn::Fail(added.error().code, path + ": " + added.error().message);
  }
  return {};
}

cairn::Status Run(const CommandLine& command_line) {
  cairn::Behaviours behaviours(command_line.item_fields);
  if (!command_line.script.empty()) {
    RETURN_IF_ERROR(LoadScript(command_line.script, behaviours));
  }
  ASSIGN_OR_RETURN(cairn::Ledger ledger, cairn::Ledger::Open(command_line.ledger));
  boost::asio::io_context context(1);
  cairn::Target target(context, ledger, behaviours, command_line.target);
  cairn::LedgerServer server(context, target, behaviours);
  RETURN_IF_ERROR(server.Listen(command_line.listen));
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
  fmt::print("ledger_target ready http://{}\n", server.Address());
  std::fflush(stdout);
  context.run();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine command_line;
  CLI::App app{"An HTTP target system that keeps a ledger of its calls and effects."};
  app.add_option("--listen", command_line.listen, "HOST:PORT; port 0 takes a free one");
  app.add_option("--ledger", command_line.ledger, "append a JSON line per call and per answer");
  app.add_option("--script", command_line.script, "a JSON array of rules");
  app.add_option("--item-field", command_line.item_fields,
                 "body field that names the order item; may be repeated, the first present counts");
  app.add_option_function<std::string>(
      "--latency",
      [&command_line](const std::string& text) {
        const std::string wrong = ParseLatency(text, command_line.target);
        if (!wrong.empty()) {
          throw CLI::ValidationError("--latency", wrong);
        }
      },
      "MIN..MAX milliseconds before each answer, uniformly random");
  app.add_option("--seed", command_line.target.seed, "of the latencies");
  app.add_flag("--deduplicate", command_line.target.deduplicate,
               "a repeated Idempotency-Key gets the same answer and has no second effect");
  CLI11_PARSE(app, argc, argv);
  const cairn::Status status = Run(command_line);
  if (!status) {
    fmt::print(stderr, "ledger_target: {}\n", status.error().message);
    return 1;
  }
  return 0;
}
