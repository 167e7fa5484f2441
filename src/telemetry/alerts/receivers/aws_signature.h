// Requests to Amazon's services, signed by version 4 of their scheme, and where the keys come from.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/alerts/receivers/http_sender.h"

namespace aloft::telemetry::alerts {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of a role; empty for a user
};

// Adds date and authorization to a POST whose headers and body are final. Error: invalid for its URL.
Result<> sign_for_aws(HttpCall& call, std::string_view service, const std::string& region,
                      const AwsCredentials& credentials, WallTime now);
// The key for one day, region and service.
std::string aws_signing_key(std::string_view secret_key, std::string_view day, std::string_view region,
                            std::string_view service);

// From the environment, otherwise from the file of shared credentials: the named profile, or the one the
// environment names. Blocks. Error: not_found when there are none.
Result<AwsCredentials> find_aws_credentials(const std::string& profile);
// The keys of one profile of such a file; empty when it has none.
AwsCredentials aws_profile(std::string_view file, std::string_view profile);
// The environment's region; empty when it names none.
std::string aws_region();

}  // namespace aloft::telemetry::alerts
