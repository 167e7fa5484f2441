// The table of verbs and what follows from it.
#include "app/command_line.h"

#include "app/telemetry/verbs.h"
#include "model/json.h"
#include "model/yaml.h"

namespace aloft::app {
namespace {

constexpr Option cloud_data_dir{"data-dir", "DIR", "/var/lib/aloft", "where the cloud keeps its state"};
constexpr Option log_level{"log-level", "LEVEL", "info", "debug, info, warning or error"};
constexpr Option log_format{"log-format", "FORMAT", "text", "text or json"};

std::vector<Verb> make_verbs() {
  std::vector<Verb> all;
  all.push_back(
      {"up",
       "",
       "start the cloud on this machine, in the foreground",
       {cloud_data_dir,
        {"listen", "ADDR:PORT", "127.0.0.1:6443", "where the API listens; port 0 takes any free port"},
        {"advertise", "HOST", "", "a further name or address under which clients reach the API"},
        {"store", "STORE", "sqlite", "where state is kept: sqlite or memory"},
        {"runtime", "RUNTIME", "cri", "what runs containers: cri (a private containerd) or none"},
        {"node-name", "NAME", "", "the node's name; the host's name by default"},
        {"service-range", "RANGE", "",
         "addresses of services, kept from the first start on; the first free of 10.96.0.0/16 and those "
         "behind "
         "it by default"},
        {"pod-range", "RANGE", "",
         "addresses of pods, kept from the first start on; the first free of 10.244.0.0/16 and those behind "
         "it "
         "by default"},
        {"cluster-domain", "DOMAIN", "cluster.local", "the DNS domain of services"},
        {"token-auth-file", "FILE", "", "static tokens: token,user,uid,\"group1,group2\" per line"},
        {"telemetry", "STATE", "on", "metrics, logs, traces and alerts: on or off"},
        {"telemetry-for-pods", "MODE", "write",
         "what pods may do at telemetry.kube-system: write, all (ask too) or nothing"},
        {"prometheus-config", "FILE", "",
         "scrapes, rules and remote writes of telemetry, in Prometheus' format"}}});
  // The rest of what telemetry is told is the same without a cloud.
  for (const Option& option : telemetry_options()) all.back().options.push_back(option);
  all.back().options.insert(
      all.back().options.end(),
      {log_level, log_format, {"config", "FILE", "", "options from a YAML map of their names to values"}});
  all.push_back(
      {"down", "", "stop everything and remove what this cloud made on the machine", {cloud_data_dir}});
  all.push_back({"status",
                 "",
                 "show the health of the cloud and what it uses",
                 {cloud_data_dir, {"output", "FORMAT", "text", "text or json", 'o'}}});
  all.push_back({"image import", "FILE", "load an image archive", {cloud_data_dir}, 1, 1});
  all.push_back({"image ls", "", "list the images that pods can use", {cloud_data_dir}});
  all.push_back({"image build",
                 "DIR",
                 "build an image from DIR/Dockerfile",
                 {cloud_data_dir, {"tag", "NAME", "", "the image's name, NAME:TAG", 't'}},
                 1,
                 1});
  append_telemetry_verbs(all);
  all.push_back({"completion", "SHELL", "print a completion script; SHELL is bash", {}, 1, 1});
  all.push_back({"version", "", "print the version", {}});
  return all;
}

std::unexpected<Error> usage(std::string why) {
  return fail(Code::invalid, std::move(why) + "; see aloft --help");
}

const Option* find_option(const Verb& verb, std::string_view name) {
  for (const Option& option : verb.options) {
    if (option.name == name || (name.size() == 1 && option.letter == name[0])) return &option;
  }
  return nullptr;
}

// The longest verb that the words begin with: "image build" before "image".
const Verb* find_verb(std::span<const std::string> words, std::size_t& used) {
  const Verb* found = nullptr;
  for (const Verb& verb : verbs()) {
    const std::size_t space = verb.name.find(' ');
    if (space == std::string_view::npos) {
      if (words[0] == verb.name) {
        found = &verb;
        used = 1;
      }
    } else if (words.size() > 1 && words[0] == verb.name.substr(0, space) &&
               words[1] == verb.name.substr(space + 1)) {
      found = &verb;
      used = 2;
    }
  }
  return found;
}

// One option, with its value in the same word or the next; gives the number of words it took.
Result<std::size_t> take_option(Invocation& call, std::span<const std::string> words, std::size_t at) {
  std::string_view word = words[at];
  const bool long_form = word.starts_with("--");
  word.remove_prefix(long_form ? 2 : 1);
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const Option* option = find_option(*call.verb, name);
  if (option == nullptr) return usage(fmt::format("{}: unknown option {}", call.verb->name, words[at]));
  call.given.emplace(option->name);
  if (option->argument.empty()) {
    if (equals != std::string_view::npos)
      return usage(fmt::format("{}: --{} takes no value", call.verb->name, option->name));
    call.options[std::string(option->name)] = "true";
    return std::size_t{1};
  }
  const auto take = [&](std::string_view value) {
    call.options[std::string(option->name)] = value;
    call.values.emplace_back(option->name, value);
  };
  if (equals != std::string_view::npos) {
    take(word.substr(equals + 1));
    return std::size_t{1};
  }
  if (at + 1 >= words.size())
    return usage(fmt::format("{}: --{} needs a value, {}", call.verb->name, option->name, option->argument));
  take(words[at + 1]);
  return std::size_t{2};
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = make_verbs();
  return all;
}

std::string Invocation::get(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::string() : found->second;
}

std::vector<std::string> Invocation::every(std::string_view option) const {
  std::vector<std::string> all;
  for (const auto& [name, value] : values) {
    if (name == option) all.push_back(value);
  }
  return all;
}

Result<Invocation> parse_command_line(std::span<const std::string> words) {
  Invocation call;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    call.help = true;
    return call;
  }
  std::size_t at = 0;
  if (words[0] == "--version") {
    const std::string version = "version";
    call.verb = find_verb(std::span(&version, 1), at);
    return call;
  }
  call.verb = find_verb(words, at);
  if (call.verb == nullptr) return usage(fmt::format("unknown command {}", words[0]));
  for (const Option& option : call.verb->options) {
    if (!option.fallback.empty()) call.options[std::string(option.name)] = option.fallback;
  }
  bool options_end = false;
  while (at < words.size()) {
    const std::string& word = words[at];
    if (!options_end && (word == "--help" || word == "-h")) {
      call.help = true;
      return call;
    }
    if (!options_end && word == "--") {
      options_end = true;
      ++at;
    } else if (!options_end && word.size() > 1 && word[0] == '-') {
      TRY(taken, take_option(call, words, at));
      at += taken;
    } else {
      call.arguments.push_back(word);
      ++at;
    }
  }
  const auto count = static_cast<int>(call.arguments.size());
  if (count < call.verb->arguments_least)
    return usage(fmt::format("{}: {} is missing", call.verb->name, call.verb->arguments));
  if (count > call.verb->arguments_most) {
    return usage(fmt::format("{}: unexpected argument {}", call.verb->name,
                             call.arguments[static_cast<std::size_t>(call.verb->arguments_most)]));
  }
  return call;
}

Result<> use_configuration(Invocation& call, std::string_view yaml) {
  TRY(document, model::parse_yaml(yaml));
  if (document.is_null()) return {};
  if (!document.is_object()) return fail(Code::invalid, "expected a map of option names to values");
  for (const auto& [name, value] : document.as_object()) {
    const Option* option = find_option(*call.verb, name);
    if (option == nullptr || name == "config")
      return fail(Code::invalid, fmt::format("{}: no such option", name));
    const std::vector<model::Value> single = {value};
    for (const model::Value& one : value.is_array() ? value.as_array() : single) {
      if (one.is_object() || one.is_array() || one.is_null())
        return fail(Code::invalid, fmt::format("{}: expected a value or a list of values", name));
      if (call.given.contains(name)) continue;
      const std::string* text = one.if_string();
      call.options[name] = text != nullptr ? *text : model::to_json(one);
      call.values.emplace_back(name, call.options[name]);
    }
  }
  return {};
}

std::string general_help() {
  std::string text =
      "aloft turns a machine into a cloud that speaks the Kubernetes API.\n\n"
      "usage: aloft COMMAND [OPTIONS]\n\ncommands:\n";
  for (const Verb& verb : verbs()) {
    const std::string call =
        verb.arguments.empty() ? std::string(verb.name) : fmt::format("{} {}", verb.name, verb.arguments);
    text += fmt::format("  {:<20} {}\n", call, verb.help);
  }
  text += "\naloft COMMAND --help tells the options of a command.\n";
  return text;
}

std::string verb_help(const Verb& verb) {
  std::string text = fmt::format("{}\n\nusage: aloft {}{}{}{}\n", verb.help, verb.name,
                                 verb.options.empty() ? "" : " [OPTIONS]", verb.arguments.empty() ? "" : " ",
                                 verb.arguments);
  if (!verb.options.empty()) text += "\noptions:\n";
  for (const Option& option : verb.options) {
    const std::string letter = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "";
    const std::string form =
        fmt::format("{}--{}{}{}", letter, option.name, option.argument.empty() ? "" : " ", option.argument);
    const std::string fallback = option.fallback.empty() ? "" : fmt::format(" (default {})", option.fallback);
    text += fmt::format("  {:<26} {}{}\n", form, option.help, fallback);
  }
  return text;
}

std::string bash_completion() {
  std::string cases;
  std::string names;
  std::map<std::string, std::string> seconds;  // first word to the words that may follow it
  for (const Verb& verb : verbs()) {
    const std::size_t space = verb.name.find(' ');
    const std::string first(verb.name.substr(0, space));
    if (space != std::string_view::npos) seconds[first] += " " + std::string(verb.name.substr(space + 1));
    if (!fmt::format(" {} ", names).contains(fmt::format(" {} ", first)))
      names += (names.empty() ? "" : " ") + first;
    std::string options;
    for (const Option& option : verb.options)
      options += fmt::format("{}--{}", options.empty() ? "" : " ", option.name);
    cases += fmt::format("    \"{}\") words=\"{} --help\" ;;\n", verb.name, options);
  }
  std::string pairs;
  for (const auto& [first, words] : seconds) {
    pairs += fmt::format(
        "  if [ \"$verb\" = {0} ]; then\n"
        "    more=\"{1}\"\n"
        "    case \"$more \" in *\" ${{COMP_WORDS[2]}} \"*) verb=\"{0} ${{COMP_WORDS[2]}}\"; more= ;; esac\n"
        "  fi\n",
        first, words);
  }
  return fmt::format(
      "_aloft() {{\n"
      "  local words more verb=\"${{COMP_WORDS[1]}}\"\n"
      "{}"
      "  case \"$verb\" in\n"
      "{}"
      "  esac\n"
      "  [ \"$COMP_CWORD\" -eq 2 ] && words=\"$words$more\"\n"
      "  [ \"$COMP_CWORD\" -eq 1 ] && words=\"{} --help\"\n"
      "  COMPREPLY=($(compgen -f -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n"
      "}}\n"
      "complete -F _aloft aloft\n",
      pairs, cases, names);
}

}  // namespace aloft::app
