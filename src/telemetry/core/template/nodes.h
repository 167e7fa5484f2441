// The parsed form of a template. Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/core/template/text_template.h"

namespace aloft::telemetry::templates::detail {

struct Pipeline;

// One operand of a command, with the fields that follow it: $x.A.B, .A.B, (pipeline).A.
struct Operand {
  enum class Kind : std::uint8_t { dot, constant, field, variable, function, pipeline };
  Kind kind = Kind::dot;
  std::string name;                 // of the variable (without $) or the function
  std::vector<std::string> fields;  // after the operand
  Value constant;
  std::unique_ptr<Pipeline> inner;
  const Functions::Entry* function = nullptr;
  std::size_t position = 0;
  std::size_t end = 0;
};

struct Command {
  std::vector<Operand> operands;
};

struct Pipeline {
  std::vector<std::string> variables;  // declared or assigned, without $
  bool assigns = false;                // = rather than :=
  std::vector<Command> commands;
  std::size_t position = 0;
  std::size_t end = 0;
};

struct Node {
  enum class Kind : std::uint8_t {
    text,
    action,
    branch_if,
    branch_with,
    range,
    invoke,
    break_loop,
    next_loop
  };
  Kind kind = Kind::text;
  std::string text;  // of a text, or the name of the template that is invoked
  std::unique_ptr<Pipeline> pipeline;
  std::vector<Node> body;
  std::vector<Node> otherwise;
  bool has_otherwise = false;
  std::size_t position = 0;
};

struct Parsed;

struct Block {
  std::string name;
  std::vector<Node> nodes;
  const Parsed* owner = nullptr;
};

struct Parsed {
  std::string name;
  std::string source;
  Block root;
  std::map<std::string, Block, std::less<>> definitions;
};

Result<std::shared_ptr<const Parsed>> parse_template(std::string name, std::string_view text,
                                                     const Functions& functions);
// The line (from 1) and column (bytes from the start of the line) of an offset in the source.
std::pair<std::size_t, std::size_t> place_of(std::string_view source, std::size_t offset);

}  // namespace aloft::telemetry::templates::detail
