// An operand, then operators for as long as they bind tightly enough.
#include "telemetry/traces/traceql/field_parser.h"

namespace aloft::telemetry::traces::traceql {

Result<SpansetExprPtr> FieldParser::parse_filter() {
  TRY_DO(words_.expect("{"));
  auto filter = std::make_unique<SpansetExpr>();
  if (!words_.here().is("}")) {
    TRY(expression, parse_field());
    filter->filter = std::move(expression);
  }
  // What else might stand here is long, so that messages do not name the closing brace.
  if (!words_.accept("}")) return words_.unexpected();
  return filter;
}

Result<> FieldParser::parse_fields(std::vector<FieldExprPtr>& fields) {
  do {
    TRY(field, parse_field());
    fields.push_back(std::move(field));
  } while (words_.accept(","));
  return {};
}

Result<FieldExprPtr> FieldParser::parse_field(int level) {
  const Depth depth(depth_);
  if (depth.too_deep()) return words_.too_deep();
  TRY(left, parse_unary());
  for (;;) {
    const Infix infix = infix_of(words_.here());
    if (infix.level == 0 || infix.level < level) return left;
    words_.take();
    TRY(right, parse_field(infix.op == Op::power ? infix.level : infix.level + 1));
    auto joined = std::make_unique<FieldExpr>();
    joined->kind = FieldExpr::Kind::binary;
    joined->op = infix.op;
    joined->left = std::move(left);
    joined->right = std::move(right);
    left = std::move(joined);
  }
}

Result<FieldExprPtr> FieldParser::parse_unary() {
  auto made = std::make_unique<FieldExpr>();
  if (words_.here().is("-") || words_.here().is("!")) {
    made->kind = FieldExpr::Kind::unary;
    made->op = words_.here().is("-") ? Op::subtract : Op::logical_not;
    words_.take();
    TRY(inner, parse_field(unary_level));
    if (made->op == Op::subtract && inner->kind == FieldExpr::Kind::literal && inner->value.is_numeric()) {
      negate(inner->value);
      return inner;
    }
    made->left = std::move(inner);
    return made;
  }
  if (words_.accept("(")) {
    TRY(inner, parse_field());
    if (!words_.accept(")")) return words_.unexpected();
    return inner;
  }
  if (words_.here().kind == Token::Kind::field) {
    made->kind = FieldExpr::Kind::field;
    made->field = words_.take().field;
    return made;
  }
  if (!is_literal(words_.here())) return words_.unexpected();
  const Token& token = words_.take();
  made->text = token.text;
  made->value = literal_of(token);
  if (made->value.type == ValueType::string) made->value.text = made->text;
  return made;
}

}  // namespace aloft::telemetry::traces::traceql
