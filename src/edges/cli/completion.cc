// Completion scripts for shells: the body. Both scripts consist of the same four functions that say
// what there is (commands, options, values of options, arguments), and of one for the shell at hand
// that finds out where on the line it is and asks them.
#include "edges/cli/completion.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace cairn::cli {
namespace {

// What a value may be when it is none of a few words.
constexpr std::string_view kAnyPath = "@path";
constexpr std::string_view kAnything = "@any";

enum class Shell { kBash, kZsh };

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// One case: what to print, a word a line.
std::string Case(const std::string& pattern, const std::vector<std::string>& words) {
  std::string line = fmt::format("    {}) printf '%s\\n'", pattern);
  for (const std::string& word : words) {
    line += " " + Quoted(word);
  }
  return line + " ;;\n";
}

std::string Function(std::string_view name, std::string_view on, std::string_view cases) {
  return fmt::format("{}() {{\n  case \"{}\" in\n{}    *) return 1 ;;\n  esac\n}}\n\n", name, on,
                     cases);
}

// "order submit": the path without the program.
std::string Place(const Command& command) {
  std::string place;
  for (std::size_t i = 1; i < command.path.size(); ++i) {
    place += (i == 1 ? "" : " ") + command.path[i];
  }
  return place;
}

// zsh shows descriptions, bash has no room for them.
std::string Entry(Shell shell, const std::string& name, const std::string& description) {
  return shell == Shell::kZsh ? name + ":" + description : name;
}

std::vector<std::string> Values(const CommandOption& option) {
  if (!option.choices.empty()) {
    return option.choices;
  }
  return {std::string(option.takes_path ? kAnyPath : kAnything)};
}

std::string CommandsOf(const Command& program, Shell shell) {
  std::string cases;
  for (const Command* command : AllCommands(program)) {
    if (command->commands.empty()) continue;
    std::vector<std::string> entries;
    for (const Command& below : command->commands) {
      entries.push_back(Entry(shell, below.name, below.description));
    }
    cases += Case(Quoted(Place(*command)), entries);
  }
  return Function("_cairn_commands", "$1", cases);
}

// The options of a command, and below it those of the program, which may stand anywhere.
std::string OptionsOf(const Command& program, Shell shell) {
  const auto entries = [shell](const Command& command) {
    std::vector<std::string> found;
    for (const CommandOption& option : command.options) {
      for (const std::string& name : option.names) {
        found.push_back(Entry(shell, name, option.description));
      }
    }
    return found;
  };
  std::vector<std::string> everywhere = entries(program);
  everywhere.push_back(Entry(shell, "--help", "Print help and exit"));
  std::string cases;
  for (const Command* command : AllCommands(program)) {
    std::vector<std::string> all = everywhere;
    if (command != &program) {
      const auto own = entries(*command);
      all.insert(all.begin(), own.begin(), own.end());
    }
    cases += Case(Quoted(Place(*command)), all);
  }
  return Function("_cairn_options", "$1", cases);
}

// Keyed by place and option; those of the program by any place.
std::string ValuesOf(const Command& program) {
  std::string cases;
  std::string everywhere;
  for (const Command* command : AllCommands(program)) {
    for (const CommandOption& option : command->options) {
      if (option.value.empty()) continue;
      for (const std::string& name : option.names) {
        if (command == &program) {
          everywhere += Case("*" + Quoted(" " + name), Values(option));
        } else {
          cases += Case(Quoted(Place(*command) + " " + name), Values(option));
        }
      }
    }
  }
  return Function("_cairn_values", "$1 $2", cases + everywhere);
}

// Keyed by place and the number of the argument, from 0.
std::string ArgumentsOf(const Command& program) {
  std::string cases;
  for (const Command* command : AllCommands(program)) {
    for (std::size_t i = 0; i < command->arguments.size(); ++i) {
      cases +=
          Case(Quoted(fmt::format("{} {}", Place(*command), i)), Values(command->arguments[i]));
    }
  }
  return Function("_cairn_arguments", "$1 $2", cases);
}

std::string Facts(const Command& program, Shell shell) {
  return CommandsOf(program, shell) + OptionsOf(program, shell) + ValuesOf(program) +
         ArgumentsOf(program);
}

// A word such as http://h:1 or --option=value comes in several: bash breaks at : and =.
constexpr std::string_view kBashFront = R"sh(_cairn() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local at= word i skip= count=0 found=
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then
      continue
    elif [[ $word == : ]]; then
      skip=1
    elif [[ $skip ]]; then
      skip=
    elif [[ $word == -* ]]; then
      if _cairn_values "$at" "$word" > /dev/null; then skip=1; fi
    elif _cairn_commands "$at" | grep -qxF -- "$word"; then
      at=${at:+$at }$word
      count=0
    else
      count=$((count + 1))
    fi
  done
  COMPREPLY=()
  if [[ $previous == -* ]] && found=$(_cairn_values "$at" "$previous"); then
    :
  elif [[ $current == -* ]]; then
    found=$(_cairn_options "$at")
  else
    found=$(_cairn_commands "$at") || found=$(_cairn_arguments "$at" "$count")
  fi
  if [[ $found == @path ]]; then
    compopt -o filenames 2> /dev/null
    found=$(compgen -f -- "$current")
  elif [[ $found == @any ]]; then
    found=
  else
    found=$(compgen -W "$found" -- "$current")
  fi
  while IFS= read -r word; do
    if [[ $word ]]; then COMPREPLY+=("$word"); fi
  done <<< "$found"
}
complete -F _cairn cairn
)sh";

constexpr std::string_view kZshFront = R"sh(_cairn() {
  local current=${words[CURRENT]} previous=${words[CURRENT-1]}
  local at= word i skip= count=0 found= known
  local -a entries
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ -n $skip ]]; then
      skip=
    elif [[ $word == --*=* ]]; then
      continue
    elif [[ $word == -* ]]; then
      if _cairn_values "$at" "$word" > /dev/null; then skip=1; fi
    else
      known=
      for found in ${(f)"$(_cairn_commands "$at")"}; do
        if [[ ${found%%:*} == $word ]]; then known=1; fi
      done
      if [[ -n $known ]]; then
        at=${at:+$at }$word
        count=0
      else
        count=$((count + 1))
      fi
    fi
  done
  if [[ $current == --*=* ]]; then
    previous=${current%%=*}
    compset -P '*='
    current=${current#*=}
  fi
  if [[ $previous == -* ]] && found=$(_cairn_values "$at" "$previous"); then
    entries=(${(f)found})
  elif [[ $current == -* ]]; then
    entries=(${(f)"$(_cairn_options "$at")"})
  elif found=$(_cairn_commands "$at") || found=$(_cairn_arguments "$at" "$count"); then
    entries=(${(f)found})
  fi
  case "$entries[1]" in
    @path) _files ;;
    @any | '') return 1 ;;
    *) _describe cairn entries ;;
  esac
}
# Read as a file of fpath this is the function itself; read by `source` it is a definition.
if [[ ${funcstack[1]} == _cairn ]]; then
  _cairn "$@"
else
  compdef _cairn cairn
fi
)sh";

}  // namespace

std::string BashCompletion(const Command& program) {
  return "# Completion of cairn for bash. Made by: cairn completion bash\n\n" +
         Facts(program, Shell::kBash) + std::string(kBashFront);
}

std::string ZshCompletion(const Command& program) {
  return "#compdef cairn\n# Completion of cairn for zsh. Made by: cairn completion zsh\n\n" +
         Facts(program, Shell::kZsh) + std::string(kZshFront);
}

}  // namespace cairn::cli
