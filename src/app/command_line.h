// The command line: verbs, their options, help, completion. One table says everything about an option;
// parsing, --help and completion follow from it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace aloft::app {

struct Option {
  std::string_view name;      // "data-dir"
  std::string_view argument;  // "DIR"; empty for a flag
  std::string_view fallback;  // shown and used when the option is absent
  std::string_view help;
  char letter = 0;  // -t
};

struct Verb {
  std::string_view name;       // "up", "image build"
  std::string_view arguments;  // what follows the options: "FILE"
  std::string_view help;
  std::vector<Option> options;
  int arguments_least = 0;
  int arguments_most = 0;
};

// Every verb, in the order of --help.
const std::vector<Verb>& verbs();

struct Invocation {
  const Verb* verb = nullptr;
  std::map<std::string, std::string, std::less<>> options;  // with fallbacks; flags are "true"
  std::vector<std::string> arguments;
  std::set<std::string, std::less<>> given;                 // the options that the command line itself names
  std::vector<std::pair<std::string, std::string>> values;  // each of them, in order, repeated ones too
  bool help = false;
  // The last value; empty when there is none.
  std::string get(std::string_view option) const;
  // Every value of an option that may be given several times.
  std::vector<std::string> every(std::string_view option) const;
  bool has(std::string_view option) const { return options.contains(option); }
};

// Error: invalid, as one line that names what is wrong and where help is. No verb at all asks for help.
Result<Invocation> parse_command_line(std::span<const std::string> words);

// Fills options that the command line leaves open from a YAML map of option names to values ("listen:
// 0.0.0.0:6443"), or to lists of values for those that may be given several times. Error: invalid, naming the
// option.
Result<> use_configuration(Invocation& call, std::string_view yaml);

std::string general_help();
std::string verb_help(const Verb& verb);
// A completion script for bash.
std::string bash_completion();

}  // namespace aloft::app
