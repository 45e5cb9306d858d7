// CommandLine: the body.
#include "edges/cli/command_line.h"

#include "base/check.h"
#include "base/time.h"
#include "edges/cli/color.h"
#include "edges/cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn::cli {
namespace {

constexpr const char* kUrlDefault = "http://127.0.0.1:8080";
constexpr const char* kFooter =
    "Exit codes: 0 done; 1 the order that was waited for did not end Completed; 2 wrong usage or "
    "a\n"
    "local file that cannot be used; 3 the server refused; 4 the server cannot be reached or "
    "failed.\n\n"
    "Examples:\n"
    "  cairn order submit examples/orders/mobile-line.json --wait\n"
    "  cairn order list --state Held\n"
    "  cairn -o json order show so-1t3\n"
    "  cairn --url http://node-2:8080 node status";

std::string CheckUrl(const std::string& text) {
  if (text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0) {
    return {};
  }
  return fmt::format("'{}' must begin with http:// or https://, such as {}", text, kUrlDefault);
}

}  // namespace

std::string CheckDuration(const std::string& text) {
  const Result<Nanos> span = ParseDuration(text);
  if (!span) {
    return span.error().message;
  }
  return *span > 0 ? "" : fmt::format("'{}' must be more than nothing", text);
}

std::string CheckTime(const std::string& text) {
  const Result<Nanos> moment = ParseTime(text);
  return moment ? "" : moment.error().message;
}

CommandLine::CommandLine(Surroundings surroundings)
    : surroundings_(std::move(surroundings)),
      app_("Cairn accepts service orders and fulfils them. This is its command line.", "cairn"),
      url_(kUrlDefault),
      form_("table") {
  CHECK(surroundings_.in != nullptr && surroundings_.interrupted != nullptr);
  app_.require_subcommand(1);
  app_.fallthrough();  // options for all commands may follow a command's own
  app_.footer(kFooter);
  app_.set_version_flag("--version", "cairn " CAIRN_VERSION);
  app_.set_help_flag("-h,--help", "Print this help and exit");
  app_.add_option("--url", url_, "The node's address")
      ->envname("CAIRN_URL")
      ->check(CLI::Validator(CheckUrl, "URL"))
      ->capture_default_str();
  app_.add_option("-o,--output", form_, "How to print: table, or json as the server sent it")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app_.add_option("--timeout", timeout_,
                  "The most time that a command may take, such as 60s or 2h30m. Without it a "
                  "request may take 30s and waiting has no end")
      ->check(CLI::Validator(CheckDuration, "DURATION"));
  app_.add_flag("--no-color", no_color_, "Print without colours (as does a set NO_COLOR)");

  CLI::App& order = AddNoun("order", "Submit, watch, list and steer orders");
  AddOrderSubmit(order, *this);
  AddOrderShow(order, *this);
  AddOrderList(order, *this);
  AddOrderWait(order, *this);
  AddOrderResubmit(order, *this);
  AddOrderGiveUp(order, *this);
  AddOrderPlan(order, *this);
  AddNodeStatus(AddNoun("node", "The state of a node"), *this);
  AddClockAdvance(AddNoun("clock", "The clock of a node that runs on a virtual one"), *this);
}

CLI::App& CommandLine::AddNoun(const std::string& name, const std::string& description) {
  CLI::App& noun = *app_.add_subcommand(name, description);
  noun.require_subcommand(1);
  noun.footer("");
  return noun;
}

void CommandLine::OnRun(CLI::App& command, CommandAction action) {
  command.callback([this, action = std::move(action)] { action_ = action; });
}

ExitCode CommandLine::Run(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as the parser takes them
  try {
    app_.parse(arguments);
  } catch (const CLI::Success& wanted) {
    app_.exit(wanted, surroundings_.out.out(), surroundings_.err.out());
    surroundings_.out.out() << std::flush;
    return ExitCode::kOk;
  } catch (const CLI::ParseError& error) {
    surroundings_.Note(fmt::format("{} {}\nRun with --help for what there is.",
                                   Paint("error:", Color::kRed, surroundings_.err.color()),
                                   error.what()));
    return ExitCode::kUsage;
  }
  return RunAction();
}

ExitCode CommandLine::RunAction() {
  CHECK(action_ != nullptr);
  if (no_color_) {
    surroundings_.out.DisableColor();
    surroundings_.err.DisableColor();
  }
  const Nanos deadline =
      timeout_.empty() ? kNever : surroundings_.now() + ParseDuration(timeout_).value();
  NodeClient node(surroundings_, url_, deadline);
  CommandContext context{surroundings_, form_ == "json" ? OutputForm::kJson : OutputForm::kTable,
                         node};
  const CliResult<ExitCode> ended = action_(context);
  if (!surroundings_.out.out()) {
    surroundings_.Note("error: standard output cannot be written");
    return ExitCode::kUsage;
  }
  if (ended) {
    return *ended;
  }
  const bool is_error = ended.error().code != ExitCode::kOrderNotCompleted &&
                        ended.error().code != ExitCode::kInterrupted;
  surroundings_.Note(
      (is_error ? Paint("error:", Color::kRed, surroundings_.err.color()) + " " : "") +
      ended.error().text);
  return ended.error().code;
}

}  // namespace cairn::cli
