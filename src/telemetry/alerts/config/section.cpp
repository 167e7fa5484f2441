// Reading sections by their tables, and hiding their secrets.
#include "telemetry/alerts/config/section.h"

#include <charconv>

#include <fmt/format.h>

#include "http/message.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::string_view hidden = "<secret>";

void read_url(const YamlNode& node, std::string& out, Mistakes& mistakes) {
  if (!read_text(node, out, mistakes) || out == hidden || out.empty()) return;
  if (auto parsed = parse_url(out); !parsed) mistakes.add(node.line, parsed.error().message());
}

}  // namespace

Section Section::read(const YamlNode& node, const Schema& schema, Mistakes& mistakes) {
  Section out;
  out.line_ = node.line;
  Fields fields(node, std::string(schema.type), mistakes);
  for (const FieldSpec& spec : schema.fields) {
    const YamlNode* value = fields.take(spec.name);
    if (value == nullptr) continue;
    const std::string name(spec.name);
    std::string text;
    switch (spec.type) {
      case FieldType::text:
      case FieldType::secret:
      case FieldType::template_url:
        if (read_text(*value, text, mistakes)) out.items_.emplace(name, std::move(text));
        break;
      case FieldType::url:
      case FieldType::secret_url:
        read_url(*value, text, mistakes);
        if (!text.empty()) out.items_.emplace(name, std::move(text));
        break;
      case FieldType::boolean:
        if (bool flag = false; read_bool(*value, flag, mistakes)) out.items_.emplace(name, flag);
        break;
      case FieldType::integer:
        if (std::int64_t whole = 0; read_int(*value, whole, mistakes)) out.items_.emplace(name, whole);
        break;
      case FieldType::number:
        if (double real = 0; read_number(*value, real, mistakes)) out.items_.emplace(name, real);
        break;
      case FieldType::duration:
        if (Duration span{}; read_duration(*value, span, mistakes)) out.items_.emplace(name, span);
        break;
      case FieldType::text_map: {
        std::map<std::string, std::string> map;
        fields.text_map(spec.name, map);
        out.items_.emplace(name, std::move(map));
        break;
      }
      case FieldType::secret_map:
      case FieldType::any:
        out.items_.emplace(name, *value);
        break;
      case FieldType::text_list: {
        std::vector<std::string> list;
        fields.texts(spec.name, list);
        out.items_.emplace(name, std::move(list));
        break;
      }
      case FieldType::text_or_section:
        if (value->kind == YamlNode::Kind::scalar) {
          out.items_.emplace(name, value->text);
          break;
        }
        [[fallthrough]];
      case FieldType::section:
        out.items_.emplace(name, std::vector<Section>{read(*value, *spec.nested, mistakes)});
        break;
      case FieldType::sections: {
        std::vector<Section> list;
        for (const YamlNode& item : fields.list(spec.name))
          list.push_back(read(item, *spec.nested, mistakes));
        out.items_.emplace(name, std::move(list));
        break;
      }
    }
  }
  fields.finish();
  return out;
}

template <class T>
const T* Section::find(std::string_view name) const {
  const auto found = items_.find(name);
  return found != items_.end() ? std::get_if<T>(&found->second) : nullptr;
}

std::string Section::text(std::string_view name, std::string_view fallback) const {
  const auto* held = find<std::string>(name);
  return held != nullptr ? *held : std::string(fallback);
}
bool Section::flag(std::string_view name, bool fallback) const {
  const auto* held = find<bool>(name);
  return held != nullptr ? *held : fallback;
}
std::int64_t Section::integer(std::string_view name, std::int64_t fallback) const {
  const auto* held = find<std::int64_t>(name);
  return held != nullptr ? *held : fallback;
}
Duration Section::duration(std::string_view name, Duration fallback) const {
  const auto* held = find<Duration>(name);
  return held != nullptr ? *held : fallback;
}
const std::map<std::string, std::string>& Section::map(std::string_view name) const {
  static const std::map<std::string, std::string> none;
  const auto* held = find<std::map<std::string, std::string>>(name);
  return held != nullptr ? *held : none;
}
const std::vector<std::string>& Section::list(std::string_view name) const {
  static const std::vector<std::string> none;
  const auto* held = find<std::vector<std::string>>(name);
  return held != nullptr ? *held : none;
}
const YamlNode* Section::any(std::string_view name) const { return find<YamlNode>(name); }
const Section* Section::section(std::string_view name) const {
  const auto* held = find<std::vector<Section>>(name);
  return held != nullptr && !held->empty() ? &held->front() : nullptr;
}
const std::vector<Section>& Section::sections(std::string_view name) const {
  static const std::vector<Section> none;
  const auto* held = find<std::vector<Section>>(name);
  return held != nullptr ? *held : none;
}
void Section::set(std::string_view name, Item item) {
  items_.insert_or_assign(std::string(name), std::move(item));
}
void Section::inherit(std::string_view name, const Section& from, std::string_view from_name) {
  const auto found = from.items_.find(from_name);
  if (found != from.items_.end()) items_.emplace(std::string(name), found->second);
}

void mask_secrets(YamlNode& node, const Schema& schema) {
  const auto hide = [](YamlNode& value) {
    if (value.kind != YamlNode::Kind::scalar || value.text.empty()) return;
    value.text = std::string(hidden);
    value.plain = false;
  };
  for (auto& member : node.members) {
    const FieldSpec* spec = nullptr;
    for (const FieldSpec& candidate : schema.fields) {
      if (candidate.name == member.key) spec = &candidate;
    }
    if (spec == nullptr) continue;
    if (spec->type == FieldType::secret || spec->type == FieldType::secret_url) hide(member.value);
    if (spec->type == FieldType::template_url) {
      // Clients parse it as a URL, so it stays one.
      const auto url = parse_url(member.value.text);
      const bool plain = url && member.value.text.find("{{") == std::string::npos;
      hide(member.value);
      if (plain) member.value.text = fmt::format("{}://{}:{}/{}", url->scheme, url->host, url->port, hidden);
    }
    if (spec->type == FieldType::url) {
      auto url = parse_url(member.value.text);
      const std::size_t at = member.value.text.find('@');
      if (url && !url->password.empty() && at != std::string::npos)
        member.value.text =
            fmt::format("{}://{}:{}{}", url->scheme, url->user, "xxxxx", member.value.text.substr(at));
    }
    if (spec->type == FieldType::secret_map) {
      for (auto& entry : member.value.members) {
        hide(entry.value);
        for (YamlNode& item : entry.value.items) hide(item);
        for (auto& inner : entry.value.members) {
          if (inner.key == "secrets") {
            for (YamlNode& item : inner.value.items) hide(item);
          }
        }
      }
    }
    if (spec->nested == nullptr) continue;
    if (member.value.is_map()) mask_secrets(member.value, *spec->nested);
    for (YamlNode& item : member.value.items) mask_secrets(item, *spec->nested);
  }
}

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return fail(Code::invalid, fmt::format("unsupported URL \"{}\": {}", text.substr(0, 12), why));
  };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    const std::size_t scheme = text.find(':');
    return wrong(scheme == std::string_view::npos ? "unsupported scheme \"\" for URL"
                                                  : "missing host for URL");
  }
  Url out;
  out.scheme = std::string(text.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https")
    return wrong(fmt::format("unsupported scheme \"{}\" for URL", out.scheme));
  std::string_view rest = text.substr(colon + 3);
  const std::size_t path = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, path);
  out.target = path == std::string_view::npos ? "/" : std::string(rest.substr(path));
  if (const std::size_t fragment = out.target.find('#'); fragment != std::string::npos)
    out.target.resize(fragment);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    const std::size_t split = user.find(':');
    out.user = http::percent_decode(user.substr(0, split));
    if (split != std::string_view::npos) out.password = http::percent_decode(user.substr(split + 1));
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return wrong("missing ']' in host");
    out.host = std::string(authority.substr(1, end - 1));
    if (end + 1 < authority.size() && authority[end + 1] == ':') port = authority.substr(end + 2);
  } else {
    const std::size_t split = authority.rfind(':');
    out.host = std::string(authority.substr(0, split));
    if (split != std::string_view::npos) port = authority.substr(split + 1);
  }
  if (out.host.empty()) return wrong("missing host for URL");
  out.port = out.scheme == "https" ? 443 : 80;
  if (!port.empty()) {
    const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
    const bool whole = read.ec == std::errc() && read.ptr == port.data() + port.size();
    if (!whole || out.port < 1 || out.port > 65535)
      return wrong(fmt::format("invalid port \":{}\" after host", port));
  }
  for (const char c : out.target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return wrong("invalid control character in URL");
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
