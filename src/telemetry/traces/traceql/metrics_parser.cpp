// The function, its grouping, and what follows it.
#include "telemetry/traces/traceql/metrics_parser.h"

namespace aloft::telemetry::traces::traceql {

std::optional<MetricsFunction> MetricsParser::function_here() const {
  for (int i = 0; i <= static_cast<int>(MetricsFunction::compare); ++i) {
    if (words_.here().is(function_name(static_cast<MetricsFunction>(i))))
      return static_cast<MetricsFunction>(i);
  }
  return std::nullopt;
}
Result<> MetricsParser::parse_metrics(Query& query) {
  MetricsStage stage;
  stage.function = *function_here();
  words_.take();
  TRY_DO(words_.expect("("));
  if (stage.function == MetricsFunction::compare) {
    TRY_DO(parse_compare(stage));
  } else if (stage.function > MetricsFunction::count_over_time) {
    TRY(field, fields_.parse_field());
    stage.field = std::move(field);
    if (stage.function == MetricsFunction::quantile_over_time) TRY_DO(parse_quantiles(stage));
  }
  TRY_DO(words_.expect(")"));
  if (stage.function != MetricsFunction::compare && words_.accept("by")) {
    TRY_DO(words_.expect("("));
    TRY_DO(fields_.parse_fields(stage.by));
    TRY_DO(words_.expect(")"));
  }
  query.metrics = std::move(stage);
  return parse_series(query);
}

Result<> MetricsParser::parse_quantiles(MetricsStage& stage) {
  do {
    TRY_DO(words_.expect(","));
    if (words_.here().kind != Token::Kind::real && words_.here().kind != Token::Kind::integer)
      return words_.unexpected();
    const Token& token = words_.take();
    stage.quantiles.push_back(token.kind == Token::Kind::real ? token.real
                                                              : static_cast<double>(token.number));
  } while (words_.here().is(","));
  return {};
}

Result<> MetricsParser::parse_compare(MetricsStage& stage) {
  TRY(selection, fields_.parse_filter());
  stage.selection = std::move(selection);
  std::vector<std::int64_t> numbers;
  while (words_.accept(",")) {
    if (words_.here().kind != Token::Kind::integer || numbers.size() == 3) return words_.unexpected();
    numbers.push_back(words_.take().number);
  }
  if (numbers.size() == 2) return words_.unexpected(",");
  if (!numbers.empty()) stage.top = numbers[0];
  if (numbers.size() == 3) {
    stage.selection_begin_ns = numbers[1];
    stage.selection_end_ns = numbers[2];
  }
  return {};
}

Result<> MetricsParser::parse_series(Query& query) {
  for (;;) {
    SeriesStage stage;
    const Infix infix = infix_of(words_.here());
    if (infix.level == comparison_level && infix.op != Op::regex && infix.op != Op::not_regex) {
      words_.take();
      stage.kind = SeriesStage::Kind::filter;
      stage.op = infix.op;
      const bool negative = words_.accept("-");
      if (words_.here().kind != Token::Kind::integer && words_.here().kind != Token::Kind::real &&
          words_.here().kind != Token::Kind::duration) {
        return words_.unexpected();
      }
      stage.value = literal_of(words_.take());
      if (negative) negate(stage.value);
      query.series.push_back(stage);
      continue;
    }
    if (!words_.accept("|")) return {};
    if (!words_.here().is("topk") && !words_.here().is("bottomk")) return words_.unexpected();
    stage.kind = words_.take().is("topk") ? SeriesStage::Kind::topk : SeriesStage::Kind::bottomk;
    TRY_DO(words_.expect("("));
    if (words_.here().kind != Token::Kind::integer) return words_.unexpected("INTEGER");
    stage.count = words_.take().number;
    TRY_DO(words_.expect(")"));
    query.series.push_back(stage);
  }
}

Result<> MetricsParser::parse_hints(Query& query) {
  if (!words_.accept("with")) return {};
  TRY_DO(words_.expect("("));
  do {
    Hint hint;
    if (words_.here().kind != Token::Kind::name) return words_.unexpected("IDENTIFIER");
    hint.name = words_.take().text;
    TRY_DO(words_.expect("="));
    const bool negative = words_.accept("-");
    if (!is_literal(words_.here())) return words_.unexpected();
    const Token& token = words_.take();
    hint.text = token.text;
    hint.value = literal_of(token);
    if (negative && hint.value.is_numeric()) negate(hint.value);
    query.hints.push_back(std::move(hint));
    if (query.hints.back().value.type == ValueType::string)
      query.hints.back().value.text = query.hints.back().text;
  } while (words_.accept(","));
  // Short strings move with their owner.
  for (Hint& h : query.hints) {
    if (h.value.type == ValueType::string) h.value.text = h.text;
  }
  return words_.expect(")");
}

}  // namespace aloft::telemetry::traces::traceql
