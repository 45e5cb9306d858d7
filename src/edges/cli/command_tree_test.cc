// The tree of commands, and what is made from it: completion scripts and the manual page.
#include "edges/cli/command_tree.h"

#include "edges/cli/command_line_test.h"
#include "edges/cli/completion.h"
#include "edges/cli/man_page.h"

namespace cairn::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Parser {
  CLI::App app{"It's a test", "cairn"};
  std::string url = "http://h";
  std::string form;
  std::string file;
  std::string word;
  bool flag = false;

  Parser() {
    app.add_option("--url", url, "Where")->envname("CAIRN_URL")->capture_default_str();
    CLI::App& order = *app.add_subcommand("order", "Orders");
    CLI::App& submit = *order.add_subcommand("submit", "Don't -panic-");
    submit.add_option("FILE", file, "The order")->required();
    submit.add_option("CHANGE", word, "What")->check(CLI::IsMember({"start", "stop"}));
    submit.add_option("-o,--output", form, "How")->check(CLI::IsMember({"json", "table"}));
    submit.add_flag("--wait", flag, "Stay");
    submit.footer("Example:\n  .cairn \\n");
    app.add_subcommand("man", "The manual");
  }
};

TEST(CommandTree, HoldsWhatTheParserHolds) {
  const Parser parser;
  const Command root = ReadCommandTree(parser.app);
  ASSERT_EQ(root.options.size(), 1U) << "--help is not one of them";
  EXPECT_EQ(root.options[0].environment, "CAIRN_URL");
  EXPECT_EQ(root.options[0].otherwise, "http://h");
  std::vector<std::string> names;
  for (const Command* command : AllCommands(root)) names.push_back(command->name);
  EXPECT_THAT(names, ElementsAre("cairn", "order", "submit", "man"));
  const Command& submit = root.commands[0].commands[0];
  EXPECT_THAT(submit.path, ElementsAre("cairn", "order", "submit"));
  ASSERT_EQ(submit.arguments.size(), 2U);
  EXPECT_TRUE(submit.arguments[0].takes_path);
  EXPECT_TRUE(submit.arguments[0].required);
  EXPECT_THAT(submit.arguments[1].choices, ElementsAre("start", "stop"));
  ASSERT_EQ(submit.options.size(), 2U);
  EXPECT_THAT(submit.options[0].names, ElementsAre("-o", "--output"));
  EXPECT_THAT(submit.options[0].choices, ElementsAre("json", "table"));
  EXPECT_EQ(submit.options[1].value, "") << "a flag takes nothing";
}

TEST(Completion, SaysWhatThereIsAtEachPlace) {
  const Parser parser;
  const std::string script = BashCompletion(ReadCommandTree(parser.app));
  EXPECT_THAT(script, HasSubstr("    '') printf '%s\\n' 'order' 'man' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    'order') printf '%s\\n' 'submit' ;;\n"));
  EXPECT_THAT(script,
              HasSubstr("    'order submit') printf '%s\\n' '-o' '--output' '--wait' '--url' "
                        "'--help' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    'order submit --output') printf '%s\\n' 'json' 'table' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    *' --url') printf '%s\\n' '@any' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    'order submit 0') printf '%s\\n' '@path' ;;\n"));
  EXPECT_THAT(script, HasSubstr("    'order submit 1') printf '%s\\n' 'start' 'stop' ;;\n"));
  EXPECT_THAT(script, Not(HasSubstr("--wait')"))) << "a flag takes no value";
}

TEST(Completion, ZshIsToldDescriptions) {
  const Parser parser;
  const std::string script = ZshCompletion(ReadCommandTree(parser.app));
  EXPECT_THAT(script, StartsWith("#compdef cairn\n"));
  EXPECT_THAT(script, HasSubstr("'submit:Don'\\''t -panic-'"));
}

TEST(ManPage, HoldsEachCommandAndNothingThatRoffWouldTake) {
  const Parser parser;
  const std::string page = ManPage(ReadCommandTree(parser.app), "cairn 1.2.3");
  EXPECT_THAT(page, StartsWith(".TH CAIRN 1 \"\" \"cairn 1.2.3\" \"Cairn\"\n"));
  EXPECT_THAT(page, HasSubstr(".SS \"order submit\"\n"));
  EXPECT_THAT(page, HasSubstr("Don't \\-panic\\-.\n"));
  EXPECT_THAT(page, HasSubstr("\n  .cairn \\en\n")) << "blanks before a dot make it text";
  EXPECT_THAT(page,
              HasSubstr("\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIWORD\\fR\nHow (json, table)."));
  EXPECT_THAT(page, HasSubstr("Where; default: http://h; or \\fBCAIRN_URL\\fR."));
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n"));
}

class ShippedCommands : public CommandLineTest {};

TEST_F(ShippedCommands, AreAllInTheManualAndCompleted) {
  const Outcome page = Run({"man"});
  EXPECT_EQ(page.code, ExitCode::kOk);
  const Outcome bash = Run({"completion", "bash"});
  const Outcome zsh = Run({"completion", "zsh"});
  std::istringstream in;
  std::ostringstream out;
  CommandLine line(Surroundings{&in, Terminal::Fixed(out, std::nullopt, false),
                                Terminal::Fixed(out, std::nullopt, false), [] { return Nanos{0}; },
                                [](Nanos) {}, [] { return std::string(); }, "", &interrupted_});
  const Command root = ReadCommandTree(line.app());
  std::size_t commands = 0;
  for (const Command* command : AllCommands(root)) {
    if (!command->commands.empty()) continue;
    ++commands;
    const std::string& name = command->name;
    EXPECT_THAT(page.out, HasSubstr(command->path.size() == 2 ? ".SS \"" + name + "\""
                                                              : ".SS \"" + command->path[1] + " "))
        << name;
    EXPECT_THAT(bash.out, HasSubstr("'" + name + "'"));
    EXPECT_THAT(zsh.out, HasSubstr("'" + name + ":"));
    EXPECT_THAT(command->footer, HasSubstr("cairn ")) << name << " shows how it is used";
    for (const CommandOption& option : command->options) {
      EXPECT_FALSE(option.description.empty()) << name;
      EXPECT_THAT(bash.out, HasSubstr("'" + option.names.back() + "'")) << name;
    }
  }
  EXPECT_GE(commands, 30U);
}

}  // namespace
}  // namespace cairn::cli
