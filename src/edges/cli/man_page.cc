// The manual page cairn(1): the body.
#include "edges/cli/man_page.h"

#include "edges/cli/failure.h"

#include <fmt/format.h>

#include <string_view>

namespace cairn::cli {
namespace {

// Text as it stands, whatever is in it: no request of roff, and hyphens that can be copied.
std::string Escaped(std::string_view text) {
  std::string escaped;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) {
      escaped += "\\&";
    }
    line_begins = c == '\n';
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Bold(std::string_view text) { return fmt::format("\\fB{}\\fR", Escaped(text)); }
std::string Italic(std::string_view text) { return fmt::format("\\fI{}\\fR", Escaped(text)); }

std::string Synopsis(const Command& command) {
  std::string line;
  for (const std::string& word : command.path) {
    line += (line.empty() ? "" : " ") + Bold(word);
  }
  for (const CommandOption& argument : command.arguments) {
    line += " " + Italic(argument.names[0]);
  }
  return command.options.empty() ? line : line + " [" + Italic("OPTIONS") + "]";
}

std::string Described(const CommandOption& option) {
  std::string text = Escaped(option.description);
  if (!option.choices.empty()) {
    text += " (";
    for (std::size_t i = 0; i < option.choices.size(); ++i) {
      text += (i == 0 ? "" : ", ") + Escaped(option.choices[i]);
    }
    text += ")";
  }
  if (!option.otherwise.empty()) {
    text += fmt::format("; default: {}", Escaped(option.otherwise));
  }
  if (!option.environment.empty()) {
    text += fmt::format("; or {}", Bold(option.environment));
  }
  return text + ".";
}

std::string OptionEntry(const CommandOption& option) {
  std::string names;
  for (const std::string& name : option.names) {
    names += (names.empty() ? "" : ", ") + Bold(name);
  }
  if (!option.value.empty() && option.names[0].starts_with('-')) {
    names += " " + Italic(option.value);
  }
  return fmt::format(".TP\n{}\n{}\n", names, Described(option));
}

std::string Literal(std::string_view text) {
  return text.empty() ? "" : fmt::format(".PP\n.nf\n{}\n.fi\n", Escaped(text));
}

std::string CommandEntry(const Command& command) {
  std::string title;
  for (std::size_t i = 1; i < command.path.size(); ++i) {
    title += (i == 1 ? "" : " ") + command.path[i];
  }
  std::string text = fmt::format(".SS \"{}\"\n{}\n.PP\n{}.\n", Escaped(title), Synopsis(command),
                                 Escaped(command.description));
  for (const CommandOption& argument : command.arguments) text += OptionEntry(argument);
  for (const CommandOption& option : command.options) text += OptionEntry(option);
  return text + Literal(command.footer);
}

}  // namespace

std::string ManPage(const Command& program, const std::string& version) {
  std::string page = fmt::format(
      ".TH CAIRN 1 \"\" \"{0}\" \"Cairn\"\n"
      ".SH NAME\ncairn \\- submit, watch and steer service orders\n"
      ".SH SYNOPSIS\n{1} [{2}] {3} {4} [{5}]\n"
      ".SH DESCRIPTION\n{6}\n",
      Escaped(version), Bold("cairn"), Italic("OPTIONS"), Italic("NOUN"), Italic("VERB"),
      Italic("ARGUMENTS"), Escaped(program.description));
  page += ".SH OPTIONS\nThese may stand before the noun or after a command's own.\n";
  for (const CommandOption& option : program.options) page += OptionEntry(option);
  page += ".SH COMMANDS\n";
  for (const Command* command : AllCommands(program)) {
    if (command->commands.empty()) page += CommandEntry(*command);
  }
  page += ".SH EXIT STATUS\n";
  for (const ExitCodeMeaning& meaning : kExitCodeMeanings) {
    page += fmt::format(".TP\n{}\n{}\n", Bold(std::to_string(static_cast<int>(meaning.code))),
                        Escaped(meaning.text));
  }
  page += ".PP\nThe commands of " + Bold("cairn journal") +
          " have codes of their own: 0 all is well, 1 there is damage, 2 the journal cannot be "
          "opened.\n";
  page += ".SH ENVIRONMENT\n";
  for (const CommandOption& option : program.options) {
    if (option.environment.empty()) continue;
    page += fmt::format(".TP\n{}\nStands in for {}.\n", Bold(option.environment),
                        Bold(option.names.back()));
  }
  page += fmt::format(".TP\n{}\nStands in for {}.\n", Bold("CAIRN_API_KEY"), Bold("--api-key"));
  page += fmt::format(".TP\n{}\nWhere set, nothing is coloured.\n", Bold("NO_COLOR"));
  page += ".SH SEE ALSO\n" + Bold("cairnd") + ", the node that this speaks to.\n";
  return page;
}

}  // namespace cairn::cli
