// See dockerfile.h.
#include "node/dockerfile.h"

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "model/json.h"

namespace aloft::node {

namespace {

constexpr std::string_view around_words = " \t\r";

struct Line {
  std::size_t number = 0;
  std::string instruction;  // upper case
  std::string rest;
};

// Joins continued lines and leaves comments and blank lines out.
std::vector<Line> split_lines(std::string_view text) {
  std::vector<Line> lines;
  std::string pending;
  std::size_t number = 0;
  std::size_t began = 0;
  while (!text.empty() || !pending.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end), around_words);
    const bool last = end == text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with('#') && !line.empty()) {
      if (pending.empty()) began = number;
      const bool continues = line.ends_with('\\');
      if (continues) line.remove_suffix(1);
      pending += std::string(pending.empty() ? "" : " ") + std::string(trim(line, around_words));
      if (continues && !last) continue;
    } else if (!pending.empty() && !last) {
      continue;  // comments may stand inside a continued line
    }
    if (!pending.empty()) {
      const std::size_t space = std::min(pending.find_first_of(" \t"), pending.size());
      Line entry;
      entry.number = began;
      for (const char c : pending.substr(0, space)) {
        entry.instruction.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
      }
      entry.rest = trim(std::string_view(pending).substr(space), around_words);
      lines.push_back(std::move(entry));
      pending.clear();
    }
  }
  return lines;
}

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser {
 public:
  Result<Dockerfile> run(std::string_view text) {
    for (const Line& line : split_lines(text)) {
      auto outcome = take(line);
      if (!outcome) {
        return fail(Code::invalid, fmt::format("Dockerfile:{}: {}: {}", line.number, line.instruction,
                                               outcome.error().message()));
      }
    }
    if (!started_) return fail(Code::invalid, "Dockerfile: the first instruction must be FROM");
    return std::move(file_);
  }

 private:
  static std::unexpected<Error> refuse(std::string why) { return fail(Code::invalid, std::move(why)); }

  Result<> take(const Line& line) {
    const std::string& name = line.instruction;
    if (name == "RUN") return refuse("nothing is run while an image is built; copy finished files instead");
    if (!started_ && name != "FROM") return refuse("the first instruction must be FROM");
    if (name == "FROM") return take_from(line.rest);
    if (name == "COPY" || name == "ADD") return take_copy(line.rest);
    if (name == "ENV") return take_environment(line.rest);
    if (name == "LABEL") return take_labels(line.rest);
    if (name == "EXPOSE") return take_ports(line.rest);
    if (name == "ENTRYPOINT") return take_command(line.rest, file_.entrypoint);
    if (name == "CMD") return take_command(line.rest, file_.command);
    TRY(words, split_words(line.rest));
    if (name == "VOLUME") {
      if (line.rest.starts_with('[')) return take_volumes(line.rest);
      file_.volumes.insert(file_.volumes.end(), words.begin(), words.end());
      return {};
    }
    if (words.size() != 1) return refuse("one value is expected");
    if (name == "WORKDIR") {
      file_.working_directory = absolute(words[0]);
    } else if (name == "USER") {
      file_.user = words[0];
    } else if (name == "STOPSIGNAL") {
      file_.stop_signal = words[0];
    } else {
      return refuse(
          "this instruction is not supported; FROM, COPY, ADD, ENV, LABEL, WORKDIR, USER, EXPOSE, VOLUME, "
          "STOPSIGNAL, ENTRYPOINT and CMD are");
    }
    return {};
  }

  Result<> take_from(std::string_view rest) {
    if (started_) return refuse("only one stage is supported");
    TRY(words, split_words(rest));
    if (words.empty() || words[0].starts_with("--")) return refuse("an image or scratch is expected");
    started_ = true;
    if (words[0] != "scratch") file_.base = words[0];
    return {};
  }

  Result<> take_copy(std::string_view rest) {
    CopyStep step;
    std::vector<std::string> words;
    while (rest.starts_with("--")) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      TRY_DO(take_copy_option(rest.substr(0, end), step));
      rest = trim(rest.substr(end), around_words);
    }
    if (rest.starts_with('[')) {
      TRY(list, string_list(rest));
      words = std::move(list);
    } else {
      TRY(list, split_words(rest));
      words = std::move(list);
    }
    if (words.size() < 2) return refuse("sources and a target are expected");
    step.target = absolute(words.back());
    words.pop_back();
    for (const std::string& source : words) {
      if (source.find("://") != std::string::npos) return refuse(source + ": only local files can be copied");
    }
    if (words.size() > 1 && !step.target.ends_with('/'))
      return refuse("with several sources the target must end in /");
    step.sources = std::move(words);
    file_.copies.push_back(std::move(step));
    return {};
  }

  static Result<> take_copy_option(std::string_view option, CopyStep& step) {
    const auto number = [](std::string_view text, int base, std::int64_t& out) {
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out, base);
      return problem == std::errc() && end == text.data() + text.size();
    };
    if (option.starts_with("--chmod=")) {
      std::int64_t mode = 0;
      if (!number(option.substr(8), 8, mode) || mode < 0 || mode > 07777)
        return refuse("--chmod needs an octal mode");
      step.mode = static_cast<int>(mode);
      return {};
    }
    if (option.starts_with("--chown=")) {
      const std::string_view owner = option.substr(8);
      const std::size_t colon = std::min(owner.find(':'), owner.size());
      if (!number(owner.substr(0, colon), 10, step.uid)) return refuse("--chown needs numbers, as 1000:1000");
      step.gid = step.uid;
      if (colon < owner.size() && !number(owner.substr(colon + 1), 10, step.gid)) {
        return refuse("--chown needs numbers, as 1000:1000");
      }
      return {};
    }
    return refuse(std::string(option) + " is not supported");
  }

  Result<> take_environment(std::string_view rest) {
    TRY(words, split_words(rest));
    if (words.empty()) return refuse("NAME=VALUE is expected");
    if (words[0].find('=') == std::string::npos) {
      if (words.size() < 2) return refuse("NAME=VALUE is expected");
      set_environment(words[0], expand(trim(rest.substr(words[0].size()), around_words)));
      return {};
    }
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      if (equals == 0 || equals == std::string::npos) return refuse(word + ": NAME=VALUE is expected");
      set_environment(word.substr(0, equals), word.substr(equals + 1));
    }
    return {};
  }

  Result<> take_labels(std::string_view rest) {
    TRY(words, split_words(rest));
    if (words.empty()) return refuse("NAME=VALUE is expected");
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      if (equals == 0 || equals == std::string::npos) return refuse(word + ": NAME=VALUE is expected");
      file_.labels[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return {};
  }

  Result<> take_ports(std::string_view rest) {
    TRY(words, split_words(rest));
    for (const std::string& word : words) {
      const std::string port = word.find('/') == std::string::npos ? word + "/tcp" : word;
      if (port.find_first_not_of("0123456789") != port.find('/'))
        return refuse(word + ": a port number is expected");
      file_.ports.push_back(port);
    }
    return {};
  }

  Result<> take_volumes(std::string_view rest) {
    TRY(list, string_list(rest));
    file_.volumes.insert(file_.volumes.end(), list.begin(), list.end());
    return {};
  }

  Result<> take_command(std::string_view rest, std::optional<std::vector<std::string>>& out) {
    if (rest.starts_with('[')) {
      TRY(list, string_list(rest));
      out = std::move(list);
      return {};
    }
    out = rest.empty() ? std::vector<std::string>()
                       : std::vector<std::string>{"/bin/sh", "-c", std::string(rest)};
    return {};
  }

  static Result<std::vector<std::string>> string_list(std::string_view text) {
    auto value = model::parse_json(text);
    const model::Array* array = value ? value->if_array() : nullptr;
    if (array == nullptr) return refuse("a JSON list of strings is expected");
    std::vector<std::string> out;
    for (const model::Value& item : *array) {
      if (!item.is_string()) return refuse("a JSON list of strings is expected");
      out.push_back(item.as_string());
    }
    return out;
  }

  void set_environment(std::string name, std::string value) {
    for (auto& [known, old] : file_.environment) {
      if (known == name) {
        old = std::move(value);
        return;
      }
    }
    file_.environment.emplace_back(std::move(name), std::move(value));
  }

  std::string absolute(const std::string& path) const {
    if (path.starts_with('/')) return path;
    std::string base = file_.working_directory.empty() ? "/" : file_.working_directory;
    if (!base.ends_with('/')) base += '/';
    return path == "." ? base : base + (path.starts_with("./") ? path.substr(2) : path);
  }

  // The value of a variable whose name stands at text[at], behind the dollar; moves `at` behind it.
  std::string variable(std::string_view text, std::size_t& at) const {
    const bool braced = at < text.size() && text[at] == '{';
    if (braced) ++at;
    const std::size_t begin = at;
    while (at < text.size() && name_character(text[at])) ++at;
    const std::string_view name = text.substr(begin, at - begin);
    if (braced && at < text.size() && text[at] == '}') ++at;
    for (const auto& [known, value] : file_.environment) {
      if (known == name) return value;
    }
    return {};
  }

  std::string expand(std::string_view text) const {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
      const char c = text[at++];
      if (c == '\\' && at < text.size()) {
        out.push_back(text[at++]);
      } else if (c == '$') {
        out += variable(text, at);
      } else {
        out.push_back(c);
      }
    }
    return out;
  }

  // Words as a shell splits them: quotes, backslashes, variables (not inside single quotes).
  Result<std::vector<std::string>> split_words(std::string_view text) const {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    std::size_t at = 0;
    while (at < text.size()) {
      const char c = text[at++];
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        in_word = true;
      } else if (c == '\\' && quote != '\'' && at < text.size()) {
        word.push_back(text[at++]);
        in_word = true;
      } else if (c == '$' && quote != '\'') {
        word += variable(text, at);
        in_word = true;
      } else if (quote == 0 && (c == ' ' || c == '\t')) {
        if (in_word) words.push_back(std::exchange(word, {}));
        in_word = false;
      } else {
        word.push_back(c);
        in_word = true;
      }
    }
    if (quote != 0) return refuse("a quote is not closed");
    if (in_word) words.push_back(std::move(word));
    return words;
  }

  Dockerfile file_;
  bool started_ = false;
};

}  // namespace

Result<Dockerfile> parse_dockerfile(std::string_view text) { return Parser().run(text); }

}  // namespace aloft::node
