// Runs a parsed template over a value.
#include <algorithm>

#include <fmt/format.h>

#include "telemetry/core/template/escape.h"
#include "telemetry/core/template/nodes.h"

namespace aloft::telemetry::templates {
namespace detail {
namespace {

enum class Flow : std::uint8_t { on, broke, next };

class Executor {
 public:
  Executor(const Parsed& entry, const Execution& execution, std::string& out)
      : entry_(entry), execution_(execution), out_(out) {}

  Result<> run_block(const Block& block, const Value& dot) {
    const Block* outer = std::exchange(block_, &block);
    const std::size_t base = variables_.size();
    variables_.emplace_back("", dot);
    const std::size_t outer_base = std::exchange(base_, base);
    TRY(flow, run(block.nodes, dot));
    static_cast<void>(flow);
    variables_.resize(base);
    base_ = outer_base;
    block_ = outer;
    return {};
  }

 private:
  std::unexpected<Error> fail_at(std::size_t position, std::size_t end, std::string_view message) const {
    const Parsed& file = *block_->owner;
    const auto [line, column] = place_of(file.source, position);
    const std::string_view context =
        std::string_view(file.source).substr(position, end > position ? end - position : 0);
    return fail(Code::invalid, fmt::format("template: {}:{}:{}: executing \"{}\" at <{}>: {}", file.name,
                                           line, column, block_->name, context, message));
  }
  std::unexpected<Error> fail_at(const Operand& operand, std::string_view message) const {
    return fail_at(operand.position, operand.end, message);
  }
  Result<> step(std::size_t position) {
    if (++steps_ > execution_.limits.steps) return fail_at(position, 0, "too many steps");
    return {};
  }
  Result<> check_output(std::size_t position) {
    if (out_.size() > execution_.limits.output_bytes) return fail_at(position, 0, "the output is too large");
    return {};
  }

  Result<Flow> run(const std::vector<Node>& nodes, const Value& dot) {
    for (const Node& node : nodes) {
      TRY(flow, run(node, dot));
      if (flow != Flow::on) return flow;
    }
    return Flow::on;
  }

  Result<Flow> run(const Node& node, const Value& dot) {
    if (node.kind == Node::Kind::text) {
      out_ += node.text;
      TRY_DO(check_output(node.position));
      return Flow::on;
    }
    TRY_DO(step(node.position));
    switch (node.kind) {
      case Node::Kind::text:
        break;
      case Node::Kind::action: {
        TRY(value, evaluate(*node.pipeline, dot));
        if (node.pipeline->variables.empty()) write(value);
        TRY_DO(check_output(node.position));
        break;
      }
      case Node::Kind::branch_if:
      case Node::Kind::branch_with:
        return branch(node, dot);
      case Node::Kind::range:
        return range(node, dot);
      case Node::Kind::invoke:
        TRY_DO(invoke(node, dot));
        break;
      case Node::Kind::break_loop:
        return Flow::broke;
      case Node::Kind::next_loop:
        return Flow::next;
    }
    return Flow::on;
  }

  void write(const Value& value) {
    const std::size_t limit = execution_.limits.output_bytes;
    if (!execution_.escape_html || value.is_safe_html()) {
      if (value.is_nil())
        out_ += "<no value>";
      else
        value.append_to(out_, limit);
      return;
    }
    // html/template writes nothing for nil.
    if (!value.is_nil()) out_ += escape_html_strict(value.to_string());
  }

  Result<Flow> branch(const Node& node, const Value& dot) {
    const std::size_t scope = variables_.size();
    TRY(value, evaluate(*node.pipeline, dot));
    Flow flow = Flow::on;
    if (value.truth()) {
      TRY(inner, run(node.body, node.kind == Node::Kind::branch_with ? value : dot));
      flow = inner;
    } else if (node.has_otherwise) {
      TRY(inner, run(node.otherwise, dot));
      flow = inner;
    }
    variables_.resize(scope);
    return flow;
  }

  Result<Flow> range(const Node& node, const Value& dot) {
    const std::size_t scope = variables_.size();
    TRY(value, evaluate(*node.pipeline, dot));
    bool any = false;
    Flow flow = Flow::on;
    const auto once = [&](const Value& key, const Value& item) -> Result<bool> {
      any = true;
      TRY_DO(step(node.position));
      bind_loop(*node.pipeline, key, item);
      const std::size_t inner_scope = variables_.size();
      TRY(ended, run(node.body, item));
      variables_.resize(inner_scope);
      return ended != Flow::broke;
    };
    if (const List* list = value.if_list()) {
      std::int64_t index = 0;
      for (const Value& item : *list) {
        TRY(goes_on, once(Value(index++), item));
        if (!goes_on) break;
      }
    } else if (const Map* map = value.if_map(); map != nullptr && value.missing() != Value::Missing::error) {
      for (const auto& [key, item] : *map) {
        TRY(goes_on, once(Value(key), item));
        if (!goes_on) break;
      }
    } else if (const auto* count = value.if_int()) {
      for (std::int64_t i = 0; i < *count; ++i) {
        TRY(goes_on, once(Value(i), Value(i)));
        if (!goes_on) break;
      }
    } else if (!value.is_nil()) {
      return fail_at(node.pipeline->position, node.pipeline->end,
                     fmt::format("range can't iterate over {}", value.to_string()));
    }
    if (!any && node.has_otherwise) {
      TRY(ended, run(node.otherwise, dot));
      flow = ended;
    }
    variables_.resize(scope);
    return flow;
  }

  void bind_loop(const Pipeline& pipeline, const Value& key, const Value& item) {
    if (pipeline.variables.empty()) return;
    const bool two = pipeline.variables.size() == 2;
    if (two) assign(pipeline.variables[0], key);
    assign(pipeline.variables[two ? 1 : 0], item);
  }

  Result<> invoke(const Node& node, const Value& dot) {
    const Block* target = nullptr;
    const auto found = entry_.definitions.find(node.text);
    if (found != entry_.definitions.end()) target = &found->second;
    if (target == nullptr && execution_.library != nullptr) target = execution_.library->find(node.text);
    if (target == nullptr) {
      const auto own = block_->owner->definitions.find(node.text);
      if (own != block_->owner->definitions.end()) target = &own->second;
    }
    const std::size_t end = block_->owner->source.find("}}", node.position);
    if (target == nullptr) {
      return fail_at(node.position, end, fmt::format("template \"{}\" not defined", node.text));
    }
    if (++depth_ > execution_.limits.depth) {
      return fail_at(node.position, end,
                     fmt::format("exceeded maximum template depth ({})", execution_.limits.depth));
    }
    Value argument;
    if (node.pipeline != nullptr) {
      TRY(value, evaluate(*node.pipeline, dot));
      argument = std::move(value);
    }
    TRY_DO(run_block(*target, argument));
    --depth_;
    return {};
  }

  void assign(const std::string& name, const Value& value) {
    if (Value* variable = find(name)) *variable = value;
  }
  Value* find(std::string_view name) {
    for (std::size_t i = variables_.size(); i > base_; --i) {
      if (variables_[i - 1].first == name) return &variables_[i - 1].second;
    }
    return nullptr;
  }

  Result<Value> evaluate(const Pipeline& pipeline, const Value& dot) {
    Value value;
    bool piped = false;
    for (const Command& command : pipeline.commands) {
      TRY(result, evaluate(command, dot, piped ? &value : nullptr));
      value = std::move(result);
      piped = true;
    }
    for (const std::string& variable : pipeline.variables) {
      if (pipeline.assigns)
        assign(variable, value);
      else
        variables_.emplace_back(variable, value);
    }
    return value;
  }

  Result<Value> evaluate(const Command& command, const Value& dot, const Value* piped) {
    const Operand& first = command.operands.front();
    const std::size_t count = command.operands.size() - 1 + (piped != nullptr ? 1 : 0);
    if (first.kind == Operand::Kind::function) return call(command, dot, piped);
    const bool may_be_method = !first.fields.empty();
    if (count == 0) return operand(first, dot);
    if (!may_be_method) {
      return fail_at(first, fmt::format("can't give argument to non-function {}", text_of(first)));
    }
    std::vector<Value> arguments;
    TRY(receiver, base(first, dot));
    for (std::size_t i = 0; i + 1 < first.fields.size(); ++i) {
      TRY(next, field(first, receiver, first.fields[i]));
      receiver = std::move(next);
    }
    arguments.push_back(std::move(receiver));
    TRY_DO(gather(command, dot, piped, arguments));
    return method(first, arguments);
  }

  std::string_view text_of(const Operand& operand) const {
    return std::string_view(block_->owner->source).substr(operand.position, operand.end - operand.position);
  }

  Result<> gather(const Command& command, const Value& dot, const Value* piped,
                  std::vector<Value>& arguments) {
    for (std::size_t i = 1; i < command.operands.size(); ++i) {
      TRY(argument, operand(command.operands[i], dot));
      arguments.push_back(std::move(argument));
    }
    if (piped != nullptr) arguments.push_back(*piped);
    return {};
  }

  Result<Value> method(const Operand& at, const std::vector<Value>& arguments) {
    const std::string& name = at.fields.back();
    const Value& receiver = arguments.front();
    const auto* entry =
        execution_.methods != nullptr ? execution_.methods->find(receiver.type_name(), name) : nullptr;
    if (entry == nullptr) {
      TRY(value, field(at, receiver, name));
      static_cast<void>(value);
      return fail_at(at, fmt::format("{} has arguments but cannot be invoked as function", name));
    }
    return invoke_function(at, name, *entry, arguments, 1);
  }

  Result<Value> call(const Command& command, const Value& dot, const Value* piped) {
    const Operand& first = command.operands.front();
    TRY_DO(step(first.position));
    const Functions::Entry* entry = first.function;
    if (execution_.functions != nullptr) {
      if (const auto* own = execution_.functions->find(first.name)) entry = own;
    }
    const bool is_and = first.name == "and";
    if ((is_and || first.name == "or") && entry == Functions::builtin().find(first.name)) {
      return short_circuit(command, dot, piped, is_and);
    }
    std::vector<Value> arguments;
    TRY_DO(gather(command, dot, piped, arguments));
    TRY(result, invoke_function(first, first.name, *entry, arguments, 0));
    for (const std::string& name : first.fields) {
      TRY(next, field(first, result, name));
      result = std::move(next);
    }
    return result;
  }

  Result<Value> short_circuit(const Command& command, const Value& dot, const Value* piped, bool is_and) {
    const Operand& first = command.operands.front();
    const std::size_t given = command.operands.size() - 1;
    if (given == 0 && piped == nullptr) {
      return fail_at(first, fmt::format("wrong number of args for {}: want at least 1 got 0", first.name));
    }
    Value value;
    for (std::size_t i = 0; i < given; ++i) {
      TRY(next, operand(command.operands[i + 1], dot));
      value = std::move(next);
      if (value.truth() != is_and) return value;
    }
    return piped != nullptr ? *piped : value;
  }

  Result<Value> invoke_function(const Operand& at, std::string_view name, const Functions::Entry& entry,
                                const std::vector<Value>& arguments, int hidden) {
    const int count = static_cast<int>(arguments.size());
    if (count < entry.least || count > entry.most) {
      const bool open = entry.most == Functions::any;
      const int wanted = count < entry.least ? entry.least : entry.most;
      return fail_at(at, fmt::format("wrong number of args for {}: want {}{} got {}", name,
                                     open ? "at least " : "", wanted - hidden, count - hidden));
    }
    auto result = entry.call(arguments);
    if (!result) return fail_at(at, fmt::format("error calling {}: {}", name, result.error().message()));
    return result;
  }

  Result<Value> operand(const Operand& operand, const Value& dot) {
    TRY(value, base(operand, dot));
    for (const std::string& name : operand.fields) {
      TRY(next, field(operand, value, name));
      value = std::move(next);
    }
    return value;
  }

  Result<Value> base(const Operand& operand, const Value& dot) {
    switch (operand.kind) {
      case Operand::Kind::dot:
      case Operand::Kind::field:
        return dot;
      case Operand::Kind::constant:
        return operand.constant;
      case Operand::Kind::variable: {
        const Value* variable = find(operand.name);
        return variable != nullptr ? *variable : Value();
      }
      case Operand::Kind::function: {
        const Functions::Entry* entry = operand.function;
        if (execution_.functions != nullptr) {
          if (const auto* own = execution_.functions->find(operand.name)) entry = own;
        }
        return invoke_function(operand, operand.name, *entry, {}, 0);
      }
      case Operand::Kind::pipeline: {
        if (++depth_ > execution_.limits.depth) return fail_at(operand, "nested too deeply");
        TRY(value, evaluate(*operand.inner, dot));
        --depth_;
        return value;
      }
    }
    return Value();
  }

  Result<Value> field(const Operand& at, const Value& receiver, const std::string& name) {
    if (execution_.methods != nullptr) {
      if (const auto* entry = execution_.methods->find(receiver.type_name(), name)) {
        return invoke_function(at, name, *entry, {receiver}, 1);
      }
    }
    if (const Map* map = receiver.if_map()) {
      const auto found = map->find(name);
      if (found != map->end()) return found->second;
      if (receiver.missing() == Value::Missing::empty_text) return Value("");
      if (receiver.missing() == Value::Missing::nil) return Value();
    } else if (const Record* record = receiver.if_record()) {
      const auto found = record->field(name);
      return Value(found ? *found : std::string_view());
    } else if (receiver.is_nil()) {
      const bool data = at.kind == Operand::Kind::field && name == at.fields.front();
      return fail_at(at, data ? fmt::format("nil data; no entry for key \"{}\"", name)
                              : fmt::format("nil pointer evaluating interface {{}}.{}", name));
    }
    return fail_at(at, fmt::format("can't evaluate field {} in type {}", name, receiver.type_name()));
  }

  const Parsed& entry_;
  const Execution& execution_;
  std::string& out_;
  const Block* block_ = nullptr;
  std::vector<std::pair<std::string_view, Value>> variables_;
  std::size_t base_ = 0;  // where the variables of the current template begin
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace
}  // namespace detail

Result<Template> Template::parse(std::string name, std::string_view text, const Functions& functions) {
  TRY(parsed, detail::parse_template(std::move(name), text, functions));
  Template out;
  out.parsed_ = std::move(parsed);
  return out;
}

Result<std::string> Template::execute(const Value& dot, const Execution& execution) const {
  std::string out;
  if (is_plain()) {
    if (parsed_ != nullptr && !parsed_->root.nodes.empty()) out = parsed_->root.nodes.front().text;
    return out;
  }
  TRY_DO(detail::Executor(*parsed_, execution, out).run_block(parsed_->root, dot));
  return out;
}

const std::string& Template::name() const { return parsed_->name; }

bool Template::is_plain() const {
  if (parsed_ == nullptr || parsed_->root.nodes.empty()) return true;
  const auto& nodes = parsed_->root.nodes;
  return nodes.size() == 1 && nodes.front().kind == detail::Node::Kind::text;
}

void Library::add(const Template& source) {
  for (const auto& [name, block] : source.parsed_->definitions) {
    definitions_.insert_or_assign(name, Definition{&block, source.parsed_});
  }
}

const detail::Block* Library::find(std::string_view name) const {
  const auto found = definitions_.find(name);
  return found != definitions_.end() ? found->second.block : nullptr;
}

}  // namespace aloft::telemetry::templates
