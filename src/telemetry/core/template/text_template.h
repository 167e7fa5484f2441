// Text templates in Go's language (text/template): what annotations, notification templates and LogQL's
// line_format are written in. Actions, pipelines, variables, if / with / range with else, break and continue,
// define / template / block, comments and trim markers; functions and methods come from the caller. Parsed
// once, executed often; every execution is bounded in steps, depth and output.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/template/value.h"

namespace aloft::telemetry::templates {

using Function = std::function<Result<Value>(std::span<const Value> arguments)>;

// Functions by name. A table made once is only read afterwards, from any thread.
class Functions {
 public:
  static constexpr int any = 1 << 20;
  struct Entry {
    Function call;
    int least = 0;
    int most = any;
  };
  // Go's own: and or not, eq ne lt le gt ge, index slice len, print printf println, html js urlquery.
  static const Functions& builtin();
  // An empty table; parsing finds the built-in ones beside it.
  Functions() = default;
  // `least` to `most` arguments; a later one of the same name counts.
  void add(std::string name, int least, int most, Function call);
  const Entry* find(std::string_view name) const;

 private:
  std::map<std::string, Entry, std::less<>> entries_;
};

// Methods by type name and name: {{ .Labels.SortedPairs }}. The receiver is the first argument.
class Methods {
 public:
  void add(std::string_view type, std::string_view name, int least, int most, Function call);
  const Functions::Entry* find(std::string_view type, std::string_view name) const;

 private:
  std::map<std::string, Functions, std::less<>> types_;
};

struct Limits {
  std::size_t output_bytes = 1 << 20;
  std::size_t steps = 1'000'000;  // actions, function calls and iterations
  std::size_t depth = 100;        // templates that call templates
};

namespace detail {
struct Block;
struct Parsed;
}  // namespace detail

class Library;

struct Execution {
  // Looked in before the functions of parsing; for functions that depend on the execution. Same names and
  // counts of arguments.
  const Functions* functions = nullptr;
  const Methods* methods = nullptr;
  const Library* library = nullptr;  // further definitions
  bool escape_html = false;          // every value that is written, unless it is safe HTML
  Limits limits;
};

// A parsed text with its definitions. A value; copies share.
class Template {
 public:
  // Error: invalid, "template: NAME:LINE: what". `functions` outlives the template.
  static Result<Template> parse(std::string name, std::string_view text, const Functions& functions);
  // Error: invalid, "template: NAME:LINE:COLUMN: executing ...".
  Result<std::string> execute(const Value& dot, const Execution& execution = {}) const;
  const std::string& name() const;
  // True when the text holds no action: it is its own result.
  bool is_plain() const;

 private:
  friend class Library;
  std::shared_ptr<const detail::Parsed> parsed_;
};

// Definitions of several files; a later one of the same name counts.
class Library {
 public:
  void add(const Template& source);
  const detail::Block* find(std::string_view name) const;

 private:
  struct Definition {
    const detail::Block* block;
    std::shared_ptr<const detail::Parsed> owner;
  };
  std::map<std::string, Definition, std::less<>> definitions_;
};

// For functions: the argument as text, or the error that Go gives for a wrong type.
Result<std::string_view> text_argument(std::string_view function, std::span<const Value> arguments,
                                       std::size_t at);
Result<std::int64_t> int_argument(std::string_view function, std::span<const Value> arguments,
                                  std::size_t at);

}  // namespace aloft::telemetry::templates
