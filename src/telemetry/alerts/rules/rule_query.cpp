// Rules ask the engine of PromQL.
#include "telemetry/alerts/rules/rule_tests.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::alerts {

RuleQuery make_rule_query(const promql::Engine& engine, const metrics::Queryable& storage) {
  return [&engine, &storage](const promql::Expr& expr, std::string_view text,
                             Millis at) -> Result<std::vector<promql::Sample>> {
    promql::QueryOptions options;
    options.text = text;
    TRY(result, engine.instant(storage, expr, at, options));
    if (result.value.type == promql::ValueType::vector) return std::move(result.value.vector);
    if (result.value.type != promql::ValueType::scalar)
      return fail(Code::invalid, "rule result is not a vector or scalar");
    promql::Sample sample;
    sample.time = at;
    sample.value = result.value.scalar;
    std::vector<promql::Sample> out;
    out.push_back(std::move(sample));
    return out;
  };
}

}  // namespace aloft::telemetry::alerts
