// Signing for Amazon.
#include "telemetry/alerts/receivers/aws_signature.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/tls.h"
#include "io/file.h"
#include "telemetry/alerts/receivers/digest.h"
#include "telemetry/alerts/receivers/margins.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::alerts {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

std::string aws_signing_key(std::string_view secret_key, std::string_view day, std::string_view region,
                            std::string_view service) {
  std::string key = hmac_sha256(fmt::format("AWS4{}", secret_key), day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")})
    key = hmac_sha256(key, part);
  return key;
}

Result<> sign_for_aws(HttpCall& call, std::string_view service, const std::string& region,
                      const AwsCredentials& credentials, WallTime now) {
  TRY(url, parse_url(call.url));
  const std::string stamp = templates::format_go_time(now, "20060102T150405Z");
  const std::string day = stamp.substr(0, 8);
  const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  const std::string host = usual ? url.host : fmt::format("{}:{}", url.host, url.port);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  std::string headers =
      fmt::format("content-type:{}\nhost:{}\nx-amz-date:{}\n", call.headers.get("Content-Type"), host, stamp);
  std::string names = "content-type;host;x-amz-date";
  call.headers.set("X-Amz-Date", stamp);
  if (!credentials.session_token.empty()) {
    headers += fmt::format("x-amz-security-token:{}\n", credentials.session_token);
    names += ";x-amz-security-token";
    call.headers.set("X-Amz-Security-Token", credentials.session_token);
  }
  const std::string canonical =
      fmt::format("POST\n{}\n\n{}\n{}\n{}", url.target.substr(0, url.target.find('?')), headers, names,
                  hex_encode(http::sha256(call.body)));
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, hex_encode(http::sha256(canonical)));
  const std::string key = aws_signing_key(credentials.secret_key, day, region, service);
  call.headers.set("Authorization",
                   fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                               credentials.access_key, scope, names, hex_encode(hmac_sha256(key, to_sign))));
  return {};
}

AwsCredentials aws_profile(std::string_view file, std::string_view profile) {
  AwsCredentials out;
  bool inside = false;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    const std::string_view line = without_margins(file.substr(0, end));
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.starts_with('[') && line.ends_with(']')) {
      inside = without_margins(line.substr(1, line.size() - 2)) == profile;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!inside || line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view name = without_margins(line.substr(0, equals));
    const std::string value(without_margins(line.substr(equals + 1)));
    if (name == "aws_access_key_id") out.access_key = value;
    if (name == "aws_secret_access_key") out.secret_key = value;
    if (name == "aws_session_token") out.session_token = value;
  }
  return out;
}

Result<AwsCredentials> find_aws_credentials(const std::string& profile) {
  AwsCredentials out{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                     environment("AWS_SESSION_TOKEN")};
  if (profile.empty() && !out.access_key.empty() && !out.secret_key.empty()) return out;
  std::string name = profile.empty() ? environment("AWS_PROFILE") : profile;
  if (name.empty()) name = "default";
  std::string path = environment("AWS_SHARED_CREDENTIALS_FILE");
  if (path.empty()) path = environment("HOME") + "/.aws/credentials";
  TRY(text, io::read_file(path, 1 << 20));
  out = aws_profile(text, name);
  if (out.access_key.empty() || out.secret_key.empty())
    return fail(Code::not_found, fmt::format("{}: profile {} has no keys", path, name));
  return out;
}

std::string aws_region() {
  const std::string region = environment("AWS_REGION");
  return region.empty() ? environment("AWS_DEFAULT_REGION") : region;
}

}  // namespace aloft::telemetry::alerts
