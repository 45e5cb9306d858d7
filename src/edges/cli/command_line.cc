// CommandLine: the body.
#include "edges/cli/command_line.h"

#include "base/check.h"
#include "base/time.h"
#include "edges/cli/color.h"
#include "edges/cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

constexpr const char* kUrlDefault = "http://127.0.0.1:8080";
constexpr std::size_t kApiKeyBytesMax = 4096;

std::string Footer() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeMeaning& meaning : kExitCodeMeanings) {
    text += fmt::format("  {:<5}{}\n", static_cast<int>(meaning.code), meaning.text);
  }
  return text +
         "\nExamples:\n"
         "  cairn order submit examples/orders/mobile-line.json --wait\n"
         "  cairn order list --state Held\n"
         "  cairn -o json order show so-1t3\n"
         "  cairn --url http://node-2:8080 --api-key @key.txt node status";
}

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

const char* CommandLine::version() { return "cairn " CAIRN_VERSION; }

CommandLine::CommandLine(Surroundings surroundings)
    : surroundings_(std::move(surroundings)),
      app_("Cairn accepts service orders and fulfils them. This is its command line.", "cairn"),
      url_(kUrlDefault),
      form_("table") {
  CHECK(surroundings_.in != nullptr && surroundings_.interrupted != nullptr);
  app_.require_subcommand(1);
  app_.fallthrough();  // options for all commands may follow a command's own
  app_.footer(Footer());
  app_.set_version_flag("--version", version());
  app_.set_help_flag("-h,--help", "Print this help and exit");
  AddOptions();
  AddCommands();
}

void CommandLine::AddOptions() {
  app_.add_option("--url", url_, "The node's address")
      ->envname("CAIRN_URL")
      ->check(CLI::Validator(CheckUrl, "URL"))
      ->capture_default_str();
  // The surroundings bring its variable: a test has none.
  app_.add_option("--api-key", api_key_,
                  "The key that the node asks for, or @FILE with it: other users of this machine "
                  "can see what stands on a command line (environment: CAIRN_API_KEY)")
      ->type_name("KEY");
  app_.add_option("-o,--output", form_, "How to print: table, or json as the server sent it")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app_.add_option("--timeout", timeout_,
                  "The most time that a command may take, such as 60s or 2h30m. Without it a "
                  "request may take 30s and waiting has no end")
      ->check(CLI::Validator(CheckDuration, "DURATION"));
  app_.add_flag("--no-color", no_color_, "Print without colours (as does a set NO_COLOR)");
}

void CommandLine::AddCommands() {
  const auto add = [this](CLI::App& noun, auto... commands) { (commands(noun, *this), ...); };
  add(AddNoun("order", "Submit, watch, list and steer orders"), AddOrderSubmit, AddOrderBatch,
      AddOrderPlan, AddOrderShow, AddOrderHistory, AddOrderList, AddOrderWait, AddOrderResubmit,
      AddOrderGiveUp, AddOrderCancel, AddOrderAbort, AddOrderPatch, AddOrderDelete);
  add(AddNoun("workorder", "What an order has targets do, and answers that came another way"),
      AddWorkorderList, AddWorkorderComplete, AddWorkorderFail);
  add(AddNoun("task", "What people have to do"), AddTaskList, AddTaskComplete, AddTaskFail);
  add(AddNoun("cartridge", "The connections to targets"), AddCartridgeList, AddCartridgeShow,
      AddCartridgeMaintenance, AddCartridgeTest);
  add(AddNoun("catalog", "Catalogs, in files and in a node"), AddCatalogShow, AddCatalogReload);
  add(AddNoun("inventory", "The services that completed orders have left"), AddInventoryList,
      AddInventoryShow);
  add(AddNoun("events", "What happens on a node"), AddEventsFollow);
  add(AddNoun("node", "The state of a node"), AddNodeStatus, AddNodeOpenapi);
  add(AddNoun("clock", "The clock of a node that runs on a virtual one"), AddClockAdvance);
  add(AddNoun("completion", "Completion of these commands in a shell"), AddCompletionBash,
      AddCompletionZsh);
  AddManual(app_, *this);
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

CliResult<std::string> CommandLine::ReadApiKey() const {
  std::string key = api_key_.empty() ? surroundings_.api_key : api_key_;
  const std::string from = api_key_.empty() ? "CAIRN_API_KEY" : "--api-key";
  if (key.starts_with('@')) {
    const std::string file = key.substr(1);
    std::ifstream in(file, std::ios::binary);
    key.clear();
    if (!in || !std::getline(in, key)) {
      return FailWith(ExitCode::kUsage, fmt::format("{}: {} cannot be read", from, file));
    }
    while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
  }
  // It becomes a line of the request: nothing in it may end that line.
  const bool good =
      key.size() <= kApiKeyBytesMax &&
      std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!good) {
    return FailWith(ExitCode::kUsage,
                    from + ": a key is made of visible ASCII characters, without spaces");
  }
  return key;
}

ExitCode CommandLine::RunAction() {
  CHECK(action_ != nullptr);
  if (no_color_) {
    surroundings_.out.DisableColor();
    surroundings_.err.DisableColor();
  }
  const Nanos deadline =
      timeout_.empty() ? kNever : surroundings_.now() + ParseDuration(timeout_).value();
  CliResult<std::string> api_key = ReadApiKey();
  if (!api_key) {
    surroundings_.Note(Paint("error:", Color::kRed, surroundings_.err.color()) + " " +
                       api_key.error().text);
    return api_key.error().code;
  }
  NodeClient node(surroundings_, url_, std::move(*api_key), deadline);
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
