// The words of field validation, as k8s.io/apimachinery/pkg/util/validation/field composes them.
#include "model/field_errors.h"

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/json.h"

namespace aloft::model {
std::string FieldPath::to_string() const {
  std::string out = parent_ != nullptr ? parent_->to_string() : std::string();
  switch (form_) {
    case Form::name:
      if (!out.empty() && !name_.empty()) out += '.';
      return out.append(name_);
    case Form::index:
      return out + fmt::format("[{}]", index_);
    case Form::key:
      return out.append("[").append(name_).append("]");
  }
  return out;
}

void FieldErrors::required(const FieldPath& path, std::string_view detail) {
  causes_.push_back({"FieldValueRequired",
                     detail.empty() ? "Required value" : fmt::format("Required value: {}", detail),
                     path.to_string()});
}

void FieldErrors::invalid(const FieldPath& path, std::string_view value_text, std::string_view detail) {
  // Go's formatter quotes the word that stands for an absent value.
  std::string message = fmt::format("Invalid value: {}", value_text == "null" ? "\"null\"" : value_text);
  if (!detail.empty()) message.append(": ").append(detail);
  causes_.push_back({"FieldValueInvalid", std::move(message), path.to_string()});
}

void FieldErrors::invalid_string(const FieldPath& path, std::string_view value, std::string_view detail) {
  invalid(path, go_quote(value), detail);
}

void FieldErrors::invalid_int(const FieldPath& path, std::int64_t value, std::string_view detail) {
  invalid(path, std::to_string(value), detail);
}

void FieldErrors::not_supported(const FieldPath& path, std::string_view value,
                                const std::vector<std::string>& supported) {
  not_supported_text(path, go_quote(value), supported);
}

void FieldErrors::not_supported_text(const FieldPath& path, std::string_view value_text,
                                     const std::vector<std::string>& supported) {
  std::string message = fmt::format("Unsupported value: {}", value_text);
  for (std::size_t i = 0; i < supported.size(); ++i) {
    message.append(i == 0 ? ": supported values: " : ", ").append(go_quote(supported[i]));
  }
  causes_.push_back({"FieldValueNotSupported", std::move(message), path.to_string()});
}

void FieldErrors::duplicate(const FieldPath& path, std::string_view value) {
  causes_.push_back(
      {"FieldValueDuplicate", fmt::format("Duplicate value: {}", go_quote(value)), path.to_string()});
}

void FieldErrors::forbidden(const FieldPath& path, std::string_view detail) {
  causes_.push_back({"FieldValueForbidden",
                     detail.empty() ? "Forbidden" : fmt::format("Forbidden: {}", detail), path.to_string()});
}

void FieldErrors::too_long(const FieldPath& path, std::string_view, std::size_t limit) {
  // The value is not repeated: it is long by definition.
  causes_.push_back(
      {"FieldValueTooLong", fmt::format("Too long: may not be more than {} bytes", limit), path.to_string()});
}

void FieldErrors::too_many(const FieldPath& path, std::size_t count, std::size_t limit) {
  causes_.push_back(
      {"FieldValueTooMany",
       fmt::format("Too many: {}: must have at most {} item{}", count, limit, limit == 1 ? "" : "s"),
       path.to_string()});
}

void FieldErrors::not_found(const FieldPath& path, std::string_view value) {
  causes_.push_back({"FieldValueNotFound", fmt::format("Not found: {}", go_quote(value)), path.to_string()});
}

void FieldErrors::internal(const FieldPath& path, std::string_view detail) {
  causes_.push_back({"InternalError", fmt::format("Internal error: {}", detail), path.to_string()});
}

void FieldErrors::add(const FieldPath& path, std::string_view reason, std::string message) {
  causes_.push_back({std::string(reason), std::move(message), path.to_string()});
}

std::string FieldErrors::to_string() const {
  std::string out;
  std::vector<std::string> seen;
  for (const auto& cause : causes_) {
    std::string text = fmt::format("{}: {}", cause.field, cause.message);
    if (std::find(seen.begin(), seen.end(), text) != seen.end()) continue;
    if (!out.empty()) out += ", ";
    out += text;
    seen.push_back(std::move(text));
  }
  return seen.size() > 1 ? "[" + out + "]" : out;
}

}  // namespace aloft::model
