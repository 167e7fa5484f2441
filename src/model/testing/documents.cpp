// Random documents, with a taste for strings that are hard to write down.
#include "model/testing/documents.h"

#include <rapidcheck.h>

namespace aloft::model::testing {
namespace {

std::string random_string() {
  static const std::vector<std::string> hard = {"",
                                                "yes",
                                                "No",
                                                "on",
                                                "~",
                                                "null",
                                                "0x1F",
                                                "017",
                                                "0o17",
                                                "1e3",
                                                ".inf",
                                                "1_000",
                                                "12:30:45",
                                                "- a",
                                                "a: b",
                                                "a #b",
                                                "#",
                                                "'",
                                                "\"",
                                                "\\",
                                                "\n",
                                                "a\nb",
                                                "a\nb\n",
                                                "\n\na",
                                                "  a",
                                                "a  ",
                                                "\t",
                                                "é",
                                                "\u2028",
                                                "\u0085",
                                                "\U0001F600",
                                                "<&>",
                                                "=",
                                                "<<",
                                                "!x",
                                                "&x",
                                                "*x",
                                                "%x",
                                                "@x",
                                                "`x",
                                                "{",
                                                "}",
                                                "[",
                                                "]",
                                                ",",
                                                "?",
                                                "? a",
                                                "-",
                                                "--",
                                                "---",
                                                "...",
                                                "a:",
                                                ":a",
                                                "|",
                                                ">",
                                                "2001-01-01",
                                                "0.5",
                                                "+1",
                                                "-1",
                                                "0",
                                                "1.",
                                                "\u007f",
                                                std::string("\0", 1),
                                                "a long sentence that goes on and on beyond eighty columns, "
                                                "so that a writer which folds lines would have folded it"};
  return *rc::gen::oneOf(
      rc::gen::elementOf(hard), rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '\x7f')),
      rc::gen::map(rc::gen::pair(rc::gen::elementOf(hard), rc::gen::elementOf(hard)),
                   [](const std::pair<std::string, std::string>& both) { return both.first + both.second; }));
}

Value random_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return Value();
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return static_cast<double>(*rc::gen::arbitrary<std::int32_t>()) / 1024.0;
    case 4:
    case 5:
      return random_string();
    case 6: {
      Array array;
      const int size = *rc::gen::inRange(0, 5);
      for (int i = 0; i < size; ++i) array.push_back(random_value(depth - 1));
      return array;
    }
    default: {
      Object object;
      const int size = *rc::gen::inRange(0, 6);
      for (int i = 0; i < size; ++i) object.set(random_string(), random_value(depth - 1));
      return object;
    }
  }
}

}  // namespace

Value random_document() { return random_value(4); }

}  // namespace aloft::model::testing
